"""What `check` looks for: each rule a function of a deployment, in a table with its code, its severity and what it finds.

A rule says something only where the template does: about what cannot be worked out it is silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from lambda_router.failures import printable

from .deployment import Deployment, runs, setting_of
from .matching import HTTP, STREAMS, Trigger, is_named
from .routes import criteria as written_criteria
from .stack import UNKNOWN, certain, listed, number, section

if TYPE_CHECKING:
    from lambda_router.source import Route

__all__ = ["RULES", "Finding", "Rule", "findings"]

_REPORTS = "ReportBatchItemFailures"
_SIX = 6
_PARTIAL = ("sqs", *STREAMS, "kafka")
_ASYNCHRONOUS = {"s3", "sns", "eventbridge", "cloudwatch_logs", "iot", "invoke"}
_LONGEST_REQUEST = {"api_gateway_rest": 29, "api_gateway_http": 30}
_PATIENT = {"kafka", "activemq", "rabbitmq", "documentdb"}
_MINUTES_14 = 840
_LONGEST = 1_000


class Said(NamedTuple):
    """What a rule says: where, what happens in production, and how to mend it."""

    place: str
    problem: str
    mend: str


class Rule(NamedTuple):
    """A rule: its stable code, `error` or `warning`, what it finds, and the function that looks for it."""

    code: str
    severity: str
    finds: str
    look: Callable[[Deployment], Iterable[Said]]


class Finding(NamedTuple):
    """What was found: a rule's code and severity, the place in the template, what happens, and how to mend it."""

    code: str
    severity: str
    place: str
    problem: str
    mend: str


def findings(deployment: Deployment) -> list[Finding]:
    """Everything that the rules find, errors first, each in the order of the template."""
    found = [
        Finding(rule.code, rule.severity, *(printable(text, limit=_LONGEST) for text in said))
        for rule in RULES
        for said in rule.look(deployment)
    ]
    return sorted(found, key=lambda finding: finding.severity != "error")


# -- the function ---------------------------------------------------------------------------------------------------


def _handler(d: Deployment) -> Iterator[Said]:
    written = setting_of(d.function)
    # Layers of observability tools put a handler of theirs in front, and name the app's in a variable.
    elsewhere = section(d.function.properties, "Environment", "Variables").values()
    if not certain(written) or runs(written, d.handler) or any(runs(one, d.handler) for one in elsewhere):
        return
    yield Said(
        f"{d.function.logical}.Handler",
        f"Lambda calls {written}, not this app: none of its routes is ever asked",
        f"Handler: {d.handler}",
    )


def _runtime(d: Deployment) -> Iterator[Said]:
    written = d.function.properties.get("Runtime")
    if not certain(written) or written.startswith("provided"):
        return
    python = re.fullmatch(r"python3\.(\d{1,3})", written)
    if python is None or int(python[1]) < 11:
        yield Said(
            f"{d.function.logical}.Runtime",
            f"lambda_router does not run on {written}: the import fails, and so does every event",
            "Runtime: python3.13; 3.11 is the oldest",
        )


def _api_timeout(d: Deployment) -> Iterator[Said]:
    timeout = number(d.function.properties.get("Timeout"), 3)
    limits = [_LONGEST_REQUEST[t.room] for t in d.triggers if t.room in _LONGEST_REQUEST]
    # A function that does more than answer requests may need the time for that.
    if timeout is None or not limits or not d.calls_over_http_alone() or timeout <= max(limits):
        return
    yield Said(
        f"{d.function.logical}.Timeout",
        f"API Gateway waits for {max(limits)} seconds: a longer request fails for its client while the function runs on",
        f"Timeout: {max(limits)} or less, unless the API waits for longer by a quota of its own",
    )


def _poller_timeout(d: Deployment) -> Iterator[Said]:
    timeout = number(d.function.properties.get("Timeout"), 3)
    for trigger in d.triggers:
        if trigger.rooms and _PATIENT.issuperset(trigger.rooms) and (timeout or 0) > _MINUTES_14:
            yield Said(
                f"{d.function.logical}.Timeout",
                f"{trigger.place} gives a batch 14 minutes: one that takes longer fails and comes again",
                f"Timeout: {_MINUTES_14} or less",
            )


