"""The README and the pages under docs/: their Python runs, what they print is so, commands and links exist.

Every python fence is a module of its own. A fence that must fail begins with `# raises ConfigurationError`,
or with `# raises ConfigurationError: some of its text`. A text fence with `title="output"` behind a python
fence is what that one prints, to the letter.
"""

from __future__ import annotations

import builtins
import importlib.util
import json
import re
import sys
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

import lambda_router

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```[ ]*$", re.M | re.S)
RAISES = re.compile(r"# raises (?P<name>\w+)(?:: (?P<text>.+))?$", re.M)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
COMMAND = re.compile(r"(?:\bmake(?P<targets>(?: [a-z-]+)+)|\bpython[\d.]* -m (?P<module>[\w.]+))")


class Fence(NamedTuple):
    """One fenced block: its page, the line where its text begins, its language with attributes, its text."""

    page: Path
    line: int
    info: str
    text: str
    output: str | None = None

    @property
    def language(self) -> str:
        """The first word behind the backticks."""
        return self.info.split()[0] if self.info else ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


@cache
def fences_of(page: Path) -> tuple[Fence, ...]:
    text = text_of(page)
    found = [
        Fence(page, text.count("\n", 0, m.start("text")) + 1, m["info"].strip(), textwrap.dedent(m["text"]))
        for m in FENCE.finditer(text)
    ]
    return tuple(with_output(found))


def with_output(found: list[Fence]) -> Iterator[Fence]:
    """Give each fence the text of the output fence behind it."""
    for fence, behind in zip(found, [*found[1:], None], strict=True):
        shown = behind is not None and behind.info == 'text title="output"'
        yield fence._replace(output=behind.text if behind and shown else None)


def fences(*languages: str) -> list[Fence]:
    return [fence for page in PAGES for fence in fences_of(page) if fence.language in languages]


def prose(page: Path) -> str:
    """The page without its fences and its code spans."""
    return re.sub(r"`[^`\n]+`", "", FENCE.sub("", text_of(page)))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Markdown renderers make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def execute(fence: Fence) -> None:
    """Run a fence as a module of its own, with the page's line numbers in its tracebacks."""
    module = ModuleType(f"snippet_{fence.line}")
    module.__file__ = str(fence.page)
    code = compile("\n" * (fence.line - 1) + fence.text, str(fence.page), "exec")
    sys.modules[module.__name__] = module
    try:
        exec(code, module.__dict__)
    finally:
        del sys.modules[module.__name__]


# -- python -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fence", fences("python"), ids=str)
def test_the_snippet_runs(
    fence: Fence, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    if "LambdaRuntime(" in fence.text:
        request.getfixturevalue("lambda_emulator")
    expected = RAISES.match(fence.text)
    if expected is None:
        execute(fence)
        assert fence.output is None or capsys.readouterr().out == fence.output
        return
    error = getattr(lambda_router, expected["name"], None) or getattr(builtins, expected["name"])
    with pytest.raises(error) as raised:
        execute(fence)
    assert raised.type is error
    assert expected["text"] is None or expected["text"] in str(raised.value)


def test_every_snippet_is_marked_as_python() -> None:
    suspicious = re.compile(r"^(from|import|def|class|async def|@app)\b", re.M)
    others = [f for page in PAGES for f in fences_of(page) if f.language not in ("python", "yaml")]
    assert [str(f) for f in others if suspicious.search(f.text)] == []
    assert len(fences("python")) > 50


def test_the_output_is_shown_behind_a_snippet() -> None:
    shown = [f for page in PAGES for f in fences_of(page) if "output" in f.info]
    assert {f.info for f in shown} <= {'text title="output"'}
    assert len(shown) == len([f for f in fences("python") if f.output is not None])


def test_every_json_document_is_json() -> None:
    for fence in fences("json"):
        json.loads(fence.text)


# -- commands -----------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[Path, str, str]]:
    """Every command of this project that a page names: the page, "make" or "python", the target or module."""
    for page in PAGES:
        shell = [fence.text for fence in fences_of(page) if fence.language in ("", "sh", "bash")]
        spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", text_of(page)))
        for found in COMMAND.finditer("\n".join([*shell, *spans])):
            if found["module"]:
                yield page, "python", found["module"]
            for target in (found["targets"] or "").split():
                yield page, "make", target


def test_every_command_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    missing = [
        f"{page.relative_to(ROOT)}: {program} {name}"
        for page, program, name in commands()
        if not (name in targets if program == "make" else importlib.util.find_spec(name))
    ]
    assert missing == []


def test_the_pages_name_commands() -> None:
    named = {(program, name) for _, program, name in commands()}
    assert {("make", "test"), ("make", "demo"), ("make", "bench"), ("python", "examples.sqs")} <= named


# -- links --------------------------------------------------------------------------------------------------


def links() -> list[tuple[Path, str]]:
    return [(page, m["target"]) for page in PAGES for m in LINK.finditer(prose(page))]


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    for page, target in links():
        path, _, anchor = target.partition("#")
        if ":" in target:
            continue
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_page_is_reached_from_the_index() -> None:
    reached, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        targets = [t.partition("#")[0] for p, t in links() if p == page and ":" not in t]
        waiting += [path for t in targets if (path := (page.parent / t).resolve()).suffix == ".md"]
    assert {p for p in PAGES if "docs" in p.parts} <= reached


def test_links_to_the_outside_are_whole_addresses() -> None:
    outside = {target for _, target in links() if ":" in target}
    assert [target for target in sorted(outside) if not re.fullmatch(r"https://[\w.-]+/\S*", target)] == []


def test_pages_name_no_place_on_the_machine_they_were_written_on() -> None:
    places = re.compile(r"/tmp/|/home/|localhost|\.\./shared")
    assert [str(page) for page in PAGES if places.search(text_of(page))] == []
