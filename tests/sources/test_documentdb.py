"""Amazon DocumentDB: extended JSON, parts, criteria, order and the deadline of its change stream."""

from __future__ import annotations

import copy
import json
import logging
import math
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    Reject,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.sources.documentdb import DocumentDb
from lambda_router.testing import Client, LambdaContext
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

SECRET = "hunter2-canary"
ARN = "arn:aws:rds:eu-central-1:210987654321:cluster:warehouse"
OID = {"$oid": "69a7c3d7d418cd98afb1c101"}
TIME = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
CHANGE: dict[str, Any] = {
    "_id": {"_data": "0169a7"},
    "clusterTime": {"$timestamp": {"t": 1772600767, "i": 2}},
    "documentKey": {"_id": OID},
    "fullDocument": {"_id": OID, "sku": "tea", "pieces": {"$numberLong": "40"}},
    "updateDescription": {"updatedFields": {"pieces": {"$numberLong": "40"}}, "removedFields": ["photo"]},
    "ns": {"db": "shop", "coll": "stock"},
    "operationType": "update",
}


class Stock(BaseModel):
    sku: str
    pieces: int


def batch(*changes: Any, arn: Any = ARN) -> dict[str, Any]:
    events = [{"event": {**CHANGE, **change}} for change in (changes or ({},))]
    return {"eventSourceArn": arn, "events": events, "eventSource": "aws:docdb"}


def given_to(signature: str, sent: Any = None) -> dict[str, Any]:
    app, seen = Router(), []
    names = {"seen": seen, "Stock": Stock, "datetime": datetime}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    app.documentdb("*")(names["handler"])
    assert app(batch() if sent is None else sent) is None
    return seen[0]


def takes(sent: Any, *named: Any, **options: Any) -> bool:
    app, seen = Router(), []
    app.documentdb(*named, **options)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(sent)
    return seen == ["route"]


# -- parts ---------------------------------------------------------------------------------------------------


def test_each_part() -> None:
    sent = batch({}, {"_id": {"_data": "2"}})
    asked = "document, key, operation, update, database, collection, time, cluster, record"
    found = given_to(f"{asked}, event, context, invocation", sent)
    invocation = found.pop("invocation")
    assert found == {
        "document": {"_id": OID["$oid"], "sku": "tea", "pieces": 40},
        "key": {"_id": OID["$oid"]},
        "operation": "update",
        "update": {"updatedFields": {"pieces": 40}, "removedFields": ["photo"]},
        "database": "shop",
        "collection": "stock",
        "time": TIME,
        "cluster": "warehouse",
        "record": {"event": CHANGE},
        "event": {**sent, "events": sent["events"][:1]},
        "context": None,
    }
    assert (invocation.source, invocation.event) == ("documentdb", sent)


def test_annotations() -> None:
    assert given_to("stock: Stock") == {"stock": Stock(sku="tea", pieces=40)}
    assert given_to("document: Stock")["document"] == Stock(sku="tea", pieces=40)
    assert given_to("stock: Stock | None", batch({"fullDocument": None})) == {"stock": None}
    with pytest.raises(BatchError) as info:
        given_to("stock: Stock", batch({"fullDocument": {"sku": SECRET}}))
    assert dict(info.value.classes) == {"PayloadError": 1}
    assert SECRET not in str(info.value)


@pytest.mark.parametrize("signature", ["records", "data", "ns", "message_id"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.documentdb"):
        given_to(signature)


# -- extended JSON -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"$oid": "69a7"}, "69a7"),
        ({"$numberInt": "7"}, 7),
        ({"$numberLong": "-9007199254740993"}, -9007199254740993),
        ({"$numberDouble": "1.5"}, 1.5),
        ({"$numberDouble": "-Infinity"}, -math.inf),
        ({"$numberDecimal": "3.90"}, Decimal("3.90")),
        ({"$date": "2026-03-04T05:06:07Z"}, TIME),
        ({"$date": "2026-03-04T06:06:07+01:00"}, TIME),
        ({"$date": "2026-03-04T05:06:07"}, TIME),
        ({"$date": 1772600767000}, TIME),
        ({"$date": {"$numberLong": "1772600767000"}}, TIME),
        ({"$date": {"$numberLong": "-1"}}, datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        ({"$timestamp": {"t": 1772600767, "i": 9}}, TIME),
        ({"$binary": {"base64": "/9g=", "subType": "00"}}, b"\xff\xd8"),
        ({"$symbol": "a"}, "a"),
        ({"$uuid": "x-y"}, "x-y"),
        ({"$undefined": True}, None),
        ([{"$numberInt": "7"}, {"a": {"$oid": "b"}}], [7, {"a": "b"}]),
    ],
)
def test_extended_json_becomes_python_values(sent: Any, expected: Any) -> None:
    found = given_to("document", batch({"fullDocument": {"value": sent}}))["document"]["value"]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    "odd",
    [
        {"$oid": 7},
        {"$numberInt": "seven"},
        {"$numberLong": 7},
        {"$numberDouble": None},
        {"$numberDecimal": "x"},
        {"$date": "yesterday"},
        {"$date": True},
        {"$date": {"$numberLong": "9" * 30}},
        {"$date": {}},
        {"$timestamp": 7},
        {"$timestamp": {"t": "7", "i": 1}},
        {"$binary": "%%"},
        {"$binary": {}},
        {"$binary": None},
        {"$uuid": 7},
        {"$oid": "a", "more": 1},
        {"$unknown": 1},
        {"$minKey": 1},
    ],
)
def test_what_is_none_of_its_types_stays_as_it_is(odd: Any) -> None:
    assert given_to("document", batch({"fullDocument": {"value": odd}}))["document"]["value"] == odd


