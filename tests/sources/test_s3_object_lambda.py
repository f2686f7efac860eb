"""Amazon S3 Object Lambda: one answer to each GetObject whatever happens, documents for the others, secrets."""

from __future__ import annotations

import copy
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes.s3_object_event import S3ObjectLambdaEvent
from botocore.exceptions import ParamValidationError, ReadTimeoutError
from botocore.stub import Stubber
from calls import Recorder, client
from e2e.functions.router import EXCEPTIONS, RESULTS
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import Refused
from models import s3_object_lambda as model

from lambda_router import (
    CallbackError,
    ConcealedError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PublicError,
    Reject,
    Response,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router import callback as waiting
from lambda_router.sources import s3_object_lambda as module
from lambda_router.sources.s3_object_lambda import S3ObjectLambda
from lambda_router.testing import Client, LambdaContext, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("s3_object_lambda")}
GET = SAMPLES["s3_object_lambda.get"]
HEAD = SAMPLES["s3_object_lambda.head"]
LIST = SAMPLES["s3_object_lambda.list_v1"]
LIST_V2 = SAMPLES["s3_object_lambda.list_v2"]
SHARED = Recorder("s3")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Where calls are recorded; between attempts nobody sleeps."""
    monkeypatch.setattr(waiting, "sleep", lambda seconds: None)
    return SHARED.clear()


def routed(handler: Any, **options: Any) -> Router:
    """An app with the handler for every operation."""
    app = Router()
    app.s3_object_lambda.client = SHARED.client
    app.s3_object_lambda.get(**options)(handler)
    app.s3_object_lambda.head(**options)(handler)
    app.s3_object_lambda.list()(handler)
    return app


def returning(result: Any) -> Router:
    """An app whose handler returns this, or raises it if it is an exception."""

    def handler() -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    return routed(handler)


def asked(app: Router, sent: Any = GET, **options: Any) -> tuple[dict[str, Any], BaseException | None]:
    """What was written for a GetObject, after the model has accepted it, and what was raised then."""
    SHARED.calls.clear()
    before = copy.deepcopy(sent)
    done = Client(app, **options).send(sent)
    assert done.response is None
    assert sent == before
    model.check(SHARED.calls, sent)
    found = dict(SHARED.calls[0][1])
    assert (found.pop("RequestRoute"), found.pop("RequestToken")) == (
        sent["getObjectContext"]["outputRoute"],
        sent["getObjectContext"]["outputToken"],
    )
    return found, done.error


def written(result: Any) -> dict[str, Any]:
    """What is written where a handler returns this and nothing is raised."""
    found, error = asked(returning(result))
    assert error is None
    return found


def answer(result: Any, sent: Any = HEAD) -> Any:
    """The document of a HeadObject or a list, after the model has accepted it."""
    SHARED.calls.clear()
    done = Client(result if isinstance(result, Router) else returning(result)).send(sent).raise_for_error()
    model.check(done.response, sent)
    assert SHARED.calls == []
    return done.response


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given_", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(given_: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(given_, sent)


@pytest.mark.parametrize(("given_", "sent"), model.RIGHT)
def test_the_model_accepts(given_: Any, sent: Any) -> None:
    model.check(given_, sent)


# -- parts and routes ----------------------------------------------------------------------------------------


def given_to(parameters: str, sent: Any = GET) -> Any:
    seen: list[Any] = []
    space: dict[str, Any] = {"seen": seen, "S3ObjectLambdaEvent": S3ObjectLambdaEvent}
    exec(f"def handler({parameters}):\n seen.append(dict(locals()))\n return b''", space)
    Client(routed(space["handler"])).send(sent)
    return seen[0]


CONTEXT = GET["getObjectContext"]


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("url", CONTEXT["inputS3Url"]),
        ("route", "io-use1-001"),
        ("token", "example-token-of-answer"),
        ("key", "images/über a+b.png"),
        ("operation", "GetObject"),
        ("user_request", GET["userRequest"]),
        ("user_identity", GET["userIdentity"]),
        ("access_point", "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/photos"),
        ("arguments", {"width": 256}),
        ("arguments: str", '{"width": 256}'),
        ("event", GET),
    ],
)
def test_each_part(aws: Recorder, parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


@pytest.mark.parametrize(
    ("parameter", "sent", "expected"),
    [
        ("arguments", "test", "test"),
        ("arguments: str", "test", "test"),
        ("arguments", "", None),
        ("arguments=7", "", 7),
        ("arguments=7", "[1]", [1]),
        ("arguments: dict", "{}", {}),
    ],
)
def test_arguments_are_json_where_they_are(aws: Recorder, parameter: str, sent: str, expected: Any) -> None:
    event = {**GET, "configuration": {**GET["configuration"], "payload": sent}}
    assert given_to(parameter, event) == {"arguments": expected}


def test_the_parts_of_other_operations(aws: Recorder) -> None:
    found = given_to("url, route, token, key, operation", HEAD)
    assert found == {
        "url": HEAD["headObjectContext"]["inputS3Url"],
        "route": None,
        "token": None,
        "key": "docs/a b.txt",
        "operation": "HeadObject",
    }
    for sent, operation in ((LIST, "ListObjects"), (LIST_V2, "ListObjectsV2")):
        assert given_to("key, operation", sent) == {"key": None, "operation": operation}
    assert given_to("invocation")["invocation"].correlation_id == GET["xAmzRequestId"]
    assert given_to("event: S3ObjectLambdaEvent")["event"].request_id == GET["xAmzRequestId"]


@pytest.mark.parametrize("key", ["a", "a b", "a+b", "a%2Fb", "ü/ö", "a?b=c", "a#b", "x" * 1024])
def test_a_key_is_decoded_once(aws: Recorder, key: str) -> None:
    assert given_to("key", event("s3_object_lambda", key=key)) == {"key": key}


@pytest.mark.parametrize("signature", ["bucket", "body", "found: dict"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.s3_object_lambda"):
        given_to(signature)


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        ({}, True),
        ({"key": "images/*"}, True),
        ({"key": "images/über a+b.png"}, True),
        ({"key": "images"}, False),
        ({"prefix": "images/"}, True),
        ({"prefix": "docs/"}, False),
        ({"suffix": [".jpg", ".png"]}, True),
        ({"suffix": ".txt"}, False),
        ({"access_point": "photos"}, True),
        ({"access_point": "arn:aws:s3-object-lambda:*:accesspoint/photos"}, True),
        ({"access_point": "photo"}, False),
    ],
)
def test_criteria(aws: Recorder, options: Any, taken: bool) -> None:
    app = Router()
    app.s3_object_lambda.client = aws.client
    app.s3_object_lambda.get(**options)(lambda: b"route")
    app.default(lambda: b"default")
    assert asked(app)[0]["Body"] == (b"route" if taken else b"default")


def test_each_operation_has_a_route_of_its_own(aws: Recorder) -> None:
    app = Router()
    app.s3_object_lambda.client = aws.client
    app.s3_object_lambda.get()(lambda: b"get")
    app.s3_object_lambda.head(access_point="photos")(
        lambda: {"statusCode": 200, "headers": {"Content-Length": 7}}
    )
    app.s3_object_lambda.list(access_point="*")(lambda: {"statusCode": 200, "listResultXml": "<list/>"})
    assert asked(app)[0]["Body"] == b"get"
    assert answer(app, HEAD)["headers"] == {"Content-Length": 7}
    assert answer(app, LIST)["listResultXml"] == answer(app, LIST_V2)["listResultXml"] == "<list/>"
    assert repr(app.routes[0]).startswith("<s3_object_lambda(operation=")


def test_registration(aws: Recorder) -> None:
    app = returning(b"")
    for decorator in (app.s3_object_lambda.get, app.s3_object_lambda.head, app.s3_object_lambda.list):
        with pytest.raises(DuplicateRouteError):
            decorator().drop()
    for sent, verb in ((GET, "get"), (HEAD, "head"), (LIST, "list"), (LIST_V2, "list")):
        result = Client(Router()).send(sent)
        assert isinstance(result.error, ConcealedError)
        assert isinstance(result.error.__cause__, NoRouteError)
        assert result.error.__cause__.suggestion == f"@app.s3_object_lambda.{verb}()"
    assert aws.calls == []  # nothing has said that this function answers


def test_boto3_is_imported_for_get_alone(run_python: Any) -> None:
    code = """
