"""Callers of functions that ministack lacks, or has in another form; `server.py` runs it. AWS's documents win.

Errors: ministack calls every exception of a function by one type, and ends its process. The type is the exception's class,
by which Step Functions catches it, and the process goes on.

https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html

Durable functions: ministack takes a function for one by a field that there is not. It is one by its `DurableConfig`.

https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html

Direct resolvers of AppSync: ministack takes no value but an object, and gives an error of the function as data. A function
may return any JSON value, and its error is one of the field.

https://docs.aws.amazon.com/appsync/latest/devguide/direct-lambda-reference.html

Alarms: ministack tells topics alone of a change. A function may be the action too, and is invoked asynchronously.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html

Pipes: ministack sends a table's stream to a topic or to Step Functions. A queue may be the source, and functions the
enrichment and the target; what the target reports as failed comes again, and that alone.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-enrichment.html

Macros: ministack leaves those of the account in a template as they are. CloudFormation has the function replace what they
stand in, the innermost first, before it looks at the template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import appsync, cloudwatch, lambda_svc, pipes, sqs
from ministack.services.cloudformation import changesets, engine, handlers, provisioners

Json = dict[str, Any]


def _function(arn: str) -> Any:
    record, config, _ = lambda_svc._get_func_record_for_ref(arn)
    return lambda_svc._execution_record_for_config(record, config)


def _ask(arn: str, event: Any) -> Json:
    """Invoke a function and wait for what it says."""
    result: Json = lambda_svc._execute_function_with_config_scope(_function(arn), event)
    return result


def _is_function(arn: Any) -> bool:
    return isinstance(arn, str) and arn.startswith("arn:aws:lambda:")


# -- errors -------------------------------------------------------------------------------------------------

_RAISED = "raised by the handler"
_TOLD = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
_TYPED = (
    f'{{"status": "ok", "result": {{"{_RAISED}": {{"errorMessage": str(e), "errorType": type(e).__name__,'
    ' "stackTrace": traceback.format_tb(e.__traceback__)}}}'
)
_execute_warm = lambda_svc._execute_function_warm


def _execute_function_warm(function: Any, event: Any, request_id: str) -> Json:
    """Invoke a function; what it raises is an error with its own name, for which its process need not end."""
    result: Json = _execute_warm(function, event, request_id)
    body = result.get("body")
    if not isinstance(body, dict) or _RAISED not in body:
        return result
    error = body[_RAISED]
    trace = "".join(error["stackTrace"])
    return {
        "body": error,
        "error": True,
        "log": f"{result['log']}\n{trace}{error['errorType']}: {error['errorMessage']}",
    }


# -- durable functions --------------------------------------------------------------------------------------

_build = lambda_svc._build_config


def _build_config(name: str, data: Json, code_zip: bytes | None = None) -> Json:
    """The configuration of a function, which is durable when it has one for that."""
    config: Json = _build(name, data, code_zip)
    if config.get("DurableConfig"):
        config["DurableConfig"] = {**config["DurableConfig"], "Enabled": True}
    return config


# -- direct resolvers ---------------------------------------------------------------------------------------


def _resolve_lambda(
    api_id: str,
    resolver: Json,
    data_source: Json,
    args: Any,
    field_name: str,
    identity: Any,
    request_headers: Any,
    source: Any,
    variables: Any = None,
) -> Any:
    """The value of a field, as the function gives it."""
    context = {
        "arguments": args,
        "identity": identity,
        "source": source or None,
        "request": {"headers": request_headers, "domainName": None},
        "prev": None,
        "info": {
            "fieldName": field_name,
            "parentTypeName": resolver["typeName"],
            "variables": variables or {},
        },
        "stash": {},
    }
    try:
        return appsync._invoke_lambda_with_event(data_source, context)
    except appsync._AppSyncResolverError as error:
        raise appsync._AppSyncResolverError(str(error), "Lambda:Unhandled") from None


# -- alarms -------------------------------------------------------------------------------------------------

_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_tell_topics = cloudwatch._dispatch_alarm_actions
_states: dict[str, Json] = {}
"""The last state of an alarm that functions were told, by its ARN."""


def _dispatch_alarm_actions(alarm: Json, old_state: str, new_state: str, reason: str) -> None:
    """Tell topics and functions that an alarm's state has changed."""
    _tell_topics(alarm, old_state, new_state, reason)
    now = time.time()
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}+0000"
    state = {"value": new_state, "reason": reason, "timestamp": at}
    if "StateReasonData" in alarm:
        state["reasonData"] = alarm["StateReasonData"]
    before = _states.get(alarm["AlarmArn"], {"value": old_state, "timestamp": at})
    _states[alarm["AlarmArn"]] = state
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": get_account_id(),
        "time": at,
        "region": get_region(),
        "alarmData": {
            "alarmName": alarm["AlarmName"],
            "state": state,
            "previousState": before,
            "configuration": _configuration(alarm),
        },
    }
    actions = alarm.get(_ACTIONS[new_state], []) if alarm.get("ActionsEnabled", True) else []
    for arn in filter(_is_function, actions):
        lambda_svc.invoke_async_with_retry(_function(arn), event)


