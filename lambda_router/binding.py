"""The verb *bind*: a handler's signature becomes a plan. The name picks the part, the annotation picks the type.

The complete rules are a table in docs/binding.md; this module is the only place that decides them, for every room, and it
decides when the decorator runs. It does without `inspect`: code objects, defaults and one annotation at a time suffice.
"""

from __future__ import annotations

import builtins
import functools
import sys
import types

from . import payload
from .errors import HandlerSignatureError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import CodeType, FrameType
    from typing import Any

    from .dependencies import Provider
    from .invocation import Invocation

    Getter = Callable[[Any], Any]
    Argument = Callable[[Any, Invocation], Any]

EVERYWHERE = ("event", "context", "invocation")
"""What every handler may ask for, beside `record` where there are records."""

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200
_VARIADIC, _VARIADIC_KEYWORDS = 0x04, 0x08


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING: Any = _Nothing()
"""No annotation, or no default."""


# -- signatures ------------------------------------------------------------------------------------------------


class Parameter:
    """One parameter of a handler, its annotation not yet resolved."""

    __slots__ = ("annotation", "default", "function", "name")

    def __init__(self, name: str, *, default: Any, function: Any, annotation: Any = NOTHING) -> None:
        self.name = name
        self.default = default
        self.function = function
        self.annotation = annotation


class Signature:
    """The parameters that a call by keyword can fill, and whether there are `*args` or `**kwargs`."""

    __slots__ = ("flags", "method_of", "parameters", "positional_only", "variadic")

    def __init__(self) -> None:
        self.parameters: list[Parameter] = []
        self.positional_only: tuple[str, ...] = ()
        self.variadic = False
        self.flags = 0
        self.method_of: str | None = None


def signature(handler: Any) -> Signature:
    """The signature behind wrappers (`__wrapped__`), partials, bound methods and callable objects."""
    bound = 0
    taken: set[str] = set()
    found = handler
    for _ in range(64):
        if isinstance(found, types.MethodType):
            bound += 1
            found = found.__func__
        elif (inner := getattr(found, "__wrapped__", NOTHING)) is not NOTHING and not isinstance(found, type):
            found = inner
        elif isinstance(found, functools.partial):
            bound += len(found.args)
            taken.update(found.keywords)
            found = found.func
        elif isinstance(getattr(found, "__code__", None), types.CodeType):
            return _of_function(found, bound=bound, taken=taken)
        elif not isinstance(found, type) and isinstance(
            getattr(type(found), "__call__", None), types.FunctionType
        ):
            bound += 1
            found = type(found).__call__
        else:
            return _of_object(found, bound=bound, taken=taken)
    raise HandlerSignatureError(f"{handler!r} is wrapped in a circle")


def _of_function(function: Any, *, bound: int, taken: set[str]) -> Signature:
    code: CodeType = function.__code__
    result = Signature()
    result.flags = code.co_flags
    result.variadic = bool(code.co_flags & (_VARIADIC | _VARIADIC_KEYWORDS))
    positional = code.co_varnames[: code.co_argcount]
    keyword = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults: dict[str, Any] = dict(function.__kwdefaults__ or {})
    if function.__defaults__:
        defaults.update(zip(positional[-len(function.__defaults__) :], function.__defaults__, strict=True))
    result.positional_only = tuple(
        n for n in positional[bound : code.co_posonlyargcount] if n not in defaults
    )
    names = [n for n in (*positional[max(bound, code.co_posonlyargcount) :], *keyword) if n not in taken]
    result.parameters = [Parameter(n, default=defaults.get(n, NOTHING), function=function) for n in names]
    holder = function.__qualname__.rpartition("<locals>.")[2].rpartition(".")[0]
    if holder and not bound and positional[:1] and positional[0] in ("self", "cls"):
        result.method_of = holder
    return result


def _of_object(handler: Any, *, bound: int, taken: set[str]) -> Signature:
    import inspect

    result = Signature()
    try:
        parameters = list(inspect.signature(handler).parameters.values())[bound:]
    except (TypeError, ValueError):
        raise HandlerSignatureError(
            f"{handler!r} has no signature that can be read; wrap it in a def"
        ) from None
    for p in parameters:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            result.variadic = True
        elif p.kind is p.POSITIONAL_ONLY:
            result.positional_only += (p.name,) if p.default is p.empty else ()
        elif p.name not in taken:
            default = NOTHING if p.default is p.empty else p.default
            annotation = NOTHING if p.annotation is p.empty else p.annotation
            result.parameters.append(
                Parameter(p.name, default=default, function=handler, annotation=annotation)
            )
    return result


