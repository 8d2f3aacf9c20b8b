"""The parts of the studio that need no server: the form, the folder of runs, the guard, the command."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from aegean.cli import main
from aegean.errors import InputError
from aegean.families import default_config
from aegean.studio.folder import RunsFolder
from aegean.studio.form import form
from aegean.studio.guard import refused
from aegean.studio.server import bound


def test_a_form_has_the_types_bounds_choices_and_help_of_the_settings():
    config = default_config("vae")
    fields = {field["name"]: field for part in (config.data, config.model, config.training) for field in form(part)}
    assert (fields["steps"]["kind"], fields["steps"]["low"], fields["steps"]["default"]) == ("integer", 1, 3000)
    assert fields["likelihood"]["choices"] == ["bernoulli", "gaussian", "logistic"]
    assert (fields["size"]["kind"], fields["size"]["optional"], fields["size"]["default"]) == ("text", True, None)
    assert fields["channels"]["choices"] == [1, 3, 4]
    assert fields["betas"] == fields["betas"] | {"kind": "list", "default": [0.9, 0.99]}
    assert fields["binarise"]["kind"] == "switch"
    assert fields["width"]["help"].startswith("Channels at half resolution")
    assert all(field["help"] for field in fields.values())


def test_small_answers_are_not_held_back():
    """asyncio sets TCP_NODELAY on what comes in by a socket that says that it is TCP, and on no other."""
    with bound(0) as door:
        assert door.proto == socket.IPPROTO_TCP


def made(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps({"family": "vae"}))
    return path


def test_runs_are_found_by_name_and_moved_to_the_bin_and_back(tmp_path: Path):
    made(tmp_path / "runs", "one")
    made(tmp_path, "outside")
    (tmp_path / "runs" / "no-run").mkdir()
    folder = RunsFolder(tmp_path / "runs")
    assert folder.names() == ["one"]
    for name in ("../outside", "no-run", "", ".", str(tmp_path / "outside")):
        with pytest.raises(InputError, match="there is no run"):
            folder.find(name)
    kept = folder.bin("one")
    assert folder.names() == []
    assert folder.unbin(kept) == "one"
    assert folder.names() == ["one"]
    with pytest.raises(InputError, match="in the bin"):
        folder.unbin("../../outside~1")
    assert folder.free_name("vae-a/../b") == "vae-a-..-b-001"
    for name in ("../x", "a/b", ".hidden", "x" * 200, ""):
        with pytest.raises(InputError, match="cannot be called"):
            folder.new(name)


def test_a_folder_that_is_a_run_shows_that_run_alone(tmp_path: Path):
    made(tmp_path, "one"), made(tmp_path, "two")
    folder = RunsFolder(tmp_path / "one")
    assert folder.names() == ["one"]
    with pytest.raises(InputError, match="one run alone"):
        folder.new("three")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {"host": "127.0.0.1:7860"}, None),
        ("/gradio_api/call/v2/runs", {"host": "localhost:7860", "origin": "http://localhost:7860"}, None),
        ("/", {"host": "evil.example"}, 403),
        ("/", {}, 403),
        ("/", {"host": "127.0.0.1.evil.example"}, 403),
        ("/decode", {"host": "127.0.0.1:7860", "origin": "http://evil.example"}, 403),
        ("/decode", {"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:9999"}, 403),
        ("/gradio_api/proxy=http://x", {"host": "127.0.0.1"}, 404),
        ("/decode", {"host": "127.0.0.1", "content-length": "99999999"}, 413),
    ],
)
def test_who_may_ask_what(path: str, headers: dict[str, str], status: int | None):
    scope = {"path": path, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    answer = refused(scope)
    assert (answer and answer[0]) == status


def test_the_list_of_runs_does_not_wait_for_gradio(tmp_path: Path):
    """Beside a gradio that never comes, the list is there; what needs gradio says what is wrong."""
    made(tmp_path / "runs", "one")
    (tmp_path / "gradio.py").write_text("raise ImportError('no gradio today')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "aegean", "studio", str(tmp_path / "runs"), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})
    assert process.stdout is not None
    try:
        url = process.stdout.readline().partition("is at ")[2].split(" ")[0]
        told = httpx.get(f"{url}/runs", timeout=600).json()
        assert [run["name"] for run in told["runs"]] == ["one"]
        assert httpx.get(f"{url}/picture/nobody", timeout=60).json()["detail"].startswith("There is no run 'nobody'")
        answer = httpx.get(f"{url}/config", timeout=600)
        assert (answer.status_code, answer.json()["detail"]) == (500, "The studio could not start: no gradio today")
    finally:
        process.terminate()
        process.wait(120)
        process.stdout.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [(["a.txt"], "a.txt: is a file, not a folder of runs"), (["--pictures", "b"], "--pictures b: no")],
)
def test_what_is_not_there_is_said_before_anything_starts(words, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("")
    assert main(["studio", *words]) == 2
    assert said in capsys.readouterr().err


def test_help_of_the_studio_imports_neither_torch_nor_gradio():
    code = "import sys; from aegean.cli import main\ntry: main(['studio', '--help'])\nexcept SystemExit: pass\n"
    code += "print([name for name in ('torch', 'gradio', 'fastapi') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "--pictures" in told
    assert told.splitlines()[-1] == "[]"
