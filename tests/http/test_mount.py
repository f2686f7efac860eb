"""Mounts beside routes: who is asked first, what is an application, and what an app says of its mounts."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from lambda_router import ConfigurationError, DuplicateRouteError, HTTPError, Invocation, Response, Router
from lambda_router.http.routes import CALLERS
from lambda_router.testing import Client, event


def named(name: str) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers its name and its path."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{name}{environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode()]

    return application


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application that answers its path."""
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": f"{scope['root_path']}|{scope['path']}".encode()})


# -- who is asked ----------------------------------------------------------------------------------------------


def test_a_mount_takes_its_path_and_what_is_below_it() -> None:
    app = Router()
    app.mount("/api", named("a"))
    client = Client(app)
    assert client.get("/api").text == "a/api|"
    assert client.get("/api/").text == "a/api|/"
    assert client.get("/api/x//y/").text == "a/api|/x//y/"
    for other in ("/", "/apix", "/ap", "/x/api", "//api", "/API", "/api%2Fx"):
        assert client.get(other).status == 404, other


def test_an_encoded_letter_in_the_prefix_is_the_letter() -> None:
    app = Router()
    app.mount("/api/größe", named("a"))
    assert Client(app).get("/%61pi/gr%C3%B6%C3%9Fe/x", source="function_url").text.endswith("|/x")


def test_the_longest_path_goes_first_whatever_the_order() -> None:
    app = Router()
    for path in ("/", "/a/b", "/a", "/a/b/c"):
        app.mount(path, named(path))
    client = Client(app)
    assert client.get("/a/b/c/d").text == "/a/b/c/a/b/c|/d"
    assert client.get("/a/b/x").text == "/a/b/a/b|/x"
    assert client.get("/a/x").text == "/a/a|/x"
    assert client.get("/x").text == "/|/x"
    assert client.get("/").text == "/|/"


def test_routes_go_first_and_the_mount_has_what_they_leave() -> None:
    app = Router()
    app.get("/api/orders")(lambda: "route")
    app.get("/api/{name}/x")(lambda name: f"route {name}")
    app.mount("/api", named("a"))
    client = Client(app)
    assert client.get("/api/orders").text == "route"
    assert client.head("/api/orders").status == 200
    assert client.get("/api/b/x").text == "route b"
    assert client.post("/api/orders").text == "a/api|/orders"  # no 405: the path is the application's as well
    assert client.options("/api/orders").text == "a/api|/orders"
    assert client.get("/api/b/y").text == "a/api|/b/y"


def test_a_catch_all_route_goes_first_too() -> None:
    app = Router()
    app.mount("/api", named("a"))
    app.get("/{rest:path}")(lambda rest: f"route {rest}")
    client = Client(app)
    assert client.get("/api/x").text == "route api/x"
    assert client.post("/api/x").text == "a/api|/x"


def test_the_default_comes_after_mounts() -> None:
    app = Router()
    app.mount("/api", named("a"))
    app.default(lambda event: "default")
    client = Client(app)
    assert client.get("/api").text == "a/api|"
    assert client.get("/other").text == "default"


def test_hosts_and_sources_narrow_a_mount() -> None:
    app = Router()
    app.mount("/", named("any"))
    app.mount("/", named("host"), host=["*.example.com"])
    app.mount("/", named("alb"), sources=["alb"], host="b.example.com")
    client = Client(app)

    def asked(source: str, host: str) -> str:
        return client.get("/", source=source, headers={"host": host}).text

    assert asked("alb", "b.example.com") == "alb|/"
    assert asked("function_url", "B.example.com:443") == "host|/"
    assert asked("alb", "a.example.com") == "host|/"
    assert asked("alb", "example.com") == "any|/"
    with pytest.raises(ConfigurationError, match="sends no HTTP requests"):
        app2 = Router()
        app2.mount("/", named("x"), sources=["sqs"])


def test_only_some_sources_of_a_mount() -> None:
    app = Router()
    app.mount("/", named("a"))
    assert app.only("alb")(event("alb", path="/x"), None)["body"] == "a|/x"
    assert app.only("alb")(event("api_gateway_rest", path="/x"), None)["statusCode"] == 404


