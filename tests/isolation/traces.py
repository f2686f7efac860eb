"""What a call may leave behind in the process, taken down before and after it."""

from __future__ import annotations

import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from contextvars import copy_context
from typing import Any

from isolation.app import Case, calls, send_here
from lambda_router.presigned import OUTBOX

_OWN = {calls, OUTBOX}
_SIGNALS = sorted(signal.valid_signals())


def traces() -> dict[str, Any]:
    """Everything of the process that a call could change, by what it is called."""
    return {
        "context variables": {v.name: value for v, value in copy_context().items() if v not in _OWN},
        "environment": os.environ._data.copy(),  # type: ignore[attr-defined] # as it is: decoding takes long
        "locale": locale.setlocale(locale.LC_ALL),
        "warnings filters": list(warnings.filters),
        "signal handlers": [signal.getsignal(number) for number in _SIGNALS],
        "interval timer": signal.getitimer(signal.ITIMER_REAL) > (0, 0),  # that of pytest-timeout may run
        "working directory": os.getcwd(),
        "import path": list(sys.path),
        "hooks": (sys.excepthook, sys.unraisablehook, threading.excepthook, sys.gettrace(), sys.getprofile()),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), gc.get_threshold(), gc.isenabled()),
        "logging": (logging.root.level, *logging.root.handlers, logging.getLogger("lambda_router").level),
        "random state": random.getstate()[1][-1:],  # how many numbers it has given
        "threads": frozenset(threading.enumerate()),
        "files and sockets": files(),
    }


def files() -> dict[str, str]:
    """What each open file descriptor is; that of the listing itself is closed by the time it is asked for."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try:
            found[number] = os.readlink(f"/proc/self/fd/{number}")
        except FileNotFoundError:
            continue
    return found


def left_by(app: Any, case: Case, before: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The names of what is not as it was before a case, and how it is now."""
    outcome = send_here(app, case)
    after = traces()
    changed = [name for name in before if before[name] != after[name]]
    if after["threads"] < before["threads"]:  # one that an earlier test had left has ended
        changed.remove("threads")
    changed += ["tasks"] if outcome.left else []
    changed += ["event"] if outcome.event != case.text else []
    return changed, after
