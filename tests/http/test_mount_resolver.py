"""Resolvers of Powertools: each answers its own caller, and an app takes over its routes one by one."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    BedrockAgentResolver,
    LambdaFunctionUrlResolver,
    VPCLatticeResolver,
    VPCLatticeV2Resolver,
)
from aws_lambda_powertools.event_handler import Response as Answered
from aws_lambda_powertools.event_handler.exceptions import BadRequestError
from aws_lambda_powertools.shared.cookies import Cookie
from contracts import ask

from lambda_router import ConfigurationError, Router
from lambda_router.testing import Client, LambdaContext, event

RESOLVERS: dict[str, tuple[type[Any], str]] = {
    "api_gateway_rest": (APIGatewayRestResolver, "api_gateway_rest"),
    "api_gateway_rest.payload_v1": (APIGatewayRestResolver, "api_gateway_rest"),
    "api_gateway_http": (APIGatewayHttpResolver, "api_gateway_http"),
    "function_url": (LambdaFunctionUrlResolver, "function_url"),
    "alb": (ALBResolver, "alb"),
    "alb.multi_value": (ALBResolver, "alb"),
    "vpc_lattice": (VPCLatticeResolver, "vpc_lattice"),
    "vpc_lattice_v2": (VPCLatticeV2Resolver, "vpc_lattice_v2"),
}
CANARY = "canary"


@pytest.fixture(params=RESOLVERS)
def form(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def resolver(form: str) -> Any:
    made = RESOLVERS[form][0]()

    @made.get("/orders/<order_id>")
    def read(order_id: str) -> dict[str, Any]:
        seen = made.current_event
        return {
            "id": order_id,
            "q": seen.resolved_query_string_parameters,
            "fn": made.lambda_context.function_name,
        }

    @made.post("/orders")
    def create() -> Any:
        return made.current_event.json_body, 201

    @made.get("/binary")
    def binary() -> Any:
        return Answered(200, content_type="application/octet-stream", body=b"\x00\xff")

    @made.get("/headers")
    def headers() -> Any:
        cookies = [Cookie(name="a", value="1")]
        return Answered(
            200, content_type="text/plain", body="text", headers={"X-A": ["1"], "X-B": "2"}, cookies=cookies
        )

    @made.get("/split")
    def split() -> Any:
        return Answered(
            200, content_type="text/plain", body="text", headers={"X-A": f"1\r\nX-Evil: {CANARY}"}
        )

    @made.get("/refused")
    def refused() -> Any:
        raise BadRequestError("not so")

    @made.get("/fails")
    def fails() -> Any:
        raise ValueError(CANARY)

    return made


@pytest.fixture
def app(resolver: Any) -> Router:
    router = Router()
    router.mount("/", resolver)
    return router


def normal(answer: dict[str, Any]) -> tuple[Any, ...]:
    """Status, headers, cookies and body of any caller's document."""
    rows = [(n.lower(), v) for n, v in (answer.get("headers") or {}).items()]
    rows += [(n.lower(), v) for n, vs in (answer.get("multiValueHeaders") or {}).items() for v in vs]
    cookies = [*(answer.get("cookies") or ()), *(v for n, v in rows if n == "set-cookie")]
    merged: dict[str, list[str]] = {}
    for name, value in rows:
        if name != "set-cookie":
            merged.setdefault(name, []).extend(re.split(", *", value))
    return (
        answer["statusCode"],
        merged,
        sorted(cookies),
        answer.get("body") or "",
        bool(answer.get("isBase64Encoded")),
    )


@pytest.mark.parametrize(
    ("method", "path", "parts"),
    [
        ("GET", "/orders/7", {"query": {"a": "1"}}),
        ("POST", "/orders", {"body": {"item": "größe"}}),
        ("GET", "/binary", {}),
        ("GET", "/headers", {}),
        ("GET", "/refused", {}),
        ("GET", "/nothing", {}),
    ],
)
def test_the_answer_is_the_resolvers_own(
    app: Router, resolver: Any, form: str, method: str, path: str, parts: dict[str, Any]
) -> None:
    made = event(form, path=path, method=method, **parts)  # type: ignore[call-overload]
    context = LambdaContext()
    answer = ask(app, made, context)
    assert normal(answer.response) == normal(resolver(json.loads(json.dumps(made)), context))


