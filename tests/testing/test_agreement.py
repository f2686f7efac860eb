"""What every event of the kit keeps, new rooms' too: no two share an id, and what follows from a part follows it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

import pytest

from lambda_router import Router
from lambda_router.testing import Client, SampleError, event
from lambda_router.testing.events import builders, make, names
from lambda_router.testing.samples import stamps

each_name = pytest.mark.parametrize("name", names())

ID = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|[0-9a-fA-F]{16,}|(?<![\d.])\d{15,}"  # hexadecimal, or a long number
    r"|(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{24,}={0,2}"  # base64 of at least 18 bytes, and no word
)
CONFIGURED = {"applicationId", "clientId", "logStream", "host", "Host", "serverId", "md5OfBody"}
"""What names something that exists before an event does; the digest is that of the same body."""
OF_ITS_OWN = "User-Agent"
"""What says nothing of any part, even where it has a word of one."""
WORDS = re.compile(r"custom(Email|SMS)SenderRequestV1")


def opened(text: str) -> Any:
    """The JSON that text is, or holds in base64, compressed or not; None where it is none."""
    try:
        data = text.encode() if text[:1] in ("{", "[") else base64.b64decode(text, validate=True)
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        return json.loads(data) if data[:1] in (b"{", b"[") else None
    except (ValueError, OSError):
        return None


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """The path and the text of every text and number, of those inside encoded documents too."""
    if isinstance(value, dict | list):
        rows = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in rows:
            yield from leaves(inner, f"{at}.{key}")
    elif isinstance(value, str) and opened(value) is not None:
        yield from leaves(opened(value), f"{at}.")
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield at, str(value)


# -- no two calls share an id -----------------------------------------------------------------------------------


def shared(first: Any, second: Any) -> list[tuple[str, str]]:
    """What looks like an id and is the same in both; ARNs name what exists before."""
    theirs = dict(leaves(second))
    return [
        (at, text)
        for at, text in leaves(first)
        if ID.search(text)
        and theirs.get(at) == text
        and not text.startswith("arn:")
        and not WORDS.fullmatch(text)
        and not any(f".{key}" in at for key in CONFIGURED)
    ]


@each_name
def test_no_two_calls_share_what_looks_like_an_id(name: str) -> None:
    assert shared(make(name), make(name)) == []


def test_ids_that_are_the_same_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "uuid", lambda: "5fea7756-0ea4-451a-a703-a558b933e274")
    monkeypatch.setattr(stamps, "hexadecimal", lambda length: "0" * length)
    found = {name: shared(make(name), make(name)) for name in names()}
    assert sum(bool(ids) for ids in found.values()) > len(found) * 0.6
    assert [at for at, _ in found["sqs"]] == [".Records.0.messageId"]
    nested = [event("sqs", body=event("sns")) for _ in range(2)]
    assert ".Records.0.body..MessageId" in [at for at, _ in shared(*nested)]


# -- what follows from a part -----------------------------------------------------------------------------------


def parts_of(build: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parts of a builder; a variant's `**parts` are those of its room."""
    found: dict[str, inspect.Parameter] = {}
    for name, parameter in inspect.signature(build).parameters.items():
        whole = sys.modules[build.__module__].event
        found |= (
            {n: p for n, p in parts_of(whole).items() if n not in found}
            if parameter.kind is parameter.VAR_KEYWORD
            else {name: parameter}
        )
    return found


def has(text: str, word: str) -> bool:
    """Whether a text has this word, not only as a part of another."""
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def replaced(name: str, part: str, default: str) -> tuple[str, Any] | None:
    """Another value of a part, and the event that has it; None where the part takes none but certain values."""
    for other in (f"x{default}", f"{default}x", f"/x{default}"):
        try:
            return other, make(name, **{part: other})
        except SampleError:
            continue
    return None


