"""Who may log in to a file server. Run it: `python -m examples.transfer_family`."""

import hmac
from typing import Any

from lambda_router import Router

app = Router()
PASSWORDS = {"ada": "correct"}
KEYS = {"ada": ["ssh-ed25519 AAAA ada"]}
ROLE = "arn:aws:iam::123456789012:role/transfer"


@app.transfer_family(protocol="SFTP")
def log_in(username: str, password: str | None) -> dict[str, Any] | None:
    home = {
        "Role": ROLE,
        "HomeDirectoryType": "LOGICAL",
        "HomeDirectoryDetails": [{"Entry": "/", "Target": f"/uploads/{username}"}],
    }
    if password is None:
        return {**home, "PublicKeys": KEYS[username]} if username in KEYS else None
    known = PASSWORDS.get(username)
    if known is None or not hmac.compare_digest(password.encode(), known.encode()):
        return None
    return home


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.transfer_family("ada", "correct"))
    print(client.transfer_family("ada", "wrong"))
    print(client.transfer_family("ada"))
    print(client.transfer_family("bob"))
