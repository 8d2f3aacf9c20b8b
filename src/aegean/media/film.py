"""A film in, a film out, frame by frame.

Any container that PyAV opens (the extra `video`): the sound is copied as it is, times are kept to the tick, memory does
not grow with the length. Animations, which need Pillow alone, are in animation.py.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import torch

from aegean.errors import InputError
from aegean.files import whole
from aegean.images import to_float, to_uint8
from aegean.media.animation import Advance, Change, Outcome, reason, transform_animation
from aegean.media.endings import ANIMATIONS

FOLLOWING = {  # kinds of input that open other files, named in their content or by a pattern; none of them is a film
    *("concat", "dash", "hls", "image2", "imf", "mpls", "rtp", "rtsp", "sap", "sdp", "vobsub", "webm_dash_manifest"),
    *("alsa", "avisynth", "fbdev", "lavfi", "oss", "svg_pipe", "v4l2", "vapoursynth", "x11grab"),  # scripts and devices
}
SOUNDS = {".ts": {"aac", "ac3", "eac3", "mp2", "mp3", "opus"}}  # that FFmpeg does not list
CODECS = {  # by the ending of the film; else H.264
    ".webm": ("libvpx-vp9", {"crf": "30", "b": "0", "deadline": "realtime", "cpu-used": "6"}),
    ".avi": ("mpeg4", {"qscale": "3"}),
}
UNTOLD = 2  # the matrix of colours of a film that does not tell
RESTARTS = 0x0200  # FFmpeg's AVFMT_TS_DISCONT: times may start anew in such a container
BACK = Fraction(1, 10)  # seconds: times that fall by more have started anew
H264 = {"crf": "18", "preset": "fast", "bf": "0"}  # in order, so that the last frame may stay for longer than others


def transform_film(
    source: Path,
    target: Path,
    change: Change,
    advance: Advance = lambda done, total: None,
    origin: Mapping[str, str] | None = None,
) -> Outcome:
    """Write to `target` the film of `source`, each frame passed through `change`.

    Args:
        source: Any film; .gif, .webp and .png are read by Pillow.
        target: By its ending: the container, or an animation (which has no sound).
        change: Is called once a frame, in order.
        advance: Is told the frames done and how many there are, if that is known.
        origin: Where the result comes from, which animations but .gif hold, too.

    Raises:
        InputError: where nothing can be read or written. What is cut short or damaged is written as far as it goes.
    """
    if source.resolve() == target.resolve():
        raise InputError(f"{target}: is the film itself; give another --out")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{target}: cannot be written ({reason(error)})") from error
    if target.is_dir():
        raise InputError(f"{target}: cannot be written (it is a folder)")
    if source.suffix.lower() in ANIMATIONS:
        return transform_animation(source, target, change, advance, origin)
    if target.suffix.lower() in ANIMATIONS:
        raise InputError(f"{target}: a film becomes a film: .mp4, .mkv, .webm ...")
    return _Remake(source, target, change, advance).run()


class _Remake:
    """One pass through a film by PyAV."""

    def __init__(self, source: Path, target: Path, change: Change, advance: Advance) -> None:
        try:
            import av
        except ModuleNotFoundError:
            raise InputError(
                f"{source}: a film needs PyAV: pip install 'aegean[video]'; .gif and .webp do not"
            ) from None
        self.av, self.source, self.target, self.change, self.advance = av, source, target, change, advance
        self.outcome, self.damaged = Outcome(), 0
        self.tick: int | None = None  # time of the last frame, in ticks of the film
        self.pts: int | None = None  # the same, in ticks of what is written
        self.crowded = 0  # frames that fall on the tick of the one before
        self.stream: Any = None  # what is written
        self.begun = False  # its size is known after the first frame
        self.waiting: list[Any] = []  # sound that came before it
        self.heard = 0.0  # seconds of sound
        self.matrix = "ITU709"  # of what is written
        self.stopped: KeyboardInterrupt | None = None
        self.durations: dict[int, int] = {}  # of the frames that are being encoded, by their time

    def run(self) -> Outcome:
        """Read, change, write."""
        av = self.av
        if not self.source.is_file():
            raise InputError(f"{self.source}: no such file")
        try:
            given = self._open()
        except (av.FFmpegError, ValueError) as error:
            lists = "; lists of other files and devices are not opened" if isinstance(error, ValueError) else ""
            raise InputError(f"{self.source}: not a film that can be read ({reason(error)}{lists})") from error
        with given:
            if not given.streams.video:
                raise InputError(f"{self.source}: holds no pictures that move")
            with whole(self.target) as beside:
                self._make(given, beside)
                if not self.outcome.frames:
                    raise InputError(f"{self.source}: not one frame can be read")
                if self.stopped:
                    raise KeyboardInterrupt(self._fragment(beside)) from self.stopped
            self.outcome.problem = self.outcome.problem or self._short(given)
        return self.outcome

    def _fragment(self, made: Path) -> str:
        """Keep what was made before the stop, beside the target, which stays as it was; says where."""
        kept = self.target.with_stem(f"{self.target.stem}-stopped")
        with whole(kept) as beside:
            made.replace(beside)
        return f"the first {self.outcome.frames} frames are in {kept}; {self.target} is not written"

    def _open(self) -> Any:
        """The film as a file of this machine, whatever its name looks like, and nothing that it leads to."""
        kinds = ",".join(sorted(self.av.formats_available - FOLLOWING))
        options = {"protocol_whitelist": "file", "format_whitelist": kinds}
        return self.av.open(f"file:{self.source.absolute()}", options=options)

    def _make(self, given: Any, path: Path) -> None:
        av = self.av
        try:
            made = av.open(str(path), "w")
            self.stream = self._stream(made, given.streams.video[0])
        except (av.FFmpegError, ValueError) as error:
            raise InputError(f"{self.target}: no such kind of film is written; use .mp4, .mkv or .webm") from error
        try:
            with made:
                self._pass(given, made)
        except av.FFmpegError as error:  # those of reading are dealt with inside
            raise InputError(f"{self.target}: cannot be written ({reason(error)})") from error

    def _pass(self, given: Any, made: Any) -> None:
        video = given.streams.video[0]
        video.thread_type = "AUTO"
        twins = self._twins(given, made)
        times = _Times() if given.format.flags & RESTARTS else None
        try:
            for packet in given.demux(video, *(given.streams[index] for index in twins)):
                if times:
                    times.go_on(packet)
                if packet.stream.index in twins:
                    if packet.dts is not None:
                        packet.stream = twins[packet.stream.index]
                        self._sound(made, packet)
                    continue
                for frame in self._decode(packet):
                    self._frame(made, video, frame, video.frames or None)
        except self.av.FFmpegError as error:
            self.outcome.problem = f"cannot be read on after frame {self.outcome.frames} ({reason(error)})"
            self._rest(made, video)
        except KeyboardInterrupt as stop:
            if not self.outcome.frames:
                raise
            self.stopped = stop  # when what there is can be played
        if self.begun:
            self._write(made, None)

    def _rest(self, made: Any, video: Any) -> None:
        """The frames that the decoder still holds, of a film that cannot be read on."""
        with contextlib.suppress(self.av.FFmpegError):
            for frame in video.codec_context.decode(None):
                self._frame(made, video, frame, None)

    def _twins(self, given: Any, made: Any) -> dict[int, Any]:
        """What each sound that is kept is copied to, by the number of its stream."""
        known = SOUNDS.get(self.target.suffix.lower(), set()) | set(made.supported_codecs)
        kept = [sound for sound in given.streams.audio if _codec(sound) in known and self._holds(made, sound)]
        if given.streams.audio:
            name = _codec(given.streams.audio[0]) or "sound of its kind, which FFmpeg cannot tell"
            self.outcome.sound = "sound copied" if kept else f"sound left out: {self.target.suffix} holds no {name}"
        return {sound.index: made.add_stream_from_template(sound) for sound in kept}

    def _holds(self, made: Any, sound: Any) -> bool:
        """Whether a container of this kind takes a sound, tried with its start: some that FFmpeg lists are refused."""
        av = self.av
        try:
            with self._open() as again, av.open(io.BytesIO(), "w", format=made.format.name) as trial:
                twin = again.streams[sound.index]
                packet = next(again.demux(twin))
                packet.stream = trial.add_stream_from_template(twin)
                trial.mux(packet)
        except (av.FFmpegError, ValueError):
            return False
        return True

    def _decode(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except self.av.FFmpegError:
            self.damaged += 1
            return []

    def _sound(self, made: Any, packet: Any) -> None:
        if not self.begun:
            self.waiting.append(packet)
            return
        if packet.pts is not None:
            self.heard = max(self.heard, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        try:
            made.mux(packet)
        except self.av.FFmpegError:  # its time is before that of the last one
            self.damaged += 1

    def _write(self, made: Any, frame: Any) -> None:
        """Encode a frame; None: what is left."""
        try:
            for packet in self.stream.encode(frame):
                packet.duration = self.durations.pop(packet.pts, packet.duration or 0)  # the last frame may stay
                made.mux(packet)
        except self.av.FFmpegError as error:
            raise InputError(f"{self.target}: cannot be written ({reason(error)})") from error

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
        start, ticks = video.start_time or 0, video.time_base / self.stream.codec_context.time_base
        pts = round(start * ticks) + round((tick - start) * ticks)  # even steps stay even, wherever the film starts
        self.tick = tick
        if self.pts is not None and pts <= self.pts:
            self.crowded += 1
            return
        told = None if frame.colorspace != UNTOLD else _untold(frame.width, frame.height)
        pixels = frame.reformat(format="rgb24", src_colorspace=told).to_ndarray()
        pixels = numpy.rot90(pixels, round(frame.rotation / 90))  # phones film on their side
        picture = to_uint8(self.change(to_float(torch.from_numpy(pixels.copy())[None])))[0].cpu().numpy()
        height, width, _ = picture.shape
        picture = numpy.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")  # codecs want even sides
        if not self.begun:
            self._begin(made, video, frame, picture.shape[0], picture.shape[1])
        out = self.av.VideoFrame.from_ndarray(numpy.ascontiguousarray(picture), format="rgb24")
        out = out.reformat(self.stream.width, self.stream.height, "yuv420p", dst_colorspace=self.matrix)
        out.pts, out.time_base, self.pts = pts, self.stream.codec_context.time_base, pts
        lasts = frame.duration * video.time_base if frame.duration else 1 / (video.average_rate or Fraction(25))
        self.durations[pts] = max(1, round(lasts / out.time_base))
        self._write(made, out)
        self.outcome.frames += 1
        self.outcome.seconds = float((tick - (video.start_time or 0)) * video.time_base + lasts)
        self.advance(self.outcome.frames, total)

    def _stream(self, made: Any, video: Any) -> Any:
        codec, options = CODECS.get(self.target.suffix.lower(), ("libx264", H264))
        stream = made.add_stream(codec, rate=video.average_rate or 25, options=options)
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", video.time_base
        if codec == "mpeg4":  # whose clock is coarse
            stream.codec_context.time_base = (1 / (video.guessed_rate or Fraction(25))).limit_denominator(65535)
        return stream

    def _begin(self, made: Any, video: Any, frame: Any, height: int, width: int) -> None:
        aspect = video.sample_aspect_ratio or Fraction(1)  # of a pixel, width to height
        aspect = 1 / aspect if round(frame.rotation / 90) % 2 else aspect
        if self.target.suffix.lower() == ".webm":  # has no place for it
            width, aspect = max(2, 2 * round(width * aspect / 2)), Fraction(1)
        self.stream.codec_context.sample_aspect_ratio = aspect
        self.begun, self.stream.width, self.stream.height = True, width, height
        context = self.stream.codec_context
        if context.name == "mpeg4":  # which cannot tell
            self.matrix = _untold(width, height)
        else:
            context.colorspace, context.color_range = 1, 1  # BT.709, 16 to 235
            context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc  # HDR stays HDR
        for packet in self.waiting:
            self._sound(made, packet)

    def _short(self, given: Any) -> str | None:
        """What is missing, if anything."""
        if self.damaged:
            return f"{self.damaged} damaged part{'s' * (self.damaged > 1)} left out"
        if self.crowded:
            rate = float(1 / self.stream.codec_context.time_base)
            return f"{self.crowded} of its frames left out: {self.target.suffix} has {rate:.3g} a second"
        video = given.streams.video[0]
        known = float(video.duration * video.time_base) if video.duration else (given.duration or 0) / 1e6
        if not video.duration:  # that of the container counts from 0
            known -= float((video.start_time or 0) * video.time_base)
        seconds = self.outcome.seconds
        if not video.duration:  # the container's time may be that of its sound
            seconds = max(seconds, self.heard)
        if known and seconds >= 0.99 * known - 0.2:
            return None
        if self.outcome.frames < 0.98 * video.frames - 1:
            return f"ends after {self.outcome.frames} of the {video.frames} frames that it says it has"
        if known:
            return f"ends after {self.outcome.seconds:.1f} of the {known:.1f} seconds that it says it has"
        return None


class _Times:
    """Times that go on where those of a film start anew, as in films that were joined end to end."""

    def __init__(self) -> None:
        self.shifts = [Fraction(0)]  # seconds to add after 0, 1, 2 ... new starts
        self.starts: dict[int, int] = {}  # how many each stream has had
        self.last: dict[int, tuple[Fraction, Fraction]] = {}  # seconds: of its last packet, and its end

    def go_on(self, packet: Any) -> None:
        """Move a packet to where it belongs."""
        if packet.dts is None:
            return
        stream, time = packet.stream.index, packet.dts * packet.time_base
        start = self.starts.get(stream, 0)
        if stream in self.last and time < self.last[stream][0] - BACK:
            start = self.starts[stream] = start + 1
            if start == len(self.shifts):  # the first stream to start anew: the others will follow it
                self.shifts.append(self.shifts[-1] + max(end for _, end in self.last.values()) - time)
        self.last[stream] = time, time + (packet.duration or 0) * packet.time_base
        shift = round(self.shifts[start] / packet.time_base)
        packet.dts += shift
        if packet.pts is not None:
            packet.pts += shift


def _untold(width: int, height: int) -> str:
    """The matrix of colours that players take where none is told: that of HD, or of the television before it."""
    return "ITU709" if width >= 1280 or height > 576 else "ITU601"


def _codec(stream: Any) -> str | None:
    """The name of a stream's codec, if FFmpeg has a decoder of it."""
    return None if stream.codec_context is None else str(stream.codec_context.name)
