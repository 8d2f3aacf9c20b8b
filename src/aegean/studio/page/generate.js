// Generate: new pictures; choose one to walk around it, or to keep it.

import { call } from "./api.js";
import { action, control, fail, h, picture, save } from "./dom.js";

export function mount(room, { run, facts, labels, settings }) {
  const fields = [
    labels.length ? { name: "label", kind: "choice", choices: labels, optional: true, none: "every class in turn", default: null } : null,
    { name: "count", kind: "integer", low: 1, high: 100, default: 25, label: "Pictures" },
    { name: "seed", kind: "integer", default: 0 },
    { name: "temperature", kind: "range", low: 0, high: 2, step: 0.05, default: 1 },
  ].filter(Boolean).map((field) => control(field));
  const more = settings.map((field) => control(field));
  const sheet = h("div", { class: "grid", style: `--cell:${Math.max(64, Math.min(160, facts.spec.width))}px` });
  const beside = h("aside", { class: "beside" });
  const valueOf = (controls) => Object.fromEntries(controls.map((one) => [one.name, one.value]));

  async function make() {
    const asked = { run, ...valueOf(fields), settings: valueOf(more) };
    sheet.classList.add("waiting");
    const { pictures, command } = await call("generate", asked).finally(() => sheet.classList.remove("waiting"));
    sheet.replaceChildren(...pictures.map((file, k) =>
      h("button", { class: "cell", "aria-label": `Picture ${k + 1}`, onclick: () => choose(file, k, asked) }, picture(file, "", { class: "pixels" }))));
    said.textContent = command;
    beside.replaceChildren();
  }

  function choose(file, k, asked) {
    for (const [j, cell] of [...sheet.children].entries()) cell.setAttribute("aria-pressed", String(j === k));
    beside.replaceChildren(
      picture(file, `Picture ${k + 1} of seed ${asked.seed}`, { class: "pixels large" }),
      h("p", { class: "quiet" }, `Picture ${k + 1} of seed ${asked.seed}`),
      near,
      h("div", { class: "buttons" }, h("button", { onclick: () => save(file, `${run}-seed-${asked.seed}-${k + 1}.png`) }, "Save"),
        action("Walk around it", () => walk(k, asked))));
    near.replaceChildren();
  }

  async function walk(k, { settings: _, ...asked }) {
    const { pictures } = await call("around", { ...asked, picture: k });
    near.replaceChildren(h("div", { class: "nine" }, pictures.map((one, j) =>
      h("button", { class: "cell", "aria-label": `Around, ${j + 1} of 9`, "aria-pressed": String(j === 4), onclick: () => save(one, `${run}-around-${j + 1}.png`) }, picture(one, "", { class: "pixels" })))),
      h("p", { class: "quiet small" }, "It is in the middle; around it, a quarter of the way to eight others. Click one to save it."));
  }
  const near = h("div", {});

  const said = h("code", {});
  const form = h("form", { class: "controls", onsubmit: (event) => { event.preventDefault(); go.click(); } },
    fields.map((one) => one.element), more.map((one) => one.element));
  const go = action("Generate", make, "primary");
  form.append(h("div", { class: "buttons" }, go, action("Other ones", async () => {
    const seed = fields.find((one) => one.name === "seed").input;
    seed.value = Math.floor(Math.random() * 1e6);
    await make();
  })));
  room.append(h("div", { class: "head" }, h("h1", {}, "Generate")),
    h("div", { class: "desk" }, form, h("div", { class: "stage" }, h("div", { class: "pair" }, sheet, beside), h("p", { class: "command" }, said))));
  make().catch(fail);
}
