"""What a handler's parameters get: path, query, header, cookie and body, converted or answered with 422."""

from __future__ import annotations

import enum
import re
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    ALBEvent,
    APIGatewayProxyEvent,
    APIGatewayProxyEventV2,
)
from conftest import Send
from contracts import ask
from pydantic import BaseModel, Field

from lambda_router import (
    ConfigurationError,
    Cookie,
    Depends,
    HandlerSignatureError,
    Header,
    Query,
    Request,
    Router,
)
from lambda_router.testing import event

ID = "0ea3c7a0-0000-4000-8000-00000000000f"


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.IntEnum):
    S = 1


def answer(handler: Any, path: str = "/", template: str = "/", **parts: Any) -> Any:
    """The JSON of what a handler returns, or the findings of a 422 as places and kinds."""
    app = Router()
    app.http(template, methods=["GET", "POST"])(handler)
    result = ask(app, event("api_gateway_http", path=path, **parts))
    if result.status == 422:
        return [(".".join(map(str, e["loc"])), e["type"]) for e in result.json()["errors"]]
    assert result.status == 200, result.text
    return result.json()


# -- conversions -------------------------------------------------------------------------------------------

CONVERSIONS: list[tuple[Any, str, Any]] = [
    (str, "7", "'7'"),
    (int, "7", "7"),
    (int, "-7", "-7"),
    (float, "1.5", "1.5"),
    (bool, "true", "True"),
    (bool, "0", "False"),
    (bytes, "é", repr("é".encode())),
    (int | None, "7", "7"),
    (UUID, ID, repr(UUID(ID))),
    (datetime, "2030-01-02T03:04:05", repr(datetime(2030, 1, 2, 3, 4, 5))),
    (date, "2030-01-02", repr(date(2030, 1, 2))),
    (Decimal, "1.10", "Decimal('1.10')"),
    (Colour, "red", "<Colour.RED: 'red'>"),
    (Size, "1", "<Size.S: 1>"),
    (Literal["a", "b"], "b", "'b'"),
    (int | str, "x", "'x'"),
    (Annotated[int, Field(ge=1)], "1", "1"),
]
REFUSALS: list[tuple[Any, str, str]] = [
    (int, "x", "int_parsing"),
    (int, "1.5", "int_parsing"),
    (int, "", "int_parsing"),
    (float, "nan", "float_parsing"),
    (bool, "maybe", "bool_parsing"),
    (UUID, "x", "uuid_parsing"),
    (datetime, "x", "datetime_from_date_parsing"),
    (date, "x", "date_from_datetime_parsing"),
    (Colour, "green", "enum"),
    (Literal["a", "b"], "c", "literal_error"),
    (Annotated[int, Field(ge=1)], "0", "greater_than_equal"),
]


@pytest.mark.parametrize("place", ["path", "query", "header", "cookie"])
@pytest.mark.parametrize(("annotation", "sent", "seen"), CONVERSIONS)
def test_conversions(place: str, annotation: Any, sent: str, seen: str) -> None:
    handler, path, template, parts = _asking(place, annotation, sent)
    assert answer(handler, path, template, **parts) == [seen]


@pytest.mark.parametrize("place", ["path", "query", "header", "cookie"])
@pytest.mark.parametrize(("annotation", "sent", "kind"), REFUSALS)
def test_refusals(place: str, annotation: Any, sent: str, kind: str) -> None:
    if place == "path" and not sent:
        return
    handler, path, template, parts = _asking(place, annotation, sent)
    assert answer(handler, path, template, **parts) == [(f"{place}.value", kind)]


