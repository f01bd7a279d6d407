"""`manage.py janitor`: settle or release claims that nobody finished, and give expired names free."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from projects.janitor import tidy
from schemas.identity import this_pod


class Command(BaseCommand):
    """Tidies up once, or every `--every` seconds until it is stopped."""

    help = "settle or release this pod's expired claims, and give expired names free"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--every`."""
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on, with this pause between rounds")

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        """Say what each round found."""
        while True:
            self.stdout.write(str(tidy(this_pod().name)))
            if every is None:
                return
            time.sleep(every)
