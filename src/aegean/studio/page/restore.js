// Restore: noise taken away, or holes that a brush paints filled in.

import { call, upload } from "./api.js";
import { action, address, control, h } from "./dom.js";
import { divider } from "./divider.js";
import { source, strokes } from "./source.js";

export function mount(room, { run, facts, fills, denoises, several, sigma, settings }) {
  let chosen = null, brush = null;
  const stage = h("div", { class: "stage results" });
  const more = settings.map((field) => control(field));
  const seed = control({ name: "seed", kind: "integer", default: 0 });
  const noise = denoises ? control({ name: "noise", kind: "switch", label: "Add the noise of the training first", default: true }) : null;
  const strength = sigma ? control({ name: "sigma", kind: "range", low: 1, high: 150, step: 1, default: 50, label: "Noise, of 255" }) : null;
  const count = fills && several ? control({ name: "count", kind: "integer", low: 1, high: 9, default: 4, label: "Fills" }) : null;
  const width = fills ? control({ name: "width", kind: "range", low: 2, high: 30, step: 1, default: 12, label: "Brush, % of the side" }) : null;
  const from = source({ run, facts, chosen: (given, { url }) => { chosen = given; if (fills) paint(url); else stage.replaceChildren(); } });
  const told = () => ({ run, picture: chosen, seed: seed.value, settings: Object.fromEntries(more.map((one) => [one.name, one.value])) });

  async function denoise() {
    need(chosen);
    const { noisy, predicted, clean } = await call("denoise", { ...told(), noise: noise.value, sigma: strength?.value ?? null });
    const shown = [["Noisy", noisy], ["Predicted", predicted], ...(noise.value ? [["Clean", clean]] : [])];
    stage.replaceChildren(h("div", { class: "three" }, shown.map(([name, file]) => figure(name, file))), divider(address(noisy), address(predicted)));
  }

  async function inpaint() {
    need(chosen);
    const mask = await upload(await brush.mask(), "mask.png");
    const { fills: made } = await call("inpaint", { ...told(), mask, count: count?.value ?? 1 });
    results.replaceChildren(h("div", { class: "three" }, made.map((file, k) => figure(several ? `Seed ${seed.value + k}` : "Filled", file))), divider(brush.url, address(made[0])));
  }
  const results = h("div", { class: "stage" });

  async function paint(url) {
    brush = await brushOn(url, () => width.value);
    stage.replaceChildren(h("p", { class: "quiet" }, "Paint over what is to be filled in."), brush.element,
      h("div", { class: "buttons" }, h("button", { type: "button", onclick: brush.clear }, "Clear the brush")), results);
    results.replaceChildren();
  }

  room.append(h("div", { class: "head" }, h("h1", {}, "Restore")), h("div", { class: "desk" },
    h("div", { class: "controls" }, from.element, [noise, strength, width, count, seed, ...more].map((one) => one?.element ?? null),
      h("div", { class: "buttons" }, denoises ? action("Remove the noise", denoise, "primary") : null, fills ? action("Fill it in", inpaint, "primary") : null)), stage));
  from.strip().catch(() => {});
  return from.leave;
}

export function need(chosen) { if (!chosen) throw new Error("Choose a picture first."); }

export function figure(name, file) {
  return h("figure", {}, h("img", { src: address(file), alt: name, class: "result", onload: (event) => { if (event.target.naturalWidth <= 256) event.target.classList.add("pixels"); } }), h("figcaption", {}, name));
}

// A picture with a mask over it, painted by the pointer.
async function brushOn(url, width) {
  const image = h("img", { src: url, alt: "" });
  await image.decode();
  const size = [image.naturalWidth, image.naturalHeight];
  const scale = Math.max(1, Math.ceil(320 / Math.max(...size)));
  const [across, down] = size.map((side) => side * scale);
  const canvas = h("canvas", { width: across, height: down, class: "brush", tabIndex: 0, "data-keys": "", role: "application", "aria-label": "Paint what is missing; arrow keys move the brush, space puts it down" });
  const pen = canvas.getContext("2d");
  let painted = false;
  strokes(canvas, ([a, b], [x, y]) => {
    painted = true;
    Object.assign(pen, { strokeStyle: "#e0552f", lineWidth: (width() / 100) * Math.min(across, down), lineCap: "round", lineJoin: "round" });
    pen.beginPath();
    pen.moveTo(a, b);
    pen.lineTo(x + 0.01, y);
    pen.stroke();
  });
  const element = h("div", { class: "painting", style: `aspect-ratio:${size[0]}/${size[1]}` }, image, canvas);
  if (size[0] <= 256) image.classList.add("pixels");
  return {
    element, url, clear: () => { pen.clearRect(0, 0, across, down); painted = false; },
    mask: () => {
      if (!painted) throw new Error("Paint over what is to be filled in first.");
      const own = h("canvas", { width: size[0], height: size[1] }), ink = own.getContext("2d");
      ink.drawImage(canvas, 0, 0, ...size);
      const pixels = ink.getImageData(0, 0, ...size);
      for (let k = 0; k < pixels.data.length; k += 4) pixels.data.set(pixels.data[k + 3] > 100 ? [255, 255, 255, 255] : [0, 0, 0, 255], k);
      ink.putImageData(pixels, 0, 0);
      return new Promise((resolve) => own.toBlob(resolve));
    },
  };
}
