"""The sheets of pictures: run -> Figure, or None where the model lacks the capability."""

from __future__ import annotations

from collections.abc import Callable

import torch

from aegean.models.capabilities import Conditional, Density, Encodes, Restores, Samples, Translates
from aegean.networks import plainly
from aegean.report.edits import edits, many, recognised, strengths
from aegean.report.figure import Figure, rebuild, unseen, unseen_codes
from aegean.report.latent import latent_map, manifold
from aegean.report.nearest import nearest
from aegean.report.pictures import PAGE, affordable, columns, per_row, rows, sheet, thumbnail, tiles
from aegean.report.prior import samples_without_prior
from aegean.report.verdicts import confusion, mistakes
from aegean.report.walk import between_four
from aegean.runs import Run


def reconstructions(run: Run) -> Figure | None:
    """Test images above what comes back from their codes."""
    if not isinstance(run.model, Encodes):
        return None
    batch = unseen(run, per_row(run.spec.size))
    code = run.model.encode(batch.image[:1], None if batch.label is None else batch.label[:1])
    caption = (
        f"Test images, which the model has never seen, and what it rebuilds from {code.shape[1]} numbers each "
        f"(the image itself has {run.spec.dimensions:,}). "
    )
    if code.shape[1] < run.spec.dimensions:
        caption += "What is missing below did not fit through the bottleneck."
    else:
        caption += (
            "So many numbers are no bottleneck: that it comes back says nothing of how well the model makes images."
        )
    return Figure("Reconstructions", caption, rows([("original", batch.image), ("rebuilt", rebuild(run, batch))]))


def restorations(run: Run) -> Figure | None:
    """Damaged, clean, predicted."""
    if not isinstance(run.model, Restores):
        return None
    batch = unseen(run, per_row(run.spec.size))
    damaged, mask, clean = run.model.damage(batch, seed=0)
    restored = run.model.restore(damaged, mask)
    if mask is not None:
        caption = (
            "Test images with a hole, what the model paints into it, and what was there. It is given the first row"
            " alone; what is not missing stays as it is, to the bit."
        )
        named = [("masked", damaged), ("filled", restored), ("truth", clean)]
        return Figure("Masked, filled, truth", caption, rows(named))
    caption = (
        "Test images with the damage that the model was trained to undo, as they were before, and what it makes of the "
        "damaged ones. It is given the first row alone."
    )
    if batch.target is not None:
        caption += " Both come from the data: these are pairs."
    named = [("noisy", damaged), ("clean", clean), ("predicted", restored)]
    return Figure("Noisy, clean, predicted", caption, rows(named))


def translations(run: Run) -> Figure | None:
    """There and back, from both domains."""
    batch = unseen(run, per_row(run.spec.size)) if isinstance(run.model, Translates) else None
    if batch is None or batch.other is None or not isinstance(run.model, Translates):
        return None
    named = []
    for start, (there, back) in ((batch.image, "ba"), (batch.other, "ab")):
        translated = run.model.translate(start, there)
        names = dict(zip("ab", run.spec.domains))
        named += [(names[back], start), (f"as {names[there]}", translated)]
        named += [("and back", run.model.translate(translated, back))]
    caption = (
        "Test images of both domains, not chosen: each as it is, translated, and translated back. What comes back is"
        " made from the translation alone."
    )
    return Figure("There and back", caption, rows(named))


