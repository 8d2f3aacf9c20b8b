// What the layers of a classifier see, by their names: maps, or numbers, each from its least (black) to its most (white);
// and how alike a layer finds the examples, as `aegean search` compares: the cosine of its averages over all places.
const MOST_MAPS = 36;

function sight(panel, model, layers, changed) {
  const maps = make("div", { class: "maps" }), told = make("p", { class: "caption" }), examples = {};
  const select = make("select", { "aria-label": "Layer", onchange: changed }, ...layers.map((name) => make("option", {}, name)));
  const alike = (layer) => examples[layer] ??= Promise.all(facts.examples.map(async (url) =>
    averaged((await engine.run(model, { image: toTensor(await load(url)) }, 1, layer)).layer)));
  const show = async (made) => {
    const [, C, H, W] = made.dims, plane = H * W;
    const pictures = H ? Array.from({ length: Math.min(C, MOST_MAPS) }, (_, c) => grey(made.data.subarray(c * plane, (c + 1) * plane), W))
      : [grey(made.data, Math.ceil(Math.sqrt(2 * C)))];
    maps.replaceChildren(...pictures.map((image) => {
      const canvas = make("canvas", { class: "pixels", width: image.width, height: image.height });
      canvas.getContext("2d").putImageData(image, 0, 0);
      return canvas;
    }));
    const first = H && C > MOST_MAPS ? `, of which the first ${MOST_MAPS}` : "";
    told.textContent = (H ? `${C} maps of ${H} × ${W}${first}.` : `${C} numbers.`) + (facts.examples.length ? " Below each example: how alike this layer finds it." : "");
    const mine = averaged(made), buttons = panel.querySelectorAll(".example");
    (await alike(select.value)).forEach((one, k) => { buttons[k].dataset.alike = cosine(mine, one).toFixed(2); });
  };
  return { element: make("div", { class: "sight" }, make("label", { class: "row" }, "What a layer sees", select), told, maps), show, get layer() { return select.value; } };
}

function grey(values, width) {
  const image = new ImageData(width, Math.ceil(values.length / width)), low = Math.min(...values), span = Math.max(...values) - low || 1;
  values.forEach((value, p) => { const shade = 255 * (value - low) / span; image.data.set([shade, shade, shade, 255], 4 * p); });
  return image;
}

function averaged({ data, dims: [, C, H = 1, W = 1] }) {
  const plane = H * W;
  return Float32Array.from({ length: C }, (_, c) => data.subarray(c * plane, (c + 1) * plane).reduce((sum, x) => sum + x, 0) / plane);
}

function cosine(one, other) {
  const dot = (a, b) => a.reduce((sum, x, k) => sum + x * b[k], 0);
  return dot(one, other) / (Math.sqrt(dot(one, one) * dot(other, other)) || 1);
}
