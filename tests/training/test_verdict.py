"""A lost game is told in metrics.jsonl, in the live line and in the report."""

import json

import aegean
from aegean.evaluation import watching
from aegean.training.progress import live


def test_a_lost_game_is_written_down_and_reported(shapes, tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "SAME", 100.0)  # no generator is as diverse as that
    settings = {"steps": 20, "batch_size": 8, "width": 4, "latent": 3, "log_every": 1, "preview_every": 0}
    run = aegean.train("gan", data=str(shapes), out=tmp_path / "run", quiet=True, **settings)
    lines = [json.loads(line) for line in run.metrics_path.read_text().splitlines()]
    told = [line["step"] for line in lines if "verdict" in line]
    assert told == list(range(watching.EARLY + watching.LINES, 21))
    assert lines[-1]["verdict"].startswith("mode collapse: the generator's images differ only")
    assert {"discriminator/gradient", "generator/gradient", "generator/diversity"} <= set(lines[-1])
    assert "At its last step: mode collapse" in aegean.make_report(run).read_text()


def test_the_live_line_shows_the_verdict_in_place_of_the_terms():
    with live(10, 0, quiet=True) as line:
        line.show(1, 5.0, {"generator/diversity": 0.5})
        assert "diversity 0.5" in line.progress.tasks[0].fields["terms"]
        line.show(2, 5.0, {"generator/diversity": 0.5}, "mode collapse")
        assert line.progress.tasks[0].fields["terms"] == "mode collapse"
