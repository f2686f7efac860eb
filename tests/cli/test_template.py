"""`lambda-router template`: what CloudFormation takes, and `check` has nothing to say about."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.decode import cfn_yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_router import ConfigurationError, Router
from lambda_router.cli import sketch as sketches
from lambda_router.cli.deployment import Deployment, function_of
from lambda_router.cli.documents import dumped, load
from lambda_router.cli.inputs import Application
from lambda_router.cli.needs import NEEDS
from lambda_router.cli.rules import findings
from lambda_router.cli.sketch import Sketch, as_yaml
from lambda_router.cli.stack import Stack

from .conftest import Run

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"Handler": "shop.app", "Runtime": "python3.13", "MemorySize": 256, "Timeout": 29}


def examples() -> list[Router]:
    """The apps of the examples that can be imported here."""
    files = [*ROOT.glob("examples/*.py"), *ROOT.glob("examples/*/app.py")]
    names = sorted(".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT), *sys.path])
        modules = [importlib.import_module(name) for name in names if not name.endswith(("demo", "__init__"))]
    return [module.app for module in modules if isinstance(getattr(module, "app", None), Router)]


def sketched(app: Router) -> Sketch:
    return Sketch(SETTINGS, app.routes)


def lint(directory: Path, texts: list[str]) -> str:
    """What cfn-lint says of templates, with its advice too."""
    for number, text in enumerate(texts):
        (directory / f"{number}.yaml").write_text(text)
    done = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            *("--include-checks", "I", "--regions", "eu-west-2", "--"),
            *sorted(directory.glob("*.yaml")),
        ],
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-2", "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.stdout + done.stderr


def found(app: Router, text: str, file: Path) -> list[Any]:
    """What `check` finds in a template of an app that is no module's."""
    file.write_text(text)
    stack = Stack(load(str(file)))
    function = function_of(stack, "shop:app", None)
    deployment = Deployment(Application(app, app, None, 0), "shop.app", stack, function)
    return findings(deployment)


def test_of_every_example_check_is_content_with_it(tmp_path: Path) -> None:
    apps = examples()
    texts = [as_yaml(sketched(app)) for app in apps]
    assert len(texts) > 50
    assert [
        (app, said)
        for app, text in zip(apps, texts, strict=True)
        if (said := found(app, text, tmp_path / "t"))
    ] == []


def test_both_forms_say_the_same() -> None:
    for app in examples():
        made = sketched(app)
        whole = made.document()
        whole.pop("Metadata", None)
        assert json.loads(json.dumps(cfn_yaml.loads(as_yaml(made)))) == json.loads(json.dumps(whole))


def test_every_source_has_an_event_or_a_note() -> None:
    """A note of what the service needs, and none of a source that there is not."""
    rooms = {room.name for room in Router.everything().rooms} | {"invoke", "http", "mount"}
    from lambda_router.http.routes import CALLERS

    named = sketches._MAKERS.keys() | NEEDS.keys()
    assert rooms - named == set(CALLERS)
    assert named <= rooms


# -- apps that nobody wrote ------------------------------------------------------------------------------------------

NAMES = st.sampled_from(
    ["orders", "orders-*", "*", "a", "payments.fifo", "Orders_1", "x" * 75, "arn:aws:sqs:eu-west-2:123456789012:far",
     "größe", "two words", "star\\*", "-", "9", "a.b", "nightly-*", "# comment", "a: b", "'", '"', "{x}", "true"]
)  # fmt: skip
MAYBE = st.sampled_from([None, True, False])
MANY = st.lists(NAMES, min_size=1, max_size=2, unique=True)
KEYS = st.sampled_from([None, "images/*.jpg", "*", "a", "x*y*z", "ü*", "a b/*"])
EVENTS = st.sampled_from(
    [None, "*", "ObjectCreated:*", "ObjectRemoved:Delete", "Object*", "Lifecycle*", "Nonsense"]
)
VALUES = st.sampled_from([None, "shop", "shop-*", "*", ["a", "b*"]])
PATTERNS = st.sampled_from([None, {"source": ["x"]}, {"detail": {"a": [1.5, None, {"exists": True}]}}])
TRIGGERS = st.sampled_from([None, "PreSignUp_*", "Nonsense", "CustomSMSSender_*"])


