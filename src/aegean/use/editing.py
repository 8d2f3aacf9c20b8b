"""Photos with attributes added to what they show, or removed from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from aegean.errors import InputError, did_you_mean
from aegean.families import check_use
from aegean.images import fit, from_pil, grid, to_float
from aegean.latent.directions import Directions, editor_of
from aegean.media.faces import Face, can_find_faces, celeba_face, find_faces, frame_of, framing
from aegean.media.photos import Box, Frame, centre_of, edit_photo, seen
from aegean.models import families_with
from aegean.models.capabilities import Conditional, Edits, Encodes
from aegean.runs import Run
from aegean.sizes import Size
from aegean.use.coding import codes_of
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
    amounts: Mapping[str, float] | None = None,
    face: int | None = None,
    centre: bool = False,
    plain: bool = False,
    remember: bool = False,
    as_tensor: bool = False,
) -> Any:
    """Add attributes to what photos show, and remove them, at the photos' own size.

    The model sees a part of a photo at the size it was trained at: each face in turn, turned and scaled so that
    eyes and mouth lie where they lay in training, if the extra `faces` is installed and any is found; else the
    centre. What it changes is laid back at the photo's own resolution, without a border.

    Args:
        run: A run that edits, or one that encodes if its images have attributes; or its folder.
        pictures: One picture, a list, a folder, or a batch: see `aegean.use.pictures.read`. Of a run that encodes also
            codes (Z,), as `aegean.project` finds them.
        add: Attributes to add, by their names.
        remove: Attributes to remove; if the data has No_Beard, Beard is understood.
        strength: 1 is what was learned; less is a part of it, more exaggerates.
        amounts: In place of what to add and remove: how much of each attribute, such as {"Smiling": 0.5, "Beard": -1}.
        face: Edit this one alone, counted from the left: 1, 2 ... None: all.
        centre: Edit the centre, look for no face.
        plain: Of a run that encodes: take the direction of an attribute with what goes along with it in the data.
        remember: Keep where eyes and mouths lie in the run's about.json, so that the next call need not look again.
        as_tensor: Give (C, H, W), or (B, C, H, W) for a batch, in [-1, 1] in place of PIL.

    Raises:
        InputError: for a run that edits nothing, attributes that it does not know, and a face that is not there.
    """
    how: dict[str, Any] = {"amounts": amounts, "face": face, "centre": centre, "plain": plain, "remember": remember}
    editing = Editing(open_run(run), add, remove, strength, **how)
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
        amounts: Mapping[str, float] | None = None,
        face: int | None = None,
        centre: bool = False,
        plain: bool = False,
        remember: bool = False,
    ) -> None:
        check_use(strength=strength)
        if face is not None and (face < 1 or centre):
            reason = "faces are counted from 1, from the left" if face < 1 else "with --centre no face is looked for"
            raise InputError(f"--face {face}: {reason}")
        self.run, self.face, self.centre, self.remember = run, face, centre, remember
        self.editor = _editor(run, plain)
        names = self.editor.editable
        wanted = _changes(names, _words(add), _words(remove)) if amounts is None else _amounts(names, amounts)
        self.changes = strength * wanted  #                                                         (1, E)

    def photo(self, picture: Picture, beside: bool = False) -> Tensor:
        """The edited photo at its own size, or both; says what the model saw of it. (1, C, H, W)

        A code (Z,) in place of a photo is edited as a code, and drawn at the size of the training.
        """
        if isinstance(picture, Tensor | np.ndarray) and picture.ndim == 1:
            code = codes_of(self.run, picture)
            edited = self.code_editor.edit_code(code, self.changes)
            return side_by_side(self.code_editor.model.decode(code), edited) if beside else edited
        own, spec = to_picture(picture, self.run.spec.channels), self.run.spec
        frames = self.frames(picture, own)
        edited = edit_photo(lambda x: self.editor.edit(x, self.changes), own, spec.size, spec.channels, frames)
        if not beside:
            return edited
        return side_by_side(to_float(from_pil(fit(own, None, spec.channels))[None]), edited)

    @property
    def code_editor(self) -> Directions:
        """The editor, where it is directions of codes; InputError where it edits images."""
        if not isinstance(self.editor, Directions):
            raise InputError(f"{self.run.path}: {self.run.config.family} edits photos, and no codes of them")
        return self.editor

    def seen(self, picture: Picture) -> Tensor:
        """The parts of a photo that are edited, at the size of the training. (faces, C, H, W)"""
        own, spec = to_picture(picture, self.run.spec.channels), self.run.spec
        return torch.cat([seen(own, spec.size, spec.channels, frame) for frame in self.frames(picture, own)])

    def sheet(self, image: Tensor, steps: int = 0) -> Tensor:
        """Images (N, C, H, W), a row for each, from all removed to all added; or a row above a row of their edits."""
        count = len(image)
        if not steps:
            return grid(torch.cat([image, self.editor.edit(image, self.changes.expand(count, -1))]), count)
        parts = torch.linspace(-1, 1, steps)[:, None] * self.changes  #                             (steps, E)
        edited = [self.editor.edit(image, part.expand(count, -1)) for part in parts]
        return grid(torch.stack(edited, dim=1).flatten(0, 1), steps)

    def frames(self, picture: Picture, own: Image.Image) -> list[Frame]:
        """What the model sees of a photo: all of one that has its size; says so of others."""
        spec = self.run.spec
        if own.size == spec.size.of_pil:
            return [Box(0, 0, spec.size).frame]
        name = f"{called(picture)} ({own.width} x {own.height})"
        frames, what = chosen_frames(own, self._framed, self.face, name, spec.size)
        say(
            f"{name}: {what} edited, seen at {spec.size}; the model expects the images of {spec.name},"
            " framed as they are"
        )
        return frames

    @cached_property
    def _framed(self) -> Face | None:
        """Where eyes and mouths lie in the run's images, looked up once, if a photo needs it; None: they show none."""
        if self.centre or not can_find_faces():
            return None
        if "eyes" in self.run.about:
            known = self.run.about["eyes"]
            return None if known is None else tuple(complex(*one) for one in known)
        try:
            found = framing(self.run.data.test.images[:FRAMED])
        except InputError as error:
            say(f"faces are framed as CelebA's, as the run's own images are not at hand: {error}")
            return celeba_face(self.run.spec.size)
        if self.remember:
            self.run.remember(eyes=found and [[one.real, one.imag] for one in found])
        return found


