"""`python -m sitebuilder [OUT]`: the site, into site/ unless said otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

from sitebuilder.parts import PageError
from sitebuilder.site import ROOT, Site


def build() -> int:
    """Build it: 0, or 2 after a line that says which page is wrong."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site").resolve()
    try:
        Site(ROOT / ".cache" / "site", out).build()
    except PageError as error:
        print(f"site: {error}", file=sys.stderr)
        return 2
    print(f"look: {out / 'index.html'}")
    return 0


sys.exit(build())
