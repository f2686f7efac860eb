"""AWS Transfer Family: the identity provider of SFTP, FTPS and FTP servers.

Invoked by
    Transfer Family, synchronously, each time that somebody logs in.
Answer
    The user: a role, where the home directory is, and for who came without a password the public keys that are known.
    An empty object is a denial.
An exception
    Lets nobody in. `Drop`, `Reject`, `HTTPError` from 400 to 499 and what does not validate are denials; anything else
    is raised with a general text, because an exception's own may hold the password.
See
    https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
"""

from __future__ import annotations

import json

from .. import criteria
from ..contract import form, listed, one_of, text, whole, wrong
from ..errors import HTTPError, PayloadError, ResultError
from ..outcomes import Drop, Reject
from ..results import dumps, plain
from ..source import EventSource, RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..contract import Check
    from ..invocation import Invocation

_username = field("username")
_server = field("serverId")
_protocol = field("protocol")
_PROTOCOLS = frozenset({"SFTP", "FTPS", "FTP"})


def _password(event: Any) -> str | None:
    """None for who shows a key, for whom some servers send an empty text."""
    found = event.get("password")
    return found if isinstance(found, str) and found else None


class TransferFamily(EventSource):
    """The identity provider of AWS Transfer Family's servers.

    `@app.transfer_family()` says who may log in. `server` is a server's id, `protocol` one of SFTP, FTPS and FTP,
    `user` the name that is given; each a text, a glob or a list.
    """

    name = "transfer_family"
    marks = ("serverId",)
    shows_errors = True
    parts = {
        "username": _username,
        "password": _password,
        "protocol": _protocol,
        "source_ip": field("sourceIp"),
        "server_id": _server,
    }

    def __call__(
        self,
        *,
        server: str | Sequence[str] | None = None,
        protocol: str | Sequence[str] | None = None,
        user: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a login."""
        return self.route(
            criteria.glob("server", _server, server),
            criteria.glob("protocol", _protocol, protocol),
            criteria.glob("user", _username, user, public=False),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """Who logs in to which server, over which protocol and from where."""
        return (
            isinstance(event, dict)
            and isinstance(_username(event), str)
            and isinstance(server := _server(event), str)
            and server.startswith("s-")
            and isinstance(protocol := _protocol(event), str)
            and protocol in _PROTOCOLS
            and "sourceIp" in event
        )

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """The user as Transfer Family takes it: None and False deny, a dict lets in."""
        if result is None or result is False:
            return {}
        if not isinstance(result, dict):
            raise ResultError(
                "an identity provider returns the user as a dict, or None to deny, "
                f"not {type(result).__name__}"
            )
        answer = {key: _written(key, value) for key, value in plain(result).items() if value is not None}
        if answer:
            _USER(answer, "$")
            _check_home(answer)
            _check_keys(answer, _password(invocation.event))
        return plain(answer)

    def fail(self, exc: BaseException, invocation: Invocation) -> Any:
        """A denial where the exception says that who logs in is at fault; else it is raised."""
        return {} if _is_denial(exc) else super().fail(exc, invocation)


def _is_denial(exc: Any) -> bool:
    kind = type(exc)  # isinstance would ask the exception for its __class__
    if issubclass(kind, HTTPError):
        return bool(400 <= exc.status < 500)
    return issubclass(kind, (Drop, Reject, PayloadError))


# -- documents -------------------------------------------------------------------------------------------------


def _written(key: str, value: Any) -> Any:
    """What Transfer Family wants as JSON text; a handler may return the value."""
    of_text = key == "HomeDirectoryDetails" or key == "Policy"
    return dumps(value) if of_text and isinstance(value, dict | list) else value


def _arn(value: Any, path: str) -> None:
    text()(value, path)
    if not value.startswith("arn:"):
        raise wrong(path, "is no ARN")


def _directory(value: Any, path: str) -> None:
    text()(value, path)
    if not value.startswith("/"):
        raise wrong(path, "does not begin with a slash")


def _of_json(check: Check) -> Check:
    """JSON text of what the check accepts."""

    def check_text(value: Any, path: str) -> None:
        text()(value, path)
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            raise wrong(path, "is not JSON") from None
        check(found, path)

    return check_text


_ID = whole(0, 4_294_967_295)
_USER = form(
    {"Role": _arn},
    {
        "HomeDirectoryType": one_of("PATH", "LOGICAL"),
        "HomeDirectory": _directory,
        "HomeDirectoryDetails": _of_json(
            listed(form({"Entry": _directory, "Target": _directory}), needed=True)
        ),
        "Policy": _of_json(form({})),
        "PublicKeys": listed(text()),
        "PosixProfile": form({"Uid": _ID, "Gid": _ID}, {"SecondaryGids": listed(_ID)}, closed=True),
    },
    closed=True,
)


def _check_home(answer: dict[str, Any]) -> None:
    logical = answer.get("HomeDirectoryType") == "LOGICAL"
    if logical and "HomeDirectoryDetails" not in answer:
        raise wrong("$.HomeDirectoryDetails", "is missing, which LOGICAL needs")
    if not logical and "HomeDirectoryDetails" in answer:
        raise wrong("$.HomeDirectoryDetails", "is for the HomeDirectoryType LOGICAL")


def _check_keys(answer: dict[str, Any], password: str | None) -> None:
    """Keys take the place of a password. Beside one they are a mistake: it may not have been looked at."""
    if password is not None and "PublicKeys" in answer:
        raise wrong("$.PublicKeys", "is there beside a password: leave it out, once the password is proven")
    if password is None and not answer.get("PublicKeys"):
        raise wrong("$.PublicKeys", "is missing: who has shown no password is known by a key")
