"""Deploys functions with boto3: a layer, a function of some Python files, and each kind of trigger.

`aws` is whatever gives clients: `LocalAws`, or anything with `client(service)`, as boto3 itself has. Each
function creates one thing with what it needs, as a template would, and returns what the next step asks for.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = [
    "Clients",
    "Function",
    "Queue",
    "create_bucket",
    "create_bus",
    "create_function",
    "create_pipe",
    "create_queue",
    "create_stream",
    "create_table",
    "create_topic",
    "function_url",
    "graphql_api",
    "http_api",
    "libraries",
    "load_balancer",
    "object_lambda",
    "on_alarm",
    "on_bucket",
    "on_delivery",
    "on_failure",
    "on_log_group",
    "on_message",
    "on_queue",
    "on_rule",
    "on_schedule",
    "on_stream",
    "on_topic",
    "package",
    "publish_layer",
    "rest_api",
    "state_machine",
    "until",
    "user_pool",
    "websocket_api",
]

ROLE = "arn:aws:iam::000000000000:role/lambda"


class Clients(Protocol):
    """What gives boto3 clients."""

    def client(self, service: str) -> Any:
        """The client of a service."""


@dataclass(frozen=True)
class Function:
    """A deployed function."""

    name: str
    arn: str


@dataclass(frozen=True)
class Queue:
    """A queue, with its dead-letter queue if it has one."""

    url: str
    arn: str
    dead_letters: Queue | None = None


# -- the function -------------------------------------------------------------------------------------------


def publish_layer(
    aws: Clients, content: Path | bytes, *, python: str, arch: str, name: str = "lambda-router"
) -> str:
    """Publish a layer's zip, or the file in which it is; the ARN of the version."""
    version = aws.client("lambda").publish_layer_version(
        LayerName=name,
        Content={"ZipFile": content if isinstance(content, bytes) else content.read_bytes()},
        CompatibleRuntimes=[f"python{python}"],
        CompatibleArchitectures=[arch],
    )
    return version["LayerVersionArn"]


def package(directory: Path) -> bytes:
    """The Python files of a directory as a function's zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(directory.rglob("*.py")):
            archive.write(path, path.relative_to(directory))
    return buffer.getvalue()


def libraries(*names: str, without: Sequence[str] = ()) -> bytes:
    """Installed distributions with all that they require, but `without` these, as a layer's zip."""
    needed, found = list(names), set(map(canonicalize_name, without))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        while needed:
            name = canonicalize_name(needed.pop())
            if name in found:
                continue
            found.add(name)
            distribution = importlib.metadata.distribution(name)
            for file in distribution.files or ():
                if file.suffix != ".pyc" and ".." not in file.parts:
                    archive.write(file.locate(), f"python/{file}")
            needed += _required(distribution)
    return buffer.getvalue()


def _required(distribution: importlib.metadata.Distribution) -> list[str]:
    """What a distribution requires here, without its extras."""
    requirements = map(Requirement, distribution.requires or ())
    return [r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]


def create_function(
    aws: Clients,
    name: str,
    directory: Path,
    *,
    handler: str,
    python: str,
    arch: str,
    layers: Sequence[str] = (),
    timeout: int = 3,
    memory: int = 256,
    variables: Mapping[str, str] | None = None,
    tracing: bool = False,
    durable: int | None = None,
) -> Function:
    """Create a function of a directory's Python files and wait until it is active.

    `tracing` is X-Ray's; a `durable` one's executions may take so many seconds, with all that they wait.
    """
    client = aws.client("lambda")
    created = client.create_function(
        FunctionName=name,
        Runtime=f"python{python}",
        Architectures=[arch],
        Role=ROLE,
        Handler=handler,
        Code={"ZipFile": package(directory)},
        Layers=list(layers),
        Timeout=timeout,
        MemorySize=memory,
        Environment={"Variables": dict(variables or {})},
        TracingConfig={"Mode": "Active" if tracing else "PassThrough"},
        **({"DurableConfig": {"ExecutionTimeout": durable}} if durable else {}),
    )
    until(lambda: client.get_function_configuration(FunctionName=name)["State"] == "Active", seconds=60)
    return Function(name, created["FunctionArn"])


