"""Flow matching told attributes: makes faces, and changes those of a face that is there.

    a in {-1, 0, 1}^A    what is told: without, unknown, with        v(x_t, t, a) learns e - x, as every flow
    edit    z = x flows from 0 to `back` under -d           d: the change wanted; what is not to change is as it is
            z' flows from there to 0 under d, exaggerated   v(-d) + g (v(d) - v(-d))     (Ho & Salimans 2022)
            z'' flows back under -d                         the solver's error is in both, and cancels in z' - z''
            z' is led by M v + (1 - M) v''                  so that it knows what stays about it
    M       where v(x_t, t, d) and v(x_t, t, -d) differ     (DiffEdit, Couairon et al. 2023, arXiv:2210.11427)
    x'      x + (y' - y) - r (x - y)                        y, y' = decode(x), decode(x + z' - z''); x - y is lost in
                                                            codes, and stays but in M, and where y' is something else
    g       as the config has it; if the flow does not see d in y', more, and more again

In training each face is told any part of its attributes, so that one alone can be asked for. Of a face that is given,
the others are what explains it best: attributes go together in the data, so that beards went off with the man who wore
them. The wish a that lowers |v(x_t, t, a) - (e - x)|^2 is read from its gradient at a = 0: a classifier that was not
trained as one (Li et al. 2023, arXiv:2303.16203).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn import functional as F

from aegean.data.types import Batch, DataSpec
from aegean.errors import InputError
from aegean.families.attribute_flow import AttributeFlowConfig
from aegean.models.capabilities import Edits
from aegean.models.flow import Flow
from aegean.models.multi_attribute_editor import selected
from aegean.models.ode import integrate
from aegean.redrawing import redrawn

NOISED = 0.6  # the time at which velocities are compared
DRAWS = 4  # of noise, over which their difference is a mean
EXPLAINED = 0.75  # the time at which a face's attributes are read from it
SEEN = 0.4  # of what is read there: with less, or more than its negative, a change does not show yet
MORE = (1.0, 1.6, 2.6)  # times the config's `editing`
DIFFERENT = (0.4, 0.7)  # of the largest difference: below it nothing changes, above it all may


class Way(NamedTuple):
    """From what is there to what is wanted."""

    noise: Tensor  # (B, C, H, W): what is there, led back
    wanted: Tensor  # (B, A)
    there: Tensor  # (B, A)
    mask: Tensor  # (B, 1, H, W)


class AttributeFlow(Flow, Edits):
    """A flow whose network is told attributes; the loss is the same."""

    def __init__(self, config: AttributeFlowConfig, spec: DataSpec) -> None:
        places = selected(config.attributes, spec)
        super().__init__(config, spec, len(places))
        self.config: AttributeFlowConfig = config
        self.names = tuple(spec.attributes[k] for k in places)
        self.place: Tensor
        self.register_buffer("place", torch.tensor(places, dtype=torch.long), persistent=False)

    @property
    def editable(self) -> tuple[str, ...]:
        """Those of `--attributes`."""
        return self.names

    def wish(self, batch: Batch) -> Tensor:
        """1 with, -1 without, 0 not told. (B, A)"""
        if batch.attributes is None:
            raise InputError("these images have no attributes, which an attribute_flow needs; `flow` does without")
        has = 2 * batch.attributes[:, self.place] - 1
        if not self.training:
            return has
        told = torch.rand_like(has[:, :1]) * (torch.rand_like(has[:, :1]) >= self.config.drop)
        return has * (torch.rand_like(has) < told)

    def edit(
        self,
        image: Tensor,
        changes: Tensor,
        *,
        steps: int | None = None,
        solver: str | None = None,
        guidance: float | None = None,
        back: float | None = None,
        confined: bool = True,
        kept: bool = True,
    ) -> Tensor:
        """(B, C, H, W), (B, A) -> (B, C, H, W). What is not given is as the run's config has it.

        Without `guidance` the change is exaggerated as the config has it, and more where the flow does not see it then.
        """
        state, changes, edited = self.state(image), changes.to(image), image.clone()
        seen = self.explains(state)
        others = seen * (changes == 0) if kept else torch.zeros_like(changes)
        wanted, there = others + changes, others - changes
        enough = seen + changes.abs().clamp(max=1) * (SEEN * changes.sign() - seen)
        mask = self.different(state, wanted, there) if confined else torch.ones_like(state[:, :1])
        steps, solver = self.steps(steps), solver or self.config.solver
        back = self.config.back if back is None else back
        way = Way(self.flow(state, 0, back, there, steps=steps, solver=solver), wanted, there, mask)
        left, reached = (changes != 0).any(1).cpu().nonzero()[:, 0], state.clone()
        for k, strength in enumerate([guidance] if guidance is not None else [self.config.editing * m for m in MORE]):
            if k:
                short = (self.explains(reached[left]) - enough[left]) * changes[left] < 0
                left = left[short.any(1).cpu()]
            if not len(left):
                break
            change = self.change(Way(*(part[left] for part in way)), strength, back, steps, solver)
            reached[left] = state[left] + change
            was, made = self.picture(state[left]), self.picture(reached[left])
            lost = torch.maximum(redrawn(was, made), F.interpolate(mask[left], size=was.shape[-2:], mode="bilinear"))
            edited[left] = image[left] + (made - was) - lost * (image[left] - was)
        return edited.clamp(-1, 1)

    def change(self, way: Way, guidance: float, back: float, steps: int, solver: str) -> Tensor:
        """z' - z''. (B, C, H, W)"""
        told = torch.cat([way.wanted, way.there, way.there])

        def otherwise(x: Tensor, t: float) -> Tensor:
            made, same = x.chunk(2)
            towards, was, same = self.velocity(torch.cat([made, made, same]), t, told).chunk(3)
            return torch.cat([torch.lerp(same, was + guidance * (towards - was), way.mask), same])

        made, same = integrate(otherwise, way.noise.repeat(2, 1, 1, 1), back, 0, steps, solver).chunk(2)
        return made - same

    def explains(self, state: Tensor) -> Tensor:
        """The attributes of a face: 1 with, -1 without, near 0 where it is hard to say. (B, C, H, W) -> (B, A)"""
        generator = torch.Generator().manual_seed(0)
        with torch.inference_mode(False), torch.enable_grad():
            state, wish = state.clone(), state.new_zeros(len(state), len(self.names), requires_grad=True)
            time, error = state.new_full((len(state),), EXPLAINED), torch.zeros((), device=state.device)
            weights = {name: weight.clone() for name, weight in self.network.state_dict().items()}  # may be inference's
            for _ in range(DRAWS):
                noise = torch.randn(state[:1].shape, generator=generator).to(state)
                v = functional_call(self.network, weights, (torch.lerp(state, noise, EXPLAINED), time, wish))
                error = error + (v - (noise - state)).square().sum()
            (slope,) = torch.autograd.grad(error, wish)
        usual = slope.abs().mean(1, keepdim=True) + 1e-12
        return -slope / (slope.abs() + usual)

    def different(self, state: Tensor, wanted: Tensor, there: Tensor) -> Tensor:
        """Where two wishes (B, A) make a difference: 0 to 1. (B, C, H, W) -> (B, 1, H, W)"""
        generator, difference = torch.Generator().manual_seed(0), torch.zeros_like(state[:, :1])
        for _ in range(DRAWS):
            noise = torch.randn(state[:1].shape, generator=generator).to(state)
            x = torch.lerp(state, noise, NOISED)
            apart = self.velocity(x, NOISED, wanted) - self.velocity(x, NOISED, there)
            difference = difference + apart.square().sum(1, keepdim=True)
        difference = F.avg_pool2d(difference.sqrt(), 3, stride=1, padding=1, count_include_pad=False)
        share = difference / (difference.amax((1, 2, 3), keepdim=True) + 1e-12)
        low, high = DIFFERENT
        return ((share - low) / (high - low)).clamp(0, 1)
