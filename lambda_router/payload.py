"""From what the source sends to what the annotation asks for; pydantic is imported by the first that needs it."""

from __future__ import annotations

import json

from .errors import HandlerSignatureError, MissingDependencyError, PayloadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Convert = Callable[[Any], Any]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_json = json.JSONDecoder(parse_constant=_no_constant)
scan: Callable[[str, int], tuple[Any, int]] = vars(_json)["scan_once"]
"""The document at an index of a text, and where it ends; StopIteration where there is none."""


def problem(part: str, message: str, *, kind: str) -> PayloadError:
    """A PayloadError with one entry."""
    return PayloadError(f"{part}: {message}", part=part, errors=[{"loc": (), "type": kind, "msg": message}])


# -- documents: text or bytes ----------------------------------------------------------------------------------


def text(part: str, raw: Any) -> str:
    """The document as text, decoded as strict UTF-8."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bytes):
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise problem(part, "is not UTF-8 text", kind="unicode") from None
    raise missing(part) if raw is None else problem(part, f"is {type(raw).__name__}, not text", kind="type")


def octets(part: str, raw: Any) -> bytes:
    """The document as bytes."""
    if isinstance(raw, bytes):
        return raw
    try:
        return text(part, raw).encode("utf-8")
    except UnicodeEncodeError:
        raise problem(part, "has a lone surrogate", kind="unicode") from None


def document(part: str, raw: Any) -> Any:
    """The document parsed as strict JSON."""
    if type(raw) is not str:
        raw = text(part, raw)
    try:
        found, end = scan(raw, 0)
        # The scanner alone takes half the time of the decoder, which is asked about what surrounds a document.
        return found if end == len(raw) else _json.decode(raw)
    except StopIteration:
        return _surrounded(part, raw)
    except (ValueError, RecursionError):
        raise problem(part, "is not JSON", kind="json_invalid") from None


def _surrounded(part: str, raw: str) -> Any:
    """A document behind white space, or none."""
    try:
        return _json.decode(raw)
    except (ValueError, RecursionError):
        raise problem(part, "is not JSON", kind="json_invalid") from None


def missing(part: str) -> PayloadError:
    """The part is absent and the annotation does not allow that."""
    return problem(part, "is missing; annotate it with | None to accept that", kind="missing")


def empty(raw: Any) -> bool:
    """Whether there is no document at all."""
    return raw is None or raw == "" or raw == b""


# -- values, as JSON gives them --------------------------------------------------------------------------------


def _wrong(part: str, name: str, value: Any, *, kind: str) -> PayloadError:
    return problem(part, f"is {type(value).__name__}, not {name}", kind=kind)


def _int(part: str, value: Any) -> int:
    if type(value) is int:
        return value
    if (
        isinstance(value, str)
        and (value.isdigit() or value.removeprefix("-").isdigit())
        and value.isascii()
        and len(value) < 4300
    ):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise problem(part, "is not an integer", kind="int_parsing")


def _float(part: str, value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _finite(part, value)
    if isinstance(value, str) and value.isascii() and not any(c in value for c in "_nN \t\r\n"):
        try:
            return _finite(part, value)
        except ValueError:
            pass
    raise problem(part, "is not a number", kind="float_parsing")


def _finite(part: str, value: Any) -> float:
    try:
        number = float(value)
    except OverflowError:
        raise problem(part, "is too large for a float", kind="float_parsing") from None
    if number - number != 0:
        raise problem(part, "is not a finite number", kind="float_parsing")
    return number


_BOOLS = {"true": True, "false": False, "1": True, "0": False}


def _bool(part: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _BOOLS:
        return _BOOLS[value.lower()]
    raise problem(part, "is not true or false", kind="bool_parsing")


def _str(part: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return text(part, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise _wrong(part, "text", value, kind="string_type")


def _dict(part: str, value: Any) -> Any:
    if isinstance(value, dict):
        return value
    raise _wrong(part, "an object", value, kind="dict_type")


def _list(part: str, value: Any) -> Any:
    if isinstance(value, list):
        return value
    raise _wrong(part, "an array", value, kind="list_type")


def _none(part: str, value: Any) -> None:
    if value is not None:
        raise _wrong(part, "null", value, kind="none_required")


SCALARS: dict[Any, Callable[[str, Any], Any]] = {
    str: _str,
    bytes: octets,
    int: _int,
    float: _float,
    bool: _bool,
    dict: _dict,
    list: _list,
    None: _none,
    type(None): _none,
}
"""What we convert ourselves, so that a scalar part never costs an import of pydantic."""


# -- anything else: pydantic -----------------------------------------------------------------------------------


def adapter(annotation: Any, *, part: str) -> Any:
    """pydantic's TypeAdapter of an annotation."""
    try:
        from pydantic import TypeAdapter
    except ImportError:
        raise MissingDependencyError(
            f"the annotation of {part!r} needs pydantic: pip install pydantic, or annotate a plain type"
        ) from None
    try:
        return TypeAdapter(annotation)
    except Exception as exc:
        reason = str(exc).partition("\n")[0]
        raise HandlerSignatureError(
            f"pydantic cannot validate {annotation!r}, asked for as {part!r}: {reason}"
        ) from exc


