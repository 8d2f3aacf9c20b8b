"""How near images come back: through a code, or from damage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

from aegean.data.types import Batch
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.judge import Judge, agreement
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.figure import Figure, average
from aegean.evaluation.metrics.image_similarity import add_noise, psnr, squared_error, ssim
from aegean.models.capabilities import Damage, Encodes, Restores

Result = TypeVar("Result")


def reconstruction_mse(context: EvaluationContext) -> Figure:
    """Mean squared error of decode(encode(x))."""
    return average(context.once(_reconstructions)[0])


def reconstruction_psnr(context: EvaluationContext) -> Figure:
    """PSNR of decode(encode(x))."""
    return average(context.once(_reconstructions)[1])


def reconstruction_ssim(context: EvaluationContext) -> Figure:
    """SSIM of decode(encode(x))."""
    return average(context.once(_reconstructions)[2])


def restored_psnr(context: EvaluationContext) -> Figure:
    """PSNR of the restored images; beside it, that of the damaged ones."""
    before, after = context.once(_restorations)
    return average(after[1], _damage_settings(context), damaged=before[1])


def restored_ssim(context: EvaluationContext) -> Figure:
    """SSIM of the restored images; beside it, that of the damaged ones."""
    before, after = context.once(_restorations)
    return average(after[2], _damage_settings(context), damaged=before[2])


def hole_psnr(context: EvaluationContext) -> Figure:
    """PSNR of the missing pixels alone; beside it, that of grey in their place."""
    grey, filled = context.once(_holes)
    return average(filled, _damage_settings(context), grey=grey)


def restored_accuracy(context: EvaluationContext) -> Figure:
    """The judge's accuracy on the restored images; beside it, on the damaged and on the clean ones."""
    clean, damaged, restored = context.once(_restored_judgements)
    settings = {**_damage_settings(context), **cast(Judge, context.judge).settings(context)}
    return average(restored, settings, damaged=damaged, clean=clean)


def _reconstructions(context: EvaluationContext) -> Tensor:
    """Squared error, PSNR and SSIM of each image. (3, N)."""
    model = cast(Encodes, context.model)

    def compared(_: int, batch: Batch) -> Tensor:
        label = context.label(batch)
        return _compare(model.decode(model.encode(batch.image, label), label).clamp(-1, 1), batch.image)

    return torch.cat(context.each("reconstruction", compared), dim=1)


def _restorations(context: EvaluationContext) -> tuple[Tensor, Tensor]:
    """Squared error, PSNR and SSIM of each image: of the damaged, as it is, and of the restored. (3, N), (3, N)."""

    def compared(start: int, batch: Batch) -> tuple[Tensor, Tensor]:
        damaged, mask, clean = _damage(context, batch, context.seed + start)
        return _compare(damaged, clean), _compare(_restored(context, damaged, mask).clamp(-1, 1), clean)

    before, after = zip(*_each_image(context, compared))
    return torch.cat(before, dim=1), torch.cat(after, dim=1)


def _holes(context: EvaluationContext) -> tuple[Tensor, Tensor]:
    """PSNR in dB of the missing pixels of each image: as grey, and filled in. (N,), (N,)."""
    model = cast(Restores, context.model)

    def compared(start: int, batch: Batch) -> list[Tensor]:
        damaged, mask, clean = _damage(context, batch, context.seed + start)
        return [psnr(version, clean, mask) for version in (damaged, model.restore(damaged, mask))]

    grey, filled = (torch.cat(part) for part in zip(*_each_image(context, compared)))
    return grey, filled


def _each_image(context: EvaluationContext, work: Callable[[int, Batch], Result]) -> list[Result]:
    """`work` of batches of the split, or of single pictures of a folder at their own sizes, and the first's index."""
    pictures = context.pictures
    if pictures is None:
        return context.each("restoration", work)

    def alone(part: range) -> Result:
        return work(part.start, Batch(pictures[part.start].to(context.device)))

    return context.in_parts("restoration", len(pictures), 1, alone)


def _restored_judgements(context: EvaluationContext) -> tuple[Tensor, ...]:
    """1 where the judge is right, of clean, damaged and restored images. (N,) each."""
    judge = cast(Judge, context.judge)

    def right(start: int, batch: Batch) -> list[Tensor]:
        damaged, mask, clean = _damage(context, batch, context.seed + start)
        versions = clean, damaged, _restored(context, damaged, mask)
        return [agreement(judge.model.log_probabilities(version), cast(Tensor, batch.label)) for version in versions]

    return tuple(torch.cat(part) for part in zip(*context.each("judging what was restored", right)))


def _damage(context: EvaluationContext, batch: Batch, seed: int) -> Damage:
    """Gaussian noise of the sigma asked for; else the damage that the model was trained to undo, and what it hides."""
    if context.sigma is None:
        return cast(Restores, context.model).damage(batch, seed)
    clean = batch.image if batch.target is None else batch.target
    return Damage(add_noise(clean, context.sigma, seed), None, clean)


def _restored(context: EvaluationContext, damaged: Tensor, mask: Tensor | None) -> Tensor:
    """What the model makes of it, which is told how strong the noise is if it can be."""
    model = cast(Any, context.model)
    told = {"sigma": context.sigma} if context.sigma is not None and model.told_noise else {}
    restored: Tensor = model.restore(damaged, mask, **told)
    return restored


def _damage_settings(context: EvaluationContext) -> dict[str, Any]:
    if context.sigma is not None:
        return {"noise": "gaussian, not clipped", "sigma": context.sigma}
    return cast(Restores, context.model).damage_settings


def _compare(image: Tensor, reference: Tensor) -> Tensor:
    """Squared error, PSNR and SSIM of each image. (3, B)."""
    return torch.stack([measure(image, reference) for measure in (squared_error, psnr, ssim)])


METRICS = {
    "reconstruction_mse": Metric(
        reconstruction_mse,
        (requirements.encodes, requirements.labelled_if_told),
        "squared error, black to white is 1",
        "smaller",
        "mean squared error of an image that went through the code and back",
        default=True,
    ),
    "reconstruction_psnr": Metric(
        reconstruction_psnr,
        (requirements.encodes, requirements.labelled_if_told),
        "dB",
        "larger",
        "its peak signal-to-noise ratio, averaged over images",
        default=True,
    ),
    "reconstruction_ssim": Metric(
        reconstruction_ssim,
        (requirements.encodes, requirements.labelled_if_told),
        "1 for equal images",
        "larger",
        "its structural similarity (Gaussian window of sigma 1.5)",
        default=True,
    ),
    "restored_psnr": Metric(
        restored_psnr,
        (requirements.restores,),
        "dB",
        "larger",
        "PSNR after the model has undone the damage it was trained on, or Gaussian noise of --sigma; beside it, before",
        default=True,
    ),
    "restored_ssim": Metric(
        restored_ssim,
        (requirements.restores,),
        "1 for equal images",
        "larger",
        "structural similarity after the model has undone the damage; beside it, before",
        default=True,
    ),
    "restored_accuracy": Metric(
        restored_accuracy,
        (requirements.restores, requirements.judged, requirements.labelled_alike),
        "part of the images",
        "larger",
        "accuracy of the judge on restored images; beside it, on the damaged and on the clean ones",
        default=True,
    ),
    "hole_psnr": Metric(
        hole_psnr,
        (requirements.restores, requirements.fills),
        "dB",
        "larger",
        "PSNR of the missing pixels alone, after they were filled in; beside it, where they were filled in with grey",
        default=True,
    ),
}
