"""Amazon S3 event notifications: parts, decoded keys, criteria, the test event, suggestions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from aws_lambda_powertools.utilities.data_classes import S3Event
from hypothesis import example, given
from hypothesis import strategies as st

from lambda_router import (
    BatchError,
    ConfigurationError,
    DuplicateRouteError,
    HandlerSignatureError,
    Invocation,
    NoRouteError,
    ResultError,
    Router,
    UnknownEventError,
    detect,
)

RECORD: dict[str, Any] = {
    "eventVersion": "2.1",
    "eventSource": "aws:s3",
    "awsRegion": "us-west-2",
    "eventTime": "1970-01-01T00:00:00.123Z",
    "eventName": "ObjectCreated:CompleteMultipartUpload",
    "userIdentity": {"principalId": "AIDAJDPLRKLG7UEXAMPLE"},
    "requestParameters": {"sourceIPAddress": "127.0.0.1"},
    "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyUVURIY8"},
    "s3": {
        "s3SchemaVersion": "1.0",
        "configurationId": "testConfigRule",
        "bucket": {
            "name": "uploads",
            "ownerIdentity": {"principalId": "A3NL1KOZZKExample"},
            "arn": "arn:aws:s3:::uploads",
        },
        "object": {
            "key": "images/caf%C3%A9+au+lait%2B1%2525.jpg",
            "size": 1024,
            "eTag": "d41d8cd98f00b204e9800998ecf8427e",
            "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
            "sequencer": "0055AED6DCD90281E5",
        },
    },
}
KEY = "images/café au lait+1%25.jpg"
TEST_EVENT: dict[str, Any] = {
    "Service": "Amazon S3",
    "Event": "s3:TestEvent",
    "Time": "2014-10-13T15:57:02.089Z",
    "Bucket": "uploads",
    "RequestId": "5582815E1AEA5ADF",
    "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR",
}


def notification(*keys: str, bucket: Any = "uploads", name: Any = RECORD["eventName"], **changes: Any) -> Any:
    """A notification of these raw keys (or of the one above), as the runtime delivers it."""
    records = []
    for key in keys or (RECORD["s3"]["object"]["key"],):
        record = json.loads(json.dumps({**RECORD, "eventName": name, **changes}))
        record["s3"]["bucket"]["name"] = bucket
        record["s3"]["object"]["key"] = key
        records.append(record)
    return {"Records": records}


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the record."""
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "S3Event": S3Event}
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.s3("*")(names["handler"])
    assert app(sent or notification()) is None
    return seen[0]


def takes(sent: Any, *arguments: Any, verb: str = "", **options: Any) -> bool:
    """Whether a route with these arguments takes the (one) record."""
    app, seen = Router(), []
    factory = getattr(app.s3, verb) if verb else app.s3
    factory(*arguments, **options)(lambda: seen.append("route"))
    app.default(lambda record: seen.append("default"))
    app(sent)
    return seen == ["route"]


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("bucket", "uploads"),
        ("key", KEY),
        ("key: str", KEY),
        ("raw_key", "images/caf%C3%A9+au+lait%2B1%2525.jpg"),
        ("size", 1024),
        ("size: int", 1024),
        ("etag", "d41d8cd98f00b204e9800998ecf8427e"),
        ("version_id", "096fKKXTRTtl3on89fVO.nfljtsv6qko"),
        ("event_name", "ObjectCreated:CompleteMultipartUpload"),
        ("record", RECORD),
        ("event", {"Records": [RECORD]}),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_powertools_reads_the_same_key() -> None:
    found = given_to("event: S3Event, key, invocation")
    assert found["event"].object_key == KEY == found["key"]
    assert found["event"].bucket_name == "uploads"
    assert isinstance(found["invocation"], Invocation)


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("a+b.jpg", "a b.jpg"),
        ("a%20b", "a b"),
        ("a%2Bb", "a+b"),
        ("caf%C3%A9", "café"),
        ("%F0%9F%98%80", "\U0001f600"),
        ("a%2Fb/c", "a/b/c"),
        ("a%2525", "a%25"),
        ("user%40example.com", "user@example.com"),
        ("dir/", "dir/"),
        ("..%2F..%2Fetc", "../../etc"),
        ("", ""),
    ],
)
def test_keys_are_decoded_once(raw: str, key: str) -> None:
    assert given_to("key, raw_key", notification(raw)) == {"key": key, "raw_key": raw}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_key_comes_back(key: str) -> None:
    assert given_to("key", notification(quote_plus(key, safe="/")))["key"] == key


