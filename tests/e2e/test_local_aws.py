"""The layer and an app deployed on a local AWS, with real triggers: what came of it is read in AWS.

Nothing here believes what the function prints: answers, queue depths, dead letters, objects and items count.
"""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from test_layer import built

from examples.local_aws import deploy
from examples.local_aws.deploy import Function, Queue, until
from examples.local_aws.emulator import ARCH, PYTHON, LocalAws
from lambda_router.cli.layer import PYTHONS

ROOT = Path(__file__).parents[2]
PROOF = ROOT / "examples" / "local_aws" / "proof"
TIMEOUT = 10
# Not less than the timeout, or Lambda refuses the mapping; here a cold start comes on top of that.
VISIBILITY = 12
RECEIVES = 2

pytestmark = pytest.mark.skipif(PYTHON not in PYTHONS, reason=f"there is no layer for Python {PYTHON}")


@dataclasses.dataclass
class House:
    """All that was deployed."""

    aws: LocalAws
    function: Function
    api: str
    url: str
    topic: str
    clicks: str
    stock: str
    orders: Queue
    payments: Queue
    ledger: Queue

    def evidence(self, key: str) -> dict[str, Any] | None:
        """What a route noted under this key."""
        item = self._item(key)
        return json.loads(item["facts"]["S"]) if item else None

    def entries(self, route: str) -> list[str]:
        """What a route did, in order."""
        item = self._item(f"{route}/all")
        return [entry["S"] for entry in item["entries"]["L"]] if item else []

    def keys(self, route: str) -> set[str]:
        """The keys under which a route noted something."""
        items = self.aws.client("dynamodb").scan(TableName="evidence", ConsistentRead=True)["Items"]
        return {i["id"]["S"].partition("/")[2] for i in items if i["id"]["S"].startswith(f"{route}/")}

    def _item(self, key: str) -> dict[str, Any] | None:
        table = self.aws.client("dynamodb")
        return table.get_item(TableName="evidence", Key={"id": {"S": key}}, ConsistentRead=True).get("Item")

    def depth(self, queue: Queue) -> tuple[int, int]:
        """How many messages wait in a queue, and how many are being worked on."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.aws.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)
        return int(found["Attributes"][names[0]]), int(found["Attributes"][names[1]])

    def dead_letters(self, queue: Queue) -> list[str]:
        """The bodies of the dead letters of a queue; they stay there."""
        assert queue.dead_letters is not None
        client = self.aws.client("sqs")
        url = queue.dead_letters.url
        received = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in received.get("Messages", [])]

    def send(self, queue: Queue, *bodies: str, groups: Sequence[str] = ()) -> None:
        """Send messages; those of a FIFO queue with their groups."""
        entries: list[dict[str, str]] = [{"Id": str(n), "MessageBody": text} for n, text in enumerate(bodies)]
        for entry, group in zip(entries, groups, strict=False):
            entry |= {"MessageGroupId": group, "MessageDeduplicationId": f"{group}-{entry['Id']}"}
        sent = self.aws.client("sqs").send_message_batch(QueueUrl=queue.url, Entries=entries)
        assert not sent.get("Failed")


@pytest.fixture(scope="session")
def house(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The layer published, and the proof app deployed once, with every trigger but the polled ones."""
    made = built(tmp_path_factory.getbasetemp() / "layers", ARCH)
    layer = deploy.publish_layer(aws, made.path, python=PYTHON, arch=ARCH)
    deploy.create_table(aws, "evidence", key="id")
    function = deploy.create_function(
        aws,
        "proof",
        PROOF,
        handler="app.app",
        python=PYTHON,
        arch=ARCH,
        layers=[layer],
        timeout=TIMEOUT,
        variables={"EVIDENCE": "evidence"},
    )
    names = ("orders", "payments.fifo", "ledger")
    queues = [deploy.create_queue(aws, n, visibility=VISIBILITY, receives=RECEIVES) for n in names]
    deploy.on_bucket(aws, function, deploy.create_bucket(aws, "uploads"), prefix="images/")
    big = {"source": ["shop"], "detail-type": ["OrderPlaced"], "detail": {"total": [{"numeric": [">", 100]}]}}
    deploy.on_rule(aws, function, "big-orders", pattern=big, bus=deploy.create_bus(aws, "shop"))
    topic = deploy.create_topic(aws, "news")
    deploy.on_topic(aws, function, topic, policy={"kind": ["new", "hot"]})
    return House(
        aws,
        function,
        deploy.http_api(aws, function, name="shop"),
        deploy.function_url(aws, function),
        topic,
        deploy.create_stream(aws, "clicks"),
        deploy.create_table(aws, "stock", key="sku", stream=True),
        *queues,
    )


