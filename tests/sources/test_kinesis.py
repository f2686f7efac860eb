"""Amazon Kinesis data streams: parts, criteria, order, what is reported, and the windows that we pass on."""

from __future__ import annotations

import base64
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel
from streams import Plan, Shard

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    ResultError,
    Router,
    detect,
)
from lambda_router.testing import BatchResult, Client, LambdaContext
from lambda_router.testing import event as made

DATA = {"id": 7, "total": 9.5, "note": "é"}
TEXT = json.dumps(DATA, ensure_ascii=False)
NUMBER = "49590338271490256608559692538361571095921575989136588898"
RECORD: dict[str, Any] = {
    "kinesis": {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "visitor-42",
        "sequenceNumber": NUMBER,
        "data": base64.b64encode(TEXT.encode()).decode(),
        "approximateArrivalTimestamp": 1545084650.987,
    },
    "eventSource": "aws:kinesis",
    "eventVersion": "1.0",
    "eventID": f"shardId-000000000006:{NUMBER}",
    "eventName": "aws:kinesis:record",
    "invokeIdentityArn": "arn:aws:iam::123456789012:role/reader",
    "awsRegion": "us-east-2",
    "eventSourceARN": "arn:aws:kinesis:us-east-2:123456789012:stream/clicks",
}
CONSUMER = "arn:aws:kinesis:us-east-2:123456789012:stream/clicks/consumer/shop:1540591608"


class Order(BaseModel):
    id: int
    total: float


def arn(stream: str) -> str:
    return f"arn:aws:kinesis:us-east-2:123456789012:stream/{stream}"


def record(data: Any = None, number: Any = NUMBER, **parts: Any) -> dict[str, Any]:
    raw = RECORD["kinesis"]["data"] if data is None else data
    if isinstance(raw, bytes):
        raw = base64.b64encode(raw).decode()
    kinesis = {**RECORD["kinesis"], "data": raw, "sequenceNumber": number}
    return {**RECORD, "kinesis": kinesis, **parts}


def event(*records: Any, **parts: Any) -> Any:
    return json.loads(json.dumps({"Records": list(records or (RECORD,)), **parts}))