def _configuration(alarm: Json) -> Json:
    if "AlarmRule" in alarm:
        return {"alarmRule": alarm["AlarmRule"]}
    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    metric = {"namespace": alarm["Namespace"], "name": alarm["MetricName"], "dimensions": dimensions}
    stat = {"metric": metric, "period": alarm["Period"], "stat": alarm["Statistic"]}
    metrics = [{"id": str(uuid.uuid4()), "metricStat": stat, "returnData": True}]
    return {"description": alarm["AlarmDescription"], "metrics": metrics}


# -- pipes --------------------------------------------------------------------------------------------------

_create_pipe = pipes._create_pipe
_poll_stream = pipes._poll_pipe
_deliver = pipes._deliver_batch
_done: dict[str, set[str]] = {}
"""The events of a stream's batch that need not come again, by the pipe's ARN."""


def _create(name: str, body: Json) -> Any:
    answer = _create_pipe(name, body)
    if answer[0] == 200 and "Enrichment" in body:
        pipes._pipes[name]["Enrichment"] = body["Enrichment"]
    return answer


def _poll_pipe(tables: Any, pipe: Json, account: str) -> None:
    """Take a batch of the pipe's source, if there is one."""
    if ":sqs:" not in pipe["Source"] or pipe["CurrentState"] != "RUNNING":
        _poll_stream(tables, pipe, account)
        return
    url = sqs._queue_by_arn(pipe["Source"])["url"]
    messages = sqs._receive_messages_for_esm(url, 10)
    if messages:
        failed = _send(pipe, [_record(message, pipe["Source"]) for message in messages])
        settled = {message["receipt_handle"] for message in messages if message["id"] not in failed}
        sqs._delete_messages_for_esm(url, settled)


def _deliver_batch(pipe: Json, batch: list[Json]) -> bool:
    """Send what is due of a stream's batch; true once all of it is done."""
    if not _is_function(pipe["Target"]):
        return _deliver(pipe, batch)  # type: ignore[no-any-return]
    done = _done.setdefault(pipe["Arn"], set())
    due = [record for record in batch if record["eventID"] not in done]
    done |= {record["eventID"] for record in due} - _send(pipe, due)
    return all(record["eventID"] in done for record in batch)


def _send(pipe: Json, records: list[Json]) -> set[str]:
    """Enrich the records and send them to the target; the identifiers of those that are to come again."""
    everything = {record.get("messageId", record.get("eventID")) for record in records}
    found: Any = records
    if "Enrichment" in pipe:
        enriched = _ask(pipe["Enrichment"], records)
        if enriched.get("error"):
            return everything
        found = enriched["body"]
    result = _ask(pipe["Target"], found) if found != [] else {}
    if result.get("error"):
        return everything
    body = result.get("body")
    failures = body.get("batchItemFailures") if isinstance(body, dict) else None
    failed = {failure.get("itemIdentifier") for failure in failures or ()}
    return failed if failed <= everything else everything


