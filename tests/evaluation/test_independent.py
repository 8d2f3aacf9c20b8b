"""The formulas of evaluation against implementations of others: SciPy, scikit-learn, torchmetrics, plain NumPy."""

import numpy as np
import pytest
import torch

from aegean.evaluation.metrics import fidelity, probes
from aegean.evaluation.metrics.image_similarity import psnr, ssim

scipy = pytest.importorskip("scipy", reason="is in the extra `dev`")
linear_model = pytest.importorskip("sklearn.linear_model", reason="is in the extra `dev`")


def two_sets(count: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Correlated features, apart in mean and in covariance."""
    generator = torch.Generator().manual_seed(0)
    mix = torch.randn(size, size, generator=generator) / size**0.5
    real, made = torch.randn(2, count, size, generator=generator)
    return real @ mix + 1, 1.3 * made @ mix.flip(0) + 0.7


def test_fid_is_that_of_scipys_matrix_root():
    from scipy.linalg import sqrtm

    real, made = (features.double().numpy() for features in two_sets(300, 24))
    one, other = np.cov(real, rowvar=False), np.cov(made, rowvar=False)
    gap = ((real.mean(0) - made.mean(0)) ** 2).sum()
    want = gap + np.trace(one + other - 2 * sqrtm(one @ other).real)
    assert fidelity.frechet_distance(*two_sets(300, 24)) == pytest.approx(want, rel=1e-6)


def test_a_block_of_kid_is_that_of_torchmetrics():
    from torchmetrics.image.kid import poly_mmd

    real, made = (features.double() for features in two_sets(60, 16))
    assert float(fidelity.squared_mmd(real, made)) == pytest.approx(float(poly_mmd(real, made)), rel=1e-9)


def test_precision_recall_density_and_coverage_are_those_of_every_pair_by_numpy():
    real, made = two_sets(80, 3)
    x, y = real.numpy().astype(float), made[:50].numpy().astype(float)

    def apart(a, b):
        return np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))

    def reach(a, k):
        return np.sort(apart(a, a), axis=1)[:, k]

    inside = apart(x, y) < reach(x, 3)[:, None]
    torch.testing.assert_close(fidelity.precision_of_features(real, made[:50]).numpy(), inside.any(0).astype("f4"))
    inside = apart(y, x) < reach(y, 3)[:, None]
    torch.testing.assert_close(fidelity.precision_of_features(made[:50], real).numpy(), inside.any(0).astype("f4"))
    inside = apart(x, y) < reach(x, 5)[:, None]
    assert 0.1 < inside.any(1).mean() < 0.9
    np.testing.assert_allclose(fidelity.density_of_features(real, made[:50]), inside.sum(0) / 5)
    np.testing.assert_allclose(fidelity.coverage_of_features(real, made[:50]), inside.any(1))


def test_ssim_is_that_of_scipys_gaussian_window():
    from scipy.ndimage import gaussian_filter

    generator = torch.Generator().manual_seed(0)
    one = torch.rand(1, 1, 24, 20, generator=generator)
    other = (one + 0.2 * torch.randn(one.shape, generator=generator)).clamp(0, 1)
    x, y = one[0, 0].double().numpy(), other[0, 0].double().numpy()

    def seen(image):  # 11 x 11, as published
        return gaussian_filter(image, sigma=1.5, truncate=3.5, mode="mirror")

    mean_x, mean_y = seen(x), seen(y)
    var_x, var_y, covariance = seen(x * x) - mean_x**2, seen(y * y) - mean_y**2, seen(x * y) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    table = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    table /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    assert float(ssim(2 * one - 1, 2 * other - 1)) == pytest.approx(table.mean(), abs=1e-4)
    assert float(psnr(2 * one - 1, 2 * other - 1)) == pytest.approx(-10 * np.log10(((x - y) ** 2).mean()), abs=1e-4)


def labelled(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Three kinds that overlap, in six dimensions of very different scales."""
    generator = torch.Generator().manual_seed(1)
    centre = torch.randn(3, 6, generator=generator)
    label = torch.randint(0, 3, (count,), generator=generator)
    scale = torch.tensor([0.3, 1.0, 10.0, 3.0, 0.5, 1.0])
    return (centre[label] + torch.randn(count, 6, generator=generator)) * scale + 5, label


def test_the_linear_probe_is_scikit_learns_logistic_regression():
    train, label = labelled(400)
    test, true = labelled(1000)
    mean, deviation = train.mean(0), train.std(0, correction=0)
    penalty = 0.03
    theirs = linear_model.LogisticRegression(C=1 / (penalty * len(train)), tol=1e-8, max_iter=1000)
    theirs.fit(((train - mean) / deviation).numpy(), label.numpy())
    want = theirs.predict(((test - mean) / deviation).numpy())
    assert (probes.linear(train, label, test, penalty).numpy() == want).mean() > 0.998
    assert 0.5 < (want == true.numpy()).mean() < 0.95


def test_neighbours_and_components_are_scikit_learns():
    from sklearn.decomposition import PCA
    from sklearn.neighbors import KNeighborsClassifier

    train, label = labelled(300)
    test, _ = labelled(1500)
    for count in (1, 5):
        nearest = KNeighborsClassifier(count).fit(train.numpy(), label.numpy())
        votes = np.sort(nearest.predict_proba(test.numpy()), axis=1)
        clear = votes[:, -1] > votes[:, -2]  # a tie is broken otherwise
        found = probes.nearest_neighbours(train, label, test, count).numpy()
        assert (found == nearest.predict(test.numpy()))[clear].all()
    ours, ours_test = probes.principal_components(train, test, 2)
    theirs = PCA(2).fit(train.numpy())
    for found, points in ((ours, train), (ours_test, test)):
        want = torch.from_numpy(theirs.transform(points.numpy()))
        torch.testing.assert_close(found.abs(), want.abs(), rtol=1e-3, atol=1e-2)


def test_ssim_is_that_of_torchmetrics():
    from torchmetrics.functional.image import structural_similarity_index_measure

    one = torch.rand(3, 3, 17, 24, generator=torch.Generator().manual_seed(0))
    other = (one + 0.2 * torch.randn(one.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    want = structural_similarity_index_measure(one, other, data_range=1.0, reduction="none")
    torch.testing.assert_close(ssim(2 * one - 1, 2 * other - 1), want)