def _allow(aws: Clients, function: Function, service: str, source: str) -> None:
    aws.client("lambda").add_permission(
        FunctionName=function.name,
        StatementId=re.sub(r"\W+", "-", source),
        Action="lambda:InvokeFunction",
        Principal=service,
        SourceArn=source,
    )


# -- HTTP ---------------------------------------------------------------------------------------------------


def http_api(aws: Clients, function: Function, *, name: str, authorizer: str | None = None) -> str:
    """Create an HTTP API whose every request goes to the function; its host.

    The function is also the `authorizer` of its requests if that is "policy" or "simple", which is how it answers.
    """
    client = aws.client("apigatewayv2")
    api = client.create_api(Name=name, ProtocolType="HTTP")
    guard = {}
    if authorizer is not None:
        made = client.create_authorizer(
            ApiId=api["ApiId"],
            Name="function",
            AuthorizerType="REQUEST",
            AuthorizerUri=_invocations(function),
            AuthorizerPayloadFormatVersion="2.0",
            EnableSimpleResponses=authorizer == "simple",
            AuthorizerResultTtlInSeconds=0,
            IdentitySource=["$request.header.Authorization"],
        )
        guard = {"AuthorizationType": "CUSTOM", "AuthorizerId": made["AuthorizerId"]}
    client.create_route(
        ApiId=api["ApiId"],
        RouteKey="$default",
        Target=_integrated(client, function, api, version="2.0"),
        **guard,
    )
    client.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
    _allow_api(aws, function, api["ApiId"])
    return _host(api["ApiEndpoint"])


def rest_api(
    aws: Clients,
    function: Function,
    *,
    name: str,
    authorizer: str | None = None,
    binary: Sequence[str] = (),
) -> str:
    """Create a REST API whose every request goes to the function; its host. The stage is `live`.

    The function lets requests in itself first if `authorizer` is "TOKEN" or "REQUEST". `binary` are the media types
    that come and go as bytes.
    """
    client = aws.client("apigateway")
    api = client.create_rest_api(name=name, binaryMediaTypes=list(binary))["id"]
    guard = _guard(client, function, api, authorizer) if authorizer else {"authorizationType": "NONE"}
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    proxy = client.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
    for resource in (root, proxy):
        method = {"restApiId": api, "resourceId": resource, "httpMethod": "ANY"}
        client.put_method(**method, **guard)
        client.put_integration(
            **method, type="AWS_PROXY", integrationHttpMethod="POST", uri=_invocations(function)
        )
    client.create_deployment(restApiId=api, stageName="live")
    _allow_api(aws, function, api)
    return f"{api}.execute-api.localhost"


def _guard(client: Any, function: Function, api: str, kind: str) -> dict[str, str]:
    """What a method says of the authorizer that the function is."""
    made = client.create_authorizer(
        restApiId=api,
        name="function",
        type=kind,
        authorizerUri=_invocations(function),
        identitySource="method.request.header.Authorization",
        authorizerResultTtlInSeconds=0,
    )
    return {"authorizationType": "CUSTOM", "authorizerId": made["id"]}


