"""Files as answers: their bytes and their types, and nothing outside of their directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from conftest import Send
from hypothesis import given
from hypothesis import strategies as st

from lambda_router import Response, ResultError, Router
from lambda_router.http.files import LARGEST, TYPES, disposition, type_of


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A directory of files, with a secret beside it."""
    root = tmp_path / "site"
    (root / "sub").mkdir(parents=True)
    (root / "index.html").write_text("<p>grüße", "utf-8")
    (root / "latin.html").write_bytes("grüße".encode("latin-1"))
    (root / "logo.png").write_bytes(bytes(range(256)))
    (root / "sub" / "app.js").write_bytes(b"let a = 1;\r\n\xef\xbb\xbf")
    (root / "empty.txt").write_bytes(b"")
    (root / ".hidden").write_text("hidden", "utf-8")
    (tmp_path / "secret.txt").write_text("canary", "utf-8")
    (tmp_path / "site-two").mkdir()
    (tmp_path / "site-two" / "secret.txt").write_text("canary", "utf-8")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "away").symlink_to(tmp_path)
    (root / "in.txt").symlink_to(root / "empty.txt")
    (root / "dangling.txt").symlink_to(root / "none.txt")
    os.mkfifo(root / "pipe.txt")
    return root


def serving(root: Path) -> Router:
    app = Router()

    @app.get("/files/{name:path}")
    def read(name: str) -> Response:
        return Response.file(name, directory=root)

    return app


@pytest.mark.parametrize(
    ("name", "kind", "encoded"),
    [
        ("index.html", "text/html; charset=utf-8", False),
        ("latin.html", "text/html", True),
        ("logo.png", "image/png", True),
        ("sub/app.js", "text/javascript; charset=utf-8", False),
        ("empty.txt", "text/plain; charset=utf-8", False),
        ("in.txt", "text/plain; charset=utf-8", False),
        (".hidden", "application/octet-stream", True),
    ],
)
def test_files_of_a_directory(send: Send, site: Path, name: str, kind: str, encoded: bool) -> None:
    answer = send(serving(site), "GET", f"/files/{name}")
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert answer.body == (site / name).read_bytes()
    assert answer.response["isBase64Encoded"] is encoded


OUTSIDE = [
    *(
        "../secret.txt",
        "..",
        ".",
        "",
        "/",
        "sub",
        "sub/",
        "sub/..",
        "none.txt",
        "sub/none.txt",
        "index.html/x",
    ),
    *(
        "out.txt",
        "away/secret.txt",
        "dangling.txt",
        "pipe.txt",
        "../site-two/secret.txt",
        "sub/../../secret.txt",
    ),
    *(
        "a\0b",
        "\0",
        "index.html\0.png",
        "x" * 5000,
        "/etc/passwd",
        "//etc/passwd",
        "/dev/zero",
        "~/x",
        "%2e%2e/secret.txt",
    ),
    *("..\\secret.txt", "....//secret.txt", "\ud800"),
]


def test_nothing_else_is_there(send: Send, site: Path) -> None:
    for name in OUTSIDE:
        app = Router()
        app.get("/")(lambda: Response.file(name, directory=site))
        answer = send(app, "GET", "/")
        assert (answer.status, "canary" in answer.text) == (404, False), name


def test_absolute_names_stay_inside(send: Send, site: Path, tmp_path: Path) -> None:
    app = Router()
    app.get("/in")(lambda: Response.file(site / "logo.png", directory=site))
    app.get("/out")(lambda: Response.file(tmp_path / "secret.txt", directory=site))
    assert (send(app, "GET", "/in").status, send(app, "GET", "/out").status) == (200, 404)


def test_hostile_paths_of_requests(send: Send, site: Path) -> None:
    app = serving(site)
    for path in (
        "../secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "%252e%252e/secret.txt",
        "sub/%2e%2e/%2e%2e/x",
        "a%00b",
    ):
        answer = send(app, "GET", f"/files/{path}")
        assert (answer.status in (400, 404), "canary" in answer.text) == (True, False)


def test_a_file_that_is_known(send: Send, site: Path) -> None:
    app = Router()
    app.get("/text")(lambda: Response.file(site / "index.html"))
    app.get("/own")(
        lambda: Response.file(str(site / "index.html"), content_type="text/x", headers={"x-a": 1})
    )
    app.get("/none")(lambda: Response.file(site / "none.txt"))
    app.get("/pipe")(lambda: Response.file(site / "pipe.txt"))
    app.get("/directory")(lambda: Response.file(site))
    assert send(app, "GET", "/text").text == "<p>grüße"
    own = send(app, "GET", "/own")
    assert (own.headers["content-type"], own.headers["x-a"]) == ("text/x", "1")
    assert [send(app, "GET", path).status for path in ("/none", "/pipe", "/directory")] == [500, 500, 500]


