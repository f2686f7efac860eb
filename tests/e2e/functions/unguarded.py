"""The function of router.py with the two guards taken away that stand between user code and the runtime client."""

from __future__ import annotations

from typing import Any

import router

import lambda_router.failures
import lambda_router.results


def as_it_is(value: Any, **_: Any) -> Any:
    return value


lambda_router.failures.survivable = as_it_is
lambda_router.results.plain = as_it_is

app = router.app
