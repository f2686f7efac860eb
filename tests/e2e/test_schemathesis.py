"""schemathesis against the example app on the real runtime client: it looks for what its document does not say.

It makes requests that the OpenAPI document allows and such that it forbids, and checks each answer: status, content
type, body, headers, methods, keys. It runs in a process of its own, with one seed and a bounded number of requests.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lambda_router.testing.server import serve

ROOT = Path(__file__).resolve().parents[2]

# Whatever stands in the part of a multipart form is text: its fields cannot be sent with a wrong type.
CONFIGURATION = """
[[operations]]
include-name = "POST /photos"
checks.negative_data_rejection.enabled = false
"""

COMMAND = (
    *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "--no-color", "run"),
    *("--seed", "1", "--max-examples", "5", "--checks", "all", "--generation-database", "none"),
    *("--phases", "examples,coverage,fuzzing,stateful", "--suppress-health-check", "all"),
    *("--header", "x-api-key: staff", "--continue-on-failure"),
)


@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_schemathesis_finds_nothing(lambda_runtime: Any, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    runtime = lambda_runtime("examples.openapi.app", cwd=ROOT, timeout=20)
    with serve(runtime) as server:
        done = subprocess.run(
            [*COMMAND, "--url", server.url, f"{server.url}/openapi.json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert server.errors == []
    tested = re.search(r"Tested: (\d+)", done.stdout)
    generated = re.search(r"(\d+) generated", done.stdout)
    assert tested is not None, done.stdout
    assert int(tested[1]) == 8
    assert generated is not None, done.stdout
    assert int(generated[1]) > 200
