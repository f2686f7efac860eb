"""Lambda authorizers of AWS AppSync: parts, decisions judged by the contract model, denials, secrets."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.appsync_authorizer_event import (
    AppSyncAuthorizerEvent,
    AppSyncAuthorizerEventRequestContext,
    AppSyncAuthorizerResponse,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import appsync_authorizer as model

from lambda_router import (
    Allow,
    ConcealedError,
    ConfigurationError,
    Deny,
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
from lambda_router.sources.appsync_authorizer import AppSyncAuthorizer
from lambda_router.testing import Client, event
from lambda_router.testing.events import samples

SAMPLES = {name.partition(".")[2]: sample for name, sample, _ in samples("appsync_authorizer")}
QUERY = SAMPLES["query"]
CANARY = "canary-4111-1111"
FLAT = {"text": "a", "number": 7, "fraction": 1.5, "truth": True, "nothing": None}
FIELD = "arn:aws:appsync:eu-west-1:123456789012:apis/a1b2c3/types/Query/fields/secret"


def answering(handler: Any, **options: Any) -> Router:
    app = Router()
    app.appsync_authorizer(**options)(handler)
    return app


def ask(app: Any, sent: Any = QUERY) -> Any:
    """The answer to a question, which AppSync takes."""
    before = copy.deepcopy(sent)
    result = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(result.response, sent)
    return result.response


def returning(value: Any, sent: Any = QUERY) -> Any:
    return ask(answering(lambda: value), sent)


def raising(failure: BaseException) -> Router:
    def handler() -> None:
        raise failure

    return answering(handler)


def refused(app: Any, sent: Any = QUERY) -> BaseException:
    error = Client(app).send(sent).error
    assert type(error) is ConcealedError
    assert error.__cause__ is not None
    return error.__cause__


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(model.Refused, match=r"^\$"):
        model.check(answer, sent)


# -- parts ---------------------------------------------------------------------------------------------------


def test_each_part() -> None:
    seen: list[Any] = []

    def handler(token: Any, request: Any, query: Any, operation: Any, variables: Any, headers: Any) -> bool:
        seen.append((token, request, query, operation, variables, headers["X-TENANT"], headers.get("none")))
        return True

    ask(answering(handler))
    context = QUERY["requestContext"]
    assert seen == [
        (
            "sample-token-51",
            context,
            context["queryString"],
            "ReadOrder",
            {"key": "417"},
            "acme",
            None,
        )
    ]
    values = [json.dumps(get(QUERY)) for get in AppSyncAuthorizer.parts.values()]
    assert len(set(values)) == len(values) == 6


def test_what_an_anonymous_operation_has_not() -> None:
    found: list[Any] = []
    app = answering(lambda operation, headers, invocation: found.append((operation, dict(headers))) or True)
    ask(app, SAMPLES["anonymous"])
    assert found == [(None, {})]


def test_powertools_classes() -> None:
    def handler(event: AppSyncAuthorizerEvent, request: AppSyncAuthorizerEventRequestContext) -> bool:
        return event.authorization_token == "sample-token-51" and request.operation_name == "ReadOrder"

    assert ask(answering(handler)) == {"isAuthorized": True}


def test_what_is_not_on_offer_is_refused_at_import() -> None:
    for parameter in ("tokn", "identity", "payload: dict"):
        names: dict[str, Any] = {}
        exec(f"def handler({parameter}): pass", names)
        with pytest.raises(HandlerSignatureError, match=r"app\.appsync_authorizer"):
            answering(names["handler"])


# -- decisions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (True, {"isAuthorized": True}),
        (False, {"isAuthorized": False}),
        (Allow(), {"isAuthorized": True}),
        (Deny(), {"isAuthorized": False}),
        (Allow("ada"), {"isAuthorized": True}),
        (Allow(context=FLAT), {"isAuthorized": True, "resolverContext": FLAT}),
        (Deny(context={"why": "old"}), {"isAuthorized": False, "resolverContext": {"why": "old"}}),
        (Allow(ttl=0), {"isAuthorized": True, "ttlOverride": 0}),
        (Allow(ttl=3600), {"isAuthorized": True, "ttlOverride": 3600}),
        (Allow(denied_fields=[]), {"isAuthorized": True, "deniedFields": []}),
        (
            Allow(denied_fields=("Order.cost", FIELD)),
            {"isAuthorized": True, "deniedFields": ["Order.cost", FIELD]},
        ),
        ({"isAuthorized": True, "ttlOverride": 5}, {"isAuthorized": True, "ttlOverride": 5}),
        ({"isAuthorized": False, "resolverContext": None}, {"isAuthorized": False}),
        (AppSyncAuthorizerResponse(True, 15, {"a": 1}, ["A.b"]).asdict(), ...),
    ],
)
def test_each_form_of_decision(result: Any, expected: Any) -> None:
    async def later() -> Any:
        return result

    assert returning(result) == (result if expected is ... else expected)
    assert ask(answering(later)) == returning(result)


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, "$"),
        (1, "$"),
        ("true", "$"),
        ([True], "$"),
        ({}, "$.isAuthorized"),
        ({"isAuthorized": 1}, "$.isAuthorized"),
        ({"isAuthorized": True, "principalId": "a"}, "$.principalId"),
        (Allow(context={"roles": ["a"]}), "$.resolverContext.roles"),
        (Allow(context={"user": {}}), "$.resolverContext.user"),
        (Allow(context={"a": "x" * 5_300_000}), "$.resolverContext"),
        (Allow(context={"n": float("nan")}), "$.resolverContext.n"),
        (Allow(denied_fields=["secret"]), "$.deniedFields[0]"),
        (Allow(denied_fields=["A.b", "A.*"]), "$.deniedFields[1]"),
        (Allow(denied_fields=["A.b.c"]), "$.deniedFields[0]"),
        (Allow(denied_fields=[FIELD.replace("appsync", "s3")]), "$.deniedFields[0]"),
        (Allow(denied_fields=[FIELD.replace("/fields/secret", "")]), "$.deniedFields[0]"),
        (Allow(denied_fields=["arn:x"]), "$.deniedFields[0]"),
        (Allow(denied_fields="A.b"), "$.deniedFields"),
        (Allow(ttl=-1), "$.ttlOverride"),
        (Allow(ttl=3601), "$.ttlOverride"),
        (Allow(ttl=1.5), "$.ttlOverride"),  # type: ignore[arg-type]
        (Allow(ttl=True), "$.ttlOverride"),
        (Allow(resources="*"), "$.resources"),
        (Allow(usage_key="k"), "$.usage_key"),
    ],
)
def test_a_wrong_decision_lets_nobody_in(result: Any, path: str) -> None:
    found = refused(answering(lambda: result))
    assert type(found) is ResultError
    assert found.path == path


def test_what_is_for_appsync_alone_is_refused_elsewhere() -> None:
    for decision in (Allow(denied_fields=["A.b"]), Allow(ttl=3)):
        for sent in (event("api_gateway_authorizer"), event("api_gateway_authorizer.payload_v2")):
            app = Router()
            app.authorizer(simple=True)(lambda decision=decision: decision)
            assert isinstance(Client(app).send(sent).error, ResultError)
    assert repr(Allow(denied_fields=["A.b"], ttl=3)) == "Allow(denied_fields=..., ttl=...)"
    assert Allow(ttl=1) != Allow(ttl=2)


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [HTTPError(401), HTTPError(403, CANARY), Drop(), Reject(CANARY)])
def test_what_says_that_the_caller_is_at_fault_is_a_denial(failure: BaseException) -> None:
    assert ask(raising(failure)) == {"isAuthorized": False}


def test_a_part_that_does_not_validate_and_a_dropping_route_are_denials() -> None:
    def handler(token: int) -> bool:
        raise AssertionError

    assert ask(answering(handler)) == {"isAuthorized": False}
    app = Router()
    app.appsync_authorizer().drop()
    assert ask(app) == {"isAuthorized": False}


@pytest.mark.parametrize(
    "failure",
    [ValueError(CANARY), Retry(CANARY), HTTPError(500, CANARY), SystemExit(CANARY), RouterError(CANARY)],
    ids=lambda failure: type(failure).__name__,
)
def test_any_other_failure_is_raised_with_a_generic_text(failure: BaseException, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    error = Client(raising(failure)).send(QUERY).error
    assert type(error) is ConcealedError
    assert QUERY["requestContext"]["requestId"] in str(error)
    assert CANARY not in f"{error} {error!r} {caplog.text}"
    assert type(failure).__name__ in caplog.text


def test_public_errors_and_exception_handlers() -> None:
    error = Client(raising(PublicError("We are closed."))).send(QUERY).error
    assert (type(error), str(error)) == (PublicError, "We are closed.")
    app = raising(LookupError())
    app.exception_handler(LookupError)(lambda exc, invocation: Deny(context={"why": "unknown"}))
    assert ask(app) == {"isAuthorized": False, "resolverContext": {"why": "unknown"}}
    app = raising(LookupError())
    app.exception_handler(LookupError)(lambda exc, invocation: None)
    assert isinstance(refused(app), LookupError)
    with pytest.raises(KeyboardInterrupt):
        raising(KeyboardInterrupt())(QUERY)


# -- which route, hostile and labelled events, secrets -------------------------------------------------------


def test_the_api_decides_on_the_route() -> None:
    api = QUERY["requestContext"]["apiId"]
    for written, expected in ((api, True), ("*", True), ([api, "x"], True), ("other", False), ("q*", True)):
        app = answering(lambda: True, api=written)
        if expected:
            assert ask(app) == {"isAuthorized": True}
            continue
        found = refused(app)
        assert isinstance(found, NoRouteError)
        assert found.suggestion == "@app.appsync_authorizer()"
    with pytest.raises(ConfigurationError):
        answering(lambda: True, api=7)
    app = answering(lambda: True)
    with pytest.raises(DuplicateRouteError):
        app.appsync_authorizer().drop()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(["isAuthorized", "resolverContext", "deniedFields", "ttlOverride", "x"])


@settings(max_examples=300, deadline=None)
@given(
    result=VALUES
    | st.dictionaries(FIELDS, VALUES | st.just(True) | st.just(["A.b"]), max_size=4)
    | st.builds(Allow, VALUES, context=VALUES, denied_fields=VALUES, ttl=VALUES, resources=st.none() | VALUES)
)
def test_any_result_is_a_right_answer_or_a_result_error(result: Any) -> None:
    try:
        answer = answering(lambda: result)(QUERY)
    except ConcealedError as exc:
        assert isinstance(exc.__cause__, ResultError)
    else:
        model.check(answer, QUERY)


def test_wrong_types_at_every_depth_are_no_crash() -> None:
    def handler(token: Any, request: Any, query: Any, operation: Any, variables: Any, headers: Any) -> bool:
        return True

    app = answering(handler, api="*")
    for path in places(QUERY):
        for sent in misshapen(QUERY, path):
            if detect(sent) == "appsync_authorizer":
                assert app(sent) == {"isAuthorized": True}
                json.dumps(app.explain(sent).to_dict())


@pytest.mark.parametrize(
    "changes",
    [
        {"authorizationToken": None},
        {"authorizationToken": 7},
        {"requestContext": None},
        {"requestContext": {"apiId": "a"}},
        {"requestContext": {"queryString": "{ a }"}},
        {"requestContext": {"queryString": ["{ a }"], "apiId": "a"}},
        {"methodArn": "arn:aws:execute-api:r:1:a/s/GET/", "type": "TOKEN"},
    ],
)
def test_what_is_near_is_not_appsyncs(changes: Any) -> None:
    assert not AppSyncAuthorizer.recognise({**QUERY, **changes})


def test_labelled_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "appsync_authorizer"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        found = [room.name for room in Router.everything().rooms if room.recognise(sent)]
        assert found == ["appsync_authorizer"], file
        assert ask(answering(lambda token: bool(token)), sent) == {"isAuthorized": True}


def test_the_token_is_in_no_log_no_repr_and_no_error(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    sent = event(
        "appsync_authorizer", token=CANARY, variables={"pin": CANARY}, headers={"authorization": CANARY}
    )

    def handler(token: int) -> bool:
        return True

    def failing() -> bool:
        raise ValueError(CANARY)

    for app in (answering(handler), answering(failing), answering(lambda: None), Router()):
        result = Client(app).send(sent)
        cause = getattr(result.error, "__cause__", None)
        shown = f"{result.error!r} {result.response} {caplog.text} {app.explain(sent)}"
        assert CANARY not in shown + (repr(cause) if isinstance(cause, RouterError) else "")


def test_the_client_asks() -> None:
    app = answering(lambda token, operation: token == "good" and operation == "Read")
    assert Client(app).appsync_authorizer("good", operation="Read").response == {"isAuthorized": True}
    assert Client(app).appsync_authorizer("bad").response == {"isAuthorized": False}


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(refused(answering(lambda: Allow(denied_fields=["secret"]))), ResultError)
    monkeypatch.setattr("lambda_router.sources.appsync_authorizer._ANSWER", lambda value, path: None)
    with pytest.raises(model.Refused):
        returning(Allow(denied_fields=["secret"]))
