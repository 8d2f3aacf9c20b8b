"""Classes, features and searches, from Python."""

import numpy as np
import pytest
import torch
from PIL import Image

import aegean
from aegean.images import to_pil


def test_a_run_classifies_pictures_of_every_kind(trained, tmp_path):
    run = trained("classifier")
    image = run.data.test.first(2).image
    expected = run.model.log_probabilities(image).exp()
    both = aegean.classify(run, image)
    assert [len(guesses) for guesses in both] == [3, 3]
    for guesses, row in zip(both, expected):
        assert guesses[0].number == int(row.argmax())
        assert guesses[0].probability == pytest.approx(float(row.max()), abs=1e-5)
    path = tmp_path / "x.png"
    to_pil(image[0]).save(path)
    for one in (path, Image.open(path), np.array(Image.open(path)), image[0]):
        (best,) = aegean.classify(run.path, one, top=1)
        assert best.probability == pytest.approx(both[0][0].probability, abs=1e-3)
    with pytest.raises(aegean.InputError, match="at least one class"):
        aegean.classify(run, path, top=0)
    with pytest.raises(aegean.InputError, match="does not classify"):
        aegean.classify(trained("vae", latent=3), path)


def test_features_are_the_codes_of_a_run_and_those_of_its_layers(trained):
    run = trained("vae", latent=3)
    image = run.data.test.first(4).image
    torch.testing.assert_close(aegean.features(run, image), run.model.encode(image), rtol=1e-4, atol=1e-5)
    assert aegean.features(run, image[0]).shape == (1, 3)
    name = next(iter(dict(run.model.named_modules()))) or next(n for n, _ in run.model.named_modules() if n)
    found = aegean.features(run, image, [name], pool="none")
    assert list(found) == [name]
    assert len(found[name]) == 4


def test_search_finds_the_picture_itself_whatever_it_is_given_as(trained, tmp_path):
    run = trained("vae", latent=3)
    for k, image in enumerate(run.data.test.first(6).image):
        to_pil(image).save(tmp_path / f"{k}.png")
    wanted = np.array(Image.open(tmp_path / "4.png"))
    best = aegean.search(run, wanted, tmp_path, top=2)
    assert best[0].path == tmp_path / "4.png"
    assert best[0].similarity == pytest.approx(1, abs=1e-5)
    assert [match.path.name for match in aegean.search(run, tmp_path / "4.png", [tmp_path], top=9)].count("4.png") == 0
