"""`lambda-router detect`: every event has its source, and what is none of ours is a finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lambda_router import detect
from lambda_router.testing.events import make, names

from .conftest import Run


def test_it_names_the_source(run: Run, here: Path, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    for name in names():
        file.write_text(json.dumps(make(name)))
        source = detect(make(name))
        found = run("detect", file)
        assert (found.status, found.out) == ((0, f"{source}\n") if source else (1, "")), name


def test_json_has_the_source_and_the_evidence(program: Run) -> None:
    found = program("detect", "-", "--json", input=json.dumps(make("sns")))
    assert found == (0, '{"source": "sns", "evidence": "Records[0].eventSource=aws:sns"}\n', "")


def test_what_nobody_claims_is_a_finding(run: Run) -> None:
    said = "no source claims an object with the keys colour, size"
    assert run("detect", "unknown.json") == (1, "", f"lambda-router detect: {said}\n")
    assert run("detect", "unknown.json", "--json") == (1, f'{{"source": null, "evidence": "{said}"}}\n', "")


def test_a_byte_order_mark_is_no_fault(run: Run) -> None:
    assert run("detect", "bom.json").status == 1
    assert "keys Records" in run("detect", "bom.json").err


def test_on_a_terminal_it_says_by_what(program: Run) -> None:
    found = program("detect", "-", input=json.dumps(make("sqs")), FORCE_COLOR="1")
    assert found.status == 0
    assert "\x1b[1;32msqs\x1b[0m" in found.out
    assert "Records[0].eventSource=aws:sqs" in found.out


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("nowhere.json", "nowhere.json cannot be read: No such file or directory"),
        (".", ". cannot be read: Is a directory"),
        ("text.json", "text.json is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("nan.json", "nan.json is not JSON: NaN is no JSON value"),
        ("infinite.json", "infinite.json is not JSON: 1e400 is more than a number of Python's can be"),
        ("latin.json", "latin.json is not JSON: 'utf-8' codec can't decode"),
        ("deep.json", "deep.json is nested too deeply"),
    ],
)
def test_what_is_no_event_is_wrong_usage(run: Run, file: str, said: str) -> None:
    status, out, err = run("detect", file)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"lambda-router detect: {said}")
