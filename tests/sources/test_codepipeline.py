"""AWS CodePipeline: one result for each job, whatever becomes of the handler; parts, criteria, limits, secrets."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import re
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import CodePipelineJobEvent
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber
from calls import Recorder, client
from e2e.functions.router import EXCEPTIONS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models import Refused
from models import codepipeline as model
from named import shown
from pydantic import BaseModel

from lambda_router import (
    CallbackError,
    Continue,
    Depends,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    Invocation,
    MissingDependencyError,
    NoRouteError,
    PublicError,
    Reject,
    Retry,
    Router,
    UnknownEventError,
    callback,
    detect,
    reporting,
)
from lambda_router.sources.codepipeline import CodePipeline, Credentials
from lambda_router.testing import Client, LambdaContext, TimedOut, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("codepipeline")}
EVERY_PART = SAMPLES["codepipeline.every_part"]
JOB = EVERY_PART["CodePipeline.job"]
SECRETS = ("ASIAEXAMPLEKEY", "example-secret-of-job", "example-token-of-job")


class Release(BaseModel):
    environment: str
    percent: int


@pytest.fixture(scope="module")
def recorded() -> Recorder:
    return Recorder("codepipeline")


@pytest.fixture
def aws(recorded: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Where calls are recorded; between attempts nobody sleeps."""
    monkeypatch.setattr(callback, "sleep", lambda seconds: None)
    return recorded.clear()


def routed(aws: Recorder, handler: Any = None, **options: Any) -> Router:
    app = Router()
    app.codepipeline.client = aws.client
    if handler is not None:
        app.codepipeline(**options)(handler)
    return app


def ask(app: Router, aws: Recorder, sent: Any = EVERY_PART, **options: Any) -> dict[str, Any]:
    """What was called for the job, after the service's model has accepted it."""
    aws.calls.clear()
    sent = json.loads(json.dumps(sent))
    result = Client(app, **options).send(sent)
    # What no signal reaches is ended by Lambda, and has been reported before.
    assert result.error is None or isinstance(result.error, TimedOut), result.error
    assert result.response is None
    model.check(aws.calls, sent)
    ((operation, given),) = aws.calls
    return {"operation": operation, **given}


def failure(app: Router, aws: Recorder, sent: Any = EVERY_PART, **options: Any) -> dict[str, Any]:
    asked = ask(app, aws, sent, **options)
    assert asked["operation"] == "PutJobFailureResult"
    details: dict[str, Any] = asked["failureDetails"]
    return details


def given_to(aws: Recorder, parameters: str, sent: Any = EVERY_PART, **names: Any) -> Any:
    """What a handler with these parameters is given for the job."""
    seen: list[Any] = []
    space: dict[str, Any] = {"seen": seen, "Any": Any, **names}
    exec(f"def handler({parameters}): seen.append(dict(locals()))", space)
    asked = ask(routed(aws, space["handler"]), aws, sent)
    assert asked["operation"] == "PutJobSuccessResult", asked
    return seen[0]


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize("answer", model.RIGHT, ids=str)
def test_the_model_accepts(answer: Any) -> None:
    model.check(answer, model.EVENT)


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("job_id", "0a1b2c3d-0001-4000-8000-00000000aa01"),
        ("parameters", '{"environment": "staging", "percent": 25}'),
        ("parameters: str", '{"environment": "staging", "percent": 25}'),
        ("parameters: dict", {"environment": "staging", "percent": 25}),
        ("parameters: Release", Release(environment="staging", percent=25)),
        ("release: Release", Release(environment="staging", percent=25)),
        ("release: Release | None", Release(environment="staging", percent=25)),
        ("input_artifacts", JOB["data"]["inputArtifacts"]),
        ("input_artifacts: list[dict]", JOB["data"]["inputArtifacts"]),
        ("output_artifacts", JOB["data"]["outputArtifacts"]),
        ("continuation_token", "step-2-of-3"),
        ("continuation_token: str | None", "step-2-of-3"),
    ],
)
def test_each_part(aws: Recorder, parameter: str, expected: Any) -> None:
    (value,) = given_to(aws, parameter, Release=Release).values()
    assert value == expected


