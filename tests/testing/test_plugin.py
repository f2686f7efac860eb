"""The pytest plugin, as a project meets it that has only installed the package: its fixtures and its messages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import walk_packages

import pytest

import lambda_router

# pytester forgets what its runs have imported: here it must find the whole framework, not import half of it again.
for module in walk_packages(lambda_router.__path__, "lambda_router."):
    if not module.name.startswith("lambda_router.cli"):
        import_module(module.name)

pytest_plugins = ["pytester"]

SHOP = """
from lambda_router import Depends, HTTPError, Router
from typing import Annotated

app = Router(partial=True)
opened = []

def connect():
    return "real"

@app.lifespan
def pool():
    opened.append("open")
    yield
    opened.append("closed")

@app.sqs("orders")
def on_order(body: dict):
    return 1 / body["n"]

@app.get("/orders/{order_id:int}")
def read(order_id, database: Annotated[str, Depends(connect)]):
    if order_id == 0:
        raise KeyError("id")
    return {"id": order_id, "database": database}

@app.get("/moved")
def moved():
    raise HTTPError(302, headers={"location": "/orders/7"})

@app.s3("uploads")
def on_object(key):
    raise LookupError(f"no {key}")

@app.cloudformation("Custom::Bucket")
def bucket(properties):
    return "bucket-1"

@app.codepipeline()
def deploy(parameters):
    return {"version": "7"}

@app.config("no-public-buckets")
def check(configuration_item):
    return True

@app.codedeploy_hook()
def hook():
    return False
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with an app, and every warning an error."""
    pytester.makepyfile(shop=SHOP)
    pytester.makeini(
        "[pytest]\nfilterwarnings = error\naddopts = --strict-markers --strict-config\npythonpath = .\n"
    )
    return pytester


def outcome(
    project: pytest.Pytester, test: str, *options: str, run: Callable[..., pytest.RunResult] | None = None
) -> pytest.RunResult:
    project.makepyfile(test_it=f"from shop import *\nimport pytest\n{test}")
    return (run or project.runpytest_inprocess)("-p", "no:cacheprovider", *options)


def test_it_is_registered() -> None:
    (found,) = entry_points(group="pytest11", name="lambda_router")
    assert found.value == "lambda_router.testing.plugin"


# -- the fixtures ------------------------------------------------------------------------------------------------


def test_the_fixtures(project: pytest.Pytester) -> None:
    result = outcome(
        project,
        """
import shop

def test_client(router_client):
    client = router_client(app)
    assert client.get("/orders/7").json() == {"id": 7, "database": "real"}
    with client.override(connect, lambda: "fake"):
        assert client.get("/orders/7", source="alb").json()["database"] == "fake"
    app.overrides[connect] = lambda: "left behind"
    assert shop.opened == ["open"]

def test_closed_and_as_it_was(router_client):
    assert shop.opened == ["open", "closed"]
    assert app.overrides == {}
    assert router_client(app, follow_redirects=True, timeout=9).get("/orders/7").json()["database"] == "real"

def test_context(lambda_context):
    assert lambda_context.get_remaining_time_in_millis() == 3000
    lambda_context.advance(1)
    assert lambda_context.get_remaining_time_in_millis() == 2000

@pytest.mark.lambda_context(timeout=60, function_name="billing")
class TestMarked:
    @pytest.mark.lambda_context(timeout=10)
    def test_marked(self, lambda_context, router_client):
        assert lambda_context.function_name == "billing"
        assert lambda_context.get_remaining_time_in_millis() == 10_000
        out = router_client(app, context=lambda_context).sqs("orders", [{"n": 1}])
        assert out.context is lambda_context
""",
    )
    result.assert_outcomes(passed=4)


def test_callbacks(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    result = outcome(
        project,
        """
from lambda_router import CallbackError, Router
from lambda_router.testing import Client, event

