"""`serve`: what an HTTP client sends arrives as the source's event, and what is answered arrives at the client."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from lambda_router import Request, Response, Router
from lambda_router.testing.server import serve

CALLERS = (
    "api_gateway_rest",
    "api_gateway_http",
    "function_url",
    "alb",
    "alb.multi_value",
    "vpc_lattice",
    "vpc_lattice_v2",
)
BYTES = bytes(range(256))


def mirror() -> Router:
    app = Router()

    @app.http("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
    def show(request: Request, rest: str) -> dict[str, Any]:
        return {
            "method": request.method,
            "path": request.path,
            "query": {name: request.query.all(name) for name in request.query},
            "x": request.headers.get("x-a"),
            "kind": request.headers.get("content-type"),
            "cookies": request.cookies,
            "body": request.body.decode("latin-1"),
            "source": request.source,
            "stage": request.stage,
        }

    @app.get("/bytes")
    def octets() -> bytes:
        return BYTES

    @app.get("/cookies")
    def cookies() -> Response:
        return Response("set", cookies=["a=1; Path=/", "b=2"], headers={"x-many": ["1", "2"]})

    app.get("/nothing").drop()

    @app.get("/text")
    def text() -> str:
        return "naïve €"

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError

    return app


@pytest.mark.parametrize("source", CALLERS)
def test_a_request_arrives_whole(source: str) -> None:
    with serve(mirror(), source) as server, requests.Session() as client:
        seen = client.post(
            f"{server.url}/a/b%20c/ü",
            params=[("q", "x&y"), ("q", "ü"), ("empty", "")],
            headers={"x-a": "1", "content-type": "application/json", "cookie": "s=1; t=2"},
            data=b'{"a": 1}',
        ).json()
        assert seen == {
            "method": "POST",
            "path": "/a/b c/ü",
            # A load balancer without multi-value headers, and VPC Lattice at first, hand on one value a name.
            "query": {"q": ["ü"] if source in ("alb", "vpc_lattice") else ["x&y", "ü"], "empty": [""]},
            "x": "1",
            "kind": "application/json",
            "cookies": {"s": "1", "t": "2"},
            "body": '{"a": 1}',
            "source": source.partition(".")[0],
            "stage": seen["stage"],
        }
        binary = client.put(f"{server.url}/x", data=BYTES).json()
        assert (binary["body"].encode("latin-1"), binary["kind"]) == (BYTES, None)
        assert client.delete(f"{server.url}/x").json()["body"] == ""


@pytest.mark.parametrize("source", CALLERS)
def test_an_answer_arrives_whole(source: str) -> None:
    with serve(mirror(), source) as server, requests.Session() as client:
        assert client.get(f"{server.url}/bytes").content == BYTES
        assert client.get(f"{server.url}/text").text == "naïve €"
        cookies = client.get(f"{server.url}/cookies")
        assert cookies.raw.headers.getlist("set-cookie") == ["a=1; Path=/", "b=2"]
        assert [v.strip() for v in cookies.headers["x-many"].split(",")] == ["1", "2"]
        assert client.get(f"{server.url}/nothing").status_code == 204
        assert client.get(f"{server.url}/broken").status_code == 500
        assert client.head(f"{server.url}/text").content == b""
        assert server.errors == []


@pytest.mark.parametrize("source", ["api_gateway_rest", "api_gateway_http"])
def test_a_stage_is_in_front_of_all_paths(source: str) -> None:
    with serve(mirror(), source, stage="prod") as server:
        assert server.url.endswith("/prod")
        seen = requests.get(f"{server.url}/a?b=c").json()
        assert (seen["path"], seen["stage"], seen["query"]) == ("/a", "prod", {"b": ["c"]})
        outside = requests.get(server.url.removesuffix("/prod") + "/production")
        assert (outside.status_code, outside.json()) == (403, {"message": "Forbidden"})


def test_only_some_sources_have_stages() -> None:
    with pytest.raises(ValueError, match="alb has no stages"):
        serve(mirror(), "alb", stage="prod")


def test_what_is_no_answer_is_a_502_and_kept() -> None:
    def fails(event: Any, context: Any) -> Any:
        raise KeyError("lost")

    with serve(fails) as server:
        assert requests.get(server.url).status_code == 502
        assert isinstance(server.errors[0], KeyError)
    with serve(lambda event, context: {"no": "status"}) as server:
        assert requests.get(server.url).json() == {"message": "Internal server error"}
        assert isinstance(server.errors[0], ValueError)


def test_requests_wait_for_one_another() -> None:
    inside = threading.Semaphore(1)

    def alone(event: Any, context: Any) -> Any:
        assert inside.acquire(blocking=False)
        try:
            threading.Event().wait(0.01)
            return {"statusCode": 200, "body": "x"}
        finally:
            inside.release()

    with serve(alone) as server:
        threads = [threading.Thread(target=requests.get, args=(server.url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.errors == []


def test_one_thread_opens_answers_and_closes() -> None:
    app, threads = Router(), []

    @app.lifespan
    async def opened() -> Any:
        threads.append(threading.get_ident())
        yield
        threads.append(threading.get_ident())

    @app.get("/")
    async def read() -> str:
        threads.append(threading.get_ident())
        return "x"

    with serve(app) as server:
        for _ in range(3):
            assert requests.get(server.url).text == "x"
    server.close()
    assert len(threads) == 5
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


def test_what_it_cannot_read_is_refused() -> None:
    with serve(mirror()) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.putrequest("POST", "/x")
        connection.putheader("transfer-encoding", "chunked")
        connection.endheaders()
        assert connection.getresponse().status == 411
        connection.close()
        connection.putrequest("POST", "/x")
        connection.putheader("content-length", str(11 * 1024 * 1024))
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()


@pytest.mark.parametrize(
    ("target", "length", "status"),
    [("http://shop.example.com/x?a=1", "0", 200), ("*", "0", 400), ("/x", "²", 411), ("/x", "-1", 411)],
)
def test_targets_and_lengths(target: str, length: str, status: int) -> None:
    with serve(mirror()) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
        connection.putrequest("GET", target)
        connection.putheader("content-length", length)
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == status
        if status == 200:
            seen = json.loads(answer.read())
            assert (seen["path"], seen["query"]) == ("/x", {"a": ["1"]})
        connection.close()


@pytest.mark.parametrize("source", CALLERS)
def test_headers_are_utf8_both_ways(source: str) -> None:
    app = Router()
    app.get("/")(lambda headers: Response(headers["x-a"], headers={"x-a": headers["x-a"]}))
    with serve(app, source) as server, requests.Session() as client:
        answer = client.get(server.url, headers={"x-a": "żółw €".encode()})
        assert answer.text == answer.headers["x-a"].encode("latin-1").decode() == "żółw €"


def test_nobody_else_can_reach_it_and_closing_frees_the_port() -> None:
    server = serve(mirror())
    assert server._server.server_address[0] == "127.0.0.1"
    server.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url)
    with serve(mirror(), port=server.port) as again:
        assert again.port == server.port


def test_the_real_runtime_can_be_served(lambda_runtime: Any) -> None:
    root = Path(__file__).resolve().parents[2]
    runtime = lambda_runtime("examples.api_gateway_http.app", cwd=root, timeout=10)
    with serve(runtime) as server:
        assert requests.get(f"{server.url}/orders/1").json() == {"item": "book", "quantity": 1}
        assert requests.post(f"{server.url}/orders", json={"quantity": "x"}).status_code == 422
