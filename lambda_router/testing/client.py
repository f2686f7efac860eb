"""A client that calls an app as Lambda does: a JSON event, the entrypoint, the runtime client's encoder.

    client = Client(app)
    assert client.get("/orders/7", source="alb").json() == {"id": 7}
    assert client.sqs("orders", [{"id": 1}, "not json"]).failed

An exception that leaves the app is kept in the result's `error` and not raised, as Lambda would report it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar, overload

from lambda_router.presigned import OUTBOX
from lambda_router.router import Entrypoint, Router
from lambda_router.source import EventSource

from . import events
from .context import LambdaContext, TimedOut
from .journal import journal
from .results import BatchResult, HttpResult, Result, kind_of
from .samples.activemq import event as activemq_event
from .samples.alexa import event as alexa_event
from .samples.alexa_smart_home import event as alexa_smart_home_event
from .samples.api_gateway_authorizer import event as authorizer_event
from .samples.api_gateway_websocket import event as websocket_event
from .samples.appsync import event as appsync_event
from .samples.appsync_authorizer import event as appsync_authorizer_event
from .samples.appsync_events import event as appsync_events_event
from .samples.bedrock_agent import event as bedrock_agent_event
from .samples.cloudformation import event as cloudformation_event
from .samples.cloudformation_hook import event as cloudformation_hook_event
from .samples.cloudformation_macro import event as cloudformation_macro_event
from .samples.cloudfront import event as cloudfront_event
from .samples.cloudwatch_alarm import event as cloudwatch_alarm_event
from .samples.cloudwatch_logs import event as cloudwatch_logs_event
from .samples.codecommit import event as codecommit_event
from .samples.codedeploy_hook import event as codedeploy_hook_event
from .samples.codepipeline import event as codepipeline_event
from .samples.cognito import event as cognito_event
from .samples.cognito_sync import event as cognito_sync_event
from .samples.config import event as config_event
from .samples.connect import event as connect_event
from .samples.documentdb import event as documentdb_event
from .samples.dynamodb import event as dynamodb_event
from .samples.ecs_deployment_hook import event as ecs_deployment_hook_event
from .samples.eventbridge import event as eventbridge_event
from .samples.eventbridge import schedule as schedule_event
from .samples.eventbridge import scheduler as scheduler_event
from .samples.firehose import event as firehose_event
from .samples.iot import event as iot_event
from .samples.iot_authorizer import event as iot_authorizer_event
from .samples.iot_events import event as iot_events_event
from .samples.kafka import event as kafka_event
from .samples.kinesis import event as kinesis_event
from .samples.lambda_destination import event as lambda_destination_event
from .samples.lex import event as lex_event
from .samples.lex_v2 import event as lex_v2_event
from .samples.pipes import event as pipes_event
from .samples.rabbitmq import event as rabbitmq_event
from .samples.s3 import event as s3_event
from .samples.s3_batch import event as s3_batch_event
from .samples.s3_object_lambda import event as s3_object_lambda_event
from .samples.secrets_manager import event as secrets_manager_event
from .samples.ses import event as ses_event
from .samples.sns import event as sns_event
from .samples.sqs import event as sqs_event
from .samples.transfer_family import event as transfer_family_event
from .verbs import Verb

if TYPE_CHECKING:
    from .offered import AnyRequests  # pyright: ignore[reportMissingModuleSource]

__all__ = ["BatchResult", "Client", "HttpResult", "Result"]


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


class Client:
    """Calls an app as Lambda does, and gives back what became of the event.

    `app` is a Router, what `app.only` gives, or any handler `(event, context)`. Every call has a new
    `LambdaContext` with this `timeout` in seconds, or always the `context` given; if its time runs out during the
    call, the call has failed with `TimedOut`. `follow_redirects` is for HTTP requests that do not say it themselves.
    The app is not altered, but it freezes at its first event. Used as a context manager, the client closes what the
    app's lifespans opened when the block ends.
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
    documentdb = Sender(documentdb_event, BatchResult)
    """Send changes of a collection: `client.documentdb("shop", "orders", [{"id": 1}], operation="insert")`."""
    firehose = Sender(firehose_event, BatchResult)
    """Send records to be transformed: `client.firehose("clicks", [{"id": 1}, "text", b"bytes"])`."""
    s3_batch = Sender(s3_batch_event, BatchResult)
    """Send a task about an object: `client.s3_batch("uploads", "images/a b.jpg")`."""
    s3_object_lambda = Sender(s3_object_lambda_event, Result)
    """Ask an access point: `client.s3_object_lambda("get", "docs/a.txt")`, `client.s3_object_lambda("list_v2")`."""
    cloudwatch_logs = Sender(cloudwatch_logs_event, BatchResult)
    """Send log events of a stream: `client.cloudwatch_logs("/aws/lambda/shop", ["basket 7 paid"])`."""
    cloudwatch_alarm = Sender(cloudwatch_alarm_event, Result)
    """Send a change of an alarm: `client.cloudwatch_alarm("orders-late", "ALARM")`."""
    eventbridge = Sender(eventbridge_event, BatchResult)
    """Send an event of a bus: `client.eventbridge(source="shop", detail_type="OrderPlaced", detail={})`."""
    pipes = Sender(pipes_event, Result)
    """Send what a pipe sends for what a mapping sends: `client.pipes(event("sqs", queue="orders"))`."""
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
    ecs_deployment_hook = Sender(ecs_deployment_hook_event, Result)
    """Send a stage of a deployment: `client.ecs_deployment_hook("PRE_SCALE_UP", service="web")`."""
    cloudformation_macro = Sender(cloudformation_macro_event, Result)
    """Send a template to a macro: `client.cloudformation_macro("Upper", {"Resources": {}})`."""
    cloudformation_hook = Sender(cloudformation_hook_event, Result)
    """Send a target to a hook: `client.cloudformation_hook("AWS::S3::Bucket", {"BucketName": "uploads"})`."""

    codecommit = Sender(codecommit_event, BatchResult)
    """Send a push to a repository: `client.codecommit("shop", "main")`."""
    iot = Sender(iot_event, Result)
    """Send a message's payload as a rule does: `client.iot("plants/fern/moisture", {"percent": 31})`."""
    iot_events = Sender(iot_events_event, Result)
    """Send an event of a detector: `client.iot_events("pump", "Overheated")`."""
    iot_authorizer = Sender(iot_authorizer_event, Result)
    """Ask an authorizer of AWS IoT: `client.iot_authorizer("mqtt", client_id="fern", password="secret")`."""
    lambda_destination = Sender(lambda_destination_event, Result)
    """Send what became of a function's invocation: `client.lambda_destination("orders", {"id": 1}, condition="Success")`."""
    ses = Sender(ses_event, Result)
    """Send a mail that SES has received: `client.ses("support@example.com", verdicts={"spam": "FAIL"})`."""
    transfer_family = Sender(transfer_family_event, Result)
    """Log in to a file server: `client.transfer_family("ada", "secret", protocol="SFTP")`."""

    lex = Sender(lex_event, Result)
    """Send a turn of a Lex V1 conversation: `client.lex("BookTable", {"City": "Rome"}, hook="fulfillment")`."""
    lex_v2 = Sender(lex_v2_event, Result)
    """Send a turn of a Lex V2 conversation: `client.lex_v2("BookTable", {"City": "Rome"}, hook="fulfillment")`."""
    alexa = Sender(alexa_event, Result)
    """Send a request to a skill: `client.alexa("intent", intent="OrderPizza")`, `client.alexa("launch")`."""
    appsync = Sender(appsync_event, Result)
    """Ask for a field: `client.appsync("Query", "order", {"id": "7"})`."""
    appsync_authorizer = Sender(appsync_authorizer_event, Result)
    """Ask an authorizer of AppSync: `client.appsync_authorizer(token="t-1")`."""
    appsync_events = Sender(appsync_events_event, Result)
    """Publish or subscribe: `client.appsync_events("publish", "/orders/europe", [{"id": 7}])`."""
    bedrock_agent = Sender(bedrock_agent_event, Result)
    """Send what an agent calls: `client.bedrock_agent("find_order", {"order_id": 7})`, or an operation by its `path`."""
    alexa_smart_home = Sender(alexa_smart_home_event, Result)
    """Send a directive for a device: `client.alexa_smart_home("Alexa.PowerController", "TurnOn", endpoint="lamp")`."""

    def __init__(
        self,
        app: Callable[[Any, Any], Any],
        *,
        context: Any = None,
        timeout: float = 3.0,
        follow_redirects: bool = False,
    ) -> None:
        if not callable(app):
            raise TypeError(f"a client takes the app itself, not {type(app).__name__}")
        self.app = app
        self.context = context
        self.timeout = timeout
        self.follow_redirects = follow_redirects
        self._router = _router(app)

    def send(self, event: Any, *, context: Any = None) -> Result:
        """Send any event; an HttpResult or a BatchResult where the event's source has requests or records."""
        return self.deliver(event, context=context)

    def invoke(self, event: Any, *, context: Any = None) -> Result:
        """Call the function directly with any JSON value, as the SDK and Step Functions do; its answer is `response`."""
        return self.deliver(event, Result, context=context)

    if TYPE_CHECKING:
        request: AnyRequests
    else:

        def request(self, method, path, **parts):
            """Send a request with any method; the rest is as for `get`."""
            return Verb(method, self)(path, **parts)

    @contextmanager
    def override(
        self,
        dependency: Callable[..., Any] | Mapping[Callable[..., Any], Callable[..., Any]],
        replacement: Callable[..., Any] | None = None,
    ) -> Generator[Self, None, None]:
        """Replace a dependency of the app, or several in a mapping, until the block ends: `app.overrides`.

        with client.override(connect, lambda: FakeDatabase()):
            client.get("/orders/7")
        """
        if self._router is None:
            raise TypeError(f"{self.app!r} is no Router, so that nothing of it can be overridden")
        given: Mapping[Any, Any] = (
            dependency if isinstance(dependency, Mapping) else {dependency: replacement}
        )
        for one, other in given.items():
            if not callable(other):
                raise TypeError(f"{one!r} is replaced by a function or class, not by {other!r}")
        overrides = self._router.overrides
        before = dict(overrides)
        overrides.update(given)
        try:
            yield self
        finally:
            overrides.clear()
            overrides.update(before)

    @overload
    def deliver(self, event: Any, kind: None = None, *, context: Any = None) -> Result: ...
    @overload
    def deliver(self, event: Any, kind: type[R], *, context: Any = None) -> R: ...
    def deliver(self, event: Any, kind: type[Result] | None = None, *, context: Any = None) -> Result:
        """As `send`, with the kind of result that is expected."""
        sent = json.dumps(event, allow_nan=False)  # the runtime client refuses NaN in an event
        if context is None:
            context = self.context if self.context is not None else LambdaContext(timeout=self.timeout)
        left = _left(context)
        response, error = None, None
        put: list[Any] = []
        outer = OUTBOX.get()
        token = OUTBOX.set(put)
        with journal() as log:
            try:
                response = json.loads(_encoded(self.app(json.loads(sent), context)))
            except KeyboardInterrupt:
                raise
            except BaseException as raised:
                error = raised
            finally:
                OUTBOX.reset(token)
                if outer is not None:
                    outer.extend(put)
        if left and not _left(context):
            response, error = None, TimedOut.of(context)
        room = self._room(json.loads(sent))
        return (kind or kind_of(room))(
            event=json.loads(sent),
            context=context,
            response=response,
            error=error,
            room=room,
            router=self._router if self._takes(room) else None,
            put=put,
            log=log,
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


def _left(context: Any) -> int:
    """The milliseconds that a context of ours has left; any other's time is not the client's business."""
    return context.get_remaining_time_in_millis() if isinstance(context, LambdaContext) else 0


def _encoded(value: Any) -> str:
    """The JSON text that the runtime client would post, by its own encoder where it is installed."""
    try:
        from awslambdaric.lambda_runtime_marshaller import to_json  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        return json.dumps(value)
    encoded: str = to_json(value)
    return encoded
