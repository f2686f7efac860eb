"""HTTP methods on a client: a request as events of any of the sources that send requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

from lambda_router.results import dumps

from . import events
from .forms import Files, multipart, urlencoded
from .results import HttpResult
from .samples.http import Content, Cookies, Pairs

if TYPE_CHECKING:
    from .client import Client
    from .offered import Requests  # pyright: ignore[reportMissingModuleSource]

__all__ = ["Verb"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 20


class Verb:
    """One HTTP method on a client."""

    def __init__(self, method: str, client: Client | None = None) -> None:
        self.method = method
        self.client = client

    def __get__(self, client: Client | None, owner: type) -> Requests:
        return cast("Requests", Verb(self.method, client))

    def __call__(
        self,
        path: str,
        *,
        source: str = "api_gateway_http",
        json: Any = None,
        data: str | bytes | Mapping[str, Any] | None = None,
        files: Files | None = None,
        body: Any = None,
        headers: Pairs = (),
        query: Pairs = (),
        params: Pairs = (),
        cookies: Cookies = (),
        follow_redirects: bool | None = None,
        **parts: Any,
    ) -> HttpResult:
        """Send a request through a source, one of `event`'s names; `parts` are that event's other parts.

        `json` is sent as JSON, `data` as it is, a mapping as the fields of a form, together with `files` as
        multipart; `body` is the event's own part: text or bytes as they are, anything else as JSON. `params`
        is another name of `query`. Redirects within the app's host are followed where `follow_redirects`, or
        the client's own setting, says so.
        """
        if self.client is None:
            raise TypeError(
                f"{self.method} requests are sent by a client: Client(app).{self.method.lower()}({path!r})"
            )
        given = {
            **parts,
            "method": self.method,
            "path": path,
            "headers": headers,
            "query": _one(query, params),
            "cookies": cookies,
            "body": _body(json, data, files) if body is None else _alone(body, json, data, files),
        }
        result = self.client.deliver(events.make(source, **given), HttpResult)
        follow = self.client.follow_redirects if follow_redirects is None else follow_redirects
        return _followed(self.client, source, given, result) if follow else result


def _followed(client: Client, source: str, given: dict[str, Any], result: HttpResult) -> HttpResult:
    """The answer at the end of all redirects, as a browser would get it."""
    history: list[HttpResult] = []
    while (path := _target(given, result)) is not None:
        if len(history) == _MOST_REDIRECTS:
            raise ValueError(f"more than {_MOST_REDIRECTS} redirects, the last one to {path}")
        given = _redirected(given, result, path)
        history.append(result)
        result = client.deliver(events.make(source, **given), HttpResult)
        result.history = list(history)
    return result


def _target(given: Mapping[str, Any], result: HttpResult) -> str | None:
    """The path, with its query, to which an answer sends its caller; None where it is none of the same host."""
    if result.error is not None or result.status not in _REDIRECTS or "location" not in result.headers:
        return None
    before = str(given["path"])
    found = urlsplit(urljoin(before, result.headers["location"]))
    if found.netloc and found.netloc not in _hosts(result.event):
        return None
    return f"{found.path or '/'}?{found.query}" if found.query else found.path or "/"


def _hosts(event: Any) -> list[Any]:
    """The host that the request was for, wherever the event has it."""
    rows = [*(event.get("headers") or {}).items(), *(event.get("multiValueHeaders") or {}).items()]
    found = [value for name, value in rows if name.lower() == "host"]
    return [one for value in found for one in (value if isinstance(value, list) else [value])]


def _redirected(given: Mapping[str, Any], result: HttpResult, path: str) -> dict[str, Any]:
    """The next request: a GET without a body, unless the status keeps the method; with the cookies of the answer.

    https://fetch.spec.whatwg.org/#http-redirect-fetch
    """
    cookies = given["cookies"]
    sent = [f"{n}={v}" for n, v in cookies.items()] if isinstance(cookies, Mapping) else list(cookies)
    kept = {cookie.partition("=")[0]: cookie for cookie in sent}
    kept |= {name: f"{name}={value}" for name, value in result.cookies.items()}
    moved = {**given, "path": path, "query": (), "cookies": list(kept.values())}
    status, method = result.status, given["method"]
    if (status == 303 and method not in ("GET", "HEAD")) or (status in (301, 302) and method == "POST"):
        moved |= {"method": "GET", "body": None}
    return moved


def _one(query: Pairs, params: Pairs) -> Pairs:
    if query and params:
        raise ValueError("query and params are two names of one thing: give one of them")
    return query or params


def _alone(body: Any, *others: Any) -> Any:
    if any(other is not None for other in others):
        raise ValueError("a request has one body: json, data with files, or body")
    return body


def _body(json: Any, data: str | bytes | Mapping[str, Any] | None, files: Files | None) -> Any:
    if json is not None and not (data is None and files is None):
        raise ValueError("a request has one body: json or data, not both")
    if json is not None:
        return Content(dumps(json), "application/json")
    if files is not None:
        if not (data is None or isinstance(data, Mapping)):
            raise ValueError("beside files, data is a mapping of the form's other fields")
        return multipart(data or {}, files)
    return urlencoded(data) if isinstance(data, Mapping) else data
