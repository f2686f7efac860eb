"""Rooms of services that came later, through those services on a local AWS; what it has not is added by triggers.py there.

What it has not, and is not added: batches of AppSync's resolvers, AppSync Events with a function behind a channel,
destinations for success, Bedrock agents, Transfer Family's and IoT's authorizers, hooks of CloudFormation and of ECS,
streams of DocumentDB.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from test_layer import built

from examples.local_aws import deploy
from examples.local_aws.deploy import Function, until
from examples.local_aws.emulator import ARCH, PYTHON, LocalAws
from lambda_router.cli.layer import PYTHONS
from lambda_router.testing import event

BEYOND = Path(__file__).parents[2] / "examples" / "local_aws" / "beyond"
EVIDENCE = "beyond-evidence"
SCHEMA = """
type Customer { name: String }
type Order { id: ID! customer: Customer total: Float }
type Query { order(id: ID!): Order orders: [Order!]! }
type Mutation { cancel(id: ID!): Boolean }
"""
FIELDS = [
    ("Query", "order"),
    ("Query", "orders"),
    ("Order", "customer"),
    ("Order", "total"),
    ("Mutation", "cancel"),
]

pytestmark = pytest.mark.skipif(PYTHON not in PYTHONS, reason=f"there is no layer for Python {PYTHON}")


@dataclasses.dataclass
class House:
    """The function, another of the same code, and the table in which their routes leave their traces."""

    aws: LocalAws
    function: Function
    worker: Function
    layer: str

    def evidence(self, key: str) -> tuple[int, dict[str, Any]] | None:
        """How often a route noted something under this key, and what it was the last time."""
        found = self.aws.client("dynamodb").get_item(
            TableName=EVIDENCE, Key={"id": {"S": key}}, ConsistentRead=True
        )
        item = found.get("Item")
        return (int(item["times"]["N"]), json.loads(item["facts"]["S"])) if item else None

    def keys(self, route: str) -> dict[str, int]:
        """The keys under which a route noted something, and how often."""
        items = self.aws.client("dynamodb").scan(TableName=EVIDENCE, ConsistentRead=True)["Items"]
        noted = {item["id"]["S"]: int(item["times"]["N"]) for item in items}
        return {key.partition("/")[2]: times for key, times in noted.items() if key.startswith(f"{route}/")}


@pytest.fixture(scope="module")
def house(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The layer published, and the app deployed with it, twice."""
    made = built(tmp_path_factory.getbasetemp() / "layers", ARCH)
    layer = deploy.publish_layer(aws, made.path, python=PYTHON, arch=ARCH)
    deploy.create_table(aws, EVIDENCE, key="id")
    functions = [
        deploy.create_function(
            aws,
            name,
            BEYOND,
            handler="app.app",
            python=PYTHON,
            arch=ARCH,
            layers=[layer],
            timeout=10,
            variables={"EVIDENCE": EVIDENCE},
        )
        for name in ("beyond", "beyond-worker")
    ]
    return House(aws, *functions, layer)


# -- AppSync ------------------------------------------------------------------------------------------------


