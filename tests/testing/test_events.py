"""`event(name, **parts)`: realistic events whose derived fields agree, whatever parts are given."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import Request, Router, detect
from lambda_router.http.routes import CALLERS
from lambda_router.testing import SampleError, event
from lambda_router.testing.events import names

APP = Router()
SEEN: list[Request] = []


@APP.http("/", methods=["GET", "POST", "DELETE"])
@APP.http("/{rest:path}", methods=["GET", "POST", "DELETE"])
def see(request: Request) -> None:
    SEEN[:] = [request]


REQUESTS = [*CALLERS, "alb.multi_value", "api_gateway_rest.payload_v1"]
SINGLE = {"alb", "vpc_lattice"}
"""The sources in which the last of repeated query parameters arrives, and nothing of the others."""

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
SEGMENT = TEXT.filter(lambda text: text and not set(text) & set("%?/\\") and text not in (".", ".."))
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=5)
TOKEN = st.text("abcdefgh-", min_size=1, max_size=6).map(lambda name: f"x-{name}")
VALUE = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",;"), min_size=1, max_size=8
)
COOKIES = st.dictionaries(
    st.text("abcxyz_", min_size=1, max_size=4), st.text("abc123", min_size=1, max_size=6), max_size=3
)


def seen(made: Any) -> Request:
    """The request of the event as a handler sees it."""
    SEEN.clear()
    APP(json.loads(json.dumps(made)))
    return SEEN[0]


def lists(rows: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in rows:
        found.setdefault(name, []).append(value)
    return found


# -- what is on offer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *CALLERS,
        *["alb.multi_value", "alb.health_check", "api_gateway_rest.payload_v1"],
        *["sqs", "sqs.fifo", "s3", "s3.test_event", "s3.object_removed"],
        *["eventbridge", "eventbridge.schedule", "eventbridge.scheduler", "eventbridge.custom_bus"],
        *["kinesis", "kinesis.consumer", "kinesis.window"],
        *["dynamodb", "dynamodb.insert", "dynamodb.modify", "dynamodb.remove", "dynamodb.window"],
        *["kafka", "kafka.self_managed"],
    ],
)
def test_the_names_of_the_first_release_are_on_offer(name: str) -> None:
    assert name in names()


@pytest.mark.parametrize("name", names())
def test_detect_names_the_room_and_nobody_else_claims_it(name: str) -> None:
    made = event(name)
    room = name.partition(".")[0]
    assert detect(made) == room
    assert [r.name for r in Router.everything().rooms if r.recognise(made)] == [room]


@pytest.mark.parametrize("name", names())
def test_an_event_is_plain_json_and_shares_nothing_with_the_next(name: str) -> None:
    first, second = event(name), event(name)
    assert json.loads(json.dumps(first)) == first
    assert not set(map(id, containers(first))) & set(map(id, containers(second)))


def containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from containers(inner)


IDENTIFIERS = {
    *["messageId", "receiptHandle", "SequenceNumber", "MessageDeduplicationId", "MessageId", "Signature"],
    *["sequenceNumber", "eventID", "requestId", "extendedRequestId", "x-amzn-trace-id", "X-Amzn-Trace-Id"],
    *["x-amz-request-id", "x-amz-id-2", "sequencer", "eTag", "RequestId", "HostId", "id", "aws:EventId"],
    *["recordId", "invocationId", "taskId", "messageID"],
    *["offset", "userName", "identityId", "ContactId", "ClientRequestToken", "userId", "sessionId"],
    *["eventId", "actionExecutionId", "_data", "clientRequestToken", "executionId"],
    *["authorizationToken", "resultToken", "configRuleId", "DeploymentId", "LifecycleEventHookExecutionId"],
}


def identifiers(value: Any) -> list[str]:
    found: list[str] = []
    for container in containers(value):
        for key, inner in container.items() if isinstance(container, dict) else ():
            if key in IDENTIFIERS and inner is not None and not isinstance(inner, dict):
                found += inner if isinstance(inner, list) else [inner]
    return found


def test_no_two_records_share_an_identifier() -> None:
    for made in (
        event("sqs", bodies=["same"] * 20),
        event("sqs.fifo", bodies=["same"] * 20),
        event("s3", keys=["same"] * 20),
        event("kinesis", datas=["same"] * 20),
        event("dynamodb", images=[{"id": 1}] * 20),
        event("kafka", values=["same"] * 20),
        event("activemq", datas=["same"] * 20),
        event("rabbitmq", datas=["same"] * 20),
        event("firehose.kinesis", datas=["same"] * 20),
        event("s3_batch", keys=["same"] * 20),
        event("eventbridge.custom_bus", details=[{}] * 20),
        event("eventbridge.custom_bus", details=[{}] * 20, with_metadata=True),
    ):
        found = identifiers(made)
        assert len(found) >= 20
        assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sqs.fifoo", "did you mean 'sqs.fifo'"),
        ("sns3", "did you mean"),
        ("", "there are: activemq, "),
        ("http", "there are"),
        ("sqs.", "sqs.fifo"),
        ("sqs.event", "sqs.fifo"),
        ("sqs._arn", "sqs.fifo"),
        ("stamps", "there are"),
        ("../sqs", "there are"),
        (None, "eventbridge.scheduler"),
    ],
)
def test_an_unknown_name_is_refused_with_what_there_is(name: Any, hint: str) -> None:
    with pytest.raises(SampleError) as caught:
        event(name)
    assert isinstance(caught.value, ValueError)
    assert f"there is no event {name!r}" in str(caught.value)
    assert hint in str(caught.value)
    assert all(offered in str(caught.value) for offered in names())


@pytest.mark.parametrize("name", names())
def test_an_unknown_part_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(SampleError, match=r"has no part 'no_such'.* there are: \w+"):
        event(name, no_such=1)


@pytest.mark.parametrize(
    ("name", "parts", "message"),
    [
        ("sqs", {"bodie": 1}, "did you mean 'bodies'"),
        ("sqs", {"bodies": "text"}, "bodies is a list .* write body="),
        ("sqs", {"bodies": {"id": 1}}, "bodies is a list"),
        ("sqs", {"body": b"x"}, "a payload is text or a JSON value"),
        (
            "sqs",
            {"bodies": [1, 2], "group_id": ["a"]},
            "group_id is one text, or one for each of the 2 messages",
        ),
        ("sqs", {"message_attributes": {"a": None}}, "a message attribute is text, a number or bytes"),
        ("sqs.fifo", {"queue": "orders"}, "ends in .fifo"),
        ("sqs.fifo", {"grop_id": "a"}, "did you mean 'group_id'"),
        ("s3", {"keys": "a.txt"}, "keys is a list"),
        ("firehose", {"datas": "a"}, "datas is a list"),
        (
            "firehose",
            {"datas": ["a"], "record_id": ["1", "2"]},
            "record_id is one text for each of the 1 records",
        ),
        ("firehose", {"data": "\ud800"}, "text that UTF-8 can write"),
        ("firehose.msk", {"ofset": 7}, "did you mean 'offset'"),
        ("s3_batch", {"keys": "a.txt"}, "keys is a list"),
        ("activemq", {"datas": "a"}, "datas is a list .* write data="),
        ("activemq", {"datas": [1], "message_id": ["a", "b"]}, "one for each of the 1 messages"),
        ("activemq", {"properties": {"a": 1}}, "the properties of a message are texts"),
        ("activemq", {"destinaton": "a"}, "did you mean 'destination'"),
        ("rabbitmq", {"datas": {"a": 1}}, "datas is a list"),
        ("rabbitmq", {"datas": [1], "vhost": ["a", "b"]}, "one for each of the 1 messages"),
        ("rabbitmq", {"headers": {"a": {1, 2}}}, "a header is text, bytes, a number, a table or a list"),
        ("rabbitmq", {"data": "\ud800"}, "text that UTF-8 can write"),
        ("s3_batch", {"keys": ["a"], "task_id": ["1", "2"]}, "task_id is one text for each of the 1 tasks"),
        ("cloudwatch_logs", {"messages": "a"}, "messages is a list"),
        ("sns", {"messages": "a"}, "messages is a list"),
        ("sns", {"messages": ["a"], "message_id": ["m-1", "m-2"]}, "message_id is one text, or one for each"),
        ("sns", {"attributes": {"a": None}}, "a message attribute is text, a number, bytes or a list"),
        ("sns", {"mesage": "a"}, "did you mean 'message'"),
        ("eventbridge", {"detail": {"a": object()}}, "a payload is a JSON value"),
        ("eventbridge.custom_bus", {"details": {"a": 1}}, "details is a list"),
        ("alb", {"path": "orders"}, "a path starts with a slash"),
        ("alb", {"claims": {}}, "has no part 'claims'"),
        ("api_gateway_rest", {"path": "/a/b", "resource": "/a/{id}/c"}, "does not lie under"),
        ("api_gateway_http", {"route_key": "POST /{proxy+}"}, "takes no GET request"),
    ],
)
def test_a_wrong_part_is_refused(name: str, parts: dict[str, Any], message: str) -> None:
    with pytest.raises(SampleError, match=message):
        event(name, **parts)


# -- events look like AWS's own ------------------------------------------------------------------------------

FREE = {
    *[
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "query_string_parameters",
    ],
    *["pathParameters", "stageVariables", "authorizer", "authentication", "clientCert", "messageAttributes"],
    *["MessageAttributes"],
    *["ResourceProperties", "OldResourceProperties"],
    *["detail", "Data", "Metadata", "Keys", "NewImage", "OldImage"],
    *["userAttributes", "clientMetadata", "validationData", "privateChallengeParameters", "response"],
    *["datasetRecords", "Parameters", "Attributes", "References"],
    *["slots", "slotDetails", "resolvedSlots", "userArguments"],
    *["fragment", "params", "templateParameterValues", "resourceProperties", "previousResourceProperties"],
}
"""What holds names of the user's own."""


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The path of every key, without the numbers of array elements and without what is the user's own."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield f"{at}.{key}"
        yield from () if key in FREE else paths(inner, f"{at}.{key}")
    for inner in value if isinstance(value, list) else ():
        yield from paths(inner, f"{at}[]")


