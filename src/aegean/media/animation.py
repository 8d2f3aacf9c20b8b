"""An animation in, an animation out: GIF, WebP, PNG and AVIF.

By Pillow, whose writers want all frames at once: memory grows by one picture a frame.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from aegean.errors import InputError
from aegean.files import whole
from aegean.images import LOSSY, QUALITY, fit, from_pil, record, to_float, to_pil
from aegean.media.endings import ANIMATIONS
from aegean.picture_formats import open_image, turned
from aegean.resources import pass_on
from aegean.sharing import crew, dealt

STEPS = {".gif": 10, ".webp": 1, ".avif": 1}  # milliseconds: what their times are counted in; PNG has fractions
Change = Callable[
    [Tensor], Any
]  # a frame (1, 3, H, W) in [-1, 1] -> its picture, of a size of its own, or what it is of
After = Callable[[Tensor, Any], Tensor]  # a frame, what `change` made of it -> its picture
Advance = Callable[[int, int | None], None]  # is told the frames done and how many there are, if that is known


@dataclass
class Outcome:
    """What became of a film."""

    frames: int = 0
    seconds: float = 0.0
    sound: str = "no sound"
    problem: str | None = None  # in one line
    left_out: list[str] = field(default_factory=list)  # what the film holds and the result does not, a line each


def plainly(frame: Tensor, changed: Tensor) -> Tensor:
    """The picture of a frame is what was made of it."""
    return changed


def changed(frames: Sequence[Tensor], change: Change, after: After) -> Iterator[Tensor]:
    """The picture of each frame; several processes share what `change` does."""
    made = dealt(frames, lambda mine: map(change, mine))
    return (after(frame, one) for frame, one in zip(frames, made, strict=True))


def transform_animation(
    source: Path,
    target: Path,
    change: Change,
    advance: Advance,
    origin: Mapping[str, str] | None = None,
    after: After = plainly,
) -> Outcome:
    """Write to `target` the animation of `source`, each frame passed through `change`: see `transform_film`."""
    ending = target.suffix.lower()
    if ending not in ANIMATIONS:
        raise InputError(f"{target}: an animation is written as .gif, .webp or .png")
    try:
        film, complete = _open(source)
    except Exception as error:  # Pillow raises a wide family: OSError, EOFError, IndexError, struct.error ...
        pass_on(error, source)
        raise InputError(f"{source}: not an animation that can be read ({reason(error)})") from error
    made: list[Image.Image] = []
    waiting: list[Tensor] = []  # a frame for each process
    durations: list[float] = []  # milliseconds
    problem = None
    with film:
        total = _count(film)
        first = int(getattr(film, "default_image", False))  # a PNG's, for those who know no animations
        for index in itertools.count(first) if total is None else range(first, total):
            try:
                film.seek(index)
                frame = fit(turned(film), None, 3)
            except Exception as error:
                pass_on(error, source)
                problem = f"cannot be read on after frame {index} ({reason(error)})"
                break
            waiting.append(to_float(from_pil(frame)[None]))
            durations.append(float(film.info.get("duration", 0)))
            if len(waiting) == crew().count:
                made += map(to_pil, changed(waiting, change, after))
                waiting.clear()
                advance(len(made), total)
        made += map(to_pil, changed(waiting, change, after))
        loop = film.info.get("loop")  # None: a GIF that is played once
    if not made:
        raise InputError(f"{source}: not one frame can be read")
    once = {} if ending == ".gif" else {"loop": 1}
    times: dict[str, Any] = once if loop is None else {"loop": int(loop)}
    if ending in STEPS:
        durations = _in_steps(durations, STEPS[ending])
    try:
        with whole(target) as beside:
            more = {**times, **record(target, origin), **({"quality": QUALITY} if ending in LOSSY else {})}
            made[0].save(beside, save_all=True, append_images=made[1:], duration=durations, **more)
    except Exception as error:  # OSError; RuntimeError where it is too large for WebP
        pass_on(error, target)
        raise InputError(f"{target}: cannot be written ({reason(error)})") from error
    if not complete and not problem:
        problem = f"cannot be read on after frame {len(made)} (it is cut)"
    return Outcome(len(made), sum(durations) / 1000, problem=problem)


def reason(error: BaseException) -> str:
    """What went wrong, in one line."""
    return (str(getattr(error, "strerror", None) or error) or type(error).__name__).splitlines()[0]


def _in_steps(durations: Sequence[float], step: int) -> list[float]:
    """Durations in whole steps, at least one each, whose sum does not stray."""
    ends = [round(end / step) for end in itertools.accumulate(durations)]
    return [step * max(1, after - before) for before, after in zip([0, *ends], ends)]


def _open(source: Path) -> tuple[Image.Image, bool]:
    """The animation, and whether it is whole: of a cut WebP, which Pillow refuses, the pictures that are whole."""
    try:
        return open_image(source), True
    except OSError:
        content = source.read_bytes()
        if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
            raise
        end = 12
        while end + 8 <= len(content):  # chunks: a name, a size, so many bytes, and one more where that is odd
            size = int.from_bytes(content[end + 4 : end + 8], "little")
            if end + 8 + size > len(content):
                break
            end += 8 + size + size % 2
        return open_image(io.BytesIO(b"RIFF" + (end - 8).to_bytes(4, "little") + content[8:end])), False


def _count(film: Image.Image) -> int | None:
    """Frames; None where a cut file does not tell."""
    try:
        return int(getattr(film, "n_frames", 1))
    except Exception:
        return None
