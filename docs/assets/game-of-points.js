// A GAN whose pictures are points of the plane: two small networks, trained here, in the browser.
// The losses are those of src/aegean/losses.py: nonsaturating, and relativistic with R1 + R2.
"use strict";

class Game {
  static WIDTH = 32; static BATCH = 64; static Z = 2; static RATE = 3e-3;

  constructor(draw, { pairs }) {
    Object.assign(this, { draw, pairs, steps: 0 });
    this.generator = new Network(Game.Z, Game.WIDTH, Game.WIDTH, 2);
    this.discriminator = new Network(2, Game.WIDTH, Game.WIDTH, 1);
  }

  made(count) { return this.generator.forward(noise(Game.Z * count)); }

  // One round: the discriminator moves, then the generator.
  round() {
    const B = Game.BATCH, D = this.discriminator, real = many(B, this.draw), fake = this.made(B).slice();
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

function gameOfPoints(root) {
  const board = new Board(root, "Real points, made points, and what the discriminator thinks of each place"), CELLS = 36;
  const grid = Float64Array.from(Array.from({ length: CELLS * CELLS }, (_, p) => [((p % CELLS + 0.5) / CELLS * 2 - 1) * SPAN, (1 - (Math.floor(p / CELLS) + 0.5) / CELLS * 2) * SPAN]).flat());
  const ground = make("canvas", { width: CELLS, height: CELLS }), sketch = ground.getContext("2d");
  let shape = Object.values(SHAPES)[0], pairs = true, game, crowd, shown = 0;
  const restart = () => { game = new Game(shape, { pairs }); crowd = many(500, shape); };
  const draw = () => {
    const { real, made, board: paper } = board.colours(), logit = game.discriminator.forward(grid), sorted = [...logit].sort((a, b) => a - b);
    const middle = sorted[sorted.length >> 1], spread = sorted.at(-1) - sorted[0] + 1e-9;
    board.clear(paper);
    sketch.clearRect(0, 0, CELLS, CELLS);
    logit.forEach((x, p) => {
      const u = Math.max(-1, Math.min(1, 2 * (x - middle) / spread));
      sketch.globalAlpha = 0.34 * Math.abs(u); sketch.fillStyle = u > 0 ? real : made;
      sketch.fillRect(p % CELLS, Math.floor(p / CELLS), 1, 1);
    });
    board.context.drawImage(ground, 0, 0, SIDE, SIDE);
    const points = game.made(500);
    board.dots(crowd, real, 4, 0.55); board.dots(points, made, 5, 0.9);
    let covered = 0;
    for (let n = 0; n < 1000; n += 2) for (let m = 0; m < 1000; m += 2) if ((crowd[n] - points[m]) ** 2 + (crowd[n + 1] - points[m + 1]) ** 2 < 0.02) { covered++; break; }
    board.told.textContent = `Round ${game.steps}: ${Math.round(covered / 5)} % of the real points have a made one beside them`;
  };
  board.control(() => { spend(12, () => game.round()); if (shown++ % 3 === 0) draw(); }, draw, restart,
    [Object.keys(SHAPES), (k) => { shape = Object.values(SHAPES)[k]; }], [["In pairs, R1 + R2", "As in 2014"], (k) => { pairs = k === 0; }]);
}

document.querySelectorAll("[data-widget=game-of-points]").forEach(gameOfPoints);
