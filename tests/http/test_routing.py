"""Templates, converters and the trie: held to a naive matcher, to traversal lists and to a count of steps."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from conftest import Send
from contracts import ask
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router import ConfigurationError, Depends, DuplicateRouteError, Router
from lambda_router.http.request import split
from lambda_router.http.routing import CONVERTERS, Converters, Template, Trie, UnsafePathError, is_text
from lambda_router.testing import event

# -- templates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "segments", "names"),
    [
        ("/", [("", "")], []),
        ("/orders", [("", "orders")], []),
        ("/orders/", [("", "orders")], []),
        ("/a//b", [("", "a"), ("", ""), ("", "b")], []),
        ("/{id}", [("str", "id")], ["id"]),
        ("/{a:int}/x/{b:uuid}", [("int", "a"), ("", "x"), ("uuid", "b")], ["a", "b"]),
        ("/files/{rest:path}", [("", "files"), ("path", "rest")], ["rest"]),
        ("/naïve café", [("", "naïve café")], []),
    ],
)
def test_templates(text: str, segments: Any, names: Any) -> None:
    template = Template(text)
    assert (template.segments, template.names, template.text) == (segments, names, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("orders", "starts with a slash"),
        ("", "starts with a slash"),
        (7, "starts with a slash"),
        ("/{id}.json", "a segment is"),
        ("/a{id}", "a segment is"),
        ("/{a}-{b}", "a segment is"),
        ("/{}", "a segment is"),
        ("/{", "a segment is"),
        ("/}", "a segment is"),
        ("/{{id}}", "a segment is"),
        ("/{a b}", "a segment is"),
        ("/{id:in{t}", "a segment is"),
        ("/{id:}", "a segment is"),
        ("/{id:number}", "there are int, float, uuid, str, path"),
        ("/{id}/{id}", "'id' stands twice"),
        ("/{rest:path}/x", "the last segment"),
        ("/orders?status=open", "has no query"),
        ("/caf%C3%A9", "'/café'"),
    ],
)
def test_mistakes_in_a_template_are_errors_at_import(text: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        Template(text)
    with pytest.raises(ConfigurationError):
        Router().get(text)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda app: app.get(lambda: 1), "with a path above the handler"),
        (lambda app: app.http("/", methods="GET"), "methods is a list"),
        (lambda app: app.http("/", methods=[]), "methods is a list"),
        (lambda app: app.http("/", methods=["GET", None]), "methods is a list"),
        (lambda app: app.get("/", sources="sqs"), "'sqs' sends no HTTP requests"),
        (lambda app: app.get("/", sources=[]), "sources takes a text"),
        (lambda app: app.get("/", host=7), "host takes a text"),
        (lambda app: app.get("/{event}")(lambda event: 1), "cannot be named 'event'"),
        (lambda app: app.get("/{record}")(lambda: 1), "cannot be named 'record'"),
        (lambda app: app.include(prefixed(), prefix="v1"), "prefix is a path"),
        (lambda app: app.include(prefixed(), prefix="/v1/"), "prefix is a path"),
    ],
)
def test_mistakes_in_a_decorator_are_errors_at_import(wrong: Callable[[Router], Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        wrong(Router())


def prefixed() -> Router:
    other = Router()
    other.get("/x")(lambda: "x")
    return other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"path": "/a/{b}"}, {"path": "/a/{c}"}),
        ({"path": "/a/{b:str}"}, {"path": "/a/{c}/"}),
        ({"path": "/a"}, {"path": "/a", "methods": ["post", "get"]}),
        ({"path": "/a", "host": "x.example"}, {"path": "/a", "host": "X.example"}),
        ({"path": "/a", "host": ["x", "y"]}, {"path": "/a", "host": ["y", "x"]}),
    ],
)
def test_routes_that_nothing_can_tell_apart(one: Any, other: Any) -> None:
    app = Router()
    for options in (one, other):
        options.setdefault("methods", ["GET"])
    app.http(**one)(lambda: 1)
    with pytest.raises(DuplicateRouteError, match="both answer GET of this path"):
        app.http(**other)(lambda: 2)


@pytest.mark.parametrize(
    "other",
    [{"path": "/a/{b:int}"}, {"path": "/a/{b}", "methods": ["PUT"]}, {"path": "/a/{b}", "host": "x"}],
)
def test_routes_that_differ(other: Any) -> None:
    app = Router()
    app.get("/a/{b}")(lambda: 1)
    other.setdefault("methods", ["GET"])
    app.http(**other)(lambda: 2)
    assert len(app.routes) == 2


def test_a_thousand_routes_are_registered_in_good_time() -> None:
    app = Router()
    before = time.process_time()
    for number in range(1000):
        app.get(f"/things/{number}/{{id}}")(lambda id: id)
    assert time.process_time() - before < 2


# -- converters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "7", 7),
        ("int", "-7", -7),
        ("int", "007", 7),
        ("int", "9" * 1000, int("9" * 1000)),
        ("float", "7", 7.0),
        ("float", "-0.5", -0.5),
        ("float", "1.", 1.0),
        ("uuid", "0ea3C7a0-0000-4000-8000-00000000000F", UUID("0ea3c7a0-0000-4000-8000-00000000000f")),
        ("str", "x", "x"),
    ],
)
def test_converters_take(kind: str, text: str, value: Any) -> None:
    found = CONVERTERS[kind]()(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *[("int", t) for t in ("", "-", "+7", "7.0", " 7", "7 ", "1_000", "٧", "²", "x", "--7", "9" * 1001)],
        *[("float", t) for t in ("", "-", ".5", "1e5", "nan", "inf", "1_0", "1.2.3", "٧.٧", " 1", "9" * 301)],
        *[
            ("uuid", t)
            for t in (
                "",
                "x" * 36,
                "0ea3c7a0000040008000" + "0" * 12,
                "{0ea3c7a0-0000-4000-8000-00000000000f}",
                "urn:uuid:0ea3c7a0-0000-4000-8000-00000000000f",
                "0ea3c7a000004000800000000000000f----",
            )
        ],
        ("str", ""),
    ],
)
def test_converters_refuse(kind: str, text: str) -> None:
    assert CONVERTERS[kind]()(text) is None


class Sku:
    """What an own converter may make of a segment."""

    def __init__(self, text: str) -> None:
        if not text.startswith("S-"):
            raise ValueError(text)
        self.text = text


def test_own_converters(send: Send) -> None:
    app = Router()
    app.converter("sku")(Sku)

    @app.converter("colour")
    def colour(text: str) -> str | None:
        return text.upper() if text in ("red", "blue") else None

    @app.get("/{item:sku}")
    def read(item: Sku) -> str:
        return f"sku {item.text}"

    app.get("/{item:colour}")(lambda item: f"colour {item}")
    app.get("/{item:int}")(lambda item: f"number {item}")
    app.get("/{item}")(lambda item: f"text {item}")
    seen = {"S-1%2F2": "sku S-1/2", "red": "colour RED", "7": "number 7", "x": "text x"}
    assert {path: send(app, "GET", f"/{path}").text for path in seen} == seen
    assert colour("red") == "RED"


def test_own_converters_go_before_plain_text_in_the_order_of_their_registration(send: Send) -> None:
    app = Router()
    app.converter("one")(lambda text: text)
    app.converter("two")(lambda text: text)
    for kind in ("str", "two", "one", "uuid"):
        app.get(f"/{{x:{kind}}}")(lambda x, kind=Depends(lambda kind=kind: kind): kind)
    assert send(app, "GET", "/x").text == "one"
    assert send(app, "GET", "/0ea3c7a0-0000-4000-8000-00000000000f").text == "uuid"


def test_what_an_own_converter_raises(send: Send) -> None:
    app = Router()
    app.converter("number")(int)
    app.converter("broken")(lambda text: {}[text])
    app.get("/{x:number}")(lambda x: f"{x + 1}")
    app.get("/broken/{x:broken}")(lambda x: x)
    assert send(app, "GET", "/7").text == "8"
    assert send(app, "GET", "/x").status == 404
    assert send(app, "GET", "/broken/x").status == 500


def test_an_own_converter_is_not_asked_about_an_empty_segment(send: Send) -> None:
    app = Router()
    app.converter("any")(str)
    app.get("/x/{a:any}/b")(lambda a: f"took {a}")
    assert [send(app, "GET", path).status for path in ("/x//b", "/x/a/b")] == [404, 200]


def test_a_value_that_is_false_is_a_value(send: Send) -> None:
    app = Router()
    app.converter("flag")(lambda text: {"on": True, "off": False}.get(text))
    app.get("/{x:flag}")(lambda x: [x])
    assert [send(app, "GET", f"/{x}").json() for x in ("on", "off")] == [[True], [False]]
    assert send(app, "GET", "/other").status == 404


def test_an_included_router_brings_its_converters(send: Send) -> None:
    other = Router()
    other.converter("sku")(Sku)
    other.get("/{item:sku}")(lambda item: item.text)
    app = Router()
    app.include(other, prefix="/items")
    app.get("/{x:sku}")(lambda x: "x")
    twin = Router()
    twin.converter("sku")(Sku)
    twin.get("/twins/{item:sku}")(lambda item: item.text)
    app.include(twin)
    third = Router()
    third.converter("sku")(str)
    third.get("/third/{item:sku}")(lambda item: item)
    with pytest.raises(ConfigurationError, match="there is a converter 'sku' already"):
        app.include(third)
    assert (send(app, "GET", "/items/S-1").text, send(app, "GET", "/items/x").status) == ("S-1", 404)
    assert (send(app, "GET", "/S-2").text, send(app, "GET", "/twins/S-3").text) == ("x", "S-3")


async def later(text: str) -> str:
    return text


def streamed(text: str) -> Any:
    yield text


@pytest.mark.parametrize(
    ("name", "convert", "said"),
    [
        ("int", str, "there is a converter 'int' already"),
        ("str", str, "there is a converter 'str' already"),
        ("path", str, "there is a converter 'path' already"),
        ("a b", str, "has a name such as"),
        ("", str, "has a name such as"),
        (7, str, "has a name such as"),
        ("sku", None, "is a function of a text"),
        ("sku", "sku", "is a function of a text"),
        ("sku", later, "is a function of a text"),
        ("sku", streamed, "is a function of a text"),
    ],
)
def test_converters_that_are_errors_at_import(name: Any, convert: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        Router().converter(name)(convert)


def test_a_converter_is_registered_before_its_templates() -> None:
    app = Router()
    with pytest.raises(ConfigurationError, match="there is no converter 'sku'; there are int"):
        app.get("/{x:sku}")
    app.get("/")(lambda: "x")
    app(event("alb", path="/"))
    with pytest.raises(ConfigurationError, match="takes no more registrations"):
        app.converter("sku")


def test_a_uuid_from_the_path_does_not_import_pydantic() -> None:
    program = """