def chosen_frames(
    photo: Image.Image, framed: Face | None, face: int | None, name: str, size: Size
) -> tuple[list[Frame], str]:
    """What of the photo is edited, of the form of images of `size`, and what to call it.

    InputError for a face that is not there."""
    found = [] if framed is None else find_faces(photo)
    if face is not None and face > len(found):
        how = "" if can_find_faces() else "; to find them: pip install 'aegean[faces]'"
        raise InputError(
            f"--face {face}: {name} has {len(found) or 'no'} face{'s' * (len(found) != 1)} found in it{how}"
        )
    if framed is None or not found:
        centre = centre_of(photo, size)
        none = "" if framed is None else "no face was found: "
        return [centre.frame], f"{none}its centre{' square' * size.is_square} of {centre.size} is"
    frames = [frame_of(face, framed, size.height / size.width) for face in found]
    if face is not None:
        return [frames[face - 1]], f"face {face} of {len(frames)}, {_described(frames[face - 1])}, is"
    if len(frames) == 1:
        return frames, f"its face, {_described(frames[0])}, is"
    return frames, f"its {len(frames)} faces, {', '.join(map(_described, frames))}, are"


def _described(frame: Frame) -> str:
    """In a few words."""
    degrees = round(frame.degrees)
    return f"{frame.size}" + (f" turned by {degrees}\N{DEGREE SIGN}" if degrees else "")


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


def _amounts(editable: Sequence[str], amounts: Mapping[str, float]) -> Tensor:
    """How much of each attribute. (1, E)"""
    changes = torch.zeros(1, len(editable))
    for name, amount in amounts.items():
        if not math.isfinite(amount):
            raise InputError(f"{name} {amount}: must be a finite number")
        k, turned = _find(name, editable)
        changes[0, k] = amount * turned
    return changes


def _find(name: str, editable: Sequence[str]) -> tuple[int, float]:
    """Which attribute a word means, and -1 if it is the opposite: Beard of No_Beard. Upper and lower case are one."""
    known = [other.lower() for other in editable]
    if name.lower() in known:
        return known.index(name.lower()), 1.0
    if f"no_{name.lower()}" in known:
        return known.index(f"no_{name.lower()}"), -1.0
    raise InputError(f"this run edits no attribute {name!r}.{did_you_mean(name, list(editable))}")
