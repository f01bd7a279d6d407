"""`manage.py demo`: fill the cluster with the demo's people, organizations and projects."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from monolith.demo import load


class Command(BaseCommand):
    """Run by `cluster up` on an embedded cluster that is new."""

    help = "Load the demo data. What exists already is left as it is."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it."""
        load()
