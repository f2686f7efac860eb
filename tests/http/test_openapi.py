"""`app.openapi()`: what decorators and annotations say, in OpenAPI's words; and that requests and answers are so."""

from __future__ import annotations

import functools
import importlib
import json
import re
import sys
from collections.abc import Awaitable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal, NamedTuple, NoReturn, NotRequired
from uuid import UUID

import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from lambda_router import (
    ConfigurationError,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    HTTPError,
    Query,
    Request,
    Response,
    Router,
    UploadFile,
)
from lambda_router.testing import Client

ROOT = Path(__file__).resolve().parents[2]
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


PAGES = ("http", "routing", "requests", "responses", "cors", "openapi", "binding", "dependencies")


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Item(BaseModel):
    sku: str
    price: Decimal = Decimal(1)


@dataclass
class Total:
    amount: Decimal
    due: datetime


class Point(NamedTuple):
    x: int
    y: Decimal


def written(app: Router, **about: Any) -> dict[str, Any]:
    """The document, which is valid, the same each time, and plain JSON."""
    document = app.openapi(**about)
    validate(document)
    assert json.loads(json.dumps(document)) == document == app.openapi(**about)
    return document


def only(app: Router, **about: Any) -> dict[str, Any]:
    """The only operation of the app."""
    (item,) = written(app, **about)["paths"].values()
    (operation,) = item.values()
    return operation  # type: ignore[no-any-return]


def content(operation: dict[str, Any], status: str = "200") -> Any:
    """The schemas of an answer, by media type."""
    response = operation["responses"][status]
    return {media: one["schema"] for media, one in response.get("content", {}).items()}


# -- the whole ----------------------------------------------------------------------------------------------


def test_an_app_without_routes_has_a_document() -> None:
    assert written(Router()) == {
        "openapi": "3.1.0",
        "info": {"title": "API", "version": "1.0.0"},
        "paths": {},
    }


def test_what_is_said_of_the_api() -> None:
    app = Router()
    app.get("/").drop()
    document = written(
        app,
        title="Shop",
        version="2",
        summary="A shop",
        description="All of it.",
        servers=["https://a.example", {"url": "https://b.example", "description": "test"}],
        tags=["orders", {"name": "users", "description": "People"}],
        security=["key", {"oauth": ["read"]}],
        security_schemes={
            "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            "oauth": {"type": "http", "scheme": "bearer"},
        },
        contact={"name": "Ada"},
        license={"name": "Apache-2.0"},
        terms_of_service="https://a.example/terms",
    )
    assert document["info"] == {
        "title": "Shop",
        "version": "2",
        "summary": "A shop",
        "description": "All of it.",
        "termsOfService": "https://a.example/terms",
        "contact": {"name": "Ada"},
        "license": {"name": "Apache-2.0"},
    }
    assert document["servers"] == [
        {"url": "https://a.example"},
        {"url": "https://b.example", "description": "test"},
    ]
    assert document["tags"] == [{"name": "orders"}, {"name": "users", "description": "People"}]
    assert document["security"] == [{"key": []}, {"oauth": ["read"]}]
    assert sorted(document["components"]["securitySchemes"]) == ["key", "oauth"]


