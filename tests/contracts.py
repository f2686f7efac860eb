"""What the six callers of HTTP routes take for an answer, as AWS documents it, and `ask`, which holds an app
to it.

The models are written from AWS's pages and not from the package: each is a function `(answer, event) ->
None`, or the reason for which the caller would refuse the answer, lose a part of it, or have to guess.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

from lambda_router import detect
from lambda_router.testing import Client, HttpResult

TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
LAMBDA_LIMIT = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, as the Runtime API counts it."""

Model = Callable[[Any, Any], str | None]


class Refused(Exception):
    """Why a caller does not take an answer."""


def model(check: Callable[[Any, Any], None]) -> Model:
    """A check that raises as a function that gives the reason."""

    def accepts(answer: Any, event: Any = None) -> str | None:
        try:
            check(answer, event)
        except Refused as reason:
            return str(reason)
        return None

    return accepts


def need(condition: object, reason: str) -> None:
    if not condition:
        raise Refused(reason)


def size(answer: Any) -> int:
    return len(json.dumps(answer))


def document(answer: Any, *, required: Iterable[str], optional: Iterable[str] = (), limit: int) -> None:
    """The answer is a JSON object with the keys that the caller knows, small enough."""
    need(isinstance(answer, dict), "not an object")
    missing = set(required) - answer.keys()
    need(not missing, f"missing {sorted(missing)}")
    unknown = answer.keys() - {*required, *optional}
    need(not unknown, f"unknown keys {sorted(unknown)}")
    need(size(answer) <= limit, "too large")


def status(answer: Any) -> None:
    code = answer["statusCode"]
    need(isinstance(code, int) and not isinstance(code, bool), "the status is no integer")
    need(100 <= code <= 599, "the status is out of range")


def body(answer: Any) -> None:
    """A text, with a flag that is a boolean, and true only for what is base64."""
    encoded = answer.get("isBase64Encoded", False)
    content = answer.get("body", "")
    need(isinstance(encoded, bool), "isBase64Encoded is no boolean")
    need(isinstance(content, str), "the body is no text")
    if encoded:
        try:
            base64.b64decode(content, validate=True)
        except ValueError:
            raise Refused("the body is not base64") from None


def name(given: Any) -> None:
    need(isinstance(given, str) and given and TOKEN.issuperset(given), f"no header name: {given!r:.80}")


def value(given: Any) -> None:
    need(isinstance(given, str), f"a header value is no text: {given!r:.80}")
    need(
        all(c == "\t" or (c >= " " and not "\x7f" <= c <= "\x9f") for c in given),
        "a control character in a header",
    )
    try:
        given.encode()
    except UnicodeEncodeError:
        raise Refused("a lone surrogate in a header") from None


def distinct(names: Iterable[str], *, but: str = "") -> None:
    folded = [n.lower() for n in names if n.lower() != but]
    need(len(folded) == len(set(folded)), "two header names differ only in case")


def single(headers: Any, *, but: str = "") -> None:
    """One text for each name."""
    need(isinstance(headers, dict), "headers is no object")
    for key, given in headers.items():
        name(key)
        value(given)
    distinct(headers, but=but)


def multiple(headers: Any) -> None:
    """A list of texts for each name."""
    need(isinstance(headers, dict), "multiValueHeaders is no object")
    for key, given in headers.items():
        name(key)
        need(isinstance(given, list), "multiValueHeaders has a value that is no list")
        for one in given:
            value(one)
    distinct(headers)


def cookie(given: Any) -> None:
    value(given)
    need(given.partition(";")[0].partition("=")[1] == "=", f"no cookie: {given!r:.80}")


