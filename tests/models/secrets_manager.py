"""What AWS Secrets Manager takes from a rotation function: no exception, and the labels where they belong.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html

The answer is not read. Whatever a function returns may be recorded by others (a test in the console, a destination),
so that here nothing but null is right: a secret has no place in an answer. What counts is what the steps did to
the versions' staging labels, which a `Vault` keeps as the service does.
"""

from __future__ import annotations

from typing import Any

from models import Refused, need


def check(answer: Any, event: Any) -> None:
    """Refuse any answer but null."""
    need(answer is None, "$ is not null, and nobody reads it")


class Vault:
    """One secret's versions and their staging labels, with the two calls that finish a rotation."""

    def __init__(self, versions: dict[str, list[str]], *, rotates: bool = True) -> None:
        self.versions = {version: set(labels) for version, labels in versions.items()}
        self.rotates = rotates
        self.changes = 0

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:
        labelled = {version: sorted(labels) for version, labels in self.versions.items() if labels}
        return {"ARN": SecretId, "RotationEnabled": self.rotates, "VersionIdsToStages": labelled}

    def update_secret_version_stage(
        self,
        *,
        SecretId: str,
        VersionStage: str,
        MoveToVersionId: str | None = None,
        RemoveFromVersionId: str | None = None,
    ) -> dict[str, Any]:
        """A label that is attached elsewhere is moved only by naming where it is; AWSPREVIOUS follows AWSCURRENT."""
        holder = next((v for v, labels in self.versions.items() if VersionStage in labels), None)
        need(holder == RemoveFromVersionId, "RemoveFromVersionId is not the version that has the label")
        need(MoveToVersionId in self.versions, "MoveToVersionId is no version")
        assert MoveToVersionId is not None
        if holder is not None:
            self.versions[holder].discard(VersionStage)
        self.versions[MoveToVersionId].add(VersionStage)
        if VersionStage == "AWSCURRENT" and holder is not None:
            for labels in self.versions.values():
                labels.discard("AWSPREVIOUS")
            self.versions[holder].add("AWSPREVIOUS")
        self.changes += 1
        return {"ARN": SecretId}


def check_finished(vault: Vault, event: Any) -> None:
    """Refuse labels that leave the rotation unfinished or the secret without a current version."""
    token = event["ClientRequestToken"]
    held = {label: [v for v, labels in vault.versions.items() if label in labels] for label in _LABELS}
    need(held["AWSCURRENT"] == [token], "AWSCURRENT is not on the new version alone")
    need(held["AWSPENDING"] in ([], [token]), "AWSPENDING is on another version: the next rotation fails")
    need(len(held["AWSPREVIOUS"]) <= 1, "AWSPREVIOUS is on several versions")


_LABELS = ("AWSCURRENT", "AWSPENDING", "AWSPREVIOUS")

WRONG: list[tuple[Any, Any, str]] = [
    (answer, None, "an answer")
    for answer in (
        {},
        [],
        "",
        "ok",
        True,
        False,
        0,
        {"statusCode": 200},
        {"SecretString": "hunter2"},
        {"password": "hunter2"},
        "hunter2",
        {"Step": "createSecret", "SecretId": "s", "ClientRequestToken": "t"},
    )
]
"""Answers that are refused here, though Secrets Manager would not look at them."""

UNFINISHED: list[tuple[dict[str, list[str]], str]] = [
    ({"old": ["AWSCURRENT"], "new": ["AWSPENDING"]}, "nothing was done"),
    ({"old": [], "new": ["AWSPENDING"]}, "no current version"),
    ({"old": ["AWSCURRENT"], "new": ["AWSCURRENT"]}, "two current versions"),
    ({"old": ["AWSPENDING"], "new": ["AWSCURRENT"]}, "pending was left on another version"),
]
"""Labels at the end of a rotation to the version `new` that are wrong."""

__all__ = ["UNFINISHED", "WRONG", "Refused", "Vault", "check", "check_finished"]
