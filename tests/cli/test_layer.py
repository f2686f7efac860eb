"""The build, by the real pip from wheels made here: what is in the zip, what is not, what is refused."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import pty
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import lambda_router
from lambda_router.cli import layer

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
THERE = "3.14" if HERE != "3.14" else "3.13"
LICENCE = "You may.\n"
MANYLINUX = "manylinux_2_{}_{}"


def wheel(
    directory: Path,
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
    files: dict[str, str] | None = None,
) -> None:
    """Write a wheel with one module that names its tag, or with these files."""
    module = name.replace("-", "_").lower()
    info = f"{module}-{version}.dist-info"
    contents = {
        **(files or {f"{module}/__init__.py": f"TAG = {tag!r}\n"}),
        f"{info}/METADATA": "\n".join(
            [
                "Metadata-Version: 2.1",
                f"Name: {name}",
                f"Version: {version}",
                *map("Requires-Dist: {}".format, requires),
            ]
        ),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {tag}\n",
        f"{info}/licenses/LICENSE": LICENCE,
        f"{info}/entry_points.txt": f"[console_scripts]\n{module} = {module}:main\n",
        f"{info}/sboms/parts.cyclonedx.json": "{}",
    }
    contents[f"{info}/RECORD"] = (
        "".join(f"{n},{sha256(t)},{len(t)}\n" for n, t in contents.items()) + f"{info}/RECORD,,\n"
    )
    with zipfile.ZipFile(directory / f"{module}-{version}-{tag}.whl", "w") as archive:
        for path, text in contents.items():
            archive.writestr(path, text)


def sha256(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory of wheels in place of the package index: the real dependencies' names on small contents."""
    wheels = tmp_path_factory.mktemp("wheels")
    wheel(wheels, "aws-lambda-powertools", "3.20.0", requires=["jmespath>=1", "nothing; extra == 'parser'"])
    wheel(wheels, "aws-xray-sdk", "2.14.0", requires=["wrapt", "botocore (>=1.11.3)"])
    wheel(
        wheels,
        "pydantic",
        "2.9.0",
        requires=[
            "pydantic-core==2.23",
            f"there; python_version == '{THERE}'",
            f"here; python_version == '{HERE}'",
        ],
        files={
            "pydantic/__init__.py": "",
            "pydantic/testing.py": "",
            "pydantic/tests/__init__.py": "",
            "pydantic/tests/data/sample.txt": "",
            "pydantic/_old.pyc": "",
        },
    )
    wheel(wheels, "there", "1.0", requires=["beyond; platform_machine == 'aarch64'"])
    for name in ("here", "beyond", "six", "urllib3", "jmespath", "s3transfer"):
        wheel(wheels, name, "1.0")
    wheel(wheels, "python-multipart", "0.0.20")
    wheel(wheels, "python-dateutil", "2.8", requires=["six"])
    wheel(wheels, "botocore", "1.40.0", requires=["jmespath", "python-dateutil", "urllib3"])
    wheel(wheels, "boto3", "1.40.0", requires=["botocore", "s3transfer"])
    for machine in ("x86_64", "aarch64"):
        for python in (HERE, THERE, "3.11"):
            tag = f"cp{python.replace('.', '')}"
            wheel(wheels, "pydantic-core", "2.23", tag=f"{tag}-{tag}-manylinux2014_{machine}")
            wheel(wheels, "wrapt", "1.17", tag=f"{tag}-{tag}-{MANYLINUX.format(17, machine)}")
            wheel(wheels, "wrapt", "1.17", tag=f"{tag}-{tag}-{MANYLINUX.format(28, machine)}")
    wheel(wheels, "innocent", "1.0", requires=["lambda.router>=0.1"])
    wheel(wheels, "lambda-router", "0.5", files={"lambda_router/__init__.py": ""})
    wheel(wheels, "borrower", "1.0", files={"lambda_router/extra.py": ""})
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PIP_CONFIG_FILE", os.devnull)
        environment.setenv("PIP_NO_INDEX", "1")
        environment.setenv("PIP_FIND_LINKS", str(wheels))
        yield wheels


@pytest.fixture(scope="module")
def built(index: Path, tmp_path_factory: pytest.TempPathFactory) -> layer.Layer:
    return layer.build(THERE, "arm64", output=tmp_path_factory.mktemp("there") / "layer.zip")


