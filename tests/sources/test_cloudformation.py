"""CloudFormation custom resources: every answer is held against the model of what CloudFormation takes."""

from __future__ import annotations

import gc
import json
import logging
import random
import sys
import weakref
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import Refused
from models.cloudformation import EVENT, RIGHT, WRONG, check

from lambda_router import (
    CallbackError,
    ConcealedError,
    ConfigurationError,
    DuplicateRouteError,
    HandlerSignatureError,
    PublicError,
    Reject,
    Resource,
    Retry,
    Router,
    detect,
)
from lambda_router.callback import Callback
from lambda_router.sources import cloudformation as module
from lambda_router.sources.cloudformation import CloudFormation
from lambda_router.testing import Client, LambdaContext, Result, event
from lambda_router.testing.events import samples

REQUESTS = ("Create", "Update", "Delete")
NOT_CREATED = "lambda_router/not-created/"
CANARY = "canary"


@pytest.fixture
def app() -> Router:
    return Router()


def ask(app: Any, made: Any = None, **parts: Any) -> dict[str, Any]:
    """The one answer to a request, accepted by the model."""
    made = made or event("cloudformation", **parts)
    sent = Client(app).send(made).raise_for_error()
    assert sent.response is None
    check([json.dumps(put, ensure_ascii=False, separators=(",", ":")).encode() for put in sent.put], made)
    answer: dict[str, Any] = sent.put[0]
    return answer


RESULT: list[Any] = [None]
ANY = Router()
"""One app for the tests of results: reading the certificates takes a while."""


@ANY.cloudformation()
def returns() -> Any:
    return RESULT[0]


def answer_to(result: Any, request_type: str = "Create", **parts: Any) -> dict[str, Any]:
    RESULT[0] = result
    return ask(ANY, request_type=request_type, **parts)


# -- the model -------------------------------------------------------------------------------------------------


def test_the_model_takes_right_answers() -> None:
    for answer in RIGHT:
        check(answer, EVENT)


@pytest.mark.parametrize(("answer", "made", "why"), WRONG, ids=[why for *_, why in WRONG])
def test_the_model_refuses_wrong_answers(answer: Any, made: Any, why: str) -> None:
    with pytest.raises(Refused):
        check(answer, made)


# -- routes ----------------------------------------------------------------------------------------------------


def test_each_kind_of_request_has_a_handler(app: Router) -> None:
    bucket = app.cloudformation("Custom::Bucket")
    seen = []

    @bucket.create
    def create(properties: dict[str, Any]) -> str:
        seen.append("create")
        return f"bucket-{properties['BucketName']}"

    @bucket.update
    def update(physical_id: str, properties: dict[str, Any], old_properties: dict[str, Any]) -> None:
        seen.append("update")

    @bucket.delete
    def delete(physical_id: str) -> None:
        seen.append("delete")

    made = ask(app, properties={"BucketName": "a"})
    assert (made["Status"], made["PhysicalResourceId"]) == ("SUCCESS", "bucket-a")
    kept = ask(app, request_type="Update", physical_id="bucket-a")
    assert (kept["Status"], kept["PhysicalResourceId"]) == ("SUCCESS", "bucket-a")
    gone = ask(app, request_type="Delete", physical_id="bucket-a")
    assert (gone["Status"], gone["PhysicalResourceId"]) == ("SUCCESS", "bucket-a")
    assert seen == ["create", "update", "delete"]
    assert [repr(route) for route in app.routes] == [
        f"<cloudformation(resource_type='Custom::Bucket', request_type='{kind}') -> "
        f"test_each_kind_of_request_has_a_handler.<locals>.{kind.lower()}>"
        for kind in REQUESTS
    ]


def test_one_handler_for_all_of_them(app: Router) -> None:
    @app.cloudformation("Custom::Bucket")
    def bucket(request_type: str) -> dict[str, Any]:
        return {"Was": request_type}

    assert [ask(app, request_type=kind)["Data"] for kind in REQUESTS] == [{"Was": kind} for kind in REQUESTS]


