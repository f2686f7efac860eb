"""What Amazon CloudFront takes for an answer of a Lambda@Edge function.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-generating-http-responses.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html

Before the origin the request, edited or not, or a response in its stead; behind it the response. Headers are lists
under names in lower case. Some may not be touched, others not be added; which ones depends on the event.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from models import Refused, need

READ_ONLY = {
    "viewer-request": {"cdn-loop", "content-length", "host", "transfer-encoding", "via"},
    "origin-request": {
        "accept-encoding",
        "cdn-loop",
        "content-length",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "transfer-encoding",
        "via",
    },
    "origin-response": {"transfer-encoding", "via"},
    "viewer-response": {"content-encoding", "content-length", "transfer-encoding", "via", "warning"},
}
DISALLOWED = re.compile(
    r"connection|expect|keep-alive|proxy-authenticate|proxy-authorization|proxy-connection|trailer|upgrade"
    r"|x-accel-(buffering|charset|limit-rate|redirect)|x-amz-cf-.*|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip"
    r"|x-amzn-(auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|header-order"
    r"|lambda-integration-tag|requestid)"
)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
REQUEST_KEYS = {"clientIp", "headers", "method", "querystring", "uri", "body", "origin"}
RESPONSE_KEYS = {"status", "statusDescription", "headers", "body", "bodyEncoding"}


def kinds(cf: Any) -> tuple[str, ...]:
    """The event's type; where it does not say, the types that it may have."""
    kind = cf.get("config", {}).get("eventType")
    if kind is not None:
        return (kind,)
    return (
        ("origin-response", "viewer-response") if "response" in cf else ("viewer-request", "origin-request")
    )


def check(answer: Any, event: Any) -> None:
    """Refuse what is a 502 for the viewer; where the event does not say its type, in each that it may have."""
    cf = event["Records"][0]["cf"]
    json.dumps(answer, allow_nan=False).encode()
    need(isinstance(answer, dict), "$ is no object")
    first, *others = kinds(cf)
    try:
        check_as(first, answer, cf)
    except Refused:
        if not others:
            raise
        check_as(others[0], answer, cf)


def check_as(kind: str, answer: Any, cf: Any) -> None:
    if kind.endswith("-request") and "status" not in answer:
        request(answer, cf["request"], kind)
    else:
        response(answer, cf.get("response"), kind)


def request(answer: Any, sent: Any, kind: str) -> None:
    for key in answer:
        need(key in REQUEST_KEYS, f"$.{key} is unknown")
    for key in ("method", "clientIp"):
        need(answer.get(key) == sent.get(key), f"$.{key} is read-only")
    uri, query = answer.get("uri"), answer.get("querystring", "")
    need(isinstance(uri, str) and uri.startswith("/"), "$.uri is no path")
    need(isinstance(query, str), "$.querystring is no text")
    need(len(uri) + len(query) < 8192, "$.uri and $.querystring are too long")
    for key in ("uri", "querystring"):
        clean = all(" " <= c != "\x7f" for c in answer.get(key, ""))
        need(clean or answer[key] == sent.get(key), f"$.{key} has a control character")
    headers(answer.get("headers"), sent.get("headers", {}), kind)
    if answer.get("body") != sent.get("body"):
        request_body(answer.get("body"), kind)
    if answer.get("origin") != sent.get("origin"):
        need(kind == "origin-request", "$.origin belongs to origin requests")
        origin = answer.get("origin")
        need(isinstance(origin, dict) and len(origin) == 1, "$.origin is not one origin")
        need(origin.keys() <= {"s3", "custom"}, "$.origin is neither s3 nor custom")
        (inner,) = origin.values()
        need(isinstance(inner, dict), "$.origin is no object")
        need(isinstance(inner.get("domainName"), str) and inner["domainName"], "$.origin has no domainName")


def request_body(body: Any, kind: str) -> None:
    need(isinstance(body, dict), "$.body is no object")
    need(body.get("action") in ("replace", "read-only"), "$.body.action is neither replace nor read-only")
    need(body.get("encoding") in ("text", "base64"), "$.body.encoding is neither text nor base64")
    need(isinstance(body.get("data"), str), "$.body.data is no text")
    limits = {"viewer-request": (40_960, 54_476), "origin-request": (1_048_576, 1_394_606)}[kind]
    if body["action"] == "replace":
        size = len(body["data"].encode())
        need(size <= limits[body["encoding"] == "base64"], "$.body.data would be cut")
        if body["encoding"] == "base64":
            decoded(body["data"], "$.body.data")


