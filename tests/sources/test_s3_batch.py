"""Amazon S3 Batch Operations: parts, criteria, results, failures; the answers by the model."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from aws_lambda_powertools.utilities.data_classes import S3BatchOperationEvent, S3BatchOperationResponse
from aws_lambda_powertools.utilities.data_classes.s3_batch_operation_event import S3BatchOperationTask
from hypothesis import given, settings
from hypothesis import strategies as st
from models import Refused
from models import s3_batch as model
from named import shown

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    PublicError,
    Reject,
    Retry,
    Router,
    detect,
)
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

TASK: dict[str, Any] = {
    "taskId": "dGFzay0x",
    "s3Key": "images/caf%C3%A9+au+lait%2B1%2525.jpg",
    "s3VersionId": "vExAmPlE0001",
    "s3BucketArn": "arn:aws:s3:::uploads",
}
KEY = "images/café au lait+1%25.jpg"
EVENT: dict[str, Any] = {
    "invocationSchemaVersion": "1.0",
    "invocationId": "aW52b2NhdGlvbi0x",
    "job": {"id": "f3cc4f60-61f6-4a2b-8a21-d07600c373ce"},
    "tasks": [TASK],
}
TASK_2 = {"taskId": "dGFzay0y", "s3Key": "a.jpg", "s3VersionId": None, "s3Bucket": "archive"}
EVENT_2: dict[str, Any] = {
    **EVENT,
    "invocationSchemaVersion": "2.0",
    "job": {"id": "job-2", "userArguments": {"width": "640", "format": "webp"}},
    "tasks": [TASK_2],
}
SECRET = "hunter2-canary"


def event(*, of: Any = EVENT, **changes: Any) -> Any:
    """The event with its task changed, as the runtime delivers it."""
    return json.loads(json.dumps({**of, "tasks": [{**of["tasks"][0], **changes}]}))


def ask(app: Any, sent: Any, context: Any = None) -> list[dict[str, str]]:
    """The results of an answer that S3 Batch Operations takes."""
    answer = app(sent, context)
    model.check(answer, sent)
    return answer["results"]


def answered(handler: Any, sent: Any = None) -> tuple[str, str]:
    """The result code and string of the (one) task."""
    app = Router()
    app.s3_batch()(handler)
    (result,) = ask(app, sent or event())
    return result["resultCode"], result["resultString"]


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the task."""
    app, seen = Router(), []
    names = {
        "seen": seen,
        "S3BatchOperationEvent": S3BatchOperationEvent,
        "S3BatchOperationTask": S3BatchOperationTask,
    }
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.s3_batch()(names["handler"])
    ask(app, sent or event())
    return seen[0] if seen else None


def takes(sent: Any, **options: Any) -> bool:
    """Whether a route with these options takes the task."""
    app, seen = Router(), []
    app.s3_batch(**options)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(sent)
    return seen == ["route"]


# -- the model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=lambda value: str(value)[:40])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused, match=r"^\$"):
        model.check(answer, sent)


def test_the_model_takes_what_the_documentation_shows() -> None:
    results = [
        {"taskId": "t-2", "resultCode": "TemporaryFailure", "resultString": "busy"},
        {"taskId": "t-1", "resultCode": "Succeeded", "resultString": '["a", "b"]'},
    ]
    head = {
        "invocationSchemaVersion": "1.0",
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": "inv-1",
    }
    model.check({**head, "results": results}, None)


# -- whose event ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"invocationSchemaVersion": None},
        {"invocationSchemaVersion": 1.0},
        {"invocationId": None},
        {"job": None},
        {"job": "job-1"},
        {"tasks": None},
        {"tasks": {}},
        {"tasks": [None]},
        {"tasks": [TASK, 7]},
        {"tasks": [{"s3Key": "a"}]},
        {"tasks": [{**TASK, "taskId": 7}]},
    ],
)
def test_what_is_not_of_s3_batch_operations(changes: Any) -> None:
    assert detect({**EVENT, **changes}) is None


@pytest.mark.parametrize("key", ["s3Key", "s3VersionId", "s3BucketArn", "s3Bucket"])
@pytest.mark.parametrize(
    "odd", [None, 1, True, "", "x", [], {}, "arn:", "arn:aws:s3:::", "%", "%ff", "\ud800"]
)
def test_a_task_with_odd_parts_is_answered(key: str, odd: Any) -> None:
    sent = event(**{key: odd})
    parts = "bucket, key, raw_key, version_id, task_id, job_id, arguments"
    assert given_to(parts, sent).keys() == set(parts.split(", "))
    assert answered(lambda: None, sent) == ("Succeeded", "")
    assert not takes(sent, bucket="never", key="never")


