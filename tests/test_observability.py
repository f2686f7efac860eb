"""Traces, log keys and metrics: what is really sent, printed and written, and that no fault of theirs is an event's."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import traced
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import EphemeralMetrics
from xray_daemon import Daemon

from lambda_router import BatchError, ConfigurationError, Drop, HTTPError, NoRouteError, Router
from lambda_router.testing import Client, LambdaContext, event
from lambda_router.testing.events import names, samples

ROOT = Path(__file__).parents[1]
SECRET = traced.SECRET

# -- X-Ray: what the SDK sends -------------------------------------------------------------------------------

Segment = dict[str, Any]


def in_lambda(**more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "LAMBDA_TASK_ROOT": "/var/task",
        "POWERTOOLS_SERVICE_NAME": "shop",
        **more,
    }


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What came of the scenarios: answers, warnings, segments by scenario, and all that was sent as text."""
    daemon = Daemon()
    try:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "traced"],
            env=in_lambda(AWS_XRAY_DAEMON_ADDRESS=daemon.address),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        daemon.close()
    assert done.returncode == 0, done.stderr
    segments = daemon.segments
    by_trace = {
        name: [s for s in segments if s["trace_id"] == traced.trace_of(name)] for name in traced.SCENARIOS
    }
    return {**json.loads(done.stdout), "segments": by_trace, "sent": "\n".join(daemon.taken)}


def named(segments: list[Segment], name: str) -> list[Segment]:
    return [s for s in segments if s["name"] == name]


def tree(segments: list[Segment]) -> dict[str, list[str]]:
    """The names below each name, by the ids of their parents."""
    names = {s["id"]: s["name"] for s in segments}
    found: dict[str, list[str]] = {}
    for segment in segments:
        found.setdefault(names.get(segment["parent_id"], "lambda"), []).append(segment["name"])
    return {above: sorted(below) for above, below in found.items()}


def test_there_is_a_subsegment_for_the_invocation_and_in_it_one_for_the_call(seen: dict[str, Any]) -> None:
    segments = seen["segments"]["ok"]
    assert tree(segments) == {
        "lambda": ["## api_gateway_http"],
        "## api_gateway_http": ["## ok"],
        "## ok": ["in the handler"],
    }
    (call,) = named(segments, "## ok")
    assert call["annotations"] == {"source": "api_gateway_http", "route": "ok", "cold_start": True}
    (whole,) = named(segments, "## api_gateway_http")
    assert whole["annotations"] == {"source": "api_gateway_http", "cold_start": True}
    assert whole["parent_id"] == "53995c3f42cd8ad8"
    assert whole["type"] == "subsegment"
    assert whole["start_time"] <= call["start_time"] <= call["end_time"] <= whole["end_time"]
    assert not {"fault", "error", "cause", "metadata"} & {*call, *whole}


def test_only_the_first_event_is_a_cold_start(seen: dict[str, Any]) -> None:
    cold = {
        name: {s["annotations"]["cold_start"] for s in segments if "annotations" in s}
        for name, segments in seen["segments"].items()
    }
    assert cold.pop("ok") == {True}
    assert set().union(*cold.values()) == {False}


def test_an_asynchronous_handler_is_open_until_it_has_run_to_its_end(seen: dict[str, Any]) -> None:
    segments = seen["segments"]["late"]
    assert tree(segments)["## odd name of a route"] == ["after", "before"]
    (call,) = named(segments, "## odd name of a route")
    (after,) = named(segments, "after")
    assert call["end_time"] >= after["end_time"]
    assert call["annotations"]["route"] == "odd; *name* <of> a $route"


def test_an_exception_is_captured_by_its_class_and_place(seen: dict[str, Any]) -> None:
    (call,) = named(seen["segments"]["broken"], "## broken")
    assert call["fault"] is True
    (cause,) = call["cause"]["exceptions"]
    assert cause["type"] == "ValueError"
    assert "message" not in cause
    assert cause["stack"][-1]["label"] == "broken"
    assert cause["stack"][-1]["path"] == "traced.py"


def test_a_clients_error_is_an_error_and_no_fault(seen: dict[str, Any]) -> None:
    (call,) = named(seen["segments"]["missing"], "## missing")
    assert call["error"] is True
    assert not {"fault", "cause"} & call.keys()


def test_what_has_no_route_has_the_invocations_subsegment(seen: dict[str, Any]) -> None:
    assert tree(seen["segments"]["nowhere"]) == {"lambda": ["## api_gateway_http"]}
    (whole,) = seen["segments"]["unknown"]
    assert (whole["name"], whole["fault"]) == ("## default", True)
    assert whole["cause"]["exceptions"][0]["type"] == "UnknownEventError"
    assert seen["answers"]["unknown"] == "UnknownEventError"