import sys
from lambda_router import Router
app = Router()
app.s3_object_lambda.head()(lambda: {})
app.s3_object_lambda.list()(lambda: {})
print("boto3" in sys.modules, app.s3_object_lambda.client)
import os
os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
app.s3_object_lambda.get()(lambda: b"")
print("boto3" in sys.modules, app.s3_object_lambda.client.meta.config.read_timeout)
"""
    assert run_python(code).split("\n")[:2] == ["False None", "True 60.0"]


# -- GetObject: results ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (b"x", {"StatusCode": 200, "Body": b"x"}),
        (bytearray(b"x"), {"StatusCode": 200, "Body": b"x"}),
        (b"", {"StatusCode": 200, "Body": b""}),
        ("ü", {"StatusCode": 200, "Body": "ü".encode(), "ContentType": "text/plain; charset=utf-8"}),
        (Response({"a": 1}), {"StatusCode": 200, "Body": b'{"a":1}', "ContentType": "application/json"}),
        (
            Response(b"x", content_type="image/png"),
            {"StatusCode": 200, "Body": b"x", "ContentType": "image/png"},
        ),
        (Response(status=304), {"StatusCode": 304}),
        (
            Response(
                b"x", 206, headers={"Content-Range": "bytes 0-0/9", "ETag": '"7"', "Content-Length": "1"}
            ),
            {"StatusCode": 206, "Body": b"x", "ContentRange": "bytes 0-0/9", "ETag": '"7"'},
        ),
        (
            Response(b"x", headers={"x-amz-meta-Shop": "7", "Cache-Control": "no-store"}),
            {"StatusCode": 200, "Body": b"x", "Metadata": {"shop": "7"}, "CacheControl": "no-store"},
        ),
        (
            Response("gone", 404),
            {"StatusCode": 404, "ErrorCode": "NoSuchKey", "ErrorMessage": "gone"},
        ),
        (
            Response(b"x", 403),
            {"StatusCode": 403, "ErrorCode": "AccessDenied", "ErrorMessage": "The request failed with 403."},
        ),
    ],
)
def test_what_is_written(aws: Recorder, result: Any, expected: Any) -> None:
    assert written(result) == expected


def test_a_date_is_one(aws: Recorder) -> None:
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    found = written(Response(b"", headers={"Last-Modified": date}))
    assert found["LastModified"].isoformat() == "2015-10-21T07:28:00+00:00"


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (None, "$"),
        ({"statusCode": 200}, "$"),
        (7, "$"),
        ([b"x"], "$"),
        (Response(b"", 201), "$.status"),
        (Response(b"", 418), "$.status"),
        (Response(b"", cookies=["a=b"]), "$.cookies"),
        (Response(b"", headers={"X-Shop": "7"}), '$.headers["x-shop"]'),
        (Response(b"", headers={"x-amz-meta-shop": "ü"}), '$.headers["x-amz-meta-shop"]'),
        (Response(b"", headers={"Last-Modified": "today"}), '$.headers["last-modified"]'),
        (Response("\ud800"), "$.body"),
        (Response({"a": b"x"}), "$.a"),
    ],
)
def test_a_wrong_result_is_an_error_for_the_caller(aws: Recorder, result: Any, path: str) -> None:
    found, error = asked(returning(result))
    assert (found["StatusCode"], found["ErrorCode"]) == (500, "InternalError")
    assert isinstance(error, ConcealedError)
    assert isinstance(error.__cause__, ResultError)
    assert error.__cause__.path == path


def test_a_handler_that_has_the_token_may_write_itself(aws: Recorder) -> None:
    def handler(token: str, route: str) -> None:
        aws.client.write_get_object_response(RequestRoute=route, RequestToken=token, Body=b"own")

    assert asked(routed(handler)) == ({"Body": b"own"}, None)


def test_a_handler_that_wrote_and_failed_then_is_not_contradicted(aws: Recorder) -> None:
    def handler(token: str, route: str) -> None:
        aws.client.write_get_object_response(RequestRoute=route, RequestToken=token, Body=b"own")
        raise KeyError("x")

    aws.clear({}, "ValidationError")  # what S3 says to a token that was used
    done = Client(routed(handler)).send(GET)
    assert [given.get("Body", given.get("ErrorCode")) for _, given in aws.calls] == [b"own", "InternalError"]
    assert isinstance(done.error, ConcealedError)
    assert isinstance(done.error.__cause__, KeyError)


def test_what_another_route_has_the_token_for_hides_no_refusal(aws: Recorder) -> None:
    app = Router()
    app.s3_object_lambda.client = aws.client
    app.s3_object_lambda.get("other")(lambda token: None)
    app.s3_object_lambda.get()(lambda: b"x")
    aws.clear("InvalidRequest")
    assert isinstance(Client(app).send(GET).error, CallbackError)


@pytest.mark.parametrize("refusal", [403, ParamValidationError(report="x")], ids=["403", "not sent"])
def test_what_says_nothing_of_the_token_is_no_answer(aws: Recorder, refusal: Any) -> None:
    aws.clear(refusal)
    done = Client(routed(lambda token: b"x")).send(GET)
    assert isinstance(done.error, CallbackError)


@settings(max_examples=150)
@given(
    st.none()
    | st.text()
    | st.binary()
    | st.integers()
    | st.dictionaries(st.text(), st.text(), max_size=2)
    | st.builds(
        Response, st.none() | st.text() | st.binary(), st.sampled_from([200, 204, 206, 301, 304, 404, 500])
    )
)
def test_any_result_is_one_answer(result: Any) -> None:
    found, error = asked(returning(result))
    fine = isinstance(result, bytes | str)
    if isinstance(result, Response):
        fine = result.status not in (204, 301)
    assert (error is None) is fine
    assert fine or found["StatusCode"] == 500


# -- GetObject: exactly one answer, whatever happens -------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_every_exception_is_an_error_then_raised(aws: Recorder, name: str, caplog: Any) -> None:
    found, error = asked(routed(EXCEPTIONS[name]))
    assert found == {
        "StatusCode": 500,
        "ErrorCode": "InternalError",
        "ErrorMessage": f"The request could not be handled (reference {GET['xAmzRequestId']}).",
    }
    assert isinstance(error, ConcealedError)
    assert len([r for r in caplog.records if "s3_object_lambda invocation failed" in r.message]) == 1


@pytest.mark.parametrize("name", sorted(set(RESULTS) - {"bytes", "bytes_bad", "coroutine"}))
def test_odd_results_are_one_answer_too(aws: Recorder, name: str) -> None:
    asked(routed(RESULTS[name]))


@pytest.mark.parametrize(
    ("exc", "status", "code", "message"),
    [
        (HTTPError(404, "no such object"), 404, "NoSuchKey", "no such object"),
        (HTTPError(403), 403, "AccessDenied", "The request failed with 403."),
        (HTTPError(418, "tea"), 400, "InvalidRequest", "tea"),
        (HTTPError(503), 503, "ServiceUnavailable", "The request failed with 503."),
        (HTTPError(504, {"a": 1}), 500, "InternalError", "The request failed with 504."),
        (HTTPError(400, "a\r\nb ü"), 400, "InvalidRequest", "a\\r\\nb ?"),
        (Drop(), 404, "NoSuchKey", "The object does not exist."),
    ],
    ids=repr,
)
def test_an_http_error_is_an_answer(
    aws: Recorder, exc: Exception, status: int, code: str, message: str
) -> None:
    expected = {"StatusCode": status, "ErrorCode": code, "ErrorMessage": message}
    assert asked(returning(exc)) == (expected, None)
    head = answer(exc)
    assert head["headers"] == {"Content-Length": "0"}
    assert (head["statusCode"], head["errorCode"], head["errorMessage"]) == (status, code, message)


@pytest.mark.parametrize("exc", [Retry("CANARY"), Reject("CANARY"), ValueError("CANARY")], ids=repr)
def test_no_text_is_shown(aws: Recorder, exc: Exception, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG, logger="lambda_router")
    found, error = asked(returning(exc))
    assert "CANARY" not in json.dumps(found) + str(error) + caplog.text
    assert "CANARY" not in json.dumps(answer(exc))


def test_a_public_error_is_shown(aws: Recorder) -> None:
    found, error = asked(returning(PublicError("not today")))
    assert (found["StatusCode"], found["ErrorMessage"]) == (500, "not today")
    assert isinstance(error, PublicError)


def test_dropped_routes(aws: Recorder) -> None:
    app = Router()
    app.s3_object_lambda.client = aws.client
    app.s3_object_lambda.get(suffix=".png").drop()
    app.s3_object_lambda.list().drop()
    assert asked(app)[0]["StatusCode"] == 404
    assert answer(app, LIST)["statusCode"] == 404


def test_what_an_exception_handler_returns_is_the_object(aws: Recorder) -> None:
    app = returning(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: b"instead")
    assert asked(app) == ({"StatusCode": 200, "Body": b"instead"}, None)
    app = returning(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: None)
    assert asked(app)[0]["StatusCode"] == 500


def test_no_route_and_warm_up_are_answered(aws: Recorder) -> None:
    app = Router(warmup=lambda event: True)
    app.s3_object_lambda.client = aws.client
    app.s3_object_lambda.get(key="other")(lambda: b"")
    assert asked(app)[0]["StatusCode"] == 500
    app = Router()
    app.s3_object_lambda.client = aws.client
    app.s3_object_lambda.get(key="other")(lambda: b"")
    found, error = asked(app)
    assert found["StatusCode"] == 500
    assert isinstance(error, ConcealedError)


def test_a_keyboard_interrupt_is_answered_and_passes(aws: Recorder) -> None:
    def handler() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        routed(handler)(GET, LambdaContext())
    model.check(aws.calls, GET)


def test_an_answer_whose_time_is_over_was_written_before(aws: Recorder) -> None:
    def handler() -> bytes:
        time.sleep(1.5)
        return b"late"

    began = time.monotonic()
    context = LambdaContext(timeout=0.8, clock=time.monotonic)
    found, error = asked(routed(handler), context=context)
    assert time.monotonic() - began < 0.8
    assert found["StatusCode"] == 500
    assert isinstance(error, ConcealedError)


def test_the_proof_would_see_two_answers_and_none(aws: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def again(invocation: Any, call_next: Any) -> Any:
        invocation.verdict.send({"StatusCode": 200, "Body": b"x"}, seconds=1)
        return call_next(invocation)

    app = returning(b"x")
    app.use(again)
    with pytest.raises(Refused, match="2 calls"):
        asked(app)
    monkeypatch.setattr(module._Written, "send", lambda self, message, *, seconds: None)
    with pytest.raises(Refused, match="0 calls"):
        asked(returning(b"x"))


# -- the service, and what stands between ------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["AccessDenied", "ValidationError", 403])
def test_what_is_refused_raises(aws: Recorder, code: Any) -> None:
    aws.clear(*[code] * 9)
    with pytest.raises(CallbackError, match=str(code)):
        returning(b"x")(GET, LambdaContext(timeout=60))
    assert len(aws.calls) == 1


@pytest.mark.parametrize("fault", [500, 503, "SlowDown", ReadTimeoutError(endpoint_url="x")], ids=str)
def test_what_may_pass_is_tried_again(aws: Recorder, fault: Any) -> None:
    fault = 503 if fault == "SlowDown" else fault
    aws.clear(fault, fault)
    assert returning(b"x")(GET, LambdaContext(timeout=60)) is None
    assert len(aws.calls) == 3
    aws.clear(*[fault] * 9)
    with pytest.raises(CallbackError):
        returning(b"x")(GET, LambdaContext(timeout=60))
    assert len(aws.calls) == 5
    assert {given["Body"] for _, given in aws.calls} == {b"x"}  # one may have got there


def test_a_token_that_a_first_attempt_has_used_is_an_answer(aws: Recorder) -> None:
    aws.clear(ReadTimeoutError(endpoint_url="x"), "ValidationError")
    assert returning(b"x")(GET, LambdaContext(timeout=60)) is None
    assert len(aws.calls) == 2


def test_a_large_answer_has_as_long_as_s3_takes_one(aws: Recorder) -> None:
    class Slow:
        def write_get_object_response(self, **given: Any) -> None:
            time.sleep(0.05)

    app = returning(b"x")
    app.s3_object_lambda.client = Slow()
    room = app.s3_object_lambda
    callback = room.callback(GET)
    assert callback is not None
    attempt = callback._attempt
    seen: list[float] = []

    def watched(message: Any, number: int, *, seconds: float) -> Any:
        seen.append(seconds)
        return attempt(message, number, seconds=seconds)

    callback._attempt = watched  # type: ignore[method-assign]
    callback.watch(120.0, margin=2.0)
    assert callback.succeed(b"x")
    assert seen == [60.0]


def test_by_way_of_the_stubber(aws: Recorder) -> None:
    """botocore's own stub: these parameters and no other call."""
    stubbed = client("s3")
    app = Router()
    app.s3_object_lambda = S3ObjectLambda(app, client=stubbed)
    app.s3_object_lambda.get()(lambda: b"x")
    place = {"RequestRoute": CONTEXT["outputRoute"], "RequestToken": CONTEXT["outputToken"]}
    with Stubber(stubbed) as stub:
        stub.add_response("write_get_object_response", {}, {**place, "StatusCode": 200, "Body": b"x"})
        assert app(GET, LambdaContext()) is None
        stub.assert_no_pending_responses()


