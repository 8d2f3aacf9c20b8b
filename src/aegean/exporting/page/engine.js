// The network, asked from the page; and the small tools that every panel uses.
const text = (id) => document.getElementById(id).textContent;
const facts = JSON.parse(text("facts"));
const tensor = (data, dims, type = "float32") => ({ data, dims, type });

const engine = (() => {
  const waiting = new Map();
  const worker = new Worker(URL.createObjectURL(new Blob([text("worker")], { type: "text/javascript" })));
  let count = 0;
  const ask = (job, words) => new Promise((done, failed) => {
    waiting.set(++count, { done, failed });
    worker.postMessage({ id: count, job, words });
  });
  worker.onmessage = ({ data: { id, made, error } }) => {
    const { done, failed } = waiting.get(id);
    waiting.delete(id);
    error ? failed(new Error(error)) : done(made);
  };
  const models = Object.fromEntries(facts.models.map((name) => [name, text("model-" + name)]));
  const ready = ask("start", { module: runtime.module, wasm: runtime.wasm, models });
  let raced = false;
  const status = document.getElementById("engine");
  const tell = (provider, ms) => {
    const words = { wasm: "WebAssembly", webgpu: "WebGPU" }[provider];
    status.textContent = `${words}, ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms a picture, nothing leaves this page`;
    status.dataset.ms = ms;
    document.body.dataset.state = "ready";
  };
  async function run(name, inputs, pictures = 1, layer = null) {
    await ready;
    const made = await ask("run", { name, inputs, layer });
    tell(made.provider, made.ms / pictures);
    if (!raced) { raced = true; ask("race", { name, inputs }); }
    return made;
  }
  return { run };
})();

// `work` of the newest words only: while it is busy, what came between is dropped.
const latest = (work) => {
  let busy = false, next = null;
  return async (...words) => {
    next = words;
    if (busy) return;
    busy = true;
    try { while (next) { const now = next; next = null; await work(...now); } }
    catch (error) { complain(error.message); }
    finally { busy = false; }
  };
};

const complain = (words) => { const box = document.getElementById("problem"); box.textContent = words; box.hidden = !words; };

// make("p", { class: "name" }, "words", child)
function make(tag, settings = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(settings))
    key.startsWith("on") ? element.addEventListener(key.slice(2), value) : element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

const button = (words, act, settings = {}) => make("button", { type: "button", onclick: act, ...settings }, words);

function slider(name, low, high, value, act, step = "any", shown = (number) => number.toFixed(1)) {
  const told = make("output", {}, shown(value));
  const input = make("input", { type: "range", min: low, max: high, step, value, "aria-label": name });
  const change = () => { told.textContent = shown(+input.value); act(+input.value); };
  input.addEventListener("input", change);
  input.addEventListener("dblclick", () => { input.value = value; change(); });
  const row = make("label", { class: "slider" }, make("span", {}, name), input, told);
  row.set = (number) => { input.value = number; told.textContent = shown(number); };
  return row;
}

// One of several: buttons that keep their choice.
function choice(name, words, act, chosen = 0) {
  const group = make("div", { class: "choice", role: "group", "aria-label": name });
  const press = (k) => [...group.children].forEach((one, i) => one.setAttribute("aria-pressed", i === k));
  words.forEach((word, k) => group.append(button(word, () => { press(k); act(k); })));
  press(chosen);
  return group;
}

// Where the pointer is, 0 to 1 across and down, while it is held down; arrow keys move it too.
function draggable(element, act, place = () => [0.5, 0.5], over = null) {
  const at = (event) => {
    const box = element.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((x) => Math.min(1, Math.max(0, x)));
  };
  element.tabIndex = 0;
  element.style.touchAction = "none";
  element.addEventListener("pointerdown", (event) => { element.setPointerCapture(event.pointerId); act(...at(event), "down"); });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) for (const one of event.getCoalescedEvents?.() ?? [event]) act(...at(one), "move");
    else over?.(...at(event));
  });
  element.addEventListener("pointerup", (event) => act(...at(event), "up"));
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const [x, y] = place();
    act(...[x + step[0] / 40, y + step[1] / 40].map((n) => Math.min(1, Math.max(0, n))), "key");
  });
}

function normal() { // a draw of N(0, 1)
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
