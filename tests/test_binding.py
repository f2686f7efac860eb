"""Binding: every row of the table in docs/binding.md."""

from __future__ import annotations

import base64
import enum
import functools
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Optional, Union
from uuid import UUID

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    APIGatewayProxyEventV2,
    EventBridgeEvent,
    S3Event,
    SQSEvent,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from lambda_router import (
    BatchError,
    ConfigurationError,
    HandlerSignatureError,
    Invocation,
    PayloadError,
    Request,
    Router,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Order(BaseModel):
    id: int
    total: float = 0.0


@dataclass
class Point:
    x: int
    y: int


class Name(TypedDict):
    first: str


class Pair(NamedTuple):
    a: int
    b: int


def sqs(body: Any, **parts: Any) -> dict[str, Any]:
    record = {
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "3"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders",
        **parts,
    }
    return {"Records": [record]}


def http(path: str = "/", body: str | None = None, **parts: Any) -> dict[str, Any]:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": parts.pop("query", ""),
        "headers": parts.pop("headers", {}),
        "requestContext": {
            "http": {"method": parts.pop("method", "GET"), "sourceIp": "192.0.2.1"},
            "domainName": "api.example.com",
            "stage": "$default",
            "requestId": "req-1",
        },
        "isBase64Encoded": False,
        **parts,
    }
    return event if body is None else {**event, "body": body}


def bridge(detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "e-1",
        "source": "shop",
        "detail-type": "OrderPlaced",
        "account": "123456789012",
        "region": "eu-west-1",
        "time": "2030-01-01T00:00:00Z",
        "resources": [],
        "detail": detail,
    }


