"""The pictures are what the script draws, can be read aloud, and show what is so."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from pages import PAGES, ROOT, fences_of, text_of

from lambda_router.router import Router

PICTURES = ROOT / "docs" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"


def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw", PICTURES / "draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRAW = drawing()


@pytest.mark.parametrize("draw", DRAW.PICTURES, ids=lambda draw: draw.__name__)
def test_the_file_is_what_is_drawn(draw: Any) -> None:
    picture = draw()
    drawn = (PICTURES / f"{picture.name}.svg").read_text("utf-8")
    assert drawn == picture.svg(), "run: python docs/pictures/draw.py"


def test_there_are_no_others_and_each_is_shown_somewhere() -> None:
    files = {path.name for path in PICTURES.glob("*.svg")}
    assert files == {f"{draw().name}.svg" for draw in DRAW.PICTURES}
    shown = {name for page in PAGES for name in re.findall(r"\]\([^)]*?([\w-]+\.svg)\)", text_of(page))}
    assert files <= shown


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.svg")), ids=lambda path: path.stem)
def test_it_has_a_title_and_a_description_and_loads_nothing(path: Path) -> None:
    root = ElementTree.parse(path).getroot()
    assert root.get("role") == "img"
    title, described = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert described is not None
    assert len((title.text or "").split()) >= 3
    assert len((described.text or "").split()) >= 20
    text = path.read_text("utf-8")
    assert re.findall(r"https?://[^\"\s]+", text) == ["http://www.w3.org/2000/svg"]
    assert not {"script", "image", "use", "foreignObject"} & {e.tag.removeprefix(SVG) for e in root.iter()}
    assert "prefers-color-scheme: dark" in text


def test_the_route_map_shows_the_tutorials_app() -> None:
    page = ROOT / "docs" / "tutorial.md"
    last = [fence for fence in fences_of(page) if fence.info == 'python title="shop.py"'][-1]
    scope: dict[str, Any] = {"__name__": "shop"}
    exec(compile(last.text, str(page), "exec", dont_inherit=True), scope)
    app: Router = scope["app"]
    picture = (PICTURES / "route-map.svg").read_text("utf-8")
    assert len(app.routes) == 3
    for route in app.routes:
        assert route.handler is not None
        assert f">{route.handler.__name__}<" in picture
    assert {"/orders/{order_id}", "queue orders", "bucket uploads-*", "key images/*.jpg"} <= set(
        re.findall(r">([^<]+)</text>", picture)
    )