def _streamed(d: Deployment) -> Iterator[Said]:
    for trigger in d.triggers:
        if trigger.properties.get("InvokeMode") == "RESPONSE_STREAM" and "function_url" in trigger.rooms:
            yield Said(
                f"{trigger.place}.InvokeMode",
                "Lambda's Python runtime streams no responses: the answer is not what this mode passes on, its status and "
                "headers may reach the client as text",
                "InvokeMode: BUFFERED, or leave it out",
            )


def _no_destination(d: Deployment) -> Iterator[Said]:
    calling = [t for t in d.triggers if t.rooms and _ASYNCHRONOUS.issuperset(t.rooms)]
    if calling and not _keeps_failed(d):
        yield Said(
            f"{d.function.logical}.EventInvokeConfig",
            f"an event of {calling[0].place} whose last attempt fails is lost: there is no dead-letter queue or destination",
            "EventInvokeConfig with DestinationConfig.OnFailure, as an SQS queue, and an alarm on it",
        )


def _keeps_failed(d: Deployment) -> bool:
    own = d.function.properties
    others = [r.properties for r in d.stack.of("AWS::Lambda::EventInvokeConfig") if d.callee.is_in(r)]
    configs = [section(own, "EventInvokeConfig"), own.get("EventInvokeConfig"), *others]
    if any(own.get(key) is not None for key in ("DeadLetterQueue", "DeadLetterConfig")):
        return True
    return any(config is UNKNOWN or _on_failure(config) for config in configs)


def _on_failure(config: Any) -> bool:
    given = config.get("DestinationConfig") if isinstance(config, dict) else None
    return given is UNKNOWN or (isinstance(given, dict) and given.get("OnFailure") is not None)


# -- routes and events ------------------------------------------------------------------------------------------------


def _untaken(d: Deployment) -> Iterator[Said]:
    for trigger in d.triggers:
        if not d.is_taken(trigger) and not _is_http(trigger):
            yield Said(
                trigger.place,
                f"no route takes what this {trigger.kind} sends: every event of it fails, is tried again and is given up",
                f"a route for it{_named(trigger)}, or take the event off the function",
            )


def _untaken_path(d: Deployment) -> Iterator[Said]:
    for trigger in d.triggers:
        if not d.is_taken(trigger) and _is_http(trigger):
            yield Said(
                trigger.place,
                "no route has this path and method: every request is answered 404 or 405",
                f"a route for it{_named(trigger)}, or take the event off the function",
            )


def _is_http(trigger: Trigger) -> bool:
    return any(room in HTTP for room in trigger.rooms)


def _named(trigger: Trigger) -> str:
    said = [f"{label} {' or '.join(globs[:3])}" for label, globs in trigger.facts.items()]
    return f" ({', '.join(said)})"[:300] if said else ""


def _unsent(d: Deployment) -> Iterator[Said]:
    for route in d.routes:
        if _is_told(route) and not d.is_sent(route):
            yield Said(
                d.function.logical,
                f"nothing in the template sends {_shown(route)} anything: "
                f"{route.name} never runs, unless that is configured elsewhere",
                f"an event of {route.source} for it, or for what it names",
            )


def _shown(route: Route) -> str:
    return f"{route.source}({', '.join(written_criteria(route))})"[:300]


def _is_told(route: Route) -> bool:
    """Whether a template that deploys the route would say where its events come from."""
    from .template import describes

    return describes(route)


# -- mappings ---------------------------------------------------------------------------------------------------------


def _mappings(d: Deployment, *rooms: str) -> Iterator[Trigger]:
    """The mappings of these sources that are not switched off."""
    for trigger in d.triggers:
        if trigger.room in rooms and not trigger.evidence and trigger.properties.get("Enabled") is not False:
            yield trigger


def _reports(trigger: Trigger) -> bool | None:
    types = listed(trigger.properties.get("FunctionResponseTypes"))
    return None if types is None else _REPORTS in types


def _partial_ignored(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, *_PARTIAL):
        if d.partial(trigger) is True and _reports(trigger) is False:
            queue = trigger.room == "sqs"
            lost = "deletes the messages that have failed" if queue else "goes on behind what has failed"
            yield Said(
                f"{trigger.place}.FunctionResponseTypes",
                f"the app reports failed records here (partial=True) and Lambda does not read that: it {lost}",
                _MENDS.get(trigger.kind if queue else str(trigger.room), _READ),
            )


