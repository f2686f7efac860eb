"""Draws the pictures of the documentation: `python docs/pictures/draw.py` writes the SVG files beside it.

They are narrow, so that a phone shows them in a readable size, their text is text, and they follow the reader's
light or dark scheme. tests/docs/test_pictures.py compares the files with what this draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
WIDTH = 480

STYLE = """
svg { --ink: #1f2933; --soft: #4b5864; --line: #66727e; --fill: #f1f4f8; --edge: #9aa5b1;
  --good: #dff2ee; --good-edge: #00796b; --bad: #fde8e6; --bad-edge: #b3261e; }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e6eaee; --soft: #b9c3cd; --line: #94a1ae; --fill: #28323d; --edge: #6b7886;
    --good: #12403b; --good-edge: #4db6ac; --bad: #4a2321; --bad-edge: #f2857c; }
}
text { font: 15px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: var(--ink); }
.small { font-size: 13px; fill: var(--soft); }
.strong { font-weight: 600; }
.code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
rect { fill: var(--fill); stroke: var(--edge); }
rect.good { fill: var(--good); stroke: var(--good-edge); }
rect.bad { fill: var(--bad); stroke: var(--bad-edge); }
rect.open { fill: none; stroke-dasharray: 5 4; }
path { fill: none; stroke: var(--line); stroke-width: 1.5; }
path.bad { stroke: var(--bad-edge); }
.head { fill: var(--line); stroke: none; }
.head.bad { fill: var(--bad-edge); }
"""


class Picture:
    """One picture: its file's name, a title and a description for those who do not see it, and what is drawn."""

    def __init__(self, name: str, title: str, description: str) -> None:
        self.name, self.title, self.description = name, title, description
        self.height = 0
        self._drawn: list[str] = []

    def box(self, x: int, y: int, width: int, height: int, kind: str = "") -> None:
        """A rectangle; `kind` is its class: good, bad, open."""
        self.height = max(self.height, y + height + 2)
        mark = f' class="{kind}"' if kind else ""
        self._drawn.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6"{mark}/>')

    def text(self, x: int, y: int, said: str, kind: str = "") -> None:
        """A line of text, its baseline at `y`; `kind` is its classes: small, strong, code, middle, end."""
        self.height = max(self.height, y + 6)
        mark = f' class="{kind}"' if kind else ""
        self._drawn.append(f'<text x="{x}" y="{y}"{mark}>{escape(said, quote=False)}</text>')

    def lines(self, x: int, y: int, said: Sequence[str], kind: str = "small", step: int = 18) -> None:
        """Several lines of text, one below the other."""
        for number, line in enumerate(said):
            self.text(x, y + number * step, line, kind)

    def arrow(self, *points: tuple[int, int], kind: str = "") -> None:
        """An arrow along points; it ends in a head, rightwards, downwards or leftwards."""
        (x0, y0), (x1, y1) = points[-2:]
        mark = f' class="{kind}"' if kind else ""
        way = " L".join(f"{x} {y}" for x, y in points)
        self._drawn.append(f'<path d="M{way}"{mark}/>')
        side = {
            (1, 0): (-8, -4, -8, 4),
            (-1, 0): (8, -4, 8, 4),
            (0, 1): (-4, -8, 4, -8),
            (0, -1): (-4, 8, 4, 8),
        }
        a, b, c, d = side[((x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0))]
        head = f"M{x1} {y1} L{x1 + a} {y1 + b} L{x1 + c} {y1 + d} Z"
        self._drawn.append(f'<path class="{" ".join(filter(None, ("head", kind)))}" d="{head}"/>')

    def svg(self) -> str:
        """The document."""
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
                f'height="{self.height}" role="img" aria-labelledby="title desc">',
                f'<title id="title">{escape(self.title, quote=False)}</title>',
                f'<desc id="desc">{escape(self.description, quote=False)}</desc>',
                f"<style>{STYLE}</style>",
                *self._drawn,
                "</svg>\n",
            ]
        )


