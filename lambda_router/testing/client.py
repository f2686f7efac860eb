"""A client that calls an app as Lambda does: a JSON event, the entrypoint, the runtime client's encoder.

    client = Client(app)
    assert client.get("/orders/7", source="alb").json() == {"id": 7}
    assert client.sqs("orders", [{"id": 1}, "not json"]).failed

An exception that leaves the app is kept in the result's `error` and not raised, as Lambda would report it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, ParamSpec, Self, TypeVar, overload
from urllib.parse import urlencode

from lambda_router.answers import AnsweredSource
from lambda_router.batch import PolledSource, RecordSource
from lambda_router.errors import DispatchError
from lambda_router.explain import Explanation
from lambda_router.failures import class_name, printable, text
from lambda_router.http.request import Headers
from lambda_router.http.source import HttpSource, pairs
from lambda_router.presigned import OUTBOX
from lambda_router.results import dumps
from lambda_router.router import Entrypoint, Router
from lambda_router.source import EventSource

from . import events
from .context import LambdaContext
from .samples.activemq import event as activemq_event
from .samples.alexa import event as alexa_event
from .samples.alexa_smart_home import event as alexa_smart_home_event
from .samples.api_gateway_authorizer import event as authorizer_event
from .samples.api_gateway_websocket import event as websocket_event
from .samples.cloudformation import event as cloudformation_event
from .samples.cloudfront import event as cloudfront_event
from .samples.cloudwatch_logs import event as cloudwatch_logs_event
from .samples.codecommit import event as codecommit_event
from .samples.codedeploy_hook import event as codedeploy_hook_event
from .samples.codepipeline import event as codepipeline_event
from .samples.cognito import event as cognito_event
from .samples.cognito_sync import event as cognito_sync_event
from .samples.config import event as config_event
from .samples.connect import event as connect_event
from .samples.dynamodb import event as dynamodb_event
from .samples.eventbridge import event as eventbridge_event
from .samples.eventbridge import schedule as schedule_event
from .samples.eventbridge import scheduler as scheduler_event
from .samples.firehose import event as firehose_event
from .samples.http import Content
from .samples.iot import event as iot_event
from .samples.iot_events import event as iot_events_event
from .samples.kafka import event as kafka_event
from .samples.kinesis import event as kinesis_event
from .samples.lex import event as lex_event
from .samples.lex_v2 import event as lex_v2_event
from .samples.rabbitmq import event as rabbitmq_event
from .samples.s3 import event as s3_event
from .samples.s3_batch import event as s3_batch_event
from .samples.secrets_manager import event as secrets_manager_event
from .samples.ses import event as ses_event
from .samples.sns import event as sns_event
from .samples.sqs import event as sqs_event

__all__ = ["BatchResult", "Client", "HttpResult", "Result"]


class Result:
    """What became of one event.

    `event` is the event as it was sent, `context` the context, `response` the exact JSON value that Lambda
    would get, `error` the exception that left the app (then `response` is None), or None. `put` are the answers
    that the app would have put to presigned URLs, as it does for CloudFormation.
    """

    def __init__(
        self,
        *,
        event: Any,
        context: Any,
        response: Any,
        error: BaseException | None,
        room: type[EventSource] | None,
        router: Router | None,
        put: Sequence[Any] = (),
    ) -> None:
        self.event = event
        self.context = context
        self.response = response
        self.error = error
        self.put = list(put)
        self._room = room
        self._router = router

    @property
    def source(self) -> str | None:
        """The name of the event's source, as `detect` gives it."""
        return None if self._room is None else self._room.name

    @cached_property
    def route(self) -> str | None:
        """The name of the route whose criteria the event (its first record) meets, or None."""
        found = self._explanation
        if found is None or found.noise:
            return None
        if found.whole is not None:
            return found.whole.name
        taken = found.subjects[0].taken if found.subjects else found.default if found.source is None else None
        return None if taken is None else taken.name

    @cached_property
    def _explanation(self) -> Explanation | None:
        return None if self._router is None else self._router.explain(self.event)

    def raise_for_error(self) -> Self:
        """Raise the exception that left the app, if one did; else the result itself."""
        if self.error is not None:
            raise self.error
        return self

    def __repr__(self) -> str:
        by = f"by {self.route}" if self.route else "by no route"
        sender = self.source or ("a direct caller" if self.route else "an unknown source")
        if self.error is not None:
            what = f"\n  {class_name(self.error)}: {printable(text(self.error), limit=600)}"
        else:
            what = f": {self._summary}"
        return f"<{type(self).__name__} of {sender} {by}{what}{self._advice}>"

    @property
    def _summary(self) -> str:
        return printable(json.dumps(self.put[0] if self.put else self.response))

    @property
    def _advice(self) -> str:
        """The decorator that is missing, where no error says so."""
        found = None if self._explanation is None else self._explanation.suggestion
        said = isinstance(self.error, DispatchError)
        return f"\n  to take it, write: {found}" if found and not said else ""