class Graph:
    """A GraphQL API, as its clients see it."""

    def __init__(self, house: House) -> None:
        self.aws = house.aws
        self.host = deploy.graphql_api(house.aws, house.function, name="shop", schema=SCHEMA, fields=FIELDS)

    def ask(self, query: str, *, who: str = "ada's", **variables: Any) -> tuple[int, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Authorization": who, "Content-Type": "application/json"}
        answer = self.aws.request(self.host, "/graphql", method="POST", body=body, headers=headers)
        return answer.status, answer.json()


@pytest.fixture(scope="module")
def graph(house: House) -> Graph:
    return Graph(house)


def test_fields_and_fields_of_what_they_gave_are_resolved(graph: Graph) -> None:
    asked = "query ($id: ID!) { order(id: $id) { id total customer { name } } }"
    found = {"id": "7", "total": 9.5, "customer": {"name": "Ada"}}
    assert graph.ask(asked, id="7") == (200, {"data": {"order": found}})
    assert graph.ask(asked, id="9") == (200, {"data": {"order": None}})
    assert graph.ask("{ orders { id } }") == (200, {"data": {"orders": [{"id": "7"}, {"id": "8"}]}})


def test_a_field_that_fails_is_null_beside_the_others_and_tells_what_it_may(graph: Graph) -> None:
    status, answer = graph.ask('{ order(id: "8") { id total customer { name } } }')
    assert (status, answer["data"]) == (200, {"order": {"id": "8", "total": None, "customer": None}})
    told = {error["path"][-1]: (error["errorType"], error["message"]) for error in answer["errors"]}
    assert told["customer"] == ("Lambda:Unhandled", "This customer has left.")
    assert told["total"][0] == "Lambda:Unhandled"
    assert told["total"][1]
    assert "swordfish" not in json.dumps(answer)


def test_a_mutation_knows_who_asks(house: House, graph: Graph) -> None:
    asked = 'mutation { cancel(id: "8") }'
    assert graph.ask(asked, who="bob's") == (200, {"data": {"cancel": True}})
    assert house.evidence("cancel/8") == (1, {"by": "bob"})


@pytest.mark.parametrize("who", ["nobody's", "broken"])
def test_who_is_not_known_is_kept_out_of_the_graph(house: House, graph: Graph, who: str) -> None:
    status, answer = graph.ask('mutation { cancel(id: "7") }', who=who)
    assert status == 401
    assert answer["errors"][0]["errorType"] == "UnauthorizedException"
    assert "swordfish" not in json.dumps(answer)
    assert house.evidence("cancel/7") is None


# -- S3 Object Lambda ---------------------------------------------------------------------------------------


@dataclasses.dataclass
class Shelf:
    """A bucket, and the access point through which its objects are given out."""

    s3: Any
    point: str

    def get(self, key: str) -> Any:
        return self.s3.get_object(Bucket=self.point, Key=key)


@pytest.fixture(scope="module")
def shelf(house: House) -> Shelf:
    bucket = deploy.create_bucket(house.aws, "beyond-notes")
    s3 = house.aws.client("s3")
    for key in ("secret/a note+1.txt", "secret/b.key", "plain.bin"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"it is swordfish")
    point = deploy.object_lambda(
        house.aws, house.function, name="notes", bucket=bucket, payload={"mask": "******"}
    )
    return Shelf(s3, point)


def test_an_object_is_made_of_the_one_in_the_bucket(shelf: Shelf) -> None:
    found = shelf.get("secret/a note+1.txt")
    assert found["Body"].read() == b"it is ******"
    assert (found["ContentType"], found["Metadata"]) == ("text/plain", {"redacted": "yes"})


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("nothing.txt", 404, "NoSuchKey"),  # the route's own answer
        ("secret/b.key", 500, "InternalError"),  # a fault in the route
        ("plain.bin", 500, "InternalError"),  # no route
    ],
)
def test_an_object_that_is_not_given_out_is_an_error_of_s3(
    house: House, shelf: Shelf, key: str, status: int, code: str
) -> None:
    answer = house.aws.request(house.aws.url.partition("//")[2], f"/{shelf.point}/{key}")
    assert answer.status == status
    assert f"<Code>{code}</Code>".encode() in answer.body
    assert b"swordfish" not in answer.body


def test_headers_and_lists_are_what_the_function_returns(shelf: Shelf) -> None:
    headers = shelf.s3.head_object(Bucket=shelf.point, Key="secret/a note+1.txt")
    assert headers["ContentLength"] == len("it is swordfish")
    assert headers["Metadata"] == {"redacted": "yes"}
    listed = shelf.s3.list_objects_v2(Bucket=shelf.point)["Contents"]
    assert {one["Key"] for one in listed} == {"hidden/a note+1.txt", "hidden/b.key", "plain.bin"}


# -- CloudFormation macros ----------------------------------------------------------------------------------