class Seen:
    """Keeps what a handler was called with."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def __call__(self, **values: Any) -> None:
        self.values = values

    def __getattr__(self, name: str) -> Any:
        return self.values[name]


@pytest.fixture
def app() -> Router:
    return Router()


@pytest.fixture
def seen() -> Seen:
    return Seen()


def failing_class(app: Router, event: Any) -> str:
    """The class name with which the one record failed."""
    with pytest.raises(BatchError) as info:
        app(event)
    (name,) = info.value.classes
    return name


# -- row 1: a part's name --------------------------------------------------------------------------------------


def test_names_known_everywhere(app: Router, seen: Seen) -> None:
    context = object()

    @app.sqs("orders")
    def handler(event, context, invocation, record):  # type: ignore[no-untyped-def]
        seen(event=event, context=context, invocation=invocation, record=record)

    event = sqs({"id": 1})
    app(event, context)
    assert seen.event == event
    assert seen.context is context
    assert isinstance(seen.invocation, Invocation)
    assert seen.record == event["Records"][0]
    assert seen.invocation.record == seen.record
    assert seen.invocation.route.handler is handler
    assert seen.invocation.source == "sqs"


def test_handlers_are_called_by_keyword(app: Router, seen: Seen) -> None:
    @app.sqs("orders")
    def handler(*, message_id, body):  # type: ignore[no-untyped-def]
        seen(message_id=message_id, body=body)

    app(sqs({"id": 1}))
    assert seen.values == {"message_id": "m-1", "body": {"id": 1}}


def test_decorators_return_the_function_unchanged(app: Router) -> None:
    def handler(body: dict[str, Any]) -> int:
        return body["n"] * 2

    assert app.sqs("orders")(handler) is handler
    assert handler({"n": 21}) == 42


# -- row 2: content parts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("annotation", [None, Any, object, dict, dict[str, Any], Optional[dict], dict | None])
def test_content_is_parsed_json(app: Router, seen: Seen, annotation: Any) -> None:
    def handler(body):  # type: ignore[no-untyped-def]
        seen(body=body)

    if annotation is not None:
        handler.__annotations__["body"] = annotation
    app.sqs("orders")(handler)
    app(sqs({"id": 1}))
    assert seen.body == {"id": 1}


@pytest.mark.parametrize("annotation", [list, list[Any], Optional[list]])
def test_content_as_a_list(app: Router, seen: Seen, annotation: Any) -> None:
    def handler(body):  # type: ignore[no-untyped-def]
        seen(body=body)

    handler.__annotations__["body"] = annotation
    app.sqs("orders")(handler)
    app(sqs([1, 2]))
    assert seen.body == [1, 2]
    assert failing_class(app, sqs({"not": "a list"})) == "PayloadError"


@pytest.mark.parametrize(
    "text",
    ["not json", "{", "NaN", "[Infinity]", '{"a": -Infinity}', "[" * 100_000, "1" * 5000, '"\\ud800', ""],
)
def test_content_that_is_not_json_fails_its_record(app: Router, text: str) -> None:
    @app.sqs("orders")
    def handler(body: dict) -> None:  # type: ignore[type-arg]
        raise AssertionError("must not be called")

    assert failing_class(app, sqs(text)) == "PayloadError"


def test_content_as_text_and_as_bytes(app: Router, seen: Seen) -> None:
    @app.sqs("text")
    def text(body: str) -> None:
        seen(body=body)

    @app.sqs("bytes")
    def octets(body: bytes) -> None:
        seen(body=body)

    app(sqs("grüße", eventSourceARN="arn:aws:sqs:eu-west-1:1:text"))
    assert seen.body == "grüße"
    app(sqs("grüße", eventSourceARN="arn:aws:sqs:eu-west-1:1:bytes"))
    assert seen.body == "grüße".encode()


def test_bytes_that_are_not_utf8(app: Router, seen: Seen) -> None:
    @app.post("/text")
    def text(body: str) -> None: ...

    @app.post("/bytes")
    def octets(body: bytes) -> None:
        seen(body=body)

    raw = {"body": base64.b64encode(b"\xff\xfe").decode(), "isBase64Encoded": True, "method": "POST"}
    assert app(http("/text", **raw))["statusCode"] == 422
    assert app(http("/bytes", **raw))["statusCode"] == 204
    assert seen.body == b"\xff\xfe"


@pytest.mark.parametrize(
    ("annotation", "sent", "expected"),
    [
        (Order, {"id": 1, "total": 2}, Order(id=1, total=2)),
        (Point, {"x": 1, "y": 2}, Point(1, 2)),
        (Name, {"first": "Ada"}, {"first": "Ada"}),
        (Pair, [1, 2], Pair(1, 2)),
        (list[Order], [{"id": 1}], [Order(id=1)]),
        (dict[str, Order], {"a": {"id": 1}}, {"a": Order(id=1)}),
        (Annotated[Order, "note"], {"id": 1}, Order(id=1)),
        (int, 7, 7),
        (Union[Order, Point], {"x": 1, "y": 2}, Point(1, 2)),
    ],
)
def test_content_validated_by_pydantic(
    app: Router, seen: Seen, annotation: Any, sent: Any, expected: Any
) -> None:
    def handler(body):  # type: ignore[no-untyped-def]
        seen(body=body)

    handler.__annotations__["body"] = annotation
    app.sqs("orders")(handler)
    app(sqs(sent))
    assert seen.body == expected
    assert failing_class(app, sqs({"wrong": True})) == "PayloadError"


# -- row 3: other parts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (None, "3"),
        (str, "3"),
        (int, 3),
        (float, 3.0),
        (Any, "3"),
        (Optional[int], 3),
        (int | None, 3),
        (Decimal, 3),
    ],
)
def test_other_parts_as_sent_unless_annotated(
    app: Router, seen: Seen, annotation: Any, expected: Any
) -> None:
    def handler(receive_count):  # type: ignore[no-untyped-def]
        seen(value=receive_count)

    if annotation is not None:
        handler.__annotations__["receive_count"] = annotation
    app.sqs("orders")(handler)
    app(sqs({}))
    assert seen.value == expected
    assert annotation in (None, Any) or isinstance(
        seen.value, type(expected) if annotation is not Decimal else Decimal
    )


def test_an_absent_part_is_none_or_the_default_or_a_failure(app: Router, seen: Seen) -> None:
    @app.sqs("orders")
    def handler(group_id, receive_count: int | None, message_id: str = "none") -> None:  # type: ignore[no-untyped-def]
        seen(group_id=group_id, receive_count=receive_count, message_id=message_id)

    event = sqs({}, attributes={})
    del event["Records"][0]["messageId"]
    app(event)
    assert seen.values == {"group_id": None, "receive_count": None, "message_id": "none"}

    other = Router()

    @other.sqs("orders")
    def strict(receive_count: int) -> None: ...

    assert failing_class(other, event) == "PayloadError"


@pytest.mark.parametrize("value", [True, 1.5, "1_000", " 7", "٣", "1e3", {}, [], "0x1", "", "9" * 5000])
def test_what_is_not_an_int_fails(app: Router, value: Any) -> None:
    @app.sqs("orders")
    def handler(receive_count: int) -> None: ...

    assert failing_class(app, sqs({}, attributes={"ApproximateReceiveCount": value})) == "PayloadError"


@pytest.mark.parametrize("value", ["nan", "inf", "1_0", "", " 1", True, [], 10**400])
def test_what_is_not_a_float_fails(app: Router, value: Any) -> None:
    @app.sqs("orders")
    def handler(receive_count: float) -> None: ...

    assert failing_class(app, sqs({}, attributes={"ApproximateReceiveCount": value})) == "PayloadError"


@pytest.mark.parametrize(("sent", "expected"), [("true", True), ("False", False), ("1", True), ("0", False)])
def test_bool_from_text(app: Router, sent: str, expected: bool) -> None:
    @app.get("/")
    def handler(flag: bool) -> dict[str, bool]:
        return {"flag": flag}

    assert json.loads(app(http(query=f"flag={sent}"))["body"]) == {"flag": expected}
    assert app(http(query="flag=maybe"))["statusCode"] == 422


def test_scalars_never_import_pydantic(run_python: Any) -> None:
    code = """
