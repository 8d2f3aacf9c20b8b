import math

import pytest
import torch

from aegean.evaluation.metrics.image_similarity import add_noise, psnr, squared_error, ssim
from aegean.images import from_unit


def flat(*values: float) -> torch.Tensor:
    return from_unit(torch.tensor(values).reshape(-1, 1, 1, 1).expand(-1, 3, 16, 16))


def test_errors_of_flat_images_are_the_squared_difference_where_black_to_white_is_one():
    torch.testing.assert_close(squared_error(flat(0.0, 0.5), flat(1.0, 0.4)), torch.tensor([1.0, 0.01]))


def test_psnr_is_of_each_image_with_a_data_range_of_one():
    found = psnr(flat(0.0, 0.5, 0.3), flat(1.0, 0.4, 0.3))
    torch.testing.assert_close(found, torch.tensor([0.0, 20.0, 100.0]), atol=1e-3, rtol=0)


def test_with_a_mask_only_its_pixels_count_of_all_channels():
    image, reference = flat(0.5, 0.5, 0.5).clone(), flat(0.5, 0.5, 0.5)
    mask = torch.zeros(3, 1, 16, 16)
    mask[0, :, :2, :3] = mask[1, :, 4, 5] = 1
    image[0, 1, :2, :3] += 0.6  # 0.3 of black to white, in one of three channels
    image[:2, :, 8:] -= 1.0  # outside
    image[1, :, 4, 5] = reference[1, :, 4, 5] + 0.2
    found = squared_error(image, reference, mask)
    torch.testing.assert_close(found, torch.tensor([0.09 / 3, 0.01, 0.0]))
    torch.testing.assert_close(psnr(image, reference, mask), torch.tensor([15.2288, 20.0, 100.0]), atol=1e-3, rtol=0)


def test_ssim_of_flat_images_is_the_luminance_term():
    c1 = 0.01**2
    expected = (2 * 0.5 * 0.3 + c1) / (0.5**2 + 0.3**2 + c1)
    torch.testing.assert_close(ssim(flat(0.5, 0.2), flat(0.3, 0.2)), torch.tensor([expected, 1.0]), atol=1e-5, rtol=0)


def test_ssim_of_a_negative_is_low_and_of_the_image_itself_one():
    image = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    torch.testing.assert_close(ssim(image, image), torch.ones(2))
    assert (ssim(-image, image) < -0.5).all()


def test_noise_has_the_sigma_asked_for_and_is_not_clipped():
    white = torch.ones(1, 1, 400, 400)
    noisy = add_noise(white, 25.0, seed=3)
    expected = 20 * math.log10(255 / 25)  # the PSNR of unclipped noise
    torch.testing.assert_close(psnr(noisy, white), torch.tensor([expected]), atol=0.05, rtol=0)
    assert noisy.max() > 1.0
    drawn = torch.randn(white.shape, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(noisy - white, drawn * (2 * 25 / 255))
    assert torch.equal(noisy, add_noise(white, 25.0, seed=3))
    assert not torch.equal(noisy, add_noise(white, 25.0, seed=4))


def test_a_hole_of_one_pixel_counts_as_one():
    image, reference, mask = torch.zeros(1, 1, 4, 4), torch.full((1, 1, 4, 4), 1.0), torch.zeros(1, 1, 4, 4)
    mask[..., 2, 1] = 1
    assert squared_error(image, reference, mask).item() == pytest.approx(0.25)
    assert squared_error(image, reference, 0 * mask).item() == 0


def test_ssim_of_double_precision_is_that_of_single():
    torch.manual_seed(0)
    image, other = torch.rand(2, 3, 16, 16) * 2 - 1, torch.rand(2, 3, 16, 16) * 2 - 1
    found = ssim(image.double(), other.double())
    torch.testing.assert_close(found.float(), ssim(image, other), rtol=1e-4, atol=1e-5)