def numbered(*numbers: Any) -> Any:
    """A batch with these sequence numbers; the data says which record it is."""
    return event(*(record(str(i).encode(), n) for i, n in enumerate(numbers)))


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the record."""
    app, seen = Router(), []
    names = {
        "seen": seen,
        "Any": Any,
        "Order": Order,
        "KinesisStreamEvent": KinesisStreamEvent,
        "KinesisStreamRecord": KinesisStreamRecord,
    }
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.kinesis("*")(names["handler"])
    app(sent or event(), None)
    return seen[0]


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("data", DATA),
        ("data: Any", DATA),
        ("data: dict", DATA),
        ("data: str", TEXT),
        ("data: bytes", TEXT.encode()),
        ("data: Order", Order(id=7, total=9.5)),
        ("order: Order", Order(id=7, total=9.5)),
        ("order: Order | None", Order(id=7, total=9.5)),
        ("partition_key", "visitor-42"),
        ("sequence_number", NUMBER),
        ("sequence_number: int", int(NUMBER)),
        ("stream", "clicks"),
        ("shard_id", "shardId-000000000006"),
        ("record", RECORD),
        ("event", {"Records": [RECORD]}),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected
    assert type(value) is type(expected)


def test_all_parts_at_once() -> None:
    found = given_to(
        "order: Order, partition_key, sequence_number, stream, shard_id, invocation, "
        "record: KinesisStreamRecord, event: KinesisStreamEvent"
    )
    assert found.pop("record").kinesis.data_as_json() == DATA
    assert [r.kinesis.sequence_number for r in found.pop("event").records] == [NUMBER]
    assert found.pop("invocation").source == "kinesis"
    assert found == {
        "order": Order(id=7, total=9.5),
        "partition_key": "visitor-42",
        "sequence_number": NUMBER,
        "stream": "clicks",
        "shard_id": "shardId-000000000006",
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"\xf3\x89\x9a\xc2aggregated by the KPL",
        gzip.compress(b'{"logEvents": []}', mtime=0),
        bytes(range(256)),
    ],
)
def test_data_of_any_kind_is_bytes(raw: bytes) -> None:
    assert given_to("data: bytes", event(record(raw))) == {"data": raw}
    for other in ("data", "data: str", "order: Order"):
        with pytest.raises(BatchError) as info:
            given_to(other, event(record(raw)))
        assert info.value.classes == {"PayloadError": 1}


@pytest.mark.parametrize("raw", ["not base64!", "YQ", "é", 7, True, [], {}, "YQ==\n"])
def test_data_that_is_not_base64_fails_its_record(raw: Any) -> None:
    for signature in ("data", "data: bytes", "data: str", "order: Order | None"):
        with pytest.raises(BatchError) as info:
            given_to(signature, event(record(raw)))
        assert info.value.classes == {"PayloadError": 1}


def test_empty_data_is_none_where_that_is_asked_for() -> None:
    empty = event(record(b""))
    assert given_to("order: Order | None", empty) == {"order": None}
    assert given_to("data: bytes", empty) == {"data": b""}
    assert given_to("data: str", empty) == {"data": ""}
    with pytest.raises(BatchError):
        given_to("order: Order", empty)


@pytest.mark.parametrize("odd", [None, 1, "x", [], {}, {"data": None}])
def test_a_record_without_its_kinesis_part(odd: Any) -> None:
    sent = event({**RECORD, "kinesis": odd})
    assert detect(sent) == "kinesis"
    assert given_to("partition_key, sequence_number, stream", sent) == {
        "partition_key": None,
        "sequence_number": None,
        "stream": "clicks",
    }
    with pytest.raises(BatchError):
        given_to("order: Order", sent)
    with pytest.raises(NoRouteError):
        app = Router()
        app.kinesis("*", pattern={"data": {"id": [7]}}).drop()
        app(sent)


@pytest.mark.parametrize("odd", [None, 1, "x", [], {}])
def test_a_shard_that_cannot_be_read_is_none(odd: Any) -> None:
    assert given_to("shard_id", event({**RECORD, "eventID": odd})) == {"shard_id": None}


def test_an_arn_that_cannot_be_read_is_its_own_name() -> None:
    for odd in ("clicks", "arn:aws:kinesis:clicks", "a:b:c:d:e:stream/f", arn(""), arn("a:b"), arn("x")[:-9]):
        assert given_to("stream", event({**RECORD, "eventSourceARN": odd})) == {"stream": odd}
    assert given_to("stream", event({**RECORD, "eventSourceARN": CONSUMER})) == {"stream": "clicks"}
    assert given_to("stream", event({**RECORD, "eventSourceARN": None})) == {"stream": ""}


@pytest.mark.parametrize(
    ("signature", "hint"),
    [
        ("dat", "did you mean 'data'"),
        ("order", "on offer"),
        ("a: Order, b: Order", "both ask for the payload"),
        ("body", "on offer"),
    ],
)
def test_what_is_not_on_offer_is_refused_at_import(signature: str, hint: str) -> None:
    with pytest.raises(HandlerSignatureError, match=hint) as info:
        given_to(signature)
    assert "app.kinesis" in str(info.value)


# -- which route ---------------------------------------------------------------------------------------------


def taken_by(sent: Any, *routes: dict[str, Any]) -> list[str]:
    """The names of the routes that take the records of the event, in their order."""
    app, seen = Router(), []
    for number, options in enumerate(routes):

        def handler(invocation: Any) -> None:
            seen.append(invocation.route.name)

        app.kinesis(options.pop("stream", "*"), name=f"route {number}", **options)(handler)
    app.default(lambda invocation: seen.append("default"))
    app(sent)
    return seen


@pytest.mark.parametrize(
    ("stream", "takes"),
    [
        ("clicks", True),
        ("click", False),
        ("cl*", True),
        (arn("clicks"), True),
        (arn("click"), False),
        ("arn:aws:kinesis:*:*:stream/clicks", True),
        (CONSUMER, False),
        (["a", "clicks"], True),
        ("", None),
        ([], None),
        (7, None),
        (None, None),
    ],
)
def test_by_stream(stream: Any, takes: bool | None) -> None:
    if takes is None:
        with pytest.raises(ConfigurationError):
            Router().kinesis(stream)
    else:
        assert taken_by(event(), {"stream": stream}) == ["route 0" if takes else "default"]


@pytest.mark.parametrize(
    ("stream", "takes"),
    [
        ("clicks", True),
        (CONSUMER, True),
        (arn("clicks/consumer/*"), True),
        (arn("clicks"), False),
        ("shop", False),
    ],
)
def test_by_consumer(stream: str, takes: bool) -> None:
    sent = event({**RECORD, "eventSourceARN": CONSUMER})
    assert taken_by(sent, {"stream": stream}) == ["route 0" if takes else "default"]


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        ({"data": {"id": [7]}}, True),
        ({"kinesis": {"data": {"id": [7]}}}, True),
        ({"data": {"id": [8]}}, False),
        ({"data": {"total": [{"numeric": ["<", 10]}]}, "awsRegion": ["us-east-2"]}, True),
        ({"partitionKey": ["visitor-42"]}, True),
        ({"kinesis": {"partitionKey": [{"prefix": "visitor-"}]}}, True),
        ({"data": ["text"]}, False),
    ],
)
def test_by_pattern_over_the_record_with_its_data_parsed(pattern: Any, takes: bool) -> None:
    assert taken_by(event(), {"pattern": pattern}) == ["route 0" if takes else "default"]


def test_data_that_is_no_json_is_text_to_a_pattern() -> None:
    for data in (b"text", b"{", b"NaN", b"[" * 100_000, b"\xff", "not base64", 7, None):
        assert taken_by(event(record(data or "")), {"pattern": {"data": {"id": [7]}}}) == ["default"]
    assert taken_by(event(record(b"text")), {"pattern": {"data": ["text"]}}) == ["route 0"]


def test_equal_criteria_are_refused() -> None:
    app = Router()
    app.kinesis(["a", "b"]).drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.kinesis(("b", "a")).drop()


def test_routes_that_share_a_mapping_agree_on_partial() -> None:
    app = Router()
    app.kinesis("clicks", partial=True, pattern={"data": {"a": [1]}}).drop()
    for stream in ("clicks", "cl*", arn("clicks"), CONSUMER):
        with pytest.raises(ConfigurationError, match="share a mapping"):
            app.kinesis(stream, partial=False).drop()
    app.kinesis("others", partial=False).drop()


# -- suggestions ---------------------------------------------------------------------------------------------


def suggested(sent: Any) -> str:
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    assert info.value.source == "kinesis"
    assert info.value.suggestion is not None
    assert info.value.suggestion in str(info.value)
    return info.value.suggestion


def obeyed(decorator: str, sent: Any) -> None:
    """Paste the decorator above a handler and send the event again: it must get there."""
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]


def test_the_decorator_to_write() -> None:
    assert suggested(event()) == '@app.kinesis("clicks")'
    assert suggested(event({**RECORD, "eventSourceARN": CONSUMER})) == '@app.kinesis("clicks")'


HOSTILE = [
    "*",
    "a*b",
    "\\",
    "a\\*b",
    '"',
    "'",
    '"""',
    "\n",
    "a\r\nb",
    "\x00",
    "{x}",
    "%s",
    "\u2028",
    "é",
    "a:b",
]


