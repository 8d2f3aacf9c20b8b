"""Arithmetic on codes: walks between two, the directions of attributes, and what shows them."""

from aegean.latent.directions import Directions, attribute_directions
from aegean.latent.interpolation import between, carpet, film, lerp, slerp, strip, tour, walk

__all__ = ["Directions", "attribute_directions", "between", "carpet", "film", "lerp", "slerp", "strip", "tour", "walk"]
