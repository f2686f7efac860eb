"""`Client`: the real entrypoint, the real encoder, and results that explain themselves."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest
from awslambdaric.lambda_context import LambdaContext as RuntimeContext
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    Depends,
    HTTPError,
    Invocation,
    NoRouteError,
    Request,
    Response,
    Router,
    UnknownEventError,
)
from lambda_router.http.routes import CALLERS
from lambda_router.testing import (
    BatchResult,
    Client,
    HttpResult,
    LambdaContext,
    Result,
    SampleError,
    TimedOut,
    event,
)

SOURCES = [*CALLERS, "alb.multi_value", "api_gateway_rest.payload_v1"]


class Order(BaseModel):
    id: int
    total: float


def shop(**options: Any) -> Router:
    """The app of the README, with what the tests need beside it."""
    app = Router(**options)

    @app.get("/orders/{order_id}")
    def read(order_id: int) -> dict[str, int]:
        if order_id == 0:
            raise HTTPError(404, "no such order")
        return {"id": 100 // (order_id - 13) and order_id}

    @app.sqs("orders", partial=True)
    def on_order(order: Order) -> None: ...

    @app.s3("uploads", key="images/*.jpg", event="ObjectCreated:*")
    def on_image(bucket: str, key: str) -> None: ...

    @app.eventbridge(source="shop", detail_type="OrderPlaced", detail={"total": [{"numeric": [">", 100]}]})
    def on_big_order(order: Order) -> None: ...

    @app.schedule("nightly")
    def nightly() -> None: ...

    return app


@pytest.fixture
def client() -> Client:
    return Client(shop())


# -- the example of the documentation ------------------------------------------------------------------------


def test_the_example() -> None:
    app = shop()
    client = Client(app)
    assert client.get("/orders/7", source="alb").json() == {"id": 7}
    out = client.sqs("orders", [{"id": 1, "total": 5}, "not json"])
    first, second = (record["messageId"] for record in out.event["Records"])
    assert (out.failed, out.succeeded) == ([second], [first])
    assert out.response == {"batchItemFailures": [{"itemIdentifier": second}]}
    assert client.s3("uploads", "images/a b.jpg").route == "shop.<locals>.on_image"
    big = {"id": 1, "total": 101}
    assert client.eventbridge(source="shop", detail_type="OrderPlaced", detail=big).error is None
    result = client.send(event("sqs", body={"id": 1, "total": 2}, queue="orders"))
    assert (result.source, result.route, result.error) == ("sqs", "shop.<locals>.on_order", None)
    assert result.response == {"batchItemFailures": []}
    assert isinstance(result.context, LambdaContext)


# -- HTTP ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_by_name(client: Client, source: str) -> None:
    out = client.get("/orders/7", source=source)
    assert isinstance(out, HttpResult)
    assert (out.status, out.json(), out.text, out.body) == (200, {"id": 7}, '{"id":7}', b'{"id":7}')
    assert out.source == source.partition(".")[0]
    assert out.route == "shop.<locals>.read"
    assert out.headers["Content-Type"] == out.headers["content-type"] == "application/json"
    assert out.error is None
    assert out.response["statusCode"] == 200
    assert type(client.send(event(source, path="/orders/7"))) is HttpResult


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_sent_arrives(source: str) -> None:
    app = Router()
    seen: list[Any] = []

    @app.post("/a/{name}")
    def take(request: Request, name: str, body: Any) -> None:
        seen.append(
            (name, body, request.query["q"], request.headers["x-k"], request.cookies, request.client_ip)
        )

    out = Client(app).post(
        "/a/b c",
        source=source,
        json=["é", None],
        query={"q": "1 2"},
        headers={"X-K": "v"},
        cookies={"s": "t"},
        client_ip="192.0.2.9",
    )
    assert out.status == 204
    assert seen == [("b c", ["é", None], "1 2", "v", {"s": "t"}, "192.0.2.9")]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_every_method(source: str, method: str) -> None:
    app = Router()
    getattr(app, method)("/x")(lambda method: Response(headers={"x-method": method}))
    out = getattr(Client(app), method)("/x", source=source)
    assert (out.status, out.headers["X-Method"]) == (200, method.upper())


def test_a_method_that_has_no_name_here() -> None:
    app = Router()
    app.http("/x", methods=["PURGE"])(lambda method: method)
    assert Client(app).request("purge", "/x", source="alb").text == "PURGE"


@pytest.mark.parametrize("source", SOURCES)
def test_data_is_sent_as_it_is_or_as_a_form(source: str) -> None:
    app = Router()
    kinds: list[str | None] = []

    @app.post("/")
    def take(request: Request) -> Any:
        kinds.append(request.headers.get("content-type"))
        return request.body

    client = Client(app)
    assert client.post("/", source=source, data=b"\x00\xff").body == b"\x00\xff"
    assert client.post("/", source=source, data="text é").body == "text é".encode()
    assert client.post("/", source=source, data={"a": ["1", "2 3"]}).body == b"a=1&a=2+3"
    assert client.post("/", source=source, json="text").body == b'"text"'
    assert (
        client.post("/", source=source, json="t", headers={"content-type": "application/x-json"}).status
        == 200
    )
    assert kinds == [
        "application/octet-stream",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded",
        "application/json",
        "application/x-json",
    ]


def test_a_form_is_read_as_one() -> None:
    app = Router()
    app.post("/")(lambda request: request.form().all("a"))
    for source in SOURCES:
        assert Client(app).post("/", source=source, data={"a": ["1", "é"]}).json() == ["1", "é"]


@pytest.mark.parametrize("source", SOURCES)
def test_cookies_and_repeated_headers_of_the_answer(source: str) -> None:
    app = Router()
    app.get("/")(
        lambda: Response("x", 201, cookies=["a=1; Path=/; HttpOnly", "b=2=3"], headers={"x-many": ["1", "2"]})
    )
    out = Client(app).get("/", source=source)
    assert out.status == 201
    assert out.cookies == {"a": "1", "b": "2=3"}
    assert out.headers.all("set-cookie") == ["a=1; Path=/; HttpOnly", "b=2=3"]
    assert out.headers["X-MANY"] == "1, 2"


@pytest.mark.parametrize("source", SOURCES)
def test_a_fault_is_an_answer_and_no_error(client: Client, source: str) -> None:
    out = client.get("/orders/13", source=source)
    assert out.error is None
    assert out.status == 500
    assert "division" not in out.text
    assert client.get("/orders/0", source=source).json()["detail"] == "no such order"
    assert client.get("/nowhere", source=source).status == 404
    assert "GET" in client.delete("/orders/7", source=source).headers["allow"].split(", ")


def test_requests_that_make_no_sense(client: Client) -> None:
    with pytest.raises(SampleError, match="no event 'ablb'; did you mean 'alb'"):
        client.get("/", source="ablb")
    with pytest.raises(SampleError, match="alb has no part 'claims'"):
        client.get("/", source="alb", claims={})
    with pytest.raises(ValueError, match="json or data, not both"):
        client.post("/", json=1, data="1")
    with pytest.raises(TypeError, match=r"Client\(app\)\.get"):
        Client.get("/")


def test_an_answer_that_is_none_is_not_read_as_one() -> None:
    out = Client(lambda event, context: "hello").get("/")
    assert out.response == "hello"
    with pytest.raises(ValueError, match="no HTTP answer: 'hello'"):
        _ = out.status
    assert '"hello"' in repr(out)


FILES: list[tuple[Any, list[tuple[str, str, bytes]]]] = [
    ({"photo": b"\x00\xff\r\n--"}, [("photo", "application/octet-stream", b"\x00\xff\r\n--")]),
    ({"photo": ("a b.png", b"png")}, [("a b.png", "image/png", b"png")]),
    ({"photo": ("é.bin", "text é", "text/plain")}, [("é.bin", "text/plain", "text é".encode())]),
    (
        [("photo", ("1.txt", "1")), ("photo", ("2.txt", "2"))],
        [("1.txt", "text/plain", b"1"), ("2.txt", "text/plain", b"2")],
    ),
    (
        {"photo": [("1.txt", "1"), ("2.txt", "2")]},
        [("1.txt", "text/plain", b"1"), ("2.txt", "text/plain", b"2")],
    ),
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("files", "expected"), FILES)
def test_files_are_sent_as_a_form_with_several_parts(
    source: str, files: Any, expected: list[tuple[str, str, bytes]]
) -> None:
    # Read by the parser of the standard library, which is not the router's.
    app = Router()

    @app.post("/")
    def take(request: Request) -> Any:
        head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
        return Response(head + request.body, content_type="application/octet-stream")

    out = Client(app).post("/", source=source, files=files, data={"title": 'a "b"\n', "tag": ["x", "y"]})
    form = BytesParser(policy=HTTP).parsebytes(out.body)
    assert not form.defects
    parts = list(form.iter_parts())
    fields = [p for p in parts if p.get_filename() is None]
    assert [(p.get_param("name", header="content-disposition"), p.get_payload()) for p in fields] == [
        ("title", 'a "b"\n'),
        ("tag", "x"),
        ("tag", "y"),
    ]
    sent = [
        (p.get_filename(), p.get_content_type(), p.get_payload(decode=True)) for p in parts if p not in fields
    ]
    assert sent == expected


def test_an_open_file_is_sent_with_its_name(tmp_path: Path) -> None:
    app = Router()
    app.post("/")(lambda request: Response(request.body, content_type="application/octet-stream"))
    (tmp_path / "notes.txt").write_text("hello")
    with (tmp_path / "notes.txt").open("rb") as file:
        body = Client(app).post("/", files={"notes": file}).body
    assert b'name="notes"; filename="notes.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--' in body
    body = Client(app).post("/", files={'a"b': ('c"\r\nX: y', b"")}).body
    assert b'name="a%22b"; filename="c%22%0D%0AX: y"\r\n' in body
    with pytest.raises(SampleError, match="a file is its content, or its name and content"):
        Client(app).post("/", files={"a": ("name", 5)})  # type: ignore[dict-item]


def test_a_request_has_one_body_and_one_query() -> None:
    client = Client(Router())
    with pytest.raises(ValueError, match="one body"):
        client.post("/", json=1, files={"a": b""})
    with pytest.raises(ValueError, match="beside files, data is a mapping"):
        client.post("/", data="x", files={"a": b""})
    with pytest.raises(ValueError, match="two names of one thing"):
        client.get("/", query={"a": 1}, params={"a": 1})


@pytest.mark.parametrize("source", SOURCES)
def test_params_is_the_query(source: str) -> None:
    app = Router()
    app.get("/")(lambda request: request.query.get("a"))
    assert Client(app).get("/", source=source, params={"a": "1 2"}).text == "1 2"


def moving() -> Router:
    app = Router()

    @app.http("/old", methods=["GET", "POST", "PUT", "HEAD"])
    def old(query: dict[str, str]) -> Response:
        to, status = query["to"], int(query["status"])
        return Response(status=status, headers={"location": to}, cookies=["seen=1; Path=/"])

    @app.http("/new", methods=["GET", "POST", "PUT", "HEAD"])
    def new(request: Request) -> dict[str, Any]:
        cookies = dict(sorted(request.cookies.items()))
        return {
            "method": request.method,
            "body": request.text,
            "query": dict(request.query),
            "cookies": cookies,
        }

    app.get("/loop")(lambda: Response(status=302, headers={"location": "/loop"}))
    return app


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        *[("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("PUT", 303, "GET")],
        *[("POST", 307, "POST"), ("POST", 308, "POST"), ("PUT", 302, "PUT"), ("GET", 301, "GET")],
    ],
)
def test_redirects_are_followed_as_a_browser_does(source: str, method: str, status: int, then: str) -> None:
    client = Client(moving())
    ask = {"to": "new?b=2", "status": status}
    out = client.request(
        method, "/old", source=source, query=ask, data="x", cookies={"own": "1"}, follow_redirects=True
    )
    assert out.json() == {
        "method": then,
        "body": "x" if then == method else "",
        "query": {"b": "2"},
        "cookies": {"own": "1", "seen": "1"},
    }
    assert [one.status for one in out.history] == [status]


def test_redirects_are_followed_when_asked_and_within_the_host() -> None:
    app = moving()
    assert Client(app).get("/old", query={"to": "/new", "status": 302}).status == 302
    client = Client(app, follow_redirects=True)
    assert client.get("/old", query={"to": "/new", "status": 302}).status == 200
    assert client.get("/old", query={"to": "/new", "status": 302}, follow_redirects=False).status == 302
    out = client.get("/old", query={"to": "https://elsewhere.example.com/new", "status": 302})
    assert (out.status, out.history) == (302, [])
    for source in SOURCES:
        own = (
            next(v for k, v in event(source)["headers"].items() if k.lower() == "host")
            if source not in ("alb.multi_value", "vpc_lattice_v2")
            else None
        )
        if own is not None:
            to = {"to": f"https://{own}/new", "status": 302}
            assert client.get("/old", source=source, query=to).json()["method"] == "GET"
    with pytest.raises(ValueError, match="more than 20 redirects, the last one to /loop"):
        client.get("/loop")


def test_a_status_that_says_no_is_raised_on_demand(client: Client) -> None:
    assert client.get("/orders/7").raise_for_status().json() == {"id": 7}
    with pytest.raises(HTTPError, match="no such order") as caught:
        client.get("/orders/0").raise_for_status()
    assert caught.value.status == 404


# -- batches -------------------------------------------------------------------------------------------------


def test_a_batch_that_raised_failed_as_a_whole() -> None:
    app = Router()
    app.sqs("orders")(lambda body: 1 // body)
    out = Client(app).sqs("orders", [1, 0, 2])
    assert isinstance(out.error, BatchError)
    assert out.response is None
    assert out.failed == [record["messageId"] for record in out.event["Records"]]
    assert out.succeeded == []
    with pytest.raises(BatchError) as caught:
        out.raise_for_error()
    assert caught.value is out.error


def test_parts_and_positions_are_the_builders() -> None:
    app = Router(partial=True)
    groups: list[Any] = []
    app.sqs("*")(lambda group_id, queue, body: groups.append((queue, group_id, body)))
    client = Client(app)
    assert client.sqs("orders.fifo", [1, 2], group_id=["x", "y"]).succeeded
    assert client.sqs(queue="orders", body={"k": 1}).succeeded
    assert groups == [("orders.fifo", "x", 1), ("orders.fifo", "y", 2), ("orders", None, {"k": 1})]
    with pytest.raises(SampleError, match="sqs has no part 'bodie'; did you mean 'bodies'"):
        client.sqs("orders", bodie=1)  # type: ignore[call-arg]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), max_size=8), st.booleans())
def test_failed_and_succeeded_divide_the_batch(good: list[bool], fifo: bool) -> None:
    app = Router(partial=True, all_failed="report")

    @app.sqs("*")
    def handle(body: bool) -> None:
        if not body:
            raise ValueError

    out = Client(app).sqs("q.fifo" if fifo else "q", good)
    ids = [record["messageId"] for record in out.event["Records"]]
    first = good.index(False) if fifo and False in good else len(good)
    wanted = [i for i, ok in enumerate(good) if not ok or i >= first]
    assert out.failed == [ids[i] for i in wanted]
    assert out.succeeded == [identifier for identifier in ids if identifier not in out.failed]


ANSWERS: list[Any] = [
    *({"batchItemFailures": [{"itemIdentifier": one}]} for one in ("", None, "unknown", ["m"], {})),
    *({"batchItemFailures": odd} for odd in ([{}], [{"id": "m"}], ["m"], [None], "m", {"m": 1}, 7)),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=json.dumps)
@pytest.mark.parametrize("name", ["sqs", "kinesis", "dynamodb", "kafka"])
def test_an_answer_that_lambda_cannot_read_fails_the_whole_batch(name: str, answer: Any) -> None:
    out = Client(lambda event, context: answer).send(event(name))  # type: ignore[call-overload]
    assert isinstance(out, BatchResult)
    assert (len(out.failed), out.succeeded) == (1, [])
    assert "0 of 1 succeeded, failed: " in repr(out)


@pytest.mark.parametrize("answer", [None, {}, {"records": "x"}, {"records": [{}]}, "x", [1], 7])
@pytest.mark.parametrize("name", ["firehose", "s3_batch"])
def test_so_does_one_that_firehose_or_s3_batch_cannot_read(name: str, answer: Any) -> None:
    out = Client(lambda event, context: answer).send(event(name))  # type: ignore[call-overload]
    assert isinstance(out, BatchResult)
    assert (len(out.failed), out.succeeded) == (1, [])


def test_nobody_reads_what_is_answered_to_an_asynchronous_event() -> None:
    out = Client(lambda event, context: {"batchItemFailures": [{"itemIdentifier": "x"}]}).sns("orders", "hi")
    assert (out.failed, len(out.succeeded)) == ([], 1)


def test_s3_and_eventbridge_have_identifiers_too(client: Client) -> None:
    out = client.s3("uploads", keys=["images/a.jpg", "images/b.jpg"])
    assert out.succeeded == [record["s3"]["object"]["sequencer"] for record in out.event["Records"]]
    assert out.failed == []
    out = client.eventbridge(source="nobody")
    assert (out.failed, out.succeeded) == ([out.event["id"]], [])
    assert isinstance(out.error, NoRouteError)
    assert client.schedule("nightly").succeeded
    assert client.scheduler("nightly").route == "shop.<locals>.nightly"
    assert client.send(event("eventbridge.custom_bus", details=[{}, {}])).failed  # type: ignore[attr-defined]


def test_a_batch_of_nothing(client: Client) -> None:
    out = client.sqs("orders", [])
    assert (out.failed, out.succeeded, out.error, out.source, out.route) == ([], [], None, None, None)
    noise = client.send(event("s3.test_event"))
    assert isinstance(noise, BatchResult)
    assert (noise.failed, noise.succeeded, noise.error) == ([], [], None)
    assert (noise.source, noise.route) == ("s3", None)


# -- errors and explanations ---------------------------------------------------------------------------------


def test_an_exception_is_kept_and_raised_on_demand() -> None:
    app = Router()

    @app.s3("*")
    def fail(key: str) -> None:
        raise LookupError(key)

    out = Client(app).s3("uploads", "a.txt")
    assert isinstance(out.error, LookupError)
    assert out.response is None
    with pytest.raises(LookupError, match=r"a\.txt"):
        out.raise_for_error()
    assert Client(app).send(event("s3.test_event")).raise_for_error().error is None


@pytest.mark.parametrize("sent", [None, 0, "text", [], {}, {"a": 1}, [1]])
def test_an_event_that_nobody_claims(client: Client, sent: Any) -> None:
    out = client.send(sent)
    assert type(out) is Result
    assert (out.source, out.route) == (None, None)
    assert isinstance(out.error, UnknownEventError)


def test_the_default_route_is_named() -> None:
    app = Router()
    app.default(lambda event: None)
    app.sqs("orders")(lambda body: None)
    client = Client(app)
    assert client.send({"a": 1}).route == app.routes[0].name
    assert client.sqs("elsewhere", [1]).route == app.routes[0].name
    assert client.send({"Records": []}).route is None


def test_only_keyboard_interrupts_come_through() -> None:
    def handler(event: Any, context: Any) -> None:
        raise event["raise"] and {"interrupt": KeyboardInterrupt, "exit": SystemExit}[event["raise"]]

    client = Client(handler)
    assert isinstance(client.send({"raise": "exit"}).error, SystemExit)
    with pytest.raises(KeyboardInterrupt):
        client.send({"raise": "interrupt"})


def test_results_explain_themselves(client: Client) -> None:
    assert repr(client.get("/orders/7")) == (
        '<HttpResult of api_gateway_http by shop.<locals>.read: 200 {"id":7}>'
    )
    missing = repr(client.get("/nowhere", source="alb"))
    assert missing.startswith("<HttpResult of alb by no route: 404 ")
    assert missing.endswith('\n  to take it, write: @app.get("/nowhere")>')
    out = client.sqs("orders", [{"id": 1, "total": 5}, "not json"])
    assert repr(out) == (
        f"<BatchResult of sqs by shop.<locals>.on_order: 1 of 2 succeeded, failed: {out.failed[0]}"
        f"\n  sqs record {out.failed[0]} failed: PayloadError>"
    )
    unrouted = repr(client.s3("downloads", "a"))
    assert unrouted.startswith("<BatchResult of s3 by no route\n  NoRouteError: ")
    assert '@app.s3("downloads")' in unrouted
    assert "UnknownEventError" in repr(client.send({}))
    assert all(len(repr(r).splitlines()) <= 2 for r in (out, client.send({}), client.s3("downloads", "a")))
    assert len(repr(Client(lambda e, c: "x" * 1000).send({}))) < 300
    assert "Router" in repr(client)


@pytest.mark.parametrize("source", SOURCES)
def test_a_repr_never_raises(source: str) -> None:
    answers: list[Any] = [
        *[None, 5, [], {}, {"statusCode": True}],
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        {"statusCode": 200, "body": {"a": 1}, "headers": 5, "cookies": 5},
    ]
    for answer in answers:
        assert len(repr(Client(functools.partial(give, answer)).get("/", source=source))) < 400


def give(answer: Any, event: Any, context: Any) -> Any:
    return answer


def test_a_repr_survives_an_error_that_cannot_say_itself() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def handler(event: Any, context: Any) -> None:
        raise event and Mute()

    out = Client(handler).send({"a": 1})
    assert isinstance(out.error, Mute)
    assert "Mute" in repr(out)


# -- the call itself -----------------------------------------------------------------------------------------


def test_the_app_gets_json_of_its_own_and_the_result_the_event_as_sent() -> None:
    class Point(NamedTuple):
        x: int

    def handler(event: Any, context: Any) -> Any:
        assert type(event["a"]) is list
        event["a"].append("edited")
        return {"n": Decimal("1.10"), "p": Point(1), 7: "key", "t": (1, 2)}

    sent = {"a": (1, 2), 5: None}
    out = Client(handler).send(sent)
    assert sent == {"a": (1, 2), 5: None}
    assert out.event == {"a": [1, 2], "5": None}
    # As the runtime client's encoder writes them: a number, an object, a text.
    assert out.response == {"n": 1.1, "p": {"x": 1}, "7": "key", "t": [1, 2]}
    with pytest.raises(ValueError, match="Out of range"):
        Client(handler).send({"a": float("nan")})


def test_what_cannot_be_encoded_is_the_error() -> None:
    out = Client(lambda event, context: {"a": object()}).send({})
    assert isinstance(out.error, TypeError)
    assert out.response is None


def test_without_the_runtime_client_json_is_written_the_same() -> None:
    program = """
