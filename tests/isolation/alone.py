"""What comes of a case where it is the first and only one: each is sent in a process that was forked for it.

The process that forks has built the apps and sent nothing. Run as a module it reads cases, a line each, and writes outcomes.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

from isolation.app import FLAVOURS, Case, Outcome, build, send

TESTS = Path(__file__).resolve().parents[1]


class Alone:
    """`alone(flavour, case)`; outcomes are remembered."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "isolation.alone"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._known: dict[tuple[str, Case], Outcome] = {}

    def __call__(self, flavour: str, case: Case) -> Outcome:
        if (flavour, case) not in self._known:
            self._known[flavour, case] = self._ask(flavour, case)
        return self._known[flavour, case]

    def _ask(self, flavour: str, case: Case) -> Outcome:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([flavour, *case]) + "\n")
        self._process.stdin.flush()
        outcome: Outcome = pickle.loads(base64.b64decode(self._process.stdout.readline()))
        return outcome

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def serve() -> None:
    """Answer every line of standard input from a child of this process."""
    logging.disable(logging.CRITICAL)
    apps = {flavour: build(flavour) for flavour in FLAVOURS}
    for line in sys.stdin:
        flavour, *case = json.loads(line)
        child = os.fork()
        if child == 0:
            _answer(apps[flavour], Case(*case))
        os.waitpid(child, 0)


def _answer(app: Any, case: Case) -> None:
    try:
        outcome = base64.b64encode(pickle.dumps(send(app, case)))
        sys.stdout.buffer.write(outcome + b"\n")
        sys.stdout.flush()
    finally:
        os._exit(0)


if __name__ == "__main__":
    serve()
