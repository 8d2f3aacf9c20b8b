// The picture that follows the pointer: one request at a time, always for the newest place.

import { fail } from "./dom.js";

export class Drag {
  constructor(canvas, asked) {
    Object.assign(this, { canvas, asked, wanted: null, busy: false, over: new AbortController() });
  }

  to(place) {
    this.wanted = place;
    if (!this.busy) this.#follow();
  }

  stop() { this.over.abort(); }

  async #follow() {
    this.busy = true;
    try {
      while (this.wanted) {
        const place = this.wanted;
        this.wanted = null;
        const answer = await fetch("decode", {
          method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(this.asked(place)), signal: this.over.signal,
        });
        if (!answer.ok) throw new Error((await answer.json()).detail);
        const image = await createImageBitmap(await answer.blob());
        this.canvas.width = image.width;
        this.canvas.height = image.height;
        this.canvas.getContext("2d").drawImage(image, 0, 0);
        this.canvas.dataset.drawn = Number(this.canvas.dataset.drawn ?? 0) + 1;
      }
    } catch (error) {
      this.wanted = null;
      fail(error);
    } finally { this.busy = false; }
  }
}
