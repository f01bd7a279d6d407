"""Lists in pages."""

from __future__ import annotations

from typing import Any

import pytest

from monolith.graphql.connections import MOST_COUNTED
from monolith.namespaces.creation import create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work.issuables import open_issuable
from monolith.work.models import Issue
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program
from tests.monolith.graphql.conftest import ask, errors

pytestmark = pytest.mark.django_db(databases=ALIASES)

BY_NUMBER = """query ($first: Int, $after: String, $last: Int, $before: String) { project(fullPath: "tools/hammer") {
    list: issues(first: $first, after: $after, last: $last, before: $before) {
        nodes { key: iid } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } count
    } } }"""
BY_PATH = """query ($first: Int, $after: String, $last: Int, $before: String) { group(fullPath: "tools") {
    list: projects(first: $first, after: $after, last: $last, before: $before) {
        nodes { key: path } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } count
    } } }"""


@pytest.fixture
def five(dana: Program, project: Project, group: Namespace) -> None:
    """Five issues, and five projects."""
    assert dana.user
    for number in range(5):
        open_issuable(Issue, project, dana.user, title=str(number))
    for name in ("a", "B", "c", "d"):
        create_project(group, name, name=name, visibility="internal")


def listed(program: Program, query: str, **page: Any) -> Any:
    [found] = ask(program, query, **page).values()
    return found["list"]


CASES = [(BY_NUMBER, ["5", "4", "3", "2", "1"]), (BY_PATH, ["a", "B", "c", "d", "hammer"])]


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(("query", "expected"), CASES, ids=["number", "path"])
@pytest.mark.parametrize(
    ("size", "edge", "cursor", "more"),
    [("first", "after", "endCursor", "hasNextPage"), ("last", "before", "startCursor", "hasPreviousPage")],
)
def test_every_page_forwards_and_backwards(
    dana: Program, query: str, expected: list[str], size: str, edge: str, cursor: str, more: str
) -> None:
    pages: list[list[str]] = []
    page: dict[str, Any] = {}
    while True:
        found = listed(dana, query, **{size: 2}, **page)
        pages.append([each["key"] for each in found["nodes"]])
        assert found["count"] == 5
        info = found["pageInfo"]
        assert [info["startCursor"], info["endCursor"]] == [found["edges"][0]["cursor"], found["edges"][-1]["cursor"]]
        other = {"hasNextPage": "hasPreviousPage", "hasPreviousPage": "hasNextPage"}[more]
        assert info[other] is (len(pages) > 1)
        if not info[more]:
            break
        page = {edge: info[cursor]}
    if size == "last":
        pages.reverse()
    assert [each for some in pages for each in some] == expected
    assert len(pages) == 3


def test_an_empty_page(dana: Program, project: Project) -> None:
    found = listed(dana, BY_NUMBER)
    assert found == {
        "nodes": [],
        "edges": [],
        "count": 0,
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("query", [BY_NUMBER, BY_PATH], ids=["number", "path"])
@pytest.mark.parametrize(
    ("page", "said"),
    [
        ({"first": 101}, "first must be from 1 to 100."),
        ({"first": 2_000_000_000}, "first must be from 1 to 100."),
        ({"first": 0}, "first must be from 1 to 100."),
        ({"last": -1}, "last must be from 1 to 100."),
        ({"first": 1, "last": 1}, "Use first and after, or last and before."),
        ({"after": "%%"}, "The cursor is not one of this list: take it from pageInfo or edges."),
        ({"before": "AAAA"}, "The cursor is not one of this list: take it from pageInfo or edges."),
    ],
)
def test_pages_that_there_are_not(dana: Program, query: str, page: dict[str, Any], said: str) -> None:
    assert errors(dana, query, **page) == [said]


def test_counts_end_somewhere(dana: Program, project: Project) -> None:
    Issue.objects.bulk_create(
        Issue(organization_id=project.organization_id, project=project, author_id=1, iid=number, title="x")
        for number in range(1, MOST_COUNTED + 2)
    )
    assert listed(dana, BY_NUMBER, first=1)["count"] is None
    assert ask(dana, "{ issues { count } }") == {"issues": {"count": None}}
    Issue.objects.filter(iid=1).delete()
    assert listed(dana, BY_NUMBER, first=1)["count"] == MOST_COUNTED
    assert ask(dana, "{ issues { count } }") == {"issues": {"count": MOST_COUNTED}}
