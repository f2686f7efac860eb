"""AWS IoT: topic filters, payloads that nothing detects and who gets them, and events of the registry."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.utilities.data_classes.iot_registry_event import IoTCoreThingEvent
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    CallbackError,
    ConfigurationError,
    Depends,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    PayloadError,
    Reject,
    ResultError,
    Retry,
    Router,
    UnknownEventError,
    criteria,
    detect,
)
from lambda_router.detection import is_wrapped
from lambda_router.sources.iot import Iot
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

SAMPLES = {name: sent for name, sent, _ in samples("iot")}
MOISTURE = {"topic": "plants/fern/moisture", "percent": 31, "eventSource": "aws:iot"}
THING = {
    "eventType": "THING_EVENT",
    "eventId": "e-1",
    "timestamp": 1776150767318,
    "operation": "CREATED",
    "accountId": "123456789012",
    "thingId": "t-1",
    "thingName": "sensor-7",
    "versionNumber": 1,
    "thingTypeName": None,
    "attributes": {"bench": "2"},
}
SECRET = "hunter2-canary"


class Reading(BaseModel):
    percent: float


def given_to(signature: str, sent: Any = None, *, topic: Any = None, registry: Any = None) -> dict[str, Any]:
    """What a handler with this signature is given for the event."""
    app, seen = Router(), []
    names = {"seen": seen, "Reading": Reading, "IoTCoreThingEvent": IoTCoreThingEvent}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    (app.iot(topic) if registry is None else app.iot.registry(registry))(names["handler"])
    assert app(MOISTURE if sent is None else sent) is None
    return seen[0]


def takes(sent: Any, *arguments: Any, **options: Any) -> bool:
    app, seen = Router(), []
    app.iot(*arguments, **options)(lambda: seen.append("iot"))
    app.invoke()(lambda: seen.append("invoke"))
    app(sent)
    return seen == ["iot"]


# -- topic filters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "matches", "not_"),
    [
        ("a/b", ["a/b"], ["a", "a/b/", "a/b/c", "A/b", "/a/b", "a/bc"]),
        ("a/+", ["a/b", "a/"], ["a", "a/b/c", "a//", "b/a"]),
        ("+", ["a", ""], ["a/b", "/", "$aws"]),
        ("+/+", ["a/b", "/", "/b"], ["a", "a/b/c", "$aws/b"]),
        ("a/+/c", ["a/b/c", "a//c"], ["a/c", "a/b/b/c", "a/b/d"]),
        ("a/#", ["a", "a/", "a/b", "a/b/c"], ["ab", "b/a", "A/b", ""]),
        ("#", ["a", "a/b", "/", ""], ["$aws", "$aws/things/x"]),
        ("+/#", ["a", "a/b"], ["$aws/things"]),
        ("a/+/#", ["a/b", "a/b/c", "a/"], ["a"]),
        ("{x}/b", ["a/b", "/b"], ["a/c", "$aws/b"]),
        (
            "$aws/things/+/shadow/#",
            ["$aws/things/t/shadow", "$aws/things/t/shadow/a/b"],
            ["aws/things/t/shadow"],
        ),
        ("$aws/#", ["$aws", "$aws/x"], ["$awsx"]),
        ("a b/*/?", ["a b/*/?"], ["a b/x/y"]),
        (["a", "b/+"], ["a", "b/c"], ["b", "a/c"]),
    ],
)
def test_topics_of_a_filter(written: Any, matches: list[str], not_: list[str]) -> None:
    assert [topic for topic in matches if not takes({"topic": topic}, written)] == []
    assert [topic for topic in not_ if takes({"topic": topic}, written)] == []


LEVEL = st.sampled_from(["", "a", "b", "ab", "$a", "$"])
TOPIC = st.lists(LEVEL, min_size=1, max_size=4).map("/".join)
FILTER = st.builds(
    lambda levels, rest: "/".join([*levels, *rest]),
    st.lists(LEVEL | st.just("+"), max_size=4),
    st.sampled_from([[], ["#"]]),
).filter(bool)


def as_mqtt_says(written: str) -> re.Pattern[str]:
    """The filter as a regular expression, by another way than the router's."""
    guard = r"(?!\$)" if written[0] in "+#" else ""
    if written == "#":
        return re.compile(guard + r".*")
    rest = written.endswith("/#")
    body = "/".join(
        "[^/]*" if level == "+" else re.escape(level) for level in written.removesuffix("/#").split("/")
    )
    return re.compile(guard + body + ("(/.*)?" if rest else ""))


