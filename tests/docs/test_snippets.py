"""The README and the pages under docs/: their Python runs, what they print is so, commands and links exist.

Every python fence is a module of its own. A fence that must fail begins with `# raises ConfigurationError`,
or with `# raises ConfigurationError: some of its text`. A text fence with `title="output"` behind a python
fence is what that one prints, to the letter; behind a bash fence of the tutorial test_tutorial.py compares it.
A python fence with `title="shop.py"` is that module to the fences below it on its page. One that begins with
`# needs chalice` is read but not run where that package is not installed.
"""

from __future__ import annotations

import asyncio
import builtins
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from pages import FENCE, PAGES, ROOT, Fence, anchors, fences, fences_of, prose, text_of

import lambda_router

NEEDS = re.compile(r"# needs (?P<name>\w+)$", re.M)
TITLE = re.compile(r'title="(?P<name>\w+)\.py"')
RAISES = re.compile(r"# raises (?P<name>\w+)(?:: (?P<text>.+))?$", re.M)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
COMMAND = re.compile(r"(?:\bmake(?P<targets>(?: [a-z-]+)+)|\bpython[\d.]* -m (?P<module>[\w.]+))")


def files(fence: Fence) -> dict[str, Fence]:
    """The modules that a fence imports of those that its page has shown above it, each as it was shown last."""
    above = [other for other in fences_of(fence.page) if other.line < fence.line]
    shown = {found["name"]: other for other in above if (found := TITLE.search(other.info))}
    return {
        name: other
        for name, other in shown.items()
        if re.search(rf"^(from|import) {name}\b", fence.text, re.M)
    }


def execute(fence: Fence, name: str | None = None) -> None:
    """Run a fence as a module of its own, with the page's line numbers in its tracebacks."""
    module = ModuleType(name or f"snippet_{fence.line}")
    module.__file__ = str(fence.page)
    code = compile("\n" * (fence.line - 1) + fence.text, str(fence.page), "exec")
    imported = files(fence)
    for other in imported.items():
        execute(other[1], other[0])
    sys.modules[module.__name__] = module
    try:
        exec(code, module.__dict__)
    finally:
        for gone in imported if name else (*imported, module.__name__):
            del sys.modules[gone]


# -- python -------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Mangum takes the thread's event loop; without one it makes one, and leaves it open."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


@pytest.mark.parametrize("fence", fences("python"), ids=str)
def test_the_snippet_runs(
    fence: Fence, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    if "LambdaRuntime(" in fence.text:
        request.getfixturevalue("lambda_emulator")
    needed = NEEDS.match(fence.text)
    if needed and importlib.util.find_spec(needed["name"]) is None:
        compile(fence.text, str(fence.page), "exec")
        return
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
    assert len(shown) == len([f for f in fences("python", "bash") if f.output is not None])
    assert {f.page.name for f in fences("bash") if f.output is not None} <= {"tutorial.md"}


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
