"""What changes weights: `train` and `resume`, and what is called as they go on."""

from aegean.training.callbacks import Callback, KeepBest, StopEarly
from aegean.training.loop import resume, train
from aegean.training.sweeping import Unfinished, sweep

__all__ = ["Callback", "KeepBest", "StopEarly", "Unfinished", "resume", "sweep", "train"]
