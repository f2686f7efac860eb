"""Events of Amazon Lex V1 bots.

https://docs.aws.amazon.com/lex/latest/dg/lambda-input-response-format.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps

__all__ = ["event", "fulfillment"]

_SLOTS = {"City": "Rome", "Guests": None}
_FILLED = {"City": "Rome", "Guests": "4"}
_HOOKS = {"dialog": "DialogCodeHook", "fulfillment": "FulfillmentCodeHook"}


def event(
    intent: str = "BookTable",
    slots: Mapping[str, str | None] = _SLOTS,
    *,
    hook: str = "dialog",
    transcript: str = "a table in Rome please",
    session_attributes: Mapping[str, str] | None = None,
    request_attributes: Mapping[str, str] | None = None,
    confirmation: str = "None",
    bot: str = "Concierge",
    alias: str = "prod",
    version: str = "7",
    user_id: str | None = None,
    output: str = "Text",
) -> dict[str, Any]:
    """What a bot sends its `"dialog"` or `"fulfillment"` hook; a slot without a value is None.

    `output` is `"Text"` or `"Voice"`.
    """
    if hook not in _HOOKS:
        raise SampleError(f"there is no hook {hook!r}; there are: {', '.join(_HOOKS)}")
    return {
        "messageVersion": "1.0",
        "invocationSource": _HOOKS[hook],
        "userId": user_id or f"user-{stamps.hexadecimal(8)}",
        "sessionAttributes": dict(session_attributes or {}),
        "requestAttributes": None if request_attributes is None else dict(request_attributes),
        "bot": {"name": bot, "alias": alias, "version": version},
        "outputDialogMode": output,
        "currentIntent": {
            "name": intent,
            "nluIntentConfidenceScore": 0.87,
            "slots": dict(slots),
            "slotDetails": {name: _details(value) for name, value in slots.items()},
            "confirmationStatus": confirmation,
        },
        "alternativeIntents": [],
        "inputTranscript": transcript,
        "recentIntentSummaryView": None,
        "sentimentResponse": None,
        "activeContexts": [],
    }


def fulfillment(
    intent: str = "BookTable", slots: Mapping[str, str | None] = _FILLED, **parts: Any
) -> dict[str, Any]:
    """What a bot sends when all slots have a value."""
    return event(intent, slots, hook="fulfillment", **parts)


def _details(value: str | None) -> dict[str, Any] | None:
    return None if value is None else {"resolutions": [{"value": value}], "originalValue": value.lower()}