import sys
sys.modules["awslambdaric"] = None
from lambda_router import Router
from lambda_router.testing import Client
app = Router()
app.get("/")(lambda: {"a": "é", "b": [1, None]})
out = Client(app).get("/")
loaded = "awslambdaric.lambda_runtime_marshaller" in sys.modules
print(out.status, out.json() == {"a": "é", "b": [1, None]}, loaded)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["200", "True", "False"]


def test_the_client_does_not_alter_the_app_and_freezes_it_no_earlier_than_an_event_does() -> None:
    app = shop()
    client = Client(app)
    with pytest.raises(SampleError):
        client.sqs("orders", body=b"x")
    app.sqs("later")(lambda body: None)
    routes, options = app.routes, (app.partial, app.all_failed, app.overrides)
    out = client.sqs("later", [1])
    assert out.error is None
    assert out.route is not None
    assert repr(out)
    assert app.routes == routes
    assert (app.partial, app.all_failed, app.overrides) == options
    with pytest.raises(ConfigurationError, match="first event"):
        app.sqs("too late")(lambda body: None)


def test_middleware_and_the_invocation_are_the_real_ones() -> None:
    app = shop()
    seen: list[Invocation] = []

    @app.middleware
    def watch(invocation: Invocation, call_next: Any) -> Any:
        seen.append(invocation)
        return call_next(invocation)

    context = LambdaContext(timeout=10, aws_request_id="r-1")
    client = Client(app, context=context)
    client.get("/orders/7")
    context.advance(4)
    client.get("/orders/7")
    assert [i.request_id for i in seen] == ["r-1", "r-1"]
    assert [i.cold_start for i in seen] == [True, False]
    assert seen[1].remaining() == 6.0
    assert (
        client.send(event("alb"), context=LambdaContext(timeout=1)).context.get_remaining_time_in_millis()
        == 1000
    )


