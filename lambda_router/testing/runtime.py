"""The real Lambda runtime on this machine: AWS's runtime client under AWS's emulator, without Docker.

    with LambdaRuntime("app.app", cwd="src") as runtime:
        reply = runtime.invoke({"Records": []})
        assert reply.error is None, runtime.logs

`awslambdaric` is the client that AWS's Python images run; the Runtime Interface Emulator (RIE) is the static
binary that feeds it. Both are genuine, so what they do with an odd result, an exception or a time-out is what
Lambda does, with these differences: the emulator's time limit covers the init phase too, memory is not
limited, nothing is frozen between two invocations, and a function error carries no `X-Amz-Function-Error`
header. They run on Linux, x86_64 or arm64.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

__all__ = ["EmulatorUnavailable", "LambdaRuntime", "Reply", "emulator"]

BINARY_VARIABLE = "LAMBDA_ROUTER_RIE"
BINARIES = {
    "x86_64": "aws-lambda-rie-x86_64",
    "aarch64": "aws-lambda-rie-arm64",
    "arm64": "aws-lambda-rie-arm64",
}

# The quota of a synchronous invocation. Lambda refuses a larger event with 413, the emulator cuts it short.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
EVENT_LIMIT = 6 * 1024 * 1024

INVOCATIONS = "/2015-03-31/functions/function/invocations"
TIMED_OUT = re.compile(rb"Task timed out after \d+\.\d\d seconds")
START_SECONDS = 10.0
STOP_SECONDS = 2.0
ANSWER_GRACE_SECONDS = 10.0
PIP_SECONDS = 90.0


class EmulatorUnavailable(RuntimeError):  # noqa: N818 - a state of the machine, not only a fault
    """The runtime or its emulator is not to be had, or broke down; the text says what to do."""


@dataclass(frozen=True, repr=False)
class Reply:
    """The answer to one invocation: HTTP `status`, `body` in bytes and the `seconds` that it took."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body as a JSON value; ValueError if it is not strict JSON, as `NaN` is not."""
        return json.loads(self.body, parse_constant=_refuse)

    @property
    def error(self) -> dict[str, Any] | None:
        """The error document (`errorMessage`, `errorType`, ...) of a failed call, or None.

        The emulator has no header for it, so the document's shape decides: a handler that returns these very
        keys with a `stackTrace` cannot be told from one that raised.
        """
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict):
            return None
        keys = {"errorMessage", "errorType"} if self.died else {"errorMessage", "errorType", "stackTrace"}
        return cast("dict[str, Any]", document) if keys <= document.keys() else None

    @property
    def timed_out(self) -> bool:
        """Whether the function was killed at its time limit: the status is 200 and the body plain text."""
        return TIMED_OUT.fullmatch(self.body) is not None

    @property
    def died(self) -> bool:
        """Whether the process ended or never came up (status 502), so that the next call is a cold start."""
        return self.status == 502

    def __repr__(self) -> str:
        shown = self.body if len(self.body) <= 300 else self.body[:300] + b"..."
        return f"Reply({self.status}, {shown!r}, {len(self.body)} bytes, {self.seconds:.3f} s)"


