"""Agents of Amazon Bedrock: functions and operations, parameters by name, what the model reads; answers by the model."""

from __future__ import annotations

import copy
import json
import logging
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any  # noqa: F401 - in annotations that are made of text

import pytest
from aws_lambda_powertools.utilities.data_classes import BedrockAgentEvent, BedrockAgentFunctionEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import bedrock_agent as model
from pydantic import BaseModel

from lambda_router import (
    AgentResponse,
    Argument,  # noqa: F401 - in annotations that are made of text
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
from lambda_router.sources.bedrock_agent import BedrockAgent
from lambda_router.testing import Client, event
from lambda_router.testing.events import samples

SAMPLES = {name.partition(".")[2]: sample for name, sample, _ in samples("bedrock_agent")}
FUNCTION, FULL, OPERATION = SAMPLES["function"], SAMPLES["every_part"], SAMPLES["operation"]
WITH_BODY = SAMPLES["operation_with_body"]
CANARY = "canary-4111-1111"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


class Claim(BaseModel):
    claim_id: str
    amount: Decimal
    photos: list[str]
    urgent: bool


def answering(handler: Any) -> Router:
    app = Router()
    app.bedrock_agent("*")(handler)
    app.bedrock_agent.operation("*", "*")(handler)
    return app


def ask(app: Any, sent: Any = FUNCTION) -> Any:
    """The answer to an event, which the agent takes."""
    before = copy.deepcopy(sent)
    result = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(result.response, sent)
    return result.response


def told(answer: Any) -> tuple[Any, Any]:
    """The state and the text of a function's answer, or the status and the JSON of an operation's."""
    response = answer["response"]
    if "functionResponse" in response:
        inner = response["functionResponse"]
        return inner.get("responseState"), inner["responseBody"]["TEXT"]["body"]
    return response["httpStatusCode"], json.loads(response["responseBody"]["application/json"]["body"])


def given_to(parameters: str, sent: Any = FULL) -> Any:
    seen: list[Any] = []
    names = {**globals(), "seen": seen}
    exec(f"def handler({parameters}): seen.append(dict(locals()))", names)
    assert told(ask(answering(names["handler"]), sent))[0] in (None, 200)
    return seen[0]


def is_generic(text: str) -> bool:
    return text.startswith("The request could not be handled (reference ") and CANARY not in text


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(model.Refused, match=r"^\$"):
        model.check(answer, sent)


# -- parts and parameters by name ----------------------------------------------------------------------------


def test_each_part() -> None:
    names = "session_attributes, prompt_session_attributes, agent, input_text, session_id"
    assert given_to(names) == {
        "session_attributes": {"employee": "e-7"},
        "prompt_session_attributes": {"mood": "festive"},
        "agent": FULL["agent"],
        "input_text": "a parcel, please",
        "session_id": "987654321098762",
    }
    wanted = {"claim_id": "c-9", "amount": 12.5, "photos": ["a.jpg"], "urgent": False}
    found = given_to("parameters, request_body", WITH_BODY)
    assert found["parameters"] == wanted
    del wanted["claim_id"]
    assert found["request_body"] == wanted
    parts = [
        json.dumps(get(WITH_BODY))
        for name, get in BedrockAgent.parts.items()
        if name != "prompt_session_attributes"
    ]
    assert len(set(parts)) == len(parts) == 6
    assert given_to("event, context", FUNCTION)["event"] == FUNCTION


def test_powertools_classes() -> None:
    def of_function(event: BedrockAgentFunctionEvent) -> Any:
        return [event.function, event.parameters[0].value]

    def of_operation(event: BedrockAgentEvent) -> Any:
        return [event.api_path, event.json_body["amount"]]

    assert told(ask(answering(of_function), FULL))[1] == '["book","Rome"]'
    assert told(ask(answering(of_operation), WITH_BODY))[1] == ["/claims/{claim_id}/amount", "12.5"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("city, guests, budget, terrace, dates", ["Rome", 4, 99.5, True, ["2026-12-24", "2026-12-31"]]),
        ("guests: str, budget: str", ["4", "99.5"]),
        ("guests: int, budget: float, terrace: bool", [4, 99.5, True]),
        ("dates: list[str]", [["2026-12-24", "2026-12-31"]]),
        ("nights: int = 1, nothing: str | None = None", [1, None]),
        ("nothing", [None]),
        ("of: Annotated[str, Argument('session_id')]", ["of the parameter"]),
    ],
)
def test_parameters_by_name(parameters: str, expected: list[Any]) -> None:
    found = list(given_to(parameters).values())
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected))


