"""What people put around their functions: Powertools' decorators, and agents that import `module.app` and wrap it."""

from __future__ import annotations

import functools
import inspect
import io
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit, SchemaValidationError
from events import bridge, http, sqs
from pydantic import BaseModel

from lambda_router import BatchError, Invocation, Router
from lambda_router.testing import Client, LambdaContext, event

ROOT = Path(__file__).parents[1]


class Order(BaseModel):
    id: int


def shop() -> Router:
    """An app with a route of every kind of caller."""
    app = Router(partial=True)

    @app.get("/orders/{order_id}")
    def read(order_id: int) -> dict[str, int]:
        return {"id": order_id}

    @app.sqs("orders")
    def on_order(order: Order) -> None:
        if order.id == 0:
            raise ValueError("nothing")

    @app.eventbridge(source="shop")
    def on_event(detail: dict[str, Any]) -> None:
        raise LookupError("the bus")

    @app.invoke()
    def direct(event: Any) -> Any:
        return ["direct", event]

    return app


def answers_as_ever(handler: Callable[[Any, Any], Any]) -> None:
    """Whatever is around the app, its answers and exceptions are the app's."""
    context = LambdaContext()
    assert json.loads(handler(http("/orders/7"), context)["body"]) == {"id": 7}
    assert handler(http("/nowhere"), context)["statusCode"] == 404
    assert handler(sqs({"id": 1}, {"id": 0}), context) == {"batchItemFailures": [{"itemIdentifier": "m-2"}]}
    with pytest.raises(BatchError):
        handler(sqs({"id": 0}), context)
    with pytest.raises(LookupError, match="the bus"):
        handler(bridge({}), context)
    assert handler({"task": 1}, context) == ["direct", {"task": 1}]


def test_the_app_looks_like_a_function() -> None:
    app = shop()
    assert (app.__name__, app.__qualname__) == ("lambda_router", "lambda_router")
    assert isinstance(app.__module__, str)
    assert list(inspect.signature(app).parameters) == ["event", "context"]
    assert not inspect.iscoroutinefunction(app)
    only = app.only("sqs")
    assert (only.__name__, list(inspect.signature(only).parameters)) == (
        "lambda_router",
        ["event", "context"],
    )


def test_functools_wraps_takes_the_app() -> None:
    app = shop()

    @functools.wraps(app)
    def wrapper(event: Any, context: Any) -> Any:
        return app(event, context)

    answers_as_ever(wrapper)
    assert wrapper.__wrapped__ is app
    out = Client(wrapper).sqs("orders", [{"id": 1}])
    assert out.route == "shop.<locals>.on_order"  # the client finds the app behind the wrapper


# -- Powertools over the app ---------------------------------------------------------------------------------


def logger() -> tuple[Logger, io.StringIO]:
    """A logger of its own, for Powertools keeps one for each name, and what it writes."""
    stream = io.StringIO()
    return Logger(service=f"shop-{next(NUMBERS)}", stream=stream, level="INFO"), stream


NUMBERS = itertools.count()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_logger_over_the_app() -> None:
    log, stream = logger()
    app = shop()

    @app.sqs("logged")
    def on_logged(message_id: str) -> None:
        log.info("handled", extra={"message_id": message_id})

    handler = log.inject_lambda_context(app, clear_state=True)
    answers_as_ever(handler)
    context = LambdaContext()
    handler(sqs(1, 2, queue="logged"), context)
    found = lines(stream)
    assert [line["message_id"] for line in found] == ["m-1", "m-2"]
    assert {line["function_request_id"] for line in found} == {context.aws_request_id}


def test_logger_finds_the_correlation_id_in_the_event() -> None:
    log, stream = logger()
    app = Router()

    @app.get("/")
    def read(invocation: Invocation) -> str | None:
        log.info("read")
        return invocation.correlation_id

    handler = log.inject_lambda_context(app, correlation_id_path="requestContext.requestId")
    answer = handler(http("/"), LambdaContext())
    (line,) = lines(stream)
    assert (line["correlation_id"], answer["body"]) == ("req-1", "req-1")


