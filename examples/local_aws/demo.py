"""The main job on a local AWS: three functions behind real triggers, with the layer. `make demo` runs it.

Real traffic goes in through HTTP, WebSockets and boto3. `examples/shop` gets good orders, one poison message, an image
with a space and a plus in its key, two bus events of which one matches; `services` gets a sign-up, a connection, records
on their way into a bucket, log events and what plants say; in `examples/chat` two users meet. Live it shows what arrived,
which route took it and what was answered. The closing table is filled from AWS alone (queue depths, dead letters, items,
objects) and checked. Exit status 0 only if all of it holds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import websocket
from rich.console import Console
from rich.table import Table

from examples.chat.local import Chat
from examples.chat.local import install as install_chat
from lambda_router.cli.layer import build

from . import deploy
from .deploy import Function, Queue
from .emulator import ARCH, PYTHON, LocalAws, LocalAwsUnavailable

SHOP = Path(__file__).parents[1] / "shop"
SERVICES = Path(__file__).with_name("services")
TIMEOUT, VISIBILITY, RECEIVES = 10, 12, 2
PATIENCE = 100.0
IMAGE = "images/summer 2030+1.jpg"
PAYMENTS = {"ada": [1, 2, 3], "bob": [4, 5]}
PAGES = ["home", "shelf", "basket"]


@dataclass
class Deployed:
    """Everything that the traffic is sent to."""

    function: Function
    api: str
    url: str
    topic: str
    users: str
    connections: str
    chat: Chat
    orders: Queue
    payments: Queue


@dataclass
class Finding:
    """One row of the closing table: what was expected, and what AWS says."""

    what: str
    expected: Any
    found: Any

    @property
    def holds(self) -> bool:
        """Whether AWS says what was expected."""
        return bool(self.expected == self.found)


class State:
    """What AWS itself says of the work: tables, queues and objects, never the function's own words."""

    def __init__(self, aws: LocalAws, deployed: Deployed) -> None:
        self.aws = aws
        self.deployed = deployed

    def items(self, table: str) -> dict[str, Any]:
        """The items of a table by id."""
        found = self.aws.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        return {item["id"]["S"]: item for item in found}

    def depth(self, queue: Queue) -> int:
        """How many messages a queue holds, waiting or in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.aws.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)

    def dead(self, queue: Queue) -> list[str]:
        """The bodies of a queue's dead letters, which stay where they are."""
        if queue.dead_letters is None:
            return []
        received = self.aws.client("sqs").receive_message(
            QueueUrl=queue.dead_letters.url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return sorted(message["Body"] for message in received.get("Messages", []))

    def objects(self) -> dict[str, str]:
        """The small images, with what their metadata says of the size before."""
        client = self.aws.client("s3")
        listed = client.list_objects_v2(Bucket="uploads", Prefix="small/").get("Contents", [])
        return {
            o["Key"]: client.head_object(Bucket="uploads", Key=o["Key"])["Metadata"]["was"] for o in listed
        }

    def visits(self) -> dict[str, Any]:
        """What was delivered, by the partition that it is in."""
        client = self.aws.client("s3")
        keys = [o["Key"] for o in client.list_objects_v2(Bucket="visits").get("Contents", [])]
        bodies = [client.get_object(Bucket="visits", Key=key)["Body"].read() for key in keys]
        return {key.partition("/")[0]: json.loads(body) for key, body in zip(keys, bodies, strict=True)}

    def findings(self) -> list[Finding]:
        """The closing table."""
        shop, orders, services = self.items("shop"), self.items("orders"), self.items("services")

        def keys(prefix: str, within: dict[str, Any] = shop) -> list[str]:
            return sorted(key.partition("/")[2] for key in within if key.startswith(f"{prefix}/"))

        def entries(key: str) -> list[str]:
            return [entry["S"] for entry in shop.get(key, {}).get("entries", {}).get("L", [])]

        return [
            Finding("orders table: created through the HTTP API and the URL", ["1", "2"], sorted(orders)),
            Finding("orders table's stream: each new order welcomed once", ["1", "2"], keys("welcomed")),
            Finding("orders queue: the good orders fulfilled", ["11", "12", "13"], keys("fulfilled")),
            Finding("orders queue: nothing left in it", 0, self.depth(self.deployed.orders)),
            Finding(
                "orders queue's dead letters: the poison message alone",
                ["poison"],
                self.dead(self.deployed.orders),
            ),
            *[
                Finding(
                    f"payments.fifo: {who}'s in their order",
                    list(map(str, wanted)),
                    entries(f"payments/{who}"),
                )
                for who, wanted in PAYMENTS.items()
            ],
            Finding("payments.fifo: nothing left in it", 0, self.depth(self.deployed.payments)),
            Finding("payments.fifo's dead letters", [], self.dead(self.deployed.payments)),
            Finding(
                "uploads: the image with space and plus, made small", {f"small/{IMAGE}": "9"}, self.objects()
            ),
            Finding("topic: the message announced", ["21"], keys("announced")),
            Finding("bus: of two orders the big one celebrated", ["31"], keys("celebrated")),
            Finding("Kinesis stream: the clicks in order", PAGES, entries("clicks/ada")),
            Finding("schedule: tidied up at night", True, "tidied" in shop),
            Finding("user pool: the new user welcomed when confirmed", ["ada"], keys("welcome", services)),
            Finding(
                "WebSocket API: the connection has come and gone", 1, len(keys("on_disconnect", services))
            ),
            Finding(
                "chat: of the two who came one is still in the room",
                ["ada"],
                sorted(self.deployed.chat.connections("kitchen").values()),
            ),
            Finding(
                "Firehose: of two visits the person's delivered, cleaned",
                {"customer=7": {"page": "/cups"}},
                self.visits(),
            ),
            Finding("log group: the error passed on", ["till-1"], keys("on_errors", services)),
            Finding("IoT rule: of two plants the dry one heard", ["fern"], keys("on_moisture", services)),
        ]


def install(aws: LocalAws, layer: Path) -> Deployed:
    """Publish the layer, deploy the shop and attach its triggers."""
    arn = deploy.publish_layer(aws, layer, python=PYTHON, arch=ARCH)
    users, connections = install_services(aws, arn)
    stock = deploy.create_table(aws, "orders", key="id", stream=True)
    deploy.create_table(aws, "shop", key="id")
    function = deploy.create_function(
        aws,
        "shop",
        SHOP,
        handler="app.app",
        python=PYTHON,
        arch=ARCH,
        layers=[arn],
        timeout=TIMEOUT,
        variables={"ORDERS": "orders", "SHOP": "shop"},
    )
    queues = [
        deploy.create_queue(aws, n, visibility=VISIBILITY, receives=RECEIVES)
        for n in ("orders", "payments.fifo")
    ]
    deploy.on_bucket(aws, function, deploy.create_bucket(aws, "uploads"), prefix="images/")
    big = {"source": ["shop"], "detail-type": ["OrderPlaced"], "detail": {"total": [{"numeric": [">", 100]}]}}
    deploy.on_rule(aws, function, "big-orders", pattern=big, bus=deploy.create_bus(aws, "shop"))
    topic = deploy.create_topic(aws, "news")
    deploy.on_topic(aws, function, topic)
    deployed = Deployed(
        function,
        deploy.http_api(aws, function, name="shop"),
        deploy.function_url(aws, function),
        topic,
        users,
        connections,
        install_chat(aws, [arn]),
        *queues,
    )
    for queue in queues:
        deploy.on_queue(aws, function, queue, partial=True)
    deploy.on_stream(aws, function, stock, partial=False)
    deploy.on_stream(aws, function, deploy.create_stream(aws, "clicks"), partial=True)
    return deployed


def install_services(aws: LocalAws, layer: str) -> tuple[str, str]:
    """Deploy the other function; the id of its user pool's client and the host of its WebSocket API."""
    deploy.create_table(aws, "services", key="id")
    function = deploy.create_function(
        aws,
        "services",
        SERVICES,
        handler="app.app",
        python=PYTHON,
        arch=ARCH,
        layers=[layer],
        timeout=TIMEOUT,
        variables={"EVIDENCE": "services"},
    )
    deploy.on_delivery(aws, function, "visits", bucket=deploy.create_bucket(aws, "visits"))
    deploy.on_log_group(aws, function, "shop-checkout", name="errors", pattern="ERROR")
    dry = "SELECT *, topic() AS topic FROM 'plants/+/moisture' WHERE percent < 20"
    deploy.on_message(aws, function, "dry_plants", sql=dry)
    _, users = deploy.user_pool(aws, function, name="shop", triggers=("PreSignUp", "PostConfirmation"))
    return users, deploy.websocket_api(aws, function, name="chat", routes=("send", "$default"))


def traffic(aws: LocalAws, deployed: Deployed) -> Iterator[tuple[str, str]]:
    """Send everything; what was sent and, where somebody waited, what was answered."""
    yield from talk(aws, deployed)
    for host, number, entrance in ((deployed.api, 1, "HTTP API"), (deployed.url, 2, "function URL")):
        body = json.dumps({"id": number, "item": "pen", "total": 9.5}).encode()
        answer = aws.request(
            host, "/orders", method="POST", body=body, headers={"Content-Type": "application/json"}
        )
        yield f"POST /orders through the {entrance}", f"{answer.status} {answer.body.decode()}"
        answer = aws.request(host, f"/orders/{number}")
        yield f"GET /orders/{number} through the {entrance}", f"{answer.status} {answer.body.decode()}"
    good = [json.dumps({"id": n, "item": "ink", "total": 5}) for n in (11, 12, 13)]
    _send(aws, deployed.orders, [*good[:2], "poison", good[2]])
    yield "three good orders and a poison message to the queue", "accepted"
    for who, numbers in PAYMENTS.items():
        bodies = [json.dumps({"order": n, "amount": 13 if n == 2 else 7}) for n in numbers]
        _send(aws, deployed.payments, bodies, group=who)
        yield f"{who}'s {len(numbers)} payments to the FIFO queue", "accepted"
    aws.client("s3").put_object(Bucket="uploads", Key=IMAGE, Body=b"a picture")
    yield f"an upload: {IMAGE!r}", "stored"
    aws.client("sns").publish(TopicArn=deployed.topic, Subject="New", Message=json.dumps({"id": 21}))
    yield "a message to the topic", "published"
    entries = [
        {
            "Source": "shop",
            "DetailType": "OrderPlaced",
            "EventBusName": "shop",
            "Detail": json.dumps({"id": number, "item": "desk", "total": total}),
        }
        for number, total in ((31, 250), (32, 25))
    ]
    aws.client("events").put_events(Entries=entries)
    yield "a big and a small order to the bus", "accepted"
    clicks = [{"Data": json.dumps({"page": page}).encode(), "PartitionKey": "ada"} for page in PAGES]
    aws.client("kinesis").put_records(StreamName="clicks", Records=clicks)
    yield "three clicks to the Kinesis stream", "accepted"
    soon = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 2))
    deploy.on_schedule(aws, deployed.function, "nightly-sweep", f"at({soon})")
    yield "a schedule for in two seconds", "created"


