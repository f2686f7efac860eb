"""A template as the stack that it would become: its resources, with references and functions worked out as far as can be.

What only a deployment knows (the stack's name, parameters without a default, names that AWS makes up) is stood in for by
texts that are the same wherever it is referred to, and that `loose` turns into stars. What cannot be worked out at all is
UNKNOWN, about which no rule says anything.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeGuard

from lambda_router.criteria import each

from .failure import UsageFailure

__all__ = [
    "REGION",
    "UNKNOWN",
    "Resource",
    "Stack",
    "certain",
    "items",
    "listed",
    "loose",
    "loosened",
    "number",
    "section",
    "standin",
    "with_parameters",
]


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
_NO_VALUE: Final = _Unknown()
_LONGEST, _PARTS, _NAMES = 2_000, 200, 5_000
"""Characters of a text, parts of a joined one, and named resources: as many as no template has."""
_ACCOUNT, REGION = "123456789012", "us-east-1"
_PSEUDO: dict[str, Any] = {
    "AWS::AccountId": _ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": _NO_VALUE,
}


class Named(NamedTuple):
    """Where resources of a type have their name, what their ARN looks like, and what a reference to one gives."""

    key: str
    arn: str
    ref: str = "name"


NAMED = {
    "AWS::SQS::Queue": Named("QueueName", "arn:aws:sqs:{region}:{account}:{name}", ref="url"),
    "AWS::SNS::Topic": Named("TopicName", "arn:aws:sns:{region}:{account}:{name}", ref="arn"),
    "AWS::Kinesis::Stream": Named("Name", "arn:aws:kinesis:{region}:{account}:stream/{name}"),
    "AWS::Kinesis::StreamConsumer": Named("StreamARN", "{name}/consumer/it:0", ref="arn"),
    "AWS::DynamoDB::Table": Named("TableName", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "AWS::DynamoDB::GlobalTable": Named("TableName", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "AWS::Serverless::SimpleTable": Named("TableName", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "AWS::S3::Bucket": Named("BucketName", "arn:aws:s3:::{name}"),
    "AWS::Logs::LogGroup": Named("LogGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}:*"),
    "AWS::MSK::Cluster": Named("ClusterName", "arn:aws:kafka:{region}:{account}:cluster/{name}/0", ref="arn"),
    "AWS::MSK::ServerlessCluster": Named(
        "ClusterName", "arn:aws:kafka:{region}:{account}:cluster/{name}/0", ref="arn"
    ),
    "AWS::AmazonMQ::Broker": Named("BrokerName", "arn:aws:mq:{region}:{account}:broker:{name}:b-0"),
    "AWS::DocDB::DBCluster": Named("DBClusterIdentifier", "arn:aws:rds:{region}:{account}:cluster:{name}"),
    "AWS::Events::Rule": Named("Name", "arn:aws:events:{region}:{account}:rule/{name}"),
}


_ATTRIBUTES = ("name", "arn", "url", "Arn", "StreamArn", "TopicArn", "ConsumerARN", "QueueUrl")
_KNOWN_TRANSFORMS = (None, "AWS::Serverless-2016-10-31", "AWS::LanguageExtensions")
_DYNAMIC = re.compile(r"\{\{resolve:[^{}]*\}\}")
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html"""


class Resource(NamedTuple):
    """A resource of the stack: its logical id, its type and its properties with everything in them worked out."""

    logical: str
    type: str
    properties: dict[str, Any]


def standin(what: Any) -> str:
    """A text in place of one that only the deployment knows."""
    return f"the-{re.sub('[^A-Za-z0-9]+', '-', str(what)[:80]).strip('-')}-of-this-stack"


_STANDIN = re.compile(rf"the-[A-Za-z0-9-]*?-of-this-stack|{_ACCOUNT}|{REGION}")


def loose(text: str) -> str:
    """A text as a glob, with a star for each part that only the deployment knows."""
    parts = [re.sub(r"[\\*]", r"\\\g<0>", part) for part in _STANDIN.split(text)]
    kept = [part for i, part in enumerate(parts) if part or i in (0, len(parts) - 1)]
    return "*".join(kept) if len(text) <= _LONGEST else "*"


def loosened(glob: str) -> str:
    """A glob with a star for each part that only the deployment knows."""
    return _STANDIN.sub("*", glob)


def certain(text: Any) -> TypeGuard[str]:
    """Whether a value is a text of which every part is known."""
    return isinstance(text, str) and _STANDIN.search(text) is None


def _short(text: str) -> Any:
    return text if len(text) <= _LONGEST else UNKNOWN


def section(value: Any, *path: str) -> dict[str, Any]:
    """The object at a path in a value, an empty one where there is none that can be read."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of an object, by their names."""
    for name, one in value.items() if isinstance(value, dict) else ():
        if isinstance(name, str) and isinstance(one, dict):
            yield name, one


def listed(value: Any) -> list[Any] | None:
    """A list, with an absent one as empty; None for what is no list, or holds what is not known."""
    if value is None:
        return []
    return value if isinstance(value, list) and UNKNOWN not in value else None