def test_there_is_one_for_every_record(seen: dict[str, Any]) -> None:
    segments = seen["segments"]["records"]
    assert tree(segments) == {"lambda": ["## sqs"], "## sqs": ["## on_order"] * 3}
    good, bad, dropped = named(segments, "## on_order")
    assert len({s["metadata"]["lambda_router"]["record_id"] for s in (good, bad, dropped)}) == 3
    assert bad["cause"]["exceptions"][0]["type"] == "KeyError"
    assert [bool(s.get("fault")) for s in (good, bad, dropped)] == [False, True, False]
    failed = bad["metadata"]["lambda_router"]["record_id"]
    assert seen["answers"]["records"] == {"batchItemFailures": [{"itemIdentifier": failed}]}


def test_each_of_several_at_a_time_has_its_own(seen: dict[str, Any]) -> None:
    segments = seen["segments"]["parallel"]
    whole = named(segments, "## sqs")[0]["id"]
    calls = named(segments, "## on_parallel")
    assert {s["parent_id"] for s in calls} == {whole}
    inside = {s["id"]: sorted(i["name"] for i in segments if i["parent_id"] == s["id"]) for s in calls}
    assert sorted(inside.values()) == [[f"{n} a", f"{n} b"] for n in range(4)]
    (bad,) = [s for s in calls if s.get("fault")]
    assert inside[bad["id"]] == ["2 a", "2 b"]
    assert len({s["metadata"]["lambda_router"]["record_id"] for s in calls}) == 4
    assert len(segments) == 1 + 4 + 8
    assert not any(s["in_progress"] for s in segments)


def test_a_whole_batch_has_one_and_no_record_id(seen: dict[str, Any]) -> None:
    (call,) = named(seen["segments"]["together"], "## on_together")
    assert "metadata" not in call
    assert len(seen["answers"]["together"]["batchItemFailures"]) == 1


def test_what_is_dropped_on_purpose_is_no_fault(seen: dict[str, Any]) -> None:
    (call,) = named(seen["segments"]["ignored"], "## drop")
    assert not {"fault", "error", "cause"} & call.keys()


def test_the_trace_of_a_message_is_an_annotation(seen: dict[str, Any]) -> None:
    calls = named(seen["segments"]["linked"], "## on_order")
    assert [s["annotations"].get("linked_trace") for s in calls] == [traced.SENDER, None, None]


def test_so_it_is_for_an_event_that_the_message_carries(seen: dict[str, Any]) -> None:
    (call,) = named(seen["segments"]["carried"], "## on_upload")
    assert call["annotations"]["source"] == "s3"
    assert call["annotations"]["linked_trace"] == traced.SENDER
    assert call["metadata"]["lambda_router"]["record_id"]
    assert seen["answers"]["carried"] == {"batchItemFailures": []}


def test_a_large_batch_is_sent_in_pieces_that_a_daemon_takes(seen: dict[str, Any]) -> None:
    assert len(named(seen["segments"]["many"], "## on_order")) == 120
    assert max(map(len, seen["sent"].splitlines())) < 64 * 1024


def test_nothing_is_sent_that_is_not_sampled(seen: dict[str, Any]) -> None:
    assert seen["segments"]["unsampled"] == seen["segments"]["untraced"] == []
    assert json.loads(seen["answers"]["unsampled"]["body"]) == {"secret": SECRET}
    assert seen["answers"]["untraced"]["statusCode"] == 404


def test_neither_payloads_nor_results_nor_texts_of_exceptions_are_sent(seen: dict[str, Any]) -> None:
    assert SECRET in json.dumps(seen["answers"])
    assert SECRET not in seen["sent"]


def test_the_sdk_has_nothing_to_warn_of(seen: dict[str, Any]) -> None:
    assert [line for line in seen["warnings"] if not line.startswith("lambda_router: ")] == []
    assert [line for line in seen["warnings"] if "tracer=" in line] == []


@pytest.mark.parametrize("more", [{"POWERTOOLS_TRACE_DISABLED": "1"}, {"LAMBDA_TASK_ROOT": ""}])
def test_it_does_nothing_where_tracing_is_off(more: dict[str, str], seen: dict[str, Any]) -> None:
    code = """
import json, traced
calls = [route.call for route in traced.app.routes]
answers = [traced.send(name) for name in ("ok", "broken")]
print(json.dumps([calls == [route.call for route in traced.app.routes], answers[0]["statusCode"]]))
"""
    daemon = Daemon()
    try:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env=in_lambda(AWS_XRAY_DAEMON_ADDRESS=daemon.address, **more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        daemon.close()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, 200]
    assert daemon.taken == []


RUNTIME_APP = """
from aws_lambda_powertools import Logger, Metrics, Tracer
from lambda_router import Router

logger = Logger(service="shop")
app = Router(tracer=Tracer(), logger=logger, metrics=Metrics(namespace="Shop", service="shop"))

@app.get("/")
def read():
    logger.info("reading")
    return "read"
"""


