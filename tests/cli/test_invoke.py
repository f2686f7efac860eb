"""`lambda-router invoke`: the answer, what the caller would do with it, and an exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lambda_router.testing import event

from .conftest import Run

APPS = """
import time

from lambda_router import Depends, Router, Reject

app = Router(partial=True)
opened = []


@app.lifespan
def life():
    opened.append(1)
    yield
    print("closed")


@app.sqs("orders")
async def on_order(body: dict) -> None:
    body["id"]


@app.get("/slow")
def slow() -> dict:
    time.sleep(0.05)
    return {"slow": True}


@app.codepipeline()
def on_job(parameters: dict) -> None:
    if parameters.get("fail"):
        raise ValueError("secret")


@app.firehose("clicks")
def on_click(data: dict) -> dict:
    return {"id": data["id"]}


@app.invoke()
def direct(event: dict) -> dict:
    return {"direct": event}


def wrapped(event, context):
    return app(event, context)


wrapped.__wrapped__ = app
"""


@pytest.fixture
def apps(here: Path) -> Path:
    (here / "apps.py").write_text(APPS)
    return here


NOISY = """
import os
import subprocess

from lambda_router import Router

app = Router()
os.write(1, b"import\\n")


@app.invoke(when=lambda event: print("asked") is None)
def direct(event: dict) -> int:
    subprocess.run(["echo", "child"])
    return 7
