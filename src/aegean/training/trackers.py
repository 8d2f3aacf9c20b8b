"""Other people's dashboards, through accelerate: TensorBoard, Weights & Biases, MLflow ... Off unless asked for."""

from __future__ import annotations

from typing import Any

from aegean.errors import InputError
from aegean.families import RunConfig
from aegean.runs import Run


def check_tracker(name: str | None) -> None:
    """InputError if there is no such tracker, or it is not installed."""
    if name is None:
        return
    try:
        from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers
        from accelerate.utils import LoggerType
    except ImportError:
        raise InputError(f"--tracker {name} needs accelerate: pip install 'aegean[trackers]'") from None
    published = {str(kind.value) for kind in LoggerType}
    own = [str(kind) for kind in LOGGER_TYPE_TO_CLASS if str(kind) not in published]  # register_tracker_class
    if name not in (there := [*(str(tracker.value) for tracker in get_available_trackers()), *own]):
        raise InputError(f"--tracker {name}: not installed here; there is: {', '.join(there) or 'none'}")


class Tracker:
    """Sends each line of metrics.jsonl to `config.training.tracker` too."""

    def __init__(self, config: RunConfig, run: Run | None) -> None:
        self.accelerator: Any = None
        name = config.training.tracker
        if name is None or run is None:
            return
        from accelerate import Accelerator

        on_cpu = config.training.device == "cpu"
        self.accelerator = Accelerator(log_with=name, project_dir=str(run.path), cpu=on_cpu)
        flat = {**vars(config.model), **vars(config.training), "family": config.family, "data": config.data.data}
        simple = {k: v if isinstance(v, (int, float, str, bool)) else str(v) for k, v in flat.items()}
        self.accelerator.init_trackers("trackers", config=simple)

    def log(self, record: dict[str, Any]) -> None:
        """One line of metrics.jsonl."""
        if self.accelerator is not None:
            self.accelerator.log({k: v for k, v in record.items() if k != "step"}, step=record["step"])

    def close(self) -> None:
        """Flush."""
        if self.accelerator is not None:
            self.accelerator.end_training()
