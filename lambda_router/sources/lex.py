"""Amazon Lex V1 bots, whose support ended on 2025-09-15; for bots of today see the room `lex_v2`.

Invoked by
    Lex, synchronously, after what the user said (`DialogCodeHook`) or to fulfil an intent (`FulfillmentCodeHook`).
Answer
    A `dialogAction` that says what comes next. Fields that Lex does not know are refused by it, so they are here.
An exception
    Is raised with a general text, and Lex answers its client with a DependencyFailedException. The text of a
    `PublicError` is said to the user, and the intent has failed.
See
    https://docs.aws.amazon.com/lex/latest/dg/lambda-input-response-format.html
    https://docs.aws.amazon.com/lex/latest/dg/gl-limits.html
"""

from __future__ import annotations

from .. import criteria
from ..contract import anything, form, listed, mapped, one_of, optional, text, variants, wrong
from ..dialog import FULFILLMENT, CodeHook, attributes, changed, flat, known_hook, present
from ..source import RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal

    from ..dialog import Action

_intent = field("currentIntent", "name")
_slots = field("currentIntent", "slots")
_bot = field("bot", "name")

_SLOTS = mapped(optional(text(least=0)))
_BUTTON = form({"text": text(), "value": text()})
_CARD = form(
    {"contentType": one_of("application/vnd.amazonaws.card.generic")},
    {"genericAttachments": listed(form({}, {"buttons": listed(_BUTTON, most=5)}), most=10)},
)
_SHOWN = {
    "message": form(
        {"contentType": one_of("PlainText", "SSML", "CustomPayload"), "content": text()}, closed=True
    ),
    "responseCard": _CARD,
}
_ABOUT = {"type": anything, "intentName": text(), "slots": _SLOTS}
_ACTIONS = {
    "Close": form({"type": anything, "fulfillmentState": one_of("Fulfilled", "Failed")}, _SHOWN, closed=True),
    "ConfirmIntent": form(_ABOUT, _SHOWN, closed=True),
    "Delegate": form({"type": anything}, {"slots": _SLOTS}, closed=True),
    "ElicitIntent": form({"type": anything}, _SHOWN, closed=True),
    "ElicitSlot": form({**_ABOUT, "slotToElicit": text()}, _SHOWN, closed=True),
}
_ANSWER = form(
    {"dialogAction": variants("type", _ACTIONS)},
    {
        "sessionAttributes": flat,
        "recentIntentSummaryView": listed(form({"dialogActionType": one_of(*_ACTIONS)}), most=3),
        "activeContexts": listed(form({"name": text()}), most=20),
    },
    closed=True,
)


class Lex(CodeHook):
    """Amazon Lex V1 bots.

    `@app.lex("BookHotel", hook="fulfillment")` takes an intent by name, a glob or a list. `hook` is `"dialog"` or
    `"fulfillment"`, `bot` the bot's name, a glob or a list.
    """

    name = "lex"
    marks = ("currentIntent",)
    intent = _intent
    parts = {
        "intent": _intent,
        "slots": _slots,
        "slot_values": _slots,
        "session_attributes": attributes("sessionAttributes"),
        "transcript": field("inputTranscript"),
        "request": lambda event: event,
        "confirmation": field("currentIntent", "confirmationStatus"),
        "hook": field("invocationSource"),
        "bot": _bot,
        "user_id": field("userId"),
    }

    def __call__(
        self,
        intent: str | Sequence[str],
        *,
        hook: Literal["dialog", "fulfillment"] | None = None,
        bot: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a turn of the conversation."""
        named = criteria.glob("bot", _bot, bot)
        return self.route(*self.chosen(intent, hook=hook, bot=named), middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A bot by name, a user, one of the two hooks and a current intent, which Lex V2 has not."""
        return (
            isinstance(event, dict)
            and isinstance(_intent(event), str)
            and isinstance(_bot(event), str)
            and isinstance(event.get("userId"), str)
            and known_hook(event)
            and "sessionState" not in event
        )

    def document(self, action: Action, event: Any) -> dict[str, Any]:
        """The action with the slots of the event; Lex keeps the session attributes that are not sent back."""
        said = action.messages
        if len(said) > 1:
            raise wrong("$.dialogAction.message", "is more than one message")
        about = action.type in ("ConfirmIntent", "ElicitSlot")
        held = None if action.intent else _held(event)
        card = action.card
        if isinstance(card, dict) and "genericAttachments" not in card:
            card = {
                "version": 1,
                "contentType": "application/vnd.amazonaws.card.generic",
                "genericAttachments": [card],
            }
        dialog = {
            "type": action.type,
            "fulfillmentState": action.state,
            "intentName": (action.intent or _intent(event)) if about else None,
            "slots": changed(held, action.slots) if about or action.type == "Delegate" else None,
            "slotToElicit": action.slot,
            "slotElicitationStyle": action.style,
            "message": said[0] if said else None,
            "responseCard": card,
        }
        return present(
            {
                "sessionAttributes": action.session_attributes,
                "activeContexts": action.active_contexts,
                "requestAttributes": action.request_attributes,
                "dialogAction": present(dialog),
            }
        )

    def check(self, document: Any, event: Any) -> None:
        """Each type of action has fields of its own, and there must be something left to delegate."""
        _ANSWER(document, "$")
        dialog = document["dialogAction"]
        if dialog["type"] == "Delegate" and event.get("invocationSource") == FULFILLMENT:
            kept = dialog.get("slots") or {}
            if all(kept.get(name) is not None for name in _filled(event)):
                raise wrong("$.dialogAction.slots", "still has all values, so nothing is left to delegate")


def _held(event: Any) -> Any:
    """The slots of the event as they go back; AWS's own samples have numbers where Lex takes text alone."""
    slots = _slots(event)
    if not isinstance(slots, dict):
        return None
    return {name: str(value) if type(value) in (int, float) else value for name, value in slots.items()}


def _filled(event: Any) -> list[str]:
    slots = _slots(event)
    return [name for name, value in slots.items() if value is not None] if isinstance(slots, dict) else []
