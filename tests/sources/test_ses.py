"""Amazon SES: parts, criteria, dispositions, and what a failure lets through where SES waits and where it does not."""

from __future__ import annotations

import copy
import enum
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import SESEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from models import Refused
from models import ses as model
from named import shown
from pydantic import BaseModel

from lambda_router import (
    ConfigurationError,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PayloadError,
    PublicError,
    Reject,
    Retry,
    Router,
    UnknownEventError,
    detect,
)
from lambda_router.sources.ses import Ses
from lambda_router.testing import Client
from lambda_router.testing import event as made
from lambda_router.testing.events import samples

SAMPLES = {name: sent for name, sent, _ in samples("ses")}
SECRET = "hunter2-canary"
STOPPED, GOES_ON = {"disposition": "STOP_RULE_SET"}, {"disposition": "CONTINUE"}


class Disposition(enum.StrEnum):
    STOP = "STOP_RULE"


class Mail(BaseModel):
    source: str
    messageId: str


def mail(*, waits: bool = True, receipt: Any = None, about: Any = None) -> dict[str, Any]:
    """An event in which every part has a distinct value."""
    return {
        "Records": [
            {
                "eventSource": "aws:ses",
                "eventVersion": "1.0",
                "ses": {
                    "mail": {
                        "source": "Bounce@Example.com",
                        "messageId": "m-1",
                        "destination": ["to@example.com", "cc@example.com"],
                        "commonHeaders": {"subject": "Where is it?", "from": ["Ada <ada@example.com>"]},
                        **(about or {}),
                    },
                    "receipt": {
                        "recipients": ["Support@Example.com", "sales@example.com"],
                        "spamVerdict": {"status": "FAIL"},
                        "virusVerdict": {"status": "PASS"},
                        "spfVerdict": {"status": "GRAY"},
                        "dkimVerdict": {"status": "PROCESSING_FAILED"},
                        "dmarcVerdict": {"status": "DISABLED"},
                        "action": {
                            "type": "Lambda",
                            "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:mail",
                            "invocationType": "RequestResponse" if waits else "Event",
                        },
                        **(receipt or {}),
                    },
                },
            }
        ]
    }


def ask(app: Router, sent: Any = None) -> Any:
    """The answer, after the model has accepted it and the event was found as it had been."""
    sent = mail() if sent is None else sent
    before = copy.deepcopy(sent)
    answer = app(sent)
    assert sent == before
    model.check(answer, sent)
    return answer


def routed(handler: Any, **options: Any) -> Router:
    app = Router()
    app.ses(**options)(handler)
    return app


def raising(raised: BaseException) -> Any:
    def handler() -> None:
        raise raised

    return handler


def given_to(signature: str, sent: Any = None) -> dict[str, Any]:
    seen: list[Any] = []
    names = {"seen": seen, "Mail": Mail, "SESEvent": SESEvent}
    exec(f"def handler({signature}): seen.append(dict(locals()))", names)
    assert ask(routed(names["handler"]), sent) == GOES_ON
    return seen[0]


def takes(sent: Any, **options: Any) -> bool:
    app = Router()
    app.ses(**options)(lambda: "STOP_RULE")
    app.default(lambda: "CONTINUE")
    return bool(ask(app, sent) == {"disposition": "STOP_RULE"})


# -- the model itself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(Refused):
        model.check(answer, sent)


@pytest.mark.parametrize(("answer", "sent"), model.RIGHT)
def test_the_model_accepts(answer: Any, sent: Any) -> None:
    model.check(answer, sent)


# -- parts ---------------------------------------------------------------------------------------------------