def websocket_api(aws: Clients, function: Function, *, name: str, routes: Sequence[str]) -> str:
    """Create a WebSocket API of these message routes, which answer, and of connections the function lets in; its host.

    A message's route is its `action`. The stage is `live`.
    """
    client = aws.client("apigatewayv2")
    api = client.create_api(
        Name=name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )
    target = _integrated(client, function, api)
    guard = client.create_authorizer(
        ApiId=api["ApiId"],
        Name="function",
        AuthorizerType="REQUEST",
        AuthorizerUri=_invocations(function),
        IdentitySource=["route.request.querystring.token"],
    )
    custom = {"AuthorizationType": "CUSTOM", "AuthorizerId": guard["AuthorizerId"]}
    client.create_route(ApiId=api["ApiId"], RouteKey="$connect", Target=target, **custom)
    client.create_route(ApiId=api["ApiId"], RouteKey="$disconnect", Target=target)
    for key in routes:
        route = client.create_route(
            ApiId=api["ApiId"], RouteKey=key, Target=target, RouteResponseSelectionExpression="$default"
        )
        client.create_route_response(
            ApiId=api["ApiId"], RouteId=route["RouteId"], RouteResponseKey="$default"
        )
    client.create_stage(ApiId=api["ApiId"], StageName="live", AutoDeploy=True)
    _allow_api(aws, function, api["ApiId"])
    return _host(api["ApiEndpoint"])


def _integrated(client: Any, function: Function, api: Mapping[str, Any], *, version: str = "1.0") -> str:
    """The target of routes whose events go to the function."""
    made = client.create_integration(
        ApiId=api["ApiId"],
        IntegrationType="AWS_PROXY",
        IntegrationUri=_invocations(function),
        PayloadFormatVersion=version,
    )
    return f"integrations/{made['IntegrationId']}"


def _invocations(function: Function) -> str:
    """The function as API Gateway writes it."""
    region = function.arn.split(":")[3]
    return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function.arn}/invocations"


def _allow_api(aws: Clients, function: Function, api: str) -> None:
    region, account = function.arn.split(":")[3:5]
    _allow(aws, function, "apigateway.amazonaws.com", f"arn:aws:execute-api:{region}:{account}:{api}/*")


def function_url(aws: Clients, function: Function) -> str:
    """Give the function a URL that anybody may call; its host."""
    client = aws.client("lambda")
    made = client.create_function_url_config(FunctionName=function.name, AuthType="NONE")
    client.add_permission(
        FunctionName=function.name,
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    return _host(made["FunctionUrl"])


def load_balancer(aws: Clients, function: Function, *, name: str) -> str:
    """Create an Application Load Balancer whose every request goes to the function; its host.

    Repeated headers and query parameters arrive whole.
    """
    client = aws.client("elbv2")
    made = client.create_load_balancer(Name=name, Subnets=["subnet-1", "subnet-2"])["LoadBalancers"][0]
    group = client.create_target_group(Name=name, TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    whole = {"Key": "lambda.multi_value_headers.enabled", "Value": "true"}
    client.modify_target_group_attributes(TargetGroupArn=group, Attributes=[whole])
    _allow(aws, function, "elasticloadbalancing.amazonaws.com", group)
    client.register_targets(TargetGroupArn=group, Targets=[{"Id": function.arn}])
    client.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return made["DNSName"]


def _host(url: str) -> str:
    return url.split("/")[2]


# -- queues -------------------------------------------------------------------------------------------------


def create_queue(aws: Clients, name: str, *, visibility: int, receives: int | None = None) -> Queue:
    """Create a queue; one whose name ends in `.fifo` keeps order.

    `visibility` is how many seconds a received message stays hidden: at least the function's timeout, or the
    mapping is refused. After `receives` of them a message goes to a dead-letter queue of the same kind.
    """
    attributes = {"VisibilityTimeout": str(visibility)}
    if name.endswith(".fifo"):
        attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    dead_letters = None
    if receives is not None:
        stem, dot, fifo = name.partition(".")
        dead_letters = create_queue(aws, f"{stem}-dead{dot}{fifo}", visibility=30)
        policy = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": receives}
        attributes["RedrivePolicy"] = json.dumps(policy)
    client = aws.client("sqs")
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return Queue(url, found["Attributes"]["QueueArn"], dead_letters)


def on_queue(aws: Clients, function: Function, queue: Queue, *, partial: bool, batch_size: int = 10) -> None:
    """Have the queue's messages go to the function; `partial`: Lambda reads which of them failed."""
    aws.client("lambda").create_event_source_mapping(
        FunctionName=function.name,
        EventSourceArn=queue.arn,
        BatchSize=batch_size,
        FunctionResponseTypes=["ReportBatchItemFailures"] if partial else [],
    )


# -- streams ------------------------------------------------------------------------------------------------


def create_table(aws: Clients, name: str, *, key: str, sort: str | None = None, stream: bool = False) -> str:
    """Create a table with a string key, and a sort key; the ARN of its stream of images, if it is to have one, or ""."""
    keys = {key: "HASH"} if sort is None else {key: "HASH", sort: "RANGE"}
    made = aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": attribute, "KeyType": kind} for attribute, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": "S"} for attribute in keys],
        BillingMode="PAY_PER_REQUEST",
        **(
            {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
            if stream
            else {}
        ),
    )
    client = aws.client("dynamodb")
    until(lambda: client.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE", seconds=60)
    return made["TableDescription"].get("LatestStreamArn", "")


def create_stream(aws: Clients, name: str, *, shards: int = 1) -> str:
    """Create a Kinesis stream; its ARN."""
    client = aws.client("kinesis")
    client.create_stream(StreamName=name, ShardCount=shards)

    def summary() -> Any:
        return client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]

    until(lambda: summary()["StreamStatus"] == "ACTIVE", seconds=60)
    return summary()["StreamARN"]


