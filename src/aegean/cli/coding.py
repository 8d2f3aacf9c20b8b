"""`aegean encode` and `decode`: pictures -> codes -> pictures."""

from __future__ import annotations

from pathlib import Path

import tyro

from aegean.cli._options import Bare, Device, Folder, Out
from aegean.consoles import tell
from aegean.errors import InputError


def encode(
    run: Folder,
    source: tyro.conf.Positional[tuple[str, ...]],
    out: Out = None,
    split: str | None = None,
    label: str | None = None,
    device: Device = "auto",
) -> None:
    """Pictures -> codes, in an .npz file: `codes` (N, Z), with `names` of photos or `labels` of a data set.

    Args:
        run: The run's folder.
        source: Pictures and folders of them; or a data set: a name, .npz, .npy or IDX; or a run: its own data.
        out: The .npz file. None: in RUN/samples.
        split: Of a data set: train, validation or test. None: test.
        label: What the photos show, for models that take a label.
    """
    from aegean import use
    from aegean.cli import _picture_outputs as outputs
    from aegean.models.capabilities import Encodes
    from aegean.outputs import check_outputs
    from aegean.picture_formats import is_photo
    from aegean.runs import is_run
    from aegean.use.pictures import fitted_files

    opened = use.open_run(run, device)
    use.require(opened, Encodes)
    paths = [Path(word) for word in source]
    if len(source) == 1 and (is_run(source[0]) or not (paths[0].is_dir() or is_photo(paths[0]))):
        split = split or "test"
        where = out or outputs.default_out(opened, "codes", split, files=paths, ending=".npz")
        check_outputs([where], paths, endings=(".npz",))
        codes, labels, classes = use.encode_split(opened, source[0], split, label)
        names = {}
    else:
        if split:
            raise InputError(
                f"--split {split}: photos have none; of a run's own data it is: aegean encode {run} {run} ..."
            )
        found = use.found_in(paths)
        where = out or outputs.default_out(opened, "codes", files=paths, ending=".npz")
        check_outputs([where], [*paths, *found], endings=(".npz",))
        found, originals = fitted_files(found, opened.spec)
        labels = use.labels_for(opened, label, None, len(found))
        codes = use.encode(opened, originals, labels)
        names, classes = {"names": [str(path) for path in found]}, opened.spec.classes
    outputs.save_arrays(where, codes=codes.numpy(), **names, **outputs.labelled(labels, classes))
    tell(f"{where}: {len(codes):,} codes of {codes.shape[1]} numbers")


def decode(
    run: Folder,
    codes: tyro.conf.Positional[Path],
    out: Out = None,
    label: str | None = None,
    scale: int | None = None,
    device: Device = "auto",
    no_metadata: Bare = False,
) -> None:
    """Codes -> pictures.

    Args:
        run: The run's folder.
        codes: An .npz file with `codes` (N, Z), as `aegean encode` writes it, and `labels` for models that take them.
        out: A sheet (.png, .webp, .jpg), uint8 arrays (.npz), or a folder, for one PNG a picture. None: a sheet in
            RUN/samples.
        label: What the pictures show, for models that take a label. None: the file's labels.
        scale: How many times a sheet is enlarged. None: small images to about 64 pixels.
    """
    from aegean import images, use
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs

    opened = use.open_run(run, device)
    arrays, numbers = inputs.read_codes(opened, codes)
    known = inputs.labels_of(opened, codes, arrays)
    labels = use.labels_for(opened, label, known, len(numbers))
    names = outputs.unique_stems([Path(str(name)) for name in arrays.get("names", ())])
    where = outputs.checked(out or outputs.default_out(opened, "decode", files=[codes]), [codes], names)
    made = use.decode(opened, numbers, labels, as_tensor=True)
    origin = outputs.origin(opened, no_metadata)
    outputs.write(
        where, made, lambda: images.grid(made), scale, names, labels=labels, classes=opened.spec.classes, origin=origin
    )
