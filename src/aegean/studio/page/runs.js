// Runs: a card each, live while one trains.

import { call, runsNow } from "./api.js";
import { action, fail, h, toast } from "./dom.js";

export async function mount(room) {
  const list = h("div", { class: "cards" });
  const chosen = new Set();
  const compare = h("a", { class: "button", hidden: true }, "Compare");
  room.append(h("div", { class: "head" }, h("h1", {}, "Runs"), h("div", { class: "buttons" }, compare, h("a", { class: "button primary", href: "#/train" }, "Train a model"))), list);
  const mark = (name, on) => {
    chosen[on ? "add" : "delete"](name);
    compare.hidden = chosen.size < 2;
    compare.href = `#/compare/${[...chosen].map(encodeURIComponent).join(",")}`;
    compare.textContent = `Compare ${chosen.size}`;
  };
  let told = "";
  async function refresh() {
    const { runs, folder } = await runsNow();
    const state = JSON.stringify(runs);
    if (state === told) return;
    told = state;
    list.replaceChildren(...runs.map((run) => card(run, chosen, mark, refresh)));
    if (!runs.length) list.replaceChildren(h("p", { class: "quiet" }, `No runs in ${folder} yet: train a model.`));
  }
  await refresh();
  const timer = setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 3000);
  return () => clearInterval(timer);
}

function card(run, chosen, mark, refresh) {
  const href = `#/look/${encodeURIComponent(run.name)}`;
  const known = Boolean(run.family);
  const share = run.steps ? Math.min(1, run.step / run.steps) : 1;
  const box = h("input", { type: "checkbox", checked: chosen.has(run.name), "aria-label": `Compare ${run.name}`, onchange: () => mark(run.name, box.checked) });
  return h("article", { class: `card${run.live ? " live" : ""}` },
    h("a", { class: "face", href: known ? href : null, tabIndex: -1, "aria-hidden": "true" }, known ? h("img", { src: `picture/${encodeURIComponent(run.name)}?v=${run.previews}-${run.step}`, alt: "", loading: "lazy", onerror: (event) => event.target.remove() }) : null),
    h("div", { class: "card-head" }, h("h2", {}, known ? h("a", { href }, run.name) : run.name), known ? box : null),
    known ? h("p", { class: "quiet" }, `${run.title} · ${run.data}`) : h("p", { class: "quiet" }, run.live ? "Starting …" : ""),
    run.problem || run.failed ? h("p", { class: "note" }, run.problem ?? run.failed) : null,
    run.live || share < 1 ? h("div", {}, h("progress", { max: 1, value: share }), h("p", { class: "quiet small" }, `step ${run.step.toLocaleString("en")} of ${run.steps.toLocaleString("en")}${run.seconds ? `, ${run.seconds}` : ""}`)) : best(run),
    h("div", { class: "buttons small" }, ...buttons(run, share, refresh)));
}

function best(run) {
  const figure = run.figures?.[0];
  return figure ? h("p", { class: "quiet small" }, `${figure.metric.replaceAll("_", " ")} ${Number(figure.value).toPrecision(4)} ${figure.unit}`) : null;
}

export function buttons(run, share, after) {
  const made = [];
  if (run.live) made.push(action("Stop", async () => { await call("stop", { run: run.name }); toast(`${run.name} stops after this step.`); await after(); }));
  else if (run.family && share < 1) made.push(action("Resume", async () => { await call("resume", { run: run.name }); await after(); }));
  if (run.family && !run.live) made.push(action("Delete", async () => {
    if (!(await sure(`Move ${run.name} to the bin?`, "Move it"))) return;
    const { kept } = await call("delete", { run: run.name });
    toast(`${run.name} is in the bin.`, { name: "Take it back", act: () => call("undelete", { kept }).then(after).catch(fail) });
    if (location.hash.startsWith("#/look")) location.hash = "#/runs";
    else await after();
  }, "quiet-button danger"));
  return made;
}

function sure(question, yes) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { onclose: () => { dialog.remove(); resolve(dialog.returnValue === "yes"); } },
      h("p", {}, question), h("div", { class: "buttons" }, h("button", { class: "primary", onclick: () => dialog.close("yes") }, yes), h("button", { onclick: () => dialog.close("no") }, "Keep it")));
    document.body.append(dialog);
    dialog.showModal();
  });
}
