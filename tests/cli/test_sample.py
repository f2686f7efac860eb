"""`lambda-router sample`: the events of the kit, with parts from the command line."""

from __future__ import annotations

import json

import pytest

from lambda_router import detect
from lambda_router.cli.inputs import parts
from lambda_router.testing.events import names

from .conftest import Run


def test_parts_replace_those_of_the_event(run: Run) -> None:
    status, out, err = run("sample", "sqs", "queue=orders", 'body={"id": 7}', "receive_count=3")
    (record,) = json.loads(out)["Records"]
    assert (status, err) == (0, "")
    assert record["eventSourceARN"].endswith(":orders")
    assert json.loads(record["body"]) == {"id": 7}
    assert record["attributes"]["ApproximateReceiveCount"] == "3"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        *(("7", 7), ('"7"', "7"), ("seven", "seven"), ("a=b", "a=b"), ("", ""), ("null", None)),
        *(("NaN", "NaN"), ('{"a": [1]}', {"a": [1]}), ("{a", "{a"), ("[" * 100_000, "[" * 100_000)),
    ],
)
def test_a_value_is_json_or_else_a_text(given: str, sent: object) -> None:
    assert parts([f"key={given}"]) == {"key": sent}


@pytest.mark.parametrize(
    ("kind", "given", "sent"),
    [
        *(("str", "111122223333", "111122223333"), ("str", "1e3", "1e3"), ("str", "null", "null")),
        *(("str", "true", "true"), ("str", '"7"', "7"), ("str | None", "null", None)),
        *(("str | Sequence[str] | None", "7", "7"), ("str | Sequence[str] | None", '["7"]', ["7"])),
        *(("int", "7", 7), ("int | Sequence[int]", "7", 7), ("Any", "7", 7), ("bool", "true", True)),
        ("Mapping[str, str]", '{"a": "b"}', {"a": "b"}),
    ],
)
def test_a_number_is_a_text_where_the_part_is_one(kind: str, given: str, sent: object) -> None:
    assert parts([f"key={given}"], {"key": kind}) == {"key": sent}


def test_numbers_in_parts_that_are_texts(run: Run) -> None:
    (record,) = json.loads(run("sample", "kinesis", "sequence_number=4959", "partition_key=7").out)["Records"]
    assert (record["kinesis"]["sequenceNumber"], record["kinesis"]["partitionKey"]) == ("4959", "7")
    made = json.loads(run("sample", "api_gateway_authorizer.request", "account=111122223333").out)
    assert made["requestContext"]["accountId"] == "111122223333"
    assert ":111122223333:" in made["methodArn"]


def test_arguments_are_utf_8_whatever_the_locale(program: Run, run: Run) -> None:
    ascii_alone = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    found = program("sample", "sns", "message=Grüße", "--json", **ascii_alone)
    assert json.loads(found.out)["Records"][0]["Sns"]["Message"] == "Grüße"
    said = "lambda-router sample: 'message=\\udcff' is not UTF-8\n"
    assert run("sample", "sns", "message=\udcff") == (2, "", said)


def test_every_event_is_on_offer(run: Run) -> None:
    status, out, err = run("sample", "--list")
    assert (status, out.splitlines(), err) == (0, list(names()), "")
    assert json.loads(run("sample", "sqs", "--list", "--json").out) == [
        n for n in names() if n.startswith("sqs")
    ]


def test_an_event_in_an_event_is_what_is_delivered(program: Run) -> None:
    inner = program("sample", "s3", "bucket=uploads", "key=a b.jpg").out
    found = json.loads(program("sample", "sqs", f"body={inner}", "--json").out)
    assert detect(found) == "sqs"
    assert json.loads(found["Records"][0]["body"])["Records"][0]["s3"]["object"]["key"] == "a+b.jpg"


def test_json_is_one_line(run: Run) -> None:
    assert run("sample", "sns", "--json").out.count("\n") == 1
    assert run("sample", "sns").out.startswith('{\n  "Records": [\n')


def test_on_a_terminal_it_is_coloured(program: Run) -> None:
    out = program("sample", "sns", "message=Grüße", FORCE_COLOR="1", PYTHONIOENCODING="utf-8").out
    assert '\x1b[1;34m"Records"\x1b[0m' in out
    assert "Grüße" in out


def test_no_terminal_is_too_simple(program: Run) -> None:
    for variables in ({}, {"FORCE_COLOR": "1"}):
        found = program("sample", "sns", "message=Grüße", PYTHONIOENCODING="ascii", **variables)
        assert (found.status, found.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sqz"], "there is no event 'sqz'; did you mean 'sqs'? there are: activemq, alb, "),
        (["sqs", "quue=x"], "sqs has no part 'quue'; did you mean 'queue'? there are: queue, bodies, "),
        (["sqs", "orders"], "'orders' is no part of an event: KEY=VALUE"),
        (["sqs", "a-b=1"], "'a-b=1' is no part of an event: KEY=VALUE"),
        (["sqs", "queue=a", "queue=b"], "queue is given twice; a list is JSON: queue='[1, 2]'"),
        (["sqs", "attributes=3"], "sqs cannot be made of these values: "),
        ([], "name an event; lambda-router sample --list has the names"),
        (["zz", "--list"], "no event's name begins with 'zz'"),
        (["sqs", "--nonsense"], "No such option: --nonsense; lambda-router sample --help says more"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, arguments: list[str], said: str) -> None:
    status, out, err = run("sample", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"lambda-router sample: {said}")
