"""Translations of which the truth is known: how near what is made of an image is to what is wanted of it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import torch
from torch import Tensor

from aegean.data.types import Batch
from aegean.evaluation import requirements
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.extractor import Extractor
from aegean.evaluation.metric import Metric
from aegean.evaluation.metrics.fidelity import kernel_distance, kernel_figure
from aegean.evaluation.metrics.figure import Figure, average
from aegean.evaluation.metrics.image_similarity import psnr, ssim
from aegean.models.capabilities import Translates
from aegean.networks import plainly


def paired_psnr(context: EvaluationContext) -> Figure:
    """PSNR of what is made; beside it, that of what goes in, enlarged and in grey or colours where that is needed."""
    plain, made, wanted = context.once(_made)
    return average(psnr(made, wanted), unchanged=psnr(plain, wanted))


def paired_ssim(context: EvaluationContext) -> Figure:
    """SSIM of what is made; beside it, that of what goes in."""
    plain, made, wanted = context.once(_made)
    return average(ssim(made, wanted), unchanged=ssim(plain, wanted))


def paired_kid(context: EvaluationContext) -> Figure:
    """KID of what is made to what is wanted; beside it, of what goes in."""
    extract = cast(Extractor, context.extractor)
    plain, made, wanted = (context.look(extract, image) for image in context.once(_made))
    figure = kernel_figure(wanted, made, {**extract.settings, "real_images": len(wanted)})
    return replace(figure, beside={"unchanged": float(kernel_distance(wanted, plain).mean())})


def _made(context: EvaluationContext) -> tuple[Tensor, Tensor, Tensor]:
    """What goes in, plainly as large as what is wanted; what is made of it; and what is wanted. (N, C, H, W) each"""
    model = cast(Translates, context.model)

    def both(_: int, batch: Batch) -> tuple[Tensor, ...]:
        given, wanted = cast(tuple[Tensor, Tensor], model.pair(batch))
        plain = plainly(given, wanted.shape[1], wanted.shape[-1] // given.shape[-1]).clamp(-1, 1)
        return plain.cpu(), model.translate(given, "b").cpu(), wanted.cpu()

    plain, made, wanted = (torch.cat(part).cpu() for part in zip(*context.each("translate pairs", both)))
    return plain, made, wanted


METRICS = {
    "paired_psnr": Metric(
        paired_psnr,
        (requirements.paired,),
        "dB",
        "larger",
        "PSNR of what is made of an image to what is wanted of it; beside it, of the image as it is",
        default=True,
    ),
    "paired_ssim": Metric(
        paired_ssim,
        (requirements.paired,),
        "1 for equal images",
        "larger",
        "structural similarity of what is made of an image and what is wanted of it; beside it, of the image as it is",
        default=True,
    ),
    "paired_kid": Metric(
        paired_kid,
        (requirements.paired, requirements.extracted, requirements.four_images),
        "squared distance of features",
        "smaller",
        "kernel distance of what is made to what is wanted; beside it, of what goes in",
        default=True,
    ),
}
