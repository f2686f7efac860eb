"""What Amazon S3 Object Lambda takes for an answer.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-writing-lambda.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_WriteGetObjectResponse.html

Of GetObject an answer is the list of the calls that were made: one `WriteGetObjectResponse` with the event's own route and
token, an error without an object or an object without an error. Of the others it is the document that was returned: of
HeadObject with headers, of a list with one list in one of two forms, unless it is an error.
"""

from __future__ import annotations

import json
import re
from typing import Any

from models import Refused, need

OPERATION = "WriteGetObjectResponse"
FINE = (200, 206, 304)
ERRORS = (400, 401, 403, 404, 405, 409, 411, 412, 416, 500, 503)
OPERATIONS = {
    "getObjectContext": "GetObject",
    "headObjectContext": "HeadObject",
    "listObjectsContext": "ListObjects",
    "listObjectsV2Context": "ListObjectsV2",
}


def check(answer: Any, event: Any) -> None:
    """Refuse what would leave the caller with another error, or without an answer."""
    (operation,) = (name for key, name in OPERATIONS.items() if key in event)
    if operation == "GetObject":
        _check_calls(answer, event["getObjectContext"])
    else:
        _check_document(answer, operation)


def _check_calls(calls: Any, context: Any) -> None:
    need(isinstance(calls, list), "$: not a list of calls")
    need(len(calls) == 1, f"$: {len(calls)} calls, and the token is good for one")
    operation, given = calls[0]
    need(operation == OPERATION, f"$: {operation} writes no answer")
    need(given.get("RequestRoute") == context["outputRoute"], "$.RequestRoute is another's")
    need(given.get("RequestToken") == context["outputToken"], "$.RequestToken is another's")
    status = given.get("StatusCode", 200)
    need(type(status) is int and status in (*FINE, *ERRORS), "$.StatusCode is not taken")
    if status in FINE:
        need(not {"ErrorCode", "ErrorMessage"} & given.keys(), "$.ErrorCode is for errors")
        body = given.get("Body", b"")
        need(isinstance(body, bytes) or hasattr(body, "read"), "$.Body is no object")
        need(status != 304 or not body, "$.Body of what was not modified")
        return
    need("Body" not in given, "$.Body beside an error")
    code, message = given.get("ErrorCode"), given.get("ErrorMessage")
    need(isinstance(code, str) and re.fullmatch("[A-Z][a-zA-Z]+", code), "$.ErrorCode is not taken")
    need(isinstance(message, str) and message.isascii() and message.isprintable(), "$.ErrorMessage")


def _check_document(answer: Any, operation: str) -> None:
    need(isinstance(answer, dict), "$ is no object")
    own = {"headers"} if operation == "HeadObject" else {"listResultXml", "listBucketResult"}
    unknown = answer.keys() - {"statusCode", "errorCode", "errorMessage"} - own
    need(not unknown, f"$ has unknown fields {sorted(map(str, unknown))}")
    status = answer.get("statusCode")
    need(type(status) is int and 200 <= status <= 599, "$.statusCode is no status")
    for key in ("errorCode", "errorMessage"):
        need(answer.get(key) is None or isinstance(answer[key], str), f"$.{key} is no text")
    json.dumps(answer, allow_nan=False).encode()
    if operation == "HeadObject":
        _check_headers(answer.get("headers"))
        return
    forms = [key for key in own if answer.get(key) is not None]
    need(len(forms) <= 1, "$ has two lists")
    need(forms or status >= 400, "$ has no list")
    if "listResultXml" in forms:
        need(
            isinstance(answer["listResultXml"], str) and answer["listResultXml"], "$.listResultXml is no text"
        )
    if "listBucketResult" in forms:
        _check_list(answer["listBucketResult"], operation)


def _check_headers(headers: Any) -> None:
    need(isinstance(headers, dict), "$.headers is no object")
    length = headers.get("Content-Length")
    number = type(length) is int and length >= 0
    digits = isinstance(length, str) and re.fullmatch("[0-9]+", length)
    need(number or digits, "$.headers.Content-Length is no number")
    need(all(isinstance(v, str | int | float) for v in headers.values()), "$.headers has what is no value")


def _check_list(found: Any, operation: str) -> None:
    at = "$.listBucketResult"
    need(isinstance(found, dict), f"{at} is no object")
    numbers = ["maxKeys", *(["keyCount"] if operation == "ListObjectsV2" else [])]
    need(isinstance(found.get("name"), str) and found["name"], f"{at}.name is missing")
    need(type(found.get("isTruncated")) is bool, f"{at}.isTruncated is no flag")
    for key in numbers:
        need(type(found.get(key)) is int and found[key] >= 0, f"{at}.{key} is no number")
    contents, prefixes = found.get("contents"), found.get("commonPrefixes")
    need(contents is None or isinstance(contents, list), f"{at}.contents is no array")
    for one in contents or []:
        need(isinstance(one, dict), f"{at}.contents has what is no object")
        need(isinstance(one.get("key"), str) and one["key"], f"{at}.contents.key is missing")
        need(type(one.get("size")) is int and one["size"] >= 0, f"{at}.contents.size is no number")
    need(prefixes is None or isinstance(prefixes, list), f"{at}.commonPrefixes is no array")
    for one in prefixes or []:
        need(isinstance(one, dict) and isinstance(one.get("prefix"), str), f"{at}.commonPrefixes")
    for key in ("prefix", "delimiter", "encodingType"):
        need(found.get(key) is None or isinstance(found[key], str), f"{at}.{key} is no text")