def test_a_deletion_has_no_size_and_no_tag() -> None:
    sent = notification(name="ObjectRemoved:Delete")
    for field in ("size", "eTag", "versionId"):
        del sent["Records"][0]["s3"]["object"][field]
    assert given_to("key, size, etag, version_id, event_name", sent) == {
        "key": KEY,
        "size": None,
        "etag": None,
        "version_id": None,
        "event_name": "ObjectRemoved:Delete",
    }
    assert given_to("size: int | None = None", sent) == {"size": None}


def test_an_event_name_is_without_the_prefix_that_only_some_carry() -> None:
    for name in ("ObjectRestore:Post", "s3:ObjectRestore:Post"):
        assert given_to("event_name", notification(name=name)) == {"event_name": "ObjectRestore:Post"}


@pytest.mark.parametrize("signature", ["body", "detail", "filename", "item: dict[str, int]", "keys"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.s3"):
        given_to(signature)


def test_mutilated_records_give_none() -> None:
    for s3 in (None, {}, {"bucket": None, "object": None}, {"bucket": [], "object": ["key"]}, "s3"):
        sent = {"Records": [{"eventSource": "aws:s3", "s3": s3}]}
        found = given_to("bucket, key, raw_key, size, etag, version_id, event_name", sent)
        assert set(found.values()) == {None}


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        (["uploads"], {}, True),
        (["upload"], {}, False),
        (["up*"], {}, True),
        ([["other", "uploads"]], {}, True),
        (["*", "images/*.jpg"], {}, True),
        (["*", "images/caf*"], {}, True),
        (["*", "images/caf%C3*"], {}, False),
        (["*", KEY], {}, True),
        (["*", "*+1*"], {}, True),
        (["*", "images/"], {}, False),
        (["*", None, "ObjectCreated:*"], {}, True),
        (["*", None, "s3:ObjectCreated:*"], {}, True),
        (["*", None, ["s3:ObjectRemoved:*", "s3:ObjectCreated:*"]], {}, True),
        (["*", None, {"s3:ObjectCreated:*"}], {}, True),
        (["*", None, "ObjectCreated"], {}, False),
        (["*", None, "ObjectRemoved:*"], {}, False),
        (["*"], {"prefix": "images/", "suffix": ".jpg"}, True),
        (["*"], {"prefix": "images/café au"}, True),
        (["*"], {"prefix": ["x", "images/"], "suffix": [".png", ".jpg"]}, True),
        (["*"], {"prefix": "image*"}, False),
        (["*"], {"suffix": ".JPG"}, False),
        (["*"], {"pattern": {"s3": {"object": {"size": [{"numeric": [">", 1000]}]}}}}, True),
        (["*"], {"pattern": {"userIdentity": {"principalId": ["x"]}}}, False),
    ],
)
def test_by_bucket_key_and_event(arguments: Any, options: Any, expected: bool) -> None:
    assert takes(notification(), *arguments, **options) is expected
    assert takes(notification(name=f"s3:{RECORD['eventName']}"), *arguments, **options) is expected


def test_created_and_removed() -> None:
    created, removed = notification(), notification(name="ObjectRemoved:DeleteMarkerCreated")
    assert takes(created, "uploads", verb="object_created", prefix="images/", suffix=".jpg")
    assert not takes(removed, "uploads", verb="object_created")
    assert takes(removed, "uploads", verb="object_removed", key="images/*")
    assert not takes(created, "uploads", verb="object_removed")
    assert not takes(removed, "uploads", verb="object_removed", suffix=".png")


def test_equal_criteria_are_refused_however_they_are_written() -> None:
    app = Router()
    app.s3("uploads", event="s3:ObjectCreated:*").drop()
    with pytest.raises(DuplicateRouteError):
        app.s3.object_created(["uploads"]).drop()
    with pytest.raises(ConfigurationError, match="key"):
        app.s3("uploads", key="a**b")
    assert repr(app.routes[0]) == "<s3(bucket='uploads', event='ObjectCreated:*') -> dropped>"


# -- what is answered ----------------------------------------------------------------------------------------


