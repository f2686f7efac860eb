"""Traces, log keys and metrics of every call. Run it: `python -m examples.observability`."""

from aws_lambda_powertools import Logger, Metrics, Tracer

from lambda_router import Router

logger = Logger(service="shop")
app = Router(
    tracer=Tracer(service="shop"),  # off outside of Lambda
    logger=logger,
    metrics=Metrics(namespace="Shop", service="shop"),
)


@app.sqs("orders", partial=True)
def on_order(body: dict[str, int]) -> None:
    logger.info("charging an order")
    if body["total"] < 0:
        raise ValueError("a total below zero")


if __name__ == "__main__":
    from lambda_router.testing import Client

    print(Client(app).sqs("orders", [{"total": 9}, {"total": -1}]))
