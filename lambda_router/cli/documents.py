"""Templates as files: YAML with CloudFormation's short tags, or JSON, of whatever size and shape somebody made them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from .failure import UsageFailure

__all__ = ["dumped", "load"]

_LARGEST = 4_000_000
"""Bytes. CloudFormation takes a megabyte; what is thrown away before (comments, spaces) may be as much again.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""
_DEEPEST = 60
_MOST = 500_000
"""Values, each anchored one as often as it is referred to."""


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """YAML's plain values, dates left as the texts that they are in a template, and short tags as `{"Ref": ...}`."""

    yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in found if not tag.endswith(":timestamp")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _tagged(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    text = loader.construct_scalar(node)
    return {name: text.split(".", 1) if suffix == "GetAtt" else text}


_Loader.add_multi_constructor("!", _tagged)


def load(file: str) -> dict[str, Any]:
    """The template in a file, or on standard input for `-`, its short tags written out. UsageFailure where there is none."""
    shown = "standard input" if file == "-" else file
    try:
        data = sys.stdin.buffer.read(_LARGEST + 1) if file == "-" else _start(Path(file))
        if len(data) > _LARGEST:
            raise UsageFailure(f"{shown} has more than {_LARGEST // 10**6} MB: no template is as large")
        found = _parsed(data.decode("utf-8-sig"))
    except OSError as error:
        raise UsageFailure(f"{shown} cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise UsageFailure(f"{shown} is nested too deeply") from None
    except yaml.YAMLError as error:
        raise UsageFailure(f"{shown} is neither YAML nor JSON: {_said(error)}") from None
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        raise UsageFailure(f"{shown} is no template: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("Resources"), dict):
        raise UsageFailure(f"{shown} is no template: it has no Resources")
    return found


def _start(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(_LARGEST + 1)


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        _measure(text)
    else:
        return _shallow(found)
    return yaml.load(text, _Loader)


def _measure(text: str) -> None:
    """ValueError for a document that nests, or whose anchors multiply it, beyond what a template may need.

    It is seen in the events of the parser: making the tree of a document that nests deeply overruns libyaml's stack.
    """
    open_: list[tuple[str | None, int]] = []
    sizes: dict[str, int] = {}
    total = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append((event.anchor, total))
            if len(open_) > _DEEPEST:
                raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            if anchor is not None:
                sizes[anchor] = total - before
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes and any(anchor == event.anchor for anchor, _ in open_):
                raise ValueError(f"its anchor {event.anchor} refers to itself")
            total += sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
        if total > _MOST:
            raise ValueError(f"it holds more than {_MOST:,} values")


def _shallow(found: Any) -> Any:
    level = [found]
    for _ in range(_DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
    if level:
        raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
    return found


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _said(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return f"{problem}, line {mark.line + 1}" if mark is not None else str(problem)


class _Dumper(yaml.SafeDumper):
    """Short tags for references, and no anchors, which CloudFormation does not take."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _object(dumper: _Dumper, value: dict[Any, Any]) -> yaml.Node:
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name in ("Ref", "Fn::GetAtt", "Fn::Sub"):
            text = ".".join(argument) if isinstance(argument, list) else argument
            return dumper.represent_scalar(f"!{name.removeprefix('Fn::')}", text)
    return dumper.represent_dict(value.items())


_Dumper.add_representer(dict, _object)


def dumped(value: Any, indent: int = 0) -> str:
    """A value as YAML, with short tags, each line behind as many spaces."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=120)
    plain = re.sub(r"!(Ref|GetAtt) '([A-Za-z0-9.]+)'$", r"!\1 \2", text, flags=re.M)
    return "".join(f"{' ' * indent}{line}\n" if line else "\n" for line in plain.splitlines())