# -- HeadObject and ListObjects ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "sent"),
    [(given_, sent) for given_, sent in model.RIGHT if "getObjectContext" not in sent],
)
def test_a_document_is_taken_as_it_is(aws: Recorder, result: Any, sent: Any) -> None:
    real = {"headObjectContext": HEAD, "listObjectsContext": LIST, "listObjectsV2Context": LIST_V2}
    (asked_of,) = (real[key] for key in real if key in sent)
    assert answer(result, asked_of) == result


@pytest.mark.parametrize(
    ("result", "sent", "why"),
    [row for row in model.WRONG if "getObjectContext" not in row[1]],
    ids=[row[2] for row in model.WRONG if "getObjectContext" not in row[1]],
)
def test_what_the_model_refuses_is_an_error_for_the_caller(
    aws: Recorder, result: Any, sent: Any, why: str, caplog: Any
) -> None:
    real = {"headObjectContext": HEAD, "listObjectsContext": LIST, "listObjectsV2Context": LIST_V2}
    (asked_of,) = (real[key] for key in real if key in sent)
    found = answer(result, asked_of)
    assert (found["statusCode"], found["errorCode"]) == (500, "InternalError")
    assert "ResultError" in caplog.text


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
@pytest.mark.parametrize("sent", [HEAD, LIST_V2], ids=["head", "list"])
def test_every_exception_is_answered_without_its_text(aws: Recorder, name: str, sent: Any) -> None:
    found = answer(routed(EXCEPTIONS[name]), sent)
    assert found["statusCode"] == 500
    assert found["errorMessage"] == f"The request could not be handled (reference {sent['xAmzRequestId']})."


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "statusCode": st.sampled_from([200, 404, "200", None, 99]),
        "headers": st.sampled_from([{}, {"Content-Length": 1}, {"Content-Length": "1", "a": []}, None, 7]),
        "errorCode": st.sampled_from(["NoSuchKey", 7, None]),
        "listResultXml": st.sampled_from(["<x/>", "", 7]),
        "listBucketResult": st.sampled_from([model.BUCKET, {**model.BUCKET, "keyCount": 1}, {}, []]),
    },
)