FULL: dict[str, dict[str, Any]] = {
    "kafka": {"topic": "mytopic"},  # as in the real ones, where it is a key
    "iot": {"attributes": {f"attribute{number}": "value" for number in (1, 2, 3)}},
    "rabbitmq": {"queue": "pizzaQueue"},  # so is this one
    "activemq": {"properties": {"testKey": "testValue"}},
    "api_gateway_http": {"route_key": "GET /{proxy+}", "claims": {}, "stage_variables": {"a": "b"}},
    "appsync": {"arguments": {"id": "7"}},
    "appsync_authorizer": {"variables": {"desc": "tea"}},
    "appsync_events": {"payloads": [{"event_1": "tea"}, {"event_2": "green"}]},
    "cloudformation_hook": {"properties": {}},
    "cloudformation_macro": {"fragment": {}, "params": {}, "template_parameters": {}},
    "ecs_deployment_hook": {"hook_details": {"approvalChecked": True, "S3_BUCKET_NAME": "approvals"}},
    "transfer_family": {"password": "secret"},
    "vpc_lattice_v2": {"claims": {"principal": "p", "sessionName": "s", "x509SanDns": "example.com"}},
}


IMAGES = {".Records[].dynamodb.NewImage", ".Records[].dynamodb.OldImage", ".ResponseURL"}
"""What only some kinds of change have, and requests of CloudFormation unless a provider of the CDK sends them."""
OLDER = {".messages[].connectionId", ".messages[].persistent"}
"""What messages of ActiveMQ had once, and AWS's page no longer shows."""