def flags(handler: Any) -> int:
    """The code flags of what a call of the handler runs; 0 where they cannot be read."""
    try:
        return signature(handler).flags
    except HandlerSignatureError:
        return 0


def is_async(handler: Any) -> bool:
    """Whether the handler is declared `async def`."""
    return bool(flags(handler) & _COROUTINE)


def is_generator(handler: Any) -> bool:
    """Whether the handler is a generator function, asynchronous or not."""
    return bool(flags(handler) & (_GENERATOR | _ASYNC_GENERATOR))


def is_async_generator(handler: Any) -> bool:
    """Whether the handler is an asynchronous generator function."""
    return bool(flags(handler) & _ASYNC_GENERATOR)


# -- annotations -----------------------------------------------------------------------------------------------


def annotation_of(parameter: Parameter, frame: FrameType | None) -> Any:
    """The annotation of one parameter; text is resolved in its module, then in the decorating frame."""
    found = parameter.annotation
    if found is NOTHING:
        found = _annotations(parameter.function).get(parameter.name, NOTHING)
    if not isinstance(found, str) and not _has_text(found):
        return found
    space = getattr(parameter.function, "__globals__", {})
    # A name alone, as most are, need not be compiled.
    named = space.get(found, _BUILTINS.get(found, NOTHING)) if isinstance(found, str) else NOTHING
    if named is not NOTHING and not isinstance(named, str) and not _has_text(named):
        return named
    for names in ({}, frame.f_locals if frame is not None else {}):
        try:
            return _resolved(found, {**space, **names})
        except Exception:
            continue
    raise HandlerSignatureError(
        f"the annotation {found!r} of {parameter.name!r} cannot be resolved: import the name at run time "
        "(not only under TYPE_CHECKING) or leave the annotation out"
    )


_BUILTINS = vars(builtins)


def _resolved(found: Any, known: dict[str, Any]) -> Any:
    value = eval(found, known) if isinstance(found, str) else found
    # Quoted below `from __future__ import annotations`, it is a text in a text.
    value = eval(value, known) if isinstance(value, str) else value
    if not _has_text(value):
        return value
    from typing import get_type_hints

    holder = types.SimpleNamespace(__annotations__={"value": value})
    return get_type_hints(holder, known, include_extras=True)["value"]


def _has_text(annotation: Any) -> bool:
    """Whether there is a name in quotes inside, as in `list["Order"]`, which pydantic would look up too late."""
    if getattr(annotation, "__origin__", None) is _typing("Literal"):
        return False
    inner = getattr(annotation, "__args__", None)
    return isinstance(inner, tuple) and any(
        isinstance(one, str) or type(one).__name__ == "ForwardRef" or _has_text(one) for one in inner
    )


def _annotations(function: Any) -> Mapping[str, Any]:
    try:
        return getattr(function, "__annotations__", None) or {}
    except NameError:  # Python 3.14 evaluates them all at once, here
        annotationlib: Any = __import__("annotationlib")
        texts: Mapping[str, Any] = annotationlib.get_annotations(function, format=annotationlib.Format.STRING)
        return texts


def _typing(name: str) -> Any:
    module = sys.modules.get("typing")
    return getattr(module, name, NOTHING) if module is not None else NOTHING