def event_to_answer() -> Picture:
    """The five verbs, what each looks at, and where an event leaves the line."""
    picture = Picture(
        "event-to-answer",
        "From an event to its answer",
        "An event goes through five steps, one after the other: detect, match, bind, call and shape; an answer "
        "comes out. What goes wrong in any of them becomes what a failure is to the event's source: it is reported in the "
        "answer, or raised.",
    )
    picture.text(170, 20, "event", "strong middle")
    steps = [
        ("detect", "whose event is it?", "the envelope proves its source"),
        ("match", "which route takes it?", "each record by itself"),
        ("bind", "what are the arguments?", "name and annotation say"),
        ("call", "what does the handler do?", "inside its middleware, to its end"),
        ("shape", "what does the caller accept?", "checked before it is sent"),
    ]
    y = 50
    for verb, question, how in steps:
        picture.arrow((170, y - 22), (170, y))
        picture.box(2, y, 340, 58, "good")
        picture.text(16, y + 35, verb, "strong")
        picture.text(84, y + 24, question)
        picture.text(84, y + 45, how, "small")
        y += 80
    picture.arrow((170, y - 22), (170, y))
    picture.text(170, y + 20, "answer", "strong middle")
    left = [
        ["no source", "claims it"],
        ["no route", "takes it"],
        ["not what was", "declared"],
        ["it raises"],
        ["cannot", "be sent"],
    ]
    for number, said in enumerate(left):
        middle = 79 + 80 * number
        picture.arrow((342, middle), (370, middle), kind="bad")
        picture.lines(378, middle + (5 if len(said) == 1 else -4), said)
    picture.arrow((456, 404), (456, 440), kind="bad")
    picture.box(240, 440, 238, 52, "bad")
    picture.lines(252, 462, ["a failure, in this source's own", "words: reported, or raised"])
    picture.arrow((240, 466), (212, 466), kind="bad")
    return picture


def route_map() -> Picture:
    """The router of the tutorial: what comes in, what is asked, who takes it."""
    picture = Picture(
        "route-map",
        "A router's route map",
        "One function with three sources. GET /orders/{order_id} from any of the six HTTP callers goes to read; messages "
        "of the queue orders go to on_order; new objects of buckets called uploads-* whose key matches images/*.jpg go to "
        "on_image. What nothing takes is an error that names the decorator to write.",
    )
    rows = [
        ("HTTP, six callers", ["GET", "/orders/{order_id}"], "read"),
        ("sqs", ["queue orders"], "on_order"),
        ("s3", ["bucket uploads-*", "key images/*.jpg"], "on_image"),
    ]
    y = 18
    picture.text(2, y, "source", "small")
    picture.text(170, y, "criteria", "small")
    picture.text(374, y, "handler", "small")
    y += 12
    for source, criteria, handler in rows:
        picture.box(2, y, 146, 52)
        picture.text(75, y + 31, source, "small middle" if " " in source else "code middle")
        picture.arrow((148, y + 26), (168, y + 26))
        picture.box(168, y, 182, 52)
        picture.lines(180, y + (31 if len(criteria) == 1 else 22), criteria, "code")
        picture.arrow((350, y + 26), (370, y + 26))
        picture.box(370, y, 108, 52, "good")
        picture.text(424, y + 31, handler, "code middle")
        y += 66
    picture.box(2, y, 146, 52, "open")
    picture.text(75, y + 31, "anything else", "small middle")
    picture.arrow((148, y + 26), (168, y + 26), kind="bad")
    picture.box(168, y, 310, 52, "bad")
    picture.lines(180, y + 22, ["an error, with what was seen and", "the decorator to write"])
    return picture


