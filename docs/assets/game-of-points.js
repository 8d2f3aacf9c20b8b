// A GAN whose images are points of the plane: two small networks, trained here, in the browser, by their own gradients.
// The losses are those of src/aegean/losses.py: nonsaturating, and relativistic with R1 + R2.
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

class Game {
  static WIDTH = 24; static BATCH = 64; static Z = 2; static RATE = 3e-3;

  constructor(draw, { pairs }) {
    Object.assign(this, { draw, pairs, steps: 0 });
    this.generator = new Network(Game.Z, Game.WIDTH, Game.WIDTH, 2);
    this.discriminator = new Network(2, Game.WIDTH, Game.WIDTH, 1);
  }

  made(count) { return this.generator.forward(Float64Array.from({ length: Game.Z * count }, normal)); }
  real(count) { return Float64Array.from(Array.from({ length: count }, this.draw).flat()); }

  // One round: the discriminator moves, then the generator.
  round() {
    const B = Game.BATCH, D = this.discriminator, real = this.real(B), fake = this.made(B).slice();
    const [r, f] = [D.forward(real).slice(), D.forward(fake).slice()];
    // slopes of the losses by the logits r = D(x) and f = D(G(z)): of -log s(r - f), or of -log s(r) - log(1 - s(f))
    const by = Array.from(r, (_, n) => (this.pairs ? [-sigmoid(f[n] - r[n]), sigmoid(f[n] - r[n])] : [-sigmoid(-r[n]), sigmoid(f[n])]));
    D.backward(Float64Array.from(by, ([, d]) => d / B)); // of the made, which went through last
    D.forward(real);
    D.backward(Float64Array.from(by, ([d]) => d / B));
    if (this.pairs) for (const points of [real, fake]) this.smooth(points, 0.3);
    D.step(Game.RATE);

    const made = this.made(B), logit = D.forward(made);
    const wish = Float64Array.from(logit, (x, n) => -(this.pairs ? sigmoid(r[n] - x) : sigmoid(-x)) / B);
    this.generator.backward(D.backward(wish, false));
    this.generator.step(Game.RATE);
    this.steps++;
  }

  // gamma / 2 |dD/dx|^2: its slope by the weights is how their slope changes along g = dD/dx, by a difference quotient.
  smooth(points, gamma) {
    const D = this.discriminator, count = points.length / 2, h = 1e-3;
    D.forward(points);
    const g = D.backward(new Float64Array(count).fill(1), false);
    for (const side of [1, -1]) {
      D.forward(points.map((x, p) => x + side * h * g[p]));
      D.backward(new Float64Array(count).fill(side * gamma / (2 * h * count)));
    }
  }
}

const SHAPES = {
  "Eight heaps": () => { const k = Math.floor(8 * Math.random()) * Math.PI / 4; return [1.5 * Math.cos(k) + 0.08 * normal(), 1.5 * Math.sin(k) + 0.08 * normal()]; },
  "Two moons": () => { const a = Math.PI * Math.random(), up = Math.random() < 0.5 ? 1 : -1; return [up * (Math.cos(a) * 1.2 - 0.6) + 0.06 * normal(), up * (Math.sin(a) * 1.2 - 0.4) + 0.06 * normal()]; },
  "A spiral": () => { const a = 0.6 + 3 * Math.PI * Math.sqrt(Math.random()); return [0.17 * a * Math.cos(a) + 0.03 * normal(), 0.17 * a * Math.sin(a) + 0.03 * normal()]; },
};

