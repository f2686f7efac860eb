"""Outcomes: what Drop, Retry and Reject do in each kind of source, and the calls to SQS that they make."""

from __future__ import annotations

import base64
import json
import logging
import sys
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    Invocation,
    MissingDependencyError,
    Reject,
    Retry,
    Router,
)
from lambda_router.queues import Queues
from lambda_router.testing import Client, event

ALL_WELL: dict[str, Any] = {"batchItemFailures": []}
URL = "https://sqs.eu-west-1.amazonaws.com/123456789012"


@pytest.fixture
def sqs() -> Any:
    """A client of SQS that answers as it is told to, and nothing else."""
    client = boto3.client(
        "sqs", region_name="eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret"
    )
    with Stubber(client) as stub:
        yield stub


def raising(stub: Any, outcome: BaseException, **options: Any) -> Router:
    """An app whose handler of `orders` raises the outcome for messages that ask for it."""
    route = {key: options.pop(key) for key in ("dead_letter", "concurrency") if key in options}
    app = Router(partial=True, **options)
    app.sqs.queues = Queues(app.sqs, stub.client)

    @app.sqs("orders*", **route)
    def handler(body: Any) -> None:
        if body == "no":
            raise outcome

    return app


def failed(sent: Any, *indexes: int) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": sent["Records"][i]["messageId"]} for i in indexes]}


# -- Retry -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "timeout"), [(0, 0), (1, 1), (90.2, 91), (43_200, 43_200), (10**9, 43_200)]
)
def test_retry_after_changes_the_visibility_and_fails_the_record(
    sqs: Any, after: float, timeout: int
) -> None:
    sent = event("sqs", queue="orders", bodies=['"yes"', '"no"'])
    handle = sent["Records"][1]["receiptHandle"]
    wanted = {"QueueUrl": f"{URL}/orders", "ReceiptHandle": handle, "VisibilityTimeout": timeout}
    sqs.add_response("change_message_visibility", {}, wanted)
    assert raising(sqs, Retry(after=after))(sent) == failed(sent, 1)
    sqs.assert_no_pending_responses()


def test_a_visibility_that_cannot_be_changed_is_logged_and_the_record_fails(
    sqs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sqs.add_client_error("change_message_visibility", "MessageNotInflight")
    sent = event("sqs", queue="orders", bodies=['"yes"', '"no"'])
    with caplog.at_level(logging.ERROR, "lambda_router"):
        assert raising(sqs, Retry(after=5))(sent) == failed(sent, 1)
    assert f"sqs record {sent['Records'][1]['messageId']}: its visibility was not changed" in caplog.text


def test_a_bare_retry_calls_nobody(sqs: Any) -> None:
    sent = event("sqs", queue="orders", bodies=['"yes"', '"no"'])
    assert raising(sqs, Retry("later"))(sent) == failed(sent, 1)


def test_retry_without_partial_responses_hides_its_message_and_the_batch_raises(sqs: Any) -> None:
    sqs.add_response(
        "change_message_visibility", {}, {"QueueUrl": ANY, "ReceiptHandle": ANY, "VisibilityTimeout": 7}
    )
    app = raising(sqs, Retry(after=7))
    app.partial = False
    with pytest.raises(BatchError):
        app(event("sqs", queue="orders", bodies=['"yes"', '"no"']))
    sqs.assert_no_pending_responses()


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), "5", True, [1]])
def test_a_time_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="after="):
        Retry(after=wrong)


# -- Reject ----------------------------------------------------------------------------------------------------


def sent_with_attributes() -> Any:
    attributes = {"kind": "new", "weight": 2.5, "blob": b"\x00\xff"}
    sent = event("sqs", queue="orders", bodies=['"yes"', '"no"'], message_attributes=attributes)
    sent["Records"][1]["attributes"]["AWSTraceHeader"] = "Root=1-5759e988-bd862e3fe1be46a994272793"
    return sent


def test_a_rejected_message_is_sent_as_it_was_and_then_settled(sqs: Any) -> None:
    sent = sent_with_attributes()
    sqs.add_response(
        "send_message",
        {"MessageId": "new"},
        {
            "QueueUrl": f"{URL}/rejected",
            "MessageBody": '"no"',
            "MessageAttributes": {
                "kind": {"DataType": "String", "StringValue": "new"},
                "weight": {"DataType": "Number", "StringValue": "2.5"},
                "blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
                "RejectedMessageId": {
                    "DataType": "String",
                    "StringValue": sent["Records"][1]["messageId"],
                },
            },
            "MessageSystemAttributes": {
                "AWSTraceHeader": {
                    "DataType": "String",
                    "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793",
                }
            },
        },
    )
    assert raising(sqs, Reject("bad"), dead_letter="rejected")(sent) == ALL_WELL
    sqs.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("queue", "url"),
    [
        ("rejected", f"{URL}/rejected"),
        (
            "arn:aws:sqs:eu-west-1:210987654321:rejected",
            "https://sqs.eu-west-1.amazonaws.com/210987654321/rejected",
        ),
        ("https://sqs.eu-west-1.amazonaws.com/7/rejected", "https://sqs.eu-west-1.amazonaws.com/7/rejected"),
    ],
)
@pytest.mark.parametrize("of", ["route", "router"])
def test_the_queue_is_named_by_the_route_or_the_router(sqs: Any, queue: str, url: str, of: str) -> None:
    sqs.add_response("send_message", {}, {"QueueUrl": url, "MessageBody": ANY, "MessageAttributes": ANY})
    app = Router(partial=True, dead_letter=queue if of == "router" else "another")
    app.sqs.queues = Queues(app.sqs, sqs.client)

    @app.sqs("orders", dead_letter=queue if of == "route" else None)
    def handler(body: Any) -> None:
        raise Reject

    assert app(event("sqs", queue="orders")) == ALL_WELL
    sqs.assert_no_pending_responses()


