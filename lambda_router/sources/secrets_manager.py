"""AWS Secrets Manager rotations.

Invoked by
    Secrets Manager, once for each of the four steps of a rotation, and waits for each.
Answer
    Is not read: a step is done when the function ends without an exception. The last step needs no handler; it does
    what AWS recommends.
An exception
    Is raised, whatever an exception handler returns: the rotation fails at that step, and is tried again from the
    first, so that every step has to be idempotent. A Drop is a step that is done.
See
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
"""

from __future__ import annotations

from .. import binding
from .. import criteria as matching
from ..errors import MissingDependencyError, RouterError
from ..source import EventSource, Route, RouteFactory, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ..invocation import Invocation

# The steps as Secrets Manager sends them, by the names that its guide has for them too.
_STEPS = {
    "create_secret": "createSecret",
    "set_secret": "setSecret",
    "test_secret": "testSecret",
    "finish_secret": "finishSecret",
}

_secret = field("SecretId")


class RotationError(RouterError):
    """The rotation cannot be finished: the secret does not rotate, or the version is not the one that waits for it."""


def _step(event: Any) -> Any:
    """The step as Secrets Manager sends it, however it is spelt."""
    step = event.get("Step")
    return _STEPS.get(step, step) if isinstance(step, str) else None


def _name(arn: str) -> str:
    """The secret's name in its ARN, without the six characters behind it; any other text is its own name."""
    parts = arn.split(":", 6)
    if len(parts) < 7 or parts[0] != "arn" or parts[5] != "secret":
        return arn
    name, dash, suffix = parts[6].rpartition("-")
    return name if dash and name and len(suffix) == 6 and suffix.isalnum() else parts[6]


class SecretsManager(EventSource):
    """AWS Secrets Manager rotations.

    `@app.secrets_manager.create_secret(secret="shop/*")` takes a step of the rotation of some secrets. `secret` is a
    name, a glob or an ARN, or a list of them; without it the step is for every secret. A `finish_secret` that has no
    handler of its own is done by `finish`, for secrets of which another step has one.
    """

    name = "secrets_manager"
    marks = ("ClientRequestToken",)
    parts = {
        "secret_id": _secret,
        "token": field("ClientRequestToken"),
        "step": _step,
        "rotation_token": field("RotationToken"),
    }

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.client: Any = None
        """The client that `finish` calls; without one, boto3's is made when it is first needed."""
        self._finish: Route | None = None

    def create_secret(
        self,
        *,
        secret: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """The first step: put a new version, labelled AWSPENDING, with `token` as its id."""
        return self._route("create_secret", secret, middleware=middleware, name=name)

    def set_secret(
        self,
        *,
        secret: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """The second step: make the service take the pending version."""
        return self._route("set_secret", secret, middleware=middleware, name=name)

    def test_secret(
        self,
        *,
        secret: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """The third step: log in with the pending version."""
        return self._route("test_secret", secret, middleware=middleware, name=name)

    def finish_secret(
        self,
        *,
        secret: str | Sequence[str] | None = None,
        middleware: Sequence[Callable[..., Any]] = (),
        name: str | None = None,
    ) -> RouteFactory:
        """The last step, instead of what `finish` does."""
        return self._route("finish_secret", secret, middleware=middleware, name=name)

    def _route(self, step: str, secret: Any, **options: Any) -> RouteFactory:
        return self.route(
            matching.name_or_arn("secret", _secret, secret, resource=_name),
            verb=f".{step}",
            step=step,
            **options,
        )

    def add(
        self,
        handler: Callable[..., Any] | None,
        *,
        step: str | None = None,
        criteria: Sequence[matching.Criterion] = (),
        **options: Any,
    ) -> Route:
        """Register one route of a step, by its decorator's name, or of all steps."""
        wanted = matching.glob("step", _step, None if step is None else _STEPS[step])
        return super().add(handler, criteria=[*wanted, *criteria], **options)

    @staticmethod
    def recognise(event: Any) -> bool:
        """A step, a secret and the token of a version."""
        keys = ("Step", "SecretId", "ClientRequestToken")
        return isinstance(event, dict) and all(isinstance(event.get(key), str) for key in keys)

    def correlation_id(self, event: Any, record: Any) -> str | None:
        """The token, which is the same in all steps of a rotation."""
        token = event.get("ClientRequestToken")
        return token if isinstance(token, str) else None

    def match(self, subject: Any) -> Route | None:
        """The step's route; of a last step that has none, the one that does what AWS recommends."""
        route = super().match(subject)
        if route is not None and route is not self.app.default_route:
            return route
        return self._finishing if _step(subject) == "finishSecret" and self._rotates(subject) else route

    def _rotates(self, subject: Any) -> bool:
        """Whether another step of the secret's rotation is handled here."""
        return any(
            all(c.holds(subject) for c in route.conditions if c.label == "secret") for route in self.routes
        )

    @property
    def _finishing(self) -> Route:
        if self._finish is None:
            self._finish = Route(self, self.finish, name="finish_secret by default")
            words = self.vocabulary(self._finish)
            self._finish.compile(binding.plan(self.finish, words, shown="app.secrets_manager.finish_secret"))
        return self._finish

    def finish(self, secret_id: str, token: str) -> None:
        """Make the version that waits the current one, which takes the label from the version that has it.

        The label AWSPENDING stays where it is, as AWS recommends. A version that is current already is left alone, as
        after a retry. RotationError where the secret does not rotate, or the version is not labelled AWSPENDING.
        """
        client = self._aws()
        secret = client.describe_secret(SecretId=secret_id)
        versions: dict[str, list[str]] = secret.get("VersionIdsToStages") or {}
        current = next((version for version, labels in versions.items() if "AWSCURRENT" in labels), None)
        if not secret.get("RotationEnabled"):
            raise RotationError("the secret's rotation is not enabled")
        if current == token:
            return
        if "AWSPENDING" not in versions.get(token, ()):
            raise RotationError("the version of this rotation is not labelled AWSPENDING; was it created?")
        moved = {} if current is None else {"RemoveFromVersionId": current}
        client.update_secret_version_stage(
            SecretId=secret_id, VersionStage="AWSCURRENT", MoveToVersionId=token, **moved
        )

    def _aws(self) -> Any:
        if self.client is None:
            try:
                boto3: Any = __import__("boto3")
            except ImportError:
                raise MissingDependencyError(
                    "finish_secret without a handler needs boto3: pip install boto3, or set app.secrets_manager.client"
                ) from None
            self.client = boto3.client("secretsmanager")
        return self.client

    def adopt(self, route: Route, *, prefix: str = "") -> None:
        """Take over a route, and the client of its router where there is none here."""
        super().adopt(route, prefix=prefix)
        if self.client is None:
            self.client = getattr(route.room, "client", None)

    def run(self, invocation: Invocation) -> Any:
        """Match, bind and call; a result is not read, and so cannot say that a step which failed is done."""
        try:
            return self.call(invocation.event, invocation)
        except BaseException as exc:
            raise self.app.verdict(exc, invocation)  # noqa: B904 - the handler's own, or what an exception handler raised

    def shape(self, result: Any, invocation: Invocation) -> Any:
        """Nothing: an answer is not read, and a secret has no place in it."""
        return None

    def suggest(self, subject: Any) -> str:
        """The step's own decorator."""
        known = {wire: name for name, wire in _STEPS.items()}
        name = known.get(_step(subject))
        return f"@app.secrets_manager.{name}()" if name else "@app.default"
