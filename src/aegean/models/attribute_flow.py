"""Flow matching told attributes: makes faces, and changes those of a face that is there.

    a in {-1, 0, 1}^A    what is told: without, unknown, with        v(x_t, t, a) learns e - x, as every flow
    edit    z = x flows from 0 to `back` under -d           d: the change wanted; what is not to change is as it is
            z' flows from there to 0 under d, exaggerated   v(-d) + g (v(d) - v(-d))     (Ho & Salimans 2022)
            x' = x + decode(x + M (z' - z'')) - decode(x)   z'': what comes back under -d, so that the solver's error,
                                                            and what codes lose, is in both and cancels
    M       where v(x_t, t, d) and v(x_t, t, -d) differ     (DiffEdit, Couairon et al. 2023, arXiv:2210.11427)

In training each face is told any part of its attributes, so that one alone can be asked for. Of a face that is given,
the others are what explains it best: attributes go together in the data, so that beards went off with the man who wore
them. The wish a that lowers |v(x_t, t, a) - (e - x)|^2 is read from its gradient at a = 0: a classifier that was not
trained as one (Li et al. 2023, arXiv:2303.16203).
"""

from __future__ import annotations

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

NOISED = 0.6  # the time at which velocities are compared
DRAWS = 4  # of noise, over which their difference is a mean
EXPLAINED = 0.75  # the time at which a face's attributes are read from it
DIFFERENT = (0.2, 0.4)  # of the largest difference: below it nothing changes, above it all may


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
        """(B, C, H, W), (B, A) -> (B, C, H, W). What is not given is as the run's config has it."""
        guidance = self.config.editing if guidance is None else guidance
        back = self.config.back if back is None else back
        steps, solver = self.steps(steps), solver or self.config.solver
        state, changes = self.state(image), changes.to(image)
        asked = (changes != 0).any(1)[:, None, None, None]
        others = self.explains(state) * (changes == 0) if kept else torch.zeros_like(changes)
        wanted, there = others + changes, others - changes
        noise = self.flow(state, 0, back, there, steps=steps, solver=solver)
        both = torch.cat([wanted, there])

        def otherwise(x: Tensor, t: float) -> Tensor:
            towards, same = self.velocity(x, t, both).chunk(2)
            was = self.velocity(x.chunk(2)[0], t, there) if guidance != 1 else towards
            return torch.cat([was + guidance * (towards - was), same])

        made, same = integrate(otherwise, noise.repeat(2, 1, 1, 1), back, 0, steps, solver).chunk(2)
        change = torch.where(asked, made - same, 0.0)
        if confined:
            change = change * self.different(state, wanted, there)
        edited = self.picture(state + change) - self.picture(state)
        return torch.where(asked, image + edited, image).clamp(-1, 1)

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
