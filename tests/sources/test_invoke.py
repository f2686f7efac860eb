"""Direct calls: what no source claims, by pattern, predicate or type; answers and exceptions as they are."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Optional

import pytest
from events import bridge, http, s3, sqs
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from lambda_router import (
    CallbackError,
    ConcealedError,
    ConfigurationError,
    Depends,
    DispatchError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    Invocation,
    PayloadError,
    Reject,
    ResultError,
    Retry,
    Router,
    UnknownEventError,
    detect,
)
from lambda_router.presigned import OUTBOX
from lambda_router.testing import Client, LambdaContext
from lambda_router.testing.events import samples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    "",
    "text",
    "{}",
    [],
    [[]],
    [None],
    {},
    {"a": None},
    {"Records": 1},
]


class Order(BaseModel):
    id: int
    total: float = 0


class Resize(TypedDict):
    task: str
    width: int


@dataclasses.dataclass
class Point:
    x: int


def taken(when: Any, event: Any) -> bool:
    """Whether a route with this condition takes the event; what it does not take is the default's."""
    app, seen = Router(), []
    app.invoke(when=when)(lambda event: seen.append(("invoke", event)))
    app.default(lambda event: seen.append(("default", event)))
    app(event)
    ((where, what),) = seen
    assert what == event
    return where == "invoke"


def echo(annotation: Any, *, name: str = "payload", default: Any = ...) -> Callable[[Any], Any]:
    """An app whose one handler asks for a parameter with this annotation and answers what it was given."""
    app, seen = Router(), []
    source = f"def handler({name}: annotation{'' if default is ... else ' = default'}): seen.append({name})"
    names: dict[str, Any] = {"annotation": annotation, "default": default, "seen": seen}
    exec(source, names)
    app.invoke()(names["handler"])

    def call(event: Any) -> Any:
        app(event)
        return seen.pop()

    return call


# -- who gets here -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ODD)
def test_any_json_value_arrives_and_comes_back(event: Any) -> None:
    app = Router()
    app.invoke()(lambda event: {"got": event})
    assert app(event) == {"got": event}
    assert Client(app).invoke(event).response == {"got": event}


@pytest.fixture(autouse=True)
def outbox() -> Iterator[None]:
    """Where answers to CloudFormation go instead of to Amazon S3."""
    token = OUTBOX.set([])
    yield
    OUTBOX.reset(token)


@settings(max_examples=200)
@given(JSON)
def test_what_is_not_detected_is_a_direct_call_and_only_that(event: Any) -> None:
    app = Router()
    app.invoke()(lambda event: ["direct", event])
    app.default(lambda event: ["default", event])
    if detect(event) is None and event != {"Records": []}:
        assert app(event) == ["direct", event]


@pytest.mark.parametrize(("name", "event"), [(name, event) for name, event, _ in samples()])
def test_events_of_known_sources_never_get_here(name: str, event: Any) -> None:
    app, seen = Router(), []
    app.invoke()(lambda event: seen.append("direct"))
    app.invoke(when=lambda event: True)(lambda event: seen.append("direct"))

    @app.default
    def settled(event: Any) -> None:
        seen.append("default")
        raise Drop  # where somebody waits, None is not always an answer

    assert detect(event) == name.partition(".")[0]
    app(event)
    assert set(seen) <= {"default"}
    alone, called = Router(), []
    alone.invoke()(lambda event: called.append(event))
    try:
        answer = alone(event)
    except (DispatchError, ConcealedError) as exc:
        found = exc.__cause__ if isinstance(exc, ConcealedError) else exc
        assert isinstance(found, DispatchError)
        assert not isinstance(found, UnknownEventError)
    else:  # noise, or a request that has no route
        assert answer is None or answer.get("statusCode") in (200, 404) or is_error_of_alexa(answer)
    assert called == []


def is_error_of_alexa(answer: Any) -> bool:
    told = answer.get("event", answer)
    return told["header"]["name"] in ("ErrorResponse", "DriverInternalError")


