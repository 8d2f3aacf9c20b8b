"""What a run does to a picture: picture in (path, PIL, array, tensor), picture out."""

from aegean.images import save_picture as save
from aegean.use.coding import decode, encode, encode_split, reconstruct
from aegean.use.denoising import denoise
from aegean.use.editing import edit
from aegean.use.inpainting import inpaint
from aegean.use.pictures import Picture, found_in, read, side_by_side
from aegean.use.projecting import project
from aegean.use.recognising import classify, features, search
from aegean.use.requests import labels_for, open_run, require, require_codes
from aegean.use.sampling import labels_to_sample, sample, sampler
from aegean.use.translating import translate
from aegean.use.walking import around, interpolate, walk_between

__all__ = [
    "Picture",
    "around",
    "classify",
    "decode",
    "denoise",
    "edit",
    "encode",
    "encode_split",
    "features",
    "found_in",
    "inpaint",
    "interpolate",
    "labels_for",
    "labels_to_sample",
    "open_run",
    "project",
    "read",
    "reconstruct",
    "require",
    "require_codes",
    "sample",
    "sampler",
    "save",
    "search",
    "side_by_side",
    "translate",
    "walk_between",
]
