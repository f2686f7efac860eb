"""A FastAPI application beside routes and a queue. Run it: `python -m examples.mount`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request

from lambda_router import Router


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {"orders": {1: "book"}}


shop = FastAPI(lifespan=lifespan)


@shop.get("/orders/{order_id}")
def read(order_id: int, request: Request) -> dict[str, Any]:
    orders: dict[int, str] = request.state.orders
    if order_id not in orders:
        raise HTTPException(404, "no such order")
    return {"id": order_id, "item": orders[order_id]}


app = Router()
app.mount("/shop", shop)


@app.get("/shop/orders/latest")  # moved out of the application: routes go first
def latest() -> dict[str, Any]:
    return {"id": 1}


@app.sqs("orders", partial=True)
def on_order(body: dict[str, Any]) -> None:
    print("packed", body["item"])


if __name__ == "__main__":
    from lambda_router.testing import Client

    with Client(app) as client:
        print(client.get("/shop/orders/1", source="alb"))
        print(client.get("/shop/orders/latest", source="function_url"))
        print(client.get("/shop/orders/9"))
        print(client.sqs("orders", [{"item": "pen"}]))