class LambdaRuntime:
    """The real Lambda runtime client under the real Runtime Interface Emulator, on 127.0.0.1.

    `handler` is Lambda's handler setting (`"app.app"`), found in `cwd`, which stands for /var/task; `path`
    goes to PYTHONPATH, as layers do; `timeout` is in seconds (1 to 900), `memory` in MB (told to the
    function, not enforced); `python` is the interpreter, which needs awslambdaric. The function's environment
    is Lambda's with `env` on top: of the caller's own variables, credentials and AWS configuration it gets
    nothing.

    The first `invoke` is the cold start. When the process dies or is killed at the time limit, the emulator
    starts a new one for the next call. An emulator that has itself died since the last call is replaced
    unseen, which looks like a cold start. One that breaks down during a call fails that call with
    `EmulatorUnavailable` (the event may have been handled or not, so it is not sent again) and is replaced
    for the next one.

    It may be used from several threads: calls wait for one another, because two at once crash the emulator.
    `close`, the end of the `with` block, the exit of the interpreter and even its violent death stop every
    process. Raises `EmulatorUnavailable` if the emulator, awslambdaric or `cwd` is missing, ValueError for a
    wrong `timeout`.
    """

    def __init__(
        self,
        handler: str,
        *,
        cwd: Path | str,
        timeout: int = 3,
        env: Mapping[str, str] | None = None,
        memory: int = 128,
        python: str = sys.executable,
        path: Sequence[str | Path] = (),
    ) -> None:
        if not 1 <= timeout <= 900:
            raise ValueError(f"a Lambda function's timeout is 1 to 900 seconds, not {timeout!r}")
        self._timeout = timeout
        self._cwd = Path(cwd).resolve()
        self._binary = emulator()
        layers = os.pathsep.join(os.path.abspath(entry) for entry in path)
        interpreter, version = _interpreter(python, cwd=str(self._cwd), path=layers)
        self._environment = {
            **_environment(cwd=str(self._cwd), timeout=timeout, memory=memory),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
            **({"PYTHONPATH": layers} if layers else {}),
            **(env or {}),
        }
        self._command = (interpreter, "-m", "awslambdaric", handler)
        self._lock = threading.Lock()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the runtime
        self._printed: str | None = None
        self._emulator: _Emulator | None = None
        try:
            self._emulator = self._start()
        except BaseException:
            self._output.close()
            raise

    def invoke(self, event: object) -> Reply:
        """Send one event, JSON-encoded unless it is bytes already, and wait for the answer.

        Raises ValueError for an event over 6 MiB, which Lambda would refuse, `EmulatorUnavailable` if the
        emulator breaks down meanwhile, and RuntimeError once closed.
        """
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        if len(body) > EVENT_LIMIT:
            raise ValueError(f"an event of {len(body)} bytes: Lambda takes at most {EVENT_LIMIT}")
        with self._lock:
            return self._post(body)

    @property
    def logs(self) -> str:
        """Everything printed so far by the function, the runtime client and the emulator."""
        return _text(self._output) if self._printed is None else self._printed

    def close(self) -> None:
        """Stop every process and release the ports; `logs` stays readable. Closing again does nothing."""
        with self._lock:
            if self._printed is None:
                self._discard()
                self._printed = _text(self._output)
                self._output.close()

    def __enter__(self) -> LambdaRuntime:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _post(self, body: bytes) -> Reply:
        # A request that is given up halfway leaves the emulator in a state in which the next one crashes it.
        running = self._running()
        try:
            return running.post(body, patience=self._timeout + ANSWER_GRACE_SECONDS)
        except (OSError, http.client.HTTPException) as error:
            self._discard()
            raise EmulatorUnavailable(
                f"the emulator broke down during the call ({error!r}); the next call starts a new one.\n"
                + _tail(self.logs)
            ) from error
        except BaseException:
            self._discard()
            raise

    def _running(self) -> _Emulator:
        if self._printed is not None:
            raise RuntimeError("this LambdaRuntime is closed")
        if self._emulator is not None and not self._emulator.alive():
            self._discard()
        if self._emulator is None:
            self._emulator = self._start()
        return self._emulator

    def _start(self) -> _Emulator:
        return _Emulator(
            self._binary, self._command, cwd=self._cwd, env=self._environment, output=self._output
        )

    def _discard(self) -> None:
        running, self._emulator = self._emulator, None
        if running is not None:
            running.stop()