def test_metrics_over_the_app(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics(namespace="shop", service="orders")
    app = shop()

    @app.sqs("counted")
    def on_counted() -> None:
        metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)

    @app.sqs("failing")
    def on_failing() -> None:
        metrics.add_metric(name="Failures", unit=MetricUnit.Count, value=1)
        raise ValueError

    handler = metrics.log_metrics(app, raise_on_empty_metrics=True)
    context = LambdaContext()
    handler(sqs(1, 2, queue="counted"), context)
    assert json.loads(capsys.readouterr().out)["Orders"] == [1.0, 1.0]
    with pytest.raises(BatchError):
        handler(sqs(1, queue="failing"), context)
    assert json.loads(capsys.readouterr().out)["Failures"] == [1.0]  # flushed although the batch failed
    with pytest.raises(SchemaValidationError):
        handler({"task": 1}, context)
    capsys.readouterr()
    with pytest.warns(UserWarning, match="No application metrics"):
        answers_as_ever(metrics.log_metrics(shop()))


def test_tracer_over_the_app() -> None:
    tracer = Tracer(service="shop", disabled=True)
    answers_as_ever(tracer.capture_lambda_handler(shop()))


def test_all_three_over_the_app(capsys: pytest.CaptureFixture[str]) -> None:
    log, _ = logger()
    metrics, tracer = Metrics(namespace="shop", service="s"), Tracer(service="shop", disabled=True)
    app = shop()

    @app.middleware
    def counted(invocation: Invocation, call_next: Any) -> Any:
        metrics.add_metric(name="Events", unit=MetricUnit.Count, value=1)
        return call_next(invocation)

    handler = log.inject_lambda_context(tracer.capture_lambda_handler(metrics.log_metrics(app)))
    answers_as_ever(handler)
    assert all(json.loads(line)["Events"] == [1.0] for line in capsys.readouterr().out.splitlines())
    assert Client(handler).get("/orders/7").json() == {"id": 7}


def test_powertools_over_an_entrypoint_of_only() -> None:
    log, _ = logger()
    handler = log.inject_lambda_context(Tracer(disabled=True).capture_lambda_handler(shop().only("sqs")))
    assert Client(handler).sqs("orders", [{"id": 1}]).response == {"batchItemFailures": []}


# -- Powertools on handlers ----------------------------------------------------------------------------------


def test_logger_on_a_handler() -> None:
    log, stream = logger()
    app = Router()

    @app.sqs("orders")
    @log.inject_lambda_context
    def on_order(event: dict[str, Any], context: Any) -> None:
        for record in event["Records"]:  # as it was before there was a router: the record alone
            log.info(record["messageId"])

    context = LambdaContext()
    assert app(sqs(1, 2), context) is None
    assert [line["message"] for line in lines(stream)] == ["m-1", "m-2"]
    assert {line["function_request_id"] for line in lines(stream)} == {context.aws_request_id}


