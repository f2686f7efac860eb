"""Explanations: what is printed can be pasted, and then it matches."""

from __future__ import annotations

import json
from typing import Any

import pytest
from events import bridge, http, s3, sqs
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import NoRouteError, Router, UnknownEventError
from lambda_router.testing import Client
from lambda_router.testing.events import samples


def pasted(decorator: str, app: Router) -> list[Any]:
    """Execute a decorator above a handler, as a user would paste it; what the handler is called with."""
    seen: list[Any] = []
    exec(f"{decorator}\ndef handler(event):\n    seen.append(event)\n", {"app": app, "seen": seen})
    return seen


ANSWERED = {"config.deleted", "config.left_scope"}
"""Events that need a route and no handler: of resources that are gone nothing is left to judge."""


@pytest.mark.parametrize(("name", "event"), [(name, event) for name, event, _ in samples()])
def test_the_decorator_that_is_printed_takes_the_sample(name: str, event: Any) -> None:
    explanation = Router().explain(event)
    if explanation.noise:
        assert explanation.suggestion is None
        return
    app, decorators = Router(), 0
    assert explanation.suggestion is not None
    while decorator := app.explain(event).suggestion:  # one for each queue of an event that has several
        seen = pasted(decorator, app)
        decorators += 1
        assert decorators <= len(explanation.subjects)
    Client(app).send(event)  # None, which this handler returns, is not an answer to everybody
    assert seen or name in ANSWERED, decorator
    assert all(subject.taken for subject in app.explain(event).subjects)


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "*",
        "a*b",
        "\\",
        "a\\*",
        "'",
        '"',
        "\n",
        "\\n",
        "{x}",
        "{",
        "}",
        "%2F",
        "%",
        "a/b",
        "..",
        "é",
        "\u2028",
        " ",
        "\0",
    ]
)


@settings(max_examples=300, deadline=None)
@given(HOSTILE, HOSTILE, st.sampled_from(["GET", "POST", "PROPFIND", "get"]))
def test_hostile_names_are_quoted_and_escaped(one: str, other: str, method: str) -> None:
    for event in (
        sqs(1, queue=one),
        s3("key", bucket=one),
        bridge({}, source=one, detail_type=other),
        {
            **bridge({}, source="aws.events", detail_type="Scheduled Event"),
            "resources": [f"arn:a:b:c:d:rule/{one}"],
        },
        http(f"/{one}/{other}", method),
    ):
        app = Router()
        suggestion = app.explain(event).suggestion
        if suggestion is None:
            assert app(event)["statusCode"] == 400  # a path that is not safe, or no path at all
            continue
        seen = pasted(suggestion, app)
        answer = app(event)
        if event.get("rawPath") and not seen:
            assert answer["statusCode"] == 400
            continue
        assert seen == [event], suggestion
        narrow = Router()
        pasted(suggestion, narrow)
        if one not in ("", "*"):
            with pytest.raises(NoRouteError):
                narrow(
                    sqs(1, queue=f"{one}x")
                    if "Records" in event and "body" in event["Records"][0]
                    else s3("k", bucket=f"{one}x")
                )


def test_an_explanation_says_which_criterion_failed_and_what_was_seen() -> None:
    app = Router()

    @app.s3("uploads", key="images/*.jpg", event="ObjectCreated:*", name="images")
    def images(key: str) -> None: ...

    @app.s3("uploads", name="rest")
    def rest(key: str) -> None: ...

    @app.s3("*", name="all")
    def everything(key: str) -> None: ...

    found = app.explain(s3("notes/a+b.txt"))
    assert found.source == "s3"
    assert found.evidence == "Records[0].eventSource=aws:s3"
    (subject,) = found.to_dict()["subjects"]
    assert subject["route"] == "rest"
    assert subject["shadowed"] == ["all"]
    first = subject["routes"][0]
    assert (first["failed"], first["wanted"], first["seen"]) == ("key", "images/*.jpg", "notes/a b.txt")
    assert "key is 'notes/a b.txt'" in str(found)
    assert "shadowed" in str(found)
    json.dumps(found.to_dict())


def test_an_explanation_neither_freezes_nor_calls() -> None:
    app = Router()
    app.sqs("orders")(lambda body: pytest.fail("must not be called"))
    assert app.explain(sqs(1)).suggestion is None
    app.sqs("late")(lambda body: None)


def test_an_explanation_of_http() -> None:
    app = Router()
    app.get("/orders/{order_id:int}")(lambda order_id: "ok")
    assert app.explain(http("/orders/7")).suggestion is None
    found = app.explain(http("/orders/x"))
    assert found.suggestion == '@app.get("/orders/x")'
    assert found.to_dict()["subjects"][0]["routes"][0]["failed"] == "path"
    found = app.explain(http("/orders/7", "POST"))
    assert found.to_dict()["subjects"][0]["routes"][0]["failed"] == "methods"
    assert found.suggestion == '@app.post("/orders/7")'


