"""Whose digits look more like digits after the same seconds: FID of our GAN beside the GANs lectures show in Keras.

    python benchmarks/gan_quality.py --data mnist.npz --judge runs/classifier-mnist [--vae runs/vae-mnist]

Each contender trains alone, in a process of its own. Our GAN plays `--steps` rounds with each of `--seeds`; then the
two Keras codes train for as many seconds as ours took on average. What was done is in `--out` at once; called again, it
does the rest. The Keras codes: `dense` (the 256-512-1024 generator and 512-256 discriminator of Keras-GAN's gan.py) and
`convolutional` (its dcgan.py), both with binary cross-entropy, alternate moves, batches of 32, Adam 2e-4, beta 0.5, as
there. FID: 10,000 samples against 10,000 test images, by features of the judge, in float32.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from speed import HERE, peers

SAMPLES, BATCH, LATENT = 10_000, 32, 100
OURS = {"width": 24, "discriminator": 12, "batch_size": 32, "learning_rate": 2e-3}  # narrow networks learn faster
OURS |= {"r1": 10.0, "r2": 10.0}  # chosen on validation pictures of Fashion-MNIST, as are:
SLIMMER = {"fashion-mnist": {"width": 16, "growth": 4, "discriminator": 8, "smooth": True}}


def ours(data: str) -> dict[str, Any]:
    return {**OURS, **SLIMMER.get(Path(data).stem, {})}


def run_aegean(words: argparse.Namespace) -> dict[str, Any]:
    import numpy as np
    import torch

    import aegean

    start = time.perf_counter()
    settings = {"seed": words.seed, "steps": words.steps, "preview_every": 0}
    run = aegean.train("gan", data=words.data, out=f"{words.out}.run", **ours(words.data), **settings)
    seconds = time.perf_counter() - start
    last = next(record for record in reversed(run.history) if "generator/diversity" in record)
    with torch.inference_mode():
        noise = run.model.noise(SAMPLES, seed=words.seed)
        np.save(words.out, torch.cat([run.model.sample(some) for some in noise.split(500)]).numpy())
    return {"seconds": seconds, "diversity": last["generator/diversity"], "verdict": last.get("verdict")}


def run_dense(words: argparse.Namespace) -> dict[str, Any]:
    from keras import Sequential, layers

    made: list[Any] = [layers.Input((LATENT,))]
    for units in (256, 512, 1024):
        made += [layers.Dense(units), layers.LeakyReLU(0.2), layers.BatchNormalization(momentum=0.8)]
    made += [layers.Dense(784, activation="tanh"), layers.Reshape((28, 28, 1))]
    told: list[Any] = [layers.Input((28, 28, 1)), layers.Flatten()]
    for units in (512, 256):
        told += [layers.Dense(units), layers.LeakyReLU(0.2)]
    return play_in_keras(words, Sequential(made), Sequential([*told, layers.Dense(1, activation="sigmoid")]))


def run_convolutional(words: argparse.Namespace) -> dict[str, Any]:
    from keras import Sequential, layers

    made: list[Any] = [layers.Input((LATENT,)), layers.Dense(128 * 49, activation="relu"), layers.Reshape((7, 7, 128))]
    for channels in (128, 64):
        made += [layers.UpSampling2D(), layers.Conv2D(channels, 3, padding="same")]
        made += [layers.BatchNormalization(momentum=0.8), layers.Activation("relu")]
    made += [layers.Conv2D(1, 3, padding="same", activation="tanh")]
    told: list[Any] = [layers.Input((28, 28, 1))]
    for place, (channels, stride) in enumerate(((32, 2), (64, 2), (128, 2), (256, 1))):
        told += [layers.Conv2D(channels, 3, stride, padding="same")]
        told += [layers.BatchNormalization(momentum=0.8)] if place else []
        told += [layers.LeakyReLU(0.2), layers.Dropout(0.25)]
    told += [layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    return play_in_keras(words, Sequential(made), Sequential(told))


def play_in_keras(words: argparse.Namespace, generator: Any, discriminator: Any) -> dict[str, Any]:
    """The loop of Keras-GAN, its moves compiled: half a step on real, half on made images, then the generator's."""
    import keras
    import numpy as np
    import tensorflow as tf

    keras.utils.set_random_seed(words.seed)
    bce, moves = keras.losses.BinaryCrossentropy(), [keras.optimizers.Adam(2e-4, 0.5) for _ in range(2)]

    @tf.function
    def step(real: Any) -> None:
        ones, zeros = tf.ones((BATCH, 1)), tf.zeros((BATCH, 1))
        fake = generator(tf.random.normal((BATCH, LATENT)), training=True)
        with tf.GradientTape() as tape:
            told = discriminator(real, training=True), discriminator(fake, training=True)
            loss = 0.5 * (bce(ones, told[0]) + bce(zeros, told[1]))
        weights = discriminator.trainable_variables
        moves[0].apply_gradients(zip(tape.gradient(loss, weights), weights))
        with tf.GradientTape() as tape:
            made = generator(tf.random.normal((BATCH, LATENT)), training=True)
            loss = bce(ones, discriminator(made, training=True))
        weights = generator.trainable_variables
        moves[1].apply_gradients(zip(tape.gradient(loss, weights), weights))

    pixels = np.load(words.data).astype("float32") / 127.5 - 1  #                              (N, 28, 28, 1)
    random, steps = np.random.default_rng(words.seed), 0
    step(tf.constant(pixels[:BATCH]))  # what compiling takes does not count as training
    start = time.perf_counter()
    while time.perf_counter() - start < words.seconds:
        step(tf.constant(pixels[random.integers(len(pixels), size=BATCH)]))
        steps += 1
    seconds = time.perf_counter() - start
    noise = random.standard_normal((SAMPLES, LATENT)).astype("float32")
    made = [generator(noise[i : i + 500], training=False).numpy() for i in range(0, SAMPLES, 500)]
    np.save(words.out, np.concatenate(made)[..., 0][:, None])
    return {"seconds": seconds, "steps": steps}


