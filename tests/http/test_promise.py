"""`response_model=` and `status=`: what a route promises is what a client gets."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Optional

import pytest
from conftest import Send
from pydantic import BaseModel, ConfigDict, Field

from lambda_router import ConfigurationError, Depends, HTTPError, Response, Router
from lambda_router.errors import HandlerSignatureError

CANARY = "canary-77"


class User(BaseModel):
    id: int
    name: str
    since: date | None = None


class Stored(User):
    password: str = CANARY


class Spelt(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    user_id: int = Field(alias="userId")


@dataclass
class Row:
    id: int
    name: str
    password: str = CANARY


class Lazy:
    """An object of an ORM: attributes alone."""

    id = 7
    name = "ada"
    since = date(2030, 1, 2)
    password = CANARY


def app_of(result: Any, *, raises: bool = False, **options: Any) -> Router:
    app = Router()

    @app.get("/", **options)
    def handler() -> Any:
        if raises:
            raise result
        return result

    return app


ADA = {"id": 7, "name": "ada", "since": None}


@pytest.mark.parametrize(
    ("result", "seen"),
    [
        (Stored(id=7, name="ada"), ADA),
        ({"id": "7", "name": "ada", "password": CANARY, CANARY: 1}, ADA),
        (Row(7, "ada"), ADA),
        (Lazy(), {**ADA, "since": "2030-01-02"}),
    ],
)
def test_the_fields_of_the_model_alone(send: Send, result: Any, seen: Any) -> None:
    answer = send(app_of(result, response_model=User), "GET", "/")
    assert (answer.status, answer.json(), answer.headers["content-type"]) == (200, seen, "application/json")
    listed = send(app_of([result, result], response_model=list[User], status=201), "GET", "/")
    assert (listed.status, listed.json()) == (201, [seen, seen])


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ((Stored(id=7, name="ada"), 201), 201),
        (Response(Stored(id=7, name="ada"), 202), 202),
        (({"id": 7, "name": "ada", "password": CANARY}, 200, {"x-a": "1"}), 200),
    ],
)
def test_a_result_that_says_its_status_is_held_to_the_model(send: Send, result: Any, status: int) -> None:
    app = app_of(result, response_model=User, status=207)
    for _ in range(2):
        answer = send(app, "GET", "/")
        assert (answer.status, answer.json()) == (status, ADA)


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        (({"why": "gone"}, 410), 410, b'{"why":"gone"}'),
        (Response("as it is"), 200, b"as it is"),
        (Response(b"\0"), 200, b"\0"),
        (Response(status=303, headers={"location": "/"}), 303, b""),
    ],
)
def test_what_is_no_document_of_success_is_left_alone(
    send: Send, result: Any, status: int, body: bytes
) -> None:
    answer = send(app_of(result, response_model=User, status=201), "GET", "/")
    assert (answer.status, answer.body) == (status, body)


def test_aliases_and_scalars(send: Send) -> None:
    assert send(app_of(Spelt(user_id=7), response_model=Spelt), "GET", "/").json() == {"userId": 7}
    assert send(app_of({"user_id": 7}, response_model=Spelt), "GET", "/").json() == {"userId": 7}
    assert send(app_of("7", response_model=int), "GET", "/").json() == 7
    assert send(app_of("text", response_model=str), "GET", "/").text == "text"
    assert send(app_of({"a": date(2030, 1, 2)}, response_model=dict[str, date]), "GET", "/").json() == {
        "a": "2030-01-02"
    }


@pytest.mark.parametrize(
    "result",
    [
        {"id": CANARY, "name": CANARY},
        {"name": CANARY},
        CANARY,
        None,
        [CANARY],
        object(),
        User.model_construct(id=CANARY, name=CANARY),
        ({"id": CANARY}, 201),
        Response({"id": CANARY}),
    ],
)
def test_a_broken_promise_is_a_fault(send: Send, result: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = app_of(result, response_model=User)
    for debug in (False, True):
        app.debug = debug
        caplog.clear()
        with caplog.at_level(logging.DEBUG):
            answer = send(app, "GET", "/")
        assert (answer.status, sorted(answer.json())) == (500, ["correlation_id", "status", "title", "type"])
        assert "ResultError" in caplog.text
        assert CANARY not in caplog.text + answer.text


def test_debug_mode_logs_which_field_it_was(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    app = app_of([{"id": CANARY, "name": "ada"}], response_model=list[User])
    assert send(app, "GET", "/").status == 500
    assert "int_parsing" not in caplog.text
    app.debug = True
    assert send(app, "GET", "/").status == 500
    assert "response_model promises: 0.id: int_parsing" in caplog.text


def test_none(send: Send) -> None:
    assert send(app_of(None, response_model=User | None), "GET", "/").status == 204
    assert send(app_of(None, status=201), "GET", "/").status == 201
    assert send(app_of(None, status=202, response_model=User | None), "GET", "/").body == b""
    assert send(app_of(None), "GET", "/").status == 204


def test_the_status_of_success(send: Send) -> None:
    for result, body in (({"a": 1}, b'{"a":1}'), ("x", b"x"), (b"\0", b"\0"), ([], b"[]")):
        answer = send(app_of(result, status=201), "GET", "/")
        assert (answer.status, answer.body) == (201, body)
    assert send(app_of(("x", 202), status=201), "GET", "/").status == 202
    assert send(app_of(Response("x"), status=201), "GET", "/").status == 200
    assert send(app_of(HTTPError(409), raises=True, status=201), "GET", "/").status == 409
    assert send(app_of({"a": 1}, status=204), "GET", "/").body == b""
    assert send(app_of({"statusCode": 200, "body": ""}, status=201), "GET", "/").status == 500


def test_coroutines_dependencies_and_middleware(send: Send) -> None:
    app = Router()
    seen: list[Any] = []

    def look(invocation: Any, call_next: Any) -> Any:
        seen.append(call_next(invocation))
        return seen[-1]

    async def look_later(invocation: Any, call_next: Any) -> Any:
        seen.append(await call_next(invocation))
        return seen[-1]

    for path, layers in (
        ("/plain", []),
        ("/sync", [look]),
        ("/async", [look_later]),
        ("/both", [look, look_later]),
    ):

        @app.get(path, response_model=User, status=201, middleware=layers)
        async def handler(given: int = Depends(lambda: 7)) -> Any:
            await asyncio.sleep(0)
            return Stored(id=given, name="ada")

        answer_of_path = path
        assert answer_of_path

    for path in ("/plain", "/sync", "/async", "/both"):
        answer = send(app, "GET", path)
        assert (answer.status, answer.json()) == (201, ADA)
    assert len(seen) == 4
    assert all(isinstance(one, Response) and one.body == ADA for one in seen)


def test_included_routes_keep_their_promise(send: Send) -> None:
    inner = Router()
    inner.get("/{id}", response_model=User, status=201)(lambda id: Stored(id=id, name="ada"))
    middle = Router()
    middle.include(inner, prefix="/users")
    app = Router()
    app.include(middle, prefix="/v1")
    answer = send(app, "GET", "/v1/users/7")
    assert (answer.status, answer.json()) == (201, ADA)


def test_an_annotation_promises_nothing(send: Send) -> None:
    app = Router()

    @app.get("/")
    def handler() -> User:
        return {"id": CANARY, "password": 1}  # type: ignore[return-value]

    assert send(app, "GET", "/").json() == {"id": CANARY, "password": 1}


def test_pydantic_is_imported_by_a_model_alone() -> None:
    code = """
