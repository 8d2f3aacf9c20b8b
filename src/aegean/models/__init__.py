"""The families of models, one file each. To add one: a file, its config in `aegean.config`, and a line here."""

from __future__ import annotations

from typing import Any

from aegean.data.types import DataSpec
from aegean.models._model import Model
from aegean.models.attribute_classifier import AttributeClassifier
from aegean.models.attribute_editor import AttributeEditor
from aegean.models.autoencoder import Autoencoder
from aegean.models.classifier import Classifier
from aegean.models.conditional_gan import ConditionalGAN
from aegean.models.conditional_vae import ConditionalVAE
from aegean.models.context_encoder import ContextEncoder
from aegean.models.denoising import DenoisingAutoencoder
from aegean.models.gan import GAN
from aegean.models.residual_editor import ResidualEditor
from aegean.models.vae import VAE

MODELS: dict[str, Any] = {
    "autoencoder": Autoencoder,
    "denoising": DenoisingAutoencoder,
    "vae": VAE,
    "conditional_vae": ConditionalVAE,
    "gan": GAN,
    "conditional_gan": ConditionalGAN,
    "context_encoder": ContextEncoder,
    "classifier": Classifier,
    "attribute_classifier": AttributeClassifier,
    "attribute_editor": AttributeEditor,
    "residual_editor": ResidualEditor,
}


def build(family: str, config: Any, spec: DataSpec) -> Model:
    """A model with fresh weights, drawn from torch's global generator."""
    model: Model = MODELS[family](config, spec)
    return model
