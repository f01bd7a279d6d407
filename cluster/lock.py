"""One supervisor for each cluster: a lock that the system releases when its process dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.exceptions import ClusterError
from topology.places import Places

POLL_SECONDS = 0.05


class AlreadyRunning(ClusterError):
    """A supervisor of this cluster is already running."""


@contextmanager
def only_one(places: Places) -> Iterator[None]:
    """Hold the supervisor lock during the block. Raises `AlreadyRunning`."""
    places.data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_file(places), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning("the cluster is already running") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def is_held(places: Places) -> bool:
    """Whether a supervisor of this cluster runs."""
    try:
        descriptor = os.open(_file(places), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def check_free(places: Places) -> None:
    """Raise `AlreadyRunning` when a supervisor of this cluster runs."""
    if is_held(places):
        raise AlreadyRunning("the cluster is already running")


def wait_until_free(places: Places, seconds: float) -> bool:
    """Whether the supervisor ended within `seconds`."""
    deadline = time.monotonic() + seconds
    while is_held(places):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _file(places: Places) -> Path:
    return places.data / "lock"
