"""Where a named run is found: in a folder, in the zoo (`zoo:NAME`), on the Hugging Face hub (`hf:OWNER/NAME`)."""

from __future__ import annotations

from pathlib import Path

from aegean import companions
from aegean.errors import InputError, did_you_mean, first_line

ZOO, HUB = "zoo:", "hf:"


def is_shared(run: str | Path) -> bool:
    """Whether it is a name, not a folder: what it leads to is not to be written to."""
    return str(run).startswith((ZOO, HUB))


def place(run: str | Path) -> Path:
    """The folder of a run. InputError for a name that leads nowhere."""
    name = str(run)
    if name.startswith(ZOO):
        return trained_along(name.removeprefix(ZOO))
    return of_the_hub(name.removeprefix(HUB)) if name.startswith(HUB) else Path(run)


def home(run: str | Path) -> Path:
    """Where what is made of a run goes: into its folder; of a shared one, into one of its name, here."""
    return Path(str(run).replace(":", "-").replace("/", "-")) if is_shared(run) else Path(run)


def zoo() -> dict[str, Path]:
    """The trained models that come along, by name; none where their package is not installed."""
    folder = companions.folder("aegean_zoo", "recipes/runs")
    found = [] if folder is None else sorted(path for path in folder.iterdir() if (path / "config.json").is_file())
    return {path.name: path for path in found}


def trained_along(name: str) -> Path:
    """The folder of a model of the zoo."""
    models = zoo()
    if not models:
        raise InputError(
            f"zoo:{name}: the trained models come in a package of their own: pip install ./zoo, in the "
            "folder of aegean's sources"
        )
    if name not in models:
        raise InputError(f"the zoo has no model {name!r}.{did_you_mean(name, list(models))}")
    return models[name]


def of_the_hub(name: str) -> Path:
    """The folder into which the hub's copy was, or had been, fetched."""
    if name.count("/") != 1 or not all(name.split("/")):
        raise InputError(f"hf:{name}: the hub's names are OWNER/NAME")
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise InputError("models of the hub need huggingface_hub: pip install 'aegean[hub]'") from error
    try:
        wanted = ["*.json", "*.safetensors"]  # settings and weights: nothing that is run
        return Path(snapshot_download(name, allow_patterns=wanted))
    except Exception as error:  # of the hub, its client or the network, which have no kind in common
        raise InputError(f"hf:{name}: cannot be fetched ({first_line(error)})") from error


def recipes() -> dict[str, Path]:
    """The settings that reached a figure, by name: JSON files, inside the wheel."""
    inside = Path(__file__).with_name("recipes")
    folder = inside if inside.is_dir() else companions.ROOT / "recipes"
    return {path.stem: path for path in sorted(folder.glob("*.json"))}