class HttpResult(Result):
    """The answer to an HTTP request, whichever source it came through."""

    @property
    def _answer(self) -> Mapping[str, Any]:
        answer = self.raise_for_error().response
        if not isinstance(answer, dict) or not isinstance(answer.get("statusCode"), int):
            raise ValueError(f"the app's response is no HTTP answer: {printable(repr(answer))}")
        return answer

    @property
    def status(self) -> int:
        """The status code; raises `error` where the app answered nothing."""
        status: int = self._answer["statusCode"]
        return status

    @cached_property
    def headers(self) -> Headers:
        """The headers by name in any case, repeated ones joined; `headers.all(name)` has them apart."""
        answer = self._answer
        cookies = pairs({"set-cookie": answer.get("cookies")})
        return Headers([*pairs(answer.get("headers")), *pairs(answer.get("multiValueHeaders")), *cookies])

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the answer sets, by name; their attributes are in `headers.all("set-cookie")`."""
        named = [cookie.partition(";")[0].partition("=") for cookie in self.headers.all("set-cookie")]
        return {name.strip(): value.strip() for name, _, value in named}

    @property
    def body(self) -> bytes:
        """The body in bytes, decoded where the answer has it in base64."""
        body = self._answer.get("body") or ""
        if not isinstance(body, str):
            raise ValueError(f"the body of an HTTP answer is text, not {type(body).__name__}")
        encoded = self._answer.get("isBase64Encoded") is True
        return base64.b64decode(body, validate=True) if encoded else body.encode("utf-8", "surrogatepass")

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as a JSON value; ValueError if it is none."""
        return json.loads(self.body)

    @property
    def _summary(self) -> str:
        try:
            return f"{self.status} {printable(self.body.decode('utf-8', 'replace'))}".rstrip()
        except ValueError:
            return super()._summary


class BatchResult(Result):
    """What became of an event of records, as its service would take the answer."""

    @cached_property
    def _identifiers(self) -> list[Any]:
        if self._room is None or not issubclass(self._room, RecordSource):
            return []
        room = self._room(self._router)
        found = [room.identifier(record) for record in room.subjects(self.event)]
        return [room.item(identifier) for identifier in found] if isinstance(room, PolledSource) else found

    @property
    def failed(self) -> list[Any]:
        """The identifiers of the records that come again: those reported, or all where the app raised.

        Of records that are answered one by one, those that the answer says have failed.

        Of a stream, and of a partition of a topic, also all behind the one that is reported.
        """
        if self.error is not None:
            return list(self._identifiers)
        if self._room is not None and issubclass(self._room, AnsweredSource):
            return self._room.failures(self.response)
        answered = self.response.get("batchItemFailures") if isinstance(self.response, dict) else None
        reported = [failure["itemIdentifier"] for failure in answered or ()]
        room = self._room
        streamed = room is not None and issubclass(room, PolledSource) and not room.reports_rest
        return _again(self._identifiers, reported) if streamed and reported else reported

    @property
    def succeeded(self) -> list[Any]:
        """The identifiers of the records that are done with."""
        failed = self.failed
        return [identifier for identifier in self._identifiers if identifier not in failed]

    @property
    def _summary(self) -> str:
        failed = self.failed
        counted = f"{len(self._identifiers) - len(failed)} of {len(self._identifiers)} succeeded"
        return f"{counted}, failed: {printable(', '.join(map(str, failed)))}" if failed else counted


