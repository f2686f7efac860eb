"""ministack with some of what it lacks; run by the interpreter of its own environment. AWS's documents say what is added.

Failed batches of streams: ministack takes every answer for a Kinesis or DynamoDB batch as success and goes on behind it,
so that records which were reported as failed would be lost, and tries a batch that failed for ever. Lambda goes on at
the first of the reported records instead, and takes an answer that names none of the batch's records as a failure of
all; a batch that failed comes again, or its halves where the mapping bisects, as often as the mapping says, and then
the mapping's destination for failures is told. A batch that is a part of another has all its tries.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html

Post confirmation: ministack confirms users without the trigger. Cognito invokes it when the user is confirmed, and tells
the client if it fails.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html

HTTP: ministack answers every OPTIONS request to an HTTP API by itself; API Gateway does where CORS is configured, and
else asks the route. It decodes what a load balancer leaves as it was sent, and the paths that REST APIs and function
URLs leave so; and a REST API's event has no version.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html

WebSocket: ministack answers 500 where the authorizer of a connection raises `Unauthorized`. API Gateway answers 401.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import json
import runpy
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.app import main
from ministack.core.responses import error_response_json
from ministack.services import alb, apigateway, apigateway_v1, cognito, dynamodb, kinesis, lambda_svc, sqs

Record = dict[str, Any]

# Seconds between two tries of a batch, which Lambda does not tell.
PAUSE = 0.1

_execute = lambda_svc._execute_function
_confirm = cognito._confirm_sign_up
# The pollers' thread calls functions for streams, and other threads do for the rest.
_polling = threading.local()
_readers: dict[tuple[str, str], Reader] = {}


def _polls(poll: Callable[[], bool]) -> Callable[[], bool]:
    @functools.wraps(poll)
    def polling() -> bool:
        _polling.streams = True
        try:
            return poll()
        finally:
            _polling.streams = False

    return polling


def _execute_function(function: Any, event: Any) -> dict[str, Any]:
    if not getattr(_polling, "streams", False):
        return _execute(function, event)  # type: ignore[no-any-return]
    records = event["Records"]
    mapping, shard = _mapping(function, records[0]["eventSourceARN"]), _shard(records[0])
    reader = _readers.setdefault((mapping["UUID"], shard), Reader(mapping, shard))
    return reader.deliver(function, records)


class Reader:
    """What Lambda keeps of a shard beside its place there: a batch that is not done, or the parts of one.

    `tries` is how often the first of them was tried.
    """

    def __init__(self, mapping: dict[str, Any], shard: str) -> None:
        self.mapping = mapping
        self.shard = shard
        self.pending: list[list[Record]] = []
        self.tries = 0

    def deliver(self, function: Any, records: list[Record]) -> dict[str, Any]:
        """Call the function with what comes next; an error makes the poller stay at the place that was set here."""
        if not self.pending or _sequence_number(self.pending[0][0]) != _sequence_number(records[0]):
            self.pending, self.tries = [records], 0
        batch = self.pending.pop(0)
        self.tries += 1
        result: dict[str, Any] = _execute(function, {"Records": batch})
        settled = self._settled(result, batch) or self._again(batch, bisected=bool(result.get("error")))
        if settled:
            self.tries = 0
            self.pending[:0] = [batch[settled:]] if batch[settled:] else []
        if batch[:settled][-1:] == records[-1:]:
            return {**result, "error": False}
        if settled:
            _go_on_behind(batch[settled - 1], self.mapping)
        # The poller looks at nothing for a second, if it is not woken.
        threading.Timer(PAUSE * 1.1, lambda_svc._esm_wake.set).start()
        body = result.get("body") if result.get("error") else {"errorType": "PartialBatch"}
        return {**result, "error": True, "body": body}

    def _settled(self, result: dict[str, Any], batch: list[Record]) -> int:
        """How many records are done, from the first on."""
        if result.get("error"):
            return 0
        partial = "ReportBatchItemFailures" in self.mapping["FunctionResponseTypes"]
        failed = _failed(result.get("body")) if partial else []
        numbers = [_sequence_number(record) for record in batch]
        if not all(identifier in numbers for identifier in failed):
            return 0
        # Sequence numbers differ in length, and are numbers.
        return numbers.index(min(failed, key=int)) if failed else len(batch)

    def _again(self, batch: list[Record], *, bisected: bool) -> int:
        """Nothing is done: try again, in halves or whole; or give the batch up, so that all of it is settled."""
        limit, half = self.mapping.get("MaximumRetryAttempts", -1), len(batch) // 2
        if bisected and half and self.mapping.get("BisectBatchOnFunctionError"):
            self.pending[:0], self.tries = [batch[:half], batch[half:]], 0
        elif self.tries > limit >= 0:
            _send_to_destination(batch, self)
            return len(batch)
        else:
            self.pending.insert(0, batch)
        return 0


def _mapping(function: Any, arn: str) -> dict[str, Any]:
    name = (function.get("config") or function)["FunctionName"]
    mappings = (mapping for _, _, mapping in lambda_svc._iter_all_esms())
    return next(m for m in mappings if (m["FunctionName"], m["EventSourceArn"]) == (name, arn))


def _failed(answer: Any) -> list[Any]:
    """The identifiers in an answer; none if it says that all is well."""
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    return [f.get("itemIdentifier") if isinstance(f, dict) else None for f in failures or ()]


def _shard(record: Record) -> str:
    """The shard of a record; a table's stream has one."""
    shard: str = record["eventID"].partition(":")[0] if "kinesis" in record else "shardId-0"
    return shard


