"""Active tracing on a local AWS: the segments that a deployed function sends to the daemon of its environment.

The local AWS makes a trace for each invocation and gives the function its header, as Lambda does. It has no daemon, so that
the one here stands in for it. It sends no segment of Lambda's own, and hands a message's header on but links no traces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_layer import built
from xray_daemon import Daemon

from examples.local_aws import deploy
from examples.local_aws.deploy import Function, until
from examples.local_aws.emulator import ARCH, PYTHON, LocalAws
from lambda_router.cli.layer import PYTHONS

XRAY = Path(__file__).with_name("xray")
HEADER = re.compile("Root=(1-[0-9a-f]{8}-[0-9a-f]{24});Parent=([0-9a-f]{16});Sampled=1")
SENDER = "1-5f84c7a1-00112233445566778899aabb"

pytestmark = pytest.mark.skipif(PYTHON not in PYTHONS, reason=f"there is no layer for Python {PYTHON}")

Segment = dict[str, Any]
Deploy = Callable[..., Function]


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    found = Daemon()
    yield found
    found.close()


@pytest.fixture(scope="module")
def deployed(aws: LocalAws, daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Deploy:
    made = built(tmp_path_factory.getbasetemp() / "layers", ARCH)
    layer = deploy.publish_layer(aws, made.path, python=PYTHON, arch=ARCH)

    def deployed(name: str, *, tracing: bool) -> Function:
        return deploy.create_function(
            aws,
            name,
            XRAY,
            handler="app.app",
            python=PYTHON,
            arch=ARCH,
            layers=[layer],
            timeout=10,
            variables={"AWS_XRAY_DAEMON_ADDRESS": daemon.address},
            tracing=tracing,
        )

    return deployed


@pytest.fixture(scope="module")
def traced(deployed: Deploy) -> Function:
    return deployed("traced", tracing=True)


def invoked(aws: LocalAws, function: Function, event: Any) -> tuple[Any, str | None]:
    answer = aws.client("lambda").invoke(FunctionName=function.name, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def arrived(daemon: Daemon, name: str, *, count: int = 1) -> list[Segment]:
    """The subsegments of this name, as soon as there are so many and those that they are in."""

    def found() -> list[Segment]:
        segments = daemon.segments
        calls = [s for s in segments if s["name"] == name]
        above = {s["id"] for s in segments}
        return calls if len(calls) >= count and all(s["parent_id"] in above for s in calls) else []

    return until(found, seconds=20)


def above(daemon: Daemon, segment: Segment) -> Segment:
    (found,) = [s for s in daemon.segments if s["id"] == segment["parent_id"]]
    return found


def calls(daemon: Daemon) -> int:
    """How many calls of the route that tells its trace have been told of."""
    return len([s for s in daemon.segments if s["name"] == "## header"])


def test_each_call_is_in_the_trace_that_lambda_has_begun(
    aws: LocalAws, daemon: Daemon, deployed: Deploy
) -> None:
    function, before = deployed("traced-anew", tracing=True), calls(daemon)
    headers = [invoked(aws, function, {"ask": "trace"})[0] for _ in range(3)]
    traces = [HEADER.fullmatch(header).groups() for header in headers]
    assert len(set(traces)) == 3
    told = arrived(daemon, "## header", count=before + 3)
    for n, (trace, parent) in enumerate(traces):
        (call,) = [s for s in told if s["trace_id"] == trace]
        assert call["annotations"] == {"source": "invoke", "route": "header", "cold_start": n == 0}
        invocation = above(daemon, call)
        assert (invocation["name"], invocation["parent_id"]) == ("## invoke", parent)
        assert invocation["annotations"] == {"source": "invoke", "cold_start": n == 0}
        (inside,) = [s for s in daemon.segments if s["parent_id"] == call["id"]]
        assert (inside["name"], inside["trace_id"]) == ("waiting", trace)
    assert not any(s.get("in_progress") for s in daemon.segments)


def test_a_fault_is_captured_without_its_text(aws: LocalAws, daemon: Daemon, traced: Function) -> None:
    assert invoked(aws, traced, {"ask": "fault"})[1] == "Unhandled"
    (call,) = arrived(daemon, "## fault")
    assert call["fault"] is True
    assert call["cause"]["exceptions"][0]["type"] == "LookupError"
    assert above(daemon, call)["fault"] is True
    assert "swordfish" not in "".join(daemon.taken)


def test_each_message_of_a_queue_has_a_subsegment_and_the_trace_that_has_sent_it(
    aws: LocalAws, daemon: Daemon, traced: Function
) -> None:
    queue = deploy.create_queue(aws, "traced-orders", visibility=30)
    deploy.on_queue(aws, traced, queue, partial=True)
    header = {"DataType": "String", "StringValue": f"Root={SENDER};Parent=53995c3f42cd8ad8;Sampled=1"}
    sent = {
        body: aws.client("sqs").send_message(
            QueueUrl=queue.url,
            MessageBody=body,
            **({"MessageSystemAttributes": {"AWSTraceHeader": header}} if body == "good" else {}),
        )["MessageId"]
        for body in ("good", "bad")
    }
    told = arrived(daemon, "## on_order", count=2)
    by_id = {call["metadata"]["lambda_router"]["record_id"]: call for call in told}
    assert by_id.keys() == set(sent.values())
    good, bad = (by_id[sent[body]] for body in ("good", "bad"))
    about = {"source": "sqs", "route": "on_order", "linked_trace": SENDER}
    assert good["annotations"].items() >= about.items()
    assert "linked_trace" not in bad["annotations"]
    assert ("fault" in good, bad.get("fault")) == (False, True)
    assert {above(daemon, call)["name"] for call in told} == {"## sqs"}
    assert good["trace_id"] != SENDER  # it is a link: the invocation has a trace of its own


def test_so_have_log_events_and_what_things_say(aws: LocalAws, daemon: Daemon, traced: Function) -> None:
    deploy.on_log_group(aws, traced, "traced-group", name="all", pattern="")
    logs = aws.client("logs")
    logs.create_log_stream(logGroupName="traced-group", logStreamName="s")
    line = {"timestamp": 1_900_000_000_000, "message": "swordfish"}
    logs.put_log_events(logGroupName="traced-group", logStreamName="s", logEvents=[line])
    sql = "SELECT *, topic() AS topic FROM 'traced/+/moisture'"
    deploy.on_message(aws, traced, "traced_plants", sql=sql)
    aws.client("iot-data").publish(topic="traced/fern/moisture", payload=b'{"percent": "swordfish"}')
    for name, source in (("## on_lines", "cloudwatch_logs"), ("## on_moisture", "iot")):
        (call,) = arrived(daemon, name)
        assert call["annotations"]["source"] == source
        assert above(daemon, call)["name"] == f"## {source}"
    assert "swordfish" not in "".join(daemon.taken)


def test_nothing_is_sent_by_a_function_without_tracing(
    aws: LocalAws, daemon: Daemon, traced: Function, deployed: Deploy
) -> None:
    untraced, before = deployed("untraced", tracing=False), calls(daemon)
    assert invoked(aws, untraced, {"ask": "trace"}) == (None, None)
    invoked(aws, traced, {"ask": "trace"})  # what it sends comes after
    until(lambda: calls(daemon) > before, seconds=20)
    assert calls(daemon) == before + 1