def _again(identifiers: list[Any], reported: list[Any]) -> list[Any]:
    """What a stream sends again: of each partition from the lowest number reported on, or all where one is unknown.

    https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
    https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
    """
    if not all(identifier in identifiers for identifier in reported):
        return list(identifiers)
    lowest: dict[Any, int] = {}
    try:
        for partition, number in map(_place, reported):
            lowest[partition] = min(number, lowest.get(partition, number))
        placed = [(identifier, *_place(identifier)) for identifier in identifiers]
    except (TypeError, ValueError):
        return list(identifiers)
    return [one for one, partition, number in placed if partition in lowest and number >= lowest[partition]]


def _place(identifier: Any) -> tuple[Any, int]:
    """The partition and the number of a record; a batch of a shard is of one partition, which has no name."""
    if isinstance(identifier, dict):
        return identifier["partition"], int(identifier["offset"])
    return None, int(identifier)


P = ParamSpec("P")
R = TypeVar("R", bound=Result)


class Sender(Generic[P, R]):
    """One room on a client: its builder's signature is the method's, and the kind of result it gives."""

    def __init__(self, build: Callable[P, Any], kind: type[R]) -> None:
        self.build = build
        self.kind = kind

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: Client, owner: type) -> Callable[P, R]: ...
    def __get__(self, client: Client | None, owner: type) -> Self | Callable[P, R]:
        if client is None:
            return self

        def send(*values: P.args, **parts: P.kwargs) -> R:
            made = events.call(self.build, self.name, values, parts=parts)
            return client.deliver(made, self.kind)

        return send


