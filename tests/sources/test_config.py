"""AWS Config: evaluations of every form in pages of 100, what they are about, gone resources, oversized items, secrets."""

from __future__ import annotations

import copy
import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes import AWSConfigRuleEvent
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber
from calls import Recorder, client
from e2e.functions.router import EXCEPTIONS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models import Refused
from models import config as model
from named import shown
from pydantic import BaseModel

from lambda_router import (
    CallbackError,
    ConfigurationError,
    Depends,
    Drop,
    DuplicateRouteError,
    Evaluation,
    HandlerSignatureError,
    Invocation,
    NoRouteError,
    PayloadError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    UnknownEventError,
    detect,
)
from lambda_router.sources import config
from lambda_router.sources.config import Config
from lambda_router.testing import Client, LambdaContext, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("config")}
CHANGE = SAMPLES["config.change"]
NOTIFICATION = json.loads(CHANGE["invokingEvent"])
ITEM = NOTIFICATION["configurationItem"]
OVERSIZED = SAMPLES["config.oversized"]
SCHEDULED = SAMPLES["config.scheduled"]
CAPTURED = datetime(2026, 4, 11, 9, 12, 41, 1000, tzinfo=UTC)


class Parameters(BaseModel):
    desiredInstanceType: str
    owner: str = "nobody"


@pytest.fixture(scope="module")
def recorded() -> Recorder:
    return Recorder("config")


@pytest.fixture
def aws(recorded: Recorder) -> Recorder:
    """Where calls are recorded."""
    return recorded.clear()


def routed(aws: Recorder, handler: Any = None, rule: Any = "*", **options: Any) -> Router:
    app = Router()
    app.config.client = aws.client
    if handler is not None:
        app.config(rule, **options)(handler)
    return app


def ask(app: Router, aws: Recorder, sent: Any = CHANGE, *, fetched: bool = False) -> list[dict[str, Any]]:
    """The evaluations that were reported, after the service's model has accepted them."""
    aws.calls.clear()
    sent = json.loads(json.dumps(sent))
    assert Client(app).send(sent).raise_for_error().response is None
    reported = [call for call in aws.calls if call[0] != "GetResourceConfigHistory"]
    assert len(aws.calls) - len(reported) == fetched
    model.check(reported, sent)
    return [evaluation for _, given in reported for evaluation in given["Evaluations"]]


def given_to(aws: Recorder, parameters: str, sent: Any = CHANGE, **names: Any) -> Any:
    """What a handler with these parameters is given for the event."""
    seen: list[Any] = []
    space: dict[str, Any] = {"seen": seen, "Any": Any, **names}
    exec(f"def handler({parameters}):\n    seen.append(dict(locals()))\n    return True", space)
    ask(routed(aws, space["handler"]), aws, sent)
    return seen[0]


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize("answer", model.RIGHT, ids=["none", "one", "page", "pages", "long"])
def test_the_model_accepts(answer: Any) -> None:
    model.check(answer, model.EVENT)


# -- parts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("configuration_item", ITEM),
        ("configuration_item: dict", ITEM),
        ("parameters", {"desiredInstanceType": "t3.small", "owner": "platform"}),
        ("parameters: dict", {"desiredInstanceType": "t3.small", "owner": "platform"}),
        ("parameters: str", '{"desiredInstanceType":"t3.small","owner":"platform"}'),
        ("parameters: Parameters", Parameters(desiredInstanceType="t3.small", owner="platform")),
        ("given: Parameters", Parameters(desiredInstanceType="t3.small", owner="platform")),
        ("message_type", "ConfigurationItemChangeNotification"),
        ("account", "123456789012"),
        ("account: int", 123456789012),
        ("event", {key: value for key, value in CHANGE.items() if key != "resultToken"}),
    ],
)
def test_each_part(aws: Recorder, parameter: str, expected: Any) -> None:
    (value,) = given_to(aws, parameter, Parameters=Parameters).values()
    assert value == expected


def test_what_a_scheduled_rule_is_given(aws: Recorder) -> None:
    found = given_to(aws, "configuration_item: dict | None, parameters, message_type, account", SCHEDULED)
    assert found == {
        "configuration_item": None,
        "parameters": {"desiredInstanceType": "t3.micro"},
        "message_type": "ScheduledNotification",
        "account": "123456789012",
    }


def test_a_rule_without_parameters_has_none(aws: Recorder) -> None:
    for sent in (event("config", parameters=None), event("config", parameters="")):
        assert given_to(aws, "parameters: dict", sent) == {"parameters": {}}


def test_the_event_is_not_changed(aws: Recorder) -> None:
    for original in SAMPLES.values():
        sent = copy.deepcopy(original)
        app = routed(aws, lambda event, configuration_item, parameters: True, pattern={"version": ["1.0"]})
        assert app(sent, LambdaContext()) is None
        assert sent == original


