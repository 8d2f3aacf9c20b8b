"""Other people's dashboards, through accelerate: TensorBoard, Weights & Biases, MLflow ... Off unless asked for."""

from __future__ import annotations

from typing import Any

from aegean.config import RunConfig
from aegean.errors import InputError
from aegean.runs import Run


class Tracker:
    """Sends each line of metrics.jsonl to `config.training.tracker` too."""

    def __init__(self, config: RunConfig, run: Run | None) -> None:
        self.accelerator: Any = None
        name = config.training.tracker
        if name is None or run is None:
            return
        try:
            from accelerate import Accelerator

            self.accelerator = Accelerator(
                log_with=name, project_dir=str(run.path), cpu=config.training.device == "cpu"
            )
            flat = {**vars(config.model), **vars(config.training), "family": config.family, "data": config.data.data}
            simple = {k: v if isinstance(v, (int, float, str, bool)) else str(v) for k, v in flat.items()}
            self.accelerator.init_trackers("trackers", config=simple)
        except (ImportError, ValueError) as error:
            raise InputError(f"--tracker {name}: not at hand ({error}); pip install 'aegean[trackers]'") from error

    def log(self, record: dict[str, Any]) -> None:
        """One line of metrics.jsonl."""
        if self.accelerator is not None:
            self.accelerator.log({k: v for k, v in record.items() if k not in {"step", "verdict"}}, step=record["step"])

    def close(self) -> None:
        """Flush."""
        if self.accelerator is not None:
            self.accelerator.end_training()
