"""docs/databases.md names what the databases really have."""

from __future__ import annotations

import re

import pytest
from django.db import connections

from tests.databases import ALIASES, PRIMARIES
from topology.places import CHECKOUT

pytestmark = pytest.mark.django_db(databases=ALIASES)

ENFORCED = "SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class UNION SELECT proname FROM pg_proc"


def test_every_constraint_that_it_names_is_there() -> None:
    page = (CHECKOUT / "docs" / "databases.md").read_text()
    named = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+){2,})`", page))
    found: set[str] = set()
    for alias in PRIMARIES:
        with connections[alias].cursor() as cursor:
            cursor.execute(ENFORCED)
            found |= {name for (name,) in cursor.fetchall()}
    assert len(named) > 15
    assert named <= found