DOCUMENTED: dict[str, set[str]] = {
    "appsync": {  # of a batch, of which the only collected one has less
        *("[].arguments.id", "[].source", "[].source.orderId", "[].source.customerId"),
        *[f"[].identity.{key}" for key in ("defaultAuthStrategy", "groups", "issuer", "sourceIp")],
        *[f"[].identity.claims{key}" for key in ("", ".sub", ".iss", ".cognito:username", ".token_use")],
        *("[].request", "[].request.headers"),
    },
    "appsync_authorizer": {f".requestHeaders{key}" for key in ("", ".host", ".x-forwarded-for")},
    "activemq": {
        f".messages[].{key}"
        for key in ("deliveryMode", "replyTo", "type", "expiration", "priority", "correlationId")
    },
    "alexa": {
        *[f".context.System.{key}" for key in ("apiAccessToken", "apiEndpoint", "device.deviceId")],
        *[
            ".request.dialogState",
            ".request.intent.confirmationStatus",
            ".request.shouldLinkResultBeReturned",
        ],
        *[f".request.{key}" for key in ("arguments", "components", "name", "payload", "source", "token")],
        *[f".request.payload.{key}" for key in ("purchaseResult", "productId")],
        *[".request.source.type", ".request.source.handler"],
        *[".request.status", ".request.status.code", ".request.status.message"],
    },
    "alexa_smart_home": {
        ".directive.payload.scope.token",
        *[f".directive.payload.grant{key}" for key in ("", ".type", ".code")],
        *[f".directive.payload.grantee{key}" for key in ("", ".type", ".token")],
        ".payload.switchControlAction",
    },
    "lex": {
        *[".currentIntent.nluIntentConfidenceScore", ".currentIntent.slotDetails", ".alternativeIntents"],
        *[".activeContexts", ".inputTranscript", ".recentIntentSummaryView", ".requestAttributes"],
        ".sentimentResponse",
    },
    "lex_v2": {
        *[".invocationLabel", ".requestAttributes", ".interpretations[].interpretationSource"],
        *[".proposedNextState.prompt", ".proposedNextState.prompt.attempt"],
    },
    "cloudfront": {
        f".Records[].cf.request.origin{key}"
        for key in (
            *("", ".custom", ".custom.customHeaders", ".custom.domainName", ".custom.keepaliveTimeout"),
            *(".custom.path", ".custom.port", ".custom.protocol"),
            *(".custom.readTimeout", ".custom.sslProtocols"),
        )
    },
    "cognito": {
        *[".request.validationData", ".request.providerName", ".request.providerType", ".request.attributes"],
        *[
            f".request.attributes.tokenResponse{key}"
            for key in ("", ".access_token", ".token_type", ".expires_in")
        ],
        *[f".request.attributes.idToken{key}" for key in ("", ".sub", ".email", ".email_verified")],
        *[f".request.attributes.userInfo{key}" for key in ("", ".given_name", ".family_name")],
    },
    "connect": {
        f".Details.ContactData.{key}"
        for key in (
            "CustomerId",
            "Description",
            "LanguageCode",
            "Name",
            "References",
            "Queue.OutboundCallerId",
        )
    },
}
"""What AWS documents of the newer events, and no collected event has."""


UNSEEN = (
    "api_gateway_websocket",
    "api_gateway_websocket.disconnect",
    "alexa.audio_player",
    "alexa.exception_encountered",
    "alexa.list_event",
    "alexa.message_received",
    "alexa.playback_controller",
    "alexa.skill_event",
    "firehose.msk",
    "iot.thing_group",
    "iot.thing_group_hierarchy",
    "iot.thing_type",
    "iot.thing_type_association",
    "iot_events",
    "appsync_events.subscribe",
    *("cloudformation_hook.stack", "cloudformation_hook.change_set"),
    *("s3_object_lambda.head", "s3_object_lambda.list_v1", "s3_object_lambda.list_v2"),
    *(name for name in names() if name.partition(".")[0] == "iot_authorizer"),
    *(name for name in names() if name.partition(".")[0] == "pipes"),
    *("documentdb", "documentdb.delete", "documentdb.drop", "documentdb.update"),
    *(
        "lambda_destination",
        "lambda_destination.failure",
        "lambda_destination.stream",
        "lambda_destination.success",
    ),
)
"""Events of which nobody has collected one; of their room there are others."""


