"""Requests of Alexa to custom skills.

https://developer.amazon.com/en-US/docs/alexa/custom-skills/request-and-response-json-reference.html
https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import SampleError, stamps
from ..payloads import plain

__all__ = [
    "audio_player",
    "can_fulfill_intent",
    "connections_response",
    "element_selected",
    "event",
    "exception_encountered",
    "intent",
    "launch",
    "list_event",
    "message_received",
    "playback_controller",
    "session_ended",
    "skill_event",
    "user_event",
]

_TYPES = {
    "launch": "LaunchRequest",
    "intent": "IntentRequest",
    "session_ended": "SessionEndedRequest",
    "can_fulfill_intent": "CanFulfillIntentRequest",
    "audio_player": "AudioPlayer.PlaybackNearlyFinished",
    "playback_controller": "PlaybackController.NextCommandIssued",
    "element_selected": "Display.ElementSelected",
    "user_event": "Alexa.Presentation.APL.UserEvent",
    "connections_response": "Connections.Response",
    "exception_encountered": "System.ExceptionEncountered",
    "message_received": "Messaging.MessageReceived",
    "skill_event": "AlexaSkillEvent.SkillEnabled",
    "list_event": "AlexaHouseholdListEvent.ItemsCreated",
}
_ALONE = (
    "AudioPlayer.",
    "PlaybackController.",
    "System.",
    "Messaging.",
    "AlexaSkillEvent.",
    "AlexaHouseholdListEvent.",
)
"""How the types of requests that are in no session begin."""
_SLOTS = {"Size": "large", "Topping": None}
_SKILL = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a"


def event(
    trigger: str = "intent",
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = _SLOTS,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = _SKILL,
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A request by the name of its event here (`"launch"`) or by its type (`"AudioPlayer.PlaybackStarted"`).

    A slot without a value is None. `request` adds to the request's own fields, or replaces some. What is about the
    player, a skill, a list or a message is in no session.
    """
    kind = _TYPES.get(trigger, trigger)
    if kind not in _TYPES.values() and "." not in kind:
        raise SampleError(f"there is no trigger {trigger!r}; there are: {', '.join(_TYPES)}")
    user = {"userId": user_id or f"amzn1.ask.account.{stamps.hexadecimal(24).upper()}"}
    application = {"applicationId": skill_id}
    session = {
        "new": new,
        "sessionId": f"amzn1.echo-api.session.{stamps.uuid()}",
        "application": application,
        "attributes": plain(dict(session_attributes or {})),
        "user": user,
    }
    return {
        "version": "1.0",
        **({} if kind.startswith(_ALONE) else {"session": session}),
        "context": {
            "System": {
                **({} if kind == "Messaging.MessageReceived" else {"application": dict(application)}),
                "user": dict(user),
                **({} if kind.startswith(_ALONE[3:]) else {"device": _device()}),
                "apiEndpoint": "https://api.eu.amazonalexa.com",
                "apiAccessToken": f"ey.{stamps.hexadecimal(24)}",
            }
        },
        "request": {
            "type": kind,
            "requestId": f"amzn1.echo-api.request.{stamps.uuid()}",
            "timestamp": stamps.Moment().iso,
            **({"locale": locale} if not kind.startswith(_ALONE[3:]) else {}),
            **_fields(kind, intent, slots),
            **plain(dict(request or {})),
        },
    }


def launch(*, new: bool = True, **parts: Any) -> dict[str, Any]:
    """The skill is opened by its name alone."""
    return event("launch", new=new, **parts)


def intent(**parts: Any) -> dict[str, Any]:
    """The user asked for something."""
    return event("intent", **parts)


def session_ended(**parts: Any) -> dict[str, Any]:
    """The user left the skill."""
    return event("session_ended", **parts)


def can_fulfill_intent(**parts: Any) -> dict[str, Any]:
    """Alexa asks whether the skill could do something."""
    return event("can_fulfill_intent", **parts)


def audio_player(**parts: Any) -> dict[str, Any]:
    """A stream nears its end."""
    return event("audio_player", **parts)


def playback_controller(**parts: Any) -> dict[str, Any]:
    """A button of a player was pressed."""
    return event("playback_controller", **parts)


def element_selected(**parts: Any) -> dict[str, Any]:
    """Something on a screen was touched."""
    return event("element_selected", **parts)


def user_event(**parts: Any) -> dict[str, Any]:
    """A visual document sent an event."""
    return event("user_event", **parts)


def connections_response(**parts: Any) -> dict[str, Any]:
    """A task or a purchase, for which the skill handed over, is done."""
    return event("connections_response", **parts)


def exception_encountered(**parts: Any) -> dict[str, Any]:
    """An earlier answer was refused."""
    return event("exception_encountered", **parts)


def message_received(**parts: Any) -> dict[str, Any]:
    """A message of the skill's own backend; neither its application nor a session is told."""
    return event("message_received", **parts)


def skill_event(**parts: Any) -> dict[str, Any]:
    """The skill was enabled."""
    return event("skill_event", **parts)


def list_event(**parts: Any) -> dict[str, Any]:
    """Something was put on a list of the user's."""
    return event("list_event", **parts)


def _device() -> dict[str, Any]:
    return {
        "deviceId": f"amzn1.ask.device.{stamps.hexadecimal(24).upper()}",
        "supportedInterfaces": {"AudioPlayer": {}},
    }


def _fields(kind: str, intent: str, slots: Mapping[str, str | None]) -> dict[str, Any]:
    """What the request of a type has of its own."""
    asked = {
        "name": intent,
        "confirmationStatus": "NONE",
        "slots": {name: _slot(name, value) for name, value in slots.items()},
    }
    own: dict[str, dict[str, Any]] = {
        "LaunchRequest": {"shouldLinkResultBeReturned": False},
        "IntentRequest": {"dialogState": "STARTED", "intent": asked},
        "CanFulfillIntentRequest": {"intent": asked},
        "SessionEndedRequest": {"reason": "USER_INITIATED"},
        "AudioPlayer.PlaybackNearlyFinished": {"token": "track-7", "offsetInMilliseconds": 210_500},
        "Display.ElementSelected": {"token": "row-2"},
        "Alexa.Presentation.APL.UserEvent": {
            "token": "menu-1",
            "arguments": ["pressed", "large"],
            "source": {"type": "TouchWrapper", "handler": "Press"},
            "components": {},
        },
        "Connections.Response": {
            "name": "Buy",
            "status": {"code": "200", "message": "OK"},
            "token": "purchase-3",
            "payload": {"purchaseResult": "ACCEPTED", "productId": "extra-cheese"},
        },
        "System.ExceptionEncountered": {
            "error": {"type": "INVALID_RESPONSE", "message": "The directive is not known"},
            "cause": {"requestId": f"amzn1.echo-api.request.{stamps.uuid()}"},
        },
        "Messaging.MessageReceived": {"message": {"order": "7", "status": "baked"}},
        "AlexaSkillEvent.SkillEnabled": {
            "eventCreationTime": stamps.Moment().iso,
            "eventPublishingTime": stamps.Moment().iso,
        },
        "AlexaHouseholdListEvent.ItemsCreated": {
            "body": {"listId": "list-1", "listItemIds": ["item-1", "item-2"]},
        },
    }
    return own.get(kind, {})


def _slot(name: str, value: str | None) -> dict[str, Any]:
    said = {} if value is None else {"value": value}
    return {"name": name, **said, "confirmationStatus": "NONE", "source": "USER"}
