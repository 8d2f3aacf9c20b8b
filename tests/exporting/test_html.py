"""The exported page, opened from disk in a real browser that has no network: it computes what torch computes."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Page, Route

import aegean
from aegean import images
from aegean.exporting.half import looks_the_same
from aegean.exporting.html import write_html
from aegean.exporting.panels import examples
from aegean.exporting.plane import plane, strongest
from aegean.exporting.runtime import script, web_runtime

WORKER = '<script type="text/plain" id="worker">'
WITHOUT_JSPI = "delete WebAssembly.Suspending; delete WebAssembly.promising;\n"


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[[Path], Page]]:
    """`opened(file)`: the page from disk, once it has made its first picture; to ask the network is an error."""
    context, said = browser.new_context(offline=True, viewport={"width": 1100, "height": 900}), list[str]()

    def of(file: Path) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(("file:", "data:", "blob:")) else said.append(asked.url),
        )
        page.goto(file.as_uri())
        page.wait_for_selector("body[data-state=ready]", timeout=60_000)
        return page

    yield of
    context.close()
    assert said == []


@pytest.fixture(scope="session")
def explorer(trained: Callable[..., aegean.Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = trained("conditional_vae", latent=3)
    return Path(aegean.export(run, "html", tmp_path_factory.mktemp("pages") / "explorer.html"))


def shown(page: Page, selector: str) -> Any:
    """The picture of a canvas, as a string that is the same for the same picture."""
    return page.evaluate("selector => document.querySelector(selector).toDataURL()", selector)


def pixels(page: Page, selector: str) -> torch.Tensor:
    """What a grey canvas of 12 x 12 shows. (1, 12, 12, 1) uint8"""
    script = "s => [...document.querySelector(s).getContext('2d').getImageData(0, 0, 12, 12).data]"
    return torch.tensor(page.evaluate(script, selector)[::4], dtype=torch.uint8).reshape(1, 12, 12, 1)


def test_an_explorer(explorer: Path, trained: Callable[..., aegean.Run], opened: Callable[[Path], Page]) -> None:
    run = trained("conditional_vae", latent=3)
    assert explorer.stat().st_size < 8e6
    page = opened(explorer)
    noise, label = run.model.noise(2, seed=3), torch.tensor([2, 0])
    asked = {"noise": noise.flatten().tolist(), "label": label.tolist()}
    made = page.evaluate(
        "async ({ noise, label }) => [...(await engine.run('generator', {"
        " noise: tensor(Float32Array.from(noise), [2, 3]), label: tensor(label, [2], 'int64') })).data]",
        asked,
    )
    wanted = aegean.sample(run, 2, label=label, seed=3, as_tensor=True)
    assert (torch.tensor(made).reshape(wanted.shape) - wanted).abs().max() < 4 / 127.5

    before = shown(page, ".picture")
    box = page.locator(".map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 9, box["y"] + 60, steps=4)
    page.mouse.up()
    page.wait_for_function("before => document.querySelector('.picture').toDataURL() !== before", arg=before)
    assert page.evaluate("document.querySelector('.pin').style.left")[:2] in {"97", "98"}
    dragged = shown(page, ".picture")
    page.get_by_role("button", name=run.spec.classes[2], exact=True).click()
    page.wait_for_function("before => document.querySelector('.picture').toDataURL() !== before", arg=dragged)
    page.get_by_role("button", name="Corners").click()
    page.wait_for_selector(".field[data-laid='1,2']")


def test_pages_may_share_the_runtime_that_lies_beside_them(
    everything: aegean.Run, tmp_path: Path, opened: Callable[[Path], Page], browser: Browser
) -> None:
    file = write_html(everything, tmp_path / "small.html", runtime="runtime.js")
    assert file.stat().st_size < 2e5
    alone = browser.new_page()
    alone.goto(file.as_uri())
    assert "needs runtime.js beside it" in alone.inner_text("#problem")
    alone.close()
    (tmp_path / "runtime.js").write_text(script(), encoding="utf-8")
    page = opened(file)
    assert not page.locator("#problem").is_visible()
    page.get_by_text("Licences").click()
    assert "Microsoft" in page.inner_text("#licence")
    page.get_by_text("Notices of what").click()
    page.wait_for_function("() => document.querySelector('#notices pre').textContent.length > 10000")


def test_a_page_of_pictures_that_are_not_square(
    trained: Callable[..., aegean.Run], tmp_path: Path, opened: Callable[[Path], Page]
) -> None:
    """The map and the picture have their form; of what is dropped the middle is seen, as `aegean` cuts it."""
    page = opened(aegean.export(trained("autoencoder", latent=3, size="12x18"), "html", tmp_path / "explore.html"))
    page.wait_for_selector(".field[data-laid]")
    size = "selector => [document.querySelector(selector).width, document.querySelector(selector).height]"
    assert page.evaluate(size, ".picture") == [18, 12]
    box = page.locator(".map").bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(1.5, abs=0.01)
    across, down = page.evaluate(size, ".field")
    assert (across % 18, down % 12, across / down) == (0, 0, 1.5)
    slope = (
        "() => { const drawn = document.createElement('canvas'); [drawn.width, drawn.height] = [54, 60];"
        " const pen = drawn.getContext('2d'); for (let y = 0; y < 60; y++) { pen.fillStyle = `rgb(${[y, y, y].map("
        "(one) => 4 * one)})`; pen.fillRect(0, y, 54, 1); } return [...toTensor(drawn).data]; }"
    )
    rows = torch.tensor(page.evaluate(slope)).reshape(12, 18)
    wanted = torch.arange(12, 48).float().mul(4).reshape(12, 3).mean(1) / 127.5 - 1  # 36 of its 60 rows
    assert (rows[1:-1] - wanted[1:-1, None]).abs().max() < 0.02


def test_a_browser_without_promise_integration(explorer: Path, tmp_path: Path, opened: Callable[[Path], Page]) -> None:
    text = explorer.read_text()
    older = tmp_path / "older.html"
    older.write_text(text.replace(WORKER, WORKER + WITHOUT_JSPI))
    assert older.read_text() != text
    assert "WebAssembly" in opened(older).inner_text("#engine")


def test_what_enlarges(trained: Callable[..., aegean.Run], tmp_path: Path, opened: Callable[[Path], Page]) -> None:
    run = trained("paired_translator", enlarge=2)
    page = opened(aegean.export(run, "html", tmp_path / "larger.html"))
    widths = "[...document.querySelectorAll('.compare canvas')].map((one) => one.width).join()"
    page.wait_for_function(f"() => {widths} === '160,320'")
    assert page.get_by_role("button", name="Into").count() == 0


def test_what_edits_and_restores(everything: aegean.Run, tmp_path: Path, opened: Callable[[Path], Page]) -> None:
    page = opened(aegean.export(everything, "html", tmp_path / "both.html"))
    assert page.locator("#tabs button").all_inner_texts() == ["Edit", "Restore"]
    before = shown(page, ".compare .after")
    page.get_by_label("Low").fill("1")
    page.wait_for_function("before => document.querySelector('.compare .after').toDataURL() !== before", arg=before)
    image = images.to_float(pixels(page, ".compare canvas"))
    wanted = images.to_uint8(everything.model.edit(image, torch.ones(1, 1)))
    assert (pixels(page, ".compare .after").int() - wanted.int()).abs().max() <= 3
    page.get_by_role("button", name="Restore").click()
    page.wait_for_selector("[role=tabpanel][aria-label=Restore] .compare canvas.after")
    assert not page.locator("#problem").is_visible()


def test_pictures_given_to_be_tried(everything: aegean.Run, tmp_path: Path, opened: Callable[[Path], Page]) -> None:
    photo = tmp_path / "photo.png"
    images.save_picture(photo, images.to_pil(torch.full((1, 400, 300), 0.5)))
    page = opened(aegean.export(everything, "html", tmp_path / "given.html", examples=[photo]))
    assert page.evaluate("facts.examples.length") == 1
    size = "load(facts.examples[0]).then((one) => [one.naturalWidth, one.naturalHeight])"
    assert page.evaluate(size) == [192, 256]


def without_data(run: aegean.Run, folder: Path) -> aegean.Run:
    """The run, moved to where its data are not at hand."""
    shutil.copytree(run.path, folder)
    config = json.loads((folder / "config.json").read_text())
    config["data"]["data"] = str(folder / "gone.npz")
    (folder / "config.json").write_text(json.dumps(config))
    return aegean.load(folder)


def test_what_tells_digits_apart_is_tried_on_digits_where_its_data_are_not_at_hand(tmp_path: Path) -> None:
    digits, clothes = (
        without_data(aegean.load(f"zoo:classifier-{name}"), tmp_path / name) for name in ("mnist", "fashion")
    )
    tried = examples(digits, False)
    assert len(tried) == 6
    with Image.open(io.BytesIO(base64.b64decode(tried[0].partition(",")[2]))) as picture:
        assert picture.size == (28, 28)
        assert aegean.classify(digits, picture, top=1)[0].probability > 0.5
    assert examples(clothes, False) == []


def test_pictures_that_no_page_can_show(
    everything: aegean.Run, trained: Callable[..., aegean.Run], tmp_path: Path
) -> None:
    with pytest.raises(aegean.InputError, match="belongs to --to html"):
        aegean.export(everything, "onnx", tmp_path / "a", examples=["a.png"])
    with pytest.raises(aegean.InputError, match="takes no pictures in"):
        aegean.export(trained("conditional_vae", latent=3), "html", tmp_path / "a.html", examples=["a.png"])
    with pytest.raises(aegean.InputError, match=r"none\.png"):
        aegean.export(everything, "html", tmp_path / "a.html", examples=[tmp_path / "none.png"])
    assert list(tmp_path.iterdir()) == []


def test_a_page_in_a_frame_tells_its_height_and_follows_the_light(
    explorer: Path, tmp_path: Path, opened: Callable[[Path], Page]
) -> None:
    around = tmp_path / "around.html"
    listen = "addEventListener('message', ({ data }) => { document.title = data.explorerHeight; })"
    frame = f'<iframe src="{explorer.as_uri()}#embedded" width="900" height="300"></iframe>'
    around.write_text(f'<!doctype html><script>{listen}</script><body data-state="ready">{frame}</body>')
    page = opened(around)
    page.wait_for_function("+document.title > 400", timeout=60_000)
    inner = page.frames[1]
    inner.wait_for_selector("body[data-state=ready]", timeout=60_000)
    assert not inner.locator("header").is_visible()
    for scheme, paper in (("dark", "#131518"), ("light", "#fbfaf7")):
        page.evaluate("scheme => frames[0].postMessage({ scheme }, '*')", scheme)
        inner.wait_for_selector(f":root[data-scheme={scheme}]")
        assert inner.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')") == paper


def test_a_classifier_hears_what_is_drawn(
    trained: Callable[..., aegean.Run], tmp_path: Path, opened: Callable[[Path], Page]
) -> None:
    page = opened(aegean.export(trained("classifier"), "html", tmp_path))
    box = page.locator(".paper").bounding_box()
    assert box is not None
    before = page.locator(".bar output").all_inner_texts()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 300, steps=5)
    page.mouse.up()
    page.wait_for_function("before => document.querySelector('.bar output').textContent !== before", arg=before[0])
    chances = [float(text.rstrip(" %")) for text in page.locator(".bar output").all_inner_texts()]
    assert sum(chances) == pytest.approx(100, abs=2)


def test_what_layers_see_is_shown_by_their_names(
    trained: Callable[..., aegean.Run], tmp_path: Path, opened: Callable[[Path], Page]
) -> None:
    run = trained("classifier")
    page = opened(aegean.export(run, "html", tmp_path / "layers.html"))
    layer = page.get_by_label("Layer")
    assert layer.locator("option").all_inner_texts() == ["encoder.stem", "encoder.body.0", "encoder", "classify"]
    tried = run.data.test.some(6).first(6).image
    asked = "one => engine.run('classifier', { image: toTensor(one) }, 1, name)"
    script = f"async name => [...(await load(facts.examples[0]).then({asked})).layer.data]"
    for name in ("encoder.body.0", "encoder"):
        wanted = torch.as_tensor(aegean.features(run, tried, name, pool="none")[0])
        torch.testing.assert_close(torch.tensor(page.evaluate(script, name)), wanted.flatten(), atol=0.01, rtol=0.01)
        layer.select_option(name)
        said = f"{wanted.shape[0]} {'maps' if wanted.dim() == 3 else 'numbers'}"
        page.wait_for_function(
            "said => document.querySelector('.sight .caption').textContent.startsWith(said)", arg=said
        )
        assert page.locator(".maps canvas").count() == (wanted.shape[0] if wanted.dim() == 3 else 1)
        vectors = torch.nn.functional.normalize(torch.as_tensor(aegean.features(run, tried, name)))
        each = "[...document.querySelectorAll('.example')].map((one) => one.dataset.alike)"
        near = f"all => {each}.every((alike, k) => Math.abs(alike - all[k]) < 0.02)"
        page.wait_for_function(near, arg=(vectors @ vectors[0]).tolist())


def test_the_snippet_for_javascript_runs(onnx_folder: Path, browser: Browser) -> None:
    (code,) = re.findall(r"```javascript\n(.*?)```", (onnx_folder / "README.md").read_text(), re.DOTALL)
    places = '<script type="importmap">{"imports":{"onnxruntime-web":"/ort.mjs"}}</script>'
    html, wasm = (
        f'{places}<script type="module">{code}</script>',
        gzip.decompress(base64.b64decode(web_runtime()["wasm"])),
    )
    page = browser.new_context().new_page()

    def answer(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        if name == "ort.mjs":
            return route.fulfill(body=web_runtime()["module"], content_type="text/javascript")
        if name.endswith(".wasm"):
            return route.fulfill(body=wasm, content_type="application/wasm")
        file = onnx_folder / name
        return (
            route.fulfill(path=file) if name and file.is_file() else route.fulfill(body=html, content_type="text/html")
        )

    page.route("**/*", answer)
    with page.expect_console_message(timeout=60_000) as message:
        page.goto("http://snippet.test/")
    assert "1, 3" in message.value.text
    page.context.close()


def test_directions_are_those_in_which_pictures_change_most() -> None:
    """Of a linear decoder they are its singular vectors, and going along one is seen by its dual alone."""
    generator = torch.Generator().manual_seed(0)
    scales = torch.tensor([1.0, 9, 3, 0.1])
    codes = torch.randn(4000, 4, generator=generator)
    axes, duals = strongest(codes, (codes * scales)[:, None, None], torch.zeros(4), torch.eye(4))
    assert axes.abs().argmax(1).tolist() == [1, 2, 0, 3]
    torch.testing.assert_close(axes @ duals.T, torch.eye(4), atol=1e-4, rtol=0)
    root = torch.tensor([[2.0, 0], [1, 3]])
    axes, duals = strongest(
        codes[:, :2] @ root.T + 5, codes[:, :2, None, None] * scales[:2, None, None], torch.full((2,), 5.0), root
    )
    torch.testing.assert_close(axes @ duals.T, torch.eye(2), atol=1e-4, rtol=0)
    torch.testing.assert_close(axes[0].abs(), root @ torch.tensor([0.0, 1]), atol=0.1, rtol=0)


def test_half_precision_is_refused_where_it_shows() -> None:
    picture = torch.rand(2, 1, 8, 8).mul(2).sub(1).numpy()
    assert looks_the_same("image", picture, picture + 0.3 / 127.5)
    assert not looks_the_same("image", picture * 0.9, picture * 0.9 + 1 / 127.5)
    assert not looks_the_same("image", picture, picture * float("nan"))
    assert not looks_the_same("probabilities", picture, picture + 0.01)


def test_an_autoencoder_without_its_data_says_so(trained: Callable[..., aegean.Run], tmp_path: Path) -> None:
    run = trained("autoencoder", latent=3)
    found = plane(run)
    assert not found.gaussian
    assert found.dots.std(0) == pytest.approx([1, 1], abs=0.2)  # in units of their own spread
    with pytest.raises(aegean.InputError, match="only its data tell where its codes lie"):
        aegean.export(without_data(run, tmp_path / "further" / "moved"), "html")
