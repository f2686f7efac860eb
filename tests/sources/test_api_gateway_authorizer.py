"""Lambda authorizers of Amazon API Gateway: parts, routes, decisions judged by the contract model, 401, secrets."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.api_gateway_authorizer_event import (
    APIGatewayAuthorizerEventV2,
    APIGatewayAuthorizerRequestEvent,
    APIGatewayAuthorizerResponse,
    APIGatewayAuthorizerTokenEvent,
)
from hypothesis import given
from hypothesis import strategies as st
from models import Refused
from models import api_gateway_authorizer as model

import lambda_router
from lambda_router import (
    Allow,
    ConfigurationError,
    Deny,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PublicError,
    Reject,
    Request,
    ResultError,
    Retry,
    Router,
    detect,
)
from lambda_router.testing import Client, SampleError, event
from lambda_router.testing.events import samples

SAMPLES = {name.partition(".")[2]: sample for name, sample, _ in samples("api_gateway_authorizer")}
TOKEN, REQUEST, WEBSOCKET = SAMPLES["token"], SAMPLES["request_full"], SAMPLES["websocket_full"]
V1, V2 = SAMPLES["payload_v1_full"], SAMPLES["payload_v2_full"]
KINDS = {"token": TOKEN, "request": REQUEST, "websocket": WEBSOCKET, "v1": V1, "v2": V2}
every_kind = pytest.mark.parametrize("sent", KINDS.values(), ids=KINDS)
with_a_401 = pytest.mark.parametrize(
    "sent", [TOKEN, REQUEST, WEBSOCKET], ids=["token", "request", "websocket"]
)
of_http_apis = pytest.mark.parametrize("simple", [False, True])
API = "arn:aws:execute-api:eu-central-1:111122223333:p9r3t7w1zc"
FLAT = {"text": "a", "number": 7, "fraction": 1.5, "truth": True, "nothing": None}
DEEP = {"roles": ["admin"], "user": {"id": 7}}


def arn_of(sent: Any) -> str:
    return str(sent.get("routeArn") or sent["methodArn"])


def ask(sent: Any, handler: Any, *, simple: bool = False) -> Any:
    """The answer of an app with this handler, which API Gateway takes."""
    app = Router()
    app.authorizer(simple=simple)(handler)
    before = json.dumps(sent)
    answer = app(sent)
    assert json.dumps(sent) == before
    model.check(answer, sent, simple=simple)
    return answer


def returning(sent: Any, value: Any, *, simple: bool = False) -> Any:
    return ask(sent, lambda: value, simple=simple)


def raising(sent: Any, exc: BaseException, *, simple: bool = False) -> Any:
    def handler() -> None:
        raise exc

    return ask(sent, handler, simple=simple)


def decided(answer: Any) -> bool:
    """Whether the answer lets the caller in."""
    if "isAuthorized" in answer:
        return bool(answer["isAuthorized"])
    return {s["Effect"] for s in answer["policyDocument"]["Statement"]} == {"Allow"}


def given_to(signature: str, sent: Any) -> Any:
    """What a handler with this signature is given for the event."""
    seen: list[Any] = []
    names: dict[str, Any] = {
        "Any": Any,
        "Token": APIGatewayAuthorizerTokenEvent,
        "Question": APIGatewayAuthorizerRequestEvent,
        "QuestionV2": APIGatewayAuthorizerEventV2,
        "seen": seen,
    }
    exec(f"def handler({signature}):\n    seen.append(dict(locals()))\n    return True", names)
    ask(sent, names["handler"])
    return seen[0]


def policy(sent: Any, effect: str, **changes: Any) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": arn_of(sent)}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "user", "policyDocument": document, **changes}


# -- the model and the helpers -------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG)
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG_SIMPLE)
def test_the_model_refuses_what_is_wrong_for_simple_responses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent, simple=True)


def test_decisions() -> None:
    assert bool(Allow()) is True
    assert bool(Deny()) is False
    assert Allow("a") == Allow("a") != Allow("b")
    assert Allow("a") != Deny("a")
    assert Allow("a", context={"x": 1}) != Allow("a")
    shown = repr(Allow("ada", context={"key": "CANARY"}, usage_key="CANARY", resources=["GET/a"]))
    assert shown.startswith("Allow('ada', ")
    assert "CANARY" not in shown
    assert repr(Deny()) == "Deny()"
    with pytest.raises(TypeError):
        Allow("ada", {"key": 1})  # type: ignore[misc]


def test_the_short_name_is_the_room() -> None:
    app = Router()
    assert app.authorizer is app.api_gateway_authorizer
    assert lambda_router.Allow is Allow


# -- whose it is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("token", {"type": "token"}),
        ("token", {"type": None}),
        ("token", {"authorizationToken": None}),
        ("token", {"authorizationToken": 7}),
        ("token", {"methodArn": None}),
        ("token", {"methodArn": ["arn:aws:x"]}),
        ("token", {"methodArn": "GET/orders"}),
        ("token", {"requestContext": None}),
        ("request", {"requestContext": "text"}),
        ("request", {"type": "QUERY"}),
        ("request", {"methodArn": 7}),
        ("v2", {"routeArn": None}),
        ("v2", {"version": "1.0"}),
        ("v1", {"version": "2.0"}),
        ("request", {"requestContext": {"elb": {}}}),
    ],
)
def test_a_question_that_does_not_prove_itself_is_not_claimed(name: str, changes: Any) -> None:
    assert detect(KINDS[name]) == "api_gateway_authorizer"
    assert detect({**KINDS[name], **changes}) != "api_gateway_authorizer"


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "token", "arn"),
    [
        (TOKEN, "Bearer sample-token-1", f"{API}/live/PUT/orders/417"),
        (REQUEST, "Bearer sample-token-2", f"{API}/live/DELETE/orders/417"),
        (WEBSOCKET, "sample-token-3", f"{API}/live/$connect"),
        (V1, "sample-token-4,acme", f"{API}/$default/PATCH/orders/418"),
        (V2, "Bearer sample-token-6", f"{API}/beta/POST/orders/420"),
        (SAMPLES["payload_v2_no_identity"], None, f"{API}/$default/GET/health"),
    ],
)  # fmt: skip
def test_the_token_and_the_arn(sent: Any, token: Any, arn: str) -> None:
    assert given_to("token, arn", sent) == {"token": token, "arn": arn}


@pytest.mark.parametrize(
    ("sent", "method", "path", "stage", "ip"),
    [
        (TOKEN, "PUT", "/orders/417", None, None),
        (REQUEST, "DELETE", "/orders/417", "live", "198.51.100.24"),
        (WEBSOCKET, "GET", "/$connect", "live", "198.51.100.24"),
        (V1, "PATCH", "/orders/418", "$default", "198.51.100.24"),
        (V2, "POST", "/orders/420", "beta", "198.51.100.24"),
    ],
)
def test_the_request_that_is_asked_about(sent: Any, method: str, path: str, stage: Any, ip: Any) -> None:
    request = given_to("request", sent)["request"]
    assert isinstance(request, Request)
    assert (request.method, request.path, request.stage, request.client_ip) == (method, path, stage, ip)
    assert (request.source, request.event, request.claims) == ("api_gateway_authorizer", sent, {})


def test_headers_query_and_cookies() -> None:
    for sent in (REQUEST, V2):
        found = given_to("headers, query, request", sent)
        assert found["headers"]["X-TENANT"] == "acme"
        assert found["query"].all("expand") == ["lines", "customer"]
        assert found["query"]["q"] == "green tea"
        assert found["request"].cookies["session"].startswith("s-8")
    assert given_to("headers, query", TOKEN) == {"headers": {}, "query": {}}
    assert given_to("query", WEBSOCKET)["query"] == {"room": "red"}
    assert given_to("headers: dict", V1)["headers"]["x-tenant"] == "acme"


def test_the_token_may_be_in_the_header_alone() -> None:
    for sent in (REQUEST, WEBSOCKET):
        renamed = json.loads(json.dumps(sent).replace('"Authorization"', '"aUTHORIZATION"'))
        assert given_to("token", renamed)["token"].endswith(("token-2", "token-3"))


def test_powertools_classes_are_wrapped_around_the_event() -> None:
    assert given_to("event: Token", TOKEN)["event"].authorization_token
    assert given_to("request: Question", REQUEST)["request"].http_method == "DELETE"
    assert given_to("request: QuestionV2", V2)["request"].raw_path == "/beta/orders/420"


def test_the_invocation_has_the_gateways_id() -> None:
    assert (
        given_to("invocation", REQUEST)["invocation"].correlation_id == "0e9d3f51-7b2a-4c86-9f10-5d4e8a7b6c23"
    )
    assert given_to("invocation", TOKEN)["invocation"].correlation_id is None


@pytest.mark.parametrize("signature", ["body", "record", "principal", "tokn", "payload: dict"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.authorizer"):
        given_to(signature, TOKEN)


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "options", "expected"),
    [
        (TOKEN, {}, True),
        (TOKEN, {"kind": "token"}, True),
        (TOKEN, {"kind": "request"}, False),
        (REQUEST, {"kind": "request"}, True),
        (V2, {"kind": "token"}, False),
        (WEBSOCKET, {"kind": "request"}, True),
        (TOKEN, {"path": "/orders/417"}, True),
        (TOKEN, {"path": "/orders/4"}, False),
        (TOKEN, {"path": "/orders/*"}, True),
        (REQUEST, {"path": ["/users/*", "/orders/*"]}, True),
        (REQUEST, {"path": "/live/orders/417"}, False),
        (V1, {"path": "/orders/418"}, True),
        (V2, {"path": "/orders/420"}, True),
        (V2, {"path": "/beta/orders/420"}, False),
        (WEBSOCKET, {"path": "/$connect"}, True),
        ({**REQUEST, "path": "/orders/%34%31"}, {"path": "/orders/41"}, True),
        ({**REQUEST, "path": "/orders/%ff"}, {"path": "/orders/*"}, False),
        ({**TOKEN, "methodArn": "arn:aws:execute-api:r:a:api/stage/GET/"}, {"path": "/"}, True),
        ({**TOKEN, "methodArn": "arn:aws:execute-api:r:a:api"}, {"path": "/"}, True),
    ],
)
def test_which_questions_a_route_takes(sent: Any, options: Any, expected: bool) -> None:
    app = Router()
    app.authorizer(**options)(lambda: True)
    if expected:
        assert decided(app(sent))
        return
    with pytest.raises(NoRouteError) as info:
        app(sent)
    assert info.value.suggestion == "@app.authorizer()"


def test_wrong_criteria_are_refused_at_import() -> None:
    app = Router()
    for wrong in ({"kind": "TOKEN"}, {"kind": ["token"]}, {"path": 7}, {"simple": 1}, {"simple": None}):
        with pytest.raises(ConfigurationError):
            app.authorizer(**wrong)
    app.authorizer(path="/a")(lambda: True)
    with pytest.raises(DuplicateRouteError):
        app.authorizer(path="/a", simple=True)(lambda: True)


def test_a_route_that_drops_denies() -> None:
    app = Router()
    app.authorizer(path="/orders/*").drop()
    assert not decided(app(TOKEN))


# -- results -------------------------------------------------------------------------------------------------


@every_kind
def test_true_and_false(sent: Any) -> None:
    assert returning(sent, True) == policy(sent, "Allow")
    assert returning(sent, False) == policy(sent, "Deny")
    assert returning(sent, Allow()) == policy(sent, "Allow")
    assert returning(sent, Deny()) == policy(sent, "Deny")


@every_kind
def test_decisions_with_a_principal_and_a_context(sent: Any) -> None:
    assert returning(sent, Allow("ada")) == policy(sent, "Allow", principalId="ada")
    assert returning(sent, Deny("ada", context=FLAT)) == policy(sent, "Deny", principalId="ada", context=FLAT)


def test_simple_responses() -> None:
    assert returning(V2, True, simple=True) == {"isAuthorized": True}
    assert returning(V2, False, simple=True) == {"isAuthorized": False}
    assert returning(V2, Allow("ada", context=DEEP), simple=True) == {"isAuthorized": True, "context": DEEP}
    assert returning(V2, Deny(context=FLAT), simple=True) == {"isAuthorized": False, "context": FLAT}
    given: Any = {"isAuthorized": True, "context": {"a": 1}}
    assert returning(V2, given, simple=True) == given


@pytest.mark.parametrize("sent", [TOKEN, REQUEST, WEBSOCKET, V1])
def test_only_payload_format_2_has_simple_responses(sent: Any) -> None:
    assert returning(sent, True, simple=True) == policy(sent, "Allow")


def test_the_context_of_payload_format_2_may_be_deep() -> None:
    assert returning(V2, Allow("ada", context=DEEP))["context"] == DEEP


@pytest.mark.parametrize(
    ("written", "resource"),
    [
        ("*", f"{API}/live/*"),
        ("GET/orders/*", f"{API}/live/GET/orders/*"),
        ("/GET/a", f"{API}/live/GET/a"),
        ("arn:aws:execute-api:*:*:*", "arn:aws:execute-api:*:*:*"),
        (
            ["GET/a", "arn:aws:execute-api:*:*:*"],
            [
                f"{API}/live/GET/a",
                "arn:aws:execute-api:*:*:*",
            ],
        ),
    ],
)
def test_resources_are_within_the_api_and_its_stage(written: Any, resource: Any) -> None:
    for sent in (TOKEN, REQUEST, WEBSOCKET):
        answer = returning(sent, Allow("ada", resources=written))
        assert answer["policyDocument"]["Statement"][0]["Resource"] == resource


def test_a_star_that_the_client_sent_is_no_wildcard() -> None:
    sent = {**TOKEN, "methodArn": "arn:aws:execute-api:r:1:api/*/GET/users/*/all"}
    (statement,) = returning(sent, True)["policyDocument"]["Statement"]
    assert statement["Resource"] == "arn:aws:execute-api:r:1:api/*/GET/users/?/all"


def test_a_path_that_is_too_long_for_a_policy_can_only_be_denied() -> None:
    sent = {**TOKEN, "methodArn": f"arn:aws:execute-api:r:1:api/live/GET/{'x' * 600}"}
    (statement,) = returning(sent, False)["policyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert len(statement["Resource"]) == 512
    with pytest.raises(ResultError) as info:
        returning(sent, True)
    assert info.value.path == "$.policyDocument.Statement[0].Resource"
    assert decided(returning(sent, Allow("ada", resources="GET/*")))


def test_an_api_key_of_a_usage_plan() -> None:
    for sent in (TOKEN, REQUEST, WEBSOCKET):
        assert returning(sent, Allow("ada", usage_key="k-1"))["usageIdentifierKey"] == "k-1"


def test_a_policy_as_aws_has_it() -> None:
    own = {
        "principalId": "ada",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "a",
                    "Action": ["execute-api:Invoke"],
                    "Effect": "Allow",
                    "Resource": [arn_of(TOKEN)],
                },
                {"Action": "*", "Effect": "Deny", "Resource": "*", "Condition": {"Bool": {"a": "true"}}},
            ],
        },
        "context": {"a": "b"},
        "usageIdentifierKey": "k",
    }
    assert returning(TOKEN, own) == own
    assert returning(TOKEN, {**own, "context": None, "usageIdentifierKey": None}).keys() == {
        "principalId",
        "policyDocument",
    }
    theirs = APIGatewayAuthorizerResponse("ada", "eu-central-1", "111122223333", "api", "live", {"a": "b"})
    theirs.allow_all_routes()
    assert decided(returning(TOKEN, theirs.asdict()))


ONE = policy(TOKEN, "Allow")["policyDocument"]["Statement"][0]


def document(**changes: Any) -> dict[str, Any]:
    return policy(TOKEN, "Allow", policyDocument={"Version": "2012-10-17", "Statement": [{**ONE, **changes}]})


WRONG: list[tuple[Any, Any, str]] = [
    (TOKEN, None, "$"),
    (TOKEN, "Unauthorized", "$"),
    (TOKEN, 1, "$"),
    (TOKEN, [True], "$"),
    (TOKEN, b"", "$"),
    (TOKEN, {}, "$.principalId"),
    (TOKEN, {"statusCode": 401}, "$.principalId"),
    (TOKEN, {"isAuthorized": True}, "$.isAuthorized"),
    (V2, {"isAuthorized": True}, "$.isAuthorized"),
    (TOKEN, Allow(7), "$.principalId"),  # type: ignore[arg-type]
    (TOKEN, Allow(""), "$.principalId"),
    (TOKEN, Allow("a", context={"roles": ["x"]}), "$.context.roles"),
    (REQUEST, Allow("a", context={"user": {}}), "$.context.user"),
    (V1, Allow("a", context={"roles": ["x"]}), "$.context.roles"),
    (WEBSOCKET, Deny("a", context={"roles": ("x",)}), "$.context.roles"),
    (TOKEN, Allow("a", context={"n": float("nan")}), "$.context.n"),
    (TOKEN, Allow("a", context={"b": b"x"}), "$.context.b"),
    (TOKEN, Allow("a", context=["x"]), "$.context"),  # type: ignore[arg-type]
    (TOKEN, Allow("a", context={1: "x"}), "$.context"),  # type: ignore[dict-item]
    (V1, Allow("a", context={"claims": "x"}), "$.context.claims"),
    (V2, Allow("a", context={"claims": {}}), "$.context.claims"),
    (V2, Allow("a", usage_key="k"), "$.usageIdentifierKey"),
    (TOKEN, Allow("a", usage_key=7), "$.usageIdentifierKey"),  # type: ignore[arg-type]
    (TOKEN, Allow("a", resources=[]), "$.policyDocument.Statement[0].Resource"),
    (TOKEN, Allow("a", resources=[7]), "$.policyDocument.Statement[0].Resource[0]"),  # type: ignore[list-item]
    (TOKEN, Allow("a", resources="x" * 500), "$.policyDocument.Statement[0].Resource"),
    (WEBSOCKET, Allow("a", context={"n": "x" * 8192}), "$"),
    (TOKEN, policy(TOKEN, "allow"), "$.policyDocument.Statement[0].Effect"),
    (TOKEN, document(Action="s3:GetObject"), "$.policyDocument.Statement[0].Action"),
    (TOKEN, document(Action=[]), "$.policyDocument.Statement[0].Action"),
    (TOKEN, document(Resource="GET/a"), "$.policyDocument.Statement[0].Resource"),
    (TOKEN, document(Resource=["x"]), "$.policyDocument.Statement[0].Resource[0]"),
    (TOKEN, document(Principal="*"), "$.policyDocument.Statement[0].Principal"),
    (TOKEN, policy(TOKEN, "Allow", policyDocument=None), "$.policyDocument"),
    (TOKEN, policy(TOKEN, "Allow", policyDocument={"Version": "2012-10-17"}), "$.policyDocument.Statement"),
    (TOKEN, policy(TOKEN, "Allow", policyDocument={"Version": "1", "Statement": [ONE]}), "$.policyDocument.Version"),
    (TOKEN, policy(TOKEN, "Allow", extra=1), "$.extra"),
]  # fmt: skip
WRONG_SIMPLE: list[tuple[Any, str]] = [
    (None, "$"),
    ({"isAuthorized": "yes"}, "$.isAuthorized"),
    ({"context": {}}, "$.isAuthorized"),
    ({"isAuthorized": True, "principalId": "a"}, "$.principalId"),
    (policy(V2, "Allow"), "$.isAuthorized"),
    (Allow("a", resources="*"), "$.resources"),
    (Allow("a", usage_key="k"), "$.usage_key"),
    (Allow("a", context={"claims": 1}), "$.context.claims"),
    (Allow("a", context="x"), "$.context"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("sent", "value", "path"), WRONG)
def test_a_wrong_result_keeps_the_caller_out_and_names_its_field(sent: Any, value: Any, path: str) -> None:
    with pytest.raises(ResultError) as info:
        returning(sent, value)
    assert info.value.path == path


@pytest.mark.parametrize(("value", "path"), WRONG_SIMPLE)
def test_a_wrong_simple_result_names_its_field(value: Any, path: str) -> None:
    with pytest.raises(ResultError) as info:
        returning(V2, value, simple=True)
    assert info.value.path in (path, "$.policyDocument", "$.principalId")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
decisions = st.builds(
    lambda kind, principal, options: kind(principal, **options),
    st.sampled_from([Allow, Deny]),
    st.none() | st.text(max_size=4) | st.integers(),
    st.fixed_dictionaries(
        {},
        optional={
            "context": json_values | st.dictionaries(st.sampled_from(["claims", "a"]), json_values),
            "resources": json_values | st.lists(st.text(max_size=4), max_size=2),
            "usage_key": json_values,
        },
    ),
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "principalId": json_values,
        "policyDocument": json_values | st.just(policy(TOKEN, "Allow")["policyDocument"]),
        "context": json_values,
        "isAuthorized": json_values,
    },
)


@given(
    sent=st.sampled_from([*KINDS.values()]),
    value=json_values | decisions | documents,
    simple=st.booleans(),
)
def test_any_result_is_an_answer_that_is_taken_or_a_result_error(sent: Any, value: Any, simple: bool) -> None:
    logging.disable(logging.ERROR)
    try:
        answer = returning(sent, value, simple=simple)
    except ResultError:
        return
    finally:
        logging.disable(logging.NOTSET)
    allowed = value is True or isinstance(value, Allow | dict)
    assert allowed or not decided(answer)


# -- exceptions ----------------------------------------------------------------------------------------------


@with_a_401
@pytest.mark.parametrize("exc", [HTTPError(401), HTTPError(401, "no token"), Exception("Unauthorized")])
def test_a_401_is_the_bare_word(sent: Any, exc: Exception) -> None:
    with pytest.raises(Exception, match=r"\AUnauthorized\Z") as info:
        raising(sent, exc)
    assert str(info.value) == "Unauthorized"


@pytest.mark.parametrize("sent", [V1, V2])
@of_http_apis
@pytest.mark.parametrize("exc", [HTTPError(401), Exception("Unauthorized")])
def test_a_401_is_a_denial_on_http_apis(sent: Any, simple: bool, exc: Exception) -> None:
    answer = raising(sent, exc, simple=simple)
    assert not decided(answer)
    assert ("isAuthorized" in answer) is (simple and sent is V2)


@every_kind
@of_http_apis
@pytest.mark.parametrize("exc", [HTTPError(403), HTTPError(404), HTTPError(429), Drop(), Reject("no")])
def test_what_blames_the_caller_is_a_denial(sent: Any, simple: bool, exc: Exception) -> None:
    assert not decided(raising(sent, exc, simple=simple))


@every_kind
@pytest.mark.parametrize(
    "exc",
    [
        ValueError("CANARY"),
        ValueError("unauthorized"),
        ValueError("Unauthorized: no"),
        HTTPError(500),
        HTTPError(503, "CANARY"),
        Retry(),
        PublicError("closed"),
    ],
)
def test_what_blames_the_function_is_raised(sent: Any, exc: Exception) -> None:
    with pytest.raises(type(exc)) as info:
        raising(sent, exc)
    assert str(info.value) == str(exc)


@every_kind
def test_what_an_exception_says_of_its_own_class_decides_nothing(sent: Any) -> None:
    class Pretender(Exception):
        __class__ = property(lambda self: HTTPError)  # type: ignore[assignment]
        status = 401

    with pytest.raises(Pretender, match="CANARY"):
        raising(sent, Pretender("CANARY"))


@every_kind
@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit, BaseException])
def test_what_is_no_ordinary_exception_keeps_its_name(sent: Any, kind: Any) -> None:
    with pytest.raises(Exception, match="1") as info:
        raising(sent, kind(1))
    assert type(info.value).__name__ == kind.__name__


@every_kind
def test_a_token_that_is_asked_for_and_missing_is_a_denial(sent: Any) -> None:
    bare = {k: v for k, v in sent.items() if k not in ("identitySource", "headers", "multiValueHeaders")}
    if sent is not TOKEN:
        bare.pop("authorizationToken", None)

    def handler(token: str, request: Any) -> bool:
        return True

    assert decided(ask(sent, handler))
    if sent is not TOKEN:
        assert not decided(ask(bare, handler))


def test_a_path_that_is_no_text_is_a_denial() -> None:
    assert not decided(ask({**REQUEST, "path": "/%ff"}, lambda request: True))


@every_kind
def test_an_exception_handler_decides_in_the_same_forms(sent: Any) -> None:
    app = Router()
    app.exception_handler(LookupError)(lambda exc, invocation: Deny("ada", context={"why": "unknown"}))
    app.exception_handler(ValueError)(lambda exc, invocation: None)

    @app.authorizer()
    def handler(token: str) -> bool:
        raise failure

    failure: Exception = KeyError("CANARY")
    answer = app(sent)
    model.check(answer, sent)
    assert not decided(answer)
    assert answer["context"] == {"why": "unknown"}
    failure = ValueError("x")
    with pytest.raises(ValueError):
        app(sent)


def test_nothing_lets_a_caller_in_by_accident() -> None:
    app = Router()
    app.default(lambda event: None)
    for sent in KINDS.values():
        with pytest.raises(ResultError):
            app(sent)
    app = Router()
    app.use(lambda invocation, call_next: None)
    app.authorizer()(lambda: True)
    with pytest.raises(ResultError):
        app(TOKEN)


def test_a_default_and_middleware_answer_in_the_form_of_the_routes() -> None:
    app = Router()
    app.authorizer(path="/never", simple=True)(lambda: True)
    app.default(lambda event: False)
    assert app(V2) == {"isAuthorized": False}
    early = Router()
    early.use(lambda invocation, call_next: Deny())
    early.authorizer(simple=True)(lambda: True)
    assert early(V2) == {"isAuthorized": False}
    outer = Router()
    outer.include(early)
    assert outer(V2) == {"isAuthorized": False}
    mixed = Router()
    mixed.authorizer(path="/orders/420", simple=True)(lambda: True)
    mixed.authorizer()(lambda: True)
    assert mixed(V2) == {"isAuthorized": True}
    assert "policyDocument" in mixed(SAMPLES["payload_v2"])


# -- hostile events and secrets ------------------------------------------------------------------------------

ODD = [None, True, 7, 1.5, "", "text", "\ud800", [], {}, [None], {"a": []}, "%ff", "a/b/c/d/e", "arn:"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for key, inner in items for p in [(*path, key), *places(inner, (*path, key))]]


@pytest.mark.parametrize("name", ["token", "request", "websocket", "v1", "v2"])
def test_wrong_types_anywhere_raise_nothing_else_than_an_answer(name: str) -> None:
    seen: list[Any] = []

    def handler(token: Any, headers: Any, query: Any, arn: Any, request: Any, event: Any) -> bool:
        seen.append((token, headers, query, arn, request.cookies, request.claims, request.stage))
        seen.append((request.client_ip, request.method, request.path))
        return False

    app = Router()
    app.authorizer(path="/x*", kind="request")(handler)
    app.authorizer()(handler)
    app.default(lambda event: None)
    logging.disable(logging.ERROR)
    try:
        for path in places(KINDS[name]):
            for odd in ODD:
                sent = json.loads(json.dumps(KINDS[name]))
                holder = sent
                for key in path[:-1]:
                    holder = holder[key]
                holder[path[-1]] = odd
                app.explain(sent)
                try:
                    answer = app(sent)
                except ResultError as error:
                    assert "\ud800" in str(sent) or detect(sent) != "api_gateway_authorizer", error
                    continue
                if detect(sent) == "api_gateway_authorizer":
                    model.check(answer, sent)
                    assert not decided(answer)
    finally:
        logging.disable(logging.NOTSET)
    assert len(seen) > 10


@every_kind
@of_http_apis
def test_secrets_are_neither_logged_nor_shown(
    sent: Any, simple: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = json.loads(json.dumps(sent).replace("sample-token", "CANARY-token"))
    assert "CANARY" in json.dumps(secret)
    shown: list[str] = []
    app = Router()
    failure: Any = None

    @app.authorizer(simple=simple)
    def handler(token: str, request: Request, headers: Any, invocation: Any) -> bool:
        shown.extend([repr(request), repr(invocation), repr(invocation.route)])
        raise failure(f"{token} {headers!r}")

    for failure in (
        ValueError,
        SystemExit,
        lambda text: HTTPError(401, text),
        lambda text: HTTPError(403, text),
    ):
        try:
            shown.append(json.dumps(app(secret)))
        except Exception as error:
            shown.append(str(error) if str(error) == "Unauthorized" else "")
    with pytest.raises(NoRouteError) as info:
        Router()(secret)
    for text in (caplog.text, str(info.value), *shown):
        assert "CANARY" not in text


# -- collected events and the testing kit --------------------------------------------------------------------


def test_collected_events_reach_their_handlers(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    named = [file for file, label in labels.items() if label["source"] == "api_gateway_authorizer"]
    assert len(named) == 6
    for file in labels:
        sent = json.loads((shared_events / file).read_text())
        found = [room.name for room in Router.everything().rooms if room.recognise(sent)]
        assert ("api_gateway_authorizer" in found) is (file in named), file
        assert len(found) <= 1, file
    for file in named:
        sent = json.loads((shared_events / file).read_text())
        assert given_to("arn", sent)["arn"] == arn_of(sent)


def test_the_client_asks() -> None:
    app = Router()

    @app.authorizer()
    def handler(token: str, request: Request) -> Any:
        if token != "Bearer good":
            raise HTTPError(401)
        return Allow("ada", context={"path": request.path})

    client = Client(app)
    for kind in ("token", "request", "payload_v1", "payload_v2"):
        granted = client.authorizer(kind, token="Bearer good", path="/orders/9")
        assert granted.source == "api_gateway_authorizer"
        assert granted.response["context"] == {"path": "/orders/9"}
        refused = client.api_gateway_authorizer(kind, token="Bearer bad")
        if kind.startswith("payload"):
            assert not decided(refused.response)
        else:
            assert str(refused.error) == "Unauthorized"
    assert client.authorizer("websocket", token="Bearer good").response["context"] == {"path": "/$connect"}
    with pytest.raises(SampleError, match="kind is token"):
        event("api_gateway_authorizer", kind="tokens")
    with pytest.raises(SampleError, match="a path starts with a slash"):
        event("api_gateway_authorizer", path="orders")
