"""A custom resource of a stack on a local AWS: created, updated in place and replacing, failed, rolled back, deleted.

The local AWS is without TLS, which the room insists on, so that a front with a certificate stands before it; the function
rewrites the address, and the front is a host that its room is told of. What the local AWS cannot show: it calls the
function synchronously and once, knows no `NoEcho` and no limit of the body, and hands on no `ServiceToken`.
"""

from __future__ import annotations

import http.client
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from models.cloudformation import LIMIT
from uploads import Certificates

import lambda_router
from examples.local_aws import deploy
from examples.local_aws.deploy import Function, until
from examples.local_aws.emulator import ARCH, PYTHON, LocalAws

CODE = Path(__file__).parent / "stack"
PACKAGE = Path(lambda_router.__file__).parent


class Front(ThreadingHTTPServer):
    """Takes PUT requests over TLS and hands them on; `bodies` is what came."""

    daemon_threads = True

    def __init__(self, port: int, certificates: Certificates) -> None:
        super().__init__(("127.0.0.1", 0), Hand)
        self.behind = port
        self.bodies: list[bytes] = []
        context = certificates.server(certificates.own)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"127.0.0.1:{self.server_address[1]}"


class Hand(BaseHTTPRequestHandler):
    server: Front

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(body)
        behind = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=10)
        behind.request("PUT", self.path, body, {"Content-Type": ""})
        status = behind.getresponse().status
        behind.close()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def front(aws: LocalAws, certificates: Certificates) -> Iterator[Front]:
    server = Front(int(aws.url.rpartition(":")[2]), certificates)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes") / "notes"


@pytest.fixture(scope="module")
def function(
    aws: LocalAws,
    front: Front,
    certificates: Certificates,
    notes: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Function:
    directory = tmp_path_factory.mktemp("function")
    shutil.copytree(CODE, directory, dirs_exist_ok=True)
    shutil.copytree(PACKAGE, directory / "lambda_router", ignore=shutil.ignore_patterns("testing", "cli"))
    variables = {"FRONT": front.host, "SSL_CERT_FILE": str(certificates.authority), "NOTES": str(notes)}
    return deploy.create_function(
        aws, "note", directory, handler="app.app", python=PYTHON, arch=ARCH, timeout=10, variables=variables
    )


class Stack:
    """A stack with one note."""

    def __init__(self, aws: LocalAws, function: Function, name: str) -> None:
        self.client = aws.client("cloudformation")
        self.function = function
        self.name = name

    def template(self, **properties: Any) -> str:
        note = {
            "Type": "Custom::Note",
            "Properties": {"ServiceToken": self.function.arn, "ServiceTimeout": 20, **properties},
        }
        outputs = {
            "Length": {"Value": {"Fn::GetAtt": ["Note", "Length"]}},
            "Id": {"Value": {"Ref": "Note"}},
        }
        return json.dumps({"Resources": {"Note": note}, "Outputs": outputs})

    def create(self, **properties: Any) -> str:
        self.client.create_stack(StackName=self.name, TemplateBody=self.template(**properties))
        return self.status()

    def update(self, **properties: Any) -> str:
        self.client.update_stack(StackName=self.name, TemplateBody=self.template(**properties))
        return self.status()

    def delete(self) -> str:
        stack_id = self.described["StackId"]
        self.client.delete_stack(StackName=self.name)
        self.name = stack_id
        return self.status()

    def status(self) -> str:
        def ended() -> str:
            found: str = self.described["StackStatus"]
            return "" if found.endswith("IN_PROGRESS") else found

        return until(ended, seconds=60)  # type: ignore[no-any-return]

    @property
    def described(self) -> Any:
        return self.client.describe_stacks(StackName=self.name)["Stacks"][0]

    @property
    def outputs(self) -> dict[str, str]:
        return {o["OutputKey"]: o["OutputValue"] for o in self.described.get("Outputs", [])}

    @property
    def reasons(self) -> str:
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)


class Story:
    """What the function noted, and what was answered, since it was last asked."""

    def __init__(self, notes: Path, front: Front) -> None:
        self.notes = notes
        self.front = front
        self.read = 0
        self.seen = 0

    def calls(self) -> list[Any]:
        lines = self.notes.read_text("utf-8").splitlines() if self.notes.exists() else []
        new, self.read = lines[self.read :], len(lines)
        return [json.loads(line) for line in new]

    def answers(self) -> list[tuple[str, str]]:
        new, self.seen = self.front.bodies[self.seen :], len(self.front.bodies)
        assert all(len(body) <= LIMIT for body in new)
        return [(answer["Status"], answer["PhysicalResourceId"]) for answer in map(json.loads, new)]


@pytest.fixture
def story(notes: Path, front: Front) -> Story:
    one = Story(notes, front)
    one.calls()
    one.answers()
    return one


def test_a_stack_is_created_updated_replaced_and_deleted(
    aws: LocalAws, function: Function, story: Story
) -> None:
    stack = Stack(aws, function, "shop")
    assert stack.create(Name="a", Text="hello") == "CREATE_COMPLETE"
    assert stack.outputs == {"Length": "5", "Id": "note-a"}
    assert story.calls() == [["create", None, "hello"]]
    assert story.answers() == [("SUCCESS", "note-a")]

    assert stack.update(Name="a", Text="hello again") == "UPDATE_COMPLETE"
    assert stack.outputs == {"Length": "11", "Id": "note-a"}
    assert story.calls() == [["update", "note-a", "hello again"]]
    assert story.answers() == [("SUCCESS", "note-a")]

    assert stack.update(Name="b", Text="hello") == "UPDATE_COMPLETE"
    assert stack.outputs == {"Length": "5", "Id": "note-b"}
    calls = story.calls()
    assert calls[0] == ["update", "note-a", "hello"]
    assert [call[:2] for call in calls[1:]] == [["delete", "note-a"]]
    assert story.answers() == [("SUCCESS", "note-b"), ("SUCCESS", "note-a")]

    assert stack.update(Name="b", Text="fail").startswith("UPDATE_ROLLBACK")
    assert story.calls()[0] == ["update", "note-b", "fail"]
    answers = story.answers()
    assert answers[0] == ("FAILED", "note-b")
    assert all(answer == ("SUCCESS", "note-b") for answer in answers[1:])
    assert "ValueError" in stack.reasons
    assert "canary" not in stack.reasons

    assert stack.delete() == "DELETE_COMPLETE"
    assert story.calls()[-1][:2] == ["delete", "note-b"]
    assert story.answers()[-1] == ("SUCCESS", "note-b")


def test_a_failed_creation_is_rolled_back_without_a_deletion_in_user_code(
    aws: LocalAws, function: Function, story: Story
) -> None:
    stack = Stack(aws, function, "broken")
    assert stack.create(Name="c", Text="fail") in ("ROLLBACK_COMPLETE", "CREATE_FAILED")
    assert story.calls() == [["create", None, "fail"]]
    answers = story.answers()
    assert answers[0][0] == "FAILED"
    assert answers[0][1].startswith("lambda_router/not-created/")
    assert all(status == "SUCCESS" for status, _ in answers[1:])
    assert "ValueError" in stack.reasons
    assert "canary" not in stack.reasons
    assert stack.delete() == "DELETE_COMPLETE"
    assert [call for call in story.calls() if call[0] != "delete"] == []