def test_a_misspelt_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="titel"):
        Router().openapi(titel="Shop")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"app\.get\(\) got .* 'sumary'"):
        Router().get("/", sumary="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"app\.http\(\) got .* 'tag'"):
        Router().http("/", methods=["GET"], tag="x")  # type: ignore[call-arg]


def test_the_app_stays_open() -> None:
    app = Router()
    app.get("/one").drop()
    app.openapi()
    app.get("/two").drop()
    assert list(app.openapi()["paths"]) == ["/one", "/two"]


def test_other_sources_and_hidden_routes_are_not_described() -> None:
    app = Router()
    app.sqs("orders").drop()
    app.get("/hidden", include_in_schema=False).drop()
    app.get("/shown").drop()
    assert list(written(app)["paths"]) == ["/shown"]


def test_included_routes_have_their_prefix_and_their_descriptions() -> None:
    inner, app = Router(), Router()

    @inner.get("/{n:int}", tags=["inner"])
    def read(n: int) -> Item: ...

    app.include(inner, prefix="/v1/{tenant}")
    paths = written(app)["paths"]
    assert list(paths) == ["/v1/{tenant}/{n}"]
    assert paths["/v1/{tenant}/{n}"]["get"]["tags"] == ["inner"]
    assert [p["name"] for p in paths["/v1/{tenant}/{n}"]["get"]["parameters"]] == ["tenant", "n"]


# -- operations ---------------------------------------------------------------------------------------------


def test_words_come_from_the_docstring() -> None:
    app = Router()

    @app.get("/")
    def read() -> None:
        """Read a
        thing.

        It is *here*.

        And there.
        """

    operation = only(app)
    assert operation["summary"] == "Read a thing."
    assert operation["description"] == "It is *here*.\n\nAnd there."
    assert operation["operationId"] == "read"


def test_words_are_those_of_what_is_called() -> None:
    class Read:
        """Of the class."""

        def __call__(self) -> None: ...

    class Named(Read):
        def __call__(self) -> None:
            """Of the call."""

    def inner(first: int) -> None:
        """Of the function."""

    for handler, words in (
        (Read(), "Of the class."),
        (Named(), "Of the call."),
        (functools.partial(inner, first=1), "Of the function."),
        (functools.partial(lambda: None), None),
    ):
        app = Router()
        app.get("/")(handler)
        assert only(app).get("summary") == words


def test_a_result_that_is_awaited() -> None:
    async def total() -> int:
        return 7

    def later() -> Awaitable[int]:
        return total()

    def coroutine() -> Coroutine[Any, Any, int]:
        return total()

    for handler in (later, coroutine):
        app = Router()
        app.get("/")(handler)
        assert content(only(app)) == {"application/json": {"type": "integer"}}
        assert Client(app).get("/").json() == 7


def test_a_handler_that_always_raises() -> None:
    app = Router()

    @app.get("/old", responses={410: "It is gone"})
    def old() -> NoReturn:
        raise HTTPError(410)

    assert list(only(app)["responses"]) == ["410"]


def test_a_title_and_a_version_are_texts() -> None:
    assert written(Router(), title=None, version=None)["info"] == {"title": "API", "version": "1.0.0"}
    for wrong in ({"title": 7}, {"version": 2}):
        with pytest.raises(ConfigurationError, match="is a text"):
            Router().openapi(**wrong)
        with pytest.raises(ConfigurationError, match="is a text"):
            Router().docs(**wrong)


def test_the_decorator_has_the_last_word() -> None:
    app = Router()

    @app.post(
        "/",
        summary="S",
        description="D",
        tags=["a", "b"],
        deprecated=True,
        operation_id="theirs",
        security=[],
        responses={409: "Taken", "5XX": "Broken"},
    )
    def create() -> None:
        """Ours."""

    assert only(app) == {
        "tags": ["a", "b"],
        "summary": "S",
        "description": "D",
        "responses": {
            "204": {"description": "No Content"},
            "409": {"description": "Taken", "content": PROBLEM},
            "5XX": {"description": "Broken", "content": PROBLEM},
        },
        "deprecated": True,
        "operationId": "theirs",
        "security": [],
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("summary", 1),
        ("tags", "orders"),
        ("deprecated", "yes"),
        ("operation_id", 7),
        ("responses", [404]),
        ("responses", {"four": "x"}),
        ("responses", {44: "x"}),
        ("responses", {999: "x"}),
        ("security", "key"),
        ("security", ["unknown"]),
        ("responses", {200: {"description": object()}}),
    ],
)
def test_a_wrong_description_is_named(name: str, value: Any) -> None:
    app = Router()
    app.get("/", **{name: value}).drop()
    with pytest.raises(ConfigurationError) as raised:
        app.openapi()
    assert "/" in str(raised.value)


