"""Typing: mypy --strict accepts all of accepted.py, and of refused.py it refuses exactly the marked lines."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MARK = re.compile(r"  # refused: ([\w-]+(?:, [\w-]+)*)$")
ERROR = re.compile(r"^[^:]+:(\d+): error: .*  \[([\w-]+)\]$", re.MULTILINE)

Found = list[tuple[int, str]]


@pytest.fixture(scope="session")
def mypy(pytestconfig: pytest.Config) -> Callable[..., str]:
    """`mypy(file)`: what mypy --strict says, by no configuration; its cache is kept between runs."""
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("mypy")

    def run(file: Path) -> str:
        options = ["--strict", "--config-file=", f"--cache-dir={cache}", "--no-pretty"]
        done = subprocess.run(
            [sys.executable, "-m", "mypy", *options, str(file)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.stdout

    return run


def errors(said: str) -> Found:
    return sorted({(int(line), code) for line, code in ERROR.findall(said)})


def marks(text: str) -> Found:
    found = enumerate(map(MARK.search, text.splitlines()), start=1)
    return sorted((line, code) for line, mark in found if mark for code in mark[1].split(", "))


def test_what_users_write_is_accepted(mypy: Callable[..., str]) -> None:
    said = mypy(HERE / "accepted.py")
    assert said.startswith("Success: no issues found in 1 source file"), said


def test_exactly_the_marked_lines_are_refused(mypy: Callable[..., str]) -> None:
    file = HERE / "refused.py"
    expected = marks(file.read_text("utf-8"))
    assert len(expected) > 50
    assert errors(mypy(file)) == expected


def test_a_name_that_the_package_does_not_have_is_refused(mypy: Callable[..., str], tmp_path: Path) -> None:
    file = tmp_path / "misspelt.py"
    file.write_text("from lambda_router import Respose")
    assert errors(mypy(file)) == [(1, "attr-defined")]
