"""Amazon Data Firehose: parts, criteria, results, failures, sizes, records of Amazon MSK; the answers by the model."""

from __future__ import annotations

import base64
import gzip
import json
import logging
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import KinesisFirehoseEvent
from aws_lambda_powertools.utilities.data_classes.kinesis_firehose_event import (
    KinesisFirehoseDataTransformationResponse,
    KinesisFirehoseRecord,
)
from aws_lambda_powertools.utilities.serialization import base64_from_json
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models import Refused
from models import firehose as model
from named import shown
from pydantic import BaseModel

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    Reject,
    Router,
    Transformed,
    detect,
)
from lambda_router.results import LIMIT, encoded_size
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

DATA = {"id": 7, "total": 9.5, "note": "é"}
TEXT = json.dumps(DATA, ensure_ascii=False)
RECORD: dict[str, Any] = {
    "recordId": "49590338271490256608559692538361571095921575989136588898000000",
    "approximateArrivalTimestamp": 1545084650987,
    "data": base64.b64encode(TEXT.encode()).decode(),
}
EVENT: dict[str, Any] = {
    "invocationId": "0f6c2d94-7b1e-4a35-9c58-3e2f6d8a1b07",
    "deliveryStreamArn": "arn:aws:firehose:us-east-2:123456789012:deliverystream/clicks",
    "region": "us-east-2",
    "records": [RECORD],
}
SECRET = "hunter2-canary"


class Order(BaseModel):
    id: int
    total: float


def arn(stream: str) -> str:
    return f"arn:aws:firehose:us-east-2:123456789012:deliverystream/{stream}"


def b64(content: bytes | str) -> str:
    return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()


def event(*records: Any, **parts: Any) -> Any:
    """An event of these records (their data, or whole records), as the runtime delivers it."""
    given = [
        r if isinstance(r, dict) else {**RECORD, "recordId": f"id-{i}", "data": r}
        for i, r in enumerate(records)
    ]
    return json.loads(json.dumps({**EVENT, "records": given or [RECORD], **parts}))


def ask(app: Any, sent: Any, context: Any = None) -> list[dict[str, Any]]:
    """The records of an answer that Firehose takes."""
    answer = app(sent, context)
    model.check(answer, sent)
    return answer["records"]


def answered(handler: Any, sent: Any = None) -> dict[str, Any]:
    """The answer to the (one) record."""
    app = Router()
    app.firehose("*")(handler)
    (record,) = ask(app, sent or event())
    return record


