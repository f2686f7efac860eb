"""What the caller would do: a sentence for every kind of source, in success and in failure."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_router import Router
from lambda_router.cli.consequence import consequence
from lambda_router.testing import Client, event
from lambda_router.testing.callbacks import recording
from lambda_router.testing.events import make, names


def fail(event: Any) -> None:
    raise ValueError("no")


def settle(event: Any) -> None: ...


@pytest.mark.parametrize("handler", [settle, fail])
def test_every_event_has_a_sentence(handler: Any) -> None:
    app = Router()
    app.default(handler)
    client = Client(app)
    for name in names():
        with recording() as reports:
            result = client.send(make(name))
        said = consequence(result, list(reports))
        assert said.endswith((".", "it.")), name
        assert said[0].isupper() or said.startswith((result.source or "?", "is told")), name


def said(app: Router, sent: Any) -> str:
    with recording() as reports:
        result = Client(app).send(sent)
    return consequence(result, list(reports))


def test_a_queue_whose_batch_has_raised() -> None:
    app = Router()
    app.sqs("orders")(fail)
    assert said(app, event("sqs", queue="orders", bodies=["a", "b"])) == (
        "Lambda takes the whole batch for failed: 2 messages to come again after the visibility timeout, until the redrive "
        "policy moves them to the dead-letter queue."
    )


def test_a_stream_that_stands_still() -> None:
    app = Router(partial=True)

    @app.kinesis("clicks")
    def on_click(data: dict) -> None:
        data["id"]

    sent = event("kinesis", stream="clicks", datas=[{"id": 1}, {}, {"id": 3}])
    second = sent["Records"][1]["kinesis"]["sequenceNumber"]
    third = sent["Records"][2]["kinesis"]["sequenceNumber"]
    found = said(app, sent)
    assert found.startswith(
        "Lambda takes 1 record for done; 2 records to come again, and nothing behind them is read"
    )
    assert f": {second}, {third}. That is so if the mapping has ReportBatchItemFailures" in found
    all_well = event("kinesis", stream="clicks", data={"id": 1})
    assert said(app, all_well) == "Lambda goes on behind 1 record."


def test_a_broker_reads_no_partial_response() -> None:
    app = Router()
    app.rabbitmq("orders")(fail)
    found = said(app, event("rabbitmq", queue="orders", data="x"))
    assert found == "Lambda takes the whole batch for failed: 1 message to come again until they succeed."


def test_an_asynchronous_event() -> None:
    app = Router()
    app.sns("news")(fail)
    app.s3("uploads")(settle)
    assert said(app, event("sns", topic="news")).startswith(
        "Lambda calls the function with this event twice more"
    )
    assert said(app, event("s3", bucket="uploads")) == "Nobody waits: Lambda takes the event for done."


def test_an_http_api_answers_otherwise_than_the_others() -> None:
    def refuse(event: Any, context: Any) -> None:
        raise ValueError

    said = {
        "api_gateway_http": "500 Internal Server Error",
        "api_gateway_rest": "502 Bad Gateway",
        "alb": "502 Bad Gateway",
        "vpc_lattice": "an error",
    }
    for source, status in said.items():
        result = Client(refuse).get("/", source=source)
        assert consequence(result) == f"The client gets {status} from AWS, without detail."


def test_many_identifiers_are_counted() -> None:
    app = Router(partial=True)

    @app.sqs("orders")
    def on_order(body: dict) -> None: ...

    sent = event("sqs", queue="orders", bodies=["no"] * 8 + [{}])
    assert " and 3 more. That is so" in said(app, sent)


def test_a_custom_resource_of_the_cdk_is_answered() -> None:
    app = Router()
    resource = app.cloudformation("Custom::Bucket")

    @resource
    def on_bucket(properties: dict) -> str:
        return "b-1"

    sent = event("cloudformation", resource_type="Custom::Bucket")
    assert said(app, sent).startswith("cloudformation is told by PUT SUCCESS")
    del sent["ResponseURL"]
    assert said(app, sent) == "cloudformation reads this answer."
