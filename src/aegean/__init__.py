"""aegean: image generative models that people can really use.

import aegean

run = aegean.train("vae", data="digits", steps=1500)      # a run folder, its model trained
run = aegean.load("runs/vae-digits-001")                  # or one from before
images = aegean.sample(run, 64)                           # PIL pictures; as_tensor=True: (64, C, H, W) in [-1, 1]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aegean import pretrained as pretrained
    from aegean.data import Batch as Batch
    from aegean.data import Dataset as Dataset
    from aegean.data import DataSpec as DataSpec
    from aegean.data import open_dataset as open_dataset
    from aegean.errors import InputError as InputError
    from aegean.evaluation import EvaluationContext as EvaluationContext
    from aegean.evaluation import Figure as Figure
    from aegean.evaluation import Metric as Metric
    from aegean.evaluation import evaluate as evaluate
    from aegean.evaluation import register_metric as register_metric
    from aegean.exporting import export as export
    from aegean.families import FAMILIES as FAMILIES
    from aegean.families import Family as Family
    from aegean.families import Settings as Settings
    from aegean.families import TrainingConfig as TrainingConfig
    from aegean.families import register as register
    from aegean.images import read_origin as read_origin
    from aegean.models.capabilities import Classifies as Classifies
    from aegean.models.capabilities import ClassifiesAttributes as ClassifiesAttributes
    from aegean.models.capabilities import Conditional as Conditional
    from aegean.models.capabilities import Density as Density
    from aegean.models.capabilities import Edits as Edits
    from aegean.models.capabilities import Encodes as Encodes
    from aegean.models.capabilities import Restores as Restores
    from aegean.models.capabilities import Samples as Samples
    from aegean.models.capabilities import Translates as Translates
    from aegean.models.player import Model as Model
    from aegean.models.player import Player as Player
    from aegean.report import compare as compare
    from aegean.report import make_report as make_report
    from aegean.runs import Run as Run
    from aegean.runs import load as load
    from aegean.training import Callback as Callback
    from aegean.training import KeepBest as KeepBest
    from aegean.training import StopEarly as StopEarly
    from aegean.training import resume as resume
    from aegean.training import sweep as sweep
    from aegean.training import train as train
    from aegean.use import classify as classify
    from aegean.use import decode as decode
    from aegean.use import denoise as denoise
    from aegean.use import edit as edit
    from aegean.use import encode as encode
    from aegean.use import features as features
    from aegean.use import inpaint as inpaint
    from aegean.use import interpolate as interpolate
    from aegean.use import project as project
    from aegean.use import reconstruct as reconstruct
    from aegean.use import sample as sample
    from aegean.use import save as save
    from aegean.use import search as search
    from aegean.use import translate as translate

_PLACES = {  # where the public names are written; a module is imported when the first of its names is asked for
    "aegean.data": ("Batch", "DataSpec", "Dataset", "open_dataset"),
    "aegean.errors": ("InputError",),
    "aegean.evaluation": ("EvaluationContext", "Figure", "Metric", "evaluate", "register_metric"),
    "aegean.exporting": ("export",),
    "aegean.families": ("FAMILIES", "Family", "Settings", "TrainingConfig", "register"),
    "aegean.images": ("read_origin",),
    "aegean.models.capabilities": (
        *("Classifies", "ClassifiesAttributes", "Conditional", "Density", "Edits"),
        *("Encodes", "Restores", "Samples", "Translates"),
    ),
    "aegean.models.player": ("Model", "Player"),
    "aegean.report": ("compare", "make_report"),
    "aegean.runs": ("Run", "load"),
    "aegean.training": ("Callback", "KeepBest", "StopEarly", "resume", "sweep", "train"),
    "aegean.use": (
        *("classify", "decode", "denoise", "edit", "encode", "features"),
        *("inpaint", "interpolate", "project", "reconstruct", "sample", "save", "search", "translate"),
    ),
}
_MODULE_OF = {name: module for module, names in _PLACES.items() for name in names}

__all__ = sorted([*_MODULE_OF, "pretrained"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("aegean")
    import importlib

    if name == "pretrained":
        return importlib.import_module("aegean.pretrained")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'aegean' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
