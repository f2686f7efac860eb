"""What type checkers refuse: mypy reports exactly the marked lines, each with the code named there."""

from __future__ import annotations

from typing import Any

from lambda_router import HTTPError, Invocation, Request, Response, Retry, Router
from lambda_router.source import EventSource, Lazy
from lambda_router.sources.s3 import S3
from lambda_router.sources.sqs import Sqs
from lambda_router.testing import Client, LambdaContext, event

# -- the hub ------------------------------------------------------------------------------------------------

app = Router()
Router("orders")  # refused: call-arg
Router(partial=1.5)  # refused: arg-type
Router(partail=True)  # refused: call-arg
Router(all_failed="ignore")  # refused: arg-type
Router(deadline_margin="1s")  # refused: arg-type
Router(warmup=True)  # refused: arg-type
Router(logger="shop")  # refused: arg-type
Router(metrics=True)  # refused: arg-type
Router(tracer=print)  # refused: arg-type
Router(cors=5)  # refused: arg-type
app.only(1)  # refused: arg-type
app.include("other")  # refused: arg-type
app.include(Router(), "/v1")  # refused: call-arg
app.kafak("orders")  # refused: attr-defined
app.routes = ()  # refused: misc
app.use("middleware")  # refused: arg-type

# -- decorators: misspelt and missing criteria --------------------------------------------------------------

app.sqs()  # refused: call-arg
app.sqs(7)  # refused: arg-type
app.sqs("orders", partial="yes")  # refused: arg-type
app.sqs("orders", patrial=True)  # refused: call-arg
app.sqs("orders", True)  # refused: call-arg
app.sqs("orders", concurrency="5")  # refused: arg-type
app.sqs.bach("orders")  # refused: attr-defined
app.s3()  # refused: call-arg
app.s3("uploads", "a", "b", "c")  # refused: call-arg
app.s3("uploads", bucket="b")  # refused: misc
app.s3.object_created("uploads", event="ObjectCreated:*")  # refused: call-arg
app.eventbridge("shop")  # refused: call-arg
app.eventbridge(source=1)  # refused: arg-type
app.eventbridge(detail=["a"])  # refused: arg-type
app.schedule(rule=5)  # refused: arg-type
app.get()  # refused: call-arg
app.get("/", methods=["GET"])  # refused: call-arg
app.get("/", sumary="x")  # refused: call-arg
app.get("/", tags=7)  # refused: arg-type
app.http("/", methods=["GET"], deprecated="no")  # refused: arg-type
app.openapi(titel="Shop")  # refused: call-arg
app.docs(version=2)  # refused: arg-type
app.http("/")  # refused: call-arg
app.sqs("orders").drop("all")  # refused: call-arg


@app.sqs  # refused: arg-type
def without_parentheses(body: str) -> None: ...


@app.sqs("orders")
def on_order(body: dict[str, Any], *, message_id: str) -> bool:
    return bool(body) and bool(message_id)


# -- a decorated function keeps its exact type --------------------------------------------------------------

on_order({})  # refused: call-arg
on_order({}, "m")  # refused: call-arg
on_order({}, message_id=1)  # refused: arg-type
number: int = on_order({}, message_id="m") + "x"  # refused: operator
app.sqs("orders")("not a function")  # refused: type-var


@app.get("/orders/{order_id}")
def read(order_id: int) -> str:
    return str(order_id)


read("1")  # refused: arg-type
read(id=1)  # refused: call-arg

# -- rooms and lines ----------------------------------------------------------------------------------------

queue: S3 = app.sqs  # refused: assignment
Router.sqs("orders")  # refused: operator


class Office(Router):
    """A line whose two sides disagree."""

    telegraph: Lazy[Sqs] = Lazy[S3]("telegraphy:Telegraph")  # refused: assignment


class Telegraph(EventSource):
    """A room whose recogniser answers with text."""

    @staticmethod
    def recognise(event: Any) -> str:  # refused: override
        return "yes"


# -- invocation, request, response, errors ------------------------------------------------------------------


def attributes(invocation: Invocation, request: Request) -> None:
    invocation.sauce  # refused: attr-defined
    invocation.remaining() + 1  # refused: operator
    invocation.source.upper()  # refused: union-attr
    request.method = 1  # refused: assignment
    request.query["page"] + 1  # refused: operator
    request.stage.upper()  # refused: union-attr


Response({}, "200")  # refused: arg-type
Response({}, 200, {"x-a": "1"})  # refused: call-arg
Response({}, headers=["x-a"])  # refused: arg-type
HTTPError("404")  # refused: arg-type
HTTPError()  # refused: call-arg
Retry(after="soon")  # refused: arg-type

# -- testing ------------------------------------------------------------------------------------------------

client = Client(app)
Client("module.app")  # refused: arg-type
client.get()  # refused: call-overload
client.get("/", source=7)  # refused: call-overload
client.get("/").failed  # refused: attr-defined
client.sqs("orders", [1], sorce="alb")  # refused: call-arg
client.sqs("orders", [1]).status  # refused: attr-defined
client.s3("uploads", 7)  # refused: arg-type
client.send()  # refused: call-arg
client.sqs("orders", bodie=1)  # refused: call-arg
client.get("/", qery={})  # refused: call-overload
client.get("/", source="alb", claims={})  # refused: call-overload
client.request("PURGE", "/", source="alb", stage="prod")  # refused: call-overload
client.override("connect", print)  # refused: arg-type
event(7)  # refused: call-overload
event("sqss")  # refused: call-overload
event("sqs", bodie={"id": 1})  # refused: call-overload
event("sqs.fifo", grup_id="g")  # refused: call-overload
event("s3", key=7)  # refused: call-overload
LambdaContext(timeout="3")  # refused: arg-type
LambdaContext().advance("1")  # refused: arg-type
