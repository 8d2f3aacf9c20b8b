"""The families of models, one file each. To add one: a file, its config in `aegean.config`, and a line here."""

from __future__ import annotations

from typing import Any

import torch

from aegean.data.types import DataSpec
from aegean.models._model import Model
from aegean.models.attribute_classifier import AttributeClassifier
from aegean.models.attribute_editor import AttributeEditor
from aegean.models.attribute_flow import AttributeFlow
from aegean.models.autoencoder import Autoencoder
from aegean.models.classifier import Classifier
from aegean.models.conditional_flow import ConditionalFlow
from aegean.models.conditional_gan import ConditionalGAN
from aegean.models.conditional_vae import ConditionalVAE
from aegean.models.context_encoder import ContextEncoder
from aegean.models.cyclegan import CycleGAN
from aegean.models.denoising import DenoisingAutoencoder
from aegean.models.flow import Flow
from aegean.models.gan import GAN
from aegean.models.map_autoencoder import MapAutoencoder
from aegean.models.multi_attribute_editor import MultiAttributeEditor
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
    "cyclegan": CycleGAN,
    "attribute_classifier": AttributeClassifier,
    "multi_attribute_editor": MultiAttributeEditor,
    "attribute_editor": AttributeEditor,
    "map_autoencoder": MapAutoencoder,
    "flow": Flow,
    "conditional_flow": ConditionalFlow,
    "attribute_flow": AttributeFlow,
}


def build(family: str, config: Any, spec: DataSpec) -> Model:
    """A model with fresh weights, drawn from torch's global generator."""
    wake_vector_maths()
    model: Model = MODELS[family](config, spec)
    return model


def wake_vector_maths() -> None:
    """Make the first call of each vectorised function on one thread: what follows is then the same in every process.

    MKL's vector functions set themselves up at their first call. Where two threads make it at once, one of them may
    compute that call with an error of 4e-5 (seen of tanh in torch 2.13: 4 of 24 processes), and a run is not the same
    as its twin. Two numbers are too few for two threads.
    """
    for function in (torch.tanh, torch.exp, torch.expm1, torch.log, torch.log1p, torch.sin, torch.cos, torch.erf):
        function(torch.ones(2))
