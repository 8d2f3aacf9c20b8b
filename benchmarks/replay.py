"""Rounds of the game recorded as a CUDA graph beside the same rounds launched piece by piece, in one run on one GPU.

    python benchmarks/replay.py

Each task is played both ways in turns; of each way the fastest of `--rounds` counts. Ours alone: no peer records.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from speed import HERE

TASKS: dict[str, tuple[str, dict[str, Any]]] = {
    "vae, 28 x 28, batches of 128": ("vae", {"size": 28, "channels": 1, "batch_size": 128}),
    "gan, 28 x 28, batches of 64": ("gan", {"size": 28, "channels": 1, "batch_size": 64}),
    "multi_attribute_editor of pixels, 64 x 64, batches of 16": (
        "multi_attribute_editor",
        {"size": 64, "batch_size": 16, "sees": "pixels", "paints": "layers"},
    ),
}
WARM, PLAYED = 20, 150


def main() -> None:
    import torch

    from aegean.data import open_dataset
    from aegean.families import change, default_config
    from aegean.runs import machine
    from aegean.training.distributed import Distributed
    from aegean.training.precision import resolve
    from aegean.training.trainer import Trainer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "replay.json")
    words = parser.parse_args()
    device = torch.device("cuda")
    record: dict[str, Any] = {
        "benchmark": "a round recorded as a CUDA graph beside the same round piece by piece, bfloat16",
        **machine(),
        "rounds": words.rounds,
        "milliseconds a round": {},
    }
    for task, (family, settings) in TASKS.items():
        config = default_config(family, data="avatars", limit=2000, device="cuda", **settings)
        config = change(config, precision=resolve("auto", device))
        dataset = open_dataset(config.data)
        trainers = {
            way: Trainer(config, dataset, Distributed(config.training)) for way in ("recorded", "piece by piece")
        }
        trainers["piece by piece"].round = trainers["piece by piece"].moves
        best = dict.fromkeys(trainers, float("inf"))
        for _ in range(words.rounds):
            for way, trainer in trainers.items():
                for _ in range(WARM):
                    trainer.play()
                torch.cuda.synchronize()
                start = time.perf_counter()
                for _ in range(PLAYED):
                    trainer.play()
                torch.cuda.synchronize()
                best[way] = min(best[way], (time.perf_counter() - start) / PLAYED)
        row = {way: round(1000 * seconds, 2) for way, seconds in best.items()}
        record["milliseconds a round"][task] = row | {"times": round(best["piece by piece"] / best["recorded"], 2)}
        print(task, record["milliseconds a round"][task], flush=True)
        words.out.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
