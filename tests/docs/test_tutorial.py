"""The tutorial, followed to the letter: its files are written, its commands run, and what they print is so."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import ROOT, Fence, fences_of

PAGE = ROOT / "docs" / "tutorial.md"
FILE = re.compile(r'title="(?P<name>[\w.]+\.(py|yaml))"')
ELSEWHERE = ("python3 -m venv", ". .venv", "pip install", "lambda-router layer")
"""Commands that need a package index; tests/e2e runs them."""
PROGRAMS = {"lambda-router": ["-m", "lambda_router.cli"], "python": []}


def steps() -> tuple[Fence, ...]:
    return fences_of(PAGE)


def commands(fence: Fence) -> Iterator[tuple[str, int]]:
    """The command lines of a fence that are run here, each with the exit status that the page names, or 0."""
    for line in fence.text.splitlines():
        command, _, said = line.partition("  # exit status ")
        if not command.startswith(ELSEWHERE):
            yield command, int(said or 0)


def run(command: str, folder: Path) -> tuple[int, str]:
    """Run one command line as a shell would, with this Python; its exit status and what it printed."""
    line, _, target = command.partition(" > ")
    program, *arguments = shlex.split(line)
    done = subprocess.run(
        [sys.executable, *PROGRAMS[program], *arguments],
        cwd=folder,
        # Its own pytest is not to know of this one's options.
        env={k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "FORCE_COLOR"))}
        | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert not done.stderr or done.returncode, done.stderr
    if target:
        (folder / target).write_text(done.stdout, "utf-8")
        return done.returncode, ""
    return done.returncode, done.stdout


@pytest.mark.timeout(300)
def test_the_tutorial_works(tmp_path: Path) -> None:
    ran = []
    for fence in steps():
        if found := FILE.search(fence.info):
            (tmp_path / found["name"]).write_text(fence.text, "utf-8")
        if fence.language != "bash":
            continue
        printed = ""
        for command, status in commands(fence):
            code, out = run(command, tmp_path)
            assert code == status, f"{fence}: {command}\n{out}"
            printed += out
            ran.append(command)
        assert fence.output is None or printed == fence.output, fence
    assert len(ran) >= 8


def test_its_commands_name_their_exit_status_only_where_they_fail() -> None:
    said = [status for fence in steps() if fence.language == "bash" for _, status in commands(fence)]
    assert set(said) == {0, 1}


def test_its_template_is_accepted(tmp_path: Path) -> None:
    pytest.importorskip("cfnlint")
    template = next(f for f in steps() if 'title="template.yaml"' in f.info)
    (tmp_path / "template.yaml").write_text(template.text, "utf-8")
    (tmp_path / "src").mkdir()
    (tmp_path / "layer.zip").touch()
    linted = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), "--regions", "eu-west-1", "--", "template.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (linted.returncode, linted.stdout) == (0, ""), linted.stderr
