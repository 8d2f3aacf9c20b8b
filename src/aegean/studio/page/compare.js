// Runs beside one another: which was best, and what was different.

import { call } from "./api.js";
import { h, words } from "./dom.js";

export async function mount(room, { names }) {
  const told = await call("compare", { runs: names.split(",").map(decodeURIComponent) });
  const columns = told.runs.map((run) => h("th", { scope: "col" }, h("a", { href: `#/look/${encodeURIComponent(run.name)}` }, run.name)));
  const short = (value) => (value === null ? "" : Number(value).toPrecision(4));
  const arrow = { smaller: "↓", larger: "↑" };
  const table = (head, rows) => h("div", { class: "wide" }, h("table", {}, h("tr", {}, head, columns.map((one) => one.cloneNode(true))), rows));
  const part = (title, inside) => h("section", { class: "part" }, h("h2", {}, title), inside);
  room.append(h("div", { class: "head" }, h("h1", {}, "Compare")), h("div", { class: "stage" },
    h("div", { class: "faces" }, told.runs.map((run) => h("figure", {}, h("img", { src: `picture/${encodeURIComponent(run.name)}?v=${run.previews}-${run.step}`, alt: "", onerror: (event) => event.target.remove() }), h("figcaption", {}, run.name)))),
    told.figures.length ? part("Figures", table(h("th", {}, "metric"), told.figures.map((row) => h("tr", {}, h("th", { scope: "row", title: Object.entries(row.settings).map((pair) => pair.join(" ")).join(", ") }, `${words(row.metric)} ${arrow[row.better] ?? ""}`, h("small", {}, ` ${row.split}, ${row.unit}`)),
      row.values.map((value, k) => h("td", { class: row.best === k ? "best" : null }, short(value))))))) : null,
    part("Settings that differ", told.settings.length ? table(h("th", {}, "setting"), told.settings.map((row) => h("tr", {}, h("th", { scope: "row" }, words(row.name)), row.values.map((value) => h("td", {}, value))))) : h("p", { class: "quiet" }, "None.")),
    told.curves ? part("Curves", h("div", { innerHTML: told.curves })) : null));
}
