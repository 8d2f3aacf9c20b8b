// A frame is as high as the page in it says, and as light or dark as the page around it.
"use strict";
{
  const frames = () => [...document.querySelectorAll(".explorer iframe")];
  const tell = (frame) => frame.contentWindow.postMessage({ scheme: document.body.dataset.mdColorScheme === "slate" ? "dark" : "light" }, "*");
  addEventListener("message", ({ data, source }) => {
    const frame = Number.isFinite(data?.explorerHeight) && frames().find(({ contentWindow }) => contentWindow === source);
    if (!frame) return;
    frame.style.height = `${Math.ceil(data.explorerHeight)}px`;
    tell(frame);
  });
  new MutationObserver(() => frames().forEach(tell)).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
}
