"""HTTP: one, a hundred and a thousand dynamic routes with an integer in the path and a small JSON answer.

The resolver runs without validation, its quicker mode, and its handlers convert the path parameter
themselves. The program by hand finds its handler in a dict: it shows what there is to be gained at all.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from lambda_router import Router

from . import events, rounds
from .rounds import Call, Side, WrongAnswerError
from .targets import Finding, Report

COUNTS = (1, 100, 1000)
BLOCK = 100
ROUTER, RESOLVER, BY_HAND = "router", "resolver", "by hand"

Handler = Callable[[Any, Any], Any]


def document(shop: int, order_id: int) -> dict[str, Any]:
    """What every route answers: it says which route that was, and that it was given a number."""
    return {"shop": shop, "order_id": order_id, "next": order_id + 1, "status": "paid"}


def on_router(count: int) -> Handler:
    """The routes on this project's router."""
    app = Router()
    for shop in range(count):
        app.get(f"/shop-{shop}/orders/{{order_id}}")(_reader(shop))
    return app


def _reader(shop: int) -> Callable[[int], dict[str, Any]]:
    def read(order_id: int) -> dict[str, Any]:
        return document(shop, order_id)

    return read


def on_resolver(count: int) -> Handler:
    """The routes on Powertools' resolver for HTTP APIs."""
    app = APIGatewayHttpResolver()
    for shop in range(count):
        app.get(f"/shop-{shop}/orders/<order_id>")(_converting_reader(shop))
    return app.resolve


def _converting_reader(shop: int) -> Callable[[str], dict[str, Any]]:
    def read(order_id: str) -> dict[str, Any]:
        return document(shop, int(order_id))

    return read


def by_hand(count: int) -> Handler:
    """The routes in a dict, and the path taken apart on the spot."""
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


def calls(count: int, chosen: random.Random) -> list[Call]:
    """A block of requests to any of the routes, each for another order."""
    return [_call(chosen.randrange(count)) for _ in range(BLOCK)]


def _call(shop: int) -> Call:
    order_id = events.number()
    return Call(events.http(f"/shop-{shop}/orders/{order_id}"), events.context(), document(shop, order_id))


def check(calls: Sequence[Call], answers: Sequence[Any]) -> None:
    """WrongAnswerError unless every request was answered by its route, as JSON."""
    for call, answer in zip(calls, answers, strict=True):
        kind = str({k.lower(): v for k, v in answer["headers"].items()}["content-type"])
        if answer["statusCode"] != 200 or not kind.startswith("application/json"):
            raise WrongAnswerError(f"{call.event['rawPath']}: {answer!r}")
        if json.loads(answer["body"]) != call.expected:
            raise WrongAnswerError(f"{call.event['rawPath']}: {answer['body']!r}")


def label(program: str, count: int) -> str:
    """The name of a side."""
    return f"{program}, {count:,} route{'s' if count > 1 else ''}"


def measure(*, quick: bool) -> Report:
    """Time the three programs with every number of routes, all in the same rounds."""
    chosen = random.Random(7)
    sides = [
        _side(program, make, count, chosen)
        for program, make in ((ROUTER, on_router), (RESOLVER, on_resolver), (BY_HAND, by_hand))
        for count in COUNTS
    ]
    times = rounds.run(sides, rounds=15 if quick else 60)
    return Report(
        "HTTP, time of a request", times, [*_against_resolver(times), _growth(times), *_cost(times)]
    )


def _side(program: str, make: Callable[[int], Handler], count: int, chosen: random.Random) -> Side:
    return Side(label(program, count), make(count), lambda: calls(count, chosen), check)


def _against_resolver(times: rounds.Times) -> list[Finding]:
    return [
        Finding(
            label(ROUTER, count),
            label(RESOLVER, count),
            times.ratio(label(RESOLVER, count), label(ROUTER, count)),
            at_least=3,
        )
        for count in COUNTS
    ]


def _growth(times: rounds.Times) -> Finding:
    one, most = label(ROUTER, COUNTS[0]), label(ROUTER, COUNTS[-1])
    return Finding(most, one, times.ratio(most, one), at_most=1.3)


def _cost(times: rounds.Times) -> list[Finding]:
    return [
        Finding(
            label(ROUTER, count),
            label(BY_HAND, count),
            times.ratio(label(ROUTER, count), label(BY_HAND, count)),
        )
        for count in COUNTS
    ]
