"""An environment may be copied after the init phase: nothing that must differ is made before the first event.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from isolation.app import GENERATED, Call, Case, build, cases, suggestions
from lambda_router.presigned import OUTBOX

ROOT = Path(__file__).resolve().parents[2]
CHILDREN = 8


def ids(app: Any, chosen: list[Case]) -> list[str]:
    """What the answers to these cases have of their own, and not from the event."""
    found: list[str] = []
    for case in chosen:
        answer = app(json.loads(case.text), Call(case.plan, "request"))
        found += [
            one for one in GENERATED.findall(json.dumps(answer)) if one not in case.text and "T" not in one
        ]
    return found


def with_ids(app: Any) -> list[Case]:
    """The cases whose answers have ids that are made for them."""
    OUTBOX.set([])
    return [case for case in cases() if case.plan == "succeed" and ids(app, [case])]


def in_children(app: Any, chosen: list[Case]) -> list[list[str]]:
    """The ids that each of eight copies of this process makes."""
    found = []
    for _ in range(CHILDREN):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.write(writing, json.dumps(ids(app, chosen)).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as told:
            found.append(json.load(told))
        os.waitpid(child, 0)
    return found


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # of fork, where there are threads
def test_copies_of_an_environment_make_different_ids(plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = with_ids(plain)
    assert {case.room for case in chosen} >= {"alexa_smart_home"}
    made = [one for child in in_children(build(), chosen) for one in child]
    assert len(made) >= CHILDREN * len(chosen)
    assert len(set(made)) == len(made)

    seeded = random.Random(7)
    monkeypatch.setattr(os, "urandom", seeded.randbytes)  # as if it had been read before the copies were made
    made = [one for child in in_children(build(), chosen) for one in child]
    assert len(set(made)) < len(made)


# -- the init phase -----------------------------------------------------------------------------------------------

GUARD = """
import json, os, sys, threading
import awslambdaric.bootstrap

def refuse(*args):
    raise AssertionError("randomness was read")

def watch(event, args):
    if event.startswith("socket.") or (event == "open" and "random" in str(args[0])):
        seen.append(event)

seen = []
os.urandom = os.getrandom = refuse
sys.addaudithook(watch)
before = set(sys.modules)
from lambda_router import Router
app = Router()
app.codepipeline.client = app.config.client = app.codedeploy_hook.client = object()
app.s3_object_lambda.client = object()
for suggestion in json.load(sys.stdin):
    eval(suggestion[1:])(lambda event: None)
seen += ["thread"] * (threading.active_count() - 1)
print(json.dumps({"seen": seen, "new": sorted(set(sys.modules) - before), "routes": len(app.routes)}))
"""


def test_an_app_of_all_rooms_opens_no_socket_starts_no_thread_and_reads_no_randomness() -> None:
    """With clients of its own: making one is the SDK's affair. As in test_cold_start.py, where the guard is tested."""
    done = subprocess.run(
        [sys.executable, "-c", GUARD],
        input=json.dumps(suggestions()),
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["routes"] == len(suggestions())
    assert found["seen"] == []
    # The module random seeds itself from the system when it is imported, past anything that could be watched.
    assert not {"_random", "random"} & set(found["new"])
