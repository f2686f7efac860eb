"""Unwrapping: events inside other sources' records come to their own routes, and fail the record that is acknowledged."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_router import (
    BatchError,
    Drop,
    Invocation,
    NoRouteError,
    PayloadError,
    Reject,
    Router,
    UnknownEventError,
)
from lambda_router.testing import Client, event

ALL_WELL: dict[str, Any] = {"batchItemFailures": []}


def notification(message: Any, topic: str = "uploads-topic") -> dict[str, Any]:
    """What SNS sends to a queue without raw message delivery."""
    arn = f"arn:aws:sns:eu-west-1:123456789012:{topic}"
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": arn,
        "Subject": "My First Message",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2012-05-02T00:54:06.655Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLEw6JRN...",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem",
        "UnsubscribeURL": f"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={arn}:c9135db0",
        "MessageAttributes": {"kind": {"Type": "String", "Value": "photo"}},
    }


def collecting(**options: Any) -> tuple[Router, list[Any]]:
    """An app with routes for S3, SNS and EventBridge, and what they saw."""
    app, seen = Router(**options), []

    @app.s3("uploads")
    def on_object(bucket: str, key: str) -> None:
        seen.append(("s3", bucket, key))

    @app.sns("orders")
    def on_message(message: Any, subject: str, topic: str, attributes: Any) -> None:
        seen.append(("sns", topic, subject, message, attributes["kind"]["Value"]))

    @app.eventbridge(source="shop")
    def on_event(detail: Any) -> None:
        seen.append(("eventbridge", detail))

    return app, seen


S3 = event("s3", bucket="uploads", key="images/a b.jpg")
BRIDGE = event("eventbridge", source="shop", detail={"id": 7})
SEEN_S3 = ("s3", "uploads", "images/a b.jpg")
SEEN_BRIDGE = ("eventbridge", {"id": 7})
SEEN_SNS = ("sns", "orders", "My First Message", {"id": 1}, "photo")
LETTER = event(
    "sns", topic="orders", message={"id": 1}, subject="My First Message", attributes={"kind": "photo"}
)
INSIDE_SQS: list[tuple[str, Any, Any]] = [
    ("s3", S3, SEEN_S3),
    ("s3 in sns", notification(S3), SEEN_S3),
    ("sns", notification({"id": 1}, "orders"), SEEN_SNS),
    ("eventbridge", BRIDGE, SEEN_BRIDGE),
    ("eventbridge in sns", notification(BRIDGE), SEEN_BRIDGE),
    ("sns as the kit wraps it", LETTER, SEEN_SNS),
    ("a function's dead letter", json.dumps(LETTER), SEEN_SNS),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), [c[1:] for c in INSIDE_SQS], ids=[c[0] for c in INSIDE_SQS])
@pytest.mark.parametrize("other", [False, True], ids=["no queue route", "a route for another queue"])
def test_inside_sqs(body: Any, expected: Any, other: bool) -> None:
    app, seen = collecting(partial=True)
    if other:
        app.sqs("another")(lambda: seen.append("another"))
    sent = event("sqs", queue="wrapped", bodies=[body, body])
    assert app(sent) == ALL_WELL
    assert seen == [expected, expected]
    assert "carrying" in str(app.explain(sent))


@pytest.mark.parametrize(("message", "expected"), [(S3, SEEN_S3), (BRIDGE, SEEN_BRIDGE)])
def test_inside_sns(message: Any, expected: Any) -> None:
    app, seen = collecting()
    assert app(event("sns", topic="uploads-topic", message=message)) is None
    assert seen == [expected]


def test_log_data_inside_kinesis() -> None:
    app, seen = Router(partial=True), []

    @app.cloudwatch_logs("/aws/lambda/shop")
    def on_logs(log_events: Any, log_group: str) -> None:
        seen.append((log_group, [e["message"] for e in log_events]))

    logs = event("cloudwatch_logs", log_group="/aws/lambda/shop", messages=["one", "two"])
    data = base64.b64decode(logs["awslogs"]["data"])
    control = gzip.compress(
        json.dumps({**json.loads(gzip.decompress(data)), "messageType": "CONTROL_MESSAGE"}).encode()
    )
    assert app(event("kinesis", datas=[data, control, data])) == ALL_WELL
    assert seen == [("/aws/lambda/shop", ["one", "two"])] * 2


@pytest.mark.parametrize(("limit", "times"), [(50 * 2**20, 1), (10_000, 2)])
def test_log_data_is_inflated_once(monkeypatch: pytest.MonkeyPatch, limit: int, times: int) -> None:
    """Matching, admitting and handling look at the same; a limit of the room's own takes a second look."""
    from lambda_router import compression
    from lambda_router.sources import cloudwatch_logs

    app, seen, inflated, original = Router(partial=True), [], [], compression.inflate

    def counted(data: bytes, **given: Any) -> bytes:
        inflated.append(len(data))
        return original(data, **given)

    monkeypatch.setattr(compression, "inflate", counted)
    monkeypatch.setattr(cloudwatch_logs, "inflate", counted)
    app.cloudwatch_logs.limit = limit
    app.cloudwatch_logs("*")(lambda log_events: seen.append(len(log_events)))
    data = base64.b64decode(event("cloudwatch_logs", messages=["one", "two"])["awslogs"]["data"])
    assert app(event("kinesis", datas=[data])) == ALL_WELL
    assert (seen, len(inflated)) == ([2], times)


