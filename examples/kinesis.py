"""Records of a stream of clicks, in order: a bad one stops its shard. Run it: `python -m examples.kinesis`."""

from pydantic import BaseModel

from lambda_router import Router

app = Router()


class Click(BaseModel):
    page: str
    count: int = 1


@app.kinesis("clicks", partial=True)  # the stream's mapping has ReportBatchItemFailures
def on_click(click: Click, partition_key: str, shard_id: str) -> None:
    print(f"{partition_key} clicked {click.count} times on {click.page} ({shard_id})")


if __name__ == "__main__":
    from lambda_router.testing import Client

    print(Client(app).kinesis("clicks", [{"page": "/cups", "count": 2}, b"\x00\xff", {"page": "/teapots"}]))
