import torch

from aegean.evaluation.metrics.probes import linear, nearest_neighbours, principal_components


def blobs(count: int, seed: int, gap: float = 4.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Three Gaussian blobs around corners of a triangle, in five dimensions."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(count) % 3
    return torch.randn(count, 5, generator=generator) + gap * torch.eye(5)[label], label


def test_nearest_neighbours_vote_and_the_nearest_breaks_ties():
    train = torch.tensor([[0.0], [1.0], [1.2], [5.0], [5.1]])
    label = torch.tensor([0, 1, 1, 2, 2])
    assert nearest_neighbours(train, label, torch.tensor([[0.4], [5.3]]), neighbours=3).tolist() == [1, 2]
    assert nearest_neighbours(train, label, torch.tensor([[0.4], [0.7]]), neighbours=2).tolist() == [0, 1]
    assert nearest_neighbours(train, label, torch.tensor([[0.4]]), neighbours=1).tolist() == [0]


def test_nearest_neighbours_equal_a_search_by_explicit_distances():
    train, label = blobs(300, 0, gap=1.0)
    test, _ = blobs(1500, 1, gap=1.0)  # more than one chunk
    nearest = (test[:, None] - train).square().sum(-1).argmin(1)
    assert torch.equal(nearest_neighbours(train, label, test, neighbours=1), label[nearest])


def test_linear_probe_finds_the_best_linear_border_of_blobs():
    (train, label), (test, expected) = blobs(3000, 0), blobs(3000, 1)
    best = (test[:, :3].argmax(1) == expected).float().mean()  # Bayes' rule for these blobs
    found = (linear(train, label, test) == expected).float().mean()
    assert best > 0.98
    assert found > best - 0.01


def test_linear_probe_does_not_mind_units_or_constant_features():
    (train, label), (test, expected) = blobs(600, 0), blobs(600, 1)
    odd = lambda x: torch.cat([x * torch.tensor([1.0, 20.0, 0.05, 1.0, 1.0]) + 3, torch.ones(len(x), 1)], 1)  # noqa: E731
    with torch.inference_mode():
        found = linear(odd(train), label, odd(test))
    assert (found == expected).float().mean() > 0.97


def test_principal_components_span_the_directions_of_greatest_variance():
    generator = torch.Generator().manual_seed(0)
    scales = torch.tensor([10.0, 6.0, 3.0, 0.1, 0.1, 0.1])
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=generator))[0]
    data = torch.randn(500, 6, generator=generator) * scales @ rotation + 5.0
    train, test = principal_components(data[:400], data[400:], 3)
    exact = torch.linalg.svd(data[:400] - data[:400].mean(0), full_matrices=False)[2][:3]
    torch.testing.assert_close(
        train @ train.T, (e := (data[:400] - data[:400].mean(0)) @ exact.T) @ e.T, rtol=1e-3, atol=0.1
    )
    assert train.shape == (400, 3)
    assert test.shape == (100, 3)
    assert abs(test.mean()) < 2.0  # centred by the train part's mean
    again = principal_components(data[:400], data[400:], 3)
    assert torch.equal(train, again[0])


def test_one_training_image_is_no_reason_for_nan() -> None:
    assert linear(torch.tensor([[1.0, 2.0]]), torch.tensor([1]), torch.tensor([[1.0, 2.0], [0.0, 0.0]])).tolist() == [
        1,
        1,
    ]


def test_five_neighbours_vote() -> None:
    train = torch.arange(6.0)[:, None]
    label = torch.tensor([0, 0, 1, 1, 1, 0])  # of six, three each, and the nearer win
    assert nearest_neighbours(train, label, torch.tensor([[0.0]])).tolist() == [1]
    assert nearest_neighbours(train, label, torch.tensor([[0.0]]), neighbours=6).tolist() == [0]


def test_what_hardly_varies_is_not_blown_up() -> None:
    """A number that tells the label of training images by its thousandth part, and nothing of others."""
    (train, label), (test, expected) = blobs(300, 0), blobs(300, 1)
    noise = torch.randn(300, 1, generator=torch.Generator().manual_seed(2))
    found = linear(torch.cat([train, 1e-4 * label[:, None]], 1), label, torch.cat([test, 1e-2 * noise], 1))
    assert (found == expected).float().mean() > 0.95


def test_components_are_the_same_whatever_was_drawn_before() -> None:
    data = torch.randn(50, 20, generator=torch.Generator().manual_seed(0))
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        found.append(principal_components(data, data, 4)[0])
        assert torch.equal(torch.rand(1), torch.rand(1, generator=torch.Generator().manual_seed(seed)))
    assert torch.equal(*found)
