"""Settings of `flow`, and its training defaults."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from aegean.families.bounds import Count, Positive, Weight
from aegean.families.family import Family
from aegean.families.map_autoencoder import MapAutoencoderConfig
from aegean.families.settings import Settings
from aegean.families.training import TrainingConfig

Solver = Literal["euler", "midpoint", "heun"]


@dataclass(frozen=True)
class FlowConfig(Settings):
    """Flow matching: learns how noise moves until it is an image; makes, rebuilds, explains and fills in."""

    width: Positive = 48
    """Channels at half resolution; they grow with each further halving, up to four times."""

    growth: Positive = 2
    """Factor by which the channels grow."""

    depth: Count = 1
    """Residual blocks per resolution, on the way down and on the way up; twice as many at the coarsest."""

    times: Literal["uniform", "middle", "early"] = "uniform"
    """Which times are learned: all alike; mostly those in the middle, where most is to be decided (of use for looks);
    or mostly those at which an image has little noise yet, which its probability in bits depends on."""

    codes: str | None = None
    """The run of a map_autoencoder: the flow is of its codes, and takes its networks along. None: of pixels."""

    codec: str = ""
    """The settings of those networks, in JSON; found out when the run is begun."""

    solver: Solver = "midpoint"
    """How the flow is followed at use, unless told otherwise; all but euler look twice a step."""

    ode_steps: Positive = 20
    """In how many steps, unless told otherwise."""

    guidance: Weight = 1.0
    """How far what is wanted is exaggerated in samples, unless told otherwise. 1: not. Of conditional ones alone."""

    def problem(self) -> str | None:
        """What is noted of the networks of `codes` must be settings of theirs."""
        try:
            if self.codec:
                MapAutoencoderConfig(**json.loads(self.codec)).checked()
        except (ValueError, TypeError) as error:
            return f"--codec {self.codec}: not the settings of a map_autoencoder ({error}); --codes finds them out"
        return super().problem()


FLOW_TRAINING = TrainingConfig(steps=20_000, batch_size=64, clip=1.0, preview_every=2000, save_every=500)


FAMILY = Family(FlowConfig, FLOW_TRAINING, model="aegean.models.flow:Flow")
