"""Builds the site from docs/: `make site`, or `python -m sitebuilder` with docs/ on the path.

A page is Markdown that reads well as it stands. What the builder, and the tests, take out of it:

    ```sh              commands, each of which must succeed; run in the page's own folder, in order
    ```sh shows        the same, and what they print is shown below
    ```sh refused      the same, but each must be refused in a line, which is shown
    ```sh elsewhere    not run: what needs another machine, or what CI does itself
    ```python here     run in the same folder, in its turn; what it prints is shown below
    ```python picture  the same, folded away: it only puts pictures beside one another
    ```python from F   an excerpt of the file F: the body is its first line, `...`, and its last, or parts of them
    ```explorer RUN    the run's HTML export in the page; the body is its caption
    $x$ and $$x$$      TeX, as MathML
    ![...](made/F)     a picture that the commands made
"""
