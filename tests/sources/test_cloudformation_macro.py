"""Template macros of AWS CloudFormation: parts, criteria, fragments, failures, hostile events."""

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
from models import cloudformation_macro as model
from pydantic import BaseModel

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
from lambda_router.sources.cloudformation_macro import CloudFormationMacro
from lambda_router.testing import Client, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("cloudformation_macro")}
TEMPLATE = SAMPLES["cloudformation_macro.template"]


class Template(BaseModel):
    Resources: dict[str, Any]


def routed(result: Any) -> Router:
    """An app whose macro returns this, or raises it if it is an exception."""
    app = Router()

    @app.cloudformation_macro("*")
    def macro(fragment: Any) -> Any:
        if isinstance(result, BaseException):
            raise result
        return result(fragment) if callable(result) else result

    return app


def ask(app: Router, sent: Any = TEMPLATE) -> Any:
    """The answer, after the model has accepted it; the event is as it was."""
    before = copy.deepcopy(sent)
    done = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(done.response, sent)
    return done.response


def failure(result: Any, sent: Any = TEMPLATE) -> str:
    """The message of a failure."""
    answer = ask(routed(result), sent)
    assert answer.keys() == {"requestId", "status", "errorMessage"}
    assert answer["status"] == "failure"
    return str(answer["errorMessage"])


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize("answer", model.RIGHT)
def test_the_model_accepts(answer: Any) -> None:
    model.check(answer, model.WRONG[0][1])


# -- parts and routes ----------------------------------------------------------------------------------------


def given_to(source: str) -> Any:
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "Any": Any, "Template": Template}
    exec(f"def macro({source}):\n seen.append(dict(locals()))\n return {{}}", names)
    app.cloudformation_macro("Upper")(names["macro"])
    Client(app).send(TEMPLATE).raise_for_error()
    return seen[0]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("fragment", TEMPLATE["fragment"]),
        ("fragment: Template", Template(Resources=TEMPLATE["fragment"]["Resources"])),
        ("params", {}),
        ("template_parameters", {"Stage": "staging"}),
        ("macro", "Upper"),
        ("account", "111122223333"),
        ("region", "eu-central-1"),
        ("event", TEMPLATE),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_the_request_is_the_correlation_id() -> None:
    assert given_to("invocation")["invocation"].correlation_id == TEMPLATE["requestId"]


def test_a_fragment_may_be_edited_and_the_event_stays() -> None:
    app = Router()

    @app.cloudformation_macro("Upper")
    def macro(fragment: Any, event: Any) -> Any:
        fragment["Resources"]["More"] = {"Type": "AWS::SNS::Topic"}
        assert "More" not in event["fragment"]["Resources"]
        return fragment

    assert ask(app)["fragment"]["Resources"].keys() == {"Uploads", "More"}


@pytest.mark.parametrize("signature", ["template", "parameters", "found: dict"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.cloudformation_macro"):
        given_to(signature)


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("Upper", True),
        ("Up*", True),
        ("*", True),
        (["Lower", "Upper"], True),
        ("111122223333::Upper", True),
        ("111122223333::*", True),
        ("123456789012::Upper", False),
        ("Lower", False),
        ("upper", False),
        ("Uppe", False),
    ],
)
def test_a_macro_is_named_with_its_account_or_without(written: Any, taken: bool) -> None:
    app = Router()
    app.cloudformation_macro(written)(lambda: {"by": "route"})
    app.default(lambda: {"by": "default"})
    assert app(TEMPLATE)["fragment"]["by"] == ("route" if taken else "default")


def test_registration() -> None:
    app = routed({})
    with pytest.raises(DuplicateRouteError):
        app.cloudformation_macro("*").drop()
    result = Client(Router()).send(TEMPLATE)
    assert isinstance(result.error, NoRouteError)
    assert result.error.suggestion == '@app.cloudformation_macro("Upper")'


def test_the_suggestion_takes_the_event() -> None:
    for name in ("Up*r", 'a"b', "\\"):
        sent = event("cloudformation_macro", macro=name)
        found = Client(Router()).send(sent)
        assert isinstance(found.error, NoRouteError)
        app = Router()
        exec(f"{found.error.suggestion}\ndef macro(): return {{}}", {"app": app})
        assert ask(app, sent)["status"] == "success"