def test_a_rule_s_event_in_a_message_is_a_message(aws: Recorder) -> None:
    app = routed(aws, lambda: True)
    assert isinstance(Client(app).sqs("orders", [CHANGE]).error, NoRouteError)
    assert aws.calls == []


def test_powertools_and_the_invocation(aws: Recorder) -> None:
    found = given_to(aws, "event: AWSConfigRuleEvent, invocation", AWSConfigRuleEvent=AWSConfigRuleEvent)
    assert found["event"].rule_parameters == {"desiredInstanceType": "t3.small", "owner": "platform"}
    assert found["event"].invoking_event.configuration_item.resource_id == "i-0aaaaaaaaaaaaaa01"
    invocation = found["invocation"]
    assert isinstance(invocation, Invocation)
    assert (invocation.source, invocation.record) == ("config", None)


@pytest.mark.parametrize("signature", ["body", "rule_parameters", "item: dict, other: dict", "records"])
def test_what_is_not_on_offer_is_refused_at_import(aws: Recorder, signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.config"):
        given_to(aws, signature)


def test_parameters_that_do_not_fit_raise_without_their_content(aws: Recorder) -> None:
    def handler(parameters: Parameters) -> bool:
        return True

    with pytest.raises(PayloadError) as info:
        routed(aws, handler)(event("config", parameters={"desiredInstanceType": ["CANARY"]}))
    assert "CANARY" not in str(info.value)
    assert aws.calls == []


# -- which route ---------------------------------------------------------------------------------------------


def takes(aws: Recorder, sent: Any, rule: Any = "*", **options: Any) -> bool:
    try:
        return bool(ask(routed(aws, lambda: True, rule, **options), aws, sent))
    except NoRouteError:
        assert aws.calls == []
        return False


@pytest.mark.parametrize(
    ("rule", "options", "expected"),
    [
        ("instances-are-small", {}, True),
        ("instances-*", {}, True),
        (["other", "instances-are-small"], {}, True),
        ("instances", {}, False),
        ("*", {"message_type": "ConfigurationItemChangeNotification"}, True),
        ("*", {"message_type": "*ConfigurationItemChangeNotification"}, True),
        ("*", {"message_type": "ScheduledNotification"}, False),
        ("*", {"resource_type": "AWS::EC2::Instance"}, True),
        ("*", {"resource_type": ["AWS::S3::*", "AWS::EC2::*"]}, True),
        ("*", {"resource_type": "AWS::S3::Bucket"}, False),
        ("*", {"parameters": {"owner": ["platform"]}}, True),
        ("*", {"parameters": {"owner": ["storefront"]}}, False),
        (
            "*",
            {"pattern": {"invokingEvent": {"configurationItem": {"tags": {"team": ["storefront"]}}}}},
            True,
        ),
        ("*", {"pattern": {"ruleParameters": {"owner": [{"prefix": "plat"}]}}}, True),
        ("*", {"pattern": {"evaluationMode": ["PROACTIVE"]}}, False),
        ("*", {"pattern": {"resultToken": [{"exists": True}]}}, False),
    ],
)
def test_by_rule_type_and_pattern(aws: Recorder, rule: Any, options: Any, expected: bool) -> None:
    assert takes(aws, CHANGE, rule, **options) is expected


def test_a_scheduled_rule_has_no_resource(aws: Recorder) -> None:
    assert takes(aws, SCHEDULED, message_type="ScheduledNotification")
    assert not takes(aws, SCHEDULED, resource_type="AWS::EC2::Instance")
    assert takes(aws, OVERSIZED, resource_type="AWS::EC2::SecurityGroup")


def test_the_first_route_that_matches_takes_the_event(aws: Recorder) -> None:
    app = routed(aws, lambda: True, "instances-*", resource_type="AWS::EC2::Instance")
    app.config("instances-*")(lambda: False)
    assert ask(app, aws)[0]["ComplianceType"] == "COMPLIANT"
    sent = event("config", rule="instances-x", resource_type="AWS::S3::Bucket")
    assert ask(app, aws, sent)[0]["ComplianceType"] == "NON_COMPLIANT"


def test_registration(aws: Recorder) -> None:
    app = routed(aws, lambda: True, "small", name="first")
    assert repr(app.routes[0]) == "<config(rule='small') -> first>"
    with pytest.raises(DuplicateRouteError):
        app.config(["small"]).drop()
    with pytest.raises(ConfigurationError, match="rule is None"):
        app.config(None)  # type: ignore[arg-type]


def test_the_decorator_to_write(aws: Recorder) -> None:
    with pytest.raises(NoRouteError) as info:
        routed(aws, lambda: True, "other")(CHANGE)
    assert info.value.suggestion == '@app.config("instances-are-small")'
    for name in ("*", "a*b", "\\", '"', "\n"):
        sent = event("config", rule=name)
        explanation = routed(aws).explain(sent)
        assert explanation.suggestion is not None
        app = routed(aws)
        exec(f"{explanation.suggestion}\ndef handler(): return True", {"app": app})
        assert len(ask(app, aws, sent)) == 1
        assert sent["resultToken"] not in str(explanation)


# -- what a handler returns ----------------------------------------------------------------------------------

CHANGED = {
    "ComplianceResourceType": "AWS::EC2::Instance",
    "ComplianceResourceId": "i-0aaaaaaaaaaaaaa01",
    "OrderingTimestamp": CAPTURED,
}


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (True, {"ComplianceType": "COMPLIANT"}),
        (False, {"ComplianceType": "NON_COMPLIANT"}),
        ("COMPLIANT", {"ComplianceType": "COMPLIANT"}),
        ("NON_COMPLIANT", {"ComplianceType": "NON_COMPLIANT"}),
        ("NOT_APPLICABLE", {"ComplianceType": "NOT_APPLICABLE"}),
        (Evaluation(True), {"ComplianceType": "COMPLIANT"}),
        (Evaluation("NON_COMPLIANT"), {"ComplianceType": "NON_COMPLIANT"}),
        (
            Evaluation(False, annotation="too large"),
            {"ComplianceType": "NON_COMPLIANT", "Annotation": "too large"},
        ),
        (
            Evaluation(False, annotation="x" * 300),
            {"ComplianceType": "NON_COMPLIANT", "Annotation": "x" * 256},
        ),
        (Evaluation(False, annotation=""), {"ComplianceType": "NON_COMPLIANT"}),
        (
            Evaluation(True, resource_type="AWS::S3::Bucket", resource_id="uploads"),
            {
                "ComplianceType": "COMPLIANT",
                "ComplianceResourceType": "AWS::S3::Bucket",
                "ComplianceResourceId": "uploads",
            },
        ),
        (
            Evaluation(True, resource_id="i-2"),
            {"ComplianceType": "COMPLIANT", "ComplianceResourceId": "i-2"},
        ),
        (
            Evaluation(True, timestamp=datetime(2030, 1, 1, tzinfo=timezone(timedelta(hours=2)))),
            {"ComplianceType": "COMPLIANT", "OrderingTimestamp": datetime(2029, 12, 31, 22, tzinfo=UTC)},
        ),
        (
            Evaluation(True, timestamp=datetime(2030, 1, 1)),
            {"ComplianceType": "COMPLIANT", "OrderingTimestamp": datetime(2030, 1, 1, tzinfo=UTC)},
        ),
        (
            Evaluation(True, timestamp="2030-01-01T00:00:00.5Z"),
            {
                "ComplianceType": "COMPLIANT",
                "OrderingTimestamp": datetime(2030, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC),
            },
        ),
    ],
    ids=shown,
)
def test_one_evaluation(aws: Recorder, returned: Any, expected: Any) -> None:
    assert ask(routed(aws, lambda: returned), aws) == [{**CHANGED, **expected}]
    assert ask(routed(aws, lambda: [returned]), aws) == [{**CHANGED, **expected}]


