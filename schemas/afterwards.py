"""Do what nobody waits for after the response was sent, such as noting that a session is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from asgiref.local import Local
from django.db import InterfaceError, OperationalError

from schemas.pinning import forget_pins

Job = Callable[[], object]

_request = Local()


def afterwards(job: Job) -> None:
    """Do this when the response of this request has been sent, or right away where nobody asked for a response.

    It is not done when its database cannot be reached.
    """
    jobs: list[Job] | None = getattr(_request, "jobs", None)
    if jobs is None:
        _do(job)
    else:
        jobs.append(job)


@contextmanager
def collected() -> Iterator[list[Job]]:
    """What is to be done after the response of the request that the block serves; see `finish`."""
    jobs: list[Job] = []
    _request.jobs = jobs
    try:
        yield jobs
    finally:
        _request.jobs = None


def finish(jobs: list[Job]) -> None:
    """Do these, once: the response has been sent."""
    todo, jobs[:] = list(jobs), []
    for job in todo:
        _do(job)
        # It is no part of what the thread's next request has written.
        forget_pins()


def _do(job: Job) -> None:
    with suppress(OperationalError, InterfaceError):
        job()
