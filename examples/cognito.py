"""Triggers of a user pool: sign-up, tokens, a custom challenge, migration. Run it: `python -m examples.cognito`."""

from typing import Any

from lambda_router import PublicError, Router

app = Router()
PARTNERS = ("example.com", "example.org")
LEGACY = {"ada@example.com": "correct horse"}


@app.cognito.pre_sign_up(trigger="PreSignUp_SignUp")
def admit(user_attributes: dict, response: dict) -> None:
    domain = user_attributes["email"].rpartition("@")[2]
    if domain not in PARTNERS:
        raise PublicError(
            "Ask your company for an invitation."
        )  # any other exception's text is kept from the user
    response["autoConfirmUser"] = response["autoVerifyEmail"] = True


@app.cognito.pre_token_generation()
def claims(request: dict, username: str) -> dict:
    if "scopes" not in request:  # V1, which knows of ID tokens alone
        return {"claimsOverrideDetails": {"claimsToAddOrOverride": {"tier": "gold"}}}
    added = {"claimsToAddOrOverride": {"tier": "gold"}, "scopesToAdd": ["shop/orders.read"]}
    return {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": added}}


@app.cognito.verify_auth_challenge()
def verify(event: dict, context: Any) -> dict:  # as an older handler is written
    answer = event["request"]["privateChallengeParameters"]["answer"]
    event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == answer
    return event


@app.cognito.user_migration()
def migrate(username: str, request: dict) -> dict:
    if LEGACY.get(username) != request.get("password"):
        raise LookupError(username)
    return {"userAttributes": {"email": username, "email_verified": "true"}, "finalUserStatus": "CONFIRMED"}


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.cognito("pre_sign_up").response["response"])
    print(client.cognito("pre_sign_up", user_attributes={"email": "eve@example.net"}).error)
    for version in ("1", "2"):
        print(client.cognito("pre_token_generation", version=version).response["response"])
    print(client.cognito("verify_auth_challenge").response["response"])
    print(client.cognito("user_migration", username="ada@example.com").response["response"])
    print(client.cognito("user_migration", username="eve@example.com").error)
