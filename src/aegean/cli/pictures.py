"""`aegean sample`, `reconstruct`, `denoise`, `interpolate`: pictures from numbers and photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from aegean.cli import OF_TESTS, unused
from aegean.cli._options import AS_THE_RUN, Bare, Device, Flag, Folder, How, Out, Photos
from aegean.consoles import tell
from aegean.families import PriorKind

if TYPE_CHECKING:
    from torch import Tensor


def sample(
    run: Folder,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 64,
    label: str | None = None,
    seed: int = 0,
    temperature: float = 1.0,
    prior: PriorKind | None = None,
    how: How = AS_THE_RUN,
    out: Out = None,
    scale: int | None = None,
    device: Device = "auto",
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
        prior: Make them of codes: of a density fitted to the codes of the training images, for any model that encodes
            and decodes. It is fitted once and kept in RUN/priors. None: the model's own.
        how: What flows can be told.
        out: A sheet (.png, .webp, .jpg), uint8 arrays for scripts (.npz), or a folder, for one PNG an image. None: a
            sheet in RUN/samples.
        scale: How many times a sheet is enlarged. None: small images to about 64 pixels.
    """
    from aegean import images, use
    from aegean.cli import _picture_outputs as outputs

    opened = use.open_run(run, device)
    use.sampler(opened, prior)
    labels = use.labels_to_sample(opened, label, count)
    if labels is not None:
        count = len(labels)
    warmth = None if temperature == 1 else f"temperature-{temperature:g}"
    density = prior and f"prior-{prior}"
    name = (count, label and f"label-{label}", f"seed-{seed}", warmth, density, *how.words)
    where = outputs.checked(out or outputs.default_out(opened, "sample", *name))
    made = use.sample(opened, count, labels, seed, temperature, prior=prior, as_tensor=True, **how.given)
    columns = count // len(labels.unique()) if label == "all" and labels is not None else None
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
    device: Device = "auto",
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

    opened = use.open_run(run, device)
    use.require(opened, Encodes)
    paths, originals, known = inputs.given(opened, photos, count)
    labels, names = use.labels_for(opened, label, known, len(originals)), outputs.unique_stems(paths)
    where = out or outputs.default_out(opened, "reconstruct", None if paths else f"test-{count}", files=paths)
    outputs.checked(where, [*photos, *paths], names)
    rebuilt = use.reconstruct(opened, originals, labels, as_tensor=True)
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
    sigma: float | None = None,
    count: Annotated[int, tyro.conf.arg(aliases=["-n"])] = 10,
    seed: int = 0,
    scale: int | None = None,
    device: Device = "auto",
    no_metadata: Bare = False,
) -> None:
    """Remove noise from photos. Models that work at full resolution take photos of any size.

    A model of grey images takes the colours of a photo one by one: the result is in colour.
    Without photos: noisy, clean and predicted images of the test set, one above the other.

    Args:
        run: The run's folder.
        photos: Noisy pictures, or folders of them.
        out: The cleaned photo; for several, a folder. None: in RUN/samples.
        noisy: The photos are clean: add the noise that the run was trained on, or of --sigma, and show noisy, clean and
            predicted.
        sigma: How strong the noise is, of 255, which a flow must be told; for it alone.
        count: How many images of the test set.
        seed: Decides the noise that is added.
        scale: How many times the picture is enlarged. None: small images to about 64 pixels.
    """
    from aegean import use
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs
    from aegean.families import check_use
    from aegean.models.capabilities import Restores
    from aegean.use.denoising import denoiser, restore, restore_tests

    check_use(seed=seed)
    opened = use.open_run(run, device)
    model = use.require(opened, Restores)
    told: dict[str, Any] = {} if sigma is None else {"sigma": sigma}
    origin = outputs.origin(opened, no_metadata, seed if noisy or not photos else None)
    if not photos:
        unused("without photos, images of the test set are made noisy", "--noisy")
        strength = [] if sigma is None else [f"sigma-{sigma:g}"]
        where = out or outputs.default_out(opened, "denoise", f"test-{count}", *strength, f"seed-{seed}")
        tests = restore_tests(opened, inputs.tests(opened, count), seed, **told)
        outputs.write(where, tests.restored, lambda: outputs.rows_of(*tests, columns=12), scale, origin=origin)
        return
    denoiser(opened, **told)
    unused(OF_TESTS, "--count", "-n")
    unused("no noise is added without --noisy", *["--seed"] * (not noisy))
    paths = use.found_in(photos, but=out)
    added = f"noisy-{seed}" if noisy else None
    _, targets = outputs.places(opened, "denoise", [added], photos, paths, out)
    times = outputs.enlargement(scale, opened.spec.size.longer) if scale is not None or model.reach is None else 1

    def make(path: Path) -> Tensor:
        made = restore(opened, path, seed if noisy else None, **told)
        return use.side_by_side(*made) if noisy else made.restored

    for target in outputs.save_each(paths, targets, "denoise", make, times, origin):
        tell(target)


def interpolate(
    run: Folder,
    ends: tyro.conf.Positional[tuple[str, ...]] = (),
    seeds: tuple[int, ...] = (),
    count: Annotated[int | None, tyro.conf.arg(aliases=["-n"])] = None,
    label: str | None = None,
    out: Out = None,
    scale: int | None = None,
    device: Device = "auto",
    no_metadata: Bare = False,
) -> None:
    """Walk between two images, or two random draws: a strip, or an animation that goes there and back.

    Between four: a square whose corners they are, or an animation that goes round them.

    Args:
        run: The run's folder.
        ends: Two or four pictures, numbers of images of the test set, or codes of an .npz file, as `aegean project` and
            `encode` write it. None: test images 0 and 1, or seeds 0 and 1.
        seeds: Two or four seeds of random draws instead, such as --seeds 1 2.
        count: Images on the way, both ends included. None: 10 in a strip, 8 on a side of a square, 48 in an animation.
        label: What the pictures show, for models that take a label. None: what the first image shows.
        out: A strip (.png, .jpg), an animation (.webp, .gif; .mp4 with the extra `video`), arrays (.npz), or a folder.
        scale: How many times it is enlarged. None: small images to about 64 pixels, 256 in an animation.
    """
    from aegean import latent, media, use
    from aegean.cli import _picture_inputs as inputs
    from aegean.cli import _picture_outputs as outputs

    opened = use.open_run(run, device)
    moving = out is not None and out.suffix.lower() in media.MOTION
    if scale is not None:
        scale = outputs.enlargement(scale, opened.spec.size.longer)
    given = inputs.ends_of(opened, ends)
    two = len(seeds or given or (0, 1)) == 2
    count = count if count is not None else (48 if moving else 10 if two else 8)
    words = ("seeds", *seeds) if seeds else [word for word in ends or ("0", "1") if word.isdecimal()]
    photos = [Path(word) for word in ends if not word.isdecimal()]
    facts = (*words, count, label and f"label-{label}")
    where = outputs.checked(out or outputs.default_out(opened, "interpolate", *facts, files=photos), photos)
    made, labels = use.walk_between(opened, given, seeds, count, label, tour=moving)
    origin = outputs.origin(opened, no_metadata, " ".join(map(str, seeds)) or None)
    if moving:
        frames = latent.film(made, scale or max(1, 256 // opened.spec.size.longer), return_home=two)
        tell(media.save_motion(where, frames, origin=origin))
        return
    same = None if labels is None else labels.expand(len(made))
    outputs.write(
        where, made, lambda: latent.strip(made, count), scale, labels=same, classes=opened.spec.classes, origin=origin
    )