import sys
from uuid import UUID
from lambda_router import Router
app = Router()
@app.get("/{id:uuid}")
def handler(id: UUID):
    return type(id).__name__
assert "pydantic" not in sys.modules
sent = {"version": "2.0", "rawPath": "/0ea3c7a0-0000-4000-8000-00000000000f",
        "requestContext": {"http": {"method": "GET"}, "stage": "$default"}}
assert app(sent)["body"] == "UUID"
assert "pydantic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


# -- hosts and prefixes ------------------------------------------------------------------------------------


def test_the_most_specific_host_wins(send: Send) -> None:
    hosts = [None, "*", "*.example.com", "*.eu.example.com", "a.eu.example.com", ["b.test", "c.test"]]
    for order in (hosts, hosts[::-1]):
        app = Router()
        for host in order:
            app.get("/", host=host)(lambda said=Depends(lambda host=host: str(host)): said)
        seen = {
            "a.eu.example.com": "a.eu.example.com",
            "A.EU.example.com.": "a.eu.example.com",
            "b.eu.example.com:8443": "*.eu.example.com",
            "us.example.com": "*.example.com",
            "c.test": "['b.test', 'c.test']",
            "other.test": "*",
            "[::1]:8080": "*",
        }
        assert {host: send(app, "GET", "/", host=host).text for host in seen} == seen


