"""GraphQL with a client that others wrote, at any router."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXTransport

from monolith.demo_facts import TOKEN
from tests.running_cluster import RunningCluster

TIMEOUT_SECONDS = 20
HERE, THERE = "/api/organizations/my-organization/graphql", "/api/organizations/eu-makers/graphql"
GLOBAL = "/api/graphql"
Connect = Callable[..., Client]


@pytest.fixture(params=["us", "eu"])
def connect(request: pytest.FixtureRequest, cluster: RunningCluster) -> Connect:
    """A client of somebody, at either router."""

    def as_somebody(username: str | None, address: str = HERE, *, fetches_schema: bool = False) -> Client:
        headers = {"Authorization": f"Bearer {TOKEN.format(username=username)}"} if username else {}
        transport = HTTPXTransport(f"{cluster.url(request.param)}{address}", headers=headers, timeout=TIMEOUT_SECONDS)
        return Client(transport=transport, fetch_schema_from_transport=fetches_schema)

    return as_somebody


def ask(client: Client, query: str, **variables: Any) -> Any:
    request = gql(query)
    request.variable_values = variables
    return client.execute(request)


def test_the_client_reads_the_schema_and_checks_queries_by_it(connect: Connect) -> None:
    client = connect("mia", fetches_schema=True)
    assert ask(client, "{ currentUser { username } }") == {"currentUser": {"username": "mia"}}
    assert client.schema
    assert "Project" in client.schema.type_map


def test_an_issue_from_its_opening_to_its_end(connect: Connect) -> None:
    mia, max_ = connect("mia"), connect("max")
    path, title = "my-company/my-project", f"Opened in GraphQL {uuid.uuid4().hex[:8]}"
    opened = ask(
        mia,
        "mutation ($path: ID!, $title: String!) { createIssue(input: {projectPath: $path, title: $title}) "
        "{ errors issue { id iid } } }",
        path=path,
        title=title,
    )["createIssue"]
    assert opened["errors"] == []
    issue = opened["issue"]
    noted = ask(
        max_,
        'mutation ($id: NoteableID!) { createNote(input: {noteableId: $id, body: "Seen."}) { note { id } } }',
        id=issue["id"],
    )
    found = ask(
        mia,
        """query ($path: ID!, $iid: ID!) { project(fullPath: $path) { issue(iid: $iid) {
            title author { username } notes { count nodes { id body author { username } } }
        } } }""",
        path=path,
        iid=issue["iid"],
    )["project"]["issue"]
    assert found == {
        "title": title,
        "author": {"username": "mia"},
        "notes": {
            "count": 1,
            "nodes": [{"id": noted["createNote"]["note"]["id"], "body": "Seen.", "author": {"username": "max"}}],
        },
    }
    closed = ask(
        mia,
        "mutation ($path: ID!, $iid: String!) { updateIssue(input: {projectPath: $path, iid: $iid, stateEvent: CLOSE}) "
        "{ issue { state } } }",
        path=path,
        iid=issue["iid"],
    )
    assert closed == {"updateIssue": {"issue": {"state": "closed"}}}


def test_each_organization_has_its_own_address(connect: Connect) -> None:
    projects = "{ projects { nodes { fullPath } } }"
    mine = {each["fullPath"] for each in ask(connect("mia"), projects)["projects"]["nodes"]}
    assert {"my-company/my-project", "my-company/my-other-project"} <= mine
    maxs = {each["fullPath"] for each in ask(connect("max"), projects)["projects"]["nodes"]}
    assert "my-company/my-project" in maxs
    assert "my-company/my-other-project" not in maxs
    assert ask(connect("mia"), '{ project(fullPath: "gitlab-org/gitlab") { id } }') == {"project": None}
    for username in ("mia", None):
        with pytest.raises(TransportServerError, match="404"):
            ask(connect(username, THERE), projects)


def test_the_global_address(connect: Connect) -> None:
    found = ask(connect("team-member", GLOBAL), '{ project(fullPath: "gitlab-org/gitlab") { name } }')
    assert found == {"project": {"name": "gitlab"}}
    assert ask(connect(None, GLOBAL), "{ currentUser { id } }") == {"currentUser": None}
    # Whoever asks first: the answer is the caller's organization's, at each router.
    for _ in range(2):
        for username, path in (("mia", "my-organization"), ("eva", "eu-makers"), ("team-member", "gitlab-com-public")):
            assert ask(connect(username, GLOBAL), "{ organization { path } }") == {"organization": {"path": path}}


def test_refusals(connect: Connect) -> None:
    with pytest.raises(TransportQueryError, match="does not represent an instance of Issue"):
        ask(connect("mia"), '{ issue(id: "gid://gitlab/User/1") { id } }')
    with pytest.raises(TransportQueryError, match="this token is unknown, expired or revoked"):
        ask(connect("no-such-person"), "{ currentUser { id } }")
