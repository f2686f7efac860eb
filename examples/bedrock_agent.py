"""Tools of an agent: functions, operations, questions back. Run it: `python -m examples.bedrock_agent`."""

from lambda_router import AgentResponse, HTTPError, Retry, Router

app = Router()
ORDERS = {7: {"state": "sent", "total": 9.5}}


@app.bedrock_agent("find_order")
def find_order(order_id: int, session_attributes: dict) -> AgentResponse:
    if order_id not in ORDERS:
        raise Retry(f"There is no order {order_id}. Ask for its number.")
    asked = {**session_attributes, "last_order": str(order_id)}
    return AgentResponse(ORDERS[order_id], session_attributes=asked)


@app.bedrock_agent("cancel_order", action_group="Orders")
def cancel_order(order_id: int, reason: str = "none given") -> str:
    return f"Order {order_id} is cancelled; reason: {reason}."


@app.bedrock_agent.operation("GET", "/orders/{order_id}")
def read(order_id: int) -> dict:
    if order_id not in ORDERS:
        raise HTTPError(404, "no such order")
    return ORDERS[order_id]


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.bedrock_agent("find_order", {"order_id": 7}))
    print(client.bedrock_agent("find_order", {"order_id": 8}))
    print(client.bedrock_agent("find_order", {"order_id": "seven"}))
    print(client.bedrock_agent("cancel_order", {"order_id": 7}))
    print(client.bedrock_agent(path="/orders/{order_id}", parameters={"order_id": 7}))
    print(client.bedrock_agent(path="/orders/{order_id}", parameters={"order_id": 8}))