ROUTES = st.one_of(
    st.builds(lambda n, p: lambda app: app.sqs(n, partial=p), MANY, MAYBE),
    st.builds(lambda n, p: lambda app: app.kinesis(n, partial=p), MANY, MAYBE),
    st.builds(lambda n: lambda app: app.kinesis.window(n), NAMES),
    st.builds(lambda n, p: lambda app: app.dynamodb(n, partial=p), NAMES, MAYBE),
    st.builds(lambda n, c, p: lambda app: app.kafka(n, cluster=c, partial=p), MANY, NAMES | st.none(), MAYBE),
    st.builds(lambda n: lambda app: app.activemq(n), NAMES),
    st.builds(lambda n, v: lambda app: app.rabbitmq(n, vhost=v), MANY, NAMES | st.none()),
    st.builds(lambda n, c: lambda app: app.documentdb(n, c), NAMES, NAMES | st.none()),
    st.builds(lambda n, k, e: lambda app: app.s3(n, k, e), NAMES, KEYS, EVENTS),
    st.builds(lambda n, p: lambda app: app.s3(n, prefix=p, suffix=p), NAMES, KEYS),
    st.builds(lambda n: lambda app: app.sns(n), MANY),
    st.builds(lambda s, t, r: lambda app: app.eventbridge(source=s, detail_type=t, resource=r), VALUES, VALUES, VALUES),
    st.builds(lambda s, p: lambda app: app.eventbridge(source=s, pattern=p), VALUES, PATTERNS),
    st.builds(lambda n: lambda app: app.schedule(n), NAMES),
    st.builds(lambda n: lambda app: app.cloudwatch_logs(n), NAMES),
    st.builds(lambda t: lambda app: app.cognito(trigger=t), TRIGGERS),
    st.builds(lambda: lambda app: app.cognito.pre_token_generation()),
    st.builds(lambda p: lambda app: app.cognito.pre_sign_up(user_pool=p), st.sampled_from([None, "eu-west-2_a"])),
    st.builds(lambda n: lambda app: app.iot(n), st.sampled_from([None, "plants/{plant}/x", "a/+/#", "ü", "it's"])),
    st.builds(lambda: lambda app: app.alexa.launch()),
    st.builds(lambda: lambda app: app.invoke()),
    st.builds(lambda n: lambda app: app.cloudwatch_alarm(n), NAMES),
    st.builds(
        lambda p, s: lambda app: app.get(p, sources=s),
        st.sampled_from(["/", "/orders/{id}", "/files/{rest:path}"]),
        st.sampled_from([None, ["alb"], ["api_gateway_rest"], ["function_url"], ["alb", "api_gateway_http"]]),
    ),
)  # fmt: skip


def handler() -> None: ...


@st.composite
def apps(draw: st.DrawFn) -> Router:
    """Routers with any routes that decorators let through."""
    app = Router(partial=draw(st.sampled_from([False, True, ["orders"], ["payments.fifo", "orders-*"]])))
    for decorate in draw(st.lists(ROUTES, min_size=1, max_size=6)):
        try:
            decorate(app)(handler)
        except ConfigurationError:
            pass
    return app


@settings(deadline=None, max_examples=60)
@given(app=apps())
def test_check_is_content_with_what_template_makes(app: Router) -> None:
    made = sketched(app)
    text = as_yaml(made)
    assert text.isascii()
    assert text.endswith("\n")
    whole = made.document()
    whole.pop("Metadata", None)
    file = Path(os.environ["TEMPLATES"]) / "template.yaml"
    assert found(app, text, file) == [], text
    assert load(str(file)) == json.loads(json.dumps(whole))
    KEPT.append(text)


KEPT: list[str] = []
"""The templates of apps that nobody wrote, for cfn-lint, which takes longer to start than to read one."""


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPLATES", str(tmp_path))


def test_cfn_lint_takes_what_template_makes(tmp_path: Path) -> None:
    """Of every example, one of those that differ in comments alone, and of the longest that nobody wrote."""
    if not KEPT:
        test_check_is_content_with_what_template_makes()
    of_examples = {
        re.sub(r" *#.*\n", "", text): text for text in (as_yaml(sketched(app)) for app in examples())
    }
    assert len(of_examples) > 15
    assert lint(tmp_path, [*of_examples.values(), *sorted(set(KEPT), key=len)[-15:]]) == ""


# -- what is in it ---------------------------------------------------------------------------------------------------


def test_partial_responses_are_where_the_app_declares_them() -> None:
    app = Router(partial=["parcels"])
    for name, partial in (("orders", True), ("parcels", None), ("refunds", False), ("others", None)):
        app.sqs(name, partial=partial)(handler)
    events = sketched(app).events
    assert [name for name, event in events.items() if "FunctionResponseTypes" in event["Properties"]] == [
        "OrdersQueue",
        "ParcelsQueue",
    ]


def test_one_queue_of_several_routes_has_one_mapping() -> None:
    app = Router()
    app.sqs("orders", attributes={"kind": "new"})(handler)
    app.sqs("orders", partial=True)(handler)
    (event,) = sketched(app).events.values()
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_bucket_of_several_routes_has_one_notification_without_a_filter() -> None:
    app = Router()
    app.s3("uploads", "images/*", "ObjectCreated:*")(handler)
    app.s3("uploads", "tmp/*", "ObjectRemoved:*")(handler)
    (event,) = sketched(app).events.values()
    assert event["Properties"]["Events"] == ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    assert "Filter" not in event["Properties"]


def test_a_rule_has_the_routes_pattern() -> None:
    app = Router()
    app.eventbridge(
        source="shop", detail_type=["Placed", "Paid*"], detail={"total": [{"numeric": [">", 9]}]}
    )(handler)
    (event,) = sketched(app).events.values()
    assert event["Properties"]["Pattern"] == {
        "source": ["shop"],
        "detail-type": ["Placed", {"wildcard": "Paid*"}],
        "detail": {"total": [{"numeric": [">", 9]}]},
    }