def _asking(place: str, annotation: Any, sent: str) -> tuple[Any, str, str, dict[str, Any]]:
    marker = {"header": Header(), "cookie": Cookie()}.get(place)

    def handler(value: Any) -> Any:
        return [repr(value)]

    handler.__annotations__["value"] = annotation if marker is None else Annotated[annotation, marker]
    parts = {
        "path": {},
        "query": {"query": {"value": sent}},
        "header": {"headers": {"Value": sent}},
        "cookie": {"cookies": {"value": sent}},
    }[place]
    return handler, f"/{sent}" if place == "path" else "/", "/{value}" if place == "path" else "/", parts


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_what_is_absent(place: str) -> None:
    marker = {"query": Query(), "header": Header(), "cookie": Cookie()}[place]

    def required(value: Annotated[int, marker]) -> Any:
        return [value]

    def with_default(value: Annotated[int, marker] = 5) -> Any:
        return [value]

    def optional(value: Annotated[int | None, marker]) -> Any:
        return [value]

    def optional_with_default(value: Annotated[int | None, marker] = 5) -> Any:
        return [value]

    space = {"marker": marker}
    for handler in (required, with_default, optional, optional_with_default):
        handler.__annotations__["value"] = eval(handler.__annotations__["value"], {**globals(), **space})
    assert answer(required) == [(f"{place}.value", "missing")]
    assert answer(with_default) == [5]
    assert answer(optional) == [None]
    assert answer(optional_with_default) == [5]


def test_several_values() -> None:
    def handler(
        n: list[int],
        tag: set[str],
        colour: list[Colour] = [],
        day: list[date] | None = None,
        accept: Annotated[list[str], Header()] = [],
        host: Annotated[str, Header()] = "",
    ) -> Any:
        return [n, sorted(tag), colour, day, accept, bool(host)]

    query = [("n", 1), ("tag", "b"), ("n", 2), ("tag", "a"), ("colour", "red")]
    headers = {"accept": "text/html"}
    assert answer(handler, query=query, headers=headers) == [
        [1, 2],
        ["a", "b"],
        ["red"],
        None,
        ["text/html"],
        True,
    ]
    assert answer(handler, query=[("n", 1), ("n", "x"), ("tag", "a")]) == [("query.n", "int_parsing")]
    assert answer(handler, query={"n": 1}) == [("query.tag", "missing")]


def test_markers() -> None:
    def handler(
        size: Annotated[int, Query(alias="page-size")],
        x_request_id: Annotated[str, Header()],
        agent: Annotated[str, Header("User-Agent")],
        session: Annotated[str, Cookie(alias="__Host-session")],
        bare: Annotated[Any, Query()] = "none",
        count: Annotated[int, Query(), Field(le=9)] = 1,
    ) -> Any:
        return [size, x_request_id, agent, session, bare, count]

    parts: dict[str, Any] = {
        "query": {"page-size": 3, "bare": "b"},
        "headers": {"X-Request-ID": "r", "user-agent": "a"},
        "cookies": {"__Host-session": "s"},
    }
    assert answer(handler, **parts) == [3, "r", "a", "s", "b", 1]
    parts["query"]["count"] = 10
    assert answer(handler, **parts) == [("query.count", "less_than_equal")]
    del parts["headers"]["X-Request-ID"]
    assert answer(handler, **parts) == [
        ("header.x-request-id", "missing"),
        ("query.count", "less_than_equal"),
    ]


def _as_default(token: str = Header()) -> None: ...  # type: ignore[assignment]


def _class_as_default(token: str = Header) -> None: ...  # type: ignore[assignment]


def _without_parentheses(token: Annotated[str, Header]) -> None: ...


@pytest.mark.parametrize("handler", [_as_default, _class_as_default, _without_parentheses])
def test_a_marker_that_would_be_passed_over_is_an_error_at_import(handler: Any) -> None:
    with pytest.raises(HandlerSignatureError, match=re.escape("write token: Annotated[..., Header()]")):
        Router().get("/")(handler)


