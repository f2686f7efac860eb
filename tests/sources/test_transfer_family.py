"""AWS Transfer Family: parts, criteria, users, denials, what lets nobody in, passwords that show nowhere."""

from __future__ import annotations

import copy
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import TransferFamilyAuthorizer
from e2e.functions.router import EXCEPTIONS
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import Refused
from models import transfer_family as model

from lambda_router import (
    ConcealedError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.testing import Client, event
from lambda_router.testing.events import samples

SAMPLES = {name: sample for name, sample, _ in samples("transfer_family")}
PASSWORD = SAMPLES["transfer_family.password"]
KEY = SAMPLES["transfer_family.key"]
ROLE = "arn:aws:iam::123456789012:role/transfer"
KEYS = ["ssh-ed25519 AAAA ada", "ssh-rsa BBBB ada"]


def routed(result: Any) -> Router:
    """An app whose provider returns this, or raises it if it is an exception."""
    app = Router()

    @app.transfer_family()
    def provider() -> Any:
        if isinstance(result, BaseException):
            raise result
        return result

    return app


def ask(app: Any, sent: Any = PASSWORD) -> Any:
    """The answer, after the model has accepted it; the event is as it was."""
    app = app if isinstance(app, Router) else routed(app)
    before = copy.deepcopy(sent)
    done = Client(app).send(sent).raise_for_error()
    assert sent == before
    model.check(done.response, sent)
    return done.response


def refused(result: Any, sent: Any = PASSWORD) -> ResultError:
    """The ResultError behind the general text of a wrong result."""
    with pytest.raises(ConcealedError) as info:
        ask(result, sent)
    assert isinstance(info.value.__cause__, ResultError)
    return info.value.__cause__


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize(("answer", "sent"), model.RIGHT)
def test_the_model_accepts(answer: Any, sent: Any) -> None:
    model.check(answer, sent)


# -- parts and routes ----------------------------------------------------------------------------------------


def given_to(source: str, sent: Any = PASSWORD) -> Any:
    app, seen = Router(), []
    names: dict[str, Any] = {"seen": seen, "TransferFamilyAuthorizer": TransferFamilyAuthorizer}
    exec(f"def provider({source}): seen.append(dict(locals()))", names)
    app.transfer_family()(names["provider"])
    Client(app).send(sent).raise_for_error()
    return seen[0] if seen else None


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("username", "bob"),
        ("password", "example-password"),
        ("password: str", "example-password"),
        ("protocol", "FTPS"),
        ("source_ip", "198.51.100.7"),
        ("server_id", "s-1111222233334444a"),
        ("event", PASSWORD),
    ],
)
def test_each_part(parameter: str, expected: Any) -> None:
    (value,) = given_to(parameter).values()
    assert value == expected


@pytest.mark.parametrize("name", ["key", "empty_password"])
def test_who_shows_no_password_has_none(name: str) -> None:
    sent = SAMPLES[f"transfer_family.{name}"]
    assert given_to("password", sent) == {"password": None}
    assert given_to("password: str", sent) is None  # a denial: there is nothing to look at
    assert ask({"Role": ROLE, "PublicKeys": KEYS}, sent)["PublicKeys"] == KEYS


def test_powertools() -> None:
    assert given_to("event: TransferFamilyAuthorizer")["event"].username == "bob"


@pytest.mark.parametrize("signature", ["user", "ip", "found: dict"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.transfer_family"):
        given_to(signature)


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        ({}, True),
        ({"server": "s-1111222233334444a"}, True),
        ({"server": ["s-0", "s-1111*"]}, True),
        ({"server": "s-1111"}, False),
        ({"protocol": "FTPS"}, True),
        ({"protocol": "SFTP"}, False),
        ({"user": "b*"}, True),
        ({"user": "ada"}, False),
        ({"server": "s-*", "protocol": ["FTP", "FTPS"], "user": "bob"}, True),
    ],
)
def test_criteria(options: Any, taken: bool) -> None:
    app = Router()
    app.transfer_family(**options)(lambda: {"Role": ROLE})
    app.default(lambda: None)
    assert (ask(app) == {"Role": ROLE}) is taken


def test_registration(caplog: Any) -> None:
    with pytest.raises(DuplicateRouteError):
        routed(None).transfer_family().drop()
    result = Client(Router()).send(PASSWORD)
    assert isinstance(result.error, ConcealedError)
    assert isinstance(result.error.__cause__, NoRouteError)
    assert "@app.transfer_family()" in caplog.text


