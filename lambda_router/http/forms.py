"""Forms: the fields and the files of a request's body, urlencoded or multipart; imported when a form is read."""

from __future__ import annotations

from ..errors import HTTPError, MissingDependencyError
from ..percent import form
from .request import Headers, Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .request import Request

MAX_FIELDS = 10_000
"""The most fields that an urlencoded form may have."""
MAX_PARTS = 1000
"""The most fields and files that a multipart form may have."""
MAX_HEADERS = 16_384
"""The most bytes of the headers of one of its parts."""


class UploadFile:
    """A file of a form.

    `filename` is its name as the client gives it, without any directory; `content` its bytes; `headers` those of
    its part. What a client says of a file is to be trusted no more than the file.
    """

    __slots__ = ("content", "filename", "headers")

    def __init__(self, content: bytes, *, filename: str, headers: Headers) -> None:
        self.content = content
        self.filename = filename
        self.headers = headers

    @property
    def content_type(self) -> str | None:
        """The type that the client says it has; None where it does not."""
        found: str | None = self.headers.get("content-type")
        return found

    def __len__(self) -> int:
        return len(self.content)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<UploadFile of {len(self.content)} bytes>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """A field of a model takes it as it is."""
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        """In an OpenAPI document it is binary text."""
        return {"type": "string", "contentMediaType": "application/octet-stream"}


class Files(dict[str, UploadFile]):
    """The files of a form by the names of their fields: a name gives its last file, `all(name)` all of them."""

    __slots__ = ("_all",)

    def __init__(self, pairs: Iterable[tuple[str, UploadFile]] = ()) -> None:
        self._all: dict[str, list[UploadFile]] = {}
        for name, file in pairs:
            self._all.setdefault(name, []).append(file)
        super().__init__((name, files[-1]) for name, files in self._all.items())

    def all(self, name: str) -> list[UploadFile]:
        """Every file of the field, in order; empty where there is none."""
        return list(self._all.get(name, ()))


class FormData(Values):
    """The fields of a form, each name with its last value, and its `files`."""

    __slots__ = ("files",)

    def __init__(
        self, fields: Iterable[tuple[str, str]] = (), files: Iterable[tuple[str, UploadFile]] = ()
    ) -> None:
        super().__init__(fields)
        self.files = Files(files)


def read(request: Request) -> FormData | tuple[int, str]:
    """The form in a request's body, empty where there is no body at all; else the status and the detail of the HTTPError
    that it is: every parameter asks for it anew, and a large body is not to be gone through as many times.

    415 for other content types, 400 for what is no such form, 413 for too many fields or parts.
    """
    try:
        return _form(request)
    except HTTPError as exc:
        return exc.status, exc.detail


def _form(request: Request) -> FormData:
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return FormData(_urlencoded(request.text))
    if kind == "multipart/form-data":
        return _multipart(request.body, content_type)
    if not kind and request.content is None:
        return FormData()
    raise HTTPError(
        415, "the request body is neither application/x-www-form-urlencoded nor multipart/form-data"
    )


def _urlencoded(body: str) -> list[tuple[str, str]]:
    if body.count("&") >= MAX_FIELDS:
        raise HTTPError(413, f"the form has more than {MAX_FIELDS} fields")
    return form(body)


def library() -> Any:
    """The module that takes multipart bodies apart; MissingDependencyError where it is not installed."""
    try:
        from python_multipart import multipart
    except ImportError:
        raise MissingDependencyError(
            "multipart forms need python-multipart: pip install python-multipart"
        ) from None
    return multipart


def _multipart(body: bytes, content_type: str) -> FormData:
    """https://www.rfc-editor.org/rfc/rfc7578"""
    parser = library()
    _, options = parser.parse_options_header(content_type.encode("latin-1", "replace"))
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:  # https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1
        raise HTTPError(400, "the form has no boundary, or one of more than 70 characters")
    parts = _Parts(parser.parse_options_header)
    try:
        parser.MultipartParser(boundary, parts.callbacks()).write(body)
    except parser.MultipartParseError:
        raise HTTPError(400, "the request body is not a multipart form with this boundary") from None
    if not parts.complete:
        raise HTTPError(400, "the multipart form ends before its last boundary")
    return FormData(parts.fields, parts.files)


class _Parts:
    """Gathers fields and files as the parser comes upon them."""

    def __init__(self, parse_options: Any) -> None:
        self.fields: list[tuple[str, str]] = []
        self.files: list[tuple[str, UploadFile]] = []
        self.complete = False
        self._parse_options = parse_options
        self._count = 0

    def callbacks(self) -> dict[str, Any]:
        """What the parser calls."""
        names = ("part_begin", "header_field", "header_value", "header_end", "part_data", "part_end", "end")
        return {f"on_{name}": getattr(self, name) for name in names}

    def part_begin(self) -> None:
        self._count += 1
        if self._count > MAX_PARTS:
            raise HTTPError(413, f"the form has more than {MAX_PARTS} parts")
        self._headers: list[tuple[str, str]] = []
        self._name, self._value, self._data = bytearray(), bytearray(), bytearray()
        self._size = 0

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._measure(end - start)
        self._value += data[start:end]

    def _measure(self, more: int) -> None:
        self._size += more
        if self._size > MAX_HEADERS:
            raise HTTPError(413, f"a part of the form has headers of more than {MAX_HEADERS} bytes")

    def header_end(self) -> None:
        value = _text(self._value).strip()
        if "\n" in value or "\0" in value:
            raise HTTPError(400, "a part of the form has a header with a control character")
        self._headers.append((_text(self._name), value))
        self._name, self._value = bytearray(), bytearray()

    def part_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def part_end(self) -> None:
        headers = Headers(self._headers)
        if headers.get("content-transfer-encoding", "binary").lower() not in ("7bit", "8bit", "binary"):
            # https://www.rfc-editor.org/rfc/rfc7578#section-4.7
            raise HTTPError(400, "a part of the form has a transfer encoding")
        kind, options = self._parse_options(headers.get("content-disposition", "").encode().decode("latin-1"))
        if kind != b"form-data" or b"name" not in options:
            raise HTTPError(400, "a part of the form has no name")
        name = _text(options[b"name"])
        if b"filename" not in options:
            self.fields.append((name, _text(self._data)))
        elif options[b"filename"] or self._data:  # else an input in which no file was chosen
            filename = _base(_text(options[b"filename"]))
            self.files.append((name, UploadFile(bytes(self._data), filename=filename, headers=headers)))

    def end(self) -> None:
        self.complete = True


def _text(octets: bytes | bytearray) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise HTTPError(400, "a name or a field of the form is not UTF-8") from None


def _base(filename: str) -> str:
    """The name without directories (https://www.rfc-editor.org/rfc/rfc7578#section-4.2)."""
    name = filename.replace("\\", "/").rpartition("/")[2]
    return "" if name in (".", "..") else name
