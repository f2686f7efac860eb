"""What a stack has its function called by: SAM's events, mappings, and every resource that names the function.

Each becomes a Trigger, whoever wrote it down. What it is known to send is told in the words of the routes' criteria, as
globs, so that a route that may take it can be told from one that cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from lambda_router.criteria import each, is_arn, literal, meet

from .stack import Resource, Stack, certain, items, listed, loose, section

if TYPE_CHECKING:
    from lambda_router.criteria import Criterion
    from lambda_router.source import Route

__all__ = ["HTTP", "POLLED", "STREAMS", "Trigger", "is_called", "is_named", "may_be", "may_take", "triggers"]

HTTP = ("api_gateway_rest", "api_gateway_http", "function_url", "alb", "vpc_lattice", "vpc_lattice_v2")
STREAMS = ("kinesis", "dynamodb")
POLLED = ("sqs", *STREAMS, "kafka", "activemq", "rabbitmq", "documentdb")


class Trigger(NamedTuple):
    """Something in the stack that calls the function.

    `place` is where it is written, `rooms` the sources whose routes may take what it sends (none: that cannot be told),
    `facts` what is known of it, by the label of a criterion, as globs of which one holds; `arn` is the text that names its
    queue or stream, `sender` the resource that sends if it is in the stack. `evidence` is whether it says only that such
    events are sent, as a permission does, and not which.
    """

    place: str
    kind: str
    rooms: tuple[str, ...]
    properties: dict[str, Any]
    facts: Mapping[str, tuple[str, ...]] = {}
    arn: str | None = None
    sender: Resource | None = None
    evidence: bool = False

    @property
    def room(self) -> str | None:
        """The source, where there is one alone."""
        return self.rooms[0] if len(self.rooms) == 1 else None


# -- which routes -----------------------------------------------------------------------------------------------------


def may_take(route: Route, trigger: Trigger) -> bool:
    """Whether a route may take something that a trigger sends: no criterion rules out all of it."""
    if not trigger.rooms:
        return True
    if route.source in ("http", "mount"):
        if not any(room in HTTP for room in trigger.rooms):
            return False
    elif route.source not in trigger.rooms:
        return False
    below = route.source == "mount"
    told = ((criterion, _seen(criterion, trigger)) for criterion in route.conditions)
    return all(_meets(criterion, seen, below=below) for criterion, seen in told if seen)


def _seen(criterion: Criterion, trigger: Trigger) -> tuple[str, ...] | None:
    if criterion.label == "sources":
        return trigger.rooms
    return trigger.facts.get("key" if criterion.label in ("prefix", "suffix") else criterion.label)


def _meets(criterion: Criterion, seen: Iterable[str], *, below: bool) -> bool:
    wanted = [_wanted(criterion.label, one, below) for one in each(criterion.written) if isinstance(one, str)]
    return not wanted or any(may_be(one, other) for one in wanted for other in seen)


def _wanted(label: str, written: str, below: bool) -> str:
    if label == "prefix":
        return f"{literal(written)}*"
    if label == "suffix":
        return f"*{literal(written)}"
    if label == "path":
        return f"{path_glob(written)}*" if below else path_glob(written)
    return written


def may_be(written: str, seen: str) -> bool:
    """Whether two globs, each of a name or an ARN, have something in common."""
    if is_arn(seen) and not is_arn(written):
        seen = _name(seen)
    elif is_arn(written) and not is_arn(seen):
        written = _name(written)
    return written == seen or meet(written, seen)


def _name(arn: str) -> str:
    """The name in an ARN: `orders` of `arn:aws:sqs:eu-west-2:123456789012:orders` and of `...:table/orders/stream/...`."""
    tail = arn.split(":", 5)[-1]
    for kind in ("stream/", "table/", "cluster/"):
        if tail.startswith(kind):
            return tail.split("/")[1]
    return tail.split(":")[1] if tail.startswith(("broker:", "cluster:")) else tail


def path_glob(path: str) -> str:
    """The path of a route or of an API's event as a glob: `/orders/*` of `/orders/{id}`."""
    found, rest = "", path
    while rest:
        text, brace, rest = rest.partition("{")
        found += literal(text) + ("*" if brace else "")
        rest = rest.partition("}")[2]
    return found.rstrip("/") or "/"


def is_called(trigger: Trigger, names: Iterable[str]) -> bool | None:
    """Whether its queue, stream or topic is one that `Router(partial=[...])` names; None where that cannot be told."""
    seen = [*([] if trigger.arn is None else [loose(trigger.arn)]), *trigger.facts.get("topic", ())]
    found = [one for one in seen if any(may_be(literal(name), one) for name in names)]
    return None if not seen or (found and all("*" in _name(one) for one in found)) else bool(found)


def is_named(trigger: Trigger) -> bool:
    """Whether the name of a queue or stream is known, be it in whichever account and Region."""
    return trigger.arn is not None and certain(_name(trigger.arn))


# -- where they are ---------------------------------------------------------------------------------------------------


