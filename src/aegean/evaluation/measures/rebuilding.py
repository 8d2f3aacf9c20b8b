"""How near images come back: through a code, or from damage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor

from aegean.evaluation import judging, quality
from aegean.evaluation.measures.figure import Figure, average
from aegean.evaluation.progress import progress_line
from aegean.evaluation.subject import Judge, Subject
from aegean.models.capabilities import Encodes, Restores


def reconstruction_mse(subject: Subject) -> Figure:
    """Mean squared error of decode(encode(x))."""
    return average(subject.once(_reconstructions)[0])


def reconstruction_psnr(subject: Subject) -> Figure:
    """PSNR of decode(encode(x))."""
    return average(subject.once(_reconstructions)[1])


def reconstruction_ssim(subject: Subject) -> Figure:
    """SSIM of decode(encode(x))."""
    return average(subject.once(_reconstructions)[2])


def restored_psnr(subject: Subject) -> Figure:
    """PSNR of the restored images; beside it, that of the damaged ones."""
    before, after = subject.once(_restorations)
    return average(after[1], _damage_settings(subject), damaged=before[1])


def restored_ssim(subject: Subject) -> Figure:
    """SSIM of the restored images; beside it, that of the damaged ones."""
    before, after = subject.once(_restorations)
    return average(after[2], _damage_settings(subject), damaged=before[2])


def hole_psnr(subject: Subject) -> Figure:
    """PSNR of the missing pixels alone; beside it, that of grey in their place."""
    grey, filled = subject.once(_holes)
    return average(filled, _damage_settings(subject), grey=grey)


def restored_accuracy(subject: Subject) -> Figure:
    """The judge's accuracy on the restored images; beside it, on the damaged and on the clean ones."""
    clean, damaged, restored = subject.once(_restored_judgements)
    settings = {**_damage_settings(subject), **cast(Judge, subject.judge).settings(subject)}
    return average(restored, settings, damaged=damaged, clean=clean)


def _reconstructions(subject: Subject) -> Tensor:
    """Squared error, PSNR and SSIM of each image. (3, N)."""
    model = cast(Encodes, subject.model)
    found = []
    for _, batch in subject.batches("reconstruction"):
        label = subject.label(batch)
        found.append(_compare(model.decode(model.encode(batch.image, label), label).clamp(-1, 1), batch.image))
    return torch.cat(found, dim=1)


def _restorations(subject: Subject) -> tuple[Tensor, Tensor]:
    """Squared error, PSNR and SSIM of each image: of the damaged, as it is, and of the restored. (3, N), (3, N)."""
    model = cast(Restores, subject.model)
    pairs = []
    for start, image in _images(subject):
        damaged, mask = _damage(subject, image, subject.seed + start)
        pairs.append((_compare(damaged, image), _compare(model.restore(damaged, mask).clamp(-1, 1), image)))
    before, after = zip(*pairs)
    return torch.cat(before, dim=1), torch.cat(after, dim=1)


def _holes(subject: Subject) -> tuple[Tensor, Tensor]:
    """PSNR in dB of the missing pixels of each image: as grey, and filled in. (N,), (N,)."""
    model = cast(Restores, subject.model)
    found = []
    for start, image in _images(subject):
        damaged, mask = _damage(subject, image, subject.seed + start)
        filled = model.restore(damaged, mask)
        found.append([quality.psnr(version, image, mask) for version in (damaged, filled)])
    grey, filled = (torch.cat(part) for part in zip(*found))
    return grey, filled


def _images(subject: Subject) -> Iterator[tuple[int, Tensor]]:
    """Batches of the split, or single pictures of a folder at their own sizes: (index of the first, (B, C, H, W))."""
    if subject.pictures is None:
        yield from ((start, batch.image) for start, batch in subject.batches("restoration"))
        return
    with progress_line("restoration", len(subject.pictures), subject.progress) as advance:
        for index, picture in enumerate(subject.pictures):
            yield index, picture.to(subject.device)
            advance(1)


def _restored_judgements(subject: Subject) -> tuple[Tensor, ...]:
    """1 where the judge is right, of clean, damaged and restored images. (N,) each."""
    model, judge = cast(Restores, subject.model), cast(Judge, subject.judge)
    found = []
    for start, batch in subject.batches("judging what was restored"):
        damaged, mask = _damage(subject, batch.image, subject.seed + start)
        versions = batch.image, damaged, model.restore(damaged, mask)
        label = cast(Tensor, batch.label)
        found.append([judging.agreement(judge.model.log_probabilities(version), label) for version in versions])
    return tuple(torch.cat(part) for part in zip(*found))


def _damage(subject: Subject, image: Tensor, seed: int) -> tuple[Tensor, Tensor | None]:
    """Gaussian noise of the sigma asked for; else the damage that the model was trained to undo, and what it hides."""
    if subject.sigma is not None:
        return quality.add_noise(image, subject.sigma, seed), None
    model = cast(Restores, subject.model)
    return model.corrupt(image, seed), model.missing(image, seed)


def _damage_settings(subject: Subject) -> dict[str, Any]:
    if subject.sigma is not None:
        return {"noise": "gaussian, not clipped", "sigma": subject.sigma}
    names = ("noise", "strength", "mask", "hole")
    settings = {name: subject.setting[name] for name in names if name in subject.setting}
    return settings | ({"mask": "centre"} if settings.get("mask") == "both" else {})  # of the two, what is looked at


def _compare(image: Tensor, reference: Tensor) -> Tensor:
    """Squared error, PSNR and SSIM of each image. (3, B)."""
    squared_error = quality.squared_error(image, reference)
    return torch.stack([squared_error, quality.psnr(image, reference), quality.ssim(image, reference)])