@pytest.mark.parametrize(
    "name", [name for name in names() if not name.endswith(".window") and name not in UNSEEN]
)
def test_keys_agree_with_real_events(name: str, shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    room = name.partition(".")[0]
    labels = json.loads((shared_events / "labels.json").read_text())
    real = [
        set(paths(json.loads((shared_events / file).read_text())))
        for file, label in labels.items()
        if label["source"] == room
    ]
    parts: dict[str, Any] = dict(FULL.get(room, {}))
    if name in REQUESTS:
        parts |= {"query": {"a": "1"}, "cookies": {"a": "1"}, "body": b"x"}
    made = set(paths(event(name, **parts)))
    assert made - DOCUMENTED.get(room, set()) <= set.union(*real), "a field that no real event has"
    assert made >= set.intersection(*real) - IMAGES - OLDER, "a field that every real event has"


# -- requests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REQUESTS)
@settings(max_examples=40, deadline=None)
@given(
    segments=st.lists(SEGMENT, max_size=3),
    method=st.sampled_from(["GET", "post", "DELETE"]),
    query=PAIRS,
    headers=st.lists(st.tuples(TOKEN, VALUE), max_size=4),
    cookies=COOKIES,
    body=JSON | st.binary(max_size=12),
)
def test_a_room_reads_what_was_given(
    name: str,
    segments: list[str],
    method: str,
    query: list[tuple[str, str]],
    headers: list[tuple[str, str]],
    cookies: dict[str, str],
    body: Any,
) -> None:
    path = "/" + "/".join(segments)
    made = event(name, path=path, method=method, query=query, headers=headers, cookies=cookies, body=body)
    assert detect(made) == name.partition(".")[0]
    read = seen(made)
    assert (read.method, read.path) == (method.upper(), path)
    assert read.cookies == cookies
    wanted = lists(query)
    assert {n: read.query.all(n) for n in read.query} == (
        {n: values[-1:] for n, values in wanted.items()} if name in SINGLE else wanted
    )
    for header, values in lists(headers).items():
        got = read.headers[header]
        assert got == (values[-1] if name == "alb" else got)
        assert got.replace(", ", ",").split(",") == (values[-1:] if name == "alb" else values)
    if body is None:
        assert read.body == b""
    elif isinstance(body, bytes | str):
        assert read.body == (body if isinstance(body, bytes) else body.encode())
    else:
        assert read.json() == body
        assert read.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", REQUESTS)
def test_bodies_of_every_kind(name: str) -> None:
    flag = {"vpc_lattice": "is_base64_encoded"}.get(name, "isBase64Encoded")
    assert event(name, body={"a": "é"}, method="POST")["body"] == '{"a":"é"}'
    assert event(name, body="plain", method="POST")["body"] == "plain"
    assert event(name, body="plain", method="POST").get(flag, False) is False
    encoded = event(name, body=b"\x00\xff", method="POST")
    assert (encoded["body"], encoded[flag]) == (base64.b64encode(b"\x00\xff").decode(), True)
    assert not event(name).get("body")


def test_models_and_decimals_are_sent_as_the_router_writes_them() -> None:
    class Order(BaseModel):
        id: int
        total: Decimal

    assert json.loads(event("sqs", body=Order(id=1, total=Decimal("2.5")))["Records"][0]["body"]) == {
        "id": 1,
        "total": "2.5",
    }
    assert event("alb", body={"total": Decimal(3)})["body"] == '{"total":3}'
    assert event("eventbridge", detail={"total": Decimal("0.5")})["detail"] == {"total": 0.5}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_query_may_stand_in_the_path_and_headers_may_be_taken_away(name: str) -> None:
    made = event(
        name,
        path="/a b?x=1&y=%26",
        query={"y": ["2", True], "z": None},
        headers={"user-agent": None, "host": "h"},
    )
    read = seen(made)
    assert read.path == "/a b"
    assert read.query["x"] == "1"
    assert read.query["z"] == ""
    assert read.query.all("y") == (["true"] if name in SINGLE else ["&", "2", "true"])
    assert "user-agent" not in read.headers
    assert read.headers["host"] == "h"


@pytest.mark.parametrize("name", REQUESTS)
def test_a_path_is_percent_encoded_and_percent_codes_stay(name: str) -> None:
    made = event(name, path="/a b/ü#/%2F+", method="purge")
    keys = ("rawPath", "raw_path", "path")
    assert [made[key] for key in keys if key in made] == ["/a%20b/%C3%BC%23/%2F+"]


@settings(max_examples=60, deadline=None)
@given(
    segments=st.lists(SEGMENT, max_size=3),
    query=PAIRS,
    stage=st.sampled_from(["$default", "beta"]),
    cookies=COOKIES,
)
def test_payload_2_says_the_same_everywhere(
    segments: list[str], query: list[tuple[str, str]], stage: str, cookies: dict[str, str]
) -> None:
    path = "/" + "/".join(segments)
    made = event("api_gateway_http", path=path, query=query, stage=stage, cookies=cookies)
    context = made["requestContext"]
    prefix = "" if stage == "$default" else f"/{stage}"
    assert made["rawPath"] == context["http"]["path"]
    assert unquote(made["rawPath"]) == prefix + path
    assert context["stage"] == stage
    assert parse_qsl(made["rawQueryString"], keep_blank_values=True) == query
    assert made.get("queryStringParameters") == ({n: ",".join(v) for n, v in lists(query).items()} or None)
    assert made.get("cookies") == ([f"{n}={v}" for n, v in cookies.items()] or None)
    assert "cookie" not in made["headers"]
    assert context["routeKey"] == made["routeKey"] == "$default"
    assert context["domainName"] == made["headers"]["host"]
    assert context["domainPrefix"] == context["apiId"] == context["domainName"].partition(".")[0]
    assert context["http"]["sourceIp"] == made["headers"]["x-forwarded-for"]
    assert context["http"]["userAgent"] == made["headers"]["user-agent"]


def test_a_cookie_header_is_moved_to_the_cookies() -> None:
    made = event("function_url", headers={"Cookie": "a=1; b=2"}, cookies={"c": 3})
    assert made["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in made["headers"]
    assert (
        event("alb", headers={"Cookie": "a=1; b=2"}, cookies=["c=3"])["headers"]["cookie"] == "a=1; b=2; c=3"
    )


def test_path_parameters_follow_from_the_route() -> None:
    made = event("api_gateway_http", path="/orders/7/lines/a/b", route_key="ANY /orders/{id}/{rest+}")
    assert made["pathParameters"] == {"id": "7", "rest": "lines/a/b"}
    assert made["requestContext"]["routeKey"] == "ANY /orders/{id}/{rest+}"
    assert "pathParameters" not in event("api_gateway_http")


@settings(max_examples=60, deadline=None)
@given(
    segments=st.lists(SEGMENT, max_size=3),
    query=PAIRS,
    stage=st.sampled_from(["prod", "beta"]),
    slash=st.booleans(),
)
def test_rest_says_the_same_everywhere(
    segments: list[str], query: list[tuple[str, str]], stage: str, slash: bool
) -> None:
    path = "/" + "/".join(segments) + ("/" if slash and segments else "")
    made = event("api_gateway_rest", path=path, query=query, stage=stage)
    context = made["requestContext"]
    assert unquote(made["path"]) == path
    assert context["path"] == f"/{stage}{made['path']}"
    assert context["resourcePath"] == made["resource"] == ("/{proxy+}" if segments else "/")
    # API Gateway drops the slash at the end from what a greedy parameter captures.
    assert made["pathParameters"] == ({"proxy": made["path"].strip("/")} if segments else None)
    assert context["httpMethod"] == made["httpMethod"]
    assert made["multiValueQueryStringParameters"] == (lists(query) or None)
    assert made["queryStringParameters"] == (dict(query) or None)
    assert made["multiValueHeaders"] == {name: [value] for name, value in made["headers"].items()}
    assert context["identity"]["sourceIp"] == made["headers"]["X-Forwarded-For"]
    assert context["identity"]["userAgent"] == made["headers"]["User-Agent"]
    assert context["domainName"] == made["headers"]["Host"]


def test_rest_has_null_for_what_is_empty_and_keeps_the_case_of_headers() -> None:
    made = event("api_gateway_rest", path="/", headers={"x-Odd-CASE": "1"})
    nullable = [
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "pathParameters",
        "stageVariables",
        "body",
    ]
    assert [made[key] for key in nullable] == [None] * 5
    assert made["headers"]["x-Odd-CASE"] == "1"
    assert "version" not in made
    assert "authorizer" not in made["requestContext"]


def test_rest_resource_and_base_path() -> None:
    made = event(
        "api_gateway_rest",
        path="/orders/7",
        resource="/orders/{id}",
        base_path="/shop",
        host="api.example.com",
    )
    assert made["path"] == made["requestContext"]["path"] == "/shop/orders/7"
    assert made["pathParameters"] == {"id": "7"}
    assert seen(made).path == "/orders/7"


def test_payload_1_has_a_version() -> None:
    made = event("api_gateway_rest.payload_v1", claims={"sub": "zoe"})
    assert made["version"] == "1.0"
    assert made["requestContext"]["stage"] == "$default"
    assert made["requestContext"]["path"] == made["path"]
    assert made["requestContext"]["authorizer"] == {"claims": {"sub": "zoe"}, "scopes": None}


@pytest.mark.parametrize("name", ["api_gateway_rest", "api_gateway_http", "function_url", "vpc_lattice_v2"])
def test_claims_are_found_where_the_room_looks(name: str) -> None:
    claims = seen(event(name, claims={"sub": "zoe", "accountId": "111122223333"})).claims
    assert claims.items() >= {"sub": "zoe", "accountId": "111122223333"}.items()
    assert "sub" not in seen(event(name)).claims


def test_a_signed_function_url_request_names_its_account_everywhere() -> None:
    context = event("function_url", claims={"accountId": "111122223333"})["requestContext"]
    assert context["accountId"] == context["authorizer"]["iam"]["accountId"] == "111122223333"
    assert ":111122223333:" in context["authorizer"]["iam"]["userArn"]
    assert event("function_url")["requestContext"]["accountId"] == "anonymous"


def test_authorizers_of_other_kinds() -> None:
    made = event("api_gateway_http", authorizer={"lambda": {"tenant": "north"}})
    assert seen(made).claims == {"tenant": "north"}
    made = event("api_gateway_rest", authorizer={"principalId": "zoe"})
    assert seen(made).claims == {"principalId": "zoe"}


def test_a_load_balancer_sends_one_style_of_headers_and_does_not_decode_the_query() -> None:
    given = {"query": [("a", "1 2"), ("a", "ü&")], "headers": [("X-A", "1"), ("X-A", "2")]}
    single, multiple = event("alb", **given), event("alb.multi_value", **given)
    assert single["queryStringParameters"] == {"a": "%C3%BC%26"}
    assert single["headers"]["x-a"] == "2"
    assert multiple["multiValueQueryStringParameters"] == {"a": ["1%202", "%C3%BC%26"]}
    assert multiple["multiValueHeaders"]["x-a"] == ["1", "2"]
    assert not {"multiValueHeaders", "multiValueQueryStringParameters"} & single.keys()
    assert not {"headers", "queryStringParameters"} & multiple.keys()


@pytest.mark.parametrize(
    ("headers", "encoded"),
    [
        ({}, False),
        ({"content-type": "text/csv"}, False),
        ({"content-type": "application/json; charset=utf-8"}, False),
        ({"content-type": "application/x-www-form-urlencoded"}, True),
        ({"content-type": "text/plain", "content-encoding": "gzip"}, True),
        ({"content-type": None}, True),
    ],
)
def test_a_load_balancer_decides_by_the_content_type_whether_a_body_is_base64(
    headers: dict[str, Any], encoded: bool
) -> None:
    made = event("alb", method="POST", body="a=1", headers=headers)
    assert made["isBase64Encoded"] is encoded
    assert seen(made).text == "a=1"


@pytest.mark.parametrize("multi", [False, True])
def test_a_health_check(multi: bool) -> None:
    made = event("alb.health_check", multi_value=multi, path="/healthy")
    assert made["path"] == "/healthy"
    app = Router()
    app.get("/orders")(lambda: None)
    assert app(made)["statusCode"] == 200
    assert app(event("alb", path="/healthy"))["statusCode"] == 404


def test_lattice_joins_headers_or_lists_them() -> None:
    given = {"headers": [("a", "1"), ("A", "2")], "query": {"q": ["1", "2"]}}
    one, two = event("vpc_lattice", **given), event("vpc_lattice_v2", **given)
    assert (one["headers"]["a"], one["query_string_parameters"]) == ("1, 2", {"q": "2"})
    assert (two["headers"]["a"], two["queryStringParameters"]) == (["1", "2"], {"q": ["1", "2"]})
    assert "isBase64Encoded" not in event("vpc_lattice_v2", body="text", method="POST")


# -- messages ------------------------------------------------------------------------------------------------

QUEUE = st.from_regex(r"[A-Za-z0-9_-]{1,12}(\.fifo)?", fullmatch=True)


@settings(max_examples=80, deadline=None)
@given(queue=QUEUE, bodies=st.lists(JSON, max_size=5), region=st.sampled_from(["eu-west-1", "us-gov-west-1"]))
@example(queue="orders", bodies=["", "not json", {"a": "é"}], region="eu-west-1")
def test_messages(queue: str, bodies: list[Any], region: str) -> None:
    records = event("sqs", queue=queue, bodies=bodies, region=region)["Records"]
    assert len(records) == len(bodies)
    fifo = queue.endswith(".fifo")
    for body, record in zip(bodies, records, strict=True):
        text = record["body"]
        assert text == body if isinstance(body, str) else json.loads(text) == body
        assert record["md5OfBody"] == hashlib.md5(text.encode()).hexdigest()
        assert record["eventSourceARN"] == f"arn:aws:sqs:{region}:123456789012:{queue}"
        assert record["awsRegion"] == region
        assert ("SequenceNumber" in record["attributes"]) is fifo
        assert ("MessageGroupId" in record["attributes"]) is fifo
    numbers = [int(r["attributes"].get("SequenceNumber", i)) for i, r in enumerate(records)]
    assert numbers == sorted(set(numbers))
    assert len({record["messageId"] for record in records}) == len(records)


def test_the_parts_of_a_message() -> None:
    arn = "arn:aws:sqs:us-east-2:111122223333:orders.fifo"
    made = event(
        "sqs",
        queue=arn,
        bodies=["a", "b"],
        group_id=["x", "y"],
        message_id=["m-1", "m-1"],
        receive_count=3,
        attributes={"AWSTraceHeader": "Root=1-0-0"},
        dead_letter_source="lost",
    )
    first, second = made["Records"]
    assert first["eventSourceARN"] == arn
    assert first["awsRegion"] == "us-east-2"
    assert [first["attributes"]["MessageGroupId"], second["attributes"]["MessageGroupId"]] == ["x", "y"]
    assert first["messageId"] == second["messageId"] == "m-1"
    assert first["receiptHandle"] != second["receiptHandle"]
    assert first["attributes"]["ApproximateReceiveCount"] == "3"
    assert first["attributes"]["AWSTraceHeader"] == "Root=1-0-0"
    assert first["attributes"]["DeadLetterQueueSourceArn"] == "arn:aws:sqs:eu-west-1:123456789012:lost"


def test_a_group_id_on_a_standard_queue_gives_no_order() -> None:
    app = Router(partial=True)

    @app.sqs("*")
    def handle(body: int) -> None:
        assert body > 1

    fair = event("sqs", bodies=[1, 2], group_id="tenant", message_id=["m-1", "m-2"])
    assert fair["Records"][0]["attributes"]["MessageGroupId"] == "tenant"
    assert app(fair) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    fifo = event("sqs.fifo", bodies=[1, 2, 3], group_id=["a", "a", "b"], message_id=["m-1", "m-2", "m-3"])
    assert app(fifo) == {"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-2"}]}