def contents(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def folders(path: Path) -> set[str]:
    """What lies directly below python/, without the folders of metadata."""
    return {name.split("/")[1] for name in contents(path) if ".dist-info/" not in name}


# -- what belongs into it -----------------------------------------------------------------------------------


def test_what_lambda_provides_is_left_out_with_what_only_that_needs(built: layer.Layer) -> None:
    assert folders(built.path) == {
        "lambda_router",
        *("aws_lambda_powertools", "aws_xray_sdk", "pydantic", "pydantic_core", "python_multipart", "wrapt"),
        "jmespath",  # botocore needs it too, but Powertools does
        *("there", "beyond"),  # markers are held against the target, not against this machine
    }


def test_the_wheels_are_the_newest_that_the_runtime_loads(built: layer.Layer, tmp_path: Path) -> None:
    tag = f"cp{THERE.replace('.', '')}"
    found = contents(built.path)
    assert found["python/wrapt/__init__.py"] == f"TAG = '{tag}-{tag}-manylinux_2_28_aarch64'\n"
    assert found["python/pydantic_core/__init__.py"] == f"TAG = '{tag}-{tag}-manylinux2014_aarch64'\n"
    old = layer.build("3.11", "x86_64", output=tmp_path / "old.zip", add=["wrapt"])
    # Amazon Linux 2 has glibc 2.26.
    assert contents(old.path)["python/wrapt/__init__.py"] == "TAG = 'cp311-cp311-manylinux_2_17_x86_64'\n"


def test_metadata_and_licences_stay_and_records_commands_tests_and_byte_code_go(built: layer.Layer) -> None:
    names = set(contents(built.path))
    info = "python/pydantic-2.9.0.dist-info"
    assert {n for n in names if n.startswith("python/pydantic")} - {
        n for n in names if "pydantic_core" in n
    } == {
        "python/pydantic/__init__.py",
        "python/pydantic/testing.py",
        f"{info}/METADATA",
        f"{info}/entry_points.txt",
        f"{info}/licenses/LICENSE",
    }
    assert contents(built.path)[f"{info}/licenses/LICENSE"] == LICENCE
    assert all(name.startswith("python/") for name in names)
    assert not [name for name in names if name.endswith(".pyc") or "__pycache__" in name or "/bin/" in name]


def test_of_this_package_all_but_the_command_line_and_the_test_tools_is_in_it(built: layer.Layer) -> None:
    root = Path(lambda_router.__file__).parents[1]
    ours = [p.relative_to(root) for p in (root / "lambda_router").rglob("*.py")]
    expected = {f"python/{p}" for p in ours if p.parts[1] not in ("cli", "testing")}
    found = {n: t for n, t in contents(built.path).items() if n.startswith("python/lambda_router/")}
    assert set(found) == expected | {"python/lambda_router/py.typed"}
    assert found["python/lambda_router/router.py"] == (root / "lambda_router" / "router.py").read_text(
        "utf-8"
    )
    metadata = contents(built.path)["python/lambda_event_router-0.1.0.dist-info/METADATA"]
    assert "Name: lambda-event-router\n" in metadata


def test_slim_leaves_out_pydantic_and_the_x_ray_sdk(index: Path, tmp_path: Path) -> None:
    heard: list[str] = []
    slim = layer.build(THERE, "arm64", output=tmp_path / "slim.zip", slim=True, listener=heard.append)
    assert folders(slim.path) == {"lambda_router", "aws_lambda_powertools", "jmespath", "python_multipart"}
    assert "Processing jmespath-1.0-py3-none-any.whl" in heard  # what a terminal shows meanwhile
    assert heard[-1].startswith("Installing collected packages: ")


def test_who_adds_boto3_gets_it_whole(index: Path, tmp_path: Path) -> None:
    whole = layer.build(THERE, "x86_64", output=tmp_path / "whole.zip", slim=True, add=["boto3"])
    added = {"boto3", "botocore", "s3transfer", "python_dateutil", "six", "urllib3"}
    own = {"lambda_router", "aws_lambda_powertools", "jmespath", "python_multipart"}
    assert folders(whole.path) == own | added


def test_sizes_are_those_of_the_files(built: layer.Layer) -> None:
    found = contents(built.path)
    assert built.unzipped == sum(len(text.encode()) for text in found.values())
    assert built.zipped == built.path.stat().st_size
    ours = sum(
        len(t.encode())
        for n, t in found.items()
        if n.startswith(("python/lambda_router/", "python/lambda_event"))
    )
    assert [(p.name, p.size) for p in built.packages if p.name == "lambda-event-router"] == [
        ("lambda-event-router", ours)
    ]


# -- the same bytes -----------------------------------------------------------------------------------------


def test_the_same_inputs_give_the_same_bytes(built: layer.Layer, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        again = layer.build(THERE, "arm64", output=tmp_path / "elsewhere" / "again.zip")
    finally:
        os.umask(before)
    assert again.path.read_bytes() == built.path.read_bytes()


def test_entries_are_sorted_and_have_a_fixed_time_and_mode(built: layer.Layer) -> None:
    with zipfile.ZipFile(built.path) as archive:
        entries = archive.infolist()
    assert [e.filename for e in entries] == sorted({e.filename for e in entries})
    assert {(e.date_time, e.external_attr >> 16, e.create_system) for e in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, 3)
    }


# -- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("added", ["Lambda_Router", "innocent"])
def test_the_old_distribution_is_refused_wherever_it_is_required(
    index: Path, tmp_path: Path, added: str
) -> None:
    with pytest.raises(
        layer.LayerError, match=r"lambda-router is required: .* older, unrelated distribution"
    ):
        layer.build(THERE, "arm64", output=tmp_path / "layer.zip", slim=True, add=[added])
    assert list(tmp_path.iterdir()) == []


def test_so_is_whatever_brings_files_of_our_name(index: Path, tmp_path: Path) -> None:
    with pytest.raises(layer.LayerError, match="borrower brings a package lambda_router"):
        layer.build(THERE, "arm64", output=tmp_path / "layer.zip", slim=True, add=["borrower"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("limit", "what"), [("ZIP_LIMIT", "zipped"), ("UNZIPPED_LIMIT", "unzipped")])
def test_a_layer_over_lambdas_limits_is_refused(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, what: str
) -> None:
    kept = tmp_path / "layer.zip"
    kept.write_text("the one before")
    monkeypatch.setattr(layer, limit, 1024)
    with pytest.raises(
        layer.LayerError, match=rf"^the layer has \d\.\d\d MB {what}, over Lambda's limit of 0.00 MB: "
    ):
        layer.build(THERE, "arm64", output=kept, slim=True)
    assert [(path, path.read_text()) for path in tmp_path.iterdir()] == [(kept, "the one before")]


def test_the_limits_are_lambdas() -> None:
    """As the API's own figures give them: `aws lambda get-account-settings`."""
    assert (layer.ZIP_LIMIT, layer.UNZIPPED_LIMIT) == (52_428_800, 262_144_000)


# -- where an app decides -----------------------------------------------------------------------------------

APPS = {
    "plain.py": """
from lambda_router import Router

print("imported")
app = Router()


@app.sqs("orders")
def on_order(body: dict) -> None: ...
""",
    "modelled.py": """
from dataclasses import dataclass

from lambda_router import Router

app = Router()


@dataclass
class Order:
    id: int


@app.sqs("orders")
def on_order(order: Order) -> None: ...
""",
    "traced.py": """
from aws_lambda_powertools import Tracer

from lambda_router import Router

app = Router(tracer=Tracer(service="shop"))
""",
    "documented.py": """
from dataclasses import dataclass

from lambda_router import Router

app = Router()


@dataclass
class Order:
    id: int


@app.get("/orders")
def read() -> Order: ...


app.docs()
""",
    "failing.py": "raise ValueError('no')\n",
    "talking.py": """
import atexit
import sys

from lambda_router import Router

app = Router()
atexit.register(print, "bye")
atexit.register(print, "bye", file=sys.stderr)
if __name__ == "talking_much":
    raise ValueError("of two\\nlines")
""",
}


@pytest.fixture
def apps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in APPS.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("app", "found"),
    [
        ("plain:app", {"pydantic", "aws-xray-sdk"}),
        ("modelled:app", {"aws-xray-sdk"}),
        ("traced:app", {"pydantic"}),
        ("documented:app", {"aws-xray-sdk"}),
        ("talking:app", {"pydantic", "aws-xray-sdk"}),
    ],
)
def test_an_app_needs_what_its_routes_and_options_import(apps: Path, app: str, found: set[str]) -> None:
    assert layer.needless(app) == found


def test_an_app_that_is_not_to_be_had_is_told_of(apps: Path) -> None:
    with pytest.raises(layer.UsageError, match="there is no module nowhere in "):
        layer.needless("nowhere:app")
    with pytest.raises(
        layer.LayerError, match=r"failing cannot be imported: ValueError: no \(failing.py:1\)"
    ):
        layer.needless("failing:app")
    (apps / "talking_much.py").write_text(APPS["talking.py"])
    with pytest.raises(
        layer.LayerError, match=r"^talking_much cannot be imported: ValueError: of two lines "
    ):
        layer.needless("talking_much:app")


def test_the_command_leaves_out_what_the_app_does_not_import(
    index: Path, apps: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("--app", "modelled:app", "--python", THERE, "--output", "app.zip", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["left_out"] == ["aws-xray-sdk"]
    assert folders(apps / "app.zip") >= {"lambda_router", "aws_lambda_powertools", "pydantic"}
    assert "aws_xray_sdk" not in folders(apps / "app.zip")


# -- the command --------------------------------------------------------------------------------------------


def main(*arguments: str) -> int:
    return layer.main(["build", *arguments])


def test_the_command_builds_and_prints_what_the_layer_weighs(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "layer.zip"
    assert main("--python", THERE, "--arch", "arm64", "--slim", "--output", str(output)) == 0
    out, err = capsys.readouterr()
    head, *packages, total = out.splitlines()
    assert head.split() == ["package", "version", "unzipped"]
    assert [line.split()[:2] for line in packages] == [
        ["aws-lambda-powertools", "3.20.0"],
        ["jmespath", "1.0"],
        ["lambda-event-router", lambda_router.__version__],
        ["python-multipart", "0.0.20"],
    ]
    assert total.startswith(f"{output}: 0.")
    assert total.endswith(" MB unzipped of 250.00 MB")
    assert err == ""


def test_built_twice_it_has_the_same_bytes_and_json_says_what_it_weighs(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for name in ("one.zip", "two.zip"):
        assert main("--python", THERE, "--slim", "--json", "--output", str(tmp_path / name)) == 0
        found.append(json.loads(capsys.readouterr().out))
    one, two = ((tmp_path / name).read_bytes() for name in ("one.zip", "two.zip"))
    assert one == two
    told, again = found
    assert told.pop("path") != again.pop("path")
    assert told == again
    assert told["sha256"] == hashlib.sha256(one).hexdigest()
    assert set(told) == {"python", "arch", "packages", "zipped", "unzipped", "left_out", "sha256"}
    assert (told["python"], told["arch"]) == (THERE, "x86_64")
    assert told["left_out"] == ["aws-xray-sdk", "pydantic"]
    assert told["unzipped"] == sum(package["size"] for package in told["packages"])
    assert told["zipped"] == len(one)


def test_on_a_terminal_there_are_a_table_and_a_line_of_progress(index: Path, tmp_path: Path) -> None:
    out, status = on_a_terminal(
        *(sys.executable, "-m", "lambda_router.cli", "layer", "build", "--slim", "--output", "layer.zip"),
        directory=tmp_path,
    )
    assert status == 0
    assert "Building the layer" in out
    plain = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", out)
    assert re.search(r"│ jmespath +│ 1.0 +│ 0.00 MB +│", plain)
    assert plain.rstrip().endswith(" MB unzipped of 250.00 MB")


def on_a_terminal(*command: str, directory: Path) -> tuple[str, int]:
    """What a command prints on a terminal of its own, and its exit status."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=directory, env=environment
    ) as process:
        os.close(theirs)
        read = bytearray()
        with contextlib.suppress(OSError):  # the terminal is gone when the last who has it open ends
            while data := os.read(ours, 65536):
                read += data
        os.close(ours)
        status = process.wait(60)
    return read.decode(), status


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--python", "3.9"], 2, "there is no layer for Python 3.9: choose one of 3.11, 3.12, "),
        (["--arch", "riscv"], 2, "there is no architecture riscv: choose one of x86_64, arm64"),
        (["--add", "=="], 2, "'==' is not a requirement"),
        (["--nonsense"], 2, "No such option: --nonsense"),
        (["--app", "shop"], 2, "'shop' names no app: APP is module:attribute"),
        (["--add", "lambda-router"], 1, "older, unrelated distribution"),
        (["--add", "unheard-of"], 1, "No matching distribution found for unheard-of"),
        (["--slim", "--output", "/dev/null/layer.zip"], 1, "/dev/null cannot be written: "),
        (["--slim", "--output", "/dev"], 2, "/dev is a directory: name a file"),
    ],
)
def test_errors_are_one_line(
    index: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, said: str
) -> None:
    found = main(*arguments)
    out, err = capsys.readouterr()
    assert (found, out, err.count("\n")) == (status, "", 1)
    assert err.startswith("lambda-router layer")
    assert said in err


def test_it_is_run_by_the_name_of_its_module_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lambda_router.cli.layer", "build", "--python", "3.9"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "lambda-router layer: there is no layer for Python 3.9: choose one of 3.11, 3.12, 3.13, 3.14\n"
    )


@pytest.mark.parametrize(("python", "arch"), [("2.7", "arm64"), ("3.13", "aarch64")])
def test_an_unknown_runtime_is_wrong_usage(python: str, arch: str) -> None:
    with pytest.raises(layer.UsageError, match="choose one of"):
        layer.build(python, arch)
