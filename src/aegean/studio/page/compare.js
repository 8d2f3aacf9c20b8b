// Runs beside one another: which was best, and what was different.

import { call } from "./api.js";
import { h, words } from "./dom.js";

export async function mount(room, { names }) {
  const told = await call("compare", { runs: names.split(",").map(decodeURIComponent) });
  const stage = h("div", { class: "stage" });
  let order = told.runs.map((_, k) => k); // of the columns
  const draw = () => stage.replaceChildren(...parts(told, order, (row) => { order = bestFirst(order, row); draw(); }).filter(Boolean));
  room.append(h("div", { class: "head" }, h("h1", {}, "Compare")), stage);
  draw();
}

// Runs that have no such figure come last.
export const bestFirst = (order, { values, better }) => [...order].sort((a, b) =>
  (values[a] === null) - (values[b] === null) || (better === "larger" ? values[b] - values[a] : values[a] - values[b]));

function parts(told, order, sort) {
  const runs = order.map((k) => told.runs[k]), cells = (row, cell) => order.map((k) => cell(row.values[k], k));
  const short = (value) => (value === null ? "" : Number(value).toPrecision(4));
  const arrow = { smaller: "↓", larger: "↑" };
  const table = (head, rows) => h("div", { class: "wide" }, h("table", {}, h("tr", {}, head, runs.map((run) => h("th", { scope: "col" }, h("a", { href: `#/look/${encodeURIComponent(run.name)}` }, run.name)))), rows));
  const part = (title, inside) => h("section", { class: "part" }, h("h2", {}, title), inside);
  const metric = (row) => (arrow[row.better] ? h("button", { class: "link", type: "button", title: "The best first", onclick: () => sort(row) }, `${words(row.metric)} ${arrow[row.better]}`) : words(row.metric));
  const known = (row) => Object.entries(row.settings).map((pair) => pair.join(" ")).join(", ");
  return [
    h("div", { class: "faces" }, runs.map((run) => h("figure", {}, h("img", { src: `picture/${encodeURIComponent(run.name)}?v=${run.previews}-${run.step}`, alt: "", onerror: (event) => event.target.remove() }), h("figcaption", {}, run.name)))),
    told.figures.length ? part("Figures", table(h("th", {}, "metric"), told.figures.map((row) => h("tr", {}, h("th", { scope: "row", title: known(row) }, metric(row), h("small", {}, ` ${row.split}, ${row.unit}`)),
      cells(row, (value, k) => h("td", { class: row.best === k ? "best" : null }, short(value))))))) : null,
    part("Settings that differ", told.settings.length ? table(h("th", {}, "setting"), told.settings.map((row) => h("tr", {}, h("th", { scope: "row" }, words(row.name)), cells(row, (value) => h("td", {}, value))))) : h("p", { class: "quiet" }, "None.")),
    told.curves ? part("Curves", h("div", { innerHTML: told.curves })) : null,
  ];
}