@pytest.mark.parametrize("name", [*HOSTILE, "arn:x", "**", "a/b", "/", "\U0001f600"])
def test_hostile_names_are_suggested_so_that_the_decorator_matches(name: str) -> None:
    for source in (arn(name), name, f"{arn(name)}/consumer/{name}:1"):
        sent = event({**RECORD, "eventSourceARN": source})
        decorator = suggested(sent)
        assert "\n" not in decorator
        obeyed(decorator, sent)


@given(st.text() | st.text().map(arn))
@example(arn(""))
@example("")
def test_any_arn_is_suggested_so_that_the_decorator_matches(source: str) -> None:
    sent = event({**RECORD, "eventSourceARN": source})
    obeyed(suggested(sent), sent)


@pytest.mark.parametrize("source", [None, 1, [], {}])
def test_without_an_arn_a_star_is_suggested(source: Any) -> None:
    sent = event({**RECORD, "eventSourceARN": source})
    assert suggested(sent) == '@app.kinesis("*")'
    obeyed(suggested(sent), sent)


# -- order and reports ---------------------------------------------------------------------------------------


def failing(*indexes: int, **options: Any) -> tuple[Router, list[int]]:
    """An app that fails the records of these indexes, and the indexes that it has started."""
    app, started = Router(**{"partial": True, **options}), []

    @app.kinesis("*")
    def handler(data: int) -> None:
        started.append(data)
        if data in indexes:
            raise ValueError

    return app, started


