"""An open run folder: its config, model, data and history."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import torch
from PIL import Image
from torch import Tensor

from aegean.data.given import PREFIX
from aegean.data.types import Dataset, DataSpec
from aegean.device import pick_device
from aegean.errors import InputError
from aegean.families import DataConfig, RunConfig
from aegean.files import exclusive
from aegean.images import COLOURS
from aegean.markup import png
from aegean.models import build
from aegean.models.elsewhere import moved
from aegean.models.player import Model
from aegean.places import home, is_shared, place
from aegean.runs import notebook
from aegean.runs.schema import read_about, read_config, read_lines, read_records
from aegean.runs.state import State
from aegean.runs.storage import WEIGHTS, Damaged, load_weights, save_tensors, write_whole
from aegean.sizes import Size


class Run:
    """An open run folder. Everything in it is read when first asked for."""

    def __init__(self, path: str | Path) -> None:
        self.name, self.path, self.home = str(path), place(path), home(path)
        self.device = torch.device("cpu")  # where its model computes
        if not self.path.is_dir():
            raise InputError(f"{self.path}: no such run folder; `aegean train` makes one")
        if not (self.path / "config.json").is_file():
            raise InputError(f"{self.path}: not a run folder (it has no config.json)")

    def __repr__(self) -> str:
        try:
            spec, steps = self.spec, f"{self.step:,} of {self.config.training.steps:,} steps"
            form = f"{spec.size} {COLOURS.get(spec.channels, f'{spec.channels} channels')}"
            return f"<Run {self.path}: {self.config.family} on {spec.name}, {form}, {steps}>"
        except (InputError, KeyError, TypeError) as error:  # its files are damaged
            return f"<Run {self.path}: {error}>"

    def _repr_html_(self) -> str:
        try:
            figures = [record for record in self.evaluation if not self.is_stale(record)]
            return notebook.html(repr(self), self._picture(), self.spec.size.width, self.history, figures)
        except (InputError, KeyError, TypeError):  # its files are damaged, as its words say
            return notebook.html(repr(self), None, 1, [], [])

    def _repr_png_(self) -> bytes | None:
        shown = self._picture()
        return None if shown is None else png(shown)

    def _picture(self) -> Image.Image | None:
        """What a notebook shows of it; None where it has neither weights nor previews."""
        try:
            model: object = self.model
        except InputError:  # no weights yet
            model = None
        return notebook.picture(model, len(self.spec.classes), self.previews())

    @cached_property
    def config(self) -> RunConfig:
        """The effective config."""
        return read_config(self.path / "config.json")

    @property
    def data_config(self) -> DataConfig:
        """The part of the config that names the data: found from the run folder where they are not from this one."""
        ways = {
            name: str((self.path / way).resolve())
            for name, way in self.about.get("from_here", {}).items()
            if not Path(getattr(self.config.data, name)).exists() and (self.path / way).exists()
        }
        return self.config.data.change(**ways)

    @cached_property
    def about(self) -> dict[str, Any]:
        """Where the run came from: command, versions, machine, data."""
        return read_about(self.path / "about.json")

    def remember(self, **facts: Any) -> None:
        """Add facts to about.json, which JSON can hold; a folder that may not be written is left as it is."""
        self.about.update(facts)
        if is_shared(self.name):
            return
        with contextlib.suppress(OSError):
            write_whole(self.path / "about.json", (json.dumps(self.about, indent=2) + "\n").encode())

    @property
    def spec(self) -> DataSpec:
        """What the data looked like."""
        record = self.about["data"]
        return msgspec.convert(record | {"size": Size.of(record["size"])}, DataSpec)

    @cached_property
    def model(self) -> Model:
        """The model with its averaged weights, in evaluation mode."""
        path = self.weights_path
        if not path.is_file():
            raise InputError(f"{self.path}: has no weights yet; `aegean resume {self.path}` goes on training it")
        model = build(self.config.family, self.config.model, self.spec)
        try:
            load_weights(model, path)
        except Damaged as error:
            mend = f"; `aegean resume {self.path}` writes it anew from the checkpoint" if self.state.paths else ""
            raise InputError(f"{error}{mend}") from error
        return moved(model.eval().requires_grad_(False), self.device)

    def to(self, device: str) -> Run:
        """Let its model compute elsewhere, as `load` does; InputError for a device that this machine does not have."""
        self.device = pick_device(device)
        if "model" in vars(self):
            moved(self.model, self.device)
        return self

    @cached_property
    def data(self) -> Dataset:
        """The data the run was trained on, opened again; InputError where it no longer fits the model."""
        from aegean.data import open_dataset

        dataset = open_dataset(self.data_config)
        for name in ("channels", "size", "classes", "attributes", "domains"):
            if getattr(dataset.spec, name) != getattr(self.spec, name):
                raise InputError(
                    f"{self.path}: {self.config.data.data} has changed since this run was trained: its {name} were "
                    f"{_short(getattr(self.spec, name))} and are {_short(getattr(dataset.spec, name))}"
                )
        return dataset

    @property
    def data_from_python(self) -> bool:
        """Whether it was trained on data that have no name or path by which they could be opened again."""
        return self.config.data.data.startswith(PREFIX)

    def give_data(self, given: Any) -> Run:
        """Give data again that came from Python: `data` is then these. InputError where they are others."""
        from aegean.data import open_dataset

        dataset = open_dataset(self.data_config, given=given)
        if dataset.fingerprint != self.about["fingerprint"]:
            raise InputError(f"{self.path}: the data given are not those that this run was trained on")
        self.data = dataset
        return self

    @property
    def has_own_data(self) -> bool:
        """Whether the splits of `data` are those of the training, so that what is a test image was not trained on."""
        return bool(self.data.fingerprint == self.about.get("fingerprint"))

    @property
    def own_data(self) -> Dataset:
        """The same as `data`; InputError where it has changed."""
        if not self.has_own_data:
            raise InputError(
                f"{self.path}: {self.config.data.data} has changed since this run was trained: its test images may be "
                "among those trained on"
            )
        return self.data

    @property
    def history(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl; a line cut short by a crash is left out."""
        return read_lines(self.metrics_path) if self.metrics_path.is_file() else []

    @property
    def step(self) -> int:
        """Steps of training that the checkpoint holds; without one, those of the weights that were measured, or 0."""
        step = self.state.step
        return max((int(record.get("step", 0)) for record in self.evaluation), default=0) if step is None else step

    @property
    def metrics_path(self) -> Path:
        """metrics.jsonl."""
        return self.path / "metrics.jsonl"

    @property
    def weights_path(self) -> Path:
        """The averaged weights."""
        of_the_hub = self.path / "model.safetensors"
        return of_the_hub if of_the_hub.is_file() else self.path / WEIGHTS

    @property
    def best_path(self) -> Path:
        """The averaged weights of the best step."""
        return self.path / "best.safetensors"

    @cached_property
    def weights_digest(self) -> str:
        """What tells the model's weights from all others: the first digits of their SHA-256."""
        digest = hashlib.sha256()
        for name, value in self.model.state_dict().items():
            digest.update(name.encode() + value.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:8]

    @property
    def state(self) -> State:
        """The checkpoints."""
        return State(self.path / "state")

    @property
    def state_path(self) -> Path:
        """The last checkpoint."""
        return self.state.last

    @contextmanager
    def held(self) -> Iterator[None]:
        """Train it alone among processes; InputError where another one does."""
        with exclusive(self.path, "training it", lock=self.path / ".training.lock"):
            yield

    @property
    def report_path(self) -> Path:
        """report.html."""
        return self.home / "report.html"

    def preview_path(self, step: int) -> Path:
        """The preview picture of a step."""
        return self.path / "previews" / f"step-{step:06d}.png"

    def previews(self) -> list[Path]:
        """The preview pictures, in order."""
        return sorted((self.path / "previews").glob("step-*.png"))

    def sample_path(self, name: str) -> Path:
        """A file in samples/."""
        return self.home / "samples" / name

    def log(self, record: Mapping[str, Any]) -> None:
        """Add one line to metrics.jsonl."""
        with self.metrics_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def rewind(self, step: int) -> None:
        """Forget the lines of metrics.jsonl past `step`: a resumed run writes them again."""
        kept = [record for record in self.history if record["step"] <= step]
        write_whole(self.metrics_path, "".join(json.dumps(record) + "\n" for record in kept).encode())

    def save_weights(self, tensors: Mapping[str, Tensor], path: Path | None = None) -> None:
        """Write weights.safetensors, or another file of weights, whole or not at all."""
        save_tensors(path or self.weights_path, tensors, {"family": self.config.family})

    def save_state(self, tensors: Mapping[str, Tensor], step: int, processes: int) -> None:
        """Write the checkpoint, whole or not at all; the one before it is kept as well."""
        self.state.save(tensors, self.config.family, step, processes)

    def load_state(self) -> tuple[dict[str, Tensor], int, int]:
        """The checkpoint's tensors, its step, and how many processes made it."""
        return self.state.load(self.config.family)

    @property
    def evaluation(self) -> list[dict[str, Any]]:
        """The records of evaluation.json."""
        paths = (self.evaluation_path, self.path / "evaluation.json")  # its own, or those that came along
        return next((read_records(path) for path in paths if path.is_file()), [])

    @property
    def evaluation_path(self) -> Path:
        """evaluation.json."""
        return self.home / "evaluation.json"

    def is_stale(self, record: Mapping[str, Any]) -> bool:
        """Whether a record measured other weights than the run has now; one that does not say which is believed."""
        return "weights" in record and self.weights_path.is_file() and record["weights"] != self.weights_digest

    def save_evaluation(self, records: Iterable[Mapping[str, Any]], path: Path | None = None) -> None:
        """Add records to evaluation.json, or `path`; one of the same metric, split and settings replaces the older."""
        path = path or self.evaluation_path

        def key(record: Mapping[str, Any]) -> str:
            return json.dumps([record["metric"], record["split"], record.get("settings", {})], sort_keys=True)

        with exclusive(path, wait=True):  # or what another process adds meanwhile would be lost
            older = self.evaluation if path == self.evaluation_path else read_records(path) if path.is_file() else []
            merged = {key(record): dict(record) for record in [*older, *records]}
            write_whole(path, (json.dumps(list(merged.values()), indent=2) + "\n").encode())


def load(path: str | Path, device: str = "cpu") -> Run:
    """Open a run folder; its `model` is ready to use, on cpu, cuda ... auto: the accelerator, if there is one."""
    return Run(path).to(device)


def _short(fact: object) -> str:
    words = [str(word) for word in fact] if type(fact) is tuple else [str(fact)]  # a size is one word
    return ", ".join(words[:5]) + " ..." * (len(words) > 5) or "none"
