"""A bot of Lex V1 that orders flowers. Run it: `python -m examples.lex`."""

from lambda_router import Close, Delegate, ElicitSlot, Router

app = Router()


@app.lex("OrderFlowers", hook="dialog", bot="Florist")
def look(slots: dict) -> Delegate | ElicitSlot:
    if slots["Flower"] not in (None, "roses", "tulips"):
        return ElicitSlot("Flower", "We have roses and tulips.", slots={"Flower": None})
    return Delegate()


@app.lex("OrderFlowers", hook="fulfillment")
def order(slots: dict, user_id: str) -> Close:
    print(f"{slots['Flower']} for {user_id}")
    return Close("They are on the way.", session_attributes={"last": slots["Flower"]})


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.lex("OrderFlowers", {"Flower": "orchids", "Day": None}, bot="Florist"))
    print(client.lex("OrderFlowers", {"Flower": "tulips", "Day": None}, bot="Florist"))
    print(
        client.lex("OrderFlowers", {"Flower": "tulips", "Day": "Monday"}, hook="fulfillment", user_id="ada")
    )
