"""aegean: image generative models that people can really use.

import aegean

run = aegean.train("vae", data="digits", steps=1500)      # a run folder, its model trained
run = aegean.load("runs/vae-digits-001")                  # or one from before
images = run.model.sample(run.model.noise(64, seed=0))    # (64, C, H, W) in [-1, 1]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = [
    "FAMILIES",
    "EvaluationContext",
    "Family",
    "Figure",
    "InputError",
    "Metric",
    "Settings",
    "TrainingConfig",
    "evaluate",
    "load",
    "make_report",
    "open_dataset",
    "pretrained",
    "register",
    "register_metric",
    "resume",
    "train",
]

_WHERE = {  # public name -> module; torch is imported when the first of them is asked for
    "train": "aegean.training",
    "resume": "aegean.training",
    "load": "aegean.runs",
    "open_dataset": "aegean.data",
    "evaluate": "aegean.evaluation",
    "EvaluationContext": "aegean.evaluation",
    "Figure": "aegean.evaluation",
    "Metric": "aegean.evaluation",
    "register_metric": "aegean.evaluation",
    "make_report": "aegean.report",
    "InputError": "aegean.errors",
    "FAMILIES": "aegean.families",
    "Family": "aegean.families",
    "Settings": "aegean.families",
    "TrainingConfig": "aegean.families",
    "register": "aegean.families",
    "pretrained": "aegean.pretrained",
}

if TYPE_CHECKING:
    from aegean import pretrained
    from aegean.data import open_dataset
    from aegean.errors import InputError
    from aegean.evaluation import EvaluationContext, Figure, Metric, evaluate, register_metric
    from aegean.families import FAMILIES, Family, Settings, TrainingConfig, register
    from aegean.report import make_report
    from aegean.runs import load
    from aegean.training import resume, train


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("aegean")
    if name not in _WHERE:
        raise AttributeError(f"module 'aegean' has no attribute {name!r}")
    import importlib

    module = importlib.import_module(_WHERE[name])
    return module if name == "pretrained" else getattr(module, name)
