"""A custom resource of a CloudFormation stack. Run it: `python -m examples.cloudformation`."""

from pydantic import BaseModel

from lambda_router import PublicError, Resource, Router

app = Router()
note = app.cloudformation("Custom::Note")


class Note(BaseModel):
    Name: str
    Copies: int = 1  # CloudFormation sends it as text


@note.create
def create(note: Note, stack_id: str) -> Resource:
    if note.Copies > 100:
        raise PublicError("100 copies are enough")
    return Resource(f"note-{note.Name}", {"Pages": 2 * note.Copies})


@note.update
def update(note: Note, physical_id: str) -> str:
    return f"note-{note.Name}"  # another id replaces the note, and the old one is deleted


@note.delete
def delete(physical_id: str) -> None:
    print(f"{physical_id} is gone")


if __name__ == "__main__":
    from lambda_router.testing import Client

    client = Client(app)
    for sent in (
        client.cloudformation("Custom::Note", {"Name": "hello", "Copies": 3}),
        client.cloudformation("Custom::Note", {"Name": "hello", "Copies": 300}),
        client.cloudformation(
            "Custom::Note", {"Name": "bye"}, request_type="Update", physical_id="note-hello"
        ),
        client.cloudformation("Custom::Note", {}, request_type="Delete", physical_id="note-hello"),
        client.cloudformation("Custom::Letter"),
    ):
        (answer,) = sent.put
        print(
            answer["Status"], answer["PhysicalResourceId"], answer.get("Data") or answer.get("Reason") or ""
        )
