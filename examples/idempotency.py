"""Orders that are charged once, however often they come. Run it: `python -m examples.idempotency`.

It needs `moto[dynamodb]`, which stands in for Amazon DynamoDB.
"""

from typing import Any

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from pydantic import BaseModel

from lambda_router import Invocation, Router


class Order(BaseModel):
    id: int
    total: float


def shop(dynamodb: Any, broken: set[int]) -> Router:
    """The app, with what is to fail; in Lambda it stands at the top of a module, as `app`."""
    app = Router(partial=["orders", "refunds"])
    by_message = IdempotencyConfig(expires_after_seconds=14 * 24 * 3600)
    by_record = IdempotencyConfig(event_key_jmespath="messageId", expires_after_seconds=14 * 24 * 3600)

    def once(keyword: str, config: IdempotencyConfig) -> Any:
        store = DynamoDBPersistenceLayer(table_name="idempotency", boto3_client=dynamodb)  # one a function
        return idempotent_function(data_keyword_argument=keyword, config=config, persistence_store=store)

    @app.middleware
    def with_the_time_left(invocation: Invocation, call_next: Any) -> Any:
        for config in (by_message, by_record):
            config.register_lambda_context(invocation.context)
        return call_next(invocation)

    @app.sqs("orders")
    @once("message_id", by_message)
    def on_order(message_id: str, order: Order) -> None:
        if order.id in broken:
            raise LookupError("the bank is away")
        print(f"  order {order.id}: charged {order.total}")

    @once("record", by_record)
    def refund(record: dict[str, Any]) -> None:
        print(f"  refunded {record['body']}")

    @app.sqs.batch("refunds")
    def on_refunds(records: list[dict[str, Any]]) -> None:
        for record in records:
            refund(record=record)

    return app


if __name__ == "__main__":
    import logging

    from moto import mock_aws

    from lambda_router.testing import Client, event

    logging.getLogger("lambda_router").setLevel(logging.CRITICAL)
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="eu-west-1")
        dynamodb.create_table(
            TableName="idempotency",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        broken = {2}
        client = Client(shop(dynamodb, broken))
        orders = event("sqs", queue="orders", bodies=[{"id": n, "total": 9.5} for n in (1, 2, 3)])
        refunds = event("sqs", queue="refunds", bodies=["10", "11"])

        print("three orders, and one that fails:")
        assert len(client.send(orders).failed) == 1
        broken.clear()
        print("all three again:")
        assert not client.send(orders).failed
        print("and again:")
        assert not client.send(orders).failed
        for turn in ("refunds:", "again:"):
            print(turn)
            assert not client.send(refunds).failed
