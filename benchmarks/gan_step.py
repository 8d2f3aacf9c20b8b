"""What one step of the lecture's GAN costs: arithmetic counted against the floor, images/s beside Keras and torch.

    python benchmarks/gan_step.py --data mnist.npz       # a few minutes; writes benchmarks/results/gan_step.json

The floor, with F the arithmetic of a forward pass; a backward pass takes F for the weights and F for what came in:
    discriminator's move    F_G + 3 F_D of real + 3 F_D of made images       what G made is remembered
    generator's move        2 F_G + 2 F_D                                    no gradient for the weights of D
The very same torch modules serve in `aegean` and `torch`: the loop of PyTorch's DCGAN tutorial, which makes fakes once
for both moves, too, but computes gradients of D's weights that nobody uses. Keras has the same layers in the loop of
keras.io's DCGAN.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

from speed import BATCH, HERE, measure, peers, pixels, report, train_aegean, write

CONTENDERS = ("aegean", "torch", "keras")
SETTINGS = {"loss": "nonsaturating", "r1": 0.0, "r2": 0.0, "width": 32, "latent": 64}


def model_and_batch():
    import torch

    from aegean.data.types import Batch, DataSpec
    from aegean.families import default_config
    from aegean.models import build

    model = build("gan", default_config("gan", **SETTINGS).model, DataSpec("mnist", 1, 28))
    model = model.to(memory_format=torch.channels_last)
    return model, Batch(torch.rand(BATCH, 1, 28, 28).to(memory_format=torch.channels_last) * 2 - 1)


def arithmetic() -> dict[str, float]:
    """Multiply-adds of one round, counted as they are carried out."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    class Counter(TorchDispatchMode):
        total = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            out = func(*args, **(kwargs or {}))
            if count := flop_registry.get(func._overloadpacket):
                self.total += count(*args, **(kwargs or {}), out_val=out)
            return out

    def counted(work) -> int:
        with Counter() as counter:
            work()
        return counter.total

    model, batch = model_and_batch()
    with torch.no_grad():
        d = counted(lambda: model.discriminator(batch.image))
        g = counted(lambda: model.sample(model.draw(batch)))
    floor = (g + 6 * d) + (2 * g + 2 * d)
    took = sum(counted(lambda player=player: player.loss(batch)[0].backward()) for player in model.players())
    plain = counted(lambda: [loss.backward() for loss in tutorial(model, batch.image)])
    return {"floor, GFLOP": floor / 1e9, "aegean over floor": took / floor, "torch over floor": plain / floor}


def tutorial(model, real):
    """The two losses of PyTorch's DCGAN tutorial, one after the other."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as bce

    ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
    fake = model.generator(torch.randn(len(real), SETTINGS["latent"])).tanh()
    yield bce(model.discriminator(real), ones) + bce(model.discriminator(fake.detach()), zeros)
    yield bce(model.discriminator(fake), ones)


def run_aegean(data: str) -> None:
    train_aegean("gan", data, **SETTINGS)


def run_torch(data: str) -> None:
    import torch

    model, _ = model_and_batch()
    optimisers = [torch.optim.Adam(n.parameters(), lr=2e-4) for n in (model.discriminator, model.generator)]
    images = torch.utils.data.TensorDataset(torch.from_numpy(pixels(data))[:, None].float() / 127.5 - 1)
    stamps = []
    for (real,) in torch.utils.data.DataLoader(images, batch_size=BATCH, shuffle=True):
        for loss, optimiser in zip(tutorial(model, real), optimisers):
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        stamps.append(time.perf_counter())
    report(stamps)


def run_keras(data: str) -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow as tf
    from keras import layers, ops

    width, latent = SETTINGS["width"], SETTINGS["latent"]

    def residual(x, channels, normalise):
        y = x
        for kernel in ("glorot_uniform", "zeros"):
            y = layers.LayerNormalization(epsilon=1e-5)(y) if normalise else y
            y = layers.Conv2D(channels, 3, padding="same", kernel_initializer=kernel)(layers.Activation("silu")(y))
        return x + y

    deep = layers.Lambda(lambda x: tf.nn.space_to_depth(x, 2))
    flat = layers.Lambda(lambda x: tf.nn.depth_to_space(x, 2))
    image, code = keras.Input((28, 28, 1)), keras.Input((latent,))
    x = residual(layers.Conv2D(width, 3, padding="same")(deep(image)), width, False)
    x = residual(layers.Conv2D(2 * width, 1)(deep(x)), 2 * width, False)
    x = layers.Dense(128)(layers.Flatten()(layers.Activation("silu")(x)))
    discriminator = keras.Model(image, layers.Dense(1)(layers.Activation("silu")(x)))
    y = layers.Reshape((7, 7, 2 * width))(layers.Dense(49 * 2 * width)(code))
    y = flat(layers.Conv2D(4 * width, 1)(residual(y, 2 * width, True)))
    y = layers.LayerNormalization(epsilon=1e-5)(residual(y, width, True))
    y = flat(layers.Conv2D(4, 3, padding="same")(layers.Activation("silu")(y)))
    generator = keras.Model(code, layers.Activation("tanh")(y))

    class GAN(keras.Model):
        """As in keras.io's example: the two moves, each with fakes of its own."""

        def __init__(self):
            super().__init__()
            self.discriminator, self.generator = discriminator, generator
            self.noise = keras.random.SeedGenerator(0)
            self.moves = [keras.optimizers.Adam(2e-4), keras.optimizers.Adam(2e-4)]
            self.bce = keras.losses.BinaryCrossentropy(from_logits=True)

        def train_step(self, real):
            count = ops.shape(real)[0]
            fake = self.generator(keras.random.normal((count, latent), seed=self.noise))
            wanted = ops.concatenate([ops.ones((count, 1)), ops.zeros((count, 1))])
            with tf.GradientTape() as tape:
                loss = self.bce(wanted, self.discriminator(ops.concatenate([real, fake])))
            weights = self.discriminator.trainable_weights
            self.moves[0].apply_gradients(zip(tape.gradient(loss, weights), weights))
            noise = keras.random.normal((count, latent), seed=self.noise)
            with tf.GradientTape() as tape:
                loss = self.bce(ops.ones((count, 1)), self.discriminator(self.generator(noise)))
            weights = self.generator.trainable_weights
            self.moves[1].apply_gradients(zip(tape.gradient(loss, weights), weights))
            return {"loss": loss}

    stamps: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: stamps.append(time.perf_counter()))
    model = GAN()
    model.compile()
    images = pixels(data)[..., None].astype("float32") / 127.5 - 1
    model.fit(images, batch_size=BATCH, epochs=1, callbacks=[clock], verbose=0)
    report(stamps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="an .npz file with x_train, as MNIST's")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "gan_step.json")
    parser.add_argument("--worker", choices=CONTENDERS, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.worker:
        globals()[f"run_{words.worker}"](words.data)
        return
    counted = arithmetic()
    print(json.dumps(counted, indent=2), flush=True)
    commands = {
        contender: [
            str(peers()) if contender == "keras" else sys.executable,
            *(__file__, "--data", words.data, "--worker", contender),
        ]
        for contender in CONTENDERS
    }
    rates = measure(commands, words.rounds)
    record = {"benchmark": f"GAN, MNIST, batch {BATCH}", "arithmetic": counted, "images/s": rates}
    record["median"] = {contender: statistics.median(values) for contender, values in rates.items()}
    write(words.out, record)


if __name__ == "__main__":
    main()
