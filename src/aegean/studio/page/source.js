// Where a picture comes from: a file that is chosen, dropped or pasted, a test image, or a drawing.

import { call, upload } from "./api.js";
import { fail, h, picture } from "./dom.js";

export function source({ run, facts, chosen, films = false, draws = true }) {
  const preview = h("div", { class: "source-shown" });
  const file = h("input", { type: "file", accept: films ? "image/*,video/*" : "image/*", class: "visually-hidden", id: `file-${run}` });
  const drop = h("label", { class: "drop", for: file.id }, h("strong", {}, films ? "A photo or a film" : "A picture"), h("span", { class: "quiet" }, "drop, paste or choose"));
  const panel = h("div", { class: "source-more" });
  const tab = (name, open) => h("button", { type: "button", onclick: () => open().catch(fail) }, name);
  const box = h("div", { class: "source" }, file, drop, h("div", { class: "buttons" },
    tab("Test images", strip), draws ? tab("Draw", async () => draw()) : null), panel, preview);

  async function take(blob, name) {
    if (!blob) return;
    const film = blob.type.startsWith("video/");
    const given = await upload(blob, name);
    show(film ? null : URL.createObjectURL(blob), name);
    chosen(given, { film, url: film ? null : URL.createObjectURL(blob) });
  }
  const show = (url, name) => preview.replaceChildren(url ? h("img", { src: url, alt: "The picture chosen", class: "pixels-if-small", onload: small }) : h("p", { class: "quiet" }, name));
  const got = (blob, name = "picture.png") => take(blob, name).catch(fail);
  file.addEventListener("change", () => got(file.files[0], file.files[0]?.name));
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); got(event.dataTransfer.files[0], event.dataTransfer.files[0]?.name); });
  const pasted = (event) => { const item = event.clipboardData.files[0]; if (item) got(item, item.name); };
  addEventListener("paste", pasted);

  async function strip(start = 0) {
    const { pictures, total } = await call("images", { run, start });
    const pick = (k) => { const one = pictures[k]; preview.replaceChildren(picture(one, "The picture chosen", { class: "pixels-if-small", onload: small })); chosen({ test: start + k }, { film: false, url: `gradio_api/file=${one.path}` }); };
    panel.replaceChildren(h("div", { class: "strip" }, pictures.map((one, k) => h("button", { class: "cell", "aria-label": `Test image ${start + k}`, onclick: () => pick(k) }, picture(one, "", { class: "pixels" })))),
      h("div", { class: "buttons" }, start ? h("button", { class: "link", onclick: () => strip(Math.max(0, start - 24)).catch(fail) }, "Earlier") : null,
        start + 24 < total ? h("button", { class: "link", onclick: () => strip(start + 24).catch(fail) }, "More") : null));
    if (!start) pick(0);
  }

  function draw() {
    const { width, height } = facts.spec, times = Math.max(10, 280 / Math.min(width, height));
    const pad = drawing(Math.round(times * width), Math.round(times * height), facts.spec.channels === 1 ? ["#000", "#fff"] : ["#fff", "#222"], (times * Math.min(width, height)) / 12);
    panel.replaceChildren(pad.canvas, h("div", { class: "buttons" },
      h("button", { type: "button", onclick: () => pad.canvas.toBlob((blob) => got(scaled(blob))) }, "Use it"),
      h("button", { type: "button", onclick: pad.clear }, "Clear")));
    pad.canvas.focus();
  }
  const scaled = (blob) => blob;

  return { element: box, strip, leave: () => removeEventListener("paste", pasted) };
}

function small(event) { if (event.target.naturalWidth <= 128) event.target.classList.add("pixels"); }

// A canvas to draw on: by pointer; by keyboard, arrows move the pen and space puts it down.
export function drawing(across, down, [paper, ink], width) {
  const canvas = h("canvas", { width: across, height: down, class: "drawing", tabIndex: 0, "data-keys": "", role: "application", "aria-label": "Draw here; arrow keys move the pen, space puts it down" });
  const pen = canvas.getContext("2d");
  const clear = () => { pen.fillStyle = paper; pen.fillRect(0, 0, across, down); };
  clear();
  strokes(canvas, (from, to) => {
    Object.assign(pen, { strokeStyle: ink, lineWidth: width, lineCap: "round", lineJoin: "round" });
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(...to);
    pen.stroke();
  });
  return { canvas, clear };
}

// Calls `stroke(from, to)`, in the canvas's own pixels, as the pointer moves while it is down.
export function strokes(canvas, stroke, ended = () => {}) {
  let last = null, cursor = [canvas.width / 2, canvas.height / 2], down = false;
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height]; };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); last = at(event); stroke(last, last); });
  canvas.addEventListener("pointermove", (event) => { if (!last) return; const here = at(event); stroke(last, here); last = here; });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { if (last) { last = null; ended(); } });
  canvas.addEventListener("keydown", (event) => {
    const step = canvas.width / 40;
    const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (event.key === " ") { event.preventDefault(); down = !down; stroke(cursor, cursor); if (!down) ended(); }
    if (!way) return;
    event.preventDefault();
    const next = [cursor[0] + way[0], cursor[1] + way[1]];
    if (down) stroke(cursor, next);
    cursor = next;
  });
}
