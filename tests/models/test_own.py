"""Networks of the user's own: trained, opened in a fresh process, resumed; and one line for what cannot be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import aegean
from aegean import InputError
from aegean.data.types import DataSpec
from aegean.families import default_config, from_json
from aegean.models import build
from aegean.models.own import Adapted

NETS = """
import torch
from torch import nn


class Encoder(nn.Sequential):
    def __init__(self, outputs, side=12):
        super().__init__(nn.Flatten(), nn.Linear(side * side, outputs))


class Decoder(nn.Sequential):
    def __init__(self, latent, side=12):
        super().__init__(nn.Linear(latent, side * side), nn.Unflatten(1, (1, side, side)))


class Critic(nn.Module):
    def __init__(self, side=12):
        super().__init__()
        self.linear = nn.Linear(side * side, 1)

    def forward(self, image):
        return self.linear(image.flatten(1))[:, 0]


class Labelled(Critic):
    def forward(self, image, label):
        return super().forward(image) * (1 + label)


class Column(Critic):
    def forward(self, image):
        return self.linear(image.flatten(1))


def function():
    return 3


class Same(nn.Conv2d):  # an image for an image, of any size
    reach = 1

    def __init__(self, channels=1):
        super().__init__(channels, channels, 3, padding=1)


class Blind(nn.Conv2d):  # the same, and does not say how far it looks
    def __init__(self):
        super().__init__(1, 1, 3, padding=1)


class Painter(Same):
    def __init__(self):
        super().__init__(2)

    def forward(self, image, mask):
        return super().forward(torch.cat([image, mask], 1))[:, :1]


class Patches(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 1, 4, stride=4)

    def forward(self, image):
        return self.convolution(image).flatten(1)


class Adds(Same):
    def forward(self, image):
        return super().forward(image)[:, None]


class Kinds(nn.Module):
    def __init__(self):
        super().__init__()
        self.features, self.linear = nn.Linear(144, 128), nn.Linear(128, 3)

    def forward(self, image):
        features = self.features(image.flatten(1))
        return self.linear(features), features


class Editor(Same):
    def forward(self, image, changes):
        return changes[:, :, None, None, None] * super().forward(image)[:, None]


class Claimed(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(144, 2)

    def forward(self, image, claimed):
        logit, seen = self.linear(image.flatten(1)).split(1, 1)
        return logit[:, 0] + claimed[:, 0], seen


class Upwards(nn.Sequential):
    def __init__(self, code=4):
        super().__init__(nn.Conv2d(code, 16, 1), nn.PixelShuffle(4))


class Downwards(nn.Sequential):
    def __init__(self, code=4):
        super().__init__(nn.PixelUnshuffle(4), nn.Conv2d(16, code, 1))
"""
OTHERS: dict[str, dict[str, Any]] = {  # settings -> the networks that they replace, one by one
    "denoising": {"networks": ["encoder=own_nets:Encoder(outputs=3)", "decoder=own_nets:Decoder(latent=3)"]},
    "context_encoder": {"networks": ["painter=own_nets:Painter", "discriminator=own_nets:Critic"]},
    "cyclegan": {"networks": ["translator=own_nets:Same", "discriminator=own_nets:Patches"], "sees": "pixels"},
    "map_autoencoder": {"networks": ["encoder=own_nets:Downwards", "decoder=own_nets:Upwards"], "perceptual": 0.0},
    "attribute_editor": {
        "networks": ["editor=own_nets:Adds", "discriminator=own_nets:Kinds"],
        "attribute": "Low",
    },
    "multi_attribute_editor": {
        "networks": ["editor=own_nets:Editor", "discriminator=own_nets:Claimed"],
        "sees": "pixels",
    },
}
SPEC = DataSpec("set", 1, 12, classes=("a", "b"), domains=("a", "b"))


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module of networks, on the path."""
    (tmp_path / "own_nets.py").write_text(NETS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "own_nets", raising=False)
    return tmp_path


def own(family: str) -> dict[str, Any]:
    """Settings with networks of one's own: by name, by class, with and without arguments."""
    import own_nets

    if family == "gan":
        critic = {"discriminator": "own_nets:Critic"}
        return {**critic, "generator": own_nets.Decoder, "generator_arguments": {"latent": 3}}
    outputs = 6 if family == "vae" else 3  # mean and log-variance
    encoder = {"encoder": own_nets.Encoder, "encoder_arguments": {"outputs": outputs}}
    return {**encoder, "decoder": "own_nets:Decoder(latent=3)"}


@pytest.mark.parametrize("family", ["autoencoder", "vae", "gan"])
def test_own_networks_are_trained_opened_elsewhere_and_resumed(family: str, nets: Path, shapes: Path) -> None:
    common = {"data": str(shapes), "latent": 3, "batch_size": 8, "save_every": 1, "preview_every": 0, "device": "cpu"}
    constant = {"schedule": "constant", "warmup": 0.0}  # the same rates, however many steps there are to be
    run = aegean.train(family, out=nets / "run", quiet=True, steps=2, **common, **constant, **own(family))
    record = json.loads((nets / "run" / "config.json").read_text())
    assert all("own_nets:" in word for word in record["model"]["networks"])
    assert len(record["model"]["networks"]) == 2
    code = f"import aegean; print(aegean.load({str(run.path)!r}).weights_digest)"
    paths = os.pathsep.join([str(nets), str(Path(aegean.__file__).parents[1])])
    elsewhere = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        check=True,
    )
    assert elsewhere.stdout.split() == [run.weights_digest]
    record["training"]["steps"] = 4
    (run.path / "config.json").write_text(json.dumps(record))
    resumed = aegean.resume(run.path, quiet=True)
    straight = aegean.train(config=from_json(record), out=nets / "straight", quiet=True)
    assert resumed.step == 4
    assert resumed.weights_digest == straight.weights_digest != run.weights_digest


