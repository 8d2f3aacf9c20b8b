// A training: the settings that the command line has, from the same declarations.

import { call } from "./api.js";
import { action, control, fail, h, words } from "./dom.js";

const FIRST = ["data", "steps", "batch_size", "learning_rate", "latent", "width", "seed", "size"];  // the others fold away

export async function mount(room, { names: like }) {
  const { families, datasets, folders } = await call("families");
  const form = h("div", { class: "form" });
  let controls = [], name = null, family = "vae", usual = {};
  const chooser = h("select", { id: "family", disabled: Boolean(like), onchange: () => load(chooser.value).catch(fail) },
    families.map((one) => h("option", { value: one.name, selected: one.name === "vae" }, `${one.name} — ${one.summary}`)));

  async function load(wanted) {
    const told = await call("settings", { family: wanted, like: like ?? null });
    family = chooser.value = told.family;
    usual = {};
    controls = [];
    const known = [...datasets.map((one) => one.name), ...folders];
    const fields = Object.entries(told.parts).flatMap(([part, some]) => some.map((field) => ({ ...field, part })));
    const make = (field) => {
      usual[field.name] = JSON.stringify(field.default);
      const shaped = field.name === "data" || field.name === "other" ? { ...field, kind: "choice", choices: [...new Set([...known, field.default].filter(Boolean))] } : field;
      const one = control(shaped);
      controls.push(one);
      return h("div", { class: "setting" }, one.element, h("p", { class: "quiet small" }, field.help));
    };
    const first = fields.filter((field) => FIRST.includes(field.name)), rest = fields.filter((field) => !FIRST.includes(field.name));
    name = control({ name: "name", kind: "text", default: told.name, label: "Name of the run" });
    form.replaceChildren(h("div", { class: "fields" }, h("div", { class: "setting" }, name.element), first.map(make)),
      ...["data", "model", "training"].map((part) => h("details", {}, h("summary", {}, `More of the ${part}`), h("div", { class: "fields" }, rest.filter((field) => field.part === part).map(make)))));
  }

  const start = action("Start", async () => {
    const changes = Object.fromEntries(controls.filter((one) => JSON.stringify(one.value) !== usual[one.name]).map((one) => [one.name, one.value]));
    const { run } = await call("train", { family, changes, name: name.value, like: like ?? null });
    location.hash = "#/runs";
    return run;
  }, "primary");
  room.append(h("div", { class: "head" }, h("h1", {}, like ? `Train one like ${like}` : "Train a model")),
    h("div", { class: "field wide-field" }, h("label", { for: "family" }, "Family"), chooser), form, h("div", { class: "buttons sticky" }, start));
  await load(family);
}
