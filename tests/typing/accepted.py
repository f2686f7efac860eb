"""The public face as type checkers see it: mypy --strict and basedpyright accept every line of this file.

It is never run. What must be refused is in refused.py; test_typing.py holds both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol, assert_type

from aws_lambda_powertools import Logger, Metrics, Tracer

import lambda_router
from lambda_router import (
    BatchError,
    ConfigurationError,
    Cookie,
    Cors,
    Depends,
    DispatchError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    Header,
    HTTPError,
    Invocation,
    MissingDependencyError,
    NoRouteError,
    PayloadError,
    PublicError,
    Query,
    Reject,
    Request,
    Resource,
    Response,
    ResultError,
    Retry,
    Router,
    RouterError,
    UnknownEventError,
    UploadFile,
    compress,
    conditional,
    criteria,
    detect,
)
from lambda_router.explain import Explanation
from lambda_router.http.forms import FormData
from lambda_router.http.request import Headers, Values
from lambda_router.http.response import ResponseHeaders
from lambda_router.http.routes import Converter, Http, Verb
from lambda_router.router import Entrypoint
from lambda_router.source import EventSource, Lazy, Route, RouteFactory, field
from lambda_router.sources.alb import Alb
from lambda_router.sources.alexa import Alexa
from lambda_router.sources.alexa_smart_home import AlexaSmartHome
from lambda_router.sources.api_gateway_authorizer import ApiGatewayAuthorizer
from lambda_router.sources.api_gateway_http import ApiGatewayHttp
from lambda_router.sources.api_gateway_rest import ApiGatewayRest
from lambda_router.sources.api_gateway_websocket import ApiGatewayWebsocket
from lambda_router.sources.appsync import AppSync
from lambda_router.sources.appsync_events import AppSyncEvents
from lambda_router.sources.bedrock_agent import BedrockAgent
from lambda_router.sources.cloudformation import CloudFormation
from lambda_router.sources.cloudfront import CloudFront
from lambda_router.sources.codedeploy_hook import CodeDeployHook
from lambda_router.sources.codepipeline import CodePipeline
from lambda_router.sources.cognito import Cognito, Trigger
from lambda_router.sources.config import Config
from lambda_router.sources.eventbridge import EventBridge, Schedule
from lambda_router.sources.function_url import FunctionUrl
from lambda_router.sources.iot import Iot
from lambda_router.sources.lex import Lex
from lambda_router.sources.lex_v2 import LexV2
from lambda_router.sources.s3 import S3
from lambda_router.sources.s3_object_lambda import S3ObjectLambda
from lambda_router.sources.ses import Ses
from lambda_router.sources.sqs import Sqs
from lambda_router.sources.vpc_lattice import VpcLattice
from lambda_router.sources.vpc_lattice_v2 import VpcLatticeV2
from lambda_router.testing import BatchResult, Client, HttpResult, LambdaContext, Result, event

# -- the hub ------------------------------------------------------------------------------------------------

app = Router()
Router(partial=True)
Router(partial=False)
Router(partial=["orders", "arn:aws:sqs:eu-west-1:123456789012:payments.fifo"])
Router(partial=("orders",))
Router(all_failed="raise")
Router(all_failed="report")
Router(deadline_margin=2)
Router(deadline_margin=0.5)
Router(base_path="/v1")
Router(cors=True)
Router(cors="https://shop.example.com")
Router(cors=["https://shop.example.com", "https://*.example.org"])
Router(cors=Cors("https://shop.example.com", allow_methods="*", expose_headers=["x-a"], max_age=600))
Router(cors=Cors(["https://shop.example.com"], allow_credentials=True))
Router(logger=Logger(), metrics=Metrics(namespace="Shop"), tracer=Tracer())
Router(base_path=["/v1", "/v2"])
Router(warmup={"source": ["warmer"]})
Router(warmup=lambda event: event == {"warm": True})
Router(debug=True)

assert_type(app({"Records": []}), Any)
assert_type(app({"Records": []}, None), Any)
assert_type(app(None, LambdaContext()), Any)
assert_type(app.routes, tuple[Route, ...])
assert_type(app.explain({}), Explanation)
assert_type(str(app.explain({})), str)
assert_type(app.explain({}).to_dict(), dict[str, Any])
assert_type(app.only("sqs", "s3"), Entrypoint)
assert_type(app.only("sqs")({"Records": []}, None), Any)
assert_type(app.overrides, dict[Callable[..., Any], Callable[..., Any]])
app.include(Router())
app.include(Router(), prefix="/v1")
app.close()

# -- every source is a typed, lazy line ---------------------------------------------------------------------

assert_type(app.sqs, Sqs)
assert_type(app.s3, S3)
assert_type(app.eventbridge, EventBridge)
assert_type(app.schedule, Schedule)
assert_type(app.api_gateway_rest, ApiGatewayRest)
assert_type(app.api_gateway_http, ApiGatewayHttp)
assert_type(app.function_url, FunctionUrl)
assert_type(app.alb, Alb)
assert_type(app.vpc_lattice, VpcLattice)
assert_type(app.vpc_lattice_v2, VpcLatticeV2)
assert_type(app.api_gateway_websocket, ApiGatewayWebsocket)
assert_type(app.websocket, ApiGatewayWebsocket)
assert_type(app.api_gateway_authorizer, ApiGatewayAuthorizer)
assert_type(app.authorizer, ApiGatewayAuthorizer)
assert_type(app.cloudfront, CloudFront)
assert_type(app.cloudfront.viewer_request(), RouteFactory)
assert_type(app.lex, Lex)
assert_type(app.lex_v2, LexV2)
assert_type(app.alexa, Alexa)
assert_type(app.alexa_smart_home, AlexaSmartHome)
assert_type(app.appsync, AppSync)
assert_type(app.appsync_events, AppSyncEvents)
assert_type(app.bedrock_agent, BedrockAgent)
assert_type(app.http, Http)
assert_type(app.get, Verb)
assert_type(app.post, Verb)
assert_type(app.put, Verb)
assert_type(app.patch, Verb)
assert_type(app.delete, Verb)
assert_type(app.head, Verb)
assert_type(app.options, Verb)
assert_type(app.converter, Converter)
assert_type(app.codepipeline, CodePipeline)
assert_type(app.config, Config)
assert_type(app.codedeploy_hook, CodeDeployHook)
assert_type(app.s3_object_lambda, S3ObjectLambda)
assert_type(app.s3_object_lambda.get("*.txt", prefix=["a", "b"], access_point="photos"), RouteFactory)
assert_type(app.s3_object_lambda.list(access_point=["photos"]), RouteFactory)
assert_type(app.cloudformation_macro("Upper"), RouteFactory)
assert_type(app.cloudformation_hook("AWS::S3::*", action=["CREATE_*"], hook="Shop::*"), RouteFactory)
assert_type(app.ecs_deployment_hook(["PRE_SCALE_UP"], service="web"), RouteFactory)
assert_type(app.transfer_family(protocol="SFTP", user=["a", "b-*"]), RouteFactory)
assert_type(app.iot_authorizer(policies=[{"Version": "2012-10-17"}], refresh_after=300), RouteFactory)
app.codepipeline = CodePipeline(app, client=object())
app.config.client = object()
assert_type(Router.sqs, Lazy[Sqs])
assert_type(Router.sqs.load(), type[Sqs])

# -- every form of every decorator --------------------------------------------------------------------------


def layer(invocation: Invocation, call_next: Callable[[Invocation], Any]) -> Any:
    return call_next(invocation)


assert_type(app.sqs("orders"), RouteFactory)
app.sqs(["orders", "refunds-*"], partial=True, name="orders")
app.sqs("orders", attributes={"kind": "order", "tenant": ["a", "b-*"]}, pattern={"body": {"total": [1]}})
app.sqs("orders", partial=None, middleware=[layer])
app.sqs.batch("orders", partial=False)
app.s3("uploads")
app.s3("uploads", "images/*", "ObjectCreated:*")
app.s3(["uploads", "archive-*"], key=["a", "b"], event=["ObjectCreated:Put"], prefix="a", suffix=[".jpg"])
app.s3.object_created(
    "uploads", prefix="images/", suffix=".jpg", key="*", pattern={"awsRegion": ["eu-west-1"]}
)
app.s3.object_removed("uploads")
app.eventbridge()
app.eventbridge(source="shop", detail_type=["A", "B"], detail={"total": [{"numeric": [">", 100]}]})
app.eventbridge(pattern={"source": ["shop"]}, account="1", region=["eu-west-1"], resource="arn:*", name="all")
app.schedule()
app.schedule("nightly-*")
app.schedule(["nightly", "hourly"], middleware=[layer], name="clock")
app.get("/orders/{order_id:int}", host="api.example.com", sources=["alb"], middleware=[layer], name="read")
app.http("/orders", methods=["GET", "HEAD"], host=["a.example.com", "*.example.com"])
app.websocket("send", stage=["beta", "prod-*"], pattern={"body": {"to": ["bob"]}}, name="send")
app.websocket("receive", middleware=[layer])
app.websocket(["send", "$default"])
app.websocket.connect(stage="prod")
app.websocket.disconnect().drop()
app.authorizer(kind="token", path=["/orders/*", "/users"], simple=True, middleware=[layer], name="who")
lambda_router.Allow("ada", context={"roles": ["admin"]}, resources=["GET/*"], usage_key="key")
lambda_router.Deny(resources="*")
app.cloudfront.viewer_request(uri="/old/*", host=["a.example.com"], distribution="E1", name="moved")
app.cloudfront.origin_request(middleware=[layer])
app.cloudfront.origin_response(uri=["/a", "/b"])
app.cloudfront.viewer_response().drop()
app.lex("Book*", hook="dialog", bot=["Concierge"], name="book")
app.lex_v2(["Book", "Cancel"], hook="fulfillment", bot="Concierge", locale="en_*", middleware=[layer])
app.alexa.launch(locale="en-*", skill_id=["amzn1.ask.skill.one"])
app.alexa.intent(["AMAZON.StopIntent", "Order*"], name="order")
app.alexa.session_ended()
app.alexa.request("AudioPlayer.*", middleware=[layer])
app.alexa_smart_home("Alexa.PowerController", ["TurnOn", "TurnOff"], endpoint="lamp", name="switch")
app.appsync("Query", ["order", "orders"], name="orders")
app.appsync.batch("Order", "customer")
app.appsync_authorizer(api="abc*")
app.appsync_events.publish("/orders/*")
app.appsync_events.subscribe(["/orders/*", "/chat/*"])
app.bedrock_agent("find_order", action_group="Orders", agent="shop")
app.bedrock_agent.operation(["GET", "PUT"], "/orders/{id}")
lambda_router.Allow(context={"a": 1}, denied_fields=["Order.cost"], ttl=60)
lambda_router.AgentResponse({"id": 7}, state="REPROMPT", session_attributes={"a": "b"})
lambda_router.Argument("orderId")
lambda_router.Close("Booked.", state="Failed", session_attributes={"a": "b"})
lambda_router.Delegate(slots={"City": None})
lambda_router.ElicitSlot(
    "City", ["Which?", {"contentType": "SSML", "content": "<speak/>"}], style="SpellByLetter"
)
lambda_router.ElicitIntent("What may I do?", card={"title": "Menu"})
lambda_router.ConfirmIntent("Right?", intent="Book")
lambda_router.Speech("Hi", reprompt=lambda_router.Speech(ssml="<speak>Well?</speak>"), end_session=False)
assert_type(app.s3("uploads", key="tmp/*").drop(), None)
assert_type(app.add_route("sqs", print, criteria=()), Route)
assert_type(app.add_route(app.sqs, None), Route)

# -- a decorated function keeps its exact type --------------------------------------------------------------


@dataclass
class Order:
    id: int
    total: float = 0.0


@app.sqs("orders", partial=True)
def on_order(order: Order, receive_count: int, *, message_id: str = "") -> bool:
    return order.id == receive_count and message_id != ""


assert_type(on_order(Order(1), 2), bool)
assert_type(on_order(Order(1), receive_count=2, message_id="m"), bool)


class Read(Protocol):
    """What `read` is, parameter names and all."""

    def __call__(self, order_id: int, expand: bool = ...) -> dict[str, int]: ...


@app.get("/orders/{order_id}")
def read(order_id: int, expand: bool = False) -> dict[str, int]:
    return {"id": order_id, "expand": expand}


still_read: Read = read
assert_type(read(1), dict[str, int])


@app.post("/orders")
async def create(order: Order) -> tuple[Order, int]:
    return order, 201


async def await_create() -> None:
    assert_type(await create(Order(1)), tuple[Order, int])


class Service:
    """A service whose bound methods are handlers."""

    def handle(self, body: dict[str, Any]) -> None: ...

    def __call__(self, key: str) -> int:
        return len(key)


service = Service()
assert_type(app.sqs("service")(service.handle)({}), None)
assert_type(app.s3("service")(service), Service)


@app.sqs.batch("bulk")
def on_bulk(records: list[dict[str, Any]]) -> list[str]:
    return [record["messageId"] for record in records]


assert_type(on_bulk([]), list[str])


@app.eventbridge(source="shop")
def on_event(order: Order, detail_type: str, resources: list[str]) -> None: ...


@app.schedule("nightly")
def on_night(time: str) -> str:
    return time


assert_type(on_night("2030-01-01T00:00:00Z"), str)


assert_type(app.cognito, Cognito)
assert_type(app.cognito.pre_sign_up, Trigger)
assert_type(app.cognito.pre_sign_up(user_pool="eu-west-1_*", client_id=["a", "b"]), RouteFactory)


@app.cognito.verify_auth_challenge()
@app.cognito(trigger="VerifyAuthChallengeResponse_*")
def on_challenge_answer(request: dict[str, Any]) -> dict[str, bool]:
    return {"answerCorrect": bool(request)}


assert_type(on_challenge_answer({}), dict[str, bool])
app.connect(parameters={"task": ["order"]}, channel="CHAT", queue=["a", "b"], json=True).drop()
app.cognito_sync("scores").drop()
app.secrets_manager.create_secret(secret="shop/*").drop()
app.secrets_manager.finish("arn", "token")


@app.http("/search", methods=["GET", "POST"])
def search(
    q: str,
    page_size: Annotated[int, Query(alias="page-size")] = 10,
    user_agent: Annotated[str | None, Header()] = None,
    session: Annotated[str, Cookie("sid")] = "",
) -> Response:
    return Response({"q": q, "size": page_size, "agent": user_agent, "session": session})


assert_type(search("a"), Response)


@app.default
def on_anything(event: Any) -> None: ...


assert_type(on_anything({}), None)


@app.middleware
def timed(invocation: Invocation, call_next: Callable[[Invocation], Any]) -> Any:
    return call_next(invocation)


@app.middleware
async def traced(invocation: Invocation, call_next: Callable[[Invocation], Any]) -> Any:
    return await call_next(invocation)


app.use(layer)


@app.exception_handler(KeyError, ValueError, sources=["alb"])
def on_key_error(exc: Exception, invocation: Invocation) -> tuple[dict[str, str], int]:
    return {"error": type(exc).__name__}, 404


# -- dependencies -------------------------------------------------------------------------------------------


class Database:
    """Something that is connected to."""

    def find(self, key: int) -> str:
        return str(key)


def connect(invocation: Invocation) -> Any:
    yield Database()


def user_of(headers: dict[str, str]) -> str:
    return headers.get("x-user", "")


@app.get("/users")
def users(
    database: Annotated[Database, Depends(connect, scope="invocation")],
    user: Annotated[str, Depends(user_of)],
    again: Database = Depends(connect),
    data: Path = app.efs("/mnt/data"),
    models: Annotated[Path, app.efs(Path("/mnt/models"), write=False, timeout=1)] = Path(),
) -> str:
    assert_type(database, Database)
    assert_type(user, str)
    assert_type(again, Database)
    return database.find(1) + again.find(2) + user


app.overrides[connect] = Database


@app.lifespan
def open_pool() -> Any:
    yield {"pool": Database()}


@app.lifespan
async def open_client(app: Router) -> Any:
    yield


app.mount("/shop", print, kind="wsgi", sources=["alb"], host="shop.example.com", middleware=[], name="shop")


# -- invocation, request, response, errors ------------------------------------------------------------------


def invocation_attributes(invocation: Invocation) -> None:
    assert_type(invocation.event, Any)
    assert_type(invocation.context, Any)
    assert_type(invocation.source, str | None)
    assert_type(invocation.route, Route | None)
    assert_type(invocation.record, Any)
    assert_type(invocation.request_id, str | None)
    assert_type(invocation.correlation_id, str | None)
    assert_type(invocation.remaining(), float | None)
    assert_type(invocation.state, dict[str, Any])
    assert_type(invocation.cold_start, bool)


def route_attributes(route: Route) -> None:
    assert_type(route.source, str)
    assert_type(route.criteria, dict[str, Any])
    assert_type(route.handler, Callable[..., Any] | None)
    assert_type(route.name, str)


def request_attributes(request: Request) -> None:
    assert_type(request.method, str)
    assert_type(request.path, str)
    assert_type(request.raw_path, str)
    assert_type(request.query, Values)
    assert_type(request.query.all("tag"), list[str])
    assert_type(request.headers, Headers)
    assert_type(request.headers["accept"], str)
    assert_type(request.cookies, dict[str, str])
    assert_type(request.body, bytes)
    assert_type(request.text, str)
    assert_type(request.json(), Any)
    assert_type(request.form(), FormData)
    assert_type(request.form()["user"], str)
    assert_type(request.form().files["photo"], UploadFile)
    assert_type(request.form().files.all("photo"), list[UploadFile])
    assert_type(request.form().files["photo"].content, bytes)
    assert_type(request.form().files["photo"].content_type, str | None)
    assert_type(request.client_ip, str | None)
    assert_type(request.claims, dict[str, Any])
    assert_type(request.path_params, dict[str, Any])
    assert_type(request.stage, str | None)
    assert_type(request.source, str)
    assert_type(request.event, Any)


@app.converter("sku")
def sku(text: str) -> tuple[str, int]:
    return text, 1


assert_type(sku("a"), tuple[str, int])
Router(trailing_slash="redirect")

response = Response({"id": 1}, 201, headers={"x-a": "1", "x-b": ["1", "2"]}, cookies=["a=1; HttpOnly"])
Response(b"\x89PNG", content_type="image/png", cookies={"a": "1"})
assert_type(Response.redirect("/new", 303, cookies={"a": "1"}), Response)
assert_type(Response.file(Path("a.pdf"), directory="files", filename="b.pdf", inline=True), Response)
response.set_cookie("a", "1", max_age=60, same_site="Strict", path=None)
response.delete_cookie("a", domain="example.com")
app.use(compress(minimum=100, level=9, sources=["alb"]))
app.get(
    "/described",
    summary="S",
    description="D",
    tags=["a"],
    deprecated=True,
    operation_id="x",
    responses={404: "Not there", "5XX": {"description": "Broken"}, 409: dict[str, int]},
    security=["key", {"oauth": ["read"]}],
    include_in_schema=False,
)(lambda: "x")
assert_type(app.openapi(title="Shop", version="2", servers=["/", {"url": "/v1"}]), dict[str, Any])
app.docs("/help", openapi_path="/help.json", middleware=[layer], title="Shop", security_schemes={"key": {}})
app.get("/compressed", middleware=[compress(), conditional()])(lambda: "x")
app.post("/promised", response_model=dict[str, int], status=201)(lambda: {"a": 1})
app.http("/promised", methods=["PUT"], response_model=list[int], status=202)(lambda: [1])
assert_type(response.status, int)
assert_type(response.headers, ResponseHeaders)
assert_type(response.cookies, list[str])
response.headers["x-c"] = "2"
response.status = 202

assert_type(HTTPError(404).status, int)
assert_type(HTTPError(404, {"why": "gone"}, headers={"retry-after": "1"}).headers, dict[str, str])
assert_type(Retry(after=30).after, float | None)
Retry("busy")
Drop("a duplicate")
Drop()
Reject("malformed")
PublicError("The shop is closed.")


def error_attributes(error: RouterError) -> None:
    if isinstance(error, UnknownEventError):
        assert_type(error.seen, tuple[str, ...])
    if isinstance(error, NoRouteError):
        assert_type(error.source, str)
        assert_type(error.suggestion, str | None)
    if isinstance(error, BatchError):
        assert_type(error.failed, int)
        assert_type(error.not_started, int)
        assert_type(error.total, int)
        assert_type(error.classes, dict[str, int])
    if isinstance(error, PayloadError):
        assert_type(error.part, str)
        assert_type(error.errors, tuple[Mapping[str, Any], ...])
    if isinstance(error, ResultError):
        assert_type(error.path, str)


dispatch: Sequence[type[DispatchError]] = [UnknownEventError, NoRouteError, PayloadError]
configuration: Sequence[type[ConfigurationError]] = [
    HandlerSignatureError,
    DuplicateRouteError,
    MissingDependencyError,
]

# -- names of the package that are imported when they are asked for -----------------------------------------

assert_type(detect({"Records": []}), str | None)
assert_type(lambda_router.detect(None), str | None)
assert_type(lambda_router.Response(), Response)
assert_type(lambda_router.__version__, str)

# -- testing ------------------------------------------------------------------------------------------------

client = Client(app)
Client(app.only("sqs"), timeout=10.0)
Client(lambda event, context: None, context=LambdaContext(timeout=1))
assert_type(event("sqs", body={"id": 1}, queue="orders"), dict[str, Any])
assert_type(client.get("/orders/7"), HttpResult)
assert_type(client.get("/orders", source="alb", query={"page": 2}, headers={"accept": "*/*"}), HttpResult)
assert_type(client.post("/orders", json={"id": 1}).json(), Any)
assert_type(client.put("/orders/1", data="text", cookies={"sid": "1"}).status, int)
assert_type(client.delete("/orders/1").headers, Headers)
assert_type(client.patch("/orders/1").body, bytes)
assert_type(client.head("/orders/1").text, str)
assert_type(client.options("/orders/1").cookies, dict[str, str])
assert_type(client.sqs("orders", [{"id": 1}, "not json"]), BatchResult)
assert_type(client.sqs("orders", [1]).failed, list[Any])
assert_type(client.sqs("orders", [1]).succeeded, list[Any])
assert_type(client.s3("uploads", "images/a b.jpg"), BatchResult)
assert_type(client.eventbridge(source="shop", detail_type="OrderPlaced", detail={"id": 1}), BatchResult)
assert_type(client.schedule("nightly"), BatchResult)
assert_type(client.cognito("pre_sign_up", username="ada"), Result)
assert_type(client.cognito_sync("scores", {"level": "4"}), Result)
assert_type(client.connect({"task": "order"}, channel="CHAT"), Result)
assert_type(client.secrets_manager("create_secret", "shop/database"), Result)
assert_type(client.send({"any": "event"}), Result)
assert_type(client.send({"any": "event"}).source, str | None)
assert_type(client.send({"any": "event"}).route, str | None)
assert_type(client.send({"any": "event"}).error, BaseException | None)
assert_type(client.send({"any": "event"}).response, Any)
assert_type(client.send({"any": "event"}).raise_for_error(), Result)
with Client(app) as opened:
    assert_type(opened, Client)

context = LambdaContext(timeout=3, function_name="shop", memory_limit_in_mb=256)
context.advance(1.5)
assert_type(context.get_remaining_time_in_millis(), int)
assert_type(context.aws_request_id, str)

# -- a source of a third party: one class, one line on a subclass -------------------------------------------


class Telegraph(EventSource):
    """Telegrams."""

    name = "telegraph"
    marks = ("telegram",)
    content = {"text": field("telegram", "text")}
    parts = {"sender": field("telegram", "from")}
    payload = "text"

    def __call__(self, to: str, *, urgent: bool | None = None) -> RouteFactory:
        """Telegrams to a place."""
        wanted = None if urgent is None else {"urgent": [urgent]}
        return self.route(
            criteria.glob("to", field("telegram", "to"), to),
            criteria.pattern("urgent", field("telegram"), wanted),
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A telegram."""
        return isinstance(event, dict) and "telegram" in event


