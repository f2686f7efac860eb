"""What `event` and a client's HTTP methods take, for type checkers and editors; it is not there at run time.

Written by tests/typing/offered.py from the builders in `samples/`: `make stubs` where they have changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol, overload

from lambda_router.testing.forms import Files
from lambda_router.testing.results import HttpResult
from lambda_router.testing.samples.http import Cookies, Pairs

Name = Literal[
    "activemq",
    "alb",
    "alb.health_check",
    "alb.multi_value",
    "alexa",
    "alexa.audio_player",
    "alexa.can_fulfill_intent",
    "alexa.connections_response",
    "alexa.element_selected",
    "alexa.exception_encountered",
    "alexa.intent",
    "alexa.launch",
    "alexa.list_event",
    "alexa.message_received",
    "alexa.playback_controller",
    "alexa.session_ended",
    "alexa.skill_event",
    "alexa.user_event",
    "alexa_smart_home",
    "alexa_smart_home.accept_grant",
    "alexa_smart_home.discover",
    "alexa_smart_home.report_state",
    "alexa_smart_home.version_1",
    "alexa_smart_home.version_2",
    "api_gateway_authorizer",
    "api_gateway_authorizer.payload_v1",
    "api_gateway_authorizer.payload_v2",
    "api_gateway_authorizer.request",
    "api_gateway_authorizer.token",
    "api_gateway_authorizer.websocket",
    "api_gateway_http",
    "api_gateway_rest",
    "api_gateway_rest.payload_v1",
    "api_gateway_websocket",
    "api_gateway_websocket.connect",
    "api_gateway_websocket.disconnect",
    "appsync",
    "appsync.amplify",
    "appsync.batch",
    "appsync_authorizer",
    "appsync_events",
    "appsync_events.publish",
    "appsync_events.subscribe",
    "bedrock_agent",
    "bedrock_agent.operation",
    "cloudformation",
    "cloudformation.create",
    "cloudformation.delete",
    "cloudformation.provider",
    "cloudformation.update",
    "cloudformation_hook",
    "cloudformation_hook.change_set",
    "cloudformation_hook.resource",
    "cloudformation_hook.stack",
    "cloudformation_macro",
    "cloudformation_macro.snippet",
    "cloudfront",
    "cloudfront.origin_request",
    "cloudfront.origin_response",
    "cloudfront.viewer_request",
    "cloudfront.viewer_response",
    "cloudwatch_alarm",
    "cloudwatch_alarm.composite",
    "cloudwatch_logs",
    "cloudwatch_logs.control",
    "codecommit",
    "codecommit.test",
    "codedeploy_hook",
    "codepipeline",
    "codepipeline.continued",
    "codepipeline.encrypted",
    "codepipeline.without_parameters",
    "cognito",
    "cognito.create_auth_challenge",
    "cognito.custom_email_sender",
    "cognito.custom_message",
    "cognito.custom_sms_sender",
    "cognito.define_auth_challenge",
    "cognito.inbound_federation",
    "cognito.post_authentication",
    "cognito.post_confirmation",
    "cognito.pre_authentication",
    "cognito.pre_sign_up",
    "cognito.pre_token_generation",
    "cognito.pre_token_generation_v2",
    "cognito.pre_token_generation_v3",
    "cognito.user_migration",
    "cognito.verify_auth_challenge",
    "cognito_sync",
    "config",
    "config.deleted",
    "config.oversized",
    "config.scheduled",
    "connect",
    "documentdb",
    "documentdb.delete",
    "documentdb.drop",
    "documentdb.update",
    "dynamodb",
    "dynamodb.insert",
    "dynamodb.modify",
    "dynamodb.remove",
    "dynamodb.window",
    "ecs_deployment_hook",
    "eventbridge",
    "eventbridge.custom_bus",
    "eventbridge.schedule",
    "eventbridge.scheduler",
    "firehose",
    "firehose.kinesis",
    "firehose.msk",
    "function_url",
    "iot",
    "iot.thing_group",
    "iot.thing_group_hierarchy",
    "iot.thing_group_membership",
    "iot.thing_type",
    "iot.thing_type_association",
    "iot_authorizer",
    "iot_authorizer.http",
    "iot_authorizer.mqtt",
    "iot_authorizer.websocket",
    "iot_events",
    "kafka",
    "kafka.self_managed",
    "kinesis",
    "kinesis.consumer",
    "kinesis.window",
    "lambda_destination",
    "lambda_destination.failure",
    "lambda_destination.stream",
    "lambda_destination.success",
    "lex",
    "lex.fulfillment",
    "lex_v2",
    "lex_v2.fulfillment",
    "pipes",
    "pipes.activemq",
    "pipes.dynamodb",
    "pipes.kafka",
    "pipes.kinesis",
    "pipes.rabbitmq",
    "pipes.sqs",
    "rabbitmq",
    "s3",
    "s3.object_removed",
    "s3.test_event",
    "s3_batch",
    "s3_batch.version_2",
    "s3_object_lambda",
    "s3_object_lambda.get",
    "s3_object_lambda.head",
    "s3_object_lambda.list_v1",
    "s3_object_lambda.list_v2",
    "secrets_manager",
    "secrets_manager.create_secret",
    "secrets_manager.finish_secret",
    "secrets_manager.set_secret",
    "secrets_manager.test_secret",
    "ses",
    "ses.asynchronous",
    "sns",
    "sqs",
    "sqs.fifo",
    "transfer_family",
    "transfer_family.key",
    "transfer_family.password",
    "vpc_lattice",
    "vpc_lattice_v2",
]
"""The name of every event."""

@overload
def event(
    name: Literal["activemq"],
    /,
    *,
    destination: str | Sequence[str] = "orders",
    datas: Sequence[Any] | None = None,
    data: Any = ...,
    properties: Mapping[str, str] | None = None,
    message_id: str | Sequence[str] | None = None,
    correlation_id: str | None = None,
    redelivered: bool = False,
    priority: int = 4,
    broker: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of messages of a queue: one message of `data`, or one for each of `datas`, in order."""

@overload
def event(
    name: Literal["alb"],
    /,
    *,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    body: Any = None,
    multi_value: bool = False,
    host: str = "shop-123456789.eu-west-1.elb.amazonaws.com",
    client_ip: str = "203.0.113.7",
    target_group: str = "shop",
) -> dict[str, Any]:
    """A request to a load balancer; `multi_value` says that the target group has multi-value headers on."""

@overload
def event(
    name: Literal["alb.health_check"], /, *, path: str = "/", multi_value: bool = False
) -> dict[str, Any]:
    """A health check of the target group, which the load balancer makes itself."""

@overload
def event(
    name: Literal["alb.multi_value"],
    /,
    *,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    body: Any = None,
    multi_value: bool = False,
    host: str = "shop-123456789.eu-west-1.elb.amazonaws.com",
    client_ip: str = "203.0.113.7",
    target_group: str = "shop",
) -> dict[str, Any]:
    """A request to a target group with multi-value headers on: as `event`."""

