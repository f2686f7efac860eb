"""Cookies with attributes: what browsers keep, and nothing that says more than was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from http.cookies import SimpleCookie
from typing import Any

import pytest
from conftest import Send
from hypothesis import given
from hypothesis import strategies as st

from lambda_router import Response, ResultError, Router


def written(*values: Any, **attributes: Any) -> str:
    response = Response()
    response.set_cookie(*values, **attributes)
    (cookie,) = response.cookies
    return cookie


def test_safe_unless_told_otherwise() -> None:
    assert written("session", "s-1") == "session=s-1; Path=/; Secure; HttpOnly; SameSite=Lax"


def test_attributes() -> None:
    assert (
        written(
            "a",
            "1",
            max_age=60,
            expires=datetime(2030, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2))),
            path="/shop",
            domain="example.com",
            same_site="None",
            partitioned=True,
        )
        == "a=1; Max-Age=60; Expires=Wed, 02 Jan 2030 03:04:05 GMT; Path=/shop; Domain=example.com; Secure; HttpOnly; "
        "SameSite=None; Partitioned"
    )
    bare = {"path": None, "secure": False, "http_only": False, "same_site": None}
    assert written("a", "", **bare) == "a="
    assert written("a", "1", max_age=timedelta(days=1), **bare) == "a=1; Max-Age=86400"
    assert written("__Host-a", "1") == "__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax"


def test_one_is_deleted() -> None:
    response = Response(cookies=["b=2"])
    response.delete_cookie("a", path="/shop", domain="example.com")
    assert response.cookies == [
        "b=2",
        "a=; Max-Age=0; Path=/shop; Domain=example.com; Secure; HttpOnly; SameSite=Lax",
    ]


def test_every_caller_gets_several(send: Send) -> None:
    app = Router()

    @app.get("/")
    def handler() -> Response:
        response = Response({"a": 1}, cookies={"first": "1"})
        response.set_cookie("second", "2", max_age=5)
        response.delete_cookie("third")
        return response

    answer = send(app, "GET", "/")
    assert answer.cookies == {"first": "1", "second": "2", "third": ""}
    assert len(answer.headers.all("set-cookie")) == 3


@pytest.mark.parametrize(
    ("name", "value", "attributes"),
    [
        *((name, "1", {}) for name in ("", "a b", "a=b", "a;b", "a\r\nb", "ü", "a\0", 7, None, "(a)", '"a"')),
        *(
            ("a", value, {})
            for value in ("a b", "a;b", "a,b", 'a"b', "a\\b", "a\r\nb", "é", "\0", "\x7f", None, 7, b"a")
        ),
        *(("a", "1", {key: "x; Domain=evil.example"}) for key in ("path", "domain")),
        *(("a", "1", {key: "x\r\nset-cookie: b=2"}) for key in ("path", "domain")),
        *(("a", "1", {key: value}) for key in ("path", "domain") for value in ("", 7, "é")),
        *(("a", "1", {"max_age": age}) for age in ("60", 1.5, True, "1; Domain=x")),
        ("a", "1", {"expires": datetime(2030, 1, 1)}),
        ("a", "1", {"expires": "Wed, 02 Jan 2030 03:04:05 GMT"}),
        ("a", "1", {"same_site": "lax; Domain=x"}),
        ("a", "1", {"same_site": "None", "secure": False}),
        ("a", "1", {"partitioned": True, "secure": False}),
        ("__Secure-a", "1", {"secure": False}),
        ("__Host-a", "1", {"secure": False}),
        ("__host-a", "1", {"path": "/a"}),
        ("__Host-a", "1", {"domain": "example.com"}),
    ],
)
def test_what_no_browser_keeps(name: Any, value: Any, attributes: Any) -> None:
    response = Response()
    with pytest.raises(ResultError) as caught:
        response.set_cookie(name, value, **attributes)
    assert caught.value.path == "$.cookies"
    assert response.cookies == []
    assert "evil" not in str(caught.value)


TEXT = st.text(st.characters(), max_size=10) | st.text("ab=;, \r\n", max_size=6)


@given(TEXT, TEXT, TEXT, TEXT, st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_what_was_meant(
    name: str, value: str, path: str, domain: str, expires: datetime
) -> None:
    try:
        cookie = written(name, value, path=path, domain=domain, expires=expires)
    except ResultError:
        return
    assert cookie.isascii()
    assert cookie.isprintable()
    assert cookie.count(";") == 6
    first, date, *rest = cookie.split("; ")
    assert first == f"{name}={value}"
    assert datetime.strptime(date, "Expires=%a, %d %b %Y %H:%M:%S GMT").replace(
        tzinfo=UTC
    ) == expires.replace(microsecond=0)
    assert rest == [f"Path={path}", f"Domain={domain}", "Secure", "HttpOnly", "SameSite=Lax"]


def test_the_standard_library_reads_them() -> None:
    jar = SimpleCookie(written("a", "1", max_age=60, domain="example.com"))
    assert (jar["a"].value, jar["a"]["max-age"], jar["a"]["secure"], jar["a"]["samesite"]) == (
        "1",
        "60",
        True,
        "Lax",
    )