def test_a_host_name_goes_before_a_glob_that_asks_for_more(send: Send) -> None:
    app = Router()
    app.get("/", host="*.example.com", sources=["alb", "function_url"])(lambda: "glob")
    app.get("/", host="a.example.com")(lambda: "name")
    assert send(app, "GET", "/", host="a.example.com").text == "name"


def test_an_ipv6_host(send: Send) -> None:
    app = Router()
    app.get("/", host="[::1]")(lambda: "six")
    assert send(app, "GET", "/", host="[::1]:8080").text == "six"


def read_line(shop: int, line: str, page: int = 1) -> Any:
    return [shop, line, page]


def test_a_prefix_with_a_parameter(send: Send) -> None:
    lines = Router()
    lines.get("/lines/{line}")(read_line)
    orders = Router()
    orders.include(lines, prefix="/orders")
    app = Router()
    app.include(orders, prefix="/shops/{shop:int}")
    assert send(app, "GET", "/shops/7/orders/lines/a?page=2").json() == [7, "a", 2]
    assert send(app, "GET", "/shops/x/orders/lines/a").status == 404


# -- the trie against a naive matcher ----------------------------------------------------------------------

KINDS = Converters()
KINDS.register("even", lambda text: Ellipsis if len(text) % 2 == 0 else None)
RANKS = ["", *KINDS, "path"]
ALPHABET = ["a", "b", "7", "-1", "1.5", "", "x y", "xy", "0ea3c7a0-0000-4000-8000-00000000000f"]
PIECES = ["a", "b", "7", "{i:int}", "{f:float}", "{u:uuid}", "{e:even}", "{s}"]


