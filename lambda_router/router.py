"""The hub: one line per source, then the straight line from an event to its answer."""

from __future__ import annotations

import logging
import sys
from contextvars import copy_context

from . import middleware as folding
from .call import settle
from .detection import Table, is_wrapped
from .errors import (
    ConcealedError,
    ConfigurationError,
    DispatchError,
    DuplicateRouteError,
    NoRouteError,
    RouterError,
)
from .invocation import AFTERWARDS, Invocation
from .outcomes import Drop
from .source import EventSource, Lazy, Route, Unclaimed, rooms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from os import PathLike
    from typing import Any, Literal, TypeVar, Unpack

    from aws_lambda_powertools import Logger, Metrics, Tracer

    from .explain import Explanation
    from .http.cors import Cors
    from .http.mount import Mounts
    from .http.openapi import About
    from .http.routes import Converter, Http, Verb
    from .lifespan import Environment
    from .observability import Observers, OpenTelemetryTracer
    from .sources.activemq import ActiveMQ
    from .sources.alb import Alb
    from .sources.alexa import Alexa
    from .sources.alexa_smart_home import AlexaSmartHome
    from .sources.api_gateway_authorizer import ApiGatewayAuthorizer
    from .sources.api_gateway_http import ApiGatewayHttp
    from .sources.api_gateway_rest import ApiGatewayRest
    from .sources.api_gateway_websocket import ApiGatewayWebsocket
    from .sources.appsync import AppSync
    from .sources.appsync_authorizer import AppSyncAuthorizer
    from .sources.appsync_events import AppSyncEvents
    from .sources.bedrock_agent import BedrockAgent
    from .sources.cloudformation import CloudFormation
    from .sources.cloudformation_hook import CloudFormationHook
    from .sources.cloudformation_macro import CloudFormationMacro
    from .sources.cloudfront import CloudFront
    from .sources.cloudwatch_alarm import CloudWatchAlarm
    from .sources.cloudwatch_logs import CloudWatchLogs
    from .sources.codecommit import CodeCommit
    from .sources.codedeploy_hook import CodeDeployHook
    from .sources.codepipeline import CodePipeline
    from .sources.cognito import Cognito
    from .sources.cognito_sync import CognitoSync
    from .sources.config import Config
    from .sources.connect import Connect
    from .sources.documentdb import DocumentDb
    from .sources.dynamodb import DynamoDb
    from .sources.ecs_deployment_hook import EcsDeploymentHook
    from .sources.eventbridge import EventBridge, Schedule
    from .sources.firehose import Firehose
    from .sources.function_url import FunctionUrl
    from .sources.invoke import Invoke
    from .sources.iot import Iot
    from .sources.iot_authorizer import IotAuthorizer
    from .sources.iot_events import IotEvents
    from .sources.kafka import Kafka
    from .sources.kinesis import Kinesis
    from .sources.lambda_destination import LambdaDestination
    from .sources.lex import Lex
    from .sources.lex_v2 import LexV2
    from .sources.pipes import Pipes
    from .sources.rabbitmq import RabbitMQ
    from .sources.s3 import S3
    from .sources.s3_batch import S3Batch
    from .sources.s3_object_lambda import S3ObjectLambda
    from .sources.secrets_manager import SecretsManager
    from .sources.ses import Ses
    from .sources.sns import Sns
    from .sources.sqs import Sqs
    from .sources.transfer_family import TransferFamily
    from .sources.vpc_lattice import VpcLattice
    from .sources.vpc_lattice_v2 import VpcLatticeV2

    F = TypeVar("F", bound=Callable[..., Any])

log = logging.getLogger("lambda_router")


