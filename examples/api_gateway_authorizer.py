"""Who may call an API of API Gateway, by token and by path. Run it: `python -m examples.api_gateway_authorizer`."""

from lambda_router import Allow, Deny, HTTPError, Request, Router
from lambda_router.policy import Decision

app = Router()
users = {"Bearer ada's": ("ada", "admin"), "Bearer bob's": ("bob", "guest")}


def user(token: str | None) -> tuple[str, str]:
    if token not in users:
        raise HTTPError(401)
    return users[token]


@app.authorizer(path="/admin/*")
def admins(token: str | None, request: Request) -> Decision:
    name, role = user(token)
    return Allow(name) if role == "admin" else Deny(name, context={"reason": f"{request.path} is for admins"})


@app.authorizer()
def everybody(token: str | None) -> Decision:
    name, role = user(token)
    return Allow(name, context={"role": role}, resources="GET/orders/*")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.authorizer("token", token="Bearer bob's", path="/orders/7"))
    print(client.authorizer("request", token="Bearer bob's", path="/admin/users"))
    print(client.authorizer("request", token="Bearer ada's", path="/admin/users"))
    print(client.authorizer("token", token="Bearer nobody's"))
    print(client.authorizer("payload_v2", token="Bearer nobody's"))
