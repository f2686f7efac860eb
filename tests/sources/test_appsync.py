"""AWS AppSync resolvers: parts, arguments by name, one field and batches, errors of fields; answers by the model."""

from __future__ import annotations

import copy
import json
import logging
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.utilities.data_classes import AppSyncResolverEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from misshapen import misshapen, places
from models import appsync as model
from pydantic import BaseModel, Field  # noqa: F401 - in annotations that are made of text

from lambda_router import (
    Argument,
    ConcealedError,
    ConfigurationError,
    Depends,
    Drop,
    DuplicateRouteError,
    HandlerSignatureError,
    HTTPError,
    NoRouteError,
    PayloadError,
    PublicError,
    Reject,
    ResultError,
    Retry,
    Router,
    RouterError,
    detect,
)
from lambda_router.sources.appsync import AppSync
from lambda_router.testing import Client, LambdaContext, event
from lambda_router.testing.events import samples

SAMPLES = {name.partition(".")[2]: sample for name, sample, _ in samples("appsync")}
FULL, BATCH = SAMPLES["every_part"], SAMPLES["batch"]
CANARY = "canary-4111-1111"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


class Order(BaseModel):
    id: int
    total: Decimal


@dataclass
class Page:
    limit: int = 0
    note: str | None = None


class NotThereError(PublicError):
    pass


def answering(handler: Any, *, batch: bool = False) -> Router:
    app = Router()
    (app.appsync.batch if batch else app.appsync)("*", "*")(handler)
    return app


def ask(app: Any, sent: Any = FULL, **options: Any) -> Any:
    """The answer to an event, which AppSync takes."""
    before = copy.deepcopy(sent)
    result = Client(app, **options).send(sent).raise_for_error()
    assert sent == before
    model.check(result.response, sent)
    return result.response


def refused(app: Any, sent: Any = FULL) -> BaseException:
    """What is behind the generic error that leaves the app."""
    error = Client(app).send(sent).error
    assert type(error) is ConcealedError
    assert error.__cause__ is not None
    return error.__cause__


def given_to(parameters: str, sent: Any = FULL, **names: Any) -> Any:
    """What a handler with these parameters is given for the event."""
    seen: list[Any] = []
    known = {**globals(), **names, "seen": seen}
    exec(f"def handler({parameters}): seen.append(dict(locals()))", known)
    ask(answering(known["handler"]), sent)
    return seen[0]


@pytest.mark.parametrize(("answer", "sent", "why"), model.WRONG, ids=[why for _, _, why in model.WRONG])
def test_the_model_refuses_what_is_wrong(answer: Any, sent: Any, why: str) -> None:
    with pytest.raises(model.Refused, match=r"^\$"):
        model.check(answer, sent)


# -- parts ---------------------------------------------------------------------------------------------------


def test_every_part_has_a_value_of_its_own() -> None:
    assert len({json.dumps(get(FULL)) for get in AppSync.parts.values()}) == len(AppSync.parts) == 5
    names = "arguments, source, identity, info, stash"
    assert given_to(names) == {name: FULL[name] for name in names.split(", ")}
    assert given_to("event, context")["event"] == FULL


def test_info_of_an_event_that_has_none() -> None:
    names = {"fieldName": "echo", "parentTypeName": "Query"}
    assert given_to("info", SAMPLES["amplify"]) == {"info": names}
    assert given_to("info", SAMPLES["template"])["info"] == {"fieldName": "total", "parentTypeName": "Order"}


def test_powertools_class_is_wrapped_around_the_context_in_a_batch_too() -> None:
    def handler(event: AppSyncResolverEvent) -> Any:
        assert event.info is not None
        return [event.info.field_name, (event.source or {}).get("orderId")]

    assert ask(answering(handler)) == ["orders", "418"]
    found = ask(answering(handler), BATCH)
    assert [one["data"] for one in found] == [["customer", "417"], ["customer", "418"], ["customer", "419"]]


