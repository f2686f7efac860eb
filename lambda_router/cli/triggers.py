"""What a stack has its function called by: SAM's events, mappings, and every resource that names the function.

Each becomes a Trigger, whoever wrote it down. What it is known to send is told in the words of the routes' criteria, as
globs, so that a route that may take it can be told from one that cannot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from lambda_router.criteria import each

from .matching import POLLED, STREAMS, Trigger, path_glob
from .stack import UNKNOWN, Resource, Stack, certain, listed, loose, section

__all__ = ["Callee", "triggers"]

_QUEUES, _SHARDED = ("sqs", "activemq", "rabbitmq"), (*STREAMS, "kafka", "documentdb")
"""Those of which a mapping has no starting position, and those of which it has one."""


class Callee:
    """The function as other resources refer to it: its logical id and those of its versions and aliases, or its name."""

    def __init__(self, stack: Stack, function: Resource) -> None:
        self.stack, self.function = stack, function
        name, alias = (function.properties.get(key) for key in ("FunctionName", "AutoPublishAlias"))
        self._named = re.escape(name) if isinstance(name, str) and name else None
        # https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
        made = {f"{function.logical}Alias{alias}"} if isinstance(alias, str) else set()
        self.logical = frozenset({function.logical, *made})
        versions = stack.of("AWS::Lambda::Version", "AWS::Lambda::Alias")
        self.logical |= {one.logical for one in versions if self.is_in(one)}

    def is_in(self, resource: Resource) -> bool:
        """Whether a resource refers to the function."""
        if resource.logical in self.logical:
            return False
        own = resource.properties.get("FunctionName")
        by_name = isinstance(own, str) and self._is_called(own, r"(?:^|function:)")
        return by_name or self.is_under(self.stack.raw[resource.logical].get("Properties"))

    def is_under(self, value: Any) -> bool:
        """Whether a value of the template as it is written refers to the function."""
        if self.stack.mentions(value, self.logical):
            return True
        found = self.stack.plain(value) if self._named else None
        return any(self._is_called(text, ":function:") for text in _texts(found))

    def _is_called(self, text: str, before: str) -> bool:
        return self._named is not None and re.search(f"{before}{self._named}(?:$|[:/])", text) is not None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


def triggers(callee: Callee) -> list[Trigger]:
    """Everything in the stack that calls a function, its versions or its aliases."""
    stack = callee.stack
    found = [*_events(stack, callee.function), *_url(callee.function)]
    for resource in stack.resources.values():
        if callee.is_in(resource):
            found += _by_resource(stack, resource, callee)
    return found


def _events(stack: Stack, function: Resource) -> Iterator[Trigger]:
    """SAM's events; of those under a condition each that there may be."""
    for events in stack.branches(section(stack.raw, function.logical, "Properties").get("Events")):
        for name, written in events.items() if isinstance(events, dict) else ():
            for event in stack.branches(written):
                yield _event(stack, f"{function.logical}.Events.{name}"[:300], event)


def _event(stack: Stack, place: str, written: Any) -> Trigger:
    event = section(stack.plain(written))
    kind = event.get("Type")
    if isinstance(kind, str):
        return _EVENTS.get(kind, _other)(_Written(stack, place, kind, section(event, "Properties")))
    return Trigger(place, "event", (), {}, evidence=True)  # a loop, or what is included


def _url(function: Resource) -> Iterator[Trigger]:
    config, place = function.properties.get("FunctionUrlConfig"), f"{function.logical}.FunctionUrlConfig"
    if isinstance(config, dict) or config is UNKNOWN:
        yield Trigger(place, "FunctionUrl", ("function_url",), section(config))


class _Written(NamedTuple):
    """A trigger as it is written: in which stack and where, what its type is called, and its properties."""

    stack: Stack
    place: str
    kind: str
    properties: dict[str, Any]

    def to(self, *rooms: str, arn: Any = None, **facts: Any) -> Trigger:
        """As a trigger of one of these sources; what is None or not known is no fact."""
        text = arn if isinstance(arn, str) else None
        return Trigger(
            self.place,
            self.kind,
            rooms,
            self.properties,
            facts={label: found for label, value in facts.items() if (found := _globs(value))},
            arn=text,
            sender=_sender(self.stack, text),
        )


class Glob(str):
    """A text that is a glob already."""

    __slots__ = ()


def _globs(value: Any) -> tuple[str, ...]:
    """The alternatives that a value stands for; none where not all of them are texts."""
    values = each(value)
    if not all(isinstance(one, str) for one in values):
        return ()
    return tuple(one if isinstance(one, Glob) else loose(one) for one in values)


def _sender(stack: Stack, arn: str | None) -> Resource | None:
    """The resource of the stack that has an ARN, its stream's included."""
    return None if arn is None else stack.named.get(arn.partition("/stream/")[0] if ":table/" in arn else arn)


