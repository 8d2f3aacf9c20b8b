from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from aegean.errors import InputError
from aegean.pretrained import Network
from aegean.pretrained.search import Match, file_key, nearest, search
from aegean.pretrained.sheet import draw_sheet


def test_the_nearest_are_those_of_a_plain_comparison_with_all():
    generator = torch.Generator().manual_seed(0)
    rows, query = torch.randn(500, 16, generator=generator), torch.randn(3, 16, generator=generator)
    scores, index = nearest(query, rows.split(64), top=7)
    full = torch.nn.functional.cosine_similarity(query[:, None], rows[None], dim=2)  # (3, 500)
    expected = full.topk(7)
    assert torch.equal(index, expected.indices)
    torch.testing.assert_close(scores, expected.values)
    scores, index = nearest(query, rows[:3].split(1), top=7)
    assert index.shape == (3, 3)


def colour(path: Path, rgb: tuple[int, int, int]) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (8, 8), rgb).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rgb in {"red": (250, 5, 5), "green": (0, 255, 0), "orange": (255, 120, 0), "pink": (255, 90, 90)}.items():
        colour(tmp_path / "in" / f"{name}.png", rgb)
    return tmp_path / "in"


def test_similar_colours_are_found_best_first_without_the_query(colours: Network, folder: Path):
    found, unreadable = search(colours, folder / "red.png", sorted(folder.glob("*")), top=2)
    assert [match.path.stem for match in found] == ["orange", "pink"]
    red, orange = torch.tensor([250.0, 5, 5]), torch.tensor([255.0, 120, 0])
    assert found[0].similarity == pytest.approx(float(torch.cosine_similarity(red, orange, dim=0)), abs=1e-5)
    assert unreadable == []


def test_a_second_search_looks_only_at_what_is_new(colours: Network, folder: Path):
    query = colour(folder.parent / "query.png", (255, 0, 0))
    seen: list[str] = []
    prepare = colours.prepare
    colours.prepare = lambda picture: (seen.append(""), prepare(picture))[1]
    search(colours, query, sorted(folder.glob("*")))
    assert len(seen) == 1 + 4
    colour(folder / "wine.png", (160, 0, 10))
    (folder / "green.png").rename(folder / "leaf.png")
    seen.clear()
    found, _ = search(colours, query, sorted(folder.glob("*")))
    assert len(seen) == 1 + 1
    assert {match.path.stem for match in found} == {"red", "wine", "orange", "pink", "leaf"}
    colour(folder / "leaf.png", (255, 1, 0))
    os.utime(folder / "leaf.png", (1, 1))
    assert search(colours, query, sorted(folder.glob("*")))[0][0].path.stem == "leaf"


def test_another_layer_or_network_has_features_of_its_own(colours: Network, folder: Path):
    paths = sorted(folder.glob("*"))
    search(colours, paths[0], paths)
    found, _ = search(colours, paths[0], paths, layer="classifier")
    by_hand = colours.features(paths, "classifier")
    best = float(torch.cosine_similarity(by_hand[:1], by_hand[1:]).max())
    assert found[0].similarity == pytest.approx(best, abs=1e-5)


def test_damaged_pictures_and_damaged_caches_are_passed_over(colours: Network, folder: Path, tmp_path: Path):
    (folder / "bad.png").write_text("no picture")
    paths = sorted(folder.glob("*"))
    expected, unreadable = search(colours, folder / "red.png", paths)
    assert len(unreadable) == 1
    assert "bad.png" in unreadable[0].reason
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    found, unreadable = search(colours, folder / "red.png", sorted(folder.glob("*")))
    assert found == expected
    assert [one.reason.split(":")[0][-8:] for one in unreadable] == ["gone.png", "/bad.png"]
    (folder / "gone.png").unlink()
    for path in (tmp_path / "cache" / "features").rglob("*.npy"):
        path.write_bytes(b"damaged")
    assert search(colours, folder / "red.png", paths)[0] == expected
    with pytest.raises(InputError, match="can be read"):
        search(colours, folder / "red.png", [folder / "bad.png"])
    with pytest.raises(InputError, match="no other pictures"):
        search(colours, folder / "red.png", [folder / "red.png"])


def test_a_key_follows_the_content_not_the_name(folder: Path):
    key = file_key(folder / "red.png")
    (folder / "red.png").rename(folder / "other.png")
    assert file_key(folder / "other.png") == key
    assert file_key(folder / "pink.png") != key


def test_the_sheet_shows_query_and_matches(folder: Path):
    matches = [Match(folder / "orange.png", 0.9), Match(folder / "green.png", 0.1)]
    sheet = draw_sheet(folder / "red.png", matches, "a title")
    assert sheet.getpixel((200, 250)) == (250, 5, 5)
    assert sheet.getpixel((448 + 100, 56 + 100)) == (255, 120, 0)
    assert sheet.getpixel((448 + 216 + 100, 56 + 100)) == (0, 255, 0)
    assert sheet.getpixel((1, 1)) == (255, 255, 255)