class Router:
    """The entrypoint of a Lambda function: `app = Router()`, and `module.app` is the handler setting.

    `partial` says which event source mappings report partial batch responses: True for all, or a list of names and
    ARNs of queues, streams and tables (the ARN where two of them share a name); it must agree with their
    `FunctionResponseTypes` (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
    `all_failed` is what a partial batch does in which nothing succeeded: "raise" or "report". `dead_letter` is the
    queue (its name, ARN or URL) to which SQS messages go whose handler raises Reject. `deadline_margin` is how many
    seconds before the time limit no further record is started. `unwrap` is whether routes also take their events out
    of other sources' records, as S3's out of SQS. `base_path` is a path prefix, or several, that is not part of the
    HTTP routes; `trailing_slash` whether a slash at a path's end makes no difference ("same"), is another path ("strict")
    or leads to the path that there is ("redirect"). `cors` says which origins' scripts may read HTTP answers: a Cors or a
    dict of its arguments, an origin or a list of them, True for every origin. `warmup` says which events are warm-up
    pings, answered with None: a predicate or an event pattern.
    `logger`, `metrics` and `tracer` are Powertools' own, or a tracer of OpenTelemetry: keys on the lines that handlers
    write, metrics of their calls, a trace of each. `debug` adds exception texts to logs, where they may show payloads.
    """

    api_gateway_rest: Lazy[ApiGatewayRest] = Lazy("lambda_router.sources.api_gateway_rest:ApiGatewayRest")
    """Amazon API Gateway REST APIs, and HTTP APIs with payload format 1.0."""
    api_gateway_http: Lazy[ApiGatewayHttp] = Lazy("lambda_router.sources.api_gateway_http:ApiGatewayHttp")
    """Amazon API Gateway HTTP APIs with payload format 2.0."""
    function_url: Lazy[FunctionUrl] = Lazy("lambda_router.sources.function_url:FunctionUrl")
    """AWS Lambda function URLs."""
    alb: Lazy[Alb] = Lazy("lambda_router.sources.alb:Alb")
    """Application Load Balancers."""
    vpc_lattice: Lazy[VpcLattice] = Lazy("lambda_router.sources.vpc_lattice:VpcLattice")
    """Amazon VPC Lattice, event version 1."""
    vpc_lattice_v2: Lazy[VpcLatticeV2] = Lazy("lambda_router.sources.vpc_lattice_v2:VpcLatticeV2")
    """Amazon VPC Lattice, event version 2."""
    api_gateway_websocket: Lazy[ApiGatewayWebsocket] = Lazy(
        "lambda_router.sources.api_gateway_websocket:ApiGatewayWebsocket"
    )
    """Amazon API Gateway WebSocket APIs; `websocket` for short."""
    api_gateway_authorizer: Lazy[ApiGatewayAuthorizer] = Lazy(
        "lambda_router.sources.api_gateway_authorizer:ApiGatewayAuthorizer"
    )
    """Lambda authorizers of Amazon API Gateway; `authorizer` for short."""
    cloudfront: Lazy[CloudFront] = Lazy("lambda_router.sources.cloudfront:CloudFront")
    """Amazon CloudFront: Lambda@Edge."""
    sqs: Lazy[Sqs] = Lazy("lambda_router.sources.sqs:Sqs", carrier=True)
    """Amazon SQS queues."""
    s3: Lazy[S3] = Lazy("lambda_router.sources.s3:S3")
    """Amazon S3 event notifications."""
    sns: Lazy[Sns] = Lazy("lambda_router.sources.sns:Sns", carrier=True)
    """Amazon SNS topics."""
    kinesis: Lazy[Kinesis] = Lazy("lambda_router.sources.kinesis:Kinesis", carrier=True)
    """Amazon Kinesis data streams."""
    dynamodb: Lazy[DynamoDb] = Lazy("lambda_router.sources.dynamodb:DynamoDb")
    """Amazon DynamoDB streams."""
    kafka: Lazy[Kafka] = Lazy("lambda_router.sources.kafka:Kafka")
    """Apache Kafka topics, of Amazon MSK and of self-managed clusters."""
    activemq: Lazy[ActiveMQ] = Lazy("lambda_router.sources.activemq:ActiveMQ")
    """Amazon MQ brokers for ActiveMQ."""
    rabbitmq: Lazy[RabbitMQ] = Lazy("lambda_router.sources.rabbitmq:RabbitMQ")
    """Amazon MQ brokers for RabbitMQ."""
    documentdb: Lazy[DocumentDb] = Lazy("lambda_router.sources.documentdb:DocumentDb")
    """Amazon DocumentDB change streams."""
    firehose: Lazy[Firehose] = Lazy("lambda_router.sources.firehose:Firehose", carrier=True)
    """Amazon Data Firehose: records to be transformed."""
    s3_batch: Lazy[S3Batch] = Lazy("lambda_router.sources.s3_batch:S3Batch")
    """Amazon S3 Batch Operations."""
    s3_object_lambda: Lazy[S3ObjectLambda] = Lazy("lambda_router.sources.s3_object_lambda:S3ObjectLambda")
    """Amazon S3 Object Lambda access points."""
    cloudwatch_logs: Lazy[CloudWatchLogs] = Lazy("lambda_router.sources.cloudwatch_logs:CloudWatchLogs")
    """Amazon CloudWatch Logs subscriptions."""
    cloudwatch_alarm: Lazy[CloudWatchAlarm] = Lazy("lambda_router.sources.cloudwatch_alarm:CloudWatchAlarm")
    """Amazon CloudWatch alarms."""
    eventbridge: Lazy[EventBridge] = Lazy("lambda_router.sources.eventbridge:EventBridge")
    """Amazon EventBridge buses."""
    pipes: Lazy[Pipes] = Lazy("lambda_router.sources.pipes:Pipes", carrier=True)
    """Amazon EventBridge Pipes: arrays of other sources' records."""
    cognito: Lazy[Cognito] = Lazy("lambda_router.sources.cognito:Cognito")
    """Amazon Cognito user pool triggers."""
    cognito_sync: Lazy[CognitoSync] = Lazy("lambda_router.sources.cognito_sync:CognitoSync")
    """Amazon Cognito Sync triggers."""
    connect: Lazy[Connect] = Lazy("lambda_router.sources.connect:Connect")
    """Amazon Connect flows."""
    secrets_manager: Lazy[SecretsManager] = Lazy("lambda_router.sources.secrets_manager:SecretsManager")
    """AWS Secrets Manager rotations."""
    lex: Lazy[Lex] = Lazy("lambda_router.sources.lex:Lex")
    """Amazon Lex V1 bots."""
    lex_v2: Lazy[LexV2] = Lazy("lambda_router.sources.lex_v2:LexV2")
    """Amazon Lex V2 bots."""
    alexa: Lazy[Alexa] = Lazy("lambda_router.sources.alexa:Alexa")
    """Custom skills of Alexa."""
    alexa_smart_home: Lazy[AlexaSmartHome] = Lazy("lambda_router.sources.alexa_smart_home:AlexaSmartHome")
    """Smart home skills of Alexa."""
    codepipeline: Lazy[CodePipeline] = Lazy("lambda_router.sources.codepipeline:CodePipeline")
    """Jobs of AWS CodePipeline."""
    config: Lazy[Config] = Lazy("lambda_router.sources.config:Config")
    """Custom rules of AWS Config."""
    codedeploy_hook: Lazy[CodeDeployHook] = Lazy("lambda_router.sources.codedeploy_hook:CodeDeployHook")
    """Lifecycle hooks of AWS CodeDeploy."""
    ecs_deployment_hook: Lazy[EcsDeploymentHook] = Lazy(
        "lambda_router.sources.ecs_deployment_hook:EcsDeploymentHook"
    )
    """Lifecycle hooks of Amazon ECS service deployments."""
    cloudformation: Lazy[CloudFormation] = Lazy("lambda_router.sources.cloudformation:CloudFormation")
    """AWS CloudFormation custom resources."""
    cloudformation_macro: Lazy[CloudFormationMacro] = Lazy(
        "lambda_router.sources.cloudformation_macro:CloudFormationMacro"
    )
    """Template macros of AWS CloudFormation."""
    cloudformation_hook: Lazy[CloudFormationHook] = Lazy(
        "lambda_router.sources.cloudformation_hook:CloudFormationHook"
    )
    """Lambda hooks of AWS CloudFormation Hooks."""
    codecommit: Lazy[CodeCommit] = Lazy("lambda_router.sources.codecommit:CodeCommit")
    """Triggers of AWS CodeCommit repositories."""
    iot: Lazy[Iot] = Lazy("lambda_router.sources.iot:Iot", remainder=True)
    """AWS IoT: what rules select, and events of the registry."""
    iot_authorizer: Lazy[IotAuthorizer] = Lazy("lambda_router.sources.iot_authorizer:IotAuthorizer")
    """Custom authorizers of AWS IoT Core."""
    iot_events: Lazy[IotEvents] = Lazy("lambda_router.sources.iot_events:IotEvents")
    """AWS IoT Events detectors."""
    lambda_destination: Lazy[LambdaDestination] = Lazy(
        "lambda_router.sources.lambda_destination:LambdaDestination"
    )
    """AWS Lambda destinations: what became of another function's invocation."""
    ses: Lazy[Ses] = Lazy("lambda_router.sources.ses:Ses")
    """Amazon SES: mail that is received."""
    transfer_family: Lazy[TransferFamily] = Lazy("lambda_router.sources.transfer_family:TransferFamily")
    """AWS Transfer Family: the identity provider of its servers."""
    appsync: Lazy[AppSync] = Lazy("lambda_router.sources.appsync:AppSync")
    """AWS AppSync GraphQL APIs: resolvers of fields."""
    appsync_authorizer: Lazy[AppSyncAuthorizer] = Lazy(
        "lambda_router.sources.appsync_authorizer:AppSyncAuthorizer"
    )
    """Lambda authorizers of AWS AppSync GraphQL APIs."""
    appsync_events: Lazy[AppSyncEvents] = Lazy("lambda_router.sources.appsync_events:AppSyncEvents")
    """AWS AppSync Event APIs: what is published to channels, and who subscribes."""
    bedrock_agent: Lazy[BedrockAgent] = Lazy("lambda_router.sources.bedrock_agent:BedrockAgent")
    """Agents of Amazon Bedrock: functions and operations of action groups."""
    invoke: Lazy[Invoke] = Lazy("lambda_router.sources.invoke:Invoke")
    """Direct calls: what no source claims."""

    websocket: Lazy[ApiGatewayWebsocket] = Lazy("lambda_router.sources.api_gateway_websocket:Websocket")
    """`api_gateway_websocket`, by the name that its decorators have."""
    authorizer: Lazy[ApiGatewayAuthorizer] = Lazy("lambda_router.sources.api_gateway_authorizer:Authorizer")
    """`api_gateway_authorizer`, by the name that its decorator has."""
    schedule: Lazy[Schedule] = Lazy("lambda_router.sources.eventbridge:Schedule")
    """EventBridge schedules: scheduled rules and EventBridge Scheduler."""
    http: Lazy[Http] = Lazy("lambda_router.http.routes:Http")
    """HTTP routes, for every source that sends requests; `get` and its siblings are this with the method named."""
    get: Lazy[Verb] = Lazy("lambda_router.http.routes:Get")
    """GET routes."""
    post: Lazy[Verb] = Lazy("lambda_router.http.routes:Post")
    """POST routes."""
    put: Lazy[Verb] = Lazy("lambda_router.http.routes:Put")
    """PUT routes."""
    patch: Lazy[Verb] = Lazy("lambda_router.http.routes:Patch")
    """PATCH routes."""
    delete: Lazy[Verb] = Lazy("lambda_router.http.routes:Delete")
    """DELETE routes."""
    head: Lazy[Verb] = Lazy("lambda_router.http.routes:Head")
    """HEAD routes."""
    options: Lazy[Verb] = Lazy("lambda_router.http.routes:Options")
    """OPTIONS routes."""
    mount: Lazy[Mounts] = Lazy("lambda_router.http.mount:Mounts")
    """Whole applications under a path: ASGI, WSGI and resolvers of Powertools."""
    converter: Lazy[Converter] = Lazy("lambda_router.http.routes:Converter")
    """Own converters of path parameters."""

    def __init__(
        self,
        *,
        partial: bool | Sequence[str] = False,
        all_failed: Literal["raise", "report"] = "raise",
        dead_letter: str | None = None,
        deadline_margin: float = 1.0,
        unwrap: bool = True,
        base_path: str | Sequence[str] | None = None,
        cors: Cors | str | Sequence[str] | Mapping[str, Any] | bool | None = None,
        trailing_slash: Literal["same", "strict", "redirect"] = "same",
        warmup: Callable[[Any], bool] | Mapping[str, Any] | None = None,
        logger: Logger | None = None,
        metrics: Metrics | None = None,
        tracer: Tracer | OpenTelemetryTracer | None = None,
        debug: bool = False,
    ) -> None:
        self.__name__ = self.__qualname__ = "lambda_router"
        self.partial = _checked_partial(partial)
        if all_failed not in ("raise", "report"):
            raise ConfigurationError(f'all_failed is "raise" or "report", not {all_failed!r}')
        self.all_failed = all_failed
        if (
            isinstance(deadline_margin, bool)
            or not isinstance(deadline_margin, int | float)
            or not deadline_margin >= 0
        ):
            raise ConfigurationError(f"deadline_margin is a number of seconds, not {deadline_margin!r}")
        self.deadline_margin = deadline_margin
        if dead_letter is not None and not (isinstance(dead_letter, str) and dead_letter):
            raise ConfigurationError(f"dead_letter is a queue's name, ARN or URL, not {dead_letter!r}")
        self.dead_letter = dead_letter
        self.unwrap = unwrap
        self.base_path = _checked_paths(base_path)
        if trailing_slash not in ("same", "strict", "redirect"):
            raise ConfigurationError(
                f'trailing_slash is "same", "strict" or "redirect", not {trailing_slash!r}'
            )
        self.trailing_slash = trailing_slash
        self.cors: Cors | None = None
        if not (cors is None or cors is False):
            from .http.cors import settings

            self.cors = settings(cors)
        self._warmup = _warmup(warmup)
        self.debug = debug
        self._observers: Observers | None = None
        if not (tracer is None and logger is None and metrics is None):
            from .observability import Observers

            self._observers = Observers(tracer=tracer, logger=logger, metrics=metrics)
        self.overrides: dict[Callable[..., Any], Callable[..., Any]] = {}
        """Replacements of dependencies, for tests: `app.overrides[connect] = fake`."""
        self.default_route: Route | None = None
        self._about: About = {}
        self._routes: list[Route] = []
        self._table = Table()
        self._middleware: list[folding.Layer] = []
        self.layered = False
        """Whether there is middleware around every invocation."""
        self._exceptions: dict[
            type[BaseException], list[tuple[Callable[..., Any], frozenset[str] | None]]
        ] = {}
        self._environment: Environment | None = None
        self._nobody = Unclaimed(self)
        self._included_in: str | None = None
        self._line: folding.Next | None = None
        self._cold = True

    # -- the straight line -------------------------------------------------------------------------------------

    def __call__(self, event: Any, context: Any = None) -> Any:
        """Answer one event: any JSON value, with Lambda's context or None (then there is no deadline).

        The result is what the event's source expects, as plain JSON data. An event that cannot be routed raises a
        `DispatchError`; what a handler's exception becomes is a property of the source.
        """
        return copy_context().run(self._invoke, event, context, None)

    def only(self, *sources: str) -> Entrypoint:
        """The same app as an entrypoint that takes events of these sources alone: one code base, several functions."""
        return Entrypoint(self, sources)

    def _invoke(self, event: Any, context: Any, allowed: frozenset[str] | None) -> Any:
        invocation = Invocation(event, context, self, self._cold)
        self._cold = False
        try:
            return self._answer(invocation, allowed)
        except KeyboardInterrupt as exc:
            # What a durable function's SDK has raised to end the invocation.
            ending: BaseException | None = getattr(exc, "carried", None)
            if ending is not None:
                self._close_scope(invocation, ending)
                raise ending from None
            self._answered(exc, invocation)
            raise
        except BaseException as exc:
            if self._answered(exc, invocation):
                return None
            failure = self._failure(exc, invocation)
            if failure is exc:
                raise
            raise failure from None
        finally:
            for finish in AFTERWARDS:
                finish()

    def _answer(self, invocation: Invocation, allowed: frozenset[str] | None) -> Any:
        line = self._line
        if line is None:
            line = self._line = self._open()
        room = invocation.room = self._table.find(invocation.event) or self._detect(invocation.event)
        try:
            room.admit(invocation)  # first: from here on the event has no secrets that user code must not see
            if self._warmup is not None and self._warmup(invocation.event):
                return room.skip(invocation)
            if allowed is not None and room.name not in allowed:
                raise self._not_allowed(room, invocation.event, allowed)
            if self._environment is not None:
                invocation.state.update(self._environment.enter(self, invocation.remaining))
            result = room.run(invocation) if line is _run else line(invocation)
            if invocation.scope is not None:
                self._close_scope(invocation, None)
            return room.shape(result, invocation)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            return room.fail(self._close_scope(invocation, exc) or exc, invocation)

    @staticmethod
    def _answered(exc: BaseException, invocation: Invocation) -> bool:
        return invocation.room is not None and invocation.room.answered(exc, invocation)

    def _detect(self, event: Any) -> EventSource:
        """The source of the event: of those with routes, else of all, else the default route's."""
        room: EventSource | None = self._table.find(event)
        if room is None:
            found = (self.unwrap and type(self).carriers().find(event)) or type(self).everything().find(event)
            room = self._unclaimed(event) if found is None else getattr(self, found.name)
        return room or self._nobody

    def _unclaimed(self, event: Any) -> EventSource:
        """Whose an event is that no source claims: of a source for such events if it takes it, else a direct call's."""
        if is_wrapped(event):
            from .durable import Wrapper

            return Wrapper(self)
        for room in self.remainder:
            if room.takes(event):
                return room
        called: EventSource = self.__dict__.get("invoke", self._nobody)
        return called

    @staticmethod
    def _not_allowed(room: EventSource, event: Any, allowed: frozenset[str]) -> DispatchError:
        if room.name not in allowed and isinstance(room, Unclaimed):
            return room.unknown(event)
        return NoRouteError(
            f"this entrypoint takes {', '.join(sorted(allowed))} alone, and the event is from {room.name}",
            source=room.name,
        )

    def _close_scope(self, invocation: Invocation, failure: BaseException | None) -> BaseException | None:
        """Close what dependencies opened for the whole invocation; a failing close is a failure."""
        if invocation.scope is None:
            return failure
        scope, invocation.scope = invocation.scope, None
        left = scope.close(failure)
        if left is not None and failure is None:
            raise left
        return left

    def _failure(self, exc: BaseException, invocation: Invocation) -> Exception:
        """The exception that leaves the router: one that the runtime client can post; logged once, without its text."""
        from .failures import class_name, is_ours, printable, survivable, text, where

        failure = survivable(exc)
        said = reference = ""
        # Not isinstance, which would ask the exception for its __class__.
        if issubclass(type(exc), ConcealedError) and exc.__cause__ is not None:
            reference = f" (reference {printable(getattr(exc, 'reference', None) or 'unknown')})"
            exc = exc.__cause__
            if issubclass(type(exc), RouterError) and is_ours(exc):
                # Its text holds no payload, and is told nowhere else.
                said = f": {printable(text(exc), limit=1_000)}"
        place = "" if issubclass(type(exc), RouterError) else where(exc)
        log.error(
            "%s invocation failed: %s%s%s%s",
            invocation.source or "direct",
            class_name(exc),
            said,
            f" at {place}" if place else "",
            reference,
            exc_info=failure if self.debug else None,
        )
        return failure

    # -- exceptions --------------------------------------------------------------------------------------------

    def exception_handler(
        self, *types: type[BaseException], sources: Sequence[str] | None = None
    ) -> Callable[[F], F]:
        """`@app.exception_handler(SomeError)`: map an exception to a result, `h(exc, invocation) -> result`.

        For polled and asynchronous sources the value is ignored and the failure stands, as it does for others than HTTP
        where the value is None; `raise Drop()` settles the record. `sources` narrows it to the sources named.
        """
        if not types or not all(isinstance(t, type) and issubclass(t, BaseException) for t in types):
            raise ConfigurationError(
                "exception_handler takes exception classes: @app.exception_handler(ValueError)"
            )
        self.check_open("exception_handler")
        names = None if sources is None else frozenset(self._source_names(sources))

        def register(handler: F) -> F:
            for t in types:
                self._exceptions.setdefault(t, []).append((handler, names))
            return handler

        return register

    def _handler_of(self, exc: BaseException, room: EventSource | None) -> Callable[..., Any] | None:
        if not self._exceptions or issubclass(type(exc), KeyboardInterrupt):
            return None
        for cls in type(exc).__mro__:
            for handler, names in self._exceptions.get(cls, ()):
                if names is None or (room is not None and room.name in names):
                    return handler
        return None

    def handle(self, exc: BaseException, invocation: Invocation) -> Any:
        """The result that an exception handler makes of an exception; raises it where there is none.

        None is a result for HTTP alone: elsewhere it would let in whom a failure keeps out, only because a handler logs.
        """
        handler = None if issubclass(type(exc), Drop) else self._handler_of(exc, invocation.room)
        if handler is not None:
            result = settle(handler(exc, invocation))
            if result is not None or (invocation.room is not None and invocation.room.takes_none):
                return result
        raise exc

    def verdict(self, exc: BaseException, invocation: Invocation) -> BaseException:
        """What becomes of a record that failed: a Drop settles it, anything else is the failure that stands."""
        handler = None if issubclass(type(exc), Drop) else self._handler_of(exc, invocation.room)
        if handler is not None:
            try:
                settle(handler(exc, invocation))
            except KeyboardInterrupt:
                raise
            except BaseException as raised:
                return raised
        return exc

    # -- registration ------------------------------------------------------------------------------------------

    @property
    def routes(self) -> tuple[Route, ...]:
        """What is registered, in order."""
        return tuple(self._routes)

    def explain(self, event: Any) -> Explanation:
        """Why an event goes where it goes: its source, every route with the first criterion that failed, and for an
        event that nothing matches a decorator to paste. `str()` of it is for people, `.to_dict()` for programs."""
        from .explain import explain

        return explain(self, event)

    def openapi(self, **about: Unpack[About]) -> dict[str, Any]:
        """The OpenAPI 3.1 document of the HTTP routes as plain JSON data; what is not given is as `docs` has it.

        Mounted applications are not described. ConfigurationError for a type without a JSON schema, naming its route.
        """
        from .http.openapi import document

        return document(self, {**self._about, **about})

    def docs(
        self,
        path: str = "/docs",
        *,
        openapi_path: str = "/openapi.json",
        middleware: Sequence[Callable[..., Any]] = (),
        **about: Unpack[About],
    ) -> None:
        """Serve the OpenAPI document at `openapi_path`, and at `path` a page (Swagger UI) to read and to try it.

        The page loads nothing from elsewhere. `middleware` is around both, to keep them from strangers for instance.
        """
        from .http.swagger import Docs

        Docs(self, path, openapi_path=openapi_path, middleware=middleware, about=about)
        self._about = about

    def use(self, middleware: folding.Layer) -> folding.Layer:
        """Put middleware `(invocation, call_next) -> result` around every invocation, inside what is there already."""
        self.check_open("use")
        folding.check([*self._middleware, middleware])
        self._middleware.append(middleware)
        self.layered = True
        return middleware

    def middleware(self, middleware: F) -> F:
        """`@app.middleware`: as `use`, as a decorator."""
        self.use(middleware)
        return middleware

    def default(self, handler: F) -> F:
        """`@app.default`: the handler of an event or record that nothing matches.

        It may ask for `event`, `context`, `invocation` and `record`.
        """
        from . import binding

        self.check_open("default")
        if self.default_route is not None:
            raise DuplicateRouteError(f"there is a default already: {self.default_route!r}")
        words = binding.Vocabulary(source="default", parts={}, records=True)
        route = Route(self._nobody, handler)
        route.compile(binding.plan(handler, words, frame=sys._getframe(1), shown="app.default"))
        self.default_route = route
        self._routes.append(route)
        return handler

    def lifespan(self, function: F) -> F:
        """`@app.lifespan`: a generator (or async generator) that opens what lives as long as the environment.

        It runs up to its `yield` at the first event; a mapping that it yields is put into every invocation's `state`.
        """
        from .lifespan import Environment

        self.check_open("lifespan")
        if self._environment is None:
            self._environment = Environment()
        self._environment.add(function)
        return function

    @staticmethod
    def efs(path: str | PathLike[str], *, write: bool = True, timeout: float = 2.0) -> Any:
        """A mounted file system as a dependency: `data: Annotated[Path, app.efs("/mnt/data")]`.

        The handler gets the `pathlib.Path`. A mount that is absent, read-only (with `write`) or does not answer within
        `timeout` seconds is a MountError when it is first asked for in an invocation, never at import.
        """
        from .efs import Mount

        return Mount(path, write=write, timeout=timeout)

    def close(self) -> None:
        """Close what the lifespans opened; the environment's end, in tests."""
        if self._environment is not None:
            self._environment.close()

    def include(self, other: Router, *, prefix: str = "") -> None:
        """Take over what is registered on another router, as if it had been registered here, in its order.

        `prefix` is put before the paths of its HTTP routes. The other router takes no registrations afterwards.
        """
        self.check_open("include")
        if not isinstance(other, Router) or other is self:
            raise ConfigurationError(f"include takes another Router, not {other!r}")
        if other.cors is not None and other.cors != self.cors:
            raise ConfigurationError(
                "the included router has its own cors, which is about all of an app's answers: give it to this one"
            )
        for route in other.routes:
            self._adopt(route, prefix, of=other)
        if isinstance(other.partial, tuple) and self.partial is not True:
            self.partial = (*(self.partial or ()), *other.partial)
        for layer in other._middleware:
            self.use(layer)
        for cls, handlers in other._exceptions.items():
            self._exceptions.setdefault(cls, []).extend(handlers)
        if other._environment is not None:
            for function in other._environment.functions:
                self.lifespan(function)
        self.overrides.update(other.overrides)
        other._included_in = self.__name__

    def _adopt(self, route: Route, prefix: str, *, of: Router) -> None:
        if route.room.name == Unclaimed.name:
            if route.handler is not None:
                self.default(route.handler)
            return
        room = getattr(self, route.source, None)
        if not isinstance(room, EventSource):
            raise ConfigurationError(
                f"this router has no source {route.source!r}, which the included one routes"
            )
        room.adopt(route, prefix=prefix)
        options = self._routes[-1].options
        if of.partial is True and options.get("partial") is None and self.partial is not True:
            options["partial"] = True

    def add_route(
        self, source: str | EventSource, handler: Callable[..., Any] | None, /, **criteria: Any
    ) -> Route:
        """Register one route of a source: the primitive under every decorator.

        `source` is a room of this router or its name; what else is given goes to the room's `add`: `criteria`, `name`,
        `middleware`, and the room's own options. `handler` None settles what matches on purpose.
        """
        room = getattr(self, source, None) if isinstance(source, str) else source
        if not isinstance(room, EventSource):
            raise ConfigurationError(f"{source!r} is no source of this router")
        criteria.setdefault("frame", sys._getframe(1))
        return room.add(handler, **criteria)

    def register(self, route: Route, *sources: EventSource) -> None:
        """Take a finished route into the app's list, and the sources that it is for into the table."""
        self._routes.append(route)
        for room in sources:
            self._table.add(room)

    @property
    def carried(self) -> list[EventSource]:
        """The sources whose events a record may carry: those with routes, and those that are carriers themselves."""
        carriers = [getattr(self, room.name) for room in type(self).carriers().rooms]
        return [
            room for room in dict.fromkeys([*self._table.rooms, *carriers]) if isinstance(room, EventSource)
        ]

    @property
    def remainder(self) -> list[EventSource]:
        """The sources in use that are asked about events which no source claims."""
        owner = type(self)
        names: tuple[str, ...] | None = owner.__dict__.get("_remainders")
        if names is None:
            names = owner._remainders = tuple(name for name, line in rooms(owner) if line.remainder)
        return [self.__dict__[name] for name in names if name in self.__dict__]

    def check_open(self, what: str) -> None:
        """ConfigurationError once the app has seen an event or has been included in another."""
        if self._line is not None:
            raise ConfigurationError(
                f"{what}: the app has had its first event and takes no more registrations"
            )
        if self._included_in is not None:
            raise ConfigurationError(
                f"{what}: this router has been included in another; register before that"
            )

    def lists_partial(self, arn: Any, resource: Callable[[str], str]) -> bool:
        """Whether the router itself declares the mapping of a queue or stream to report partial responses."""
        if isinstance(self.partial, bool):
            return self.partial
        return isinstance(arn, str) and (arn in self.partial or resource(arn) in self.partial)

    def _open(self) -> folding.Next:
        if "aws_durable_execution_sdk_python" in sys.modules:
            from .durable import let_pass

            for route in self._routes:
                let_pass(route)
        looking_on = [] if self._observers is None else self._observers.attach(self._routes)
        preflight = [] if self.cors is None else [self.cors.layer]
        return folding.fold([*looking_on, *preflight, *self._middleware], _run)

    def _source_names(self, names: Iterable[str]) -> list[str]:
        known = {room.name for room in type(self).everything().rooms} | {"invoke"}
        for name in names:
            if name not in known:
                raise ConfigurationError(f"{name!r} is no source; there are {', '.join(sorted(known))}")
        return list(names)

    @classmethod
    def everything(cls) -> Table:
        """The recognisers of every source that this class of router has a line for; all are imported."""
        table: Table | None = cls.__dict__.get("_everything")
        if table is None:
            table = Table()
            for name, line in rooms(cls):
                room = line.load()
                if issubclass(room, EventSource) and room.marks:
                    if room.name != name:
                        raise ConfigurationError(
                            f"{cls.__name__}.{name} is a line for the source {room.name!r}"
                        )
                    table.add(room)
            cls._everything = table
        return table

    @classmethod
    def carriers(cls) -> Table:
        """The recognisers of the sources whose records may carry other sources' events."""
        table: Table | None = cls.__dict__.get("_carriers")
        if table is None:
            table = cls._carriers = Table()
            for _, line in rooms(cls):
                if line.carrier:
                    table.add(line.load())
        return table

    _everything: Table | None = None
    _carriers: Table | None = None
    _remainders: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} with {len(self._routes)} routes>"