def content(record: dict[str, Any]) -> bytes:
    """The data of an answered record, which has to be `Ok`."""
    assert record["result"] == "Ok"
    return base64.b64decode(record["data"], validate=True)


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the record."""
    app, seen = Router(), []
    names = {
        "seen": seen,
        "Any": Any,
        "Order": Order,
        "KinesisFirehoseEvent": KinesisFirehoseEvent,
        "KinesisFirehoseRecord": KinesisFirehoseRecord,
    }
    exec(f"def handler({handler_source}): seen.append(dict(locals())); return 'text'", names)
    app.firehose("*")(names["handler"])
    ask(app, sent or event())
    return seen[0] if seen else None


# -- the model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=lambda value: str(value)[:40])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused, match=r"^\$"):
        model.check(answer, sent)


def test_the_model_takes_what_the_documentation_shows() -> None:
    ok = {"recordId": "r-1", "result": "Ok", "data": "e30="}
    metadata = {"partitionKeys": {"customer": "7"}, "otfMetadata": {"operation": "update"}}
    dropped = {"recordId": "r-2", "result": "Dropped", "data": ""}
    model.check({"records": [dropped, {**ok, "metadata": metadata}]}, None)
    model.check({"records": [{"recordId": "r-1", "result": "Ok", "kafkaRecordValue": "e30="}]}, model.MSK)


# -- whose event ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"applicationArn": "arn:aws:kinesisanalytics:us-east-2:123456789012:application/a"},
        {"tasks": []},
        {"invocationId": None},
        {"invocationId": 7},
        {"records": None},
        {"records": {}},
        {"records": "x"},
        {"records": [None]},
        {"records": [RECORD, 7]},
        {"records": [RECORD, {"data": ""}]},
        {"records": [{**RECORD, "recordId": None}]},
        {"records": [{**RECORD, "recordId": 7}]},
        {"records": [], "deliveryStreamArn": None},
    ],
)
def test_what_is_not_of_firehose(changes: Any) -> None:
    assert detect({**EVENT, **changes}) != "firehose"


@pytest.mark.parametrize("missing", ["deliveryStreamArn", "region"])
def test_what_aws_leaves_out_of_its_own_samples_is_not_asked_for(missing: str) -> None:
    sent = {key: value for key, value in EVENT.items() if key != missing}
    assert detect(sent) == "firehose"


@pytest.mark.parametrize("key", ["data", "approximateArrivalTimestamp"])
@pytest.mark.parametrize("odd", [None, 1, True, "x", [], {}, "\ud800"])
def test_a_record_with_odd_parts_is_answered(key: str, odd: Any) -> None:
    sent = event({**RECORD, key: odd})
    record = answered(lambda data: data, sent)
    assert record["result"] == ("ProcessingFailed" if key == "data" else "Ok")
    assert answered(lambda: "text", sent)["result"] == "Ok"


@pytest.mark.parametrize("odd", [None, 1, [], {}, "x", "arn:", "arn:aws:lambda", "\ud800"])
def test_a_stream_that_cannot_be_read_is_its_own_name(odd: Any) -> None:
    sent = event(deliveryStreamArn=odd)
    assert given_to("stream", sent) == {"stream": odd if isinstance(odd, str) else ""}


def test_the_misspelt_arn_of_the_console_is_read() -> None:
    sent = event(deliverySteamArn=arn("clicks"))
    del sent["deliveryStreamArn"]
    assert given_to("stream", sent) == {"stream": "clicks"}


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
        ("record_id", RECORD["recordId"]),
        ("stream", "clicks"),
        ("record", RECORD),
        ("event", EVENT),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_all_parts_at_once() -> None:
    found = given_to(
        "order: Order, record_id, stream, invocation, record: KinesisFirehoseRecord, event: KinesisFirehoseEvent"
    )
    assert found.pop("record").data_as_json == DATA
    assert [r.record_id for r in found.pop("event").records] == [RECORD["recordId"]]
    assert found.pop("invocation").source == "firehose"
    assert found == {"order": Order(id=7, total=9.5), "record_id": RECORD["recordId"], "stream": "clicks"}


def test_the_event_has_the_record_alone() -> None:
    seen: list[Any] = []
    app = Router()

    @app.firehose("clicks")
    def handler(event: Any, invocation: Any) -> str:
        seen.append((event["records"], len(invocation.event["records"])))
        return "text"

    sent = event(b64("a"), b64("b"))
    ask(app, sent)
    assert seen == [([record], 2) for record in sent["records"]]


def test_a_record_of_amazon_msk() -> None:
    sent = made("firehose.msk", data=DATA)
    found = given_to("data, order: Order, stream", sent)
    assert found == {"data": DATA, "order": Order(id=7, total=9.5), "stream": "clicks"}
    identifier, raw = sent["records"][0]["recordId"], sent["records"][0]["kafkaRecordValue"]
    for result, said, value in (
        ("text", "Ok", b64("text")),
        (Transformed(), "Ok", raw),
        (Drop(), "Dropped", raw),
        (ValueError(), "ProcessingFailed", raw),
    ):

        def handler(result: Any = result) -> Any:
            if isinstance(result, Exception):
                raise result
            return result

        expected = {"recordId": identifier, "result": said, "kafkaRecordValue": value}
        assert answered(handler, sent) == expected


def test_a_record_of_amazon_msk_without_a_value() -> None:
    sent = made("firehose.msk")
    del sent["records"][0]["kafkaRecordValue"]
    assert given_to("data", sent) == {"data": None}
    assert answered(lambda data: Transformed(), sent)["result"] == "ProcessingFailed"
    assert answered(lambda: b"", sent)["kafkaRecordValue"] == ""


@pytest.mark.parametrize("raw", ["not base64!", "YQ", "é", "YQ==\n"])
def test_data_that_is_not_base64_fails_its_record(raw: str) -> None:
    for signature in ("data", "data: bytes", "data: str", "order: Order | None"):
        assert given_to(signature, event(raw)) is None
    assert answered(lambda data: data, event(raw))["data"] == ""


def test_what_is_not_on_offer_is_refused_at_import() -> None:
    for signature, hint in (
        ("dat", "did you mean 'data'"),
        ("a: Order, b: Order", "both ask for"),
        ("x", "offer"),
    ):
        with pytest.raises(HandlerSignatureError, match=hint):
            given_to(signature)


# -- which route ---------------------------------------------------------------------------------------------


def taken_by(sent: Any, **options: Any) -> bool:
    """Whether a route with these options takes the record."""
    app, seen = Router(), []
    app.firehose(options.pop("stream", "*"), **options)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(sent)
    return seen == ["route"]


@pytest.mark.parametrize(
    ("stream", "takes"),
    [
        ("clicks", True),
        ("click", False),
        ("cl*", True),
        ("*", True),
        (arn("clicks"), True),
        (arn("cl*"), True),
        (arn("click"), False),
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
            Router().firehose(stream)
    else:
        assert taken_by(event(), stream=stream) is takes


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        ({"data": {"id": [7]}}, True),
        ({"data": {"id": [8]}}, False),
        ({"data": {"total": [{"numeric": ["<", 10]}]}, "approximateArrivalTimestamp": [1545084650987]}, True),
        ({"kinesisRecordMetadata": [{"exists": False}]}, True),
        ({"data": ["text"]}, False),
    ],
)
def test_by_pattern_over_the_record_with_its_data_parsed(pattern: Any, takes: bool) -> None:
    assert taken_by(event(), pattern=pattern) is takes


def test_a_pattern_sees_text_where_there_is_no_json_and_msk_values_as_data() -> None:
    assert taken_by(event(b64("text")), pattern={"data": ["text"]})
    assert taken_by(event("%%%"), pattern={"data": ["%%%"]})
    assert not taken_by(event(b64(b"\xff")), pattern={"data": ["text"]})
    assert taken_by(made("firehose.msk", data=DATA), pattern={"data": {"id": [7]}})


def test_equal_criteria_are_refused() -> None:
    app = Router()
    app.firehose(["a", "b"]).drop()
    with pytest.raises(DuplicateRouteError, match="same criteria"):
        app.firehose(("b", "a")).drop()


# -- results -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (b"\x00\xff", b"\x00\xff"),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"ab"), b"ab"),
        (b"", b""),
        ("text é", "text é".encode()),
        ("", b""),
        ({"id": 7, "note": "é"}, '{"id":7,"note":"é"}'.encode()),
        ([1, None, True], b"[1,null,true]"),
        (7, b"7"),
        (False, b"false"),
        (Decimal("9.5"), b"9.5"),
        (date(2026, 6, 11), b'"2026-06-11"'),
        (Order(id=7, total=9.5), b'{"id":7,"total":9.5}'),
        ({"recordId": "7", "result": "positive"}, b'{"recordId":"7","result":"positive"}'),
        ({"records": [{"id": 1}]}, b'{"records":[{"id":1}]}'),
        (Transformed("text"), b"text"),
        (Transformed({"recordId": "7", "result": "Ok"}), b'{"recordId":"7","result":"Ok"}'),
        (Transformed(), TEXT.encode()),
    ],
)
def test_each_result(result: Any, expected: bytes) -> None:
    record = answered(lambda: result)
    assert content(record) == expected
    assert record.keys() == {"recordId", "result", "data"}
    assert record["recordId"] == RECORD["recordId"]


def test_metadata() -> None:
    made_of = Transformed(
        {"id": 7},
        partition_keys={"customer": "7", "day": date(2026, 6, 11)},  # type: ignore[dict-item]
        database="shop",
        table="orders",
        operation="update",
    )
    record = answered(lambda: made_of)
    assert content(record) == b'{"id":7}'
    assert record["metadata"] == {
        "partitionKeys": {"customer": "7", "day": "2026-06-11"},
        "otfMetadata": {
            "destinationDatabaseName": "shop",
            "destinationTableName": "orders",
            "operation": "update",
        },
    }
    assert answered(lambda: Transformed(partition_keys={"a": "b"}))["metadata"] == {
        "partitionKeys": {"a": "b"}
    }
    assert answered(lambda: Transformed(table="t"))["metadata"] == {
        "otfMetadata": {"destinationTableName": "t"}
    }
    assert "metadata" not in answered(lambda: Transformed(partition_keys={}))


WRONG: list[tuple[Any, str]] = [
    (None, "$"),
    (Transformed(None), "$"),
    ("\ud800", "$"),
    ({"a": {"b": b"bytes"}}, "$.a.b"),
    ([1, float("nan")], "$[1]"),
    (object(), "$"),
    (Transformed(partition_keys={"year": 2026}), "$.partition_keys.year"),  # type: ignore[dict-item]
    (Transformed(partition_keys={"year": None}), "$.partition_keys.year"),  # type: ignore[dict-item]
    (Transformed(partition_keys=["year"]), "$.partition_keys"),  # type: ignore[arg-type]
    (Transformed(partition_keys={7: "a"}), "$"),  # type: ignore[dict-item]
    (Transformed(operation="upsert"), "$.operation"),
    (Transformed(operation=["insert"]), "$.operation"),  # type: ignore[arg-type]
    (Transformed(table=7), "$.table.destinationTableName"),  # type: ignore[arg-type]
    ({"recordId": "another", "result": "Ok", "data": ""}, "$.recordId"),
    ({"recordId": RECORD["recordId"], "result": "Ok"}, "$.data"),
    ({"recordId": RECORD["recordId"], "result": "Ok", "data": "text!"}, "$.data"),
    ({"recordId": RECORD["recordId"], "result": "Ok", "data": b"e30="}, "$.data"),
    ({"recordId": RECORD["recordId"], "result": "Ok", "data": "", "metadata": [7]}, "$.metadata"),
    ({"records": []}, "$.records"),
    ({"records": [{"recordId": "1", "result": "Ok"}, {"recordId": "2", "result": "Ok"}]}, "$.records"),
]


@pytest.mark.parametrize(("result", "path"), WRONG, ids=shown)
def test_a_wrong_result_fails_its_record(result: Any, path: str) -> None:
    seen: list[Any] = []
    app = Router()
    app.exception_handler(Exception)(lambda exc, invocation: seen.append(exc))
    app.firehose("*")(lambda: result)
    (record,) = ask(app, event())
    assert record == {**{k: RECORD[k] for k in ("recordId", "data")}, "result": "ProcessingFailed"}
    (error,) = seen
    assert type(error).__name__ == "ResultError"
    assert error.path == path


def test_a_forgotten_return_says_what_to_write() -> None:
    app = Router(debug=True)
    errors: list[str] = []
    app.exception_handler(Exception)(lambda exc, invocation: errors.append(str(exc)))
    app.firehose("*")(lambda: None)
    ask(app, event())
    assert "return the data, Transformed()" in errors[0]
    assert "raise Drop()" in errors[0]


def test_data_that_is_missing_cannot_be_passed_on() -> None:
    assert answered(lambda: Transformed(), event({**RECORD, "data": None}))["result"] == "ProcessingFailed"


def migrated(answer: Any) -> Any:
    """A handler that was written for Firehose: it loops over the records and answers in Firehose's own words."""

    def handler(event: Any, context: Any) -> Any:
        return {"records": [answer(record) for record in event["records"]]}

    return handler