@pytest.mark.parametrize(
    "queue",
    [
        "arn:aws:sqs:us-west-2:123456789012:rejected",
        "https://sqs.us-west-2.amazonaws.com/123456789012/rejected",
    ],
)
def test_a_queue_of_another_region_is_called_there(
    sqs: Any, monkeypatch: pytest.MonkeyPatch, queue: str
) -> None:
    """A client calls the queues of its own Region alone, where another queue may have the name."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    queues = Queues(Router().sqs, sqs.client)
    abroad = queues.client_of(queue)
    assert abroad.meta.region_name == "us-west-2"
    assert abroad is queues.client_of(queue)
    assert queues.client_of("rejected") is sqs.client
    record = event("sqs", queue="orders")["Records"][0]
    with Stubber(abroad) as stub:
        url = "https://sqs.us-west-2.amazonaws.com/123456789012/rejected"
        stub.add_response("send_message", {}, {"QueueUrl": url, "MessageBody": ANY, "MessageAttributes": ANY})
        assert queues.send(record, queue)
        stub.assert_no_pending_responses()


def test_an_included_routers_queue_comes_along(sqs: Any) -> None:
    part, app = Router(partial=True, dead_letter="theirs"), Router(partial=True, dead_letter="ours")

    @part.sqs("orders")
    def handler(body: Any) -> None:
        raise Reject

    app.include(part)
    app.sqs.queues = Queues(app.sqs, sqs.client)
    sqs.add_response(
        "send_message", {}, {"QueueUrl": f"{URL}/theirs", "MessageBody": ANY, "MessageAttributes": ANY}
    )
    assert app(event("sqs", queue="orders")) == ALL_WELL


@pytest.mark.parametrize("wrong", ["", 5, True, ["rejected"]])
def test_a_dead_letter_queue_that_is_none_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="dead_letter"):
        Router(dead_letter=wrong)
    with pytest.raises(ConfigurationError, match="dead_letter"):
        Router().sqs("orders", dead_letter=wrong)(lambda body: None)


def test_a_fifo_queue_keeps_the_group_and_takes_a_message_once(sqs: Any) -> None:
    sent = event("sqs.fifo", queue="orders.fifo", bodies=['"no"', '"yes"'], group_id="g-1")
    identifier = sent["Records"][0]["messageId"]
    wanted = {"MessageGroupId": "g-1", "MessageDeduplicationId": identifier}
    sqs.add_response(
        "send_message",
        {},
        {"QueueUrl": f"{URL}/rejected.fifo", "MessageBody": '"no"', "MessageAttributes": ANY, **wanted},
    )
    assert raising(sqs, Reject(), dead_letter="rejected.fifo")(sent) == ALL_WELL
    sqs.assert_no_pending_responses()


def test_no_attribute_is_added_to_ten(sqs: Any) -> None:
    attributes = {f"a{n}": str(n) for n in range(10)}
    wanted = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    sqs.add_response("send_message", {}, {"QueueUrl": ANY, "MessageBody": ANY, "MessageAttributes": wanted})
    sent = event("sqs", queue="orders", body='"no"', message_attributes=attributes)
    assert raising(sqs, Reject(), dead_letter="rejected")(sent) == ALL_WELL
    sqs.assert_no_pending_responses()


def test_a_message_that_could_not_be_sent_is_not_settled(sqs: Any, caplog: pytest.LogCaptureFixture) -> None:
    sqs.add_client_error("send_message", "QueueDoesNotExist", "secret text")
    sent = event("sqs", queue="orders", bodies=['"yes"', '"no"'])
    with caplog.at_level(logging.DEBUG, "lambda_router"):
        assert raising(sqs, Reject(), dead_letter="rejected")(sent) == failed(sent, 1)
    assert "it was not sent to the dead-letter queue: QueueDoesNotExist" in caplog.text
    assert "secret text" not in caplog.text


def test_the_message_is_sent_before_its_group_goes_on(sqs: Any) -> None:
    order: list[str] = []

    class Recorder:
        meta = sqs.client.meta

        def send_message(self, **given: Any) -> None:
            order.append(f"sent {given['MessageBody']}")

    app = Router(partial=True, dead_letter="rejected.fifo")
    app.sqs.queues = Queues(app.sqs, Recorder())

    @app.sqs("orders.fifo")
    def handler(body: Any) -> None:
        order.append(f"ran {body}")
        if body == 1:
            raise Reject

    assert app(event("sqs.fifo", queue="orders.fifo", bodies=["1", "2"], group_id="g")) == ALL_WELL
    assert order == ["ran 1", "sent 1", "ran 2"]


def test_without_a_queue_a_reject_is_an_ordinary_failure() -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def handler(body: Any) -> None:
        if body == "no":
            raise Reject

    sent = event("sqs", queue="orders", bodies=['"yes"', '"no"'])
    assert app(sent) == failed(sent, 1)


@pytest.mark.parametrize("damaged", [
    {"body": None}, {"messageAttributes": {"a": 7}}, {"messageAttributes": {"a": {"dataType": "Binary"}}},
    {"eventSourceARN": "nonsense"}, {"messageAttributes": []}, {"attributes": 7},
])  # fmt: skip
def test_a_message_of_which_no_copy_can_be_made_is_not_settled(sqs: Any, damaged: Any) -> None:
    app = Router(partial=True, dead_letter="rejected")
    app.sqs.queues = Queues(app.sqs, sqs.client)
    app.sqs("*")(lambda message_id: reject() if message_id == "m" else None)
    good, bad = (event("sqs", queue="orders")["Records"][0] for _ in range(2))
    sent = {"Records": [good, {**bad, "messageId": "m", **damaged}]}
    if damaged == {"eventSourceARN": "nonsense"} or "attributes" in damaged:
        sqs.add_client_error("send_message", "InvalidAddress")
    assert app(sent) == {"batchItemFailures": [{"itemIdentifier": "m"}]}


def reject() -> None:
    raise Reject


def test_an_exception_handler_may_reject(sqs: Any) -> None:
    sqs.add_response("send_message", {}, {"QueueUrl": ANY, "MessageBody": ANY, "MessageAttributes": ANY})
    app = raising(sqs, KeyError("x"), dead_letter="rejected")

    @app.exception_handler(KeyError)
    def known(exc: KeyError, invocation: Invocation) -> None:
        raise Reject from exc

    assert app(event("sqs", queue="orders", body='"no"')) == ALL_WELL


# -- every other kind of source --------------------------------------------------------------------------------


def on_sns(app: Router, work: Any) -> Any:
    app.sns("*")(work)
    return event("sns")


def on_s3(app: Router, work: Any) -> Any:
    app.s3("*")(work)
    return event("s3")


def on_eventbridge(app: Router, work: Any) -> Any:
    app.eventbridge(source="*")(work)
    return event("eventbridge")


@pytest.mark.parametrize("source", [on_sns, on_s3, on_eventbridge])
def test_where_nobody_waits_a_drop_settles_and_the_others_are_raised(source: Any) -> None:
    for outcome in (Drop, Retry, Reject):

        def work(outcome: Any = outcome) -> None:
            raise outcome

        app = Router(dead_letter="rejected")
        sent = source(app, work)
        if outcome is Drop:
            assert app(sent) is None
        else:
            with pytest.raises(outcome):
                app(sent)


@pytest.mark.parametrize("source", ["kinesis", "dynamodb"])
def test_on_streams_retry_and_reject_stop_the_shard_like_any_failure(source: str) -> None:
    for outcome in (Retry(after=60), Reject()):
        app, ran = Router(partial=True, dead_letter="rejected"), []

        def work(record: Any, outcome: Any = outcome, ran: Any = ran) -> None:
            ran.append(record)
            if len(ran) == 2:
                raise outcome

        getattr(app, source)("*")(work)
        three = {"datas": [1, 2, 3]} if source == "kinesis" else {"images": [{"id": n} for n in range(3)]}
        sent = event(source, **three)
        out = Client(app).send(sent)
        assert len(out.failed) == 2
        assert len(ran) == 2


# -- boto3 -----------------------------------------------------------------------------------------------------


def test_boto3_is_imported_with_the_first_call(run_python: Any) -> None:
    program = f"""
import sys
from lambda_router import Router, Reject
app = Router(partial=True, dead_letter="rejected")
app.sqs("orders", dead_letter="other")(lambda body: None)
app({event("sqs", queue="orders")!r})
assert "boto3" not in sys.modules and "botocore" not in sys.modules
assert "lambda_router.queues" not in sys.modules
"""
    run_python(program)


def test_without_boto3_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingDependencyError, match="install boto3"):
        Queues(Router().sqs).client


def test_the_client_gives_up_in_good_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    config = Queues(Router().sqs).client.meta.config
    assert config.connect_timeout + config.read_timeout <= 10
    assert config.retries["total_max_attempts"] <= 2


def test_bodies_are_copied_as_text() -> None:
    from lambda_router.queues import _copy

    record = event("sqs", body={"a": base64.b64encode(b"x").decode()})["Records"][0]
    assert json.loads(_copy(record, "rejected")["MessageBody"]) == {"a": "eA=="}
