"""The number of an issue or a merge request within its project, whatever became of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from monolith.namespaces.models import Namespace, Project
from monolith.work.issuables import delete_issuable, open_issuable
from monolith.work.models import Issue, MergeRequest
from organizations.models import Organization
from tests.databases import ALIASES
from tests.invariants.conftest import Refuses, Sql
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

KINDS = pytest.mark.parametrize("model", [Issue, MergeRequest])


@pytest.fixture
def project(ours: Organization) -> Project:
    group = Namespace.objects.create(organization_id=ours.pk, path="a", full_path="a", name="A")
    return Project.objects.create(organization_id=ours.pk, namespace=group, path="b", full_path="a/b", name="B")


@pytest.fixture
def author() -> User:
    return User.objects.create_user("author")


@KINDS
def test_a_deleted_number_is_not_given_again(
    project: Project, author: User, refuses: Refuses, model: type[Issue] | type[MergeRequest]
) -> None:
    made = [open_issuable(model, project, author, title="x") for _ in range(2)]
    delete_issuable(project, made[1])
    assert open_issuable(model, project, author, title="x").iid == 3
    for given in (1, 2, 3):
        with refuses("main", f"{model._meta.db_table}_number_is_new"):
            model._default_manager.create(
                organization_id=project.organization_id, project=project, author_id=author.pk, iid=given, title="x"
            )


@KINDS
def test_a_number_stays(
    project: Project, author: User, refuses: Refuses, sql: Sql, model: type[Issue] | type[MergeRequest]
) -> None:
    open_issuable(model, project, author, title="x")
    table = model._meta.db_table
    with refuses("main", f"{table}_number_stays"):
        sql("main", f"UPDATE {table} SET iid = 7")


@pytest.mark.parametrize("column", ["last_issue", "last_merge_request"])
def test_the_last_number_does_not_shrink(project: Project, refuses: Refuses, sql: Sql, column: str) -> None:
    sql("main", f"UPDATE projects SET {column} = 5")
    with refuses("main", "projects_numbers_grow"):
        sql("main", f"UPDATE projects SET {column} = 4")


def test_issues_and_merge_requests_are_numbered_each_for_themselves(project: Project, author: User) -> None:
    assert [open_issuable(model, project, author, title="x").iid for model in (Issue, MergeRequest, Issue)] == [1, 1, 2]


def test_a_project_that_is_not_there_is_refused_as_before(ours: Organization, refuses: Refuses) -> None:
    with refuses("main", "issues_project_is_of_the_organization"):
        Issue.objects.create(organization_id=ours.pk, project_id=2**40, author_id=1, iid=1, title="x")


@pytest.mark.django_db(databases=ALIASES, transaction=True)
def test_many_at_a_time_get_a_number_each(project: Project, author: User) -> None:
    def opened(title: str) -> int:
        try:
            return open_issuable(Issue, project, author, title=title).iid
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(opened, "abcdefghijkl")) == list(range(1, 13))
