"""A local AWS on 127.0.0.1, without Docker: `ministack` in an environment of its own.

    with LocalAws() as aws:
        aws.client("sqs").create_queue(QueueName="orders")

ministack runs Zip functions with their layers in local processes and has real event source mappings,
notifications and rules. It is an emulator: where it and AWS's documents differ, the documents win. It pins
its own botocore, so it is installed into `.cache/` and not beside this project; its interpreter is the
functions' too, whatever runtime they name. This process needs only boto3. Layers hold Linux's libraries, so
that it is of use on Linux only.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import venv
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

__all__ = ["ARCH", "PYTHON", "Answer", "LocalAws", "LocalAwsUnavailable", "environment"]

# The emulator's exact version: what it cannot do is worked around. boto3 is there because Lambda has it.
REQUIREMENTS = ("ministack==1.5.33", "boto3")
SERVER = Path(__file__).with_name("server.py")
CACHE = Path(__file__).resolve().parents[2] / ".cache"
REGION = "us-east-1"

# The Python and the architecture, in Lambda's words, of every function that runs here.
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
ARCH = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())

START_SECONDS = 30.0
STOP_SECONDS = 1.0  # it keeps nothing that would be worth a longer wait


class LocalAwsUnavailable(RuntimeError):
    """The local AWS cannot be installed or started; the text says what to do."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: `status`, `headers` with lower-case names, `body` in bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as a JSON value."""
        return json.loads(self.body)


class LocalAws:
    """A running local AWS; `with` starts and stops it. It keeps nothing: each one begins empty.

    It listens on a free port of 127.0.0.1 and writes only to a temporary directory. The end of the block, of
    this process, and even its violent death end every process of it. Raises LocalAwsUnavailable.
    """

    def __init__(self, *, say: Callable[[str], None] = lambda text: print(text, file=sys.stderr)) -> None:
        self.python = environment(say)
        self._clients: dict[str, Any] = {}
        self._server: _Server | None = None
        self._printed = ""

    def __enter__(self) -> LocalAws:
        self._server = _Server(self.python)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop every process and remove the data; `logs` stays readable. Closing again does nothing."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        running, self._server = self._server, None
        if running is not None:
            self._printed = running.logs()
            running.stop()

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        return f"http://127.0.0.1:{self._running.port}"

    @property
    def logs(self) -> str:
        """What the local AWS itself has printed."""
        return self._server.logs() if self._server else self._printed

    def client(self, service: str) -> Any:
        """The boto3 client of a service: one for each, made at first use."""
        if service not in self._clients:
            self._clients[service] = self._client(service)
        return self._clients[service]

    def _client(self, service: str) -> Any:
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise LocalAwsUnavailable(f"boto3 is missing: {sys.executable} -m pip install boto3") from None
        session = boto3.session.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION
        )
        # The bucket would otherwise be a part of the host's name, which 127.0.0.1 cannot have.
        client = session.client(
            service,
            endpoint_url=self.url,
            config=Config(s3={"addressing_style": "path"}),
        )
        client.meta.events.register("before-sign", self._readdress)
        return client

    def _readdress(self, request: Any, **details: Any) -> None:
        """Send a request to 127.0.0.1 itself where a service has put the account or the like before the host's name."""
        request.url = "/".join([self.url, *request.url.split("/", 3)[3:]])

    def request(
        self,
        host: str,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        """Send an HTTP request to a host that the local AWS serves: an HTTP API's or a function URL's."""
        connection = http.client.HTTPConnection("127.0.0.1", self._running.port, timeout=60)
        try:
            connection.request(method, path, body, {**headers, "Host": host})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    @property
    def _running(self) -> _Server:
        if self._server is None:
            raise RuntimeError("this LocalAws is not running: use it in a with block")
        return self._server


class _Server:
    """One ministack with its port, its directory and all processes that come of it."""

    def __init__(self, python: Path) -> None:
        held = contextlib.ExitStack()
        self.stop = weakref.finalize(self, _release, held, os.getpid())
        try:
            self.directory = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="local-aws-")))
            self._output = held.enter_context((self.directory / "log").open("w+b"))
            with _free_port() as self.port:
                self._process = _start(python, self.port, self.directory, self._output)
                held.callback(_end, self._process)
                _watch(self._process.pid, self.directory, held)
                self._wait()
        except BaseException:
            self.stop()
            raise

    def logs(self) -> str:
        # pread leaves the offset alone, which this file shares with the process that writes to it.
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode(errors="replace")

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if _is_ready(self.port):
                return
            time.sleep(0.02)
        last = "\n".join(self.logs().splitlines()[-15:])
        raise LocalAwsUnavailable(f"the local AWS was not ready within {START_SECONDS:g} s\n{last}")


def _start(python: Path, port: int, directory: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
    variables = {
        "PATH": os.defpath,
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "LANG": "C.UTF-8",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # It would listen on other ports too, and clear away containers of the machine's Docker.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{directory}/no-docker",
        "S3_DATA_DIR": str(directory / "s3"),
        "STATE_DIR": str(directory / "state"),
        # The functions inherit these: nothing is to be found in the caller's own configuration.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.Popen(
        [python, "-P", SERVER],  # -P: the modules beside it are not the server's
        cwd=directory,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for this process, which then stops the other
    )


@contextlib.contextmanager
def _free_port() -> Iterator[int]:
    """A free port, kept meanwhile: a server that allows reuse may listen on it, but nobody is given it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield holder.getsockname()[1]


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_ministack/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _watch(pid: int, directory: Path, held: contextlib.ExitStack) -> None:
    """Have a shell end the group of `pid` once this interpreter is gone, however it went: its input closes."""
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; kill -KILL -"$0"; rm -rf "$1"', str(pid), str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # It goes before the server: once that has been waited for, its number may belong to another process.
    held.callback(watcher.communicate)
    held.callback(watcher.kill)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and the functions' processes, which are in its process group."""
    if process.returncode is not None:  # it has ended by itself, and been collected
        return
    process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    options = os.WEXITED | os.WNOWAIT | os.WNOHANG  # not collected, so that the group's number stays its own
    while time.monotonic() < deadline and os.waitid(os.P_PID, process.pid, options) is None:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _release(held: contextlib.ExitStack, owner: int) -> None:
    if os.getpid() == owner:  # else a fork of the interpreter ends, and the server is not its own
        held.close()


# -- the environment ----------------------------------------------------------------------------------------


def environment(say: Callable[[str], None] = lambda text: None, *, cache: Path = CACHE) -> Path:
    """The interpreter of an environment that has ministack, installed into `cache` at the first call.

    Several processes may call at once. `say` gets one line if there is something to wait for. Raises
    LocalAwsUnavailable.
    """
    if sys.platform != "linux":
        raise LocalAwsUnavailable(
            f"the local AWS runs layers, which hold Linux's libraries: not on {sys.platform}"
        )
    directory = cache / f"local-aws-{PYTHON}"
    python, stamp = directory / "bin" / "python", directory / "ready"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{directory.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (os.access(python, os.X_OK) and stamp.is_file() and stamp.read_text() == repr(REQUIREMENTS)):
            say(f"Installing {' and '.join(REQUIREMENTS)} into {directory} (once)")
            _install(directory)
            stamp.write_text(repr(REQUIREMENTS))
    return python


def _install(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    venv.create(directory, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", str(directory / "bin" / "python"), "install")
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--only-binary=:all:")
    done = subprocess.run(
        (*pip, *options, *REQUIREMENTS), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-3:])
        raise LocalAwsUnavailable(f"pip cannot install the local AWS:\n{last}")
