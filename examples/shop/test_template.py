"""template.yaml: CloudFormation takes it, it agrees with the app, and it permits what the app does and no more."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from lambda_router import Router
from lambda_router.cli import main
from lambda_router.testing import event

HERE = Path(__file__).parent
PSEUDO = {
    "AWS::StackName": "corner",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-2",
}
TEMPLATE: dict[str, Any] = json.loads(json.dumps(cfn_yaml.load(str(HERE / "template.yaml"))))
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
NAMES = {
    "AWS::SQS::Queue": ("sqs", "QueueName"),
    "AWS::SNS::Topic": ("sns", "TopicName"),
    "AWS::Kinesis::Stream": ("kinesis", "Name"),
    "AWS::DynamoDB::Table": ("dynamodb", "TableName"),
    "AWS::S3::Bucket": ("s3", "BucketName"),
}


def plain(value: Any) -> Any:
    """A value of the template in the stack `corner`; a reference to a resource is its name there."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": name}:
            return PSEUDO.get(name) or named(name)
        case {"Fn::GetAtt": [name, _]}:
            return named(name)
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: plain({"Ref": found[1]}), text)
    return {key: plain(one) for key, one in value.items()}


def named(logical: str) -> str:
    """What a resource is called in the stack; its logical id where AWS makes up the name."""
    resource = RESOURCES[logical]
    _, key = NAMES.get(resource["Type"], ("", ""))
    return str(plain(resource["Properties"][key])) if key else logical


FUNCTION: dict[str, Any] = plain(RESOURCES["Shop"]["Properties"])
TRIGGERS: dict[str, Any] = FUNCTION["Events"]
STATEMENTS: list[Any] = RESOURCES["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
# What Lambda needs to write logs, to poll, and to pass on what failed, in the function's name:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
LAMBDAS_OWN = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:SendMessage",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
}