@settings(max_examples=500, deadline=None)
@given(FILTER, TOPIC)
@example("a/#", "a")
@example("/#", "")
@example("+/", "$a/")
def test_any_filter_is_about_the_topics_that_mqtt_says(written: str, topic: str) -> None:
    found = criteria.TopicFilter("topic", written).matches(topic)
    assert found is (as_mqtt_says(written).fullmatch(topic) is not None)


@given(TOPIC, st.data())
def test_named_levels_are_those_of_the_topic(topic: str, data: st.DataObject) -> None:
    levels = topic.split("/")
    names = [f"n{i}" if data.draw(st.booleans()) else None for i in range(len(levels))]
    written = "/".join(
        level if name is None else f"{{{name}}}" for name, level in zip(names, levels, strict=True)
    )
    found = criteria.TopicFilter("topic", written)
    if found.matches(topic):
        assert found.named(topic) == {n: v for n, v in zip(names, levels, strict=True) if n is not None}
    else:
        assert topic.startswith("$")
        assert names[0] is not None


@pytest.mark.parametrize(
    "written",
    [
        *["a/#/b", "#/", "a#", "a/b#", "a+", "+a/b", "a/++", "a/{}", "{a", "a}", "{a}b", "{1}", "{a b}"],
        *["{a}/{a}", "{a:int}", "{a/b}", "{{a}}", "\0", "", [], ["a", ""], 7],
        *[["a/{x}", "b"], ["{x}", "{y}"], ["{x}/{y}", "a/{x}"]],
    ],
)
def test_what_is_no_topic_filter_is_refused(written: Any) -> None:
    with pytest.raises(ConfigurationError, match="topic"):
        Router().iot(written).drop()


@pytest.mark.parametrize("name", ["event", "context", "invocation", "record"])
def test_names_that_every_handler_has_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be named"):
        Router().iot(f"a/{{{name}}}")(lambda payload: None)


def test_filters_that_mean_the_same_are_duplicates() -> None:
    for one, other in (
        ("a/{x}", "a/+"),
        ("a/{x}/#", "a/{y}/#"),
        (["a", "b/+"], ["b/+", "a"]),
        ("a", ["a"]),
    ):
        app = Router()
        app.iot(one).drop()
        with pytest.raises(DuplicateRouteError):
            app.iot(other).drop()
    app = Router()
    for different in ("a/+", "a/#", "a/+/#", "a", "+/a"):
        app.iot(different).drop()
    app.iot("a/+", when={"percent": [1]}).drop()
    app.iot().drop()
    assert repr(app.routes[0]) == "<iot(topic='a/+') -> dropped>"


# -- what a handler is given ---------------------------------------------------------------------------------


def test_each_part() -> None:
    found = given_to(
        "plant, kind: str, payload, topic, event, context, invocation", topic="plants/{plant}/{kind}"
    )
    invocation = found.pop("invocation")
    assert found == {
        "plant": "fern",
        "kind": "moisture",
        "payload": MOISTURE,
        "topic": "plants/fern/moisture",
        "event": MOISTURE,
        "context": None,
    }
    assert (invocation.source, invocation.record) == ("iot", None)


@pytest.mark.parametrize(
    ("signature", "sent", "topic", "expected"),
    [
        ("reading: Reading", None, None, Reading(percent=31)),
        ("payload: Reading", None, "plants/#", Reading(percent=31)),
        ("payload: dict", None, None, MOISTURE),
        ("payload", [1, 2], None, [1, 2]),
        ("payload: list[int]", [1, 2], None, [1, 2]),
        ("payload: str", "aGk=", None, "aGk="),
        ("payload", None, None, MOISTURE),
        ("topic", {"percent": 1}, None, None),
        ("topic: str | None", [], None, None),
        ("bench: int", {"topic": "bench/7"}, "bench/{bench}", 7),
        ("bench: str = 'x'", {"topic": "bench/7"}, "bench/{bench}", "7"),
        ("bench", {"topic": "row/7"}, ["bench/{bench}/x", "row/{bench}"], "7"),
        ("bench", {"topic": "b/7/x"}, ["b/{bench}/#", "a/b/{bench}"], "7"),
        ("bench", {"topic": "a/b/8"}, ["b/{bench}/#", "a/b/{bench}"], "8"),
        ("topic", {"topic": "a/b"}, "a/{topic}", "b"),
        ("payload", {"topic": "a/b"}, "a/{payload}", "b"),
        ("bench", {"topic": "a/"}, "a/{bench}", ""),
    ],
)
def test_annotations_and_levels(signature: str, sent: Any, topic: Any, expected: Any) -> None:
    assert list(given_to(signature, sent, topic=topic).values()) == [expected]