def pairs(run: Run) -> Figure | None:
    """What goes in, what is made of it, and the truth."""
    model = run.model
    if not isinstance(model, Translates) or model.both_ways:
        return None
    found = model.pair(unseen(run, per_row(run.spec.size)))
    if found is None:
        return None
    given, wanted = found
    plain = plainly(given, wanted.shape[1], wanted.shape[-1] // given.shape[-1])
    named = [("input", plain), ("made", model.translate(given, "b")), ("truth", wanted)]
    caption = "Test pairs, not chosen: what goes in, what the model makes of it, and what was wanted, unseen by it."
    return Figure("Input, made, truth", caption, rows(named))


def samples(run: Run) -> Figure | None:
    """New images, not chosen."""
    model, across = run.model, per_row(run.spec.size, 10, PAGE)
    if not isinstance(model, Samples):
        return None
    count = affordable(8 * across, run.spec.size) // across * across
    label = None
    if isinstance(model, Conditional):
        label = torch.arange(count) % len(run.spec.classes)
    caption = f"{count} images made from random z ~ N(0, I), seed 0. None was chosen or left out."
    if isinstance(model, Density) and model.variational:
        caption += (
            " This model can generate because its loss asks for it: the rate, KL(q(z|x) ‖ p(z)), pulls the codes of all"
            " images together onto N(0, I), so that a draw from it falls where the decoder has learned what to draw."
        )
    images = model.sample(model.noise(count, seed=0), label)
    return Figure("Random samples", caption, sheet(images, across, "random samples"))


def same_noise_for_every_label(run: Run) -> Figure | None:
    """Rows share z, columns share the label."""
    model, classes = run.model, run.spec.classes
    if not (isinstance(model, Samples) and isinstance(model, Conditional)):
        return None
    noise = model.noise(affordable(60, run.spec.size) // 10 + 2, seed=1)
    shown = classes[: per_row(run.spec.size, 10, PAGE)]
    named = [(name, model.sample(noise, torch.full((len(noise),), k))) for k, name in enumerate(shown)]
    caption = (
        "Each row is one z, each column one label. The label says what is drawn; z says how: slant, thickness, pose. "
        "Where the images of a row look related, the model has separated the two."
    )
    return Figure("The same z for every label", caption, columns(named))


def interpolations(run: Run) -> Figure | None:
    """Straight lines between the codes of test images."""
    model, across = run.model, per_row(run.spec.size, 10, PAGE)
    if not isinstance(model, Encodes):
        return None
    codes, labels = unseen_codes(run)
    count = min(affordable(6 * across, run.spec.size) // across, len(codes) // 2)
    if not count:
        return None
    start, end = codes[:count, None], codes[count : 2 * count, None]  # (count, 1, Z)
    fraction = torch.linspace(0, 1, across)[None, :, None]  # (1, across, 1)
    path = torch.lerp(start, end, fraction).flatten(0, 1)  # (count * across, Z)
    caption = (
        "Each row goes from the code of one test image to that of another in equal steps along a straight line. "
        "A smooth change means that nearby codes stand for similar images."
    )
    label = None
    if isinstance(model, Conditional) and labels is not None:
        label = labels[:count].repeat_interleave(across)
        caption += " All of a row is drawn under the label of its first image."
    picture = sheet(model.decode(path, label), across, "from one image to another")
    return Figure("From one image to another", caption, picture)


def previews(run: Run) -> Figure | None:
    """How it learned: previews over training."""
    paths = run.previews()
    if not paths:
        return None
    count = max(n for n in (1, 2, 3, 4, 8) if n <= len(paths))
    shown = [paths[round(k * (len(paths) - 1) / max(count - 1, 1))] for k in range(count)]
    named = [(f"step {int(path.stem.split('-')[1]):,}", thumbnail(path, 320)) for path in shown]
    caption = "The same pictures at several moments of training, from the averaged weights of that moment."
    return Figure("How it learned", caption, f'<div class="film">{tiles(named)}</div>')


SHEETS: dict[str, Callable[[Run], Figure | None]] = {
    "samples": samples,
    "reconstructions": reconstructions,
    "restorations": restorations,
    "translations": translations,
    "pairs": pairs,
    "labels": same_noise_for_every_label,
    "prior": samples_without_prior,
    "latent_map": latent_map,
    "manifold": manifold,
    "interpolations": interpolations,
    "between_four": between_four,
    "nearest": nearest,
    "confusion": confusion,
    "mistakes": mistakes,
    "previews": previews,
    "edits": edits,
    "whoever_comes": many,
    "strengths": strengths,
    "recognised": recognised,
}
