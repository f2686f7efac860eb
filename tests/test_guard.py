"""The guard answers for code that cannot be imported: whoever waits for a callback gets the failure, once."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from lambda_router import Router
from lambda_router.guard import Guard
from lambda_router.testing import Client, event


class Aws:
    """In place of the clients of CodePipeline and CodeDeploy: what was called, and with what."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        return lambda **given: self.calls.append((operation, given))


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    one = Aws()
    monkeypatch.setattr("boto3.client", lambda *_, **__: one)
    return one


def test_a_job_and_a_deployment_fail_once_and_the_invocation_ends_well(aws: Aws) -> None:
    client = Client(Guard("nowhere.app", fallback=Router()))
    assert client.codepipeline(job_id="j-1").raise_for_error().response is None
    assert client.codedeploy_hook(deployment_id="d-1").raise_for_error().response is None
    (result, job), (status, hook) = aws.calls
    assert (result, job["jobId"]) == ("put_job_failure_result", "j-1")
    assert job["failureDetails"]["message"].startswith("ModuleNotFoundError ")
    assert (status, hook["deploymentId"]) == ("put_lifecycle_event_hook_execution_status", "d-1")
    assert hook["status"] == "Failed"


def test_what_lambda_would_repeat_is_raised(aws: Aws) -> None:
    client = Client(Guard("nowhere.app", fallback=Router()))
    for name in ("config", "sqs", "s3"):
        assert type(client.send(event(name)).error) is ModuleNotFoundError, name
    assert aws.calls == []


@pytest.mark.parametrize("broken", ["client", None])
def test_a_stack_has_its_answer_whatever_boto3_does(monkeypatch: pytest.MonkeyPatch, broken: Any) -> None:
    if broken is None:
        monkeypatch.setitem(sys.modules, "boto3", None)
    else:
        monkeypatch.setattr("boto3.client", lambda *_, **__: 1 / 0)
    (answer,) = Client(Guard("nowhere.app", fallback=Router())).cloudformation("Custom::Bucket").put
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("ModuleNotFoundError ")


def test_what_can_be_imported_later_is_passed_on_to(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    guard = Guard("came_late.app", fallback=Router())
    with pytest.raises(ModuleNotFoundError):
        guard({"some": "event"})
    (tmp_path / "came_late.py").write_text("def app(event, context): return event\n")
    sys.path_importer_cache.clear()
    assert guard({"some": "event"}) == {"some": "event"}
    assert sys.modules.pop("came_late")


def test_who_has_a_guard_of_his_own_pays_for_no_other(run_python: Any) -> None:
    code = """
import json
import sys
from lambda_router.guard import Guard
assert not {"boto3", "ssl", "lambda_router.callback"} & set(sys.modules)
from lambda_router.guard import app
import lambda_router.guard
assert app is lambda_router.guard.app and isinstance(app, Guard)
print(hasattr(lambda_router.guard, "apps"))
"""
    assert run_python(code) == "False\n"


def test_a_reload_reads_the_variable_again(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> None:
    from importlib import reload

    from lambda_router import guard

    monkeypatch.setenv(guard.VARIABLE, "nowhere.app")
    with pytest.raises(ModuleNotFoundError):
        reload(guard).app({"some": "event"})
    monkeypatch.setenv(guard.VARIABLE, "json.loads")
    assert reload(guard).app._handler is json.loads
