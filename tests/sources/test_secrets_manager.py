"""AWS Secrets Manager rotations: steps and secrets, and the last step as AWS recommends it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given, settings
from hypothesis import strategies as st
from models import secrets_manager as model

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    Invocation,
    MissingDependencyError,
    NoRouteError,
    Reject,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.sources.secrets_manager import RotationError, SecretsManager
from lambda_router.testing import Client, SampleError, event
from lambda_router.testing.events import samples

STEPS = {
    "create_secret": "createSecret",
    "set_secret": "setSecret",
    "test_secret": "testSecret",
    "finish_secret": "finishSecret",
}
SAMPLES = {name: sample for name, sample, _ in samples("secrets_manager")}
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database-a1B2c3"
OLDER = "00000000-0000-4000-8000-00000000000a"
OLD, NEW = "11111111-1111-4111-8111-11111111111a", "22222222-2222-4222-8222-22222222222b"
CANARY = "canary-rotation-token-4111-1111-aaaaaaaa"
FINISH = {"Step": "finishSecret", "SecretId": ARN, "ClientRequestToken": NEW}
SENT = {"Step": "setSecret", "SecretId": ARN, "ClientRequestToken": NEW, "RotationToken": CANARY}


def answering(step: str, handler: Any, **options: Any) -> Router:
    app = Router()
    getattr(app.secrets_manager, step)(**options)(handler)
    return app


def finishing(client: Any) -> Router:
    """An app that leaves the last step to the router, which calls this client."""
    app = answering("create_secret", lambda: None)
    app.secrets_manager.client = client
    return app


def ask(app: Any, sent: Any) -> None:
    """Send an event whose answer is what the model takes."""
    result = Client(app).send(sent).raise_for_error()
    model.check(result.response, sent)


@contextmanager
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    """A client of the real service model, and the calls that it may get, in order."""
    session = botocore.session.Session()
    session.set_credentials("key", "secret")
    client = session.create_client(
        "secretsmanager", region_name="eu-west-1", config=Config(retries={"max_attempts": 0})
    )
    with Stubber(client) as stub:
        yield client, stub


def described(versions: dict[str, list[str]], *, rotates: bool | None = True) -> dict[str, Any]:
    enabled = {} if rotates is None else {"RotationEnabled": rotates}
    return {"ARN": ARN, "Name": "shop/database", "VersionIdsToStages": versions, **enabled}


# -- the model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG)
def test_the_model_refuses_any_answer(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(model.Refused, match=r"^\$"):
        model.check(answer, sent)


@pytest.mark.parametrize(("versions", "why"), model.UNFINISHED, ids=[why for _, why in model.UNFINISHED])
def test_the_model_refuses_labels_that_are_wrong(versions: Any, why: str) -> None:
    with pytest.raises(model.Refused):
        model.check_finished(model.Vault(versions), {"ClientRequestToken": "new"})


def test_the_vault_moves_a_label_only_from_where_it_is() -> None:
    vault = model.Vault({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]})
    for wrong in ({}, {"RemoveFromVersionId": NEW}):
        with pytest.raises(model.Refused):
            vault.update_secret_version_stage(
                SecretId=ARN, VersionStage="AWSCURRENT", MoveToVersionId=NEW, **wrong
            )
    vault.update_secret_version_stage(
        SecretId=ARN, VersionStage="AWSCURRENT", MoveToVersionId=NEW, RemoveFromVersionId=OLD
    )
    assert vault.versions == {OLD: {"AWSPREVIOUS"}, NEW: {"AWSPENDING", "AWSCURRENT"}}


# -- parts and answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("secret_id", ARN),
        ("secret_id: str", ARN),
        ("token", NEW),
        ("step", "setSecret"),
        ("rotation_token", CANARY),
        ("rotation_token: str | None", CANARY),
        ("event", SENT),
        ("context", None),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    seen: list[Any] = []
    names: dict[str, Any] = {"seen": seen}
    exec(f"def handler({parameter}): seen.extend(locals().values())", names)
    answering("set_secret", names["handler"])(SENT)
    assert seen == [expected]


def test_every_part_has_a_value_of_its_own_and_others_are_refused() -> None:
    assert len({get(SENT) for get in SecretsManager.parts.values()}) == len(SecretsManager.parts) == 4
    seen: list[Any] = []
    answering("finish_secret", lambda rotation_token: seen.append(rotation_token))(FINISH)
    assert seen == [None]
    for parameter in ("secret", "payload", "order: dict"):
        names: dict[str, Any] = {}
        exec(f"def handler({parameter}): pass", names)
        with pytest.raises(HandlerSignatureError, match=r"app\.secrets_manager\.create_secret\(\):"):
            answering("create_secret", names["handler"])


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_goes_to_its_own_step(name: str) -> None:
    app, seen = Router(), []
    for step in STEPS:
        getattr(app.secrets_manager, step)()(lambda number=step: seen.append(number))
    ask(app, SAMPLES[name])
    assert [STEPS[step] for step in seen] == [SAMPLES[name]["Step"]]


@pytest.mark.parametrize("step", STEPS)
def test_steps_are_normalised(step: str) -> None:
    seen: list[Any] = []
    app = answering(step, lambda step: seen.append(step))
    for spelt in (step, STEPS[step]):
        ask(app, {**SENT, "Step": spelt})
    assert seen == [STEPS[step]] * 2


@settings(max_examples=50, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_whatever_a_step_returns_the_answer_is_null(result: Any) -> None:
    for step in STEPS:
        ask(answering(step, lambda: result), {**SENT, "Step": STEPS[step]})


def test_a_result_that_is_no_json_and_a_coroutine() -> None:
    done: list[str] = []

    async def later(token: str) -> object:
        done.append(token)
        return object()

    ask(answering("set_secret", later), SENT)
    assert done == [NEW]


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (None, True),
        ("shop/database", True),
        ("shop/*", True),
        ("shop", False),
        ("database", False),
        ("shop/database-a1B2c3", False),
        (ARN, True),
        ("arn:aws:secretsmanager:*:123456789012:secret:shop/*", True),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database", False),
        (["other", "shop/database"], True),
        ("*", True),
    ],
)
def test_by_secret(secret: Any, expected: bool) -> None:
    app, seen = answering("set_secret", lambda: seen.append(True), secret=secret), []
    app.default(lambda: seen.append(False))
    ask(app, SENT)
    assert seen == [expected]


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("shop/database", "shop/database"),
        ("with-suffix", "with-suffix"),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-b-c-D1e2F3", "a-b-c"),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:plain", "plain"),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:-a1B2c3", "-a1B2c3"),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-b1B2c!", "a-b1B2c!"),
        ("arn:aws:secretsmanager:eu-west-1:123456789012:other:a-a1B2c3", "arn:aws:secretsmanager*other*"),
    ],
)
def test_a_secret_is_named_without_what_its_arn_has_behind_the_name(identifier: str, name: str) -> None:
    app = answering("set_secret", lambda: None, secret=name)
    ask(app, {**SENT, "SecretId": identifier})


def test_a_step_without_a_handler_fails_and_says_what_to_write() -> None:
    app = answering("create_secret", lambda: None)
    for step in ("set_secret", "test_secret"):
        error = Client(app).secrets_manager(step).error
        assert isinstance(error, NoRouteError)
        assert error.suggestion == f"@app.secrets_manager.{step}()"
        assert error.suggestion in str(error)
    assert isinstance(Client(app).send({**SENT, "Step": "rotate"}).error, NoRouteError)
    assert Router().explain({**SENT, "Step": "rotate"}).suggestion == "@app.default"


def test_add_route_takes_the_name_of_a_step() -> None:
    app, seen = Router(), []
    app.add_route("secrets_manager", lambda step: seen.append(step), step="set_secret")
    app.add_route("secrets_manager", lambda step: seen.append(f"any {step}"))
    for step in ("setSecret", "testSecret"):
        ask(app, {**SENT, "Step": step})
    assert seen == ["setSecret", "any testSecret"]


def test_mistakes_are_refused_at_import() -> None:
    app = answering("create_secret", lambda: None, secret="a")
    app.secrets_manager.set_secret(secret="a").drop()
    with pytest.raises(DuplicateRouteError):
        app.secrets_manager.create_secret(secret=["a"]).drop()
    for bad in ("", [], 7, "a**"):
        with pytest.raises(ConfigurationError, match="secret"):
            app.secrets_manager.test_secret(secret=bad).drop()  # type: ignore[arg-type]


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [ValueError("no"), Retry("later"), Reject("never"), RotationError("x")])
def test_an_exception_fails_the_rotation(failure: Exception) -> None:
    def handler() -> None:
        raise failure

    assert Client(answering("set_secret", handler)).send(SENT).error is failure


def test_a_drop_is_a_step_that_is_done_and_an_exit_is_a_failure() -> None:
    def drops() -> None:
        raise Drop

    def exits() -> None:
        raise SystemExit(0)

    ask(answering("set_secret", drops), SENT)
    error = Client(answering("set_secret", exits)).send(SENT).error
    assert type(error).__name__ == "SystemExit"


@pytest.mark.parametrize("result", [None, "handled", True, {"statusCode": 503}])
def test_an_exception_handler_makes_no_step_done_unless_it_drops(result: Any) -> None:
    def fails() -> None:
        raise LookupError

    def settles(exc: BaseException, invocation: Invocation) -> None:
        raise Drop

    app = answering("test_secret", fails)
    app.exception_handler(LookupError)(lambda exc, invocation: result)
    sent = {**SENT, "Step": "testSecret"}
    assert type(Client(app).send(sent).error) is LookupError
    app = answering("test_secret", fails)
    app.exception_handler(LookupError)(settles)
    ask(app, sent)


# -- the last step -------------------------------------------------------------------------------------------


def test_the_last_step_moves_the_label_from_the_version_that_has_it() -> None:
    with stubbed() as (client, stub):
        versions = {OLDER: ["AWSPREVIOUS"], OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]}
        stub.add_response("describe_secret", described(versions), {"SecretId": ARN})
        stub.add_response(
            "update_secret_version_stage",
            {"ARN": ARN, "Name": "shop/database"},
            {
                "SecretId": ARN,
                "VersionStage": "AWSCURRENT",
                "MoveToVersionId": NEW,
                "RemoveFromVersionId": OLD,
            },
        )
        ask(finishing(client), FINISH)
        stub.assert_no_pending_responses()


def test_the_first_rotation_has_no_version_to_take_the_label_from() -> None:
    with stubbed() as (client, stub):
        stub.add_response("describe_secret", described({NEW: ["AWSPENDING"]}), {"SecretId": ARN})
        expected = {"SecretId": ARN, "VersionStage": "AWSCURRENT", "MoveToVersionId": NEW}
        stub.add_response("update_secret_version_stage", {"ARN": ARN, "Name": "shop/database"}, expected)
        ask(finishing(client), FINISH)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    "labels", [["AWSCURRENT"], ["AWSCURRENT", "AWSPENDING"], ["AWSPENDING", "AWSCURRENT"]]
)
def test_a_version_that_is_current_already_is_left_alone(labels: list[str]) -> None:
    with stubbed() as (client, stub):
        stub.add_response(
            "describe_secret", described({OLD: ["AWSPREVIOUS"], NEW: labels}), {"SecretId": ARN}
        )
        ask(finishing(client), FINISH)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (described({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]}, rotates=False), "not enabled"),
        (described({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]}, rotates=None), "not enabled"),
        (described({OLD: ["AWSCURRENT"]}), "AWSPENDING"),
        (described({OLD: ["AWSCURRENT"], NEW: ["AWSPREVIOUS"]}), "AWSPENDING"),
        (described({OLD: ["AWSCURRENT", "AWSPENDING"], NEW: ["mine"]}), "AWSPENDING"),
        ({"ARN": ARN, "RotationEnabled": True}, "AWSPENDING"),
    ],
)
def test_what_is_not_ready_is_not_finished(secret: dict[str, Any], said: str) -> None:
    with stubbed() as (client, stub):
        stub.add_response("describe_secret", secret, {"SecretId": ARN})
        error = Client(finishing(client)).send(FINISH).error
        assert isinstance(error, RotationError)
        assert isinstance(error, RouterError)
        assert said in str(error)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("operation", ["describe_secret", "update_secret_version_stage"])
def test_an_error_of_aws_fails_the_rotation(operation: str) -> None:
    with stubbed() as (client, stub):
        if operation != "describe_secret":
            stub.add_response("describe_secret", described({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]}))
        stub.add_client_error(operation, "InternalServiceError", http_status_code=500)
        error = Client(finishing(client)).send(FINISH).error
        assert isinstance(error, ClientError)
        stub.assert_no_pending_responses()


LABELS = st.lists(st.sampled_from(["AWSPENDING", "mine", "yours"]), max_size=2, unique=True)


@settings(max_examples=60, deadline=None)
@given(
    others=st.dictionaries(st.sampled_from(["v1", "v2", "v3"]), LABELS, max_size=3),
    new=st.none() | LABELS,
    current=st.sampled_from(["v1", "v2", "v3", NEW, None]),
    rotates=st.booleans(),
    repeats=st.integers(1, 3),
)
def test_a_rotation_ends_with_the_labels_right_or_unchanged(
    others: dict[str, list[str]], new: list[str] | None, current: str | None, rotates: bool, repeats: int
) -> None:
    versions = {**others, **({} if new is None else {NEW: new})}
    pending = [version for version, labels in versions.items() if "AWSPENDING" in labels]
    for version in pending[:-1]:  # a label is on one version at a time
        versions[version] = [label for label in versions[version] if label != "AWSPENDING"]
    if current not in versions:
        current = None
    else:
        versions[current] = [*versions[current], "AWSCURRENT"]
    vault = model.Vault(versions, rotates=rotates)
    before = {version: set(labels) for version, labels in vault.versions.items()}
    app = finishing(vault)
    for _ in range(repeats):
        result = Client(app).send(FINISH)
    if isinstance(result.error, RotationError):
        assert vault.versions == before
        assert vault.changes == 0
        assert not rotates or (current != NEW and "AWSPENDING" not in versions.get(NEW, []))
    else:
        assert result.error is None
        assert vault.changes <= 1
        if pending[-1:] in ([], [NEW]):
            model.check_finished(vault, FINISH)
        else:
            assert current == NEW


def test_the_default_is_for_secrets_that_are_rotated_here() -> None:
    vault = model.Vault({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]})
    other = answering("create_secret", lambda: None, secret="other")
    other.secrets_manager.client = vault
    assert isinstance(Client(other).send(FINISH).error, NoRouteError)
    nobody = Router()
    nobody.secrets_manager.client = vault
    assert isinstance(Client(nobody).send(FINISH).error, NoRouteError)
    assert vault.changes == 0
    one = answering("test_secret", lambda: None, secret="shop/*")
    one.secrets_manager.client = vault
    ask(one, {**FINISH, "Step": "finish_secret"})
    assert vault.changes == 1
    model.check_finished(vault, FINISH)


def test_a_handler_of_ones_own_goes_first_and_may_call_the_default() -> None:
    vault = model.Vault({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]})
    app = finishing(vault)
    done: list[str] = []

    @app.secrets_manager.finish_secret(secret="shop/database")
    def finish(secret_id: str, token: str) -> None:
        app.secrets_manager.finish(secret_id, token)
        done.append(token)

    ask(app, FINISH)
    assert done == [NEW]
    assert vault.changes == 1
    dropped = finishing(None)
    dropped.secrets_manager.finish_secret().drop()
    ask(dropped, FINISH)
    assert dropped.secrets_manager.client is None


def test_the_default_goes_before_the_apps_default_and_is_explained() -> None:
    vault = model.Vault({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]})
    app, seen = finishing(vault), []
    app.default(lambda event: seen.append(event["Step"]))
    assert Client(app).send(FINISH).route == "finish_secret by default"
    ask(app, SENT)
    assert seen == ["setSecret"]
    assert vault.changes == 1
    assert app.explain(FINISH).suggestion is None
    assert [route.criteria for route in app.routes] == [{"step": "createSecret"}, {}]


def test_an_included_router_brings_its_client() -> None:
    vault = model.Vault({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]})
    app = Router()
    app.include(finishing(vault))
    ask(app, FINISH)
    assert vault.changes == 1


# -- boto3 ---------------------------------------------------------------------------------------------------


def test_boto3_is_imported_by_the_first_last_step_and_its_client_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    vault = model.Vault({OLD: ["AWSCURRENT"], NEW: ["AWSPENDING"]})
    boto3 = ModuleType("boto3")
    boto3.client = lambda name: made.append(name) or vault  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    app = finishing(None)
    ask(app, {**FINISH, "Step": "createSecret"})
    assert made == []
    ask(app, FINISH)
    ask(app, FINISH)
    assert made == ["secretsmanager"]
    assert app.secrets_manager.client is vault
    assert vault.changes == 1


def test_the_real_boto3_makes_a_real_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    made = Router().secrets_manager._aws()
    assert made.meta.service_model.service_name == "secretsmanager"


def test_without_boto3_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    error = Client(finishing(None)).send(FINISH).error
    assert isinstance(error, MissingDependencyError)
    assert "boto3" in str(error)


def test_routes_and_other_steps_import_neither_boto3_nor_anything_dear(
    run_python: Callable[..., str],
) -> None:
    program = f"""
