"""`--codes RUN`: a model that works in the codes of a trained run takes that run's networks into its own."""

from __future__ import annotations

import dataclasses
import json

from aegean.data.types import DataSpec
from aegean.errors import InputError
from aegean.families import RunConfig, change
from aegean.models.capabilities import EncodesMaps
from aegean.models.player import Model
from aegean.runs import Run


def with_codec(config: RunConfig) -> RunConfig:
    """The config, in which the settings of the network are noted that `--codes` names: with them it can be built."""
    codes = getattr(config.model, "codes", None)
    if codes is None:
        return config
    run = Run(codes)
    if not isinstance(run.model, EncodesMaps):
        raise InputError(f"--codes {codes}: the codes of a {run.config.family} are no maps; train a map_autoencoder")
    plain = dataclasses.replace(run.config.model, adversarial=0.0)  # its discriminator stays behind
    return change(config, codec=json.dumps(dataclasses.asdict(plain)))


def take_codec(model: Model, config: RunConfig, spec: DataSpec) -> None:
    """The weights of `--codes`; InputError where that run is of images of another size."""
    if model.borrowed is None:
        return
    run = Run(config.model.codes)
    for name in ("channels", "size"):
        if getattr(run.spec, name) != getattr(spec, name):
            theirs, ours = getattr(run.spec, name), getattr(spec, name)
            raise InputError(f"--codes {run.path}: its images have {name} {theirs}, those of {spec.name} {ours}")
    found = run.model.state_dict()
    model.borrowed.load_state_dict({name: found[name] for name in model.borrowed.state_dict()})
