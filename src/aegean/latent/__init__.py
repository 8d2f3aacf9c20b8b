"""Arithmetic on codes: walks between two, the directions of attributes, and what shows them."""

from aegean.latent.atlas import Atlas
from aegean.latent.directions import Directions, attribute_directions
from aegean.latent.fitted import with_prior
from aegean.latent.interpolation import between, carpet, draw, film, lerp, slerp, strip, tour, walk, within

__all__ = [
    "Atlas",
    "Directions",
    "attribute_directions",
    "between",
    "carpet",
    "draw",
    "film",
    "lerp",
    "slerp",
    "strip",
    "tour",
    "walk",
    "with_prior",
    "within",
]