@pytest.mark.parametrize("odd", [None, 1, "x", [], {"a": None}, {"a": [{}]}])
def test_odd_arguments(odd: Any) -> None:
    sent = {**EVENT_2, "job": {"id": odd, "userArguments": odd}}
    assert given_to("arguments, job_id", sent) == {"arguments": {} if odd is None else odd, "job_id": odd}
    assert not takes(sent, arguments={"a": "b"})
    assert not takes(sent, job="job-*")


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("bucket", "uploads"),
        ("key", KEY),
        ("key: str", KEY),
        ("raw_key", TASK["s3Key"]),
        ("version_id", "vExAmPlE0001"),
        ("version_id: str | None", "vExAmPlE0001"),
        ("task_id", "dGFzay0x"),
        ("job_id", "f3cc4f60-61f6-4a2b-8a21-d07600c373ce"),
        ("arguments", {}),
        ("record", TASK),
        ("event", EVENT),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("bucket", "archive"),
        ("key", "a.jpg"),
        ("version_id: str | None", None),
        ("task_id", "dGFzay0y"),
        ("job_id", "job-2"),
        ("arguments", {"width": "640", "format": "webp"}),
        ("arguments: dict", {"width": "640", "format": "webp"}),
        ("record", TASK_2),
    ],
)
def test_each_part_of_schema_version_2(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter, event(of=EVENT_2)).values()
    assert value == expected


def test_powertools_reads_the_same() -> None:
    found = given_to("event: S3BatchOperationEvent, record: S3BatchOperationTask, key, bucket, invocation")
    assert found["event"].task.s3_key == KEY == found["key"]
    assert found["record"].s3_bucket == "uploads" == found["bucket"]
    assert found["invocation"].source == "s3_batch"
    assert found["invocation"].correlation_id == "aW52b2NhdGlvbi0x"


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:s3:::uploads", "uploads"),
        ("arn:aws-cn:s3:::up.loads", "up.loads"),
        ("arn:aws:s3:us-east-1:123456789012:uploads", "uploads"),
        ("arn:aws:s3express:us-west-2:123456789012:bucket/b--usw2-az1--x-s3", "b--usw2-az1--x-s3"),
        (
            "arn:aws:s3:us-east-1:123456789012:accesspoint/ap",
            "arn:aws:s3:us-east-1:123456789012:accesspoint/ap",
        ),
        ("uploads", "uploads"),
        ("arn:aws", "arn:aws"),
    ],
)
def test_the_bucket_in_its_arn(arn: str, name: str) -> None:
    assert given_to("bucket", event(s3BucketArn=arn)) == {"bucket": name}


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_key_comes_back(key: str) -> None:
    assert given_to("key", event(s3Key=quote_plus(key, safe="/")))["key"] == key


def test_what_is_not_on_offer_is_refused_at_import() -> None:
    for signature, hint in (
        ("buckt", "did you mean 'bucket'"),
        ("body", "on offer"),
        ("a: list[dict]", "no payload"),
    ):
        with pytest.raises(HandlerSignatureError, match=hint):
            given_to(signature)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "first", "second"),
    [
        ({}, True, True),
        ({"job": "job-2"}, False, True),
        ({"job": ["f3cc4f60-*", "job-1"]}, True, False),
        ({"bucket": "uploads"}, True, False),
        ({"bucket": "upload"}, False, False),
        ({"bucket": "arn:aws:s3:::uploads"}, True, False),
        ({"bucket": ["arch*", "up*"]}, True, True),
        ({"key": "images/*.jpg"}, True, False),
        ({"key": KEY}, True, False),
        ({"key": "*.jpg"}, True, True),
        ({"arguments": {"width": "640"}}, False, True),
        ({"arguments": {"width": ["320", "640"], "format": "we*"}}, False, True),
        ({"arguments": {"width": "320"}}, False, False),
        ({"arguments": {"height": "*"}}, False, False),
        ({"job": "*", "bucket": "*", "key": "*", "arguments": {}}, True, True),
    ],
)
def test_criteria(options: Any, first: bool, second: bool) -> None:
    assert takes(event(), **options) is first
    assert takes(event(of=EVENT_2), **options) is second


@pytest.mark.parametrize(
    "options", [{"job": ""}, {"bucket": 7}, {"key": []}, {"arguments": {"a": 7}}, {"arguments": "width"}]
)
def test_criteria_that_are_none(options: Any) -> None:
    with pytest.raises(ConfigurationError):
        Router().s3_batch(**options)


