"""The site that `make site` wrote, opened from disk in a real browser without a network, as a reader would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sitebuilder.workshop import DOCS

SITE = DOCS.parent / "site"
PAGES = sorted(page.relative_to(SITE) for page in SITE.rglob("*.html") if "explorers" not in page.parts)
PAGES = [page for page in PAGES if page.name != "404.html"]  # which a server shows, by paths from its root
PHONE = 390  # pixels

pytestmark = pytest.mark.skipif(not PAGES, reason="no site: `make site` writes it")


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[[str], Any]]:
    """`opened(page)`: a page on a phone; errors, and requests elsewhere, are heard to the end."""
    context, wrong = browser.new_context(viewport={"width": PHONE, "height": 800}, color_scheme="dark"), list[str]()

    def of(name: str) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"{name}: {error}"))
        page.on("console", lambda line: wrong.append(f"{name}: {line.text}") if line.type == "error" else None)
        ours = ("file:", "data:", "blob:")
        page.on("request", lambda asked: None if asked.url.startswith(ours) else wrong.append(asked.url))
        page.goto((SITE / name).as_uri())
        return page

    yield of
    context.close()
    assert wrong == []


def test_every_page_opens_and_fits_a_phone(opened: Callable[[str], Any]) -> None:
    assert len(PAGES) > 35
    for name in PAGES:
        page = opened(str(name))
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, name
        broken = "[...document.images].filter((one) => one.complete && !one.naturalWidth).map((one) => one.src)"
        assert page.evaluate(broken) == [], name
        page.close()


def test_the_site_can_be_carried_about() -> None:
    assert sum(file.stat().st_size for file in SITE.rglob("*")) < 30e6
    assert (SITE / "explorers" / "runtime.js").is_file()


def test_the_search_works_from_disk(opened: Callable[[str], Any]) -> None:
    page = opened("index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("collapse")
    page.wait_for_selector("text=11 GAN >> visible=true", timeout=20_000)


def test_an_explorer_runs_in_its_page_and_is_as_dark_as_it(opened: Callable[[str], Any]) -> None:
    page = opened("lecture/autoencoder.html")
    page.locator(".explorer").scroll_into_view_if_needed()
    frame = page.frame_locator(".explorer iframe")
    frame.locator("body[data-state=ready]").wait_for(timeout=60_000)
    frame.locator(":root[data-scheme=dark]").wait_for(timeout=20_000)


@pytest.mark.parametrize(("page", "said"), [("gan", "real points"), ("flow-matching", "loss")])
def test_points_are_learned_in_the_page(page: str, said: str, opened: Callable[[str], Any]) -> None:
    shown = opened(f"lecture/{page}.html")
    shown.locator(".widget").scroll_into_view_if_needed()
    told = shown.locator(".widget .told")
    assert said in told.inner_text()
    shown.get_by_role("button", name="Play").click()
    shown.wait_for_function("+document.querySelector('.widget .told').textContent.match(/Round (\\d+)/)[1] > 5")


def test_draws_stay_while_mu_and_sigma_move(opened: Callable[[str], Any]) -> None:
    page = opened("lecture/reparameterisation.html")
    told = page.locator(".widget .told")
    mu, sigma = page.get_by_role("slider").all()
    mu.fill("0")
    sigma.fill("0")
    assert told.inner_text().startswith("KL = 0.00 nats")
    mu.fill("2")
    assert told.inner_text().startswith("KL = 2.00 nats: 2.00 for where it is")
