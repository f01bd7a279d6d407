"""`manage.py settings_reference`: every setting with its meaning, default and bounds, as the docs list them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from admin_settings.reference import ReferenceMissing, reference, with_reference
from topology.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "settings-reference.md"


class Command(BaseCommand):
    """Prints Markdown, or writes it into the page."""

    help = "Print the settings that all pods share, as docs/settings-reference.md lists them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The option."""
        parser.add_argument("--write", action="store_true", help=f"write it into {PAGE.relative_to(CHECKOUT)} instead")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        """Print, or write."""
        if not write:
            self.stdout.write(reference())
            return
        try:
            PAGE.write_text(with_reference(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        except (OSError, ReferenceMissing) as error:
            raise CommandError(f"{PAGE}: {error}") from error
