"""Lists stay quick: how many statements there are does not depend on the rows. And whatever is asked is answered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.db import connections
from django.test import Client

from admin_area.keyset import AFTER
from monolith.namespaces.models import Project
from tests.admin_area.conftest import text_of
from tests.admin_area.many import fill
from tests.databases import ALIASES, PRIMARIES

pytestmark = pytest.mark.django_db(databases=ALIASES)
POD = "/admin/pods/pod_us0"
PAGES = [
    "/admin/users",
    "/admin/users?q=person19",
    "/admin/users?q=person19@example.com",
    f"/admin/users?{AFTER}=person5",
    "/admin/users?standing=administrators",
    "/admin/users?standing=deactivated&q=person",
    "/admin/tokens",
    "/admin/tokens?q=person77",
    f"/admin/tokens?{AFTER}=100000000",
    "/admin/memberships",
    "/admin/memberships?q=person77",
    "/admin/memberships?q=many77",
    "/admin/organizations",
    "/admin/organizations?q=many77",
    "/admin/names",
    "/admin/names?q=many77",
    f"/admin/names?{AFTER}=many5",
    "/admin/names?kind=reserved",
    "/admin/names?kind=redirect&q=old-many7",
    "/admin/names?kind=tombstone",
    "/admin/audit",
    "/admin/audit?q=person77",
    "/admin/setting-changes",
    "/admin/setting-changes?q=session_hours",
    f"/admin/setting-changes?{AFTER}=100",
    "/admin/moves",
    "/admin/moves?q=many77",
    f"/admin/moves?{AFTER}=2026-01-01T00:00:00%2B00:00",
    f"{POD}/groups",
    f"{POD}/groups?q=many77",
    f"{POD}/projects",
    f"{POD}/projects?q=many77/",
    f"{POD}/projects?{AFTER}=many5",
    f"{POD}/runners",
    f"{POD}/runners?q=77",
    f"{POD}/runners?q=many77",
    f"{POD}/jobs",
    f"{POD}/jobs?q=77",
    f"{POD}/jobs?q=many77/one",
]


class Statement(NamedTuple):
    """What was asked of a database."""

    alias: str
    sql: str
    parameters: Any


@contextmanager
def statements() -> Iterator[list[Statement]]:
    """All statements of the block."""
    found: list[Statement] = []
    with ExitStack() as stack:
        for alias in PRIMARIES:

            def note(execute: Any, sql: Any, parameters: Any, many: bool, context: Any, alias: str = alias) -> Any:
                found.append(Statement(alias, str(sql), parameters))
                return execute(sql, parameters, many, context)

            stack.enter_context(connections[alias].execute_wrapper(note))
        yield found


def test_the_number_of_statements_does_not_grow_with_the_rows(admin: Client, root: object) -> None:
    lists = [page for page in PAGES if "?" not in page]
    fill(1, 3)
    few = {page: _statements_of(admin, page) for page in lists}
    fill(4, 200)
    assert {page: _statements_of(admin, page) for page in lists} == few


def _statements_of(browser: Client, page: str) -> int:
    browser.get(page)
    with statements() as asked:
        browser.get(page)
    return len(asked)


@pytest.mark.parametrize("after", ["x", "-1", str(2**63), "%00", "%D9%A1"])
def test_a_page_that_cannot_be(admin: Client, after: str) -> None:
    assert admin.get(f"/admin/tokens?{AFTER}={after}", follow=True).status_code == 200


def test_a_search_for_anything(admin: Client) -> None:
    lists = [page for page in PAGES if "?" not in page]
    texts = ["%00", "'", "%", "_", "\\", "٣", "9" * 30, "x" * 2000, "<b>"]
    found = {(page, text): admin.get(page, {"q": text}) for page, text in product(lists, texts)}
    assert {asked: each.status_code for asked, each in found.items() if each.status_code != 200} == {}
    assert [asked for asked, each in found.items() if b"<b>" in each.content] == []


def test_a_search_in_any_case(admin: Client, project: Project) -> None:
    assert "tools/hammer" in text_of(admin.get(f"{POD}/projects?q=TOOLS/h").content.decode())
    assert "tools/hammer" not in text_of(admin.get(f"{POD}/projects?q=hammer").content.decode())
