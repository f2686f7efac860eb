"""Explanations: what is printed can be pasted, and then it matches."""

from __future__ import annotations

import json
from typing import Any

import pytest
from events import bridge, http, s3, sqs
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router import NoRouteError, Router, UnknownEventError
from lambda_router.testing.events import samples


def pasted(decorator: str, app: Router) -> list[Any]:
    """Execute a decorator above a handler, as a user would paste it; what the handler is called with."""
    seen: list[Any] = []
    exec(f"{decorator}\ndef handler(event):\n    seen.append(event)\n", {"app": app, "seen": seen})
    return seen


@pytest.mark.parametrize(("name", "event"), [(name, event) for name, event, _ in samples()])
def test_the_decorator_that_is_printed_takes_the_sample(name: str, event: Any) -> None:
    explanation = Router().explain(event)
    if explanation.noise:
        assert explanation.suggestion is None
        return
    app = Router()
    assert explanation.suggestion is not None
    seen = pasted(explanation.suggestion, app)
    app(event)
    assert seen, explanation.suggestion
    assert app.explain(event).suggestion is None


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


def test_many_records_are_explained_up_to_a_bound() -> None:
    found = Router().explain(sqs(*range(500)))
    assert len(found.subjects) == 10
