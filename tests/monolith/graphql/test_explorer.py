"""The page to try queries: its examples work, and it loads nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client

from monolith.graphql.explorer import EXAMPLES, Example
from monolith.graphql.gid import gid
from monolith.work.models import Issue
from organizations.models import Organization
from tests.cast import signed_in
from tests.databases import ALIASES
from tests.monolith.api.conftest import Program
from tests.monolith.graphql.conftest import ask

pytestmark = pytest.mark.django_db(databases=ALIASES)

PAGE = "/-/graphql-explorer"


def test_it_sends_queries_to_the_organization_of_whoever_looks(dana: Program, acme: Organization) -> None:
    assert dana.user
    for client in (signed_in(dana.user), Client()):
        assert 'data-graphql="/api/graphql"' in client.get(PAGE).text
    assert ask(dana, "{ organization { path } }", "/api/graphql") == {"organization": {"path": "acme"}}


def test_it_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get(PAGE)
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert "://" not in page.text.replace("gid://", "").replace("http://testserver", "")


def test_it_has_the_schema_unless_that_is_kept(client: Client, steer: Callable[..., None]) -> None:
    assert "type Query {" in client.get(PAGE).text
    steer(graphql_introspection=False)
    assert "type Query {" not in client.get(PAGE).text


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_each_example_works(dana: Program, issue: Issue, example: Example) -> None:
    variables = json.loads(example.variables or "{}")
    if "input" in variables:
        variables["input"]["noteableId"] = gid(issue)
    assert ask(dana, example.query, **variables)