def test_a_not_a_number_is_one() -> None:
    found = given_to("document", batch({"fullDocument": {"value": {"$numberDouble": "NaN"}}}))
    assert math.isnan(found["document"]["value"])


values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$oid", "$date", "$numberLong", "$numberDecimal", "$binary", "$timestamp", "t", "a"]
            ),
            inner,
            max_size=2,
        )
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(values)
def test_any_document_is_read(document: Any) -> None:
    app, seen = Router(), []
    app.documentdb("*")(lambda document, key, update, time: seen.append(document))
    sent = batch(
        {
            "fullDocument": document,
            "documentKey": document,
            "updateDescription": document,
            "clusterTime": document,
        }
    )
    before = copy.deepcopy(sent)
    assert app(sent) is None
    assert len(seen) == 1
    assert sent == before


def test_a_document_that_is_nested_too_deeply_is_that_records_failure() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    app = Router()
    app.documentdb("*")(lambda document: None)
    with pytest.raises(BatchError, match="PayloadError 1"):
        app(batch({"fullDocument": deep}))


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "options", "expected"),
    [
        (("shop",), {}, True),
        (("sho",), {}, False),
        (("sh*", "st*"), {}, True),
        (("shop", "orders"), {}, False),
        (("shop", ["orders", "stock"]), {}, True),
        (("*",), {"operation": "update"}, True),
        (("*",), {"operation": ["insert", "delete"]}, False),
        (("*",), {"cluster": "warehouse"}, True),
        (("*",), {"cluster": ARN}, True),
        (("*",), {"cluster": "ware"}, False),
        (("*",), {"pattern": {"fullDocument": {"sku": ["tea"]}}}, True),
        (("*",), {"pattern": {"fullDocument": {"sku": ["coffee"]}}}, False),
        (("*",), {"pattern": {"updateDescription": {"removedFields": ["photo"]}}}, True),
    ],
)
def test_criteria(named: Any, options: Any, expected: bool) -> None:
    assert takes(batch(), *named, **options) is expected


def test_a_database_that_is_dropped_has_no_collection() -> None:
    sent = batch({"ns": {"db": "shop"}, "operationType": "dropDatabase"})
    assert not takes(sent, "shop", "stock")
    assert takes(sent, "shop")
    assert takes(sent, "shop", "*")


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.documentdb("a", "b").drop()
    with pytest.raises(DuplicateRouteError):
        app.documentdb(["a"], {"b"}).drop()
    for bad in (None, [], "", 7, "a**b"):
        with pytest.raises(ConfigurationError, match="database"):
            app.documentdb(bad).drop()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="no partial"):
        app.add_route("documentdb", lambda: None, partial=True)
    with pytest.raises(TypeError):
        app.documentdb("a", partial=True)  # type: ignore[call-arg]