def test_equal_criteria_are_refused() -> None:
    app = Router()
    app.s3_batch(bucket=["a", "b"]).drop()
    app.s3_batch(bucket="a").drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.s3_batch(bucket=("b", "a")).drop()


# -- results -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [(None, ""), ("", ""), ("copied", "copied"), ('["Alice", "é"]', '["Alice", "é"]'), ("a\r\nb", "a\r\nb")],
)
def test_each_result(result: Any, expected: str) -> None:
    assert answered(lambda: result) == ("Succeeded", expected)


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (7, "$"),
        (True, "$"),
        (0, "$"),
        (False, "$"),
        ([], "$"),
        (b"copied", "$"),
        ("\ud800", "$"),
        ({}, "$.resultCode"),
        ({"status": "copied"}, "$.resultCode"),
        ({"resultCode": "Failed"}, "$.resultCode"),
        ({"resultCode": ["Succeeded"]}, "$.resultCode"),
        ({"resultCode": "Succeeded", "taskId": "another"}, "$.taskId"),
        ({"resultCode": "Succeeded", "resultString": 7}, "$.resultString"),
        ({"results": []}, "$.resultCode"),
        ({"results": [{"resultCode": "Succeeded"}, {"resultCode": "Succeeded"}]}, "$.resultCode"),
        ({"results": "Succeeded"}, "$.resultCode"),
        (object(), "$"),
    ],
    ids=shown,
)
def test_a_wrong_result_is_a_temporary_failure(result: Any, path: str) -> None:
    seen: list[Any] = []
    app = Router()
    app.exception_handler(Exception)(lambda exc, invocation: seen.append(exc))
    app.s3_batch()(lambda: result)
    (answer,) = ask(app, event())
    assert answer == {"taskId": "dGFzay0x", "resultCode": "TemporaryFailure", "resultString": "ResultError"}
    assert seen[0].path == path


def test_what_belongs_to_the_invocation_comes_back() -> None:
    app = Router()
    app.s3_batch()(lambda: "done")
    assert app(event(of=EVENT_2)) == {
        "invocationSchemaVersion": "2.0",
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": "aW52b2NhdGlvbi0x",
        "results": [{"taskId": "dGFzay0y", "resultCode": "Succeeded", "resultString": "done"}],
    }


@pytest.mark.parametrize("code", ["Succeeded", "TemporaryFailure", "PermanentFailure"])
def test_a_handler_that_answers_in_the_words_of_s3(code: str) -> None:
    def whole(event: Any, context: Any) -> Any:
        results = [
            {"taskId": t["taskId"], "resultCode": code, "resultString": "said"} for t in event["tasks"]
        ]
        return {**{k: event[k] for k in ("invocationSchemaVersion", "invocationId")}, "results": results}

    def alone(record: Any) -> Any:
        return {"resultCode": code, "resultString": "said"}

    def with_powertools(event: S3BatchOperationEvent) -> Any:
        response = S3BatchOperationResponse(event.invocation_schema_version, event.invocation_id)
        result: Any = code
        response.add_result(event.task.build_task_batch_response(result, "said"))
        return response.asdict()

    for handler in (whole, alone, with_powertools):
        assert answered(handler) == (code, "said")


results_of_handlers: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
answers_of_handlers: Any = st.fixed_dictionaries(
    {"resultCode": st.sampled_from(["Succeeded", "TemporaryFailure", "No", 7])},
    optional={"taskId": st.sampled_from(["dGFzay0x", "other", 7]), "resultString": results_of_handlers},
)


@settings(max_examples=1000, deadline=None)
@given(results_of_handlers | answers_of_handlers)
def test_whatever_a_handler_returns_the_answer_is_one_that_s3_takes(result: Any) -> None:
    code, _ = answered(lambda: result)
    fine = result is None or isinstance(result, str | dict)
    assert fine or code == "TemporaryFailure"


# -- failures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (ValueError(SECRET), ("TemporaryFailure", "ValueError")),
        (SystemExit(SECRET), ("TemporaryFailure", "SystemExit")),
        (asyncio.CancelledError(SECRET), ("TemporaryFailure", "CancelledError")),
        (Retry("busy", after=30), ("TemporaryFailure", "busy")),
        (Retry(), ("TemporaryFailure", "Retry")),
        (Reject("not an image"), ("PermanentFailure", "not an image")),
        (Reject(), ("PermanentFailure", "Reject")),
        (PublicError("The shop is closed."), ("TemporaryFailure", "The shop is closed.")),
        (Drop("a duplicate"), ("Succeeded", "dropped")),
        (Reject("\ud800"), ("PermanentFailure", "\\ud800")),
    ],
    ids=shown,
)
def test_what_is_raised(raised: BaseException, expected: Any, caplog: pytest.LogCaptureFixture) -> None:
    def handler() -> None:
        raise raised

    with caplog.at_level(logging.DEBUG):
        assert answered(handler) == expected
    assert SECRET not in caplog.text


