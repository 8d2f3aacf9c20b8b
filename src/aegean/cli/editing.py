"""`aegean edit`: add attributes to what photos show, and remove them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from aegean.cli import OF_TESTS, unused
from aegean.cli._options import Bare, Device, Folder, Out
from aegean.consoles import tell
from aegean.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from aegean.use.editing import Editing

Names = tuple[str, ...]


def edit(
    run: Folder,
    photos: tyro.conf.Positional[tuple[Path, ...]],
    add: Names = (),
    remove: Names = (),
    strength: float = 1.0,
    strip: int = 0,
    beside: tyro.conf.FlagCreatePairsOff[bool] = False,
    face: int | None = None,
    centre: tyro.conf.FlagCreatePairsOff[bool] = False,
    plain: tyro.conf.FlagCreatePairsOff[bool] = False,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 8,
    out: Out = None,
    device: Device = "auto",
    no_metadata: Bare = False,
) -> None:
    """Add attributes to what photos show, and remove them: aegean edit RUN me.jpg --add Eyeglasses --remove Beard.

    The model sees a part of a photo at the size it was trained at: each face in turn, turned and scaled so that
    eyes and mouth lie where they lay in training, if the extra `faces` is installed and any is found; else the centre.
    What it changes is enlarged, turned back and laid over the photo, which keeps its resolution where nothing new is
    drawn; transparent becomes white.

    Args:
        run: The folder of a run: a multi_attribute_editor, an attribute_editor, or one that encodes and has attributes.
        photos: Photos of any size, or folders of them; of a run that encodes also .npz files of codes, as `aegean
            project` writes them. Default: the first images of the test set.
        add: Attributes to add, by their names.
        remove: Attributes to remove; if the data has No_Beard, --remove Beard is understood.
        strength: 1 is what was learned; less is a part of it, more exaggerates.
        strip: Show so many steps from all removed to all added, at the size of the training, in place of one edit.
        beside: Show each photo and its edit, one beside the other.
        face: Edit this face alone, counted from the left: 1, 2 ... None: all.
        centre: Edit the photo's centre, look for no face.
        plain: Of a run that encodes: take the direction of an attribute with what goes along with it in the data.
        count: How many images of the test set, where no photo is given.
        out: The edited photo, or a folder. None: in RUN/samples.
    """
    from aegean import images, use
    from aegean.cli import _picture_outputs as outputs
    from aegean.use.editing import Editing

    _check_strip(strip, beside)
    opened = use.open_run(run, device)
    editing = Editing(opened, add, remove, strength, face=face, centre=centre, plain=plain, remember=True)
    paths, origin = use.found_in(photos, but=out), outputs.origin(opened, no_metadata)
    ways = [f"face-{face}"] * (face is not None)
    ways += [word for word, asked in (("beside", beside), ("centre", centre), ("plain", plain)) if asked]
    changes = [*(f"+{name}" for name in add), *(f"-{name}" for name in remove)]
    words = (*changes, strength, strip and f"strip-{strip}", *ways)
    if any(path.suffix.lower() == ".npz" for path in paths):
        _edit_codes(editing, words, paths, out, origin)
        return
    if strip or not paths:
        where = out or outputs.default_out(opened, "edit", *words, None if paths else count, files=paths)
        outputs.checked(where, [*photos, *paths])
        image = _seen(editing, paths, count)
        tell(images.save(where, editing.sheet(image, strip), outputs.enlargement(None, image.shape[-1]), origin=origin))
        return
    unused(OF_TESTS, "--count", "-n")
    _, targets = outputs.places(opened, "edit", words, photos, paths, out, "; --strip makes one sheet of them")
    for target in outputs.save_each(paths, targets, "edit", partial(editing.photo, beside=beside), origin=origin):
        tell(target)


def _edit_codes(
    editing: Editing, words: Sequence[object], paths: Sequence[Path], out: Path | None, origin: dict[str, str] | None
) -> None:
    """What the codes of files show, a row, above their edits."""
    import torch

    from aegean import images
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs

    unused("codes are shown above their edits", "--strip", "--beside", "--centre", "--face", "--count", "-n")
    if other := next((path for path in paths if path.suffix.lower() != ".npz"), None):
        raise InputError(f"{other}: photos and codes (.npz) are edited by themselves: give one or the other")
    where = outputs.checked(out or outputs.default_out(editing.run, "edit", *words, files=paths), paths)
    codes = torch.cat([inputs.read_codes(editing.run, path)[1] for path in paths])
    edited = torch.cat([editing.photo(code) for code in codes])
    shown = outputs.rows_of(editing.code_editor.model.decode(codes), edited, columns=12)
    tell(images.save(where, shown, outputs.enlargement(None, edited.shape[-1]), origin=origin))


def _seen(editing: Editing, paths: Sequence[Path], count: int) -> Tensor:
    """What the model sees of photos, or the first images of the test set. (N, C, H, W)"""
    import torch

    from aegean.cli import _picture_inputs as inputs
    from aegean.use.pictures import each_readable

    if paths:
        unused(OF_TESTS, "--count", "-n")
        return torch.cat([part for _, part in each_readable(paths, lambda place: editing.seen(paths[place]))])
    unused("it is of photos, and images of the test set are shown above their edits", "--beside", "--centre", "--face")
    return inputs.given(editing.run, (), count)[1]


def _check_strip(strip: int, beside: bool) -> None:
    """InputError for a strip of one step, and for what it cannot show."""
    if strip < 0 or strip == 1:
        raise InputError(f"--strip {strip}: at least 2 steps")
    if strip and beside:
        raise InputError("--beside: a --strip is of edits alone; its middle, of an odd number of steps, is the photo")
