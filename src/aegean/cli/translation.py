"""`aegean translate`: photos, folders of them, and films of one domain -> the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from aegean.cli import unused
from aegean.cli._options import Bare, Device, Flag, Folder, Out
from aegean.consoles import tell
from aegean.errors import InputError

if TYPE_CHECKING:
    from aegean.use.translating import Translation


def translate(
    run: Folder,
    source: tyro.conf.Positional[Path],
    to: str | None = None,
    back: Flag = False,
    out: Out = None,
    steady: float = 0.0,
    size: int | None = None,
    device: Device = "auto",
    no_metadata: Bare = False,
) -> None:
    """Turn a photo, a folder of photos or a film of one domain into the other; or into what pairs have taught.

    Photos of any size are translated as they are, large ones in tiles without seams, which takes several times as long
    for each pixel; what is transparent becomes white. A film keeps its frame rate, its length and its sound, and a long
    one takes no more memory than a short one; an animation does, as its pictures are written all at once. Things should
    be about as large, in pixels, as in the training images: see --size.

    Args:
        run: The folder of a run that translates: a cyclegan or a paired_translator.
        source: A photo, a folder of photos, an animation (.gif, .webp, .png), or a film of any kind that PyAV opens.
        to: The domain wanted: its name, or a or b. A paired_translator, which knows one way, needs none.
        back: Translate back, too, and show the three beside one another.
        out: Where to; for a folder, a folder. None: in RUN/samples.
        steady: Of films: reduce flicker, from 0 (not) to 1 (what stands still stays as it was).
        size: Make the short side so many pixels first. None: as it is.
    """
    from aegean import use
    from aegean.cli import _picture_outputs as outputs
    from aegean.media.endings import FILMS, ending_for
    from aegean.use.remarks import say
    from aegean.use.translating import Translation, check_steady, moves

    opened = use.open_run(run, device)
    translation = Translation(opened, to, back=back, size=size)
    check_steady(steady)
    if not source.exists():
        raise InputError(f"{source}: no such file or folder")
    film = not source.is_dir() and moves(source)
    facts = (to or "made", "back" if back else None, size, f"steady-{steady}" if steady and film else None)
    origin = outputs.origin(opened, no_metadata)
    if film:
        where = out or outputs.default_out(opened, "translate", *facts, files=[source], ending=ending_for(source))
        outputs.checked(where, [source])
        _film(translation, source, where, steady, origin)
        return
    unused("it is of films", "--steady")
    paths = use.found_in([source], but=out)
    where, targets = outputs.places(opened, "translate", facts, [source], paths, out)
    list(outputs.save_each(paths, targets, "translate", translation.photo, origin=origin))
    if films := sum(path.suffix.lower() in FILMS for path in source.rglob("*")):  # of a photo, none
        say(f"{source}: {films} film{'s' * (films > 1)} left out; each is translated by itself")
    tell(where)


def _film(translation: Translation, source: Path, where: Path, steady: float, origin: dict[str, str] | None) -> None:
    from aegean.use.batches import progress_line
    from aegean.use.remarks import say

    with progress_line("translate", None, "frames") as advance:
        made = translation.film(source, where, steady, advance, origin)
    tell(where)
    outcome, (given, plain, after) = made.outcome, made.changes
    beside = f" ({plain:.2f} before its frames were blended; --steady 0 tells what it is without)" if steady else ""
    tell(f"{outcome.frames} frames, {outcome.seconds:.2f} s, {outcome.sound}")
    tell(f"change from frame to frame, of 255: {given:.2f} in the film, {after:.2f} in its translation{beside}")
    for line in outcome.left_out:
        say(f"{source}: {line}")
    if outcome.problem:
        say(f"{source}: {outcome.problem}; what could be read is written")
