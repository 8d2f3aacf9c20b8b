"""Every panel, clicked through in a real browser, which asks nothing of any other machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import aegean

PATIENCE = 120_000  # ms


@pytest.fixture
def page(browser: Any, studio: Any) -> Iterator[Any]:
    """A page that has seen no error and asked nobody else in the end."""
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    shown, wrong = context.new_page(), list[str]()
    shown.set_default_timeout(PATIENCE)
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    mine = (studio.url, "data:", f"blob:{studio.url}")
    shown.on("request", lambda request: request.url.startswith(mine) or wrong.append(request.url))
    shown.studio = studio.url
    yield shown
    context.close()
    assert not wrong


def go(page: Any, where: str, sign: str) -> None:
    page.goto(f"{page.studio}/?{where}#/{where}")  # loaded anew, not a step within the page
    page.wait_for_selector(sign)


def test_runs_are_listed_looked_at_compared_and_sorted(page: Any, studio: Any) -> None:
    for name, value in (("vae-4", 2.0), ("conditional_vae", 1.0)):
        measured = {"metric": "mine", "split": "test", "value": value, "unit": "nats", "better": "smaller"}
        aegean.load(studio.runs / name).save_evaluation([measured])
    go(page, "runs", ".card")
    page.check("[aria-label='Compare vae-4']")
    page.check("[aria-label='Compare conditional_vae']")
    page.click("text=Compare 2")
    page.wait_for_selector("th:has-text('Latent')")
    columns = page.locator("th[scope=col]")
    assert columns.all_inner_texts()[:2] == ["vae-4", "conditional_vae"]
    page.click("button:has-text('Mine')")
    assert columns.all_inner_texts()[:2] == ["conditional_vae", "vae-4"]
    go(page, "look/vae-4", "dl")
    go(page, "train/vae-4", "label:has-text('Batch size')")
    assert page.input_value("input[name=steps]") == "3"
    page.fill("input[name=steps]", "0")
    page.click("button:has-text('Start')")
    page.wait_for_selector(".toast:has-text('1 or more')")


def test_pictures_are_made_and_walked_around_by_keyboard(page: Any) -> None:
    go(page, "generate/vae-4", ".cell img")
    assert page.locator(".grid .cell").count() == 25
    page.locator(".grid .cell").nth(3).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".beside img")
    page.click("text=Walk around it")
    page.wait_for_selector(".nine .cell >> nth=8")
    page.locator("h1").click()
    page.keyboard.press("4")  # the fourth panel
    page.wait_for_selector(".map-box")


def test_the_picture_follows_the_pointer_the_keys_and_the_corners(page: Any) -> None:
    go(page, "explore/conditional_vae", "canvas[data-drawn]")

    from playwright.sync_api import expect

    def follows(act: Any) -> None:
        before = page.get_attribute(".canvas", "data-drawn")
        act()
        expect(page.locator(".canvas")).not_to_have_attribute("data-drawn", before, timeout=PATIENCE)

    box = page.locator(".map-box canvas").bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    follows(lambda: page.mouse.move(box["x"] + 180, box["y"] + 140, steps=3))
    page.mouse.up()
    page.focus(".map-box canvas")
    follows(lambda: page.keyboard.press("ArrowLeft"))
    follows(lambda: page.select_option("select[name=label]", "2"))
    follows(lambda: page.click("text=Four corners"))
    page.click("text=Record")
    page.focus(".square")
    for _ in range(3):
        follows(lambda: page.keyboard.press("ArrowRight"))
    page.click("text=Stop")
    page.wait_for_selector(".film-made img")


def test_noise_holes_faces_domains_and_classes(page: Any, tmp_path: Path) -> None:
    photo = tmp_path / "<i>photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 20, 3), np.uint8)).save(photo)
    go(page, "restore/denoising", ".strip .cell")
    page.set_input_files("input[type=file]", photo)
    page.click("text=Remove the noise")
    page.wait_for_selector(".divider")
    go(page, "restore/context_encoder", ".painting")
    box = page.locator(".painting canvas").bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 90, steps=3)
    page.mouse.up()
    page.click("text=Fill it in")
    page.wait_for_selector(".divider")
    go(page, "edit/multi_attribute_editor", ".divider")
    page.locator(".sliders input").first.focus()
    page.keyboard.press("End")
    page.wait_for_selector("text=All to 0")
    go(page, "translate/cyclegan", ".strip .cell")
    page.click("button.primary")
    page.wait_for_selector("figcaption:has-text('And back')")
    go(page, "recognise/classifier", ".bar meter")
    page.click("text=Draw")
    page.mouse.click(*[page.locator(".drawing").bounding_box()[side] + 60 for side in ("x", "y")])
    page.click("text=Use it")
    page.wait_for_selector(".source-shown img[src^=blob]")
