"""Services that wait for the function's answer, or tell it what happened: through their own APIs on a local AWS.

What it has not: it sends no control message when a subscription filter is made, rotates secrets without calling the
function (the steps are sent here), keeps no record that Firehose was told has failed, receives no mail, has no broker
whose queues are polled, and no CodeCommit, IoT Events, Lex, Connect or S3 Batch Operations.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import websocket
from test_layer import built

from examples.local_aws import deploy
from examples.local_aws.deploy import Function, until
from examples.local_aws.emulator import ARCH, PYTHON, Answer, LocalAws
from lambda_router.cli.layer import PYTHONS

SERVICES = Path(__file__).parents[2] / "examples" / "local_aws" / "services"
PASSWORD = "Correct-horse-7"

pytestmark = pytest.mark.skipif(PYTHON not in PYTHONS, reason=f"there is no layer for Python {PYTHON}")


@dataclasses.dataclass
class House:
    """The function, and the table in which its routes leave their traces."""

    aws: LocalAws
    function: Function

    def evidence(self, key: str) -> dict[str, Any] | None:
        """What a route noted under this key."""
        found = self.aws.client("dynamodb").get_item(
            TableName="services-evidence", Key={"id": {"S": key}}, ConsistentRead=True
        )
        return json.loads(found["Item"]["facts"]["S"]) if "Item" in found else None

    def keys(self, route: str) -> set[str]:
        """The keys under which a route noted something."""
        items = self.aws.client("dynamodb").scan(TableName="services-evidence", ConsistentRead=True)["Items"]
        return {i["id"]["S"].partition("/")[2] for i in items if i["id"]["S"].startswith(f"{route}/")}


@pytest.fixture(scope="module")
def house(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The layer published, and the app deployed with it."""
    made = built(tmp_path_factory.getbasetemp() / "layers", ARCH)
    deploy.create_table(aws, "services-evidence", key="id")
    function = deploy.create_function(
        aws,
        "services",
        SERVICES,
        handler="app.app",
        python=PYTHON,
        arch=ARCH,
        layers=[deploy.publish_layer(aws, made.path, python=PYTHON, arch=ARCH)],
        timeout=10,
        variables={"EVIDENCE": "services-evidence"},
    )
    return House(aws, function)


# -- users --------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Users:
    """A user pool as a client of it sees it."""

    cognito: Any
    pool: str
    client: str

    def sign_up(self, name: str, email: str) -> Any:
        return self.cognito.sign_up(
            ClientId=self.client,
            Username=name,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": email}],
        )

    def confirm(self, name: str) -> Any:
        return self.cognito.confirm_sign_up(ClientId=self.client, Username=name, ConfirmationCode="123456")

    def found(self, name: str) -> tuple[str, str | None]:
        """The status of a user, and whether the email is verified."""
        user = self.cognito.admin_get_user(UserPoolId=self.pool, Username=name)
        attributes = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
        return user["UserStatus"], attributes.get("email_verified")


@pytest.fixture(scope="module")
def users(aws: LocalAws, house: House) -> Users:
    triggers = (
        "PreSignUp",
        "PostConfirmation",
        "PreTokenGeneration",
        "DefineAuthChallenge",
        "CreateAuthChallenge",
        "VerifyAuthChallengeResponse",
    )
    return Users(
        aws.client("cognito-idp"), *deploy.user_pool(aws, house.function, name="shop", triggers=triggers)
    )


def test_a_user_signs_up_and_is_welcomed_when_confirmed(house: House, users: Users) -> None:
    assert users.sign_up("ada", "ada@example.com")["UserConfirmed"] is False
    assert users.found("ada") == ("UNCONFIRMED", None)
    assert house.evidence("welcome/ada") is None
    users.confirm("ada")
    assert users.found("ada")[0] == "CONFIRMED"
    assert house.evidence("welcome/ada") == {
        "email": "ada@example.com",
        "trigger": "PostConfirmation_ConfirmSignUp",
    }


