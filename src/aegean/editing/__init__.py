"""Arithmetic on latents: walks between two codes, and the strips and films that show them."""

from aegean.editing.animation import Outcome
from aegean.editing.directions import Directions, attribute_directions
from aegean.editing.film import transform_film
from aegean.editing.interpolation import between, carpet, film, lerp, slerp, strip, tour, walk
from aegean.editing.photos import edit_photo
from aegean.editing.steadying import Steadied, frame_change
from aegean.editing.tiles import in_tiles, margin_of
from aegean.editing.translating import translate_whole
from aegean.editing.video import MOTION, save_motion

__all__ = [
    "MOTION",
    "Directions",
    "Outcome",
    "Steadied",
    "attribute_directions",
    "between",
    "carpet",
    "edit_photo",
    "film",
    "frame_change",
    "in_tiles",
    "lerp",
    "margin_of",
    "save_motion",
    "slerp",
    "strip",
    "tour",
    "transform_film",
    "translate_whole",
    "walk",
]