def test_the_digest_of_message_attributes_is_the_one_of_sqs() -> None:
    # The digest of this one attribute is what SQS itself answered; it stands in several public test suites.
    (record,) = event("sqs", message_attributes={"timestamp": 1493147359900})["Records"]
    assert record["md5OfMessageAttributes"] == "235c5c510d26fb653d073faed50ae77c"
    assert record["messageAttributes"]["timestamp"] == {
        "stringValue": "1493147359900",
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": "Number",
    }
    (record,) = event("sqs", message_attributes={"b": b"\x00\xff", "a": "text"})["Records"]
    assert record["messageAttributes"]["b"]["binaryValue"] == "AP8="
    assert record["messageAttributes"]["a"]["dataType"] == "String"
    assert "md5OfMessageAttributes" not in event("sqs")["Records"][0]


# -- objects -------------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(
    key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    bucket=st.from_regex(r"[a-z0-9.-]{3,12}", fullmatch=True),
)
@example(key="images/a b+c (1)@é%2F~*.jpg", bucket="uploads")
def test_objects(key: str, bucket: str) -> None:
    (record,) = event("s3", bucket=bucket, key=key, size=5, version_id="v1")["Records"]
    sent = record["s3"]["object"]["key"]
    assert unquote_plus(sent) == key
    assert sent.isascii()
    assert " " not in sent
    assert record["s3"]["bucket"]["name"] == bucket
    assert record["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    assert record["s3"]["object"]["size"] == 5
    assert record["s3"]["object"]["versionId"] == "v1"
    keys: list[str] = []
    app = Router()
    app.s3("*")(lambda key: keys.append(key))
    app({"Records": [record]})
    assert keys == [key]


def test_a_slash_stays_and_a_space_is_a_plus() -> None:
    assert event("s3", key="a b/c+d")["Records"][0]["s3"]["object"]["key"] == "a+b/c%2Bd"


@pytest.mark.parametrize(
    "name", ["ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated", "LifecycleExpiration:Delete"]
)
def test_what_is_deleted_has_no_size(name: str) -> None:
    removed = event("s3", event_name=name)["Records"][0]["s3"]["object"]
    assert not {"size", "eTag"} & removed.keys()


def test_the_variants_of_s3() -> None:
    (record,) = event("s3.object_removed", bucket="b", key="k")["Records"]
    assert record["eventName"] == "ObjectRemoved:Delete"
    assert record["s3"]["object"].keys() == {"key", "sequencer"}
    (record,) = event("s3", event_name="s3:ObjectRestore:Completed")["Records"]
    assert record["glacierEventData"]["restoreEventData"].keys() == {
        "lifecycleRestorationExpiryTime",
        "lifecycleRestoreStorageClass",
    }
    made = event("s3.test_event", bucket="b")
    assert (made["Bucket"], made["Event"], "Records" in made) == ("b", "s3:TestEvent", False)
    assert [r["s3"]["object"]["key"] for r in event("s3", keys=["a", "b c"])["Records"]] == ["a", "b+c"]


# -- events of a bus -----------------------------------------------------------------------------------------


def test_schedules_agree_with_their_arn() -> None:
    made = event("eventbridge.schedule", rule="tidy", region="us-east-1", account="111122223333")
    assert made["resources"] == ["arn:aws:events:us-east-1:111122223333:rule/tidy"]
    assert (made["source"], made["detail-type"], made["detail"]) == ("aws.events", "Scheduled Event", {})
    arn = "arn:aws:events:ap-south-1:111122223333:rule/bus/tidy"
    made = event("eventbridge.schedule", rule=arn)
    assert (made["resources"], made["region"], made["account"]) == ([arn], "ap-south-1", "111122223333")


def test_the_scheduler_sends_its_detail_as_text() -> None:
    made = event("eventbridge.scheduler", schedule="weekly", group="reports")
    assert made["resources"] == ["arn:aws:scheduler:eu-west-1:123456789012:schedule/reports/weekly"]
    assert (made["source"], made["detail"]) == ("aws.scheduler", "{}")


@settings(max_examples=40, deadline=None)
@given(details=st.lists(st.dictionaries(TEXT, JSON, max_size=3), min_size=1, max_size=4))
def test_a_custom_bus_sends_arrays(details: list[Any]) -> None:
    raw = event("eventbridge.custom_bus", details=details, source="shop", detail_type="Paid")
    assert [e["detail"] for e in raw] == details
    assert {(e["source"], e["detail-type"]) for e in raw} == {("shop", "Paid")}
    wrapped = event(
        "eventbridge.custom_bus", details=details, with_metadata=True, metadata={"tenant": "north"}
    )
    assert [e["Data"] for e in wrapped] == details
    assert {e["Metadata"]["tenant"] for e in wrapped} == {"north"}
    assert detect(raw) == detect(wrapped) == "eventbridge"


def test_the_parts_of_an_event() -> None:
    made = event(
        "eventbridge",
        source="shop",
        detail_type="Paid",
        detail={"a": [1]},
        resources=["arn:aws:s3:::b"],
        id="e-1",
        time="2026-01-02T03:04:05Z",
        replay_name="again",
        region="us-east-1",
        account="111122223333",
    )
    assert made == {
        "version": "0",
        "id": "e-1",
        "detail-type": "Paid",
        "source": "shop",
        "account": "111122223333",
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::b"],
        "replay-name": "again",
        "detail": {"a": [1]},
    }


# -- streams -------------------------------------------------------------------------------------------------


@given(st.lists(JSON | TEXT | st.binary(max_size=8), max_size=4), TEXT)
def test_records_of_a_shard_agree_with_themselves(datas: list[Any], key: str) -> None:
    made = event("kinesis.window", datas=datas, partition_key=key, shard_id="shardId-7", consumer="shop")
    for record, data in zip(made["Records"], datas, strict=True):
        raw = base64.b64decode(record["kinesis"]["data"], validate=True)
        assert (
            raw if isinstance(data, bytes) else raw.decode() if isinstance(data, str) else json.loads(raw)
        ) == data
        assert record["eventID"] == f"shardId-7:{record['kinesis']['sequenceNumber']}"
        assert record["kinesis"]["partitionKey"] == key
        assert record["eventSourceARN"] == made["eventSourceARN"]
    assert made["shardId"] == "shardId-7"
    numbers = [int(record["kinesis"]["sequenceNumber"]) for record in made["Records"]]
    assert numbers == sorted(set(numbers))
    assert detect(made) == "kinesis"


ITEM = st.dictionaries(
    TEXT,
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**37), 10**37)
        | TEXT
        | st.binary(max_size=4)
        | st.frozensets(TEXT, min_size=1, max_size=3)
        | st.frozensets(st.binary(max_size=2), min_size=1, max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=5,
    ),
    min_size=1,
    max_size=4,
)