def exceptions() -> Picture:
    """What an exception becomes: it depends on who waits."""
    picture = Picture(
        "exceptions",
        "What an exception becomes",
        "A handler raises. If a client waits it gets a status; if a service waits for the answer it gets that service's "
        "failure document; if a service waits for a call back it gets exactly one; if Lambda's poller waits the record "
        "is reported, or the batch raises; if nobody waits the exception is raised, and Lambda tries again.",
    )
    picture.box(160, 2, 160, 40, "bad")
    picture.text(240, 28, "a handler raises", "strong middle")
    picture.text(2, 70, "who waits?", "small")
    picture.text(218, 70, "what it gets", "small")
    rows = [
        (
            "a client",
            "HTTP, WebSocket, edge",
            ["a status; 500 and an id", "for whatever is unexpected"],
        ),
        (
            "a service",
            "Cognito, Lex, Firehose",
            ["its own failure document,", "else the exception, raised"],
        ),
        ("a callback", "stacks, pipelines", ["exactly one call: failed"]),
        (
            "Lambda's poller",
            "SQS, streams, topics",
            ["declared: just that record", "else the whole batch, raised"],
        ),
        ("nobody", "S3, SNS, EventBridge", ["the exception: Lambda", "retries, then gives it up"]),
    ]
    y = 82
    for who, examples, becomes in rows:
        picture.box(2, y, 196, 56)
        picture.text(12, y + 24, who, "strong")
        picture.text(12, y + 44, examples, "small")
        picture.arrow((198, y + 28), (218, y + 28), kind="bad")
        picture.box(218, y, 260, 56, "bad")
        picture.lines(230, y + (33 if len(becomes) == 1 else 24), becomes, "", step=20)
        y += 68
    return picture


def unwrapping() -> Picture:
    """An S3 notification in a topic's notification in a queue's message: who takes it, and what fails."""
    picture = Picture(
        "unwrapping",
        "An event inside of an event inside of a record",
        "A message of SQS holds a notification of SNS, which holds an event of S3. The route of S3 takes the object. If it "
        "raises, what fails is the message of SQS, since that is what can come again.",
    )
    picture.box(2, 2, 476, 168)
    picture.text(14, 26, "SQS record", "strong")
    picture.text(466, 26, "messageId 059f36b4", "code end")
    picture.box(20, 40, 440, 116, "open")
    picture.text(32, 64, "body: SNS notification", "strong")
    picture.box(38, 78, 404, 64, "good")
    picture.text(50, 102, "Message: S3 event", "strong")
    picture.text(50, 126, "bucket uploads, key images/cat.jpg", "code")
    picture.arrow((130, 142), (130, 206))
    picture.box(20, 206, 220, 44, "good")
    picture.text(130, 233, '@app.s3("uploads")', "code middle")
    picture.arrow((240, 228), (360, 228), (360, 170), kind="bad")
    picture.text(370, 205, "if it raises,", "small")
    picture.text(370, 223, "the message", "small")
    picture.text(370, 241, "comes again", "small")
    return picture


def batch() -> Picture:
    """A batch of a FIFO queue with one failure: what is run, what is held back, what is reported."""
    picture = Picture(
        "batch",
        "A failure in a FIFO queue's batch",
        "Six messages of two groups. The second message of group A fails: the third of A is held back, all of group B are "
        "run. Reported are the one that failed and the one that was held back.",
    )
    picture.text(2, 20, "a batch of payments.fifo, in order", "small")
    rows = [("A", "1"), ("B", "1"), ("A", "2"), ("B", "2"), ("A", "3"), ("B", "3")]
    states = ["done", "done", "failed", "done", "not started", "done"]
    for number, ((group, place), state) in enumerate(zip(rows, states, strict=True)):
        y = 32 + number * 40
        kind = {"done": "good", "failed": "bad", "not started": "open"}[state]
        picture.box(2 if group == "A" else 72, y, 62, 32, kind)
        picture.text(33 if group == "A" else 103, y + 21, f"{group}{place}", "code middle")
        picture.text(150, y + 21, state, "small")
    picture.arrow((232, 128), (256, 128), kind="bad")
    picture.arrow((232, 208), (256, 208), kind="bad")
    picture.box(258, 32, 220, 232)
    picture.lines(
        270,
        58,
        [
            '{"batchItemFailures": [',
            '  {"itemIdentifier":',
            '     "id of A2"},',
            '  {"itemIdentifier":',
            '     "id of A3"}',
            "]}",
        ],
        "code",
        step=20,
    )
    picture.lines(270, 200, ["A2 and A3 come again, in", "this order; the other four", "are deleted"])
    return picture


PICTURES = (event_to_answer, route_map, exceptions, unwrapping, batch)


def main() -> None:
    """Write every picture."""
    for draw in PICTURES:
        picture = draw()
        (HERE / f"{picture.name}.svg").write_text(picture.svg(), "utf-8")


if __name__ == "__main__":
    main()
