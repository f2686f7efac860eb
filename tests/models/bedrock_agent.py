"""What an Amazon Bedrock agent takes for an answer of an action group's function.

https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_FunctionResult.html

Two forms, by how the action group is defined. With function details: the function's name and a `functionResponse` of
text, with a state where it has failed. With an API schema: the operation, an HTTP status and a body that is JSON as
text. At most 25 KB.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

LIMIT = 25 * 1024
ATTRIBUTES = ("sessionAttributes", "promptSessionAttributes")


def check(answer: Any, event: Any) -> None:
    """Refuse what would end the agent's turn with an error."""
    size = len(json.dumps(answer, allow_nan=False, ensure_ascii=False).encode())
    need(size <= LIMIT, f"$ is {size} bytes")
    need(isinstance(answer, dict), "$ is no object")
    need(answer.get("messageVersion") == "1.0", "$.messageVersion is not 1.0")
    for key in answer:
        known = ("messageVersion", "response", "knowledgeBasesConfiguration", *ATTRIBUTES)
        need(key in known, f"$.{key} is unknown")
    for key in ATTRIBUTES:
        given = answer.get(key, {})
        need(isinstance(given, dict), f"$.{key} is no object")
        need(all(isinstance(v, str) for kv in given.items() for v in kv), f"$.{key} has what is no text")
    bases = answer.get("knowledgeBasesConfiguration", [])
    need(isinstance(bases, list), "$.knowledgeBasesConfiguration is no array")
    for number, base in enumerate(bases):
        at = f"$.knowledgeBasesConfiguration[{number}]"
        need(isinstance(base, dict), f"{at} is no object")
        need(isinstance(base.get("knowledgeBaseId"), str), f"{at}.knowledgeBaseId is no text")
    response = answer.get("response")
    need(isinstance(response, dict), "$.response is no object")
    need(response.get("actionGroup") == event["actionGroup"], "$.response.actionGroup is another")
    (operation if "apiPath" in event else function)(response, event)


def function(response: Any, event: Any) -> None:
    known = {"actionGroup", "function", "functionResponse"}
    need(response.keys() == known, "$.response has other fields than it should")
    need(response["function"] == event["function"], "$.response.function is another")
    told = response["functionResponse"]
    need(isinstance(told, dict), "$.response.functionResponse is no object")
    need(told.keys() <= {"responseState", "responseBody"}, "$.response.functionResponse has unknown fields")
    if "responseState" in told:
        state = told["responseState"]
        need(state in ("FAILURE", "REPROMPT"), "$.response.functionResponse.responseState is unknown")
    body = told.get("responseBody")
    need(isinstance(body, dict), "$.response.functionResponse.responseBody is no object")
    need(body.keys() == {"TEXT"}, "$.response.functionResponse.responseBody is not TEXT alone")
    need(isinstance(body["TEXT"], dict), "$.response.functionResponse.responseBody.TEXT is no object")
    need(
        isinstance(body["TEXT"].get("body"), str),
        "$.response.functionResponse.responseBody.TEXT.body is no text",
    )


def operation(response: Any, event: Any) -> None:
    known = {"actionGroup", "apiPath", "httpMethod", "httpStatusCode", "responseBody"}
    need(response.keys() == known, "$.response has other fields than it should")
    for key in ("apiPath", "httpMethod"):
        need(response[key] == event[key], f"$.response.{key} is another")
    status = response["httpStatusCode"]
    need(type(status) is int and 100 <= status <= 599, "$.response.httpStatusCode is no status")
    body = response["responseBody"]
    need(isinstance(body, dict) and len(body) == 1, "$.response.responseBody has not one content type")
    for kind, one in body.items():
        at = f'$.response.responseBody["{kind}"]'
        need(isinstance(one, dict) and isinstance(one.get("body"), str), f"{at}.body is no text")
        if kind == "application/json":
            try:
                json.loads(one["body"])
            except ValueError:
                raise Refused(f"{at}.body is no JSON") from None


FUNCTION = {
    "messageVersion": "1.0",
    "agent": {"name": "a", "id": "ID", "alias": "AL", "version": "1"},
    "actionGroup": "Orders",
    "function": "find",
    "parameters": [],
    "sessionId": "s",
    "sessionAttributes": {},
    "promptSessionAttributes": {},
}
OPERATION = {**FUNCTION, "apiPath": "/orders/{id}", "httpMethod": "GET"}
del OPERATION["function"]


def answer(body: Any = "found", *, state: Any = None, **changes: Any) -> dict[str, Any]:
    """A right answer of a function, with some of its fields replaced."""
    told = {"responseBody": {"TEXT": {"body": body}}, **({} if state is None else {"responseState": state})}
    response = {"actionGroup": "Orders", "function": "find", "functionResponse": told}
    return {"messageVersion": "1.0", "response": response, **changes}


def status(code: Any = 200, body: Any = "{}", **changes: Any) -> dict[str, Any]:
    """A right answer of an operation, with some of its response's fields replaced."""
    response = {
        "actionGroup": "Orders",
        "apiPath": "/orders/{id}",
        "httpMethod": "GET",
        "httpStatusCode": code,
        "responseBody": {"application/json": {"body": body}},
    }
    return {"messageVersion": "1.0", "response": {**response, **changes}}


WRONG: list[tuple[Any, Any, str]] = [
    (None, FUNCTION, "null"),
    ("found", FUNCTION, "a text"),
    ({}, FUNCTION, "nothing"),
    ({"statusCode": 200, "body": "{}"}, FUNCTION, "an HTTP answer"),
    (answer(messageVersion="2.0"), FUNCTION, "another version"),
    (answer(messageVersion=1.0), FUNCTION, "a version that is a number"),
    (answer(response=None), FUNCTION, "no response"),
    (answer({"id": 7}), FUNCTION, "a body that is an object"),
    (answer(None), FUNCTION, "a body that is null"),
    (answer(state="FAILED"), FUNCTION, "an unknown state"),
    (answer(state="SUCCESS"), FUNCTION, "a state for success"),
    (answer(sessionAttributes={"n": 7}), FUNCTION, "an attribute that is a number"),
    (answer(sessionAttributes=None), FUNCTION, "attributes that are null"),
    (answer(promptSessionAttributes=["a"]), FUNCTION, "attributes that are a list"),
    (answer(knowledgeBasesConfiguration=[{"id": "k"}]), FUNCTION, "a knowledge base without its id"),
    (answer(session={}), FUNCTION, "a misspelt field"),
    (answer("x" * LIMIT), FUNCTION, "more than 25 KB"),
    (answer("€" * 9000), FUNCTION, "more than 25 KB of UTF-8"),
    (answer(response={**answer()["response"], "function": "other"}), FUNCTION, "another function"),
    (answer(response={**answer()["response"], "actionGroup": "Other"}), FUNCTION, "another group"),
    (status(), FUNCTION, "an operation's answer to a function"),
    (answer(), OPERATION, "a function's answer to an operation"),
    (status("200"), OPERATION, "a status that is a text"),
    (status(True), OPERATION, "a status that is a boolean"),
    (status(0), OPERATION, "no status"),
    (status(body={"id": 7}), OPERATION, "a body that is an object"),
    (status(body="found"), OPERATION, "a body that is no JSON"),
    (status(responseBody={"TEXT": "found"}), OPERATION, "a body that is a bare text"),
    (status(responseBody={}), OPERATION, "no body"),
    (status(apiPath="/orders/7"), OPERATION, "another path"),
    (status(httpMethod="get"), OPERATION, "another method"),
]
"""Answers that are refused, the event they answer, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