# -- SAM's events, and mappings, which have the same properties ------------------------------------------------------


def _other(written: _Written) -> Trigger:
    return written.to()._replace(evidence=True)


def _queue(written: _Written) -> Trigger:
    arn = written.properties.get("Queue")
    return written.to("sqs", arn=arn, queue=arn)


def _kinesis(written: _Written) -> Trigger:
    arn = written.properties.get("Stream")
    arn = arn.partition("/consumer/")[0] if isinstance(arn, str) else None
    return written.to("kinesis", arn=arn, stream=arn)


def _dynamodb(written: _Written) -> Trigger:
    arn = written.properties.get("Stream")
    return written.to("dynamodb", arn=arn, table=arn)


def _kafka(written: _Written) -> Trigger:
    arn = written.properties.get("Stream")
    return written.to("kafka", arn=arn, topic=written.properties.get("Topics"), cluster=arn)


def _mq(written: _Written) -> Trigger:
    queues = written.properties.get("Queues")
    access = listed(written.properties.get("SourceAccessConfigurations")) or []
    hosts = [section(one).get("URI") for one in access if section(one).get("Type") == "VIRTUAL_HOST"]
    rooms = ("rabbitmq",) if hosts else ("activemq", "rabbitmq")
    arn = written.properties.get("Broker")
    return written.to(*rooms, arn=arn, queue=queues, destination=queues, vhost=hosts or None)


def _documentdb(written: _Written) -> Trigger:
    config, arn = written.properties, written.properties.get("Cluster")
    database, collection = config.get("DatabaseName"), config.get("CollectionName")
    return written.to("documentdb", arn=arn, database=database, collection=collection, cluster=arn)


def _sns(written: _Written) -> Trigger:
    arn = written.properties.get("Topic")
    through = written.properties.get("SqsSubscription")
    if through in (None, False):
        return written.to("sns", arn=arn, topic=arn)
    mapping = section(through)
    return written._replace(properties=mapping).to("sqs", arn=mapping.get("QueueArn"))


def _s3(written: _Written) -> Trigger:
    bucket, config = written.properties.get("Bucket"), written.properties
    return written.to(
        "s3",
        bucket=bucket,
        event=_s3_events(config.get("Events")),
        key=_s3_keys(section(config, "Filter", "S3Key").get("Rules")),
    )


def _s3_events(events: Any) -> list[Any] | None:
    return [Glob(one.removeprefix("s3:")) if isinstance(one, str) else None for one in each(events)] or None


def _s3_keys(rules: Any) -> Glob | None:
    """The keys that a notification's filter lets pass, as a glob."""
    said: dict[str, str] = {}
    for rule in rules if isinstance(rules, list) else ():
        name, value = section(rule).get("Name"), section(rule).get("Value")
        if not isinstance(name, str) or not isinstance(value, str):
            return None
        said[name.lower()] = loose(value)
    return Glob(f"{said.get('prefix', '')}*{said.get('suffix', '')}") if said else None


def _rule(written: _Written) -> Trigger:
    if any(key in written.properties for key in ("Input", "InputPath", "InputTransformer")):
        return _anything(written)
    pattern = section(written.properties, "Pattern") or section(written.properties, "EventPattern")
    return written.to(
        "eventbridge", source=_plain(pattern.get("source")), detail_type=_plain(pattern.get("detail-type"))
    )


def _anything(written: _Written) -> Trigger:
    """A rule or schedule that sends what its target says."""
    return written.to("eventbridge", "invoke", "iot")._replace(evidence=True)


def _plain(wanted: Any) -> list[str] | None:
    return wanted if isinstance(wanted, list) and all(isinstance(one, str) for one in wanted) else None


def _schedule(written: _Written) -> Trigger:
    if "Input" in written.properties:
        return _anything(written)
    # A scheduler that is given no input may send an envelope or an object of its own.
    rooms = ("eventbridge", "invoke") if written.kind == "ScheduleV2" else ("eventbridge",)
    return written.to(*rooms, schedule=written.properties.get("Name") or Glob("*"))


def _logs(written: _Written) -> Trigger:
    return written.to("cloudwatch_logs", log_group=written.properties.get("LogGroupName"))


def _cognito(written: _Written) -> Trigger:
    return written.to("cognito", trigger=_cognito_triggers(each(written.properties.get("Trigger"))))


def _cognito_triggers(names: Iterable[Any]) -> list[Any]:
    """What the pool calls the events of its triggers: `TokenGeneration_*` of `PreTokenGeneration`."""
    return [
        Glob(f"{n.removeprefix('Pre') if 'Token' in n else n}_*") if isinstance(n, str) else n for n in names
    ]


def _iot(written: _Written) -> Trigger:
    return written.to("iot", "invoke")


