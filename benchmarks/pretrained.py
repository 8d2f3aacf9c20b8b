"""Pretrained networks beside the plain transformers pipeline: same network, same pictures, decoding included.

    OMP_NUM_THREADS=2 python benchmarks/pretrained.py --pictures FOLDER [--model FOLDER] [--rounds 5]

Without --model, the network is ResNet-50 of the hub's own config with random weights, whose batch normalisation has
seen the pictures: as fast as the trained one, and its answers differ from picture to picture. Sides take turns, so
that what else goes on on the machine meets all; the figures are ratios within a round. Writes JSON to
benchmarks/results/pretrained.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from aegean import pretrained, runs
from aegean.images import fit, open_picture

RESULTS = Path(__file__).parent / "results" / "pretrained.json"
BATCHES = (1, 8, 32)
STAGES = [f"resnet.encoder.stages.{k}" for k in range(4)]
PROCESSOR = {
    "image_processor_type": "ConvNextImageProcessor",
    "crop_pct": 0.875,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "resample": 3,
    "size": {"shortest_edge": 224},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).parents[2] / "shared" / "data" / "imagenet"
    parser.add_argument("--pictures", type=Path, default=here, help="a folder of JPEG photos")
    parser.add_argument("--model", help="ResNet-50 in the hub's format; default: one with random weights")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=64, help="pictures in a round")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    paths = [str(path) for path in sorted(given.pictures.glob("*.jpg"))]
    if not paths:
        raise SystemExit(f"{given.pictures}: no .jpg files")
    with tempfile.TemporaryDirectory() as folder:
        model = given.model or random_resnet(Path(folder), paths)
        record = {
            **runs.machine(),
            "network": given.model or "ResNet-50, random weights, statistics of the pictures",
            "pictures": f"{len(paths)} JPEG, {given.count} a round",
            "throughput": throughput(model, (paths * given.count)[: given.count], given.rounds),
            "same_answers": same_answers(model, paths),
        }
    record["imagenet_samples"] = accuracy(paths)
    record["cold_start"] = cold_start(paths[0])
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(record, indent=2))


def random_resnet(folder: Path, paths: list[str]) -> str:
    """ResNet-50 of random weights, saved in the hub's format."""
    from transformers import ResNetConfig, ResNetForImageClassification

    torch.manual_seed(0)
    model = ResNetForImageClassification(ResNetConfig(num_labels=1000))
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    model.save_pretrained(folder)
    network = pretrained.load(folder)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None  # plain average over what it sees
    images = torch.stack([network.prepare(open_picture(path)) for path in paths[:32]])
    with torch.no_grad():
        model.train()(images)
    model.save_pretrained(folder)
    return str(folder)


def open_pipeline(model: str) -> Callable[..., list[list[dict[str, float]]]]:
    from transformers import AutoImageProcessor, pipeline

    processor = AutoImageProcessor.from_pretrained(model, backend="pil")
    return pipeline("image-classification", model, image_processor=processor, device="cpu")


def throughput(model: str, paths: list[str], rounds: int) -> dict[str, object]:
    """Images per second of each side, and how many times faster ours is, round by round."""
    plain, network = open_pipeline(model), pretrained.load(model)
    sides: dict[str, Callable[[], object]] = {
        f"pipeline, batch {size}": lambda size=size: plain(paths, batch_size=size, top_k=5) for size in BATCHES
    }
    sides["aegean"] = lambda: network.classify(paths, top=5)
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for work in sides.values():
        work()  # warm
    for _ in range(rounds):
        for name, work in sides.items():
            start = time.perf_counter()
            work()
            rates[name].append(len(paths) / (time.perf_counter() - start))
    ratios = {
        name: [ours / theirs for ours, theirs in zip(rates["aegean"], some, strict=True)]
        for name, some in rates.items()
        if name != "aegean"
    }
    return {
        "threads": torch.get_num_threads(),
        "precision": network.precision,
        "images_per_second": {name: round(statistics.median(some), 2) for name, some in rates.items()},
        "times_as_fast": {name: round(statistics.median(some), 2) for name, some in ratios.items()},
        "of_each_round": {name: [round(one, 2) for one in some] for name, some in ratios.items()},
    }


def same_answers(model: str, paths: list[str]) -> dict[str, float]:
    """Top-5 agreement with the pipeline; largest differences from calling transformers directly."""
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    network, processor = pretrained.load(model), AutoImageProcessor.from_pretrained(model, backend="pil")
    direct = AutoModelForImageClassification.from_pretrained(model).eval()
    ours = [{guess.number for guess in some} for some in network.classify(paths, top=5)]
    label = direct.config.label2id
    theirs = [{label[one["label"]] for one in some} for some in open_pipeline(model)(paths, top_k=5)]
    few = paths[:8]
    with torch.no_grad():
        ready = processor([fit(open_picture(path), None, 3) for path in few], return_tensors="pt")
        output = direct(**ready, output_hidden_states=True)
    features = network.features(few, STAGES, pool="none")
    guesses = network.classify(few, top=len(label))
    probabilities = torch.tensor([[g.probability for g in sorted(some, key=lambda g: g.number)] for some in guesses])
    return {
        "top5_agreement": sum(len(a & b) for a, b in zip(ours, theirs, strict=True)) / (5 * len(paths)),
        "classes_named": len(set().union(*theirs)),
        "largest_difference_of_probabilities": float((probabilities - output.logits.softmax(1)).abs().max()),
        "largest_difference_of_stages, as part of their largest value": max(
            float((ours - theirs).abs().max() / theirs.abs().max())
            for ours, theirs in zip(features.values(), output.hidden_states[1:], strict=True)
        ),
    }


def accuracy(paths: list[str]) -> dict[str, dict[str, float]] | str:
    """Of the networks whose weights come in packages, on pictures named by WordNet id."""
    if not Path(paths[0]).stem.startswith("n0"):
        return "the pictures are not named by WordNet id"
    found = {}
    for name in ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"):
        guesses = pretrained.load(name).classify(paths, top=5)
        ids = [[guess.wordnet for guess in some] for some in guesses]
        right = [Path(path).stem for path in paths]
        found[name] = {
            "top1": sum(some[0] == one for some, one in zip(ids, right, strict=True)) / len(paths),
            "top5": sum(one in some for some, one in zip(ids, right, strict=True)) / len(paths),
        }
    return found


def cold_start(path: str, times: int = 5) -> dict[str, float]:
    """Seconds from nothing to the first answer of `aegean classify PHOTO`."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "aegean", "classify", path], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    return {"median_seconds": round(statistics.median(seconds), 2), "best_seconds": round(min(seconds), 2)}


if __name__ == "__main__":
    main()