def _sequence_number(record: Record) -> str:
    number: str = (
        record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["dynamodb"]["SequenceNumber"]
    )
    return number


def _go_on_behind(record: Record, mapping: dict[str, Any]) -> None:
    name = record["eventSourceARN"].split("/")[1]
    if "kinesis" in record:
        shard = _shard(record)
        sent = [r["SequenceNumber"] for r in kinesis._streams[name]["shards"][shard]["records"]]
        lambda_svc._kinesis_positions[mapping["UUID"]][shard] = sent.index(_sequence_number(record)) + 1
    else:
        live = [_sequence_number(r) for r in dynamodb.stream_live_records(name)]
        position = dynamodb.stream_start_position(name) + live.index(_sequence_number(record)) + 1
        lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position


def _send_to_destination(batch: list[Record], reader: Reader) -> None:
    """Tell the mapping's queue for failures which records were given up; what is in them stays in the stream."""
    arn = reader.mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    if arn is None:
        return
    about = {
        "shardId": reader.shard,
        "startSequenceNumber": _sequence_number(batch[0]),
        "endSequenceNumber": _sequence_number(batch[-1]),
        "batchSize": len(batch),
        "streamArn": batch[0]["eventSourceARN"],
    }
    document = {
        "requestContext": {
            "functionArn": reader.mapping["FunctionArn"],
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": reader.tries,
        },
        "version": "1.0",
        "KinesisBatchInfo" if "kinesis" in batch[0] else "DDBStreamBatchInfo": about,
    }
    sqs._act_send_message({"MessageBody": json.dumps(document)}, sqs._queue_by_arn(arn)["url"])


def _confirm_sign_up(data: dict[str, Any]) -> Any:
    """Confirm a user, and then call the function that the pool has for that."""
    answer = _confirm(data)
    pool, pool_id = cognito._pool_for_client(data["ClientId"])
    arn = pool["LambdaConfig"].get("PostConfirmation") if answer[0] == 200 else None
    if arn is None:
        return answer
    user, _ = cognito._resolve_user(pool, data["Username"])
    attributes = {**cognito._attr_list_to_dict(user["Attributes"]), "cognito:user_status": "CONFIRMED"}
    trigger = "PostConfirmation_ConfirmSignUp"
    event = cognito._build_presignup_event(pool_id, data["ClientId"], user["Username"], attributes, trigger)
    event["request"] = {"userAttributes": attributes, "clientMetadata": data.get("ClientMetadata", {})}
    event["response"] = {}
    record, config, _ = lambda_svc._get_func_record_for_ref(arn)
    function = lambda_svc._execution_record_for_config(record, config)
    result = lambda_svc._execute_function_with_config_scope(function, event)
    if not result.get("error"):
        return answer
    text = f"PostConfirmation failed with error {result['body']['errorMessage']}."
    return error_response_json("UserLambdaValidationException", text, 400)


# -- HTTP ---------------------------------------------------------------------------------------------------

_sent = contextvars.ContextVar("_sent", default=("", ""))
"""The path and the query of the request that is being answered, as the client sent them."""

_data_plane = app._handle_special_data_plane_request
_execute_rest_api = apigateway_v1.handle_execute
_rest_event = apigateway_v1._build_lambda_event_v1
_execute_http_api = apigateway._handle_execute_in_scope
_route_of = apigateway._match_route
_invoke_route = apigateway._invoke_lambda_proxy
_url_event = lambda_svc._build_function_url_event
_forward = alb._forward_to_tg
_authorize_connection = apigateway._authorize_ws_connect