@pytest.mark.parametrize("event", [None, 1, "x", [], {"a": 1}])
def test_an_unknown_event_is_the_defaults(event: Any) -> None:
    app = Router()
    found = app.explain(event)
    assert found.source is None
    assert found.suggestion == "@app.default"
    assert "no source claims" in str(found)
    seen = pasted("@app.default", app)
    app(event)
    assert seen == [event]
    with pytest.raises(UnknownEventError):
        Router()(event)


class Order(BaseModel):
    id: int
    total: float


def calls() -> Router:
    """An app with a direct call's route of every kind."""
    app = Router()
    app.invoke(when={"task": ["resize"], "width": [{"numeric": [">", 100]}]}, name="pattern").drop()
    app.invoke(when=lambda event: event["kind"] == "a", name="predicate").drop()
    app.invoke(when=Order, name="model").drop()
    app.invoke(when=list, name="type").drop()
    return app


@pytest.mark.parametrize(
    ("event", "reasons"),
    [
        (
            {"task": "resize", "width": 7, "kind": "b", "id": "x"},
            [
                "when: $.width is 7",
                "when: it answers false",
                "when: event does not validate: id: Input should be a valid integer, unable to parse string as an integer; "
                "total: Field required",
                "when: it is dict",
            ],
        ),
        (
            {"task": "resize"},
            [
                "when: $.width is absent",
                "when: it raises KeyError",
                "when: event does not validate: id: Field required; total: Field required",
                "when: it is dict",
            ],
        ),
        (
            None,
            [
                "when: $ is None",
                "when: it raises TypeError",
                "when: event does not validate: event: Input should be a valid dictionary or instance of Order",
                "when: it is NoneType",
            ],
        ),
    ],
)
def test_an_explanation_of_a_direct_call_says_why_each_route_failed(event: Any, reasons: list[str]) -> None:
    app = calls()
    found = app.explain(event)
    assert (found.source, found.noise) == (None, False)
    assert found.evidence.startswith("no source claims ")
    (subject,) = found.to_dict()["subjects"]
    assert [row["reason"] for row in subject["routes"]] == reasons
    assert [row["failed"] for row in subject["routes"]] == ["when"] * 4
    assert [row["wanted"] for row in subject["routes"]][1:] == ["calls.<locals>.<lambda>", "Order", "list"]
    assert (subject["route"], subject["suggestion"]) == (None, "@app.invoke()")
    assert found.suggestion == "@app.invoke()"
    assert all(reason in str(found) for reason in reasons)
    assert json.loads(json.dumps(found.to_dict()))["source"] is None
    seen = pasted(found.suggestion, app)
    app(event)
    assert seen == [event]


def test_an_explanation_of_a_direct_call_says_who_takes_it_and_who_is_shadowed() -> None:
    app = calls()
    app.invoke(name="rest").drop()
    app.default(lambda event: None)
    found = app.explain({"id": 1, "total": 2, "kind": "a"})
    (subject,) = found.to_dict()["subjects"]
    assert (subject["route"], subject["shadowed"]) == ("predicate", ["model", "rest"])
    assert found.suggestion is None
    assert "shadowed by the route taken: <invoke(when=Order) -> dropped>" in str(found)
    (rest,) = app.explain([]).to_dict()["subjects"]
    assert rest["route"] == "type"
    app = calls()
    app.default(lambda event: None)
    found = app.explain({})
    assert (found.subjects[0].taken, found.suggestion) == (app.default_route, None)
    assert "<default() -> " in str(found)


def test_an_explanation_of_a_pattern_says_where_it_fails() -> None:
    app = Router()
    app.eventbridge(detail={"total": [{"numeric": [">", 100]}]}, name="big").drop()
    app.sqs("orders", pattern={"body": {"kind": ["a"]}}).drop()
    (row,) = app.explain(bridge({"total": 7})).to_dict()["subjects"][0]["routes"]
    assert (row["failed"], row["seen"], row["reason"]) == ("detail", 7, "detail: $.total is 7")
    (row,) = app.explain(sqs({"other": 1})).to_dict()["subjects"][0]["routes"]
    assert (row["failed"], row["seen"]) == ("pattern", None)
    assert row["reason"] == "pattern: $.body.kind is absent"
    with pytest.raises(NoRouteError) as info:
        app(bridge({"total": "secret"}))
    assert "$.total" in str(info.value)
    assert "secret" not in str(info.value)


def test_an_error_for_an_unclaimed_event_names_both_decorators() -> None:
    with pytest.raises(UnknownEventError) as info:
        Router()({"task": "secret"})
    assert "an object with the keys task" in str(info.value)
    assert "@app.invoke()" in str(info.value)
    assert "@app.default" in str(info.value)
    assert "secret" not in str(info.value)
    for decorator in ("@app.invoke()", "@app.default"):
        app = Router()
        seen = pasted(decorator, app)
        app({"task": "secret"})
        assert seen == [{"task": "secret"}]


def test_many_records_are_explained_up_to_a_bound() -> None:
    found = Router().explain(sqs(*range(500)))
    assert len(found.subjects) == 10
