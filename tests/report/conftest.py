"""One small trained run of every family, in one folder of runs."""

import pytest

import aegean
from aegean.families import FAMILIES

SMALL = {"steps": 4, "batch_size": 16, "width": 4, "log_every": 1, "preview_every": 2, "precision": "float32"}


@pytest.fixture(scope="session")
def trained(shapes, tmp_path_factory):
    """`trained(family, **settings)`: an open run, trained once."""
    folder, paths = tmp_path_factory.mktemp("runs"), {}

    def of(family, **settings):
        name = "-".join([family, *(f"{key}{value}" for key, value in settings.items())])
        if name not in paths:
            latent = {"latent": 3} if hasattr(FAMILIES[family].settings, "latent") else {}
            if family == "cyclegan":
                latent = {"other": str(shapes), "blocks": 1, "discriminator": 4}
            if family == "paired_translator":
                latent = {"target": str(shapes), "discriminator": 4, "levels": 2, "halvings": 1}
            changes = {**SMALL, **latent, **settings}
            paths[name] = aegean.train(family, data=str(shapes), out=folder / name, quiet=True, **changes).path
        return aegean.load(paths[name])

    return of
