"""A run -> a folder in the layout of the Hugging Face hub, which `aegean.load` reads back, and a Space beside it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aegean import images
from aegean.errors import InputError, first_line
from aegean.exporting.html import lead, write_html
from aegean.exporting.whole_folder import whole_folder
from aegean.models.capabilities import (
    Classifies,
    ClassifiesAttributes,
    Conditional,
    Edits,
    Restores,
    Samples,
    Translates,
)
from aegean.runs import Run, write_whole

CARD, WEIGHTS, SPACE = "README.md", "model.safetensors", "space"
PUBLIC = ("format", "data", "images", "other_images", "fingerprint", "versions")  # of about.json: no machine, no paths
TASKS: dict[type, str] = {  # what the hub calls what a model does
    Samples: "unconditional-image-generation",
    Classifies: "image-classification",
    ClassifiesAttributes: "image-classification",
    Restores: "image-to-image",
    Translates: "image-to-image",
    Edits: "image-to-image",
}
LIMITS = """It knows pictures like those that it was trained on, at their size, and nothing else. What it makes, fills
in or changes is invented: it is no evidence of anything. What its training pictures lack or show too often, it does as
well."""


def write_hub(run: Run, out: Path, licence: str | None = None) -> Path:
    """Weights, settings, model card, picture, and a Space that shows the model, whole or not at all."""
    with whole_folder(out, CARD) as folder:
        run.save_weights(run.model.state_dict(), folder / WEIGHTS)
        config, about = run.config.to_json(), {key: run.about[key] for key in PUBLIC if key in run.about}
        config["data"] = {"data": run.spec.name}  # a name: where the pictures lie is nobody's business
        for name, content in (("config.json", config), ("about.json", about), ("evaluation.json", run.evaluation)):
            write_whole(folder / name, (json.dumps(content, indent=2) + "\n").encode())
        shown = _picture(run, folder / "picture.png")
        (folder / CARD).write_text(card(run, licence, shown), encoding="utf-8")
        (folder / SPACE).mkdir()
        write_html(run, folder / SPACE / "index.html")
        (folder / SPACE / CARD).write_text(space_card(run), encoding="utf-8")
    return out


def check_push(name: str) -> None:
    """InputError where the hub's name OWNER/NAME is none, huggingface_hub is missing, or nobody is logged in."""
    if name.count("/") != 1 or not all(name.split("/")):
        raise InputError(f"--push {name}: the hub's names are OWNER/NAME")
    try:
        import huggingface_hub
    except ImportError as error:
        raise InputError("--push needs huggingface_hub: pip install 'aegean[hub]'") from error
    if huggingface_hub.get_token() is None:
        raise InputError(f"--push {name}: not logged in to the hub; `hf auth login` does that, or HF_TOKEN")


def push(folder: Path, name: str) -> None:
    """Upload an exported folder as the model OWNER/NAME, and its Space.

    Raises:
        InputError: without a network, or the right to write there.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    try:
        api.create_repo(name, exist_ok=True)
        api.upload_folder(repo_id=name, folder_path=folder, ignore_patterns=[f"{SPACE}/*"])
        api.create_repo(name, repo_type="space", space_sdk="static", exist_ok=True)
        api.upload_folder(repo_id=name, repo_type="space", folder_path=folder / SPACE)
    except Exception as error:  # of the hub, its client or the network, which have no kind in common
        raise InputError(f"--push {name}: {folder} is written, but not uploaded ({first_line(error)})") from error


def _picture(run: Run, path: Path) -> bool:
    """A sheet of samples, or the last preview; whether there is one."""
    if isinstance(run.model, Samples):
        label = _labels(run)
        with torch.inference_mode():
            made = run.model.sample(run.model.noise(32, seed=0), label)
        images.save(path, images.grid(made, columns=8), scale=max(1, 64 // run.spec.size.longer))
        return True
    if previews := run.previews():
        shutil.copy(previews[-1], path)
    return bool(previews)


def _labels(run: Run) -> Tensor | None:
    return torch.arange(32) % len(run.spec.classes) if isinstance(run.model, Conditional) else None


def card(run: Run, licence: str | None, shown: bool) -> str:
    """The model card: what the hub reads at the top, then what it is, how to use it, data, figures, limits."""
    task = next((word for kind, word in TASKS.items() if isinstance(run.model, kind)), "image-feature-extraction")
    about = run.about
    count = about.get("images", {}).get("train")
    words = f"{count:,} training images" if count else "its training images"
    names = (*run.spec.classes, *run.spec.attributes, *run.spec.domains)
    known = f" They show: {', '.join(names[:40])}{' ...' * (len(names) > 40)}." if names else ""
    return f"""---
library_name: aegean
pipeline_tag: {task}
license: {licence or "unknown"}
tags:
- aegean
- {run.config.family}
---

# {run.path.resolve().name}

{lead(run).split(". ")[0]}.
{"![What it makes](picture.png)" if shown else ""}

## Use

```
pip install 'aegean[hub]'
aegean {_word(run)} hf:OWNER/NAME
```

```python
import aegean

run = aegean.load("hf:OWNER/NAME")  # or the folder that this file is in
```

`{SPACE}/index.html` is a Space of one file: it opens in any browser, also from disk.

## Data

{run.spec.name}: {words}, {run.spec.channels} x {run.spec.size.height} x {run.spec.size.width}, fingerprint
`{about.get("fingerprint", "")}`.{known}

## Figures

{_figures(run)}

## Limits

{LIMITS}

## Licence

{licence or "Whoever publishes this has not said yet. The data that it was trained on may have terms of their own."}
"""


def _word(run: Run) -> str:
    """The command that shows what a model does."""
    if isinstance(run.model, Samples):
        return "sample"
    if isinstance(run.model, Edits):
        return "edit"
    return "evaluate"


def _figures(run: Run) -> str:
    fresh = [record for record in run.evaluation if not run.is_stale(record)]
    rows = [f"| {r['metric']} | {r['value']:.4g} {r['unit']} | {r['images']:,} {r['split']} images |" for r in fresh]
    return "\n".join(["| measured | value | on |", "|---|---|---|", *rows]) if rows else "None have been measured."


def space_card(run: Run) -> str:
    """What the hub must know of the Space."""
    settings: dict[str, Any] = {"title": run.path.resolve().name, "sdk": "static", "app_file": "index.html"}
    return "\n".join(["---", *(f"{key}: {value}" for key, value in settings.items()), "pinned: false", "---", ""])