def on_stream(
    aws: Clients,
    function: Function,
    arn: str,
    *,
    partial: bool,
    batch_size: int = 100,
    retries: int = -1,
    failures: Queue | None = None,
) -> None:
    """Have the records of a Kinesis stream or of a table's stream go to the function, from the oldest on.

    A batch that fails comes again in halves, as often as `retries` says (-1: until its records expire); after that the
    queue `failures` is told of it.
    """
    destination = {"DestinationConfig": {"OnFailure": {"Destination": failures.arn}}} if failures else {}
    aws.client("lambda").create_event_source_mapping(
        FunctionName=function.name,
        EventSourceArn=arn,
        StartingPosition="TRIM_HORIZON",
        BatchSize=batch_size,
        FunctionResponseTypes=["ReportBatchItemFailures"] if partial else [],
        BisectBatchOnFunctionError=retries >= 0,
        MaximumRetryAttempts=retries,
        **destination,
    )


# -- notifications ------------------------------------------------------------------------------------------


def create_bucket(aws: Clients, name: str) -> str:
    """Create a bucket; its name."""
    aws.client("s3").create_bucket(Bucket=name)
    return name


def on_bucket(
    aws: Clients,
    function: Function,
    bucket: str,
    *,
    events: Sequence[str] = ("s3:ObjectCreated:*",),
    prefix: str = "",
) -> None:
    """Have the function told of what happens to the bucket's objects whose keys begin with `prefix`."""
    _allow(aws, function, "s3.amazonaws.com", f"arn:aws:s3:::{bucket}")
    configuration = {
        "LambdaFunctionArn": function.arn,
        "Events": list(events),
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
    }
    aws.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
    )


def create_topic(aws: Clients, name: str) -> str:
    """Create an SNS topic; its ARN."""
    return aws.client("sns").create_topic(Name=name)["TopicArn"]


def on_topic(
    aws: Clients, function: Function, topic: str, *, policy: Mapping[str, Any] | None = None
) -> None:
    """Subscribe the function to a topic's messages, or to those whose attributes match a filter policy."""
    _allow(aws, function, "sns.amazonaws.com", topic)
    attributes = {"FilterPolicy": json.dumps(policy)} if policy else {}
    aws.client("sns").subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=function.arn, Attributes=attributes
    )


