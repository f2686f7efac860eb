"""The page that shows an app's OpenAPI document: Swagger UI in one file, which asks nobody but the app for anything.

Swagger UI travels in the package aws-lambda-powertools, which this project depends on; its files are read from there
when the page is first asked for.
"""

from __future__ import annotations

from ..errors import ConfigurationError, HTTPError, MissingDependencyError
from ..results import dumps
from .encoding import NOT_REST, accepts
from .openapi import check
from .request import Request
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation
    from .openapi import About

SCRIPT, STYLE = "swagger-ui-bundle.min.js", "swagger-ui.min.css"

ALB_LIMIT = 1_000_000
"""The page is larger than a load balancer takes, unless it is compressed:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<div id="swagger-ui"></div>
<script>{script}</script>
<script>{start}</script>
</body>
</html>
"""

# With a slash at its end the page is the same, and the document one level further up.
START = """
"use strict";
const from = location.pathname.endsWith("/") ? "../" : "";
SwaggerUIBundle({{
  url: new URL(from + {document}, location.origin + location.pathname).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
}});
"""


class Docs:
    """The two routes of `app.docs`: the page at `path`, and at `openapi_path` the document that it shows."""

    def __init__(
        self,
        app: Any,
        path: str,
        *,
        openapi_path: str,
        middleware: Sequence[Callable[..., Any]],
        about: About,
    ) -> None:
        check(about, "docs")
        for given in (path, openapi_path):
            if not isinstance(given, str) or not given.startswith("/") or "{" in given:
                raise ConfigurationError(
                    f'docs takes paths without parameters such as "/docs", not {given!r}'
                )
        self.directory = _directory()
        self.about = about
        self._to_document = _relative(openapi_path, to=path)
        self._documents: dict[tuple[Any, str], Packed] = {}
        self._shown: Packed | None = None
        options: Any = {"middleware": middleware, "include_in_schema": False}
        app.get(openapi_path, name="openapi document", **options)(self.document)
        app.get(path, name="openapi page", **options)(self.page)

    def document(self, request: Request, invocation: Invocation) -> Response:
        """The document of the app that answers, with servers relative to where it is served."""
        # These routes may be in several apps, and behind several prefixes.
        place = (invocation.app, _root(invocation))
        if place not in self._documents:
            about: Any = {**self.about, "servers": self.about.get("servers") or [place[1]]}
            text = dumps(invocation.app.openapi(**about))
            self._documents[place] = Packed(text, {"content-type": "application/json"})
        return self._documents[place].response(request)

    def page(self, request: Request) -> Response:
        """The page."""
        if self._shown is None:
            self._shown = self._page()
        return self._shown.response(request)

    def _page(self) -> Packed:
        from html import escape

        script, style = (_read(self.directory, name) for name in (SCRIPT, STYLE))
        script = _inside("script", script)
        start = START.format(document=_literal(self._to_document))
        text = PAGE.format(
            title=escape(self.about.get("title") or "API"),
            style=_inside("style", style),
            script=script,
            start=start,
        )
        return Packed(
            text,
            {
                "content-type": "text/html; charset=utf-8",
                "content-security-policy": _policy(script, start, servers=self.about.get("servers") or ()),
                "referrer-policy": "no-referrer",
                "x-content-type-options": "nosniff",
            },
        )


class Packed:
    """A text as it is sent: compressed for clients that take gzip."""

    def __init__(self, text: str, headers: dict[str, str]) -> None:
        import gzip

        self.text = text
        self.size = len(text.encode())
        self.small = gzip.compress(text.encode(), 9, mtime=0)
        self.headers = {**headers, "cache-control": "no-cache", "vary": "accept-encoding"}

    def response(self, request: Request) -> Response:
        """The response to a request.

        A REST API decodes base64 only for the binary media types that it is configured with, so nothing is compressed
        there: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html.
        """
        if request.source in NOT_REST and accepts(request.headers.get("accept-encoding", "")):
            return Response(self.small, headers={**self.headers, "content-encoding": "gzip"})
        if request.source == "alb" and self.size > ALB_LIMIT:
            raise HTTPError(406, "this page is too large for a load balancer, unless the client accepts gzip")
        return Response(self.text, headers=self.headers)


def _directory() -> str:
    """Where Swagger UI's files are, found without an import of Powertools; MissingDependencyError without them."""
    import os
    from importlib.util import find_spec

    found = find_spec("aws_lambda_powertools")
    for place in (found and found.submodule_search_locations) or ():
        directory = os.path.join(place, "event_handler", "openapi", "swagger_ui")
        if all(os.path.isfile(os.path.join(directory, name)) for name in (SCRIPT, STYLE)):
            return directory
    raise MissingDependencyError(
        "app.docs shows Swagger UI out of aws-lambda-powertools, which is not here or has no such files: "
        "pip install aws-lambda-powertools"
    )


def _read(directory: str, name: str) -> str:
    with open(f"{directory}/{name}", encoding="utf-8") as file:
        return file.read().partition("/*# sourceMappingURL=")[0]


def _inside(element: str, text: str) -> str:
    """A text that may stand inside an element: nothing in it ends the element or begins a comment of HTML.

    In both languages a backslash and the character's number stand for it, in strings and regular expressions.
    """
    less = "\\3c " if element == "style" else "\\x3c"
    for opening in (f"</{element}", "<!--"):
        text = text.replace(opening, less + opening[1:])
    return text


def _literal(text: str) -> str:
    return dumps(text).replace("<", "\\u003c")


def _policy(*scripts: str, servers: Sequence[Any]) -> str:
    """A content security policy under which these scripts run and nothing is loaded from anywhere.

    Requests may go to the app, and to the servers that the document names.
    """
    from base64 import b64encode
    from hashlib import sha256

    hashes = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    connect = ["'self'", *_origins(servers)]
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(hashes)}",
            "style-src 'unsafe-inline'",
            "img-src 'self' data:",
            f"connect-src {' '.join(connect)}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _origins(servers: Sequence[Any]) -> list[str]:
    """The origins of servers with an address of their own, as a policy can name them."""
    from urllib.parse import urlsplit

    found: dict[str, None] = {}
    for server in servers:
        url = urlsplit(server if isinstance(server, str) else str(server.get("url", "")))
        origin = f"{url.scheme}://{url.netloc}"
        if url.scheme in ("http", "https") and url.netloc and not set(origin) & set(" ;,'\"{}"):
            found[origin] = None
    return list(found)


def _root(invocation: Invocation) -> str:
    """The app's root as a reference that is relative to the route's path, which a prefix may have made longer."""
    path: str = invocation.route.written("path") if invocation.route is not None else "/"
    return "../" * (path.count("/") - 1) or "./"


def _relative(path: str, *, to: str) -> str:
    """The path as a reference that is relative to another, so that it holds under any stage or base path."""
    from posixpath import relpath

    return relpath(path, to.rstrip("/").rpartition("/")[0] or "/")
