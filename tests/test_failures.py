from __future__ import annotations

import asyncio
import http.client
import importlib.util
import io
import itertools
import json
import linecache
import os
import subprocess
import sys
import threading
import traceback
import types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import awslambdaric
import pydantic
import pytest
from awslambdaric import lambda_runtime_client
from awslambdaric.lambda_runtime_exception import FaultException
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambda_router import errors, failures
from lambda_router.failures import class_name, printable, survivable, text, type_name, where

if TYPE_CHECKING:
    from collections.abc import Callable

MANY = settings(max_examples=settings().max_examples * 5, deadline=None)

# What may be raised ----


class Plain(Exception):
    pass


class Rich(Plain):
    def __init__(self, code: int, *, detail: str) -> None:
        super().__init__(code)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.detail}"


class RaisingStr(Plain):
    def __str__(self):
        raise RuntimeError("secret")


class LeavingStr(Plain):
    def __str__(self):
        raise SystemExit(9)


class OddStr(Plain):
    def __str__(self):
        return 5


class OnceStr(Plain):
    asked = 0

    def __str__(self):
        self.asked += 1
        if self.asked > 1:
            raise RuntimeError("only once")
        return "once"


class Joining(str):
    def __radd__(self, other):
        raise RuntimeError("joined")

    def __bool__(self):
        raise RuntimeError("asked")


class JoiningStr(Plain):
    def __str__(self):
        return Joining("text")


class RaisingRepr(Plain):
    def __repr__(self):
        raise RuntimeError("secret")


class HostileAttributes(Plain):
    def _raise(self):
        raise RuntimeError("secret")

    title = model = args = __cause__ = __context__ = __traceback__ = __notes__ = property(_raise)


class HostileGetattribute(Plain):
    def __getattribute__(self, name):
        raise RuntimeError("secret")


class HostileClass(Plain):
    @property
    def __class__(self):
        raise RuntimeError("secret")


class PosesAsException(BaseException):
    __class__ = Exception


class NamingMeta(type):
    @property
    def __name__(cls):
        raise RuntimeError("secret")


class HostileName(Plain, metaclass=NamingMeta):
    pass


class GettingMeta(type):
    def __getattribute__(cls, name):
        raise RuntimeError("secret")


class HostileMeta(Plain, metaclass=GettingMeta):
    pass


class Registry(Plain):
    made: list[str] = []

    def __init_subclass__(cls, **options):
        Registry.made.append(cls.__name__)
        super().__init_subclass__(**options)

    def __str__(self):
        raise RuntimeError("secret")


class HostileNew(Plain):
    def __new__(cls, *args):
        if args != ("allowed",):
            raise RuntimeError("new")
        return super().__new__(cls, *args)

    def __init__(self, *args):
        if args != ("allowed",):
            raise RuntimeError("init")

    def __str__(self):
        raise RuntimeError("str")


class HostileSetattr(RaisingStr):
    __slots__ = ("field",)

    def __setattr__(self, name, value):
        raise RuntimeError("setattr")


class HostileOSError(OSError):
    def __str__(self):
        raise RuntimeError("str")


class NameOfStr(str):
    def __radd__(self, other):
        raise RuntimeError("joined")

    def __format__(self, spec):
        raise RuntimeError("formatted")


def recursion() -> None:
    recursion()


def chained() -> None:
    try:
        raise RaisingStr
    except RaisingStr as cause:
        raise Plain("outer") from cause


def thrown(exc: BaseException) -> Callable[[], None]:
    def throw() -> None:
        raise exc

    return throw


def validation() -> None:
    pydantic.TypeAdapter(list[int]).validate_python(["x" * 40] * 100)


CRLF = type("Bad\r\nX-Injected: 1", (Plain,), {})
GROUP = [ValueError("a"), RaisingStr()]