def test_each_call_has_a_context_of_its_own() -> None:
    contexts: list[Any] = []
    client = Client(lambda event, context: contexts.append(context), timeout=7)
    client.send({})
    client.send({})
    assert contexts[0].aws_request_id != contexts[1].aws_request_id
    assert [c.get_remaining_time_in_millis() for c in contexts] == [7000, 7000]


def test_the_deadline_is_under_the_tests_control() -> None:
    app = Router(partial=True)

    @app.sqs("*")
    def slow(body: int, context: LambdaContext) -> None:
        context.advance(body)

    out = Client(app, timeout=10).sqs("q", [3, 3, 3, 3])
    ids = [record["messageId"] for record in out.event["Records"]]
    assert out.succeeded == ids[:2]
    assert out.failed == ids[2:]


def test_leaving_the_client_closes_the_lifespans() -> None:
    app = Router()
    steps: list[str] = []

    @app.lifespan
    def pool() -> Iterator[dict[str, int]]:
        steps.append("open")
        yield {"pool": 1}
        steps.append("close")

    @app.get("/")
    def read(invocation: Invocation) -> Any:
        steps.append("call")
        return invocation.state["pool"]

    with Client(app) as client:
        assert client.get("/").json() == 1
        assert client.get("/").json() == 1
        assert steps == ["open", "call", "call"]
    assert steps == ["open", "call", "call", "close"]
    with pytest.raises(RuntimeError, match="in the test"), Client(app.only("alb")) as client:
        client.get("/", source="alb")
        raise RuntimeError("in the test")
    assert steps[4:] == ["open", "call", "close"]
    with Client(lambda event, context: None):
        pass