@pytest.mark.parametrize(
    ("parts", "result", "data"),
    [
        ({"result": "Ok", "data": b64("new")}, "Ok", b64("new")),
        ({"result": "Dropped"}, "Dropped", RECORD["data"]),
        ({"result": "Dropped", "data": b64("new")}, "Dropped", RECORD["data"]),
        ({"result": "ProcessingFailed"}, "ProcessingFailed", RECORD["data"]),
    ],
)
def test_a_handler_that_answers_in_the_words_of_firehose(parts: Any, result: str, data: str) -> None:
    expected = {"recordId": RECORD["recordId"], "result": result, "data": data}
    assert answered(migrated(lambda record: {"recordId": record["recordId"], **parts})) == expected
    assert answered(lambda record: {"recordId": record["recordId"], **parts}) == expected


def test_a_handler_that_answers_with_metadata_in_the_words_of_firehose() -> None:
    metadata = {
        "partitionKeys": {"a": "b"},
        "otfMetadata": {
            "destinationDatabaseName": "d",
            "destinationTableName": "t",
            "operation": "insert",
        },
    }
    record = answered(
        lambda record: {"recordId": record["recordId"], "result": "Ok", "data": "", "metadata": metadata}
    )
    assert record["metadata"] == metadata


def test_a_handler_on_powertools() -> None:
    def handler(event: KinesisFirehoseEvent) -> Any:
        response = KinesisFirehoseDataTransformationResponse()
        for record in event.records:
            data = base64_from_json({"id": record.data_as_json["id"]})
            response.add_record(record.build_data_transformation_response(result="Ok", data=data))
        return response.asdict()

    assert json.loads(content(answered(handler))) == {"id": 7}


