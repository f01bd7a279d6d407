"""The programs of `tests/monolith/api`, asking in GraphQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from monolith.namespaces.models import Project
from monolith.work.issuables import comment, open_issuable
from monolith.work.models import Issue, MergeRequest
from routing.absent import pod_of_absent
from tests.monolith.api.conftest import (
    JSON,
    ROUTER,
    Program,
    acme,
    dana,
    fresh_counts,
    group,
    gus,
    leo,
    mel,
    no_replicas,
    olivia,
    open_group,
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
    "open_group",
    "project",
    "public",
    "rita",
    "rivals",
    "secret",
    "visitor",
]

# Loads the middleware once, which takes longer than most queries.
_CLIENT = Client()
ADDRESS = "/api/organizations/acme/graphql"
_NAMES = (f"no-such-{number}" for number in range(999))
# Of no organization, and answered by this test's pod.
ABSENT = next(
    f"/api/organizations/{name}/graphql" for name in _NAMES if pod_of_absent("organization", name) == "pod_us0"
)


def post(program: Program, body: Any, address: str = ADDRESS, **headers: str) -> Any:
    """The response to a body, which is sent as JSON."""
    sent = {**ROUTER, "X-Gitlab-Raw-Path": address, **program.headers, **headers}
    _CLIENT.cookies.clear()
    return _CLIENT.post(address, body, content_type=JSON, headers=sent)


def ask(program: Program, query: str, address: str = ADDRESS, **variables: Any) -> Any:
    """The data of a query that nothing is wrong with."""
    answer = post(program, {"query": query, "variables": variables}, address)
    assert answer.status_code == 200, answer.content
    assert "errors" not in answer.json(), answer.json()
    return answer.json()["data"]


def errors(program: Program, query: str, address: str = ADDRESS, **variables: Any) -> list[str]:
    """What is said to be wrong with a query."""
    answer = post(program, {"query": query, "variables": variables}, address)
    assert answer.status_code == 200, answer.content
    return [each["message"] for each in answer.json()["errors"]]


@pytest.fixture
def issue(dana: Program, project: Project) -> Issue:
    """An issue of a project that everybody in Acme sees, with a comment."""
    assert dana.user
    made = open_issuable(Issue, project, dana.user, title="Broken", assignee_id=dana.user.pk)
    comment(made, dana.user, "Indeed.")
    return made


@pytest.fixture
def hidden(olivia: Program, secret: Project) -> Issue:
    """An issue that only owners of Acme see."""
    assert olivia.user
    made = open_issuable(Issue, secret, olivia.user, title="Treasure")
    comment(made, olivia.user, "Shiny.")
    return made


@pytest.fixture
def merge_request(dana: Program, project: Project) -> MergeRequest:
    """A merge request of the same project."""
    assert dana.user
    return open_issuable(MergeRequest, project, dana.user, title="Mend it", source_branch="mend")