from lambda_router import Router
import sys
from typing import Any, Optional
app = Router()
@app.sqs("a")
def a(body: dict, receive_count: Optional[int], queue: str, message_id: "str | None", attributes: dict[str, Any]): ...
@app.get("/x/{n}")
def b(n: float, flag: bool = False, q: int | None = None, tags: list[str] = [], body: bytes = b""): ...
print("pydantic" in sys.modules)
"""
    assert run_python(code).strip() == "False"


# -- row 4: the payload under a free name ----------------------------------------------------------------------


@pytest.mark.parametrize("annotation", [Order, "Order", Optional[Order], "Order | None", Annotated[Order, 1]])
def test_payload_under_a_free_name(app: Router, seen: Seen, annotation: Any) -> None:
    def handler(order):  # type: ignore[no-untyped-def]
        seen(order=order)

    handler.__annotations__["order"] = annotation
    app.sqs("orders")(handler)
    app.post("/orders")(handler)
    app.eventbridge(source="shop")(handler)
    for event in (sqs({"id": 5}), http("/orders", '{"id": 5}', method="POST"), bridge({"id": 5})):
        seen.values = {}
        app(event)
        assert seen.order == Order(id=5)


def test_payload_as_dict_and_as_list(app: Router, seen: Seen) -> None:
    @app.eventbridge(source="shop")
    def handler(order: dict) -> None:  # type: ignore[type-arg]
        seen(order=order)

    app(bridge({"id": 5}))
    assert seen.order == {"id": 5}


def test_a_scalar_is_never_the_payload(app: Router) -> None:
    with pytest.raises(HandlerSignatureError, match="number"):

        @app.sqs("orders")
        def handler(number: int) -> None: ...


def test_only_one_parameter_gets_the_payload(app: Router) -> None:
    with pytest.raises(HandlerSignatureError, match="'a' and 'b' both ask for the payload"):

        @app.sqs("orders")
        def handler(a: Order, b: Order) -> None: ...


def test_a_source_without_payload_refuses_a_free_name(app: Router) -> None:
    with pytest.raises(HandlerSignatureError, match="s3 has no payload"):

        @app.s3("uploads")
        def handler(order: Order) -> None: ...


# -- row 5: optional payload -----------------------------------------------------------------------------------


def test_an_empty_body_is_none_where_that_is_allowed(app: Router, seen: Seen) -> None:
    @app.post("/optional")
    def optional(order: Order | None) -> None:
        seen(order=order)

    @app.post("/required")
    def required(order: Order) -> None:
        raise AssertionError("must not be called")

    assert app(http("/optional", method="POST"))["statusCode"] == 204
    assert seen.order is None
    assert app(http("/required", method="POST"))["statusCode"] == 422
    assert app(http("/required", "", method="POST"))["statusCode"] == 422


# -- row 6 and 7: HTTP -----------------------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = "red"


def test_a_scalar_that_is_not_in_the_path_is_a_query_parameter(app: Router, seen: Seen) -> None:
    @app.get("/orders/{order_id}")
    def handler(  # type: ignore[no-untyped-def]
        order_id: int,
        page: int,
        colour: Colour,
        token: UUID,
        tags: list[int],
        size: int = 10,
        q: str | None = None,
        limit: Annotated[int, Field(gt=0)] = 5,
    ):
        seen(order_id=order_id, page=page, colour=colour, token=token, tags=tags, size=size, q=q, limit=limit)

    token = "12345678-1234-5678-1234-567812345678"
    query = f"page=2&colour=red&token={token}&tags=1&tags=2"
    assert app(http("/orders/7", query=query))["statusCode"] == 204
    assert seen.values == {
        "order_id": 7,
        "page": 2,
        "colour": Colour.RED,
        "token": UUID(token),
        "tags": [1, 2],
        "size": 10,
        "q": None,
        "limit": 5,
    }
    answer = app(http("/orders/7", query=query.replace("page=2", "page=two")))
    assert answer["statusCode"] == 422
    assert json.loads(answer["body"])["errors"][0]["loc"] == ["query", "page"]
    assert app(http("/orders/7", query=f"{query}&limit=0"))["statusCode"] == 422
    assert app(http("/orders/seven", query=query))["statusCode"] == 422


def test_a_template_name_wins_over_a_part(app: Router, seen: Seen) -> None:
    @app.get("/files/{path:path}")
    def handler(path: str, request: Request) -> None:
        seen(path=path, full=request.path)

    app(http("/files/a/b.txt"))
    assert seen.values == {"path": "a/b.txt", "full": "/files/a/b.txt"}


@pytest.mark.parametrize("name", ["event", "record", "context", "invocation"])
def test_a_template_name_never_wins_over_these(app: Router, name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):

        @app.get(f"/x/{{{name}}}")
        def handler() -> None: ...


def test_a_path_parameter_that_nobody_asks_for_is_fine(app: Router) -> None:
    @app.get("/x/{ignored}")
    def handler() -> str:
        return "ok"

    assert app(http("/x/1"))["body"] == "ok"


# -- row 8: Powertools event classes ---------------------------------------------------------------------------


def test_powertools_event_classes_wrap_the_raw_value(app: Router, seen: Seen) -> None:
    @app.sqs("orders")
    def on_sqs(event: SQSEvent, record: SQSRecord) -> None:
        seen(event=event, record=record)

    @app.s3("uploads")
    def on_s3(event: S3Event) -> None:
        seen(event=event)

    @app.get("/x")
    def on_get(request: APIGatewayProxyEventV2, event: APIGatewayProxyEventV2) -> None:
        seen(request=request, event=event)

    @app.eventbridge()
    def on_bridge(event: EventBridgeEvent) -> None:
        seen(event=event)

    app(sqs({"id": 1}))
    assert [r.message_id for r in seen.event.records] == ["m-1"]
    assert seen.record.json_body == {"id": 1}
    app(
        {
            "Records": [
                {"eventSource": "aws:s3", "s3": {"bucket": {"name": "uploads"}, "object": {"key": "a"}}}
            ]
        }
    )
    assert seen.event.bucket_name == "uploads"
    app(http("/x"))
    assert seen.request.raw_path == seen.event.raw_path == "/x"
    app(bridge({"a": 1}))
    assert seen.event.detail == {"a": 1}


def test_a_model_on_event_validates_the_envelope(app: Router, seen: Seen) -> None:
    class Envelope(BaseModel):
        source: str
        detail: Order

    @app.eventbridge()
    def handler(event: Envelope) -> None:
        seen(event=event)

    app(bridge({"id": 3}))
    assert seen.event.detail.id == 3
    with pytest.raises(PayloadError, match="event does not validate"):
        app(bridge({"id": "three"}))


def test_a_strict_model_takes_a_detail_as_json(app: Router, seen: Seen) -> None:
    class Strict(BaseModel, strict=True):
        token: UUID
        n: int

    @app.eventbridge()
    def handler(order: Strict) -> None:
        seen(order=order)

    app(bridge({"token": "12345678-1234-5678-1234-567812345678", "n": 1}))
    assert seen.order.token == UUID("12345678-1234-5678-1234-567812345678")
    with pytest.raises(PayloadError):
        app(bridge({"token": "12345678-1234-5678-1234-567812345678", "n": "1"}))


# -- row 9: event in a per-record route ------------------------------------------------------------------------


def test_event_is_the_envelope_with_this_record_alone(app: Router) -> None:
    bodies: list[list[str]] = []
    whole: list[int] = []

    @app.sqs("orders")
    def migrated(event: dict[str, Any], context: Any, invocation: Invocation) -> None:
        bodies.append([record["body"] for record in event["Records"]])
        whole.append(len(invocation.event["Records"]))

    event = {"Records": sqs("1")["Records"] + sqs("2", messageId="m-2")["Records"]}
    app(event)
    assert bodies == [["1"], ["2"]]
    assert whole == [2, 2]


def test_a_handler_of_one_record_cannot_answer_for_the_batch(app: Router) -> None:
    answers: list[Any] = [{"batchItemFailures": [{"itemIdentifier": "m-1"}]}, {"batchItemFailures": []}, None]

    @app.sqs("orders")
    def handler(event):  # type: ignore[no-untyped-def]
        return answers.pop(0)

    assert failing_class(app, sqs("1")) == "ResultError"
    assert app(sqs("1")) is None
    assert app(sqs("1")) is None


# -- row 10: anything else -------------------------------------------------------------------------------------


def test_what_is_not_on_offer_names_what_is(app: Router) -> None:
    with pytest.raises(HandlerSignatureError) as info:

        @app.sqs("orders")
        def handler(something) -> None: ...  # type: ignore[no-untyped-def]

    for name in (
        "something",
        "body",
        "message_id",
        "record",
        "event",
        "context",
        "invocation",
        'app.sqs("orders")',
    ):
        assert name in str(info.value)


def test_a_default_is_kept_unless_a_name_is_close(app: Router, seen: Seen) -> None:
    @app.sqs("orders")
    def handler(body: Any, verbose=True, table: str = "orders") -> None:  # type: ignore[no-untyped-def]
        seen(verbose=verbose, table=table)

    app(sqs({}))
    assert seen.values == {"verbose": True, "table": "orders"}
    with pytest.raises(HandlerSignatureError, match="did you mean 'message_id'"):

        @Router().sqs("others")
        def misspelt(mesage_id=None) -> None: ...  # type: ignore[no-untyped-def]


# -- row 11: *args and **kwargs --------------------------------------------------------------------------------


def test_variadic_parameters_are_never_filled(app: Router, seen: Seen) -> None:
    @app.sqs("orders")
    def handler(body: Any, *args: Any, **kwargs: Any) -> None:
        seen(args=args, kwargs=kwargs)

    app(sqs({}))
    assert seen.values == {"args": (), "kwargs": {}}


def test_a_hidden_signature_is_an_error(app: Router) -> None:
    def careless(function: Any) -> Any:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    with pytest.raises(HandlerSignatureError, match=r"functools\.wraps"):

        @app.sqs("orders")
        @careless
        def handler(body: Any) -> None: ...


# -- signatures behind wrappers --------------------------------------------------------------------------------


def test_the_outer_object_is_called_with_the_inner_signature(app: Router, seen: Seen) -> None:
    calls: list[str] = []

    def careful(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            calls.append("outer")
            return function(*args, **kwargs)

        return wrapper

    @app.sqs("orders")
    @careful
    @careful
    def handler(body: Any, message_id: str) -> None:
        seen(body=body, message_id=message_id)

    app(sqs({"id": 1}))
    assert calls == ["outer", "outer"]
    assert seen.values == {"body": {"id": 1}, "message_id": "m-1"}


class Service:
    def __init__(self) -> None:
        self.bodies: list[Any] = []

    def handle(self, body: Any) -> None:
        self.bodies.append(body)

    def __call__(self, body: Any, message_id: str) -> None:
        self.bodies.append((message_id, body))

    @staticmethod
    def static(body: Any) -> None:
        raise LookupError(body)

    @classmethod
    def of_class(cls, body: Any) -> None:
        raise LookupError(cls.__name__)


def test_bound_methods_callable_objects_and_partials(app: Router) -> None:
    service = Service()

    def prefixed(prefix: str, body: Any, *, suffix: str) -> None:
        service.bodies.append((prefix, body, suffix))

    handlers = {
        "method": service.handle,
        "object": service,
        "partial": functools.partial(prefixed, "p", suffix="s"),
    }
    for queue, handler in handlers.items():
        app.sqs(queue)(handler)
        app(sqs(1, eventSourceARN=f"arn:aws:sqs:eu-west-1:1:{queue}")) if queue == "never" else None
    for queue in handlers:
        app(sqs(1, eventSourceARN=f"arn:aws:sqs:eu-west-1:1:{queue}"))
    assert service.bodies == [1, ("m-1", 1), ("p", 1, "s")]


def test_static_and_class_methods(app: Router) -> None:
    app.sqs("static")(Service.static)
    app.sqs("class")(Service.of_class)
    assert failing_class(app, sqs(1, eventSourceARN="arn:aws:sqs:eu-west-1:1:static")) == "LookupError"
    assert failing_class(app, sqs(1, eventSourceARN="arn:aws:sqs:eu-west-1:1:class")) == "LookupError"


def test_a_method_decorated_in_its_class_shows_the_bound_form(app: Router) -> None:
    with pytest.raises(HandlerSignatureError) as info:

        class Orders:
            @app.sqs("q")
            def handle(self, body: Any) -> None: ...

    assert 'app.sqs("q")(orders.handle)' in str(info.value)


def test_positional_only_parameters_cannot_be_filled(app: Router) -> None:
    with pytest.raises(HandlerSignatureError, match="positional-only"):

        @app.sqs("q")
        def handler(body: Any, /) -> None: ...


def test_powertools_decorators_below_ours(app: Router, seen: Seen) -> None:
    from aws_lambda_powertools import Tracer

    tracer = Tracer(disabled=True, service="test")

    @app.sqs("orders")
    @tracer.capture_method
    def handler(body: Any) -> None:
        seen(body=body)

    app(sqs({"id": 1}))
    assert seen.body == {"id": 1}


# -- text annotations ------------------------------------------------------------------------------------------


def test_a_context_type_that_is_only_for_type_checkers_does_not_fail(app: Router, seen: Seen) -> None:
    @app.sqs("orders")
    def handler(body: dict[str, Any], context: LambdaContext) -> None:
        seen(body=body)

    app(sqs({"id": 1}))
    assert seen.body == {"id": 1}


def test_names_of_the_decorating_frame_are_found(app: Router, seen: Seen) -> None:
    class Local(BaseModel):
        id: int

    @app.sqs("orders")
    def handler(order: Local) -> None:
        seen(order=order)

    app(sqs({"id": 1}))
    assert seen.order == Local(id=1)


def test_a_quoted_annotation_is_a_text_in_a_text(app: Router, seen: Seen) -> None:
    @app.sqs("orders")
    def handler(order: "Order") -> None:  # noqa: UP037
        seen(order=order)

    assert handler.__annotations__["order"] == "'Order'"
    app(sqs({"id": 1}))
    assert seen.order == Order(id=1)


def test_an_annotation_that_cannot_be_resolved_is_an_error(app: Router) -> None:
    def handler(order):  # type: ignore[no-untyped-def]
        ...

    handler.__annotations__["order"] = "Missing"
    with pytest.raises(HandlerSignatureError, match="'Missing' of 'order' cannot be resolved"):
        app.sqs("orders")(handler)


# -- errors carry no payload -----------------------------------------------------------------------------------


def test_a_payload_error_names_places_and_kinds_but_never_values(app: Router) -> None:
    @app.eventbridge()
    def handler(order: Order) -> None: ...

    with pytest.raises(PayloadError) as info:
        app(bridge({"id": "canary-4711"}))
    assert info.value.part == "detail"
    assert info.value.errors[0]["loc"] == ("id",)
    assert info.value.errors[0]["type"] == "int_parsing"
    assert "canary" not in f"{info.value} {info.value.errors} {info.value.__cause__}"
