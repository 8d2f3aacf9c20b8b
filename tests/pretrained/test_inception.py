"""Inception v3 as an extractor, on random weights of the published shape, against a computation of its own."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

import aegean
from aegean import InputError
from aegean.cli import main
from aegean.evaluation import evaluate
from aegean.evaluation.metrics.fidelity import kernel_distance
from aegean.pretrained.inception import OF_2015, OF_TORCHVISION, Inception, load_inception

CPU = torch.device("cpu")


def random_weights(outputs: int) -> dict[str, torch.Tensor]:
    """Tensors of the published names and shapes, such that signals neither die nor burst on their way."""
    torch.manual_seed(0)
    tensors = {}
    for name, value in Inception(outputs).state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue  # files differ in whether they have it
        if name.endswith("conv.weight"):
            tensors[name] = torch.randn_like(value) * (2 / value[0].numel()) ** 0.5
        elif name.endswith(("bn.weight", "running_var")):
            tensors[name] = 0.5 + torch.rand_like(value)
        else:
            tensors[name] = 0.1 * torch.randn_like(value)
    return {**tensors, "fc.weight": torch.zeros(outputs, 2048), "fc.bias": torch.zeros(outputs)}


@pytest.fixture(scope="module", params=[OF_2015, OF_TORCHVISION])
def file(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / f"{request.param}.pth"
    torch.save(random_weights(request.param), path)
    return path


def enlarged(image: torch.Tensor) -> torch.Tensor:
    """As clean-fid does: each channel as float grey values, by Pillow's bicubic filter. (B, C, H, W)"""
    channels = [
        np.asarray(Image.fromarray(channel.numpy(), mode="F").resize((299, 299), Image.Resampling.BICUBIC))
        for channel in ((image + 1) * 127.5).flatten(0, 1)
    ]
    return torch.from_numpy(np.stack(channels)).unflatten(0, image.shape[:2])


def features(weights: dict[str, torch.Tensor], x: torch.Tensor, tensorflow: bool) -> torch.Tensor:
    """The published network, layer by layer, written out from its weights alone. (B, 3, 299, 299) -> (B, 2048)"""

    def c(x, name, stride=1, padding=(0, 0)):
        w = {key: weights[f"{name}.bn.{key}"] for key in ("weight", "bias", "running_mean", "running_var")}
        x = F.conv2d(x, weights[f"{name}.conv.weight"], stride=stride, padding=padding)
        shape = (1, -1, 1, 1)
        scale = w["weight"] / (w["running_var"] + 0.001).sqrt()
        return ((x - w["running_mean"].view(shape)) * scale.view(shape) + w["bias"].view(shape)).clamp(min=0)

    def mean(x):
        return F.avg_pool2d(x, 3, 1, 1, count_include_pad=not tensorflow)

    x = c(c(c(x, "Conv2d_1a_3x3", 2), "Conv2d_2a_3x3"), "Conv2d_2b_3x3", 1, (1, 1))
    x = c(c(F.max_pool2d(x, 3, 2), "Conv2d_3b_1x1"), "Conv2d_4a_3x3")
    x = F.max_pool2d(x, 3, 2)
    for m in ("Mixed_5b", "Mixed_5c", "Mixed_5d"):
        five = c(c(x, f"{m}.branch5x5_1"), f"{m}.branch5x5_2", 1, (2, 2))
        three = c(c(x, f"{m}.branch3x3dbl_1"), f"{m}.branch3x3dbl_2", 1, (1, 1))
        three = c(three, f"{m}.branch3x3dbl_3", 1, (1, 1))
        x = torch.cat([c(x, f"{m}.branch1x1"), five, three, c(mean(x), f"{m}.branch_pool")], 1)
    m = "Mixed_6a"
    three = c(c(x, f"{m}.branch3x3dbl_1"), f"{m}.branch3x3dbl_2", 1, (1, 1))
    x = torch.cat([c(x, f"{m}.branch3x3", 2), c(three, f"{m}.branch3x3dbl_3", 2), F.max_pool2d(x, 3, 2)], 1)
    for m in ("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"):
        one = c(c(x, f"{m}.branch7x7_1"), f"{m}.branch7x7_2", 1, (0, 3))
        two = c(c(x, f"{m}.branch7x7dbl_1"), f"{m}.branch7x7dbl_2", 1, (3, 0))
        two = c(c(two, f"{m}.branch7x7dbl_3", 1, (0, 3)), f"{m}.branch7x7dbl_4", 1, (3, 0))
        parts = [c(one, f"{m}.branch7x7_3", 1, (3, 0)), c(two, f"{m}.branch7x7dbl_5", 1, (0, 3))]
        x = torch.cat([c(x, f"{m}.branch1x1"), *parts, c(mean(x), f"{m}.branch_pool")], 1)
    m = "Mixed_7a"
    one = c(c(x, f"{m}.branch3x3_1"), f"{m}.branch3x3_2", 2)
    two = c(c(x, f"{m}.branch7x7x3_1"), f"{m}.branch7x7x3_2", 1, (0, 3))
    two = c(c(two, f"{m}.branch7x7x3_3", 1, (3, 0)), f"{m}.branch7x7x3_4", 2)
    x = torch.cat([one, two, F.max_pool2d(x, 3, 2)], 1)
    for m in ("Mixed_7b", "Mixed_7c"):
        pooled = F.max_pool2d(x, 3, 1, 1) if tensorflow and m == "Mixed_7c" else mean(x)
        one, two = c(x, f"{m}.branch3x3_1"), c(c(x, f"{m}.branch3x3dbl_1"), f"{m}.branch3x3dbl_2", 1, (1, 1))
        parts = [c(one, f"{m}.branch3x3_2a", 1, (0, 1)), c(one, f"{m}.branch3x3_2b", 1, (1, 0))]
        parts += [c(two, f"{m}.branch3x3dbl_3a", 1, (0, 1)), c(two, f"{m}.branch3x3dbl_3b", 1, (1, 0))]
        x = torch.cat([c(x, f"{m}.branch1x1"), *parts, c(pooled, f"{m}.branch_pool")], 1)
    return x.mean((2, 3))