def test_one_app_serves_many_types(app: Router) -> None:
    app.cloudformation("Custom::Bucket")(lambda: "bucket")
    app.cloudformation(["Custom::Key", "Custom::Certificate"])(lambda: "key")
    app.cloudformation("Custom::Mail*")(lambda: "mail")
    app.cloudformation()(lambda: "any")
    for resource_type, expected in [
        ("Custom::Bucket", "bucket"),
        ("Custom::Certificate", "key"),
        ("Custom::MailDomain", "mail"),
        ("Custom::Buckets", "any"),
        ("AWS::CloudFormation::CustomResource", "any"),
    ]:
        assert ask(app, resource_type=resource_type)["PhysicalResourceId"] == expected


def test_a_kind_of_request_may_be_settled_without_a_handler(app: Router) -> None:
    bucket = app.cloudformation("Custom::Bucket")
    bucket.create(lambda: "bucket-a")
    bucket.delete.drop()
    assert ask(app, request_type="Delete", physical_id="bucket-a")["Status"] == "SUCCESS"
    assert ask(app, request_type="Update", physical_id="bucket-a")["Status"] == "FAILED"


def test_mistakes_in_decorators(app: Router) -> None:
    bucket = app.cloudformation("Custom::Bucket", name="bucket")
    bucket.create(lambda: None)
    with pytest.raises(DuplicateRouteError):
        bucket.create(lambda: None)
    with pytest.raises(ConfigurationError, match="resource_type is None"):
        app.cloudformation(None)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="without parentheses"):
        app.cloudformation(lambda: None)  # type: ignore[arg-type]
    with pytest.raises(
        HandlerSignatureError, match=r'app\.cloudformation\("Custom::Bucket"\)\.update: .*logical_id'
    ):
        bucket.update(lambda logical: None)


def test_criteria_and_middleware_of_a_route(app: Router) -> None:
    seen = []

    def around(invocation: Any, call_next: Any) -> Any:
        seen.append(invocation.route.name)
        return call_next(invocation)

    app.cloudformation("Custom::Bucket", middleware=[around], name="bucket").create(lambda: "id")
    assert ask(app)["PhysicalResourceId"] == "id"
    assert seen == ["bucket"]


PARTS = {
    "properties": {"ServiceToken": "token", "Days": "30"},
    "old_properties": {"ServiceToken": "token", "Days": "7"},
    "physical_id": "bucket-1",
    "logical_id": "Uploads",
    "stack_id": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/guid",
    "request_type": "Update",
    "resource_type": "Custom::Bucket",
}


def test_every_part(app: Router) -> None:
    seen: dict[str, Any] = {}

    @app.cloudformation()
    def handler(
        properties: Any,
        old_properties: Any,
        physical_id: Any,
        logical_id: Any,
        stack_id: Any,
        request_type: Any,
        resource_type: Any,
    ) -> None:
        seen.update(locals())

    ask(
        app,
        {
            **event("cloudformation.update"),
            "ResourceProperties": PARTS["properties"],
            "OldResourceProperties": PARTS["old_properties"],
            "PhysicalResourceId": PARTS["physical_id"],
            "LogicalResourceId": PARTS["logical_id"],
            "StackId": PARTS["stack_id"],
        },
    )
    assert {part: seen[part] for part in PARTS} == PARTS
    assert set(PARTS) == set(CloudFormation.parts)


def test_what_only_some_requests_have(app: Router) -> None:
    seen = []

    @app.cloudformation()
    def handler(physical_id: str | None, old_properties: dict[str, Any] | None, invocation: Any) -> None:
        seen.append((physical_id, old_properties, invocation.correlation_id))

    ask(app, request_id="r-1")
    assert seen == [(None, None, "r-1")]


@dataclass
class Bucket:
    BucketName: str
    Versioned: bool
    Days: int


