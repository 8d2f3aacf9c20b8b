"""The games that a discriminator D and a generator G play, and the penalties that keep D smooth.

Logits: r = D(x) of real images, f = D(G(z)) of made ones, (B,) each; every loss is a mean over the batch.

    minimax          D: -log s(r) - log(1 - s(f))       G: log(1 - s(f))        s: sigmoid   Goodfellow et al. 2014
    nonsaturating    D: the same                        G: -log s(f)            the same paper, section 3
    hinge            D: (1 - r)+ + (1 + f)+             G: -f                   Lim & Ye 2017 (arXiv:1705.02894)
    least_squares    D: ((r - 1)^2 + f^2) / 2           G: (f - 1)^2 / 2        Mao et al. 2017 (arXiv:1611.04076)
    wasserstein      D: f - r                           G: -f                   Arjovsky et al. 2017 (arXiv:1701.07875)
    relativistic     D: -log s(r - f)                   G: -log s(f - r)        RpGAN, R3GAN: arXiv:2501.05441, eq. 2

    R1, R2           gamma / 2 E |dD/dx|^2 at real, at made images              Mescheder et al. 2018 (arXiv:1801.04406)
    WGAN-GP          lambda E (|dD/dx| - 1)^2 at points between the two         Gulrajani et al. 2017 (arXiv:1704.00028)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

Loss = Callable[[Tensor, Tensor], Tensor]  # logits of real (B,), logits of made images (B,) -> ()


@dataclass(frozen=True)
class AdversarialLoss:
    """What the two lower; `paired`: the generator's loss looks at the real logits too."""

    discriminator: Loss
    generator: Loss
    boundary: float | None  # the logit above which D takes an image for real; None: only differences mean anything
    paired: bool = False


def cross_entropy(real: Tensor, fake: Tensor) -> Tensor:
    """-log s(r) - log(1 - s(f))."""
    return softplus(-real).mean() + softplus(fake).mean()


def saturating(real: Tensor, fake: Tensor) -> Tensor:
    """log(1 - s(f)): its gradient vanishes where D is sure."""
    return -softplus(fake).mean()


def nonsaturating(real: Tensor, fake: Tensor) -> Tensor:
    """-log s(f)."""
    return softplus(-fake).mean()


def hinge(real: Tensor, fake: Tensor) -> Tensor:
    """(1 - r)+ + (1 + f)+."""
    return relu(1 - real).mean() + relu(1 + fake).mean()


def raise_fake(real: Tensor, fake: Tensor) -> Tensor:
    """-f."""
    return -fake.mean()


def least_squares(real: Tensor, fake: Tensor) -> Tensor:
    """((r - 1)^2 + f^2) / 2."""
    return 0.5 * ((real - 1).square().mean() + fake.square().mean())


def least_squares_fake(real: Tensor, fake: Tensor) -> Tensor:
    """(f - 1)^2 / 2."""
    return 0.5 * (fake - 1).square().mean()


def wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    """f - r."""
    return fake.mean() - real.mean()


def relativistic(real: Tensor, fake: Tensor) -> Tensor:
    """-log s(r - f): each real image against one made image."""
    return softplus(fake - real).mean()


def relativistic_fake(real: Tensor, fake: Tensor) -> Tensor:
    """-log s(f - r)."""
    return softplus(real - fake).mean()


ADVERSARIAL_LOSSES: dict[str, AdversarialLoss] = {
    "minimax": AdversarialLoss(cross_entropy, saturating, boundary=0.0),
    "nonsaturating": AdversarialLoss(cross_entropy, nonsaturating, boundary=0.0),
    "hinge": AdversarialLoss(hinge, raise_fake, boundary=0.0),
    "least_squares": AdversarialLoss(least_squares, least_squares_fake, boundary=0.5),
    "wasserstein": AdversarialLoss(wasserstein, raise_fake, boundary=None),
    "relativistic": AdversarialLoss(relativistic, relativistic_fake, boundary=None, paired=True),
}


def squared_gradient(logit: Tensor, image: Tensor) -> Tensor:
    """|d logit_i / d image_i|^2, summed in float32 also under autocast; itself differentiable. (B,), (B, ...) -> (B,)

    `image` must have been a float32 leaf, or part of the graph, that requires a gradient.
    """
    (gradient,) = torch.autograd.grad(logit.sum(), image, create_graph=True)
    return gradient.float().square().flatten(1).sum(1)


def identity(logit: Any) -> Tensor:
    """What a discriminator gives, if that is its logits alone."""
    found: Tensor = logit
    return found


