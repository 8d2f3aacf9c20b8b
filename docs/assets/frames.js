// A frame is as high as the page in it says.
"use strict";
addEventListener("message", ({ data, source }) => {
  if (!Number.isFinite(data?.explorerHeight)) return;
  for (const frame of document.querySelectorAll(".explorer iframe")) if (frame.contentWindow === source) frame.style.height = `${Math.ceil(data.explorerHeight)}px`;
});
