"""What of a photo does not reach the model is said; what is too large is refused with a way out."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aegean
from aegean.cli import main
from aegean.errors import InputError


@pytest.mark.parametrize(
    ("command", "family", "settings"),
    [
        ("denoise", "denoising", {}),
        ("reconstruct", "vae", {"latent": 4}),
        ("translate", "cyclegan", {}),
        ("edit", "multi_attribute_editor", {}),
        ("encode", "vae", {"latent": 4}),
    ],
)
def test_transparency_that_is_lost_is_said(
    command: str,
    family: str,
    settings: dict[str, Any],
    trained: Callable[..., aegean.Run],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 4), np.uint8)
    run, more = trained(family, **settings), {"translate": ["--to", "night"], "edit": ["--add", "Hat"]}
    for name, alpha in (("clear", pixels[..., 3]), ("opaque", 255)):
        pixels[..., 3] = alpha
        Image.fromarray(pixels, "RGBA").save(tmp_path / f"{name}.png")
        ending = "npz" if command == "encode" else "png"
        out = ["-o", str(tmp_path / f"{name}-made.{ending}"), *more.get(command, [])]
        assert main([command, str(run.path), str(tmp_path / f"{name}.png"), *out]) == 0
        said = capsys.readouterr().err
        assert ("clear.png: laid on white where it is transparent" in said) == (name == "clear"), said


def test_that_the_first_frame_alone_is_looked_at_is_said(
    trained: Callable[..., aegean.Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [Image.fromarray(np.full((16, 16), 60 * k, np.uint8)) for k in range(4)]
    for k in range(5):
        frames[0].save(tmp_path / f"{k}.gif", save_all=True, append_images=frames[1:])
    assert main(["classify", str(tmp_path / "0.gif"), "-m", str(trained("classifier").path)]) == 0
    assert "0.gif: the first picture alone, of 4" in capsys.readouterr().err
    assert main(["classify", str(tmp_path), "-m", str(trained("classifier").path)]) == 0
    said = capsys.readouterr().err
    assert said.count("the first picture alone, of 4") == 3
    assert "and 2 more" in said


def test_a_folder_without_pictures_beside_others_is_said(
    trained: Callable[..., aegean.Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    Image.new("L", (12, 12)).save(tmp_path / "a.png")
    judge, empty, photo = str(trained("classifier").path), str(tmp_path / "empty"), str(tmp_path / "a.png")
    assert main(["classify", empty, photo, "-m", judge]) == 0
    assert "empty: holds no pictures" in capsys.readouterr().err
    assert main(["reconstruct", str(trained("vae", latent=4).path), empty, photo, "-o", str(tmp_path / "o.png")]) == 0
    assert "empty: holds no pictures" in capsys.readouterr().err
    assert main(["classify", empty, "-m", judge]) == 2


def test_a_picture_of_more_pixels_than_pillow_trusts_names_the_way_round(tmp_path: Path) -> None:
    """Pillow refuses more than twice its own limit before anything is known; the head of such a file is enough."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0))
    (tmp_path / "large.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(
        InputError, match="400,000,000 pixels is too large to be trusted; --max-pixels 400000000 allows it"
    ):
        aegean.images.open_picture(tmp_path / "large.png")


def test_a_batch_that_finds_no_room_is_refused(shapes: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"10,000,000,000 images of 12 x 12 pixels at a time needs .* --batch-size"):
        aegean.train("vae", data=str(shapes), batch_size=10**10, out=tmp_path / "run", quiet=True)
    assert not (tmp_path / "run").exists()


def test_a_setting_that_nothing_uses_is_said(shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = f"train vae --data {shapes} --steps 1 --width 4 --hidden 33 --out {tmp_path}/run".split()
    assert main(words) == 0
    assert "--hidden 33: of no use with --network conv" in capsys.readouterr().err


def test_where_nothing_can_be_measured_the_reason_is_said(
    trained: Callable[..., aegean.Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Labels without names cannot be matched with those of a run that has other ones."""
    images, labels = np.zeros((40, 12, 12), np.uint8), np.arange(40) % 10 + 1
    images[:, 0, 0] = np.arange(40)
    np.savez(tmp_path / "ten.npz", images=images, labels=labels)
    run = trained("classifier")
    assert main(["evaluate", str(run.path), "--data", str(tmp_path / "ten.npz")]) == 2
    assert "nothing can be measured (accuracy: ten has other classes than the run)" in capsys.readouterr().err


def test_a_report_has_no_verdicts_on_images_that_are_not_those_of_then(shapes: Path, tmp_path: Path) -> None:
    with np.load(shapes) as file:
        images, labels = file["images"], file["labels"]
    np.savez(tmp_path / "set.npz", images=images, labels=labels)
    settings = {"steps": 1, "width": 4, "preview_every": 0, "quiet": True}
    run = aegean.train("classifier", data=str(tmp_path / "set.npz"), out=tmp_path / "run", **settings)
    assert "of 30 test images" in aegean.make_report(run).read_text()
    np.savez(tmp_path / "set.npz", images=images[::-1], labels=labels[::-1])
    page = aegean.make_report(aegean.load(tmp_path / "run")).read_text()
    assert "has changed" in page
    assert "test images</" not in page
    assert "of 30 test images" not in page