@pytest.fixture(scope="module")
def app() -> Iterator[Router]:
    """The app as the function imports it, with the function's variables."""
    module, _, attribute = FUNCTION["Handler"].partition(".")
    spec = importlib.util.spec_from_file_location("shop_as_deployed", HERE / f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in FUNCTION["Environment"]["Variables"].items():
            patch.setenv(name, value)
        patch.setitem(sys.modules, spec.name, loaded)
        spec.loader.exec_module(loaded)
        yield getattr(loaded, attribute)


def triggered(kind: str) -> list[Any]:
    """The properties of the triggers of one kind, as `"SQS"`."""
    return [trigger.get("Properties", {}) for trigger in TRIGGERS.values() if trigger["Type"] == kind]


def listed(value: Any) -> list[Any]:
    """A list, or what stands for one of one."""
    return value if isinstance(value, list) else [value]


def only(kind: str) -> Any:
    """The properties of the one trigger of a kind."""
    (found,) = triggered(kind)
    return found


def sent() -> dict[str, list[Any]]:
    """For each trigger events as its service sends them, of what passes the trigger's filter."""
    order_queue, payment_queue = (mapping["Queue"] for mapping in triggered("SQS"))
    prefix, suffix = (rule["Value"] for rule in only("S3")["Filter"]["S3Key"]["Rules"])
    detail = {"id": 31, "item": "desk", "total": 250}
    table = only("DynamoDB")["Stream"]
    return {
        "Requests": [
            event("api_gateway_http", path="/orders/7"),
            event("api_gateway_http", method="POST", path="/orders", body={"id": 7}),
        ],
        "OrderQueue": [event("sqs", queue=order_queue)],
        "PaymentQueue": [event("sqs.fifo", queue=payment_queue)],
        "Images": [event("s3", bucket=only("S3")["Bucket"], key=f"{prefix}cat{suffix}")],
        "News": [event("sns", topic=only("SNS")["Topic"])],
        "BigOrders": [event("eventbridge", source="shop", detail_type="OrderPlaced", detail=detail)],
        "Nightly": [event("eventbridge.schedule", rule=only("Schedule")["Name"])],
        "OrderChanges": [
            event("dynamodb.insert", table=table),
            event("dynamodb.modify", table=table),
            event("dynamodb.remove", table=table),
        ],
        "Clicks": [event("kinesis", stream=only("Kinesis")["Stream"])],
    }


def takers(app: Router, written: Any) -> list[str | None]:
    """The routes that take the parts of an event."""
    return [subject["route"] for subject in app.explain(written).to_dict()["subjects"]]


# -- CloudFormation's word --------------------------------------------------------------------------------------


def test_cfn_lint_passes() -> None:
    """With its own copies of AWS's schemas, so without a network, and with its advice too."""
    program = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [program, "--include-checks", "I", "--regions", "eu-west-2", "--", str(HERE / "template.yaml")],
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-2", "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


# -- the app's word ---------------------------------------------------------------------------------------------


def test_there_is_an_event_of_every_trigger() -> None:
    assert sent().keys() == TRIGGERS.keys()


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_what_a_trigger_sends_has_a_route(app: Router, trigger: str) -> None:
    for written in sent()[trigger]:
        found = takers(app, written)
        assert found
        assert None not in found, app.explain(written)


def test_check_has_nothing_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    """Each route has its trigger, partial responses are where the mapping reads them, nothing that fails is lost."""
    arguments = ["check", "examples.shop.app:app", str(HERE / "template.yaml"), "--strict"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(HERE.parents[1])
        patch.syspath_prepend(str(HERE.parents[1]))
        patch.delitem(
            sys.modules, "examples.shop.app", raising=False
        )  # made with other names in its environment
        status = main(arguments)
    assert (status, capsys.readouterr().out) == (0, "")


def test_the_rule_asks_for_what_its_route_does(app: Router) -> None:
    (route,) = (route for route in app.routes if route.name == "celebrate")
    asked = {"source": [route.criteria["source"]], "detail-type": [route.criteria["detail_type"]]}
    assert only("EventBridgeRule")["Pattern"] == {**asked, "detail": route.criteria["detail"]}


# -- what the function may do -----------------------------------------------------------------------------------


def test_no_statement_permits_everything() -> None:
    for statement in STATEMENTS:
        assert not any("*" in action for action in listed(statement["Action"]))
        if "*" in listed(statement["Resource"]):
            assert listed(statement["Action"]) == ["dynamodb:ListStreams", "kinesis:ListStreams"]


def test_it_may_do_what_it_does_and_nothing_else() -> None:
    calls = re.findall(r'aws\("(\w+)"\)\.(\w+)\(', (HERE / "app.py").read_text("utf-8"))
    called = {f"{service}:{call.title().replace('_', '')}" for service, call in calls}
    assert len(called) > 3
    permitted = {action for statement in STATEMENTS for action in listed(statement["Action"])}
    assert permitted == called | LAMBDAS_OWN


def test_sam_attaches_nothing() -> None:
    """With a role of its own a function gets none of SAM's managed policies."""
    assert FUNCTION["Role"] == "Role"
    assert "Policies" not in FUNCTION
    assert "ManagedPolicyArns" not in RESOURCES["Role"]["Properties"]


# -- make deploy ------------------------------------------------------------------------------------------------


def make(*arguments: str, programs: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """Run make in a copy of this directory, with these programs first among those that there are."""
    # Tests may run under make, whose variables would show in what this one prints, and ours in what it does.
    ours = ("ARGS", "STACK")
    outside = {name: value for name, value in os.environ.items() if "MAKE" not in name and name not in ours}
    return subprocess.run(
        ["make", *arguments],
        cwd=directory,
        env={**outside, "PATH": f"{programs}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A copy of this directory in which the layer is built already."""
    directory = tmp_path / "examples" / "shop"
    (directory / "build").mkdir(parents=True)
    for name in ("Makefile", "app.py", "template.yaml"):
        shutil.copy(HERE / name, directory)
    (tmp_path / "lambda_router").mkdir()
    (tmp_path / "pyproject.toml").touch()
    (directory / "build" / "layer.zip").touch()
    return directory


@pytest.mark.parametrize("target", ["deploy", "delete"])
def test_without_the_sam_cli_it_says_where_to_get_it(built: Path, target: str) -> None:
    done = make(target, programs="", directory=built)
    assert done.returncode == 2
    assert done.stderr.startswith("The SAM CLI is not installed. How to get it: https://docs.aws.amazon.com/")
    assert not (built / "build" / "function").exists()


def test_the_sam_cli_is_given_the_stack(built: Path, tmp_path: Path) -> None:
    """A program in its place writes down how it is called, and sees what the template deploys."""
    programs = tmp_path / "programs"
    programs.mkdir()
    sam = programs / "sam"
    sam.write_text('#!/bin/sh\necho "$@"\nls build/function build/layer.zip\n')
    sam.chmod(0o755)
    done = make("deploy", "STACK=corner", "ARGS=--region eu-west-2", programs=str(programs), directory=built)
    assert (done.returncode, done.stderr) == (0, "")
    said, *files = done.stdout.split("\n", 1)
    assert "--template-file template.yaml --stack-name corner " in said
    assert "--capabilities CAPABILITY_IAM" in said
    assert said.endswith("--region eu-west-2")
    assert files[0].split() == ["build/layer.zip", "build/function:", "app.py"]
    code, zipped = RESOURCES["Shop"]["Properties"]["CodeUri"], RESOURCES["Router"]["Properties"]["ContentUri"]
    assert (code, zipped) == ("build/function/", "build/layer.zip")
    done = make("delete", "STACK=corner", programs=str(programs), directory=built)
    assert done.stdout.startswith("delete --stack-name corner\n")
