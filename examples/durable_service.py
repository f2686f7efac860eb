"""The API of durable functions in memory, for trying out and testing: enough of it for steps and waits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_durable_execution_sdk_python.execution import (
    DurableExecutionInvocationInputWithClient,
    InitialExecutionState,
)
from aws_durable_execution_sdk_python.lambda_service import (
    CheckpointOutput,
    CheckpointUpdatedExecutionState,
    ExecutionDetails,
    Operation,
    OperationStatus,
    OperationType,
    StateOutput,
    StepDetails,
    WaitDetails,
)

from lambda_router.testing import LambdaContext

STATUS = {
    "START": OperationStatus.STARTED,
    "SUCCEED": OperationStatus.SUCCEEDED,
    "FAIL": OperationStatus.FAILED,
}


class Service:
    """One durable execution: what AWS's API keeps of it, and the invocations of its function.

    `handler` is what `durable_execution` has made, `sent` the event of the execution.
    """

    def __init__(self, handler: Any, sent: Any) -> None:
        self.handler = handler
        self.context = LambdaContext(timeout=30)
        details = ExecutionDetails(input_payload=json.dumps(sent))
        first = Operation("arn", OperationType.EXECUTION, OperationStatus.STARTED, execution_details=details)
        self.operations = {"arn": first}

    def checkpoint(
        self, durable_execution_arn: str, checkpoint_token: str, updates: list[Any], client_token: str | None
    ) -> CheckpointOutput:
        """Keep what the SDK reports; it asks for this itself."""
        for update in updates:
            self.operations[update.operation_id] = Operation(
                update.operation_id,
                update.operation_type,
                STATUS[update.action.value],
                name=update.name,
                sub_type=update.sub_type,
                step_details=StepDetails(result=update.payload)
                if update.operation_type.value == "STEP"
                else None,
                wait_details=WaitDetails(datetime.now(UTC) + timedelta(days=1))
                if update.operation_type.value == "WAIT"
                else None,
            )
        state = CheckpointUpdatedExecutionState(list(self.operations.values()), None)
        return CheckpointOutput("token", state)

    def get_execution_state(self, *_: Any, **__: Any) -> StateOutput:
        """All that is kept; the SDK asks for this itself."""
        return StateOutput(list(self.operations.values()), None)

    def invoke(self) -> Any:
        """One invocation of the function: its answer to the service."""
        state = InitialExecutionState(list(self.operations.values()), "")
        sent = DurableExecutionInvocationInputWithClient("arn", "token", state, service_client=self)
        return self.handler(sent, self.context)

    def pass_time(self) -> None:
        """Let every wait be over."""
        for key, one in self.operations.items():
            if one.operation_type is OperationType.WAIT:
                self.operations[key] = replace(one, status=OperationStatus.SUCCEEDED)
