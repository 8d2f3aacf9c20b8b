"""Networks that others trained: name what is in a photo, and take features from any layer.

network = aegean.pretrained.load()                        # efficientnet-lite0: real ImageNet weights, no download
network.classify("photo.jpg", top=3)                      # [Guess(name='espresso', probability=0.94, ...), ...]
network.features(["a.jpg", "b.jpg"])                      # (2, 1280): the vector before the last classifier
network.features("a.jpg", "stages.3", pool="none")        # (1, 80, 14, 14): any layer that `network.layers()` lists
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from aegean.errors import InputError, did_you_mean
from aegean.pretrained import efficientnet_lite, hub
from aegean.pretrained.classes import ImageClass
from aegean.pretrained.layers import Layer, Pool
from aegean.pretrained.network import Chunk, Guess, Network, Precision
from aegean.pretrained.streaming import Picture, Unreadable

__all__ = [
    "DEFAULT",
    "PRETRAINED",
    "Chunk",
    "Guess",
    "ImageClass",
    "Layer",
    "Network",
    "Picture",
    "Pool",
    "Precision",
    "Unreadable",
    "load",
]

DEFAULT = "efficientnet-lite0"
HUB = "hf:"  # what names of the hub begin with, so that a mistyped folder asks no network

PRETRAINED: dict[str, tuple[Callable[[str], Network], str]] = {  # name: (loader, what it is asked for)
    "efficientnet-lite0": (efficientnet_lite.load, "efficientnet-lite0"),
    "efficientnet-lite1": (efficientnet_lite.load, "efficientnet-lite1"),
    "efficientnet-lite2": (efficientnet_lite.load, "efficientnet-lite2"),
    "resnet50": (hub.load, "microsoft/resnet-50"),
}


def load(name: str | Path = DEFAULT, device: str = "cpu", precision: Precision = "float32") -> Network:
    """A published network, ready to use.

    Args:
        name: A name of `PRETRAINED`, `hf:OWNER/NAME`, an image classifier of the Hugging Face hub, or a folder with its
            files.
        device: cpu, cuda, mps; auto: the accelerator, if there is one.
        precision: What classes are computed in. bfloat16 is faster on processors with AMX and on GPUs, and changes one
            in fifty of efficientnet-lite0's five best guesses. Features are always float32.

    Raises:
        InputError: in one line, if there is no such network, or if it is not at hand, with what to put where.
    """
    name = str(name)
    if Path(name).expanduser().is_dir():
        network = hub.load(str(Path(name).expanduser()))
    elif name in PRETRAINED:
        loader, what = PRETRAINED[name]
        network = loader(what)
    elif name.startswith(HUB):
        network = hub.load(name.removeprefix(HUB))
    else:
        known = did_you_mean(name, list(PRETRAINED))
        raise InputError(
            f"no network is called {name!r}, and no folder.{known} Networks of the hub are {HUB}OWNER/NAME."
        )
    network.precision = precision
    return network.to(device)
