"""What is measured, and on what: a run's model, the images of a split, a judge. Reading, batches and seeds are here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from aegean.data import SPLITS, is_given, open_alike, read_pictures
from aegean.data.classes import with_classes
from aegean.data.folders import pictures_in
from aegean.data.types import Batch, Dataset, DataSpec, ImageSet, spread
from aegean.device import on_device, pick_device
from aegean.errors import InputError
from aegean.evaluation.chosen import Chosen
from aegean.evaluation.extractor import Extractor
from aegean.evaluation.judge import Judge
from aegean.evaluation.progress import progress_line
from aegean.evaluation.unseen import unseen_network
from aegean.latent import with_prior
from aegean.latent.directions import editor_of
from aegean.models.capabilities import Conditional, Edits, Restores, Samples
from aegean.models.player import Model
from aegean.runs import Run
from aegean.sharing import dealt, first_alone

Result = TypeVar("Result")
OPTIONS = {  # attribute -> the option that it holds
    "samples": "samples",
    "sigma": "sigma",
    "temperature": "temperature",
    "judge": "judge",
    "_extractor": "extractor",
    "extractor": "extractor",
    "_orthogonal": "plain",
    "editor": "attributes",
}
BATCH = 256 * 784  # numbers in one batch of images
FEW = 8  # images of any size that a network looks at together


class EvaluationContext:
    """One run, about to be measured: what a metric is called with. What several metrics share is computed by `once`."""

    def __init__(
        self,
        run: Run,
        *,
        split: str = "test",
        limit: int | None = None,
        samples: int = 50,
        sigma: float | None = None,
        temperature: float = 1.0,
        prior: str | None = None,
        sampling: Mapping[str, Any] | None = None,
        data: Any = None,
        judge: Run | None = None,
        extractor: Run | str | Path | Callable[[Tensor], Tensor] | None = None,
        orthogonal: bool | None = None,
        attributes: Sequence[str] = (),
        seed: int = 0,
        seeds: int = 1,
        device: str = "auto",
        progress: bool = True,
    ) -> None:
        """The arguments are those of `aegean.evaluation.evaluate`; `orthogonal`: directions in codes count as edits."""
        if split not in SPLITS:
            raise InputError(f"--split {split}: there is train, validation and test")
        self.run = run
        self.split, self.limit = split, limit
        self.samples, self.sigma, self.temperature = samples, sigma, temperature
        self.told, self.prior = dict(sampling or {}), prior
        self.data, self.seed, self.seeds = data, seed, seeds
        self.draw = 0  # which of the seeds samples are drawn by now
        self.drew = False  # whether what is computed now depends on it
        self.device, self.progress = pick_device(device), progress
        self.judge = None if judge is None else Judge(judge, run, self.device)
        self._extractor, self._orthogonal, self.attributes = extractor, orthogonal, attributes
        model = run.model if prior is None else cast(Model, with_prior(run, prior))
        self.model = on_device(model, self.device)
        self.heeded = set[str]()  # which of OPTIONS have been asked for
        self.reused = 0.0  # seconds that results taken a second time had cost
        self._results: dict[Any, tuple[Any, float, bool]] = {}

    def __getattribute__(self, name: str) -> Any:
        """Notes which options are asked for, so that those of no use can be told."""
        if name in OPTIONS and "heeded" in object.__getattribute__(self, "__dict__"):
            object.__getattribute__(self, "heeded").add(OPTIONS[name])
        return object.__getattribute__(self, name)

    @property
    def spec(self) -> DataSpec:
        """What the model was built for."""
        return self.run.spec

    @property
    def settings(self) -> dict[str, Any]:
        """What every figure must say about the images, where they are not simply those of the run."""
        settings: dict[str, Any] = {} if self.limit is None else {"limit": self.limit}
        if self.pictures is not None:
            return {"data": Path(str(self.data)).name, "size": "as they come", **settings}
        return (
            settings if self.data is None else {"data": self.dataset.spec.name, "size": self.spec.size.word, **settings}
        )

    def noise(self, count: int) -> Tensor:
        """Noise times the temperature, by the seed of the draw: what samples are made from. (count, Z)"""
        self.drew = True
        return self.temperature * cast(Samples, self.model).noise(count, self.sampling_seed).to(self.device)

    @property
    def sampling_seed(self) -> int:
        """The seed that samples of this draw are made by; no two splits share one: no choice is its own test."""
        return len(SPLITS) * (self.seed + self.draw) + SPLITS.index(self.split)

    @property
    def sampling(self) -> dict[str, Any]:
        """What a figure of samples must say about how they were drawn."""
        warmth = {} if self.temperature == 1 else {"temperature": self.temperature}
        return {**warmth, **({} if self.prior is None else {"prior": self.prior}), **self.told}

    def sample(self, noise: Tensor, label: Tensor | None) -> Tensor:
        """New images of noise (B, Z), as they were asked for. (B, C, H, W)"""
        return cast(Samples, self.model).sample(noise, label, **self.told)

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

    @property
    def extractor_given(self) -> bool:
        """Whether an extractor was asked for by name."""
        return self._extractor is not None

    @property
    def plain(self) -> bool:
        """Whether directions in codes were asked for as they are."""
        return self._orthogonal is False

    @cached_property
    def unseen_extractor(self) -> Extractor:
        """What was asked for, else a published network that training never saw."""
        if self._extractor is None:
            return Extractor(unseen_network(self.run), self.spec, self.device)
        return cast(Extractor, self.extractor)

    @cached_property
    def editor(self) -> Edits | None:
        """What changes attributes: the model itself, or directions in its codes."""
        editor: Edits | None = self.model if isinstance(self.model, Edits) else None
        if editor is None and self._orthogonal is not None:
            made = editor_of(self.run, self._orthogonal)
            editor = None if made is None else cast(Edits, on_device(cast(nn.Module, made), self.device))
        return Chosen(editor, self.attributes) if editor is not None and self.attributes else editor

    @cached_property
    def dataset(self) -> Dataset:
        """The run's own images, or those of `data`, cut to the model's size."""
        if self.data is not None:
            found = first_alone(lambda: open_alike(self.data, self.run.config.data, self.spec))
            return with_classes(found, self.spec.classes)
        try:
            return first_alone(lambda: self.run.own_data)
        except InputError as error:
            raise InputError(f"{error}; --data names others") from error

    @cached_property
    def images(self) -> ImageSet:
        """The split that is measured on, or `limit` images from all over it."""
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

    def once(self, work: Callable[[EvaluationContext], Result]) -> Result:
        """`work(self)`, computed on the first call and kept: for this draw if it asks for noise, else for all draws.

        Its random numbers depend on the seed and the draw alone.
        """
        key = next((key for key in (work, (work, self.draw)) if key in self._results), None)
        if key is not None:
            self.reused += self._results[key][1]
        else:
            start, before, self.drew = time.perf_counter(), self.drew, False
            with torch.random.fork_rng(), torch.inference_mode():
                torch.manual_seed(self.seed + self.draw)
                found = work(self)
            key = (work, self.draw) if self.drew else work
            self._results[key] = found, time.perf_counter() - start, self.drew
            self.drew = before
        result, _, drew = self._results[key]
        self.drew |= drew
        return cast(Result, result)

    def each(self, what: str, work: Callable[[int, Batch], Result], images: ImageSet | None = None) -> list[Result]:
        """`work(index of the first, batch)` of the images, by default the split's, batch by batch, on the device.

        `what` is shown by the progress line.
        """
        images = self.images if images is None else images

        def of(part: range) -> Result:
            batch = images.batch(torch.arange(part.start, part.stop))
            return work(part.start, Batch(*(None if t is None else t.to(self.device) for t in batch)))  # type: ignore[arg-type]

        return self.in_parts(what, len(images), self.batch_size, of)

    def look(self, extract: Extractor, image: Tensor) -> Tensor:
        """Features of any number of images, a few at a time, on the CPU. (N, C, H, W) -> (N, F)"""

        def seen(part: range) -> Tensor:
            return extract(image[part.start : part.stop].to(self.device)).flatten(1)

        return torch.cat(self.in_parts("features", len(image), FEW, seen)).cpu()

    def in_parts(self, what: str, count: int, size: int, work: Callable[[range], Result]) -> list[Result]:
        """`work` of each range of `size` of `count` images; several processes share them.

        Random numbers of a part depend on the seed, the draw and its place alone.
        """
        parts = [range(start, min(start + size, count)) for start in range(0, count, size)]

        def of(part: range) -> Result:
            with torch.random.fork_rng(), torch.inference_mode():
                torch.manual_seed(self.seed + self.draw + part.start)
                return work(part)

        found = []
        with progress_line(what, count, self.progress) as advance:
            for part, result in zip(parts, dealt(parts, lambda mine: map(of, mine), self.device), strict=True):
                found.append(result)
                advance(len(part))
        return found

    @property
    def batch_size(self) -> int:
        """Images in one batch: the larger the images, the fewer."""
        return max(1, BATCH // self.spec.dimensions)

    def label(self, batch: Batch) -> Tensor | None:
        """The labels, if the model takes them."""
        return batch.label if self.conditional else None
