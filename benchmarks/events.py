"""Events as Lambda hands them over: fresh JSON data each time, with identifiers that nobody has seen."""

from __future__ import annotations

import json
import time
from itertools import count
from typing import Any

from awslambdaric.lambda_context import LambdaContext

ACCOUNT, REGION = "123456789012", "eu-west-1"
HOST = f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com"

_numbers = count(100_000)


def number() -> int:
    """A number that no event of this process has had."""
    return next(_numbers)


def fresh(event: Any) -> Any:
    """The event as new objects, as the runtime client makes them out of the text it receives."""
    return json.loads(json.dumps(event))


def identifier() -> str:
    """An identifier in the form of a UUID that no event of this process has had."""
    return f"059f36b4-87a3-44ab-83d2-{number():012d}"


def context() -> LambdaContext:
    """The runtime client's own context of an invocation that may still take a minute."""
    deadline = int(time.time() * 1000) + 60_000
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop"
    return LambdaContext(identifier(), None, None, deadline, arn)


def http(path: str) -> dict[str, Any]:
    """A GET request from an HTTP API, payload format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
    trace = f"Root=1-5e6722a7-{number():024x}"
    event: dict[str, Any] = fresh(
        {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {
                "accept": "application/json",
                "accept-encoding": "gzip, deflate, br",
                "content-length": "0",
                "host": HOST,
                "user-agent": agent,
                "x-amzn-trace-id": trace,
                "x-forwarded-for": "203.0.113.7",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https",
            },
            "requestContext": {
                "accountId": ACCOUNT,
                "apiId": HOST.partition(".")[0],
                "domainName": HOST,
                "domainPrefix": HOST.partition(".")[0],
                "http": {
                    "method": "GET",
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.7",
                    "userAgent": agent,
                },
                "requestId": f"JKJaXmPLvHcESHA{number()}=",
                "routeKey": "$default",
                "stage": "$default",
                "time": "10/Mar/2020:05:16:23 +0000",
                "timeEpoch": 1583817383220,
            },
            "isBase64Encoded": False,
        }
    )
    return event


def sqs(bodies: list[str], *, queue: str = "orders") -> dict[str, Any]:
    """A batch of messages from a standard queue.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    event: dict[str, Any] = fresh({"Records": [_message(body, queue) for body in bodies]})
    return event


def _message(body: str, queue: str) -> dict[str, Any]:
    return {
        "messageId": identifier(),
        "receiptHandle": f"AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy{number()}a4TlfqpNqO9wFwf0T3hUx3FuXN0cSnEqaI==",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": {},
        "md5OfBody": "098f6bcd4621d373cade4e832627b4f6",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def s3(bucket: str, key: str) -> dict[str, Any]:
    """A notification of one object.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": "2019-09-03T19:37:27.192Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:AIDAINPONIXQXHT3IKHL2"},
        "requestParameters": {"sourceIPAddress": "203.0.113.7"},
        "responseElements": {
            "x-amz-request-id": f"D82B88E5F771F645{number()}",
            "x-amz-id-2": "vlR7PnpV2Ce81l0P",
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "828aa6fc-f7b5-4305-8584-487c791949c1",
            "bucket": {
                "name": bucket,
                "ownerIdentity": {"principalId": "A3I5XTEXAMAI3E"},
                "arn": f"arn:aws:s3:::{bucket}",
            },
            "object": {
                "key": key,
                "size": 1305107,
                "eTag": "b21b84d653bb07b05b1e6b33684dc11b",
                "sequencer": f"0C0F6F405D6ED{number()}",
            },
        },
    }
    event: dict[str, Any] = fresh({"Records": [record]})
    return event


def eventbridge(source: str, detail_type: str, detail: dict[str, Any]) -> dict[str, Any]:
    """An event that a rule sends.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    """
    event: dict[str, Any] = fresh(
        {
            "version": "0",
            "id": identifier(),
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": "2021-11-12T00:00:00Z",
            "region": REGION,
            "resources": [],
            "detail": detail,
        }
    )
    return event
