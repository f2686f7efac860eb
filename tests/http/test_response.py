"""Responses and their headers: what is taken, what is refused, and that nothing refused can get out."""

from __future__ import annotations

import enum
import json
from http import HTTPStatus
from typing import Any

import pytest
from contracts import MODELS
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router import HTTPError, PublicError, Reject, Response, ResultError, Retry, Router
from lambda_router.http.response import ResponseHeaders, answer_of, fault, phrase, respond
from lambda_router.testing import event


def test_a_response_keeps_what_it_was_given() -> None:
    body = {"id": 7}
    response = Response(body, 201, headers={"X-A": [1, "2"]}, cookies={"a": "1"}, content_type="text/x")
    assert response.body is body
    assert (response.status, response.cookies) == (201, ["a=1"])
    assert dict(response.headers) == {"X-A": "1, 2", "content-type": "text/x"}
    assert repr(response) == "<Response 201>"


def test_a_response_may_be_answered_more_than_once() -> None:
    response = Response("x", headers={"x-a": ["1", "2"], "Set-Cookie": "a=1"}, cookies=["b=2"])
    for _ in range(2):
        answer = response.answer()
        assert answer.multiple() == {
            "x-a": ["1", "2"],
            "content-type": ["text/plain; charset=utf-8"],
            "set-cookie": ["a=1", "b=2"],
        }
        answer.multiple()["x-a"].clear()
        answer.cookies.clear()


@pytest.mark.parametrize("status", [True, False, "200", 200.0, None, 99, 600, -1, 10**9])
def test_a_status_that_is_none(status: Any) -> None:
    with pytest.raises(ResultError, match="an HTTP status is an integer from 100 to 599") as caught:
        Response("x", status)
    assert caught.value.path == "$.status"


def test_a_named_status() -> None:
    response = Response("x", HTTPStatus.CREATED)
    assert type(response.status) is int
    assert response.status == 201


@pytest.mark.parametrize("status", [100, 199, 204, 304])
@pytest.mark.parametrize("body", ["x", b"x", {"a": 1}, object()])
def test_statuses_without_a_body(status: int, body: Any) -> None:
    answer = Response(body, status, headers={"x-a": "1"}).answer()
    assert (answer.body, answer.is_base64, answer.headers) == ("", False, {"x-a": ["1"]})


# -- headers -----------------------------------------------------------------------------------------------


def test_headers_are_found_in_any_case() -> None:
    headers = ResponseHeaders({"Content-Type": "text/css", "X-Many": ["1", 2, 0.5]})
    assert headers["content-type"] == headers["CONTENT-TYPE"] == headers.get("Content-Type") == "text/css"
    assert "x-many" in headers
    assert "x-none" not in headers
    assert 7 not in headers
    assert headers.get("x-none") is None
    assert headers.all("X-MANY") == ["1", "2", "0.5"]
    assert headers.all("x-none") == []
    assert (list(headers), len(headers)) == (["Content-Type", "X-Many"], 2)
    assert repr(headers) == "<ResponseHeaders Content-Type, X-Many>"


def test_headers_are_set_added_and_taken_out() -> None:
    headers = ResponseHeaders({"X-A": "1"})
    headers["x-a"] = "2"
    headers.add("X-A", "3")
    headers.update({"x-b": ["4", "5"]})
    headers.setdefault("X-B", "6")
    assert headers.lists() == {"x-a": ["2", "3"], "x-b": ["4", "5"]}
    del headers["X-B"]
    assert headers.pop("x-none", None) is None
    assert dict(headers) == {"x-a": "2, 3"}
    with pytest.raises(KeyError):
        headers["x-b"]
    with pytest.raises(KeyError):
        del headers["x-b"]


class Kind(str, enum.Enum):  # noqa: UP042  (the older form is what people have)
    PLAIN = "text/plain"


