"""Names of test cases that are the same in every process, so that several can share the work."""

from __future__ import annotations

import re


def shown(value: object) -> str:
    """The repr of a value without addresses in it, cut to a length that can be read."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))[:80]
