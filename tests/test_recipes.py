"""Every recipe can be trained, says where its figures come from, and claims what its evaluation holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aegean.config import from_json

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "recipes").glob("*.json"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_recipe(path: Path) -> None:
    recipe = json.loads(path.read_text())
    assert from_json(recipe).to_json() == {key: value for key, value in recipe.items() if key != "about"}
    about = recipe["about"]
    assert {"title", "paper", "command", "reference", "reached", "time"} <= set(about)
    records = json.loads((ROOT / "recipes" / "evaluations" / f"{path.stem}.json").read_text())
    for reached in about["reached"]:
        found = [r for r in records if r["metric"] == reached["metric"] and r["split"] == reached["split"]]
        assert any(round(r["value"], 2) == reached["value"] for r in found), reached
        assert f"{reached['value']}" in (ROOT / "README.md").read_text()
