"""Lifecycle hooks of Amazon ECS: parts, criteria, every status, progress, failures, hostile events."""

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
from models import ecs_deployment_hook as model

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

SAMPLES = {name: sample for name, sample, _ in samples("ecs_deployment_hook")}
STAGE = SAMPLES["ecs_deployment_hook.test_traffic"]


def routed(result: Any) -> Router:
    """An app whose hook returns this, or raises it if it is an exception."""
    app = Router()

    @app.ecs_deployment_hook("*")
    def hook() -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    return app


def ask(app: Any, sent: Any = STAGE) -> Any:
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


def given_to(source: str) -> Any:
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen}
    exec(f"def hook({source}): seen.append(dict(locals()))", names)
    app.ecs_deployment_hook("*")(names["hook"])
    Client(app).send(STAGE).raise_for_error()
    return seen[0]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("stage", "POST_TEST_TRAFFIC_SHIFT"),
        ("details", STAGE["executionDetails"]),
        ("details: dict", STAGE["executionDetails"]),
        ("resource", STAGE["resourceArn"]),
        ("hook_details", {"bucket": "approvals"}),
        ("execution_id", STAGE["executionId"]),
        ("service", "arn:aws:ecs:eu-west-1:123456789012:service/shop/web"),
        ("revision", STAGE["executionDetails"]["targetServiceRevisionArn"]),
        ("event", STAGE),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


def test_the_parts_are_all_different() -> None:
    found = given_to("stage, details, resource, hook_details, execution_id, service, revision")
    assert len({json.dumps(value) for value in found.values()}) == len(found)
    assert given_to("invocation")["invocation"].correlation_id == STAGE["executionId"]


@pytest.mark.parametrize("signature", ["status", "deployment", "found: dict"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.ecs_deployment_hook"):
        given_to(signature)


@pytest.mark.parametrize(
    ("arguments", "options", "taken"),
    [
        ((), {}, True),
        (("POST_TEST_TRAFFIC_SHIFT",), {}, True),
        (("*_TRAFFIC_SHIFT",), {}, True),
        ((["PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"],), {}, True),
        (("TEST_TRAFFIC_SHIFT",), {}, False),
        ((), {"service": "web"}, True),
        ((), {"service": "we"}, False),
        ((), {"service": "shop"}, False),
        ((), {"service": "arn:aws:ecs:*:service/shop/web"}, True),
    ],
)
def test_criteria(arguments: Any, options: Any, taken: bool) -> None:
    app = Router()
    app.ecs_deployment_hook(*arguments, **options)(lambda: None)
    app.default(lambda: False)
    assert (ask(app)["hookStatus"] == "SUCCEEDED") is taken


def test_registration() -> None:
    with pytest.raises(DuplicateRouteError):
        routed(None).ecs_deployment_hook("*").drop()
    result = Client(Router()).send(STAGE)
    assert isinstance(result.error, NoRouteError)
    assert result.error.suggestion == '@app.ecs_deployment_hook("POST_TEST_TRAFFIC_SHIFT")'


# -- results -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "status"), [(None, "SUCCEEDED"), (True, "SUCCEEDED"), (False, "FAILED")]
)
def test_what_a_hook_finds(returned: Any, status: str) -> None:
    assert ask(returned) == {"hookStatus": status}


@pytest.mark.parametrize("answer", model.RIGHT)
def test_a_document_is_taken_as_it_is(answer: Any) -> None:
    assert ask(answer) == answer


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ("SUCCEEDED", "str"),
        (0, "int"),
        ([], "list"),
        ({}, "$.hookStatus"),
        ({"hookStatus": "SUCCESS"}, "$.hookStatus"),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": "60"}, "$.callBackDelay"),
        ({"hookStatus": "IN_PROGRESS", "callBackDelay": 0}, "$.callBackDelay"),
        ({"hookStatus": "SUCCEEDED", "callBackDelay": 60}, "$.callBackDelay"),
        ({"hookStatus": "IN_PROGRESS", "callbackDelay": 60}, "$.callbackDelay"),
        ({"hookStatus": "FAILED", "hookDetails": "no"}, "$.hookDetails"),
        ({"hookStatus": "FAILED", "hookDetails": {"a": b"x"}}, "$.hookDetails.a"),
    ],
)
def test_a_wrong_result_rolls_back_and_the_log_names_the_field(result: Any, path: str, caplog: Any) -> None:
    assert ask(result) == {"hookStatus": "FAILED"}
    assert "ResultError" in caplog.text
    assert path in caplog.text


