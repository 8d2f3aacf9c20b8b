"""`aegean classify`, `features`, `layers` and `search`: networks that others trained, and runs of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from aegean.cli import unused
from aegean.cli._options import Bare, Device, Json
from aegean.consoles import plain, tell, tell_json
from aegean.errors import InputError

if TYPE_CHECKING:
    from aegean.pretrained import Guess, Unreadable

FEW = 64  # pictures that need no progress line
MODEL = "efficientnet-lite0"
Photos = tyro.conf.Positional[tuple[str, ...]]
Model = Annotated[str, tyro.conf.arg(aliases=["-m"], metavar="MODEL")]
Size = Annotated[int | None, tyro.conf.arg(metavar="PIXELS")]


def classify(
    photos: Photos,
    /,
    model: Model = MODEL,
    top: int = 3,
    precision: Literal["float32", "bfloat16"] = "float32",
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Name what is in photos: classes and probabilities, the most probable first.

    Args:
        photos: Files, folders or globs; what cannot be read is named and left out.
        model: efficientnet-lite0 (also 1, 2), resnet50, hf:OWNER/NAME of the Hugging Face hub, a folder in the hub's
            format, or the folder of a classifier's run.
        top: How many classes of each photo.
        precision: bfloat16 is faster on GPUs and on processors with AMX, slower on others, and a little less exact.
    """
    from aegean.use.finding import find_photos
    from aegean.use.networks import open_network
    from aegean.use.pictures import say_lost

    if top < 1:
        raise InputError(f"--top {top}: at least one class")
    paths = find_photos(photos)
    if not paths:
        raise InputError("no photo was given; try: aegean classify PHOTO.jpg")
    network = open_network(model, device)
    say_lost(paths)
    network.precision = precision
    guesses: dict[int, list[Guess]] = {}
    left_out: list[Unreadable] = []
    with _progress("classifying", len(paths)) as advance:
        for chunk in network.classify_each(paths, top):
            guesses |= zip(chunk.kept, chunk.result or (), strict=True)
            left_out += chunk.unreadable
            advance(chunk.stop - chunk.start)
    _tell_left_out(left_out, len(paths))
    if not guesses:
        raise InputError(f"none of the photos can be read ({len(paths):,} tried)")
    found = {paths[index]: some for index, some in guesses.items()}
    if json:
        tell_json([{"photo": str(path), "classes": [one._asdict() for one in some]} for path, some in found.items()])
    else:
        _print_guesses(found)


def features(
    photos: Photos,
    /,
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="FILE")],
    model: Annotated[str | None, tyro.conf.arg(aliases=["-m"], metavar="MODEL")] = None,
    layer: Annotated[tuple[str, ...], tyro.conf.arg(aliases=["-l"], metavar="LAYER ...")] = (),
    pool: Literal["avg", "max", "none"] = "avg",
    split: str = "all",
    device: Device = "auto",
) -> None:
    """Photos or a data set -> vectors, with the name of each row; stopped half-way, the same command goes on.

    Args:
        photos: Files, folders and globs; or one data set (a name, .npz, hf:OWNER/NAME); or a run: the data it was
            trained on, seen by its own model unless --model says otherwise.
        out: .npz or .safetensors: `features` (or one array a layer), `files`; `labels` and `classes` where known.
        model: As for `classify`; also the run of an autoencoder or a VAE. None: efficientnet-lite0.
        layer: Layers that `aegean layers MODEL` lists. None: the vector before the last classifier; the code of a run.
        pool: What becomes of positions: their average, their maximum, or nothing (the shape stays as it is).
        split: Of a data set: train, validation, test or all.
    """
    from aegean.data import is_dataset
    from aegean.outputs import check_outputs
    from aegean.pretrained.feature_file import ENDINGS, write_features
    from aegean.runs import is_run
    from aegean.use.finding import open_pictures
    from aegean.use.networks import open_network

    if not layer:
        unused("the default vector has no positions; it is of --layer", "--pool")
    check_outputs([out], [Path(word) for word in photos], endings=ENDINGS)
    name = model or (photos[0] if len(photos) == 1 and is_run(photos[0]) else MODEL)
    network = open_network(name, device)
    if photos and not (is_run(photos[0]) or is_dataset(photos[0])):
        unused("photos have no splits", "--split")
    given = open_pictures(photos, split, network, name)
    with _progress("features", len(given.pictures)) as advance:
        done = write_features(
            network,
            given.pictures,
            given.names,
            out,
            layers=layer,
            pool=pool,
            labels=given.labels,
            classes=given.classes,
            fingerprint=given.fingerprint,
            advance=advance,
        )
    _tell_left_out(done.left_out, len(given.pictures))
    shapes = ", ".join(f"{name} {' x '.join(map(str, shape))}" for name, shape in done.shapes.items())
    tell(f"{out}: {done.rows:,} rows of {shapes}")