def test_properties_are_texts_and_a_model_makes_them_what_they_are(app: Router) -> None:
    seen = []

    @app.cloudformation().create
    def create(bucket: Bucket) -> None:
        seen.append(bucket)

    ask(app, properties={"BucketName": "a", "Versioned": True, "Days": 30})
    assert seen == [Bucket("a", True, 30)]
    failed = ask(app, properties={"BucketName": "a", "Versioned": "perhaps", "Days": CANARY})
    assert failed["Status"] == "FAILED"
    assert failed["Reason"].startswith("PayloadError (see the log of ")


# -- results ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("bucket-1", {"PhysicalResourceId": "bucket-1"}),
        ({"Arn": "arn", "Port": 5432}, {"Data": {"Arn": "arn", "Port": 5432}}),
        ({}, {"Data": {}}),
        (Resource("bucket-1"), {"PhysicalResourceId": "bucket-1"}),
        (Resource(data={"Arn": "arn"}), {"Data": {"Arn": "arn"}}),
        (
            Resource("bucket-1", {"Key": "k"}, no_echo=True),
            {"PhysicalResourceId": "bucket-1", "Data": {"Key": "k"}, "NoEcho": True},
        ),
        (Bucket("a", True, 3), {"Data": {"BucketName": "a", "Versioned": True, "Days": 3}}),
        ({"Day": date(2030, 1, 2), "é": "ü"}, {"Data": {"Day": "2030-01-02", "é": "ü"}}),
        ({"Data": "text"}, {"Data": {"Data": "text"}}),
        ({"Data": {"Arn": "arn"}}, {"Data": {"Arn": "arn"}}),
        (
            {"PhysicalResourceId": "bucket-1", "Data": {"Arn": "arn"}, "NoEcho": True},
            {"PhysicalResourceId": "bucket-1", "Data": {"Arn": "arn"}, "NoEcho": True},
        ),
        ("x" * 1024, {"PhysicalResourceId": "x" * 1024}),
    ],
)
def test_what_a_handler_may_return(result: Any, expected: dict[str, Any]) -> None:
    for kind in ("Create", "Update"):
        answer = answer_to(result, kind)
        own = {key: answer[key] for key in ("PhysicalResourceId", "Data", "NoEcho") if key in answer}
        assert answer["Status"] == "SUCCESS"
        assert own == {"PhysicalResourceId": own["PhysicalResourceId"], **expected}


def test_a_new_resource_without_an_id_gets_one_that_a_repeated_request_gets_again() -> None:
    first, second, other = (
        answer_to(None, request_id=r, stack="shop", logical_id="Uploads")["PhysicalResourceId"]
        for r in ("r-1", "r-1", "r-2")
    )
    assert first == second == "shop-Uploads-r-1"
    assert other == "shop-Uploads-r-2"


def test_an_update_without_an_id_keeps_the_one_there_is_and_one_with_another_replaces_it() -> None:
    assert answer_to(None, "Update", physical_id="old")["PhysicalResourceId"] == "old"
    assert answer_to({"A": 1}, "Update", physical_id="old")["PhysicalResourceId"] == "old"
    assert answer_to("new", "Update", physical_id="old")["PhysicalResourceId"] == "new"


