"""`app.docs()`: the document and the page as they are served; and in a browser, where nothing is loaded from elsewhere."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import validate

from lambda_router import ConfigurationError, HTTPError, Invocation, MissingDependencyError, Router
from lambda_router.testing import Client
from lambda_router.testing.server import serve

CHROMIUM = Path("/usr/bin/chromium")
HOSTILE = "Shop </title></script><script>alert('&')</script>"


def shop(**about: Any) -> Router:
    app = Router()

    @app.get("/orders/{number:int}", responses={404: "No such order"})
    def read(number: int, verbose: bool = False) -> dict[str, int]:
        """Read an order."""
        if number > 100:
            raise HTTPError(404)
        return {"number": number}

    app.docs(**about)
    return app


# -- the document -------------------------------------------------------------------------------------------


def test_the_document_is_served_as_json(source: str, send: Any) -> None:
    app = shop(title="Shop", version="3")
    answer = send(app, "GET", "/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    validate(document)
    assert document["info"] == {"title": "Shop", "version": "3"}
    assert document["servers"] == [{"url": "./"}]
    assert list(document["paths"]) == ["/orders/{number}"]
    assert {k: v for k, v in document.items() if k != "servers"} == app.openapi()


def test_what_is_given_to_openapi_goes_before_what_docs_has() -> None:
    app = shop(title="Shop", version="3")
    assert app.openapi(version="4")["info"] == {"title": "Shop", "version": "4"}


def test_own_servers_are_kept() -> None:
    app = shop(servers=["https://api.example.com/v1"])
    assert Client(app).get("/openapi.json").json()["servers"] == [{"url": "https://api.example.com/v1"}]


@pytest.mark.parametrize("prefix", ["", "/v1", "/v1/{tenant}"])
@pytest.mark.parametrize("path", ["/openapi.json", "/meta/openapi.json"])
def test_servers_lead_to_the_root_from_wherever_the_document_is(prefix: str, path: str) -> None:
    outer = Router()
    outer.include(shop(openapi_path=path), prefix=prefix)
    at = prefix.format(tenant="a") + path
    document = Client(outer).get(at).json()
    (server,) = document["servers"]
    assert urljoin(f"https://example.com/stage{at}", server["url"]) == "https://example.com/stage/"
    assert list(document["paths"]) == [f"{prefix}/orders/{{number}}"]


def test_each_place_and_each_app_has_its_own_document() -> None:
    routes, first, second = shop(), Router(), Router()
    first.include(routes, prefix="/v1")
    first.include(routes, prefix="/v2/beta")
    second.include(routes)
    for app, prefix, servers, paths in (
        (first, "/v1", "../", ["/v1/orders/{number}", "/v2/beta/orders/{number}"]),
        (first, "/v2/beta", "../../", ["/v1/orders/{number}", "/v2/beta/orders/{number}"]),
        (second, "", "./", ["/orders/{number}"]),
    ):
        document = Client(app).get(f"{prefix}/openapi.json").json()
        assert (document["servers"], list(document["paths"])) == ([{"url": servers}], paths)


# -- the page -----------------------------------------------------------------------------------------------


def test_the_page_fits_every_caller_and_is_compressed_where_that_is_possible(source: str, send: Any) -> None:
    app = shop()
    packed = send(app, "GET", "/docs", headers={"accept-encoding": "gzip, br"})
    assert packed.status == 200
    assert packed.headers["content-type"] == "text/html; charset=utf-8"
    if source == "api_gateway_rest":  # it hands base64 on as it is, unless it is configured otherwise
        assert "content-encoding" not in packed.headers
        page = packed.body
    else:
        assert packed.headers["content-encoding"] == "gzip"
        assert len(packed.body) < 700_000
        page = gzip.decompress(packed.body)
    clear = send(app, "GET", "/docs", headers={"accept-encoding": "identity"})
    if source == "alb":
        assert clear.status == 406
        assert "gzip" in clear.json()["detail"]
    else:
        assert clear.body == page
    assert "accept-encoding" in packed.headers["vary"]


def page_of(app: Router, path: str = "/docs") -> tuple[str, str]:
    answer = Client(app).get(path)
    return answer.text, answer.headers["content-security-policy"]


def scripts(page: str) -> list[str]:
    """The texts of the script elements, as a parser of HTML finds them."""
    found: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if tag == "script":
                found.append("")

        def handle_data(self, data: str) -> None:
            if self.cdata_elem == "script":
                found[-1] += data

    Parser().feed(page)
    return found


def test_the_page_runs_its_two_scripts_and_no_other() -> None:
    page, policy = page_of(shop(title=HOSTILE))
    found = scripts(page)
    assert len(found) == 2 == page.count("</script>")
    for script in found:
        assert f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy
    assert "<!--" not in page
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "unsafe-eval" not in policy


def test_a_hostile_title_is_text() -> None:
    page, _ = page_of(shop(title=HOSTILE))
    assert (
        "<title>Shop &lt;/title&gt;&lt;/script&gt;&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;</title>"
        in page
    )
    assert "alert('&')" not in page


def test_a_hostile_path_is_a_text_in_the_script() -> None:
    page, policy = page_of(shop(openapi_path="/</script><script>alert(1)"))
    start = scripts(page)[1]
    assert r"\u003c/script>\u003cscript>alert(1)" in start
    assert len(scripts(page)) == 2
    assert policy.count("sha256-") == 2


def test_requests_may_go_to_the_servers_of_the_document() -> None:
    hostile = {"url": "https://evil.example'; script-src *"}
    _, policy = page_of(shop(servers=["https://api.example.com/v1", "/v2", hostile, "ftp://x.example"]))
    connect = policy.partition("connect-src ")[2].partition(";")[0]
    assert connect == "'self' https://api.example.com"
    assert policy.count("script-src") == 1


def test_the_page_asks_for_nothing_else() -> None:
    page, _ = page_of(shop())
    outside_scripts = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    assert re.findall(r"(?:src|href)=\S+", outside_scripts) == ['href="data:,">'] or re.findall(
        r"<(?:link|img|script)[^>]+>", outside_scripts
    ) == ['<link rel="icon" href="data:,">']
    assert "@import" not in outside_scripts
    assert not re.search(r"url\([\"']?https?:", outside_scripts)
    assert "sourceMappingURL" not in outside_scripts


def test_middleware_is_around_both() -> None:
    def staff(invocation: Invocation, call_next: Any) -> Any:
        raise HTTPError(401)

    app = Router()
    app.docs(middleware=[staff])
    assert [Client(app).get(path).status for path in ("/docs", "/openapi.json")] == [401, 401]


@pytest.mark.parametrize("options", [{"path": "docs"}, {"path": "/{x}"}, {"openapi_path": 7}])
def test_wrong_paths_are_refused(options: Any) -> None:
    with pytest.raises(ConfigurationError, match="docs takes paths"):
        Router().docs(**options)


def test_a_wrong_argument_is_refused_when_it_is_given() -> None:
    with pytest.raises(TypeError, match="titel"):
        Router().docs(titel="Shop")  # type: ignore[call-arg]


def test_without_powertools_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="pip install aws-lambda-powertools"):
        Router().docs()


def test_powertools_and_pydantic_are_not_imported_before_they_are_asked_for(run_python: Any) -> None:
    run_python(
        """
