"""`manage.py createsuperuser`, in place of Django's: an administrator's username is claimed as a name first."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Says what to run instead."""

    help = "Not used here: manage.py admin create makes an administrator."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Leave Django's options unread: the answer is the same with any of them."""
        super().run_from_argv(argv if {"--help", "-h"} & {*argv} else argv[:2])

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse."""
        raise CommandError(
            "createsuperuser would leave the username free for a group to take. "
            "Create an administrator with: manage.py admin create"
        )
