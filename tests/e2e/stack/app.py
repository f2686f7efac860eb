"""A custom resource for a local AWS: a note, which is replaced when its name changes and fails when it is told to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lambda_router import Resource, Router
from lambda_router.sources.cloudformation import CloudFormation

router = Router()
router.cloudformation = CloudFormation(router, hosts=[os.environ["FRONT"]])
note = router.cloudformation("Custom::Note")


def written(what: str, physical_id: str | None, properties: dict[str, Any]) -> None:
    with Path(os.environ["NOTES"]).open("a", encoding="utf-8") as notes:
        notes.write(json.dumps([what, physical_id, properties.get("Text")]) + "\n")


def made(properties: dict[str, Any]) -> Resource:
    if properties["Text"] == "fail":
        raise ValueError("canary-text")
    return Resource(f"note-{properties['Name']}", {"Length": len(properties["Text"])})


@note.create
def create(properties: dict[str, Any]) -> Resource:
    written("create", None, properties)
    return made(properties)


@note.update
def update(properties: dict[str, Any], physical_id: str) -> Resource:
    written("update", physical_id, properties)
    return made(properties)


@note.delete
def delete(properties: dict[str, Any], physical_id: str) -> None:
    written("delete", physical_id, properties)


def app(event: Any, context: Any) -> Any:
    """The local AWS has no TLS, and the room takes no less: the answer goes through a front that has."""
    place = event["ResponseURL"].split("/", 3)[3]
    return router({**event, "ResponseURL": f"https://{os.environ['FRONT']}/{place}"}, context)