def test_a_marker_goes_before_a_part_of_the_same_name() -> None:
    def handler(
        query: Annotated[str, Query()],
        path: Annotated[str, Query()],
        body: Annotated[int, Header()],
        method: Annotated[str, Cookie()],
        claims: Annotated[list[int], Query()],
        id: Annotated[str, Query()],
    ) -> Any:
        return [query, path, body, method, claims, id]

    parts: dict[str, Any] = {
        "query": [("query", "q"), ("path", "p"), ("claims", "1"), ("claims", "2"), ("id", "i")],
        "headers": {"body": "7"},
        "cookies": {"method": "m"},
    }
    assert answer(handler, "/x", "/{id}", **parts) == ["q", "p", 7, "m", [1, 2], "i"]


def test_a_marker_on_the_name_of_a_part_keeps_its_default() -> None:
    def handler(query: Annotated[str, Query()] = "all") -> Any:
        return [query]

    assert answer(handler) == ["all"]


def test_a_marker_goes_before_what_is_known_everywhere() -> None:
    def handler(event: Annotated[str, Query()]) -> Any:
        return [event]

    assert answer(handler, query={"event": "x"}) == ["x"]


def test_markers_show_themselves() -> None:
    assert repr([Query(), Header("x-a"), Cookie(alias="c")]) == "[Query(), Header('x-a'), Cookie('c')]"


@pytest.mark.parametrize("alias", [7, b"x", ["a"]])
def test_an_alias_that_is_no_text(alias: Any) -> None:
    with pytest.raises(ConfigurationError, match="alias is a text"):
        Query(alias)


def test_a_list_of_cookies_is_an_error_at_import() -> None:
    def handler(session: Annotated[list[str], Cookie()]) -> None: ...

    with pytest.raises(HandlerSignatureError, match="a cookie has one value"):
        Router().get("/")(handler)


# -- names that stand for two things -----------------------------------------------------------------------


def test_the_template_goes_before_a_part_of_the_same_name(send: Send) -> None:
    app = Router()
    app.get("/files/{path:path}")(lambda path: path)
    app.get("/methods/{method}/{query}/{body}")(lambda method, query, body: [method, query, body])
    app.get("/requests/{request:int}")(lambda request: request)
    assert send(app, "GET", "/files/a/b.txt").text == "a/b.txt"
    assert send(app, "GET", "/methods/m/q/b").json() == ["m", "q", "b"]
    assert send(app, "GET", "/requests/7").json() == 7


def test_a_path_parameter_that_nobody_asks_for() -> None:
    assert answer(lambda b: [b], "/1/2", "/{a}/{b}") == ["2"]


def test_a_converter_and_an_annotation() -> None:
    def text(id: str) -> Any:
        return [id]

    def number(id: float) -> Any:
        return [id]

    assert answer(text, "/7", "/{id:int}") == ["7"]
    uuid = "6b8f2a7e-8d0a-4b9e-9a52-0e6a2f6f3f11"
    assert answer(text, f"/{uuid}", "/{id:uuid}") == [uuid]
    assert answer(number, "/7", "/{id:int}") == [7.0]


def test_a_name_that_is_close_to_a_part() -> None:
    with pytest.raises(HandlerSignatureError, match="did you mean 'headers'"):
        Router().get("/")(lambda header: 1)
    with pytest.raises(HandlerSignatureError, match="order_id, body, request, method"):
        Router().get("/{order_id}")(lambda oder: 1)


# -- models ------------------------------------------------------------------------------------------------


class Line(BaseModel):
    sku: str
    count: int = 1


class Order(BaseModel):
    id: UUID
    placed: datetime
    colour: Colour
    lines: list[Line] = []
    note: str | None = None
    total: Annotated[Decimal, Field(gt=0, alias="sum")]


def test_a_model_of_the_body() -> None:
    def handler(order: Order) -> Any:
        return [type(order).__name__, order]

    sent = {
        "id": ID,
        "placed": "2030-01-02T03:04:05Z",
        "colour": "blue",
        "lines": [{"sku": "a"}],
        "sum": "1.5",
    }
    seen = answer(handler, method="POST", body=sent)
    assert seen == ["Order", {**sent, "lines": [{"sku": "a", "count": 1}], "note": None}]
    wrong = {**sent, "lines": [{"sku": "a", "count": "many"}], "sum": 0}
    assert answer(handler, method="POST", body=wrong) == [
        ("body.lines.0.count", "int_parsing"),
        ("body.sum", "greater_than"),
    ]


