"""New images from random draws."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aegean.errors import InputError
from aegean.families import check_settings, check_use
from aegean.images import to_pil
from aegean.latent import with_prior
from aegean.models.capabilities import Conditional, Encodes, Samples
from aegean.runs import Run
from aegean.use.batches import in_batches
from aegean.use.origin import signed
from aegean.use.requests import Label, check_count, labels_for, open_run, require, untrained


def sample(
    run: Run | str | Path,
    count: int = 64,
    label: Label | None = None,
    seed: int = 0,
    temperature: float = 1.0,
    *,
    prior: str | None = None,
    as_tensor: bool = False,
    **settings: Any,
) -> Any:
    """Make new images: a list of PIL pictures, or (N, C, H, W) in [-1, 1].

    Args:
        run: A run, or its folder.
        count: How many.
        label: What they show, for models that take a label: a class's name or number, one for each image (a tensor:
            places among the classes), or `all`: at least `count` in equal parts, class by class. None: every class in
            turn.
        seed: Decides the images: the same seed, the same images.
        temperature: The noise is multiplied by this: below 1 images are more typical and less varied.
        prior: Of a run that encodes and decodes, a density fitted to the codes of its training images: gaussian, gmm (a
            mixture) or flow. It is kept in RUN/priors. None: the model's own, if it has one.
        as_tensor: Give a tensor.
        **settings: Of use, that the family's `sample` takes by name.

    Raises:
        InputError: for a run that makes no images, and for what it does not take.
    """
    check_use(seed=seed, temperature=temperature, prior=prior)
    opened = open_run(run)
    model = sampler(opened, prior)
    labels = labels_to_sample(opened, label, count)
    settings = check_settings(opened.config.family, model.sample, settings)
    noise = temperature * model.noise(count if labels is None else len(labels), seed)
    made = in_batches(partial(model.sample, **settings), "sample", noise, labels)
    pictures = made if as_tensor else [to_pil(image) for image in made]
    return signed(pictures, opened, "aegean.sample", seed=seed)


def sampler(run: Run, prior: str | None = None) -> Any:
    """What makes new images: the run's model, or with a density fitted to its codes; InputError where neither can."""
    if prior is not None:
        return with_prior(run, prior)
    if isinstance(run.model, Encodes) and not isinstance(run.model, Samples):
        raise InputError(
            f"{run.path}: {run.config.family} has no density to draw codes from; --prior gaussian, gmm or flow fits one"
        )
    return require(run, Samples)


def labels_to_sample(run: Run, label: Label | None, count: int) -> Tensor | None:
    """What each new image shows, where the model takes labels. (N,), N: `count`, or more so that all rows are full"""
    check_count(run, count)
    if not isinstance(run.model, Conditional) or not (label is None or (isinstance(label, str) and label == "all")):
        return labels_for(run, label, None, count)
    lacking = untrained(run)
    known = torch.tensor([k for k, name in enumerate(run.spec.classes) if name not in lacking])
    if label is None:
        return known[torch.arange(count) % len(known)]
    return known.repeat_interleave(-(-count // len(known)))