_READ = f"FunctionResponseTypes: [{_REPORTS}]"
_MENDS = {
    "SNS": f"an event of type SQS for the queue, with {_READ}, in place of SqsSubscription, which has no such setting",
    "kafka": f"{_READ}, and ProvisionedPollerConfig, without which Kafka has none",
}
"""https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sqssubscriptionobject.html"""


def _partial_undeclared(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, *_PARTIAL):
        if d.partial(trigger) is False and _reports(trigger) is True:
            yield Said(
                f"{trigger.place}.FunctionResponseTypes",
                "the mapping reads which records have failed and the app does not say: one failed record brings the whole "
                "batch again, what succeeded too",
                "partial=True in the routes for it, or in the Router",
            )


def _kafka_provisioned(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, "kafka"):
        if _reports(trigger) and trigger.properties.get("ProvisionedPollerConfig") is None:
            yield Said(
                f"{trigger.place}.ProvisionedPollerConfig",
                "Lambda takes partial responses for Kafka in provisioned mode alone, which this mapping is not in",
                "ProvisionedPollerConfig with MinimumPollers and MaximumPollers",
            )


def _window_missing(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, *STREAMS):
        takers, told = d.concerned(trigger)
        routes = [route for route in takers if route.options.get("window")]
        if not told and len(routes) < len(takers):
            continue  # which of them it is for is not known
        if routes and number(trigger.properties.get("TumblingWindowInSeconds"), 0) == 0:
            yield Said(
                f"{trigger.place}.TumblingWindowInSeconds",
                f"{routes[0].name} is for tumbling windows, and this mapping has none: it never runs",
                "TumblingWindowInSeconds, from 1 to 900",
            )


# -- queues -----------------------------------------------------------------------------------------------------------


def _queues(d: Deployment) -> Iterator[tuple[Trigger, str, dict[str, Any]]]:
    """The queues of the stack that are polled, each with its logical id and properties."""
    for trigger in _mappings(d, "sqs"):
        if trigger.sender is not None:
            yield trigger, trigger.sender.logical, trigger.sender.properties


def _times(d: Deployment, queue: dict[str, Any]) -> tuple[float, float] | None:
    """A queue's visibility timeout and the function's timeout."""
    hidden, timeout = (
        number(queue.get("VisibilityTimeout"), 30),
        number(d.function.properties.get("Timeout"), 3),
    )
    return None if hidden is None or timeout is None else (hidden, timeout)


def _visible_too_soon(d: Deployment) -> Iterator[Said]:
    for _, name, queue in _queues(d):
        times = _times(d, queue)
        if times is not None and times[0] < times[1]:
            yield Said(
                f"{name}.VisibilityTimeout",
                f"{times[0]:g} seconds is less than the function's timeout of {times[1]:g}: Lambda refuses the mapping",
                f"VisibilityTimeout: {_SIX * times[1]:g}",
            )


def _visible_soon(d: Deployment) -> Iterator[Said]:
    for _, name, queue in _queues(d):
        times = _times(d, queue)
        if times is not None and times[1] <= times[0] < _SIX * times[1]:
            yield Said(
                f"{name}.VisibilityTimeout",
                f"{times[0]:g} seconds is less than six times the function's timeout of {times[1]:g}: when calls are slow "
                "or throttled, messages come again while they are handled",
                f"VisibilityTimeout: {_SIX * times[1]:g}",
            )


def _no_dead_letters(d: Deployment) -> Iterator[Said]:
    for _, name, queue in _queues(d):
        if queue.get("RedrivePolicy") is None:
            fifo = " and holds up its message group" if queue.get("FifoQueue") is True else ""
            yield Said(
                f"{name}.RedrivePolicy",
                f"a message that always fails comes again until it expires{fifo}, and then is lost",
                "RedrivePolicy with deadLetterTargetArn and maxReceiveCount: 5",
            )


