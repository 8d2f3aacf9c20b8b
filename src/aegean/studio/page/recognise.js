// Recognise: classes with bars, what the layers see, and pictures like it.

import { call } from "./api.js";
import { action, control, fail, h, picture, words } from "./dom.js";
import { need } from "./restore.js";
import { source } from "./source.js";

export async function mount(room, { run, facts, classifies, networks }) {
  let chosen = null;
  const { folders } = await call("families");
  const network = control({ name: "network", kind: "choice", choices: networks, default: classifies ? networks[0] : networks[1] }, undefined, () => { layers(); if (chosen) recognise().catch(fail); });
  const bars = h("div", { class: "bars" }), found = h("div", { class: "stage" }), maps = h("div", { class: "stage" });
  const layer = h("select", { "aria-label": "Layer" });
  const folder = folders.length ? control({ name: "folder", kind: "choice", choices: folders, default: folders[0] }) : null;
  const from = source({ run, facts, chosen: (given) => { chosen = given; recognise().catch(fail); } });
  const told = () => ({ run, picture: chosen, network: network.value });

  async function recognise() {
    if (!classifies && network.value === networks[0]) return bars.replaceChildren(h("p", { class: "quiet" }, "This run names no classes; choose another network for that."));
    const { classes } = await call("recognise", told());
    bars.replaceChildren(...classes.map(({ name, probability }) => h("div", { class: "bar" }, h("span", {}, words(name)),
      h("meter", { value: probability, max: 1, "aria-label": name }), h("output", {}, `${(100 * probability).toFixed(probability < 0.0995 ? 1 : 0)} %`))));
  }
  async function layers() {
    try {
      const { layers: known } = await call("layers", { run, network: network.value });
      layer.replaceChildren(...known.filter((one) => one.shape.length === 3).map((one) => h("option", { value: one.name }, `${one.name} · ${one.kind} · ${one.shape.join(" × ")}`)));
    } catch (error) { fail(error); }
  }
  async function see() {
    need(chosen);
    const made = await call("layer", { ...told(), layer: layer.value });
    maps.replaceChildren(h("div", { class: "grid", style: "--cell:72px" }, made.maps.map((one, k) => picture(one, `Channel ${k}`, { class: "pixels tile" }))));
  }
  async function similar() {
    need(chosen);
    const { found: alike } = await call("similar", { ...told(), folder: folder.value });
    found.replaceChildren(h("div", { class: "grid", style: "--cell:120px" }, alike.map((one) => h("figure", {}, picture(one.picture, one.name, { class: "tile" }), h("figcaption", {}, `${one.similarity.toFixed(3)} ${one.name}`)))));
  }

  room.append(h("div", { class: "head" }, h("h1", {}, "Recognise")), h("div", { class: "desk" },
    h("div", { class: "controls" }, from.element, network.element), h("div", { class: "stage" },
      h("section", { class: "part" }, h("h2", {}, "What it is"), bars),
      h("section", { class: "part" }, h("h2", {}, "What the layers see"), h("div", { class: "row" }, layer, action("Show", see)), maps),
      h("section", { class: "part" }, h("h2", {}, "Pictures like it"),
        folder ? h("div", { class: "row" }, folder.element, action("Look", similar)) : h("p", { class: "quiet" }, "Start the studio with --pictures FOLDER to look in a folder."), found))));
  layers();
  from.strip().catch(() => {});
  return from.leave;
}
