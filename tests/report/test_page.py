"""The report itself: every sheet of every family, one file, whatever is missing."""

import base64
import io
import json
import re
import shutil
from html.parser import HTMLParser

import pytest
from PIL import Image

import aegean
from aegean.families import FAMILIES
from aegean.models.capabilities import (
    Classifies,
    ClassifiesAttributes,
    Conditional,
    Edits,
    Encodes,
    Restores,
    Samples,
    Translates,
)
from aegean.report import SHEETS, make_report
from aegean.report.edits import ACROSS, many
from aegean.report.facts import family_name

NEEDS = {  # sheet: the capabilities without which there is none
    "samples": (Samples,),
    "reconstructions": (Encodes,),
    "restorations": (Restores,),
    "translations": (Translates,),
    "pairs": (Translates,),
    "labels": (Samples, Conditional),
    "prior": (Encodes,),
    "latent_map": (Encodes,),
    "manifold": (Encodes,),
    "interpolations": (Encodes,),
    "between_four": (Samples,),
    "nearest": (Samples,),
    "confusion": (Classifies,),
    "mistakes": (Classifies,),
    "previews": (),
    "edits": (Edits,),
    "whoever_comes": (Edits,),
    "strengths": ((Edits, Encodes),),
    "recognised": (ClassifiesAttributes,),
}


