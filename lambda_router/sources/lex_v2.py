"""Amazon Lex V2 bots.

Invoked by
    Lex, synchronously, after what the user said (`DialogCodeHook`) or to fulfil an intent (`FulfillmentCodeHook`).
Answer
    A `sessionState` with a `dialogAction` that says what comes next, and messages.
An exception
    Is raised with a general text: the bot goes on with what it has for a failed hook, or Lex answers its client with a
    DependencyFailedException. The text of a `PublicError` is said to the user, and the intent has failed.
See
    https://docs.aws.amazon.com/lexv2/latest/dg/lambda-input-format.html
    https://docs.aws.amazon.com/lexv2/latest/dg/lambda-response-format.html
    https://docs.aws.amazon.com/lexv2/latest/dg/lambda-common-structures.html
"""

from __future__ import annotations

from .. import criteria
from ..contract import form, listed, mapped, one_of, optional, text, variants, whole, wrong
from ..dialog import CodeHook, attributes, changed, flat, known_hook, present
from ..source import RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Literal

    from ..dialog import Action

_intent = field("sessionState", "intent", "name")
_slots = field("sessionState", "intent", "slots")
_session = attributes("sessionState", "sessionAttributes")
_bot, _bot_id, _locale = field("bot", "name"), field("bot", "id"), field("bot", "localeId")
_meaning = field("value", "interpretedValue")

_VALUE = form(
    {"interpretedValue": text()}, {"originalValue": text(), "resolvedValues": listed(text(least=0))}
)


def _slot(value: Any, path: str) -> None:
    """A slot of one value, of several, or of slots below it."""
    _SLOT(value, path)
    if value.get("value") is None and value.get("shape") not in ("List", "Composite"):
        raise wrong(f"{path}.value", "is missing")


def _sub_slot(value: Any, path: str) -> None:
    _SUB_SLOT(value, path)


_SLOTS = mapped(optional(_slot))
_SLOT = form(
    {},
    {
        "shape": one_of("Scalar", "List", "Composite"),
        "value": _VALUE,
        "values": listed(_slot),
        "subSlots": _SLOTS,
    },
)
_SUB_SLOT = form({"name": text()}, {"subSlotToElicit": _sub_slot})
_INTENT = form(
    {"name": text()},
    {
        "slots": _SLOTS,
        "state": one_of(
            *("Failed", "Fulfilled", "FulfillmentInProgress", "InProgress", "ReadyForFulfillment", "Waiting")
        ),
        "confirmationState": one_of("Confirmed", "Denied", "None"),
    },
)
_CONTEXT = form(
    {
        "name": text(),
        "contextAttributes": mapped(text(least=0)),
        "timeToLive": form({"timeToLiveInSeconds": whole(5, 86_400), "turnsToLive": whole(1, 20)}),
    }
)
_ACTION = form(
    {"type": one_of("Close", "ConfirmIntent", "Delegate", "ElicitIntent", "ElicitSlot")},
    {
        "slotToElicit": text(),
        "slotElicitationStyle": one_of("Default", "SpellByLetter", "SpellByWord"),
        "subSlotToElicit": _sub_slot,
    },
)
_TEXT = form({"content": text()})
_CARD = form(
    {"title": text()},
    {
        "subtitle": text(),
        "imageUrl": text(),
        "buttons": listed(form({"text": text(), "value": text()}), most=5),
    },
)
_MESSAGE = variants(
    "contentType",
    {
        "PlainText": _TEXT,
        "SSML": _TEXT,
        "CustomPayload": _TEXT,
        "ImageResponseCard": form({"imageResponseCard": _CARD}),
    },
)
_STATE = form(
    {"dialogAction": _ACTION},
    {"intent": _INTENT, "sessionAttributes": flat, "activeContexts": listed(_CONTEXT, most=20)},
)
_ANSWER = form(
    {"sessionState": _STATE},
    {"messages": listed(_MESSAGE, most=10), "requestAttributes": mapped(text(least=0))},
)


def _value(slot: Any) -> Any:
    """What a slot was taken to mean: a text, a list of them, or of slots below it by name; None while it is empty."""
    if not isinstance(slot, dict):
        return None
    if isinstance(several := slot.get("values"), list):
        return [_meaning(one) for one in several if isinstance(one, dict)]
    below = slot.get("subSlots")
    if isinstance(below, dict):
        return {name: _meaning(one or {}) for name, one in below.items() if _is(one)}
    return _meaning(slot)


def _is(slot: Any) -> bool:
    return slot is None or isinstance(slot, dict)


