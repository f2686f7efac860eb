"""The layer as Lambda would load it: alone, under the real runtime client, and for the other processor."""

from __future__ import annotations

import functools
import json
import os
import re
import struct
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lambda_router.cli import layer
from lambda_router.testing.events import event
from lambda_router.testing.runtime import LambdaRuntime

PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
HERE = {"aarch64": "arm64"}.get(os.uname().machine, "x86_64")
ON_CI = os.environ.get("CI", "false").lower() not in ("", "0", "false")

pytestmark = pytest.mark.skipif(PYTHON not in layer.PYTHONS, reason=f"there is no layer for Python {PYTHON}")

# The module of the function: what a user would write, and where everything that it imported came from.
FUNCTION = """
import sys
import typing

import aws_lambda_powertools.utilities.data_classes
import pydantic
import wrapt

from lambda_router import Router

app = Router(partial=True)


class Order(pydantic.BaseModel):
    id: int


@app.get("/orders/{order_id}")
def read(order_id: int) -> dict[str, typing.Any]:
    return {"id": order_id}


@app.sqs("orders")
def on_order(order: Order) -> None: ...


@app.eventbridge(source="files")
def nobody() -> None: ...


@app.default
def files(event: typing.Any) -> dict[str, str]:
    if event.get("traced"):
        import aws_xray_sdk.core
    found = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    return {name: file for name, file in found.items() if file}
"""


@functools.cache
def built(directory: Path, arch: str, *, slim: bool = False) -> layer.Layer:
    """The layer for this interpreter's version, once a session; a skip without an index, but not on CI."""
    try:
        return layer.build(PYTHON, arch, output=directory / f"{arch}-{slim}.zip", slim=slim)
    except layer.LayerError as error:
        if ON_CI or index_is_reached(directory):
            raise
        pytest.skip(f"pip reaches no package index to build the layer from: {error}")


def index_is_reached(directory: Path) -> bool:
    options = ("-q", "--no-deps", "--retries=1", "--dest", str(directory / "probe"))
    command = (sys.executable, "-m", "pip", "download", *options, "aws-xray-sdk")
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


@pytest.fixture(scope="session")
def layers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], layer.Layer]:
    directory = tmp_path_factory.getbasetemp() / "layers"
    return lambda arch: built(directory, arch)


@pytest.fixture(scope="session")
def opt(layers: Callable[[str], layer.Layer], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda makes of the layer: the zip's contents, as under /opt."""
    return extracted(layers(HERE), tmp_path_factory.mktemp("opt"))


def extracted(made: layer.Layer, directory: Path) -> Path:
    with zipfile.ZipFile(made.path) as archive:
        archive.extractall(directory)
    return directory


@pytest.fixture(scope="session")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's own directory, as /var/task."""
    directory = tmp_path_factory.mktemp("task")
    (directory / "app.py").write_text(FUNCTION)
    return directory


def strangers(files: dict[str, str], *known: Path) -> dict[str, str]:
    """The modules that came neither from Python's own library nor from these directories."""
    library = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    others = [place / "site-packages" for place in library]
    return {
        name: file
        for name, file in files.items()
        if not any(Path(file).is_relative_to(place) for place in (*library, *known))
        or any(Path(file).is_relative_to(place) for place in others)
    }


# -I takes no environment and no current directory, -S no site-packages: the layer has to have everything.
BARE = (sys.executable, "-I", "-S", "-c")

ALONE = """
import json, sys
sys.path[:0] = sys.argv[1:3]
import app
events = json.load(sys.stdin)
print(json.dumps([app.app(event, None) for event in events]))
"""


def test_another_python_with_nothing_else_on_its_path_answers_events(opt: Path, task: Path) -> None:
    batch = event("sqs", queue="orders", bodies=[{"id": 1}, "not json"])
    events = [event("api_gateway_http", path="/orders/7"), batch, {}]
    done = subprocess.run(
        [*BARE, ALONE, str(opt / "python"), str(task)],
        input=json.dumps(events),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer, partial, files = json.loads(done.stdout)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"id": 7})
    assert partial == {"batchItemFailures": [{"itemIdentifier": batch["Records"][1]["messageId"]}]}
    assert files["lambda_router"] == str(opt / "python" / "lambda_router" / "__init__.py")
    assert {"pydantic_core._pydantic_core", "wrapt._wrappers"} <= files.keys()
    assert "botocore" not in files
    assert strangers(files, opt, task) == {}


SLIM = """
import sys
sys.path.insert(0, sys.argv[1])
from lambda_router import MissingDependencyError, Router

app = Router()


@app.sqs("orders", partial=True)
def on_order(body: dict) -> None:
    print(body["id"])


batch = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:orders"}
print(app({"Records": [{**batch, "messageId": "m-1", "body": '{"id": 7}'}]}, None))
"""
MODEL = """
from dataclasses import dataclass


@dataclass
class Order:
    id: int


try:
    @Router().sqs("payments")
    def on_payment(order: Order) -> None: ...
except MissingDependencyError as error:
    print(error)
"""