@settings(max_examples=200)
@given(
    st.none()
    | st.booleans()
    | st.text()
    | st.fixed_dictionaries(
        {},
        optional={
            "hookStatus": st.sampled_from(["SUCCEEDED", "FAILED", "IN_PROGRESS", "x", None]),
            "callBackDelay": st.none() | st.integers() | st.floats(),
            "hookDetails": st.none() | st.dictionaries(st.text(), st.integers()) | st.binary(),
        },
    )
)
def test_any_result_is_an_answer(result: Any) -> None:
    ask(result)


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_every_exception_rolls_back(name: str, caplog: Any) -> None:
    app = Router()
    app.ecs_deployment_hook()(EXCEPTIONS[name])
    assert ask(app) == {"hookStatus": "FAILED"}
    assert len([r for r in caplog.records if "ecs_deployment_hook invocation failed" in r.message]) == 1


@pytest.mark.parametrize(
    "exc", [ValueError("CANARY"), Reject("CANARY"), PublicError("CANARY"), HTTPError(404, "CANARY")], ids=repr
)
def test_nothing_of_an_exception_is_told_but_its_class(exc: Exception, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    assert ask(exc) == {"hookStatus": "FAILED"}
    assert "CANARY" not in caplog.text
    assert type(exc).__name__ in caplog.text


@pytest.mark.parametrize(
    ("after", "seconds"), [(None, None), (0, 1), (12.5, 13), (60, 60), (1e300, 1_209_600)]
)
def test_a_retry_is_progress_with_the_details_that_there_were(after: Any, seconds: Any) -> None:
    answer = ask(Retry(after=after))
    assert (answer["hookStatus"], answer.get("callBackDelay")) == ("IN_PROGRESS", seconds)
    assert answer["hookDetails"] == {"bucket": "approvals"}
    assert "hookDetails" not in ask(Retry(after=after), event("ecs_deployment_hook"))


def test_a_drop_lets_the_deployment_go_on() -> None:
    assert ask(Drop()) == {"hookStatus": "SUCCEEDED"}
    app = Router()
    app.ecs_deployment_hook("*").drop()
    assert ask(app) == {"hookStatus": "SUCCEEDED"}


def test_what_an_exception_handler_returns_is_the_result() -> None:
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: True)
    assert ask(app) == {"hookStatus": "SUCCEEDED"}
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: None)
    assert ask(app) == {"hookStatus": "FAILED"}


def test_the_proof_would_see_a_broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambda_router.sources.ecs_deployment_hook._ANSWER", lambda answer, path: None)
    with pytest.raises(Refused, match="hookStatus"):
        ask({"hookStatus": "SUCCESS"})


# -- events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_answered(name: str) -> None:
    assert detect(SAMPLES[name]) == "ecs_deployment_hook"
    assert ask(None, SAMPLES[name]) == {"hookStatus": "SUCCEEDED"}


def test_hostile_events_raise_nothing_but_what_is_documented() -> None:
    app = Router()

    @app.ecs_deployment_hook(service="*")
    def hook(
        stage: Any,
        details: Any,
        resource: Any,
        hook_details: Any,
        execution_id: Any,
        service: Any,
        revision: Any,
    ) -> None:
        raise Retry

    for path in places(STAGE):
        for odd in misshapen(STAGE, path):
            try:
                answer = app(odd)
            except RouterError as exc:
                assert not isinstance(exc, ResultError) or "ud800" in json.dumps(odd)
            else:
                model.check(answer, odd)


def test_another_services_resource_is_no_deployment_of_ecs() -> None:
    arn = STAGE["resourceArn"]
    assert detect({**STAGE, "resourceArn": arn.replace("arn:aws:", "arn:aws-cn:")}) == "ecs_deployment_hook"
    assert detect({**STAGE, "resourceArn": arn.replace(":ecs:", ":eks:")}) is None


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "ecs_deployment_hook"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["ecs_deployment_hook"]
        assert ask(None, sent) == {"hookStatus": "SUCCEEDED"}
