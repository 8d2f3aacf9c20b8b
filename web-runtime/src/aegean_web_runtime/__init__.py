"""ONNX Runtime Web: `runtime.mjs`, `runtime.wasm.xz`, `LICENSE`, `NOTICES.txt.gz`."""
