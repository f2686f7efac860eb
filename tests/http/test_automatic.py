"""What is answered without a route of its own: HEAD, OPTIONS, and the other end of a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from conftest import Send
from contracts import ask
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router import ConfigurationError, HTTPError, Response, Router
from lambda_router.testing import event

# -- HEAD --------------------------------------------------------------------------------------------------


def fails() -> None:
    raise HTTPError(418, "short and stout", headers={"x-a": "1"})


RESULTS: dict[str, Callable[[], Any]] = {
    "dict": lambda: {"name": "café"},
    "list": lambda: [1, 2],
    "text": lambda: "café",
    "no text": lambda: "",
    "bytes": lambda: b"\x00\xff\x80",
    "four bytes": lambda: b"1234",
    "None": lambda: None,
    "tuple": lambda: ({"id": 1}, 201, {"location": "/1"}),
    "not modified": lambda: Response(status=304, headers={"etag": '"1"'}),
    "cookies": lambda: Response("x", headers={"x-a": ["1", "2"]}, cookies=["a=1; Path=/", "b=2"]),
    "typed": lambda: Response(b"%PDF", content_type="application/pdf"),
    "error": fails,
}


@pytest.mark.parametrize("name", RESULTS)
def test_head_is_get_without_its_body(send: Send, name: str) -> None:
    app = Router()
    app.get("/a")(RESULTS[name])
    full, head = send(app, "GET", "/a"), send(app, "HEAD", "/a")
    assert (head.status, head.response["body"], head.body) == (full.status, "", b"")
    assert head.response["isBase64Encoded"] is False
    length = {"content-length": str(len(full.body))} if full.body else {}
    assert head.headers == {**full.headers, **length}
    assert head.headers.all("set-cookie") == full.headers.all("set-cookie")


@pytest.mark.parametrize("layered", [False, True])
def test_no_answer_to_head_has_a_body(send: Send, layered: bool) -> None:
    app = Router()
    if layered:
        app.use(lambda invocation, call_next: call_next(invocation))
    app.get("/{id:int}")(lambda id, page=1: 1 / 0)
    app.get("/large")(lambda: "x" * 7_000_000)
    app.get("/asked")(typed)
    app.post("/posts")(lambda: "x")
    statuses = {"/7": 500, "/large": 500, "/asked": 422, "/posts": 405, "/none": 404, "/%FF": 400}
    for path, status in statuses.items():
        assert send(app, "GET", path).body
        head = send(app, "HEAD", path)
        assert (path, head.status, head.response["body"]) == (path, status, "")
        assert head.headers["content-type"] == "application/problem+json"


def typed(page: int) -> int:
    return page


def test_a_length_that_the_handler_knows_stands(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: Response("short", headers={"Content-Length": "5000"}))
    assert send(app, "HEAD", "/").headers.all("content-length") == ["5000"]


def test_an_own_head_route_goes_first(send: Send) -> None:
    app = Router()
    app.get("/a")(lambda: "get")
    app.head("/a")(lambda: Response({"no": "body"}, headers={"x-own": "1", "content-length": "77"}))
    app.head("/b", host="b.example")(lambda: Response(headers={"x-own": "b"}))
    app.get("/b", host="*.example")(lambda: "b")
    head = send(app, "HEAD", "/a")
    assert (head.body, head.headers["x-own"], head.headers["content-length"]) == (b"", "1", "77")
    assert send(app, "GET", "/a").text == "get"
    assert send(app, "HEAD", "/b", host="b.example").headers["x-own"] == "b"
    assert "x-own" not in send(app, "HEAD", "/b", host="a.example").headers
    assert send(app, "HEAD", "/b", host="a.test").status == 404


def test_head_of_a_more_specific_get_goes_before_a_head_of_a_wider_path(send: Send) -> None:
    app = Router()
    app.get("/a/b")(lambda: Response(headers={"x-from": "get"}))
    app.head("/{rest:path}")(lambda rest: Response(headers={"x-from": "head"}))
    assert send(app, "HEAD", "/a/b").headers["x-from"] == "get"
    assert send(app, "HEAD", "/a/c").headers["x-from"] == "head"


def test_the_handler_sees_the_method(send: Send) -> None:
    app = Router()
    app.get("/")(lambda request: Response(headers={"x-method": request.method}))
    assert send(app, "HEAD", "/").headers["x-method"] == "HEAD"
    assert send(app, "head", "/").headers["x-method"] == "HEAD"


def test_head_where_middleware_answers(send: Send) -> None:
    app = Router()
    app.get("/")(lambda: {"from": "handler"})

    @app.middleware
    def instead(invocation: Any, call_next: Any) -> Any:
        return {"from": "middleware"}

    assert send(app, "GET", "/").json() == {"from": "middleware"}
    head = send(app, "HEAD", "/")
    assert (head.body, head.headers["content-length"]) == (b"", "21")


def test_head_of_a_handler_that_ruins_the_event(form: str) -> None:
    app = Router()
    sent = event(form, path="/", method="HEAD")

    @app.get("/")
    def ruin(event: Any) -> Any:
        for key in [key for key in event if key != "multiValueHeaders"]:
            del event[key]
        return {"a": 1}

    assert app(sent, None)["body"] == ""


def test_head_of_dropped_and_asynchronous_routes(send: Send) -> None:
    app = Router()
    app.get("/favicon.ico").drop()

    @app.get("/")
    async def read() -> Any:
        return {"a": 1}

    assert send(app, "HEAD", "/favicon.ico").status == 204
    assert send(app, "HEAD", "/").headers["content-length"] == "7"


def test_a_head_health_check_is_healthy() -> None:
    app = Router()
    app.get("/x")(lambda: "x")
    answer = ask(app, {**event("alb.health_check"), "httpMethod": "HEAD"})
    assert (answer.status, answer.body) == (200, b"")


def test_head_is_explained() -> None:
    app = Router()
    app.get("/a")(lambda: "a")
    told = app.explain(event("alb", path="/a", method="HEAD"))
    assert str(told).endswith(": matches")
    assert told.suggestion is None


# -- OPTIONS -----------------------------------------------------------------------------------------------


def test_options_names_the_methods_of_the_path(send: Send) -> None:
    app = Router()
    app.get("/orders/{id}")(lambda id: id)
    app.http("/orders/{id:int}", methods=["PUT", "DELETE"])(lambda id: id)
    app.post("/hosted", host="a.example")(lambda: "x")
    answer = send(app, "OPTIONS", "/orders/7")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers == {"allow": "DELETE, GET, HEAD, OPTIONS, PUT"}
    assert send(app, "OPTIONS", "/orders/x").headers["allow"] == "GET, HEAD, OPTIONS"
    assert send(app, "OPTIONS", "/nothing").status == 404
    assert send(app, "OPTIONS", "/hosted", host="a.example").headers["allow"] == "OPTIONS, POST"
    assert send(app, "OPTIONS", "/hosted", host="b.example").status == 404


def test_an_own_options_route_goes_first(send: Send) -> None:
    app = Router()
    app.get("/a")(lambda: "a")
    app.options("/{rest:path}")(lambda rest: Response(status=200, headers={"allow": "GET"}))
    answer = send(app, "OPTIONS", "/a")
    assert (answer.status, answer.headers["allow"]) == (200, "GET")


def test_the_default_route_is_asked_before(send: Send) -> None:
    app = Router()
    app.get("/a")(lambda: "a")
    app.default(lambda event: "default")
    assert send(app, "OPTIONS", "/a").text == "default"


# -- the end of a path -------------------------------------------------------------------------------------


def ends(policy: Any) -> Router:
    app = Router(trailing_slash=policy)
    app.get("/a/{id}")(lambda id: f"a {id}")
    app.get("/b/")(lambda: "b/")
    app.get("/both")(lambda: "both")
    app.get("/both/")(lambda: "both/")
    app.get("/files/{rest:path}")(lambda rest: f"files {rest}")
    app.get("/")(lambda: "root")
    app.post("/p")(lambda body: body)
    return app


EXACT = {
    "/": "root",
    "/a/1": "a 1",
    "/b/": "b/",
    "/both": "both",
    "/both/": "both/",
    "/files/x": "files x",
    "/files/x/": "files x",
}


def test_same_is_what_an_app_does_by_itself(send: Send) -> None:
    app = Router()
    app.get("/a")(lambda: "a")
    app.get("/b/")(lambda: "b")
    assert [send(app, "GET", path).text for path in ("/a", "/a/", "/b", "/b/")] == ["a", "a", "b", "b"]


def test_strict(send: Send) -> None:
    app = ends("strict")
    assert {path: send(app, "GET", path).text for path in EXACT} == EXACT
    for method, path in (("GET", "/a/1/"), ("HEAD", "/a/1/"), ("GET", "/b"), ("POST", "/p/"), ("PUT", "/b")):
        assert send(app, method, path).status == 404
    assert send(app, "PUT", "/b/").status == 405
    assert send(app, "OPTIONS", "/b").status == 404


def test_redirect(send: Send) -> None:
    app = ends("redirect")
    assert {path: send(app, "GET", path).text for path in EXACT} == EXACT
    places = {"/a/1/": "../1", "/b": "./b/"}
    for path, place in places.items():
        for method in ("GET", "HEAD"):
            answer = send(app, method, path)
            assert (answer.status, answer.body, answer.headers["location"]) == (308, b"", place)
    assert send(app, "POST", "/p/", body={"a": 1}).headers["location"] == "../p"
    assert send(app, "PUT", "/b").status == 404
    assert send(app, "GET", "/none/").status == 404


def test_a_redirect_goes_before_the_default_route(send: Send) -> None:
    app = ends("redirect")
    app.default(lambda event: "default")
    assert send(app, "GET", "/b").status == 308
    assert send(app, "GET", "/none/").text == "default"


def test_a_redirect_keeps_the_query(send: Send) -> None:
    app = ends("redirect")
    query = {"q": "a b&c", "é": "%41+", "empty": ""}
    place = urlsplit(send(app, "GET", "/b", query=query).headers["location"])
    assert place.path == "./b/"
    assert send(app, "GET", "/b/?" + place.query).text == "b/"
    seen = Router()
    seen.get("/")(lambda query: query)
    assert ask(seen, event("function_url", path=f"/?{place.query}")).json() == query


def test_a_redirect_stays_below_the_stage_and_the_base_path(send: Send) -> None:
    app = Router(trailing_slash="redirect", base_path="/shop")
    app.get("/orders")(lambda: "orders")
    for before in ("", "/shop"):
        place = send(app, "GET", f"{before}/orders/").headers["location"]
        assert (
            urljoin(f"https://x.example/prod{before}/orders/", place)
            == f"https://x.example/prod{before}/orders"
        )


def test_included_routes_follow_the_app_that_includes_them(send: Send) -> None:
    other = Router()
    other.get("/x")(lambda: "x")
    app = Router(trailing_slash="strict")
    app.include(other, prefix="/v1")
    assert (send(app, "GET", "/v1/x").text, send(app, "GET", "/v1/x/").status) == ("x", 404)


def test_the_end_is_explained() -> None:
    app = ends("strict")
    assert "trailing_slash" in str(app.explain(event("alb", path="/b")))


@pytest.mark.parametrize("policy", [None, "slash", True, ["strict"]])
def test_a_policy_that_there_is_not(policy: Any) -> None:
    with pytest.raises(ConfigurationError, match="trailing_slash is"):
        Router(trailing_slash=policy)


EVIL = [
    "//evil.example/",
    "/\\evil.example/",
    "//evil.example",
    "///evil.example/",
    "/%2Fevil.example/",
    "/%5Cevil/",
]
EVIL += [
    "/javascript:alert(1)",
    "/https:evil.example/",
    "/http://evil.example/",
    "/..//",
    "/../",
    "/.",
    "//",
    "///",
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(EVIL) | st.text("/\\.:%2Fab@?#\r\n é", max_size=12).map(lambda text: f"/{text}"))
def test_a_redirect_never_leads_to_another_host(path: str) -> None:
    app = Router(trailing_slash="redirect")
    app.get("/{a}")(lambda a: a)
    app.get("/{a}/{b}/")(lambda a, b: a)
    app.get("/{a}/{b}/{c}/{d}")(lambda a, b, c, d: a)
    for name, key in (("alb", "path"), ("api_gateway_http", "rawPath")):
        answer = app({**event(name), key: path}, None)
        place = answer["headers"].get("location")
        assert (place is not None) == (answer["statusCode"] == 308)
        if place is None:
            continue
        assert place.startswith(("./", "../"))
        assert place.isascii()
        assert place.isprintable()
        before = "https://shop.example/prod" + quote(path, safe="/\\@:%")
        lead = urlsplit(urljoin(before, place))
        assert (lead.scheme, lead.netloc) == ("https", "shop.example")