def test_the_handler_sees_what_it_would_see_of_the_event_itself() -> None:
    app, seen = Router(partial=True), []

    @app.s3("uploads")
    def handler(event: Any, record: Any, invocation: Invocation, key: str) -> None:
        seen.append((event, record, invocation.source, invocation.event, invocation.root.source, key))
        invocation.state["seen"] = key

    @app.middleware
    def outside(invocation: Invocation, call_next: Any) -> Any:
        try:
            return call_next(invocation)
        finally:
            seen.append((invocation.source, invocation.state))

    assert app(event("sqs", body=S3)) == ALL_WELL
    assert seen == [
        (S3, S3["Records"][0], "s3", S3, "s3", "images/a b.jpg"),
        ("sqs", {"seen": "images/a b.jpg"}),
    ]


def test_the_middleware_and_dependencies_of_the_inner_route_are_its_own() -> None:
    from typing import Annotated

    from lambda_router import Depends

    app, seen = Router(partial=True), []

    def whole() -> Any:
        seen.append("open")
        yield 1
        seen.append("close")

    def around(invocation: Invocation, call_next: Any) -> Any:
        seen.append(("around", invocation.source))
        return call_next(invocation)

    @app.s3("uploads", middleware=[around])
    def handler(used: Annotated[int, Depends(whole, scope="invocation")]) -> None:
        seen.append(used)

    assert app(event("sqs", bodies=[S3, S3])) == ALL_WELL
    assert seen == [("around", "s3"), "open", 1, ("around", "s3"), 1, "close"]


# -- who wins --------------------------------------------------------------------------------------------------


def test_a_route_for_the_outer_record_wins() -> None:
    app, seen = collecting(partial=True)

    @app.sqs("wrapped")
    def outer(body: Any) -> None:
        seen.append("outer")

    assert app(event("sqs", queue="wrapped", body=S3)) == ALL_WELL
    assert seen == ["outer"]


def test_an_inner_route_wins_over_the_default_and_the_default_over_nothing() -> None:
    app, seen = collecting(partial=True)

    @app.default
    def otherwise(record: Any) -> None:
        seen.append(record["body"])

    other = event("s3", bucket="another")
    assert app(event("sqs", bodies=[S3, other, "text"])) == ALL_WELL
    assert seen == [SEEN_S3, json.dumps(other, separators=(",", ":")), "text"] or seen[1:] == [
        json.dumps(other),
        "text",
    ]


def test_what_nothing_takes_is_an_error_of_the_outer_record() -> None:
    app, _ = collecting(partial=True)
    sent = event("sqs", bodies=[S3, event("s3", bucket="another"), "{}", "[1]", "text", "null"])
    assert Client(app).send(sent).failed == [r["messageId"] for r in sent["Records"][1:]]
    with pytest.raises(NoRouteError, match="sqs"):
        app(event("sqs", body="text"))


@pytest.mark.parametrize("wrap", [lambda inner: inner, notification], ids=["s3", "s3 in sns"])
def test_the_error_says_how_to_take_what_is_inside(wrap: Any) -> None:
    app = Router()
    sent = event("sqs", queue="wrapped", body=wrap(S3))
    with pytest.raises(NoRouteError) as caught:
        app(sent)
    assert str(caught.value).endswith(
        'write: @app.sqs("wrapped"); to take the event that it carries: @app.s3("uploads")'
    )
    assert caught.value.suggestion == '@app.sqs("wrapped")'
    assert app.explain(sent).to_dict()["subjects"][0]["inside"] == '@app.s3("uploads")'


