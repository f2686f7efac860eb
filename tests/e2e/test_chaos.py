"""Hundreds of messages through the local AWS's own mappings, while handlers fail and the function is killed.

Five sources at once: a standard queue, a FIFO queue, a Kinesis stream and a table's stream that read partial responses,
and a queue that reads none. Each message carries its fate: how many times it fails, whether it is poison, whether the
function dies at it before or after its work. The handlers keep a journal in a table, entry behind entry, and the tests
believe that, the queues and nothing else.

Where poison goes depends on its source. In the standard queue it is received until the redrive policy moves it. Where
others are received together with it again and again, that would move them too, so that it is rejected into the
dead-letter queue instead: in the FIFO queue (but for one poison message that is the last of its group, which the policy
moves), and in the queue without partial responses. A stream's mapping halves what fails, gives up what fails alone, and
tells a queue.
"""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

import lambda_router
from examples.local_aws import deploy
from examples.local_aws.deploy import Function, Queue, until
from examples.local_aws.emulator import ARCH, PYTHON, LocalAws

CODE = Path(__file__).parent / "chaos"
PACKAGE = Path(lambda_router.__file__).parent
TIMEOUT, VISIBILITY, RECEIVES = 5, 6, 4
RETRIES = 3
PATIENCE = 150.0

pytestmark = pytest.mark.timeout(PATIENCE + 60)


@dataclasses.dataclass
class Plan:
    """The fate of one message. Its number is its place among all of its source."""

    n: int
    lane: str
    fails: int = 0
    poison: str = ""
    kill: str = ""

    @property
    def text(self) -> str:
        """The plan as a message."""
        return json.dumps({"n": self.n, "fails": self.fails, "poison": self.poison, "kill": self.kill})


@dataclasses.dataclass
class Traffic:
    """The messages of one source, with how many of them the mapping takes at a time."""

    source: str
    plans: list[Plan]
    batch_size: int
    ordered: bool

    @property
    def poison(self) -> set[int]:
        """The numbers of what nothing can mend."""
        return {plan.n for plan in self.plans if plan.poison}

    @property
    def good(self) -> set[int]:
        """The numbers of all the rest."""
        return {plan.n for plan in self.plans if not plan.poison}


def traffic(
    source: str,
    count: int,
    *,
    lanes: int,
    poison: Mapping[int, str],
    kill: Mapping[int, str],
    batch_size: int = 10,
    ordered: bool = True,
) -> Traffic:
    """So many messages, of which one in five fails, once or twice; by chance, but always the same."""
    chance = random.Random(source)
    plans = [
        Plan(n, f"{source}/{n % lanes}", chance.choices((0, 1, 2), (80, 14, 6))[0]) for n in range(count)
    ]
    for n, how in poison.items():
        plans[n] = Plan(n, plans[n].lane, poison=how)
    for n, when in kill.items():
        plans[n].kill = when
    return Traffic(source, plans, batch_size, ordered)


QUEUE = traffic(
    "chaos",
    120,
    lanes=120,
    poison={5: "fail", 48: "fail", 77: "fail"},
    kill={13: "before", 35: "after", 91: "before"},
    ordered=False,
)
DEFAULT = traffic(
    "chaos-default",
    60,
    lanes=60,
    poison={3: "reject", 36: "reject"},
    kill={17: "after", 44: "before"},
    ordered=False,
)
FIFO = traffic(
    "chaos.fifo",
    80,
    lanes=8,
    poison={20: "reject", 41: "reject", 79: "fail"},
    kill={12: "after", 50: "before"},
)
CLICKS = traffic(
    "chaos-clicks",
    90,
    lanes=2,
    poison={23: "fail", 60: "fail"},
    kill={8: "before", 71: "after"},
    batch_size=25,
)
STOCK = traffic(
    "chaos-stock", 70, lanes=1, poison={31: "fail"}, kill={10: "after", 55: "before"}, batch_size=25
)
ALL = [QUEUE, DEFAULT, FIFO, CLICKS, STOCK]
ORDERED = [one for one in ALL if one.ordered]


def each(sources: Iterable[Traffic]) -> Any:
    return pytest.mark.parametrize("sent", sources, ids=lambda one: one.source)