def layers(
    model: tyro.conf.Positional[str] = MODEL,
    /,
    size: Size = None,
    depth: int | None = None,
    json: Json = False,
) -> None:
    """List the layers of a network: names for --layer, output shapes for one image, parameters.

    Args:
        model: As for `classify`; also any run that takes images in.
        size: Side of the input image. None: what the network's preprocessing gives.
        depth: List only names of at most this many parts. None: all.
    """
    from aegean.use.networks import open_network

    network = open_network(model, "cpu")
    found = [one for one in network.layers(size) if depth is None or one.name.count(".") < depth]
    if json:
        tell_json([one._asdict() for one in found])
        return
    from rich.console import Console
    from rich.table import Table

    channels, height, width = network.input_shape
    shown = f"{channels} x {size or height} x {size or width}"
    total = sum(weight.numel() for weight in network.module.parameters())
    tell(f"{network.name}: {shown} in, {total:,} parameters")
    table = Table(box=None, pad_edge=False)
    for column, justify in (("layer", "left"), ("kind", "left"), ("output", "right"), ("parameters", "right")):
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for one in found:
        table.add_row(
            one.name, one.kind, " x ".join(map(str, one.shape)), f"{one.parameters:,}" if one.parameters else ""
        )
    Console(highlight=False).print(table)


def search(
    photo: tyro.conf.Positional[Path],
    /,
    folder: Annotated[tuple[str, ...], tyro.conf.arg(name="in", metavar="FOLDER ...")],
    out: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FILE")] = None,
    model: Model = MODEL,
    layer: str | None = None,
    top: int = 12,
    device: Device = "auto",
    json: Json = False,
    no_metadata: Bare = False,
) -> None:
    """Find the pictures most similar to a photo, by a network's features, and draw a sheet of them.

    Args:
        photo: The picture to look for.
        folder: Folders, files or globs to look in. Their features are kept, so that the next search is quick.
        out: The sheet. None: search-PHOTO.png, here.
        model: As for `features`.
        layer: The layer whose features are compared. None: the vector before the last classifier; the code of a run.
        top: How many pictures.
    """
    from aegean.cli._picture_outputs import origin
    from aegean.images import save_picture
    from aegean.outputs import check_outputs
    from aegean.pretrained.search import search as look
    from aegean.pretrained.sheet import draw_sheet
    from aegean.sharing import crew
    from aegean.use.finding import find_photos
    from aegean.use.networks import open_network

    if top < 1:
        raise InputError(f"--top {top}: at least one picture")
    if not photo.is_file():
        raise InputError(f"{photo}: no such file")
    paths = find_photos(folder)
    out = out or Path(f"search-{photo.stem}.png")
    check_outputs([out], [photo, *paths])
    network = open_network(model, device)
    with _progress("looking", len(paths)) as advance:
        found, left_out = look(network, photo, paths, top=top, layer=layer, advance=advance)
    if not crew().first:
        return
    _tell_left_out(left_out, len(paths))
    where = layer or "its last vector"
    title = f"Most similar of {len(paths):,} pictures to {photo.name}, by {network.name}, {where}"
    sheet = draw_sheet(photo, found, title)
    save_picture(out, sheet, origin(model, no_metadata))
    if json:
        tell_json([{"picture": str(match.path), "similarity": match.similarity} for match in found])
        return
    for match in found:
        tell(f"{match.similarity:.3f}  {match.path}")
    tell(f"sheet: {out}")


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A line on stderr, for more than a few pictures; yields what is told how many more are done."""
    from aegean.use.batches import progress_line

    with progress_line(what, total, shown=total > FEW) as told:
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            told(done, total)

        yield advance


def _tell_left_out(left_out: Sequence[Unreadable], total: int, most: int = 5) -> None:
    """Name on stderr what could not be read."""
    from aegean.use.remarks import say

    for one in left_out[:most]:
        say(f"left out: {one.reason}")
    if len(left_out) > most:
        say(f"left out: {len(left_out) - most:,} more of {total:,}")


def _print_guesses(found: dict[Path, list[Guess]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("photo", overflow="fold")
    table.add_column("class")
    table.add_column("probability", justify="right", no_wrap=True)
    for path, guesses in found.items():
        for row, guess in enumerate(guesses):
            table.add_row("" if row else Text(plain(path)), Text(guess.name), f"{guess.probability:.1%}")
    Console(highlight=False).print(table)