def test_what_an_action_may_lack(aws: Recorder) -> None:
    found = given_to(
        aws,
        "parameters, release: Release | None, continuation_token, input_artifacts, credentials",
        event("codepipeline.without_parameters", input_artifacts=()),
        Release=Release,
    )
    assert found.pop("credentials")["accessKeyId"].startswith("ASIA")
    assert found == {
        "parameters": None,
        "release": None,
        "continuation_token": None,
        "input_artifacts": [],
    }


def test_the_credentials_are_there_for_who_asks_by_name(aws: Recorder) -> None:
    found = given_to(aws, "credentials, event")
    sent = JOB["data"]["artifactCredentials"]
    credentials = found["credentials"]
    assert {name: credentials[name] for name in sent} == sent
    assert credentials.get("sessionToken") == sent["sessionToken"]
    assert credentials.get("other", 7) == 7
    assert "secretAccessKey" in credentials
    assert "other" not in credentials
    assert credentials
    with pytest.raises(KeyError):
        credentials["other"]
    held = found["event"]["CodePipeline.job"]["data"]["artifactCredentials"]
    assert held["accessKeyId"] == sent["accessKeyId"]


@pytest.mark.parametrize("show", [repr, str, json.dumps, lambda event: f"{event}"])
def test_the_credentials_do_not_show(aws: Recorder, show: Any) -> None:
    seen: list[str] = []

    def handler(event: Any, invocation: Invocation, credentials: Any) -> None:
        seen.extend(map(show, (event, invocation.event, credentials, {"c": credentials}, dict(credentials))))
        seen.append(repr(invocation))

    ask(routed(aws, handler), aws)
    assert len(seen) == 6
    assert not [text for text in seen for secret in SECRETS if secret in text]
    assert JOB["id"] in seen[0]


def test_the_proof_of_the_credentials_would_see_them(aws: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CodePipeline, "disclosed", lambda self, event: event)
    with pytest.raises(AssertionError):
        test_the_credentials_do_not_show(aws, json.dumps)


def test_powertools_reads_the_credentials(aws: Recorder) -> None:
    wrapped = given_to(aws, "event: CodePipelineJobEvent", CodePipelineJobEvent=CodePipelineJobEvent)["event"]
    assert wrapped.get_id == JOB["id"]
    assert wrapped.decoded_user_parameters == {"environment": "staging", "percent": 25}
    credentials = wrapped.data.artifact_credentials
    assert credentials.secret_access_key == "example-secret-of-job-1"
    assert wrapped.setup_s3_client().meta.service_model.service_name == "s3"


def test_the_invocation(aws: Recorder) -> None:
    invocation = given_to(aws, "invocation")["invocation"]
    assert (invocation.source, invocation.correlation_id, invocation.record) == (
        "codepipeline",
        JOB["id"],
        None,
    )


@pytest.mark.parametrize("signature", ["body", "user_parameters", "artifacts", "records", "a: dict, b: dict"])
def test_what_is_not_on_offer_is_refused_at_import(aws: Recorder, signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.codepipeline"):
        given_to(aws, signature)


def test_user_parameters_that_do_not_fit_are_the_action_s_configuration(aws: Recorder) -> None:
    def handler(release: Release) -> None: ...

    for sent in (
        event("codepipeline", parameters="CANARY"),
        event("codepipeline", parameters={"environment": "CANARY"}),
    ):
        details = failure(routed(aws, handler), aws, sent)
        assert details["type"] == "ConfigurationError"
        assert details["message"].startswith("PayloadError")
        assert "CANARY" not in details["message"]


# -- which route ---------------------------------------------------------------------------------------------


def takes(aws: Recorder, sent: Any, **options: Any) -> bool:
    asked = ask(routed(aws, lambda: None, **options), aws, sent)
    if asked["operation"] == "PutJobFailureResult":
        assert asked["failureDetails"]["message"].startswith("NoRouteError")
        assert asked["failureDetails"]["type"] == "ConfigurationError"
        return False
    return True


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"function": "release-notes"}, True),
        ({"function": "release-*"}, True),
        ({"function": ["other", "release-notes"]}, True),
        ({"function": "release"}, False),
        ({"parameters": {"environment": ["staging"]}}, True),
        ({"parameters": {"percent": [{"numeric": [">", 20]}]}}, True),
        ({"parameters": {"environment": ["production"]}}, False),
        ({"parameters": {"environment": ["staging"]}, "function": "other"}, False),
        ({"pattern": {"CodePipeline.job": {"accountId": ["123456789012"]}}}, True),
        ({"pattern": {"CodePipeline.job": {"data": {"continuationToken": [{"exists": False}]}}}}, False),
        (
            {
                "pattern": {
                    "CodePipeline.job": {
                        "data": {
                            "actionConfiguration": {
                                "configuration": {"UserParameters": {"environment": [{"prefix": "stag"}]}}
                            }
                        }
                    }
                }
            },
            True,
        ),
    ],
)
def test_by_parameters_function_and_pattern(aws: Recorder, options: Any, expected: bool) -> None:
    assert takes(aws, EVERY_PART, **options) is expected


