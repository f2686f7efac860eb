"""CONTRIBUTING.md taken at its word: in a copy of the repository its room is added, and nothing is missing but prose."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
FENCE = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.M | re.S)
ROOM = "pigeon_post"
TESTS = ("tests/conformance/test_rooms.py", "tests/testing/test_samples.py")
COPIED = ("lambda_router", "tests", "examples", "docs", "README.md", "pyproject.toml")


class Block(NamedTuple):
    """A fenced block that says which file it is, or what is new in it."""

    language: str
    path: str
    text: str

    def apply(self, root: Path) -> None:
        """Write the file, or put the new lines behind those under which they are shown."""
        target = root / self.path
        if self.language != "diff":
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.text, "utf-8")
            return
        lines = target.read_text("utf-8").splitlines()
        at = -1
        for line in self.text.splitlines():
            if line.startswith("+"):
                at += 1
                lines.insert(at, line[1:])
            else:
                assert lines.count(line[1:]) == 1, f"{self.path} has not once: {line[1:]}"
                at = lines.index(line[1:])
        target.write_text("\n".join(lines) + "\n", "utf-8")


BLOCKS = [Block(*found) for found in FENCE.findall(PAGE)]


class Copy:
    """The copy, and what is run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    def missing(self, *tests: str) -> dict[str, str]:
        """What the tests say is missing, by test."""
        done = self.run("-m", "pytest", "-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist", *tests)
        said = re.findall(r"^E   (?:AssertionError: )?(.*)$", done.stdout, re.M)
        failed = re.findall(r"^FAILED \S+::(\w+)\[(.+?)\]", done.stdout, re.M)
        assert failed or done.returncode == 0, done.stdout + done.stderr
        return dict(zip((f"{test} {case}" for test, case in failed), said, strict=True))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """The repository with the room and its line on the router, and nothing else yet."""
    root = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "build"))
        else:
            shutil.copy(source, root)
    for block in BLOCKS[:2]:
        block.apply(root)
    yield Copy(root)
    shutil.rmtree(root)


def test_the_blocks_are_all_there_is() -> None:
    assert [block.path for block in BLOCKS] == [
        f"lambda_router/sources/{ROOM}.py",
        "lambda_router/router.py",
        f"lambda_router/testing/samples/{ROOM}/note.json",
        f"lambda_router/testing/samples/{ROOM}/__init__.py",
        "lambda_router/testing/client.py",
        "tests/testing/test_samples.py",
        f"tests/sources/test_{ROOM}.py",
        f"examples/{ROOM}.py",
    ]
    assert FENCE.sub("", PAGE).count("title=") == 0
    for block in BLOCKS:
        assert block.language != "json" or json.loads(block.text)


def test_what_is_missing_is_a_list_of_things_to_do(copy: Copy) -> None:
    said = set(copy.missing(*TESTS, "-k", ROOM).values())
    told = re.findall(r"^\| (there \S+ no [^|]+?) \|", PAGE, re.M)  # and fewer than three, once there is one
    assert len(told) == 7
    for entry in told:
        wanted = entry.replace("<room>", ROOM).replace("`", "")
        found = {line for line in said if wanted in line.replace("`", "")}
        assert found or wanted == f"there is no model tests/models/{ROOM}.py"  # for callers that wait
        said -= found
    assert all("there is no event" in line for line in said)  # which samples bring


def test_with_all_blocks_only_the_page_its_row_and_more_samples_are_missing(copy: Copy) -> None:
    for block in BLOCKS[2:]:
        block.apply(copy.root)
    said = set(copy.missing(*TESTS, f"tests/sources/test_{ROOM}.py", "-k", ROOM).values())
    assert {line.partition(" in the README")[0] for line in said} == {
        f"there is no row of `{ROOM}`",
        f"there is no docs/sources/{ROOM}.md",
        f"there are fewer than three samples of {ROOM}",
    }


def test_the_blocks_are_in_form(copy: Copy) -> None:
    paths = [block.path for block in BLOCKS if block.path.endswith(".py")]
    for check in (["check"], ["format", "--check"]):
        done = copy.run("-m", "ruff", *check, "--no-cache", *paths)
        assert done.returncode == 0, done.stdout


def test_every_target_and_link_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {word for words in re.findall(r"[`\n]make((?: [a-z-]+)+)", PAGE) for word in words.split()}
    assert {"test", "lint", "types", "stubs"} <= named
    assert named <= targets
    links = re.findall(r"\]\(([^)#]+)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
