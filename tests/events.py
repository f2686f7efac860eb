"""Small events for the tests of the core: only what detection and binding need."""

from __future__ import annotations

import json
from typing import Any


def sqs(*bodies: Any, queue: str = "orders", **parts: Any) -> dict[str, Any]:
    """A batch of messages `m-1`, `m-2`, ... of one queue."""
    records = [
        {
            "messageId": f"m-{number}",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
            **parts,
        }
        for number, body in enumerate(bodies, start=1)
    ]
    return {"Records": records}


def s3(*keys: str, bucket: str = "uploads", event: str = "ObjectCreated:Put") -> dict[str, Any]:
    """A notification of objects."""
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": event,
                "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 1, "sequencer": "00A1"}},
            }
            for key in keys
        ]
    }


def http(path: str = "/", method: str = "GET", **parts: Any) -> dict[str, Any]:
    """A request in payload format 2.0."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "http": {"method": method, "sourceIp": "192.0.2.1"},
            "domainName": "api.example.com",
            "stage": "$default",
            "requestId": "req-1",
        },
        "isBase64Encoded": False,
        **parts,
    }


def bridge(detail: Any = None, *, source: str = "shop", detail_type: str = "OrderPlaced") -> dict[str, Any]:
    """An event of a bus."""
    return {"id": "e-1", "source": source, "detail-type": detail_type, "resources": [], "detail": detail}
