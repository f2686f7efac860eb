"""Everything that is wrong with a request in one answer, told without running what is the user's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from types import FunctionType
from typing import Annotated, Any

import pytest
from conftest import Send
from contracts import ask
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, Field
from python_multipart import multipart

from lambda_router import Cookie, Depends, Form, Header, HTTPError, PayloadError, Query, Request, Router
from lambda_router.testing import HttpResult, event

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Order(BaseModel):
    id: int
    name: str


class Search(BaseModel):
    size: int = Field(le=9)
    tag: list[int] = []


def findings(answer: HttpResult) -> list[tuple[str, str]]:
    """The places and kinds of a 422, in order."""
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    document = answer.json()
    assert document.keys() == {"type", "title", "status", "errors"}
    assert all(error.keys() == {"loc", "type", "msg"} for error in document["errors"])
    return [(".".join(map(str, error["loc"])), error["type"]) for error in document["errors"]]


def post(app: Router, path: str = "/", **parts: Any) -> HttpResult:
    return ask(app, event("api_gateway_http", method="POST", path=path, **parts))


def test_all_places_in_the_order_of_the_signature(send: Send) -> None:
    app = Router()

    @app.post("/{number}")
    def handler(
        number: int,
        order: Order,
        search: Annotated[Search, Query()],
        x_page: Annotated[int, Header()],
        right: str,
        session: Annotated[int, Cookie()],
        ids: list[int],
    ) -> None: ...

    query = {"size": "10", "tag": "x", "right": "r", "ids": "y"}
    answer = send(app, "POST", "/n", query=query, headers={"x-page": "p"}, body={"id": "i"})
    assert findings(answer) == [
        ("path.number", "int_parsing"),
        ("body.id", "int_parsing"),
        ("body.name", "missing"),
        ("query.size", "less_than_equal"),
        ("query.tag.0", "int_parsing"),
        ("header.x-page", "int_parsing"),
        ("cookie.session", "missing"),
        ("query.ids", "int_parsing"),
    ]
    last = send(app, "POST", "/1?size=9&right=r", headers={"x-page": "1"}, body={"id": 1, "name": "n"})
    assert findings(last) == [("cookie.session", "missing"), ("query.ids", "missing")]


def test_all_fields_of_a_form(send: Send) -> None:
    app = Router()

    @app.post("/")
    def handler(user: Annotated[str, Form()], age: Annotated[int, Form()], page: int) -> None: ...

    assert findings(send(app, "POST", "/?page=x", body="age=y", headers=FORM)) == [
        ("form.user", "missing"),
        ("form.age", "int_parsing"),
        ("query.page", "int_parsing"),
    ]
    not_text = send(app, "POST", "/?page=1", body=b"user=\xff", headers=FORM)
    assert findings(not_text) == [("body", "unicode")]


def test_another_answer_is_no_finding(send: Send) -> None:
    app = Router()

    @app.post("/a")
    def behind(page: int, user: Annotated[str, Form()], size: int) -> None: ...

    @app.post("/b")
    def before(user: Annotated[str, Form()], page: int) -> None: ...

    answer = send(app, "POST", "/a", body={})
    assert findings(answer) == [("query.page", "missing"), ("query.size", "missing")]
    assert send(app, "POST", "/b", body={}).status == 415


def test_a_form_that_is_none_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []

    class Parser(multipart.MultipartParser):
        def write(self, data: bytes) -> int:
            read.append(data)
            return super().write(data)

    monkeypatch.setattr(multipart, "MultipartParser", Parser)
    app = Router()

    @app.post("/")
    def handler(
        page: int, a: Annotated[str, Form()], b: Annotated[str, Form()], c: Annotated[str, Form()]
    ) -> None: ...

    sent = {"headers": {"content-type": "multipart/form-data; boundary=b"}, "body": "--b\r\n"}
    assert findings(post(app, **sent)) == [("query.page", "missing")]
    assert len(read) == 1
    answer = post(app, query={"page": "1"}, **sent)
    assert (answer.status, answer.json()["detail"]) == (
        400,
        "the multipart form ends before its last boundary",
    )
    assert len(read) == 2


def test_what_two_arguments_find_is_told_once() -> None:
    def named(order: Order, x_key: Annotated[str, Header()]) -> str:
        return order.name

    app = Router()

    @app.post("/")
    def handler(order: Order, name: Annotated[str, Depends(named)]) -> None: ...

    assert findings(post(app, body={"id": "x"})) == [
        ("body.id", "int_parsing"),
        ("body.name", "missing"),
        ("header.x-key", "missing"),
    ]


# -- bounds ------------------------------------------------------------------------------------------------


def test_fifty_findings_are_enough() -> None:
    app = Router()

    @app.post("/some")
    def some(page: int, numbers: list[Order], size: int) -> None: ...

    @app.post("/many")
    def many(numbers: list[Order], page: int) -> None: ...

    found = findings(post(app, "/some", body=[{}] * 40))
    assert len(found) == 50
    assert found[:3] == [("query.page", "missing"), ("body.0.id", "missing"), ("body.0.name", "missing")]
    assert ("query.size", "missing") not in found
    assert len(findings(post(app, "/some", body=[{}] * 24))) == 50
    assert findings(post(app, "/some", body=[{}] * 24))[-1] == ("query.size", "missing")
    assert {place for place, _ in findings(post(app, "/many", body=[{}] * 99))}.isdisjoint({"query.page"})


def test_no_argument_is_made_more_than_twice() -> None:
    made: list[str] = []

    def count(value: str) -> str:
        made.append(value)
        return value

    app = Router()

    @app.post("/")
    def handler(
        a: Annotated[str, AfterValidator(count)], b: int, c: Annotated[str, AfterValidator(count)]
    ) -> None: ...

    assert post(app, query={"a": "a", "b": "1", "c": "c"}).status == 204
    assert made == ["a", "c"]
    made.clear()
    assert findings(post(app, query={"a": "a", "b": "x", "c": "c"})) == [("query.b", "int_parsing")]
    assert made == ["a", "a", "c"]


def test_the_only_argument_is_made_once() -> None:
    made: list[Any] = []

    def refuse(order: Order) -> Order:
        made.append(order)
        raise ValueError("no")

    app = Router()

    @app.post("/")
    def handler(order: Annotated[Order, AfterValidator(refuse)]) -> None: ...

    assert findings(post(app, body={"id": 1, "name": "n"})) == [("body", "value_error")]
    assert len(made) == 1


def test_a_right_request_imports_nothing_for_it() -> None:
    code = """
