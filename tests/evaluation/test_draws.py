"""Figures of samples: a mean over seeds with its spread, real images beside it, and no sample in two splits."""

from statistics import fmean, stdev

import pytest
import torch

from aegean.cli import main
from aegean.data import SPLITS
from aegean.evaluation import EvaluationContext, Figure, evaluate
from aegean.evaluation.metrics.fidelity import coverage_of_features, frechet_distance, over_samples


def features(image):
    return image.unflatten(-1, (4, 2)).mean(-1).flatten(1)


@pytest.mark.parametrize("metric", ["fid", "coverage", "judge_agreement"])
def test_the_figure_of_several_seeds_is_the_mean_of_their_figures(metric, run_of):
    run, judge = run_of("conditional_vae"), run_of("classifier")
    each = [evaluate(run, metric, judge=judge, limit=30, seed=seed)[0] for seed in (4, 5, 6)]
    (whole,) = evaluate(run, metric, judge=judge, limit=30, seed=4, seeds=3)
    values = [record["value"] for record in each]
    assert whole["values"] == pytest.approx(values)
    assert whole["value"] == pytest.approx(fmean(values))
    assert whole["sd"] == pytest.approx(stdev(values))
    assert whole["sampling_seeds"] == [seed for record in each for seed in record["sampling_seeds"]]
    assert [record["sd"] for record in each] == [None] * 3
    for name, value in whole["beside"].items():
        assert value == pytest.approx(fmean(record["beside"][name] for record in each))


def test_a_spread_is_that_of_draws_and_none_where_all_samples_are_one(run_of):
    warm, cold = (
        evaluate(run_of("gan"), "fid", extractor=features, limit=20, seeds=3, temperature=temperature)[0]
        for temperature in (1.0, 0.0)
    )
    assert warm["sd"] > 0
    assert cold["sd"] == pytest.approx(0, abs=1e-9)


def test_no_sample_is_in_two_splits_or_two_draws(run_of):
    run = run_of("gan")
    contexts = [EvaluationContext(run, split=split, seed=seed) for split in SPLITS for seed in range(5)]
    assert len({context.sampling_seed for context in contexts}) == 15
    made = torch.cat([torch.cat(over_samples(context, 4, torch.clone)) for context in contexts])
    assert len(made.flatten(1).unique(dim=0)) == 60


@pytest.mark.parametrize("metric", ["judge_agreement", "kid"])
def test_a_figure_says_by_which_seed_its_samples_can_be_made_again(metric, run_of):
    run, judge = run_of("conditional_vae"), run_of("classifier")
    seeds = [evaluate(run, metric, judge=judge, limit=30, split=split)[0]["sampling_seeds"] for split in SPLITS]
    assert seeds == [[0], [1], [2]]


def test_beside_a_figure_stands_that_of_training_images_in_the_place_of_samples(run_of):
    run = run_of("gan")
    records = {r["metric"]: r for r in evaluate(run, ["fid", "coverage", "kid"], extractor=features, limit=25)}
    seed = records["fid"]["sampling_seeds"][0]
    drawn = torch.randperm(len(run.data.train), generator=torch.Generator().manual_seed(seed))[:25].sort().values
    real, others = features(run.data.test.some(25).first(25).image), features(run.data.train.batch(drawn).image)
    assert records["fid"]["beside"] == {"floor": pytest.approx(frechet_distance(real, others))}
    ceiling = float(coverage_of_features(real, others).mean())
    assert records["coverage"]["beside"] == {"ceiling": pytest.approx(ceiling)}
    assert abs(records["kid"]["beside"]["floor"]) < abs(records["kid"]["value"])


def test_a_function_of_ones_own_that_asks_for_noise_is_drawn_as_often(run_of):
    def ink(context):
        return Figure(float(context.sample(context.noise(5), None).mean()), 5)

    def size(context):
        return float(len(context.images))

    drawn, fixed = evaluate(run_of("gan"), [ink, size], seeds=3)
    assert len(set(drawn["values"])) == 3
    assert "values" not in fixed


def test_seeds_are_of_no_use_where_nothing_is_drawn(run_of, capsys):
    once, thrice = (evaluate(run_of("vae"), "negative_elbo", limit=9, seeds=seeds)[0] for seeds in (1, 3))
    assert once["value"] == thrice["value"]
    assert "--seeds: of no use to negative_elbo" in capsys.readouterr().err


def test_the_table_tells_the_spread_and_of_one_draw_how_to_get_it(run_of, capsys):
    words = ["evaluate", str(run_of("gan").path), "--metrics", "fid", "--judge", str(run_of("classifier").path)]
    assert main([*words, "--limit", "20", "--seeds", "2"]) == 0
    said = capsys.readouterr().out
    assert "sd over 2 seeds" in said
    assert "floor" in said
    assert main([*words, "--limit", "20"]) == 0
    assert "--seeds 5 tells how far draws differ" in " ".join(capsys.readouterr().out.split())
    assert main([*words, "--seeds", "0"]) == 2
