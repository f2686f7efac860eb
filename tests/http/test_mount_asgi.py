"""ASGI applications: the scope, the messages, the lifespan, and applications that do not keep to the protocol."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lambda_router import Router
from lambda_router.testing import Client, HttpResult, LambdaContext, event

Application = Callable[[Any, Any, Any], Any]


def on_http(handle: Application) -> Application:
    """An application without a lifespan."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await handle(scope, receive, send)

    return application


def client_of(handle: Application, *, timeout: float = 3.0, path: str = "/") -> Client:
    app = Router()
    app.mount(path, on_http(handle))
    return Client(app, timeout=timeout)


def start(status: Any = 200, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content: bytes = b"", *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": content, "more_body": more}


def answering(*messages: dict[str, Any]) -> Application:
    async def handle(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    return handle


# -- the scope -------------------------------------------------------------------------------------------------


def scope_of(sent: Any, *, path: str = "/api", context: Any = None) -> dict[str, Any]:
    seen: list[Any] = []

    async def handle(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)
        await send(start())
        await send(body())

    app = Router()
    app.mount(path, on_http(handle))
    app(sent, context)
    found: dict[str, Any] = seen[0]
    return found


def test_the_scope_is_what_the_specification_says() -> None:
    context = LambdaContext()
    made = event(
        "function_url",
        path="/api/gr%C3%B6%C3%9Fe%2Fx",
        method="PUT",
        query=[("a", "1"), ("a", "2")],
        headers={"Host": "shop.example:8443", "X-One": "ä", "Cookie": "a=1"},
        cookies=["b=2"],
        body=b"\xff\x00",
        client_ip="192.0.2.1",
    )
    scope = scope_of(made, context=context)
    headers = dict(scope.pop("headers"))
    assert scope == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "https",
        "path": "/api/größe/x",
        "raw_path": b"/api/gr%C3%B6%C3%9Fe%2Fx",
        "root_path": "/api",
        "query_string": b"a=1&a=2",
        "client": ("192.0.2.1", 0),
        "server": ("shop.example", 8443),
        "extensions": {},
        "state": {},
        "aws.event": made,
        "aws.context": context,
    }
    assert headers[b"x-one"] == "ä".encode()  # the bytes that the client sent
    assert headers[b"cookie"] == b"a=1; b=2"
    assert headers[b"content-length"] == b"2"
    assert all(name == name.lower() for name in headers)


def test_repeated_headers_stay_apart_and_cookies_are_one() -> None:
    made = event(
        "api_gateway_rest",
        path="/api",
        headers=[("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1"), ("cookie", "b=2")],
    )
    rows = scope_of(made)["headers"]
    assert [value for name, value in rows if name == b"x-a"] == [b"1", b"2"]
    assert [value for name, value in rows if name == b"cookie"] == [b"a=1; b=2"]


def test_the_length_is_that_of_the_body_and_nothing_is_chunked() -> None:
    made = event(
        "alb",
        path="/api",
        method="POST",
        body="abc",
        headers={"content-length": "99", "transfer-encoding": "chunked"},
    )
    headers = dict(scope_of(made)["headers"])
    assert headers[b"content-length"] == b"3"
    assert b"transfer-encoding" not in headers
    empty = dict(scope_of(event("alb", path="/api", headers={"content-length": "99"}))["headers"])
    assert empty[b"content-length"] == b"0"
    assert b"content-length" not in dict(scope_of(event("alb", path="/api"))["headers"])


@pytest.mark.parametrize(
    ("headers", "server", "scheme"),
    [
        (
            {"host": "a.example", "x-forwarded-proto": "http", "x-forwarded-port": "80"},
            ("a.example", 80),
            "http",
        ),
        ({"host": "a.example", "x-forwarded-proto": "http"}, ("a.example", 80), "http"),
        ({"host": "a.example:81", "x-forwarded-port": "82"}, ("a.example", 81), "https"),
        ({"host": "[::1]:81"}, ("[::1]", 81), "https"),
        ({"host": "[::1]"}, ("[::1]", 443), "https"),
        ({"host": "a:b:c"}, ("a:b", 443), "https"),
        (
            {"host": "a.example", "x-forwarded-proto": "gopher", "x-forwarded-port": "²"},
            ("a.example", 443),
            "https",
        ),
        ({"host": "a.example", "x-forwarded-port": "9" * 5000}, ("a.example", 443), "https"),
        ({"host": ""}, ("lambda", 443), "https"),
        ({"host": ":"}, ("lambda", 443), "https"),
    ],
)
def test_server_and_scheme_of_any_headers(headers: dict[str, str], server: Any, scheme: str) -> None:
    made = event("vpc_lattice", path="/api")
    made["headers"] = headers
    scope = scope_of(made)
    assert (scope["server"], scope["scheme"]) == (server, scheme)


@pytest.mark.parametrize(
    "query", ["a=1&a=2", "flag", "a=%zz&b=%FF", "a=+b&&=c", "q=größe x", "a=\ud800", "a=\r\nb"]
)
def test_the_query_is_as_it_was_sent(query: str) -> None:
    made = event("api_gateway_http", path="/api")
    made["rawQueryString"] = query
    found = scope_of(made)["query_string"]
    assert found.isascii()
    if query.isascii() and query.isprintable():
        assert found == query.encode()
    assert b" " not in found
    assert b"\n" not in found


def test_a_path_that_the_service_decoded_is_encoded_again() -> None:
    made = event("api_gateway_http", path="/api/x")
    made["rawPath"] = "/api/größe%41/50%"
    scope = scope_of(made)
    assert scope["path"] == "/api/größe%41/50%"
    assert scope["raw_path"] == b"/api/gr%C3%B6%C3%9Fe%2541/50%25"


# -- what is refused before the application --------------------------------------------------------------------

CLIMBING = [
    "/api/../x", "/api/%2e%2e/x", "/api/.%2E/", "/api/%252e%252e/x", "/api/a%2f..%2fx", "/api/..%5cx", "/api/a%00b",
    "/api/%2500", "/api/..", "/api/a/%2e%2e%2f%2e%2e%2fetc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("path", CLIMBING)
def test_paths_that_climb(path: str) -> None:
    made = event("function_url", path="/api")
    made["rawPath"] = path
    with pytest.raises(IndexError):
        scope_of(made)
    assert client_of(answering(start(), body()), path="/api").send(made).response["statusCode"] == 400


@pytest.mark.parametrize("path", ["/api/%ff", "/api/%C3%28"])
def test_paths_that_are_not_utf8(path: str) -> None:
    made = event("function_url", path="/api")
    made["rawPath"] = path
    assert client_of(answering(start(), body()), path="/api").send(made).response["statusCode"] == 400


def test_a_body_that_is_not_base64() -> None:
    made = event("function_url", path="/", method="POST", body=b"x")
    made["body"] = "***"
    assert client_of(answering(start(), body())).send(made).response["statusCode"] == 400


# -- messages --------------------------------------------------------------------------------------------------


def test_the_body_comes_once_and_the_disconnect_after_the_answer() -> None:
    seen: list[Any] = []

    async def handle(scope: Any, receive: Any, send: Any) -> None:
        seen.append(await receive())
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0.01)
        seen.append(waiting.done())
        await send(start())
        await send(body(b"a", more=True))
        await asyncio.sleep(0)
        seen.append(waiting.done())
        await send(body(b"b"))
        seen.append(await waiting)
        seen.append(await receive())

    answer = client_of(handle).post("/", data=b"sent")
    gone = {"type": "http.disconnect"}
    assert seen == [{"type": "http.request", "body": b"sent", "more_body": False}, False, False, gone, gone]
    assert answer.body == b"ab"


@pytest.mark.parametrize(
    ("kind", "content", "is_base64"),
    [
        ("text/html; charset=utf-8", "größe".encode(), False),
        ("TEXT/CSV", b"a,b", False),
        ("application/json", b"{}", False),
        ("application/problem+json; x=y", b"{}", False),
        ("image/svg+xml", b"<svg/>", False),
        ("application/xml", b"<a/>", False),
        ("application/javascript", b"1", False),
        ("text/html; charset=latin-1", b"gr\xf6\xdfe", True),
        ("application/json", b"\xff", True),
        ("image/png", b"plain", True),
        ("application/zip", b"PK", True),
        ("", b"plain", True),
        ("text/plain", b"\xef\xbb\xbfwith a mark\x00\x01", False),
        ("text/plain; charset=utf-16", "hi".encode("utf-16"), True),
    ],
)
def test_texts_are_text_and_the_rest_is_base64(kind: str, content: bytes, is_base64: bool) -> None:
    headers = [(b"Content-Type", kind.encode())] if kind else []
    answer = client_of(answering(start(200, *headers), body(content))).get("/")
    assert answer.response["isBase64Encoded"] is is_base64
    assert answer.body == content


def test_what_is_compressed_is_base64() -> None:
    rows = (b"content-type", b"text/plain"), (b"content-encoding", b"br")
    answer = client_of(answering(start(200, *rows), body(b"abc"))).get("/")
    assert (answer.response["isBase64Encoded"], answer.body) == (True, b"abc")
    plain = client_of(answering(start(200, rows[0], (b"content-encoding", b"identity")), body(b"abc"))).get(
        "/"
    )
    assert plain.response["isBase64Encoded"] is False


def test_repeated_headers_and_cookies_of_an_answer() -> None:
    rows = (
        (b"X-A", b"1"),
        (b"x-a", b"2"),
        (b"set-cookie", b"a=1"),
        (b"Set-Cookie", b"b=2; Expires=Wed, 1 Jan 2031"),
    )
    answer = client_of(answering(start(200, *rows), body())).get("/", source="api_gateway_rest")
    assert answer.headers.all("x-a") == ["1", "2"]
    assert answer.headers.all("set-cookie") == ["a=1", "b=2; Expires=Wed, 1 Jan 2031"]


def test_headers_between_a_server_and_its_client_are_not_the_applications() -> None:
    rows = (
        (b"connection", b"close"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Content-Length", b"99"),
        (b"x-a", b"1"),
    )
    answer = client_of(answering(start(200, *rows), body(b"abc"))).get("/")
    assert set(answer.headers) == {"x-a", "content-type"}


@pytest.mark.parametrize("value", ["ä€".encode(), b"\xe4"])
def test_header_values_that_are_not_ascii(value: bytes) -> None:
    """Mangum fails for what is not UTF-8; servers of ASGI say nothing about it."""
    answer = client_of(answering(start(200, (b"x-a", value)), body())).get("/")
    assert answer.status == 200
    assert answer.headers["x-a"] in ("ä€", "ä")


@pytest.mark.parametrize(
    "row",
    [
        (b"x-a", b"1\r\nset-cookie: evil=1"),
        (b"x-a\r\nevil", b"1"),
        (b"x a", b"1"),
        (b"", b"1"),
        (b"x-a", b"\x00"),
    ],
)
def test_headers_that_http_does_not_allow_are_a_fault(row: Any, caplog: pytest.LogCaptureFixture) -> None:
    answer = client_of(answering(start(200, row), body(b"text"))).get("/")
    assert answer.status == 500
    assert "evil" not in str(answer.response)
    assert "evil" not in caplog.text


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body(status: int) -> None:
    answer = client_of(answering(start(status, (b"etag", b'"1"')), body(b"text"))).get("/")
    assert (answer.status, answer.body, answer.headers["etag"]) == (status, b"", '"1"')


def test_head_keeps_the_length_and_drops_the_body() -> None:
    rows = (b"content-type", b"text/plain"), (b"content-length", b"4")
    answer = client_of(answering(start(200, *rows), body(b"text"))).head("/")
    assert (answer.body, answer.headers["content-length"]) == (b"", "4")


def test_an_answer_without_headers_and_with_other_kinds_of_bytes() -> None:
    async def handle(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": bytearray(b"a"), "more_body": True})
        await send({"type": "http.response.body", "body": memoryview(b"b"), "more_body": True})
        await send({"type": "http.response.body"})

    assert client_of(handle).get("/").body == b"ab"


# -- applications that do not keep to it -----------------------------------------------------------------------


async def sleeping(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(3600)


async def deaf(scope: Any, receive: Any, send: Any) -> None:
    for _ in range(2):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


async def waiting_for_ever(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await receive()


async def stopped_halfway(scope: Any, receive: Any, send: Any) -> None:
    await send(start())
    await send(body(b"half", more=True))
    await asyncio.sleep(3600)


async def raising_halfway(scope: Any, receive: Any, send: Any) -> None:
    await send(start())
    await send(body(b"half", more=True))
    raise ValueError("canary")


async def catching(scope: Any, receive: Any, send: Any) -> None:
    try:
        await send(body(b"first"))
    except Exception:
        await send(start())
        await send(body(b"then"))


async def exiting(scope: Any, receive: Any, send: Any) -> None:
    raise SystemExit(3)


async def cancelling(scope: Any, receive: Any, send: Any) -> None:
    raise asyncio.CancelledError


def endless(scope: Any, receive: Any, send: Any) -> Any:
    async def handle() -> None:
        await send(start(200, (b"content-type", b"text/event-stream")))
        while True:
            await send(body(b"data: x\n\n" * 10_000, more=True))

    return handle()


FAULTS: dict[str, tuple[Application, str]] = {
    "never answers": (sleeping, "did not end within"),
    "waits for a disconnect": (waiting_for_ever, "did not end within"),
    "does not end when cancelled": (deaf, "did not end within"),
    "stops halfway": (stopped_halfway, "did not end within"),
    "raises halfway": (raising_halfway, "ValueError"),
    "says nothing": (answering(), "ended without a whole answer"),
    "ends halfway": (answering(start(), body(b"a", more=True)), "ended without a whole answer"),
    "starts and ends": (answering(start()), "ended without a whole answer"),
    "body first": (answering(body(b"a"), start()), "sent http.response.body after anything"),
    "body first, and catches": (catching, "sent http.response.body after anything"),
    "starts twice": (answering(start(), start()), "sent http.response.start after http.response.start"),
    "answers twice": (answering(start(), body(), start(), body()), "after its whole answer"),
    "goes on": (answering(start(), body(b"a"), body(b"b")), "after its whole answer"),
    "a message of another protocol": (answering({"type": "websocket.accept"}), "sent websocket.accept"),
    "a message without a type": (answering({}), "KeyError"),
    "a message that would forge a line": (
        answering({"type": "a\nERROR forged"}),
        r"sent a\nERROR forged after",
    ),
    "text for a body": (answering(start(), {"type": "http.response.body", "body": "text"}), "bytes, not str"),
    "a status that is none": (answering(start("200"), body()), "ResultError"),
    "a status of another world": (answering(start(999), body()), "ResultError"),
    "an exit": (exiting, "SystemExit"),
    "a cancellation": (cancelling, "CancelledError"),
    "no end": (endless, "larger than the caller takes"),
}


@pytest.mark.parametrize(("handle", "said"), FAULTS.values(), ids=FAULTS)
def test_what_goes_wrong_is_a_clear_500_with_one_line(
    handle: Application, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(handle, timeout=0.2)
    began = time.monotonic()
    answer = client.get("/")
    assert time.monotonic() - began < 3
    assert answer.status == 500
    assert set(answer.json()) == {"type", "title", "status", "correlation_id"}
    errors = [
        r.getMessage() for r in caplog.records if r.name == "lambda_router" and r.levelno >= logging.ERROR
    ]
    assert len(errors) == 1
    assert said in errors[0]
    assert answer.json()["correlation_id"] in errors[0]
    assert "canary" not in caplog.text


@pytest.mark.parametrize(("handle", "said"), FAULTS.values(), ids=FAULTS)
def test_nothing_of_it_is_left_for_the_next_request(handle: Application, said: str) -> None:
    tasks: list[set[Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/bad":
            await handle(scope, receive, send)
            return
        tasks.append(asyncio.all_tasks())
        await send(start())
        await send(body(b"good"))

    client = client_of(application, timeout=0.2)
    assert client.get("/good").body == b"good"
    assert client.get("/bad").status == 500
    assert client.get("/good").body == b"good"
    before, after = tasks
    assert len(after) == len(before)  # a request's own two, and what other apps of this thread keep


def test_what_a_request_leaves_behind_ends_with_its_invocation() -> None:
    left: list[asyncio.Task[Any]] = []

    async def handle(scope: Any, receive: Any, send: Any) -> None:
        left.append(asyncio.ensure_future(asyncio.sleep(3600)))
        await send(start())
        await send(body())

    assert client_of(handle).get("/").status == 200
    assert left[0].cancelled()


def test_an_exception_after_the_answer_is_logged_and_the_answer_stands(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def handle(scope: Any, receive: Any, send: Any) -> None:
        await send(start(200, (b"content-type", b"text/plain")))
        await send(body(b"all of it"))
        raise ValueError("canary")

    answer = client_of(handle).get("/")
    assert (answer.status, answer.text) == (200, "all of it")
    (line,) = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert "failed after its answer: ValueError at test_mount_asgi.py" in line
    assert "canary" not in line


def test_work_after_the_answer_that_takes_too_long_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    ended: list[bool] = []

    async def handle(scope: Any, receive: Any, send: Any) -> None:
        await send(start())
        await send(body(b"all of it"))
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    answer = client_of(handle, timeout=0.2).get("/")
    assert (answer.status, answer.body, ended) == (200, b"all of it", [True])
    assert "failed after its answer: ApplicationError" in caplog.text


def test_background_tasks_have_run_when_the_answer_leaves() -> None:
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    done: list[str] = []

    async def later() -> None:
        await asyncio.sleep(0.02)
        done.append("later")

    app = Router()
    app.mount(
        "/",
        Starlette(routes=[Route("/", lambda r: PlainTextResponse("x", background=BackgroundTask(later)))]),
    )
    assert Client(app).get("/").text == "x"
    assert done == ["later"]


def test_without_a_deadline_nothing_is_cut_off() -> None:
    async def handle(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.05)
        await answering(start(), body(b"x"))(scope, receive, send)

    app = Router()
    app.mount("/", on_http(handle))
    assert app(event("function_url", path="/"), None)["statusCode"] == 200


@pytest.mark.parametrize(("source", "limit"), [("alb", 1_048_576), ("function_url", 6_291_556)])
def test_answers_that_the_caller_does_not_take(source: str, limit: int) -> None:
    for size, status in ((limit - 4096, 200), (limit + 1, 500)):
        handle = answering(start(200, (b"content-type", b"text/plain")), body(b"x" * size))
        assert client_of(handle).get("/", source=source).status == status
    encoded = answering(start(200, (b"content-type", b"image/png")), body(b"\xff" * (limit * 4 // 5)))
    assert client_of(encoded).get("/", source=source).status == 500


def test_an_app_inside_a_running_loop() -> None:
    client = client_of(answering(start(), body(b"x")))

    async def main() -> HttpResult:
        return client.get("/")

    assert asyncio.run(main()).body == b"x"


# -- the lifespan ----------------------------------------------------------------------------------------------


def lively(log: list[str], *, state: dict[str, Any] | None = None) -> Application:
    """An application with a lifespan, which writes down what happens to it."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            assert scope["asgi"]["version"] == "3.0"
            scope["state"].update(state or {})
            for phase in ("startup", "shutdown"):
                message = await receive()
                log.append(message["type"])
                await send({"type": f"lifespan.{phase}.complete"})
            return
        log.append(f"{scope['path']} {sorted(scope['state'])}")
        scope["state"]["own"] = len(log)
        await send(start())
        await send(body())

    return application


def test_the_lifespan_runs_once_and_ends_with_the_client() -> None:
    log: list[str] = []
    app = Router()
    app.mount("/api", lively(log, state={"db": 1}))
    with Client(app) as client:
        assert log == []
        client.get("/api/a")
        client.get("/api/b")
        assert log == ["lifespan.startup", "/api/a ['db']", "/api/b ['db']"]
    assert log[-1] == "lifespan.shutdown"
    client.get("/api/c")  # opened anew
    assert log[-2:] == ["lifespan.startup", "/api/c ['db']"]
    client.close()


def test_what_a_lifespan_left_in_the_state_is_gone_when_it_starts_anew() -> None:
    log: list[str] = []
    state = {"first": 1}
    app = Router()
    app.mount("/", lively(log, state=state))
    with Client(app) as client:
        client.get("/a")
        state.clear()
        client.close()
        client.get("/b")
    assert [line for line in log if line.startswith("/")] == ["/a ['first']", "/b []"]


def test_an_application_that_is_mounted_twice_starts_once() -> None:
    log: list[str] = []
    application = lively(log)
    app, inner = Router(), Router()
    inner.mount("/a", application)
    app.include(inner)
    app.mount("/b", application, sources=["alb"])
    with Client(app) as client:
        client.get("/a")
        client.get("/b", source="alb")
    assert [line.partition(" ")[0] for line in log] == ["lifespan.startup", "/a", "/b", "lifespan.shutdown"]


def test_the_lifespans_of_an_app_start_in_order_and_end_in_reverse() -> None:
    log: list[str] = []
    app = Router()

    @app.lifespan
    def own() -> Any:
        log.append("own starts")
        yield
        log.append("own ends")

    app.mount("/", lively(log))
    with Client(app) as client:
        client.get("/")
    assert [log[0], log[1], *log[-2:]] == ["own starts", "lifespan.startup", "lifespan.shutdown", "own ends"]


def test_starlettes_lifespan_state_reaches_requests_on_one_loop() -> None:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    loops: list[Any] = []
    ticks: list[int] = []

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[dict[str, Any]]:
        async def ticking() -> None:
            while True:
                ticks.append(1)
                await asyncio.sleep(0.001)

        loops.append(asyncio.get_running_loop())
        task = asyncio.ensure_future(ticking())
        yield {"answer": 42}
        task.cancel()

    async def show(request: Any) -> Any:
        loops.append(asyncio.get_running_loop())
        before = len(ticks)
        await asyncio.sleep(0.01)
        return JSONResponse({"answer": request.state.answer, "alive": len(ticks) > before})

    app = Router()
    app.mount("/", Starlette(routes=[Route("/", show)], lifespan=lifespan))
    with Client(app) as client:
        assert [client.get("/").json() for _ in range(3)] == [{"answer": 42, "alive": True}] * 3
    assert len(set(map(id, loops))) == 1


async def raising(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError("no such scope")


async def returning(scope: Any, receive: Any, send: Any) -> None:
    return None


async def raising_later(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    raise NotImplementedError


async def answering_http(scope: Any, receive: Any, send: Any) -> None:
    await send(start())
    await send(body())


def raising_at_once(scope: Any, receive: Any, send: Any) -> Any:
    raise ValueError("no such scope")


@pytest.mark.parametrize("lifespan", [raising, raising_at_once, returning, raising_later, answering_http])
def test_an_application_without_a_lifespan(lifespan: Application, caplog: pytest.LogCaptureFixture) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        handle = lifespan if scope["type"] == "lifespan" else answering(start(), body(b"x"))
        await handle(scope, receive, send)

    app = Router()
    app.mount("/", application)
    with Client(app) as client:
        assert client.get("/").body == b"x"
    assert not [r for r in caplog.records if r.levelno >= logging.WARNING]


def test_a_startup_that_fails_is_an_error_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    attempts: list[int] = []

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        attempts.append(1)
        if len(attempts) < 3:
            raise ConnectionError("canary")
        yield

    app = Router()
    app.mount("/", Starlette(routes=[Route("/", lambda r: PlainTextResponse("x"))], lifespan=lifespan))
    app.sqs("orders")(lambda body: None)
    with Client(app) as client:
        assert client.get("/").status == 500
        assert "ConnectionError at test_mount_asgi.py" in caplog.text
        assert "canary" not in caplog.text
        assert isinstance(client.sqs("orders", [1]).error, ConnectionError)  # Lambda tries the batch again
        assert client.get("/").text == "x"
    assert len(attempts) == 3


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_a_phase_that_an_application_says_has_failed(phase: str) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                _, _, now = (await receive())["type"].partition(".")
                await send(
                    {
                        "type": f"lifespan.{now}.{'failed' if now == phase else 'complete'}",
                        "message": "canary",
                    }
                )
        await send(start())
        await send(body())

    app = Router()
    app.mount("/", application)
    client = Client(app)
    assert client.get("/").status == (500 if phase == "startup" else 200)
    if phase == "shutdown":
        with pytest.raises(Exception, match="the application's shutdown failed"):
            client.close()


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
def test_a_phase_that_never_ends(phase: str, caplog: pytest.LogCaptureFixture) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while True:
                _, _, now = (await receive())["type"].partition(".")
                await (asyncio.sleep(3600) if now == phase else send({"type": f"lifespan.{now}.complete"}))
        await send(start())
        await send(body())

    app = Router()
    app.mount("/", application)
    client = Client(app, timeout=0.3)
    began = time.monotonic()
    if phase == "startup":
        assert client.get("/").status == 500
        assert "did not start within 0.2 seconds" in caplog.text
        assert time.monotonic() - began < 1
    else:
        assert client.get("/").status == 200
        with pytest.raises(Exception, match="did not shut down"):
            client.close()
        assert time.monotonic() - began < 3


def test_a_lifespan_that_another_one_fails_beside_is_shut_down() -> None:
    log: list[str] = []
    app = Router()
    app.mount("/", lively(log))

    @app.lifespan
    def broken() -> Any:
        raise ValueError("no")
        yield

    assert Client(app).get("/").status == 500
    assert log == ["lifespan.startup", "lifespan.shutdown"]


def test_no_websocket_is_offered() -> None:
    """A WebSocket API's events are `app.websocket`'s, and never reach an application."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])
        raise ValueError

    app = Router()
    app.mount("/", application)
    Client(app).websocket("send", {"text": "hi"})
    assert set(seen) <= {"lifespan"}
