"""A density of codes, fitted after the training: any model that encodes and decodes can then make new images.

    gaussian   N(m, S) with full covariance                    z = m + L e,   S = L L^T
    gmm        sum_k w_k N(m_k, S_k), by expectation-maximisation (Dempster et al. 1977)
    flow       affine couplings (Dinh et al. 2017, arXiv:1605.08803) over the Gaussian, by maximum likelihood

It is fitted to the codes of training images (Ghosh et al. 2020, arXiv:1903.12436); every tenth is held out, and how
probable these are is told in nats, which tells how well the density fits and where more steps begin to harm. Each turns
draws of N(0, I) into codes, so that seeds and temperatures mean what they mean elsewhere.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from aegean.errors import InputError

HELD_OUT = 10  # one code in so many
RIDGE = 1e-4  # of the mean variance, added to each: a code that never varies has no inverse
COMPONENTS, ROUNDS = 20, 40  # of the mixture, and of expectation-maximisation
COUPLINGS, HIDDEN, STEPS, BATCH, RATE = 6, 128, 1000, 256, 2e-3  # of the flow
LOOK = 100  # steps between two looks at the held-out codes
MOST = {"gaussian": 4096, "gmm": 512, "flow": 1024}  # numbers in a code: beyond, covariances find no room


class Prior(nn.Module):
    """A density over codes of Z numbers."""

    @property
    @abstractmethod
    def numbers(self) -> int:
        """Numbers of N(0, I) that one code is made of."""

    @abstractmethod
    def codes(self, noise: Tensor) -> Tensor:
        """(B, numbers) -> (B, Z)."""

    @abstractmethod
    def log_prob(self, codes: Tensor) -> Tensor:
        """(B, Z) -> (B,), nats."""


class GaussianPrior(Prior):
    """One Gaussian."""

    mean: Tensor
    root: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("root", torch.eye(size))  # L, lower triangular

    @property
    def numbers(self) -> int:
        """Z."""
        return len(self.mean)

    def codes(self, noise: Tensor) -> Tensor:
        """m + L e."""
        return self.mean + noise @ self.root.T

    def log_prob(self, codes: Tensor) -> Tensor:
        """log N(z; m, L L^T)."""
        return normal_log_prob(codes, self.mean, self.root)

    def fit(self, train: Tensor, held: Tensor) -> None:
        """Mean and covariance."""
        self.mean, self.root = train.mean(0), torch.linalg.cholesky(covariance(train)).contiguous()


class MixturePrior(Prior):
    """A mixture of Gaussians. Of which one a code is, the angle of two numbers tells: no temperature turns it."""

    weight: Tensor
    mean: Tensor
    root: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.full((COMPONENTS,), 1 / COMPONENTS))
        self.register_buffer("mean", torch.zeros(COMPONENTS, size))
        self.register_buffer("root", torch.eye(size).repeat(COMPONENTS, 1, 1))

    @property
    def numbers(self) -> int:
        """Z and two."""
        return self.mean.shape[1] + 2

    def codes(self, noise: Tensor) -> Tensor:
        """m_k + L_k e."""
        share = torch.atan2(noise[:, 0], noise[:, 1]) / (2 * math.pi) + 0.5  # even in [0, 1]
        which = torch.searchsorted(self.weight.cumsum(0), share).clamp(max=COMPONENTS - 1)
        return self.mean[which] + (self.root[which] @ noise[:, 2:, None])[..., 0]

    def log_prob(self, codes: Tensor) -> Tensor:
        """log sum_k w_k N(z; m_k, L_k L_k^T)."""
        return self.joint(codes).logsumexp(1)

    def joint(self, codes: Tensor) -> Tensor:
        """log w_k + log N(z; m_k, L_k L_k^T). (B, Z) -> (B, K)"""
        each = [normal_log_prob(codes, mean, root) for mean, root in zip(self.mean, self.root)]
        return torch.stack(each, 1) + self.weight.log()

    def fit(self, train: Tensor, held: Tensor) -> None:
        """From codes drawn as means; a component that loses all its codes stays as it was."""
        whole = covariance(train)
        ridge = 0.01 * whole.diagonal().mean() * torch.eye(train.shape[1], dtype=train.dtype)
        self.mean = train[torch.randperm(len(train))[:COMPONENTS]]
        self.root = torch.linalg.cholesky(whole).repeat(COMPONENTS, 1, 1)
        self.weight = self.weight.to(train)
        for _ in range(ROUNDS):
            share = self.joint(train).softmax(1)  #                                                      (N, K)
            count = share.sum(0)
            for k in (count > train.shape[1] / 10).nonzero().flatten().tolist():
                mean = share[:, k] @ train / count[k]
                apart = train - mean
                self.mean[k] = mean
                self.root[k] = torch.linalg.cholesky((apart * share[:, k : k + 1]).T @ apart / count[k] + ridge)
            self.weight = count.clamp_min(1e-12) / count.sum()


class FlowPrior(Prior):
    """Affine couplings over the Gaussian: it begins as the Gaussian, and kept is what suits held-out codes best."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.base = GaussianPrior(size)
        self.couplings = nn.ModuleList(_Coupling(size, flip=bool(k % 2)) for k in range(COUPLINGS))
        generator = torch.Generator().manual_seed(0)
        orders = [torch.randperm(size, generator=generator) for _ in range(COUPLINGS)]
        self.register_buffer("orders", torch.stack(orders))

    orders: Tensor

    @property
    def numbers(self) -> int:
        """Z."""
        return self.base.numbers

    def codes(self, noise: Tensor) -> Tensor:
        """Backwards through the couplings, then as the Gaussian does."""
        for coupling, order in zip(reversed(self.couplings), self.orders.flip(0)):
            noise = coupling.back(noise)[:, order.argsort()]  # type: ignore[operator]
        return self.base.codes(noise)

    def log_prob(self, codes: Tensor) -> Tensor:
        """log N(e; 0, I) + log |de / dz|."""
        root = self.base.root
        e = torch.linalg.solve_triangular(root, (codes - self.base.mean).T, upper=False).T
        volume = -root.diagonal().log().sum().expand(len(e))
        for coupling, order in zip(self.couplings, self.orders):
            e, stretched = coupling(e[:, order])
            volume = volume + stretched
        return volume - 0.5 * (e.square() + math.log(2 * math.pi)).sum(1)

    def fit(self, train: Tensor, held: Tensor) -> None:
        """By Adam; kept is the step at which the held-out codes are most probable, the Gaussian among them."""
        self.base.fit(train, held)
        self.float()
        train, held = train.float(), held.float()
        optimiser = torch.optim.Adam(self.parameters(), RATE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
        best, kept = -math.inf, {name: value.clone() for name, value in self.state_dict().items()}
        with torch.inference_mode(False), torch.enable_grad():
            for step in range(STEPS + 1):
                if step % LOOK == 0 and (now := self.log_prob(held).mean().item()) > best:
                    best, kept = now, {name: value.clone() for name, value in self.state_dict().items()}
                optimiser.zero_grad()
                loss = -self.log_prob(train[torch.randint(len(train), (BATCH,))]).mean()
                loss.backward()
                nn.utils.clip_grad_norm_(self.parameters(), 10.0)
                optimiser.step()
                schedule.step()
        self.load_state_dict(kept)


class _Coupling(nn.Module):
    """One half is stretched and shifted as the other half says."""

    def __init__(self, size: int, flip: bool) -> None:
        super().__init__()
        self.flip, self.cut = flip, size // 2
        told, moved = (size - self.cut, self.cut) if flip else (self.cut, size - self.cut)
        layers = [nn.Linear(told, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU()]
        last = nn.Linear(HIDDEN, 2 * moved)
        nn.init.zeros_(last.weight)  # it begins by changing nothing
        nn.init.zeros_(last.bias)
        self.network = nn.Sequential(*layers, last)

    def forward(self, code: Tensor) -> tuple[Tensor, Tensor]:
        """(B, Z) -> (B, Z) and log |determinant| (B,)."""
        told, moved = self._halves(code)
        log_scale, shift = self._change(told)
        return self._whole(told, moved * log_scale.exp() + shift), log_scale.sum(1)

    def back(self, code: Tensor) -> Tensor:
        """What `forward` made it of. (B, Z)"""
        told, moved = self._halves(code)
        log_scale, shift = self._change(told)
        return self._whole(told, (moved - shift) * (-log_scale).exp())

    def _change(self, told: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self.network(told).chunk(2, dim=1)
        return 2 * torch.tanh(log_scale / 2), shift

    def _halves(self, code: Tensor) -> tuple[Tensor, Tensor]:
        first, second = code[:, : self.cut], code[:, self.cut :]
        return (second, first) if self.flip else (first, second)

    def _whole(self, told: Tensor, moved: Tensor) -> Tensor:
        return torch.cat([moved, told] if self.flip else [told, moved], 1)


PRIORS: dict[str, Any] = {"gaussian": GaussianPrior, "gmm": MixturePrior, "flow": FlowPrior}


def normal_log_prob(codes: Tensor, mean: Tensor, root: Tensor) -> Tensor:
    """log N(z; m, L L^T): (B, Z), (Z,), (Z, Z) -> (B,)."""
    e = torch.linalg.solve_triangular(root, (codes - mean).T, upper=False)  #                            (Z, B)
    return -0.5 * (e.square() + math.log(2 * math.pi)).sum(0) - root.diagonal().log().sum()


def covariance(codes: Tensor) -> Tensor:
    """Of (N, Z), with a ridge, so that it can be inverted. (Z, Z)"""
    found = torch.cov(codes.T).reshape(codes.shape[1], -1)
    return found + (RIDGE * found.diagonal().mean() + 1e-12) * torch.eye(len(found), dtype=codes.dtype)


def fit_prior(kind: str, codes: Tensor, seed: int = 0) -> tuple[Prior, float]:
    """A density of codes (N, Z), and the mean log probability of those held out, in nats; the same for the same seed.

    Raises:
        InputError: codes that are too long, or too few.
    """
    count, size = codes.shape
    if size > MOST[kind]:
        raise InputError(f"--prior {kind}: codes of {size:,} numbers are too long for it; {MOST[kind]:,} at most")
    if count < 2 * COMPONENTS:
        raise InputError(f"--prior {kind}: the codes of {count} training images are too few to fit a density to")
    held = torch.arange(count) % HELD_OUT == 0
    exact = codes.double()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        prior: Any = PRIORS[kind](size)
        prior.fit(exact[~held], exact[held])
        prior = prior.float().eval().requires_grad_(False)
        return prior, float(prior.log_prob(codes[held].float()).mean())
