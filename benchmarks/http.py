"""HTTP: small JSON answers through each of the six callers, with one, a hundred and a thousand dynamic routes.

Two jobs: `read` converts a path parameter to an integer, `create` validates a JSON body with a pydantic model.
Powertools' resolvers run `read` without validation, their quicker mode, where handlers convert the parameter
themselves, and `create` with it. Mangum carries a Starlette app, for the callers that it knows; the app converts with
`{order_id:int}` and validates the body's bytes with the same model. Mangum is as `Mangum(app)` makes it, which runs the
app's lifespan around every event; what is left of its cost without that is shown beside. The program by hand finds its
handler in a dict: it shows what there is to be gained at all.

Every caller and job is measured in a process of its own, where all programs that are compared take turns. In Lambda a
process has one program; a hundred of them in one would push each other out of the processor's caches.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from aws_lambda_powertools import event_handler
from mangum import Mangum
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lambda_router import Router
from lambda_router.testing import event

from . import events, rounds
from .rounds import Call, Side, WrongAnswerError
from .targets import Finding, Report

COUNTS = (1, 100, 1000)
BLOCK = 50
RESOLVERS: dict[str, Callable[..., Any]] = {
    "api_gateway_rest": event_handler.APIGatewayRestResolver,
    "api_gateway_http": event_handler.APIGatewayHttpResolver,
    "function_url": event_handler.LambdaFunctionUrlResolver,
    "alb": event_handler.ALBResolver,
    "vpc_lattice": event_handler.VPCLatticeResolver,
    "vpc_lattice_v2": event_handler.VPCLatticeV2Resolver,
}
"""Powertools' resolver for each caller."""
ON_MANGUM = ("api_gateway_rest", "api_gateway_http", "function_url", "alb")
"""The callers that Mangum knows."""
READ, CREATE = "read", "create"
NOT_TO_BE_HAD = {("vpc_lattice_v2", CREATE)}
"""What Powertools' resolver cannot do: with validation it trips over headers that are lists."""
ROUTER, RESOLVER, MANGUM, BY_HAND = "router", "resolver", "Mangum + Starlette", "by hand"
WITHOUT_LIFESPAN = "Mangum + Starlette, lifespan off"

Handler = Callable[[Any, Any], Any]


class Order(BaseModel):
    """What a client sends to create an order."""

    order_id: int
    item: str
    quantity: int = 1


def document(shop: int, order_id: int) -> dict[str, Any]:
    """What every route answers: it says which route that was, and that it was given a number."""
    return {"shop": shop, "order_id": order_id, "next": order_id + 1, "status": "paid"}


def on_router(caller: str, job: str, count: int) -> Handler:
    """The routes on this project's router, which are the same for every caller."""
    app = Router()
    for shop in range(count):
        if job == READ:
            app.get(f"/shop-{shop}/orders/{{order_id}}")(_reader(shop))
        else:
            app.post(f"/shop-{shop}/orders")(_creator(shop))
    return app


def _reader(shop: int) -> Callable[[int], dict[str, Any]]:
    def read(order_id: int) -> dict[str, Any]:
        return document(shop, order_id)

    return read


def _creator(shop: int) -> Callable[[Order], dict[str, Any]]:
    def create(order: Order) -> dict[str, Any]:
        return document(shop, order.order_id)

    return create


def on_resolver(caller: str, job: str, count: int) -> Handler:
    """The routes on Powertools' resolver for the caller."""
    app = RESOLVERS[caller](enable_validation=job == CREATE)
    for shop in range(count):
        if job == READ:
            app.get(f"/shop-{shop}/orders/<order_id>")(_converting_reader(shop))
        else:
            app.post(f"/shop-{shop}/orders")(_creator(shop))
    return app.resolve  # type: ignore[no-any-return]


def _converting_reader(shop: int) -> Callable[[str], dict[str, Any]]:
    def read(order_id: str) -> dict[str, Any]:
        return document(shop, int(order_id))

    return read


