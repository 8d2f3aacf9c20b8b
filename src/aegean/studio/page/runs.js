// Runs: a card each.

import { call } from "./api.js";
import { fail, h } from "./dom.js";

export async function mount(room) {
  const list = h("div", { class: "cards" });
  room.append(h("div", { class: "head" }, h("h1", {}, "Runs")), list);
  let told = "";
  async function refresh() {
    const { runs, folder } = await call("runs");
    const state = JSON.stringify(runs);
    if (state === told) return;
    told = state;
    list.replaceChildren(...runs.map(card));
    if (!runs.length) list.replaceChildren(h("p", { class: "quiet" }, `No runs in ${folder} yet.`));
  }
  await refresh();
  const timer = setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 3000);
  return () => clearInterval(timer);
}

function card(run) {
  if (run.problem) return h("article", { class: "card" }, h("h2", {}, run.name), h("p", { class: "note" }, run.problem));
  const href = `#/generate/${encodeURIComponent(run.name)}`;
  const share = run.steps ? Math.min(1, run.step / run.steps) : 1;
  return h("article", { class: "card" },
    h("a", { class: "face", href, tabIndex: -1, "aria-hidden": "true" }, h("img", { src: `picture/${encodeURIComponent(run.name)}?v=${run.previews}-${run.step}`, alt: "", loading: "lazy", onerror: (event) => event.target.remove() })),
    h("h2", {}, h("a", { href }, run.name)),
    h("p", { class: "quiet" }, `${run.title} · ${run.data}`),
    share < 1 ? h("progress", { max: 1, value: share, title: `step ${run.step} of ${run.steps}` }) : null,
  );
}