# -- fragments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fragment", [{}, {"Resources": {}}, "text", "", [], [1], 7, 0.5, False, {"status": 1}]
)
def test_what_a_macro_returns_takes_the_place_of_the_fragment(fragment: Any) -> None:
    expected = {"requestId": TEMPLATE["requestId"], "status": "success", "fragment": fragment}
    assert ask(routed(lambda _: fragment)) == expected


def test_a_whole_answer_is_taken_as_it_is() -> None:
    head = {"requestId": TEMPLATE["requestId"]}
    for answer in (
        {**head, "status": "SUCCESS", "fragment": {"a": 1}},
        {**head, "status": "failure", "errorMessage": "no"},
    ):
        assert ask(routed(answer)) == answer
    other = {"requestId": "another", "status": "success", "fragment": {}}
    assert ask(routed(other))["fragment"] == other  # a fragment that happens to have such keys


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, "$.fragment"),
        ({"a": {1: 2}}, "$.fragment.a"),
        ({"a": b"x"}, "$.fragment.a"),
        ({"requestId": TEMPLATE["requestId"], "status": 7}, "$.status"),
        ({"requestId": TEMPLATE["requestId"], "status": "success"}, "$.fragment"),
        ({"requestId": TEMPLATE["requestId"], "status": "no", "errorMessage": 7}, "$.errorMessage"),
    ],
)
def test_a_wrong_result_is_a_failure_and_the_log_names_the_field(result: Any, path: str, caplog: Any) -> None:
    assert "reference" in failure(lambda _: result)
    assert "ResultError" in caplog.text
    assert path in caplog.text


@settings(max_examples=150)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_result_is_an_answer(result: Any) -> None:
    answer = ask(routed(lambda _: result))
    assert (answer["status"] == "success") is (answer.get("fragment") is not None)


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_every_exception_is_a_failure_without_its_text(name: str, caplog: Any) -> None:
    app = Router()
    app.cloudformation_macro("*")(EXCEPTIONS[name])
    answer = ask(app)
    assert answer["status"] == "failure"
    assert answer["errorMessage"] == (
        f"The request could not be handled (reference {TEMPLATE['requestId']})."
    )
    assert len([r for r in caplog.records if "cloudformation_macro invocation failed" in r.message]) == 1


@pytest.mark.parametrize(
    "exc", [ValueError("CANARY"), Retry("CANARY"), Reject("CANARY"), HTTPError(404, "CANARY")]
)
def test_no_text_is_shown(exc: Exception, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    assert "CANARY" not in failure(exc)
    assert "CANARY" not in caplog.text
    assert type(exc).__name__ in caplog.text


def test_a_public_error_is_shown_on_one_line() -> None:
    assert failure(PublicError("there is no bucket")) == "there is no bucket"
    assert "\n" not in failure(PublicError("a\nb"))


def test_a_drop_leaves_the_fragment_as_it_is() -> None:
    assert ask(routed(Drop()))["fragment"] == TEMPLATE["fragment"]
    app = Router()
    app.cloudformation_macro("Upper").drop()
    assert ask(app)["fragment"] == TEMPLATE["fragment"]


def test_what_an_exception_handler_returns_is_the_fragment() -> None:
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: {"from": "handler"})
    assert ask(app)["fragment"] == {"from": "handler"}


def test_an_exception_handler_that_only_logs_changes_nothing() -> None:
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: None)
    assert ask(app)["status"] == "failure"


def test_the_proof_of_failures_would_see_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CloudFormationMacro, "fail", lambda self, exc, invocation: {"status": "success"})
    with pytest.raises(Refused):
        failure(ValueError("x"))


# -- events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_answered(name: str) -> None:
    assert detect(SAMPLES[name]) == "cloudformation_macro"
    assert ask(routed(lambda fragment: fragment), SAMPLES[name])["fragment"] == SAMPLES[name]["fragment"]


def test_hostile_events_raise_nothing_but_what_is_documented() -> None:
    app = Router()

    @app.cloudformation_macro("*")
    def macro(
        fragment: Any, params: Any, template_parameters: Any, macro: Any, account: Any, region: Any
    ) -> Any:
        return "done"

    for path in places(TEMPLATE):
        for odd in misshapen(TEMPLATE, path):
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
    files = [file for file, label in labels.items() if label["source"] == "cloudformation_macro"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["cloudformation_macro"]
        assert ask(routed({"Resources": {}}), sent)["fragment"] == {"Resources": {}}