def on_mangum(caller: str, job: str, count: int) -> Handler:
    """The routes in a Starlette app behind Mangum."""
    return Mangum(_starlette(job, count))


def without_lifespan(caller: str, job: str, count: int) -> Handler:
    """The same, with Mangum told to leave the app's lifespan alone."""
    return Mangum(_starlette(job, count), lifespan="off")


def _starlette(job: str, count: int) -> Starlette:
    routes = [
        Route(f"/shop-{shop}/orders/{{order_id:int}}", _endpoint_that_reads(shop))
        if job == READ
        else Route(f"/shop-{shop}/orders", _endpoint_that_creates(shop), methods=["POST"])
        for shop in range(count)
    ]
    return Starlette(routes=routes)


def _endpoint_that_reads(shop: int) -> Callable[[Request], Any]:
    async def read(request: Request) -> JSONResponse:
        return JSONResponse(document(shop, request.path_params["order_id"]))

    return read


def _endpoint_that_creates(shop: int) -> Callable[[Request], Any]:
    async def create(request: Request) -> JSONResponse:
        return JSONResponse(document(shop, Order.model_validate_json(await request.body()).order_id))

    return create


def by_hand(caller: str, job: str, count: int) -> Handler:
    """The routes in a dict, for an HTTP API alone, and the path taken apart on the spot."""
    shops = {f"shop-{shop}": _reader(shop) for shop in range(count)}

    def handler(event: Any, context: Any) -> Any:
        segments = event["rawPath"].split("/")
        if event["requestContext"]["http"]["method"] != "GET":
            return _answer(405, {"message": "method not allowed"})
        if len(segments) != 4 or segments[1] not in shops or segments[2] != "orders":
            return _answer(404, {"message": "not found"})
        try:
            order_id = int(segments[3])
        except ValueError:
            return _answer(422, {"message": "order_id is not an integer"})
        return _answer(200, shops[segments[1]](order_id))

    return handler


