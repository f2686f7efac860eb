"""What AWS Config sends the function of a custom rule.

https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import stamps
from ..payloads import plain, text

__all__ = ["deleted", "event", "oversized", "scheduled"]

_PARAMETERS: Any = {"desiredInstanceType": "t3.micro"}
_CONFIGURATION: Any = {"instanceType": "t3.micro"}


def event(
    rule: str = "desired-instance-type",
    configuration: Any = _CONFIGURATION,
    *,
    parameters: Any = _PARAMETERS,
    resource_type: str = "AWS::EC2::Instance",
    resource_id: str | None = None,
    status: str = "OK",
    tags: Mapping[str, str] | None = None,
    capture_time: str | None = None,
    left_scope: bool = False,
    result_token: str | None = None,
    evaluation_mode: str = "DETECTIVE",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A change of a resource, whose `configuration` is as given; `parameters` are the rule's, None for none."""
    item = {
        **_item(resource_type, resource_id, status, capture_time, region, account),
        "relatedEvents": [],
        "relationships": [],
        "configuration": plain(configuration),
        "supplementaryConfiguration": {},
        "tags": dict(tags or {}),
    }
    document = {
        "configurationItemDiff": None,
        "configurationItem": item,
        "notificationCreationTime": item["configurationItemCaptureTime"],
        "messageType": "ConfigurationItemChangeNotification",
        "recordVersion": "1.3",
    }
    given = _Rule(rule, parameters, result_token, evaluation_mode, region, account)
    return given.event(document, left_scope=left_scope)


def deleted(rule: str = "desired-instance-type", **parts: Any) -> dict[str, Any]:
    """A resource that has been deleted: as `event`."""
    given: dict[str, Any] = {"status": "ResourceDeleted", "configuration": None, **parts}
    return event(rule, **given)


def oversized(
    rule: str = "desired-instance-type",
    *,
    parameters: Any = _PARAMETERS,
    resource_type: str = "AWS::EC2::Instance",
    resource_id: str | None = None,
    status: str = "OK",
    change: str = "UPDATE",
    capture_time: str | None = None,
    left_scope: bool = False,
    result_token: str | None = None,
    evaluation_mode: str = "DETECTIVE",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A change of a resource whose configuration is too large to be sent, so that there is a summary of it alone."""
    item = _item(resource_type, resource_id, status, capture_time, region, account)
    document = {
        "configurationItemSummary": {"changeType": change, **item},
        "s3DeliverySummary": None,
        "notificationCreationTime": item["configurationItemCaptureTime"],
        "messageType": "OversizedConfigurationItemChangeNotification",
        "recordVersion": "1.0",
    }
    given = _Rule(rule, parameters, result_token, evaluation_mode, region, account)
    return given.event(document, left_scope=left_scope)


def scheduled(
    rule: str = "too-many-keys",
    *,
    parameters: Any = _PARAMETERS,
    time: str | None = None,
    result_token: str | None = None,
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A rule's turn to look at the whole account, at `time`, as `2026-09-23T18:00:00.000Z`."""
    document = {
        "awsAccountId": account,
        "notificationCreationTime": time or stamps.Moment().iso_millis,
        "messageType": "ScheduledNotification",
        "recordVersion": "1.0",
    }
    return _Rule(rule, parameters, result_token, "DETECTIVE", region, account).event(
        document, left_scope=False
    )


class _Rule:
    """The rule that an event is sent for."""

    def __init__(
        self, name: str, parameters: Any, result_token: str | None, mode: str, region: str, account: str
    ) -> None:
        self.name = name
        self.id = f"config-rule-{stamps.hexadecimal(6)}"
        self.parameters = parameters
        self.token = result_token or stamps.token(48)
        self.mode = mode
        self.region = region
        self.account = account

    def event(self, document: Any, *, left_scope: bool) -> dict[str, Any]:
        given = {} if self.parameters is None else {"ruleParameters": text(self.parameters)}
        roles = "role/aws-service-role/config.amazonaws.com"
        return {
            "version": "1.0",
            "invokingEvent": text(document),
            **given,
            "resultToken": self.token,
            "eventLeftScope": left_scope,
            "executionRoleArn": f"arn:aws:iam::{self.account}:{roles}/AWSServiceRoleForConfig",
            "configRuleArn": f"arn:aws:config:{self.region}:{self.account}:config-rule/{self.id}",
            "configRuleName": self.name,
            "configRuleId": self.id,
            "accountId": self.account,
            "evaluationMode": self.mode,
        }


def _item(
    kind: str, resource_id: str | None, status: str, captured: str | None, region: str, account: str
) -> dict[str, Any]:
    identifier = resource_id or f"i-0{stamps.hexadecimal(16)}"
    service, _, resource = kind.removeprefix("AWS::").partition("::")
    arn = f"arn:aws:{service.lower()}:{region}:{account}:{resource.lower()}/{identifier}"
    return {
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": captured or stamps.Moment().iso_millis,
        "configurationStateId": stamps.Moment().millis,
        "awsAccountId": account,
        "configurationItemStatus": status,
        "resourceType": kind,
        "resourceId": identifier,
        "resourceName": None,
        "ARN": arn,
        "awsRegion": region,
        "availabilityZone": f"{region}a",
        "configurationStateMd5Hash": stamps.hexadecimal(32),
        "resourceCreationTime": captured or stamps.Moment().iso_millis,
    }
