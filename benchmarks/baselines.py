"""What the simplest thing reaches, against which `aegean reproduce --quick` holds its short trainings.

    python benchmarks/baselines.py        # half a minute; writes benchmarks/results/baselines.json

Of each data set: the part of the test images that are of the class which is most frequent in the training images; the
mean -log p of test images whose pixels are independent, each as often white as in the training images (grey values in
the Bernoulli's place, as where a VAE is trained on them); the FID, by features of the judge that comes along, of 500
samples of a Gaussian that has the mean and the covariance of the training pixels, against 500 test images.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

import aegean
from aegean.data import open_dataset
from aegean.evaluation.metrics.fidelity import frechet_distance, moments
from aegean.runs import command, machine

HERE = Path(__file__).parent
JUDGES = {"digits": "zoo:classifier-mnist", "fashion-mnist": "zoo:classifier-fashion"}
COUNT, LEAST = 500, 1e-3  # images and samples; no pixel is taken to be surely black or white


def baselines(data: str, judge: str) -> dict[str, Any]:
    dataset = open_dataset(data)
    train = dataset.train.batch(torch.arange(len(dataset.train)))
    test = dataset.test.some(COUNT).first(COUNT)
    frequent = train.label.bincount().argmax()
    white, target = train.image.add(1).mean(0).div(2).clamp(LEAST, 1 - LEAST), test.image.add(1).div(2)
    nats = -(target * white.log() + (1 - target) * (1 - white).log()).flatten(1).sum(1).mean()
    model: Any = aegean.load(judge).model
    with torch.inference_mode():
        fid = frechet_distance(model.features(test.image), model.features(gaussian_pixels(train.image)))
    return {
        "judge_weights": aegean.load(judge).weights_digest,
        "most frequent class": float((dataset.test.labels == frequent).double().mean()),
        "independent pixels, nats": float(nats),
        "Gaussian of pixels, FID": fid,
    }


def gaussian_pixels(images: torch.Tensor) -> torch.Tensor:
    """Samples of the Gaussian of the pixels of (N, C, H, W), cut to [-1, 1]. (COUNT, C, H, W)"""
    mean, covariance = moments(images.flatten(1))
    values, vectors = torch.linalg.eigh(covariance)
    noise = torch.randn(COUNT, len(mean), generator=torch.Generator().manual_seed(0), dtype=mean.dtype)
    made = mean + noise * values.clamp_min(0).sqrt() @ vectors.T
    return made.unflatten(1, images.shape[1:]).clamp(-1, 1).float()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "baselines.json")
    words = parser.parse_args()
    found = {data: baselines(data, judge) for data, judge in JUDGES.items()}
    words.out.write_text(json.dumps({**found, "command": command(), **machine()}, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
