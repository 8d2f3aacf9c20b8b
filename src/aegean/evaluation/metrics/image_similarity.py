"""How near one image is to another. All take images (B, C, H, W) in [-1, 1] and give one number per image, (B,)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from aegean.images import to_unit

LEAST_ERROR = 1e-10  # squared error below which two images count as equal: a PSNR of 100 dB
RADIUS, SIGMA = 5, 1.5  # of SSIM's window
C1, C2 = 0.01**2, 0.03**2  # what keeps SSIM's quotients finite where all is black or even


def squared_error(image: Tensor, reference: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean squared error per number of the image, where black to white is 1. (B,)

    With a mask (B, 1, H, W), of the pixels alone where it is 1.
    """
    error = (to_unit(image) - to_unit(reference)).square()
    if mask is None:
        return error.flatten(1).mean(1)
    return (error * mask).flatten(1).sum(1) / (mask.flatten(1).sum(1) * image.shape[1]).clamp_min(1)


def psnr(image: Tensor, reference: Tensor, mask: Tensor | None = None) -> Tensor:
    """Peak signal-to-noise ratio, 10 log10(1 / MSE) with black to white as 1, in dB; 100 for equal images. (B,)

    To be averaged over images in dB, as the denoising papers do, not computed from an averaged error.
    """
    return -10.0 * torch.log10(squared_error(image, reference, mask).clamp_min(LEAST_ERROR))


def ssim(image: Tensor, reference: Tensor) -> Tensor:
    """Structural similarity, 1 for equal images. (B,)

    Wang et al. 2004 (doi:10.1109/TIP.2003.819861), eq. 13: Gaussian window of 11 pixels and sigma 1.5, K1 = 0.01,
    K2 = 0.03, mean over channels and all pixels, the border mirrored. Sides of 6 pixels at least.

    Written by the difference d = x - y, 2 cov(x, y) = var(x) + var(y) - var(d), which is exactly 1 for equal images.
    """
    x, y = to_unit(image), to_unit(reference)
    mean_x, mean_y = windowed(x), windowed(y)
    difference = mean_x - mean_y
    variances = (windowed(x * x) - mean_x.square()).clamp_min(0) + (windowed(y * y) - mean_y.square()).clamp_min(0)
    of_difference = (windowed((x - y).square()) - difference.square()).clamp_min(0)
    luminance = 1 - difference.square() / (mean_x.square() + mean_y.square() + C1)
    structure = 1 - of_difference / (variances + C2)
    return (luminance * structure).flatten(1).mean(1)


def windowed(values: Tensor) -> Tensor:
    """The mean around each place, under SSIM's window. (B, C, H, W)"""
    offsets = torch.arange(-RADIUS, RADIUS + 1, device=values.device)
    window = torch.exp(-offsets.square() / (2 * SIGMA**2))
    window = (window / window.sum()).to(values.dtype)
    wide = F.pad(values.flatten(0, 1)[:, None], (RADIUS,) * 4, mode="reflect")
    return F.conv2d(F.conv2d(wide, window[None, None, :, None]), window[None, None, None]).view_as(values)


def add_noise(image: Tensor, sigma: float, seed: int) -> Tensor:
    """Additive white Gaussian noise, NOT clipped to the range of pixels; `sigma` of 255, the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(image.shape, generator=generator).to(image.device)
    return image + noise * (2.0 * sigma / 255.0)
