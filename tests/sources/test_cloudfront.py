"""Amazon CloudFront: parts, routes, edited requests and responses judged by the contract model, headers, limits."""

from __future__ import annotations

import copy
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import Refused
from models import cloudfront as model

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PublicError,
    Reject,
    Response,
    ResultError,
    Retry,
    Router,
    detect,
)
from lambda_router.testing import Client, SampleError, event
from lambda_router.testing.events import samples

SAMPLES = {name.partition(".")[2]: sample for name, sample, _ in samples("cloudfront")}
VIEWER_REQUEST, ORIGIN_REQUEST = SAMPLES["viewer_request"], SAMPLES["origin_request"]
ORIGIN_RESPONSE, VIEWER_RESPONSE = SAMPLES["origin_response"], SAMPLES["viewer_response"]
REQUESTS = {"viewer_request": VIEWER_REQUEST, "origin_request": ORIGIN_REQUEST}
RESPONSES = {"origin_response": ORIGIN_RESPONSE, "viewer_response": VIEWER_RESPONSE}
TRIGGERS = {**REQUESTS, **RESPONSES}
every_trigger = pytest.mark.parametrize("trigger", TRIGGERS)


def cf(sent: Any) -> Any:
    return sent["Records"][0]["cf"]


def original(trigger: str) -> Any:
    """What the function stands between, as it came."""
    return cf(TRIGGERS[trigger])["request" if trigger in REQUESTS else "response"]


def answering(handler: Any) -> Router:
    """An app in which one handler takes every event."""
    app = Router()
    for trigger in TRIGGERS:
        getattr(app.cloudfront, trigger)()(handler)
    return app


def ask(sent: Any, handler: Any) -> Any:
    """The answer of an app with this handler, which CloudFront takes."""
    before = json.dumps(sent)
    answer = answering(handler)(sent)
    assert json.dumps(sent) == before
    model.check(answer, sent)
    return answer


def returning(sent: Any, value: Any) -> Any:
    return ask(sent, lambda: value)


def raising(sent: Any, exc: BaseException) -> Any:
    def handler() -> None:
        raise exc

    return ask(sent, handler)


def given_to(signature: str, sent: Any) -> Any:
    """What a handler with this signature is given for the event."""
    seen: list[Any] = []
    names: dict[str, Any] = {"seen": seen, "Any": Any}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    ask(sent, names["handler"])
    return seen[0]


# -- the model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG)
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


# -- whose it is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_its_own(name: str) -> None:
    assert detect(SAMPLES[name]) == "cloudfront"


@pytest.mark.parametrize(
    "changed",
    [
        {"Records": []},
        {"Records": {}},
        {"Records": [None]},
        {"Records": [{"cf": None}]},
        {"Records": [{"cf": []}]},
        {"Records": [{"cf": {}}]},
        {"Records": [{"cf": {"config": {}}}]},
        {"Records": [{"cf": {"request": []}}]},
        {"Records": [{"cf": {"request": {}, "response": None}}]},
        {"Records": VIEWER_REQUEST["Records"] * 2},
        {"Records": [{**VIEWER_REQUEST["Records"][0], "eventSource": "aws:sqs"}]},
        {"Records": [{**VIEWER_REQUEST["Records"][0], "EventSource": "aws:sns"}]},
        {"Records": [{"cf": {**cf(VIEWER_REQUEST), "config": {"eventType": "viewer-requests"}}}]},
        {"Records": [{"cf": {**cf(VIEWER_REQUEST), "config": {"eventType": ["viewer-request"]}}}]},
        {"Records": [{"cf": {**cf(VIEWER_REQUEST), "config": {"eventType": "viewer-response"}}}]},
        {
            "Records": [
                {"cf": {**cf(VIEWER_RESPONSE), "request": 7, "config": {"eventType": "viewer-request"}}}
            ]
        },
    ],
)
def test_what_does_not_prove_itself_is_not_claimed(changed: Any) -> None:
    assert Router.cloudfront.load().recognise(changed) is False
    assert detect(changed) != "cloudfront"


# -- parts ---------------------------------------------------------------------------------------------------