def create_bus(aws: Clients, name: str) -> str:
    """Create an event bus; its name."""
    aws.client("events").create_event_bus(Name=name)
    return name


def on_rule(
    aws: Clients,
    function: Function,
    rule: str,
    *,
    pattern: Mapping[str, Any] | None = None,
    schedule: str | None = None,
    bus: str = "default",
) -> None:
    """Have events that match a pattern, or those of a schedule (`rate(1 hour)`), go to the function."""
    client = aws.client("events")
    when = {"EventPattern": json.dumps(pattern)} if pattern else {"ScheduleExpression": schedule}
    arn = client.put_rule(Name=rule, EventBusName=bus, **when)["RuleArn"]
    _allow(aws, function, "events.amazonaws.com", arn)
    client.put_targets(Rule=rule, EventBusName=bus, Targets=[{"Id": "function", "Arn": function.arn}])


def on_schedule(aws: Clients, function: Function, name: str, expression: str) -> None:
    """Have EventBridge Scheduler call the function: `cron(0 3 * * ? *)`, `at(2030-01-31T03:00:00)`, ..."""
    aws.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function.arn, "RoleArn": ROLE},
    )


# -- users, deliveries, logs, things ------------------------------------------------------------------------


def user_pool(aws: Clients, function: Function, *, name: str, triggers: Sequence[str]) -> tuple[str, str]:
    """Create a user pool that calls the function at these triggers (`PreSignUp`, ...); the ids of it and its client."""
    client = aws.client("cognito-idp")
    pool = client.create_user_pool(
        PoolName=name,
        AutoVerifiedAttributes=["email"],
        LambdaConfig=dict.fromkeys(triggers, function.arn),
    )["UserPool"]
    _allow(aws, function, "cognito-idp.amazonaws.com", pool["Arn"])
    made = client.create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName=name,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    return pool["Id"], made["UserPoolClient"]["ClientId"]


def on_delivery(aws: Clients, function: Function, stream: str, *, bucket: str) -> None:
    """Create a Firehose stream to a bucket whose records the function transforms; its prefix is a partition key."""
    parameters = {"LambdaArn": function.arn, "BufferIntervalInSeconds": "60"}
    processor = {
        "Type": "Lambda",
        "Parameters": [{"ParameterName": key, "ParameterValue": value} for key, value in parameters.items()],
    }
    aws.client("firehose").create_delivery_stream(
        DeliveryStreamName=stream,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": "customer=!{partitionKeyFromLambda:customer}/",
            "ErrorOutputPrefix": "failed/!{firehose:error-output-type}/",
            "DynamicPartitioningConfiguration": {"Enabled": True},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [processor]},
        },
    )


def on_log_group(aws: Clients, function: Function, group: str, *, name: str, pattern: str) -> None:
    """Create a log group and have the log events that match a filter pattern go to the function."""
    client = aws.client("logs")
    client.create_log_group(logGroupName=group)
    arn = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"]
    _allow(aws, function, "logs.amazonaws.com", arn)
    client.put_subscription_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, destinationArn=function.arn
    )


def on_message(aws: Clients, function: Function, rule: str, *, sql: str) -> None:
    """Have what an IoT rule selects from the broker's messages go to the function."""
    client = aws.client("iot")
    client.create_topic_rule(
        ruleName=rule, topicRulePayload={"sql": sql, "actions": [{"lambda": {"functionArn": function.arn}}]}
    )
    arn = client.get_topic_rule(ruleName=rule)["ruleArn"]
    _allow(aws, function, "iot.amazonaws.com", arn)


# -- fields, objects, alarms, pipes, tasks ------------------------------------------------------------------


