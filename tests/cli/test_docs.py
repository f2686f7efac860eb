"""The page about the command line: its commands run, and print what it says, `...` standing for anything."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import COMMAND

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
TEXT = PAGE.read_text("utf-8")


def commands() -> Iterator[tuple[str, str]]:
    """Every command of the page in its order, with what is printed behind it."""
    for fence in re.findall(r"^```console\n(.*?)^```", TEXT, re.M | re.S):
        for command in re.split(r"^\$ ", fence, flags=re.M)[1:]:
            line, _, output = command.partition("\n")
            yield line, output


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """A folder with the page's app, and an environment that has the program on its path."""
    program = tmp_path / "bin" / "lambda-router"
    program.parent.mkdir()
    quoted = " ".join(f"'{word}'" for word in COMMAND)
    program.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
    program.chmod(0o755)
    app = re.search(r'```python title="shop.py"\n(.*?)```', TEXT, re.S)
    assert app is not None
    (tmp_path / "shop.py").write_text(app[1])
    kept = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
    return {**kept, "PATH": f"{program.parent}:{os.environ['PATH']}"}


def test_the_page_says_what_the_commands_print(shell: dict[str, str], tmp_path: Path) -> None:
    ran = 0
    for command, said in commands():
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=shell, capture_output=True, text=True, check=False
        )
        pattern = ".*?".join(map(re.escape, said.split("...")))
        assert re.fullmatch(pattern, done.stderr + done.stdout, re.S), command
        ran += 1
    assert ran > 12


def test_every_command_has_its_part_of_the_page() -> None:
    from .test_program import COMMANDS

    headings = set(re.findall(r"^## (.+)$", TEXT, re.M))
    assert headings >= {*COMMANDS, "layer build"} - {"layer"}
