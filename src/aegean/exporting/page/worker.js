// The network runs here, beside the page, so that nothing stutters while it computes.
"use strict";
let ort, graphs, sessions = {}, provider = "wasm", chain = Promise.resolve();

const bytes = async (base64) => {
  const packed = await fetch("data:application/octet-stream;base64," + base64);
  return new Uint8Array(await new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
};

async function start({ module, wasm, models }) {
  if (!("Suspending" in WebAssembly)) { // no WebGPU then; on the CPU nothing ever suspends
    WebAssembly.Suspending = function (f) { return f; };
    WebAssembly.promising = (f) => async (...words) => f(...words);
  }
  const binary = bytes(wasm);
  ort = await import(URL.createObjectURL(new Blob([module], { type: "text/javascript" })));
  ort.env.wasm.numThreads = 1; // a file from disk may not share memory between threads
  ort.env.logLevel = "error";
  ort.env.wasm.wasmBinary = (await binary).buffer;
  graphs = models;
}

const open = async (name, where) => ort.InferenceSession.create(await bytes(graphs[name]), { executionProviders: [where] });

// The first output of a graph, and that of `layer`, where one is named.
async function run(name, inputs, layer) {
  const session = sessions[name] ??= await open(name, "wasm");
  const feeds = {};
  for (const [key, { data, dims, type }] of Object.entries(inputs))
    feeds[key] = new ort.Tensor(type, type === "int64" ? BigInt64Array.from(data, BigInt) : data, dims);
  const began = performance.now();
  const [first] = session.outputNames, made = await session.run(feeds, layer ? [first, layer] : [first]);
  const given = ({ data, dims }) => ({ data, dims });
  return { ...given(made[first]), layer: layer && given(made[layer]), ms: performance.now() - began, provider };
}

// WebGPU takes over where the browser has it and it is the faster of the two at what was just computed.
async function race(name, inputs) {
  if (!navigator.gpu || !(await navigator.gpu.requestAdapter())) return { provider };
  const slow = sessions[name], best = async () => {
    await run(name, inputs);
    const times = [];
    for (let k = 0; k < 3; k++) times.push((await run(name, inputs)).ms);
    return Math.min(...times);
  };
  const before = await best();
  try {
    sessions[name] = await open(name, "webgpu");
    if ((await best()) < before) { provider = "webgpu"; await slow.release(); } else sessions[name] = slow;
  } catch { sessions[name] = slow; }
  return { provider };
}

const jobs = { start, run: ({ name, inputs, layer }) => run(name, inputs, layer), race: ({ name, inputs }) => race(name, inputs) };

self.onmessage = ({ data: { id, job, words } }) => {
  chain = chain.then(async () => {
    try { self.postMessage({ id, made: await jobs[job](words) }); }
    catch (error) { self.postMessage({ id, error: String(error?.message ?? error) }); }
  });
};
