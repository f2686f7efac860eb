"""What the real runtime client does on its own, without lambda_router: the ground of the other e2e tests.

Each row is a behaviour of awslambdaric under the emulator that lambda_router has to reckon with. A row that
fails after an upgrade of awslambdaric is news about Lambda, not a fault of the test.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lambda_router.testing import runtime as runtime_module
from lambda_router.testing.runtime import BINARIES, EmulatorUnavailable, LambdaRuntime, Reply, emulator

FUNCTIONS = Path(__file__).parent / "functions"
PYTHON_3_11 = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11"}
PYTHON_3_12 = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"}


@pytest.fixture
def odd(lambda_runtime):
    return lambda_runtime("odd.handler", cwd=FUNCTIONS, env=PYTHON_3_11)


@pytest.fixture
def odd_3_12(lambda_runtime):
    return lambda_runtime("odd.handler", cwd=FUNCTIONS, env=PYTHON_3_12)


def process(runtime):
    """Names the process that handles the events of `runtime`."""
    return runtime.invoke("who?").json()["process"]


def ended(pid):
    """Whether the process is gone, or a zombie that its parent has yet to collect, within a second."""
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.01)
    return False


# What a handler returns


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("bytes", b"hello"),
        ("binary", b"\xff\xfe\x00"),
        ("bytes inside", b'{"a": "hello"}'),
        ("bytes as key", b'{"k": 1}'),
        ("decimals", b"[1.10, 1E+3, -0]"),
        ("decimal NaN", b'{"a": NaN}'),
        ("decimal sNaN", b'{"a": NaN}'),
        ("NaN", b'{"a": NaN}'),
        ("Infinity", b'{"a": Infinity, "b": -Infinity}'),
        ("odd keys", b'{"1": "d", "1": "b", "null": "c", "1.5": "e"}'),
        ("namedtuple", b'{"x": 1, "y": 2}'),
        ("_asdict", b'{"x": 1}'),
        ("nested 500", b"[" * 501 + b"]" * 501),
        ("surrogate", b'"\\ud800"'),
    ],
)
def test_what_counts_as_a_success(odd, name, body):
    before = process(odd)
    reply = odd.invoke({"return": name})
    assert (reply.status, reply.body) == (200, body)
    assert (reply.error, reply.timed_out, reply.died) == (None, False, False)
    assert process(odd) == before


@pytest.mark.parametrize("name", ["decimal NaN", "decimal sNaN", "NaN", "Infinity"])
def test_a_success_need_not_be_json(odd, name):
    with pytest.raises(ValueError, match="is not JSON"):
        odd.invoke({"return": name}).json()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("binary inside", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ("tuple as key", "keys must be str, int, float, bool or None, not tuple"),
        ("Decimal as key", "keys must be str, int, float, bool or None, not Decimal"),
        ("circular", "Circular reference detected"),
        *(
            (name, f"Object of type {name} is not JSON serializable")
            for name in (
                *("bytearray", "set", "datetime", "UUID"),
                *("Order", "generator", "coroutine", "Color", "ValueError"),
            )
        ),
    ],
)
def test_what_cannot_be_marshalled_is_a_function_error(odd, name, reason):
    before = process(odd)
    reply = odd.invoke({"return": name})
    assert reply.status == 200
    assert reply.error is not None
    assert reply.error["errorType"] == "Runtime.MarshalError"
    assert reply.error["errorMessage"] == f"Unable to marshal response: {reason}"
    assert reply.error["stackTrace"] == []
    assert process(odd) == before


def test_a_result_nested_too_deeply_is_a_function_error(odd):
    reply = odd.invoke({"return": "nested 50000"})
    assert reply.error is not None
    assert reply.error["errorType"] == "Runtime.MarshalError"
    assert "maximum recursion depth exceeded" in reply.error["errorMessage"]


def test_a_coroutine_handler_is_never_run(lambda_runtime):
    reply = lambda_runtime("odd.coroutine_handler", cwd=FUNCTIONS).invoke({})
    assert reply.error is not None
    assert reply.error["errorMessage"].endswith("Object of type coroutine is not JSON serializable")


def test_a_lone_surrogate_kills_the_process_from_python_3_12_on(odd, odd_3_12):
    assert odd.invoke("\ud800").json()["event"] == "\ud800"

    for event in ({"return": "surrogate"}, "\ud800"):
        before = process(odd_3_12)
        reply = odd_3_12.invoke(event)
        assert reply.died
        assert reply.error is not None
        assert reply.error["errorType"] == "Runtime.ExitError"
        assert reply.error["errorMessage"].endswith("exit status 1")
        assert process(odd_3_12) != before
    assert "surrogates not allowed" in odd_3_12.logs


def test_the_size_limit_is_exact_and_passing_it_kills_the_process(odd):
    before = process(odd)
    assert len(odd.invoke({"return": "at the limit"}).body) == 6_291_556
    assert process(odd) == before

    for name in ("over the limit", "7 MB"):
        before = process(odd)
        reply = odd.invoke({"return": name})
        assert reply.died
        assert reply.error == {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        }
        assert process(odd) != before


# What a handler raises


@pytest.mark.parametrize(
    ("name", "error_type", "message"),
    [
        ("ValueError", "ValueError", "no"),
        ("chained", "ValueError", "outer"),
        ("two lines", "ValueError", "first\nSTART RequestId: forged"),
        ("class name", "Bad\r\nX-Injected: 1", "no"),
        ("300 KB", "ValueError", "x" * 300_000),
        ("ExceptionGroup", "ExceptionGroup", "g (1 sub-exception)"),
        ("RecursionError", "RecursionError", "maximum recursion depth exceeded"),
        ("MemoryError", "MemoryError", ""),
        ("StopIteration", "StopIteration", ""),
    ],
)
def test_an_exception_is_a_function_error_and_the_process_lives(odd, name, error_type, message):
    before = process(odd)
    reply = odd.invoke({"raise": name})
    assert (reply.status, reply.died, reply.timed_out) == (200, False, False)
    assert reply.error is not None
    assert reply.error["errorType"] == error_type
    assert reply.error["errorMessage"] == message
    assert reply.error["requestId"]
    assert process(odd) == before


def test_the_trace_tells_paths_and_source_lines_but_not_the_cause(odd):
    error = odd.invoke({"raise": "chained"}).error
    trace = "".join(error["stackTrace"])
    assert str(FUNCTIONS / "odd.py") in trace
    assert 'raise ValueError("outer") from error' in trace
    assert "inner" not in json.dumps(error)


def test_an_exception_can_forge_log_lines(odd):
    odd.invoke({"raise": "two lines"})
    odd.invoke({"raise": "class name"})
    assert "START RequestId: forged" in [line[:23] for line in odd.logs.splitlines()]
    assert "X-Injected: 1: no" in [line[:17] for line in odd.logs.splitlines()]


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("str raises", "exit status 1"),
        ("str gives None", "exit status 1"),
        ("str exits", "exit status 9"),
        ("surrogate", "exit status 1"),
        ("7 MB", "exit status 1"),
        ("exit 0", "Error: Runtime exited without providing a reason"),
        ("exit 1", "Runtime exited with error: exit status 1"),
        ("exit with a text", "Runtime exited with error: exit status 1"),
        ("_exit 3", "exit status 3"),
        ("segmentation fault", "signal: segmentation fault"),
        ("KeyboardInterrupt", ""),
        ("GeneratorExit", "exit status 1"),
        ("CancelledError", "exit status 1"),
        ("BaseExceptionGroup", "exit status 1"),
    ],
)
def test_what_kills_the_process(odd, name, ending):
    before = process(odd)
    reply = odd.invoke({"raise": name})
    assert (reply.status, reply.died) == (502, True)
    assert reply.error is not None
    assert reply.error["errorType"] == "Runtime.ExitError"
    assert reply.error["errorMessage"].endswith(ending)
    assert process(odd) != before


def test_json_logs_survive_a_surrogate_up_to_python_3_11(lambda_runtime):
    def errors(env):
        runtime = lambda_runtime("odd.handler", cwd=FUNCTIONS, env={**env, "AWS_LAMBDA_LOG_FORMAT": "JSON"})
        return runtime.invoke({"raise": "surrogate"}).error["errorType"]

    assert errors(PYTHON_3_11) == "ValueError"
    assert errors(PYTHON_3_12) == "Runtime.ExitError"


def test_the_time_limit_kills_without_finally(odd):
    before = process(odd)
    reply = odd.invoke({"do": "oversleep"})
    assert (reply.status, reply.body) == (200, b"Task timed out after 3.00 seconds")
    assert (reply.error, reply.timed_out, reply.died) == (None, True, False)
    assert 3 <= reply.seconds < 4.5
    assert "asleep" in odd.logs
    assert "finally" not in odd.logs
    assert process(odd) != before


def test_a_failing_import_fails_every_call(lambda_runtime):
    runtime = lambda_runtime("broken.handler", cwd=FUNCTIONS)
    for _ in range(2):
        reply = runtime.invoke({})
        assert reply.died
        assert (reply.error["errorType"], reply.error["errorMessage"]) == ("RuntimeError", "broken at import")


# What lives on from one call to the next


def test_state_survives_a_call_and_is_lost_with_the_process(odd):
    odd.invoke({"raise": "exit 1"})
    assert [odd.invoke({"do": "remember"}).json() for _ in range(3)] == [0, 1, 2]
    odd.invoke({"raise": "exit 1"})
    assert odd.invoke({"do": "remember"}).json() == 0


def test_tasks_and_threads_outlive_the_call(odd):
    odd.invoke({"raise": "exit 1"})
    assert odd.invoke({"do": "leave task"}).json() == []
    assert odd.invoke({"do": "run kept loop"}).json() == ["task"]
    odd.invoke({"do": "leave thread"})
    time.sleep(0.2)
    assert odd.invoke({"do": "finished"}).json() == ["task", "thread"]


def test_asyncio_run_leaves_the_main_thread_without_a_loop(odd):
    odd.invoke({"raise": "exit 1"})
    message = odd.invoke({"do": "event loop after run"}).json()
    assert message == "There is no current event loop in thread 'MainThread'."


# What comes in


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (b"[1, 2]", [1, 2]),
        (b'"text"', "text"),
        (b"7", 7),
        (b"null", None),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'"\\ud800"', "\ud800"),
    ],
)
def test_an_event_is_any_json_value(odd, body, event):
    assert odd.invoke(body).json()["event"] == event


@pytest.mark.parametrize("body", [b'{"a": NaN}', b"", b"[1,", b"[" * 20_000 + b"]" * 20_000])
def test_what_is_not_json_never_reaches_the_handler(odd, body):
    before = odd.invoke({}).json()
    reply = odd.invoke(body)
    assert reply.error is not None
    assert reply.error["errorType"] == "Runtime.UnmarshalError"
    after = odd.invoke({}).json()
    assert (after["process"], after["calls"]) == (before["process"], before["calls"] + 1)


def test_an_event_is_sent_whole_or_not_at_all(odd):
    limit = 6 * 1024 * 1024
    assert len(odd.invoke(b'"' + b"x" * (limit - 1000) + b'"').json()["event"]) == limit - 1000
    with pytest.raises(ValueError, match="at most 6291456"):
        odd.invoke(b'"' + b"x" * limit + b'"')


# The harness


def test_the_environment_is_that_of_lambda(lambda_emulator, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of the host")
    monkeypatch.setenv("AWS_PROFILE", "of the host")
    monkeypatch.setenv("PYTHONPATH", "of the host")
    with LambdaRuntime(
        "odd.handler",
        cwd=FUNCTIONS,
        memory=512,
        timeout=7,
        path=[tmp_path],
        env={"STAGE": "test", "AWS_REGION": "eu-west-1"},
    ) as runtime:
        environment = runtime.invoke({"do": "environment"}).json()
        context = runtime.invoke({"do": "context"}).json()
    assert "of the host" not in environment.values()
    assert environment["AWS_ACCESS_KEY_ID"] == ""
    expected = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "7",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "eu-west-1",
        "PYTHONPATH": str(tmp_path),
        "STAGE": "test",
        "_HANDLER": "odd.handler",
        "cwd": str(FUNCTIONS.resolve()),
    }
    assert {name: environment[name] for name in expected} == expected
    assert environment["sys.path"][:2] == [str(FUNCTIONS.resolve()), str(tmp_path)]
    assert 6000 < context.pop("remaining") <= 7000
    assert context == {
        "function_name": "function",
        "function_version": "$LATEST",
        "memory_limit_in_mb": "512",
    }


def test_logs_hold_everything_printed_even_after_closing(lambda_emulator):
    with LambdaRuntime("odd.handler", cwd=FUNCTIONS) as runtime:
        runtime.invoke({"do": "say"})
        assert "odd is imported" in runtime.logs
        runtime.invoke({"raise": "ValueError"})
    for text in (
        "odd is imported",
        "to stdout",
        "to stderr",
        "é",
        "[ERROR] ValueError: no",
        "REPORT RequestId",
    ):
        assert text in runtime.logs
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.invoke({})


def test_threads_take_turns(odd):
    odd.invoke({"raise": "exit 1"})
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: odd.invoke({"n": n}).json(), range(200)))
    assert [answer["event"]["n"] for answer in answers] == list(range(200))
    assert sorted(answer["calls"] for answer in answers) == list(range(1, 201))
    assert len({answer["process"] for answer in answers}) == 1


def test_the_emulator_is_replaced_when_it_died_between_two_calls(lambda_emulator):
    with LambdaRuntime("odd.handler", cwd=FUNCTIONS) as runtime:
        before = process(runtime)
        function, parent = runtime.invoke({"do": "pids"}).json()
        os.kill(parent, signal.SIGKILL)
        time.sleep(0.05)
        assert process(runtime) != before
        assert ended(function)


def test_an_emulator_that_breaks_down_during_a_call_fails_that_call_only(lambda_emulator):
    with LambdaRuntime("odd.handler", cwd=FUNCTIONS) as runtime:
        before = process(runtime)
        with pytest.raises(EmulatorUnavailable, match="broke down during the call"):
            runtime.invoke({"do": "kill the emulator"})
        assert process(runtime) != before


def test_a_call_that_is_given_up_does_not_harm_the_next_one(lambda_emulator, monkeypatch):
    monkeypatch.setattr(runtime_module, "ANSWER_GRACE_SECONDS", -0.9)
    with LambdaRuntime("odd.handler", cwd=FUNCTIONS, timeout=1) as runtime:
        with pytest.raises(EmulatorUnavailable, match="timed out"):
            runtime.invoke({"do": "sleep 2"})
        monkeypatch.undo()
        assert runtime.invoke({}).json()["calls"] == 1


def test_closing_leaves_no_process_thread_or_file_behind(lambda_emulator):
    files, threads = set(os.listdir("/proc/self/fd")), threading.active_count()
    runtime = LambdaRuntime("odd.handler", cwd=FUNCTIONS)
    pids = runtime.invoke({"do": "pids"}).json()
    pids += runtime.invoke({"do": "leave processes"}).json()
    assert len(pids) == 4
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    runtime.close()
    assert all(ended(pid) for pid in pids)
    assert set(os.listdir("/proc/self/fd")) <= files
    assert threading.active_count() == threads


@pytest.mark.parametrize("end", ["pass", "sys.exit(3)", "os.abort()", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_the_end_of_the_interpreter_ends_the_runtime(lambda_emulator, end):
    program = f"""
        import json, os, signal, sys
        from lambda_router.testing.runtime import LambdaRuntime
        runtime = LambdaRuntime("odd.handler", cwd={str(FUNCTIONS)!r})
        print(json.dumps(runtime.invoke({{"do": "pids"}}).json()), flush=True)
        {end}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, check=False, timeout=20
    )
    pids = json.loads(done.stdout)
    assert len(pids) == 2
    assert all(ended(pid) for pid in pids)