def test_an_entrypoint_of_some_sources() -> None:
    client = Client(shop().only("sqs"))
    assert client.sqs("orders", [{"id": 1, "total": 1}]).route == "shop.<locals>.on_order"
    out = client.s3("uploads", "images/a.jpg")
    assert (out.source, out.route) == ("s3", None)
    assert isinstance(out.error, NoRouteError)


def test_wrapped_apps_and_other_handlers() -> None:
    app = shop()

    @functools.wraps(app)
    def traced(event: Any, context: Any) -> Any:
        return app(event, context)

    assert Client(traced).get("/orders/7").route == "shop.<locals>.read"
    out = Client(lambda event, context: {"statusCode": 200, "body": event["path"]}).get("/a", source="alb")
    assert (out.source, out.route, out.text) == ("alb", None, "/a")
    with pytest.raises(TypeError, match="a client takes the app itself"):
        Client("module.app")  # type: ignore[arg-type]


def test_asynchronous_handlers() -> None:
    app = Router()

    @app.get("/")
    async def read() -> str:
        return "awaited"

    assert Client(app).get("/").text == "awaited"


def test_asynchronous_handlers_in_an_asynchronous_test() -> None:
    app = Router()

    @app.get("/")
    async def read() -> str:
        await asyncio.sleep(0)
        return "awaited"

    async def test() -> str:
        return Client(app).get("/").text

    assert asyncio.run(test()) == "awaited"


