"""EFS: a mount is looked at when it is used, in good time, and what is wrong with it is told clearly."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest

from lambda_router import ConfigurationError, MountError, Router, efs
from lambda_router.testing import Client, event

MEMORY = Path("/dev/shm")
"""A file system that every Linux has mounted, and that can be written to."""

needs_a_mount = pytest.mark.skipif(not os.path.ismount(MEMORY), reason="no /dev/shm is mounted here")


def looked(path: Any, **options: Any) -> Path:
    """What a handler that asks for the path gets; what it fails with is raised."""
    app = Router()

    @app.invoke()
    def handler(data: Annotated[Path, app.efs(path, **options)]) -> str:
        found.append(data)
        return str(data)

    found: list[Path] = []
    assert app({"a": 1}) == str(path)
    assert isinstance(found[0], Path)
    return found[0]


def fault(path: Any, **options: Any) -> MountError:
    """The error that a handler that asks for the path never sees."""
    with pytest.raises(MountError) as raised:
        looked(path, **options)
    assert raised.value.path == str(path)
    return raised.value


@pytest.fixture
def mounts_below(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Have file systems be mounted below another directory than /mnt, where a test cannot mount any."""
    return lambda directory: monkeypatch.setattr(efs, "_MOUNTS", f"{directory}/")


# -- what is there -------------------------------------------------------------------------------------------


def test_a_directory_elsewhere_is_given(tmp_path: Path) -> None:
    assert looked(tmp_path) == tmp_path
    (looked(tmp_path) / "a").write_text("1")


@needs_a_mount
def test_a_mount_is_given(mounts_below: Callable[[Path], None]) -> None:
    mounts_below(MEMORY.parent)
    assert looked(MEMORY) == MEMORY


@needs_a_mount
def test_a_directory_in_a_mount_is_given(mounts_below: Callable[[Path], None], tmp_path_factory: Any) -> None:
    mounts_below(MEMORY.parent)
    inside = MEMORY / f"lambda_router-{os.getpid()}"
    inside.mkdir()
    try:
        assert looked(inside) == inside
    finally:
        inside.rmdir()
    error = fault(inside)
    assert error.reason == "absent"
    assert f"{MEMORY} is mounted" in str(error)


# -- what is not ---------------------------------------------------------------------------------------------


def test_nothing_is_looked_at_before_the_first_event() -> None:
    app = Router()

    @app.get("/{name}")
    def read(name: str, data: Annotated[Path, app.efs("/mnt/not-there")]) -> str:
        return name

    @app.get("/")
    def index() -> str:
        return "up"

    client = Client(app)
    assert client.get("/").status == 200
    assert client.get("/a").status == 500


def test_an_absent_mount_is_told(caplog: pytest.LogCaptureFixture) -> None:
    error = fault("/mnt/nowhere")
    assert error.reason == "absent"
    assert str(error) == (
        "/mnt/nowhere is not there: the function has no file system with the local mount path /mnt/nowhere"
    )
    assert str(error) in caplog.messages


def test_a_directory_that_is_no_mount_is_told(mounts_below: Callable[[Path], None], tmp_path: Path) -> None:
    mounts_below(tmp_path)
    (tmp_path / "data").mkdir()
    error = fault(tmp_path / "data")
    assert error.reason == "absent"
    assert "nothing is mounted there" in str(error)


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert str(fault(tmp_path / "file")).endswith("is no directory")
    assert fault(tmp_path / "file" / "below").reason == "absent"
    assert fault(tmp_path / "nowhere").reason == "absent"


def test_a_mount_that_is_read_only_is_told_unless_it_is_only_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = os.statvfs(tmp_path)
    flags = os.statvfs_result((*real[:8], os.ST_RDONLY, *real[9:]))
    monkeypatch.setattr(os, "statvfs", lambda path: flags)
    error = fault(tmp_path)
    assert error.reason == "read-only"
    assert "write=False" in str(error)
    assert looked(tmp_path, write=False) == tmp_path


def test_a_directory_that_its_user_may_not_write_to_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(os, "access", lambda path, mode: asked.append(mode))  # root may do everything
    assert fault(tmp_path).reason == "read-only"
    assert looked(tmp_path, write=False) == tmp_path
    assert asked == [os.W_OK | os.X_OK]


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO, errno.ENOTCONN, errno.EACCES])
@pytest.mark.parametrize("call", ["stat", "statvfs"])
def test_a_stale_mount_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, call: str, number: int
) -> None:
    real = getattr(os, call)

    def stale(path: Any, *arguments: Any, **options: Any) -> Any:
        if os.fspath(path) == str(tmp_path):
            raise OSError(number, os.strerror(number), path)
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, call, stale)
    error = fault(tmp_path)
    assert error.reason == ("denied" if number == errno.EACCES else "stale")
    assert number == errno.EACCES or errno.errorcode[number] in str(error)


