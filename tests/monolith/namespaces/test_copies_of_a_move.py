"""Rows of an organization that is coming or has gone are not to be seen, whoever asks and however."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from monolith.ci.models import Runner
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from monolith.work.models import Issue, Todo
from organizations.members.viewer import viewer_of
from organizations.models import Organization
from organizations.tenancy.models import DepartedId, OrganizationState
from organizations.tenancy.presence import admitted_for, organization_of, present
from organizations.tenancy.serving import Serving, serving_name
from routing.classify import classify
from routing.learn import learn, located, models_by_birth
from routing.paths import parse_bytes
from tests.cast import make_person, signed_in
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

COPIES = ("incoming", "moved")
Put = Callable[[str], None]


@pytest.fixture
def administrator() -> User:
    person = make_person("root")
    User.objects.using("users").filter(pk=person.pk).update(is_superuser=True, is_staff=True)
    person.refresh_from_db()
    return person


@pytest.fixture
def put(acme: Organization, project: Project) -> Put:
    def to(state: str) -> None:
        for schema in ("main", "ci"):
            OrganizationState.objects.using(schema).filter(pk=acme.pk).update(state=state)

    return to


def seen(person: User) -> tuple[set[str], set[str]]:
    viewer = viewer_of(person)
    return (
        set(visible_projects(viewer).values_list("full_path", flat=True)),
        set(visible_namespaces(viewer).values_list("full_path", flat=True)),
    )


@pytest.mark.parametrize("state", COPIES)
def test_nobody_sees_them(administrator: User, acme: Organization, put: Put, state: str) -> None:
    owner = make_person("omar", acme, "owner")
    assert seen(owner) == seen(administrator) == ({"tools/hammer"}, {"tools"})
    put(state)
    assert seen(owner) == seen(administrator) == (set(), set())


def test_what_is_fenced_is_read_on(administrator: User, put: Put) -> None:
    put("fenced")
    assert seen(administrator) == ({"tools/hammer"}, {"tools"})


def test_a_request_that_was_admitted_ends_as_it_began(administrator: User, acme: Organization, put: Put) -> None:
    put("moved")
    with admitted_for(acme.pk):
        assert seen(administrator) == ({"tools/hammer"}, {"tools"})
        with admitted_for(acme.pk + 1):
            assert seen(administrator) == (set(), set())
        with admitted_for(None):
            assert seen(administrator) == (set(), set())
    assert seen(administrator) == (set(), set())


@pytest.mark.parametrize("state", COPIES)
def test_rows_of_ci_are_no_exception(acme: Organization, rivals: Organization, put: Put, state: str) -> None:
    for organization in (acme, rivals):
        Runner.objects.create(organization_id=organization.pk, description=organization.path)
    put(state)
    assert [runner.description for runner in present(Runner.objects.all())] == ["rivals"]


@pytest.mark.parametrize("state", COPIES)
def test_lists_of_the_admin_area_leave_them_out(
    administrator: User, acme: Organization, project: Project, put: Put, state: str
) -> None:
    browser = signed_in(administrator, confirmed=True)
    runner = Runner.objects.create(organization_id=acme.pk, description="turbine")
    addresses = {
        "projects": (project.pk, "tools/hammer"),
        "groups": (project.namespace_id, "tools"),
        "runners": (runner.pk, "turbine"),
    }
    put("fenced")
    assert all(name in listed(browser, each) for each, (_, name) in addresses.items())
    put(state)
    for each, (number, name) in addresses.items():
        assert name not in listed(browser, each)
        assert browser.get(f"/admin/pods/pod_us0/{each}/{number}").status_code == 404


def listed(browser: Client, what: str) -> str:
    answer = browser.get(f"/admin/pods/pod_us0/{what}")
    assert answer.status_code == 200, answer.content
    text: str = answer.content.decode()
    return text.partition("<main")[2]


def test_a_name_may_lie_here_twice_and_leads_to_the_one_that_is_served(
    administrator: User, rivals: Organization, project: Project, put: Put
) -> None:
    put("moved")
    again = Namespace.objects.create(organization_id=rivals.pk, path="Tools", full_path="Tools", name="theirs")
    Project.objects.create(
        organization_id=rivals.pk, namespace=again, path="hammer", full_path="Tools/hammer", name="theirs"
    )
    assert seen(administrator) == ({"Tools/hammer"}, {"Tools"})
    assert serving_name("tools") is Serving.ACTIVE
    OrganizationState.objects.filter(pk=rivals.pk).update(state="fenced")
    assert serving_name("tools") is not Serving.ACTIVE
    OrganizationState.objects.filter(pk=rivals.pk).update(state="active")
    with pytest.raises(IntegrityError, match="namespaces_full_path"), transaction.atomic(using="main"):
        Namespace.objects.create(organization_id=rivals.pk, path="tools", full_path="tools", name="once more")


class TestIdsByBirth:
    @pytest.fixture
    def todo(self, acme: Organization, project: Project) -> Todo:
        issue = Issue.objects.create(organization_id=acme.pk, project=project, iid=1, title="t", author_id=1)
        return Todo.objects.create(organization_id=acme.pk, user_id=1, issue=issue)

    def answer(self, number: object) -> Any:
        return located(learn(parse_bytes(f"/api/v4/todos/{number}/mark_as_done".encode())))

    def test_a_row_is_where_its_organization_is(self, acme: Organization, todo: Todo) -> None:
        assert (self.answer(todo.pk).pod, self.answer(todo.pk).epoch) == ("pod_us0", 1)
        Organization.objects.filter(pk=acme.pk).update(pod_id="pod_eu0", epoch=2)
        found = self.answer(todo.pk)
        assert (found.pod, found.epoch, found.organization_id) == ("pod_eu0", 2, acme.pk)
        assert found.path == f"/api/v4/todos/{todo.pk}"

    def test_also_when_the_row_is_gone(self, acme: Organization, todo: Todo) -> None:
        Organization.objects.filter(pk=acme.pk).update(pod_id="pod_eu0", epoch=2)
        DepartedId.objects.create(kind="todos", row_id=todo.pk, organization_id=acme.pk)
        Todo.objects.filter(pk=todo.pk).delete()
        assert (self.answer(todo.pk).pod, self.answer(todo.pk).epoch) == ("pod_eu0", 2)
        # Another table's id of the same number is another thing.
        assert organization_of(Issue, todo.pk + 1_000_000) is None

    @pytest.mark.parametrize("number", ["0", "99999999", "9" * 30, "x", "7.json"])
    def test_what_never_was_is_where_it_would_have_been_born(self, number: str) -> None:
        assert self.answer(number) == learn(parse_bytes(f"/api/v4/todos/{number}/mark_as_done".encode()))

    def test_a_deleted_organization_has_no_pod(self, acme: Organization, todo: Todo) -> None:
        Organization.objects.filter(pk=acme.pk).update(state="deleted")
        assert self.answer(todo.pk).organization_id is None

    def test_a_pod_remembers_the_ids_of_these_tables(self) -> None:
        assert {model._meta.db_table for model in models_by_birth()} >= {"todos", "jobs", "notes"}
        assert classify(parse_bytes(b"/api/v4/todos/7")).declaration.model == "work.Todo"
