"""What counts as something else."""

from __future__ import annotations

import torch

from aegean.redrawing import redrawn


def test_another_tint_is_nothing_else_and_another_pattern_is():
    y, x = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    image = (0.5 * torch.sin(y) * torch.cos(x)).expand(1, 3, -1, -1)
    tint = torch.tensor([0.3, -0.2, 0.1])[:, None, None]
    assert redrawn(image, image).max() == 0
    assert redrawn(image, 0.8 * image + tint).max() < 0.05
    for other in (torch.zeros_like(image), -image, image.roll(3, 2)):
        assert redrawn(image, other).mean() > 0.8
    assert redrawn(torch.zeros_like(image), image).mean() > 0.8
    assert redrawn(image, other).shape == (1, 1, 16, 16)