class Office(Router):
    """A router with one more source."""

    telegraph: Lazy[Telegraph] = Lazy("telegraphy:Telegraph")
    """Telegrams."""


office = Office(partial=True)
assert_type(office.telegraph, Telegraph)
assert_type(office.sqs, Sqs)


@office.telegraph("Kyiv", urgent=True)
def on_telegram(text: str, sender: str) -> str:
    return sender + text


assert_type(on_telegram("stop", sender="me"), str)

# -- a source of which one decorator has parts, and which is made with arguments of its own ------------------

stacks = Router()
stacks.cloudformation = CloudFormation(stacks, hosts=["localhost:4566"])
bucket = stacks.cloudformation("Custom::Bucket", name="bucket")


@bucket.create
def create_bucket(properties: dict[str, Any]) -> Resource:
    return Resource("uploads", {"Arn": "arn"}, no_echo=True)


@bucket
def rest(physical_id: str | None) -> None: ...


bucket.delete.drop()
assert_type(create_bucket({}), Resource)
assert_type(stacks.cloudformation, CloudFormation)
assert_type(rest(None), None)

# -- asynchronous rooms -----------------------------------------------------------------------------------------

things = Router()
assert_type(things.iot, Iot)
assert_type(things.ses, Ses)
things.iot()
things.iot(when=lambda payload: payload["percent"] < 20)
things.iot(
    ["plants/+", "trees/+"], when={"percent": [1]}, pattern={"percent": [1]}, middleware=[], name="dry"
)