ORDERS = ['{"id": 1, "total": 5}', "poison", '{"id": 2, "total": 6}', '{"id": 3, "total": 7}']
# Ada's second fails once: it and what is behind it have to come again, in this order.
PAYMENTS = {"ada": [{"n": 1}, {"n": 2, "failures": 1}, {"n": 3}], "bob": [{"n": 1}, {"n": 2}]}
PAGES = ("home", "broken", "basket")
LEDGER = ['{"id": 1, "total": 5}', "poison", '{"id": 2, "total": 6}']


@pytest.fixture(scope="session")
def traffic(house: House) -> House:
    """All that takes its time is under way at once, in as many environments that are warm.

    The mappings come last: what is in a queue or stream by then is one batch.
    """
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: house.aws.request(house.url, f"/orders/{n}"), range(4)))
    house.send(house.orders, *ORDERS)
    house.send(house.ledger, *LEDGER)
    payments = [(group, json.dumps(body)) for group, bodies in PAYMENTS.items() for body in bodies]
    house.send(house.payments, *(body for _, body in payments), groups=[group for group, _ in payments])
    soon = datetime.now(UTC) + timedelta(seconds=2)
    deploy.on_schedule(house.aws, house.function, "nightly-sweep", f"at({soon:%Y-%m-%dT%H:%M:%S})")
    for queue in (house.orders, house.payments):
        deploy.on_queue(house.aws, house.function, queue, partial=True)
    deploy.on_queue(house.aws, house.function, house.ledger, partial=False)
    clicks = [{"Data": json.dumps({"page": page}).encode(), "PartitionKey": "ada"} for page in PAGES]
    house.aws.client("kinesis").put_records(StreamName="clicks", Records=clicks)
    stock = house.aws.client("dynamodb")
    for count in ("3", "2.50"):
        stock.put_item(TableName="stock", Item={"sku": {"S": "pen"}, "count": {"N": count}})
    stock.delete_item(TableName="stock", Key={"sku": {"S": "pen"}})
    deploy.on_stream(house.aws, house.function, house.clicks, partial=True)
    deploy.on_stream(house.aws, house.function, house.stock, partial=False)
    return house


# -- the layer ----------------------------------------------------------------------------------------------


def test_the_function_has_lambda_router_from_the_layer_alone(aws: LocalAws, house: House) -> None:
    without = deploy.create_function(aws, "bare", PROOF, handler="app.app", python=PYTHON, arch=ARCH)
    answers = [aws.client("lambda").invoke(FunctionName=n, Payload=b"{}") for n in (without.name, "proof")]
    bare, layered = [json.loads(answer["Payload"].read()) for answer in answers]
    assert "No module named 'pydantic'" in bare["errorMessage"]
    assert layered["errorMessage"].startswith("no event source claims")


# -- HTTP ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("entrance", "source"), [("api", "api_gateway_http"), ("url", "function_url")])
def test_requests_are_answered(house: House, entrance: str, source: str) -> None:
    host = getattr(house, entrance)
    found = house.aws.request(host, "/orders/7")
    assert (found.status, found.json()) == (200, {"id": 7, "source": source})
    assert found.headers["content-type"] == "application/json"
    assert house.aws.request(host, "/orders/seven").status == 422
    assert house.aws.request(host, "/nowhere").status == 404
    refused = house.aws.request(host, "/orders/7", method="DELETE")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(("entrance", "order"), [("api", 21), ("url", 22)])
