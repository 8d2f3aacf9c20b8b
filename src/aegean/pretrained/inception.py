"""Inception v3 (Szegedy et al. 2015, arXiv:1512.00567) as an extractor of features, by a file of weights of yours.

    aegean evaluate RUN --metrics fid --extractor inception:weights-inception-2015-12-05-6726825d.pth

FID as papers print it is by one network's features: that of 2015 as TensorFlow had it, ported by pytorch-fid and
torch-fidelity (1,008 outputs). Torchvision's file (1,000 outputs) is another training, whose figures are others. Names
of tensors are alike in both. Preprocessing is that of clean-fid (Parmar et al. 2022, arXiv:2104.11222): bicubic with
antialiasing to 299 x 299, not rounded to whole grey values.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from aegean.errors import InputError, first_line
from aegean.resources import pass_on

SIDE, FEATURES = 299, 2048
OF_2015, OF_TORCHVISION = 1008, 1000  # outputs, by which the two are told apart
WIDE, TALL = (1, 7), (7, 1)
Layer = tuple[str, int, Any, int]  # name, outputs, kernel, stride


class Convolution(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: Any, stride: int = 1, padding: Any = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H', W')."""
        return F.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    """Branches side by side, and one of pooling, one after another in the channels.

    A branch is a chain of layers; where its last two have the same name but for a letter (2a, 2b) both take what comes
    before. A layer keeps the size of the image unless its stride is 2.
    """

    def __init__(self, inputs: int, branches: Sequence[Sequence[Layer]], pool: str, projected: int = 0) -> None:
        """`pool`: average, average_inside (what is beyond the edge does not count), or maximum; `projected`: channels
        that it is projected on; 0: it halves the image, as the branches do."""
        super().__init__()
        self.chains = [[layer[0] for layer in branch] for branch in branches]
        self.pool, self.halves = pool, projected == 0
        for branch in branches:
            width = inputs
            for place, (name, outputs, kernel, stride) in enumerate(branch):
                sides = kernel if isinstance(kernel, tuple) else (kernel, kernel)
                padding = tuple(side // 2 for side in sides) if stride == 1 else 0
                setattr(self, name, Convolution(width, outputs, kernel, stride, padding))
                if not (name.endswith("a") and place + 1 < len(branch)):
                    width = outputs
        if projected:
            self.branch_pool = Convolution(inputs, projected, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H', W')."""
        made = []
        for chain in self.chains:
            forked = chain[-1].endswith("b")
            value = x
            for name in chain[:-2] if forked else chain:
                value = getattr(self, name)(value)
            made += [getattr(self, name)(value) for name in chain[-2:]] if forked else [value]
        return torch.cat([*made, self._pooled(x)], 1)

    def _pooled(self, x: Tensor) -> Tensor:
        if self.halves:
            return F.max_pool2d(x, 3, 2)
        if self.pool == "maximum":
            return self.branch_pool(F.max_pool2d(x, 3, 1, 1))
        inside = self.pool == "average_inside"
        return self.branch_pool(F.avg_pool2d(x, 3, 1, 1, count_include_pad=not inside))


class Inception(nn.Module):
    """Images (B, C, H, W) in [-1, 1] -> features (B, 2048)."""

    def __init__(self, outputs: int = OF_2015) -> None:
        super().__init__()
        self.outputs = outputs
        average = "average_inside" if outputs == OF_2015 else "average"
        last = "maximum" if outputs == OF_2015 else "average"  # as the network of 2015 has it, by mistake or not
        self.Conv2d_1a_3x3 = Convolution(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = Convolution(32, 32, 3)
        self.Conv2d_2b_3x3 = Convolution(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Convolution(64, 80, 1)
        self.Conv2d_4a_3x3 = Convolution(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = (
            Mixed(inputs, _fives(), average, pool) for inputs, pool in ((192, 32), (256, 64), (288, 64))
        )
        self.Mixed_6a = Mixed(288, _halving(), average)
        self.Mixed_6b, self.Mixed_6c, self.Mixed_6d, self.Mixed_6e = (
            Mixed(768, _sevens(width), average, 192) for width in (128, 160, 160, 192)
        )
        self.Mixed_7a = Mixed(768, _halving_again(), average)
        self.Mixed_7b = Mixed(1280, _threes(), average, 192)
        self.Mixed_7c = Mixed(2048, _threes(), last, 192)

    def forward(self, image: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 2048): the mean over places of what the last block gives."""
        x = self.prepare(image)
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = F.max_pool2d(x, 3, 2)
        for name, block in self.named_children():
            x = block(x) if name.startswith("Mixed") else x
        return x.mean((2, 3))

    def prepare(self, image: Tensor) -> Tensor:
        """As the network was trained: 299 x 299, three channels, (grey - 128) / 128, or of torchvision's in [-1, 1]."""
        grey = (image.expand(-1, 3, -1, -1) if image.shape[1] == 1 else image[:, :3]).add(1) * 127.5
        large = F.interpolate(grey, size=(SIDE, SIDE), mode="bicubic", antialias=True)
        return (large - 128) / 128 if self.outputs == OF_2015 else large / 127.5 - 1


def _fives() -> list[list[Layer]]:
    return [
        [("branch1x1", 64, 1, 1)],
        [("branch5x5_1", 48, 1, 1), ("branch5x5_2", 64, 5, 1)],
        [("branch3x3dbl_1", 64, 1, 1), ("branch3x3dbl_2", 96, 3, 1), ("branch3x3dbl_3", 96, 3, 1)],
    ]


def _halving() -> list[list[Layer]]:
    return [
        [("branch3x3", 384, 3, 2)],
        [("branch3x3dbl_1", 64, 1, 1), ("branch3x3dbl_2", 96, 3, 1), ("branch3x3dbl_3", 96, 3, 2)],
    ]


def _sevens(width: int) -> list[list[Layer]]:
    twice = [("branch7x7dbl_2", TALL), ("branch7x7dbl_3", WIDE), ("branch7x7dbl_4", TALL)]
    return [
        [("branch1x1", 192, 1, 1)],
        [("branch7x7_1", width, 1, 1), ("branch7x7_2", width, WIDE, 1), ("branch7x7_3", 192, TALL, 1)],
        [
            ("branch7x7dbl_1", width, 1, 1),
            *((name, width, kernel, 1) for name, kernel in twice),
            ("branch7x7dbl_5", 192, WIDE, 1),
        ],
    ]


def _halving_again() -> list[list[Layer]]:
    return [
        [("branch3x3_1", 192, 1, 1), ("branch3x3_2", 320, 3, 2)],
        [
            ("branch7x7x3_1", 192, 1, 1),
            ("branch7x7x3_2", 192, WIDE, 1),
            ("branch7x7x3_3", 192, TALL, 1),
            ("branch7x7x3_4", 192, 3, 2),
        ],
    ]


def _threes() -> list[list[Layer]]:
    across, down = (1, 3), (3, 1)
    return [
        [("branch1x1", 320, 1, 1)],
        [("branch3x3_1", 384, 1, 1), ("branch3x3_2a", 384, across, 1), ("branch3x3_2b", 384, down, 1)],
        [
            ("branch3x3dbl_1", 448, 1, 1),
            ("branch3x3dbl_2", 384, 3, 1),
            ("branch3x3dbl_3a", 384, across, 1),
            ("branch3x3dbl_3b", 384, down, 1),
        ],
    ]


def load_inception(path: Path, device: torch.device) -> tuple[Inception, str]:
    """The network with the weights of a file, and the first digits of the file's SHA-256; nothing in it is run.

    Raises:
        InputError: there is no such file, or it does not hold the weights of an Inception v3.
    """
    try:
        content = path.read_bytes()
        tensors = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
        model = Inception(len(tensors["fc.bias"]))
        counted = {name for name in model.state_dict() if name.endswith("num_batches_tracked")}  # not in every file
        model.load_state_dict({**model.state_dict(), **{k: tensors[k] for k in model.state_dict().keys() - counted}})
    except Exception as error:  # of torch's reader, which has many kinds
        pass_on(error, path)
        raise InputError(
            f"--extractor inception:{path}: not the weights of an Inception v3 ({first_line(error)[:120]})"
        ) from error
    return model.eval().requires_grad_(False).to(device), hashlib.sha256(content).hexdigest()[:8]