@given(ITEM, st.sampled_from(["INSERT", "MODIFY", "REMOVE"]))
def test_an_item_comes_back_as_it_was_given(item: dict[str, Any], kind: str) -> None:
    app, seen = Router(), []
    app.dynamodb("orders")(lambda image, keys, event_name: seen.append((image, keys, event_name)))
    app(event("dynamodb", new_image=item, old_image=item, event_name=kind))
    first = next(iter(item))
    assert seen == [(item, {first: item[first]}, kind)]


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("KEYS_ONLY", set()),
    ],
)
def test_a_stream_shows_what_its_view_says(view: str, shown: set[str]) -> None:
    for kind, absent in (("INSERT", "OldImage"), ("MODIFY", ""), ("REMOVE", "NewImage")):
        (record,) = event("dynamodb", event_name=kind, view=view)["Records"]
        found = record["dynamodb"]
        assert {"NewImage", "OldImage"} & found.keys() == shown - {absent}
        assert (found["StreamViewType"], found["Keys"]) == (view, {"id": {"S": "order-7"}})


def test_what_a_stream_cannot_send_is_refused() -> None:
    for wrong in (
        {"x": object()},
        {"x": float("nan")},
        {"x": set()},
        {"x": {1, "a"}},
        {1: 2},
        "item",
        {"x": {None}},
    ):
        with pytest.raises(SampleError):
            event("dynamodb", images=[wrong])
    with pytest.raises(SampleError, match="view is one of"):
        event("dynamodb", view="ALL")
    for room, several in (("kinesis", "datas"), ("dynamodb", "images")):
        with pytest.raises(SampleError, match=f"{several} is a list"):
            event(room, **{several: {"id": 1}})
        with pytest.raises(SampleError, match="one for each of the 1"):
            event(room, sequence_number=["1", "2"])
    with pytest.raises(SampleError):
        event("kinesis", data="\ud800")
    (record,) = event("dynamodb", ttl=True)["Records"]
    assert (record["eventName"], record["userIdentity"]["type"]) == ("REMOVE", "Service")


