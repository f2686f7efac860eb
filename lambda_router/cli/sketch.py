"""A template of AWS SAM for the routes of an app, as plain data with comments, and as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from lambda_router.criteria import each, is_arn, meet

from .documents import dumped
from .matching import STREAMS, may_be, name_of
from .needs import NEEDS
from .patterns import ANY_EVENT, covers, is_apart
from .routes import criteria
from .screen import document

if TYPE_CHECKING:
    from lambda_router.source import Route

__all__ = ["Sketch", "as_yaml"]

_FUNCTION, _FAILED = "Function", "Failed"
_ASYNCHRONOUS = ("S3", "SNS", "EventBridgeRule", "Schedule", "CloudWatchLogs", "IoTRule")
_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
_FOUR_DAYS, _FORTNIGHT = 345_600, 1_209_600
_VISIBILITY = 6
"""How many times the function's timeout a message is hidden.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""
_LONGEST_HIDDEN = 43_200


class Sketch:
    """What is in a template: `settings` of the function, `events`, `resources`, `parameters`, and `notes`.

    Notes say of the routes that SAM has no event for what is to be configured; `comments` are about events, by their names.
    """

    def __init__(self, settings: dict[str, Any], routes: Iterable[Route]) -> None:
        self.settings = dict(settings)
        self.events: dict[str, dict[str, Any]] = {}
        self.resources: dict[str, dict[str, Any]] = {}
        self.parameters: dict[str, dict[str, Any]] = {}
        self.notes: list[str] = []
        self.comments: dict[str, str] = {}
        self._made: dict[Any, str] = {}
        for route in routes:
            if not _MAKERS.get(route.source, _no_event)(self, route):
                self.note(route)
        self._merge_rules()
        self._keep_failed()

    # -- pieces ------------------------------------------------------------------------------------------------

    def event(self, key: Any, kind: str, properties: dict[str, Any] | None = None, *, hint: str) -> str:
        """Have an event of a kind, one for each key; its name."""
        if (kind, key) not in self._made:
            name = self._made[kind, key] = _unused(_title(hint), self.events)
            self.events[name] = {"Type": kind, **({"Properties": properties} if properties else {})}
        return self._made[kind, key]

    def resource(self, key: Any, kind: str, properties: dict[str, Any], *, hint: str, **more: Any) -> str:
        """Have a resource of a type, one for each key; its logical id."""
        if (kind, key) not in self._made:
            name = self._made[kind, key] = _unused(
                _title(hint), {_FUNCTION, *self.resources, *self.parameters}
            )
            self.resources[name] = {
                "Type": kind,
                **more,
                **({"Properties": properties} if properties else {}),
            }
        return self._made[kind, key]

    def parameter(self, key: Any, description: str, *, hint: str) -> dict[str, str]:
        """A reference to a parameter, one for each key."""
        if ("parameter", key) not in self._made:
            name = _unused(_title(hint), {_FUNCTION, *self.resources, *self.parameters})
            self._made["parameter", key] = name
            self.parameters[name] = {"Type": "String", "Description": _line(description)[:1_000]}
        return {"Ref": self._made["parameter", key]}

    def note(self, route: Route) -> None:
        """Say what the service of a route needs."""
        shown = ", ".join(criteria(route))
        needs = NEEDS.get(route.source, "have what sends its events call the function, and permit it to")
        self.notes.append(_line(f"{route.source}({shown}) -> {route.name}: {needs}"))

    def failed(self) -> dict[str, Any]:
        """Where what is given up goes, as the destination of a mapping or of the function."""
        name = self.resource(
            _FAILED, "AWS::SQS::Queue", {"MessageRetentionPeriod": _FORTNIGHT}, hint=_FAILED, **_KEPT
        )
        self.settings["Policies"] = [{"SQSSendMessagePolicy": {"QueueName": _attribute(name, "QueueName")}}]
        return {"OnFailure": {"Type": "SQS", "Destination": _attribute(name, "Arn")}}

    def _merge_rules(self) -> None:
        """Leave out a rule of which another matches everything: each rule that an event matches calls the function."""
        rules = {
            n: e["Properties"]["Pattern"] for n, e in self.events.items() if e["Type"] == "EventBridgeRule"
        }
        kept: dict[str, Any] = {}
        for name, pattern in rules.items():
            wider = (one for one in rules if one != name and covers(rules[one], pattern))
            if not any(one in kept or not covers(pattern, rules[one]) for one in wider):
                kept[name] = pattern
        for name in rules.keys() - kept.keys():
            del self.events[name]
        for name, pattern in kept.items():
            for other in kept:
                if other != name and not is_apart(pattern, kept[other]):
                    said = f"events that {other} matches too call the function twice"
                    self.comments[name] = "; ".join(filter(None, (self.comments.get(name), said)))
                    break

    def _keep_failed(self) -> None:
        if any(event["Type"] in _ASYNCHRONOUS for event in self.events.values()):
            self.settings["EventInvokeConfig"] = {
                "MaximumRetryAttempts": 2,
                "DestinationConfig": self.failed(),
            }

    # -- the whole ---------------------------------------------------------------------------------------------

    def head(self) -> dict[str, Any]:
        """What is in front of the resources."""
        said: dict[str, Any] = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Transform": "AWS::Serverless-2016-10-31",
        }
        return {**said, "Parameters": self.parameters} if self.parameters else said

    def function(self) -> dict[str, Any]:
        """The function but for its events."""
        return {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": ".", **self.settings}}

    def document(self) -> dict[str, Any]:
        """The template as one value of JSON."""
        function = self.function()
        if self.events:
            function["Properties"]["Events"] = self.events
        notes = [*self.notes, *(f"{name}: {text}" for name, text in self.comments.items())]
        metadata = {"Metadata": {"lambda-router": notes}} if notes else {}
        return {**self.head(), **metadata, "Resources": {_FUNCTION: function, **self.resources}}


def _attribute(logical: str, name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical, name]}