@settings(max_examples=200)
@given(DOCUMENTS | st.none() | st.text() | st.binary(), st.sampled_from([HEAD, LIST, LIST_V2]))
def test_any_result_is_an_answer(result: Any, sent: Any) -> None:
    answer(result, sent)


def test_the_proof_would_see_a_broken_rule(aws: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_check_list", lambda given_, operation: None)
    with pytest.raises(Refused, match="no list"):
        answer({"statusCode": 200}, LIST)


# -- secrets -------------------------------------------------------------------------------------------------


def test_no_address_and_no_token_shows_anywhere(aws: Recorder, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG, logger="lambda_router")
    sent = event(
        "s3_object_lambda.get", url="https://x.amazonaws.com/a?CANARY", token="CANARY", arguments="CANARY"
    )

    def leaks(url: str, token: str) -> Any:
        raise ConnectionError(f"{url} {token}")

    def wrong(token: str) -> Any:
        return {token: token}

    shown = []
    for handler, answers in (
        (leaks, []),
        (wrong, []),
        (leaks, ["AccessDenied"] * 9),
        (lambda: b"", [403] * 9),
    ):
        aws.clear(*answers)
        app = routed(handler)
        done = Client(app).send(sent)
        shown += [repr(done), str(done.error), repr(done.error), str(app.routes)]
        shown += [str({**given, "RequestToken": ""}) for _, given in aws.calls]
        callback = app.s3_object_lambda.callback(sent)
        shown.append(repr(callback))
    app = Router()
    app.s3_object_lambda.get(key="other")(lambda: b"")
    app.s3_object_lambda.client = aws.clear().client
    done = Client(app).send(sent)
    shown += [repr(done), str(done.error)]
    assert "CANARY" not in caplog.text + "".join(shown)


# -- events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_answered(aws: Recorder, name: str) -> None:
    sent = SAMPLES[name]
    assert detect(sent) == "s3_object_lambda"
    if "getObjectContext" in sent:
        assert asked(returning(b"x"), sent) == ({"StatusCode": 200, "Body": b"x"}, None)
    else:
        answer(HTTPError(404), sent)


def test_what_comes_in_a_message_is_not_answered(aws: Recorder) -> None:
    assert isinstance(Client(returning(b"x")).sqs("orders", [GET]).error, NoRouteError)
    assert aws.calls == []


def test_hostile_events_raise_nothing_but_what_is_documented(aws: Recorder) -> None:
    def handler(
        url: Any, route: Any, token: Any, key: Any, operation: Any, user_request: Any, user_identity: Any,
        access_point: Any, event: Any,
    ) -> Any:  # fmt: skip
        return b"x"

    app = Router()
    app.s3_object_lambda.client = type("Content", (), {"write_get_object_response": lambda self, **_: {}})()
    app.s3_object_lambda.get(access_point="*")(handler)
    app.s3_object_lambda.list()(handler)
    for sample in (GET, LIST_V2):
        for path in places(sample):
            for odd in misshapen(sample, path):
                try:
                    found = app(odd)
                except RouterError as exc:
                    assert not isinstance(exc, ResultError) or "ud800" in json.dumps(odd)
                else:
                    assert found is None or found["statusCode"] == 500


def test_real_events_reach_a_handler(aws: Recorder, shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "s3_object_lambda"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["s3_object_lambda"], file
        seen: list[Any] = []
        found, error = asked(routed(lambda key, seen=seen: seen.append(key) or b"x"), sent)
        assert (found["Body"], error) == (b"x", None)
        assert seen == [sent["userRequest"]["url"].rpartition("/")[2]]
