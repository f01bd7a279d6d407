"""`manage.py routes`: every URL pattern with its declaration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from routing.classify import plan
from routing.index import Endpoint, endpoints, url_tree


@dataclass(frozen=True)
class Line:
    """One URL pattern as it is printed."""

    pattern: str
    source: str
    rule: str
    argument: str | None
    remembered: str
    """What of a matching path a router may remember: a prefix of the pattern, or only the path itself."""
    view: str


def lines() -> list[Line]:
    """Every declared pattern of the URL configuration, in Django's order."""
    return [_line(each) for each in endpoints() if isinstance(each, Endpoint)]


def _line(endpoint: Endpoint) -> Line:
    keep = plan(url_tree(), endpoint).keep
    return Line(
        pattern=f"/{endpoint.route}",
        source=endpoint.declaration.source.value,
        rule=endpoint.declaration.rule.value,
        argument=endpoint.declaration.argument,
        remembered="/" + "/".join(endpoint.tokens[:keep]) if keep else "exact",
        view=endpoint.view,
    )


class Command(BaseCommand):
    """Prints the table."""

    help = "Print every URL pattern with the pod that serves it and what a router may remember."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Only the format."""
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print."""
        table = lines()
        if options["json"]:
            self.stdout.write(json.dumps([vars(line) for line in table], indent=2))
            return
        width = max(len(line.pattern) for line in table)
        self.stdout.write(f"{'pattern':{width}}  {'source':8}  served by (key) -> what is remembered")
        for line in table:
            key = f" ({line.argument})" if line.argument else ""
            self.stdout.write(f"{line.pattern:{width}}  {line.source:8}  {line.rule}{key} -> {line.remembered}")
