"""Amazon Connect: what a block of a flow sends, and flat maps of texts, or JSON, that it takes."""

from __future__ import annotations

import copy
import json
import logging
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import ConnectContactFlowEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from models import connect as model
from pydantic import BaseModel

from lambda_router import (
    ConcealedError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PayloadError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.sources.connect import Connect
from lambda_router.testing import Client, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("connect")}
VOICE = SAMPLES["connect.voice"]
CONTACT = VOICE["Details"]["ContactData"]
CANARY = "canary-4111-1111"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


class Lookup(BaseModel):
    task: str
    order_id: int


def answering(handler: Any, **options: Any) -> Router:
    app = Router()
    app.connect(**options)(handler)
    return app


def ask(app: Any, sent: Any = VOICE, *, form: str = "STRING_MAP") -> Any:
    """The answer to an event, when it is what the block takes."""
    before = copy.deepcopy(sent)
    result = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(result.response, sent, form=form)
    return result.response


def refused(app: Any, sent: Any = VOICE) -> BaseException:
    """What is behind the generic error that leaves the app."""
    error = Client(app).send(sent).error
    assert type(error) is ConcealedError
    assert error.__cause__ is not None
    return error.__cause__


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(model.Refused, match=r"^\$"):
        model.check(answer, sent)


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("parameters", {"task": "order", "order_id": "417"}),
        ("parameters: dict", {"task": "order", "order_id": "417"}),
        ("parameters: Lookup", Lookup(task="order", order_id=417)),
        ("lookup: Lookup", Lookup(task="order", order_id=417)),
        ("lookup: dict", {"task": "order", "order_id": "417"}),
        ("contact", CONTACT),
        ("attributes", {"language": "de-DE"}),
        ("channel", "VOICE"),
        ("contact_id", CONTACT["ContactId"]),
        ("queue", "Orders"),
        ("queue: str | None", "Orders"),
        ("event", VOICE),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    seen: list[Any] = []
    names: dict[str, Any] = {"seen": seen, "Lookup": Lookup}
    exec(f"def handler({parameter}): seen.extend(locals().values())", names)
    answering(names["handler"])(VOICE)
    assert seen == [expected]
    assert type(seen[0]) is type(expected)


def test_every_part_has_a_value_of_its_own() -> None:
    assert len({json.dumps(get(VOICE)) for get in Connect.parts.values()}) == len(Connect.parts) == 6


def test_the_older_queue_is_a_text_and_there_may_be_none() -> None:
    seen: list[Any] = []
    app = answering(lambda queue: seen.append(queue))
    for name in ("queue_as_text", "minimal", "chat"):
        ask(app, SAMPLES[f"connect.{name}"])
    assert seen == ["OrderQueue", None, None]


def test_powertools_class_and_parameters_that_do_not_validate() -> None:
    def typed(event: ConnectContactFlowEvent) -> Any:
        return {"language": event.contact_data.attributes["language"]}

    assert ask(answering(typed)) == {"language": "de-DE"}

    def strict(lookup: Lookup) -> None:
        raise AssertionError

    found = refused(answering(strict), event("connect", parameters={"task": CANARY, "order_id": CANARY}))
    assert type(found) is PayloadError
    assert found.part == "parameters"
    assert CANARY not in str(found)
    for parameter in ("body", "a: Lookup, b: Lookup", "phone"):
        names: dict[str, Any] = {"Lookup": Lookup}
        exec(f"def handler({parameter}): pass", names)
        with pytest.raises(HandlerSignatureError, match=r"app\.connect"):
            answering(names["handler"])


# -- answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"tier": "gold", "note": ""}, {"tier": "gold", "note": ""}),
        ({"vip": True, "blocked": False}, {"vip": "true", "blocked": "false"}),
        ({"orders": 7, "total": 9.5, "debt": -1}, {"orders": "7", "total": "9.5", "debt": "-1"}),
        ({"price": Decimal("9.50"), "n": Decimal(3)}, {"price": "9.5", "n": "3"}),
        ({"große": "Grüße \U0001f600"}, {"große": "Grüße \U0001f600"}),
        (Lookup(task="a", order_id=7), {"task": "a", "order_id": "7"}),
    ],
)
def test_each_form_of_result_is_a_flat_map_of_texts(result: Any, expected: Any) -> None:
    assert ask(answering(lambda: result)) == expected

    async def later() -> Any:
        return result

    assert ask(answering(later)) == expected
    assert ask(answering(lambda: result, json=False)) == expected


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, {}),
        ({"customer": {"tier": "gold", "orders": [1, None, True]}}, ...),
        ([{"a": 1}], ...),
        ("gold", ...),
        (7, ...),
        (False, ...),
        ({"vip": True, "tier": None}, ...),
    ],
)
def test_a_block_that_takes_json_gets_json(result: Any, expected: Any) -> None:
    found = ask(answering(lambda: result, json=True), form="JSON")
    assert found == (result if expected is ... else expected)
    assert type(found) is type(result if expected is ... else expected)


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ("gold", "$"),
        (7, "$"),
        (True, "$"),
        ([{"tier": "gold"}], "$"),
        ({"tier": None}, "$.tier"),
        ({"customer": {"tier": "gold"}}, "$.customer"),
        ({"orders": ["1"]}, "$.orders"),
        ({"orders": []}, "$.orders"),
        ({"a b": {}}, '$["a b"]'),
        ({"statusCode": 200, "body": {}}, "$.body"),
        ({"n": float("nan")}, "$.n"),
        ({"data": b"x"}, "$.data"),
        ({1: "a"}, "$"),
        ({"x": "\ud800"}, "$.x"),
        ({"note": "x" * 32_768}, "$"),
    ],
)
def test_a_wrong_answer_is_refused_by_the_name_of_its_field(result: Any, path: str) -> None:
    found = refused(answering(lambda: result))
    assert type(found) is ResultError
    assert found.path == path