def test_what_does_not_fit_is_a_payload_error() -> None:
    for signature, sent, topic in (
        ("bench: int", {"topic": "bench/x"}, "bench/{bench}"),
        ("reading: Reading", {"percent": "x"}, None),
        ("topic: str", {}, None),
    ):
        with pytest.raises(PayloadError):
            given_to(signature, sent, topic=topic)


@pytest.mark.parametrize(
    "signature",
    ["plant", "record", "data", "event_type", "operation", "plants: str", "a: Reading, b: Reading"],
)
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.iot") as info:
        given_to(signature, topic="plants/{pot}/moisture")
    assert "pot, payload, topic, event" in str(info.value)


def test_a_level_that_is_almost_asked_for_is_named() -> None:
    with pytest.raises(HandlerSignatureError, match="did you mean 'plant'"):
        given_to("plan", topic="plants/{plant}/moisture")


def test_dependencies_may_ask_for_levels() -> None:
    app, seen = Router(), []

    def upper(plant: str) -> str:
        return plant.upper()

    @app.iot("plants/{plant}/+")
    def handler(name: Annotated[str, Depends(upper)]) -> None:
        seen.append(name)

    app(MOISTURE)
    assert seen == ["FERN"]


# -- who gets what nothing detects ---------------------------------------------------------------------------

ODD: list[Any] = [
    None,
    True,
    0,
    1.5,
    "",
    "plants/fern",
    [],
    [MOISTURE],
    {},
    {"topic": None},
    {"topic": ["a"]},
]


@pytest.mark.parametrize("sent", [MOISTURE, *ODD], ids=repr)
def test_a_payload_is_not_detected(sent: Any) -> None:
    assert detect(sent) is None
    assert not Iot.recognise(sent)


@pytest.mark.parametrize("sent", ODD, ids=repr)
def test_of_what_has_no_topic_only_a_route_without_one_takes_anything(sent: Any) -> None:
    assert not takes(sent, "#")
    assert not takes(sent, "+/+", when=lambda event: True)
    assert takes(sent)
    assert takes(sent, when=lambda event: True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"when": {"percent": [{"numeric": [">", 30]}]}}, True),
        ({"when": {"percent": [30]}}, False),
        ({"when": lambda event: event["percent"] == 31}, True),
        ({"when": lambda event: event["missing"]}, False),
        ({"when": Reading}, True),
        ({"when": list}, False),
        ({"pattern": {"percent": [31]}}, True),
        ({"pattern": {"percent": [31]}, "when": list}, False),
        ({"topic": "plants/#", "when": {"percent": [31]}}, True),
        ({"topic": "animals/#", "when": {"percent": [31]}}, False),
    ],
)
def test_by_predicate_pattern_and_type(options: Any, expected: bool) -> None:
    assert takes(MOISTURE, **options) is expected


def test_the_order_of_asking() -> None:
    app = Router()
    seen: list[str] = []
    app.default(lambda: seen.append("default"))
    app.invoke(when={"percent": [{"exists": True}]})(lambda: seen.append("invoke"))
    app.iot("plants/+/moisture", when=lambda e: e["percent"] > 50)(lambda: seen.append("wet"))
    app.iot("plants/#")(lambda: seen.append("plants"))
    for sent in (
        {"topic": "plants/fern/moisture", "percent": 60},
        {"topic": "plants/fern/moisture", "percent": 6},
        {"topic": "animals/cat", "percent": 6},
        {"topic": "animals/cat"},
    ):
        app(sent)
    assert seen == ["wet", "plants", "invoke", "default"]


def test_a_room_without_routes_and_one_that_was_not_asked_for_take_nothing() -> None:
    app = Router()
    _ = app.iot
    app.invoke()(lambda event: ["direct", event])
    assert app(MOISTURE) == ["direct", MOISTURE]
    app = Router()
    app.iot.registry()(lambda: pytest.fail("called"))
    app.invoke()(lambda event: "direct")
    assert app(MOISTURE) == "direct"


