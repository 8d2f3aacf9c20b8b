"""`aegean export`: a run in a form that travels."""

from __future__ import annotations

from pathlib import Path

import tyro


def export(
    run: tyro.conf.Positional[str],
    to: str = "html",
    out: Path | None = None,
    licence: str | None = None,
    push: str | None = None,
    examples: tuple[str, ...] = (),
) -> None:
    """Write a run in a form that others can use without aegean (extra `export`).

    Args:
        run: The run's folder, or zoo:NAME.
        to: html: one file that opens from disk in any browser, offline: drag through the codes of a model that samples,
            draw for a classifier and see what its layers see, drop a photo for one that restores, translates or edits.
            onnx: a folder of graphs (encoder, decoder, generator, restorer, translators, editor, classifier, by what
            the model can do), each checked against torch, with snippets for Python and JavaScript. hub: a folder in the
            layout of the Hugging Face hub, with a model card, and a Space beside it.
        out: Where to. None: in the run folder.
        licence: Of the model, for its card on the hub: apache-2.0, cc-by-4.0 ...
        push: Upload what hub wrote as the model OWNER/NAME, and its Space; needs a network and `hf auth login`.
        examples: Pictures that the page of html can be tried on. Default: of the run's data, or drawn faces.
    """
    from aegean import exporting
    from aegean.outputs import check_outputs

    check_outputs([] if out is None else [out], map(Path, examples))
    print(exporting.export(run, to, out, licence=licence, push=push, examples=examples))