def response(answer: Any, sent: Any, kind: str) -> None:
    for key in answer:
        need(key in RESPONSE_KEYS, f"$.{key} is unknown")
    status = answer.get("status")
    need(isinstance(status, str) and re.fullmatch(r"[2-5]\d\d", status), "$.status is no text of 200 to 599")
    if kind == "viewer-response":
        need(status == sent["status"], "$.status cannot change any more")
    description = answer.get("statusDescription", "")
    need(isinstance(description, str), "$.statusDescription is no text")
    clean = all(" " <= c != "\x7f" for c in description) or description == (sent or {}).get(
        "statusDescription"
    )
    need(clean, "$.statusDescription has a control character")
    headers(answer.get("headers", {}), (sent or {}).get("headers", {}), kind)
    need(
        answer.get("bodyEncoding", "text") in ("text", "base64"), "$.bodyEncoding is neither text nor base64"
    )
    body = answer.get("body", "")
    need(isinstance(body, str), "$.body is no text")
    if answer.get("bodyEncoding") == "base64":
        decoded(body, "$.body")
    need(not (body and status == "204" and kind == "viewer-request"), "$.body beside status 204")
    if sent is None or "body" in answer:
        size = len(body.encode()) + sum(
            len(name) + len(one["value"].encode()) + 4
            for name, values in answer.get("headers", {}).items()
            for one in values
        )
        need(size <= (40_960 if kind.startswith("viewer") else 1_048_576), "$ is too large")


def decoded(text: str, at: str) -> None:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{at} is no base64") from None


def headers(found: Any, sent: Any, kind: str) -> None:
    need(isinstance(found, dict), "$.headers is no object")
    for name, values in found.items():
        at = f"$.headers.{name}"
        need(TOKEN.fullmatch(name), f"{at} is no name in lower case")
        need(isinstance(values, list) and values, f"{at} is no list")
        for one in values:
            need(isinstance(one, dict) and one.keys() <= {"key", "value"}, f"{at} has no key and value")
            need(isinstance(one.get("value"), str), f"{at} has a value that is no text")
            need("\r" not in one["value"] and "\n" not in one["value"], f"{at} has a line break")
            key = one.get("key", name)
            need(isinstance(key, str) and key.lower() == name, f"{at} has another name as its key")
        if values != sent.get(name):
            need(not DISALLOWED.fullmatch(name), f"{at} is disallowed")
    for name in READ_ONLY[kind]:
        need(found.get(name) == sent.get(name), f"$.headers.{name} is read-only")


def event(kind: str | None, **parts: Any) -> dict[str, Any]:
    """An event of this type with these parts in its `cf`."""
    sent = {
        "clientIp": "203.0.113.7",
        "method": "GET",
        "uri": "/a",
        "querystring": "",
        "headers": {
            "host": [{"key": "Host", "value": "d1.example.com"}],
            "accept-encoding": [{"value": "gzip"}],
        },
    }
    got = {"status": "200", "statusDescription": "OK", "headers": {"via": [{"key": "Via", "value": "1.1 x"}]}}
    behind = kind is not None and kind.endswith("response")
    config = {} if kind is None else {"eventType": kind}
    cf = {"config": config, "request": sent, **({"response": got} if behind else {}), **parts}
    return {"Records": [{"cf": cf}]}


VIEWER_REQUEST, ORIGIN_REQUEST = event("viewer-request"), event("origin-request")
ORIGIN_RESPONSE, VIEWER_RESPONSE = event("origin-response"), event("viewer-response")


def edited(of: Any, **changes: Any) -> dict[str, Any]:
    """The event's request with other values."""
    return {**of["Records"][0]["cf"]["request"], **changes}


