"""`python -m benchmarks`: measure, show a table, and say with the exit status whether every target is met."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from . import batches, cold_start, http, rounds, streams
from .targets import Finding, Report

PARTS: dict[str, Callable[..., Report]] = {
    "http": http.measure,
    "sqs": batches.measure,
    "streams": streams.measure,
    "cold": cold_start.measure,
}
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
MARKS = "<!-- figures -->", "<!-- end of figures -->"
WIDTH = 140
VERDICTS = {True: "[green]met[/]", False: "[bold red]missed[/]", None: ""}


def main(arguments: Sequence[str]) -> int:
    """The exit status: 0 where every target is met, 1 where one is missed."""
    asked = _parser().parse_args(arguments)
    rounds.log_to_nowhere()
    reports = []
    for name in asked.parts or PARTS:
        print(f"measuring {name} ...", file=sys.stderr)
        reports.append(PARTS[name](quick=asked.quick))
    if asked.json:
        print(json.dumps(_document(reports, quick=asked.quick), indent=2))
    else:
        _show(reports)
    if asked.write:
        _write(_markdown(reports))
    return int(any(finding.met is False for report in reports for finding in report.findings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = ", ".join(PARTS)
    parser.add_argument("parts", nargs="*", type=_part, metavar="PART", help=f"{known}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a glance, not a verdict to keep")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.name} too")
    return parser


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no part {name!r}; there are {', '.join(PARTS)}")
    return name


def _document(reports: Sequence[Report], *, quick: bool) -> dict[str, Any]:
    packages = ("aws-lambda-powertools", "awslambdaric", "mangum", "starlette")
    return {
        "quick": quick,
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "packages": {name: version(name) for name in packages},
        "reports": [report.document() for report in reports],
    }


def _markdown(reports: Sequence[Report]) -> str:
    listed = [report for report in reports if not report.page]
    lines = [line for report in reports if report.page for line in [*report.page, ""]]
    lines += ["| what | against | target | ratio | quartiles |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(_cells(finding))} |" for report in listed for finding in report.findings]
    lines += ["", "The medians of that run:", "", "| what | median |", "|---|---|"]
    for report in listed:
        lines += [f"| {name} | {_median(report, name)} |" for name in report.times.taken]
    return "\n".join(lines)


def _write(figures: str) -> None:
    """Replace the figures on the page, which stand between two marks."""
    before, rest = PAGE.read_text().split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(f"{before}{MARKS[0]}\n{figures}\n{MARKS[1]}{after}")


def _median(report: Report, name: str) -> str:
    return f"{report.times.middle(name):,.1f} {report.times.unit}"


def _cells(finding: Finding) -> tuple[str, ...]:
    ratio = finding.ratio
    spread = f"{ratio.low:.2f} to {ratio.high:.2f}"
    return finding.subject, finding.against, finding.target, f"{ratio.median:.2f}", spread


def _show(reports: Sequence[Report]) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    console.print(_medians(reports))
    console.print(_ratios(reports))


def _medians(reports: Sequence[Report]) -> Table:
    table = Table("what", "median", title="Times: they depend on the machine and are not judged")
    table.columns[1].justify = "right"
    for report in reports:
        table.add_section()
        table.add_row(f"[bold]{report.title}")
        for name in report.times.taken:
            table.add_row(name, _median(report, name))
    return table


def _ratios(reports: Sequence[Report]) -> Table:
    table = Table("what", "against", "target", "ratio", "quartiles", "verdict", title="Ratios")
    for report in reports:
        table.add_section()
        table.add_row(f"[bold]{report.title}")
        for finding in report.findings:
            table.add_row(*_cells(finding), VERDICTS[finding.met])
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
