// Before and after, one over the other, with a divider to drag.

import { h } from "./dom.js";

export function divider(before, after) {
  const slider = h("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "Divider between before and after" });
  const box = h("div", { class: "divider" }, h("img", { src: before, alt: "Before", onload: small }), h("img", { src: after, alt: "After", class: "over", onload: small }), h("i"), slider);
  const set = () => box.style.setProperty("--at", `${slider.value}%`);
  slider.addEventListener("input", set);
  set();
  return box;
}

function small(event) { if (event.target.naturalWidth <= 256) event.target.classList.add("pixels"); }
