"""`lambda-router check APP TEMPLATE`: whether an app and the template that deploys it agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .arguments import APP, JSON
from .screen import console, print_json, styled

if TYPE_CHECKING:
    from .rules import Finding

_STYLES = {"error": "bold red", "warning": "yellow"}


def command(
    app: APP,
    template: Annotated[
        str,
        typer.Argument(
            metavar="TEMPLATE", help="The template: a path, or - for standard input.", show_default=False
        ),
    ],
    function: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="The logical id of the function that runs the app.", show_default=False
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="A parameter of the template, in place of its default.",
            show_default=False,
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail it too.")] = False,
    json: JSON = False,
) -> None:
    """Hold an app against the template that deploys it.

    The template is of AWS SAM or CloudFormation, in YAML or JSON. Said is what would go wrong in production: failed records
    that Lambda deletes because the mapping does not read partial responses, events that no route takes, queues and streams
    that lose or repeat what fails. The app is imported with the variables that the template gives the function. What only a
    deployment knows is never reported. The exit status is 1 where there is an error, with --strict or a warning. With
    --json: function, ok, and findings (each with code, severity, place, problem, mend).

    \b
    Examples:
      lambda-router check shop:app template.yaml
      lambda-router check shop:app template.yaml --parameter Stage=prod
      lambda-router check shop:app cdk.out/Shop.template.json --function OrdersA1B2C3 --strict
    """
    from .deployment import deployed, function_of
    from .documents import load
    from .rules import findings
    from .stack import Stack, with_parameters

    stack = Stack(with_parameters(load(template), parameter or ()))
    deployment = deployed(app, stack, function_of(stack, app, function))
    found = findings(deployment)
    ok = not any(strict or finding.severity == "error" for finding in found)
    if json:
        listed = [finding._asdict() for finding in found]
        print_json({"function": deployment.function.logical, "ok": ok, "findings": listed})
    else:
        for finding in found:
            _show(finding)
    if not ok:
        raise typer.Exit(1)


def _show(finding: Finding) -> None:
    head, rest = f"{finding.severity} {finding.code}", f" {finding.place}: {finding.problem}"
    mend = f"  mend: {finding.mend}"
    if not styled():
        print(f"{head}{rest}\n{mend}")
        return
    from rich.text import Text

    console().print(Text.assemble((head, _STYLES[finding.severity]), rest), soft_wrap=True)
    console().print(Text(mend, "dim"), soft_wrap=True)