def test_what_a_rule_cannot_say_is_a_comment() -> None:
    app = Router()
    app.eventbridge(source="shop", pattern={"source": [{"prefix": "s"}], "region": ["eu-west-2"]})(handler)
    made = sketched(app)
    assert made.events["HandlerRule"]["Properties"]["Pattern"] == {
        "source": ["shop"],
        "region": ["eu-west-2"],
    }
    assert "        # the route's pattern asks for more of source\n        HandlerRule:\n" in as_yaml(made)


def rules(*routes: dict[str, Any]) -> Sketch:
    app = Router()
    for number, criteria in enumerate(routes):
        app.eventbridge(**criteria, name=f"rule{number}")(handler)
    return sketched(app)


@pytest.mark.parametrize(
    ("routes", "kept"),
    [
        ([{"source": "shop", "detail_type": "Placed"}, {"source": "shop"}], ["Rule1Rule"]),
        ([{"source": "shop"}, {"source": ["till", "shop"]}, {"source": "till"}], ["Rule1Rule"]),
        ([{"source": "shop.till"}, {"source": "shop.*"}, {"source": "*"}], ["Rule2Rule"]),
        ([{"source": "a", "detail": {"n": [1]}}, {"source": "a", "detail": {"n": [1, 2]}}], ["Rule1Rule"]),
        ([{"source": "shop"}, {"source": "till"}, {"source": "till.*"}], ["Rule0Rule", "Rule1Rule", "Rule2Rule"]),
    ],
    ids=str,
)  # fmt: skip
def test_an_event_calls_the_function_once(routes: list[dict[str, Any]], kept: list[str]) -> None:
    made = rules(*routes)
    assert (list(made.events), made.comments) == (kept, {})


def test_of_rules_that_an_event_may_match_both_it_is_said() -> None:
    made = rules(
        {"source": "shop", "detail": {"a": [{"exists": True}]}}, {"source": "s*", "detail": {"b": [1]}}
    )
    assert made.comments == {
        "Rule0Rule": "events that Rule1Rule matches too call the function twice",
        "Rule1Rule": "events that Rule0Rule matches too call the function twice",
    }


def test_queues_hide_messages_for_six_timeouts_and_no_longer_than_sqs_can() -> None:
    app = Router()
    app.sqs("orders")(handler)
    for timeout, hidden in ((10, 60), (900, 5_400)):
        made = Sketch({**SETTINGS, "Timeout": timeout}, app.routes)
        assert made.resources["OrdersQueue"]["Properties"]["VisibilityTimeout"] == hidden


# -- the command -----------------------------------------------------------------------------------------------------


def test_it_prints_yaml_with_comments(run: Run) -> None:
    status, out, err = run(
        "template", "shop:app", "--runtime", "python3.12", "--timeout", "10", "--memory", "512"
    )
    assert (status, err) == (0, "the shop opens\n")
    assert (
        "      # cloudformation(resource_type=Custom::Bucket, request_type=Create) -> create: a resource whose"
        in out
    )
    assert re.search(
        r"^    Properties:\n      CodeUri: .\n      Handler: shop.app\n      Runtime: python3.12\n", out, re.M
    )
    assert "Timeout: 10\n" in out
    assert "MemorySize: 512\n" in out
    events = re.findall(r"^        (\w+):$", out, re.M)
    assert {"Requests", "OrdersQueue", "NoiseQueue", "UploadsObjects", "Users"} <= set(events)


def test_it_prints_json(run: Run) -> None:
    whole = json.loads(run("template", "shop:app", "--json").out)
    assert list(whole) == ["AWSTemplateFormatVersion", "Transform", "Metadata", "Resources"]
    assert any(note.startswith("cloudformation(") for note in whole["Metadata"]["lambda-router"])


def test_an_entrypoint_for_some_sources_has_their_events_alone(run: Run) -> None:
    whole = json.loads(run("template", "shop:workers", "--json").out)
    function = whole["Resources"]["Function"]["Properties"]
    assert function["Handler"] == "shop.workers"
    assert function["Events"].keys() == {"OrdersQueue", "NoiseQueue"}


def test_check_takes_it(run: Run, here: Path) -> None:
    (here / "made.yaml").write_text(run("template", "shop:app").out)
    assert run("check", "shop:app", "made.yaml", "--strict") == (0, "", "")


@pytest.mark.parametrize("option", [("--timeout", "901"), ("--memory", "64"), ("--timeout", "x")])
def test_wrong_usage(run: Run, option: tuple[str, str]) -> None:
    status, out, err = run("template", "shop:app", *option)
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_no_anchors_are_written() -> None:
    shared = {"a": [1]}
    assert "&" not in dumped({"one": shared, "two": shared})
    assert yaml.safe_load(dumped({"one": shared}, 2)) == {"one": shared}
