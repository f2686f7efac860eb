"""What a handler may tell Amazon Lex to do next, and what the rooms of both its versions share.

    return Close("Your table is booked.")
    return ElicitSlot("City", "Which city?")
    return Delegate(slots={"City": None})

A message is a text, a message as Lex writes it (`{"contentType": "SSML", "content": "<speak>..."}`) or a list of them.
"""

from __future__ import annotations

from . import criteria, results
from .contract import mapped, text, wrong
from .errors import ConfigurationError, PublicError, ResultError
from .outcomes import Drop
from .source import EventSource, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, ClassVar, Literal, TypeAlias

    from .criteria import Criterion
    from .invocation import Invocation

    Message: TypeAlias = str | Mapping[str, Any]
    Messages: TypeAlias = Message | Sequence[Message] | None
    Attributes: TypeAlias = Mapping[str, str] | None
    Contexts: TypeAlias = Sequence[Mapping[str, Any]] | None

DIALOG, FULFILLMENT = "DialogCodeHook", "FulfillmentCodeHook"
_HOOKS = {"dialog": DIALOG, "fulfillment": FULFILLMENT}


class Action:
    """What Lex is to do next; its `type` is Lex's own name of it."""

    __slots__ = (
        "active_contexts",
        "card",
        "intent",
        "message",
        "request_attributes",
        "session_attributes",
        "slot",
        "slots",
        "state",
        "style",
    )
    type: ClassVar[str]
    """Lex's name of the action."""

    def __init__(
        self,
        message: Messages = None,
        *,
        card: Mapping[str, Any] | None = None,
        session_attributes: Attributes = None,
        active_contexts: Contexts = None,
        request_attributes: Attributes = None,
    ) -> None:
        self.message = message
        self.card = card
        self.session_attributes = session_attributes
        self.active_contexts = active_contexts
        self.request_attributes = request_attributes
        self.slot: str | None = None
        self.slots: Mapping[str, Any] | None = None
        self.state: str | None = None
        self.style: str | None = None
        self.intent: str | None = None

    @property
    def messages(self) -> list[Any]:
        """The messages as Lex writes them, a text as `PlainText`."""
        given = self.message
        several = list(given) if isinstance(given, list | tuple) else [] if given is None else [given]
        return [{"contentType": "PlainText", "content": m} if isinstance(m, str) else m for m in several]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Action.__slots__)

    def __repr__(self) -> str:
        told = {name: getattr(self, name) for name in ("slot", "intent", "state")}
        return f"{self.type}({', '.join(f'{k}={v!r}' for k, v in told.items() if v is not None)})"


class Close(Action):
    """End the intent: it is `"Fulfilled"` or `"Failed"`, and no answer is expected.

    Without a message Lex says what the bot has for this. `card` is a response card, `session_attributes` replace those of
    the session, `active_contexts` the contexts; `request_attributes` are for this one answer, in Lex V2.
    """

    __slots__ = ()
    type = "Close"

    def __init__(
        self,
        message: Messages = None,
        *,
        state: Literal["Fulfilled", "Failed"] = "Fulfilled",
        card: Mapping[str, Any] | None = None,
        session_attributes: Attributes = None,
        active_contexts: Contexts = None,
        request_attributes: Attributes = None,
    ) -> None:
        super().__init__(
            message,
            card=card,
            session_attributes=session_attributes,
            active_contexts=active_contexts,
            request_attributes=request_attributes,
        )
        self.state = state


class Delegate(Action):
    """Let Lex choose what comes next. `slots` change slots by name, None empties one; `state` is Lex V2's, of the intent."""

    __slots__ = ()
    type = "Delegate"

    def __init__(
        self,
        *,
        slots: Mapping[str, Any] | None = None,
        state: str | None = None,
        session_attributes: Attributes = None,
        active_contexts: Contexts = None,
        request_attributes: Attributes = None,
    ) -> None:
        super().__init__(
            session_attributes=session_attributes,
            active_contexts=active_contexts,
            request_attributes=request_attributes,
        )
        self.slots = slots
        self.state = state


class ElicitSlot(Action):
    """Ask for the value of a slot, of this intent or of another.

    `slots` change other slots by name, None empties one. `style` is how Lex V2 listens: `"SpellByLetter"`, `"SpellByWord"`.
    """

    __slots__ = ()
    type = "ElicitSlot"

    def __init__(
        self,
        slot: str,
        message: Messages = None,
        *,
        intent: str | None = None,
        slots: Mapping[str, Any] | None = None,
        style: Literal["Default", "SpellByLetter", "SpellByWord"] | None = None,
        card: Mapping[str, Any] | None = None,
        session_attributes: Attributes = None,
        active_contexts: Contexts = None,
        request_attributes: Attributes = None,
    ) -> None:
        super().__init__(
            message,
            card=card,
            session_attributes=session_attributes,
            active_contexts=active_contexts,
            request_attributes=request_attributes,
        )
        self.slot = slot
        self.intent = intent
        self.slots = slots
        self.style = style


