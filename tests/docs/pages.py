"""The README and the pages under docs/, taken apart: text, fences, prose, anchors."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```[ ]*$", re.M | re.S)


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
    for fence, behind in zip(found, [*found, None][1:], strict=True):
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
