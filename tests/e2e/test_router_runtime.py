"""lambda_router on the real runtime client: every odd result and exception ends in an answer or a bounded error.

What the bare runtime client does with the same values is in test_runtime.py; here nothing may end the process, no answer
may be anything but JSON, and no value may be altered in silence.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from events import bridge, http, s3, sqs
from functions.router import EXCEPTIONS, RESULTS

from lambda_router.testing import event as made

FUNCTIONS = Path(__file__).parent / "functions"
ROOT = Path(__file__).parents[2]

ENVIRONMENTS = {
    f"{version or 'unset'}-{form}": {
        "AWS_EXECUTION_ENV": version and f"AWS_Lambda_{version}",
        **({"AWS_LAMBDA_LOG_FORMAT": "JSON"} if form == "json" else {}),
    }
    for version in ("", "python3.12", "python3.14")
    for form in ("text", "json")
}
"""What the runtime client goes by: it takes no variable for an old one, and JSON is another path for errors."""
WARM_CALLS = int(os.environ.get("LAMBDA_ROUTER_ISOLATION", "20")) * 50


@pytest.fixture(params=list(ENVIRONMENTS))
def function(request: Any, lambda_runtime: Any) -> Any:
    return lambda_runtime("router.app", cwd=FUNCTIONS, env=ENVIRONMENTS[request.param], path=[ROOT])


GOOD = {
    "none": None,
    "set": [1, 2, 3],
    "datetime": "2030-01-02T00:00:00+00:00",
    "uuid": "00000000-0000-0000-0000-000000000007",
    "enum": 1,
    "dataclass": {"x": 3},
    "coroutine": "awaited",
    "decimal": [1.1, 1000, 7],
    "namedtuple": {"x": 1, "y": 2},
}
LARGE = {"at_limit"}
REFUSED = set(RESULTS) - set(GOOD) - LARGE - {"deep_150", "echo_state"}
NAMES = {
    **dict.fromkeys(("plain", "empty", "seven_mb", "surrogate", "chained"), "ValueError"),
    **dict.fromkeys(("system_exit_0", "system_exit_1", "system_exit_text"), "SystemExit"),
    "subclass": "Mine",
    "bad_str": "BadStr",
    "no_str": "NoStr",
    "exit_str": "ExitStr",
    "bad_repr": "BadRepr",
    "group": "ExceptionGroup",
    "stop_iteration": "StopIteration",
    "recursion": "RecursionError",
    "memory": "MemoryError",
    "generator_exit": "GeneratorExit",
    "cancelled": "CancelledError",
    "base_group": "BaseExceptionGroup",
}


def test_odd_results_of_a_direct_call(function: Any) -> None:
    process = function.invoke(bridge({}, source="test"))
    assert process.error is None
    for name, expected in GOOD.items():
        reply = function.invoke({"return": name})
        assert (reply.status, reply.json()) == (200, expected), name
    assert function.invoke({"return": "deep_150"}).error is None
    for name in sorted(REFUSED):
        reply = function.invoke({"return": name})
        assert not reply.died, name
        assert reply.error is not None, name
        assert reply.error["errorType"] == "ResultError", name
        assert len(reply.body) < 20_000, name
    at_limit = function.invoke({"return": "at_limit"})
    assert not at_limit.died
    assert at_limit.error is None
    assert len(at_limit.json()) == 6_291_554
    before = function.invoke({"return": "echo_state"}).json()
    assert function.invoke({"return": "echo_state"}).json() == before + 1  # one process answered all of it


def test_odd_results_of_an_http_request(function: Any) -> None:
    for name in sorted(set(RESULTS) - {"echo_state"}):
        reply = function.invoke(http(f"/return/{name}"))
        assert not reply.died, name
        assert reply.error is None, name
        answer = reply.json()
        well = name in GOOD or name in ("bytes", "bytes_bad", "bytearray", "deep_150")
        expected = (204 if name == "none" else 200) if well and name != "bytearray" else 500
        assert answer["statusCode"] == expected, name
        if name == "bytes_bad":
            assert (answer["body"], answer["isBase64Encoded"]) == ("//4A", True)
        if expected == 500:
            problem = json.loads(answer["body"])
            assert set(problem) == {"type", "title", "status", "correlation_id"}, name
            assert problem["correlation_id"] == "req-1"


def test_odd_exceptions_of_a_direct_call_and_of_an_asynchronous_event(function: Any) -> None:
    process = function.invoke(bridge({}, source="test"))
    assert process.error is None
    for name in EXCEPTIONS:
        for event in ({"raise": name}, bridge({"raise": name}, source="test")):
            reply = function.invoke(event)
            assert not reply.died, name
            error = reply.error
            assert error is not None, name
            expected = NAMES.get(name)
            if name == "stop_iteration" and "source" in event:
                expected = "RuntimeError"  # Python's own rule for a StopIteration in a coroutine
            if expected is not None:
                assert error["errorType"] == expected, name
            assert "\r" not in error["errorType"]
            assert "\n" not in error["errorType"]
            assert len(error["errorMessage"].encode()) <= 4200, name
            error["errorMessage"].encode("utf-8")


def test_odd_exceptions_of_an_http_request_say_nothing(function: Any) -> None:
    for name in EXCEPTIONS:
        reply = function.invoke(http(f"/raise/{name}"))
        assert not reply.died, name
        answer = reply.json()
        assert answer["statusCode"] == 500, name
        assert set(json.loads(answer["body"])) == {"type", "title", "status", "correlation_id"}


def test_odd_exceptions_fail_their_record_alone(function: Any) -> None:
    for name in EXCEPTIONS:
        reply = function.invoke(sqs({}, {"raise": name}, {}))
        assert not reply.died, name
        assert reply.json() == {"batchItemFailures": [{"itemIdentifier": "m-2"}]}, name
        plain = function.invoke(sqs({}, {"raise": name}, {}, queue="plain"))
        assert plain.error is not None
        assert plain.error["errorType"] == "BatchError", name


def calls(function: Any) -> int:
    """How many direct calls the process has had before."""
    reply = function.invoke({"return": "echo_state"})
    assert reply.error is None
    return int(reply.json())


def test_there_are_forty_forms() -> None:
    assert len(RESULTS) + len(EXCEPTIONS) >= 40


def test_odd_results_and_exceptions_of_a_route_for_direct_calls(function: Any) -> None:
    before = calls(function)
    for name in sorted(set(RESULTS) - {"echo_state"}):
        reply = function.invoke({"told": {"return": name}})
        assert not reply.died, name
        assert (reply.error or {}).get("errorType") == ("ResultError" if name in REFUSED else None), name
        assert name not in GOOD or reply.json() == GOOD[name], name
    for name in EXCEPTIONS:
        reply = function.invoke({"told": {"raise": name}})
        assert reply.error is not None, name
        assert reply.error["errorType"] == NAMES.get(name, reply.error["errorType"]), name
    assert calls(function) == before + 1  # one process answered all of it


def test_odd_results_and_exceptions_of_a_notification(function: Any) -> None:
    """Nobody reads the result, so that none is refused; an exception is raised, so that Lambda tries again."""
    before = calls(function)
    for name in sorted(set(RESULTS) - {"echo_state", "generator"}):
        reply = function.invoke(made("sns", message={"return": name}))
        assert (reply.died, reply.error, reply.body) == (False, None, b"null"), name
    generator = function.invoke(
        made("sns", message={"return": "generator"})
    ).error  # its work has not been done
    assert generator is not None
    for name in EXCEPTIONS:
        error = function.invoke(made("sns", message={"raise": name})).error
        assert error is not None, name
        assert error["errorType"] == NAMES.get(name, error["errorType"]), name
        assert len(error["errorMessage"].encode()) <= 4200, name
    assert calls(function) == before + 1


def test_odd_results_and_exceptions_of_a_contact_flow(function: Any) -> None:
    """Somebody waits for the result: it is an object of texts or refused, and an exception says nothing."""
    before = calls(function)
    taken = set()
    for name in sorted(set(RESULTS) - {"echo_state"}):
        reply = function.invoke(made("connect", parameters={"return": name}))
        assert not reply.died, name
        if reply.error is None:
            assert all(isinstance(value, str) for value in reply.json().values()), name
            taken.add(name)
        else:
            assert reply.error["errorType"] in ("ResultError", "ConcealedError"), (name, reply.error)
    assert {"none", "dataclass", "namedtuple"} <= taken <= set(GOOD)
    for name in EXCEPTIONS:
        reply = function.invoke(made("connect", parameters={"raise": name}))
        assert not reply.died, name
        assert reply.error is not None, name
        assert len(reply.body) < 20_000, name
        assert "\r" not in reply.error["errorType"], name
    assert calls(function) == before + 1


def test_without_the_guards_the_process_dies(lambda_runtime: Any) -> None:
    """What keeps it alive are `survivable` and `plain`: without them most of the forms above end it."""
    environment = ENVIRONMENTS["python3.12-text"]
    function = lambda_runtime("unguarded.app", cwd=FUNCTIONS, env=environment, path=[ROOT])
    deadly = (
        "bad_str",
        "no_str",
        "exit_str",
        "surrogate",
        "seven_mb",
        "system_exit_1",
        "cancelled",
        "base_group",
    )
    for name in deadly:
        assert function.invoke(bridge({"raise": name}, source="test")).died, name
        assert function.invoke({"told": {"raise": name}}).died, name
    for name in ("surrogate", "seven_mb", "over_limit"):
        assert function.invoke({"told": {"return": name}}).died, name
    nan = function.invoke({"told": {"return": "nan"}})
    assert (nan.error, nan.body) == (None, b'{"a": NaN}')  # and what lives may be no JSON


def test_warm_calls_add_nothing_to_the_memory_of_the_process(lambda_runtime: Any) -> None:
    """1,000 calls a run; ten thousand with LAMBDA_ROUTER_ISOLATION=200."""
    function = lambda_runtime("router.app", cwd=FUNCTIONS, env=ENVIRONMENTS["python3.12-text"], path=[ROOT])
    events = [
        json.dumps(event).encode()
        for event in (
            bridge({}, source="test"),
            bridge({"raise": "plain"}, source="test"),
            http("/return/dataclass"),
            http("/raise/plain"),
            sqs({}, {"raise": "chained"}, {}),
            s3("good"),
            made("sns", message={"return": "set"}),
            made("connect", parameters={"return": "dataclass"}),
            {"told": {"return": "decimal"}},
            {"told": {"raise": "group"}},
        )
    ]
    for number in range(400):
        function.invoke(events[number % len(events)])
    before = function.invoke({"resident": True}).json()
    for number in range(WARM_CALLS):
        function.invoke(events[number % len(events)])
    assert function.invoke({"resident": True}).json() - before <= 2**20


def test_every_kind_of_answer(function: Any) -> None:
    assert function.invoke(s3("good")).json() is None
    failed = function.invoke(s3("bad")).error
    assert failed is not None
    assert failed["errorType"] == "ValueError"
    nobody = function.invoke(bridge({}, source="nobody"))
    assert (nobody.error, nobody.json()) == (None, None)  # the default takes what no route does


def test_the_time_limit_leaves_a_partial_response(lambda_runtime: Any) -> None:
    """Ten records of 0.6 seconds and a limit of 3: four are done, and six are reported while there is time."""
    function = lambda_runtime("router.app", cwd=FUNCTIONS, timeout=3, path=[ROOT])
    function.invoke(bridge({}, source="test"))  # the cold start is not part of the time limit's arithmetic
    reply = function.invoke(sqs(*[{"sleep": 0.6}] * 10))
    assert not reply.timed_out
    assert reply.json() == {"batchItemFailures": [{"itemIdentifier": f"m-{n}"} for n in range(5, 11)]}
    assert function.invoke(bridge({"sleep": 3.5}, source="test")).timed_out
    assert function.invoke(bridge({}, source="test")).error is None