json_values: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)
results_of_handlers: Any = (
    json_values
    | st.builds(
        Transformed,
        json_values,
        partition_keys=st.none()
        | st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(), max_size=2),
        operation=st.sampled_from([None, "insert", "update", "delete", "upsert", 7]),
        table=st.none() | st.text(max_size=5) | st.integers(),
    )
    | st.fixed_dictionaries(
        {
            "recordId": st.sampled_from([RECORD["recordId"], "other", 7]),
            "result": st.sampled_from(["Ok", "Dropped", "No"]),
        },
        optional={"data": json_values, "metadata": json_values},
    )
)


@settings(max_examples=1000, deadline=None)
@given(results_of_handlers, st.sampled_from([EVENT, model.MSK]))
def test_whatever_a_handler_returns_the_answer_is_one_that_firehose_takes(result: Any, sent: Any) -> None:
    app = Router()
    app.firehose("*")(lambda: result)
    ask(app, json.loads(json.dumps(sent)))


@settings(deadline=None)
@given(st.binary() | st.text(st.characters(exclude_categories=["Cs"])))
def test_bytes_and_text_arrive_as_they_are(result: Any) -> None:
    assert content(answered(lambda: result)) == (result if isinstance(result, bytes) else result.encode())


# -- Transformed ---------------------------------------------------------------------------------------------


