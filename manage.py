#!/usr/bin/env python
"""Commands of a pod (which need `POD_ID`) and of the whole cluster (which do not)."""

from __future__ import annotations

import errno
import gc
import os
import sys
from argparse import ArgumentParser, _SubParsersAction
from typing import Any

# These look at the topology, the code or all pods at once.
WITHOUT_POD_ID = {
    "admin", "changepassword", "check", "cluster", "compilemessages", "createsuperuser", "demo", "help", "learn",
    "lintmigrations", "makemigrations", "move", "organization", "router", "routes", "settings", "settings_reference",
    "spectacular", "trace", "version", "--help", "--version", "-h",
}  # fmt: skip

# These need no password of a database, or say themselves which are missing.
WITHOUT_PASSWORDS = {
    "check", "cluster", "compilemessages", "help", "lintmigrations", "makemigrations", "router", "routes",
    "settings_reference", "spectacular", "version", "--help", "--version", "-h",
}  # fmt: skip

# These read and write code, whether or not a database server runs.
WITHOUT_SERVERS = {"lintmigrations", "makemigrations"}

# What a shell reports of a command that a signal ended (128 and the signal): Ctrl-C, and a reader that went away.
INTERRUPTED = 130
UNREAD = 141


def main() -> None:
    """Run one command; a missing or unknown `POD_ID` lists the pods."""
    # What is imported stays for good: to look through it for garbage takes a third of a command's time.
    gc.disable()
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    application = os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
    if command in WITHOUT_SERVERS:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "settings.without_servers", "PODS_SETTINGS": application}
    from settings.environment import EnvironmentInvalid
    from topology import TopologyError

    try:
        from django.conf import settings

        # Settings are read here, for every command: what is wrong with them is a message, not a traceback.
        pod = settings.POD
        if command not in WITHOUT_POD_ID and pod is None:
            pods = ", ".join(settings.TOPOLOGY.pods)
            sys.exit(f"POD_ID is not set: {command!r} works as one pod. Set POD_ID to one of: {pods}")
        if command not in WITHOUT_PASSWORDS and settings.MISSING_PASSWORDS:
            sys.exit("\n".join(settings.MISSING_PASSWORDS))
    except (EnvironmentInvalid, TopologyError) as error:
        sys.exit(str(error))

    if command in {"version", "--version"}:
        print(settings.RELEASE)
        return
    _execute()


def _execute() -> None:
    """Hand over to Django. A database server that does not answer and a file that cannot be used are told in words,
    except with `--traceback`.
    """
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError
    from psycopg import OperationalError as NotAnswered

    try:
        django.setup()
        gc.freeze()
        gc.enable()
        execute_from_command_line([*sys.argv, "--help"] if _needs_help(sys.argv[1:]) else sys.argv)
    except BrokenPipeError:
        raise
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv or "settings.DATABASES" not in str(error):
            raise
        sys.exit(_whose_database())
    except (OperationalError, NotAnswered, OSError) as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(_in_words(error))


def _in_words(error: Exception) -> str:
    from operations.hints import command
    from topology.words import database_server, in_words

    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        from django.conf import settings

        return (
            f"The disk of {error.filename or settings.PLACES.data} is full. Free some space, and run the command again."
        )
    if isinstance(error, OSError):
        return f"{error.filename or 'A file or connection'} cannot be used: {in_words(error)}."
    return (
        f"{database_server(error)[:1].upper()}{database_server(error)[1:]} cannot be used: {in_words(error)}.\n"
        f"See which database servers run with: {command('cluster status')}"
    )


def _needs_help(words: list[str]) -> bool:
    """Whether only the names of a command and its subcommand were typed, and that is not enough to run it."""
    import django
    from django.core.management import get_commands, load_command_class

    if not words or words[-1].startswith("-"):
        return False
    django.setup()
    if words[0] not in get_commands():
        return False
    app = get_commands()[words[0]]
    command = load_command_class(app, words[0]) if isinstance(app, str) else app
    parser: ArgumentParser = command.create_parser("manage.py", words[0])
    for word in words[1:]:
        choices = [action.choices for action in parser._actions if isinstance(action, _SubParsersAction)]
        if not choices or word not in choices[0]:
            return False
        parser = choices[0][word]
    # Any number of words may be none.
    return any(each.required and getattr(each, "nargs", None) != "*" for each in _parts(parser))


def _parts(parser: ArgumentParser) -> list[Any]:
    return [*parser._actions, *parser._mutually_exclusive_groups]


def _whose_database() -> str:
    """What to do when a command of Django's has used the database `default`, which is empty."""
    from django.conf import settings

    aliases = ", ".join(alias for alias in settings.DATABASES if alias != "default")
    return (
        f"{sys.argv[1]!r} works on one database; name it with --database: {aliases}\n"
        "Migrations of all databases are applied with: manage.py cluster migrate"
    )


if __name__ == "__main__":
    try:
        main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # `| head` has read enough. What is left in the buffer has to go somewhere when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(UNREAD)
