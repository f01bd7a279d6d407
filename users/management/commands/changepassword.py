"""`manage.py changepassword USERNAME`: Django's, on the schema that has the users."""

from __future__ import annotations

from argparse import ArgumentParser

from django.contrib.auth.management.commands import changepassword


class Command(changepassword.Command):
    """Asks for the new password at the terminal."""

    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Django's arguments, with another default."""
        super().add_arguments(parser)  # type: ignore[arg-type]
        parser.set_defaults(database="users")