def test_a_list_of_every_form(aws: Recorder) -> None:
    found = ask(routed(aws, lambda: (True, "NOT_APPLICABLE", Evaluation(False, resource_id="i-2"))), aws)
    assert [one["ComplianceType"] for one in found] == ["COMPLIANT", "NOT_APPLICABLE", "NON_COMPLIANT"]
    assert [one["ComplianceResourceId"][:3] for one in found] == ["i-0", "i-0", "i-2"]


def test_a_scheduled_rule_is_about_the_account(aws: Recorder) -> None:
    sent = event("config.scheduled", time="1970-01-01T00:00:00.0Z", account="111122223333")
    (found,) = ask(routed(aws, lambda: False), aws, sent)
    assert found == {
        "ComplianceResourceType": "AWS::::Account",
        "ComplianceResourceId": "111122223333",
        "ComplianceType": "NON_COMPLIANT",
        "OrderingTimestamp": datetime(1970, 1, 1, tzinfo=UTC),
    }
    named = Evaluation(True, resource_type="AWS::IAM::User", resource_id="AIDA1")
    (found,) = ask(routed(aws, lambda: named), aws, sent)
    assert (found["ComplianceResourceType"], found["ComplianceResourceId"]) == ("AWS::IAM::User", "AIDA1")


def test_the_time_of_a_change_is_when_the_item_was_captured(aws: Recorder) -> None:
    assert NOTIFICATION["notificationCreationTime"] != ITEM["configurationItemCaptureTime"]
    (found,) = ask(routed(aws, lambda: True), aws)
    assert found["OrderingTimestamp"] == CAPTURED