def test_labelled_real_events_of_known_sources_never_get_here(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    known = {room.name for room in Router.everything().rooms}
    reached: dict[str, list[str]] = {"direct": [], "default": []}
    for file, label in labels.items():
        app = Router()
        app.invoke()(lambda file=file: reached["direct"].append(file))

        @app.default
        def settled(file: str = file) -> None:
            reached["default"].append(file)
            raise Drop

        with suppress(
            CallbackError, UnknownEventError
        ):  # a made-up address is not answered, nor a durable wrapper
            app(json.loads((shared_events / file).read_text()))
        assert (file in reached["direct"]) is (label["source"] not in {*known, "durable_execution"}), file
    assert len(reached["direct"]) > 10
    assert len(set(reached["default"])) > 30
    assert not set(reached["direct"]) & set(reached["default"])
    assert "step_functions" in {labels[file]["source"] for file in reached["direct"]}


@pytest.mark.parametrize("event", [sqs(1), s3("a"), bridge({}), [bridge({})]])
def test_with_and_without_routes_of_the_source(event: Any) -> None:
    app, seen = Router(), []
    app.invoke()(lambda: seen.append("direct"))
    with pytest.raises(DispatchError):
        app(event)
    app = Router()
    app.sqs("orders")(lambda: seen.append("source"))
    app.s3("uploads")(lambda: seen.append("source"))
    app.eventbridge()(lambda: seen.append("source"))
    app.invoke()(lambda: seen.append("direct"))
    app(event)
    assert seen == ["source"]


def test_http_without_a_route_is_not_a_direct_call() -> None:
    app = Router()
    app.invoke()(lambda: "direct")
    assert app(http("/nowhere"))["statusCode"] == 404


def test_a_source_is_none_and_the_route_is_named() -> None:
    app, seen = Router(), []

    @app.invoke(name="direct")
    def handler(event: Any, context: Any, invocation: Invocation) -> None:
        seen.append((invocation.source, invocation.route.source, invocation.record, context))

    context = LambdaContext()
    out = Client(app, context=context).invoke({"a": 1})
    assert seen == [(None, "invoke", None, context)]
    assert (out.source, out.route) == (None, "direct")


def test_an_empty_batch_is_noise_and_anything_in_it_is_not() -> None:
    app = Router()
    app.invoke()(lambda event: "direct")
    assert app({"Records": []}) is None
    assert app.explain({"Records": []}).noise
    assert app({"Records": [], "task": "resize"}) == "direct"


def test_warm_up_pings_are_answered_before() -> None:
    app = Router(warmup={"warm": [True]})
    app.invoke()(lambda event: "direct")
    assert app({"warm": True}) is None
    assert app({"warm": False}) == "direct"


# -- when: pattern, predicate, type --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"task": ["resize"]}, {"task": "resize"}, True),
        ({"task": ["resize"]}, {"task": "crop"}, False),
        ({"task": ["resize"]}, {}, False),
        ({"task": ["resize"]}, "task", False),
        ({"task": ["resize"]}, None, False),
        ({"task": ["resize"]}, [{"task": "resize"}], False),
        ({"task": [{"exists": False}]}, {}, True),
        ({"task": ["resize"], "width": [{"numeric": [">", 100]}]}, {"task": "resize", "width": 101}, True),
        ({"task": ["resize"], "width": [{"numeric": [">", 100]}]}, {"task": "resize", "width": 100}, False),
        ({"$or": [{"a": [1]}, {"b": [1]}]}, {"b": 1}, True),
    ],
)
def test_by_pattern(pattern: Any, event: Any, expected: bool) -> None:
    assert taken(pattern, event) is expected


class Says:
    def __call__(self, event: Any) -> bool:
        return event == "yes"

    def method(self, event: Any) -> bool:
        return event == "yes"


async def eventually(event: Any) -> bool:
    return event == "yes"


@pytest.mark.parametrize(
    "predicate",
    [
        lambda event: event == "yes",
        Says(),
        Says().method,
        functools.partial(lambda wanted, event: event == wanted, "yes"),
        eventually,
        lambda event: eventually(event),
        lambda event: 1 if event == "yes" else "",
        "yes".__eq__,
    ],
)
def test_by_predicate(predicate: Any) -> None:
    if predicate == "yes".__eq__:  # NotImplemented, which has no truth, for another type
        assert taken(predicate, "yes")
        return
    for event in (*ODD, "yes"):
        assert taken(predicate, event) is (event == "yes"), event


PREDICATES: list[Any] = [
    lambda event: event["kind"] == "a",
    lambda event: event[0]["kind"] == "a",
    lambda event: event.get("kind").lower() == "a",
    lambda event: event.kind == "a",
    lambda event: int(event["kind"], 16) == 10,
    lambda event: 1 / event["n"] > 0,
    lambda event: Order.model_validate(event),
    lambda event: json.loads(event),
]