class Hanging:
    """An `os.statvfs` that does not come back before it is let go."""

    def __init__(self, path: Path) -> None:
        self.path, self.real = str(path), os.statvfs
        self.go = threading.Event()
        self.calls = 0

    def __call__(self, path: Any) -> Any:
        if os.fspath(path) == self.path:
            self.calls += 1
            self.go.wait(10)
        return self.real(path)


def test_a_mount_that_does_not_answer_is_told_in_good_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hanging = Hanging(tmp_path)
    monkeypatch.setattr(os, "statvfs", hanging)
    app = Router()

    @app.sqs("orders")
    def on_order(data: Annotated[Path, app.efs(tmp_path, timeout=0.1)]) -> None: ...

    began = time.monotonic()
    out = Client(app).sqs("orders", list(range(20)))
    assert len(out.failed) == 20
    assert time.monotonic() - began < 1.5
    assert hanging.calls == 1  # nobody has another look beside one that hangs
    assert len([t for t in threading.enumerate() if t.name == "lambda_router-efs"]) == 1

    hanging.go.set()
    for _ in range(100):
        if not Client(app).sqs("orders", [1]).failed:
            break
        time.sleep(0.01)
    assert Client(app).sqs("orders", [1, 2]).failed == []


def test_a_fault_is_logged_once_and_again_when_it_comes_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = Router()
    path = tmp_path / "data"

    @app.sqs("orders")
    def on_order(data: Annotated[Path, app.efs(path)]) -> None: ...

    client = Client(app)
    for there in (False, False, True, False):
        if there:
            path.mkdir()
        client.sqs("orders", [1, 2])
        if there:
            path.rmdir()
    assert len([m for m in caplog.messages if m.endswith("is not there")]) == 2


# -- as a dependency -----------------------------------------------------------------------------------------


def test_it_is_looked_at_once_in_an_invocation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = Router()
    looks: list[str] = []
    real = efs.problem
    monkeypatch.setattr(efs, "problem", lambda path, **o: (looks.append(path), real(path, **o))[1])

    @app.sqs("orders")
    def on_order(data: Annotated[Path, app.efs(tmp_path)], also: Annotated[Path, app.efs(tmp_path)]) -> None:
        assert data == also

    for _ in range(2):
        assert app(event("sqs", bodies=[1, 2, 3])) is None
    assert looks == [str(tmp_path)] * 2


def test_it_is_given_to_asynchronous_handlers_and_as_a_default(tmp_path: Path) -> None:
    app = Router()
    found: list[Path] = []
    data = app.efs(tmp_path)

    @app.sqs("orders", concurrency=3)
    async def on_order(body: int, folder: Path = data) -> None:
        found.append(folder)

    app(event("sqs", bodies=[1, 2, 3]))
    assert found == [tmp_path] * 3


def test_a_test_puts_another_directory_in_its_place(tmp_path: Path) -> None:
    app = Router()

    @app.invoke()
    def handler(data: Annotated[Path, app.efs("/mnt/data")]) -> str:
        return str(data)

    app.overrides[app.efs("/mnt/data")] = lambda: tmp_path
    assert app({"a": 1}) == str(tmp_path)


def test_mounts_are_equal_by_their_path_and_use() -> None:
    app = Router()
    assert app.efs("/mnt/data") == app.efs("/mnt/data/") == app.efs(Path("/mnt/data"))
    assert len({app.efs("/mnt/data", **o) for o in ({}, {"write": False}, {"timeout": 1.0})}) == 3
    assert app.efs("/mnt/data") != app.efs("/mnt/other")
    assert app.efs("/mnt/data") != "/mnt/data"
    assert repr(app.efs("/mnt/data", write=False)) == "app.efs('/mnt/data', write=False)"


@pytest.mark.parametrize(
    "path", ["data", "", "/mnt", "/mnt/", "/mnt/a b", "/mnt/../etc", "/a\0b", None, 7, b"/mnt/a"]
)
def test_a_path_that_cannot_be_right_is_refused_at_import(path: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^efs takes "):
        Router().efs(path)


def test_the_example_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "examples.efs"],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "with it: ['june', 'may']" in done.stdout
