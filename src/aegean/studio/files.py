"""Pictures that came in and went out, in a temporary folder: only who was told a file's name can ask for it."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from aegean.errors import InputError
from aegean.images import open_picture, save_film, save_picture
from aegean.picture_formats import open_image

MOST_BYTES = 64_000_000  # of one upload
MOST_PIXELS = 40_000_000
MOST_KEPT = 2_000_000_000  # bytes; the oldest go first
TOKEN = re.compile(r"[0-9a-f]{32}(\.[a-z0-9]{1,5})")
FILE = {"_type": "gradio.FileData"}
Upload = dict[str, Any]  # what gradio_client.handle_file makes of a path, and the page of an upload


class Files:
    """The folder; it goes when the studio goes."""

    def __init__(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="aegean-studio-"))
        self.folder, self.logs = self.place / "files", self.place / "logs"
        self.folder.mkdir()
        self.logs.mkdir()
        self._lock = threading.Lock()

    def close(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.place, ignore_errors=True)

    def new(self, ending: str) -> Path:
        """A path that nobody can guess, after the oldest files have made room."""
        with self._lock:
            kept = sorted(self._kept())
            total = sum(size for _, size, _ in kept)
            for _, size, path in kept:
                if total <= MOST_KEPT:
                    break
                total -= size
                path.unlink(missing_ok=True)
        return self.folder / f"{secrets.token_hex(16)}{ending}"

    def _kept(self) -> Iterator[tuple[float, int, Path]]:
        """When each file was written, its bytes, and where it is; other threads write and rename as this looks."""
        for path in self.folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                told = path.stat()
                yield told.st_mtime, told.st_size, path

    def find(self, token: str) -> Path:
        """The file of that name; InputError where there is none, and for whatever is no such name."""
        path = self.folder / token if TOKEN.fullmatch(token) else None
        if path is None or not path.is_file():
            raise InputError("there is no such upload; it may have made room for newer ones: upload it again")
        return path

    def uploaded(self, upload: Upload) -> Path:
        """The file of an upload."""
        token = upload.get("path") if isinstance(upload, dict) else None
        if not isinstance(token, str):
            raise InputError("no picture was given: upload one first")
        return self.find(token)

    def picture(self, upload: Upload) -> Image.Image:
        """An uploaded picture, decoded by the one safe door; InputError where it is none, or too large."""
        path = self.uploaded(upload)
        check_pixels(path)
        try:
            return open_picture(path, name="the picture")
        except InputError as error:
            raise InputError(str(error).replace(str(path), "it")) from error

    def give(self, picture: Image.Image, origin: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A picture as a PNG that knows where it comes from -> what the page, or `gradio_client`, fetches it by."""
        return self.given(save_picture(self.new(".png"), picture, origin))

    def film(
        self, frames: list[Image.Image], seconds_per_frame: float, origin: Mapping[str, str] | None
    ) -> dict[str, Any]:
        """Frames as an animated WebP."""
        return self.given(save_film(self.new(".webp"), frames, seconds_per_frame, origin))

    def given(self, path: Path) -> dict[str, Any]:
        """What a file of this folder is fetched by."""
        return {"path": path.name, "meta": FILE}


def check_pixels(path: Path) -> None:
    """InputError for a picture of more pixels than the studio takes; whether it is one at all shows later."""
    try:
        with open_image(path) as picture:
            size = picture.size
    except Exception:
        return
    if size[0] * size[1] > MOST_PIXELS:
        raise InputError(f"the picture has {size[0]} x {size[1]} pixels; the studio takes up to {MOST_PIXELS:,}")