@pytest.mark.parametrize(
    "result", [None, "another", Resource("another"), {"PhysicalResourceId": "another"}, {"A": 1}]
)
def test_a_deletion_keeps_the_id_whatever_is_returned(result: Any) -> None:
    answer = answer_to(result, "Delete", physical_id="never-returned")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "never-returned")


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (7, "$"),
        (True, "$"),
        ([1], "$"),
        (b"id", "$"),
        (object(), "$"),
        ("", "$.PhysicalResourceId"),
        ("x" * 1025, "$.PhysicalResourceId"),
        ("é" * 513, "$.PhysicalResourceId"),
        ("\ud800", "$"),
        (f"{NOT_CREATED}x", "$.PhysicalResourceId"),
        (Resource(7), "$.PhysicalResourceId"),  # type: ignore[arg-type]
        (Resource(""), "$.PhysicalResourceId"),
        (Resource(data=[1]), "$.Data"),  # type: ignore[arg-type]
        (Resource(data="text"), "$.Data"),  # type: ignore[arg-type]
        (Resource(no_echo="yes"), "$.NoEcho"),  # type: ignore[arg-type]
        ({"PhysicalResourceId": "a", "Arn": "arn"}, "$.Arn"),
        ({"PhysicalResourceId": "a", "Data": [1]}, "$.Data"),
        ({"PhysicalResourceId": 7}, "$.PhysicalResourceId"),
        ({"a": float("nan")}, "$.a"),
        ({"a": {1: 2}}, "$.a"),
        ({"a": b"x"}, "$.a"),
        ({"a": "\ud800"}, "$.a"),
        ({"a": "x" * 4096}, "$.Data"),
        (Resource("a", {"a": object()}), "$.a"),
    ],
)
def test_what_a_handler_may_not_return(result: Any, path: str) -> None:
    for kind in ("Create", "Update"):
        answer = answer_to(result, kind, physical_id=None if kind == "Create" else "old")
        assert answer["Status"] == "FAILED"
        assert answer["Reason"].startswith("ResultError: ")
        assert answer.get("Data") is None
    if result is not True and path not in ("$.Arn", "$.Data"):  # which a provider judges by itself
        with pytest.raises(ConcealedError) as caught:
            ANY(event("cloudformation.provider"))
        assert getattr(caught.value.__cause__, "path", None) == path


def test_the_body_is_as_large_as_it_may_be_and_no_larger() -> None:
    def status(size: int) -> str:
        return str(answer_to({"a": "x" * size}, request_id="r-1", stack="shop")["Status"])

    fits, too_large = 3_000, 4_096
    while too_large - fits > 1:
        middle = (fits + too_large) // 2
        fits, too_large = (middle, too_large) if status(middle) == "SUCCESS" else (fits, middle)
    answer = answer_to({"a": "x" * fits}, request_id="r-1", stack="shop")
    assert len(json.dumps(answer, separators=(",", ":")).encode()) == 4096


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | TEXT
    | st.binary(max_size=5)
    | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    result=VALUES
    | st.builds(Resource, VALUES, VALUES, no_echo=VALUES)
    | st.text("x", min_size=1000, max_size=5000),
    kind=st.sampled_from(REQUESTS),
    url=st.booleans(),
)
def test_any_result_is_an_answer_or_a_reason(result: Any, kind: str, url: bool) -> None:
    RESULT[0] = result
    made = event("cloudformation", request_type=kind)
    if url:
        ask(ANY, made)
    else:
        del made["ResponseURL"]
        sent = Client(ANY).send(made)
        assert sent.put == []
        assert isinstance(sent.error, ConcealedError) if sent.error else isinstance(sent.response, dict)


# -- exceptions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exc", "told"),
    [
        (ValueError(CANARY), "ValueError (see the log of r-1)"),
        (PublicError("the name is taken"), "the name is taken"),
        (Retry(CANARY), "Retry (see the log of r-1)"),
        (Reject(CANARY), "Reject (see the log of r-1)"),
        (SystemExit(CANARY), "SystemExit (see the log of r-1)"),
        (CallbackError(CANARY), "CallbackError (see the log of r-1)"),
        (PublicError("é" * 5_000), "é"),
        (PublicError('"\\' * 5_000), '"'),
    ],
)
@pytest.mark.parametrize("kind", REQUESTS)
def test_an_exception_is_failed(app: Router, exc: BaseException, told: str, kind: str) -> None:
    @app.cloudformation()
    def fails() -> None:
        raise exc

    own = None if kind == "Create" else "bucket-1"
    answer = ask(app, request_type=kind, request_id="r-1", physical_id=own)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == told or len(told) == 1 == len(set(answer["Reason"]) - {"\\", "…"})
    assert answer["PhysicalResourceId"] == (own or f"{NOT_CREATED}r-1")


