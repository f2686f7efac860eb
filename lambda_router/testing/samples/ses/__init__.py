"""Mail that Amazon SES has received.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, stamps

__all__ = ["asynchronous", "event"]

_CHECKS = ("spam", "virus", "spf", "dkim", "dmarc")


def event(
    recipient: str | Sequence[str] = "support@example.com",
    *,
    sender: str = "ada@example.com",
    subject: str = "My order",
    verdicts: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    message_id: str | None = None,
    invocation_type: str = "RequestResponse",
    function: str = "shop",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A mail to one or several recipients; SES waits for the disposition unless `invocation_type` is "Event".

    `verdicts` are those that are not `PASS`: `{"spam": "FAIL"}`. `headers` are added to those that every mail has.
    """
    if invocation_type not in ("RequestResponse", "Event"):
        raise SampleError(f'invocation_type is "RequestResponse" or "Event", not {invocation_type!r}')
    to = [recipient] if isinstance(recipient, str) else list(recipient)
    moment = stamps.Moment()
    receipt = {
        "timestamp": moment.iso_millis,
        "processingTimeMillis": 512,
        "recipients": list(to),
        **_verdicts(verdicts or {}),
        "action": {
            "type": "Lambda",
            "functionArn": f"arn:aws:lambda:{region}:{account}:function:{function}",
            "invocationType": invocation_type,
        },
    }
    mail = {
        "timestamp": moment.iso_millis,
        "source": sender,
        "messageId": message_id or stamps.hexadecimal(40),
        "destination": list(to),
        **_headers(sender, to, subject, date=_date(moment), added=headers or {}),
    }
    return {
        "Records": [
            {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": {"mail": mail, "receipt": receipt}}
        ]
    }


def _headers(
    sender: str, to: list[str], subject: str, *, date: str, added: Mapping[str, str]
) -> dict[str, Any]:
    """The headers one by one, and those that every mail has."""
    identifier = f"<{stamps.hexadecimal(20)}@mail.example.com>"
    named = {
        "Return-Path": f"<{sender}>",
        "From": sender,
        "To": ", ".join(to),
        "Subject": subject,
        "Date": date,
        "Message-ID": identifier,
        **added,
    }
    return {
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in named.items()],
        "commonHeaders": {
            "returnPath": sender,
            "from": [sender],
            "date": date,
            "to": to,
            "messageId": identifier,
            "subject": subject,
        },
    }


def _date(moment: stamps.Moment) -> str:
    """As mails have it, but for the day of the week: `23 Sep 2026 18:00:00 +0000`."""
    day, month, rest = moment.log.split("/")
    year, clock = rest.split(":", 1)
    return f"{int(day)} {month} {year} {clock}"


def _verdicts(given: Mapping[str, str]) -> dict[str, Any]:
    unknown = ", ".join(sorted(given.keys() - set(_CHECKS)))
    if unknown:
        raise SampleError(f"verdicts are about {', '.join(_CHECKS)}, not {unknown}")
    return {f"{check}Verdict": {"status": given.get(check, "PASS")} for check in _CHECKS}


def asynchronous(**parts: Any) -> dict[str, Any]:
    """A mail for which nobody waits: as `event`."""
    asked: dict[str, Any] = {"invocation_type": "Event", **parts}
    return event(**asked)