import sys
from lambda_router import HTTPError, Router
from lambda_router.testing import Client
app = Router()
@app.get("/")
def handler(page: int, size: int):
    if page == 2:
        raise HTTPError(409)
client = Client(app)
assert [client.get(f"/?page={page}&size=1").status for page in (1, 2)] == [204, 409]
assert "lambda_router.http.findings" not in sys.modules
assert len(client.get("/").json()["errors"]) == 2
assert "lambda_router.http.findings" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# -- dependencies ------------------------------------------------------------------------------------------


class Log(list[str]):
    """Which of the user's functions ran."""


def shop(log: Log) -> Router:
    """An app whose handler's dependencies have parameters of their own."""
    app = Router()

    def inner(page: int) -> int:
        log.append("inner")
        return page

    def outer(
        inner: Annotated[int, Depends(inner)],
        again: Annotated[int, Depends(inner)],
        x_key: Annotated[int, Header()],
    ) -> Iterator[int]:
        log.append("outer")
        yield inner
        log.append("closed")

    def whole(event: Any) -> str:
        log.append("whole")
        return "whole"

    @app.post("/")
    def handler(
        first: int,
        whole: Annotated[str, Depends(whole, scope="invocation")],
        outer: Annotated[int, Depends(outer)],
        last: int,
    ) -> None:
        log.append("handler")

    return app


def test_what_a_dependency_asks_for_stands_in_its_place() -> None:
    log = Log()
    assert findings(post(shop(log))) == [
        ("query.first", "missing"),
        ("query.page", "missing"),
        ("header.x-key", "missing"),
        ("query.last", "missing"),
    ]
    assert log == []


def test_a_dependency_that_has_run_does_not_run_again() -> None:
    log = Log()
    asked = {"first": "1", "page": "1", "last": "x"}
    assert findings(post(shop(log), query=asked, headers={"x-key": "1"})) == [("query.last", "int_parsing")]
    assert log == ["whole", "inner", "outer"]
    log.clear()
    assert findings(post(shop(log), query=asked)) == [
        ("header.x-key", "missing"),
        ("query.last", "int_parsing"),
    ]
    assert log == ["whole", "inner"]


