// A tab for each thing that the model can do; the first is open.
const KINDS = { explore, recognise, restore, translate, edit };
const WORDS = { explore: "Explore", recognise: "Recognise", restore: facts.panels.find((one) => one.kind === "restore")?.holes ? "Fill in" : "Restore", translate: "Translate", edit: "Edit" };
const stage = document.getElementById("stage"), tabs = document.getElementById("tabs"), open = new Map();
function turnTo(k) {
  const { kind, ...words } = facts.panels[k];
  if (!open.has(k)) {
    const panel = make("section", { role: "tabpanel", "aria-label": WORDS[kind] });
    open.set(k, panel);
    stage.append(panel);
    KINDS[kind](panel, words);
  }
  open.forEach((panel, one) => { panel.hidden = one !== k; });
}
if (facts.panels.length > 1) tabs.append(choice("What to do", facts.panels.map(({ kind }) => WORDS[kind]), turnTo));
turnTo(0);
document.getElementById("licence").textContent = runtime.licence;
document.getElementById("notices").addEventListener("toggle", async (event) => {
  const box = event.target.querySelector("pre");
  if (box.textContent) return;
  const packed = await fetch("data:application/octet-stream;base64," + runtime.notices);
  box.textContent = await new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).text();
});
// In a frame of another page (`explorer.html#embedded`): without its heading; the page around is told its height, and
// says whether it is light or dark.
if (location.hash === "#embedded" && parent !== window) {
  document.documentElement.classList.add("embedded");
  addEventListener("message", ({ data, source }) => { if (source === parent && ["light", "dark"].includes(data?.scheme)) document.documentElement.dataset.scheme = data.scheme; });
  new ResizeObserver(() => parent.postMessage({ explorerHeight: document.body.getBoundingClientRect().height }, "*")).observe(document.body);
}