class Stacks:
    """CloudFormation, with the macros of the function."""

    def __init__(self, house: House) -> None:
        self.client = house.aws.client("cloudformation")
        self.sqs = house.aws.client("sqs")
        resources = {
            name: {
                "Type": "AWS::CloudFormation::Macro",
                "Properties": {"Name": name, "FunctionName": house.function.arn},
            }
            for name in ("Tagged", "Delayed", "Broken")
        }
        self.create("beyond-macros", {"Resources": resources})

    def create(self, name: str, template: dict[str, Any], **parameters: str) -> None:
        """Create a stack and wait for it."""
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        self.client.create_stack(
            StackName=name,
            TemplateBody=json.dumps(template),
            Parameters=given,
            Capabilities=["CAPABILITY_AUTO_EXPAND"],
        )

        def status() -> str:
            return self.client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]

        until(lambda: not status().endswith("IN_PROGRESS"), seconds=20)
        assert status() == "CREATE_COMPLETE"


@pytest.fixture(scope="module")
def stacks(house: House) -> Stacks:
    return Stacks(house)


def queue_template(macros: list[str], **properties: Any) -> dict[str, Any]:
    """A template of one queue that uses macros."""
    return {
        "Transform": macros,
        "Parameters": {"Team": {"Type": "String"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": properties}},
    }


def test_a_stack_is_what_the_macros_made_of_its_template(stacks: Stacks) -> None:
    delayed = {"Name": "Delayed", "Parameters": {"Seconds": "42"}}
    template = queue_template(["Tagged"], QueueName="beyond-made", **{"Fn::Transform": delayed})
    stacks.create("beyond-made", template, Team="orders")
    url = stacks.sqs.get_queue_url(QueueName="beyond-made")["QueueUrl"]
    attributes = stacks.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes["DelaySeconds"] == "42"
    assert stacks.sqs.list_queue_tags(QueueUrl=url)["Tags"].items() >= {"team": "orders"}.items()


@pytest.mark.parametrize(
    ("macros", "seconds", "said"),
    [
        (["Tagged"], "901", "Delayed failed with: A message is delayed by 900 seconds at most."),
        (["Broken"], "1", "Broken failed with: "),
    ],
)
def test_a_macro_that_refuses_fails_the_stack_and_says_what_it_may(
    stacks: Stacks, macros: list[str], seconds: str, said: str
) -> None:
    delayed = {"Name": "Delayed", "Parameters": {"Seconds": seconds}}
    template = queue_template(macros, QueueName="beyond-refused", **{"Fn::Transform": delayed})
    with pytest.raises(ClientError) as caught:
        stacks.create("beyond-refused", template, Team="orders")
    assert said in str(caught.value)
    assert "swordfish" not in str(caught.value)
    with pytest.raises(stacks.sqs.exceptions.QueueDoesNotExist):
        stacks.sqs.get_queue_url(QueueName="beyond-refused")


# -- CloudWatch alarms --------------------------------------------------------------------------------------


def test_an_alarm_of_a_metric_tells_the_function_that_it_is_on_and_off(house: House) -> None:
    deploy.on_alarm(house.aws, house.function, "beyond-late", namespace="Shop", metric="LateOrders", above=5)
    client = house.aws.client("cloudwatch")
    client.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "LateOrders", "Value": 7}])
    times, facts = until(lambda: house.evidence("on_alarm/beyond-late"), seconds=20)
    reason = client.describe_alarms(AlarmNames=["beyond-late"])["MetricAlarms"][0]["StateReason"]
    assert (times, facts) == (
        1,
        {"metric": "LateOrders", "before": "INSUFFICIENT_DATA", "reason": reason},
    )
    client.set_alarm_state(AlarmName="beyond-late", StateValue="OK", StateReason="delivered")
    assert until(lambda: house.evidence("on_relief/beyond-late"), seconds=20) == (1, {"before": "ALARM"})


