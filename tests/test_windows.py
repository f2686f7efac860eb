"""Tumbling windows: state in, state out, and every call is answered with one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    Invocation,
    NoRouteError,
    PayloadError,
    ResultError,
    Router,
)
from lambda_router.testing import Client, event


class Sum(BaseModel):
    n: int = 0


STREAMS = ["kinesis", "dynamodb"]
both = pytest.mark.parametrize("source", STREAMS)


def window(source: str, count: int = 2, **parts: Any) -> Any:
    several = (
        {"datas": list(range(count))}
        if source == "kinesis"
        else {"images": [{"id": n} for n in range(count)]}
    )
    return event(f"{source}.window", **several, **parts)


def routed(source: str, handler: Any, *, partial: bool = True, **options: Any) -> Router:
    app = Router(partial=partial)
    getattr(app, source).window("*", **options)(handler)
    return app


@both
@pytest.mark.parametrize("partial", [True, False])
def test_what_is_returned_is_the_state(source: str, partial: bool) -> None:
    def count(records: list[Any], state: dict[str, int]) -> dict[str, int]:
        return {"n": state.get("n", 0) + len(records)}

    app = routed(source, count, partial=partial)
    reported = {"batchItemFailures": []} if partial else {}
    assert app(window(source, 2, state={})) == {**reported, "state": {"n": 2}}
    assert app(window(source, 3, state={"n": 2})) == {**reported, "state": {"n": 5}}
    assert app(window(source, 0, state={"n": 5}, final=True)) in (
        {**reported, "state": {"n": 5}},
        {"state": {"n": 5}},
    )


@both
def test_a_state_that_was_changed_and_not_returned_is_not_lost_in_silence(source: str) -> None:
    def count(records: list[Any], state: dict[str, int]) -> None:
        state["n"] = state.get("n", 0) + len(records)

    sent = window(source, 2, state={"n": 1})
    with pytest.raises(ResultError, match="returns the window's state"):
        routed(source, count)(sent)
    assert sent["state"] == {"n": 1}
    assert routed(source, count)(window(source, 0, state={"n": 1}, final=True))["state"] == {"n": 1}


@both
def test_a_state_may_be_a_model(source: str) -> None:
    def count(records: list[Any], state: Sum) -> Sum:
        return Sum(n=state.n + len(records))

    assert routed(source, count)(window(source, 2, state={"n": 1}))["state"] == {"n": 3}
    with pytest.raises(PayloadError):
        routed(source, count)(window(source, 2, state={"n": "x"}))


@both
def test_asynchronous_handlers(source: str) -> None:
    async def count(records: list[Any], state: dict[str, int]) -> dict[str, int]:
        return {"n": len(records)}

    assert routed(source, count)(window(source, 2))["state"] == {"n": 2}


@both
def test_every_part(source: str) -> None:
    seen: dict[str, Any] = {}

    def handler(
        records: Any, state: Any, window: Any, final: Any, early: Any, shard_id: Any, event: Any,
        context: Any, invocation: Invocation,
    ) -> Any:  # fmt: skip
        seen.update(locals())
        return {}

    sent = window(source, 2, state={"a": 1}, final=True)
    routed(source, handler)(sent, "the context")
    assert seen["records"] == sent["Records"]
    assert seen["state"] == {"a": 1}
    assert seen["window"] == sent["window"]
    assert set(seen["window"]) == {"start", "end"}
    assert (seen["final"], seen["early"]) == (True, False)
    assert seen["shard_id"] == sent["shardId"]
    assert seen["event"] == sent
    assert seen["context"] == "the context"
    assert seen["invocation"].route.source == source
    routed(source, handler)(window(source, 2, terminated_early=True))
    assert (seen["final"], seen["early"]) == (True, True)


@both
def test_a_failure_is_raised_and_the_window_is_tried_again(source: str) -> None:
    def handler(records: Any) -> None:
        raise LookupError("the store is away")

    for count in (2, 0):
        with pytest.raises(LookupError):
            routed(source, handler)(window(source, count, state={"n": 1}, final=not count))


@both
def test_a_failure_that_middleware_swallows_stands(source: str) -> None:
    def handler(records: Any) -> None:
        raise LookupError

    for count in (2, 0):
        app = routed(source, handler)

        @app.middleware
        def swallow(invocation: Invocation, call_next: Any) -> Any:
            try:
                return call_next(invocation)
            except LookupError:
                return None

        with pytest.raises(LookupError):
            app(window(source, count, final=not count))


@both
def test_a_drop_settles_the_call_and_keeps_the_state(source: str) -> None:
    def handler(state: Any) -> None:
        state["n"] = 99
        raise Drop

    assert routed(source, handler)(window(source, 2, state={"n": 1}))["state"] == {"n": 1}


@both
@pytest.mark.parametrize("result", [None, 7, "text", [1], True])
def test_a_state_is_an_object(source: str, result: Any) -> None:
    with pytest.raises(ResultError, match="state"):
        routed(source, lambda records: result)(window(source))


@both
def test_a_state_that_has_grown_too_large_is_lambdas_to_end_the_window(source: str) -> None:
    """It does so by itself, with `early` in the next call; an exception would bring the same records for ever."""
    state = {"a": "x" * 1_100_000}
    assert routed(source, lambda records: state)(window(source))["state"] == state


@both
def test_a_state_is_plain_json_that_lambda_can_return(source: str) -> None:
    with pytest.raises(ResultError, match="state"):
        routed(source, lambda records: {"a": "x" * 6_291_556})(window(source))
    with pytest.raises(ResultError, match="state") as caught:
        routed(source, lambda records: {"a": {"b": float("nan")}})(window(source))
    assert caught.value.path == "$.a.b"


@both
def test_records_outside_a_window_are_not_the_windows(source: str) -> None:
    app = routed(source, lambda records: None)
    with pytest.raises(NoRouteError):
        app(event(source))


@both
def test_a_window_without_a_route_of_its_own_keeps_its_state(source: str) -> None:
    app = Router(partial=True)
    seen = []
    getattr(app, source)("*")(lambda record: seen.append(record))
    assert app(window(source, 2, state={"n": 1})) == {"batchItemFailures": [], "state": {"n": 1}}
    assert len(seen) == 2
    with pytest.raises(NoRouteError, match=rf"@app\.{source}\.window"):
        app(window(source, 0, state={"n": 1}, final=True))


@both
def test_a_records_failure_in_a_window_returns_the_state_unchanged(source: str) -> None:
    app, ran = Router(partial=True), []

    def handler(record: Any) -> None:
        ran.append(record)
        if len(ran) == 2:
            raise ValueError

    getattr(app, source)("*")(handler)
    answer = app(window(source, 3, state={"n": 1}))
    assert answer["state"] == {"n": 1}
    assert len(answer["batchItemFailures"]) == 1
    ran.clear()
    default = Router()
    getattr(default, source)("*")(handler)
    with pytest.raises(BatchError):
        default(window(source, 3, state={"n": 1}))


def test_the_stream_is_matched_by_name_and_arn() -> None:
    app = Router()

    @app.kinesis.window("clicks")
    def clicks(state: Any) -> Any:
        return {"by": "clicks"}

    @app.kinesis.window("arn:aws:kinesis:*:*:stream/other*")
    def other(state: Any) -> Any:
        return {"by": "other"}

    assert app(window("kinesis", stream="clicks"))["state"] == {"by": "clicks"}
    assert app(window("kinesis", 0, stream="other-1", final=True))["state"] == {"by": "other"}
    assert [r.criteria for r in app.routes] == [
        {"stream": "clicks"},
        {"stream": "arn:aws:kinesis:*:*:stream/other*"},
    ]


@both
def test_a_stream_has_one_route_for_its_windows_beside_those_for_its_records(source: str) -> None:
    app = Router()
    room = getattr(app, source)
    room("orders")(lambda record: None)
    room.window("orders")(lambda records: None)
    with pytest.raises(DuplicateRouteError):
        room.window("orders")(lambda state: None)


@both
def test_what_a_window_does_not_offer_is_refused_at_import(source: str) -> None:
    with pytest.raises(HandlerSignatureError, match="records, state, window, final, early, shard_id"):
        routed(source, lambda body: None)
    with pytest.raises(ConfigurationError):
        getattr(Router(), source).window("")


@both
def test_an_included_routers_windows_come_along(source: str) -> None:
    inner, app = Router(), Router()
    getattr(inner, source).window("*")(lambda records: {"n": len(records)})
    app.include(inner)
    assert app(window(source))["state"] == {"n": 2}


@both
def test_it_is_explained(source: str) -> None:
    def summing(records: Any) -> Any: ...

    app = routed(source, summing)
    assert "the whole event ->" in str(app.explain(window(source)))
    assert app.explain(window(source)).to_dict()["whole"].endswith("summing")
    assert (Client(app).send(window(source)).route or "").endswith("summing")


@both
def test_the_middleware_of_the_route_is_around_the_call(source: str) -> None:
    seen = []

    def around(invocation: Invocation, call_next: Any) -> Any:
        seen.append(invocation.route.source if invocation.route else None)
        return call_next(invocation)

    routed(source, lambda state: {}, middleware=[around])(window(source))
    assert seen == [source]
