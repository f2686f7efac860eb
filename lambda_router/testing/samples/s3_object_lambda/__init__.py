"""What Amazon S3 Object Lambda sends a function: for GetObject, HeadObject, ListObjects and ListObjectsV2.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .. import SampleError, stamps

__all__ = ["event", "get", "head", "list_v1", "list_v2"]

_CONTEXTS = {
    "get": "getObjectContext",
    "head": "headObjectContext",
    "list_v1": "listObjectsContext",
    "list_v2": "listObjectsV2Context",
}


def event(
    trigger: str = "get",
    key: str = "docs/a b.txt",
    *,
    access_point: str = "photos",
    arguments: str = "",
    headers: Mapping[str, str] | None = None,
    url: str | None = None,
    route: str | None = None,
    token: str | None = None,
    user: str | None = None,
    account: str = stamps.ACCOUNT,
    region: str = stamps.REGION,
    request_id: str | None = None,
) -> dict[str, Any]:
    """A request: `trigger` is get, head, list_v1 or list_v2; lists have no key.

    `arguments` is the text of the access point's configuration, `url` the presigned address of the original, `route` and
    `token` are what an answer to GetObject is written to.
    """
    if trigger not in _CONTEXTS:
        raise SampleError(f"trigger is {', '.join(_CONTEXTS)}, not {trigger!r}")
    path = f"/{key}" if trigger in ("get", "head") else "/"
    who = user or f"user-{stamps.hexadecimal(8)}"
    point, host = f"{access_point}-ap-{account}", f"{access_point}-{account}.s3-object-lambda.{region}"
    signature = f"X-Amz-Security-Token={stamps.hexadecimal(24)}&X-Amz-Signature={stamps.hexadecimal(32)}"
    address = f"https://{point}.s3-accesspoint.{region}.amazonaws.com{quote(path)}?{signature}"
    context = {"inputS3Url": url or address}
    if trigger == "get":
        context |= {"outputRoute": route or "io-use1-001", "outputToken": token or stamps.token(48)}
    given = {"Host": f"{host}.amazonaws.com", "Accept-Encoding": "identity"}
    return {
        "xAmzRequestId": request_id or stamps.uuid(),
        _CONTEXTS[trigger]: context,
        "configuration": {
            "accessPointArn": f"arn:aws:s3-object-lambda:{region}:{account}:accesspoint/{access_point}",
            "supportingAccessPointArn": f"arn:aws:s3:{region}:{account}:accesspoint/{access_point}-ap",
            "payload": arguments,
        },
        "userRequest": {"url": path, "headers": given if headers is None else dict(headers)},
        "userIdentity": {
            "type": "IAMUser",
            "principalId": f"AIDA{stamps.hexadecimal(16).upper()}",
            "arn": f"arn:aws:iam::{account}:user/{who}",
            "accountId": account,
            "accessKeyId": f"AKIA{stamps.hexadecimal(16).upper()}",
            "userName": who,
        },
        "protocolVersion": "1.00",
    }


def get(**parts: Any) -> dict[str, Any]:
    """For GetObject: as `event`."""
    return event("get", **parts)


def head(**parts: Any) -> dict[str, Any]:
    """For HeadObject: as `event` with this trigger."""
    return event("head", **parts)


def list_v1(**parts: Any) -> dict[str, Any]:
    """For ListObjects: as `event` with this trigger."""
    return event("list_v1", **parts)


def list_v2(**parts: Any) -> dict[str, Any]:
    """For ListObjectsV2: as `event` with this trigger."""
    return event("list_v2", **parts)