class ElicitIntent(Action):
    """Ask what the user wants; Lex V2 has no message of its own for it."""

    __slots__ = ()
    type = "ElicitIntent"


class ConfirmIntent(Action):
    """Ask whether the intent, this one or another, is right; a yes or a no is expected. Lex V2 needs a message."""

    __slots__ = ()
    type = "ConfirmIntent"

    def __init__(
        self,
        message: Messages = None,
        *,
        intent: str | None = None,
        slots: Mapping[str, Any] | None = None,
        card: Mapping[str, Any] | None = None,
        session_attributes: Attributes = None,
        active_contexts: Contexts = None,
        request_attributes: Attributes = None,
    ) -> None:
        super().__init__(
            message,
            card=card,
            session_attributes=session_attributes,
            active_contexts=active_contexts,
            request_attributes=request_attributes,
        )
        self.intent = intent
        self.slots = slots


# -- what both rooms share -------------------------------------------------------------------------------------


class CodeHook(EventSource):
    """A function that a bot calls while it talks, to look at what was said or to fulfil what was asked for.

    A room says where Lex puts the name of the intent, and makes `document` of an Action and `check` of a document.
    """

    index = "intent"
    payload = "slot_values"
    shows_errors = True
    intent: ClassVar[Callable[[Any], Any]]

    def chosen(
        self, intent: Any, *, hook: Any, bot: tuple[Criterion, ...], locale: tuple[Criterion, ...] = ()
    ) -> list[tuple[Criterion, ...]]:
        """The criteria of a decorator, for `route`."""
        look = type(self).intent
        return [criteria.glob("intent", look, criteria.given("intent", intent)), _hook(hook), bot, locale]

    def document(self, action: Action, event: Any) -> Any:
        """The answer that tells Lex of an action."""
        raise NotImplementedError

    def check(self, document: Any, event: Any) -> None:
        """ResultError for a document that Lex does not take."""
        raise NotImplementedError

    def key(self, subject: Any) -> Any:
        """The name of the intent."""
        return type(self).intent(subject)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The action, or a text as the end of the intent, as Lex's document; a document as it is."""
        if isinstance(result, str):
            result = Close(result)
        if result is None:
            raise wrong(
                "$", "is null: return a text, Close, Delegate, ElicitSlot, ElicitIntent or ConfirmIntent"
            )
        action = self.document(result, invocation.event) if isinstance(result, Action) else result
        # https://docs.aws.amazon.com/lexv2/latest/dg/quotas.html
        document = results.plain(action, limit=25 * 1024)
        self.check(document, invocation.event)
        return document

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """Lex's failure answer with the text of a PublicError; a Drop lets the bot go on; all else is raised."""
        answer = _outcome(exc, invocation.event)
        if answer is not None:
            try:
                return self.shape(answer, invocation)
            except ResultError as refused:
                exc = refused if issubclass(type(exc), Drop) else exc
        return super().fail(exc, invocation)

    def suggest(self, subject: Any) -> str:
        """A decorator for the intent."""
        intent = type(self).intent(subject)
        shown = criteria.literal(intent) if isinstance(intent, str) and intent else "*"
        return f"@app.{self.name}({quoted(shown)})"


def _outcome(exc: BaseException, event: Any) -> Action | None:
    from .failures import text as text_of

    if issubclass(type(exc), Drop):
        return Close() if event.get("invocationSource") == FULFILLMENT else Delegate()
    return Close(text_of(exc), state="Failed") if issubclass(type(exc), PublicError) else None


def _hook(written: Any) -> tuple[Criterion, ...]:
    if written is None:
        return ()
    if written not in ("dialog", "fulfillment"):
        raise ConfigurationError(f'hook is "dialog" or "fulfillment", not {written!r}')
    look = field("invocationSource")
    wanted = _HOOKS[written]
    return (criteria.Criterion("hook", look, test=lambda seen: seen == wanted, written=written),)


def attributes(*path: str) -> Callable[[Any], Any]:
    """A getter of attributes: a copy of the object there, an empty one for null or nothing, None for anything else."""
    get = field(*path)

    def look(subject: Any) -> Any:
        found = get(subject)
        return dict(found) if isinstance(found, dict) else {} if found is None else None

    return look


def changed(held: Any, given: Any, *, write: Callable[[Any], Any] = lambda value: value) -> Any:
    """Slots with changes by name, each written as Lex does; changes that are no dict are left to the check."""
    if given is not None and not isinstance(given, dict):
        return given
    slots = held if isinstance(held, dict) else {}
    return {**slots, **{name: write(value) for name, value in (given or {}).items()}}


def present(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


_texts = mapped(text(least=0))


def flat(value: Any, path: str) -> None:
    """Session attributes: a flat object of texts, of 12 KB at most."""
    _texts(value, path)
    if results.encoded_size(value) > 12 * 1024:
        raise wrong(path, "is larger than 12 KB")


def known_hook(event: dict[Any, Any]) -> bool:
    """Whether the event says which of the two hooks it is for."""
    return event.get("invocationSource") in (DIALOG, FULFILLMENT)
