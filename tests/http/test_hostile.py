"""Events with the wrong type at any depth, and failures full of secrets: an answer, and never the secret."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import FORMS
from contracts import MODELS, ask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import HTTPError, Request, Router, UnknownEventError, detect
from lambda_router.testing import LambdaContext, event
from lambda_router.testing.events import samples

WRONG: list[Any] = [
    None,
    True,
    0,
    -1.5,
    "",
    "x",
    "\ud800",
    [],
    ["x"],
    [None],
    [[]],
    {},
    {"x": "y"},
    {"": None},
    {"x": [1]},
]


class Order(BaseModel):
    id: int


def greedy() -> Router:
    """An app whose handlers ask for all that there is."""
    app = Router(base_path="/v1")

    @app.http("/{rest:path}", methods=["GET", "POST", "PUT"])
    def handler(rest: str, request: Request, query: dict, headers: dict, cookies: dict, claims: dict) -> Any:  # type: ignore[type-arg]
        seen = [request.client_ip, request.stage, request.raw_path, request.path, request.source, claims]
        return [rest, query, headers, cookies, *seen, len(request.body), request.query.all("q")]

    @app.post("/orders/{id}")
    def order(id: int, order: Order | None, q: list[str] = [], host: Any = None) -> Any:
        return [id, order, q]

    app.get("/host", host="example.com")(lambda: "host")
    return app


APP = greedy()


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where in a document something can be replaced."""
    if path:
        yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from paths(value[key], (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    document = copy.deepcopy(document)
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if value is Ellipsis:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return document


def check(sent: Any) -> str | None:
    """Send an event: the source that claimed it, with an answer that its caller takes; None if nobody claims
    it."""
    source = detect(sent)
    if source is None or source not in MODELS:
        with pytest.raises(UnknownEventError):
            APP(sent)
        return None
    answer = APP(sent, None)
    assert MODELS[source](answer, sent if _has_a_style(sent) else {}) is None, answer
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    return source


def _has_a_style(sent: Any) -> bool:
    return isinstance(sent.get("multiValueHeaders"), dict)


FULL = {
    form: event(
        form,
        path="/orders/7",
        method="POST",
        query=[("q", "a"), ("q", "b")],
        headers={"x-a": "1"},
        cookies={"c": "1"},
        body={"id": 1},
    )
    for form in FORMS
}


def test_every_value_of_the_wrong_type(form: str) -> None:
    claimed = 0
    for path in paths(FULL[form]):
        for wrong in [..., *WRONG]:
            claimed += check(replaced(FULL[form], path, wrong)) is not None
    assert claimed > 200


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_several_wrong_values_at_once(data: st.DataObject) -> None:
    sent = FULL[data.draw(st.sampled_from(FORMS))]
    for _ in range(data.draw(st.integers(1, 5))):
        found = list(paths(sent))
        if not found:
            break
        sent = replaced(sent, data.draw(st.sampled_from(found)), data.draw(st.sampled_from([..., *WRONG])))
    check(sent)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FORMS), st.dictionaries(st.text(max_size=5), JSON, max_size=2), JSON, JSON, JSON)
def test_any_json_in_the_places_of_a_request(
    form: str, more: Any, headers: Any, query: Any, body: Any
) -> None:
    sent = {**FULL[form], **more, "body": body, "headers": headers, "cookies": query}
    for key in (
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "query_string_parameters",
        "rawQueryString",
    ):
        if key in sent:
            sent[key] = query
    check(sent)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FORMS), st.text(st.characters(), max_size=40))
def test_any_path(form: str, path: str) -> None:
    key = {"vpc_lattice": "raw_path", "api_gateway_http": "rawPath", "function_url": "rawPath"}.get(
        form, "path"
    )
    assert check({**FULL[form], key: path}) == form.partition(".")[0]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FORMS), st.text(st.characters(), max_size=60))
def test_any_cookie_and_query_text(form: str, text: str) -> None:
    sent = copy.deepcopy(FULL[form])
    for key in ("headers", "multiValueHeaders"):
        if isinstance(sent.get(key), dict):
            sent[key]["cookie"] = [text] if isinstance(next(iter(sent[key].values())), list) else text
    if "rawQueryString" in sent:
        sent["rawQueryString"] = text
    check(sent)


# -- secrets -----------------------------------------------------------------------------------------------

CANARY = "canary-5f1c"
TRIGGERS = ("Authorization", "Cookie", "X-Api-Key", "X-Amz-Security-Token")


class _Loud(type):
    def __repr__(cls) -> str:
        return CANARY


