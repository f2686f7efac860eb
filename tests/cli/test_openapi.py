"""`lambda-router openapi`: the document that `app.openapi()` makes."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Run

BARE = """
from lambda_router import Router

app = Router()


class Odd:
    def __init__(self, value): ...


@app.get("/odd/{value}")
def read(value: int) -> Odd: ...


plain = Router()


@plain.get("/orders")
def orders() -> list[int]: ...


plain.docs(title="Orders", version="3")
"""


def test_it_prints_the_document(program: Run) -> None:
    status, out, err = program("openapi", "shop:app")
    found = json.loads(out)
    assert (status, err) == (0, "the shop opens\n")
    assert found["openapi"] == "3.1.0"
    assert list(found["paths"]) == ["/orders/{order_id}"]
    assert found["paths"]["/orders/{order_id}"]["get"]["summary"]


def test_the_options_go_before_what_the_app_says(run: Run, here: Path) -> None:
    (here / "bare.py").write_text(BARE)
    found = run("openapi", "bare:plain", "--version", "4", "--json").out
    assert found.count("\n") == 1
    info = json.loads(found)["info"]
    assert (info["title"], info["version"]) == ("Orders", "4")
    assert json.loads(run("openapi", "bare:plain", "--title", "Shop").out)["info"]["title"] == "Shop"


def test_what_cannot_be_described_is_a_failure(run: Run, here: Path) -> None:
    (here / "bare.py").write_text(BARE)
    status, out, err = run("openapi", "bare:app")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("lambda-router openapi: there is no document: ")


def test_wrong_usage(run: Run) -> None:
    said = "lambda-router openapi: Missing argument 'APP'; lambda-router openapi --help says more\n"
    assert run("openapi") == (2, "", said)
