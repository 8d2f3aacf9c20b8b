// Recognise, restore, translate, edit: each takes a picture and answers at once.
function recognise(panel, { model, output, names, drawn, layers }) {
  const bars = names.map((name) => make("div", { class: "bar" }, make("span", {}, name), make("i", {}), make("output", {}, "")));
  const list = make("div", { class: "bars" }, ...bars);
  const unit = Math.min(20, 560 / Math.max(HEIGHT, WIDTH)), [across, down] = [WIDTH, HEIGHT].map((side) => Math.round(side * unit));
  const canvas = make("canvas", { class: "paper", width: across, height: down, "aria-label": "Draw here" });
  const context = canvas.getContext("2d", { willReadFrequently: true }), pen = Math.min(across, down) / 13;
  const clear = () => { context.fillStyle = "#000"; context.fillRect(0, 0, canvas.width, canvas.height); };
  let judged = null;
  const seen = layers.length ? sight(panel, model, layers, () => { if (judged) judge(judged); }) : null;
  const judge = latest(async (image) => {
    judged = image;
    const made = await engine.run(model, { image }, 1, seen?.layer);
    const chances = [...made.data].map((x) => (output === "log_probabilities" ? Math.exp(x) : x));
    const order = chances.map((_, k) => k).sort((a, b) => output === "log_probabilities" && names.length > 12 ? chances[b] - chances[a] : a - b);
    list.replaceChildren(...order.slice(0, 40).map((k) => bars[k]));
    const best = chances.indexOf(Math.max(...chances));
    bars.forEach((bar, k) => {
      bar.style.setProperty("--share", chances[k]);
      bar.lastChild.textContent = `${(100 * chances[k]).toFixed(chances[k] > 0.0995 ? 0 : 1)} %`;
      bar.classList.toggle("best", k === best && output === "log_probabilities");
    });
    if (seen) await seen.show(made.layer);
  });
  // What was drawn, as the pictures that it learned from are: within 20 of 28 pixels, its weight in the middle.
  const centred = () => {
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    let [left, right, top, bottom, sum, sx, sy] = [width, 0, height, 0, 0, 0, 0];
    for (let p = 0; p < width * height; p++) if (data[4 * p] > 40) {
      const x = p % width, y = Math.floor(p / width);
      left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y);
      sum += data[4 * p]; sx += x * data[4 * p]; sy += y * data[4 * p];
    }
    if (!sum) return canvas;
    const scale = (20 / 28) / Math.max((right - left) / width, (bottom - top) / height, 1 / width), whole = make("canvas", { width, height }), on = whole.getContext("2d");
    on.fillStyle = "#000"; on.fillRect(0, 0, width, height);
    on.setTransform(scale, 0, 0, scale, width / 2 - scale * sx / sum, height / 2 - scale * sy / sum);
    on.imageSmoothingQuality = "high";
    on.drawImage(canvas, 0, 0);
    return whole;
  };
  let last = null;
  draggable(canvas, (x, y, what) => {
    if (what === "down" || !last) last = [x, y];
    context.strokeStyle = "#fff"; context.lineWidth = pen; context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(last[0] * canvas.width, last[1] * canvas.height);
    context.lineTo(x * canvas.width, y * canvas.height);
    context.stroke();
    last = what === "up" ? null : [x, y];
    judge(toTensor(drawn ? centred() : canvas));
  });
  const take = (picture) => { clear(); const image = toTensor(picture); paintOn(context, image); judge(image); };
  clear();
  if (!facts.examples.length) engine.run(model, { image: toTensor(canvas) }); // awake before the first stroke
  panel.append(make("p", { class: "caption" }, drawn ? "Draw with finger or mouse, or drop a picture." : "Drop a picture, or press an example."),
    make("div", { class: "bench" }, make("div", {}, canvas, make("div", { class: "row" }, button("Clear", () => { clear(); judge(toTensor(canvas)); }))), make("div", { class: "side" }, list)), seen ? seen.element : "", chooser(panel, take));
}

function paintOn(context, image) {
  const small = make("canvas");
  paint(small, image);
  context.imageSmoothingEnabled = small.width >= 48;
  context.drawImage(small, 0, 0, context.canvas.width, context.canvas.height);
}

