"""Files as answers: one regular file, never outside of its directory, and none that no caller could take."""

from __future__ import annotations

import os
from stat import S_ISREG
from urllib.parse import quote

from ..errors import HTTPError, ResultError
from ..results import LIMIT
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

LARGEST = LIMIT * 3 // 4
"""How many bytes a file may have that is no text: what base64 makes of more, the Runtime API does not take. The answer
is held to its own caller's limit, which may be lower, as all answers are."""

TYPES = {
    "aac": "audio/aac",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "css": "text/css",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "geojson": "application/geo+json",
    "gif": "image/gif",
    "gz": "application/gzip",
    "heic": "image/heic",
    "htm": "text/html",
    "html": "text/html",
    "ico": "image/x-icon",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "m4a": "audio/mp4",
    "map": "application/json",
    "md": "text/markdown",
    "mjs": "text/javascript",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ndjson": "application/x-ndjson",
    "ogg": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "ttf": "font/ttf",
    "txt": "text/plain",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
}
_OCTETS = "application/octet-stream"
"""Content types by the ending of a name: the same on every machine, which the standard library's are not."""


def read(
    path: str | os.PathLike[str],
    *,
    directory: str | os.PathLike[str] | None,
    filename: str | None,
    inline: bool,
    content_type: str | None,
    headers: Mapping[str, Any] | None,
) -> Response:
    """The file as a Response; see `Response.file`."""
    name = os.fspath(path)
    kind = type_of(name) if content_type is None else content_type
    most = LIMIT if is_textual(kind) else LARGEST
    content = _content(name, most) if directory is None else _content_inside(name, os.fspath(directory), most)
    response = Response(_text(content) if is_textual(kind) else content, headers=headers)
    if content_type is not None:
        response.headers["content-type"] = content_type
    elif "content-type" not in response.headers:
        textual = isinstance(response.body, str) and kind.startswith("text/")
        response.headers["content-type"] = f"{kind}; charset=utf-8" if textual else kind
    if filename is not None:
        response.headers["content-disposition"] = disposition(filename, inline=inline)
    return response


def type_of(name: str) -> str:
    """The content type that the ending of a file name stands for; `application/octet-stream` for one unknown here."""
    _, dot, ending = os.path.basename(name).rpartition(".")
    return TYPES.get(ending.lower(), _OCTETS) if dot else _OCTETS


def is_textual(content_type: str) -> bool:
    """Whether content of this type is text: it is smaller when compressed, and needs no base64 if it is UTF-8."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind.endswith(("+json", "+xml")) or kind in _TEXTUAL


_TEXTUAL = frozenset(
    f"application/{name}" for name in ("graphql", "javascript", "json", "x-ndjson", "xml", "yaml")
)


def disposition(filename: str, *, inline: bool = False) -> str:
    """The `content-disposition` under which a client saves a file: https://www.rfc-editor.org/rfc/rfc6266.

    The name goes out in ASCII for old clients and whole for all others; of a path the last part is the name.
    """
    if not isinstance(filename, str):
        raise ResultError(f"a file name is text, not {type(filename).__name__}", path="$.headers")
    name = "".join(c for c in filename.replace("\\", "/").rpartition("/")[2] if c.isprintable()) or "download"
    plain = "".join(c if c.isascii() and c not in '"%' else "_" for c in name)
    kind = "inline" if inline else "attachment"
    if plain == name:
        return f'{kind}; filename="{name}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _text(content: bytes) -> str | bytes:
    """UTF-8 as text, which needs no base64, so that a REST API hands it on whatever it takes for binary."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _content_inside(name: str, directory: str, most: int) -> bytes:
    """The content of a file below the directory, links followed; HTTPError 404 for anything else."""
    try:
        root = os.path.realpath(directory, strict=True)
        found = os.path.realpath(os.path.join(root, name), strict=True)
        if found.startswith(os.path.join(root, "")):
            return _content(found, most)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        pass
    raise HTTPError(404)


def _content(path: str, most: int) -> bytes:
    # A pipe would block the open, and a device has no end.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        facts = os.fstat(handle)
        if not S_ISREG(facts.st_mode):
            raise FileNotFoundError("not a regular file")
        if facts.st_size > most:
            raise ResultError(
                f"the file has {facts.st_size:,} bytes, and an answer carries at most {most:,}",
                path="$.body",
            )
        with open(handle, "rb", closefd=False) as file:
            return file.read(most + 1)
    finally:
        os.close(handle)
