"""Custom resources on the real runtime client, against a local server in S3's place: one answer on every path.

The time limit is 3 seconds throughout. Several emulators run side by side, because most of the time is waiting.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from functions.router import EXCEPTIONS
from models.cloudformation import check
from uploads import Attempt, Certificates, Uploads, closed_port, serving

from lambda_router.testing import event
from lambda_router.testing.runtime import LambdaRuntime, Reply

FUNCTIONS = Path(__file__).parent / "functions"
ROOT = Path(__file__).parents[2]
LIMIT = 3
REQUESTS = ("Create", "Update", "Delete")
EMULATORS = 4
CANARY = "canary"
RUNS = int(os.environ.get("LAMBDA_ROUTER_RUNS", "12"))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def uploads(certificates: Certificates) -> Iterator[Uploads]:
    with serving(certificates.server(certificates.own)) as server:
        yield server


class Functions:
    """Several environments of one function, each of which has one event at a time, as in Lambda."""

    def __init__(self, *runtimes: LambdaRuntime) -> None:
        self.runtimes = runtimes
        self._free: SimpleQueue[LambdaRuntime] = SimpleQueue()
        for runtime in runtimes:
            self._free.put(runtime)

    def invoke(self, request: Any) -> tuple[Reply, float]:
        """The reply, and the moment at which the time limit of the call was still to be 3 seconds away."""
        runtime = self._free.get()
        try:
            begun = time.monotonic()
            return runtime.invoke(request), begun
        finally:
            self._free.put(runtime)

    def invoke_all(self, requests: list[Any]) -> list[tuple[Reply, float]]:
        with ThreadPoolExecutor(len(self.runtimes)) as pool:
            return list(pool.map(self.invoke, requests))

    @property
    def logs(self) -> str:
        return "".join(runtime.logs for runtime in self.runtimes)


def environment(certificates: Certificates, host: str) -> dict[str, str]:
    return {"UPLOADS": host, "SSL_CERT_FILE": str(certificates.authority)}


def functions(stack: ExitStack, env: dict[str, str], *, count: int, handler: str) -> Functions:
    made = [LambdaRuntime(handler, cwd=FUNCTIONS, timeout=LIMIT, env=env, path=[ROOT]) for _ in range(count)]
    found = Functions(*(stack.enter_context(one) for one in made))
    with ThreadPoolExecutor(count) as pool:  # the cold start is not part of what is measured
        list(pool.map(lambda one: one.invoke(event("cloudformation.provider")), found.runtimes))
    return found


@pytest.fixture(scope="module")
def function(lambda_emulator: Path, uploads: Uploads, certificates: Certificates) -> Iterator[Functions]:
    with ExitStack() as stack:
        env = environment(certificates, uploads.host)
        yield functions(stack, env, count=EMULATORS, handler="custom_resource.app")


def request(outcome: str, request_type: str, url: str) -> dict[str, Any]:
    properties = {"Outcome": outcome, "Password": f"{CANARY}-password"}
    made = event(
        "cloudformation", resource_type="Custom::Odd", properties=properties, request_type=request_type
    )
    return {**made, "ResponseURL": url}


# -- exactly one answer ----------------------------------------------------------------------------------------

ENDED = ["ok", "unserialisable", "oversize", "hostile", *EXCEPTIONS]
OVERDUE = ["sleep", "loop", "regex", "c_call"]
KILLED = {"c_call"}
"""What nothing can interrupt: the answer leaves, then Lambda ends the process."""


def test_there_are_as_many_outcomes_as_were_promised() -> None:
    assert len({*ENDED, *OVERDUE, "keyboard"}) >= 24


@pytest.mark.timeout(180)
def test_exactly_one_answer_leaves_on_every_path(function: Functions, uploads: Uploads) -> None:
    cases = [(outcome, kind) for outcome in (*OVERDUE, *ENDED) for kind in REQUESTS]
    urls = [uploads.url(secret=f"{CANARY}-signature") for _ in cases]
    sent = [request(*case, url) for case, url in zip(cases, urls, strict=True)]
    replies = function.invoke_all(sent)
    for case, url, made, (reply, begun) in zip(cases, urls, sent, replies, strict=True):
        outcome, kind = case
        accepted = uploads.accepted(url)
        check(accepted, made)
        answer = json.loads(accepted[0])
        assert answer["Status"] == ("SUCCESS" if outcome == "ok" else "FAILED"), case
        assert reply.timed_out == (outcome in KILLED), case
        if outcome not in KILLED:
            assert (reply.status, reply.body) == (200, b"null"), case
        if outcome == "ok":
            expected = made["PhysicalResourceId"] if kind == "Delete" else "odd-7"
            assert answer["PhysicalResourceId"] == expected
        elif kind == "Create":
            assert answer["PhysicalResourceId"].startswith("lambda_router/not-created/")
        (attempt,) = uploads.tried(url)
        assert attempt.at <= begun + LIMIT - 0.5, case
        assert attempt.headers["content-type"] == ""
    assert CANARY not in function.logs


def test_an_interrupt_is_answered_before_it_ends_the_process(function: Functions, uploads: Uploads) -> None:
    for kind in REQUESTS:
        made = request("keyboard", kind, uploads.url())
        reply, _ = function.invoke(made)
        assert reply.died
        check(uploads.accepted(made["ResponseURL"]), made)


@pytest.mark.timeout(3_000)
@pytest.mark.parametrize("outcome", ["regex", "sleep"])
def test_the_answer_is_there_half_a_second_before_the_end(
    function: Functions, uploads: Uploads, outcome: str
) -> None:
    """`LAMBDA_ROUTER_RUNS=500` for the figure that was promised."""
    sent = [request(outcome, "Create", uploads.url()) for _ in range(RUNS)]
    spare = []
    for made, (reply, begun) in zip(sent, function.invoke_all(sent), strict=True):
        (attempt,) = uploads.tried(made["ResponseURL"])
        assert attempt.accepted
        assert reply.body == b"null"
        spare.append(begun + LIMIT - attempt.at)
    assert min(spare) >= 0.5
    print(f"{outcome}: {RUNS} runs, at least {min(spare):.3f} s before the limit")


def test_what_the_time_limit_interrupted_does_not_show_in_the_next(
    function: Functions, uploads: Uploads
) -> None:
    """The environment is the same, and so are its calls."""
    first = function.runtimes[0]
    for outcome in ("calls", "loop", "calls"):
        made = request(outcome, "Create", uploads.url())
        assert first.invoke(made).body == b"null"
        check(uploads.accepted(made["ResponseURL"]), made)
    answers = [json.loads(a.body) for a in uploads.attempts if b'"Calls"' in a.body][-2:]
    assert answers[0]["Data"]["Pid"] == answers[1]["Data"]["Pid"]
    assert answers[1]["Data"]["Calls"] == answers[0]["Data"]["Calls"] + 2


def test_what_was_not_created_is_deleted_without_running_anything(
    function: Functions, uploads: Uploads
) -> None:
    made = request("plain", "Create", uploads.url())
    function.invoke(made)
    failed = json.loads(uploads.accepted(made["ResponseURL"])[0])
    gone = {**request("plain", "Delete", uploads.url()), "PhysicalResourceId": failed["PhysicalResourceId"]}
    function.invoke(gone)
    accepted = uploads.accepted(gone["ResponseURL"])
    check(accepted, gone)
    assert json.loads(accepted[0])["Status"] == "SUCCESS"


# -- faults on the way -----------------------------------------------------------------------------------------

FAULTS = [
    "hang",
    "drip",
    "reset",
    "closed",
    "garbage",
    "307",
    "301",
    "304",
    "100",
    "403",
    "404",
    "500",
    "503",
]
RECOVERIES = ["503,ok", "reset,ok", "403,500,204", "slow", "204"]


@pytest.mark.timeout(120)
def test_only_an_accepted_answer_counts(function: Functions, uploads: Uploads) -> None:
    sent = [request("ok", "Create", uploads.url(fault)) for fault in FAULTS]
    for fault, made, (reply, begun) in zip(FAULTS, sent, function.invoke_all(sent), strict=True):
        tried: list[Attempt] = uploads.tried(made["ResponseURL"])
        assert tried, fault
        assert not any(attempt.accepted for attempt in tried), fault
        assert len({attempt.body for attempt in tried}) == 1, fault
        assert len(tried) <= 5, fault
        assert reply.error is not None, fault
        assert reply.error["errorType"] == "CallbackError", fault
        assert CANARY not in reply.error["errorMessage"]
        assert not reply.timed_out, fault
        assert reply.seconds <= LIMIT - 0.4, fault
    assert not [a for a in uploads.attempts if a.target.endswith("redirected")]
    assert CANARY not in function.logs


@pytest.mark.timeout(120)
def test_what_went_wrong_is_tried_again(function: Functions, uploads: Uploads) -> None:
    sent = [request("ok", "Create", uploads.url(plan)) for plan in RECOVERIES]
    for plan, made, (reply, _) in zip(RECOVERIES, sent, function.invoke_all(sent), strict=True):
        assert reply.body == b"null", plan
        check(uploads.accepted(made["ResponseURL"]), made)
        tried = uploads.tried(made["ResponseURL"])
        assert len(tried) == len(plan.split(",")), plan
        assert len({attempt.body for attempt in tried}) == 1, plan


@pytest.mark.timeout(120)
def test_a_server_that_cannot_be_reached_or_trusted(
    lambda_emulator: Path, certificates: Certificates
) -> None:
    with ExitStack() as stack:
        impostor = stack.enter_context(serving(certificates.server(certificates.another)))
        unsigned = stack.enter_context(serving(certificates.server(certificates.own)))
        hosts = {
            "another's certificate": (impostor.host, str(certificates.authority)),
            "an unknown authority": (unsigned.host, "/dev/null"),
            "refused": (f"127.0.0.1:{closed_port()}", str(certificates.authority)),
            "no such host": ("nowhere.invalid:443", str(certificates.authority)),
        }
        for what, (host, authority) in hosts.items():
            env = {"UPLOADS": host, "SSL_CERT_FILE": authority}
            one = functions(stack, env, count=1, handler="custom_resource.app")
            reply, _ = one.invoke(request("ok", "Create", f"https://{host}/ok/1?X-Amz-Signature={CANARY}"))
            assert reply.error is not None, what
            assert reply.error["errorType"] == "CallbackError", what
            assert not reply.timed_out, what
            assert CANARY not in one.logs, what
        assert impostor.attempts == unsigned.attempts == []
        assert impostor.connections
        assert unsigned.connections


# -- code that cannot be imported ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "error"),
    [("broken.app", "RuntimeError"), ("exits.app", "SystemExit"), ("nowhere.app", "ModuleNotFoundError")],
)
def test_the_guard_answers_for_code_that_cannot_be_imported(
    lambda_emulator: Path,
    uploads: Uploads,
    certificates: Certificates,
    tmp_path: Path,
    module: str,
    error: str,
) -> None:
    (tmp_path / "exits.py").write_text("import sys\nsys.exit('canary-password')\n")
    env = {**environment(certificates, uploads.host), "GUARDED": module}
    path = [ROOT, tmp_path]
    with LambdaRuntime("guarded.app", cwd=FUNCTIONS, timeout=LIMIT, env=env, path=path) as one:
        for kind in REQUESTS:
            made = request("ok", kind, uploads.url())
            reply = one.invoke(made)
            assert reply.body == b"null", one.logs
            accepted = uploads.accepted(made["ResponseURL"])
            check(accepted, made)
            answer = json.loads(accepted[0])
            assert answer["Status"] == "FAILED"
            assert answer["Reason"].startswith(error)
        raised = one.invoke({"some": "event"}).error
        assert raised is not None
        assert raised["errorType"] == error
        assert "canary-signature" not in one.logs


def test_the_guard_itself_is_a_handler(
    lambda_emulator: Path, uploads: Uploads, certificates: Certificates
) -> None:
    env = environment(certificates, uploads.host)
    good = {**env, "LAMBDA_ROUTER_HANDLER": "custom_resource.app"}
    bad = {**env, "LAMBDA_ROUTER_HANDLER": "broken.app"}
    setting = "lambda_router.guard.app"
    with LambdaRuntime(setting, cwd=FUNCTIONS, timeout=LIMIT, env=good, path=[ROOT]) as one:
        made = request("ok", "Create", uploads.url())
        assert one.invoke(made).body == b"null"
        check(uploads.accepted(made["ResponseURL"]), made)
    with LambdaRuntime(setting, cwd=FUNCTIONS, timeout=LIMIT, env=bad, path=[ROOT]) as one:
        raised = one.invoke(event("cloudformation.provider")).error
        assert raised is not None
        assert raised["errorType"] == "ConcealedError"
        raised = one.invoke({"some": "event"}).error
        assert raised is not None
        assert raised["errorType"] == "RuntimeError"
        # Its hosts are S3's alone, and there is no variable that changes that.
        raised = one.invoke(request("ok", "Create", uploads.url())).error
        assert raised is not None
        assert raised["errorType"] == "CallbackError"
