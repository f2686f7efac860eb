"""CORS: preflights before everything else, headers on every answer, and no origin that was not meant."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Any

import pytest
from conftest import Send
from hypothesis import given
from hypothesis import strategies as st

from lambda_router import ConfigurationError, Cors, HTTPError, Request, Response, Router
from lambda_router.testing import event

SHOP = "https://shop.example.com"


def preflight(send: Send, app: Any, origin: str, path: str = "/orders", **headers: str) -> Any:
    asked = {"origin": origin, "access-control-request-method": "PUT", **headers}
    return send(app, "OPTIONS", path, headers=asked)


def allowed(answer: Any) -> str | None:
    found: str | None = answer.headers.get("access-control-allow-origin")
    return found


def shop(cors: Any = SHOP) -> Router:
    """An app with an answer of every kind."""
    app = Router(cors=cors)
    app.get("/orders")(lambda: {"id": 7})
    app.get("/text")(lambda: "text")
    app.get("/bytes")(lambda: b"\0")
    app.get("/none")(lambda: None)
    app.get("/page")(lambda query: query["page"])
    app.get("/number")(lambda request: request.json())

    @app.get("/typed/{id}")
    def typed(id: int) -> int:
        return id

    @app.get("/refused")
    def refused() -> None:
        raise HTTPError(409, "no")

    @app.get("/fault")
    def fault() -> None:
        raise RuntimeError

    @app.get("/unsendable")
    def unsendable() -> Any:
        return object()

    return app


ANSWERS = {
    "/orders": 200,
    "/text": 200,
    "/bytes": 200,
    "/none": 204,
    "/nowhere": 404,
    "/typed/x": 422,
    "/refused": 409,
    "/fault": 500,
    "/unsendable": 500,
    "/orders/%FF": 400,
}


@pytest.mark.parametrize(("path", "status"), ANSWERS.items())
def test_headers_are_on_every_answer(send: Send, path: str, status: int) -> None:
    app = shop()
    mine = send(app, "GET", path, headers={"origin": SHOP})
    assert (mine.status, allowed(mine), mine.headers["vary"]) == (status, SHOP, "origin")
    for headers in ({"origin": "https://evil.example"}, {}):
        other = send(app, "GET", path, headers=headers)
        assert (other.status, allowed(other), other.headers["vary"]) == (status, None, "origin")
        assert other.body == mine.body or status == 500
    assert "access-control-allow-credentials" not in mine.headers


def test_a_method_that_there_is_not(send: Send) -> None:
    answer = send(shop(), "PATCH", "/orders", headers={"origin": SHOP})
    assert (answer.status, allowed(answer)) == (405, SHOP)


def test_head_and_options_that_are_no_preflights(send: Send) -> None:
    app = shop()
    assert allowed(send(app, "HEAD", "/orders", headers={"origin": SHOP})) == SHOP
    plain = send(app, "OPTIONS", "/orders", headers={"origin": SHOP})
    assert (allowed(plain), "access-control-allow-methods" in plain.headers) == (SHOP, False)
    asked = {"access-control-request-method": "GET"}
    assert "access-control-allow-methods" not in send(app, "OPTIONS", "/orders", headers=asked).headers


def test_a_preflight_is_answered_before_anything_else(send: Send) -> None:
    app = Router(cors=Cors([SHOP], max_age=600, allow_credentials=True, expose_headers=["X-Page"]))
    seen: list[str] = []

    @app.middleware
    def keyed(invocation: Any, call_next: Any) -> Any:
        seen.append("middleware")
        raise HTTPError(401)

    app.options("/orders")(lambda: seen.append("handler"))
    app.default(lambda event: seen.append("default"))
    answer = preflight(send, app, SHOP)
    assert (answer.status, answer.body, seen) == (204, b"", [])
    assert {name: answer.headers[name] for name in answer.headers if "access" in name or name == "vary"} == {
        "access-control-allow-origin": SHOP,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "DELETE, GET, HEAD, PATCH, POST, PUT",
        "access-control-allow-headers": "authorization, content-type, x-amz-date, x-amz-security-token, x-api-key",
        "access-control-expose-headers": "x-page",
        "access-control-max-age": "600",
        "vary": "origin",
    }
    assert allowed(preflight(send, app, SHOP, path="/nowhere")) == SHOP
    refused = send(app, "GET", "/orders", headers={"origin": SHOP})
    assert (refused.status, allowed(refused), seen) == (401, SHOP, ["middleware"])


def test_a_preflight_of_another_origin_is_forbidden(send: Send) -> None:
    answer = preflight(send, shop(), "https://evil.example")
    assert (answer.status, answer.headers["vary"]) == (403, "origin")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "evil" not in answer.text


def test_every_origin(send: Send) -> None:
    for cors in (True, "*", ["*"], Cors("*")):
        app = shop(cors)
        for origin in (SHOP, "null", "http://a", "a\r\nb: c"):
            answer = send(app, "GET", "/orders", headers={"origin": origin})
            assert (allowed(answer), "vary" in answer.headers) == ("*", False)
        assert allowed(preflight(send, app, "null")) == "*"


def test_no_cors(send: Send) -> None:
    for cors in (None, False):
        answer = send(shop(cors), "GET", "/orders", headers={"origin": SHOP})
        assert set(answer.headers) == {"content-type"}


def test_what_a_script_may_send_and_read(send: Send) -> None:
    app = Router(
        cors=Cors(SHOP, allow_methods=["get", "Query"], allow_headers=["X-Key"], expose_headers=["X-A"])
    )
    app.get("/orders")(list)
    answer = preflight(send, app, SHOP)
    assert answer.headers["access-control-allow-methods"] == "GET, QUERY"
    assert answer.headers["access-control-allow-headers"] == "x-key"
    assert "access-control-max-age" not in answer.headers
    assert (
        send(app, "GET", "/orders", headers={"origin": SHOP}).headers["access-control-expose-headers"]
        == "x-a"
    )


def test_whatever_a_script_asks_for(send: Send) -> None:
    app = Router(cors=Cors(SHOP, allow_methods="*", allow_headers="*", allow_credentials=True))
    asked = {"access-control-request-headers": "X-A, authorization,evil\r\nset-cookie: a=1, (b), "}
    answer = preflight(send, app, SHOP, **asked)
    assert answer.headers["access-control-allow-methods"] == "PUT"
    assert answer.headers["access-control-allow-headers"] == "X-A, authorization"
    assert answer.headers["vary"] == "access-control-request-headers, origin"
    assert "access-control-allow-headers" not in preflight(send, app, SHOP).headers


def test_a_routes_own_headers_win(send: Send) -> None:
    app = Router(cors=Cors(SHOP, expose_headers=["x-a"]))
    app.get("/own")(lambda: ("x", 200, {"Access-Control-Allow-Origin": "https://partner.example"}))
    app.get("/exposes")(lambda: ("x", 200, {"Access-Control-Expose-Headers": "x-b"}))
    own = send(app, "GET", "/own", headers={"origin": SHOP})
    assert own.headers.all("access-control-allow-origin") == ["https://partner.example"]
    assert "vary" not in own.headers
    exposes = send(app, "GET", "/exposes", headers={"origin": SHOP})
    assert exposes.headers.all("access-control-expose-headers") == ["x-b"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("accept", "accept, origin"),
        ("Accept, ORIGIN", "Accept, ORIGIN"),
        ("*", "*"),
        (["a", "b"], "a, b, origin"),
    ],
)
def test_vary_is_added_to(send: Send, given: Any, sent: str) -> None:
    app = Router(cors=SHOP)
    kept = Response("x", headers={"Vary": given})
    app.get("/")(lambda: kept)
    for _ in range(3):  # the very same Response each time
        assert ", ".join(send(app, "GET", "/", headers={"origin": SHOP}).headers.all("vary")) == sent


def test_cookies_stay(send: Send) -> None:
    app = Router(cors=SHOP)
    app.get("/")(lambda: Response({}, cookies=["a=1", "b=2"]))
    answer = send(app, "GET", "/", headers={"origin": SHOP})
    assert (answer.cookies, allowed(answer)) == ({"a": "1", "b": "2"}, SHOP)


def test_included_routers_share_it(send: Send) -> None:
    inner = Router()
    inner.get("/{id}")(lambda id: id)
    app = Router(cors=SHOP)
    app.include(inner, prefix="/orders")
    with pytest.raises(ConfigurationError, match="its own cors"):
        app.include(Router(cors="https://other.example"))
    with pytest.raises(ConfigurationError, match="its own cors"):
        Router().include(Router(cors=True))
    app.include(Router(cors=SHOP))
    assert allowed(send(app, "GET", "/orders/7", headers={"origin": SHOP})) == SHOP


def test_mounted_applications_share_it_and_may_say_otherwise(send: Send) -> None:
    def plain(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"x"]

    def own(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Access-Control-Allow-Origin", "https://partner.example")])
        return [b"x"]

    app = Router(cors=SHOP)
    app.mount("/plain", plain)
    app.mount("/own", own)
    assert allowed(send(app, "GET", "/plain/x", headers={"origin": SHOP})) == SHOP
    assert allowed(send(app, "GET", "/own/x", headers={"origin": SHOP})) == "https://partner.example"
    for path in ("/plain/x", "/own/x"):
        assert allowed(preflight(send, app, SHOP, path=path)) == SHOP


def test_other_sources_and_other_entrypoints(send: Send, source: str) -> None:
    app = shop()
    seen: list[Any] = []
    app.sqs("orders")(lambda body: seen.append(body))
    app(event("sqs", body={"id": 1}, queue="orders"))
    assert seen == [{"id": 1}]
    answer = send(app.only("sqs"), "GET", "/orders", headers={"origin": SHOP})
    assert (answer.status, allowed(answer)) == (404, SHOP)


def test_a_health_check() -> None:
    app = shop()
    answer = app(event("alb", path="/", headers={"user-agent": "ELB-HealthChecker/2.0"}))
    assert (answer["statusCode"], answer["headers"]) == (200, {"vary": "origin"})


def test_middleware_still_gets_whole_responses(send: Send) -> None:
    app = shop()

    @app.middleware
    def stamp(invocation: Any, call_next: Any) -> Any:
        response = call_next(invocation)
        response.headers["x-stamp"] = "1"
        return response

    assert send(app, "GET", "/orders", headers={"origin": SHOP}).headers["x-stamp"] == "1"


def test_a_handler_sees_the_origin(send: Send) -> None:
    app = Router(cors=SHOP)

    @app.get("/")
    def handler(request: Request) -> str:
        return str(request.headers["origin"])

    assert send(app, "GET", "/", headers={"Origin": SHOP}).text == SHOP


# -- origins (G5) --------------------------------------------------------------------------------------------

CORS = Cors(
    [SHOP, "http://localhost:3000", "https://*.apps.example.org", "https://*.example.net:8443", "app://main"]
)
TAKEN = [
    SHOP,
    "http://localhost:3000",
    "app://main",
    *(f"https://{label}.apps.example.org" for label in ("a", "pr-17", "x_y", "0", "xn--bcher-kva", "a" * 63)),
    "https://a.example.net:8443",
]
HOSTILE = [
    *(
        "",
        " ",
        "null",
        "NULL",
        "*",
        "https://",
        "https://*",
        "://",
        "file://",
        SHOP.upper(),
        f" {SHOP}",
        f"{SHOP} ",
    ),
    *(
        f"{SHOP}{end}"
        for end in ("/", ":443", ":80", ":", ".", "?", "#", "/x", ".evil.example", "@evil.example")
    ),
    *(
        f"{SHOP}{end}"
        for end in ("\0", "\n", "\r\nx: y", "%00", "\\", ",https://evil.example", " https://evil", "\t")
    ),
    *(
        f"{start}shop.example.com"
        for start in ("", "http://", "https:", "https:/", "https:///", "//", "HTTPS://")
    ),
    *(
        f"https://{before}shop.example.com"
        for before in ("evil", "evil.", "-", ".", "a@", "evil/", "evil#", "x%2e")
    ),
    "https://shopxexample.com",
    "https://shop.exampleXcom",
    "https://example.com",
    "https://com",
    *(
        f"http://localhost{port}"
        for port in ("", ":", ":80", ":300", ":30000", ":3000/", ":3001", ":03000", ":+3000")
    ),
    "https://localhost:3000",
    "http://127.0.0.1:3000",
    "http://localhost.evil.example:3000",
    "app://main2",
    "app://",
    *(
        f"https://{label}.apps.example.org"
        for label in ("", "a.b", "A", "a b", "a/b", "a:1", "a@b", "a%2eb", "é", "*", "a" * 64, "a" * 40_000)
    ),
    *(
        f"https://{label}.apps.example.org"
        for label in ("evil.example/", "evil.example?", "evil.example#", "a\n", "\0")
    ),
    *(f"https://evil.example{c}.apps.example.org" for c in "/?#@:\\;&%=,"),
    "https://apps.example.org",
    "https://.apps.example.org",
    "https://aapps.example.org",
    "http://a.apps.example.org",
    "https://a.apps.example.org.evil.example",
    "https://a.apps.example.org:8443",
    "https://a.apps.example.org:443",
    "https://a.apps.example.orgs",
    "https://a.example.net",
    "https://a.example.net:8444",
    "https://a.example.net:84430",
    "https://a:8443.example.net:8443",
    "https://a.b.example.net:8443",
]


def test_origins_are_compared_whole() -> None:
    assert [origin for origin in TAKEN if not CORS.allows(origin)] == []
    assert [origin for origin in HOSTILE if CORS.allows(origin)] == []
    assert len(HOSTILE) > 90


def test_no_hostile_origin_is_reflected(send: Send) -> None:
    app = Router(cors=CORS)
    app.get("/")(lambda: "x")
    for origin in HOSTILE:
        assert allowed(send(app, "GET", "/", headers={"origin": origin})) is None, origin
        assert allowed(preflight(send, app, origin)) is None, origin


@given(st.text(st.characters(), max_size=10), st.sampled_from(TAKEN), st.booleans())
def test_anything_more_is_another_origin(more: str, origin: str, before: bool) -> None:
    changed = more + origin if before else origin + more
    if CORS.allows(changed):
        assert changed in TAKEN


@given(st.text(st.characters(), max_size=20))
def test_what_a_star_stands_for_is_one_label(label: str) -> None:
    if CORS.allows(f"https://{label}.apps.example.org"):
        assert label
        assert frozenset(label) <= frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "origins",
    [
        *(
            "shop.example.com",
            "https://",
            "https:/shop",
            "null",
            "https://shop.example.com/",
            "//a.example",
            "",
        ),
        *(
            "https://a.example:443",
            "http://a.example:80",
            "https://a:",
            "https://a:x",
            "https://a:0080",
            "https://a:99999999",
        ),
        *(
            "https://*",
            "https://*.com",
            "https://a*.example.com",
            "https://a.*.example.com",
            "https://*.*.example.com",
        ),
        *(
            "*://a.example",
            "https*://a.example",
            "https://a.example:*",
            "https://*a.example.com",
            "*.example.com",
        ),
        *(
            "https://user@a.example",
            "https://a.example?x",
            "https://a.example#x",
            "https://a b",
            "https://bücher.example",
        ),
        *(
            "https://a..example",
            "https://.example.com",
            "https://a.example\r\nx: y",
            "1http://a",
            "http://[::1",
            "http://[::1]3000",
            "http://[::1]:",
            "http://[::1]:80",
            "http://[::1].example",
            "http://[]",
            "http://[[::1]]",
            "http://[*]",
            "http://[127.0.0.1]",
            "http://[::1]/",
            "http://::1",
        ),
        [],
        [7],
        7,
        {"a": 1},
        b"https://a.example",
        ["https://a.example", None],
    ],
)
def test_origins_that_are_none(origins: Any) -> None:
    with pytest.raises(ConfigurationError):
        Cors(origins)
    with pytest.raises(ConfigurationError):
        Router(cors=origins)


ADDRESSES = {
    "::": "[::]",
    "::1": "[::1]",
    "0:0:0:0:0:0:0:1": "[::1]",
    "2001:DB8::0:1": "[2001:db8::1]",
    "2001:db8:0:1:1:1:1:1": "[2001:db8:0:1:1:1:1:1]",
    "2001:db8::1:1:1:1:1": "[2001:db8:0:1:1:1:1:1]",
    "2001:0:0:1:0:0:0:1": "[2001:0:0:1::1]",
    "2001:db8:0:0:1:0:0:1": "[2001:db8::1:0:0:1]",
    "1:2:3:4:5:6:0:0": "[1:2:3:4:5:6::]",
    "::ffff:1.2.3.4": "[::ffff:102:304]",
    "fe80::1%eth0": "[fe80::1]",
}
"""Ways to write an address, and how browsers do: https://url.spec.whatwg.org/#concept-ipv6-serializer."""


