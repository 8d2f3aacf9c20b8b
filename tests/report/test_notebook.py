"""A run in a notebook: one line of words, and a piece of HTML that needs nothing beside it."""

import io
import subprocess
import sys

import pytest
from PIL import Image

import aegean

SETTINGS = {"steps": 4, "batch_size": 8, "width": 4, "log_every": 1, "quiet": True}


@pytest.fixture(scope="module")
def run(shapes, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "vae"
    return aegean.train("vae", data=str(shapes), out=out, latent=3, preview_every=0, **SETTINGS)


def test_a_run_says_what_it_is_in_one_line(run):
    assert repr(run) == f"<Run {run.path}: vae on shapes, 12 x 12 grey, 4 of 4 steps>"
    assert repr(aegean.load(run.path)) == repr(run)


def test_a_damaged_run_still_says_what_it_is(run, tmp_path):
    (tmp_path / "config.json").write_text("{")
    assert str(tmp_path) in repr(aegean.load(tmp_path))
    assert "\n" not in repr(aegean.load(tmp_path))


def test_it_shows_samples_curves_and_figures(run):
    aegean.evaluate(run, ["reconstruction_mse"])
    page = run._repr_html_()
    assert page.count("data:image/png;base64,") == 1
    assert "vae/rate" in page
    assert page.count("<polyline") >= 3
    (record,) = run.evaluation
    assert "<td>reconstruction_mse</td>" in page
    assert f"<td>{record['value']:.4g}"[:9] in page
    assert "http" not in page.replace("http://www.w3.org", "")
    with Image.open(io.BytesIO(run._repr_png_())) as picture:
        assert picture.size == (4 * 14 - 2, 4 * 14 - 2)


def test_a_model_without_samples_shows_its_last_preview_if_there_is_one(shapes, tmp_path):
    settings = {**SETTINGS, "data": str(shapes), "latent": 3}
    bare = aegean.train("autoencoder", out=tmp_path / "bare", preview_every=0, **settings)
    assert bare._repr_png_() is None
    assert "<img" not in bare._repr_html_()
    seen = aegean.train("autoencoder", out=tmp_path / "seen", preview_every=4, **settings)
    with Image.open(io.BytesIO(seen._repr_png_())) as picture, Image.open(seen.previews()[-1]) as preview:
        assert picture.tobytes() == preview.tobytes()


def test_opening_a_run_imports_no_report(run):
    code = f"import sys, aegean; aegean.load({str(run.path)!r}); sys.exit('aegean.report' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