def failing(kind: str) -> Router:
    """An app that fails with the canary in every place that an exception has."""
    app = Router()

    @app.http("/{rest:path}", methods=["GET", "POST"])
    def handler(rest: str, request: Request) -> Any:
        secret = CANARY
        cls = type(f"Canary_{kind}_Error", (ValueError,), {"note": secret})
        if kind == "text":
            raise cls(secret, {"password": secret})
        if kind == "cause":
            raise cls("outer") from KeyError(secret)
        if kind == "group":
            raise ExceptionGroup(secret, [cls(secret)])
        if kind == "class":
            raise _Loud(CANARY, (Exception,), {"__str__": lambda self: secret})()
        if kind == "result":
            return {"a": {1: secret}}
        if kind == "object":
            return type("Canary", (), {"__repr__": lambda self: secret})()
        if kind == "header":
            return "x", 200, {"x-a": f"{secret}\n"}
        if kind == "name":
            return "x", 200, {f"{secret} x": "1"}
        if kind == "status":
            return "x", 10**6
        if kind == "detail":
            raise HTTPError(400, {secret: object()})
        if kind == "surrogate":
            return f"{secret}\ud800"
        return request.json()[secret]

    return app


@pytest.mark.parametrize(
    "kind",
    [
        "text",
        "cause",
        "group",
        "class",
        "result",
        "object",
        "header",
        "name",
        "status",
        "detail",
        "surrogate",
        "key",
    ],
)
def test_no_secret_is_in_an_answer_or_a_log(form: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    app = failing(kind)
    sent = event(
        form,
        path=f"/{CANARY}",
        method="POST",
        query={"token": CANARY},
        headers={name: CANARY for name in TRIGGERS if name != "Cookie"},
        cookies={"session": CANARY},
        body={"password": CANARY},
    )
    with caplog.at_level(logging.DEBUG):
        answer = ask(app, sent, LambdaContext())
    assert answer.status == 500
    assert answer.json()["correlation_id"]
    shown = json.dumps(answer.response) + "".join(record.getMessage() for record in caplog.records)
    assert shown.replace("test_no_secret", "").count(CANARY) == (1 if kind == "class" else 0)
    assert CANARY not in json.dumps(answer.response)
    assert len(caplog.records) == 1


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FORMS), st.text(st.characters(), max_size=20), st.text(st.characters(), max_size=20))
def test_no_text_of_an_exception_gets_out(form: str, message: str, header: str) -> None:
    app = Router()

    @app.post("/orders/7")
    def handler() -> None:
        raise RuntimeError(f"{CANARY}{message}", header)

    answer = ask(app, {**FULL[form], "body": f"{CANARY}{header}"})
    assert answer.status == 500
    assert CANARY not in answer.text


def test_a_hostile_correlation_id_is_one_printable_line(caplog: pytest.LogCaptureFixture) -> None:
    app = Router()
    app.get("/")(lambda: 1 / 0)
    for form, place in (
        ("alb", ("headers", "x-amzn-trace-id")),
        ("function_url", ("requestContext", "requestId")),
    ):
        sent = event(form, path="/")
        sent[place[0]][place[1]] = "id\r\nforged\x1b[0m\u2028\ud800" + "x" * 10_000
        identifier = ask(app, sent).json()["correlation_id"]
        assert identifier.isprintable()
        assert len(identifier) <= 200
    assert all(record.getMessage().isprintable() for record in caplog.records)
    assert len(caplog.records) == 2


# -- the samples that others wrote, and ours ---------------------------------------------------------------


def reach(sent: Any, source: str) -> None:
    """The event is of one source, and reaches a handler that is registered for its path."""
    claiming = [room.name for room in Router.everything().rooms if room.recognise(sent)]
    assert claiming == [source] == [detect(sent)]
    path = sent.get("rawPath") or sent.get("raw_path") or sent.get("path") or "/"
    for before in (
        f"/{sent.get('requestContext', {}).get('stage')}/",
        "/shop/",
    ):  # a stage; our custom domain
        path = path.removeprefix(before[:-1]) if path.startswith(before) else path
    method = sent.get("httpMethod") or sent.get("method") or sent["requestContext"]["http"]["method"]
    app = Router()
    app.http(unquote(path), methods=[method])(lambda request: [request.method, request.source])
    assert ask(app, sent, LambdaContext()).json() == [method, source]


def test_labelled_events_of_others_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("no collection of sample events here")
    labels = json.loads((shared_events / "labels.json").read_text("utf-8"))
    found = 0
    for file, label in labels.items():
        if label["source"] in MODELS:
            reach(json.loads((shared_events / file).read_text("utf-8")), label["source"])
            found += 1
    assert found > 30


def test_events_of_other_sources_are_not_http(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("no collection of sample events here")
    labels = json.loads((shared_events / "labels.json").read_text("utf-8"))
    rooms = [room for room in Router.everything().rooms if room.name in MODELS]
    for file, label in labels.items():
        if label["source"] not in MODELS:
            sent = json.loads((shared_events / file).read_text("utf-8"))
            assert not [room.name for room in rooms if room.recognise(sent)], file


def test_our_own_samples_reach_a_handler() -> None:
    found = [(name, sent) for name, sent, _ in samples() if name.partition(".")[0] in MODELS]
    assert len(found) > 20
    for name, sent in found:
        reach(sent, name.partition(".")[0])
