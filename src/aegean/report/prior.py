"""Why an autoencoder cannot generate: draws of N(0, I), decoded, beside real images and beside a VAE's samples."""

from __future__ import annotations

import torch
from torch import Tensor

from aegean.errors import InputError
from aegean.models import model_class
from aegean.models.capabilities import Conditional, Density, Encodes, Samples
from aegean.report.figure import Figure, generator, unseen, unseen_codes
from aegean.report.latent import fitted_gaussian
from aegean.report.pictures import per_row, rows
from aegean.runs import Run

DRAWS = 1000


def samples_without_prior(run: Run) -> Figure | None:
    """Decoded draws of N(0, I) and of a Gaussian fitted to the codes, beside real images and a VAE's samples."""
    model = run.model
    if not isinstance(model, Encodes) or isinstance(model, (Samples, Conditional)):
        return None
    count = per_row(run.spec.size)
    codes, _ = unseen_codes(run)
    prior = torch.randn(count, codes.shape[1], generator=generator(0))
    named = [
        ("real", unseen(run, count).image),
        ("from N(0, I)", model.decode(prior)),
        ("from a Gaussian fitted to the codes", model.decode(fitted_gaussian(codes, count))),
    ]
    caption = (
        "An autoencoder cannot generate: nothing in its loss makes codes fill the prior, or any other region that one"
        f" could draw from. {_where_draws_fall(codes)} A Gaussian fitted afterwards has the right place and spread, but"
        " not the shape."
    )
    if (other := vae_beside(run, codes.shape[1])) and isinstance(other.model, Samples):
        draws = other.model.noise(count, seed=0)
        named.append((f"VAE ({other.path.name}) from N(0, I)", other.model.sample(draws)))
        caption += (
            f" The last row is from {other.path.name}, trained on the same data: a VAE's loss does fill the prior."
        )
    return Figure("Why this model cannot generate", caption, rows(named))


def _where_draws_fall(codes: Tensor) -> str:
    """What is wrong with draws of N(0, I) as codes, as their distances to the codes (N, Z) of test images show."""
    draws = torch.randn(DRAWS, codes.shape[1], generator=generator(1))
    apart = torch.cdist(codes, codes).fill_diagonal_(torch.inf).min(1).values.median()
    off = torch.cdist(draws, codes).min(1).values.median()
    told = f"The nearest code of a test image is {float(off):.3g} away from a draw of N(0, I)"
    spread = float(codes.std())
    scale = f" Their standard deviation is {spread:.2g}, where N(0, I) has 1." if not 0.8 < spread < 1.25 else ""
    if off > 1.2 * apart:
        there = f"{float(apart):.3g} from another code: the draw falls where the decoder was never trained."
        return f"{told}, and {there}{scale}"
    thin = torch.cdist(codes, draws).min(1).values.median()
    if thin > 1.2 * apart:
        far = f"the nearest draw of {DRAWS:,} is {float(thin):.3g} away from a code: most images are never drawn."
        return f"{told}, as it is from another code ({float(apart):.3g}), but {far}{scale}"
    luck = "luck of this training, which did not ask for it."
    return f"{told}, as it is from another code ({float(apart):.3g}): {luck}{scale}"


def vae_beside(run: Run, latent: int) -> Run | None:
    """A run in the same parent folder, on the same data, that has a prior to sample from.

    One with `latent` dimensions, if there is one; the last by name, where there are several.
    """
    found: list[tuple[bool, str, Run]] = []
    for folder in sorted(run.path.resolve().parent.iterdir()):
        try:
            other = Run(folder)
            same_data = other.about["fingerprint"] == run.about["fingerprint"] and other.spec == run.spec
            if not (same_data and _has_prior(other.config.family) and isinstance(other.model, Samples)):
                continue
            if isinstance(other.model, Density) and other.model.variational:
                found.append((other.model.noise(1, seed=0).shape[1] == latent, folder.name, other))
        except (InputError, KeyError):
            continue  # not a run, or without weights yet
    return max(found, key=lambda entry: entry[:2])[2] if found else None


def _has_prior(family: str) -> bool:
    kind = model_class(family)
    return issubclass(kind, Samples) and issubclass(kind, Density) and not issubclass(kind, Conditional)
