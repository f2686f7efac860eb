"""The answers of a mounted FastAPI application beside Mangum's: the same, but for what is listed and reasoned here.

Mangum 0.22 serves four of the six callers (VPC Lattice's events are a KeyError), does not say how much time there is,
and starts and stops the application at every event.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from applications import fastapi
from mangum import Mangum
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from lambda_router import Router
from lambda_router.testing import Client, event
from lambda_router.testing.samples.http import Content

FORMS = (
    "api_gateway_rest",
    "api_gateway_rest.payload_v1",
    "api_gateway_http",
    "function_url",
    "alb",
    "alb.multi_value",
)
"""What Mangum serves."""

DROPPED = {"content-length"}
"""Mangum passes on the length that the application gave. The services count what they send themselves, and a REST API
hands the function's header to the client as `x-amzn-remapped-content-length`; after compression it would be wrong."""


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Mangum takes the thread's event loop, which from Python 3.12 on nobody makes by itself."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


def mounted(application: Any) -> Router:
    app = Router()
    app.mount("/", application)
    return app


def normal(answer: dict[str, Any]) -> tuple[int, dict[str, list[str]], bytes]:
    """Status, headers and body of any of the callers' documents."""
    rows = [(n.lower(), v) for n, v in (answer.get("headers") or {}).items()]
    rows += [(n.lower(), v) for n, vs in (answer.get("multiValueHeaders") or {}).items() for v in vs]
    rows += [("set-cookie", cookie) for cookie in answer.get("cookies") or ()]
    headers: dict[str, list[str]] = {}
    for name, value in rows:
        if name not in DROPPED:
            headers.setdefault(name, []).extend(
                [value] if name == "set-cookie" else value.replace(", ", ",").split(",")
            )
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    return answer["statusCode"], headers, content


def both(application: Any, made: Any) -> tuple[Any, Any]:
    ours = Client(mounted(application)).send(made).raise_for_error().response
    theirs = Mangum(application, lifespan="off")(json.loads(json.dumps(made)), None)
    return normal(ours), normal(json.loads(json.dumps(theirs)))


REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a path": ("GET", "/rest/a/b%20c/gr%C3%B6%C3%9Fe", {}),
    "a form": (
        "POST",
        "/form",
        {"body": Content("item=a+b&tag=1&tag=2", "application/x-www-form-urlencoded")},
    ),
    "bytes": ("POST", "/raw", {"body": b"\x00\xff"}),
    "a download": ("GET", "/binary", {}),
    "cookies": ("GET", "/cookies", {}),
    "an own error": ("GET", "/teapot", {}),
    "not found": ("GET", "/no", {}),
    "not allowed": ("DELETE", "/binary", {}),
    "invalid": ("POST", "/form", {"body": Content("x=1", "application/x-www-form-urlencoded")}),
    "an exception": ("GET", "/fail", {}),
    "its documentation": ("GET", "/openapi.json", {}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("method", "path", "parts"), REQUESTS.values(), ids=REQUESTS)
def test_the_same_answers(form: str, method: str, path: str, parts: dict[str, Any]) -> None:
    made = event(form, path=path, method=method, **parts)  # type: ignore[call-overload]
    ours, theirs = both(fastapi(), made)
    if form == "api_gateway_rest" and path == "/openapi.json":
        # FastAPI names where it is mounted. Behind a REST API that is the stage, which Mangum does not tell it.
        assert json.loads(ours[2]).pop("servers") == [{"url": "/prod"}]
        document = json.loads(ours[2])
        del document["servers"]
        ours = (*ours[:2], json.dumps(document).encode())
        theirs = (*theirs[:2], json.dumps(json.loads(theirs[2])).encode())
    assert ours == theirs


@pytest.mark.parametrize("form", FORMS)
def test_what_the_application_sees_is_the_same_too(form: str) -> None:
    parts: dict[str, Any] = {
        "query": [("a", "1 +"), ("b", "ü")],
        "cookies": {"x": "1"},
        "client_ip": "192.0.2.9",
    }
    made = event(form, path="/echo", **parts)  # type: ignore[call-overload]
    ours, theirs = (json.loads(answer[2]) for answer in both(fastapi(), made))
    if form == "api_gateway_rest":
        # The stage, without which no link leads back; the application's own path is what is behind the root.
        assert (ours.pop("path"), ours.pop("root")) == ("/prod/echo", "/prod")
        assert (theirs.pop("path"), theirs.pop("root")) == ("/echo", "")
    assert ours == theirs


# -- differences, each with its reason -------------------------------------------------------------------------


def answering(response: Response) -> Any:
    return Starlette(routes=[Route("/", lambda request: response, methods=["GET", "HEAD"])])


def test_head_has_no_body_here() -> None:
    """RFC 9110 9.3.2; servers take it off, and Mangum is none."""
    made = event("function_url", path="/", method="HEAD")
    ours, theirs = both(answering(Response(b"text", media_type="text/plain")), made)
    assert (ours[2], theirs[2]) == (b"", b"text")


def test_json_of_a_kind_of_its_own_is_text_here() -> None:
    """A REST API sends base64 on as it is unless it is told of the media type, so that text is the safe form."""
    made = event("api_gateway_rest", path="/")
    application = answering(Response(b"{}", media_type="application/problem+json"))
    ours = Client(mounted(application)).send(made).response
    theirs = Mangum(application, lifespan="off")(made, None)
    assert (ours["isBase64Encoded"], theirs["isBase64Encoded"]) == (False, True)


def test_what_is_compressed_is_base64_here() -> None:
    """Mangum tries to decode it first; what is valid UTF-8 by chance goes out as text, which is the same bytes."""
    made = event("function_url", path="/")
    headers = {"content-encoding": "gzip", "content-type": "text/plain"}
    ours, theirs = both(answering(Response(b"\x1f\x8b\xff", headers=headers)), made)
    assert ours == theirs