def test_a_model_takes_all_parameters_with_the_body() -> None:
    claim = Claim(claim_id="c-9", amount=Decimal("12.5"), photos=["a.jpg"], urgent=False)
    assert given_to("claim: Claim", WITH_BODY) == {"claim": claim}
    both = copy.deepcopy(WITH_BODY)
    both["requestBody"]["content"]["application/json"]["properties"].append(
        {"name": "claim_id", "type": "string", "value": "of the body"}
    )
    assert given_to("claim_id, request_body", both)["claim_id"] == "c-9"
    other = copy.deepcopy(WITH_BODY)
    other["requestBody"]["content"] = {"text/csv": other["requestBody"]["content"]["application/json"]}
    assert given_to("amount: float", other) == {"amount": 12.5}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", "many", "many"),
        ("integer", "7", 7),
        ("number", "7", 7.0),
        ("number", "nan", "nan"),
        ("boolean", "True", True),
        ("boolean", "maybe", "maybe"),
        ("array", "[a, b]", "[a, b]"),
        ("array", "[1]", [1]),
        ("object", '{"a": 1}', {"a": 1}),
        ("string", "7", "7"),
        ("other", "7", "7"),
        (None, "7", "7"),
        ("integer", None, None),
        ("integer", [1], [1]),
    ],
)
def test_a_value_is_read_as_its_type_says_where_it_can(kind: Any, value: Any, expected: Any) -> None:
    sent = {**FUNCTION, "parameters": [{"name": "x", "type": kind, "value": value}]}
    assert given_to("x", sent) == {"x": expected}
    assert type(given_to("x", sent)["x"]) is type(expected)


@pytest.mark.parametrize(
    ("parameters", "part"),
    [
        ("city: int", "parameters.city"),
        ("nights: int", "parameters.nights"),
        ("dates: list[int]", "parameters.dates"),
        ("claim: Claim", "parameters"),
    ],
)
def test_parameters_that_do_not_validate_go_back_to_the_model(parameters: str, part: str) -> None:
    names = dict(globals())
    exec(f"def handler({parameters}): raise AssertionError", names)
    sent = copy.deepcopy(FULL)
    sent["parameters"][0]["value"] = CANARY
    state, text = told(ask(answering(names["handler"]), sent))
    assert state == "REPROMPT"
    assert text.startswith(part)
    assert CANARY not in text
    status, body = told(ask(answering(names["handler"]), {**OPERATION, "parameters": sent["parameters"]}))
    assert (status, body) == (400, {"error": text})


def test_what_is_not_on_offer_is_refused_at_import() -> None:
    for parameter in ("*args", "a: BedrockAgentEvent", "ctx: Router"):
        names = dict(globals())
        exec(f"def handler({parameter}): pass", names)
        with pytest.raises(HandlerSignatureError, match=r"app\.bedrock_agent"):
            answering(names["handler"])


# -- answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "text", "body"),
    [
        (None, "", None),
        ("Found.", "Found.", "Found."),
        ("", "", ""),
        (7, "7", 7),
        (True, "true", True),
        ({"id": 7, "ü": [None]}, '{"id":7,"ü":[None]}', {"id": 7, "ü": [None]}),
        ([1, 2], "[1,2]", [1, 2]),
        ({"total": Decimal("9.5")}, '{"total":9.5}', {"total": 9.5}),
        (AgentResponse("Found."), "Found.", "Found."),
        (AgentResponse({"id": 7}), '{"id":7}', {"id": 7}),
    ],
)
def test_each_form_of_result(result: Any, text: str, body: Any) -> None:
    async def later() -> Any:
        return result

    for handler in (lambda: result, later):
        assert told(ask(answering(handler))) == (None, text.replace("None", "null"))
        assert told(ask(answering(handler), OPERATION)) == (200, body)


def test_the_answer_repeats_what_was_asked() -> None:
    response = ask(answering(lambda: "ok"))["response"]
    assert (response["actionGroup"], response["function"]) == ("Parcels", "track_parcel")
    response = ask(answering(lambda: "ok"), OPERATION)["response"]
    assert (response["apiPath"], response["httpMethod"]) == ("/parcels/{order_id}", "GET")

    def editing(event: Any) -> None:
        event.update(function="other", actionGroup="Other", sessionAttributes={})

    assert ask(answering(editing), FULL)["sessionAttributes"] == {"employee": "e-7"}


