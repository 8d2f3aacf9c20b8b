"""Fetch onnxruntime-web from the npm registry and pack what a page needs of it: `python make.py` (npm, onnxruntime).

The build with JavaScript Promise Integration is taken: one WebAssembly binary that computes on the CPU and by WebGPU,
4.1 MB gzipped; the one without WebGPU has 3.7 MB, the one with WebGPU for all browsers 6.6 MB.
"""

from __future__ import annotations

import gzip
import lzma
import subprocess
import tarfile
import tempfile
from importlib.resources import files
from pathlib import Path

VERSION = "1.30.0"
HERE = Path(__file__).parent / "src" / "aegean_web_runtime"


def main() -> None:
    """Write the four files."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", f"onnxruntime-web@{VERSION}", "--silent"], cwd=folder, check=True)
        with tarfile.open(Path(folder) / f"onnxruntime-web-{VERSION}.tgz") as package:
            package.extractall(folder, filter="data")
        found = Path(folder) / "package" / "dist"
        (HERE / "runtime.mjs").write_bytes((found / "ort.jspi.bundle.min.mjs").read_bytes())
        wasm = (found / "ort-wasm-simd-threaded.jspi.wasm").read_bytes()
    (HERE / "runtime.wasm.xz").write_bytes(lzma.compress(wasm, preset=9 | lzma.PRESET_EXTREME))
    native = files("onnxruntime")  # the npm package comes without its licence; it is that of the repository
    (HERE / "LICENSE").write_bytes((native / "LICENSE").read_bytes())
    (HERE / "NOTICES.txt.gz").write_bytes(gzip.compress((native / "ThirdPartyNotices.txt").read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    main()
