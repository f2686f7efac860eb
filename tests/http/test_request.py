"""The request as a handler sees it: names in any case, cookies, paths, bodies and forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lambda_router import HTTPError, PayloadError, Request, Router, detect
from lambda_router.http.request import Headers, Values, split
from lambda_router.testing import event


def request(form: str = "function_url", /, **changes: Any) -> Request:
    """The request of an event, some of its keys replaced."""
    parts = {
        key: changes.pop(key)
        for key in ("path", "method", "query", "headers", "cookies", "body")
        if key in changes
    }
    made = {**event(form, **parts), **changes}
    return Request(getattr(Router(), form.partition(".")[0]), made)


def test_values() -> None:
    values = Values([("a", "1"), ("b", ""), ("a", "2")])
    assert values == {"a": "2", "b": ""}
    assert (values["a"], values.all("a"), values.all("b"), values.all("c")) == ("2", ["1", "2"], [""], [])
    assert values.get("c") is None
    values.all("a").clear()
    assert values.all("a") == ["1", "2"]


def test_headers() -> None:
    headers = Headers([("Accept", "text/html"), ("X-A", "1"), ("accept", "*/*")])
    assert headers == {"accept": "text/html, */*", "x-a": "1"}
    assert headers["ACCEPT"] == headers.get("Accept") == "text/html, */*"
    assert headers.all("ACCEPT") == ["text/html", "*/*"]
    assert "x-A" in headers
    assert "x-b" not in headers
    assert 7 not in headers
    assert (headers.get("x-b"), headers.get("x-b", "none")) == (None, "none")
    with pytest.raises(KeyError):
        headers["x-b"]


@pytest.mark.parametrize(
    ("line", "cookies"),
    [
        ("a=1; b=2", {"a": "1", "b": "2"}),
        ("a=1;b=2 ;  c=3", {"a": "1", "b": "2", "c": "3"}),
        ("a=1; a=2", {"a": "1"}),
        ('a="quoted; not"', {"a": '"quoted'}),
        ('a="quoted"; b="; c=""', {"a": "quoted", "b": '"', "c": ""}),
        ("a=b=c; d==", {"a": "b=c", "d": "="}),
        ("flag; =nameless; ; a=", {"a": ""}),
        ("", {}),
        (";;;", {}),
    ],
)
def test_cookies(line: str, cookies: dict[str, str]) -> None:
    assert request(cookies=[line]).cookies == cookies
    alb = event("alb")
    alb["headers"]["cookie"] = line
    assert Request(Router().alb, alb).cookies == cookies


def test_cookies_of_several_headers() -> None:
    made = event("alb.multi_value")
    made["multiValueHeaders"]["cookie"] = ["a=1; b=2", "c=3"]
    assert Request(Router().alb, made).cookies == {"a": "1", "b": "2", "c": "3"}


@pytest.mark.parametrize(
    ("raw", "path", "segments"),
    [
        ("/", "/", [""]),
        ("", "/", [""]),
        ("//", "//", [""]),
        ("/a", "/a", ["a"]),
        ("/a/", "/a/", ["a"]),
        ("/a//", "/a//", ["a", ""]),
        ("//a", "//a", ["", "a"]),
        ("a/b", "/a/b", ["a", "b"]),
        ("*", "/*", ["*"]),
        ("/a%2Fb/c", "/a/b/c", ["a/b", "c"]),
        ("/%25", "/%", ["%"]),
        ("/%zz%", "/%zz%", ["%zz%"]),
        ("/é/%C3%A9", "/é/é", ["é", "é"]),
    ],
)
def test_paths(raw: str, path: str, segments: list[str]) -> None:
    assert split(raw, encoded=True) == (path, segments)


@pytest.mark.parametrize("raw", ["/%FF", "/%C3", "/%ED%A0%80", "/\ud800", "/a/\udfff/%41"])
def test_paths_that_are_not_utf8(raw: str) -> None:
    with pytest.raises(HTTPError) as caught:
        split(raw, encoded=True)
    assert (caught.value.status, caught.value.detail) == (400, "the path is not UTF-8")


@pytest.mark.parametrize(
    ("raw", "path", "segments"),
    [("/a%2Fb", "/a%2Fb", ["a%2Fb"]), ("/é%", "/é%", ["é%"]), ("%FF/", "/%FF/", ["%FF"])],
)
def test_paths_that_are_decoded_already(raw: str, path: str, segments: list[str]) -> None:
    assert split(raw, encoded=False) == (path, segments)
    with pytest.raises(HTTPError):
        split(f"{raw}\ud800", encoded=False)


@settings(max_examples=500, deadline=None)
@given(st.text(st.characters(), max_size=20), st.booleans())
def test_any_path_is_read_or_refused(raw: str, encoded: bool) -> None:
    try:
        path, segments = split(raw, encoded=encoded)
    except HTTPError as refused:
        assume(refused.status != 400)
        raise
    assert path.startswith("/")
    assert all(isinstance(segment, str) for segment in segments)
    (path + "".join(segments)).encode()


def test_views_are_made_once() -> None:
    seen = request(path="/x", query={"a": 1}, headers={"x-a": "1"}, cookies={"c": 1}, body="x")
    assert seen.query is seen.query
    assert seen.headers is seen.headers
    assert seen.cookies is seen.cookies
    assert seen.body is seen.body


def test_a_body_in_base64() -> None:
    seen = request(body=b"\xff\x00")
    assert (seen.content, seen.body) == (b"\xff\x00", b"\xff\x00")
    with pytest.raises(PayloadError) as caught:
        seen.text
    assert caught.value.part == "body"
    with pytest.raises(PayloadError) as caught:
        seen.json()
    assert caught.value.part == "body"


@pytest.mark.parametrize("absent", [{"body": None}, {"body": ""}, {"body": "", "isBase64Encoded": True}])
def test_no_body(absent: Any) -> None:
    made = {**event("alb", method="POST"), **absent}
    seen = Request(Router().alb, made)
    assert (seen.content, seen.body, seen.text) == (None, b"", "")
    with pytest.raises(PayloadError, match="body: is not JSON"):
        seen.json()


@pytest.mark.parametrize("body", ["a", "a===", "AA=A", "é", "AAAA\n", "AA==AA", "\ud800"])
def test_a_body_that_is_not_base64(body: str) -> None:
    seen = Request(Router().alb, {**event("alb"), "body": body, "isBase64Encoded": True})
    with pytest.raises(HTTPError) as caught:
        seen.body
    assert (caught.value.status, caught.value.detail) == (400, "the request body is not base64")


@pytest.mark.parametrize("body", [7, {"a": 1}, [1], True, 1.5])
def test_a_body_that_is_no_text(body: Any) -> None:
    seen = Request(Router().alb, {**event("alb"), "body": body})
    with pytest.raises(HTTPError) as caught:
        seen.body
    assert caught.value.status == 400


def test_a_lone_surrogate_in_a_body_does_no_harm() -> None:
    seen = Request(Router().alb, {**event("alb"), "body": "a\ud800"})
    assert (seen.text, seen.body) == ("a\ud800", b"a\xed\xa0\x80")


def test_a_request_says_little_of_itself() -> None:
    seen = request(path="/secret", headers={"authorization": "secret"})
    assert repr(seen) == "<Request GET from function_url>"


def test_methods_are_in_upper_case() -> None:
    made = event("alb")
    made["httpMethod"] = "get"
    assert Request(Router().alb, made).method == "GET"


# -- who is asking -----------------------------------------------------------------------------------------

IAM = {"userArn": "arn:aws:iam::111122223333:user/ada", "accountId": "111122223333"}
CLAIMS: list[tuple[str, Any, Any]] = [
    ("api_gateway_http", {"jwt": {"claims": {"sub": "1"}, "scopes": ["a"]}}, {"sub": "1"}),
    ("api_gateway_http", {"lambda": {"tenant": "t"}}, {"tenant": "t"}),
    ("api_gateway_http", {"iam": IAM}, IAM),
    ("api_gateway_http", {"lambda": None}, {}),
    ("api_gateway_http", None, {}),
    ("function_url", {"iam": IAM}, IAM),
    (
        "api_gateway_rest",
        {"claims": {"sub": "1", "cognito:groups": "a"}},
        {"sub": "1", "cognito:groups": "a"},
    ),
    ("api_gateway_rest", {"principalId": "p", "tenant": "t"}, {"principalId": "p", "tenant": "t"}),
    ("api_gateway_rest", {"claims": None, "scopes": None}, {}),
    ("api_gateway_rest.payload_v1", {"claims": {"sub": "1"}, "scopes": ["a"]}, {"sub": "1"}),
    ("api_gateway_rest.payload_v1", {"tenant": "t"}, {"tenant": "t"}),
]


@pytest.mark.parametrize(("form", "authorizer", "claims"), CLAIMS)
def test_claims_of_every_kind_of_authorizer(form: str, authorizer: Any, claims: Any) -> None:
    made = event(form)
    made["requestContext"]["authorizer"] = authorizer
    assert Request(getattr(Router(), form.partition(".")[0]), made).claims == claims


def test_claims_of_a_signed_request() -> None:
    made = event("api_gateway_rest")
    made["requestContext"].pop("authorizer", None)
    made["requestContext"]["identity"] = {"sourceIp": "192.0.2.1", **IAM}
    assert Request(Router().api_gateway_rest, made).claims == made["requestContext"]["identity"]
    made["requestContext"]["identity"]["userArn"] = None
    assert Request(Router().api_gateway_rest, made).claims == {}
    made = event("vpc_lattice_v2")
    made["requestContext"]["identity"] = {"type": "AWS_IAM", "principal": "p"}
    assert Request(Router().vpc_lattice_v2, made).claims == {"type": "AWS_IAM", "principal": "p"}
    made["requestContext"]["identity"] = {"sourceVpcArn": "arn:aws:ec2:eu-west-1:1:vpc/v"}
    assert Request(Router().vpc_lattice_v2, made).claims == {}


@pytest.mark.parametrize("form", ["alb", "alb.multi_value", "vpc_lattice"])
def test_what_anybody_can_send_is_no_claim(form: str) -> None:
    sent = {"x-amzn-oidc-data": "e30.e30.x", "x-amzn-oidc-identity": "ada", "authorization": "Bearer x"}
    seen = request(form, headers=sent)
    assert (seen.claims, seen.headers["x-amzn-oidc-identity"]) == ({}, "ada")


LABELLED: dict[str, dict[str, Any]] = {
    "powertools/albMultiValueQueryStringEvent.json": {
        "query": {"parameter1": "value2", "parameter2": "value"},
        "all": ["value1", "value2"],
        "client_ip": "123.123.123.123",
    },
    "powertools/apiGatewayProxyEventPrincipalId.json": {
        "claims": {"user_id": "fake_username", "principalId": "fake", "integrationLatency": 451}
    },
    "powertools/apiGatewayProxyEvent.json": {
        "all": ["value1", "value2"],
        "client_ip": "192.168.0.1/32",
        "claims": {},
        "stage": "$default",
        "text": "Hello from Lambda!",
    },
    "powertools/apiGatewayProxyV2Event.json": {
        "all": ["value1", "value2"],
        "claims": {"claim1": "value1", "claim2": "value2"},
        "cookies": {},
        "client_ip": "192.168.0.1/32",
    },
    "powertools/lambdaFunctionUrlEventPathTrailingSlash.json": {
        "path": "/my/path/",
        "segments": ["my", "path"],
        "all": ["value1", "value2"],
    },
    "powertools/lambdaFunctionUrlEventWithHeaders.json": {"all": ["value1,value2"]},
    "powertools/vpcLatticeV2EventWithHeaders.json": {
        "all": ["value1", "value2"],
        "client_ip": "172.31.40.143",
    },
    "powertools/vpcLatticeEvent.json": {
        "query": {"order-id": "1"},
        "client_ip": "10.213.229.10",
        "claims": {},
    },
}


@pytest.mark.parametrize("name", LABELLED)
def test_labelled_events_are_read(name: str, shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("no collection of sample events here")
    sent = json.loads((shared_events / name).read_text("utf-8"))
    seen = Request(getattr(Router(), str(detect(sent))), sent)
    for part, value in LABELLED[name].items():
        assert (seen.query.all("parameter1") if part == "all" else getattr(seen, part)) == value, part