def head(of: Any, **changes: Any) -> dict[str, Any]:
    """The request with other headers; None takes one away."""
    sent = of["Records"][0]["cf"]["request"]["headers"]
    merged = {**sent, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return edited(of, headers={name: value for name, value in merged.items() if value is not None})


def got(of: Any, **changes: Any) -> dict[str, Any]:
    """The event's response with other values."""
    return {**of["Records"][0]["cf"]["response"], **changes}


ONE = [{"key": "X", "value": "1"}]
WRONG: list[tuple[Any, Any, str]] = [
    (None, VIEWER_REQUEST, "null"),
    ("ok", VIEWER_REQUEST, "a text"),
    (VIEWER_REQUEST, VIEWER_REQUEST, "the whole event"),
    ({"statusCode": 302, "headers": {"location": "/b"}}, VIEWER_REQUEST, "a proxy answer"),
    ({"status": 302}, VIEWER_REQUEST, "a status that is a number"),
    ({"status": "199"}, VIEWER_REQUEST, "a status below 200"),
    ({"status": "600"}, ORIGIN_REQUEST, "a status above 599"),
    ({"status": "302", "headers": {"location": "/b"}}, VIEWER_REQUEST, "a header that is a text"),
    (
        {"status": "302", "headers": {"Location": [{"key": "Location", "value": "/b"}]}},
        ORIGIN_REQUEST,
        "upper case",
    ),
    (
        {"status": "200", "headers": {"x": [{"key": "X", "value": 1}]}},
        VIEWER_REQUEST,
        "a value that is a number",
    ),
    (
        {"status": "200", "headers": {"x-a": [{"key": "X-B", "value": "1"}]}},
        VIEWER_REQUEST,
        "another name as key",
    ),
    (
        {"status": "200", "headers": {"connection": [{"value": "close"}]}},
        VIEWER_REQUEST,
        "a disallowed header",
    ),
    ({"status": "200", "headers": {"x-amz-cf-id": [{"value": "1"}]}}, ORIGIN_REQUEST, "a disallowed prefix"),
    ({"status": "200", "headers": {"via": [{"value": "1"}]}}, VIEWER_REQUEST, "a read-only header"),
    ({"status": "204", "body": "x"}, VIEWER_REQUEST, "a body beside 204"),
    ({"status": "200", "body": {"a": 1}}, VIEWER_REQUEST, "a body that is an object"),
    ({"status": "200", "body": "?", "bodyEncoding": "base64"}, VIEWER_REQUEST, "no base64"),
    ({"status": "200", "body": "x", "bodyEncoding": "utf-8"}, VIEWER_REQUEST, "an unknown encoding"),
    ({"status": "200", "body": "x" * 40_961}, VIEWER_REQUEST, "more than 40 KB at the viewer"),
    ({"status": "200", "body": "x" * 1_048_577}, ORIGIN_REQUEST, "more than 1 MB at the origin"),
    (head(VIEWER_REQUEST, host=[{"key": "Host", "value": "b"}]), VIEWER_REQUEST, "a changed host"),
    (head(VIEWER_REQUEST, host=None), VIEWER_REQUEST, "a deleted host"),
    (head(ORIGIN_REQUEST, accept_encoding=None), ORIGIN_REQUEST, "a deleted accept-encoding"),
    (head(ORIGIN_REQUEST, if_none_match=[{"value": "1"}]), ORIGIN_REQUEST, "an added if-none-match"),
    (head(VIEWER_REQUEST, x_edge_a=[{"value": "1"}]), VIEWER_REQUEST, "a disallowed prefix"),
    (edited(VIEWER_REQUEST, uri="b"), VIEWER_REQUEST, "a uri without a slash"),
    (edited(VIEWER_REQUEST, uri="/" + "b" * 8192), VIEWER_REQUEST, "a uri that is too long"),
    (edited(VIEWER_REQUEST, querystring=None), VIEWER_REQUEST, "a query that is null"),
    (edited(VIEWER_REQUEST, method="POST"), VIEWER_REQUEST, "another method"),
    (edited(VIEWER_REQUEST, clientIp="203.0.113.8"), VIEWER_REQUEST, "another client"),
    (edited(ORIGIN_REQUEST, origin={"s3": {}, "custom": {}}), ORIGIN_REQUEST, "two origins"),
    (edited(ORIGIN_REQUEST, origin={"custom": {"port": 443}}), ORIGIN_REQUEST, "an origin without a domain"),
    (
        edited(VIEWER_REQUEST, origin={"custom": {"domainName": "b"}}),
        VIEWER_REQUEST,
        "an origin at the viewer",
    ),
    (edited(VIEWER_REQUEST, body="x"), VIEWER_REQUEST, "a request body that is a text"),
    (
        edited(VIEWER_REQUEST, body={"action": "replace", "encoding": "text", "data": "x" * 40_961}),
        VIEWER_REQUEST,
        "a request body that would be cut",
    ),
    (edited(VIEWER_REQUEST), VIEWER_RESPONSE, "the request behind the origin"),
    (got(VIEWER_RESPONSE, status="404"), VIEWER_RESPONSE, "another status at the viewer"),
    (got(VIEWER_RESPONSE, headers={}), VIEWER_RESPONSE, "a deleted via"),
    (got(ORIGIN_RESPONSE, headers={}), ORIGIN_RESPONSE, "a deleted via"),
    (got(ORIGIN_RESPONSE, status=404), ORIGIN_RESPONSE, "a status that is a number"),
    (got(ORIGIN_RESPONSE, statusDescription=7), ORIGIN_RESPONSE, "a description that is a number"),
    ({"status": "200", "statusDescription": "OK\r\nx: y"}, VIEWER_REQUEST, "a description of two lines"),
    (edited(VIEWER_REQUEST, uri="/a\r\nx: y"), VIEWER_REQUEST, "a path of two lines"),
    (edited(ORIGIN_REQUEST, querystring="a=b\nc"), ORIGIN_REQUEST, "a query string of two lines"),
    (got(ORIGIN_RESPONSE, status_code="404"), ORIGIN_RESPONSE, "an unknown field"),
]
"""Answers that are refused, the event they answer, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
