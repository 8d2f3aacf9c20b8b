"""`aegean sample`, `reconstruct`, `denoise`, `encode`, `decode`, `interpolate`: pictures from numbers and photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from aegean.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

Folder = tyro.conf.Positional[Path]
Photos = tyro.conf.Positional[tuple[Path, ...]]
Out = Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FILE")]
Flag = tyro.conf.FlagCreatePairsOff[bool]
Bare = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help="Leave out of pictures where they come from.")]


def sample(
    run: Folder,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 64,
    label: str | None = None,
    seed: int = 0,
    temperature: float = 1.0,
    out: Out = None,
    scale: int | None = None,
    no_metadata: Bare = False,
) -> None:
    """Make new images.

    Args:
        run: The run's folder.
        count: How many.
        label: What they show, for models that take a label: a class's name or number; `all`: one row for each class.
            None: every class in turn.
        seed: Decides the images: the same seed, the same images.
        temperature: The noise is multiplied by this: below 1 images are more typical and less varied, above 1 less and
            more.
        out: A sheet (.png, .webp, .jpg), uint8 arrays for scripts (.npz), or a folder, for one PNG an image. None: a
            sheet in RUN/samples.
        scale: How many times a sheet is enlarged. None: small images to about 64 pixels.
    """
    from aegean import images, use
    from aegean.cli import _picture_outputs as outputs
    from aegean.models.capabilities import Samples

    opened = use.open_run(run)
    use.require(opened, Samples)
    labels = use.labels_to_sample(opened, label, count)
    if labels is not None:
        count = len(labels)
    made = use.sample(opened, count, labels, seed, temperature, as_tensor=True)
    columns = count // len(opened.spec.classes) if label == "all" else None
    warmth = None if temperature == 1 else f"temperature-{temperature:g}"
    name = (count, label and f"label-{label}", f"seed-{seed}", warmth)
    where = out or outputs.default_out(opened, "sample", *name)
    origin = outputs.origin(opened, no_metadata, seed)
    outputs.write(
        where,
        made,
        lambda: images.grid(made, columns),
        scale,
        labels=labels,
        classes=opened.spec.classes,
        origin=origin,
    )


def reconstruct(
    run: Folder,
    photos: Photos = (),
    out: Out = None,
    label: str | None = None,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 10,
    scale: int | None = None,
    no_metadata: Bare = False,
) -> None:
    """Pass pictures through the bottleneck and back: originals above, what is left of them below.

    Args:
        run: The run's folder.
        photos: Pictures, or folders of them. None: images of the run's test set.
        out: A sheet of pairs (.png, .webp, .jpg), uint8 arrays (.npz), or a folder, for one PNG a picture. None: a
            sheet in RUN/samples.
        label: What the photos show, for models that take a label.
        count: How many images of the test set.
        scale: How many times a sheet is enlarged. None: small images to about 64 pixels.
    """
    from aegean import use
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.models.capabilities import Encodes

    opened = use.open_run(run)
    use.require(opened, Encodes)
    paths, originals, known = inputs.given(opened, photos, count)
    labels = use.labels_for(opened, label, known, len(originals))
    rebuilt = use.reconstruct(opened, originals, labels, as_tensor=True)
    where = out or outputs.default_out(opened, "reconstruct", None if paths else f"test-{count}", files=paths)
    names = outputs.unique_stems(paths)
    origin = outputs.origin(opened, no_metadata)
    outputs.write(
        where,
        rebuilt,
        lambda: outputs.rows_of(originals, rebuilt, columns=12),
        scale,
        names,
        labels=labels,
        classes=opened.spec.classes,
        origin=origin,
    )


def denoise(
    run: Folder,
    photos: Photos = (),
    out: Out = None,
    noisy: Flag = False,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 10,
    seed: int = 0,
    scale: int | None = None,
    no_metadata: Bare = False,
) -> None:
    """Remove noise from photos. Models that work at full resolution take photos of any size.

    Without photos: noisy, clean and predicted images of the test set, one above the other.

    Args:
        run: The run's folder.
        photos: Noisy pictures, or folders of them.
        out: The cleaned photo; for several, a folder. None: in RUN/samples.
        noisy: The photos are clean: add the noise that the run was trained on, and show noisy, clean and predicted.
        count: How many images of the test set.
        seed: Decides the noise that is added.
        scale: How many times the picture is enlarged. None: small images to about 64 pixels.
    """
    from aegean import use
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.families import check_seed
    from aegean.models.capabilities import Restores
    from aegean.use.denoising import denoiser, restore, restore_tests

    check_seed(seed)
    opened = use.open_run(run)
    model = use.require(opened, Restores)
    origin = outputs.origin(opened, no_metadata, seed if noisy or not photos else None)
    if not photos:
        tests = restore_tests(opened, inputs.given(opened, (), count)[1], seed)
        where = out or outputs.default_out(opened, "denoise", f"test-{count}", f"seed-{seed}")
        outputs.write(where, tests.restored, lambda: outputs.rows_of(*tests, columns=12), scale, origin=origin)
        return
    denoiser(opened)
    paths = use.found_in(photos, but=out)
    added = f"noisy-{seed}" if noisy else None
    _, targets = outputs.places(opened, "denoise", [added], photos, paths, out)
    times = outputs.enlargement(scale, opened.spec.size) if scale is not None or model.reach is None else 1

    def make(path: Path) -> Tensor:
        made = restore(opened, path, seed if noisy else None)
        return use.side_by_side(*made) if noisy else made.restored

    for target in outputs.save_each(paths, targets, "denoise", make, times, origin):
        print(target)


def encode(
    run: Folder,
    source: tyro.conf.Positional[tuple[str, ...]],
    out: Out = None,
    split: str | None = None,
    label: str | None = None,
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
    from aegean.picture_formats import is_photo
    from aegean.runs import is_run
    from aegean.use.pictures import fitted_files

    opened = use.open_run(run)
    use.require(opened, Encodes)
    paths = [Path(word) for word in source]
    if len(source) == 1 and (is_run(source[0]) or not (paths[0].is_dir() or is_photo(paths[0]))):
        split = split or "test"
        codes, labels, classes = use.encode_split(opened, source[0], split, label)
        names = {}
        where = out or outputs.default_out(opened, "codes", split, files=paths, ending=".npz")
    else:
        if split:
            raise InputError(
                f"--split {split}: photos have none; of a run's own data it is: aegean encode {run} {run} ..."
            )
        found, originals = fitted_files(use.found_in(paths), opened.spec)
        labels = use.labels_for(opened, label, None, len(found))
        codes = use.encode(opened, originals, labels)
        names, classes = {"names": [str(path) for path in found]}, opened.spec.classes
        where = out or outputs.default_out(opened, "codes", files=paths, ending=".npz")
    if where.suffix != ".npz":
        raise InputError(f"--out {where}: codes are written as .npz")
    outputs.save_arrays(where, codes=codes.numpy(), **names, **outputs.labelled(labels, classes))
    print(f"{where}: {len(codes):,} codes of {codes.shape[1]} numbers")


def decode(
    run: Folder,
    codes: tyro.conf.Positional[Path],
    out: Out = None,
    label: str | None = None,
    scale: int | None = None,
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

    opened = use.open_run(run)
    arrays, numbers = inputs.read_codes(opened, codes)
    known = inputs.labels_of(opened, codes, arrays)
    labels = use.labels_for(opened, label, known, len(numbers))
    made = use.decode(opened, numbers, labels, as_tensor=True)
    names = outputs.unique_stems([Path(str(name)) for name in arrays.get("names", ())])
    where = out or outputs.default_out(opened, "decode", files=[codes])
    origin = outputs.origin(opened, no_metadata)
    outputs.write(
        where, made, lambda: images.grid(made), scale, names, labels=labels, classes=opened.spec.classes, origin=origin
    )


def interpolate(
    run: Folder,
    ends: tyro.conf.Positional[tuple[str, ...]] = (),
    seeds: tuple[int, ...] = (),
    count: Annotated[int | None, tyro.conf.arg(aliases=["-n"])] = None,
    label: str | None = None,
    out: Out = None,
    scale: int | None = None,
    no_metadata: Bare = False,
) -> None:
    """Walk between two images, or two random draws: a strip, or an animation that goes there and back.

    Between four: a square whose corners they are, or an animation that goes round them.

    Args:
        run: The run's folder.
        ends: Two or four pictures, or numbers of images of the test set. None: test images 0 and 1, or seeds 0 and 1.
        seeds: Two or four seeds of random draws instead, such as --seeds 1 2.
        count: Images on the way, both ends included. None: 10 in a strip, 8 on a side of a square, 48 in an animation.
        label: What the pictures show, for models that take a label. None: what the first image shows.
        out: A strip (.png, .jpg), an animation (.webp, .gif; .mp4 with the extra `video`), arrays (.npz), or a folder.
        scale: How many times it is enlarged. None: small images to about 64 pixels, 256 in an animation.
    """
    from aegean import latent, media, use
    from aegean.cli import _picture_outputs as outputs

    opened = use.open_run(run)
    moving = out is not None and out.suffix.lower() in media.MOTION
    if scale is not None:
        scale = outputs.enlargement(scale, opened.spec.size)
    two = len(seeds or ends or (0, 1)) == 2
    count = count if count is not None else (48 if moving else 10 if two else 8)
    numbered = [word.isdecimal() and not Path(word).exists() for word in ends]
    given = [int(word) if number else Path(word) for word, number in zip(ends, numbered)]
    made, labels = use.walk_between(opened, given, seeds, count, label, tour=moving)
    words = ("seeds", *seeds) if seeds else [word for word in ends or ("0", "1") if word.isdecimal()]
    photos = [Path(word) for word in ends if not word.isdecimal()]
    facts = (*words, count, label and f"label-{label}")
    where = out or outputs.default_out(opened, "interpolate", *facts, files=photos)
    origin = outputs.origin(opened, no_metadata, " ".join(map(str, seeds)) or None)
    if moving:
        frames = latent.film(made, scale or max(1, 256 // opened.spec.size), return_home=two)
        print(media.save_motion(where, frames, origin=origin))
        return
    same = None if labels is None else labels.expand(len(made))
    outputs.write(
        where, made, lambda: latent.strip(made, count), scale, labels=same, classes=opened.spec.classes, origin=origin
    )