def test_a_mount_beside_events() -> None:
    app = Router()
    seen = []
    app.sqs("orders", partial=True)(lambda body: seen.append(body))
    app.mount("/", asgi)
    client = Client(app)
    assert client.sqs("orders", [{"id": 1}]).failed == []
    assert client.get("/x").text == "|/x"
    assert seen == [{"id": 1}]


@pytest.mark.parametrize("source", CALLERS)
def test_every_source_has_mounts(source: str) -> None:
    app = Router()
    app.mount("/api", asgi)
    assert Client(app).get("/api/x", source=source).text.endswith("/api/x")


def test_a_health_check_goes_to_what_is_mounted_at_the_root() -> None:
    app, other = Router(), Router()
    app.mount("/", named("a"))
    other.mount("/api", named("a"))
    assert Client(app).send(event("alb.health_check")).response["body"] == "a|/"
    assert Client(other).send(event("alb.health_check")).response["statusCode"] == 200


# -- paths that the service has changed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parts", "root"),
    [
        ("api_gateway_rest", {"stage": "prod"}, "/prod/api"),
        ("api_gateway_rest", {"stage": "api"}, "/api/api"),
        ("api_gateway_rest", {"base_path": "/shop", "host": "shop.example.com"}, "/shop/api"),
        ("api_gateway_rest", {"resource": "/api/{proxy+}", "stage": "prod"}, "/prod/api"),
        ("api_gateway_http", {"stage": "prod"}, "/prod/api"),
        ("api_gateway_http", {"stage": "$default"}, "/api"),
        ("alb", {}, "/api"),
    ],
)
@pytest.mark.parametrize("rest", ["/x", "/x/", "/x//"])
def test_the_root_is_what_a_client_has_to_write(
    name: str, parts: dict[str, Any], root: str, rest: str
) -> None:
    app = Router()
    app.mount("/api", asgi)
    made = event(name, path=f"/api{rest}", **parts)  # type: ignore[call-overload]
    assert Client(app).send(made).response["body"] == f"{root}|{root}{rest}"


def test_a_base_path_of_the_router_is_part_of_the_root() -> None:
    app = Router(base_path="/shop")
    app.mount("/api", asgi)
    client = Client(app)
    assert client.get("/shop/api/x").text == "/shop/api|/shop/api/x"
    assert client.get("/api/x").text == "/api|/api/x"


def test_the_path_of_a_rest_api_keeps_its_last_slash() -> None:
    """Its `pathParameters` lack it; an application that redirects to the slash would do so for ever."""
    app = Router()
    app.mount("/", asgi)
    made = event("api_gateway_rest", path="/items/", stage="prod")
    assert made["pathParameters"] == {"proxy": "items"}
    assert app(made, None)["body"] == "/prod|/prod/items/"


# -- registration ----------------------------------------------------------------------------------------------


def test_mounts_are_listed_and_explained() -> None:
    app = Router()
    app.get("/api/orders")(lambda: 1)
    app.mount("/api", named("a"), name="old shop", sources=["alb"])
    route, mount = app.routes
    assert repr(mount) == "<mount(path='/api', sources=('alb',)) -> old shop>"
    assert (mount.source, mount.name) == ("mount", "old shop")
    assert mount.criteria == {"path": "/api", "sources": ("alb",)}
    taken = app.explain(event("alb", path="/api/x"))
    assert taken.subjects[0].taken is mount
    assert "old shop" in str(taken)
    missed = app.explain(event("function_url", path="/api/x"))
    assert missed.subjects[0].taken is None
    assert "sources is 'function_url'" in str(missed)
    shadowed = app.explain(event("alb", path="/api/orders"))
    assert shadowed.subjects[0].taken is route
    assert shadowed.subjects[0].shadowed == [mount]
    json.dumps([taken.to_dict(), missed.to_dict(), shadowed.to_dict()])
    assert Client(app).get("/api/x", source="alb").route == "old shop"


def test_an_application_is_called_what_it_is() -> None:
    class Shop:
        def __call__(self, environ: Any, start_response: Any) -> Any:
            start_response("204 No Content", [])
            return ()

    app = Router()
    app.mount("/a", Shop())
    app.mount("/b", asgi)
    assert [route.name for route in app.routes] == ["Shop", "asgi"]