def test_the_function_confirms_a_user_itself(users: Users) -> None:
    assert users.sign_up("known", "known@example.com")["UserConfirmed"] is True
    assert users.found("known") == ("CONFIRMED", "true")


@pytest.mark.parametrize(
    ("domain", "said"), [("example.net", "Ask your company for an invitation."), ("example.org", "")]
)
def test_a_sign_up_is_refused_and_the_user_told_no_more_than_is_meant(
    users: Users, domain: str, said: str
) -> None:
    refused = users.cognito.exceptions.UserLambdaValidationException
    with pytest.raises(refused) as caught:
        users.sign_up("eve", f"eve@{domain}")
    assert said in str(caught.value)
    assert "swordfish" not in str(caught.value)
    with pytest.raises(users.cognito.exceptions.UserNotFoundException):
        users.found("eve")


def test_a_welcome_that_fails_tells_nothing(users: Users) -> None:
    users.sign_up("unlucky", "unlucky@example.com")
    with pytest.raises(users.cognito.exceptions.UserLambdaValidationException) as caught:
        users.confirm("unlucky")
    assert "PostConfirmation failed with error" in str(caught.value)
    assert "swordfish" not in str(caught.value)
    assert users.found("unlucky")[0] == "CONFIRMED"


def test_a_token_has_the_claim_that_was_added(users: Users) -> None:
    users.sign_up("known-2", "known@example.com")
    given = users.cognito.initiate_auth(
        ClientId=users.client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "known-2", "PASSWORD": PASSWORD},
    )
    assert claims(given["AuthenticationResult"]["IdToken"])["tier"] == "known-2's"


def test_a_riddle_is_asked_again_until_it_is_solved(users: Users) -> None:
    users.sign_up("known-3", "known@example.com")
    asked = users.cognito.initiate_auth(
        ClientId=users.client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "known-3"}
    )
    for answer in ("41", "42"):
        assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
        assert asked["ChallengeParameters"]["question"] == "6 x 7"
        assert "answer" not in asked["ChallengeParameters"]
        asked = users.cognito.respond_to_auth_challenge(
            ClientId=users.client,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": "known-3", "ANSWER": answer},
        )
    assert claims(asked["AuthenticationResult"]["IdToken"])["tier"] == "known-3's"


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


# -- authorizers --------------------------------------------------------------------------------------------


class Api:
    """An API that is guarded by the function."""

    def __init__(self, house: House, kind: str) -> None:
        self.aws = house.aws
        self.stage = ""
        if kind in ("TOKEN", "REQUEST"):
            self.host = deploy.rest_api(house.aws, house.function, name=f"guarded-{kind}", authorizer=kind)
            self.stage = "/live"
        else:
            self.host = deploy.http_api(house.aws, house.function, name=f"guarded-{kind}", authorizer=kind)

    def ask(self, path: str, who: str | None, *, method: str = "GET") -> Answer:
        headers = {"Authorization": f"Bearer {who}"} if who is not None else {}
        return self.aws.request(self.host, f"{self.stage}{path}", method=method, headers=headers)


@pytest.fixture(scope="module", params=["TOKEN", "REQUEST", "policy"])
def api(request: pytest.FixtureRequest, house: House) -> Api:
    return Api(house, request.param)


def test_who_may_is_let_in_and_the_route_knows_who_it_is(api: Api) -> None:
    found = api.ask("/shop/cups", "bob's")
    source = "api_gateway_rest" if api.stage else "api_gateway_http"
    assert (found.status, found.json()["page"], found.json()["source"]) == (200, "shop/cups", source)
    assert found.json()["caller"].items() >= {"principalId": "bob", "role": "guest"}.items()
    assert api.ask("/admin/users", "ada's").status == 200


