"""WSGI applications: the environ by PEP 3333, start_response, write, close, and applications that do not keep to it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest
from conftest import FORMS, Send

from lambda_router import Router
from lambda_router.testing import Client, HttpResult, LambdaContext, event

Application = Callable[[dict[str, Any], Any], Any]
TEXT = [("Content-Type", "text/plain")]


def client_of(application: Application, path: str = "/") -> Client:
    app = Router()
    app.mount(path, application)
    return Client(app)


def environ_of(sent: Any, *, path: str = "/api", context: Any = None) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append({**environ, "body": environ["wsgi.input"].read()})
        start_response("200 OK", TEXT)
        return []

    app = Router()
    app.mount(path, application)
    app(sent, context)
    return seen[0]


# -- the environ -----------------------------------------------------------------------------------------------


def test_the_environ_is_what_the_specification_says() -> None:
    context = LambdaContext()
    made = event(
        "function_url",
        path="/api/gr%C3%B6%C3%9Fe%2Fx",
        method="PUT",
        query=[("a", "1"), ("a", "ü")],
        headers={"Host": "shop.example:8443", "X-One": "ä", "Content-Type": "text/x"},
        cookies=["a=1", "b=2"],
        body=b"\xff\x00",
        client_ip="192.0.2.1",
    )
    environ = environ_of(made, context=context)
    assert type(environ) is dict
    wanted = {
        "REQUEST_METHOD": "PUT",
        "SCRIPT_NAME": "/api",
        "PATH_INFO": "/größe/x".encode().decode("latin-1"),
        "QUERY_STRING": "a=1&a=%C3%BC",
        "REQUEST_URI": "/api/gr%C3%B6%C3%9Fe%2Fx?a=1&a=%C3%BC",
        "SERVER_NAME": "shop.example",
        "SERVER_PORT": "8443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_TYPE": "text/x",
        "CONTENT_LENGTH": "2",
        "HTTP_HOST": "shop.example:8443",
        "HTTP_X_ONE": "ä".encode().decode("latin-1"),
        "HTTP_COOKIE": "a=1; b=2",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "aws.event": made,
        "aws.context": context,
        "body": b"\xff\x00",
    }
    assert {name: environ[name] for name in wanted} == wanted
    assert "HTTP_CONTENT_TYPE" not in environ
    assert "HTTP_CONTENT_LENGTH" not in environ


def test_a_header_cannot_be_a_setting_or_another_header() -> None:
    headers = {"Proxy": "http://evil.example", "X_Forwarded_For": "evil", "Content_Length": "9", "X-A": "1"}
    environ = environ_of(event("api_gateway_rest", path="/api", headers=headers))
    assert "HTTP_PROXY" not in environ
    assert "evil" not in environ["HTTP_X_FORWARDED_FOR"]
    assert "CONTENT_LENGTH" not in environ
    assert environ["HTTP_X_A"] == "1"


def test_repeated_headers_are_joined() -> None:
    environ = environ_of(event("alb.multi_value", path="/api", headers=[("x-a", "1"), ("x-a", "2")]))
    assert environ["HTTP_X_A"] == "1,2"


def test_without_a_body_there_is_no_length() -> None:
    environ = environ_of(event("alb", path="/api"))
    assert "CONTENT_LENGTH" not in environ
    assert "CONTENT_TYPE" not in environ
    assert environ["body"] == b""


@pytest.mark.parametrize(
    ("mounted", "path", "script", "info"),
    [
        ("/", "/", "", "/"),
        ("/", "/a/b", "", "/a/b"),
        ("/a", "/a", "/a", ""),
        ("/a", "/a/", "/a", "/"),
        ("/a/b", "/a/b/c", "/a/b", "/c"),
    ],
)
def test_script_name_and_path_info(mounted: str, path: str, script: str, info: str) -> None:
    environ = environ_of(event("function_url", path=path), path=mounted)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (script, info)


# -- the reference validator -----------------------------------------------------------------------------------


def valid(environ: dict[str, Any], start_response: Any) -> Any:
    content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [content] if environ["REQUEST_METHOD"] != "HEAD" else []


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/größe/%2F"])
def test_the_reference_validator_finds_nothing(send: Send, form: str, method: str, path: str) -> None:
    app = Router()
    app.mount("/api", validator(valid), kind="wsgi")
    content = b"\x00\xff" if method == "POST" else None
    answer = send(app, method, path, body=content, query={"a": "ü"}, headers={"X-A": "ä"}, cookies={"a": "1"})
    assert (answer.status, answer.body) == (200, content or b"")


def test_the_reference_validator_finds_nothing_at_the_root() -> None:
    app = Router()
    app.mount("/", validator(valid), kind="wsgi")
    for form in FORMS:
        assert Client(app).send(event(form, path="/")).response["statusCode"] == 200  # type: ignore[call-overload]


# -- answers ---------------------------------------------------------------------------------------------------


class Pieces:
    """An iterable that writes down whether it was closed."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = pieces
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.closed += 1