"""


@pytest.mark.parametrize("command", ["invoke", "explain"])
def test_nothing_but_the_answer_goes_to_standard_output(program: Run, here: Path, command: str) -> None:
    (here / "noisy.py").write_text(NOISY)
    status, out, err = program(command, "noisy:app", "unknown.json", "--json")
    assert status == 0
    assert json.loads(out)["source"] is None
    assert {"import", "asked"} <= set(err.splitlines())
    assert ("child" in err) is (command == "invoke")


@pytest.mark.parametrize("limit", ["inf", "nan", "0", "-1", "x"])
def test_a_time_limit_is_a_number_of_seconds(run: Run, limit: str) -> None:
    status, out, err = run("invoke", "shop:app", "--sample", "sqs", f"--timeout={limit}")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("lambda-router invoke: Invalid value for '--timeout': ")


def told(run: Run, *arguments: object) -> tuple[int, dict[str, Any]]:
    status, out, _ = run("invoke", *arguments, "--json")
    return status, json.loads(out)


def test_an_answer_and_who_gets_it(program: Run) -> None:
    status, out, err = program("invoke", "shop:app", "--sample", "function_url", "path=/orders/3")
    assert (status, err) == (0, "the shop opens\nreading\n")
    *lines, time = out.splitlines()
    assert "\n".join(lines) == (
        "event   of function_url\n"
        "route   read_order\n"
        "answer  {\n"
        '          "statusCode": 200,\n'
        '          "headers": {\n'
        '            "content-type": "application/json"\n'
        "          },\n"
        '          "body": "{\\"id\\":5}",\n'
        '          "isBase64Encoded": false\n'
        "        }\n"
        "body    {\n"
        '          "id": 5\n'
        "        }\n"
        "caller  The client gets 200 OK with 8 bytes of application/json."
    )
    assert time.startswith("time    ")
    assert time.endswith(" ms for the import")


def test_json_has_all_of_it(program: Run) -> None:
    sent = json.dumps(event("sqs", queue="orders", bodies=[{"id": 1}, "not json"]))
    status, out, err = program("invoke", "shop:app", "-", "--json", input=sent)
    found = json.loads(out)
    bad = json.loads(sent)["Records"][1]["messageId"]
    assert status == 1
    assert "the shop opens\n1\n" in err
    assert set(found) == {
        *("source", "route", "answer", "error", "failed", "succeeded", "reports", "log", "caller", "ok"),
        *("milliseconds", "import_milliseconds"),
    }
    assert (found["source"], found["route"], found["error"], found["ok"]) == ("sqs", "on_order", None, False)
    assert found["answer"] == {"batchItemFailures": [{"itemIdentifier": bad}]}
    assert (found["failed"], len(found["succeeded"])) == ([bad], 1)
    assert found["caller"] == (
        "Lambda takes 1 message for done and deletes what is; 1 message to come again after the visibility timeout, until "
        f"the redrive policy moves them to the dead-letter queue: {bad}. That is so if the mapping has "
        "ReportBatchItemFailures; without it Lambda takes all of them for done."
    )
    assert "failed: PayloadError" in found["log"][0]
    assert 0 < found["milliseconds"] < 5_000
    assert 0 < found["import_milliseconds"] < 30_000


@pytest.mark.parametrize(
    ("path", "status", "caller"),
    [
        ("/orders/3", 0, "The client gets 200 OK with 8 bytes of application/json."),
        ("/orders/0", 1, "The client gets 404 Not Found with "),
        ("/orders/1", 1, "The client gets 500 Internal Server Error with "),
        ("/nowhere", 1, "The client gets 404 Not Found with "),
    ],
)
def test_an_http_answer_of_an_error_is_a_failure(run: Run, path: str, status: int, caller: str) -> None:
    found = told(run, "shop:app", "--sample", "alb", f"path={path}")
    assert (found[0], found[1]["error"]) == (status, None)
    assert found[1]["caller"].startswith(caller)


def test_an_exception_that_leaves_the_app(run: Run) -> None:
    status, out, _ = run("invoke", "shop:app", "--sample", "cognito.pre_sign_up", "username=eve")
    assert status == 1
    assert "error   ConcealedError: The request could not be handled" in out
    assert "\ncause   ValueError: no (shop.py:34)\n" in out
    assert "cognito gets the error ConcealedError in place of an answer." in out
    found = told(run, "shop:app", "--sample", "cognito.pre_sign_up", "username=ada")
    assert (found[0], found[1]["caller"]) == (0, "cognito reads this answer.")


def test_an_event_without_a_route(run: Run) -> None:
    status, found = told(run, "shop:app", "--sample", "s3", "bucket=elsewhere")
    assert (status, found["route"], found["error"]["type"]) == (1, None, "NoRouteError")
    assert 'write: @app.s3("elsewhere")' in found["error"]["message"]
    assert found["caller"].startswith("Lambda calls the function with this event twice more")


def test_an_entrypoint_of_other_sources_refuses(run: Run) -> None:
    status, found = told(run, "shop:workers", "--sample", "alb", "path=/orders/3")
    assert (status, found["route"], found["answer"]["statusCode"]) == (1, None, 404)
    assert told(run, "shop:workers", "--sample", "sqs", "queue=orders", 'body={"id": 1}')[0] == 0


def test_who_asks_sees_the_traceback(program: Run) -> None:
    arguments = ("invoke", "shop:app", "--sample", "s3", "bucket=elsewhere")
    assert "Traceback" not in program(*arguments).err
    assert "NoRouteError: no route for" in program("--debug", *arguments).err


def test_a_report_is_shown_and_not_sent(run: Run, apps: Path) -> None:
    status, found = told(
        *(run, "shop:app", "--sample", "cloudformation", "resource_type=Custom::Bucket"),
        'properties={"Name": "b-1"}',
    )
    assert (status, found["answer"]) == (0, None)
    (report,) = found["reports"]
    assert (report["operation"], report["parameters"]["Status"]) == ("PUT", "SUCCESS")
    assert report["parameters"]["PhysicalResourceId"] == "b-1"
    assert found["caller"] == (
        "cloudformation is told by PUT SUCCESS; the answer of the function itself is not read."
    )
    status, found = told(run, "apps:app", "--sample", "codepipeline", 'parameters={"fail": true}')
    assert [report["operation"] for report in found["reports"]] == ["put_job_failure_result"]
    assert (status, found["error"], "put_job_failure_result" in found["caller"]) == (1, None, True)
    shown = run("invoke", "apps:app", "--sample", "codepipeline").out
    assert "\nreport  put_job_success_result {" in shown


def test_async_handlers_lifespans_and_wrappers(run: Run, apps: Path) -> None:
    for app in ("apps:app", "apps:wrapped"):
        status, out, err = run("invoke", app, "--sample", "sqs", "queue=orders", 'body={"id": 1}')
        assert (status, err) == (0, "closed\n" if app == "apps:app" else err)
        assert "caller  Lambda deletes 1 message." in out


def test_a_direct_call(run: Run, apps: Path) -> None:
    (apps / "call.json").write_text('{"x": [1, "é"]}')
    status, found = told(run, "apps:app", "call.json")
    assert (status, found["source"], found["route"]) == (0, None, "direct")
    assert found["answer"] == {"direct": {"x": [1, "é"]}}
    assert found["caller"].startswith("Who calls the function gets this answer")
    assert "event   of no source: a direct call" in run("invoke", "apps:app", "call.json").out


def test_time_passes(run: Run, apps: Path) -> None:
    status, found = told(run, "apps:app", "--sample", "function_url", "path=/slow")
    assert (status, found["milliseconds"] >= 50) == (0, True)
    status, found = told(run, "apps:app", "--sample", "function_url", "path=/slow", "--timeout", "0.02")
    assert (status, found["error"]["type"]) == (1, "TimedOut")
    assert found["caller"] == "The client gets 502 Bad Gateway from AWS, without detail."


def test_records_that_are_answered(run: Run, apps: Path) -> None:
    arguments = ("apps:app", "--sample", "firehose", "stream=clicks")
    status, found = told(run, *arguments, 'datas=[{"id": 1}, {}]')
    assert (status, len(found["failed"]), len(found["succeeded"])) == (1, 1, 1)
    assert found["caller"] == f"firehose reads the answer: 1 record done, 1 failed: {found['failed'][0]}."


def test_on_a_terminal_it_is_coloured(program: Run) -> None:
    out = program("invoke", "shop:app", "--sample", "s3", "bucket=x", FORCE_COLOR="1").out
    assert "\x1b[1;31mNoRouteError: " in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop:app"], "name one FILE (or -), or an event with --sample NAME KEY=VALUE..."),
        (["shop:app", "a.json", "b.json"], "name one FILE (or -), or an event with --sample"),
        (["shop:app", "nowhere.json"], "nowhere.json cannot be read: No such file or directory"),
        (["shop:app", "--sample", "sqz"], "there is no event 'sqz'; did you mean 'sqs'?"),
        (["shop:app", "--sample", "sqs", "event.json"], "'event.json' is no part of an event: KEY=VALUE"),
        (["shop:app", "--sample", "sqs", "--timeout", "0"], "Invalid value for '--timeout': "),
        (["nowhere:app", "--sample", "sqs"], "there is no module nowhere in "),
        ([], "Missing argument 'APP'"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, arguments: list[str], said: str) -> None:
    status, out, err = run("invoke", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"lambda-router invoke: {said}")