def naive(template: Template, path: Sequence[str]) -> tuple[list[int], list[Any]] | None:
    """The ranks of the segments and the values, or None where the template does not match."""
    ranks, values = [], []
    for number, (kind, text) in enumerate(template.segments):
        if number >= len(path):
            return None
        ranks.append(RANKS.index(kind))
        if kind == "path":
            return ranks, [*values, "/".join(path[number:])]
        if not kind and text != path[number]:
            return None
        if kind:
            value = KINDS[kind]()(path[number])
            if value is None:
                return None
            values.append(value)
    return (ranks, values) if len(path) == len(template.segments) else None


def templates() -> st.SearchStrategy[Template]:
    def build(pieces: list[str], end: str) -> Template:
        numbered = [p.replace("{", f"{{p{n}") if "{" in p else p for n, p in enumerate(pieces)]
        return Template("/" + "/".join([*numbered, *([end] if end else [])]), KINDS)

    return st.builds(
        build, st.lists(st.sampled_from(PIECES), max_size=4), st.sampled_from(["", "", "{rest:path}"])
    )


@settings(max_examples=800, deadline=None)
@given(
    st.lists(templates(), min_size=1, max_size=12, unique_by=lambda t: t.shape),
    st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=5),
)
def test_the_most_specific_template_wins(given: list[Template], path: list[str]) -> None:
    trie = Trie(KINDS)
    for template in given:
        trie.rows(template, "GET").append(template)
    matching = sorted(
        ((found, template.text) for template in given if (found := naive(template, path)) is not None),
        key=lambda row: row[0][0],
    )
    seen: list[Any] = []
    try:
        assert (
            trie.find(path, lambda targets, values: seen.append((targets["GET"][0].text, list(values))))
            is None
        )
    except UnsafePathError:
        assert "" in path
        return
    assert seen == [(text, values) for (_, values), text in matching]
    assert all(template.matches(path) == (naive(template, path) is not None) for template in given)


def whereabouts(app: Router, method: str, path: str) -> Any:
    """The status of the answer, and which route says what was captured."""
    answer = app({**event("function_url", method=method), "rawPath": path})
    return answer["statusCode"], answer["body"]


def test_an_empty_segment_at_the_end_is_no_slash_at_the_end(send: Send) -> None:
    app = Router()
    app.get("/orders//")(lambda: "empty")
    assert send(app, "GET", "/orders/").status == 404
    app = Router()
    app.get("/orders//")(lambda: "empty")
    app.get("/orders")(lambda: "orders")
    assert send(app, "GET", "/orders/").text == "orders"
    assert send(app, "GET", "/orders").text == "orders"
    app = Router()
    app.get("/orders//")(lambda: "empty")
    assert whereabouts(app, "GET", "/orders//") == (200, "empty")


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.sampled_from(["a", "b", "", "{x}", "{n:int}", "{f:float}", "{c:own}"]),
                min_size=1,
                max_size=3,
            ),
            st.sampled_from(["", "/", "/{rest:path}"]),
            st.sampled_from(["GET", "HEAD", "POST"]),
            st.sampled_from([None, "a.example.com", "*.example.com"]),
        ),
        max_size=12,
    ),
    st.lists(st.sampled_from(["a", "b", "", "5", "1.5", "own", "c"]), max_size=4),
    st.sampled_from(["a", "/a", "a/", "/a/"]),
    st.sampled_from(["same", "strict", "redirect"]),
)
@settings(max_examples=300, deadline=None)
def test_a_path_leads_where_it_leads_in_another_spelling(
    given: Any, middle: list[str], end: str, policy: Any
) -> None:
    # A path in which something is decoded takes the long way, that of every other path may be shorter.
    app = Router(trailing_slash=policy)
    app.converter("own")({"own": 1}.get)
    for number, (segments, end_of_template, method, host) in enumerate(given):
        names = (s.replace("{", "{" + "abc"[place]) for place, s in enumerate(segments))
        template = f"/{'/'.join(names)}".removesuffix("/") + end_of_template or "/"
        try:
            app.http(template, methods=[method], host=host)(_teller(number))
        except DuplicateRouteError:
            continue
    path = f"/{'/'.join([*middle, end])}"
    spelt = "%61".join(path.rsplit("a", 1))
    for method in ("GET", "HEAD", "POST", "OPTIONS"):
        plain, decoded = whereabouts(app, method, path), whereabouts(app, method, spelt)
        assert plain == decoded