def _answer(status: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def calls(caller: str, job: str, count: int, chosen: random.Random) -> list[Call]:
    """A block of requests to any of the routes, each for another order."""
    return [_call(caller, job, chosen.randrange(count)) for _ in range(BLOCK)]


def _call(caller: str, job: str, shop: int) -> Call:
    order_id = events.number()
    if job == READ:
        made = event(caller, path=f"/shop-{shop}/orders/{order_id}")
    else:
        body = {"order_id": order_id, "item": f"book {order_id}", "quantity": 2}
        made = event(caller, path=f"/shop-{shop}/orders", method="POST", body=body)
    return Call(events.fresh(made), events.context(), document(shop, order_id))


def check(calls: Sequence[Call], answers: Sequence[Any]) -> None:
    """WrongAnswerError unless every request was answered by its route, as JSON."""
    for call, answer in zip(calls, answers, strict=True):
        kinds = {**answer.get("headers", {}), **answer.get("multiValueHeaders", {})}
        kind = "".join({name.lower(): value for name, value in kinds.items()}["content-type"])
        if answer["statusCode"] != 200 or not kind.startswith("application/json"):
            raise WrongAnswerError(f"{call.event!r}: {answer!r}")
        if json.loads(answer["body"]) != call.expected:
            raise WrongAnswerError(f"{call.event!r}: {answer['body']!r}")


def label(program: str, caller: str, job: str, count: int) -> str:
    """The name of a side."""
    return f"{caller}, {job}, {count:,} route{'s' if count > 1 else ''}: {program}"


def measure(*, quick: bool) -> Report:
    """Time every program with every caller, job and number of routes."""
    times = rounds.Times("µs", {})
    for caller in RESOLVERS:
        for job in (READ, CREATE):
            with ProcessPoolExecutor(1, get_context("spawn")) as process:
                times.taken.update(process.submit(_measured, caller, job, 5 if quick else 25).result())
    return Report("HTTP, time of a request", times, [*_findings(times), *_cost(times)], page=_page(times))


def _measured(caller: str, job: str, count: int) -> dict[str, list[float]]:
    """What the programs took for one caller and job, all in the same rounds; run in a process of its own."""
    rounds.log_to_nowhere()
    chosen = random.Random(7)
    sides = [
        _side(program, make, caller, job, routes, chosen)
        for program, make in _programs(caller, job)
        for routes in COUNTS
    ]
    return rounds.run(sides, rounds=count).taken


def _programs(caller: str, job: str) -> Iterator[tuple[str, Callable[[str, str, int], Handler]]]:
    yield ROUTER, on_router
    if (caller, job) not in NOT_TO_BE_HAD:
        yield RESOLVER, on_resolver
    if caller in ON_MANGUM:
        yield MANGUM, on_mangum
    if (caller, job) == ("api_gateway_http", READ):
        yield BY_HAND, by_hand
        yield WITHOUT_LIFESPAN, without_lifespan


def _side(
    program: str,
    make: Callable[[str, str, int], Handler],
    caller: str,
    job: str,
    count: int,
    chosen: random.Random,
) -> Side:
    handler = make(caller, job, count)
    return Side(label(program, caller, job, count), handler, lambda: calls(caller, job, count, chosen), check)


def _findings(times: rounds.Times) -> list[Finding]:
    found = []
    for caller in RESOLVERS:
        for job in (READ, CREATE):
            if (caller, job) not in NOT_TO_BE_HAD:
                found += [_faster(times, RESOLVER, caller, job, count, at_least=3) for count in COUNTS]
            if caller in ON_MANGUM:
                found += [_faster(times, MANGUM, caller, job, count, at_least=10) for count in COUNTS]
            found.append(_growth(times, caller, job))
    return found


def _faster(times: rounds.Times, peer: str, caller: str, job: str, count: int, *, at_least: float) -> Finding:
    ours, theirs = label(ROUTER, caller, job, count), label(peer, caller, job, count)
    return Finding(ours, peer, times.ratio(theirs, ours), at_least=at_least)


def _growth(times: rounds.Times, caller: str, job: str) -> Finding:
    one, most = (label(ROUTER, caller, job, count) for count in (COUNTS[0], COUNTS[-1]))
    return Finding(most, "1 route", times.ratio(most, one), at_most=1.3)


def _cost(times: rounds.Times) -> list[Finding]:
    """What is there to be read: how far it is to a program by hand, and to Mangum at its quickest."""
    found = []
    for count in COUNTS:
        ours, floor, quickest = (
            label(program, "api_gateway_http", READ, count) for program in (ROUTER, BY_HAND, WITHOUT_LIFESPAN)
        )
        found.append(Finding(ours, BY_HAND, times.ratio(ours, floor)))
        found.append(Finding(ours, WITHOUT_LIFESPAN, times.ratio(quickest, ours)))
    return found


def _page(times: rounds.Times) -> list[str]:
    """The same in a table that fits a page: a row a caller and job, each cell for 1, 100 and 1,000 routes."""
    rows = [
        "| caller | job | router | times Powertools' resolver (at least 3) | times Mangum + Starlette (at least 10) |",
        "|---|---|---|---|---|",
    ]
    for caller in RESOLVERS:
        for job in (READ, CREATE):
            cells = [
                " / ".join(f"{times.middle(label(ROUTER, caller, job, count)):.1f} µs" for count in COUNTS),
                *(_ratios(times, peer, caller, job) for peer in (RESOLVER, MANGUM)),
            ]
            rows.append(f"| {caller} | {job} | {' | '.join(cells)} |")
    return rows


def _ratios(times: rounds.Times, peer: str, caller: str, job: str) -> str:
    names = [(label(peer, caller, job, count), label(ROUTER, caller, job, count)) for count in COUNTS]
    if any(theirs not in times.taken for theirs, _ in names):
        return "not to be had"
    return " / ".join(f"{times.ratio(theirs, ours).median:.1f}" for theirs, ours in names)