def _values(event: Any) -> dict[str, Any] | None:
    slots = _slots(event)
    return {name: _value(slot) for name, slot in slots.items()} if isinstance(slots, dict) else None


def _written(value: Any) -> Any:
    """A slot of this value as Lex writes it."""
    if not isinstance(value, str):
        return value
    return {"value": {"originalValue": value, "interpretedValue": value, "resolvedValues": [value]}}


class LexV2(CodeHook):
    """Amazon Lex V2 bots.

    `@app.lex_v2("BookHotel", hook="fulfillment")` takes an intent by name, a glob or a list. `hook` is `"dialog"` or
    `"fulfillment"`, `bot` the bot's name or id, `locale` its language (`"en_US"`); each is a text, a glob or a list.
    """

    name = "lex_v2"
    marks = ("sessionState",)
    intent = _intent
    parts = {
        "intent": _intent,
        "slots": _slots,
        "slot_values": _values,
        "session_attributes": _session,
        "transcript": field("inputTranscript"),
        "request": lambda event: event,
        "confirmation": field("sessionState", "intent", "confirmationState"),
        "hook": field("invocationSource"),
        "bot": _bot,
        "locale": _locale,
        "session_id": field("sessionId"),
    }

    def __call__(
        self,
        intent: str | Sequence[str],
        *,
        hook: Literal["dialog", "fulfillment"] | None = None,
        bot: str | Sequence[str] | None = None,
        locale: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a turn of the conversation."""
        named = criteria.any_of("bot", _names, bot)
        spoken = criteria.glob("locale", _locale, locale)
        chosen = self.chosen(intent, hook=hook, bot=named, locale=spoken)
        return self.route(*chosen, middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A session with its state, a bot with an id and a locale, and one of the two hooks."""
        return (
            isinstance(event, dict)
            and isinstance(event.get("sessionState"), dict)
            and isinstance(event.get("sessionId"), str)
            and isinstance(_bot_id(event), str)
            and isinstance(_locale(event), str)
            and known_hook(event)
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The id of the request that the user's words came with."""
        found = field("sessionState", "originatingRequestId")(event)
        return found if isinstance(found, str) else None

    def document(self, action: Action, event: Any) -> dict[str, Any]:
        """The action with the session attributes and the intent of the event, as far as it does not change them."""
        said = action.messages
        if action.card is not None:
            said.append({"contentType": "ImageResponseCard", "imageResponseCard": action.card})
        kept = _session(event) or None
        dialog = {
            "type": action.type,
            "slotToElicit": action.slot,
            "slotElicitationStyle": action.style,
        }
        state = {
            "sessionAttributes": kept if action.session_attributes is None else action.session_attributes,
            "activeContexts": action.active_contexts,
            "dialogAction": present(dialog),
            "intent": None if action.type == "ElicitIntent" else _of(action, event),
        }
        return present(
            {
                "sessionState": present(state),
                "messages": said or None,
                "requestAttributes": action.request_attributes,
            }
        )

    def check(self, document: Any, event: Any) -> None:
        """What each action needs beside its type."""
        _ANSWER(document, "$")
        state = document["sessionState"]
        dialog, intent = state["dialogAction"], state.get("intent")
        if dialog["type"] == "ElicitSlot" and dialog.get("slotToElicit") is None:
            raise wrong("$.sessionState.dialogAction.slotToElicit", "is missing")
        if dialog["type"] in ("ElicitIntent", "ConfirmIntent") and not document.get("messages"):
            raise wrong("$.messages", f"are missing, and {dialog['type']} needs one")
        if intent is None and dialog["type"] not in ("ElicitIntent", "Delegate"):
            raise wrong("$.sessionState.intent", "is missing")
        if (
            intent is not None
            and intent.get("state") == "ReadyForFulfillment"
            and dialog["type"] != "Delegate"
        ):
            raise wrong("$.sessionState.intent.state", "is ReadyForFulfillment, which is for Delegate alone")


def _names(event: Any) -> list[Any]:
    return [_bot(event), _bot_id(event)]


def _of(action: Action, event: Any) -> dict[str, Any]:
    """The intent of an answer: the event's, or another one of which nothing is known yet."""
    held = field("sessionState", "intent")(event)
    if action.intent or not isinstance(held, dict):
        held = {"name": action.intent}
    asking = "InProgress" if action.type in ("ElicitSlot", "ConfirmIntent") else held.get("state")
    return present(
        {
            "name": held.get("name"),
            "slots": changed(held.get("slots"), action.slots, write=_written),
            "state": action.state or asking,
            "confirmationState": held.get("confirmationState"),
        }
    )
