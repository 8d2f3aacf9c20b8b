"""Networks by name, and the models of runs behind the same interface."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image
from torch import Tensor, nn

from aegean import pretrained
from aegean.errors import InputError
from aegean.images import fit, from_pil, to_float
from aegean.models.capabilities import Classifies, ClassifiesAttributes, Conditional, Encodes, Restores
from aegean.pretrained import ImageClass, Network
from aegean.runs import Run, is_run, load


def open_network(what: Network | Run | str | Path, device: str | None = None) -> Network:
    """A network, by its name or folder too; a run, or its folder, gives the run's model.

    `device`: cpu, cuda ... auto: the accelerator, if there is one. None: where it is; the CPU for what is opened.
    """
    if isinstance(what, Network):
        return what if device is None else what.to(device)
    if isinstance(what, Run) or is_run(what):
        return network_of_run(what if isinstance(what, Run) else load(what)).to(device or "cpu")
    return pretrained.load(what, device or "cpu")


def network_of_run(run: Run) -> Network:
    """The model of a run behind the interface of pretrained networks; its preprocessing is that of its training."""
    model, spec = run.model, run.spec
    logits: Callable[[nn.Module, Tensor], Tensor]
    vector: Callable[[nn.Module, Tensor], Tensor] | None = None
    if isinstance(model, Conditional):
        raise InputError(f"{run.path}: {run.config.family} must be told labels, which photos do not have; take a vae")
    if isinstance(model, Classifies):
        logits, vector = _log_probabilities, _features
    elif isinstance(model, ClassifiesAttributes):
        logits, vector = _attributes, _features
    elif isinstance(model, Encodes):
        logits, vector = _rebuild, _encode
    elif isinstance(model, Restores):
        logits = _restore
    else:
        raise InputError(
            f"{run.path}: {run.config.family} is not one whose layers are looked into; a vae or a classifier is"
        )

    def prepare(picture: Image.Image) -> Tensor:
        return to_float(from_pil(fit(picture, spec.size, spec.channels))[None])[0]

    return Network(
        str(run.path),
        model,
        prepare,
        input_shape=spec.shape,
        classes=[ImageClass(name) for name in spec.classes] if isinstance(model, Classifies) else (),
        logits=logits,
        vector=vector,
    )


def _log_probabilities(model: nn.Module, image: Tensor) -> Tensor:
    return model.log_probabilities(image)  # type: ignore[operator]


def _attributes(model: nn.Module, image: Tensor) -> Tensor:
    return model.attribute_probabilities(image)  # type: ignore[operator]


def _features(model: nn.Module, image: Tensor) -> Tensor:
    return model.features(image)  # type: ignore[operator]


def _encode(model: nn.Module, image: Tensor) -> Tensor:
    return model.encode(image)  # type: ignore[operator]


def _rebuild(model: nn.Module, image: Tensor) -> Tensor:
    return model.decode(model.encode(image))  # type: ignore[operator]


def _restore(model: nn.Module, image: Tensor) -> Tensor:
    return model.restore(image)  # type: ignore[operator]
