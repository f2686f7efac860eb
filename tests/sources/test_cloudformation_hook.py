"""Lambda hooks of AWS CloudFormation Hooks: parts, criteria, every status, failures, progress, hostile events."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from e2e.functions.router import EXCEPTIONS
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import Refused
from models import cloudformation_hook as model

from lambda_router import (
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.testing import Client, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("cloudformation_hook")}
AGAIN = SAMPLES["cloudformation_hook.resource_again"]


def routed(result: Any) -> Router:
    """An app whose hook returns this, or raises it if it is an exception."""
    app = Router()

    @app.cloudformation_hook()
    def hook() -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    return app


def ask(app: Any, sent: Any = AGAIN) -> Any:
    """The answer, after the model has accepted it; the event is as it was."""
    app = app if isinstance(app, Router) else routed(app)
    before = copy.deepcopy(sent)
    done = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(done.response, sent)
    return done.response


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize("answer", model.RIGHT)
def test_the_model_accepts(answer: Any) -> None:
    model.check(answer, model.WRONG[0][1])


# -- parts and routes ----------------------------------------------------------------------------------------


def given_to(source: str, sent: Any = AGAIN) -> Any:
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "Any": Any}
    exec(f"def hook({source}): seen.append(dict(locals()))", names)
    app.cloudformation_hook("*")(names["hook"])
    Client(app).send(sent).raise_for_error()
    return seen[0]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("target", "AWS::SQS::Queue"),
        ("action", "UPDATE_PRE_PROVISION"),
        ("properties", {"KmsMasterKeyId": "alias/shop"}),
        ("properties: dict", {"KmsMasterKeyId": "alias/shop"}),
        ("previous_properties", {"DelaySeconds": 5}),
        ("target_type", "AWS::SQS::Queue"),
        ("logical_id", "Orders"),
        ("payload_url", None),
        ("hook", "Shop::Queues::Hook"),
        ("stack_id", AGAIN["stackId"]),
        ("account", "123456789012"),
        ("attempt: int", 2),
        ("callback_context", {"ticket": "OPS-7"}),
        ("event", AGAIN),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_stacks_and_change_sets_are_read_from_an_address() -> None:
    for name in ("stack", "change_set"):
        sent = event(f"cloudformation_hook.{name}", payload_url="https://hooks.example.com/7")
        found = given_to("target, payload_url, properties", sent)
        assert found == {
            "target": name.upper(),
            "payload_url": "https://hooks.example.com/7",
            "properties": None,
        }
    assert given_to("invocation")["invocation"].correlation_id == AGAIN["clientRequestToken"]


@pytest.mark.parametrize("signature", ["resource", "model", "found: dict"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.cloudformation_hook"):
        given_to(signature)


@pytest.mark.parametrize(
    ("arguments", "options", "taken"),
    [
        ((), {}, True),
        (("AWS::SQS::Queue",), {}, True),
        (("AWS::SQS::*",), {}, True),
        ((["STACK", "AWS::SQS::*"],), {}, True),
        (("AWS::S3::*",), {}, False),
        ((), {"action": "UPDATE_*"}, True),
        ((), {"action": ["CREATE_PRE_PROVISION"]}, False),
        ((), {"hook": "Shop::*"}, True),
        ((), {"hook": "Other::Queues::Hook"}, False),
        (("AWS::SQS::*",), {"action": "UPDATE_PRE_PROVISION", "hook": "Shop::Queues::Hook"}, True),
    ],
)
def test_criteria(arguments: Any, options: Any, taken: bool) -> None:
    app = Router()
    app.cloudformation_hook(*arguments, **options)(lambda: None)
    app.default(lambda: False)
    assert (ask(app)["hookStatus"] == "SUCCESS") is taken


def test_registration() -> None:
    with pytest.raises(DuplicateRouteError):
        routed(None).cloudformation_hook("*").drop()
    result = Client(Router()).send(AGAIN)
    assert isinstance(result.error, NoRouteError)
    assert result.error.suggestion == '@app.cloudformation_hook("AWS::SQS::Queue")'


# -- results -------------------------------------------------------------------------------------------------

TOKEN = {"clientRequestToken": AGAIN["clientRequestToken"]}


def test_what_a_hook_finds() -> None:
    passed = {**TOKEN, "hookStatus": "SUCCESS", "message": "The target complies."}
    assert ask(None) == passed
    assert ask(True) == passed
    assert ask(False) == {
        **TOKEN,
        "hookStatus": "FAILED",
        "errorCode": "NonCompliant",
        "message": "The target does not comply.",
    }


@pytest.mark.parametrize("answer", model.RIGHT)
def test_a_document_is_taken_as_it_is_with_the_token(answer: Any) -> None:
    without = {key: value for key, value in answer.items() if key != "clientRequestToken"}
    assert ask(without) == {**answer, **TOKEN}
    assert ask({**without, **TOKEN}) == {**answer, **TOKEN}


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ("SUCCESS", "$"),
        (0, "$"),
        ([], "$"),
        ({}, "$.hookStatus"),
        ({"hookStatus": "SUCCEEDED"}, "$.hookStatus"),
        ({"hookStatus": "SUCCESS", "errorCode": "NonCompliant"}, "$.errorCode"),
        ({"hookStatus": "FAILED", "message": "no"}, "$.errorCode"),
        ({"hookStatus": "FAILED", "errorCode": "NonCompliant"}, "$.message"),
        ({"hookStatus": "FAILED", "errorCode": "NonCompliant", "message": ""}, "$.message"),
        ({"hookStatus": "SUCCESS", "clientRequestToken": "another"}, "$.clientRequestToken"),
        ({"hookStatus": "SUCCESS", "callbackDelaySeconds": 5}, "$.callbackDelaySeconds"),
        ({"hookStatus": "SUCCESS", "callbackContext": {}}, "$.callbackContext"),
        ({"hookStatus": "IN_PROGRESS", "callbackDelaySeconds": -1}, "$.callbackDelaySeconds"),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": 5}, "$.callBackDelay"),
        ({"hookStatus": "SUCCESS", "annotations": [{"status": "OK"}]}, "$.annotations[0].status"),
        ({"hookStatus": "SUCCESS", "message": b"x"}, "$.message"),
    ],
)
def test_a_wrong_result_is_an_internal_failure_and_the_log_names_the_field(
    result: Any, path: str, caplog: Any
) -> None:
    answer = ask(result)
    assert (answer["hookStatus"], answer["errorCode"]) == ("FAILED", "InternalFailure")
    assert "ResultError" in caplog.text
    assert path in caplog.text or path == "$"


@settings(max_examples=200)
@given(
    st.none()
    | st.booleans()
    | st.text()
    | st.fixed_dictionaries(
        {},
        optional={
            "hookStatus": st.sampled_from(["SUCCESS", "FAILED", "IN_PROGRESS", "x", None]),
            "errorCode": st.sampled_from(["NonCompliant", "InternalFailure", "x", None]),
            "message": st.none() | st.text() | st.integers(),
            "callbackDelaySeconds": st.none() | st.integers() | st.floats(),
            "callbackContext": st.none() | st.dictionaries(st.text(), st.integers()) | st.binary(),
            "annotations": st.none() | st.lists(st.dictionaries(st.sampled_from(["status"]), st.text())),
        },
    )
)
def test_any_result_is_an_answer(result: Any) -> None:
    ask(result)


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_every_exception_is_an_internal_failure_without_its_text(name: str) -> None:
    app = Router()
    app.cloudformation_hook()(EXCEPTIONS[name])
    answer = ask(app)
    assert (answer["hookStatus"], answer["errorCode"]) == ("FAILED", "InternalFailure")
    assert answer["message"] == (
        f"The request could not be handled (reference {AGAIN['clientRequestToken']})."
    )


@pytest.mark.parametrize(
    ("exc", "code", "message"),
    [
        (PublicError("The queue needs a key."), "NonCompliant", "The queue needs a key."),
        (PublicError(""), "NonCompliant", "The hook failed."),
        (Reject("CANARY"), "NonCompliant", None),
        (ValueError("CANARY"), "InternalFailure", None),
        (HTTPError(403, "CANARY"), "InternalFailure", None),
    ],
    ids=repr,
)
def test_who_is_told_what(exc: Exception, code: str, message: str | None, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    answer = ask(exc)
    assert answer["errorCode"] == code
    assert answer["message"] == message or (message is None and "reference" in answer["message"])
    assert "CANARY" not in json.dumps(answer) + caplog.text
    assert type(exc).__name__ in caplog.text


@pytest.mark.parametrize(
    ("after", "seconds"), [(None, None), (0, 0), (12.5, 13), (60, 60), (1e300, 2**31 - 1)]
)
def test_a_retry_is_progress_with_the_context_that_there_was(after: Any, seconds: Any) -> None:
    answer = ask(Retry(after=after))
    assert (answer["hookStatus"], answer.get("callbackDelaySeconds")) == ("IN_PROGRESS", seconds)
    assert answer["callbackContext"] == {"ticket": "OPS-7"}
    first = ask(Retry(after=after), event("cloudformation_hook"))
    assert "callbackContext" not in first


def test_a_drop_lets_the_target_pass() -> None:
    assert ask(Drop())["hookStatus"] == "SUCCESS"
    app = Router()
    app.cloudformation_hook("AWS::SQS::*").drop()
    assert ask(app)["hookStatus"] == "SUCCESS"


def test_what_an_exception_handler_returns_is_the_result() -> None:
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: False)
    assert ask(app)["errorCode"] == "NonCompliant"
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: None)
    assert ask(app)["errorCode"] == "InternalFailure"


def test_the_proof_would_see_a_broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambda_router.sources.cloudformation_hook._check", lambda answer, token: None)
    with pytest.raises(Refused, match="errorCode"):
        ask({"hookStatus": "SUCCESS", "errorCode": "NonCompliant"})


# -- events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_answered(name: str) -> None:
    assert detect(SAMPLES[name]) == "cloudformation_hook"
    assert ask(None, SAMPLES[name])["hookStatus"] == "SUCCESS"


def test_hostile_events_raise_nothing_but_what_is_documented() -> None:
    app = Router()
    parts = ", ".join(app.cloudformation_hook.parts)
    space: dict[str, Any] = {}
    exec(f"from lambda_router import Retry\ndef hook({parts}): raise Retry", space)
    app.cloudformation_hook()(space["hook"])
    for path in places(AGAIN):
        for odd in misshapen(AGAIN, path):
            try:
                answer = app(odd)
            except RouterError as exc:
                assert not isinstance(exc, ResultError) or "ud800" in json.dumps(odd)
            else:
                model.check(answer, odd)


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "cloudformation_hook"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["cloudformation_hook"]
        assert ask(None, sent)["hookStatus"] == "SUCCESS"
