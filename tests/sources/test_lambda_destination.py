"""Destinations of functions: parts, criteria, and the request inside that goes to the routes of its own source."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from misshapen import misshapen, places
from pydantic import BaseModel

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    UnknownEventError,
    detect,
)
from lambda_router.sources.lambda_destination import LambdaDestination
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

SECRET = "hunter2-canary"
FUNCTION = "arn:aws:lambda:eu-central-1:210987654321:function:ship"
CONTEXT = {
    "requestId": "r-1",
    "functionArn": f"{FUNCTION}:live",
    "condition": "RetriesExhausted",
    "approximateInvokeCount": 3,
}


class Parcel(BaseModel):
    parcel: int


def ended(context: Any = None, **changes: Any) -> dict[str, Any]:
    return {
        "version": "1.0",
        "timestamp": "2026-03-04T05:07:07.890Z",
        "requestContext": {**CONTEXT, **(context or {})},
        "requestPayload": {"parcel": 42},
        "responseContext": {"statusCode": 200, "executedVersion": "17", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": "no van", "errorType": "NoVan"},
        **changes,
    }


def given_to(signature: str, sent: Any = None) -> dict[str, Any]:
    app, seen = Router(), []
    names = {"seen": seen, "Parcel": Parcel}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    app.lambda_destination.failure("*")(names["handler"])
    app.lambda_destination.success("*")(names["handler"])
    assert app(ended() if sent is None else sent) is None
    return seen[0]


def takes(sent: Any, kind: str = "failure", function: Any = "*", **options: Any) -> bool:
    app, seen = Router(), []
    getattr(app.lambda_destination, kind)(function, **options)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(sent)
    return seen == ["route"]


def test_each_part() -> None:
    sent = ended()
    asked = "request, response, condition, function, function_arn, function_error, request_id, attempts, batch, time"
    found = given_to(f"{asked}, event, context, invocation", sent)
    invocation = found.pop("invocation")
    assert found == {
        "request": {"parcel": 42},
        "response": {"errorMessage": "no van", "errorType": "NoVan"},
        "condition": "RetriesExhausted",
        "function": "ship",
        "function_arn": f"{FUNCTION}:live",
        "function_error": "Unhandled",
        "request_id": "r-1",
        "attempts": 3,
        "batch": None,
        "time": "2026-03-04T05:07:07.890Z",
        "event": sent,
        "context": None,
    }
    assert (invocation.source, invocation.record, invocation.correlation_id) == (
        "lambda_destination",
        None,
        "r-1",
    )


def test_annotations() -> None:
    assert given_to("parcel: Parcel")["parcel"] == Parcel(parcel=42)
    assert given_to("request: Parcel")["request"] == Parcel(parcel=42)
    assert given_to("attempts: str") == {"attempts": "3"}
    assert given_to("request: Parcel | None", ended(requestPayload=None)) == {"request": None}


@pytest.mark.parametrize("signature", ["record", "body", "payload", "error"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.lambda_destination"):
        given_to(signature)


@pytest.mark.parametrize(
    ("kind", "function", "options", "expected"),
    [
        ("failure", "ship", {}, True),
        ("failure", "shi", {}, False),
        ("failure", "sh*", {}, True),
        ("failure", FUNCTION, {}, True),
        ("failure", f"{FUNCTION}:live", {}, True),
        ("failure", f"{FUNCTION}:17", {}, False),
        ("failure", ["pack", "ship"], {}, True),
        ("failure", "*", {"condition": "RetriesExhausted"}, True),
        ("failure", "*", {"condition": "*Exhausted"}, True),
        ("failure", "*", {"condition": ["EventAgeExceeded", "RecordAgeExceeded"]}, False),
        ("success", "*", {}, False),
    ],
)
def test_criteria(kind: str, function: Any, options: Any, expected: bool) -> None:
    assert takes(ended(), kind, function, **options) is expected


def test_a_success_is_no_failure() -> None:
    sent = ended({"condition": "Success"})
    assert takes(sent, "success", "ship")
    assert not takes(sent, "failure", "ship")
    assert not takes(sent, "success", "pack")


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.lambda_destination.failure("a").drop()
    app.lambda_destination.success("a").drop()
    for again in (app.lambda_destination.failure("a"), app.lambda_destination.success(["a"])):
        with pytest.raises(DuplicateRouteError):
            again.drop()
    with pytest.raises(DuplicateRouteError):
        app.lambda_destination.failure("b", unwrap=True)
        app.lambda_destination.failure("b", unwrap=True)
    for bad in (None, [], "", 7, "a**b"):
        with pytest.raises(ConfigurationError, match="function"):
            app.lambda_destination.failure(bad).drop()  # type: ignore[arg-type]
    assert [repr(route) for route in app.routes] == [
        "<lambda_destination(function='a', condition='not Success') -> dropped>",
        "<lambda_destination(function='a', condition='Success') -> dropped>",
        "<lambda_destination(function='b', condition='not Success', unwrap=True) -> unwrap>",
    ]


@pytest.mark.parametrize("raised", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
def test_an_exception_is_raised(raised: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.lambda_destination.failure("*")
    def handler() -> None:
        raise raised

    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match=SECRET):
        app(ended(requestPayload="canary-of-the-event"))
    assert SECRET not in caplog.text
    assert "canary-of-the-event" not in caplog.text


def test_a_drop_settles_it_a_result_is_ignored_and_a_generator_is_a_failure() -> None:
    app = Router()

    @app.lambda_destination.failure("drop")
    def drop() -> None:
        raise Drop

    @app.lambda_destination.failure("result")
    def result() -> Any:
        return {"not": {"serialisable"}}

    @app.lambda_destination.failure("*")
    def generator() -> Any:
        yield 1

    assert app(ended({"functionArn": "drop"})) is None
    assert app(ended({"functionArn": "result"})) is None
    with pytest.raises(ResultError):
        app(ended())


@pytest.mark.parametrize("named", ["late", "*", "a*b", "\\", '"', "\n", "{x}", "", "arn:x"])
@pytest.mark.parametrize("condition", ["Success", "RecordAgeExceeded", ""])
def test_the_decorator_to_write_matches(named: str, condition: str) -> None:
    sent = ended({"functionArn": named, "condition": condition})
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    app, seen = Router(), []
    exec(f"{info.value.suggestion}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]


# -- the request inside --------------------------------------------------------------------------------------


def upload(key: str = "a b.jpg", bucket: str = "uploads") -> Any:
    return made("s3", bucket=bucket, key=key)


def test_the_request_goes_to_the_routes_of_its_own_source() -> None:
    app, seen = Router(), []
    app.s3("uploads")(lambda key, invocation: seen.append((key, invocation.source)))
    app.lambda_destination.failure("ship", unwrap=True)
    out = Client(app).lambda_destination("ship", upload())
    assert (out.error, out.response, seen) == (None, None, [("a b.jpg", "s3")])


def test_a_handler_is_called_first_and_may_keep_the_request_from_being_routed() -> None:
    app, seen = Router(), []

    @app.s3("uploads")
    def on_upload(key: str) -> None:
        seen.append(key)

    @app.lambda_destination.failure("ship", unwrap=True)
    def look(condition: str, attempts: int) -> None:
        seen.append((condition, attempts))
        if condition == "EventAgeExceeded":
            raise Drop
        if condition == "Odd":
            raise ValueError(SECRET)

    assert look.__name__ == "look"
    assert [route.name.rpartition(".")[2] for route in app.routes] == ["on_upload", "look"]
    client = Client(app)
    assert client.lambda_destination("ship", upload("1"), attempts=2).error is None
    assert client.lambda_destination("ship", upload("2"), condition="EventAgeExceeded").error is None
    assert isinstance(client.lambda_destination("ship", upload("3"), condition="Odd").error, ValueError)
    assert seen == [("RetriesExhausted", 2), "1", ("EventAgeExceeded", 3), ("Odd", 3)]


def test_unwrapping_and_dropping() -> None:
    app, seen = Router(), []
    app.s3("uploads")(lambda key: seen.append(key))
    app.lambda_destination.failure("ship", unwrap=True).drop()
    assert Client(app).lambda_destination("ship", upload()).error is None
    assert seen == []


def test_a_direct_call_inside() -> None:
    app, seen = Router(), []
    app.invoke(when={"parcel": [42]})(lambda event: seen.append(event))
    app.lambda_destination.failure("*", unwrap=True)
    app(ended())
    assert seen == [{"parcel": 42}]
    with pytest.raises(UnknownEventError):
        app(ended(requestPayload={"letter": 1}))


@pytest.mark.parametrize("failing", [ValueError(SECRET), SystemExit(SECRET), Retry(), Reject(), None])
def test_what_fails_inside_fails_the_event(failing: BaseException | None) -> None:
    app, judged = Router(), []

    @app.s3("uploads")
    def on_upload() -> None:
        assert failing is not None
        raise failing

    @app.exception_handler(BaseException)
    def look(exc: BaseException, invocation: Any) -> None:
        judged.append((type(exc), invocation.source))

    app.lambda_destination.failure("*", unwrap=True)
    bucket = "other" if failing is None else "uploads"
    out = Client(app).lambda_destination("ship", upload(bucket=bucket))
    assert out.error is not None
    assert judged == [(type(failing) if failing is not None else NoRouteError, "s3")]


def test_a_drop_inside_settles_it() -> None:
    app = Router()

    @app.s3("uploads")
    def on_upload() -> None:
        raise Drop

    app.lambda_destination.failure("*", unwrap=True)
    assert Client(app).lambda_destination("ship", upload()).error is None


def test_records_that_fail_inside_fail_the_event_whatever_is_declared_partial() -> None:
    app, seen = Router(partial=True), []

    @app.sqs("orders")
    def on_order(body: int) -> None:
        seen.append(body)
        assert body != 2

    app.lambda_destination.failure("*", unwrap=True)
    client = Client(app)
    assert client.lambda_destination("ship", made("sqs", queue="orders", bodies=[1, 3])).error is None
    out = client.lambda_destination("ship", made("sqs", queue="orders", bodies=[1, 2, 3]))
    assert isinstance(out.error, ResultError)
    assert seen == [1, 3, 1, 2, 3]


def test_a_callback_inside_is_made_once() -> None:
    app = Router()
    app.cloudformation("Custom::Bucket")(lambda: "bucket-7")
    app.lambda_destination.failure("*", unwrap=True)
    out = Client(app).lambda_destination("ship", made("cloudformation", resource_type="Custom::Bucket"))
    assert out.error is None
    assert [put["PhysicalResourceId"] for put in out.put] == ["bucket-7"]


def test_the_request_of_a_stream_in_a_bucket_is_read_and_without_one_nothing_is_unwrapped() -> None:
    app, seen = Router(), []
    app.kinesis("sums")(lambda data: seen.append(data))
    app.lambda_destination.failure("*", unwrap=True)
    app.lambda_destination.failure("*")(lambda batch: seen.append(batch["batchSize"]))
    found = {name: sent for name, sent, _ in samples("lambda_destination")}
    app(found["lambda_destination.in_a_bucket"])
    app(found["lambda_destination.stream"])
    assert seen == [{"sum": 7}, 9]


@pytest.mark.parametrize("wrapped", ["sqs", "sns"])
def test_an_event_inside_a_message(wrapped: str) -> None:
    part = "body" if wrapped == "sqs" else "message"
    app, seen = Router(), []
    app.s3("uploads")(lambda key: seen.append(key))
    app.lambda_destination.failure("pack")(lambda request: seen.append(request))
    app.lambda_destination.failure("ship", unwrap=True)
    client = Client(app)
    assert getattr(client, wrapped)("ends", **{part: ended({"functionArn": "pack"})}).error is None
    assert getattr(client, wrapped)("ends", **{part: ended(requestPayload=upload())}).error is None
    assert seen == [{"parcel": 42}, "a b.jpg"]


@pytest.mark.parametrize("name", ["invoke", "api_gateway_http", "cloudformation", "sqs"])
def test_a_message_cannot_pass_for_a_request(name: str) -> None:
    app, seen = Router(), []
    app.invoke()(lambda: seen.append(1))
    app.get("/")(lambda: seen.append(2))
    app.cloudformation("*")(lambda: seen.append(3))
    app.sqs("orders")(lambda: seen.append(4))
    app.lambda_destination.failure("*", unwrap=True)
    inside = (
        {"parcel": 1} if name == "invoke" else made(name, **({"queue": "orders"} if name == "sqs" else {}))
    )
    out = Client(app).sqs("ends", body=ended(requestPayload=inside))
    assert out.failed
    assert (seen, out.put) == ([], [])


def test_what_was_opened_for_the_invocation_is_closed_once() -> None:
    from lambda_router import Depends

    app, seen = Router(), []

    def session() -> Any:
        seen.append("open")
        yield "s"
        seen.append("close")

    opened = Depends(session, scope="invocation")

    @app.s3("uploads")
    def on_upload(key: str, db: str = opened) -> None:  # type: ignore[assignment]
        seen.append((key, db))

    @app.lambda_destination.failure("*", unwrap=True)
    def look(db: str = opened) -> None:  # type: ignore[assignment]
        seen.append(("look", db))

    assert Client(app).lambda_destination("ship", upload()).error is None
    assert seen == ["open", ("look", "s"), ("a b.jpg", "s"), "close"]


# -- whose event ---------------------------------------------------------------------------------------------


def test_what_is_no_destination_is_not_claimed() -> None:
    without = {key: value for key, value in ended().items() if key != "requestPayload"}
    assert detect(without) is None
    assert detect({**without, "KinesisBatchInfo": None}) is None
    assert detect({**without, "KinesisBatchInfo": {}}) == "lambda_destination"
    assert detect([ended()]) is None
    for odd in (None, 7, [], {}):
        assert detect(ended(requestContext=odd)) is None
        assert detect(ended({"functionArn": odd})) is None
        assert detect(ended({"condition": odd})) is None


def test_wrong_types_at_every_depth_are_handled_or_refused() -> None:
    app = Router()
    app.lambda_destination.failure("ship", condition="RetriesExhausted", unwrap=True)
    app.lambda_destination.failure("*")(lambda request, response, function, batch, function_error: None)
    app.lambda_destination.success("*").drop()
    app.invoke()(lambda: None)
    for sent in (ended(), *(sample for _, sample, _ in samples("lambda_destination"))):
        for path in places(sent):
            for odd in misshapen(sent, path):
                before = copy.deepcopy(odd)
                json.dumps(app.explain(odd).to_dict())
                try:
                    assert app(odd) is None
                except RouterError:
                    assert LambdaDestination.recognise(odd)
                assert odd == before


@pytest.mark.parametrize(("name", "sent"), [(name, sent) for name, sent, _ in samples("lambda_destination")])
def test_each_sample_is_handled(name: str, sent: Any) -> None:
    found = given_to("function, condition, request, batch, attempts", sent)
    assert (found["function"], found["condition"]) == {
        "success": ("pack", "Success"),
        "failure": ("ship", "RetriesExhausted"),
        "event_age_exceeded": ("bill", "EventAgeExceeded"),
        "expired": ("count", "RecordAgeExceeded"),
        "stream": ("tally", "RetryAttemptsExhausted"),
        "dynamodb_batch": ("index", "RetryAttemptsExhausted"),
        "in_a_bucket": ("sum", "RetryAttemptsExhausted"),
    }[name.partition(".")[2]]
    assert (found["batch"] is None) is ("order_id" in (found["request"] or {}))


def test_events_that_are_made() -> None:
    app, seen = Router(), []
    app.lambda_destination.success("pack", name="mine")(
        lambda request, response: seen.append((request, response))
    )
    out = Client(app).send(made("lambda_destination.success", function="pack", request=[1], response="done"))
    assert (out.source, out.route, seen) == ("lambda_destination", "mine", [([1], "done")])
    stream = made("lambda_destination.stream", stream="scans", condition="RecordAgeExceeded")
    assert "responseContext" not in stream
    assert stream["KinesisBatchInfo"]["streamArn"].endswith("stream/scans")


def test_the_collected_events_are_named_right(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    read = {file: json.loads((shared_events / file).read_text()) for file in labels}
    claimed = [file for file, sent in read.items() if LambdaDestination.recognise(sent)]
    assert (
        claimed == [file for file, label in labels.items() if label["source"] == "lambda_destination"] != []
    )
    assert [takes(read[file]) for file in claimed] == [True] * len(claimed)
