"""Serve one pod: `POD_ID=pod_eu0 python -m pods.serve`.

Granian, one worker process a pod: Python code runs in a few blocking threads,
everything that waits for the network in Rust. More workers are more pods.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from topology import Pod

BACKLOG = 1024
# Requests that wait for a thread; further ones stay in the backlog.
BACKPRESSURE = 256
HEADER_READ_TIMEOUT_MS = 10_000
MAX_BUFFER_BYTES = 512 * 1024
# A worker that has not stopped after this time is killed.
STOP_SECONDS = 8


def main() -> None:
    """Serve until SIGTERM or SIGINT; a missing or unknown `POD_ID` lists the pods, a taken port and a database that is
    older than it was are told.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
    from settings.environment import EnvironmentInvalid
    from topology import TopologyError

    try:
        from django.conf import settings

        from schemas.identity import this_pod

        pod = this_pod()
        if missing := settings.ENVIRONMENT.missing_secrets(routers=bool(settings.TOPOLOGY.routers)):
            sys.exit(f"{pod.name} does not start: {', '.join(missing)} is not set (docs/configuration.md)")
    except (EnvironmentInvalid, TopologyError) as error:
        sys.exit(str(error))

    # A supervisor has looked, and a pod that it starts again must not wait for what is left of the one before.
    if not settings.ENVIRONMENT.tether:
        _refuse_taken_port(pod)
    _refuse_older_database(pod)

    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    from pods.tether import end_with_parent

    end_with_parent()
    os.register_at_fork(after_in_child=_stop_while_starting)
    Granian(
        "pods.worker:application",
        address=pod.address.host,
        port=pod.address.port,
        interface=Interfaces.WSGI,
        workers=1,
        # Requests that wait for a hash take none of the threads for pages (users/hashing.py).
        blocking_threads=settings.ENVIRONMENT.blocking_threads + settings.ENVIRONMENT.hashing_threads,
        backlog=BACKLOG,
        backpressure=BACKPRESSURE,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_TIMEOUT_MS, max_buffer_size=MAX_BUFFER_BYTES),
        websockets=False,
        workers_kill_timeout=STOP_SECONDS,
        log_access=False,
    ).serve()


def _stop_while_starting() -> None:
    """Until a worker has handlers of its own: those of the main process, which it inherits, would do nothing in it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A terminal signals the main process as well, which then stops the worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _refuse_taken_port(pod: Pod) -> None:
    """Granian listens with SO_REUSEPORT: of two pods on one port each would get some of the requests (socket(7))."""
    from operations.hints import command

    host, port = pod.address
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sys.exit(
                f"{pod.name} needs {pod.address}, but another program already listens there.\n"
                f"Stop that program (a pod of a cluster on this machine: {command(f'cluster stop {pod.name}')}), "
                "or change the pod's address in the topology."
            )


def _refuse_older_database(pod: Pod) -> None:
    """End when a restored database would give ids again. When it cannot be asked, the worker finds out."""
    from django.db import Error, connections

    from operations.hints import command
    from routing.marks import older

    try:
        found = next(older(pod.name), None)
    except Error:
        found = None
    finally:
        connections.close_all()
    if found:
        sys.exit(f"{pod.name} does not start: {found.problem}\n{found.remedy(command)}")


if __name__ == "__main__":
    main()
