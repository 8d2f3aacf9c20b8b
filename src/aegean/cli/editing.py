"""`aegean edit`: add attributes to what photos show, and remove them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from aegean.cli.pictures import Folder, Out
from aegean.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from aegean.data.types import DataSpec
    from aegean.media.faces import Box, Square
    from aegean.models.capabilities import Edits
    from aegean.runs import Run

Names = tuple[str, ...]

FRAMED = 64  # test images that show how faces are framed


def edit(
    run: Folder,
    photos: tyro.conf.Positional[tuple[Path, ...]],
    add: Names = (),
    remove: Names = (),
    strength: float = 1.0,
    strip: int = 0,
    beside: tyro.conf.FlagCreatePairsOff[bool] = False,
    centre: tyro.conf.FlagCreatePairsOff[bool] = False,
    plain: tyro.conf.FlagCreatePairsOff[bool] = False,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 8,
    out: Out = None,
) -> None:
    """Add attributes to what photos show, and remove them: aegean edit RUN me.jpg --add Eyeglasses --remove Beard.

    The model sees a square of a photo at the size it was trained at: the largest face, framed as in training, if OpenCV
    is installed (extra `faces`) and finds one; else the centre. What it changes is enlarged and added to the photo,
    which keeps its resolution; what is transparent becomes white. Runs that encode, such as a vae, take part if their
    images have attributes.

    Args:
        run: The folder of a run: a multi_attribute_editor, an attribute_editor, or one that encodes.
        photos: Photos of any size, or folders of them. Default: the first images of the test set.
        add: Attributes to add, by their names.
        remove: Attributes to remove; if the data has No_Beard, --remove Beard is understood.
        strength: 1 is what was learned; less is a part of it, more exaggerates.
        strip: Show so many steps from all removed to all added, at the size of the training, in place of one edit.
        beside: Show each photo and its edit, one beside the other.
        centre: Edit the photo's centre square, look for no face.
        plain: Of a run that encodes: take the direction of an attribute with what goes along with it in the data.
        count: How many images of the test set, where no photo is given.
        out: The edited photo, or a folder for several. None: in RUN/samples.
    """
    import torch

    from aegean import images
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.runs import load

    if strip < 0 or strip == 1:
        raise InputError(f"--strip {strip}: at least 2 steps")
    if not math.isfinite(strength):
        raise InputError(f"--strength {strength}: must be a finite number")
    opened = load(run)
    editor = _editor(opened, plain)
    changes = strength * _changes(editor.editable, add, remove)  #                                (1, E)
    paths = inputs.photos_in(photos)
    signed = (*(f"+{name}" for name in add), *(f"-{name}" for name in remove))
    ways = [word for word, asked in (("beside", beside), ("centre", centre), ("plain", plain)) if asked]
    words = (*signed, strength, strip and f"strip-{strip}", *ways)
    framed = cache(lambda: None if centre else _framing(opened))  # looked up once, if any photo needs it
    if strip and beside:
        raise InputError("--beside: a --strip is of edits alone; its middle, of an odd number of steps, is the photo")
    if strip or not paths:
        shown = [_seen(path, images.open_picture(path), opened.spec, framed) for path in paths]
        image = torch.cat(shown) if shown else inputs.given(opened, (), count)[1]
        where = out or outputs.default_out(opened, "edit", *words, None if paths else count, files=paths)
        print(images.save(where, _sheet(editor, image, changes, strip), outputs.enlargement(None, opened.spec.size)))
        return
    instead = "; --strip makes one sheet of them"
    _, targets = outputs.places(opened, "edit", words, photos, paths, out, instead)

    def make(path: Path) -> Tensor:
        return _edit_photo(editor, path, changes, opened.spec, framed, beside)

    for target in outputs.save_each(paths, targets, "edit", make):
        print(target)


def _sheet(editor: Edits, image: Tensor, changes: Tensor, strip: int) -> Tensor:
    """A row for each image, of `strip` steps; or a row of images above a row of their edits. (1, C, ., .)"""
    import torch

    from aegean.images import grid

    if not strip:
        return grid(torch.cat([image, editor.edit(image, changes.expand(len(image), -1))]), len(image))
    steps = torch.linspace(-1, 1, strip)[:, None] * changes  #                                    (strip, E)
    edited = [editor.edit(image, step.expand(len(image), -1)) for step in steps]
    return grid(torch.stack(edited, dim=1).flatten(0, 1), strip)


def _edit_photo(
    editor: Edits, path: Path, changes: Tensor, spec: DataSpec, framed: Callable[[], Box | None], beside: bool
) -> Tensor:
    """The edited photo at its own size; says what the model saw of it. (1, C, H, W)"""
    from aegean import images
    from aegean.cli._picture_outputs import side_by_side
    from aegean.media.photos import edit_photo

    photo = images.open_picture(path)
    square = _looked_at(path, photo, spec, framed)
    edited = edit_photo(lambda small: editor.edit(small, changes), photo, spec.size, spec.channels, square)
    if not beside:
        return edited
    return side_by_side(images.to_float(images.from_pil(images.fit(photo, None, spec.channels))[None]), edited)


def _seen(path: Path, photo: Image, spec: DataSpec, framed: Callable[[], Box | None]) -> Tensor:
    """The part of a photo that is edited, at the size of the training. (1, C, S, S)"""
    from aegean.media.photos import seen

    return seen(photo, spec.size, spec.channels, _looked_at(path, photo, spec, framed))


def _looked_at(path: Path, photo: Image, spec: DataSpec, framed: Callable[[], Box | None]) -> Square:
    """What the model sees of a photo: all of one that has its size; says so of others."""
    from aegean.cli._picture_outputs import say

    if photo.size == (spec.size, spec.size):
        return 0, 0, spec.size
    square, what = _square(photo, framed())
    say(
        f"{path} ({photo.width} x {photo.height}): {what} of {square[2]} x {square[2]} is edited, seen at "
        f"{spec.size} x {spec.size}; the model expects it framed as the images of {spec.name} are"
    )
    return square


def _framing(run: Run) -> Box | None:
    """Where faces are in the run's images, looked up once and kept with the run; None if that cannot be told."""
    from aegean.cli._picture_outputs import say
    from aegean.media.faces import can_find_faces, framing

    if not can_find_faces():
        return None
    if "framing" not in run.about:
        try:
            run.remember(framing=framing(run.data.test.images[:FRAMED]))
        except InputError as error:
            say(f"no face is looked for, as it is not known how they are framed: {error}")
            return None
    known = run.about["framing"]
    return None if known is None else (known[0], known[1], known[2])


def _square(photo: Image, framed: Box | None) -> tuple[Square, str]:
    """What of the photo is edited, and what to call it."""
    from aegean.media.faces import face_square
    from aegean.media.photos import centre_square

    if framed is None:
        return centre_square(photo), "its centre square"
    if found := face_square(photo, framed):
        return found, "the largest face, in a square"
    return centre_square(photo), "no face was found: its centre square"


def _editor(run: Run, plain: bool) -> Edits:
    """The run's model if it edits, else the directions of attributes in its codes."""
    from aegean.latent.directions import editor_of
    from aegean.models import families_with
    from aegean.models.capabilities import Conditional, Edits, Encodes

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


def _changes(editable: Sequence[str], add: Names, remove: Names) -> Tensor:
    """What to do to each attribute: 1, -1 or 0. (1, E)"""
    import torch

    changes = torch.zeros(1, len(editable))
    for words, sign in ((add, 1.0), (remove, -1.0)):
        for name in (name for word in words for name in word.split(",") if name):
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