def test_an_empty_batch_is_noise() -> None:
    for app in (Router(), Router()):
        app.iot()(lambda: pytest.fail("called"))
        assert app({"Records": []}) is None
        assert app.explain({"Records": []}).noise


def test_what_the_default_answers_is_an_answer_still() -> None:
    app = Router()
    app.iot("plants/#").drop()
    app.default(lambda event: {"answer": 7})
    assert app({"a": 1}) == {"answer": 7}
    assert app(MOISTURE) is None


def deliver(app: Router, sent: Any) -> None:
    error = Client(app).send(sent).error
    # An answer that would go to a made-up address, and the one event that no handler is called with.
    assert error is None or isinstance(error, CallbackError) or "durable_execution" in str(error)


def test_labelled_events_of_others_are_not_swallowed(shared_events: Path | None) -> None:
    """An app of `iot`, `invoke` and `default` alone: who gets each event is decided by the full detection."""
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    known = {room.name for room in Router.everything().rooms}
    reached: dict[str, list[str]] = {"payload": [], "registry": [], "default": [], "invoke": []}
    for file, label in labels.items():
        sent = json.loads((shared_events / file).read_text())
        app, seen = Router(), []
        app.iot("#")(lambda seen=seen: seen.append("payload"))
        app.iot("$aws/#")(lambda seen=seen: seen.append("payload"))
        app.iot(when=lambda event: event["eventSource"] == "aws:iot")(
            lambda seen=seen: seen.append("payload")
        )
        app.iot.registry()(lambda seen=seen: seen.append("registry"))
        app.invoke()(lambda seen=seen: seen.append("invoke"))

        @app.default
        def settled(seen: list[str] = seen) -> None:
            seen.append("default")
            raise Drop

        deliver(app, sent)
        wanted = (
            "registry" if label["source"] == "iot" else "default" if label["source"] in known else "invoke"
        )
        assert set(seen) <= {wanted}, file  # noise reaches nobody, and records the default one by one
        for name in set(seen):
            reached[name].append(file)
    assert reached["payload"] == []
    assert len(reached["registry"]) == sum(label["source"] == "iot" for label in labels.values()) >= 2
    assert len(reached["default"]) > 100
    nobody = {*known, "durable_execution"}
    assert len(reached["invoke"]) == sum(label["source"] not in nobody for label in labels.values()) > 10


def test_a_catch_all_takes_what_nobody_claims_and_no_more(shared_events: Path | None) -> None:
    events = [(name.partition(".")[0], sent) for name, sent, _ in samples()]
    if shared_events is not None:
        labels = json.loads((shared_events / "labels.json").read_text())
        events += [(detect(e), e) for e in (json.loads((shared_events / f).read_text()) for f in labels)]
    for source, sent in events:
        app, seen = Router(), []
        app.iot()(lambda seen=seen: seen.append("iot"))
        app.invoke()(lambda: pytest.fail("called"))

        @app.default
        def settled() -> None:
            raise Drop

        deliver(app, sent)
        takes = source in (None, "iot") and not is_wrapped(sent)
        assert (seen == ["iot"]) is takes, source


