"""EventBridge Pipes: records reach the routes of their own source, what a pipe reads of the answer, and enrichments."""

from __future__ import annotations

import base64
import copy
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import Refused, pipes
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.sources.pipes import Pipes
from lambda_router.testing import Client, LambdaContext, event
from lambda_router.testing.events import samples

SECRET = "hunter2-canary"
KINDS = ["sqs", "kinesis", "dynamodb", "kafka", "activemq", "rabbitmq"]
IDENTIFIERS = {"sqs": "messageId", "kinesis": "eventID", "dynamodb": "eventID"}


class Order(BaseModel):
    id: int


def route(app: Router, kind: str, handler: Any, **options: Any) -> None:
    names = ("orders", "clicks")[kind == "kinesis"]
    getattr(app, kind)(names, **options)(handler)


def three(kind: str) -> Any:
    """Three records 1, 2, 3 of a source, as its mapping sends them."""
    part = {"sqs": "bodies", "kafka": "values", "dynamodb": "images"}.get(kind, "datas")
    values = [{"id": n} for n in (1, 2, 3)] if kind == "dynamodb" else [1, 2, 3]
    return event("pipes", sent=event(kind, **{part: values}))  # type: ignore[call-overload]


def content(kind: str) -> str:
    return {"sqs": "body", "kafka": "value", "dynamodb": "new_image"}.get(kind, "data")


def taking(kind: str, seen: list[Any], bad: Any = None) -> Any:
    """A handler that takes down the number of its record, and fails at the second if told so."""
    names = {"seen": seen, "bad": bad}
    read = "['id']" if kind == "dynamodb" else ""
    exec(
        f"def handler({content(kind)}):\n"
        f"    seen.append({content(kind)}{read})\n"
        f"    if bad is not None and seen[-1] == 2: raise bad",
        names,
    )
    return names["handler"]


def ask(app: Router, sent: Any, context: Any = None) -> Any:
    """The answer to the array, which is one that a pipe takes, or the exception that leaves the app."""
    out = Client(app, context=context).send(sent)
    if out.error is not None:
        raise out.error
    pipes.check(out.response, sent)
    return out.response


# -- targets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_each_record_reaches_a_route_of_its_own_source(kind: str) -> None:
    app, seen = Router(), []
    route(app, kind, taking(kind, seen))
    sent = three(kind)
    before = copy.deepcopy(sent)
    assert detect(sent) == "pipes"
    assert ask(app, sent) is None
    assert seen == [1, 2, 3]
    assert sent == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_event_is_the_one_that_a_mapping_would_have_sent(kind: str) -> None:
    from_mapping, from_pipe = [], []
    sent = event(kind)  # type: ignore[call-overload]
    for seen, delivered in ((from_mapping, sent), (from_pipe, event("pipes", sent=sent))):
        app = Router()
        route(
            app,
            kind,
            lambda event, record, invocation, seen=seen: seen.append(
                (event, record, invocation.source, invocation.event)
            ),
        )
        app(json.loads(json.dumps(delivered)))
    ((event_of_pipe, record, source, whole),) = from_pipe
    ((event_of_mapping, record_of_mapping, *_),) = from_mapping
    assert (source, detect(whole), detect(event_of_pipe)) == (kind, kind, kind)
    assert set(event_of_pipe) == set(event_of_mapping)
    assert record.items() >= record_of_mapping.items()


def test_parts_of_every_source() -> None:
    app, seen = Router(), []
    app.kinesis("clicks")(
        lambda data, partition_key, stream, shard_id: seen.append((data, partition_key, stream, shard_id))
    )
    app.kafka("orders")(
        lambda value, topic, partition, offset, cluster: seen.append(
            (value, topic, partition, offset, cluster)
        )
    )
    app.rabbitmq("orders", vhost="/")(lambda data, queue, broker: seen.append((data, queue, broker)))
    app(event("pipes.kinesis", datas=['"x"']))
    (record,) = event("pipes.kafka", values=['"y"'])
    app([{**record, "partition": "4", "offset": 9}])
    app(event("pipes.rabbitmq", datas=[{"id": 1}]))
    assert seen[0] == ("x", "visitor-7", "clicks", "shardId-000000000003")
    assert seen[1] == ("y", "orders", 4, 9, "shop")
    assert seen[2] == ({"id": 1}, "orders", "shop")


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "", "1.5", "١", None, True, 1.5])
def test_a_partition_is_a_number_or_its_digits(number: Any) -> None:
    (record,) = event("pipes.kafka", values=['"y"'])
    assert detect([{**record, "partition": number}]) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
