// A map of codes on a canvas: dots coloured by class, a small picture of the dot under the pointer, a cross to drag.

import { h } from "./dom.js";
import { thumbnailStyle } from "./explore.js";

const MARGIN = 0.06;

export class CodeMap {
  constructor(found, { moved, picked }) {
    Object.assign(this, { found, moved, picked, kind: "pca", place: null, focused: false, only: null });
    this.canvas = h("canvas", { tabIndex: 0, role: "application", "aria-label": "Map of the codes: drag, or use the arrow keys", "data-keys": "" });
    this.thumb = h("div", { class: "thumb", hidden: true });
    this.element = h("div", { class: "map-box" }, this.canvas, this.thumb, this.#key());
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.canvas);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.draw();
    this.dark.addEventListener("change", this.redraw);
    this.lay(found.places, "pca");
    this.#listen();
  }

  lay(places, kind) {
    this.kind = kind;
    this.places = places;
    const range = (axis) => {
      const sorted = places.map((place) => place[axis]).sort((a, b) => a - b);
      const cut = Math.floor(sorted.length * 0.005);
      return [sorted[cut], sorted[sorted.length - 1 - cut]];
    };
    const [[left, right], [low, high]] = [range(0), range(1)];
    this.middle = [(left + right) / 2, (low + high) / 2];
    this.half = (Math.max(right - left, high - low, 1e-9) / 2) * (1 + 2 * MARGIN);
    this.focus(this.middle);
  }

  resize() {
    const side = this.canvas.clientWidth * devicePixelRatio;
    if (!side || side === this.canvas.width) return;
    this.canvas.width = this.canvas.height = side;
    this.draw();
  }

  leave() {
    this.watch.disconnect();
    this.dark.removeEventListener("change", this.redraw);
  }

  focus(place) {
    this.place = place;
    this.focused = true;
    this.draw();
  }

  draw() {
    const pen = this.canvas.getContext("2d"), side = this.canvas.width;
    const style = getComputedStyle(document.documentElement);
    const classes = this.found.classes.length;
    pen.clearRect(0, 0, side, side);
    const radius = Math.max(2, side / 190);
    this.places.forEach((place, k) => {
      const label = this.found.labels?.[k] ?? null;
      pen.globalAlpha = this.only === null || this.only === label ? 0.8 : 0.07;
      pen.fillStyle = label === null ? style.getPropertyValue("--accent") : classes <= 10 ? style.getPropertyValue(`--c${label}`) : `hsl(${(label * 360) / classes} 62% 56%)`;
      const [x, y] = this.#pixel(place);
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      pen.fill();
    });
    if (!this.place) return;
    const [x, y] = this.#pixel(this.place);
    pen.globalAlpha = 1;
    for (const [colour, width] of [[style.getPropertyValue("--card"), 5], [style.getPropertyValue("--ink"), 2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width * devicePixelRatio;
      pen.beginPath();
      pen.arc(x, y, 9 * devicePixelRatio, 0, 7);
      pen.stroke();
    }
  }

  #pixel([x, y]) {
    const side = this.canvas.width;
    return [side * (0.5 + (x - this.middle[0]) / (2 * this.half)), side * (0.5 - (y - this.middle[1]) / (2 * this.half))];
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [this.middle[0] + ((event.clientX - box.left) / box.width - 0.5) * 2 * this.half, this.middle[1] - ((event.clientY - box.top) / box.height - 0.5) * 2 * this.half];
  }

  #nearest([x, y]) {
    let best = -1, least = Infinity;
    this.places.forEach(([a, b], k) => {
      const distance = (a - x) ** 2 + (b - y) ** 2;
      if (distance < least) [best, least] = [k, distance];
    });
    return [best, Math.sqrt(least) / this.half];
  }

  #go(place) {
    this.focus(place);
    this.moved(place);
  }

  #hover(event) {
    const [dot, distance] = this.#nearest(this.#at(event));
    this.thumb.hidden = distance > 0.04;
    if (this.thumb.hidden) return;
    const box = this.element.getBoundingClientRect();
    this.thumb.setAttribute("style", `${thumbnailStyle(this.found, dot)};left:${event.clientX - box.left + 14}px;top:${event.clientY - box.top + 14}px`);
  }

  #listen() {
    let down = false;
    const on = (name, act) => this.canvas.addEventListener(name, act);
    on("pointerdown", (event) => { down = true; this.canvas.setPointerCapture(event.pointerId); this.#go(this.#at(event)); });
    on("pointermove", (event) => { if (down) this.#go(this.#at(event)); this.#hover(event); });
    on("pointerup", () => { down = false; });
    on("pointercancel", () => { down = false; });
    on("pointerleave", () => { this.thumb.hidden = true; });
    on("dblclick", (event) => this.picked(this.#nearest(this.#at(event))[0]));
    on("keydown", (event) => {
      const step = (event.shiftKey ? 0.1 : 0.025) * this.half;
      const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
      if (way) { event.preventDefault(); this.#go([this.place[0] + way[0], this.place[1] + way[1]]); }
      if (event.key === "Enter") this.picked(this.#nearest(this.place)[0]);
    });
  }

  #key() {
    if (!this.found.labels) return "";
    const classes = this.found.classes;
    return h("div", { class: "key" }, classes.slice(0, 24).map((name, k) => h("button", {
      class: "link", onpointerenter: () => { this.only = k; this.draw(); }, onpointerleave: () => { this.only = null; this.draw(); },
      onfocus: () => { this.only = k; this.draw(); }, onblur: () => { this.only = null; this.draw(); },
    }, h("i", { style: `background:${classes.length <= 10 ? `var(--c${k})` : `hsl(${(k * 360) / classes.length} 62% 56%)`}` }), name)));
  }
}