def _api(room: str) -> Callable[[_Written], Trigger]:
    def found(written: _Written) -> Trigger:
        path, method = written.properties.get("Path"), written.properties.get("Method")
        verb = method if certain(method) and method.lower() not in _ANY_METHOD else None
        template = path if certain(path) and path not in _ANY_PATH else None
        if path == "/" and verb is None:
            template = None  # beside /{proxy+}, which does not take it, to have all paths
        where = None if template is None else Glob(path_glob(template))
        return written.to(room, path=where, methods=verb and verb.upper())

    return found


_ANY_PATH = ("/{proxy+}", "$default")
_ANY_METHOD = ("any", "x-amazon-apigateway-any-method", "head", "options")
"""The last two are answered by the router without a route for them."""


def _of(*rooms: str) -> Callable[[_Written], Trigger]:
    return lambda written: written.to(*rooms)


_EVENTS: dict[str, Callable[[_Written], Trigger]] = {
    "SQS": _queue,
    "Kinesis": _kinesis,
    "DynamoDB": _dynamodb,
    "MSK": _kafka,
    "SelfManagedKafka": _kafka,
    "MQ": _mq,
    "DocumentDB": _documentdb,
    "SNS": _sns,
    "S3": _s3,
    "EventBridgeRule": _rule,
    "CloudWatchEvent": _rule,
    "Schedule": _schedule,
    "ScheduleV2": _schedule,
    "CloudWatchLogs": _logs,
    "Cognito": _cognito,
    "IoTRule": _iot,
    "AlexaSkill": _of("alexa"),
    "Api": _api("api_gateway_rest"),
    "HttpApi": _api("api_gateway_http"),
}
"""https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html"""


# -- CloudFormation's resources ---------------------------------------------------------------------------------------


def _by_resource(stack: Stack, resource: Resource, callee: Callee) -> Iterator[Trigger]:
    written = _Written(stack, resource.logical, resource.type, resource.properties)
    if resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource":
        yield from _custom(written, callee)
    elif resource.type in _RESOURCES:
        yield from _RESOURCES[resource.type](written, callee)


def _mapping(written: _Written, callee: Callee) -> Iterator[Trigger]:
    """An event source mapping, told by the service in its ARN or by the configuration that only one service has."""
    config = written.properties
    arn = config.get("EventSourceArn")
    service = arn.split(":")[2] if isinstance(arn, str) and arn.count(":") > 4 else ""
    for made, known, properties in (
        (_kafka, service == "kafka" or "SelfManagedEventSource" in config, {"Stream": arn}),
        (_mq, service == "mq" or "Queues" in config, {"Broker": arn}),
        (
            _documentdb,
            "DocumentDBEventSourceConfig" in config,
            {"Cluster": arn, **section(config, "DocumentDBEventSourceConfig")},
        ),
        (_queue, service == "sqs", {"Queue": arn}),
        (_kinesis, service == "kinesis", {"Stream": arn}),
        (_dynamodb, service == "dynamodb", {"Stream": arn}),
    ):
        if known:
            yield made(written._replace(properties={**config, **properties}))
            return
    polled = _SHARDED if "StartingPosition" in config else _QUEUES
    yield Trigger(
        written.place, written.kind, polled, config, arn=arn if isinstance(arn, str) else None, evidence=True
    )


def _notifications(written: _Written, callee: Callee) -> Iterator[Trigger]:
    """The notifications of a bucket that go to the function."""
    name, path = written.stack.name(written.place), "NotificationConfiguration.LambdaConfigurations"
    yield from _notified(written, callee, name, path, "Event")


def _custom(written: _Written, callee: Callee) -> Iterator[Trigger]:
    """A custom resource calls the function that is its token, whichever else it mentions. The CDK's notify of objects."""
    raw = section(written.stack.raw[written.place], "Properties")
    if callee.is_under(raw.get("ServiceToken")):
        yield written.to("cloudformation", resource_type=written.kind)
    elif written.kind == "Custom::S3BucketNotifications":
        name, path = (
            written.properties.get("BucketName"),
            "NotificationConfiguration.LambdaFunctionConfigurations",
        )
        yield from _notified(written, callee, name, path, "Events")


def _notified(written: _Written, callee: Callee, bucket: Any, path: str, events: str) -> Iterator[Trigger]:
    stack, (outer, inner) = written.stack, path.split(".")
    sent = section(stack.raw[written.place], "Properties", outer).get(inner)
    if not isinstance(sent, list):
        yield written.to("s3")._replace(evidence=True)
        return
    for number, one in enumerate(sent):
        if callee.is_under(one):
            config = section(stack.plain(one))
            properties = {**config, "Bucket": bucket, "Events": config.get(events)}
            yield _s3(_Written(stack, f"{written.place}.{path}[{number}]", written.kind, properties))