def test_without_partial_responses_a_failure_fails_the_batch(
    kind: str, bad: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    app, seen = Router(), []
    route(app, kind, taking(kind, seen, bad))
    with caplog.at_level(logging.DEBUG), pytest.raises(BatchError):
        ask(app, three(kind))
    assert SECRET not in caplog.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("all_failed", ["raise", "report"])
def test_partial_responses_name_all_that_is_to_come_again(kind: str, all_failed: Any) -> None:
    app, seen = Router(partial=True, all_failed=all_failed), []
    route(app, kind, taking(kind, seen, ValueError()))
    sent = three(kind)
    if kind not in IDENTIFIERS:
        with pytest.raises(BatchError):
            ask(app, sent)
        return
    again = [2] if kind == "sqs" else [2, 3]
    named = [{"itemIdentifier": sent[n - 1][IDENTIFIERS[kind]]} for n in again]
    assert ask(app, sent) == {"batchItemFailures": named}
    assert seen == ([1, 2, 3] if kind == "sqs" else [1, 2])


def test_a_declaration_for_the_queue_is_one_for_its_pipe() -> None:
    app, seen = Router(), []
    route(app, "sqs", taking("sqs", seen, ValueError()), partial=True)
    sent = three("sqs")
    assert ask(app, sent) == {"batchItemFailures": [{"itemIdentifier": sent[1]["messageId"]}]}
    assert ask(app, sent[:1]) == {"batchItemFailures": []}


@pytest.mark.parametrize("kind", ["sqs", "kinesis"])
def test_a_batch_of_which_nothing_succeeded_raises(kind: str) -> None:
    app = Router(partial=True)
    route(app, kind, taking(kind, [], ValueError()))
    with pytest.raises(BatchError):
        ask(app, three(kind)[1:2])


def test_a_record_without_an_identifier_fails_the_batch() -> None:
    app = Router(partial=True)
    route(app, "kinesis", taking("kinesis", [], ValueError()))
    sent = three("kinesis")
    del sent[2]["eventID"]
    with pytest.raises(BatchError, match="identifier"):
        ask(app, sent)


def test_a_drop_settles_its_record() -> None:
    app, seen = Router(partial=True), []
    route(app, "kinesis", taking("kinesis", seen, Drop()))
    assert ask(app, three("kinesis")) == {"batchItemFailures": []}
    assert seen == [1, 2, 3]


def test_what_may_not_finish_is_not_started_and_comes_again() -> None:
    app, context = Router(partial=True), LambdaContext(timeout=3)
    app.sqs("orders")(lambda: context.advance(1.2))
    sent = three("sqs")
    again = [{"itemIdentifier": message["messageId"]} for message in sent[1:]]
    assert ask(app, sent, context) == {"batchItemFailures": again}


def test_a_fifo_queue_keeps_its_order() -> None:
    app, seen = Router(partial=True), []

    @app.sqs("orders.fifo")
    def on_order(body: int, group_id: str) -> None:
        seen.append(body)
        assert body != 1

    mapped = event("sqs.fifo", queue="orders.fifo", bodies=[1, 2, 3], group_id=["a", "a", "b"])
    sent = event("pipes", sent=mapped)
    assert ask(app, sent) == {"batchItemFailures": [{"itemIdentifier": m["messageId"]} for m in sent[:2]]}
    assert seen == [1, 3]


def test_an_event_inside_a_record_is_unwrapped() -> None:
    app, seen = Router(), []
    app.s3("uploads")(lambda key: seen.append(key))
    assert ask(app, event("pipes.sqs", bodies=[event("s3", bucket="uploads", key="a.jpg")])) is None
    assert seen == ["a.jpg"]


def test_a_record_that_nothing_takes_says_what_to_write() -> None:
    app = Router()
    app.sqs("other")(lambda: None)
    with pytest.raises(NoRouteError, match=r'@app\.sqs\("orders"\)') as info:
        ask(app, event("pipes.sqs", queue="orders"))
    assert info.value.source == "sqs"
    told = app.explain(event("pipes.sqs", queue="orders"))
    assert (told.source, told.suggestion) == ("pipes", '@app.sqs("orders")')
    assert "queue is" in str(told)


def test_middleware_and_exception_handlers_see_the_source_of_the_record() -> None:
    app, seen = Router(partial=True), []

    @app.middleware
    def look(invocation: Any, call_next: Any) -> Any:
        seen.append((invocation.source, isinstance(invocation.event, list)))
        for message in invocation.event:
            message["body"] = message["body"].replace("1", "7")
        return call_next(invocation)

    @app.exception_handler(ValueError, sources=["sqs"])
    def judge(exc: BaseException, invocation: Any) -> None:
        seen.append((type(exc), invocation.source))
        raise Drop

    @app.sqs("orders")
    def on_order(body: int) -> None:
        seen.append(body)
        raise ValueError

    assert ask(app, event("pipes.sqs", bodies=[1])) == {"batchItemFailures": []}
    assert seen == [("pipes", True), 7, (ValueError, "sqs")]


def test_what_middleware_changes_in_a_record_reaches_its_handler() -> None:
    app, seen = Router(), []

    @app.middleware
    def decrypt(invocation: Any, call_next: Any) -> Any:
        for record in invocation.event:
            record["data"] = base64.b64encode(b'"plain"').decode()
        return call_next(invocation)

    app.kinesis("clicks")(lambda data: seen.append(data))
    assert ask(app, event("pipes.kinesis", datas=["secret"])) is None
    assert seen == ["plain"]


def test_middleware_that_changes_which_records_there_are_fails_the_batch() -> None:
    app = Router(partial=True)

    @app.middleware
    def less(invocation: Any, call_next: Any) -> Any:
        del invocation.event[0]
        return call_next(invocation)

    route(app, "sqs", taking("sqs", []))
    with pytest.raises(ResultError, match="which records"):
        ask(app, three("sqs"))


def test_middleware_that_does_not_go_on_fails_the_batch() -> None:
    app = Router()
    app.sqs("orders")(lambda: None)
    app.use(lambda invocation, call_next: None)
    with pytest.raises(ResultError, match="call_next"):
        ask(app, three("sqs"))


def test_only_pipes() -> None:
    app, seen = Router(), []
    route(app, "sqs", taking("sqs", seen))
    assert Client(app.only("pipes")).send(three("sqs")).error is None
    assert isinstance(Client(app.only("sqs")).send(three("sqs")).error, NoRouteError)


# -- enrichments ---------------------------------------------------------------------------------------------


def test_an_enrichment_gets_the_array_and_replaces_its_events() -> None:
    app = Router()

    @app.pipes.enrichment("orders")
    def enrich(events: list[Any], source: str, source_arn: str, event: Any, context: Any) -> Any:
        assert event == events
        return [{"id": json.loads(one["body"]), "from": source, "arn": source_arn} for one in events]

    sent = three("sqs")
    arn = "arn:aws:sqs:eu-west-1:123456789012:orders"
    assert ask(app, sent) == [{"id": n, "from": "orders", "arn": arn} for n in (1, 2, 3)]


def test_the_events_under_a_free_name_are_validated() -> None:
    class Message(BaseModel):
        messageId: str
        body: str

    app = Router()

    @app.pipes.enrichment()
    def enrich(messages: list[Message]) -> list[Message]:
        return messages[1:]

    sent = three("sqs")
    assert [one["messageId"] for one in ask(app, sent)] == [one["messageId"] for one in sent[1:]]


@pytest.mark.parametrize("kind", KINDS)
def test_an_enrichment_of_any_source_and_targets_beside_it(kind: str) -> None:
    app, seen = Router(), []
    route(app, kind, taking(kind, seen))
    app.pipes.enrichment(["never", "nowhere*"])(lambda: 1)
    assert ask(app, three(kind)) is None
    other = Router()
    other.pipes.enrichment()(lambda events: {"count": len(events)})
    assert ask(other, three(kind)) == {"count": 3}
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("sqs", "orders"),
        ("kinesis", "clicks"),
        ("dynamodb", "orders"),
        ("kafka", "shop"),
        ("activemq", "shop"),
    ],
)
def test_the_source_by_name_and_by_arn(kind: str, name: str) -> None:
    sent = three(kind)
    arn = sent[0].get("eventSourceARN", sent[0].get("eventSourceArn"))
    for written, expected in (
        (name, True),
        (arn, True),
        ("x", False),
        (arn[:-1], False),
        (["x", "*" + name[1:]], True),
    ):
        app = Router()
        app.pipes.enrichment(written)(lambda: "enriched")
        route(app, kind, lambda: None)
        assert (ask(app, sent) == "enriched") is expected, written