@pytest.mark.parametrize("named", ["shop", "*", "a*b", "\\", '"', "\n", "{x}", ""])
def test_the_decorator_to_write_matches(named: str) -> None:
    sent = batch({"ns": {"db": named, "coll": named}})
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    app, seen = Router(), []
    exec(f"{info.value.suggestion}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]


# -- what becomes of a batch ---------------------------------------------------------------------------------


def stream(app: Router, seen: list[Any], *, bad: Any) -> Any:
    @app.documentdb("shop")
    def handler(document: dict[str, Any]) -> Any:
        seen.append(document["n"])
        if document["n"] == 2:
            raise bad
        return {"batchItemFailures": []}

    return batch(*({"_id": {"_data": f"token-{n}"}, "fullDocument": {"n": n}} for n in (1, 2, 3)))


@pytest.mark.parametrize("bad", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
@pytest.mark.parametrize("partial", [True, False])
def test_a_failure_stops_the_stream_and_the_batch_raises(
    bad: BaseException, partial: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app, seen = Router(partial=partial, all_failed="report"), []
    sent = stream(app, seen, bad=bad)
    with caplog.at_level(logging.DEBUG), pytest.raises(BatchError) as info:
        app(sent)
    assert seen == [1, 2]
    assert (info.value.failed, info.value.not_started, info.value.total) == (1, 1, 3)
    assert "token-2" in caplog.text
    assert SECRET not in caplog.text + str(info.value)


def test_a_drop_settles_its_change_and_the_stream_goes_on() -> None:
    app, seen = Router(), []
    assert app(stream(app, seen, bad=Drop())) is None
    assert seen == [1, 2, 3]


def test_a_change_that_nothing_takes_stops_the_stream() -> None:
    app, seen = Router(), []
    app.documentdb("shop", operation="insert")(lambda key: seen.append(key))
    with pytest.raises(NoRouteError):
        app(batch({"operationType": "insert"}, {"operationType": "drop"}, {"operationType": "insert"}))
    assert len(seen) == 1


def test_what_may_not_finish_is_not_started() -> None:
    app, context = Router(), LambdaContext(timeout=3)
    app.documentdb("*")(lambda: context.advance(0.8))
    out = Client(app, context=context).documentdb("shop", "stock", [{"n": n} for n in range(5)])
    assert isinstance(out.error, BatchError)
    assert (out.error.failed, out.error.not_started, len(out.failed)) == (0, 2, 5)


def test_an_empty_batch_needs_no_route() -> None:
    assert Router()({"eventSource": "aws:docdb", "eventSourceArn": ARN, "events": []}) is None


# -- whose event ---------------------------------------------------------------------------------------------


def test_what_is_no_batch_of_documentdb_is_not_claimed() -> None:
    for odd in (None, 7, "aws:docdb ", [], {}):
        assert detect({**batch(), "eventSource": odd}) is None
        assert detect({**batch(), "events": [{"event": CHANGE}, odd]}) is None
        if odd != []:
            assert detect({**batch(), "events": odd}) is None
        if odd != {}:
            assert detect({**batch(), "events": [{"event": odd}]}) is None
    assert detect([batch()]) is None


def test_wrong_types_at_every_depth_are_handled_or_refused() -> None:
    app = Router()
    app.documentdb("shop", "stock", operation="x", cluster="y", pattern={"ns": {"db": ["z"]}}).drop()
    app.documentdb("*")(lambda document, key, update, time, cluster, operation, record: None)
    for path in places(batch()):
        for odd in misshapen(batch(), path):
            before = copy.deepcopy(odd)
            json.dumps(app.explain(odd).to_dict())
            try:
                assert app(odd) is None
            except RouterError:
                assert not DocumentDb.recognise(odd)
            assert odd == before


def test_a_batch_inside_a_message_is_not_taken_out_of_it() -> None:
    app, seen = Router(), []
    app.documentdb("*")(lambda: seen.append(1))
    assert Client(app).sqs("changes", body=batch()).failed
    assert seen == []


# -- samples -------------------------------------------------------------------------------------------------

SAMPLES = {name.partition(".")[2]: sent for name, sent, _ in samples("documentdb")}


def test_each_sample_is_handled() -> None:
    found = {}
    for name, sent in SAMPLES.items():
        app, seen = Router(), []
        app.documentdb("*")(
            lambda operation, cluster, database, seen=seen: seen.append((operation, cluster, database))
        )
        assert app(sent) is None
        found[name] = seen
    assert found == {
        "delete": [("delete", "warehouse-f1a2", "warehouse")],
        "drop": [("drop", "warehouse-b9c0", "old_shop")],
        "insert": [("insert", "warehouse-a1b2", "warehouse")],
        "update": [("update", "warehouse-c3d4", "warehouse")],
        "batch": [
            (operation, "warehouse-e5f6", "warehouse") for operation in ("insert", "replace", "delete")
        ],
        "drop_database": [
            (operation, "warehouse-a7b8", "old_shop") for operation in ("drop", "dropDatabase")
        ],
    }


def test_events_that_are_made_and_sent() -> None:
    changed = given_to("document, update, operation", made("documentdb.update", update={"total": 7}))
    assert (changed["operation"], changed["update"]["updatedFields"]) == ("update", {"total": 7})
    gone = given_to("document, key, operation", made("documentdb.delete", key="a" * 24))
    assert gone == {"document": None, "key": {"_id": "a" * 24}, "operation": "delete"}
    assert given_to("key, operation", made("documentdb.drop")) == {"key": None, "operation": "drop"}
    with pytest.raises(ValueError, match="documents"):
        made("documentdb", documents=[{}], key="a")
    app, seen = Router(), []
    app.documentdb("shop", "stock", name="mine")(lambda document: seen.append(document["n"]))
    out = Client(app).documentdb("shop", "stock", [{"n": 1}, {"n": 2}], cluster=ARN)
    assert (out.source, out.route, out.response, seen) == ("documentdb", "mine", None, [1, 2])
    assert len(out.succeeded) == 2


def test_no_collected_event_is_claimed(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    claimed = [f for f in labels if DocumentDb.recognise(json.loads((shared_events / f).read_text()))]
    assert claimed == [f for f, label in labels.items() if label["source"] == "documentdb"]
