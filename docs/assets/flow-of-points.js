// Flow matching of points of the plane: x_t = (1 - t) x + t e, and v(x_t, t) learns e - x. Trained here, in the browser.
"use strict";

class PointFlow {
  static WIDTH = 48; static BATCH = 128; static RATE = 3e-3;

  constructor(draw) { Object.assign(this, { draw, steps: 0, network: new Network(4, PointFlow.WIDTH, PointFlow.WIDTH, 2) }); }

  // What the network is told of points (x, y) at times t.
  static told(points, time) {
    const rows = new Float64Array(2 * points.length);
    for (let n = 0; n < points.length / 2; n++) rows.set([points[2 * n], points[2 * n + 1], 2 * time(n) - 1, Math.cos(Math.PI * time(n))], 4 * n);
    return rows;
  }

  round() {
    const B = PointFlow.BATCH, x = many(B, this.draw), e = noise(2 * B), t = Float64Array.from({ length: B }, Math.random);
    const between = x.map((value, p) => (1 - t[p >> 1]) * value + t[p >> 1] * e[p]);
    const v = this.network.forward(PointFlow.told(between, (n) => t[n]));
    this.network.backward(v.map((value, p) => 2 * (value - (e[p] - x[p])) / B));
    this.network.step(PointFlow.RATE / (1 + this.steps / 2000));
    this.steps++;
    return v.reduce((sum, value, p) => sum + (value - (e[p] - x[p])) ** 2, 0) / B;
  }

  velocity(points, t) { return this.network.forward(PointFlow.told(points, () => t)); }
}

function flowOfPoints(root) {
  const board = new Board(root, "Points that walk from noise to where the real ones are"), COUNT = 500, FRAMES = 60, REST = 40;
  let shape = Object.values(SHAPES)[0], flow, crowd, points, frame, loss = 0;
  const begin = () => { points = noise(2 * COUNT); frame = 0; };
  const restart = () => { flow = new PointFlow(shape); crowd = many(COUNT, shape); begin(); };
  const draw = () => {
    const { real, made, board: paper } = board.colours(), t = Math.max(0, 1 - frame / FRAMES);
    board.clear(paper);
    board.dots(crowd, real, 4, 0.45); board.dots(points, made, 5, 0.9);
    const rest = flow.velocity(points, t), { context } = board;
    context.globalAlpha = 0.35; context.strokeStyle = made; context.lineWidth = 2; context.beginPath();
    if (t > 0) for (let n = 0; n < 2 * COUNT; n += 6) { context.moveTo(...board.place(points[n], points[n + 1])); context.lineTo(...board.place(points[n] - 0.15 * rest[n], points[n + 1] - 0.15 * rest[n + 1])); }
    context.stroke();
    board.told.textContent = `Round ${flow.steps}, loss ${loss.toFixed(2)}. The orange points are at t = ${t.toFixed(2)}.`;
  };
  const turn = () => {
    spend(8, () => { loss = loss ? 0.99 * loss + 0.01 * flow.round() : flow.round(); });
    if (frame < FRAMES) { const v = flow.velocity(points, 1 - frame / FRAMES); points = points.map((x, p) => x - v[p] / FRAMES); }
    if (++frame > FRAMES + REST) begin();
    draw();
  };
  board.control(turn, draw, restart, [Object.keys(SHAPES), (k) => { shape = Object.values(SHAPES)[k]; }]);
}

document.querySelectorAll("[data-widget=flow-of-points]").forEach(flowOfPoints);
