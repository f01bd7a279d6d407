from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from users import administration
from users.administration import LastAdministrator
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users", "users_replica"], transaction=True)


def administrator(username: str) -> User:
    return User.objects.using("users").create(username=username, is_superuser=True, is_staff=True)


def administrators() -> set[str]:
    rows = User.objects.using("users").filter(is_superuser=True, is_active=True)
    return set(rows.values_list("username", flat=True))


@pytest.mark.parametrize("leave", [administration.dismiss, administration.deactivate])
def test_the_last_one_stays(leave: Callable[[User], None]) -> None:
    first, second = administrator("ada"), administrator("ben")
    leave(first)
    assert administrators() == {"ben"}
    with pytest.raises(LastAdministrator):
        leave(second)
    assert administrators() == {"ben"}


def test_who_is_not_active_does_not_count() -> None:
    first, second = administrator("ada"), administrator("ben")
    administration.deactivate(second)
    with pytest.raises(LastAdministrator):
        administration.dismiss(first)
    administration.activate(second)
    administration.dismiss(first)
    assert administrators() == {"ben"}


def test_deactivating_somebody_else_needs_no_other() -> None:
    administrator("ada")
    mia = User.objects.using("users").create(username="mia")
    administration.deactivate(mia)
    administration.appoint(mia)
    assert administrators() == {"ada"}


def test_of_all_who_leave_at_a_time_one_stays() -> None:
    leaving = [administrator(f"ada{number}") for number in range(4)]
    start = threading.Barrier(len(leaving))

    def leave(user: User) -> bool:
        try:
            start.wait(20)
            administration.dismiss(user)
        except LastAdministrator:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(leaving)) as threads:
        left = list(threads.map(leave, leaving))
    assert left.count(False) == 1
    assert len(administrators()) == 1
