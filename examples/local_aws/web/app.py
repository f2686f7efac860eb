"""A web application for four callers at once: routes, a Flask and a FastAPI application beside them.

tests/e2e/test_web.py deploys it behind a REST API, an HTTP API, a function URL and a load balancer, and asks each of them
the same with a real HTTP client.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any, Literal

import fastapi
import flask
from pydantic import BaseModel, Field

from lambda_router import (
    Cookie,
    Cors,
    Form,
    HTTPError,
    Request,
    Response,
    Router,
    UploadFile,
    compress,
    conditional,
)

CALLERS = ("api_gateway_rest", "api_gateway_http", "function_url", "alb")
EVERY_BYTE = bytes(range(256))

app = Router(
    cors=Cors("https://shop.example.com", allow_credentials=True, expose_headers=["x-page"], max_age=600)
)
# The REST API lists */* among its binary media types, so that it hands on what is compressed.
app.use(compress(sources=CALLERS))
app.use(conditional())


# -- what comes in ------------------------------------------------------------------------------------------


class Order(BaseModel):
    id: int
    item: str
    due: date | None = None


@app.post("/orders", status=201)
def create(order: Order) -> Order:
    return order


@app.get("/orders/{order_id:int}")
def read(order_id: int) -> Order:
    if order_id != 7:
        raise HTTPError(404, "no such order", headers={"x-hint": "7"})
    return Order(id=7, item="café ☕", due=date(2030, 1, 31))


@app.put("/orders/{order_id:int}")
def break_down(order_id: int) -> None:
    raise RuntimeError("the password is swordfish")


@app.delete("/orders/{order_id:int}")
def delete(order_id: int) -> None:
    return None


@app.get("/search")
def search(
    q: str,
    tag: list[str] | None = None,
    sort: Literal["newest", "oldest"] = "newest",
    size: Annotated[int, Field(le=100)] = 10,
) -> dict[str, Any]:
    return {"q": q, "tag": tag, "sort": sort, "size": size}


@app.get("/names/{name}")
def name(name: str) -> dict[str, str]:
    return {"name": name}


@app.get("/files/{path:path}")
def file(path: str) -> dict[str, str]:
    return {"path": path}


@app.get("/request")
def about(request: Request) -> dict[str, Any]:
    return {
        "method": request.method,
        "path": request.path,
        "source": request.source,
        "x-who": request.headers.get("x-who"),
        "cookies": request.cookies,
    }


@app.post("/form")
def form(user: Annotated[str, Form()], topping: Annotated[list[str], Form()]) -> dict[str, Any]:
    return {"user": user, "topping": topping}


@app.post("/photos")
def upload(title: Annotated[str, Form()], photo: list[UploadFile]) -> dict[str, Any]:
    return {
        "title": title,
        "photos": [
            [one.filename, one.content_type, len(one.content), hashlib.sha256(one.content).hexdigest()]
            for one in photo
        ],
    }


@app.post("/bytes")
def echo(body: bytes) -> bytes:
    return body


# -- what goes out ------------------------------------------------------------------------------------------


@app.get("/bytes")
def every_byte() -> Response:
    return Response(EVERY_BYTE * 64, content_type="image/png", headers={"content-disposition": "inline"})


@app.get("/login")
def login() -> Response:
    response = Response("welcome", headers={"x-page": "1"})
    response.set_cookie("session", "s-1", max_age=3600, secure=False)
    response.set_cookie("theme", "dark", secure=False, http_only=False)
    response.set_cookie("lang", "uk", path="/names", secure=False)
    return response


@app.get("/me")
def me(session: Annotated[str, Cookie()], theme: Annotated[str, Cookie()]) -> list[str]:
    return [session, theme]


@app.get("/old/{name}")
def moved(name: str) -> Response:
    return Response.redirect(f"../names/{name}?from=old", 308)


@app.get("/report")
def report() -> str:
    return "Звіт, довгий. " * 400


# -- what is mounted ----------------------------------------------------------------------------------------


admin = flask.Flask("admin")
shop = fastapi.FastAPI()


@admin.post("/upload")
def admin_upload() -> dict[str, Any]:
    photo = flask.request.files["photo"]
    content = photo.read()
    return {
        "name": photo.filename,
        "hash": hashlib.sha256(content).hexdigest(),
        "title": flask.request.form["title"],
    }


@admin.get("/hello/<name>")
def admin_hello(name: str) -> flask.Response:
    response = flask.jsonify(
        name=name, tags=flask.request.args.getlist("tag"), session=flask.request.cookies.get("session")
    )
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return response


@admin.get("/bytes")
def admin_bytes() -> flask.Response:
    return flask.Response(EVERY_BYTE * 64, mimetype="image/png")


@admin.get("/again")
def admin_again() -> Any:
    return flask.redirect(flask.url_for("admin_hello", name="ada"))


@shop.post("/items", status_code=201)
def shop_item(item: Order) -> Order:
    return item


@shop.get("/hello/{name}")
def shop_hello(name: str, tag: Annotated[list[str] | None, fastapi.Query()] = None) -> dict[str, Any]:
    return {"name": name, "tags": tag}


@shop.get("/bytes")
def shop_bytes() -> fastapi.Response:
    return fastapi.Response(EVERY_BYTE * 64, media_type="image/png")


app.mount("/admin", admin)
app.mount("/shop", shop)