def test_the_same_place_twice() -> None:
    app = Router()
    app.mount("/api", named("a"), sources=["alb", "function_url"])
    app.mount("/api/", named("b"))
    with pytest.raises(DuplicateRouteError, match="remove one"):
        app.mount("/api/", named("c"), sources=["function_url", "alb"])


@pytest.mark.parametrize(
    "path", ["", "api", "/{a}", "/a?b", "/a#b", "/a//b", "/a/../b", "/./a", "/a%20b", None, 3, "//"]
)
def test_paths_that_are_no_place(path: Any) -> None:
    with pytest.raises(ConfigurationError):
        Router().mount(path, asgi)


def test_nothing_is_mounted_after_the_first_event() -> None:
    app = Router()
    app.mount("/", named("a"))
    Client(app).get("/")
    with pytest.raises(ConfigurationError, match="first event"):
        app.mount("/b", named("b"))


def test_middleware_is_around_the_application_and_sees_its_response() -> None:
    app = Router()
    order = []

    @app.middleware
    def outer(invocation: Invocation, call_next: Any) -> Any:
        order.append("outer")
        return call_next(invocation)

    def inner(invocation: Invocation, call_next: Any) -> Any:
        order.append(f"inner {invocation.route.name if invocation.route else None}")
        answer = call_next(invocation)
        assert isinstance(answer, Response)
        answer.headers["x-inner"] = answer.body
        return answer

    app.mount("/wsgi", named("a"), middleware=[inner], name="first")
    app.mount("/asgi", asgi, middleware=[inner], name="second")
    client = Client(app)
    assert client.get("/wsgi").headers["x-inner"] == "a/wsgi|"
    assert client.get("/asgi").headers["x-inner"] == "/asgi|/asgi"
    assert order == ["outer", "inner first", "outer", "inner second"]


def test_asynchronous_middleware() -> None:
    app = Router()

    async def layer(invocation: Invocation, call_next: Any) -> Any:
        answer = await call_next(invocation)
        answer.status = 202
        return answer

    app.mount("/", asgi, middleware=[layer])
    app.mount("/wsgi", named("a"), middleware=[layer])
    client = Client(app)
    assert [client.get(path).status for path in ("/", "/wsgi")] == [202, 202]


def test_exception_handlers_see_what_an_application_raises() -> None:
    def broken(environ: Any, start_response: Any) -> Any:
        raise LookupError("canary")

    app = Router()
    app.mount("/", broken)

    @app.exception_handler(LookupError)
    def missing(exc: LookupError, invocation: Invocation) -> Any:
        raise HTTPError(404, "not here")

    answer = Client(app).get("/")
    assert (answer.status, answer.json()["detail"]) == (404, "not here")


@pytest.mark.parametrize(
    ("prefix", "path", "place"),
    [("", "/api", "/api"), ("/v1", "/api", "/v1/api"), ("/v1", "/", "/v1"), ("", "/", "")],
)
def test_mounts_come_along_with_their_router(prefix: str, path: str, place: str) -> None:
    inner, app = Router(), Router()
    started = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            started.append((await receive())["type"])
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await asgi(scope, receive, send)

    inner.mount(path, application, name="shop", sources=["alb", "function_url"])
    app.include(inner, prefix=prefix)
    client = Client(app)
    assert client.get(f"{place}/x", source="alb").text == f"{place}|{place}/x"
    assert client.get(f"{place}/x", source="api_gateway_http").status == 404
    assert [route.name for route in app.routes] == ["shop"]
    assert started == ["lifespan.startup"]
    client.close()


# -- what is an application ------------------------------------------------------------------------------------


class AsgiObject:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await asgi(scope, receive, send)