@pytest.mark.parametrize("channels", [1, 3])
def test_features_are_those_of_the_published_network(file, channels):
    model, digest = load_inception(file, CPU)
    image = torch.rand(2, channels, 20, 20, generator=torch.Generator().manual_seed(1)) * 2 - 1
    large = enlarged(image).expand(-1, 3, -1, -1)
    tensorflow = model.outputs == OF_2015
    expected = features(torch.load(file), (large - 128) / 128 if tensorflow else large / 127.5 - 1, tensorflow)
    found = model(image)
    assert found.shape == (2, 2048)
    assert expected.std() > 0.01
    assert float((found - expected).abs().max()) < 2e-4 * float(expected.abs().max())
    assert len(digest) == 8


def test_large_images_are_made_smaller_as_clean_fid_does():
    image = torch.rand(1, 3, 400, 400, generator=torch.Generator().manual_seed(2)) * 2 - 1
    ours = Inception().prepare(image)
    assert torch.allclose(ours, (enlarged(image) - 128) / 128, atol=1e-4)


def test_a_run_is_measured_by_the_features_of_a_file(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(random_weights(OF_2015), path)
    run = aegean.train("vae", data="digits", steps=2, latent=4, width=4, out=tmp_path / "run")
    (record,) = evaluate(run, "kid", extractor=f"inception:{path}", limit=4)
    model, digest = load_inception(path, CPU)
    made = run.model.sample(run.model.noise(4, record["sampling_seeds"][0]))
    real = run.data.test.some(4).first(4).image
    assert record["value"] == pytest.approx(float(kernel_distance(model(real), model(made)).mean()), rel=1e-3)
    assert record["settings"]["extractor"] == f"inception v3 of weights.pth, file {digest}"
    assert "clean-fid" in record["settings"]["resize"]


def test_what_holds_no_such_weights_is_one_line(tmp_path, capsys):
    run = "zoo:gan-mnist"
    (tmp_path / "text.pth").write_text("no weights")
    torch.save({"fc.bias": torch.zeros(1000)}, tmp_path / "few.pth")
    for name in ("none.pth", "text.pth", "few.pth"):
        words = ["evaluate", run, "--metrics", "fid", "--extractor", f"inception:{tmp_path / name}", "--limit", "6"]
        assert main(words) == 2
        said = capsys.readouterr().err
        assert "not the weights of an Inception v3" in said or "No such file" in said
        assert len(said.strip().splitlines()) == 1
    with pytest.raises(InputError):
        load_inception(tmp_path / "few.pth", CPU)
