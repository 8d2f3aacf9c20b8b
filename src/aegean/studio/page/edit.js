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
  const face = control({ name: "face", label: "Face, from the left", kind: "choice", choices: [], optional: true, none: "all", default: null }, null, () => edit());
  face.element.hidden = true;
  function offer(count) {
    face.element.hidden = count < 2;
    face.input.replaceChildren(h("option", { value: "" }, "all"), ...Array.from({ length: count }, (_, k) => h("option", { value: k + 1 }, k + 1)));
  }
  const find = h("input", { type: "search", placeholder: "Find an attribute", "aria-label": "Find an attribute", oninput: () => { for (const one of sliders) one.element.hidden = !one.name.toLowerCase().includes(find.value.toLowerCase()); } });
  const from = source({ run, facts, draws: false, chosen: (given) => { chosen = given; offer(0); edit(); } });
  for (const one of sliders) one.input.addEventListener("change", () => edit());

  async function edit() {
    if (!chosen) return;
    stop?.abort();
    stop = new AbortController();
    stage.classList.add("waiting");
    const amounts = Object.fromEntries(sliders.filter((one) => one.value).map((one) => [one.name, one.value]));
    const mine = (asked = {});
    try {
      const made = await call("edit", { run, picture: chosen, amounts, face: face.input.value ? Number(face.input.value) : null, centre: centre.value }, { signal: stop.signal });
      if (mine !== asked) return;
      const shown = divider(address(made.before), address(made.after));
      shown.append(outline(made.faces));
      if (!face.input.value) offer(made.faces.length);
      stage.replaceChildren(h("div", { class: "two" }, shown, figure("Difference, three times as strong: grey is no change", made.difference)),
        h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => save(made.after, `${run}-edited.png`) }, "Save"),
          h("button", { type: "button", onclick: () => { for (const one of sliders) { one.input.value = 0; one.input.dispatchEvent(new Event("input")); } edit(); } }, "All to 0")));
    } catch (error) { fail(error); } finally { if (mine === asked) stage.classList.remove("waiting"); }
  }

  room.append(h("div", { class: "head" }, h("h1", {}, "Edit")), h("div", { class: "desk" },
    h("div", { class: "controls" }, from.element, face.element, centre.element, attributes.length > 8 ? find : null, h("div", { class: "sliders" }, sliders.map((one) => one.element))), stage));
  from.strip().catch(() => {});
  return from.leave;
}

// The faces that were edited, outlined where they lie in the photo.
function outline(faces) {
  const box = h("div", { class: "outline" });
  const path = faces.map((corners) => `M${corners.map((place) => place.map((part) => (100 * part).toFixed(2)).join(" ")).join("L")}Z`).join("");
  box.innerHTML = `<svg viewBox="0 0 100 100" preserveAspectRatio="none"><path d="${path}" vector-effect="non-scaling-stroke"/></svg>`;
  return box;
}
