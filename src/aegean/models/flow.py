"""Flow matching (Lipman et al. 2023, arXiv:2210.02747; Liu et al. 2023, arXiv:2209.03003): noise flows into images.

    x_t = (1 - t) x + t e        x: an image, e ~ N(0, I), t ~ U(0, 1)
    loss = |v(x_t, t) - (e - x)|^2                                       a mean over numbers
    dx/dt = v(x, t)              from t = 1 to 0: noise becomes an image; from 0 to 1: the image becomes its code

v learns the mean of all e - x that pass through x_t; nothing else is learned. What follows from it:

    E[x | x_t] = x_t - t v       the clean image that is expected: so it removes noise, and fills holes step by step
    log p(x) = log N(x_1; 0, I) + int_0^1 div v(x_t, t) dt               (Chen et al. 2018, arXiv:1806.07366)

Pixels are dequantised: x is drawn from the cell of its grey value, so that the density has a meaning. With `--codes
RUN` x is not the image, but its code in a trained autoencoder (Rombach et al. 2022, arXiv:2112.10752).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.flow import FlowConfig
from aegean.families.map_autoencoder import MapAutoencoderConfig
from aegean.models.capabilities import Density, Encodes, Restores, Samples
from aegean.models.context_encoder import centre
from aegean.models.map_autoencoder import MapAutoencoder
from aegean.models.ode import integrate, moments
from aegean.models.own import replace_networks
from aegean.models.player import Model, Player
from aegean.networks import Velocity

CELL = 2 / 255  # width of a grey value among pixels in [-1, 1]
SPREAD = 0.5  # root mean square of pixels about their mean, roughly; of codes it is 1
COARSEST = 8  # places a side at which all look at all


class Flow(Model, Samples, Encodes, Restores, Density):
    """One network and one player."""

    def __init__(self, config: FlowConfig, spec: DataSpec, wishes: int = 0) -> None:
        """`wishes`: numbers that say what is wanted; all 0: nothing is."""
        super().__init__()
        self.config, self.shape = config, spec.shape
        patch, spread = 2, SPREAD
        self.codec: MapAutoencoder | None = None
        if config.codec:
            settings = MapAutoencoderConfig(**json.loads(config.codec))
            self.codec = MapAutoencoder(settings, spec)
            replace_networks(self.codec, settings, spec)
            self.codec.requires_grad_(False)
            self.shape, patch, spread = self.codec.code_shape, 1, 1.0
        halvings = max(0, math.ceil(math.log2(max(self.shape[1:]) / patch / COARSEST)))
        sizes = config.width, config.growth, config.depth
        self.network = Velocity(self.shape[0], *sizes, halvings, patch, wishes, spread)

    @property
    def borrowed(self) -> Model | None:
        """The autoencoder of `--codes`."""
        return self.codec

    def players(self) -> Sequence[Player]:
        """One player."""
        return [Player("flow", [self.network], self.loss)]

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """|v(x_t, t) - (e - x)|^2."""
        x = dequantised(batch.image) if self.codec is None else self.state(batch.image)
        e, t = torch.randn_like(x), times(x[:, 0, 0, 0], self.config.times)
        x_t = torch.lerp(x, e, t[:, None, None, None])
        v = self.network(x_t, t, self.wish(batch))
        loss = (v - (e - x)).square().mean()
        return loss, {"velocity": loss}

    def state(self, image: Tensor) -> Tensor:
        """What flows: the image (B, C, H, W), or its code."""
        return image if self.codec is None else self.codec.encode(image).unflatten(1, self.shape)

    def picture(self, state: Tensor) -> Tensor:
        """The image of a state. (B, C, H, W) in [-1, 1]"""
        return state.clamp(-1, 1) if self.codec is None else self.codec.decode(state.flatten(1))

    def wish(self, batch: Batch) -> Tensor | None:
        """What is wanted of each image, as the network is told in training. (B, wishes)"""
        return None

    def asked(self, label: Tensor | None) -> Tensor | None:
        """The same at use, of labels (B,)."""
        return None

    def velocity(self, x: Tensor, t: float, wish: Tensor | None = None, guidance: float = 1.0) -> Tensor:
        """v(x, t, nothing) + guidance (v(x, t, wish) - v(x, t, nothing)). (B, C, H, W) -> the same shape"""
        time = x.new_full((x.shape[0],), t)
        if wish is None or guidance == 1:
            free: Tensor = self.network(x, time, wish)
            return free
        twice = torch.cat([wish, torch.zeros_like(wish)])
        wanted, free = self.network(x.repeat(2, 1, 1, 1), time.repeat(2), twice).chunk(2)
        return free + guidance * (wanted - free)

    def flow(
        self,
        x: Tensor,
        start: float,
        end: float,
        wish: Tensor | None = None,
        *,
        steps: int | None = None,
        solver: str | None = None,
        guidance: float = 1.0,
    ) -> Tensor:
        """The state at time `end` of what is `x` at `start`. (B, C, H, W)"""
        steps, solver = self.steps(steps), solver or self.config.solver
        return integrate(lambda x, t: self.velocity(x, t, wish, guidance), x, start, end, steps, solver)

    def steps(self, asked: int | None) -> int:
        """How many, where nobody asked: as the run's config has it."""
        return self.config.ode_steps if asked is None else asked

    def noise(self, count: int, seed: int) -> Tensor:
        """e ~ N(0, I). (B, Z), Z the numbers of an image, or of a code."""
        return torch.randn(count, math.prod(self.shape), generator=torch.Generator().manual_seed(seed))

    def sample(
        self,
        noise: Tensor,
        label: Tensor | None = None,
        *,
        steps: int | None = None,
        solver: str | None = None,
        guidance: float | None = None,
    ) -> Tensor:
        """(B, Z) -> (B, C, H, W). What is not given is as the run's config has it."""
        guidance = self.config.guidance if guidance is None else guidance
        e, wish = noise.unflatten(1, self.shape), self.asked(label)
        return self.picture(self.flow(e, 1, 0, wish, steps=steps, solver=solver, guidance=guidance))

    def encode(
        self, image: Tensor, label: Tensor | None = None, *, steps: int | None = None, solver: str | None = None
    ) -> Tensor:
        """(B, C, H, W) -> the noise that becomes it, (B, Z)."""
        return self.flow(self.state(image), 0, 1, self.asked(label), steps=steps, solver=solver).flatten(1)

    def decode(
        self, latent: Tensor, label: Tensor | None = None, *, steps: int | None = None, solver: str | None = None
    ) -> Tensor:
        """(B, Z) -> (B, C, H, W): `sample` without guidance, the way back of `encode` up to the solver's error."""
        return self.sample(latent, label, steps=steps, solver=solver, guidance=1.0)

    @property
    def variational(self) -> bool:
        """No: noise and image belong together, one to one."""
        return False

    @property
    def of_images(self) -> bool:
        """Not with `--codes`."""
        return self.codec is None

    @property
    def discrete(self) -> bool:
        """Dequantised pixels have a density whose mean over a cell is the probability of a grey value."""
        return self.codec is None

    def target(self, image: Tensor, seed: int | None = None) -> Tensor:
        """The image."""
        return image

    def bound(self, target: Tensor, label: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """-log p of one draw from the cells of the grey values; nothing is paid for a code."""
        distortion = -self.log_weights(target, 1, label)[0]
        return distortion, torch.zeros_like(distortion)

    def log_weights(self, target: Tensor, count: int, label: Tensor | None = None) -> Tensor:
        """The mean over `count` draws from the cells of log p(x), for each draw again: a bound. (count, B)

        Not log p of each: its mean is exact, but it is noisy, and a mean of exp of what is noisy is too large.
        """
        volume = math.prod(self.shape) * math.log(CELL)
        draws = [self.log_density(dequantised(target), label) for _ in range(count)]
        return (torch.stack(draws).mean(0) + volume).expand(count, -1)

    def log_density(
        self, x: Tensor, label: Tensor | None = None, *, steps: int | None = None, exact: bool = False
    ) -> Tensor:
        """log p(x) of (B, C, H, W), nats: the trace of dv/dx exactly, or in expectation (Hutchinson). (B,)"""
        with torch.inference_mode(False), torch.enable_grad():
            x, wish = x.clone(), self.asked(label)
            probe = torch.randint(2, x.shape, device=x.device).to(x) * 2 - 1

            def both(state: Tensor, u: float) -> Tensor:
                """Both by u, where t = u^3: near the image, in the cell of a grey value, steps must be small."""
                here = state[:, :-1].detach().reshape(x.shape).requires_grad_()
                v = self.velocity(here, u**3, wish)
                trace = divergence(v, here, None if exact else probe)
                return 3 * u**2 * torch.cat([v.flatten(1), trace[:, None]], 1).detach()

            start = torch.cat([x.flatten(1), x.new_zeros(len(x), 1)], 1)
            end = integrate(both, start, 0, 1, self.steps(steps), self.config.solver)
        e, change = end[:, :-1], end[:, -1]
        return change - 0.5 * (e.square() + math.log(2 * math.pi)).sum(1)

    @property
    def told_noise(self) -> bool:
        """Noise of pixels, so not with `--codes`, where it is no noise of what flows."""
        return self.codec is None

    def missing(self, image: Tensor, seed: int) -> Tensor:
        """The square in the middle; it fills any other as well. (B, 1, H, W)"""
        return centre(image, 0.5)

    def corrupt(self, image: Tensor, seed: int) -> Tensor:
        """The missing pixels become grey."""
        return image.masked_fill(self.missing(image, seed) > 0, 0.0)

    def restore(
        self,
        image: Tensor,
        mask: Tensor | None = None,
        *,
        sigma: float | None = None,
        seed: int = 0,
        steps: int | None = None,
    ) -> Tensor:
        """Fill the hole `mask` (B, 1, H, W), known pixels to the bit as they were; or remove noise of `sigma`, of 255.

        Another seed, another fill. Without mask and sigma, the middle is missing.
        """
        if sigma is not None:
            return self.denoised(image, 2 * sigma / 255)
        mask = self.missing(image, 0) if mask is None else mask
        known, hole = self.state(image.masked_fill(mask > 0, 0.0)), mask
        if self.codec is not None:  # a code is not known where it, or its neighbour, has to do with a missing pixel
            hole = F.max_pool2d(F.adaptive_max_pool2d(mask, self.shape[1:]), 3, stride=1, padding=1)
        filled = self.filled(known, hole, seed, 2 * self.config.ode_steps if steps is None else steps)
        return torch.where(mask > 0, self.picture(filled), image)

    def denoised(self, image: Tensor, sigma: float) -> Tensor:
        """E[x | x + sigma e]: (1 - t) (x + sigma e) is x_t where t = (1 - t) sigma. (B, C, H, W)"""
        if self.codec is not None:
            raise InputError(
                "a flow in codes removes no noise of pixels, which is no noise of codes; train one in pixels"
            )
        t = sigma / (1 + sigma)
        x_t = (1 - t) * image
        return (x_t - t * self.velocity(x_t, t)).clamp(-1, 1)

    def filled(self, known: Tensor, hole: Tensor, seed: int, steps: int) -> Tensor:
        """What the flow makes of the hole where, at each step, what is known is put back. (B, C, H, W)

        At each step the clean image is expected, and noise of the next time is laid over it: what was there, and as
        much fresh noise as makes every step one of the reversed diffusion (Ho et al. 2020; Song et al. 2021).
        """
        generator = torch.Generator().manual_seed(seed)

        def draw() -> Tensor:
            return torch.randn(known.shape, generator=generator).to(known)

        x = draw()
        for t, then in pairwise(moments(1, 0, steps)):
            v = self.velocity(x, t)
            clean, e = torch.lerp(known, x - t * v, hole), x + (1 - t) * v
            kept = then * (1 - t) / (t * (1 - then))  # ratio of noise to image, then and now
            e = kept * e + math.sqrt(1 - kept**2) * draw()
            x = torch.lerp(clean, e, then)
        return x


def times(like: Tensor, kind: str) -> Tensor:
    """Times to learn at; the middle ones as in Esser et al. 2024 (arXiv:2403.03206). (B,)"""
    if kind == "middle":
        return torch.randn_like(like).sigmoid()
    return torch.rand_like(like) ** (3 if kind == "early" else 1)


def dropped(wish: Tensor, part: float) -> Tensor:
    """A `part` of all wishes are not told, so that there is guidance (Ho & Salimans 2022). (B, wishes)"""
    return wish * (torch.rand(len(wish), 1, device=wish.device) >= part)


def dequantised(image: Tensor) -> Tensor:
    """Somewhere in the cell of each grey value. (B, C, H, W)"""
    return image + CELL * (torch.rand_like(image) - 0.5)


def divergence(v: Tensor, x: Tensor, probe: Tensor | None = None) -> Tensor:
    """The trace of dv/dx, (B, ...) of (B, ...); with a `probe` of independent signs e, e^T dv/dx e. (B,)"""
    if probe is not None:
        return (probe * torch.autograd.grad(v, x, probe)[0]).flatten(1).sum(1)
    flat, trace = v.flatten(1), v.new_zeros(len(v))
    for k in range(flat.shape[1]):
        (row,) = torch.autograd.grad(flat[:, k].sum(), x, retain_graph=True)
        trace = trace + row.flatten(1)[:, k]
    return trace
