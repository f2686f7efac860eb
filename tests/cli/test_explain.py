"""`lambda-router explain`: what `app.explain` says, a decorator to paste, and an exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lambda_router.testing import event

from .conftest import Run


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    return tmp_path / "event.json"


def test_an_event_that_is_taken(run: Run, sent: Path) -> None:
    sent.write_text(json.dumps(event("sqs", queue="orders", body={"id": 1})))
    status, out, _ = run("explain", "shop:app", sent)
    assert status == 0
    assert out.startswith(
        "source: sqs (Records[0].eventSource=aws:sqs)\n  [0] -> <sqs(queue='orders') -> on_order>\n"
    )


def test_an_event_that_is_not_taken_has_a_decorator_to_paste(run: Run, sent: Path) -> None:
    sent.write_text(json.dumps(event("s3", bucket="uploads", key="notes.txt")))
    status, out, _ = run("explain", "shop:app", sent)
    assert status == 1
    assert "key is 'notes.txt'" in out
    assert out.endswith('      to take it, write: @app.s3("uploads")\n')


def test_so_has_one_of_many_records(run: Run, sent: Path) -> None:
    batch = event("sqs", queue="orders", body={"id": 1})
    batch["Records"] += event("sqs", queue="payments")["Records"]
    sent.write_text(json.dumps(batch))
    status, out, _ = run("explain", "shop:app", sent)
    assert (status, out.count("to take it")) == (1, 1)


def test_noise_needs_no_route(run: Run, sent: Path) -> None:
    sent.write_text(json.dumps(event("s3.test_event")))
    assert run("explain", "shop:app", sent).status == 0


def test_an_event_that_nobody_claims_is_a_finding(run: Run) -> None:
    status, out, _ = run("explain", "shop:app", "unknown.json")
    assert (status, out.splitlines()[-1].strip()) == (1, "to take it, write: @app.default")


def test_json_is_what_to_dict_gives_and_the_verdict(program: Run) -> None:
    sent = json.dumps(event("s3", bucket="uploads", key="notes.txt"))
    status, out, err = program("explain", "shop:app", "-", "--json", input=sent)
    found = json.loads(out)
    assert (status, err) == (1, "the shop opens\n")
    assert set(found) == {
        *("source", "evidence", "noise", "whole", "subjects", "suggestion", "matched", "refused")
    }
    assert (found["matched"], found["suggestion"]) == (False, '@app.s3("uploads")')
    assert found["subjects"][0]["routes"][0]["failed"] == "key"


def test_an_entrypoint_of_other_sources_refuses(run: Run, sent: Path) -> None:
    sent.write_text(json.dumps(event("function_url", path="/orders/7")))
    assert run("explain", "shop:app", sent).status == 0
    status, out, _ = run("explain", "shop:workers", sent)
    assert (status, out.splitlines()[-1]) == (1, "  refused: this entrypoint takes sqs alone")
    assert json.loads(run("explain", "shop:workers", sent, "--json").out)["matched"] is False
    sent.write_text(json.dumps(event("sqs", queue="orders")))
    assert run("explain", "shop:workers", sent).status == 0


def test_on_a_terminal_the_decorator_stands_out(program: Run) -> None:
    sent = json.dumps(event("s3", bucket="elsewhere"))
    found = program("explain", "shop:app", "-", input=sent, FORCE_COLOR="1")
    assert '\x1b[1;32m      to take it, write: @app.s3("elsewhere")\x1b[0m' in found.out


@pytest.mark.parametrize(
    ("app", "status", "said"),
    [
        ("shop", 2, "'shop' names no app: APP is module:attribute, as shop:app"),
        ("shop.app", 2, "'shop.app' names no app: APP is module:attribute, as shop:app"),
        ("src/shop.py:main", 2, "'src/shop.py:main' names no app: APP is module:attribute, as src.shop:main"),
        (":app", 2, "':app' names no app: APP is module:attribute, as shop:app"),
        ("shop.py:app", 2, "; APP is module:attribute, as shop:app"),
        ("nowhere:app", 2, "there is no module nowhere in "),
        ("shop.orders:app", 2, "there is no module shop.orders in "),
        ("shop:apple", 2, "shop has no apple; it has app, workers"),
        ("shop:nothing", 2, "shop:nothing is no Router, nor what app.only gives, but of type int"),
        ("shop:read", 2, "shop:read is no Router, nor what app.only gives, but of type function"),
        ("broken:app", 1, "broken cannot be imported: HandlerSignatureError: "),
        (
            "needy:app",
            1,
            "needy cannot be imported: ModuleNotFoundError: No module named 'there_is_no_such_library' (needy.py:2)\n",
        ),
        (
            "unwritten:app",
            1,
            "unwritten cannot be imported: SyntaxError: '(' was never closed (unwritten.py:4)\n",
        ),
        ("leaver:app", 1, "leaver cannot be imported: SystemExit: 3 (leaver.py:3)\n"),
    ],
)
def test_an_app_that_is_not_to_be_had_is_one_line(run: Run, app: str, status: int, said: str) -> None:
    found = run("explain", app, "unknown.json")
    lines = [line for line in found.err.splitlines(keepends=True) if line != "the shop opens\n"]
    assert (found.status, found.out, len(lines)) == (status, "", 1)
    assert lines[0].startswith("lambda-router explain: ")
    assert said in lines[0]


def test_the_line_says_where_the_mistake_is(run: Run) -> None:
    assert run("explain", "broken:app", "unknown.json").err.endswith(" (broken.py:6)\n")


def test_the_traceback_is_shown_to_who_asks(program: Run) -> None:
    arguments = ("explain", "needy:app", "unknown.json")
    assert "Traceback" not in program(*arguments).err
    for found in (program("--debug", *arguments), program(*arguments, LAMBDA_ROUTER_DEBUG="1")):
        assert "Traceback (most recent call last)" in found.err
        assert 'needy.py", line 2' in found.err
        assert found.err.splitlines()[-1].startswith("lambda-router explain: needy cannot be imported")