def test_an_order_is_created_once(house: House, entrance: str, order: int) -> None:
    body = json.dumps({"id": order, "total": 9.5}).encode()
    answer = house.aws.request(
        getattr(house, entrance),
        "/orders?currency=%C3%A9cu",
        method="POST",
        body=body,
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status, answer.json()) == (201, {"id": order, "total": 9.5})
    assert house.evidence(f"create_order/{order}") == {"total": 9.5, "currency": "écu"}


@pytest.mark.parametrize("entrance", ["api", "url"])
def test_bytes_go_in_and_out(house: House, entrance: str) -> None:
    answer = house.aws.request(
        getattr(house, entrance),
        "/files/odd",
        method="PUT",
        body=bytes(range(256)),
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status == 200
    assert answer.body == b"odd" + bytes(reversed(range(256)))


@pytest.mark.parametrize("entrance", ["api", "url"])
def test_a_fault_says_nothing(house: House, entrance: str) -> None:
    answer = house.aws.request(getattr(house, entrance), "/fault")
    assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
    assert set(answer.json()) == {"type", "title", "status", "correlation_id"}
    assert b"swordfish" not in answer.body


# -- events -------------------------------------------------------------------------------------------------


def test_an_object_with_space_and_plus_in_its_key_is_found(traffic: House) -> None:
    s3 = traffic.aws.client("s3")
    key = "images/summer 2030+1 é.jpg"
    s3.put_object(Bucket="uploads", Key="other/summer.jpg", Body=b"none of it")
    s3.put_object(Bucket="uploads", Key=key, Body=b"a picture")
    until(lambda: len(objects(s3)) == 3, seconds=20)
    assert objects(s3) == {key, "other/summer.jpg", f"small/{key}"}
    small = s3.get_object(Bucket="uploads", Key=f"small/{key}")
    assert (small["Body"].read(), small["Metadata"]) == (b"a pi", {"was": "9"})


def objects(s3: Any) -> set[str]:
    return {item["Key"] for item in s3.list_objects_v2(Bucket="uploads")["Contents"]}


def test_of_two_orders_on_the_bus_the_big_one_arrives(traffic: House) -> None:
    entries = [
        {
            "EventBusName": "shop",
            "Source": "shop",
            "DetailType": "OrderPlaced",
            "Detail": json.dumps({"id": number, "total": total}),
            "Resources": ["till-1"],
        }
        for number, total in ((31, 100), (32, 100.5))
    ]
    sent = traffic.aws.client("events").put_events(Entries=entries)
    assert sent["FailedEntryCount"] == 0
    until(lambda: traffic.evidence("on_big_order/32"), seconds=20)
    assert traffic.evidence("on_big_order/32") == {
        "total": 100.5,
        "detail_type": "OrderPlaced",
        "resources": ["till-1"],
    }
    assert traffic.keys("on_big_order") == {"32"}


def test_a_schedule_fires(traffic: House) -> None:
    facts = until(lambda: traffic.evidence("on_night/once"), seconds=20)
    assert facts["source"] == "aws.scheduler"
    assert [arn.rpartition(":")[2] for arn in facts["resources"]] == ["schedule/default/nightly-sweep"]


def test_of_three_messages_of_a_topic_the_filtered_one_does_not_arrive(traffic: House) -> None:
    for number, kind in ((1, "new"), (2, "old"), (3, "hot")):
        traffic.aws.client("sns").publish(
            TopicArn=traffic.topic,
            Subject=f"news {number}",
            Message=json.dumps({"id": number}),
            MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}},
        )
    until(lambda: traffic.keys("on_news") >= {"1", "3"}, seconds=20)
    assert traffic.keys("on_news") == {"1", "3"}
    assert traffic.evidence("on_news/3") == {"subject": "news 3", "topic": "news", "kind": "hot"}


def test_a_direct_call_is_answered(house: House) -> None:
    call = {"task": "total", "prices": ["0.10", "0.20"]}
    answer = house.aws.client("lambda").invoke(FunctionName="proof", Payload=json.dumps(call))
    assert (answer.get("FunctionError"), answer["Payload"].read()) == (None, b'{"total": 0.3}')


