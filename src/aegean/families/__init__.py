"""Every setting there is, with its type, bounds, unit and help, one file a family. Imports no torch."""

from aegean.families.data import DataConfig
from aegean.families.family import Family
from aegean.families.registry import FAMILIES, find, register
from aegean.families.run import PARTS, RunConfig, change, default_config, from_json, renamed_words
from aegean.families.settings import Settings, flag
from aegean.families.training import TrainingConfig
from aegean.families.use import FlowUse, PriorKind, SamplingUse, check_settings, check_use

__all__ = [
    "FAMILIES",
    "PARTS",
    "DataConfig",
    "Family",
    "FlowUse",
    "PriorKind",
    "RunConfig",
    "SamplingUse",
    "Settings",
    "TrainingConfig",
    "change",
    "check_settings",
    "check_use",
    "default_config",
    "find",
    "flag",
    "from_json",
    "register",
    "renamed_words",
]