def test_parameters_that_are_no_document_match_no_pattern(aws: Recorder) -> None:
    for sent in (
        event("codepipeline", parameters="text"),
        event("codepipeline", parameters=None),
        event("codepipeline", parameters="[1]"),
    ):
        assert not takes(aws, sent, parameters={"environment": [{"exists": False}]})


def test_a_pattern_does_not_see_the_credentials(aws: Recorder) -> None:
    pattern = {"CodePipeline.job": {"data": {"artifactCredentials": {"accessKeyId": [{"exists": True}]}}}}
    app = routed(aws, lambda: None, pattern=pattern)
    assert not [text for text in SECRETS if text in str(app.explain(EVERY_PART))]
    assert not takes(aws, EVERY_PART, pattern=pattern)


def test_the_first_route_that_matches_takes_the_job(aws: Recorder) -> None:
    app = routed(aws, lambda: {"by": "staging"}, parameters={"environment": ["staging"]})
    app.codepipeline()(lambda: {"by": "any"})
    assert ask(app, aws)["outputVariables"] == {"by": "staging"}
    assert ask(app, aws, event("codepipeline", parameters="x"))["outputVariables"] == {"by": "any"}


def test_registration(aws: Recorder) -> None:
    app = routed(aws, lambda: None, function="a", name="first")
    assert repr(app.routes[0]) == "<codepipeline(function='a') -> first>"
    with pytest.raises(DuplicateRouteError):
        app.codepipeline(function="a").drop()


def test_the_decorator_to_write(aws: Recorder) -> None:
    result = Client(routed(aws)).send(EVERY_PART)
    assert isinstance(result.error, NoRouteError)
    assert result.error.suggestion == "@app.codepipeline()"
    assert aws.calls == []  # nobody has said that this function answers for jobs


# -- what a handler returns ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "variables"),
    [
        (None, None),
        ({}, None),
        ({"url": "https://example.com", "empty": ""}, {"url": "https://example.com", "empty": ""}),
        ({"n": 7, "f": 1.5, "t": True, "no": False}, {"n": "7", "f": "1.5", "t": "true", "no": "false"}),
        (Release(environment="staging", percent=1), {"environment": "staging", "percent": "1"}),
        ({"A-z_0@": "ünï"}, {"A-z_0@": "ünï"}),
    ],
)
def test_output_variables(aws: Recorder, returned: Any, variables: Any) -> None:
    asked = ask(routed(aws, lambda: returned), aws)
    expected = {} if variables is None else {"outputVariables": variables}
    assert asked == {"operation": "PutJobSuccessResult", "jobId": JOB["id"], **expected}


