"""Photos with attributes added to what they show, or removed from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from aegean.errors import InputError, did_you_mean
from aegean.families import check_use
from aegean.images import fit, from_pil, grid, to_float
from aegean.latent.directions import editor_of
from aegean.media.faces import Box, Square, can_find_faces, face_square, framing
from aegean.media.photos import centre_square, edit_photo, seen
from aegean.models import families_with
from aegean.models.capabilities import Conditional, Edits, Encodes
from aegean.runs import Run
from aegean.use.origin import signed
from aegean.use.pictures import Picture, answer, called, several, side_by_side, to_picture
from aegean.use.remarks import say
from aegean.use.requests import open_run

FRAMED = 64  # test images that show how faces are framed


def edit(
    run: Run | str | Path,
    pictures: Picture | Sequence[Picture],
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    strength: float = 1.0,
    *,
    centre: bool = False,
    plain: bool = False,
    remember: bool = False,
    as_tensor: bool = False,
) -> Any:
    """Add attributes to what photos show, and remove them, at the photos' own size.

    The model sees a square of a photo at the size it was trained at: the largest face, framed as in training, if OpenCV
    is installed (extra `faces`) and finds one; else the centre.

    Args:
        run: A run that edits, or one that encodes if its images have attributes; or its folder.
        pictures: One picture, a list, a folder, or a batch: see `aegean.use.pictures.read`.
        add: Attributes to add, by their names.
        remove: Attributes to remove; if the data has No_Beard, Beard is understood.
        strength: 1 is what was learned; less is a part of it, more exaggerates.
        centre: Edit the centre square, look for no face.
        plain: Of a run that encodes: take the direction of an attribute with what goes along with it in the data.
        remember: Keep how faces are framed in the run's about.json, so that the next call need not look again.
        as_tensor: Give (C, H, W), or (B, C, H, W) for a batch, in [-1, 1] in place of PIL.

    Raises:
        InputError: for a run that edits nothing, and attributes that it does not know.
    """
    editing = Editing(open_run(run), add, remove, strength, centre=centre, plain=plain, remember=remember)
    made = answer(pictures, [editing.photo(one) for one in several(pictures)], as_tensor)
    return signed(made, editing.run, "aegean.edit")


class Editing:
    """One edit, made to photo after photo."""

    def __init__(
        self,
        run: Run,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        strength: float = 1.0,
        *,
        centre: bool = False,
        plain: bool = False,
        remember: bool = False,
    ) -> None:
        check_use(strength=strength)
        self.run, self.centre, self.remember = run, centre, remember
        self.editor = _editor(run, plain)
        self.changes = strength * _changes(self.editor.editable, _words(add), _words(remove))  #    (1, E)

    def photo(self, picture: Picture, beside: bool = False) -> Tensor:
        """The edited photo at its own size, or both; says what the model saw of it. (1, C, H, W)"""
        own, spec = to_picture(picture), self.run.spec
        square = self._square(picture, own)
        edited = edit_photo(lambda x: self.editor.edit(x, self.changes), own, spec.size, spec.channels, square)
        if not beside:
            return edited
        return side_by_side(to_float(from_pil(fit(own, None, spec.channels))[None]), edited)

    def seen(self, picture: Picture) -> Tensor:
        """The part of a photo that is edited, at the size of the training. (1, C, S, S)"""
        own, spec = to_picture(picture), self.run.spec
        return seen(own, spec.size, spec.channels, self._square(picture, own))

    def sheet(self, image: Tensor, steps: int = 0) -> Tensor:
        """Images (N, C, S, S), a row for each, from all removed to all added; or a row above a row of their edits."""
        count = len(image)
        if not steps:
            return grid(torch.cat([image, self.editor.edit(image, self.changes.expand(count, -1))]), count)
        parts = torch.linspace(-1, 1, steps)[:, None] * self.changes  #                             (steps, E)
        edited = [self.editor.edit(image, part.expand(count, -1)) for part in parts]
        return grid(torch.stack(edited, dim=1).flatten(0, 1), steps)

    def _square(self, picture: Picture, own: Image.Image) -> Square:
        """What the model sees of a photo: all of one that has its size; says so of others."""
        spec = self.run.spec
        if own.size == (spec.size, spec.size):
            return 0, 0, spec.size
        square, what = chosen_square(own, self._framed)
        say(
            f"{called(picture)} ({own.width} x {own.height}): {what} of {square[2]} x {square[2]} is edited, seen at "
            f"{spec.size} x {spec.size}; the model expects it framed as the images of {spec.name} are"
        )
        return square

    @cached_property
    def _framed(self) -> Box | None:
        """Where faces are in the run's images, looked up once, if any photo needs it; None if that cannot be told."""
        if self.centre or not can_find_faces():
            return None
        if "framing" in self.run.about:
            known = self.run.about["framing"]
            return None if known is None else (known[0], known[1], known[2])
        try:
            found = framing(self.run.data.test.images[:FRAMED])
        except InputError as error:
            say(f"no face is looked for, as it is not known how they are framed: {error}")
            return None
        if self.remember:
            self.run.remember(framing=found)
        return found


