"""What pydantic holds the parts of a request to, in every place, and what a refusal tells."""

from __future__ import annotations

import enum
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from conftest import Send
from contracts import ask
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, Json, StringConstraints, field_validator

from lambda_router import Cookie, Form, HandlerSignatureError, Header, Query, Router
from lambda_router.testing import event

PLACES = ("path", "query", "header", "cookie", "form")
MARKERS = {"query": Query(), "header": Header(), "cookie": Cookie(), "form": Form()}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def findings(answer: Any) -> list[tuple[str, str]]:
    """The places and kinds of a 422, whose document is what RFC 9457 wants."""
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    document = answer.json()
    assert document.keys() == {"type", "title", "status", "errors"}
    assert all(error.keys() == {"loc", "type", "msg"} for error in document["errors"])
    return [(".".join(map(str, error["loc"])), error["type"]) for error in document["errors"]]


def put(send: Send, handler: Any, place: str, value: str) -> Any:
    """The answer of a handler that asks for `value`, sent in one place of a request."""
    app = Router()
    path = "/{value}" if place == "path" else "/"
    app.http(path, methods=["GET", "POST"])(handler)
    parts: dict[str, dict[str, Any]] = {
        "path": {"path": f"/{value}"},
        "query": {"query": {"value": value}},
        "header": {"headers": {"value": value}},
        "cookie": {"cookies": {"value": value}},
        "form": {"method": "POST", "body": f"value={value}", "headers": FORM},
    }
    given = {"method": "GET", "path": "/", **parts[place]}
    return send(app, given.pop("method"), given.pop("path"), **given)


CONSTRAINTS: list[tuple[Any, str, str, str]] = [
    (Annotated[int, Field(ge=1, le=9)], "9", "10", "less_than_equal"),
    (Annotated[int, Field(multiple_of=5)], "15", "16", "multiple_of"),
    (Annotated[float, Field(gt=0)], "0.5", "0", "greater_than"),
    (Annotated[str, Field(min_length=2)], "ab", "a", "string_too_short"),
    (Annotated[str, Field(pattern="^[a-z]+$")], "ab", "A", "string_pattern_mismatch"),
    (Annotated[str, StringConstraints(max_length=2)], "ab", "abc", "string_too_long"),
    (Annotated[Decimal, Field(decimal_places=1)], "1.5", "1.55", "decimal_max_places"),
    (Literal["a", "b"], "a", "c", "literal_error"),
    (UUID, "0ea3c7a0-0000-4000-8000-00000000000f", "x", "uuid_parsing"),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("kind", "right", "wrong", "said"), CONSTRAINTS)
def test_constraints(send: Send, place: str, kind: Any, right: str, wrong: str, said: str) -> None:
    def handler(value: Any) -> Any:
        return [str(value)]

    handler.__annotations__["value"] = kind if place == "path" else Annotated[kind, MARKERS[place]]
    assert put(send, handler, place, right).json() == [right]
    assert findings(put(send, handler, place, wrong)) == [(f"{place}.value", said)]


@pytest.mark.parametrize("place", ["query", "header", "form"])
def test_constraints_on_several_values(send: Send, place: str) -> None:
    def handler(value: Any) -> Any:
        return value

    handler.__annotations__["value"] = Annotated[list[int], MARKERS[place], Field(max_length=2)]
    assert put(send, handler, place, "1").json() == [1]
    assert findings(put(send, handler, place, "x")) == [(f"{place}.value.0", "int_parsing")]


# -- models of a place -------------------------------------------------------------------------------------


class Common(BaseModel):
    user_agent: str
    x_page: int = Field(default=1, ge=1)
    accept: list[str] = []
    trace: str | None = Field(default=None, alias="x-trace-id")


class Session(BaseModel):
    model_config = ConfigDict(extra="forbid")

    session: str
    size: int = 10


class Search(BaseModel):
    q: str
    tag: list[str] = []


def test_headers_as_a_model(send: Send) -> None:
    def handler(common: Annotated[Common, Header()]) -> Any:
        return common

    app = Router()
    app.get("/")(handler)
    sent = {"User-Agent": "x/1", "X-Page": "2", "Accept": "text/html", "X-Trace-Id": "t", "other": "o"}
    seen = {"user_agent": "x/1", "x_page": 2, "accept": ["text/html"], "x-trace-id": "t"}
    assert send(app, "GET", "/", headers=sent).json() == seen
    assert findings(send(app, "GET", "/", headers={**sent, "X-Page": "0"})) == [
        ("header.x_page", "greater_than_equal")
    ]


