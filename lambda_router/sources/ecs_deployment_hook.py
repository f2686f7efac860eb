"""Lifecycle hooks of Amazon ECS service deployments: blue/green, linear and canary.

Invoked by
    ECS, synchronously, when a deployment comes to a stage that names the function, and again as long as the answer is that
    it is in progress.
Answer
    `SUCCEEDED` for the deployment to go on, `FAILED` for it to be rolled back, or `IN_PROGRESS`.
An exception
    Is answered with `FAILED`, which rolls the deployment back. `Retry` says that the hook is in progress.
See
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
"""

from __future__ import annotations

from math import ceil

from .. import criteria
from ..contract import anything, form, mapped, one_of, whole, wrong
from ..errors import NoRouteError, ResultError
from ..outcomes import Drop, Retry
from ..results import plain
from ..source import EventSource, RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation

_stage = field("lifecycleStage")
_service = field("executionDetails", "serviceArn")

_LONGEST_DELAY = 1_209_600
"""The seconds after which every hook has timed out: 20,160 minutes."""
_ANSWER = form(
    {"hookStatus": one_of("SUCCEEDED", "FAILED", "IN_PROGRESS")},
    {"callBackDelay": whole(1), "hookDetails": mapped(anything)},
    closed=True,
)


def _service_name(arn: str) -> str:
    """`web` of `arn:aws:ecs:eu-west-1:123456789012:service/shop/web`."""
    return arn.rpartition("/")[2]


class EcsDeploymentHook(EventSource):
    """Lifecycle hooks of Amazon ECS service deployments.

    `@app.ecs_deployment_hook("POST_TEST_TRAFFIC_SHIFT")` takes the deployments that come to a stage, a glob or a list of
    them; `service` is the name or ARN of the service.
    """

    name = "ecs_deployment_hook"
    marks = ("lifecycleStage",)
    parts = {
        "stage": _stage,
        "details": field("executionDetails"),
        "resource": field("resourceArn"),
        "hook_details": field("hookDetails"),
        "execution_id": field("executionId"),
        "service": _service,
        "revision": field("executionDetails", "targetServiceRevisionArn"),
    }

    def __call__(
        self,
        stage: str | Sequence[str] = "*",
        *,
        service: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a stage, and one more each time that the hook was in progress."""
        return self.route(
            criteria.glob("stage", _stage, criteria.given("stage", stage)),
            criteria.name_or_arn("service", _service, service, resource=_service_name),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """The execution of a hook at a stage, of something of ECS."""
        return (
            isinstance(event, dict)
            and all(isinstance(event.get(key), str) for key in ("executionId", "lifecycleStage"))
            and isinstance(arn := event.get("resourceArn"), str)
            and arn.split(":", 3)[2:3] == ["ecs"]
            and isinstance(event.get("executionDetails"), dict)
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The execution's id."""
        return event["executionId"]  # type: ignore[no-any-return]

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """How the deployment goes on: None and True for success, False for failure, a dict as documented."""
        if result is None or isinstance(result, bool):
            return {"hookStatus": "FAILED" if result is False else "SUCCEEDED"}
        if not isinstance(result, dict):
            raise ResultError(
                f"a hook's handler returns None, True, False or a dict, not {type(result).__name__}"
            )
        answer = {key: value for key, value in plain(result).items() if value is not None}
        _ANSWER(answer, "$")
        if "callBackDelay" in answer and answer["hookStatus"] != "IN_PROGRESS":
            raise wrong("$.callBackDelay", "is for what is in progress")
        return answer

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """FAILED; a Retry is progress, and a Drop lets the deployment go on."""
        kind: Any = type(exc)  # isinstance would ask the exception for its __class__
        if issubclass(kind, Drop):
            return self.shape(None, invocation)
        if issubclass(kind, Retry):
            return self.shape(_progress(exc, invocation.event), invocation)
        if issubclass(kind, NoRouteError):
            raise exc
        from ..failures import concealed

        # Logged here, since Lambda does not see it fail.
        self.app._failure(concealed(exc, invocation.correlation_id), invocation)
        return self.shape(False, invocation)

    def suggest(self, subject: Any) -> str:
        """The stage by its name."""
        return f"@app.ecs_deployment_hook({quoted(criteria.literal(_stage(subject)))})"


def _progress(exc: Any, event: Any) -> dict[str, Any]:
    """To be invoked again, with the details that there were."""
    details = event.get("hookDetails")
    return {
        "hookStatus": "IN_PROGRESS",
        "callBackDelay": None if exc.after is None else min(max(ceil(exc.after), 1), _LONGEST_DELAY),
        "hookDetails": details if isinstance(details, dict) else None,
    }