def test_each_part() -> None:
    sent = mail()
    (record,) = sent["Records"]
    found = given_to(
        "mail, receipt, message_id, recipients, subject, sender, verdicts, record, event, context, invocation",
        sent,
    )
    invocation = found.pop("invocation")
    assert found == {
        "mail": record["ses"]["mail"],
        "receipt": record["ses"]["receipt"],
        "message_id": "m-1",
        "recipients": ["Support@Example.com", "sales@example.com"],
        "subject": "Where is it?",
        "sender": "Bounce@Example.com",
        "verdicts": {
            "spam": "FAIL",
            "virus": "PASS",
            "spf": "GRAY",
            "dkim": "PROCESSING_FAILED",
            "dmarc": "DISABLED",
        },
        "record": record,
        "event": sent,
        "context": None,
    }
    assert (invocation.source, invocation.correlation_id) == ("ses", "m-1")


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("mail: Mail", Mail(source="Bounce@Example.com", messageId="m-1")),
        ("recipients: list[str]", ["Support@Example.com", "sales@example.com"]),
        ("subject: str", "Where is it?"),
    ],
)
def test_annotations(signature: str, expected: Any) -> None:
    assert list(given_to(signature).values()) == [expected]


def test_powertools_reads_the_same() -> None:
    found = given_to("event: SESEvent, subject")
    assert found["event"].mail.common_headers.subject == found["subject"]


def test_a_mail_without_a_subject() -> None:
    sent = mail(about={"commonHeaders": {}})
    assert given_to("subject", sent) == {"subject": None}
    assert given_to("subject: str | None", sent) == {"subject": None}
    assert ask(routed(lambda subject: None), sent) == GOES_ON
    seen: list[Any] = []

    def handler(subject: str) -> None:
        seen.append(subject)

    assert ask(routed(handler), sent) == STOPPED
    assert seen == []


@pytest.mark.parametrize("signature", ["body", "content", "recipient", "order: Mail"])
def test_what_is_not_on_offer_is_refused_at_import(signature: str) -> None:
    with pytest.raises(HandlerSignatureError, match=r"app\.ses"):
        given_to(signature)


ODD: list[Any] = [None, True, 0, 1.5, "", "x", [], [None], [[]], {}, {"a": 1}, {"status": []}, "\ud800"]


@pytest.mark.parametrize("odd", ODD, ids=shown)
def test_odd_records_do_no_harm(odd: Any) -> None:
    events = [
        mail(about={"commonHeaders": odd, "messageId": odd, "source": odd}),
        mail(receipt={"recipients": odd, "spamVerdict": odd, "virusVerdict": odd}),
        {"Records": [{"eventSource": "aws:ses", "ses": odd}]},
        {"Records": [{"eventSource": "aws:ses", "ses": {"mail": odd, "receipt": odd}}]},
        mail(receipt={"action": odd}),
    ]
    for sent in events:
        waits = sent in events[:2]
        app = Router()
        app.ses(
            recipient="never", sender="never", subject="never", verdicts={"spam": "x"}, pattern={"a": [1]}
        ).drop()
        app.ses(recipient="*", sender="*", verdicts={"spam": "*"})(lambda mail, verdicts: None)
        app.ses()(lambda mail, receipt, message_id, recipients, subject, sender, verdicts: None)
        assert app(sent) == (GOES_ON if waits else None)
        json.dumps(app.explain(sent).to_dict())
        assert Router().explain(sent).suggestion is not None


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, True),
        ({"recipient": "support@example.com"}, True),
        ({"recipient": "SALES@EXAMPLE.COM"}, True),
        ({"recipient": "*@example.com"}, True),
        ({"recipient": ["x", "sales@*"]}, True),
        ({"recipient": "to@example.com"}, False),
        ({"recipient": "example.com"}, False),
        ({"sender": "bounce@example.com"}, True),
        ({"sender": "*@Example.com"}, True),
        ({"sender": "ada@example.com"}, False),
        ({"subject": "Where*"}, True),
        ({"subject": "where*"}, False),
        ({"verdicts": {"spam": "FAIL"}}, True),
        ({"verdicts": {"spamVerdict": "FAIL"}}, True),
        ({"verdicts": {"spam": ["GRAY", "FAIL"], "spf": "GRAY"}}, True),
        ({"verdicts": {"spam": "FAIL", "virus": "FAIL"}}, False),
        ({"verdicts": {"dkim": "P*"}}, True),
        ({"verdicts": {"dmarc": "PASS"}}, False),
        ({"pattern": {"ses": {"mail": {"destination": ["cc@example.com"]}}}}, True),
        ({"pattern": {"ses": {"receipt": {"action": {"type": ["S3"]}}}}}, False),
        ({"recipient": "*", "subject": "never"}, False),
    ],
)
def test_criteria(options: Any, expected: bool) -> None:
    assert takes(mail(), **options) is expected