def done_before(file: Path, task: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The runs of each contender that the file has of this task."""
    if not file.exists():
        return {"aegean": [], "dense": [], "convolutional": []}
    before: dict[str, Any] = json.loads(file.read_text())
    if any(before.get(key) != value for key, value in task.items()):
        sys.exit(f"{file} is of another task: move it away, or name another --out")
    found: dict[str, list[dict[str, Any]]] = before["runs"]
    return found


def save(file: Path, record: dict[str, Any], found: dict[str, list[dict[str, Any]]]) -> None:
    """Write what was found so far, and the means of it."""
    from aegean.runs import machine

    record["mean fid"] = {name: sum(run["fid"] for run in runs) / len(runs) for name, runs in found.items() if runs}
    file.write_text(json.dumps({**record, "runs": found, **machine()}, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="grey 28 x 28 images: mnist.npz, fashion-mnist ...")
    parser.add_argument("--judge", required=True, help="run of a classifier of these images")
    parser.add_argument("--vae", help="run of a VAE of these images, measured too")
    parser.add_argument("--seeds", type=int, default=10, help="of ours")
    parser.add_argument("--keras-seeds", type=int, default=3, help="of each Keras code")
    parser.add_argument("--steps", type=int, default=5000, help="of ours")
    parser.add_argument("--out", type=Path, help="by default results/gan_quality-DATA.json")
    parser.add_argument("--worker", choices=("aegean", "dense", "convolutional"), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=0.0, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.worker:
        print(json.dumps(globals()[f"run_{words.worker}"](words)))
        return
    words.out = words.out or HERE / "results" / f"gan_quality-{Path(words.data).stem}.json"
    import numpy as np
    import torch

    import aegean
    from aegean.data import open_dataset
    from aegean.evaluation.metrics.fidelity import frechet_distance

    judging = aegean.load(words.judge)
    judge = judging.model

    @torch.inference_mode()
    def features(images: torch.Tensor) -> torch.Tensor:
        return torch.cat([judge.features(some) for some in images.split(500)])

    data = open_dataset(words.data)
    real = features(data.test.first(SAMPLES).image)
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src"), "CUDA_VISIBLE_DEVICES": ""}
    environment["TF_CPP_MIN_LOG_LEVEL"] = "3"
    threads = str(torch.get_num_threads())
    environment |= {"TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": "1"}
    task = {
        "benchmark": f"FID by judge features, {SAMPLES} samples, {Path(words.data).name}",
        "steps": words.steps,
        "judge": judging.weights_digest,
        "settings of ours": ours(words.data),
    }
    found = done_before(words.out, task)
    record: dict[str, Any] = dict(task)
    if words.vae:
        vae = aegean.load(words.vae).model
        with torch.inference_mode():
            made = torch.cat([vae.sample(some) for some in vae.noise(SAMPLES, seed=0).split(500)])
        record["fid of the VAE"] = frechet_distance(real, features(made))
    save(words.out, record, found)
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/train.npy", data.train.images.numpy())  #                             (N, 28, 28, 1) uint8
        for contender, runs in found.items():
            for seed in range(len(runs), words.seeds if contender == "aegean" else words.keras_seeds):
                python, out = sys.executable if contender == "aegean" else str(peers()), f"{folder}/made.npy"
                command = [python, __file__, f"--worker={contender}", f"--seed={seed}", f"--out={out}", "--judge="]
                if contender == "aegean":
                    command += [f"--data={words.data}", f"--steps={words.steps}"]
                else:
                    command += [f"--data={folder}/train.npy"]
                    command += [f"--seconds={np.mean([run['seconds'] for run in found['aegean']])}"]
                done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
                if done.returncode:
                    sys.exit(f"{contender} failed")
                made = torch.from_numpy(np.load(out))
                runs.append({"seed": seed, "fid": frechet_distance(real, features(made)), **json.loads(done.stdout)})
                print(contender, runs[-1], flush=True)
                if contender == "aegean":
                    shutil.rmtree(f"{out}.run")
                save(words.out, record, found)
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
