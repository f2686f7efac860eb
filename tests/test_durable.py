"""Durable functions: the router inside `@durable_execution` of AWS's SDK, with a service that keeps its state in memory."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration
from aws_durable_execution_sdk_python.exceptions import InvocationError
from calls import Recorder

from examples.durable_service import Service
from lambda_router import Depends, Drop, Router, UnknownEventError, detect
from lambda_router.testing import Client, LambdaContext, event

WRAPPED = {
    "DurableExecutionArn": "arn:aws:lambda:eu-west-1:123456789012:function:shop:1/durable-execution/a/b",
    "CheckpointToken": "token",
    "InitialExecutionState": {"Operations": [], "NextMarker": ""},
}


def app_of(seen: list[Any], **options: Any) -> Router:
    app = Router(**options)

    @app.sqs("orders", partial=True)
    def on_order(body: int, context: DurableContext) -> None:
        seen.append(("begun", body))
        paid = context.step(lambda _: seen.append(("paid", body)) or body * 2, name=f"pay {body}")
        context.wait(Duration.from_seconds(60))
        seen.append(("sent", paid))

    return app


def test_a_wait_ends_the_invocation_and_is_no_failure_of_the_record() -> None:
    seen: list[Any] = []
    service = Service(durable_execution(app_of(seen)), event("sqs", queue="orders", bodies=[1, 2]))
    assert service.invoke() == {"Status": "PENDING"}
    assert seen == [("begun", 1), ("paid", 1)]
    service.pass_time()
    assert service.invoke() == {"Status": "PENDING"}
    service.pass_time()
    out = service.invoke()
    assert (out["Status"], json.loads(out["Result"])) == ("SUCCEEDED", {"batchItemFailures": []})
    assert [one for one in seen if one[0] == "paid"] == [("paid", 1), ("paid", 2)]
    assert seen[-2:] == [("begun", 2), ("sent", 4)]


def test_a_record_that_fails_is_reported_all_the_same() -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def on_order(body: int, context: Any) -> None:
        if context.step(lambda _: body) == 1:
            raise ValueError

    sent = event("sqs", queue="orders", bodies=[1, 2])
    out = Service(durable_execution(app), sent).invoke()
    failed = [{"itemIdentifier": sent["Records"][0]["messageId"]}]
    assert json.loads(out["Result"]) == {"batchItemFailures": failed}


def test_an_exception_fails_the_execution() -> None:
    app = Router()

    @app.s3("uploads")
    def on_upload() -> None:
        raise LookupError("no such picture")

    out = Service(durable_execution(app), event("s3", bucket="uploads")).invoke()
    assert out["Status"] == "FAILED"
    assert out["Error"]["ErrorType"] == "LookupError"


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    "kind", ["invoke", "http", "eventbridge", "cloudformation", "sqs_in_a_pipe", "middleware"]
)
def test_a_wait_passes_every_kind_of_source(kind: str, asynchronous: bool) -> None:
    app, judged = Router(partial=True), []

    def wait(context: Any) -> Any:
        context.wait(Duration.from_seconds(1))
        return {"done": True}

    async def later(context: Any) -> Any:
        return wait(context)

    handler = later if asynchronous else wait
    app.invoke()(handler)
    app.post("/wait")(handler)
    app.eventbridge(source="shop")(handler)
    app.cloudformation("*")(handler)
    app.sqs("orders")(handler)
    app.sns("news", middleware=[passing_on(asynchronous)])(handler)
    app.exception_handler(BaseException)(lambda exc, invocation: judged.append(exc))
    sent = {
        "invoke": {"id": 1},
        "http": event("api_gateway_http", path="/wait", method="POST"),
        "eventbridge": event("eventbridge", source="shop"),
        "cloudformation": event("cloudformation"),
        "sqs_in_a_pipe": event("pipes.sqs", queue="orders"),
        "middleware": event("sns", topic="news"),
    }[kind]
    service = Service(durable_execution(app), sent)
    assert service.invoke() == {"Status": "PENDING"}
    assert judged == []
    if kind != "cloudformation":
        service.pass_time()
        assert service.invoke()["Status"] == "SUCCEEDED"


def passing_on(asynchronous: bool) -> Any:
    async def inside(invocation: Any, call_next: Any) -> Any:
        return await call_next(invocation)

    return inside if asynchronous else lambda invocation, call_next: call_next(invocation)


def test_who_waits_for_a_callback_waits_until_the_execution_has_ended() -> None:
    aws, app = Recorder("codepipeline"), Router()
    app.codepipeline.client = aws.client

    @app.codepipeline()
    def deploy(context: DurableContext) -> None:
        context.wait(Duration.from_seconds(60))

    service = Service(durable_execution(app), event("codepipeline"))
    service.context = LambdaContext(timeout=0.4, clock=time.monotonic)
    before = threading.enumerate()  # an earlier test's may be about to end
    assert service.invoke() == {"Status": "PENDING"}
    time.sleep(0.4)
    assert aws.calls == []
    assert "lambda_router-watchdog" not in {t.name for t in threading.enumerate() if t not in before}
    service.pass_time()
    service.context = LambdaContext(timeout=30)
    assert service.invoke()["Status"] == "SUCCEEDED"
    assert [operation for operation, _ in aws.calls] == ["PutJobSuccessResult"]


def test_what_was_opened_is_closed_when_the_execution_waits() -> None:
    app, seen = Router(), []

    def session(name: str) -> Any:
        def opened() -> Any:
            seen.append(f"open {name}")
            try:
                yield name
            finally:
                seen.append(f"close {name}")

        return opened

    one = Depends(session("call"))
    all_of_it = Depends(session("invocation"), scope="invocation")

    @app.invoke()
    def handler(context: Any, a: str = one, b: str = all_of_it) -> None:  # type: ignore[assignment]
        context.wait(Duration.from_seconds(1))

    assert Service(durable_execution(app), {"id": 1}).invoke() == {"Status": "PENDING"}
    assert sorted(seen[:2]) == ["open call", "open invocation"]
    assert seen[2:] == ["close call", "close invocation"]


def test_a_state_that_cannot_be_kept_is_the_sdks_own_failure() -> None:
    app, judged = Router(partial=True), []

    @app.sqs("orders")
    def on_order() -> None:
        raise InvocationError("no checkpoint")

    app.exception_handler(Exception)(lambda exc, invocation: judged.append(exc))
    with pytest.raises(InvocationError):
        Service(durable_execution(app), event("sqs", queue="orders")).invoke()
    assert judged == []


def test_a_drop_settles_its_record() -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def on_order(context: Any) -> None:
        context.step(lambda _: None)
        raise Drop

    out = Service(durable_execution(app), event("sqs", queue="orders")).invoke()
    assert json.loads(out["Result"]) == {"batchItemFailures": []}


def test_the_deadline_and_the_request_id_are_of_the_context_inside() -> None:
    app, seen = Router(partial=True), []
    service = Service(durable_execution(app), event("sqs", queue="orders", bodies=[1, 2, 3]))

    @app.sqs("orders")
    def on_order(body: int, invocation: Any) -> None:
        seen.append((body, invocation.request_id))
        service.context.advance(20)

    out = service.invoke()
    assert seen == [(1, service.context.aws_request_id)]
    assert len(json.loads(out["Result"])["batchItemFailures"]) == 2


def test_the_wrapper_is_recognised_and_the_error_says_what_to_do() -> None:
    assert detect(WRAPPED) is None
    app = Router()
    app.sqs("orders")(lambda body: None)
    out = Client(app).send(WRAPPED)
    assert isinstance(out.error, UnknownEventError)
    assert "durable_execution(app)" in str(out.error)
    assert "DurableExecutionArn" in out.error.seen
    assert "token" not in str(out.error)
    for other in (
        {"DurableExecutionArn": "a"},
        {"CheckpointToken": "a"},
        ["DurableExecutionArn", "CheckpointToken"],
    ):
        error = Client(app).send(other).error
        assert isinstance(error, UnknownEventError)
        assert "durable" not in str(error).replace("DurableExecutionArn", "")


@pytest.mark.parametrize(
    "register",
    [
        lambda app: app.invoke(),
        lambda app: app.invoke(when=dict),
        lambda app: app.default,
        lambda app: app.iot(when=lambda event: True),
        lambda app: app.sqs("orders"),
    ],
    ids=["invoke", "when", "default", "iot", "none"],
)
def test_no_handler_is_called_with_the_wrapper(register: Any) -> None:
    app, seen = Router(), []
    register(app)(lambda event: seen.append(event))
    out = Client(app).send(WRAPPED)
    assert isinstance(out.error, UnknownEventError)
    assert "durable_execution(app)" in str(out.error)
    assert seen == []
    told = Router.explain(app, WRAPPED)
    assert (told.source, told.suggestion, told.subjects) == (None, "handler = durable_execution(app)", [])
    assert "durable" in told.evidence
    assert "token" not in str(told)


def test_an_app_without_the_sdk_pays_nothing() -> None:
    program = """
import sys
from lambda_router import Router
app = Router()
app.invoke()(lambda event: event)
before = app.routes[0].call
assert app({"a": 1}) == {"a": 1}
assert app.routes[0].call is before
print([name for name in sys.modules if "durable" in name])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_example_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "examples.durable"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "PENDING" in done.stdout
    assert "SUCCEEDED" in done.stdout
