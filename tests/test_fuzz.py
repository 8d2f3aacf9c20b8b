"""Files and words made by chance: each ends with 0, or with 2 and one line; never a traceback, a hang or unpickling.

AEGEAN_FUZZ says how many of each kind; `make fuzz` tries a thousand in all, and more with COUNT.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import shutil
import signal
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as some
from PIL import Image

import aegean
import aegean.use
from aegean.cli import COMMANDS, main
from aegean.errors import InputError
from aegean.media import transform_film

COUNT = int(os.environ.get("AEGEAN_FUZZ", "6"))  # of each kind
LONG = {"train", "resume", "demo", "report", "studio", "export"}  # commands that take too long, or never end
BARE = {"metrics", "models"}  # commands without options
LONGEST = 60  # seconds
fuzz = settings(
    max_examples=COUNT,
    deadline=None,
    database=None,
    derandomize="AEGEAN_FUZZ" not in os.environ,  # the suite tries the same each time
    phases=[Phase.generate],  # a smaller example is not worth minutes
    suppress_health_check=list(HealthCheck),
)
TYPES = ("u1", "i1", "u2", ">u2", "i4", "i8", "f2", "f4", ">f8", "?", "c8", "U3", "O")


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    """The test fails if this takes a minute."""

    def late(*_: object) -> None:
        raise AssertionError(f"took {LONGEST} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def tried(*words: object) -> None:
    """One command: it ends with 0, or with 2 and one line on stderr beside its remarks."""
    out, err = io.StringIO(), io.StringIO()
    with in_time(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # the parser's: a box of several lines
            code = stop.code
            err = io.StringIO()
    assert code in (0, 2), words
    assert all(line.startswith("aegean: ") for line in err.getvalue().splitlines()), (words, err.getvalue())


def damaged(content: bytes, data: some.DataObject) -> bytes:
    """Cut somewhere, some bits turned, or some bytes put in."""
    way = data.draw(some.sampled_from(("cut", "bits", "insert", "zeros")))
    place = data.draw(some.integers(0, max(0, len(content) - 1)))
    if way == "cut":
        return content[:place]
    if way == "insert":
        return content[:place] + data.draw(some.binary(min_size=1, max_size=40)) + content[place:]
    changed = bytearray(content)
    if way == "zeros":
        changed[place : place + 16] = bytes(len(changed[place : place + 16]))
    for _ in range(data.draw(some.integers(1, 8)) if way == "bits" else 0):
        changed[data.draw(some.integers(0, len(content) - 1))] ^= 1 << data.draw(some.integers(0, 7))
    return bytes(changed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def run(shapes: Path, folder: Path) -> Path:
    more = {"steps": 1, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True}
    return aegean.train("vae", data=str(shapes), out=folder / "run", **more).path


class Trap:
    """Whoever unpickles it makes a file."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.place,))


@fuzz
@given(data=some.data())
def test_arrays(folder: Path, data: some.DataObject) -> None:
    shape = data.draw(some.lists(some.sampled_from((0, 1, 3, 4, 8, 9, 64, 256)), min_size=0, max_size=4))
    kind = np.dtype(data.draw(some.sampled_from(TYPES)))
    size = int(np.prod(shape))
    assume(size <= 2**20)
    scale = data.draw(some.sampled_from((1, 255, 65535, -1, 1e30, float("nan"), float("inf"))))
    with np.errstate(all="ignore"):
        array = (np.random.default_rng(size).random(shape) * scale).astype(kind)
    if kind.kind == "O":
        array = np.full(shape, Trap(folder / "canary"), dtype=object)
    if data.draw(some.booleans()):
        array = np.asfortranarray(array)
    words = data.draw(some.sampled_from(("images", "x_train", "x", "labels", "arr_9", "attributes")))
    np.savez(folder / "a.npz", **{words: array, "labels": np.arange(len(array) if array.ndim else 3)})
    np.save(folder / "a.npy", array)
    for name in ("a.npz", "a.npy"):
        tried("datasets", folder / name, *data.draw(some.sampled_from(((), ("--range", "0", "1"), ("--strict",)))))
    assert not (folder / "canary").exists()


