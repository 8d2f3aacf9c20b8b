"""Training speed of one and the same VAE on MNIST, batch 128: aegean, pythae 0.1.2, Keras on TensorFlow, plain torch.

    python benchmarks/speed.py --data mnist.npz          # some ten minutes; writes benchmarks/results/speed.json

The peers are installed into benchmarks/.venv-peers at the first call. Every contender is a process of its own; they
take turns, round after round, so that a machine whose speed drifts is fair to all; figures are medians over the rounds.
Networks: `conv` is aegean's residual VAE (the very same torch modules inside pythae; the same layers in Keras); `mlp`
is the classic 784-200-200-32. Loss: binary cross-entropy of grey pixels plus KL; Adam. The first 20 steps do not count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BATCH, WARM, STEPS, LATENT, WIDTH = 128, 20, 100, 32, 32
CONTENDERS = ("aegean", "pythae", "keras", "torch")


def pixels(data: str):
    import numpy as np

    return np.load(data)["x_train"][: BATCH * (WARM + STEPS)]


def report(stamps: list[float], batch: int = BATCH) -> None:
    """`stamps`: the time at the end of each step."""
    print(json.dumps({"images/s": batch * (len(stamps) - 1 - WARM) / (stamps[-1] - stamps[WARM])}))


def measure(commands: dict[str, list[str]], rounds: int) -> dict[str, list[float]]:
    """Images/s that each command reports, in turn, so many times; each is a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent / "src"), "CUDA_VISIBLE_DEVICES": ""}
    rates: dict[str, list[float]] = {name: [] for name in commands}
    for round_ in range(rounds):
        for name, command in commands.items():
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"{name} failed:\n{done.stderr[-3000:]}")
            rates[name].append(json.loads(done.stdout.splitlines()[-1])["images/s"])
            print(f"round {round_ + 1}  {name:13} {rates[name][-1]:8.1f} images/s", flush=True)
    return rates


def write(out: Path, record: dict) -> None:
    """The record, with the command and the machine."""
    from aegean.runs import machine

    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({**record, "command": " ".join(sys.argv), **machine()}, indent=2) + "\n")


def train_aegean(family: str, data: str, batch: int = BATCH, **settings) -> None:
    """Report how fast aegean's own loop trains."""
    import aegean

    stamps: list[float] = []

    class Clock(aegean.Callback):
        def on_step(self, trainer, logged):
            stamps.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        settings |= {"steps": WARM + STEPS, "batch_size": batch, "preview_every": 0}
        run = aegean.train(family, data=data, out=f"{folder}/run", callbacks=[Clock()], **settings)
        print(run.config.training.precision, file=sys.stderr)
    report(stamps, batch)


def run_aegean(network: str, data: str) -> None:
    train_aegean("vae", data, network=network, width=WIDTH, latent=LATENT, binarise=False)


def modules(network: str):
    from aegean.networks import Decoder, Encoder

    sizes = {"network": network, "width": WIDTH}
    return Encoder(1, 28, 2 * LATENT, **sizes), Decoder(1, 28, LATENT, **sizes)


def run_torch(network: str, data: str) -> None:
    import torch
    from torch.nn import functional as F

    encoder, decoder = modules(network)
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
    images = torch.utils.data.TensorDataset(torch.from_numpy(pixels(data))[:, None].float() / 255)
    stamps = []
    for (x,) in torch.utils.data.DataLoader(images, batch_size=BATCH, shuffle=True):
        mean, log_variance = encoder(x).chunk(2, 1)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        bce = F.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum") / len(x)
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum(1).mean()
        optimiser.zero_grad()
        (bce + kl).backward()
        optimiser.step()
        stamps.append(time.perf_counter())
    report(stamps)


def run_pythae(network: str, data: str) -> None:
    import torch
    from pythae.models import VAE, VAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.pipelines import TrainingPipeline
    from pythae.trainers import BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    inner, outer = modules(network)
    stamps: list[float] = []

    class Encoder(BaseEncoder):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def forward(self, x):
            mean, log_variance = self.inner(x).chunk(2, 1)
            return ModelOutput(embedding=mean, log_covariance=log_variance)

    class Decoder(BaseDecoder):
        def __init__(self):
            super().__init__()
            self.inner = outer

        def forward(self, z):
            return ModelOutput(reconstruction=torch.sigmoid(self.inner(z)))

    class Clock(TrainingCallback):
        def on_train_step_end(self, training_config, **_):
            stamps.append(time.perf_counter())

    config = VAEConfig(input_dim=(1, 28, 28), latent_dim=LATENT, reconstruction_loss="bce")
    model = VAE(config, encoder=Encoder(), decoder=Decoder())
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder, num_epochs=1, learning_rate=1e-3, per_device_train_batch_size=BATCH, no_cuda=True
        )
        pipeline = TrainingPipeline(training_config=settings, model=model)
        pipeline(train_data=pixels(data)[:, None].astype("float32") / 255, callbacks=[Clock()])
    report(stamps)