def _teller(number: int) -> Callable[..., Any]:
    return lambda request: {"route": number, "captured": request.path_params}


def test_a_less_specific_route_is_tried_where_the_method_is_another() -> None:
    app = Router()
    app.post("/users/me")(lambda: "me")
    app.get("/users/{name}")(lambda name: name)
    app.get("/{rest:path}")(lambda rest: f"rest {rest}")
    assert ask(app, event("api_gateway_http", path="/users/me")).text == "me"
    assert ask(app, event("api_gateway_http", path="/users")).text == "rest users"
    assert ask(app, event("api_gateway_http", path="/users/me/x")).text == "rest users/me/x"
    assert ask(app, event("api_gateway_http", path="/")).text == "rest "
    refused = ask(app, event("api_gateway_http", path="/users/me", method="PUT"))
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


def test_a_catch_all_takes_one_segment_at_least() -> None:
    template = Template("/files/{rest:path}")
    paths = {"/files": False, "/files/": False, "/files/a": True, "/files/a/b/": True, "/file/a": False}
    assert {path: template.matches(split(path, encoded=False)[1]) for path in paths} == paths


def test_targets_of_one_template_keep_their_order() -> None:
    trie = Trie()
    trie.rows(Template("/a/{b}"), "GET").extend([1, 2])
    trie.rows(Template("/a/{c}"), "PUT").append(3)
    assert trie.find(["a", "x"], lambda targets, values: (targets, values)) == (
        {"GET": [1, 2], "PUT": [3]},
        ("x",),
    )


def test_paths_as_text() -> None:
    assert is_text("/a b/ü", ["a b", "ü"])
    assert not is_text("/a/b", ["a/b"])
    assert not is_text("/{a}", ["{a}"])
    assert not is_text("/a%41", ["a%41"])


# -- traversal ---------------------------------------------------------------------------------------------

CLIMBS = ["..", "%2e%2e", "%2E.", ".%2e", "..%2f", "..%2F..", "..%5c", "..\\", "%2e%2e%5C", "..%00", "%00.."]
ABSOLUTE = ["%2fetc%2fpasswd", "%2Fetc", "%5c%5cserver%5cshare", "/etc/passwd", "//etc/passwd", "\\etc"]
TWICE = ["%252e%252e", "..%252f", "%252e%252e%252f", "..%255c..", "a%252f..%252fb", "x%2500"]
HIDDEN = ["a%2f..%2fb", "a%2Fb", "a%5Cb", "a\\b", "a%00b", "%00", "x%2f%2e%2e", "%2f", "%5c"]
ANEW = ["%252fetc/passwd", "%252Fetc%252Fpasswd", "%255cserver%255cshare"]
PAYLOADS = [
    *[
        f"{before}{climb * times}{after}"
        for climb in [f"{c}/" for c in CLIMBS + TWICE]
        for times in (1, 2, 8)
        for before in ("", "a/", "a/b/", "./")
        for after in ("etc/passwd", "x", "")
    ],
    *[f"{before}{path}" for path in ABSOLUTE[:3] + HIDDEN for before in ("", "a/", "a/b/c/")],
    *ABSOLUTE,
    *ANEW,
]


def test_there_are_payloads_enough() -> None:
    assert len(set(PAYLOADS)) > 600