def reported(answer: Any) -> list[Any]:
    assert answer.keys() == {"batchItemFailures"}
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_the_first_failure_stops_the_batch_and_is_all_that_is_reported() -> None:
    app, started = failing(1, 3)
    assert reported(app(numbered("10", "11", "12", "13"))) == ["11"]
    assert started == [0, 1]


def test_a_batch_without_failures() -> None:
    app, started = failing()
    assert app(numbered("10", "11")) == {"batchItemFailures": []}
    assert started == [0, 1]
    assert failing(partial=False)[0](numbered("10")) is None


def test_in_the_default_mode_the_batch_raises_and_stops_too() -> None:
    app, started = failing(1, partial=False)
    with pytest.raises(BatchError) as info:
        app(numbered("10", "11", "12"))
    assert started == [0, 1]
    assert (info.value.failed, info.value.not_started, info.value.total) == (1, 1, 3)


def test_where_nothing_succeeded() -> None:
    with pytest.raises(BatchError):
        failing(0)[0](numbered("10", "11"))
    assert reported(failing(0, all_failed="report")[0](numbered("10", "11"))) == ["10"]


def test_numbers_are_compared_as_integers() -> None:
    app, _ = failing(1)
    assert reported(app(numbered("8", "100", "99", "1000"))) == ["99"]


@given(
    st.lists(st.integers(0, 10**40 - 1).map(str), min_size=2, max_size=12).flatmap(
        lambda numbers: st.tuples(
            st.just(numbers + numbers[:2]), st.integers(1, len(numbers) + 1), st.randoms()
        )
    )
)
def test_whatever_the_order_nothing_open_is_below_what_is_reported(drawn: Any) -> None:
    numbers, bad, chance = drawn
    chance.shuffle(numbers)
    app, started = failing(bad)
    (lowest,) = reported(app(numbered(*numbers)))
    assert started == list(range(bad + 1))
    assert int(lowest) == min(map(int, numbers[bad:]))


@pytest.mark.parametrize(
    "odd", [None, "", " 7", "7x", "-7", "7.0", "٧", 7, True, [], {}, "9" * 130, "9" * 5000]
)
def test_a_number_that_cannot_be_reported_fails_the_batch(odd: Any) -> None:
    for numbers in (("1", odd), ("1", "2", odd)):
        app, _ = failing(1)
        with pytest.raises(BatchError, match="identifier"):
            app(numbered(*numbers))
    app, _ = failing()
    assert app(numbered("1", odd)) == {"batchItemFailures": []}
    app, _ = failing(2)
    assert reported(app(numbered("1", odd, "3"))) == ["3"]


