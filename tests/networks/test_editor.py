from __future__ import annotations

import pytest
import torch

from aegean.networks import Editor


@pytest.mark.parametrize("smooth", [False, True])
def test_a_smooth_editor_paints_no_pattern_of_its_own(smooth: bool) -> None:
    """Of an image of one colour, far from its border, one colour: what is enlarged is smoothed at each level."""
    torch.manual_seed(0)
    editor = Editor(3, 32, 4, 2, 1, 2, layers=True, smooth=smooth)
    for weight in editor.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    with torch.inference_mode():
        painted = editor(torch.full((1, 3, 128, 128), 0.3), torch.ones(1, 2))[..., 56:72, 56:72]
    assert painted.abs().max() > 0.1
    pattern = (painted - painted[..., :1, :1]).abs().max() / painted.abs().max()
    assert pattern < 1e-4 if smooth else pattern > 1e-2