def test_operation_ids_are_unique_and_earlier_ones_stay() -> None:
    app = Router()

    def make(path: str) -> None:
        @app.get(path)
        def read() -> None: ...

    ids = []
    for path in ("/", "/a/{b}", "/c"):
        make(path)
        ids.append([i["get"]["operationId"] for i in written(app)["paths"].values()])
    app.http("/many", methods=["GET", "POST"], name="both")(lambda: None)
    document = written(app)
    assert ids == [["read"], ["read", "read_get"], ["read", "read_get", "read_get_c"]]
    assert [o["operationId"] for o in document["paths"]["/many"].values()] == ["both_get", "both_post"]


def test_an_operation_id_given_twice_is_refused() -> None:
    app = Router()
    app.get("/a", operation_id="x").drop()
    app.get("/b", operation_id="x").drop()
    with pytest.raises(ConfigurationError, match="'x' stands twice"):
        app.openapi()


def test_routes_of_one_path_told_apart_by_host_or_source_are_noted() -> None:
    app = Router()

    @app.get("/", host="a.example.com")
    def first() -> Item: ...

    @app.get("/", host=["b.example.com", "*.c.example"], sources=["alb"], summary="The second")
    def second() -> str: ...

    @app.get("/")
    def third() -> None: ...

    operation = only(app)
    assert operation["operationId"] == "first"
    assert operation["description"].split("\n\n") == [
        "On `a.example.com` only.",
        "On `b.example.com` or `*.c.example` through `alb`, `test_routes_of_one_path_told_apart_by_host_or_source_"
        "are_noted.<locals>.second` (The second) answers.",
        "Otherwise, `test_routes_of_one_path_told_apart_by_host_or_source_are_noted.<locals>.third` answers.",
    ]


def test_a_method_without_a_place_in_openapi_is_noted() -> None:
    app = Router()
    app.http("/cache", methods=["PURGE", "GET"], name="cache").drop()
    (item,) = written(app)["paths"].values()
    assert list(item) == ["description", "get"] or list(item) == ["get", "description"]
    assert item["description"] == "PURGE, for which OpenAPI 3.1 has no place, is answered by cache."


def test_own_head_and_options_are_listed_and_automatic_ones_are_not() -> None:
    app = Router()

    @app.get("/a")
    def read() -> str: ...

    @app.head("/b")
    def peek() -> str: ...

    app.options("/b").drop()
    paths = written(app)["paths"]
    assert list(paths["/a"]) == ["get"]
    assert sorted(paths["/b"]) == ["head", "options"]
    assert paths["/b"]["head"]["responses"] == {"200": {"description": "OK"}}


# -- paths --------------------------------------------------------------------------------------------------


def test_paths_and_their_parameters() -> None:
    app = Router()
    app.converter("sku")(str.upper)

    @app.get("/a/{n:int}/{f:float}/{u:uuid}/{s:sku}/{p}/{q}/{rest:path}")
    def read(
        n: int, u: UUID, s: str, p: Color, q: Annotated[int, Field(ge=1, description="How many")]
    ) -> None: ...

    (path,) = written(app)["paths"]
    assert path == "/a/{n}/{f}/{u}/{s}/{p}/{q}/{rest}"
    shown = {p["name"]: p["schema"] for p in only(app)["parameters"]}
    assert all(p["required"] and p["in"] == "path" for p in only(app)["parameters"])
    assert shown == {
        "n": {"type": "integer"},
        "f": {"type": "number"},
        "u": {"type": "string", "format": "uuid"},
        "s": {"type": "string", "minLength": 1},
        "p": {"$ref": "#/components/schemas/Color"},
        "q": {"type": "integer", "minimum": 1},
        "rest": {"type": "string", "minLength": 1},
    }
    assert only(app)["parameters"][5]["description"] == "How many"
    assert list(only(app)["responses"]) == ["204", "400", "404", "422"]