@fuzz
@given(data=some.data())
def test_pictures_with_odd_chunks_and_tags(folder: Path, data: some.DataObject) -> None:
    place = folder / "pictures"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    mode = data.draw(some.sampled_from(("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK")))
    exif = Image.Exif()
    for tag in data.draw(some.lists(some.sampled_from((0x0112, 0x010E, 0x8769, 0x8825, 0x9286)), max_size=3)):
        exif[tag] = data.draw(some.one_of(some.integers(-9, 2**16), some.binary(max_size=9), some.text(max_size=9)))
    content, ending = io.BytesIO(), data.draw(some.sampled_from(("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP")))
    try:
        Image.new(mode, (12, 9)).save(content, ending, exif=exif.tobytes())
    except Exception:  # not every kind holds every mode, nor every tag every value
        Image.new("RGB", (12, 9)).save(content, ending)
    written = content.getvalue()
    if ending == "PNG" and data.draw(some.booleans()):
        name = data.draw(some.sampled_from((b"iCCP", b"tRNS", b"eXIf", b"gAMA", b"zTXt", b"iTXt", b"acTL", b"pHYs")))
        body = name + data.draw(some.binary(max_size=60))
        written = (
            written[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + written[33:]
        )
    for k in range(3):
        (place / f"{k}.{ending.lower()}").write_bytes(damaged(written, data) if k else written)
    tried("datasets", place, "--json")
    with contextlib.suppress(InputError):
        aegean.data.open_dataset(str(place), size=8)
    for path in place.iterdir():
        with contextlib.suppress(InputError), in_time():
            aegean.use.read(path, 3)


def packed(path: Path, images: np.ndarray) -> None:
    """An archive of pictures with a table of labels."""
    place = path.with_name("pictures-to-pack")
    place.mkdir(exist_ok=True)
    for k, image in enumerate(images):
        Image.fromarray(image).save(place / f"{k}.png")
    (place / "labels.csv").write_text("file_name,label\n" + "".join(f"{k}.png,{k % 2}\n" for k in range(len(images))))
    stem, _, ending = path.name.partition(".")
    shutil.make_archive(str(path.with_name(stem)), {"tar.gz": "gztar"}.get(ending, ending), place)


@fuzz
@given(data=some.data())
def test_damaged_sets(folder: Path, data: some.DataObject) -> None:
    kind = data.draw(
        some.sampled_from(("npz", "npy", "idx3-ubyte", "idx3-ubyte.gz", "zip", "tar", "tar.gz", "parquet"))
    )
    path = folder / f"train-images.{kind}"
    images = np.arange(6 * 64, dtype=np.uint8).reshape(6, 8, 8)
    if kind == "npz":
        np.savez_compressed(path, images=images, labels=np.arange(6) % 2)
    elif kind == "npy":
        np.save(path, images)
    elif kind == "parquet":
        shutil.copy(Path(__file__).parent / "data" / "tables" / "hub.parquet", path)
    elif "idx" not in kind:
        packed(path, images)
    else:
        content = bytes((0, 0, 8, 3)) + struct.pack(">III", *images.shape) + images.tobytes()
        path.write_bytes(zlib.compress(content, wbits=31) if kind.endswith("gz") else content)
    path.write_bytes(damaged(path.read_bytes(), data))
    tried("datasets", path)
    path.unlink()


@fuzz
@given(data=some.data())
def test_damaged_runs(run: Path, data: some.DataObject) -> None:
    copy = run.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(run, copy)
    path = copy / data.draw(some.sampled_from(("weights.safetensors",)))
    path.write_bytes(damaged(path.read_bytes(), data))
    tried("sample", copy, "-n", "1", "-o", copy / "a.png")


@fuzz
@given(data=some.data())
def test_damaged_films(folder: Path, data: some.DataObject) -> None:
    av = pytest.importorskip("av")
    ending = data.draw(some.sampled_from((".gif", ".webp", ".mp4")))
    path, frames = folder / f"film{ending}", [Image.new("RGB", (16, 16), (40 * k, 0, 0)) for k in range(4)]
    aegean.media.save_motion(path, frames)
    path.write_bytes(damaged(path.read_bytes(), data))
    av.logging.set_level(None)
    with in_time(), contextlib.suppress(InputError):
        transform_film(path, folder / f"made{ending}", lambda frame: frame)


@fuzz
@given(data=some.data())
def test_words(run: Path, shapes: Path, folder: Path, data: some.DataObject) -> None:
    """Any option of any command with any value."""
    command = data.draw(some.sampled_from(sorted(set(COMMANDS) - LONG - BARE)))
    module, function, _ = COMMANDS[command]
    known = inspect.signature(getattr(importlib.import_module(f"aegean.cli.{module}"), function)).parameters
    words = [str(run)] if command not in {"classify", "info", "datasets", "features", "search"} else [str(shapes)]
    value = some.one_of(
        some.sampled_from(
            ("", "0", "1", "-1", "nan", "inf", "1e400", "all", "none", "/dev/null", "\x1b[2J", "é", "9" * 30)
        ),
        some.integers(-3, 40).map(str),
        some.text(some.characters(exclude_characters="\0"), max_size=8),
    )
    for name in data.draw(some.lists(some.sampled_from(sorted(known)), max_size=3, unique=True)):
        if name in {"out", "device", "model", "extractor", "judge"}:
            continue
        words += [f"--{name.replace('_', '-')}", data.draw(value)]
    if "out" in known:
        words += ["--out", str(folder / data.draw(some.sampled_from(("made.png", "made.npz", "made"))))]
    before = Path.cwd()
    os.chdir(folder)
    try:
        tried(command, *words)
    finally:
        os.chdir(before)
