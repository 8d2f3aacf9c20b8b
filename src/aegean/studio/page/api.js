// Calls of the studio: gradio's queue. A call that is aborted, or whose page is closed, is taken from the queue, or ended.

const closing = new AbortController();
addEventListener("pagehide", () => closing.abort());

export async function call(name, args = {}, { signal, progress } = {}) {
  const stop = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal;
  const asked = await fetch(`gradio_api/call/v2/${name}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(args), signal: stop,
  }).catch(unreachable);
  if (!asked.ok) throw new Error(await reason(asked));
  const { event_id } = await asked.json();
  const answer = await fetch(`gradio_api/call/${name}/${event_id}`, { signal: stop }).catch(unreachable);
  for await (const [event, data] of events(answer.body)) {
    if (event === "generating" && progress) progress(data[0]);
    if (event === "complete") return data[0];
    if (event === "error") throw new Error(data?.error ?? data ?? "The studio could not do this; its terminal says why.");
  }
  throw new Error("The studio ended before it had answered.");
}

// The list of runs: no call, for gradio, whose import takes seconds, may not be there yet.
export async function runsNow() {
  const answer = await fetch("runs", { signal: closing.signal }).catch(unreachable);
  if (!answer.ok) throw new Error(await reason(answer));
  return answer.json();
}

export async function upload(blob, name = "picture.png") {
  const form = new FormData();
  form.append("files", blob, name);
  const answer = await fetch("gradio_api/upload", { method: "POST", body: form }).catch(unreachable);
  if (!answer.ok) throw new Error(await reason(answer));
  return { path: (await answer.json())[0], meta: { _type: "gradio.FileData" } };
}

async function* events(stream) {
  const decoder = new TextDecoder();
  let rest = "", event = "";
  for await (const chunk of chunks(stream)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("event: ")) event = line.slice(7);
      else if (line.startsWith("data: ")) yield [event, JSON.parse(line.slice(6))];
    }
  }
}

async function* chunks(stream) {
  const reader = stream.getReader();
  for (let part; !(part = await reader.read()).done; ) yield part.value;
}

async function reason(answer) {
  const body = await answer.json().catch(() => ({}));
  return typeof body.detail === "string" ? body.detail : `The studio refused this (${answer.status}).`;
}

function unreachable(error) {
  throw error.name === "AbortError" ? error : new Error("The studio cannot be reached; is it still running?");
}
