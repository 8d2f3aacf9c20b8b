"""`aegean project`: photos -> the codes whose images are nearest to them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from aegean.cli._options import Bare, Device, Folder, Out
from aegean.consoles import tell


def project(
    run: Folder,
    photos: tyro.conf.Positional[tuple[Path, ...]],
    out: Out = None,
    label: str | None = None,
    steps: int = 400,
    starts: int = 8,
    seed: int = 0,
    perceptual: Annotated[float, tyro.conf.arg(metavar="WEIGHT")] = 0.3,
    scale: int | None = None,
    device: Device = "auto",
    no_metadata: Bare = False,
) -> None:
    """Find the codes whose images are nearest to photos, by descent: in a GAN's space, or in that of any decoder.

    Writes the codes (.npz), which `aegean decode` and `interpolate` take, and beside them a picture of the same name
    (.png): the photos above, what the model makes of them below.

    Args:
        run: The run's folder.
        photos: Pictures, or folders of them.
        out: The .npz file. None: in RUN/samples.
        label: What the photos show, for models that take a label.
        steps: Steps of descent for each photo.
        starts: Draws of noise to begin with, of which the best is followed to the end; a model that encodes begins with
            its own code, too.
        seed: Decides them: the same seed, the same codes.
        perceptual: Weight of what a published network sees beside that of the pixels (extra `pretrained`); 0: pixels
            alone.
        scale: How many times the picture is enlarged. None: small images to about 64 pixels.
    """
    from aegean import images, use
    from aegean.cli import _picture_outputs as outputs
    from aegean.evaluation.metrics.image_similarity import psnr
    from aegean.outputs import check_outputs
    from aegean.use.pictures import fitted_files

    opened = use.open_run(run, device)
    use.require_codes(opened)
    times = outputs.enlargement(scale, opened.spec.size.longer)
    paths = use.found_in(photos)
    facts = (label and f"label-{label}", f"seed-{seed}")
    where = out or outputs.default_out(opened, "project", *facts, files=paths, ending=".npz")
    check_outputs([where], endings=(".npz",))
    sheet = where.with_suffix(".png")
    check_outputs([where, sheet], [*photos, *paths])
    paths, originals = fitted_files(paths, opened.spec)
    labels = use.labels_for(opened, label, None, len(paths))
    codes = use.project(opened, originals, labels, steps=steps, starts=starts, seed=seed, perceptual=perceptual)
    made = use.decode(opened, codes, labels, as_tensor=True)
    names = {"names": [str(path) for path in paths]}
    outputs.save_arrays(where, codes=codes.numpy(), **names, **outputs.labelled(labels, opened.spec.classes))
    beside = outputs.rows_of(originals, made, columns=12)
    images.save(sheet, beside, times, origin=outputs.origin(opened, no_metadata, seed))
    for path, value in zip(paths, psnr(made, originals).tolist()):
        tell(f"{path}: {value:.1f} dB")
    tell(f"{where}: {len(codes):,} codes of {codes.shape[1]:,} numbers", sheet)
