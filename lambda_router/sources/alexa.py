"""Custom skills of Alexa.

Invoked by
    Alexa, synchronously, and it waits for eight seconds. What is told of a skill, a list or a message is sent again until
    the function returns without an error.
Answer
    A `response` with speech, cards and directives. Audio players take directives alone, and the end of a session nothing.
An exception
    Is raised with a general text, and the user hears that there is a problem with the skill. The text of a `PublicError`
    is said to the user where speech is possible.
See
    https://docs.aws.amazon.com/lambda/latest/dg/services-alexa.html
    https://developer.amazon.com/en-US/docs/alexa/custom-skills/request-and-response-json-reference.html
    https://developer.amazon.com/en-US/docs/alexa/custom-skills/audioplayer-interface-reference.html
"""

from __future__ import annotations

from .. import criteria, results
from ..contract import anything, flag, form, listed, mapped, one_of, text, variants, wrong
from ..errors import PublicError, ResultError
from ..outcomes import Drop
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Literal

    from ..criteria import Criterion
    from ..invocation import Invocation

_LAUNCH, _INTENT, _ENDED = "LaunchRequest", "IntentRequest", "SessionEndedRequest"
_SILENT = (
    _ENDED,
    "System.ExceptionEncountered",
    "Messaging.",
    "AlexaSkillEvent.",
    "AlexaHouseholdListEvent.",
)
_PLAYERS = ("AudioPlayer.", "PlaybackController.")

_type = field("request", "type")
_locale = field("request", "locale")
_slots = field("request", "intent", "slots")
_skill = field("context", "System", "application", "applicationId")
_skill_of_session = field("session", "application", "applicationId")
_user = field("context", "System", "user", "userId")
_user_of_session = field("session", "user", "userId")
_endpoint = field("context", "System", "apiEndpoint")
_kept = field("session", "attributes")

_objects = mapped(anything)
_behaviour = one_of("ENQUEUE", "REPLACE_ALL", "REPLACE_ENQUEUED")
_SPEECH = variants(
    "type",
    {
        "PlainText": form({"text": text(most=8000)}, {"playBehavior": _behaviour}),
        "SSML": form({"ssml": text(most=8000)}, {"playBehavior": _behaviour}),
    },
)
_CARD = variants(
    "type",
    {
        "Simple": form({}, {"title": text(least=0), "content": text(least=0)}),
        "Standard": form({}, {"title": text(least=0), "text": text(least=0), "image": _objects}),
        "LinkAccount": form({}),
        "AskForPermissionsConsent": form({"permissions": listed(text(), needed=True)}),
    },
)
_DIRECTIVES = listed(form({"type": text()}))
_RESPONSE = form(
    {},
    {
        "outputSpeech": _SPEECH,
        "reprompt": form({}, {"outputSpeech": _SPEECH, "directives": _DIRECTIVES}),
        "card": _CARD,
        "directives": _DIRECTIVES,
        "shouldEndSession": flag,
        "canFulfillIntent": _objects,
        "apiResponse": _objects,
    },
)
_ANSWER = form({"version": text(), "response": _objects}, {"sessionAttributes": _objects})


def _intent(event: Any) -> str | None:
    """The name of the intent of an IntentRequest; what asks whether one could be fulfilled has a name too."""
    found = field("request", "intent", "name")(event) if _type(event) == _INTENT else None
    return found if isinstance(found, str) else None


def _attributes(event: Any) -> dict[str, Any] | None:
    """A copy of the session's attributes, empty where there are none."""
    found = _kept(event)
    return dict(found) if isinstance(found, dict) else {} if found is None else None


def _skills(event: Any) -> list[Any]:
    return [_skill(event), _skill_of_session(event)]


def _of_alexa(endpoint: Any) -> bool:
    """Whether an address is of Alexa's API in any region."""
    if not isinstance(endpoint, str) or not endpoint.startswith("https://"):
        return False
    return endpoint.removeprefix("https://").partition("/")[0].endswith(".amazonalexa.com")


def _values(event: Any) -> dict[str, Any] | None:
    """What was said for each slot: a text, a list where there are several, None for an empty slot."""
    slots = _slots(event)
    if slots is None:
        return {} if _intent(event) else None
    return {name: _value(slot) for name, slot in slots.items()} if isinstance(slots, dict) else None


