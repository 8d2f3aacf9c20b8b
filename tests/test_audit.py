"""The audit of all recipes: what is claimed is measured, by whom it can be told, and not on what it was chosen by."""

from __future__ import annotations

import importlib
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

import aegean
from aegean.cli import COMMANDS
from aegean.cli._parsing import understood
from aegean.cli.training import _parse, _read, _take
from aegean.evaluation import METRICS
from aegean.families import FAMILIES, from_json
from aegean.places import zoo
from aegean.scoreboard import describing, read_recipe, recipe_names
from aegean.scoreboard.rows import OF_SAMPLES, doubts, record_of, shared

ROOT = Path(__file__).parents[1]
RECIPES = recipe_names()
SAME_SAMPLES = {"conditional_vae-fashion"}  # measured before splits had samples of their own; its row says so


@pytest.fixture(scope="module")
def digests() -> dict[str, str]:
    """The digest of the weights of each model that comes along."""
    return {name: aegean.load(f"zoo:{name}").weights_digest for name in zoo()}


def shown(name: str) -> list[dict[str, Any]]:
    """The records that the row of a recipe shows."""
    recipe = read_recipe(name)
    records = describing.evaluations(recipe)
    return [record_of(one, records, name) for one in recipe.about.figures]


def check(command: str) -> None:
    """InputError where a command does not stand as it is."""
    program, word, *rest = shlex.split(command)
    assert program == "aegean"
    if word == "train":
        like, rest = _take(rest, "--like")
        assert like in RECIPES, "by its name, so that it is found from an installed wheel"
        _parse(_read(like), rest)
    else:
        module, function, _ = COMMANDS[word]
        understood(getattr(importlib.import_module(f"aegean.cli.{module}"), function), rest, f"aegean {word}")


def option(words: list[str], name: str) -> str | None:
    return words[words.index(name) + 1] if name in words else None


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_a_whole_config_and_describes_figures(name: str) -> None:
    recipe = json.loads((ROOT / "recipes" / f"{name}.json").read_text())
    config = json.loads(json.dumps(from_json(recipe).to_json()))
    assert config["family"] == recipe["family"]
    for part in ("data", "model", "training"):  # what a recipe is silent on came later, and its default is as before
        assert recipe[part].items() <= config[part].items()
    assert len(shown(name)) == len(read_recipe(name).about.figures) > 0


@pytest.mark.parametrize("name", RECIPES)
def test_its_commands_stand_as_they_are(name: str) -> None:
    made: list[str] = []
    for command in read_recipe(name).about.commands:
        check(command)
        words = shlex.split(command)
        if words[1] == "train":
            out, begun = option(words, "--out"), option(words, "--init")
            assert out is not None
            assert out.startswith("runs/")
            assert begun is None or begun in made, "what a training begins from is trained before"
            made.append(out)
        else:
            assert words[2] == made[-1], "what is measured is what was trained last"
        judge = option(words, "--judge")
        assert judge is None or judge in made or judge.removeprefix("zoo:") in zoo(), (
            "a judge comes along, or is trained"
        )
    assert shlex.split(read_recipe(name).about.commands[-1])[1] == "evaluate"


@pytest.mark.parametrize("name", [name for name in RECIPES if read_recipe(name).about.quick])
def test_its_quick_form_stands_as_it_is(name: str, tmp_path: Path) -> None:
    from aegean.scoreboard.reproducing import commands_of

    recipe = read_recipe(name)
    for words in commands_of(recipe, tmp_path, quick=True):
        check(shlex.join(["aegean", *words]))
    assert recipe.about.quick is not None
    baseline = recipe.about.quick.baseline
    assert baseline.metric in METRICS
    if baseline.file:
        assert len(describing.found(describing.result(baseline.file), baseline.path)) == 1
    else:
        assert baseline.value is not None or baseline.beside


@pytest.mark.parametrize("name", RECIPES)
def test_weights_and_judges_are_known_by_digest_or_the_row_says_so(name: str, digests: dict[str, str]) -> None:
    records = shown(name)
    said = " ".join(doubts(name, records, describing.evaluations(read_recipe(name))))
    for record in records:
        if name in digests:
            assert record.get("weights", digests[name]) == digests[name], "what comes along is what was measured"
        assert "weights" in record or "do not name the weights by digest" in said
        settings = record["settings"]
        judge = settings.get("judge_weights")
        assert judge is None or judge in digests.values() or f"weights {judge}, does not come along" in said
        assert "judge_step" not in settings or "the judge is named by its steps" in said
        assert record["metric"] not in OF_SAMPLES or record.get("sd") is not None or "of one draw of samples" in said
    assert name in digests or "the weights are not kept" in said


@pytest.mark.parametrize("name", RECIPES)
def test_what_was_chosen_by_samples_is_not_reported_on_them(name: str) -> None:
    records = describing.evaluations(read_recipe(name))
    drawn = [record for record in shown(name) if record["metric"] in OF_SAMPLES]
    same = any(shared(record, other) for record in drawn for other in records)
    assert same == (name in SAME_SAMPLES)
    if same:
        assert any("the same samples" in doubt for doubt in doubts(name, shown(name), records))


@pytest.mark.parametrize("name", sorted(zoo()))
def test_a_model_that_comes_along_can_be_loaded_and_measured(name: str) -> None:
    run = aegean.load(ROOT / "recipes" / "runs" / name)
    assert all(weight.isfinite().all() for weight in run.model.state_dict().values())
    assert run.evaluation == json.loads((ROOT / "recipes" / "evaluations" / f"{name}.json").read_text())
    told = (run.path / "about.json").read_text() + (run.path / "evaluation.json").read_text()
    assert " /" not in told, "no paths of one machine"
    assert run.config.family in FAMILIES


def test_every_family_with_recipes_has_one_line_in_the_readme() -> None:
    heads = [recipe.family for recipe in map(read_recipe, RECIPES) if recipe.about.headline]
    assert len(heads) == len(set(heads))
    assert set(heads) == {read_recipe(name).family for name in RECIPES}
