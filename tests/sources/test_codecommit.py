"""AWS CodeCommit: parts, references, criteria, and what becomes of a push."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lambda_router import (
    BatchError,
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    NoRouteError,
    Reject,
    ResultError,
    Retry,
    Router,
    UnknownEventError,
    detect,
)
from lambda_router.sources.codecommit import CodeCommit
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

ARN = "arn:aws:codecommit:us-east-2:123456789012:shop"
MAIN = {"ref": "refs/heads/main", "commit": "1a"}
FEATURE = {"ref": "refs/heads/feature/a", "commit": "2b", "created": True}
TAG = {"ref": "refs/tags/v1", "commit": "3c", "deleted": True}
SECRET = "hunter2-canary"


class Reference(BaseModel):
    ref: str
    commit: str
    created: bool = False


def record(*references: Any, **changes: Any) -> dict[str, Any]:
    return {
        "eventSource": "aws:codecommit",
        "eventSourceARN": ARN,
        "eventId": "e-1",
        "eventName": "ReferenceChanges",
        "eventTriggerName": "on-push",
        "customData": '{"team": "basket"}',
        "codecommit": {"references": list(references or (MAIN,))},
        **changes,
    }


def push(*references: Any, **changes: Any) -> dict[str, Any]:
    return {"Records": [record(*references, **changes)]}


def given_to(signature: str, sent: Any = None, **options: Any) -> dict[str, Any]:
    """What a handler with this signature is given for the event."""
    app, seen = Router(), []
    names = {"seen": seen, "Reference": Reference}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    app.codecommit("*", **options)(names["handler"])
    assert app(push() if sent is None else sent) is None
    return seen[0]


def takes(sent: Any, repository: Any = "*", **options: Any) -> bool:
    app, seen = Router(), []
    app.codecommit(repository, **options)(lambda: seen.append("route"))
    app.default(lambda: seen.append("default"))
    app(sent)
    return seen == ["route"]


# -- parts ---------------------------------------------------------------------------------------------------


def test_each_part() -> None:
    sent = push(FEATURE, MAIN)
    found = given_to(
        "repository, references, branch, commit, custom_data, trigger, event_name, record, event, context, invocation",
        sent,
    )
    invocation = found.pop("invocation")
    assert found == {
        "repository": "shop",
        "references": [FEATURE, MAIN],
        "branch": "feature/a",
        "commit": "2b",
        "custom_data": '{"team": "basket"}',
        "trigger": "on-push",
        "event_name": "ReferenceChanges",
        "record": sent["Records"][0],
        "event": sent,
        "context": None,
    }
    assert invocation.source == "codecommit"


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("references: list[Reference]", [Reference(**FEATURE), Reference(**MAIN)]),
        ("custom_data: dict", {"team": "basket"}),
        ("custom_data: str", '{"team": "basket"}'),
        ("branch: str | None", "feature/a"),
        ("commit: str = 'x'", "2b"),
    ],
)
def test_annotations(signature: str, expected: Any) -> None:
    assert list(given_to(signature, push(FEATURE, MAIN)).values()) == [expected]


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        (None, {"branch": "feature/a", "commit": "2b"}),
        ("main", {"branch": "main", "commit": "1a"}),
        ("refs/heads/main", {"branch": "main", "commit": "1a"}),
        ("v*", {"branch": None, "commit": "3c"}),
        (["v1", "main"], {"branch": None, "commit": "3c"}),
        ("refs/*", {"branch": "feature/a", "commit": "2b"}),
        ("*", {"branch": "feature/a", "commit": "2b"}),
    ],
)
def test_of_several_references_the_one_that_the_route_is_about(ref: Any, expected: Any) -> None:
    assert given_to("branch, commit", push(FEATURE, TAG, MAIN), ref=ref) == expected


def test_an_included_route_keeps_its_reference() -> None:
    app, other, seen = Router(), Router(), []
    other.codecommit("*", ref="main")(lambda commit: seen.append(commit))
    app.include(other)
    app(push(FEATURE, MAIN))
    assert seen == ["1a"]


@pytest.mark.parametrize("arn", ["shop", "arn:aws:codecommit:x:shop", "arn:a:b:c:d:e:f", ""])
def test_an_arn_that_cannot_be_read_is_its_own_name(arn: str) -> None:
    sent = push(eventSourceARN=arn)
    assert given_to("repository", sent) == {"repository": arn}
    assert not arn or takes(sent, arn)
    assert not takes(sent, "e")


@pytest.mark.parametrize("signature", ["repo", "ref", "branches", "push: Reference"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.codecommit"):
        given_to(signature)


ODD: list[Any] = [
    None,
    True,
    0,
    1.5,
    "",
    "x",
    [],
    [None],
    [[]],
    {},
    {"a": 1},
    [{"ref": None}],
    [{"ref": 7}],
    "\ud800",
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("key", ["codecommit", "eventSourceARN", "eventId", "eventTriggerName", "customData"])
def test_odd_records_do_no_harm(key: str, odd: Any) -> None:
    for sent in (push(**{key: odd}), push(codecommit={"references": odd})):
        found = given_to("repository, references, branch, commit, custom_data, trigger, event_name", sent)
        assert isinstance(found["repository"], str)
        assert not takes(sent, "never", ref="never", trigger="never", pattern={"customData": ["never"]})


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["references", "ref", "commit", "created", "refs/heads/x"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_any_content_matches_or_not_and_is_explained(content: Any) -> None:
    app = Router()
    app.codecommit(
        "*", ref="a*", trigger="b", pattern={"codecommit": {"references": {"commit": ["c"]}}}
    ).drop()
    app.codecommit("*", ref="*")(lambda branch, commit: None)
    app.codecommit("*").drop()
    sent = push(codecommit=content)
    json.dumps(app.explain(sent).to_dict())
    assert app(sent) is None


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("shop", True),
        ("sho", False),
        ("sh*", True),
        (ARN, True),
        ("arn:aws:codecommit:*:123456789012:shop", True),
        ("arn:aws:codecommit:eu-west-1:123456789012:shop", False),
        (["web", "shop"], True),
        ("*", True),
    ],
)
def test_by_repository(repository: Any, expected: bool) -> None:
    assert takes(push(), repository) is expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"ref": "main"}, True),
        ({"ref": "refs/heads/main"}, True),
        ({"ref": "heads/main"}, False),
        ({"ref": "mai"}, False),
        ({"ref": "feature/*"}, True),
        ({"ref": "v1"}, True),
        ({"ref": "refs/tags/*"}, True),
        ({"ref": ["x", "main"]}, True),
        ({"ref": "next"}, False),
        ({"trigger": "on-*"}, True),
        ({"trigger": "nightly"}, False),
        ({"pattern": {"codecommit": {"references": {"deleted": [True]}}}}, True),
        ({"pattern": {"codecommit": {"references": {"commit": ["9z"]}}}}, False),
        ({"pattern": {"eventName": ["TriggerEventTest"]}}, False),
        ({"ref": "main", "trigger": "nightly"}, False),
    ],
)
def test_by_reference_trigger_and_pattern(options: Any, expected: bool) -> None:
    assert takes(push(FEATURE, TAG, MAIN), **options) is expected


def test_a_push_without_references_is_about_none() -> None:
    for sent in (push(codecommit={"references": []}), push(codecommit={})):
        assert not takes(sent, ref="main")
        assert not takes(sent, ref="refs/*")
        assert given_to("branch, commit", sent) == {"branch": None, "commit": None}


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.codecommit(["a", "b"], ref=["x", "y"]).drop()
    with pytest.raises(DuplicateRouteError):
        app.codecommit({"b", "a"}, ref=("y", "x")).drop()
    for bad in (None, [], "", 7, "a**b"):
        with pytest.raises(ConfigurationError, match="repository"):
            app.codecommit(bad).drop()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="ref takes a text"):
        app.codecommit("c", ref=7).drop()  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="parentheses"):
        app.codecommit(lambda commit: None)  # type: ignore[arg-type]
    assert repr(app.routes) == "(<codecommit(repository=['a', 'b'], ref=['x', 'y']) -> dropped>,)"


# -- what becomes of it --------------------------------------------------------------------------------------


def test_what_a_handler_returns_is_ignored() -> None:
    app = Router(partial=True)
    app.codecommit("*")(lambda: {"not": {"serialisable"}})
    assert app(push()) is None


@pytest.mark.parametrize("raised", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
def test_an_exception_is_raised(raised: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    app = Router()

    @app.codecommit("*")
    def handler(custom_data: Any) -> None:
        raise raised

    with caplog.at_level(logging.DEBUG), pytest.raises(Exception, match=SECRET) as info:
        app(push(customData=SECRET))
    assert type(info.value).__name__ == type(raised).__name__
    assert SECRET not in caplog.text


def test_every_record_runs_before_the_failure_is_raised() -> None:
    app, seen = Router(partial=True), []

    @app.codecommit("*")
    def handler(commit: str) -> None:
        seen.append(commit)
        if commit == "1a":
            raise ValueError

    with pytest.raises(BatchError, match="1 of 2 codecommit records failed"):
        app({"Records": [record(MAIN), record(FEATURE)]})
    assert seen == ["1a", "2b"]


def test_a_drop_settles_it_and_a_generator_does_not() -> None:
    app = Router()

    @app.codecommit("drop")
    def drop() -> None:
        raise Drop

    @app.codecommit("generator")
    def generator() -> Any:
        yield 1

    assert app(push(eventSourceARN="drop")) is None
    with pytest.raises(ResultError):
        app(push(eventSourceARN="generator"))


def test_an_exception_handler_may_settle_it_and_not_answer_it() -> None:
    app = Router()

    @app.exception_handler(ValueError, sources=["codecommit"])
    def settle(exc: ValueError, invocation: Any) -> str:
        if exc.args:
            raise Drop
        return "done"

    @app.codecommit("*")
    def handler(trigger: str) -> None:
        raise ValueError(*(["x"] if trigger == "settle" else []))

    assert app(push(eventTriggerName="settle")) is None
    with pytest.raises(ValueError):
        app(push())


def test_a_coroutine_is_run_to_its_end() -> None:
    app, seen = Router(), []

    @app.codecommit("*")
    async def handler(commit: str) -> None:
        seen.append(commit)

    app(push())
    assert seen == ["1a"]


@pytest.mark.parametrize("name", ["shop", "*", "a*b", "\\", '"', "\n", "{x}", "", "arn:", None, 7, []])
def test_the_decorator_to_write_matches(name: Any) -> None:
    sent = push(eventSourceARN=name)
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    decorator = info.value.suggestion
    assert decorator is not None
    assert "\n" not in decorator
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    app(sent)
    assert seen == [1]


def test_no_route_names_the_nearest_and_not_the_custom_data() -> None:
    app = Router()
    app.codecommit("shop", ref="next", pattern={"customData": ["x"]}).drop()
    with pytest.raises(NoRouteError, match="asks for another ref") as info:
        app(push(customData=SECRET))
    assert SECRET not in str(info.value)


# -- whose event, and inside others --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "foreign",
    [{"eventSource": "aws:sqs"}, {"EventSource": "aws:codecommit"}, {"eventSource": None}, {}, None, "x"],
)
def test_mixed_records_are_refused_before_any_runs(foreign: Any) -> None:
    app, seen = Router(), []
    app.codecommit("*")(lambda: seen.append(1))
    sent = {"Records": [record(), foreign]}
    assert detect(sent) is None
    with pytest.raises(UnknownEventError):
        app(sent)
    assert seen == []


@pytest.mark.parametrize("wrapped", ["sqs", "sns"])
def test_an_event_inside_a_message(wrapped: str) -> None:
    app, seen = Router(), []
    app.codecommit("shop")(lambda commit: seen.append(commit))
    result = getattr(Client(app), wrapped)("builds", **{"body" if wrapped == "sqs" else "message": push()})
    assert result.error is None
    assert seen == ["1a"]


# -- samples and real events ---------------------------------------------------------------------------------

SAMPLES = [(name, sent) for name, sent, _ in samples("codecommit")]


@pytest.mark.parametrize(("name", "sent"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_each_sample_is_handled(name: str, sent: Any) -> None:
    found = given_to("branch, commit, event_name, references", sent)
    reference = found["references"][0]
    assert found["commit"] == reference["commit"]
    assert found["branch"] == (None if "tags" in reference["ref"] else reference["ref"][11:])
    assert (found["event_name"] == "TriggerEventTest") is name.endswith(".test")


def test_events_that_are_made() -> None:
    one = made("codecommit", repository="web", ref="refs/tags/v2", change="deleted", commit="c", trigger="t")
    assert given_to("repository, references, branch, trigger", one) == {
        "repository": "web",
        "references": [{"commit": "c", "deleted": True, "ref": "refs/tags/v2"}],
        "branch": None,
        "trigger": "t",
    }
    arn = "arn:aws-cn:codecommit:cn-north-1:123456789012:web"
    (there,) = made("codecommit", repository=arn)["Records"]
    assert (there["eventSourceARN"], there["awsRegion"]) == (arn, "cn-north-1")
    assert "customData" not in made("codecommit.test", custom_data=None)["Records"][0]
    with pytest.raises(ValueError, match="change is"):
        made("codecommit", change="moved")


def test_the_client_sends_it() -> None:
    app = Router()

    @app.codecommit("shop", ref="main")
    def handler(commit: str) -> None:
        if commit == "bad":
            raise ValueError

    client = Client(app)
    good, bad = (
        client.codecommit("shop", commit="1a", event_id="e"),
        client.codecommit("shop", commit="bad", event_id="e"),
    )
    assert (good.succeeded, good.failed, good.response) == (["e"], [], None)
    assert (bad.succeeded, bad.failed) == ([], ["e"])


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "codecommit"]
    assert files
    for file in labels:
        sent = json.loads((shared_events / file).read_text())
        assert CodeCommit.recognise(sent) is (file in files), file
        if file in files:
            (held,) = sent["Records"]
            found = given_to("repository, references, custom_data", sent)
            assert found["references"] == held["codecommit"]["references"]
            assert found["repository"] == held["eventSourceARN"].rpartition(":")[2]
            assert found["custom_data"] == held["customData"]
