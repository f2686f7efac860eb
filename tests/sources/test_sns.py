"""Amazon SNS topics: parts, the message in every form, criteria, answers, suggestions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import SNSEvent
from aws_lambda_powertools.utilities.data_classes.sns_event import SNSEventRecord
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    PayloadError,
    ResultError,
    Router,
    UnknownEventError,
    detect,
)

TOPIC = "arn:aws:sns:us-east-2:123456789012:orders"
ATTRIBUTES = {
    "kind": {"Type": "String", "Value": "refund"},
    "weight": {"Type": "Number", "Value": "2.750"},
    "interests": {"Type": "String.Array", "Value": '["tea", "books", 7, 1.5, true, null]'},
    "thumbprint": {"Type": "Binary", "Value": "AP8Q"},
}
MESSAGE = '{"id": 7, "total": 9.5}'
RECORD: dict[str, Any] = {
    "EventVersion": "1.0",
    "EventSubscriptionArn": f"{TOPIC}:0c8e4b5a-1f2d-4c3b-9a8e-7d6c5b4a3928",
    "EventSource": "aws:sns",
    "Sns": {
        "SignatureVersion": "1",
        "Timestamp": "2030-01-02T12:45:07.000Z",
        "Signature": "c2lnbmF0dXJl",
        "SigningCertUrl": "https://sns.example.com/certificate.pem",
        "MessageId": "95df01b4-0b5e-5c6f-9a7b-8c9d0e1f2a3b",
        "Message": MESSAGE,
        "MessageAttributes": ATTRIBUTES,
        "Type": "Notification",
        "UnsubscribeUrl": "https://sns.example.com/?Action=Unsubscribe",
        "TopicArn": TOPIC,
        "Subject": "A refund",
    },
}


class Order(BaseModel):
    id: int
    total: float


def notification(*messages: Any, **changes: Any) -> dict[str, Any]:
    """An event of these messages (or of the one above) with changes to what is under `Sns`."""
    records = [
        {**RECORD, "Sns": {**RECORD["Sns"], "MessageId": f"m-{n}", "Message": message, **changes}}
        for n, message in enumerate(messages, start=1)
    ]
    return json.loads(json.dumps({"Records": records or [{**RECORD, "Sns": {**RECORD["Sns"], **changes}}]}))


def named(topic: str, **changes: Any) -> dict[str, Any]:
    """The message above of another topic."""
    return notification(TopicArn=f"arn:aws:sns:us-east-2:123456789012:{topic}", **changes)


def given_to(handler_source: str, sent: Any = None) -> Any:
    """What a handler with this signature is given for the (one) record."""
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "Any": Any, "Order": Order}
    names |= {"SNSEvent": SNSEvent, "SNSEventRecord": SNSEventRecord}
    exec(f"def handler({handler_source}): seen.append(dict(locals()))", names)
    app.sns("*")(names["handler"])
    assert app(notification() if sent is None else sent) is None
    return seen[0]


def takes(sent: Any, topic: Any = "*", **options: Any) -> bool:
    """Whether a route with these arguments takes the (one) record."""
    app, seen = Router(), []
    app.sns(topic, **options)(lambda: seen.append("route"))
    app.default(lambda record: seen.append("default"))
    app(sent)
    assert len(seen) == 1
    return seen == ["route"]


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("message", {"id": 7, "total": 9.5}),
        ("message: Any", {"id": 7, "total": 9.5}),
        ("message: dict", {"id": 7, "total": 9.5}),
        ("message: str", MESSAGE),
        ("message: bytes", MESSAGE.encode()),
        ("message: Order", Order(id=7, total=9.5)),
        ("order: Order", Order(id=7, total=9.5)),
        ("order: Order | None", Order(id=7, total=9.5)),
        ("order: dict", {"id": 7, "total": 9.5}),
        ("subject", "A refund"),
        ("subject: str", "A refund"),
        ("attributes", ATTRIBUTES),
        ("attributes: dict", ATTRIBUTES),
        ("message_id", "95df01b4-0b5e-5c6f-9a7b-8c9d0e1f2a3b"),
        ("topic", "orders"),
        ("record", RECORD),
        ("event", {"Records": [RECORD]}),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected
    assert type(value) is type(expected)


def test_powertools_classes_wrap_the_event_and_the_record() -> None:
    found = given_to("event: SNSEvent, record: SNSEventRecord, message, invocation")
    assert found["event"].sns_message == found["record"].sns.message == MESSAGE
    assert found["record"].sns.topic_arn == TOPIC
    assert found["invocation"].record == RECORD
    assert found["invocation"].source == "sns"


@pytest.mark.parametrize("spelling", ["Url", "URL"])
def test_both_spellings_of_the_addresses(spelling: str) -> None:
    about = {k.replace("Url", spelling): v for k, v in RECORD["Sns"].items()}
    sent = {"Records": [{**RECORD, "Sns": about}]}
    assert detect(sent) == "sns"
    assert given_to("message, record", sent) == {
        "message": {"id": 7, "total": 9.5},
        "record": sent["Records"][0],
    }


@pytest.mark.parametrize(
    ("message", "signature", "expected"),
    [
        ("Hello from SNS!", "message: str", "Hello from SNS!"),
        ("Grüße \U0001f600", "message: bytes", "Grüße \U0001f600".encode()),
        ("[1, 2]", "message: list", [1, 2]),
        ("[1, 2]", "numbers: list", [1, 2]),
        ('"text"', "message", "text"),
        ("null", "message", None),
        ("0", "message", 0),
        (" {} ", "message", {}),
    ],
)
def test_messages_of_every_kind(message: str, signature: str, expected: Any) -> None:
    (value,) = given_to(signature, notification(message)).values()
    assert value == expected


@pytest.mark.parametrize(
    ("message", "signature"),
    [
        ("Hello from SNS!", "message"),
        ("Hello from SNS!", "order: Order"),
        ('{"id": "x"}', "order: Order"),
        ("[]", "message: dict"),
        ("{}", "message: list"),
        ('{"a": NaN}', "message"),
        ("\ud800", "message: bytes"),
        (None, "message: str"),
        (None, "order: Order"),
        (7, "message"),
        ({"a": 1}, "message: str"),
        ("[" * 100_000, "message"),
    ],
)
def test_a_message_that_is_not_what_the_handler_asks_for_fails_the_event(
    message: Any, signature: str
) -> None:
    with pytest.raises(PayloadError) as info:
        given_to(signature, notification(message))
    assert info.value.part == "message"
    assert "Hello" not in str(info.value)


def test_a_subject_that_was_not_given_is_null() -> None:
    for sent in (notification(Subject=None), notification()):
        sent["Records"][0]["Sns"].pop("Subject") if sent["Records"][0]["Sns"]["Subject"] else None
        assert given_to("subject", sent) == {"subject": None}
        assert given_to("subject: str | None", sent) == {"subject": None}
        assert given_to("subject: str = 'none'", sent) == {"subject": "none"}
        with pytest.raises(PayloadError, match="subject: is missing"):
            given_to("subject: str", sent)


@pytest.mark.parametrize(
    "signature", ["body", "detail", "filename", "group_id", "a: Order, b: Order", "x: int"]
)
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.sns"):
        given_to(signature)


@pytest.mark.parametrize(
    "sns",
    [
        *[None, {}, [], "sns", 7, [{"Message": "a"}]],
        {"TopicArn": None, "Subject": [], "MessageAttributes": None, "MessageId": {}, "Message": None},
        {"TopicArn": [TOPIC], "MessageAttributes": [], "MessageId": 7},
    ],
)
def test_mutilated_records_are_no_crash(sns: Any) -> None:
    sent = {"Records": [{"EventSource": "aws:sns", "Sns": sns}]}
    found = given_to("subject, attributes, message_id, topic, record", sent)
    assert found["topic"] == ""
    assert found["record"] == sent["Records"][0]
    assert not takes(sent, "orders", subject="x", attributes={"kind": "x"}, pattern={"Sns": {"Type": ["x"]}})
    with pytest.raises(PayloadError):
        given_to("message: str", sent)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["Message", "TopicArn", "MessageAttributes", "Subject", "Type", "Value", "a"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_content_matches_or_not_and_is_explained(sns: Any) -> None:
    sent = {"Records": [{"EventSource": "aws:sns", "Sns": sns}]}
    app = Router()
    app.sns("*", subject="a*", attributes={"a": "*"}, pattern={"Sns": {"Message": {"a": [1]}}}).drop()
    app.sns("*", attributes={"a": "b"}).drop()
    app.sns("*").drop()
    json.dumps(app.explain(sent).to_dict())
    assert app(sent) is None


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("orders", True),
        ("order", False),
        ("ord*", True),
        (TOPIC, True),
        ("arn:aws:sns:*:123456789012:orders", True),
        ("arn:aws:sns:eu-west-1:123456789012:orders", False),
        ("arn:aws:sns:us-east-2:123456789012:*", True),
        (["refunds", "orders"], True),
        ({"refunds", TOPIC}, True),
        ("*", True),
        ("0c8e4b5a*", False),
        ("*orders:*", False),
    ],
)
def test_by_topic(topic: Any, expected: bool) -> None:
    assert takes(notification(), topic) is expected


def test_names_of_fifo_topics_are_whole_names() -> None:
    assert takes(named("orders.fifo"), "orders.fifo")
    assert takes(named("orders.fifo"), "*.fifo")
    assert not takes(named("orders.fifo"), "orders")
    assert not takes(named("orders"), "orders.fifo")


@pytest.mark.parametrize("arn", ["orders", "arn:aws:sns:x:orders", "arn:aws:sns:a:b:c:d", ""])
def test_an_arn_that_cannot_be_read_is_its_own_name(arn: str) -> None:
    sent = notification(TopicArn=arn)
    assert given_to("topic", sent) == {"topic": arn}
    assert takes(sent, "*")
    assert not arn or takes(sent, arn)
    assert takes(sent, "c") is False


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"subject": "A refund"}, True),
        ({"subject": "A *"}, True),
        ({"subject": ["An order", "A refund"]}, True),
        ({"subject": "a refund"}, False),
        ({"subject": "A"}, False),
        ({"attributes": {"kind": "refund"}}, True),
        ({"attributes": {"kind": ["order", "ref*"]}}, True),
        ({"attributes": {"kind": "order"}}, False),
        ({"attributes": {"colour": "*"}}, False),
        ({"attributes": {"kind": "*", "weight": "*", "interests": "*", "thumbprint": "*"}}, True),
        ({"attributes": {"weight": "2.750"}}, True),
        ({"attributes": {"weight": "2.75"}}, False),
        ({"attributes": {"interests": "tea"}}, True),
        ({"attributes": {"interests": "b*"}}, True),
        ({"attributes": {"interests": ["7", "coffee"]}}, True),
        ({"attributes": {"interests": "1.5"}}, True),
        ({"attributes": {"interests": "true"}}, True),
        ({"attributes": {"interests": "null"}}, True),
        ({"attributes": {"interests": "coffee"}}, False),
        ({"attributes": {"interests": "te"}}, False),
        ({"attributes": {"thumbprint": "AP8Q"}}, True),
        ({"attributes": {"thumbprint": "AP8q"}}, False),
        ({"attributes": {"kind": "refund", "weight": "3"}}, False),
        ({"pattern": {"Sns": {"Message": {"total": [{"numeric": [">", 9]}]}}}}, True),
        ({"pattern": {"Sns": {"Message": {"total": [{"numeric": [">", 9.5]}]}}}}, False),
        ({"pattern": {"Sns": {"Subject": [{"prefix": "A"}], "Message": {"id": [7]}}}}, True),
        ({"pattern": {"Sns": {"MessageAttributes": {"kind": {"Value": ["refund"]}}}}}, True),
        ({"pattern": {"Sns": {"Message": {"id": [{"exists": False}]}}}}, False),
        ({"pattern": {"EventSource": ["aws:sns"]}}, True),
    ],
)
def test_by_subject_attributes_and_pattern(options: Any, expected: bool) -> None:
    assert takes(notification(), **options) is expected


def test_a_missing_subject_is_any_subject_and_no_other() -> None:
    assert takes(notification(Subject=None), subject="*")
    assert not takes(notification(Subject=None), subject="A*")


def test_an_array_that_cannot_be_read_is_its_text() -> None:
    for value, wanted, expected in (
        ("tea", "tea", True),
        ("[", "[", True),
        ('"tea"', "tea", True),
        ("[]", "*", True),
        ("[]", "tea", False),
        (None, "tea", False),
        (["tea"], "tea", True),
    ):
        sent = notification(MessageAttributes={"interests": {"Type": "String.Array", "Value": value}})
        assert takes(sent, attributes={"interests": wanted}) is expected, value


def test_a_text_that_looks_like_an_array_is_a_text() -> None:
    sent = notification(MessageAttributes={"interests": {"Type": "String", "Value": '["tea"]'}})
    assert not takes(sent, attributes={"interests": "tea"})
    assert takes(sent, attributes={"interests": '["tea"]'})


def test_a_pattern_sees_a_message_that_is_not_json_as_text() -> None:
    sent = notification("Hello from SNS!")
    assert takes(sent, pattern={"Sns": {"Message": [{"prefix": "Hello"}]}})
    assert not takes(sent, pattern={"Sns": {"Message": {"id": [7]}}})
    assert sent == notification("Hello from SNS!")


def test_the_first_registered_route_takes_a_message_once() -> None:
    app, seen = Router(), []
    app.sns("orders", subject="A *")(lambda: seen.append("first"))
    app.sns(["orders", "other"])(lambda: seen.append("second"))
    app.sns("*")(lambda: seen.append("third"))
    for sent in (notification(), notification(Subject=None), named("else")):
        app(sent)
    assert seen == ["first", "second", "third"]


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.sns(["a", "b"], attributes={"k": ["1", "2"]}).drop()
    with pytest.raises(DuplicateRouteError):
        app.sns({"b", "a"}, attributes={"k": ["2", "1"]}).drop()
    for bad in (None, [], "", 7, "a**b", ["a", None]):
        with pytest.raises(ConfigurationError, match="topic"):
            app.sns(bad).drop()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="attributes takes a dict"):
        app.sns("c", attributes=["kind"]).drop()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError):
        app.sns("c", pattern={"Sns": {"Message": {"total": 100}}}).drop()
    with pytest.raises(ConfigurationError, match="parentheses"):
        app.sns(lambda message: None)  # type: ignore[arg-type]
    assert repr(app.routes) == "(<sns(topic=['a', 'b'], attributes={'k': ['1', '2']}) -> dropped>,)"


# -- what is answered ----------------------------------------------------------------------------------------


def test_the_answer_is_nothing_whatever_a_handler_returns() -> None:
    app = Router(partial=True)
    app.sns("*")(lambda message: {"ignored": object()})
    assert app(notification()) is None


def test_of_a_single_message_its_own_exception_is_raised() -> None:
    app = Router()
    failure = LookupError("mine")

    @app.sns("orders")
    def handler(message: dict) -> None:
        raise failure

    with pytest.raises(LookupError) as info:
        app(notification())
    assert info.value is failure


def test_two_records_are_both_handled_in_order() -> None:
    app, seen = Router(partial=True), []

    @app.sns("orders")
    def handler(message: str, message_id: str) -> None:
        seen.append(message_id)
        if message == "bad":
            raise ValueError("canary")

    assert app(notification("a", "b")) is None
    with pytest.raises(BatchError) as info:
        app(notification("bad", "b"))
    assert seen == ["m-1", "m-2", "m-1", "m-2"]
    assert str(info.value) == "1 of 2 sns records failed (ValueError 1)"


def test_two_records_of_two_topics_have_a_route_each() -> None:
    app, seen = Router(), []
    app.sns("orders")(lambda topic: seen.append(f"orders {topic}"))
    app.sns("*")(lambda topic: seen.append(f"all {topic}"))
    sent = {"Records": [*notification()["Records"], *named("refunds")["Records"]]}
    assert app(sent) is None
    assert seen == ["orders orders", "all refunds"]


def test_the_log_has_the_id_and_not_the_text(caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.sns("orders")
    def handler(message: str) -> None:
        raise ValueError(message)

    with pytest.raises(BatchError):
        app(notification("secret-1", "secret-2"))
    lines = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("sns record m-1 failed: ValueError at ") for line in lines)
    assert "secret" not in "".join(lines)


def test_drop_settles_a_message() -> None:
    app, seen = Router(), []
    app.sns("orders", subject="tmp").drop()

    @app.sns("orders")
    def handler(message: str) -> None:
        if message == "twice":
            raise Drop
        seen.append(message)

    assert app(notification("a", Subject="tmp")) is None
    assert app(notification("twice", "b")) is None
    assert seen == ["b"]


def test_batch_answers_are_not_for_sns() -> None:
    app = Router(partial=True)

    @app.sns("*")
    def handler(message: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": "m-1"}]}

    with pytest.raises(ResultError):
        app(notification("1"))


def test_coroutines_are_awaited() -> None:
    app, seen = Router(), []

    @app.sns("orders")
    async def handler(order: Order) -> None:
        seen.append(order.id)

    assert app(notification()) is None
    assert seen == [7]


def test_no_route_names_what_was_asked_and_not_what_was_said() -> None:
    app = Router()
    app.sns("orders", subject="An order").drop()
    with pytest.raises(NoRouteError) as info:
        app(notification(Subject="secret subject"))
    assert "asks for another subject" in str(info.value)
    app = Router()
    app.sns("orders", pattern={"Sns": {"Message": {"card": ["none"]}}}).drop()
    with pytest.raises(NoRouteError) as other:
        app(notification('{"card": "secret 4111"}'))
    assert "$.Sns.Message.card" in str(other.value)
    assert "secret" not in f"{info.value} {other.value}"
    assert app.explain(notification('{"card": "1"}')).subjects[0].rows[0].reason == (
        "pattern: $.Sns.Message.card is '1'"
    )


# -- which events --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "foreign",
    [{"EventSource": "aws:sqs"}, {"EventSource": None}, {"eventSource": "aws:sns"}, {}, None, "aws:sns"],
)
def test_mixed_records_are_refused_before_any_runs(foreign: Any) -> None:
    app, seen = Router(), []
    app.sns("*")(lambda: seen.append(1))
    sent = {"Records": [RECORD, foreign]}
    assert detect(sent) is None
    with pytest.raises(UnknownEventError):
        app(sent)
    assert seen == []


@pytest.mark.parametrize(
    "event",
    [
        {"Records": [{"eventSource": "aws:sns", "Sns": RECORD["Sns"]}]},
        {"Records": [{"eventSource": "sns.amazonaws.com", "eventName": "Publish"}]},
        {"Records": [{"EventSource": ["aws:sns"]}]},
        {"Records": {"EventSource": "aws:sns"}},
        {"EventSource": "aws:sns", "Sns": RECORD["Sns"]},
        RECORD["Sns"],
        [RECORD],
    ],
)
def test_what_only_looks_like_sns_is_not(event: Any) -> None:
    assert detect(event) is None


# -- suggestions ---------------------------------------------------------------------------------------------


def obeyed(sent: Any) -> str:
    """Paste the suggested decorator above a handler and send the event again: it must get there."""
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    decorator = info.value.suggestion
    assert decorator is not None
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]
    return decorator


def test_the_decorator_to_write() -> None:
    assert obeyed(notification()) == '@app.sns("orders")'


@pytest.mark.parametrize(
    "topic",
    [
        "*",
        "a*b",
        "\\",
        "\\*",
        '"',
        "'",
        '"""',
        "\n",
        "\x00",
        "{x}",
        "\U0001f600",
        "**",
        "",
        "a:b",
        "arn:",
        "arn:*",
    ],
)
def test_hostile_topics_are_suggested_so_that_the_decorator_matches(topic: str) -> None:
    assert "\n" not in obeyed(named(topic))
    assert "\n" not in obeyed(notification(TopicArn=topic))


@pytest.mark.parametrize("arn", [None, 1, [], {}])
def test_topics_of_another_type_have_a_suggestion_too(arn: Any) -> None:
    assert obeyed(notification(TopicArn=arn)) == '@app.sns("*")'


@given(st.text())
@example("\\\\**")
def test_any_topic_is_suggested_so_that_the_decorator_matches(topic: str) -> None:
    obeyed(named(topic))
    obeyed(notification(TopicArn=topic))


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "sns"]
    assert len(files) >= 2
    rooms = Router.everything().rooms
    for file in labels:
        sent = json.loads((shared_events / file).read_text())
        claims = [room.name for room in rooms if room.recognise(sent)]
        assert (claims == ["sns"]) is (file in files), file
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        app, seen = Router(), []

        @app.sns("*", attributes={"Test": "TestString"})
        def handler(topic: str, message: str, subject: str | None, message_id: str) -> None:
            seen.append((topic, message, subject, message_id))

        assert app(sent) is None, file
        (about,) = (record["Sns"] for record in sent["Records"])
        topic = about["TopicArn"].rpartition(":")[2]
        assert seen == [(topic, about["Message"], about["Subject"], about["MessageId"])]
