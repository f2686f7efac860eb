"""Agents of Amazon Bedrock: functions behind an action group.

Invoked by
    An agent, synchronously, when its model decides to call a tool: a function with parameters, or an operation of an API
    schema.
Answer
    A text for the model under the function's name, or a status and JSON under the operation's; at most 25 KB. The
    session's attributes go back with it.
An exception
    Fails the agent's session: `FAILURE`, or a 500 of an operation, with a generic text and a reference, unless it is a
    `PublicError`. What the model can mend (`Retry`, parameters that do not validate) asks it again: `REPROMPT`, or a
    400. An `HTTPError` is an operation's answer.
See
    https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html
"""

from __future__ import annotations

from .. import binding, criteria, payload
from ..arguments import ArgumentVocabulary
from ..contract import form, listed, mapped, one_of, text, whole, wrong
from ..errors import HTTPError, NoRouteError, PayloadError, ResultError
from ..outcomes import Drop, Retry
from ..results import dumps, plain
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, Literal

    from ..contract import Check
    from ..criteria import Criterion
    from ..invocation import Invocation
    from ..source import Route

LIMIT = 25 * 1024
"""The bytes that an answer may have."""

_method, _path = field("httpMethod"), field("apiPath")
_group, _agent = field("actionGroup"), field("agent")
_ATTRIBUTES = ("sessionAttributes", "promptSessionAttributes")
_REPEATED = ("actionGroup", "function", "apiPath", "httpMethod")