def test_each(callbacks, router_client):
    client = router_client(app)
    assert (len(callbacks), list(callbacks), callbacks.of("config")) == (0, [], [])
    with pytest.raises(AssertionError, match="there are 0"):
        callbacks.only
    job = client.codepipeline()
    assert callbacks.only.operation == "put_job_success_result"
    assert callbacks.only["jobId"] == job.event["CodePipeline.job"]["id"]
    assert callbacks.only["outputVariables"] == {"version": "7"}
    client.cloudformation("Custom::Bucket")
    put = callbacks[1]
    assert (put.source, put.operation, put["Status"]) == ("cloudformation", "PUT", "SUCCESS")
    assert put["PhysicalResourceId"] == "bucket-1"
    client.config("no-public-buckets")
    (said,) = callbacks.of("config")
    assert said["Evaluations"][0]["ComplianceType"] == "COMPLIANT"
    client.codedeploy_hook()
    assert callbacks[-1]["status"] == "Failed"
    assert [one.source for one in callbacks] == ["codepipeline", "cloudformation", "config", "codedeploy_hook"]
    with pytest.raises(AssertionError, match="there are 4\\\\n  <Callback of codepipeline: put_job"):
        callbacks.only
    callbacks.clear()
    assert not len(callbacks)

def test_without_a_client(callbacks):
    app(event("cloudformation", resource_type="Custom::Bucket"), None)
    assert callbacks.only["Status"] == "SUCCESS"

def test_refused(callbacks, router_client):
    callbacks.refuse("put_job_success_result", "InvalidJobStateException")
    callbacks.refuse("put_evaluations", "NoSuchConfigRuleException")
    client = router_client(app)
    client.codepipeline()
    out = client.config("no-public-buckets")
    assert isinstance(out.error, CallbackError)
    assert "NoSuchConfigRuleException" in str(out.error)

def test_what_aws_would_not_take_is_not_taken(callbacks):
    with pytest.raises(Exception, match="ParamValidationError"):
        app.codepipeline.request("put_job_success_result", job=1)
    with pytest.raises(AttributeError, match="the codepipeline client has no operation 'put_job'"):
        app.codepipeline.request("put_job")
    assert list(callbacks) == []

class Fake:
    asked = 0
    def put_job_success_result(self, **parameters):
        self.asked += 1
        return {}

def test_a_client_of_ones_own_is_called_all_the_same(callbacks, router_client):
    app.codepipeline.client = fake = Fake()
    router_client(app).codepipeline()
    assert fake.asked == len(callbacks) == 1

def test_it_is_still_there_and_nothing_is_recorded_afterwards(router_client):
    assert type(app.codepipeline.client) is Fake
    assert app.config.client is None
    assert router_client(app).cloudformation("Custom::Bucket").put[0]["Status"] == "SUCCESS"

def test_an_app_made_meanwhile(callbacks, router_client):
    mine = Router()
    mine.codedeploy_hook()(lambda: True)
    router_client(mine).codedeploy_hook()
    assert callbacks.only["status"] == "Succeeded"
    assert "put_lifecycle_event_hook_execution_status" in repr(callbacks)
""",
    )
    result.assert_outcomes(passed=7)


def test_the_runtime(
    project: pytest.Pytester, lambda_emulator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMBDA_ROUTER_RIE", str(lambda_emulator))
    project.mkpydir("package")
    (project.path / "package" / "inner.py").write_text(SHOP)
    result = outcome(
        project,
        """
from lambda_router.testing import event
from package.inner import app as inner

def test_app(lambda_runtime):
    runtime = lambda_runtime(app, timeout=10)
    assert runtime.invoke(event("sqs", bodies=[{"n": 1}])).json() == {"batchItemFailures": []}
    assert lambda_runtime(app, timeout=10) is runtime

def test_name(lambda_runtime):
    reply = lambda_runtime("shop.app", timeout=10).invoke(event("s3", bucket="uploads"))
    assert reply.error["errorType"] == "LookupError"
    assert lambda_runtime(inner, timeout=10).invoke(event("s3.test_event")).error is None

def test_nowhere(lambda_runtime):
    with pytest.raises(ValueError, match="no module holds .* give the handler setting"):
        lambda_runtime(lambda event, context: None)