def triggers(stack: Stack, function: Resource) -> list[Trigger]:
    """Everything in the stack that calls the function, its versions or its aliases."""
    own = _identities(stack, function.logical)
    found = [*_events(stack, function), *_url(function)]
    for resource in stack.resources.values():
        raw = stack.raw[resource.logical].get("Properties")
        if resource.logical not in own and stack.mentions(raw, own):
            found += _by_resource(stack, resource, own)
    return found


def _identities(stack: Stack, logical: str) -> frozenset[str]:
    of_function = stack.of("AWS::Lambda::Version", "AWS::Lambda::Alias")
    known = frozenset({logical})
    found = [r.logical for r in of_function if stack.mentions(stack.raw[r.logical].get("Properties"), known)]
    return known | set(found)


def _events(stack: Stack, function: Resource) -> Iterator[Trigger]:
    for name, event in items(function.properties.get("Events")):
        kind = event.get("Type")
        place = f"{function.logical}.Events.{name}"
        if isinstance(kind, str):
            yield _EVENTS.get(kind, _other)(_Written(stack, place, kind, section(event, "Properties")))


def _url(function: Resource) -> Iterator[Trigger]:
    if isinstance(config := function.properties.get("FunctionUrlConfig"), dict):
        yield Trigger(f"{function.logical}.FunctionUrlConfig", "FunctionUrl", ("function_url",), config)


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


def _by_resource(stack: Stack, resource: Resource, own: frozenset[str]) -> Iterator[Trigger]:
    written = _Written(stack, resource.logical, resource.type, resource.properties)
    if resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource":
        yield written.to("cloudformation", resource_type=resource.type)
    elif resource.type in _RESOURCES:
        yield from _RESOURCES[resource.type](written, own)


def _mapping(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
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
    yield Trigger(written.place, written.kind, POLLED, config, evidence=True)


def _notifications(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    """The notifications of a bucket that go to the function."""
    raw = section(written.stack.raw[written.place], "Properties", "NotificationConfiguration")
    configured = section(written.properties, "NotificationConfiguration").get("LambdaConfigurations")
    name = written.stack.name(written.place)
    sent = raw.get("LambdaConfigurations")
    pairs = (
        zip(sent, configured, strict=False) if isinstance(sent, list) and isinstance(configured, list) else ()
    )
    for number, (one, config) in enumerate(pairs):
        if written.stack.mentions(one, own):
            place = f"{written.place}.NotificationConfiguration.LambdaConfigurations[{number}]"
            properties = {**section(config), "Bucket": name, "Events": section(config).get("Event")}
            yield _s3(_Written(written.stack, place, written.kind, properties))


def _subscription(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    arn = written.properties.get("TopicArn")
    yield written.to("sns", arn=arn, topic=arn)


def _topic(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    arn = written.stack.attribute([written.place, "Arn"])
    yield written.to("sns", arn=arn, topic=arn)


def _events_rule(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    targets = listed(written.properties.get("Targets")) or []
    shaped = {
        key: 0 for one in targets for key in section(one) if isinstance(key, str) and key.startswith("Input")
    }
    if "ScheduleExpression" in written.properties and "EventPattern" not in written.properties:
        name = written.properties.get("Name")
        yield _schedule(written._replace(properties={"Name": name, **({"Input": 0} if shaped else {})}))
    else:
        yield _rule(written._replace(properties={**written.properties, **shaped}))


def _scheduler(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    name, target = written.properties.get("Name"), section(written.properties, "Target")
    shaped = {"Input": 0} if "Input" in target else {}
    yield _schedule(written._replace(kind="ScheduleV2", properties={"Name": name, **shaped}))


def _log_filter(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    yield _logs(written)


def _user_pool(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    config = section(written.stack.raw[written.place], "Properties", "LambdaConfig")
    called = [name for name, value in config.items() if written.stack.mentions(value, own)]
    named = [name.removesuffix("Config") if isinstance(name, str) else name for name in called]
    yield written.to("cognito", trigger=_cognito_triggers(named))


def _permission(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    """Who may call the function is likely to do so."""
    principal = written.properties.get("Principal")
    rooms = _PRINCIPALS.get(str(principal).removesuffix(".amazonaws.com"), ())
    if rooms:
        yield written.to(*rooms)._replace(evidence=True)


def _pipe(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
    yield Trigger(written.place, written.kind, ("pipes", *POLLED), written.properties, evidence=True)


def _one(*rooms: str) -> Callable[[_Written, frozenset[str]], Iterator[Trigger]]:
    def found(written: _Written, own: frozenset[str]) -> Iterator[Trigger]:
        yield written.to(*rooms)._replace(evidence=True)

    return found


_GATEWAY = ("api_gateway_rest", "api_gateway_authorizer")
_GATEWAY_V2 = ("api_gateway_http", "api_gateway_rest", "api_gateway_websocket", "api_gateway_authorizer")
_RESOURCES: dict[str, Callable[[_Written, frozenset[str]], Iterator[Trigger]]] = {
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
