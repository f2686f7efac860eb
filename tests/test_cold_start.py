"""Cold start: what an app imports, opens and reads before its first event. No time is measured here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lambda_router

ROOT = Path(lambda_router.__file__).parents[1]

DEAR = (
    "asyncio",
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "boto3",
    "botocore",
    "dataclasses",
    "email",
    "http.client",
    "importlib.metadata",
    "inspect",
    "lambda_router.testing",
    "pathlib",
    "pydantic",
    "secrets",
    "ssl",
    "urllib.request",
    "uuid",
)
"""What a route of plain types must not cost; submodules count too."""

ROUTER = """
from lambda_router import Router

app = Router()
"""

HTTP = """
@app.get("/orders/{order_id}")
def read(order_id: int):
    return {"order_id": order_id}
"""

SQS = """
@app.sqs("orders", partial=True)
def on_order(body: dict):
    return body["order_id"]
"""

S3 = """
@app.s3("uploads", key="images/*.jpg", event="ObjectCreated:*")
def on_image(bucket: str, key: str):
    return bucket + key
"""

EVENTBRIDGE = """
@app.eventbridge(source="shop", detail_type="OrderPlaced", detail={"total": [{"numeric": [">", 100]}]})
def on_placed(detail: dict):
    return detail["total"]
"""

SHOP = ROUTER + HTTP + SQS + S3 + EVENTBRIDGE

HTTP_SOURCES = {
    "alb",
    "api_gateway_http",
    "api_gateway_rest",
    "function_url",
    "vpc_lattice",
    "vpc_lattice_v2",
}

CORE = {
    *("binding", "call", "detection", "errors", "invocation", "middleware"),
    *("outcomes", "payload", "router", "source"),
}
"""All that a router without routes is made of. What else there is has a route or an option that needs it."""

MATCHING = {"criteria", "globs", "sources"}

BATCHES = {"batch", "deadline"}

HTTP_MODULES = {
    *("http", "http.parameters", "http.payload_v2", "http.request", "http.response"),
    *("http.routes", "http.routing", "http.source", "percent", "results"),
}

HTTP_EVENT = {
    "version": "2.0",
    "rawPath": "/orders/7",
    "rawQueryString": "",
    "headers": {"accept": "application/json", "host": "example.com"},
    "requestContext": {"http": {"method": "GET", "path": "/orders/7"}, "requestId": "a", "stage": "$default"},
    "isBase64Encoded": False,
}
SQS_EVENT = {
    "Records": [
        {
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
            "body": '{"order_id": 7}',
            "attributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders",
        }
    ]
}
S3_EVENT = {
    "Records": [
        {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "uploads"}, "object": {"key": "images/a+%C3%A9.jpg"}},
        }
    ]
}
EVENTBRIDGE_EVENT = {"source": "shop", "detail-type": "OrderPlaced", "detail": {"total": 101}}
EVENTS = [HTTP_EVENT, SQS_EVENT, S3_EVENT, EVENTBRIDGE_EVENT]

PROBE = """
import json, sys
if "runtime" in sys.argv:
    import awslambdaric.bootstrap
events = json.load(sys.stdin)
before = set(sys.modules)
from app import app
answers = [app(event, None) for event in events]
print(json.dumps({"answers": answers, "before": sorted(before), "new": sorted(set(sys.modules) - before)}))
"""

GUARD = """
import json, os, sys, threading
import awslambdaric.bootstrap

def refuse(*args):
    raise AssertionError("randomness was read")

def watch(event, args):
    if event.startswith("socket.") or (event == "open" and "random" in str(args[0])):
        seen.append(event)