def _value(slot: Any) -> Any:
    if not isinstance(slot, dict):
        return None
    several = field("slotValue", "values")(slot)
    if isinstance(several, list):
        return [one.get("value") for one in several if isinstance(one, dict)]
    return slot.get("value")


class Speech:
    """What Alexa says, and what goes with it: `Speech("Which color?", reprompt="Red or blue?")`.

    `ssml` says it with markup, as `<speak>...</speak>`. With a `reprompt`, a text or a Speech, the session stays open for
    an answer unless `end_session` says otherwise. `card` and `directives` are as Alexa writes them. The session keeps its
    attributes unless `session_attributes` replaces them; an empty dict clears them.
    """

    __slots__ = (
        "card",
        "directives",
        "end_session",
        "play_behavior",
        "reprompt",
        "session_attributes",
        "ssml",
        "text",
    )

    def __init__(
        self,
        text: str | None = None,
        *,
        ssml: str | None = None,
        reprompt: str | Speech | None = None,
        card: Mapping[str, Any] | None = None,
        directives: Sequence[Mapping[str, Any]] = (),
        end_session: bool | None = None,
        session_attributes: Mapping[str, Any] | None = None,
        play_behavior: Literal["ENQUEUE", "REPLACE_ALL", "REPLACE_ENQUEUED"] | None = None,
    ) -> None:
        self.text = text
        self.ssml = ssml
        self.reprompt = reprompt
        self.card = card
        self.directives = directives
        self.end_session = end_session
        self.session_attributes = session_attributes
        self.play_behavior = play_behavior

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Speech):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Speech.__slots__)

    def __repr__(self) -> str:
        given = [name for name in Speech.__slots__ if getattr(self, name) not in (None, ())]
        return f"<Speech with {', '.join(given) or 'nothing'}>"

    @property
    def output(self) -> dict[str, Any] | None:
        """The speech itself as Alexa writes it; ResultError for text and markup at once."""
        if self.text is not None and self.ssml is not None:
            raise wrong("$.response.outputSpeech", "is both text and SSML")
        if self.text is None and self.ssml is None:
            return None
        said = {"type": "PlainText", "text": self.text}
        if self.ssml is not None:
            said = {"type": "SSML", "ssml": self.ssml}
        return said if self.play_behavior is None else {**said, "playBehavior": self.play_behavior}

    def document(self, *, kept: Any = None) -> dict[str, Any]:
        """The answer as Alexa writes it, with these attributes of the session and nothing that was not asked for."""
        again = Speech(self.reprompt) if isinstance(self.reprompt, str) else self.reprompt
        end = False if self.end_session is None and again is not None else self.end_session
        said = again.output if isinstance(again, Speech) else again
        response = {
            "outputSpeech": self.output,
            "card": self.card,
            "reprompt": None if said is None else {"outputSpeech": said},
            "directives": self.directives or None,
            "shouldEndSession": end,
        }
        answer: dict[str, Any] = {
            "response": {name: value for name, value in response.items() if value is not None}
        }
        if self.session_attributes is not None or kept:
            answer["sessionAttributes"] = kept if self.session_attributes is None else self.session_attributes
        return answer