def test_transformed_is_a_value() -> None:
    one = Transformed({"a": 1}, partition_keys={"b": "c"}, table="t")
    assert one == Transformed({"a": 1}, partition_keys={"b": "c"}, table="t")
    assert one != Transformed({"a": 1}, partition_keys={"b": "c"})
    assert one != {"a": 1}
    assert Transformed() == Transformed()
    assert Transformed() != Transformed(None)
    with pytest.raises(TypeError):
        hash(one)
    with pytest.raises(AttributeError):
        one.date = 1  # type: ignore[attr-defined]


def test_transformed_does_not_show_the_data() -> None:
    assert repr(Transformed()) == "Transformed(UNCHANGED)"
    shown = repr(Transformed({"password": SECRET}, partition_keys={"customer": SECRET}, table="orders"))
    assert SECRET not in shown
    assert shown == "Transformed(<dict>, partition_keys=['customer'], table='orders')"


# -- failures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raised", [ValueError(SECRET), Reject("bad"), SystemExit(1)])
def test_what_failed_goes_back_as_it_was_sent(
    raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(data: Any) -> Any:
        data.clear()
        raise raised

    with caplog.at_level(logging.DEBUG):
        record = answered(handler)
    assert record == {"recordId": RECORD["recordId"], "result": "ProcessingFailed", "data": RECORD["data"]}
    assert SECRET not in caplog.text
    assert TEXT not in caplog.text


def test_records_with_one_id_and_different_data_have_failed() -> None:
    app = Router()
    app.firehose("*")(lambda data: data)
    twice = [{**RECORD, "data": b64(text)} for text in ("1", "2", "1")]
    (record,) = ask(app, event(*twice))
    assert record["result"] == "ProcessingFailed"
    (record,) = ask(app, event(twice[0], twice[2]))
    assert content(record) == b"1"


# -- sizes ---------------------------------------------------------------------------------------------------


def sizes(*lengths: int, failing: int = 0) -> tuple[list[str], Any, Any]:
    """The results of records whose handlers return so many bytes, with the event and the answer."""
    app = Router()

    @app.firehose("*")
    def handler(record_id: str) -> bytes:
        length = lengths[int(record_id.removeprefix("id-"))]
        if length < 0:
            raise ValueError
        return bytes(length)

    sent = event(*(b64("original") for _ in lengths))
    answer = app(sent, None)
    model.check(answer, sent)
    assert encoded_size(answer) <= LIMIT
    return [record["result"] for record in answer["records"]], sent, answer


def test_the_largest_records_fail_where_all_are_too_large(caplog: pytest.LogCaptureFixture) -> None:
    mb = 10**6
    found, _, answer = sizes(mb, 2 * mb, mb, mb, mb)
    assert found == ["Ok", "ProcessingFailed", "Ok", "Ok", "Ok"]
    assert answer["records"][1]["data"] == ""
    assert "1 records have failed" in caplog.text
    assert sizes(mb, mb, mb, mb)[0] == ["Ok"] * 4
    assert sizes(*[mb] * 7)[0].count("Ok") == 4
    assert sizes(*[mb] * 7)[0] == ["ProcessingFailed"] * 3 + ["Ok"] * 4
    assert sizes(5 * mb, 10)[0] == ["ProcessingFailed", "Ok"]


def test_the_limit_is_exact() -> None:
    room = LIMIT - encoded_size({"records": [{"recordId": "id-0", "result": "Ok", "data": ""}]})
    fits = room // 4 * 3
    assert sizes(fits)[0] == ["Ok"]
    assert sizes(fits + 1)[0] == ["ProcessingFailed"]


def test_what_is_not_delivered_is_not_sent_back_where_room_is_short() -> None:
    app = Router()

    @app.firehose("*")
    def handler(record_id: str) -> bytes:
        if record_id == "id-0":
            raise ValueError
        return bytes(3 * 10**6)

    sent = event(b64(bytes(2 * 10**6)), b64("b"))
    failed, fine = ask(app, sent)
    assert failed == {"recordId": "id-0", "result": "ProcessingFailed", "data": ""}
    assert len(content(fine)) == 3 * 10**6


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([-1, 0, 1000, 700_000, 1_500_000, 3_000_000, 5_000_000]), max_size=9))
@example([5_000_000] * 3)
def test_a_surplus_fails_and_nothing_is_lost(lengths: list[int]) -> None:
    sizes(*lengths)