def test_cookies_as_a_model(send: Send) -> None:
    def handler(session: Annotated[Session, Cookie()]) -> Any:
        return session

    app = Router()
    app.get("/")(handler)
    assert send(app, "GET", "/", cookies={"session": "s", "size": 5}).json() == {"session": "s", "size": 5}
    assert findings(send(app, "GET", "/")) == [("cookie.session", "missing")]
    assert findings(send(app, "GET", "/", cookies={"session": "s", "x": 1})) == [
        ("cookie.x", "extra_forbidden")
    ]


def test_the_query_as_a_model_under_any_name(send: Send) -> None:
    def handler(search: Annotated[Search, Query()], raw: Annotated[dict[str, str], Query()]) -> Any:
        return [search, raw]

    app = Router()
    app.get("/")(handler)
    sent = {"q": "x", "tag": "a"}
    assert send(app, "GET", "/", query=sent).json() == [{"q": "x", "tag": ["a"]}, sent]
    assert findings(send(app, "GET", "/")) == [("query.q", "missing")]


def test_a_model_that_need_not_be_there(send: Send) -> None:
    def handler(
        one: Annotated[Search | None, Query()],
        other: Annotated[Session, Cookie()] = Session(session="default"),
        query: Search = Search(q="none"),
    ) -> Any:
        return [one, other.session, query.q]

    app = Router()
    app.get("/")(handler)
    assert send(app, "GET", "/").json() == [None, "default", "none"]
    assert send(app, "GET", "/?q=x", cookies={"session": "s"}).json() == [{"q": "x", "tag": []}, "s", "x"]
    assert findings(send(app, "GET", "/?tag=x")) == [("query.q", "missing")]


@pytest.mark.parametrize("marker", [Query("x"), Header("x"), Cookie("x"), Form("x")])
def test_a_model_of_a_place_has_no_alias(marker: Any) -> None:
    def handler(search: Any) -> None: ...

    handler.__annotations__["search"] = Annotated[Search, marker]
    with pytest.raises(HandlerSignatureError, match=f"is all of the {marker.place}"):
        Router().post("/")(handler)


# -- bodies ------------------------------------------------------------------------------------------------


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


def test_a_discriminated_union(send: Send) -> None:
    def handler(pet: Pet) -> Any:
        return [type(pet).__name__]

    app = Router()
    app.post("/")(handler)
    assert send(app, "POST", "/", body={"kind": "cat", "lives": 9}).json() == ["Cat"]
    assert send(app, "POST", "/", body={"kind": "dog", "name": "x"}).json() == ["Dog"]
    assert findings(send(app, "POST", "/", body={"kind": "cat", "lives": 10})) == [
        ("body.cat.lives", "less_than_equal")
    ]
    refused = send(app, "POST", "/", body={"kind": "canary"})
    assert findings(refused) == [("body", "union_tag_invalid")]
    assert refused.json()["errors"][0]["msg"] == "Input tag is none of the expected tags: 'cat', 'dog'"
    assert findings(send(app, "POST", "/", body={})) == [("body", "union_tag_not_found")]


class AllEqual(type(BaseModel)):  # type: ignore[misc]
    """A class of models that are all equal; their hashes are, too."""

    def __eq__(cls, other: object) -> bool:
        return isinstance(other, AllEqual)

    def __hash__(cls) -> int:
        return 1


class Unhashable(type(BaseModel)):  # type: ignore[misc]
    """A class of models without a hash."""

    def __eq__(cls, other: object) -> bool:
        return cls is other


@pytest.mark.parametrize("kind", [AllEqual, Unhashable])
def test_models_are_told_apart_whatever_their_class_says(send: Send, kind: Any) -> None:
    app = Router()
    for name in ("a", "b"):
        model = kind(name, (BaseModel,), {"__annotations__": {name: int}, "__module__": __name__})

        def handler(sent: Any) -> Any:
            return sent.model_dump()

        handler.__annotations__["sent"] = model
        app.post(f"/{name}")(handler)
    for name in ("a", "b"):
        assert send(app, "POST", f"/{name}", body={name: 1}).json() == {name: 1}