def test_numbers_are_read_before_handlers_run() -> None:
    app = Router(partial=True)

    @app.kinesis("*")
    def handler(record: Any, data: int) -> None:
        record["kinesis"]["sequenceNumber"] = "1"
        record["eventID"] = "x"
        if data:
            raise ValueError

    assert reported(app(numbered("10", "11"))) == ["11"]


def test_a_drop_goes_on_and_a_missing_route_stops() -> None:
    app, seen = Router(partial=True), []

    @app.kinesis("*", pattern={"data": [0, 1, 3]})
    def handler(data: int) -> None:
        seen.append(data)
        if data == 0:
            raise Drop

    assert reported(app(numbered("10", "11", "12", "13"))) == ["12"]
    assert seen == [0, 1]


def test_what_is_not_started_before_the_deadline_is_reported() -> None:
    app, context = Router(partial=True), LambdaContext(timeout=3)
    app.kinesis("*")(lambda: context.advance(0.8))
    assert reported(app(numbered("8", "9", "10", "11", "100"), context)) == ["11"]
    context.advance(1)
    with pytest.raises(BatchError) as info:
        app(numbered("8", "9"), context)
    assert (info.value.failed, info.value.not_started) == (0, 2)


def test_what_the_client_says_of_a_stream() -> None:
    app, _ = failing(1)
    out = Client(app).kinesis("clicks", [0, 1, 2], sequence_number=["8", "9", "10"])
    assert (out.succeeded, out.failed) == (["8"], ["9", "10"])
    assert reported(out.response) == ["9"]
    assert Client(failing(0)[0]).kinesis("clicks", [0, 1], sequence_number=["8", "9"]).failed == ["8", "9"]
    out = Client(lambda event, context: {"batchItemFailures": [{"itemIdentifier": "7"}]}).send(numbered("8"))
    assert isinstance(out, BatchResult)
    assert out.failed == ["8"]


# -- a shard read to its end ---------------------------------------------------------------------------------


def streamed(seed: int, *, count: int = 80, report: bool = True, **options: Any) -> tuple[Plan, Shard]:
    chance = random.Random(seed)
    number, numbers = 10 ** chance.randint(0, 38), []
    for _ in range(count):
        number += 10 ** chance.randint(0, 38)
        numbers.append(str(number))
    plan = Plan(seed, numbers, poison=chance.choice([0, 0.03]), flaky=chance.choice([0.1, 0.4]))
    app = Router(**options)
    app.kinesis("*")(lambda sequence_number: plan.handle(sequence_number))
    shard = Shard([record(number=n) for n in numbers], lambda r: r["kinesis"]["sequenceNumber"])
    shard.read(app, plan, size=chance.randint(1, 25), report=report)
    return plan, shard


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("all_failed", ["raise", "report"])
def test_with_partial_responses_nothing_is_lost_or_done_twice(seed: int, all_failed: str) -> None:
    plan, shard = streamed(seed, partial=True, all_failed=all_failed)
    assert shard.lost(plan) == []
    assert plan.violations == 0
    assert max(plan.succeeded.values()) == 1
    assert all(len(report) == 1 for report in shard.reports)
    assert len(shard.acknowledged) + len(shard.discarded) == len(plan.order)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("report", [True, False])
def test_without_the_declaration_nothing_is_lost_whatever_the_mapping_says(seed: int, report: bool) -> None:
    plan, shard = streamed(seed, report=report)
    assert shard.lost(plan) == []
    assert plan.violations == 0
    assert shard.reports == []


def test_the_model_sees_what_a_wrong_declaration_loses() -> None:
    """A mapping that does not read reports takes what was reported for done."""
    assert sum(
        len(shard.lost(plan)) for plan, shard in (streamed(s, report=False, partial=True) for s in range(9))
    )


