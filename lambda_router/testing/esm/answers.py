"""How Lambda reads a function's answer for a batch: the rules R0 to R9, the first that applies wins.

    R0  no answer: an exception, an exit, a time-out, a result that cannot be posted          all again
    R1  the mapping has no ReportBatchItemFailures: whatever is answered                      all done
    R2  not JSON, which has no NaN and no Infinity                                            all again
    R3  null, "", [], {}; also 0 and false                                                    all done
    R4  an object whose batchItemFailures is absent, null or []                               all done
    R5  an element without the key itemIdentifier                                             all again
    R6  an itemIdentifier that is null or ""                                                  all again
    R7  an itemIdentifier that is not in the batch                                            all again
    R8  anything of another type                                                              all again
    R9  else: what is listed comes again
    RW  in a tumbling window an answer without state                                          all again

AWS documents R0 to R6, R9 and RW, and R7 for SQS; for streams R7 was recorded. R8, NaN in R2, 0 and false in R3
and other keys beside an absent batchItemFailures in R4 are assumptions.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable
from typing import Any, Literal, NamedTuple, NoReturn

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; the runtime API allows 100 bytes more.
ANSWER_LIMIT = 6 * 1024 * 1024 + 100


class Verdict(NamedTuple):
    """What the mapping makes of an answer.

    `outcome` is "success" (all records are done), "partial" (those in `failed` come again) or "whole" (all come
    again), `rule` the rule that said so, `state` what a tumbling window goes on with. The identifiers in
    `failed` are texts, for Kafka pairs of topic-partition and offset.
    """

    outcome: Literal["success", "partial", "whole"]
    rule: str
    failed: frozenset[Any] = frozenset()
    state: Any = None


def read_answer(raw: bytes | None, ids: Collection[Any], *, report: bool, window: bool = False) -> Verdict:
    """What a mapping makes of the bytes that the runtime client posts for a batch with these identifiers.

    `raw` is None where the invocation failed; `report` is whether the mapping has ReportBatchItemFailures,
    `window` whether it has a tumbling window. For Kafka an identifier is a pair `("orders-0", 17)`, or the
    object that stands in an answer.
    """
    if raw is None or len(raw) > ANSWER_LIMIT:
        return Verdict("whole", "R0")
    if not report and not window:
        return Verdict("success", "R1")
    try:
        answer = json.loads(raw.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return Verdict("whole", "R2")
    state = answer.get("state") if window and isinstance(answer, dict) else None
    if window and state is None:
        return Verdict("whole", "RW")
    if not report:
        return Verdict("success", "R1", state=state)
    return _judge(answer, ids)._replace(state=state)


def key(identifier: Any) -> Hashable:
    """An identifier as it is compared: a text, or topic-partition and offset; None for what can be neither."""
    if isinstance(identifier, str | tuple):
        return identifier
    if isinstance(identifier, dict) and identifier.keys() == {"partition", "offset"}:
        partition, offset = identifier["partition"], identifier["offset"]
        if isinstance(partition, str) and type(offset) is int:
            return partition, offset
    return None


def _judge(answer: Any, ids: Collection[Any]) -> Verdict:
    """The rules R3 to R9 for an answer that is JSON."""
    if not answer:
        return Verdict("success", "R3")
    if not isinstance(answer, dict):
        return Verdict("whole", "R8")
    failures = answer.get("batchItemFailures")
    if failures is None or failures == []:
        return Verdict("success", "R4")
    if not isinstance(failures, list):
        return Verdict("whole", "R8")
    known = {key(identifier) for identifier in ids} - {None}
    for failure in failures:
        if rule := _fault(failure, known):
            return Verdict("whole", rule)
    return Verdict("partial", "R9", frozenset(key(failure["itemIdentifier"]) for failure in failures))


def _fault(failure: Any, known: set[Hashable]) -> str | None:
    """The rule that an element breaks, or None."""
    if not isinstance(failure, dict):
        return "R8"
    if "itemIdentifier" not in failure:
        return "R5"
    identifier = failure["itemIdentifier"]
    if identifier is None or identifier == "":
        return "R6"
    found = key(identifier)
    if found in known:
        return None
    return "R7" if type(found) in {type(one) for one in known} else "R8"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"JSON has no {constant}")
