"""The same shop on Powertools: resolver, batch processor, event classes, and a dispatch by hand."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, S3Event
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

resolver = APIGatewayHttpResolver()
processor = BatchProcessor(event_type=EventType.SQS)
orders: list[int] = []


@resolver.get("/orders/<order_id>")
def read(order_id: str) -> dict[str, object]:
    return {"order_id": int(order_id), "status": "paid"}


def on_order(record: SQSRecord) -> None:
    orders.append(record.json_body["order_id"])


def on_image(bucket: str, key: str) -> None:
    orders.append(len(bucket) + len(key))


def on_placed(event: EventBridgeEvent) -> None:
    orders.append(event.detail["order_id"])


def app(event: dict[str, Any], context: LambdaContext) -> Any:
    if "rawPath" in event:
        return resolver.resolve(event, context)
    if "detail-type" in event:
        return dispatch(EventBridgeEvent(event))
    source = event["Records"][0]["eventSource"]
    if source == "aws:sqs":
        return process_partial_response(
            event=event, record_handler=on_order, processor=processor, context=context
        )
    if source == "aws:s3":
        return images(S3Event(event))
    raise ValueError(f"no route for events of {source}")


def dispatch(event: EventBridgeEvent) -> None:
    if event.source != "shop" or event.detail_type != "OrderPlaced":
        raise ValueError(f"no route for {event.detail_type}")
    on_placed(event)


def images(event: S3Event) -> None:
    for record in event.records:
        name, key = record.s3.bucket.name, record.s3.get_object.key
        if name != "uploads" or not fnmatchcase(key, "images/*.jpg"):
            raise ValueError(f"no route for {record.event_name} in this bucket")
        on_image(name, key)
