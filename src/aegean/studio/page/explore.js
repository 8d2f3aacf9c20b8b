// Explore: the picture under the pointer, on a map of codes; along directions; between four corners; as a film.

import { call } from "./api.js";
import { action, address, control, fail, h, save, toast } from "./dom.js";
import { Drag } from "./drag.js";
import { CodeMap } from "./map.js";

export async function mount(room, { run, facts, labels }) {
  const label = labels.length ? control({ name: "label", kind: "choice", choices: labels, default: labels[0] }) : null;
  const canvas = h("canvas", { class: "canvas", width: facts.spec.width, height: facts.spec.height, "aria-label": "The picture here" });
  if (facts.spec.width < 200) canvas.classList.add("pixels");
  const stage = h("div", { class: "explore" }, h("p", { class: "quiet" }, "Laying out the codes …"));
  room.append(h("div", { class: "head" }, h("h1", {}, "Explore")), stage);
  const found = await call("codes", { run });

  let corners = null, recording = null;
  const sliders = Array.from({ length: found.directions }, (_, k) =>
    control({ name: `along-${k}`, label: `Direction ${k + 1}`, kind: "range", low: -3, high: 3, step: 0.05, default: 0 }));
  const state = () => ({ run, map: map.kind, along: sliders.map((one) => one.value), label: label?.value ?? null });
  const drag = new Drag(canvas, (place) => ({ ...state(), place, corners: place === square.place ? corners : null }));

  const map = new CodeMap(found, { moved: (place) => { square.place = null; show(place); }, picked: pickCorner });
  const square = squareOf((place) => { square.place = place; show(place); });
  let last = [0, 0];
  function show(place) {
    last = place;
    drag.to(place);
    if (recording) recording.push(place);
  }
  for (const one of sliders) one.input.addEventListener("input", () => { square.place = null; map.focused || map.focus(map.middle); show(map.place); });
  label?.input.addEventListener("change", () => show(last));

  function pickCorner(dot) {
    corners = [...(corners ?? []), dot].slice(-4);
    square.show(corners, found);
  }
  const record = h("button", { onclick: toggle }, "Record");
  async function toggle() {
    if (!recording) {
      recording = [];
      record.textContent = "Stop";
      record.classList.add("recording");
      return;
    }
    const way = thin(recording, 600);
    recording = null;
    record.textContent = "Record";
    record.classList.remove("recording");
    if (way.length < 2) return toast("Nothing was recorded: drag while it records.");
    record.disabled = true;
    try {
      const made = await call("film", { ...state(), way, corners: square.place ? corners : null }, { progress: ({ done, total }) => { if (total) record.textContent = `${done} of ${total}`; } });
      film.replaceChildren(h("img", { src: address(made.film), alt: "The film", class: "large" }),
        h("div", { class: "buttons" }, h("button", { onclick: () => save(made.film, `${run}-walk.webp`) }, "Save the film")));
    } catch (error) { fail(error); } finally { record.disabled = false; record.textContent = "Record"; }
  }
  const film = h("div", { class: "film-made" });
  const reset = h("button", { onclick: () => { for (const one of sliders) { one.input.value = 0; one.input.dispatchEvent(new Event("input")); } } }, "Directions to 0");
  const walk = action("Four corners", async () => {
    corners = Array.from({ length: 4 }, () => Math.floor(Math.random() * found.places.length));
    square.show(corners, found);
    square.go([0.5, 0.5]);
  });
  const kinds = found.maps.length > 1 ? control({ name: "map", kind: "choice", choices: found.maps, default: "pca" }, "pca", async (kind) => {
    try { map.lay((await call("codes", { run, map: kind })).places, kind); } catch (error) { fail(error); }
  }) : null;

  stage.replaceChildren(
    h("div", { class: "map-side" }, map.element, h("p", { class: "quiet" },
      found.real ? `Each dot is the code of a test image${found.labels ? ", coloured by its class" : ""}.` : "Each dot is a random draw of the model’s noise.",
      " Drag, or use the arrow keys; double-click dots, or press Enter, for corners.")),
    h("div", { class: "picture-side" }, canvas, h("div", { class: "buttons" }, record, walk), square.element, film),
    h("div", { class: "slider-side" }, label?.element, kinds?.element, sliders.map((one) => one.element), h("div", { class: "buttons" }, reset)));
  map.resize();
  map.focus(map.middle);
  show(map.middle);
  return () => { drag.stop(); map.leave(); };
}

// The square between four dots, to drag in.
function squareOf(moved) {
  const pad = h("div", { class: "square", tabIndex: 0, hidden: true, role: "application", "aria-label": "Between four corners: drag, or use the arrow keys", "data-keys": "" });
  const spot = h("i", { class: "spot" });
  let at = [0.5, 0.5], down = false;
  const go = (place) => {
    at = place.map((part) => Math.min(1, Math.max(0, part)));
    spot.style.left = `${100 * at[0]}%`;
    spot.style.top = `${100 * at[1]}%`;
    moved(at);
  };
  const from = (event) => { const box = pad.getBoundingClientRect(); go([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]); };
  pad.addEventListener("pointerdown", (event) => { down = true; pad.setPointerCapture(event.pointerId); from(event); });
  pad.addEventListener("pointermove", (event) => { if (down) from(event); });
  pad.addEventListener("pointerup", () => { down = false; });
  pad.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, -0.05], ArrowDown: [0, 0.05] }[event.key];
    if (step) { event.preventDefault(); go([at[0] + step[0], at[1] + step[1]]); }
  });
  return {
    element: pad, place: null, go,
    show(corners, found) {
      pad.hidden = false;
      pad.replaceChildren(...corners.map((dot, k) => h("i", { class: `corner corner${k}`, style: thumbnailStyle(found, dot) })), spot);
      if (corners.length < 4) toast(`Corner ${corners.length} of 4.`);
      pad.classList.toggle("open", corners.length === 4);
    },
  };
}

export function thumbnailStyle({ sheet, columns, thumbnail }, dot) {
  return `background-image:url(${address(sheet)});background-position:${-(dot % columns) * thumbnail}px ${-Math.floor(dot / columns) * thumbnail}px;width:${thumbnail}px;height:${thumbnail}px`;
}

function thin(way, most) {
  const step = Math.max(1, way.length / most);
  return Array.from({ length: Math.min(most, way.length) }, (_, k) => way[Math.floor(k * step)]);
}
