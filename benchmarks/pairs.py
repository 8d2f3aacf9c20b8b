"""Sets of pairs from public pictures, to measure what learns from pairs by.

    python benchmarks/pairs.py noisy mnist.npz --out runs/pairs             # noisy.npz, clean.npz
    python benchmarks/pairs.py grey horse2zebra_128.npz --out runs/pairs    # grey.npz, colour.npz
    aegean train denoising         --data runs/pairs/noisy.npz --target runs/pairs/clean.npz
    aegean train paired_translator --data runs/pairs/grey.npz  --target runs/pairs/colour.npz

noisy: MNIST's digits, each with one fixed draw of noise of sigma 0.5, black to white being 1; -2.5 to 3.5 are bytes 0
to 255, so that next to nothing is clipped.
grey: the luminance of CycleGAN's horses (`trainA_blob` and `trainA_offsets` of JPEGs); copies are left out, every tenth
picture is for validation, every tenth for the test.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

Sets = dict[str, dict[str, np.ndarray]]  # name of the set -> name of the array -> bytes


def noisy(source: Path, seed: int, sigma: float) -> Sets:
    """Digits with noise and without."""
    rng = np.random.default_rng(seed)
    with np.load(source) as held:
        clean = {name: held[name] for name in ("x_train", "x_test")}
    drawn = {name: x / 255 + sigma * rng.standard_normal(x.shape, np.float32) for name, x in clean.items()}
    found = {name: np.rint((x + 2.5) * 255 / 6).clip(0, 255).astype(np.uint8) for name, x in drawn.items()}
    return {"noisy": found, "clean": clean}


def grey(source: Path) -> Sets:
    """Horses in grey and in colour."""
    with np.load(source) as held:
        blob, offsets = held["trainA_blob"], held["trainA_offsets"]
    pictures = [Image.open(io.BytesIO(blob[a:b].tobytes())).convert("RGB") for a, b in zip(offsets, offsets[1:])]
    pictures = list({picture.tobytes(): picture for picture in pictures}.values())
    part = np.arange(len(pictures)) % 10
    parts = {"x_train": part < 8, "x_valid": part == 8, "x_test": part == 9}
    colour, luminance = (np.stack([np.asarray(p.convert(mode)) for p in pictures]) for mode in ("RGB", "L"))
    return {
        "grey": {name: luminance[some] for name, some in parts.items()},
        "colour": {name: colour[some] for name, some in parts.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["noisy", "grey"])
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/pairs"))
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    parser.add_argument("--sigma", type=float, default=0.5, help="of the noise, black to white being 1")
    words = parser.parse_args()
    words.out.mkdir(parents=True, exist_ok=True)
    sets = grey(words.source) if words.kind == "grey" else noisy(words.source, words.seed, words.sigma)
    for name, arrays in sets.items():
        np.savez_compressed(words.out / f"{name}.npz", **arrays)
        print(f"{words.out / name}.npz:", ", ".join(f"{key} {x.shape}" for key, x in arrays.items()))


if __name__ == "__main__":
    main()
