"""The one door through which pictures come in."""

import ast
from pathlib import Path

import pytest
from PIL import EpsImagePlugin, Image

import aegean
from aegean import images, picture_formats
from aegean.data.folders import ENDINGS
from aegean.errors import InputError

SOURCES = sorted(Path(aegean.__file__).parent.rglob("*.py"))


def opens_of(path):
    """The functions of a file that use PIL's `Image.open`, by whatever way."""
    found = []
    for part in ast.walk(ast.parse(path.read_text())):
        if isinstance(part, ast.ImportFrom) and part.module == "PIL.Image" and "open" in {a.name for a in part.names}:
            found.append(f"{path.name}: from PIL.Image import open")
        if isinstance(part, ast.FunctionDef):
            for inner in ast.walk(part):
                if isinstance(inner, ast.Attribute) and inner.attr == "open" and "Image" in ast.unparse(inner.value):
                    found.append(f"{path.name}: {part.name}")
    return found


def test_pictures_are_opened_in_one_place():
    assert [one for path in SOURCES for one in opens_of(path)] == ["picture_formats.py: _opened"]


def test_formats_are_those_that_pillow_decodes_itself():
    Image.init()
    known = set(picture_formats.FORMATS) & set(Image.OPEN)
    assert {"PNG", "JPEG", "WEBP", "GIF", "TIFF", "PPM"} <= known
    assert not known & {"EPS", "WMF", "FITS", "GRIB", "HDF5", "BUFR", "IPTC", "PDF", "MIC", "FPX", "MPEG"}


def test_endings_are_those_of_the_formats():
    assert all(picture_formats.names_picture(Path(f"a{ending}")) for ending in ENDINGS)
    assert picture_formats.names_picture(Path("a.TGA"))
    assert not any(
        picture_formats.names_picture(Path(f"a.{ending}")) for ending in ("eps", "ps", "pdf", "wmf", "h5", "npz")
    )


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "gif", "bmp", "tif", "jp2", "ppm", "tga", "pcx", "sgi"])
def test_formats_that_are_allowed_are_read_by_content(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (8, 8), (200, 100, 50)).save(path)
    assert images.open_picture(path.rename(tmp_path / "a")).size == (8, 8)


def test_postscript_is_refused_by_any_name(tmp_path, monkeypatch):
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *given, **more: pytest.fail("Ghostscript was called"))
    Image.new("RGB", (8, 8)).save(tmp_path / "a.eps")
    for name in ("a.eps", "a.png"):
        (tmp_path / "a.eps").rename(tmp_path / name).rename(tmp_path / "a.eps")
        with pytest.raises(InputError, match="not a picture that can be read"):
            images.open_picture((tmp_path / "a.eps").rename(tmp_path / name))
        (tmp_path / name).rename(tmp_path / "a.eps")
