"""boto3 clients that call nobody: what they are asked to send is written down, and answered or refused as told.

Requests go through botocore's own validation of parameters; nothing leaves the process.
"""

from __future__ import annotations

import copy
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse


def client(service: str) -> Any:
    """A client that is configured, with credentials that are none."""
    return boto3.client(
        service,
        region_name="eu-west-1",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
    )


class Recorder:
    """A client and `calls`, what it was asked to send: `[("PutEvaluations", {...})]`.

    `answers` are given in turn to the next calls: a dict is an answer, a text an error code, a number a status, an
    exception is raised; after them every call is answered with `{}`.
    """

    def __init__(self, service: str) -> None:
        self.client = client(service)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[Any] = []
        events = self.client.meta.events
        events.register_first("before-parameter-build.*.*", self._asked)
        events.register_first("before-call.*.*", self._answered)

    def clear(self, *answers: Any) -> Recorder:
        """Forget all calls; these are the next answers."""
        self.calls.clear()
        self.answers[:] = answers
        return self

    def _asked(self, params: Any, model: Any, **_: Any) -> None:
        self.calls.append((model.name, copy.deepcopy(params)))

    def _answered(self, model: Any, **_: Any) -> Any:
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, BaseException):
            raise answer
        status = 200 if isinstance(answer, dict) else answer if isinstance(answer, int) else 400
        parsed = {"ResponseMetadata": {"HTTPStatusCode": status}}
        if isinstance(answer, dict):
            parsed |= answer
        else:
            code = answer if isinstance(answer, str) else str(status)
            parsed["Error"] = {"Code": code, "Message": "said the service"}
        return AWSResponse("https://example.com", status, {}, None), parsed
