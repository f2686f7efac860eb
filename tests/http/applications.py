"""One small application in seven ways, for the tests of mounts: each has the same paths and gives the same answers.

`applications()` has them by name. Every one answers, below the place where it is mounted:

    /echo           what it sees of the request, as JSON
    /rest/<path>    the path behind it, as JSON
    /form           the fields of a form, `item` and `tag`, as JSON
    /upload         the name, content type and content (in hexadecimal) of the file in the field `photo`, as JSON
    /raw            the body of the request, as it is
    /binary         every byte there is
    /cookies        two cookies
    /redirect       302 to its own /echo, by whatever the framework makes URLs with
    /teapot         418, as its own error page
    /nothing        204
    /fail           raises a ValueError with the text "canary"
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

from fastapi import FastAPI, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

BINARY = bytes(range(256)) * 4
COOKIES = ("a=1; Path=/; HttpOnly", "b=2; Path=/; Max-Age=60")


def seen(
    method: str, path: str, root: str, query: Any, cookies: Any, agent: Any, client: Any, scheme: Any
) -> dict[str, Any]:
    """What an application tells of a request."""
    return {
        "method": method,
        "path": path,
        "root": root,
        "query": [list(pair) for pair in query],
        "cookies": dict(cookies),
        "agent": agent,
        "client": client,
        "scheme": scheme,
    }


# -- FastAPI and Starlette -------------------------------------------------------------------------------------


def fastapi() -> Any:
    app = FastAPI()

    @app.api_route(
        "/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], include_in_schema=False
    )
    def echo(request: Request) -> Any:
        return _of_starlette(request)

    @app.get("/rest/{rest:path}")
    def rest(rest: str) -> Any:
        return {"rest": rest}

    @app.post("/form")
    def form(item: str = Form(), tag: list[str] = Form()) -> Any:
        return {"item": item, "tag": tag}

    @app.post("/upload")
    async def upload(photo: UploadFile = File()) -> Any:
        content = await photo.read()
        return {"name": photo.filename, "type": photo.content_type, "hex": content.hex()}

    @app.post("/raw")
    async def raw(request: Request) -> Any:
        return Response(await request.body(), media_type="application/octet-stream")

    @app.get("/binary")
    @app.head("/binary", include_in_schema=False)
    def binary() -> Any:
        return Response(BINARY, media_type="application/octet-stream")

    @app.get("/cookies")
    def cookies(response: Response) -> Any:
        for cookie in COOKIES:
            response.headers.append("set-cookie", cookie)
        return "cookies"

    @app.get("/redirect")
    def redirect(request: Request) -> Any:
        return RedirectResponse(request.url_for("echo"), status_code=302)

    @app.get("/teapot")
    def teapot() -> Any:
        raise HTTPException(418, "short and stout")

    @app.get("/nothing", status_code=204)
    def nothing() -> None:
        return None

    @app.get("/fail")
    def fail() -> Any:
        raise ValueError("canary")

    return app


def _of_starlette(request: Any) -> dict[str, Any]:
    scope = request.scope
    return seen(
        request.method,
        scope["path"],
        scope["root_path"],
        request.query_params.multi_items(),
        request.cookies,
        request.headers.get("user-agent"),
        request.client.host if request.client else None,
        request.url.scheme,
    )


def starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route

    async def echo(request: Any) -> Any:
        return JSONResponse(_of_starlette(request))

    async def rest(request: Any) -> Any:
        return JSONResponse({"rest": request.path_params["rest"]})

    async def form(request: Any) -> Any:
        fields = await request.form()
        return JSONResponse({"item": fields["item"], "tag": fields.getlist("tag")})

    async def upload(request: Any) -> Any:
        async with request.form() as fields:
            photo = fields["photo"]
            content = await photo.read()
            return JSONResponse({"name": photo.filename, "type": photo.content_type, "hex": content.hex()})

    async def raw(request: Any) -> Any:
        return Response(await request.body(), media_type="application/octet-stream")

    async def pieces() -> Any:
        for start in range(0, len(BINARY), 100):
            yield BINARY[start : start + 100]

    async def binary(request: Any) -> Any:
        return StreamingResponse(pieces(), media_type="application/octet-stream")

    async def cookies(request: Any) -> Any:
        response = JSONResponse("cookies")
        for cookie in COOKIES:
            response.headers.append("set-cookie", cookie)
        return response

    def redirect(request: Any) -> Any:
        return RedirectResponse(request.url_for("echo"), status_code=302)

    def teapot(request: Any) -> Any:
        raise HTTPException(418, "short and stout")

    def nothing(request: Any) -> Any:
        return Response(status_code=204)

    def fail(request: Any) -> Any:
        raise ValueError("canary")

    every = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(
        routes=[
            Route("/echo", echo, methods=every),
            Route("/rest/{rest:path}", rest),
            Route("/form", form, methods=["POST"]),
            Route("/upload", upload, methods=["POST"]),
            Route("/raw", raw, methods=["POST"]),
            *(Route(f"/{f.__name__}", f) for f in (binary, cookies, redirect, teapot, nothing, fail)),
        ]
    )


# -- Django ----------------------------------------------------------------------------------------------------


@cache
def _django() -> None:
    import django
    from django.conf import settings

    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=f"{__name__}.Urls",
        SECRET_KEY="not a secret",
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        LOGGING_CONFIG=None,
    )
    django.setup()
    import sys
    from types import ModuleType

    from django.urls import path

    urls: Any = ModuleType(f"{__name__}.Urls")
    sys.modules[f"{__name__}.Urls"] = urls
    urls.urlpatterns = [
        path("rest/<path:rest>", _DjangoViews.rest),
        *(
            path(name, getattr(_DjangoViews, name), name=name)
            for name in (
                "echo form upload raw binary cookies redirect teapot nothing fail".split()  # noqa: SIM905
            )
        ),
    ]


class _DjangoViews:
    @staticmethod
    def echo(request: Any) -> Any:
        from django.http import JsonResponse

        pairs = [(name, value) for name in request.GET for value in request.GET.getlist(name)]
        meta = request.META
        return JsonResponse(
            seen(
                request.method,
                request.path,
                meta["SCRIPT_NAME"].encode("latin-1", "ignore").decode(),
                pairs,
                request.COOKIES,
                meta.get("HTTP_USER_AGENT"),
                meta.get("REMOTE_ADDR"),
                request.scheme,
            )
        )

    @staticmethod
    def rest(request: Any, rest: str) -> Any:
        from django.http import JsonResponse

        return JsonResponse({"rest": rest})

    @staticmethod
    def form(request: Any) -> Any:
        from django.http import JsonResponse

        return JsonResponse({"item": request.POST["item"], "tag": request.POST.getlist("tag")})

    @staticmethod
    def upload(request: Any) -> Any:
        from django.http import JsonResponse

        photo = request.FILES["photo"]
        return JsonResponse({"name": photo.name, "type": photo.content_type, "hex": photo.read().hex()})

    @staticmethod
    def raw(request: Any) -> Any:
        from django.http import HttpResponse

        return HttpResponse(request.body, content_type="application/octet-stream")

    @staticmethod
    def binary(request: Any) -> Any:
        from django.http import HttpResponse

        return HttpResponse(BINARY, content_type="application/octet-stream")

    @staticmethod
    def cookies(request: Any) -> Any:
        from django.http import JsonResponse

        response = JsonResponse("cookies", safe=False)
        response.set_cookie("a", "1", httponly=True)
        response.set_cookie("b", "2", max_age=60)
        return response

    @staticmethod
    def redirect(request: Any) -> Any:
        from django.http import HttpResponseRedirect
        from django.urls import reverse

        return HttpResponseRedirect(request.build_absolute_uri(reverse("echo")))

    @staticmethod
    def teapot(request: Any) -> Any:
        from django.http import HttpResponse

        return HttpResponse("short and stout", status=418)

    @staticmethod
    def nothing(request: Any) -> Any:
        from django.http import HttpResponse

        return HttpResponse(status=204)

    @staticmethod
    def fail(request: Any) -> Any:
        raise ValueError("canary")


def django_asgi() -> Any:
    _django()
    from django.core.asgi import get_asgi_application

    return get_asgi_application()


def django_wsgi() -> Any:
    _django()
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


# -- Flask -----------------------------------------------------------------------------------------------------


def flask() -> Any:
    from flask import Flask, abort, request, url_for
    from flask import Response as Answered
    from flask import redirect as redirected

    app = Flask("applications")

    @app.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def echo() -> Any:
        environ = request.environ
        return seen(
            request.method,
            request.root_path + request.path,
            request.root_path,
            request.args.items(multi=True),
            request.cookies,
            request.headers.get("User-Agent"),
            environ["REMOTE_ADDR"],
            request.scheme,
        )

    @app.get("/rest/<path:rest>")
    def rest(rest: str) -> Any:
        return {"rest": rest}

    @app.post("/form")
    def form() -> Any:
        return {"item": request.form["item"], "tag": request.form.getlist("tag")}

    @app.post("/upload")
    def upload() -> Any:
        photo = request.files["photo"]
        return {"name": photo.filename, "type": photo.content_type, "hex": photo.read().hex()}

    @app.post("/raw")
    def raw() -> Any:
        return Answered(request.get_data(), content_type="application/octet-stream")

    @app.get("/binary")
    def binary() -> Any:
        def pieces() -> Any:
            for start in range(0, len(BINARY), 100):
                yield BINARY[start : start + 100]

        return Answered(pieces(), content_type="application/octet-stream")

    @app.get("/cookies")
    def cookies() -> Any:
        response = Answered('"cookies"', content_type="application/json")
        response.set_cookie("a", "1", httponly=True)
        response.set_cookie("b", "2", max_age=60)
        return response

    @app.get("/redirect")
    def redirect() -> Any:
        return redirected(url_for("echo", _external=True))

    @app.get("/teapot")
    def teapot() -> Any:
        abort(418, "short and stout")

    @app.get("/nothing")
    def nothing() -> Any:
        return "", 204

    @app.get("/fail")
    def fail() -> Any:
        raise ValueError("canary")

    return app


# -- without a framework ---------------------------------------------------------------------------------------

Answer = tuple[int, list[tuple[str, str]], list[bytes]]


class Plain:
    """The application on its own feet; the two interfaces below put a request into these terms."""

    def __init__(
        self, method: str, root: str, path: str, query: str, headers: dict[str, str], body: bytes
    ) -> None:
        self.method = method
        self.root = root
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.client: str | None = None
        self.scheme = ""

    def answer(self) -> Answer:
        """Status, headers and the pieces of the body."""
        _, _, rest = self.path.partition("/rest/")
        if rest:
            return self.json({"rest": rest})
        found: Callable[[], Answer] = getattr(self, f"on_{self.path.removeprefix('/')}", self.missing)
        return found()

    def json(self, document: Any, *more: tuple[str, str]) -> Answer:
        return 200, [("content-type", "application/json"), *more], [json.dumps(document).encode()]

    def missing(self) -> Answer:
        return 404, [("content-type", "text/plain")], [b"no such page"]

    def on_echo(self) -> Answer:
        pairs = (c.strip().split("=", 1) for c in self.headers.get("cookie", "").split(";") if c)
        cookies = dict(pairs)
        told = seen(
            self.method,
            self.root + self.path,
            self.root,
            parse_qsl(self.query, keep_blank_values=True),
            cookies,
            self.headers.get("user-agent"),
            self.client,
            self.scheme,
        )
        return self.json(told)

    def on_form(self) -> Answer:
        fields = parse_qs(self.body.decode())
        return self.json({"item": fields["item"][0], "tag": fields["tag"]})

    def on_upload(self) -> Answer:
        boundary = self.headers["content-type"].partition("boundary=")[2].encode()
        part = self.body.split(b"--" + boundary)[1].removeprefix(b"\r\n").removesuffix(b"\r\n")
        head, _, content = part.partition(b"\r\n\r\n")
        named = head.decode().partition('filename="')[2].partition('"')[0]
        kind = head.decode().lower().partition("content-type: ")[2].partition("\r\n")[0]
        return self.json({"name": named, "type": kind, "hex": content.hex()})

    def on_raw(self) -> Answer:
        return 200, [("Content-Type", "application/octet-stream")], [self.body]

    def on_binary(self) -> Answer:
        return 200, [("Content-Type", "application/octet-stream")], [BINARY[:300], b"", BINARY[300:]]

    def on_cookies(self) -> Answer:
        return self.json("cookies", *(("set-cookie", cookie) for cookie in COOKIES))

    def on_redirect(self) -> Answer:
        host = self.headers["host"]
        return 302, [("location", f"{self.scheme}://{host}{self.root}/echo")], []

    def on_teapot(self) -> Answer:
        return 418, [("content-type", "text/plain")], [b"short and stout"]

    def on_nothing(self) -> Answer:
        return 204, [], []

    def on_fail(self) -> Answer:
        raise ValueError("canary")


async def raw_asgi(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "http"
    message = await receive()
    assert not message["more_body"]
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    assert scope["path"].startswith(scope["root_path"])
    path = scope["path"][len(scope["root_path"]) :]
    query = scope["query_string"].decode()
    request = Plain(scope["method"], scope["root_path"], path, query, headers, message["body"])
    request.client, request.scheme = scope["client"] and scope["client"][0], scope["scheme"]
    assert unquote(scope["raw_path"].decode("ascii")) == scope["path"]
    status, rows, pieces = request.answer()
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in rows]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})
    assert (await receive())["type"] == "http.disconnect"


def raw_wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    headers = {
        name.removeprefix("HTTP_").lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith(("HTTP_", "CONTENT_"))
    }

    def text(name: str) -> str:
        said: str = environ[name]
        return said.encode("latin-1").decode()

    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    request = Plain(
        environ["REQUEST_METHOD"],
        text("SCRIPT_NAME"),
        text("PATH_INFO"),
        environ["QUERY_STRING"],
        headers,
        body,
    )
    request.client, request.scheme = environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]
    status, rows, pieces = request.answer()
    start_response(f"{status} Status", rows)
    return pieces


APPLICATIONS: dict[str, Callable[[], Any]] = {
    "fastapi": fastapi,
    "starlette": starlette,
    "django_asgi": django_asgi,
    "django_wsgi": django_wsgi,
    "flask": flask,
    "raw_asgi": lambda: raw_asgi,
    "raw_wsgi": lambda: raw_wsgi,
}
"""What makes each, by name."""