def graphql_api(
    aws: Clients, function: Function, *, name: str, schema: str, fields: Sequence[tuple[str, str]]
) -> str:
    """Create a GraphQL API of which the function resolves these fields, of a type each; its host.

    The function also decides who may ask, by the header `Authorization`.
    """
    client = aws.client("appsync")
    guard = {"authorizerUri": function.arn, "authorizerResultTtlInSeconds": 0}
    api = client.create_graphql_api(name=name, authenticationType="AWS_LAMBDA", lambdaAuthorizerConfig=guard)[
        "graphqlApi"
    ]
    _allow(aws, function, "appsync.amazonaws.com", api["arn"])
    client.start_schema_creation(apiId=api["apiId"], definition=schema.encode())
    until(
        lambda: client.get_schema_creation_status(apiId=api["apiId"])["status"] in ("ACTIVE", "SUCCESS"),
        seconds=60,
    )
    client.create_data_source(
        apiId=api["apiId"],
        name="function",
        type="AWS_LAMBDA",
        serviceRoleArn=ROLE,
        lambdaConfig={"lambdaFunctionArn": function.arn},
    )
    for type_, field in fields:
        client.create_resolver(
            apiId=api["apiId"], typeName=type_, fieldName=field, dataSourceName="function", kind="UNIT"
        )
    return _host(api["uris"]["GRAPHQL"])


def object_lambda(
    aws: Clients, function: Function, *, name: str, bucket: str, payload: Mapping[str, Any]
) -> str:
    """Create an access point through which the function gives out the bucket's objects; its alias, as good as a bucket."""
    client, account = aws.client("s3control"), function.arn.split(":")[4]
    below = client.create_access_point(AccountId=account, Name=f"{name}-below", Bucket=bucket)
    transformation = {
        "Actions": ["GetObject", "HeadObject", "ListObjectsV2"],
        "ContentTransformation": {
            "AwsLambda": {"FunctionArn": function.arn, "FunctionPayload": json.dumps(payload)}
        },
    }
    made = client.create_access_point_for_object_lambda(
        AccountId=account,
        Name=name,
        Configuration={
            "SupportingAccessPoint": below["AccessPointArn"],
            "TransformationConfigurations": [transformation],
        },
    )
    return made["Alias"]["Value"]


def on_alarm(
    aws: Clients, function: Function, alarm: str, *, namespace: str, metric: str, above: float
) -> None:
    """Create an alarm of the sum of a metric in a minute, and have the function told when it goes on and off."""
    client = aws.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName=alarm,
        Namespace=namespace,
        MetricName=metric,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=above,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[function.arn],
        OKActions=[function.arn],
    )
    arn = client.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["AlarmArn"]
    _allow(aws, function, "lambda.alarms.cloudwatch.amazonaws.com", arn)


def create_pipe(
    aws: Clients, name: str, source: str, target: Function, *, enrichment: Function | None = None
) -> None:
    """Have the records of a queue or of a table's stream, from now on, go to the function, enriched by another one."""
    stream = {"DynamoDBStreamParameters": {"StartingPosition": "LATEST", "BatchSize": 10}}
    aws.client("pipes").create_pipe(
        Name=name,
        Source=source,
        Target=target.arn,
        RoleArn=ROLE,
        **({"SourceParameters": stream} if ":dynamodb:" in source else {}),
        **({"Enrichment": enrichment.arn} if enrichment else {}),
    )


def state_machine(aws: Clients, name: str, definition: Mapping[str, Any]) -> str:
    """Create a state machine; its ARN."""
    client = aws.client("stepfunctions")
    return client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)[
        "stateMachineArn"
    ]


def on_failure(aws: Clients, function: Function, destination: Function, *, retries: int) -> None:
    """Have another function told of asynchronous invocations that fail as often as `retries` says, and once more."""
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=function.name,
        MaximumRetryAttempts=retries,
        DestinationConfig={"OnFailure": {"Destination": destination.arn}},
    )


def until(probe: Callable[[], Any], *, seconds: float) -> Any:
    """Ask until the answer is true, and give it. Raises TimeoutError after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come about within {seconds:g} s; last seen: {answer!r}")
        time.sleep(0.05)