@things.iot("plants/{plant}/#", when=dict[str, int])
def on_moisture(plant: str, payload: dict[str, int]) -> None: ...


@things.iot.registry()
@things.iot.registry(["THING_EVENT", "THING_GROUP_*"], operation="CREATED", pattern={"thingName": ["a"]})
@things.iot_events("pump", state=["Hot"], event_name="too*", pattern={"eventName": ["tooHot"]})
@things.codecommit("shop", ref=["main"], trigger="on-*", pattern={"customData": ["a"]})
def on_thing(event: dict[str, Any]) -> None: ...


@things.ses(
    recipient="a@*", sender=["b@*"], subject="*", verdicts={"spam": ["FAIL"]}, pattern={"ses": {"a": [1]}}
)
def on_mail(message_id: str) -> str:
    return "STOP_RULE"


assert_type(on_mail("m-1"), str)
assert_type(Client(things).iot("plants/fern", {"percent": 1}), Result)
assert_type(Client(things).ses("a@example.com", invocation_type="Event"), Result)
assert_type(Client(things).codecommit("shop", "main", change="deleted"), BatchResult)


beyond = Router()


@beyond.cloudwatch_alarm("orders-*", state="ALARM", previous_state=["OK", "INSUFFICIENT_DATA"])
def on_alarm(alarm: dict[str, Any], state: dict[str, Any]) -> None: ...


@beyond.lambda_destination.failure("orders", condition="RetriesExhausted", unwrap=True)
def on_given_up(request: dict[str, Any], attempts: int) -> None: ...


@beyond.documentdb("shop", "orders", operation=["insert", "update"])
def on_change(document: dict[str, Any] | None, key: dict[str, Any]) -> None: ...


@beyond.pipes.enrichment("orders")
def enrich(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return events


assert_type(enrich([]), list[dict[str, Any]])
