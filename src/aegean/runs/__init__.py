"""THE run folder: a folder <-> (config, model, history). The only room that knows its file names.

RUN/  config.json            the effective config; `aegean train --like RUN` reruns it
      about.json             command, versions, commit, machine, DataSpec, fingerprint of the data, places of eyes
      metrics.jsonl          a line a report: step, images, seconds, "vae/rate": ...
      previews/              step-000500.png ...
      weights.safetensors    averaged weights: all that sampling and evaluation need
      best.safetensors       those of the best step so far, where a KeepBest watched
      state/                 all that resuming needs, in one file; and that of the save before, should it be damaged
      evaluation.json  samples/  report.html
"""

from aegean.runs.creation import create, is_run
from aegean.runs.origin import command, machine
from aegean.runs.run import Run, load
from aegean.runs.storage import OWN_FILES, WEIGHTS, NotFinite, load_weights, read_tensors, write_whole

__all__ = [
    "OWN_FILES",
    "WEIGHTS",
    "NotFinite",
    "Run",
    "command",
    "create",
    "is_run",
    "load",
    "load_weights",
    "machine",
    "read_tensors",
    "write_whole",
]
