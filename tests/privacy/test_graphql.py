"""Every field of GraphQL that lists, counts or finds something, asked by everybody.

The queries are made from the schema, so a new field is asked too. What is private is named so that it is found in any
answer, and a count says no more than what is listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connections
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from monolith.graphql.gid import gid
from monolith.graphql.schema import schema
from monolith.namespaces.creation import create_namespace, create_project
from monolith.namespaces.models import Project
from monolith.work.issuables import comment, open_issuable, remind
from monolith.work.models import Issue, Label, MergeRequest, Milestone
from organizations.models import Organization
from tests.databases import ALIASES, PRIMARIES
from tests.monolith.api.conftest import Program
from tests.monolith.graphql.conftest import (
    acme,
    dana,
    fresh_counts,
    group,
    gus,
    leo,
    mel,
    no_replicas,
    olivia,
    post,
    project,
    public,
    rita,
    rivals,
    secret,
    visitor,
)

__all__ = [
    "acme",
    "dana",
    "fresh_counts",
    "group",
    "gus",
    "leo",
    "mel",
    "no_replicas",
    "olivia",
    "project",
    "public",
    "rita",
    "rivals",
    "secret",
    "visitor",
]

pytestmark = pytest.mark.django_db(databases=ALIASES)

DEPTH = 3
SECRET, FOREIGN, OPEN, CONFIDENTIAL = "hush-hush", "abroad", "in-the-open", "confidential-matter"
ACME, RIVALS, GLOBAL = "/api/organizations/acme/graphql", "/api/organizations/rivals/graphql", "/api/graphql"


@pytest.fixture(autouse=True)
def patience() -> None:
    """The routes schema is asked once at the beginning and once at the end of many requests."""
    for alias in PRIMARIES:
        with connections[alias].cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


@pytest.fixture
def rows(olivia: Program, rita: Program, project: Project, secret: Project, rivals: Organization) -> dict[str, Any]:
    """The same of everything: for everybody in Acme, for its owners only, and for everybody in another organization."""
    assert olivia.user
    assert rita.user
    top = create_namespace(rivals.pk, FOREIGN, name=FOREIGN, visibility="public")
    abroad = create_project(top, FOREIGN, name=FOREIGN, visibility="public")
    found: dict[str, Any] = {}
    for where, word, person in ((project, OPEN, olivia), (secret, SECRET, olivia), (abroad, FOREIGN, rita)):
        assert person.user
        Project.objects.filter(pk=where.pk).update(description=word)
        for members in (where.members, where.namespace.members):
            members.create(organization_id=where.organization_id, user_id=person.user.pk, role="developer")
        owned = {"organization_id": where.organization_id, "project": where}
        milestone = Milestone.objects.create(**owned, iid=1, title=word)
        labels = [Label.objects.create(**owned, name=word, color="#112233")]
        fields: dict[str, Any] = {
            "title": word,
            "description": word,
            "assignee_id": person.user.pk,
            "labels": labels,
            "milestone": milestone,
        }
        issue = open_issuable(Issue, where, person.user, **fields)
        merge = open_issuable(MergeRequest, where, person.user, source_branch=word, **fields)
        note = comment(issue, person.user, word)
        comment(merge, person.user, word)
        found[word] = {
            "project": where.full_path,
            "group": where.namespace.full_path,
            "Issue": gid(issue),
            "MergeRequest": gid(merge),
            "Note": gid(note),
            "Todo": gid(remind(issue, person.user)),
            "Organizations::Organization": gid(rivals if word == FOREIGN else Organization.objects.get(path="acme")),
        }
    return found


def arguments(field: GraphQLField, name: str, of: dict[str, str]) -> str:
    """What a field has to be told, so that it finds these rows."""
    by_kind = {
        "IssueID": of["Issue"],
        "MergeRequestID": of["MergeRequest"],
        "NoteID": of["Note"],
        "TodoID": of["Todo"],
        "OrganizationsOrganizationID": of["Organizations::Organization"],
    }
    given: dict[str, str] = {}
    for argument, details in field.args.items():
        kind = get_named_type(details.type).name
        if kind in by_kind:
            given[argument] = json.dumps(by_kind[kind])
        elif argument == "fullPath":
            given[argument] = json.dumps(of["project" if name == "project" else "group"])
        elif argument == "iid":
            given[argument] = '"1"'
        elif argument == "relations":
            given[argument] = "[DIRECT]"
        else:
            assert not is_required_argument(details), f"say what {argument} of {name} is in tests/privacy"
    if "first" in field.args:
        given["first"] = "4"
    return f"({', '.join(f'{each}: {value}' for each, value in given.items())})" if given else ""


def selected(kind: GraphQLObjectType, depth: int, of: dict[str, str]) -> str:
    """All fields of a type, and of what they lead to."""
    found = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        asked = f"{name}{arguments(field, name, of)}"
        if is_leaf_type(below):
            found.append(asked)
        elif isinstance(below, GraphQLUnionType):
            found.append(f"{asked} {{ {' '.join(f'... on {each.name} {{ id title }}' for each in below.types)} }}")
        elif isinstance(below, GraphQLObjectType):
            is_page = name in {"nodes", "edges", "node", "pageInfo"}
            inner = selected(below, depth if is_page else depth - 1, of) if depth or is_page else ""
            if inner and name != "edges":
                found.append(f"{asked} {{ {inner} }}")
    return " ".join(found)


def queries(of: dict[str, str]) -> Iterator[tuple[str, str]]:
    """A query for each field at the top, and for each list of what it finds."""
    root = schema._schema.query_type
    assert root
    for name, field in root.fields.items():
        below = get_named_type(field.type)
        assert isinstance(below, GraphQLObjectType)
        asked = f"{name}{arguments(field, name, of)}"
        yield name, f"{{ {asked} {{ {selected(below, 1, of)} }} }}"
        item = get_named_type(below.fields["nodes"].type) if "nodes" in below.fields else below
        assert isinstance(item, GraphQLObjectType)
        for inner, each in item.fields.items():
            kind = get_named_type(each.type)
            if isinstance(kind, GraphQLObjectType):
                text = f"{inner}{arguments(each, inner, of)} {{ {selected(kind, 1, of)} }}"
                yield f"{name}.{inner}", f"{{ {asked} {{ {text if item is below else f'nodes {{ {text} }}'} }} }}"


def answers(program: Program, address: str, of: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """What somebody gets of every field."""
    for name, query in queries(of):
        caches["requests"].clear()
        answer = post(program, {"query": query}, address)
        assert answer.status_code == 200, (name, answer.content)
        said = [each["message"] for each in answer.json().get("errors", ())]
        assert set(said) <= {"Send an access token, or sign in."}, (name, said, query)
        yield name, answer.json()["data"]


def wrong_counts(data: Any) -> list[Any]:
    """The lists whose count is not what they show."""
    if isinstance(data, list):
        return [each for row in data for each in wrong_counts(row)]
    if not isinstance(data, dict):
        return []
    here = [data] if "nodes" in data and data.get("count", len(data["nodes"])) != len(data["nodes"]) else []
    return here + [each for value in data.values() for each in wrong_counts(value)]


def seen(program: Program, address: str, of: dict[str, str], *words: str) -> set[str]:
    """The fields whose answer has one of the words in it; each count is of what is shown."""
    found = dict(answers(program, address, of))
    assert [each for data in found.values() for each in wrong_counts(data)] == []
    # What somebody wrote is no secret from themselves, but is never where it does not belong.
    return {name for name, data in found.items() if any(word in json.dumps(data) for word in words)}


def test_owners_see_everything_of_their_organization(olivia: Program, rows: dict[str, Any]) -> None:
    """So the tests below would see a leak."""
    shown = seen(olivia, ACME, rows[SECRET], SECRET)
    asked = {name for name, _ in queries(rows[SECRET])}
    assert shown >= {
        *("project", "project.issues", "project.mergeRequests", "projects", "group.projects", "organization.projects"),
        *("issues", "issues.notes", "issue", "issue.notes", "mergeRequest.notes", "note", "todo", "currentUser.todos"),
    }
    # Groups and people are named otherwise, and what is asked of a list is asked of the first group or project.
    assert {name.partition(".")[0] for name in asked - shown} <= {
        *("organization", "group", "namespace", "groups", "projects", "project", "issues", "issue", "mergeRequest"),
        *("note", "currentUser"),
    }


@pytest.fixture
def confidential(olivia: Program, mel: Program, gus: Program, project: Project) -> dict[str, str]:
    """What names a confidential issue of a project that everybody in Acme sees; each had a to-do item about it."""
    assert olivia.user
    fields: dict[str, Any] = {"title": CONFIDENTIAL, "description": CONFIDENTIAL, "confidential": True}
    issue = open_issuable(Issue, project, olivia.user, **fields)
    note = comment(issue, olivia.user, CONFIDENTIAL)
    for program in (mel, gus):
        assert program.user
        remind(issue, program.user)
    return {"Issue": gid(issue), "Note": gid(note), "Todo": gid(issue.todos.latest("pk"))}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["mel", "gus"])
def test_members_see_nothing_of_a_confidential_issue(
    who: str, request: pytest.FixtureRequest, confidential: dict[str, str], rows: dict[str, Any]
) -> None:
    assert seen(request.getfixturevalue(who), ACME, {**rows[OPEN], **confidential}, CONFIDENTIAL) == set()


@pytest.mark.slow
def test_developers_see_a_confidential_issue(dana: Program, confidential: dict[str, str], rows: dict[str, Any]) -> None:
    shown = seen(dana, ACME, {**rows[OPEN], **confidential}, CONFIDENTIAL)
    assert shown >= {"issue", "issues", "note", "project", "project.issues", "issue.notes"}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["mel", "gus", "dana"])
def test_members_see_nothing_private(who: str, request: pytest.FixtureRequest, rows: dict[str, Any]) -> None:
    program: Program = request.getfixturevalue(who)
    for named in (rows[SECRET], rows[OPEN]):
        assert seen(program, ACME, named, SECRET) == set()
    assert "projects" in seen(program, ACME, rows[OPEN], OPEN)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["olivia", "mel", "rita", "leo", "visitor"])
def test_no_address_shows_another_organization(
    who: str, request: pytest.FixtureRequest, public: Organization, rows: dict[str, Any]
) -> None:
    program: Program = request.getfixturevalue(who)
    theirs = {"olivia": ACME, "mel": ACME, "rita": RIVALS}
    words = {ACME: (FOREIGN,), RIVALS: (OPEN, SECRET)}
    address = theirs.get(who, GLOBAL)
    for named in rows.values():
        assert seen(program, address, named, *words.get(address, (FOREIGN, OPEN, SECRET))) == set()
    for other in {ACME, RIVALS} - {address}:
        assert post(program, {"query": "{ currentUser { id } }"}, other).status_code == 404
