"""Users, connections, deliveries, logs and things, all of one function: what the end-to-end tests deploy.

Each route leaves its trace in a table or in what it answers, and that is where the tests look.
"""

from __future__ import annotations

import functools
import json
import os
from typing import Any

import boto3
from pydantic import BaseModel

from lambda_router import Allow, Deny, Drop, HTTPError, Invocation, PublicError, Request, Router, Transformed
from lambda_router.policy import Decision

app = Router()
USERS = {"Bearer ada's": ("ada", "admin"), "Bearer bob's": ("bob", "guest")}


@functools.cache
def aws(service: str) -> Any:
    return boto3.client(service)


def note(route: str, key: object, **facts: Any) -> None:
    """Keep that a route did its work, with what it was given."""
    item = {"id": {"S": f"{route}/{key}"}, "facts": {"S": json.dumps(facts)}}
    aws("dynamodb").put_item(TableName=os.environ["EVIDENCE"], Item=item)


# -- users --------------------------------------------------------------------------------------------------


@app.cognito.pre_sign_up()
def admit(user_attributes: dict[str, str], response: dict[str, Any]) -> None:
    name, _, domain = user_attributes["email"].rpartition("@")
    if domain == "example.net":
        raise PublicError("Ask your company for an invitation.")
    if domain != "example.com":
        raise LookupError("no such partner in table swordfish")
    response["autoConfirmUser"] = response["autoVerifyEmail"] = name == "known"


@app.cognito.post_confirmation()
def welcome(username: str, user_attributes: dict[str, str], trigger: str) -> None:
    if username == "unlucky":
        raise LookupError("no such partner in table swordfish")
    note("welcome", username, email=user_attributes["email"], trigger=trigger)


@app.cognito.pre_token_generation()
def claims(username: str) -> dict[str, Any]:
    return {"claimsOverrideDetails": {"claimsToAddOrOverride": {"tier": f"{username}'s"}}}


@app.cognito.define_auth_challenge()
def next_challenge(request: dict[str, Any]) -> dict[str, Any]:
    passed = [step["challengeResult"] for step in request["session"]]
    if passed and passed[-1]:
        return {"issueTokens": True, "failAuthentication": False}
    return {
        "challengeName": "CUSTOM_CHALLENGE",
        "issueTokens": False,
        "failAuthentication": len(passed) > 1,
    }


@app.cognito.create_auth_challenge()
def riddle() -> dict[str, Any]:
    return {
        "publicChallengeParameters": {"question": "6 x 7"},
        "privateChallengeParameters": {"answer": "42"},
    }


@app.cognito.verify_auth_challenge()
def solved(request: dict[str, Any]) -> dict[str, bool]:
    return {"answerCorrect": request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]}


# -- who may call the APIs, and what they answer ------------------------------------------------------------


def user(token: str | None) -> tuple[str, str]:
    if token == "Bearer broken":
        raise LookupError("no such user in table swordfish")
    if token not in USERS:
        raise HTTPError(401)
    return USERS[token]


@app.authorizer(path="/admin/*")
def admins(token: str | None) -> Decision:
    name, role = user(token)
    return Allow(name) if role == "admin" else Deny(name)


@app.authorizer(path="/simple/*", simple=True)
def members(token: str | None) -> Decision:
    name, role = user(token)
    return Allow(context={"name": name, "role": role, "admin": role == "admin"})


@app.authorizer(path="/$connect")
def guests(query: dict[str, str]) -> Decision:
    name, role = user(f"Bearer {query['token']}")
    return Allow(name, context={"role": role})


@app.authorizer()
def everybody(token: str | None) -> Decision:
    name, role = user(token)
    return Allow(name, context={"role": role}, resources="GET/*")


@app.get("/{area}/{page}")
def read(area: str, page: str, request: Request, invocation: Invocation) -> dict[str, Any]:
    found = request.event["requestContext"]["authorizer"]
    return {"page": f"{area}/{page}", "source": invocation.source, "caller": found.get("lambda", found)}


@app.delete("/{area}/{page}")
def remove(area: str, page: str) -> None:
    note("remove", f"{area}/{page}")


# -- connections --------------------------------------------------------------------------------------------


class Text(BaseModel):
    to: str
    text: str


@app.websocket.connect()
def on_connect(connection_id: str, request: Request) -> None:
    if "room" not in request.query:
        raise HTTPError(400, "which room?")
    note("on_connect", request.query["room"], connection=connection_id)


@app.websocket("send")
def on_send(message: Text, connection_id: str) -> dict[str, str]:
    return {"connection": connection_id, "to": message.to, "text": message.text}


@app.websocket("fault")
def on_fault() -> None:
    raise RuntimeError("the password is swordfish")


@app.websocket("$default")
def on_anything_else(body: str) -> str:
    return f"you said {body}"


@app.websocket.disconnect()
def on_disconnect(connection_id: str) -> None:
    note("on_disconnect", connection_id)


# -- deliveries ---------------------------------------------------------------------------------------------


class Click(BaseModel):
    page: str
    customer: str
    robot: bool = False


@app.firehose("visits")
def on_visit(click: Click) -> Transformed:
    if click.robot:
        raise Drop("robots do not buy cups")
    return Transformed({"page": click.page.lower()}, partition_keys={"customer": click.customer})


# -- secrets ------------------------------------------------------------------------------------------------


@app.secrets_manager.create_secret(secret="shop/*")
def create(secret_id: str, token: str) -> None:
    aws("secretsmanager").put_secret_value(
        SecretId=secret_id,
        ClientRequestToken=token,
        SecretString=f"password of {token[:8]}",
        VersionStages=["AWSPENDING"],
    )


@app.secrets_manager.set_secret(secret="shop/*")
def set_password(secret_id: str, token: str) -> None:
    pending = aws("secretsmanager").get_secret_value(SecretId=secret_id, VersionStage="AWSPENDING")
    note("set_password", token, value=pending["SecretString"])


@app.secrets_manager.test_secret(secret="shop/*")
def log_in(token: str) -> None:
    note("log_in", token)


# -- logs and things ----------------------------------------------------------------------------------------


@app.cloudwatch_logs("shop-*", filter_name="errors")
def on_errors(log_events: list[dict[str, Any]], log_group: str, log_stream: str) -> None:
    note("on_errors", log_stream, group=log_group, messages=[event["message"] for event in log_events])


@app.iot("plants/{plant}/moisture")
def on_moisture(plant: str, payload: dict[str, Any]) -> None:
    note("on_moisture", plant, percent=payload["percent"])
