"""Synchronisations of a dataset: records checked, added and left out. Run it: `python -m examples.cognito_sync`."""

from lambda_router import PublicError, Router

app = Router()


@app.cognito_sync("scores")
def on_scores(records: dict) -> None:
    if int(records.get("coins", {}).get("newValue") or 0) > 1_000:
        raise PublicError("Nobody has so many coins.")
    records.pop("draft", None)  # what is left out is not written
    if int(records.get("level", {}).get("newValue") or 0) >= 10:
        records["badge"] = {"newValue": "gold", "op": "replace"}


@app.cognito_sync("settings-*")
def on_settings(records: dict, dataset: str) -> dict:
    return {key: record for key, record in records.items() if not key.startswith("_")}


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.cognito_sync("scores", {"level": "10", "draft": "x"}).response["datasetRecords"])
    print(client.cognito_sync("scores", {"coins": "5000"}).error)
    print(client.cognito_sync("settings-phone", {"theme": "dark", "_cache": "x"}).response["datasetRecords"])