def test_an_alarm_of_others_tells_the_function_too(house: House) -> None:
    client = house.aws.client("cloudwatch")
    limit = {"Period": 60, "EvaluationPeriods": 1, "Statistic": "Sum", "Threshold": 5.0}
    for name in ("beyond-slow", "beyond-lost"):
        client.put_metric_alarm(
            AlarmName=name,
            Namespace="Shop",
            MetricName=name,
            ComparisonOperator="GreaterThanThreshold",
            **limit,
        )
    client.put_composite_alarm(
        AlarmName="beyond-late-all",
        AlarmRule="ALARM(beyond-slow) AND ALARM(beyond-lost)",
        AlarmActions=[house.function.arn],
    )
    for name in ("beyond-slow", "beyond-lost"):
        assert house.evidence("on_alarm/beyond-late-all") is None
        client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a trial")
    _, facts = until(lambda: house.evidence("on_alarm/beyond-late-all"), seconds=20)
    assert facts["metric"] is None
    assert house.keys("on_alarm").keys() == {"beyond-late", "beyond-late-all"}


# -- EventBridge Pipes --------------------------------------------------------------------------------------


def test_of_a_queue_behind_a_pipe_what_fails_comes_again_alone(house: House) -> None:
    queue = deploy.create_queue(house.aws, "beyond-parcels", visibility=1, receives=2)
    sqs = house.aws.client("sqs")
    parcels = [{"id": "1"}, {"id": "2", "fails": 1}, {"id": "3"}, {"id": "4", "fails": 99}]
    entries = [{"Id": parcel["id"], "MessageBody": json.dumps(parcel)} for parcel in parcels]
    sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
    deploy.create_pipe(house.aws, "beyond-parcels", queue.arn, house.function)
    assert queue.dead_letters is not None
    dead = until(lambda: sqs.receive_message(QueueUrl=queue.dead_letters.url).get("Messages"), seconds=20)
    assert [json.loads(message["Body"])["id"] for message in dead] == ["4"]
    assert house.keys("on_parcel") == {"1": 1, "2": 2, "3": 1, "4": 2}
    mappings = house.aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert queue.arn not in [mapping["EventSourceArn"] for mapping in mappings]


def test_of_a_stream_behind_a_pipe_what_fails_comes_again(house: House) -> None:
    stream = deploy.create_table(house.aws, "beyond-stock", key="id", stream=True)
    deploy.create_pipe(house.aws, "beyond-stock", stream, house.function)
    for number, fails in ((1, 0), (2, 1), (3, 0)):
        item = {"id": {"S": str(number)}, "left": {"N": str(number * 10)}, "fails": {"N": str(fails)}}
        house.aws.client("dynamodb").put_item(TableName="beyond-stock", Item=item)
    until(lambda: house.keys("on_stock").items() >= {"2": 2, "3": 1}.items(), seconds=20)
    assert house.keys("on_stock") == {"1": 1, "2": 2, "3": 1}
    assert house.evidence("on_stock/3") == (1, {"left": 30})


def test_an_enrichment_replaces_the_events_for_the_target(house: House) -> None:
    queue = deploy.create_queue(house.aws, "beyond-visits", visibility=30)
    visits = [{"name": "ada"}, {"name": "crawler", "robot": True}, {"name": "bob"}]
    entries = [{"Id": str(number), "MessageBody": json.dumps(one)} for number, one in enumerate(visits)]
    house.aws.client("sqs").send_message_batch(QueueUrl=queue.url, Entries=entries)
    deploy.create_pipe(house.aws, "beyond-visits", queue.arn, house.worker, enrichment=house.function)
    until(lambda: house.keys("on_visitors").keys() >= {"Ada", "Bob"}, seconds=20)
    assert house.keys("on_visitors") == {"Ada": 1, "Bob": 1}


# -- Step Functions and destinations ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def machine(house: House) -> str:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": house.function.arn, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "Retry": [{"ErrorEquals": ["ConnectionError"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "Catch": [{"ErrorEquals": ["SoldOut"], "Next": "Sorry"}],
        "End": True,
    }
    sorry = {"Type": "Pass", "Parameters": {"caught.$": "$.Error", "cause.$": "$.Cause"}, "End": True}
    definition = {"StartAt": "Price", "States": {"Price": task, "Sorry": sorry}}
    return deploy.state_machine(house.aws, "beyond-prices", definition)