@every_trigger
def test_each_part(trigger: str) -> None:
    sent = TRIGGERS[trigger]
    found = given_to("request, response, config, event, context, invocation", sent)
    assert found["request"] == cf(sent)["request"]
    assert found["response"] == cf(sent).get("response")
    assert found["config"] == cf(sent)["config"]
    assert (found["event"], found["context"]) == (sent, None)
    assert found["invocation"].correlation_id == cf(sent)["config"]["requestId"]
    assert found["invocation"].source == "cloudfront"
    assert (found["response"] is None) is (trigger in REQUESTS)


def test_the_parts_of_all_samples_are_distinct() -> None:
    ids = [cf(sent)["config"].get("requestId") for sent in SAMPLES.values()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("signature", ["record", "body", "headers", "responze", "thing: dict"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.cloudfront\.viewer_request"):
        given_to(signature, VIEWER_REQUEST)


# -- which route ---------------------------------------------------------------------------------------------


@every_trigger
def test_a_trigger_takes_its_own_events_alone(trigger: str) -> None:
    for other, sent in TRIGGERS.items():
        app = Router()
        getattr(app.cloudfront, trigger)()(lambda: None)
        if other == trigger:
            app(sent)
            continue
        with pytest.raises(NoRouteError) as info:
            app(sent)
        assert info.value.suggestion == f"@app.cloudfront.{other}()"
        assert app.explain(sent).suggestion == f"@app.cloudfront.{other}()"


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({}, True),
        ({"uri": "/shop/tea.html"}, True),
        ({"uri": "/shop/"}, False),
        ({"uri": ["/x", "/shop/*.html"]}, True),
        ({"host": "d9k2m5p8r1t4w7.cloudfront.net"}, True),
        ({"host": "*.example.com"}, False),
        ({"distribution": "E9K2M5P8R1T4W7"}, True),
        ({"distribution": ["E1", "E9*"]}, True),
        ({"distribution": "E1"}, False),
        ({"uri": "/shop/*", "host": "*", "distribution": "E1"}, False),
    ],
)
def test_which_events_a_route_takes(criteria: Any, expected: bool) -> None:
    for trigger in ("viewer_request", "viewer_response"):
        app, seen = Router(), []
        getattr(app.cloudfront, trigger)(**criteria)(lambda seen=seen: seen.append(1))
        if expected:
            app(TRIGGERS[trigger])
            assert seen == [1]
        else:
            with pytest.raises(NoRouteError):
                app(TRIGGERS[trigger])


def test_wrong_criteria_are_refused_at_import() -> None:
    app = Router()
    for wrong in ({"uri": 7}, {"host": []}, {"distribution": ""}):
        with pytest.raises(ConfigurationError):
            app.cloudfront.viewer_request(**wrong)
    app.cloudfront.viewer_request(uri="/a")(lambda: None)
    app.cloudfront.origin_request(uri="/a")(lambda: None)
    with pytest.raises(DuplicateRouteError):
        app.cloudfront.viewer_request(uri=["/a"])(lambda: None)
    assert repr(app.routes[0]).startswith("<cloudfront(event_type='viewer-request', uri='/a') -> ")
    assert app.routes[0].criteria == {"event_type": "viewer-request", "uri": "/a"}


def test_an_event_that_does_not_say_its_type_is_told_by_its_response() -> None:
    for triggers in (REQUESTS, RESPONSES):
        for trigger in triggers:
            sent = json.loads(json.dumps(TRIGGERS[trigger]))
            del cf(sent)["config"]["eventType"]
            seen: list[str] = []
            for name in triggers:
                app = Router()
                getattr(app.cloudfront, name)()(lambda name=name, seen=seen: seen.append(name))
                model.check(app(sent), sent)
            assert seen == list(triggers)
            app = Router()
            for name in TRIGGERS.keys() - triggers.keys():
                getattr(app.cloudfront, name)()(lambda: None)
            with pytest.raises(NoRouteError):
                app(sent)


def test_the_route_says_which_rules_hold_where_the_event_does_not() -> None:
    sent = json.loads(json.dumps(VIEWER_REQUEST))
    del cf(sent)["config"]["eventType"]

    def edit(request: Any) -> None:
        request["headers"]["host"] = [{"key": "Host", "value": "other.example.com"}]

    app = Router()
    app.cloudfront.origin_request()(edit)
    assert app(sent)["headers"]["host"][0]["value"] == "other.example.com"
    app = Router()
    app.cloudfront.viewer_request()(edit)
    with pytest.raises(ResultError):
        app(sent)


# -- results: what is there already --------------------------------------------------------------------------


@every_trigger
def test_none_hands_on_what_came(trigger: str) -> None:
    assert returning(TRIGGERS[trigger], None) == original(trigger)


@every_trigger
@pytest.mark.parametrize("signature", ["part", "part: dict", "part: dict[str, Any]", "event"])
def test_what_a_handler_edits_is_the_answer_and_not_the_event(trigger: str, signature: str) -> None:
    name = "request" if trigger in REQUESTS else "response"
    found = f"cf(event)['{name}']" if signature == "event" else name
    body = (
        f"def handler({signature.replace('part', name)}):\n"
        f"    part = {found}\n"
        "    part['headers']['x-tenant'] = [{'key': 'X-Tenant', 'value': 'acme'}]\n"
    )
    for end in ("", "    return part\n"):
        names: dict[str, Any] = {"Any": Any, "cf": cf}
        exec(body + end, names)
        answer = ask(TRIGGERS[trigger], names["handler"])
        assert answer["headers"]["x-tenant"] == [{"key": "X-Tenant", "value": "acme"}]
        assert {**answer, "headers": original(trigger)["headers"]} == original(trigger)


def test_middleware_and_invocation_see_the_event_as_it_came() -> None:
    app = Router()
    seen: list[Any] = []

    @app.middleware
    def look(invocation: Any, call_next: Any) -> Any:
        result = call_next(invocation)
        seen.append(invocation.event)
        return result

    @app.cloudfront.viewer_request()
    def handler(request: dict[str, Any], invocation: Any) -> None:
        request["uri"] = "/b"
        seen.append(invocation.event)

    assert app(VIEWER_REQUEST)["uri"] == "/b"
    assert seen == [VIEWER_REQUEST, VIEWER_REQUEST]
    early = Router()
    early.use(lambda invocation, call_next: None)
    early.cloudfront.viewer_request()(lambda: None)
    assert early(VIEWER_REQUEST) == original("viewer_request")


def test_uri_query_and_origin_can_be_edited() -> None:
    def handler(request: dict[str, Any]) -> None:
        request["uri"], request["querystring"] = "/index.html", "a=1"
        request["origin"] = {"s3": {"domainName": "b.s3.amazonaws.com", "path": "", "authMethod": "none"}}
        request["headers"]["host"] = [{"key": "Host", "value": "b.s3.amazonaws.com"}]

    answer = ask(ORIGIN_REQUEST, handler)
    assert (answer["uri"], answer["querystring"]) == ("/index.html", "a=1")
    assert list(answer["origin"]) == ["s3"]


def test_the_body_of_a_request_can_be_replaced() -> None:
    def handler(request: dict[str, Any]) -> None:
        request["body"].update(action="replace", encoding="text", data="sku=coffee")

    answer = ask(SAMPLES["viewer_request_with_body"], handler)
    assert answer["body"]["data"] == "sku=coffee"


def test_a_response_can_be_edited() -> None:
    def handler(response: dict[str, Any]) -> None:
        response.update(status="200", statusDescription="OK", body="<p>sorry</p>")

    answer = ask(ORIGIN_RESPONSE, handler)
    assert (answer["status"], answer["body"]) == ("200", "<p>sorry</p>")
    assert answer["headers"]["via"] == original("origin_response")["headers"]["via"]
    assert "body" not in returning(VIEWER_RESPONSE, None)


# -- results: generated ones ---------------------------------------------------------------------------------


@pytest.mark.parametrize("trigger", REQUESTS)
def test_a_response_in_the_stead_of_a_request(trigger: str) -> None:
    sent = TRIGGERS[trigger]
    assert returning(sent, Response(status=302, headers={"Location": "/b"})) == {
        "status": "302",
        "statusDescription": "Found",
        "headers": {"location": [{"key": "Location", "value": "/b"}]},
    }
    assert returning(sent, Response("hello")) == {
        "status": "200",
        "statusDescription": "OK",
        "headers": {"content-type": [{"key": "content-type", "value": "text/plain; charset=utf-8"}]},
        "body": "hello",
        "bodyEncoding": "text",
    }
    picture = returning(sent, Response(b"\x00\xff", content_type="image/png", cookies={"a": "1", "b": "2"}))
    assert (picture["body"], picture["bodyEncoding"]) == ("AP8=", "base64")
    assert picture["headers"]["content-type"] == [{"key": "content-type", "value": "image/png"}]
    assert [one["value"] for one in picture["headers"]["set-cookie"]] == ["a=1", "b=2"]
    assert returning(sent, Response({"a": 1}, 404))["body"] == '{"a":1}'
    assert returning(sent, Response(status=204)).keys() == {"status", "statusDescription", "headers"}


def test_a_response_in_the_stead_of_another_keeps_what_must_stay() -> None:
    answer = returning(ORIGIN_RESPONSE, Response("gone", 410, headers={"x-a": "1"}))
    assert answer["headers"].keys() == {"via", "x-a", "content-type"}
    assert (answer["status"], answer["body"]) == ("410", "gone")
    emptied = returning(ORIGIN_RESPONSE, Response(status=410))
    assert emptied["body"] == ""
    last = returning(VIEWER_RESPONSE, Response("hi"))
    assert last["headers"]["content-length"] == original("viewer_response")["headers"]["content-length"]


@pytest.mark.parametrize("trigger", REQUESTS)
def test_a_response_as_cloudfront_has_it(trigger: str) -> None:
    own = {"status": "307", "headers": {"location": [{"value": "/b"}, {"key": "LOCATION", "value": "/c"}]}}
    assert returning(TRIGGERS[trigger], own) == own
    assert returning(TRIGGERS[trigger], {"status": "200"}) == {"status": "200"}


# -- results: wrong ones -------------------------------------------------------------------------------------


def head(trigger: str, **changes: Any) -> dict[str, Any]:
    """What came with other headers; None takes one away."""
    merged = {**original(trigger)["headers"], **{n.replace("_", "-"): v for n, v in changes.items()}}
    return {**original(trigger), "headers": {n: v for n, v in merged.items() if v is not None}}


def edited(trigger: str, **changes: Any) -> dict[str, Any]:
    return {**original(trigger), **changes}


def added(trigger: str, name: str) -> dict[str, Any]:
    """What came with a header more, which is null."""
    return edited(trigger, headers={**original(trigger)["headers"], name: None})


ONE = [{"value": "1"}]
BODY = {"action": "replace", "encoding": "text", "data": "x"}
WRONG: list[tuple[str, Any, str]] = [
    ("viewer_request", "text", "$"),
    ("viewer_request", 302, "$"),
    ("viewer_request", b"x", "$"),
    ("viewer_request", True, "$"),
    ("viewer_request", [], "$"),
    ("viewer_request", ("x", 200), "$"),
    ("viewer_request", VIEWER_REQUEST, "$.Records"),
    ("viewer_request", {"statusCode": 200, "body": "x"}, "$.statusCode"),
    ("viewer_request", {}, "$.method"),
    ("viewer_request", {"a": float("nan")}, "$.a"),
    ("viewer_request", edited("viewer_request", method="POST"), "$.method"),
    ("viewer_request", edited("viewer_request", clientIp="1"), "$.clientIp"),
    ("viewer_request", edited("viewer_request", uri="b"), "$.uri"),
    ("viewer_request", edited("viewer_request", uri=None), "$.uri"),
    ("viewer_request", edited("viewer_request", uri="/" + "b" * 8191), "$.uri"),
    ("viewer_request", edited("viewer_request", querystring={}), "$.querystring"),
    ("viewer_request", edited("viewer_request", headers=[]), "$.headers"),
    ("viewer_request", edited("viewer_request", cookies={}), "$.cookies"),
    ("viewer_request", edited("viewer_request", origin={"s3": {"domainName": "x"}}), "$.origin"),
    ("viewer_request", edited("viewer_request", body="x"), "$.body"),
    ("viewer_request", edited("viewer_request", body={**BODY, "action": "read-only"}), "$.body.action"),
    ("viewer_request", edited("viewer_request", body={**BODY, "encoding": "utf-8"}), "$.body.encoding"),
    ("viewer_request", edited("viewer_request", body={**BODY, "data": None}), "$.body.data"),
    ("viewer_request", edited("viewer_request", body={**BODY, "data": "x" * 40_961}), "$.body.data"),
    ("origin_request", edited("origin_request", body={**BODY, "data": "x" * 1_048_577}), "$.body.data"),
    ("viewer_request", edited("viewer_request", body={**BODY, "encoding": "base64", "data": "?"}), "$.body.data"),
    ("origin_request", edited("origin_request", origin=None), "$.origin"),
    ("origin_request", edited("origin_request", origin={"s3": {}, "custom": {}}), "$.origin"),
    ("origin_request", edited("origin_request", origin={"s3": {}}), "$.origin.s3.domainName"),
    ("viewer_request", head("viewer_request", host=None), "$.headers.host"),
    ("viewer_request", head("viewer_request", host=ONE), "$.headers.host"),
    ("viewer_request", head("viewer_request", via=ONE), "$.headers.via"),
    ("viewer_request", head("viewer_request", cdn_loop=ONE), "$.headers.cdn-loop"),
    ("origin_request", head("origin_request", via=None), "$.headers.via"),
    ("origin_request", head("origin_request", if_range=ONE), "$.headers.if-range"),
    ("origin_request", head("origin_request", accept_encoding=ONE), "$.headers.accept-encoding"),
    ("viewer_request", head("viewer_request", connection=ONE), "$.headers.connection"),
    ("viewer_request", head("viewer_request", x_edge_thing=ONE), "$.headers.x-edge-thing"),
    ("viewer_request", head("viewer_request", x_amz_cf_id=ONE), "$.headers.x-amz-cf-id"),
    ("viewer_request", head("viewer_request", x_amzn_requestid=ONE), "$.headers.x-amzn-requestid"),
    ("viewer_request", head("viewer_request", x_accel_redirect=ONE), "$.headers.x-accel-redirect"),
    ("viewer_request", head("viewer_request", X_Upper=[{"value": "1"}]), "$.headers.X-Upper"),
    ("viewer_request", head("viewer_request", x="1"), "$.headers.x"),
    ("viewer_request", head("viewer_request", x=[]), "$.headers.x"),
    ("viewer_request", added("viewer_request", "x"), "$.headers.x"),
    ("origin_request", added("origin_request", "if-range"), "$.headers.if-range"),
    ("viewer_request", head("viewer_request", x=["1"]), "$.headers.x"),
    ("viewer_request", head("viewer_request", x=[{"key": "X", "value": 1}]), "$.headers.x"),
    ("viewer_request", head("viewer_request", x=[{"key": "Y", "value": "1"}]), "$.headers.x"),
    ("viewer_request", head("viewer_request", x=[{"key": "X", "value": "a\r\nb: c"}]), "$.headers.x"),
    ("viewer_request", head("viewer_request", x=[{"key": "X", "val": "1"}]), "$.headers.x"),
    ("viewer_request", head("viewer_request", **{"a b": [{"value": "1"}]}), "$.headers.a b"),
    ("viewer_request", {"status": 302}, "$.status"),
    ("viewer_request", {"status": "42"}, "$.status"),
    ("viewer_request", {"status": "１００"}, "$.status"),
    ("viewer_request", Response(status=100), "$.status"),
    ("origin_request", {"status": "600"}, "$.status"),
    ("viewer_request", {"status": "200", "uri": "/"}, "$.uri"),
    ("viewer_request", {"status": "200", "body": {"a": 1}}, "$.body"),
    ("viewer_request", {"status": "200", "body": None}, "$.body"),
    ("viewer_request", {"status": "200", "body": "?", "bodyEncoding": "base64"}, "$.body"),
    ("viewer_request", {"status": "200", "bodyEncoding": "gzip"}, "$.bodyEncoding"),
    ("viewer_request", {"status": "200", "statusDescription": 7}, "$.statusDescription"),
    ("viewer_request", {"status": "200", "statusDescription": "OK\r\nx: y"}, "$.statusDescription"),
    ("viewer_request", edited("viewer_request", uri="/a\r\nx: y"), "$.uri"),
    ("origin_request", edited("origin_request", querystring="a=b\nc"), "$.querystring"),
    ("viewer_request", {"status": "204", "body": "x"}, "$.body"),
    ("viewer_request", Response("x" * 40_960), "$.body"),
    ("origin_request", Response("x" * 1_048_576), "$.body"),
    ("viewer_request", Response(headers={"Via": "1"}), "$.headers.via"),
    ("viewer_request", Response(headers={"X-Cache": "1"}), "$.headers.x-cache"),
    ("origin_response", edited("origin_response", status=404), "$.status"),
    ("origin_response", head("origin_response", via=None), "$.headers.via"),
    ("origin_response", head("origin_response", transfer_encoding=ONE), "$.headers.transfer-encoding"),
    ("origin_response", cf(ORIGIN_RESPONSE)["request"], "$.clientIp"),
    ("origin_response", Response(headers={"Transfer-Encoding": "chunked"}), "$.headers.transfer-encoding"),
    ("viewer_response", edited("viewer_response", status="404"), "$.status"),
    ("viewer_response", Response("x", 404), "$.status"),
    ("viewer_response", head("viewer_response", content_length=None), "$.headers.content-length"),
    ("viewer_response", head("viewer_response", content_encoding=ONE), "$.headers.content-encoding"),
    ("viewer_response", head("viewer_response", warning=ONE), "$.headers.warning"),
    ("viewer_response", edited("viewer_response", statuscode="200"), "$.statuscode"),
]  # fmt: skip


@pytest.mark.parametrize(("trigger", "value", "path"), WRONG)
def test_a_wrong_result_names_its_field(trigger: str, value: Any, path: str) -> None:
    with pytest.raises(ResultError) as info:
        returning(TRIGGERS[trigger], value)
    assert info.value.path == path


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_every_read_only_header_is_refused_by_name_and_event_type(trigger: str) -> None:
    kind = trigger.replace("_", "-")
    for name in model.READ_ONLY[kind]:
        with pytest.raises(ResultError, match=f"the header {name} is read-only in {kind}"):
            returning(TRIGGERS[trigger], head(trigger, **{name: [{"key": name, "value": "other"}]}))


def test_a_header_in_upper_case_is_refused_for_that() -> None:
    with pytest.raises(ResultError, match="the name of the header X-Upper is in lower case here"):
        returning(VIEWER_REQUEST, head("viewer_request", X_Upper=ONE))


def test_headers_that_only_cloudfront_may_add_stay_where_they_came() -> None:
    sent = json.loads(json.dumps(VIEWER_RESPONSE))
    cf(sent)["response"]["headers"]["x-cache"] = [{"key": "X-Cache", "value": "Hit"}]
    assert returning(sent, None)["headers"]["x-cache"] == [{"key": "X-Cache", "value": "Hit"}]
    with pytest.raises(ResultError, match="cannot add the header x-cache"):
        ask(sent, lambda response: response["headers"].update({"x-cache": ONE}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
values = st.lists(
    st.fixed_dictionaries(
        {"value": st.text("a\r\n ", max_size=3) | json_values},
        optional={"key": st.sampled_from(["X-A", "Via"])},
    ),
    max_size=2,
)
header_names = st.sampled_from(["x-a", "X-A", "via", "host", "connection", "x-edge-a", "content-length", ""])
headers = st.dictionaries(header_names, values | json_values, max_size=3)
KEYS = ["status", "body", "bodyEncoding", "uri", "querystring", "method", "origin", "statusDescription", "a"]
changes = st.dictionaries(
    st.sampled_from(KEYS),
    json_values | st.sampled_from(["200", "204", "404", "base64", "text", "/b", "QUJD", "GET"]),
    max_size=3,
)
responses = st.builds(
    lambda body, status, given: (body, status, given),
    json_values,
    st.integers(190, 610),
    st.dictionaries(
        st.sampled_from(["x-a", "Via", "Upgrade", "Set-Cookie"]), st.text("a=\n", max_size=3), max_size=2
    ),
)


@given(
    trigger=st.sampled_from([*TRIGGERS]),
    replaced=changes,
    added=headers,
    alone=st.booleans(),
    response=st.none() | responses,
    other=json_values,
    whole=st.booleans(),
)
def test_any_result_is_an_answer_that_is_taken_or_a_result_error(
    trigger: str, replaced: Any, added: Any, alone: bool, response: Any, other: Any, whole: bool
) -> None:
    def handler() -> Any:
        if response is not None:
            body, status, given_headers = response
            return Response(body, status, headers=given_headers)
        if whole:
            return other
        base = {} if alone else original(trigger)
        return {**base, **replaced, "headers": {**base.get("headers", {}), **added}}

    logging.disable(logging.ERROR)
    try:
        ask(TRIGGERS[trigger], handler)
    except ResultError as error:
        assert error.path.startswith("$")
    finally:
        logging.disable(logging.NOTSET)


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trigger", ["viewer_request", "origin_request", "origin_response"])
def test_an_exception_that_stands_for_a_response_is_one(trigger: str) -> None:
    sent = TRIGGERS[trigger]
    refused = raising(sent, HTTPError(403, "not you", headers={"x-why": "region"}))
    assert (refused["status"], json.loads(refused["body"])["detail"]) == ("403", "not you")
    assert refused["headers"]["x-why"] == [{"key": "x-why", "value": "region"}]
    assert raising(sent, Retry(after=3))["headers"]["retry-after"][0]["value"] == "3"
    assert raising(sent, Reject())["status"] == "422"
    assert json.loads(raising(sent, PublicError("closed"))["body"])["detail"] == "closed"


def test_the_status_of_a_viewer_response_stands() -> None:
    for exc in (HTTPError(403), PublicError("closed"), Retry(), Reject()):
        with pytest.raises(type(exc)):
            raising(VIEWER_RESPONSE, exc)


@every_trigger
def test_a_drop_hands_on_what_came_without_what_was_edited(trigger: str) -> None:
    def handler(event: Any) -> None:
        cf(event)["request"]["uri"] = "/edited"
        cf(event).get("response", {})["status"] = "500"
        raise Drop

    assert ask(TRIGGERS[trigger], handler) == original(trigger)
    app = Router()
    getattr(app.cloudfront, trigger)().drop()
    assert app(TRIGGERS[trigger]) == original(trigger)


@every_trigger
@pytest.mark.parametrize("kind", [ValueError, SystemExit, GeneratorExit])
def test_a_fault_is_raised(trigger: str, kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Exception, match="CANARY") as info:
        raising(TRIGGERS[trigger], kind("CANARY"))
    assert type(info.value).__name__ == kind.__name__
    assert kind.__name__ in caplog.text
    assert "CANARY" not in caplog.text


def test_an_error_whose_headers_are_forbidden_is_a_result_error() -> None:
    with pytest.raises(ResultError) as info:
        raising(VIEWER_REQUEST, HTTPError(401, headers={"proxy-authenticate": "Basic"}))
    assert info.value.path == "$.headers.proxy-authenticate"


@every_trigger
def test_an_exception_handler_answers_in_the_same_forms(trigger: str) -> None:
    app = Router()
    app.exception_handler(LookupError)(lambda exc, invocation: None)
    app.exception_handler(OSError)(lambda exc, invocation: copy.deepcopy(original(trigger)))
    app.exception_handler(ValueError)(lambda exc, invocation: {"statusCode": 500})

    def handler() -> None:
        raise failure

    getattr(app.cloudfront, trigger)()(handler)
    failure: Exception = OSError("x")
    assert app(TRIGGERS[trigger]) == original(trigger)
    failure = ValueError("x")
    with pytest.raises(ResultError):
        app(TRIGGERS[trigger])
    failure = KeyError("x")  # a handler that only logs lets nobody pass
    with pytest.raises(KeyError):
        app(TRIGGERS[trigger])


def test_coroutines_middleware_and_names() -> None:
    app = Router()
    seen: list[str] = []

    async def handler(request: dict[str, Any]) -> None:
        seen.append(request["uri"])

    layer = [lambda invocation, call_next: seen.append("layer") or call_next(invocation)]
    app.cloudfront.viewer_request(middleware=layer, name="look")(handler)
    assert app(VIEWER_REQUEST) == original("viewer_request")
    assert (seen, app.routes[0].name) == (["layer", "/shop/tea.html"], "look")


# -- hostile events and secrets ------------------------------------------------------------------------------

ODD = [None, True, 7, 1.5, "", "text", "\ud800", [], {}, [None], {"a": []}, [{"value": 7}], "origin-response"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, inner in items for p in [(*path, key), *places(inner, (*path, key))]]


@pytest.mark.parametrize("name", SAMPLES)
def test_wrong_types_anywhere_raise_nothing_but_what_is_documented(name: str) -> None:
    seen: list[Any] = []

    def handler(request: Any, response: Any, config: Any, event: Any) -> Any:
        seen.append((request, response, config))
        return Response("x") if len(seen) % 3 == 0 else None

    app = answering(handler)
    app.cloudfront.viewer_request(uri="/a*", host="b", distribution="c")(handler)
    app.default(lambda event: None)
    logging.disable(logging.ERROR)
    try:
        for path in places(SAMPLES[name]):
            for odd in ODD:
                sent = json.loads(json.dumps(SAMPLES[name]))
                holder = sent
                for key in path[:-1]:
                    holder = holder[key]
                holder[path[-1]] = odd
                before = repr(sent)
                app.explain(sent)
                try:
                    answer = app(sent)
                    assert answer is None or json.dumps(answer)
                except ResultError as error:
                    assert error.path.startswith("$")
                assert repr(sent) == before
    finally:
        logging.disable(logging.NOTSET)
    assert len(seen) > 50


@every_trigger
def test_secrets_are_neither_logged_nor_shown(trigger: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "CANARY-51c2"
    secret = {"Authorization": canary, "Cookie": canary, "X-Api-Key": canary}
    sent = event(
        f"cloudfront.{trigger}",
        headers=secret,
        query={"token": canary},
        response_headers={"Set-Cookie": canary},
        body=canary,
    )
    shown: list[str] = []

    def handler(request: Any, invocation: Any) -> None:
        shown.append(repr(invocation))
        request["headers"]["host"] = request["headers"]["authorization"]
        request["headers"]["via"] = request["headers"]["cookie"]

    for attempt in (handler, lambda request: {"status": canary}, lambda request: 1 / 0):
        try:
            answering(attempt)(sent)
        except Exception as error:
            shown.append(str(error))
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    for text in (caplog.text, str(info.value), *shown):
        assert "CANARY" not in text


def test_it_works_without_environment_variables() -> None:
    program = (
        "import json, sys; from lambda_router import Router, Response; app = Router(); "
        "app.cloudfront.viewer_request()(lambda: Response('hi')); "
        "print(json.dumps(app(json.loads(sys.stdin.read()), None)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(VIEWER_REQUEST),
        capture_output=True,
        text=True,
        check=True,
        env={},
        cwd=Path(__file__).resolve().parents[2],
    )
    assert json.loads(done.stdout)["body"] == "hi"


# -- collected events and the testing kit --------------------------------------------------------------------


def test_collected_events_reach_their_handlers(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    named = [file for file, label in labels.items() if label["source"] == "cloudfront"]
    assert len(named) > 10
    for file in labels:
        sent = json.loads((shared_events / file).read_text())
        found = [room.name for room in Router.everything().rooms if room.recognise(sent)]
        assert ("cloudfront" in found) is (file in named), file
    for file in named:
        sent = json.loads((shared_events / file).read_text())
        assert found_parts(sent)["config"] == cf(sent)["config"]
        assert returning(sent, None) == cf(sent).get("response", cf(sent).get("request"))


def found_parts(sent: Any) -> Any:
    return given_to("request, response, config", sent)


def test_the_client_sends_each_trigger() -> None:
    app = Router()

    @app.cloudfront.viewer_request(uri="/old/*")
    def moved() -> Response:
        return Response(status=301, headers={"location": "/new/"})

    @app.cloudfront.origin_response()
    def on_response(response: dict[str, Any]) -> None:
        response["headers"]["x-frame-options"] = [{"key": "X-Frame-Options", "value": "DENY"}]

    client = Client(app)
    sent = client.cloudfront("viewer_request", "/old/a")
    assert (sent.route, sent.source, sent.response["status"]) == (moved.__qualname__, "cloudfront", "301")
    assert client.cloudfront("origin_response").response["headers"].keys() == {"server", "x-frame-options"}
    assert isinstance(client.cloudfront().error, NoRouteError)
    with pytest.raises(SampleError, match="trigger is viewer_request"):
        client.cloudfront("viewer")