@model
def api_gateway_rest(answer: Any, event: Any) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html

    Five keys, and a 502 for any other. A name in both maps is sent twice.
    """
    keys = ("headers", "multiValueHeaders", "body", "isBase64Encoded")
    document(answer, required=["statusCode"], optional=keys, limit=LAMBDA_LIMIT)
    status(answer)
    one, many = answer.get("headers") or {}, answer.get("multiValueHeaders") or {}
    single(one)
    multiple(many)
    distinct([*one, *many])
    body(answer)


def payload_v2(answer: Any) -> None:
    """Format 2.0: without a status the format is inferred, which a router must not leave to chance."""
    keys = ("headers", "body", "isBase64Encoded", "cookies")
    document(answer, required=["statusCode"], optional=keys, limit=LAMBDA_LIMIT)
    status(answer)
    headers, cookies = answer.get("headers", {}), answer.get("cookies", [])
    single(headers)
    need("set-cookie" not in {n.lower() for n in headers}, "cookies have a list of their own")
    need(isinstance(cookies, list), "cookies is no list")
    for one in cookies:
        cookie(one)
    body(answer)


@model
def api_gateway_http(answer: Any, event: Any) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    payload_v2(answer)


@model
def function_url(answer: Any, event: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"""
    payload_v2(answer)