def test_a_subclass_of_text_is_its_text() -> None:
    headers = ResponseHeaders({Kind.PLAIN.replace("/", "-"): Kind.PLAIN})
    assert headers.lists() == {"text-plain": ["text/plain"]}
    assert type(headers["text-plain"]) is str


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ü", "a\0", "(a)", 7, None, b"a"])
def test_names_that_http_does_not_allow(name: Any) -> None:
    for build in (
        lambda: ResponseHeaders({name: "1"}),
        lambda: ResponseHeaders().add(name, "1"),
        lambda: ResponseHeaders().__setitem__(name, "1"),
    ):
        with pytest.raises(ResultError) as caught:
            build()
        assert caught.value.path == "$.headers"


@pytest.mark.parametrize(
    "value",
    ["a\rb", "a\nb", "a\0b", "\x7f", "\x85", "\x1b[0m", "\ud800", None, True, b"x", {"a": 1}, [["a"]]],
)
def test_values_that_http_does_not_allow(value: Any) -> None:
    for build in (
        lambda: ResponseHeaders({"x-a": value}),
        lambda: ResponseHeaders().__setitem__("x-a", value),
        lambda: Response("x", content_type=value or "\n"),
    ):
        with pytest.raises(ResultError):
            build()


def test_values_that_http_allows() -> None:
    headers = ResponseHeaders({"x-a": ["", " ", "\t", "é", "日本", "a\\b", '"']})
    assert headers.all("x-a") == ["", " ", "\t", "é", "日本", "a\\b", '"']


@pytest.mark.parametrize(
    "cookies",
    [
        "a=1",
        ["a"],
        ["=1"],
        [""],
        ["a b=1"],
        ["a=1\nb"],
        [7],
        [None],
        {"a": None},
        {"": "1"},
        {"a": "1; b"},
        {"a=b;": "1"},
    ],
)
def test_cookies_that_are_none(cookies: Any) -> None:
    with pytest.raises(ResultError) as caught:
        Response("x", cookies=cookies)
    assert caught.value.path in ("$.cookies", "$.headers")


def test_more_cookies_than_a_name_has_spellings() -> None:
    answer = Response(cookies={f"c{n}": "1" for n in range(513)}).answer()
    assert len(answer.multiple()["set-cookie"]) == 513
    with pytest.raises(ResultError, match="513 cookies"):
        answer.spelt()


def test_every_cookie_has_a_spelling_of_its_own() -> None:
    spelt = Response(cookies={f"c{n}": "1" for n in range(512)}).answer().spelt()
    assert len(spelt) == 512
    assert {name.lower() for name in spelt} == {"set-cookie"}
    assert next(iter(spelt)) == "set-cookie"


def test_the_size_of_headers() -> None:
    answer = Response(headers={"x-a": ["12", "é"]}, cookies=["a=1"]).answer()
    assert answer.header_size() == len(b"x-a: 12\r\n") + len("x-a: é\r\n".encode()) + len(
        b"set-cookie: a=1\r\n"
    )


# -- redirects -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/orders", "/orders"),
        ("../orders?page=2#top", "../orders?page=2#top"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("/größe?q=ü", "/gr%C3%B6%C3%9Fe?q=%C3%BC"),
        ("/50%25", "/50%25"),
        ("/\\evil.example", "/%5Cevil.example"),
        ("app://callback?code=1", "app://callback?code=1"),
        ('/"<>^`{|}', "/%22%3C%3E%5E%60%7B%7C%7D"),
    ],
)
def test_a_redirect(url: str, location: str) -> None:
    response = Response.redirect(url)
    assert (response.status, response.headers["location"], response.body) == (307, location, None)
    assert response.answer().headers == {"location": [location]}


def test_a_redirect_with_more() -> None:
    response = Response.redirect("/", 303, headers={"x-a": "1"}, cookies=["a=1"])
    assert (response.status, dict(response.headers)) == (303, {"x-a": "1", "location": "/"})
    assert response.cookies == ["a=1"]