@pytest.mark.parametrize("predicate", PREDICATES)
@pytest.mark.parametrize("event", [*ODD[:-2], {"kind": 7}, {"n": 0}, {"n": "x"}, ["x"]])
def test_a_predicate_that_stumbles_over_another_shape_does_not_hold(predicate: Any, event: Any) -> None:
    assert event == "{}" or not taken(predicate, event)


@pytest.mark.parametrize(
    "failure", [RuntimeError("down"), NameError("typo"), OSError("net"), SystemExit(1), RecursionError()]
)
def test_a_predicate_that_fails_otherwise_fails_the_call(failure: BaseException) -> None:
    app, seen = Router(), []

    def fails(event: Any) -> bool:
        raise failure

    app.invoke(when=fails)(lambda: seen.append("first"))
    app.invoke()(lambda: seen.append("second"))
    app.default(lambda: seen.append("default"))
    with pytest.raises(Exception) as info:
        app({})
    assert type(info.value).__name__ == type(failure).__name__
    assert seen == []
    found = app.explain({})
    assert f"fails with {type(failure).__name__} while matching" in str(found)
    assert f"when: it raises {type(failure).__name__}" in str(found)
    assert found.suggestion is None


@pytest.mark.parametrize(
    ("kind", "fit", "unfit"),
    [
        (Order, [{"id": 7}, {"id": 7, "total": 1, "more": 1}], [{}, {"id": "x"}, [], "7", None]),
        (Resize, [{"task": "a", "width": 1}], [{"task": "a"}, {"task": 1, "width": 1}]),
        (Point, [{"x": 1}], [{"y": 1}, 1]),
        (list[Order], [[], [{"id": 1}]], [{"id": 1}, [{"id": "x"}], None]),
        (dict[str, int], [{}, {"a": 1}], [{"a": "x"}, []]),
        (Order | Point, [{"id": 1}, {"x": 1}], [{}, []]),
        (Optional[Order], [None, {"id": 1}], [{}, ""]),
        (Annotated[int, Field(gt=3)], [4], [3, "x", None]),
        (dict, [{}, {"a": 1}], [[], None, "", 0]),
        (list, [[], [1]], [{}, None, "", 0]),
        (str, ["", "a"], [None, 0, [], {}]),
        (int, [0, 7], [True, 1.5, "7", None]),
        (float, [0, 1.5], [True, "1.5", None]),
        (bool, [True, False], [0, 1, "true", None]),
        (type(None), [None], [0, "", [], {}, False]),
    ],
)
def test_by_type(kind: Any, fit: list[Any], unfit: list[Any]) -> None:
    for event in fit:
        assert taken(kind, event), event
    for event in unfit:
        assert not taken(kind, event), event


def test_the_first_that_holds_takes_it_then_the_default_then_an_error() -> None:
    app = Router()
    app.invoke(when={"kind": ["a"]})(lambda: "pattern")
    app.invoke(when=lambda e: e["kind"] in "ab")(lambda: "predicate")
    app.invoke(when=Order)(lambda: "model")
    answers = [app(e) for e in ({"kind": "a"}, {"kind": "b"}, {"id": 1}, {"kind": "a", "id": 1})]
    assert answers == ["pattern", "predicate", "model", "pattern"]
    with pytest.raises(UnknownEventError) as info:
        app({"kind": "c", "secret": "4111"})
    assert "app" in str(info.value)
    assert "kind, secret" in str(info.value)
    assert "@app.invoke()" in str(info.value)
    assert "4111" not in str(info.value)
    assert info.value.seen == ("kind", "secret")
    app = Router()
    app.invoke(when={"kind": ["a"]})(lambda: "pattern")
    app.default(lambda: "default")
    assert app({"kind": "b"}) == "default"


def test_the_error_holds_no_values_of_the_nearest_routes() -> None:
    for when in (Order, {"id": [1]}, lambda e: False, str):
        app = Router()
        app.invoke(when=when).drop()
        with pytest.raises(UnknownEventError) as info:
            app({"id": "secret 4111", "total": "secret"})
        assert "secret" not in str(info.value)


