"""What changes weights: `train` and `resume`, and what is called as they go on."""

from aegean.training.callbacks import Callback, KeepBest, StopEarly
from aegean.training.loop import resume, train

__all__ = ["Callback", "KeepBest", "StopEarly", "resume", "train"]