def logits_and_penalty(
    discriminator: Callable[..., Any],
    image: Tensor,
    gamma: float,
    every: int = 1,
    known: Sequence[Tensor | None] = (),
    critic: Callable[[Any], Tensor] = identity,
) -> tuple[Any, Tensor]:
    """What the discriminator gives for images, and gamma / 2 E |dS/dx|^2 (); 0 where no gradient is wanted.

    It gives one tensor or several, (B, ...) each, of the images and what is `known` of each, if anything; S, (B,), is
    the `critic`, a function of what it gives. The mean E is taken over one in `every` images, since differentiating
    twice costs more than all else together: over the first ones, batches being in random order.
    """
    given = [each for each in known if each is not None]
    if not (gamma > 0 and torch.is_grad_enabled()):
        return discriminator(image, *given), image.new_zeros(())
    logits, squared = _logits_and_slopes(discriminator, image, math.ceil(len(image) / every), given, critic)
    return logits, 0.5 * gamma * squared.mean()


def logits_and_penalties(
    discriminator: Callable[..., Tensor],
    real: Tensor,
    fake: Tensor,
    gammas: tuple[float, float],
    every: int = 1,
    known: Sequence[Tensor | None] = (),
    critic: Callable[[Any], Tensor] = identity,
) -> tuple[Tensor, Tensor, Tensor]:
    """Logits of real and of made images of the same kinds, and R1 + R2: `logits_and_penalty` of both at once.

    Two passes instead of four, which is faster where batches are small. -> (B, ...), (B, ...), ()
    """
    if gammas[0] != gammas[1] or not (gammas[0] > 0 and torch.is_grad_enabled()):
        real_logit, r1 = logits_and_penalty(discriminator, real, gammas[0], every, known, critic)
        fake_logit, r2 = logits_and_penalty(discriminator, fake, gammas[1], every, known, critic)
        return real_logit, fake_logit, r1 + r2
    count = math.ceil(len(real) / every)

    def both(one: Tensor, other: Tensor) -> Tensor:
        return torch.cat([one[:count], other[:count], one[count:], other[count:]])

    given = [both(each, each) for each in known if each is not None]
    logits, squared = _logits_and_slopes(discriminator, both(real, fake), 2 * count, given, critic)
    first, other, rest, last = logits.split([count, count, len(real) - count, len(fake) - count])
    real_logit, fake_logit = torch.cat([first, rest]), torch.cat([other, last])
    return real_logit, fake_logit, gammas[0] * squared.mean()  # half the sum of two means


def _logits_and_slopes(
    discriminator: Callable[..., Any],
    image: Tensor,
    count: int,
    given: Sequence[Tensor],
    critic: Callable[[Any], Tensor],
) -> tuple[Any, Tensor]:
    """What is given for all images, and the squared gradient (count,) at the first ones."""
    some = image[:count].detach().requires_grad_()
    logits = discriminator(some, *(each[:count] for each in given))
    squared = squared_gradient(critic(logits), some)
    if count < len(image):
        more = discriminator(image[count:], *(each[count:] for each in given))
        logits = torch.cat([logits, more]) if isinstance(logits, Tensor) else tuple(map(torch.cat, zip(logits, more)))
    return logits, squared


def one_lipschitz(squared: Tensor) -> Tensor:
    """E (|g| - 1)^2 of squared gradient norms (B,); safe where a gradient is zero."""
    return ((squared + 1e-12).sqrt() - 1).square().mean()


def between(real: Tensor, fake: Tensor) -> Tensor:
    """A random point on the line from each real to its made image. (B, ...), (B, ...) -> (B, ...)"""
    share = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
    return torch.lerp(real, fake, share)


@torch.no_grad()
def discriminator_statistics(real: Tensor, fake: Tensor, boundary: float | None) -> dict[str, Tensor]:
    """How well D does: the part of the real and of the made images that it tells rightly, and the gap of the logits.

    Without a boundary it is in the middle between the two mean logits.
    """
    middle = 0.5 * (real.mean() + fake.mean()) if boundary is None else boundary
    return {
        "accuracy_real": (real > middle).float().mean(),
        "accuracy_fake": (fake < middle).float().mean(),
        "gap": real.mean() - fake.mean(),
    }


@torch.no_grad()
def diversity(real: Tensor, fake: Tensor) -> Tensor:
    """Root mean square distance between two made images of a batch over that of real ones: 0 says they are all one.

    The mean of |x - y|^2 over pairs is twice the variance, summed over pixels; it is 1 in a batch of one.
    (B, ...), (B, ...) -> ()
    """

    def spread(image: Tensor) -> Tensor:
        return image.flatten(1).var(0, correction=0).sum()

    return ((spread(fake) + 1e-12) / (spread(real) + 1e-12)).sqrt()


@torch.no_grad()
def nearest(real: Tensor, fake: Tensor) -> Tensor:
    """Mean distance of a made image of a batch to the most alike other one, over that of real ones.

    1 where the made ones are as varied as the real, near 0 where they are few images over and over, however different
    these are; 1 in a batch of one. (B, ...), (B, ...) -> ()
    """

    def apart(image: Tensor) -> Tensor:
        points = image.flatten(1).float()
        distance = torch.cdist(points, points)  #                                                 (B, B)
        return distance.kthvalue(min(2, len(points)), dim=1).values.mean()  # itself is the nearest

    return (apart(fake) + 1e-12) / (apart(real) + 1e-12)