@pytest.mark.parametrize(
    ("returned", "given"),
    [
        (Continue("t"), {"continuationToken": "t"}),
        (Continue("x" * 2048), {"continuationToken": "x" * 2048}),
        (
            Continue("t", summary="half of it", percent=50, execution_id="arn:stack"),
            {
                "continuationToken": "t",
                "executionDetails": {
                    "summary": "half of it",
                    "percentComplete": 50,
                    "externalExecutionId": "arn:stack",
                },
            },
        ),
        (
            Continue("t", summary="x" * 3000, percent=0, execution_id="y" * 2000),
            {
                "continuationToken": "t",
                "executionDetails": {
                    "summary": "x" * 2048,
                    "percentComplete": 0,
                    "externalExecutionId": "y" * 1500,
                },
            },
        ),
        (Continue("t", summary=""), {"continuationToken": "t"}),
    ],
    ids=shown,
)
def test_a_job_that_goes_on(aws: Recorder, returned: Any, given: Any) -> None:
    asked = ask(routed(aws, lambda: returned), aws)
    assert asked == {"operation": "PutJobSuccessResult", "jobId": JOB["id"], **given}


@pytest.mark.parametrize(
    ("returned", "path"),
    [
        ("text", "$"),
        (True, "$"),
        (False, "$"),
        (7, "$"),
        ([], "$"),
        (("a", "b"), "$"),
        ({"a": None}, "$.a"),
        ({"a": {"b": 1}}, "$.a"),
        ({"a": [1]}, "$.a"),
        ({"a b": "c"}, "$.a b"),
        ({"": "c"}, "$."),
        ({"é": "c"}, "$.é"),
        ({1: "a"}, "$"),
        ({"a": float("nan")}, "$.a"),
        ({"a": "\ud800"}, "$.a"),
        ({"a": b"bytes"}, "$.a"),
        (object(), "$"),
        ((i for i in range(3)), None),
        (Continue(""), "$.token"),
        (Continue("x" * 2049), "$.token"),
        (Continue(7), "$.token"),  # type: ignore[arg-type]
        (Continue(None), "$.token"),  # type: ignore[arg-type]
        (Continue("t", percent=101), "$.percent"),
        (Continue("t", percent=-1), "$.percent"),
        (Continue("t", percent=True), "$.percent"),
        (Continue("t", percent=1.5), "$.percent"),  # type: ignore[arg-type]
        (Continue("t", summary=7), "$.summary"),  # type: ignore[arg-type]
        (Continue("t", execution_id=[]), "$.execution_id"),  # type: ignore[arg-type]
    ],
    ids=shown,
)
def test_a_result_that_is_none_fails_the_job(aws: Recorder, returned: Any, path: str | None) -> None:
    details = failure(routed(aws, lambda: returned), aws)
    assert details["type"] == "JobFailed"
    assert details["message"].startswith("ResultError: ")
    if path is not None:
        _, admitted = shaped(returned)
        assert admitted == path


def shaped(returned: Any) -> tuple[Any, str | None]:
    """What the room makes of a result, or the path of its refusal."""
    from lambda_router import ResultError
    from lambda_router.sources.codepipeline import _Result

    try:
        return _Result(Router().codepipeline, JOB["id"]).success(returned), None
    except ResultError as error:
        return None, error.path


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary(max_size=4)
    | st.builds(Continue, st.text() | st.none(), summary=st.text() | st.none(), percent=st.integers(-5, 120)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(VALUES)
@example({"a": "b" * 200_000})
@settings(deadline=None)
def test_any_result_is_one_result_of_the_job(returned: Any) -> None:
    app = routed(SHARED.clear(), lambda: returned)
    app([EVERY_PART][0], LambdaContext(timeout=60))
    model.check(SHARED.calls, EVERY_PART)


SHARED = Recorder("codepipeline")


def test_by_way_of_the_stubber() -> None:
    """botocore's own stub: these parameters and no other call."""
    stubbed = client("codepipeline")
    app = Router()
    app.codepipeline = CodePipeline(app, client=stubbed)
    outcomes: list[Any] = [{"url": "u"}, Continue("next"), PublicError("No such stack")]

    @app.codepipeline()
    def handler() -> Any:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with Stubber(stubbed) as stub:
        job = {"jobId": JOB["id"]}
        stub.add_response("put_job_success_result", {}, {**job, "outputVariables": {"url": "u"}})
        stub.add_response("put_job_success_result", {}, {**job, "continuationToken": "next"})
        details = {"type": "JobFailed", "message": "No such stack", "externalExecutionId": "request-1"}
        stub.add_response("put_job_failure_result", {}, {**job, "failureDetails": details})
        for _ in range(3):
            assert app(EVERY_PART, LambdaContext(aws_request_id="request-1")) is None
        stub.assert_no_pending_responses()


# -- exactly one result, whatever happens --------------------------------------------------------------------


def sleeping() -> None:
    time.sleep(1.5)


def looping() -> None:
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        pass


def matching() -> None:
    re.match(r"(a+)+$", "a" * 25 + "b")  # holds the interpreter: no other thread runs


def hashing() -> None:
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 3_000_000)  # lets go of it, but comes to no signal handler


