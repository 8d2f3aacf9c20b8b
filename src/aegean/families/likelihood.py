"""What pixels are to a model that gives images a probability, common to several families."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegean.families.bounds import Weight
from aegean.families.settings import Settings


@dataclass(frozen=True)
class LikelihoodConfig(Settings):
    """p(x|z), and what its bound is made of."""

    likelihood: Literal["bernoulli", "gaussian", "logistic"] = "bernoulli"
    """p(x|z): Bernoulli on binarised pixels, Gaussian of learned scale, or discretised logistic on 256 levels."""

    binarise: bool = True
    """Bernoulli: draw each pixel as 0 or 1 at every look (dynamic). False: grey values, which is no likelihood."""

    beta: Weight = 1.0
    """Weight of the rate; 1 is the ELBO."""