def number(value: Any, default: float | None = None) -> float | None:
    """A number, also written as a text; the default where there is nothing, None where it cannot be told."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if found == found else None


def with_parameters(template: dict[str, Any], pairs: Iterable[str]) -> dict[str, Any]:
    """A template with `KEY=VALUE` as the defaults of its parameters. UsageFailure for what is none of them."""
    parameters = dict(section(template, "Parameters"))
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not isinstance(parameters.get(name), dict):
            raise UsageFailure(f"{pair[:200]!r} is no parameter of the template: KEY=VALUE")
        parameters[name] = {**parameters[name], "Default": value}
    return {**template, "Parameters": parameters}


class Stack:
    """The stack that a template describes.

    `resources` are those that can be read, by logical id; `open` is whether the template may have more than it shows
    (loops, macros, files that are included), so that nothing is missing for certain.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-section-structure.html
    """

    def __init__(self, template: dict[str, Any]) -> None:
        self.template = template
        self.raw: dict[str, dict[str, Any]] = {
            name: one for name, one in items(template["Resources"]) if isinstance(one.get("Type"), str)
        }
        loops = any(str(name).startswith("Fn::") for name in template["Resources"])
        self.open = loops or not all(one in _KNOWN_TRANSFORMS for one in each(template.get("Transform")))
        self._names: dict[str, str] = {}
        self.resources = {name: self._resource(name, one) for name, one in self.raw.items()}

    def _resource(self, logical: str, raw: Mapping[str, Any]) -> Resource:
        found = self.plain(raw.get("Properties"))
        return Resource(logical, raw["Type"], self._with_globals(raw["Type"], section(found)))

    def _with_globals(self, kind: str, own: dict[str, Any]) -> dict[str, Any]:
        """What SAM puts into every function from the template's Globals.

        https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
        """
        if kind != "AWS::Serverless::Function":
            return own
        return _merged(section(self.plain(section(self.template, "Globals", "Function"))), own)

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of these types."""
        return (found for found in self.resources.values() if found.type in types)

    @functools.cached_property
    def named(self) -> dict[str, Resource]:
        """The resources of which the ARN is known, by that."""
        found = ((self.attribute([one.logical, "Arn"]), one) for one in self.of(*NAMED))
        return {arn: one for arn, one in found if isinstance(arn, str)}

    # -- references and functions ------------------------------------------------------------------------------

    def plain(self, value: Any) -> Any:
        """A value with the references and functions in it worked out."""
        if isinstance(value, list):
            found = [self.plain(one) for one in value]
            return [one for one in found if one is not _NO_VALUE]
        if isinstance(value, str):
            return _DYNAMIC.sub(lambda found: standin(found[0]), value) if "{{" in value else value
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or (isinstance(name, str) and name.startswith("Fn::")):
                return self._worked_out(name, argument)
        pairs = [(name, self.plain(one)) for name, one in value.items()]
        return {name: one for name, one in pairs if one is not _NO_VALUE}

    def _worked_out(self, name: str, argument: Any) -> Any:
        work = _FUNCTIONS.get(name)
        return UNKNOWN if work is None else work(self, argument)

    def branches(self, value: Any) -> Iterator[Any]:
        """What a value of the template as it is written may become: itself, or each side of its conditions."""
        sides = value.get("Fn::If") if isinstance(value, dict) else None
        if isinstance(sides, list) and len(sides) == 3:
            yield from self.branches(sides[1])
            yield from self.branches(sides[2])
        elif value != {"Ref": "AWS::NoValue"}:
            yield value

    def ref(self, name: Any) -> Any:
        """What a parameter, pseudo parameter or resource is in the stack."""
        if not isinstance(name, str):
            return UNKNOWN
        if name in _PSEUDO:
            return _PSEUDO[name]
        parameter = section(self.template, "Parameters", name)
        if "Default" in parameter and isinstance(parameter.get("Type"), str):
            return _default(parameter)
        return self._referred(name, "") if name in self.raw else standin(name)

    def attribute(self, argument: Any) -> Any:
        """An attribute of a resource: its ARN or name where the type says what they look like."""
        path = argument.split(".") if isinstance(argument, str) else argument
        if not isinstance(path, list) or not path or not all(isinstance(one, str) for one in path):
            return UNKNOWN
        logical, _, attribute = ".".join(path).partition(".")
        return self._referred(logical, attribute)

    def _referred(self, logical: str, attribute: str) -> str:
        known = NAMED.get(str(section(self.raw, logical).get("Type")))
        wanted = attribute or (known.ref if known else "")
        if known is None or wanted not in (*_ATTRIBUTES, known.key):
            return standin(f"{logical}-{wanted}" if wanted else logical)
        name = self.name(logical)
        if wanted in ("name", known.key):
            return name
        if wanted in ("url", "QueueUrl"):
            return f"https://sqs.{REGION}.amazonaws.com/{_ACCOUNT}/{name}"
        arn = known.arn.format(region=REGION, account=_ACCOUNT, name=name)
        return f"{arn}/stream/2026-01-01T00:00:00.000" if wanted == "StreamArn" else arn

    def name(self, logical: str) -> str:
        """What a resource is called; a stand-in where AWS makes up the name."""
        if logical not in self._names:
            raw = section(self.raw, logical)
            properties = section(raw, "Properties")
            made_up = standin(f"{logical}-name") + (".fifo" if properties.get("FifoQueue") is True else "")
            # Meanwhile it is called so too: a name may be made of others', and in the end of itself.
            self._names[logical] = made_up
            written = (
                self.plain(properties.get(NAMED[raw["Type"]].key)) if len(self._names) < _NAMES else None
            )
            self._names[logical] = written if isinstance(written, str) and written else made_up
        return self._names[logical]

    def joined(self, argument: Any) -> Any:
        """`Fn::Join`."""
        if not (isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str)):
            return UNKNOWN
        found = self.plain(argument[1])
        if not isinstance(found, list):
            return UNKNOWN
        return _short(
            argument[0].join(one if isinstance(one, str) else standin("part") for one in found[:_PARTS])
        )

    def substituted(self, argument: Any) -> Any:
        """`Fn::Sub`, with or without values of its own."""
        text, own = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or len(text) > _LONGEST:
            return UNKNOWN

        def value(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if isinstance(own, dict) and name in own:
                said = self.plain(own[name])
            else:
                said = self.attribute(name) if "." in name else self.ref(name)
            return said if isinstance(said, str) else standin(name)

        return _short(re.sub(r"\$\{([^{}]*)\}", value, text))

    # -- mentions ----------------------------------------------------------------------------------------------

    def mentions(self, value: Any, logical: frozenset[str]) -> bool:
        """Whether a value of the template as it is written refers to one of these resources."""
        if isinstance(value, list):
            return any(self.mentions(one, logical) for one in value)
        if not isinstance(value, dict):
            return False
        if isinstance(name := value.get("Ref"), str) and name.partition(".")[0] in logical:
            return True
        got = value.get("Fn::GetAtt")
        got = got[0] if isinstance(got, list) and got else got
        if isinstance(got, str) and got.partition(".")[0] in logical:
            return True
        text = value.get("Fn::Sub")
        text = text[0] if isinstance(text, list) and text else text
        if isinstance(text, str) and logical & {
            name.partition(".")[0] for name in re.findall(r"\$\{([^!{}]+)\}", text)
        }:
            return True
        return any(self.mentions(one, logical) for one in value.values())


def _default(parameter: Mapping[str, Any]) -> Any:
    default, kind = parameter["Default"], parameter["Type"]
    if kind.startswith("AWS::SSM::Parameter"):
        return UNKNOWN
    if (kind == "CommaDelimitedList" or kind.startswith("List<")) and isinstance(default, str):
        return [one.strip() for one in default.split(",")]
    return default


def _chosen(stack: Stack, argument: Any) -> Any:
    """`Fn::Select` out of what is known."""
    if not (isinstance(argument, list) and len(argument) == 2):
        return UNKNOWN
    index, found = number(argument[0]), stack.plain(argument[1])
    if index is None or not isinstance(found, list) or not 0 <= index < len(found):
        return UNKNOWN
    return found[int(index)]


def _split(stack: Stack, argument: Any) -> Any:
    """`Fn::Split` of what is a text."""
    found = stack.plain(argument)
    if not (isinstance(found, list) and len(found) == 2 and all(isinstance(one, str) for one in found)):
        return UNKNOWN
    return found[1].split(found[0])[:_PARTS] if found[0] else UNKNOWN


def _mapped(stack: Stack, argument: Any) -> Any:
    """`Fn::FindInMap` where all of its keys are known."""
    keys = stack.plain(argument)
    found = section(stack.template, "Mappings")
    for key in keys if isinstance(keys, list) and len(keys) == 3 else (UNKNOWN,):
        if not certain(key) or not isinstance(found, dict) or key not in found:
            return UNKNOWN
        found = found[key]
    return found if isinstance(found, str | int | float) else UNKNOWN


_FUNCTIONS = {
    "Ref": Stack.ref,
    "Fn::GetAtt": Stack.attribute,
    "Fn::Join": Stack.joined,
    "Fn::Sub": Stack.substituted,
    "Fn::ImportValue": lambda stack, argument: standin(f"import-{argument}"),
    "Fn::Select": _chosen,
    "Fn::Split": _split,
    "Fn::FindInMap": _mapped,
}


def _merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """SAM's merge: what is the function's own wins, objects are joined, lists are put one behind the other."""
    found = {**common, **own}
    for name in common.keys() & own.keys():
        one, other = common[name], own[name]
        if isinstance(one, dict) and isinstance(other, dict):
            found[name] = _merged(one, other)
        elif isinstance(one, list) and isinstance(other, list):
            found[name] = [*one, *other]
    return found
