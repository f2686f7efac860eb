"""The hub: the straight line, middleware, exception handlers, default, include, only, freezing."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from typing import Any

import pytest
from events import bridge, http, s3, sqs

from lambda_router import (
    BatchError,
    ConcealedError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HTTPError,
    Invocation,
    NoRouteError,
    PublicError,
    Response,
    ResultError,
    Router,
    RouterError,
    UnknownEventError,
)
from lambda_router.testing import event as made


class Context:
    aws_request_id = "lambda-1"

    def get_remaining_time_in_millis(self) -> int:
        return 3000


def status(answer: Any) -> int:
    return int(answer["statusCode"])


# -- the entrypoint --------------------------------------------------------------------------------------------


def test_the_app_can_be_wrapped_like_a_function() -> None:
    app = Router()

    @app.get("/")
    def handler() -> str:
        return "ok"

    @functools.wraps(app)
    def wrapper(event: Any, context: Any) -> Any:
        return app(event, context)

    assert wrapper.__name__ == app.__name__
    assert wrapper.__qualname__ == app.__qualname__
    assert status(wrapper(http("/"), Context())) == 200


@pytest.mark.parametrize("event", [None, True, 0, 1.5, "text", [], [1], {}, {"a": 1}, {"Records": [1]}, [[]]])
def test_an_event_that_no_source_claims(event: Any) -> None:
    with pytest.raises(UnknownEventError, match=r"@app\.default"):
        Router()(event, None)


def test_an_unknown_event_says_what_was_seen_but_no_values() -> None:
    with pytest.raises(UnknownEventError) as info:
        Router()({"orderNumber": "canary", "key\nforged": 1})
    assert info.value.seen == ("orderNumber", "key\\nforged") or "orderNumber" in info.value.seen
    assert "orderNumber" in str(info.value)
    assert "canary" not in str(info.value)
    assert "\n" not in str(info.value)


def test_a_known_source_without_a_route_shows_the_decorator_to_write() -> None:
    app = Router()

    @app.sqs("invoices")
    def handler(body: Any) -> None: ...

    with pytest.raises(NoRouteError, match=r"the nearest is <sqs\(queue=.invoices.\)") as info:
        app(sqs({}))
    assert info.value.source == "sqs"
    assert info.value.suggestion == '@app.sqs("orders")'
    with pytest.raises(NoRouteError, match="there is no eventbridge route"):
        app(bridge())


def test_noise_is_answered() -> None:
    app = Router(warmup={"source": ["serverless-plugin-warmup"]})
    assert app({"Records": []}) is None
    assert app({"source": "serverless-plugin-warmup"}) is None
    assert app({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}) is None
    assert Router(warmup=lambda event: event == "ping")("ping") is None


def test_the_event_is_not_changed() -> None:
    app = Router()

    @app.sqs("orders")
    def on_sqs(event: Any, body: Any) -> None: ...

    @app.get("/")
    def on_get(request: Any, headers: Any, query: Any) -> None: ...

    for event in (sqs(1, 2), http("/"), s3("a"), bridge({})):
        before = json.dumps(event)
        try:
            app(event)
        except RouterError:
            pass
        assert json.dumps(event) == before


def test_routes_are_listed_in_order_and_readable() -> None:
    app = Router()

    @app.sqs("orders")
    def one(body: Any) -> None: ...

    @app.get("/orders/{order_id}")
    def two(order_id: int) -> None: ...

    app.s3("uploads", "tmp/*").drop()
    assert [(r.source, r.name) for r in app.routes] == [("sqs", "one"), ("http", "two"), ("s3", "drop")] or [
        r.source for r in app.routes
    ] == ["sqs", "http", "s3"]
    assert app.routes[0].criteria == {"queue": "orders"}
    assert app.routes[0].handler is one
    assert "orders" in repr(app.routes[0])
    assert "dropped" in repr(app.routes[2])


# -- middleware ------------------------------------------------------------------------------------------------


def test_middleware_wraps_the_invocation_once_the_first_outermost() -> None:
    app = Router()
    calls: list[str] = []

    @app.middleware
    def outer(invocation: Invocation, call_next: Any) -> Any:
        calls.append(f"outer {invocation.source}")
        result = call_next(invocation)
        calls.append("outer done")
        return result

    def inner(invocation: Invocation, call_next: Any) -> Any:
        calls.append("inner")
        return call_next(invocation)

    app.use(inner)

    @app.sqs("orders")
    def handler(body: Any) -> None:
        calls.append(f"handler {body}")

    app(sqs(1, 2))
    assert calls == ["outer sqs", "inner", "handler 1", "handler 2", "outer done"]


def test_a_routes_middleware_wraps_each_call_of_its_handler() -> None:
    app = Router()
    calls: list[Any] = []

    def each(invocation: Invocation, call_next: Any) -> Any:
        calls.append((invocation.record["messageId"], invocation.route and invocation.route.name))
        invocation.state["n"] = invocation.state.get("n", 0) + 1
        return call_next(invocation)

    @app.sqs("orders", middleware=[each], name="orders")
    def handler(body: Any, invocation: Invocation) -> None:
        calls.append(invocation.state["n"])

    app(sqs(1, 2))
    assert calls == [("m-1", "orders"), 1, ("m-2", "orders"), 2]


def test_middleware_sees_and_changes_http_responses() -> None:
    app = Router()
    seen: list[int] = []

    @app.middleware
    def stamp(invocation: Invocation, call_next: Any) -> Any:
        response = call_next(invocation)
        seen.append(response.status)
        response.headers["x-stamp"] = "1"
        return response

    @app.get("/")
    def handler() -> dict[str, int]:
        return {"a": 1}

    assert app(http("/"))["headers"]["x-stamp"] == "1"
    assert app(http("/missing"))["headers"]["x-stamp"] == "1"
    assert seen == [200, 404]


def test_middleware_may_answer_http_by_itself() -> None:
    app = Router()

    @app.middleware
    def closed(invocation: Invocation, call_next: Any) -> Any:
        return {"closed": True}, 503

    @app.get("/")
    def handler() -> None:
        raise AssertionError("must not be called")

    assert status(app(http("/"))) == 503


@pytest.mark.parametrize("partial", [True, False])
def test_middleware_cannot_acknowledge_records_that_were_not_handled(partial: bool) -> None:
    app = Router(partial=partial)

    @app.middleware
    def careless(invocation: Invocation, call_next: Any) -> Any:
        return {"batchItemFailures": []}

    @app.sqs("orders")
    def handler(body: Any) -> None: ...

    with pytest.raises(ResultError, match="call_next"):
        app(sqs(1))


@pytest.mark.parametrize("partial", [True, False])
def test_middleware_that_swallows_a_failure_does_not_settle_it(partial: bool) -> None:
    app = Router(partial=partial)

    @app.middleware
    def careless(invocation: Invocation, call_next: Any) -> Any:
        try:
            call_next(invocation)
        except Exception:
            pass

    @app.sqs("orders")
    def handler(body: Any) -> None:
        if body == 1:
            raise ValueError

    event = sqs(1, 2)
    if partial:
        assert app(event) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    else:
        with pytest.raises(BatchError):
            app(event)


def test_middleware_may_drop_an_event_on_purpose() -> None:
    app = Router()

    @app.middleware
    def drop(invocation: Invocation, call_next: Any) -> Any:
        raise Drop

    @app.sqs("orders")
    def handler(body: Any) -> None:
        raise AssertionError("must not be called")

    assert app(sqs(1)) is None


def test_async_middleware_around_sync_and_async_handlers() -> None:
    app = Router()
    calls: list[str] = []

    @app.middleware
    def outside(invocation: Invocation, call_next: Any) -> Any:
        calls.append("sync")
        return call_next(invocation)

    @app.middleware
    async def inside(invocation: Invocation, call_next: Any) -> Any:
        await asyncio.sleep(0)
        calls.append("async")
        result = await call_next(invocation)
        await asyncio.sleep(0)
        calls.append("async done")
        return result

    @app.get("/sync")
    def sync() -> str:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()  # a handler may use asyncio.run: it is outside of any loop
        calls.append("handler")
        return "sync"

    @app.get("/async")
    async def asynchronous() -> str:
        await asyncio.sleep(0)
        calls.append("handler")
        return "async"

    for path in ("/sync", "/async"):
        calls.clear()
        assert app(http(path))["body"] == path[1:]
        assert calls == ["sync", "async", "handler", "async done"]
    assert status(app(http("/missing"))) == 404


def test_sync_middleware_inside_async_is_refused() -> None:
    app = Router()

    async def asynchronous(invocation: Invocation, call_next: Any) -> Any:
        return await call_next(invocation)

    def synchronous(invocation: Invocation, call_next: Any) -> Any:
        return call_next(invocation)

    app.use(asynchronous)
    with pytest.raises(ConfigurationError, match="register the synchronous one first"):
        app.use(synchronous)
    with pytest.raises(ConfigurationError, match="lies inside asynchronous"):

        @app.sqs("orders", middleware=[asynchronous, synchronous])
        def handler(body: Any) -> None: ...


def test_an_async_route_middleware_with_a_timeout_of_its_own() -> None:
    app = Router()

    async def impatient(invocation: Invocation, call_next: Any) -> Any:
        try:
            async with asyncio.timeout(0.01):
                return await call_next(invocation)
        except TimeoutError:
            return "late"

    @app.get("/", middleware=[impatient])
    async def handler() -> str:
        await asyncio.sleep(0.1)
        return "never seen"

    assert app(http("/"))["body"] == "late"
    assert app(http("/"))["body"] == "late"


# -- exceptions ------------------------------------------------------------------------------------------------


class Problem(Exception):
    pass


class Special(Problem):
    pass


def test_an_exception_handler_maps_to_a_result_the_nearest_class_first() -> None:
    app = Router()

    @app.exception_handler(Problem)
    def general(exc: BaseException, invocation: Invocation) -> Any:
        return {"general": type(exc).__name__, "source": invocation.source}, 409

    @app.exception_handler(Special, sources=["alb"])
    def special(exc: BaseException, invocation: Invocation) -> Any:
        raise AssertionError("the event is not from a load balancer")

    @app.exception_handler(HTTPError)
    async def http_error(exc: BaseException, invocation: Invocation) -> Any:
        assert isinstance(exc, HTTPError)
        return f"sorry: {exc.status}", exc.status

    @app.get("/")
    def handler() -> None:
        raise Special

    answer = app(http("/"))
    assert status(answer) == 409
    assert json.loads(answer["body"]) == {"general": "Special", "source": "api_gateway_http"}
    assert app(http("/missing"))["body"] == "sorry: 404"


def test_an_exception_handlers_value_settles_no_record_but_a_drop_does() -> None:
    app = Router(partial=True)
    handled: list[Any] = []

    @app.exception_handler(Problem)
    def handler_of_problems(exc: BaseException, invocation: Invocation) -> str:
        handled.append(invocation.record["messageId"])
        if isinstance(exc, Special):
            raise Drop
        return "this value is ignored"

    @app.sqs("orders")
    def handler(body: Any) -> None:
        raise {"problem": Problem, "special": Special}[body]

    assert app(sqs("problem" and '"problem"', '"special"')) == {
        "batchItemFailures": [{"itemIdentifier": "m-1"}]
    }
    assert handled == ["m-1", "m-2"]


def test_an_exception_handler_does_not_see_a_drop() -> None:
    app = Router()
    app.exception_handler(Exception)(lambda exc, invocation: "handled")

    @app.get("/")
    def handler() -> None:
        raise Drop

    assert status(app(http("/"))) == 204


def test_an_exception_handler_needs_classes() -> None:
    for wrong in ((), ("ValueError",), (int,)):
        with pytest.raises(ConfigurationError):
            Router().exception_handler(*wrong)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="no source"):
        Router().exception_handler(ValueError, sources=["sqss"])


def test_an_ordinary_exception_leaves_unchanged_with_its_cause() -> None:
    app = Router()
    error = Problem("boom")

    @app.eventbridge()
    def handler() -> None:
        raise error from KeyError("why")

    with pytest.raises(Problem) as info:
        app(bridge())
    assert info.value is error
    assert isinstance(error.__cause__, KeyError)


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, asyncio.CancelledError])
def test_base_exceptions_become_ordinary_ones_of_the_same_name(kind: type[BaseException]) -> None:
    app = Router()

    @app.eventbridge()
    def handler() -> None:
        raise kind("stop")

    with pytest.raises(Exception) as info:
        app(bridge())
    assert type(info.value).__name__ == kind.__name__
    assert isinstance(info.value, Exception)


def test_keyboard_interrupt_passes() -> None:
    app = Router()

    @app.sqs("orders")
    def handler(body: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        app(sqs(1))


def test_a_failed_invocation_is_one_line_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.eventbridge()
    def handler() -> None:
        raise ValueError("canary\nforged line")

    with caplog.at_level(logging.DEBUG, "lambda_router"), pytest.raises(ValueError, match="canary"):
        app(bridge())
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert "ValueError at test_router.py" in record.getMessage()
    assert "canary" not in caplog.text


# -- default ---------------------------------------------------------------------------------------------------


def test_default_takes_what_nothing_matches() -> None:
    app = Router()
    seen: list[Any] = []

    @app.sqs("orders")
    def orders(body: Any) -> None:
        seen.append(body)

    @app.default
    def default(event: Any, context: Any, invocation: Invocation, record: Any = None) -> Any:
        seen.append((invocation.source, record and record["messageId"], event))
        return {"default": True}

    assert app("anything") == {"default": True}
    assert seen.pop() == (None, None, "anything")
    event = sqs(1, 2, queue="others")
    assert app(event) is None
    assert seen == [
        ("sqs", "m-1", {"Records": event["Records"][:1]}),
        ("sqs", "m-2", {"Records": event["Records"][1:]}),
    ]
    seen.clear()
    app(sqs(1))
    assert seen == [1]
    answer = app(http("/nowhere"))
    assert status(answer) == 200
    assert json.loads(answer["body"]) == {"default": True}
    assert app(bridge({"a": 1})) is None


def test_a_failing_default_fails_its_record() -> None:
    app = Router(partial=True)

    @app.default
    def default(record: Any) -> None:
        if record["messageId"] == "m-2":
            raise ValueError

    assert app(sqs(1, 2)) == {"batchItemFailures": [{"itemIdentifier": "m-2"}]}


def test_there_is_one_default() -> None:
    app = Router()
    app.default(lambda event: None)
    with pytest.raises(DuplicateRouteError):
        app.default(lambda event: None)


def test_a_defaults_result_is_strict() -> None:
    app = Router()

    @app.default
    def default(event: Any) -> Any:
        return {"a": float("nan")}

    with pytest.raises(ResultError, match=r"\$\.a"):
        app("x")


# -- include ---------------------------------------------------------------------------------------------------


def test_include_takes_over_everything() -> None:
    calls: list[str] = []
    part = Router(partial=["orders"])

    @part.middleware
    def layer(invocation: Invocation, call_next: Any) -> Any:
        calls.append("layer")
        return call_next(invocation)

    @part.exception_handler(Problem)
    def on_problem(exc: BaseException, invocation: Invocation) -> Any:
        return "problem", 418

    @part.lifespan
    def life() -> Any:
        calls.append("open")
        yield {"db": "db"}

    @part.sqs("orders")
    def orders(body: Any) -> None:
        if body == "bad":
            raise ValueError

    @part.get("/{item}")
    def item(item: str, invocation: Invocation) -> str:
        if item == "bad":
            raise Problem
        return f"{item} {invocation.state['db']}"

    app = Router()
    app.include(part, prefix="/tenants/{tenant}")
    assert app(http("/tenants/t/x"))["body"] == "x db"
    assert status(app(http("/tenants/t/bad"))) == 418
    assert status(app(http("/x"))) == 404
    assert app(sqs('"bad"', 1)) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert calls == ["open", *["layer"] * 4]
    assert len(app.routes) == 2
    app.close()


def test_an_included_router_takes_no_more_registrations() -> None:
    part, app = Router(), Router()
    app.include(part)
    with pytest.raises(ConfigurationError, match="included"):
        part.sqs("late")(lambda body: None)


def test_include_finds_duplicates_and_wrong_arguments() -> None:
    part, app = Router(), Router()
    for router in (part, app):
        router.sqs("orders")(lambda body: None)
    with pytest.raises(DuplicateRouteError):
        app.include(part)
    with pytest.raises(ConfigurationError):
        app.include(app)
    with pytest.raises(ConfigurationError):
        app.include("part")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="prefix"):
        other = Router()
        other.get("/x")(lambda: None)
        Router().include(other, prefix="api")


# -- only ------------------------------------------------------------------------------------------------------


def test_only_restricts_the_entrypoint() -> None:
    app = Router()
    seen: list[Any] = []
    app.sqs("orders")(lambda body: seen.append(body))
    app.get("/")(lambda: "ok")
    app.default(lambda event: seen.append(event))
    queue = app.only("sqs")
    queue(sqs(1), None)
    assert seen == [1]
    with pytest.raises(NoRouteError, match="takes sqs alone"):
        queue(bridge())
    assert status(queue(http("/"))) == 404
    with pytest.raises(UnknownEventError):
        queue("text")
    assert status(app(http("/"))) == 200
    for wrong in ((), ("sqss",)):
        with pytest.raises(ConfigurationError):
            app.only(*wrong)


# -- mistakes at import ----------------------------------------------------------------------------------------


def test_the_app_freezes_at_its_first_event() -> None:
    app = Router()
    app({"Records": []})
    for register in (
        lambda: app.sqs("q")(lambda body: None),
        lambda: app.get("/")(lambda: None),
        lambda: app.use(lambda i, n: n(i)),
        lambda: app.default(lambda event: None),
        lambda: app.include(Router()),
        lambda: app.exception_handler(ValueError)(lambda e, i: None),
        lambda: app.s3("b").drop(),
    ):
        with pytest.raises(ConfigurationError, match="first event"):
            register()


def test_identical_criteria_are_a_duplicate() -> None:
    app = Router()
    app.sqs("orders")(lambda body: None)
    app.sqs("orders", attributes={"kind": "a"})(lambda body: None)
    with pytest.raises(DuplicateRouteError, match="could never be reached"):
        app.sqs("orders")(lambda body: None)
    app.s3(["a", "b"])(lambda key: None)
    with pytest.raises(DuplicateRouteError):
        app.s3(["b", "a"])(lambda key: None)


def test_the_first_registered_route_wins() -> None:
    app = Router()
    seen: list[str] = []
    app.sqs("orders-*")(lambda body: seen.append("glob"))
    app.sqs("orders-eu")(lambda body: seen.append("name"))
    app(sqs(1, queue="orders-eu"))
    assert seen == ["glob"]


@pytest.mark.parametrize(
    "options",
    [
        {"partial": "orders"},
        {"partial": [1]},
        {"all_failed": "ignore"},
        {"deadline_margin": -1},
        {"deadline_margin": True},
        {"deadline_margin": float("nan")},
        {"base_path": "v1"},
        {"base_path": "/"},
        {"warmup": {"a": "not a list"}},
    ],
)
def test_wrong_options(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Router(**options)


def test_decorators_without_parentheses_say_so() -> None:
    app = Router()
    for decorator in (app.sqs, app.s3, app.get, app.schedule):
        with pytest.raises(ConfigurationError, match=r"parentheses|with a path"):
            decorator(lambda body: None)  # type: ignore[operator]


@pytest.mark.parametrize("handler", ["text", 1, None, object()])
def test_what_is_no_function_cannot_be_decorated(handler: Any) -> None:
    with pytest.raises(ConfigurationError, match="decorates a function"):
        Router().sqs("q")(handler)


# -- add_route and sources of others ---------------------------------------------------------------------------


def test_add_route_is_the_primitive_under_the_decorators() -> None:
    from lambda_router import criteria

    app = Router()
    seen: list[Any] = []
    route = app.add_route(
        "sqs",
        lambda body: seen.append(body),
        criteria=criteria.name_or_arn(
            "queue", lambda r: r.get("eventSourceARN"), "orders", resource=lambda a: a.split(":")[5]
        ),
    )
    assert app.routes == (route,)
    app(sqs(4))
    assert seen == [4]
    with pytest.raises(ConfigurationError, match="no source"):
        app.add_route("sqss", lambda body: None)


def test_a_source_of_others_takes_one_file_and_one_line() -> None:
    from made_up_source import Telegraph

    from lambda_router.source import Lazy

    class MyRouter(Router):
        telegraph: Lazy[Telegraph] = Lazy("made_up_source:Telegraph")

    app = MyRouter()

    @app.telegraph("HQ", urgent=True)
    def on_telegram(text: str, sender: str) -> dict[str, str]:
        return {"ack": sender, "text": text}

    event = {"telegram": {"to": "HQ", "from": "field", "text": '{"a": 1}', "urgent": True}}
    assert app(event) == {"reply": {"ack": "field", "text": '{"a": 1}'}}
    assert app.explain(event).source == "telegraph"
    with pytest.raises(NoRouteError, match=r'@app\.telegraph\("base"\)'):
        app({"telegram": {"to": "base", "from": "field", "text": "", "urgent": True}})
    assert status(app(http("/"))) == 404
    with pytest.raises(UnknownEventError):
        Router()(event)


# -- Response through the default and unusual results -----------------------------------------------------------


def test_a_response_helper_can_be_returned() -> None:
    app = Router()
    app.get("/")(lambda: Response("<p>", content_type="text/html", cookies=["a=b"]))
    answer = app(http("/"))
    assert answer["headers"]["content-type"] == "text/html"
    assert answer["cookies"] == ["a=b"]


def test_what_is_concealed_from_people_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The reference leads from the text that a person read to the line; of the app's own errors the text is there too."""
    app = Router()

    @app.connect(channel="VOICE")
    def handler() -> None:
        raise LookupError("secret")

    sent = made("connect", channel="VOICE")
    with pytest.raises(ConcealedError) as caught:
        app(sent)
    reference = caught.value.reference
    assert reference
    assert str(caught.value) == f"The request could not be handled (reference {reference})."
    assert isinstance(caught.value.__cause__, LookupError)
    line = caplog.records[-1].message
    assert line.startswith("connect invocation failed: LookupError at test_router.py:")
    assert line.endswith(f"(reference {reference})")
    assert "secret" not in caplog.text
    with pytest.raises(ConcealedError):
        app(made("connect", channel="CHAT"))
    assert "NoRouteError: no route for an event of connect" in caplog.records[-1].message


def test_a_public_error_is_raised_as_it_is() -> None:
    app = Router()

    @app.connect()
    def handler() -> None:
        raise PublicError("We are closed today.")

    with pytest.raises(PublicError, match=r"^We are closed today\.$"):
        app(made("connect"))
