// What the games and flows of points share: a small network with its own gradients, shapes to learn, a board to draw on.
"use strict";

const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// Layers of tanh, the last one linear; trained by Adam.
class Network {
  constructor(...widths) {
    this.layers = widths.slice(1).map((out, k) => {
      const count = widths[k] * out, sizes = { in: widths[k], out, linear: k === widths.length - 2 };
      const weight = Float64Array.from({ length: count + out }, (_, p) => (p < count ? normal() / Math.sqrt(widths[k]) : 0));
      return { ...sizes, weight, gradient: new Float64Array(count + out), first: new Float64Array(count + out), second: new Float64Array(count + out) };
    });
    this.time = 0;
  }

  // Rows of numbers in, rows out; what is needed on the way back is kept.
  forward(rows) {
    this.seen = [rows];
    for (const { in: I, out: O, weight, linear } of this.layers) {
      const before = this.seen.at(-1), count = before.length / I, after = new Float64Array(count * O);
      for (let n = 0; n < count; n++) for (let o = 0; o < O; o++) {
        let sum = weight[I * O + o];
        for (let i = 0; i < I; i++) sum += before[n * I + i] * weight[o * I + i];
        after[n * O + o] = linear ? sum : Math.tanh(sum);
      }
      this.seen.push(after);
    }
    return this.seen.at(-1);
  }

  // The slope of the loss by what came out -> by what went in; those by the weights are added up, if wanted.
  backward(slope, learns = true) {
    for (let k = this.layers.length - 1; k >= 0; k--) {
      const { in: I, out: O, weight, gradient, linear } = this.layers[k];
      const before = this.seen[k], after = this.seen[k + 1], count = before.length / I, down = new Float64Array(before.length);
      for (let n = 0; n < count; n++) for (let o = 0; o < O; o++) {
        const d = slope[n * O + o] * (linear ? 1 : 1 - after[n * O + o] ** 2);
        if (learns) gradient[I * O + o] += d;
        for (let i = 0; i < I; i++) {
          down[n * I + i] += d * weight[o * I + i];
          if (learns) gradient[o * I + i] += d * before[n * I + i];
        }
      }
      slope = down;
    }
    return slope;
  }

  step(rate) {
    this.time++;
    const [early, late] = [0.5, 0.99], a = rate * Math.sqrt(1 - late ** this.time) / (1 - early ** this.time);
    for (const { weight, gradient, first, second } of this.layers) for (let p = 0; p < weight.length; p++) {
      first[p] += (1 - early) * (gradient[p] - first[p]);
      second[p] += (1 - late) * (gradient[p] ** 2 - second[p]);
      weight[p] -= a * first[p] / (Math.sqrt(second[p]) + 1e-8);
      gradient[p] = 0;
    }
  }
}

const SHAPES = {
  "Eight heaps": () => { const k = Math.floor(8 * Math.random()) * Math.PI / 4; return [1.5 * Math.cos(k) + 0.08 * normal(), 1.5 * Math.sin(k) + 0.08 * normal()]; },
  "Two moons": () => { const a = Math.PI * Math.random(), up = Math.random() < 0.5 ? 1 : -1; return [up * (Math.cos(a) * 1.2 - 0.6) + 0.06 * normal(), up * (Math.sin(a) * 1.2 - 0.4) + 0.06 * normal()]; },
  "A spiral": () => { const a = 0.6 + 3 * Math.PI * Math.sqrt(Math.random()); return [0.17 * a * Math.cos(a) + 0.03 * normal(), 0.17 * a * Math.sin(a) + 0.03 * normal()]; },
};

// A square of the plane, from -SPAN to SPAN, and the buttons beside it. `turn` does some work and says what is told.
const SPAN = 2.2, SIDE = 880;
const make = (tag, words = {}, ...inside) => { const one = Object.assign(document.createElement(tag), words); one.append(...inside); return one; };

class Board {
  constructor(root, label) {
    this.root = root;
    this.canvas = make("canvas", { width: SIDE, height: SIDE });
    this.canvas.setAttribute("role", "img"); this.canvas.setAttribute("aria-label", label);
    this.context = this.canvas.getContext("2d");
    this.told = make("p", { className: "told" });
    this.controls = make("div", { className: "controls" });
    this.running = false;
    root.append(this.canvas, this.controls);
  }

  colours() { const style = getComputedStyle(this.root); return Object.fromEntries(["real", "made", "board"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()])); }
  clear(colour) { this.context.globalAlpha = 1; this.context.fillStyle = colour; this.context.fillRect(0, 0, SIDE, SIDE); }
  place(x, y) { return [(x / SPAN + 1) * SIDE / 2, (1 - y / SPAN) * SIDE / 2]; }

  dots(points, colour, size, alpha) {
    const { context } = this;
    context.globalAlpha = alpha; context.fillStyle = colour;
    for (let n = 0; n < points.length; n += 2) { context.beginPath(); context.arc(...this.place(points[n], points[n + 1]), size, 0, 7); context.fill(); }
  }

  // Play and stop, begin anew; draws anew when the page turns dark or light, and stops where nobody sees it.
  control(turn, draw, restart, ...choices) {
    const button = (text, press) => make("button", { type: "button", textContent: text, onclick: press });
    const step = () => { if (!this.running) return; turn(); requestAnimationFrame(step); };
    const go = (on) => { this.running = on; play.textContent = on ? "Stop" : "Play"; play.setAttribute("aria-pressed", on); if (on) step(); };
    const play = button("Play", () => go(!this.running));
    const rows = choices.map(([names, take]) => {
      const all = names.map((name, k) => button(name, () => { all.forEach((one, j) => one.setAttribute("aria-pressed", j === k)); take(k); restart(); draw(); }));
      all.forEach((one, k) => one.setAttribute("aria-pressed", k === 0));
      return make("div", { className: "choices" }, ...all);
    });
    this.controls.append(make("div", { className: "choices" }, play, button("Begin anew", () => { restart(); draw(); })), ...rows, this.told);
    restart(); draw();
    new IntersectionObserver(([seen]) => { if (!seen.isIntersecting && this.running) go(false); }).observe(this.canvas);
    new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
  }
}

const spend = (milliseconds, work) => { const start = performance.now(); do work(); while (performance.now() - start < milliseconds); };
const many = (count, draw) => Float64Array.from(Array.from({ length: count }, draw).flat());
const noise = (count) => Float64Array.from({ length: count }, normal);
