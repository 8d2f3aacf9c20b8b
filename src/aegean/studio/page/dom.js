// Elements, controls and messages: the few pieces that every panel is made of.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style" || name === "class" || name.includes("-") || name === "for" || name === "list") element.setAttribute(name, value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const words = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ");

export function toast(message, action = null) {
  const box = h("div", { class: "toast" }, h("span", {}, message));
  const close = () => box.remove();
  if (action) box.append(h("button", { class: "link", onclick: () => { close(); action.act(); } }, action.name));
  box.append(h("button", { class: "link", "aria-label": "Close", onclick: close }, "×"));
  document.getElementById("toasts").append(box);
  setTimeout(close, action ? 12000 : 8000);
}

export const fail = (error) => { if (error.name !== "AbortError") toast(error.message); };

// A labelled control for one field of a form (form.py); `control.value` is what it says, null where it is empty.
let ids = 0;
export function control(field, value = field.default, onchange = () => {}) {
  const id = `field-${++ids}`;
  const input = inputOf(field, value, id);
  input.addEventListener("change", () => onchange(read()));
  function read() {
    if (field.kind === "switch") return input.checked;
    const text = input.value.trim();
    if (field.kind === "list") return text ? text.split(/\s+/).map((part) => (isNaN(part) ? part : Number(part))) : [];
    if (text === "") return field.optional ? null : field.default;
    if (field.kind === "choice") return field.choices.find((choice) => String(choice) === text) ?? null;
    return field.kind === "integer" || field.kind === "number" ? Number(text) : text;
  }
  const label = h("label", { for: id, title: field.help || null }, field.label ?? words(field.name));
  const box = h("div", { class: `field ${field.kind}` }, field.kind === "switch" ? [input, label] : [label, input]);
  if (field.kind === "range") {
    const shown = h("output", { for: id }, input.value);
    input.addEventListener("input", () => { shown.value = input.value; });
    label.append(" ", shown);
  }
  return { element: box, input, name: field.name, get value() { return field.kind === "range" ? Number(input.value) : read(); } };
}

function inputOf(field, value, id) {
  const shared = { id, name: field.name };
  if (field.kind === "switch") return h("input", { ...shared, type: "checkbox", checked: Boolean(value) });
  if (field.kind === "choice") {
    const none = field.optional ? [h("option", { value: "", selected: value === null }, field.none ?? "—")] : [];
    return h("select", shared, none, field.choices.map((choice) => h("option", { value: String(choice), selected: choice === value }, String(choice))));
  }
  if (field.kind === "range") return h("input", { ...shared, type: "range", min: field.low, max: field.high, step: field.step ?? "any", value });
  if (field.kind === "integer" || field.kind === "number")
    return h("input", { ...shared, type: "number", min: field.low, max: field.high, step: field.kind === "integer" ? 1 : "any", value: value ?? "", placeholder: field.optional ? "—" : null });
  return h("input", { ...shared, type: "text", value: Array.isArray(value) ? value.join(" ") : value ?? "", placeholder: field.optional ? "—" : null, spellcheck: false, autocomplete: "off" });
}

// A button that is out of reach, and says so, while its work is done.
export function action(name, act, kind = "") {
  const button = h("button", { class: kind, type: "button" }, name);
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.classList.add("busy");
    try { await act(); } catch (error) { fail(error); } finally { button.disabled = false; button.classList.remove("busy"); }
  });
  return button;
}

export const address = (file) => `gradio_api/file=${file.path}`;
export const picture = (file, name, attributes = {}) => h("img", { src: address(file), alt: name, ...attributes });

export function save(file, name) {
  h("a", { href: address(file), download: name }).click();
}
