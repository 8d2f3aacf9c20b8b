"""The settings of every family of models, and its training defaults. Torch-free, so that `--help` takes 0.2 s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegean.config.training import TrainingConfig


@dataclass(frozen=True)
class NetworkConfig:
    """The size of the networks, common to all families."""

    network: Literal["conv", "mlp"] = "conv"
    """Residual convolutions, or the two tanh layers of the classic tables."""

    width: int = 32
    """Channels at half resolution; they grow with each further halving, up to four times (conv)."""

    growth: int = 2
    """Factor by which the channels grow (conv)."""

    depth: int = 1
    """Residual blocks per resolution (conv)."""

    hidden: int = 200
    """Units per layer (mlp)."""


@dataclass(frozen=True)
class AutoencoderConfig(NetworkConfig):
    """Autoencoder: a bottleneck of few numbers through which the image must pass."""

    latent: int = 32
    """Numbers in the code."""

    loss: Literal["mse", "bce"] = "mse"
    """Squared error, or binary cross-entropy of pixels in [0, 1]; summed per image."""


@dataclass(frozen=True)
class DenoisingConfig(NetworkConfig):
    """Denoising autoencoder: damaged image in, clean image out."""

    denoiser: Literal["bottleneck", "residual"] = "bottleneck"
    """Through a code (digits, small images), or full resolution predicting the noise (natural images, any size)."""

    latent: int = 64
    """Numbers in the code (bottleneck)."""

    noise: Literal["gaussian", "salt_and_pepper", "masking"] = "gaussian"
    """Kind of damage."""

    strength: float = 0.5
    """Gaussian: standard deviation, black to white being 1 (sigma 25 of 255 is 0.098). Else: part of the pixels hit."""

    weakest: float | None = None
    """Draw the strength of each image evenly from this to `strength`. None: always `strength`."""


@dataclass(frozen=True)
class VAEConfig(NetworkConfig):
    """Variational autoencoder."""

    latent: int = 32
    """Dimensions of z."""

    likelihood: Literal["bernoulli", "gaussian", "logistic"] = "bernoulli"
    """p(x|z): Bernoulli on binarised pixels, Gaussian of learned scale, or discretised logistic on 256 levels."""

    binarise: bool = True
    """Bernoulli: draw each pixel as 0 or 1 at every look (dynamic). False: grey values, which is no likelihood."""

    beta: float = 1.0
    """Weight of the rate; 1 is the ELBO."""

    free_bits: float = 0.0
    """Nats per latent dimension, on average over the batch, that the rate may have for free."""

    objective: Literal["elbo", "iwae"] = "elbo"
    """Lower bound that is raised: the ELBO, or the importance-weighted one (Burda et al. 2016)."""

    samples: int = 1
    """Draws of z per image: k of the IWAE bound, or averaged over for the ELBO."""


@dataclass(frozen=True)
class ConditionalVAEConfig(VAEConfig):
    """Conditional VAE: the label is known to the encoder and the decoder."""


@dataclass(frozen=True)
class ClassifierConfig:
    """A small convolutional classifier: the judge of samples, and an extractor of features."""

    width: int = 32
    """Channels at half resolution."""

    depth: int = 1
    """Residual blocks per resolution."""

    features: int = 128
    """Numbers before the last linear layer."""

    dropout: float = 0.3
    """Part of the features dropped in training."""

    shift: int = 2
    """Training images are moved by up to this many pixels."""


CONFIGS: dict[str, type] = {
    "autoencoder": AutoencoderConfig,
    "denoising": DenoisingConfig,
    "vae": VAEConfig,
    "conditional_vae": ConditionalVAEConfig,
    "classifier": ClassifierConfig,
}

TRAINING: dict[str, TrainingConfig] = {
    "autoencoder": TrainingConfig(),
    "denoising": TrainingConfig(),
    "vae": TrainingConfig(clip=100.0),
    "conditional_vae": TrainingConfig(clip=100.0),
    "classifier": TrainingConfig(weight_decay=0.05),
}
