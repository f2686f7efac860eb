"""A FIFO queue with failures, poison and a process that is killed now and then. Run it: `python -m examples.simulator`."""

import logging

from lambda_router import Router
from lambda_router.testing.esm import Faults, Plan, SqsMapping

app = Router()
plan = Plan(seed=7, fail=0.15, poison=0.02)


@app.sqs("payments.fifo", partial=True)
async def on_payment(body: dict, record: dict) -> None:
    with plan.note(record):  # what the plan asks for happens here: the message fails, or the process ends
        assert body["id"].startswith("record-")


if __name__ == "__main__":
    logging.getLogger("lambda_router").setLevel(logging.CRITICAL)
    faults = Faults(kill=0.02, dup=0.2, lost=0.05)
    sim = SqsMapping(queue="payments.fifo", fifo=True, max_receive=5, seed=7, faults=faults)
    ledger = sim.run(app, plan)
    print(ledger)
    print("dead-lettered:", *ledger.dead_lettered)
    assert ledger.ok
    assert not ledger.worse_than(sim.reference(plan))