def test_a_topic_of_a_cluster_of_ones_own_has_no_name() -> None:
    app = Router()
    app.pipes.enrichment()(lambda source, source_arn: [source, source_arn])
    assert ask(app, event("pipes", sent=event("kafka.self_managed"))) == ["", None]


@pytest.mark.parametrize("result", [[], "text", 7, True, {"a": 1}, [1, [2]], 0, "", False])
def test_results_of_an_enrichment(result: Any) -> None:
    app = Router()
    app.pipes.enrichment()(lambda: result)
    assert ask(app, three("sqs")) == result


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, "$"),
        ({"batchItemFailures": []}, "$.batchItemFailures"),
        ([float("nan")], "$[0]"),
        ({"a": object()}, "$.a"),
        (["x" * 6_300_000], "$"),
    ],
)
def test_wrong_results_of_an_enrichment(result: Any, path: str) -> None:
    app = Router()
    app.pipes.enrichment()(lambda: result)
    with pytest.raises(ResultError) as info:
        ask(app, three("sqs"))
    assert info.value.path == path


@pytest.mark.parametrize("raised", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
def test_an_exception_of_an_enrichment_is_raised(
    raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    app = Router(partial=True)

    @app.pipes.enrichment()
    def enrich() -> None:
        raise raised

    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match=SECRET):
        ask(app, three("sqs"))
    assert SECRET not in caplog.text


def test_a_drop_of_an_enrichment_leaves_the_events_out_and_a_handler_of_exceptions_answers() -> None:
    app = Router()

    @app.pipes.enrichment("orders")
    def enrich(events: list[Any]) -> None:
        raise Drop if len(events) == 1 else LookupError

    app.exception_handler(LookupError)(lambda exc, invocation: [{"failed": True}])
    assert ask(app, three("sqs")[:1]) == []
    assert ask(app, three("sqs")) == [{"failed": True}]


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.pipes.enrichment(["a", "b"]).drop()
    with pytest.raises(DuplicateRouteError):
        app.pipes.enrichment({"b", "a"}).drop()
    for bad in (None, [], "", 7, "a**b"):
        with pytest.raises(ConfigurationError, match="source"):
            app.pipes.enrichment(bad).drop()  # type: ignore[arg-type]
    with pytest.raises(HandlerSignatureError):
        app.pipes.enrichment("x")(lambda body: None)
    with pytest.raises(TypeError):
        app.pipes("x")  # type: ignore[operator]


def test_what_an_input_template_makes_is_a_direct_call() -> None:
    app = Router()
    app.invoke()(lambda event: [{**one, "more": True} for one in event])
    sent = [{"id": 1}, {"id": 2}]
    assert detect(sent) is None
    assert Client(app).send(sent).response == [{"id": 1, "more": True}, {"id": 2, "more": True}]


# -- whose event ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, _, _ in samples("pipes")])
def test_records_of_two_sources_or_none_are_not_claimed(name: str) -> None:
    (sent,) = (made for one, made, _ in samples("pipes") if one == name)
    other = next(
        made for one, made, _ in samples("pipes") if made[0]["eventSource"] != sent[0]["eventSource"]
    )
    for odd in ([*sent, *other], [*sent, None], [*sent, {}], [*sent, sent], sent[0], {"a": sent}):
        assert not Pipes.recognise(odd)
    for value in (None, 7, [], {}, "aws:s3", "aws:codecommit"):
        assert detect([{**sent[0], "eventSource": value}]) is None


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_types_at_every_depth_are_handled_or_refused(kind: str) -> None:
    sent = event(f"pipes.{kind}")  # type: ignore[call-overload]
    target, enriching = Router(partial=True, all_failed="report"), Router()
    getattr(target, kind)("*")(lambda event, record: None)
    enriching.pipes.enrichment("*")(lambda events, source, source_arn: [])
    for path in places(sent):
        for odd in misshapen(sent, path):
            for app in (target, enriching):
                before = copy.deepcopy(odd)
                json.dumps(app.explain(odd).to_dict())
                try:
                    answer = app(odd)
                except RouterError:
                    continue
                assert odd == before
                if Pipes.recognise(odd):
                    pipes.check(answer, odd)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from(["ok", "bad", "drop"]), min_size=1, max_size=6),
    st.sampled_from(list(IDENTIFIERS)),
)
def test_nothing_that_did_not_succeed_is_lost(outcomes: list[str], kind: str) -> None:
    app, done = Router(partial=True, all_failed="report"), []
    numbers = range(len(outcomes))

    def work(number: int) -> None:
        if outcomes[number] == "bad":
            raise ValueError
        done.append(number)
        if outcomes[number] == "drop":
            raise Drop

    names: dict[str, Any] = {"work": work}
    read = "['id']" if kind == "dynamodb" else ""
    exec(f"def handler({content(kind)}): work(int({content(kind)}{read}))", names)
    route(app, kind, names["handler"])
    part = {"sqs": "bodies", "dynamodb": "images"}.get(kind, "datas")
    values = [{"id": n} for n in numbers] if kind == "dynamodb" else list(numbers)
    sent = event("pipes", sent=event(kind, **{part: values}))  # type: ignore[call-overload]
    answer = ask(app, sent)
    again = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    assert {sent[n][IDENTIFIERS[kind]] for n in numbers} - again == {sent[n][IDENTIFIERS[kind]] for n in done}


