"""What is to be configured by hand for routes that SAM has no event for."""

from __future__ import annotations

__all__ = ["NEEDS"]

NEEDS = {
    "http": "a target group (ALB, VPC Lattice) with the function as its target",
    "mount": "a target group (ALB, VPC Lattice) with the function as its target",
    "s3": "a notification of the bucket; the route does not name bucket and event as S3 does",
    "sns": "a queue between the FIFO topic and the function: a FIFO topic does not call functions",
    "cognito": "the trigger in LambdaConfig of the user pool, and permit cognito-idp.amazonaws.com to call",
    "iot": "a topic rule with a Lambda action, and permit iot.amazonaws.com to call",
    "api_gateway_websocket": "a WebSocket API that integrates the function, and permit apigateway.amazonaws.com to call",
    "api_gateway_authorizer": "the function as an authorizer of the API, and permit apigateway.amazonaws.com to call",
    "cloudfront": "a published version in us-east-1 with a role for edgelambda.amazonaws.com, associated with the behaviour",
    "firehose": "a processor of type Lambda in the stream, whose role may call the function; a timeout of 5 minutes at most",
    "s3_batch": "jobs whose role may call the function",
    "s3_object_lambda": "an Object Lambda access point, and permit the function s3-object-lambda:WriteGetObjectResponse",
    "cloudwatch_alarm": "the function among the alarm's actions, and permit lambda.alarms.cloudwatch.amazonaws.com to call",
    "pipes": "a pipe whose role may call the function",
    "cognito_sync": "the event of the identity pool, and permit cognito-sync.amazonaws.com to call",
    "connect": "the function added to the instance, and permit connect.amazonaws.com to call",
    "secrets_manager": "a rotation schedule with the function, and permit secretsmanager.amazonaws.com to call",
    "lex": "code hooks of the intents, and permit lex.amazonaws.com to call",
    "lex_v2": "the function in the alias of the bot, and permit lexv2.amazonaws.com to call",
    "alexa_smart_home": "permit alexa-connectedhome.amazon.com to call, with the skill's id as EventSourceToken",
    "codepipeline": "an Invoke action, and permit the function codepipeline:PutJobSuccessResult and PutJobFailureResult",
    "config": "a custom rule, permit config.amazonaws.com to call and the function config:PutEvaluations",
    "codedeploy_hook": "a hook of the deployment, and permit the function codedeploy:PutLifecycleEventHookExecutionStatus",
    "ecs_deployment_hook": "a lifecycle hook of the service, whose role may call the function",
    "cloudformation": "a resource whose ServiceToken is the function's ARN",
    "cloudformation_macro": "a resource of type AWS::CloudFormation::Macro with the function's ARN",
    "cloudformation_hook": "a resource of type AWS::CloudFormation::LambdaHook, whose role may call the function",
    "codecommit": "a trigger of the repository, and permit codecommit.amazonaws.com to call",
    "iot_authorizer": "a custom authorizer, and permit iot.amazonaws.com to call",
    "iot_events": "a Lambda action of the detector model, whose role may call the function",
    "lambda_destination": "the function as the destination of another, whose role may call it",
    "ses": "a receipt rule with a Lambda action, and permit ses.amazonaws.com to call",
    "transfer_family": "the function as the identity provider of the server, and permit transfer.amazonaws.com to call",
    "appsync": "a data source whose role may call the function, and resolvers",
    "appsync_authorizer": "the function as a Lambda authorizer of the API, and permit appsync.amazonaws.com to call",
    "appsync_events": "a data source and handlers of the channel namespaces",
    "bedrock_agent": "an action group of the agent, and permit bedrock.amazonaws.com to call",
    "invoke": "who calls it directly may lambda:InvokeFunction",
}
"""By source, as what follows "configure for this route".

https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""
