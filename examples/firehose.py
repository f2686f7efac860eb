"""Clicks on their way into a bucket: cleaned, partitioned, noise left out. Run it: `python -m examples.firehose`."""

from pydantic import BaseModel

from lambda_router import Drop, Router, Transformed

app = Router()


class Click(BaseModel):
    page: str
    customer: str
    robot: bool = False


@app.firehose("clicks")
def on_click(click: Click) -> Transformed:
    if click.robot:
        raise Drop("robots do not buy cups")
    return Transformed({"page": click.page.lower()}, partition_keys={"customer": click.customer})


if __name__ == "__main__":
    import base64

    from lambda_router.testing import Client

    sent = [
        {"page": "/Cups", "customer": "7"},
        {"page": "/", "customer": "8", "robot": True},
        "not json",
    ]
    result = Client(app).firehose("clicks", sent)
    for record in result.response["records"]:
        print(record["result"], base64.b64decode(record["data"]), record.get("metadata", ""))
    print(result)
