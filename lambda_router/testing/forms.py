"""Bodies of HTML forms, as browsers write them: url-encoded fields, or multipart where there are files.

https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import IO, Any
from urllib.parse import urlencode

from .samples import SampleError, stamps
from .samples.http import Content, pairs

__all__ = ["File", "Files", "multipart", "urlencoded"]

File = str | bytes | IO[bytes] | IO[str] | tuple[str, str | bytes] | tuple[str, str | bytes, str]
"""A file's content, or an open file, or its name with the content, or its name, content and content type."""
Files = Mapping[str, File | list[File]] | Iterable[tuple[str, File]]
"""Files by the names of their fields; several of one field as a list."""

_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def urlencoded(fields: Mapping[str, Any]) -> Content:
    """The body of a form without files; a list of values is a field that is sent several times."""
    return Content(urlencode(fields, doseq=True), "application/x-www-form-urlencoded")


def multipart(fields: Mapping[str, Any], files: Files) -> Content:
    """The body of a form with files."""
    boundary = f"form-{stamps.hexadecimal(32)}"
    parts = [*_fields(fields), *_files(files)]
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
    return Content(body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}")


def _fields(fields: Mapping[str, Any]) -> Iterator[bytes]:
    for name, value in pairs(fields):
        yield f"{_disposition(name)}\r\n\r\n{value}".encode()


def _files(files: Files) -> Iterator[bytes]:
    rows: Any = files.items() if isinstance(files, Mapping) else files
    for field, given in rows:
        for one in given if isinstance(given, list) else [given]:
            name, content, kind = _file(field, one)
            head = f'{_disposition(field)}; filename="{name.translate(_ESCAPED)}"\r\nContent-Type: {kind}\r\n\r\n'
            yield head.encode() + (content.encode() if isinstance(content, str) else content)


def _file(field: str, given: Any) -> tuple[str, str | bytes, str]:
    """A file's name, content and content type; what is not given follows from what is."""
    if hasattr(given, "read"):
        given = (PurePath(str(getattr(given, "name", field))).name, given.read())
    name, content, *kind = given if isinstance(given, tuple) and 2 <= len(given) <= 3 else (field, given)
    if not isinstance(content, str | bytes) or not isinstance(name, str):
        raise SampleError(f"a file is its content, or its name and content; not {given!r:.80}")
    return name, content, kind[0] if kind else mimetypes.guess_type(name)[0] or "application/octet-stream"


def _disposition(field: str) -> str:
    return f'Content-Disposition: form-data; name="{field.translate(_ESCAPED)}"'