import sys
from lambda_router import Router
app = Router()
app.secrets_manager.create_secret(secret="shop/*")(lambda secret_id, token: None)
app({event("secrets_manager")!r})
dear = ("boto3", "botocore", "asyncio", "typing", "inspect", "dataclasses", "pydantic", "uuid")
print([name for name in dear if name in sys.modules])
"""
    assert run_python(program).strip() == "[]"


# -- hostile and labelled events, secrets --------------------------------------------------------------------


def test_wrong_types_are_no_crash() -> None:
    app = Router()
    for step in STEPS:
        getattr(app.secrets_manager, step)(secret="shop/*")(
            lambda secret_id, token, step, rotation_token: None
        )
    for key in SENT:
        for odd in (
            None,
            True,
            0,
            1.5,
            "",
            "arn:",
            "arn:::::secret:",
            "x",
            [],
            {},
            ["createSecret"],
            "\ud800",
        ):
            sent = {**SENT, key: odd}
            if detect(sent) == "secrets_manager":
                json.dumps(app.explain(sent).to_dict())
                try:
                    assert app(sent) is None
                except NoRouteError:
                    assert key in ("Step", "SecretId")
            else:
                assert not isinstance(odd, str)
    for near in ({"Step": "createSecret"}, {"Step": "x", "SecretId": "y"}, [SENT], "createSecret"):
        assert detect(near) is None


def test_labelled_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "secrets_manager"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["secrets_manager"], file
        seen: list[Any] = []
        ask(
            answering(
                "create_secret", lambda secret_id: seen.append(secret_id), secret="MyTestDatabaseSecret"
            ),
            sent,
        )
        assert seen == [sent["SecretId"]]


def test_the_rotation_token_is_nowhere(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)

    def fails(rotation_token: str) -> None:
        raise ValueError(rotation_token)

    def wants_more(rotation_token: int) -> None: ...

    unrouted = answering("set_secret", lambda: None, secret="other")
    for app in (answering("set_secret", fails), answering("set_secret", wants_more), unrouted):
        result = Client(app).send(SENT)
        assert result.error is not None
        assert CANARY not in caplog.text
        assert CANARY not in repr(app)
        if not isinstance(result.error, ValueError):
            assert CANARY not in f"{result.error} {result.error!r}"
    vault = model.Vault({OLD: ["AWSCURRENT"]})
    error = Client(finishing(vault)).send({**FINISH, "RotationToken": CANARY}).error
    assert CANARY not in f"{error!r} {caplog.text}"


def test_events_of_a_rotation() -> None:
    made = [event(f"secrets_manager.{step}", token=NEW, rotation_token="t" * 36) for step in STEPS]
    assert [m["Step"] for m in made] == list(STEPS.values())
    assert {m["SecretId"] for m in made} == {ARN}
    assert event("secrets_manager", secret=ARN)["SecretId"] == ARN
    assert "RotationToken" not in event("secrets_manager")
    with pytest.raises(SampleError, match="create_secret"):
        event("secrets_manager", trigger="rotate")
    result = Client(answering("test_secret", lambda: None)).secrets_manager(
        "test_secret", "shop/*", token="t"
    )
    assert (result.source, result.response, result.event["ClientRequestToken"]) == (
        "secrets_manager",
        None,
        "t",
    )
