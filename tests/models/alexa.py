"""What Alexa takes for an answer of a custom skill's function.

https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
https://developer.amazon.com/en-US/docs/alexa/custom-skills/request-and-response-json-reference.html
https://developer.amazon.com/en-US/docs/alexa/custom-skills/audioplayer-interface-reference.html
https://developer.amazon.com/en-US/docs/alexa/custom-skills/playback-controller-interface-reference.html

`version` and `response` are always sent. The end of a session and what is told of a skill, a list or a message have an
empty `response`; AudioPlayer and PlaybackController requests take AudioPlayer directives and no standard property, not
even `shouldEndSession`. A field that may be absent may be null. At most 120 KB, speech at most 8,000 characters.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

SILENT = (
    "SessionEndedRequest",
    "System.ExceptionEncountered",
    "Messaging.",
    "AlexaSkillEvent.",
    "AlexaHouseholdListEvent.",
)
PLAYERS = ("AudioPlayer.", "PlaybackController.")


def check(answer: Any, event: Any) -> None:
    """Refuse what the user would hear as a problem with the skill, or what would not be heard at all."""
    need(isinstance(answer, dict), "$ is no object")
    size = len(json.dumps(answer, allow_nan=False, ensure_ascii=False).encode())
    need(size <= 120 * 1024, "$ is larger than 120 KB")
    need(isinstance(answer.get("version"), str) and answer["version"], "$.version is no text")
    attributes = answer.get("sessionAttributes")
    need(attributes is None or isinstance(attributes, dict), "$.sessionAttributes is no object")
    response = answer.get("response")
    need(isinstance(response, dict), "$.response is no object")
    kind = "IntentRequest" if event is None else event["request"]["type"]
    given = {key for key, value in response.items() if value is not None}
    if kind.startswith(SILENT):
        need(not given, f"$.response has {given} where nothing is said")
    elif kind.startswith(PLAYERS):
        need(
            set(response) <= {"directives"},
            f"$.response has {set(response)} where there are directives alone",
        )
        for one in directives(response.get("directives")):
            need(
                one["type"].startswith("AudioPlayer."), "$.response.directives has others than AudioPlayer's"
            )
    else:
        standard(response)


def standard(response: dict[str, Any]) -> None:
    speech(response.get("outputSpeech"), "$.response.outputSpeech")
    again = response.get("reprompt")
    if again is not None:
        need(isinstance(again, dict), "$.response.reprompt is no object")
        speech(again.get("outputSpeech"), "$.response.reprompt.outputSpeech")
    card(response.get("card"))
    directives(response.get("directives"))
    end = response.get("shouldEndSession")
    need(end is None or end is True or end is False, "$.response.shouldEndSession is no boolean")


def directives(value: Any) -> list[Any]:
    need(value is None or isinstance(value, list), "$.response.directives is no array")
    for one in value or []:
        need(isinstance(one, dict), "$.response.directives has something else than objects")
        need(isinstance(one.get("type"), str) and one["type"], "$.response.directives.type is no text")
    return value or []


def speech(value: Any, at: str) -> None:
    if value is None:
        return
    need(isinstance(value, dict), f"{at} is no object")
    field = {"PlainText": "text", "SSML": "ssml"}.get(str(value.get("type")))
    need(field is not None, f"{at}.type is no type")
    said = value.get(str(field))
    need(isinstance(said, str) and 0 < len(said) <= 8000, f"{at}.{field} is no text of 8,000 characters")
    behaviours = (None, "ENQUEUE", "REPLACE_ALL", "REPLACE_ENQUEUED")
    need(value.get("playBehavior") in behaviours, f"{at}.playBehavior")


def card(value: Any) -> None:
    at = "$.response.card"
    if value is None:
        return
    need(isinstance(value, dict), f"{at} is no object")
    kind = value.get("type")
    need(kind in ("Simple", "Standard", "LinkAccount", "AskForPermissionsConsent"), f"{at}.type is no type")
    for field in ("title", "content", "text"):
        need(value.get(field) is None or isinstance(value[field], str), f"{at}.{field} is no text")
    image = value.get("image")
    need(image is None or isinstance(image, dict), f"{at}.image is no object")
    if kind == "AskForPermissionsConsent":
        asked = value.get("permissions")
        need(isinstance(asked, list) and asked, f"{at}.permissions are missing")
        need(all(isinstance(one, str) for one in asked), f"{at}.permissions are no texts")


def saying(**fields: Any) -> dict[str, Any]:
    return {"version": "1.0", "response": fields}


def asked(kind: str) -> dict[str, Any]:
    return {"request": {"type": kind}}


_HI = {"type": "PlainText", "text": "Hi"}
_PLAYED = asked("AudioPlayer.PlaybackNearlyFinished")
_PRESSED = asked("PlaybackController.NextCommandIssued")
WRONG: list[tuple[Any, Any, str]] = [
    (None, None, "null"),
    ("Hi", None, "a text"),
    ([], None, "an array"),
    ({"version": "1.0"}, None, "no response"),
    ({"response": {}}, None, "no version"),
    ({"version": 1.0, "response": {}}, None, "a version that is a number"),
    ({"version": "1.0", "response": "Hi"}, None, "a text for the response"),
    ({"version": "1.0", "response": {}, "sessionAttributes": ["a"]}, None, "attributes that are an array"),
    (saying(outputSpeech="Hi"), None, "a text for the speech"),
    (saying(outputSpeech={"text": "Hi"}), None, "no type"),
    (saying(outputSpeech={"type": "Text", "text": "Hi"}), None, "a type that there is not"),
    (saying(outputSpeech={"type": "SSML", "text": "Hi"}), None, "no ssml"),
    (saying(outputSpeech={"type": "PlainText", "text": 7}), None, "a number for the text"),
    (saying(outputSpeech={"type": "PlainText", "text": "x" * 8001}), None, "more than 8,000 characters"),
    (saying(outputSpeech={**_HI, "playBehavior": "NOW"}), None, "a behaviour that there is not"),
    (saying(reprompt=[_HI]), None, "a reprompt that is an array"),
    (saying(reprompt={"outputSpeech": {"type": "PlainText"}}), None, "a reprompt without text"),
    (saying(card={"title": "Hi"}), None, "a card without type"),
    (saying(card={"type": "AskForPermissionsConsent"}), None, "a card without permissions"),
    (saying(directives={"type": "Dialog.Delegate"}), None, "a directive in place of a list"),
    (saying(directives=[{}]), None, "a directive without type"),
    (saying(shouldEndSession="true"), None, "a text for a boolean"),
    (saying(outputSpeech=_HI), asked("SessionEndedRequest"), "speech after the end of the session"),
    (saying(shouldEndSession=True), asked("Messaging.MessageReceived"), "an answer to a message"),
    (saying(card={"type": "Simple"}), asked("AlexaSkillEvent.SkillEnabled"), "a card for an event"),
    (saying(outputSpeech=_HI), _PLAYED, "speech while audio plays"),
    (saying(shouldEndSession=True), _PLAYED, "a default that is an error"),
    (saying(shouldEndSession=None), _PRESSED, "a standard property, if null"),
    (saying(directives=[{"type": "Dialog.Delegate"}]), _PRESSED, "another's directive"),
    ({**saying(), "sessionAttributes": {"n": "x" * 123_000}}, None, "over 120 KB"),
]
"""Answers that Alexa refuses, the event where it matters, and what is wrong with each."""

__all__ = ["WRONG", "Refused", "check"]
