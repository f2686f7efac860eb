"""What commands are given: an event in a file, an app in a module, parts as KEY=VALUE."""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from lambda_router.failures import printable

from .failure import Failure, UsageFailure

if TYPE_CHECKING:
    from lambda_router import Router

__all__ = ["Application", "application", "aside", "offered", "parts", "place", "read", "sampled"]


@dataclass(frozen=True)
class Application:
    """An app as it was named: what Lambda calls, the router behind it, and the seconds that its import took.

    `sources` are those that an entrypoint of `app.only` takes, None for all.
    """

    entrypoint: Callable[[Any, Any], Any]
    router: Router
    sources: frozenset[str] | None
    seconds: float

    def takes(self, source: str) -> bool:
        """Whether events of a source, or requests through its HTTP routes, get to the router."""
        if self.sources is None:
            return True
        from lambda_router.http.routes import CALLERS

        return source in self.sources or (
            source in ("http", "mount") and not self.sources.isdisjoint(CALLERS)
        )


def read(file: str) -> Any:
    """The JSON value in a file, or on standard input for `-`. UsageFailure where there is none."""
    shown = "standard input" if file == "-" else file
    try:
        data = _standard_input() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageFailure(f"{shown} cannot be read: {error.strerror or error}") from None
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except RecursionError:
        raise UsageFailure(f"{shown} is nested too deeply") from None
    except ValueError as error:
        raise UsageFailure(f"{shown} is not JSON: {error}") from None


def _standard_input() -> bytes:
    stdin: TextIO | None = sys.stdin
    if stdin is None:
        raise UsageFailure("standard input cannot be read: it is closed")
    return stdin.buffer.read()


def _finite(number: str) -> float:
    if math.isinf(found := float(number)):
        raise ValueError(f"{printable(number)} is more than a number of Python's can be")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def application(named: str) -> Application:
    """The app that `module:attribute` names, imported with the working directory first on the path.

    UsageFailure where there is no such thing, Failure where the module cannot be imported. What the module prints
    goes to standard error.
    """
    module, _, attribute = named.partition(":")
    if not module or not attribute or not all(part.isidentifier() for part in module.split(".")):
        raise UsageFailure(f"{named!r} names no app: APP is module:attribute{_meant(named)}")
    begun = time.perf_counter()
    found = _imported(module)
    seconds = time.perf_counter() - begun
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise UsageFailure(f"{module} has no {attribute}{_offered(found)}")
        found = getattr(found, part)
    return _application(found, named, seconds)


def _meant(named: str) -> str:
    """What was meant by a path or by the form of Lambda's handler setting."""
    path, _, attribute = named.partition(":")
    if path.endswith(".py"):
        module = path.removesuffix(".py").removeprefix("./").replace("/", ".")
    elif not attribute and "." in named:
        module, _, attribute = named.rpartition(".")
    else:
        module = path
    known = all(part.isidentifier() for part in module.split("."))
    return f", as {module if known else 'shop'}:{attribute or 'app'}"


def _imported(module: str) -> Any:
    directory = os.getcwd()
    if directory not in sys.path:
        sys.path.insert(0, directory)
    try:
        with aside():
            return importlib.import_module(module)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            meant = f"; APP is module:attribute{_meant(module)}" if module.endswith(".py") else ""
            raise UsageFailure(
                f"there is no module {error.name} in {directory}, nor installed{meant}"
            ) from None
        raise _unimportable(module, error) from error
    except BaseException as error:  # whatever a module raises, SystemExit too
        raise _unimportable(module, error) from error