# -- the local AWS itself -----------------------------------------------------------------------------------

FORSAKEN = """
import signal, sys, time
from examples.local_aws.emulator import LocalAws
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
with LocalAws() as aws:
    aws.client("sqs").create_queue(QueueName="orders")
    print(aws._server._process.pid, aws._server.directory, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_process_that_started_it(aws: LocalAws, number: int) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", FORSAKEN], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with owner:
        assert owner.stdout is not None
        pid, directory = owner.stdout.readline().split()
        assert Path(directory.decode()).is_dir()
        owner.send_signal(number)
        owner.communicate(timeout=20)
    until(lambda: not Path(directory.decode()).exists() and not alive(int(pid)), seconds=10)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_it_listens_on_this_machine_alone_and_keeps_nothing(aws: LocalAws) -> None:
    with LocalAws() as second:
        assert second.url.startswith("http://127.0.0.1:")
        assert second.url != aws.url
        assert second.client("sqs").list_queues().get("QueueUrls", []) == []
        port = f"{int(second.url.rpartition(':')[2]):04X}"
        assert {address for address in listening() if address.endswith(f":{port}")} == {f"0100007F:{port}"}
    with pytest.raises(RuntimeError, match="is not running"):
        second.client("s3")
    assert "Ready" in second.logs


def listening() -> set[str]:
    """The local addresses of this machine's listening sockets, in hexadecimal: see proc_net(5)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {address for _, address, _, state, *_ in rows if state == "0A"}


# -- queues -------------------------------------------------------------------------------------------------


def test_a_poison_message_alone_becomes_a_dead_letter(traffic: House) -> None:
    until(lambda: traffic.dead_letters(traffic.orders), seconds=60)
    assert traffic.dead_letters(traffic.orders) == ["poison"]
    assert traffic.depth(traffic.orders) == (0, 0)
    assert traffic.keys("on_order") == {"1", "2", "3"}
    assert [traffic.evidence(f"on_order/{n}") for n in (1, 2, 3)] == [
        {"total": total, "receives": 1} for total in (5, 6, 7)
    ]


def test_a_failure_holds_its_group_and_no_other(traffic: House) -> None:
    paid = until(lambda: len(found := traffic.entries("on_payment")) == 5 and found, seconds=60)
    assert [entry for entry in paid if entry.startswith("ada")] == ["ada 1", "ada 2", "ada 3"]
    assert [entry for entry in paid if not entry.startswith("ada")] == ["bob 1", "bob 2"]
    assert paid.index("bob 2") < paid.index("ada 2")
    until(lambda: traffic.depth(traffic.payments) == (0, 0), seconds=10)
    assert traffic.dead_letters(traffic.payments) == []


def test_without_partial_responses_nothing_of_a_failed_batch_is_lost(traffic: House) -> None:
    """Lambda deletes all of a batch or nothing: after so many receives all of it is a dead letter."""
    until(lambda: len(traffic.dead_letters(traffic.ledger)) == len(LEDGER), seconds=60)
    assert sorted(traffic.dead_letters(traffic.ledger)) == sorted(LEDGER)
    assert traffic.keys("on_entry") == {"1", "2"}
    assert traffic.depth(traffic.ledger) == (0, 0)


# -- streams ------------------------------------------------------------------------------------------------


def test_a_failure_holds_its_shard_until_it_succeeds(traffic: House) -> None:
    """The mapping reads partial responses: what was done before the failure does not come again."""
    clicks = until(lambda: len(found := traffic.entries("on_click")) >= 3 and found, seconds=30)
    assert clicks == ["ada home", "ada broken", "ada basket"]


def test_changes_of_a_table_arrive_in_order_and_again_after_a_failure(traffic: House) -> None:
    """The mapping reads none, so that the whole batch comes again."""
    changes = until(lambda: len(found := traffic.entries("on_stock")) >= 5 and found, seconds=30)
    insert, modify = "INSERT pen None Decimal('3')", "MODIFY pen Decimal('3') Decimal('2.5')"
    assert changes == [insert, modify, insert, modify, "REMOVE pen Decimal('2.5') None"]
