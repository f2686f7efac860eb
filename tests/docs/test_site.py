"""The documentation's site: it builds without a warning, and a browser finds nothing wrong with its pages.

The build takes some seconds and is made once. What it warns of are pages that are not in the navigation, links and anchors
that lead nowhere, and names of the reference that there are not; each fails it.
"""

from __future__ import annotations

import ast
import functools
import os
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from pages import ROOT, fences, text_of

import lambda_router
import lambda_router.testing
from lambda_router import Router, errors
from lambda_router.source import Lazy

mkdocs = pytest.importorskip("mkdocs")
pytestmark = pytest.mark.timeout(300)

DOCS = ROOT / "docs"
CHROMIUM = Path("/usr/bin/chromium")
HOST = "http://site.test/"
"""Where links are resolved; nothing is fetched."""


def build(config: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build a site strictly."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(target)],
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        timeout=280,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built; it fails on any warning."""
    target = tmp_path_factory.mktemp("docs") / "site"
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    built = build(ROOT / "mkdocs.yml", target)
    assert (built.returncode, "WARNING" in built.stderr) == (0, False), built.stderr
    # The processor's time: what others do on the machine is not in it.
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 60
    return target


# -- the build ------------------------------------------------------------------------------------------------


def test_every_page_is_built(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        path = page.relative_to(DOCS).with_suffix("")
        folder = path.parent if path.name == "index" else path
        assert (site / folder / "index.html").is_file(), page


WRONG = """# Title

[a page](nowhere.md), [a heading](index.md#nowhere)

::: lambda_router.Nothing
"""


def test_what_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(WRONG, "utf-8")
    (tmp_path / "docs" / "forgotten.md").write_text("# Not in the navigation\n", "utf-8")
    (tmp_path / "docs" / "style.css").touch()
    config = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[0]
    config = config.replace("paths: [.]", f"paths: [{ROOT}]") + "\nnav: [index.md]\n"
    (tmp_path / "mkdocs.yml").write_text(config, "utf-8")
    told = []
    for mended in ("::: lambda_router.Nothing", "[a page](nowhere.md)"):
        built = build(tmp_path / "mkdocs.yml", tmp_path / "site")
        assert built.returncode != 0
        told.append(built.stderr)
        page = tmp_path / "docs" / "index.md"
        page.write_text(page.read_text("utf-8").replace(mended, ""), "utf-8")
    assert "lambda_router.Nothing" in told[0]
    assert all(said in told[1] for said in ("forgotten.md", "nowhere.md", "#nowhere"))


# -- the reference --------------------------------------------------------------------------------------------


def test_every_public_name_is_in_the_reference() -> None:
    shown = {
        name.rpartition(".")[2]
        for page in (DOCS / "reference").glob("*.md")
        for name in re.findall(r"^::: (\S+)$", text_of(page), re.M)
    }
    raised = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert {*lambda_router.__all__, *lambda_router.testing.__all__, *raised} <= shown


def test_what_a_guide_imports_is_in_the_reference() -> None:
    shown = {
        name.rpartition(".")[2]
        for page in (DOCS / "reference").glob("*.md")
        for name in re.findall(r"^::: (\S+)$", text_of(page), re.M)
    }
    imported = {
        (node.module, alias.name)
        for fence in fences("python")
        for node in ast.walk(ast.parse(fence.text))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lambda_router"
        for alias in node.names
    }
    assert len(imported) > 50
    missing = {(module, name) for module, name in imported if name not in shown}
    assert {f"{module}.{name}" for module, name in missing if not is_module(module, name)} == set()


def is_module(package: str, name: str) -> bool:
    """Whether the name is not a value of the package but a module in it."""
    within = import_module(package)
    return isinstance(getattr(within, name, None) or import_module(f"{package}.{name}"), ModuleType)


def decorators() -> Iterator[str]:
    """Every decorator of every source, and the classes that have them, by their full names."""
    for line in vars(Router).values():
        if not isinstance(line, Lazy):
            continue
        room = line.load()
        for name, value in vars(room).items():
            given = getattr(value, "__annotations__", {}).get("return", "")
            if name == "__call__" or (name in PUBLIC and str(given).endswith("Factory")):
                yield f"{room.__module__}.{room.__name__}"
                yield f"{room.__module__}.{room.__name__}.{name}"


PUBLIC = {
    name for page in (DOCS / "sources").glob("*.md") for name in re.findall(r"\.(\w+)\(", text_of(page))
}
"""Methods that the sources' pages call."""


def test_every_decorator_is_in_the_reference() -> None:
    shown = re.findall(r"^::: (\S+)$", text_of(DOCS / "reference" / "decorators.md"), re.M)
    verbs = "lambda_router.http.routes."
    wanted = {
        name for name in decorators() if not re.fullmatch(rf"{verbs}(?!Http|Conv)\w+(\.__call__)?", name)
    }
    assert len(shown) == len(set(shown))
    assert set(shown) == wanted


def test_the_tree_of_errors_is_that_of_the_code() -> None:
    tree = re.search(r"```text\n(.*?)```", text_of(DOCS / "reference" / "errors.md"), re.S)
    assert tree is not None
    assert errors.__doc__ is not None
    assert tree[1] in errors.__doc__
    named = re.findall(r"^ *(\w+)", tree[1], re.M)
    assert {name for name, value in vars(errors).items() if isinstance(value, type)} == set(named)


def test_every_error_is_on_the_page_that_says_what_to_do() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", text_of(DOCS / "errors.md"), re.M))
    assert rows == {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.RouterError)
    }


def test_nothing_is_deprecated_while_the_policy_says_so() -> None:
    if "Nothing is deprecated at present" not in text_of(DOCS / "policy.md"):
        return
    package = Path(lambda_router.__file__).parent
    warned = [path for path in package.rglob("*.py") if "DeprecationWarning" in path.read_text("utf-8")]
    assert warned == []


def test_the_tests_that_pages_name_exist() -> None:
    named = {
        name
        for page in DOCS.rglob("*.md")
        if page.name != "writing-a-source.md"  # those are to be written
        for name in re.findall(r"`((?:tests|benchmarks|examples)/[\w/]+\.py)`", text_of(page))
    }
    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


# -- the pages ------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page links to, what it loads, and which anchors it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif "src" in given or (tag == "link" and given.get("rel") not in ("canonical", "next", "prev")):
            self.loads.append(given.get("src") or given.get("href", ""))


@pytest.fixture(scope="module")
def parsed(site: Path) -> dict[str, Page]:
    """Every page, by its address."""
    return {
        urljoin(HOST, f"{path.parent.relative_to(site).as_posix()}/".removeprefix("./")): Page(
            path.read_text("utf-8")
        )
        for path in site.rglob("index.html")
    }


def test_every_internal_link_and_anchor_is_there(site: Path, parsed: dict[str, Page]) -> None:
    assert len(parsed) > 80
    broken = []
    for address, page in parsed.items():
        for link in [*page.links, *page.loads]:
            target = urljoin(address, link)
            if not target.startswith(HOST):
                continue
            place, _, anchor = target.partition("#")
            if place in parsed:
                if anchor and unquote(anchor) not in parsed[place].ids:
                    broken.append((address, link))
            elif not (site / unquote(urlsplit(place).path).lstrip("/")).is_file():
                broken.append((address, link))
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site: Path, parsed: dict[str, Page]) -> None:
    for address, page in parsed.items():
        assert [load for load in page.loads if not urljoin(address, load).startswith(HOST)] == [], address
    for sheet in site.rglob("*.css"):
        assert re.findall(r"url\(\s*[\"']?(?:https?:)?//[^)]*", sheet.read_text("utf-8")) == [], sheet


