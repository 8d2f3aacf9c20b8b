"""What the tests of use share."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def photo() -> Image.Image:
    """A grey photo, twice as wide as high, larger than what the models see."""
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (30, 60), np.uint8))
