"""Pushes to repositories, by repository and branch. Run it: `python -m examples.codecommit`."""

from lambda_router import Router

app = Router()


@app.codecommit("shop-*", ref="main")
def on_main(repository: str, commit: str) -> None:
    print(f"build {repository} at {commit[:7]}")


@app.codecommit("shop-*", pattern={"codecommit": {"references": {"deleted": [True]}}})
def on_deleted(repository: str, branch: str | None) -> None:
    print(f"{repository}: tidy up after {branch}")


app.codecommit("*").drop()  # the rest is settled on purpose

if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.codecommit("shop-backend", "main"))
    print(client.codecommit("shop-backend", "feature/gift-wrap", change="deleted"))
    print(client.codecommit("website", "main"))
