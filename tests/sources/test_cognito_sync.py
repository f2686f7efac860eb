"""Amazon Cognito Sync triggers: the event comes back with the records that the handler left or returned."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import cognito_sync as model

from lambda_router import (
    ConcealedError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    PublicError,
    ResultError,
    Router,
    RouterError,
    detect,
)
from lambda_router.sources.cognito_sync import CognitoSync
from lambda_router.testing import Client, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("cognito_sync")}
CANARY = "canary-4111-1111"
SENT: dict[str, Any] = {
    "version": 2,
    "eventType": "SyncTrigger",
    "region": "eu-west-1",
    "identityPoolId": "eu-west-1:pool",
    "identityId": "eu-west-1:identity",
    "datasetName": "scores",
    "datasetRecords": {
        "level": {"oldValue": "3", "newValue": "4", "op": "replace"},
        "nickname": {"oldValue": "ada", "newValue": None, "op": "remove"},
    },
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["op", "newValue", "oldValue", "level", "a b"]), inner, max_size=3)
    ),
    max_leaves=6,
)
RECORDS = st.fixed_dictionaries(
    {"op": st.sampled_from(["replace", "remove", "delete", None])},
    optional={
        "newValue": st.text(max_size=3) | st.none() | st.integers(),
        "oldValue": st.text() | st.integers(),
    },
)


def answering(handler: Any, dataset: Any = "*") -> Router:
    app = Router()
    app.cognito_sync(dataset)(handler)
    return app


def ask(app: Any, sent: Any = SENT) -> dict[str, Any]:
    """The records in the answer to an event, when the answer is what Cognito Sync takes and the event is as it was."""
    before = copy.deepcopy(sent)
    result = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(result.response, sent)
    return dict(result.response["datasetRecords"])


def refused(app: Any, sent: Any = SENT) -> BaseException:
    """What is behind the generic error that leaves the app."""
    error = Client(app).send(sent).error
    assert type(error) is ConcealedError
    assert error.__cause__ is not None
    return error.__cause__


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(model.Refused, match=r"^\$"):
        model.check(answer, sent)


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("records", SENT["datasetRecords"]),
        ("records: dict", SENT["datasetRecords"]),
        ("dataset", "scores"),
        ("dataset: str", "scores"),
        ("identity_id", "eu-west-1:identity"),
        ("identity_pool", "eu-west-1:pool"),
        ("event", SENT),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    seen: list[Any] = []
    names: dict[str, Any] = {"seen": seen}
    exec(f"def handler({parameter}): seen.extend(locals().values())", names)
    answering(names["handler"])(SENT)
    assert seen == [expected]


def test_what_is_not_on_offer_is_refused_at_import() -> None:
    assert len({json.dumps(get(SENT)) for get in CognitoSync.parts.values()}) == len(CognitoSync.parts) == 4
    for parameter in ("body", "order: dict", "data"):
        names: dict[str, Any] = {}
        exec(f"def handler({parameter}): pass", names)
        with pytest.raises(HandlerSignatureError, match=r"app\.cognito_sync"):
            answering(names["handler"])


# -- answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_answers_the_event_as_it_came(name: str) -> None:
    assert ask(answering(lambda: None), SAMPLES[name]) == SAMPLES[name]["datasetRecords"]


def test_records_are_edited_added_removed_and_left_out() -> None:
    expected = {
        "level": {"oldValue": "3", "newValue": "5", "op": "replace"},
        "badge": {"newValue": "gold", "op": "replace"},
        "gone": {"op": "remove"},
    }

    def edits(records: dict[str, Any]) -> None:
        records["level"]["newValue"] = "5"
        records["badge"] = {"newValue": "gold", "op": "replace"}
        records["gone"] = {"op": "remove"}
        del records["nickname"]

    def returns_event(event: dict[str, Any], context: Any) -> Any:
        edits(event["datasetRecords"])
        return event

    async def returns_records() -> Any:
        return expected

    for handler in (edits, returns_event, returns_records, lambda records: expected):
        assert ask(answering(handler)) == expected
    assert ask(answering(lambda records: {})) == {}


def test_a_record_is_read_only_where_it_is_not_a_record() -> None:
    def handler(event: dict[str, Any]) -> Any:
        event["new"] = 1
        event["datasetRecords"]["level"]["newValue"] = "9"
        return event

    assert ask(answering(handler))["level"]["newValue"] == "9"
    for key in SENT.keys() - {"datasetRecords", "eventType", "identityId"}:
        found = refused(answering(lambda event, key=key: {**event, key: "other"}))
        assert isinstance(found, ResultError)
        assert found.path == f"$.{key}"


LEVEL = "$.datasetRecords.level"


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ("text", "$"),
        (True, "$"),
        ([], "$"),
        ({"level": "5"}, LEVEL),
        ({"level": None}, LEVEL),
        ({"level": []}, LEVEL),
        ({"level": {}}, f"{LEVEL}.op"),
        ({"level": {"newValue": "5"}}, f"{LEVEL}.op"),
        ({"level": {"newValue": "5", "op": None}}, f"{LEVEL}.op"),
        ({"level": {"newValue": "5", "op": "delete"}}, f"{LEVEL}.op"),
        ({"level": {"newValue": "5", "op": ["replace"]}}, f"{LEVEL}.op"),
        ({"level": {"newValue": 5, "op": "replace"}}, f"{LEVEL}.newValue"),
        ({"level": {"newValue": None, "op": "replace"}}, f"{LEVEL}.newValue"),
        ({"level": {"op": "replace"}}, f"{LEVEL}.newValue"),
        ({"level": {"oldValue": 3, "op": "remove"}}, f"{LEVEL}.oldValue"),
        ({"level": {"newValue": "5", "op": "replace", "value": "5"}}, f"{LEVEL}.value"),
        ({"a b": {"newValue": "5"}}, '$.datasetRecords["a b"].op'),
        ({"level": {"newValue": b"5", "op": "replace"}}, "$.level.newValue"),
        ({**SENT, "datasetRecords": []}, "$.datasetRecords"),
        ({**SENT, "datasetRecords": None}, "$.datasetRecords"),
    ],
)
def test_a_wrong_answer_is_refused_by_the_name_of_its_field(result: Any, path: str) -> None:
    found = refused(answering(lambda: result))
    assert type(found) is ResultError
    assert found.path == path


def test_a_record_that_equals_what_was_sent_is_sent_back_as_it_was() -> None:
    odd = {**SENT, "datasetRecords": {"level": {"op": "other", "n": True}, "bad": 7}}
    assert ask(answering(lambda: {"level": {"op": "other", "n": 1}}), odd) == {
        "level": {"op": "other", "n": True}
    }
    assert ask(answering(lambda records: None), odd) == odd["datasetRecords"]


@settings(max_examples=200, deadline=None)
@given(
    result=VALUES | st.dictionaries(st.sampled_from(["level", "new"]), RECORDS, max_size=2),
    edit=st.booleans(),
)
def test_any_result_is_a_right_answer_or_a_result_error(result: Any, edit: bool) -> None:
    def handler(records: Any) -> Any:
        if edit and isinstance(result, dict):
            records.update(result)
            return None
        return result

    sent = copy.deepcopy(SENT)
    try:
        answer = answering(handler)(sent)
    except ConcealedError as exc:
        assert isinstance(exc.__cause__, ResultError)
    else:
        model.check(answer, sent)
    assert sent == SENT


# -- exceptions ----------------------------------------------------------------------------------------------


def test_failures_are_concealed_and_a_drop_gives_the_event_back(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)

    def raising(failure: BaseException) -> Router:
        def handler(records: dict[str, Any]) -> None:
            records.clear()
            raise failure

        return answering(handler)

    for failure in (ValueError(CANARY), SystemExit(CANARY)):
        assert refused(raising(failure)) is failure
        assert CANARY not in str(Client(raising(failure)).send(SENT).error)
    assert CANARY not in caplog.text
    assert type(Client(raising(PublicError("Too many coins."))).send(SENT).error) is PublicError
    assert ask(raising(Drop())) == SENT["datasetRecords"]
    app = Router()
    app.cognito_sync("scores").drop()
    assert ask(app) == SENT["datasetRecords"]
    app = raising(LookupError())
    app.exception_handler(LookupError)(lambda exc, invocation: {})
    assert ask(app) == {}


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ("scores", True),
        ("*", True),
        ("sco*", True),
        (["a", "scores"], True),
        ("score", False),
        ("Scores", False),
    ],
)
def test_by_dataset(dataset: Any, expected: bool) -> None:
    app, seen = answering(lambda: seen.append(True), dataset), []
    app.default(lambda: seen.append(False))
    ask(app)
    assert seen == [expected]


def test_without_a_route_and_mistakes_at_import() -> None:
    app = answering(lambda: None, "other")
    found = refused(app)
    assert isinstance(found, NoRouteError)
    assert found.suggestion == '@app.cognito_sync("scores")'
    assert Router().explain({**SENT, "datasetName": ""}).suggestion == '@app.cognito_sync("*")'
    app = answering(lambda: None, "other")
    with pytest.raises(DuplicateRouteError):
        app.cognito_sync(["other"]).drop()
    for bad in (None, "", [], 7):
        with pytest.raises(ConfigurationError, match="dataset"):
            app.cognito_sync(bad).drop()  # type: ignore[arg-type]


def test_wrong_types_everywhere_are_no_crash() -> None:
    app = answering(lambda records, dataset, identity_id, identity_pool: {"level": {"op": "remove"}})
    for key in SENT:
        for odd in (None, True, 0, "", "x", [], [[]], {}, {"a": None}, "\ud800"):
            sent = {**SENT, key: odd}
            if detect(sent) == "cognito_sync":
                json.dumps(app.explain(sent).to_dict())
                try:
                    model.check(app(sent), sent)
                except RouterError as exc:
                    assert isinstance(exc.__cause__, ResultError)
                    assert odd == "\ud800"
    for near in (
        {**SENT, "eventType": "Sync"},
        {**SENT, "datasetRecords": []},
        {**SENT, "datasetName": 7},
        [SENT],
    ):
        assert detect(near) is None


def test_labelled_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "cognito_sync"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [room.name for room in Router.everything().rooms if room.recognise(sent)] == ["cognito_sync"]
        assert ask(answering(lambda: {"a": {"op": "remove"}}), sent) == {"a": {"op": "remove"}}


def test_events_are_made_of_texts_or_records() -> None:
    made = event("cognito_sync", dataset="s", records={"a": "1", "b": None, "c": {"op": "remove"}})
    assert made["datasetRecords"]["a"] == {"oldValue": "old 1", "newValue": "1", "op": "replace"}
    assert made["datasetRecords"]["b"]["op"] == "remove"
    assert made["datasetRecords"]["c"] == {"op": "remove"}
    result = Client(answering(lambda: None)).cognito_sync("s", {"a": "1"})
    assert result.raise_for_error().response == result.event
