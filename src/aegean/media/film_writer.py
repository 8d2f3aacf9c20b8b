"""What is written of a film: its pictures, encoded anew, and its sound, copied."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy

from aegean.errors import InputError
from aegean.media.animation import reason

SOUNDS = {".ts": {"aac", "ac3", "eac3", "mp2", "mp3", "opus"}}  # that FFmpeg does not list
CODECS = {  # by the ending of the film; else H.264
    ".webm": ("libvpx-vp9", {"crf": "30", "b": "0", "deadline": "realtime", "cpu-used": "6"}),
    ".avi": ("mpeg4", {"qscale": "3"}),
}
TOLD = {"title", "artist", "album", "comment", "creation_time", "date", "description", "genre", "copyright", "location"}
UNTOLD = 2  # the matrix of colours of a film that does not tell
H264 = {"crf": "18", "preset": "fast", "bf": "0"}  # in order, so that the last frame may stay for longer than others


class FilmWriter:
    """One stream of pictures and the sounds beside it, in a container that is open."""

    def __init__(self, av: Any, made: Any, target: Path, video: Any) -> None:
        """`av`: the library; `made`: the container; `video`: the pictures that it is made from."""
        self.av, self.made, self.target, self.video = av, made, target, video
        self.stream = self._stream()
        self.pts: int | None = None  # time of the last picture, in ticks of the stream
        self.durations: dict[int, int] = {}  # of the pictures that are being encoded, by their time
        self.crowded = 0  # pictures that fall on the tick of the one before
        self.begun = False  # its size is known after the first picture
        self.waiting: list[Any] = []  # sound that came before it
        self.heard = 0.0  # seconds of sound
        self.damaged = 0  # parts of the sound
        self.matrix = "ITU709"  # of its colours

    def add_sounds(self, sounds: Sequence[Any], again: Callable[[], Any]) -> dict[int, Any]:
        """What each sound that is kept is copied to, by the number of its stream; `again` opens the film anew."""
        known = SOUNDS.get(self.target.suffix.lower(), set()) | set(self.made.supported_codecs)
        kept = [sound for sound in sounds if codec_of(sound) in known and self._holds(sound, again)]
        return {sound.index: self.made.add_stream_from_template(sound) for sound in kept}

    def add_words(self, given: Any, again: Callable[[], Any]) -> dict[int, Any]:
        """What each stream of subtitles that is kept is copied to; title, date and the like are kept, too."""
        self.made.metadata.update({name: word for name, word in given.metadata.items() if name in TOLD})
        kept = [words for words in given.streams.subtitles if self._holds(words, again)]
        return {words.index: self.made.add_stream_from_template(words) for words in kept}

    def _holds(self, sound: Any, again: Callable[[], Any]) -> bool:
        """Whether a container of this kind takes a sound, tried with its start: some that FFmpeg lists are refused."""
        av = self.av
        try:
            with again() as film, av.open(io.BytesIO(), "w", format=self.made.format.name) as trial:
                twin = film.streams[sound.index]
                packet = next(film.demux(twin))
                packet.stream = trial.add_stream_from_template(twin)
                trial.mux(packet)
        except (av.FFmpegError, ValueError):
            return False
        return True

    def sound(self, packet: Any) -> None:
        """Copy a packet of sound, once the pictures have begun."""
        if not self.begun:
            self.waiting.append(packet)
            return
        if packet.pts is not None and packet.stream.type == "audio":
            self.heard = max(self.heard, float((packet.pts + (packet.duration or 0)) * packet.time_base))
        try:
            self.made.mux(packet)
        except self.av.FFmpegError:  # its time is before that of the last one
            self.damaged += 1

    def place(self, start: int, tick: int) -> int | None:
        """The time of a frame, in ticks of the stream; None where the one before stands there already.

        `start` and `tick`: of the film and of the frame, in ticks of the film.
        """
        ticks = self.video.time_base / self.stream.codec_context.time_base
        pts = round(start * ticks) + round((tick - start) * ticks)  # even steps stay even, wherever the film starts
        if self.pts is not None and pts <= self.pts:
            self.crowded += 1
            return None
        self.pts = pts
        return pts

    def picture(self, picture: Any, frame: Any, pts: int, seconds: float | Fraction) -> None:
        """Encode a picture (H, W, 3), uint8, made of `frame`: at `pts`, for so many seconds."""
        height, width, _ = picture.shape
        picture = numpy.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")  # codecs want even sides
        if not self.begun:
            self._begin(frame, picture.shape[0], picture.shape[1])
        out = self.av.VideoFrame.from_ndarray(numpy.ascontiguousarray(picture), format="rgb24")
        out = out.reformat(self.stream.width, self.stream.height, "yuv420p", dst_colorspace=self.matrix)
        out.pts, out.time_base = pts, self.stream.codec_context.time_base
        self.durations[pts] = max(1, round(seconds / out.time_base))
        self._encode(out)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        if self.begun:
            self._encode(None)

    def _encode(self, frame: Any) -> None:
        """Encode a frame; None: what is left."""
        try:
            for packet in self.stream.encode(frame):
                packet.duration = self.durations.pop(packet.pts, packet.duration or 0)  # the last frame may stay
                self.made.mux(packet)
        except self.av.FFmpegError as error:
            raise InputError(f"{self.target}: cannot be written ({reason(error)})") from error

    def _stream(self) -> Any:
        video = self.video
        codec, options = CODECS.get(self.target.suffix.lower(), ("libx264", H264))
        stream = self.made.add_stream(codec, rate=video.average_rate or 25, options=options)
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", video.time_base
        if codec == "mpeg4":  # whose clock is coarse
            stream.codec_context.time_base = (1 / (video.guessed_rate or Fraction(25))).limit_denominator(65535)
        return stream

    def _begin(self, frame: Any, height: int, width: int) -> None:
        aspect = self.video.sample_aspect_ratio or Fraction(1)  # of a pixel, width to height
        aspect = 1 / aspect if round(frame.rotation / 90) % 2 else aspect
        if self.target.suffix.lower() == ".webm":  # has no place for it
            width, aspect = max(2, 2 * round(width * aspect / 2)), Fraction(1)
        self.stream.codec_context.sample_aspect_ratio = aspect
        self.begun, self.stream.width, self.stream.height = True, width, height
        context = self.stream.codec_context
        if context.name == "mpeg4":  # which cannot tell
            self.matrix = usual_matrix(width, height)
        else:
            context.colorspace, context.color_range = 1, 1  # BT.709, 16 to 235
            context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc  # HDR stays HDR
        for packet in self.waiting:
            self.sound(packet)


def usual_matrix(width: int, height: int) -> str:
    """The matrix of colours that players take where none is told: that of HD, or of the television before it."""
    return "ITU709" if width >= 1280 or height > 576 else "ITU601"


def codec_of(stream: Any) -> str | None:
    """The name of a stream's codec, if FFmpeg has a decoder of it."""
    return None if stream.codec_context is None else str(stream.codec_context.name)


