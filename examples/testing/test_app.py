"""Tests of the app, with the fixtures that come with the package."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lambda_router.testing import Callbacks, Client, LambdaContext, event

from .app import app, prices

RouterClient = Callable[..., Client]


@pytest.mark.parametrize("source", ["api_gateway_rest", "api_gateway_http", "function_url", "alb"])
def test_an_order_is_read(router_client: RouterClient, source: str) -> None:
    client = router_client(app)
    assert client.get("/orders/7", source=source).json() == {"total": 120.5}
    assert client.get("/orders/8", source=source).status == 404


def test_prices_of_our_own(router_client: RouterClient) -> None:
    client = router_client(app)
    with client.override(prices, lambda: {8: 1.5}):
        assert client.get("/orders/8").json() == {"total": 1.5}


def test_a_bad_order_fails_alone(router_client: RouterClient) -> None:
    out = router_client(app).sqs(
        "orders", [{"id": 1, "total": 5}, {"id": 2, "total": -5}], message_id=["a", "b"]
    )
    assert out.failed == ["b"]
    assert "ValueError" in out.log[0]


def test_called_as_lambda_calls_it(lambda_context: LambdaContext) -> None:
    assert app(event("sqs", queue="orders", body={"id": 1, "total": 5}), lambda_context) == {
        "batchItemFailures": []
    }


def test_the_pipeline_is_told(router_client: RouterClient, callbacks: Callbacks) -> None:
    router_client(app).codepipeline({"environment": "staging"})
    assert callbacks.only.operation == "put_job_success_result"
    assert callbacks.only["outputVariables"] == {"environment": "staging"}


def test_an_order_that_came_through_a_topic(router_client: RouterClient) -> None:
    wrapped = event("sqs", queue="orders", body=event("sns", message={"id": 1, "total": 5}))
    assert router_client(app).send(wrapped).source == "sqs"
