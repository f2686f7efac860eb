"""Targets: what a ratio has to be, and whether it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .rounds import Ratio, Times


@dataclass(frozen=True)
class Finding:
    """One measured ratio. `at_least` or `at_most` is its target; with neither it is there to be read."""

    subject: str
    against: str
    ratio: Ratio
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the median meets the target; None without one."""
        if self.at_least is not None:
            return self.ratio.median >= self.at_least
        if self.at_most is not None:
            return self.ratio.median <= self.at_most
        return None

    @property
    def target(self) -> str:
        """The target in words; empty without one."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}x faster"
        return "" if self.at_most is None else f"at most {self.at_most:g}x as long"

    def document(self) -> dict[str, Any]:
        """The finding as JSON data."""
        return {**asdict(self), "target": self.target, "met": self.met}


@dataclass(frozen=True)
class Report:
    """What one part of the benchmarks found."""

    title: str
    times: Times
    findings: list[Finding]
    page: list[str] = field(default_factory=list)
    """Lines of Markdown for the documentation, where a row a finding would be too many."""

    def document(self) -> dict[str, Any]:
        """The report as JSON data."""
        return {
            "title": self.title,
            "unit": self.times.unit,
            "rounds": min(len(taken) for taken in self.times.taken.values()),
            "medians": {name: self.times.middle(name) for name in self.times.taken},
            "findings": [finding.document() for finding in self.findings],
        }
