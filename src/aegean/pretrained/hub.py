"""Image classifiers of the Hugging Face hub, by name or from a folder in the hub's format, through transformers."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from aegean.errors import InputError
from aegean.images import fit
from aegean.pretrained.classes import named_classes
from aegean.pretrained.network import Network

HUB = "https://huggingface.co"
FILES = ("config.json", "preprocessor_config.json", "model.safetensors")


def load(where: str) -> Network:
    """`owner/name` on the hub, or a folder with its files. What is at hand already is never asked for again.

    No code that lies beside weights is run, and no pickle is opened.
    """
    processor, model = _read(where)
    labels = [str(model.config.id2label[index]) for index in range(len(model.config.id2label))]

    def prepare(picture: Image.Image) -> Tensor:
        pixels: Tensor = processor(fit(picture, None, 3), return_tensors="pt")["pixel_values"][0]
        return pixels

    channels, height, width = prepare(Image.new("RGB", (64, 64))).shape
    return Network(
        Path(where).name if Path(where).is_dir() else where,
        model,
        prepare,
        classes=named_classes(labels),
        input_shape=(channels, height, width),
        logits=_logits,
        short_side=_short_side(processor, height, width),
    )


def _logits(module: nn.Module, image: Tensor) -> Tensor:
    logits: Tensor = module(image).logits
    return logits


def _read(where: str) -> tuple[Any, Any]:
    """(image processor, model) from this machine, else from the hub; InputError where neither has it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from transformers import AutoImageProcessor, AutoModelForImageClassification
            from transformers.utils import logging
    except ImportError as error:
        raise InputError(f"{where}: networks of the hub need transformers: pip install 'aegean[pretrained]'") from error
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder = Path(where).is_dir()

    def read(only_here: bool) -> tuple[Any, Any]:
        processor = AutoImageProcessor.from_pretrained(  # type: ignore[no-untyped-call]
            where, backend="pil", local_files_only=only_here, trust_remote_code=False
        )
        model = AutoModelForImageClassification.from_pretrained(
            where, dtype=torch.float32, local_files_only=only_here, trust_remote_code=False, use_safetensors=True
        )
        return processor, model

    try:
        try:
            return read(only_here=True)
        except OSError:  # not all of it is here
            if folder or not _hub_answers():
                raise
        return read(only_here=False)
    except (OSError, ValueError, RuntimeError) as error:  # absent, broken, or not an image classifier
        raise InputError(_why(where, folder, error)) from error


def _hub_answers() -> bool:
    """Whether the hub can be reached at all: asked once, where its own client would try for a minute and a half."""
    import urllib.error
    import urllib.request

    if os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}:
        return False
    try:
        urllib.request.urlopen(os.environ.get("HF_ENDPOINT", HUB), timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _why(where: str, folder: bool, problem: Exception) -> str:
    if not folder:
        return (
            f"{where} is not on this machine, and the hub cannot be reached or has no image classifier of that name; "
            f"where there is a network, put {', '.join(FILES)} of {HUB}/{where} into a folder, and give that folder as "
            "the model"
        )
    reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    lacking = [name for name in FILES if not Path(where, name).is_file()]
    return f"{where}: not an image classifier in the hub's format; " + (
        f"it has no {', '.join(lacking)}" if lacking else reason
    )


def _short_side(processor: Any, height: int, width: int) -> int:
    """Pixels kept of a picture's short side before the crop: the largest number that the processor speaks of."""
    size = getattr(processor, "size", None) or {}
    sides = [value for value in dict(size).values() if isinstance(value, int)]
    return round(max([height, width, *sides]) / (getattr(processor, "crop_pct", None) or 1.0))
