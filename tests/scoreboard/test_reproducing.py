"""`aegean reproduce`: a recipe followed from data to its figures, with real digits, in seconds; stopped, it goes on."""

import json

import pytest

from aegean import InputError
from aegean.cli import main
from aegean.scoreboard import describing, read_recipe, reproduce
from aegean.scoreboard.describing import Baseline, Quick
from aegean.scoreboard.reproducing import STEPS, commands_of


def test_a_quick_recipe_beats_its_baseline_and_what_is_done_is_not_done_again(tmp_path, capfd):
    words = ["reproduce", "classifier-mnist", "--quick", "--out", str(tmp_path / "quick")]
    assert main(words) == 0
    first = capfd.readouterr().out
    assert "accuracy: 0." in first
    assert "better than 0.096: always the most frequent digit" in first
    steps = json.loads((tmp_path / "quick" / STEPS).read_text())
    assert [step["command"].split()[1] for step in steps] == ["train", "evaluate"]
    assert all(step["seconds"] > 0 and step["peak_megabytes"] > 50 for step in steps)
    weights = tmp_path / "quick" / "classifier-mnist" / "weights.safetensors"
    before = weights.stat().st_mtime_ns
    assert main(words) == 0
    assert capfd.readouterr().out.splitlines()[-1] == first.splitlines()[-1]
    assert weights.stat().st_mtime_ns == before


def test_a_training_that_was_stopped_goes_on(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr("aegean.scoreboard.reproducing.subprocess.Popen", lambda words: ran.append(words) or stop())

    def stop():
        raise KeyboardInterrupt

    folder = tmp_path / "quick"
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            reproduce("classifier-mnist", folder, True, print)
        run = folder / "classifier-mnist"
        run.mkdir(exist_ok=True)
        (run / "config.json").write_text("{}")
    assert [words[3] for words in ran] == ["train", "resume"]
    assert not (folder / STEPS).exists()


def test_a_figure_that_is_no_better_ends_with_1(tmp_path, monkeypatch, capsys):
    recipe = read_recipe("classifier-mnist")
    run = tmp_path / "classifier-mnist"
    run.mkdir()
    record = {"metric": "accuracy", "value": 0.05, "better": "larger", "beside": {}, "split": "test"}
    (run / "evaluation.json").write_text(json.dumps([record]))
    commands = [["aegean", *words] for words in commands_of(recipe, tmp_path, quick=True)]
    steps = [{"command": " ".join(words), "seconds": 1, "peak_megabytes": 1} for words in commands]
    (tmp_path / STEPS).write_text(json.dumps(steps))
    assert main(["reproduce", "classifier-mnist", "--quick", "--out", str(tmp_path)]) == 1
    assert "NOT better than 0.096" in capsys.readouterr().out


def test_the_whole_recipe_is_told_beside_what_is_committed_and_the_reference(tmp_path, capsys):
    recipe = read_recipe("classifier-mnist")
    (tmp_path / "classifier-mnist").mkdir()
    (record,) = describing.evaluations(recipe)
    (tmp_path / "classifier-mnist" / "evaluation.json").write_text(json.dumps([{**record, "value": 0.9902}]))
    commands = [["aegean", *words] for words in commands_of(recipe, tmp_path, quick=False)]
    steps = [{"command": " ".join(words), "seconds": 1, "peak_megabytes": 1} for words in commands]
    (tmp_path / STEPS).write_text(json.dumps(steps))
    assert main(["reproduce", "classifier-mnist", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "accuracy: 0.9902; committed 0.9931; reference 0.992: a CNN of under 100,000 parameters (a table" in said


def test_what_cannot_be_followed_is_one_line(tmp_path, capsys):
    assert main(["reproduce", "vae-mnst"]) == 2
    assert "Did you mean 'vae-mnist'" in capsys.readouterr().err
    assert main(["reproduce", "gan-celeba", "--quick", "--out", str(tmp_path / "a")]) == 2
    assert "gan-celeba has no quick form: CelebA's aligned faces" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
    assert main(["reproduce", "vae-mnist", "gan-mnist", "--out", str(tmp_path / "a")]) == 2
    assert main(["reproduce"]) == 0
    assert "vae-mnist-elbo" in capsys.readouterr().out


def test_a_command_that_fails_is_told(tmp_path, monkeypatch, capfd):
    recipe = read_recipe("classifier-mnist")
    recipe.about.quick = Quick(["--data", "nowhere.npz"], Baseline("accuracy", "none", 0.5))
    monkeypatch.setattr(describing, "read_recipe", lambda name: recipe)
    with pytest.raises(InputError, match=r"aegean train .*nowhere\.npz.* ended with 2; mend it, and go on"):
        reproduce("classifier-mnist", tmp_path, True, print)
    assert "nowhere.npz" in capfd.readouterr().err