def test_mistakes_are_refused_at_import() -> None:
    def first(event: Any) -> bool:
        return True

    app = Router()
    app.invoke(when=first).drop()
    app.invoke(when={"a": ["x", "y"]}).drop()
    app.invoke(when=Order).drop()
    app.invoke().drop()
    for again in (first, {"a": ["x", "y"]}, Order, None):
        with pytest.raises(DuplicateRouteError):
            app.invoke(when=again).drop()
    for bad in ("task", 7, [{"task": "a"}], (), True):
        with pytest.raises(ConfigurationError, match="when is an event pattern, a predicate or a model"):
            app.invoke(when=bad).drop()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError):
        app.invoke(when={"task": "resize"}).drop()
    with pytest.raises(ConfigurationError, match="pydantic cannot validate"):
        app.invoke(when=Says).drop()
    with pytest.raises(TypeError):
        app.invoke(lambda event: True)  # type: ignore[call-arg]
    assert [repr(route) for route in app.routes] == [
        "<invoke(when=test_mistakes_are_refused_at_import.<locals>.first) -> dropped>",
        "<invoke(when={'a': ['x', 'y']}) -> dropped>",
        "<invoke(when=Order) -> dropped>",
        "<invoke() -> dropped>",
    ]
    assert app.routes[2].criteria == {"when": Order}


# -- what a handler is given ---------------------------------------------------------------------------------


def test_each_part() -> None:
    app, seen = Router(), []

    @app.invoke()
    def handler(event: Any, context: Any, invocation: Invocation, order: Order) -> None:
        seen.append((event, context, invocation.event, order))

    context = LambdaContext()
    app({"id": 7}, context)
    assert seen == [({"id": 7}, context, {"id": 7}, Order(id=7))]


@pytest.mark.parametrize(
    ("annotation", "event", "expected"),
    [
        (Order, {"id": 7, "total": 1}, Order(id=7, total=1)),
        (Resize, {"task": "a", "width": 1}, {"task": "a", "width": 1}),
        (Point, {"x": 1}, Point(1)),
        (dict, {"a": 1}, {"a": 1}),
        (dict, {}, {}),
        (list, [1, None], [1, None]),
        (list[Order], [{"id": 1}, {"id": 2}], [Order(id=1), Order(id=2)]),
        (list[Order], [], []),
        (dict[str, Order], {"a": {"id": 1}}, {"a": Order(id=1)}),
        (Order | None, None, None),
        (Order | None, {"id": 1}, Order(id=1)),
        (dict | None, None, None),
        (Annotated[Order, "note"], {"id": 1}, Order(id=1)),
        (Order | Point, {"x": 1}, Point(1)),
    ],
)
def test_the_payload_under_a_free_name(annotation: Any, event: Any, expected: Any) -> None:
    for name in ("payload", "order", "event"):
        assert echo(annotation, name=name)(event) == expected


def test_a_default_stands_for_null() -> None:
    assert echo(Order | None, default=None)(None) is None
    assert echo(Order, default=Order(id=0))(None) == Order(id=0)
    assert echo(Order, default=Order(id=0))({"id": 1}) == Order(id=1)


@pytest.mark.parametrize(
    ("annotation", "event", "expected"),
    [
        (str, "a", "a"),
        (int, 7, 7),
        (bool, True, True),
        (str | None, None, None),
        (float, 1, 1.0),
        (Any, 0, 0),
    ],
)
def test_a_scalar_is_asked_for_as_event(annotation: Any, event: Any, expected: Any) -> None:
    assert echo(annotation, name="event")(event) == expected
    with pytest.raises(HandlerSignatureError, match="'payload' is not on offer"):
        echo(annotation, name="payload")


@pytest.mark.parametrize(
    ("annotation", "event"),
    [
        (Order, {}),
        (Order, {"id": "secret"}),
        (Order, []),
        (Order, "secret"),
        (Order, None),
        (dict, []),
        (dict, None),
        (dict, "secret"),
        (list, {}),
        (list[Order], [{"id": 1}, {}]),
        (list[Order], {"id": 1}),
    ],
)
def test_a_payload_that_does_not_fit_keeps_the_class_of_its_error(annotation: Any, event: Any) -> None:
    app = Router()
    names: dict[str, Any] = {"annotation": annotation}
    exec("def handler(payload: annotation): raise AssertionError", names)
    app.invoke()(names["handler"])
    with pytest.raises(PayloadError) as info:
        app(event)
    assert type(info.value).__name__ == "PayloadError"
    assert info.value.part == "event"
    assert "secret" not in str(info.value)
    assert type(Client(app).invoke(event).error) is PayloadError


