"""The door: help, versions, words that are wrong."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aegean.cli import COMMANDS, main


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_overview_names_every_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert all(word in printed for word in COMMANDS)


HELP = """
import sys
from aegean.cli import COMMANDS, main
for command in COMMANDS:
    try:
        main([command, *(["vae"] if command == "train" else []), "--help"])
    except SystemExit:
        pass
    print(f"after {command}:", "torch" in sys.modules)
"""


def test_help_imports_no_torch() -> None:
    """So that it is instant; the families' settings too."""
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("usage") >= len(COMMANDS)
    said = [line for line in done.stdout.splitlines() if line.startswith("after ")]
    assert said == [f"after {command}: False" for command in COMMANDS]


def test_import_is_light() -> None:
    code = "import sys, aegean; sys.exit(any(name in sys.modules for name in ('torch', 'numpy', 'PIL')))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_every_public_name_is_there() -> None:
    import aegean

    for name in aegean.__all__:
        assert getattr(aegean, name) is not None
    assert aegean.__version__
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        aegean.nonsense  # noqa: B018


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["trian"], "no command is called 'trian'. Did you mean 'train'"),
        (["train", "vea"], "no family of models is called 'vea'. Did you mean 'vae'?"),
        (["resume", "nowhere"], "nowhere: no such run folder"),
        (["train", "--like", "nowhere.json"], "--like nowhere.json: neither a run folder nor a recipe"),
        (["train", "vae", "--data", "no/such/folder"], "no/such/folder"),
        (["train", "vae", "--steps", "0"], "--steps 0: must be 1 or more"),
        (["train", "vae", "--tracker", "nonsense"], "--tracker nonsense"),
        (["train", "classifier", "--dropout", "2"], "--dropout 2.0: must be 0 or more, and less than 1"),
        (["train", "vae", "--learning-rate", "-1"], "--learning-rate -1.0: must be above 0"),
        (["train", "gan", "--betas", "1.5", "0.9"], "--betas 1.5: must be 0 or more, and less than 1"),
        (["train", "gan", "--penalty-every", "0"], "--penalty-every 0: must be 1 or more"),
        (["train", "vae", "--width", "0"], "--width 0: must be 1 or more"),
        (["train", "context_encoder", "--hole", "2"], "--hole 2.0: must be above 0, and at most 1"),
        (["train", "context_encoder", "--overlap", "-1"], "--overlap -1: must be 0 or more"),
        (["train", "cyclegan", "--history", "-1"], "--history -1: must be 0 or more"),
        (["train", "gan", "--crop", "16"], "--crop 16: this model takes images of one size alone, 28 x 28 pixels"),
        (["train", "denoising", "--crop", "64"], "--crop 64 is larger than the images, which have 28 x 28 pixels"),
        (
            ["train", "denoising", "--size", "28x20", "--crop", "24"],
            "--crop 24 is larger than the images, which have 28 x 20 pixels (high x wide)",
        ),
        (["train", "vae", "--size", "28x20", "--turn"], "--turn: images of 28 x 20 pixels (high x wide), turned, are"),
        (["train", "vae", "--size", "28x300"], "28 x 300 pixels (high x wide): these networks take 8 to 256"),
        (["train", "vae", "--size", "28x"], "--size 28x: must be a whole number: 1 or more; or HEIGHTxWIDTH"),
        (["train", "vae", "--size", "28x3"], "size 28x3: expected at least 4 pixels"),
        (["train", "paired_translator", "--enlarge", "2", "--size", "28x21"], "--enlarge 2: does not divide 28 high"),
        (["train", "vae", "--out", "/dev/null/run"], "/dev/null"),
        (["train", "vae", "--out", ""], "--out: nothing is given; is a variable of the shell empty?"),
        (["sample", "run", "-o", ""], "-o: nothing is given"),
        (["sample", "run", "--out="], "--out=: nothing is given"),
        (["classify", ""], "classify: nothing is given"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == 1
    assert line in printed[0]
    assert list(tmp_path.iterdir()) == []  # nothing half-written


def test_unknown_flag_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "vae", "--stpes", "3"]) == 2
    words = "Unrecognized options: --stpes, 3; did you mean --steps?; see `aegean train vae --help`"
    assert capsys.readouterr().err == f"aegean: {words}\n"


def test_a_box_of_any_signs_is_one_line() -> None:
    from aegean.cli._parsing import _line

    for top, side, dash in (("╭─ Title ──", "│", "─"), ("+- Title --", "|", "-"), ("Title\n", "", "-")):
        rows = [
            "Unrecognized options: --stpes, 3",
            dash * 40,
            "Perhaps you meant:",
            "    --steps INT",
            "        Rounds.",
        ]
        box = "\n".join([top + dash * 42, *(f"{side} {row:40} {side}" for row in rows), dash * 42])
        assert _line(box) == "Unrecognized options: --stpes, 3; did you mean --steps?"


