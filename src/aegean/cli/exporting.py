"""`aegean export`: a run in a form that travels."""

from __future__ import annotations

from pathlib import Path

import tyro


def export(run: tyro.conf.Positional[str], to: str, out: Path | None = None) -> None:
    """Write a run in a form that others can use without aegean (extra `export`).

    Args:
        run: The run's folder.
        to: onnx: a folder of graphs (encoder, decoder, generator, restorer, translators, editor, classifier, by what
            the model can do), each checked against torch, with snippets for Python and JavaScript.
        out: Where to. None: in the run folder.
    """
    from aegean import exporting
    from aegean.outputs import check_outputs

    check_outputs([] if out is None else [out], [])
    print(exporting.export(run, to, out))