@pytest.mark.parametrize(("address", "host"), ADDRESSES.items())
def test_an_address_of_ipv6(send: Send, address: str, host: str) -> None:
    app = Router(cors=f"http://{host}:3000")
    app.get("/")(lambda: "x")
    assert allowed(send(app, "GET", "/", headers={"origin": f"http://{host}:3000"})) == f"http://{host}:3000"
    for other in (
        f"http://{host}",
        f"http://{host}:3001",
        f"https://{host}:3000",
        f"http://{host[1:-1]}:3000",
    ):
        assert allowed(send(app, "GET", "/", headers={"origin": other})) is None, other
    if f"[{address.lower()}]" != host:
        with pytest.raises(ConfigurationError, match=re.escape(f"browsers write this host as {host}")):
            Cors(f"http://[{address}]:3000")


@given(st.integers(0, 2**128 - 1) | st.lists(st.sampled_from([0, 0, 1, 0xABCD]), min_size=8, max_size=8))
def test_every_address_has_one_spelling(given: Any) -> None:
    number = given if isinstance(given, int) else sum(piece << 16 * n for n, piece in enumerate(given))
    address = IPv6Address(number)
    taken = []
    for text in {address.compressed, address.exploded, *_hexadecimal(address)}:
        try:
            taken.append(repr(Cors(f"https://[{text}]")))
        except ConfigurationError as exc:
            spelt = re.search(r"host as (\[.+\]),", str(exc))
            assert spelt is not None
            assert IPv6Address(spelt[1][1:-1]) == address
    assert len(taken) == 1