def _dead_letter_kind(d: Deployment) -> Iterator[Said]:
    for _, name, queue in _queues(d):
        arn, fifo = section(queue, "RedrivePolicy").get("deadLetterTargetArn"), queue.get("FifoQueue", False)
        other = d.stack.named.get(arn) if isinstance(arn, str) else None
        if other is None or not isinstance(fifo, bool):
            continue
        if other.properties.get("FifoQueue", False) is (not fifo):
            yield Said(
                f"{name}.RedrivePolicy.deadLetterTargetArn",
                f"{other.logical} is {'not ' if fifo else ''}FIFO, and a dead-letter queue is of its queue's kind: "
                "SQS refuses it",
                f"a {'FIFO' if fifo else 'standard'} queue",
            )


def _is_fifo(trigger: Trigger) -> bool:
    return isinstance(trigger.arn, str) and trigger.arn.endswith(".fifo")


def _fifo_batches(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, "sqs"):
        size = number(trigger.properties.get("BatchSize"), 10)
        window = number(trigger.properties.get("MaximumBatchingWindowInSeconds"), 0)
        if _is_fifo(trigger) and ((size or 0) > 10 or (window or 0) > 0):
            wrong = "BatchSize" if (size or 0) > 10 else "MaximumBatchingWindowInSeconds"
            yield Said(
                f"{trigger.place}.{wrong}",
                "a FIFO queue has batches of at most 10 and no batching window: Lambda refuses the mapping",
                "BatchSize: 10 or less, without MaximumBatchingWindowInSeconds",
            )


def _batch_window(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, "sqs"):
        size = number(trigger.properties.get("BatchSize"), 10)
        window = number(trigger.properties.get("MaximumBatchingWindowInSeconds"), 0)
        if is_named(trigger) and not _is_fifo(trigger) and (size or 0) > 10 and window == 0:
            yield Said(
                f"{trigger.place}.MaximumBatchingWindowInSeconds",
                f"Lambda refuses a BatchSize of {size:g} without a batching window",
                "MaximumBatchingWindowInSeconds: 1 or more, or BatchSize: 10",
            )


def _concurrency(d: Deployment) -> Iterator[Said]:
    reserved = number(d.function.properties.get("ReservedConcurrentExecutions"))
    wanted = [
        number(section(t.properties, "ScalingConfig").get("MaximumConcurrency")) for t in _mappings(d, "sqs")
    ]
    total = sum(one for one in wanted if one is not None)
    if reserved is not None and total > reserved:
        yield Said(
            f"{d.function.logical}.ReservedConcurrentExecutions",
            f"the queues may call {total:g} at a time and {reserved:g} are let through: what is throttled counts as "
            "received, and may end in the dead-letter queue without having been tried",
            f"ReservedConcurrentExecutions: {total:g} or more",
        )


# -- streams ----------------------------------------------------------------------------------------------------------


def _is_bounded(trigger: Trigger) -> bool | None:
    """Whether the mapping gives up at some time; None where that cannot be told."""
    limits = [
        number(trigger.properties.get(key), -1)
        for key in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds")
    ]
    if any(limit is not None and limit >= 0 for limit in limits):
        return True
    return None if None in limits else False


def _blocked(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, *STREAMS):
        if _is_bounded(trigger) is False:
            yield Said(
                f"{trigger.place}.MaximumRetryAttempts",
                "a record that always fails is tried until it expires, and nothing behind it in its shard is read",
                "MaximumRetryAttempts, and DestinationConfig.OnFailure for what is given up",
            )


def _given_up(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, *STREAMS):
        config = trigger.properties.get("DestinationConfig")
        if _is_bounded(trigger) and config is not UNKNOWN and not _on_failure(trigger.properties):
            yield Said(
                f"{trigger.place}.DestinationConfig",
                "records that are given up are gone: nothing says which they were",
                "DestinationConfig.OnFailure, as an SQS queue, and an alarm on it",
            )


def _unsplit(d: Deployment) -> Iterator[Said]:
    for trigger in _mappings(d, *STREAMS):
        split = trigger.properties.get("BisectBatchOnFunctionError", False)
        size = number(trigger.properties.get("BatchSize"), 100)
        if _is_bounded(trigger) and split is False and _reports(trigger) is False and (size or 0) > 1:
            yield Said(
                f"{trigger.place}.BisectBatchOnFunctionError",
                "one bad record has its whole batch tried again and given up, the good ones with it",
                f"partial=True in the app with FunctionResponseTypes: [{_REPORTS}], or BisectBatchOnFunctionError: true",
            )


