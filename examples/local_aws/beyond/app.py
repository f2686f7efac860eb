"""Fields, objects, templates, alarms, pipes and tasks, all of one function: what the end-to-end tests deploy.

Each route leaves its trace in a table or in what it answers, and that is where the tests look.
"""

from __future__ import annotations

import functools
import json
import os
import urllib.error
import urllib.request
from typing import Any

import boto3

from lambda_router import Allow, HTTPError, PublicError, Response, Router
from lambda_router.policy import Decision

app = Router()
ORDERS = {"7": {"id": "7", "customer": "c-1"}, "8": {"id": "8", "customer": "c-2"}}
CUSTOMERS = {"c-1": {"name": "Ada", "born": 1815}}


@functools.cache
def aws(service: str) -> Any:
    return boto3.client(service)


def note(route: str, key: object, **facts: Any) -> int:
    """Keep that a route did its work, with what it was given; how often it has done so for this key."""
    updated = aws("dynamodb").update_item(
        TableName=os.environ["EVIDENCE"],
        Key={"id": {"S": f"{route}/{key}"}},
        UpdateExpression="SET facts = :facts ADD times :one",
        ExpressionAttributeValues={":facts": {"S": json.dumps(facts)}, ":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    return int(updated["Attributes"]["times"]["N"])


# -- fields -------------------------------------------------------------------------------------------------


@app.appsync_authorizer()
def reader(token: str) -> Decision | bool:
    if token == "broken":
        raise LookupError("no such reader in table swordfish")
    return Allow(context={"name": token.removesuffix("'s")}) if token in ("ada's", "bob's") else False


@app.appsync("Query", "order")
def order(id: str) -> dict[str, Any] | None:
    return ORDERS.get(id)


@app.appsync("Query", "orders")
def orders() -> list[dict[str, Any]]:
    return list(ORDERS.values())


@app.appsync("Order", "customer")
def customer(source: dict[str, Any]) -> dict[str, Any]:
    if source["customer"] not in CUSTOMERS:
        raise PublicError("This customer has left.")
    return CUSTOMERS[source["customer"]]


@app.appsync("Order", "total")
def total(source: dict[str, Any]) -> float:
    if source["id"] == "8":
        raise LookupError("no such price in table swordfish")
    return 9.5


@app.appsync("Mutation", "cancel")
def cancel(id: str, identity: dict[str, Any]) -> bool:
    note("cancel", id, by=identity["resolverContext"]["name"])
    return True


# -- objects ------------------------------------------------------------------------------------------------


def original(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=5) as found:
            return bytes(found.read())
    except urllib.error.HTTPError as error:
        raise HTTPError(error.code, "There is no such note.") from error


@app.s3_object_lambda.get(suffix=".txt")
def redacted(url: str, arguments: dict[str, Any]) -> Response:
    text = original(url).replace(b"swordfish", arguments["mask"].encode())
    return Response(text, headers={"Content-Type": "text/plain", "x-amz-meta-redacted": "yes"})


@app.s3_object_lambda.get(suffix=".key")
def hidden() -> None:
    raise LookupError("the password is swordfish")


@app.s3_object_lambda.head()
def headers(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=5) as found:
        length = int(found.headers["Content-Length"])
    return {"statusCode": 200, "headers": {"Content-Length": length, "x-amz-meta-redacted": "yes"}}


@app.s3_object_lambda.list()
def shown(url: str) -> dict[str, str | int]:
    listed = original(url).decode()
    return {"statusCode": 200, "listResultXml": listed.replace("secret/", "hidden/")}


# -- templates: CloudFormation waits here, and the local AWS meanwhile answers nobody else -------------------


@app.cloudformation_macro("Tagged")
def tagged(fragment: dict[str, Any], template_parameters: dict[str, Any]) -> dict[str, Any]:
    for resource in fragment["Resources"].values():
        tag = {"Key": "team", "Value": template_parameters["Team"]}
        resource["Properties"]["Tags"] = [tag]
    return fragment


@app.cloudformation_macro("Delayed")
def delayed(fragment: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    if int(params["Seconds"]) > 900:
        raise PublicError("A message is delayed by 900 seconds at most.")
    return {**fragment, "DelaySeconds": int(params["Seconds"])}


@app.cloudformation_macro("Broken")
def broken() -> None:
    raise LookupError("the password is swordfish")


# -- alarms -------------------------------------------------------------------------------------------------


@app.cloudwatch_alarm("beyond-late*", state="ALARM")
def on_alarm(
    alarm_name: str, state: dict[str, Any], previous_state: dict[str, Any], configuration: Any
) -> None:
    metric = (
        configuration["metrics"][0]["metricStat"]["metric"]["name"] if "metrics" in configuration else None
    )
    facts = {"metric": metric, "before": previous_state["value"], "reason": state["reason"]}
    note("on_alarm", alarm_name, **facts)


@app.cloudwatch_alarm("*", state="OK")
def on_relief(alarm_name: str, previous_state: dict[str, Any]) -> None:
    note("on_relief", alarm_name, before=previous_state["value"])


# -- pipes --------------------------------------------------------------------------------------------------


@app.sqs("beyond-parcels", partial=True)
def on_parcel(body: dict[str, Any]) -> None:
    times = note("on_parcel", body["id"])
    if times <= body.get("fails", 0):
        raise ConnectionError("the carrier does not answer")


@app.dynamodb("beyond-stock", partial=True)
def on_stock(new_image: dict[str, Any]) -> None:
    times = note("on_stock", new_image["id"], left=int(new_image["left"]))
    if times <= new_image.get("fails", 0):
        raise ConnectionError("the supplier does not answer")


@app.pipes.enrichment("beyond-visits")
def with_name(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    visits = [json.loads(event["body"]) for event in events]
    return [{"visitor": visit["name"].title()} for visit in visits if not visit.get("robot")]


@app.invoke(when=lambda event: isinstance(event, list))
def on_visitors(event: list[dict[str, Any]]) -> None:
    for visit in event:
        note("on_visitors", visit["visitor"])


# -- tasks --------------------------------------------------------------------------------------------------


class SoldOut(Exception):
    """Nothing of it is left."""


@app.invoke(when={"task": ["price"]})
def price(event: dict[str, Any]) -> dict[str, Any]:
    if event["item"] == "swan":
        raise SoldOut("swans are sold out")
    if event["item"] == "cup" and note("price", event["order"]) == 1:
        raise ConnectionError("the price list does not answer")
    return {"item": event["item"], "price": 9.5}


@app.invoke(when={"task": ["charge"]})
def charge(event: dict[str, Any]) -> None:
    if note("charge", event["order"]) < 3:
        raise ConnectionError("the bank does not answer")


@app.lambda_destination.failure("beyond-worker", condition="RetriesExhausted", unwrap=True)
def look(request: dict[str, Any], response: dict[str, Any]) -> None:
    note("look", request["order"], error=response["errorType"])
