from __future__ import annotations

from datetime import timedelta

import pytest

from users.limits import SWEPT_AT_ONCE, is_exhausted, is_within
from users.models import RateLimit

pytestmark = pytest.mark.django_db(databases=["users"])


def test_it_works() -> None:
    assert [is_within("try", "mia", 2) for _ in range(4)] == [True, True, False, False]


def test_each_is_counted_alone() -> None:
    assert is_within("try", "mia", 1)
    assert is_within("try", "eva", 1)
    assert is_within("other", "mia", 1)
    assert not is_within("try", "mia", 1)


def test_it_ends() -> None:
    assert is_within("try", "mia", 1, timedelta(0))
    assert is_within("try", "mia", 1)
    assert not is_within("try", "mia", 1)


def test_what_has_ended_is_swept() -> None:
    for number in range(SWEPT_AT_ONCE + 5):
        is_within("try", str(number), 1, timedelta(seconds=-1))
    assert RateLimit.objects.using("users").count() <= SWEPT_AT_ONCE


def test_one_can_ask_without_trying() -> None:
    assert not is_exhausted("try", "mia", 1)
    assert is_within("try", "mia", 1)
    assert is_exhausted("try", "mia", 1)
    assert not is_exhausted("try", "eva", 1)
    is_within("try", "eva", 1, timedelta(0))
    assert not is_exhausted("try", "eva", 1)
