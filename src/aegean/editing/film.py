"""A film in, a film out, frame by frame: memory does not grow with the length.

Any container that PyAV opens (the extra `video`): the sound is copied as it is, times are kept to the tick. GIF, WebP
and PNG animations need Pillow alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import torch
from PIL import Image, ImageSequence
from torch import Tensor

from aegean.errors import InputError
from aegean.images import from_pil, to_float, to_pil, to_uint8

ANIMATIONS = {".gif", ".webp", ".png", ".apng"}
CODECS = {  # by the ending of the film; else H.264
    ".webm": ("libvpx-vp9", {"crf": "30", "b": "0", "deadline": "realtime", "cpu-used": "6"}),
    ".avi": ("mpeg4", {"qscale": "3"}),
}
Change = Callable[[Tensor], Tensor]  # a frame (1, 3, H, W) in [-1, 1] -> its picture, of a size of its own


@dataclass
class Outcome:
    """What became of a film."""

    frames: int = 0
    seconds: float = 0.0
    sound: str = "no sound"
    problem: str | None = None  # in one line


def transform_film(
    source: Path, target: Path, change: Change, advance: Callable[[int, int | None], None] = lambda done, total: None
) -> Outcome:
    """Write to `target` the film of `source`, each frame passed through `change`.

    Args:
        source: Any film; .gif, .webp and .png are read by Pillow.
        target: By its ending: the container, or an animation (which has no sound).
        change: Is called once a frame, in order.
        advance: Is told the frames done and how many there are, if that is known.

    Raises:
        InputError: where nothing can be read or written. What is cut short or damaged is written as far as it goes.
    """
    if source.resolve() == target.resolve():
        raise InputError(f"{target}: is the film itself; give another --out")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix.lower() in ANIMATIONS:
        return _animation(source, target, change, advance)
    if target.suffix.lower() in ANIMATIONS:
        raise InputError(f"{target}: a film becomes a film: .mp4, .mkv, .webm ...")
    return _Remake(source, target, change, advance).run()


def _animation(source: Path, target: Path, change: Change, advance: Callable[[int, int | None], None]) -> Outcome:
    if target.suffix.lower() not in ANIMATIONS:
        raise InputError(f"{target}: an animation is written as .gif, .webp or .png")
    try:
        with Image.open(source) as film:
            total = getattr(film, "n_frames", 1)
            durations = [_milliseconds(frame) for frame in ImageSequence.Iterator(film)]
            loop = int(film.info.get("loop", 0))

            def pictures() -> Iterator[Image.Image]:
                for index, frame in enumerate(ImageSequence.Iterator(film)):
                    yield to_pil(change(to_float(from_pil(frame.convert("RGB"))[None])))
                    advance(index + 1, total)

            made = pictures()
            first = next(made)
            settings: dict[str, Any] = {"duration": durations, "loop": loop}
            first.save(target, save_all=True, append_images=made, **settings)
    except (OSError, EOFError, SyntaxError) as error:
        raise InputError(f"{source}: not an animation that can be read ({error})") from error
    return Outcome(total, sum(durations) / 1000)


def _milliseconds(frame: Image.Image) -> int:
    frame.load()  # WebP tells only then
    return int(frame.info.get("duration", 0))


class _Remake:
    """One pass through a film by PyAV."""

    def __init__(self, source: Path, target: Path, change: Change, advance: Callable[[int, int | None], None]) -> None:
        try:
            import av
        except ModuleNotFoundError:
            raise InputError(
                f"{source}: a film needs PyAV: pip install 'aegean[video]'; .gif and .webp do not"
            ) from None
        self.av, self.source, self.target, self.change, self.advance = av, source, target, change, advance
        self.outcome, self.damaged = Outcome(), 0
        self.tick: int | None = None  # time of the last frame, in ticks of the film
        self.stream: Any = None  # what is written; its size is known after the first frame
        self.waiting: list[Any] = []  # sound that came before it

    def run(self) -> Outcome:
        """Read, change, write."""
        av = self.av
        if not self.source.is_file():
            raise InputError(f"{self.source}: no such file")
        try:
            given = av.open(str(self.source))
        except (av.FFmpegError, ValueError) as error:
            raise InputError(f"{self.source}: not a film that can be read ({_reason(error)})") from error
        with given:
            if not given.streams.video:
                raise InputError(f"{self.source}: holds no pictures that move")
            try:
                made = av.open(str(self.target), "w")
            except (av.FFmpegError, ValueError) as error:
                raise InputError(f"{self.target}: no such kind of film is written; use .mp4, .mkv or .webm") from error
            with made:
                self._pass(given, made)
            if not self.outcome.frames:
                self.target.unlink(missing_ok=True)
                raise InputError(f"{self.source}: not one frame can be read")
            self.outcome.problem = self.outcome.problem or self._short(given)
        return self.outcome

    def _pass(self, given: Any, made: Any) -> None:
        video = given.streams.video[0]
        video.thread_type = "AUTO"
        kept = [sound for sound in given.streams.audio if sound.codec_context.name in made.supported_codecs]
        twins = {sound.index: made.add_stream_from_template(sound) for sound in kept}
        if given.streams.audio:
            name = given.streams.audio[0].codec_context.name
            self.outcome.sound = "sound copied" if kept else f"sound left out: {self.target.suffix} holds no {name}"
        try:
            for packet in given.demux(video, *kept):
                if packet.stream.index in twins:
                    if packet.dts is not None:
                        packet.stream = twins[packet.stream.index]
                        self._sound(made, packet)
                    continue
                for frame in self._decode(packet):
                    self._frame(made, video, frame, video.frames or None)
        except self.av.FFmpegError as error:
            self.outcome.problem = f"cannot be read on after frame {self.outcome.frames} ({_reason(error)})"
            with contextlib.suppress(self.av.FFmpegError):
                for frame in video.codec_context.decode(None):
                    self._frame(made, video, frame, None)
        if self.stream is not None:
            self._write(made, self.stream.encode())

    def _decode(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except self.av.FFmpegError:
            self.damaged += 1
            return []

    def _sound(self, made: Any, packet: Any) -> None:
        if self.stream is None:
            self.waiting.append(packet)
            return
        try:
            made.mux(packet)
        except self.av.FFmpegError:  # its time is before that of the last one
            self.damaged += 1

    def _write(self, made: Any, packets: Any) -> None:
        try:
            made.mux(packets)
        except self.av.FFmpegError as error:
            raise InputError(f"{self.target}: cannot be written ({_reason(error)})") from error

    def _time(self, video: Any, frame: Any) -> int | None:
        """Ticks, made up where the film has none; None for a frame that comes before the last one, which is broken."""
        step = max(1, round(1 / (video.average_rate or 25) / video.time_base))
        tick = frame.pts if frame.pts is not None else 0 if self.tick is None else self.tick + step
        return None if self.tick is not None and tick <= self.tick else int(tick)

    def _frame(self, made: Any, video: Any, frame: Any, total: int | None) -> None:
        tick = self._time(video, frame)
        if tick is None:
            self.damaged += 1
            return
        pixels = numpy.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))  # phones film on their side
        picture = to_uint8(self.change(to_float(torch.from_numpy(pixels.copy())[None])))[0].cpu().numpy()
        height, width, _ = picture.shape
        picture = numpy.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")  # codecs want even sides
        if self.stream is None:
            self.stream = self._begin(made, video, *picture.shape[:2])
            for packet in self.waiting:
                self._sound(made, packet)
        out = self.av.VideoFrame.from_ndarray(numpy.ascontiguousarray(picture), format="rgb24")
        out = out.reformat(format="yuv420p", dst_colorspace="ITU709")
        out.pts, out.time_base, self.tick = tick, video.time_base, tick
        self._write(made, self.stream.encode(out))
        self.outcome.frames += 1
        rate = video.average_rate or Fraction(25)
        self.outcome.seconds = float((tick - (video.start_time or 0)) * video.time_base + 1 / rate)
        self.advance(self.outcome.frames, total)

    def _begin(self, made: Any, video: Any, height: int, width: int) -> Any:
        codec, options = CODECS.get(self.target.suffix.lower(), ("libx264", {"crf": "18", "preset": "fast"}))
        stream = made.add_stream(codec, rate=video.average_rate or 25, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec != "mpeg4":  # which has no fine clock
            stream.codec_context.time_base = video.time_base
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1  # BT.709, 16 to 235
        return stream

    def _short(self, given: Any) -> str | None:
        """What is missing, if anything."""
        if self.damaged:
            return f"{self.damaged} damaged part{'s' * (self.damaged > 1)} left out"
        video = given.streams.video[0]
        known = float(video.duration * video.time_base) if video.duration else (given.duration or 0) / 1e6
        if self.outcome.seconds < 0.95 * known - 0.2:
            return f"ends after {self.outcome.seconds:.1f} of the {known:.1f} seconds that it says it has"
        return None


def _reason(error: BaseException) -> str:
    return (str(getattr(error, "strerror", None) or error) or type(error).__name__).splitlines()[0]