def test_pieces_are_joined_and_closed_once() -> None:
    pieces = Pieces(b"a", b"", b"b")

    def application(environ: Any, start_response: Any) -> Any:
        start_response("201 Made up", TEXT)
        return pieces

    answer = client_of(application).get("/")
    assert (answer.status, answer.text, pieces.closed) == (201, "ab", 1)


def test_a_piece_that_fails_closes_too() -> None:
    pieces = Pieces(b"a", ValueError("canary"))

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", TEXT)
        return pieces

    assert client_of(application).get("/").status == 500
    assert pieces.closed == 1


def test_a_generator_may_start_with_its_first_piece() -> None:
    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", TEXT)
        yield b"a"
        yield b"b"

    assert client_of(application).get("/").text == "ab"


def test_write() -> None:
    def application(environ: Any, start_response: Any) -> Any:
        write = start_response("200 OK", TEXT)
        write(b"a")
        write(b"b")
        return [b"c"]

    assert client_of(application).get("/").text == "abc"


def test_an_error_before_the_body_replaces_the_headers() -> None:
    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("X-A", "1")])
        try:
            raise ValueError("no")
        except ValueError:
            start_response("503 Sorry", TEXT, sys.exc_info())
        return [b"sorry"]

    answer = client_of(application).get("/")
    assert (answer.status, answer.text, "x-a" in answer.headers) == (503, "sorry", False)


def test_an_error_after_the_body_began_is_raised_again(caplog: pytest.LogCaptureFixture) -> None:
    reached: list[bool] = []

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", TEXT)
        yield b"half"
        try:
            raise LookupError("canary")
        except LookupError:
            start_response("503 Sorry", TEXT, sys.exc_info())
        reached.append(True)

    answer = client_of(application).get("/")
    assert (answer.status, reached) == (500, [])
    assert "LookupError" in caplog.text


def test_header_values_are_bytes_as_text() -> None:
    def application(environ: Any, start_response: Any) -> Any:
        utf8 = "€".encode().decode("latin-1")
        start_response(
            "200 OK", [*TEXT, ("X-A", utf8), ("X-B", "ä"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        )
        return []

    answer = client_of(application).get("/")
    assert (answer.headers["x-a"], answer.headers["x-b"]) == ("€", "ä")
    assert answer.headers.all("set-cookie") == ["a=1", "b=2"]


def no_start(environ: Any, start_response: Any) -> Any:
    return [b"text"]


def nothing(environ: Any, start_response: Any) -> Any:
    return []


def none(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", TEXT)


def twice(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", TEXT)
    start_response("200 OK", TEXT)
    return []


def text(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", TEXT)
    return ["text"]


def raises(environ: Any, start_response: Any) -> Any:
    raise ValueError("canary")


def exits(environ: Any, start_response: Any) -> Any:
    raise SystemExit(1)


def endless(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", TEXT)
    while True:
        yield b"x" * 100_000


def status(said: Any) -> Application:
    def application(environ: Any, start_response: Any) -> Any:
        start_response(said, TEXT)
        return []

    return application


def header(name: Any, value: Any) -> Application:
    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [(name, value)])
        return []

    return application


class FailingClose(Pieces):
    def close(self) -> None:
        raise ValueError("canary")


def fails_to_close(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", TEXT)
    return FailingClose(b"a")


FAULTS: dict[str, tuple[Application, str]] = {
    "body without a start": (no_start, "before it called start_response"),
    "nothing": (nothing, "ended without an answer"),
    "None": (none, "TypeError"),
    "starts twice": (twice, "start_response twice"),
    "text for bytes": (text, "bytes, not str"),
    "an exception": (raises, "ValueError"),
    "an exit": (exits, "SystemExit"),
    "no end": (endless, "larger than the caller takes"),
    "a number": (status(200), "no text such as"),
    "no number": (status("OK"), "no text such as"),
    "superscript digits": (status("²²²"), "no text such as"),
    "four digits": (status("2000 OK"), "no text such as"),
    "a status of another world": (status("999 OK"), "ResultError"),
    "a line break in a value": (header("X-A", "1\r\nX-Evil: canary"), "ResultError"),
    "a line break in a name": (header("X-A\r\nX-Evil", "canary"), "ResultError"),
    "a value that is no text": (header("X-A", 3), "AttributeError"),
    "a value beyond Latin-1": (header("X-A", "€"), "UnicodeEncodeError"),
    "fails to close": (fails_to_close, "ValueError"),
}


@pytest.mark.parametrize(("application", "said"), FAULTS.values(), ids=FAULTS)
def test_what_goes_wrong_is_a_clear_500_with_one_line(
    application: Application, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer: HttpResult = client_of(application).get("/")
    assert answer.status == 500
    assert set(answer.json()) == {"type", "title", "status", "correlation_id"}
    (line,) = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert said in line
    assert "canary" not in line
