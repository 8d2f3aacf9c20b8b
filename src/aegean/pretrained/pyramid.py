"""What a published network sees in an image, at five sizes, for games that are played over its features."""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn

from aegean.errors import InputError
from aegean.pretrained.efficientnet_lite import SCALES, EfficientNetLite, load, weights_file
from aegean.pretrained.folding import quickened

STAGES = (0, 1, 2, 4, 6)  # the last before each halving, and the last of all
CHANNELS = (16, 24, 40, 112, 320)


class Pyramid:
    """Images (B, C, H, W) in [-1, 1] -> features, fine to coarse: (B, 16, H/2, W/2), (B, 24, H/4, W/4), ... /32.

    Alpha is not looked at. Of efficientnet-lite0, or of lite1, which is as wide. Its weights are loaded when first
    needed, belong to no model and are never changed; so this is no module. Float32 whatever the rest is computed in:
    on a CPU it is the faster, too.
    """

    def __init__(self, name: str = "efficientnet-lite0") -> None:
        self.name = name

    def check(self) -> None:
        """InputError if the package with the weights is not installed."""
        try:
            weights_file(SCALES[self.name].package)
        except InputError as error:
            raise InputError(f"--sees features: {error}; or take --sees pixels") from None

    def __call__(self, image: Tensor) -> list[Tensor]:
        """Features of each size."""
        network, features = trunk(self.name, image.device), []
        with torch.autocast(image.device.type, enabled=False):
            hidden = network.stem(image[:, :3].float().expand(-1, 3, -1, -1))
            for number, stage in enumerate(network.stages):
                hidden = stage(hidden)
                if number in STAGES:
                    features.append(hidden)
        return features


@functools.cache
def trunk(name: str, device: torch.device) -> EfficientNetLite:
    """The network, normalisation folded away. It draws no random numbers: a resumed run loads it at another step.

    Its tensors are ordinary ones, even where it is first asked for in inference mode: a game may come later.
    """
    with torch.inference_mode(False), torch.random.fork_rng(devices=[]):
        network, probe = load(name).module, torch.linspace(-1, 1, 3 * 64 * 64).view(1, 3, 64, 64)
        fast: nn.Module = quickened(network, lambda module: module(probe))
        assert isinstance(fast, EfficientNetLite)
        return fast.requires_grad_(False).to(device)
