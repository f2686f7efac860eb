"""Forms: urlencoded and multipart bodies of clients that we did not write, their files, and bytes that are hostile."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from io import BytesIO
from typing import Annotated, Any

import pytest
from conftest import Send
from contracts import ask
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict
from urllib3 import encode_multipart_formdata
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from lambda_router import (
    File,
    Form,
    HandlerSignatureError,
    HTTPError,
    MissingDependencyError,
    Request,
    Router,
    UploadFile,
)
from lambda_router.http import forms
from lambda_router.testing import event

KIND = "multipart/form-data; boundary=B"
FIELD = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'


def request(body: bytes, kind: str = KIND) -> Request:
    """A request with a body of this type, as a function URL sends it."""
    sent = event("function_url", method="POST")
    sent["headers"] = {"content-type": kind}
    sent |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return Request(Router().function_url, sent)


def refused(body: bytes, kind: str = KIND) -> tuple[int, Any]:
    """The status and the detail with which a body is refused."""
    with pytest.raises(HTTPError) as caught:
        request(body, kind).form()
    return caught.value.status, caught.value.detail


# -- what clients send -------------------------------------------------------------------------------------


def test_fields_and_files_through_every_caller(send: Send) -> None:
    app = Router()

    @app.post("/")
    def upload(request: Request) -> Any:
        form = request.form()
        photo = form.files["photo"]
        named = [photo.filename, photo.content_type, list(photo.content), photo.headers["x-part"]]
        return [form, form.all("tag"), named, [len(file) for file in form.files.all("doc")]]

    png = bytes(range(256))
    body, kind = encode_multipart_formdata(
        [("title", "café\r\n--B"), ("tag", "a"), ("tag", "b"), ("doc", ("1.txt", b"1")), ("doc", ("2", b""))],
    )
    last = b"--" + kind.rpartition("=")[2].encode() + b"--"
    part = b'Content-Disposition: form-data; name="photo"; filename="a b.png"\r\nX-Part: 1\r\nContent-Type: image/png'
    body = body.replace(last, last[:-2] + b"\r\n" + part + b"\r\n\r\n" + png + b"\r\n" + last)
    answer = send(app, "POST", "/", body=body, headers={"content-type": kind})
    named = ["a b.png", "image/png", list(png), "1"]
    assert answer.json() == [{"title": "café\r\n--B", "tag": "b"}, ["a", "b"], named, [1, 0]]


NAMES = st.text(st.characters(codec="utf-8", exclude_characters='"\\\r\n\0'), min_size=1, max_size=12)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
FILENAMES = st.text(
    st.characters(codec="utf-8", exclude_characters='"\\/\r\n\0'), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))
FILES = st.tuples(
    FILENAMES, st.binary(max_size=200) | st.sampled_from([b"\r\n", b"--", b"\r\n--", b"-" * 60])
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(NAMES, TEXTS), max_size=4), st.lists(st.tuples(NAMES, FILES), max_size=4))
def test_what_urllib3_encodes(fields: Any, files: Any) -> None:
    body, kind = encode_multipart_formdata([*fields, *files])
    form = request(body, kind).form()
    assert form.pairs() == group(fields)
    assert [(n, f.filename, f.content) for n in dict(files) for f in form.files.all(n)] == [
        (n, filename, content) for n, (filename, content) in group(files)
    ]


def group(pairs: Any) -> Any:
    """The pairs with those of one name beside each other, in order."""
    return [(name, value) for name in dict(pairs) for other, value in pairs if other == name]


def test_what_werkzeug_encodes() -> None:
    boundary, body = encode_multipart(
        {"a": "ü", "several": ["1", "2"], "f": FileStorage(BytesIO(b"\r\n"), "f.bin")}
    )
    form = request(body, f"multipart/form-data; boundary={boundary}").form()
    assert (form["a"], form.all("several"), form.files["f"].content) == ("ü", ["1", "2"], b"\r\n")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("abc é\n-", max_size=20), min_size=1, max_size=3))
def test_what_the_email_package_encodes(texts: list[str]) -> None:
    whole = MIMEMultipart("form-data")
    for text in texts:
        part = EmailMessage()
        part.set_content(text.encode(), "text", "plain", cte="8bit")
        del part["mime-version"]
        del part["content-disposition"]
        part["Content-Disposition"] = 'form-data; name="t"'
        whole.attach(part)
    made = whole.as_bytes(policy=whole.policy.clone(linesep="\r\n", max_line_length=0))
    kind = "multipart/form-data; boundary=" + whole.get_boundary("")
    body = made.partition(b"\r\n\r\n")[2]
    # A text that ends a line with more than the one CRLF is the email package's, not a form's.
    seen = [text.replace("\r\n", "\n") for text in request(body, kind).form().all("t")]
    assert [text.rstrip("\n") for text in seen] == [text.rstrip("\n") for text in texts]


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("photo.png", "photo.png"),
        ("C:\\\\Users\\\\ada\\\\photo.png", "photo.png"),
        ("/etc/passwd", "passwd"),
        ("../../etc/passwd", "passwd"),
        ("..", ""),
        ("a/..", ""),
        (".bashrc", ".bashrc"),
        ("späß 日.png", "späß 日.png"),
        ("%2e%2e%2fx", "%2e%2e%2fx"),
        ("semi;colon=.png", "semi;colon=.png"),
    ],
)
def test_file_names_have_no_directories(sent: str, seen: str) -> None:
    head = f'--B\r\nContent-Disposition: form-data; name="f"; filename="{sent}"\r\n\r\n'.encode()
    file = request(head + b"x\r\n--B--").form().files["f"]
    assert (file.filename, file.content, file.content_type) == (seen, b"x", None)


def test_an_input_without_a_file_is_left_out() -> None:
    head = b'--B\r\nContent-Disposition: form-data; name="f"; filename=""\r\nContent-Type: a/b\r\n\r\n'
    assert not request(head + b"\r\n--B--").form().files
    assert request(head + b"x\r\n--B--").form().files["f"].content == b"x"


@pytest.mark.parametrize(
    "kind", ['multipart/form-data; boundary="B"', "Multipart/Form-Data;charset=x; BOUNDARY=B"]
)
def test_content_types_in_other_spellings(kind: str) -> None:
    assert request(FIELD + b"x\r\n--B--\r\n", kind).form() == {"a": "x"}


@pytest.mark.parametrize("body", [b"--B--", b"--B--\r\n", b"\r\n--B--\r\n"])
def test_an_empty_multipart_form(body: bytes) -> None:
    form = request(body).form()
    assert (form, form.files) == ({}, {})


@pytest.mark.parametrize("after", [b"", b"\r\n", b"\r\nepilogue", b"  \r\n"])
def test_what_is_behind_the_last_boundary(after: bytes) -> None:
    assert request(FIELD + b"x\r\n--B--" + after).form() == {"a": "x"}


def test_a_form_is_read_once() -> None:
    seen = request(FIELD + b"x\r\n--B--")
    assert seen.form() is seen.form()
    seen = request(b"a=1", "application/x-www-form-urlencoded")
    assert seen.form() is seen.form()
    assert (seen.form(), seen.form().files, seen.form().files.all("a")) == ({"a": "1"}, {}, [])


def test_no_body_is_an_empty_form(send: Send) -> None:
    app = Router()
    app.post("/")(lambda request: request.form())
    assert send(app, "POST", "/").json() == {}
    assert send(app, "POST", "/", headers={"content-type": "text/plain"}).status == 415
    assert send(app, "POST", "/", body={"a": 1}).status == 415


# -- what is no form ---------------------------------------------------------------------------------------

WHOLE = FIELD + b"x\r\n--B--\r\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "ends before"),
        (FIELD + b"x", "ends before"),
        (FIELD + b"x\r\n--B", "ends before"),
        (FIELD + b"x\r\n--B-", "ends before"),
        (FIELD + b"x\r\n--B\r\n", "ends before"),
        (FIELD[:-1], "ends before"),
        (FIELD[:20], "no multipart form|not a multipart form|ends before"),
        (b"\r\n\r\n", "ends before"),
        (b"text", "not a multipart form"),
        (WHOLE.replace(b"B", b"C"), "not a multipart form"),
        (b"--B\r\n: x\r\n\r\n\r\n--B--", "not a multipart form"),
        (b"--B\r\nA B: x\r\n\r\n\r\n--B--", "not a multipart form"),
        (b"--B\r\nA: x\ny\r\n\r\n\r\n--B--", "control character"),
        (b"--B\r\nA: x\0y\r\n\r\n\r\n--B--", "control character"),
        (b"--B\r\n\r\nx\r\n--B--", "no name"),
        (WHOLE.replace(b"form-data", b"attachment"), "no name"),
        (WHOLE.replace(b"name=", b"nome="), "no name"),
        (WHOLE.replace(b'"a"', b'"\xff"'), "not UTF-8"),
        (WHOLE.replace(b"x\r", b"\xff\r"), "not UTF-8"),
        (
            WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1),
            "transfer encoding",
        ),
    ],
)
def test_bodies_that_are_no_multipart_form(body: bytes, said: str) -> None:
    import re

    status, detail = refused(body)
    assert status == 400
    assert re.search(said, detail)


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'B' * 71}"],
)
def test_boundaries_that_are_none(kind: str) -> None:
    status, detail = refused(WHOLE, kind)
    assert (status, detail) == (400, "the form has no boundary, or one of more than 70 characters")


def test_too_many_parts() -> None:
    assert len(request((FIELD + b"x\r\n") * 1000 + b"--B--").form().all("a")) == 1000
    assert refused((FIELD + b"x\r\n") * 1001 + b"--B--") == (413, "the form has more than 1000 parts")


def test_too_many_fields() -> None:
    kind = "application/x-www-form-urlencoded"
    assert len(request(b"&".join([b"a=1"] * 10_000), kind).form().all("a")) == 10_000
    assert refused(b"&".join([b"a=1"] * 10_001), kind) == (413, "the form has more than 10000 fields")


def test_headers_of_a_part_are_measured_by_us_too() -> None:
    parts = forms._Parts(None)
    parts.part_begin()
    parts.header_field(b"X", 0, 1)
    parts.header_value(b"y" * 16_383, 0, 16_383)
    with pytest.raises(
        HTTPError
    ) as refusal:  # later releases of the library have a smaller limit of their own
        parts.header_value(b"y", 0, 1)
    assert refusal.value.status == 413


def test_headers_that_are_too_large() -> None:
    assert refused(WHOLE.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 1))[0] in (400, 413)
    many = b"".join(b"X-%d: y\r\n" % number for number in range(5000))
    assert refused(WHOLE.replace(b"\r\n\r\n", b"\r\n" + many + b"\r\n", 1))[0] in (400, 413)


def test_the_refusal_says_nothing_of_the_body(send: Send) -> None:
    app = Router()
    app.post("/")(lambda request: request.form())
    body = FIELD.replace(b'"a"', b'"canary"') + b"canary"
    answer = send(app, "POST", "/", body=body, headers={"content-type": KIND})
    assert (answer.status, "canary" in answer.text) == (400, False)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_any_bytes_are_a_form_or_refused(data: st.DataObject) -> None:
    pieces = st.sampled_from(
        [b"\r\n", b"--B", b"--", b"B", FIELD, b"x", b":", b'"', b"\xff", b"; filename=", b"\0"]
    )
    body = data.draw(st.lists(pieces | st.binary(max_size=5), max_size=12).map(b"".join))
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(WHOLE)))
        body = WHOLE[:at] + body + WHOLE[at:]
    kind = data.draw(
        st.sampled_from([KIND, "multipart/form-data; boundary=-", f"{KIND}; boundary=C", f'{KIND}"'])
    )
    try:
        form = request(body, kind).form()
    except HTTPError as refusal:
        assert refusal.status in (400, 413)
        return
    assert all(isinstance(text, str) for pair in form.pairs() for text in pair)


FAMILIES: dict[str, Callable[[int], bytes]] = {
    "one field": lambda n: FIELD + b"x" * n + b"\r\n--B--",
    "line ends": lambda n: FIELD + b"\r\n" * (n // 2),
    "half boundaries": lambda n: FIELD + b"\r\n--" * (n // 4),
    "almost boundaries": lambda n: FIELD + b"\r\n--BX" * (n // 6),
    "almost last boundaries": lambda n: FIELD + b"\r\n--B-" * (n // 6),
    "boundaries and half a line end": lambda n: FIELD + b"\r\n--B\r" * (n // 6),
    "leading line ends": lambda n: b"\r\n" * (n // 2),
    "leading hyphens": lambda n: b"\r\n-" * (n // 3),
    "parts": lambda n: (FIELD + b"x\r\n") * (n // len(FIELD)),
    "one header": lambda n: FIELD[:-2] + b"X: " + b"y" * n,
    "headers": lambda n: FIELD[:-2] + b"X: y\r\n" * (n // 6),
    "header name": lambda n: FIELD[:-2] + b"x" * n,
    "options": lambda n: FIELD[:-4] + b";a=b" * (n // 4) + b"\r\n\r\nx\r\n--B--",
    "quotes": lambda n: FIELD[:-4] + b';a="\\"' * (n // 6) + b"\r\n\r\nx\r\n--B--",
}


def cost(body: bytes) -> float:
    best = 9.0
    for _ in range(3):
        made = request(body)
        made.body  # base64 is not what is measured
        before = time.process_time()
        try:
            made.form()
        except HTTPError:
            pass
        best = min(best, time.process_time() - before)
    return best


@pytest.mark.parametrize("family", FAMILIES)
def test_the_cost_is_linear_in_the_body(family: str) -> None:
    make = FAMILIES[family]
    assert cost(make(400_000)) < 30 * cost(make(40_000)) + 0.02


def test_six_megabytes(send: Send) -> None:
    content = bytes(range(256)) * 16_000
    body, kind = encode_multipart_formdata([("f", ("big", content)), ("a", "1")])
    form = request(body, kind).form()
    assert (form.files["f"].content == content, form["a"]) == (True, "1")


# -- what handlers ask for ---------------------------------------------------------------------------------


class Login(BaseModel):
    user: str
    code: int = Field(ge=1)
    tags: list[str] = []
    photo: UploadFile | None = None
    remember: bool = Field(default=False, alias="remember-me")


class Plain(TypedDict):
    user: str
    tags: list[int]


@dataclass
class Record:
    user: str
    tags: list[int]


def post(send: Send, handler: Any, *fields: Any, source: Any = None) -> Any:
    """The JSON of what a handler makes of a multipart form, or the findings as places and kinds."""
    app = Router()
    app.post("/")(handler)
    body, kind = encode_multipart_formdata(fields)
    answer = send(app, "POST", "/", body=body, headers={"content-type": kind})
    if answer.status == 422:
        return [(".".join(map(str, e["loc"])), e["type"]) for e in answer.json()["errors"]]
    assert answer.status == 200, answer.text
    return answer.json()


def by_name(
    name: Annotated[str, Form()],
    photo: Annotated[UploadFile, File()],
    thumb: Annotated[bytes, File(alias="small"), Field(max_length=3)] = b"none",
    n: Annotated[list[int], Form()] = [],
    docs: list[UploadFile] = [],
    maybe: UploadFile | None = None,
) -> Any:
    return [name, photo.filename, thumb.decode(), n, [d.filename for d in docs], maybe and maybe.filename]


def test_fields_and_files_by_name(send: Send) -> None:
    photo = ("photo", ("p.png", b"1"))
    sent = [("name", "x"), photo, ("n", "1"), ("n", "2"), ("docs", ("d", b"")), ("docs", ("e", b""))]
    assert post(send, by_name, *sent) == ["x", "p.png", "none", [1, 2], ["d", "e"], None]
    assert post(send, by_name, ("name", "x"), photo, ("small", ("s", b"123")))[2] == "123"
    assert post(send, by_name, ("name", "x"), photo, ("maybe", ("m", b"")))[5] == "m"
    assert post(send, by_name, photo) == [("form.name", "missing")]
    assert post(send, by_name, ("name", "x")) == [("file.photo", "missing")]
    assert post(send, by_name, ("name", "x"), ("photo", "no file")) == [("file.photo", "missing")]
    assert post(send, by_name, ("name", "x"), photo, ("n", "y")) == [("form.n", "int_parsing")]
    assert post(send, by_name, ("name", "x"), photo, ("small", ("s", b"1234"))) == [
        ("file.small", "bytes_too_long")
    ]


def test_a_form_as_a_model(send: Send) -> None:
    def login(login: Annotated[Login, Form()]) -> Any:
        photo = login.photo.filename if login.photo else None
        return [login.user, login.code, login.tags, photo, login.remember]

    sent = [("user", "ada"), ("code", "7"), ("tags", "a"), ("tags", "b"), ("photo", ("p", b""))]
    assert post(send, login, *sent, ("remember-me", "on")) == ["ada", 7, ["a", "b"], "p", True]
    assert post(send, login, ("user", "ada"), ("code", "0")) == [("form.code", "greater_than_equal")]
    assert post(send, login, ("code", "1")) == [("form.user", "missing")]
    assert post(send, login, ("user", "a"), ("code", "1"), ("photo", "text")) == [
        ("form.photo", "is_instance_of")
    ]


@pytest.mark.parametrize("kind", [Plain, Record])
def test_a_form_as_another_structure(send: Send, kind: Any) -> None:
    def handler(form: Any) -> Any:
        return form

    handler.__annotations__["form"] = Annotated[kind, Form()]
    seen = post(send, handler, ("user", "a"), ("tags", "1"), ("tags", "2"))
    assert seen == {"user": "a", "tags": [1, 2]}


def test_a_form_as_a_dict(send: Send) -> None:
    def handler(form: Annotated[dict[str, str], Form()]) -> Any:
        return form

    assert post(send, handler, ("user", "a"), ("b", "c")) == {"user": "a", "b": "c"}


def test_a_form_that_need_not_be_there(send: Send) -> None:
    def handler(login: Annotated[Login | None, Form()], other: Annotated[str, Form()] = "none") -> Any:
        return [login and login.user, other]

    app = Router()
    app.post("/")(handler)
    assert send(app, "POST", "/").json() == [None, "none"]
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert send(app, "POST", "/", body="user=ada&code=1&other=x", headers=kind).json() == ["ada", "x"]
    assert send(app, "POST", "/", body="user=ada", headers=kind).status == 422
    assert send(app, "POST", "/", body="x", headers={"content-type": "text/plain"}).status == 415


@pytest.mark.parametrize("kind", [str, int, Login, dict, list[str]])
def test_what_a_file_cannot_be(kind: Any) -> None:
    def handler(file: Any) -> None: ...

    handler.__annotations__["file"] = Annotated[kind, File()]
    with pytest.raises(HandlerSignatureError, match=r"file\.file: a file is an UploadFile or bytes"):
        Router().post("/")(handler)


@pytest.mark.parametrize("annotation", [Annotated[list[Login], Form()], Annotated[Login, Form(alias="x")]])
def test_what_a_whole_form_cannot_be(annotation: Any) -> None:
    def handler(form: Any) -> None: ...

    handler.__annotations__["form"] = annotation
    with pytest.raises(HandlerSignatureError, match="is all of the form"):
        Router().post("/")(handler)


def test_a_file_says_little_of_itself() -> None:
    file = request(FIELD.replace(b'"a"', b'"a"; filename="secret"') + b"secret\r\n--B--").form().files["a"]
    assert repr(file) == "<UploadFile of 6 bytes>"
    assert (len(file), bool(file)) == (6, True)


def test_the_library_is_imported_when_a_multipart_form_is_read() -> None:
    program = """
