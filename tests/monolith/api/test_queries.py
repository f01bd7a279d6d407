"""A list of many rows costs as many queries as one of few."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Project
from tests.databases import ALIASES, PRIMARIES
from tests.monolith.api.conftest import Program, key

pytestmark = pytest.mark.django_db(databases=ALIASES)

HAMMER = f"/projects/{key('tools/hammer')}"
LISTS = [
    *(f"/organizations/acme/{page}" for page in ("projects", "groups", "namespaces", "issues?scope=all", "todos")),
    *(f"{HAMMER}/{page}" for page in ("issues", "issues/1/notes", "members/all")),
    *(f"/groups/tools/{page}" for page in ("projects", "subgroups", "members/all")),
]


def add_one_of_each(dana: Program, project: Project, number: int) -> None:
    group = project.namespace
    create_project(group, f"saw-{number}", name="Saw", visibility="internal")
    create_namespace(group.organization_id, f"inner-{number}", parent=group, name="Inner", visibility="internal")
    issue = dana.post(f"{HAMMER}/issues", {"title": "x"}).json()["iid"]
    dana.post(f"{HAMMER}/issues/{issue}/todo")
    dana.post(f"{HAMMER}/issues/1/notes", {"body": "x"})


def queries(dana: Program, path: str) -> tuple[int, int]:
    """How many queries a list takes, and how many rows it has."""
    with ExitStack() as watched:
        seen = [watched.enter_context(CaptureQueriesContext(connections[alias])) for alias in PRIMARIES]
        answer = dana.get(path)
    assert answer.status_code == 200
    return sum(map(len, seen)), len(answer.json())


@pytest.mark.parametrize("path", LISTS)
def test_no_row_costs_a_query(dana: Program, mel: Program, project: Project, path: str) -> None:
    assert mel.user
    add_one_of_each(dana, project, 1)
    few, rows = queries(dana, path)
    for number in (2, 3):
        add_one_of_each(dana, project, number)
    dana.post(f"{HAMMER}/members", {"user_id": mel.user.pk, "access_level": 30})
    dana.post("/groups/tools/members", {"user_id": mel.user.pk, "access_level": 10})
    many, more_rows = queries(dana, path)
    assert more_rows > rows
    assert many == few
