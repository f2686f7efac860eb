"""`lambda-router routes`: a table, a document, a flowchart."""

from __future__ import annotations

import json
import re
from pathlib import Path

from lambda_router import Router
from lambda_router.cli.route_map import flowchart
from lambda_router.cli.routes import criteria, outcome, place, told

from .conftest import SHOP, Run

LINES = {name: SHOP[: SHOP.index(name)].count("\n") + 1 for name in ("@app.get", "@app.sqs", "@app.s3")}


def test_the_table_has_a_line_a_route(program: Run) -> None:
    status, out, err = program("routes", "shop:app")
    assert (status, err) == (0, "the shop opens\n")
    rows = [re.split(r"  +", line) for line in out.splitlines()]
    assert rows == [
        ["source", "criteria", "handler", "place"],
        ["http", "GET /orders/{order_id}", "read_order", f"shop.py:{LINES['@app.get']}"],
        ["sqs", "queue=orders", "on_order (partial)", f"shop.py:{LINES['@app.sqs']}"],
        ["sqs", "queue=noise", "dropped"],
        [
            *("s3", "bucket=uploads, key=images/*.jpg, event=ObjectCreated:*"),
            *("on_image", f"shop.py:{LINES['@app.s3']}"),
        ],
        ["cognito", "trigger=PreSignUp_*", "sign_up", rows[5][3]],
        ["cloudformation", "resource_type=Custom::Bucket, request_type=Create", "create", rows[6][3]],
    ]


def test_json_has_every_route(program: Run) -> None:
    found = json.loads(program("routes", "shop:app", "--json").out)
    assert len(found) == 6
    assert found[1] == {
        "source": "sqs",
        "criteria": {"queue": "orders"},
        "name": "on_order",
        "handler": "shop.on_order",
        "file": "shop.py",
        "line": LINES["@app.sqs"],
        "batch": False,
        "options": {"partial": True, "concurrency": 1},
    }
    assert (found[2]["handler"], found[2]["file"], found[2]["line"]) == (None, None, None)


def test_an_entrypoint_has_the_routes_of_its_sources(run: Run) -> None:
    found = json.loads(run("routes", "shop:workers", "--json").out)
    assert {route["source"] for route in found} == {"sqs"}


def test_on_a_terminal_nothing_is_cut(program: Run) -> None:
    out = program("routes", "shop:app", FORCE_COLOR="1", COLUMNS="60").out
    cells = [re.sub(r"\x1b\[[\d;]*m", "", line).split("│")[1:-1] for line in out.splitlines() if "│" in line]
    written = "".join(cell[1].strip() for cell in cells)
    assert "bucket=uploadskey=images/*.jpgevent=ObjectCreated:*" in written
    assert max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in out.splitlines()) <= 60
    assert "\x1b[" in out
    assert "…" not in out


def test_where_nobody_wants_colours_there_are_no_codes_at_all(program: Run) -> None:
    out = program("routes", "shop:app", FORCE_COLOR="1", NO_COLOR="1").out
    assert "┃" in out
    assert "\x1b" not in out


def test_a_route_is_a_line_whatever_its_criteria(run: Run, here: Path) -> None:
    (here / "odd.py").write_text(
        "from lambda_router import Router\n\napp = Router()\n"
        "app.sqs('a\\nb\\x1b[31m', name='n\\rm')(lambda body: None)\n"
    )
    _, row = run("routes", "odd:app").out.splitlines()
    assert row.split() == ["sqs", r"queue=a\nb\x1b[31m", r"n\rm", "odd.py:4"]