@each_name
def test_what_follows_from_a_part_follows_it(name: str) -> None:
    before = dict(leaves(make(name)))
    parts = parts_of(builders(name.partition(".")[0])[name])
    defaults = {part: p.default for part, p in parts.items() if isinstance(p.default, str) and p.default}
    for part, default in defaults.items():
        others = [d for p, d in defaults.items() if p != part and has(d, default)]
        told = {at for at, text in before.items() if tells(at, text, default, others)}
        found = replaced(name, part, default) if told else None
        if found is not None:
            other, made = found
            after = list(leaves(made))
            assert [x for x in after if x[0] in told and tells(*x, default, others)] == [], (
                f"{part}={other!r}"
            )
            shown = {other.lower(), quote(other, safe="").lower()}
            assert any(s in text.lower() for s in shown for _, text in after), f"{part}={other!r}"


def tells(at: str, text: str, default: str, others: list[str]) -> bool:
    """Whether a text has a part's default, and not because another part's default has it too."""
    return has(text, default) and not at.endswith(OF_ITS_OWN) and not any(has(text, d) for d in others)


# -- what an event says twice, computed anew --------------------------------------------------------------------


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document, of those inside it too."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(opened(inner) if isinstance(inner, str) else inner)


def disagreements(made: Any) -> list[str]:
    """What an event says of itself that is not so."""
    return [
        said for node in nodes(made) for said in (*_of_message(node), *_of_record(node), *_of_request(node))
    ]


def _of_message(node: dict[str, Any]) -> Iterator[str]:
    if "md5OfBody" in node and hashlib.md5(node["body"].encode()).hexdigest() != node["md5OfBody"]:
        yield "md5OfBody"
    if "TopicArn" in node:
        subscription = next((v for k, v in node.items() if k.startswith("Unsubscribe")), "")
        region = node["TopicArn"].split(":")[3]
        if f"{node['TopicArn']}:" not in unquote(subscription) or f"//sns.{region}." not in subscription:
            yield "TopicArn"
    if "EventSubscriptionArn" in node:
        if not node["EventSubscriptionArn"].startswith(f"{node['Sns']['TopicArn']}:"):
            yield "EventSubscriptionArn"
        if (
            unquote(node["Sns"]["UnsubscribeUrl"]).partition("SubscriptionArn=")[2]
            != node["EventSubscriptionArn"]
        ):
            yield "UnsubscribeUrl"


def _of_record(node: dict[str, Any]) -> Iterator[str]:
    arn = node.get("eventSourceARN")
    if isinstance(arn, str) and node.get("awsRegion", arn.split(":")[3]) != arn.split(":")[3]:
        yield "awsRegion"
    if "kinesis" in node:
        if node["eventID"] != f"{node['eventID'].partition(':')[0]}:{node['kinesis']['sequenceNumber']}":
            yield "eventID"
        base64.b64decode(node["kinesis"]["data"], validate=True)
    bucket = node.get("s3", {}).get("bucket", {}) if isinstance(node.get("s3"), dict) else {}
    if "arn" in bucket and bucket["arn"] != f"arn:aws:s3:::{bucket['name']}":
        yield "bucket"
    if bucket and "object" in node["s3"]:
        key = node["s3"]["object"]["key"]
        if key != quote(unquote_plus(key), safe="/").replace("%20", "+"):
            yield "key"
        if ("size" in node["s3"]["object"]) != ("eTag" in node["s3"]["object"]):
            yield "size"
    for key in ("Records", "records"):
        listed = node.get(key)
        numbers = [n for n in map(_number, listed if isinstance(listed, list) else ()) if n is not None]
        if numbers != sorted(set(numbers)):
            yield "order"


def _number(record: Any) -> int | None:
    """The sequence number of a record that has one."""
    for holder, key in (
        ("attributes", "SequenceNumber"),
        ("kinesis", "sequenceNumber"),
        ("dynamodb", "SequenceNumber"),
    ):
        if isinstance(record, dict) and isinstance(record.get(holder), dict) and key in record[holder]:
            return int(record[holder][key])
    return None


