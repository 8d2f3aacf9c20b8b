"""Are all thousand triples of digits there, how evenly, and after how long: the recipes gan-stacked-mnist-start, then
gan-stacked-mnist from its weights, seed by seed.

    python benchmarks/stacked_mnist.py --data mnist.npz [--together 2]

Each seed trains alone in a process of its own, on all threads, or `--together` of them beside each other on a part of
the threads each. The weights are kept every `--every` steps and looked at afterwards: when did 26,000 samples first
show all modes? What was done is in `--out` at once; called again, it does the rest.
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from speed import HERE

RECIPES = [HERE.parent / "recipes" / f"gan-stacked-mnist{part}.json" for part in ("-start", "")]
JUDGE = HERE.parent / "recipes" / "runs" / "classifier-mnist"
MODES = 1000


def train(folder: Path, data: str, seed: int, every: int, threads: int) -> list[Path]:
    """Train with one seed; -> the runs. Beside each, a folder for each state of its weights: run-K-step-NUMBER."""
    from aegean.runs import WEIGHTS, Run

    runs: list[Path] = []
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "CUDA_VISIBLE_DEVICES": ""}
    for recipe in RECIPES:
        run = folder / f"run-{len(runs)}"
        words = ["--seed", str(seed), "--save-every", str(every), "--data", f"stacked:{data}", "--out", str(run)]
        words += ["--init", str(runs[-1])] if runs else []
        command = [sys.executable, "-m", "aegean", "train", "--like", str(recipe), "--quiet", *words]
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
            seen = 0.0
            while process.poll() is None:
                time.sleep(1)
                weights = run / WEIGHTS
                if weights.exists() and weights.stat().st_mtime != seen:
                    seen = weights.stat().st_mtime
                    copy = folder / f"{run.name}-step-{Run(run).step:06d}"
                    copy.mkdir(exist_ok=True)
                    for file in ("config.json", "about.json", "metrics.jsonl", WEIGHTS):
                        shutil.copy(run / file, copy)
        if process.returncode:
            sys.exit(f"seed {seed} failed")
        runs.append(run)
    return runs


def measure(words: argparse.Namespace, seed: int, threads: int) -> dict[str, Any]:
    """What one seed reached, and when: steps and seconds of training, over both parts."""
    import aegean

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = train(folder, words.data, seed, words.every, threads)
        ends = [aegean.load(run) for run in runs]
        modes, divergence = aegean.evaluate(ends[-1], ["modes", "mode_divergence"], judge=JUDGE, progress=False)
        first, done = None, {"step": 0, "seconds": 0.0}
        for end in ends:
            for kept in [*map(aegean.load, sorted(folder.glob(f"{end.path.name}-step-*"))), end]:
                if first or aegean.evaluate(kept, ["modes"], judge=JUDGE, progress=False)[0]["value"] < MODES:
                    continue
                first = {key: done[key] + kept.history[-1][key] for key in done}
            done = {key: done[key] + end.history[-1][key] for key in done}
        return {
            "seed": seed,
            "threads": threads,
            "seconds": done["seconds"],
            "modes": modes["value"],
            "divergence": divergence["value"],
            "divergence from the digits as they are": divergence["beside"]["real"],
            "all modes by step": first and first["step"],
            "all modes by second": first and first["seconds"],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="mnist.npz")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--together", type=int, default=1, help="seeds that train beside each other")
    parser.add_argument("--every", type=int, default=250, help="steps")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "stacked_mnist.json")
    words = parser.parse_args()
    import torch

    from aegean.runs import machine

    threads = max(1, torch.get_num_threads() // words.together)
    torch.set_num_threads(threads)
    settings = [json.loads(recipe.read_text()) for recipe in RECIPES]
    recipes = [{key: each[key] for key in ("model", "training")} for each in settings]
    before = json.loads(words.out.read_text()) if words.out.exists() else {"recipes": recipes, "runs": []}
    if before["recipes"] != recipes:
        sys.exit(f"{words.out} is of other settings: move it away, or name another --out")
    found: list[dict[str, Any]] = before["runs"]
    todo = [seed for seed in words.seeds if seed not in {run["seed"] for run in found}]
    with ThreadPoolExecutor(words.together) as pool:
        for one in pool.map(lambda seed: measure(words, seed, threads), todo):
            print(one, flush=True)
            found.append(one)
            mean = sum(run["divergence"] for run in found) / len(found)
            record = {"mean divergence": mean, "runs": found, "recipes": recipes, **machine()}
            words.out.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