# reliability.md 4.1: the 14 forms of exceptions, some of them in several ways, and the 4 BaseExceptions.
SAFE: dict[str, Callable[[], None]] = {
    "plain": thrown(ValueError("bad \u20ac \U0001f600")),
    "subclass": thrown(Rich(7, detail="sold out")),
    "empty message": thrown(Plain()),
    "several lines": thrown(Plain("one\ntwo\r\nthree\t\x1b[0m\x00")),
    "repr() raises": thrown(RaisingRepr("x")),
    "chained": chained,
    "exception group": thrown(ExceptionGroup("several", GROUP)),
    "stop iteration": thrown(StopIteration(3)),
    "stop async iteration": thrown(StopAsyncIteration()),
    "recursion": recursion,
    "memory": thrown(MemoryError()),
    "key error": thrown(KeyError("a\ud800")),
    "os error": thrown(OSError(2, "No such file", "a")),
    "exactly 4096 bytes": thrown(Plain("é" * 2048)),
    "hostile attributes": thrown(HostileAttributes("x")),
    "hostile getattribute": thrown(HostileGetattribute("x")),
    "hostile class": thrown(HostileClass("x")),
    "http error": thrown(errors.HTTPError(404, {"no": "such order"})),
}
DEADLY: dict[str, Callable[[], None]] = {
    "str() raises": thrown(RaisingStr("x")),
    "str() leaves": thrown(LeavingStr("x")),
    "str() gives an int": thrown(OddStr("x")),
    "str() works once": thrown(OnceStr()),
    "str() gives a str subclass": thrown(JoiningStr()),
    "lone surrogate": thrown(Plain("a \ud800 b")),
    "7 MB": thrown(Plain("x" * 7_000_000)),
    "metaclass name raises": thrown(HostileName("x")),
    "metaclass raises": thrown(HostileMeta("x")),
    "init_subclass": thrown(Registry("x")),
    "hostile new": thrown(HostileNew("allowed")),
    "hostile setattr": thrown(HostileSetattr("x")),
    "hostile os error": thrown(HostileOSError(2, "x")),
    "name of a str subclass": thrown(type(NameOfStr("Named"), (Plain,), {})("x")),
    "system exit": thrown(SystemExit(1)),
    "cancelled": thrown(asyncio.CancelledError()),
    "generator exit": thrown(GeneratorExit()),
    "base exception group": thrown(BaseExceptionGroup("several", [SystemExit()])),
    "poses as an exception": thrown(PosesAsException("x")),
}
# These the runtime client survives, but they are not fit to be posted: forged log lines, walls of text.
UNFIT: dict[str, Callable[[], None]] = {
    "CRLF in the class name": thrown(CRLF("x")),
    "escape in the class name": thrown(type("\x1b[31mRed", (Plain,), {})("x")),
    "long class name": thrown(type("X" * 5_000, (Plain,), {})("x")),
    "4097 bytes": thrown(Plain("x" * 4097)),
    "300 KB": thrown(Plain("é" * 150_000)),
    "validation error": validation,
    "fault of the client": thrown(FaultException("Bad\r\nType", "text", None)),
}
FORMS = {**SAFE, **DEADLY, **UNFIT}


def raised_by(form: Callable[[], None]) -> BaseException:
    try:
        form()
    except BaseException as exc:
        return exc
    raise AssertionError("nothing was raised")


def throw_survivable(form: Callable[[], None]) -> None:
    """What the router does at its edge."""
    raise survivable(raised_by(form))


# The runtime client around it ----