def test_metrics_on_a_handler(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics(namespace="shop", service="orders")
    app = Router()

    @app.sns("orders")
    @metrics.log_metrics
    def on_order(event: dict[str, Any], context: Any, message: dict[str, Any]) -> None:
        metrics.add_metric(name="Total", unit=MetricUnit.Count, value=message["total"])

    app(event("sns", topic="orders", message={"total": 7}), LambdaContext())
    assert json.loads(capsys.readouterr().out)["Total"] == [7.0]


def test_tracer_on_handlers() -> None:
    tracer = Tracer(service="shop", disabled=True)
    app = Router()

    @app.invoke(when={"task": ["whole"]})
    @tracer.capture_lambda_handler
    def whole(event: dict[str, Any], context: Any) -> Any:
        return event["task"]

    @app.invoke(when=Order)
    @tracer.capture_method
    def by_model(order: Order) -> int:
        return order.id

    @app.invoke(when=list)
    @tracer.capture_method
    async def by_list(event: list[Any]) -> int:
        return len(event)

    context = LambdaContext()
    assert [app(e, context) for e in ({"task": "whole"}, {"id": 7}, [1, 2])] == ["whole", 7, 2]


@pytest.fixture
def idempotency(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Powertools' idempotency package, whose import asks for boto3 for a store that is not used here.

    Lambda has boto3 and a machine that develops for it may not; then names stand in for it.
    """
    name = "aws_lambda_powertools.utilities.idempotency"
    try:
        import_module("boto3")
        yield import_module(name)
        return
    except ModuleNotFoundError:
        pass
    for absent in ("boto3", "boto3.dynamodb", "boto3.dynamodb.types", "botocore", "botocore.exceptions"):
        module = ModuleType(absent)
        module.__dict__.update(TypeDeserializer=type, ClientError=Exception)
        monkeypatch.setitem(sys.modules, absent, module)
    before = set(sys.modules)
    yield import_module(name)
    for loaded in [m for m in sys.modules if m.startswith(name) and m not in before]:
        del sys.modules[loaded]


def store_of(idempotency: ModuleType) -> Any:
    """A persistence layer that is a dict."""
    base = import_module(f"{idempotency.__name__}.persistence.base")
    errors = import_module(f"{idempotency.__name__}.exceptions")

    class Memory(base.BasePersistenceLayer):
        def __init__(self) -> None:
            super().__init__()
            self.kept: dict[str, Any] = {}

        def _get_record(self, idempotency_key: str) -> Any:
            if idempotency_key not in self.kept:
                raise errors.IdempotencyItemNotFoundError
            return self.kept[idempotency_key]

        def _put_record(self, data_record: Any) -> None:
            if data_record.idempotency_key in self.kept:
                raise errors.IdempotencyItemAlreadyExistsError
            self.kept[data_record.idempotency_key] = data_record

        def _update_record(self, data_record: Any) -> None:
            self.kept[data_record.idempotency_key] = data_record

        def _delete_record(self, data_record: Any) -> None:
            del self.kept[data_record.idempotency_key]

    return Memory()


def test_an_idempotent_function_below_a_route(idempotency: ModuleType) -> None:
    store, config = store_of(idempotency), idempotency.IdempotencyConfig(event_key_jmespath="id")
    app, charged, broken = Router(partial=True), [], [3]

    @app.middleware
    def registers(invocation: Invocation, call_next: Any) -> Any:
        config.register_lambda_context(invocation.context)
        return call_next(invocation)

    @app.sqs("orders")
    @idempotency.idempotent_function(data_keyword_argument="order", persistence_store=store, config=config)
    def charge(order: Order) -> dict[str, int]:
        if order.id in broken:
            raise ValueError("declined")
        charged.append(order.id)
        return {"charged": order.id}

    @app.invoke(when=Order)
    @idempotency.idempotent_function(data_keyword_argument="order", persistence_store=store, config=config)
    def refund(order: Order) -> dict[str, int]:
        charged.append(-order.id)
        return {"refunded": order.id}

    client = Client(app)
    first = client.sqs("orders", [{"id": 1}, {"id": 1}, {"id": 2}, {"id": 3}])
    assert charged == [1, 2]
    assert [len(first.succeeded), len(first.failed)] == [3, 1]
    broken.clear()
    again = client.sqs("orders", [{"id": 2}, {"id": 3}])  # what had failed is not remembered as done
    assert (charged, again.failed) == ([1, 2, 3], [])
    assert [client.invoke({"id": 1}).response for _ in range(2)] == [{"refunded": 1}] * 2
    assert charged == [1, 2, 3, -1]  # the answer of the second call is the one that was kept
    assert len(store.kept) == 4


# -- agents: they import `module.app` by its name and wrap it --------------------------------------------------

APP = """
from lambda_router import Router

app = Router(partial=True)


@app.get("/orders/{order_id}")
def read(order_id: int):
    return {"id": order_id}


@app.sqs("orders")
def on_order(body):
    if body == "bad":
        raise ValueError(body)


class OutOfStock(Exception):
    pass


@app.invoke()
def direct(event):
    if event == "fail":
        raise OutOfStock("none left")
    return {"direct": event}
"""

AGENT = '''
"""As tracing agents do: the handler setting is `agent.handler`, the user's own is in a variable."""

import functools
import os
from importlib import import_module


class Wrapped:
    def __init__(self, function):
        self.function = function
        self.calls = []
        functools.update_wrapper(self, function)

    def __call__(self, event, context, **kwargs):
        name = f"{self.function.__module__}.{self.function.__name__}"
        try:
            result = self.function(event, context, **kwargs)
        except Exception as error:
            self.calls.append((name, type(error).__name__))
            print("agent saw", type(error).__name__)
            raise
        self.calls.append((name, "ok"))
        print("agent saw", name)
        return result


module, _, name = os.environ["AGENT_HANDLER"].rpartition(".")
handler = Wrapped(getattr(import_module(module), name))
handler.function.__agent__ = "wrapped once"
'''


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory with a user's module and an agent's."""
    (tmp_path / "wrapped_shop.py").write_text(APP)
    (tmp_path / "wrapping_agent.py").write_text(AGENT)
    monkeypatch.setenv("AGENT_HANDLER", "wrapped_shop.app")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in ("wrapped_shop", "wrapping_agent"):
        sys.modules.pop(name, None)


def test_an_agent_wraps_the_app_by_its_name(functions: Path) -> None:
    handler = import_module("wrapping_agent").handler
    context = LambdaContext()
    assert json.loads(handler(http("/orders/7"), context)["body"]) == {"id": 7}
    assert handler(sqs("1", '"bad"'), context) == {"batchItemFailures": [{"itemIdentifier": "m-2"}]}
    assert handler(None, context) == {"direct": None}
    with pytest.raises(import_module("wrapped_shop").OutOfStock):
        handler("fail", context)
    assert [outcome for _, outcome in handler.calls] == ["ok", "ok", "ok", "OutOfStock"]
    assert {name.rpartition(".")[2] for name, _ in handler.calls} == {"lambda_router"}
    assert handler.function.__agent__ == "wrapped once"
    assert Client(handler).get("/orders/8").json() == {"id": 8}


def test_an_agent_replaces_the_attribute_of_the_module(functions: Path) -> None:
    """As agents do that patch the loaded module: Lambda then finds the wrapper under the user's own setting."""
    module = import_module("wrapped_shop")
    app, seen = module.app, []

    def patched(aws_event: Any, aws_context: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(type(aws_event).__name__)
        return app(aws_event, aws_context, *args, **kwargs)

    module.app = functools.wraps(app)(patched)
    assert module.app([1], LambdaContext()) == {"direct": [1]}
    assert json.loads(module.app(http("/orders/7"), LambdaContext())["body"]) == {"id": 7}
    assert seen == ["list", "dict"]


def test_an_agent_on_the_real_runtime(functions: Path, lambda_emulator: Path) -> None:
    from lambda_router.testing.runtime import LambdaRuntime

    with LambdaRuntime(
        "wrapping_agent.handler", cwd=functions, env={"AGENT_HANDLER": "wrapped_shop.app"}, path=[ROOT]
    ) as runtime:
        assert json.loads(runtime.invoke(http("/orders/7")).json()["body"]) == {"id": 7}
        assert runtime.invoke({"a": 1}).json() == {"direct": {"a": 1}}
        error = runtime.invoke("fail").error
        assert error is not None
        assert (error["errorType"], error["errorMessage"]) == ("OutOfStock", "none left")
        assert "agent saw OutOfStock" in runtime.logs
        assert "agent saw lambda_router.router.lambda_router" in runtime.logs
