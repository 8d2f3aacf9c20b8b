"""Films, animations, tiles and photos: pictures in, pictures out. Knows no model."""

from aegean.media.animation import Outcome
from aegean.media.endings import MOTION
from aegean.media.film import transform_film
from aegean.media.photos import edit_photo
from aegean.media.steadying import Steadied, frame_change
from aegean.media.tiles import in_tiles, margin_of
from aegean.media.video import save_motion

__all__ = [
    "MOTION",
    "Outcome",
    "Steadied",
    "edit_photo",
    "frame_change",
    "in_tiles",
    "margin_of",
    "save_motion",
    "transform_film",
]
