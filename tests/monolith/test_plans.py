"""Pages read what they show from indexes, whoever looks: the plans of their very queries, with thousands of rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.crowd import GROUPS, ORGANIZATION, ORGANIZATIONS, PLACES, TABLES, USERS, VIEWERS, WORK, Crowd, values_of
from bench.crowded_pod import PAGES
from schemas.postgresql.connection import OF_COMMANDS
from tests.cast import signed_in
from tests.databases import ALIASES, PRIMARIES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)
CROWD = Crowd(projects=10_000, issues=10_000, routes=0)
BIG = {"projects", "issues", "merge_requests", "todos"}
# A page has fifty rows; a list is merged from a few parts. A member's own projects are all looked at.
MOST_SORTED = 400


def run(alias: str, statements: str, values: dict[str, Any]) -> None:
    """Execute statements without the limits that a pod has for requests."""
    with connections[alias].cursor() as cursor:
        connection: Any = connections[alias].connection
        limits, connection.limits = connection.limits, OF_COMMANDS
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(statements, values)
        connection.limits = limits


@pytest.fixture
def crowd() -> dict[str, Client]:
    """The browsers of those who look, by their role."""
    for alias in PRIMARIES:
        with connections[alias].cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    values = values_of(CROWD, "pod_us0")
    run("routes", ORGANIZATIONS, values)
    values["organization"] = _number("routes", "SELECT id FROM organizations WHERE path = %s", ORGANIZATION)
    run("users", USERS, values)
    people = {role: User.objects.using("users").get(username=name) for role, name in VIEWERS.items()}
    values |= {role: person.pk for role, person in people.items()}
    run("main", GROUPS + PLACES + WORK, values)
    run("main", "".join(f"ANALYZE {table};" for table in TABLES.split()), {})
    return {role: signed_in(person) for role, person in people.items()}


def _number(alias: str, query: str, *values: Any) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute(query, values)
        (number,) = cursor.fetchone()
    return int(number)


def faults(node: dict[str, Any]) -> Iterator[str]:
    """Yield what a plan should not do: read a big table from end to end, sort many rows."""
    name, rows = node["Node Type"], node["Actual Rows"]
    if name == "Seq Scan" and node["Relation Name"] in BIG and node["Actual Loops"]:
        yield f"reads all of {node['Relation Name']}"
    if "Sort" in name and rows > MOST_SORTED:
        yield f"sorts {rows:g} rows"
    for child in node.get("Plans", []):
        if "Sort" in name and child["Actual Rows"] > MOST_SORTED:
            yield f"sorts {child['Actual Rows']:g} rows"
        yield from faults(child)


def faults_of(sql: str) -> list[str]:
    with connections["main"].cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        ((plans,),) = cursor.fetchall()
    return [fault for plan in plans for fault in faults(plan["Plan"])]


def test_no_page_reads_a_big_table_from_end_to_end_or_sorts_it(crowd: dict[str, Client]) -> None:
    found: dict[tuple[str, str], list[str]] = {}
    for role, browser in crowd.items():
        for page, path in PAGES.items():
            with CaptureQueriesContext(connections["main"]) as asked:
                answer = browser.get(path.format(iid=CROWD.issues))
            assert answer.status_code == 200, (page, role)
            read = [each["sql"] for each in asked if each["sql"].startswith(("SELECT", "("))]
            found[page, role] = [f"{fault}: {sql}" for sql in read for fault in faults_of(sql)]
    assert {key: each for key, each in found.items() if each} == {}
