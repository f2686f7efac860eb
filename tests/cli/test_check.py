"""`lambda-router check`: each rule on a template that breaks it and on its mended twin, and templates that are none."""

from __future__ import annotations

import copy
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambda_router.cli.deployment import deployed, function_of
from lambda_router.cli.documents import load
from lambda_router.cli.failure import Failure
from lambda_router.cli.rules import RULES, findings
from lambda_router.cli.stack import Stack

from .conftest import Run

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
FAILED = {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-2:123456789012:failed", "Type": "SQS"}}
KEPT = {"EventInvokeConfig": {"DestinationConfig": FAILED}}
PATIENCE = {"StartingPosition": "LATEST", "MaximumRetryAttempts": 5, "DestinationConfig": FAILED}
QUEUE = {"VisibilityTimeout": 180, "RedrivePolicy": {"deadLetterTargetArn": "arn:x", "maxReceiveCount": 5}}
APPS = {
    "partial": '@app.sqs("orders", partial=True)\ndef take(body: dict): ...',
    "whole": '@app.sqs("orders")\ndef take(body: dict): ...',
    "fifo": '@app.sqs("orders.fifo")\ndef take(body: dict): ...',
    "clicks": '@app.kinesis("clicks")\ndef take(data: dict): ...',
    "window": '@app.kinesis("clicks")\ndef take(data): ...\n@app.kinesis.window("clicks")\ndef add(records): ...',
    "topics": '@app.kafka("orders", partial=True)\ndef take(value: dict): ...',
    "web": '@app.get("/orders/{id}")\ndef take(id: int): ...',
    "uploads": '@app.s3("uploads")\ndef take(key: str): ...',
    "news": '@app.sns("news")\ndef take(message: dict): ...',
    "empty": "",
}


def function(**properties: Any) -> dict[str, Any]:
    """A function of SAM with the app, a Runtime and a Timeout."""
    base = {"Handler": "deployed.app", "Runtime": "python3.13", "CodeUri": ".", "Timeout": 30}
    return {"Type": "AWS::Serverless::Function", "Properties": {**base, **properties}}


def event(kind: str, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A function's one event, as its `Events`."""
    return {"Events": {"One": {"Type": kind, "Properties": {**(properties or {}), **more}}}}


def stack(function: dict[str, Any], **resources: Any) -> dict[str, Any]:
    """A template with the function and these resources, each a type with properties."""
    others = {name: {"Type": kind, "Properties": given} for name, (kind, given) in resources.items()}
    return {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Shop": function, **others}}


def polled(
    queue: dict[str, Any], mapping: dict[str, Any] | None = None, name: str = "orders", **own: Any
) -> dict[str, Any]:
    """A template with a queue that the function polls."""
    arn = {"Fn::GetAtt": ["Orders", "Arn"]}
    events = event("SQS", {"Queue": arn, **(mapping or {})})
    return stack(function(**events, **own), Orders=("AWS::SQS::Queue", {"QueueName": name, **queue}))


def both(other: str) -> dict[str, Any]:
    """A template with the queue that is polled, and another that is elsewhere."""
    found = polled(QUEUE)
    arn = f"arn:aws:sqs:eu-west-2:123456789012:{other}"
    found["Resources"]["Shop"]["Properties"]["Events"]["Two"] = {"Type": "SQS", "Properties": {"Queue": arn}}
    return found


def streamed(**mapping: Any) -> dict[str, Any]:
    """A template with a Kinesis stream that the function reads."""
    return stack(
        function(**event("Kinesis", Stream="arn:aws:kinesis:eu-west-2:123456789012:stream/clicks", **mapping))
    )


def topic(**mapping: Any) -> dict[str, Any]:
    """A template with a topic of an MSK cluster."""
    arn = "arn:aws:kafka:eu-west-2:123456789012:cluster/shop/0"
    return stack(
        function(**event("MSK", Stream=arn, Topics=["orders"], StartingPosition="LATEST", **mapping))
    )


def bucket(**notification: Any) -> dict[str, Any]:
    """A template with a bucket that calls the function, which may write to it."""
    events = event("S3", Bucket={"Ref": "Uploads"}, Events="s3:ObjectCreated:*", **notification)
    policies = [{"S3CrudPolicy": {"BucketName": {"Ref": "Uploads"}}}]
    return stack(
        function(**events, **KEPT, Policies=policies), Uploads=("AWS::S3::Bucket", {"BucketName": "uploads"})
    )


FIFO = {**QUEUE, "FifoQueue": True}
LETTERS = ("AWS::SQS::Queue", {"QueueName": "dead.fifo", "FifoQueue": True})


def redriven(**dead: Any) -> dict[str, Any]:
    """A template with a FIFO queue and its dead-letter queue."""
    found = polled(
        {**FIFO, "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}},
        name="orders.fifo",
    )
    found["Resources"]["Dead"] = {"Type": "AWS::SQS::Queue", "Properties": dead}
    return found


class Case(NamedTuple):
    """An app, a template that breaks one rule alone, and one that breaks none."""

    app: str
    broken: dict[str, Any]
    mended: dict[str, Any]


CASES = {
    "handler": Case(
        "web", stack(function(**event("HttpApi"), Handler="other.app")), stack(function(**event("HttpApi")))
    ),
    "runtime": Case(
        "web",
        stack(function(**event("HttpApi"), Runtime="python3.10")),
        stack(function(**event("HttpApi"), Runtime="python3.11")),
    ),
    "partial-ignored": Case("partial", polled(QUEUE), polled(QUEUE, REPORTS)),
    "kafka-not-provisioned": Case(
        "topics", topic(**REPORTS), topic(**REPORTS, ProvisionedPollerConfig={"MinimumPollers": 1})
    ),
    "event-without-route": Case("whole", both("parcels"), both("orders")),
    "window-missing": Case(
        "window",
        streamed(**PATIENCE, BisectBatchOnFunctionError=True),
        streamed(**PATIENCE, BisectBatchOnFunctionError=True, TumblingWindowInSeconds=60),
    ),
    "visibility-refused": Case("whole", polled({**QUEUE, "VisibilityTimeout": 29}), polled(QUEUE)),
    "visibility-short": Case("whole", polled({**QUEUE, "VisibilityTimeout": 179}), polled(QUEUE)),
    "fifo-batch": Case(
        "fifo", polled(FIFO, {"BatchSize": 11}, "orders.fifo"), polled(FIFO, {"BatchSize": 10}, "orders.fifo")
    ),
    "batch-window": Case(
        "whole",
        polled(QUEUE, {"BatchSize": 11}),
        polled(QUEUE, {"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}),
    ),
    "dead-letter-kind": Case(
        "fifo", redriven(QueueName="dead"), redriven(QueueName="dead.fifo", FifoQueue=True)
    ),
    "stream-response": Case(
        "web",
        stack(function(FunctionUrlConfig={"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"})),
        stack(function(FunctionUrlConfig={"AuthType": "NONE", "InvokeMode": "BUFFERED"})),
    ),
    "partial-undeclared": Case("whole", polled(QUEUE, REPORTS), polled(QUEUE)),
    "path-without-route": Case(
        "web",
        stack(
            function(
                Events={
                    **event("HttpApi")["Events"],
                    "Two": event("HttpApi", Path="/parcels", Method="get")["Events"]["One"],
                }
            )
        ),
        stack(
            function(
                Events={
                    **event("HttpApi")["Events"],
                    "Two": event("HttpApi", Path="/orders/{id}", Method="get")["Events"]["One"],
                }
            )
        ),
    ),
    "route-without-event": Case("web", stack(function()), stack(function(**event("HttpApi")))),
    "queue-without-dead-letters": Case("whole", polled({"VisibilityTimeout": 180}), polled(QUEUE)),
    "concurrency-short": Case(
        "whole",
        polled(QUEUE, {"ScalingConfig": {"MaximumConcurrency": 20}}, ReservedConcurrentExecutions=10),
        polled(QUEUE, {"ScalingConfig": {"MaximumConcurrency": 10}}, ReservedConcurrentExecutions=10),
    ),
    "shard-blocked": Case(
        "clicks", streamed(StartingPosition="LATEST"), streamed(**PATIENCE, BisectBatchOnFunctionError=True)
    ),
    "stream-without-destination": Case(
        "clicks",
        streamed(MaximumRetryAttempts=5, BisectBatchOnFunctionError=True),
        streamed(**PATIENCE, BisectBatchOnFunctionError=True),
    ),
    "batch-unsplit": Case(
        "clicks", streamed(**PATIENCE), streamed(**PATIENCE, BisectBatchOnFunctionError=True)
    ),
    "async-without-destination": Case(
        "news",
        stack(function(**event("SNS", Topic="arn:aws:sns:eu-west-2:123456789012:news"))),
        stack(function(**event("SNS", Topic="arn:aws:sns:eu-west-2:123456789012:news"), **KEPT)),
    ),
    "recursion": Case(
        "uploads", bucket(), bucket(Filter={"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}})
    ),
    "api-timeout": Case(
        "web", stack(function(**event("HttpApi"), Timeout=31)), stack(function(**event("HttpApi")))
    ),
    "poller-timeout": Case(
        "topics",
        stack(
            {
                **topic(**REPORTS, ProvisionedPollerConfig={})["Resources"]["Shop"],
                "Properties": {
                    **topic(**REPORTS, ProvisionedPollerConfig={})["Resources"]["Shop"]["Properties"],
                    "Timeout": 841,
                },
            }
        ),
        topic(**REPORTS, ProvisionedPollerConfig={}),
    ),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory to write an app into, as `deployed.py`, which is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("deployed", None)


def look(project: Path, app: str, template: Any, arguments: str = "") -> list[tuple[str, str]]:
    """What is found, as codes and places."""
    text = app if "\n" in app or not app else APPS.get(app, app)
    (project / "deployed.py").write_text(
        f"import os\nfrom lambda_router import Router\napp = Router({arguments})\n{text}\n"
    )
    sys.modules.pop("deployed", None)
    (project / "template.json").write_text(json.dumps(template))
    described = Stack(load("template.json"))
    found = findings(deployed("deployed:app", described, function_of(described, "deployed:app", None)))
    return [(finding.code, finding.place) for finding in found]


def codes(project: Path, app: str, template: Any, arguments: str = "") -> list[str]:
    return [code for code, _ in look(project, app, template, arguments)]


# -- the rules ------------------------------------------------------------------------------------------------------


def test_every_rule_has_a_case() -> None:
    listed = [rule.code for rule in RULES]
    assert len(listed) == len(set(listed))
    assert set(listed) == CASES.keys()
    assert {rule.severity for rule in RULES} == {"error", "warning"}


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_what_is_broken_alone(project: Path, code: str) -> None:
    case = CASES[code]
    assert codes(project, case.app, case.broken) == [code]
    sys.modules.pop("deployed")
    assert codes(project, case.app, case.mended) == []


def test_the_page_has_the_rules() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (error|warning) \| (.+) \|$", PAGE.read_text("utf-8"), re.M)
    assert rows == [(rule.code, rule.severity, rule.finds) for rule in RULES]


# -- what is written otherwise --------------------------------------------------------------------------------------

FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Handler": "deployed.app",
        "Runtime": "python3.13",
        "Timeout": 30,
        "Code": {"ZipFile": ""},
    },
}


def plain(**resources: Any) -> dict[str, Any]:
    """A template without SAM."""
    return {"Resources": {"Shop": FUNCTION, **stack({}, **resources)["Resources"], "Shop": FUNCTION}}  # noqa: F601


def mapping(**properties: Any) -> tuple[str, dict[str, Any]]:
    name = {"FunctionName": {"Ref": "Shop"}, "EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]}}
    return "AWS::Lambda::EventSourceMapping", {**name, **properties}


def test_mappings_of_cloudformation_are_mappings(project: Path) -> None:
    queue = ("AWS::SQS::Queue", {"QueueName": "orders", **QUEUE})
    assert look(project, "partial", plain(Orders=queue, Poll=mapping())) == [
        ("partial-ignored", "Poll.FunctionResponseTypes")
    ]
    assert codes(project, "partial", plain(Orders=queue, Poll=mapping(**REPORTS))) == []


def test_a_mapping_of_an_alias_is_the_functions(project: Path) -> None:
    queue = ("AWS::SQS::Queue", {"QueueName": "orders", **QUEUE})
    alias = ("AWS::Lambda::Alias", {"FunctionName": {"Ref": "Shop"}, "Name": "live"})
    found = plain(Orders=queue, Live=alias, Poll=mapping(FunctionName={"Ref": "Live"}))
    assert codes(project, "partial", found) == ["partial-ignored"]


def test_a_bucket_a_rule_and_a_subscription_of_cloudformation(project: Path) -> None:
    arn = {"Fn::GetAtt": ["Shop", "Arn"]}
    notify = {"LambdaConfigurations": [{"Event": "s3:ObjectRemoved:*", "Function": arn}]}
    resources = {
        "Uploads": ("AWS::S3::Bucket", {"BucketName": "uploads", "NotificationConfiguration": notify}),
        "Rule": (
            "AWS::Events::Rule",
            {"EventPattern": {"source": ["shop"]}, "Targets": [{"Arn": arn, "Id": "1"}]},
        ),
        "Heard": (
            "AWS::SNS::Subscription",
            {"TopicArn": {"Ref": "News"}, "Protocol": "lambda", "Endpoint": arn},
        ),
        "News": ("AWS::SNS::Topic", {"TopicName": "news"}),
        "Kept": (
            "AWS::Lambda::EventInvokeConfig",
            {"FunctionName": {"Ref": "Shop"}, "DestinationConfig": FAILED},
        ),
    }
    app = "\n".join(
        (
            '@app.s3("uploads", event="{}")\ndef one(key): ...',
            '@app.eventbridge(source="{}")\ndef two(detail): ...',
            '@app.sns("{}")\ndef three(message): ...',
        )
    )
    assert codes(project, app.format("ObjectRemoved:*", "shop", "news"), plain(**resources)) == []
    found = look(project, app.format("ObjectCreated:*", "till", "olds"), plain(**resources), "unwrap=False")
    assert [place for code, place in found if code == "event-without-route"] == [
        "Uploads.NotificationConfiguration.LambdaConfigurations[0]",
        "Rule",
        "Heard",
    ]
    assert [code for code, _ in found].count("route-without-event") == 3


# -- no false alarms ------------------------------------------------------------------------------------------------


def test_names_that_the_template_hands_over_are_the_same_on_both_sides(project: Path) -> None:
    app = '@app.sqs(os.environ["QUEUE"], partial=True)\ndef take(body): ...'
    given = {"Environment": {"Variables": {"QUEUE": {"Fn::GetAtt": ["Orders", "QueueName"]}}}}
    for name in ("orders", {"Fn::Sub": "${AWS::StackName}-orders"}, {"Ref": "Name"}, {"Ref": "AWS::NoValue"}):
        found = polled(QUEUE, name=name, **given)
        found["Parameters"] = {"Name": {"Type": "String"}}
        assert codes(project, app, found) == ["partial-ignored"], name
        assert codes(project, app, polled(QUEUE, REPORTS, name=name, **given)) == []


def test_the_variables_are_gone_afterwards(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "as it was")
    given = {
        "Environment": {
            "Variables": {"KEPT": "otherwise", "QUEUE": "orders", "": "x", "BAD": "\ud800", "NUL": "\0"}
        }
    }
    app = 'assert os.environ["KEPT"] == "otherwise"\n@app.sqs(os.environ["QUEUE"])\ndef take(body): ...'
    assert codes(project, app, polled(QUEUE, **given)) == []
    import os

    assert os.environ["KEPT"] == "as it was"
    assert "QUEUE" not in os.environ


UNKNOWN = {"Fn::If": ["Big", 1, {"Ref": "AWS::NoValue"}]}
IMPORTED = {"Fn::ImportValue": "somewhere"}


@pytest.mark.parametrize(
    "template",
    [
        polled({**QUEUE, "VisibilityTimeout": UNKNOWN}),
        polled({**QUEUE, "RedrivePolicy": UNKNOWN}),
        polled(QUEUE, {"FunctionResponseTypes": {"Fn::If": ["Big", ["ReportBatchItemFailures"], []]}}),
        polled(QUEUE, {"FunctionResponseTypes": {"Ref": "Types"}}),
        polled(QUEUE, {"BatchSize": {"Ref": "Size"}}),
        polled(QUEUE, name="orders", Timeout=UNKNOWN),
        polled(QUEUE, name="orders", Runtime={"Ref": "Runtime"}),
        polled(QUEUE, name="orders", Handler=UNKNOWN),
        polled(QUEUE, name={"Fn::Sub": "${Prefix}orders"}),
        polled(QUEUE, name=IMPORTED),
        polled(QUEUE, name={"Fn::Join": ["", ["or", {"Ref": "Rest"}]]}),
        stack(function(**event("SQS", Queue=IMPORTED))),
        stack(function(**event("SQS", Queue=UNKNOWN))),
        stack(function(**event("SQS", Queue="arn:aws:sqs:eu-west-2:123456789012:orders"))),
    ],
    ids=str,
)
def test_of_what_cannot_be_told_nothing_is_said(project: Path, template: dict[str, Any]) -> None:
    assert codes(project, "whole", template) == []


def test_what_comes_inside_other_records_needs_no_event_of_its_own(project: Path) -> None:
    assert (
        codes(project, APPS["whole"] + "\n" + APPS["uploads"].replace("take", "other"), polled(QUEUE)) == []
    )
    app = '@app.s3("uploads")\ndef take(key): ...'
    assert codes(project, app, polled(QUEUE)) == []
    assert set(codes(project, app, polled(QUEUE), "unwrap=False")) == {
        "event-without-route",
        "route-without-event",
    }


def test_the_routers_own_declaration_counts(project: Path) -> None:
    assert codes(project, "whole", polled(QUEUE), "partial=True") == ["partial-ignored"]
    assert codes(project, "whole", polled(QUEUE), 'partial=["orders"]') == ["partial-ignored"]
    assert codes(project, "whole", polled(QUEUE), 'partial=["parcels"]') == []
    assert codes(project, "whole", polled(QUEUE, REPORTS), 'partial=["parcels"]') == ["partial-undeclared"]
    arn = "arn:aws:sqs:eu-west-2:210987654321:orders"
    assert codes(project, "whole", polled(QUEUE), f"partial=[{arn!r}]") == ["partial-ignored"]
    assert (
        codes(project, "whole", stack(function(**event("SQS", Queue=IMPORTED))), 'partial=["orders"]') == []
    )


def test_routes_that_differ_about_a_queue_without_a_name_say_nothing(project: Path) -> None:
    app = APPS["whole"] + '\n@app.sqs("orders-*", partial=True)\ndef other(body): ...'
    assert codes(project, app, stack(function(**event("SQS", Queue=IMPORTED)))) == []
    assert codes(project, APPS["partial"], stack(function(**event("SQS", Queue=IMPORTED)))) == [
        "partial-ignored"
    ]
    window = APPS["window"].replace('window("clicks")', 'window("sums")')
    mapping = {**PATIENCE, "BisectBatchOnFunctionError": True}
    assert codes(project, window, stack(function(**event("Kinesis", Stream=IMPORTED, **mapping)))) == []


def test_a_path_for_the_root_is_beside_one_for_the_rest(project: Path) -> None:
    rest = event("Api", Path="/{proxy+}", Method="any")["Events"]["One"]
    root = event("Api", Path="/", Method="ANY")["Events"]["One"]
    assert codes(project, "web", stack(function(Events={"Root": root, "Rest": rest}, Timeout=29))) == []


def test_a_default_route_takes_what_no_other_does(project: Path) -> None:
    app = "@app.default\ndef rest(event): ..."
    assert codes(project, app, polled(QUEUE, name="parcels")) == []


def test_an_entrypoint_for_some_sources_is_held_to_those(project: Path) -> None:
    app = APPS["whole"] + "\n" + APPS["web"].replace("take", "read") + '\napp = app.only("sqs")'
    assert codes(project, app, polled(QUEUE)) == []


def test_an_api_with_a_prefix_that_the_app_takes_off(project: Path) -> None:
    found = stack(function(**event("HttpApi", Path="/v1/orders/{id}", Method="get")))
    assert codes(project, "web", found, 'base_path="/v1"') == []
    assert codes(project, "web", found) == ["path-without-route", "route-without-event"]


def test_globals_are_the_functions_own(project: Path) -> None:
    found = polled(QUEUE)
    for name in ("Runtime", "Timeout"):
        del found["Resources"]["Shop"]["Properties"][name]
    found["Globals"] = {"Function": {"Runtime": "python3.9", "Timeout": 100}}
    assert codes(project, "whole", found) == ["runtime", "visibility-short"]


def test_a_handler_of_a_tool_names_the_apps_own_in_a_variable(project: Path) -> None:
    given = {"Environment": {"Variables": {"DD_LAMBDA_HANDLER": "deployed.app"}}}
    found = stack(function(**event("HttpApi"), Handler="datadog_lambda.handler.handler", **given))
    assert codes(project, "web", found) == []


def test_the_shops_template_and_its_app_agree(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(SHOP.parents[1]), *sys.path])
    monkeypatch.delitem(
        sys.modules, "examples.shop.app", raising=False
    )  # made with other names in its environment
    assert run("check", "examples.shop.app:app", SHOP / "template.yaml", "--strict") == (0, "", "")


CDK = """
{"Resources": {
  "Orders7A": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 180,
    "RedrivePolicy": {"deadLetterTargetArn": {"Fn::ImportValue": "Dead"}, "maxReceiveCount": 5}}},
  "Fn12": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "deployed.app", "Runtime": "python3.13",
    "Code": {}, "Timeout": 30, "Environment": {"Variables": {"QUEUE": {"Ref": "Orders7A"}, "BUCKET": {"Ref": "Uploads1"}}}}},
  "FnLogRetention": {"Type": "Custom::LogRetention", "Properties": {
    "ServiceToken": {"Fn::GetAtt": ["LogRetentionAAE", "Arn"]},
    "LogGroupName": {"Fn::Join": ["", ["/aws/lambda/", {"Ref": "Fn12"}]]}}},
  "FnSource": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
    "EventSourceArn": {"Fn::GetAtt": ["Orders7A", "Arn"]}, "FunctionName": {"Ref": "Fn12"}}},
  "FnKept": {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {"FunctionName": {"Ref": "Fn12"},
    "Qualifier": "$LATEST", "DestinationConfig": {"OnFailure": {"Destination": {"Fn::ImportValue": "Dead"}}}}},
  "Uploads1": {"Type": "AWS::S3::Bucket"},
  "UploadsNotifications": {"Type": "Custom::S3BucketNotifications", "Properties": {
    "ServiceToken": {"Fn::GetAtt": ["BucketNotificationsHandler050", "Arn"]}, "BucketName": {"Ref": "Uploads1"},
    "NotificationConfiguration": {"LambdaFunctionConfigurations": [
      {"Events": ["s3:ObjectCreated:*"], "LambdaFunctionArn": {"Fn::GetAtt": ["Fn12", "Arn"]}}]}}}
}}"""
CDK_APP = """
@app.sqs(os.environ["QUEUE"].rsplit("/", 1)[-1], partial=True)
def take(body): ...
@app.s3(os.environ["BUCKET"], event="{}")
def uploaded(key): ...
"""


def test_what_the_cdk_makes(project: Path) -> None:
    """A custom resource that mentions the function does not call it, but has a bucket call it."""
    found = json.loads(CDK)
    assert look(project, CDK_APP.format("ObjectCreated:*"), found, "unwrap=False") == [
        ("partial-ignored", "FnSource.FunctionResponseTypes")
    ]
    found["Resources"]["FnSource"]["Properties"] |= REPORTS
    assert codes(project, CDK_APP.format("ObjectCreated:*"), found, "unwrap=False") == []
    assert look(project, CDK_APP.format("ObjectRemoved:*"), found, "unwrap=False") == [
        (
            "event-without-route",
            "UploadsNotifications.NotificationConfiguration.LambdaFunctionConfigurations[0]",
        ),
    ]


def test_a_custom_resource_calls_the_function_that_is_its_token(project: Path) -> None:
    resource = ("Custom::Thing", {"ServiceToken": {"Fn::GetAtt": ["Shop", "Arn"]}})
    template = plain(
        Thing=resource, Orders=("AWS::SQS::Queue", {"QueueName": "orders", **QUEUE}), Poll=mapping()
    )
    assert look(project, "whole", template) == [("event-without-route", "Thing")]


ORDERS = {"Fn::Sub": "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders"}


@pytest.mark.parametrize(
    "name",
    [
        {"Fn::Sub": "shop-${Stage}"},
        {"Fn::Sub": "shop-${Stage}:live"},
        {"Fn::Join": [":", ["arn:aws:lambda", {"Ref": "AWS::Region"}, "1:function", {"Fn::Sub": "shop-${Stage}"}]]},
        {"Ref": "ShopAliaslive"},
        {"Ref": "Shop.Alias"},
        {"Fn::Sub": "${Shop.Version}"},
    ],
    ids=str,
)  # fmt: skip
def test_mappings_name_the_function_in_many_ways(project: Path, name: Any) -> None:
    polls = mapping(FunctionName=name, EventSourceArn=ORDERS)
    own = {"FunctionName": {"Fn::Sub": "shop-${Stage}"}, "AutoPublishAlias": "live"}
    assert codes(project, "partial", stack(function(**own), Poll=polls)) == ["partial-ignored"]
    assert codes(project, "partial", stack(function(), Poll=mapping(FunctionName="shop-b"))) == [
        "route-without-event"
    ]


@pytest.mark.parametrize("name", ["shop", "shop:live", {"Ref": "ShopAliaslive"}], ids=str)
def test_a_destination_may_be_configured_by_the_functions_name(project: Path, name: Any) -> None:
    kept = ("AWS::Lambda::EventInvokeConfig", {"FunctionName": name, "DestinationConfig": FAILED})
    topic = event("SNS", Topic="arn:aws:sns:eu-west-2:123456789012:news")
    found = stack(function(**topic, FunctionName="shop", AutoPublishAlias="live"), Kept=kept)
    assert codes(project, "news", found) == []
    found["Resources"]["Kept"]["Properties"]["FunctionName"] = "till"
    assert codes(project, "news", found) == ["async-without-destination"]


def test_a_mapping_of_an_imported_arn_is_of_the_one_service_that_routes_take(project: Path) -> None:
    assert codes(project, "partial", plain(Poll=mapping(EventSourceArn=IMPORTED))) == ["partial-ignored"]
    assert codes(project, "partial", plain(Poll=mapping(EventSourceArn=IMPORTED, **REPORTS))) == []
    both = APPS["partial"] + '\n@app.rabbitmq("jobs")\ndef other(data): ...'
    assert codes(project, both, plain(Poll=mapping(EventSourceArn=IMPORTED))) == []
    clicks = '@app.kinesis("clicks", partial=True)\ndef other(data): ...'
    poll = mapping(EventSourceArn=IMPORTED, StartingPosition="LATEST")
    assert "partial-ignored" in codes(project, f"{APPS['whole']}\n{clicks}", plain(Poll=poll))


def test_a_consumer_of_a_stream_is_the_stream(project: Path) -> None:
    arn = "arn:aws:kinesis:eu-west-2:123456789012:stream/clicks"
    app = f"@app.kinesis({arn!r}, partial=True)\ndef take(data): ..."
    whole = {**PATIENCE, "BisectBatchOnFunctionError": True, **REPORTS}
    for reads in (REPORTS, {"FunctionResponseTypes": []}):
        found = stack(
            function(**event("Kinesis", Stream=f"{arn}/consumer/one:1", **{**whole, **reads})),
            Poll=mapping(EventSourceArn={"Ref": "Consumer"}, **{**whole, **reads}),
            Consumer=("AWS::Kinesis::StreamConsumer", {"ConsumerName": "one", "StreamARN": arn}),
        )
        assert codes(project, app, found) == ([] if reads == REPORTS else ["partial-ignored"] * 2)


def test_queues_whose_names_aws_makes_up_are_told_apart_by_what_hands_them_over(project: Path) -> None:
    names = {"A": {"Fn::GetAtt": ["Qa", "QueueName"]}, "B": {"Fn::GetAtt": ["Qb", "QueueName"]}}
    events = {
        "A": event("SQS", Queue={"Fn::GetAtt": ["Qa", "Arn"]})["Events"]["One"],
        "B": event("SQS", Queue={"Fn::GetAtt": ["Qb", "Arn"]}, **REPORTS)["Events"]["One"],
    }
    queues = {"Qa": ("AWS::SQS::Queue", QUEUE), "Qb": ("AWS::SQS::Queue", QUEUE)}
    found = stack(function(Events=events, Environment={"Variables": names}), **queues)
    app = '@app.sqs(os.environ["A"]{})\ndef one(body): ...\n@app.sqs(os.environ["B"]{})\ndef two(body): ...'
    wrong = [("partial-ignored", "Shop.Events.A.FunctionResponseTypes")]
    assert look(project, app.format(", partial=True", ", partial=True"), found) == wrong
    assert look(project, app.format("", ", partial=True"), found) == []
    assert look(project, app.format("", ""), found, 'partial=[os.environ["B"]]') == []
    assert look(project, app.format("", ""), found, 'partial=[os.environ["A"], os.environ["B"]]') == wrong
    assert look(project, app.format(", partial=True", ""), found) == [
        *wrong,
        ("partial-undeclared", "Shop.Events.B.FunctionResponseTypes"),
    ]


def test_a_name_that_only_the_deployment_knows_may_be_any(project: Path) -> None:
    given = {"Environment": {"Variables": {"QUEUE": {"Ref": "Queue"}}}}
    app = '@app.sqs(os.environ["QUEUE"], partial=True)\ndef take(body): ...'
    assert codes(project, app, polled(QUEUE, REPORTS, **given)) == []
    other = APPS["whole"] + "\n" + app.replace("take", "other")
    assert codes(project, other, polled(QUEUE, **given)) == []
    found = polled(QUEUE, REPORTS, name="{{resolve:ssm:/orders/name}}")
    assert codes(project, "partial", found) == []


@pytest.mark.parametrize(
    "events",
    [
        {"Fn::ForEach::Q": ["Q", ["orders"], {"On${Q}": {"Type": "SQS"}}]},
        {"Fn::Transform": {"Name": "AWS::Include"}},
        {"One": {"Fn::If": ["Big", event("SQS", Queue=IMPORTED)["Events"]["One"], {"Ref": "AWS::NoValue"}]}},
        {"Fn::If": ["Big", event("SQS", Queue=IMPORTED)["Events"], {}]},
    ],
    ids=str,
)
def test_events_of_loops_and_conditions_may_be_there(project: Path, events: Any) -> None:
    assert codes(project, "whole", stack(function(Events=events))) == []
    assert codes(project, "whole", stack(function(Events={}))) == ["route-without-event"]


def test_each_side_of_a_condition_is_held_to_the_app(project: Path) -> None:
    sides = [event("SQS", Queue=ORDERS, **more)["Events"]["One"] for more in (REPORTS, {})]
    found = stack(function(Events={"One": {"Fn::If": ["Big", *sides]}}))
    assert codes(project, "partial", found) == ["partial-ignored"]
    found = stack(function(Events={"One": {"Fn::If": ["Big", sides[0], {"Ref": "AWS::NoValue"}]}}))
    assert codes(project, "partial", found) == []


def test_a_macro_may_add_what_is_not_there(project: Path) -> None:
    for transform, said in ((["Mine"], []), (["AWS::LanguageExtensions"], ["route-without-event"])):
        found = {**stack(function()), "Transform": [*transform, "AWS::Serverless-2016-10-31"]}
        assert codes(project, "whole", found) == said
    nested = ("AWS::CloudFormation::Stack", {"Parameters": {"Arn": {"Fn::GetAtt": ["Shop", "Arn"]}}})
    assert codes(project, "whole", stack(function(), Nested=nested)) == []


def test_functions_with_the_same_handler_share_its_routes(project: Path) -> None:
    other = (
        "AWS::Serverless::Function",
        function(**event("SQS", Queue=IMPORTED))["Properties"],
    )
    found = stack(function(**event("HttpApi")), Work=other)
    app = APPS["whole"] + "\n" + APPS["web"].replace("take", "read")
    (project / "deployed.py").write_text(f"from lambda_router import Router\napp = Router()\n{app}\n")
    described = Stack(found)
    assert findings(deployed("deployed:app", described, described.resources["Shop"])) == []


def test_a_permission_for_alexa(project: Path) -> None:
    allowed = {"FunctionName": {"Ref": "Shop"}, "Principal": "alexa-appkit.amazon.com"}
    app = "@app.alexa.launch()\ndef take(): ..."
    assert codes(project, app, plain(Allowed=("AWS::Lambda::Permission", allowed))) == []
    assert codes(project, app, plain()) == ["route-without-event"]


def test_a_subscription_through_a_queue_of_sams_own(project: Path) -> None:
    """It has no setting for partial responses."""
    found = stack(function(**event("SNS", Topic="arn:aws:sns:eu-west-2:1:news", SqsSubscription=True)))
    assert codes(project, "news", found, "partial=True") == ["partial-ignored"]
    described = Stack(found)
    (said,) = findings(deployed("deployed:app", described, described.resources["Shop"]))
    assert said.mend.startswith("an event of type SQS for the queue")


def test_an_image_calls_its_command(project: Path) -> None:
    own = {"PackageType": "Image", "ImageConfig": {"Command": ["deployed.app"]}}
    web = ("AWS::Serverless::Function", {**own, **event("HttpApi")})
    other = ("AWS::Serverless::Function", {**own, "ImageConfig": {"Command": ["other.app"]}})
    assert codes(project, "web", {"Resources": stack({}, Web=web, Other=other)["Resources"]}) == []
    found = {"Resources": {"Web": {"Type": other[0], "Properties": {**other[1], **event("HttpApi")}}}}
    assert codes(project, "web", found) == ["handler"]


def test_variables_are_what_lambda_would_have(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Truth as JSON has it, a stand-in for what is not known, but not if this process has the variable; and a Region."""
    monkeypatch.setenv("STAGE", "prod")
    given = {
        "FLAG": True,
        "LEVEL": {"Fn::If": ["Big", "INFO", "DEBUG"]},
        "STAGE": {"Ref": "Stage"},
        "TAIL": {"Fn::Select": [1, {"Fn::Split": [":", "a:b"]}]},
    }
    app = (
        'found = [os.environ[name] for name in ("FLAG", "LEVEL", "STAGE", "TAIL", "AWS_REGION")]\n'
        'assert found[0] == "true" and found[2:4] == ["prod", "b"], found\n'
    )
    found = stack(function(**event("HttpApi"), Environment={"Variables": given}))
    assert codes(project, app + APPS["web"], found) == []


def test_parameters_may_be_given(run: Run, here: Path) -> None:
    text = BROKEN.replace("QueueName: orders", "QueueName: !Sub '${Stage}ers'")
    text = f"Parameters: {{Stage: {{Type: String, Default: oth}}}}{text}"
    (here / "broken.yaml").write_text(text.replace("src/shop.app", "shop.app"))
    assert run("check", "shop:app", "broken.yaml").out.startswith("warning route-without-event")
    given = run("check", "shop:app", "broken.yaml", "--parameter", "Stage=ord").out
    assert given.startswith("error partial-ignored")
    for wrong in ("Stag=x", "Stage"):
        said = f"lambda-router check: '{wrong}' is no parameter of the template: KEY=VALUE\n"
        assert run("check", "shop:app", "broken.yaml", "--parameter", wrong) == (2, "", said)


def test_what_a_template_says_does_not_reach_the_terminal_as_it_is(project: Path) -> None:
    assert (
        look(project, "empty", stack(function(Handler="a.b"), **{"A\x1b[2J\n": mapping()}))[0][0] == "handler"
    )
    events = {"A\x1b[2J\n": event("SQS", Queue=ORDERS)["Events"]["One"]}
    assert look(project, "empty", stack(function(Events=events))) == [
        ("event-without-route", "Shop.Events.A\\x1b[2J\\n")
    ]


# -- the command ----------------------------------------------------------------------------------------------------

BROKEN = """
Resources:
  Shop:
    Type: AWS::Serverless::Function
    Properties:
      Handler: src/shop.app
      Runtime: python3.13
      Events:
        Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
        Web: {Type: HttpApi}
        Users: {Type: Cognito, Properties: {UserPool: !Ref Users, Trigger: PreSignUp}}
        Noise: {Type: SQS, Properties: {Queue: !Sub "arn:${AWS::Partition}:sqs:${AWS::Region}:1:noise"}}
        Images: {Type: S3, Properties: {Bucket: !Ref Uploads, Events: s3:ObjectCreated:*}}
  Uploads: {Type: AWS::S3::Bucket, Properties: {BucketName: uploads}}
  Users: {Type: AWS::Cognito::UserPool}
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: orders}}
"""


def test_it_prints_what_it_finds_and_how_to_mend_it(run: Run, here: Path) -> None:
    (here / "broken.yaml").write_text(BROKEN)
    status, out, err = run("check", "shop:app", "broken.yaml", "--function", "Shop")
    assert (status, err) == (1, "the shop opens\n")
    assert out.splitlines() == [
        "error partial-ignored Shop.Events.Orders.FunctionResponseTypes: the app reports failed records here "
        "(partial=True) and Lambda does not read that: it deletes the messages that have failed",
        "  mend: FunctionResponseTypes: [ReportBatchItemFailures]",
        "warning queue-without-dead-letters Orders.RedrivePolicy: a message that always fails comes again until it "
        "expires, and then is lost",
        "  mend: RedrivePolicy with deadLetterTargetArn and maxReceiveCount: 5",
        "warning async-without-destination Shop.EventInvokeConfig: an event of Shop.Events.Images whose last attempt "
        "fails is lost: there is no dead-letter queue or destination",
        "  mend: EventInvokeConfig with DestinationConfig.OnFailure, as an SQS queue, and an alarm on it",
    ]


def test_as_json(run: Run, here: Path) -> None:
    (here / "broken.yaml").write_text(BROKEN)
    found = json.loads(run("check", "shop:app", "broken.yaml", "--function", "Shop", "--json").out)
    assert (found["function"], found["ok"]) == ("Shop", False)
    assert [list(one) for one in found["findings"]] == [["code", "severity", "place", "problem", "mend"]] * 3


def test_warnings_fail_it_only_if_that_is_asked_for(run: Run, here: Path) -> None:
    mended = BROKEN.replace(
        "!GetAtt Orders.Arn}", "!GetAtt Orders.Arn, FunctionResponseTypes: [ReportBatchItemFailures]}"
    )
    (here / "warned.yaml").write_text(mended.replace("src/shop.app", "shop.app"))
    status, out, _ = run("check", "shop:app", "warned.yaml")
    assert (status, out.count("warning ")) == (0, 2)
    assert run("check", "shop:app", "warned.yaml", "--strict").status == 1


def test_on_a_terminal_it_has_colours(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "broken.yaml").write_text(BROKEN)
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = run("check", "shop:app", "broken.yaml", "--function", "Shop").out
    assert "\x1b[1;31merror partial-ignored\x1b[0m" in out


def test_standard_input(program: Run) -> None:
    status, out, _ = program("check", "shop:app", "-", "--function", "Shop", input=BROKEN)
    assert (status, out.splitlines()[0].split()[1]) == (1, "partial-ignored")


NAME = "with the handler shop.app: name it, --function LogicalId;"
TWO = stack(function(Handler="a.app"), Other=("AWS::Lambda::Function", {"Handler": "b.app"}))
SAME = stack(function(Handler="shop.app"), Other=("AWS::Lambda::Function", {"Handler": "shop.app"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "template cannot be read: No such file or directory"),
        ("[", "template is neither YAML nor JSON: did not find expected node content, line 2"),
        ("just text", "template is no template: it has no Resources"),
        ("[]", "template is no template: it has no Resources"),
        ("{}", "template is no template: it has no Resources"),
        ("Resources: []", "template is no template: it has no Resources"),
        ("Resources: {}", f"the template has no function {NAME} it has no functions"),
        (json.dumps(TWO), f"the template has no function {NAME} it has Shop (a.app), Other (b.app)"),
        (json.dumps(SAME), f"the template has more than one function {NAME} it has Shop (shop.app), Other (shop.app)"),
        ("x" * 4_000_001, "template has more than 4 MB: no template is as large"),
        ("Resources: &a {b: *a}", "template is no template: its anchor a refers to itself"),
        ("Resources: 0b_", "template is no template: invalid literal for int() with base 2: ''"),
        ("- " * 70 + "x", "template is no template: it is nested more than 60 levels deep"),
        ("[" * 70 + "]" * 70, "template is no template: it is nested more than 60 levels deep"),
        ("[" * 100_000, "template is nested too deeply"),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_is_no_template_is_said_in_one_line(run: Run, here: Path, text: str | None, said: str) -> None:
    (here / "template").unlink(missing_ok=True)
    if text is not None:
        (here / "template").write_text(text)
    assert run("check", "shop:app", "template") == (2, "", f"lambda-router check: {said}\n")


def test_a_function_that_there_is_not(run: Run, here: Path) -> None:
    (here / "broken.yaml").write_text(BROKEN)
    said = "lambda-router check: the template has no function Till; it has Shop (src/shop.app)\n"
    assert run("check", "shop:app", "broken.yaml", "--function", "Till") == (2, "", said)


# -- hostile templates ----------------------------------------------------------------------------------------------


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    merged = [f"m{n}: &m{n} {{<<: [{', '.join(['*m' + str(n - 1)] * 10)}]}}" for n in range(1, levels)]
    return "\n".join([*lines, "m0: &m0 {a: 1}", *merged, "Resources: {}"])


def test_anchors_that_multiply_are_refused_at_once(run: Run, here: Path) -> None:
    (here / "bomb.yaml").write_text(bomb(12))
    status, out, err = run("check", "shop:app", "bomb.yaml")
    assert (status, out) == (2, "")
    assert err == "lambda-router check: bomb.yaml is no template: it holds more than 500,000 values\n"


def test_names_that_refer_to_each_other(project: Path) -> None:
    """Without an end, and doubling from one to the next."""
    names = {
        f"Q{n}": (
            "AWS::SQS::Queue",
            {"QueueName": {"Fn::Sub": f"${{Q{n + 1}.QueueName}}${{Q{n + 1}.QueueName}}"}},
        )
        for n in range(60)
    }
    round_ = {"Q60": ("AWS::SQS::Queue", {"QueueName": {"Fn::GetAtt": ["Q0", "QueueName"]}})}
    found = stack(function(**event("SQS", Queue={"Fn::GetAtt": ["Q0", "Arn"]})), **names, **round_)
    assert codes(project, "whole", found)[0] in ("visibility-short", "queue-without-dead-letters")


WORDS = [
    "Ref",
    "Fn::Sub",
    "Fn::GetAtt",
    "Fn::Join",
    "Fn::If",
    "Fn::Select",
    "Fn::FindInMap",
    "Type",
    "Properties",
]
TEXTS = st.text(max_size=8) | st.sampled_from(["Shop", "AWS::NoValue", "python3.9", "Orders.Arn", "${Shop}"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4) | st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=8,
)
WHOLE = load(str(SHOP / "template.yaml"))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


PLACES = list(places(WHOLE))


@pytest.fixture(scope="module")
def shop_on_path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(SHOP.parents[1]), *sys.path])
        yield


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
def test_a_template_of_any_shape_is_read_or_refused(
    shop_on_path: None, tmp_path: Path, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    found = copy.deepcopy(WHOLE)
    for path, value in changes:
        outer = found
        for key in path[:-1]:
            outer = outer[key] if isinstance(outer, dict) and key in outer else {}
        if isinstance(outer, dict):
            outer[path[-1]] = value
    (tmp_path / "t.json").write_text(json.dumps(found))
    try:
        described = Stack(load(str(tmp_path / "t.json")))
        seen = findings(
            deployed(
                "examples.shop.app:app", described, function_of(described, "examples.shop.app:app", "Shop")
            )
        )
    except Failure as failure:
        assert "\n" not in str(failure)
        return
    assert all(len(one.place) < 500 and "\n" not in one.problem for one in seen)


@settings(deadline=None, max_examples=150)
@given(
    data=st.binary(max_size=80) | st.text(alphabet="&*!<:-[]{}?'\"| \n\tab1.%#@", max_size=60).map(str.encode)
)
def test_any_bytes_are_a_template_or_refused(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        try:
            Stack(load("-"))
        except Failure as failure:
            assert failure.status == 2