def test_a_path_has_one_spelling_of_its_parameters() -> None:
    app = Router()

    @app.get("/orders/{order_id:int}")
    def read(order_id: int) -> None: ...

    @app.delete("/orders/{key}")
    def delete(key: str) -> None: ...

    (item,) = written(app)["paths"].values()
    assert [p["name"] for p in item["delete"]["parameters"]] == ["order_id"]
    assert item["delete"]["parameters"][0]["schema"] == {"type": "string", "minLength": 1}


def test_a_slash_at_the_end_stays_where_it_makes_a_difference() -> None:
    for policy, expected in (("same", ["/a"]), ("strict", ["/a", "/a/"])):
        app = Router(trailing_slash=policy)  # type: ignore[arg-type]
        app.get("/a").drop()
        app.post("/a/").drop()
        assert list(written(app)["paths"]) == expected


# -- what is taken ------------------------------------------------------------------------------------------


def test_parameters_by_place() -> None:
    app = Router()

    @app.get("/")
    def read(
        q: str,
        since: int | None,
        tag: list[str] = [],
        color: Color = Color.RED,
        page: Annotated[int, Query(alias="page-size"), Field(ge=1)] = 10,
        limit: int | None = None,
        accept_language: Annotated[str, Header()] = "en",
        session: Annotated[str | None, Cookie()] = None,
    ) -> None: ...

    found = {(p["in"], p["name"]): (p["required"], p["schema"]) for p in only(app)["parameters"]}
    assert found == {
        ("query", "q"): (True, {"type": "string"}),
        ("query", "since"): (False, {"type": "integer"}),
        ("query", "tag"): (False, {"type": "array", "items": {"type": "string"}, "default": []}),
        ("query", "color"): (False, {"$ref": "#/components/schemas/Color", "default": "red"}),
        ("query", "page-size"): (False, {"type": "integer", "minimum": 1, "default": 10}),
        ("query", "limit"): (False, {"type": "integer"}),
        ("header", "accept-language"): (False, {"type": "string", "default": "en"}),
        ("cookie", "session"): (False, {"type": "string"}),
    }
    assert only(app)["responses"]["422"] == {
        "description": "What was sent does not validate",
        "content": PROBLEM,
    }


def test_parts_and_invocation_are_no_parameters() -> None:
    app = Router()

    @app.get("/")
    def read(
        request: Request, event: dict, headers: dict, cookies: dict, claims: Any, query, context
    ) -> None: ...  # type: ignore[no-untyped-def,type-arg]

    assert only(app) == {"responses": {"204": {"description": "No Content"}}, "operationId": "read"}


def test_models_of_a_whole_place() -> None:
    class Search(BaseModel):
        q: str = Field(description="What to find")
        tag: list[str] = []
        page: int | None = Field(default=None, ge=1)

    class Trace(BaseModel):
        x_trace_id: str

    app = Router()

    @app.get("/")
    def read(query: Search, trace: Annotated[Trace, Header()]) -> None: ...

    document = written(app)
    found = {(p["in"], p["name"]): p for p in only(app)["parameters"]}
    assert found["query", "q"] == {
        "name": "q",
        "in": "query",
        "required": True,
        "description": "What to find",
        "schema": {"type": "string"},
    }
    assert found["query", "page"]["schema"] == {"type": "integer", "minimum": 1}
    assert found["query", "tag"]["required"] is False
    assert found["header", "x-trace-id"]["required"] is True
    assert list(document["components"]["schemas"]) == ["Problem"]


def test_what_dependencies_ask_for_is_asked_of_the_client_once() -> None:
    def token(authorization: Annotated[str, Header()], tenant: str) -> str: ...

    def user(token: Annotated[str, Depends(token)]) -> str: ...

    app = Router()

    @app.get("/")
    def read(tenant: str, user: Annotated[str, Depends(user)]) -> None: ...

    assert [(p["in"], p["name"]) for p in only(app)["parameters"]] == [
        ("query", "tenant"),
        ("header", "authorization"),
    ]