@pytest.mark.parametrize("family", OTHERS)
def test_those_of_all_other_families_are_trained_opened_and_resumed(family: str, nets: Path, shapes: Path) -> None:
    common = {"data": str(shapes), "batch_size": 8, "save_every": 1, "preview_every": 0, "device": "cpu"}
    if family == "denoising":
        common["latent"] = 3
    if family == "cyclegan":
        common["other"] = str(shapes)
    constant = {"schedule": "constant", "warmup": 0.0}
    run = aegean.train(family, out=nets / "run", quiet=True, steps=1, **common, **constant, **OTHERS[family])
    assert all(type(part.network).__module__ == "own_nets" for part in replaced(run.model))
    assert len(replaced(run.model)) == {"cyclegan": 4, "attribute_editor": 3}.get(family, 2)
    (run.path / "config.json").write_text((run.path / "config.json").read_text().replace('"steps": 1,', '"steps": 2,'))
    resumed = aegean.resume(run.path, quiet=True)
    straight = aegean.train(config=resumed.config, out=nets / "straight", quiet=True)
    assert resumed.weights_digest == straight.weights_digest != run.weights_digest
    moved = zip(run.model.parameters(), resumed.model.parameters())
    assert all(not torch.equal(before, after) for before, after in moved if before.dim() > 1)


def replaced(model: nn.Module) -> list[Adapted]:
    return [part for part in model.modules() if isinstance(part, Adapted)]


def test_a_restorer_of_ones_own_takes_photos_of_any_size_if_it_says_how_far_it_looks(nets: Path) -> None:
    for name, reach in (("Same", 1), ("Blind", None)):
        settings = default_config("denoising", denoiser="residual", networks=[f"restorer=own_nets:{name}"])
        assert build("denoising", settings.model, SPEC).reach == reach


def test_a_decoder_alone_is_trained_of_an_encoder_that_is_not(nets: Path) -> None:
    settings = {"learns": "decoder", "perceptual": 0.0, "networks": OTHERS["map_autoencoder"]["networks"]}
    model = build("map_autoencoder", default_config("map_autoencoder", **settings).model, SPEC)
    assert {weight.requires_grad for weight in model.encoder.parameters()} == {False}
    assert {weight.requires_grad for weight in model.decoder.parameters()} == {True}


def test_without_its_module_a_run_says_what_is_missing() -> None:
    config = default_config("vae", encoder="no_such_module:Encoder")
    with pytest.raises(InputError, match=r"^--networks encoder=no_such_module:Encoder: cannot .* on PYTHONPATH\?$"):
        build("vae", config.model, SPEC)