def talk(aws: LocalAws, deployed: Deployed) -> Iterator[tuple[str, str]]:
    """What is sent to the function of the services."""
    cognito, who = aws.client("cognito-idp"), {"ClientId": deployed.users, "Username": "ada"}
    email = [{"Name": "email", "Value": "ada@example.com"}]
    confirmed = cognito.sign_up(**who, Password="Correct-horse-7", UserAttributes=email)["UserConfirmed"]
    yield "a sign-up", "confirmed" if confirmed else "not confirmed yet"
    cognito.confirm_sign_up(**who, ConfirmationCode="123456")
    yield "the code that the user was sent", "confirmed"
    address = aws.url.replace("http://", "ws://")
    connection = websocket.create_connection(
        f"{address}/live?token=ada's&room=kitchen", host=deployed.connections, timeout=30
    )
    connection.send("ping")
    yield "a message over a WebSocket", str(connection.recv())
    connection.close()
    ada, bob = deployed.chat.join("ada's", "kitchen"), deployed.chat.join("bob's", "kitchen")
    yield "bob into the room where ada is", f"ada received {ada.receive()}"
    ada.send("say", text="the tea is ready")
    yield "what ada says", f"bob received {bob.receive()}"
    bob.leave()
    visits = [{"page": "/Cups", "customer": "7"}, {"page": "/", "customer": "8", "robot": True}]
    records = [{"Data": json.dumps(visit).encode()} for visit in visits]
    aws.client("firehose").put_record_batch(DeliveryStreamName="visits", Records=records)
    yield "a person's visit and a robot's to Firehose", "accepted"
    logs, stream = aws.client("logs"), {"logGroupName": "shop-checkout", "logStreamName": "till-1"}
    logs.create_log_stream(**stream)
    lines = [
        {"timestamp": int(time.time() * 1000), "message": text} for text in ("INFO open", "ERROR no cups")
    ]
    logs.put_log_events(**stream, logEvents=lines)
    yield "two log events, an error among them", "accepted"
    for plant, percent in (("fern", 12), ("cactus", 55)):
        payload = json.dumps({"percent": percent})
        aws.client("iot-data").publish(topic=f"plants/{plant}/moisture", payload=payload)
    yield "the moisture of two plants", "published"


