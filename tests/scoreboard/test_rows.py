"""A row: figures read from records, never typed; what a record lacks is said; misspelt words fail in one line."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aegean import InputError
from aegean.cli import main
from aegean.scoreboard import all_rows, describing, html_page, page_tables, put_into, short_table, whole_page
from aegean.scoreboard.describing import Recipe, Reference, Shown, fitting, found
from aegean.scoreboard.markdown import BEGIN, END
from aegean.scoreboard.rows import _cell, doubts, record_of, shared

ROOT = Path(__file__).parents[2]
RECORD = {
    "metric": "fid",
    "value": 7.254,
    "standard_error": None,
    "sampling_seeds": [2, 5],
    "sd": 0.481,
    "beside": {"floor": 3.823},
    "split": "test",
    "images": 10000,
    "settings": {"extractor": "x", "limit": 500},
    "weights": "abcdef12",
    "seed": 0,
}


def test_a_figure_is_shown_with_its_spread_seeds_floor_and_references():
    shown = Shown("fid", "FID", references=[Reference("a peer", "its paper", 12.5, differs="other images")])
    cell = _cell(shown, RECORD)
    assert (cell.value, cell.spread, cell.bound) == ("7.25", "± 0.48 over 2 seeds", "floor 3.82")
    assert cell.references == ("12.5: a peer (its paper). Differs: other images",)
    assert cell.images == "10,000 test"
    own = Shown("fid", beside={"floor": "real:"}, references=[Reference("more", "the same record", beside="limit")])
    cell = _cell(own, RECORD)
    assert cell.beside == ("real: 3.82",)
    assert cell.references == ("500: more (the same record)",)
    with pytest.raises(InputError, match="has no number called 'extractor'"):
        _cell(Shown("fid", beside={"extractor": "a"}), RECORD)


def test_a_figure_is_read_from_one_record_and_no_other():
    other = {**RECORD, "settings": {"extractor": "y"}}
    assert record_of(Shown("fid", settings={"extractor": "y"}), [RECORD, other], "a") is other
    assert record_of(Shown("fid", settings={"limit": None}), [RECORD, other], "a") is other
    for settings, count in (({}, 2), ({"extractor": "z"}, 0)):
        with pytest.raises(InputError, match=f"a.json: {count} records of fid"):
            record_of(Shown("fid", settings=settings), [RECORD, other], "a")


def test_what_a_record_lacks_is_said():
    assert doubts("vae-mnist", [RECORD], [RECORD]) == []
    older = {key: value for key, value in RECORD.items() if key not in {"weights", "sd", "sampling_seeds"}}
    chosen = {**older, "split": "validation"}
    said = " ".join(doubts("nobody", [older], [older, chosen]))
    for words in ("do not name the weights", "not kept", "of one draw", "on the same samples"):
        assert words in said
    assert shared({**RECORD, "split": "validation"}, RECORD)
    assert not shared({**RECORD, "split": "validation", "sampling_seeds": [1, 4]}, RECORD)


def test_paths_lead_into_results():
    held = {"runs": [{"fid": 1.0, "curve": [[0, 9], [1, 7]]}, {"fid": 3.0, "curve": [[5, 8]]}]}
    assert found(held, "runs/*/fid") == [1, 3]
    assert found(held, "runs/*/curve/-1/1") == [7, 8]
    for path in ("runs/fid", "run", "runs/7/fid"):
        with pytest.raises(InputError, match="nothing at"):
            found(held, path)


def test_a_misspelt_description_is_one_line(tmp_path):
    about = {"title": "a", "paper": "b", "commands": [], "figures": [], "time": "c"}
    assert fitting(about, Recipe, tmp_path).title == "a"
    with pytest.raises(InputError, match="referenz"):
        fitting({**about, "referenz": 1}, Recipe, tmp_path)


def test_readme_and_docs_hold_what_the_records_give():
    rows = all_rows()
    tables = {"README.md": short_table(rows), "docs/scoreboard.md": whole_page(rows), **page_tables()}
    assert len(tables) == 3
    for name, made in tables.items():
        text = (ROOT / name).read_text()
        assert put_into(text, made, name) == text, "`aegean scoreboard --write` writes it anew"
    assert main(["scoreboard", "--check"]) == 0


def test_a_figure_typed_by_hand_fails_the_check(tmp_path, monkeypatch, capsys):
    for name in ("README.md", "docs/scoreboard.md", *page_tables()):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("recipes", "benchmarks", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setattr("aegean.companions.ROOT", tmp_path)
    text = (tmp_path / "README.md").read_text()
    (tmp_path / "README.md").write_text(text.replace("0.9931", "0.9999"))
    assert main(["scoreboard", "--check"]) == 2
    assert "README.md: not what the records give" in capsys.readouterr().err
    assert main(["scoreboard", "--write"]) == 0
    assert (tmp_path / "README.md").read_text() == text
    (tmp_path / "docs" / "scoreboard.md").write_text("no marks")
    assert main(["scoreboard", "--check"]) == 2


def test_the_readme_is_short_and_the_page_whole():
    rows = all_rows()
    lines = [line for line in short_table(rows).splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {7}, "six columns"
    assert len(lines) < 22  # a line a family, and a few benchmarks
    assert max(map(len, lines)) < 330
    page, web = whole_page(rows), html_page(rows, ROOT / "docs" / "images" / "scoreboard")
    for name in (*describing.recipe_names(), *describing.benchmarks()):
        assert f"\n### {name}\n" in page
        assert f'<section id="{name}">' in web
    assert "<script" not in web
    assert "http" not in web.partition("<section")[0]


def test_the_scoreboard_needs_no_torch():
    code = "import sys; from aegean.scoreboard import all_rows; all_rows(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_marks_stay_and_the_rest_is_left_as_it_is():
    text = f"before {BEGIN} old {END} after"
    made = put_into(text, "new\n", "x.md")
    assert made == f"before {BEGIN}\n\nnew\n\n{END} after"
    assert put_into(made, "new\n", "x.md") == made
    with pytest.raises(InputError, match=r"x\.md: has no"):
        put_into("nothing", "new", "x.md")


def test_the_command_prints_all_and_writes_a_page(tmp_path, capsys):
    assert main(["scoreboard"]) == 0
    assert "conditional_gan-mnist" in capsys.readouterr().out
    assert main(["scoreboard", "--html", str(tmp_path / "a.html")]) == 0
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert main(["scoreboard", "--html", str(tmp_path / "a.txt")]) == 2
    assert "a.txt" in capsys.readouterr().err


def test_every_result_of_a_benchmark_is_described_or_named():
    files = {path.name for path in (ROOT / "benchmarks" / "results").glob("*.json")}
    assert {row.file for row in describing.benchmarks().values()} == files
    assert all(isinstance(json.loads((ROOT / "benchmarks/results" / file).read_text()), dict) for file in files)
