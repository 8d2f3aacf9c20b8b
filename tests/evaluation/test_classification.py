import math

import torch

from aegean.evaluation.judge import agreement, even_boundaries
from aegean.evaluation.metrics.classification import relative_diversity, spread_within_classes


def test_agreement_is_whether_the_most_probable_class_was_asked_for():
    log_probabilities = torch.tensor([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]]).log()
    assert agreement(log_probabilities, torch.tensor([0, 1, 1])).tolist() == [1.0, 1.0, 0.0]


def test_an_attribute_is_seen_above_where_as_many_are_missed_as_are_invented():
    rare = [0.02, 0.04, 0.06, 0.08, 0.3, 0.1, 0.4, 0.6]  # at 1/2, two of three that have it would be missed
    always, never, mixed = [0.9] * 8, [0.1] * 8, [0.1, 0.9, 0.2, 0.8, 0.7, 0.3, 0.6, 0.4]
    probability = torch.tensor([rare, always, never, mixed]).T
    has = torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1], [1] * 8, [0] * 8, [0, 1, 0, 1, 1, 0, 1, 0]]).T.bool()
    torch.testing.assert_close(even_boundaries(probability, has), torch.tensor([0.09, 0.5, 0.5, 0.5]))


def test_spread_is_the_mean_distance_of_pairs_within_each_class():
    features = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [9.0, 9.0]])
    label = torch.tensor([0, 0, 1, 1, 1, 2])
    found = spread_within_classes(features, label, 3)
    torch.testing.assert_close(found[:2], torch.tensor([5.0, (2 + math.sqrt(2)) / 3]))
    assert found[2].isnan()


def test_diversity_is_one_for_real_images_none_for_one_image_and_half_for_half():
    generator = torch.Generator().manual_seed(0)
    real, label = torch.randn(300, 8, generator=generator), torch.arange(300) % 3
    torch.testing.assert_close(relative_diversity(real, label, real, label, 3), torch.tensor(1.0))
    collapsed = torch.eye(8)[label]  # one image per class, however different the classes
    torch.testing.assert_close(relative_diversity(collapsed, label, real, label, 3), torch.tensor(0.0))
    torch.testing.assert_close(relative_diversity(0.5 * real + 7, label, real, label, 3), torch.tensor(0.5))