import sys
from lambda_router import Router
app = Router(cors="https://a.example")
@app.get("/", status=201)
def handler() -> "Any": ...
assert "pydantic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("status", [True, "201", 199, 404, 500, 2.5])
def test_a_status_that_is_none_of_success(status: Any) -> None:
    with pytest.raises(ConfigurationError, match="status is that of success"):
        app_of({}, status=status)


def test_names_in_a_model_are_looked_up_where_the_decorator_stands(send: Send) -> None:
    class Local(BaseModel):
        id: int

    inner = Router()

    @inner.get("/global", response_model=dict[str, list["User"]])
    def of_module() -> Any:
        return {"a": [Stored(id=7, name="ada")]}

    @inner.get("/local", response_model=Annotated[list["Local"] | None, Field(max_length=1)])
    def of_function() -> Any:
        return [{"id": "7", "password": CANARY}]

    app = Router()
    app.include(inner, prefix="/v1")
    assert send(app, "GET", "/v1/global").json() == {"a": [ADA]}
    assert send(app, "GET", "/v1/local").json() == [{"id": 7}]
    described = app.openapi()["paths"]["/v1/local"]["get"]["responses"]["200"]
    assert "#/components/schemas/Local" in str(described)


@pytest.mark.parametrize("model", [list["Later"], dict[str, list["Later"]], Optional["Later"], list["1 +"]])  # type: ignore[name-defined, valid-type]  # noqa: F821, F722
def test_a_name_that_there_is_not_is_an_error_at_import(model: Any) -> None:
    with pytest.raises(HandlerSignatureError, match=r"response_model .* cannot be resolved"):
        app_of({}, response_model=model)


def test_a_model_that_is_none() -> None:
    with pytest.raises(HandlerSignatureError, match="response_model"):
        app_of({}, response_model=object())
    with pytest.raises(ConfigurationError, match="response_model is a type, not the text 'User'"):
        app_of({}, response_model="User")
