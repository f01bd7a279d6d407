"""A list of many rows costs as many queries of the database as one of few, however deep."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Namespace, Project
from monolith.work.issuables import comment, open_issuable, remind
from monolith.work.labels import labels_named
from monolith.work.models import Issue, MergeRequest, Milestone
from tests.cast import make_person
from tests.databases import ALIASES, PRIMARIES
from tests.monolith.api.conftest import Program
from tests.monolith.graphql.conftest import ask

pytestmark = pytest.mark.django_db(databases=ALIASES)

HUNDRED = """{ project(fullPath: "tools/hammer") { issues(first: 100) { count nodes {
    title author { username } assignees { nodes { name } } userNotesCount
    labels { count nodes { title color } } milestone { title }
    notes(first: 2) { count nodes { body author { username } } }
} } } }"""
DEEP = """{ groups(first: 12) { nodes {
    fullPath parent { fullPath } subgroups { nodes { fullPath } }
    groupMembers(relations: [DIRECT], first: 3) { nodes { user { username } } }
    projects(first: 8) { count nodes {
        namespace { path } projectMembers(relations: [DIRECT], first: 3) { count nodes { user { username } } }
        issue(iid: "1") { title author { name } }
        issues(first: 3) { nodes { author { username } project { group { path } }
            notes(first: 2) { nodes { author { name } } } } }
        mergeRequests(first: 3) { nodes { author { username } project { path } } }
    } }
} } }"""
WIDE = """{
    projects { nodes { group { path } issues { nodes { author { username } } } } }
    issues { nodes { author { username } project { fullPath group { path } } notes { nodes { body } } } }
    currentUser { todos { nodes { targetUrl target { __typename
        ... on Issue { author { name } project { path } notes { count } labels { nodes { title } } milestone { title } }
        ... on MergeRequest { author { name } project { path } notes { count } }
    } } } }
}"""


def queries(program: Program, query: str) -> tuple[int, Any]:
    """How many queries of the database a query takes, and its answer."""
    # That a token is used is noted at times.
    ask(program, "{ __typename }")
    with ExitStack() as watched:
        seen = [watched.enter_context(CaptureQueriesContext(connections[alias])) for alias in PRIMARIES]
        answer = ask(program, query)
    return sum(map(len, seen)), answer


def test_a_hundred_issues(dana: Program, project: Project) -> None:
    assert dana.user
    people = [make_person(f"person-{number}") for number in range(10)]
    labels = labels_named(project, [f"label-{number}" for number in range(9)])
    owned = {"organization_id": project.organization_id, "project": project}
    milestones = [Milestone.objects.create(**owned, iid=number, title=f"M{number}") for number in range(1, 6)]

    def issue(number: int) -> None:
        author = people[number % 10]
        given = {"assignee_id": people[number % 7].pk, "milestone": milestones[number % 5]}
        made = open_issuable(
            Issue, project, author, title=str(number), labels=[labels[number % 9], labels[(number + 4) % 9]], **given
        )
        comment(made, people[number % 3], "x")

    issue(0)
    few, answer = queries(dana, HUNDRED)
    assert answer["project"]["issues"]["count"] == 1
    for number in range(1, 100):
        issue(number)
    many, answer = queries(dana, HUNDRED)
    issues = answer["project"]["issues"]
    assert issues["count"] == len(issues["nodes"]) == 100
    assert {each["author"]["username"] for each in issues["nodes"]} == {each.username for each in people}
    assert {each["notes"]["nodes"][0]["author"]["username"] for each in issues["nodes"]} == {
        each.username for each in people[:3]
    }
    assert {each["title"] for row in issues["nodes"] for each in row["labels"]["nodes"]} == {x.name for x in labels}
    assert {row["labels"]["count"] for row in issues["nodes"]} == {2}
    assert {row["milestone"]["title"] for row in issues["nodes"]} == {each.title for each in milestones}
    assert many == few


@pytest.mark.parametrize("query", [DEEP, WIDE], ids=["deep", "wide"])
def test_no_row_costs_a_query(dana: Program, mel: Program, project: Project, group: Namespace, query: str) -> None:
    me, other = dana.user, mel.user
    assert me
    assert other

    def more(number: int) -> None:
        inner = create_namespace(
            group.organization_id, f"inner-{number}", parent=group, name="Inner", visibility="internal"
        )
        inner.members.create(organization_id=group.organization_id, user_id=other.pk, role="developer")
        for place in (inner, group):
            made = create_project(place, f"saw-{number}", name="Saw", visibility="internal")
            made.members.create(organization_id=group.organization_id, user_id=other.pk, role="developer")
            for model, author in ((Issue, me), (Issue, other), (MergeRequest, other)):
                opened = open_issuable(model, made, author, title="x")
                comment(opened, author, "x")
                remind(opened, me)

    more(1)
    more(2)
    few, _ = queries(dana, query)
    for number in range(3, 7):
        more(number)
    many, _ = queries(dana, query)
    assert many == few