def test_the_model_takes_right_answers_and_refuses_wrong_ones() -> None:
    for answer, sent in pipes.RIGHT:
        pipes.check(answer, sent)
    for answer, sent, why in pipes.WRONG:
        with pytest.raises(Refused):
            pipes.check(answer, sent)
            pytest.fail(why)


def test_events_that_are_made() -> None:
    with pytest.raises(ValueError, match="pipe"):
        event("pipes", sent={"a": 1})
    app, seen = Router(), []
    app.activemq("orders", name="mine")(lambda data: seen.append(data))
    out = Client(app).pipes(event("activemq", datas=[{"id": 1}]))
    assert (out.source, out.route, out.response, seen) == ("pipes", "mine", None, [{"id": 1}])
    (record,) = event("pipes.kinesis", datas=[b"\x00"])
    assert base64.b64decode(record["data"]) == b"\x00"
    assert "kinesis" not in record


def test_an_app_with_one_source_loads_no_other_for_a_pipe() -> None:
    program = """
import sys, json
from lambda_router import Router
app = Router()
app.sqs("orders")(lambda body: None)
app(json.loads(sys.argv[1]))
print(sorted(n.rpartition(".")[2] for n in sys.modules if n.startswith("lambda_router.sources.")))
"""
    sent = json.dumps(event("pipes.sqs"))
    done = subprocess.run([sys.executable, "-c", program, sent], capture_output=True, text=True, check=True)
    assert (
        done.stdout.strip() == "['firehose', 'kinesis', 'pipes', 'sns', 'sqs']"
    )  # those that may carry others


def test_no_collected_event_is_claimed(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    assert [f for f in labels if Pipes.recognise(json.loads((shared_events / f).read_text()))] == []
