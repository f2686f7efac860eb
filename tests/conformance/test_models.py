"""Every answer is one that its caller accepts, by the models of the callers, over all sources that have one.

A handler's result becomes an answer that the model accepts, or a `ResultError`: raised, concealed behind a text for
people, or told in the caller's own words for a failure, which are an answer too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places

from lambda_router import (
    Allow,
    Close,
    ConcealedError,
    ConfirmIntent,
    Delegate,
    Deny,
    ElicitIntent,
    ElicitSlot,
    Response,
    ResultError,
    Router,
    Speech,
    Transformed,
    detect,
    source,
)
from lambda_router.testing import Client, event
from lambda_router.testing.events import names, samples


class Caller(NamedTuple):
    """How an app takes all events of a source, and a result that is right for each of them."""

    route: Callable[[Router], Any]
    right: Callable[[Any], Any] = lambda sent: None


def directed(sent: Any) -> Any:
    """What a smart home skill has to say to a directive."""
    asked = sent.get("directive", sent)["header"]["name"]
    if asked == "Discover":
        return {"event": {"payload": {"endpoints": []}}}
    return {"context": {"properties": []}} if asked == "ReportState" else {}


def edge(app: Router) -> Callable[[Any], Any]:
    """A route of each of CloudFront's four."""
    kinds = (app.cloudfront.viewer_request, app.cloudfront.origin_request)
    others = (app.cloudfront.origin_response, app.cloudfront.viewer_response)
    return lambda handler: [decorator()(handler) for decorator in (*kinds, *others)]


def steps(app: Router) -> Callable[[Any], Any]:
    """A route of each of the steps of a rotation."""
    room = app.secrets_manager
    some = (room.create_secret, room.set_secret, room.test_secret, room.finish_secret)
    return lambda handler: [decorator()(handler) for decorator in some]


def channel(app: Router) -> Callable[[Any], Any]:
    """A route of both operations of a channel; one is asked for all events, as the other's answer is null."""
    kinds = (app.appsync_events.publish, app.appsync_events.subscribe)

    def both(handler: Callable[..., Any]) -> None:
        def taken(event: Any, events: Any) -> Any:
            return handler(event)

        for decorator in kinds:
            decorator("*")(taken)

    return both


def tools(app: Router) -> Callable[[Any], Any]:
    """A route of an agent's functions, and of its operations."""
    return lambda handler: [app.bedrock_agent("*")(handler), app.bedrock_agent.operation("*", "*")(handler)]


CALLERS = {
    "alexa": Caller(lambda app: app.alexa.request("*")),
    "alexa_smart_home": Caller(lambda app: app.alexa_smart_home("*", "*"), directed),
    "api_gateway_authorizer": Caller(lambda app: app.authorizer(), lambda sent: True),
    "api_gateway_websocket": Caller(lambda app: app.websocket(["*", "$connect", "$disconnect"])),
    "appsync": Caller(lambda app: app.appsync("*", "*")),
    "appsync_authorizer": Caller(lambda app: app.appsync_authorizer(), lambda sent: True),
    "appsync_events": Caller(channel),
    "bedrock_agent": Caller(tools),
    "cloudformation_hook": Caller(lambda app: app.cloudformation_hook()),
    "cloudformation_macro": Caller(lambda app: app.cloudformation_macro(), lambda sent: sent["fragment"]),
    "cloudfront": Caller(edge),
    "cognito": Caller(lambda app: app.cognito()),
    "cognito_sync": Caller(lambda app: app.cognito_sync("*")),
    "connect": Caller(lambda app: app.connect()),
    "ecs_deployment_hook": Caller(lambda app: app.ecs_deployment_hook()),
    "firehose": Caller(lambda app: app.firehose("*"), lambda sent: Transformed()),
    "iot_authorizer": Caller(lambda app: app.iot_authorizer(), lambda sent: True),
    "lex": Caller(lambda app: app.lex("*"), lambda sent: "Done."),
    "lex_v2": Caller(lambda app: app.lex_v2("*"), lambda sent: "Done."),
    "pipes": Caller(lambda app: app.pipes.enrichment(), lambda sent: []),
    "s3_batch": Caller(lambda app: app.s3_batch()),
    "secrets_manager": Caller(steps),
    "ses": Caller(lambda app: app.ses()),
    "transfer_family": Caller(lambda app: app.transfer_family()),
}
CALLED_BACK = {"cloudformation", "codedeploy_hook", "codepipeline", "config", "s3_object_lambda"}
"""Those that wait for a call of their API instead; what they are sent is judged in their own tests."""
UNSEEN = {"iot_authorizer", "pipes"}
"""Those of which the collection of real events has none."""
EVENTS = [name for name in names() if name.partition(".")[0] in CALLERS]