@pytest.mark.parametrize(
    ("returned", "path"),
    [
        (None, "$"),
        ("compliant", "$"),
        ("INSUFFICIENT_DATA", "$"),
        ("", "$"),
        (1, "$"),
        (0, "$"),
        ({"ComplianceType": "COMPLIANT"}, "$"),
        ({True}, "$"),
        (b"COMPLIANT", "$"),
        (object(), "$"),
        ([True, None], "$[1]"),
        ([[True]], "$[0]"),
        (Evaluation("INSUFFICIENT_DATA"), "$"),
        (Evaluation(None), "$"),  # type: ignore[arg-type]
        ([Evaluation(True), Evaluation(True, resource_id="x" * 769)], "$[1].resource_id"),
        (Evaluation(True, resource_type="x" * 257, resource_id="i"), "$.resource_type"),
        (Evaluation(True, resource_type="AWS::S3::Bucket"), "$.resource_id"),
        (Evaluation(True, resource_id=7), "$.resource_id"),  # type: ignore[arg-type]
        (Evaluation(True, annotation=7), "$.annotation"),  # type: ignore[arg-type]
        (Evaluation(True, annotation=["a"]), "$.annotation"),  # type: ignore[arg-type]
        (Evaluation(True, timestamp="yesterday"), "$.timestamp"),
        (Evaluation(True, timestamp=7), "$.timestamp"),  # type: ignore[arg-type]
        (Evaluation(True, timestamp=""), "$.timestamp"),
    ],
    ids=shown,
)
def test_a_wrong_result_raises_and_reports_nothing(aws: Recorder, returned: Any, path: str) -> None:
    with pytest.raises(ResultError) as info:
        routed(aws, lambda: returned)(CHANGE)
    assert info.value.path == path
    assert aws.calls == []


def test_text_that_cannot_be_sent(aws: Recorder) -> None:
    for wrong in (Evaluation(True, annotation="\ud800"), Evaluation(True, resource_id="\ud800")):
        with pytest.raises(ResultError):
            routed(aws, lambda wrong=wrong: wrong)(CHANGE)
    assert aws.calls == []


def test_a_scheduled_rule_names_the_type_with_the_resource(aws: Recorder) -> None:
    with pytest.raises(ResultError) as info:
        routed(aws, lambda: Evaluation(True, resource_id="i-1"))(SCHEDULED)
    assert info.value.path == "$.resource_type"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from(["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE", "INSUFFICIENT_DATA"])
    | st.integers()
    | st.text(max_size=4)
    | st.builds(
        Evaluation,
        st.booleans() | st.text(max_size=3),
        resource_id=st.none() | st.text(max_size=3),
        resource_type=st.none() | st.text(max_size=3),
        annotation=st.none() | st.text() | st.integers(),
        timestamp=st.none() | st.datetimes() | st.datetimes(timezones=st.timezones()) | st.text(max_size=5),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
SHARED = Recorder("config")


@given(VALUES, st.sampled_from(sorted(SAMPLES)))
@example([True] * 250, "config.change")
@settings(deadline=None, max_examples=100)
def test_any_result_is_reported_or_refused(returned: Any, name: str) -> None:
    try:
        routed(SHARED.clear(), lambda: returned)(SAMPLES[name], LambdaContext(timeout=60))
    except ResultError:
        assert SHARED.calls == []
    else:
        model.check(SHARED.calls, SAMPLES[name])


# -- pages -----------------------------------------------------------------------------------------------------


def many(size: int) -> list[Evaluation]:
    kind = "AWS::S3::Bucket"
    return [Evaluation(n % 2 == 0, resource_type=kind, resource_id=f"bucket-{n}") for n in range(size)]


def pages(aws: Recorder, size: int) -> list[list[str]]:
    """The ids that were reported, page by page; each once and in order."""
    found = ask(routed(aws, lambda: many(size)), aws, SCHEDULED)
    ids = [one["ComplianceResourceId"] for one in found]
    assert ids == [f"bucket-{n}" for n in range(size)]
    return [[one["ComplianceResourceId"] for one in given["Evaluations"]] for _, given in aws.calls]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, [0]),
        (1, [1]),
        (99, [99]),
        (100, [100]),
        (101, [100, 1]),
        (200, [100, 100]),
        (1000, [100] * 10),
    ],
)
def test_pages_of_a_hundred(aws: Recorder, size: int, expected: list[int]) -> None:
    assert [len(page) for page in pages(aws, size)] == expected