""",
    )
    result.assert_outcomes(passed=3)


def test_a_runtime_that_is_not_to_be_had_skips(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMBDA_ROUTER_RIE", str(project.path / "nothing"))
    result = outcome(project, "def test_app(lambda_runtime):\n    lambda_runtime(app)\n", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        ["SKIPPED*the Lambda runtime is not to be had here: LAMBDA_ROUTER_RIE names *nothing, which is not*"]
    )


def test_it_is_looked_for_once_a_session(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDA_ROUTER_RIE", str(project.path / "nothing"))
    result = outcome(
        project,
        """
def test_first(lambda_runtime):
    lambda_runtime(app)

def test_second(lambda_runtime, monkeypatch):
    monkeypatch.setenv("LAMBDA_ROUTER_RIE", "elsewhere")
    lambda_runtime("shop.other")
""",
        "-rs",
    )
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED [[]2[]]*LAMBDA_ROUTER_RIE names *nothing, which is not*"])


# -- messages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "lines"),
    [
        (
            'out = client.sqs("orders", [{"n": 1}, {"n": 0}], message_id=["m-1", "m-2"])\n    assert out.failed == []',
            [
                "E*assert ['m-2'] == []*",
                "E*<BatchResult of sqs by on_order: 1 of 2 succeeded, failed: m-2",
                "E*sqs record m-2 failed: ZeroDivisionError at shop.py:* in on_order>",
            ],
        ),
        (
            'assert client.sqs("orders", [{"n": 0}], message_id="m-1").succeeded == ["m-1"]',
            ["E*assert [] == ['m-1']*", "E*sqs record m-1 failed: ZeroDivisionError at shop.py*"],
        ),
        (
            'assert client.get("/orders/0").status == 200',
            ["E*assert 500 == 200*", "E*request failed: KeyError at shop.py:* in read*"],
        ),
        (
            'assert client.get("/nowhere").status in (200, 204)',
            ["E*assert 404 in (200, 204)*", '*to take it, write: @app.get("/nowhere")>'],
        ),
        (
            'assert client.get("/moved").status == 200',
            ["E*assert 302 == 200*", "E*location: /orders/7"],
        ),
        (
            'assert client.s3("uploads", "a.txt").error is None',
            ["E*assert LookupError('no a.txt') is None", "E*LookupError: no a.txt>", "E*on_object*"],
        ),
        ("assert [1] == [2]", ["E*assert [1] == [2]", "E*At index 0 diff: 1 != 2*"]),
    ],
)
def test_a_failed_assertion_says_why(project: pytest.Pytester, test: str, lines: list[str]) -> None:
    code = f"def test_it(router_client):\n    client = router_client(app)\n    {test}\n"
    result = outcome(project, code, "-vv")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([line.replace("[", "[[]") for line in lines])
    assert "lambda_router/batch.py" not in result.stdout.str()


# -- cost and company --------------------------------------------------------------------------------------------

COUNT = """
import sys, json
import pytest
class Count:
    def pytest_sessionfinish(self):
        print("COUNT", json.dumps(sorted(m for m in sys.modules if m.partition(".")[0] in
              ("lambda_router", "pydantic", "boto3", "botocore", "aws_lambda_powertools", "awslambdaric"))))
sys.exit(pytest.main(sys.argv[1:], plugins=[Count()]))
"""


OTHERS = ("schemathesis", "hypothesispytest", "anyio", "timeout", "xdist", "xdist.looponfail")


def loaded(directory: Path, *options: str) -> list[str]:
    """What is loaded at the end of a run of pytest."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT, "-q", "-W", "error", *options, *(f"-pno:{name}" for name in OTHERS)],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = (line for line in done.stdout.splitlines() if "COUNT " in line)
    found: list[str] = json.loads(line.partition("COUNT ")[2])
    return found


def test_a_project_that_uses_no_fixture_pays_nothing(tmp_path: Path, run_python: Callable[..., str]) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert [1] == [1]\n    assert 2 == 2.0\n")
    package = run_python(
        "import sys, lambda_router; print(*(m for m in sys.modules if m.startswith('lambda_router')))"
    )
    kit = ["lambda_router.testing", "lambda_router.testing.plugin"]
    # What Python loads to get at a module inside the package, and the plugin: nothing of the kit, no room.
    assert loaded(tmp_path) == sorted([*package.split(), *kit])
    assert len(package.split()) < 15
    assert loaded(tmp_path, "-p", "no:lambda_router") == []


