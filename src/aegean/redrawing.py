"""Whether two pictures of one place show the same, by which an edit decides what of a photo's fine lines may stay."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import avg_pool2d

FAINT = 1e-3  # variance of pixels in [-1, 1] about a place, below which there is nothing fine to lose


def redrawn(image: Tensor, other: Tensor) -> Tensor:
    """Where two images show something else: 1; where one is the other, brighter, darker or tinted: 0.

    1 less the contrast and structure of SSIM (Wang et al. 2004) about each place. (B, C, H, W) twice -> (B, 1, H, W)
    """

    def about(pixels: Tensor) -> Tensor:
        return avg_pool2d(pixels, 3, stride=1, padding=1, count_include_pad=False)

    def covariance(a: Tensor, b: Tensor) -> Tensor:
        return (about(a * b) - about(a) * about(b)).mean(1, keepdim=True)

    apart = covariance(image - other, image - other)
    return about((apart / (covariance(image, image) + covariance(other, other) + FAINT)).clamp(0, 1))