def test_attributes_go_back_and_may_be_replaced() -> None:
    answer = ask(answering(lambda: "ok"), FULL)
    assert answer["sessionAttributes"] == {"employee": "e-7"}
    assert answer["promptSessionAttributes"] == {"mood": "festive"}
    result = AgentResponse(
        "ok",
        session_attributes={"visits": "2"},
        prompt_session_attributes={},
        knowledge_bases=[{"knowledgeBaseId": "KB1"}],
    )
    answer = ask(answering(lambda: result), FULL)
    assert answer["sessionAttributes"] == {"visits": "2"}
    assert answer["promptSessionAttributes"] == {}
    assert answer["knowledgeBasesConfiguration"] == [{"knowledgeBaseId": "KB1"}]

    def edited(session_attributes: Any) -> Any:
        return AgentResponse(session_attributes={**session_attributes, "n": "1"})

    assert ask(answering(edited), FULL)["sessionAttributes"] == {"employee": "e-7", "n": "1"}
    odd = {**FUNCTION, "sessionAttributes": {"n": 7}}
    assert "sessionAttributes" not in ask(answering(lambda: "ok"), odd)


def test_states_statuses_and_documents() -> None:
    for state in ("REPROMPT", "FAILURE"):
        assert told(ask(answering(lambda state=state: AgentResponse("Which?", state=state)))) == (
            state,
            "Which?",
        )
    assert told(ask(answering(lambda: AgentResponse({"id": 7}, status=201)), OPERATION)) == (201, {"id": 7})
    own = ask(answering(lambda: "own"))
    assert ask(answering(lambda: own)) == own
    operation = ask(answering(lambda: "own"), OPERATION)
    operation["response"]["responseBody"] = {"text/plain": {"body": "own"}}
    assert ask(answering(lambda: operation), OPERATION) == operation
    assert (
        repr(AgentResponse(CANARY, status=404, session_attributes={"a": CANARY}))
        == "AgentResponse(status=404)"
    )
    assert AgentResponse("a") == AgentResponse("a") != AgentResponse("a", state="FAILURE")


@pytest.mark.parametrize(
    ("result", "sent"),
    [
        (b"x", FUNCTION),
        ({"n": float("nan")}, OPERATION),
        ("\ud800", FUNCTION),
        ("x" * 25_600, FUNCTION),
        ("€" * 9_000, OPERATION),
        (AgentResponse("x", status=200), FUNCTION),
        (AgentResponse("x", state="FAILURE"), OPERATION),
        (AgentResponse("x", state="FAILED"), FUNCTION),  # type: ignore[arg-type]
        (AgentResponse("x", status=99), OPERATION),
        (AgentResponse("x", status=True), OPERATION),
        (AgentResponse("x", session_attributes={"n": 7}), FUNCTION),  # type: ignore[dict-item]
        (AgentResponse("x", session_attributes="a"), FUNCTION),  # type: ignore[arg-type]
        (AgentResponse("x", knowledge_bases=[{}]), FUNCTION),
        (AgentResponse(AgentResponse("x")), FUNCTION),
        *[
            (answer, None)
            for answer, _, _ in model.WRONG
            if isinstance(answer, dict) and "response" in answer
        ],
    ],
)
def test_a_wrong_answer_is_a_failure(result: Any, sent: Any, caplog: Any) -> None:
    for one in [sent] if sent is not None else [FUNCTION, OPERATION]:
        state, text = told(ask(answering(lambda: result), one))
        assert state in ("FAILURE", 500)
        assert is_generic(text if state == "FAILURE" else text["error"])
        assert "ResultError" in caplog.text