def test_it_can_be_turned_off() -> None:
    app, seen = collecting(partial=True, unwrap=False)
    with pytest.raises(NoRouteError):
        app(event("sqs", body=S3))
    assert not seen


@pytest.mark.parametrize(
    "body",
    [
        event("api_gateway_http"),
        event("sqs", body=S3),
        event("kinesis"),
        event("dynamodb"),
        event("cognito"),
        event("cloudformation"),
        event("codepipeline"),
        {"task": 1},
    ],
    ids=["request", "sqs", "kinesis", "dynamodb", "cognito", "cloudformation", "codepipeline", "direct"],
)
def test_a_message_cannot_pass_for_what_a_caller_waits_for_or_lambda_polls(body: Any) -> None:
    app, seen = Router(partial=True), []
    app.get("/")(lambda: seen.append("get"))
    app.kinesis("*")(lambda: seen.append("kinesis"))
    app.dynamodb("*")(lambda: seen.append("dynamodb"))
    app.cognito()(lambda: seen.append("cognito"))
    app.cloudformation("*")(lambda: seen.append("cloudformation"))
    app.codepipeline.client = object()
    app.codepipeline()(lambda: seen.append("codepipeline"))
    app.invoke()(lambda event: seen.append("invoke"))
    app.s3("*")(lambda: seen.append("s3"))
    with pytest.raises((NoRouteError, BatchError)):
        app(event("sqs", body=body))
    with pytest.raises(NoRouteError):
        app(event("sns", message=body))
    assert not seen


def test_a_notification_inside_a_notification_is_not_opened() -> None:
    app, seen = collecting(partial=True)
    deep: Any = S3
    for _ in range(4):
        deep = notification(deep)
    with pytest.raises(NoRouteError):
        app(event("sqs", body=deep))
    assert not seen


# -- failures --------------------------------------------------------------------------------------------------


def failing(**options: Any) -> Router:
    app = Router(**options)

    @app.s3("uploads")
    def handler(key: str) -> None:
        if key.startswith("bad"):
            raise LookupError(key)
        if key.startswith("drop"):
            raise Drop

    return app


def objects(*keys: str) -> dict[str, Any]:
    return {"Records": [r for key in keys for r in event("s3", bucket="uploads", key=key)["Records"]]}


@pytest.mark.parametrize("wrap", [lambda inner: inner, notification], ids=["s3", "s3 in sns"])
def test_a_failure_is_the_outermost_records(wrap: Any) -> None:
    app = failing(partial=True)
    bodies = [wrap(objects(*keys)) for keys in (["a"], ["bad"], ["b", "bad", "c"], ["drop"], ["drop", "a"])]
    sent = event("sqs", bodies=bodies)
    assert Client(app).send(sent).failed == [sent["Records"][i]["messageId"] for i in (1, 2)]


def test_the_outer_queues_declaration_counts() -> None:
    app = failing(partial=["uploads"])
    with pytest.raises(BatchError):
        app(event("sqs", queue="wrapped", bodies=[objects("a"), objects("bad")]))
    app = failing(partial=["wrapped"])
    sent = event("sqs", queue="wrapped", bodies=[objects("a"), objects("bad")])
    assert Client(app).send(sent).failed == [sent["Records"][1]["messageId"]]


def test_the_rest_of_a_message_group_waits() -> None:
    app = failing(partial=True)
    sent = event("sqs.fifo", bodies=[objects("a"), objects("bad"), objects("b")])
    assert Client(app).send(sent).failed == [r["messageId"] for r in sent["Records"][1:]]


def test_inside_sns_alone_the_failure_is_raised() -> None:
    with pytest.raises(LookupError):
        failing()(event("sns", message=objects("bad")))


