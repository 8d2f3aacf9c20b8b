"""Seconds of training until a VAE on MNIST (dynamic binarisation) reaches -ELBO <= 105 nats on the test images.

    python benchmarks/time_to_quality.py --data mnist.npz     # up to half an hour; writes results/time_to_quality.json

aegean with its default network, pythae 0.1.2 with its usual convolutional network for MNIST (Encoder_Conv_VAE_MNIST,
Decoder_Conv_AE_MNIST), both with 32 latent dimensions, batch 128 and Adam at 1e-3. The clock stands still while the
-ELBO is measured, every few steps, by the same function, on the same binarised test images. The two take turns; pythae
is stopped at six times aegean's seconds, and then the ratio stands for "at least". Its usual network is much larger.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from speed import HERE, peers

BATCH, LATENT, GOAL, MOST, PATIENCE = 128, 32, 105.0, 6000, 6


def test_images(data: str):
    """2,000 test images, black or white: each pixel white with a chance equal to its grey value."""
    import numpy as np
    import torch

    grey = torch.from_numpy(np.load(data)["x_test"][:2000])[:, None].float() / 255
    return torch.bernoulli(grey, generator=torch.Generator().manual_seed(0))


def negative_elbo(encode, logits, images) -> float:
    """Nats per image; `encode` gives mean and log-variance, `logits` decodes; images in [0, 1]."""
    import torch
    from torch.nn import functional as F

    total = 0.0
    with torch.no_grad():
        for x in images.split(500):
            mean, log_variance = encode(x)
            z = mean + torch.randn(mean.shape, generator=torch.Generator().manual_seed(0)) * (0.5 * log_variance).exp()
            total += float(F.binary_cross_entropy_with_logits(logits(z), x, reduction="sum"))
            total -= float(0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum())
    return total / len(images)


class Reached(Exception):
    """Stops a trainer that cannot be asked to."""


class Race:
    """Counts the seconds of training until the goal, or until it gives up."""

    def __init__(self, images, encode, logits, every: int, limit: float = float("inf")) -> None:
        self.images, self.encode, self.logits, self.every, self.limit = images, encode, logits, every, limit
        self.step, self.seconds, self.since, self.curve = 0, 0.0, time.perf_counter(), []

    def over(self) -> bool:
        """After each step: whether it is time to stop; then the result is printed."""
        self.step += 1
        if self.step % self.every:
            return False
        self.seconds += time.perf_counter() - self.since
        value = negative_elbo(self.encode, self.logits, self.images)
        self.curve.append((self.step, round(self.seconds, 2), round(value, 2)))
        print(self.curve[-1], file=sys.stderr, flush=True)
        if value <= GOAL or self.step >= MOST or self.seconds >= self.limit:
            print(
                json.dumps({"reached": value <= GOAL, "seconds": self.seconds, "step": self.step, "curve": self.curve})
            )
            return True
        self.since = time.perf_counter()
        return False


def run_aegean(data: str, limit: float) -> None:
    import aegean

    class Runner(aegean.Callback):
        def on_start(self, trainer, run):
            model = trainer.ema.model
            encode = lambda x: model.encoder(x * 2 - 1).chunk(2, 1)  # noqa: E731
            self.race = Race(test_images(data), encode, model.decoder, every=20, limit=limit)

        def on_step(self, trainer, logged):
            if self.race.over():
                trainer.stop("the race is over")

    with tempfile.TemporaryDirectory() as folder:
        schedule = {"steps": MOST, "schedule": "constant", "warmup": 0.01, "average": 0.99, "preview_every": 0}
        aegean.train(
            "vae", data=data, latent=LATENT, batch_size=BATCH, out=f"{folder}/run", callbacks=[Runner()], **schedule
        )


def run_pythae(data: str, limit: float) -> None:
    import numpy as np
    import torch
    from pythae.data.datasets import BaseDataset, DatasetOutput
    from pythae.models import VAE, VAEConfig
    from pythae.models.nn.benchmarks.mnist import Decoder_Conv_AE_MNIST, Encoder_Conv_VAE_MNIST
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    class Binarised(BaseDataset):
        def __getitem__(self, index):
            return DatasetOutput(data=torch.bernoulli(self.data[index]))

    config = VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENT, reconstruction_loss="bce")
    model = VAE(config, encoder=Encoder_Conv_VAE_MNIST(config), decoder=Decoder_Conv_AE_MNIST(config))

    def encode(x):
        model.eval()
        found = model.encoder(x)
        return found.embedding, found.log_covariance

    def logits(z):
        found = torch.logit(model.decoder(z).reconstruction.clamp(1e-6, 1 - 1e-6))
        model.train()
        return found

    races: list[Race] = []

    class Clock(TrainingCallback):
        def on_train_begin(self, training_config, **_):
            races.append(Race(test_images(data), encode, logits, every=20, limit=limit))

        def on_train_step_end(self, training_config, **_):
            if races[0].over():
                raise Reached

    pixels = torch.from_numpy(np.load(data)["x_train"][:55000])[:, None].float() / 255
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder, num_epochs=50, learning_rate=1e-3, per_device_train_batch_size=BATCH, no_cuda=True
        )
        images = Binarised(pixels, torch.zeros(len(pixels)))
        with contextlib.suppress(Reached):
            BaseTrainer(model=model, train_dataset=images, training_config=settings, callbacks=[Clock()]).train()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="an .npz file with x_train and x_test, as MNIST's")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "time_to_quality.json")
    parser.add_argument("--worker", choices=("aegean", "pythae"), help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=float, default=float("inf"), help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.worker:
        globals()[f"run_{words.worker}"](words.data, words.limit)
        return
    from aegean.runs import machine

    found: dict[str, list[dict[str, Any]]] = {"aegean": [], "pythae": []}
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src"), "CUDA_VISIBLE_DEVICES": ""}
    for _ in range(words.rounds):
        for contender, runs in found.items():
            python = sys.executable if contender == "aegean" else str(peers())
            command = [python, __file__, "--data", words.data, "--worker", contender]
            if contender == "pythae":
                command += ["--limit", str(PATIENCE * found["aegean"][-1]["seconds"])]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
            if done.returncode:
                sys.exit(f"{contender} failed")
            runs.append(json.loads(done.stdout.splitlines()[-1]))
    ratios = [round(b["seconds"] / a["seconds"], 2) for a, b in zip(found["aegean"], found["pythae"])]
    record = {"benchmark": f"seconds until -ELBO <= {GOAL} nats, MNIST test, dynamic binarisation", "runs": found}
    words.out.write_text(json.dumps({**record, "sooner by": ratios, **machine()}, indent=2) + "\n")
    print(f"aegean was there sooner by {ratios}")


if __name__ == "__main__":
    main()