def _quick(found: Any, method: str) -> Convert:
    """A method of the validator behind a TypeAdapter, which is the same without its many options; that of the TypeAdapter
    where the validator is yet to be made, as of a model that refers to one further down in its module."""
    from pydantic_core import SchemaValidator

    validator = found.validator
    return getattr(validator if isinstance(validator, SchemaValidator) else found, method)  # type: ignore[no-any-return]


def validated_document(annotation: Any, *, part: str) -> Convert:
    """A converter from a JSON document to the annotated type."""
    validate = _quick(adapter(annotation, part=part), "validate_json")
    from pydantic import ValidationError

    def convert(raw: Any) -> Any:
        try:
            if type(raw) is not bytes and (type(raw) is not str or not raw.isascii()):
                raw = octets(part, raw)
            return validate(raw)
        except ValidationError as exc:
            raise invalid(part, exc) from None

    return convert


def validated_value(annotation: Any, *, part: str) -> Convert:
    """A converter from a JSON value to the annotated type."""
    found = adapter(annotation, part=part)
    validate, validate_json = _quick(found, "validate_python"), found.validate_json
    from pydantic import ValidationError

    def convert(value: Any) -> Any:
        try:
            return validate(value)
        except ValidationError as exc:
            # A strict model takes from JSON text what it does not take from Python values, such as a date.
            try:
                return validate_json(json.dumps(value))
            except (TypeError, ValueError, RecursionError):
                raise invalid(part, exc) from None

    return convert


def invalid(part: str, exc: Any) -> PayloadError:
    """pydantic's findings as a PayloadError: where and what kind, never the value that was sent."""
    from .failures import printable

    errors = [
        {"loc": tuple(e["loc"]), "type": e["type"], "msg": printable(_said(e))}
        for e in exc.errors(include_url=False, include_input=False)[:50]
    ]
    shown = "; ".join(f"{'.'.join(map(str, e['loc'])) or part}: {e['msg']}" for e in errors[:5])
    return PayloadError(f"{part} does not validate: {shown}", part=part, errors=errors)


def _said(error: Any) -> str:
    """pydantic's message of one finding; of those that repeat what was sent, one that does not."""
    if error["type"] == "union_tag_invalid":
        return f"Input tag is none of the expected tags: {error['ctx']['expected_tags']}"
    return "Invalid python path" if error["type"] == "import_error" else str(error["msg"])


def wrapper(annotation: Any) -> Convert | None:
    """A Powertools event class as the converter that wraps the raw value, or None for any other annotation."""
    for cls in getattr(annotation, "__mro__", ()):
        if cls.__name__ == "DictWrapper" and cls.__module__.startswith("aws_lambda_powertools."):
            return annotation  # type: ignore[no-any-return]
    return None