class Alexa(EventSource):
    """Custom skills of Alexa.

    `@app.alexa.intent("OrderPizza")`. `locale` is a language (`"en-*"`), `skill_id` the skill's id
    (`"amzn1.ask.skill..."`); each is a text, a glob or a list.
    """

    name = "alexa"
    marks = ("context",)
    index = "intent"
    payload = "slot_values"
    shows_errors = True
    parts = {
        "intent": _intent,
        "slots": _slots,
        "slot_values": _values,
        "session_attributes": _attributes,
        "locale": _locale,
        "user_id": lambda event: _user(event) or _user_of_session(event),
        "request": field("request"),
    }

    def launch(
        self,
        *,
        locale: str | Sequence[str] | None = None,
        skill_id: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """The skill is opened without saying what for."""
        chosen = [_of_type(_LAUNCH), *_where(locale, skill_id)]
        return self.route(*chosen, verb=".launch", middleware=middleware, name=name)

    def intent(
        self,
        intent: str | Sequence[str],
        *,
        locale: str | Sequence[str] | None = None,
        skill_id: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """The user asked for an intent: its name, a glob (`"AMAZON.*"`) or a list."""
        named = criteria.scheduled("intent", _intent, criteria.given("intent", intent), resource=_itself)
        return self.route(named, *_where(locale, skill_id), verb=".intent", middleware=middleware, name=name)

    def session_ended(
        self,
        *,
        locale: str | Sequence[str] | None = None,
        skill_id: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """The session has ended: the user left, said nothing, or there was an error. Nothing can be said any more."""
        chosen = [_of_type(_ENDED), *_where(locale, skill_id)]
        return self.route(*chosen, verb=".session_ended", middleware=middleware, name=name)

    def request(
        self,
        type: str | Sequence[str],
        *,
        locale: str | Sequence[str] | None = None,
        skill_id: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """A request of any type: its name, a glob (`"AudioPlayer.*"`) or a list."""
        chosen = [_of_type(criteria.given("type", type)), *_where(locale, skill_id)]
        return self.route(*chosen, verb=".request", middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A request with a type, told to a skill by its id or with the address of Alexa's API; maybe no session."""
        if not isinstance(event, dict) or not isinstance(_type(event), str):
            return False
        if not isinstance(field("context", "System")(event), dict):
            return False
        ids = [one for one in _skills(event) if isinstance(one, str)]
        return any(one.startswith("amzn1.ask.skill.") for one in ids) or _of_alexa(_endpoint(event))

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The request's id."""
        found = field("request", "requestId")(event)
        return found if isinstance(found, str) else None

    def key(self, subject: Any) -> Any:
        """The name of the intent, if there is one."""
        return _intent(subject)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """Speech, a text as speech, None as silence; a document as it is."""
        if result is None or isinstance(result, str):
            result = Speech(result)
        kind = str(_type(invocation.event))
        if isinstance(result, Speech):
            in_session = not kind.startswith(_SILENT + _PLAYERS)
            result = result.document(kept=_kept(invocation.event) if in_session else None)
        # https://developer.amazon.com/en-US/docs/alexa/custom-skills/request-and-response-json-reference.html
        document = results.plain(result, limit=120 * 1024)
        if isinstance(document, dict):
            document = {"version": "1.0", **document}
        _check(document, kind)
        return document

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """The text of a PublicError is said where speech is possible; a Drop is silence; all else is raised."""
        from ..failures import text as text_of

        if issubclass(type(exc), Drop):
            return {"version": "1.0", "response": {}}
        if issubclass(type(exc), PublicError):
            try:
                return self.shape(Speech(text_of(exc), end_session=True), invocation)
            except ResultError:  # nothing can be said here
                pass
        return super().fail(exc, invocation)

    def suggest(self, subject: Any) -> str:
        """A decorator for the intent, or for the type of the request."""
        kind, intent = _type(subject), _intent(subject)
        if intent is not None:
            return f"@app.alexa.intent({quoted(criteria.literal(intent) or '*')})"
        if kind in (_LAUNCH, _ENDED):
            return "@app.alexa.launch()" if kind == _LAUNCH else "@app.alexa.session_ended()"
        return f"@app.alexa.request({quoted(criteria.literal(str(kind)) or '*')})"


def _itself(name: str) -> str:
    return name


def _of_type(type: str | Sequence[str]) -> tuple[Criterion, ...]:
    return criteria.glob("type", _type, type)


def _where(locale: Any, skill_id: Any) -> list[tuple[Criterion, ...]]:
    return [criteria.glob("locale", _locale, locale), criteria.any_of("skill_id", _skills, skill_id)]


def _check(document: Any, kind: str) -> None:
    """ResultError for what Alexa does not take as an answer to this type of request."""
    _ANSWER(document, "$")
    response = document["response"]
    if kind.startswith(_SILENT):
        for name in (name for name, value in response.items() if value is not None):
            raise wrong(f"$.response.{name}", "is there, and this request takes an empty response")
    if kind.startswith(_PLAYERS):
        for name in response.keys() - {"directives"}:
            raise wrong(f"$.response.{name}", "is there, and this request takes directives alone")
    _RESPONSE(response, "$.response")
    if kind.startswith(_PLAYERS):
        for number, one in enumerate(response.get("directives") or ()):
            if not one["type"].startswith("AudioPlayer."):
                raise wrong(f"$.response.directives[{number}].type", "is not one of AudioPlayer's")