@pytest.mark.parametrize("character", ["x", "€"])
def test_the_limit_is_25_kb_to_the_byte(character: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.13")
    around = len(json.dumps(ask(answering(lambda: ""))))
    fits, left = divmod(model.LIMIT - around, len(character.encode()))
    text = character * fits + "x" * left
    assert told(ask(answering(lambda: text))) == (None, text)
    assert told(ask(answering(lambda: text + "x")))[0] == "FAILURE"


# -- exceptions ----------------------------------------------------------------------------------------------


def raising(failure: BaseException) -> Router:
    def handler() -> None:
        raise failure

    return answering(handler)


@pytest.mark.parametrize(
    "failure",
    [
        *(ValueError(CANARY), Reject(CANARY), SystemExit(CANARY), RouterError(CANARY)),
        PayloadError(CANARY, part="body"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_an_exception_is_a_failure_with_a_generic_text(failure: BaseException, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    state, text = told(ask(raising(failure)))
    assert state == "FAILURE"
    status, body = told(ask(raising(failure), OPERATION))
    assert status == 500
    for said in (text, body["error"]):
        assert is_generic(said)
    assert FUNCTION["sessionId"] in text
    assert CANARY not in caplog.text
    assert type(failure).__name__ in caplog.text


def test_a_retry_asks_the_model_again(caplog: Any) -> None:
    failure = Retry("The date has passed: ask for another.")
    assert told(ask(raising(failure))) == ("REPROMPT", "The date has passed: ask for another.")
    assert told(ask(raising(failure), OPERATION)) == (400, {"error": "The date has passed: ask for another."})
    assert told(ask(raising(Retry()))) == ("REPROMPT", "Retry")
    assert not caplog.records


def test_public_errors_http_errors_and_drops() -> None:
    assert told(ask(raising(PublicError("We are closed.")))) == ("FAILURE", "We are closed.")
    assert told(ask(raising(PublicError("We are closed.")), OPERATION)) == (500, {"error": "We are closed."})
    assert told(ask(raising(HTTPError(404, "No order 7.")), OPERATION)) == (404, {"error": "No order 7."})
    assert told(ask(raising(HTTPError(409, {"id": 7})), OPERATION)) == (409, {"error": {"id": 7}})
    state, text = told(ask(raising(HTTPError(404, CANARY))))
    assert state == "FAILURE"
    assert is_generic(text)
    assert told(ask(raising(Drop()))) == (None, "")
    app = Router()
    app.bedrock_agent("*").drop()
    assert told(ask(app)) == (None, "")
    assert told(ask(Router(warmup=lambda event: True), OPERATION)) == (200, None)
    with pytest.raises(KeyboardInterrupt):
        raising(KeyboardInterrupt())(FUNCTION)


def test_exception_handlers() -> None:
    app = raising(LookupError())
    app.exception_handler(LookupError)(lambda exc, invocation: AgentResponse("Which one?", state="REPROMPT"))
    assert told(ask(app)) == ("REPROMPT", "Which one?")
    assert told(ask(app, OPERATION))[0] == 500
    app = raising(LookupError())
    app.exception_handler(LookupError)(lambda exc, invocation: None)
    assert told(ask(app))[0] == "FAILURE"


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "options", "expected"),
    [
        ("track_parcel", {}, True),
        ("track_*", {}, True),
        (["a", "track_parcel"], {}, True),
        ("track", {}, False),
        ("*", {"action_group": "Parcels"}, True),
        ("*", {"action_group": "Orders"}, False),
        ("*", {"agent": "concierge"}, True),
        ("*", {"agent": "A1B2C3D4E5"}, True),
        ("*", {"agent": ["x", "con*"]}, True),
        ("*", {"agent": "PRODALIAS1"}, False),
    ],
)
def test_functions(function: Any, options: Any, expected: bool) -> None:
    app = Router()
    app.bedrock_agent(function, **options)(lambda: "mine")
    app.default(lambda: "other")
    assert told(ask(app))[1] == ("mine" if expected else "other")
    assert told(ask(app, OPERATION))[1] == "other"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/parcels/{order_id}", True),
        ("get", "/parcels/*", True),
        (["POST", "get"], "*", True),
        ("*", "/parcels/{order_id}", True),
        ("POST", "/parcels/{order_id}", False),
        ("GET", "/parcels/417", False),
        ("GET", "/parcels", False),
    ],
)
def test_operations(method: Any, path: str, expected: bool) -> None:
    app = Router()
    app.bedrock_agent.operation(method, path)(lambda: "mine")
    app.default(lambda: "other")
    assert told(ask(app, OPERATION))[1] == ("mine" if expected else "other")
    assert told(ask(app))[1] == "other"


def test_without_a_route_the_error_says_what_to_write() -> None:
    app = Router()
    app.bedrock_agent("other")(lambda: "ok")
    with pytest.raises(NoRouteError, match=re.escape('@app.bedrock_agent("track_parcel")')):
        ask(app)
    with pytest.raises(
        NoRouteError, match=re.escape('@app.bedrock_agent.operation("GET", "/parcels/{order_id}")')
    ):
        ask(app, OPERATION)


def test_mistakes_are_refused_at_import() -> None:
    app = answering(lambda: "ok")
    with pytest.raises(DuplicateRouteError):
        app.bedrock_agent("*").drop()
    with pytest.raises(DuplicateRouteError):
        app.bedrock_agent.operation("*", "*").drop()
    wrong: Any
    for wrong in (None, 7, []):
        with pytest.raises(ConfigurationError):
            app.bedrock_agent(wrong)
        with pytest.raises(ConfigurationError):
            app.bedrock_agent.operation(wrong, "/a")
        with pytest.raises(ConfigurationError):
            app.bedrock_agent.operation("GET", wrong)


# -- any result, hostile and labelled events -----------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(
    result=VALUES
    | st.builds(
        AgentResponse,
        VALUES,
        status=st.none() | st.integers(90, 610) | VALUES,
        state=st.none() | st.sampled_from(["FAILURE", "REPROMPT"]) | VALUES,
        session_attributes=st.none() | st.dictionaries(st.text(max_size=3), st.text(max_size=3)) | VALUES,
        prompt_session_attributes=st.none() | VALUES,
        knowledge_bases=st.none() | st.just([{"knowledgeBaseId": "k"}]) | VALUES,
    )
    | st.fixed_dictionaries({"messageVersion": st.just("1.0"), "response": VALUES}),
    sent=st.sampled_from([FUNCTION, FULL, OPERATION]),
)
def test_any_result_becomes_an_answer(result: Any, sent: Any) -> None:
    model.check(answering(lambda: result)(copy.deepcopy(sent)), sent)


