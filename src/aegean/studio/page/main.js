// Which panel is shown: the address says it, #/PANEL/RUN.

import { call } from "./api.js";
import { fail, h, words } from "./dom.js";

const PANELS = ["generate", "explore", "restore", "edit", "translate", "recognise"];
const room = document.getElementById("panel");
let leave = () => {};
let shown = 0;

async function show() {
  const mine = ++shown;
  const [panel = "runs", run] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  leave();
  leave = () => {};
  try {
    const facts = run && (PANELS.includes(panel) || panel === "look") ? await call("run", { run }) : null;
    if (mine !== shown) return;
    head(panel, facts);
    if (facts) document.documentElement.style.setProperty("--form", facts.spec.width / facts.spec.height);
    room.replaceChildren();
    const module = await import(`./${facts || panel === "train" || panel === "compare" ? panel : "runs"}.js`);
    if (mine !== shown) return;
    document.title = facts ? `${words(panel)} · ${facts.name} · aegean studio` : "aegean studio";
    if (facts && panel !== "look" && !facts.panels[panel]) {
      const other = Object.keys(facts.panels)[0];
      if (other) location.replace(`#/${other}/${encodeURIComponent(run)}`);
      else room.append(h("p", { class: "note" }, facts.problem ?? "This run has no panels."));
      return;
    }
    leave = (await module.mount(room, facts && panel !== "look" ? { facts, ...facts.panels[panel], run: facts.name } : { names: run })) ?? (() => {});
  } catch (error) {
    fail(error);
    room.replaceChildren(h("p", { class: "note" }, error.message));
  }
}

function head(panel, facts) {
  const tabs = [["runs", "Runs", "#/runs"]];
  if (facts) tabs.push(["look", "Overview", `#/look/${encodeURIComponent(facts.name)}`]);
  for (const name of PANELS) if (facts?.panels[name]) tabs.push([name, words(name), `#/${name}/${encodeURIComponent(facts.name)}`]);
  document.getElementById("tabs").replaceChildren(...tabs.map(([name, title, href]) =>
    h("a", { href, "aria-current": name === panel || (name === "runs" && !facts) ? "page" : null }, title)));
  document.getElementById("chosen").replaceChildren(...(facts ? [h("span", { class: "quiet", title: facts.data ?? "" }, facts.name)] : []));
}

addEventListener("hashchange", show);
addEventListener("keydown", (event) => {  // 1 to 9: the panels, from the left
  if (event.target.closest("input, select, textarea, [data-keys]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const tab = document.querySelectorAll("#tabs a")[Number(event.key) - 1];
  if (tab) tab.click();
});
show();
