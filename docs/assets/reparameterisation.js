// Draws that stay while mu and sigma move: z = mu + sigma eps, and what q(z|x) costs in nats.
"use strict";

function reparameterisation(root) {
  const make = (tag, words = {}, ...inside) => { const one = Object.assign(document.createElement(tag), words); one.append(...inside); return one; };
  const WIDTH = 880, HEIGHT = 620, canvas = make("canvas", { width: WIDTH, height: HEIGHT }), context = canvas.getContext("2d");
  canvas.setAttribute("role", "img"); canvas.setAttribute("aria-label", "Draws of eps below, the z they become above");
  const eps = Array.from({ length: 25 }, (_, k) => inverse((k + 0.5) / 25));
  const told = make("p", { className: "told" });
  let mu = 1.2, logarithm = -0.7;
  const across = (x) => (x / 4 + 1) * WIDTH / 2, density = (x, mean, sigma) => Math.exp(-0.5 * ((x - mean) / sigma) ** 2) / sigma;
  const hill = (mean, sigma, base, colour) => {
    context.beginPath();
    for (let p = 0; p <= WIDTH; p += 4) context.lineTo(p, base - 95 * Math.min(2.4, density((p / WIDTH * 2 - 1) * 4, mean, sigma)));
    context.strokeStyle = colour; context.lineWidth = 4; context.stroke();
  };
  const draw = () => {
    const style = getComputedStyle(root), [prior, ours, paper] = ["--real", "--made", "--board"].map((name) => style.getPropertyValue(name).trim()), sigma = Math.exp(logarithm);
    context.globalAlpha = 1; context.fillStyle = paper; context.fillRect(0, 0, WIDTH, HEIGHT);
    const [top, bottom] = [260, 570];
    hill(0, 1, bottom, prior); context.globalAlpha = 0.45; hill(0, 1, top, prior); context.globalAlpha = 1; hill(mu, sigma, top, ours);
    for (const e of eps) {
      const z = mu + sigma * e;
      context.strokeStyle = style.color; context.globalAlpha = 0.22; context.lineWidth = 2;
      context.beginPath(); context.moveTo(across(e), bottom); context.lineTo(across(z), top); context.stroke();
      context.globalAlpha = 1;
      for (const [x, y, colour] of [[e, bottom, prior], [z, top, ours]]) { context.fillStyle = colour; context.beginPath(); context.arc(across(x), y, 7, 0, 7); context.fill(); }
    }
    context.fillStyle = style.color; context.font = "italic 30px Georgia, serif";
    context.fillText("ε ~ N(0, 1)", 18, bottom - 14); context.fillText("z = μ + σ ε", 18, top - 14);
    const parts = [0.5 * mu * mu, 0.5 * (sigma * sigma - 1 - 2 * logarithm)];
    told.textContent = `KL = ${(parts[0] + parts[1]).toFixed(2)} nats: ${parts[0].toFixed(2)} for where it is, ${parts[1].toFixed(2)} for how narrow it is`;
  };
  const slider = (name, low, high, value, take, shown) => {
    const output = make("output", { textContent: shown(value) });
    const range = make("input", { type: "range", min: low, max: high, step: 0.01, value, oninput: () => { take(+range.value); output.textContent = shown(+range.value); draw(); } });
    return make("label", {}, name, range, output);
  };
  root.append(canvas, make("div", {}, slider("μ", -3, 3, mu, (x) => { mu = x; }, (x) => x.toFixed(2)),
    slider("σ", Math.log(0.1), Math.log(2), logarithm, (x) => { logarithm = x; }, (x) => Math.exp(x).toFixed(2)), told));
  draw();
  new MutationObserver(draw).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
}

// The normal distribution's quantile, by bisection.
function inverse(share) {
  const below = (x) => { // Abramowitz & Stegun 26.2.17
    const t = 1 / (1 + 0.2316419 * Math.abs(x)), tail = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return x < 0 ? tail : 1 - tail;
  };
  let [low, high] = [-5, 5];
  for (let k = 0; k < 40; k++) { const middle = (low + high) / 2; if (below(middle) < share) low = middle; else high = middle; }
  return low;
}

document.querySelectorAll("[data-widget=reparameterisation]").forEach(reparameterisation);
