"""Mail that SES receives, and what becomes of it. Run it: `python -m examples.ses`."""

from lambda_router import Router

app = Router()


@app.ses(verdicts={"spam": "FAIL"}, name="spam")
@app.ses(verdicts={"virus": "FAIL"}, name="virus")
def refuse(sender: str) -> str:
    print(f"refused: {sender}")
    return "STOP_RULE_SET"


@app.ses(recipient="support@*", subject="Re: *")
def on_reply(message_id: str, subject: str) -> None:
    print(f"reply {message_id}: {subject}")


@app.ses(recipient="orders@*")
def on_order(mail: dict) -> None:
    raise LookupError(mail["source"])  # a check that fails lets nothing through


app.ses().drop()  # the rest goes on

if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.ses("support@example.com", sender="eve@example.org", verdicts={"spam": "FAIL"}))
    print(client.ses("support@example.com", subject="Re: order 417"))
    print(client.ses("orders@example.com"))
    print(client.ses("news@example.com"))
    print(client.ses("support@example.com", subject="Re: order 417", invocation_type="Event"))
