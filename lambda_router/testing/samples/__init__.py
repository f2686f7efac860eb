"""Sample events, a folder a room: its builder in `__init__.py` and checked examples as `<variant>.json`.

A room's module lists in `__all__` what it builds: `event` is the room's own name, every other function one of
its variants, so that `event("sqs.fifo")` is `samples/sqs/__init__.py: fifo`. A JSON file is `{"see": ...,
"event": ...}`, where `see` is the AWS page that it was written from.
"""

from __future__ import annotations


class SampleError(ValueError):
    """What was asked for is not on offer: a name, a part or a value; the text says what there is."""
