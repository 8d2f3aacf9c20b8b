"""A film in, a film out, frame by frame.

Any container that PyAV opens (the extra `video`): the sound is copied as it is, times are kept to the tick, memory does
not grow with the length. Animations, which need Pillow alone, are in animation.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from aegean.errors import InputError
from aegean.files import whole
from aegean.images import to_float, to_uint8
from aegean.media.animation import Advance, After, Change, Outcome, changed, plainly, reason, transform_animation
from aegean.media.endings import ANIMATIONS
from aegean.media.film_times import ContinuousTimes
from aegean.media.film_writer import UNTOLD, FilmWriter, codec_of, left_out_of, upright, usual_matrix
from aegean.outputs import check_outputs
from aegean.sharing import crew

FOLLOWING = {  # kinds of input that open other files, named in their content or by a pattern; none of them is a film
    *("concat", "dash", "hls", "image2", "imf", "mpls", "rtp", "rtsp", "sap", "sdp", "vobsub", "webm_dash_manifest"),
    *("adf", "bin", "idf", "tty", "xbin"),  # words, drawn as pictures
    *("alsa", "avisynth", "fbdev", "lavfi", "oss", "svg_pipe", "v4l2", "vapoursynth", "x11grab"),  # scripts and devices
}
RESTARTS = 0x0200  # FFmpeg's AVFMT_TS_DISCONT: times may start anew in such a container


def transform_film(
    source: Path,
    target: Path,
    change: Change,
    advance: Advance = lambda done, total: None,
    origin: Mapping[str, str] | None = None,
    after: After = plainly,
) -> Outcome:
    """Write to `target` the film of `source`, each frame passed through `change`; several processes share the frames.

    Args:
        source: Any film; .gif, .webp and .png are read by Pillow.
        target: By its ending: the container, or an animation (which has no sound).
        change: Is called once a frame, which alone what it gives depends on.
        after: Is called with each frame and what it became, in order, and gives the picture.
        advance: Is told the frames done and how many there are, if that is known.
        origin: Where the result comes from, which animations but .gif hold, too.

    Raises:
        InputError: where nothing can be read or written. What is cut short or damaged is written as far as it goes.
    """
    check_outputs([target], [source])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{target}: cannot be written ({reason(error)})") from error
    if target.is_dir():
        raise InputError(f"{target}: cannot be written (it is a folder)")
    if source.suffix.lower() in ANIMATIONS:
        return transform_animation(source, target, change, advance, origin, after)
    remake = _Remake(source, target, partial(changed, change=change, after=after), advance)
    if target.suffix.lower() in ANIMATIONS:
        remake.opened().close()  # what is no film is said to be none
        raise InputError(f"{target}: a film becomes a film: .mp4, .mkv, .webm ...")
    return remake.run()


class _Frame(NamedTuple):
    """A frame that waits to be changed: its picture (1, 3, H, W), when and how long it is shown, when it ends."""

    image: Tensor
    frame: Any
    pts: int
    lasts: Fraction
    end: float
    total: int | None


class _Remake:
    """One pass through a film by PyAV."""

    def __init__(
        self, source: Path, target: Path, changed: Callable[[Sequence[Tensor]], Iterator[Tensor]], advance: Advance
    ) -> None:
        try:
            import av
        except ModuleNotFoundError:
            raise InputError(
                f"{source}: a film needs PyAV: pip install 'aegean[video]'; .gif and .webp do not"
            ) from None
        self.av, self.source, self.target, self.changed, self.advance = av, source, target, changed, advance
        self.outcome, self.damaged = Outcome(), 0
        self.waiting: list[_Frame | Any] = []  # frames, and sound that comes between them
        self.tick: int | None = None  # time of the last frame, in ticks of the film
        self.stopped: KeyboardInterrupt | None = None

    def opened(self) -> Any:
        """The film; InputError where there is none, or none that can be read."""
        av = self.av
        if not self.source.is_file():
            raise InputError(f"{self.source}: no such file")
        try:
            given = self._open()
        except (av.FFmpegError, ValueError) as error:
            lists = "; lists of other files and devices are not opened" if isinstance(error, ValueError) else ""
            raise InputError(f"{self.source}: not a film that can be read ({reason(error)}{lists})") from error
        if not given.streams.video:
            given.close()
            raise InputError(f"{self.source}: holds no pictures that move")
        return given

    def run(self) -> Outcome:
        """Read, change, write."""
        with self.opened() as given:
            with whole(self.target) as beside:
                writer = self._make(given, beside)
                if not self.outcome.frames:
                    raise InputError(f"{self.source}: not one frame can be read")
                if self.stopped:
                    raise KeyboardInterrupt(self._fragment(beside)) from self.stopped
            self.outcome.problem = self.outcome.problem or self._short(given.streams.video[0], given.duration, writer)
        return self.outcome

    def _fragment(self, made: Path) -> str:
        """Keep what was made before the stop, beside the target, which stays as it was; says where."""
        kept = self.target.with_stem(f"{self.target.stem}-stopped")
        with whole(kept) as beside:
            made.replace(beside)
        return f"the first {self.outcome.frames} frames are in {kept}; {self.target} is not written"

    def _open(self) -> Any:
        """The film as a file of this machine, whatever its name looks like, and nothing that it leads to."""
        kinds = ",".join(sorted(kind for kind in self.av.formats_available - FOLLOWING if not kind.endswith("_pipe")))
        options = {"protocol_whitelist": "file", "format_whitelist": kinds}
        return self.av.open(f"file:{self.source.absolute()}", options=options)

    def _make(self, given: Any, path: Path) -> FilmWriter:
        av = self.av
        try:
            made = av.open(str(path), "w")
            writer = FilmWriter(av, made, self.target, given.streams.video[0])
        except (av.FFmpegError, ValueError) as error:
            raise InputError(f"{self.target}: no such kind of film is written; use .mp4, .mkv or .webm") from error
        try:
            with made:
                self._pass(given, writer)
        except av.FFmpegError as error:  # those of reading are dealt with inside
            raise InputError(f"{self.target}: cannot be written ({reason(error)})") from error
        return writer

    def _pass(self, given: Any, writer: FilmWriter) -> None:
        video, sounds = given.streams.video[0], given.streams.audio
        video.thread_type = "AUTO"
        twins = writer.add_sounds(sounds, self._open)
        if sounds:
            name = codec_of(sounds[0]) or "sound of its kind, which FFmpeg cannot tell"
            self.outcome.sound = "sound copied" if twins else f"sound left out: {self.target.suffix} holds no {name}"
        words = writer.add_words(given, self._open)
        self.outcome.left_out = left_out_of(given, words)
        twins |= words
        times = ContinuousTimes() if given.format.flags & RESTARTS else None
        try:
            for packet in given.demux(video, *(given.streams[index] for index in twins)):
                if times:
                    times.go_on(packet)
                if packet.stream.index in twins:
                    if packet.dts is not None:
                        packet.stream = twins[packet.stream.index]
                        self.waiting.append(packet)
                    self._write(writer)
                    continue
                for frame in self._decode(packet):
                    self._frame(writer, video, frame, video.frames or None)
        except self.av.FFmpegError as error:
            self.outcome.problem = f"cannot be read on after frame {self.outcome.frames} ({reason(error)})"
            self._rest(writer, video)
        except KeyboardInterrupt as stop:
            if not self.outcome.frames:
                raise
            self.stopped = stop  # when what there is can be played
            self.waiting.clear()
        self._write(writer, all_of_them=True)
        writer.finish()

    def _rest(self, writer: FilmWriter, video: Any) -> None:
        """The frames that the decoder still holds, of a film that cannot be read on."""
        with contextlib.suppress(self.av.FFmpegError):
            for frame in video.codec_context.decode(None):
                self._frame(writer, video, frame, None)

    def _decode(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except self.av.FFmpegError:
            self.damaged += 1
            return []

    def _time(self, video: Any, frame: Any) -> int | None:
        """Ticks, made up where the film has none; None for a frame that comes before the last one, which is broken."""
        step = max(1, round(1 / (video.average_rate or 25) / video.time_base))
        tick = frame.pts if frame.pts is not None else 0 if self.tick is None else self.tick + step
        return None if self.tick is not None and tick <= self.tick else int(tick)

    def _frame(self, writer: FilmWriter, video: Any, frame: Any, total: int | None) -> None:
        tick = self._time(video, frame)
        if tick is None:
            self.damaged += 1
            return
        self.tick, start = tick, video.start_time or 0
        if (pts := writer.place(start, tick)) is None:
            return
        told = None if frame.colorspace != UNTOLD else usual_matrix(frame.width, frame.height)
        pixels = frame.reformat(format="rgb24", src_colorspace=told).to_ndarray()
        pixels = upright(pixels, frame)
        lasts = frame.duration * video.time_base if frame.duration else 1 / (video.average_rate or Fraction(25))
        end = float((tick - start) * video.time_base + lasts)
        image = to_float(torch.from_numpy(pixels.copy())[None])
        self.waiting.append(_Frame(image, frame, pts, lasts, end, total))
        self._write(writer)

    def _write(self, writer: FilmWriter, all_of_them: bool = False) -> None:
        """Write what waits, once there is a frame for each process."""
        frames = [one for one in self.waiting if isinstance(one, _Frame)]
        if frames and len(frames) < crew().count and not all_of_them:
            return
        made = self.changed([one.image for one in frames])
        for one in self.waiting:
            if not isinstance(one, _Frame):
                writer.sound(one)
                continue
            writer.picture(to_uint8(next(made))[0].cpu().numpy(), one.frame, one.pts, one.lasts)
            self.outcome.frames += 1
            self.outcome.seconds = one.end
            self.advance(self.outcome.frames, one.total)
        self.waiting.clear()

    def _short(self, video: Any, duration: int | None, writer: FilmWriter) -> str | None:
        """What is missing, if anything; `duration`: of the container, in microseconds."""
        if damaged := self.damaged + writer.damaged:
            return f"{damaged} damaged part{'s' * (damaged > 1)} left out"
        if writer.crowded:
            rate = float(1 / writer.stream.codec_context.time_base)
            return f"{writer.crowded} of its frames left out: {self.target.suffix} has {rate:.3g} a second"
        known, seconds = float((video.duration or 0) * video.time_base), self.outcome.seconds
        if not video.duration:  # the container's counts from 0, and may be that of its sound
            known = (duration or 0) / 1e6 - float((video.start_time or 0) * video.time_base)
            seconds = max(seconds, writer.heard)
        if known and seconds >= 0.99 * known - 0.2:
            return None
        if self.outcome.frames < 0.98 * video.frames - 1:
            return f"ends after {self.outcome.frames} of the {video.frames} frames that it says it has"
        if known:
            return f"ends after {self.outcome.seconds:.1f} of the {known:.1f} seconds that it says it has"
        return None