def body_of(annotation: Any, *, default: bool = False) -> Any:
    app = Router()
    if default:

        @app.post("/")
        def one(body=None) -> None: ...  # type: ignore[no-untyped-def]

    else:

        @app.post("/")
        def two(body: annotation) -> None: ...

    return only(app)["requestBody"]


def test_bodies() -> None:
    item = {"$ref": "#/components/schemas/Item"}
    assert body_of(Item) == {"required": True, "content": {"application/json": {"schema": item}}}
    assert body_of(list[Item])["content"]["application/json"]["schema"] == {"type": "array", "items": item}
    assert body_of(Item | None) == {
        "required": False,
        "content": {"application/json": {"schema": {"anyOf": [item, {"type": "null"}]}}},
    }
    text = {"type": "string"}
    assert body_of(str) == {"required": True, "content": {"text/plain": {"schema": {**text, "minLength": 1}}}}
    assert body_of(str | None) == {"required": False, "content": {"text/plain": {"schema": text}}}
    assert list(body_of(bytes)["content"]) == ["application/octet-stream"]
    assert body_of(dict)["required"] is True
    assert body_of(dict | None)["content"]["application/json"]["schema"]["type"] == "object"
    assert body_of(Any) == {"required": False, "content": {"application/json": {"schema": {}}}}
    assert body_of(None, default=True)["required"] is False


def test_forms() -> None:
    class Login(BaseModel):
        user: str
        password: str = Field(min_length=8)

    app = Router()

    @app.post("/fields")
    def fields(
        user: Annotated[str, Form()], age: Annotated[int | None, Form(alias="years")] = None
    ) -> None: ...

    @app.post("/model")
    def model(login: Annotated[Login, Form()]) -> None: ...

    @app.post("/files")
    def files(
        photo: Annotated[UploadFile, File()],
        more: Annotated[list[bytes], File()] = [],
        title: Annotated[str, Form()] = "",
    ) -> None: ...

    @app.post("/upload")
    def upload(photo: UploadFile) -> None: ...

    paths = {path: item["post"] for path, item in written(app)["paths"].items()}
    sent = paths["/fields"]["requestBody"]
    assert sent["required"] is True
    assert list(sent["content"]) == ["application/x-www-form-urlencoded", "multipart/form-data"]
    assert sent["content"]["multipart/form-data"]["schema"] == {
        "type": "object",
        "properties": {"user": {"type": "string"}, "years": {"type": "integer"}},
        "required": ["user"],
    }
    assert sorted(paths["/fields"]["responses"]) == ["204", "400", "415", "422"]
    whole = paths["/model"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert whole == {"$ref": "#/components/schemas/Login"}
    binary = {"type": "string", "contentMediaType": "application/octet-stream"}
    assert paths["/files"]["requestBody"]["content"] == {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "photo": binary,
                    "more": {"type": "array", "items": binary, "default": []},
                    "title": {"type": "string", "default": ""},
                },
                "required": ["photo"],
            }
        }
    }
    assert list(paths["/upload"]["requestBody"]["content"]) == ["multipart/form-data"]


# -- what is answered ---------------------------------------------------------------------------------------


def answered(annotation: Any, **options: Any) -> Any:
    app = Router()

    @app.get("/", **options)
    def read() -> annotation: ...

    return only(app)