# -- replacing dependencies ----------------------------------------------------------------------------------


def connect() -> str:
    return "real"


def greet() -> str:
    return "hello"


def test_a_dependency_is_replaced_until_the_block_ends() -> None:
    app, inner = Router(), Router()

    @inner.get("/")
    def read(a: Annotated[str, Depends(connect)], b: Annotated[str, Depends(greet)]) -> str:
        return f"{b} {a}"

    app.include(inner)
    app.overrides[greet] = lambda: "kept"
    client = Client(app)
    assert client.get("/").text == "kept real"
    with client.override(connect, lambda: "fake") as same:
        assert same is client
        assert client.get("/").text == "kept fake"
        with client.override({connect: lambda: "inner", greet: lambda: "bye"}):
            assert client.get("/").text == "bye inner"
        assert client.get("/").text == "kept fake"
    assert client.get("/").text == "kept real"
    with pytest.raises(RuntimeError), client.override(connect, lambda: "fake"):
        raise RuntimeError
    assert app.overrides.keys() == {greet}


def test_what_cannot_be_replaced() -> None:
    with pytest.raises(TypeError, match="is replaced by a function or class, not by None"):
        with Client(Router()).override(connect):
            pass
    with pytest.raises(TypeError, match="is no Router"):
        with Client(lambda event, context: None).override(connect, connect):
            pass