def _subscription(written: _Written, callee: Callee) -> Iterator[Trigger]:
    arn = written.properties.get("TopicArn")
    yield written.to("sns", arn=arn, topic=arn)


def _topic(written: _Written, callee: Callee) -> Iterator[Trigger]:
    arn = written.stack.attribute([written.place, "Arn"])
    yield written.to("sns", arn=arn, topic=arn)


def _events_rule(written: _Written, callee: Callee) -> Iterator[Trigger]:
    targets = listed(written.properties.get("Targets")) or []
    shaped = {
        key: 0 for one in targets for key in section(one) if isinstance(key, str) and key.startswith("Input")
    }
    if "ScheduleExpression" in written.properties and "EventPattern" not in written.properties:
        name = written.properties.get("Name")
        yield _schedule(written._replace(properties={"Name": name, **({"Input": 0} if shaped else {})}))
    else:
        yield _rule(written._replace(properties={**written.properties, **shaped}))


def _scheduler(written: _Written, callee: Callee) -> Iterator[Trigger]:
    name, target = written.properties.get("Name"), section(written.properties, "Target")
    shaped = {"Input": 0} if "Input" in target else {}
    yield _schedule(written._replace(kind="ScheduleV2", properties={"Name": name, **shaped}))


def _log_filter(written: _Written, callee: Callee) -> Iterator[Trigger]:
    yield _logs(written)


def _user_pool(written: _Written, callee: Callee) -> Iterator[Trigger]:
    config = section(written.stack.raw[written.place], "Properties", "LambdaConfig")
    called = [name for name, value in config.items() if callee.is_under(value)]
    named = [name.removesuffix("Config") if isinstance(name, str) else name for name in called]
    yield written.to("cognito", trigger=_cognito_triggers(named))


def _permission(written: _Written, callee: Callee) -> Iterator[Trigger]:
    """Who may call the function is likely to do so."""
    principal = str(written.properties.get("Principal"))
    rooms = _PRINCIPALS.get(principal.partition(".amazon")[0], ())
    if rooms:
        yield written.to(*rooms)._replace(evidence=True)


def _pipe(written: _Written, callee: Callee) -> Iterator[Trigger]:
    yield Trigger(written.place, written.kind, ("pipes", *POLLED), written.properties, evidence=True)


def _one(*rooms: str) -> Callable[[_Written, Callee], Iterator[Trigger]]:
    def found(written: _Written, callee: Callee) -> Iterator[Trigger]:
        yield written.to(*rooms)._replace(evidence=True)

    return found


_GATEWAY = ("api_gateway_rest", "api_gateway_authorizer")
_GATEWAY_V2 = ("api_gateway_http", "api_gateway_rest", "api_gateway_websocket", "api_gateway_authorizer")
_RESOURCES: dict[str, Callable[[_Written, Callee], Iterator[Trigger]]] = {
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Permission": _permission,
    "AWS::Lambda::Url": _one("function_url"),
    "AWS::S3::Bucket": _notifications,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::Events::Rule": _events_rule,
    "AWS::Scheduler::Schedule": _scheduler,
    "AWS::Logs::SubscriptionFilter": _log_filter,
    "AWS::Cognito::UserPool": _user_pool,
    "AWS::Pipes::Pipe": _pipe,
    "AWS::ApiGateway::RestApi": _one(*_GATEWAY),
    "AWS::ApiGateway::Method": _one(*_GATEWAY),
    "AWS::ApiGateway::Authorizer": _one(*_GATEWAY),
    "AWS::Serverless::Api": _one(*_GATEWAY),
    "AWS::Serverless::HttpApi": _one(*_GATEWAY_V2),
    "AWS::ApiGatewayV2::Api": _one(*_GATEWAY_V2),
    "AWS::ApiGatewayV2::Integration": _one(*_GATEWAY_V2),
    "AWS::ApiGatewayV2::Authorizer": _one(*_GATEWAY_V2),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _one("alb"),
    "AWS::VpcLattice::TargetGroup": _one("vpc_lattice", "vpc_lattice_v2"),
    "AWS::IoT::TopicRule": _one("iot", "invoke"),
    "AWS::CloudFormation::Stack": _one(),
    "AWS::Serverless::Application": _one(),
}
"""What a resource that names the function has it called with; of those with `_one` no more is read than that."""

_PRINCIPALS: dict[str, tuple[str, ...]] = {
    "apigateway": _GATEWAY_V2,
    "elasticloadbalancing": ("alb",),
    "vpc-lattice": ("vpc_lattice", "vpc_lattice_v2"),
    "s3": ("s3",),
    "sns": ("sns",),
    "events": ("eventbridge",),
    "scheduler": ("eventbridge",),
    "logs": ("cloudwatch_logs",),
    "cognito-idp": ("cognito",),
    "iot": ("iot",),
    "alexa-appkit": ("alexa",),
    "*": ("function_url",),
}
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html"""
