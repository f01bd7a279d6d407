"""`manage.py janitor`: settle or release unfinished claims, and delete expired tombstones.

With `--lost-names`, after a promotion: claim names again that `routes` has lost.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from routing.janitor import tidy
from routing.outcomes.lost_names import name_lost
from schemas.identity import this_pod


class Command(BaseCommand):
    """Tidies up once, or every `--every` seconds until it is stopped."""

    help = "settle or release this pod's expired claims, and delete expired tombstones"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--every` and `--lost-names`."""
        one = parser.add_mutually_exclusive_group()
        one.add_argument("--every", type=float, metavar="SECONDS", help="repeat, with this pause between rounds")
        one.add_argument(
            "--lost-names", action="store_true", help="after a promotion: claim names again that routes has lost"
        )

    def handle(self, *args: Any, every: float | None, lost_names: bool, **options: Any) -> None:
        """Print what each round did."""
        if lost_names:
            self._name_lost()
            return
        while True:
            self.stdout.write(", ".join(f"{what} {count}" for what, count in tidy(this_pod().name).items()))
            if every is None:
                return
            time.sleep(every)

    def _name_lost(self) -> None:
        nothing = "No lost names.\n"
        for path, problem in name_lost():
            nothing = ""
            self.stdout.write(f"/{path} {f'has no name: {problem}' if problem else 'is named again'}")
        self.stdout.write(nothing, ending="")
