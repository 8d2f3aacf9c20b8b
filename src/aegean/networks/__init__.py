"""Networks: shapes in, tensors out. They know nothing of losses, data or training."""

from aegean.networks.autoencoding import Decoder, Encoder
from aegean.networks.denoiser import Denoiser

__all__ = ["Decoder", "Denoiser", "Encoder"]