def metadata(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """`Annotated[T, ...]` as T and the rest; any other annotation as itself and nothing."""
    extra = getattr(annotation, "__metadata__", None)
    return (annotation.__origin__, extra) if isinstance(extra, tuple) else (annotation, ())


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; any other annotation alone."""
    if isinstance(annotation, types.UnionType) or getattr(annotation, "__origin__", None) is _typing("Union"):
        members: tuple[Any, ...] = annotation.__args__
        return members
    return (annotation,)


def optional(annotation: Any) -> tuple[Any, bool]:
    """`Optional[T]` as T and True; a union of more than one other type stays whole."""
    members = alternatives(annotation)
    rest = [m for m in members if m is not type(None)]
    if len(rest) == len(members) or not rest:
        return annotation, False
    return (rest[0] if len(rest) == 1 else annotation), True


def is_free(annotation: Any) -> bool:
    """Whether the annotation says nothing: absent, `Any` or `object`."""
    return annotation is NOTHING or annotation is object or annotation is _typing("Any")


def scalar(annotation: Any) -> Any:
    """The key of `payload.SCALARS` that the annotation stands for, or NOTHING."""
    origin = getattr(annotation, "__origin__", None)
    if origin in (dict, list) and all(
        is_free(a) or (origin is dict and a is str) for a in annotation.__args__
    ):
        annotation = origin
    try:
        return annotation if annotation in payload.SCALARS else NOTHING
    except TypeError:
        return NOTHING


def is_structured(annotation: Any) -> bool:
    """Whether the annotation has structure: a model, dataclass, TypedDict, NamedTuple, or a container of anything."""
    annotation, _ = metadata(annotation)
    members = alternatives(annotation)
    if len(members) > 1:
        return any(is_structured(m) for m in members)
    origin = getattr(annotation, "__origin__", None)
    kind = origin if isinstance(origin, type) else annotation
    if not isinstance(kind, type):
        return False
    if (
        issubclass(kind, dict | list | set | frozenset)
        or (kind is tuple)
        or hasattr(kind, "__dataclass_fields__")
    ):
        return True
    named = ("__pydantic_core_schema__", "__pydantic_fields__", "__total__", "_fields", "__struct_fields__")
    return any(hasattr(kind, name) for name in named) or kind.__module__ == "collections.abc"


def is_list_of_scalars(annotation: Any) -> bool:
    """`list[int]`, `set[str]` and the like: several values rather than a document."""
    annotation, _ = optional(metadata(annotation)[0])
    if getattr(annotation, "__origin__", None) not in (list, set, tuple, frozenset):
        return False
    return not any(is_structured(a) for a in annotation.__args__ if a is not Ellipsis)


# -- arguments -------------------------------------------------------------------------------------------------


class Vocabulary:
    """What a handler may ask for: the source's parts, its content and its payload, and where they come from."""

    def __init__(
        self,
        *,
        source: str,
        parts: Mapping[str, Getter],
        content: Mapping[str, Getter] | None = None,
        payload: str | None = None,
        records: bool = False,
    ) -> None:
        self.source = source
        self.parts = parts
        self.content = content or {}
        self.payload = payload
        self.records = records
        self.planned: dict[Callable[..., Any], Plan] = {}
        """The plans of the dependencies that one handler's parameters have led to."""
        self._outer: Vocabulary | None = None

    def everywhere(self, name: str) -> Argument | None:
        """The argument of a name that is known everywhere."""
        return _record if name == "record" and self.records else _EVERYWHERE.get(name)

    def first(self, parameter: Parameter, annotation: Any) -> Argument | None:
        """What goes before everything else: a room with templates or markers answers here."""
        return None

    def last(self, parameter: Parameter, annotation: Any) -> Argument | None:
        """What comes after the parts and before the payload: a room with query parameters answers here."""
        return None

    def raw(self, name: str, value: Any) -> Any:
        """The value of a part that a Powertools event class is wrapped around."""
        return value

    def of_invocation(self) -> Vocabulary:
        """What a dependency that lives for the whole invocation may ask for."""
        if self._outer is None:
            outer = self._outer = Vocabulary(source=self.source, parts={})
            outer._outer = outer
        return self._outer

    def names(self) -> list[str]:
        """All names on offer, for messages."""
        record = ["record"] if self.records and "record" not in self.parts else []
        parts = [p for p in self.parts if p not in self.content and not p.startswith("_")]
        return [*self.content, *parts, *record, *EVERYWHERE]


def _event(subject: Any, invocation: Invocation) -> Any:
    room = invocation.room
    return invocation.event if room is None else room.envelope(invocation.event, subject)


def _context(subject: Any, invocation: Invocation) -> Any:
    return invocation.context


def _invocation(subject: Any, invocation: Invocation) -> Any:
    return invocation


def _record(subject: Any, invocation: Invocation) -> Any:
    return subject if invocation.room is not None and invocation.room.records else None


_EVERYWHERE: dict[str, Argument] = {"event": _event, "context": _context, "invocation": _invocation}


class Plan:
    """How a handler is called: `call(subject, invocation)` with every argument filled."""

    __slots__ = ("arguments", "call", "dependencies", "handler", "scoped")

    def __init__(
        self,
        handler: Callable[..., Any],
        arguments: Mapping[str, Argument],
        *,
        dependencies: Sequence[Provider],
    ) -> None:
        self.handler = handler
        self.arguments = dict(arguments)
        self.dependencies = tuple(dependencies)
        self.scoped = bool(dependencies) or _invocation in self.arguments.values()
        self.call = _caller(handler, self.arguments)


def _caller(handler: Callable[..., Any], arguments: Mapping[str, Argument]) -> Argument:
    """`lambda subject, invocation: handler(name=get(subject, invocation), ...)`, written out for these arguments.

    It is a method of the handler: routes that ask for the same arguments share one function, so that little of each has to
    come into a cache.
    """
    names, gets = tuple(arguments), tuple(arguments.values())
    in_order = len(names) < len(_IN_ORDER) and _takes_in_order(handler, names)
    return types.MethodType(_called_with(len(names) if in_order else names, gets), handler)


def _takes_in_order(handler: Any, names: tuple[str, ...]) -> bool:
    """Whether the names are the first parameters of a plain function: given by position they are the same, and quicker."""
    if type(handler) is not types.FunctionType or "__wrapped__" in handler.__dict__:
        return False
    code = handler.__code__
    return len(names) <= code.co_argcount and names == code.co_varnames[: len(names)]


_IN_ORDER: tuple[Callable[..., Callable[..., Any]], ...] = (
    lambda: lambda handler, subject, invocation: handler(),
    lambda a: lambda handler, subject, invocation: handler(a(subject, invocation)),
    lambda a, b: lambda handler, subject, invocation: handler(a(subject, invocation), b(subject, invocation)),
    lambda a, b, c: (
        lambda handler, subject, invocation: handler(
            a(subject, invocation), b(subject, invocation), c(subject, invocation)
        )
    ),
)


@functools.lru_cache(maxsize=1024)
def _called_with(asked: int | tuple[str, ...], gets: tuple[Argument, ...]) -> Callable[..., Any]:
    """What calls a handler with so many arguments, or with arguments of these names."""
    return (_IN_ORDER[asked] if isinstance(asked, int) else _by_name(asked))(*gets)


@functools.lru_cache(maxsize=1024)
def _by_name(names: tuple[str, ...]) -> Callable[..., Any]:
    # A call with literal keywords costs half of one with a dict of them.
    gets = ", ".join(f"get_{name}" for name in names)
    given = ", ".join(f"{name}=get_{name}(subject, invocation)" for name in names)
    return eval(f"lambda {gets}: lambda handler, subject, invocation: handler({given})")  # type: ignore[no-any-return]


def plan(
    handler: Callable[..., Any],
    vocabulary: Vocabulary,
    *,
    frame: FrameType | None = None,
    shown: str = "",
    above: tuple[Callable[..., Any], ...] = (),
) -> Plan:
    """The plan of a handler; HandlerSignatureError where it asks for what the source does not offer."""
    found = signature(handler)
    _check(handler, found, shown=shown)
    if found.flags & (_COROUTINE | _ASYNC_GENERATOR):
        __import__(f"{__package__}.aio")  # now, in the init phase, and not at the first event
    builder = _Builder(vocabulary, frame=frame, shown=shown, above=above)
    arguments = {}
    for parameter in found.parameters:
        argument = builder.argument(parameter)
        if argument is not None:
            arguments[parameter.name] = argument
    return Plan(handler, arguments, dependencies=builder.dependencies)


def _check(handler: Any, found: Signature, *, shown: str) -> None:
    if found.method_of:
        raise HandlerSignatureError(
            f"{found.method_of}.{handler.__name__} is a method that has no instance yet; decorate it bound to one: "
            f"{shown}({found.method_of.lower()}.{handler.__name__})"
        )
    if found.positional_only:
        raise HandlerSignatureError(
            f"{shown}: {found.positional_only[0]!r} is positional-only, and handlers are called by keyword: remove the `/`"
        )
    if found.variadic and not found.parameters:
        raise HandlerSignatureError(
            f"{shown}: {getattr(handler, '__qualname__', handler)!s} takes only *args or **kwargs, which are never filled: "
            "a decorator hides the signature, use functools.wraps in it"
        )


class _Builder:
    """Decides each parameter of one handler, in the order of the table."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        frame: FrameType | None,
        shown: str,
        above: tuple[Callable[..., Any], ...],
    ) -> None:
        self.words = vocabulary
        self.frame = frame
        self.shown = shown or f"app.{vocabulary.source}"
        self.above = above
        self.payload_for: str | None = None
        self.dependencies: list[Provider] = []

    def argument(self, parameter: Parameter) -> Argument | None:
        """The argument of one parameter, or None where it keeps its default."""
        name, words = parameter.name, self.words
        if name in ("context", "invocation"):  # never converted, so their annotations are never resolved
            return words.everywhere(name)
        annotation = annotation_of(parameter, self.frame)
        dependency = self.dependency(parameter, annotation)
        if dependency is not None:
            return dependency
        found = words.first(parameter, annotation)
        if found is not None:
            return found
        found = words.everywhere(name)
        if found is not None:
            return self.whole(found, annotation, name=name)
        if name in words.content:
            return _given(document(name, annotation, words.content[name]), parameter, words.content[name])
        if name in words.parts:
            return _given(value(name, annotation, words), parameter, words.parts[name])
        found = words.last(parameter, annotation)
        if found is not None:
            return found
        if is_structured(annotation) and (words.payload or parameter.default is NOTHING):
            return self.payload(parameter, annotation)
        self.refuse(parameter)
        return None

    def dependency(self, parameter: Parameter, annotation: Any) -> Argument | None:
        if f"{__package__}.dependencies" not in sys.modules:  # then nobody has written Depends
            return None
        from .dependencies import Dependency, Provider

        for candidate in (*metadata(annotation)[1], parameter.default):
            if isinstance(candidate, Dependency):
                found = Provider(candidate, self.words, frame=self.frame, shown=self.shown, above=self.above)
                self.dependencies.append(found)
                return found
        return None

    def whole(self, found: Argument, annotation: Any, *, name: str) -> Argument:
        convert = converter(name, annotation)
        if convert is None:
            return found
        return lambda subject, invocation: convert(found(subject, invocation))

    def payload(self, parameter: Parameter, annotation: Any) -> Argument:
        """The payload for the one structured parameter under a free name."""
        words = self.words
        if words.payload is None:
            raise self.error(
                f"{parameter.name!r} has a free name, and {words.source} has no payload to fill it with"
            )
        if self.payload_for is not None:
            raise self.error(
                f"{self.payload_for!r} and {parameter.name!r} both ask for the payload; only one parameter can"
            )
        self.payload_for = parameter.name
        if words.payload in words.content:
            get = words.content[words.payload]
            return _given(document(words.payload, annotation, get), parameter, get)
        return _given(value(words.payload, annotation, words), parameter, words.parts[words.payload])

    def refuse(self, parameter: Parameter) -> None:
        """HandlerSignatureError for a parameter that nothing fills and that cannot keep a default."""
        near = close(parameter.name, self.words.names())
        if parameter.default is not NOTHING and not near:
            return
        hint = f"did you mean {near!r}? " if near else ""
        raise self.error(f"{parameter.name!r} is not on offer; {hint}Handlers may ask for")

    def error(self, text: str) -> HandlerSignatureError:
        offer = ", ".join(self.words.names())
        end = f" {offer}" if text.endswith("ask for") else f". On offer: {offer}"
        payload_hint = f"; a model under any name gets the {self.words.payload}" if self.words.payload else ""
        return HandlerSignatureError(f"{self.shown}: {text}{end}{payload_hint}")


def _given(argument: Argument, parameter: Parameter, get: Getter) -> Argument:
    """The converted part, or the parameter's default where the source sends none."""
    if parameter.default is NOTHING:
        return argument
    default = parameter.default
    return lambda subject, invocation: (
        default if payload.empty(get(subject)) else argument(subject, invocation)
    )


def document(name: str, annotation: Any, get: Getter) -> Argument:
    """Content (text or bytes) as the annotation asks: parsed JSON, `str`, `bytes`, or validated by pydantic."""
    # Only classes that equal none but themselves: two unions are equal that try their members in another order.
    unique = isinstance(annotation, type) and type(annotation).__hash__ is type.__hash__
    return (_shared_document if unique else _document)(name, annotation, get)


def _document(name: str, annotation: Any, get: Getter) -> Argument:
    inner, may_be_none = optional(metadata(annotation)[0])
    kind = scalar(inner)
    if is_free(inner):
        return _parsed(name, get, kind=None, may_be_none=True)
    if kind is dict or kind is list:
        return _parsed(name, get, kind=kind, may_be_none=may_be_none)
    may_be_empty = kind is str or kind is bytes
    decode = _decoder(name, annotation, kind)

    def argument(subject: Any, invocation: Invocation) -> Any:
        raw = get(subject)
        if not raw and (raw is None or not may_be_empty):
            if may_be_none:
                return None
            raise payload.missing(name)
        return decode(raw)

    return argument


_shared_document = functools.lru_cache(maxsize=1024)(_document)
"""Routes that ask for the same class have one reader, which soon is warm."""


def _parsed(name: str, get: Getter, *, kind: Any, may_be_none: bool) -> Argument:
    """Content as parsed JSON, of one kind or of any; text that is all document takes the short way."""
    scan = payload.scan

    def argument(subject: Any, invocation: Invocation) -> Any:
        raw = get(subject)
        try:
            if type(raw) is bytes:
                raw = raw.decode()
            found, end = scan(raw, 0)
            if end == len(raw) and (kind is None or type(found) is kind):
                return found
        except (StopIteration, TypeError, ValueError, RecursionError):
            pass
        return carefully(raw)

    def carefully(raw: Any) -> Any:
        if not raw:
            if may_be_none:
                return None
            raise payload.missing(name)
        found = payload.document(name, raw)
        return found if kind is None else payload.SCALARS[kind](name, found)

    return argument


def _decoder(name: str, annotation: Any, kind: Any) -> Getter:
    if kind is str or kind is bytes:
        return functools.partial(payload.text if kind is str else payload.octets, name)
    return payload.validated_document(annotation, part=name)


def value(name: str, annotation: Any, words: Vocabulary) -> Argument:
    """A part that is a JSON value: as the source sends it unless the annotation asks for a conversion."""
    get = words.parts[name]
    convert = converter(name, annotation)
    if convert is None:
        return lambda subject, invocation: get(subject)
    if payload.wrapper(metadata(annotation)[0]) is not None:
        return lambda subject, invocation: convert(words.raw(name, get(subject)))
    return lambda subject, invocation: convert(get(subject))


def converter(name: str, annotation: Any, *, present: bool = False) -> Getter | None:
    """What turns a JSON value into the annotated type, or None where the value stays as it is. `present` says that the
    value is never None."""
    base, _ = metadata(annotation)
    inner, may_be_none = optional(base)
    if is_free(inner) or getattr(inner, "__module__", "").startswith("lambda_router"):
        return None
    wrap = payload.wrapper(inner)
    if wrap is not None:
        return wrap
    convert = _converter(name, annotation if base is not annotation or scalar(inner) is NOTHING else inner)

    if present:
        return convert

    def checked(seen: Any) -> Any:
        if seen is None:
            if may_be_none or inner in (None, type(None)):
                return None
            raise payload.missing(name)
        return convert(seen)

    return checked


def _converter(name: str, annotation: Any) -> Getter:
    # Text where structure is asked for is a document: the scheduler sends its detail as JSON text.
    kind = scalar(annotation)
    if kind is not NOTHING:
        to_scalar = payload.SCALARS[kind]
        if kind is dict or kind is list:
            return lambda seen: to_scalar(
                name, payload.document(name, seen) if isinstance(seen, str) else seen
            )
        return functools.partial(to_scalar, name)
    if getattr(annotation, "__origin__", None) is list and scalar(annotation.__args__[0]) is not NOTHING:
        to_element = payload.SCALARS[scalar(annotation.__args__[0])]
        return lambda seen: [to_element(name, element) for element in payload.SCALARS[list](name, seen)]
    validate = payload.validated_value(annotation, part=name)
    if not is_structured(annotation):
        return validate
    read = payload.validated_document(annotation, part=name)
    return lambda seen: read(seen) if isinstance(seen, str) else validate(seen)


def close(name: str, names: Iterable[str]) -> str | None:
    """The name on offer that the given one is probably a misspelling of."""
    import difflib

    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.75)
    return found[0] if found else None