def test_header_bytes_that_are_not_utf8_fail_in_mangum_alone() -> None:
    response = Response(b"x")
    response.raw_headers.append((b"x-a", b"\xe4"))
    made = event("function_url", path="/")
    assert Client(mounted(answering(response))).send(made).response["headers"]["x-a"] == "ä"
    with pytest.raises(UnicodeDecodeError):
        Mangum(answering(response), lifespan="off")(made, None)


def test_an_answer_without_a_type_is_not_called_json_here() -> None:
    """Mangum says `application/json` of it on HTTP APIs and function URLs, whatever it is."""
    made = event("function_url", path="/")
    response = Response(b"\x00")
    ours, theirs = both(answering(response), made)
    assert (ours[1]["content-type"], theirs[1]["content-type"]) == (
        ["application/octet-stream"],
        ["application/json"],
    )


@pytest.mark.parametrize("form", ["vpc_lattice", "vpc_lattice_v2"])
def test_vpc_lattice_is_served_here_alone(form: str) -> None:
    made = event(form, path="/rest/x")  # type: ignore[call-overload]
    assert Client(mounted(fastapi())).send(made).response["statusCode"] == 200
    with pytest.raises((KeyError, RuntimeError)):
        Mangum(fastapi(), lifespan="off")(made, None)


def test_what_is_no_request_is_served_here_alone() -> None:
    """Warm-up pings and queues: needs that Mangum's users have had for years."""
    app = Router(warmup={"source": ["warmer"]})
    app.mount("/", fastapi())
    taken: list[Any] = []
    app.sqs("orders")(lambda body: taken.append(body))
    client = Client(app)
    assert client.invoke({"source": "warmer"}).error is None
    assert client.sqs("orders", [1]).error is None
    assert taken == [1]
    with pytest.raises(RuntimeError):
        Mangum(fastapi(), lifespan="off")({"source": "warmer"}, None)


def test_the_lifespan_runs_once_here_and_at_every_event_there() -> None:
    started: list[int] = []

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        started.append(1)
        yield

    application = Starlette(routes=[Route("/", lambda request: Response(b"x"))], lifespan=lifespan)
    made = event("function_url", path="/")
    with Client(mounted(application)) as client:
        for _ in range(3):
            client.send(made)
    assert len(started) == 1
    for _ in range(3):
        Mangum(application)(made, None)
    assert len(started) == 4


# -- what Mangum's and Starlette's users rely on ---------------------------------------------------------------


def test_the_event_and_the_context_are_under_mangums_names() -> None:
    async def show(request: Request) -> Any:
        return JSONResponse({"event": request.scope["aws.event"], "context": request.scope["aws.context"]})

    application = Starlette(routes=[Route("/", show)])
    made = event("function_url", path="/")
    ours, theirs = (json.loads(answer[2]) for answer in (both_contexts(application, made)))
    assert ours == theirs == {"event": made, "context": None}


def both_contexts(application: Any, made: Any) -> tuple[Any, Any]:
    ours = mounted(application)(made, None)
    return normal(ours), normal(Mangum(application, lifespan="off")(made, None))


@pytest.mark.parametrize("form", FORMS)
def test_a_slash_that_is_missing_is_redirected_once(form: str) -> None:
    """With the stage, the address that is redirected to is one that the API has."""
    application = Starlette(routes=[Route("/items/", lambda request: Response(b"x"))])
    client = Client(mounted(application))
    answer = client.send(event(form, path="/items", query={"a": "1"}))  # type: ignore[call-overload]
    status, headers, _ = normal(answer.response)
    (location,) = headers["location"]
    assert status == 307
    assert location.endswith("/prod/items/?a=1" if form == "api_gateway_rest" else "/items/?a=1")
    assert client.send(event(form, path="/items/")).response["statusCode"] == 200  # type: ignore[call-overload]


def test_streams_are_whole() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(5):
            await asyncio.sleep(0)
            yield b"%d" % number

    made = event("function_url", path="/")
    answer = Client(mounted(answering(StreamingResponse(pieces(), media_type="text/plain")))).send(made)
    assert normal(answer.response)[2] == b"01234"


def test_a_relative_redirect_stays_relative() -> None:
    ours, theirs = both(answering(RedirectResponse("/elsewhere")), event("alb", path="/"))
    assert ours == theirs
    assert ours[1]["location"] == ["/elsewhere"]


def test_an_api_gateway_base_path_is_the_routers() -> None:
    """`Mangum(api_gateway_base_path=...)` is `Router(base_path=...)`; and `/shopping` does not begin with `/shop/`."""
    app = Router(base_path="/shop")
    app.mount("/", fastapi())
    client = Client(app)
    made = event("api_gateway_http", path="/shop/rest/x")
    theirs = Mangum(fastapi(), lifespan="off", api_gateway_base_path="/shop")(made, None)
    assert json.loads(client.send(made).response["body"]) == json.loads(theirs["body"]) == {"rest": "x"}
    assert client.get("/shopping/rest/x").status == 404


def test_the_frameworks_middleware_runs() -> None:
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.middleware.gzip import GZipMiddleware

    async def stamped(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["x-stamp"] = "1"
        return response

    application = Starlette(
        routes=[Route("/", lambda request: Response(b"text " * 1000, media_type="text/plain"))],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=stamped), Middleware(GZipMiddleware)],
    )
    made = event("function_url", path="/", headers={"accept-encoding": "gzip"})
    ours, theirs = both(application, made)
    assert ours == theirs
    assert (ours[1]["x-stamp"], ours[1]["content-encoding"]) == (["1"], ["gzip"])