def test_the_proof_would_see_a_room_that_is_asked_too_early(
    shared_events: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    detected = Router._detect

    def early(self: Router, event: Any) -> Any:
        iot = self.iot
        return iot if iot.takes(event) else detected(self, event)

    monkeypatch.setattr(Router, "_detect", early)
    with pytest.raises(AssertionError):
        test_a_catch_all_takes_what_nobody_claims_and_no_more(shared_events)


def test_a_predicate_that_fails_fails_the_invocation_as_ours(caplog: pytest.LogCaptureFixture) -> None:
    app, seen = Router(), []

    def fails(event: Any) -> bool:
        raise RuntimeError(SECRET)

    app.iot(when=fails)(lambda: seen.append("iot"))
    app.invoke()(lambda: seen.append("invoke"))
    app.default(lambda: seen.append("default"))
    with pytest.raises(RuntimeError):
        app({})
    assert seen == []
    assert "iot invocation failed: RuntimeError" in caplog.text
    assert SECRET not in caplog.text
    assert "when: it raises RuntimeError" in str(app.explain({}))


def test_a_predicate_that_is_interrupted_interrupts() -> None:
    def interrupted(event: Any) -> bool:
        raise KeyboardInterrupt

    app = Router()
    app.iot(when=interrupted).drop()
    with pytest.raises(KeyboardInterrupt):
        app({})


def test_a_predicate_may_be_a_coroutine() -> None:
    async def wet(event: Any) -> bool:
        await asyncio.sleep(0)
        return event["percent"] > 30

    assert takes(MOISTURE, when=wet)
    assert not takes({**MOISTURE, "percent": 3}, when=wet)


def test_only() -> None:
    app = Router()
    app.iot("plants/#").drop()
    app.iot.registry().drop()
    app.invoke()(lambda: "direct")
    things, direct = app.only("iot"), app.only("invoke")
    assert things(MOISTURE) is None
    assert things(THING) is None
    assert direct({"a": 1}) == "direct"
    for entrypoint, sent in ((things, {"a": 1}), (direct, MOISTURE), (direct, THING)):
        with pytest.raises((NoRouteError, UnknownEventError)):
            entrypoint(sent)


def test_include_takes_over_topics_in_their_order() -> None:
    app, other, seen = Router(), Router(), []
    other.iot("plants/{plant}/#")(lambda plant: seen.append(plant))
    other.iot.registry("THING_EVENT")(lambda operation: seen.append(operation))
    app.iot("plants/fern/moisture", when={"percent": [1]}).drop()
    app.include(other)
    app(MOISTURE)
    app(THING)
    assert seen == ["fern", "CREATED"]


def test_add_route() -> None:
    app, seen = Router(), []
    app.add_route(
        "iot",
        lambda plant: seen.append(plant),
        criteria=criteria.topic_filter("topic", lambda e: e["topic"], "a/{plant}"),
    )
    app({"topic": "a/b"})
    assert seen == ["b"]


# -- what is told about it -----------------------------------------------------------------------------------


def test_what_no_topic_is_about_is_told() -> None:
    app = Router()
    app.iot("plants/{plant}/moisture", name="moisture")(lambda plant: None)
    sent = {"topic": "plants/fern/light", "lux": SECRET}
    with pytest.raises(UnknownEventError, match="the nearest route is") as info:
        app(sent)
    assert "topic is 'plants/fern/light'" in str(info.value)
    assert SECRET not in str(info.value)
    told = app.explain(sent)
    assert (told.source, told.suggestion) == (None, "@app.default")
    assert "topic is 'plants/fern/light'" in str(told)
    app = Router()
    app.iot("plants/#", name="plants")(lambda: None)
    app.invoke(when={"a": [1]}, name="direct").drop()
    told = app.explain(sent).to_dict()
    assert (told["source"], told["evidence"]) == (None, "no source claims an object with the keys topic, lux")
    assert [row["route"] for row in told["subjects"][0]["routes"]] == ["plants"]
    assert told["subjects"][0]["route"] == "plants"
    told = app.explain({"topic": "x"}).to_dict()
    assert [row["route"] for row in told["subjects"][0]["routes"]] == ["plants", "direct"]
    assert told["suggestion"] == "@app.invoke()"


def test_the_client_sends_payloads() -> None:
    app, seen = Router(), []
    app.iot("plants/{plant}/+", name="mine")(lambda plant, payload: seen.append((plant, payload)))
    client = Client(app)
    result = client.iot("plants/fern/moisture", {"percent": 31})
    assert seen == [("fern", {"percent": 31, "topic": "plants/fern/moisture"})]
    assert (result.source, result.route, result.response, result.error) == (None, "mine", None, None)
    assert client.iot("animals/cat").route is None
    with pytest.raises(ValueError, match="a payload has a topic"):
        client.iot(payload={"a": 1})


# -- what becomes of it --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [MOISTURE, THING])
def test_what_a_handler_returns_is_ignored(sent: Any) -> None:
    app = Router()
    app.iot()(lambda: {"not": {"serialisable"}})
    assert app(sent) is None


@pytest.mark.parametrize("sent", [MOISTURE, THING])
@pytest.mark.parametrize("raised", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
def test_an_exception_is_raised(raised: BaseException, sent: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.iot()
    def handler(payload: Any) -> None:
        raise raised

    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match=SECRET) as info:
        app(sent)
    assert type(info.value).__name__ == type(raised).__name__
    assert SECRET not in caplog.text
    assert "iot invocation failed" in caplog.text


def test_a_drop_settles_it_and_a_generator_does_not() -> None:
    app = Router()

    @app.iot("drop")
    def drop() -> None:
        raise Drop

    @app.iot("generator")
    def generator() -> Any:
        yield 1

    assert app({"topic": "drop"}) is None
    with pytest.raises(ResultError):
        app({"topic": "generator"})


def test_an_exception_handler_may_settle_it_and_not_answer_it() -> None:
    app = Router()

    @app.exception_handler(ValueError, sources=["iot"])
    def settle(exc: ValueError, invocation: Any) -> str:
        if invocation.event["topic"] == "settle":
            raise Drop
        return "done"

    @app.iot("#")
    def handler() -> None:
        raise ValueError

    assert app({"topic": "settle"}) is None
    with pytest.raises(ValueError):
        app(MOISTURE)


def test_middleware_and_coroutines() -> None:
    app, seen = Router(), []
    app.use(lambda invocation, call_next: seen.append(invocation.source) or call_next(invocation))

    @app.iot(
        "plants/{plant}/#",
        middleware=[lambda i, call_next: seen.append(i.route.name) or call_next(i)],
        name="r",
    )
    async def handler(plant: str) -> None:
        seen.append(plant)

    app(MOISTURE)
    assert seen == ["iot", "r", "fern"]


# -- the registry --------------------------------------------------------------------------------------------


def test_each_part_of_a_registry_event() -> None:
    found = given_to(
        "payload, topic, event_type, operation, event, context, invocation", THING, registry="THING_EVENT"
    )
    invocation = found.pop("invocation")
    assert found == {
        "payload": THING,
        "topic": None,
        "event_type": "THING_EVENT",
        "operation": "CREATED",
        "event": THING,
        "context": None,
    }
    assert (invocation.source, invocation.correlation_id) == ("iot", "e-1")


def test_powertools_reads_the_same() -> None:
    found = given_to("event: IoTCoreThingEvent, payload: IoTCoreThingEvent", THING, registry="*")
    assert found["event"].thing_name == found["payload"].thing_name == "sensor-7"


@pytest.mark.parametrize(
    ("event_type", "options", "expected"),
    [
        ("THING_EVENT", {}, True),
        ("*", {}, True),
        ("THING_*", {}, True),
        (["THING_GROUP_EVENT", "THING_EVENT"], {}, True),
        ("THING_GROUP_*", {}, False),
        ("THING_TYPE_EVENT", {}, False),
        ("*", {"operation": "CREATED"}, True),
        ("*", {"operation": ["ADDED", "CREATED"]}, True),
        ("*", {"operation": "DELETED"}, False),
        ("*", {"pattern": {"attributes": {"bench": ["2"]}}}, True),
        ("*", {"pattern": {"thingName": [{"prefix": "valve"}]}}, False),
    ],
)
def test_criteria_of_the_registry(event_type: Any, options: Any, expected: bool) -> None:
    app, seen = Router(), []
    app.iot.registry(event_type, **options)(lambda: seen.append("registry"))
    app.default(lambda: seen.append("default"))
    app(THING)
    app(MOISTURE)
    assert seen == ["registry" if expected else "default", "default"]


def test_a_registry_event_meets_the_routes_in_order() -> None:
    app, seen = Router(), []
    app.iot.registry(operation="DELETED")(lambda: seen.append("deleted"))
    app.iot("$aws/events/thing/{thing}/+")(lambda thing: seen.append(thing))
    app.iot.registry()(lambda: seen.append("rest"))
    app.invoke()(lambda: pytest.fail("called"))
    topic = "$aws/events/thing/sensor-7/created"
    for sent in ({**THING, "operation": "DELETED", "topic": topic}, {**THING, "topic": topic}, THING):
        assert detect(sent) == "iot"
        app(sent)
    assert seen == ["deleted", "sensor-7", "rest"]


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.iot.registry(["THING_GROUP_*"]).drop()
    with pytest.raises(DuplicateRouteError):
        groups = ["THING_GROUP_EVENT", "THING_GROUP_MEMBERSHIP_EVENT", "THING_GROUP_HIERARCHY_EVENT"]
        app.iot.registry(groups).drop()
    for bad in ("THING_EVNT", "thing_event", ["THING_EVENT", "X*"]):
        with pytest.raises(ConfigurationError, match="the registry's are THING_EVENT"):
            app.iot.registry(bad).drop()
    for bad in (None, "", [], 7, lambda payload: None):
        with pytest.raises(ConfigurationError, match="event_type"):
            app.iot.registry(bad).drop()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="parentheses"):
        app.iot(lambda payload: None)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="when is an event pattern"):
        app.iot(when="x").drop()  # type: ignore[arg-type]
    assert repr(app.routes) == "(<iot(event_type=['THING_GROUP_*']) -> dropped>,)"