def left_out_of(given: Any, words: dict[int, Any]) -> list[str]:
    """A line for each thing that a film holds and that is not written; `words`: subtitles that are."""
    lines = []
    if more := len(given.streams.video) - 1:
        lines.append(f"{more} more stream{'s' * (more > 1)} of pictures left out")
    if lost := len(given.streams.subtitles) - len(words):
        lines.append(f"{lost} stream{'s' * (lost > 1)} of subtitles left out, which this kind of film does not hold")
    if data := len(given.streams.data):
        lines.append(f"{data} stream{'s' * (data > 1)} of data, such as a timecode, left out")
    video = given.streams.video[0]
    alpha = video.metadata.get("alpha_mode") == "1"
    form = None if video.codec_context is None else video.codec_context.format  # none of pictures that nobody decodes
    if alpha or (form is not None and any(part.is_alpha for part in form.components)):
        lines.append("what is transparent is shown in its colours")
    return lines


def upright(pixels: Any, frame: Any) -> Any:
    """The pixels (H, W, 3) of a frame as they are to be shown: phones film on their side, front cameras mirrored.

    The matrix that says so moves a pixel at (x, y) to (a x + c y, b x + d y); of turns and mirrors, all are 0, 1 or -1.
    """
    matrix = next((bytes(part) for part in frame.side_data if part.type.name == "DISPLAYMATRIX"), None)
    if matrix is None or len(matrix) < 36:
        return numpy.rot90(pixels, round(frame.rotation / 90))
    a, b, _, c, d, *_ = numpy.frombuffer(matrix, "<i4").tolist()
    turned = abs(b) > abs(a)
    pixels = pixels.swapaxes(0, 1) if turned else pixels
    rows, columns = (b, c) if turned else (d, a)
    return pixels[:: -1 if rows < 0 else 1, :: -1 if columns < 0 else 1]
