"""Amazon CloudWatch Logs: parts, criteria, control messages, what cannot be read, and what a bomb may cost."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    PayloadError,
    ResultError,
    Router,
    detect,
)
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

LOGS: dict[str, Any] = {
    "messageType": "DATA_MESSAGE",
    "owner": "123456789012",
    "logGroup": "/aws/lambda/shop",
    "logStream": "2026/06/11/[$LATEST]8c1f",
    "subscriptionFilters": ["errors", "to-shop"],
    "logEvents": [
        {"id": "38905", "timestamp": 1781190241902, "message": "ERROR é"},
        {"id": "38906", "timestamp": 1781190241917, "message": "paid"},
    ],
}
CONTROL = {**LOGS, "messageType": "CONTROL_MESSAGE", "logGroup": "", "logStream": ""}
SECRET = "hunter2-canary"


class LogEvent(BaseModel):
    id: str
    timestamp: int
    message: str


def packed(document: Any, pack: Any = gzip.compress) -> Any:
    """The event that brings a document (or bytes), as the runtime delivers it."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return {"awslogs": {"data": base64.b64encode(pack(raw)).decode()}}


def event(**changes: Any) -> Any:
    return packed({**LOGS, **changes})


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the event."""
    app, seen = Router(), []
    names = {"seen": seen, "LogEvent": LogEvent, "CloudWatchLogsEvent": CloudWatchLogsEvent}
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.cloudwatch_logs("*")(names["handler"])
    assert app(sent or event()) is None
    return seen[0]


def takes(sent: Any, log_group: Any = "*", *arguments: Any, **options: Any) -> bool:
    """Whether a route with these arguments takes the event."""
    app, seen = Router(), []
    app.cloudwatch_logs(log_group, *arguments, **options)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(sent)
    return seen == ["route"]


# -- whose event ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd", [{}, {"awslogs": None}, {"awslogs": "x"}, {"awslogs": {}}, {"awslogs": {"data": 7}}, LOGS]
)
def test_what_is_not_of_cloudwatch_logs(odd: Any) -> None:
    assert detect(odd) is None


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("log_events", LOGS["logEvents"]),
        ("log_events: list", LOGS["logEvents"]),
        ("log_events: list[LogEvent]", [LogEvent(**one) for one in LOGS["logEvents"]]),
        ("log_group", "/aws/lambda/shop"),
        ("log_stream", "2026/06/11/[$LATEST]8c1f"),
        ("owner", "123456789012"),
        ("subscription_filters", ["errors", "to-shop"]),
        ("event", event()),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    sent = event()
    (value,) = given_to(parameter, sent).values()
    assert value == (sent if parameter == "event" else expected)


def test_powertools_reads_the_same() -> None:
    found = given_to("event: CloudWatchLogsEvent, log_group, invocation")
    assert found["event"].parse_logs_data().log_group == found["log_group"]
    assert found["invocation"].source == "cloudwatch_logs"
    assert found["invocation"].record is None


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_gzip_and_zlib(pack: Any) -> None:
    assert given_to("log_events", packed(LOGS, pack)) == {"log_events": LOGS["logEvents"]}


@pytest.mark.parametrize(
    "key", ["owner", "logGroup", "logStream", "subscriptionFilters", "logEvents", "messageType"]
)
@pytest.mark.parametrize("odd", [None, 1, True, "x", [], [None], {}, "\ud800"])
def test_odd_parts_do_no_harm(key: str, odd: Any) -> None:
    sent = event(**{key: odd})
    assert given_to("log_events, log_group, log_stream, owner, subscription_filters", sent) is not None
    assert not takes(sent, "never", filter_name="never")


@pytest.mark.parametrize("signature", ["log_event", "body", "logs: list[LogEvent]", "record"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match="log_events"):
        given_to(signature)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "expected"),
    [
        (["/aws/lambda/shop"], {}, True),
        (["/aws/lambda"], {}, False),
        (["/aws/lambda/*"], {}, True),
        (["*"], {}, True),
        ([["/other", "/aws/lambda/shop"]], {}, True),
        (["*", "2026/06/11/*"], {}, True),
        (["*", "2026/06/12/*"], {}, False),
        (["*"], {"log_stream": "*8c1f"}, True),
        (["*"], {"filter_name": "to-shop"}, True),
        (["*"], {"filter_name": ["err*", "x"]}, True),
        (["*"], {"filter_name": "shop"}, False),
        (["*"], {"pattern": {"logEvents": {"message": [{"prefix": "ERROR"}]}}}, True),
        (["*"], {"pattern": {"logEvents": {"message": ["never"]}}}, False),
        (["*"], {"pattern": {"owner": ["123456789012"]}}, True),
    ],
)
def test_criteria(arguments: Any, options: Any, expected: bool) -> None:
    assert takes(event(), *arguments, **options) is expected


@pytest.mark.parametrize("end", ["", ":*"])
def test_a_log_group_is_named_by_its_arn_too(end: str) -> None:
    app, arn = Router(), "arn:aws:logs:eu-west-1:123456789012:log-group:"
    seen: list[str] = []
    app.cloudwatch_logs(f"{arn}/aws/lambda/cart{end}")(lambda: seen.append("another"))
    app.cloudwatch_logs(["other", f"{arn}/aws/*/shop{end}"])(lambda: seen.append("shop"))
    assert f"log_group=['other', '{arn}/aws/*/shop{end}']" in repr(app.routes[1])
    with pytest.raises(DuplicateRouteError):
        app.cloudwatch_logs("/aws/lambda/cart")(lambda: None)
    assert app(packed(LOGS), None) is None
    assert seen == ["shop"]


def test_criteria_that_are_none() -> None:
    for log_group in (None, "", [], 7):
        with pytest.raises(ConfigurationError):
            Router().cloudwatch_logs(log_group)  # type: ignore[arg-type]
    app = Router()
    app.cloudwatch_logs(["a", "b"]).drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.cloudwatch_logs(("b", "a")).drop()


# -- control messages ----------------------------------------------------------------------------------------


def test_a_control_message_is_answered_without_a_route() -> None:
    for app in (Router(), Router()):
        assert app(packed(CONTROL)) is None
        app = Router()
        app.cloudwatch_logs("*")(lambda: pytest.fail("called"))
        app.default(lambda: pytest.fail("called"))
        assert app(packed(CONTROL)) is None
        assert app.explain(packed(CONTROL)).noise
        assert "noise" in str(app.explain(packed(CONTROL)))


# -- what cannot be read -------------------------------------------------------------------------------------

BROKEN: list[tuple[Any, str]] = [
    ({"awslogs": {"data": ""}}, "ends before"),
    ({"awslogs": {"data": "not base64!"}}, "base64"),
    ({"awslogs": {"data": "\ud800"}}, "base64"),
    ({"awslogs": {"data": base64.b64encode(json.dumps(LOGS).encode()).decode()}}, "gzip or zlib"),
    (packed(LOGS, lambda raw: gzip.compress(raw)[:-9]), "ends before"),
    (packed(LOGS, lambda raw: gzip.compress(raw) + b"more"), "behind"),
    (packed(b"not json"), "not JSON"),
    (packed(b"\xff\xfe"), "UTF-8"),
    (packed(b'{"logGroup": NaN}'), "not JSON"),
    (packed(b"[" * 100_000), "not JSON"),
    (packed([LOGS]), "list, not an object"),
    (packed("text"), "str, not an object"),
    (packed(gzip.compress(json.dumps(LOGS).encode())), "UTF-8"),
]


@pytest.mark.parametrize(("sent", "why"), BROKEN)
def test_what_cannot_be_read_is_an_error_and_reaches_no_handler(sent: Any, why: str) -> None:
    for log_group in ("*", "/aws/lambda/shop"):
        app = Router()
        app.cloudwatch_logs(log_group)(lambda log_events: pytest.fail("called"))
        app.default(lambda: pytest.fail("called"))
        assert detect(sent) == "cloudwatch_logs"
        with pytest.raises(PayloadError, match=why) as info:
            app(sent)
        assert info.value.part == "data"
    with pytest.raises(PayloadError):
        Router()(sent)


@pytest.mark.parametrize(("sent", "why"), BROKEN)
def test_what_cannot_be_read_is_explained(sent: Any, why: str) -> None:
    app = Router()
    app.cloudwatch_logs("*").drop()
    told = app.explain(sent)
    assert "PayloadError" in str(told)
    assert not told.noise
    json.dumps(told.to_dict())


def test_the_limit_is_the_rooms() -> None:
    sent = event(logEvents=[{"message": "x" * 5000}])
    app = Router()
    app.cloudwatch_logs("*")(lambda: None)
    app.cloudwatch_logs.limit = 5000
    with pytest.raises(PayloadError, match="more than 5,000 bytes"):
        app(sent)
    app.cloudwatch_logs.limit = 10_000
    assert app(sent) is None
    other = Router()
    other.cloudwatch_logs("*").drop()
    assert other(sent) is None


def test_a_bomb_of_six_megabytes_costs_at_most_sixty() -> None:
    packer = zlib.compressobj(9, wbits=31)
    head = packer.compress(bytes(2**23)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(2**23)) + packer.flush(zlib.Z_FULL_FLUSH)
    sent = {"awslogs": {"data": base64.b64encode(head + block * (4_490_000 // len(block))).decode()}}
    assert 5_900_000 < len(sent["awslogs"]["data"]) < 6_291_556
    app = Router()
    app.use(lambda invocation, call_next: call_next(invocation))
    app.cloudwatch_logs("*")(lambda log_events: None)
    with pytest.raises(PayloadError):
        app(sent)  # what is imported and remembered is not the bomb's
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        with pytest.raises(PayloadError, match="more than 52,428,800 bytes") as info:
            app(sent)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before <= 60 * 2**20
    assert after - before <= 2**20
    assert info.value.part == "data"


# -- what becomes of it --------------------------------------------------------------------------------------


def test_what_a_handler_returns_is_ignored() -> None:
    app = Router()
    app.cloudwatch_logs("*")(lambda: {"not": {"serialisable"}})
    assert app(event()) is None


@pytest.mark.parametrize("raised", [ValueError(SECRET), SystemExit(SECRET)])
def test_an_exception_is_raised(raised: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.cloudwatch_logs("*")
    def handler(log_events: Any) -> None:
        raise raised

    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match=SECRET):
        app(event())
    assert SECRET not in caplog.text
    assert "paid" not in caplog.text


def test_a_drop_settles_it_and_a_generator_does_not() -> None:
    app = Router()

    @app.cloudwatch_logs("/drop")
    def drop() -> None:
        raise Drop

    @app.cloudwatch_logs("/generator")
    def generator() -> Any:
        yield 1

    assert app(event(logGroup="/drop")) is None
    with pytest.raises(ResultError):
        app(event(logGroup="/generator"))


def test_a_coroutine_is_run_to_its_end() -> None:
    app, seen = Router(), []

    @app.cloudwatch_logs("*")
    async def handler(log_group: str) -> None:
        seen.append(log_group)

    app(event())
    assert seen == ["/aws/lambda/shop"]


@pytest.mark.parametrize(
    "group", ["/aws/lambda/shop", "*", "a*b", "\\", '"', "\n", "{x}", "\u2028", "", None, 7]
)
def test_the_decorator_to_write_matches(group: Any) -> None:
    sent = event(logGroup=group)
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    decorator = info.value.suggestion
    assert decorator is not None
    assert "\n" not in decorator
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]


def test_an_error_shows_no_log_event() -> None:
    app = Router()
    app.cloudwatch_logs("/other", filter_name="x", pattern={"logEvents": {"message": ["never"]}}).drop()
    with pytest.raises(NoRouteError) as info:
        app(event(logEvents=[{"message": SECRET}]))
    assert SECRET not in str(info.value)


@settings(deadline=None)
@given(
    st.text(max_size=60)
    | st.binary(max_size=60).map(lambda raw: base64.b64encode(gzip.compress(raw)).decode())
)
def test_any_data_is_an_error_or_an_object(data: str) -> None:
    app = Router()
    app.cloudwatch_logs("*").drop()
    try:
        app({"awslogs": {"data": data}})
    except PayloadError:
        pass


# -- inside other records ------------------------------------------------------------------------------------


def test_log_data_inside_a_kinesis_record() -> None:
    app, seen = Router(), []
    app.cloudwatch_logs("/aws/lambda/*")(lambda log_events: seen.extend(log_events))
    inside = gzip.compress(json.dumps(LOGS).encode())
    control = gzip.compress(json.dumps(CONTROL).encode())
    assert app(made("kinesis", datas=[inside, control])) is None
    assert seen == LOGS["logEvents"]


def test_what_is_no_log_data_is_not_taken_for_it() -> None:
    room = Router().cloudwatch_logs
    raw = gzip.compress(json.dumps(LOGS).encode())
    assert room.carried(LOGS, raw) == {"awslogs": {"data": base64.b64encode(raw).decode()}}
    for document, held in (
        (LOGS, json.dumps(LOGS)),
        (LOGS, json.dumps(LOGS).encode()),
        ({**LOGS, "logEvents": None}, raw),
        ({"logEvents": []}, raw),
        ([LOGS], raw),
        (packed(LOGS), raw),
    ):
        assert room.carried(document, held) is None


# -- samples and real events ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "sent"), [(name, sent) for name, sent, _ in samples("cloudwatch_logs")])
def test_each_sample_is_handled(name: str, sent: Any) -> None:
    app, seen = Router(), []
    app.cloudwatch_logs("*")(lambda log_events: seen.append(len(log_events)))
    assert app(sent) is None
    assert seen == ([] if name.endswith("control") else [2] if name.endswith("data") else [1])


def test_events_that_are_made() -> None:
    one = made(
        "cloudwatch_logs", log_group="/shop", messages=["a", {"b": 1}], filter_name="f", log_stream="s"
    )
    found = given_to("log_events, log_group, log_stream, subscription_filters", one)
    assert [made_["message"] for made_ in found.pop("log_events")] == ["a", '{"b":1}']
    assert found == {"log_group": "/shop", "log_stream": "s", "subscription_filters": ["f"]}
    assert Router()(made("cloudwatch_logs.control")) is None
    assert made("cloudwatch_logs") != made("cloudwatch_logs")


def test_the_client_sends_it() -> None:
    app, seen = Router(), []
    app.cloudwatch_logs("/shop")(lambda log_events: seen.extend(log_events))
    result = Client(app).cloudwatch_logs("/shop", ["basket 7 paid"])
    assert result.error is None
    assert result.source == "cloudwatch_logs"
    assert [one["message"] for one in seen] == ["basket 7 paid"]


def test_real_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    recognise = type(Router().cloudwatch_logs).recognise
    reached = 0
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        named = label["source"] == "cloudwatch_logs"
        assert recognise(sent) is named, file
        if named:
            assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["cloudwatch_logs"]
            assert given_to("log_group", sent) == {"log_group": "testLogGroup"}
            reached += 1
    assert reached == 3