@pytest.mark.parametrize("signature", ["record", "body", "oder", "a: Order, b: Order", "*args", "evnt=None"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    names: dict[str, Any] = {"Order": Order}
    exec(f"def handler({signature}): ...", names)
    with pytest.raises(HandlerSignatureError, match=r"app\.invoke") as info:
        Router().invoke()(names["handler"])
    assert "event, event" not in str(info.value)


def test_the_event_is_not_copied_and_not_shared_between_calls() -> None:
    app, seen = Router(), []
    app.invoke()(lambda event: seen.append(event))
    event: dict[str, Any] = {"a": []}
    app(event)
    assert seen[0] is event


def test_dependencies_ask_for_the_payload_too() -> None:
    app = Router()

    def customer(order: Order) -> str:
        return f"c-{order.id}"

    @app.invoke()
    def handler(who: Annotated[str, Depends(customer)], event: Any) -> Any:
        return [who, event]

    assert app({"id": 7}) == ["c-7", {"id": 7}]


def test_an_agent_s_tool_without_arguments_is_known_by_its_context() -> None:
    """AgentCore sends the arguments alone, an empty object where there are none."""
    app = Router()

    @app.invoke()
    def tool(event: dict, context: Any) -> str:
        return context.client_context.custom["bedrockAgentCoreToolName"].rpartition("___")[2]

    context: Any = LambdaContext()
    context.client_context = SimpleNamespace(custom={"bedrockAgentCoreToolName": "shop___list_orders"})
    assert app({}, context) == "list_orders"


# -- what comes back -----------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(JSON)
def test_results_come_back_as_they_are(value: Any) -> None:
    app = Router()
    app.invoke()(lambda event: value)
    try:
        answer = app({"direct": 1})
    except ResultError:
        assert any("\ud800" <= c <= "\udfff" for c in json.dumps(value, ensure_ascii=False))
        return
    assert answer == value
    assert json.loads(json.dumps(answer)) == value


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, None),
        (Order(id=7), {"id": 7, "total": 0}),
        (Point(1), {"x": 1}),
        (Decimal("9.5"), 9.5),
        ([Decimal("7")], [7]),
        ((1, 2), [1, 2]),
        ({"statusCode": 200, "body": "x"}, {"statusCode": 200, "body": "x"}),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"batchItemFailures": [{"itemIdentifier": "a"}]}),
    ],
)
def test_results_are_encoded(result: Any, expected: Any) -> None:
    app = Router()
    app.invoke()(lambda: result)
    assert app({}) == expected
    assert Client(app).invoke({}).response == expected


@pytest.mark.parametrize(
    "result",
    [b"bytes", {"a": b"x"}, float("nan"), "\ud800", {1: 2}, object(), (i for i in [1]), "x" * 7_000_000],
)
def test_results_that_cannot_be_sent_are_errors(result: Any) -> None:
    app = Router()
    app.invoke()(lambda: result)
    with pytest.raises(ResultError):
        app({})


class OutOfStock(Exception):
    pass


class Nested:
    class Refused(OutOfStock):
        pass


@pytest.mark.parametrize(
    "failure",
    [
        OutOfStock("x"),
        Nested.Refused(),
        KeyError("k"),
        HTTPError(404),
        Retry("later", after=3),
        Reject("never"),
        ExceptionGroup("g", [ValueError()]),
        type("States.TaskFailed", (Exception,), {})("x"),
    ],
)
def test_the_exception_itself_leaves_the_app(failure: Exception) -> None:
    app = Router()

    @app.invoke()
    def handler() -> None:
        raise failure

    with pytest.raises(type(failure)) as info:
        app({})
    assert info.value is failure


def test_a_chained_exception_is_the_outer_one() -> None:
    app = Router()

    @app.invoke()
    def handler() -> None:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise OutOfStock("outer") from inner

    error = Client(app).invoke({}).error
    assert type(error) is OutOfStock
    assert type(error.__cause__) is KeyError


def test_drop_settles_a_call() -> None:
    app = Router()
    app.invoke(when={"task": ["ping"]}).drop()

    @app.invoke()
    def handler() -> None:
        raise Drop("a duplicate")

    assert app({"task": "ping"}) is None
    assert app({"task": "other"}) is None
    assert repr(app.routes[0]) == "<invoke(when={'task': ['ping']}) -> dropped>"
    assert app.routes[0].handler is None


