// Translate: a photo and its way back, or a film with its progress.

import { call } from "./api.js";
import { action, address, control, h, save, words } from "./dom.js";
import { divider } from "./divider.js";
import { figure, need } from "./restore.js";
import { source } from "./source.js";

export function mount(room, { run, facts, domains }) {
  let chosen = null, film = false, stop = null;
  const stage = h("div", { class: "stage results" }, h("p", { class: "quiet" }, domains.length ? `A photo or a film of ${domains[0]} becomes one of ${domains[1]}, or the other way.` : "A photo or a film becomes what the model learned to make of it."));
  const to = domains.length ? control({ name: "to", kind: "choice", choices: domains, default: domains[1] }) : { element: null, value: null };
  const size = control({ name: "size", kind: "integer", low: 8, high: 2048, optional: true, default: 256, label: "Short side, pixels" });
  const steady = control({ name: "steady", kind: "range", low: 0, high: 1, step: 0.05, default: 0.5, label: "Steady (films)" });
  const from = source({ run, facts, films: true, draws: false, chosen: (given, what) => { chosen = given; film = what.film; } });

  async function photo() {
    const made = await call("translate", { run, picture: chosen, to: to.value, size: size.value });
    stage.replaceChildren(divider(address(made.before), address(made.after)),
      h("div", { class: "three" }, figure("Before", made.before), figure(to.value ? words(to.value) : "After", made.after), made.back && figure("And back", made.back)),
      h("p", { class: "command" }, h("code", {}, made.command)),
      h("div", { class: "buttons" }, h("button", { onclick: () => save(made.after, `${run}.png`) }, "Save")));
  }

  async function frames() {
    const bar = h("progress", { max: 1 }), said = h("p", { class: "quiet" }, "The first frame …");
    stop = new AbortController();
    stage.replaceChildren(bar, said, h("div", { class: "buttons" }, h("button", { onclick: () => { stop.abort(); stage.replaceChildren(h("p", { class: "quiet" }, "Stopped.")); } }, "Stop")));
    const made = await call("translate_film", { run, film: chosen, to: to.value, size: size.value, steady: steady.value }, {
      signal: stop.signal,
      progress: ({ done, total }) => { if (done) { said.textContent = total ? `${done} of ${total} frames` : `${done} frames`; if (total) bar.value = done / total; } },
    });
    stage.replaceChildren(h("video", { src: address(made.film), controls: true, loop: true, class: "large" }),
      h("div", { class: "buttons" }, h("button", { onclick: () => save(made.film, `${run}.mp4`) }, "Save")));
  }

  room.append(h("div", { class: "head" }, h("h1", {}, "Translate")), h("div", { class: "desk" },
    h("div", { class: "controls" }, from.element, to.element, size.element, steady.element,
      h("div", { class: "buttons" }, action("Translate", async () => { need(chosen); await (film ? frames() : photo()); }, "primary"))), stage));
  from.strip().catch(() => {});
  return () => { from.leave(); stop?.abort(); };
}