class Page(HTMLParser):
    """Collects ids, and everything that a browser would fetch."""

    void = frozenset({"meta", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids, self.fetched, self.open, self.tags = [], [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.add(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.fetched += [values[name] for name in ("src", "href", "srcset", "data") if name in values]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:  # <td> and <tr> may close by themselves
            pass


def read(run) -> tuple[str, Page]:
    text = make_report(run).read_text()
    return text, Page(text)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_the_sheets_of_its_capabilities(family, trained):
    run = trained(family)
    text, page = read(run)
    there = {name for name in SHEETS if name in page.ids}
    possible = {name for name in SHEETS if all(isinstance(run.model, need) for need in NEEDS[name])}
    if isinstance(run.model, Translates):  # with pairs or without
        possible.discard("pairs" if run.model.both_ways else "translations")
    optional = {"manifold", "mistakes", "prior", "previews", "strengths"}  # two dimensions, no prior ...
    assert possible - optional <= there <= possible
    assert ("prior" in there) == (isinstance(run.model, Encodes) and not isinstance(run.model, Samples))
    assert "Left out" not in text
    assert "curves" in page.ids


@pytest.mark.parametrize("family", FAMILIES)
def test_the_report_is_one_file_without_scripts(family, trained):
    text, page = read(trained(family))
    assert all(link.startswith(("data:image/png;base64,", "data:image/webp;base64,", "#")) for link in page.fetched)
    assert not page.tags & {"script", "link", "iframe", "object"}
    assert not re.search(r"url\(|@import", text)
    assert not page.open  # every tag is closed
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.fetched if link.startswith("#")} == set(page.ids)


def test_the_registry_of_the_tests_knows_every_sheet():
    assert set(NEEDS) == set(SHEETS)


def test_the_report_says_what_was_trained_on_what(trained):
    run = trained("vae")
    text, _ = read(run)
    about = run.about
    parameters = sum(p.numel() for p in run.model.encoder.parameters())
    for words in (
        "Variational autoencoder on shapes",
        f"{about['images']['train']:,} train",
        f"encoder {parameters:,}",
        about["machine"],
        "4 of 4, 16 images each",
        f"aegean train vae --like {run.path}",
        "<tr class=changed><td>steps</td><td>4</td></tr>",
    ):
        assert words in text


def test_both_domains_are_counted(trained):
    run = trained("cyclegan")
    text, _ = read(run)
    one, other = run.about["images"]["train"], run.about["other_images"]["train"]
    assert f"Trained on {one} and {other} images" in text
    assert text.count(f"{one} train") + text.count(f"{other} train") >= 2


def test_two_reports_of_one_run_are_the_same(trained):
    path = trained("conditional_vae").path
    first = make_report(path).read_bytes()
    assert make_report(str(path)).read_bytes() == first


def test_a_plane_of_codes_is_drawn_for_two_dimensions(trained):
    for family in ("vae", "autoencoder", "conditional_vae"):
        assert "manifold" in read(trained(family, latent=2))[1].ids


def test_an_autoencoder_says_why_it_cannot_generate_and_shows_the_vae_beside_it(trained):
    trained("vae")
    trained("vae", latent=2)
    text, _ = read(trained("autoencoder"))
    assert "nothing in its loss makes codes fill the prior" in text
    assert "VAE (vae) from N(0, I)" in text  # the one with as many dimensions
    assert "This model can generate because its loss asks for it" in read(trained("vae"))[0]


def test_an_autoencoder_alone_has_no_vae_beside_it(trained, tmp_path):
    path = shutil.copytree(trained("autoencoder").path, tmp_path / "alone")
    text, page = read(path)
    assert "prior" in page.ids
    assert "VAE (" not in text


def test_figures_are_shown_with_their_settings(trained, tmp_path):
    run = aegean.load(shutil.copytree(trained("vae").path, tmp_path / "measured"))
    record = {"metric": "negative_elbo", "value": 104.256, "standard_error": 0.5, "unit": "nats", "split": "test"}
    record |= {"images": 10_000, "settings": {"draws": 7}, "beside": {"raw <pixels>": 0.25}, "seed": 0}
    run.save_evaluation([record])
    text, _ = read(run)
    for words in ("negative elbo", "104.3<small> ± 0.5</small>", "10,000", "draws 7", "raw &lt;pixels&gt; 0.25"):
        assert words in text


def test_without_its_data_a_run_still_has_a_report(trained, tmp_path):
    path = shutil.copytree(trained("vae").path, tmp_path / "moved")
    config = json.loads((path / "config.json").read_text())
    config["data"]["data"] = str(tmp_path / "gone.npz")
    (path / "config.json").write_text(json.dumps(config))
    text, page = read(path)
    assert {"samples", "previews", "curves"} <= set(page.ids)
    assert "reconstructions" not in page.ids
    assert text.count("Left out (") == 1
    assert "gone.npz: no such file" in text


def test_without_weights_a_run_still_has_its_curves(trained, tmp_path):
    path = shutil.copytree(trained("vae").path, tmp_path / "young")
    (path / "weights.safetensors").unlink()
    text, page = read(path)
    assert {"curves", "previews", "run"} <= set(page.ids)
    assert "has no weights yet" in text


def test_changed_data_are_told(trained, tmp_path):
    path = shutil.copytree(trained("autoencoder").path, tmp_path / "changed")
    about = json.loads((path / "about.json").read_text())
    (path / "about.json").write_text(json.dumps({**about, "fingerprint": "another"}))
    assert "has changed since this run was trained" in read(path)[0]


def test_names_from_outside_cannot_write_html(trained, tmp_path):
    path = shutil.copytree(trained("classifier").path, tmp_path / "odd")
    about = json.loads((path / "about.json").read_text())
    about["data"] |= {"name": "<script>x</script>", "classes": ["<b>0", "<b>1", "<b>2"]}
    (path / "about.json").write_text(json.dumps({**about, "command": "aegean train <i>"}))
    text, page = read(path)
    assert not page.tags & {"script", "b", "i"} - ({"i"} if '<i class="s' in text else set())
    assert "aegean train &lt;i&gt;" in text


def test_every_family_has_a_name_of_its_own():
    names = [family_name(family) for family in FAMILIES]
    assert len(set(names)) == len(names)
    assert all(name[0].isupper() for name in names)


def test_every_sheet_is_filled_by_some_family(trained):
    seen = set(read(trained("vae", latent=2))[1].ids)
    for family in FAMILIES:
        seen |= set(read(trained(family))[1].ids)
    assert set(SHEETS) <= seen


def test_models_that_encode_show_attributes_along_directions_in_their_codes(trained):
    run = trained("vae")
    text = make_report(run).read_text()
    assert "strengths" in Page(text).ids
    assert "The model was never told of attributes" in text
    assert "strengths" not in Page(make_report(trained("conditional_vae")).read_text()).ids


def test_only_a_code_smaller_than_the_image_is_called_a_bottleneck(trained):
    for family, words in (("vae", "did not fit through the bottleneck"), ("flow", "So many numbers are no bottleneck")):
        figure = SHEETS["reconstructions"](trained(family))
        assert words in figure.caption


def test_an_editor_shows_every_way_on_images_that_nobody_chose(trained):
    run = trained("multi_attribute_editor")
    has = run.data.test.attributes[:, 0] > 0
    figure = many(run)
    titles = re.findall(r"<h4>Low (\w+): (\d+) images</h4>", figure.picture)
    assert titles == [("added", str(min(48, int((~has).sum())))), ("removed", str(min(48, int(has.sum()))))]
    for (_, count), picture in zip(titles, re.findall(r'src="data:image/webp;base64,([^"]+)"', figure.picture)):
        with Image.open(io.BytesIO(base64.b64decode(picture))) as sheet:
            assert sheet.width == ACROSS * (run.spec.size.width + 2) - 2
            assert sheet.height == 2 * -(-int(count) // ACROSS) * (run.spec.size.height + 2) - 2