def test_wrong_types_at_every_depth_are_no_crash() -> None:
    def handler(
        parameters: Any, request_body: Any, session_attributes: Any, agent: Any, input_text: Any, city: Any
    ) -> None: ...

    app = answering(handler)
    for sample in (FULL, WITH_BODY):
        for path in places(sample):
            for sent in misshapen(sample, path):
                if detect(sent) == "bedrock_agent":
                    result = Client(app).send(sent)
                    assert result.error is None or isinstance(result.error, ResultError)
                    json.dumps(app.explain(sent).to_dict())


@pytest.mark.parametrize(
    "changes",
    [
        {"agent": None},
        {"agent": "A1"},
        {"actionGroup": None},
        {"function": None},
        {"function": 7},
        {"function": None, "apiPath": "/a"},
        {"function": None, "apiPath": "/a", "httpMethod": 7},
    ],
)
def test_what_is_near_is_not_bedrocks(changes: Any) -> None:
    assert detect({**FUNCTION, **changes}) is None


def test_labelled_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "bedrock_agent"]
    assert len(files) >= 4
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        found = [room.name for room in Router.everything().rooms if room.recognise(sent)]
        assert found == ["bedrock_agent"], file
        values = {one["name"]: one["value"] for one in sent.get("parameters", [])}
        said = told(ask(answering(lambda parameters: list(parameters)), sent))[1]
        read = json.loads(said) if isinstance(said, str) else said
        assert values.keys() <= set(read)


def test_what_was_said_is_in_no_log_and_no_error(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    sent = event(
        "bedrock_agent",
        parameters={"card": CANARY},
        session_attributes={"token": CANARY},
        prompt_session_attributes={"token": CANARY},
        input_text=CANARY,
    )

    def handler(card: int) -> None: ...

    for app in (answering(handler), answering(lambda: b"x"), Router()):
        result = Client(app).send(sent)
        answer = (result.response or {}).get("response")  # beside it are the session's attributes
        assert CANARY not in f"{result.error!r} {answer} {caplog.text}"


def test_the_client_calls_functions_and_operations() -> None:
    app = answering(lambda parameters, agent: [parameters, agent["name"]])
    found = Client(app).bedrock_agent("find", {"a": 1, "b": "x", "c": [1], "d": True, "e": 0.5})
    assert json.loads(told(found.response)[1]) == [
        {"a": 1, "b": "x", "c": [1], "d": True, "e": 0.5},
        "shop-assistant",
    ]
    found = Client(app).bedrock_agent(parameters={"a": 1}, method="put", path="/a", body={"b": {"c": 1}})
    assert told(found.response) == (200, [{"b": {"c": 1}, "a": 1}, "shop-assistant"])


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambda_router.sources.bedrock_agent._check", lambda answer, asked: None)
    with pytest.raises(model.Refused):
        ask(answering(lambda: AgentResponse("x", state="FAILED")))  # type: ignore[arg-type]