def test_it_works_under_the_real_runtime_client(lambda_emulator: Path, tmp_path: Path) -> None:
    from lambda_router.testing.runtime import LambdaRuntime

    (tmp_path / "shop.py").write_text(RUNTIME_APP)
    daemon = Daemon()
    environment = {"AWS_XRAY_DAEMON_ADDRESS": daemon.address, "LAMBDA_TASK_ROOT": str(tmp_path)}
    try:
        with LambdaRuntime("shop.app", cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}) as runtime:
            assert runtime.invoke(event("api_gateway_http", path="/")).json()["body"] == "read"
            printed = [json.loads(line) for line in runtime.logs.splitlines() if line.startswith("{")]
    finally:
        daemon.close()
    (line,) = [line for line in printed if line.get("message") == "reading"]
    assert (line["source"], line["route"]) == ("api_gateway_http", "read")
    assert Counter(name for line in printed for name in emf_names(line)) == Counter(
        ["ColdStart", "Count", "Failures", "Duration"]
    )


# -- OpenTelemetry -------------------------------------------------------------------------------------------


class Spans:
    """A tracer and what it has exported."""

    def __init__(self) -> None:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = provider.get_tracer("shop")

    @property
    def ended(self) -> list[Any]:
        return list(self.exporter.get_finished_spans())

    def named(self, name: str) -> list[Any]:
        return [span for span in self.ended if span.name == name]

    def text(self) -> str:
        return "".join(span.to_json() for span in self.ended)


@pytest.fixture
def spans() -> Spans:
    if os.environ.get("CI", "false").lower() in ("", "0", "false"):
        pytest.importorskip("opentelemetry.sdk.trace")
    return Spans()


def test_spans_are_in_the_same_places(spans: Spans) -> None:
    app = Router(tracer=spans.tracer)

    @app.get("/orders", name="read")
    async def read() -> str:
        with spans.tracer.start_as_current_span("inside"):
            await asyncio.sleep(0)
        return SECRET

    Client(app).get("/orders", headers={"authorization": SECRET})
    inside, call, whole = spans.ended
    assert [s.name for s in (inside, call, whole)] == ["inside", "read", "api_gateway_http"]
    assert inside.parent.span_id == call.context.span_id
    assert call.parent.span_id == whole.context.span_id
    assert whole.parent is None
    attributes = dict(call.attributes)
    assert attributes.pop("faas.invocation_id")
    assert attributes == {
        "lambda_router.source": "api_gateway_http",
        "lambda_router.route": "read",
        "faas.coldstart": True,
    }
    assert call.status.is_ok or call.status.status_code.name == "UNSET"
    assert SECRET not in spans.text()


def test_a_span_has_the_class_of_its_exception_alone(spans: Spans) -> None:
    app = Router(tracer=spans.tracer, partial=True)

    @app.sqs("orders", name="on_order")
    def on_order(body: str) -> None:
        if body == "bad":
            raise ValueError(SECRET)

    @app.get("/missing", name="missing")
    def missing() -> None:
        raise HTTPError(404, SECRET)

    app(event("sqs", bodies=["good", "bad"]))
    good, bad = spans.named("on_order")
    assert [s.status.status_code.name for s in (good, bad)] == ["UNSET", "ERROR"]
    assert [dict(e.attributes) for e in bad.events] == [{"exception.type": "ValueError"}]
    assert bad.attributes["error.type"] == "ValueError"
    assert bad.attributes["lambda_router.record_id"] != good.attributes["lambda_router.record_id"]

    assert Client(app).get("/missing").status == 404
    (missing_span,) = spans.named("missing")
    assert missing_span.status.status_code.name == "UNSET"
    assert missing_span.attributes["http.response.status_code"] == 404
    assert SECRET not in spans.text()


def test_a_messages_trace_is_a_link(spans: Spans) -> None:
    app = Router(tracer=spans.tracer)

    @app.sqs("orders", name="on_order")
    def on_order(body: str) -> None: ...

    app(traced.linked(event("sqs", bodies=["a", "b"]), traced.HEADER, f"Root={traced.SENDER};Parent=?"))
    first, second = spans.named("on_order")
    (link,) = first.links
    assert f"{link.context.trace_id:032x}" == traced.SENDER[2:].replace("-", "")
    assert f"{link.context.span_id:016x}" == "53995c3f42cd8ad8"
    assert link.context.is_remote
    assert second.links == ()
    assert spans.named("sqs")[0].links == ()


def test_spans_of_several_at_a_time_are_their_own(spans: Spans) -> None:
    app = Router(tracer=spans.tracer, partial=True)

    @app.sqs("orders", concurrency=5, name="on_order")
    async def on_order(body: int) -> None:
        await asyncio.sleep(0.001 * (5 - body))
        with spans.tracer.start_as_current_span(f"inside {body}"):
            await asyncio.sleep(0.001 * (5 - body))

    app(event("sqs", bodies=list(range(5))))
    (whole,) = spans.named("sqs")
    calls = spans.named("on_order")
    assert {s.parent.span_id for s in calls} == {whole.context.span_id}
    assert len({s.parent.span_id for s in spans.ended if s.name.startswith("inside")}) == 5
    assert {s.parent.span_id for s in spans.ended if s.name.startswith("inside")} == {
        s.context.span_id for s in calls
    }