# -- arguments by name ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("id", {"id": "417"}),
        ("id: int", {"id": 417}),
        ("id: str, limit: int", {"id": "417", "limit": 5}),
        ("limit: str", {"limit": "5"}),
        ("express: bool, weight: float", {"express": True, "weight": 1.5}),
        ("note", {"note": None}),
        ("note: str | None", {"note": None}),
        ("note: str = 'none'", {"note": "none"}),
        ("note: str | None = 'none'", {"note": None}),
        ("page", {"page": None}),
        ("page: int = 1", {"page": 1}),
        ("page: int | None", {"page": None}),
        ("page: int | None = 7", {"page": 7}),
        ("tags", {"tags": ["tea", "green"]}),
        ("tags: list", {"tags": ["tea", "green"]}),
        ("tags: list[str]", {"tags": ["tea", "green"]}),
        ("tags: set[str]", {"tags": {"tea", "green"}}),
        ("input: Order", {"input": Order(id=9, total=Decimal("9.50"))}),
        ("input: dict", {"input": {"id": 9, "total": "9.50"}}),
        ("input: Order | None = None", {"input": Order(id=9, total=Decimal("9.50"))}),
        ("filter: Order | None = None", {"filter": None}),
        ("page: Page", {"page": Page(5)}),
        ("everything: dict", {"everything": FULL["arguments"]}),
        ("limit: Annotated[int, Field(ge=1)]", {"limit": 5}),
        ("parent: Annotated[str, Argument('source')]", {"parent": "shop"}),
        ("order_id: Annotated[int, Argument('id')] = 3", {"order_id": 417}),
        ("page: Annotated[int, Argument('pageNumber')] = 3", {"page": 3}),
        ("arguments: Page", {"arguments": Page(5)}),
    ],
)
def test_arguments_by_name(parameters: str, expected: Any) -> None:
    found = given_to(parameters)
    assert found == expected
    assert [type(value) for value in found.values()] == [type(value) for value in expected.values()]


def test_two_documents_are_arguments_of_their_names() -> None:
    sent = event("appsync", arguments={"input": {"id": 7, "total": 1}, "page": {"limit": 2}})
    assert given_to("input: Order, page: Page", sent)["page"] == Page(2)
    names: dict[str, Any] = {"Order": Order, "Page": Page}
    exec("def handler(input: Order, other: Page): raise AssertionError", names)
    assert isinstance(refused(answering(names["handler"]), sent), PayloadError)


def test_nothing_but_optional_arguments() -> None:
    sent = event("appsync", arguments={})
    assert given_to("order: Order | None, ids: list[int] | None", sent) == {"order": None, "ids": None}
    assert given_to("page: Page", sent) == {"page": Page()}
    assert given_to("order: Order | None", sent) == {"order": None}


@pytest.mark.parametrize(
    ("parameters", "part"),
    [
        ("id: date", "arguments.id"),
        ("tags: int", "arguments.tags"),
        ("page: int", "arguments.page"),
        ("note: str", "arguments.note"),
        ("ids: list[int]", "arguments.ids"),
        ("input: Page", None),
        ("order: Order", "arguments"),
        ("limit: Annotated[int, Field(ge=6)]", "arguments.limit"),
        ("x: Annotated[str, Argument('y')]", "arguments.y"),
    ],
)
def test_an_argument_that_is_not_what_was_declared(parameters: str, part: str | None) -> None:
    names: dict[str, Any] = {**globals(), "date": date, "Page": Order if part else list[int]}
    exec(f"def handler({parameters}): raise AssertionError", names)
    sent = event("appsync", arguments={**FULL["arguments"], "id": CANARY})
    found = refused(answering(names["handler"]), sent)
    assert isinstance(found, PayloadError)
    assert found.part.startswith(part or "arguments")
    assert CANARY not in f"{found} {found!r}"


@pytest.mark.parametrize("parameters", ["*args", "a: AppSyncResolverEvent", "ctx: Router", "a: Nobody"])
def test_what_cannot_be_filled_is_refused_at_import(parameters: str) -> None:
    names: dict[str, Any] = dict(globals())
    exec(f"def handler({parameters}): pass", names)
    with pytest.raises(HandlerSignatureError):
        answering(names["handler"])
    with pytest.raises(ConfigurationError):
        Argument("")
    assert repr(Argument("id")) == "Argument('id')"


def found(id: int, source: Any) -> Any:
    return {"id": id, "of": source["orderId"]}


def test_a_dependency_asks_for_arguments_too() -> None:
    def handler(order: Annotated[Any, Depends(found)], limit: int) -> Any:
        return [order, limit]

    assert ask(answering(handler)) == [{"id": 417, "of": "418"}, 5]


