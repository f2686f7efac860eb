"""Lifecycle hooks of AWS CodeDeploy: validation functions of deployments to AWS Lambda and Amazon ECS.

Invoked by
    CodeDeploy, when the deployment comes to the hook. The event does not say which hook it is.
Answer
    One call of `PutLifecycleEventHookExecutionStatus` with `Succeeded` or `Failed`; what the function returns is not
    read. Without one the deployment fails after an hour.
An exception
    Is reported as `Failed`, which rolls the deployment back; then the invocation ends well.
See
    https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
    https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_PutLifecycleEventHookExecutionStatus.html
"""

from __future__ import annotations

from ..callback import Callback, CallbackSource
from ..errors import ResultError
from ..failures import type_name
from ..reporting import ReportingSource
from ..source import RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_deployment_id, _execution_id = field("DeploymentId"), field("LifecycleEventHookExecutionId")


class CodeDeployHook(ReportingSource, CallbackSource):
    """Lifecycle hooks of AWS CodeDeploy.

    `@app.codedeploy_hook()` takes the validations that deployments ask for. The event does not name the hook: a
    function for each.
    """

    name = "codedeploy_hook"
    marks = ("LifecycleEventHookExecutionId",)
    service = "codedeploy"
    known = frozenset({"LifecycleEventAlreadyCompletedException"})
    parts = {"deployment_id": _deployment_id, "execution_id": _execution_id}

    def __call__(
        self, *, middleware: Sequence[Callable[..., Any]] = (), name: str | None = None
    ) -> RouteFactory:
        """One call a hook."""
        return self.route(middleware=middleware, name=name)

    @staticmethod
    def recognise(event: Any) -> bool:
        """There is a deployment and the execution of one of its hooks."""
        return isinstance(event, dict) and all(
            isinstance(value, str) and value != "" for value in (_deployment_id(event), _execution_id(event))
        )

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The deployment's id."""
        return _deployment_id(event)  # type: ignore[no-any-return]

    def callback(self, event: Any) -> Callback | None:
        """The status of the hook, where a route has said that this function sets it."""
        return _Status(self, event) if self.routes else None


class _Status(Callback):
    """The one status of a hook: `Succeeded` or `Failed`."""

    def __init__(self, room: CodeDeployHook, event: Any) -> None:
        super().__init__()
        self.room = room
        self.hook = {
            "deploymentId": _deployment_id(event),
            "lifecycleEventHookExecutionId": _execution_id(event),
        }

    def success(self, result: Any) -> Any:
        """What the handler found: False is a validation that failed."""
        if result is not None and not isinstance(result, bool):
            raise ResultError(
                f"a hook's handler returns None or True, or False to fail the deployment, not {type_name(type(result))}"
            )
        return "Failed" if result is False else "Succeeded"

    def failure(self, exc: BaseException) -> Any:
        """CodeDeploy takes no reason; it is in the log."""
        return "Failed"

    def send(self, message: Any, *, seconds: float) -> None:
        """One call."""
        self.room.request("put_lifecycle_event_hook_execution_status", **self.hook, status=message)