def load_bootstrap(log_format: str) -> types.ModuleType:
    """A second copy of the real bootstrap, which reads the log format when it is imported."""
    path = Path(awslambdaric.__path__[0]) / "bootstrap.py"
    spec = importlib.util.spec_from_file_location(f"awslambdaric.bootstrap_{log_format.lower()}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.dict(os.environ, {"AWS_LAMBDA_LOG_FORMAT": log_format}):
        spec.loader.exec_module(module)
    return module


BOOTSTRAPS = {name: load_bootstrap(name) for name in ("TEXT", "JSON")}


class RuntimeApi:
    """In place of the C module behind LambdaRuntimeClient: takes what it takes, raises where it raises."""

    def __init__(self) -> None:
        self.posts: list[dict[str, object]] = []

    def post_error(self, invoke_id: str, body: str, xray: str, invocation_id: str | None) -> None:
        if max(len(body.encode("utf-8")), len(xray.encode("utf-8"))) > 6_291_556:
            raise RuntimeError("413")
        self.posts.append(json.loads(body))

    def post_invocation_result(self, *_: object) -> None:
        raise AssertionError("an exception was to be posted")


def invoke(form: Callable[[], None], *, log_format: str, runtime: str, framed: bool, tmp_path: Path):
    """Run the real handle_event_request over a handler that raises; give what was posted and the log."""
    bootstrap, api, log = BOOTSTRAPS[log_format], RuntimeApi(), tmp_path / "log"
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
    if framed:
        fd = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        sink = bootstrap.FramedTelemetryLogSink(str(fd))
    else:
        sink = bootstrap.StandardLogSink()
    with (
        mock.patch.dict(os.environ, {"AWS_EXECUTION_ENV": runtime}),
        mock.patch.object(lambda_runtime_client, "runtime_client", api),
        mock.patch.object(sys, "stdout", stdout),
        sink,
    ):
        client = lambda_runtime_client.LambdaRuntimeClient("127.0.0.1:9")
        client.marshaller = LambdaMarshaller()
        arguments = ("{}", "application/json", None, None, "arn", "9999999999999", None)
        bootstrap.handle_event_request(client, lambda *_: form(), "id-1", *arguments, sink, "id-2")
    return api.posts[0], (log.read_bytes()[16:] if framed else stdout.buffer.getvalue()).decode()


MODES = [
    {"log_format": log_format, "runtime": runtime, "framed": framed}
    for log_format, runtime, framed in itertools.product(
        ("TEXT", "JSON"), ("", "AWS_Lambda_python3.12", "AWS_Lambda_python3.14"), (False, True)
    )
]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_posted(name, tmp_path):
    exc = raised_by(FORMS[name])
    for mode in MODES:
        post, log = invoke(lambda: throw_survivable(FORMS[name]), tmp_path=tmp_path, **mode)
        assert post["errorType"] == class_name(exc), mode
        assert post["requestId"] == "id-1"
        assert len(post["errorMessage"].encode()) <= 4_096, mode
        assert len(post["errorType"]) <= 128, mode
        assert post["errorType"].isprintable(), mode
        told = json.loads(log)["errorType"] if mode["log_format"] == "JSON" else log
        assert class_name(exc) in told, mode
        assert "secret" not in post["errorMessage"], mode
        # The stack leads from the handler to the line that raised.
        stack = "".join(post["stackTrace"])
        assert "throw_survivable" in stack, mode
        assert "in throw\n" in stack or name in ("recursion", "chained", "validation error"), mode


@pytest.mark.parametrize("name", DEADLY)
def test_without_us_the_process_ends(name, tmp_path):
    """The forms are deadly indeed: the same harness, without survivable, dies in at least one mode."""
    deaths = 0
    for mode in MODES:
        try:
            invoke(DEADLY[name], tmp_path=tmp_path, **mode)
        except BaseException:
            deaths += 1
    assert deaths


@pytest.mark.parametrize("name", SAFE)
def test_safe_exception_is_itself(name):
    exc = raised_by(SAFE[name])
    stack = failures._traceback(exc)
    assert survivable(exc) is exc
    assert failures._traceback(exc) is stack


@pytest.mark.parametrize("name", DEADLY | UNFIT)
def test_unsafe_exception_has_a_stand_in(name):
    exc = raised_by(FORMS[name])
    stand_in = survivable(exc)
    assert stand_in is not exc
    assert issubclass(type(stand_in), Exception)
    assert type(stand_in).__name__ == class_name(exc) == class_name(stand_in)
    assert str(stand_in) == str(stand_in) == text(stand_in)
    assert len(str(stand_in).encode()) <= 4_096
    assert type(stand_in).__name__ in repr(stand_in)
    assert stand_in.args == (str(stand_in),)
    assert stand_in.__cause__ is None
    assert stand_in.__context__ is None
    assert stand_in.__suppress_context__
    assert stand_in.__traceback__ is failures._traceback(exc)
    assert survivable(stand_in) is stand_in
    "".join(traceback.format_exception(stand_in))


EXTENDED = ["str() raises", "str() leaves", "str() gives an int", "lone surrogate", "7 MB", "hostile new"]


@pytest.mark.parametrize("name", [*EXTENDED, "hostile os error", "CRLF in the class name", "300 KB"])
def test_stand_in_is_an_instance_of_the_class(name):
    exc = raised_by(FORMS[name])
    assert isinstance(survivable(exc), type(exc))


@pytest.mark.parametrize(
    "name", ["metaclass name raises", "metaclass raises", "hostile setattr", "init_subclass"]
)
def test_stand_in_runs_no_code_of_the_class(name):
    Registry.made.clear()
    stand_in = survivable(raised_by(FORMS[name]))
    assert type(stand_in).__mro__[1:] == Exception.__mro__
    assert Registry.made == []


@pytest.mark.parametrize(
    ("exc", "said"),
    [
        (SystemExit(1), "SystemExit: 1"),
        (SystemExit("bye"), "SystemExit: bye"),
        (asyncio.CancelledError(), "CancelledError"),
        (GeneratorExit(), "GeneratorExit"),
        (BaseExceptionGroup("several", [SystemExit()]), "BaseExceptionGroup: several (1 sub-exception)"),
        (SystemExit("x" * 5_000), "SystemExit: " + "x" * 4_081 + "…"),
        (
            type("Odd\n", (BaseException,), {"__str__": lambda self: 5})(),
            r"Odd\n: (its str() raised TypeError)",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_base_exception_becomes_an_exception(exc, said):
    stand_in = survivable(exc)
    assert isinstance(stand_in, Exception)
    assert not isinstance(stand_in, type(exc))
    assert str(stand_in) == said


def test_stand_in_has_none_of_the_hostile_attributes():
    class Hostile(HostileAttributes, HostileGetattribute, HostileClass, RaisingStr, RaisingRepr):
        __setattr__ = with_traceback = add_note = __reduce__ = HostileGetattribute.__getattribute__

    stand_in = survivable(Hostile("x"))
    assert type(stand_in).__mro__[1] is Hostile
    assert isinstance(stand_in, Hostile)
    assert stand_in.__class__ is type(stand_in)
    assert stand_in.args == ("(its str() raised RuntimeError)",)
    stand_in.add_note("seen")
    assert stand_in.with_traceback(None).__notes__ == ["seen"]
    assert "seen" in "".join(traceback.format_exception(stand_in))


def test_raising_the_stand_in_hides_the_original():
    try:
        try:
            raise RaisingStr("x")
        except RaisingStr as exc:
            raise survivable(exc)
    except Plain as caught:
        shown = "".join(traceback.format_exception(caught))
    assert shown.count("Traceback") == 1
    assert "(its str() raised RuntimeError)" in shown
    assert "raised_by" not in shown
    assert "test_raising_the_stand_in" in shown


@MANY
@given(st.text())
@example("\ud83d\ude00")
@example("x" * 4096)
@example("é" * 2049)
def test_any_text(said):
    exc = Plain(said)
    fit = not any("\ud800" <= c <= "\udfff" for c in said) and len(said.encode()) <= 4_096
    out = survivable(exc)
    assert (out is exc) == fit
    assert isinstance(out, Plain)
    assert type(out).__name__ == "Plain"
    assert text(exc) == str(out)
    if fit:
        assert text(exc) == said


# Stacks that the client cannot post ----


def run_in(globals_: dict[str, object], *, file: str = "made.py", name: str = "f") -> BaseException:
    code = compile("def f(): raise ValueError('x')\n", file, "exec")
    exec(code, globals_)
    function = globals_["f"]
    assert isinstance(function, types.FunctionType)
    function.__code__ = function.__code__.replace(co_name=name)
    return raised_by(function)


class Loader:
    def __init__(self, source: object) -> None:
        self.source = source

    def get_source(self, name: str) -> object:
        if isinstance(self.source, BaseException):
            raise self.source
        return self.source


def loading(source: object) -> dict[str, object]:
    return {"__loader__": Loader(source), "__name__": "made"}


STACKS: dict[str, Callable[[], BaseException]] = {
    "surrogate in the file name": lambda: run_in({}, file="a\udcff.py"),
    "surrogate in the function name": lambda: run_in({}, name="f\ud800"),
    "function name of a str subclass": lambda: run_in({}, name=NameOfStr("g")),
    "loader raises": lambda: run_in(loading(ValueError("x")), file="m1.py"),
    "loader leaves": lambda: run_in(loading(SystemExit(1)), file="m2.py"),
    "loader gives bytes": lambda: run_in(loading(b"\xff"), file="m3.py"),
    "loader gives a number": lambda: run_in(loading(5), file="m4.py"),
    "loader gives a surrogate": lambda: run_in(loading("\ud800"), file="m5.py"),
    "line of 7 MB": lambda: run_in(loading("x" * 7_000_000), file="m6.py"),
}


@pytest.fixture(autouse=True)
def _lines_forgotten():
    yield
    linecache.clearcache()


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: "-".join(map(str, mode.values())))
@pytest.mark.parametrize("name", STACKS)
def test_stack_that_cannot_be_posted(name, mode, tmp_path):
    exc = STACKS[name]()
    stand_in = survivable(exc)

    def form() -> None:
        raise stand_in

    post, _ = invoke(form, tmp_path=tmp_path, **mode)
    assert post["errorType"] == "ValueError"
    assert post["errorMessage"] == "x"
    assert isinstance(stand_in, ValueError)
    stack = "".join(post["stackTrace"])
    if "gives" not in name:
        assert "raised_by" in stack
        assert len(stack) < 5_000


@pytest.mark.parametrize("name", [name for name in STACKS if "bytes" not in name])
def test_without_us_that_stack_ends_the_process(name, tmp_path):
    def form() -> None:
        raise exc

    deaths = 0
    for mode in MODES[::3]:
        linecache.clearcache()
        exc = STACKS[name]()
        try:
            invoke(form, tmp_path=tmp_path, **mode)
        except BaseException:
            deaths += 1
    assert deaths


def even(n: int) -> None:
    odd(n - 1)


def odd(n: int) -> None:
    even(n - 1) if n > 0 else thrown(ValueError("deep"))()


def test_deep_stack_keeps_its_innermost_frames():
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(60_000)
    try:
        exc = raised_by(lambda: even(50_001))
    finally:
        sys.setrecursionlimit(limit)
    with mock.patch.object(traceback, "extract_tb", wraps=traceback.extract_tb) as extract:
        stand_in = survivable(exc)
    assert {call.kwargs["limit"] for call in extract.call_args_list} == {1}  # never all of it
    assert isinstance(stand_in, ValueError)
    frames = traceback.extract_tb(stand_in.__traceback__)
    assert len(frames) == failures._KEPT_FRAMES
    assert frames[-1].name == "throw"
    assert {frame.name for frame in frames[:-1]} == {"even", "odd"}
    assert len(list(traceback.walk_tb(exc.__traceback__))) > 50_000  # the original is left alone


def test_recursion_error_fits_into_the_xray_header():
    exc = raised_by(recursion)
    assert survivable(exc) is exc
    assert failures._posted_size(exc.__traceback__) < failures._STACK_LIMIT


# Names and texts ----


class Liar(type):
    def __getattribute__(cls, name):
        return "Lie"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ValueError, "ValueError"),
        (CRLF, r"Bad\r\nX-Injected: 1"),
        (HostileName, "HostileName"),
        (HostileMeta, "HostileMeta"),
        (Liar("Truth", (Exception,), {}), "Truth"),
        (type(NameOfStr("Named"), (Exception,), {}), "Named"),
        (type("X" * 129, (Exception,), {}), "X" * 127 + "…"),
        (type("Fehlér\u2028\x85\u202e", (Exception,), {}), r"Fehlér\u2028\x85\u202e"),
    ],
    ids=["plain", "CRLF", "property", "getattribute", "liar", "str subclass", "long", "separators"],
)
def test_class_name(kind, name):
    assert class_name(kind()) == type_name(kind) == name


