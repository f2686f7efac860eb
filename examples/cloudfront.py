"""Lambda@Edge: redirects, rewritten requests, headers for viewers. Run it: `python -m examples.cloudfront`."""

from typing import Any

from lambda_router import HTTPError, Response, Router

app = Router()


@app.cloudfront.viewer_request(uri="/old/*")
def moved(request: dict[str, Any]) -> Response:
    return Response(status=301, headers={"Location": request["uri"].replace("/old/", "/new/")})


@app.cloudfront.viewer_request(uri="/private/*")
def guarded(request: dict[str, Any]) -> None:
    if "authorization" not in request["headers"]:
        raise HTTPError(401, headers={"www-authenticate": "Bearer"})


@app.cloudfront.viewer_request()
def index(request: dict[str, Any]) -> None:
    if request["uri"].endswith("/"):
        request["uri"] += "index.html"


@app.cloudfront.viewer_response()
def hardened(response: dict[str, Any]) -> None:
    value = {"key": "X-Content-Type-Options", "value": "nosniff"}
    response["headers"]["x-content-type-options"] = [value]


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.cloudfront("viewer_request", "/old/tea.html"))
    print(client.cloudfront("viewer_request", "/private/cats.html"))
    print(client.cloudfront("viewer_request", "/shop/").response["uri"])
    print(client.cloudfront("viewer_response", "/shop/").response["headers"])