# -- time ----------------------------------------------------------------------------------------------------


def test_a_call_that_takes_too_long_has_failed() -> None:
    app = Router()

    @app.get("/{seconds:int}")
    def wait(seconds: int, context: LambdaContext) -> str:
        context.advance(seconds)
        return "done"

    client = Client(app, timeout=10)
    assert client.get("/9").text == "done"
    late = client.get("/10")
    assert isinstance(late.error, TimedOut)
    assert str(late.error) == f"{late.context.aws_request_id} Task timed out after 10.00 seconds"
    assert late.response is None
    with pytest.raises(TimedOut):
        _ = late.status
    assert "TimedOut" in repr(late)


def test_a_batch_that_takes_too_long_comes_again() -> None:
    app = Router(partial=True)
    app.sqs("q")(lambda body, context: context.advance(body))
    out = Client(app, timeout=5).sqs("q", [1, 60])
    assert isinstance(out.error, TimedOut)
    assert (len(out.failed), out.succeeded) == (2, [])


def test_time_that_had_run_out_before_is_not_the_calls_fault() -> None:
    context = LambdaContext()
    context.advance(5)
    assert Client(lambda event, context: 1, context=context).invoke({}).response == 1
    assert Client(lambda event, context: 1, context=object()).invoke({}).response == 1


