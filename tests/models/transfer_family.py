"""What AWS Transfer Family takes for a user from a Lambda function that is its identity provider.

https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html

An empty object is a denial. A user has a role; with logical directories also their details, which are an array as JSON text,
as the policy is JSON text. Who came without a password is known by public keys, and who came with one has none.
"""

from __future__ import annotations

import json
from typing import Any

from models import Refused, need

FIELDS = {
    *("Role", "HomeDirectoryType", "HomeDirectory", "HomeDirectoryDetails"),
    *("Policy", "PublicKeys", "PosixProfile"),
}


def check(answer: Any, event: Any) -> None:
    """Refuse what is no user and no denial."""
    need(isinstance(answer, dict), "$ is no object")
    if answer == {}:
        return
    need(answer.keys() <= FIELDS, f"$ has unknown fields {sorted(map(str, answer.keys() - FIELDS))}")
    role = answer.get("Role")
    need(isinstance(role, str) and role.startswith("arn:"), "$.Role is no ARN")
    kind = answer.get("HomeDirectoryType")
    need(kind in (None, "PATH", "LOGICAL"), "$.HomeDirectoryType is not taken")
    home = answer.get("HomeDirectory")
    need(home is None or (isinstance(home, str) and home.startswith("/")), "$.HomeDirectory is no path")
    details = answer.get("HomeDirectoryDetails")
    need((details is not None) is (kind == "LOGICAL"), "$.HomeDirectoryDetails go with LOGICAL")
    if details is not None:
        _mappings(_json(details, "$.HomeDirectoryDetails"))
    policy = answer.get("Policy")
    if policy is not None:
        need(isinstance(_json(policy, "$.Policy"), dict), "$.Policy is no policy")
    keys = answer.get("PublicKeys")
    if event.get("password"):
        need(keys is None, "$.PublicKeys are there beside a password")
    else:
        need(
            isinstance(keys, list) and keys and all(isinstance(key, str) and key for key in keys),
            "$.PublicKeys are missing",
        )
    _posix(answer.get("PosixProfile"))
    json.dumps(answer, allow_nan=False).encode()


def _json(value: Any, at: str) -> Any:
    need(isinstance(value, str), f"{at} is no text")
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(f"{at} is no JSON") from None


def _mappings(found: Any) -> None:
    need(isinstance(found, list) and found, "$.HomeDirectoryDetails is no array of mappings")
    for one in found:
        need(isinstance(one, dict) and {"Entry", "Target"} <= one.keys(), "$.HomeDirectoryDetails")
        need(
            all(isinstance(one[key], str) and one[key].startswith("/") for key in ("Entry", "Target")),
            "$.HomeDirectoryDetails has what is no path",
        )


def _posix(profile: Any) -> None:
    if profile is None:
        return
    need(isinstance(profile, dict), "$.PosixProfile is no object")
    need({"Uid", "Gid"} <= profile.keys() <= {"Uid", "Gid", "SecondaryGids"}, "$.PosixProfile")
    others = profile.get("SecondaryGids")
    need(others is None or isinstance(others, list), "$.PosixProfile.SecondaryGids is no array")
    for number in (profile["Uid"], profile["Gid"], *(others or [])):
        need(type(number) is int and number >= 0, "$.PosixProfile has what is no id")


KEYED: dict[str, Any] = {
    "username": "ada",
    "protocol": "SFTP",
    "serverId": "s-0123456789abcdef0",
    "sourceIp": "203.0.113.7",
}
PASSWORD: dict[str, Any] = {**KEYED, "password": "secret"}
ROLE = "arn:aws:iam::123456789012:role/transfer"
DETAILS = '[{"Entry": "/", "Target": "/uploads/ada"}]'


def _user(why: str, *, sent: Any = None, without: str = "", **fields: Any) -> tuple[Any, Any, str]:
    given = {"Role": ROLE, "HomeDirectoryType": "PATH", "HomeDirectory": "/uploads/ada", **fields}
    return {key: value for key, value in given.items() if key != without}, sent or PASSWORD, why


RIGHT: list[tuple[Any, Any]] = [
    ({}, PASSWORD),
    ({}, KEYED),
    (_user("")[0], PASSWORD),
    (_user("", PublicKeys=["ssh-ed25519 AAAA"])[0], KEYED),
    (
        {"Role": ROLE, "HomeDirectoryType": "LOGICAL", "HomeDirectoryDetails": DETAILS, "Policy": "{}"},
        PASSWORD,
    ),
    (_user("", PosixProfile={"Uid": 7, "Gid": 8, "SecondaryGids": [9]})[0], PASSWORD),
]
WRONG: list[tuple[Any, Any, str]] = [
    (None, PASSWORD, "null"),
    (True, PASSWORD, "a flag"),
    ([], PASSWORD, "an array"),
    ("ada", PASSWORD, "a name"),
    _user("no role", without="Role"),
    _user("a role that is no ARN", Role="transfer"),
    _user("an unknown type of directory", HomeDirectoryType="VIRTUAL"),
    _user("a directory that is no path", HomeDirectory="uploads/ada"),
    _user("logical without details", HomeDirectoryType="LOGICAL"),
    _user("details of a path", HomeDirectoryDetails=DETAILS),
    _user(
        "details that are no text",
        HomeDirectoryType="LOGICAL",
        HomeDirectoryDetails=[{"Entry": "/", "Target": "/uploads/ada"}],
    ),
    _user("details that are no JSON", HomeDirectoryType="LOGICAL", HomeDirectoryDetails="/"),
    _user("details of nothing", HomeDirectoryType="LOGICAL", HomeDirectoryDetails="[]"),
    _user("details without a target", HomeDirectoryType="LOGICAL", HomeDirectoryDetails='[{"Entry": "/"}]'),
    _user("a policy that is no text", Policy={"Version": "2012-10-17"}),
    _user("a policy that is no JSON", Policy="none"),
    _user("keys beside a password", PublicKeys=["ssh-ed25519 AAAA"]),
    _user("no keys beside a password, but an array of them", PublicKeys=[]),
    _user("no keys and no password", sent=KEYED),
    _user("an empty array of keys and no password", sent=KEYED, PublicKeys=[]),
    _user("one key that is no array", sent=KEYED, PublicKeys="ssh-ed25519 AAAA"),
    _user("a profile without a group", PosixProfile={"Uid": 7}),
    _user("a profile of texts", PosixProfile={"Uid": "7", "Gid": "8"}),
    _user("an unknown field", Permissions="all"),
]
"""Answers that are neither a user nor a denial, each with the event and what is wrong with it."""

__all__ = ["KEYED", "PASSWORD", "RIGHT", "WRONG", "Refused", "check"]