@pytest.mark.parametrize("kind", [*REQUESTS, "Recreate", "", "create", None, 7, [], {}])
def test_a_missing_handler_and_an_unknown_request_are_failed(kind: Any) -> None:
    apps = [Router(), Router(), Router()]
    apps[1].cloudformation("Custom::Other")(lambda: "id")
    if kind not in REQUESTS:
        apps[2].cloudformation()(lambda: "id")
    for app in apps:
        answer = ask(app, {**event("cloudformation.update"), "RequestType": kind})
        assert answer["Status"] == "FAILED"
        assert answer["Reason"].startswith("NoRouteError: ")


def test_a_request_without_a_type_is_failed_and_its_url_shown_to_nobody(app: Router) -> None:
    seen: list[Any] = []
    app.invoke()(lambda event: seen.append(event))
    app.default(lambda event: seen.append(event))
    made = event("cloudformation")
    del made["RequestType"]
    assert detect(made) == "cloudformation"
    assert ask(app, made)["Status"] == "FAILED"
    assert seen == []


def test_the_reason_says_what_to_write(app: Router) -> None:
    app.cloudformation("Custom::Other")(lambda: "id")
    assert '@app.cloudformation("Custom::Bucket")' in ask(app)["Reason"]


def test_a_default_takes_what_nothing_else_does(app: Router) -> None:
    seen = []

    @app.default
    def default(event: Any) -> None:
        seen.append(event)

    assert ask(app)["Status"] == "SUCCESS"
    assert "ResponseURL" not in seen[0]


# -- what was not created --------------------------------------------------------------------------------------


def deletes_nothing(kind: str = "handler") -> None:
    """AssertionError if any user code runs to delete what a failed creation left."""
    seen: list[str] = []
    app = Router(warmup=lambda event: bool(seen.append("warmup")))
    app.use(lambda invocation, call_next: (seen.append("middleware"), call_next(invocation))[1])
    bucket = app.cloudformation("Custom::Bucket")

    @bucket.create
    def create() -> None:
        raise ValueError

    @bucket.delete
    def delete() -> None:
        seen.append("delete")

    failed = ask(app)
    seen.clear()
    answer = ask(app, request_type="Delete", physical_id=failed["PhysicalResourceId"])
    assert answer["Status"] == "SUCCESS"
    assert seen == []
    ask(app, request_type="Delete", physical_id="never-returned")
    assert seen == ["warmup", "middleware", "delete"]


def test_what_was_not_created_is_deleted_without_user_code() -> None:
    deletes_nothing()


def test_that_proof_fails_without_the_marker(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_was_not_created", lambda event: False)
    with pytest.raises(AssertionError):
        deletes_nothing()


# -- without a URL ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, {"PhysicalResourceId": "shop-UploadsBucket-r-1"}),
        ("bucket-1", {"PhysicalResourceId": "bucket-1"}),
        ({"Arn": "arn"}, {"PhysicalResourceId": "shop-UploadsBucket-r-1", "Data": {"Arn": "arn"}}),
        (
            Resource("bucket-1", {"Key": "k"}, no_echo=True),
            {"PhysicalResourceId": "bucket-1", "Data": {"Key": "k"}, "NoEcho": True},
        ),
        (
            {"PhysicalResourceId": "bucket-1", "Data": {"Arn": "arn"}},
            {"PhysicalResourceId": "bucket-1", "Data": {"Arn": "arn"}},
        ),
        ({"PhysicalResourceId": "bucket-1", "Job": "j-1"}, {"PhysicalResourceId": "bucket-1", "Job": "j-1"}),
        (True, {"IsComplete": True}),
        (False, {"IsComplete": False}),
        ({"IsComplete": False}, {"IsComplete": False}),
        ({"IsComplete": True, "Data": {"A": 1}}, {"IsComplete": True, "Data": {"A": 1}}),
    ],
)
def test_a_provider_gets_the_result(app: Router, result: Any, expected: Any) -> None:
    app.cloudformation()(lambda: result)
    sent = (
        Client(app).send(event("cloudformation.provider", request_id="r-1", stack="shop")).raise_for_error()
    )
    assert sent.response == expected
    assert sent.put == []


