"""A skill that takes orders of pizza. Run it: `python -m examples.alexa`."""

from pydantic import BaseModel

from lambda_router import PublicError, Router, Speech

app = Router()


class Pizza(BaseModel):
    Size: str
    Topping: str | None = None


@app.alexa.launch()
def welcome(locale: str) -> Speech:
    greeting = "Ciao" if locale == "it-IT" else "Welcome"
    return Speech(f"{greeting}! Which pizza?", reprompt="A small or a large one?")


@app.alexa.intent("OrderPizza")
def order(pizza: Pizza, session_attributes: dict) -> Speech:
    if pizza.Topping == "pineapple":
        raise PublicError("We do not do that.")
    count = session_attributes.get("count", 0) + 1
    said = f"A {pizza.Size} pizza with {pizza.Topping or 'cheese'}. Another one?"
    return Speech(said, reprompt="Another one?", session_attributes={"count": count})


@app.alexa.intent(["AMAZON.StopIntent", "AMAZON.CancelIntent"])
def stop() -> Speech:
    return Speech("Goodbye.", end_session=True)


@app.alexa.session_ended()
def ended(request: dict) -> None:
    print(f"the session has ended: {request['reason']}")


@app.alexa.request("AudioPlayer.PlaybackNearlyFinished")
def next_song() -> Speech:
    stream = {"url": "https://example.com/2.mp3", "token": "2", "offsetInMilliseconds": 0}
    play = {"type": "AudioPlayer.Play", "playBehavior": "REPLACE_ENQUEUED", "audioItem": {"stream": stream}}
    return Speech(directives=[play])


app.alexa.request("AlexaSkillEvent.*").drop()

if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    print(client.alexa("launch", locale="it-IT"))
    print(client.alexa("intent", slots={"Size": "large", "Topping": None}, session_attributes={"count": 1}))
    print(client.alexa("intent", slots={"Size": "large", "Topping": "pineapple"}))
    print(client.alexa("intent", intent="AMAZON.StopIntent", slots={}))
    for trigger in ("session_ended", "audio_player", "skill_event"):
        print(client.alexa(trigger))
