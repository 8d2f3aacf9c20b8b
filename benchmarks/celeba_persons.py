"""Faces split by person: CelebA's pictures and identities in .npz files -> a folder laid out as CelebA is published.

    python benchmarks/celeba_persons.py celeba_128_1.npz celeba_128_2.npz celeba_128_3.npz --out runs/celeba-persons
    aegean train map_autoencoder --data runs/celeba-persons --size 64 --flip

Each file holds `blob`, `offsets` (JPEG i is blob[offsets[i]:offsets[i + 1]]), `attributes`, `attribute_names`, `files`
and `identity`. Nobody stands in two splits: 85 of 100 persons are trained on, 5 are for validation, 10 for the test.
With `--like FILE`, which an earlier run split by index, those persons are trained on who have a face in its first eight
tenths, of the others those are for validation who have one in the next tenth, and the test is of persons whom that run
never met.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

PARTS = (0.85, 0.05, 0.10)  # of the persons: train, validation, test


def partition(identity: np.ndarray, seed: int) -> np.ndarray:
    """0, 1 or 2 for each face; all faces of a person get the same. (N,) -> (N,)"""
    persons, which = np.unique(identity, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(persons))
    bounds = np.round(np.cumsum(PARTS[:2]) * len(persons))
    part: np.ndarray = np.searchsorted(bounds, order, side="right")[which]
    return part


def partition_like(identity: np.ndarray, files: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """The same, so that nobody of the first eight tenths of the files `earlier` is in 1 or 2, nor of the next in 2."""
    bounds = len(earlier) * 8 // 10, len(earlier) * 9 // 10
    trained, validated = (set(identity[np.isin(files, some)]) for some in np.split(earlier, bounds)[:2])
    return np.array([0 if one in trained else 1 if one in validated else 2 for one in identity])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/celeba-persons"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--like", type=Path)
    words = parser.parse_args()
    pictures = words.out / "img_align_celeba"
    pictures.mkdir(parents=True)
    rows, identities, names, lines = [], [], np.empty(0, str), []
    for source in words.sources:
        with np.load(source) as held:
            blob, offsets, names = held["blob"], held["offsets"], held["attribute_names"]
            for k, name in enumerate(held["files"]):
                (pictures / str(name)).write_bytes(blob[offsets[k] : offsets[k + 1]].tobytes())
            rows += [(str(name), flags) for name, flags in zip(held["files"], held["attributes"])]
            identities.append(held["identity"])
    identity = np.concatenate(identities)
    if words.like is None:
        part = partition(identity, words.seed)
    else:
        part = partition_like(identity, np.array([name for name, _ in rows]), np.load(words.like)["files"])
    for name, flags in rows:
        lines.append(" ".join([name, *("1" if flag else "-1" for flag in flags)]))
    head = [str(len(rows)), " ".join(str(name) for name in names)]
    (words.out / "list_attr_celeba.txt").write_text("\n".join([*head, *lines]) + "\n")
    parts = "".join(f"{name} {number}\n" for (name, _), number in zip(rows, part))
    (words.out / "list_eval_partition.txt").write_text(parts)
    print(f"{words.out}: {np.bincount(part).tolist()} faces of {len(np.unique(identity))} persons")


if __name__ == "__main__":
    main()
