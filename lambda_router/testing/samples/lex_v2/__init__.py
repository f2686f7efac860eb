"""Events of Amazon Lex V2 bots.

https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = ["event", "fulfillment"]

_SLOTS: dict[str, Any] = {"City": "Rome", "Guests": None}
_FILLED: dict[str, Any] = {"City": "Rome", "Guests": "4"}
_HOOKS = {"dialog": "DialogCodeHook", "fulfillment": "FulfillmentCodeHook"}


def event(
    intent: str = "BookTable",
    slots: Mapping[str, Any] = _SLOTS,
    *,
    hook: str = "dialog",
    transcript: str = "a table in Rome please",
    session_attributes: Mapping[str, str] | None = None,
    request_attributes: Mapping[str, str] | None = None,
    active_contexts: Sequence[Mapping[str, Any]] = (),
    confirmation: str = "None",
    state: str | None = None,
    bot: str = "Concierge",
    bot_id: str | None = None,
    alias: str = "prod",
    alias_id: str = "PRODALIAS1",
    version: str = "7",
    locale: str = "en_GB",
    mode: str = "Text",
    session_id: str | None = None,
) -> dict[str, Any]:
    """What a bot sends its `"dialog"` or `"fulfillment"` hook.

    The value of a slot is a text, a list of them, a mapping of slots below it, or None while it is empty. `mode` is
    `"Text"`, `"Speech"` or `"DTMF"`.
    """
    if hook not in _HOOKS:
        raise SampleError(f"there is no hook {hook!r}; there are: {', '.join(_HOOKS)}")
    found = {
        "name": intent,
        "slots": {name: _slot(value) for name, value in slots.items()},
        "state": state or ("InProgress" if hook == "dialog" else "ReadyForFulfillment"),
        "confirmationState": confirmation,
    }
    empty = next((name for name, value in slots.items() if value is None), None)
    return {
        "messageVersion": "1.0",
        "invocationSource": _HOOKS[hook],
        "inputMode": mode,
        "responseContentType": "text/plain;charset=utf-8",
        "sessionId": session_id or stamps.uuid(),
        "inputTranscript": transcript,
        "invocationLabel": f"{intent}-{hook}",
        "bot": {
            "id": bot_id or stamps.hexadecimal(10).upper(),
            "name": bot,
            "aliasId": alias_id,
            "aliasName": alias,
            "localeId": locale,
            "version": version,
        },
        "interpretations": [
            {"intent": plain(found), "interpretationSource": "Lex", "nluConfidence": 0.87},
            {
                "intent": {**plain(found), "name": "FallbackIntent", "slots": {}},
                "interpretationSource": "Lex",
            },
        ],
        **(
            {}
            if hook == "fulfillment" or empty is None
            else {"proposedNextState": _next(plain(found), empty)}
        ),
        "requestAttributes": dict(request_attributes or {}),
        "sessionState": {
            "activeContexts": plain(list(active_contexts)),
            "sessionAttributes": dict(session_attributes or {}),
            "intent": plain(found),
            "originatingRequestId": stamps.uuid(),
        },
        "transcriptions": [
            {
                "transcription": transcript,
                "transcriptionConfidence": 1.0,
                "resolvedContext": {"intent": intent},
                "resolvedSlots": {name: _slot(value) for name, value in slots.items() if value is not None},
            }
        ],
    }


def fulfillment(
    intent: str = "BookTable", slots: Mapping[str, Any] = _FILLED, **parts: Any
) -> dict[str, Any]:
    """What a bot sends when all slots have a value."""
    return event(intent, slots, hook="fulfillment", **parts)


def _slot(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if isinstance(value, str):
        said = {"originalValue": value.lower(), "interpretedValue": value, "resolvedValues": [value]}
        return {"shape": "Scalar", "value": said}
    if isinstance(value, Mapping):
        return {"shape": "Composite", "subSlots": {name: _slot(inner) for name, inner in value.items()}}
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return {**(_slot(" ".join(value)) or {}), "shape": "List", "values": [_slot(one) for one in value]}
    raise SampleError(
        f"a slot is text, a list of texts, a mapping of slots or None, not {type(value).__name__}"
    )


def _next(intent: dict[str, Any], slot: str) -> dict[str, Any]:
    """What Lex would do without the function: ask for a slot that is empty."""
    return {
        "intent": intent,
        "dialogAction": {"type": "ElicitSlot", "slotToElicit": slot},
        "prompt": {"attempt": "Initial"},
    }