def test_a_verdict_that_was_not_given_is_none_of_them() -> None:
    sent = mail()
    del sent["Records"][0]["ses"]["receipt"]["dmarcVerdict"]
    assert not takes(sent, verdicts={"dmarc": "*"})
    assert takes(sent, verdicts={"spam": "*"})


def test_mistakes_are_refused_at_import() -> None:
    app = Router()
    app.ses(recipient=["a@x", "B@x"], verdicts={"spam": "FAIL"}).drop()
    with pytest.raises(DuplicateRouteError):
        app.ses(recipient=["b@X", "A@x"], verdicts={"spamVerdict": "FAIL"}).drop()
    for options, message in (
        ({"verdicts": {"spf2": "PASS"}}, "not spf2"),
        ({"verdicts": {}}, "not nothing"),
        ({"verdicts": "PASS"}, "takes a dict"),
        ({"verdicts": {"spam": 7}}, "verdicts takes a text"),
        ({"recipient": ""}, "recipient takes a text"),
        ({"recipient": 7}, "recipient takes a text"),
        ({"sender": []}, "sender takes a text"),
        ({"recipient": "a**"}, "not a glob"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            app.ses(**options).drop()  # type: ignore[arg-type]
    assert repr(app.routes) == "(<ses(recipient=['a@x', 'B@x'], verdicts={'spam': 'FAIL'}) -> dropped>,)"


# -- what is answered where SES waits ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (None, "CONTINUE"),
        ("CONTINUE", "CONTINUE"),
        ("STOP_RULE", "STOP_RULE"),
        ("STOP_RULE_SET", "STOP_RULE_SET"),
        ({"disposition": "STOP_RULE"}, "STOP_RULE"),
        (Disposition.STOP, "STOP_RULE"),
        ({"disposition": Disposition.STOP}, "STOP_RULE"),
    ],
)
def test_each_result(returned: Any, expected: str) -> None:
    answer = ask(routed(lambda: returned))
    assert answer == {"disposition": expected}
    assert type(answer["disposition"]) is str


WRONG: list[Any] = [
    True,
    False,
    0,
    "",
    "STOP",
    "stop_rule",
    "STOP_RULE ",
    [],
    ["STOP_RULE"],
    {},
    {"disposition": None},
    {"disposition": "X"},
    {"disposition": ["STOP_RULE"]},
    {"disposition": "STOP_RULE", "more": 1},
    {"statusCode": 200},
    object(),
    float("nan"),
    b"STOP_RULE",
    "\ud800",
]