class Anything:
    """A wrapper whose signature says nothing."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, *values: Any) -> Any:
        return self.application(*values)


class AsyncAnything(Anything):
    async def __call__(self, *values: Any) -> Any:
        return await self.application(*values)


def configured(application: Any, scope: Any, receive: Any, send: Any) -> Any:
    return application(scope, receive, send)


APPLICATIONS: dict[str, Any] = {
    "function": asgi,
    "object": AsgiObject(),
    "method": AsgiObject().__call__,
    "partial": functools.partial(configured, asgi),
    "async wrapper": AsyncAnything(asgi),
    "WSGI function": named(""),
    "WSGI with defaults": lambda environ, start_response, more=None: named("")(environ, start_response),
}


@pytest.mark.parametrize("application", APPLICATIONS.values(), ids=APPLICATIONS)
def test_an_application_is_known_by_its_signature(application: Any) -> None:
    app = Router()
    app.mount("/api", application)
    answer = Client(app).get("/api/x")
    assert answer.status == 200
    assert answer.text.endswith("/x")


@pytest.mark.parametrize(("kind", "application"), [("asgi", Anything(asgi)), ("wsgi", Anything(named("")))])
def test_a_wrapper_that_hides_the_signature_has_its_kind_said(kind: Any, application: Any) -> None:
    app = Router()
    with pytest.raises(ConfigurationError, match='kind="asgi"'):
        app.mount("/api", application)
    app.mount("/api", application, kind=kind)
    assert Client(app).get("/api/x").status == 200


def test_mangum_and_other_handlers_are_refused() -> None:
    from mangum import Mangum

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # else Mangum makes one, and leaves it open
    for handler in (Mangum(asgi), Router(), lambda event, context: None):
        with pytest.raises(ConfigurationError, match="Lambda handler"):
            Router().mount("/", handler)
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.parametrize(
    "application", [None, "app", 3, AsgiObject, lambda: None, lambda scope: None, lambda a, b, c, d: None]
)
def test_what_is_no_application(application: Any) -> None:
    with pytest.raises(ConfigurationError):
        Router().mount("/", application)


def test_an_unknown_kind() -> None:
    with pytest.raises(ConfigurationError, match="kind is"):
        Router().mount("/", asgi, kind="fcgi")  # type: ignore[arg-type]


def test_a_wsgi_application_does_not_import_asyncio(run_python: Callable[..., str]) -> None:
    code = """
import sys
from lambda_router import Router
app = Router()
def application(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [b"hello"]
app.mount("/", application)
from lambda_router.http import mount
event = {"version": "2.0", "rawPath": "/x", "rawQueryString": "", "headers": {"host": "a"},
         "requestContext": {"http": {"method": "GET", "path": "/x"}, "domainName": "a", "stage": "$default"}}
assert app(event)["body"] == "hello"
print("asyncio" in sys.modules, "pydantic" in sys.modules, "lambda_router.http.resolver" in sys.modules)
"""
    assert run_python(code).split() == ["False", "False", "False"]


def test_an_app_without_mounts_does_not_import_them(run_python: Callable[..., str]) -> None:
    code = """
import sys
from lambda_router import Router
app = Router()
app.get("/x")(lambda: 1)
event = {"version": "2.0", "rawPath": "/x", "rawQueryString": "", "headers": {},
         "requestContext": {"http": {"method": "GET", "path": "/x"}, "domainName": "a", "stage": "$default"}}
assert app(event)["body"] == "1"
print([name for name in sys.modules if name.startswith("lambda_router.http.") and ("mount" in name or "forward" in name)])
"""
    assert run_python(code).strip() == "[]"


# -- together with what the router does itself -----------------------------------------------------------------


def test_cors_of_the_router_is_on_a_mounts_answers_unless_the_application_has_its_own() -> None:
    def own(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Access-Control-Allow-Origin", "https://own.example")])
        return []

    app = Router(cors=["https://shop.example"])
    app.mount("/plain", named("a"))
    app.mount("/own", own)
    client = Client(app)
    asked = {"Origin": "https://shop.example"}
    assert (
        client.get("/plain", headers=asked).headers["access-control-allow-origin"] == "https://shop.example"
    )
    assert client.get("/own", headers=asked).headers.all("access-control-allow-origin") == [
        "https://own.example"
    ]
    preflight = client.options("/own", headers={**asked, "Access-Control-Request-Method": "GET"})
    assert preflight.headers["access-control-allow-origin"] == "https://shop.example"


def test_without_cors_of_the_router_preflights_are_the_applications() -> None:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.cors import CORSMiddleware

    shop = Starlette(middleware=[Middleware(CORSMiddleware, allow_origins=["https://shop.example"])])
    app = Router()
    app.mount("/", shop)
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}
    preflight = Client(app).options("/x", headers=asked)
    assert (preflight.status, preflight.headers["access-control-allow-origin"]) == (
        200,
        "https://shop.example",
    )