def test_who_may_not_is_kept_out(house: House, api: Api) -> None:
    assert api.ask("/admin/users", "bob's").status == 403
    assert api.ask("/shop/cups", "bob's", method="DELETE").status == 403  # the policy is about GET alone
    assert house.keys("remove") == set()


def test_who_is_not_known_is_kept_out(api: Api) -> None:
    assert api.ask("/shop/cups", None).status == 401
    # For an HTTP API no exception of the function means 401.
    assert api.ask("/shop/cups", "nobody's").status == (401 if api.stage else 403)


def test_a_fault_lets_nobody_in_and_says_nothing(api: Api) -> None:
    found = api.ask("/shop/cups", "broken")
    assert found.status == 500
    assert b"swordfish" not in found.body


def test_a_simple_response_lets_in_and_keeps_out(house: House) -> None:
    api = Api(house, "simple")
    found = api.ask("/simple/cups", "bob's")
    assert found.status == 200
    assert found.json()["caller"] == {"name": "bob", "role": "guest", "admin": False}
    assert [api.ask("/simple/cups", who).status for who in (None, "nobody's", "broken")] == [401, 403, 500]


# -- connections --------------------------------------------------------------------------------------------


class Chat:
    """A WebSocket API, spoken to with a client of its own kind."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.host = deploy.websocket_api(
            house.aws, house.function, name="chat", routes=("send", "fault", "$default")
        )

    def connect(self, **query: str) -> Any:
        address = self.house.aws.url.replace("http://", "ws://")
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return websocket.create_connection(f"{address}/live?{asked}", host=self.host, timeout=20)


@pytest.fixture(scope="module")
def chat(house: House) -> Chat:
    return Chat(house)


def test_a_connection_is_made_speaks_and_ends(house: House, chat: Chat) -> None:
    connection = chat.connect(token="ada's", room="kitchen")
    who = house.evidence("on_connect/kitchen")["connection"]
    connection.send(json.dumps({"action": "send", "to": "bob", "text": "Grüße"}))
    assert json.loads(connection.recv()) == {"connection": who, "to": "bob", "text": "Grüße"}
    connection.send("ping")
    assert connection.recv() == "you said ping"
    assert house.evidence(f"on_disconnect/{who}") is None
    connection.close()
    until(lambda: house.evidence(f"on_disconnect/{who}") == {}, seconds=20)


def test_two_connections_are_told_apart(house: House, chat: Chat) -> None:
    both = [chat.connect(token="bob's", room=room) for room in ("cellar", "attic")]
    names = [house.evidence(f"on_connect/{room}")["connection"] for room in ("cellar", "attic")]
    for connection in both:
        connection.send(json.dumps({"action": "send", "to": "ada", "text": "hello"}))
    assert [json.loads(connection.recv())["connection"] for connection in both] == names
    assert names[0] != names[1]
    for connection in both:
        connection.close()


def test_a_connection_is_refused_by_the_route_or_by_the_authorizer(house: House, chat: Chat) -> None:
    for query in ({"token": "ada's"}, {"token": "nobody's", "room": "hall"}, {"room": "hall"}):
        with pytest.raises(websocket.WebSocketException):
            chat.connect(**query)
    assert "hall" not in house.keys("on_connect")


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ({"action": "fault"}, "Internal Server Error"),
        ({"action": "send", "to": "bob"}, "Unprocessable Content"),
    ],
)
def test_a_fault_and_a_wrong_message_are_told_to_the_client(
    chat: Chat, message: dict[str, str], title: str
) -> None:
    connection = chat.connect(token="ada's", room="garden")
    connection.send(json.dumps(message))
    told = connection.recv()
    connection.close()
    assert json.loads(told)["title"] == title
    assert "swordfish" not in told


# -- deliveries ---------------------------------------------------------------------------------------------


def test_records_are_transformed_on_their_way_into_a_bucket(house: House) -> None:
    bucket = deploy.create_bucket(house.aws, "visits")
    deploy.on_delivery(house.aws, house.function, "visits", bucket=bucket)
    sent = [
        {"page": "/Cups", "customer": "7"},
        {"page": "/", "customer": "8", "robot": True},
        {"page": "/Plates", "customer": "9"},
        "not json",
    ]
    records = [{"Data": (json.dumps(s) if isinstance(s, dict) else s).encode()} for s in sent]
    put = house.aws.client("firehose").put_record_batch(DeliveryStreamName="visits", Records=records)
    assert put["FailedPutCount"] == 0
    s3 = house.aws.client("s3")
    keys = until(
        lambda: len(found := s3.list_objects_v2(Bucket=bucket).get("Contents", [])) >= 2 and found, seconds=20
    )
    delivered = {
        key["Key"].partition("/")[0]: json.loads(s3.get_object(Bucket=bucket, Key=key["Key"])["Body"].read())
        for key in keys
    }
    assert delivered == {"customer=7": {"page": "/cups"}, "customer=9": {"page": "/plates"}}


# -- secrets ------------------------------------------------------------------------------------------------


def test_a_secret_is_rotated_and_the_last_step_is_the_routers_own(house: House) -> None:
    """The local AWS does not call the function, so that the steps are sent as Secrets Manager sends them."""
    client = house.aws.client("secretsmanager")
    arn = client.create_secret(Name="shop/database", SecretString="the first")["ARN"]
    client.rotate_secret(SecretId=arn, RotationLambdaARN=house.function.arn)
    token = str(uuid.uuid4())
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        event = {"Step": step, "SecretId": arn, "ClientRequestToken": token}
        answer = house.aws.client("lambda").invoke(FunctionName="services", Payload=json.dumps(event))
        assert (answer.get("FunctionError"), answer["Payload"].read()) == (None, b"null"), step
        current = client.get_secret_value(SecretId=arn)["SecretString"]
        assert (current == "the first") is (step != "finishSecret")
    assert client.get_secret_value(SecretId=arn)["SecretString"] == f"password of {token[:8]}"
    assert client.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"] == "the first"
    assert house.evidence(f"set_password/{token}") == {"value": f"password of {token[:8]}"}
    assert house.evidence(f"log_in/{token}") == {}


# -- logs and things ----------------------------------------------------------------------------------------


def test_log_events_that_match_the_subscription_arrive_together(house: House) -> None:
    deploy.on_log_group(house.aws, house.function, "shop-checkout", name="errors", pattern="ERROR")
    logs = house.aws.client("logs")
    logs.create_log_stream(logGroupName="shop-checkout", logStreamName="till-1")
    messages = ["INFO open", "ERROR basket 7 is empty", "INFO still open", "ERROR no cups left"]
    events = [{"timestamp": 1_900_000_000_000 + n, "message": text} for n, text in enumerate(messages)]
    logs.put_log_events(logGroupName="shop-checkout", logStreamName="till-1", logEvents=events)
    facts = until(lambda: house.evidence("on_errors/till-1"), seconds=20)
    assert facts == {"group": "shop-checkout", "messages": ["ERROR basket 7 is empty", "ERROR no cups left"]}


def test_a_rule_passes_on_what_things_say(house: House) -> None:
    sql = "SELECT *, topic() AS topic FROM 'plants/+/moisture' WHERE percent < 20"
    deploy.on_message(house.aws, house.function, "dry_plants", sql=sql)
    data = house.aws.client("iot-data")
    for plant, percent in (("fern", 12), ("cactus", 55), ("rose", 19.5)):
        data.publish(topic=f"plants/{plant}/moisture", payload=json.dumps({"percent": percent}))
    data.publish(topic="plants/fern/light", payload=b'{"percent": 1}')
    until(lambda: house.keys("on_moisture") >= {"fern", "rose"}, seconds=20)
    assert house.keys("on_moisture") == {"fern", "rose"}
    assert house.evidence("on_moisture/rose") == {"percent": 19.5}