def test_train_numbers_its_runs_and_like_reruns_them(
    shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [f"--data={shapes}", "--steps=3", "--width=4", "--latent=2", "--batch-size=8"]
    assert main(["train", "vae", *words]) == 0
    assert main(["train", "--like", "runs/vae-shapes-001"]) == 0
    assert main(["train", "vae", "--like", "runs/vae-shapes-001", "--seed=1"]) == 0
    first, again, other = (Path(f"runs/vae-shapes-00{k}") for k in (1, 2, 3))
    weights = [(run / "weights.safetensors").read_bytes() for run in (first, again, other)]
    assert weights[0] == weights[1] != weights[2]
    assert (first / "config.json").read_text() == (again / "config.json").read_text()
    capsys.readouterr()
    assert main(["train", "vae", *words, "--out", str(first)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["train", "autoencoder", "--like", str(first)]) == 2
    assert "--like is a run of vae" in capsys.readouterr().err


def test_models_lists_every_family(capsys: pytest.CaptureFixture[str]) -> None:
    from aegean.families import FAMILIES

    assert main(["models"]) == 0
    printed = capsys.readouterr().out
    assert all(family in printed for family in FAMILIES)


def test_fine_tuning_starts_from_the_weights_of_another_run(shapes: Path, tmp_path: Path) -> None:
    import torch

    import aegean

    settings = {"data": str(shapes), "width": 4, "latent": 2, "batch_size": 8}
    first = aegean.train("vae", out=tmp_path / "first", steps=5, **settings)
    more = {"steps": 1, "learning_rate": 1e-30, "objective": "iwae", "samples": 3}
    second = aegean.train("vae", out=tmp_path / "second", init=str(first.path), **more, **settings)
    for name, tensor in first.model.state_dict().items():
        torch.testing.assert_close(second.model.state_dict()[name], tensor)
    with pytest.raises(aegean.InputError, match=r"--init .*: none of its \d+ tensors fits this model"):
        aegean.train("gan", out=tmp_path / "third", init=str(first.path), **settings)
    painter = aegean.train("context_encoder", out=tmp_path / "l2", adversarial=0.0, steps=2, **settings)
    more = {"steps": 1, "learning_rate": 1e-30, "init": str(painter.path)}
    sharper = aegean.train("context_encoder", out=tmp_path / "sharper", adversarial=0.001, **more, **settings)
    torch.testing.assert_close(sharper.model.painter.state_dict(), painter.model.painter.state_dict())
    assert sharper.model.discriminator is not None
    one = {"data": "digits", "limit": 32, "steps": 1, "batch_size": 8}
    tuned = aegean.train("gan", out=tmp_path / "tuned", init="zoo:gan-mnist", **one)
    assert tuned.about["init"]["run"] == "zoo:gan-mnist"
    assert tuned.about["init"]["taken"]


def test_a_quiet_training_shows_no_progress_on_a_terminal(
    shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["train", "vae", "--data", str(shapes), "--steps", "2", "--width", "4", "--precision", "float32"]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main([*words, "--out", str(tmp_path / "told")]) == 0
    assert "2/2" in capsys.readouterr().err.replace(" ", "")
    assert main([*words, "--out", str(tmp_path / "quiet"), "--quiet"]) == 0
    assert "2/2" not in capsys.readouterr().err.replace(" ", "")


@pytest.mark.parametrize("words", ["--help", "train --help", "models"])
def test_a_reader_that_has_seen_enough_is_no_error(words: str) -> None:
    read, write = os.pipe()
    os.close(read)  # as `head` does after its lines
    command = [sys.executable, "-m", "aegean", *words.split()]
    try:
        done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_console_without_the_sign_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, escaped in (("\N{GREEK SMALL LETTER ALPHA}", "\\u03b1"), ("\udcff", "\\xff")):  # the second is no UTF-8
        console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
        monkeypatch.setattr(sys, "stderr", console)
        assert main(["sample", str(tmp_path / name)]) == 2
        console.flush()
        assert console.buffer.getvalue().decode() == (
            f"aegean: {tmp_path}/{escaped}: no such run folder; `aegean train` makes one{os.linesep}"
        )


def test_of_several_processes_one_works_and_another_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for index, told in enumerate(("Families:", "`aegean models` is not shared among processes: one works, 2 wait", "")):
        monkeypatch.setenv("WORLD_SIZE", "3")
        monkeypatch.setenv("RANK", str(index))
        assert main(["models"]) == 0
        output = capsys.readouterr()
        assert told in output.out + output.err
        assert bool(output.out) == (index == 0)
        assert len(output.err.splitlines()) == (index == 1)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(28, "x", "a.png"), "a.png: No space left on device; free some, or name another place"),
        (OSError(24, "x", "a.png"), "a.png: Too many open files; raise `ulimit -n`"),
        (
            MemoryError("Unable to allocate 74.5 GiB for an array"),
            "not enough memory (74.5 GiB asked for at once); lower",
        ),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 40 bytes."),
            "(40 bytes asked",
        ),
        (PermissionError(13, "x", "a.png"), "a.png: Permission denied"),
    ],
)
def test_what_the_machine_lacks_is_one_line(
    error: Exception, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> int:
        raise error

    monkeypatch.setattr("aegean.cli._call", fails)
    assert main(["models"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert line in said
    error = RuntimeError("mat1 and mat2 shapes cannot be multiplied")  # a fault of ours is not hidden
    with pytest.raises(RuntimeError, match="mat1"):
        main(["models"])


def test_help_breaks_no_line_where_the_source_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    for words, sentence in (
        (
            ["train", "flow"],
            "mostly those at which an image has little noise yet, which its probability in bits depends on",
        ),
        (
            ["train", "gan"],
            "For digits and clothes 10 to 25 is better than 1: no kind becomes rare. The lecture's game",
        ),
        (["interpolate"], "None: 10 in a strip, 8 on a side of a square, 48 in an animation."),
        (
            ["evaluate"],
            "Names of metrics, of those that `aegean metrics` lists. Default: those that the model can have and",
        ),
    ):
        with pytest.raises(SystemExit):
            main([*words, "--help"])
        assert sentence in capsys.readouterr().out
