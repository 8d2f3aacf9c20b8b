"""THE run folder: a folder <-> (config, model, history). The only file that knows its file names.

RUN/  config.json            the effective config; `aegean train --like RUN` reruns it
      about.json             command, versions, commit, machine, DataSpec, fingerprint of the data, framing of faces
      metrics.jsonl          a line a report: step, images, seconds, "vae/rate": ...
      previews/              step-000500.png ...
      weights.safetensors    averaged weights: all that sampling and evaluation need
      best.safetensors       those of the best step so far, where a KeepBest watched
      state/                 all that resuming needs; one file, written whole, then renamed
      evaluation.json  samples/  report.html
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from aegean.data.given import PREFIX
from aegean.data.splits import SPLITS
from aegean.data.types import Dataset, DataSpec
from aegean.errors import InputError
from aegean.families import RunConfig, from_json
from aegean.files import unfinished, whole
from aegean.images import COLOURS
from aegean.models import build
from aegean.models.player import Model

WEIGHTS = "weights.safetensors"


class Run:
    """An open run folder. Everything in it is read when first asked for."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        if not self.path.is_dir():
            raise InputError(f"{self.path}: no such run folder; `aegean train` makes one")
        if not (self.path / "config.json").is_file():
            raise InputError(f"{self.path}: not a run folder (it has no config.json)")

    def __repr__(self) -> str:
        try:
            spec, steps = self.spec, f"{self.step:,} of {self.config.training.steps:,} steps"
            form = f"{spec.size} x {spec.size} {COLOURS.get(spec.channels, f'{spec.channels} channels')}"
            return f"<Run {self.path}: {self.config.family} on {spec.name}, {form}, {steps}>"
        except (InputError, KeyError, TypeError) as error:  # its files are damaged
            return f"<Run {self.path}: {error}>"

    def _repr_html_(self) -> str:
        html: str = _notebook().html(self)
        return html

    def _repr_png_(self) -> bytes | None:
        png: bytes | None = _notebook().png(self)
        return png

    @cached_property
    def config(self) -> RunConfig:
        """The effective config."""
        return from_json(_read_json(self.path / "config.json"))

    @cached_property
    def about(self) -> dict[str, Any]:
        """Where the run came from: command, versions, machine, data."""
        return _read_json(self.path / "about.json")

    def remember(self, **facts: Any) -> None:
        """Add facts to about.json, which JSON can hold; a folder that may not be written is left as it is."""
        self.about.update(facts)
        with contextlib.suppress(OSError):
            write_whole(self.path / "about.json", (json.dumps(self.about, indent=2) + "\n").encode())

    @property
    def spec(self) -> DataSpec:
        """What the data looked like."""
        record: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in self.about["data"].items()}
        return DataSpec(**record)

    @cached_property
    def model(self) -> Model:
        """The model with its averaged weights, on the CPU, in evaluation mode."""
        path = self.weights_path
        if not path.is_file():
            raise InputError(f"{self.path}: has no weights yet; `aegean resume {self.path}` goes on training it")
        model = build(self.config.family, self.config.model, self.spec)
        load_weights(model, path)
        return model.eval().requires_grad_(False)

    @cached_property
    def data(self) -> Dataset:
        """The data the run was trained on, opened again; InputError where it no longer fits the model."""
        from aegean.data import open_dataset

        dataset = open_dataset(self.config.data)
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

        dataset = open_dataset(self.config.data, given=given)
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
        lines = []
        if self.metrics_path.is_file():
            for line in self.metrics_path.read_text().splitlines():
                with contextlib.suppress(json.JSONDecodeError):
                    lines.append(json.loads(line))
        return lines

    @property
    def step(self) -> int:
        """Steps of training that the checkpoint holds; without one, those of the weights that were measured, or 0."""
        if not self.state_path.is_file():
            return max((int(record["step"]) for record in self.evaluation), default=0)
        return int(_open_safetensors(self.state_path)[1]["step"])

    @property
    def metrics_path(self) -> Path:
        """metrics.jsonl."""
        return self.path / "metrics.jsonl"

    @property
    def weights_path(self) -> Path:
        """The averaged weights."""
        return self.path / WEIGHTS

    @property
    def best_path(self) -> Path:
        """The averaged weights of the best step."""
        return self.path / "best.safetensors"

    @cached_property
    def weights_digest(self) -> str:
        """What tells the model's weights from all others: the first digits of their SHA-256."""
        digest = hashlib.sha256()
        for name, value in self.model.state_dict().items():
            digest.update(name.encode() + value.contiguous().numpy().tobytes())
        return digest.hexdigest()[:8]

    @property
    def state_path(self) -> Path:
        """The checkpoint."""
        return self.path / "state" / "state.safetensors"

    @property
    def report_path(self) -> Path:
        """report.html."""
        return self.path / "report.html"

    def preview_path(self, step: int) -> Path:
        """The preview picture of a step."""
        return self.path / "previews" / f"step-{step:06d}.png"

    def previews(self) -> list[Path]:
        """The preview pictures, in order."""
        return sorted((self.path / "previews").glob("step-*.png"))

    def sample_path(self, name: str) -> Path:
        """A file in samples/."""
        return self.path / "samples" / name

    def log(self, record: Mapping[str, Any]) -> None:
        """Add one line to metrics.jsonl."""
        with self.metrics_path.open("a") as file:
            file.write(json.dumps(record) + "\n")

    def rewind(self, step: int) -> None:
        """Forget the lines of metrics.jsonl past `step`: a resumed run writes them again."""
        kept = [record for record in self.history if record["step"] <= step]
        write_whole(self.metrics_path, "".join(json.dumps(record) + "\n" for record in kept).encode())

    def save_weights(self, tensors: Mapping[str, Tensor], path: Path | None = None) -> None:
        """Write weights.safetensors, or another file of weights, whole or not at all."""
        _save_safetensors(path or self.weights_path, tensors, {"family": self.config.family})

    def save_state(self, tensors: Mapping[str, Tensor], step: int, processes: int) -> None:
        """Write the checkpoint, whole or not at all."""
        self.state_path.parent.mkdir(exist_ok=True)
        facts = {"family": self.config.family, "step": str(step), "processes": str(processes)}
        _save_safetensors(self.state_path, tensors, facts)

    def load_state(self) -> tuple[dict[str, Tensor], int, int]:
        """The checkpoint's tensors, its step, and how many processes made it."""
        tensors, metadata = _open_safetensors(self.state_path)
        if metadata.get("family") != self.config.family:
            raise InputError(f"{self.state_path}: a checkpoint of {metadata.get('family')}, not {self.config.family}")
        return tensors, int(metadata["step"]), int(metadata.get("processes", 1))

    @property
    def evaluation(self) -> list[dict[str, Any]]:
        """The records of evaluation.json."""
        path = self.path / "evaluation.json"
        return list(_read_json(path)) if path.is_file() else []

    def is_stale(self, record: Mapping[str, Any]) -> bool:
        """Whether a record measured other weights than the run has now; one that does not say which is believed."""
        return "weights" in record and self.weights_path.is_file() and record["weights"] != self.weights_digest

    def save_evaluation(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Add records to evaluation.json; one of the same metric, split and settings replaces the older."""

        def key(record: Mapping[str, Any]) -> str:
            return json.dumps([record["metric"], record["split"], record.get("settings", {})], sort_keys=True)

        merged = {key(record): dict(record) for record in [*self.evaluation, *records]}
        write_whole(self.path / "evaluation.json", (json.dumps(list(merged.values()), indent=2) + "\n").encode())


def create(config: RunConfig, dataset: Dataset, path: str | Path | None = None, **facts: Any) -> Run:
    """Make a run folder, whole or not at all; without `path`, the first free one of runs/FAMILY-DATA-001, -002, ...

    `facts` are recorded beside where the run comes from.
    """
    splits = {name: dataset.split(name) for name in SPLITS}
    others = {name: len(split.other) for name, split in splits.items() if split.other is not None}
    about = {
        "command": command(),
        **machine(),
        "commit": _commit(Path(__file__)),
        "data": dataclasses.asdict(dataset.spec),
        "images": {name: len(split) for name, split in splits.items()},
        **({"other_images": others} if others else {}),  # of the second domain
        "fingerprint": dataset.fingerprint,
        **facts,
    }
    record = {"about.json": about, "config.json": config.to_json()}
    files = {name: (json.dumps(content, indent=2) + "\n").encode() for name, content in record.items()}
    if path is not None:
        if not _claimed(Path(path), files):
            raise InputError(f"{path}: exists already; resume it with `aegean resume {path}`, or give another --out")
        return Run(path)
    while not _claimed(folder := _free_name(f"{config.family}-{dataset.spec.name}"), files):
        pass  # another process was the quicker
    return Run(folder)


def _claimed(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Make `folder` with these files in it, by one rename; False where it is there and not empty.

    An empty folder of the user's stays the one it is: the first file claims it, and the last makes it a run.
    """
    if folder.exists():
        if not folder.is_dir() or any(folder.iterdir()):
            return False
        try:
            (folder / next(iter(files))).touch(exist_ok=False)
        except FileExistsError:
            return False
        for name, content in files.items():
            write_whole(folder / name, content)
        return True
    folder.parent.mkdir(parents=True, exist_ok=True)
    with unfinished(folder) as beside:
        beside.mkdir()
        for name, content in files.items():
            write_whole(beside / name, content)
        try:
            beside.rename(folder)
        except OSError as error:
            if error.errno in {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}:
                return False
            raise
    return True


def load(path: str | Path) -> Run:
    """Open a run folder: `load(path).model` is its model, ready to use."""
    return Run(path)


def is_run(path: str | Path) -> bool:
    """Whether a path names the folder of a run, and not a network in the hub's format, which has a config.json too."""
    try:
        return "family" in json.loads((Path(path).expanduser() / "config.json").read_text())
    except (OSError, ValueError):
        return False


def command() -> str:
    """The words this process was started with: for about.json and for each figure."""
    name = Path(sys.argv[0]).name
    return " ".join(["aegean" if name == "__main__.py" else name, *sys.argv[1:]])


def machine() -> dict[str, Any]:
    """What this is running on: for about.json and for each figure."""
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else _processor()
    versions = {"aegean": version("aegean"), "python": platform.python_version(), "torch": torch.__version__}
    return {
        "machine": f"{device}, {os.cpu_count()} CPU cores",
        "threads": torch.get_num_threads(),
        "versions": versions,
    }


def load_weights(model: Model, path: Path) -> None:
    """Fill `model` from a safetensors file; InputError in one line when it does not fit."""
    try:
        own, found = model.state_dict(), load_file(path)
        model.load_state_dict({name: own[name] for name in model.remembered} | found)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: not a whole safetensors file ({error})") from error
    except RuntimeError as error:
        raise InputError(f"{path}: its weights are not those of this config") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with whole(path, durable=True) as beside:
        beside.write_bytes(content)


def _save_safetensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str]) -> None:
    with whole(path, durable=True) as beside:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, beside, metadata)


def _open_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    if not path.is_file():
        raise InputError(f"{path}: there is no checkpoint to resume from")
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path}: not a whole safetensors file ({error}); nothing was loaded") from error


def _notebook() -> Any:
    """What shows a run in a notebook, imported when a notebook asks, by its name: it stands in a room above."""
    return importlib.import_module("aegean.report.notebook")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not JSON ({error})") from error


def _short(fact: object) -> str:
    words = [str(word) for word in fact] if isinstance(fact, tuple) else [str(fact)]
    return ", ".join(words[:5]) + " ..." * (len(words) > 5) or "none"


def _free_name(stem: str) -> Path:
    number = 1
    while (folder := Path("runs") / f"{stem}-{number:03d}").exists():
        number += 1
    return folder


def _commit(file: Path) -> str | None:
    """The git commit of the source tree that has `file`; None where no repository tracks it, as when installed."""
    try:
        for words in (["ls-files", "--error-unmatch", file.name], ["rev-parse", "HEAD"]):
            git = ["git", "-C", str(file.parent), *words]
            said = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
        return said
    except (OSError, subprocess.CalledProcessError):
        return None


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