def _record(message: Json, arn: str) -> Json:
    attributes = {
        "ApproximateReceiveCount": str(message["receive_count"]),
        "SentTimestamp": str(int(message["sent_at"] * 1000)),
        "SenderId": get_account_id(),
        "ApproximateFirstReceiveTimestamp": str(int(message["first_receive_at"] * 1000)),
    }
    named = {"group_id": "MessageGroupId", "dedup_id": "MessageDeduplicationId", "seq": "SequenceNumber"}
    attributes |= {new: str(message[old]) for old, new in named.items() if message.get(old) is not None}
    return {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": attributes,
        "messageAttributes": lambda_svc._sqs_message_attributes_to_camel_case(message["message_attributes"]),
        "md5OfBody": message["md5_body"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": get_region(),
    }


# -- macros -------------------------------------------------------------------------------------------------

_apply_own = engine._apply_transforms
_macros: dict[str, str] = {}
"""The functions of the macros of the account, by name."""


class MacroError(Exception):
    """A macro has refused what it was given."""


def _create_macro(logical_id: str, props: Json, stack_name: str) -> tuple[str, Json]:
    _macros[props["Name"]] = props["FunctionName"]
    return props["Name"], {}


def _delete_macro(physical_id: str, props: Json) -> None:
    _macros.pop(physical_id, None)


def _apply_transforms(template: Json, provided: Any = None, previous: Any = None) -> Any:
    """The template when AWS's transforms and the account's macros have been applied."""
    template = _apply_own(template, provided, previous)
    if isinstance(template, engine._TransformFailed):
        return template
    values = engine._transform_parameters(template, provided, previous)
    try:
        declared = engine.declared_transforms(template)
        rest = {key: value for key, value in template.items() if key != "Transform"}
        template = {**template, **_expanded(rest, values)}
        for name in filter(_macros.__contains__, declared):
            rest = {key: value for key, value in template.items() if key != "Transform"}
            kept = engine._without_transform({"Transform": template["Transform"]}, name)
            template = {**kept, **_replaced(name, rest, {}, values)}
    except MacroError as error:
        return engine._TransformFailed(template, str(error))
    return template


def _expanded(node: Any, values: Json) -> Any:
    if isinstance(node, list):
        return [_expanded(inner, values) for inner in node]
    if not isinstance(node, dict):
        return node
    node = {key: _expanded(inner, values) for key, inner in node.items()}
    macro = node.get("Fn::Transform", {})
    if macro.get("Name") not in _macros:
        return node
    del node["Fn::Transform"]
    return _replaced(macro["Name"], node, macro.get("Parameters", {}), values)


def _replaced(name: str, fragment: Any, params: Json, values: Json) -> Any:
    """What a macro makes of a fragment. Raises MacroError."""
    account = get_account_id()
    request = {
        "region": get_region(),
        "accountId": account,
        "fragment": fragment,
        "transformId": f"{account}::{name}",
        "params": params,
        "requestId": str(uuid.uuid4()),
        "templateParameterValues": values,
    }
    result = _ask(_macros[name], request)
    answer = {} if result.get("error") else result["body"]
    if answer.get("requestId") == request["requestId"] and answer.get("status", "").lower() == "success":
        return answer["fragment"]
    said = answer.get("errorMessage") or "Received malformed response from transform"
    raise MacroError(f"Transform {account}::{name} failed with: {said}")


if _TOLD not in lambda_runtime._PYTHON_WORKER_SCRIPT:
    raise RuntimeError("this ministack tells errors in another way")
lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(_TOLD, _TYPED)
lambda_svc._execute_function_warm = _execute_function_warm
lambda_svc._build_config = _build_config
appsync._resolve_lambda = _resolve_lambda
cloudwatch._dispatch_alarm_actions = _dispatch_alarm_actions
pipes._create_pipe = _create
pipes._poll_pipe = _poll_pipe
pipes._deliver_batch = _deliver_batch
changesets._apply_transforms = handlers._apply_transforms = _apply_transforms
provisioners._RESOURCE_HANDLERS["AWS::CloudFormation::Macro"] = {
    "create": _create_macro,
    "delete": _delete_macro,
}
