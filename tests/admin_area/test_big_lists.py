"""Lists of many rows: each statement reads an index, and pages follow each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from monolith.namespaces.models import Project
from routing.models import Route
from tests.admin_area.many import FILL, TABLES, fill
from tests.admin_area.test_lists import PAGES, POD, Statement, statements
from tests.databases import ALIASES
from users.models import User

pytestmark = [pytest.mark.django_db(databases=ALIASES), pytest.mark.usefixtures("many")]


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The rows, once for all tests of this file: each has its transaction within the one that adds them."""
    with django_db_blocker.unblock(), ExitStack() as transactions:
        for alias in FILL:
            transactions.enter_context(transaction.atomic(using=alias))
        fill()
        yield
        for alias in FILL:
            transaction.set_rollback(True, using=alias)


def scans(statement: Statement) -> list[str]:
    """The big tables that a statement reads from end to end, whether its values are known to the planner or not."""
    numbers = iter(range(1, 10_000))
    generic = re.sub("%s", lambda _: f"${next(numbers)}", statement.sql)
    with connections[statement.alias].cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.sql}", statement.parameters)
        plans = cursor.fetchone()[0]
        # Replicas of `routes` plan like this (`settings.base`): learn is asked too often to be planned each time.
        if statement.alias == "routes":
            cursor.execute(f"EXPLAIN (FORMAT JSON, GENERIC_PLAN) {generic}")
            plans = [*plans, *cursor.fetchone()[0]]
    return [name for plan in plans for name in _scanned(plan["Plan"])]


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in TABLES:
        yield node["Relation Name"]
    for child in node.get("Plans", []):
        yield from _scanned(child)


def test_no_list_reads_a_table_from_end_to_end(admin: Client) -> None:
    slow: dict[str, list[str]] = {}
    for page in PAGES:
        with statements() as asked:
            assert admin.get(page).status_code == 200, page
        read = [each for each in asked if each.sql.startswith("SELECT")]
        assert read
        for each in read:
            assert "COUNT(" not in each.sql
            slow.setdefault(page, []).extend(f"{table}: {each.sql[:2000]}" for table in scans(each))
    assert {page: found for page, found in slow.items() if found} == {}


def test_the_test_would_see_a_scan() -> None:
    with statements() as asked:
        assert list(User.objects.filter(name="Nobody")) == []
        assert list(Route.objects.filter(entity_id=-1)) == []
    assert [scans(each) for each in asked] == [["users"], ["routes", "routes"]]


def test_pages_follow_each_other_without_gap_or_overlap(admin: Client) -> None:
    seen: list[str] = []
    page: str | None = f"{POD}/projects?q=many199"
    while page:
        shown = admin.get(page).content.decode()
        seen += re.findall(r">(many\d+/one)</a>", shown)
        following = re.search(r'href="(\?[^"]*)" rel="next"', shown)
        page = f"{POD}/projects{following[1].replace('&amp;', '&')}" if following else None
    expected = Project.objects.filter(full_path__startswith="many199").values_list("full_path", flat=True)
    assert seen == sorted(expected)
    assert len(seen) == 111
