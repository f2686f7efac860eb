"""Dependencies: scopes, caching, generators, overrides; and the lifespan."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import pytest
from events import bridge, http, sqs

from lambda_router import (
    BatchError,
    ConfigurationError,
    Depends,
    Drop,
    HandlerSignatureError,
    Invocation,
    Router,
)


@pytest.fixture
def app() -> Router:
    return Router(partial=True)


def test_a_dependency_asks_for_parts_like_a_handler(app: Router) -> None:
    seen: list[Any] = []

    def sender(message_id: str, receive_count: int) -> str:
        return f"{message_id} {receive_count}"

    @app.sqs("orders")
    def handler(body: Any, who: Annotated[str, Depends(sender)]) -> None:
        seen.append((body, who))

    app(sqs("1", "2"))
    assert seen == [(1, "m-1 1"), (2, "m-2 1")]


def test_a_dependency_as_default(app: Router) -> None:
    def user(request: Any) -> str:
        return str(request.headers["x-user"])

    @app.get("/")
    def handler(name: str = Depends(user)) -> str:
        return name

    assert app(http("/", headers={"X-User": "ada"}))["body"] == "ada"


def test_a_call_scope_is_one_record_and_an_invocation_scope_all_of_them(app: Router) -> None:
    made: list[str] = []

    def per_call() -> object:
        made.append("call")
        return object()

    def per_invocation(event: Any) -> int:
        made.append("invocation")
        return len(event["Records"])

    def inner(thing: Annotated[object, Depends(per_call)]) -> object:
        return thing

    @app.sqs("orders")
    def handler(
        a: Annotated[object, Depends(per_call)],
        b: Annotated[object, Depends(inner)],
        n: Annotated[int, Depends(per_invocation, scope="invocation")],
    ) -> None:
        assert a is b
        assert n == 2

    app(sqs(1, 2))
    assert made == ["call", "invocation", "call"]
    app(sqs(1, 2))
    assert made.count("invocation") == 2


def test_generators_close_in_reverse_with_the_exception_thrown_in(app: Router) -> None:
    log: list[str] = []

    def opened(name: str) -> Any:
        def dependency() -> Any:
            log.append(f"open {name}")
            try:
                yield name
            except ValueError:
                log.append(f"{name} sees ValueError")
                raise
            finally:
                log.append(f"close {name}")

        return dependency

    @app.sqs("orders")
    def handler(
        body: Any, a: Annotated[str, Depends(opened("a"))], b: Annotated[str, Depends(opened("b"))]
    ) -> None:
        log.append(f"handle {body}")
        if body == 2:
            raise ValueError

    assert app(sqs(1, 2)) == {"batchItemFailures": [{"itemIdentifier": "m-2"}]}
    assert log == [
        *("open a", "open b", "handle 1", "close b", "close a"),
        *("open a", "open b", "handle 2", "b sees ValueError", "close b", "a sees ValueError", "close a"),
    ]


def test_a_failing_close_is_a_failing_record(app: Router) -> None:
    def transaction(message_id: str) -> Any:
        yield
        if message_id == "m-1":
            raise OSError("commit failed")

    @app.sqs("orders")
    def handler(tx: Annotated[None, Depends(transaction)]) -> None: ...

    assert app(sqs(1, 2)) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


def test_a_failing_close_outweighs_a_drop(app: Router) -> None:
    def transaction() -> Any:
        try:
            yield
        finally:
            raise OSError("rollback failed")

    @app.sqs("orders")
    def handler(tx: Annotated[None, Depends(transaction)]) -> None:
        raise Drop

    with pytest.raises(BatchError) as info:
        app(sqs(1))
    assert info.value.classes == {"OSError": 1}


def test_a_swallowed_failure_still_stands(app: Router) -> None:
    def careless() -> Any:
        try:
            yield
        except ValueError:
            pass

    @app.sqs("orders")
    def handler(body: Any, c: Annotated[None, Depends(careless)]) -> None:
        if body == 1:
            raise ValueError

    assert app(sqs(1, 2)) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


def test_an_invocation_scope_closes_before_the_answer(app: Router) -> None:
    log: list[str] = []

    def connection() -> Any:
        log.append("open")
        yield "db"
        log.append("close")
        if "fail" in log:
            raise OSError("close failed")

    @app.sqs("orders")
    def handler(body: Any, db: Annotated[str, Depends(connection, scope="invocation")]) -> None:
        log.append(str(body))

    assert app(sqs(1, 2)) == {"batchItemFailures": []}
    assert log == ["open", "1", "2", "close"]
    log[:] = ["fail"]
    with pytest.raises(OSError, match="close failed"):
        app(sqs(1))


def test_async_dependencies_and_async_generators(app: Router) -> None:
    log: list[str] = []

    async def value() -> int:
        await asyncio.sleep(0)
        return 41

    async def opened(n: Annotated[int, Depends(value)]) -> Any:
        log.append("open")
        try:
            yield n + 1
        finally:
            await asyncio.sleep(0)
            log.append("close")

    @app.sqs("sync")
    def synchronous(n: Annotated[int, Depends(opened)]) -> None:
        log.append(f"sync {n}")

    @app.sqs("async")
    async def asynchronous(n: Annotated[int, Depends(opened)]) -> None:
        await asyncio.sleep(0)
        log.append(f"async {n}")

    app(sqs(1, queue="sync"))
    app(sqs(1, queue="async"))
    assert log == ["open", "sync 42", "close", "open", "async 42", "close"]


def test_overrides_replace_dependencies_also_nested_ones(app: Router) -> None:
    def connect() -> str:
        raise AssertionError("must not be called")

    def repository(db: Annotated[str, Depends(connect)]) -> str:
        return f"repository on {db}"

    @app.get("/")
    def handler(repo: Annotated[str, Depends(repository)]) -> str:
        return repo

    def fake(request: Any) -> Any:
        yield f"fake {request.method}"

    app.overrides[connect] = fake
    assert app(http("/"))["body"] == "repository on fake GET"
    app.overrides[repository] = lambda: "other"
    assert app(http("/"))["body"] == "other"
    app.overrides.clear()
    assert app(http("/"))["statusCode"] == 500


def test_mistakes_in_dependencies_are_errors_at_import(app: Router) -> None:
    def wrong(nothing_known: str) -> str:
        return nothing_known

    with pytest.raises(HandlerSignatureError, match=r"dependency .*wrong.*nothing_known"):

        @app.sqs("orders")
        def handler(w: Annotated[str, Depends(wrong)]) -> None: ...

    def record_part(message_id: str) -> str:
        return message_id

    with pytest.raises(HandlerSignatureError, match="message_id"):

        @app.sqs("orders")
        def other(w: Annotated[str, Depends(record_part, scope="invocation")]) -> None: ...

    with pytest.raises(ConfigurationError):
        Depends("text")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError):
        Depends(wrong, scope="request")


@pytest.mark.parametrize("scope", ["call", "invocation"])
def test_a_chain_whose_every_link_asks_twice_for_the_next(app: Router, scope: Any) -> None:
    made: list[int] = []

    def link(number: int, below: Any) -> Any:
        def either(one: Any = Depends(below, scope), other: Any = Depends(below, scope)) -> Any:
            made.append(number)
            return one + other

        return either

    def last() -> int:
        return 1

    chain: Any = last
    for number in range(60):
        chain = link(number, chain)

    @app.invoke()
    def handler(total: Any = Depends(chain, scope)) -> Any:
        return total

    assert app({"any": "event"}) == 2**60
    assert made == list(range(60))


def test_dependencies_in_a_circle() -> None:
    def first(b: Any) -> None: ...

    def second(a: Annotated[Any, Depends(first)]) -> None: ...

    first.__annotations__["b"] = Annotated[Any, Depends(second)]
    with pytest.raises(ConfigurationError, match="circle"):

        @Router().sqs("orders")
        def handler(x: Annotated[Any, Depends(first)]) -> None: ...


def test_a_dependency_that_yields_twice_is_a_failure(app: Router) -> None:
    def twice() -> Any:
        yield 1
        yield 2

    @app.get("/")
    def handler(n: Annotated[int, Depends(twice)]) -> int:
        return n

    assert app(http("/"))["statusCode"] == 500


# -- lifespan --------------------------------------------------------------------------------------------------


def test_a_lifespan_opens_once_at_the_first_event_and_closes_with_the_app(app: Router) -> None:
    log: list[str] = []

    @app.lifespan
    def life(router: Router) -> Any:
        assert router is app
        log.append("open")
        yield {"pool": "pool"}
        log.append("close")

    @app.get("/")
    def handler(invocation: Invocation) -> str:
        return str(invocation.state["pool"])

    assert log == []
    assert app(http("/"))["body"] == "pool"
    assert app(http("/"))["body"] == "pool"
    assert log == ["open"]
    app.close()
    assert log == ["open", "close"]
    app.close()
    assert log == ["open", "close"]


def test_a_lifespan_that_fails_is_tried_again(app: Router) -> None:
    attempts: list[int] = []

    @app.lifespan
    def life() -> Any:
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError("not yet")
        yield

    app.eventbridge()(lambda detail: None)
    with pytest.raises(OSError, match="not yet"):
        app(bridge())
    assert app(bridge()) is None
    assert len(attempts) == 2
    app.close()


def test_an_async_lifespan_shares_its_loop_with_the_handlers_and_keeps_its_tasks(app: Router) -> None:
    loops: list[Any] = []
    ticks: list[int] = []

    @app.lifespan
    async def life() -> Any:
        loops.append(asyncio.get_running_loop())

        async def tick() -> None:
            while True:
                ticks.append(1)
                await asyncio.sleep(0)

        task = asyncio.create_task(tick())
        yield {"queue": asyncio.Queue()}
        task.cancel()

    @app.get("/")
    async def handler(invocation: Invocation) -> str:
        loops.append(asyncio.get_running_loop())
        await invocation.state["queue"].put(1)
        await asyncio.sleep(0)
        return "ok"

    for _ in range(3):
        assert app(http("/"))["statusCode"] == 200
        before = len(ticks)
    assert app(http("/"))["statusCode"] == 200
    assert len(ticks) > before
    assert len(set(loops)) == 1
    app.close()


def test_a_lifespan_is_a_generator(app: Router) -> None:
    with pytest.raises(ConfigurationError, match="generator"):
        app.lifespan(lambda: None)