# -- names and ARNs ------------------------------------------------------------------------------------------

AWAY = "us-east-1:999999999999"
ARNS = {
    "sqs": ("queue", f"arn:aws:sqs:{AWAY}:jobs"),
    "sns": ("topic", f"arn:aws:sns:{AWAY}:jobs"),
    "s3": ("bucket", "arn:aws:s3:::jobs"),
    "kinesis": ("stream", f"arn:aws:kinesis:{AWAY}:stream/jobs"),
    "kinesis.window": ("stream", f"arn:aws:kinesis:{AWAY}:stream/jobs"),
    "firehose": ("stream", f"arn:aws:firehose:{AWAY}:deliverystream/jobs"),
    "firehose.kinesis": ("stream", f"arn:aws:firehose:{AWAY}:deliverystream/jobs"),
    "firehose.msk": ("stream", f"arn:aws:firehose:{AWAY}:deliverystream/jobs"),
    "dynamodb": ("table", f"arn:aws:dynamodb:{AWAY}:table/jobs"),
    "kafka": ("cluster", f"arn:aws:kafka:{AWAY}:cluster/jobs/2efba6c6-4"),
    "activemq": ("broker", f"arn:aws:mq:{AWAY}:broker:jobs:b-1"),
    "rabbitmq": ("broker", f"arn:aws:mq:{AWAY}:broker:jobs:b-1"),
    "documentdb": ("cluster", f"arn:aws:rds:{AWAY}:cluster:jobs"),
    "eventbridge.schedule": ("rule", f"arn:aws:events:{AWAY}:rule/jobs"),
    "eventbridge.scheduler": ("schedule", f"arn:aws:scheduler:{AWAY}:schedule/default/jobs"),
    "cloudwatch_alarm": ("alarm", f"arn:aws:cloudwatch:{AWAY}:alarm:jobs"),
    "cloudwatch_alarm.composite": ("alarm", f"arn:aws:cloudwatch:{AWAY}:alarm:jobs"),
    "lambda_destination": ("function", f"arn:aws:lambda:{AWAY}:function:jobs"),
    "lambda_destination.stream": ("function", f"arn:aws:lambda:{AWAY}:function:jobs"),
    "secrets_manager": ("secret", f"arn:aws:secretsmanager:{AWAY}:secret:jobs-AbCdEf"),
}