@pytest.mark.parametrize("returned", WRONG, ids=shown)
def test_a_wrong_result_lets_nothing_through_and_says_why(
    returned: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(routed(lambda: returned)) == STOPPED
    (line,) = [r.getMessage() for r in caplog.records]
    assert line.startswith("ses invocation failed: ResultError: ")
    assert line.endswith("(reference m-1)")


def test_a_wrong_result_names_the_field() -> None:
    invocation: Any = type("Invocation", (), {"event": mail()})
    with pytest.raises(Exception, match='"CONTINUE", "STOP_RULE", "STOP_RULE_SET"') as info:
        Router().ses.shape("STOP", invocation)
    assert info.value.path == "$.disposition"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "raised",
    [
        ValueError(SECRET),
        SystemExit(SECRET),
        GeneratorExit(SECRET),
        PublicError(SECRET),
        HTTPError(403, SECRET),
        Retry(SECRET),
        Reject(SECRET),
    ],
    ids=lambda raised: type(raised).__name__,
)
def test_an_exception_lets_nothing_through(raised: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert ask(routed(raising(raised))) == STOPPED
    (line,) = [r.getMessage() for r in caplog.records]
    assert line.startswith(f"ses invocation failed: {type(raised).__name__} at test_ses.py:")
    assert line.endswith("(reference m-1)")
    assert SECRET not in caplog.text


def test_the_text_of_an_exception_is_logged_for_debugging_alone(caplog: pytest.LogCaptureFixture) -> None:
    app = Router(debug=True)
    app.ses()(raising(ValueError(SECRET)))
    assert ask(app) == STOPPED
    assert SECRET in caplog.text


def test_what_cannot_be_bound_lets_nothing_through(caplog: pytest.LogCaptureFixture) -> None:
    def handler(mail: Mail) -> None:
        pytest.fail("called")

    assert ask(routed(handler), mail(about={"source": {"secret": SECRET}})) == STOPPED
    assert "PayloadError" in caplog.text
    assert SECRET not in caplog.text


def test_a_generator_and_a_failing_dependency_let_nothing_through() -> None:
    def generator() -> Any:
        yield "CONTINUE"

    assert ask(routed(generator)) == STOPPED


def test_a_keyboard_interrupt_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        routed(raising(KeyboardInterrupt()))(mail())


def test_a_drop_lets_the_mail_go_on() -> None:
    assert ask(routed(raising(Drop("x")))) == GOES_ON
    app = Router()
    app.ses().drop()
    assert ask(app) == GOES_ON
    assert ask(app, mail(waits=False)) is None


@pytest.mark.parametrize("answered", ["CONTINUE", "STOP_RULE", None])
def test_an_exception_handler_answers(answered: Any) -> None:
    app = routed(raising(LookupError(SECRET)))
    app.exception_handler(LookupError, sources=["ses"])(lambda exc, invocation: answered)
    assert ask(app) == {"disposition": answered or "STOP_RULE_SET"}
    with pytest.raises(LookupError):
        app(mail(waits=False))


def test_what_an_exception_handler_answers_is_judged_too() -> None:
    app = routed(raising(LookupError()))
    app.exception_handler(LookupError)(lambda exc, invocation: True)
    assert ask(app) == STOPPED
    app = routed(raising(LookupError()))
    app.exception_handler(LookupError)(lambda exc, invocation: raising(Drop())())
    assert ask(app) == GOES_ON


def test_a_mail_that_no_route_takes_is_raised() -> None:
    app = Router()
    app.ses(recipient="orders@*", subject=SECRET).drop()
    for waits in (True, False):
        with pytest.raises(NoRouteError, match="asks for another recipient") as info:
            app(mail(waits=waits))
        assert info.value.suggestion == '@app.ses(recipient="Support@Example.com")'
        assert "Bounce" not in str(info.value)


@pytest.mark.parametrize("options", [{"subject": "never"}, {"sender": "never"}, {"recipient": "never"}])
def test_no_address_and_no_subject_is_in_the_error_but_the_one_to_write(options: Any) -> None:
    app = Router()
    app.ses(**options).drop()
    with pytest.raises(NoRouteError) as info:
        app(mail(receipt={"recipients": ["a@example.com", "b@example.com"]}))
    said = str(info.value).replace('recipient="a@example.com"', "")
    assert f"asks for another {next(iter(options))}" in said
    assert "example.com" not in said.lower()
    assert "Where is it?" not in said


def test_middleware_and_coroutines() -> None:
    app, seen = Router(), []

    @app.middleware
    def outside(invocation: Any, call_next: Any) -> Any:
        seen.append((invocation.source, invocation.record))
        return call_next(invocation)

    def around(invocation: Any, call_next: Any) -> Any:
        seen.append(invocation.record["ses"]["mail"]["messageId"])
        return {"disposition": call_next(invocation)}

    @app.ses(middleware=[around])
    async def handler(subject: str) -> str:
        return "STOP_RULE"

    assert ask(app) == {"disposition": "STOP_RULE"}
    assert seen == [("ses", None), "m-1"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["STOP_RULE"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.just("disposition"), inner)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(JSON, st.booleans())
def test_any_result_is_an_answer(returned: Any, waits: bool) -> None:
    answer = ask(routed(lambda: returned), mail(waits=waits))
    assert answer is not None or not waits


def test_the_proof_would_see_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ses, "shape", lambda self, result, invocation: result)
    with pytest.raises(Refused):
        ask(routed(lambda: None))


def test_the_proof_would_see_a_failure_that_lets_mail_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ses, "fail", lambda self, exc, invocation: {"disposition": "CONTINUE"})
    with pytest.raises(AssertionError):
        test_a_generator_and_a_failing_dependency_let_nothing_through()


