"""The packaged samples: one folder a room, each sample proven its room's and written by this project."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import pytest

from lambda_router import Drop, Router, detect
from lambda_router.http.source import HttpSource
from lambda_router.testing import Client, SampleError, event
from lambda_router.testing.events import names, samples

SAMPLES = list(samples())
EVENTS = {name: made for name, made, _ in SAMPLES}
ROOMS = sorted(room.name for room in Router.everything().rooms)
PACKAGE = files("lambda_router.testing.samples")

each_sample = pytest.mark.parametrize("name", list(EVENTS))
each_room = pytest.mark.parametrize("room", ROOMS)


def room_of(name: str) -> str:
    return name.partition(".")[0]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


OWN = ("headers", "multiValueHeaders", "detail", "ResourceProperties", "OldResourceProperties")
"""What holds names of the user's own, other in each sample."""


def shape(value: Any) -> Any:
    """The keys of a value, of the first element where there are several."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items() if key not in OWN}
    return [shape(value[0])] if isinstance(value, list) and value else None


# -- every room has its folder -------------------------------------------------------------------------------


@each_room
def test_a_room_has_samples_a_builder_and_a_way_into_the_client(room: str) -> None:
    assert room in names(), f"there is no event {room!r}"
    assert len(list(samples(room))) >= 3, f"there are fewer than three samples of {room}"
    app = Router()
    assert isinstance(getattr(app, room), HttpSource) or callable(getattr(Client(app), room))


def test_every_folder_is_a_room() -> None:
    assert sorted({room_of(name) for name in EVENTS}) == ROOMS
    assert sorted({room_of(name) for name in names()}) == ROOMS


PARTS: dict[str, dict[str, Any]] = {
    "api_gateway_rest.payload_v1": {
        "path": "/orders/417",
        "resource": "/orders/{order_id}",
        "query": {"expand": "lines"},
    },
    "alb.multi_value": {"query": {"size": ["s", "m"], "q": "green tea"}},
}


@pytest.mark.parametrize("name", [name for name in names() if "." in name])
def test_a_variant_has_a_sample_of_the_same_shape(name: str) -> None:
    assert shape(event(name, **PARTS.get(name, {}))) == shape(EVENTS[name])


def test_samples_of_one_room_and_of_none() -> None:
    assert [name for name, _, _ in samples("sqs")] == [name for name in EVENTS if room_of(name) == "sqs"]
    with pytest.raises(SampleError, match="no samples of 'sq'; did you mean 'sqs'"):
        list(samples("sq"))


def test_a_caller_may_edit_what_it_gets() -> None:
    for _, made, _ in samples("sqs"):
        made.clear()
    assert [made for _, made, _ in samples("sqs")] == [
        EVENTS[name] for name in EVENTS if room_of(name) == "sqs"
    ]


# -- every sample is right -----------------------------------------------------------------------------------


@each_sample
def test_exactly_one_room_recognises_it(name: str) -> None:
    assert detect(EVENTS[name]) == room_of(name)
    assert [r.name for r in Router.everything().rooms if r.recognise(EVENTS[name])] == [room_of(name)]


@each_sample
def test_the_file_is_in_form(name: str) -> None:
    room, _, variant = name.partition(".")
    text = (PACKAGE / room / f"{variant}.json").read_text("utf-8")
    sample = json.loads(text)
    assert sample.keys() == {"see", "event"}
    assert re.fullmatch(r"https://docs\.aws\.amazon\.com/[\w./-]+\.html", sample["see"])
    assert text == json.dumps(sample, indent=2, ensure_ascii=False) + "\n"


@each_sample
def test_accounts_and_hosts_are_examples(name: str) -> None:
    for text in strings(EVENTS[name]):
        assert set(re.findall(r"(?<![\w.])(?<!shardId-)\d{12}(?!\w)", text)) <= {
            "123456789012",
            "111122223333",
        }, text
        for host in re.findall(r"(?:https?://|@)([\w.-]+\.(?:com|net|org|io))", text):
            # By its own host Alexa is recognised, and to S3's alone CloudFormation's answers go.
            own = (".amazonalexa.com", "amazonaws.com")[
                room_of(name) in ("cloudformation", "s3_object_lambda")
            ]
            assert f".{host}".endswith((".example.com", own)), text


@each_sample
def test_nothing_is_copied_from_the_collection_of_real_events(name: str, shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    theirs = {
        text
        for file in json.loads((shared_events / "labels.json").read_text())
        for text in strings(json.loads((shared_events / file).read_text()))
        if len(text) > 24
    }
    allowed = {"EC2 Instance State-change Notification"}  # names that AWS gave
    allowed |= {
        text for text in strings(EVENTS[name]) if re.fullmatch(r"[A-Z][A-Za-z]+_[A-Z][A-Za-z]+", text)
    }
    allowed |= {text for text in strings(EVENTS[name]) if re.fullmatch(r"THING_[A-Z_]+_EVENT", text)}
    allowed |= {"customEmailSenderRequestV1", "aws.cognito.signin.user.admin"}
    allowed |= {"Alexa.ConnectedHome.Control", "Alexa.ConnectedHome.Discovery", "DiscoverAppliancesRequest"}
    assert {text for text in strings(EVENTS[name]) if len(text) > 24} & theirs <= allowed


@pytest.mark.parametrize("name", [name for name in EVENTS if room_of(name) == "sqs"])
def test_messages_agree_with_themselves(name: str) -> None:
    records = EVENTS[name]["Records"]
    for record in records:
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()
        assert record["awsRegion"] == record["eventSourceARN"].split(":")[3]
        fifo = record["eventSourceARN"].endswith(".fifo")
        assert ("SequenceNumber" in record["attributes"]) is fifo
    numbers = [int(record["attributes"].get("SequenceNumber", i)) for i, record in enumerate(records)]
    assert numbers == sorted(set(numbers))
    assert len({record["messageId"] for record in records}) == len(records)


def test_the_digest_of_message_attributes_is_the_builders() -> None:
    (record,) = EVENTS["sqs.message_attributes"]["Records"]
    values = {
        name: float(a["stringValue"])
        if a["dataType"] == "Number"
        else a["stringValue"]
        if "stringValue" in a
        else base64.b64decode(a["binaryValue"])
        for name, a in record["messageAttributes"].items()
    }
    (made,) = event("sqs", message_attributes=values)["Records"]
    assert made["messageAttributes"] == record["messageAttributes"]
    assert made["md5OfMessageAttributes"] == record["md5OfMessageAttributes"]


@pytest.mark.parametrize("name", [n for n in EVENTS if room_of(n) in ("api_gateway_http", "function_url")])
def test_requests_in_format_2_agree_with_themselves(name: str) -> None:
    made = EVENTS[name]
    context = made["requestContext"]
    assert made["rawPath"] == context["http"]["path"]
    assert made["routeKey"] == context["routeKey"]
    joined: dict[str, str] = {}
    for key, value in parse_qsl(made["rawQueryString"], keep_blank_values=True):
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    assert made.get("queryStringParameters", {}) == joined
    content = base64.b64decode(made["body"]) if made["isBase64Encoded"] else made.get("body", "").encode()
    assert made["headers"]["content-length"] == str(len(content))


@pytest.mark.parametrize("name", [n for n in EVENTS if room_of(n) == "api_gateway_rest"])
def test_requests_through_rest_apis_agree_with_themselves(name: str) -> None:
    made = EVENTS[name]
    context = made["requestContext"]
    assert made["resource"] == context["resourcePath"]
    assert made["httpMethod"] == context["httpMethod"]
    for single, multiple in (
        ("headers", "multiValueHeaders"),
        ("queryStringParameters", "multiValueQueryStringParameters"),
    ):
        several = made[multiple]
        assert made[single] == (
            None if several is None else {key: values[-1] for key, values in several.items()}
        )


@pytest.mark.parametrize("name", [n for n in EVENTS if room_of(n) == "s3" and n != "s3.test_event"])
def test_notifications_agree_with_themselves(name: str) -> None:
    for record in EVENTS[name]["Records"]:
        bucket, thing = record["s3"]["bucket"], record["s3"]["object"]
        assert bucket["arn"] == f"arn:aws:s3:::{bucket['name']}"
        assert unquote_plus(thing["key"])
        assert ("size" in thing) is ("eTag" in thing) is ("ObjectRemoved" not in record["eventName"])


@pytest.mark.parametrize("name", [n for n in EVENTS if room_of(n) in ("kinesis", "dynamodb")])
def test_records_of_streams_agree_with_themselves(name: str) -> None:
    made = EVENTS[name]
    numbers = []
    for record in made["Records"]:
        assert record["awsRegion"] == record["eventSourceARN"].split(":")[3]
        assert made.get("eventSourceARN", record["eventSourceARN"]) == record["eventSourceARN"]
        if room_of(name) == "kinesis":
            numbers.append(int(record["kinesis"]["sequenceNumber"]))
            assert record["eventID"] == f"{made.get('shardId', 'shardId-000000000011')}:{numbers[-1]}"
            assert base64.b64decode(record["kinesis"]["data"], validate=True)
        else:
            change = record["dynamodb"]
            numbers.append(int(change["SequenceNumber"]))
            image = change.get("NewImage") or change.get("OldImage") or change["Keys"]
            assert change["Keys"].items() <= image.items()
            assert ("userIdentity" in record) is (name == "dynamodb.time_to_live")
            keys_only = change["StreamViewType"] == "KEYS_ONLY"
            assert ("NewImage" in change) is (record["eventName"] != "REMOVE" and not keys_only)
            assert ("OldImage" in change) is (record["eventName"] != "INSERT" and not keys_only)
    assert numbers == sorted(set(numbers))


@each_sample
def test_an_app_that_routes_everything_takes_it(name: str) -> None:
    app = Router()
    seen: list[Any] = []
    app.codepipeline.client = app.config.client = app.codedeploy_hook.client = Content()
    app.s3_object_lambda.client = Content()

    @app.sqs("*", name="any")
    @app.s3("*", name="any")
    @app.kinesis("*", name="any")
    @app.dynamodb("*", name="any")
    @app.kafka("*", name="any")
    @app.activemq("*", name="any")
    @app.rabbitmq("*", name="any")
    @app.documentdb("*", name="any")
    @app.cognito(name="any")
    @app.cognito_sync("*", name="any")
    @app.connect(name="any")
    @app.secrets_manager.create_secret(name="any")
    @app.secrets_manager.set_secret(name="any")
    @app.secrets_manager.test_secret(name="any")
    @app.secrets_manager.finish_secret(name="any")
    @app.firehose("*", name="any")
    @app.s3_batch(name="any")
    @app.cloudwatch_logs("*", name="any")
    @app.cloudwatch_alarm("*", name="any")
    @app.lambda_destination.success("*", name="any")
    @app.lambda_destination.failure("*", name="any")
    @app.sns("*", name="any")
    @app.eventbridge(name="any")
    @app.cloudformation("*", name="any")
    @app.codepipeline(name="any")
    @app.codedeploy_hook(name="any")
    @app.ecs_deployment_hook(name="any")
    @app.cloudformation_hook(name="any")
    @app.transfer_family(name="any")
    @app.appsync("*", "*", name="any")
    @app.appsync_events.publish("*", name="any")
    @app.appsync_events.subscribe("*", name="any")
    @app.bedrock_agent("*", name="any")
    @app.bedrock_agent.operation("*", "*", name="any")
    @app.codecommit("*", name="any")
    @app.iot.registry(name="any")
    @app.iot_events("*", name="any")
    @app.ses(name="any")
    @app.http("/", methods=["GET"], name="any")
    @app.http("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"], name="any")
    def take(event: Any) -> None:
        seen.append(event)

    @app.config("*", name="any")
    @app.cloudformation_macro(name="any")
    @app.iot_authorizer(name="any")
    @app.s3_object_lambda.get(name="any")
    @app.s3_object_lambda.head(name="any")
    @app.s3_object_lambda.list(name="any")
    @app.lex("*", name="any")
    @app.lex_v2("*", name="any")
    @app.alexa.request("*", name="any")
    @app.alexa_smart_home("*", "*", name="any")
    @app.pipes.enrichment(name="any")
    @app.websocket("*", name="any")
    @app.websocket.connect(name="any")
    @app.websocket.disconnect(name="any")
    @app.authorizer(name="any")
    @app.appsync_authorizer(name="any")
    @app.cloudfront.viewer_request(name="any")
    @app.cloudfront.origin_request(name="any")
    @app.cloudfront.origin_response(name="any")
    @app.cloudfront.viewer_response(name="any")
    def settle(event: Any) -> None:
        take(event)
        raise Drop  # these are waited for, and this is their emptiest answer

    result = Client(app).send(EVENTS[name]).raise_for_error()
    assert result.source == room_of(name)
    if name in ("s3.test_event", "cloudwatch_logs.control"):
        assert (result.route, seen) == (None, [])
    elif name in ("config.deleted", "config.left_scope"):
        assert (result.route, seen) == ("any", [])  # nobody is asked about what is gone
    else:
        assert result.route == "any"
        assert len(seen) == len(subjects(EVENTS[name]))


class Content:
    """In place of a boto3 client: content with every call."""

    def __getattr__(self, operation: str) -> Any:
        return lambda **_: {}


def subjects(made: Any) -> list[Any]:
    """The records of an event, or the event itself where it has none."""
    if isinstance(made, list):
        return made
    listed = made.get("records", made.get("rmqMessagesByQueue"))
    if isinstance(listed, dict):
        return [record for held in listed.values() for record in held]
    return next(
        (
            list(made[key])
            for key in ("Records", "records", "tasks", "messages", "events")
            if made.get(key) is not None
        ),
        [made],
    )


@pytest.mark.parametrize("name", [n for n in EVENTS if room_of(n) == "kafka"])
def test_records_of_topics_agree_with_themselves(name: str) -> None:
    made = EVENTS[name]
    assert ("eventSourceArn" in made) is (made["eventSource"] == "aws:kafka")
    for partition, records in made["records"].items():
        offsets = [record["offset"] for record in records]
        assert offsets == sorted(set(offsets))
        for record in records:
            assert partition == f"{record['topic']}-{record['partition']}"
            for part in ("key", "value"):
                assert base64.b64decode(record.get(part, ""), validate=True) or part not in record
            for header in record["headers"]:
                assert all(-128 <= byte < 128 for numbers in header.values() for byte in numbers)


# -- they cost a function nothing ----------------------------------------------------------------------------


def test_an_app_never_imports_the_testing_kit() -> None:
    program = """
import json, sys
from lambda_router import Drop, Router, detect
app = Router(partial=True)
app.sqs("orders")(lambda body: None)
app.s3("uploads")(lambda key: None)
app.eventbridge(source="shop")(lambda detail: None)
app.schedule()(lambda: None)
app.get("/orders/{order_id}")(lambda order_id: None)
app({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                  "s3": {"bucket": {"name": "uploads"}, "object": {"key": "a"}}}]}, None)
detect({"a": 1})
app.explain({"a": 1})
print([name for name in sys.modules if name.startswith("lambda_router.testing")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