@pytest.mark.parametrize("name", ARNS)
def test_of_an_arn_the_region_and_the_account_go_everywhere(name: str) -> None:
    part, arn = ARNS[name]
    text = json.dumps(event(name, **{part: arn}))
    assert f'"{arn}' in text
    assert "123456789012" not in text
    assert "eu-west-1" not in text or name == "s3"


def test_an_alarm_and_a_bucket_have_their_names_beside_their_arns() -> None:
    made = event("cloudwatch_alarm", alarm=ARNS["cloudwatch_alarm"][1])
    assert (made["alarmData"]["alarmName"], made["region"]) == ("jobs", "us-east-1")
    assert made["accountId"] == "999999999999"
    assert event("s3", bucket="arn:aws:s3:::jobs")["Records"][0]["s3"]["bucket"]["name"] == "jobs"


HOSTS = [("a1b2c3.execute-api.us-east-1.amazonaws.com", "a1b2c3"), ("api.example.com", None)]


@pytest.mark.parametrize(("host", "api"), HOSTS)
@pytest.mark.parametrize("name", ["api_gateway_rest", "api_gateway_rest.payload_v1", "api_gateway_http"])
def test_the_host_of_an_api_names_the_api(name: str, host: str, api: str | None) -> None:
    context = event(name, host=host)["requestContext"]
    assert (context["domainName"], context["domainPrefix"]) == (host, host.partition(".")[0])
    assert context["apiId"] == api or api is None


@pytest.mark.parametrize("kind", ["token", "request", "websocket", "payload_v1"])
def test_what_an_authorizer_is_asked_for_lies_where_the_host_is(kind: str) -> None:
    arn = event("api_gateway_authorizer", kind=kind, host=HOSTS[0][0])["methodArn"]
    assert arn.startswith("arn:aws:execute-api:us-east-1:123456789012:a1b2c3/prod/")


def test_identifiers_rise_with_the_records() -> None:
    packed = base64.b64decode(event("cloudwatch_logs", messages=["same"] * 20)["awslogs"]["data"])
    logged = [int(one["id"]) for one in json.loads(gzip.decompress(packed))["logEvents"]]
    records = event("firehose.kinesis", datas=["same"] * 20)["records"]
    read = [int(record["kinesisRecordMetadata"]["sequenceNumber"]) for record in records]
    for numbers in (logged, read, [int(record["recordId"]) for record in records]):
        assert numbers == sorted(set(numbers))
        assert len(numbers) == 20