def test_every_picture_says_what_it_shows() -> None:
    for page in DOCS.rglob("*.md"):
        for said in re.findall(r"!\[([^\]]*)\]\([^)]*\.svg\)", text_of(page)):
            assert len(said.split()) > 5, page


# -- in a browser ---------------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and does not talk about it."""

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The site on 127.0.0.1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; without it the test is skipped."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield opened
        opened.close()


VISITED = ["", "tutorial/", "reference/router/", "promises/", "outcomes/"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_pages_are_shown_whole_and_ask_nobody_else(
    browser: Any, served: str, scheme: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, seen, complaints = context.new_page(), [], []
    context.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    context.on("requestfailed", lambda request: complaints.append(request.url))
    for address in VISITED:
        answer = page.goto(served + address)
        assert answer.status == 200
        page.wait_for_load_state("networkidle")
        assert page.locator("article h1").first.is_visible()
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), f"{address} is wider than {width}"
        drawn = page.evaluate("[...document.images].map(image => [image.src, image.naturalWidth])")
        assert [source for source, wide in drawn if not wide] == []
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == (
        "dark" if scheme == "dark" else "light"
    ) or page.evaluate("document.body.dataset.mdColorScheme") == ("slate" if scheme == "dark" else "default")
    context.close()
    assert complaints == []
    assert len(seen) > len(VISITED)
    assert [url for url in seen if not url.startswith((served, "data:", "blob:"))] == []


def test_the_search_finds(browser: Any, served: str) -> None:
    page = browser.new_page()
    page.goto(served)
    page.locator("[data-md-component=search-query]").first.fill("dead letter queue")
    found = page.locator(".md-search-result__item a").first
    found.wait_for()
    assert found.get_attribute("href").startswith(served)
    page.close()


def test_texts_of_pictures_stay_in_their_boxes(browser: Any, served: str) -> None:
    """Fonts differ: a text may be a tenth longer than here."""
    page = browser.new_page()
    for picture in sorted((DOCS / "pictures").glob("*.svg")):
        page.goto(f"{served}pictures/{picture.name}")
        assert page.evaluate(OUTSIDE) == [], picture.name
    page.close()


OUTSIDE = """() => {
  const svg = document.documentElement, all = svg.viewBox.baseVal
  const boxes = [...svg.querySelectorAll('rect')].map(rect => rect.getBBox())
  const inside = (x, y, box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height
  return [...svg.querySelectorAll('text')].filter(text => {
    const own = text.getBBox(), y = own.y + own.height / 2, middle = own.x + own.width / 2
    const around = boxes.filter(box => inside(middle, y, box)).sort((a, b) => a.width - b.width)[0] || all
    const anchor = getComputedStyle(text).textAnchor
    const left = own.width * {start: 0, middle: 0.05, end: 0.1}[anchor]
    const right = own.width * {start: 0.1, middle: 0.05, end: 0}[anchor]
    return own.x - left < around.x || own.x + own.width + right > around.x + around.width
  }).map(text => text.textContent)
}"""
