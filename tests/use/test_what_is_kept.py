"""What photos and films hold beside their pixels: kept, or said in a line."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from aegean import images
from aegean.cli import main
from aegean.use.translating import moves

BLOCKS = np.zeros((32, 48, 3), np.uint8)  # of four colours, so that every turn and mirror looks its own way
BLOCKS[:16, :24], BLOCKS[:16, 24:], BLOCKS[16:, :24] = (250, 0, 0), (0, 250, 0), (0, 0, 250)


def test_a_grey_denoiser_gives_a_colour_photo_back_in_colour(trained, tmp_path: Path) -> None:
    run = trained("denoising")
    colours = np.random.default_rng(0).integers(0, 255, (12, 12, 3), np.uint8)
    Image.fromarray(colours).save(tmp_path / "photo.png")
    assert main(["denoise", str(run.path), str(tmp_path / "photo.png"), "-o", str(tmp_path / "out.png")]) == 0
    with Image.open(tmp_path / "out.png") as made:
        assert made.mode == "RGB"
        for band, given in zip(made.split(), np.moveaxis(colours, 2, 0)):
            alone = Image.fromarray(np.ascontiguousarray(given))
            alone.save(tmp_path / "grey.png")
            assert main(["denoise", str(run.path), str(tmp_path / "grey.png"), "-o", str(tmp_path / "g.png")]) == 0
            with Image.open(tmp_path / "g.png") as grey:
                assert grey.mode == "L"
                assert np.abs(np.asarray(grey).astype(int) - np.asarray(band)).max() <= 1


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
def test_only_the_orientation_of_exif_matters(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    head = bytearray(exif.tobytes())
    odd = struct.pack("<HHII", 0x9286, 77, 9, 2**31)  # of a type that there is not, far outside
    little = head[6:8] == b"II"
    entry = odd if little else struct.pack(">HHII", 0x9286, 77, 9, 2**31)
    head[14:16] = struct.pack("<H" if little else ">H", 2)
    head[28:28] = entry
    Image.fromarray(BLOCKS).save(tmp_path / "a.jpg", exif=bytes(head), quality=95)
    turned = images.open_picture(tmp_path / "a.jpg")
    wanted = Image.fromarray(BLOCKS)
    if orientation > 1:
        ways = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE}
        wanted = wanted.transpose(ways[orientation])
    assert turned.size == wanted.size
    assert np.abs(np.asarray(turned).astype(int) - np.asarray(wanted)).mean() < 12


@pytest.mark.parametrize(
    ("matrix", "axes"),
    [
        ((-1, 0, 0, 1), "flip"),
        ((1, 0, 0, -1), "flop"),
        ((0, 1, 1, 0), "swap"),
        ((0, -1, -1, 0), "both"),
        ((0, 1, -1, 0), "turn"),
    ],
)
def test_films_of_front_cameras_are_mirrored_as_they_say(tmp_path: Path, matrix: tuple[int, ...], axes: str) -> None:
    av = pytest.importorskip("av")
    from aegean.media import transform_film

    path, seen = tmp_path / "a.mp4", []
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt = 48, 32, "yuv420p"
        for _ in range(3):
            made.mux(stream.encode(av.VideoFrame.from_ndarray(BLOCKS, format="rgb24")))
        made.mux(stream.encode())
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 44  # a b u c d v x y w
    a, b, c, d = matrix
    shift = (48 if a + c < 0 else 0, 32 if b + d < 0 else 0)
    content[place : place + 36] = struct.pack(
        ">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, shift[0] << 16, shift[1] << 16, 1 << 30
    )
    path.write_bytes(content)
    transform_film(path, tmp_path / "b.mp4", lambda frame: seen.append(images.to_uint8(frame)[0].numpy()) or frame)
    wanted = {
        "flip": BLOCKS[:, ::-1],
        "flop": BLOCKS[::-1],
        "swap": BLOCKS.swapaxes(0, 1),
        "both": BLOCKS.swapaxes(0, 1)[::-1, ::-1],
        "turn": np.rot90(BLOCKS, -1),
    }[axes]
    assert seen[0].shape == wanted.shape
    assert np.abs(seen[0].astype(int) - wanted).mean() < 12


def test_pages_and_bits_that_are_lost_are_said(trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = trained("denoising").path
    grey = [Image.fromarray(np.full((12, 12), 40 * k, np.uint8)) for k in range(3)]
    grey[0].save(tmp_path / "pages.tif", save_all=True, append_images=grey[1:])
    Image.fromarray(np.full((12, 12), 4000, np.uint16)).save(tmp_path / "deep.png")
    for name, line in (
        ("pages.tif", "the first picture alone, of 3"),
        ("deep.png", "of more than 8 bits, of which 8 are kept"),
    ):
        assert main(["denoise", str(run), str(tmp_path / name), "-o", str(tmp_path / "out.png")]) == 0
        assert f"aegean: {tmp_path / name}: {line}\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    "head", [b"\0\0\0\x18ftypheic\0\0\0\0", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"words"]
)
def test_what_is_no_film_goes_to_no_film_reader(tmp_path: Path, head: bytes) -> None:
    from aegean.errors import InputError
    from aegean.media import transform_film

    pytest.importorskip("av")
    path = tmp_path / ("a.HEIC" if b"ftyp" in head else "a.txt")
    path.write_bytes(head * 20)
    if b"ftyp" in head:
        assert not moves(path)
    else:
        with pytest.raises(InputError, match="not a film that can be read"):
            transform_film(path, tmp_path / "b.mkv", lambda frame: frame)
