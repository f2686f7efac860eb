"""A directory with an app to look at, and the program on it: in this process, and as its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lambda_router.cli import main

SHOP = '''
"""A shop."""

from lambda_router import HTTPError, Reject, Router

print("the shop opens")
app = Router()


@app.get("/orders/{order_id}", name="read_order")
def read(order_id: int) -> dict:
    """Read an order."""
    if order_id == 0:
        raise HTTPError(404, "no such order")
    print("reading")
    return {"id": 10 // (order_id - 1)}


@app.sqs("orders", partial=True)
def on_order(body: dict) -> None:
    print(body["id"])


app.sqs("noise").drop()


@app.s3("uploads", key="images/*.jpg", event="ObjectCreated:*")
def on_image(key: str) -> None: ...


@app.cognito.pre_sign_up()
def sign_up(username: str) -> None:
    if username == "eve":
        raise ValueError("no")


bucket = app.cloudformation("Custom::Bucket")


@bucket.create
def create(properties: dict) -> str:
    return properties["Name"]


workers = app.only("sqs")
nothing = 7
'''

FILES = {
    "shop.py": SHOP,
    "broken.py": "from lambda_router import Router\n\napp = Router()\n\n\n@app.sqs('q')\ndef f(bdy): ...\n",
    "unwritten.py": "import lambda_router\n\n\napp = (\n",
    "needy.py": "x = 1\nimport there_is_no_such_library\n",
    "leaver.py": "import sys\n\nsys.exit(3)\n",
    "nan.json": '{"a": NaN}',
    "infinite.json": '{"a": 1e400}',
    "text.json": "hello",
    "deep.json": "[" * 100_000,
    "bom.json": '\ufeff{"Records": []}',
    "latin.json": b'"\xe9"',
    "unknown.json": '{"colour": "red", "size": 3}',
}


class Ran(NamedTuple):
    """What a run of the program gave."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def no_byte_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is written twice in a second, with as many characters, would be taken for the first."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


@pytest.fixture(scope="session")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("shop")
    for name, text in FILES.items():
        (found / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return found


@pytest.fixture
def here(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory as the working directory; its modules are forgotten afterwards, as is what completion sets."""
    monkeypatch.chdir(directory)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    yield directory
    for name in [n for n in sys.modules if (directory / f"{n}.py").exists()]:
        del sys.modules[name]


@pytest.fixture
def run(here: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """`run("detect", "event.json")`: the program in this process."""

    def ran(*arguments: object) -> Ran:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        return Ran(status, *capfd.readouterr())

    return ran


@pytest.fixture
def program(here: Path) -> Run:
    """`program("detect", "-", input="{}")`: the program as its users run it, its output in pipes."""

    def ran(*arguments: object, input: str = "", **variables: str) -> Ran:
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=input,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, **variables},
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return ran


SCRIPT = Path(sys.executable).with_name("lambda-router")
# What the script says; an environment that was set up before there was one does not have it.
COMMAND = (
    [str(SCRIPT)]
    if SCRIPT.exists()
    else [sys.executable, "-c", "import sys\nfrom lambda_router.cli import main\nsys.exit(main())"]
)
