"""Every setting there is, with its unit and its help. Imports no torch, so that `aegean --help` is instant."""

from aegean.config.data import DataConfig
from aegean.config.families import CONFIGS, TRAINING
from aegean.config.limits import check_seed, check_temperature, problem
from aegean.config.run import RunConfig, change, default_config, from_json
from aegean.config.training import TrainingConfig

__all__ = [
    "CONFIGS",
    "TRAINING",
    "DataConfig",
    "RunConfig",
    "TrainingConfig",
    "change",
    "check_seed",
    "check_temperature",
    "default_config",
    "from_json",
    "problem",
]