# -- logger --------------------------------------------------------------------------------------------------


class Lines:
    """A logger and the lines that it has written."""

    def __init__(self, **options: Any) -> None:
        self.stream = io.StringIO()
        self.logger = Logger(service=f"shop-{uuid.uuid4()}", stream=self.stream, **options)

    @property
    def written(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def told(self) -> list[dict[str, Any]]:
        names = ("message", "source", "route", "record_id", "correlation_id")
        return [{name: line[name] for name in names if name in line} for line in self.written]


def test_lines_say_whose_they_are_and_no_more_afterwards() -> None:
    lines = Lines()
    app = Router(logger=lines.logger)

    @app.get("/orders", name="read")
    def read() -> None:
        lines.logger.info("handling")

    @app.middleware
    def around(invocation: Any, call_next: Any) -> Any:
        lines.logger.info("before")
        result = call_next(invocation)
        lines.logger.info("after")
        return result

    sent = event("api_gateway_http", path="/orders")
    lines.logger.info("none yet")
    app(sent)
    lines.logger.info("none left")
    shared = {"source": "api_gateway_http", "correlation_id": sent["requestContext"]["requestId"]}
    assert lines.told() == [
        {"message": "none yet"},
        {"message": "before", **shared},
        {"message": "handling", **shared, "route": "read"},
        {"message": "after", **shared},
        {"message": "none left"},
    ]


def test_a_line_has_the_id_of_its_record() -> None:
    lines = Lines()
    app = Router(logger=lines.logger, partial=True)

    @app.sqs("orders", name="on_order")
    def on_order(body: int) -> None:
        lines.logger.thread_safe_append_keys(**{f"of_{body}": body})
        lines.logger.info(body)
        if body == 0:
            raise ValueError

    sent = event("sqs", bodies=[0, 1, 2])
    app(sent, LambdaContext())
    written = [line for line in lines.written if isinstance(line["message"], int)]
    assert [line["record_id"] for line in written] == [r["messageId"] for r in sent["Records"]]
    assert [[key for key in line if key.startswith("of_")] for line in written] == [
        ["of_0"],
        ["of_1"],
        ["of_2"],
    ]
    assert {line["route"] for line in written} == {"on_order"}


def test_the_correlation_id_is_the_senders_own_else_the_invocations() -> None:
    lines = Lines()
    app = Router(logger=lines.logger)

    @app.eventbridge(source="shop")
    def placed() -> None:
        lines.logger.info("placed")

    @app.sqs("orders")
    def on_order() -> None:
        lines.logger.info("order")

    sent, context = event("eventbridge", source="shop"), LambdaContext()
    app(sent, context)
    app(event("sqs", bodies=["a"]), context)
    assert [line["correlation_id"] for line in lines.told()] == [sent["id"], context.aws_request_id]


def test_an_event_inside_a_record_has_the_id_of_the_record_that_can_be_acknowledged() -> None:
    lines = Lines()
    app = Router(logger=lines.logger)

    @app.s3("uploads", name="on_upload")
    def on_upload() -> None:
        lines.logger.info("uploaded")

    notification = event("sns", message=json.dumps(event("s3", bucket="uploads", key="a.jpg")))
    body = {**notification["Records"][0]["Sns"]}
    for sent in (event("sqs", bodies=[event("s3", bucket="uploads")]), event("sqs", bodies=[body])):
        app(sent)
        line = lines.told()[-1]
        assert (line["source"], line["route"]) == ("s3", "on_upload")
        assert line["record_id"] == sent["Records"][0]["messageId"]


def test_lines_of_several_at_a_time_are_not_mixed_up() -> None:
    lines = Lines()
    app = Router(logger=lines.logger, partial=True)

    @app.sqs("orders", concurrency=10)
    async def on_order(body: int) -> None:
        for _ in range(3):
            await asyncio.sleep(0.0005 * (10 - body))
            lines.logger.info(body)

    sent = event("sqs", bodies=list(range(30)))
    app(sent)
    ids = {n: record["messageId"] for n, record in enumerate(sent["Records"])}
    assert Counter(line["message"] for line in lines.written) == dict.fromkeys(range(30), 3)
    assert all(line["record_id"] == ids[line["message"]] for line in lines.written)
    lines.logger.info("out")
    assert lines.told()[-1] == {"message": "out"}


def test_lines_of_several_threads_are_not_mixed_up() -> None:
    lines = Lines()
    app = Router(logger=lines.logger, metrics=EphemeralMetrics(namespace="Shop", service="shop"))

    @app.sqs("orders")
    def on_order(body: str) -> None:
        lines.logger.info(body)

    def work(number: int) -> None:
        for turn in range(20):
            sent = event("sqs", bodies=[f"{number} {turn}"])
            sent["Records"][0]["messageId"] = f"id {number} {turn}"
            app(sent)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(lines.written) == 160
    assert all(line["record_id"] == f"id {line['message']}" for line in lines.written)


def test_the_frameworks_own_lines_are_written_by_that_logger(caplog: pytest.LogCaptureFixture) -> None:
    lines = Lines()
    app, other = Router(logger=lines.logger), Router()

    @app.sqs("orders")
    @other.sqs("orders")
    def on_order(body: str) -> None:
        raise ValueError(SECRET)

    sent = event("sqs", bodies=["a", "b"])
    for entrypoint in (app, other):
        with pytest.raises(BatchError):
            entrypoint(sent)
    assert [(line["level"], line["source"]) for line in lines.written] == [
        ("WARNING", "sqs"),
        ("WARNING", "sqs"),
        ("ERROR", "sqs"),
    ]
    assert lines.written[0]["message"].startswith(f"sqs record {sent['Records'][0]['messageId']} failed")
    assert len(caplog.records) == 3  # the other app's
    assert SECRET not in lines.stream.getvalue()


@pytest.mark.parametrize("text", ["two\nlines", "\u2028", "\x1b[2J", "\ud800", "x" * 10_000])
def test_a_hostile_id_is_harmless_in_a_line(text: str) -> None:
    lines = Lines()
    app = Router(logger=lines.logger)

    @app.sqs("orders")
    def on_order() -> None:
        lines.logger.info("order")

    sent = event("sqs", bodies=["a"])
    sent["Records"][0]["messageId"] = text
    app(sent)
    (line,) = lines.written
    assert line["record_id"].isprintable()
    assert len(line["record_id"]) <= 200
    assert len(lines.stream.getvalue().splitlines()) == 1


# -- metrics -------------------------------------------------------------------------------------------------


def check_emf(document: Any) -> None:
    """Hold a document to the specification of the embedded metric format.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    head = document["_aws"]
    assert type(head["Timestamp"]) is int
    assert isinstance(head["CloudWatchMetrics"], list)
    for directive in head["CloudWatchMetrics"]:
        assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 1024
        assert directive["Dimensions"]
        assert len(directive["Metrics"]) <= 100
        for dimensions in directive["Dimensions"]:
            assert len(dimensions) <= 30
            assert len(set(dimensions)) == len(dimensions)
            assert all(1 <= len(name) <= 250 for name in dimensions)
            assert all(
                type(document[name]) is str and 1 <= len(document[name]) <= 1024 for name in dimensions
            )
            assert all(document[name].isascii() and document[name].isprintable() for name in dimensions)
        for metric in directive["Metrics"]:
            assert {"Name", "Unit"} <= metric.keys() <= {"Name", "Unit", "StorageResolution"}
            assert metric["Unit"] in ("Count", "Milliseconds")
            values = document[metric["Name"]]
            values = values if isinstance(values, list) else [values]
            assert 1 <= len(values) <= 100
            assert all(type(value) in (int, float) for value in values)


def emf_names(document: Any) -> list[str]:
    directives = document.get("_aws", {}).get("CloudWatchMetrics", [])
    return [metric["Name"] for directive in directives for metric in directive["Metrics"]]


@pytest.fixture
def documents(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """What has been printed since the last time, every document checked."""

    def read() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        for document in found:
            check_emf(document)
        return found

    return read


Documents = Callable[[], list[dict[str, Any]]]


def metrics(**options: Any) -> EphemeralMetrics:
    return EphemeralMetrics(namespace="Shop", service="shop", **options)


def test_calls_are_counted_by_source_and_route(documents: Documents) -> None:
    app = Router(metrics=metrics(), partial=True)

    @app.sqs("orders", name="on_order")
    def on_order(body: str) -> None:
        if body == "bad":
            raise ValueError(SECRET)
        if body == "drop":
            raise Drop

    @app.sqs("other", name="on_other")
    async def on_other() -> None: ...

    app(event("sqs", queue="orders", bodies=["good", "bad", "drop"]), LambdaContext())
    app(event("sqs", queue="other", bodies=["a"]), LambdaContext())
    cold, order, other = documents()
    assert emf_names(cold) == ["ColdStart"]
    assert cold["ColdStart"] == [1.0]
    assert cold["service"] == "shop"
    assert cold["function_name"] == LambdaContext().function_name
    assert emf_names(order) == ["Count", "Failures", "Duration"]
    assert set(order["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) == {"service", "source", "route"}
    assert (order["service"], order["source"], order["route"]) == ("shop", "sqs", "on_order")
    assert (order["Count"], order["Failures"]) == ([3.0], [1.0])
    assert len(order["Duration"]) == 3
    assert (other["route"], other["Count"], other["Failures"]) == ("on_other", [1.0], [0.0])
    assert SECRET not in json.dumps([cold, order, other])


def test_a_duration_is_the_whole_of_an_asynchronous_call(documents: Documents) -> None:
    app = Router(metrics=metrics())

    @app.get("/")
    async def slow() -> None:
        await asyncio.sleep(0.05)

    Client(app).get("/")
    (duration,) = documents()[-1]["Duration"]
    assert 50 <= duration < 5_000


def test_a_clients_error_is_no_failure_and_a_servers_is(documents: Documents) -> None:
    app = Router(metrics=metrics())

    @app.get("/{status}")
    def read(status: int) -> None:
        raise HTTPError(status)

    client = Client(app)
    assert [client.get(f"/{status}").status for status in (404, 500)] == [404, 500]
    assert [document["Failures"] for document in documents() if "Failures" in document] == [[0.0], [1.0]]


@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_no_document_has_more_than_it_may(documents: Documents, count: int) -> None:
    app = Router(metrics=metrics(), partial=True)

    @app.sqs("orders")
    def on_order(body: int) -> None:
        if body % 2:
            raise ValueError

    app(event("sqs", bodies=list(range(count))), LambdaContext())
    found = [document for document in documents() if "Count" in document]
    assert sum(document["Count"][0] for document in found) == count
    assert sum(document["Failures"][0] for document in found) == count // 2
    assert sum(len(document["Duration"]) for document in found) == count


def test_metrics_are_flushed_when_the_invocation_raises(documents: Documents) -> None:
    mine = metrics()
    app = Router(metrics=mine)

    @app.sqs("orders")
    def on_order() -> None:
        mine.add_metric("Orders", "Count", 1)
        raise ValueError

    for cold in (["ColdStart"], []):
        with pytest.raises(BatchError):
            app(event("sqs", bodies=["a"]))
        assert [name for document in documents() for name in emf_names(document)] == [
            "Orders",
            *cold,
            "Count",
            "Failures",
            "Duration",
        ]


def test_a_handlers_metrics_are_flushed_once_and_have_their_own_dimensions(documents: Documents) -> None:
    mine = Metrics(namespace="Shop", service="shop")
    mine.set_default_dimensions(stage="prod")
    app = Router(metrics=mine)

    @app.sqs("orders")
    def on_order(body: int) -> None:
        mine.add_dimension("colour", "blue")
        mine.add_metric("Orders", "Count", body)

    try:
        app(event("sqs", bodies=[1, 2]), LambdaContext())
        theirs, _, ours = documents()
        assert (theirs["Orders"], theirs["colour"], theirs["stage"]) == ([1.0, 2.0], "blue", "prod")
        assert "route" not in theirs
        assert (ours["Count"], ours["stage"], ours["service"]) == ([2.0], "prod", "shop")
        assert "colour" not in ours

        assert mine.dimension_set == {"stage": "prod"}
    finally:
        mine.clear_default_dimensions()
        mine.clear_metrics()


def test_dimensions_of_a_handler_that_adds_no_metric_do_not_stay(documents: Documents) -> None:
    mine = metrics()
    app = Router(metrics=mine)

    @app.sqs("orders")
    def on_order() -> None:
        mine.add_dimension("customer", "ada")

    app(event("sqs", bodies=["a"]))
    assert mine.dimension_set == {}
    assert not any("customer" in document for document in documents())


def test_a_route_with_an_odd_name_is_a_dimension_that_is_taken(documents: Documents) -> None:
    app = Router(metrics=metrics())

    @app.sqs("orders", name="grün\n" + "x" * 2_000)
    def on_order() -> None: ...

    app(event("sqs", bodies=["a"]))
    assert documents()[-1]["route"].startswith("gr\\xfcn\\n")


def test_no_cold_start_is_counted_that_nobody_waited_for(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "provisioned-concurrency")
    app = Router(metrics=metrics())

    @app.sqs("orders")
    def on_order() -> None: ...

    app(event("sqs", bodies=["a"]), LambdaContext())
    assert [emf_names(document) for document in documents()] == [["Count", "Failures", "Duration"]]


def test_metrics_that_are_switched_off_are_not_printed(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_DISABLED", "1")
    app = Router(metrics=metrics())

    @app.sqs("orders")
    def on_order() -> None: ...

    app(event("sqs", bodies=["a"] * 150), LambdaContext())
    assert documents() == []


# -- faults --------------------------------------------------------------------------------------------------


class Broken:
    """An object of which everything that is called fails, after as many calls as it lets pass."""

    def __init__(self, inner: Any, *names: str) -> None:
        self.inner = inner
        self.names = names
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        return self.fail if name in self.names else found

    def fail(self, *_: Any, **__: Any) -> Any:
        self.count += 1
        raise RuntimeError(SECRET)


class Subsegment:
    """Takes everything, and has nothing to say."""

    def put_annotation(self, key: str, value: Any) -> None: ...
    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None: ...
    def add_exception(self, exception: BaseException, stack: Any) -> None: ...
    def apply_status_code(self, status: int) -> None: ...


class Provider:
    """A provider of Powertools' Tracer whose subsegments, or what opens them, may be broken."""

    def __init__(self, subsegment: Any, *, enter: bool = False, leave: bool = False) -> None:
        self.subsegment = subsegment
        self.enter, self.leave = enter, leave
        self.open = 0

    def in_subsegment(self, name: str) -> Provider:
        return self

    def __enter__(self) -> Any:
        if self.enter:
            raise RuntimeError(SECRET)
        self.open += 1
        return self.subsegment

    def __exit__(self, *_: object) -> None:
        self.open -= 1
        if self.leave:
            raise RuntimeError(SECRET)


class Traces:
    """A tracer as Powertools' is, of a provider."""

    disabled = False

    def __init__(self, provider: Any) -> None:
        self.provider = provider


def broken_logger(*names: str) -> Broken:
    return Broken(Lines().logger, *names)


def broken_metrics(*names: str) -> Any:
    given = metrics()
    for name in names:
        setattr(given, name, Broken(given, name).fail)
    return given


class Span:
    """A tracer of OpenTelemetry that cannot start a span."""

    def start_as_current_span(self, name: str, **_: Any) -> Any:
        raise RuntimeError(SECRET)


FAULTS: dict[str, Callable[[], dict[str, Any]]] = {
    "enter": lambda: {"tracer": Traces(Provider(Subsegment(), enter=True))},
    "leave": lambda: {"tracer": Traces(Provider(Subsegment(), leave=True))},
    "none": lambda: {"tracer": Traces(Provider(None))},
    "annotate": lambda: {"tracer": Traces(Provider(Broken(Subsegment(), "put_annotation")))},
    "metadata": lambda: {"tracer": Traces(Provider(Broken(Subsegment(), "put_metadata")))},
    "blame": lambda: {"tracer": Traces(Provider(Broken(Subsegment(), "add_exception", "apply_status_code")))},
    "keys": lambda: {"logger": broken_logger("thread_safe_append_keys")},
    "before": lambda: {"logger": broken_logger("thread_safe_get_current_keys")},
    "clear": lambda: {"logger": broken_logger("thread_safe_clear_keys")},
    "flush": lambda: {"metrics": broken_metrics("flush_metrics", "clear_metrics")},
    "namespace": lambda: {"metrics": EphemeralMetrics(namespace=None, service="shop")},
    "dimensions": lambda: {"metrics": metrics(default_dimensions={f"d{n}": "x" for n in range(30)})},
}


def an_app(**options: Any) -> Router:
    app = Router(partial=True, **options)

    @app.get("/{n}")
    def read(n: int) -> int:
        if n == 2:
            raise HTTPError(404)
        return 1 // n

    @app.sqs("orders")
    def on_order(body: int) -> None:
        if body == 1:
            raise ValueError

    @app.sqs("parallel", concurrency=3)
    async def on_parallel(body: int) -> None:
        await asyncio.sleep(0)
        if body == 2:
            raise ValueError

    @app.sqs.batch("together")
    def on_together(records: list[Any]) -> Iterator[Any]:
        yield records[0]

    @app.s3("uploads")
    async def on_upload() -> None:
        raise LookupError("gone")

    app.sqs("ignored").drop()
    return app


def events() -> list[Any]:
    return [
        *(event("api_gateway_http", path=f"/{n}") for n in range(3)),
        *(
            event("sqs", queue=name, bodies=[0, 1, 2, 3])
            for name in ("orders", "parallel", "together", "ignored")
        ),
        event("s3", bucket="uploads"),
        event("sqs", queue="nobody", bodies=[event("s3", bucket="uploads"), "text"]),
        {"nobody": "knows"},
    ]


def written(options: dict[str, Any]) -> list[dict[str, Any]]:
    """What the logger among the options has written."""
    logger = options.get("logger")
    return (
        [] if logger is None else [json.loads(x) for x in logger.handlers[0].stream.getvalue().splitlines()]
    )


def answers(app: Router, sent: list[Any]) -> list[Any]:
    found: list[Any] = []
    for one in sent:
        try:
            found.append(app(one, LambdaContext(aws_request_id="r")))
        except Exception as exc:
            found.append((type(exc), str(exc)))
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_no_answer_and_is_told_once(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    sent = events()
    expected = answers(an_app(), sent)
    caplog.clear()
    options = FAULTS[fault]()
    assert answers(an_app(**options), sent) == expected
    told = [line for line in [r.getMessage() for r in caplog.records] if "= failed" in line]
    told += [line["message"] for line in written(options) if "= failed" in str(line["message"])]
    assert len(told) == 1
    assert SECRET not in caplog.text
    if "tracer" in options:
        assert options["tracer"].provider.open == 0


def test_nor_does_one_of_opentelemetry(caplog: pytest.LogCaptureFixture, spans: Spans) -> None:
    sent = events()
    assert answers(an_app(tracer=Span()), sent) == answers(an_app(), sent)
    assert [r.getMessage() for r in caplog.records if "=" in r.getMessage()][:1] == [
        "tracer= failed, and no event did: RuntimeError"
    ]
    assert answers(an_app(tracer=spans.tracer), sent) == answers(an_app(), sent)


def test_all_three_change_no_answer_either() -> None:
    sent = events()
    given = {"tracer": Traces(Provider(Subsegment())), "logger": Lines().logger, "metrics": metrics()}
    assert answers(an_app(**given), sent) == answers(an_app(), sent)


REPORTED = {"cloudformation", "codedeploy_hook", "codepipeline", "config", "s3_object_lambda"}
"""Sources that are answered by a call to AWS, which no test makes."""

SAMPLES = [
    sample
    for room in sorted({name.partition(".")[0] for name in names()} - REPORTED)
    for _, sample, _ in samples(room)
]


def test_there_is_nothing_to_fail_at_in_any_sample_of_any_source(caplog: pytest.LogCaptureFixture) -> None:
    given = {"tracer": Traces(Provider(Subsegment())), "logger": Lines().logger, "metrics": metrics()}
    plain, app, calls = Router(), Router(**given), Counter[str]()
    for one in (plain, app):

        @one.default
        def handler(event: Any) -> None:
            calls["default"] += 1

        for room in (one.kinesis, one.dynamodb):

            @room.window("*")
            def on_window(records: list[Any]) -> None:
                calls["window"] += 1

    found, expected = [
        [re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", repr(a)) for a in answers(one, SAMPLES)]
        for one in (app, plain)
    ]
    assert [one for one in zip(found, expected, strict=True) if one[0] != one[1]] == []
    assert calls["default"] > 100
    assert calls["window"] >= 4
    assert [
        line for line in caplog.messages + [str(x["message"]) for x in written(given)] if "= failed" in line
    ] == []


def test_a_logger_that_cannot_write_does_not_swallow_the_frameworks_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = an_app(logger=Broken(Lines().logger, "registered_handler"))
    with pytest.raises(NoRouteError):
        app(event("sqs", queue="nobody", bodies=["a"]))
    assert "NoRouteError" in caplog.text


# -- the router ----------------------------------------------------------------------------------------------


def test_without_an_option_nothing_is_imported_and_no_route_is_changed(
    run_python: Callable[..., str],
) -> None:
    code = """
import sys
from lambda_router import Router
app = Router()
@app.sqs("orders")
def on_order(body): ...
before = app.routes[0].call
app({"Records": [{"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders", "body": "1"}]})
print(app.routes[0].call is before, "lambda_router.observability" in sys.modules)
"""
    assert run_python(code) == "True False\n"


@pytest.mark.parametrize("option", ["tracer", "logger", "metrics"])
@pytest.mark.parametrize("given", ["yes", 1, object(), Tracer, Metrics])
def test_an_option_of_another_kind_is_refused(option: str, given: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"^{option} is a "):
        Router(**{option: given})


def test_an_app_that_is_included_is_looked_at_with_the_options_of_the_outer_one(documents: Documents) -> None:
    inner = Router()

    @inner.sqs("orders")
    def on_order() -> None: ...

    inner(event("sqs", bodies=["a"]))
    app = Router(metrics=metrics())
    app.include(inner)
    app(event("sqs", bodies=["a"]))
    assert [document["Count"] for document in documents() if "Count" in document] == [[1.0]]
    inner(event("sqs", bodies=["a"]))
    assert documents() == []


def test_one_that_has_been_looked_at_is_not_looked_at_twice(documents: Documents) -> None:
    inner = Router(metrics=metrics())

    @inner.sqs("orders")
    def on_order() -> None: ...

    inner(event("sqs", bodies=["a"]))
    documents()
    app = Router(metrics=metrics())
    app.include(inner)
    app(event("sqs", bodies=["a"]))
    assert [document["Count"] for document in documents() if "Count" in document] == [[1.0]]


def test_threads_that_share_the_first_event_have_one_layer(documents: Documents) -> None:
    app = Router(metrics=metrics())

    @app.sqs("orders")
    def on_order() -> None: ...

    app._open()
    app._open()
    app(event("sqs", bodies=["a"]))
    assert [document["Count"] for document in documents() if "Count" in document] == [[1.0]]


def test_the_example_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "examples.observability"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        if line.startswith('{"_aws"'):
            check_emf(json.loads(line))
    assert done.stdout.count("charging an order") == 2
