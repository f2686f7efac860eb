"""Reports on a shared file system that is mounted into the function. Run it: `python -m examples.efs`."""

from pathlib import Path
from typing import Annotated

from lambda_router import Router

app = Router()


@app.sqs("reports", partial=True)
def keep(body: dict[str, str], reports: Annotated[Path, app.efs("/mnt/reports")]) -> None:
    (reports / body["name"]).write_text(body["text"])


@app.get("/reports")
def names(reports: Annotated[Path, app.efs("/mnt/reports", write=False)]) -> list[str]:
    return sorted(path.name for path in reports.iterdir())


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    from lambda_router.testing import Client

    client = Client(app)
    print("without the mount:", client.get("/reports").status)
    with TemporaryDirectory() as directory:
        for mount in (app.efs("/mnt/reports"), app.efs("/mnt/reports", write=False)):
            app.overrides[mount] = lambda: Path(directory)
        print(client.sqs("reports", [{"name": "may", "text": "9.5"}, {"name": "june", "text": "12"}]))
        print("with it:", client.get("/reports").json())