# -- users ---------------------------------------------------------------------------------------------------

MAPPINGS = [{"Entry": "/", "Target": "/uploads/bob"}]


@pytest.mark.parametrize("nobody", [None, False, {}])
@pytest.mark.parametrize("sent", [PASSWORD, KEY], ids=["password", "key"])
def test_nobody_is_denied(nobody: Any, sent: Any) -> None:
    assert ask(nobody, sent) == {}


@pytest.mark.parametrize(("answer", "sent"), model.RIGHT)
def test_a_user_is_taken_as_he_is(answer: Any, sent: Any) -> None:
    assert ask(answer, sent) == answer


def test_what_has_to_be_json_text_becomes_it() -> None:
    policy = {"Version": "2012-10-17", "Statement": []}
    answer = ask(
        {
            "Role": ROLE,
            "HomeDirectoryType": "LOGICAL",
            "HomeDirectoryDetails": MAPPINGS,
            "Policy": policy,
            "PublicKeys": None,
        }
    )
    assert json.loads(answer["HomeDirectoryDetails"]) == MAPPINGS
    assert json.loads(answer["Policy"]) == policy
    assert "PublicKeys" not in answer


@pytest.mark.parametrize(
    ("result", "sent", "path"),
    [
        (True, PASSWORD, "$"),
        ("bob", PASSWORD, "$"),
        ([], PASSWORD, "$"),
        ({"HomeDirectory": "/a"}, PASSWORD, "$.Role"),
        ({"Role": "transfer"}, PASSWORD, "$.Role"),
        ({"Role": ROLE, "HomeDirectory": "a"}, PASSWORD, "$.HomeDirectory"),
        ({"Role": ROLE, "HomeDirectoryType": "path"}, PASSWORD, "$.HomeDirectoryType"),
        ({"Role": ROLE, "HomeDirectoryType": "LOGICAL"}, PASSWORD, "$.HomeDirectoryDetails"),
        ({"Role": ROLE, "HomeDirectoryDetails": MAPPINGS}, PASSWORD, "$.HomeDirectoryDetails"),
        (
            {"Role": ROLE, "HomeDirectoryType": "LOGICAL", "HomeDirectoryDetails": [{"Entry": "/"}]},
            PASSWORD,
            "$.HomeDirectoryDetails[0].Target",
        ),
        (
            {"Role": ROLE, "HomeDirectoryType": "LOGICAL", "HomeDirectoryDetails": "/"},
            PASSWORD,
            "$.HomeDirectoryDetails",
        ),
        ({"Role": ROLE, "Policy": "none"}, PASSWORD, "$.Policy"),
        ({"Role": ROLE, "Policy": []}, PASSWORD, "$.Policy"),
        ({"Role": ROLE, "PublicKeys": KEYS}, PASSWORD, "$.PublicKeys"),
        ({"Role": ROLE, "PublicKeys": []}, PASSWORD, "$.PublicKeys"),
        ({"Role": ROLE}, KEY, "$.PublicKeys"),
        ({"Role": ROLE, "PublicKeys": []}, KEY, "$.PublicKeys"),
        ({"Role": ROLE, "PublicKeys": KEYS[0]}, KEY, "$.PublicKeys"),
        ({"Role": ROLE, "PosixProfile": {"Uid": 7}}, PASSWORD, "$.PosixProfile.Gid"),
        ({"Role": ROLE, "PosixProfile": {"Uid": "7", "Gid": 8}}, PASSWORD, "$.PosixProfile.Uid"),
        ({"Role": ROLE, "role": ROLE}, PASSWORD, "$.role"),
        ({"Role": ROLE, "Policy": b"x"}, PASSWORD, "$.Policy"),
    ],
)
def test_a_wrong_user_is_let_in_nowhere(result: Any, sent: Any, path: str) -> None:
    assert refused(result, sent).path == path


USERS = st.fixed_dictionaries(
    {},
    optional={
        "Role": st.sampled_from([ROLE, "x", None]),
        "HomeDirectoryType": st.sampled_from(["PATH", "LOGICAL", "x"]),
        "HomeDirectory": st.sampled_from(["/a", "a", 7]),
        "HomeDirectoryDetails": st.sampled_from([MAPPINGS, json.dumps(MAPPINGS), "[]", {}, 7]),
        "Policy": st.sampled_from([{}, "{}", "x", []]),
        "PublicKeys": st.sampled_from([KEYS, [], None, "x", [7]]),
        "PosixProfile": st.sampled_from([{"Uid": 1, "Gid": 2}, {}, {"Uid": -1, "Gid": 0}, 7]),
    },
)