def _title(text: str) -> str:
    """A text as a logical id: `PaymentsFifo` of `payments.fifo`."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    return "".join(word[0].upper() + word[1:] for word in words)[:60] or "Any"


def _unused(name: str, taken: Iterable[str]) -> str:
    known, number, found = {*taken}, 1, name
    while found in known:
        number += 1
        found = f"{name}{number}"
    return found


def _line(text: str) -> str:
    """A text on one line, of which nothing leaves a comment."""
    return " ".join(re.sub(r"[^\x20-\x7e]+", " ", text).split())


def _written(route: Route, label: str) -> list[str]:
    return [one for one in each(route.written(label)) if isinstance(one, str)]


def _plain(text: str, form: str = r"[\w./#-]{1,256}") -> bool:
    """Whether a criterion is a name of a form that AWS has, and no glob."""
    return re.fullmatch(form, text, re.ASCII) is not None


def _is_resource(text: str, service: str) -> bool:
    """Whether a criterion is the ARN of one resource of a service."""
    return is_arn(text) and _plain(text, rf"arn:[a-z-]+:{service}:[a-z0-9-]+:\d{{12}}:[\w./:-]{{1,900}}")


# -- mappings -----------------------------------------------------------------------------------------------------


def _mapped(sketch: Sketch, route: Route, properties: dict[str, Any], written: str) -> dict[str, Any]:
    """The properties of a mapping with what the app declares for it, and for a stream an end of its patience."""
    index = route.room.index or ""
    sharing = [
        other
        for other in route.room.app.routes
        if other.source == route.source and any(may_be(one, written) for one in _written(other, index))
    ]
    if _is_partial(sharing, route, written):
        properties["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
        if route.source == "kafka":
            properties["ProvisionedPollerConfig"] = {"MinimumPollers": 1, "MaximumPollers": 2}
    if route.source in STREAMS:
        properties |= {
            "StartingPosition": "TRIM_HORIZON",
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 5,
            "DestinationConfig": sketch.failed(),
        }
        if any(other.options.get("window") for other in sharing):
            properties["TumblingWindowInSeconds"] = 60
    return properties


def _is_partial(sharing: list[Route], route: Route, written: str) -> bool:
    said = [other.options.get("partial") for other in sharing]
    if True in said or False in said:
        return True in said
    listed: bool = route.room.app.lists_partial(written, getattr(route.room, "resource", str))
    return listed


def _sqs(sketch: Sketch, route: Route) -> bool:
    for written in _written(route, "queue"):
        if _plain(written, r"[\w-]{1,75}(\.fifo)?"):
            queue: Any = _attribute(_queue(sketch, written), "Arn")
        elif _is_resource(written, "sqs"):
            queue = written
        else:
            queue = sketch.parameter(written, f"ARN of a queue that is {written}", hint="QueueArn")
        sketch.event(
            written, "SQS", _mapped(sketch, route, {"Queue": queue}, written), hint=_tail(written, "Queue")
        )
    return True


def _tail(written: str, kind: str) -> str:
    """What an event is called after: the name in an ARN, and of a name that is a glob the service."""
    name = re.split(r"[:/]", name_of(written) if is_arn(written) else written)[-1]
    return f"{name} {kind}" if _title(name) != "Any" else f"Any {kind}"


def _queue(sketch: Sketch, name: str) -> str:
    fifo = {"FifoQueue": True} if name.endswith(".fifo") else {}
    dead = f"{name.removesuffix('.fifo')}-dead{'.fifo' if fifo else ''}"
    hidden = min(_VISIBILITY * sketch.settings.get("Timeout", 3), _LONGEST_HIDDEN)
    letters = sketch.resource(
        dead,
        "AWS::SQS::Queue",
        {"QueueName": dead, **fifo, "MessageRetentionPeriod": _FORTNIGHT},
        hint=f"{name} dead letters",
        **_KEPT,
    )
    redrive = {"deadLetterTargetArn": _attribute(letters, "Arn"), "maxReceiveCount": 5}
    properties = {
        "QueueName": name,
        **fifo,
        "VisibilityTimeout": hidden,
        "MessageRetentionPeriod": _FOUR_DAYS,
        "RedrivePolicy": redrive,
    }
    return sketch.resource(name, "AWS::SQS::Queue", properties, hint=f"{name} queue", **_KEPT)


def _kinesis(sketch: Sketch, route: Route) -> bool:
    for written in _written(route, "stream"):
        stream: Any = written
        if _plain(written, r"[\w.-]{1,128}"):
            place = "arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}"
            stream = {"Fn::Sub": f"{place}:stream/{written}"}
        elif not _is_resource(written, "kinesis"):
            stream = sketch.parameter(written, f"ARN of a stream that is {written}", hint="KinesisStreamArn")
        properties = _mapped(sketch, route, {"Stream": stream}, written)
        sketch.event(written, "Kinesis", properties, hint=_tail(written, "Stream"))
    return True


def _dynamodb(sketch: Sketch, route: Route) -> bool:
    for written in _written(route, "table"):
        stream: Any = written
        if not (_is_resource(written, "dynamodb") and "/stream/" in written):
            about = f"ARN of the stream of the table {written}, which must hold new and old images"
            stream = sketch.parameter(("dynamodb", written), about, hint=_tail(written, "TableStreamArn"))
        properties = _mapped(sketch, route, {"Stream": stream}, written)
        sketch.event(written, "DynamoDB", properties, hint=_tail(written, "Changes"))
    return True


def _kafka(sketch: Sketch, route: Route) -> bool:
    for written in _written(route, "topic"):
        of = (_written(route, "cluster") or ["Kafka"])[0]
        topic: Any = written
        if not _plain(written, r"[\w.-]{1,249}"):
            topic = sketch.parameter(("topic", written), f"a topic that is {written}", hint="TopicName")
        cluster: Any = of
        if not _is_resource(of, "kafka"):
            cluster = sketch.parameter(
                ("cluster", of), f"ARN of the MSK cluster {of}", hint=f"{of} ClusterArn"
            )
        properties = {"Stream": cluster, "Topics": [topic], "StartingPosition": "TRIM_HORIZON"}
        name = sketch.event(
            (of, written), "MSK", _mapped(sketch, route, properties, written), hint=_tail(written, "Topic")
        )
        sketch.comments[name] = (
            "of a self-managed cluster the Type is SelfManagedKafka, with KafkaBootstrapServers"
        )
    return True


def _mq(label: str, service: str) -> Callable[[Sketch, Route], bool]:
    def make(sketch: Sketch, route: Route) -> bool:
        for written in _written(route, label):
            queue: Any = written
            if not _plain(written, r"[\w.>-]{1,200}"):
                queue = sketch.parameter(
                    (service, written), f"a queue that is {written}", hint=f"{service}Queue"
                )
            access = [_secret(sketch, service)]
            if service == "RabbitMQ":
                access.append({"Type": "VIRTUAL_HOST", "URI": _vhost(sketch, route)})
            about = f"ARN of the {service} broker"
            broker = sketch.parameter(service, about, hint=f"{service} BrokerArn")
            properties = {"Broker": broker, "Queues": [queue], "SourceAccessConfigurations": access}
            key = (service, written, json.dumps(access[1:]))
            sketch.event(key, "MQ", properties, hint=_tail(written, "Messages"))
        return True

    return make


def _vhost(sketch: Sketch, route: Route) -> Any:
    named = (_written(route, "vhost") or ["/"])[0]
    if _plain(named):
        return named
    return sketch.parameter(("vhost", named), f"a virtual host that is {named}", hint="VirtualHost")


def _secret(sketch: Sketch, service: str) -> dict[str, Any]:
    about = f"ARN of the secret with the user and password for {service}"
    return {
        "Type": "BASIC_AUTH",
        "URI": sketch.parameter(("secret", service), about, hint=f"{service} SecretArn"),
    }


def _documentdb(sketch: Sketch, route: Route) -> bool:
    for written in _written(route, "database"):
        database: Any = written
        if not _plain(written, r"[\w-]{1,63}"):
            about = f"a database that is {written}"
            database = sketch.parameter(("database", written), about, hint="DatabaseName")
        cluster = sketch.parameter(
            "documentdb", "ARN of the DocumentDB cluster", hint="DocumentDB ClusterArn"
        )
        properties = {
            "Cluster": cluster,
            "DatabaseName": database,
            "StartingPosition": "LATEST",
            "SourceAccessConfigurations": [_secret(sketch, "DocumentDB")],
        }
        # One for the database: a mapping is for one collection or for all.
        sketch.event(written, "DocumentDB", properties, hint=_tail(written, "Database"))
    return True


# -- what is sent to the function ---------------------------------------------------------------------------------

_S3_EVENTS = tuple(
    f"{one}:*"
    for one in (
        "ObjectCreated",
        "ObjectRemoved",
        "ObjectRestore",
        "ObjectTagging",
        "ObjectAcl",
        "LifecycleExpiration",
        "LifecycleTransition",
        "Replication",
        "IntelligentTiering",
        "ReducedRedundancyLostObject",
    )
)
_S3_SPELT = {
    "LifecycleTransition:*": "LifecycleTransition",
    "IntelligentTiering:*": "IntelligentTiering",
    "ReducedRedundancyLostObject:*": "ReducedRedundancyLostObject",
    "ObjectAcl:*": "ObjectAcl:Put",
}


def _s3(sketch: Sketch, route: Route) -> bool:
    buckets = _written(route, "bucket")
    if not _s3_events(route) or not all(_plain(one, r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]") for one in buckets):
        return False
    for bucket in buckets:
        sharing = [
            other
            for other in route.room.app.routes
            if other.source == "s3" and any(meet(bucket, name) for name in _written(other, "bucket"))
        ]
        logical = sketch.resource(
            bucket, "AWS::S3::Bucket", {"BucketName": bucket}, hint=f"{bucket} bucket", **_KEPT
        )
        events = sorted({one for other in sharing for one in _s3_events(other)})
        properties: dict[str, Any] = {"Bucket": {"Ref": logical}, "Events": events}
        # S3 refuses notifications of one bucket that overlap, so that there is one for all of its routes.
        rules = _s3_rules(route) if len(sharing) == 1 else []
        if rules:
            properties["Filter"] = {"S3Key": {"Rules": rules}}
        sketch.event(bucket, "S3", properties, hint=_tail(bucket, "Objects"))
    return True


def _s3_events(route: Route) -> list[str]:
    """The kinds of notifications that a route may be about; without a criterion what becomes of objects."""
    wanted = _written(route, "event")
    if not wanted or "*" in wanted:
        return ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    found = {one for one in _S3_EVENTS if any(meet(one, event) for event in wanted)}
    return [f"s3:{_S3_SPELT.get(one, one)}" for one in found]


def _s3_rules(route: Route) -> list[dict[str, str]]:
    found = {label: _written(route, label) for label in ("prefix", "suffix")}
    for glob in _written(route, "key"):
        if len(glob.split("*")) > 1:
            found["prefix"].append(glob.partition("*")[0])
            found["suffix"].append(glob.rpartition("*")[2])
        else:
            found["prefix"].append(glob)
    single = {label: texts[0] for label, texts in found.items() if len(texts) == 1}
    return [{"Name": label, "Value": one} for label, one in single.items() if _plain(one, r"[\w./-]{1,500}")]


def _sns(sketch: Sketch, route: Route) -> bool:
    topics = _written(route, "topic")
    if any(topic.endswith(".fifo") for topic in topics):
        return False  # https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-delivery.html
    for written in topics:
        topic: Any = written
        if _plain(written, r"[\w-]{1,256}"):
            logical = sketch.resource(
                written, "AWS::SNS::Topic", {"TopicName": written}, hint=f"{written} topic"
            )
            topic = {"Ref": logical}
        elif not _is_resource(written, "sns"):
            topic = sketch.parameter(("sns", written), f"ARN of a topic that is {written}", hint="TopicArn")
        sketch.event(written, "SNS", {"Topic": topic}, hint=_tail(written, "Topic"))
    return True


_KEYS = {
    "source": "source",
    "detail_type": "detail-type",
    "account": "account",
    "region": "region",
    "resource": "resources",
}


def _eventbridge(sketch: Sketch, route: Route) -> bool:
    if route.written("schedule") is not None:
        return _schedule(sketch, route)
    pattern: dict[str, Any] = {}
    for label, key in _KEYS.items():
        texts = _written(route, label)
        if texts and "*" not in texts:
            pattern[key] = [{"wildcard": text} if "*" in text else text for text in texts]
    if route.written("detail") is not None:
        pattern["detail"] = route.written("detail")
    whole = route.written("pattern") or {}
    plain = json.loads(document({**whole, **pattern} or ANY_EVENT))
    hint = f"{route.name.split('.')[-1]} rule"
    name = sketch.event(json.dumps(plain), "EventBridgeRule", {"Pattern": plain}, hint=hint)
    if twice := sorted(whole.keys() & pattern.keys()):
        sketch.comments[name] = _line(f"the route's pattern asks for more of {', '.join(twice)}")
    return True


def _schedule(sketch: Sketch, route: Route) -> bool:
    for written in _written(route, "schedule"):
        name = re.split(r"[:/]", written)[-1]
        given = {"Name": name.replace("*", "1")} if name.strip("*") and _plain(name, r"[\w.*-]{1,64}") else {}
        event = sketch.event(
            written, "Schedule", {**given, "Schedule": "rate(1 day)"}, hint=_tail(name, "Schedule")
        )
        sketch.comments[event] = "how often is for you to say"
    return True


def _cloudwatch_logs(sketch: Sketch, route: Route) -> bool:
    for written in _written(route, "log_group"):
        group: Any = written
        if not _plain(written, r"[\w./#-]{1,512}"):
            about = f"name of a log group that is {written}"
            group = sketch.parameter(("logs", written), about, hint="LogGroup")
        properties = {"LogGroupName": group, "FilterPattern": ""}
        sketch.event(written, "CloudWatchLogs", properties, hint=f"{_tail(written, 'Logs')}")
    return True


_COGNITO = {
    "PreSignUp": "PreSignUp",
    "PostConfirmation": "PostConfirmation",
    "PreAuthentication": "PreAuthentication",
    "PostAuthentication": "PostAuthentication",
    "TokenGeneration": "PreTokenGeneration",
    "DefineAuthChallenge": "DefineAuthChallenge",
    "CreateAuthChallenge": "CreateAuthChallenge",
    "VerifyAuthChallengeResponse": "VerifyAuthChallengeResponse",
    "UserMigration": "UserMigration",
    "CustomMessage": "CustomMessage",
}
"""What SAM calls the triggers, by what events do. Those that send messages need a key, which SAM does not take."""


def _cognito(sketch: Sketch, route: Route) -> bool:
    families = {one.partition("_")[0] for one in _written(route, "trigger")}
    if route.written("user_pool") is not None or not families or not families <= _COGNITO.keys():
        return False
    pool = sketch.resource("users", "AWS::Cognito::UserPool", {}, hint="Users", **_KEPT)
    name = sketch.event("users", "Cognito", {"UserPool": {"Ref": pool}, "Trigger": []}, hint="Users")
    listed = sketch.events[name]["Properties"]["Trigger"]
    listed += [_COGNITO[one] for one in sorted(families) if _COGNITO[one] not in listed]
    return True


def _iot(sketch: Sketch, route: Route) -> bool:
    topics = [re.sub(r"\{[^{}]*\}", "+", one) for one in _written(route, "topic")]
    if not topics or not all(_plain(topic, r"[\w$+#/ .-]{1,256}") for topic in topics):
        return False
    for topic in topics:
        sql = f"SELECT *, topic() AS topic FROM '{topic}'"
        properties = {"Sql": sql, "AwsIotSqlVersion": "2016-03-23"}
        sketch.event(topic, "IoTRule", properties, hint=f"{topic} messages")
    return True


def _alexa(sketch: Sketch, route: Route) -> bool:
    sketch.event("alexa", "AlexaSkill", hint="Skill")
    return True


def _http(sketch: Sketch, route: Route) -> bool:
    callers = _written(route, "sources") or ["api_gateway_http"]
    caller = next(
        (one for one in ("api_gateway_http", "api_gateway_rest", "function_url") if one in callers), None
    )
    if caller == "api_gateway_http":
        name = sketch.event("http", "HttpApi", hint="Requests")
        sketch.comments[name] = "every path and method: the router answers 404, 405 and preflights itself"
    elif caller == "api_gateway_rest":
        sketch.event("root", "Api", {"Path": "/", "Method": "any"}, hint="RootRequests")
        sketch.event("rest", "Api", {"Path": "/{proxy+}", "Method": "any"}, hint="AllRequests")
    elif caller == "function_url":
        sketch.settings["FunctionUrlConfig"] = {"AuthType": "AWS_IAM"}
    return caller is not None


def _no_event(sketch: Sketch, route: Route) -> bool:
    return False


_MAKERS: dict[str, Callable[[Sketch, Route], bool]] = {
    "sqs": _sqs,
    "kinesis": _kinesis,
    "dynamodb": _dynamodb,
    "kafka": _kafka,
    "activemq": _mq("destination", "ActiveMQ"),
    "rabbitmq": _mq("queue", "RabbitMQ"),
    "documentdb": _documentdb,
    "s3": _s3,
    "sns": _sns,
    "eventbridge": _eventbridge,
    "cloudwatch_logs": _cloudwatch_logs,
    "cognito": _cognito,
    "iot": _iot,
    "alexa": _alexa,
    "http": _http,
    "mount": _http,
}

# -- as YAML ------------------------------------------------------------------------------------------------------


def _comment(text: str, indent: int) -> str:
    return f"{' ' * indent}# {text}\n"


def as_yaml(sketch: Sketch) -> str:
    """The template as YAML, with its comments."""
    parts = [dumped(sketch.head()), "Resources:\n", dumped({_FUNCTION: sketch.function()}, 2)]
    if sketch.events:
        parts.append("      Events:\n")
    for name, event in sketch.events.items():
        if name in sketch.comments:
            parts.append(_comment(sketch.comments[name], 8))
        parts.append(dumped({name: event}, 8))
    if sketch.notes:
        parts.append(_comment("SAM has no event for what these routes take. Configure for", 6))
        parts += [_comment(note, 6) for note in sketch.notes]
    parts += [dumped({name: resource}, 2) for name, resource in sketch.resources.items()]
    return "".join(parts)
