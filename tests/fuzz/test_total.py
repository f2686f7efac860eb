"""Total input: mutated events raise nothing but what is documented, and most of them are still somebody's.

50,000 events a run, as many of each room; `make fuzz` runs a million (LAMBDA_ROUTER_FUZZ).
"""

from __future__ import annotations

import base64
import copy
import gzip
import json
import logging
import os
import random
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from awslambdaric.lambda_runtime_marshaller import to_json
from pydantic import BaseModel

from lambda_router import BatchError, Depends, Invocation, Request, Retry, Router, RouterError, detect
from lambda_router.presigned import OUTBOX
from lambda_router.source import rooms
from lambda_router.sources.secrets_manager import SecretsManager
from lambda_router.sources.sns import Sns
from lambda_router.testing.events import names, samples

EVENTS = int(os.environ.get("LAMBDA_ROUTER_FUZZ", "50000"))
DOCUMENTED = RouterError
SCALARS: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**400,
        float("1e308"),
        "",
        " ",
        "text",
        "0",
        "null",
        "{}",
        "[]",
        "{",
        "\0",
        "é",
        "\ud800",
    ),
    *(
        "arn:",
        "arn:aws:sqs:::x.fifo",
        "*",
        "%",
        "%ff",
        "%2F",
        "..",
        "../x",
        "a" * 5000,
        "1" * 5000,
        "2.0",
        "aws:sqs",
        "aws:s3",
    ),
    *([], {}, [[]], [{}], {"": ""}, {"a": {"b": {"c": []}}}, [None] * 50),
]


class Order(BaseModel):
    id: int