@pytest.mark.parametrize(
    "result", [{"IsComplete": "yes"}, {"IsComplete": False, "Data": {"A": 1}}, 7, {"IsComplete": None}]
)
def test_a_provider_does_not_get_what_it_would_refuse(app: Router, result: Any) -> None:
    app.cloudformation()(lambda: result)
    with pytest.raises(ConcealedError):
        app(event("cloudformation.provider"))


def test_a_provider_gets_an_exception_without_its_text(app: Router) -> None:
    @app.cloudformation()
    def fails(properties: Any) -> None:
        raise KeyError(CANARY) if properties["Days"] == "30" else PublicError("no room")

    with pytest.raises(ConcealedError, match="reference r-1") as caught:
        app(event("cloudformation.provider", request_id="r-1"))
    assert CANARY not in str(caught.value)
    with pytest.raises(PublicError, match="no room"):
        app(event("cloudformation.provider", properties={"Days": "7"}))


def test_a_provider_that_hands_on_the_url_answers_by_itself(app: Router) -> None:
    """As the CDK's own does: https://github.com/aws/aws-cdk/pull/21117."""
    app.cloudformation = CloudFormation(app, provider=True)

    @app.cloudformation()
    def handler(event: Any) -> str:
        assert "ResponseURL" not in event
        return "bucket-1"

    sent = Client(app).send(event("cloudformation"))
    assert (sent.response, sent.put) == ({"PhysicalResourceId": "bucket-1"}, [])


def test_what_was_said_of_the_room_is_taken_over_with_its_routes(app: Router) -> None:
    part = Router()
    part.cloudformation = CloudFormation(part, hosts=["localhost:4566"], provider=True)
    part.cloudformation("Custom::Bucket")(lambda: "id")
    app.include(part)
    assert app.cloudformation.uploads.hosts == {"localhost:4566"}
    assert Client(app).cloudformation().response == {"PhysicalResourceId": "id"}


# -- addresses and secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        7,
        [],
        "...",
        "http://pre-signed-S3-url-for-response",
        "https://169.254.169.254/latest?canary",
    ],
)
def test_a_url_that_is_not_s3s_is_refused_before_user_code(app: Router, url: Any) -> None:
    seen: list[Any] = []
    app.cloudformation()(lambda: seen.append(1))
    with pytest.raises(CallbackError) as caught:
        app({**event("cloudformation"), "ResponseURL": url})
    assert seen == []
    assert CANARY not in str(caught.value)


class Chatty(Exception):
    """Says everything that it knows."""


def leaks(runs: int, caplog: Any, capfd: Any) -> None:
    """AssertionError if a secret of a failing run is told anywhere: in logs at DEBUG, output, answers, errors, reprs."""
    caplog.set_level(logging.DEBUG)
    chance = random.Random(7)
    told: list[str] = []
    app = Router()
    app.cloudformation("Custom::Bucket").create(lambda properties, event: fail(properties, event))
    app.cloudformation("Custom::Bucket").update(lambda invocation: fail(repr(invocation), invocation.event))
    app.cloudformation("Custom::Bucket").delete(
        lambda event: Resource("x", {"Key": CANARY * 900}, no_echo=True)
    )

    def fail(*said: Any) -> None:
        told.append(repr(said[1:]).replace(f"{CANARY}-property", ""))
        raise Chatty(*said)

    for _ in range(runs):
        kind = chance.choice(REQUESTS)
        properties = {"Password": f"{CANARY}-property"}
        made = event("cloudformation", request_type=kind, properties=properties)
        made["ResponseURL"] += f"&X-Amz-Security-Token={CANARY}"
        if chance.random() < 0.2:
            made["ResponseURL"] = f"https://{CANARY}.example.com/?{CANARY}"
        sent = Client(app).send(made)
        told += [repr(sent.error), str(sent.error), json.dumps(sent.put), repr(sent), repr(app.routes)]
        assert sent.error or sent.put[0]["Status"] == "FAILED"
        told.append(str(app.explain({k: v for k, v in made.items() if k != "ResourceProperties"})))
    out, err = capfd.readouterr()
    told += [out, err, caplog.text, *(repr(record.__dict__) for record in caplog.records)]
    assert [text[:200] for text in told if CANARY in text] == []


