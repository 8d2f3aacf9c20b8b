"""Networks: shapes in, tensors out. They know nothing of losses, data or training."""

from aegean.networks.augment import augment
from aegean.networks.autoencoding import Decoder, Encoder
from aegean.networks.denoiser import Denoiser, Restorer, plainly
from aegean.networks.discriminator import Discriminator, frozen
from aegean.networks.editor import AttributeDiscriminator, Editor, laid
from aegean.networks.image_pool import ImagePool
from aegean.networks.instance import (
    InstanceNorm,
    Tile,
    moving_statistics,
    pooled_statistics,
    record_statistics,
    record_tiled_statistics,
)
from aegean.networks.ladder import Ladder
from aegean.networks.mapping import MapDecoder, MapEncoder
from aegean.networks.painter import Painter
from aegean.networks.projected import FeatureAttributeDiscriminator, FeatureDiscriminator
from aegean.networks.translator import PatchDiscriminator, Translator
from aegean.networks.velocity import Velocity

__all__ = [
    "AttributeDiscriminator",
    "Decoder",
    "Denoiser",
    "Discriminator",
    "Editor",
    "Encoder",
    "FeatureAttributeDiscriminator",
    "FeatureDiscriminator",
    "ImagePool",
    "InstanceNorm",
    "Ladder",
    "MapDecoder",
    "MapEncoder",
    "Painter",
    "PatchDiscriminator",
    "Restorer",
    "Tile",
    "Translator",
    "Velocity",
    "augment",
    "frozen",
    "laid",
    "moving_statistics",
    "plainly",
    "pooled_statistics",
    "record_statistics",
    "record_tiled_statistics",
]
