"""The sheets of pictures: run -> Figure, or None where the model cannot do it. Everything is asked of its capabilities."""

from __future__ import annotations

from collections.abc import Callable

import torch

from aegean.models._model import Conditional, Encodes, Explains, Restores, Samples
from aegean.report.figure import Figure, generator, rebuild, test_codes, test_images
from aegean.report.latent import latent_map, manifold
from aegean.report.pictures import affordable, rows, sheet, thumbnail, tiles
from aegean.report.prior import samples_without_prior
from aegean.report.verdicts import confusion, mistakes
from aegean.runs import Run


def reconstructions(run: Run) -> Figure | None:
    """Test images above what comes back from their codes."""
    if not isinstance(run.model, Encodes) or isinstance(run.model, Restores):
        return None
    batch = test_images(run, affordable(12, run.spec.size))
    numbers = run.model.encode(batch.image[:1], None if batch.label is None else batch.label[:1]).shape[1]
    caption = (
        f"Test images, which the model has never seen, and what it rebuilds from {numbers} numbers each "
        f"(the image itself has {run.spec.dimensions:,}). What is missing below did not fit through the bottleneck."
    )
    return Figure("Reconstructions", caption, rows([("original", batch.image), ("rebuilt", rebuild(run, batch))]))


def restorations(run: Run) -> Figure | None:
    """Damaged, clean, predicted."""
    if not isinstance(run.model, Restores):
        return None
    batch = test_images(run, affordable(12, run.spec.size))
    damaged = run.model.corrupt(batch.image, seed=0)
    caption = (
        "Test images with the damage that the model was trained to undo, as they were before, and what it makes of the "
        "damaged ones. It is given the first row alone."
    )
    named = [("noisy", damaged), ("clean", batch.image), ("predicted", run.model.restore(damaged))]
    return Figure("Noisy, clean, predicted", caption, rows(named))


def samples(run: Run) -> Figure | None:
    """New images, not chosen."""
    model = run.model
    if not isinstance(model, Samples):
        return None
    count = affordable(80, run.spec.size, 1_000_000)
    label = None
    if isinstance(model, Conditional):
        label = torch.randint(len(run.spec.classes), (count,), generator=generator(0))
    caption = f"{count} images made from random z ~ N(0, I), seed 0. None was chosen or left out."
    if isinstance(model, Explains):
        caption += (
            " This model can generate because its loss asks for it: the rate, KL(q(z|x) ‖ p(z)), pulls the codes of all images"
            " together onto N(0, I), so that a draw from N(0, I) falls where the decoder has learned what to draw."
        )
    return Figure(
        "Random samples", caption, sheet(model.sample(model.noise(count, seed=0), label), min(count, 10), "samples")
    )


def same_noise_for_every_label(run: Run) -> Figure | None:
    """Rows share z, columns share the label."""
    model, classes = run.model, run.spec.classes
    if not (isinstance(model, Samples) and isinstance(model, Conditional)) or not classes:
        return None
    shown = min(len(classes), 12)
    noise = model.noise(6, seed=1)
    columns = [(classes[k], model.sample(noise, torch.full((len(noise),), k))) for k in range(shown)]
    picture = tiles([(name, sheet(images, 1, f"label {name}")) for name, images in columns])
    caption = (
        "Each row is one z, each column one label. The label says what is drawn; z says how: slant, thickness, pose. "
        "Where the rows look related, the model has separated the two."
    )
    return Figure("The same z for every label", caption, picture)


def interpolations(run: Run) -> Figure | None:
    """Straight lines between the codes of test images."""
    model = run.model
    if not isinstance(model, Encodes) or isinstance(model, Restores):
        return None
    codes, labels = test_codes(run)
    if len(codes) < 2:
        return None
    count, columns = min(affordable(60, run.spec.size, 1_000_000) // 10, len(codes) // 2), 10
    start, end = codes[:count, None], codes[count : 2 * count, None]  # (count, 1, Z)
    fraction = torch.linspace(0, 1, columns)[None, :, None]  # (1, columns, 1)
    path = torch.lerp(start, end, fraction).flatten(0, 1)  # (count * columns, Z)
    label = labels[:count].repeat_interleave(columns) if labels is not None and isinstance(model, Conditional) else None
    caption = (
        "Each row goes from the code of one test image to that of another in equal steps along a straight line. "
        "A smooth change means that nearby codes stand for similar images."
    )
    if label is not None:
        caption += " All of a row is drawn under the label of its first image."
    return Figure("From one image to another", caption, sheet(model.decode(path, label), columns, "interpolations"))


def previews(run: Run) -> Figure | None:
    """How it learned: previews over training."""
    paths = run.previews()
    if not paths:
        return None
    shown = sorted({round(k * (len(paths) - 1) / 7) for k in range(8)})
    named = [(f"step {int(paths[k].stem.split('-')[1]):,}", thumbnail(paths[k], 280)) for k in shown]
    caption = "The same pictures at several moments of training, from the averaged weights of that moment."
    return Figure("How it learned", caption, f'<div class="film">{tiles(named)}</div>')


SHEETS: dict[str, Callable[[Run], Figure | None]] = {
    "samples": samples,
    "reconstructions": reconstructions,
    "restorations": restorations,
    "labels": same_noise_for_every_label,
    "prior": samples_without_prior,
    "latent_map": latent_map,
    "manifold": manifold,
    "interpolations": interpolations,
    "confusion": confusion,
    "mistakes": mistakes,
    "previews": previews,
}