OUTCOMES: dict[str, Any] = {
    "ok": lambda: {"a": "b"},
    **EXCEPTIONS,
    "unserialisable": lambda: {"a": object()},
    "oversize": lambda: {"a": "x" * 7_000_000},
}
LATE = {"sleep": sleeping, "loop": looping, "regex": matching, "c_call": hashing}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_one_result(aws: Recorder, outcome: str) -> None:
    app = routed(aws, OUTCOMES[outcome])
    asked = ask(app, aws)
    assert asked["operation"] == ("PutJobSuccessResult" if outcome == "ok" else "PutJobFailureResult")


@pytest.mark.parametrize("outcome", LATE)
def test_a_job_whose_time_is_over_has_failed_before(aws: Recorder, outcome: str) -> None:
    began = time.monotonic()
    ended: list[float] = []
    aws.client.meta.events.register(
        "before-call.codepipeline.*", lambda **_: ended.append(time.monotonic()), unique_id="clock"
    )
    context = LambdaContext(timeout=1.2, clock=time.monotonic)
    details = failure(routed(aws, LATE[outcome]), aws, context=context)
    assert details["message"].startswith("the function came near its time limit")
    assert ended == [] or ended[0] - began < 0.9  # half of a limit that is so short


def test_what_a_handler_does_about_being_late_changes_nothing(aws: Recorder) -> None:
    def handler() -> Any:
        try:
            sleeping()
        except BaseException:
            return {"saved": "too late"}

    context = LambdaContext(timeout=0.6, clock=time.monotonic)
    assert "time limit" in failure(routed(aws, handler), aws, context=context)["message"]


def test_the_proof_of_one_result_would_see_two(aws: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback.Callback, "_claim", lambda self, who: True)
    context = LambdaContext(timeout=0.6, clock=time.monotonic)

    def handler() -> Any:
        try:
            sleeping()
        except BaseException:
            return None

    with pytest.raises(Refused, match="2 calls"):
        ask(routed(aws, handler), aws, context=context)


def test_the_proof_of_one_result_would_see_none(aws: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CodePipeline, "fail", lambda self, exc, invocation: None)
    with pytest.raises(Refused, match="0 calls"):
        ask(routed(aws, OUTCOMES["plain"]), aws)


def test_a_drop_settles_the_job(aws: Recorder) -> None:
    def handler() -> None:
        raise Drop

    assert ask(routed(aws, handler), aws)["operation"] == "PutJobSuccessResult"
    app = routed(aws)
    app.codepipeline().drop()
    assert ask(app, aws) == {"operation": "PutJobSuccessResult", "jobId": JOB["id"]}


@pytest.mark.parametrize("outcome", [Retry("later"), Reject("no"), HTTPError(404), KeyError("x")])
def test_every_other_exception_fails_the_job(aws: Recorder, outcome: Exception) -> None:
    def handler() -> None:
        raise outcome

    details = failure(routed(aws, handler), aws)
    assert details["type"] == "JobFailed"
    assert details["message"] == f"{type(outcome).__name__} (see the log of {JOB['id']})"


def test_a_public_error_is_shown_and_cut(aws: Recorder) -> None:
    def handler() -> None:
        raise PublicError("No stack\nof that name " + "x" * 6000)

    message = failure(routed(aws, handler), aws)["message"]
    assert message.startswith("No stack\\nof that name x")
    assert len(message) <= 5000


