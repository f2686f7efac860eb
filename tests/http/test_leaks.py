"""Ten thousand failing requests: nothing of them is in an answer, in a log or in what prints itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conftest import FORMS
from contracts import MODELS
from pydantic import BaseModel, field_validator

from lambda_router import Depends, HTTPError, Invocation, Request, Response, ResultError, Router
from lambda_router.errors import PayloadError
from lambda_router.testing import LambdaContext, event

CANARY = "canary-9d2e"
REQUESTS = 10_000


class Loaded(Exception):
    """An exception that has the canary wherever an exception can have something."""

    secret = CANARY

    def __init__(self) -> None:
        super().__init__(CANARY, {CANARY: CANARY})
        self.detail = self.status = self.errors = self.part = CANARY
        self.add_note(CANARY)
        self.__cause__ = KeyError(CANARY)

    def __str__(self) -> str:
        return CANARY

    __repr__ = __str__


class Deceiving(Exception):
    """An exception that says it is an answer."""

    status, detail, headers = 200, CANARY, {CANARY: CANARY}

    @property
    def __class__(self) -> Any:
        return HTTPError


class Order(BaseModel):
    id: int


class Checked(BaseModel):
    id: int

    @field_validator("id")
    @classmethod
    def check(cls, value: int) -> int:
        raise RuntimeError(CANARY)


def raising(exc: Callable[[], BaseException]) -> Callable[[], Any]:
    def handler() -> Any:
        password = CANARY
        raise exc() from ValueError(password)

    return handler


def chunks() -> Iterator[str]:
    yield CANARY
    raise RuntimeError(CANARY)


async def later() -> None:
    raise Loaded


class Refusing:
    """A result that cannot be read."""

    items = CANARY

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(CANARY)

    def __repr__(self) -> str:
        return CANARY


HANDLERS: dict[str, Callable[[], Any]] = {
    "text": raising(lambda: RuntimeError(CANARY)),
    "loaded": raising(Loaded),
    "deceiving": raising(Deceiving),
    "group": raising(lambda: ExceptionGroup(CANARY, [Loaded()])),
    "exit": raising(lambda: SystemExit(CANARY)),
    "key": lambda: {}[CANARY],
    "assertion": raising(lambda: AssertionError(CANARY)),
    "result error": raising(lambda: ResultError(CANARY, path=CANARY)),
    "surrogate": raising(lambda: RuntimeError(f"{CANARY}\ud800")),
    "broken answer": raising(lambda: HTTPError(400, {CANARY: object()})),
    "broken header": raising(lambda: HTTPError(400, headers={"x-a": f"{CANARY}\n"})),
    "coroutine": later,
    "pieces": lambda: Response(chunks()),
    "object": Refusing,
    "json": lambda: {CANARY: object(), "a": {1: CANARY}},
    "header": lambda: ("x", 200, {"x-a": f"{CANARY}\r\n"}),
    "header name": lambda: ("x", 200, {f"{CANARY}:": "1"}),
    "status": lambda: Response("x", CANARY),  # type: ignore[arg-type]
    "cookie": lambda: Response("x", cookies=[f"{CANARY}\n=1"]),
    "content type": lambda: Response("x", content_type=f"{CANARY}\n"),
    "redirect": lambda: Response.redirect(f"/{CANARY}\n"),
    "file": lambda: Response.file(f"/{CANARY}"),
    "proxy answer": lambda: {"statusCode": 200, "body": CANARY},
    "generator": chunks,
}


def app_of(kind: str) -> Router:
    app = Router()
    handler = HANDLERS[kind]
    app.http("/{rest:path}", methods=["POST"])(handler)
    return app


def depending() -> Router:
    app = Router()

    def connect() -> Any:
        raise Loaded

    @app.post("/{rest:path}")
    def handler(rest: str, connection: Any = Depends(connect)) -> None: ...

    return app


def closing() -> Router:
    app = Router()

    def connect() -> Iterator[str]:
        yield CANARY
        raise Loaded

    @app.post("/{rest:path}")
    def handler(rest: str, connection: Any = Depends(connect)) -> str:
        return "x"

    return app


def layered(*, route: bool) -> Router:
    app = Router()

    def layer(invocation: Invocation, call_next: Any) -> Any:
        call_next(invocation)
        raise Loaded

    if not route:
        app.use(layer)
    app.post("/{rest:path}", middleware=[layer] if route else [])(lambda request: "x")
    return app


def handled() -> Router:
    app = Router()

    @app.exception_handler(ZeroDivisionError)
    def broken(exc: Exception, invocation: Invocation) -> Any:
        raise Loaded

    app.post("/{rest:path}")(lambda: 1 / 0)
    return app


def promising() -> Router:
    app = Router()
    app.post("/{rest:path}", response_model=Order)(lambda: {"id": CANARY, CANARY: 1})
    return app


def validating() -> Router:
    app = Router()

    @app.post("/{rest:path}")
    def handler(rest: str, body: Checked) -> None: ...

    return app


def defaulting() -> Router:
    app = Router()
    app.default(lambda: {}[CANARY])
    return app


def cors() -> Router:
    app = Router(cors="https://shop.example.com")
    app.post("/{rest:path}")(raising(Loaded))
    return app


APPS: dict[str, Callable[[], Router]] = {
    **{kind: lambda kind=kind: app_of(kind) for kind in HANDLERS},  # type: ignore[misc]
    "dependency": depending,
    "closing": closing,
    "middleware": lambda: layered(route=False),
    "route middleware": lambda: layered(route=True),
    "exception handler": handled,
    "promise": promising,
    "validator": validating,
    "default": defaulting,
    "cors": cors,
}

EVENTS = {
    form: event(
        form,
        path=f"/{CANARY}",
        method="POST",
        query={"token": CANARY, CANARY: "1"},
        headers={"authorization": CANARY, "x-api-key": CANARY, "origin": f"https://{CANARY}", CANARY: "1"},
        cookies={"session": CANARY},
        body={"id": 1, "password": CANARY},
    )
    for form in FORMS
}


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """Every line that anything logs at any level, with its traceback and its arguments."""
    lines: list[str] = []
    formatter = logging.Formatter("%(levelname)s %(name)s %(message)s")

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{formatter.format(record)} {record.args!r}")

    root, handler = logging.getLogger(), Keep(logging.NOTSET)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.NOTSET)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def check(answer: Any, lines: list[str], form: str, kind: str) -> None:
    shown = json.dumps(answer)
    assert CANARY not in shown, (form, kind)
    assert MODELS[form.partition(".")[0]](answer, EVENTS[form]) is None, (form, kind)
    assert answer["statusCode"] == 500, (form, kind)
    document = json.loads(answer["body"])
    assert sorted(document) == ["correlation_id", "status", "title", "type"], (form, kind)
    assert [line for line in lines if CANARY in line] == [], (form, kind)
    ours = [line for line in lines if line.startswith("ERROR lambda_router ")]
    assert len(ours) == 1, (form, kind, lines)
    assert f"correlation_id={document['correlation_id']}" in ours[0]


def test_ten_thousand_failing_requests_leak_nothing() -> None:
    apps = {kind: make() for kind, make in APPS.items()}
    context, sent = LambdaContext(), 0
    with everything_logged() as lines:
        while sent < REQUESTS:
            for kind, app in apps.items():
                for form, request in EVENTS.items():
                    lines.clear()
                    check(app(request, context), lines, form, kind)
                    sent += 1
    assert sent >= REQUESTS


@pytest.mark.parametrize("form", FORMS)
def test_a_canary_in_a_class_name_is_in_no_answer(form: str) -> None:
    app = Router()
    app.post("/{rest:path}")(raising(lambda: type(CANARY, (Exception,), {"__module__": CANARY})()))
    assert CANARY not in json.dumps(app(EVENTS[form], LambdaContext()))


@pytest.mark.parametrize("form", FORMS)
def test_a_payload_error_of_the_handler_tells_no_value(form: str) -> None:
    app = Router()

    @app.post("/{rest:path}")
    def handler(rest: str, body: Order, token: int) -> None: ...

    with everything_logged() as lines:
        answer = app(EVENTS[form], LambdaContext())
    assert (answer["statusCode"], lines) == (422, [])
    assert CANARY not in json.dumps(answer)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_prints_what_it_holds(form: str) -> None:
    app = Router(cors="*")
    seen: list[str] = []

    @app.post("/{rest:path}")
    def handler(request: Request, invocation: Invocation) -> Any:
        response = Response({CANARY: CANARY}, headers={"x-a": CANARY}, cookies=[f"a={CANARY}"])
        error = PayloadError("body does not validate", part="body", errors=[{"loc": (), "input": CANARY}])
        shown = (
            request,
            response,
            response.headers,
            response.answer(),
            invocation,
            app,
            error,
        )
        seen.extend(repr(one) for one in shown)
        seen.extend(repr(route) for route in app.routes)
        raise RuntimeError

    app(EVENTS[form], LambdaContext())
    assert len(seen) == 8
    assert [one for one in seen if CANARY in one] == []
