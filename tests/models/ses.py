"""What Amazon SES takes from the function of a receipt rule's Lambda action: a disposition, or nothing at all.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda.html

SES reads anything that is no valid disposition as `CONTINUE` and lets the mail through. So an answer that is meant to
say something has to be one, to the letter. Who was invoked asynchronously answers nobody.
"""

from __future__ import annotations

from typing import Any

from . import need

DISPOSITIONS = frozenset({"STOP_RULE", "STOP_RULE_SET", "CONTINUE"})


def check(answer: Any, event: Any) -> None:
    """Refused, naming the field, unless this is what SES acts upon, or nothing where it does not wait."""
    kind = event["Records"][0]["ses"]["receipt"]["action"]["invocationType"]
    need(kind in ("Event", "RequestResponse"), "$: there is no such invocation type")
    if kind == "Event":
        need(answer is None, "$: nobody waits for an answer")
        return
    need(isinstance(answer, dict), "$: not an object")
    need("disposition" in answer, "$.disposition: missing, so that the mail goes on")
    need(
        not answer.keys() - {"disposition"}, f"$: unknown {sorted(map(str, answer.keys() - {'disposition'}))}"
    )
    found = answer["disposition"]
    need(isinstance(found, str), "$.disposition: not a text")
    need(found in DISPOSITIONS, "$.disposition: unknown, so that the mail goes on")


def _event(kind: str) -> dict[str, Any]:
    action = {"type": "Lambda", "functionArn": "arn:aws:lambda:x:1:function:f", "invocationType": kind}
    return {"Records": [{"eventSource": "aws:ses", "ses": {"mail": {}, "receipt": {"action": action}}}]}


WAITING, ASYNCHRONOUS = _event("RequestResponse"), _event("Event")
RIGHT: list[tuple[Any, Any]] = [
    *[({"disposition": name}, WAITING) for name in sorted(DISPOSITIONS)],
    (None, ASYNCHRONOUS),
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, WAITING, "nothing, which lets the mail through unsaid"),
    ("STOP_RULE", WAITING, "the bare text"),
    ({}, WAITING, "an empty object"),
    ({"disposition": None}, WAITING, "no disposition"),
    ({"disposition": True}, WAITING, "a disposition that is no text"),
    ({"disposition": ["STOP_RULE"]}, WAITING, "a list"),
    ({"disposition": "stop_rule"}, WAITING, "lower case"),
    ({"disposition": "STOP"}, WAITING, "an unknown one"),
    ({"disposition": "STOP_RULESET"}, WAITING, "a misspelt one"),
    ({"disposition": "STOP_RULE_SET "}, WAITING, "a space"),
    ({"Disposition": "STOP_RULE"}, WAITING, "the wrong key"),
    ({"disposition": "STOP_RULE", "reason": "spam"}, WAITING, "an unknown field"),
    ({"statusCode": 200, "body": '{"disposition": "STOP_RULE"}'}, WAITING, "an HTTP answer"),
    ([{"disposition": "STOP_RULE"}], WAITING, "a list of answers"),
    ({"disposition": "STOP_RULE"}, ASYNCHRONOUS, "an answer that nobody reads"),
]