def model(name: str) -> Any:
    return import_module(f"models.{name.partition('.')[0]}")


def asked(name: str, sent: Any, result: Callable[[Any], Any]) -> tuple[Any, BaseException | None, list[Any]]:
    """The answer or the error that an app gives to an event, and what its handler was called with."""
    seen: list[Any] = []

    def handler(event: Any) -> Any:
        seen.append(event)
        return result(event)

    app = Router()
    CALLERS[name.partition(".")[0]].route(app)(handler)
    out = Client(app).send(sent)
    return out.response, out.error, seen


def judge(name: str, sent: Any, result: Any) -> bool:
    """Whether the result has become an answer; AssertionError or Refused where the caller would not take it."""
    answer, error, _ = asked(name, sent, lambda _: result)
    if error is None:
        model(name).check(answer, sent)
        return True
    refusal = error.__cause__ if isinstance(error, ConcealedError) else error
    assert isinstance(refusal, ResultError), (error, refusal)
    assert refusal.path.startswith("$")
    return False


def test_every_model_is_here() -> None:
    modelled = {path.stem for path in Path(model("ses").__file__).parent.glob("*.py")} - {"__init__"}
    assert modelled == CALLERS.keys() | CALLED_BACK
    assert {n for n, line in source.rooms(Router) if n in modelled and line.load()} == modelled
    assert {name.partition(".")[0] for name in EVENTS} == CALLERS.keys()


def taken(name: str, sent: Any) -> None:
    """The event reaches its handler, whose result becomes an answer that the model accepts."""
    given = json.loads(json.dumps(sent))
    answer, error, seen = asked(name, sent, lambda _: CALLERS[name].right(given))
    assert error is None
    assert seen
    model(name).check(answer, given)
    assert sent == given


@pytest.mark.parametrize("name", CALLERS)
def test_every_sample_reaches_its_handler_and_is_answered(name: str) -> None:
    found = [written for _, written, _ in samples(name)]
    found += [event(made) for made in EVENTS if made.partition(".")[0] == name]
    assert found
    for sent in found:
        taken(name, sent)


@pytest.fixture(scope="module")
def labelled(shared_events: Path | None) -> dict[str, tuple[str | None, Any]]:
    """The events of the collection by file, each with the name of its source."""
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text("utf-8"))
    return {
        file: (label["source"], json.loads((shared_events / file).read_text("utf-8")))
        for file, label in labels.items()
    }


def test_every_labelled_event_has_exactly_one_source(labelled: dict[str, tuple[str | None, Any]]) -> None:
    rooms = {n: line.load() for n, line in source.rooms(Router) if n in CALLERS}
    for file, (label, sent) in labelled.items():
        found = [name for name, room in rooms.items() if room.recognise(sent)]
        assert found == ([label] if label in CALLERS else []), file
        if found:
            assert detect(sent) == label, file


@pytest.mark.parametrize("name", CALLERS)
def test_every_labelled_event_reaches_its_handler_and_is_answered(
    name: str, labelled: dict[str, tuple[str | None, Any]]
) -> None:
    mine = [sent for label, sent in labelled.values() if label == name]
    assert mine or name in UNSEEN
    for sent in mine:
        taken(name, sent)


# -- wrong results -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLERS)
def test_what_the_model_refuses_is_never_answered(name: str) -> None:
    """The wrong answers beside each model, returned by a handler to the event that they are wrong for."""
    module = model(name)
    for answer, sent, _why in module.WRONG:
        for one in (
            [sent] if sent is not None else map(event, [n for n in EVENTS if n.partition(".")[0] == name])
        ):
            if detect(one) == name and jsonable(answer):
                judge(name, one, answer)


def jsonable(value: Any) -> bool:
    try:
        return len(json.dumps(value)) < 7_000_000
    except (TypeError, ValueError):
        return False


@pytest.mark.parametrize("name", EVENTS)
def test_an_answer_that_is_wrong_at_one_place_is_refused_or_made_right(name: str) -> None:
    """The right answer as a handler's own result, with a value of a wrong type at each place."""
    sent = event(name)
    answer, error, _ = asked(name, sent, lambda _: CALLERS[name.partition(".")[0]].right(sent))
    assert error is None
    answers = [odd for path in places(answer) for odd in misshapen(answer, path)]
    for odd in answers:
        judge(name, sent, odd)


