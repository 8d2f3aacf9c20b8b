"""Every recipe can be trained, says where its figures come from, and claims what its evaluation holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aegean
from aegean.families import from_json

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "recipes").glob("*.json"))
RUNS = sorted((ROOT / "recipes" / "runs").iterdir())


def says(record: dict[str, Any], reached: dict[str, Any]) -> bool:
    """Whether an evaluation's record is what is claimed, to the digits that are claimed."""
    digits = len(str(reached["value"]).partition(".")[2])
    same = all(record[key] == reached[key] for key in ("metric", "split", "images"))
    return same and round(record["value"], digits) == reached["value"]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_recipe(path: Path) -> None:
    recipe = json.loads(path.read_text())
    config = json.loads(json.dumps(from_json(recipe).to_json()))
    assert config["family"] == recipe["family"]
    for part in ("data", "model", "training"):  # what a recipe is silent on came later, and its default is as before
        assert recipe[part].items() <= config[part].items()
    about = recipe["about"]
    assert {"title", "paper", "command", "reference", "reached", "time"} <= set(about)
    assert f"recipes/{path.name}" in about["command"]
    records = json.loads((ROOT / "recipes" / "evaluations" / path.name).read_text())
    readme = (ROOT / "README.md").read_text()
    for reached in about["reached"]:
        assert any(says(record, reached) for record in records), reached
        assert str(reached["value"]) in readme
    assert path.stem in readme


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_a_model_that_comes_along_can_be_loaded_and_measured(path: Path) -> None:
    run = aegean.load(path)
    assert all(weight.isfinite().all() for weight in run.model.state_dict().values())
    assert json.loads((path / "evaluation.json").read_text())
    told = (path / "about.json").read_text() + (path / "evaluation.json").read_text()
    assert " /" not in told, "no paths of one machine"
    assert path.name in (ROOT / "README.md").read_text()