# -- one field -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, None),
        (7, 7),
        ("tea", "tea"),
        (False, False),
        ([1, None], [1, None]),
        ({"id": 7}, {"id": 7}),
        (Order(id=7, total=Decimal("9.50")), {"id": 7, "total": "9.50"}),
        ({"total": Decimal("9.5"), "on": date(2026, 1, 2)}, {"total": 9.5, "on": "2026-01-02"}),
        ({"data": 1, "errorMessage": "no"}, {"data": 1, "errorMessage": "no"}),
    ],
)
def test_any_json_is_a_fields_value(result: Any, expected: Any) -> None:
    async def later() -> Any:
        return result

    for handler in (lambda: result, later):
        assert ask(answering(handler)) == expected
        assert ask(answering(handler), BATCH) == [{"data": expected}] * 3


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ({"n": float("nan")}, "$.n"),
        ([b"x"], "$[0]"),
        ({1: "a"}, "$"),
        ("\ud800", "$"),
        (object(), "$"),
        (ValueError("returned, not raised"), "$"),
        ("x" * 6_300_000, "$"),
    ],
)
def test_what_is_no_json_is_refused_and_in_a_batch_alone(result: Any, path: str) -> None:
    found = refused(answering(lambda: result))
    assert type(found) is ResultError
    assert found.path == path
    answer = ask(answering(lambda source: result if source["orderId"] == "418" else 1), BATCH)
    assert [one["data"] for one in answer] == [1, None, 1]
    assert answer[1]["errorType"] == "Lambda:Unhandled"


def test_a_generator_is_no_value() -> None:
    def handler() -> Any:
        yield 1

    assert isinstance(refused(answering(handler)), ResultError)


# -- batches -------------------------------------------------------------------------------------------------


def test_a_batch_keeps_length_and_order_and_one_failure_fails_its_element(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)

    def handler(source: Any, orderId: int) -> Any:
        if source["orderId"] == "418":
            raise ValueError(CANARY)
        return [source["orderId"], orderId]

    first, second, third = ask(answering(handler), BATCH)
    assert (first, third) == ({"data": ["417", 417]}, {"data": ["419", 417]})
    assert second["data"] is None
    assert second["errorType"] == "Lambda:Unhandled"
    assert second["errorMessage"].startswith("The request could not be handled (reference ")
    assert CANARY not in json.dumps(second) + caplog.text
    assert "appsync element 1 failed: ValueError at test_appsync.py" in caplog.text


def test_a_batch_of_one_is_still_a_batch() -> None:
    assert ask(answering(lambda source: source["orderId"]), BATCH[:1]) == [{"data": "417"}]