def test_a_body_that_need_not_be_there(send: Send) -> None:
    def optional(pet: Cat | None) -> Any:
        return [pet and pet.lives]

    def with_default(pet: Cat = Cat(kind="cat", lives=1)) -> Any:
        return [pet.lives]

    def required(pet: Cat) -> Any: ...

    app = Router()
    for path, handler in (("/o", optional), ("/d", with_default), ("/r", required)):
        app.post(path)(handler)
    body = {"kind": "cat", "lives": 7}
    assert [send(app, "POST", path).json() for path in ("/o", "/d")] == [[None], [1]]
    assert [send(app, "POST", path, body=body).json() for path in ("/o", "/d")] == [[7], [7]]
    assert send(app, "POST", "/o", body="null").json() == [None]
    assert findings(send(app, "POST", "/r")) == [("body", "missing")]
    assert [findings(send(app, "POST", path, body="{")) for path in ("/o", "/d", "/r")] == [
        [("body", "json_invalid")]
    ] * 3


def test_bodies_that_are_lists(send: Send) -> None:
    app = Router()

    @app.post("/cats")
    def cats(cats: Annotated[list[Cat], Field(max_length=2)]) -> Any:
        return [cat.lives for cat in cats]

    @app.post("/numbers")
    def numbers(body: list[int]) -> Any:
        return body

    cat = {"kind": "cat", "lives": 7}
    assert send(app, "POST", "/cats", body=[cat, cat]).json() == [7, 7]
    assert findings(send(app, "POST", "/cats", body=[cat] * 3)) == [("body", "too_long")]
    assert findings(send(app, "POST", "/cats", body=[cat, {"kind": "cat"}])) == [("body.1.lives", "missing")]
    assert findings(send(app, "POST", "/cats", body=cat)) == [("body", "list_type")]
    assert send(app, "POST", "/numbers", body=[1, 2]).json() == [1, 2]
    assert findings(send(app, "POST", "/numbers", body=["x"])) == [("body.0", "int_parsing")]


# -- what a refusal tells ----------------------------------------------------------------------------------


class Colour(enum.Enum):
    RED = "red"


class Everything(BaseModel):
    whole: int
    part: float
    on: bool
    when: datetime
    id: UUID
    colour: Colour
    literal: Literal["a"]
    short: Annotated[str, Field(max_length=1)]
    pattern: Annotated[str, Field(pattern="^x$")]
    amount: Decimal
    document: Json[int]
    pet: Pet
    nested: list[Cat]
    checked: int

    @field_validator("checked", mode="before")
    @classmethod
    def check(cls, value: Any) -> int:
        raise ValueError("is never right")


CANARY = "canary5f1c"
WRONG = st.sampled_from(
    [
        CANARY,
        [CANARY],
        {CANARY: CANARY},
        {"kind": CANARY},
        f"2030-13-{CANARY}",
        f"{{{CANARY}",
        f"0ea3c7a0-{CANARY}",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(Everything.model_fields, WRONG)))
def test_no_value_is_in_a_refusal(body: dict[str, Any]) -> None:
    app = Router()
    app.post("/")(everything)
    answer = ask(app, event("api_gateway_rest", method="POST", path="/", body=body))
    assert {place.split(".")[1] for place, _ in findings(answer)} == set(Everything.model_fields)
    assert CANARY not in answer.text
    assert "is never right" in answer.text


def everything(all_of_it: Everything) -> None: ...


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", [int, float, bool, UUID, datetime, Colour, Literal["a"], Json[int], Decimal])
def test_no_value_of_a_parameter_is_in_a_refusal(place: str, kind: Any) -> None:
    def send(app: Any, method: str, path: str, **parts: Any) -> Any:
        return ask(app, event("alb.multi_value", method=method, path=path, **parts))

    def handler(value: Any) -> None: ...

    handler.__annotations__["value"] = kind if place == "path" else Annotated[kind, MARKERS[place]]
    answer = put(send, handler, place, CANARY)
    assert [where for where, _ in findings(answer)] == [f"{place}.value"]
    assert CANARY not in answer.text


def test_at_most_fifty_findings() -> None:
    app = Router()

    @app.post("/")
    def handler(body: list[int]) -> None: ...

    @app.post("/cats")
    def cats(cats: list[Cat]) -> None: ...

    answer = ask(app, event("alb", method="POST", path="/cats", body=[{}] * 1000))
    assert len(findings(answer)) == 50
