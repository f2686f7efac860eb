"""Jobs of AWS CodePipeline's Lambda invoke action.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import SampleError, stamps
from ..payloads import text

__all__ = ["continued", "encrypted", "event", "without_parameters"]

_PARAMETERS: Any = {"environment": "staging"}
_CREDENTIALS: Any = {}


def event(
    parameters: Any = _PARAMETERS,
    *,
    function: str = "release",
    job_id: str | None = None,
    input_artifacts: Sequence[str | Mapping[str, Any]] = ("Build",),
    output_artifacts: Sequence[str | Mapping[str, Any]] = (),
    continuation_token: str | None = None,
    credentials: Mapping[str, str] = _CREDENTIALS,
    encryption_key: str | None = None,
    pipeline: str = "shop",
    region: str = stamps.REGION,
    account: str = stamps.ACCOUNT,
) -> dict[str, Any]:
    """A job. `parameters` are the action's user parameters: text as it is, another value as JSON, None for none.

    An artifact is its name, or the whole of it as an object. `continuation_token` is what the function gave when it was
    called for the job before, `encryption_key` the ARN of the artifact store's key.
    """
    configuration = {"FunctionName": function}
    if parameters is not None:
        configuration["UserParameters"] = text(parameters)
    artifacts = {"inputArtifacts": input_artifacts, "outputArtifacts": output_artifacts}
    key = {} if encryption_key is None else {"encryptionKey": {"id": encryption_key, "type": "KMS"}}
    token = {} if continuation_token is None else {"continuationToken": continuation_token}
    return {
        "CodePipeline.job": {
            "id": job_id or stamps.uuid(),
            "accountId": account,
            "data": {
                "actionConfiguration": {"configuration": configuration},
                **{
                    kind: [_artifact(one, kind, pipeline, region) for one in _listed(kind, some)]
                    for kind, some in artifacts.items()
                },
                "artifactCredentials": {**_credentials(), **credentials},
                **token,
                **key,
            },
        }
    }


def continued(parameters: Any = _PARAMETERS, **parts: Any) -> dict[str, Any]:
    """A job that the function has asked to be called for again: as `event`."""
    given: dict[str, Any] = {"continuation_token": "stack-417", **parts}
    return event(parameters, **given)


def encrypted(parameters: Any = _PARAMETERS, **parts: Any) -> dict[str, Any]:
    """A job of a pipeline whose artifact store has a customer managed key: as `event`."""
    region, account = parts.get("region", stamps.REGION), parts.get("account", stamps.ACCOUNT)
    given: dict[str, Any] = {
        "encryption_key": f"arn:aws:kms:{region}:{account}:key/{stamps.uuid()}",
        "output_artifacts": ("Report",),
        **parts,
    }
    return event(parameters, **given)


def without_parameters(**parts: Any) -> dict[str, Any]:
    """A job of an action that has no user parameters: as `event`."""
    return event(None, **parts)


def _listed(kind: str, artifacts: Sequence[str | Mapping[str, Any]]) -> Sequence[str | Mapping[str, Any]]:
    if not isinstance(artifacts, list | tuple):
        raise SampleError(f"{kind} is a list of artifacts, not {artifacts!r:.80}")
    return artifacts


def _artifact(artifact: str | Mapping[str, Any], kind: str, pipeline: str, region: str) -> dict[str, Any]:
    """What is to be made has no revision yet; its place in the store is known already."""
    if not isinstance(artifact, str):
        return dict(artifact)
    place = {
        "bucketName": f"codepipeline-{region}-{stamps.number(10)}",
        "objectKey": f"{pipeline}/{artifact}/{stamps.hexadecimal(6)}",
    }
    return {
        "name": artifact,
        "revision": stamps.hexadecimal(40) if kind == "inputArtifacts" else None,
        "location": {"type": "S3", "s3Location": place},
    }


def _credentials() -> dict[str, Any]:
    return {
        "accessKeyId": f"ASIA{stamps.hexadecimal(16).upper()}",
        "secretAccessKey": stamps.token(30),
        "sessionToken": stamps.token(96),
        "expirationTime": stamps.Moment().millis + 3_600_000,
    }