def test_a_fixture_loads_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(lambda_context):\n    lambda_context.advance(1)\n")
    found = loaded(tmp_path)
    assert "lambda_router.testing.context" in found
    assert not {"lambda_router.testing.client", "lambda_router.explain", "pydantic", "boto3"} & set(found)


def test_with_other_processes(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xdist")
    monkeypatch.setenv(
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"
    )  # the other plugins here take their time to load
    result = outcome(
        project,
        """
@pytest.mark.parametrize("n", range(6))
def test_it(router_client, callbacks, n):
    router_client(app).codedeploy_hook()
    assert len(callbacks) == 1
""",
        *("-p", "xdist", "-p", "lambda_router.testing.plugin", "-n", "2"),
        run=project.runpytest_subprocess,
    )
    result.assert_outcomes(passed=6)


def test_the_example(run_python: Callable[..., str]) -> None:
    root = Path(__file__).resolve().parents[2]
    options = ["-q", "-c", os.devnull, f"--rootdir={root}", "-p", "no:cacheprovider", "-W", "error"]
    program = f"import pytest, sys; sys.exit(pytest.main({[*options, str(root / 'examples' / 'testing')]!r}))"
    assert "passed" in run_python(program)


def test_the_tests_of_the_documentation(
    project: pytest.Pytester, lambda_emulator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAMBDA_ROUTER_RIE", str(lambda_emulator))
    page = (Path(__file__).resolve().parents[2] / "docs" / "testing.md").read_text("utf-8")
    fences = [text for text in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S) if "def test_" in text]
    assert len(fences) == 4
    project.makepyfile(**{f"test_{number}": text for number, text in enumerate(fences)})
    result = project.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=3, failed=1)  # one shows what a failure looks like
    shown = re.search(r"^```text\n(>.*?)^```", page, re.M | re.S)
    assert shown is not None
    told = [re.escape(line).replace(r"cb7f1a9e\-\.\.\.", r"[\w.-]+") for line in shown[1].splitlines()]
    result.stdout.re_match_lines([rf"{line.replace('test_shop', 'test_0').rstrip()}[>\s]*$" for line in told])


def test_its_names_can_be_taken_by_a_project(project: pytest.Pytester) -> None:
    project.makeconftest("import pytest\n@pytest.fixture\ndef callbacks():\n    return 'mine'\n")
    outcome(project, "def test_it(callbacks):\n    assert callbacks == 'mine'\n").assert_outcomes(passed=1)


def test_the_fixtures_are_listed(project: pytest.Pytester) -> None:
    result = outcome(project, "", "--fixtures", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.lambda_context(*parts): what the fixture *"])
    result = outcome(project, "", "--fixtures")
    for name in ("router_client", "lambda_context", "callbacks"):
        result.stdout.fnmatch_lines([f"{name} -- *plugin.py:*"])
    result.stdout.fnmatch_lines(["lambda_runtime [[]session scope] -- *plugin.py:*"])


def test_the_kit_is_imported_by_name_as_before(run_python: Callable[..., str]) -> None:
    program = """
import lambda_router.testing as kit
assert "lambda_router.testing.client" not in __import__("sys").modules
assert set(kit.__all__) <= set(dir(kit))
print([getattr(kit, name).__name__ for name in kit.__all__] == kit.__all__)
try:
    kit.nothing
except AttributeError as error:
    print(error)
"""
    assert run_python(program).splitlines() == [
        "True",
        "module 'lambda_router.testing' has no attribute 'nothing'",
    ]


def test_callbacks_need_no_boto3(run_python: Callable[..., str]) -> None:
    program = """
from lambda_router import CallbackError, Router
from lambda_router.testing import Client
from lambda_router.testing.callbacks import recording
app = Router()
with recording() as callbacks:
    app.config("*")(lambda: True)
    client = Client(app)
    client.config().raise_for_error()
    callbacks.refuse("put_evaluations", "NoSuchConfigRuleException")
    print(type(client.config().error).__name__, len(callbacks))
"""
    before = "import sys\nsys.modules['boto3'] = sys.modules['botocore'] = None"
    assert run_python(program, before=before).split() == ["ReportError", "2"]