def test_exception_handlers_answer() -> None:
    app = Router()

    @app.exception_handler(OutOfStock)
    def sold_out(exc: OutOfStock, invocation: Invocation) -> Any:
        return {"sold_out": True, "route": invocation.route.name}

    @app.invoke(name="buy")
    def handler() -> None:
        raise OutOfStock

    assert app({}) == {"sold_out": True, "route": "buy"}


def test_coroutines_and_middleware() -> None:
    app, steps = Router(), []

    @app.middleware
    def outer(invocation: Invocation, call_next: Any) -> Any:
        steps.append(("outer", invocation.source))
        return {"wrapped": call_next(invocation)}

    async def inner(invocation: Invocation, call_next: Any) -> Any:
        steps.append(("inner", invocation.route.name))
        return await call_next(invocation)

    @app.invoke(when=eventually, middleware=[inner], name="async")
    async def handler(event: Any) -> Any:
        return event

    assert app("yes") == {"wrapped": "yes"}
    assert steps == [("outer", None), ("inner", "async")]


def test_an_asynchronous_predicate_inside_asynchronous_middleware() -> None:
    app = Router()

    @app.middleware
    async def outer(invocation: Invocation, call_next: Any) -> Any:
        return [await call_next(invocation)]

    app.invoke(when=eventually)(lambda event: event)
    assert app("yes") == ["yes"]


@pytest.mark.parametrize("method", [True, False])
def test_state_and_bound_methods(method: bool) -> None:
    class Service:
        def handle(self, order: Order) -> int:
            return order.id

        def __call__(self, order: Order) -> int:
            return order.id

    app, service = Router(), Service()
    handler: Any = service.handle if method else service
    assert app.invoke()(handler) is handler
    assert app({"id": 7}) == 7


# -- beside the rest of the app ------------------------------------------------------------------------------


def test_only_refuses_direct_calls() -> None:
    app, seen = Router(), []
    app.sqs("orders")(lambda: seen.append("sqs"))
    app.invoke()(lambda event: seen.append("direct"))
    app.default(lambda event: seen.append("default"))
    workers = app.only("sqs")
    for event in ODD:
        with pytest.raises(DispatchError):
            workers(event)
    workers(sqs(1))
    assert seen == ["sqs"]
    app({})
    assert seen == ["sqs", "direct"]


def test_only_may_allow_direct_calls() -> None:
    app = Router()
    app.invoke()(lambda event: "direct")
    app.sqs("orders")(lambda: None)
    direct = app.only("invoke")
    assert direct({}) == "direct"
    with pytest.raises(DispatchError):
        direct(sqs(1))


def test_exception_handlers_for_direct_calls_alone() -> None:
    app = Router()

    @app.exception_handler(OutOfStock, sources=["invoke"])
    def sold_out(exc: OutOfStock, invocation: Invocation) -> str:
        return "sold out"

    @app.invoke()
    @app.eventbridge()
    def handler() -> None:
        raise OutOfStock

    assert app({}) == "sold out"
    with pytest.raises(OutOfStock):
        app(bridge({}))


def test_include_takes_direct_calls_over_in_their_order() -> None:
    other, app = Router(), Router()
    other.invoke(when={"task": ["a"]})(lambda: "a")

    @other.invoke(when=Order)
    def model(order: Order) -> int:
        return order.id

    app.invoke(when={"task": ["b"]})(lambda: "b")
    app.include(other, prefix="/v1")
    app.invoke()(lambda: "rest")
    assert [app(e) for e in ({"task": "a"}, {"id": 7}, {"task": "b"}, [])] == ["a", 7, "b", "rest"]


def test_a_room_without_routes_leaves_everything_to_the_default() -> None:
    app = Router()
    _ = app.invoke
    app.default(lambda event: ["default", event])
    assert app({"a": 1}) == ["default", {"a": 1}]
    assert app.explain({"a": 1}).suggestion is None


def test_errors_are_logged_without_what_they_say(caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.invoke()
    def handler(event: Any) -> None:
        raise OutOfStock(f"secret {event}")

    with pytest.raises(OutOfStock):
        app("4111")
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("direct invocation failed: OutOfStock at test_invoke.py:")
    assert "4111" not in line