def test_every_inner_record_runs_and_each_failure_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    app, asked, ran = Router(partial=True), [], []

    @app.exception_handler(LookupError, sources=["s3"])
    def known(exc: LookupError, invocation: Invocation) -> None:
        asked.append((invocation.source, str(exc)))

    @app.s3("uploads")
    def handler(key: str) -> None:
        ran.append(key)
        if key.startswith("bad"):
            raise LookupError(key)

    with caplog.at_level(logging.WARNING, "lambda_router"):
        sent = event("sqs", bodies=[objects("bad1"), objects("a", "bad2", "b", "bad3"), objects("c")])
        assert len(app(sent)["batchItemFailures"]) == 2
    assert ran == ["bad1", "a", "bad2", "b", "bad3", "c"]
    assert asked == [("s3", "bad1"), ("s3", "bad2"), ("s3", "bad3")]
    lines = [record.message for record in caplog.records]
    assert [line.partition(" record")[0] for line in lines] == ["sqs", "s3", "s3", "sqs"]
    assert "LookupError at test_unwrapping.py" in lines[0]


def test_a_reject_inside_reaches_the_outer_queue() -> None:
    app, sent = Router(partial=True, dead_letter="rejected"), []

    @app.s3("uploads")
    def handler(key: str) -> None:
        raise Reject

    class Client:
        class meta:
            endpoint_url = "https://sqs.eu-west-1.amazonaws.com"

        def send_message(self, **given: Any) -> None:
            sent.append(given)

    app.sqs.queues._client = Client()
    assert app(event("sqs", body=objects("a"))) == ALL_WELL
    assert [s["QueueUrl"].rpartition("/")[2] for s in sent] == ["rejected"]


def test_the_test_event_of_s3_is_answered_inside_too() -> None:
    app, seen = collecting(partial=True)
    test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2014-10-13T15:57:02.089Z",
                  "Bucket": "uploads", "RequestId": "5582815E1AEA5ADF",
                  "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3e"}  # fmt: skip
    assert app(event("sqs", bodies=[test_event, notification(test_event)])) == ALL_WELL
    assert not seen


# -- hostile content -------------------------------------------------------------------------------------------


def test_a_bomb_is_refused_and_fails_its_record_alone() -> None:
    app, seen = Router(partial=True), []

    @app.cloudwatch_logs("*")
    def on_logs(log_events: Any) -> None:
        seen.append(len(log_events))

    bomb = gzip.compress(b"[" + b" " * (60 * 2**20) + b"]")
    assert len(bomb) < 70_000
    good = base64.b64decode(event("cloudwatch_logs", messages=["one"])["awslogs"]["data"])
    sent = event("kinesis", datas=[good, bomb])
    assert Client(app).send(sent).failed == [sent["Records"][1]["kinesis"]["sequenceNumber"]]
    assert seen == [1]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")))
def test_any_bytes_are_opened_or_not_and_never_an_error(raw: bytes) -> None:
    from lambda_router.unwrapping import opened

    for given_raw in (raw, gzip.compress(raw), b"\x1f\x8b" + raw, raw.decode("latin-1")):
        opened(given_raw)


@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, '{"a":' * 50_000, '{"Type":"Notification"}', '{"Records":[]}', "\ud800", "NaN", ""],
)
def test_odd_bodies_are_no_events(body: str) -> None:
    app, seen = collecting()
    with pytest.raises(NoRouteError):
        app(event("sqs", body=body))
    assert not seen


@pytest.mark.parametrize("key", ["Type", "MessageId", "TopicArn", "Message"])
def test_a_notification_has_all_that_it_is_known_by(key: str) -> None:
    app, _ = collecting()
    for wrong in (None, 7, {}, []):
        with pytest.raises(NoRouteError):
            app(event("sqs", body={**notification(S3), key: wrong}))


# -- what it costs ---------------------------------------------------------------------------------------------


def test_only_the_carriers_are_imported_for_it(run_python: Any) -> None:
    program = f"""
import sys
from lambda_router import Router
app = Router(partial=True)
seen = []
app.s3("uploads")(lambda key: seen.append(key))
app({event("sqs", body=S3)!r})
assert seen == ["images/a b.jpg"]
rooms = sorted(m.rpartition(".")[2] for m in sys.modules if m.startswith("lambda_router.sources."))
print(*rooms)
"""
    assert set(run_python(program).split()) <= {"s3", "sqs", "sns", "kinesis", "firehose", "pipes"}


def test_errors_of_the_size_are_the_payloads(monkeypatch: pytest.MonkeyPatch) -> None:
    from lambda_router import compression

    with pytest.raises(PayloadError):
        compression.inflate(gzip.compress(os.urandom(2000)), limit=1000)


def test_unknown_events_stay_unknown() -> None:
    with pytest.raises(UnknownEventError):
        collecting()[0]({"a": S3})
