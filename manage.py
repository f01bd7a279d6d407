#!/usr/bin/env python
"""Commands of a pod (which need `POD_ID`) and of the whole cluster (which do not)."""

from __future__ import annotations

import os
import sys

# These look at the topology, the code or all pods at once.
WITHOUT_POD_ID = {
    "check", "cluster", "compilemessages", "help", "learn", "lintmigrations", "makemigrations", "organization",
    "router", "routes", "settings", "settings_reference", "spectacular", "trace", "version", "--help", "--version",
    "-h",
}  # fmt: skip

# These read and write code, whether or not a database server runs.
WITHOUT_SERVERS = {"lintmigrations", "makemigrations"}


def main() -> None:
    """Run one command; a missing or unknown `POD_ID` lists the pods."""
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    settings_module = "settings.without_servers" if command in WITHOUT_SERVERS else "settings.base"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module)
    from settings.environment import EnvironmentInvalid
    from topology import TopologyError

    try:
        from django.conf import settings

        if command not in WITHOUT_POD_ID and settings.POD is None:
            pods = ", ".join(settings.TOPOLOGY.pods)
            sys.exit(f"POD_ID is not set: {command!r} works as one pod. Set POD_ID to one of: {pods}")
    except (EnvironmentInvalid, TopologyError) as error:
        sys.exit(str(error))

    if command in {"version", "--version"}:
        print(settings.RELEASE)
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
