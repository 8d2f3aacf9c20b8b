from __future__ import annotations

import numpy as np
import pytest

from aegean.data import DATASETS, avatars, cache, open_dataset
from aegean.data.avatars import ATTRIBUTES, attributes_of, counterfactual, draw
from aegean.data.avatars.shapes import Canvas, box, circle, ellipse, segment
from aegean.data.shape import decide
from aegean.errors import InputError
from aegean.sizes import Size


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_counterfactual_changes_the_attribute_and_nothing_else(attribute: str) -> None:
    changed = []
    for index in range(8):
        has = attributes_of(index)[ATTRIBUTES.index(attribute)]
        face = draw(index)
        np.testing.assert_array_equal(counterfactual(index, attribute, has), face)
        other = counterfactual(index, attribute, not has)
        changed.append((face != other).any(axis=2).mean())
        np.testing.assert_array_equal(face[0, :3], other[0, :3])  # a corner: background and noise stay
    assert min(changed) > 0.01  # visible: 40 pixels of 4,096 at the least
    assert max(changed) < 0.7


def test_changes_lie_where_they_should() -> None:
    for index in range(12):
        rows = np.flatnonzero((draw(index, Mouth_Open=True) != draw(index, Mouth_Open=False)).any(axis=(1, 2)))
        assert 30 < rows.min() < rows.max() < 60  # the mouth is in the lower half
        rows = np.flatnonzero((draw(index, Hat=True) != draw(index, Hat=False)).any(axis=(1, 2)))
        assert rows.min() < 16


def test_attributes_are_balanced_and_independent() -> None:
    flags = np.array([attributes_of(index) for index in range(4000)], float)
    assert np.abs(flags.mean(axis=0) - 0.5).max() < 0.04  # five standard deviations
    assert np.abs(np.corrcoef(flags.T) - np.eye(len(ATTRIBUTES))).max() < 0.08


def test_faces_differ_and_are_the_same_for_the_same_seed() -> None:
    faces = [draw(index, 32) for index in range(50)]
    assert len({face.tobytes() for face in faces}) == 50
    np.testing.assert_array_equal(draw(7, 32), faces[7])
    assert draw(0, 20).shape == (20, 20, 3)


def test_size_changes_the_sharpness_only() -> None:
    small, large = draw(3, 32).astype(float), draw(3, 96).astype(float)
    shrunk = large.reshape(32, 3, 32, 3, 3).mean(axis=(1, 3))
    assert np.abs(small - shrunk).mean() < 6  # of 255: edges and noise


def test_of_faces_that_are_not_square_the_middle_is_kept() -> None:
    whole = draw(3, 48)
    np.testing.assert_array_equal(draw(3, Size(48, 32)), whole[:, 8:40])
    np.testing.assert_array_equal(draw(3, Size(20, 48), Hat=True), draw(3, 48, Hat=True)[14:34])


def test_unknown_words_are_refused() -> None:
    with pytest.raises(InputError, match="no attribute 'Glasses'"):
        counterfactual(0, "Glasses", True)
    with pytest.raises(InputError, match=r"no factor 'hat'\. Did you mean 'Hat'"):
        draw(0, hat=True)


def test_a_shape_covers_its_area() -> None:
    canvas = Canvas(128)
    areas = {
        np.pi * 0.5**2: circle(canvas.x, canvas.y, 0.5),
        np.pi * 0.6 * 0.3: ellipse(canvas.x, canvas.y, 0.6, 0.3),
        4 * 0.5 * 0.25: box(canvas.x, canvas.y, 0.5, 0.25),
        0.8 * 0.2 + np.pi * 0.1**2: segment(canvas.x, canvas.y, (-0.4, 0), (0.4, 0), 0.1),
    }
    for area, shape in areas.items():
        canvas.planes[:] = 0
        canvas.paint(shape, (1, 1, 1))
        assert canvas.planes[0].sum() * canvas.pixel**2 == pytest.approx(area, rel=0.01)


def test_the_set_knows_its_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(avatars, "PARTS", {"train": (0, 40), "validation": (40, 50), "test": (50, 60)})
    data = open_dataset("avatars", size=32)
    assert data.spec.attributes == ATTRIBUTES
    for k in range(10):
        np.testing.assert_array_equal(data.test.images[k], draw(50 + k, 32))
        assert data.test.attributes[k].tolist() == list(attributes_of(50 + k))
    grey = open_dataset("avatars", size=32, channels=1, limit=5)
    assert (grey.spec.channels, len(grey.train)) == (1, 5)


def test_the_default_set() -> None:
    source = DATASETS["avatars"].open(None)
    assert {name: len(part.pictures) for name, part in source.parts.items()} == {
        "train": 10_000,
        "validation": 1_000,
        "test": 1_000,
    }
    assert decide([part.pictures for part in source.parts.values()], None, None, "avatars") == ((64, 64), 3, [])
    assert len({cache.key_of(part.pictures.key) for part in source.parts.values()}) == 3