def test_what_its_handlers_raise_is_a_500_without_the_text(
    app: Router, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask(app, event(form, path="/fails"), LambdaContext())  # type: ignore[call-overload]
    assert answer.status == 500
    assert set(answer.json()) == {"type", "title", "status", "correlation_id"}
    assert len([r for r in caplog.records if r.name == "lambda_router" and r.levelno >= logging.ERROR]) == 1
    assert CANARY not in "".join(r.getMessage() for r in caplog.records if r.name == "lambda_router")


def test_a_header_that_powertools_lets_pass_is_a_fault(app: Router, form: str) -> None:
    answer = ask(app, event(form, path="/split"), LambdaContext())  # type: ignore[call-overload]
    assert answer.status == 500
    assert CANARY not in json.dumps(answer.response)


def test_an_exception_handler_of_the_app_sees_what_is_raised(app: Router, form: str) -> None:
    app.exception_handler(ValueError)(lambda exc, invocation: ({"handled": True}, 409))
    answer = ask(app, event(form, path="/fails"), LambdaContext())  # type: ignore[call-overload]
    assert (answer.status, answer.json()) == (409, {"handled": True})


def test_routes_are_taken_over_one_by_one(app: Router, form: str) -> None:
    app.get("/orders/{order_id:int}")(lambda order_id: {"new": order_id})
    made = event(form, path="/orders/7")  # type: ignore[call-overload]
    assert ask(app, made, LambdaContext()).json() == {"new": 7}
    made = event(form, path="/orders/x")  # type: ignore[call-overload]
    assert ask(app, made, LambdaContext()).json()["id"] == "x"


def test_the_event_is_not_changed(app: Router, form: str) -> None:
    made = event(form, path="/orders/7", query={"a": "1"})  # type: ignore[call-overload]
    before = json.dumps(made)
    app(made, LambdaContext())
    assert json.dumps(made) == before


def test_a_resolver_is_for_its_own_caller_alone(app: Router, form: str) -> None:
    own = RESOLVERS[form][1]
    (mount,) = app.routes
    assert mount.criteria == {"path": "/", "sources": (own,)}
    for other in RESOLVERS.values():
        made = event(other[1], path="/orders/7")  # type: ignore[call-overload]
        status = Client(app).send(made).response["statusCode"]
        assert status == (200 if other[1] == own else 404)


def test_the_resolver_of_http_apis_may_be_given_function_urls() -> None:
    resolver = APIGatewayHttpResolver()
    resolver.get("/x")(lambda: "x")
    app = Router()
    app.mount("/", resolver, sources=["api_gateway_http", "function_url"])
    for source in ("api_gateway_http", "function_url"):
        assert Client(app).get("/x", source=source).status == 200


def test_sources_that_a_resolver_cannot_answer_are_an_error() -> None:
    with pytest.raises(
        ConfigurationError, match="APIGatewayRestResolver answers requests of api_gateway_rest, not of alb"
    ):
        Router().mount("/", APIGatewayRestResolver(), sources=["alb", "api_gateway_rest"])
    with pytest.raises(ConfigurationError, match="not of alb"):
        Router().mount("/", APIGatewayRestResolver(), sources="alb")


def test_several_resolvers_at_one_place() -> None:
    app = Router()
    for cls, source in (
        (APIGatewayRestResolver, "rest"),
        (ALBResolver, "alb"),
        (VPCLatticeResolver, "lattice"),
    ):
        resolver: Any = cls()
        resolver.get("/who")(lambda source=source: {"who": source})
        app.mount("/", resolver)
    client = Client(app)
    found = [client.get("/who", source=s).json()["who"] for s in ("alb", "api_gateway_rest", "vpc_lattice")]
    assert found == ["alb", "rest", "lattice"]


def test_a_resolver_below_a_path_strips_it_itself() -> None:
    resolver = APIGatewayHttpResolver(strip_prefixes=["/v1"])
    resolver.get("/orders")(lambda: "stripped")
    whole = APIGatewayHttpResolver()
    whole.get("/v2/orders")(lambda: "whole")
    app = Router()
    app.mount("/v1", resolver)
    app.mount("/v2", whole)
    client = Client(app)
    assert client.get("/v1/orders").text.strip('"') == "stripped"
    assert client.get("/v2/orders").text.strip('"') == "whole"


def test_asynchronous_routes_of_a_resolver() -> None:
    import asyncio

    resolver = APIGatewayHttpResolver()

    @resolver.get("/orders/<order_id>")
    async def read(order_id: str) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"id": order_id}

    resolver.get("/plain")(lambda: {"plain": True})
    app = Router()
    app.mount("/", resolver)
    client = Client(app)
    assert client.get("/orders/7").json() == {"id": "7"}
    assert client.get("/plain").json() == {"plain": True}


def test_what_answers_no_requests_is_refused() -> None:
    from aws_lambda_powertools.event_handler import AppSyncResolver

    for resolver in (BedrockAgentResolver(), AppSyncResolver()):
        with pytest.raises(ConfigurationError, match="does not answer HTTP requests"):
            Router().mount("/", resolver)


def test_powertools_own_asgi_application_is_one() -> None:
    from aws_lambda_powertools.event_handler import HttpResolverLocal

    local = HttpResolverLocal()
    local.get("/x")(lambda: {"x": 1})
    app = Router()
    app.mount("/", local)
    assert Client(app).get("/x", source="vpc_lattice").json() == {"x": 1}