def test_every_record_is_handled_and_one_failure_fails_the_event() -> None:
    app, seen = Router(partial=True), []

    @app.s3("uploads")
    def handler(key: str) -> Any:
        seen.append(key)
        if key == "b":
            raise ValueError("canary")
        return {"ignored": key}

    with pytest.raises(BatchError) as info:
        app(notification("a", "b", "c"))
    assert seen == ["a", "b", "c"]
    assert str(info.value) == "1 of 3 s3 records failed (ValueError 1)"
    assert app(notification("a", "c")) is None


def test_of_a_single_record_its_own_exception_is_raised() -> None:
    app = Router()
    failure = LookupError("mine")

    @app.s3("uploads")
    def handler(key: str) -> None:
        raise failure

    with pytest.raises(LookupError) as info:
        app(notification("a"))
    assert info.value is failure


def test_a_single_record_without_a_route() -> None:
    app = Router()
    app.s3("other").drop()
    with pytest.raises(NoRouteError):
        app(notification("a"))


def test_batch_answers_are_not_for_s3() -> None:
    app = Router(partial=True)

    @app.s3("uploads")
    def handler(key: str) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": "x"}]}

    with pytest.raises(ResultError):
        app(notification("a"))


def test_dropped_objects() -> None:
    app, seen = Router(), []
    app.s3("uploads", key="*.tmp").drop()
    app.s3("uploads")(lambda key: seen.append(key))
    assert app(notification("a.tmp", "b.jpg", "c.tmp")) is None
    assert seen == ["b.jpg"]


def test_the_test_event_is_answered_with_and_without_routes() -> None:
    def never(**_: Any) -> None:
        raise AssertionError

    routed = Router()
    routed.s3("*")(lambda key: never())
    with_default, other, layered = Router(), Router(), Router()
    with_default.default(lambda event: never())
    other.sqs("orders").drop()
    layered.use(lambda invocation, call_next: "short-circuit")
    for app in (Router(), routed, with_default, other, layered):
        assert app(json.loads(json.dumps(TEST_EVENT))) is None
    assert detect(TEST_EVENT) == "s3"
    assert detect({**TEST_EVENT, "Service": "Amazon SQS"}) is None
    assert detect({**TEST_EVENT, "Event": "s3:ObjectCreated:Put"}) is None


@pytest.mark.parametrize(
    "foreign", [{"eventSource": "aws:sqs"}, {"eventSource": None}, {"EventSource": "aws:sns"}]
)
def test_mixed_records_are_refused_before_any_runs(foreign: Any) -> None:
    app, seen = Router(), []
    app.s3("*")(lambda key: seen.append(key))
    sent = notification("a", "b")
    sent["Records"][1].pop("eventSource")
    sent["Records"][1].update(foreign)
    with pytest.raises(UnknownEventError):
        app(sent)
    assert seen == []


# -- suggestions ---------------------------------------------------------------------------------------------


def obeyed(sent: Any) -> str:
    """Paste the suggested decorator above a handler and send the event again: it must get there."""
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    decorator = info.value.suggestion
    assert decorator is not None
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]
    return decorator


def test_the_decorator_to_write() -> None:
    assert obeyed(notification()) == '@app.s3("uploads")'


@pytest.mark.parametrize(
    "bucket",
    ["*", "a*b", "\\", "\\*", '"', "'", '"""', "\n", "\x00", "{x}", "\U0001f600", "**", "", None, 1, []],
)
def test_hostile_buckets_are_suggested_so_that_the_decorator_matches(bucket: Any) -> None:
    assert "\n" not in obeyed(notification(bucket=bucket))


@given(st.text())
@example("\\\\**")
def test_any_bucket_is_suggested_so_that_the_decorator_matches(bucket: str) -> None:
    obeyed(notification(bucket=bucket))


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "s3"]
    assert len(files) >= 8
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        app, seen = Router(), []

        @app.s3("*")
        def handler(bucket: str, key: str, event_name: str, size: int | None = None) -> None:
            assert not event_name.startswith("s3:")
            seen.append((bucket, key))

        assert app(sent) is None, file
        expected = [(r["s3"]["bucket"]["name"], r["s3"]["object"]["key"]) for r in sent.get("Records", [])]
        assert len(seen) == len(expected)
        assert [bucket for bucket, _ in seen] == [bucket for bucket, _ in expected]
        assert all("%" not in key or "%" in raw for (_, key), (_, raw) in zip(seen, expected, strict=True))