import sys
from lambda_router import Router
app = Router()
assert "lambda_router.http.openapi" not in sys.modules
app.get("/a", summary="A", tags=["x"])(lambda: None)
assert "lambda_router.http.openapi" not in sys.modules, "it is for who asks for a document"
app.docs(title="Shop")
event = {"version": "2.0", "rawPath": "/docs", "headers": {}, "requestContext": {"http": {"method": "GET"}}}
assert app(event)["statusCode"] == 200
assert not {"pydantic", "aws_lambda_powertools"} & set(sys.modules)
"""
    )


# -- in a browser -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if importlib.util.find_spec("playwright") is None or not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}, or no playwright to drive it")
    from playwright.sync_api import sync_playwright

    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=options)
        yield started
        started.close()


CALLERS = [
    ("api_gateway_rest", "prod", "/docs"),
    ("api_gateway_http", None, "/docs/"),
    ("api_gateway_http", "prod", "/docs/"),
    ("alb", None, "/docs"),
]


@pytest.mark.parametrize(("source", "stage", "path"), CALLERS)
def test_the_page_in_a_browser(browser: Any, source: str, stage: str | None, path: str) -> None:
    with serve(shop(title=HOSTILE), source, stage=stage) as server:
        page = browser.new_page()
        asked, said, alerts = [], [], []
        page.on("request", lambda request: asked.append((request.method, request.url)))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: alerts.append(dialog.message))
        page.goto(server.url + path)
        page.wait_for_selector(".opblock")
        assert page.title() == HOSTILE
        assert page.locator(".info .title").inner_text().startswith(HOSTILE)
        assert page.locator(".opblock-summary-path").all_inner_texts() == ["/orders/{number}"]
        assert page.locator(".opblock-summary-description").all_inner_texts() == ["Read an order."]
        page.click(".opblock-summary")
        page.click(".try-out__btn")
        page.fill("input[placeholder=number]", "7")
        page.click(".execute")
        page.wait_for_selector(".live-responses-table .microlight")
        assert (
            page.locator(".live-responses-table .response-col_status").all_inner_texts()[-1].strip() == "200"
        )
        assert json.loads(page.locator(".live-responses-table .microlight").first.inner_text()) == {
            "number": 7
        }
        page.close()
        assert asked == [
            ("GET", server.url + path),
            ("GET", f"{server.url}/openapi.json"),
            ("GET", f"{server.url}/orders/7?verbose=false"),
        ]
        assert (said, alerts, server.errors) == ([], [], [])