def test_the_model_sees_a_handler_that_goes_on_behind_a_failure() -> None:
    plan = Plan(3, [str(n) for n in range(90, 130)], poison=0, flaky=0.4)

    def goes_on(event: Any, context: Any) -> Any:
        failed = []
        for one in event["Records"]:
            try:
                plan.handle(one["kinesis"]["sequenceNumber"])
            except ValueError:
                failed.append({"itemIdentifier": one["kinesis"]["sequenceNumber"]})
        return {"batchItemFailures": failed}

    shard = Shard([record(number=n) for n in plan.order], lambda r: r["kinesis"]["sequenceNumber"])
    shard.read(goes_on, plan, size=10)
    assert shard.lost(plan) == []
    assert plan.violations
    assert max(plan.succeeded.values()) > 1


# -- tumbling windows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [{}, {"sum": 7}])
def test_the_state_of_a_window_is_passed_on_unchanged(state: Any) -> None:
    sent = made("kinesis.window", datas=[0, 1], sequence_number=["8", "9"], state=state)
    assert failing()[0](sent) == {"batchItemFailures": [], "state": state}
    assert failing(partial=False)[0](sent) == {"state": state}
    assert failing(1)[0](sent) == {"batchItemFailures": [{"itemIdentifier": "9"}], "state": state}
    with pytest.raises(BatchError):
        failing(1, partial=False)[0](sent)
    del sent["state"]
    assert failing()[0](sent) == {"batchItemFailures": [], "state": {}}


def test_a_handler_cannot_change_the_state_by_accident() -> None:
    app = Router()

    @app.kinesis("*")
    def handler(event: Any) -> Any:
        event["state"]["sum"] = 99
        return {"state": {"sum": 99}}

    assert app(made("kinesis.window", state={"sum": 7})) == {"state": {"sum": 7}}


@pytest.mark.parametrize("last", [{"final": True}, {"terminated_early": True}])
def test_a_state_that_nothing_takes_is_not_thrown_away(last: Any) -> None:
    app, started = failing()
    for datas in ([0, 1], []):
        with pytest.raises(NoRouteError, match="handle it with @app"):
            app(made("kinesis.window", datas=datas, state={"sum": 7}, **last))
        assert app(made("kinesis.window", datas=datas, **last))["state"] == {}
    assert started == [0, 1]


def test_a_window_without_records_is_its_streams() -> None:
    sent = made("kinesis.window", datas=[], final=True)
    assert sent["Records"] == []
    assert detect(sent) == "kinesis"
    assert Router()(sent) == {"state": {}}
    for odd in (None, 7, "", "arn:aws:sqs:x:1:q", "arn:aws"):
        assert detect({**sent, "eventSourceARN": odd}) is None


def test_middleware_cannot_answer_for_a_window() -> None:
    app, started = failing()
    app.use(lambda invocation, call_next: {"state": {"sum": 99}})
    with pytest.raises(ResultError):
        app(made("kinesis.window", datas=[0]))
    assert app(made("kinesis.window", datas=[])) == {"state": {}}
    with pytest.raises(NoRouteError):
        app(made("kinesis.window", datas=[], final=True, state={"sum": 7}))
    assert started == []
    app, _ = failing()

    @app.middleware
    def refuse(invocation: Any, call_next: Any) -> Any:
        raise Drop

    assert app(made("kinesis.window", datas=[0], state={"sum": 7})) == {"state": {"sum": 7}}


# -- real events ---------------------------------------------------------------------------------------------


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "kinesis"]
    assert len(files) >= 4
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["kinesis"]
        app, seen = Router(partial=True), []

        @app.kinesis("*")
        def handler(
            data: bytes, sequence_number: int, stream: str, shard_id: str, record: KinesisStreamRecord
        ) -> None:
            assert data == record.kinesis.data_as_bytes()
            assert stream
            assert shard_id.startswith("shardId-")
            seen.append(str(sequence_number))

        assert app(sent) == {"batchItemFailures": []}, file
        assert seen == [r["kinesis"]["sequenceNumber"] for r in sent["Records"]]


def test_no_other_label_is_taken_for_a_stream(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        assert (detect(sent) == "kinesis") is (label["source"] == "kinesis"), file
