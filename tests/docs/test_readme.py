"""The README's commands, in a folder with its app: they print what it says, and the decorator that one prints works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT, Fence, fences_of

FENCES = fences_of(ROOT / "README.md")


def only(mark: str) -> Fence:
    (found,) = [fence for fence in FENCES if mark in fence.info]
    return found


def shell(command: str, folder: Path) -> str:
    """What a command line prints, in a shell that has `lambda-router` of this Python."""
    program = f'lambda-router() {{ {shlex.quote(sys.executable)} -m lambda_router.cli "$@"; }}'
    # Its output is the same whatever this terminal is.
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
    done = subprocess.run(
        ["bash", "-c", f"{program}\n{command}"],
        cwd=folder,
        env={**kept, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(only('title="shop.py"').text, "utf-8")
    return tmp_path


def test_an_event_that_no_route_takes_is_explained_and_the_decorator_pasted(folder: Path) -> None:
    said = dict(re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", only("console").text, re.M))
    assert len(said) == 2
    assert {command: shell(command, folder) for command in said} == said
    decorator = said["lambda-router explain shop:app event.json"].rpartition("write: ")[2]
    with (folder / "shop.py").open("a", encoding="utf-8") as shop:
        shop.write(f"\n\n{decorator}def on_payment(order: Order) -> None: ...\n")
    invoked = shell("lambda-router invoke shop:app event.json", folder)
    assert re.search(r"^route +on_payment$", invoked, re.M)
    assert "Lambda deletes 1 message." in invoked
