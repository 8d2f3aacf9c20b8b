"""What changes weights: `train` and `resume`."""

from aegean.training.loop import resume, train

__all__ = ["resume", "train"]