@overload
def event(
    name: Literal["alexa"],
    /,
    *,
    trigger: str = "intent",
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A request by the name of its event here (`"launch"`) or by its type (`"AudioPlayer.PlaybackStarted"`)."""

@overload
def event(
    name: Literal["alexa.audio_player"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A stream nears its end."""

@overload
def event(
    name: Literal["alexa.can_fulfill_intent"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Alexa asks whether the skill could do something."""

@overload
def event(
    name: Literal["alexa.connections_response"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A task or a purchase, for which the skill handed over, is done."""

@overload
def event(
    name: Literal["alexa.element_selected"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Something on a screen was touched."""

@overload
def event(
    name: Literal["alexa.exception_encountered"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An earlier answer was refused."""

@overload
def event(
    name: Literal["alexa.intent"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The user asked for something."""

@overload
def event(
    name: Literal["alexa.launch"],
    /,
    *,
    new: bool = True,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The skill is opened by its name alone."""

@overload
def event(
    name: Literal["alexa.list_event"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Something was put on a list of the user's."""

@overload
def event(
    name: Literal["alexa.message_received"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A message of the skill's own backend; neither its application nor a session is told."""

@overload
def event(
    name: Literal["alexa.playback_controller"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A button of a player was pressed."""

@overload
def event(
    name: Literal["alexa.session_ended"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The user left the skill."""

@overload
def event(
    name: Literal["alexa.skill_event"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The skill was enabled."""

@overload
def event(
    name: Literal["alexa.user_event"],
    /,
    *,
    intent: str = "OrderPizza",
    slots: Mapping[str, str | None] = ...,
    locale: str = "en-GB",
    session_attributes: Mapping[str, Any] | None = None,
    skill_id: str = "amzn1.ask.skill.0d1e2f3a-4b5c-4d6e-8f7a-9b0c1d2e3f4a",
    user_id: str | None = None,
    new: bool = False,
    request: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A visual document sent an event."""

@overload
def event(
    name: Literal["alexa_smart_home"],
    /,
    *,
    namespace: str = "Alexa.PowerController",
    directive: str = "TurnOn",
    endpoint: str | None = "kitchen-lamp",
    payload: Mapping[str, Any] | None = None,
    cookie: Mapping[str, str] | None = None,
    token: str | None = None,
    message_id: str | None = None,
    correlation_token: str | None = None,
) -> dict[str, Any]:
    """A directive of version 3 for a device; without an `endpoint` it is for the skill, and has no correlation token."""

@overload
def event(
    name: Literal["alexa_smart_home.accept_grant"],
    /,
    *,
    code: str | None = None,
    token: str | None = None,
    message_id: str | None = None,
) -> dict[str, Any]:
    """A code with which the skill may report changes of a user's devices."""

@overload
def event(
    name: Literal["alexa_smart_home.discover"], /, *, token: str | None = None, message_id: str | None = None
) -> dict[str, Any]:
    """Which devices there are."""

@overload
def event(
    name: Literal["alexa_smart_home.report_state"],
    /,
    *,
    endpoint: str = "kitchen-lamp",
    payload: Mapping[str, Any] | None = None,
    cookie: Mapping[str, str] | None = None,
    token: str | None = None,
    message_id: str | None = None,
    correlation_token: str | None = None,
) -> dict[str, Any]:
    """How a device is."""

@overload
def event(
    name: Literal["alexa_smart_home.version_1"],
    /,
    *,
    namespace: str = "Control",
    directive: str = "SwitchOnOffRequest",
    token: str | None = None,
) -> dict[str, Any]:
    """A directive of version 1."""

@overload
def event(
    name: Literal["alexa_smart_home.version_2"],
    /,
    *,
    namespace: str = "Alexa.ConnectedHome.Control",
    directive: str = "TurnOnRequest",
    endpoint: str | None = "kitchen-lamp",
    token: str | None = None,
    message_id: str | None = None,
) -> dict[str, Any]:
    """A directive of version 2; without an `endpoint` it is for the skill."""

@overload
def event(
    name: Literal["api_gateway_authorizer"],
    /,
    *,
    kind: str = "token",
    token: str | None = None,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    resource: str | None = None,
    route_key: str = "$default",
    identity_source: Sequence[str] | None = None,
    stage: str = "prod",
    stage_variables: Mapping[str, str] | None = None,
    host: str = "u5v6w7x8y9.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A question of an authorizer: `kind` is token, request, websocket, payload_v1 or payload_v2."""

@overload
def event(
    name: Literal["api_gateway_authorizer.payload_v1"],
    /,
    *,
    token: str | None = None,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    resource: str | None = None,
    route_key: str = "$default",
    identity_source: Sequence[str] | None = None,
    stage: str = "prod",
    stage_variables: Mapping[str, str] | None = None,
    host: str = "u5v6w7x8y9.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
    account: str = "123456789012",
) -> dict[str, Any]:
    """Of an HTTP API, payload format 1.0: as `event` with this kind."""

@overload
def event(
    name: Literal["api_gateway_authorizer.payload_v2"],
    /,
    *,
    token: str | None = None,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    resource: str | None = None,
    route_key: str = "$default",
    identity_source: Sequence[str] | None = None,
    stage: str = "prod",
    stage_variables: Mapping[str, str] | None = None,
    host: str = "u5v6w7x8y9.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
    account: str = "123456789012",
) -> dict[str, Any]:
    """Of an HTTP API, payload format 2.0: as `event` with this kind."""

@overload
def event(
    name: Literal["api_gateway_authorizer.request"],
    /,
    *,
    token: str | None = None,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    resource: str | None = None,
    route_key: str = "$default",
    identity_source: Sequence[str] | None = None,
    stage: str = "prod",
    stage_variables: Mapping[str, str] | None = None,
    host: str = "u5v6w7x8y9.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
    account: str = "123456789012",
) -> dict[str, Any]:
    """Of a REST API's request authorizer: as `event` with this kind."""

@overload
def event(
    name: Literal["api_gateway_authorizer.token"],
    /,
    *,
    token: str | None = None,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    resource: str | None = None,
    route_key: str = "$default",
    identity_source: Sequence[str] | None = None,
    stage: str = "prod",
    stage_variables: Mapping[str, str] | None = None,
    host: str = "u5v6w7x8y9.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
    account: str = "123456789012",
) -> dict[str, Any]:
    """Of a REST API's token authorizer: as `event`."""

@overload
def event(
    name: Literal["api_gateway_authorizer.websocket"],
    /,
    *,
    token: str | None = None,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    resource: str | None = None,
    route_key: str = "$default",
    identity_source: Sequence[str] | None = None,
    stage: str = "prod",
    stage_variables: Mapping[str, str] | None = None,
    host: str = "u5v6w7x8y9.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
    account: str = "123456789012",
) -> dict[str, Any]:
    """Of a WebSocket API, about a new connection: as `event` with this kind."""

@overload
def event(
    name: Literal["api_gateway_http"],
    /,
    *,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    body: Any = None,
    route_key: str = "$default",
    stage: str = "$default",
    claims: Mapping[str, Any] | None = None,
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    host: str = "h1t2t3p4a5.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A request to an HTTP API."""

@overload
def event(
    name: Literal["api_gateway_rest"],
    /,
    *,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    body: Any = None,
    resource: str | None = None,
    stage: str = "prod",
    base_path: str = "",
    claims: Mapping[str, Any] | None = None,
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    host: str = "x1y2z3w4v5.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A request to a REST API; what is empty is null, as API Gateway has it."""

@overload
def event(
    name: Literal["api_gateway_rest.payload_v1"],
    /,
    *,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    body: Any = None,
    resource: str | None = None,
    stage: str = "prod",
    base_path: str = "",
    claims: Mapping[str, Any] | None = None,
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    host: str = "x1y2z3w4v5.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A request to an HTTP API whose integration has payload format 1.0: as `event`, with a version."""

@overload
def event(
    name: Literal["api_gateway_websocket"],
    /,
    *,
    route_key: str = "$default",
    body: Any = None,
    connection_id: str | None = None,
    stage: str = "prod",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    status: int = 1005,
    reason: str = "Client-side close frame status not set",
    host: str = "w7s8k9m0n1.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A message; with the route key `$connect` or `$disconnect` what happens to a connection."""

@overload
def event(
    name: Literal["api_gateway_websocket.connect"],
    /,
    *,
    body: Any = None,
    connection_id: str | None = None,
    stage: str = "prod",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    status: int = 1005,
    reason: str = "Client-side close frame status not set",
    host: str = "w7s8k9m0n1.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A client wants to connect: as `event`, with the route key `$connect`."""

@overload
def event(
    name: Literal["api_gateway_websocket.disconnect"],
    /,
    *,
    body: Any = None,
    connection_id: str | None = None,
    stage: str = "prod",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    authorizer: Mapping[str, Any] | None = None,
    stage_variables: Mapping[str, str] | None = None,
    status: int = 1005,
    reason: str = "Client-side close frame status not set",
    host: str = "w7s8k9m0n1.execute-api.eu-west-1.amazonaws.com",
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A connection has ended: as `event`, with the route key `$disconnect`."""

@overload
def event(
    name: Literal["appsync"],
    /,
    *,
    type: str = "Query",
    field: str = "order",
    arguments: Mapping[str, Any] = ...,
    source: Any = None,
    identity: Any = ...,
    selection: Sequence[str] = ...,
    variables: Mapping[str, Any] | None = None,
    stash: Mapping[str, Any] | None = None,
    prev: Any = None,
    headers: Mapping[str, str] | None = None,
    username: str = "ada",
    groups: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The context of a direct resolver for one field."""

@overload
def event(
    name: Literal["appsync.amplify"],
    /,
    *,
    type: str = "Query",
    field: str = "order",
    arguments: Mapping[str, Any] = ...,
    source: Any = None,
    identity: Any = ...,
    selection: Sequence[str] = ...,
    variables: Mapping[str, Any] | None = None,
    stash: Mapping[str, Any] | None = None,
    prev: Any = None,
    headers: Mapping[str, str] | None = None,
    username: str = "ada",
    groups: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What Amplify's `@function` sends: the names of type and field at the top, and no `info`."""

@overload
def event(
    name: Literal["appsync.batch"],
    /,
    *,
    type: str = "Order",
    field: str = "customer",
    sources: Sequence[Any] = ...,
    arguments: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ...,
    source: Any = None,
    identity: Any = ...,
    selection: Sequence[str] = ...,
    variables: Mapping[str, Any] | None = None,
    stash: Mapping[str, Any] | None = None,
    prev: Any = None,
    headers: Mapping[str, str] | None = None,
    username: str = "ada",
    groups: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """A batch of contexts of one field, one for each parent object; `arguments` are of all alike, or one for each."""

@overload
def event(
    name: Literal["appsync_authorizer"],
    /,
    *,
    token: str | None = None,
    query: str = ...,
    operation: str | None = "GetOrder",
    variables: Mapping[str, Any] = ...,
    api: str | None = None,
    headers: Mapping[str, str] | None = None,
    account: str = "123456789012",
) -> dict[str, Any]:
    """A question about a token; `operation` is the name that the GraphQL document gives it, `api` the API's id."""

@overload
def event(
    name: Literal["appsync_events"],
    /,
    *,
    trigger: str = "publish",
    channel: str = "/orders/europe",
    payloads: Sequence[Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    stash: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What is published to a channel, or who subscribes to it: `trigger` is publish or subscribe."""

@overload
def event(
    name: Literal["appsync_events.publish"],
    /,
    *,
    channel: str = "/orders/europe",
    payloads: Sequence[Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    stash: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What is published to a channel."""

@overload
def event(
    name: Literal["appsync_events.subscribe"],
    /,
    *,
    channel: str = "/orders/europe",
    payloads: Sequence[Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    stash: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Somebody who subscribes to a channel."""

@overload
def event(
    name: Literal["bedrock_agent"],
    /,
    *,
    function: str = "find_order",
    parameters: Mapping[str, Any] = ...,
    method: str = "GET",
    path: str | None = None,
    body: Mapping[str, Any] | None = None,
    content_type: str = "application/json",
    action_group: str = "Orders",
    agent: str = "shop-assistant",
    agent_id: str | None = None,
    alias: str = "PRODALIAS1",
    version: str = "3",
    session_id: str | None = None,
    session_attributes: Mapping[str, str] | None = None,
    prompt_session_attributes: Mapping[str, str] | None = None,
    input_text: str = "Where is my order?",
) -> dict[str, Any]:
    """A call of a function with parameters, which go as text with the type that their value has."""

@overload
def event(
    name: Literal["bedrock_agent.operation"],
    /,
    *,
    method: str = "GET",
    path: str = "/orders/{order_id}",
    parameters: Mapping[str, Any] = ...,
    function: str = "find_order",
    body: Mapping[str, Any] | None = None,
    content_type: str = "application/json",
    action_group: str = "Orders",
    agent: str = "shop-assistant",
    agent_id: str | None = None,
    alias: str = "PRODALIAS1",
    version: str = "3",
    session_id: str | None = None,
    session_attributes: Mapping[str, str] | None = None,
    prompt_session_attributes: Mapping[str, str] | None = None,
    input_text: str = "Where is my order?",
) -> dict[str, Any]:
    """A call of an operation of an API schema."""

@overload
def event(
    name: Literal["cloudformation"],
    /,
    *,
    resource_type: str = "Custom::Bucket",
    properties: Any = ...,
    request_type: str = "Create",
    physical_id: str | None = None,
    old_properties: Any = None,
    logical_id: str = "UploadsBucket",
    stack: str = "shop",
    request_id: str | None = None,
    function: str = "custom-bucket",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A request; `request_type` is Create, Update or Delete, and only the last two have a `physical_id`."""

@overload
def event(
    name: Literal["cloudformation.create"],
    /,
    *,
    resource_type: str = "Custom::Bucket",
    properties: Any = ...,
    physical_id: str | None = None,
    old_properties: Any = None,
    logical_id: str = "UploadsBucket",
    stack: str = "shop",
    request_id: str | None = None,
    function: str = "custom-bucket",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A request to create a resource."""

@overload
def event(
    name: Literal["cloudformation.delete"],
    /,
    *,
    resource_type: str = "Custom::Bucket",
    properties: Any = ...,
    physical_id: str | None = None,
    old_properties: Any = None,
    logical_id: str = "UploadsBucket",
    stack: str = "shop",
    request_id: str | None = None,
    function: str = "custom-bucket",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A request to delete a resource."""

@overload
def event(
    name: Literal["cloudformation.provider"],
    /,
    *,
    resource_type: str = "Custom::Bucket",
    properties: Any = ...,
    request_type: str = "Create",
    physical_id: str | None = None,
    old_properties: Any = None,
    logical_id: str = "UploadsBucket",
    stack: str = "shop",
    request_id: str | None = None,
    function: str = "custom-bucket",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A request that waits for the result: without a URL."""

@overload
def event(
    name: Literal["cloudformation.update"],
    /,
    *,
    resource_type: str = "Custom::Bucket",
    properties: Any = ...,
    physical_id: str | None = None,
    old_properties: Any = None,
    logical_id: str = "UploadsBucket",
    stack: str = "shop",
    request_id: str | None = None,
    function: str = "custom-bucket",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A request to update a resource."""

@overload
def event(
    name: Literal["cloudformation_hook"],
    /,
    *,
    target: str = "AWS::S3::Bucket",
    properties: Mapping[str, Any] | None = None,
    action: str = "CREATE",
    previous_properties: Mapping[str, Any] | None = None,
    logical_id: str = "Uploads",
    hook: str = "Shop::Buckets::Hook",
    stack: str = "shop",
    attempt: int = 1,
    callback_context: Any = None,
    payload_url: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    token: str | None = None,
) -> dict[str, Any]:
    """A target before it is provisioned: a type of resources, `STACK` or `CHANGE_SET`."""

@overload
def event(
    name: Literal["cloudformation_hook.change_set"],
    /,
    *,
    target: str = "AWS::S3::Bucket",
    properties: Mapping[str, Any] | None = None,
    action: str = "CREATE",
    previous_properties: Mapping[str, Any] | None = None,
    logical_id: str = "Uploads",
    hook: str = "Shop::Buckets::Hook",
    stack: str = "shop",
    attempt: int = 1,
    callback_context: Any = None,
    payload_url: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    token: str | None = None,
) -> dict[str, Any]:
    """About a change set: as `event` with this target."""

@overload
def event(
    name: Literal["cloudformation_hook.resource"],
    /,
    *,
    target: str = "AWS::S3::Bucket",
    properties: Mapping[str, Any] | None = None,
    action: str = "CREATE",
    previous_properties: Mapping[str, Any] | None = None,
    logical_id: str = "Uploads",
    hook: str = "Shop::Buckets::Hook",
    stack: str = "shop",
    attempt: int = 1,
    callback_context: Any = None,
    payload_url: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    token: str | None = None,
) -> dict[str, Any]:
    """About a resource: as `event`."""

@overload
def event(
    name: Literal["cloudformation_hook.stack"],
    /,
    *,
    target: str = "AWS::S3::Bucket",
    properties: Mapping[str, Any] | None = None,
    action: str = "CREATE",
    previous_properties: Mapping[str, Any] | None = None,
    logical_id: str = "Uploads",
    hook: str = "Shop::Buckets::Hook",
    stack: str = "shop",
    attempt: int = 1,
    callback_context: Any = None,
    payload_url: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    token: str | None = None,
) -> dict[str, Any]:
    """About a stack: as `event` with this target."""

@overload
def event(
    name: Literal["cloudformation_macro"],
    /,
    *,
    macro: str = "Upper",
    fragment: Any = None,
    params: Mapping[str, Any] | None = None,
    template_parameters: Mapping[str, Any] | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    request_id: str | None = None,
) -> dict[str, Any]:
    """A whole template, as for a macro in its `Transform` section; `fragment` replaces it."""

@overload
def event(
    name: Literal["cloudformation_macro.snippet"],
    /,
    *,
    macro: str = "Upper",
    fragment: Any = None,
    params: Mapping[str, Any] | None = None,
    template_parameters: Mapping[str, Any] | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    request_id: str | None = None,
) -> dict[str, Any]:
    """A part of a template, as for a macro in an `Fn::Transform`: as `event`."""

@overload
def event(
    name: Literal["cloudfront"],
    /,
    *,
    trigger: str = "viewer_request",
    uri: str = "/images/cat.jpg",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    body: Any = None,
    origin: Mapping[str, Any] | None = None,
    status: int = 200,
    response_headers: Pairs = ...,
    host: str = "d1a2b3c4d5e6f7.cloudfront.net",
    distribution: str = "E1A2B3C4D5E6F7",
    request_id: str | None = None,
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """One event of CloudFront: `trigger` is viewer_request, origin_request, origin_response or viewer_response."""

@overload
def event(
    name: Literal["cloudfront.origin_request"],
    /,
    *,
    uri: str = "/images/cat.jpg",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    body: Any = None,
    origin: Mapping[str, Any] | None = None,
    status: int = 200,
    response_headers: Pairs = ...,
    host: str = "d1a2b3c4d5e6f7.cloudfront.net",
    distribution: str = "E1A2B3C4D5E6F7",
    request_id: str | None = None,
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A request for the origin: as `event`, with its trigger."""

@overload
def event(
    name: Literal["cloudfront.origin_response"],
    /,
    *,
    uri: str = "/images/cat.jpg",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    body: Any = None,
    origin: Mapping[str, Any] | None = None,
    status: int = 200,
    response_headers: Pairs = ...,
    host: str = "d1a2b3c4d5e6f7.cloudfront.net",
    distribution: str = "E1A2B3C4D5E6F7",
    request_id: str | None = None,
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A response of the origin: as `event`, with its trigger."""

@overload
def event(
    name: Literal["cloudfront.viewer_request"],
    /,
    *,
    uri: str = "/images/cat.jpg",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    body: Any = None,
    origin: Mapping[str, Any] | None = None,
    status: int = 200,
    response_headers: Pairs = ...,
    host: str = "d1a2b3c4d5e6f7.cloudfront.net",
    distribution: str = "E1A2B3C4D5E6F7",
    request_id: str | None = None,
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A viewer's request: as `event`."""

@overload
def event(
    name: Literal["cloudfront.viewer_response"],
    /,
    *,
    uri: str = "/images/cat.jpg",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    body: Any = None,
    origin: Mapping[str, Any] | None = None,
    status: int = 200,
    response_headers: Pairs = ...,
    host: str = "d1a2b3c4d5e6f7.cloudfront.net",
    distribution: str = "E1A2B3C4D5E6F7",
    request_id: str | None = None,
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A response for the viewer: as `event`, with its trigger."""

@overload
def event(
    name: Literal["cloudwatch_alarm"],
    /,
    *,
    alarm: str = "orders-late",
    state: str = "ALARM",
    previous_state: str = "OK",
    reason: str = ...,
    configuration: Mapping[str, Any] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A change of an alarm of a metric, a name or an ARN; states are OK, ALARM or INSUFFICIENT_DATA."""

@overload
def event(
    name: Literal["cloudwatch_alarm.composite"],
    /,
    *,
    alarm: str = "shop-down",
    state: str = "ALARM",
    previous_state: str = "OK",
    reason: str = ...,
    configuration: Mapping[str, Any] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A change of an alarm that is made of others: as `event`."""

@overload
def event(
    name: Literal["cloudwatch_logs"],
    /,
    *,
    log_group: str = "/aws/lambda/shop",
    messages: Sequence[Any] | None = None,
    message: Any = "basket 7 paid",
    log_stream: str = "2026/06/11/[$LATEST]5f3c0d7b9a1e4862",
    filter_name: str = "shop",
    owner: str = "123456789012",
) -> dict[str, Any]:
    """The log events of one stream: one with `message`, or one for each of `messages`, in order, compressed."""

@overload
def event(name: Literal["cloudwatch_logs.control"], /, *, message: str = ...) -> dict[str, Any]:
    """The message with which CloudWatch Logs sees whether it may invoke the function."""

@overload
def event(
    name: Literal["codecommit"],
    /,
    *,
    repository: str = "shop",
    ref: str = "main",
    references: Sequence[Mapping[str, Any]] | None = None,
    commit: str | None = None,
    change: str = "updated",
    trigger: str = "on-push",
    custom_data: str | None = "shop-builds",
    event_name: str = "ReferenceChanges",
    event_id: str | None = None,
    user: str = "ada",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A push of one reference, or of several with `references` (`[{"ref": "refs/heads/main", "commit": "..."}]`)."""

@overload
def event(
    name: Literal["codecommit.test"],
    /,
    *,
    repository: str = "shop",
    ref: str = "main",
    references: Sequence[Mapping[str, Any]] | None = None,
    commit: str | None = None,
    change: str = "updated",
    trigger: str = "on-push",
    custom_data: str | None = "shop-builds",
    event_name: str = "ReferenceChanges",
    event_id: str | None = None,
    user: str = "ada",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """What "Test trigger" sends: as `event`."""

@overload
def event(
    name: Literal["codedeploy_hook"], /, *, deployment_id: str | None = None, execution_id: str | None = None
) -> dict[str, Any]:
    """A hook of a deployment to AWS Lambda or Amazon ECS."""

@overload
def event(
    name: Literal["codepipeline"],
    /,
    *,
    parameters: Any = ...,
    function: str = "release",
    job_id: str | None = None,
    input_artifacts: Sequence[str | Mapping[str, Any]] = ...,
    output_artifacts: Sequence[str | Mapping[str, Any]] = ...,
    continuation_token: str | None = None,
    credentials: Mapping[str, str] = ...,
    encryption_key: str | None = None,
    pipeline: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A job. `parameters` are the action's user parameters: text as it is, another value as JSON, None for none."""

@overload
def event(
    name: Literal["codepipeline.continued"],
    /,
    *,
    parameters: Any = ...,
    function: str = "release",
    job_id: str | None = None,
    input_artifacts: Sequence[str | Mapping[str, Any]] = ...,
    output_artifacts: Sequence[str | Mapping[str, Any]] = ...,
    continuation_token: str | None = None,
    credentials: Mapping[str, str] = ...,
    encryption_key: str | None = None,
    pipeline: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A job that the function has asked to be called for again: as `event`."""

@overload
def event(
    name: Literal["codepipeline.encrypted"],
    /,
    *,
    parameters: Any = ...,
    function: str = "release",
    job_id: str | None = None,
    input_artifacts: Sequence[str | Mapping[str, Any]] = ...,
    output_artifacts: Sequence[str | Mapping[str, Any]] = ...,
    continuation_token: str | None = None,
    credentials: Mapping[str, str] = ...,
    encryption_key: str | None = None,
    pipeline: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A job of a pipeline whose artifact store has a customer managed key: as `event`."""

@overload
def event(
    name: Literal["codepipeline.without_parameters"],
    /,
    *,
    function: str = "release",
    job_id: str | None = None,
    input_artifacts: Sequence[str | Mapping[str, Any]] = ...,
    output_artifacts: Sequence[str | Mapping[str, Any]] = ...,
    continuation_token: str | None = None,
    credentials: Mapping[str, str] = ...,
    encryption_key: str | None = None,
    pipeline: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A job of an action that has no user parameters: as `event`."""

@overload
def event(
    name: Literal["cognito"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """An event of a trigger, by its decorator's name or by its trigger source (`"PreSignUp_AdminCreateUser"`)."""

@overload
def event(
    name: Literal["cognito.create_auth_challenge"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A custom sign-in wants a challenge: as `event`."""

@overload
def event(
    name: Literal["cognito.custom_email_sender"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """An email has to be sent: as `event`."""

@overload
def event(
    name: Literal["cognito.custom_message"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A message is about to be sent: as `event`."""

@overload
def event(
    name: Literal["cognito.custom_sms_sender"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A text message has to be sent: as `event`."""

@overload
def event(
    name: Literal["cognito.define_auth_challenge"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A custom sign-in wants to know what comes next: as `event`."""

@overload
def event(
    name: Literal["cognito.inbound_federation"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """An identity provider has told who a user is: as `event`."""

@overload
def event(
    name: Literal["cognito.post_authentication"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A user has signed in: as `event`."""

@overload
def event(
    name: Literal["cognito.post_confirmation"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A user was confirmed: as `event`."""

@overload
def event(
    name: Literal["cognito.pre_authentication"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A user is about to sign in: as `event`."""

@overload
def event(
    name: Literal["cognito.pre_sign_up"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A user signs up: as `event`."""

@overload
def event(
    name: Literal["cognito.pre_token_generation"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """An ID token is about to be made: as `event`."""

@overload
def event(
    name: Literal["cognito.pre_token_generation_v2"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """An ID token and an access token are about to be made: as `event`."""

@overload
def event(
    name: Literal["cognito.pre_token_generation_v3"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """As V2, in a pool whose machines get such events too (`trigger="TokenGeneration_ClientCredentials"`)."""

@overload
def event(
    name: Literal["cognito.user_migration"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A user whom the pool does not know signs in: as `event`."""

@overload
def event(
    name: Literal["cognito.verify_auth_challenge"],
    /,
    *,
    trigger: str = "pre_sign_up",
    username: str | None = None,
    user_attributes: Mapping[str, str] | None = None,
    client_metadata: Mapping[str, str] | None = None,
    request: Mapping[str, Any] | None = None,
    version: str | None = None,
    user_pool: str | None = None,
    client_id: str = "5exampleclientid7a8b9c0d1e",
    region: str | None = None,
) -> dict[str, Any]:
    """A user has answered a challenge: as `event`."""

@overload
def event(
    name: Literal["cognito_sync"],
    /,
    *,
    dataset: str = "scores",
    records: Mapping[str, Any] | None = None,
    identity_id: str | None = None,
    identity_pool: str | None = None,
    region: str = "eu-west-1",
) -> dict[str, Any]:
    """A synchronisation of a dataset; `records` are texts that are written, None for one that is removed, or records."""

@overload
def event(
    name: Literal["config"],
    /,
    *,
    rule: str = "desired-instance-type",
    configuration: Any = ...,
    parameters: Any = ...,
    resource_type: str = "AWS::EC2::Instance",
    resource_id: str | None = None,
    status: str = "OK",
    tags: Mapping[str, str] | None = None,
    capture_time: str | None = None,
    left_scope: bool = False,
    result_token: str | None = None,
    evaluation_mode: str = "DETECTIVE",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A change of a resource, whose `configuration` is as given; `parameters` are the rule's, None for none."""

@overload
def event(
    name: Literal["config.deleted"],
    /,
    *,
    rule: str = "desired-instance-type",
    configuration: Any = ...,
    parameters: Any = ...,
    resource_type: str = "AWS::EC2::Instance",
    resource_id: str | None = None,
    status: str = "OK",
    tags: Mapping[str, str] | None = None,
    capture_time: str | None = None,
    left_scope: bool = False,
    result_token: str | None = None,
    evaluation_mode: str = "DETECTIVE",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A resource that has been deleted: as `event`."""

@overload
def event(
    name: Literal["config.oversized"],
    /,
    *,
    rule: str = "desired-instance-type",
    parameters: Any = ...,
    resource_type: str = "AWS::EC2::Instance",
    resource_id: str | None = None,
    status: str = "OK",
    change: str = "UPDATE",
    capture_time: str | None = None,
    left_scope: bool = False,
    result_token: str | None = None,
    evaluation_mode: str = "DETECTIVE",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A change of a resource whose configuration is too large to be sent, so that there is a summary of it alone."""

@overload
def event(
    name: Literal["config.scheduled"],
    /,
    *,
    rule: str = "too-many-keys",
    parameters: Any = ...,
    time: str | None = None,
    result_token: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A rule's turn to look at the whole account, at `time`, as `2026-09-23T18:00:00.000Z`."""

@overload
def event(
    name: Literal["connect"],
    /,
    *,
    parameters: Mapping[str, Any] = ...,
    attributes: Mapping[str, str] = ...,
    channel: str = "VOICE",
    contact_id: str | None = None,
    queue: str | None = "Orders",
    customer: str = "+15555550100",
    initiation_method: str = "INBOUND",
    instance: str = "11111111-2222-3333-4444-555555555555",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """What a block of a flow sends for a contact; `queue` is a name, or None where the contact is in none."""

@overload
def event(
    name: Literal["documentdb"],
    /,
    *,
    database: str = "shop",
    collection: str | None = "orders",
    documents: Sequence[Mapping[str, Any]] | None = None,
    document: Mapping[str, Any] | None = ...,
    operation: str = "insert",
    key: str | None = None,
    update: Mapping[str, Any] | None = None,
    cluster: str = "orders",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of changes of one kind: of one `document`, or of each of `documents`, in order."""

@overload
def event(
    name: Literal["documentdb.delete"],
    /,
    *,
    database: str = "shop",
    collection: str = "orders",
    documents: Sequence[Mapping[str, Any]] | None = None,
    document: Mapping[str, Any] | None = ...,
    operation: str = "insert",
    key: str | None = None,
    update: Mapping[str, Any] | None = None,
    cluster: str = "orders",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A deletion, which has the key alone: as `event`."""

@overload
def event(
    name: Literal["documentdb.drop"],
    /,
    *,
    database: str = "shop",
    collection: str = "orders",
    documents: Sequence[Mapping[str, Any]] | None = None,
    document: Mapping[str, Any] | None = ...,
    operation: str = "insert",
    key: str | None = None,
    update: Mapping[str, Any] | None = None,
    cluster: str = "orders",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A collection is dropped: as `event`, without a document."""

@overload
def event(
    name: Literal["documentdb.update"],
    /,
    *,
    database: str = "shop",
    collection: str = "orders",
    documents: Sequence[Mapping[str, Any]] | None = None,
    document: Mapping[str, Any] | None = ...,
    operation: str = "insert",
    key: str | None = None,
    update: Mapping[str, Any] | None = None,
    cluster: str = "orders",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """An update of one document, with the fields that it has set and without the document: as `event`."""

@overload
def event(
    name: Literal["dynamodb"],
    /,
    *,
    table: str = "orders",
    images: Sequence[Mapping[str, Any]] | None = None,
    event_name: str = "INSERT",
    new_image: Mapping[str, Any] | None = None,
    old_image: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    ttl: bool = False,
    view: str = "NEW_AND_OLD_IMAGES",
    sequence_number: str | Sequence[str] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of changes of one table's shard: one change, or one for each of `images`, in order."""

@overload
def event(
    name: Literal["dynamodb.insert"],
    /,
    *,
    table: str = "orders",
    images: Sequence[Mapping[str, Any]] | None = None,
    event_name: str = "INSERT",
    new_image: Mapping[str, Any] | None = None,
    old_image: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    ttl: bool = False,
    view: str = "NEW_AND_OLD_IMAGES",
    sequence_number: str | Sequence[str] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of new items: as `event`."""

@overload
def event(
    name: Literal["dynamodb.modify"],
    /,
    *,
    table: str = "orders",
    images: Sequence[Mapping[str, Any]] | None = None,
    event_name: str = "INSERT",
    new_image: Mapping[str, Any] | None = None,
    old_image: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    ttl: bool = False,
    view: str = "NEW_AND_OLD_IMAGES",
    sequence_number: str | Sequence[str] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of changed items: as `event`."""

@overload
def event(
    name: Literal["dynamodb.remove"],
    /,
    *,
    table: str = "orders",
    images: Sequence[Mapping[str, Any]] | None = None,
    event_name: str = "INSERT",
    new_image: Mapping[str, Any] | None = None,
    old_image: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    ttl: bool = False,
    view: str = "NEW_AND_OLD_IMAGES",
    sequence_number: str | Sequence[str] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of removed items: as `event`."""

@overload
def event(
    name: Literal["dynamodb.window"],
    /,
    *,
    table: str = "orders",
    images: Sequence[Mapping[str, Any]] | None = None,
    state: Mapping[str, Any] | None = None,
    final: bool = False,
    terminated_early: bool = False,
    event_name: str = "INSERT",
    new_image: Mapping[str, Any] | None = None,
    old_image: Mapping[str, Any] | None = None,
    keys: Mapping[str, Any] | None = None,
    ttl: bool = False,
    view: str = "NEW_AND_OLD_IMAGES",
    sequence_number: str | Sequence[str] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch in a tumbling window of two minutes, with the `state` so far: as `event`."""

@overload
def event(
    name: Literal["ecs_deployment_hook"],
    /,
    *,
    stage: str = "POST_TEST_TRAFFIC_SHIFT",
    service: str = "web",
    cluster: str = "shop",
    hook_details: Mapping[str, Any] | None = None,
    test_weights: Mapping[str, int] | None = None,
    production_weights: Mapping[str, int] | None = None,
    execution_id: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
) -> dict[str, Any]:
    """A deployment of a service that has come to a stage; `hook_details` are those of the hook's configuration."""

@overload
def event(
    name: Literal["eventbridge"],
    /,
    *,
    source: str = "com.example.shop",
    detail_type: str = "OrderPlaced",
    detail: Any = ...,
    resources: Sequence[str] = ...,
    id: str | None = None,
    time: str | None = None,
    replay_name: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """An event of a bus; `time` is as `2026-09-23T18:00:00Z`, `replay_name` marks one out of an archive."""

@overload
def event(
    name: Literal["eventbridge.custom_bus"],
    /,
    *,
    details: Sequence[Any] = ...,
    with_metadata: bool = False,
    metadata: Mapping[str, str] | None = None,
    source: str = "com.example.shop",
    detail_type: str = "OrderPlaced",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> list[dict[str, Any]]:
    """What a custom event bus sends its subscriber: an array, even of one event."""

@overload
def event(
    name: Literal["eventbridge.schedule"],
    /,
    *,
    rule: str = "nightly",
    id: str | None = None,
    time: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """What a scheduled rule sends; `rule` is its name or ARN."""

@overload
def event(
    name: Literal["eventbridge.scheduler"],
    /,
    *,
    schedule: str = "nightly",
    group: str = "default",
    id: str | None = None,
    time: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """What EventBridge Scheduler sends where its target has no input: the detail is text."""

@overload
def event(
    name: Literal["firehose"],
    /,
    *,
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    data: Any = ...,
    record_id: str | Sequence[str] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """What producers have put into a stream: one record of `data`, or one for each of `datas`, in order."""

@overload
def event(
    name: Literal["firehose.kinesis"],
    /,
    *,
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    source: str = "visits",
    partition_key: str = "visitor-7",
    data: Any = ...,
    record_id: str | Sequence[str] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """Records that Firehose reads from a Kinesis data stream, `source`: as `event`."""

@overload
def event(
    name: Literal["firehose.msk"],
    /,
    *,
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    cluster: str = "shop",
    offset: int | None = None,
    partition: int = 2,
    data: Any = ...,
    record_id: str | Sequence[str] | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """Records that Firehose reads from a topic of an Amazon MSK cluster, from an offset on: as `event`."""

@overload
def event(
    name: Literal["function_url"],
    /,
    *,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    body: Any = None,
    claims: Mapping[str, Any] | None = None,
    host: str = "u1r2l3f4u5n6c7t8.lambda-url.eu-west-1.on.aws",
    client_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A request to a function URL."""

@overload
def event(
    name: Literal["iot"],
    /,
    *,
    topic: str | None = None,
    payload: Mapping[str, Any] | None = None,
    event_type: str = "THING_EVENT",
    operation: str | None = None,
    thing: str = "moisture-7",
    thing_type: str = "MoistureSensor",
    group: str = "greenhouse",
    child: str = "bench-2",
    attributes: Mapping[str, str] | None = None,
    event_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """An event of the registry; with a `topic` the `payload` of a message, as `SELECT *, topic() AS topic` sends it."""

@overload
def event(
    name: Literal["iot.thing_group"],
    /,
    *,
    topic: str | None = None,
    payload: Mapping[str, Any] | None = None,
    event_type: str = "THING_EVENT",
    operation: str | None = None,
    thing: str = "moisture-7",
    thing_type: str = "MoistureSensor",
    group: str = "greenhouse",
    child: str = "bench-2",
    attributes: Mapping[str, str] | None = None,
    event_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A group of things was created, updated or deleted: as `event`."""

@overload
def event(
    name: Literal["iot.thing_group_hierarchy"],
    /,
    *,
    topic: str | None = None,
    payload: Mapping[str, Any] | None = None,
    event_type: str = "THING_EVENT",
    operation: str | None = None,
    thing: str = "moisture-7",
    thing_type: str = "MoistureSensor",
    group: str = "greenhouse",
    child: str = "bench-2",
    attributes: Mapping[str, str] | None = None,
    event_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A group was added to another, or removed: as `event`."""

@overload
def event(
    name: Literal["iot.thing_group_membership"],
    /,
    *,
    topic: str | None = None,
    payload: Mapping[str, Any] | None = None,
    event_type: str = "THING_EVENT",
    operation: str | None = None,
    thing: str = "moisture-7",
    thing_type: str = "MoistureSensor",
    group: str = "greenhouse",
    child: str = "bench-2",
    attributes: Mapping[str, str] | None = None,
    event_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A thing was added to a group, or removed: as `event`."""

@overload
def event(
    name: Literal["iot.thing_type"],
    /,
    *,
    topic: str | None = None,
    payload: Mapping[str, Any] | None = None,
    event_type: str = "THING_EVENT",
    operation: str | None = None,
    thing: str = "moisture-7",
    thing_type: str = "MoistureSensor",
    group: str = "greenhouse",
    child: str = "bench-2",
    attributes: Mapping[str, str] | None = None,
    event_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A type of things was created, updated or deleted: as `event`."""

@overload
def event(
    name: Literal["iot.thing_type_association"],
    /,
    *,
    topic: str | None = None,
    payload: Mapping[str, Any] | None = None,
    event_type: str = "THING_EVENT",
    operation: str | None = None,
    thing: str = "moisture-7",
    thing_type: str = "MoistureSensor",
    group: str = "greenhouse",
    child: str = "bench-2",
    attributes: Mapping[str, str] | None = None,
    event_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A thing got a type, or lost it: as `event`."""

@overload
def event(
    name: Literal["iot_authorizer"],
    /,
    *,
    kind: str = "mqtt",
    token: str | None = None,
    client_id: str = "fern",
    username: str = "plants",
    password: str = "moisture",
    headers: Mapping[str, str] | None = None,
    query_string: str = "?x-amz-customauthorizer-name=plants",
    server_name: str = "iot.example.com",
    signature_verified: bool = False,
    connection_id: str | None = None,
) -> dict[str, Any]:
    """A connection: `kind` is mqtt, websocket (MQTT over it) or http. `token` is there where one was sent."""

@overload
def event(
    name: Literal["iot_authorizer.http"],
    /,
    *,
    token: str | None = None,
    client_id: str = "fern",
    username: str = "plants",
    password: str = "moisture",
    headers: Mapping[str, str] | None = None,
    query_string: str = "?x-amz-customauthorizer-name=plants",
    server_name: str = "iot.example.com",
    signature_verified: bool = False,
    connection_id: str | None = None,
) -> dict[str, Any]:
    """Of a device that publishes over HTTP: as `event` with this kind."""

@overload
def event(
    name: Literal["iot_authorizer.mqtt"],
    /,
    *,
    token: str | None = None,
    client_id: str = "fern",
    username: str = "plants",
    password: str = "moisture",
    headers: Mapping[str, str] | None = None,
    query_string: str = "?x-amz-customauthorizer-name=plants",
    server_name: str = "iot.example.com",
    signature_verified: bool = False,
    connection_id: str | None = None,
) -> dict[str, Any]:
    """Of a device that speaks MQTT: as `event`."""

@overload
def event(
    name: Literal["iot_authorizer.websocket"],
    /,
    *,
    token: str | None = None,
    client_id: str = "fern",
    username: str = "plants",
    password: str = "moisture",
    headers: Mapping[str, str] | None = None,
    query_string: str = "?x-amz-customauthorizer-name=plants",
    server_name: str = "iot.example.com",
    signature_verified: bool = False,
    connection_id: str | None = None,
) -> dict[str, Any]:
    """Of a device that speaks MQTT over WebSocket: as `event` with this kind."""

@overload
def event(
    name: Literal["iot_events"],
    /,
    *,
    detector_model: str = "pump",
    state: str = "Overheated",
    event_name: str = "tooHot",
    key: str | None = "pump-7",
    variables: Mapping[str, Any] | None = None,
    timers: Mapping[str, Any] | None = None,
    input_name: str = "temperature",
    execution_id: str | None = None,
) -> dict[str, Any]:
    """What a detector sends when an event of its model happens; `key` is None where the model has no key."""

@overload
def event(
    name: Literal["kafka"],
    /,
    *,
    topic: str | Sequence[str] = "orders",
    values: Sequence[Any] | None = None,
    value: Any = ...,
    key: str | bytes | Sequence[str | bytes | None] | None = "customer-7",
    headers: Mapping[str, Any] | Iterable[tuple[str, Any]] = ...,
    partition: int | Sequence[int] = 0,
    offset: int | Sequence[int] | None = None,
    timestamp_type: str = "CREATE_TIME",
    value_schema_metadata: Mapping[str, str] | None = None,
    key_schema_metadata: Mapping[str, str] | None = None,
    cluster: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of records of an MSK cluster: one record of `value`, or one for each of `values`, in order."""

@overload
def event(
    name: Literal["kafka.self_managed"],
    /,
    *,
    topic: str | Sequence[str] = "orders",
    values: Sequence[Any] | None = None,
    servers: str = "kafka-1.example.com:9092,kafka-2.example.com:9092",
    value: Any = ...,
    key: str | bytes | Sequence[str | bytes | None] | None = "customer-7",
    headers: Mapping[str, Any] | Iterable[tuple[str, Any]] = ...,
    partition: int | Sequence[int] = 0,
    offset: int | Sequence[int] | None = None,
    timestamp_type: str = "CREATE_TIME",
    value_schema_metadata: Mapping[str, str] | None = None,
    key_schema_metadata: Mapping[str, str] | None = None,
    cluster: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of records of a cluster that AWS does not manage, with these bootstrap `servers`: as `event`."""

@overload
def event(
    name: Literal["kinesis"],
    /,
    *,
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    data: Any = ...,
    partition_key: str | Sequence[str] = "visitor-7",
    sequence_number: str | Sequence[str] | None = None,
    shard_id: str = "shardId-000000000003",
    consumer: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of records of one shard: one record of `data`, or one for each of `datas`, in order."""

@overload
def event(
    name: Literal["kinesis.consumer"],
    /,
    *,
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    data: Any = ...,
    partition_key: str | Sequence[str] = "visitor-7",
    sequence_number: str | Sequence[str] | None = None,
    shard_id: str = "shardId-000000000003",
    consumer: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch that comes through a consumer with its own throughput: as `event`."""

@overload
def event(
    name: Literal["kinesis.window"],
    /,
    *,
    stream: str = "clicks",
    datas: Sequence[Any] | None = None,
    state: Mapping[str, Any] | None = None,
    final: bool = False,
    terminated_early: bool = False,
    data: Any = ...,
    partition_key: str | Sequence[str] = "visitor-7",
    sequence_number: str | Sequence[str] | None = None,
    shard_id: str = "shardId-000000000003",
    consumer: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch in a tumbling window of two minutes, with the `state` so far: as `event`."""

@overload
def event(
    name: Literal["lambda_destination"],
    /,
    *,
    function: str = "orders",
    request: Any = ...,
    condition: str = "RetriesExhausted",
    response: Any = ...,
    function_error: str | None = "Unhandled",
    attempts: int = 3,
    request_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """An invocation that has ended as `condition` says; `function` is a name or an ARN, `request` any JSON value."""

@overload
def event(
    name: Literal["lambda_destination.failure"],
    /,
    *,
    function: str = "orders",
    request: Any = ...,
    condition: str = "RetriesExhausted",
    response: Any = ...,
    function_error: str | None = "Unhandled",
    attempts: int = 3,
    request_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """An invocation that has failed for the last time: as `event`."""

@overload
def event(
    name: Literal["lambda_destination.stream"],
    /,
    *,
    function: str = "orders",
    stream: str = "clicks",
    condition: str = "RetryAttemptsExhausted",
    batch_size: int = 3,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of a Kinesis stream that a mapping has given up, as its queue or topic gets it: without the records."""

@overload
def event(
    name: Literal["lambda_destination.success"],
    /,
    *,
    function: str = "orders",
    request: Any = ...,
    response: Any = ...,
    condition: str = "RetriesExhausted",
    function_error: str | None = "Unhandled",
    attempts: int = 3,
    request_id: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """An invocation that has succeeded, and what it returned: as `event`."""

@overload
def event(
    name: Literal["lex"],
    /,
    *,
    intent: str = "BookTable",
    slots: Mapping[str, str | None] = ...,
    hook: str = "dialog",
    transcript: str = "a table in Rome please",
    session_attributes: Mapping[str, str] | None = None,
    request_attributes: Mapping[str, str] | None = None,
    confirmation: str = "None",
    bot: str = "Concierge",
    alias: str = "prod",
    version: str = "7",
    user_id: str | None = None,
    output: str = "Text",
) -> dict[str, Any]:
    """What a bot sends its `"dialog"` or `"fulfillment"` hook; a slot without a value is None."""

@overload
def event(
    name: Literal["lex.fulfillment"],
    /,
    *,
    intent: str = "BookTable",
    slots: Mapping[str, str | None] = ...,
    transcript: str = "a table in Rome please",
    session_attributes: Mapping[str, str] | None = None,
    request_attributes: Mapping[str, str] | None = None,
    confirmation: str = "None",
    bot: str = "Concierge",
    alias: str = "prod",
    version: str = "7",
    user_id: str | None = None,
    output: str = "Text",
) -> dict[str, Any]:
    """What a bot sends when all slots have a value."""

@overload
def event(
    name: Literal["lex_v2"],
    /,
    *,
    intent: str = "BookTable",
    slots: Mapping[str, Any] = ...,
    hook: str = "dialog",
    transcript: str = "a table in Rome please",
    session_attributes: Mapping[str, str] | None = None,
    request_attributes: Mapping[str, str] | None = None,
    active_contexts: Sequence[Mapping[str, Any]] = ...,
    confirmation: str = "None",
    state: str | None = None,
    bot: str = "Concierge",
    bot_id: str | None = None,
    alias: str = "prod",
    alias_id: str = "PRODALIAS1",
    version: str = "7",
    locale: str = "en_GB",
    mode: str = "Text",
    session_id: str | None = None,
) -> dict[str, Any]:
    """What a bot sends its `"dialog"` or `"fulfillment"` hook."""

@overload
def event(
    name: Literal["lex_v2.fulfillment"],
    /,
    *,
    intent: str = "BookTable",
    slots: Mapping[str, Any] = ...,
    transcript: str = "a table in Rome please",
    session_attributes: Mapping[str, str] | None = None,
    request_attributes: Mapping[str, str] | None = None,
    active_contexts: Sequence[Mapping[str, Any]] = ...,
    confirmation: str = "None",
    state: str | None = None,
    bot: str = "Concierge",
    bot_id: str | None = None,
    alias: str = "prod",
    alias_id: str = "PRODALIAS1",
    version: str = "7",
    locale: str = "en_GB",
    mode: str = "Text",
    session_id: str | None = None,
) -> dict[str, Any]:
    """What a bot sends when all slots have a value."""

@overload
def event(name: Literal["pipes"], /, *, sent: Mapping[str, Any] | None = None) -> list[Any]:
    """What a pipe sends where a mapping sends `sent`, as `event("kinesis", stream="clicks")`; else a queue's message."""

@overload
def event(
    name: Literal["pipes.activemq"],
    /,
    *,
    destination: str | Sequence[str] = "orders",
    datas: Sequence[Any] | None = None,
) -> list[Any]:
    """Messages of an ActiveMQ queue."""

@overload
def event(
    name: Literal["pipes.dynamodb"],
    /,
    *,
    table: str = "orders",
    images: Sequence[Mapping[str, Any]] | None = None,
) -> list[Any]:
    """Changes of a table."""

@overload
def event(
    name: Literal["pipes.kafka"],
    /,
    *,
    topic: str | Sequence[str] = "orders",
    values: Sequence[Any] | None = None,
) -> list[Any]:
    """Records of a topic."""

@overload
def event(
    name: Literal["pipes.kinesis"], /, *, stream: str = "clicks", datas: Sequence[Any] | None = None
) -> list[Any]:
    """Records of a stream."""

@overload
def event(
    name: Literal["pipes.rabbitmq"],
    /,
    *,
    queue: str | Sequence[str] = "orders",
    datas: Sequence[Any] | None = None,
) -> list[Any]:
    """Messages of a RabbitMQ queue."""

@overload
def event(
    name: Literal["pipes.sqs"], /, *, queue: str = "orders", bodies: Sequence[Any] | None = None
) -> list[Any]:
    """Messages of a queue."""

@overload
def event(
    name: Literal["rabbitmq"],
    /,
    *,
    queue: str | Sequence[str] = "orders",
    datas: Sequence[Any] | None = None,
    data: Any = ...,
    vhost: str | Sequence[str] = "/",
    headers: Mapping[str, Any] | None = None,
    message_id: str | Sequence[str] | None = None,
    correlation_id: str | None = None,
    redelivered: bool = False,
    content_type: str | None = None,
    priority: int | None = None,
    broker: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of messages of a queue: one message of `data`, or one for each of `datas`, in order."""

@overload
def event(
    name: Literal["s3"],
    /,
    *,
    bucket: str = "uploads",
    key: str = "images/photo.jpg",
    keys: Sequence[str] | None = None,
    event_name: str = "ObjectCreated:Put",
    size: int = 1024,
    etag: str | None = None,
    version_id: str | None = None,
    configuration_id: str = "uploads-to-lambda",
    principal_id: str = "AWS:AROAEXAMPLEROLEIDENT1:uploader",
    client_ip: str = "203.0.113.7",
    region: str = "eu-west-1",
) -> dict[str, Any]:
    """A notification of one object, or with `keys` a record for each; `bucket` is a name or an ARN."""

@overload
def event(
    name: Literal["s3.object_removed"],
    /,
    *,
    bucket: str = "uploads",
    key: str = "images/photo.jpg",
    keys: Sequence[str] | None = None,
    event_name: str = "ObjectCreated:Put",
    size: int = 1024,
    etag: str | None = None,
    version_id: str | None = None,
    configuration_id: str = "uploads-to-lambda",
    principal_id: str = "AWS:AROAEXAMPLEROLEIDENT1:uploader",
    client_ip: str = "203.0.113.7",
    region: str = "eu-west-1",
) -> dict[str, Any]:
    """A notification of an object that was deleted: as `event`."""

@overload
def event(name: Literal["s3.test_event"], /, *, bucket: str = "uploads") -> dict[str, Any]:
    """What S3 sends when notifications are set up, to see whether it may; it has no records."""

@overload
def event(
    name: Literal["s3_batch"],
    /,
    *,
    bucket: str = "uploads",
    key: str = "images/photo.jpg",
    keys: Sequence[str] | None = None,
    version_id: str | None = None,
    job_id: str | None = None,
    task_id: str | Sequence[str] | None = None,
) -> dict[str, Any]:
    """A task about one object, or with `keys` one about each, in schema version 1.0, which has the bucket's ARN."""

@overload
def event(
    name: Literal["s3_batch.version_2"],
    /,
    *,
    bucket: str = "uploads",
    key: str = "images/photo.jpg",
    arguments: Mapping[str, str] | None = None,
    keys: Sequence[str] | None = None,
    version_id: str | None = None,
    job_id: str | None = None,
    task_id: str | Sequence[str] | None = None,
) -> dict[str, Any]:
    """A task in schema version 2.0, which has the bucket's name and the job's user arguments: as `event`."""

@overload
def event(
    name: Literal["s3_object_lambda"],
    /,
    *,
    trigger: str = "get",
    key: str = "docs/a b.txt",
    access_point: str = "photos",
    arguments: str = "",
    headers: Mapping[str, str] | None = None,
    url: str | None = None,
    route: str | None = None,
    token: str | None = None,
    user: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    request_id: str | None = None,
) -> dict[str, Any]:
    """A request: `trigger` is get, head, list_v1 or list_v2; lists have no key."""

@overload
def event(
    name: Literal["s3_object_lambda.get"],
    /,
    *,
    key: str = "docs/a b.txt",
    access_point: str = "photos",
    arguments: str = "",
    headers: Mapping[str, str] | None = None,
    url: str | None = None,
    route: str | None = None,
    token: str | None = None,
    user: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    request_id: str | None = None,
) -> dict[str, Any]:
    """For GetObject: as `event`."""

@overload
def event(
    name: Literal["s3_object_lambda.head"],
    /,
    *,
    key: str = "docs/a b.txt",
    access_point: str = "photos",
    arguments: str = "",
    headers: Mapping[str, str] | None = None,
    url: str | None = None,
    route: str | None = None,
    token: str | None = None,
    user: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    request_id: str | None = None,
) -> dict[str, Any]:
    """For HeadObject: as `event` with this trigger."""

@overload
def event(
    name: Literal["s3_object_lambda.list_v1"],
    /,
    *,
    key: str = "docs/a b.txt",
    access_point: str = "photos",
    arguments: str = "",
    headers: Mapping[str, str] | None = None,
    url: str | None = None,
    route: str | None = None,
    token: str | None = None,
    user: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    request_id: str | None = None,
) -> dict[str, Any]:
    """For ListObjects: as `event` with this trigger."""

@overload
def event(
    name: Literal["s3_object_lambda.list_v2"],
    /,
    *,
    key: str = "docs/a b.txt",
    access_point: str = "photos",
    arguments: str = "",
    headers: Mapping[str, str] | None = None,
    url: str | None = None,
    route: str | None = None,
    token: str | None = None,
    user: str | None = None,
    account: str = "123456789012",
    region: str = "eu-west-1",
    request_id: str | None = None,
) -> dict[str, Any]:
    """For ListObjectsV2: as `event` with this trigger."""

@overload
def event(
    name: Literal["secrets_manager"],
    /,
    *,
    trigger: str = "create_secret",
    secret: str = "shop/database",
    token: str | None = None,
    rotation_token: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A step of a rotation, by its decorator's name; `secret` is a name or an ARN, `token` the new version's id."""

@overload
def event(
    name: Literal["secrets_manager.create_secret"],
    /,
    *,
    secret: str = "shop/database",
    token: str | None = None,
    rotation_token: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A new version is to be put: as `event`."""

@overload
def event(
    name: Literal["secrets_manager.finish_secret"],
    /,
    *,
    secret: str = "shop/database",
    token: str | None = None,
    rotation_token: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """The new version is to become the current one: as `event`."""

@overload
def event(
    name: Literal["secrets_manager.set_secret"],
    /,
    *,
    secret: str = "shop/database",
    token: str | None = None,
    rotation_token: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """The service is to take the new version: as `event`."""

@overload
def event(
    name: Literal["secrets_manager.test_secret"],
    /,
    *,
    secret: str = "shop/database",
    token: str | None = None,
    rotation_token: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """The new version is to be tried: as `event`."""

@overload
def event(
    name: Literal["ses"],
    /,
    *,
    recipient: str | Sequence[str] = "support@example.com",
    sender: str = "ada@example.com",
    subject: str = "My order",
    verdicts: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    message_id: str | None = None,
    invocation_type: str = "RequestResponse",
    function: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A mail to one or several recipients; SES waits for the disposition unless `invocation_type` is "Event"."""

@overload
def event(
    name: Literal["ses.asynchronous"],
    /,
    *,
    recipient: str | Sequence[str] = "support@example.com",
    sender: str = "ada@example.com",
    subject: str = "My order",
    verdicts: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    message_id: str | None = None,
    invocation_type: str = "RequestResponse",
    function: str = "shop",
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A mail for which nobody waits: as `event`."""

@overload
def event(
    name: Literal["sns"],
    /,
    *,
    topic: str = "orders",
    message: Any = ...,
    messages: Sequence[Any] | None = None,
    subject: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    message_id: str | Sequence[str] | None = None,
    subscription: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A message of a topic, or with `messages` a record for each (SNS itself sends one an event)."""

@overload
def event(
    name: Literal["sqs"],
    /,
    *,
    queue: str = "orders",
    bodies: Sequence[Any] | None = None,
    body: Any = ...,
    group_id: str | Sequence[str] | None = None,
    message_id: str | Sequence[str] | None = None,
    receive_count: int = 1,
    attributes: Mapping[str, str] | None = None,
    message_attributes: Mapping[str, Any] | None = None,
    dead_letter_source: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of messages of one queue: one message of `body`, or one for each of `bodies`."""

@overload
def event(
    name: Literal["sqs.fifo"],
    /,
    *,
    queue: str = "orders.fifo",
    bodies: Sequence[Any] | None = None,
    body: Any = ...,
    group_id: str | Sequence[str] | None = None,
    message_id: str | Sequence[str] | None = None,
    receive_count: int = 1,
    attributes: Mapping[str, str] | None = None,
    message_attributes: Mapping[str, Any] | None = None,
    dead_letter_source: str | None = None,
    region: str = "eu-west-1",
    account: str = "123456789012",
) -> dict[str, Any]:
    """A batch of messages of a FIFO queue: as `event`."""

@overload
def event(
    name: Literal["transfer_family"],
    /,
    *,
    username: str = "ada",
    password: str | None = None,
    protocol: str = "SFTP",
    server_id: str = "s-0123456789abcdef0",
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A login, with a password or (without one) with a key."""

@overload
def event(
    name: Literal["transfer_family.key"],
    /,
    *,
    username: str = "ada",
    password: str | None = None,
    protocol: str = "SFTP",
    server_id: str = "s-0123456789abcdef0",
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A login with a key: as `event`."""

@overload
def event(
    name: Literal["transfer_family.password"],
    /,
    *,
    username: str = "ada",
    password: str | None = None,
    protocol: str = "SFTP",
    server_id: str = "s-0123456789abcdef0",
    source_ip: str = "203.0.113.7",
) -> dict[str, Any]:
    """A login with a password: as `event`."""

@overload
def event(
    name: Literal["vpc_lattice"],
    /,
    *,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    body: Any = None,
    host: str = ...,
    client_ip: str = "10.0.12.34",
) -> dict[str, Any]:
    """A request to a service; repeated headers are joined, of repeated query parameters the last arrives."""

@overload
def event(
    name: Literal["vpc_lattice_v2"],
    /,
    *,
    path: str = "/orders/7",
    method: str = "GET",
    query: Pairs = ...,
    headers: Pairs = ...,
    cookies: Cookies = ...,
    body: Any = None,
    claims: Mapping[str, Any] | None = None,
    host: str = ...,
    client_ip: str = "10.0.12.34",
) -> dict[str, Any]:
    """A request to a service; `claims` are added to the caller's identity, and make it a signed one."""

@overload
def event(name: Name, /) -> Any:
    """A new event of a name that is only known when the program runs; `make` takes parts too."""

class Requests(Protocol):
    """A method of a client that sends requests; the parts are those of the source."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: Literal["alb"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        multi_value: bool = False,
        host: str = "shop-123456789.eu-west-1.elb.amazonaws.com",
        client_ip: str = "203.0.113.7",
        target_group: str = "shop",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: Literal["alb.multi_value"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        multi_value: bool = False,
        host: str = "shop-123456789.eu-west-1.elb.amazonaws.com",
        client_ip: str = "203.0.113.7",
        target_group: str = "shop",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: Literal["api_gateway_http"] = ...,
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        route_key: str = "$default",
        stage: str = "$default",
        claims: Mapping[str, Any] | None = None,
        authorizer: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        host: str = "h1t2t3p4a5.execute-api.eu-west-1.amazonaws.com",
        client_ip: str = "203.0.113.7",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: Literal["api_gateway_rest"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        resource: str | None = None,
        stage: str = "prod",
        base_path: str = "",
        claims: Mapping[str, Any] | None = None,
        authorizer: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        host: str = "x1y2z3w4v5.execute-api.eu-west-1.amazonaws.com",
        client_ip: str = "203.0.113.7",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: Literal["api_gateway_rest.payload_v1"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        resource: str | None = None,
        stage: str = "prod",
        base_path: str = "",
        claims: Mapping[str, Any] | None = None,
        authorizer: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        host: str = "x1y2z3w4v5.execute-api.eu-west-1.amazonaws.com",
        client_ip: str = "203.0.113.7",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: Literal["function_url"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        claims: Mapping[str, Any] | None = None,
        host: str = "u1r2l3f4u5n6c7t8.lambda-url.eu-west-1.on.aws",
        client_ip: str = "203.0.113.7",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: Literal["vpc_lattice"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        host: str = ...,
        client_ip: str = "10.0.12.34",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: Literal["vpc_lattice_v2"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        claims: Mapping[str, Any] | None = None,
        host: str = ...,
        client_ip: str = "10.0.12.34",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        path: str,
        *,
        source: str,
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
    ) -> HttpResult:
        """Send a request through a source that is only known when the program runs."""

class AnyRequests(Protocol):
    """A method of a client that sends requests; the parts are those of the source."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: Literal["alb"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        multi_value: bool = False,
        host: str = "shop-123456789.eu-west-1.elb.amazonaws.com",
        client_ip: str = "203.0.113.7",
        target_group: str = "shop",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: Literal["alb.multi_value"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        multi_value: bool = False,
        host: str = "shop-123456789.eu-west-1.elb.amazonaws.com",
        client_ip: str = "203.0.113.7",
        target_group: str = "shop",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: Literal["api_gateway_http"] = ...,
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        route_key: str = "$default",
        stage: str = "$default",
        claims: Mapping[str, Any] | None = None,
        authorizer: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        host: str = "h1t2t3p4a5.execute-api.eu-west-1.amazonaws.com",
        client_ip: str = "203.0.113.7",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: Literal["api_gateway_rest"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        resource: str | None = None,
        stage: str = "prod",
        base_path: str = "",
        claims: Mapping[str, Any] | None = None,
        authorizer: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        host: str = "x1y2z3w4v5.execute-api.eu-west-1.amazonaws.com",
        client_ip: str = "203.0.113.7",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: Literal["api_gateway_rest.payload_v1"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        resource: str | None = None,
        stage: str = "prod",
        base_path: str = "",
        claims: Mapping[str, Any] | None = None,
        authorizer: Mapping[str, Any] | None = None,
        stage_variables: Mapping[str, str] | None = None,
        host: str = "x1y2z3w4v5.execute-api.eu-west-1.amazonaws.com",
        client_ip: str = "203.0.113.7",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: Literal["function_url"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        claims: Mapping[str, Any] | None = None,
        host: str = "u1r2l3f4u5n6c7t8.lambda-url.eu-west-1.on.aws",
        client_ip: str = "203.0.113.7",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: Literal["vpc_lattice"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        host: str = ...,
        client_ip: str = "10.0.12.34",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: Literal["vpc_lattice_v2"],
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        claims: Mapping[str, Any] | None = None,
        host: str = ...,
        client_ip: str = "10.0.12.34",
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names."""
    @overload
    def __call__(
        self,
        method: str,
        path: str,
        *,
        source: str,
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
    ) -> HttpResult:
        """Send a request through a source that is only known when the program runs."""