async def _handle_data_plane(*given: Any, **named: Any) -> Any:
    _sent.set((named["raw_path"] or given[1], named["raw_query_string"]))
    return await _data_plane(*given, **named)


async def _execute_rest(api: str, stage: str, method: str, path: str, *given: Any) -> Any:
    """Ask a REST API with the path as it was sent."""
    sent = _sent.get()[0]
    own = sent[len(stage) + 1 :] if sent.startswith(f"/{stage}/") else path
    return await _execute_rest_api(api, stage, method, own, *given)


def _build_rest_event(*given: Any, **named: Any) -> dict[str, Any]:
    return {name: value for name, value in _rest_event(*given, **named).items() if name != "version"}


async def _execute_http(api: str, stage: str, path: str, method: str, *given: Any) -> Any:
    """Ask an HTTP API; by its spelling an OPTIONS request is not known to what would answer it."""
    own = (apigateway._apis.get(api) or {}).get("corsConfiguration")
    spelt = "options" if method == "OPTIONS" and not own else method
    return await _execute_http_api(api, stage, path, spelt, *given)


def _match_route(api: str, method: str, path: str) -> Any:
    return _route_of(api, method.upper(), path)


async def _invoke_lambda_proxy(
    integration: Any, api: str, stage: str, path: str, method: str, *given: Any, **named: Any
) -> Any:
    return await _invoke_route(integration, api, stage, path, method.upper(), *given, **named)


def _build_url_event(url: str, *given: Any, **named: Any) -> dict[str, Any]:
    event: dict[str, Any] = _url_event(url, *given, **named)
    path, event["rawQueryString"] = _sent.get()
    event["rawPath"] = event["requestContext"]["http"]["path"] = path.removeprefix(f"/_aws/lambda-url/{url}")
    return event


async def _forward_as_sent(
    group: str,
    method: str,
    path: str,
    headers: Any,
    body: bytes,
    query: Any,
    raw_query_string: str | None = None,
    raw_path: str | None = None,
) -> Any:
    """Hand a request on with its path and its query parameters as they were sent."""
    if raw_query_string is not None:
        query = {}
        for name, _, value in (part.partition("=") for part in raw_query_string.split("&") if part):
            query.setdefault(name, []).append(value)
    return await _forward(group, method, raw_path or path, headers, body, query, raw_query_string, raw_path)


# -- WebSocket ----------------------------------------------------------------------------------------------


class Unauthorized(Exception):
    """The authorizer of a connection knows nobody who would show that."""


async def _ask_authorizer(authorizer: Any, event: Any, *scope: str) -> dict[str, Any] | None:
    """What a request authorizer answers, None if it fails; of HTTP APIs, whose events have a version, in any way."""
    result = await apigateway_v1._invoke_authorizer_lambda(authorizer, event, *scope) or {"error": True}
    answer = result.get("body")
    if isinstance(answer, (str, bytes)):
        with contextlib.suppress(ValueError):
            answer = json.loads(answer)
    if not isinstance(answer, dict):
        return None
    if result.get("error") and answer.get("errorMessage") == "Unauthorized" and "version" not in event:
        raise Unauthorized
    return None if result.get("error") else answer


async def _authorize_ws_connect(*given: Any) -> Any:
    try:
        return await _authorize_connection(*given)
    except Unauthorized:
        return (401, "Unauthorized"), None


if __name__ == "__main__":
    apigateway._invoke_request_authorizer_lambda = _ask_authorizer
    apigateway._authorize_ws_connect = _authorize_ws_connect
    app._handle_special_data_plane_request = _handle_data_plane
    apigateway_v1.handle_execute = _execute_rest
    apigateway_v1._build_lambda_event_v1 = _build_rest_event
    apigateway._handle_execute_in_scope = _execute_http
    apigateway._match_route = _match_route
    apigateway._invoke_lambda_proxy = _invoke_lambda_proxy
    lambda_svc._build_function_url_event = _build_url_event
    alb._forward_to_tg = _forward_as_sent
    cognito._confirm_sign_up = _confirm_sign_up
    lambda_svc._ESM_BACKOFF_SECONDS = PAUSE
    lambda_svc._execute_function = _execute_function
    lambda_svc._poll_kinesis = _polls(lambda_svc._poll_kinesis)
    lambda_svc._poll_dynamodb_streams = _polls(lambda_svc._poll_dynamodb_streams)
    runpy.run_path(str(Path(__file__).with_name("triggers.py")))  # callers that ministack has not
    main()