# -- where nobody waits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("returned", [None, "STOP_RULE", True, {"not": {"serialisable"}}], ids=shown)
def test_a_result_that_nobody_waits_for_is_ignored(returned: Any) -> None:
    assert ask(routed(lambda: returned), mail(waits=False)) is None


@pytest.mark.parametrize("raised", [ValueError(SECRET), SystemExit(SECRET), Retry(SECRET), Reject(SECRET)])
def test_an_exception_that_nobody_waits_for_is_raised(
    raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Exception, match=SECRET):
        routed(raising(raised))(mail(waits=False))
    assert len(caplog.records) == 1
    assert SECRET not in caplog.text


def test_a_drop_settles_what_nobody_waits_for() -> None:
    assert ask(routed(raising(Drop())), mail(waits=False)) is None


def test_what_cannot_be_bound_is_raised_where_nobody_waits() -> None:
    def handler(subject: int) -> None:
        pytest.fail("called")

    with pytest.raises(PayloadError):
        routed(handler)(mail(waits=False))


@pytest.mark.parametrize("kind", [None, "", "event", "requestresponse", 7, ["RequestResponse"]])
def test_where_the_event_does_not_say_nobody_waits(kind: Any) -> None:
    sent = mail()
    sent["Records"][0]["ses"]["receipt"]["action"]["invocationType"] = kind
    assert routed(lambda: "STOP_RULE")(sent) is None
    with pytest.raises(ValueError):
        routed(raising(ValueError()))(sent)


# -- whose event, and inside others --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"Records": []},
        {"Records": [{"eventSource": "aws:ses"}, {"eventSource": "aws:sqs"}]},
        {"Records": mail()["Records"] * 2},
        {"Records": [{"EventSource": "aws:ses"}]},
        {"Records": [{"eventSource": "ses.amazonaws.com"}]},
        {"eventSource": "aws:ses", "ses": {}},
        {"notificationType": "Received", "mail": {}, "receipt": {}},
    ],
)
def test_what_is_not_of_ses(odd: Any) -> None:
    assert detect(odd) is None
    if odd.get("Records") != []:
        with pytest.raises(UnknownEventError):
            routed(lambda: None)(odd)


def test_only_what_nobody_waits_for_is_taken_out_of_a_message() -> None:
    app, seen = Router(), []
    app.ses()(lambda message_id: seen.append(message_id))
    client = Client(app)
    assert client.sqs("dead-letters", [mail(waits=False)]).error is None
    assert seen == ["m-1"]
    assert isinstance(client.sqs("dead-letters", [mail()]).error, NoRouteError)
    assert seen == ["m-1"]


