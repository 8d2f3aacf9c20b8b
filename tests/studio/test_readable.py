"""Every panel on a phone, in light and in dark: nothing is cut off, too pale, too small to touch or without a name."""

from __future__ import annotations

from typing import Any

import pytest

PANELS = {
    "runs": ".card",
    "look/vae-4": "dl",
    "train/vae-4": "label:has-text('Batch size')",
    "generate/vae-4": ".cell img",
    "explore/conditional_vae": "canvas[data-drawn]",
    "restore/context_encoder": ".painting",
    "edit/multi_attribute_editor": ".divider",
    "translate/cyclegan": ".strip .cell",
    "recognise/classifier": ".bar meter",
}
LOOK = """() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const under = (element) => element
    ? [...under(element.parentElement), getComputedStyle(element).backgroundColor] : [];
  const mixed = (colours) => {
    context.clearRect(0, 0, 1, 1);
    for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [.2126, .7152, .0722][k], 0);
  const wrong = [], wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) wrong.push(`${document.documentElement.scrollWidth} pixels wide`);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !element.closest(".visually-hidden, .skip, :disabled");
  for (const element of document.querySelectorAll("body *")) {
    if (!shown(element)) continue;
    const label = element.getAttribute("aria-label"), words = (label || element.textContent).trim();
    const said = `${element.tagName} "${words.slice(0, 40)}"`;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    if ([...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) {
      const paper = under(element), [a, b] = [light(mixed(paper)), light(mixed([...paper, style.color]))];
      const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
      if (contrast < 4.5) wrong.push(`${said}: contrast ${contrast.toFixed(2)}`);
      if (parseFloat(style.fontSize) < 12) wrong.push(`${said}: letters of ${style.fontSize}`);
    }
    if (element.matches("button, select, input:not([type=hidden]), .button")) {
      const low = !element.matches("[type=range], [type=checkbox]") && box.height < 24;
      if (low) wrong.push(`${said}: ${box.height} pixels high`);
      const name = words || element.labels?.[0]?.textContent || element.title || element.querySelector("img")?.alt;
      if (!name?.trim()) wrong.push(`${element.outerHTML.slice(0, 90)}: no name`);
    }
  }
  return [...new Set(wrong)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_on_a_phone(browser: Any, studio: Any, panel: str, scheme: Any) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{studio.url}/#/{panel}")
    page.wait_for_selector(PANELS[panel], timeout=120_000)
    wrong = page.evaluate(LOOK)
    context.close()
    assert not wrong