@pytest.mark.parametrize("json_too", [False, True])
def test_the_limit_is_32_kb_to_the_byte(json_too: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.13")
    form = "JSON" if json_too else "STRING_MAP"
    around = len(json.dumps({"note": ""}))
    for fill, width in (("x", 1), ("€", 3)):
        fits, left = divmod(model.LIMIT - around, width)
        text = fill * fits + "x" * left
        assert ask(answering(lambda text=text: {"note": text}, json=json_too), form=form) == {"note": text}
        over = refused(answering(lambda text=text: {"note": text + "x"}, json=json_too))
        assert isinstance(over, ResultError)
        assert "32,768" in str(over)


def test_numbers_made_texts_count_too() -> None:
    numbers = {f"k{i}": 1234567 for i in range(1_800)}  # 32 KB only with the quotation marks
    assert len(json.dumps(numbers)) < model.LIMIT < len(json.dumps({k: str(v) for k, v in numbers.items()}))
    assert isinstance(refused(answering(lambda: numbers)), ResultError)
    assert ask(answering(lambda: numbers, json=True), form="JSON") == numbers


@settings(max_examples=200, deadline=None)
@given(
    result=VALUES | st.dictionaries(st.text(max_size=4), VALUES, max_size=3),
    form=st.sampled_from(["STRING_MAP", "JSON"]),
)
def test_any_result_is_a_right_answer_or_a_result_error(result: Any, form: str) -> None:
    try:
        answer = answering(lambda: result, json=form == "JSON")(VOICE)
    except ConcealedError as exc:
        assert isinstance(exc.__cause__, ResultError)
    else:
        model.check(answer, VOICE, form=form)


# -- exceptions ----------------------------------------------------------------------------------------------


def raising(failure: BaseException, **options: Any) -> Router:
    def handler() -> None:
        raise failure

    return answering(handler, **options)


@pytest.mark.parametrize(
    "failure",
    [
        ValueError(CANARY),
        Retry(CANARY),
        Reject(CANARY),
        HTTPError(404, CANARY),
        SystemExit(CANARY),
        RouterError(CANARY),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_failure_takes_the_error_branch_and_keeps_its_text(failure: BaseException, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    error = Client(raising(failure)).send(VOICE).error
    assert type(error) is ConcealedError
    assert error.__cause__ is failure
    assert CONTACT["ContactId"] in str(error)
    assert CANARY not in f"{error} {error!r} {caplog.text}"
    assert type(failure).__name__ in caplog.text


def test_public_errors_drops_and_exception_handlers() -> None:
    error = Client(raising(PublicError("We are closed."))).send(VOICE).error
    assert (type(error), str(error)) == (PublicError, "We are closed.")
    assert ask(raising(Drop())) == {}
    app = Router()
    app.connect().drop()
    assert ask(app) == {}
    app = raising(LookupError())
    app.exception_handler(LookupError)(lambda exc, invocation: {"found": False})
    assert ask(app) == {"found": "false"}
    app = raising(LookupError())
    app.exception_handler(LookupError)(lambda exc, invocation: {"found": []})
    assert isinstance(refused(app), ResultError)
    with pytest.raises(KeyboardInterrupt):
        raising(KeyboardInterrupt())(VOICE)


def test_the_default_answers_a_flat_map() -> None:
    app = Router()
    app.default(lambda event: {"n": 1})
    assert ask(app) == {"n": "1"}
    assert ask(Router(warmup=lambda event: True)) == {}


# -- which route ---------------------------------------------------------------------------------------------

QUEUE = CONTACT["Queue"]["ARN"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"parameters": {"task": ["order"]}}, True),
        ({"parameters": {"task": ["lookup", {"prefix": "ord"}]}}, True),
        ({"parameters": {"task": ["lookup"]}}, False),
        ({"parameters": {"other": [{"exists": False}]}}, True),
        ({"channel": "VOICE"}, True),
        ({"channel": ["CHAT", "VOICE"]}, True),
        ({"channel": "voice"}, False),
        ({"queue": "Orders"}, True),
        ({"queue": "Ord*"}, True),
        ({"queue": "Order"}, False),
        ({"queue": QUEUE}, True),
        ({"queue": QUEUE[:-4] + "*"}, True),
        ({"queue": "*"}, True),
        ({"queue": "Orders", "channel": "CHAT"}, False),
    ],
)
def test_criteria(options: dict[str, Any], expected: bool) -> None:
    app, seen = answering(lambda: seen.append(True), **options), []
    app.default(lambda: seen.append(False))
    ask(app)
    assert seen == [expected]


def test_no_queue_is_no_queue_of_any_name() -> None:
    app = answering(lambda: {"found": "yes"}, queue="*")
    app.default(lambda: {"found": "no"})
    assert ask(app, SAMPLES["connect.chat"]) == {"found": "no"}
    assert ask(app, SAMPLES["connect.queue_as_text"]) == {"found": "yes"}


def test_nested_parameters_are_matched_and_bound() -> None:
    app = answering(
        lambda parameters: {"id": parameters["order"]["id"]}, parameters={"order": {"lines": ["tea"]}}
    )
    assert ask(app, SAMPLES["connect.nested_parameters"]) == {"id": "417"}


def test_without_a_route_the_error_says_what_to_write_and_holds_no_parameter() -> None:
    sent = event("connect", parameters={"n": 7, "pin": CANARY})
    app = answering(lambda: None, parameters={"pin": ["0"]})
    found = refused(app, sent)
    assert isinstance(found, NoRouteError)
    assert found.suggestion == '@app.connect(parameters={"pin": [{"exists": True}]})'
    assert CANARY not in f"{found} {found!r}"
    pasted = Router()
    pasted.connect(parameters={"pin": [{"exists": True}]})(lambda: None)
    assert ask(pasted, sent) == {}
    assert Router().explain(SAMPLES["connect.minimal"]).suggestion == "@app.connect()"


def test_mistakes_are_refused_at_import() -> None:
    app = answering(lambda: None, channel=["VOICE", "CHAT"])
    with pytest.raises(DuplicateRouteError):
        app.connect(channel=["CHAT", "VOICE"]).drop()
    for options in ({"parameters": {"a": "b"}}, {"channel": 7}, {"queue": []}):
        with pytest.raises(ConfigurationError):
            app.connect(**options).drop()  # type: ignore[arg-type]


# -- hostile and labelled events -----------------------------------------------------------------------------

ODD: list[Any] = [None, True, 0, 1.5, "", "text", [], [[]], {}, {"a": {}}, "\ud800"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    for key, inner in value.items() if isinstance(value, dict) else ():
        found += places(inner, (*path, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    return by if not path else {**value, path[0]: replaced(value[path[0]], path[1:], by)}


def test_wrong_types_at_every_depth_are_no_crash() -> None:
    app = Router()

    @app.connect(parameters={"a": {"b": [1]}}, channel="VOICE", queue="*")
    @app.connect()
    def handler(
        parameters: Any, contact: Any, attributes: Any, channel: Any, contact_id: Any, queue: Any
    ) -> None: ...

    for path in places(VOICE):
        for odd in ODD:
            sent = replaced(VOICE, path, odd)
            if detect(sent) == "connect":
                assert app(sent) == {}
                json.dumps(app.explain(sent).to_dict())


@pytest.mark.parametrize(
    "near",
    [
        {"Details": {}},
        {"Details": {"ContactData": {}}},
        {"Details": {"ContactData": {"ContactId": 7}}},
        {"Details": [{"ContactData": {"ContactId": "c"}}]},
        {"ContactData": {"ContactId": "c"}},
        [VOICE],
    ],
)
def test_what_is_near_is_not_connects(near: Any) -> None:
    assert detect(near) is None


def test_labelled_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "connect"]
    assert len(files) >= 3
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [room.name for room in Router.everything().rooms if room.recognise(sent)] == ["connect"], file
        assert ask(answering(lambda channel: {"channel": channel}), sent) == {"channel": "VOICE"}


def test_the_client_sends_parameters() -> None:
    app = answering(lambda parameters, channel: {**parameters, "channel": channel})
    result = Client(app).connect({"task": "faq"}, channel="CHAT", queue=None)
    assert result.response == {"task": "faq", "channel": "CHAT"}
    assert result.event["Details"]["ContactData"]["CustomerEndpoint"] is None