@pytest.mark.parametrize("odd", [None, True, 0, 1.5, [], {}, ["THING_EVENT"]], ids=repr)
@pytest.mark.parametrize("key", ["eventType", "operation", "eventId"])
def test_what_is_no_registry_event_is_not_detected(key: str, odd: Any) -> None:
    assert detect({**THING, key: odd}) is None
    assert detect({k: v for k, v in THING.items() if k != key}) is None
    assert detect({**THING, "eventType": "SyncTrigger"}) is None
    assert detect({**THING, "eventType": "connected"}) is None
    assert detect([THING]) is None


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["topic", "eventType", "eventId", "operation", "a"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    )
)
def test_any_event_is_taken_or_not_and_explained(sent: Any) -> None:
    for event in (sent, {**THING, "topic": sent, "attributes": sent}):
        app = Router()
        app.iot("a/{x}/#", when={"a": [1]})(lambda x: None)
        app.iot("+", pattern={"topic": ["a"]})(lambda topic: None)
        app.iot.registry("THING_*", operation="x", pattern={"attributes": {"a": [1]}}).drop()
        app.iot()(lambda payload, topic: None)
        json.dumps(app.explain(event).to_dict())
        assert app(event) is None


def test_the_decorator_to_write_matches() -> None:
    for sent in SAMPLES.values():
        with pytest.raises(NoRouteError) as info:
            Router()(sent)
        decorator = info.value.suggestion
        assert decorator == f'@app.iot.registry("{sent["eventType"]}")'
        app, seen = Router(), []
        exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
        app(sent)
        assert seen == [1]