def test_a_dependency_of_many_is_asked_once() -> None:
    made: list[str] = []

    def count(value: str) -> str:
        made.append(value)
        return value

    def depth(below: Any, again: Any) -> None: ...

    def bottom(value: Annotated[str, AfterValidator(count)]) -> None: ...

    app = Router()
    function: Any = bottom
    for _ in range(4):
        here = FunctionType(depth.__code__, globals())
        here.__annotations__ = dict.fromkeys(("below", "again"), Annotated[Any, Depends(function)])
        function = here

    def handler(page: int, made: Any, size: int) -> None: ...

    handler.__annotations__["made"] = Annotated[Any, Depends(function)]
    app.post("/")(handler)
    assert findings(post(app, query={"value": "v"})) == BOTH
    assert made == ["v"]


def test_an_override_is_asked_instead() -> None:
    def real(page: int) -> int:
        raise AssertionError

    def fake(size: int) -> int:
        raise AssertionError

    app = Router()

    @app.post("/")
    def handler(first: int, made: Annotated[int, Depends(real)]) -> None: ...

    app.overrides[real] = fake
    assert findings(post(app)) == [("query.first", "missing"), ("query.size", "missing")]


# -- whose error it is -------------------------------------------------------------------------------------


def own(value: Any = None) -> Any:
    raise PayloadError("mine", part="body.own", errors=[{"loc": ("x",), "type": "mine", "msg": "is mine"}])


OWN = [("body.own.x", "mine")]


def spoil(request: Request) -> None:
    """Leave the request so that its arguments could not be made again."""
    request.query.clear()
    request.path_params.clear()


def test_the_handlers_own_error_stands_alone(send: Send) -> None:
    app = Router()
    made: list[str] = []

    def count(value: str) -> str:
        made.append(value)
        return value

    @app.post("/{number}")
    def handler(number: int, page: Annotated[str, AfterValidator(count)], request: Request) -> None:
        spoil(request)
        own()

    @app.post("/async/{number}")
    async def coroutine(number: int, page: int, request: Request) -> None:
        spoil(request)
        own()

    @app.post("/json/{number}")
    def json(number: int, page: int, request: Request) -> Any:
        spoil(request)
        return request.json()

    @app.post("/kept/{number}", response_model=int)
    def kept(number: int, page: int, request: Request) -> None:
        spoil(request)
        own()

    assert findings(send(app, "POST", "/1?page=2")) == OWN
    assert made == ["2"]
    assert findings(send(app, "POST", "/async/1?page=2")) == OWN
    assert findings(send(app, "POST", "/json/1?page=2", body="{")) == [("body", "json_invalid")]
    assert findings(send(app, "POST", "/kept/1?page=2")) == OWN


def test_a_dependencys_own_error_stands_alone() -> None:
    def function(size: int) -> None:
        own()

    def generator(size: int) -> Iterator[None]:
        yield own()

    async def coroutine(size: int) -> None:
        own()

    for dependency in (function, generator, coroutine):
        app = Router()

        def handler(made: Any, page: int) -> None: ...

        handler.__annotations__["made"] = Annotated[Any, Depends(dependency)]
        app.post("/")(handler)
        assert findings(post(app, query={"size": "1"})) == OWN


def test_a_validators_own_error_stands_alone() -> None:
    app = Router()

    @app.post("/")
    def handler(value: Annotated[str, AfterValidator(own)], page: int) -> None: ...

    assert findings(post(app, query={"value": "v"})) == OWN


def test_a_fault_of_a_validator_behind_does_not_hide_what_is_wrong() -> None:
    def fail(value: str) -> str:
        raise RuntimeError

    app = Router()

    @app.post("/")
    def handler(page: int, value: Annotated[str, AfterValidator(fail)], size: int) -> None: ...

    answer = post(app, query={"value": "v"})
    assert findings(answer) == [("query.page", "missing"), ("query.size", "missing")]


def test_an_error_that_does_not_come_again_stands_alone() -> None:
    seen: list[str] = []

    def once(value: str) -> str:
        seen.append(value)
        if len(seen) < 3:  # pydantic is asked for a value twice: of Python and of JSON
            raise ValueError("not yet")
        return value

    app = Router()

    @app.post("/")
    def handler(value: Annotated[str, AfterValidator(once)], page: int, size: int) -> None: ...

    assert findings(post(app, query={"value": "v"})) == [("query.value", "value_error")]