class Verb:
    """One HTTP method on a client."""

    def __init__(self, method: str, client: Client | None = None) -> None:
        self.method = method
        self.client = client

    def __get__(self, client: Client | None, owner: type) -> Verb:
        return Verb(self.method, client)

    def __call__(
        self,
        path: str,
        *,
        source: str = "api_gateway_http",
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        query: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        cookies: Mapping[str, Any] | Iterable[str] = (),
        **parts: Any,
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names; `parts` are that event's other parts.

        `json` is sent as JSON, `data` as it is, a mapping as the fields of a form.
        """
        if self.client is None:
            raise TypeError(
                f"{self.method} requests are sent by a client: Client(app).{self.method.lower()}({path!r})"
            )
        if json is not None and data is not None:
            raise ValueError("a request has one body: json or data, not both")
        made = events.event(
            source,
            path=path,
            method=self.method,
            headers=headers,
            query=query,
            cookies=cookies,
            body=_body(json, data),
            **parts,
        )
        return self.client.deliver(made, HttpResult)


def _body(json: Any, data: str | bytes | Mapping[str, Any] | None) -> Any:
    if json is not None:
        return Content(dumps(json), "application/json")
    if isinstance(data, Mapping):
        return Content(urlencode(data, doseq=True), "application/x-www-form-urlencoded")
    return data


class Client:
    """Calls an app as Lambda does, and gives back what became of the event.

    `app` is a Router, what `app.only` gives, or any handler `(event, context)`. Every call has a new
    `LambdaContext` with this `timeout` in seconds, or always the `context` given. The app is not altered, but
    it freezes at its first event. Used as a context manager, the client closes what the app's lifespans
    opened when the block ends.
    """

    get = Verb("GET")
    """Send a GET request."""
    post = Verb("POST")
    """Send a POST request."""
    put = Verb("PUT")
    """Send a PUT request."""
    patch = Verb("PATCH")
    """Send a PATCH request."""
    delete = Verb("DELETE")
    """Send a DELETE request."""
    head = Verb("HEAD")
    """Send a HEAD request."""
    options = Verb("OPTIONS")
    """Send an OPTIONS request."""

    api_gateway_websocket = Sender(websocket_event, Result)
    """Send a message, or what happens to a connection: `websocket`, by the name of its room."""
    websocket = Sender(websocket_event, Result)
    """Send a message: `client.websocket("send", {"text": "hi"})`; `client.websocket("$connect")` connects."""
    api_gateway_authorizer = Sender(authorizer_event, Result)
    """Ask an authorizer: `authorizer`, by the name of its room."""
    authorizer = Sender(authorizer_event, Result)
    """Ask an authorizer: `client.authorizer("request", token="Bearer x", path="/orders/7")`."""
    cloudfront = Sender(cloudfront_event, Result)
    """Send an event of CloudFront: `client.cloudfront("origin_request", "/images/cat.jpg")`."""
    sqs = Sender(sqs_event, BatchResult)
    """Send a batch of messages: `client.sqs("orders", [{"id": 1}, "text"])`."""
    s3 = Sender(s3_event, BatchResult)
    """Send an object's notification: `client.s3("uploads", "images/a b.jpg")`."""
    sns = Sender(sns_event, BatchResult)
    """Send a topic's message: `client.sns("orders", {"id": 1}, subject="New")`."""
    kinesis = Sender(kinesis_event, BatchResult)
    """Send a batch of a shard: `client.kinesis("clicks", [{"id": 1}, "text", b"bytes"])`."""
    dynamodb = Sender(dynamodb_event, BatchResult)
    """Send changes of a table: `client.dynamodb("orders", [{"id": 1}], event_name="MODIFY")`."""
    kafka = Sender(kafka_event, BatchResult)
    """Send a batch of a topic: `client.kafka("orders", [{"id": 1}, "text", None], partition=[0, 1, 1])`."""
    activemq = Sender(activemq_event, BatchResult)
    """Send a batch of an ActiveMQ queue: `client.activemq("orders", [{"id": 1}, "text", b"bytes"])`."""
    rabbitmq = Sender(rabbitmq_event, BatchResult)
    """Send a batch of a RabbitMQ queue: `client.rabbitmq("orders", [{"id": 1}, "text"], vhost="shop")`."""
    firehose = Sender(firehose_event, BatchResult)
    """Send records to be transformed: `client.firehose("clicks", [{"id": 1}, "text", b"bytes"])`."""
    s3_batch = Sender(s3_batch_event, BatchResult)
    """Send a task about an object: `client.s3_batch("uploads", "images/a b.jpg")`."""
    cloudwatch_logs = Sender(cloudwatch_logs_event, BatchResult)
    """Send log events of a stream: `client.cloudwatch_logs("/aws/lambda/shop", ["basket 7 paid"])`."""
    eventbridge = Sender(eventbridge_event, BatchResult)
    """Send an event of a bus: `client.eventbridge(source="shop", detail_type="OrderPlaced", detail={})`."""
    schedule = Sender(schedule_event, BatchResult)
    """Send what a scheduled rule sends: `client.schedule("nightly")`."""
    scheduler = Sender(scheduler_event, BatchResult)
    """Send what EventBridge Scheduler sends: `client.scheduler("nightly")`."""
    cognito = Sender(cognito_event, Result)
    """Send a user pool's trigger: `client.cognito("pre_sign_up", username="ada")`."""
    cognito_sync = Sender(cognito_sync_event, Result)
    """Send a dataset's synchronisation: `client.cognito_sync("scores", {"level": "4"})`."""
    connect = Sender(connect_event, Result)
    """Send what a block of a flow sends: `client.connect({"task": "lookup"}, channel="CHAT")`."""
    secrets_manager = Sender(secrets_manager_event, Result)
    """Send a step of a rotation: `client.secrets_manager("create_secret", "shop/database")`."""

    cloudformation = Sender(cloudformation_event, Result)
    """Send a request for a resource: `client.cloudformation("Custom::Bucket", {"Days": 30}, request_type="Update")`."""
    codepipeline = Sender(codepipeline_event, Result)
    """Send a job of a pipeline: `client.codepipeline({"environment": "staging"})`."""
    config = Sender(config_event, Result)
    """Send a change to a rule: `client.config("no-public-buckets", {"public": True})`."""
    codedeploy_hook = Sender(codedeploy_hook_event, Result)
    """Send a hook of a deployment: `client.codedeploy_hook()`."""

    codecommit = Sender(codecommit_event, BatchResult)
    """Send a push to a repository: `client.codecommit("shop", "main")`."""
    iot = Sender(iot_event, Result)
    """Send a message's payload as a rule does: `client.iot("plants/fern/moisture", {"percent": 31})`."""
    iot_events = Sender(iot_events_event, Result)
    """Send an event of a detector: `client.iot_events("pump", "Overheated")`."""
    ses = Sender(ses_event, Result)
    """Send a mail that SES has received: `client.ses("support@example.com", verdicts={"spam": "FAIL"})`."""

    lex = Sender(lex_event, Result)
    """Send a turn of a Lex V1 conversation: `client.lex("BookTable", {"City": "Rome"}, hook="fulfillment")`."""
    lex_v2 = Sender(lex_v2_event, Result)
    """Send a turn of a Lex V2 conversation: `client.lex_v2("BookTable", {"City": "Rome"}, hook="fulfillment")`."""
    alexa = Sender(alexa_event, Result)
    """Send a request to a skill: `client.alexa("intent", intent="OrderPizza")`, `client.alexa("launch")`."""
    alexa_smart_home = Sender(alexa_smart_home_event, Result)
    """Send a directive for a device: `client.alexa_smart_home("Alexa.PowerController", "TurnOn", endpoint="lamp")`."""

    def __init__(self, app: Callable[[Any, Any], Any], *, context: Any = None, timeout: float = 3.0) -> None:
        if not callable(app):
            raise TypeError(f"a client takes the app itself, not {type(app).__name__}")
        self.app = app
        self.context = context
        self.timeout = timeout
        self._router = _router(app)

    def send(self, event: Any, *, context: Any = None) -> Result:
        """Send any event; an HttpResult or a BatchResult where the event's source has requests or records."""
        return self.deliver(event, context=context)

    def invoke(self, event: Any, *, context: Any = None) -> Result:
        """Call the function directly with any JSON value, as the SDK and Step Functions do; its answer is `response`."""
        return self.deliver(event, Result, context=context)

    def request(self, method: str, path: str, **parts: Any) -> HttpResult:
        """Send a request with any method; the rest is as for `get`."""
        return Verb(method, self)(path, **parts)

    @overload
    def deliver(self, event: Any, kind: None = None, *, context: Any = None) -> Result: ...
    @overload
    def deliver(self, event: Any, kind: type[R], *, context: Any = None) -> R: ...
    def deliver(self, event: Any, kind: type[Result] | None = None, *, context: Any = None) -> Result:
        """As `send`, with the kind of result that is expected."""
        sent = json.dumps(event, allow_nan=False)  # the runtime client refuses NaN in an event
        if context is None:
            context = self.context if self.context is not None else LambdaContext(timeout=self.timeout)
        response, error = None, None
        put: list[Any] = []
        token = OUTBOX.set(put)
        try:
            response = json.loads(_encoded(self.app(json.loads(sent), context)))
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            error = raised
        finally:
            OUTBOX.reset(token)
        room = self._room(json.loads(sent))
        return (kind or _kind(room))(
            event=json.loads(sent),
            context=context,
            response=response,
            error=error,
            room=room,
            router=self._router if self._takes(room) else None,
            put=put,
        )

    def close(self) -> None:
        """Close what the app's lifespans opened."""
        if self._router is not None:
            self._router.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _room(self, event: Any) -> type[EventSource] | None:
        """The class of the event's source, of all that the router (or a plain one) has a line for."""
        known = Router if self._router is None else type(self._router)
        found: type[EventSource] | None = known.everything().find(event)
        return found

    def _takes(self, room: type[EventSource] | None) -> bool:
        """Whether the entrypoint takes events of this source: one made by `only` may not."""
        return not isinstance(self.app, Entrypoint) or (room is not None and room.name in self.app.sources)

    def __repr__(self) -> str:
        return f"<Client of {self.app!r}>"


def _router(app: Any) -> Router | None:
    """The router behind an entrypoint of `only` or behind wrappers that name what they wrap."""
    for _ in range(100):
        if app is None or isinstance(app, Router):
            return app
        app = app.app if isinstance(app, Entrypoint) else getattr(app, "__wrapped__", None)
    return None


def _kind(room: type[EventSource] | None) -> type[Result]:
    if room is None:
        return Result
    return (
        HttpResult
        if issubclass(room, HttpSource)
        else BatchResult
        if issubclass(room, RecordSource)
        else Result
    )


def _encoded(value: Any) -> str:
    """The JSON text that the runtime client would post, by its own encoder where it is installed."""
    try:
        from awslambdaric.lambda_runtime_marshaller import to_json  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        return json.dumps(value)
    encoded: str = to_json(value)
    return encoded
