"""Frames -> a moving picture: WebP, GIF and PNG by Pillow, MP4 by PyAV (the extra `video`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from PIL import Image

from aegean.errors import InputError
from aegean.files import whole
from aegean.images import save_film


def save_motion(
    path: str | Path,
    frames: Sequence[Image.Image],
    seconds_per_frame: float = 0.08,
    origin: Mapping[str, str] | None = None,
) -> Path:
    """Write frames as .webp, .gif or .png (they loop) or as .mp4 (H.264, plays everywhere).

    `origin`: where they come from, which .webp and .png hold, too.
    """
    path = Path(path)
    if path.suffix.lower() != ".mp4":
        return save_film(path, frames, seconds_per_frame, origin)
    try:
        import av
    except ModuleNotFoundError:
        raise InputError(f"{path}: .mp4 needs PyAV: pip install 'aegean[video]'; .webp and .gif need nothing") from None
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as beside, av.open(str(beside), mode="w") as container:
        stream = container.add_stream("libx264", rate=Fraction(1 / seconds_per_frame).limit_denominator(1000))
        stream.width, stream.height = (side + side % 2 for side in frames[0].size)  # H.264 has no odd sides
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": "16"}
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1  # BT.709, 16 to 235
        for frame in frames:
            picture = frame.convert("RGB").resize((stream.width, stream.height), Image.Resampling.NEAREST)
            made = av.VideoFrame.from_image(picture).reformat(format="yuv420p", dst_colorspace="ITU709")
            container.mux(stream.encode(made))
        container.mux(stream.encode())
    return path
