"""Devices that come with a password. Run it: `python -m examples.iot_authorizer`."""

from lambda_router import Allow, HTTPError, Router

app = Router()
PASSWORDS = {"fern": "moisture"}


@app.iot_authorizer(protocol="mqtt", refresh_after=600)
def authorize(client_id: str, password: str) -> Allow:
    if PASSWORDS.get(client_id) != password:
        raise HTTPError(401)
    own = f"arn:aws:iot:eu-west-1:123456789012:topic/plants/{client_id}/*"
    connect = f"arn:aws:iot:eu-west-1:123456789012:client/{client_id}"
    return Allow(
        client_id,
        policies={
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "iot:Connect", "Resource": connect},
                {"Effect": "Allow", "Action": "iot:Publish", "Resource": own},
            ],
        },
    )


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.iot_authorizer("mqtt", client_id="fern", password="moisture"))
    print(client.iot_authorizer("websocket", client_id="fern", password="wrong"))
