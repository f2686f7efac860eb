"""The services of AWS's guide: each has its row, its page, and its place in the README's table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambda_router import Router

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "sources" / "index.md"

GUIDE = {
    "Alexa": {"alexa", "alexa_smart_home"},
    "Amazon Managed Streaming for Apache Kafka": {"kafka"},
    "Self-managed Apache Kafka": {"kafka"},
    "Amazon API Gateway": {
        "api_gateway_rest",
        "api_gateway_http",
        "api_gateway_websocket",
        "api_gateway_authorizer",
    },
    "AWS CloudFormation": {"cloudformation"},
    "Amazon CloudFront": {"cloudfront"},
    "Amazon EventBridge": {"eventbridge"},
    "Amazon CloudWatch Logs": {"cloudwatch_logs"},
    "AWS CodeCommit": {"codecommit"},
    "AWS CodePipeline": {"codepipeline"},
    "Amazon Cognito": {"cognito", "cognito_sync"},
    "AWS Config": {"config"},
    "Amazon Connect": {"connect"},
    "Amazon DynamoDB": {"dynamodb"},
    "Amazon Elastic File System": {"efs"},
    "Elastic Load Balancing": {"alb"},
    "AWS IoT": {"iot"},
    "AWS IoT Events": {"iot_events"},
    "Amazon Kinesis Data Streams": {"kinesis"},
    "Amazon Data Firehose": {"firehose"},
    "Amazon Lex": {"lex", "lex_v2"},
    "Amazon MQ": {"activemq", "rabbitmq"},
    "Amazon Simple Email Service": {"ses"},
    "Amazon Simple Notification Service": {"sns"},
    "Amazon Simple Queue Service": {"sqs"},
    "Amazon Simple Storage Service": {"s3"},
    "Amazon S3 Batch Operations": {"s3_batch"},
    "AWS Secrets Manager": {"secrets_manager"},
    "AWS X-Ray": {"observability"},
}
LINK = re.compile(r"\]\(([^)#\s]+\.md)")


def rows(path: Path) -> dict[str, set[Path]]:
    """The pages to which each row of a document's tables links, by its first cell without what is in brackets."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("| "):
            name = line.split("|")[1].split(" (")[0].strip()
            found[name] = {(path.parent / link).resolve() for link in LINK.findall(line)}
    return {name: pages for name, pages in found.items() if pages}


def test_the_guide_has_twenty_nine() -> None:
    assert len(GUIDE) == 29
    assert rows(PAGE).keys() == GUIDE.keys()


@pytest.mark.parametrize("service", GUIDE)
def test_a_service_has_its_pages_and_they_are_in_the_readme(service: str) -> None:
    pages = rows(PAGE)[service]
    assert {page.stem for page in pages} == GUIDE[service]
    assert all(page.is_file() for page in pages)
    in_readme = set().union(*rows(ROOT / "README.md").values())
    assert pages <= in_readme


def test_every_room_has_a_row_in_the_table_of_outcomes() -> None:
    table = (ROOT / "docs" / "outcomes.md").read_text("utf-8").partition("```")[0]
    requests = {
        "api_gateway_rest",
        "api_gateway_http",
        "function_url",
        "alb",
        "vpc_lattice",
        "vpc_lattice_v2",
    }
    rooms = {room.name for room in Router.everything().rooms} - requests
    assert {name for name in rooms if f"](sources/{name}.md)" not in table} == set()


def test_every_room_is_on_the_page() -> None:
    linked = {Path(link).stem for link in LINK.findall(PAGE.read_text("utf-8"))}
    assert linked == {room.name for room in Router.everything().rooms} | {"invoke", "efs", "observability"}
