"""`manage.py admin …`: create the first administrator, or make an existing user an administrator."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from users.administration import NewAdministrator, appoint
from users.lookup import named


class Command(BaseCommand):
    """Each subcommand is a method of its name."""

    help = "Create an administrator, or make a user an administrator."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands and their options."""
        commands = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
        create = commands.add_parser(
            "create", help="create a user who is an administrator; asks for what the command line does not say"
        )
        create.add_argument("username", nargs="?", help="username; nobody else can take it")
        create.add_argument("--email", help="email address, for password resets")
        create.add_argument("--name", default="", help="public name (default: the username)")
        create.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of standard input"
        )
        commands.add_parser("appoint", help="make a user an administrator").add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand; what is wrong is one message and exit code 1."""
        try:
            getattr(self, f"_{options['do']}")(**options)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from None
        except (EOFError, KeyboardInterrupt):
            raise CommandError("nothing was created") from None

    def _create(self, *, username: str | None, email: str | None, name: str, password_stdin: bool, **_: Any) -> None:
        if password_stdin or not sys.stdin.isatty():
            _refuse_missing(username, email, password_stdin)
        new = NewAdministrator(username or input("Username: "), email or input("Email address: "), name)
        # What is wrong so far is said before a password is asked for.
        new.check()
        user = new.create(sys.stdin.readline().rstrip("\r\n") if password_stdin else _asked_password())
        self.stdout.write(f"{user.username} was created and is an administrator.")

    def _appoint(self, *, username: str, **_: Any) -> None:
        user = named(username).using("users").first()
        if user is None:
            raise CommandError(f"there is no user {username!r}; create one with: manage.py admin create")
        appoint(user)
        self.stdout.write(f"{user.username} is an administrator.")


def _refuse_missing(username: str | None, email: str | None, password_stdin: bool) -> None:
    """Raise `CommandError` with all that nobody can be asked for."""
    given = {"USERNAME": username, "--email EMAIL": email, "--password-stdin": password_stdin}
    missing = [option for option, value in given.items() if not value]
    if missing:
        raise CommandError(f"there is no terminal to ask at; add {', '.join(missing)}")


def _asked_password() -> str:
    password = getpass("Password: ")
    if getpass("Password again: ") != password:
        raise ValidationError("The two passwords differ.")
    return password