def test_a_payload_that_does_not_fit_its_annotation() -> None:
    assert answered(lambda: None, event(s3VersionId=None)) == ("Succeeded", "")
    app = Router()

    @app.s3_batch()
    def handler(version_id: str) -> None: ...

    (result,) = ask(app, event(s3VersionId=None))
    assert (result["resultCode"], result["resultString"]) == ("TemporaryFailure", "PayloadError")


def test_tasks_that_share_an_id() -> None:
    texts = iter(["one", "two", "three", "four"])

    def handler() -> str:
        said = next(texts)
        if said == "four":
            raise Reject
        return said

    app = Router()
    app.s3_batch()(handler)
    twice = {**EVENT, "tasks": [TASK, TASK]}
    assert [(r["resultCode"], r["resultString"]) for r in ask(app, twice)] == [("Succeeded", "one")]
    assert [r["resultCode"] for r in ask(app, twice)] == ["TemporaryFailure"]


def test_a_text_that_is_too_long_is_cut_and_its_code_stays() -> None:
    app = Router()
    app.s3_batch(key="a")(lambda: "é" * 2_000_000)

    @app.s3_batch(key="b")
    def handler() -> None:
        raise Reject("x" * 5_000_000)

    sent = {**EVENT, "tasks": [{**TASK, "taskId": key, "s3Key": key} for key in "ab"]}
    first, second = ask(app, sent)
    assert (first["resultCode"], first["resultString"]) == ("Succeeded", "é" * 1000)
    assert second["resultCode"] == "PermanentFailure"
    assert len(answered(lambda: "x" * 1_000_000)[1]) == 1_000_000


# -- suggestions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["uploads", "*", "\\", '"', "'", "\n", "{x}", "\u2028", "a:b", "a/b", "", None, 7]
)
def test_the_decorator_to_write_matches(name: Any) -> None:
    for changes in ({"s3BucketArn": name}, {"s3BucketArn": f"arn:aws:s3:::{name}"}, {"s3Bucket": name}):
        sent = event(**changes)
        with pytest.raises(NoRouteError) as info:
            Router()(sent)
        decorator = info.value.suggestion
        assert decorator is not None
        assert "\n" not in decorator
        app = Router()
        exec(f"{decorator}\ndef handler(): pass", {"app": app})
        assert [result["resultCode"] for result in ask(app, sent)] == ["Succeeded"]
    with pytest.raises(NoRouteError, match=r'@app\.s3_batch\(bucket="uploads"\)'):
        Router()(event())


# -- samples and real events ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "sent"), [(name, sent) for name, sent, _ in samples("s3_batch")])
def test_each_sample_is_handled(name: str, sent: Any) -> None:
    app, seen = Router(), []

    @app.s3_batch(bucket="shop-*")
    def handler(record: Any) -> None:
        seen.append(record)

    assert [result["resultCode"] for result in ask(app, sent)] == ["Succeeded"]
    assert seen == sent["tasks"]


def test_events_that_are_made() -> None:
    one, other = made("s3_batch"), made("s3_batch.version_2")
    assert one["invocationId"] != other["invocationId"]
    assert one["tasks"][0]["taskId"] != other["tasks"][0]["taskId"]
    sent = made("s3_batch.version_2", bucket="archive", key="a b+ü.jpg", arguments={"a": "b"}, job_id="job-7")
    found = given_to("bucket, key, arguments, job_id", sent)
    assert found == {"bucket": "archive", "key": "a b+ü.jpg", "arguments": {"a": "b"}, "job_id": "job-7"}


def test_the_client_sends_it() -> None:
    app = Router()

    @app.s3_batch(key="*.jpg")
    def handler(key: str) -> str:
        if key == "bad one.jpg":
            raise Reject("no image")
        return "copied"

    client = Client(app)
    assert client.s3_batch("uploads", "a.jpg").response["results"][0]["resultString"] == "copied"
    assert len(client.s3_batch("uploads", "bad one.jpg").failed) == 1


def test_real_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    recognise = type(Router().s3_batch).recognise
    reached = 0
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        named = label["source"] == "s3_batch"
        assert recognise(sent) is named, file
        if named:
            assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["s3_batch"]
            assert answered(lambda: "done", sent) == ("Succeeded", "done")
            reached += 1
    assert reached == 3
