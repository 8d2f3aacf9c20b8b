// Edit: a slider for each attribute, both ways; before and after with a divider, the difference beside.

import { call } from "./api.js";
import { address, control, fail, h, save, words } from "./dom.js";
import { divider } from "./divider.js";
import { figure } from "./restore.js";
import { source } from "./source.js";

export function mount(room, { run, facts, attributes }) {
  let chosen = null, asked = null, stop = null;
  const stage = h("div", { class: "stage results" }, h("p", { class: "quiet" }, "Choose a picture, then move a slider."));
  const sliders = attributes.map((name) => control({ name, label: words(name), kind: "range", low: -1.5, high: 1.5, step: 0.05, default: 0 }));
  const centre = control({ name: "centre", label: "The centre, not the face", kind: "switch", default: false }, false, () => edit());
  const find = h("input", { type: "search", placeholder: "Find an attribute", "aria-label": "Find an attribute", oninput: () => { for (const one of sliders) one.element.hidden = !one.name.toLowerCase().includes(find.value.toLowerCase()); } });
  const from = source({ run, facts, draws: false, chosen: (given) => { chosen = given; edit(); } });
  for (const one of sliders) one.input.addEventListener("change", () => edit());

  async function edit() {
    if (!chosen) return;
    stop?.abort();
    stop = new AbortController();
    stage.classList.add("waiting");
    const amounts = Object.fromEntries(sliders.filter((one) => one.value).map((one) => [one.name, one.value]));
    const mine = (asked = {});
    try {
      const made = await call("edit", { run, picture: chosen, amounts, centre: centre.value }, { signal: stop.signal });
      if (mine !== asked) return;
      const [top, left, side] = made.square, [width, height] = made.size;
      const seen = h("i", { class: "seen", style: `left:${(100 * left) / width}%;top:${(100 * top) / height}%;width:${(100 * side) / width}%;height:${(100 * side) / height}%` });
      const shown = divider(address(made.before), address(made.after));
      if (side < Math.max(width, height)) shown.append(seen);
      stage.replaceChildren(h("div", { class: "two" }, shown, figure("Difference, three times as strong: grey is no change", made.difference)),
        h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => save(made.after, `${run}-edited.png`) }, "Save"),
          h("button", { type: "button", onclick: () => { for (const one of sliders) { one.input.value = 0; one.input.dispatchEvent(new Event("input")); } edit(); } }, "All to 0")));
    } catch (error) { fail(error); } finally { if (mine === asked) stage.classList.remove("waiting"); }
  }

  room.append(h("div", { class: "head" }, h("h1", {}, "Edit")), h("div", { class: "desk" },
    h("div", { class: "controls" }, from.element, centre.element, attributes.length > 8 ? find : null, h("div", { class: "sliders" }, sliders.map((one) => one.element))), stage));
  from.strip().catch(() => {});
  return from.leave;
}
