"""`lambda-router dev`: the app behind a real HTTP server, asked by a real HTTP client."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import COMMAND, Run

APP = """
from lambda_router import Router

app = Router()


@app.lifespan
def life():
    yield
    print("closed")


@app.get("/orders/{order_id}")
def read(order_id: int, request) -> dict:
    return {"id": order_id, "source": request.source, "stage": request.stage}


@app.get("/remaining")
def remaining(context) -> dict:
    return {"milliseconds": context.get_remaining_time_in_millis()}
"""


@contextmanager
def served(*arguments: str, directory: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command while it runs: the address that it prints, and its process."""
    (directory / "served.py").write_text(APP)
    command = [*COMMAND, "dev", "served:app", "--port", "0", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=directory, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def got(url: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    with served(directory=tmp_path) as (url, process):
        assert url.startswith("http://127.0.0.1:")
        assert got(f"{url}/orders/7") == (200, {"id": 7, "source": "api_gateway_http", "stage": "$default"})
        assert got(f"{url}/orders/x")[0] == 422
        assert 0 < got(f"{url}/remaining")[1]["milliseconds"] <= 30_000
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    lines = err.splitlines()
    assert [line.rpartition(" ")[0].rpartition(" ")[0] for line in lines[:2]] == [
        "GET /orders/7 200",
        "GET /orders/x 422",
    ]
    assert lines[-1] == "closed"


@pytest.mark.parametrize(
    ("source", "stage"), [("alb", None), ("vpc_lattice", None), ("api_gateway_rest", "prod")]
)
def test_it_stands_in_for_any_source(tmp_path: Path, source: str, stage: str | None) -> None:
    options = ("--stage", stage) if stage else ()
    with served("--source", source, *options, directory=tmp_path) as (url, process):
        status, found = got(f"{url}/orders/7")
        assert (status, found["id"], found["source"]) == (200, 7, source)
        assert stage is None or (url.endswith(f"/{stage}") and found["stage"] == stage)
        process.terminate()
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "GET " in err
    assert "/orders/7 200 " in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--source", "sqs"], "sqs sends no HTTP requests; api_gateway_rest, api_gateway_http, "),
        (
            ["--source", "alb", "--stage", "prod"],
            "alb has no stages; api_gateway_rest and api_gateway_http have",
        ),
        (["--port", "70000"], "Invalid value for '--port': "),
    ],
)
def test_wrong_usage_is_one_line(run: Run, arguments: list[str], said: str) -> None:
    status, out, err = run("dev", "shop:app", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"lambda-router dev: {said}")


def test_a_port_that_is_taken_is_a_failure(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, out, err = run("dev", "shop:app", "--port", port)
    assert (status, out) == (1, "")
    reason = os.strerror(98)
    assert err == f"the shop opens\nlambda-router dev: port {port} cannot be had: {reason}\n"