def test_no_secret_is_told(caplog: Any, capfd: Any) -> None:
    leaks(1_000, caplog, capfd)


def test_that_proof_fails_when_the_event_keeps_its_url(caplog: Any, capfd: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(CloudFormation, "disclosed", lambda self, event: event)
    with pytest.raises(AssertionError):
        leaks(20, caplog, capfd)


def test_that_proof_fails_when_the_reason_is_the_text(caplog: Any, capfd: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "reason", lambda exc, reference: str(exc))
    with pytest.raises(AssertionError):
        leaks(20, caplog, capfd)


def test_reprs_hide_what_is_in_them() -> None:
    assert repr(Resource("id", {"Key": CANARY}, no_echo=True)) == "Resource('id', data=..., no_echo=True)"
    assert repr(Resource()) == "Resource(None)"
    assert Resource("a", {"b": 1}) == Resource("a", {"b": 1}) != Resource("a")


# -- one invocation and the next -------------------------------------------------------------------------------

FIELDS = ("RequestId", "StackId", "LogicalResourceId", "PhysicalResourceId", "ResponseURL", "ResourceType")


def keeps_apart(pairs: int) -> None:
    """AssertionError if anything of one invocation shows in the next: each answers with its own ids to its own URL."""
    chance = random.Random(11)
    app = Router()

    @app.cloudformation()
    def odd(properties: Any) -> Any:
        if properties["Days"] == "fails":
            raise ValueError
        return Resource(None, {"A": properties["Days"]}, no_echo=properties["Days"] == "hidden")

    for _ in range(pairs):
        for step in (1, 2):
            days = chance.choice(["fails", "hidden", "shown"])
            made = event("cloudformation", request_type=chance.choice(REQUESTS), properties={"Days": days})
            for name in FIELDS if step == 2 else ():
                if chance.random() < 0.15:
                    made.pop(name, None)
            sent: Result = Client(app).send(made)
            for put in sent.put:
                check([json.dumps(put, separators=(",", ":")).encode()], made)
                assert put.get("NoEcho", False) is (days == "hidden")
                own = json.dumps(made)
                assert all(str(put[name]) in own for name in ("RequestId", "StackId", "LogicalResourceId"))
            assert len(sent.put) == ({*FIELDS[:3], "ResponseURL"} <= made.keys())


def test_nothing_of_one_invocation_shows_in_the_next() -> None:
    keeps_apart(1_000)


def test_that_proof_fails_when_a_callback_is_kept(monkeypatch: Any) -> None:
    kept: list[Any] = []
    first = CloudFormation.callback

    def again(self: Any, event: Any) -> Any:
        kept.append(first(self, event))
        return kept[max(0, len(kept) - 2)]

    monkeypatch.setattr(CloudFormation, "callback", again)
    with pytest.raises((AssertionError, Refused)):
        keeps_apart(5)


def test_no_callback_is_kept(monkeypatch: Any) -> None:
    made: list[Any] = []
    first = Callback.__init__
    monkeypatch.setattr(Callback, "__init__", lambda self: (first(self), made.append(weakref.ref(self)))[0])
    for _ in range(3):
        answer_to(None)
    gc.collect()
    assert [found() for found in made] == [None] * 3


# -- other events ----------------------------------------------------------------------------------------------


def test_samples(app: Router) -> None:
    seen: list[Any] = []
    app.cloudformation()(lambda event: seen.append(event))
    for name, made, _ in samples("cloudformation"):
        assert detect(made) == "cloudformation"
        if "provider" in name:
            assert "PhysicalResourceId" in Client(app).send(made).response
        else:
            assert ask(app, made)["Status"] == "SUCCESS"
    assert len(seen) == len(list(samples("cloudformation")))


def test_real_events(app: Router, shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    app.cloudformation()(lambda: "id")
    labels = json.loads((shared_events / "labels.json").read_text())
    known = Router.everything().rooms
    found = 0
    for file, label in labels.items():
        made = json.loads((shared_events / file).read_text())
        ours = label["source"] == "cloudformation"
        assert CloudFormation.recognise(made) is ours, file
        if not ours:
            continue
        found += 1
        assert [room.name for room in known if room.recognise(made)] == ["cloudformation"]
        sent = Client(app).send(made)
        if made["ResponseURL"].startswith("https:"):
            check([json.dumps(put, separators=(",", ":")).encode() for put in sent.put], made)
        else:
            assert isinstance(sent.error, CallbackError)
    assert found == 4


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=5,
)
KEYS = [*event("cloudformation.update"), "NoSuchKey"]
ECHO = Router()
ECHO.cloudformation()(lambda properties, old_properties, physical_id, event: properties)


@settings(max_examples=300, deadline=None)
@given(
    changes=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3),
    gone=st.sets(st.sampled_from(KEYS), max_size=2),
)
def test_a_hostile_event_is_answered_or_refused(changes: Any, gone: Any) -> None:
    app = ECHO
    made = {
        key: value for key, value in {**event("cloudformation.update"), **changes}.items() if key not in gone
    }
    sent = Client(app).send(made)
    if sent.put:
        (put,) = sent.put
        assert put["PhysicalResourceId"]
        assert len(json.dumps(put, ensure_ascii=False).encode("utf-8", "backslashreplace")) <= 4_200
    elif sent.error is not None:
        assert type(sent.error).__module__ == "lambda_router.errors"


