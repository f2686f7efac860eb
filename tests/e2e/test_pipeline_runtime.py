"""Jobs of AWS CodePipeline on the real runtime client: one result over the wire for each, whatever the handler does."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from functions.router import EXCEPTIONS
from models import codepipeline as model

from lambda_router.testing import event
from lambda_router.testing.runtime import LambdaRuntime

FUNCTIONS = Path(__file__).parent / "functions"
ROOT = Path(__file__).parents[2]
LATE = ("sleep", "loop", "regex", "c_call")


class Service(BaseHTTPRequestHandler):
    """CodePipeline, as far as it goes: it takes what it is sent, and closes the connection on the first `resets` jobs."""

    received: list[tuple[str, Any, float]] = []
    resets: set[str] = set()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if body["jobId"] in self.resets:
            self.resets.discard(body["jobId"])
            self.connection.close()
            return
        self.received.append((self.headers["x-amz-target"].partition(".")[2], body, time.monotonic()))
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def environment(lambda_emulator: Path, endpoint: str) -> dict[str, str]:
    return {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_ENDPOINT_URL_CODEPIPELINE": endpoint,
    }


def runtime(environment: dict[str, str]) -> LambdaRuntime:
    return LambdaRuntime("pipeline.app", cwd=FUNCTIONS, path=[ROOT], timeout=3, env=environment)


def results(sent: Any) -> list[tuple[str, Any]]:
    job = sent["CodePipeline.job"]["id"]
    return [(operation, body) for operation, body, _ in Service.received if body["jobId"] == job]


def test_every_outcome_is_one_result(environment: dict[str, str]) -> None:
    with runtime(environment) as function:
        for name in ["ok", "continue", *EXCEPTIONS, "unserialisable", "oversize", "ok"]:
            sent = event("codepipeline", parameters=name)
            if name == "chained":
                Service.resets.add(sent["CodePipeline.job"]["id"])  # delivered by the second attempt
            reply = function.invoke(sent)
            assert (reply.error, reply.died, reply.json()) == (None, False, None), (name, reply)
            found = results(sent)
            model.check(found, sent)
            expected = "PutJobSuccessResult" if name in ("ok", "continue") else "PutJobFailureResult"
            assert found[0][0] == expected, name
        assert "ASIA" not in function.logs  # no credentials, and no event


def test_a_job_whose_time_is_over_has_failed_before(environment: dict[str, str]) -> None:
    def late(name: str) -> tuple[str, Any, float]:
        with runtime(environment) as function:
            warm = event("codepipeline", parameters="ok")
            function.invoke(warm)  # so that the limit is the handler's alone
            sent = event("codepipeline", parameters=name)
            began = time.monotonic()
            function.invoke(sent)
            return name, sent, began

    with ThreadPoolExecutor(2) as pool:
        for name, sent, began in pool.map(late, LATE):
            found = results(sent)
            model.check(found, sent)
            operation, body = found[0]
            assert operation == "PutJobFailureResult", name
            assert "time limit" in body["failureDetails"]["message"], name
            (at,) = (at for _, given, at in Service.received if given is body)
            assert at - began <= 2.5, name