class _Emulator:
    """One running emulator with the ports that it owns and all processes that come of it."""

    def __init__(
        self, binary: Path, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], output: IO[bytes]
    ) -> None:
        held = contextlib.ExitStack()
        self.stop = weakref.finalize(self, _release, held, os.getpid())
        try:
            self.port, runtime_api = _held_port(held), _held_port(held)
            addresses = (
                *("--runtime-interface-emulator-address", f"127.0.0.1:{self.port}"),
                *("--runtime-api-address", f"127.0.0.1:{runtime_api}"),
            )
            self._process = subprocess.Popen(
                [binary, *addresses, *command],
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            held.callback(_end, self._process)
            _watch(self._process.pid, held)
            self._wait(output)
        except OSError as error:
            self.stop()
            raise EmulatorUnavailable(f"the emulator {binary} cannot be started in {cwd}: {error}") from error
        except BaseException:
            self.stop()
            raise

    def alive(self) -> bool:
        return self._process.poll() is None

    def post(self, body: bytes, *, patience: float) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        begun = time.perf_counter()
        try:
            connection.request("POST", INVOCATIONS, body)
            response = connection.getresponse()
            answer = response.read()
            return Reply(response.status, answer, time.perf_counter() - begun)
        finally:
            connection.close()

    def _wait(self, output: IO[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.alive() and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.002)
        ending = self._process.poll()
        raise EmulatorUnavailable(
            f"the emulator did not listen within {START_SECONDS:g} s"
            if ending is None
            else f"the emulator ended with status {ending} before it listened\n{_tail(_text(output))}"
        )


def emulator(directory: Path | str | None = None) -> Path:
    """The emulator's executable: `$LAMBDA_ROUTER_RIE`, else that in `directory`, by default the user's cache.

    If the directory has none, it is taken out of the aws-sam-cli package, which pip downloads (8 MB) but does
    not install. Several processes may do so at once. Raises `EmulatorUnavailable`.
    """
    if chosen := os.environ.get(BINARY_VARIABLE):
        return _executable(Path(chosen))
    name = BINARIES.get(platform.machine()) if sys.platform == "linux" else None
    if name is None:
        raise EmulatorUnavailable(
            "AWS builds the Lambda Runtime Interface Emulator for Linux on x86_64 and arm64, "
            f"not for {sys.platform} on {platform.machine()}"
        )
    target = (_cache() if directory is None else Path(directory)).resolve() / name
    if not os.access(target, os.X_OK):
        _fetch(target)
    return target


def _executable(binary: Path) -> Path:
    if binary.is_file() and os.access(binary, os.X_OK):
        return binary.resolve()
    raise EmulatorUnavailable(f"{BINARY_VARIABLE} names {binary}, which is not an executable file")


def _cache() -> Path:
    configured = os.environ.get("XDG_CACHE_HOME", "")
    # A relative path is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
    root = Path(configured) if os.path.isabs(configured) else Path.home() / ".cache"
    return root / "lambda-event-router"


def _fetch(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=target.parent) as scratch:
            unpacked = Path(scratch, target.name)
            with zipfile.ZipFile(_download(Path(scratch))) as wheel:
                unpacked.write_bytes(wheel.read(f"samcli/local/rapid/{target.name}"))
            unpacked.chmod(0o755)
            # Renaming is atomic, so that nobody runs half a file, and the last of several callers wins.
            unpacked.replace(target)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise _not_fetched(target.parent, str(error)) from error


def _download(scratch: Path) -> Path:
    command = (sys.executable, "-m", "pip", "download", "--dest", str(scratch), "--no-deps")
    options = ("--only-binary=:all:", "--quiet", "--disable-pip-version-check", "--no-input", "--retries=1")
    try:
        done = subprocess.run(
            [*command, *options, "aws-sam-cli"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PIP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _not_fetched(scratch.parent, f"pip took more than {PIP_SECONDS:g} s") from error
    wheel = next(scratch.glob("aws_sam_cli-*.whl"), None)
    if done.returncode or wheel is None:
        raise _not_fetched(scratch.parent, _tail(done.stderr, lines=3))
    return wheel


def _not_fetched(directory: Path, reason: str) -> EmulatorUnavailable:
    return EmulatorUnavailable(
        f"the Lambda Runtime Interface Emulator is not in {directory} "
        f"and could not be fetched with pip from the aws-sam-cli package: {reason}\n"
        f"Give pip access to a package index, or set {BINARY_VARIABLE} to an aws-lambda-rie executable."
    )


_PROBE = """
import importlib.util as u, sys
missing = [m for m in ("awslambdaric", "runtime_client", "simplejson") if u.find_spec(m) is None]
print("%d.%d" % sys.version_info[:2], *missing)
"""


@functools.cache
def _interpreter(python: str, *, cwd: str, path: str) -> tuple[str, str]:
    """The interpreter's absolute path and its version, as "3.11", if it has the runtime client."""
    found = shutil.which(python)
    if found is None:
        raise EmulatorUnavailable(f"there is no Python interpreter {python!r}")
    executable = os.path.abspath(found)  # a relative one is the caller's, not the function's
    if not os.path.isdir(cwd):
        raise EmulatorUnavailable(f"there is no directory {cwd} to find the handler in")
    probe = subprocess.run(
        [executable, "-c", _PROBE],
        cwd=cwd,
        env={"PATH": os.defpath, "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    version, *missing = probe.stdout.split() or ("", "a working interpreter")
    if missing:
        raise EmulatorUnavailable(
            f"{python} lacks {' and '.join(missing)}: run `{python} -m pip install awslambdaric simplejson`"
            + (f"\n{_tail(probe.stderr, lines=3)}" if probe.stderr else "")
        )
    return executable, version


def _environment(*, cwd: str, timeout: int, memory: int) -> dict[str, str]:
    # The variables that Lambda defines, with its values where they do not depend on the account:
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    lambda_defined = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": cwd,
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
        "TZ": ":UTC",
    }
    # Without them botocore would find the host's credentials, in the home directory or from the network.
    shut_out = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    # /var/task is read-only in Lambda, so that no byte code is written there.
    return {**lambda_defined, **shut_out, "PYTHONDONTWRITEBYTECODE": "1"}


def _held_port(held: contextlib.ExitStack) -> int:
    """A free port of 127.0.0.1, kept for the emulator: nobody else is given it as long as `held` is open.

    Linux lets a second socket listen where the first is merely bound, if both allow reuse, as Go's listeners
    do. The option is set after the port was chosen: before, the kernel might choose one that is held in the
    same way.
    """
    port = held.enter_context(socket.socket())
    port.bind(("127.0.0.1", 0))
    port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return cast("tuple[str, int]", port.getsockname())[1]


def _watch(pid: int, held: contextlib.ExitStack) -> None:
    """Have a shell end process `pid` when this interpreter is gone, however it went: its input closes."""
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; kill -TERM "$0"', str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # It goes before the emulator: once that has been waited for, its number may belong to another process.
    held.callback(watcher.communicate)
    held.callback(watcher.kill)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in _session(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _release(held: contextlib.ExitStack, owner: int) -> None:
    if os.getpid() == owner:  # else a fork of the interpreter ends, and the emulator is not its own
        held.close()


def _session(leader: int) -> Iterator[int]:
    """The processes of the session that `leader` began.

    The emulator puts the runtime into a process group of its own, and what the function starts may be in yet
    another, but all of them are in its session.
    """
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat = (process / "stat").read_text()
            # The program's name stands in parentheses and may hold anything: see proc_pid_stat(5).
            if int(stat.rpartition(")")[2].split()[3]) == leader:
                yield int(process.name)


def _text(output: IO[bytes]) -> str:
    # pread leaves the offset alone, which this file shares with the processes that write to it.
    return os.pread(output.fileno(), os.fstat(output.fileno()).st_size, 0).decode(errors="replace")


def _tail(text: str, *, lines: int = 15) -> str:
    return "\n".join(text.splitlines()[-lines:])


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
