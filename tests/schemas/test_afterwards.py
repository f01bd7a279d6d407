from __future__ import annotations

from django.db import OperationalError

from schemas.afterwards import afterwards, collected, finish


def test_without_a_response_nothing_waits() -> None:
    done: list[int] = []
    afterwards(lambda: done.append(1))
    assert done == [1]


def test_what_a_request_leaves_is_done_once_when_it_is_finished() -> None:
    done: list[int] = []
    with collected() as jobs:
        afterwards(lambda: done.append(1))
        afterwards(lambda: done.append(2))
    assert done == []
    finish(jobs)
    finish(jobs)
    assert done == [1, 2]


def test_a_database_that_cannot_be_reached_keeps_nothing_from_being_done() -> None:
    done: list[int] = []

    def fail() -> None:
        raise OperationalError("gone")

    with collected() as jobs:
        afterwards(fail)
        afterwards(lambda: done.append(2))
    finish(jobs)
    assert done == [2]
