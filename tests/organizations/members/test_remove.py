from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory

from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember
from organizations.members.models import Membership
from organizations.members.roles import end_membership
from organizations.models import Organization
from pods.middleware.failures import DatabaseFailuresMiddleware
from schemas.positions import announced, expect
from tests.cast import belong, person, signed_in
from tests.databases import ALIASES
from tests.organizations.conftest import PAGE
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)


def remove(browser: Client, user: User) -> Any:
    return browser.post(f"{PAGE}/{user.pk}/remove")


def is_member(user: User) -> bool:
    return Membership.objects.using("users").filter(user=user).exists()


def home_of(user: User) -> int:
    return User.objects.using("users").get(pk=user.pk).default_organization_id


def invite_to_group(user: User, organization: Organization) -> None:
    rows = {"organization_id": organization.pk}
    group = Namespace.objects.create(path="group", full_path="group", name="Group", **rows)
    project = Project.objects.create(namespace=group, path="a", full_path="group/a", name="A", **rows)
    NamespaceMember.objects.create(namespace=group, user_id=user.pk, role="owner", **rows)
    ProjectMember.objects.create(project=project, user_id=user.pk, role="developer", **rows)


def test_it_works(mia: User, max_: User) -> None:
    browser = signed_in(mia)
    assert "Remove max" in browser.get(f"{PAGE}/{max_.pk}/remove").content.decode()
    answer = remove(browser, max_)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert not is_member(max_)
    assert signed_in(max_).get(PAGE).status_code == 404


def test_members_may_leave(mia: User, max_: User) -> None:
    browser = signed_in(max_)
    assert "Leave My-Organization" in browser.get(f"{PAGE}/{max_.pk}/remove").content.decode()
    answer = remove(browser, max_)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not is_member(max_)


def test_who_loses_their_default_organization_falls_back_to_gitlab_com_public(mia: User, max_: User) -> None:
    remove(signed_in(max_), max_)
    assert home_of(max_) == 1
    assert signed_in(max_).get("/")["Location"] == "/dashboard"


def test_another_default_organization_is_kept(
    mia: User, max_: User, organization: Organization, other_organization: Organization
) -> None:
    User.objects.using("users").filter(pk=max_.pk).update(default_organization_id=other_organization.pk)
    remove(signed_in(mia), max_)
    assert home_of(max_) == other_organization.pk


def test_who_leaves_one_organization_stays_in_the_others(
    mia: User, max_: User, organization: Organization, other_organization: Organization
) -> None:
    belong(max_, other_organization, "guest")
    remove(signed_in(max_), max_)
    left = Membership.objects.using("users").filter(user=max_).values_list("organization_id", "role")
    assert list(left) == [(other_organization.pk, "guest")]
    assert Membership.objects.using("users").filter(organization_id=organization.pk).get().user == mia


def test_what_they_were_members_of_in_it_is_lost_too(mia: User, max_: User, organization: Organization) -> None:
    invite_to_group(max_, organization)
    remove(signed_in(mia), max_)
    assert not NamespaceMember.objects.exists()
    assert not ProjectMember.objects.exists()


def test_the_last_owner_cannot_leave(mia: User, max_: User, organization: Organization) -> None:
    invite_to_group(mia, organization)
    answer = remove(signed_in(mia), mia)
    assert answer.status_code == 422
    assert "at least one owner" in answer.content.decode()
    assert is_member(mia)
    assert home_of(mia) == organization.pk
    assert NamespaceMember.objects.exists()


def test_an_owner_may_leave_when_there_is_another(mia: User, organization: Organization) -> None:
    belong(person("eva"), organization, "owner")
    assert remove(signed_in(mia), mia).status_code == 302


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM memberships WHERE role = 'owner'",
        "DELETE FROM memberships",
        "UPDATE memberships SET role = 'guest'",
        "UPDATE memberships SET organization_id = 1",
    ],
)
def test_the_database_refuses_whatever_leaves_no_owner(mia: User, max_: User, statement: str) -> None:
    with (
        pytest.raises(IntegrityError, match="last owner") as caught,
        transaction.atomic(using="users"),
        connections["users"].cursor() as cursor,
    ):
        cursor.execute(statement)
    assert caught.value.__cause__.diag.constraint_name == "memberships_keep_an_owner"  # type: ignore[union-attr]


def test_the_last_owner_cannot_be_deleted(mia: User) -> None:
    with pytest.raises(IntegrityError, match="last owner"), transaction.atomic(using="users"):
        mia.delete(using="users")


def test_an_owner_who_was_deactivated_does_not_count(mia: User, organization: Organization) -> None:
    belong(person("eva", is_active=False), organization, "owner")
    answer = remove(signed_in(mia), mia)
    assert answer.status_code == 422
    assert is_member(mia)


@pytest.mark.parametrize(
    ("path", "said"), [("/somewhere", "<h1>Nothing was changed</h1>"), ("/api/v4/somewhere", "409")]
)
def test_whatever_page_meets_the_refusal_says_so(mia: User, rf: RequestFactory, path: str, said: str) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic(using="users"):
        mia.delete(using="users")
    middleware = DatabaseFailuresMiddleware(lambda request: HttpResponse())
    answer = middleware.process_exception(rf.post(path), refused.value)
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 409
    assert said in answer.text
    assert "Make another member an owner first." in answer.text
    assert middleware.process_exception(rf.post(path), IntegrityError("another")) is None


def test_a_second_time_it_is_not_there(mia: User, max_: User) -> None:
    browser = signed_in(mia)
    remove(browser, max_)
    assert remove(browser, max_).status_code == 404


def test_members_remove_nobody_else(mia: User, max_: User) -> None:
    assert remove(signed_in(max_), mia).status_code == 403
    assert is_member(mia)


def test_members_of_another_organization_are_out_of_reach(mia: User, other_organization: Organization) -> None:
    alice = person("alice")
    belong(alice, other_organization)
    assert remove(signed_in(mia), alice).status_code == 404
    assert is_member(alice)


def test_it_requires_login(client: Client, mia: User) -> None:
    assert remove(client, mia).status_code == 302
    assert is_member(mia)


def test_it_is_over_on_all_pods_when_the_answer_arrives(mia: User, max_: User, organization: Organization) -> None:
    expect({})
    end_membership(organization.pk, max_.pk)
    assert "users" in announced()