GET: dict[str, Any] = {
    "xAmzRequestId": "r-1",
    "getObjectContext": {"inputS3Url": "https://x/a", "outputRoute": "io-1", "outputToken": "t-1"},
    "userRequest": {"url": "/a", "headers": {}},
}
HEAD: dict[str, Any] = {"xAmzRequestId": "r-1", "headObjectContext": {"inputS3Url": "https://x/a"}}
LIST: dict[str, Any] = {"xAmzRequestId": "r-1", "listObjectsContext": {"inputS3Url": "https://x/"}}
LIST_V2: dict[str, Any] = {"xAmzRequestId": "r-1", "listObjectsV2Context": {"inputS3Url": "https://x/"}}
BUCKET: dict[str, Any] = {"name": "photos", "maxKeys": 1_000, "isTruncated": False}


def _call(operation: str = OPERATION, **parts: Any) -> tuple[str, dict[str, Any]]:
    given = {"RequestRoute": "io-1", "RequestToken": "t-1", "StatusCode": 200, "Body": b"x", **parts}
    return operation, {name: value for name, value in given.items() if value is not None}


def _error(**parts: Any) -> tuple[str, dict[str, Any]]:
    return _call(
        **{"StatusCode": 404, "ErrorCode": "NoSuchKey", "ErrorMessage": "none", "Body": None, **parts}
    )


def _listed(**parts: Any) -> dict[str, Any]:
    return {"statusCode": 200, "listBucketResult": {**BUCKET, **parts}}


RIGHT: list[tuple[Any, Any]] = [
    ([_call()], GET),
    ([_call(StatusCode=None)], GET),
    ([_error()], GET),
    ({"statusCode": 200, "headers": {"Content-Length": 7, "ETag": "x"}}, HEAD),
    ({"statusCode": 404, "errorCode": "NoSuchKey", "headers": {"Content-Length": "0"}}, HEAD),
    ({"statusCode": 200, "listResultXml": "<ListBucketResult/>"}, LIST),
    (_listed(contents=[{"key": "a", "size": 1}], commonPrefixes=[{"prefix": "b/"}]), LIST),
    (_listed(keyCount=0), LIST_V2),
    ({"statusCode": 403, "errorCode": "AccessDenied", "errorMessage": "no"}, LIST_V2),
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, GET, "no list of calls"),
    ([], GET, "no call at all"),
    ([_call(), _call()], GET, "the same answer twice"),
    ([_call(), _error()], GET, "two answers that contradict each other"),
    ([_call("PutObject")], GET, "another operation"),
    ([_call(RequestRoute="io-2")], GET, "another's route"),
    ([_call(RequestToken="t-2")], GET, "another's token"),
    ([_call(RequestToken=None)], GET, "no token"),
    ([_call(StatusCode=201)], GET, "a status that S3 does not have"),
    ([_call(StatusCode="200")], GET, "a status that is text"),
    ([_call(ErrorCode="NoSuchKey")], GET, "an error code beside an object"),
    ([_call(Body="text")], GET, "an object of text"),
    ([_call(StatusCode=304)], GET, "an object that was not modified"),
    ([_error(Body=b"x")], GET, "an object beside an error"),
    ([_error(ErrorCode=None)], GET, "an error without a code"),
    ([_error(ErrorCode="no such key")], GET, "a code that is none of S3's"),
    ([_error(ErrorMessage="a\nb")], GET, "a message that is no header"),
    (None, HEAD, "nothing at all"),
    ({"headers": {"Content-Length": 7}}, HEAD, "no status"),
    ({"statusCode": "200", "headers": {"Content-Length": 7}}, HEAD, "a status that is text"),
    ({"statusCode": 200}, HEAD, "no headers"),
    ({"statusCode": 200, "headers": {}}, HEAD, "no length"),
    ({"statusCode": 200, "headers": {"Content-Length": "many"}}, HEAD, "a length that is no number"),
    ({"statusCode": 200, "headers": {"Content-Length": 7, "ETag": ["x"]}}, HEAD, "a header that is an array"),
    ({"statusCode": 200, "headers": {"Content-Length": 7}, "body": "x"}, HEAD, "a body"),
    (
        {"statusCode": 404, "headers": {"Content-Length": 0}, "errorCode": 404},
        HEAD,
        "a code that is a number",
    ),
    ({"statusCode": 200}, LIST, "no list"),
    ({"statusCode": 200, "listResultXml": "<x/>", "listBucketResult": BUCKET}, LIST, "two lists"),
    ({"statusCode": 200, "listResultXml": ["<x/>"]}, LIST, "XML that is no text"),
    ({"statusCode": 200, "listBucketResult": []}, LIST, "a list that is no object"),
    (_listed(name=None), LIST, "a list without a name"),
    (_listed(maxKeys="1000"), LIST, "a number that is text"),
    (_listed(isTruncated="false"), LIST, "a flag that is text"),
    (_listed(), LIST_V2, "no count of keys"),
    (_listed(contents=[{"key": "a"}]), LIST, "an object without a size"),
    (_listed(contents=[{"Key": "a", "Size": 1}]), LIST, "an object with S3's own names"),
    (_listed(contents={"key": "a", "size": 1}), LIST, "one object that is in no array"),
    (_listed(commonPrefixes=["b/"]), LIST, "a prefix that is no object"),
    ({"statusCode": 200, "headers": {"Content-Length": 7}}, LIST, "the answer to another operation"),
]
"""Answers that S3 refuses, each with the event and what is wrong with it."""

__all__ = ["GET", "HEAD", "LIST", "LIST_V2", "RIGHT", "WRONG", "Refused", "check"]