import sys
from typing import Annotated
from lambda_router import Form, Request, Router
app = Router()
@app.post("/")
def handler(request: Request, a: Annotated[str, Form()]):
    return [a, request.form().all("a")]
assert not {"python_multipart", "lambda_router.http.forms", "pydantic"} & set(sys.modules)
sent = {"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "headers": {"content-type": "application/x-www-form-urlencoded"}, "body": "a=1"}
assert app(sent)["body"] == '["1",["1"]]'
assert not {"python_multipart", "pydantic"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_library_that_is_not_there(monkeypatch: pytest.MonkeyPatch, send: Send) -> None:
    monkeypatch.setitem(sys.modules, "python_multipart", None)
    with pytest.raises(MissingDependencyError, match="pip install python-multipart"):
        forms.library()
    with pytest.raises(MissingDependencyError):
        Router().post("/")(by_name)
    app = Router()
    app.post("/")(lambda request: request.form())
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert send(app, "POST", "/", body="a=1", headers=kind).json() == {"a": "1"}


def test_a_form_through_asking_dependencies(send: Send) -> None:
    app = Router()

    @app.post("/")
    def handler(a: Annotated[str, Form()], request: Request) -> Any:
        return [a, request.form()["b"]]

    body, kind = encode_multipart_formdata([("a", "1"), ("b", "2")])
    assert send(app, "POST", "/", body=body, headers={"content-type": kind}).json() == ["1", "2"]
    assert ask(app, event("alb", method="POST", path="/")).status == 422