# -- around it ---------------------------------------------------------------------------------------------


def need(page: int, size: int) -> None: ...


async def need_later(page: int, size: int) -> None: ...


def through(invocation: Any, call_next: Any) -> Any:
    return call_next(invocation)


async def through_later(invocation: Any, call_next: Any) -> Any:
    return await call_next(invocation)


BOTH = [("query.page", "missing"), ("query.size", "missing")]


@pytest.mark.parametrize("handler", [need, need_later])
@pytest.mark.parametrize("layers", [[], [through], [through_later], [through, through_later]])
@pytest.mark.parametrize("promise", [{}, {"status": 202}, {"response_model": int}])
def test_whatever_is_around_the_handler(handler: Any, layers: Any, promise: Any) -> None:
    inner = Router()
    inner.post("/a", middleware=layers, **promise)(handler)
    app = Router()
    app.use(through)
    app.include(inner, prefix="/v1")
    assert findings(post(app, "/v1/a")) == BOTH


def test_an_exception_handler_gets_them_all() -> None:
    app = Router()
    app.post("/")(need)

    @app.exception_handler(PayloadError)
    def refuse(exc: PayloadError, invocation: Any) -> Any:
        raise HTTPError(400, [one.part for one in (exc, *exc.others)])

    answer = post(app)
    assert (answer.status, answer.json()["detail"]) == (400, ["query.page", "query.size"])
    assert answer.json().keys() == {"type", "title", "status", "detail"}


def test_an_error_has_no_others_by_itself() -> None:
    assert PayloadError("x", part="body").others == ()


def test_no_value_is_in_the_answer() -> None:
    canary = "canary5f1c"
    app = Router()

    @app.post("/{number}")
    def handler(
        number: int,
        order: Order,
        x_page: Annotated[int, Header()],
        size: int,
        session: Annotated[int, Cookie()],
    ) -> None: ...

    answer = post(
        app,
        f"/{canary}",
        body={"id": canary, canary: canary},
        query={"size": canary},
        headers={"x-page": canary},
        cookies={"session": canary},
    )
    assert len(findings(answer)) == 6
    assert canary not in answer.text


# -- the property ------------------------------------------------------------------------------------------


def page_of(page: int, x_key: Annotated[str, Header()]) -> int:
    return page


ASKED: dict[str, Any] = {
    "number": int,
    "flag": bool,
    "ids": list[int],
    "x_count": Annotated[int, Header()],
    "session": Annotated[int, Cookie()],
    "body": dict,
    "order": Order,
    "search": Annotated[Search, Query()],
    "paged": Annotated[int, Depends(page_of)],
    "text": Annotated[str, Query(), Field(min_length=2)],
}


@cache
def asking(*names: str) -> Router:
    """An app whose handler asks for these."""
    handler = eval(f"lambda {', '.join(names)}: None")
    handler.__annotations__ = {name: ASKED[name] for name in names}
    app = Router()
    app.post("/{number}")(handler)
    return app


def some(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


def sent(**values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({}, optional=values)


REQUESTS = st.fixed_dictionaries(
    {
        "path": some("/1", "/x"),
        "query": sent(
            flag=some("true", "x"),
            ids=some("1", "x"),
            size=some("1", "10", "x"),
            tag=some("1", "x"),
            page=some("1", "x"),
            text=some("ab", "a"),
        ),
        "headers": sent(**{"x-count": some("1", "x"), "x-key": some("k")}),
        "cookies": sent(session=some("1", "x")),
        "body": st.sampled_from(["", "{", "[]", '{"id": 1, "name": "n"}', '{"id": "x"}', "null"]),
    }
)


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(sorted(ASKED)), min_size=1, unique=True), REQUESTS)
def test_together_they_find_what_each_finds_alone(names: list[str], request: dict[str, Any]) -> None:
    expected: list[Any] = []
    for name in names:
        alone = post(asking(name), **request)
        if alone.status == 422:
            expected += [error for error in alone.json()["errors"] if error not in expected]
    together = post(asking(*names), **request)
    assert together.status == (422 if expected else 204)
    if expected:
        assert together.json()["errors"] == expected
