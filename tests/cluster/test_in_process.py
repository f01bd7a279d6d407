from __future__ import annotations

import pytest
from django.db import connections

from tests.databases import ALIASES, PRIMARIES

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.mark.parametrize("alias", PRIMARIES)
def test_each_alias_has_a_test_database_of_its_own(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('fsync')")
        database, fsync = cursor.fetchone()
    assert database == "test_" + {"main": "pod_us0_main", "ci": "pod_us0_ci"}.get(alias, alias)
    assert fsync == "off"


def test_a_replica_is_its_primary() -> None:
    with connections["users_replica"].cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == ("test_users",)