# -- what was logged -----------------------------------------------------------------------------------------


def test_a_result_says_why_its_records_failed() -> None:
    app = Router(partial=True)
    app.sqs("*")(lambda body: 1 // body)
    out = Client(app).sqs("q", [1, 0, 0])
    assert len(out.log) == 2
    assert all("ZeroDivisionError at test_client.py:" in line for line in out.log)
    assert out.log[0] in repr(out)
    many = Client(app).sqs("q", [1] + [0] * 30)
    assert repr(many).endswith("\n  ... and 20 more>")
    whole = Router()
    whole.sqs("*")(lambda body: 1 // body)
    out = Client(whole).sqs("q", [0, 1])
    assert [line.partition(" failed:")[0] for line in out.log] == [
        f"sqs record {out.event['Records'][0]['messageId']}",
        "sqs invocation",
    ]
    assert "sqs invocation" not in repr(out)
    assert "ZeroDivisionError at test_client.py" in repr(out)
    assert Client(app).sqs("q", [1]).log == []


def test_the_log_goes_where_it_went_before(
    caplog: pytest.LogCaptureFixture, run_python: Callable[..., str]
) -> None:
    app = Router(partial=True)
    app.sqs("*")(lambda body: 1 // body)
    logger = logging.getLogger("lambda_router")
    before = list(logger.handlers)
    assert Client(app).sqs("q", [0, 1]).log == caplog.messages
    assert logger.handlers == before
    program = """
import sys
sys.stderr = sys.stdout
from lambda_router import Router
from lambda_router.testing import Client
app = Router(partial=True)
app.sqs("*")(lambda body: 1 // body)
Client(app).sqs("q", [0, 1])
Client(app).sqs("q", [0, 1])
"""
    assert run_python(program).count("ZeroDivisionError at") == 2  # once a call, on standard error as ever


def test_clients_in_several_threads_write_down_their_own() -> None:
    app = Router(partial=True)
    app.sqs("*")(lambda body: 1 // body)
    client = Client(app)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: client.sqs("q", [1, *[0] * n]), range(1, 30)))
    for count, out in enumerate(results, start=1):
        assert len(out.log) == count
        assert all(any(identifier in line for line in out.log) for identifier in out.failed)


# -- the context ---------------------------------------------------------------------------------------------


def test_the_context_has_all_that_the_runtimes_has() -> None:
    theirs = RuntimeContext("r-1", {"custom": {"a": "b"}, "client": {"app_title": "t"}}, {}, 0)
    ours = LambdaContext(client_context={"custom": {"a": "b"}, "client": {"app_title": "t"}})
    public = {name for name in dir(theirs) if not name.startswith("_")}
    assert public <= {name for name in dir(ours) if not name.startswith("_")}
    assert ours.client_context is not None
    for mine, other in (
        (ours.client_context, theirs.client_context),
        (ours.client_context.client, theirs.client_context.client),
        (ours.identity, theirs.identity),
    ):
        for name in type(other).__slots__:
            assert getattr(mine, name) == getattr(other, name) or name == "client"
    assert LambdaContext().client_context is None
    assert type(ours.memory_limit_in_mb) is str


def test_the_context_names_its_function_everywhere() -> None:
    context = LambdaContext(function_name="billing", memory_limit_in_mb=512)
    assert context.invoked_function_arn.endswith(":function:billing")
    assert context.log_group_name == "/aws/lambda/billing"
    assert context.function_version in context.log_stream_name
    assert context.memory_limit_in_mb == "512"
    assert context.aws_request_id != LambdaContext().aws_request_id
    assert "billing" in repr(context)


def test_time_passes_when_it_is_told_to() -> None:
    context = LambdaContext(timeout=3)
    assert context.get_remaining_time_in_millis() == 3000
    context.advance(1.25)
    assert context.get_remaining_time_in_millis() == 1750
    context.advance(100)
    assert context.get_remaining_time_in_millis() == 0
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="time passes by 0 seconds or more"):
            context.advance(wrong)
    timeouts: list[Any] = [0, -1, float("nan"), float("inf"), True, "3"]
    for timeout in timeouts:
        with pytest.raises(ValueError, match="timeout is a number of seconds"):
            LambdaContext(timeout=timeout)


def test_a_clock_of_ones_own() -> None:
    now = 100.0
    context = LambdaContext(timeout=3, clock=lambda: now)
    now += 1
    context.advance(1)
    assert context.get_remaining_time_in_millis() == 1000
    real = LambdaContext(timeout=3, clock=time.monotonic)
    assert 0 < real.get_remaining_time_in_millis() <= 3000


def test_trace_context_and_log(capsys: pytest.CaptureFixture[str]) -> None:
    context = LambdaContext(client_context={"w3c": {"traceparent": "00-1-2-3", "tracestate": 5, "x": "y"}})
    assert context.w3c() == {"traceparent": "00-1-2-3"}
    assert LambdaContext().w3c() == {}
    context.log("a line\n")
    assert capsys.readouterr().out == "a line\n"
    assert (
        json.dumps(LambdaContext(identity={"cognito_identity_id": "i"}).identity.cognito_identity_id) == '"i"'
    )


@pytest.mark.parametrize(("body", "seen"), [("abc", b"abc"), (b"\0\xff", b"\0\xff"), ({"a": 1}, b'{"a":1}')])
def test_a_body_as_the_event_takes_it(body: Any, seen: bytes) -> None:
    app = Router()
    got = []

    @app.post("/")
    def keep(request: Request) -> None:
        got.append(request.body)

    for source in ("api_gateway_http", "alb"):
        assert Client(app).post("/", source=source, body=body).status == 204
    assert got == [seen, seen]
    with pytest.raises(ValueError, match="one body"):
        Client(app).post("/", body=body, json={})
