"""Any network that takes images, behind one small interface: classify, features of any layer, layers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path
from typing import Generic, Literal, NamedTuple, TypeVar, cast, overload

import torch
from PIL import Image
from torch import Tensor, nn

from aegean.device import pick_device
from aegean.errors import InputError
from aegean.pretrained.classes import ImageClass
from aegean.pretrained.folding import quickened
from aegean.pretrained.layers import Layer, Pool, find_layer, head_of, list_layers, watched, watched_input
from aegean.pretrained.packing import pack
from aegean.pretrained.streaming import Picture, Unreadable, in_order, read_some
from aegean.sharing import dealt

Precision = Literal["float32", "bfloat16"]
Result = TypeVar("Result")

BATCH = {"cpu": 8}  # images in one batch: what the caches of a core hold, or what keeps an accelerator busy
BATCH_ELSEWHERE = 64
MANY = 32  # from so many pictures on, making a faster copy of the network pays
DETAIL = 4  # large JPEGs keep so many times the pixels a side that the network looks at (2: top-5 agrees in 97.8 %)


class Guess(NamedTuple):
    """One thing that may be in an image."""

    name: str  # in plain words
    probability: float
    wordnet: str | None  # WordNet's id, where known
    number: int  # of the class


class Chunk(NamedTuple, Generic[Result]):
    """What came of pictures start .. stop - 1."""

    start: int
    stop: int
    kept: list[int]  # which picture each row of the result is of
    unreadable: list[Unreadable]  # these were left out
    result: Result | None  # None: not one could be read


class Network:
    """A network, the preprocessing that belongs to it, and the names of what it can say."""

    def __init__(
        self,
        name: str,
        module: nn.Module,
        prepare: Callable[[Image.Image], Tensor],
        *,
        input_shape: tuple[int, int, int],
        classes: Sequence[ImageClass] = (),
        logits: Callable[[nn.Module, Tensor], Tensor] | None = None,
        vector: Callable[[nn.Module, Tensor], Tensor] | None = None,
        head: str | None = None,
        short_side: int | None = None,
    ) -> None:
        """Wrap any module.

        Args:
            name: What to call it.
            module: Is put into evaluation mode.
            prepare: One picture of any size and mode -> (C, H, W), as the weights were trained.
            input_shape: (C, H, W) of what `prepare` gives.
            classes: What column k of the logits means; empty: it does not classify.
            logits: (module, (B, C, H, W)) -> (B, K), or whatever else passes an image through all layers. None: a call.
            vector: (module, (B, C, H, W)) -> (B, F), the default features. None: what goes into `head`.
            head: Name of the last classifier. None: the last linear layer of as many outputs as there are classes.
            short_side: Pixels that `prepare` keeps of a picture's short side; lets large JPEGs be decoded smaller.
        """
        self.name, self.prepare, self.input_shape, self.classes = name, prepare, input_shape, tuple(classes)
        self.module = module.eval().requires_grad_(False)
        self.precision: Precision = "float32"  # of the classes; features are always float32
        self._logits = logits or (lambda module, image: module(image))
        self._vector = vector
        self._head = head or head_of(module, len(self.classes))
        self._at_least = DETAIL * short_side if short_side else None
        self._device = torch.device("cpu")

    def to(self, device: str) -> Network:
        """Move it to `cpu`, `cuda`, `mps`; `auto`: the accelerator, if there is one. Returns itself."""
        self._device = pick_device(device)
        self.module = self.module.to(self._device)
        return self

    @overload
    def classify(self, images: Picture, top: int = 3) -> list[Guess]: ...  # type: ignore[overload-overlap]
    @overload
    def classify(self, images: Sequence[Picture], top: int = 3) -> list[list[Guess]]: ...
    def classify(self, images: Picture | Sequence[Picture], top: int = 3) -> list[Guess] | list[list[Guess]]:
        """The `top` most probable classes, best first: of one image, or a list of them for several.

        Args:
            images: A file, a PIL picture, a tensor (C, H, W) in [-1, 1], or a sequence of these, or (B, C, H, W).
            top: How many.

        Raises:
            InputError: for a picture that cannot be read, and if the network does not classify.
        """
        pictures, one = _several(images)
        guesses = [row for chunk in self.classify_each(pictures, top) for row in _strictly(chunk)]
        return guesses[0] if one else guesses

    def classify_each(self, pictures: Sequence[Picture], top: int = 3) -> Iterator[Chunk[list[list[Guess]]]]:
        """Classify chunk by chunk as the work goes on; what cannot be read is named and left out."""
        if not self.classes:
            raise InputError(f"{self.name} does not classify; take a network or a run that does")
        top = max(1, min(top, len(self.classes)))
        module, half = self._for_many(len(pictures)), self.precision == "bfloat16"

        def compute(image: Tensor) -> list[list[Guess]]:
            with torch.autocast(self._device.type, torch.bfloat16, enabled=half):
                logits = self._logits(module, image)
            best = logits.float().softmax(1).topk(top)
            return [
                [Guess(self.classes[k].name, p, self.classes[k].wordnet, k) for p, k in zip(*row, strict=True)]
                for row in zip(best.values.tolist(), best.indices.tolist(), strict=True)
            ]

        return self._stream(pictures, compute, module)

    @overload
    def features(self, images: Picture | Sequence[Picture], layer: str | None = None, pool: Pool = "avg") -> Tensor: ...
    @overload
    def features(
        self, images: Picture | Sequence[Picture], layer: list[str] | tuple[str, ...], pool: Pool = "avg"
    ) -> dict[str, Tensor]: ...
    def features(
        self,
        images: Picture | Sequence[Picture],
        layer: str | list[str] | tuple[str, ...] | None = None,
        pool: Pool = "avg",
    ) -> Tensor | dict[str, Tensor]:
        """Vectors (B, F), float32 on the CPU: of one layer, or a dictionary of them for several.

        Args:
            images: As for `classify`; one image gives B = 1.
            layer: Names from `layers()`. None: the vector before the last classifier, or a run's code.
            pool: `avg` or `max` over positions, or `none`: (B, C, H, W) as it is.

        Raises:
            InputError: for a layer that there is not (with the nearest names) and a picture that cannot be read.
        """
        names = () if layer is None else (layer,) if isinstance(layer, str) else tuple(layer)
        parts = [_strictly(chunk) for chunk in self.features_each(_several(images)[0], names, pool)]
        joined = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
        return joined if layer is not None and not isinstance(layer, str) else next(iter(joined.values()))

    def features_each(
        self, pictures: Sequence[Picture], layers: Sequence[str] = (), pool: Pool = "avg", start: int = 0
    ) -> Iterator[Chunk[dict[str, Tensor]]]:
        """Give features chunk by chunk from picture `start` on; without layers, the default vector, named `features`.

        Chunks are cut at multiples of the batch size, so that a job taken up again at a cut gives the same rows.
        """
        with ExitStack() as stack:  # hooks live as long as this generator, also if it is left early or fails
            if layers:
                module = self.module
                outputs = stack.enter_context(watched(module, layers, pool))
            else:
                module = self._for_many(len(pictures))
                if self._vector is None:
                    vector = stack.enter_context(watched_input(module, self._known_head))

            def compute(image: Tensor) -> dict[str, Tensor]:
                if not layers and self._vector is not None:
                    return {"features": self._vector(module, image).float().cpu()}
                self._logits(module, image)
                found = outputs() if layers else {"features": vector().float()}
                return {name: rows.cpu() for name, rows in found.items()}

            yield from self._stream(pictures, compute, module, start)

    def layers(self, size: int | None = None) -> list[Layer]:
        """The layers by name, with the shape that one image has there and the number of parameters.

        Args:
            size: Side of the input in pixels. None: what the preprocessing gives.
        """
        channels, height, width = self.input_shape
        shape = (1, channels, size or height, size or width)
        try:
            with torch.inference_mode():
                return list_layers(self.module, lambda: self._logits(self.module, self._random(shape)))
        except InputError:
            raise
        except (RuntimeError, ValueError) as error:
            raise InputError(f"{self.name} takes no images of {shape[2]} pixels; its own are {height}") from error

    def check_layers(self, names: Sequence[str]) -> None:
        """InputError for a name that is no layer's, or a layer's that puts out no tensor."""
        for name in names:
            find_layer(self.module, name)
        silent = set(names) - {layer.name for layer in self.layers()} if names else set()
        if silent:
            raise InputError(f"layer {min(silent)!r} puts out no tensor when an image passes")

    def extractor(self, layer: str | None = None) -> Callable[[Tensor], Tensor]:
        """Images (B, C, H, W) in [-1, 1] -> features (B, F): for metrics that are handed a feature callable.

        Each image goes through 8 bits and the network's own preprocessing, as if it were read from a file.
        """
        return partial(self.features, layer=layer)

    @property
    def batch_size(self) -> int:
        """Images in one batch."""
        return BATCH.get(self._device.type, BATCH_ELSEWHERE)

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the name and all weights: features of the same fingerprint can be compared."""
        digest = hashlib.blake2b(f"{self.name} {self.input_shape}".encode(), digest_size=12)
        for name, tensor in self.module.state_dict().items():
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
        return digest.hexdigest()

    def _stream(
        self, pictures: Sequence[Picture], compute: Callable[[Tensor], Result], module: nn.Module, start: int = 0
    ) -> Iterator[Chunk[Result]]:
        count, size = len(pictures), self.batch_size
        layout = torch.contiguous_format if module is self.module else torch.channels_last

        def work(chunk: range) -> Chunk[Result]:
            image, kept, unreadable = read_some(pictures, chunk, self.prepare, self._at_least)
            if image is None:
                return Chunk(chunk.start, chunk.stop, kept, unreadable, None)
            with torch.inference_mode():
                result = compute(image.to(self._device, memory_format=layout))
            return Chunk(chunk.start, chunk.stop, kept, unreadable, result)

        chunks = [range(first, min(first + size, count)) for first in range(start, count, size)]
        return dealt(chunks, partial(in_order, work))

    def _for_many(self, count: int) -> nn.Module:
        """The module that will see `count` pictures: a faster copy, if they are many; it differs by rounding alone."""
        return self._fast if count >= MANY else self.module

    @cached_property
    def _fast(self) -> nn.Module:
        image = self._random((2, *self.input_shape))
        fast = quickened(self.module, lambda module: self._logits(module, image))
        if fast is not self.module:
            pack(fast, self.batch_size)
        return fast

    def _random(self, shape: tuple[int, ...]) -> Tensor:
        image = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        return image.to(self._device)

    @property
    def _known_head(self) -> str:
        if self._head is None:
            raise InputError(f"{self.name} has no last classifier to take the vector before; name a layer")
        return self._head


def _several(images: Picture | Sequence[Picture]) -> tuple[Sequence[Picture], bool]:
    """One or several images -> (several, whether it was one)."""
    if isinstance(images, (str, Path, Image.Image)) or (isinstance(images, Tensor) and images.dim() == 3):
        return [images], True
    if not len(images):
        raise InputError("no image was given")
    return cast(Sequence[Picture], images), False


def _strictly(chunk: Chunk[Result]) -> Result:
    """The result of a chunk of which nothing had to be left out."""
    if chunk.unreadable:
        raise InputError(chunk.unreadable[0].reason)
    assert chunk.result is not None
    return chunk.result