def run_keras(network: str, data: str) -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow as tf
    from keras import layers, ops

    def residual(x, channels):
        y = layers.Conv2D(channels, 3, padding="same")(layers.Activation("silu")(x))
        return x + layers.Conv2D(channels, 3, padding="same", kernel_initializer="zeros")(layers.Activation("silu")(y))

    deep = layers.Lambda(lambda x: tf.nn.space_to_depth(x, 2))
    flat = layers.Lambda(lambda x: tf.nn.depth_to_space(x, 2))
    image, code = keras.Input((28, 28, 1)), keras.Input((LATENT,))
    if network == "conv":
        x = residual(layers.Conv2D(WIDTH, 3, padding="same")(deep(image)), WIDTH)
        x = residual(layers.Conv2D(2 * WIDTH, 1)(deep(x)), 2 * WIDTH)
        x = layers.Flatten()(layers.Activation("silu")(x))
        y = layers.Reshape((7, 7, 2 * WIDTH))(layers.Dense(49 * 2 * WIDTH)(code))
        y = flat(layers.Conv2D(4 * WIDTH, 1)(residual(y, 2 * WIDTH)))
        y = layers.Activation("silu")(residual(y, WIDTH))
        y = flat(layers.Conv2D(4, 3, padding="same")(y))
    else:
        x = layers.Dense(200, "tanh")(layers.Dense(200, "tanh")(layers.Flatten()(image)))
        y = layers.Dense(784)(layers.Dense(200, "tanh")(layers.Dense(200, "tanh")(code)))
        y = layers.Reshape((28, 28, 1))(y)
    encoder = keras.Model(image, layers.Dense(2 * LATENT)(x))
    decoder = keras.Model(code, layers.Activation("sigmoid")(y))

    class VAE(keras.Model):
        """As in keras.io's example: encoder, sampling, decoder, and a train_step of its own."""

        def __init__(self):
            super().__init__()
            self.encoder, self.decoder = encoder, decoder
            self.noise = keras.random.SeedGenerator(0)

        def train_step(self, x):
            with tf.GradientTape() as tape:
                mean, log_variance = ops.split(self.encoder(x), 2, axis=1)
                z = mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean), seed=self.noise)
                bce = ops.sum(keras.losses.binary_crossentropy(x, self.decoder(z)), axis=(1, 2))
                kl = -0.5 * ops.sum(1 + log_variance - ops.square(mean) - ops.exp(log_variance), axis=1)
                loss = ops.mean(bce + kl)
            weights = self.trainable_weights
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
            return {"loss": loss}

    stamps: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: stamps.append(time.perf_counter()))
    model = VAE()
    model.compile(optimizer=keras.optimizers.Adam(1e-3))
    model.fit(pixels(data)[..., None].astype("float32") / 255, batch_size=BATCH, epochs=1, callbacks=[clock], verbose=0)
    report(stamps)


def peers() -> Path:
    """The Python that has pythae and TensorFlow."""
    folder = Path(os.environ.get("AEGEAN_PEERS", HERE / ".venv-peers"))
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "-c", HERE.parent / "constraints.txt"]
        subprocess.run([*install, "torch", "pythae==0.1.2", "tensorflow-cpu", "keras"], check=True)
        (folder / "ready").touch()
    return python


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="an .npz file with x_train, as MNIST's")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "speed.json")
    parser.add_argument("--worker", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--network", choices=("conv", "mlp"), help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.worker:
        globals()[f"run_{words.worker}"](words.network, words.data)
        return
    commands = {
        f"{network} {contender}": [
            sys.executable if contender in ("aegean", "torch") else str(peers()),
            *(__file__, "--data", words.data, "--worker", contender, "--network", network),
        ]
        for network in ("conv", "mlp")
        for contender in CONTENDERS
    }
    found = measure(commands, words.rounds)
    rates = {n: {c: found[f"{n} {c}"] for c in CONTENDERS} for n in ("conv", "mlp")}
    medians = {n: {c: statistics.median(v) for c, v in found.items()} for n, found in rates.items()}
    ratios = {n: {c: round(m["aegean"] / m[c], 2) for c in CONTENDERS[1:]} for n, m in medians.items()}
    record = {"benchmark": "VAE, MNIST, batch 128", "images/s": rates, "median": medians, "aegean is faster by": ratios}
    write(words.out, record)
    print(json.dumps(ratios, indent=2))


if __name__ == "__main__":
    main()
