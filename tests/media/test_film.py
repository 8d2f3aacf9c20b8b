"""Films in, films out: every frame, the times, the sound; and what is broken."""

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aegean.errors import InputError
from aegean.latent import film
from aegean.media import Steadied, frame_change, in_tiles, save_motion, transform_film
from aegean.networks import Translator, moving_statistics, pooled_statistics, record_statistics
from aegean.use.whole_image import translate_whole

av = pytest.importorskip("av")


def grey(level):
    return np.full((34, 50, 3), level, np.uint8)


def h264(container, rate=25, width=50, height=34, pixels="yuv420p", **options):
    """A stream of pictures."""
    video = container.add_stream("libx264", rate=rate, options=options)
    video.width, video.height, video.pix_fmt = width, height, pixels
    return video


def tone(wave, start, layout="mono"):
    """A piece of sound, 16,000 samples a second, that begins with sample `start`."""
    piece = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout=layout)
    piece.sample_rate, piece.pts = 16000, start
    return piece


def failing(frames, error):
    """A change that fails after so many frames."""
    done = iter(range(frames))

    def change(frame):
        if next(done, None) is None:
            raise error
        return frame

    return change


@pytest.fixture
def source(tmp_path):
    """40 frames, 12.5 a second, ever brighter, with a tone; odd sizes come out of `change`."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        video = h264(container, Fraction(25, 2), crf="10")
        sound = container.add_stream("aac", rate=16000, layout="mono")
        for k in range(40):
            container.mux(video.encode(av.VideoFrame.from_ndarray(grey(40 + 4 * k), format="rgb24")))
            container.mux(sound.encode(tone(np.sin(np.arange(1280) / 5 + k * 256) * 9000, k * 1280)))
        container.mux(video.encode())
        container.mux(sound.encode())
    return path


def look(path):
    """Times in seconds and mean grey of the frames, and the packets of the sound."""
    with av.open(str(path)) as container:
        frames = [(float(f.time), float(f.to_ndarray(format="rgb24").mean())) for f in container.decode(video=0)]
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return frames, []
        return frames, [bytes(packet) for packet in container.demux(audio=0) if packet.size]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_frames_times_and_sound_are_kept(source, tmp_path, ending):
    target = tmp_path / "new" / f"film.{ending}"
    outcome = transform_film(source, target, lambda frame: -frame[..., :-1, :])
    (before, sound), (after, copied) = look(source), look(target)
    assert outcome.frames == len(before) == len(after) == 40
    assert outcome.sound == "sound copied"
    assert copied == sound != []
    assert [time for time, _ in after] == pytest.approx([time for time, _ in before], abs=2e-3)
    assert [value for _, value in after] == pytest.approx([255 - value for _, value in before], abs=3)
    assert outcome.problem is None
    assert outcome.seconds == pytest.approx(3.2, abs=0.01)


def test_a_sound_that_the_container_cannot_hold_is_left_out_and_named(source, tmp_path):
    outcome = transform_film(source, tmp_path / "film.webm", lambda frame: frame)
    assert outcome.sound == "sound left out: .webm holds no aac"
    assert len(look(tmp_path / "film.webm")[0]) == 40
    assert transform_film(source, tmp_path / "film.ts", lambda frame: frame).sound == "sound copied"
    assert look(tmp_path / "film.ts")[1]


def test_a_film_with_its_end_cut_off_is_told_of(source, tmp_path):
    cut = tmp_path / "cut.mkv"
    content = source.read_bytes()
    cut.write_bytes(content[: len(content) * 97 // 100])
    outcome = transform_film(cut, tmp_path / "out.mkv", lambda frame: frame)
    assert outcome.frames == 40 or outcome.problem


def test_of_a_truncated_film_what_can_be_read_is_written(source, tmp_path):
    cut = tmp_path / "cut.mkv"
    content = source.read_bytes()
    cut.write_bytes(content[: len(content) * 6 // 10])
    outcome = transform_film(cut, tmp_path / "out.mkv", lambda frame: frame)
    assert 5 < outcome.frames < 40
    assert outcome.problem
    assert len(outcome.problem.splitlines()) == 1
    assert len(look(tmp_path / "out.mkv")[0]) == outcome.frames


def test_of_a_damaged_film_the_rest_is_written(source, tmp_path):
    transform_film(source, tmp_path / "whole.mp4", lambda frame: frame + 0.3 * torch.randn(1, 3, 34, 50))
    content = bytearray((tmp_path / "whole.mp4").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(k * 37 % 256 for k in range(3000))
    (tmp_path / "bad.mp4").write_bytes(content)
    outcome = transform_film(tmp_path / "bad.mp4", tmp_path / "out.mp4", lambda frame: frame)
    assert 10 < outcome.frames <= 40
    assert outcome.frames == 40 or outcome.problem
    assert len(look(tmp_path / "out.mp4")[0]) == outcome.frames


def test_what_is_no_film_is_refused_in_one_line(source, tmp_path):
    (tmp_path / "noise.mp4").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "words.txt").write_text("hello")
    for given, made, message in (
        (tmp_path / "noise.mp4", tmp_path / "a.mp4", "not a film that can be read"),
        (tmp_path / "none.mp4", tmp_path / "a.mp4", "no such file"),
        (source, tmp_path / "a.xyz", "no such kind of film"),
        (source, tmp_path / "a.gif", "a film becomes a film"),
        (tmp_path / "words.txt", tmp_path / "a.png", r"words\.txt: not a film that can be read"),
        (source, source, "itself, from which it would be made"),
    ):
        with pytest.raises(InputError, match=message) as error:
            transform_film(given, made, lambda frame: frame)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_animations_keep_frames_and_times(tmp_path, ending):
    ramp = torch.linspace(-0.9, 0.9, 5)[:, None, None, None].expand(5, 3, 12, 16)
    path = save_motion(tmp_path / f"a.{ending}", film(ramp), 0.12)
    outcome = transform_film(path, tmp_path / f"b.{ending}", lambda frame: frame)
    with Image.open(path) as before, Image.open(tmp_path / f"b.{ending}") as after:
        assert before.n_frames == after.n_frames == outcome.frames > 4
        after.seek(2)
        after.load()
        assert after.info["duration"] == 120


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_animations_change_their_kind(tmp_path, ending):
    path = save_motion(tmp_path / "a.gif", film(torch.linspace(-0.9, 0.9, 5)[:, None, None, None].expand(5, 3, 12, 16)))
    outcome = transform_film(path, tmp_path / f"b.{ending}", lambda frame: frame)
    with Image.open(tmp_path / f"b.{ending}") as after:
        assert after.n_frames == outcome.frames > 4


@pytest.mark.parametrize("ending", ["gif", "png", "webp"])
@pytest.mark.parametrize("part", [0.4, 0.55, 0.7, 0.9])
def test_of_a_truncated_animation_what_can_be_read_is_written(tmp_path, ending, part):
    path = save_motion(tmp_path / f"a.{ending}", film(torch.rand(5, 3, 12, 16) * 2 - 1))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    outcome = transform_film(path, tmp_path / f"b.{ending}", lambda frame: frame)
    assert outcome.problem
    assert outcome.problem.startswith(f"cannot be read on after frame {outcome.frames}")
    with Image.open(tmp_path / f"b.{ending}") as after:
        assert 1 < after.n_frames == outcome.frames < 8


def test_the_heads_of_animations_are_refused(tmp_path):
    for ending, part in (("webp", 0.05), ("gif", 0.1)):
        path = save_motion(tmp_path / f"a.{ending}", film(torch.rand(5, 3, 12, 16) * 2 - 1))
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
        with pytest.raises(InputError, match="can be read") as error:
            transform_film(path, tmp_path / f"b.{ending}", lambda frame: frame)
        assert "\n" not in str(error.value)


def test_a_result_too_wide_for_webp_is_said_in_one_line_and_what_was_there_stays(tmp_path):
    path = save_motion(tmp_path / "a.gif", film(torch.rand(2, 3, 12, 16) * 2 - 1))
    (tmp_path / "b.webp").write_text("older")
    with pytest.raises(InputError, match=r"b\.webp: cannot be written"):
        transform_film(path, tmp_path / "b.webp", lambda frame: torch.zeros(1, 3, 2, 17_000))
    assert (tmp_path / "b.webp").read_text() == "older"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.gif", "b.webp"]


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_what_is_transparent_becomes_white_and_once_stays_once(tmp_path, ending):
    frames = [Image.new("RGBA", (8, 8), (k, 0, 0, 0)) for k in (10, 200)]
    once = {} if ending == "gif" else {"loop": 1}
    frames[0].save(tmp_path / f"a.{ending}", save_all=True, append_images=frames[1:], duration=50, **once)
    seen = []
    transform_film(
        tmp_path / f"a.{ending}", tmp_path / f"b.{ending}", lambda frame: seen.append(frame) or 0.5 * frame / len(seen)
    )
    assert all(bool((frame == 1).all()) for frame in seen)
    assert len(seen) >= 1
    with Image.open(tmp_path / f"b.{ending}") as after:
        assert after.info.get("loop") == once.get("loop")


def test_the_still_picture_of_an_animated_png_is_none_of_its_frames(tmp_path):
    still, first, second = (Image.new("RGB", (8, 8), colour) for colour in ("red", "white", "black"))
    still.save(tmp_path / "a.png", save_all=True, default_image=True, append_images=[first, second], duration=50)
    seen = []
    outcome = transform_film(tmp_path / "a.png", tmp_path / "b.png", lambda frame: seen.append(frame) or frame)
    assert outcome.frames == 2
    assert outcome.seconds == pytest.approx(0.1)
    assert [float(frame.mean()) for frame in seen] == [1, -1]


def moving(path, milliseconds, aspect=None, turn=0):
    """A film with frames at these times."""
    with av.open(str(path), "w") as container:
        video = h264(container)
        video.codec_context.time_base = Fraction(1, 1000)
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        if turn:
            video.set_display_rotation(turn)
        for k, time in enumerate(milliseconds):
            frame = av.VideoFrame.from_ndarray(grey(40 + 5 * k), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode())
    return path


def test_an_uneven_film_keeps_its_frames_in_a_container_with_an_even_clock(tmp_path):
    times = [0, 40, 80, 200, 220, 500, 540, 600, 900, 910, 1000]
    path = moving(tmp_path / "a.mkv", times)
    outcome = transform_film(path, tmp_path / "b.avi", lambda frame: frame)
    assert (outcome.frames, outcome.problem) == (11, None)
    assert [time for time, _ in look(tmp_path / "b.avi")[0]] == pytest.approx([t / 1000 for t in times], abs=0.021)


def test_a_film_that_starts_late_is_not_short(tmp_path):
    path = moving(tmp_path / "a.mkv", range(2000, 3000, 40))
    outcome = transform_film(path, tmp_path / "b.mkv", lambda frame: frame)
    assert (outcome.frames, outcome.problem) == (25, None)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_last_frame_that_stays_stays(tmp_path, ending):
    path = tmp_path / "slides.mp4"
    with av.open(str(path), "w") as container:
        video = h264(container, bf="0")
        video.codec_context.time_base = Fraction(1, 1000)
        packets = []
        for k, time in enumerate((0, 1000, 2000)):
            frame = av.VideoFrame.from_ndarray(grey(40 + 50 * k), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            packets += video.encode(frame)
        packets += video.encode()
        for packet in packets:
            packet.duration = 5000 if packet.pts == 2000 else 1000
            container.mux(packet)
    target = tmp_path / f"out.{ending}"
    outcome = transform_film(path, target, lambda frame: frame)
    assert (outcome.frames, outcome.problem) == (3, None)
    assert outcome.seconds == pytest.approx(7, abs=0.05)
    with av.open(str(target)) as made:
        assert made.duration / 1e6 == pytest.approx(7, abs=0.05)


def test_sound_that_goes_on_makes_no_film_a_short_one(tmp_path):
    path = tmp_path / "long-sound.mkv"
    with av.open(str(path), "w") as container:
        video = h264(container)
        sound = container.add_stream("aac", rate=16000, layout="mono")
        for _ in range(50):
            container.mux(video.encode(av.VideoFrame.from_ndarray(grey(100), format="rgb24")))
        container.mux(video.encode())
        for k in range(62):
            container.mux(sound.encode(tone(np.zeros(1024), k * 1024)))
        container.mux(sound.encode())
    outcome = transform_film(path, tmp_path / "out.mkv", lambda frame: frame)
    assert (outcome.frames, outcome.problem) == (50, None)
    assert outcome.seconds == pytest.approx(2, abs=0.01)


def test_a_sound_without_a_decoder_is_left_out(source, tmp_path, monkeypatch):
    for module in ("film", "film_writer"):  # as for an iPhone's second track
        monkeypatch.setattr(sys.modules[f"aegean.media.{module}"], "codec_of", lambda stream: None)
    outcome = transform_film(source, tmp_path / "out.mkv", lambda frame: frame)
    assert outcome.sound.startswith("sound left out")
    assert outcome.frames == 40


def test_frames_too_close_for_a_container_are_left_out_and_counted(tmp_path):
    path = moving(tmp_path / "a.mkv", [0, 1, 2, 3, 500, 501, 900, 1200])
    outcome = transform_film(path, tmp_path / "b.avi", lambda frame: frame)
    assert outcome.problem == "3 of its frames left out: .avi has 25 a second"
    assert len(look(tmp_path / "b.avi")[0]) == outcome.frames == 5
    assert transform_film(path, tmp_path / "b.mkv", lambda frame: frame).frames == 8


def test_what_the_encoder_refuses_is_no_fault_of_the_film(source, tmp_path):
    with pytest.raises(InputError, match=r"b\.avi: cannot be written") as error:
        transform_film(source, tmp_path / "b.avi", lambda frame: torch.zeros(1, 3, 2, 9000))  # MPEG-4 ends at 8191
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "webm"])
@pytest.mark.parametrize("turn", [0, 90])
def test_pixels_keep_their_shape(tmp_path, ending, turn):
    path = moving(tmp_path / "a.mp4", range(0, 200, 40), Fraction(16, 11), turn)
    transform_film(path, tmp_path / f"b.{ending}", lambda frame: frame)
    with av.open(str(tmp_path / f"b.{ending}")) as container:
        video = container.streams.video[0]
        shape = (video.width * (video.sample_aspect_ratio or 1), video.height)
        if ending != "webm":  # which has square pixels
            assert video.sample_aspect_ratio == (Fraction(11, 16) if turn else Fraction(16, 11))
    wide, high = 50 * 16 / 11, 34
    assert shape[0] / shape[1] == pytest.approx(high / wide if turn else wide / high, rel=0.03)


def test_what_cannot_be_written_is_said_in_one_line(source, tmp_path):
    (tmp_path / "file").write_text("no folder")
    animation = save_motion(tmp_path / "a.gif", film(torch.rand(3, 3, 12, 16) * 2 - 1))
    (tmp_path / "folder.mkv").mkdir()
    (tmp_path / "folder.gif").mkdir()
    (tmp_path / "a.wav").write_text("older")
    before = sorted(tmp_path.iterdir())
    for given, made, message in (
        (source, tmp_path / "a.wav", "no such kind of film"),
        (source, tmp_path / "file" / "a.mkv", "cannot be written"),
        (source, tmp_path / "folder.mkv", "cannot be written"),
        (animation, tmp_path / "file" / "a.gif", "cannot be written"),
        (animation, tmp_path / "folder.gif", "cannot be written"),
    ):
        with pytest.raises(InputError, match=message) as error:
            transform_film(given, made, lambda frame: frame)
        assert "\n" not in str(error.value)

    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "a.wav").read_text() == "older"


def test_a_film_that_changes_its_size_is_steadied_afresh():
    steadied = Steadied(1.0)
    for size in (8, 6, 6):
        frame = torch.rand(1, 3, size, size)
        assert steadied(frame, -frame).shape == frame.shape


def test_steadying_stills_what_stands_still_and_spares_what_moves():
    torch.manual_seed(0)
    still, noise = torch.zeros(1, 3, 20, 20), torch.rand(10, 1, 3, 20, 20) * 0.4
    changes = {}
    for strength in (0.0, 0.8):
        steadied = Steadied(strength)
        made = [steadied(still, still + extra) for extra in noise]
        changes[strength] = steadied.means()
        assert changes[strength][0] == 0
    expected = torch.stack([frame_change(a, b) for a, b in zip(noise, noise[1:])]).mean()
    assert changes[0.0][1] == changes[0.0][2] == pytest.approx(float(expected), rel=1e-5)
    assert changes[0.8][2] < 0.3 * changes[0.0][2]
    steadied = Steadied(0.8)
    steadied(still, still + noise[0])
    torch.testing.assert_close(steadied(still + 0.5, noise[1]), noise[1])  # all of it has moved
    assert made[0].shape == still.shape


def lively(blocks):
    """A translator with weights of some size."""
    torch.manual_seed(0)
    network = Translator(3, 8, blocks).eval().requires_grad_(False)
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return network


def test_a_large_picture_in_tiles_is_the_picture_in_one_under_the_same_statistics():
    network = lively(1)
    image = torch.rand(1, 3, 120, 200) * 2 - 1
    with record_statistics(network):
        network(image)
    with pooled_statistics(network):
        torch.testing.assert_close(in_tiles(network, image, 40, network.reach), network(image))


@pytest.fixture
def uneven():
    """A network with weights of some size, and a picture that is flat on the left; sides are no multiples of 4."""
    network = lively(2)
    image = torch.rand(1, 3, 150, 231) * 2 - 1
    image[..., :115] = 0.2
    return network, image


def test_a_large_picture_is_translated_as_the_whole_whatever_its_tiles_hold(uneven):
    network, image = uneven
    whole, tiled = network(image), translate_whole(network, network, image, network.reach, side=64)
    assert (whole - image).abs().mean() > 0.1
    torch.testing.assert_close(tiled, whole, atol=1e-3, rtol=0)
    torch.testing.assert_close(network(image), whole)  # afterwards, its own again


def test_statistics_flow_in_tiles_as_in_one(uneven):
    network, image = uneven
    frames = [image, image.flip(3), image * 0.5]
    plain = [network(frame) for frame in frames]
    with moving_statistics(network, 0.7):
        whole = [network(frame) for frame in frames]
    with moving_statistics(network, 0.7):
        tiled = [translate_whole(network, network, frame, network.reach, side=64) for frame in frames]
    for k, (one, other) in enumerate(zip(whole, tiled)):
        torch.testing.assert_close(one, other, atol=1e-3, rtol=0)
        assert ((one - plain[k]).abs().max() > 0.05) == (k > 0)


@pytest.mark.parametrize("share", [0.9, 1.0])
def test_statistics_do_not_outlive_a_cut(share, uneven):
    network, image = uneven
    with moving_statistics(network, share):
        network(torch.full_like(image, -1.0))
        after = network(image)
    assert after.isfinite().all()
    assert (after - network(image)).abs().mean() < 0.5 * network(image).std()


@pytest.mark.parametrize("ending", ["mp4", "mkv", "webm", "avi"])
def test_a_film_that_was_stopped_can_be_played_as_far_as_it_goes(source, tmp_path, ending):
    target, kept = tmp_path / f"out.{ending}", tmp_path / f"out-stopped.{ending}"
    with pytest.raises(KeyboardInterrupt):
        transform_film(source, target, failing(0, KeyboardInterrupt))
    assert not kept.exists()
    target.write_text("an older film")
    with pytest.raises(KeyboardInterrupt, match=rf"the first 5 frames are in {kept}; {target} is not written"):
        transform_film(source, target, failing(5, KeyboardInterrupt))
    assert len(look(kept)[0]) == 5
    assert target.read_text() == "an older film"
    assert len(list(tmp_path.iterdir())) == 3


def test_where_a_film_fails_what_was_there_stays(source, tmp_path):
    target = tmp_path / "out.mkv"
    target.write_text("older")
    with pytest.raises(InputError, match="no more"):
        transform_film(source, target, failing(5, InputError("no more")))
    assert target.read_text() == "older"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_sound_of_a_listed_kind_that_the_container_refuses_all_the_same_is_left_out(tmp_path):
    path = tmp_path / "camera.mkv"  # which tells how many channels there are, not which
    with av.open(str(path), "w") as container:
        video = h264(container)
        sound = container.add_stream("pcm_s16le", rate=16000, layout="stereo")
        for k in range(10):
            container.mux(video.encode(av.VideoFrame.from_ndarray(grey(100), format="rgb24")))
            container.mux(sound.encode(tone(np.zeros(1280), k * 640, "stereo")))
        container.mux(video.encode())
    assert transform_film(path, tmp_path / "b.mkv", lambda frame: frame).sound == "sound copied"
    outcome = transform_film(path, tmp_path / "b.mp4", lambda frame: frame)
    assert (outcome.frames, outcome.sound) == (10, "sound left out: .mp4 holds no pcm_s16le")


def coloured(path, width, height, matrix, tags=None, pixels="yuv420p"):
    """Three red frames, in a film that does not tell its matrix of colours unless by `tags`."""
    with av.open(str(path), "w") as container:
        video = h264(container, 25, width, height, pixels, crf="5")
        for name, value in (tags or {}).items():
            setattr(video.codec_context, name, value)
        frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), (200, 60, 40), np.uint8), format="rgb24")
        for _ in range(3):
            container.mux(video.encode(frame.reformat(width, height, pixels, dst_colorspace=matrix)))
        container.mux(video.encode())
    return path


@pytest.mark.parametrize("ending", ["mp4", "mkv", "webm", "avi"])
@pytest.mark.parametrize(("width", "height", "matrix"), [(50, 34, "ITU601"), (1280, 34, "ITU709")])
def test_colours_are_kept_as_players_show_them_where_the_film_does_not_tell(tmp_path, ending, width, height, matrix):
    path, seen = coloured(tmp_path / "a.mkv", width, height, matrix), []
    transform_film(path, tmp_path / f"b.{ending}", lambda frame: seen.append(frame) or frame)
    assert (seen[0] + 1).mean((0, 2, 3)).mul(127.5).tolist() == pytest.approx([200, 60, 40], abs=3)
    with av.open(str(tmp_path / f"b.{ending}")) as container:
        frame = next(container.decode(video=0))
        told = matrix if ending == "avi" else "ITU709"
        assert (frame.colorspace == 1) == (ending != "avi")
        made = frame.reformat(format="rgb24", src_colorspace=told).to_ndarray()
    assert made.reshape(-1, 3).mean(0).tolist() == pytest.approx([200, 60, 40], abs=4)


def test_what_was_filmed_in_hdr_is_still_said_to_be(tmp_path):
    tags = {"colorspace": 9, "color_range": 1, "color_primaries": 9, "color_trc": 18}
    path = coloured(tmp_path / "a.mp4", 50, 34, "ITU709", tags, "yuv420p10le")
    transform_film(path, tmp_path / "b.mp4", lambda frame: frame)
    with av.open(str(tmp_path / "b.mp4")) as container:
        frame = next(container.decode(video=0))
        assert (frame.color_primaries, frame.color_trc) == (9, 18)


def test_a_film_joined_from_two_goes_on_where_its_times_start_anew(source, tmp_path):
    transform_film(source, tmp_path / "one.ts", lambda frame: frame)
    (tmp_path / "two.ts").write_bytes(2 * (tmp_path / "one.ts").read_bytes())
    outcome = transform_film(tmp_path / "two.ts", tmp_path / "out.mkv", lambda frame: frame)
    assert outcome.frames == 80
    frames, sound = look(tmp_path / "out.mkv")
    steps = np.diff([time for time, _ in frames])
    assert len(frames) == 80
    assert steps == pytest.approx(0.08, abs=0.2)
    assert steps.min() > 0
    assert len(sound) >= 2 * len(look(source)[1]) - 2


@pytest.mark.parametrize(("ending", "rest"), [("gif", 10), ("webp", 1), ("png", 0.01)])
def test_the_length_of_an_animation_is_kept_where_its_times_are_finer(tmp_path, ending, rest):
    frames = [Image.new("RGB", (8, 8), (25 * k, 0, 0)) for k in range(9)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:], duration=100 / 3)
    outcome = transform_film(tmp_path / "a.png", tmp_path / f"b.{ending}", lambda frame: frame)
    with Image.open(tmp_path / f"b.{ending}") as made:
        durations = []
        for k in range(made.n_frames):
            made.seek(k)
            made.load()
            durations.append(made.info["duration"])
    assert len(durations) == 9
    assert sum(durations) == pytest.approx(300, abs=rest)
    assert outcome.seconds == pytest.approx(sum(durations) / 1000)


def test_an_animation_is_turned_as_its_exif_says(tmp_path):
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    exif = Image.Exif()
    exif[0x0112] = 6
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], exif=exif)
    seen = []
    transform_film(tmp_path / "a.webp", tmp_path / "b.webp", lambda frame: seen.append(frame) or frame)
    assert [tuple(frame.shape[2:]) for frame in seen] == [(30, 20), (30, 20)]


def test_the_steadiest_film_follows_a_slow_fade():
    steadied = Steadied(1.0)
    for level in torch.linspace(0.8, -0.8, 200):
        made = steadied(level.expand(1, 3, 4, 4), -level.expand(1, 3, 4, 4))
    assert float(made.mean()) == pytest.approx(0.8, abs=0.15)


@pytest.mark.parametrize("name", ["12:30.mkv", "http:x.mkv", "concat:a|b.mkv", "subfile,,start,1,,:x.mkv", "%d.mkv"])
def test_the_name_of_a_film_is_a_name_and_nothing_else(source, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(source.read_bytes())
    assert transform_film(Path(name), Path("b.mkv"), lambda frame: frame).frames == 40


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ffconcat", "ffconcat version 1.0\nfile film.mkv\n"),
        ("a.mp4", "ffconcat version 1.0\nfile film.mkv\n"),
        ("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:3.2,\nfilm.mkv\n#EXT-X-ENDLIST\n"),
        ("a.mkv", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:3.2,\nfilm.mkv\n#EXT-X-ENDLIST\n"),
        ("a.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"),
        ("a%d.jxl", ""),
    ],
)
def test_lists_of_other_files_are_not_followed(source, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match="not a film that can be read") as caught:
        transform_film(tmp_path / name, tmp_path / "b.mkv", lambda frame: frame)
    assert "\n" not in str(caught.value)
    if content:
        assert "lists of other files and devices are not opened" in str(caught.value)
    assert not (tmp_path / "b.mkv").exists()
