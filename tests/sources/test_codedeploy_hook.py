"""AWS CodeDeploy: one status for each hook, whatever becomes of the handler."""

from __future__ import annotations

import copy
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import CodeDeployLifecycleHookEvent
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber
from calls import Recorder, client
from e2e.functions.router import EXCEPTIONS, RESULTS
from hypothesis import given, settings
from hypothesis import strategies as st
from models import Refused
from models import codedeploy_hook as model

from lambda_router import (
    CallbackError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    PublicError,
    Reject,
    Retry,
    Router,
    UnknownEventError,
    callback,
    detect,
)
from lambda_router.sources.codedeploy_hook import CodeDeployHook
from lambda_router.testing import Client, LambdaContext, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("codedeploy_hook")}
HOOK = SAMPLES["codedeploy_hook.before_allow_traffic"]


@pytest.fixture(scope="module")
def recorded() -> Recorder:
    return Recorder("codedeploy")


@pytest.fixture
def aws(recorded: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Where calls are recorded; between attempts nobody sleeps."""
    monkeypatch.setattr(callback, "sleep", lambda seconds: None)
    return recorded.clear()


def routed(aws: Recorder, handler: Any = None, **options: Any) -> Router:
    app = Router()
    app.codedeploy_hook.client = aws.client
    if handler is not None:
        app.codedeploy_hook(**options)(handler)
    return app


def ask(app: Router, aws: Recorder, sent: Any = HOOK, **options: Any) -> str:
    """The status that was set, after the service's model has accepted the call."""
    aws.calls.clear()
    sent = json.loads(json.dumps(sent))
    assert Client(app, **options).send(sent).raise_for_error().response is None
    model.check(aws.calls, sent)
    status: str = aws.calls[0][1]["status"]
    return status


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize("answer", model.RIGHT, ids=["succeeded", "failed"])
def test_the_model_accepts(answer: Any) -> None:
    model.check(answer, model.EVENT)


# -- parts and routes ------------------------------------------------------------------------------------------


def given_to(aws: Recorder, parameters: str) -> Any:
    seen: list[Any] = []
    space: dict[str, Any] = {"seen": seen, "CodeDeployLifecycleHookEvent": CodeDeployLifecycleHookEvent}
    exec(f"def handler({parameters}): seen.append(dict(locals()))", space)
    assert ask(routed(aws, space["handler"]), aws) == "Succeeded"
    return seen[0]


def test_each_part(aws: Recorder) -> None:
    found = given_to(aws, "deployment_id, execution_id: str, event, context, invocation")
    invocation = found.pop("invocation")
    assert found.pop("context").function_name == "shop"
    assert found == {
        "deployment_id": "d-EXAMPLE01",
        "execution_id": "eyJleGFtcGxlIjoiaG9vayAw1In0=",
        "event": HOOK,
    }
    assert (invocation.source, invocation.correlation_id) == ("codedeploy_hook", "d-EXAMPLE01")


def test_the_event_is_not_changed_nor_taken_out_of_a_message(aws: Recorder) -> None:
    sent = copy.deepcopy(HOOK)
    app = routed(aws, lambda event: None)
    assert app(sent, LambdaContext()) is None
    assert sent == HOOK
    aws.clear()
    assert isinstance(Client(app).sqs("orders", [HOOK]).error, NoRouteError)
    assert aws.calls == []


def test_powertools(aws: Recorder) -> None:
    wrapped = given_to(aws, "event: CodeDeployLifecycleHookEvent")["event"]
    assert wrapped.deployment_id == "d-EXAMPLE01"


@pytest.mark.parametrize("signature", ["hook", "status", "deployment", "found: dict"])
def test_what_is_not_on_offer_is_refused_at_import(aws: Recorder, signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.codedeploy_hook"):
        given_to(aws, signature)


def test_registration(aws: Recorder) -> None:
    app = routed(aws, lambda: None, name="first")
    assert repr(app.routes[0]) == "<codedeploy_hook() -> first>"
    with pytest.raises(DuplicateRouteError):
        app.codedeploy_hook().drop()
    result = Client(routed(aws)).send(HOOK)
    assert isinstance(result.error, NoRouteError)
    assert result.error.suggestion == "@app.codedeploy_hook()"


# -- exactly one status, whatever happens -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "status"), [(None, "Succeeded"), (True, "Succeeded"), (False, "Failed")]
)
def test_what_a_handler_returns(aws: Recorder, returned: Any, status: str) -> None:
    assert ask(routed(aws, lambda: returned), aws) == status


@pytest.mark.parametrize(
    "returned", ["Succeeded", "Failed", "", 0, 1, {}, [], {"status": "Succeeded"}], ids=repr
)
def test_anything_else_fails_the_deployment_and_says_why(aws: Recorder, caplog: Any, returned: Any) -> None:
    assert ask(routed(aws, lambda: returned), aws) == "Failed"
    assert "ResultError" in caplog.text


@pytest.mark.parametrize("outcome", EXCEPTIONS)
def test_every_exception_fails_the_deployment(aws: Recorder, caplog: Any, outcome: str) -> None:
    assert ask(routed(aws, EXCEPTIONS[outcome]), aws) == "Failed"
    assert [record.name for record in caplog.records if "failure reported" in record.message] == [
        "lambda_router"
    ]


@pytest.mark.parametrize("name", sorted(set(RESULTS) - {"none", "coroutine"}))
def test_odd_results_fail_it_too(aws: Recorder, name: str) -> None:
    assert ask(routed(aws, RESULTS[name]), aws) == "Failed"


@pytest.mark.parametrize("outcome", [Retry("x"), Reject("x"), PublicError("x"), KeyError("x")])
def test_outcomes(aws: Recorder, outcome: Exception) -> None:
    def handler() -> None:
        raise outcome

    assert ask(routed(aws, handler), aws) == "Failed"


def test_a_drop_settles_the_hook(aws: Recorder) -> None:
    def handler() -> None:
        raise Drop

    assert ask(routed(aws, handler), aws) == "Succeeded"
    app = routed(aws)
    app.codedeploy_hook().drop()
    assert ask(app, aws) == "Succeeded"


def test_an_exception_handler_does_not_make_a_failure_a_success(aws: Recorder) -> None:
    app = routed(aws, EXCEPTIONS["plain"])
    app.exception_handler(ValueError)(lambda exc, invocation: True)
    assert ask(app, aws) == "Failed"


def test_the_proof_of_failures_would_see_a_success(aws: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CodeDeployHook, "run", lambda self, invocation: True)
    with pytest.raises(AssertionError):
        test_an_exception_handler_does_not_make_a_failure_a_success(aws)


def test_a_hook_whose_time_is_over_has_failed_before(aws: Recorder) -> None:
    def handler() -> None:
        time.sleep(1.5)

    began = time.monotonic()
    context = LambdaContext(timeout=0.8, clock=time.monotonic)
    assert ask(routed(aws, handler), aws, context=context) == "Failed"
    assert time.monotonic() - began < 0.8


@given(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.booleans()))
@settings(deadline=None)
def test_any_result_is_one_status(returned: Any) -> None:
    assert ask(routed(SHARED, lambda: returned), SHARED) == (
        "Succeeded" if returned is None or returned is True else "Failed"
    )


