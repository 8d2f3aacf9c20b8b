"""A picture of what the model can do now."""

from __future__ import annotations

import torch

from aegean.data.types import Batch, dealt, spread
from aegean.images import grid, save
from aegean.models.capabilities import Conditional, Edits, Encodes, Restores, Samples, Translates
from aegean.models.player import Model
from aegean.networks import plainly
from aegean.runs import Run

ROWS = 8


@torch.no_grad()
def preview(model: Model, batch: Batch, run: Run, step: int) -> None:
    """Write previews/step-N.png: damaged / restored / clean, originals / rebuilt, edits or samples, as it is able."""
    shown = spread(len(batch.image), ROWS)  # they may be sorted by class
    image = batch.image[shown]
    label = batch.label[shown] if isinstance(model, Conditional) and batch.label is not None else None
    target = None if batch.target is None else batch.target[shown]
    rows = []
    if isinstance(model, Restores):
        damaged, missing, clean = model.damage(Batch(image, target=target), seed=0)
        rows = [damaged.clamp(-1, 1), model.restore(damaged, missing), clean]
    elif isinstance(model, Encodes):
        rows = [image, model.decode(model.encode(image, label), label)]
    elif isinstance(model, Translates) and batch.other is not None:
        for start, there, back in ((image, "b", "a"), (batch.other[:ROWS], "a", "b")):
            translated = model.translate(start, there)
            rows += [start, translated, model.translate(translated, back)]
    elif isinstance(model, Translates) and (pair := model.pair(Batch(image, target=target))) is not None:
        given, wanted = pair
        plain = plainly(given, wanted.shape[1], wanted.shape[-1] // given.shape[-1])
        rows = [plain, model.translate(given, "b"), wanted]
    if isinstance(model, Edits) and batch.attributes is not None:
        rows.append(image)
        for k, name in enumerate(model.editable[: ROWS - 1]):  # each attribute switched, a row for each
            changes = image.new_zeros(len(image), len(model.editable))
            changes[:, k] = 1 - 2 * batch.attributes[shown, run.spec.attributes.index(name)]
            rows.append(model.edit(image, changes))
    if isinstance(model, Samples):
        count = ROWS * max(2, ROWS - len(rows))
        labels = None if label is None or batch.label is None else batch.label[dealt(len(batch.label), count)]
        rows.append(model.sample(model.noise(count, seed=0).to(image.device), labels))
    if rows:
        save(run.preview_path(step), grid(torch.cat(rows), columns=len(image)), scale=max(1, 64 // rows[0].shape[-1]))
