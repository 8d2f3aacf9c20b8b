"""Files are written whole or not at all, and by one process at a time."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors
import torch
from PIL import Image

from aegean import images
from aegean.errors import InputError
from aegean.files import exclusive, whole


def stopped(path, durable, error):
    """Half a file."""
    with whole(path, durable) as beside:
        beside.write_text("half")
        raise error


@pytest.mark.parametrize("durable", [False, True])
def test_what_fails_leaves_what_was_there(tmp_path, durable):
    path = tmp_path / "a.txt"
    path.write_text("older")
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error):
            stopped(path, durable, error)
        assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]
        assert path.read_text() == "older"
    with whole(path, durable) as beside:
        assert beside.suffix == ".txt"
        beside.write_text("newer")
        assert path.read_text() == "older"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "newer"


def test_a_link_goes_on_leading_to_the_file_and_a_device_stays_one(tmp_path):
    (tmp_path / "a.txt").write_text("older")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    with whole(tmp_path / "link.txt") as beside:
        beside.write_text("newer")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "a.txt").read_text() == "newer"
    with whole(Path("/dev/null")) as beside:
        assert beside == Path("/dev/null")


def test_a_picture_that_cannot_be_written_leaves_what_was_there(tmp_path):
    images.save(tmp_path / "a.jpg", torch.zeros(1, 3, 8, 8))
    before = (tmp_path / "a.jpg").read_bytes()
    with pytest.raises(InputError, match="cannot write this kind of picture"):
        images.save_picture(tmp_path / "a.jpg", Image.new("RGBA", (8, 8)))
    assert (tmp_path / "a.jpg").read_bytes() == before
    with pytest.raises(InputError, match=r"full\.png: cannot be written"):
        images.save_picture(tmp_path / "full.png", _Full())
    assert [file.name for file in tmp_path.iterdir()] == ["a.jpg"]


class _Full(Image.Image):
    """A picture for which there is no room on the disk."""

    def save(self, *args, **options):
        raise OSError(28, "No space left on device")


HOLD = """
import sys, time
from pathlib import Path
from aegean.files import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_path_is_held_by_one_process_and_let_go_when_that_is_killed(tmp_path):
    path = tmp_path / "new" / "a.txt"
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=r"a\.txt: another process is writing it"), exclusive(path):
            pass
        with exclusive(path.with_name("b.txt")):  # another path is free
            pass
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    with exclusive(path), pytest.raises(InputError), exclusive(path):
        pass
    with exclusive(path):
        pass
    assert list(path.parent.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_that_writes_there(tmp_path):
    code = "import sys, os, signal; from pathlib import Path; from aegean.files import whole, unfinished\n"
    code += "with whole(Path(sys.argv[1])) as a, unfinished(Path(sys.argv[2])) as b:\n"
    code += "    b.mkdir(); (b / 'c').touch(); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", code, tmp_path / "a.txt", tmp_path / "b"])
    left = {path.name for path in tmp_path.iterdir()}
    assert len(left) == 2
    assert all(name.startswith(".aegean-") for name in left)
    mine = tmp_path / ".aegean-notes.txt"
    mine.touch()
    with whole(tmp_path / "other.txt") as beside:
        assert {path.name for path in tmp_path.iterdir()} == {beside.name, mine.name}
    assert {path.name for path in tmp_path.iterdir()} == {"other.txt", mine.name}


WRITE = """
import sys
from pathlib import Path
from aegean.files import whole
with whole(Path(sys.argv[1])) as beside:
    beside.write_text("theirs")
    print("writes", flush=True)
    sys.stdin.read()
"""


def test_what_a_living_process_writes_is_left_to_it(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, tmp_path / "a.txt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "writes\n"
    with whole(tmp_path / "a.txt") as beside:
        beside.write_text("ours")
    process.communicate("")
    assert process.returncode == 0
    assert (tmp_path / "a.txt").read_text() == "theirs"  # the last
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_names_of_the_longest_and_links_planted_beside_are_no_harm(tmp_path, monkeypatch):
    longest = tmp_path / ("x" * 251 + ".txt")
    with whole(longest) as beside:
        beside.write_text("whole")
    assert longest.read_text() == "whole"
    (tmp_path / "victim").write_text("victim")
    monkeypatch.setattr("secrets.token_hex", lambda count: "0" * 16)
    (tmp_path / f".aegean-{'0' * 16}.txt").symlink_to(tmp_path / "victim")
    with pytest.raises(FileExistsError), whole(tmp_path / "a.txt"):
        pass
    assert (tmp_path / "victim").read_text() == "victim"


@pytest.mark.parametrize("durable", [False, True])
@pytest.mark.parametrize("number", [28, 122, 5])
def test_an_error_of_the_disk_names_the_file_and_not_the_one_beside_it(tmp_path, number, durable):
    for error in (OSError(number, "said"), safetensors.SafetensorError(f"I/O error: x (os error {number})")):
        with pytest.raises(OSError, match=r"a\.txt") as raised:
            stopped(tmp_path / "a.txt", durable, error)
        assert (raised.value.errno, raised.value.filename) == (number, str(tmp_path / "a.txt"))
        assert list(tmp_path.iterdir()) == []