def _of_request(node: dict[str, Any]) -> Iterator[str]:
    headers = (
        {k.lower(): v for k, v in node["headers"].items()} if isinstance(node.get("headers"), dict) else {}
    )
    if "content-length" in headers and isinstance(node.get("body"), str):
        encoded = node.get("isBase64Encoded", node.get("is_base64_encoded", False))
        content = base64.b64decode(node["body"], validate=True) if encoded else node["body"].encode()
        sent = headers["content-length"]
        if int(sent[0] if isinstance(sent, list) else sent) != len(content):
            yield "content-length"
    if "rawQueryString" in node and "queryStringParameters" in node:
        pairs: dict[str, list[str]] = {}
        for name, value in parse_qsl(node["rawQueryString"], keep_blank_values=True):
            pairs.setdefault(name, []).append(value)
        if node["queryStringParameters"] != {name: ",".join(values) for name, values in pairs.items()}:
            yield "queryStringParameters"
    context = node.get("requestContext")
    context = context if isinstance(context, dict) else {}
    if (
        "rawPath" in node
        and isinstance(context.get("http"), dict)
        and context["http"]["path"] != node["rawPath"]
    ):
        yield "rawPath"
    if "httpMethod" in node and context.get("httpMethod", node["httpMethod"]) != node["httpMethod"]:
        yield "httpMethod"


RICH: dict[str, dict[str, Any]] = {
    "body": {"body": {"é": [1]}},
    "bodies": {"bodies": ["a", "b"] * 5},
    "data": {"data": {"é": [1]}},
    "datas": {"datas": ["a", b"\x00\xff"] * 5},
    "images": {"images": [{"id": n} for n in range(10)]},
    "message": {"message": {"é": "1"}},
    "key": {"key": "a b/c+d é%2F"},
    "query": {"query": [("a", "1"), ("a", "2"), ("b", "é &")]},
    "topic": {"topic": "other-topic.fifo"},
    "queue": {"queue": "other-queue.fifo"},
    "region": {"region": "ap-south-1"},
    "account": {"account": "111122223333"},
}
"""Parts that much follows from."""


@each_name
def test_an_event_agrees_with_itself_whatever_is_replaced(name: str) -> None:
    known = parts_of(builders(name.partition(".")[0])[name])
    every = [parts for part, parts in RICH.items() if part in known]
    made = [parts for parts in every if not refuses(name, parts)]
    assert len(made) >= len(every) - 1
    for parts in [{}, *made]:
        assert disagreements(make(name, **parts)) == [], parts


def refuses(name: str, parts: dict[str, Any]) -> bool:
    try:
        make(name, **parts)
    except SampleError:
        return True
    return False


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("cloudformation.create", {"request_type": "Update"}),
        ("dynamodb.insert", {"event_name": "MODIFY"}),
        ("sqs.fifo", {"queue": "orders"}),
        ("cognito.pre_sign_up", {"trigger": "post_confirmation"}),
    ],
)
def test_a_variant_takes_no_part_that_its_name_gives(name: str, parts: dict[str, Any]) -> None:
    with pytest.raises(SampleError):
        make(name, **parts)


def test_what_disagrees_would_be_found() -> None:
    (record,) = event("sqs")["Records"]
    assert disagreements({**record, "body": "other"}) == ["md5OfBody"]
    assert disagreements({**record, "awsRegion": "us-east-1"}) == ["awsRegion"]
    (first, second) = event("kinesis", datas=["a", "b"])["Records"]
    assert disagreements({"Records": [second, first]}) == ["order"]
    assert disagreements({"Records": [{**first, "eventID": "shard:1"}]}) == ["eventID"]
    (message,) = event("sns")["Records"]
    message["Sns"]["TopicArn"] += "x"
    assert set(disagreements(message)) == {"TopicArn", "EventSubscriptionArn"}
    request = event("api_gateway_http", method="POST", body={"a": 1}, query={"a": 1})
    assert disagreements({**request, "body": "12", "rawQueryString": "a=2"}) == [
        "content-length",
        "queryStringParameters",
    ]


# -- events inside events ---------------------------------------------------------------------------------------


def body_of(made: Any) -> Any:
    (record,) = made["Records"]
    return json.loads(record["body"])


def test_a_topic_sends_a_queue_its_notification_and_not_what_lambda_gets() -> None:
    inner = event("s3", bucket="uploads", key="images/a b.jpg")
    topic = event("sns", topic="uploads", message=inner, subject="New", attributes={"kind": "photo"})
    (delivered,) = topic["Records"]
    sent = body_of(event("sqs", queue="uploads", body=topic))
    assert sent == {
        **{key: delivered["Sns"][key] for key in ("Type", "MessageId", "TopicArn", "Subject", "Message")},
        **{key: delivered["Sns"][key] for key in ("Timestamp", "SignatureVersion", "Signature")},
        "SigningCertURL": delivered["Sns"]["SigningCertUrl"],
        "UnsubscribeURL": delivered["Sns"]["UnsubscribeUrl"],
        "MessageAttributes": {"kind": {"Type": "String", "Value": "photo"}},
    }
    assert json.loads(sent["Message"]) == inner
    plain = body_of(event("sqs", body=event("sns")))
    assert not {"Subject", "MessageAttributes"} & plain.keys()


