"""How many images a second CycleGAN trains on at 128 x 128: ours beside the usual code in plain float32 torch.

    python benchmarks/cyclegan_step.py        # some ten minutes; writes benchmarks/results/cyclegan_step.json

    aegean       `aegean train cyclegan`, judged by pixels as in the paper: batch 1, precision by measurement, and the
                 identity term at one step in a few
    each         the same with `--identity-every 1`: what torch does in a step, it does
    torch        the very same torch modules in the loop of the authors' code: six passes through the translators,
                 three optimiser steps, an image pool of 50, everything float32 and contiguous
    published    that loop with the layers of the paper, as wide at each resolution: 7 x 7 convolutions at full
                 resolution, strided and transposed ones, reflected borders, PatchGAN with 4 x 4 convolutions

Pictures are noise, since only their size matters here. Images: of domain a; each step sees as many of b. What
bfloat16 can give is told beside: how much faster it makes the one convolution that the translators consist of, forward
and backward. It is what a CPU multiplies faster: some 2 with avx512_bf16, 4 and more with AMX, 1 or less with neither.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from speed import HERE, STEPS, WARM, measure, report, train_aegean, write

CONTENDERS = ("aegean", "each", "torch", "published")
SIZE = 128
PAPER = {"width": 64, "discriminator": 64, "sees": "pixels", "loss": "least_squares", "adversarial": 2.0, "cycle": 10.0}
PAPER |= {"r1": 0.0, "r2": 0.0}


def run_aegean(**settings) -> None:
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for domain in ("trainA", "trainB"):
            Path(folder, domain).mkdir()
            for number in range(64):
                pixels = noise.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(f"{folder}/{domain}/{number}.png")
        train_aegean("cyclegan", folder, batch=1, **PAPER, **settings)


def run_each() -> None:
    run_aegean(identity_every=1)


def run_torch() -> None:
    from aegean.data.types import DataSpec
    from aegean.families import default_config
    from aegean.models import build

    model = build("cyclegan", default_config("cyclegan", **PAPER).model, DataSpec("noise", 3, SIZE, domains=("a", "b")))
    play((model.to_b, model.to_a), (model.of_b, model.of_a))


def run_published() -> None:
    from aegean.families import default_config

    config = default_config("cyclegan", **PAPER).model
    play([generator(config.width // 2, config.blocks) for _ in "ba"], [patches(config.discriminator) for _ in "ba"])


def generator(width: int, blocks: int):
    """ResnetGenerator of the authors' code."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self, channels: int) -> None:
            super().__init__()
            layers = []
            for last in (False, True):
                layers += [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.InstanceNorm2d(channels)]
                layers += [] if last else [nn.ReLU(True)]
            self.layers = nn.Sequential(*layers)

        def forward(self, x):
            return x + self.layers(x)

    def normed(convolution, channels: int) -> list[nn.Module]:
        return [convolution, nn.InstanceNorm2d(channels), nn.ReLU(True)]

    layers = [nn.ReflectionPad2d(3), *normed(nn.Conv2d(3, width, 7), width)]
    layers += normed(nn.Conv2d(width, 2 * width, 3, 2, 1), 2 * width)
    layers += normed(nn.Conv2d(2 * width, 4 * width, 3, 2, 1), 4 * width)
    layers += [Block(4 * width) for _ in range(blocks)]
    layers += normed(nn.ConvTranspose2d(4 * width, 2 * width, 3, 2, 1, 1), 2 * width)
    layers += normed(nn.ConvTranspose2d(2 * width, width, 3, 2, 1, 1), width)
    return nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())


def patches(width: int):
    """NLayerDiscriminator of the authors' code."""
    from torch import nn

    layers = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for narrow, wide, stride in ((width, 2 * width, 2), (2 * width, 4 * width, 2), (4 * width, 8 * width, 1)):
        layers += [nn.Conv2d(narrow, wide, 4, stride, 1), nn.InstanceNorm2d(wide), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, 1, 1))


def play(translators, discriminators) -> None:
    """The loop of the authors' code: the translators' step, then one for each discriminator."""
    from itertools import chain

    import torch
    from torch.nn.functional import l1_loss, mse_loss

    (to_b, to_a), (of_b, of_a) = translators, discriminators

    def adam(*networks):
        return torch.optim.Adam(chain(*(n.parameters() for n in networks)), lr=2e-4, betas=(0.5, 0.999))

    def say(logits, wanted: float):
        return mse_loss(logits, torch.full_like(logits, wanted))

    team, judges = adam(to_b, to_a), {network: adam(network) for network in discriminators}
    pools, stamps = {network: [] for network in discriminators}, []
    for _ in range(WARM + STEPS):
        a, b = torch.rand(2, 1, 3, SIZE, SIZE) * 2 - 1
        fake_b, fake_a = to_b(a), to_a(b)
        for network in discriminators:
            network.requires_grad_(False)
        loss = say(of_b(fake_b), 1.0) + say(of_a(fake_a), 1.0)
        loss = loss + 10 * (l1_loss(to_a(fake_b), a) + l1_loss(to_b(fake_a), b))
        loss = loss + 5 * (l1_loss(to_b(b), b) + l1_loss(to_a(a), a))
        team.zero_grad()
        loss.backward()
        team.step()
        for network, real, fake in ((of_b, b, fake_b.detach()), (of_a, a, fake_a.detach())):
            network.requires_grad_(True)
            pool = pools[network]
            pool.append(fake)
            shown = pool.pop(random.randrange(len(pool))) if len(pool) > 50 and random.random() < 0.5 else fake
            judges[network].zero_grad()
            (0.5 * (say(network(real), 1.0) + say(network(shown), 0.0))).backward()
            judges[network].step()
        stamps.append(time.perf_counter())
    report(stamps, 1)


def bfloat16_gain() -> float:
    """Seconds in float32 over those in bfloat16, of the convolution of a residual block: median of seven pairs."""
    import torch

    def seconds(dtype) -> float:
        make = {"dtype": dtype, "memory_format": torch.channels_last}
        layer = torch.nn.Conv2d(128, 128, 3, padding=1).to(**make)
        image, gradient = (torch.randn(1, 128, SIZE // 4, SIZE // 4).to(**make) for _ in range(2))
        image.requires_grad_()
        wanted = [image, *layer.parameters()]
        torch.autograd.grad(layer(image), wanted, gradient)
        start = time.perf_counter()
        for _ in range(50):
            torch.autograd.grad(layer(image), wanted, gradient)
        return time.perf_counter() - start

    return statistics.median(seconds(torch.float32) / seconds(torch.bfloat16) for _ in range(7))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "cyclegan_step.json")
    parser.add_argument("--worker", choices=CONTENDERS, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.worker:
        globals()[f"run_{words.worker}"]()
        return
    commands = {contender: [sys.executable, __file__, "--worker", contender] for contender in CONTENDERS}
    rates = measure(commands, words.rounds)
    record = {"benchmark": f"CycleGAN, {SIZE} x {SIZE}, batch 1", "images/s": rates}
    record["median"] = {contender: statistics.median(values) for contender, values in rates.items()}
    record["a convolution in bfloat16 is faster by"] = bfloat16_gain()
    write(words.out, record)


if __name__ == "__main__":
    main()