@pytest.mark.parametrize(
    "url", ["", None, 7, b"/", "/a\r\nset-cookie: a=1", "/\0", "\n/", "/\x85", "/\ud800"]
)
def test_where_a_redirect_cannot_lead(url: Any) -> None:
    with pytest.raises(ResultError) as caught:
        Response.redirect(url)
    assert caught.value.path == "$.headers"


@pytest.mark.parametrize("status", [200, 300, 304, 305, 306, 309, "307", None, True])
def test_statuses_that_do_not_redirect(status: Any) -> None:
    with pytest.raises(ResultError, match="a redirect has status"):
        Response.redirect("/", status)


# -- bodies in pieces ----------------------------------------------------------------------------------------


def test_a_body_in_pieces_is_read_at_once() -> None:
    assert Response(iter(["a", "ü", "b"])).body == "aüb"
    assert Response(iter([b"a", bytearray(b"b"), memoryview(b"c")])).body == b"abc"
    assert Response(n * "ab" for n in range(3)).body == "ababab"
    assert Response(iter(["ü", b"\xff"])).body == b"\xc3\xbc\xff"
    assert Response(iter([])).body == ""
    assert Response([1, 2]).body == [1, 2]


def test_the_pieces_are_closed() -> None:
    closed: list[str] = []

    def pieces(last: Any) -> Any:
        try:
            yield "a"
            yield last
        finally:
            closed.append(str(last))

    assert Response(pieces("b")).body == "ab"
    for wrong in (7, None, ["a"]):
        with pytest.raises(ResultError, match="a body in pieces is text or bytes"):
            Response(pieces(wrong))
    assert closed == ["b", "7", "None", "['a']"]


def test_pieces_without_end_are_given_up() -> None:
    with pytest.raises(ResultError, match="more bytes than any caller takes"):
        Response("x" * 65_536 for _ in iter(int, 1))


def test_an_open_file_is_sent_and_closed(tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\ntwo\n\xff")
    with (tmp_path / "a.txt").open("rb") as file:
        assert Response(file).body == b"one\ntwo\n\xff"
        assert file.closed


def test_asynchronous_pieces_are_a_fault() -> None:
    async def pieces() -> Any:
        yield "a"

    with pytest.raises(ResultError, match="has to be read to its end first"):
        Response(pieces()).answer()


def test_a_body_that_no_caller_takes_is_not_encoded() -> None:
    for body in ("x" * 6_291_557, bytes(4_718_668), memoryview(bytes(4_718_668)).cast("I")):
        with pytest.raises(ResultError, match="than any caller takes"):
            Response(body).answer()


def test_another_body_in_the_same_answer() -> None:
    response = Response("x", 201, headers={"X-A": ["1", "2"]}, cookies=["a=1"])
    other = response.replaced(b"y", status=202)
    other.headers.add("x-a", 3)
    other.cookies.append("b=2")
    assert (other.body, other.status, other.headers.all("x-a")) == (b"y", 202, ["1", "2", "3"])
    assert (response.body, response.status, response.headers.all("x-a")) == ("x", 201, ["1", "2"])
    assert response.cookies == ["a=1"]


# -- fuzz: 100 to 599, no control character, whatever a handler gives ----------------------------------------

ANY_TEXT = st.text(st.characters(), max_size=12)
NAMES = st.sampled_from(["x-a", "X-A", "Set-Cookie", "content-type", "a\r\nb", "", "é", "a:"]) | ANY_TEXT
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner),
    max_leaves=4,
)
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            ANY_TEXT | st.sampled_from(["statusCode", "body", "headers"]) | st.integers(), inner, max_size=3
        )
        | st.tuples(inner, inner)
        | st.sets(st.integers(), max_size=2)
    ),
    max_leaves=6,
)
STATUSES = (
    st.sampled_from([200, 201, 204, 301, 404, 500, 599])
    | st.integers()
    | st.none()
    | st.booleans()
    | ANY_TEXT
)
HEADERS = st.dictionaries(NAMES, VALUES, max_size=3) | st.none() | st.lists(ANY_TEXT, max_size=2)
COOKIES = (
    st.lists(ANY_TEXT | st.just("a=1"), max_size=3)
    | st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=2)
    | ANY_TEXT
)