@pytest.fixture(scope="session")
def slim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = built(tmp_path_factory.getbasetemp() / "layers", HERE, slim=True)
    assert made.unzipped < 6 * layer.MB
    return extracted(made, tmp_path_factory.mktemp("slim")) / "python"


def test_the_slim_one_has_all_that_plain_routes_need(slim: Path) -> None:
    done = subprocess.run([*BARE, SLIM, str(slim)], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("7\n{'batchItemFailures': []}\n", "")


def test_the_slim_one_says_what_a_model_needs(slim: Path) -> None:
    command = [*BARE, SLIM + MODEL, str(slim)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "needs pydantic: pip install pydantic" in done.stdout


RUNTIME_CLIENT = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
SDK = ("botocore", "dateutil", "jmespath", "six", "urllib3")


@pytest.fixture(scope="session")
def lang(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's images have outside of /opt and /var/task: the runtime client and boto3's core."""
    directory = tmp_path_factory.mktemp("lang")
    for name in (*RUNTIME_CLIENT, *SDK):
        for found in Path(sysconfig.get_path("platlib")).glob(f"{name}*"):
            if found.suffix != ".dist-info":
                (directory / found.name).symlink_to(found)
    return directory


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """This Python without any package: the other one has the checkout, and what the layer should bring."""
    directory = tmp_path_factory.mktemp("bare")
    venv.create(directory, symlinks=True)
    return str(directory / "bin" / "python")


def test_it_answers_under_the_real_runtime_client(
    lambda_emulator: Path, opt: Path, task: Path, lang: Path, bare_python: str
) -> None:
    path = [opt / "python", lang]
    with LambdaRuntime("app.app", cwd=task, path=path, python=bare_python, timeout=30) as runtime:
        reply = runtime.invoke(event("function_url", path="/orders/8"))
        assert reply.error is None, runtime.logs
        assert (reply.json()["statusCode"], json.loads(reply.json()["body"])) == (200, {"id": 8})
        bad = event("sqs", queue="orders", bodies=[{"id": "x"}, {"id": 1}])
        failed = {"batchItemFailures": [{"itemIdentifier": bad["Records"][0]["messageId"]}]}
        assert runtime.invoke(bad).json() == failed
        plain, traced = runtime.invoke({}).json(), runtime.invoke({"traced": True}).json()
    assert plain["lambda_router"] == str(opt / "python" / "lambda_router" / "__init__.py")
    assert plain["awslambdaric"] == str(lang / "awslambdaric" / "__init__.py")
    assert traced["aws_xray_sdk.core"].startswith(str(opt))
    assert traced["botocore"].startswith(str(lang))
    assert strangers(traced, opt, task, lang) == {}


def test_the_page_about_layers_tries_one_as_it_says(
    lambda_emulator: Path, opt: Path, lang: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    snippet = re.search(
        r'```python title="test_layer.py"\n(.*?)```', (docs / "layer.md").read_text("utf-8"), re.S
    )
    shops = re.findall(
        r'```python title="shop.py"\n(.*?)```', (docs / "tutorial.md").read_text("utf-8"), re.S
    )
    assert snippet is not None
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "shop.py").write_text(shops[-1])
    (tmp_path / "opt").symlink_to(opt)
    venv.create(tmp_path / "runtime", symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "runtime")}))
    (packages / "lang.pth").write_text(str(lang))
    monkeypatch.chdir(tmp_path)
    names: dict[str, Callable[[], None]] = {}
    exec(snippet[1], names)
    names["test_the_layer_is_enough"]()


# The processors' numbers in an ELF header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {"x86_64": 62, "arm64": 183}


@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_every_shared_object_is_for_the_processor_and_the_python(
    layers: Callable[[str], layer.Layer], arch: str
) -> None:
    with zipfile.ZipFile(layers(arch).path) as archive:
        found = {name: archive.read(name) for name in archive.namelist() if re.search(r"\.so(\.|$)", name)}
    assert {name.split("/")[1] for name in found} == {"pydantic_core", "wrapt"}
    machine = layer.ARCHITECTURES[arch]
    tag = f".cpython-{PYTHON.replace('.', '')}-{machine}-linux-gnu.so"
    for name, data in found.items():
        magic, bits, order, e_machine = struct.unpack_from("<4sBB12xH", data)
        assert (magic, bits, order, e_machine) == (b"\x7fELF", 2, 1, MACHINES[arch]), name
        assert name.endswith((tag, ".abi3.so")), name


@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_the_layer_is_far_below_lambdas_limits(layers: Callable[[str], layer.Layer], arch: str) -> None:
    made = layers(arch)
    assert made.zipped < 6 * layer.MB
    assert made.unzipped < 20 * layer.MB
    names = {package.name for package in made.packages}
    assert {"aws-lambda-powertools", "pydantic", "aws-xray-sdk", "lambda-event-router"} <= names
    assert names.isdisjoint({"boto3", "botocore", "s3transfer", "urllib3", "python-dateutil", "six"})