@pytest.mark.parametrize(
    ("family", "word", "says"),
    [
        ("gan", "discriminator=own_nets:Column", r"makes \(2, 1\) of \(2, 1, 12, 12\); it must make \(2,\)$"),
        ("vae", "encoder=own_nets:Encoder(outputs=3)", r"makes \(2, 3\) of .*; it must make \(2, 6\)$"),
        ("vae", "decoder=own_nets:Decoder(latent=4)", r"cannot take \(2, 3\): .*shapes.*"),
        ("vae", "encoder=own_nets:Encoder", "cannot be built: .*'outputs'"),
        ("vae", "encoder=own_nets:Missing", "cannot be imported: .*'Missing'"),
        ("vae", "encoder=own_nets:function", "makes a int, not a torch.nn.Module"),
        ("cyclegan", "translator=own_nets:Blind", "must have `reach`"),
        ("cyclegan", "discriminator=own_nets:Critic", r"makes \(2,\) of .*; it must make \(2, 2\)"),
        ("context_encoder", "painter=own_nets:Same", r"cannot take \(2, 1, 12, 12\) and \(2, 1, 12, 12\): .*argument"),
        ("denoising", "restorer=own_nets:Patches", r"makes \(2, 9\) of .*; it must make \(2, 1, 12, 12\)"),
        ("map_autoencoder", "discriminator=own_nets:Patches", "with these settings the model has no discriminator"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(family: str, word: str, says: str, nets: Path) -> None:
    settings = {"latent": 3} if family in {"gan", "vae"} else {}
    with pytest.raises(InputError, match=says) as error:
        build(family, default_config(family, networks=[word], **settings).model, SPEC)
    assert "\n" not in str(error.value)
    assert word in str(error.value)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"networks": ["coder=a:B"]}, "must be one of encoder, decoder"),
        ({"networks": ["encoder=a:B", "encoder=a:C"]}, "encoder=.*: is given twice"),
        ({"networks": ["encoder=a:B(1)"]}, "must be written as"),
        ({"networks": ["encoder=a:B(x=open('y'))"]}, "must be written as"),
        ({"networks": ["encoder=a"]}, "must be written as"),
        ({"encoder": nn.Linear, "encoder_arguments": {"device": torch.device("cpu")}}, "must be written as"),
        ({"encoder_arguments": {"width": 3}}, "set encoder as well"),
    ],
)
def test_words_that_say_no_network_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        default_config("vae", **settings)


def test_a_class_that_no_other_process_could_import_is_refused() -> None:
    class Local(nn.Module):
        pass

    with pytest.raises(InputError, match=r"encoder=Local: a run records a network by its name.*nets\.Local"):
        default_config("vae", encoder=Local)


def test_the_number_of_channels_of_a_discriminator_is_still_a_number() -> None:
    config = default_config("gan", discriminator=8).model
    assert (config.discriminator, config.networks) == (8, ())


def test_labels_reach_the_networks_of_conditional_models_alone(nets: Path) -> None:
    label, image = torch.tensor([0, 1]), torch.randn(2, 1, 12, 12)
    plain = build("gan", default_config("gan", discriminator="own_nets:Critic").model, SPEC)
    assert torch.equal(plain.discriminator(image, label), plain.discriminator(image))
    told = build("conditional_gan", default_config("conditional_gan", discriminator="own_nets:Labelled").model, SPEC)
    found, without = told.discriminator(image, label), told.discriminator(image, 0 * label)
    torch.testing.assert_close(found, without * torch.tensor([1, 2]))
    with pytest.raises(InputError, match="needs a label"):
        told.discriminator(image)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert told.discriminator(image, label).dtype == torch.float32


def test_one_network_replaced_leaves_the_other_as_it_was(nets: Path) -> None:
    torch.manual_seed(0)
    plain = build("vae", default_config("vae", latent=3).model, SPEC)
    torch.manual_seed(0)
    mixed = build("vae", default_config("vae", latent=3, encoder="own_nets:Encoder(outputs=6)").model, SPEC)
    assert all(torch.equal(*pair) for pair in zip(plain.decoder.parameters(), mixed.decoder.parameters()))
    (player,) = mixed.players()
    assert {id(w) for w in mixed.encoder.parameters()} <= {id(w) for n in player.networks for w in n.parameters()}
