"""Amazon Cognito Sync triggers: a device synchronises a dataset.

Invoked by
    Cognito Sync, before it writes the records of a dataset; it waits at most 5 seconds. The service is a legacy one.
Answer
    The event itself, of which `datasetRecords` alone may differ. A copy of it is made here: a handler edits
    `records`, or returns those that are to be taken. A record that is left out is ignored.
An exception
    Fails the synchronisation, and its text goes to the device: it is a generic one with a reference, unless the
    exception is a `PublicError`.
See
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-events.html
"""

from __future__ import annotations

from .. import criteria
from ..contract import below, form, one_of, text, variants, wrong
from ..echo import EchoSource
from ..source import RouteFactory, field, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_dataset = field("datasetName")
_text = text(least=0)
_OP = {"op": one_of("replace", "remove")}
_record = variants(
    "op",
    {
        "replace": form({**_OP, "newValue": _text}, {"oldValue": _text}, closed=True),
        "remove": form(_OP, {"newValue": _text, "oldValue": _text}, closed=True),
    },
)


class CognitoSync(EchoSource):
    """Amazon Cognito Sync triggers.

    `@app.cognito_sync("scores")` takes the synchronisations of a dataset; `dataset` is a name, a glob or a list of
    them.
    """

    name = "cognito_sync"
    marks = ("datasetRecords",)
    edited = "datasetRecords"
    identity = ("eventType", "identityId", "version", "region", "identityPoolId", "datasetName")
    parts = {
        "records": field("datasetRecords"),
        "dataset": _dataset,
        "identity_id": field("identityId"),
        "identity_pool": field("identityPoolId"),
    }

    def __call__(
        self,
        dataset: str | Sequence[str],
        *,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """One call a synchronisation."""
        return self.route(
            criteria.glob("dataset", _dataset, criteria.given("dataset", dataset)),
            middleware=middleware,
            name=name,
        )

    @staticmethod
    def recognise(event: Any) -> bool:
        """A sync trigger, which has the records of a dataset."""
        return (
            isinstance(event, dict)
            and event.get("eventType") == "SyncTrigger"
            and isinstance(event.get("datasetName"), str)
            and isinstance(event.get("datasetRecords"), dict)
        )

    def merged(self, given: dict[str, Any], edited: Any) -> Any:
        """The records that were returned and no other."""
        return given

    def checked(self, value: Any, event: Any) -> Any:
        """The records: texts that are written or removed; one that is as it was sent is not looked at."""
        if not isinstance(value, dict):
            raise wrong("$.datasetRecords", "is not an object")
        sent = event["datasetRecords"]
        for key, item in value.items():
            if key in sent and sent[key] == item:
                value[key] = sent[key]
            else:
                _record(item, below("$.datasetRecords", key))
        return value

    def suggest(self, subject: Any) -> str:
        """A decorator for the dataset."""
        return f"@app.cognito_sync({quoted(criteria.literal(_dataset(subject)) or '*')})"