def build(body: Any, status: Any, headers: Any, cookies: Any, kind: Any) -> Any:
    return lambda: Response(body, status, headers=headers, cookies=cookies, content_type=kind)


RESULTS = (
    BODIES.map(lambda body: lambda: body)
    | st.tuples(BODIES, STATUSES).map(lambda pair: lambda: pair)
    | st.tuples(BODIES, STATUSES, HEADERS).map(lambda triple: lambda: triple)
    | st.builds(build, BODIES, STATUSES, HEADERS, COOKIES, st.none() | ANY_TEXT)
)
FORMS = [
    "api_gateway_rest",
    "api_gateway_http",
    "function_url",
    "alb",
    "alb.multi_value",
    "vpc_lattice",
    "vpc_lattice_v2",
]


@settings(max_examples=600, deadline=None)
@given(RESULTS)
def test_whatever_a_handler_returns_is_an_answer_that_every_caller_takes(result: Any) -> None:
    app = Router()
    app.get("/")(lambda: result())
    statuses = set()
    for form, sent in EVENTS.items():
        answer = app(sent)
        json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
        refusal = MODELS[form.partition(".")[0]](answer, sent)
        assert refusal is None, (form, refusal)
        statuses.add((answer["statusCode"], answer["body"] if answer["statusCode"] != 500 else ""))
    assert len(statuses) == 1


EVENTS = {form: event(form, path="/") for form in FORMS}


@settings(max_examples=1000, deadline=None)
@given(st.dictionaries(ANY_TEXT, ANY_TEXT | st.lists(ANY_TEXT, max_size=3), max_size=3))
def test_no_control_character_gets_out(headers: Any) -> None:
    try:
        answer = Response("x", headers=headers).answer()
    except ResultError:
        return
    sent = [text for name, values in answer.multiple().items() for text in (name, *values)]
    assert not any(c in text for text in sent for c in "\r\n\0\x1b\x7f\x85")


# -- respond and the answers of exceptions -------------------------------------------------------------------


def test_respond() -> None:
    response = Response("x")
    assert respond(response) is response
    assert respond(None).status == 204
    assert respond(("x", 201)).status == 201
    assert respond(("x", 201, None)).status == 201
    assert respond(("x", 201, {"x-a": "1"})).headers["x-a"] == "1"
    assert respond(("x", True)).body == ("x", True)
    assert respond([1, 2]).body == [1, 2]


@pytest.mark.parametrize(
    "result", [{"statusCode": 200, "body": ""}, {"statusCode": 200, "headers": {}, "x": 1}]
)
def test_a_proxy_answer_is_never_data(result: Any) -> None:
    with pytest.raises(ResultError, match=r"return Response\(body, status\)"):
        respond(result)
    assert respond((result, 200)).body is result


def document(exc: BaseException) -> Any:
    response = answer_of(exc)
    assert response is not None
    return response.body


def test_the_answers_of_exceptions() -> None:
    assert document(HTTPError(404)) == {"type": "about:blank", "title": "Not Found", "status": 404}
    assert document(HTTPError(404, ["a"]))["detail"] == ["a"]
    assert document(PublicError("p" * 5000))["detail"].endswith("…")
    assert document(Reject("secret")) == document(HTTPError(422))
    assert document(Retry("secret")) == document(HTTPError(503))
    assert answer_of(ValueError()) is None
    assert answer_of(ResultError("x")) is None
    assert fault("id-1").body["correlation_id"] == "id-1"


def test_phrases() -> None:
    assert phrase(200) == "OK"
    assert phrase(226) == "IM Used"
    assert phrase(299) == "Answer"
    assert phrase(599) == "Error"
    renamed = {413: "Content Too Large", 422: "Unprocessable Content"}  # RFC 9110, and so Python 3.13
    for status in HTTPStatus:
        assert phrase(status) == renamed.get(status, status.phrase)
