"""A lost game is told in metrics.jsonl, in the live line and in the report."""

import json
import re

import aegean
from aegean.cli import main
from aegean.training import diagnosis
from aegean.training.progress import live


def test_a_lost_game_is_written_down_and_reported(shapes, tmp_path, monkeypatch):
    monkeypatch.setattr(diagnosis, "SAME", 100.0)  # no generator is as diverse as that
    monkeypatch.setattr(diagnosis, "STEPS", 0)
    monkeypatch.setattr(diagnosis, "SPAN", 0)
    settings = {"steps": 20, "batch_size": 8, "width": 4, "latent": 3, "log_every": 1, "preview_every": 0}
    run = aegean.train("gan", data=str(shapes), out=tmp_path / "run", quiet=True, **settings)
    lines = [json.loads(line) for line in run.metrics_path.read_text().splitlines()]
    told = [line["step"] for line in lines if "verdict" in line]
    assert told == list(range(diagnosis.EARLY + diagnosis.LINES, 21))
    assert lines[-1]["verdict"].startswith("mode collapse: the generator's images differ only")
    assert {"discriminator/gradient", "generator/gradient", "generator/diversity"} <= set(lines[-1])
    assert "At its last step: mode collapse" in aegean.make_report(run).read_text()


def test_a_verdict_is_said_above_the_live_line_once_and_the_terms_stay(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    words = "mode collapse: the generator makes few images, and so on and so forth; lower --learning-rate"
    with live(7500, 0, quiet=False) as line:
        terms = {"discriminator/accuracy_real": 0.75, "discriminator/gradient": 1.0, "generator/gradient": 2.0}
        line.show(450, 5.0, terms)
        line.show(451, 5.0, terms, words)
        line.show(452, 5.0, terms, words)
        said = line.progress.tasks[0].fields["terms"]
    assert said == "accuracy_real 0.75  discriminator gradient 1  generator gradient 2"
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    assert " ".join(shown.split()).count(words) == 1
    assert "452/7500" in shown
    assert "5 images/s" in shown
    assert "…" in shown  # what is cut short are the terms


def test_a_quiet_line_says_nothing(capsys):
    with live(10, 0, quiet=True) as line:
        line.show(1, 5.0, {"generator/diversity": 0.5}, "mode collapse")
    assert capsys.readouterr().err == ""


def test_a_run_that_ends_lost_says_so_at_its_end(shapes, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(diagnosis, "SAME", 100.0)
    monkeypatch.setattr(diagnosis, "STEPS", 0)
    monkeypatch.setattr(diagnosis, "SPAN", 0)
    words = ["--steps=20", "--batch-size=8", "--width=4", "--latent=3", "--log-every=1", "--preview-every=0", "--quiet"]
    assert main(["train", "gan", f"--data={shapes}", f"--out={tmp_path / 'run'}", *words]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1].startswith("  but:     mode collapse: the generator's images differ only")


def test_a_run_that_blows_up_is_written_down_and_reported(shapes, tmp_path, capsys):
    words = ["--loss=wasserstein", "--learning-rate=1e18", "--steps=30", "--batch-size=8", "--width=4", "--latent=3"]
    run = tmp_path / "run"
    code = main(["train", "gan", f"--data={shapes}", f"--out={run}", "--log-every=5", "--preview-every=0", *words])
    assert code == 2
    *_, line = capsys.readouterr().err.splitlines()  # before it, what was read of the data
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["verdict"].startswith("divergence: ")
    assert last["verdict"].split("; ")[0].removeprefix("divergence: ") in line
