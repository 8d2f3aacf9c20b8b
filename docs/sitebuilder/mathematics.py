"""TeX -> MathML, which browsers draw by themselves: no script, no font."""

from __future__ import annotations

from latex2mathml.converter import convert

from sitebuilder.parts import PageError

MARKDOWN = {"*": "&#42;", "_": "&#95;"}  # what Markdown would take for its own


def mathml(tex: str, display: bool) -> str:
    """A formula, in the line or by itself; PageError where it is no TeX that is understood."""
    try:
        made = convert(tex.strip(), display="block" if display else "inline")
    except Exception as error:
        raise PageError(f"not understood: {tex!r}: {error!r}") from error
    if "&amp;" in made or "\\" in made:  # what it does not know, it copies
        raise PageError(f"not understood: {tex!r}")
    for sign, code in MARKDOWN.items():
        made = made.replace(sign, code)
    # in a span, since a line that begins with <math> would be a paragraph of its own
    return f'<div class="formula">{made}</div>' if display else f"<span>{made}</span>"
