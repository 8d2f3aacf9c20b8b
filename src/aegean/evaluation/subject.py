"""What is measured, and on what: a model, the images of a split, a judge. Reading, batches and seeds are here."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from aegean.data import SPLITS, is_given, open_dataset, read_pictures
from aegean.data.folders import pictures_in
from aegean.data.types import Batch, Dataset, DataSpec, ImageSet, spread
from aegean.device import pick_device
from aegean.errors import InputError
from aegean.evaluation.judging import agreement, even_boundaries
from aegean.evaluation.progress import progress_line
from aegean.latent.directions import editor_of
from aegean.models.capabilities import Classifies, ClassifiesAttributes, Conditional, Edits, Encodes, Restores, Samples
from aegean.runs import Run

Result = TypeVar("Result")
Module = TypeVar("Module", bound=nn.Module)
BATCH = 256 * 784  # numbers in one batch of images


class Subject:
    """One run, about to be measured. What several metrics share is worked out once, by `once`."""

    def __init__(
        self,
        run: Run,
        *,
        split: str = "test",
        limit: int | None = None,
        samples: int = 50,
        sigma: float | None = None,
        temperature: float = 1.0,
        data: Any = None,
        judge: Run | None = None,
        extractor: Run | str | Path | Callable[[Tensor], Tensor] | None = None,
        orthogonal: bool | None = None,
        seed: int = 0,
        device: str = "auto",
        progress: bool = True,
    ) -> None:
        """The arguments are those of `aegean.evaluation.evaluate`; `orthogonal`: directions in codes count as edits."""
        self.run, self.split, self.limit, self.samples, self.sigma = run, split, limit, samples, sigma
        self.data, self.seed, self.device, self.progress = data, seed, pick_device(device), progress
        self.temperature = temperature
        self.judge = None if judge is None else Judge(judge, run, self.device)
        self._extractor, self._orthogonal = extractor, orthogonal
        self.model = _on(run.model, self.device)
        self.reused = 0.0  # seconds that results taken a second time had cost
        self._results: dict[Any, tuple[Any, float]] = {}

    @property
    def spec(self) -> DataSpec:
        """What the model was built for."""
        return self.run.spec

    @property
    def setting(self) -> dict[str, Any]:
        """The settings of the run's family."""
        return dict(vars(self.run.config.model))

    @property
    def settings(self) -> dict[str, Any]:
        """What every figure must say of the images, where they are not simply those of the run."""
        settings: dict[str, Any] = {} if self.limit is None else {"limit": self.limit}
        if self.pictures is not None:
            return {"data": Path(str(self.data)).name, "size": "as they come", **settings}
        return settings if self.data is None else {"data": self.dataset.spec.name, "size": self.spec.size, **settings}

    def noise(self, count: int) -> Tensor:
        """What samples are made from: noise times the temperature, so that the figure must say it. (count, Z)"""
        return self.temperature * cast(Samples, self.model).noise(count, self.seed).to(self.device)

    @property
    def sampling(self) -> dict[str, Any]:
        """What a figure of samples must say of how they were drawn."""
        return {} if self.temperature == 1 else {"temperature": self.temperature}

    @property
    def conditional(self) -> bool:
        """Whether the model takes labels."""
        return isinstance(self.model, Conditional)

    @cached_property
    def extractor(self) -> Extractor | None:
        """What turns images into features: what was asked for, else the judge."""
        if self._extractor is not None:
            return Extractor(self._extractor, self.spec, self.device)
        return None if self.judge is None else Extractor(self.judge, self.spec, self.device)

    @cached_property
    def editor(self) -> Edits | None:
        """What changes attributes: the model, or directions in its codes."""
        if isinstance(self.model, Edits):
            return self.model
        made = None if self._orthogonal is None else editor_of(self.run, self._orthogonal)
        return None if made is None else cast(Edits, _on(cast(nn.Module, made), self.device))

    @cached_property
    def dataset(self) -> Dataset:
        """The run's own images, or those of `data`, cut to the model's size."""
        if self.data is not None:
            seed = self.run.config.data.split_seed
            return open_dataset(self.data, size=self.spec.size, channels=self.spec.channels, split_seed=seed)
        try:
            return self.run.own_data
        except InputError as error:
            raise InputError(f"{error}; --data names others") from error

    @cached_property
    def images(self) -> ImageSet:
        """The split that is measured on, or `limit` images from all over it."""
        if self.split not in SPLITS:
            raise InputError(f"--split {self.split}: there is train, validation and test")
        images = self.dataset.split(self.split).some(self.limit)
        if not len(images):
            raise InputError(f"{self.dataset.spec.name}: its {self.split} split holds no images")
        return images

    @cached_property
    def pictures(self) -> list[Tensor] | None:
        """The pictures of the folder `data` at their own sizes, (1, C, H, W) each, if the model restores any size."""
        any_size = isinstance(self.model, Restores) and self.model.reach is not None
        if self.data is None or not any_size or is_given(self.data) or not Path(self.data).is_dir():
            return None
        found = pictures_in(Path(self.data))
        chosen = spread(len(found), self.limit or len(found)).tolist()
        return [picture for _, picture in read_pictures([found[k] for k in chosen] or self.data, self.spec.channels)]

    def once(self, work: Callable[[Subject], Result]) -> Result:
        """`work(self)`, done the first time it is asked for; its random numbers depend on the seed alone."""
        if work in self._results:
            self.reused += self._results[work][1]
        else:
            start = time.perf_counter()
            with torch.random.fork_rng(), torch.inference_mode():
                torch.manual_seed(self.seed)
                self._results[work] = work(self), time.perf_counter() - start
        result: Result = self._results[work][0]
        return result

    def batches(self, what: str | None, images: ImageSet | None = None) -> Iterator[tuple[int, Batch]]:
        """The images in order, on the device: (index of the first, batch); with `what`, a progress line says it."""
        images = self.images if images is None else images
        size = self.batch_size
        with progress_line(what or "", len(images), self.progress and what is not None) as advance:
            for start in range(0, len(images), size):
                batch = images.batch(torch.arange(start, min(start + size, len(images))))
                yield start, Batch(*(None if t is None else t.to(self.device) for t in batch))  # type: ignore[arg-type]
                advance(len(batch.image))

    @property
    def batch_size(self) -> int:
        """Images in one batch, fewer the larger they are."""
        return max(1, BATCH // self.spec.dimensions)

    def label(self, batch: Batch) -> Tensor | None:
        """The labels, if the model takes them."""
        return batch.label if self.conditional else None


class Judge:
    """A run of a classifier that says what images show; `settings` name it and tell how good it is itself."""

    def __init__(self, run: Run, measured: Run, device: torch.device) -> None:
        """Fits images of `measured`: same channels, size, and classes or attributes; or grey, which reads by colour."""
        spec = measured.spec
        if not isinstance(run.model, Classifies | ClassifiesAttributes):
            raise InputError(f"--judge {run.path}: a {run.config.family} does not classify; give a run of a classifier")
        self.of_attributes = isinstance(run.model, ClassifiesAttributes)
        self.by_colour = run.spec.channels == 1 and spec.channels == 3
        known = "attributes" if self.of_attributes else "classes"
        for name in ("size",) if self.by_colour else ("channels", "size", known):
            if getattr(run.spec, name) != getattr(spec, name):
                theirs, ours = getattr(run.spec, name), getattr(spec, name)
                raise InputError(f"--judge {run.path}: its images have {name} {theirs}, those of the run {ours}")
        self.run, self.model, self.device = run, cast(Classifies, _on(run.model, device)), device
        self.measured = measured

    @cached_property
    def data(self) -> Dataset:
        """What it was trained on: the images of the run that it judges, wherever they lie now, if they are the same."""
        same = self.run.about["fingerprint"] == self.measured.about["fingerprint"]
        return self.measured.own_data if same and self.measured.has_own_data else self.run.own_data

    def attributes(self, image: Tensor) -> Tensor:
        """Which attributes it sees: (B, C, H, W) -> bool (B, A)."""
        return self.probabilities(image) > self.boundaries

    def probabilities(self, image: Tensor) -> Tensor:
        """Of attributes: (B, C, H, W) -> (B, A)."""
        return cast(ClassifiesAttributes, self.model).attribute_probabilities(image)

    @cached_property
    def boundaries(self) -> Tensor:
        """Above which probability an attribute counts as seen, by the validation split of its own data. (A,)"""
        images = self.data.validation
        if not len(images):
            return torch.full((len(self.run.spec.attributes),), 0.5, device=self.device)
        parts = [images.batch(places) for places in torch.arange(len(images)).split(256)]
        probability = torch.cat([self.probabilities(part.image.to(self.device)) for part in parts])
        has = torch.cat([cast(Tensor, part.attributes) for part in parts]) > 0.5
        return even_boundaries(probability, has.to(self.device))

    def read(self, image: Tensor) -> Tensor:
        """The triple that a stacked image shows, as one number: (B, 3, H, W) -> (B,)."""
        classes = len(self.run.spec.classes)
        each = self.model.log_probabilities(image.flatten(0, 1)[:, None]).argmax(1).unflatten(0, image.shape[:2])
        return (each * torch.tensor([classes**2, classes, 1], device=each.device)).sum(1)  # CUDA has no @ of integers

    def features(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F), or (B, 3F) colour by colour."""
        if not self.by_colour:
            return self.model.features(image)
        return self.model.features(image.flatten(0, 1)[:, None]).unflatten(0, image.shape[:2]).flatten(1)

    def settings(self, subject: Subject) -> dict[str, Any]:
        """Family, data and step of the judge, and its accuracy on its own whole test split."""
        return {
            "judge": self.run.config.family,
            "judge_data": self.run.spec.name,
            "judge_weights": self.run.weights_digest,
            "judge_accuracy": round(subject.once(_judge_accuracy), 4),
        }


class Extractor:
    """Images (B, C, H, W) in [-1, 1] -> features (B, F), and what every figure made with them must say."""

    def __init__(
        self, what: Judge | Run | str | Path | Callable[[Tensor], Tensor], spec: DataSpec, device: torch.device
    ) -> None:
        """`what`: a judge, a run or its folder, the name of a pretrained network, or any function."""
        self.resize = "none"
        self.network: Any = None  # a pretrained one, where it is that
        if isinstance(what, Judge):
            self.extract: Callable[[Tensor], Tensor] = what.features
            self.name = _name(what.run)
        elif isinstance(what, Run) or (isinstance(what, str | Path) and _is_run(what)):
            run = what if isinstance(what, Run) else Run(what)
            self.extract = _features_of(run, spec, device)
            self.name = _name(run)
        elif isinstance(what, str | Path):
            from aegean import pretrained

            network = pretrained.load(str(what), device=str(device))
            self.network = network
            self.extract, self.name = network.extractor(), network.name
            self.resize = f"{spec.size} to {network.input_shape[1]}, as the network's own preprocessing does"
        else:
            self.extract, self.name = what, getattr(what, "__name__", type(what).__name__)
            self.resize = "its own"
        self.device = device

    def __call__(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F)."""
        return self.extract(image).to(self.device)

    def classes_of(self, name: str) -> set[int]:
        """Numbers of the network's classes that are called so, wholly or by their last word: horse, zebra."""
        words = name.lower().replace("_", " ")
        return {
            k
            for k, known in enumerate(self.network.classes)
            if known.name.lower() == words or known.name.lower().split()[-1] == words
        }

    @property
    def settings(self) -> dict[str, Any]:
        """Name and resize."""
        return {"extractor": self.name, "resize": self.resize}


def judge_sees(subject: Subject) -> tuple[Tensor, Tensor]:
    """What the judge says of its own test images, and what they have: bool (N, A) each."""
    judge, seen, has = cast(Judge, subject.judge), [], []
    for _, batch in subject.batches("the judge's own accuracy", judge.data.test):
        seen.append(judge.attributes(batch.image))
        has.append(cast(Tensor, batch.attributes) > 0.5)
    return torch.cat(seen), torch.cat(has)


def _judge_accuracy(subject: Subject) -> float:
    judge = cast(Judge, subject.judge)
    if judge.of_attributes:
        seen, has = subject.once(judge_sees)
        return float((seen == has).float().mean())
    try:
        images = judge.data.test
    except InputError:  # a judge that came along without its data is as good as it was when it was measured
        known = [one["value"] for one in judge.run.evaluation if one["metric"] == "accuracy" and one["split"] == "test"]
        if not known:
            raise
        return float(known[-1])
    right = []
    for _, batch in subject.batches("the judge's own accuracy", images):
        assert batch.label is not None
        right.append(agreement(judge.model.log_probabilities(batch.image), batch.label))
    return float(torch.cat(right).mean())


def _name(run: Run) -> str:
    """What tells it from others that were trained alike."""
    return f"{run.config.family} on {run.spec.name}, weights {run.weights_digest}"


def _is_run(path: str | Path) -> bool:
    """Whether a word names the folder of a run, and not a network in the hub's format, which has a config.json too."""
    try:
        return bool(Run(path).config.family)
    except InputError:
        return False


def _features_of(run: Run, spec: DataSpec, device: torch.device) -> Callable[[Tensor], Tensor]:
    """A run's features of images of `spec`, or its codes. (B, C, H, W) -> (B, F)"""
    for name in ("channels", "size"):
        if getattr(run.spec, name) != getattr(spec, name):
            theirs, ours = getattr(run.spec, name), getattr(spec, name)
            raise InputError(f"--extractor {run.path}: its images have {name} {theirs}, those of the run {ours}")
    model = _on(run.model, device)
    if isinstance(model, Classifies | ClassifiesAttributes):
        return model.features
    if isinstance(model, Encodes) and not isinstance(model, Conditional):
        return model.encode
    raise InputError(
        f"--extractor {run.path}: a {run.config.family} has neither features nor codes; give a classifier or a vae"
    )


def _on(model: Module, device: torch.device) -> Module:
    """The model, or a copy of it elsewhere: a run's own stays on the CPU."""
    return model if device.type == "cpu" else copy.deepcopy(model).to(device)
