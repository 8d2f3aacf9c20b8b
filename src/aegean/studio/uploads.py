"""Files that a page sends, written to the temporary folder under names of ours, never more bytes than are allowed."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from aegean.errors import InputError
from aegean.studio.files import MOST_BYTES, Files

MOST_FILES = 8
ENDINGS = {  # what a browser may be told that a file is; the names that it sends are not kept
    *(".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"),
    *(".mp4", ".webm", ".mov", ".mkv", ".avi"),
}


async def read_uploads(request: Request, files: Files) -> list[Path]:
    """The files of a form; InputError where it is too large, or no form."""

    async def bounded() -> AsyncGenerator[bytes, None]:
        total = 0
        async for chunk in request.stream():
            total += len(chunk)
            if total > MOST_BYTES:
                raise InputError(f"the upload is too large: at most {MOST_BYTES // 1_000_000} MB")
            yield chunk

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise InputError("an upload is a form with a file")
    try:
        form = await MultiPartParser(request.headers, bounded(), max_files=MOST_FILES, max_fields=8).parse()
    except InputError:
        raise
    except (MultiPartException, KeyError, ValueError) as error:
        raise InputError("the upload cannot be read: it is no whole form") from error
    try:
        found = [_kept(files, one) for one in form.getlist("files") if isinstance(one, UploadFile)]
    finally:
        await form.close()
    if not found:
        raise InputError("the form holds no file")
    return found


def _kept(files: Files, upload: UploadFile) -> Path:
    ending = Path(upload.filename or "").suffix.lower()
    path = files.new(ending if ending in ENDINGS else ".bin")
    with path.open("wb") as out:
        shutil.copyfileobj(upload.file, out)
    return path