@pytest.mark.parametrize(
    ("exc", "said"),
    [
        (ValueError("a\nb"), "a\nb"),
        (KeyError("k"), "'k'"),
        (ValueError(), ""),
        (RaisingStr(), "(its str() raised RuntimeError)"),
        (LeavingStr(), "(its str() raised SystemExit)"),
        (OddStr(), "(its str() raised TypeError)"),
        (JoiningStr(), "text"),
        (ValueError("a\ud800\udc00b"), r"a\ud800\udc00b"),
        (ValueError("x" * 4_096), "x" * 4_096),
        (ValueError("x" * 4_097), "x" * 4_093 + "…"),
        (ValueError("é" * 4_000), "é" * 2_046 + "…"),
        (ValueError("\ud800" * 4_000), r"\ud800" * 682 + "\\…"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_text(exc, said):
    assert text(exc) == said
    assert type(text(exc)) is str
    assert len(said.encode()) <= 4_096


HOSTILE = (
    "\r\n\t\x00\x1b\x7f\x85\x9b\xa0\u061c\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\ud800\udfff\U000e0001"
)


@MANY
@given(st.text(st.characters() | st.sampled_from(HOSTILE)), st.integers(1, 300))
@example(HOSTILE, 200)
@example("x" * 7_000_000, 200)
def test_printable_is_one_bounded_line(value, limit):
    line = printable(value, limit=limit)
    assert len(line) <= limit
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    assert not set(line) & set(HOSTILE)
    assert line.encode("utf-8").decode("ascii", "ignore").isascii()
    assert json.loads(json.dumps({"seen": line}, ensure_ascii=False).encode("utf-8")) == {"seen": line}
    if len(value) <= limit and value.isprintable():
        assert line == value


class BadRepr:
    def __repr__(self):
        raise SystemExit(1)

    __str__ = __len__ = __iter__ = __bool__ = __format__ = __repr__


LINES: list[tuple[object, str]] = [
    ("a\r\nSTART RequestId: forged", r"a\r\nSTART RequestId: forged"),
    ("\x1b[2J\t\u2028\x85\ud800é€", r"\x1b[2J\t\u2028\x85\ud800é€"),
    ("", ""),
    (7, "7"),
    (True, "True"),
    (None, "None"),
    (float("nan"), "nan"),
    (10**5_000, "<int>"),
    (b"secret", "<bytes>"),
    ({"password": "secret"}, "<dict>"),
    (Rich(1, detail="secret"), "<Rich>"),
    (BadRepr(), "<BadRepr>"),
    (type("S", (str,), {"__str__": BadRepr.__repr__, "__len__": BadRepr.__repr__})("s\n"), r"s\n"),
    (HostileMeta("x"), "<HostileMeta>"),
    (CRLF("x"), r"<Bad\r\nX-Injected: 1>"),
    (ValueError, "<type>"),
]


@pytest.mark.parametrize(("value", "line"), LINES, ids=[ascii(line) for _, line in LINES])
def test_printable(value, line):
    assert printable(value) == line


def test_printable_cuts():
    assert printable("abcdef", limit=6) == "abcdef"
    assert printable("abcdef", limit=5) == "abcd…"
    assert printable("ab\ncd", limit=5) == "ab\\n…"
    assert printable("abc", limit=1) == "…"
    assert printable("abc", limit=0) == ""
    assert printable(123456, limit=4) == "123…"


# Where ----


def test_where_names_the_innermost_frames():
    here = Path(__file__).name
    exc = raised_by(lambda: odd(0))
    first, second, third = where(exc).split(" <- ")
    assert first == f"{here}:{thrown.__code__.co_firstlineno + 2} in throw"
    assert second == f"{here}:{odd.__code__.co_firstlineno + 1} in odd"
    assert third.endswith(" in <lambda>")
    assert where(ValueError("never raised")) == ""
    assert where(HostileAttributes("x")) == ""


def test_where_leaves_our_own_frames_out():
    def handler() -> None:
        errors.HTTPError(999)

    assert where(raised_by(handler)).startswith(f"{Path(__file__).name}:")
    assert "errors.py" not in where(raised_by(handler))


def test_where_keeps_our_own_frames_when_there_are_no_others():
    exc = raised_by(lambda: errors.HTTPError(999))
    ours = list(failures._frames(exc.__traceback__))[-1]
    assert where(exc.with_traceback(ours)) == f"errors.py:{ours.tb_lineno} in __init__"


def test_where_holds_no_hostile_name():
    line = where(run_in({}, file="dir/a\r\nb\ud800.py", name="f\x1b"))
    assert line.startswith(r"a\r\nb\ud800.py:1 in f\x1b <- ")
    assert line.isprintable()


# The real process ----


class Api(BaseHTTPRequestHandler):
    """A Runtime API of a few lines on the loopback: hands out names of forms, and keeps what is posted."""

    names: list[str]
    posts: dict[str, dict[str, object]]
    done: threading.Event

    def do_GET(self) -> None:
        if not self.names:
            self.done.set()
            threading.Event().wait(5)
            self.close_connection = True
            return
        name = self.names.pop(0)
        body = json.dumps(name).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", str(len(self.names)))
        self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posts[self.path] = json.loads(body)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


PROCESS_MODES = list(itertools.product(("TEXT", "JSON"), ("", "AWS_Lambda_python3.12")))


@pytest.mark.parametrize(("log_format", "runtime"), PROCESS_MODES, ids=map("-".join, PROCESS_MODES))
def test_real_runtime_client_lives_through_every_form(log_format, runtime, tmp_path):
    names = [*FORMS, "plain"]
    kept: dict[str, object] = {"names": list(names), "posts": {}, "done": threading.Event()}
    api = type("ThisApi", (Api,), kept)
    (tmp_path / "app.py").write_text(
        "import test_failures as forms\n"
        "def handler(name, context):\n"
        "    forms.throw_survivable(forms.FORMS[name])\n"
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_LOG_FORMAT": log_format,
        "AWS_EXECUTION_ENV": runtime,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parent)]),
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "app.handler"], env=environment, stdout=log, stderr=log
        )
    try:
        # The X-Ray document travels in a header of up to 1 MB; http.server takes 64 KB unless told otherwise.
        with mock.patch.object(http.client, "_MAXLINE", 1 << 21):
            while not api.done.wait(0.05) and process.poll() is None:
                pass
        assert process.poll() is None, (tmp_path / "log").read_text()[-2_000:]
    finally:
        process.kill()
        process.wait()
        server.shutdown()
        server.server_close()
    assert len(api.posts) == len(names)
    assert all(path.endswith("/error") for path in api.posts)