def test_an_exception_handler_may_settle_a_job_and_nothing_else(aws: Recorder) -> None:
    def handler() -> None:
        raise LookupError

    app = routed(aws, handler)
    seen: list[Any] = []
    app.exception_handler(LookupError)(lambda exc, invocation: seen.append(exc) or {"a": "b"})
    assert failure(app, aws)["message"].startswith("LookupError")
    assert len(seen) == 1

    app = routed(aws, handler)

    @app.exception_handler(LookupError)
    def settle(exc: Any, invocation: Any) -> None:
        raise Drop

    assert ask(app, aws)["operation"] == "PutJobSuccessResult"


def test_middleware_and_dependencies_are_inside(aws: Recorder) -> None:
    def broken() -> Iterator[int]:
        yield 7
        raise ValueError("close")

    def handler(n: int = Depends(broken)) -> Any:
        return {"n": n}

    assert failure(routed(aws, handler), aws)["message"].startswith("ValueError")
    app = routed(aws, lambda: {"a": "b"})
    app.use(lambda invocation, call_next: {**call_next(invocation), "c": "d"})
    assert ask(app, aws)["outputVariables"] == {"a": "b", "c": "d"}
    app = routed(aws, lambda: None)
    app.use(lambda invocation, call_next: 1 / 0)
    assert failure(app, aws)["message"].startswith("ZeroDivisionError")


def test_an_entrypoint_of_other_sources_fails_the_job(aws: Recorder) -> None:
    app = routed(aws, lambda: None)
    assert app.only("sqs")(EVERY_PART) is None
    model.check(aws.calls, EVERY_PART)
    assert aws.calls[0][1]["failureDetails"]["message"].startswith("NoRouteError")


def test_a_default_route_takes_a_job_that_no_route_takes(aws: Recorder) -> None:
    app = routed(aws, lambda: None, function="other")
    seen: list[Any] = []
    app.default(lambda event: seen.append(event))
    assert ask(app, aws)["operation"] == "PutJobSuccessResult"
    assert len(seen) == 1


def test_without_routes_whoever_takes_the_job_answers_for_it() -> None:
    app = Router()
    seen: list[Any] = []
    app.default(lambda event: seen.append(event["CodePipeline.job"]["id"]))
    assert app(EVERY_PART) is None
    assert seen == [JOB["id"]]


def test_one_invocation_leaves_nothing_for_the_next(aws: Recorder) -> None:
    app = routed(aws, lambda job_id: {"job": job_id})
    for sent in [*SAMPLES.values(), *(event("codepipeline") for _ in range(20))]:
        assert ask(app, aws, sent)["outputVariables"] == {"job": sent["CodePipeline.job"]["id"]}


def test_the_event_is_not_changed(aws: Recorder) -> None:
    sent = copy.deepcopy(EVERY_PART)
    app = routed(aws, lambda event, credentials, input_artifacts: {"a": "b"}, parameters={"percent": [25]})
    assert app(sent, LambdaContext()) is None
    assert sent == EVERY_PART
    assert type(sent["CodePipeline.job"]["data"]["artifactCredentials"]) is dict


def test_a_job_in_a_message_is_a_message(aws: Recorder) -> None:
    seen: list[Any] = []
    app = routed(aws, lambda: seen.append("job"))
    assert isinstance(Client(app).sqs("orders", [EVERY_PART]).error, NoRouteError)
    assert isinstance(Client(app).sns("orders", EVERY_PART).error, NoRouteError)
    assert (seen, aws.calls) == ([], [])


# -- the service, and what stands between -----------------------------------------------------------------------


def test_a_job_that_is_finished_already_is_done(aws: Recorder) -> None:
    for handler in (OUTCOMES["ok"], OUTCOMES["plain"], lambda: Continue("t")):
        aws.clear("InvalidJobStateException")
        app = routed(aws, handler)
        assert app(EVERY_PART, LambdaContext()) is None
        model.check(aws.calls, EVERY_PART)


@pytest.mark.parametrize("code", ["OutputVariablesSizeExceededException", "ValidationException"])
def test_a_success_that_is_refused_is_a_failure(aws: Recorder, caplog: Any, code: str) -> None:
    aws.clear(code)
    assert routed(aws, OUTCOMES["ok"])(EVERY_PART, LambdaContext()) is None
    assert [operation for operation, _ in aws.calls] == ["PutJobSuccessResult", "PutJobFailureResult"]
    model.check(aws.calls[1:], EVERY_PART)  # the first was not accepted
    assert code in aws.calls[1][1]["failureDetails"]["message"]
    assert code in caplog.text