def test_other_structures_of_the_body() -> None:
    from dataclasses import dataclass

    from typing_extensions import TypedDict

    @dataclass
    class Point:
        x: int

    class Typed(TypedDict):
        x: int

    def point(point: Point) -> Any:
        return [point]

    def typed(point: Typed) -> Any:
        return [point]

    def several(points: list[Point]) -> Any:
        return points

    def either(point: Point | Line) -> Any:
        return [point]

    space = {**globals(), "Point": Point, "Typed": Typed}
    for handler in (point, typed, several, either):
        for name, text in handler.__annotations__.items():
            handler.__annotations__[name] = eval(text, space)
    assert answer(point, method="POST", body={"x": "1"}) == [{"x": 1}]
    assert answer(typed, method="POST", body={"x": 1}) == [{"x": 1}]
    assert answer(several, method="POST", body=[{"x": 1}, {"x": 2}]) == [{"x": 1}, {"x": 2}]
    assert answer(either, method="POST", body={"sku": "a"}) == [{"sku": "a", "count": 1}]


def test_two_models_are_one_too_many() -> None:
    def handler(one: Line, other: Line) -> None: ...

    with pytest.raises(HandlerSignatureError, match="both ask for the payload"):
        Router().post("/")(handler)


class Filters(BaseModel):
    tags: list[int] = []
    colours: set[Colour] | None = Field(default=None, alias="colour")
    text: str | None = Field(default=None, alias="q")
    page: int = 1


def test_a_model_of_the_query() -> None:
    def handler(query: Filters) -> Any:
        return query

    seen = answer(handler, query=[("tags", 1), ("tags", 2), ("q", "x"), ("colour", "red"), ("other", "y")])
    assert seen == {"tags": [1, 2], "colour": ["red"], "q": "x", "page": 1}
    assert answer(handler) == {"tags": [], "colour": None, "q": None, "page": 1}
    assert answer(handler, query={"page": "x"}) == [("query.page", "int_parsing")]
    assert answer(handler, query={"tags": "x"}) == [("query.tags.0", "int_parsing")]


def test_powertools_event_classes() -> None:
    app = Router()

    @app.get("/{id}", sources=["api_gateway_rest"])
    def rest(event: APIGatewayProxyEvent, request: APIGatewayProxyEvent, id: str) -> Any:
        return [event.path, request.http_method, id]

    @app.get("/{id}", sources=["api_gateway_http", "function_url"])
    def http(event: APIGatewayProxyEventV2) -> Any:
        return [event.raw_path]

    @app.get("/{id}", sources=["alb"])
    def alb(request: ALBEvent) -> Any:
        return [request.path]

    assert ask(app, event("api_gateway_rest", path="/7")).json() == ["/7", "GET", "7"]
    assert ask(app, event("function_url", path="/7")).json() == ["/7"]
    assert ask(app, event("alb", path="/7")).json() == ["/7"]


def test_dependencies_have_the_same_vocabulary() -> None:
    def page(number: int = 1, size: Annotated[int, Query(alias="page-size")] = 10) -> tuple[int, int]:
        return number, size

    def handler(id: int, request: Request, page: Any = Depends(page)) -> Any:
        return [id, request.method, page]

    assert answer(handler, "/7", "/{id}", query={"number": 2}) == [7, "GET", [2, 10]]
    assert answer(handler, "/7", "/{id}", query={"page-size": "x"}) == [("query.page-size", "int_parsing")]


def test_plain_types_do_not_import_pydantic() -> None:
    program = """
import sys
from lambda_router import Router, Header, Query
app = Router()
@app.get("/{id}")
def handler(id: int, q: str, n: float = 1.0, flag: bool = False, query: dict = None, body: bytes = b""):
    return id
assert not {"pydantic", "typing", "inspect", "dataclasses", "asyncio", "email"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