def test_a_registry_event_inside_a_message_and_no_other_payload() -> None:
    app, seen = Router(), []
    app.iot.registry()(lambda payload: seen.append(payload["thingName"]))
    app.iot()(lambda payload: seen.append("any"))
    client = Client(app)
    assert client.sqs("things", [THING]).error is None
    assert client.sns("things", THING).error is None
    assert seen == ["sensor-7", "sensor-7"]
    assert client.sqs("things", [MOISTURE]).failed
    assert seen == ["sensor-7", "sensor-7"]


# -- samples and real events ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_handled(name: str) -> None:
    kind = SAMPLES[name]["eventType"]
    found = given_to("event_type, operation, payload", SAMPLES[name], registry=kind)
    assert found == {"event_type": kind, "operation": SAMPLES[name]["operation"], "payload": SAMPLES[name]}
    one = made("iot", event_type=kind)
    assert one.keys() == SAMPLES[name].keys()
    assert given_to("event_type", one, registry=kind) == {"event_type": kind}


def test_events_that_are_made() -> None:
    one = made(
        "iot.thing_group_membership",
        group="g",
        thing="t",
        operation="REMOVED",
        event_id="e",
        region="cn-north-1",
    )
    assert (one["operation"], one["eventId"]) == ("REMOVED", "e")
    assert one["groupArn"].endswith(":cn-north-1:123456789012:thinggroup/g")
    assert one["thingArn"].endswith(":thing/t")
    assert made("iot", thing="t", attributes={"a": "b"})["attributes"] == {"a": "b"}
    assert made("iot", topic="a/b", payload={"c": 1}) == {"topic": "a/b", "c": 1}
    with pytest.raises(ValueError, match="there is no event type 'X'"):
        made("iot", event_type="X")


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "iot"]
    assert len(files) >= 2
    for file in labels:
        sent = json.loads((shared_events / file).read_text())
        assert Iot.recognise(sent) is (file in files), file
        if file in files:
            found = given_to("event_type, operation, payload", sent, registry="THING_*")
            assert found == {"event_type": sent["eventType"], "operation": sent["operation"], "payload": sent}