def test_many_runtimes_at_once_do_not_clash(lambda_emulator):
    def answer(n):
        with LambdaRuntime("odd.handler", cwd=FUNCTIONS) as runtime:
            return runtime.invoke(n).json()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(answer, range(12)))
    assert [answer["event"] for answer in answers] == list(range(12))
    assert len({answer["process"] for answer in answers}) == 12


@pytest.mark.parametrize("timeout", [0, 901])
def test_a_time_limit_that_lambda_does_not_have_is_refused(timeout):
    with pytest.raises(ValueError, match="1 to 900"):
        LambdaRuntime("odd.handler", cwd=FUNCTIONS, timeout=timeout)


def test_what_is_missing_is_named(lambda_emulator, monkeypatch, tmp_path):
    with pytest.raises(EmulatorUnavailable, match=r"no directory .*absent"):
        LambdaRuntime("odd.handler", cwd=tmp_path / "absent")
    with pytest.raises(EmulatorUnavailable, match="no Python interpreter 'no-such-python'"):
        LambdaRuntime("odd.handler", cwd=FUNCTIONS, python="no-such-python")

    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(EmulatorUnavailable, match="lacks awslambdaric and runtime_client and simplejson"):
        LambdaRuntime("odd.handler", cwd=FUNCTIONS, python=str(bare))

    monkeypatch.setenv("LAMBDA_ROUTER_RIE", str(tmp_path / "absent"))
    with pytest.raises(EmulatorUnavailable, match=r"LAMBDA_ROUTER_RIE names .*absent"):
        LambdaRuntime("odd.handler", cwd=FUNCTIONS)