class House:
    """The sources, and what AWS says of them."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.queues = {
            one.source: deploy.create_queue(aws, one.source, visibility=VISIBILITY, receives=RECEIVES)
            for one in (QUEUE, DEFAULT, FIFO)
        }
        self.given_up = {
            one.source: deploy.create_queue(aws, f"{one.source}-dead", visibility=30)
            for one in (CLICKS, STOCK)
        }
        self.streams = {
            CLICKS.source: deploy.create_stream(aws, CLICKS.source, shards=2),
            STOCK.source: deploy.create_table(aws, STOCK.source, key="id", stream=True),
        }
        self.sequence_numbers: dict[str, int] = {}
        deploy.create_table(aws, "chaos-journal", key="lane")

    def send(self) -> None:
        """Put everything where it is to come from; a stream's lane is the shard that took the record."""
        for one in (QUEUE, DEFAULT, FIFO):
            for plan in one.plans:
                group = plan.lane.partition("/")[2]
                fifo = {"MessageGroupId": group, "MessageDeduplicationId": f"{plan.n}"}
                self.aws.client("sqs").send_message(
                    QueueUrl=self.queues[one.source].url,
                    MessageBody=plan.text,
                    **(fifo if one is FIFO else {}),
                )
        for plan in CLICKS.plans:
            put = self.aws.client("kinesis").put_record(
                StreamName=CLICKS.source, Data=plan.text.encode(), PartitionKey=f"{plan.lane}/{plan.n % 7}"
            )
            plan.lane = f"{CLICKS.source}/{put['ShardId']}"
            self.sequence_numbers[put["SequenceNumber"]] = plan.n
        for plan in STOCK.plans:
            image = {"n": {"N": f"{plan.n}"}, "fails": {"N": f"{plan.fails}"}}
            fate = {"poison": {"S": plan.poison}, "kill": {"S": plan.kill}}
            # A few items that change again and again, as their changes are what has an order.
            item = {"id": {"S": f"{plan.n % 9}"}, **image, **fate}
            self.aws.client("dynamodb").put_item(TableName=STOCK.source, Item=item)
            plan.lane = f"{STOCK.source}/table"
        client = self.aws.client("dynamodbstreams")
        shards = client.describe_stream(StreamArn=self.streams[STOCK.source])["StreamDescription"]["Shards"]
        for shard in shards:
            begin = client.get_shard_iterator(
                StreamArn=self.streams[STOCK.source],
                ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )
            for record in client.get_records(ShardIterator=begin["ShardIterator"])["Records"]:
                change = record["dynamodb"]
                self.sequence_numbers[change["SequenceNumber"]] = int(change["NewImage"]["n"]["N"])

    def attach(self, function: Function) -> None:
        """Have Lambda poll all of it."""
        for one in (QUEUE, DEFAULT, FIFO):
            deploy.on_queue(self.aws, function, self.queues[one.source], partial=one is not DEFAULT)
        for one in (CLICKS, STOCK):
            deploy.on_stream(
                self.aws,
                function,
                self.streams[one.source],
                partial=True,
                batch_size=one.batch_size,
                retries=RETRIES,
                failures=self.given_up[one.source],
            )

    def journal(self) -> dict[str, list[tuple[int, str]]]:
        """What the handlers did, by lane and in order: `(number, "start" | "done" | "reject")`."""
        scan = self.aws.client("dynamodb").scan(TableName="chaos-journal", ConsistentRead=True)
        return {
            item["lane"]["S"]: [
                (int(number), what)
                for number, _, what in (e["S"].partition(" ") for e in item["entries"]["L"])
            ]
            for item in scan["Items"]
        }

    def depth(self, queue: Queue) -> int:
        """How many messages a queue has, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.aws.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)

    def beside(self, sent: Traffic) -> Queue:
        """The dead-letter queue of a queue, or the destination for failures of a stream's mapping."""
        queue = self.queues[sent.source].dead_letters if sent.source in self.queues else None
        return queue or self.given_up[sent.source]

    def dead(self, sent: Traffic) -> list[int]:
        """The numbers of the dead letters of a queue, or of what a stream's mapping gave up."""
        received = self.aws.client("sqs").receive_message(
            QueueUrl=self.beside(sent).url, MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        documents = [json.loads(message["Body"]) for message in received.get("Messages", [])]
        return sorted(n for document in documents for n in self._numbers(document))

    def _numbers(self, document: dict[str, Any]) -> list[int]:
        about = document.get("KinesisBatchInfo") or document.get("DDBStreamBatchInfo")
        if about is None:
            return [document["n"]]
        assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
        ends = [self.sequence_numbers[about[f"{end}SequenceNumber"]] for end in ("start", "end")]
        return ends if about["batchSize"] > 1 else ends[:1]

    def settled(self) -> bool:
        """Whether nothing is left to come."""
        if any(self.depth(queue) for queue in self.queues.values()):
            return False
        journal = self.journal()
        return all(
            set(self.dead(one)) >= one.poison and done(one, journal).keys() >= one.good
            for one in (CLICKS, STOCK)
        )


@pytest.fixture(scope="module")
def house(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> House:
    """All of it sent, polled and come to its end, or to the end of our patience."""
    directory = tmp_path_factory.mktemp("chaos")
    shutil.copytree(CODE, directory, dirs_exist_ok=True)
    shutil.copytree(PACKAGE, directory / "lambda_router", ignore=shutil.ignore_patterns("testing", "cli"))
    function = deploy.create_function(
        aws,
        "chaos",
        directory,
        handler="app.app",
        python=PYTHON,
        arch=ARCH,
        timeout=TIMEOUT,
        variables={"JOURNAL": "chaos-journal"},
    )
    made = House(aws)
    made.send()
    made.attach(function)
    try:
        until(made.settled, seconds=PATIENCE)
    except TimeoutError:
        pass  # what is missing is for the tests to say
    return made


@pytest.fixture(scope="module")
def journal(house: House) -> dict[str, list[tuple[int, str]]]:
    return house.journal()


Journal = Mapping[str, list[tuple[int, str]]]


def counted(sent: Traffic, journal: Journal, what: str) -> Counter[int]:
    """How often each message of a source has this entry."""
    entries = (entry for lane in {plan.lane for plan in sent.plans} for entry in journal.get(lane, []))
    return Counter(number for number, said in entries if said == what)


def done(sent: Traffic, journal: Journal) -> Counter[int]:
    """How often each message of a source was done."""
    return counted(sent, journal, "done")


@each(ALL)
def test_nothing_is_lost(house: House, journal: Journal, sent: Traffic) -> None:
    assert done(sent, journal).keys() == sent.good


@each(ALL)
def test_poison_alone_is_a_dead_letter(house: House, sent: Traffic) -> None:
    dead = house.dead(sent)
    assert house.depth(house.beside(sent)) <= 10  # else there are more than were received
    assert set(dead) == sent.poison
    # Without partial responses a rejected message comes again with the rest of its batch, and is rejected again.
    assert sent is DEFAULT or len(dead) == len(sent.poison)


@each([QUEUE, DEFAULT, FIFO])
def test_nothing_is_left_in_a_queue(house: House, sent: Traffic) -> None:
    assert house.depth(house.queues[sent.source]) == 0


@each(ORDERED)
def test_order_is_kept(journal: Journal, sent: Traffic) -> None:
    """No message is started while one before it in its group or shard has not been done, rejected or given up."""
    lanes: dict[str, list[Plan]] = {}
    for plan in sent.plans:
        lanes.setdefault(plan.lane, []).append(plan)
    assert len(lanes) == len({plan.lane for plan in sent.plans})
    for lane, plans in lanes.items():
        assert early(plans, journal[lane]) == [], lane


def early(plans: list[Plan], entries: list[tuple[int, str]]) -> list[tuple[int, set[int]]]:
    """What was started too early, each with what it should have waited for."""
    behind, found = {plan.n for plan in plans}, []
    # Nothing is written when a mapping gives up, which is after the last try.
    given_up = {
        n: max(at for at, entry in enumerate(entries) if entry == (n, "start")) for n in failing(plans)
    }
    for at, (number, what) in enumerate(entries):
        if what == "start" and (waiting := {n for n in behind if n < number}):
            found.append((number, waiting))
        if what != "start" or given_up.get(number) == at:
            behind.discard(number)
    return found


def failing(plans: list[Plan]) -> list[int]:
    """The numbers of the poison that is tried until a mapping or a policy gives it up."""
    return [plan.n for plan in plans if plan.poison == "fail"]


@each(ALL)
def test_poison_is_tried_as_often_as_was_said(journal: Journal, sent: Traffic) -> None:
    starts = counted(sent, journal, "start")
    tries = RETRIES + 1 if sent in (CLICKS, STOCK) else RECEIVES - 1  # a kill before it may cost one receive
    assert all(starts[n] >= tries for n in failing(sent.plans))


@each(ALL)
def test_the_function_was_killed_and_what_it_was_killed_at_came_again(
    journal: Journal, sent: Traffic
) -> None:
    starts = counted(sent, journal, "start")
    killed = {plan.n: plan.kill for plan in sent.plans if plan.kill}
    assert len(killed) >= 2
    assert all(starts[n] >= 2 for n in killed)
    assert all(done(sent, journal)[n] >= 2 for n, when in killed.items() if when == "after")


@each([one for one in ALL if one is not DEFAULT])
def test_what_was_done_comes_again_after_a_kill_alone(journal: Journal, sent: Traffic) -> None:
    repeats = sum(done(sent, journal).values()) - len(sent.good)
    kills = sum(bool(plan.kill) for plan in sent.plans)
    assert repeats <= kills * sent.batch_size


@each(ALL)
def test_what_is_to_fail_has_failed(journal: Journal, sent: Traffic) -> None:
    """Else all of the above would hold of handlers that never fail."""
    fates = {plan.n: plan.fails for plan in sent.plans if plan.fails}
    starts = counted(sent, journal, "start")
    assert len(fates) >= 8
    failed = {n for n, fails in fates.items() if starts[n] > fails}
    # Where the event counts receives, a message that has waited behind a failure or a kill has used up its own failures.
    assert len(failed) >= (len(fates) if sent in (CLICKS, STOCK) else len(fates) / 2)