# -- any result ----------------------------------------------------------------------------------------------

KEYS = [
    *(
        "data",
        "errorMessage",
        "errorType",
        "resolverContext",
        "deniedFields",
        "ttlOverride",
        "events",
        "error",
    ),
    *(
        "messageVersion",
        "actionGroup",
        "function",
        "functionResponse",
        "responseState",
        "responseBody",
        "TEXT",
    ),
    *("apiPath", "httpMethod", "httpStatusCode", "sessionAttributes", "knowledgeBasesConfiguration", "id"),
    *(
        "response",
        "version",
        "outputSpeech",
        "type",
        "text",
        "shouldEndSession",
        "directives",
        "sessionAttributes",
    ),
    *("event", "header", "payload", "namespace", "name", "messageId", "endpoint", "context", "properties"),
    *(
        "principalId",
        "policyDocument",
        "Version",
        "Statement",
        "isAuthorized",
        "usageIdentifierKey",
        "claims",
    ),
    *(
        "statusCode",
        "headers",
        "body",
        "status",
        "statusDescription",
        "bodyEncoding",
        "uri",
        "method",
        "origin",
    ),
    *(
        "autoConfirmUser",
        "autoVerifyPhone",
        "claimsOverrideDetails",
        "claimsAndScopeOverrideDetails",
        "issueTokens",
    ),
    *("userAttributes", "finalUserStatus", "emailMessage", "smsMessage", "answerCorrect", "triggerSource"),
    *("userPoolId", "datasetRecords", "op", "newValue", "records", "recordId", "result", "data", "metadata"),
    *(
        "dialogAction",
        "sessionState",
        "messages",
        "contentType",
        "content",
        "intent",
        "slots",
        "fulfillmentState",
    ),
    *("results", "taskId", "resultCode", "resultString", "disposition", "eventType", "identityId"),
]
WORDS = [
    "PlainText",
    "SSML",
    "Close",
    "Delegate",
    "Ok",
    "Dropped",
    "Succeeded",
    "CONFIRMED",
    "200",
    "replace",
    "CONTINUE",
]

text: Any = st.text(max_size=8) | st.sampled_from(WORDS)
values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4) | st.integers(), inner, max_size=4)
    ),
    max_leaves=6,
)
attributes: Any = st.none() | st.dictionaries(text, values, max_size=2) | values
fields = st.sampled_from(["X-Shop", "Via", "Host", "Connection", "Content-Length", "X-Amz-Cf-Id"])
headers: Any = st.dictionaries(fields, st.sampled_from(WORDS), max_size=2)
helpers: Any = st.one_of(
    st.builds(Speech, values, ssml=st.none() | values, reprompt=values, card=values, end_session=values),
    st.builds(Speech, text, directives=values, session_attributes=attributes, play_behavior=values),
    st.builds(Allow, values, context=attributes, resources=values, usage_key=st.none() | values),
    st.builds(
        Deny, st.none() | text, context=attributes, resources=st.none() | text | st.lists(text, max_size=2)
    ),
    st.builds(Close, values, state=values, card=attributes, session_attributes=attributes),
    st.builds(Close, text, active_contexts=values, request_attributes=attributes),
    st.builds(Delegate, slots=attributes, state=st.none() | values, session_attributes=attributes),
    st.builds(ElicitSlot, values, values, intent=values, slots=attributes, style=values),
    st.builds(ElicitSlot, text, text, intent=st.none() | text, card=attributes),
    st.builds(ElicitIntent, values, card=attributes),
    st.builds(ConfirmIntent, values, intent=values, slots=attributes),
    st.builds(
        Transformed, values, partition_keys=attributes, database=values, table=values, operation=values
    ),
    st.builds(Response, values, st.integers(100, 599), headers=headers),
)
several: Any = st.tuples(values, st.integers(90, 610)) | st.lists(helpers, max_size=2)


@pytest.mark.parametrize("name", CALLERS)
@settings(max_examples=100, deadline=None)
@given(data=st.data(), result=values | helpers | several)
def test_whatever_a_handler_returns_the_caller_can_take(name: str, data: Any, result: Any) -> None:
    made = data.draw(st.sampled_from([n for n in EVENTS if n.partition(".")[0] == name]))
    judge(name, event(made), result)


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not judge("connect", event("connect"), {"a": {}})
    monkeypatch.setattr("lambda_router.sources.connect._flat", lambda given: given)
    with pytest.raises(ValueError, match=r"\$"):
        judge("connect", event("connect"), {"a": {}})