# -- S3 ---------------------------------------------------------------------------------------------------------------

_WRITING = ("S3CrudPolicy", "S3WritePolicy", "S3FullAccessPolicy")


def _recursion(d: Deployment) -> Iterator[Said]:
    for trigger in d.triggers:
        bucket = trigger.properties.get("Bucket")
        created = any(e.startswith(("ObjectCreated", "*")) for e in trigger.facts.get("event", ()))
        if trigger.room != "s3" or not created or "key" in trigger.facts or "Filter" in trigger.properties:
            continue
        if isinstance(bucket, str) and _writes(d, bucket):
            yield Said(
                f"{trigger.place}.Filter",
                "the function may write to the bucket that calls it: an object that it writes calls it again, without end",
                "Filter with a prefix that it never writes to, or another bucket to write to",
            )


def _writes(d: Deployment, bucket: str) -> bool:
    """Whether SAM's policy templates let the function write to a bucket."""
    policies = d.function.properties.get("Policies")
    for policy in policies if isinstance(policies, list) else [policies]:
        if any(section(policy, name).get("BucketName") == bucket for name in _WRITING):
            return True
    return False


RULES = (
    Rule("handler", "error", "The function's handler is not the app.", _handler),
    Rule("runtime", "error", "The runtime is not Python 3.11 or later.", _runtime),
    Rule(
        "partial-ignored",
        "error",
        "The app reports failed records, and the mapping ignores that.",
        _partial_ignored,
    ),
    Rule(
        "kafka-not-provisioned",
        "error",
        "Partial responses for Kafka without provisioned mode.",
        _kafka_provisioned,
    ),
    Rule("event-without-route", "error", "An event is configured, and no route takes it.", _untaken),
    Rule(
        "window-missing", "error", "A route for tumbling windows, and the mapping has none.", _window_missing
    ),
    Rule(
        "visibility-refused",
        "error",
        "A queue's visibility timeout is below the function's timeout.",
        _visible_too_soon,
    ),
    Rule("fifo-batch", "error", "A batch size or window that a FIFO queue does not have.", _fifo_batches),
    Rule("batch-window", "error", "A queue's batch size above 10 without a batching window.", _batch_window),
    Rule(
        "dead-letter-kind",
        "error",
        "A FIFO queue with a standard dead-letter queue, or the reverse.",
        _dead_letter_kind,
    ),
    Rule(
        "stream-response", "error", "A function URL that streams, which Python's runtime does not.", _streamed
    ),
    Rule(
        "partial-undeclared",
        "warning",
        "The mapping reads failed records, and the app reports none.",
        _partial_undeclared,
    ),
    Rule("path-without-route", "warning", "A path of an API that no route has.", _untaken_path),
    Rule(
        "route-without-event", "warning", "A route to which nothing in the template sends anything.", _unsent
    ),
    Rule(
        "visibility-short",
        "warning",
        "A visibility timeout below six times the function's timeout.",
        _visible_soon,
    ),
    Rule("queue-without-dead-letters", "warning", "A queue without a redrive policy.", _no_dead_letters),
    Rule("concurrency-short", "warning", "Less reserved concurrency than the queues may use.", _concurrency),
    Rule("shard-blocked", "warning", "A stream's mapping that never gives up a record.", _blocked),
    Rule(
        "stream-without-destination",
        "warning",
        "A stream's mapping that gives up without a trace.",
        _given_up,
    ),
    Rule(
        "batch-unsplit", "warning", "A stream's mapping that gives up good records with a bad one.", _unsplit
    ),
    Rule(
        "async-without-destination",
        "warning",
        "Asynchronous events that are lost when they have failed.",
        _no_destination,
    ),
    Rule("recursion", "warning", "A bucket that calls the function, which may write to it.", _recursion),
    Rule(
        "api-timeout", "warning", "A function that may run for longer than API Gateway waits.", _api_timeout
    ),
    Rule(
        "poller-timeout",
        "warning",
        "A timeout above the 14 minutes of Kafka's, MQ's and DocumentDB's pollers.",
        _poller_timeout,
    ),
)
"""What is looked for. Codes are for good: programs and people name them.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""
