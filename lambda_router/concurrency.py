"""Several records of a batch at a time, for asynchronous handlers: one loop, and order where the source has it.

The line stays synchronous: it starts handlers as tasks on the kept loop, lets the loop run until one of them is done,
settles that record and goes on. Records that share a lane (a message group, a partition) or a partition key never run
together, and a failure stops from starting what it would stop one by one.
"""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush

from . import aio
from .batch import check, width
from .binding import is_async
from .call import settle
from .deadline import Deadline
from .dependencies import Scope
from .errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Awaitable, Callable, Hashable, Sequence
    from typing import Any

    from .batch import Batch
    from .binding import Plan
    from .invocation import Invocation
    from .middleware import Layer
    from .source import Route


def run(batch: Batch, invocation: Invocation) -> None:
    """Handle every record that order and the deadline allow, of each route as many at a time as it takes."""
    if invocation.root.scope is None:
        invocation.root.scope = Scope(shared=True)
    aio.outside(Runner(batch, invocation).run)


class Runner:
    """One run of a batch: what waits, what runs, and what may start next.

    `queues` has the records of each lane that wait for the one before; `ready` those that wait for nobody, lowest index
    first; `parked` those whose route has as many running as it takes.
    """

    def __init__(self, batch: Batch, invocation: Invocation) -> None:
        self.batch = batch
        self.invocation = invocation
        self.exclusive = batch.room.exclusive(batch)
        self.queues: dict[Hashable, deque[int]] = {}
        for index in batch.open:
            self.queues.setdefault(self.exclusive[index], deque()).append(index)
        self.ready = [queue.popleft() for queue in self.queues.values()]
        heapify(self.ready)
        self.running: dict[Task[Any], tuple[int, Route, float]] = {}
        self.counts: dict[Route, int] = {}
        self.parked: dict[Route, deque[int]] = {}
        self.deadline = Deadline(invocation.context, batch.room.app.deadline_margin)

    def run(self) -> None:
        """Start what may start, wait for what runs, until neither is left."""
        self.start()
        while self.running:
            done = aio.first_done(self.running)
            for task in [one for one in self.running if one in done]:  # a set's order is that of addresses
                self.finish(task)
            self.start()

    def start(self) -> None:
        """Start every record that is ready, unless order or the deadline holds it back."""
        batch = self.batch
        while self.ready and not self.deadline.is_over():
            index = heappop(self.ready)
            if index in batch.taken or (batch.lanes is not None and batch.lanes[index] in batch.stopped):
                self.release(index)
                continue
            route = None
            try:
                route = batch.senders[batch.keys[index]].route or batch.room.match(batch.records[index])
                if route is None:
                    raise batch.no_route(batch.records[index])
                self.enter(index, route)
            except KeyboardInterrupt:
                raise
            except BaseException as exc:
                self.fail(index, route, exc)

    def enter(self, index: int, route: Route) -> None:
        """Start one record: as a task, or here and now where its route takes one at a time."""
        batch, record = self.batch, self.batch.records[index]
        if route.batch:
            batch.run_together(route, index, invocation=self.invocation)
            self.release(index)
        elif width(route) == 1:
            began = self.deadline.left()
            try:
                check(settle(route.call(record, self.invocation)))
            finally:
                self.deadline.took(began)
            self.settle(index)
        elif self.counts.get(route, 0) == width(route):
            self.parked.setdefault(route, deque()).append(index)
        else:
            self.counts[route] = self.counts.get(route, 0) + 1
            task = aio.start(handled(route, record, self.invocation))
            self.running[task] = (index, route, self.deadline.left())

    def finish(self, task: Task[Any]) -> None:
        """Settle the record of a task that is done, and let in who waited for it."""
        index, route, began = self.running.pop(task)
        self.deadline.took(began)
        self.counts[route] -= 1
        if self.parked.get(route):
            heappush(self.ready, self.parked[route].popleft())
        try:
            check(aio.value(task))
            self.settle(index)
        except KeyboardInterrupt:
            raise
        except BaseException as exc:
            self.fail(index, route, exc)

    def settle(self, index: int) -> None:
        """The record is done with."""
        del self.batch.open[index]
        self.release(index)

    def fail(self, index: int, route: Route | None, exc: BaseException) -> None:
        """The record failed; what its failure stops is skipped when its turn comes."""
        self.batch.fail(index, exc, self.invocation.at(route, self.batch.records[index]))
        self.release(index)

    def release(self, index: int) -> None:
        """The record's lane is free for the next of it."""
        queue = self.queues[self.exclusive[index]]
        if queue:
            heappush(self.ready, queue.popleft())


async def handled(route: Route, record: Any, invocation: Invocation) -> Any:
    """What the route's handler makes of a record, run to its end."""
    return await aio.settled(route.call(record, invocation))


def compose(route: Route, plan: Plan, *, outside: Sequence[Layer] = ()) -> Callable[[Any, Invocation], Any]:
    """As `call.compose`, for a route whose records run at the same time: everything around the handler is asynchronous."""
    for layer in route.middleware:
        if not is_async(layer):
            raise ConfigurationError(
                f"the middleware of a route with concurrency is asynchronous, and {layer!r} is not: write `async def`"
            )
    inner = _terminal(plan)
    for layer in reversed((*outside, *route.middleware)):
        inner = _around(layer, inner)

    async def call(subject: Any, invocation: Invocation) -> Any:
        return await inner(invocation.at(route, subject))

    return call


def _around(layer: Any, inner: Any) -> Callable[[Invocation], Awaitable[Any]]:
    return lambda invocation: layer(invocation, inner)


def _terminal(plan: Plan) -> Callable[[Invocation], Awaitable[Any]]:
    async def terminal(invocation: Invocation) -> Any:
        scope = invocation.scope = Scope()
        failure = None
        try:
            for provider in plan.dependencies:
                await provider.ready(invocation.subject, invocation)
            return await aio.settled(plan.call(invocation.subject, invocation))
        except BaseException as exc:
            failure = exc
            raise
        finally:
            left = await scope.aclose(failure)
            if left is not None and left is not failure:
                raise left

    return terminal
