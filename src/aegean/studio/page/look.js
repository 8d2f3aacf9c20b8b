// One run: its pictures, curves, figures and facts, live while it trains. The pieces of HTML are the report's own.

import { call } from "./api.js";
import { h } from "./dom.js";
import { buttons } from "./runs.js";

export async function mount(room, { names: run }) {
  const head = h("div", { class: "head" });
  const body = h("div", { class: "stage" });
  room.append(head, body);
  let told = "";
  async function refresh() {
    const one = await call("look", { run });
    const state = JSON.stringify(one);
    if (state === told) return one;
    told = state;
    const share = one.steps ? one.step / one.steps : 1;
    head.replaceChildren(h("h1", {}, one.name), h("p", { class: "quiet" }, `${one.title} · ${one.data}`),
      h("div", { class: "buttons" }, h("a", { class: "button", href: `#/train/${encodeURIComponent(run)}` }, "Train one like it"), buttons(one, share, refresh)));
    const part = (title, ...inside) => (inside.some(Boolean) ? h("section", { class: "part" }, h("h2", {}, title), inside) : null);
    const html = (piece, kind = "") => (piece ? h("div", { class: kind, innerHTML: piece }) : null);
    body.replaceChildren(...[
      one.live || share < 1 ? h("div", {}, h("progress", { max: 1, value: share }), h("p", { class: "quiet" }, `${one.live ? "Training" : "Stopped"}: step ${one.step.toLocaleString("en")} of ${one.steps.toLocaleString("en")}`)) : null,
      one.failed || one.verdict ? h("p", { class: "note" }, one.failed ?? one.verdict) : null,
      pictures(one),
      part("Curves", html(one.curves)),
      part("Measured", html(one.measured)),
      part("The run", html(one.facts), html(one.commands)),
      h("details", {}, h("summary", {}, "Every setting"), html(one.settings)),
    ].filter(Boolean));
    return one;
  }
  const first = await refresh();
  const timer = setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 3000);
  return Object.assign(() => clearInterval(timer), { facts: first });
}

function pictures(one) {
  const count = one.previews, last = Math.max(0, count - 1);
  const source = (k) => `picture/${encodeURIComponent(one.name)}?k=${k}&v=${one.previews}-${one.step}`;
  const image = h("img", { src: source(count ? last : -1), alt: "What it makes", class: "preview", onerror: (event) => event.target.parentElement.remove() });
  if (count < 2) return h("section", { class: "part" }, image);
  const said = h("output", {}, `step ${one.steps_shown[last]}`);
  const slider = h("input", { type: "range", min: 0, max: last, value: last, step: 1, "aria-label": "Step of the preview", oninput: () => { image.src = source(slider.value); said.value = `step ${one.steps_shown[slider.value]}`; } });
  return h("section", { class: "part" }, image, h("div", { class: "row" }, slider, said));
}