def test_results() -> None:
    item = {"$ref": "#/components/schemas/Item"}
    text = {"text/plain": {"type": "string"}}
    assert content(answered(Item)) == {"application/json": item}
    assert content(answered(list[Item])) == {"application/json": {"type": "array", "items": item}}
    assert content(answered(str)) == text
    assert content(answered(Literal["a", "b"])) == {"text/plain": {"type": "string", "enum": ["a", "b"]}}
    assert content(answered(bytes)) == {"application/octet-stream": {"type": "string", "format": "binary"}}
    assert answered(None)["responses"] == {"204": {"description": "No Content"}}
    both = answered(Item | None)
    assert (content(both), content(both, "204")) == ({"application/json": item}, {})
    assert content(answered(Item | str)) == {**text, "application/json": item}
    union = content(answered(Item | Total))["application/json"]
    assert union == {"anyOf": [item, {"$ref": "#/components/schemas/Total"}]}
    assert answered(Any)["responses"] == {"2XX": {"description": "Success"}}
    assert answered(Response)["responses"] == {"default": {"description": "The answer"}}


def test_statuses() -> None:
    item = {"application/json": {"$ref": "#/components/schemas/Item"}}
    created = answered(tuple[Item, Literal[201]])
    assert (list(created["responses"]), content(created, "201")) == (["201"], item)
    either = answered(tuple[Item, Literal[200, 202], dict[str, str]])
    assert list(either["responses"]) == ["200", "202"]
    assert content(answered(tuple[Item, int]), "2XX") == item
    said = answered(tuple[Item, int], responses={201: "It is there", 303: {"description": "Elsewhere"}})
    assert said["responses"]["201"]["description"] == "It is there"
    assert content(said, "201") == item
    assert content(answered(Item, status=202), "202") == item
    assert list(answered(None, status=202)["responses"]) == ["202"]
    redirect = answered(Response, responses={302: "To the login"})
    assert redirect["responses"] == {"302": {"description": "To the login"}}


def test_a_response_model_is_what_is_answered() -> None:
    item = {"application/json": {"$ref": "#/components/schemas/Item"}}
    assert content(answered(dict, response_model=Item)) == item
    assert content(answered(Any, response_model=Item, status=201), "201") == item
    assert content(answered(tuple[dict, Literal[202]], response_model=Item), "202") == item
    assert content(answered(Response, response_model=Item), "default") == item
    # A model is written by pydantic, anything else by the router, and they differ about decimals.
    assert content(answered(list[Decimal]))["application/json"]["items"] == {"type": "number"}
    by_pydantic = content(answered(Any, response_model=list[Decimal]))["application/json"]["items"]
    assert by_pydantic["type"] == "string"


def test_declared_responses() -> None:
    class Held(BaseModel):
        by: str

    operation = answered(
        Item,
        responses={
            200: "The item",
            400: Held,
            404: {"description": "Gone", "headers": {"x-a": {"schema": {"type": "string"}}}},
            409: {"description": "Held", "model": Held},
            202: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        },
    )
    responses = operation["responses"]
    held = {"application/json": {"schema": {"$ref": "#/components/schemas/Held"}}}
    assert responses["200"]["description"] == "The item"
    assert content(operation) == {"application/json": {"$ref": "#/components/schemas/Item"}}
    assert responses["400"] == {"description": "Bad Request", "content": held}
    assert responses["404"]["content"] == PROBLEM
    assert list(responses["404"]["headers"]) == ["x-a"]
    assert responses["409"] == {"description": "Held", "content": held}
    assert responses["202"]["description"] == "Accepted"


def test_values_are_described_as_they_are_encoded() -> None:
    app = Router()
    sent = {
        "total": Total(Decimal("2.5"), datetime(2030, 1, 2)),
        "item": Item(sku="a"),
        "point": Point(1, Decimal(2)),
    }

    @app.get("/total")
    def total() -> Total:
        return sent["total"]  # type: ignore[return-value]

    @app.get("/item")
    def item() -> Item:
        return sent["item"]  # type: ignore[return-value]

    @app.get("/point")
    def point() -> Point:
        return sent["point"]  # type: ignore[return-value]

    schemas = written(app)["components"]["schemas"]
    client = Client(app)
    assert schemas["Total"]["properties"]["amount"]["type"] == "number"
    assert client.get("/total").json()["amount"] == 2.5
    assert schemas["Item"]["properties"]["price"]["type"] == "string"
    assert client.get("/item").json()["price"] == "1"
    assert schemas["Point"]["type"] == "object"
    assert client.get("/point").json() == {"x": 1, "y": 2}