def test_no_traversal_reaches_a_handler(form: str) -> None:
    app = Router()
    reached: list[str] = []
    app.get("/files/{rest:path}")(lambda rest: reached.append(rest))
    sent = event(form, path="/files/x")
    key = next(key for key in ("rawPath", "raw_path", "path") if key in sent)
    for payload in PAYLOADS:
        assert ask(app, {**sent, key: f"/files/{payload}"}).status == 400, payload
    assert not reached


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("a..b", "a..b"),
        ("...", "..."),
        (".", "."),
        ("a/./b", "a/./b"),
        ("a//b", "a//b"),
        ("%252541", "%2541"),
        ("https%253A%252F%252Fexample.com", "https%3A%2F%2Fexample.com"),
        ("a%20b", "a b"),
        ("..a/b..", "..a/b.."),
    ],
)
def test_what_is_no_traversal_is_captured(path: str, rest: str) -> None:
    app = Router()
    app.get("/files/{rest:path}")(lambda rest: [rest])
    assert ask(app, event("api_gateway_http", path=f"/files/{path}")).json() == [rest]


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=30))
def test_what_a_catch_all_captures_stays_below_its_directory(path: str) -> None:
    from posixpath import join, normpath

    app = Router()
    seen: list[str] = []
    app.get("/files/{rest:path}")(lambda rest: seen.append(rest))
    raw = quote(path, safe="/", errors="replace")
    ask(app, {**event("alb"), "path": f"/files/{raw}"})
    for rest in seen:
        assert normpath(join("/srv/files", rest)).startswith("/srv/files")


# -- cost --------------------------------------------------------------------------------------------------

FAMILIES: dict[str, Callable[[int], str]] = {
    "slashes": lambda n: "/" * n,
    "one segment": lambda n: "/" + "a" * n,
    "segments": lambda n: "/a" * (n // 2),
    "ends otherwise": lambda n: "/a" * (n // 2) + "/x",
    "digits": lambda n: "/" + "9" * n,
    "digits and a letter": lambda n: "/" + "9" * n + "x",
    "float": lambda n: "/" + "9" * (n // 2) + "." + "9" * (n // 2),
    "minus": lambda n: "/" + "-" * n,
    "minus segments": lambda n: "/-" * (n // 2),
    "dots": lambda n: "/" + "." * n,
    "dot segments": lambda n: "/." * (n // 2),
    "percent signs": lambda n: "/" + "%" * n,
    "encoded slashes": lambda n: "/" + "%2F" * (n // 3),
    "encoded letters": lambda n: "/%61" * (n // 4),
    "half a code": lambda n: "/" + "%2" * (n // 2),
    "two-byte letters": lambda n: "/" + "é" * n,
    "not UTF-8": lambda n: "/" + "%FF" * (n // 3),
    "braces": lambda n: "/{a}" * (n // 4),
    "hyphens": lambda n: "/" + "0ea3c7a0-" * (n // 9),
    "zeros": lambda n: "/0" * (n // 2),
}


def maze() -> Router:
    """Templates that let a walk go astray as often as can be: each level has text and three parameters."""
    app = Router()
    kinds = ["a", "{p%d:int}", "{p%d:float}", "{p%d}"]
    for number in range(256):
        picked = [kinds[(number >> shift) & 3] for shift in (0, 2, 4, 6)]
        path = "/" + "/".join(kind % level if "%" in kind else kind for level, kind in enumerate(picked))
        app.get(f"{path}/end")(lambda: "end")
    for depth in range(1, 30):
        app.get("/a" * depth + "/{rest:path}", host="no.example")(lambda rest: rest)
    return app


def steps(app: Router, path: str) -> int:
    """How many calls of Python functions one request costs."""
    sent = {**event("function_url"), "rawPath": path}
    app(sent)
    count = 0

    def count_calls(*_: Any) -> None:
        nonlocal count
        count += 1

    sys.setprofile(count_calls)
    try:
        app(sent)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("family", FAMILIES)
def test_the_cost_is_linear_in_the_path(family: str) -> None:
    app, make = maze(), FAMILIES[family]
    counts = [steps(app, make(n)) for n in (1024, 2048, 4096, 8192, 16384)]
    for one, twice in pairwise(counts):
        assert twice <= 2.5 * one + 100, counts
    sent = {**event("function_url"), "rawPath": make(65536)}
    before = time.process_time()
    app(sent)
    assert time.process_time() - before < 1


def test_a_walk_is_bounded_by_the_templates() -> None:
    app = maze()
    assert steps(app, "/a/a/a/a/x") < 20_000
    assert steps(app, "/1/1/1/1/x") < 20_000
