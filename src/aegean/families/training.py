"""How the weights are changed: the part of a run's config that the loop reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegean.families.bounds import Count, Positive, Rate, Seed, Share, Weight
from aegean.families.settings import Settings

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class TrainingConfig(Settings):
    """Settings of the one training loop."""

    init: str | None = None
    """Start from the weights of this run, as far as they fit by name and shape; the rest, such as a discriminator that
    it lacks, from random ones. None: all from random ones."""

    steps: Positive = 3000
    """Rounds of the game: in each, every player makes its moves."""

    batch_size: Positive = 128
    """Images per batch, over all processes."""

    accumulate: Positive = 1
    """Batches whose mean gradient makes one step: large batches in little memory."""

    seed: Seed = 0
    """Seed of the initial weights, the batch order and all noise."""

    optimiser: Literal["adamw", "sgd", "rmsprop"] = "adamw"
    """adamw; sgd with momentum, the first of the betas; rmsprop, whose mean square decays by the second."""

    learning_rate: Rate = 1e-3
    """Peak step size of the optimiser."""

    rates: tuple[str, ...] = ()
    """Peak step sizes of single players, such as discriminator=4e-4; the others have the learning rate."""

    schedule: Literal["cosine", "linear", "hold", "constant"] = "cosine"
    """After the warm-up it falls to zero along a cosine, along a line, along a line from half-way (hold), or stays."""

    warmup: Share = 0.05
    """Part of the steps in which the learning rate rises from zero."""

    betas: tuple[Share, Share] = (0.9, 0.99)
    """Decay rates per step of the two moments: of the gradient and of its square."""

    weight_decay: Weight = 0.0
    """Decay of weights of two or more dimensions: decoupled (adamw), or added to the gradient (sgd, rmsprop)."""

    clip: Weight = 0.0
    """Gradient norm above which a player's gradient is scaled down. 0: never."""

    average: Share = 0.999
    """Decay per step of the averaged weights (EMA), after n steps at most (1 + n) / (10 + n): no lag. 0: none."""

    precision: Precision = "auto"
    """auto: bfloat16 where it is the faster on this machine, else float32; the run records which."""

    device: str = "auto"
    """cpu, cuda, mps ... auto: the accelerator, if there is one."""

    crop: Count = 0
    """Train on random squares of this side, in pixels. 0: whole images."""

    jitter: Weight = 0.0
    """Turn, zoom, move and tint training images a little at random, against learning few of them by heart; 1: up to
    10 degrees, 10 %, 5 % of the side, 10 % of the contrast. 0: no."""

    flip: bool = False
    """Mirror training images left to right at random."""

    turn: bool = False
    """Also turn them by quarter turns at random: for textures, not for what stands upright. Images must be square, or
    be cropped to squares."""

    log_every: Positive = 50
    """Steps between lines of metrics.jsonl."""

    preview_every: Count = 500
    """Steps between preview pictures. 0: none."""

    save_every: Positive = 500
    """Steps between checkpoints."""

    tracker: str | None = None
    """Also log to a tracker: tensorboard, wandb, mlflow, comet_ml ... (needs the extra `trackers`)."""

    def problem(self) -> str | None:
        """Each of the rates is PLAYER=NUMBER, a player once."""
        for word in self.rates:
            player, _, number = word.partition("=")
            try:
                right = bool(player) and 0 < float(number) < float("inf")
            except ValueError:
                right = False
            if not right:
                return f"--rates {word}: must be PLAYER=NUMBER, such as discriminator=4e-4, the number above 0"
        if len(self.rate_of) < len(self.rates):
            return f"--rates {' '.join(self.rates)}: names a player twice"
        return None

    @property
    def rate_of(self) -> dict[str, float]:
        """The peak step size of each player that has its own."""
        return {word.partition("=")[0]: float(word.partition("=")[2]) for word in self.rates}

    @property
    def images(self) -> int:
        """Images per step, over all processes."""
        return self.batch_size * self.accumulate
