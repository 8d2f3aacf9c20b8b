"""Which of these makes new images: autoencoder, denoising autoencoder, VAE, GAN? On the same digits, with one budget.

    python benchmarks/is_it_generative.py --data mnist        # under an hour of one core; what is done is kept

Each is trained on the same 60,000 images of MNIST's training part drawn in batches of 64 for `--steps` steps, codes of
32 numbers, and its family's own defaults for the rest. Then: how well a test image is rebuilt through the code; what a
linear probe reads from the code; and how far samples are from real images by the features of the judge that comes along
(FID, KID, coverage, mean of `--seeds` seeds, `--limit` samples against as many test images), as the model itself makes
them and from each density that is fitted to the codes afterwards (`aegean sample RUN --prior`). N(0, I) stands beside
where a model has no density of its own: what one gets who decodes random numbers. Writes results/is_it_generative.json
and docs/images/is-it-generative.png.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

import aegean
from aegean import images
from aegean.evaluation import evaluate
from aegean.latent import with_prior
from aegean.latent.fitted import Fitted
from aegean.latent.priors import GaussianPrior
from aegean.models.capabilities import Encodes, Samples
from aegean.runs import Run, command, machine
from aegean.runs.history import latest

HERE = Path(__file__).parent
MODELS: dict[str, dict[str, Any]] = {
    "autoencoder": {"latent": 32},
    "denoising": {"latent": 32},
    "vae": {"latent": 32},
    "gan": {"latent": 32},
}
PRIORS = ("gaussian", "gmm", "flow")
JUDGE = "zoo:classifier-mnist"
SHOWN = 16  # samples in a row of the picture


def trained(family: str, words: argparse.Namespace) -> Run:
    path = words.runs / family
    settings = {**MODELS[family], "steps": words.steps, "batch_size": 64, "seed": 0}
    if (path / "config.json").is_file():
        return aegean.resume(path)
    return aegean.train(family, data=words.data, out=path, **settings)


def measured(run: Run, words: argparse.Namespace, name: str, **settings: Any) -> dict[str, float]:
    """A figure each, with its spread and what real images reach; one measured before is not measured again."""
    path = words.runs / "figures.json"
    known: dict[str, dict[str, float]] = json.loads(path.read_text()) if path.is_file() else {}
    if name not in known:
        known[name] = {}
        for record in evaluate(run, out=words.runs / "records.json", **settings):
            metric, bound = record["metric"], {"floor", "ceiling"} & record["beside"].keys()
            known[name] |= {metric: record["value"]}
            known[name] |= {f"{metric} sd": record["sd"]} if record.get("sd") is not None else {}
            known[name] |= {f"{metric} of real images": record["beside"][word] for word in bound}
        path.write_text(json.dumps(known, indent=2) + "\n")
    return known[name]


def samples(run: Run, words: argparse.Namespace, name: str, **settings: Any) -> dict[str, float]:
    asked = {"judge": JUDGE, "limit": words.limit, "seeds": words.seeds, **settings}
    return measured(run, words, name, metrics=["fid", "kid", "coverage"], **asked)


def rows_of(family: str, words: argparse.Namespace) -> list[tuple[dict[str, Any], torch.Tensor]]:
    """What is told of a model, a row for each way of making samples, and some of these."""
    run = trained(family, words)
    model: Any = run.model
    facts = {"model": family, "seconds": round(latest(run.history)["seconds"]), "weights": run.weights_digest}
    if isinstance(model, Encodes):
        facts |= measured(
            run, words, f"{family}, code", metrics=["reconstruction_psnr", "linear_probe"], limit=words.limit
        )
    ways: list[tuple[str, Any, dict[str, Any]]] = []
    if isinstance(model, Samples):
        ways.append(("its own", model, {}))
    else:
        alone = Run(run.path)
        size = len(model.encode(torch.zeros(1, 1, 28, 28))[0])
        alone.model = Fitted(model, GaussianPrior(size)).eval()
        ways.append(("N(0, I)", alone.model, {"run": alone}))
    if isinstance(model, Encodes):
        ways += [(prior, with_prior(run, prior), {"prior": prior}) for prior in PRIORS]
    found = []
    for way, maker, settings in ways:
        figures = samples(settings.pop("run", run), words, f"{family}, {way}", **settings)
        with torch.inference_mode():
            found.append(({**facts, "codes from": way, **figures}, maker.sample(maker.noise(SHOWN, 0))))
        print(json.dumps(found[-1][0]), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=Path("runs/is-it-generative"))
    parser.add_argument("--out", type=Path, default=HERE / "results" / "is_it_generative.json")
    parser.add_argument("--picture", type=Path, default=HERE.parent / "docs" / "images" / "is-it-generative.png")
    words = parser.parse_args()
    words.runs.mkdir(parents=True, exist_ok=True)
    found = [row for family in MODELS for row in rows_of(family, words)]
    real = {metric: found[0][0][f"{metric} of real images"] for metric in ("fid", "kid", "coverage")}
    held = {"benchmark": "samples of four models on the same digits", "steps": words.steps, "batch": 64}
    held |= {"rows": [*(row for row, _ in found), {"model": "training images", **real}], "command": command()}
    held |= machine()
    words.out.write_text(json.dumps(held, indent=2) + "\n")
    grid = images.grid(torch.cat([pictures for _, pictures in found]), columns=SHOWN)
    images.save(words.picture, grid, scale=2)


if __name__ == "__main__":
    main()
