"""`aegean translate`: photos, folders of them, and films of one domain -> the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro

from aegean.cli.pictures import Flag, Folder, Out
from aegean.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from torch import Tensor

    from aegean.runs import Run

FILMS = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"}  # written under their own ending; others as .mkv
# animations, and what they are written as
ANIMATIONS = {".gif": ".gif", ".webp": ".webp", ".png": ".png", ".apng": ".png", ".avif": ".webp"}


def translate(
    run: Folder,
    source: tyro.conf.Positional[Path],
    to: str,
    back: Flag = False,
    out: Out = None,
    steady: float = 0.0,
    size: int | None = None,
    device: str = "auto",
) -> None:
    """Turn a photo, a folder of photos or a film of one domain into the other.

    Photos of any size are translated as they are, large ones in tiles without seams, which takes several times as long
    for each pixel; what is transparent becomes white. A film keeps its frame rate, its length and its sound, and a long
    one takes no more memory than a short one; an animation does, as its pictures are written all at once. Things should
    be about as large, in pixels, as in the training images: see --size.

    Args:
        run: The folder of a run that translates: a cyclegan.
        source: A photo, a folder of photos, an animation (.gif, .webp, .png), or a film of any kind that PyAV opens.
        to: The domain wanted: its name, or a or b.
        back: Translate back, too, and show the three beside one another.
        out: Where to; for a folder, a folder. None: in RUN/samples.
        steady: Of films: reduce flicker, from 0 (not) to 1 (what stands still stays as it was).
        size: Make the short side so many pixels first. None: as it is.
        device: cpu, cuda ... auto: the accelerator, if there is one.
    """
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.device import pick_device
    from aegean.models.capabilities import Translates
    from aegean.runs import load

    opened = load(run)
    model = inputs.require(opened, Translates)
    direction = _direction(opened, to)
    if not 0 <= steady <= 1:
        raise InputError(f"--steady {steady}: from 0 to 1")
    if size is not None and size < 8:
        raise InputError(f"--size {size}: at least 8 pixels")
    if not source.exists():
        raise InputError(f"{source}: no such file or folder")
    model.to(pick_device(device))
    film = not source.is_dir() and _moves(source)
    facts = (to, "back" if back else None, size, f"steady-{steady}" if steady and film else None)
    if film:
        ending = source.suffix.lower()
        ending = ANIMATIONS.get(ending, ending if ending in FILMS else ".mkv")
        where = out or outputs.default_out(opened, "translate", *facts, files=[source], ending=ending)
        _film(opened, model, source, where, direction, back, steady, size)
        return
    paths = inputs.photos_in([source])
    where, targets = outputs.places(opened, "translate", facts, [source], paths, out)

    def make(path: Path) -> Tensor:
        if source.is_dir() and _moves(path):
            outputs.say(f"{path}: the first picture alone; an animation is translated by itself")
        photo = _scaled(inputs.open_own_size(path, opened.spec.channels), size)
        shown = _work(model, photo, direction, back)
        return outputs.side_by_side(photo, *shown) if back else shown[0]

    for _ in outputs.save_each(paths, targets, "translate", make):
        pass
    if films := sum(path.suffix.lower() in FILMS for path in source.rglob("*")):  # of a photo, none
        outputs.say(f"{source}: {films} film{'s' * (films > 1)} left out; each is translated by itself")
    print(where)


def _film(
    run: Run, model: Any, source: Path, where: Path, direction: str, back: bool, steady: float, size: int | None
) -> None:
    from aegean.cli import _picture_outputs as outputs
    from aegean.media.film import transform_film
    from aegean.media.steadying import Steadied
    from aegean.networks import moving_statistics

    if run.spec.channels != 3:
        raise InputError(f"{run.path}: translates images of {run.spec.channels} channels; films have 3")
    steadied = Steadied(steady)

    def change(frame: Tensor) -> Tensor:
        frame = _scaled(frame, size)
        shown = _work(model, frame, direction, False)
        picture = steadied(frame, shown[0])
        if not back:
            return picture
        return outputs.side_by_side(frame, picture, *_work(model, picture, "ab"[direction == "a"], False))

    with ExitStack() as stack:
        if steady:
            stack.enter_context(moving_statistics(model, steady))  # each translator runs once a frame, also with --back
        advance = stack.enter_context(_frames())
        outcome = transform_film(source, where, change, advance)
    print(where)
    given, plain, after = steadied.means()
    beside = f" ({plain:.2f} before its frames were blended; --steady 0 tells what it is without)" if steady else ""
    print(f"{outcome.frames} frames, {outcome.seconds:.2f} s, {outcome.sound}")
    print(f"change from frame to frame, of 255: {given:.2f} in the film, {after:.2f} in its translation{beside}")
    if outcome.problem:
        outputs.say(f"{source}: {outcome.problem}; what could be read is written")


def _work(model: Any, image: Tensor, direction: str, back: bool) -> list[Tensor]:
    """The translation (1, C, H, W), and what comes back from it if asked for."""
    import torch

    from aegean.use.whole_image import translate_whole

    device = next(model.parameters()).device
    shown: list[Tensor] = []
    with torch.inference_mode():
        for towards in [direction, "ab"[direction == "a"]][: 2 if back else 1]:
            source = shown[-1] if shown else image

            def function(tile: Tensor, towards: str = towards) -> Tensor:
                return model.translate(tile.to(device), towards).cpu()

            shown.append(translate_whole(model, function, source, model.reach))
    return shown


def _scaled(image: Tensor, size: int | None) -> Tensor:
    """The short side `size` pixels. (1, C, H, W)"""
    import torch

    height, width = image.shape[-2:]
    if size is None or min(height, width) == size:
        return image
    shape = [max(1, round(side * size / min(height, width))) for side in (height, width)]
    scaled = torch.nn.functional.interpolate(image, size=shape, mode="bicubic", antialias=True, align_corners=False)
    return scaled.clamp(-1, 1)


def _direction(run: Run, word: str) -> str:
    """A domain's name, or a or b -> a or b."""
    domains = [name.lower() for name in run.spec.domains]
    if word.lower() in domains:
        return "ab"[domains.index(word.lower())]
    if word.lower() in {"a", "b"}:
        return word.lower()
    raise InputError(f"--to {word}: {run.spec.name} has no such domain.{did_you_mean(word, list(run.spec.domains))}")


def _moves(path: Path) -> bool:
    """Whether a file is a film or an animation; second pictures (MPO), pages (TIFF) and layers (PSD) make none."""
    from PIL import Image

    from aegean.data.folders import ENDINGS
    from aegean.images import open_image

    try:
        with open_image(path) as picture:
            still = picture.format in {"MPO", "TIFF", "PSD"} or not getattr(picture, "is_animated", False)
            return not still
    except Image.DecompressionBombError:
        return False  # a picture, larger than is to be trusted
    except OSError:  # no picture, or one that is cut: what is wrong will be said where it is read
        ending = path.suffix.lower()
        return ending not in ENDINGS or (ending == ".webp" and b"ANMF" in path.read_bytes()[: 2**20])
    except Exception:
        return True  # IndexError, struct.error ...: it is cut


@contextmanager
def _frames() -> Iterator[Callable[[int, int | None], None]]:
    """A line on stderr: frames, rate, time left; silent where it is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("translate"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=None, rate="")

        def advance(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total, rate=f"{bar.tasks[task].speed or 0.0:.1f} frames/s")

        yield advance