@pytest.mark.parametrize(
    "code", ["JobNotFoundException", "AccessDeniedException", "InvalidClientTokenId", 403, 404]
)
def test_what_is_refused_for_good_raises_at_once(aws: Recorder, code: Any) -> None:
    for handler in (OUTCOMES["ok"], OUTCOMES["plain"]):
        aws.clear(*[code] * 9)
        with pytest.raises(CallbackError, match=str(code)):
            routed(aws, handler)(EVERY_PART, LambdaContext(timeout=60))
        assert len(aws.calls) == 1


@pytest.mark.parametrize(
    "fault",
    [
        500,
        503,
        307,
        429,
        "ThrottlingException",
        EndpointConnectionError(endpoint_url="https://example.com"),
        ConnectTimeoutError(endpoint_url="https://example.com"),
        ReadTimeoutError(endpoint_url="https://example.com"),
        ConnectionResetError("reset"),
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again_and_raises_in_the_end(aws: Recorder, fault: Any) -> None:
    for handler in (OUTCOMES["ok"], OUTCOMES["plain"]):
        app = routed(aws.clear(fault, fault), handler)
        assert app(EVERY_PART, LambdaContext(timeout=60)) is None
        assert len(aws.calls) == 3
        assert aws.calls[0] == aws.calls[1] == aws.calls[2]
        app = routed(aws.clear(*[fault] * 9), handler)
        with pytest.raises(CallbackError) as info:
            app(EVERY_PART, LambdaContext(timeout=60))
        assert len({repr(call) for call in aws.calls}) == 1  # a success that may have got there is no failure
        assert "said the service" not in str(info.value)


# -- the client -----------------------------------------------------------------------------------------------


def test_the_client_is_made_with_the_first_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    app = Router()
    assert app.codepipeline.client is None
    app.codepipeline()(lambda: None)
    made = app.codepipeline.client
    assert (made.meta.service_model.service_name, made.meta.region_name) == ("codepipeline", "eu-central-1")
    assert made.meta.config.connect_timeout + made.meta.config.read_timeout <= 5
    app.codepipeline(function="other")(lambda: None)
    assert app.codepipeline.client is made


def test_without_a_region_an_app_can_be_imported_but_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    app = Router()
    app.codepipeline()(lambda: None)
    assert app.codepipeline.client is None
    with pytest.raises(CallbackError, match="AWS_REGION"):
        app(EVERY_PART)


def test_without_boto3_the_decorator_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingDependencyError, match="boto3"):
        Router().codepipeline()(lambda: None)


def test_an_included_router_brings_its_client(aws: Recorder) -> None:
    other = routed(aws, lambda: {"a": "b"})
    app = Router()
    app.include(other)
    assert app.codepipeline.client is aws.client
    assert ask(app, aws)["outputVariables"] == {"a": "b"}


def test_boto3_is_imported_by_the_decorator_and_not_before(run_python: Any) -> None:
    code = """
import sys
from lambda_router import Router, detect
app = Router()
app.sqs("orders")(lambda body: None)
detect({"CodePipeline.job": {"id": "1", "data": {}}, "a": 1})
app.explain({"a": 1})
print("boto3" in sys.modules, "botocore" in sys.modules)
room = app.codepipeline
print("boto3" in sys.modules)
room()(lambda: None)
print("boto3" in sys.modules)
"""
    assert run_python(code).split() == ["False", "False", "False", "True"]


# -- secrets --------------------------------------------------------------------------------------------------


def test_secrets_show_nowhere_in_a_thousand_failing_runs(
    aws: Recorder, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    outcomes = [name for name in OUTCOMES if name not in ("ok", "seven_mb", "oversize", "recursion")]

    def handler(event: Any, parameters: dict[str, Any], credentials: Any) -> Any:
        if parameters["kind"] == "shown":
            raise ValueError(f"{event} {credentials}", json.dumps(event))
        return OUTCOMES[parameters["kind"]]()

    app = routed(aws, handler)
    said: list[str] = []
    for number in range(1000):
        kind = [*outcomes, "shown"][number % (len(outcomes) + 1)]
        secrets = dict.fromkeys(("accessKeyId", "secretAccessKey", "sessionToken"), f"CANARY-{number}")
        faults = [[], [403], [500] * 9, ["JobNotFoundException"]][number % 4]
        aws.clear(*faults)
        try:
            app(
                event("codepipeline", parameters={"kind": kind}, credentials=secrets),
                LambdaContext(timeout=60),
            )
        except CallbackError as error:
            said += [repr(error), *traceback.format_exception(error)]
        said.append(repr(aws.calls))
    said += [caplog.text, *map(repr, caplog.records), *capfd.readouterr()]
    assert sum(len(text) for text in said) > 100_000
    assert not [text[:200] for text in said if "CANARY" in text]


# -- detection ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_recognised_and_answered(aws: Recorder, name: str) -> None:
    assert detect(SAMPLES[name]) == "codepipeline"
    assert ask(routed(aws, lambda: None), aws, SAMPLES[name])["operation"] == "PutJobSuccessResult"


ODD: list[Any] = [None, True, 0, 1.5, "", "text", [], [1], {}, {"id": "1"}, {"id": 1, "data": {}}]


@pytest.mark.parametrize("odd", [*ODD, {"id": "", "data": {}}, {"id": "1", "data": []}], ids=shown)
def test_what_is_no_job_is_not_claimed(odd: Any) -> None:
    assert detect({"CodePipeline.job": odd}) is None
    with pytest.raises(UnknownEventError):
        routed(SHARED, lambda: None)({"CodePipeline.job": odd})


@pytest.mark.parametrize(
    "path",
    [
        ("accountId",),
        ("data", "actionConfiguration"),
        ("data", "actionConfiguration", "configuration"),
        ("data", "actionConfiguration", "configuration", "FunctionName"),
        ("data", "actionConfiguration", "configuration", "UserParameters"),
        ("data", "inputArtifacts"),
        ("data", "outputArtifacts"),
        ("data", "artifactCredentials"),
        ("data", "continuationToken"),
        ("data", "encryptionKey"),
    ],
)
def test_hostile_jobs_have_one_result(aws: Recorder, path: tuple[str, ...]) -> None:
    def handler(
        parameters: Any,
        input_artifacts: Any,
        output_artifacts: Any,
        continuation_token: Any,
        credentials: Any,
    ) -> None: ...

    for value in [*ODD, "\ud800", {"a": {"b": [1]}}, [[{}]]]:
        sent = copy.deepcopy(EVERY_PART)
        holder = sent["CodePipeline.job"]
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = value
        for app in (
            routed(aws, handler),
            routed(aws, handler, function="*"),
            routed(
                aws,
                handler,
                parameters={"a": ["b"]},
                pattern={"CodePipeline.job": {"id": [{"exists": True}]}},
            ),
        ):
            aws.clear()
            assert app(sent, LambdaContext()) is None
            model.check(aws.calls, sent)


def test_real_events_reach_a_handler(aws: Recorder, shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "codepipeline"]
    assert len(files) >= 5
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["codepipeline"], file
        seen: list[Any] = []
        asked = ask(routed(aws, lambda job_id, seen=seen: seen.append(job_id)), aws, sent)
        assert seen == [sent["CodePipeline.job"]["id"]] == [asked["jobId"]]
    others = [file for file in labels if file not in files]
    assert [f for f in others if CodePipeline.recognise(json.loads((shared_events / f).read_text()))] == []


def test_continue_and_credentials_as_values() -> None:
    assert Continue("a", percent=1) == Continue("a", percent=1)
    assert Continue("a") != Continue("b")
    assert Continue("a") != "a"
    assert repr(Continue("a")) == "Continue('a')"
    assert not Credentials({})
    assert json.dumps({"c": Credentials({"a": "b"})}) == '{"c": {}}'
    assert copy.deepcopy(Credentials({"a": "b"}))["a"] == "b"


def test_reports_are_told_apart() -> None:
    assert issubclass(reporting.ReportError, CallbackError)
    assert reporting.ReportError("put", "Code").code == "Code"
