"""A hundred thousand answers made of hostile text: no header that nobody set, and no control character in one."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable
from typing import Any

import pytest
from contracts import MODELS

from lambda_router import HTTPError, Response, ResultError, Retry, Router
from lambda_router.testing import event

EVIL = "set-cookie: evil=1"
HOSTILE = [
    *(
        f"a{end}{EVIL}"
        for end in ("\r\n", "\n", "\r", "\r\n\r\n<html>", "\n ", "\x0b", "\x0c", "\x85", "\u2028", "\0")
    ),
    *(f"{start}a" for start in ("\r\n", "\n", "\x1b[31m", "\x7f", "\x9f", "\x01")),
    *(
        "a\r\n",
        "a\n",
        "a\r",
        "%0d%0aset-cookie: evil=1",
        "a\u560d\u560aset-cookie: evil=1",
        "\ud800",
        "a\ud80d\ud80a",
    ),
]

Way = Callable[[str], Response]


def changed(change: Callable[[Response], Any]) -> Response:
    response = Response("x")
    change(response)
    return response


class Word(str):
    """A text that shows itself as harmless to who iterates over it."""

    __slots__ = ()

    def __iter__(self) -> Any:
        return iter("harmless")

    def __str__(self) -> str:
        return "harmless"


class Number(int):
    """A number that writes itself as something else."""

    text = "1"

    def __str__(self) -> str:
        return Word(self.text)

    __repr__ = __str__


def number(text: str) -> int:
    return type("Number", (Number,), {"text": text})()  # type: ignore[no-any-return]


def kind(text: str) -> Any:
    return enum.Enum("Kind", {"A": text}, type=str).A


WAYS: dict[str, Way] = {
    "a header": lambda t: Response("x", headers={"x-a": t}),
    "one of several": lambda t: Response("x", headers={"x-a": ["1", t]}),
    "a header's name": lambda t: Response("x", headers={t: "1"}),
    "a set header": lambda t: changed(lambda r: r.headers.__setitem__("x-a", t)),
    "a set name": lambda t: changed(lambda r: r.headers.__setitem__(t, "1")),
    "an added header": lambda t: changed(lambda r: r.headers.add("x-a", t)),
    "an update": lambda t: changed(lambda r: r.headers.update({"x-a": t})),
    "a default": lambda t: changed(lambda r: r.headers.setdefault("x-a", t)),
    "all headers": lambda t: changed(lambda r: setattr(r, "headers", {"x-a": t})),
    "a content type": lambda t: Response("x", content_type=t),
    "a cookie": lambda t: Response("x", cookies=[f"a={t}"]),
    "a cookie's name": lambda t: Response("x", cookies=[f"{t}=1"]),
    "a named cookie": lambda t: Response("x", cookies={"a": t}),
    "a mapping's name": lambda t: Response("x", cookies={t: "1"}),
    "an appended cookie": lambda t: changed(lambda r: r.cookies.append(f"a={t}")),
    "a cookie header": lambda t: Response("x", headers={"Set-Cookie": f"a={t}"}),
    "a set cookie": lambda t: changed(lambda r: r.set_cookie("a", t)),
    "a set cookie's name": lambda t: changed(lambda r: r.set_cookie(t, "1")),
    "a cookie's path": lambda t: changed(lambda r: r.set_cookie("a", "1", path=t)),
    "a cookie's domain": lambda t: changed(lambda r: r.set_cookie("a", "1", domain=t)),
    "a deleted cookie": lambda t: changed(lambda r: r.delete_cookie(t)),
    "a redirect": lambda t: Response.redirect(t),
    "a redirect's query": lambda t: Response.redirect(f"/?next={t}"),
    "a file's name": lambda t: Response.file(__file__, filename=t),
    "a file's type": lambda t: Response.file(__file__, content_type=t),
    "another word": lambda t: Response("x", headers={"x-a": Word(t)}),
    "another word's name": lambda t: Response("x", headers={Word(t): "1"}),
    "another number": lambda t: Response("x", headers={"x-a": number(t)}),
    "an enum": lambda t: Response("x", headers={"x-a": kind(t)}),
}


def controls(text: str) -> bool:
    return any((c < " " and c != "\t") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)


def sent(response: Response) -> list[tuple[str, str]]:
    return [(name, value) for name, values in response.answer().multiple().items() for value in values]


def check(way: str, text: str) -> bool:
    """Whether the text came through; then harmless, and under the names that were meant."""
    try:
        rows = sent(WAYS[way](text))
    except ResultError:
        return False
    assert not [row for row in rows if any(map(controls, row))], (way, text)
    assert not [value for name, value in rows if name.lower() == "set-cookie" and value.startswith("evil")], (
        way,
        text,
    )
    return True


@pytest.mark.parametrize("way", WAYS)
def test_hostile_text_is_refused_or_harmless(way: str) -> None:
    for text in HOSTILE:
        taken = check(way, text)
        cleaned = way == "a file's name"  # which loses what cannot be shown
        assert not (taken and controls(text) and not cleaned), (way, text)


def test_a_hundred_thousand_texts() -> None:
    dice = random.Random(8)
    alphabet = 'ab=;:, \t"\\/%-\r\n\0\x0b\x1b\x7f\x85\u00e9\u2028\u560a\ud800'
    ways = [name for name in WAYS if not name.startswith("a file's type")]
    taken = 0
    for _ in range(100_000):
        text = "".join(dice.choices(alphabet, k=dice.randrange(6)))
        way = dice.choice(ways)
        if way != "a file's name" or dice.random() < 0.05:  # which reads a file each time
            taken += check(way, text)
    assert 10_000 < taken < 90_000


ERRORS: list[Callable[[str], BaseException]] = [
    lambda t: HTTPError(400, headers={"x-a": t}),
    lambda t: HTTPError(400, headers={t: "1"}),
    lambda t: HTTPError(400, headers={"Location": t}),
    lambda t: Retry(after=t),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(
    "form", ["api_gateway_rest", "api_gateway_http", "alb", "alb.multi_value", "vpc_lattice_v2"]
)
def test_no_way_leads_to_a_client(form: str) -> None:
    app = Router(cors="*")
    given: list[Callable[[], Any]] = []
    app.get("/")(lambda: given[0]())
    request = event(
        form, path="/", headers={"origin": HOSTILE[0], "access-control-request-headers": HOSTILE[0]}
    )
    for text in HOSTILE:
        for way in [*WAYS.values(), *ERRORS]:

            def act(way: Any = way, text: str = text) -> Any:
                made = way(text)
                if isinstance(made, BaseException):
                    raise made
                return made

            given[:] = [act]
            answer = app(request)
            assert MODELS[form.partition(".")[0]](answer, request) is None
            assert not [
                cookie for cookie in answer.get("cookies", []) if cookie.startswith(("evil", "set-cookie"))
            ]
            heads = answer.get("headers") or answer.get("multiValueHeaders") or {}
            assert not [
                name for name in heads if name.lower() == "set-cookie" and "evil" in str(heads[name])[:8]
            ]