function restore(panel, { model, damage, strength, holes, hole, one_hole: oneHole, any }) {
  const frame = compare(holes ? "With a hole" : "Damaged", "Restored"), noise = {};
  let clean = null, mask = null, sigma = strength, brush = 0.09;
  const steady = (count) => { // the same noise while the slider moves
    if (noise.values?.length !== count) noise.values = Float32Array.from({ length: count }, damage === "gaussian" ? normal : Math.random);
    return noise.values;
  };
  const damaged = () => {
    const data = clean.data.slice(), [, C, H, W] = clean.dims, plane = H * W;
    if (holes) for (let p = 0; p < data.length; p++) { if (mask[p % plane]) data[p] = 0; }
    else if (damage === "gaussian") { const e = steady(data.length); for (let p = 0; p < data.length; p++) data[p] += 2 * sigma * e[p]; }
    else if (damage) {
      const chance = steady(plane);
      for (let p = 0; p < data.length; p++) {
        const u = chance[p % plane];
        if (damage === "masking") { if (u < sigma) data[p] = -1; }
        else if (u < sigma / 2) data[p] = 1; else if (u > 1 - sigma / 2) data[p] = -1;
      }
    }
    return tensor(data, clean.dims);
  };
  const mend = latest(async () => {
    const broken = damaged(), inputs = { image: broken };
    if (holes) inputs.mask = tensor(Float32Array.from(mask), [1, 1, clean.dims[2], clean.dims[3]]);
    const made = await engine.run(model, inputs);
    frame.show(holes ? tinted(broken) : broken, made);
  });
  const tinted = (image) => {
    const data = image.data.slice(), plane = image.dims[2] * image.dims[3];
    for (let p = 0; p < plane; p++) if (mask[p]) for (let c = 0; c < Math.min(3, channels); c++) data[c * plane + p] = ((p + Math.floor(p / image.dims[3])) % 4 < 2) ? 0.1 : -0.1;
    return tensor(data, image.dims);
  };
  const cut = () => {
    const [H, W] = clean.dims.slice(2), [h, w] = [H, W].map((side) => Math.max(1, Math.round(hole * side)));
    const [top, left] = [(H - h) >> 1, (W - w) >> 1];
    mask = Uint8Array.from({ length: H * W }, (_, p) => { const y = Math.floor(p / W) - top, x = p % W - left; return y >= 0 && y < h && x >= 0 && x < w; });
  };
  const dab = (x, y) => {
    const [H, W] = clean.dims.slice(2), r = brush * Math.min(H, W);
    for (let i = 0; i < H; i++) for (let j = 0; j < W; j++) if (Math.hypot(i + 0.5 - y * H, j + 0.5 - x * W) <= r) mask[i * W + j] = 1;
    mend();
  };
  const take = (picture) => { clean = toTensor(picture, any ? 256 : 0); if (holes) cut(); noise.values = null; mend(); };
  const tools = make("div", { class: "side" });
  if (holes && oneHole) tools.append(make("p", { class: "caption" }, "It learned one hole alone, this one."));
  else if (holes) {
    const sketch = make("canvas", { class: "sketch", "aria-label": "Paint over what shall be filled in" });
    const redraw = () => { if (clean) { paint(sketch, tinted(clean)); } };
    draggable(sketch, (x, y, what) => { if (what === "down" && !mask) cut(); dab(x, y); redraw(); });
    tools.append(sketch, slider("Brush", 0.03, 0.25, brush, (value) => { brush = value; }, "any", (n) => `${Math.round(200 * n)} %`),
      make("div", { class: "row" }, button("No hole", () => { mask.fill(0); mend(); redraw(); }), button("The middle", () => { cut(); mend(); redraw(); })));
    const before = frame.show;
    frame.show = (...two) => { before(...two); redraw(); };
  } else if (damage) {
    const of = damage === "gaussian" ? 255 : 100;
    tools.append(slider(damage === "gaussian" ? "Noise (of 255)" : "Pixels hit (%)", 0, Math.max(1.5 * strength, 0.2) * of, strength * of, (value) => { sigma = value / of; if (clean) mend(); }, 1, (n) => n.toFixed(0)),
      button("Other noise", () => { noise.values = null; if (clean) mend(); }));
  }
  tools.append(saveButton(() => frame.after, "restored"));
  panel.append(make("p", { class: "caption" }, holes ? "Paint over what shall be filled in. Drag the divider to compare." : "Add noise to a picture and see it taken away. Drag the divider to compare."),
    make("div", { class: "bench" }, frame, tools), chooser(panel, take));
}

function translate(panel, { into }) {
  const frame = compare("Before", "After"), models = Object.keys(into), last = models.length - 1;
  let image = null, model = models[last];
  const turn = latest(async () => frame.show(image, await engine.run(model, { image })));
  const take = (picture) => { image = toTensor(picture, 256); turn(); };
  panel.append(make("p", { class: "caption" }, "Drop a photo. Drag the divider to compare."),
    make("div", { class: "bench" }, frame, make("div", { class: "side" },
      ...(last ? [choice("Into", models.map((name) => `Into ${into[name]}`), (k) => { model = models[k]; if (image) turn(); }, last)] : []), saveButton(() => frame.after, "translated"))), chooser(panel, take));
}

function edit(panel, { names }) {
  const frame = compare("Before", "After"), difference = make("canvas", { class: "difference", role: "img", "aria-label": "What changed" });
  let image = null;
  const changes = new Float32Array(names.length);
  const turn = latest(async () => {
    const made = await engine.run("editor", { image, changes: tensor(changes.slice(), [1, names.length]) });
    frame.show(image, made);
    paint(difference, tensor(made.data.map((x, p) => Math.max(-1, Math.min(1, x - image.data[p]))), made.dims));
  });
  const rows = names.map((name, k) => slider(name.replaceAll("_", " "), -1, 1, 0, (value) => { changes[k] = value; if (image) turn(); }));
  const take = (picture) => { image = toTensor(picture); turn(); };
  panel.append(make("p", { class: "caption" }, "Right adds, left removes. Drag the divider to compare; below, what changed."),
    make("div", { class: "bench" }, make("div", {}, frame), make("div", { class: "side" }, ...rows, make("div", { class: "row" },
      button("As it was", () => { changes.fill(0); rows.forEach((row) => row.set(0)); if (image) turn(); }), saveButton(() => frame.after, "edited")), difference)), chooser(panel, take));
}