@pytest.mark.parametrize("key", ["StackId", "LogicalResourceId", "RequestId"])
def test_ids_that_leave_no_room_for_an_answer_are_refused(app: Router, key: str) -> None:
    app.cloudformation()(lambda: None)
    with pytest.raises(CallbackError, match="cannot be answered"):
        app({**event("cloudformation"), key: "x" * 4_000})


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_physical_id_that_is_none_is_not_given_back(kind: str) -> None:
    RESULT[0] = None
    for odd in ("", 7, None, "x" * 1_025, {}):
        made = {**event("cloudformation", request_type=kind, request_id="r-1"), "PhysicalResourceId": odd}
        assert Client(ANY).send(made).put[0]["PhysicalResourceId"] == "shop-UploadsBucket-r-1"


def test_context_without_a_clock_is_no_reason_to_fail(app: Router) -> None:
    app.cloudformation()(lambda: "id")
    assert ask(app)["Status"] == "SUCCESS"
    assert Client(app, context=LambdaContext(timeout=900)).cloudformation().put[0]["Status"] == "SUCCESS"


def test_what_it_needs_is_loaded_at_decoration(run_python: Any) -> None:
    """A watchdog may come in the middle of another import, and there is little time."""
    code = """
import sys
from lambda_router import Router
app = Router()
assert not {"ssl", "boto3", "lambda_router.callback"} & set(sys.modules)
app.cloudformation("Custom::Bucket").create(lambda: "id")
assert {"ssl", "socket", "encodings.idna", "lambda_router.failures"} <= set(sys.modules)
assert not {"boto3", "http.client", "urllib.request"} & set(sys.modules)
from lambda_router.testing import Client, event
made = event("cloudformation")
before = set(sys.modules)
import socket
socket.socket = None
app.cloudformation.callback(made).expire()
new = {name for name in set(sys.modules) - before if not name.startswith("encodings")}
print(sorted(new))
"""
    assert run_python(code) == "[]\n"


def test_the_test_client_sends_nothing(app: Router) -> None:
    opened: list[str] = []
    watching = True
    sys.addaudithook(lambda what, _: opened.append(what) if what.startswith("socket.") and watching else None)
    app.cloudformation()(lambda: "id")
    Client(app).cloudformation()
    watching = False
    assert opened == []