@contextlib.contextmanager
def aside() -> Generator[None, None, None]:
    """What is printed meanwhile goes to standard error, by child processes and extensions too."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _unimportable(module: str, error: BaseException) -> Failure:
    from lambda_router.failures import class_name, text

    said = text(error.__class__(error.msg) if isinstance(error, SyntaxError) else error)
    seen = place(error)
    return Failure(f"{module} cannot be imported: {class_name(error)}: {said}{f' ({seen})' if seen else ''}")


def place(error: BaseException) -> str | None:
    """Where in the app something was raised: `shop.py:12`, from the working directory if it is below that.

    None where it was raised by this package alone.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}"
    import lambda_router

    package = os.path.dirname(lambda_router.__file__)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen ")]
    theirs = [f for f in frames if not f.filename.startswith(package + os.sep)]
    known = [f for f in theirs if not f.filename.startswith(sys.prefix + os.sep)]
    for frame in reversed(known or theirs):
        return f"{_short(frame.filename)}:{frame.lineno}"
    return None


def _short(file: str) -> str:
    """A path from the working directory if it leads downwards."""
    return os.path.relpath(file) if os.path.abspath(file).startswith(os.getcwd() + os.sep) else file


def _offered(module: Any) -> str:
    """The apps that a module has, as a hint."""
    from lambda_router.router import Entrypoint, Router

    found = [name for name, value in vars(module).items() if isinstance(value, Router | Entrypoint)]
    return f"; it has {', '.join(found)}" if found else ""


def _application(found: Any, named: str, seconds: float) -> Application:
    """What was found, if there is a router behind it; wrappers that name what they wrap are looked through."""
    from lambda_router.router import Entrypoint, Router

    inner = found
    for _ in range(100):
        if isinstance(inner, Entrypoint):
            return Application(found, inner.app, inner.sources, seconds)
        if isinstance(inner, Router):
            return Application(found, inner, None, seconds)
        if not hasattr(inner, "__wrapped__"):
            break
        inner = inner.__wrapped__
    raise UsageFailure(f"{named} is no Router, nor what app.only gives, but of type {type(found).__name__}")


def parts(pairs: Iterable[str], kinds: Mapping[str, str] | None = None) -> dict[str, Any]:
    """KEY=VALUE pairs as keyword arguments: a value is JSON where it is JSON, else the text itself.

    `kinds` are the annotations of the parts: a number is a text where the part is one, as `account=123456789012`.
    """
    found: dict[str, Any] = {}
    for pair in map(_readable, pairs):
        key, equals, value = pair.partition("=")
        if not equals or not key.isidentifier():
            raise UsageFailure(f"{pair!r} is no part of an event: KEY=VALUE")
        if key in found:
            raise UsageFailure(f"{key} is given twice; a list is JSON: {key}='[1, 2]'")
        meant = _value(value)
        found[key] = value if _is_text((kinds or {}).get(key, ""), meant) else meant
    return found


def _readable(argument: str) -> str:
    """The argument read as UTF-8 where the locale's encoding does not have what it says."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(argument).decode()
        except UnicodeError:
            raise UsageFailure(f"{argument!r} is not UTF-8") from None
    return argument


def _is_text(kind: str, value: Any) -> bool:
    """Whether a part with this annotation takes the text of a number, `true` or `null` and not the value."""
    kinds = set(kind.split(" | "))
    if value is None and "None" in kinds:
        return False
    plain = value is None or isinstance(value, int | float)
    return plain and "str" in kinds and kinds.isdisjoint({"Any", "int", "float", "bool"})


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return text


def sampled(name: str, pairs: Iterable[str]) -> Any:
    """A new event of this name with these parts. UsageFailure for a name, a part or a value that there is not."""
    from lambda_router.testing import events

    given = parts(pairs, events.parts(name))
    try:
        return events.make(name, **given)
    except events.SampleError as error:
        raise UsageFailure(str(error)) from error
    except (
        TypeError,
        ValueError,
        LookupError,
        AttributeError,
    ) as error:  # by a value that a builder cannot use
        raise UsageFailure(f"{name} cannot be made of these values: {error}") from error


def offered(incomplete: str) -> list[str]:
    """The names of events that begin so, for a shell to complete."""
    from lambda_router.testing.events import names

    return [name for name in names() if name.startswith(incomplete)]
