"""Who may use a GraphQL API, and which fields nobody may read. Run it: `python -m examples.appsync_authorizer`."""

from lambda_router import Allow, Deny, HTTPError, Router

app = Router()
USERS = {"token-ada": {"name": "ada", "staff": True}, "token-bob": {"name": "bob", "staff": False}}


@app.appsync_authorizer()
def authorize(token: str) -> Allow | Deny:
    user = USERS.get(token)
    if user is None:
        raise HTTPError(401)  # a denial
    hidden = [] if user["staff"] else ["Order.cost", "Order.margin"]
    return Allow(context={"user": user["name"]}, denied_fields=hidden, ttl=60)


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.appsync_authorizer("token-ada").response)
    print(client.appsync_authorizer("token-bob").response)
    print(client.appsync_authorizer("token-eve").response)