@model
def alb(answer: Any, event: Any) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html

    Headers are read from the map that the target group's attribute says, which the event shows. Limits:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
    """
    multi = "multiValueHeaders" in (event or {})
    kept = "multiValueHeaders" if multi else "headers"
    document(
        answer,
        required=["isBase64Encoded", "statusCode", kept],
        optional=["statusDescription", "body"],
        limit=1_048_576,
    )
    status(answer)
    if multi:
        multiple(answer[kept])
    else:
        single(answer[kept], but="set-cookie")
    rows = [(n, v) for n, given in answer[kept].items() for v in (given if multi else [given])]
    need(sum(len(n) + len(v.encode()) + 4 for n, v in rows) <= 32 * 1024, "more than 32 KB of headers")
    description = answer.get("statusDescription", f"{answer['statusCode']} ")
    need(isinstance(description, str), "the description is no text")
    need(description.startswith(f"{answer['statusCode']} "), "the description has another status")
    body(answer)


def lattice(answer: Any) -> None:
    document(
        answer, required=["isBase64Encoded", "statusCode", "headers"], optional=["body"], limit=LAMBDA_LIMIT
    )
    status(answer)
    single(answer["headers"], but="set-cookie")
    body(answer)


@model
def vpc_lattice(answer: Any, event: Any) -> None:
    """https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html"""
    lattice(answer)


@model
def vpc_lattice_v2(answer: Any, event: Any) -> None:
    """https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html"""
    lattice(answer)


MODELS: dict[str, Model] = {
    "api_gateway_rest": api_gateway_rest,
    "api_gateway_http": api_gateway_http,
    "function_url": function_url,
    "alb": alb,
    "vpc_lattice": vpc_lattice,
    "vpc_lattice_v2": vpc_lattice_v2,
}

_ENVELOPE = {"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": False}
_REST = {"statusCode": 200, "multiValueHeaders": {}, "body": "", "isBase64Encoded": False}
_EVERYWHERE: list[Any] = [
    None,
    "text",
    [],
    {},
    200,
    {"message": "inferred"},
    {**_ENVELOPE, "statusCode": None},
    {**_ENVELOPE, "statusCode": True},
    {**_ENVELOPE, "statusCode": "ok"},
    {**_ENVELOPE, "statusCode": 200.5},
    {**_ENVELOPE, "statusCode": 99},
    {**_ENVELOPE, "statusCode": 600},
    {**_ENVELOPE, "body": {"id": 7}},
    {**_ENVELOPE, "body": 7},
    {**_ENVELOPE, "body": "not base64!", "isBase64Encoded": True},
    {**_ENVELOPE, "isBase64Encoded": "true"},
    {**_ENVELOPE, "headers": [["a", "b"]]},
    {**_ENVELOPE, "headers": {"x-a": "1\r\nset-cookie: evil=1"}},
    {**_ENVELOPE, "headers": {"x-a\r\nx-b": "1"}},
    {**_ENVELOPE, "headers": {"": "1"}},
    {**_ENVELOPE, "headers": {"x-a": ["1", "2"]}},
    {**_ENVELOPE, "headers": {"x-a": "1", "X-A": "2"}},
    {**_ENVELOPE, "headers": {"x-a": "\ud800"}},
    {**_ENVELOPE, "unknown": 1},
    {**_ENVELOPE, "body": "x" * LAMBDA_LIMIT},
]
_V2: list[Any] = [
    {**_ENVELOPE, "multiValueHeaders": {"x-a": ["1"]}},
    {**_ENVELOPE, "headers": {"Set-Cookie": "a=1, b=2"}},
    {**_ENVELOPE, "cookies": "a=1"},
    {**_ENVELOPE, "cookies": {"a": "1"}},
    {**_ENVELOPE, "cookies": ["no cookie"]},
    {**_ENVELOPE, "cookies": ["a=1\r\nx: y"]},
]
_LATTICE: list[Any] = [
    {**_ENVELOPE, "cookies": ["a=1"]},
    {**_ENVELOPE, "multiValueHeaders": {"x-a": ["1"]}},
    {**_ENVELOPE, "statusDescription": "200 OK"},
    {"statusCode": 200, "body": "", "isBase64Encoded": False},
    {"statusCode": 200, "headers": {}, "body": ""},
]

WRONG: dict[str, list[Any]] = {
    "api_gateway_rest": [
        *_EVERYWHERE,
        {**_REST, "cookies": ["a=1"]},
        {**_REST, "statusDescription": "200 OK"},
        {**_REST, "multiValueHeaders": {"x-a": "1"}},
        {**_REST, "multiValueHeaders": {"x-a": [True]}},
        {**_REST, "headers": {"X-A": "1"}, "multiValueHeaders": {"x-a": ["1"]}},
        {**_REST, "multiValueHeaders": {"set-cookie": ["a=1"], "Set-Cookie": ["b=2"]}},
    ],
    "api_gateway_http": [*_EVERYWHERE, *_V2],
    "function_url": [*_EVERYWHERE, *_V2, {**_ENVELOPE, "statusDescription": "200 OK"}],
    "alb": [
        *_EVERYWHERE,
        _REST,
        {"statusCode": 200, "headers": {}, "body": ""},
        {"statusCode": 200, "isBase64Encoded": False, "body": ""},
        {**_ENVELOPE, "statusDescription": "404 Not Found"},
        {**_ENVELOPE, "statusDescription": 200},
        {**_ENVELOPE, "body": "x" * 1_048_576},
        {**_ENVELOPE, "headers": {"x-a": "x" * 33_000}},
    ],
    "vpc_lattice": [*_EVERYWHERE, *_LATTICE],
    "vpc_lattice_v2": [*_EVERYWHERE, *_LATTICE],
}
"""Answers that each caller refuses, or would have to guess at. A load balancer's are for single-value
headers."""

RIGHT: dict[str, list[Any]] = {
    "api_gateway_rest": [
        {"statusCode": 200},
        {"statusCode": 200, "headers": {"x-a": "1"}, "body": "{}"},
        {**_REST, "multiValueHeaders": {"set-cookie": ["a=1", "b=2"]}},
        {**_REST, "body": "AAEC", "isBase64Encoded": True},
    ],
    "api_gateway_http": [{"statusCode": 201}, {**_ENVELOPE, "cookies": ["a=1; HttpOnly", "b=2"]}],
    "function_url": [{"statusCode": 201}, {**_ENVELOPE, "headers": {"x-a": "1"}, "cookies": ["a=1"]}],
    "alb": [
        {**_ENVELOPE, "statusDescription": "200 OK"},
        {**_ENVELOPE, "headers": {"set-cookie": "a=1", "Set-Cookie": "b=2"}},
    ],
    "vpc_lattice": [_ENVELOPE, {"statusCode": 204, "isBase64Encoded": False, "headers": {}}],
    "vpc_lattice_v2": [_ENVELOPE, {**_ENVELOPE, "headers": {"content-type": "text/plain"}, "body": "x"}],
}


def ask(app: Any, event: Any, context: Any = None) -> HttpResult:
    """The answer to a request, sent through the runtime client's encoder, that its caller's model accepts."""
    result = Client(app).deliver(event, HttpResult, context=context)
    result.raise_for_error()
    source = detect(event)
    assert source in MODELS, source
    refusal = MODELS[source](result.response, event)
    assert refusal is None, (source, refusal, result.response)
    return result
