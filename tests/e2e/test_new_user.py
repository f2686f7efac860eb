"""Tried as a new user would: an empty folder, and in it nothing but the built wheel with its extras `cli` and `testing`.

What the wheel asks for is linked from the environment that runs the tests, and only that: a library that the wheel uses and
does not declare is missing here.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lambda_router.cli import layer

ROOT = Path(__file__).resolve().parents[2]
ON_CI = os.environ.get("CI", "false").lower() not in ("", "0", "false")
EXTRAS = ("cli", "testing")
# What a user's folder must not get from the one who runs the tests.
KEPT = ("HOME", "LANG", "PATH", "TMPDIR", "XDG_CACHE_HOME", "LAMBDA_ROUTER_RIE", "SSL_CERT_FILE")

TESTS = """
from lambda_router.testing import Client, event
from shop import app, on_order


def test_a_message(router_client):
    out = router_client(app).sqs("orders", [{"id": 1, "total": 5}, "not json"])
    assert len(out.succeeded) == 1
    assert out.response == {"batchItemFailures": [{"itemIdentifier": out.failed[0]}]}


def test_a_request(router_client):
    assert router_client(app).get("/orders/7", source="alb").json() == {"id": 7}


def test_an_object_and_an_event(router_client, capsys):
    client = router_client(app)
    assert client.s3("uploads", "images/a b.jpg").route == "on_image"
    client.eventbridge(source="shop", detail_type="OrderPlaced", detail={"id": 1, "total": 101})
    assert capsys.readouterr().out == "images/a b.jpg in uploads\\na big one: 101.0\\n"
    assert client.send(event("s3", bucket="uploads", key="notes.txt")).route is None
"""

ON_LAMBDA = """
import json, sys

from lambda_router.testing import event
from lambda_router.testing.runtime import LambdaRuntime

python, *path = sys.argv[1:]
with LambdaRuntime("shop.app", cwd="task", path=path, python=python, timeout=30) as runtime:
    read = runtime.invoke(event("function_url", path="/orders/7")).json()
    batch = event("sqs", queue="orders", bodies=[{"id": 1, "total": 2}, "not json"])
    partial = runtime.invoke(batch).json()
