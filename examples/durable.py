"""A durable function around an app: steps and waits in handlers. Run it: `python -m examples.durable`.

It needs `pip install aws-durable-execution-sdk-python`. In Lambda the handler setting is `examples.durable.handler`.
"""

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration

from lambda_router import Router

app = Router()


@app.sqs("orders", partial=True)
def on_order(body: dict, context: DurableContext) -> None:
    paid = context.step(lambda _: pay(body["id"]), name=f"pay {body['id']}")
    context.wait(
        Duration.from_hours(24), name="until it may be sent"
    )  # costs nothing: the function is not running
    context.step(lambda _: print(f"order {body['id']}: {paid}, and sent"), name=f"send {body['id']}")


def pay(order_id: int) -> str:
    print(f"order {order_id}: paid, once")
    return f"receipt {order_id}"


handler = durable_execution(app)


if __name__ == "__main__":
    from examples.durable_service import Service
    from lambda_router.testing import event

    execution = Service(handler, event("sqs", queue="orders", bodies=[{"id": 7}]))
    print(execution.invoke())
    execution.pass_time()
    print(execution.invoke())