def chosen_square(photo: Image.Image, framed: Box | None) -> tuple[Square, str]:
    """What of the photo is edited, and what to call it."""
    if framed is None:
        return centre_square(photo), "its centre square"
    if found := face_square(photo, framed):
        return found, "the largest face, in a square"
    return centre_square(photo), "no face was found: its centre square"


def _editor(run: Run, plain: bool) -> Edits:
    """The run's model if it edits, else the directions of attributes in its codes."""
    if plain and isinstance(run.model, Edits):
        raise InputError(f"--plain: {run.config.family} edits by itself, not by directions in its codes")
    if editor := editor_of(run, orthogonal=not plain):
        return editor
    if isinstance(run.model, Encodes) and isinstance(run.model, Conditional):
        raise InputError(
            f"{run.path}: codes of a {run.config.family} depend on the label, of which an edit knows nothing"
        )
    if isinstance(run.model, Encodes):
        raise InputError(
            f"{run.path}: was trained on {run.spec.name}, whose images have no attributes to add or remove"
        )
    blind = families_with(Conditional)
    able = [name for name in dict.fromkeys(families_with(Edits) + families_with(Encodes)) if name not in blind]
    raise InputError(
        f"{run.path}: {run.config.family} edits no attributes and has no codes of photos; "
        f"families that do: {', '.join(able)}"
    )


def _words(names: Sequence[str]) -> list[str]:
    """Names one by one; a string is several, with commas between."""
    some = [names] if isinstance(names, str) else names
    return [name for word in some for name in word.split(",") if name]


def _changes(editable: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> Tensor:
    """What to do to each attribute: 1, -1 or 0. (1, E)"""
    changes = torch.zeros(1, len(editable))
    for names, sign in ((add, 1.0), (remove, -1.0)):
        for name in names:
            k, turned = _find(name, editable)
            if changes[0, k] == -sign * turned:
                raise InputError(f"{name} is to be both added and removed")
            changes[0, k] = sign * turned
    if not changes.any():
        raise InputError(f"nothing to edit: give --add or --remove, of {', '.join(editable)}")
    return changes


def _find(name: str, editable: Sequence[str]) -> tuple[int, float]:
    """Which attribute a word means, and -1 if it is the opposite: Beard of No_Beard. Upper and lower case are one."""
    known = [other.lower() for other in editable]
    if name.lower() in known:
        return known.index(name.lower()), 1.0
    if f"no_{name.lower()}" in known:
        return known.index(f"no_{name.lower()}"), -1.0
    raise InputError(f"this run edits no attribute {name!r}.{did_you_mean(name, list(editable))}")