def test_a_failure_inside_a_message_fails_the_message() -> None:
    result = Client(routed(raising(LookupError()))).sqs("dead-letters", [mail(waits=False)])
    assert len(result.failed) == 1
    assert "LookupError 1" in str(result.error)


@pytest.mark.parametrize("address", ["support@example.com", "*@x", "a\\b", '"a b"@x', "\n", "", None, 7])
def test_the_decorator_to_write_matches(address: Any) -> None:
    sent = mail(receipt={"recipients": [address]})
    with pytest.raises(NoRouteError) as info:
        Router()(sent)
    decorator = info.value.suggestion
    assert decorator is not None
    app, seen = Router(), []
    exec(f"{decorator}\ndef handler(): seen.append(1)", {"app": app, "seen": seen})
    assert ask(app, sent) == GOES_ON
    assert seen == [1]


# -- samples and real events ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_handled(name: str) -> None:
    sent = SAMPLES[name]
    (record,) = sent["Records"]
    waits = record["ses"]["receipt"]["action"]["invocationType"] == "RequestResponse"
    seen: list[Any] = []
    app = routed(lambda message_id, recipients, verdicts: seen.append((message_id, recipients, verdicts)))
    assert ask(app, sent) == (GOES_ON if waits else None)
    ((message_id, recipients, verdicts),) = seen
    assert message_id == record["ses"]["mail"]["messageId"]
    assert recipients == record["ses"]["receipt"]["recipients"]
    assert set(verdicts) == {"spam", "virus", "spf", "dkim", "dmarc"}


def test_events_that_are_made() -> None:
    one = made(
        "ses",
        recipient=["a@example.com", "b@example.com"],
        sender="c@example.com",
        subject="Hi",
        verdicts={"spam": "FAIL"},
        headers={"List-Id": "x"},
        message_id="m-7",
    )
    found = given_to("recipients, sender, subject, message_id, mail, verdicts", one)
    assert (found["recipients"], found["sender"]) == (["a@example.com", "b@example.com"], "c@example.com")
    assert (found["subject"], found["message_id"]) == ("Hi", "m-7")
    assert found["verdicts"] == {
        "spam": "FAIL",
        "virus": "PASS",
        "spf": "PASS",
        "dkim": "PASS",
        "dmarc": "PASS",
    }
    headers = {header["name"]: header["value"] for header in found["mail"]["headers"]}
    common = found["mail"]["commonHeaders"]
    assert (headers["List-Id"], headers["To"]) == ("x", "a@example.com, b@example.com")
    assert (headers["Message-ID"], headers["Date"]) == (common["messageId"], common["date"])
    assert ask(routed(lambda: "STOP_RULE"), made("ses.asynchronous")) is None
    for parts, message in (
        ({"invocation_type": "Sync"}, "invocation_type is"),
        ({"verdicts": {"x": "FAIL"}}, "not x"),
    ):
        with pytest.raises(ValueError, match=message):
            made("ses", **parts)


def test_the_client_sends_it() -> None:
    client = Client(routed(lambda: "STOP_RULE", recipient="a@*", name="mine"))
    result = client.ses("a@example.com")
    assert (result.source, result.route, result.response) == ("ses", "mine", {"disposition": "STOP_RULE"})
    assert client.ses("a@example.com", invocation_type="Event").response is None


def test_real_events_reach_a_handler(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "ses"]
    assert len(files) >= 2
    for file in labels:
        sent = json.loads((shared_events / file).read_text())
        assert Ses.recognise(sent) is (file in files), file
        if file in files:
            seen: list[Any] = []
            app = routed(lambda sender, subject, seen=seen: seen.append((sender, subject)))
            assert ask(app, sent) is None
            assert seen == [("janedoe@example.com", "Test Subject")]
            sent["Records"][0]["ses"]["receipt"]["action"]["invocationType"] = "RequestResponse"
            assert ask(app, sent) == GOES_ON