def test_metadata_counts_too() -> None:
    result = Transformed(bytes(1000), partition_keys={"k": "é" * 2_000_000})
    assert answered(lambda: result)["result"] == "ProcessingFailed"


# -- suggestions ---------------------------------------------------------------------------------------------


def suggested(sent: Any) -> str:
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    assert info.value.suggestion is not None
    assert info.value.suggestion in str(info.value)
    return info.value.suggestion


@pytest.mark.parametrize(
    "name",
    [
        "clicks",
        "*",
        "a*b",
        "\\",
        '"',
        "'",
        '"""',
        "\n",
        "{x}",
        "%s",
        "\u2028",
        "é",
        "a:b",
        "a/b",
        "",
        "arn:x",
    ],
)
def test_the_decorator_to_write_matches(name: str) -> None:
    for source in (arn(name), name, None):
        sent = event(deliveryStreamArn=source)
        decorator = suggested(sent)
        assert "\n" not in decorator
        app = Router()
        exec(f"{decorator}\ndef handler(): return 'text'", {"app": app})
        assert [record["result"] for record in ask(app, sent)] == ["Ok"]
    assert suggested(event()) == '@app.firehose("clicks")'


def test_the_event_is_explained() -> None:
    app = Router()
    app.firehose("orders", pattern={"data": {"id": [7]}}).drop()
    told = app.explain(event())
    assert told.source == "firehose"
    assert told.evidence == "invocationId"
    assert "stream is 'arn:aws:firehose:us-east-2:123456789012:deliverystream/clicks'" in str(told)