@pytest.mark.parametrize(
    ("failure", "message", "kind"),
    [
        (PublicError("Nothing there."), "Nothing there.", "PublicError"),
        (NotThereError("No order 7."), "No order 7.", "NotThereError"),
        (PublicError(""), "PublicError", "PublicError"),
        (Retry(CANARY), None, "Lambda:Unhandled"),
        (Reject(CANARY), None, "Lambda:Unhandled"),
        (HTTPError(404, CANARY), None, "Lambda:Unhandled"),
        (SystemExit(CANARY), None, "Lambda:Unhandled"),
        (RouterError(CANARY), None, "Lambda:Unhandled"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_clients_read_of_a_failure(failure: BaseException, message: Any, kind: str, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)

    def handler() -> Any:
        raise failure

    (found,) = ask(answering(handler), BATCH[:1])
    assert found["errorType"] == kind
    assert found["errorMessage"] == message or (message is None and "reference" in found["errorMessage"])
    error = Client(answering(handler)).send(FULL).error
    assert type(error) is (type(failure) if message is not None else ConcealedError)
    assert CANARY not in f"{found} {error} {error!r}"
    assert CANARY not in caplog.text


def test_a_drop_is_null_and_a_keyboard_interrupt_leaves() -> None:
    def handler(source: Any) -> Any:
        if source["orderId"] == "418":
            raise Drop
        return 1

    assert ask(answering(handler)) is None
    assert ask(answering(handler), BATCH) == [{"data": 1}, {"data": None}, {"data": 1}]
    app = Router()
    app.appsync("*", "*").drop()
    assert ask(app) is None
    assert ask(app, BATCH) == [{"data": None}] * 3

    def stop() -> Any:
        raise KeyboardInterrupt

    for sent in (FULL, BATCH):
        with pytest.raises(KeyboardInterrupt):
            answering(stop)(sent)


def test_exception_handlers_give_values() -> None:
    def handler(source: Any) -> Any:
        if source["orderId"] == "418":
            raise LookupError
        return 1

    app = answering(handler)
    app.exception_handler(LookupError)(lambda exc, call: {"field": call.event and call.route.name})
    assert ask(app) == {"field": handler.__qualname__}
    assert [one["data"] for one in ask(app, BATCH)] == [1, {"field": handler.__qualname__}, 1]
    bad = answering(handler)
    bad.exception_handler(LookupError)(lambda exc, call: b"x")
    assert ask(bad, BATCH)[1]["errorType"] == "Lambda:Unhandled"
    none = answering(handler)
    none.exception_handler(LookupError)(lambda exc, call: None)
    assert isinstance(refused(none), LookupError)


def test_what_is_not_started_before_the_time_limit_has_failed(caplog: Any) -> None:
    context = LambdaContext(timeout=3)
    seen: list[Any] = []

    def handler(source: Any) -> Any:
        seen.append(source["orderId"])
        context.advance(1.5)
        return source["orderId"]

    found = ask(answering(handler), BATCH, context=context)
    assert seen == ["417"]
    assert found[0] == {"data": "417"}
    assert {one["errorType"] for one in found[1:]} == {"Lambda:Unhandled"}
    assert "2 elements were not started" in caplog.text


def test_two_thousand_failures_have_a_hundred_lines(caplog: Any) -> None:
    def handler() -> Any:
        raise ValueError

    sent = event("appsync.batch", sources=[{"id": str(n)} for n in range(2000)])
    assert len(ask(answering(handler), sent)) == 2000
    assert len(caplog.records) == 101
    assert "1900 more elements failed" in caplog.text


def test_a_batch_that_is_too_large_as_a_whole_is_refused() -> None:
    assert isinstance(refused(answering(lambda: "x" * 3_000_000), BATCH), ResultError)


def test_middleware_answers_a_batch_with_an_answer_to_a_batch() -> None:
    app = answering(lambda: 1)
    app.use(lambda invocation, call_next: 7)
    assert ask(app) == 7
    for result in (7, [{"data": 1}], [{"data": 1}, 2, 3], [{}, {}, {}], [{"data": 1, "errorType": "x"}] * 3):
        app = answering(lambda: 1)
        app.use(lambda invocation, call_next, result=result: result)
        found = refused(app, BATCH)
        assert isinstance(found, ResultError)
    app = answering(lambda: 1)
    seen: list[Any] = []
    app.use(lambda invocation, call_next: seen.append(call_next(invocation)) or seen[0])
    assert ask(app, BATCH) == seen[0] == [{"data": 1}] * 3

    def dropping(invocation: Any, call_next: Any) -> Any:
        raise Drop

    app = answering(lambda: 1)
    app.use(dropping)
    assert ask(app, BATCH) == [{"data": None}] * 3
    assert ask(Router(warmup=lambda event: True), BATCH) == [{"data": None}] * 3


def test_a_routes_middleware_is_around_each_element() -> None:
    seen: list[Any] = []

    def watch(invocation: Any, call_next: Any) -> Any:
        seen.append(invocation.subject["source"]["orderId"])
        return call_next(invocation)

    app = Router()
    app.appsync("Order", "customer", middleware=[watch])(lambda: 1)
    ask(app, BATCH)
    assert seen == ["417", "418", "419"]


# -- handlers of a whole batch -------------------------------------------------------------------------------


def test_a_handler_of_the_whole_batch_is_called_once() -> None:
    calls: list[Any] = []

    def handler(sources: Any, arguments: Any, identity: Any, info: Any, records: Any, stash: Any) -> Any:
        calls.append((arguments, identity, info, stash))
        assert records == BATCH
        return [source["customerId"] for source in sources]

    assert ask(answering(handler, batch=True), BATCH) == [{"data": f"c-{n}"} for n in (41, 42, 43)]
    first = BATCH[0]
    assert calls == [([first["arguments"]] * 3, first["identity"], first["info"], first["stash"])]


def test_a_handler_of_a_whole_batch_takes_one_field_too() -> None:
    assert ask(answering(lambda sources: [s["orderId"] for s in sources], batch=True)) == "418"
    assert isinstance(refused(answering(lambda: [ValueError()], batch=True)), ValueError)
    assert isinstance(refused(answering(list, batch=True)), ResultError)


def test_an_exception_in_the_list_fails_its_element() -> None:
    def handler(sources: Any) -> Any:
        return (1, PublicError("Not you."), ValueError(CANARY))

    first, second, third = ask(answering(handler, batch=True), BATCH)
    assert first == {"data": 1}
    assert second == {"data": None, "errorMessage": "Not you.", "errorType": "PublicError"}
    assert third["data"] is None
    assert CANARY not in json.dumps(third)


@pytest.mark.parametrize("result", [None, 7, "abc", {"a": 1}, [1, 2], [1, 2, 3, 4], {1, 2, 3}])
def test_a_list_of_another_length_fails_all(result: Any) -> None:
    found = ask(answering(lambda: result, batch=True), BATCH)
    assert {one.get("errorType") for one in found} == {"Lambda:Unhandled"}


def test_what_a_handler_of_a_batch_raises_fails_all_and_may_be_handled() -> None:
    async def handler() -> Any:
        raise LookupError

    app = answering(handler, batch=True)
    assert {one.get("errorType") for one in ask(app, BATCH)} == {"Lambda:Unhandled"}
    app = answering(handler, batch=True)
    app.exception_handler(LookupError)(lambda exc, call: call.subject["source"]["orderId"])
    assert ask(app, BATCH) == [{"data": n} for n in ("417", "418", "419")]


def test_a_batch_handler_asks_for_what_a_batch_has() -> None:
    for parameters in ("source", "id", "order: Order"):
        names: dict[str, Any] = {"Order": Order}
        exec(f"def handler({parameters}): pass", names)
        with pytest.raises(HandlerSignatureError, match=r"app\.appsync\.batch"):
            answering(names["handler"], batch=True)


def test_a_batch_of_several_fields_is_each_handlers_own() -> None:
    other = {**BATCH[0], "info": {**BATCH[0]["info"], "fieldName": "total"}}
    sent = [BATCH[0], other, BATCH[1], {**other, "info": {**other["info"], "fieldName": "nobody"}}]
    app = Router()
    app.appsync.batch("Order", "customer")(lambda sources: [s["customerId"] for s in sources])
    app.appsync("Order", "total")(lambda: 9)
    found = ask(app, sent)
    assert [one["data"] for one in found] == ["c-41", 9, "c-42", None]
    assert found[3]["errorType"] == "Lambda:Unhandled"


# -- which route ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "field", "expected"),
    [
        ("Customer", "orders", True),
        ("*", "orders", True),
        ("Customer", "*", True),
        (["Query", "Customer"], ["order", "ord*"], True),
        ("customer", "orders", False),
        ("Query", "orders", False),
        ("Customer", "order", False),
    ],
)
def test_criteria(type_: Any, field: Any, expected: bool) -> None:
    app = Router()
    app.appsync(type_, field)(lambda: True)
    app.default(lambda: False)
    assert ask(app) is expected
    assert ask(app, [FULL, FULL]) == [{"data": expected}] * 2


def test_without_a_route_the_error_says_what_to_write() -> None:
    app = answering(lambda: 1)
    assert ask(app, SAMPLES["amplify"]) == 1
    app = Router()
    app.appsync("Query", "x")(lambda: 1)
    for sent, written in ((FULL, '"Customer", "orders"'), (BATCH, '"Order", "customer"')):
        found = refused(app, sent)
        assert isinstance(found, NoRouteError)
        assert found.suggestion == f"@app.appsync({written})"
    app = Router()
    app.appsync("Query", "x")(lambda: 1)
    app.exception_handler(NoRouteError)(lambda exc, call: "none")
    assert ask(app, BATCH) == [{"data": "none"}] * 3
    assert Router().explain(BATCH).suggestion == '@app.appsync("Order", "customer")'


def test_mistakes_are_refused_at_import() -> None:
    app = answering(lambda: 1)
    with pytest.raises(DuplicateRouteError):
        app.appsync.batch("*", "*").drop()
    for wrong in ((None, "x"), ("Query", None), (7, "x"), ("Query", [])):
        with pytest.raises(ConfigurationError):
            app.appsync(*wrong)(lambda: 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        app.appsync("Query", "x", batch=True)  # type: ignore[call-arg]


# -- any result, hostile and labelled events -----------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(results=st.lists(VALUES, min_size=3, max_size=3), whole=st.booleans(), extra=VALUES)
def test_any_result_is_a_right_answer_or_a_result_error(results: list[Any], whole: bool, extra: Any) -> None:
    left = iter(results)
    app = answering((lambda: results) if whole else (lambda: next(left)), batch=whole)
    model.check(app(copy.deepcopy(BATCH)), BATCH)
    try:
        model.check(answering(lambda: extra)(FULL), FULL)
    except ConcealedError as exc:
        assert isinstance(exc.__cause__, ResultError)


@settings(max_examples=100, deadline=None)
@given(
    outcomes=st.lists(st.sampled_from(["value", "raise", "public", "drop", "nan"]), min_size=1, max_size=30)
)
def test_every_element_has_its_own_answer(outcomes: list[str]) -> None:
    def handler(source: Any) -> Any:
        if source["do"] == "value":
            return source["n"]
        raise {"raise": ValueError(CANARY), "public": PublicError("p"), "drop": Drop()}.get(
            source["do"], ResultError("x")
        )

    sent = event("appsync.batch", sources=[{"do": do, "n": n} for n, do in enumerate(outcomes)])
    answer = answering(handler)(sent)
    model.check(answer, sent)
    for number, (do, one) in enumerate(zip(outcomes, answer, strict=True)):
        assert one["data"] == (number if do == "value" else None)
        assert ("errorMessage" in one) is (do not in ("value", "drop"))
    assert CANARY not in json.dumps(answer)


def test_wrong_types_at_every_depth_are_no_crash() -> None:
    def handler(arguments: Any, source: Any, identity: Any, info: Any, stash: Any, id: Any) -> None: ...

    app, whole = answering(handler), answering(lambda sources, identity, info: sources, batch=True)
    for path in places(FULL):
        for odd in misshapen(FULL, path):
            for sent in (odd, [odd], [FULL, odd]):
                if detect(sent) == "appsync":
                    for one in (app, whole):
                        answer = Client(one).send(sent)
                        assert answer.error is None or isinstance(answer.error, ConcealedError)
                    json.dumps(app.explain(sent).to_dict())


@pytest.mark.parametrize(
    "near",
    [
        {**FULL, "arguments": None},
        {**FULL, "arguments": []},
        {**FULL, "info": None},
        {**FULL, "info": {"fieldName": "orders"}},
        {**FULL, "info": {**FULL["info"], "parentTypeName": 7}},
        {"arguments": {"a": 1}, "fieldName": "x"},
        {"arguments": {"a": 1}, "typeName": "Query"},
        {"fieldName": "x", "typeName": "Query"},
        {"function": "x", "arguments": ["7"], "external_function": "f", "num_records": 1},
        [FULL, {}],
        [FULL, None],
        [FULL, {"eventSource": "aws:sqs", "messageId": "m"}],
        [[FULL]],
        [{"detail-type": "x", "source": "y", "detail": {"arguments": {}, "info": {}}}],
    ],
)
def test_what_is_near_is_not_appsyncs(near: Any) -> None:
    assert not AppSync.recognise(near)


def test_labelled_events(shared_events: Path | None) -> None:
    if shared_events is None:
        pytest.skip("the collection of real events is not here")
    labels = json.loads((shared_events / "labels.json").read_text())
    files = [file for file, label in labels.items() if label["source"] == "appsync"]
    assert len(files) >= 5
    for file in files:
        sent = json.loads((shared_events / file).read_text())
        assert [room.name for room in Router.everything().rooms if room.recognise(sent)] == ["appsync"], file
        answer = ask(answering(lambda info: info["fieldName"]), sent)
        names = [one["data"] for one in answer] if isinstance(sent, list) else [answer]
        assert set(names) <= {"createSomething", "locations"}


def test_tokens_and_arguments_are_in_no_log_and_no_error(caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    sent = event(
        "appsync",
        arguments={"card": CANARY},
        identity={"claims": {"email": CANARY}},
        headers={"authorization": CANARY},
    )

    def handler(card: int) -> None: ...

    for app in (answering(handler), Router(), Router(debug=False)):
        for one in (sent, [sent]):
            result = Client(app).send(one)
            assert CANARY not in f"{result.error!r} {result.response} {caplog.text}"
            assert CANARY not in repr(getattr(result.error, "__cause__", None))


def test_the_client_asks_for_a_field() -> None:
    app = answering(lambda id, source, info: [id, source, info["parentTypeName"], info["fieldName"]])
    result = Client(app).appsync("Order", "lines", {"id": "9"}, source={"id": 7})
    assert result.response == ["9", {"id": 7}, "Order", "lines"]


def test_a_broken_rule_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "lambda_router.sources.appsync._Batch._answer", lambda self, index, value, call: value
    )
    with pytest.raises((AssertionError, ValueError, RouterError)):
        ask(answering(lambda: 7), BATCH)
