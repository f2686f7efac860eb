"""What Amazon API Gateway takes for an answer of a Lambda authorizer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html

An IAM policy with a principal; of an HTTP API's authorizer with simple responses, which the event does not tell
from one without, a boolean instead. The context is flat, but for payload format 2.0.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

RESOURCE_LIMIT = 512
WEBSOCKET_LIMIT = 8 * 1024


def check(answer: Any, event: Any, *, simple: bool = False) -> None:
    """Refuse what would be a 500 for the client, or grant or deny something else than was meant."""
    size = len(json.dumps(answer, allow_nan=False).encode())
    need(isinstance(answer, dict), "$ is no object")
    if simple and event.get("version") == "2.0":
        known = {"isAuthorized", "context"}
        need(answer.get("isAuthorized") in (True, False), "$.isAuthorized is no boolean")
        need(type(answer["isAuthorized"]) is bool, "$.isAuthorized is no boolean")
    else:
        known = {"principalId", "policyDocument", "context", "usageIdentifierKey"}
        principal = answer.get("principalId")
        need(isinstance(principal, str) and principal, "$.principalId is no text")
        policy(answer.get("policyDocument"))
    for key in answer:
        need(key in known, f"$.{key} is unknown")
    if "usageIdentifierKey" in answer:
        need(isinstance(answer["usageIdentifierKey"], str), "$.usageIdentifierKey is no text")
        need("version" not in event, "$.usageIdentifierKey: HTTP APIs have no usage plans")
    if "context" in answer:
        context(answer["context"], event)
    if "connectionId" in event.get("requestContext", {}):
        need(size <= WEBSOCKET_LIMIT, "$ is larger than 8 KB")


def policy(document: Any) -> None:
    need(isinstance(document, dict), "$.policyDocument is no object")
    need(document.keys() <= {"Version", "Id", "Statement"}, "$.policyDocument has unknown keys")
    need(document.get("Version") == "2012-10-17", "$.policyDocument.Version is not 2012-10-17")
    statements = document.get("Statement")
    need(isinstance(statements, list) and statements, "$.policyDocument.Statement is no array")
    for number, statement in enumerate(statements):
        at = f"$.policyDocument.Statement[{number}]"
        need(isinstance(statement, dict), f"{at} is no object")
        known = {"Sid", "Effect", "Action", "Resource", "Condition"}
        need(statement.keys() <= known, f"{at} has unknown keys")
        need(statement.get("Effect") in ("Allow", "Deny"), f"{at}.Effect is neither Allow nor Deny")
        for action in texts(statement.get("Action"), f"{at}.Action"):
            need(action == "*" or action.startswith("execute-api:"), f"{at}.Action is another service's")
        for resource in texts(statement.get("Resource"), f"{at}.Resource"):
            need(len(resource) <= RESOURCE_LIMIT, f"{at}.Resource is longer than 512 characters")
            need(resource == "*" or resource.startswith("arn:"), f"{at}.Resource is no ARN")


def texts(value: Any, at: str) -> list[str]:
    found = value if isinstance(value, list) else [value]
    need(found and all(isinstance(one, str) and one for one in found), f"{at} is no text")
    return found


def context(value: Any, event: Any) -> None:
    need(isinstance(value, dict), "$.context is no object")
    need("version" not in event or "claims" not in value, "$.context.claims is reserved")
    if event.get("version") != "2.0":
        for key, one in value.items():
            flat = one is None or isinstance(one, str | int | float | bool)
            need(flat, f"$.context.{key} is not flat")


ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/prod/GET/orders/7"
TOKEN = {"type": "TOKEN", "authorizationToken": "t", "methodArn": ARN}
V1 = {"version": "1.0", "type": "REQUEST", "methodArn": ARN, "requestContext": {}}
V2 = {"version": "2.0", "type": "REQUEST", "routeArn": ARN, "requestContext": {}}
WEBSOCKET = {"type": "REQUEST", "methodArn": ARN, "requestContext": {"connectionId": "c-1"}}


def answer(**changes: Any) -> dict[str, Any]:
    """A right policy with some of its fields replaced, or taken away by None."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ARN}
    statement.update({key: value for key, value in changes.items() if key[0].isupper()})
    whole = {"principalId": "u", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    whole.update({key: value for key, value in changes.items() if not key[0].isupper()})
    return {key: value for key, value in whole.items() if value is not None}


WRONG: list[tuple[Any, Any, str]] = [
    (None, TOKEN, "null"),
    (True, TOKEN, "a boolean"),
    ("Unauthorized", TOKEN, "a text"),
    ({}, TOKEN, "nothing"),
    ({"statusCode": 401}, TOKEN, "an HTTP answer"),
    ({"isAuthorized": True}, TOKEN, "a simple response to a REST API"),
    ({"isAuthorized": True}, V2, "a simple response where they are not enabled"),
    (answer(principalId=None), TOKEN, "no principal"),
    (answer(principalId=7), TOKEN, "a principal that is a number"),
    (answer(policyDocument=None), TOKEN, "no policy"),
    (answer(policyDocument={"Version": "2012-10-17"}), TOKEN, "no statement"),
    (answer(policyDocument={"Version": "2012-10-17", "Statement": []}), TOKEN, "no statement"),
    (answer(policyDocument={"Statement": answer()["policyDocument"]["Statement"]}), TOKEN, "no version"),
    (answer(Effect="allow"), TOKEN, "an effect in lower case"),
    (answer(Effect=True), TOKEN, "an effect that is a boolean"),
    (answer(Action="lambda:InvokeFunction"), TOKEN, "another service's action"),
    (answer(Resource=[]), TOKEN, "no resource"),
    (answer(Resource="GET/orders"), TOKEN, "a resource that is no ARN"),
    (answer(Resource=ARN + "x" * 512), TOKEN, "a resource of more than 512 characters"),
    (answer(context={"roles": ["admin"]}), TOKEN, "a list in the context of a REST API"),
    (answer(context={"user": {"id": 7}}), V1, "an object in the context of payload format 1.0"),
    (answer(context=["a"]), V2, "a context that is a list"),
    (answer(context={"claims": "x"}), V2, "a reserved name in the context"),
    (answer(context={"note": "x" * 9000}), WEBSOCKET, "more than 8 KB for a WebSocket"),
    (answer(usageIdentifierKey=7), TOKEN, "an API key that is a number"),
    (answer(usageIdentifierKey="key"), V2, "an API key for an HTTP API"),
    (answer(contxt={}), TOKEN, "a misspelt field"),
]
"""Answers that are refused, the event they answer, and what is wrong with each."""

WRONG_SIMPLE: list[tuple[Any, Any, str]] = [
    (answer(), V2, "a policy"),
    ({"isAuthorized": "true"}, V2, "a text"),
    ({"isAuthorized": 1}, V2, "a number"),
    ({"isAuthorized": None}, V2, "null"),
    ({"context": {}}, V2, "no decision"),
    ({"isAuthorized": True, "principalId": "u"}, V2, "a principal, which it has no place for"),
    ({"isAuthorized": True, "context": "x"}, V2, "a context that is a text"),
    ({"isAuthorized": True}, TOKEN, "a REST API, which has policies"),
]
"""The same where simple responses are enabled."""

__all__ = ["WRONG", "WRONG_SIMPLE", "Refused", "check"]
