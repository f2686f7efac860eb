"""A source that nobody has heard of, as a third party would write it: one file, and one line on a Router subclass."""

from __future__ import annotations

from typing import Any

from lambda_router import criteria
from lambda_router.source import EventSource, RouteFactory, field, quoted

_to = field("telegram", "to")


class Telegraph(EventSource):
    """Telegrams.

    Invoked by
        The telegraph office, synchronously.
    Answer
        `{"reply": ...}`.
    An exception
        Is raised.
    See
        https://example.com/telegraph
    """

    name = "telegraph"
    marks = ("telegram",)
    content = {"text": field("telegram", "text")}
    parts = {"sender": field("telegram", "from"), "to": _to}
    payload = "text"

    def __call__(self, to: str, *, urgent: bool | None = None, **options: Any) -> RouteFactory:
        """Telegrams to a place."""
        return self.route(
            criteria.glob("to", _to, to),
            criteria.pattern("urgent", field("telegram"), None if urgent is None else {"urgent": [urgent]}),
            **options,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A telegram."""
        return isinstance(event, dict) and isinstance(event.get("telegram"), dict)

    def shape(self, result: Any, invocation: Any) -> Any:
        """The reply."""
        return {"reply": super().shape(result, invocation)}

    def suggest(self, subject: Any) -> str:
        """A decorator for the telegram's address."""
        return f"@app.telegraph({quoted(str(_to(subject)))})"
