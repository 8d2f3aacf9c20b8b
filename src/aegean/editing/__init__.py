"""Arithmetic on latents: walks between two codes, and the strips and films that show them."""

from aegean.editing.interpolation import between, carpet, film, lerp, slerp, strip, tour, walk
from aegean.editing.tiles import in_tiles
from aegean.editing.video import MOTION, save_motion

__all__ = ["MOTION", "between", "carpet", "film", "in_tiles", "lerp", "save_motion", "slerp", "strip", "tour", "walk"]