def app() -> Router:
    """An app with a handler for everything, which asks for every part of each room."""
    router = Router(partial=True)
    reached: Counter[str] = Counter()
    router.reached = reached  # type: ignore[attr-defined]

    def count(invocation: Invocation) -> None:
        reached[invocation.source or "default"] += 1

    counted = Annotated[None, Depends(count)]

    @router.sqs("*", attributes={"kind": "order"})
    def typed(order: Order, receive_count: int, c: counted) -> None: ...

    @router.sqs("*")
    def message(
        body: Any,
        message_id: Any,
        attributes: Any,
        message_attributes: Any,
        group_id: Any,
        queue: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.s3("*", key="images/*", event="ObjectCreated:*")
    def image(bucket: str, key: str, size: int | None, c: counted) -> None: ...

    @router.s3("*", prefix="a", suffix=[".txt", ".md"])
    def text(raw_key: Any, etag: Any, version_id: Any, c: counted) -> None: ...

    @router.s3("*")
    def thing(
        bucket: Any,
        key: Any,
        raw_key: Any,
        size: Any,
        etag: Any,
        version_id: Any,
        event_name: Any,
        c: counted,
    ) -> None: ...

    @router.eventbridge(
        source="shop",
        detail={"total": [{"numeric": [">", 100]}], "$or": [{"a": [1]}, {"b": [{"exists": False}]}]},
    )
    def order(order: Order, c: counted) -> None: ...

    @router.sns("*")
    def news(
        message: Any,
        subject: Any,
        attributes: Any,
        message_id: Any,
        topic: Any,
        record: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.kinesis("*")
    def click(
        data: bytes,
        partition_key: Any,
        sequence_number: Any,
        stream: Any,
        shard_id: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.dynamodb.insert("*", pattern={"dynamodb": {"NewImage": {"total": {"N": [{"exists": True}]}}}})
    def priced(order: dict[str, Any] | None, c: counted) -> None: ...

    @router.dynamodb("*")
    def change(
        new_image: Any, old_image: Any, keys: Any, event_name: Any, table: Any, record: Any, c: counted
    ) -> None: ...

    @router.kafka("*", cluster="shop", pattern={"value": {"order_id": [{"exists": True}]}})
    def placed(order: dict[str, Any] | None, timestamp: int, c: counted) -> None: ...

    @router.kafka("*")
    def topic_record(
        value: Any,
        key: Any,
        headers: Any,
        topic: Any,
        partition: Any,
        offset: Any,
        cluster: Any,
        value_schema_metadata: Any,
        record: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.activemq("*", broker="shop", properties={"kind": "express"}, pattern={"priority": [7]})
    def express(order: dict[str, Any], timestamp: int | None, c: counted) -> None: ...

    @router.activemq("*")
    def jms_message(
        data: bytes | None,
        message_id: Any,
        message_type: Any,
        correlation_id: Any,
        redelivered: Any,
        properties: Any,
        headers: Any,
        destination: Any,
        broker: Any,
        record: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.rabbitmq(
        "*", vhost="sh*", headers={"kind": "*"}, pattern={"basicProperties": {"headers": {"weight": [12]}}}
    )
    def heavy(order: dict[str, Any], c: counted) -> None: ...

    @router.rabbitmq("*")
    def amqp_message(
        data: bytes | None,
        message_id: Any,
        correlation_id: Any,
        redelivered: Any,
        properties: Any,
        headers: Any,
        queue: Any,
        vhost: Any,
        broker: Any,
        record: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.documentdb("*", pattern={"fullDocument": {"order_id": [{"exists": True}]}})
    def ordered(document: dict[str, Any], key: Any, c: counted) -> None: ...

    @router.documentdb("*", operation="*")
    def changed(
        document: Any,
        key: Any,
        operation: Any,
        update: Any,
        database: Any,
        collection: Any,
        time: Any,
        cluster: Any,
        record: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.pipes.enrichment(["clicks", "shop"])
    def enriched(events: Any, source: Any, source_arn: Any, event: Any, c: counted) -> Any:
        return events

    @router.cloudwatch_alarm("*", state="ALARM", previous_state="OK")
    def alarm(
        alarm: Any, state: Any, previous_state: Any, arn: Any, configuration: Any, c: counted
    ) -> None: ...

    @router.cloudwatch_alarm("*")
    def other_alarm(
        alarm_name: Any, account: Any, region: Any, time: Any, event: Any, c: counted
    ) -> None: ...

    router.lambda_destination.failure("orders", condition="EventAgeExceeded", unwrap=True)

    @router.lambda_destination.failure("*")
    @router.lambda_destination.success("*")
    def ended(
        request: Any,
        response: Any,
        condition: Any,
        function: Any,
        function_arn: Any,
        function_error: Any,
        attempts: Any,
        batch: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.firehose("*", pattern={"data": {"id": [{"exists": True}]}})
    def transformed(order: Order, stream: str, c: counted) -> Any:
        return order

    @router.firehose("*")
    def passed_on(data: bytes, record_id: Any, stream: Any, record: Any, event: Any, c: counted) -> Any:
        return data

    @router.s3_batch(arguments={"width": ["640"]}, key="images/*")
    def resized(key: str, bucket: str, c: counted) -> None: ...

    @router.s3_batch()
    def task(
        bucket: Any,
        key: Any,
        raw_key: Any,
        version_id: Any,
        task_id: Any,
        job_id: Any,
        arguments: Any,
        record: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.cloudwatch_logs(
        "/aws/lambda/*", filter_name="errors-*", pattern={"messageType": ["DATA_MESSAGE"]}
    )
    def errors(log_events: list[dict[str, Any]], c: counted) -> None: ...

    @router.cloudwatch_logs("*")
    def logged(
        log_events: Any,
        log_group: Any,
        log_stream: Any,
        owner: Any,
        subscription_filters: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    bucket = router.cloudformation("Custom::Bucket")

    @bucket.create
    def create(properties: dict[str, Any], logical_id: str, stack_id: str, c: counted) -> Any:
        return properties

    @bucket.update
    def update(order: Order, old_properties: Any, physical_id: str, c: counted) -> Any:
        return physical_id

    @router.cloudformation()
    def resource(
        properties: Any, old_properties: Any, physical_id: Any, request_type: Any, event: Any, c: counted
    ) -> Any:
        return physical_id

    for name, _ in rooms(Router):
        room = getattr(router, name)
        if "client" in getattr(room, "__dict__", {}):
            room.client = Content()

    @router.codepipeline(parameters={"environment": ["staging"]}, function="release*")
    def released(release: dict[str, Any], c: counted) -> Any:
        return release

    @router.codepipeline()
    def job(
        job_id: Any,
        parameters: Any,
        input_artifacts: Any,
        output_artifacts: Any,
        continuation_token: Any,
        credentials: Any,
        event: Any,
        c: counted,
    ) -> None: ...

    @router.config("*", resource_type="AWS::EC2::*", parameters={"desiredInstanceType": [{"exists": True}]})
    def sized(configuration_item: dict[str, Any], parameters: dict[str, str], c: counted) -> bool:
        return configuration_item.get("configuration") == parameters

    @router.config("*")
    def evaluated(
        configuration_item: Any, parameters: Any, message_type: Any, account: Any, event: Any, c: counted
    ) -> str:
        return "NOT_APPLICABLE"

    @router.codedeploy_hook()
    def validated(deployment_id: Any, execution_id: Any, event: Any, c: counted) -> None: ...

    @router.ecs_deployment_hook("*", service="*")
    def staged(
        stage: Any, details: Any, resource: Any, hook_details: Any, execution_id: Any, event: Any, c: counted
    ) -> None:
        raise Retry(after=7)

    @router.cloudformation_macro("*")
    def processed(
        fragment: Any,
        params: Any,
        template_parameters: Any,
        macro: Any,
        account: Any,
        region: Any,
        c: counted,
    ) -> Any:
        return fragment

    @router.cloudformation_hook("*")
    def examined(
        target: Any,
        action: Any,
        properties: Any,
        previous_properties: Any,
        logical_id: Any,
        payload_url: Any,
        attempt: Any,
        callback_context: Any,
        c: counted,
    ) -> None:
        raise Retry(after=7)

    @router.transfer_family(user="*")
    def logged_on(
        username: Any, password: Any, protocol: Any, source_ip: Any, server_id: Any, event: Any, c: counted
    ) -> Any:
        keys = {} if password else {"PublicKeys": ["ssh-ed25519 AAAA"]}
        return {"Role": "arn:aws:iam::123456789012:role/transfer", **keys}

    @router.iot_authorizer()
    def authenticated(
        token: Any,
        protocol: Any,
        client_id: Any,
        connection: Any,
        username: Any,
        password: Any,
        headers: Any,
        query_string: Any,
        server_name: Any,
        c: counted,
    ) -> bool:
        return True

    @router.s3_object_lambda.get()
    @router.s3_object_lambda.head()
    @router.s3_object_lambda.list()
    def made(
        url: Any,
        route: Any,
        token: Any,
        key: Any,
        operation: Any,
        user_request: Any,
        user_identity: Any,
        access_point: Any,
        event: Any,
        c: counted,
    ) -> bytes:
        return b"x"

    @router.schedule("*")
    def tick(time: Any, c: counted) -> None: ...

    @router.eventbridge()
    def any_event(
        detail: Any,
        detail_type: Any,
        source: Any,
        id: Any,
        account: Any,
        region: Any,
        time: Any,
        resources: Any,
        c: counted,
    ) -> None: ...

    @router.get("/orders/{order_id:int}")
    def read(order_id: int, page: int = 1, tags: list[str] | None = None, *, c: counted) -> dict[str, Any]:
        return {"id": order_id, "page": page, "tags": tags}

    @router.http("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
    def anything(
        request: Request,
        method: Any,
        path: Any,
        query: Any,
        headers: Any,
        cookies: Any,
        claims: Any,
        rest: str,
        c: counted,
    ) -> dict[str, Any]:
        return {
            "path": path,
            "query": dict(query),
            "ip": request.client_ip,
            "stage": request.stage,
            "cookies": cookies,
        }

    for _, given, _ in samples():
        take(router, given, Counted=counted)
    return router


def take(router: Router, given: Any, *, Counted: Any) -> None:
    """A route for an event that no other takes, by the decorator that is suggested; it asks for every part."""
    found = router.explain(given)
    room = getattr(router, found.source or "invoke")
    for suggestion in dict.fromkeys(subject.suggestion for subject in found.subjects):
        if suggestion is not None:
            parts = sorted({*room.parts, *room.content})
            handler = eval(f"lambda {', '.join([*parts, 'event', 'c'])}: None")
            handler.__annotations__ = {**dict.fromkeys(parts, Any), "event": Any, "c": Counted}
            eval(suggestion[1:], {"app": router})(handler)


class Content:
    """In place of a boto3 client: content with every call."""

    def __getattr__(self, operation: str) -> Any:
        return lambda **_: {}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


def mutated(text: str, where: list[tuple[Any, ...]], rng: random.Random) -> Any:
    """The event with one to three places replaced, removed, doubled or swapped."""
    event = json.loads(text)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        path = rng.choice(where)
        holder = event
        try:
            for key in path[:-1]:
                holder = holder[key]
            kind = rng.random()
            if kind < 0.6:
                holder[path[-1]] = copy.deepcopy(rng.choice(SCALARS))
            elif kind < 0.8:
                del holder[path[-1]]
            elif isinstance(holder, list):
                holder.append(copy.deepcopy(holder[path[-1]]))
            else:
                holder[rng.choice(("x", "Records", "version", "requestContext", "detail-type"))] = holder[
                    path[-1]
                ]
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    return event


def logged_in(event: Any) -> Any:
    """The document in an event of CloudWatch Logs, which is in the format of gzip or of zlib."""
    return json.loads(zlib.decompress(base64.b64decode(event["awslogs"]["data"]), 47))


def log_data(document: Any) -> Any:
    """The event that a document is in."""
    packed = gzip.compress(json.dumps(document).encode(), compresslevel=1)
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}


class Tally:
    """What became of the events of each room."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.claimed: Counter[str] = Counter()
        self.undocumented: dict[str, BaseException] = {}
        self.slow: list[Any] = []
        self.reached: Counter[str] = Counter()


def fuzzed(router: Router, *, events: int, rng: random.Random) -> Tally:
    """Send so many mutated events, as many of each room; answers must be what the runtime client can post."""
    corpus: dict[str, list[Any]] = {}
    for name, event, _ in samples():
        corpus.setdefault(name.partition(".")[0], []).append((json.dumps(event), places(event)))
        if name.startswith("cloudwatch_logs."):
            inside = logged_in(event)
            corpus["cloudwatch_logs"] += [(json.dumps(inside), places(inside))] * 3
    tally, chosen = Tally(), sorted(corpus)
    for number in range(events):
        room = chosen[number % len(chosen)]
        event = mutated(*rng.choice(corpus[room]), rng)
        if room == "cloudwatch_logs" and "awslogs" not in event:
            event = log_data(event)
        tally.sent[room] += 1
        before, started = repr(event), time.thread_time()
        try:
            tally.claimed[room] += detect(event) is not None
            answer = router(event, None)
        except DOCUMENTED as error:
            assert len(str(error)) <= 4096
            assert not isinstance(error, BatchError) or error.failed or error.not_started
        except Exception as error:
            tally.undocumented[f"{room}: {type(error).__name__}"] = error
        else:
            if answer is not None:
                json.loads(to_json(answer).encode("utf-8"))
        if time.thread_time() - started > 0.1:
            tally.slow.append(event)
        assert repr(event) == before
    tally.reached = router.reached  # type: ignore[attr-defined]
    return tally


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No log lines, and nothing put to where an event says."""
    logging.disable(logging.CRITICAL)
    token = OUTBOX.set([])
    yield
    OUTBOX.reset(token)
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(0)
def test_mutated_events_raise_only_what_is_documented() -> None:
    tally = fuzzed(app(), events=EVENTS, rng=random.Random(EVENTS))
    assert tally.undocumented == {}
    assert {name.partition(".")[0] for name in names()} == set(tally.sent)
    for room, sent in tally.sent.items():
        assert tally.claimed[room] >= sent / 3, (room, tally.claimed[room], sent)
        assert tally.reached[room] >= sent / 10, (room, tally.reached[room], sent)
    assert len(tally.slow) <= EVENTS / 10_000  # no hangs; a collection of garbage may come in between


def test_an_undocumented_exception_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SecretsManager, "recognise", staticmethod(lambda event: event["Step"] is not None))
    found = fuzzed(app(), events=2_000, rng=random.Random(1)).undocumented
    assert found.keys() == {"secrets_manager: KeyError"}


def test_a_recogniser_that_takes_less_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sns, "recognise", staticmethod(lambda event: False))
    tally = fuzzed(app(), events=1_000, rng=random.Random(1))
    assert tally.claimed["sns"] < tally.sent["sns"] / 3
