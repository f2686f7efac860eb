"""AWS CodeCommit: triggers of a repository.

Invoked by
    CodeCommit, asynchronously: nobody waits, and Lambda retries twice. One record a push, with all references that it
    has created, moved or deleted.
Answer
    Is ignored.
An exception
    Is raised after every record has run, so that Lambda retries the event and then sends it to its failure
    destination.
See
    https://docs.aws.amazon.com/lambda/latest/dg/services-codecommit.html
    https://docs.aws.amazon.com/codecommit/latest/userguide/how-to-notify-lambda.html
"""

from __future__ import annotations

from .. import binding, criteria
from ..batch import RecordSource, all_from
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from ..source import Getter, Route

_arn = field("eventSourceARN")
_references = field("codecommit", "references")
_BRANCH, _TAG = "refs/heads/", "refs/tags/"


def _repository(arn: Any) -> str:
    """The repository's name in its ARN; an ARN that cannot be read is its own name."""
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[5] if len(parts) == 6 and parts[0] == "arn" else (arn if isinstance(arn, str) else "")


def _each(record: Any) -> Iterator[dict[str, Any]]:
    """The references that say what they are."""
    found = _references(record)
    for reference in found if isinstance(found, list) else ():
        if isinstance(reference, dict) and isinstance(reference.get("ref"), str):
            yield reference


def _names(ref: str) -> list[str]:
    """A reference in full, and by the name of its branch or tag."""
    return [ref, *(ref[len(kind) :] for kind in (_BRANCH, _TAG) if ref.startswith(kind))]


def _refs(record: Any) -> list[str]:
    return [name for reference in _each(record) for name in _names(reference["ref"])]


class CodeCommit(RecordSource):
    """AWS CodeCommit triggers.

    `@app.codecommit("shop", ref="main")` takes the pushes to a repository, named exactly, by a glob, an ARN, or a list
    of them. `ref` is a branch's or tag's name, or a whole reference (`refs/heads/main`), `trigger` a trigger's name:
    texts, globs or lists. `pattern` is an event pattern over the record.
    """

    name = "codecommit"
    marks = ("Records[0].eventSource=aws:codecommit",)
    index = "repository"
    parts = {
        "repository": lambda record: _repository(_arn(record)),
        "references": _references,
        "branch": lambda record: _branch(next(_each(record), {})),
        "commit": lambda record: next(_each(record), {}).get("commit"),
        "custom_data": field("customData"),
        "trigger": field("eventTriggerName"),
        "event_name": field("eventName"),
    }

    def __call__(
        self,
        repository: str | Sequence[str],
        *,
        ref: str | Sequence[str] | None = None,
        trigger: str | Sequence[str] | None = None,
        pattern: Mapping[str, Any] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a push; `branch` and `commit` are those of the first reference that `ref` is about."""
        return self.route(
            criteria.name_or_arn(
                "repository", _arn, criteria.given("repository", repository), resource=_repository
            ),
            criteria.any_of("ref", _refs, ref),
            criteria.glob("trigger", field("eventTriggerName"), trigger),
            criteria.pattern("pattern", lambda record: record, pattern),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """Every record says that it is from CodeCommit."""
        return all_from(event, "aws:codecommit")

    def key(self, subject: Any) -> Any:
        """The repository's ARN."""
        return _arn(subject)

    def identifier(self, record: Any) -> Any:
        """The event's id."""
        return field("eventId")(record)

    def vocabulary(self, route: Route) -> binding.Vocabulary:
        """The parts; of several references those of the first that the route is about."""
        words = super().vocabulary(route)
        wanted = next((c.test for c in route.conditions if c.label == "ref"), None)
        if wanted is not None:
            words.parts = {**self.parts, **_parts_about(wanted)}
        return words

    def suggest(self, subject: Any) -> str:
        """A decorator for the record's repository."""
        return f"@app.codecommit({quoted(criteria.literal(_repository(_arn(subject))) or '*')})"


def _branch(reference: dict[str, Any]) -> str | None:
    """The branch's name; None for a tag, and where there is no reference."""
    ref: str = reference.get("ref", "")
    return ref.removeprefix(_BRANCH) if ref.startswith(_BRANCH) else None


def _parts_about(wanted: Callable[[Any], bool]) -> dict[str, Getter]:
    def first(record: Any) -> dict[str, Any]:
        return next((one for one in _each(record) if wanted(_names(one["ref"]))), {})

    return {
        "branch": lambda record: _branch(first(record)),
        "commit": lambda record: first(record).get("commit"),
    }