class AgentResponse:
    """An answer with more to say than its body: `AgentResponse("Booked.", session_attributes={"visits": "2"})`.

    `body` is a text or any JSON. `state` is "REPROMPT" or "FAILURE" for a function, `status` the HTTP status of an
    operation. `session_attributes` and `prompt_session_attributes` replace those of the session, texts all of them;
    `knowledge_bases` is `knowledgeBasesConfiguration` as AWS documents it.
    """

    __slots__ = (
        "body",
        "knowledge_bases",
        "prompt_session_attributes",
        "session_attributes",
        "state",
        "status",
    )

    def __init__(
        self,
        body: Any = None,
        *,
        status: int | None = None,
        state: Literal["REPROMPT", "FAILURE"] | None = None,
        session_attributes: Mapping[str, str] | None = None,
        prompt_session_attributes: Mapping[str, str] | None = None,
        knowledge_bases: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        self.body = body
        self.status = status
        self.state = state
        self.session_attributes = session_attributes
        self.prompt_session_attributes = prompt_session_attributes
        self.knowledge_bases = knowledge_bases

    def __eq__(self, other: object) -> bool:
        return type(other) is AgentResponse and all(
            getattr(self, name) == getattr(other, name) for name in AgentResponse.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        told = {name: getattr(self, name) for name in ("status", "state")}
        return f"AgentResponse({', '.join(f'{k}={v!r}' for k, v in told.items() if v is not None)})"


def _is_operation(event: Any) -> bool:
    return isinstance(_path(event), str) and isinstance(_method(event), str)


def _function(event: Any) -> Any:
    """The function's name; None of an operation."""
    return None if _is_operation(event) else event.get("function")


# -- what is asked ---------------------------------------------------------------------------------------------


def _values(given: Any) -> dict[str, Any]:
    """The values of parameters or properties by name, each as its declared type says where it can be read so."""
    return {
        one["name"]: _typed(one)
        for one in (given if isinstance(given, list) else ())
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    }


def _typed(one: dict[str, Any]) -> Any:
    value, read = one.get("value"), _READERS.get(str(one.get("type")))
    if read is None or not isinstance(value, str):
        return value
    try:
        return read(one["name"], value)
    except PayloadError:
        return value


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "integer": payload.SCALARS[int],
    "number": payload.SCALARS[float],
    "boolean": payload.SCALARS[bool],
    "array": payload.document,
    "object": payload.document,
}
"""What reads a value of each type; an agent sends all of them as text."""


def _request_body(event: Any) -> dict[str, Any]:
    """The properties of the request's body, of JSON or of the only content type that there is."""
    content = field("requestBody", "content")(event)
    if not isinstance(content, dict) or not content:
        return {}
    return _values(field("properties")(content.get("application/json") or next(iter(content.values()))))


def _parameters(event: Any) -> dict[str, Any]:
    """All values by name; a parameter goes before a property of the body with its name."""
    return {**_request_body(event), **_values(event.get("parameters"))}


def _attributes(name: str) -> Callable[[Any], Any]:
    """A getter of attributes: a copy, empty where there are none."""
    get = field(name)

    def look(event: Any) -> Any:
        found = get(event)
        return dict(found) if isinstance(found, dict) else {} if found is None else None

    return look


class BedrockAgent(EventSource):
    """Agents of Amazon Bedrock.

    `@app.bedrock_agent("find_order")` is a function of an action group, `@app.bedrock_agent.operation("GET",
    "/orders/{id}")` an operation of an API schema, its path written as there. `action_group` is a name, `agent` a name or
    an id; each may be a glob or a list.
    """

    name = "bedrock_agent"
    marks = ("actionGroup",)
    index = "function"
    payload = "parameters"
    parts = {
        "parameters": _parameters,
        "request_body": _request_body,
        "session_attributes": _attributes("sessionAttributes"),
        "prompt_session_attributes": _attributes("promptSessionAttributes"),
        "agent": _agent,
        "input_text": field("inputText"),
        "session_id": field("sessionId"),
    }

    def __call__(
        self,
        function: str | Sequence[str],
        *,
        action_group: str | Sequence[str] | None = None,
        agent: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a function; its result is what the model reads."""
        return self.route(
            _sent("function", _function, function),
            *_where(action_group, agent),
            middleware=middleware,
            name=name,
        )

    def operation(
        self,
        method: str | Sequence[str],
        path: str | Sequence[str],
        *,
        action_group: str | Sequence[str] | None = None,
        agent: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call an operation; its result is JSON, with the status 200 unless an AgentResponse has another."""
        upper = [one.upper() for one in criteria.texts("method", criteria.given("method", method))]
        return self.route(
            _sent("method", _method, upper[0] if isinstance(method, str) else upper),
            _sent("path", _path, path),
            *_where(action_group, agent),
            verb=".operation",
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """An agent, its action group, and an operation or a function."""
        if not isinstance(event, dict) or not isinstance(_agent(event), dict):
            return False
        if not isinstance(_group(event), str):
            return False
        return _is_operation(event) or isinstance(_function(event), str)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The session's id."""
        found = event.get("sessionId")
        return found if isinstance(found, str) else None

    def key(self, subject: Any) -> Any:
        """The function's name."""
        return _function(subject)

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The parts, and the parameters by name."""
        return ArgumentVocabulary(source=self.name, parts=self.parts, payload="parameters")

    def suggest(self, subject: Any) -> str:
        """A decorator for the function or the operation."""
        operation = _is_operation(subject)
        named = [_method(subject), _path(subject)] if operation else [_function(subject)]
        shown = ", ".join(quoted(criteria.literal(one) or "*") for one in named)
        return f"@app.bedrock_agent{'.operation' if operation else ''}({shown})"

    # -- what is answered --------------------------------------------------------------------------------------

    def admit(self, invocation: Invocation) -> None:
        """Read what an answer has to repeat."""
        event = invocation.event
        invocation.subject = {name: event[name] for name in (*_REPEATED, *_ATTRIBUTES) if name in event}

    def skip(self, invocation: Invocation) -> Any:
        """Nothing to read."""
        return self.shape(None, invocation)

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The result under the name of what was asked; an agent's own document as it is."""
        asked = invocation.root.subject
        if not (isinstance(result, dict) and "messageVersion" in result and "response" in result):
            reply = result if isinstance(result, AgentResponse) else AgentResponse(result)
            result = _document(reply, asked)
        answer = plain(result, limit=LIMIT)
        _check(answer, asked)
        return answer

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """What the model is told, or the agent; all but a Drop and what the model can mend is logged."""
        if issubclass(type(exc), Drop):
            return self.skip(invocation)
        if issubclass(type(exc), NoRouteError):
            raise exc
        function = not _is_operation(invocation.root.subject)
        reply = self._reply(exc, invocation, function=function)
        if function:
            reply.status = None
        else:
            reply.state, reply.body = None, {"error": reply.body}
        return self.shape(reply, invocation)

    def _reply(self, exc: Any, invocation: Invocation, *, function: bool) -> AgentResponse:
        """A failure in the forms of both: a state for a function, a status for an operation."""
        from ..failures import class_name, concealed, is_ours
        from ..failures import text as text_of

        kind = type(exc)  # isinstance would ask the exception for its __class__
        if issubclass(kind, Retry) or (issubclass(kind, PayloadError) and is_ours(exc)):
            return AgentResponse(text_of(exc) or class_name(exc), status=400, state="REPROMPT")
        if issubclass(kind, HTTPError) and not function:
            return AgentResponse(exc.detail, status=exc.status)
        said = concealed(exc, invocation.correlation_id)
        self.app._failure(said, invocation)  # logged here, since Lambda does not see it fail
        return AgentResponse(text_of(said) or class_name(said), status=500, state="FAILURE")


def _sent(label: str, look: Callable[[Any], Any], written: Any) -> tuple[Criterion, ...]:
    """A glob over what only the one of the two forms has: a star is not about the other."""
    return criteria.scheduled(label, look, criteria.given(label, written), resource=lambda seen: seen)


def _where(action_group: Any, agent: Any) -> list[tuple[Criterion, ...]]:
    names = field("agent", "name"), field("agent", "id")
    return [
        criteria.glob("action_group", _group, action_group),
        criteria.any_of("agent", lambda event: [look(event) for look in names], agent),
    ]


# -- documents -------------------------------------------------------------------------------------------------


def _document(reply: AgentResponse, event: Any) -> dict[str, Any]:
    given = (reply.session_attributes, reply.prompt_session_attributes)
    echoed = {
        name: _echo(event, name) if own is None else own for name, own in zip(_ATTRIBUTES, given, strict=True)
    }
    more = {**echoed, "knowledgeBasesConfiguration": reply.knowledge_bases}
    return {
        "messageVersion": "1.0",
        "response": (_answered if _is_operation(event) else _told)(reply, event),
        **{name: value for name, value in more.items() if value is not None},
    }


def _echo(event: Any, name: str) -> Any:
    """The session's attributes as they came, where they are what an answer may hold."""
    found = event.get(name)
    fits = isinstance(found, dict) and all(isinstance(value, str) for value in found.values())
    return found if fits else None


def _told(reply: AgentResponse, event: Any) -> dict[str, Any]:
    if reply.status is not None:
        raise ResultError("a function has no status: write state=", path="$.status")
    body = "" if reply.body is None else reply.body if isinstance(reply.body, str) else dumps(reply.body)
    state = {} if reply.state is None else {"responseState": reply.state}
    return {
        "actionGroup": _group(event),
        "function": _function(event),
        "functionResponse": {**state, "responseBody": {"TEXT": {"body": body}}},
    }


def _answered(reply: AgentResponse, event: Any) -> dict[str, Any]:
    if reply.state is not None:
        raise ResultError("an operation has no state: write status=", path="$.state")
    return {
        "actionGroup": _group(event),
        "apiPath": _path(event),
        "httpMethod": _method(event),
        "httpStatusCode": 200 if reply.status is None else reply.status,
        "responseBody": {"application/json": {"body": dumps(reply.body)}},
    }


def _json(value: Any, path: str) -> None:
    text(least=0)(value, path)
    try:
        payload.document(path, value)
    except PayloadError:
        raise wrong(path, "is not JSON") from None


def _bodies(value: Any, path: str) -> None:
    """One body under its content type; what says that it is JSON is."""
    mapped(_BODY)(value, path)
    if len(value) != 1:
        raise wrong(path, "has not one content type")
    if "application/json" in value:
        _json(value["application/json"]["body"], f"{path}.application/json.body")


_BODY = form({"body": text(least=0)})
_TEXTS = mapped(text(least=0))
_TOLD: dict[str, Check] = {
    "functionResponse": form(
        {"responseBody": form({"TEXT": _BODY}, closed=True)},
        {"responseState": one_of("FAILURE", "REPROMPT")},
        closed=True,
    )
}
_ANSWERED: dict[str, Check] = {"httpStatusCode": whole(100, 599), "responseBody": _bodies}
_MORE: dict[str, Check] = {
    "sessionAttributes": _TEXTS,
    "promptSessionAttributes": _TEXTS,
    "knowledgeBasesConfiguration": listed(form({"knowledgeBaseId": text()})),
}


def _same(expected: Any) -> Check:
    """What has to come back as it was sent."""

    def check(value: Any, path: str) -> None:
        if value != expected:
            raise wrong(path, "is not what the agent asked")

    return check


def _check(answer: Any, event: Any) -> None:
    operation = _is_operation(event)
    asked = ("apiPath", "httpMethod") if operation else ("function",)
    echoed = {name: _same(event[name]) for name in ("actionGroup", *asked)}
    response = form({**echoed, **(_ANSWERED if operation else _TOLD)}, closed=True)
    form({"messageVersion": one_of("1.0"), "response": response}, _MORE, closed=True)(answer, "$")
    _no_nulls(answer, "$")
    if not operation:
        _no_nulls(answer["response"]["functionResponse"], "$.response.functionResponse")


def _no_nulls(document: dict[str, Any], path: str) -> None:
    for name, value in document.items():
        if value is None:
            raise wrong(f"{path}.{name}", "is null: leave it out")