def test_a_thousand_sizes_are_reported_once_each() -> None:
    """The pages themselves, without botocore's validation, which costs a second for 25,000 evaluations."""
    import random

    rng = random.Random(7)
    app = Router()
    sent: list[list[Any]] = []

    class Fake:
        def put_evaluations(self, *, Evaluations: list[Any], ResultToken: str) -> Any:
            assert ResultToken == SCHEDULED["resultToken"]
            sent.append(Evaluations)
            return {"FailedEvaluations": []}

    app.config.client = Fake()
    sizes: list[int] = []
    app.config("*")(lambda: EVALUATIONS[: sizes[-1]])
    for _ in range(1000):
        sizes.append(rng.randint(0, 1000))
        sent.clear()
        app(SCHEDULED)
        assert all(len(page) <= 100 for page in sent)
        assert len(sent) == max(1, -(-sizes[-1] // 100))
        ids = [one["ComplianceResourceId"] for page in sent for one in page]
        assert ids == [f"bucket-{n}" for n in range(sizes[-1])]


EVALUATIONS = many(1000)


def test_the_proof_of_pages_would_see_another_size(aws: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (99, 101):
        monkeypatch.setattr(config, "_PAGE", size)
        with pytest.raises(Refused):
            pages(aws, 250)


def test_by_way_of_the_stubber() -> None:
    """botocore's own stub: these parameters and no other call."""
    stubbed = client("config")
    app = Router()
    app.config = Config(app, client=stubbed)

    @app.config("instances-are-small", resource_type="AWS::EC2::Instance")
    def handler(configuration_item: dict[str, Any], parameters: dict[str, Any]) -> Any:
        found = configuration_item["configuration"]["instanceType"]
        wanted = parameters["desiredInstanceType"]
        return Evaluation(found == wanted, annotation=f"{found}, not {wanted}")

    with Stubber(stubbed) as stub:
        evaluation = {
            **CHANGED,
            "ComplianceType": "NON_COMPLIANT",
            "Annotation": "t3.large, not t3.small",
        }
        expected = {"Evaluations": [evaluation], "ResultToken": CHANGE["resultToken"]}
        stub.add_response("put_evaluations", {"FailedEvaluations": []}, expected)
        assert app(CHANGE, LambdaContext()) is None
        stub.assert_no_pending_responses()


# -- resources that are gone, items that were too large -----------------------------------------------------------


def never() -> Any:
    raise AssertionError


@pytest.mark.parametrize(
    ("parts", "applicable"),
    [
        ({"status": "OK"}, True),
        ({"status": "ResourceDiscovered"}, True),
        ({"status": "ResourceNotRecorded"}, False),
        ({"status": "ResourceDeleted"}, False),
        ({"status": "ResourceDeletedNotRecorded"}, False),
        ({"status": "OK", "left_scope": True}, False),
        ({"status": "ResourceDeleted", "left_scope": True}, False),
    ],
)
@pytest.mark.parametrize("kind", ["config", "config.oversized"])
def test_a_resource_that_is_gone_is_not_judged(
    aws: Recorder, parts: dict[str, Any], applicable: bool, kind: str
) -> None:
    sent = event(kind, resource_id="i-7", **parts)
    handler = (lambda: True) if applicable else never
    (found,) = ask(routed(aws, handler), aws, sent)
    assert found["ComplianceType"] == ("COMPLIANT" if applicable else "NOT_APPLICABLE")
    assert found["ComplianceResourceId"] == "i-7"


def test_the_proof_of_gone_resources_would_see_them_judged(
    aws: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "_is_applicable", lambda event: True)
    with pytest.raises(AssertionError):
        test_a_resource_that_is_gone_is_not_judged(
            aws, {"status": "ResourceDeleted"}, applicable=False, kind="config"
        )


def test_a_rule_that_nobody_routes_is_an_error_even_for_a_deleted_resource(aws: Recorder) -> None:
    with pytest.raises(NoRouteError):
        routed(aws, never, "other")(event("config.deleted"))
    assert aws.calls == []


HISTORY = {
    "version": "1.3",
    "accountId": "123456789012",
    "configurationItemCaptureTime": datetime(2026, 4, 12, 9, 12, 42, 2000, tzinfo=UTC),
    "configurationItemStatus": "OK",
    "configurationStateId": "1776000000002",
    "configurationItemMD5Hash": "",
    "arn": "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0bbbbbbbbbbbbbb02",
    "resourceType": "AWS::EC2::SecurityGroup",
    "resourceId": "sg-0bbbbbbbbbbbbbb02",
    "tags": {"team": "storefront"},
    "relationships": [
        {"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "relationshipName": "Is contained in Vpc"}
    ],
    "configuration": '{"ipPermissions": [{"fromPort": 22}]}',
    "supplementaryConfiguration": {},
}


def test_the_whole_of_an_item_that_was_too_large_is_fetched(aws: Recorder) -> None:
    seen: list[Any] = []

    def handler(configuration_item: dict[str, Any]) -> bool:
        seen.append(configuration_item)
        return False

    app = routed(aws, handler)
    aws.clear({"configurationItems": [HISTORY]})
    (found,) = ask(app, aws, OVERSIZED, fetched=True)
    assert aws.calls[0][1] == {
        "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": "sg-0bbbbbbbbbbbbbb02",
        "laterTime": "2026-04-12T09:12:42.002Z",
        "limit": 1,
    }
    assert found["ComplianceResourceId"] == "sg-0bbbbbbbbbbbbbb02"
    (item,) = seen
    assert item["configuration"] == {"ipPermissions": [{"fromPort": 22}]}
    assert item["relationships"][0]["name"] == "Is contained in Vpc"
    assert item["configurationItemCaptureTime"] == "2026-04-12T09:12:42.002Z"
    assert (item["ARN"], item["awsAccountId"]) == (HISTORY["arn"], "123456789012")
    assert item["configurationItemVersion"] == "1.3"
    assert item["changeType"] == "UPDATE"


def test_it_is_not_fetched_for_who_does_not_ask(aws: Recorder) -> None:
    assert len(ask(routed(aws, lambda message_type: True), aws, OVERSIZED)) == 1
    app = routed(aws)
    app.config("*").drop()
    assert ask(app, aws, OVERSIZED)[0]["ComplianceType"] == "NOT_APPLICABLE"


def test_a_dependency_may_ask_for_it(aws: Recorder) -> None:
    def ports(configuration_item: dict[str, Any]) -> list[int]:
        return [p["fromPort"] for p in configuration_item["configuration"]["ipPermissions"]]

    def handler(found: list[int] = Depends(ports)) -> bool:
        return 22 not in found

    app = routed(aws, handler)
    aws.clear({"configurationItems": [HISTORY]})
    assert ask(app, aws, OVERSIZED, fetched=True)[0]["ComplianceType"] == "NON_COMPLIANT"


def test_where_there_is_no_more_than_the_summary_that_is_given(aws: Recorder) -> None:
    found = given_to_oversized(aws.clear({"configurationItems": []}))
    assert found["resourceId"] == "sg-0bbbbbbbbbbbbbb02"
    assert "configuration" not in found


def given_to_oversized(aws: Recorder) -> Any:
    seen: list[Any] = []
    ask(
        routed(aws, lambda configuration_item: seen.append(configuration_item) or True),
        aws,
        OVERSIZED,
        fetched=True,
    )
    return seen[0]


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotDiscoveredException"])
def test_an_item_that_cannot_be_fetched_is_not_judged(aws: Recorder, code: str) -> None:
    aws.clear(code)
    with pytest.raises(CallbackError, match=f"get_resource_config_history was refused: {code}"):
        routed(aws, lambda configuration_item: True)(OVERSIZED)
    assert [operation for operation, _ in aws.calls] == ["GetResourceConfigHistory"]


# -- exceptions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", EXCEPTIONS)
def test_an_exception_is_raised_and_reports_nothing(aws: Recorder, outcome: str) -> None:
    with pytest.raises(Exception):
        routed(aws, EXCEPTIONS[outcome])(CHANGE)
    assert aws.calls == []


@pytest.mark.parametrize("outcome", [ValueError("x"), PublicError("x"), Retry("x"), Reject("x")])
def test_it_is_the_handler_s_own(aws: Recorder, outcome: Exception) -> None:
    def handler() -> bool:
        raise outcome

    with pytest.raises(type(outcome)) as info:
        routed(aws, handler)(CHANGE)
    assert info.value is outcome


def test_a_drop_is_not_applicable(aws: Recorder) -> None:
    def handler() -> bool:
        raise Drop

    assert ask(routed(aws, handler), aws)[0]["ComplianceType"] == "NOT_APPLICABLE"
    app = routed(aws)
    app.config("*").drop()
    assert ask(app, aws)[0]["ComplianceType"] == "NOT_APPLICABLE"


def test_an_exception_handler_may_settle_an_event_and_nothing_else(aws: Recorder) -> None:
    def handler() -> bool:
        raise LookupError

    app = routed(aws, handler)
    app.exception_handler(LookupError)(lambda exc, invocation: True)
    with pytest.raises(LookupError):
        app(CHANGE)
    assert aws.calls == []

    app = routed(aws, handler)

    @app.exception_handler(LookupError)
    def settle(exc: Any, invocation: Any) -> None:
        raise Drop

    assert ask(app, aws)[0]["ComplianceType"] == "NOT_APPLICABLE"


def test_what_middleware_returns_is_judged_like_what_a_handler_returns(aws: Recorder) -> None:
    app = routed(aws, never)
    app.use(lambda invocation, call_next: Evaluation(False))
    assert ask(app, aws)[0]["ComplianceType"] == "NON_COMPLIANT"
    app = routed(aws, never)
    app.use(lambda invocation, call_next: "fine")
    with pytest.raises(ResultError):
        app(CHANGE)


def test_who_takes_an_event_without_a_rule_reports_for_itself(aws: Recorder) -> None:
    app = Router()
    seen: list[Any] = []
    app.default(lambda event: seen.append(event["resultToken"]))
    assert app(CHANGE) is None
    assert seen == [CHANGE["resultToken"]]
    app = routed(aws, never, "other")
    app.default(lambda event: seen.append("resultToken" in event))
    assert app(CHANGE) is None
    assert seen[1:] == [False]
    assert aws.calls == []


# -- the service, and what stands between -----------------------------------------------------------------------


def test_evaluations_that_were_not_taken_raise(aws: Recorder) -> None:
    aws.clear({"FailedEvaluations": [{}] * 3}, {"FailedEvaluations": []})
    with pytest.raises(CallbackError, match="did not take 3 of 150"):
        routed(aws, lambda: many(150))(SCHEDULED)
    assert len(aws.calls) == 2  # one bad evaluation does not keep the others back


@pytest.mark.parametrize(
    "code", ["InvalidResultTokenException", "NoSuchConfigRuleException", "AccessDeniedException", 403, 404]
)
def test_what_is_refused_raises(aws: Recorder, code: Any) -> None:
    aws.clear(code)
    with pytest.raises(CallbackError, match=str(code)) as info:
        routed(aws, lambda: many(150))(SCHEDULED)
    assert len(aws.calls) == 1
    assert "said the service" not in "".join(traceback.format_exception(info.value))


@pytest.mark.parametrize(
    "fault",
    [
        500,
        503,
        307,
        "ThrottlingException",
        EndpointConnectionError(endpoint_url="https://example.com"),
        ConnectTimeoutError(endpoint_url="https://example.com"),
        ReadTimeoutError(endpoint_url="https://example.com"),
        ConnectionResetError("reset"),
    ],
    ids=str,
)
def test_what_cannot_be_delivered_raises(aws: Recorder, fault: Any) -> None:
    aws.clear(fault)
    with pytest.raises(CallbackError, match="could not be delivered") as info:
        routed(aws, lambda: True)(CHANGE)
    assert not info.value.final
    assert "example.com" not in "".join(traceback.format_exception(info.value))


class Service(BaseHTTPRequestHandler):
    """PutEvaluations, as far as it goes: `answers` in turn, then success."""

    answers: list[int] = []
    bodies: list[Any] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.bodies.append((self.headers["x-amz-target"], body))
        status = self.answers.pop(0) if self.answers else 200
        if status == 0:
            self.connection.close()
            return
        found = b'{"FailedEvaluations":[]}' if status == 200 else b'{"__type":"Oops","message":"no"}'
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(found)))
        self.end_headers()
        self.wfile.write(found)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def environment(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> type[Service]:
    """What Lambda gives a function, with the service on this machine."""
    values = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    values |= {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}
    for name, value in {**values, "AWS_ENDPOINT_URL_CONFIG_SERVICE": endpoint}.items():
        monkeypatch.setenv(name, value)
    boto3.setup_default_session()
    Service.bodies.clear()
    Service.answers.clear()
    return Service


def test_the_client_that_a_route_makes_reports_over_http(environment: type[Service]) -> None:
    app = Router()
    app.config("*")(lambda: many(150))
    environment.answers[:] = [500]
    assert app(SCHEDULED) is None
    assert [len(body["Evaluations"]) for _, body in environment.bodies] == [100, 100, 50]  # the first, again
    assert {target for target, _ in environment.bodies} == {"StarlingDoveService.PutEvaluations"}
    assert environment.bodies[0][1]["ResultToken"] == SCHEDULED["resultToken"]
    environment.answers[:] = [0] * 9
    with pytest.raises(CallbackError, match="could not be delivered"):
        app(SCHEDULED)


# -- secrets ----------------------------------------------------------------------------------------------------


def test_the_token_shows_nowhere_in_a_thousand_failing_runs(
    aws: Recorder, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    outcomes = [name for name in EXCEPTIONS if name not in ("seven_mb", "recursion")]

    def handler(
        event: Any, invocation: Invocation, parameters: dict[str, Any], configuration_item: Any
    ) -> Any:
        if parameters["kind"] == "shown":
            raise ValueError(
                f"{event} {invocation} {invocation.event}", json.dumps(event), configuration_item
            )
        return EXCEPTIONS.get(parameters["kind"], lambda: parameters["kind"])()

    app = routed(aws, handler)
    said: list[str] = []
    for number in range(1000):
        kind = [*outcomes, "shown", "wrong result", "COMPLIANT"][number % (len(outcomes) + 3)]
        aws.clear(["InvalidResultTokenException", 500, ReadTimeoutError(endpoint_url="x")][number % 3])
        sent = event("config", parameters={"kind": kind}, result_token=f"CANARY-{number}")
        try:
            app(sent, LambdaContext())
        except BaseException as error:
            said += traceback.format_exception(error)
        if number % 20 == 0:
            said += [str(app.explain(sent)), repr(app.config.__dict__)]
    said += [caplog.text, *map(repr, caplog.records), *capfd.readouterr()]
    assert sum(len(text) for text in said) > 100_000
    assert not [text[:200] for text in said if "CANARY" in text]


@pytest.fixture
def debug(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_not_even_botocore_writes_the_token_at_debug(
    environment: type[Service], debug: pytest.LogCaptureFixture
) -> None:
    app = Router()
    app.config("*")(lambda: True)
    sent = event("config", result_token="CANARY")
    environment.answers[:] = [500, 0, 200]
    assert app(sent) is None
    environment.answers[:] = [400]
    with pytest.raises(CallbackError):
        app(sent)
    assert len(environment.bodies) == 4
    assert "botocore.endpoint" in {record.name for record in debug.records}
    assert "CANARY" not in debug.text


def test_the_proof_of_the_token_would_see_it(
    environment: type[Service], debug: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("botocore.endpoint"), "filters", [])
    monkeypatch.setattr(config, "_holds_no_token", lambda record: True)
    with pytest.raises(AssertionError):
        test_not_even_botocore_writes_the_token_at_debug(environment, debug)


# -- the client, and detection ------------------------------------------------------------------------------------


def test_the_client_is_made_with_the_first_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    app = Router()
    assert app.config.client is None
    app.config("*")(lambda: True)
    assert app.config.client.meta.service_model.service_name == "config"


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_recognised_and_answered(aws: Recorder, name: str) -> None:
    assert detect(SAMPLES[name]) == "config"
    assert len(ask(routed(aws, lambda: True), aws, SAMPLES[name])) == 1


ODD: list[Any] = [None, True, 0, 1.5, "", [], [1], {}, {"a": 1}]


@pytest.mark.parametrize("odd", ODD, ids=shown)
@pytest.mark.parametrize("key", ["invokingEvent", "resultToken", "configRuleName"])
def test_what_is_no_rule_s_event_is_not_claimed(key: str, odd: Any) -> None:
    assert detect({**CHANGE, key: odd}) is None
    with pytest.raises(UnknownEventError):
        routed(SHARED, lambda: True)({**CHANGE, key: odd})


HOSTILE = [
    *("", "text", "{", "null", "[]", "[1]", "1", '"a"', "\ud800", '{"a": NaN}'),
    *('{"configurationItem": 1}', '{"configurationItem": {}}', '{"configurationItemSummary": {}}'),
    *('{"configurationItem": {"configurationItemStatus": ["OK"]}}', '{"messageType": {}}'),
    '{"configurationItem": {"configurationItemStatus": "OK", "resourceType": 1, "resourceId": []}}',
    '{"configurationItemSummary": {"configurationItemStatus": "OK", "resourceType": 1, "resourceId": []}}',
    '{"notificationCreationTime": "yesterday", "messageType": "ScheduledNotification"}',
    '{"notificationCreationTime": 7}',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_events_raise_only_what_is_documented(aws: Recorder, text: str) -> None:
    def handler(configuration_item: Any, parameters: Any, message_type: Any, account: Any) -> Any:
        return True

    for sent in (
        {**CHANGE, "invokingEvent": text or " "},
        {**CHANGE, "ruleParameters": text},
        *(
            {**SCHEDULED, key: odd}
            for key in ("accountId", "ruleParameters", "eventLeftScope")
            for odd in ODD
        ),
    ):
        for options in ({}, {"resource_type": "*", "message_type": "*"}, {"parameters": {"a": ["b"]}}):
            aws.clear()
            app = routed(aws, handler, **options)
            try:
                assert app(sent, LambdaContext()) is None
            except RouterError:
                continue
            reported = [call for call in aws.calls if call[0] == "PutEvaluations"]
            model.check(reported, sent)


def test_real_events_reach_a_handler(aws: Recorder, shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "config"]
    assert len(files) >= 7
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["config"], file
        seen: list[Any] = []

        def handler(
            configuration_item: Any, parameters: dict[str, Any], message_type: str, account: str
        ) -> Any:
            seen.append((message_type, parameters, account))
            return True

        fetched = "Oversized" in sent["invokingEvent"]
        (found,) = ask(routed(aws, handler), aws, sent, fetched=fetched)
        assert len(seen) == 1
        scheduled = seen[0][0] == "ScheduledNotification"
        assert found["ComplianceResourceType"] == ("AWS::::Account" if scheduled else "AWS::EC2::Instance")
    others = [file for file in labels if file not in files]
    assert [f for f in others if Config.recognise(json.loads((shared_events / f).read_text()))] == []


def test_an_evaluation_as_a_value() -> None:
    assert Evaluation(True, annotation="a") == Evaluation(True, annotation="a")
    assert Evaluation(True) != Evaluation(False)
    assert Evaluation(True) != True  # noqa: E712
    assert repr(Evaluation("COMPLIANT")) == "<Evaluation COMPLIANT>"
    named = Evaluation(False, resource_type="AWS::S3::Bucket", resource_id="uploads")
    assert repr(named) == "<Evaluation False, AWS::S3::Bucket uploads>"
