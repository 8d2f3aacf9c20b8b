// Drag over a plane of codes, or between four corners, and the picture follows.
function explore(panel, { model, input, mean, axes, duals, gaussian, dots, codes }) {
  const Z = mean.length, SPAN = 3, K = axes.length, conditional = facts.conditional;
  let label = 0, mode = 0, place = [0.5, 0.5], walking = 0, side = 0;
  const random = () => gaussian ? Float32Array.from({ length: Z }, normal) : Float32Array.from(codes[Math.floor(Math.random() * codes.length)]);
  let code = random(), corners = Array.from({ length: 4 }, random);
  const inputs = (data, count) => ({ [input]: tensor(data, [count, Z]), ...(conditional ? { label: tensor(Array(count).fill(label), [count], "int64") } : {}) });

  const along = (z, k) => duals[k].reduce((sum, d, i) => sum + d * (z[i] - mean[i]), 0);
  const moved = (z, k, value) => { const change = value - along(z, k); return z.map((x, i) => x + change * axes[k][i]); };
  const at = (x, y) => {
    if (mode === 0) return moved(moved(code, 0, (2 * x - 1) * SPAN), 1, (1 - 2 * y) * SPAN);
    const weights = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
    // of independent draws of N(0, I) this is again one: a straight mixture would be too short
    const length = gaussian ? Math.hypot(...weights) : 1;
    return mean.map((_, i) => weights.reduce((sum, w, k) => sum + w * corners[k][i], 0) / length);
  };

  const picture = make("canvas", { class: "picture", role: "img", "aria-label": "The picture at this place" });
  const field = make("canvas", { class: "field", width: 1, height: 1 });
  const overlay = make("canvas", { class: "overlay" });
  const pin = make("i", { class: "pin" });
  const thumbs = corners.map((_, k) => button(make("canvas"), () => reroll(k), { class: `corner c${k}`, "aria-label": "Another picture in this corner", title: "Another one" }));
  const map = make("div", { class: "map", role: "application", "aria-label": "Drag to walk through the codes" }, field, overlay, pin);
  const square = make("div", { class: "square" }, map, ...thumbs);

  const draw = latest(async (z) => { paint(picture, await engine.run(model, inputs(z, 1))); });
  const show = () => {
    pin.style.left = `${100 * place[0]}%`; pin.style.top = `${100 * place[1]}%`;
    const z = at(...place);
    if (mode === 0) { code = z; sliders.forEach((one, k) => one.set(along(code, k + 2))); }
    draw(z);
  };
  const go = (x, y) => { place = [x, y]; show(); };

  // The field: small pictures of what lies where, made after the first picture, row by row.
  const lay = latest(async () => {
    const probe = await engine.run(model, inputs(Float32Array.from(mean), 1));
    side = probe.ms < 60 ? 11 : probe.ms < 400 ? 5 : 0;
    if (!side) return;
    const sheet = make("canvas", { width: side * WIDTH, height: side * HEIGHT }), context = sheet.getContext("2d"), now = [mode, label];
    const base = mode === 0 ? Float32Array.from(mean) : null;
    for (let row = 0; row < side; row++) {
      const data = new Float32Array(side * Z);
      for (let column = 0; column < side; column++) {
        const [x, y] = [(column + 0.5) / side, (row + 0.5) / side];
        data.set(base ? moved(moved(base, 0, (2 * x - 1) * SPAN), 1, (1 - 2 * y) * SPAN) : at(x, y), column * Z);
      }
      const made = await engine.run(model, inputs(data, side), side);
      if (now[0] !== mode || now[1] !== label) return;
      for (let column = 0; column < side; column++) context.putImageData(toImage(made, column), column * WIDTH, row * HEIGHT);
    }
    [field.width, field.height] = [sheet.width, sheet.height];
    field.getContext("2d").drawImage(sheet, 0, 0);
    field.dataset.laid = `${now}`;
  });
  const cornersShown = latest(async () => {
    const data = new Float32Array(4 * Z);
    corners.forEach((z, k) => data.set(z, k * Z));
    const made = await engine.run(model, inputs(data, 4), 4);
    thumbs.forEach((one, k) => paint(one.firstChild, made, k));
  });
  const scatter = () => {
    const [across, down] = [WIDTH, HEIGHT].map((one) => Math.round(600 * one / Math.max(WIDTH, HEIGHT))), context = overlay.getContext("2d"), style = getComputedStyle(document.documentElement);
    [overlay.width, overlay.height] = [across, down];
    if (mode !== 0) return;
    context.globalAlpha = 0.85;
    for (const [u, v, k] of dots) {
      context.fillStyle = style.getPropertyValue(`--c${(k ?? 0) % 10}`);
      context.beginPath();
      context.arc((u / SPAN + 1) * across / 2, (1 - v / SPAN) * down / 2, 4, 0, 7);
      context.fill();
    }
  };
  const all = () => { square.classList.toggle("corners", mode === 1); scatter(); show(); cornersShown(); lay(); };
  const reroll = (k) => { corners[k] = random(); show(); cornersShown(); lay(); };
  const fresh = () => {
    if (mode === 1) { corners = corners.map(random); cornersShown(); lay(); return show(); }
    code = random();
    place = [0, 1].map((k) => Math.min(1, Math.max(0, 0.5 + (k ? -1 : 1) * along(code, k) / SPAN / 2)));
    show();
  };
  const step = (time) => {
    if (!walking) return;
    const turn = (time - walking) / 9000 * 2 * Math.PI;
    go(0.5 + 0.42 * Math.cos(turn), 0.5 + 0.42 * Math.sin(turn));
    requestAnimationFrame(step);
  };
  const walk = button("Walk", () => {
    walking = walking ? 0 : performance.now();
    walk.textContent = walking ? "Stop" : "Walk";
    requestAnimationFrame(step);
  });

  const sliders = axes.slice(2).map((_, k) => slider(`Direction ${k + 3}`, -SPAN, SPAN, 0, (value) => { code = moved(code, k + 2, value); draw(code); }));
  draggable(map, (x, y) => { walking = 0; walk.textContent = "Walk"; go(x, y); }, () => place);
  const more = sliders.length ? make("details", { class: "more" }, make("summary", {}, "More directions"), ...sliders) : "";
  const hint = dots.length ? " Dots are real pictures, coloured by what they show." : "";
  panel.append(make("p", { class: "caption" }, "Drag over the map: every place is a picture." + hint),
    make("div", { class: "bench" }, square, make("div", { class: "side" }, picture,
      conditional ? choice("What it shows", facts.classes, (k) => { label = k; all(); }) : "",
      make("div", { class: "row" }, choice("Map", ["Plane", "Corners"], (k) => { mode = k; place = [0.5, 0.5]; all(); }), button("New", fresh), walk, saveButton(() => picture, "sample")), more)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", scatter);
  all();
}
