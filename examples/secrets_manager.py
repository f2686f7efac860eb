"""The rotation of a password; the last step is the router's. Run it: `python -m examples.secrets_manager`."""

from lambda_router import Router

app = Router()
VERSIONS: dict[str, str] = {}
DATABASE = {"password": "first"}


@app.secrets_manager.create_secret(secret="shop/*")
def create(token: str) -> None:
    VERSIONS.setdefault(token, f"password-{len(VERSIONS) + 1}")  # a step may come again


@app.secrets_manager.set_secret(secret="shop/*")
def set_password(token: str) -> None:
    DATABASE["password"] = VERSIONS[token]


@app.secrets_manager.test_secret(secret="shop/*")
def log_in(token: str) -> None:
    if DATABASE["password"] != VERSIONS[token]:
        raise PermissionError("the new password is refused")


class FakeSecretsManager:
    """What the last step calls; on Lambda it is boto3's client."""

    def __init__(self) -> None:
        self.stages = {"old": ["AWSCURRENT"], "new": ["AWSPENDING"]}

    def describe_secret(self, **_: str) -> dict:
        return {"RotationEnabled": True, "VersionIdsToStages": self.stages}

    def update_secret_version_stage(self, **call: str) -> None:
        self.stages[call["RemoveFromVersionId"]] = ["AWSPREVIOUS"]
        self.stages[call["MoveToVersionId"]].append(call["VersionStage"])


if __name__ == "__main__":
    from lambda_router.testing import Client

    app.secrets_manager.client = FakeSecretsManager()
    client = Client(app)
    for step in ("create_secret", "set_secret", "test_secret", "finish_secret"):
        print(client.secrets_manager(step, "shop/database", token="new"))
    print(DATABASE, app.secrets_manager.client.stages)
    print(client.secrets_manager("set_secret", "other").error)
