"""A bot that books tables: look at what was said, then fulfil it. Run it: `python -m examples.lex_v2`."""

from pydantic import BaseModel

from lambda_router import Close, ConfirmIntent, Delegate, ElicitSlot, PublicError, Router

app = Router()


class Booking(BaseModel):
    City: str
    Guests: int


@app.lex_v2("BookTable", hook="dialog")
def look(slot_values: dict, confirmation: str) -> Delegate | ElicitSlot | ConfirmIntent:
    guests = slot_values["Guests"]
    if guests is not None and int(guests) > 12:
        return ElicitSlot(
            "Guests", "We have tables for up to twelve. How many of you?", slots={"Guests": None}
        )
    if guests is not None and confirmation == "None":
        return ConfirmIntent(f"A table for {guests} in {slot_values['City']}?")
    return Delegate()


@app.lex_v2("BookTable", hook="fulfillment", locale="en_*")
def book(booking: Booking, session_attributes: dict) -> Close:
    if booking.City == "Atlantis":
        raise PublicError("We are not there any more.")
    visits = int(session_attributes.get("visits", "0")) + 1
    return Close(f"Booked for {booking.Guests}.", session_attributes={"visits": str(visits)})


@app.lex_v2("*")
def help_out(intent: str) -> str:
    return f"I can not help with {intent}."


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.lex_v2("BookTable", {"City": "Rome", "Guests": "40"}))
    print(client.lex_v2("BookTable", {"City": "Rome", "Guests": "4"}))
    print(client.lex_v2("BookTable", {"City": "Rome", "Guests": "4"}, hook="fulfillment"))
    print(client.lex_v2("BookTable", {"City": "Atlantis", "Guests": "4"}, hook="fulfillment"))
    print(client.lex_v2("OrderPizza", {}))