SHARED = Recorder("codedeploy")


def test_by_way_of_the_stubber() -> None:
    """botocore's own stub: these parameters and no other call."""
    stubbed = client("codedeploy")
    app = Router()
    app.codedeploy_hook = CodeDeployHook(app, client=stubbed)
    outcomes = [True, False]
    app.codedeploy_hook()(lambda: outcomes.pop(0))
    operation = "put_lifecycle_event_hook_execution_status"
    with Stubber(stubbed) as stub:
        for status in ("Succeeded", "Failed"):
            expected = {
                "deploymentId": HOOK["DeploymentId"],
                "lifecycleEventHookExecutionId": HOOK["LifecycleEventHookExecutionId"],
                "status": status,
            }
            stub.add_response(operation, {"lifecycleEventHookExecutionId": "x"}, expected)
            assert app(HOOK, LambdaContext()) is None
        stub.assert_no_pending_responses()


# -- the service, and what stands between -----------------------------------------------------------------------


def test_a_hook_that_has_its_status_is_done(aws: Recorder) -> None:
    aws.clear("LifecycleEventAlreadyCompletedException")
    assert routed(aws, lambda: None)(HOOK, LambdaContext()) is None
    model.check(aws.calls, HOOK)


@pytest.mark.parametrize(
    "code",
    [
        "DeploymentDoesNotExistException",
        "InvalidLifecycleEventHookExecutionIdException",
        "AccessDeniedException",
        403,
    ],
)
def test_what_is_refused_raises(aws: Recorder, code: Any) -> None:
    aws.clear(*[code] * 9)
    with pytest.raises(CallbackError, match=str(code)):
        routed(aws, lambda: None)(HOOK, LambdaContext(timeout=60))
    assert len(aws.calls) == 1


@pytest.mark.parametrize(
    "fault", [500, 503, "ThrottlingException", ReadTimeoutError(endpoint_url="x")], ids=str
)
def test_what_may_pass_is_tried_again_and_raises_in_the_end(aws: Recorder, fault: Any) -> None:
    aws.clear(fault, fault)
    assert routed(aws, lambda: None)(HOOK, LambdaContext(timeout=60)) is None
    assert len(aws.calls) == 3
    aws.clear(*[fault] * 9)
    with pytest.raises(CallbackError):
        routed(aws, lambda: None)(HOOK, LambdaContext(timeout=60))
    assert {given["status"] for _, given in aws.calls} == {"Succeeded"}  # one may have got there


# -- detection --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_recognised_and_answered(aws: Recorder, name: str) -> None:
    assert detect(SAMPLES[name]) == "codedeploy_hook"
    assert ask(routed(aws, lambda: None), aws, SAMPLES[name]) == "Succeeded"
    assert ask(routed(aws, lambda: None), aws, event("codedeploy_hook", deployment_id="d-7")) == "Succeeded"


@pytest.mark.parametrize("odd", [None, True, 0, 1.5, "", [], ["d-1"], {}, {"a": 1}], ids=repr)
@pytest.mark.parametrize("key", list(HOOK))
def test_what_is_no_hook_is_not_claimed(key: str, odd: Any) -> None:
    assert detect({**HOOK, key: odd}) is None
    with pytest.raises(UnknownEventError):
        routed(SHARED, lambda: None)({**HOOK, key: odd})
    without = {k: v for k, v in HOOK.items() if k != key}
    assert detect(without) is None


def test_nothing_of_the_exception_is_logged_but_its_class(aws: Recorder, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)

    def handler() -> None:
        raise ValueError("CANARY")

    ask(routed(aws, handler), aws)
    assert "ValueError at test_codedeploy_hook.py" in caplog.text
    assert "CANARY" not in caplog.text


def test_real_events_reach_a_handler(aws: Recorder, shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "codedeploy_hook"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["codedeploy_hook"], file
        seen: list[Any] = []
        assert ask(routed(aws, lambda deployment_id, seen=seen: seen.append(deployment_id)), aws, sent)
        assert seen == [sent["DeploymentId"]]
    others = [file for file in labels if file not in files]
    assert [f for f in others if CodeDeployHook.recognise(json.loads((shared_events / f).read_text()))] == []
