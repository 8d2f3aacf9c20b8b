// Pictures: tensors in [-1, 1] to canvases and back, files dropped, a divider between before and after.
const { channels, height: HEIGHT, width: WIDTH } = facts;
document.documentElement.style.setProperty("--form", WIDTH / HEIGHT);

// One picture of a tensor (B, C, H, W) as ImageData.
function toImage({ data, dims }, index = 0) {
  const [, C, H, W] = dims, plane = H * W, start = index * C * plane, image = new ImageData(W, H);
  for (let p = 0; p < plane; p++) {
    for (let c = 0; c < 3; c++) image.data[4 * p + c] = (data[start + (C < 3 ? 0 : c) * plane + p] + 1) * 127.5 + 0.5;
    image.data[4 * p + 3] = C === 4 ? (data[start + 3 * plane + p] + 1) * 127.5 + 0.5 : 255;
  }
  return image;
}

function paint(canvas, made, index = 0) {
  const image = toImage(made, index);
  if (canvas.width !== image.width || canvas.height !== image.height) { canvas.width = image.width; canvas.height = image.height; }
  canvas.getContext("2d").putImageData(image, 0, 0);
  canvas.classList.toggle("pixels", Math.max(image.width, image.height) < 48);
}

// A canvas or picture -> tensor (1, C, H, W): its middle, of the model's size, or all of it, of any size up to `most`.
function toTensor(source, most = 0) {
  const from = [source.naturalWidth || source.width, source.naturalHeight || source.height];
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (most) {
    const scale = Math.min(1, most / Math.max(...from));
    [canvas.width, canvas.height] = from.map((side) => Math.max(8, Math.round(side * scale)));
  } else [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  context.imageSmoothingQuality = "high";
  const unit = Math.min(from[0] / WIDTH, from[1] / HEIGHT), [across, down] = [WIDTH * unit, HEIGHT * unit];
  const cut = most ? [0, 0, ...from] : [(from[0] - across) / 2, (from[1] - down) / 2, across, down];
  if (channels < 4) { context.fillStyle = "#fff"; context.fillRect(0, 0, canvas.width, canvas.height); }
  context.drawImage(source, ...cut, 0, 0, canvas.width, canvas.height);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  const plane = width * height, made = new Float32Array(channels * plane);
  for (let p = 0; p < plane; p++) {
    const [r, g, b, a] = data.subarray(4 * p, 4 * p + 4);
    const values = channels < 3 ? [0.299 * r + 0.587 * g + 0.114 * b] : [r, g, b, a];
    for (let c = 0; c < channels; c++) made[c * plane + p] = values[c] / 127.5 - 1;
  }
  return tensor(made, [1, channels, height, width]);
}

const load = (url) => new Promise((done, failed) => {
  const picture = new Image();
  picture.onload = () => done(picture);
  picture.onerror = () => failed(new Error("This file is no picture that the browser can show."));
  picture.src = url;
});

// Examples to press, a button to choose a file, and the whole panel takes what is dropped or pasted.
function chooser(panel, act) {
  const take = async (file) => {
    if (!file) return;
    const url = URL.createObjectURL(file);
    try { complain(""); act(await load(url)); } catch (error) { complain(error.message); } finally { URL.revokeObjectURL(url); }
  };
  const input = make("input", { type: "file", accept: "image/*", class: "hidden", "aria-label": "Choose a picture", onchange: () => take(input.files[0]) });
  const row = make("div", { class: "examples" });
  for (const url of facts.examples)
    row.append(button(make("img", { src: url, alt: "An example" }), async () => act(await load(url)), { class: "example" }));
  panel.addEventListener("dragover", (event) => { event.preventDefault(); panel.classList.add("over"); });
  panel.addEventListener("dragleave", () => panel.classList.remove("over"));
  panel.addEventListener("drop", (event) => { event.preventDefault(); panel.classList.remove("over"); take(event.dataTransfer.files[0]); });
  document.addEventListener("paste", (event) => { if (!panel.hidden) take(event.clipboardData.files[0]); });
  row.append(make("label", { class: "button" }, "Your own picture", input));
  if (facts.examples.length) load(facts.examples[0]).then(act);
  return row;
}

// Two pictures in one frame; a divider to drag shows more of one or the other.
function compare(first, second) {
  const [before, after] = [make("canvas"), make("canvas", { class: "after" })];
  const frame = make("div", { class: "compare", role: "slider", "aria-label": `${first} and ${second}: the divider`, "aria-valuenow": 50 },
    before, after, make("i", {}), make("span", { class: "left" }, first), make("span", { class: "right" }, second));
  let share = 0.5;
  const move = (x) => { share = x; frame.style.setProperty("--share", x); frame.setAttribute("aria-valuenow", Math.round(100 * x)); };
  draggable(frame, (x) => move(x), () => [share, 0]);
  move(0.5);
  frame.show = (one, other) => { paint(before, one); paint(after, other); frame.style.aspectRatio = `${one.dims[3]} / ${one.dims[2]}`; };
  frame.after = after;
  return frame;
}

const saveButton = (canvas, name) => button("Save picture", () => {
  const scale = Math.max(1, Math.round(512 / canvas().width)), large = make("canvas", { width: canvas().width * scale, height: canvas().height * scale });
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = canvas().width >= 48;
  context.drawImage(canvas(), 0, 0, large.width, large.height);
  make("a", { href: large.toDataURL("image/png"), download: `${name}.png` }).click();
});