def test_every_kind_of_route_can_be_told() -> None:
    app = Router()

    class Handler:
        def __call__(self, event: dict) -> None: ...

    app.default(Handler())
    app.invoke(when=nobody)(print_nothing)
    app.invoke(when=int)(print_nothing)
    app.kinesis.window("clicks")(keep)
    app.sqs.batch("bulk")(settle)
    app.eventbridge(detail={"total": [{"numeric": [">", 100]}]})(nobody)
    app.docs()
    app.mount("/old", application)
    found = json.loads(json.dumps([told(route) for route in app.routes], default=str))
    assert [route["handler"].rpartition(".")[2] for route in found] == [
        *("Handler", "print_nothing", "print_nothing", "keep", "settle", "nobody"),
        *("document", "page", "application"),
    ]
    shown = [", ".join(criteria(route)) for route in app.routes]
    assert shown[1:4] == ["when=nobody", "when=int", "stream=clicks"]
    assert shown[5] == 'detail={"total": [{"numeric": [">", 100]}]}'
    assert shown[8] == "path=/old"
    assert place(app.routes[6]).startswith("lambda_router/http/swagger.py:")
    assert [outcome(route) for route in app.routes][3:5] == ["keep (window)", "settle (whole batch)"]


def print_nothing(event: dict) -> None: ...


def settle(records: list) -> None: ...


def keep(records: list, state: dict) -> dict:
    return state


def application(environ: dict, start_response: object) -> list: ...


# -- the flowchart ------------------------------------------------------------------------------------------


def test_the_flowchart_leads_from_sources_to_handlers(run: Run) -> None:
    status, out, _ = run("routes", "shop:app", "--mermaid")
    assert status == 0
    assert (
        out
        == """\
flowchart LR
    s0(["HTTP"])
    c0["GET /orders/#123;order_id#125;"]
    s0 --> c0
    h0("read_order")
    c0 --> h0
    s1(["sqs"])
    c1["queue=orders"]
    s1 --> c1
    h1("on_order (partial)")
    c1 --> h1
    c2["queue=noise"]
    s1 --> c2
    h2[/"dropped"/]
    c2 --> h2
    s2(["s3"])
    c3["bucket=uploads<br>key=images/*.jpg<br>event=ObjectCreated#58;*"]
    s2 --> c3
    h3("on_image")
    c3 --> h3
    s3(["cognito"])
    c4["trigger=PreSignUp_*"]
    s3 --> c4
    h4("sign_up")
    c4 --> h4
    s4(["cloudformation"])
    c5["resource_type=Custom#58;#58;Bucket<br>request_type=Create"]
    s4 --> c5
    h5("create")
    c5 --> h5
"""
    )


def test_a_handler_of_two_routes_is_there_once() -> None:
    app = Router()
    app.get("/a")(nobody)
    app.get("/b")(nobody)
    app.default(print_nothing)
    chart = flowchart(app.routes)
    assert chart.count('("nobody")') == 1
    assert 's1(["anything else"])\n    h1("print_nothing")\n    s1 --> h1' in chart


def nobody() -> None: ...


def test_nothing_in_a_label_is_taken_for_mermaid() -> None:
    app = Router()
    hostile = 'end "]) --> x; %%{init}%% `a` <b>&amp;</b> style: x#1; 1\n2 \\n $$x$$ fa:fa-ban'
    app.get("/a", name=hostile)(nobody)
    (node,) = [line for line in flowchart(app.routes).splitlines() if line.strip().startswith("h0(")]
    label = node.strip().removeprefix('h0("').removesuffix('")')
    assert re.fullmatch(r"(?:[\w ./,=()|*+@!?\u2060-]|#\d+;)*", label)
    read = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)
    assert read.replace("\u2060", "") == hostile
    assert not re.search(
        r"\\n|\$\$|:fa-|\bend\b", re.sub(r"#(\d+);(?=.)", lambda c: chr(int(c[1])), label[8:])
    )


def test_wrong_usage(run: Run) -> None:
    assert run("routes", "shop:app", "--json", "--mermaid") == (
        *(2, "", "lambda-router routes: --json and --mermaid are two forms: choose one\n"),
    )
    said = "lambda-router routes: Missing argument 'APP'; lambda-router routes --help says more\n"
    assert run("routes") == (2, "", said)
