"""The code of an image that no encoder gave: found by descent, as StyleGAN's projector does (Karras et al. 2020,
arXiv:1912.04958, appendix D).

    z* = argmin_z  |x - G(z)|^2 / n  +  w d(x, G(z))  +  max(0, |z|^2 / Z - 1)^2

    d: distance of features that a published network sees, of unit length at each place (Zhang et al. 2018,
       arXiv:1801.03924); the last term keeps z no further from 0 than draws of N(0, I) are, where codes are such

There are many valleys. So it goes from several codes at once, by Adam over pixels alone, with noise added to the codes,
less and less of it, so that narrow valleys are left again; and then from the best of them by L-BFGS over all, down to
the bottom: that finds the image of a known code again 10 dB nearer than as many steps of Adam.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

RATE, NOISE = 0.1, 0.05  # of Adam, and of the noise at the beginning, of a code whose numbers are about 1
RISE, FALL = 0.05, 0.25  # parts of the steps in which the rate rises and falls
REMEMBERED = 20  # steps from which L-BFGS knows how the valley bends
SEEN = 64  # pixels a side, at least, that features are looked at

Draw = Callable[[Tensor], Tensor]  # codes (K, Z) -> images (K, C, H, W)
Distance = Callable[[Tensor], Tensor]  # images (K, C, H, W) -> (K,)


def pixel_distance(target: Tensor) -> Distance:
    """Mean squared error from `target` (1, C, H, W), of pixels in [-1, 1]."""
    return lambda image: (image - target).square().flatten(1).mean(1)


class PerceptualDistance:
    """Mean squared error of features from those of `target` (1, C, H, W), over the sizes of features alike."""

    def __init__(self, target: Tensor, look: Callable[[Tensor], Sequence[Tensor]]) -> None:
        self.look = look
        self.wanted = self._features(target)

    def __call__(self, image: Tensor) -> Tensor:
        """(K, C, H, W) -> (K,)."""
        found = zip(self._features(image), self.wanted)
        return torch.stack([(one - other).square().sum(1).flatten(1).mean(1) for one, other in found]).mean(0)

    def _features(self, image: Tensor) -> list[Tensor]:
        if min(image.shape[-2:]) < SEEN:
            image = F.interpolate(image, (SEEN, SEEN), mode="bilinear", align_corners=False)
        return [F.normalize(features.float(), dim=1) for features in self.look(image)]


@dataclass(frozen=True)
class Search:
    """What is looked for, in whose codes."""

    draw: Draw  # the model
    pixels: Distance  # from the image wanted
    full: Distance  # the same with features
    gaussian: bool  # whether codes are draws of N(0, I), from whose sphere they then do not go away

    def find(self, starts: Tensor, steps: int, generator: torch.Generator, told: Callable[[int], None]) -> Tensor:
        """The best code (1, Z) by so many steps from `starts` (K, Z); `told` how many are done, as they are done."""
        broad = steps // 2
        codes = self.broad(starts, broad, generator, told)
        with torch.no_grad():
            best = codes[self._lost(codes, self.full).argmin()][None]
        return self.fine(best, steps - broad, lambda step: told(broad + step))

    def broad(self, starts: Tensor, steps: int, generator: torch.Generator, told: Callable[[int], None]) -> Tensor:
        """The best that each code (K, Z) comes by: Adam, over pixels."""
        scale = 1.0 if self.gaussian else max(float(starts.std()), 1e-3)
        codes, best = starts.clone().requires_grad_(), starts.clone()
        least = starts.new_full((len(starts),), torch.inf)
        optimiser = torch.optim.Adam([codes], lr=RATE * scale)
        for step in range(steps):
            part = step / steps
            optimiser.param_groups[0]["lr"] = RATE * scale * min(1.0, (1 - part) / FALL, (step + 1) / steps / RISE)
            spread = NOISE * scale * max(0.0, 1 - part / (1 - FALL)) ** 2
            noise = spread * torch.randn(codes.shape, generator=generator).to(codes)
            with torch.enable_grad():
                lost = self._lost(codes + noise, self.pixels)
                (codes.grad,) = torch.autograd.grad(lost.sum(), codes)
            better = lost.detach() < least
            best = torch.where(better[:, None], (codes + noise).detach(), best)
            least = torch.where(better, lost.detach(), least)
            optimiser.step()
            told(step + 1)
        return best

    def fine(self, code: Tensor, steps: int, told: Callable[[int], None]) -> Tensor:
        """Down to the bottom of the valley that a code (1, Z) lies in: L-BFGS, over all."""
        code = code.clone().requires_grad_()
        optimiser = torch.optim.LBFGS(
            [code], max_iter=steps, max_eval=steps, history_size=REMEMBERED, line_search_fn="strong_wolfe"
        )
        looks = itertools.count(1)

        def closure() -> Tensor:
            with torch.enable_grad():
                lost = self._lost(code, self.full).sum()
                (code.grad,) = torch.autograd.grad(lost, code)
            told(min(next(looks), steps))
            return lost.detach()

        if steps:
            optimiser.step(closure)
        return code.detach()

    def _lost(self, codes: Tensor, distance: Distance) -> Tensor:
        """(K, Z) -> (K,)."""
        lost = distance(self.draw(codes))
        return lost + (codes.square().mean(1) - 1).clamp_min(0).square() if self.gaussian else lost