print(json.dumps([read, partial, batch["Records"][1]["messageId"]]))
"""


class User(NamedTuple):
    """A folder of somebody's own, with an environment that has the wheel and what that asks for."""

    folder: Path
    environment: Path

    def run(self, *command: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        kept |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        kept["PATH"] = f"{self.environment / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
        return subprocess.run(
            command,
            cwd=self.folder,
            env=kept,
            input=input,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )

    def ran(self, *command: str, input: str | None = None) -> str:
        """What a command prints that has to succeed."""
        done = self.run(*command, input=input)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `make build` does it; a skip where its build tools are not to be had, but not on CI."""
    directory = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "-qq", "--outdir", str(directory)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    if done.returncode and not ON_CI:
        pytest.skip(f"the wheel cannot be built here: {done.stderr[-500:]}")
    assert done.returncode == 0, done.stderr
    (found,) = directory.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def user(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> User:
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        declared = importlib.metadata.PathDistribution(zipfile.Path(archive, name.removesuffix("METADATA")))
        link(reached(declared.requires or (), EXTRAS) | {"pip"}, packages)
    made = User(tmp_path_factory.mktemp("folder"), environment)
    made.ran("python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    return made


def reached(requirements: Iterable[str], extras: Iterable[str]) -> set[str]:
    """The names of the distributions that these requirements lead to, in the environment that runs the tests."""
    found: set[str] = set()
    waiting = [(Requirement(text), tuple(extras)) for text in requirements]
    followed = set()
    while waiting:
        requirement, wanted = waiting.pop()
        marker = requirement.marker
        if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
            continue
        name, inner = canonicalize_name(requirement.name), tuple(sorted(requirement.extras))
        if (name, inner) not in followed:
            followed.add((name, inner))
            found.add(name)
            declared = importlib.metadata.requires(name) or ()
            waiting += [(Requirement(text), inner) for text in declared]
    return found


def link(names: Iterable[str], packages: Path) -> None:
    """Put what distributions consist of into another environment."""
    for name in names:
        distribution = importlib.metadata.distribution(name)
        tops = {file.parts[0] for file in distribution.files or () if ".." not in file.parts}
        for top in tops - {"__pycache__"}:
            there = Path(str(distribution.locate_file(top)))
            if not (packages / top).exists():
                (packages / top).symlink_to(there)


@pytest.fixture(scope="module")
def shop(user: User) -> Path:
    """The app of the README, written into the folder."""
    readme = (ROOT / "README.md").read_text("utf-8")
    app = re.search(r'```python title="shop.py"\n(.*?)```', readme, re.S)
    assert app is not None
    assert len(re.findall(r"^@app\.", app[1], re.M)) >= 3
    file = user.folder / "shop.py"
    file.write_text(app[1])
    return file


def test_the_folder_has_nothing_of_the_checkout(user: User) -> None:
    code = "import json, sys, lambda_router; print(json.dumps([lambda_router.__file__, sys.path]))"
    file, path = json.loads(user.ran("python", "-c", code))
    assert Path(file).is_relative_to(user.environment)
    assert not [entry for entry in path if Path(entry or user.folder).is_relative_to(ROOT)]


def test_the_app_is_tested_with_the_kit(user: User, shop: Path) -> None:
    (user.folder / "test_shop.py").write_text(TESTS)
    assert "3 passed" in user.ran("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")


def test_an_event_that_nothing_takes_is_explained_and_the_decorator_pasted(user: User, shop: Path) -> None:
    (user.folder / "event.json").write_text(
        user.ran("lambda-router", "sample", "sqs", "queue=payments", "body={}")
    )
    assert user.ran("lambda-router", "detect", "event.json") == "sqs\n"
    explained = user.run("lambda-router", "explain", "shop:app", "event.json")
    assert (explained.returncode, explained.stderr) == (1, "")
    decorator = re.search(r"to take it, write: (@app\..+)", explained.stdout)
    assert decorator is not None
    (user.folder / "wider.py").write_text(
        f"{shop.read_text()}\n\n{decorator[1]}\ndef on_payment(body: dict) -> None: ...\n"
    )
    assert "-> on_payment" in user.ran("lambda-router", "explain", "wider:app", "event.json").splitlines()[1]
    invoked = user.ran("lambda-router", "invoke", "wider:app", "event.json")
    assert "caller  Lambda deletes 1 message." in invoked


def test_the_other_commands(user: User, shop: Path) -> None:
    assert "GET /orders/{order_id}" in user.ran("lambda-router", "routes", "shop:app")
    assert user.ran("lambda-router", "routes", "shop:app", "--mermaid").startswith("flowchart LR\n")
    assert json.loads(user.ran("lambda-router", "openapi", "shop:app"))["openapi"] == "3.1.0"


def test_the_layer_alone_carries_it_on_lambda(user: User, shop: Path, lambda_emulator: Path) -> None:
    if f"{sys.version_info[0]}.{sys.version_info[1]}" not in layer.PYTHONS:
        pytest.skip("there is no layer for this Python")
    arch = {"aarch64": "arm64"}.get(os.uname().machine, "x86_64")
    command = (
        "lambda-router",
        "layer",
        "build",
        "--app",
        "shop:app",
        "--arch",
        arch,
        "--output",
        "layer.zip",
    )
    built = user.run(*command, "--json")
    if built.returncode and not ON_CI and not index_is_reached(user):
        pytest.skip(f"pip reaches no package index to build the layer from: {built.stderr}")
    assert built.returncode == 0, built.stderr
    told = json.loads(built.stdout)
    assert told["left_out"] == ["aws-xray-sdk"]  # the app has a model, and no tracer
    with zipfile.ZipFile(user.folder / "layer.zip") as archive:
        archive.extractall(user.folder / "opt")
    (user.folder / "task").mkdir()
    (user.folder / "task" / "shop.py").write_text(shop.read_text())
    (user.folder / "on_lambda.py").write_text(ON_LAMBDA)
    path = (str(user.folder / "opt" / "python"), str(lambdas_own(user.folder / "lang")))
    bare = user.folder / "bare"
    venv.create(bare, symlinks=True)
    said = user.ran("python", "on_lambda.py", str(bare / "bin" / "python"), *path)
    read, partial, failed = json.loads(said)
    assert (read["statusCode"], json.loads(read["body"])) == (200, {"id": 7})
    assert partial == {"batchItemFailures": [{"itemIdentifier": failed}]}


def lambdas_own(directory: Path) -> Path:
    """What Lambda's image has beside Python itself: the runtime client."""
    directory.mkdir()
    for name in ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"):
        for found in Path(sysconfig.get_path("platlib")).glob(f"{name}*"):
            if found.suffix != ".dist-info":
                (directory / found.name).symlink_to(found)
    return directory


def index_is_reached(user: User) -> bool:
    options = ("-q", "--no-deps", "--retries=1", "--dest", "probe")
    return user.run("python", "-m", "pip", "download", *options, "aws-xray-sdk").returncode == 0