def run(house: House, machine: str, **task: Any) -> tuple[str, Any]:
    """How an execution has ended, and with what."""
    client = house.aws.client("stepfunctions")
    started = client.start_execution(stateMachineArn=machine, input=json.dumps(task))

    def ended() -> Any:
        found = client.describe_execution(executionArn=started["executionArn"])
        return found if found["status"] != "RUNNING" else None

    found = until(ended, seconds=20)
    return found["status"], json.loads(found["output"])


def test_a_task_succeeds_and_is_tried_again_by_the_name_of_its_error(house: House, machine: str) -> None:
    found = run(house, machine, task="price", item="pen", order="1")
    assert found == ("SUCCEEDED", {"item": "pen", "price": 9.5})
    found = run(house, machine, task="price", item="cup", order="2")
    assert found == ("SUCCEEDED", {"item": "cup", "price": 9.5})
    assert house.keys("price") == {"2": 2}


def test_an_error_is_caught_by_the_name_of_its_class(house: House, machine: str) -> None:
    status, output = run(house, machine, task="price", item="swan", order="3")
    assert (status, output["caught"]) == ("SUCCEEDED", "SoldOut")
    assert json.loads(output["cause"])["errorMessage"] == "swans are sold out"
    status, output = run(house, machine, task="weigh")
    assert (status, output["Error"]) == ("FAILED", "UnknownEventError")


def test_what_has_failed_for_the_last_time_arrives_where_it_is_looked_at_and_done(house: House) -> None:
    deploy.on_failure(house.aws, house.worker, house.function, retries=1)
    house.aws.client("lambda").invoke(
        FunctionName=house.worker.name,
        InvocationType="Event",
        Payload=json.dumps({"task": "charge", "order": "7"}),
    )
    facts = until(lambda: house.evidence("look/7"), seconds=20)
    assert facts == (1, {"error": "ConnectionError"})
    until(
        lambda: house.keys("charge") == {"7": 3}, seconds=20
    )  # twice by the worker, then as it was unwrapped


# -- durable functions --------------------------------------------------------------------------------------


def test_an_execution_waits_and_takes_each_step_once(house: House) -> None:
    pytest.importorskip("aws_durable_execution_sdk_python")
    sdk = deploy.libraries("aws-durable-execution-sdk-python", without=["boto3"])
    function = deploy.create_function(
        house.aws,
        "beyond-durable",
        BEYOND,
        handler="durable.handler",
        python=PYTHON,
        arch=ARCH,
        layers=[house.layer, deploy.publish_layer(house.aws, sdk, python=PYTHON, arch=ARCH, name="sdk")],
        timeout=10,
        variables={"EVIDENCE": EVIDENCE},
        durable=60,
    )
    client = house.aws.client("lambda")
    sent = event("sqs", queue="beyond-orders", bodies=[{"id": "1"}, {"id": "2", "lost": True}])
    started = client.invoke(FunctionName=function.name, Payload=json.dumps(sent))
    assert json.loads(started["Payload"].read()) == {
        "Status": "PENDING"
    }  # the SDK's, as the router let it be

    def ended() -> Any:
        found = client.get_durable_execution(DurableExecutionArn=started["DurableExecutionArn"])
        return found if found["Status"] != "RUNNING" else None

    found = until(ended, seconds=20)
    lost = {"itemIdentifier": sent["Records"][1]["messageId"]}
    assert (found["Status"], json.loads(found["Result"])) == ("SUCCEEDED", {"batchItemFailures": [lost]})
    assert house.keys("pay") == {"1": 1, "2": 1}
    assert house.keys("send") == {"1": 1}
    assert house.evidence("send/1") == (1, {"receipt": "receipt 1"})
    assert house.keys("run")["1"] == 3  # it began again behind each wait