class Entrypoint:
    """An app that takes events of some sources alone."""

    def __init__(self, app: Router, sources: Sequence[str]) -> None:
        if not sources:
            raise ConfigurationError('only takes source names: app.only("sqs", "s3")')
        self.app = app
        self.sources = frozenset(app._source_names(sources))
        self.__name__ = self.__qualname__ = app.__name__

    def __call__(self, event: Any, context: Any = None) -> Any:
        """Answer one event, as the app does; an event of another source is refused with a NoRouteError."""
        return copy_context().run(self.app._invoke, event, context, self.sources)

    def __repr__(self) -> str:
        return f"<{self.app!r} only for {', '.join(sorted(self.sources))}>"


def _run(invocation: Invocation) -> Any:
    """Match, bind and call: what the middleware of `use` is around."""
    return invocation.room.run(invocation) if invocation.room is not None else None


def _checked_partial(partial: Any) -> bool | tuple[str, ...]:
    if isinstance(partial, bool):
        return partial
    if isinstance(partial, list | tuple | set | frozenset) and all(isinstance(p, str) and p for p in partial):
        return tuple(partial)
    raise ConfigurationError(
        f"partial is True, False or a list of queue and stream names and ARNs, not {partial!r}"
    )


def _checked_paths(paths: Any) -> tuple[str, ...]:
    given = () if paths is None else (paths,) if isinstance(paths, str) else tuple(paths)
    for path in given:
        if not isinstance(path, str) or not path.startswith("/") or path == "/":
            raise ConfigurationError(f'base_path is a path such as "/v1", not {path!r}')
    return tuple(path.rstrip("/") for path in given)


def _warmup(given: Any) -> Callable[[Any], bool] | None:
    if given is None or callable(given):
        return given  # type: ignore[no-any-return]
    from .patterns import Pattern

    return Pattern(given).matches