def test_the_emulator_is_looked_for_in_the_variable_the_directory_and_the_cache(
    lambda_emulator, monkeypatch, tmp_path
):
    monkeypatch.delenv("LAMBDA_ROUTER_RIE", raising=False)
    kept = tmp_path / "cache" / "lambda-event-router" / lambda_emulator.name
    kept.parent.mkdir(parents=True)
    kept.symlink_to(lambda_emulator)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert emulator() == kept
    assert emulator(kept.parent) == kept

    monkeypatch.setenv("LAMBDA_ROUTER_RIE", str(kept))
    assert emulator(tmp_path) == lambda_emulator.resolve()


def test_the_emulator_is_fetched_with_pip_by_several_callers_at_once(lambda_emulator, monkeypatch, tmp_path):
    monkeypatch.delenv("LAMBDA_ROUTER_RIE", raising=False)
    name = BINARIES[platform.machine()]
    packages, cache = tmp_path / "packages", tmp_path / "cache"
    packages.mkdir()
    with zipfile.ZipFile(packages / "aws_sam_cli-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"samcli/local/rapid/{name}", "#!/bin/sh\necho fetched\n")
        metadata = "Metadata-Version: 2.1\nName: aws-sam-cli\nVersion: 1.0\n"
        wheel.writestr("aws_sam_cli-1.0.dist-info/METADATA", metadata)
        wheel.writestr("aws_sam_cli-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("aws_sam_cli-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    with ThreadPoolExecutor(3) as threads:
        found = set(threads.map(emulator, [cache] * 3))
    assert found == {cache / name}
    assert list(cache.iterdir()) == [cache / name]
    assert subprocess.run([cache / name], capture_output=True, check=True).stdout == b"fetched\n"


def test_an_emulator_that_cannot_be_fetched_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("LAMBDA_ROUTER_RIE", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(EmulatorUnavailable, match=r"aws-sam-cli.*\n.*set LAMBDA_ROUTER_RIE"):
        emulator(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_reply_tells_a_failure_by_its_shape():
    raised = Reply(200, b'{"errorMessage": "m", "errorType": "T", "requestId": "r", "stackTrace": []}', 0.1)
    assert raised.error == raised.json()
    assert Reply(200, b'{"errorMessage": "m", "errorType": "T"}', 0.1).error is None
    assert Reply(502, b'{"errorMessage": "m", "errorType": "T"}', 0.1).error is not None
    assert Reply(502, b"", 0.1).died
    assert Reply(200, b"[" * 100_000, 0.1).error is None
    assert not Reply(200, b'"Task timed out after 3.00 seconds"', 0.1).timed_out
    assert len(repr(Reply(200, b"x" * 1_000_000, 0.1))) < 500
