"""`aegean sample`, `reconstruct`, `denoise`, `encode`, `decode`, `interpolate`: pictures from numbers and photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from aegean.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from aegean.runs import Run

Folder = tyro.conf.Positional[Path]
Photos = tyro.conf.Positional[tuple[Path, ...]]
Out = Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FILE")]
Flag = tyro.conf.FlagCreatePairsOff[bool]


def sample(
    run: Folder,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 64,
    label: str | None = None,
    seed: int = 0,
    temperature: float = 1.0,
    out: Out = None,
    scale: int | None = None,
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
    import torch

    from aegean import images
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.families import check_seed, check_temperature
    from aegean.models.capabilities import Conditional, Samples
    from aegean.runs import load

    opened = load(run)
    model, classes = inputs.require(opened, Samples), len(opened.spec.classes)
    if count < 1:
        raise InputError(f"-n {count}: at least one image")
    columns, labels = None, None
    if isinstance(model, Conditional) and label in {None, "all"}:
        if label == "all":
            columns = -(-count // classes)  # rounded up, so that all rows are full
            count = columns * classes
        labels = torch.arange(count) // columns if columns else torch.arange(count) % classes
    else:
        labels = inputs.labels_for(opened, label, None, count)
    noise = check_temperature(temperature) * model.noise(count, check_seed(seed))
    made = outputs.in_batches(model.sample, "sample", noise, labels)
    warmth = None if temperature == 1 else f"temperature-{temperature:g}"
    name = (count, label and f"label-{label}", f"seed-{seed}", warmth)
    where = out or outputs.default_out(opened, "sample", *name)
    outputs.write(where, made, lambda: images.grid(made, columns), scale, labels=labels)


def reconstruct(
    run: Folder,
    photos: Photos = (),
    out: Out = None,
    label: str | None = None,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 10,
    scale: int | None = None,
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
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.models.capabilities import Encodes
    from aegean.runs import load

    opened = load(run)
    model = inputs.require(opened, Encodes)
    paths, originals, known = inputs.given(opened, photos, count)
    labels = inputs.labels_for(opened, label, known, len(originals))
    rebuilt = outputs.in_batches(lambda x, y: model.decode(model.encode(x, y), y), "reconstruct", originals, labels)
    where = out or outputs.default_out(opened, "reconstruct", None if paths else f"test-{count}", files=paths)
    names = outputs.unique_stems(paths)
    outputs.write(where, rebuilt, lambda: outputs.rows_of(originals, rebuilt, columns=12), scale, names, labels=labels)


def denoise(
    run: Folder,
    photos: Photos = (),
    out: Out = None,
    noisy: Flag = False,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 10,
    seed: int = 0,
    scale: int | None = None,
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
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.families import check_seed
    from aegean.models.capabilities import Restores
    from aegean.runs import load

    check_seed(seed)
    opened = load(run)
    model = inputs.require(opened, Restores)
    if not photos:
        _, clean, _ = inputs.given(opened, (), count)
        damaged, mask = model.corrupt(clean, seed), model.missing(clean, seed)
        restored = outputs.in_batches(model.restore, "denoise", damaged, mask)
        where = out or outputs.default_out(opened, "denoise", f"test-{count}", f"seed-{seed}")
        outputs.write(where, restored, lambda: outputs.rows_of(damaged, clean, restored, columns=12), scale)
        return
    if inputs.fills_holes(opened):
        raise InputError(f"{opened.path}: {opened.config.family} removes no noise: it fills in holes; aegean inpaint")
    paths = inputs.photos_in(photos)
    added = f"noisy-{seed}" if noisy else None
    _, targets = outputs.places(opened, "denoise", [added], photos, paths, out)
    times = outputs.enlargement(scale, opened.spec.size) if scale is not None or model.reach is None else 1

    def make(path: Path) -> Tensor:
        return _restore(opened, model, path, seed if noisy else None)

    for target in outputs.save_each(paths, targets, "denoise", make, times):
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
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.cli._networks import is_run
    from aegean.images import names_picture
    from aegean.models.capabilities import Encodes
    from aegean.runs import load

    opened = load(run)
    model = inputs.require(opened, Encodes)
    paths = [Path(word) for word in source]
    if len(source) == 1 and (is_run(source[0]) or not (paths[0].is_dir() or names_picture(paths[0]))):
        split = split or "test"
        codes, more = inputs.codes_of_set(opened, model, source[0], split, label)
        where = out or outputs.default_out(opened, "codes", split, files=paths, ending=".npz")
    else:
        if split:
            raise InputError(
                f"--split {split}: photos have none; of a run's own data it is: aegean encode {run} {run} ..."
            )
        found = inputs.photos_in(paths)
        pictures = inputs.read_fitted(found, opened.spec)
        labels = inputs.labels_for(opened, label, None, len(found))
        codes = outputs.in_batches(model.encode, "encode", pictures, labels)
        more = {"names": [str(path) for path in found]} | ({} if labels is None else {"labels": labels.numpy()})
        where = out or outputs.default_out(opened, "codes", files=paths, ending=".npz")
    if where.suffix != ".npz":
        raise InputError(f"--out {where}: codes are written as .npz")
    outputs.save_arrays(where, codes=codes.numpy(), **more)
    print(f"{where}: {len(codes):,} codes of {codes.shape[1]} numbers")


def decode(
    run: Folder,
    codes: tyro.conf.Positional[Path],
    out: Out = None,
    label: str | None = None,
    scale: int | None = None,
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
    import torch

    from aegean import images
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.models.capabilities import Encodes
    from aegean.runs import load

    opened = load(run)
    model = inputs.require(opened, Encodes)
    arrays = inputs.read_arrays(codes)
    if "codes" not in arrays:
        raise InputError(f"{codes}: holds {', '.join(arrays)}; expected an array `codes`")
    numbers = torch.from_numpy(arrays["codes"]).float()
    blank = torch.zeros(1, opened.spec.channels, opened.spec.size, opened.spec.size)
    wanted = model.encode(blank, torch.zeros(1, dtype=torch.int64)).shape[1]
    if numbers.dim() != 2 or numbers.shape[1] != wanted or not len(numbers):
        raise InputError(f"{codes}: codes of shape {tuple(numbers.shape)}; this model's are (N, {wanted})")
    known = torch.from_numpy(arrays["labels"]).long() if "labels" in arrays else None
    labels = inputs.labels_for(opened, label, known, len(numbers))
    made = outputs.in_batches(model.decode, "decode", numbers, labels)
    names = outputs.unique_stems([Path(str(name)) for name in arrays.get("names", ())])
    where = out or outputs.default_out(opened, "decode", files=[codes])
    outputs.write(where, made, lambda: images.grid(made), scale, names, labels=labels)


def interpolate(
    run: Folder,
    ends: tyro.conf.Positional[tuple[str, ...]] = (),
    seeds: tuple[int, ...] = (),
    count: Annotated[int | None, tyro.conf.arg(aliases=["-n"])] = None,
    label: str | None = None,
    out: Out = None,
    scale: int | None = None,
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
    from aegean import latent, media
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.models.capabilities import Encodes, Samples
    from aegean.runs import load

    if seeds and ends:
        raise InputError(f"--seeds {seeds[0]} ... are random draws, {ends[0]} ... images: give one or the other")
    opened = load(run)
    moving = out is not None and out.suffix.lower() in media.MOTION
    if not seeds and not ends and isinstance(opened.model, Samples) and not isinstance(opened.model, Encodes):
        seeds = (0, 1)
    codes, known = inputs.codes_of_seeds(opened, seeds) if seeds else inputs.codes_of_ends(opened, ends, label)
    if scale is not None:
        scale = outputs.enlargement(scale, opened.spec.size)
    count = count if count is not None else (48 if moving else 10 if len(codes) == 2 else 8)
    if count < 2:
        raise InputError(f"--count {count}: at least the two ends")
    labels = inputs.labels_for(opened, label, known, 1)
    if len(codes) == 2:
        made = latent.walk(opened.model, codes[0], codes[1], count, labels)
    else:
        made = (latent.tour if moving else latent.carpet)(opened.model, codes, count, labels)
    words = ("seeds", *seeds) if seeds else [word for word in ends or ("0", "1") if word.isdecimal()]
    photos = [Path(word) for word in ends if not word.isdecimal()]
    facts = (*words, count, label and f"label-{label}")
    where = out or outputs.default_out(opened, "interpolate", *facts, files=photos)
    if moving:
        frames = latent.film(made, scale or max(1, 256 // opened.spec.size), return_home=len(codes) == 2)
        print(media.save_motion(where, frames))
        return
    same = None if labels is None else labels.expand(len(made))
    outputs.write(where, made, lambda: latent.strip(made, count), scale, labels=same)


def _restore(run: Run, model: Any, path: Path, seed: int | None) -> Tensor:
    """The photo (1, C, H, W), cleaned; with a seed, its noisy, clean and predicted versions side by side."""
    from aegean import media
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs

    one_size = model.reach is None
    photo = inputs.read_fitted([path], run.spec) if one_size else inputs.open_own_size(path, run.spec.channels)
    damaged = photo if seed is None else model.corrupt(photo, seed)
    if one_size:
        restored = model.restore(damaged)
    else:
        restored = media.in_tiles(model.restore, damaged, margin=media.margin_of(model.reach))
    return restored if seed is None else outputs.side_by_side(damaged, photo, restored)