def _hexadecimal(address: IPv6Address) -> list[str]:
    """The compressed form with no dots in it, which newer Pythons write for addresses of IPv4."""
    mapped = address.ipv4_mapped
    return [] if mapped is None else [f"::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}"]


def test_an_origin_is_written_in_any_case() -> None:
    assert Cors("HTTPS://Shop.Example.COM").allows(SHOP)


@pytest.mark.parametrize(
    "options",
    [
        {"allow_origins": "*", "allow_credentials": True},
        {"allow_origins": [SHOP, "*"], "allow_credentials": True},
        {"allow_origins": SHOP, "allow_credentials": True, "expose_headers": ["*"]},
        {"allow_origins": SHOP, "allow_methods": ["GET\r\nx: y"]},
        {"allow_origins": SHOP, "allow_headers": ["x-a: 1"]},
        {"allow_origins": SHOP, "allow_headers": ["*", "x-a"]},
        {"allow_origins": SHOP, "expose_headers": ["", "x-a"]},
        {"allow_origins": SHOP, "expose_headers": 7},
        {"allow_origins": SHOP, "max_age": -1},
        {"allow_origins": SHOP, "max_age": True},
        {"allow_origins": SHOP, "max_age": "600"},
    ],
)
def test_settings_that_no_browser_would_take(options: Any) -> None:
    with pytest.raises(ConfigurationError):
        Cors(**options)
    with pytest.raises(ConfigurationError):
        Router(cors=options)


def test_settings_print_and_compare() -> None:
    assert repr(Cors([SHOP, "https://*.example.org"])) == f"<Cors for {SHOP}, https://*.example.org>"
    assert repr(Cors("*")) == "<Cors for *>"
    options = {"allow_origins": [SHOP], "allow_credentials": True}
    assert Router(cors=options).cors == Cors([SHOP], allow_credentials=True)
    assert Cors(SHOP) == Cors([SHOP])
    assert hash(Cors(SHOP)) == hash(Cors([SHOP]))
    assert Cors(SHOP) != Cors(SHOP, max_age=5)
    assert Cors(SHOP) != SHOP
