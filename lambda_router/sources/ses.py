"""Amazon SES: mail that it receives.

Invoked by
    A receipt rule's Lambda action: asynchronously (`Event`, the default), or synchronously (`RequestResponse`), where SES
    waits 30 seconds. One mail an event, without its body.
Answer
    Where SES waits, `{"disposition": ...}`, which says what becomes of the mail: `CONTINUE`, `STOP_RULE` or
    `STOP_RULE_SET`. SES reads anything else as `CONTINUE`. Else it is ignored.
An exception
    Where SES waits, is logged and answered with `STOP_RULE_SET`, so that a check which fails lets no mail through; a
    Drop with `CONTINUE`. Else it is raised, so that Lambda retries the event. A mail that no route takes is raised.
See
    https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda.html
    https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
"""

from __future__ import annotations

import logging

from .. import call, criteria
from ..batch import all_from
from ..errors import ConfigurationError, NoRouteError, ResultError, RouterError
from ..failures import class_name, printable, survivable, text, where
from ..outcomes import Drop
from ..results import plain
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeGuard

    from ..criteria import Criterion
    from ..invocation import Invocation

log = logging.getLogger("lambda_router")

_CONTINUE, _STOP = "CONTINUE", "STOP_RULE_SET"
_DISPOSITIONS = (_CONTINUE, "STOP_RULE", _STOP)
_CHECKS = ("spam", "virus", "spf", "dkim", "dmarc")

_mail, _receipt = field("ses", "mail"), field("ses", "receipt")
_message_id = field("ses", "mail", "messageId")
_subject = field("ses", "mail", "commonHeaders", "subject")
_sender = field("ses", "mail", "source")
_recipients = field("ses", "receipt", "recipients")


def _verdicts(record: Any) -> dict[str, Any]:
    """The status of each check that SES has made, by the check's name."""
    found = {name: field("ses", "receipt", f"{name}Verdict", "status")(record) for name in _CHECKS}
    return {name: status for name, status in found.items() if isinstance(status, str)}


def _waits(event: Any) -> bool:
    """Whether SES waits for the answer; where it does not say so, it does not."""
    (record,) = event["Records"]
    return bool(field("ses", "receipt", "action", "invocationType")(record) == "RequestResponse")


class Ses(EventSource):
    """Amazon SES, receiving.

    `@app.ses(recipient="*@example.com", verdicts={"spam": "FAIL"})`. `recipient` is one of the addresses that the receipt
    rule matched, `sender` the address of the envelope, `subject` the subject: texts, globs or lists of them, addresses in
    any case. `verdicts` maps spam, virus, spf, dkim and dmarc to `PASS`, `FAIL`, `GRAY`, ... or lists; `pattern` is an
    event pattern over the record.
    """

    name = "ses"
    marks = ("Records[0].eventSource=aws:ses",)
    records = True
    parts = {
        "mail": _mail,
        "receipt": _receipt,
        "message_id": _message_id,
        "recipients": _recipients,
        "subject": _subject,
        "sender": _sender,
        "verdicts": _verdicts,
    }

    def __call__(
        self,
        *,
        recipient: str | Sequence[str] | None = None,
        sender: str | Sequence[str] | None = None,
        subject: str | Sequence[str] | None = None,
        verdicts: Mapping[str, Any] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a mail; what it returns is the disposition, where SES waits for one."""
        return self.route(
            _addresses("recipient", _recipients, recipient),
            _addresses("sender", lambda record: [_sender(record)], sender),
            criteria.glob("subject", _subject, subject, public=False),
            criteria.attributes("verdicts", _verdicts, _checked(verdicts)),
            criteria.pattern("pattern", lambda record: record, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """One record, which says that it is from SES."""
        return all_from(event, "aws:ses") and len(event["Records"]) == 1

    def carried(self, document: Any, raw: Any) -> Any:
        """An event that Lambda has put into the function's dead-letter queue; none that SES waits for."""
        return document if self.recognise(document) and not _waits(document) else None

    def subjects(self, event: Any) -> Sequence[Any]:
        """The record."""
        records: Sequence[Any] = event["Records"]
        return records

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """SES's id of the mail."""
        found = _message_id(event["Records"][0])
        return found if isinstance(found, str) else None

    def run(self, invocation: Invocation) -> Any:
        """Match, bind and call; an exception handler answers where SES waits."""
        (record,) = self.subjects(invocation.event)
        try:
            invocation.route = route = self.match(record)
            if route is None:
                raise self.no_route(record)
            invocation.subject = record
            return call.settle(route.call(record, invocation))
        except BaseException as exc:
            if _waits(invocation.event):
                return self.app.handle(exc, invocation)
            raise self.app.verdict(exc, invocation)  # noqa: B904 - as where nobody waits

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The disposition, said explicitly, since SES takes silence and mistakes for `CONTINUE`."""
        if not _waits(invocation.event):
            return None
        answer = plain({"disposition": _CONTINUE} if result is None else result)
        found = answer.get("disposition") if isinstance(answer, dict) and len(answer) == 1 else answer
        if not isinstance(found, str) or found not in _DISPOSITIONS:
            raise ResultError(
                f"return None or one of {', '.join(map(quoted, _DISPOSITIONS))}", path="$.disposition"
            )
        return {"disposition": found}

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Where SES waits, no further rule for the mail, or `CONTINUE` for a Drop; else the exception is raised."""
        if issubclass(type(exc), NoRouteError) or not _waits(invocation.event):
            return super().fail(exc, invocation)
        if issubclass(type(exc), Drop):
            return {"disposition": _CONTINUE}
        self._log(exc, invocation)
        return {"disposition": _STOP}

    def _log(self, exc: BaseException, invocation: Invocation) -> None:
        ours = issubclass(type(exc), RouterError)  # whose text holds no payload
        place = "" if ours else where(exc)
        log.error(
            "%s invocation failed: %s%s (reference %s)",
            self.name,
            class_name(exc),
            f": {printable(text(exc), limit=1_000)}" if ours else f" at {place}" if place else "",
            printable(invocation.correlation_id or "unknown"),
            exc_info=survivable(exc) if self.app.debug else None,
        )

    def suggest(self, subject: Any) -> str:
        """A decorator for the mail's first recipient."""
        found = _recipients(subject)
        first = found[0] if isinstance(found, list) and found else None
        return f"@app.ses(recipient={quoted(criteria.literal(first))})" if _is_name(first) else "@app.ses()"


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and value != ""


def _addresses(label: str, look: Callable[[Any], Any], written: Any) -> tuple[Criterion, ...]:
    """One of the addresses is, or matches as a glob, one of the texts, in upper or lower case."""
    if written is None:
        return ()
    wanted = [text.lower() for text in criteria.texts(label, written)]
    (criterion,) = criteria.any_of(label, look, wanted)

    def test(seen: Any) -> bool:
        found = seen if isinstance(seen, list) else ()
        return criterion.test([address.lower() for address in found if isinstance(address, str)])

    meaning = frozenset(wanted)
    return (criteria.Criterion(label, look, test=test, written=written, meaning=meaning, public=False),)


def _checked(verdicts: Any) -> Any:
    """The verdicts by the checks' names; `spamVerdict`, as SES calls it, is `spam`."""
    if not isinstance(verdicts, dict):
        return verdicts
    named = {str(name).removesuffix("Verdict"): status for name, status in verdicts.items()}
    unknown = ", ".join(sorted(named.keys() - set(_CHECKS)))
    if unknown or not named:
        raise ConfigurationError(f"verdicts are about {', '.join(_CHECKS)}, not {unknown or 'nothing'}")
    return named