@settings(max_examples=300)
@given(USERS | st.booleans() | st.text() | st.none(), st.sampled_from([PASSWORD, KEY]))
def test_any_result_is_an_answer_or_an_error(result: Any, sent: Any) -> None:
    done = Client(routed(result)).send(sent)
    if done.error is None:
        model.check(done.response, sent)
    else:
        assert isinstance(done.error.__cause__, ResultError)


def test_the_proof_would_see_keys_beside_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambda_router.sources.transfer_family._check_keys", lambda answer, password: None)
    with pytest.raises(Refused, match="PublicKeys"):
        ask({"Role": ROLE, "PublicKeys": KEYS})


# -- exceptions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exc", [Drop(), Reject("x"), HTTPError(401), HTTPError(403, "x")], ids=repr)
def test_who_is_at_fault_is_denied(exc: Exception) -> None:
    assert ask(exc) == {}
    assert ask(exc, KEY) == {}


def test_a_dropped_route_denies() -> None:
    app = Router()
    app.transfer_family(protocol="FTPS").drop()
    assert ask(app) == {}


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_every_exception_is_raised_without_its_text(name: str) -> None:
    app = Router()
    app.transfer_family()(EXCEPTIONS[name])
    done = Client(app).send(PASSWORD)
    assert isinstance(done.error, ConcealedError)
    assert done.response is None


@pytest.mark.parametrize("exc", [Retry("x"), HTTPError(500), ValueError("x")], ids=repr)
def test_a_fault_lets_nobody_in(exc: Exception) -> None:
    assert isinstance(Client(routed(exc)).send(PASSWORD).error, ConcealedError)


def test_a_public_error_is_raised_as_it_is() -> None:
    assert str(Client(routed(PublicError("closed today"))).send(PASSWORD).error) == "closed today"


def test_what_an_exception_handler_returns_is_the_user() -> None:
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: {"Role": ROLE})
    assert ask(app) == {"Role": ROLE}
    app = routed(KeyError("x"))
    app.exception_handler(KeyError)(lambda exc, invocation: None)
    assert isinstance(Client(app).send(PASSWORD).error, ConcealedError)


# -- secrets -------------------------------------------------------------------------------------------------


def test_the_password_shows_nowhere(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    sent = event("transfer_family", username="CANARY-USER", password="CANARY-PASSWORD")

    def leaks(password: str) -> Any:
        raise ValueError(f"wrong password {password}")

    def wrong(password: str) -> Any:
        return {"Role": ROLE, "Password": password, "Policy": password}

    def number(password: int) -> Any:
        return {}

    shown = []
    for handler in (leaks, wrong, number, None):
        app = Router()
        if handler is not None:
            app.transfer_family(user="CANARY*")(handler)
        else:
            app.transfer_family(user="nobody")(lambda: None)
        done = Client(app).send(sent)
        shown += [repr(done), str(done.error), repr(done.error), str(app.routes), str(done.response)]
        if handler is None:
            shown = [text.replace("CANARY*", "") for text in shown]
    assert "CANARY-PASSWORD" not in caplog.text + "".join(shown)
    assert "CANARY-USER" not in caplog.text


# -- events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_answered(name: str) -> None:
    assert detect(SAMPLES[name]) == "transfer_family"
    assert ask(None, SAMPLES[name]) == {}


def test_hostile_events_raise_nothing_but_what_is_documented() -> None:
    app = Router()

    @app.transfer_family(user="*")
    def provider(username: Any, password: Any, protocol: Any, source_ip: Any, server_id: Any) -> Any:
        return {"Role": ROLE} if password else {"Role": ROLE, "PublicKeys": KEYS}

    for path in places(PASSWORD):
        for odd in misshapen(PASSWORD, path):
            try:
                answer = app(odd)
            except RouterError:
                continue
            model.check(answer, odd if isinstance(odd.get("password"), str) else KEY)


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "transfer_family"]
    assert files
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [r.name for r in Router.everything().rooms if r.recognise(sent)] == ["transfer_family"]
        assert ask({"Role": ROLE}, sent) == {"Role": ROLE}