def test_a_file_that_no_caller_takes_is_not_read(send: Send, tmp_path: Path) -> None:
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(2 * 2**30)
    app = Router()
    app.get("/")(lambda: Response.file("large.bin", directory=tmp_path))
    assert send(app, "GET", "/").status == 500
    with pytest.raises(ResultError, match="2,147,483,648 bytes, and an answer carries at most 4,718,667"):
        Response.file(tmp_path / "large.bin")


def test_the_largest_file(send: Send, source: str, tmp_path: Path) -> None:
    app = serving(tmp_path)
    for size, status in (
        (700_000, 200),
        (LARGEST - 1000, 500 if source == "alb" else 200),
        (LARGEST + 1, 500),
    ):
        (tmp_path / "x.bin").write_bytes(bytes(size))
        assert send(app, "GET", "/files/x.bin").status == status
    for size, status in ((1_000_000, 200), (6_290_000, 500 if source == "alb" else 200), (6_291_557, 500)):
        (tmp_path / "x.csv").write_bytes(b"a" * size)
        assert send(app, "GET", "/files/x.csv").status == status


def test_no_handle_stays_open(site: Path) -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for name in ("index.html", "sub", "pipe.txt", "none.txt"):
        for _ in range(20):
            try:
                Response.file(site / name)
            except OSError:
                pass
    assert before in (0, len(os.listdir("/proc/self/fd")))


# -- content-disposition -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.pdf", 'attachment; filename="a.pdf"'),
        ("two words.pdf", 'attachment; filename="two words.pdf"'),
        ("Müller 7.pdf", "attachment; filename=\"M_ller 7.pdf\"; filename*=UTF-8''M%C3%BCller%207.pdf"),
        ('a"b.pdf', "attachment; filename=\"a_b.pdf\"; filename*=UTF-8''a%22b.pdf"),
        ("50%.pdf", "attachment; filename=\"50_.pdf\"; filename*=UTF-8''50%25.pdf"),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("C:\\temp\\a.pdf", 'attachment; filename="a.pdf"'),
        ("a\r\nset-cookie: x=1.pdf", 'attachment; filename="aset-cookie: x=1.pdf"'),
        ("", 'attachment; filename="download"'),
        ("/", 'attachment; filename="download"'),
        ("\ud800", 'attachment; filename="download"'),
    ],
)
def test_the_name_to_save_under(name: str, header: str) -> None:
    assert disposition(name) == header
    assert disposition(name, inline=True) == header.replace("attachment", "inline", 1)


@given(st.text(st.characters(), max_size=30))
def test_any_name_comes_back(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    shown = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable()) or "download"
    plain, star, whole = header.removeprefix('attachment; filename="').partition("\"; filename*=UTF-8''")
    assert (unquote(whole) if star else plain.removesuffix('"')) == shown
    assert plain.removesuffix('"').count('"') == 0


def test_downloads(send: Send, site: Path) -> None:
    app = Router()
    app.get("/")(lambda: Response.file("logo.png", directory=site, filename="größe.png"))
    app.get("/inline")(lambda: Response.file("logo.png", directory=site, filename="a.png", inline=True))
    answer = send(app, "GET", "/")
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''gr%C3%B6%C3%9Fe.png")
    assert send(app, "GET", "/inline").headers["content-disposition"] == 'inline; filename="a.png"'
    with pytest.raises(ResultError, match="a file name is text"):
        disposition(b"x")  # type: ignore[arg-type]


def test_types() -> None:
    kinds = {"a.HTML": "text/html", "x/b.tar.gz": "application/gzip", "html": "application/octet-stream"}
    assert {name: type_of(name) for name in kinds} == kinds
    assert type_of("a.html/") == type_of("a.unknown") == type_of("") == "application/octet-stream"
    assert all(kind.count("/") == 1 and ending == ending.lower() for ending, kind in TYPES.items())


def test_what_is_not_used_is_not_imported() -> None:
    code = """
import sys
from lambda_router import Response, Router
app = Router()
app.get("/")(lambda: Response("x"))
app({"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "GET"}}}, None)
unused = {f"lambda_router.http.{name}" for name in ("files", "cookies", "cors", "encoding", "conditional", "promise")}
assert not unused & set(sys.modules), unused & set(sys.modules)
assert not {"mimetypes", "zlib", "hashlib", "pydantic", "datetime"} & set(sys.modules)
"""
    found: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