seen = []
os.urandom = os.getrandom = refuse
sys.addaudithook(watch)
before = set(sys.modules)
import app
seen += ["thread"] * (threading.active_count() - 1)
print(json.dumps({"seen": seen, "new": sorted(set(sys.modules) - before)}))
"""


def fresh(code: str, source: str, directory: Path, *, runtime: bool = True, events: Any = ()) -> Any:
    """What the code prints as JSON in a fresh interpreter, beside a module `app` of that source."""
    (directory / "app.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-c", code, *(["runtime"] if runtime else [])],
        cwd=directory,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        input=json.dumps(list(events)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def dear(modules: list[str]) -> list[str]:
    """Those of the modules that the list forbids."""
    return [m for m in modules if any(m == name or m.startswith(f"{name}.") for name in DEAR)]


# -- what is imported ----------------------------------------------------------------------------------------


def test_the_shop_imports_nothing_dear(tmp_path: Path) -> None:
    found = fresh(PROBE, SHOP, tmp_path)
    assert dear(found["new"]) == []
    assert {f"lambda_router.sources.{s}" for s in ("sqs", "s3", "eventbridge")} <= set(found["new"])


def test_nor_does_it_without_a_runtime_client_that_imported_some_of_it_before(tmp_path: Path) -> None:
    found = fresh(PROBE, SHOP, tmp_path, runtime=False)
    assert dear(found["before"]) == []
    assert dear(found["new"]) == []


def test_nor_do_the_first_events(tmp_path: Path) -> None:
    found = fresh(PROBE, SHOP, tmp_path, runtime=False, events=EVENTS)
    assert json.loads(found["answers"][0]["body"]) == {"order_id": 7}
    assert found["answers"][1:] == [{"batchItemFailures": []}, None, None]
    assert dear(found["new"]) == []


def own(modules: list[str]) -> set[str]:
    """Those of the modules that are the package's, by their names in it."""
    return {m.removeprefix("lambda_router.") for m in modules if m.startswith("lambda_router.")}


@pytest.mark.parametrize(
    ("route", "sources", "modules"),
    [
        ("", set(), set()),
        (HTTP, HTTP_SOURCES, MATCHING | HTTP_MODULES),
        (SQS, {"sqs"}, MATCHING | BATCHES),
        (S3, {"s3"}, MATCHING | BATCHES | {"percent"}),
        (EVENTBRIDGE, {"eventbridge"}, MATCHING | BATCHES | {"patterns"}),
    ],
    ids=["none", "http", "sqs", "s3", "eventbridge"],
)
def test_only_what_is_in_use_is_imported(
    tmp_path: Path, route: str, sources: set[str], modules: set[str]
) -> None:
    """The rooms, and what rooms share, to the last module: what a newer room needs moves nobody else's cold start."""
    found = own(fresh(PROBE, ROUTER + route, tmp_path)["new"])
    assert found == CORE | modules | {f"sources.{source}" for source in sources}


def test_the_package_itself_imports_no_more_than_a_router_does(tmp_path: Path) -> None:
    found = own(fresh(PROBE, "import lambda_router\napp = lambda *_: None\n", tmp_path)["new"])
    assert found <= CORE


def test_what_only_errors_and_coroutines_need_is_not_imported(tmp_path: Path) -> None:
    new = set(fresh(PROBE, SHOP, tmp_path, events=EVENTS)["new"])
    assert not new & {"lambda_router.explain", "lambda_router.failures", "lambda_router.aio", "difflib"}


def test_pydantic_is_imported_by_the_decorator_that_needs_it(tmp_path: Path) -> None:
    order = (
        '\nfrom dataclasses import dataclass\n\n@dataclass\nclass Order:\n    id: int\n\n@app.sqs("orders")\n'
    )
    assert "pydantic" in fresh(PROBE, ROUTER + order + "def f(order: Order): ...\n", tmp_path)["new"]


def test_asyncio_is_imported_by_the_decorator_that_needs_it(tmp_path: Path) -> None:
    route = '\n@app.sqs("orders")\nasync def f(body): ...\n'
    assert "asyncio" in fresh(PROBE, ROUTER + route, tmp_path)["new"]


# -- what a snapshot must not hold, since it is restored many times ------------------------------------------
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html


def test_importing_and_decorating_opens_no_socket_starts_no_thread_and_reads_no_randomness(
    tmp_path: Path,
) -> None:
    found = fresh(GUARD, SHOP, tmp_path)
    assert found["seen"] == []
    # The module random seeds itself from the system when it is imported, past anything that could be watched.
    assert not {"_random", "random", "_socket", "socket", "_ssl", "_hashlib"} & set(found["new"])


@pytest.mark.parametrize(
    ("statement", "event"),
    [
        ("import socket; socket.socket().close()", "socket.__new__"),
        ("open('/dev/urandom', 'rb').close()", "open"),
        ("import threading, time; threading.Thread(target=time.sleep, args=(0.3,)).start()", "thread"),
    ],
)
def test_the_guard_sees_what_it_is_there_for(tmp_path: Path, statement: str, event: str) -> None:
    assert event in fresh(GUARD, statement, tmp_path)["seen"]


def test_the_guard_refuses_randomness(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="randomness was read"):
        fresh(GUARD, "import os\nos.urandom(8)\n", tmp_path)