def test_a_notification_is_written_as_sns_writes_it(shared_events: Any) -> None:
    made = event("sqs", body=event("sns"))["Records"][0]["body"]
    assert made.startswith('{\n  "Type" : "Notification",\n  "MessageId" : "')
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    real = json.loads((shared_events / "powertools" / "snsSqsEvent.json").read_text())["Records"][0]["body"]
    assert list(json.loads(made)) == list(json.loads(real))
    assert re.sub(r'(?<=: ").*(?=")', "", made) == re.sub(r'(?<=: ").*(?=")', "", real)


@pytest.mark.parametrize("carried", ["s3", "eventbridge", "s3.test_event", "eventbridge.schedule", "ses"])
@pytest.mark.parametrize("carrier", ["sqs", "sns", "kinesis", "firehose"])
def test_other_services_send_the_same_document_to_all(carried: str, carrier: str) -> None:
    inner = make(carried)
    part = {"sqs": "body", "sns": "message"}.get(carrier, "data")
    made = make(carrier, **{part: inner})
    holder = (made.get("Records") or made["records"])[0]
    text = {
        "sqs": lambda: holder["body"],
        "sns": lambda: holder["Sns"]["Message"],
        "kinesis": lambda: base64.b64decode(holder["kinesis"]["data"]),
        "firehose": lambda: base64.b64decode(holder["data"]),
    }[carrier]()
    assert json.loads(text) == inner


@pytest.mark.parametrize("carrier", ["kinesis", "firehose"])
def test_a_stream_holds_log_data_compressed(carrier: str) -> None:
    logs = event("cloudwatch_logs", log_group="/aws/lambda/shop", messages=["one", "two"])
    made = make(carrier, data=logs)
    (record,) = made.get("Records") or made["records"]
    data = record["kinesis"]["data"] if carrier == "kinesis" else record["data"]
    assert data == logs["awslogs"]["data"]
    inflated = json.loads(gzip.decompress(base64.b64decode(data)))
    assert [e["message"] for e in inflated["logEvents"]] == ["one", "two"]
    topic = make(carrier, data=event("sns"))
    assert (
        '"Type" : "Notification"'
        in base64.b64decode(
            topic["Records"][0]["kinesis"]["data"] if carrier == "kinesis" else topic["records"][0]["data"]
        ).decode()
    )


def test_a_router_opens_what_is_wrapped() -> None:
    app, seen = Router(partial=True), []
    app.s3("uploads")(lambda key: seen.append(key))
    app.eventbridge(source="shop")(lambda detail: seen.append(detail))
    app.cloudwatch_logs("*")(lambda log_group: seen.append(log_group))
    client = Client(app)
    s3 = event("s3", bucket="uploads", key="a b.txt")
    bus = event("eventbridge", source="shop", detail={"id": 1})
    out = client.sqs("q", [event("sns", message=s3), s3, bus, event("sns", message=bus)])
    assert out.failed == []
    assert client.kinesis("logs", [event("cloudwatch_logs", log_group="g")]).failed == []
    assert seen == ["a b.txt", "a b.txt", {"id": 1}, {"id": 1}, "g"]


def test_a_message_is_one_notification() -> None:
    with pytest.raises(SampleError, match="one notification, and this event of a topic has 2"):
        event("sqs", body=event("sns", messages=["a", "b"]))
    # What is no event of a topic is JSON like any other.
    for odd in (
        {"Records": []},
        {"Records": [1]},
        {"Records": [{"Sns": {}}]},
        {"awslogs": 1},
        {"awslogs": {}},
    ):
        assert body_of(event("sqs", body=odd)) == odd
        (record,) = event("kinesis", data=odd)["Records"]
        assert json.loads(base64.b64decode(record["kinesis"]["data"])) == odd