# -- schemas ------------------------------------------------------------------------------------------------


def test_a_model_has_one_schema_and_two_of_one_name_have_two() -> None:
    def models() -> tuple[type[BaseModel], type[BaseModel]]:
        class Order(BaseModel):
            a: int

        first = Order

        class Order(BaseModel):  # type: ignore[no-redef]
            b: str

        return first, Order

    one, two = models()
    app = Router()

    @app.post("/one")
    def take_one(order: one) -> one: ...  # type: ignore[valid-type]

    @app.post("/two")
    def take_two(order: two) -> two: ...  # type: ignore[valid-type]

    document = written(app)
    used = {
        path: operation["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for path, operation in document["paths"].items()
    }
    schemas = {name.rpartition("/")[2] for name in used.values()}
    assert len(schemas) == 2
    assert {*schemas, "Problem"} == set(document["components"]["schemas"])
    for path, key in (("/one", "a"), ("/two", "b")):
        assert list(document["components"]["schemas"][used[path].rpartition("/")[2]]["properties"]) == [key]


def test_a_model_named_problem_keeps_its_name() -> None:
    class Problem(BaseModel):
        what: str

    app = Router()

    @app.post("/")
    def report(problem: Problem) -> Problem: ...

    schemas = written(app)["components"]["schemas"]
    assert sorted(schemas) == ["Problem", "Problem2"]
    assert list(schemas["Problem"]["properties"]) == ["what"]
    refused = only(app)["responses"]["422"]["content"]["application/problem+json"]["schema"]
    assert refused == {"$ref": "#/components/schemas/Problem2"}


def test_a_discriminated_union_leads_to_its_members() -> None:
    class Cat(BaseModel):
        kind: Literal["cat"]

    class Dog(BaseModel):
        kind: Literal["dog"]

    app = Router()

    @app.post("/")
    def take(pet: Annotated[Cat | Dog, Field(discriminator="kind")]) -> None: ...

    schema = only(app)["requestBody"]["content"]["application/json"]["schema"]
    assert schema["discriminator"]["mapping"] == {
        "cat": "#/components/schemas/Cat",
        "dog": "#/components/schemas/Dog",
    }
    assert {"Cat", "Dog"} <= set(written(app)["components"]["schemas"])


def test_types_of_the_function_that_makes_the_app_are_known() -> None:
    class Local(BaseModel):
        n: int

    app = Router()

    @app.post("/")
    def take(order: Local) -> list[Local]: ...

    assert content(only(app))["application/json"]["items"] == {"$ref": "#/components/schemas/Local"}


def test_typed_dicts_and_enums_have_schemas_of_their_own() -> None:
    class Line(TypedDict):
        sku: str
        color: NotRequired[Color]
        price: Decimal

    app = Router()

    @app.post("/")
    def take(lines: list[Line]) -> Line: ...

    schemas = written(app)["components"]["schemas"]
    assert schemas["Color"] == {"title": "Color", "type": "string", "enum": ["red", "blue"]}
    taken, given = schemas["Line-Input"], schemas["Line-Output"]
    assert taken["required"] == given["required"] == ["sku", "price"]
    assert taken["properties"]["color"] == {"$ref": "#/components/schemas/Color"}
    assert "anyOf" in taken["properties"]["price"]
    assert given["properties"]["price"]["type"] == "number"


class Foreign:
    pass


@pytest.mark.parametrize("place", ["result", "response", "default"])
def test_a_type_without_a_schema_is_named_with_its_route(place: str) -> None:
    app = Router()

    if place == "result":

        @app.get("/chart")
        def chart() -> Foreign: ...

    elif place == "response":

        @app.get("/chart", responses={409: Foreign})
        def chart() -> None: ...

    else:

        class Odd(BaseModel, arbitrary_types_allowed=True):
            it: Foreign

        @app.post("/chart")
        def chart(odd: Odd) -> None: ...

    with pytest.raises(ConfigurationError) as raised:
        app.openapi()
    assert "/chart" in str(raised.value)
    assert "'odd'" in str(raised.value) if place == "default" else "the result" in str(raised.value)


def test_a_result_whose_name_is_not_there_is_a_configuration_error() -> None:
    app = Router()

    def read() -> None: ...

    read.__annotations__["return"] = "Missing"
    app.get("/lost")(read)
    with pytest.raises(ConfigurationError, match=r"/lost.*Missing"):
        app.openapi()


# -- the documents of the examples, and requests made from them ----------------------------------------------


def http_apps() -> Iterator[tuple[str, Router]]:
    for file in sorted((ROOT / "examples").glob("*.py")):
        source = file.read_text("utf-8")
        if file.name != "__init__.py" and any(f"@app.{m}(" in source for m in ("get", "post", "http")):
            yield file.stem, importlib.import_module(f"examples.{file.stem}").app


APPS = dict(http_apps())


def test_the_examples_are_found() -> None:
    assert {"openapi", "alb", "api_gateway_http", "api_gateway_rest", "function_url"} <= set(APPS)


@pytest.mark.parametrize("name", APPS)
def test_the_document_of_an_example_is_valid(name: str) -> None:
    assert written(APPS[name])["paths"]


def ask(app: Router, *, examples: int) -> None:
    """Send generated requests to each operation; what is answered is as documented."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st

    from lambda_router.testing.server import serve

    schema = schemathesis.openapi.from_dict(app.openapi())
    operations = [result.ok() for result in schema.get_all_operations()]
    sent = []
    with serve(app) as server:

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def check(data: Any) -> None:
            case = data.draw(operation.as_strategy())
            response = case.call(base_url=server.url)
            sent.append(operation.label)
            status = str(response.status_code)
            if {status, f"{status[0]}XX", "default"} & set(operation.definition.raw["responses"]):
                case.validate_response(response)
            else:  # an HTTPError that is not declared is a problem all the same
                assert response.headers["content-type"] == ["application/problem+json"], operation.label

        for operation in operations:
            check()
        assert set(sent) == {operation.label for operation in operations}
        assert server.errors == []


@pytest.mark.parametrize("name", [name for name in APPS if name != "efs"])  # which needs a mount
def test_generated_requests_are_answered_as_the_document_says(name: str) -> None:
    ask(APPS[name], examples=3)


FENCE = re.compile(r"^```python\n(?!# raises)(.*?)^```$", re.M | re.S)
SNIPPETS = [
    pytest.param(page.name, code, id=f"{page.stem}-{number}")
    for page in (ROOT / "docs" / f"{name}.md" for name in PAGES)
    if page.exists()
    for number, code in enumerate(FENCE.findall(page.read_text("utf-8")))
    if "app = Router(" in code
]


@pytest.mark.parametrize(("page", "code"), SNIPPETS)
def test_the_documents_of_the_pages_are_valid_and_kept(
    page: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = ModuleType(f"openapi_of_{page.removesuffix('.md')}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, page, "exec"), module.__dict__)
    app = module.__dict__["app"]
    written(app)
    ask(app, examples=1)


def test_an_http_error_that_is_raised_is_the_problem_of_the_document() -> None:
    from openapi_schema_validator import OAS31Validator

    app = Router()

    @app.get("/{n}", responses={404: "Not there"})
    def read(n: int) -> None:
        raise HTTPError(404, {"why": "lost"})

    problem = written(app)["components"]["schemas"]["Problem"]
    for path in ("/1", "/x"):
        OAS31Validator(problem).validate(Client(app).get(path).json())
    with pytest.raises(Exception, match="status"):
        OAS31Validator(problem).validate({"type": "about:blank", "title": "x"})
