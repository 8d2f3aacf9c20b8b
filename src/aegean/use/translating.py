"""Photos and films of one domain -> the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from aegean.data.folders import ENDINGS
from aegean.device import pick_device
from aegean.errors import InputError, did_you_mean
from aegean.media.animation import Outcome
from aegean.media.film import transform_film
from aegean.media.steadying import Steadied
from aegean.models.capabilities import Translates
from aegean.networks import moving_statistics, plainly
from aegean.picture_formats import is_heif, open_image
from aegean.runs import Run
from aegean.sharing import alone, crew
from aegean.use.origin import origin_of, signed
from aegean.use.pictures import Picture, answer, read, several, side_by_side
from aegean.use.remarks import say
from aegean.use.requests import open_run, require
from aegean.use.whole_image import translate_whole

SIDE = 1536  # of a tile


def translate(
    run: Run | str | Path,
    source: Picture | Sequence[Picture],
    to: str | None = "b",
    *,
    back: bool = False,
    size: int | None = None,
    tile: int = SIDE,
    steady: float = 0.0,
    out: str | Path | None = None,
    device: str = "auto",
    as_tensor: bool = False,
) -> Any:
    """Turn photos, or a film, of one domain into the other, at their own size.

    Args:
        run: A run that translates, or its folder.
        source: One picture, a list, a folder or a batch: see `aegean.use.pictures.read`; or the path of a film, which
            is written to `out`, whose path is then the result.
        to: The domain wanted: its name, or a or b; or None, where a model knows one way alone.
        back: Translate back, too, and show the three beside one another.
        size: Make the short side so many pixels first. None: as it is.
        tile: Pixels a side of the squares in which larger pictures are done, without seams.
        steady: Of films: reduce flicker, from 0 (not) to 1 (what stands still stays as it was).
        out: Of films: where to.
        device: cpu, cuda ... auto: the accelerator, if there is one.
        as_tensor: Give (C, H, W), or (B, C, H, W) for a batch, in [-1, 1] in place of PIL.

    Raises:
        InputError: for a run that does not translate, an unknown domain, and what cannot be read.
    """
    opened = open_run(run)
    translation = Translation(opened, to, back=back, size=size, tile=tile)
    check_steady(steady)
    with on_device(opened, device):
        if isinstance(source, str | Path) and Path(source).is_file() and moves(Path(source)):
            if out is None:
                raise InputError(f"{source}: a film is written to a file: give out=")
            translation.film(Path(source), Path(out), steady, origin=origin_of(opened, "aegean.translate"))
            return Path(out)
        made = answer(source, [translation.photo(one) for one in several(source)], as_tensor)
        return signed(made, opened, "aegean.translate")


@dataclass
class TranslatedFilm:
    """What became of a film, and the mean change from frame to frame, of 255: in it, translated, and steadied."""

    outcome: Outcome
    changes: tuple[float, ...]


class Translation:
    """One direction of a run, for photos and films."""

    def __init__(
        self, run: Run, to: str | None, *, back: bool = False, size: int | None = None, tile: int = SIDE
    ) -> None:
        self.run, self.model = run, require(run, Translates)
        self.direction, self.back, self.size, self.tile = _direction(run, self.model, to), back, size, tile
        if not self.model.both_ways and (back or self.direction == "a"):
            raise InputError(
                f"{run.path}: {run.config.family} knows one way, from what goes in to what is wanted of it"
            )
        if size is not None and size < 8:
            raise InputError(f"--size {size}: at least 8 pixels")
        if tile < 8 or tile % 8:
            raise InputError(f"tile {tile}: a multiple of 8 pixels")

    def photo(self, picture: Picture) -> Tensor:
        """The translation at the photo's own size; with `back`, the three beside one another. (1, C, H, W)"""
        image = scaled(read(picture, self.run.spec.channels), self.size)
        there = self._towards(self.direction, image)
        return side_by_side(image, there, self._home(there)) if self.back else there

    def film(
        self,
        source: Path,
        target: Path,
        steady: float = 0.0,
        advance: Callable[[int, int | None], None] = lambda done, total: None,
        origin: Mapping[str, str] | None = None,
    ) -> TranslatedFilm:
        """Write to `target` the film of `source`, translated frame by frame."""
        if self.run.spec.channels == 4:
            raise InputError(f"{self.run.path}: translates images with an alpha channel; films have none")
        if steady and crew().count > 1:
            say(f"--steady: each frame depends on those before it: one process works, {crew().count - 1} wait")
            if not crew().first:
                return TranslatedFilm(Outcome(), (0.0, 0.0, 0.0))
            with alone():
                return self.film(source, target, steady, advance, origin)
        steadied = Steadied(steady)

        def change(frame: Tensor) -> tuple[Tensor, Tensor | None]:
            made = self._towards(self.direction, read(scaled(frame, self.size), self.run.spec.channels))
            made = plainly(made, 3, 1)
            return made, self._home(made) if self.back and not steady else None

        def after(frame: Tensor, changed: tuple[Tensor, Tensor | None]) -> Tensor:
            frame, (made, home) = scaled(frame, self.size), changed
            picture = steadied(plainly(frame, 3, made.shape[-1] // frame.shape[-1]), made)
            if not self.back:
                return picture
            return side_by_side(frame, picture, self._home(picture) if home is None else home)

        # each translator runs once a frame, also with `back`
        with moving_statistics(self.model, steady) if steady else nullcontext():
            outcome = transform_film(source, target, change, advance, origin, after)
        return TranslatedFilm(outcome, steadied.means())

    def _home(self, image: Tensor) -> Tensor:
        return self._towards("ab"[self.direction == "a"], image)

    def _towards(self, direction: str, image: Tensor) -> Tensor:
        device = next(self.model.parameters()).device
        with torch.inference_mode():
            return translate_whole(
                self.model,
                lambda tile: self.model.translate(tile.to(device), direction).cpu(),
                image,
                self.model.reach,
                self.tile,
            )


@contextmanager
def on_device(run: Run, device: str) -> Iterator[None]:
    """The run's model on a device, and back on the CPU at the end."""
    run.model.to(pick_device(device))
    try:
        yield
    finally:
        run.model.to("cpu")


def check_steady(steady: float) -> None:
    """InputError for a strength of steadying that there is not."""
    if not 0 <= steady <= 1:
        raise InputError(f"--steady {steady}: from 0 to 1")


def scaled(image: Tensor, size: int | None) -> Tensor:
    """The short side `size` pixels. (1, C, H, W)"""
    height, width = image.shape[-2:]
    if size is None or min(height, width) == size:
        return image
    shape = [max(1, round(side * size / min(height, width))) for side in (height, width)]
    larger = torch.nn.functional.interpolate(image, size=shape, mode="bicubic", antialias=True, align_corners=False)
    return larger.clamp(-1, 1)


def moves(path: Path) -> bool:
    """Whether a file is a film or an animation; second pictures (MPO), pages (TIFF) and layers (PSD) make none."""
    try:
        if is_heif(path):
            return False
        with open_image(path) as picture:
            still = picture.format in {"MPO", "TIFF", "PSD"} or not getattr(picture, "is_animated", False)
            return not still
    except Image.DecompressionBombError:
        return False  # a picture, larger than is to be trusted
    except (InputError, OSError):  # no picture, or one that is cut: what is wrong will be said where it is read
        ending = path.suffix.lower()
        return ending not in ENDINGS or (ending == ".webp" and b"ANMF" in path.read_bytes()[: 2**20])
    except Exception:
        return True  # IndexError, struct.error ...: it is cut


def _direction(run: Run, model: Translates, word: str | None) -> str:
    """A domain's name, or a or b -> a or b; None: the only way that a model knows."""
    domains = [name.lower() for name in run.spec.domains]
    if word is None:
        if model.both_ways:
            raise InputError(f"--to: which domain is wanted: {' or '.join(run.spec.domains) or 'a or b'}?")
        return "b"
    if word.lower() in domains:
        return "ab"[domains.index(word.lower())]
    if word.lower() in {"a", "b"}:
        return word.lower()
    raise InputError(f"--to {word}: {run.spec.name} has no such domain.{did_you_mean(word, list(run.spec.domains))}")