function board(root) {
  const make = (tag, words = {}, ...inside) => { const one = Object.assign(document.createElement(tag), words); one.append(...inside); return one; };
  const SIDE = 440, SPAN = 2.2, canvas = make("canvas", { width: 2 * SIDE, height: 2 * SIDE }), context = canvas.getContext("2d");
  canvas.setAttribute("role", "img"); canvas.setAttribute("aria-label", "Real points, made points, and what the discriminator thinks of each place");
  const told = make("output", {}), reached = make("output", {});
  let shape = Object.values(SHAPES)[0], pairs = true, game, crowd, running = false, shown = 0;
  const restart = () => {
    game = new Game(shape, { pairs });
    crowd = Array.from({ length: 500 }, shape);
    draw();
  };
  const place = (x) => (x / SPAN + 1) * SIDE;
  const dots = (points, colour, size) => {
    context.fillStyle = colour;
    for (const [x, y] of points) { context.beginPath(); context.arc(place(x), 2 * SIDE - place(y), size, 0, 7); context.fill(); }
  };
  const draw = () => {
    const style = getComputedStyle(root), [real, made, paper] = ["--real", "--made", "--board"].map((name) => style.getPropertyValue(name).trim());
    const cells = 36, cell = 2 * SIDE / cells, grid = new Float64Array(2 * cells * cells);
    for (let p = 0; p < cells * cells; p++) { grid[2 * p] = ((p % cells + 0.5) / cells * 2 - 1) * SPAN; grid[2 * p + 1] = (1 - (Math.floor(p / cells) + 0.5) / cells * 2) * SPAN; }
    const logit = game.discriminator.forward(grid), sorted = [...logit].sort((a, b) => a - b), middle = sorted[sorted.length >> 1], spread = sorted.at(-1) - sorted[0] + 1e-9;
    context.globalAlpha = 1; context.fillStyle = paper; context.fillRect(0, 0, 2 * SIDE, 2 * SIDE);
    logit.forEach((x, p) => {
      const u = Math.max(-1, Math.min(1, 2 * (x - middle) / spread));
      context.globalAlpha = 0.34 * Math.abs(u); context.fillStyle = u > 0 ? real : made;
      context.fillRect(p % cells * cell, Math.floor(p / cells) * cell, cell + 1, cell + 1);
    });
    context.globalAlpha = 0.55; dots(crowd, real, 4);
    const points = game.made(500), pointed = crowd.map((_, n) => [points[2 * n], points[2 * n + 1]]);
    context.globalAlpha = 0.9; dots(pointed, made, 5);
    const covered = crowd.filter(([x, y]) => pointed.some(([u, v]) => (x - u) ** 2 + (y - v) ** 2 < 0.02)).length / crowd.length;
    told.textContent = `round ${game.steps}`;
    reached.textContent = `${Math.round(100 * covered)} % of the real points have a made one beside them`;
  };
  const turn = () => {
    if (!running) return;
    const start = performance.now();
    while (performance.now() - start < 12) game.round();
    if (shown++ % 3 === 0) draw();
    requestAnimationFrame(turn);
  };
  const go = (on) => { running = on; play.textContent = on ? "Stop" : "Play"; play.setAttribute("aria-pressed", on); if (on) turn(); else draw(); };
  const button = (text, press) => make("button", { type: "button", textContent: text, onclick: press });
  const play = button("Play", () => go(!running));
  const chosen = (names, take) => {
    const all = names.map((name, k) => button(name, () => { all.forEach((one, j) => one.setAttribute("aria-pressed", j === k)); take(k); restart(); }));
    all.forEach((one, k) => one.setAttribute("aria-pressed", k === 0));
    return make("div", { className: "choices" }, ...all);
  };
  root.append(canvas, make("div", { className: "controls" },
    make("div", { className: "choices" }, play, button("Begin anew", restart)),
    chosen(Object.keys(SHAPES), (k) => { shape = Object.values(SHAPES)[k]; }),
    chosen(["In pairs, R1 + R2", "As in 2014"], (k) => { pairs = k === 0; }),
    make("p", { className: "told" }, told, make("br"), reached)));
  restart();
  new IntersectionObserver(([seen]) => { if (!seen.isIntersecting && running) go(false); }).observe(canvas);
  new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
}

if (typeof document !== "undefined") document.querySelectorAll("[data-widget=game-of-points]").forEach(board);
