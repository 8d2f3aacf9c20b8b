"""Frames -> moving pictures."""

import sys

import pytest
import torch
from PIL import Image

from aegean.errors import InputError
from aegean.latent import film
from aegean.media import save_motion

FRAMES = film(torch.linspace(-1, 1, 4)[:, None, None, None].expand(4, 3, 15, 21))


@pytest.mark.parametrize("ending", ["webp", "gif"])
def test_animations_keep_every_frame_and_loop(tmp_path, ending):
    path = save_motion(tmp_path / "new" / f"film.{ending}", FRAMES)
    with Image.open(path) as picture:
        assert picture.n_frames == len(FRAMES) == 6
        assert picture.size == (21, 15)
        assert picture.info["loop"] == 0


def test_mp4_holds_every_frame(tmp_path):
    av = pytest.importorskip("av")
    path = save_motion(tmp_path / "film.mp4", FRAMES, seconds_per_frame=0.1)
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert container.streams.video[0].average_rate == 10
    assert [frame.shape for frame in frames] == [(16, 22, 3)] * 6  # sides made even
    assert [round(float(frame.mean()) / 85) for frame in frames] == [0, 1, 2, 3, 2, 1]


def test_mp4_keeps_colours(tmp_path):
    av = pytest.importorskip("av")
    path = save_motion(tmp_path / "film.mp4", 3 * [Image.new("RGB", (32, 32), (200, 60, 40))])
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    assert frame.colorspace == 1
    assert frame.to_ndarray(format="rgb24").mean((0, 1)).tolist() == pytest.approx([200, 60, 40], abs=3)


def test_mp4_without_av_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(InputError, match=r"aegean\[video\]"):
        save_motion(tmp_path / "film.mp4", FRAMES)


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.webp, \.gif"):
        save_motion(tmp_path / "film.avi", FRAMES)
