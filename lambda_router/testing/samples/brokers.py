"""What messages of Amazon MQ brokers have in common: their content, one for each, and the broker's ARN."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from . import SampleError, payloads, stamps


def each_data(data: Any, datas: Sequence[Any] | None) -> list[Any]:
    """The content of each message."""
    if datas is not None and not isinstance(datas, list | tuple):
        raise SampleError(
            f"datas is a list with the data of each message, not {datas!r:.80}; for one write data="
        )
    return [data] if datas is None else list(datas)


def each(part: str, given: str | Sequence[str], datas: list[Any]) -> list[str]:
    """One text for each message."""
    if isinstance(given, str):
        return [given] * len(datas)
    if len(given) != len(datas):
        raise SampleError(
            f"{part} is one text, or one for each of the {len(datas)} messages; not {len(given)}"
        )
    return list(given)


def arn(broker: str, region: str, account: str) -> str:
    """The ARN of a broker, given by its name or ARN."""
    return (
        broker
        if broker.startswith("arn:")
        else f"arn:aws:mq:{region}:{account}:broker:{broker}:b-{stamps.uuid()}"
    )


def encoded(content: Any) -> str:
    """The content of a message as an event has it."""
    return base64.b64encode(octets(content)).decode()


def octets(content: Any) -> bytes:
    """The content of a message: bytes as they are, text as UTF-8, anything else as JSON."""
    if isinstance(content, bytes):
        return content
    try:
        return payloads.text(content).encode()
    except UnicodeEncodeError:
        raise SampleError(
            "the content of a message is bytes, a JSON value or text that UTF-8 can write"
        ) from None