# -- log data inside -----------------------------------------------------------------------------------------

LOGS = {"messageType": "DATA_MESSAGE", "logGroup": "/shop", "logEvents": [{"id": "1", "message": "paid"}]}


def packed(document: Any) -> str:
    return b64(gzip.compress(json.dumps(document).encode()))


def test_log_data_reaches_the_routes_for_logs_and_goes_on() -> None:
    app, seen = Router(), []
    app.cloudwatch_logs("/shop")(lambda log_events: seen.extend(log_events))
    app.firehose("other").drop()
    sent = event(packed(LOGS), packed({**LOGS, "messageType": "CONTROL_MESSAGE"}), b64("text"))
    records = ask(app, sent)
    assert seen == LOGS["logEvents"]
    assert [record["result"] for record in records] == ["Ok", "Dropped", "ProcessingFailed"]
    assert [record["data"] for record in records] == [record["data"] for record in sent["records"]]


def test_a_failure_with_log_data_fails_its_record() -> None:
    app = Router()

    @app.cloudwatch_logs("*")
    def handler(log_events: Any) -> None:
        raise ValueError

    assert [record["result"] for record in ask(app, event(packed(LOGS)))] == ["ProcessingFailed"]


def test_a_route_for_the_stream_wins() -> None:
    app, seen = Router(), []
    app.cloudwatch_logs("*")(lambda: seen.append("logs"))
    app.firehose("clicks")(lambda: "text")
    assert content(ask(app, event(packed(LOGS)))[0]) == b"text"
    assert seen == []


# -- samples and real events ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "sent"), [(name, sent) for name, sent, _ in samples("firehose")])
def test_each_sample_is_transformed(name: str, sent: Any) -> None:
    app = Router()
    app.firehose("*")(lambda data: data)
    app.firehose("*", name="raw", pattern={"x": ["never"]}).drop()
    bytes_app = Router()

    @bytes_app.firehose("*")
    def unchanged(data: bytes) -> bytes:
        return data

    for sent_record, record in zip(sent["records"], ask(bytes_app, sent), strict=True):
        key = "kafkaRecordValue" if name == "firehose.msk" else "data"
        assert record == {"recordId": sent_record["recordId"], "result": "Ok", key: sent_record[key]}


@pytest.mark.parametrize("variant", ["firehose", "firehose.kinesis", "firehose.msk"])
def test_events_that_are_made(variant: str) -> None:
    one, other = made(variant, datas=["a", b"\xff", {"id": 1}]), made(variant)
    ids = [record["recordId"] for made_ in (one, other) for record in made_["records"]]
    assert len(set(ids)) == 4
    app, seen = Router(), []

    @app.firehose("clicks")
    def handler(data: bytes) -> bytes:
        seen.append(data)
        return data

    ask(app, one)
    assert seen == [b"a", b"\xff", b'{"id":1}']


def test_the_client_sends_it() -> None:
    app = Router()

    @app.firehose("clicks")
    def handler(data: dict[str, int]) -> Any:
        return Transformed({"n": data["n"] * 2})

    result = Client(app).firehose("clicks", [{"n": 1}, "text"])
    assert [len(result.succeeded), len(result.failed)] == [1, 1]
    assert content(result.response["records"][0]) == b'{"n":2}'


def test_real_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    recognise = type(Router().firehose).recognise
    reached = 0
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        named = label["source"] == "firehose"
        assert recognise(sent) is named, file
        if named:
            assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["firehose"]
            seen: list[Any] = []
            app = Router()

            @app.firehose("*")
            def handler(record: Any, seen: Any = seen) -> Any:
                seen.append(record)
                return Transformed("text")

            assert {record["result"] for record in ask(app, sent)} == {"Ok"}
            assert seen == sent["records"]
            reached += 1
    assert reached == 8
