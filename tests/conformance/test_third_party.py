"""A source in a package of its own: `examples/third_party`, as if it were installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "examples" / "third_party"
PROJECT = tomllib.loads((PACKAGE / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """The environment of an interpreter in which the package is installed, as its pyproject.toml says."""
    told = tmp_path / f"{PROJECT['name'].replace('-', '_')}-{PROJECT['version']}.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {PROJECT['name']}\nVersion: {PROJECT['version']}\n", "utf-8"
    )
    groups = PROJECT["entry-points"].items()
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()) for group, points in groups]
    (told / "entry_points.txt").write_text("\n".join(lines), "utf-8")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PACKAGE), str(ROOT)])}


def run(environment: dict[str, str], *arguments: str, where: Path = PACKAGE) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_own_tests_pass(installed: dict[str, str]) -> None:
    said = run(
        installed,
        "-W",
        "error",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-c",
        os.devnull,
        "tests",
    )
    assert " passed" in said


def test_it_is_typed(installed: dict[str, str], tmp_path: Path) -> None:
    user = tmp_path / "user.py"
    user.write_text(
        "from client_vpn_source import VpnRouter\n"
        "from client_vpn_source.testing import VpnClient\n"
        "app = VpnRouter()\n"
        "@app.client_vpn('a', platform='win')\n"
        "def decide(username: str) -> bool: return True\n"
        "reveal_type(app.client_vpn)\n"
        "reveal_type(decide)\n"
        "reveal_type(VpnClient(app).client_vpn(username='a'))\n"
        "app.client_vpn(platfrom='win')  # type: ignore[call-arg]\n"
        "VpnClient(app).client_vpn(user='a')  # type: ignore[call-arg]\n",
        "utf-8",
    )
    options = ("--strict", "--cache-dir", str(tmp_path / "cache"), "--python-executable", sys.executable)
    copied = shutil.copytree(PACKAGE / "client_vpn_source", tmp_path / "client_vpn_source")
    installed["MYPYPATH"] = str(tmp_path)
    said = run(installed, "-m", "mypy", *options, str(user), str(copied), where=tmp_path)
    assert '"client_vpn_source.source.ClientVpn"' in said
    assert '"def (username: str) -> bool"' in said.replace("builtins.", "")
    assert "lambda_router.testing.results.Result" in said


def test_its_events_join_those_of_the_kit_and_an_app_reads_no_entry_points(installed: dict[str, str]) -> None:
    program = """
import sys
from client_vpn_source import VpnRouter
app = VpnRouter()
assert "client_vpn_source.source" not in sys.modules
app.client_vpn()(lambda: True)
sent = {"connection-id": "c", "endpoint-id": "e", "schema-version": "v2"}
assert app(sent)["allow"] is True
assert not [n for n in sys.modules if n.startswith(("importlib.metadata", "lambda_router.testing"))], "paid for"
from lambda_router.testing import event
from lambda_router.testing.events import names, samples
assert {"client_vpn", "client_vpn.v1"} <= set(names())
assert event("client_vpn", username="eve")["username"] == "eve"
assert [name for name, _, _ in samples("client_vpn")] == ["client_vpn.connect", "client_vpn.v1"]
print("done")
"""
    assert run(installed, "-c", program).strip() == "done"
