"""Names of files that are no UTF-8, hold codes of terminals or turn the direction of writing; results' names."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import aegean
from aegean.cli import main
from aegean.consoles import plain
from aegean.files import result_name, result_names

ODD = (b"no-utf8-\xe9.png", b"esc\x1b[31m\x1b]0;title\x07.png", "turned\u202egnp.png".encode(), b"line\nbreak.png")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("plain.png", "plain.png"),
        ("ü→ é 日本.png", "ü→ é 日本.png"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\x9b", "a\\x0ab\\x9b"),
        ("\u202egnp", "\\u202egnp"),
        ("\udce9", "\\xe9"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_what_consoles_would_obey_is_written_out(text: str, told: str) -> None:
    assert plain(text) == told


@pytest.fixture(scope="module")
def run(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run") / "denoising"
    return aegean.train("denoising", data=str(shapes), out=out, steps=1, width=4, preview_every=0, quiet=True).path


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_odd_names_stop_nothing_and_are_never_printed_raw(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ODD:
        with open(os.path.join(os.fsencode(photos), name), "wb") as file:  # noqa: PTH118, PTH123
            Image.fromarray(np.zeros((12, 12), np.uint8)).save(file, "PNG")
    (photos / "broken\x1b[2J.png").write_bytes(b"no picture")
    printed = []
    for stream in ("stdout", "stderr"):
        printed.append(io.BytesIO())
        monkeypatch.setattr(sys, stream, io.TextIOWrapper(printed[-1], encoding=encoding, write_through=True))
    out = tmp_path / "out"
    assert main(["denoise", str(run), str(photos), "-o", str(out)]) == 0
    assert main(["datasets", str(photos)]) == 0
    assert len(list(out.iterdir())) == len(ODD)
    told = b"".join(stream.getvalue() for stream in printed)
    assert b"\x1b" not in told
    assert "\u202e".encode() not in told
    assert b"broken\\x1b[2J.png" in told


def test_a_console_without_arrows_is_told_which_way_is_better(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="cp1252", write_through=True))
    assert main(["metrics"]) == 0
    assert b"restored_psnr ^" in printed.getvalue()


@pytest.mark.parametrize("text", ["x" * 300, "日" * 100, "CON", "a:b?c", " dots. ", "a\udce9b", "\u202eabc", ""])
def test_results_have_names_that_every_system_holds(text: str, tmp_path: Path) -> None:
    name = result_name(text)
    assert 1 <= len(name.encode()) <= 160
    assert not set(name) & set('<>:"/\\|?*\x00\n')
    assert name.split(".")[0].upper() != "CON"
    (tmp_path / f"{name}.png").touch()
    assert result_name(name) == name
    assert result_name(text + "!") != name


def test_results_do_not_meet_where_capitals_do_not_count() -> None:
    assert result_names(["a", "b"]) == ["a", "b"]
    names = result_names(["Photo", "photo", "e\u0301", "\xe9", "photo-0"])
    assert len({name.casefold() for name in names}) == 5
    assert names[-1] == "photo-0"


def test_max_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from aegean import images

    monkeypatch.setattr(images, "MAX_PIXELS", 100)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    Image.new("L", (20, 20)).save(tmp_path / "a.png")
    assert main(["datasets", str(tmp_path)]) == 0
    assert "20 x 20 pixels is too large to be trusted; --max-pixels 400 allows it" in capsys.readouterr().out
    assert main(["datasets", str(tmp_path), "--max-pixels", "400"]) == 0
    assert "too large" not in capsys.readouterr().out
    assert main(["datasets", str(tmp_path), "--max-pixels=none"]) == 2
