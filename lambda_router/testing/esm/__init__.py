"""A simulator of event source mappings: it proves that a handler loses nothing and keeps order.

    sim = SqsMapping(fifo=True, batch_size=10, max_receive=5, seed=7, faults=Faults(kill=0.02, dup=0.2, lost=0.05))
    plan = Plan(seed=7)

    def handler(event, context): ...  # calls plan.handle(record), or works inside of plan.note(record)

    ledger = sim.run(handler, plan)
    assert ledger.lost == ledger.acked_but_failed == ledger.order_violations == 0
    assert not ledger.worse_than(sim.reference(plan))

It delivers the records of a source to a handler as Lambda's pollers do, reads the answers by the same rules
(`read_answer`), and delivers again what they ask for, until nothing is left. Nothing sleeps: time is virtual and
passes by `context.advance`. Equal arguments make equal runs. It needs the extra `testing`, since answers are
encoded by Lambda's own runtime client.
"""

from __future__ import annotations

from .answers import Verdict, read_answer
from .function import Killed, TimedOut
from .kafka import KafkaMapping
from .ledger import Delivery, Discard, Ledger
from .mapping import EventSourceMapping
from .plan import Fate, Plan, PlanError, PlannedFailure
from .queues import SqsMapping
from .reference import reference
from .run import Faults
from .streams import DynamoDbMapping, KinesisMapping, StreamMapping

__all__ = [
    "Delivery",
    "Discard",
    "DynamoDbMapping",
    "EventSourceMapping",
    "Fate",
    "Faults",
    "KafkaMapping",
    "Killed",
    "KinesisMapping",
    "Ledger",
    "Plan",
    "PlanError",
    "PlannedFailure",
    "SqsMapping",
    "StreamMapping",
    "TimedOut",
    "Verdict",
    "read_answer",
    "reference",
]
