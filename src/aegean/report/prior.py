"""Why an autoencoder cannot generate: codes drawn from N(0, I) decoded beside real images, and beside a VAE's samples."""

from __future__ import annotations

import torch

from aegean.errors import InputError
from aegean.models import MODELS
from aegean.models._model import Conditional, Encodes, Explains, Restores, Samples
from aegean.report.figure import Figure, generator, test_codes, test_images
from aegean.report.latent import fitted_gaussian
from aegean.report.pictures import affordable, rows
from aegean.runs import Run


def samples_without_prior(run: Run) -> Figure | None:
    """Decoded draws of N(0, I) and of a Gaussian fitted to the codes, beside real images and a VAE's samples."""
    model = run.model
    if not isinstance(model, Encodes) or isinstance(model, (Restores, Samples, Conditional)):
        return None
    count = affordable(12, run.spec.size)
    codes, _ = test_codes(run)
    prior = torch.randn(count, codes.shape[1], generator=generator(0))
    named = [
        ("real", test_images(run, count).image),
        ("from N(0, I)", model.decode(prior)),
        ("from a Gaussian fitted to the codes", model.decode(fitted_gaussian(codes, count))),
    ]
    caption = (
        "An autoencoder cannot generate: nothing in its loss makes codes fill the prior, or any other region that one could draw "
        f"from. Here the codes of test images have a standard deviation of {float(codes.std()):.2g}, where N(0, I) has 1; "
        "a random code falls between or outside them, where the decoder was never trained. A Gaussian fitted afterwards has the "
        "right place and spread, but not the shape."
    )
    if other := vae_beside(run):
        vae = other.model
        assert isinstance(vae, Samples)
        named.append((f"VAE ({other.path.name}) from N(0, I)", vae.sample(vae.noise(count, seed=0))))
        caption += " The last row is from the variational autoencoder beside this run, trained on the same data: its loss does."
    return Figure("Why this model cannot generate", caption, rows(named))


def vae_beside(run: Run) -> Run | None:
    """The last run by name in the same parent folder, on the same data, that has a prior to sample from."""
    for folder in sorted(run.path.resolve().parent.iterdir(), reverse=True):
        try:
            other = Run(folder)
            if _has_prior(other.config.family) and other.about["fingerprint"] == run.about["fingerprint"]:
                if other.spec == run.spec and other.model:
                    return other
        except (InputError, KeyError):
            continue  # not a run, or without weights yet
    return None


def _has_prior(family: str) -> bool:
    kind = MODELS[family]
    return issubclass(kind, Samples) and issubclass(kind, Explains) and not issubclass(kind, Conditional)