def _send(aws: LocalAws, queue: Queue, bodies: list[str], *, group: str | None = None) -> None:
    for number, body in enumerate(bodies):
        fifo = {"MessageGroupId": group, "MessageDeduplicationId": f"{group}-{number}"} if group else {}
        aws.client("sqs").send_message(QueueUrl=queue.url, MessageBody=body, **fifo)


def watch(state: State, show: Callable[[str], None]) -> list[Finding]:
    """Show what the function does until all holds, or patience is at its end; the last findings."""
    seen: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    while True:
        rows = state.items("shop")
        for key in sorted(k for k in rows if k.startswith("activity/") and k not in seen):
            seen.add(key)
            row = {name: rows[key][name]["S"] for name in ("source", "taken", "answer")}
            show(
                f"  [cyan]{row['source']}[/] taken by [bold]{row['taken']}[/], answered {row['answer'][:110]}"
            )
        findings = state.findings()
        if all(finding.holds for finding in findings) or time.monotonic() > deadline:
            return findings
        time.sleep(0.5)


def closing(findings: list[Finding]) -> Table:
    """The closing table."""
    table = Table("what", "expected", "AWS says", "", title="What came of it, as AWS tells it")
    for finding in findings:
        verdict = "[green]holds" if finding.holds else "[red]DOES NOT HOLD"
        table.add_row(finding.what, str(finding.expected), str(finding.found), verdict)
    return table


def main() -> int:
    """Run the demo; 0 only if everything holds."""
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lambda-router-demo-") as directory:
        try:
            console.print(f"building the layer for Python {PYTHON} on {ARCH}")
            layer = build(python=PYTHON, arch=ARCH, output=Path(directory) / "layer.zip").path
            console.print(
                "starting a local AWS and deploying the shop, the services and the chat as a function each"
            )
            with LocalAws(say=console.print) as aws:
                deployed = install(aws, layer)
                for sent, answered in traffic(aws, deployed):
                    console.print(f"[green]sent[/] {sent}: {answered}", markup=True)
                findings = watch(State(aws, deployed), console.print)
        except LocalAwsUnavailable as error:
            console.print(f"[red]{error}")
            return 1
        except KeyboardInterrupt:
            console.print("[red]interrupted; everything that was started has been stopped")
            return 130
    console.print(closing(findings))
    held = sum(finding.holds for finding in findings)
    style = "bold green" if held == len(findings) else "bold red"
    console.print(f"{held} of {len(findings)} hold, after {time.monotonic() - started:.0f} s", style=style)
    return 0 if held == len(findings) else 1


if __name__ == "__main__":
    sys.exit(main())
