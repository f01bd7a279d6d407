"""Two at a time, on connections of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from organizations.founding import OrganizationPathTaken, finish, found
from organizations.members.exceptions import LastOwner
from organizations.members.invitations import InvitationClosed, accept, revoke
from organizations.members.models import Invitation, Membership
from organizations.members.roles import change_role, end_membership
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from tests.cast import belong, person
from tests.databases import ALIASES
from users.models import User
from users.revocation import OnlyOwner, deactivate_oneself

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

ROUNDS = 10

Work = Callable[[], Any]
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def at_once() -> Iterator[AtOnce]:
    """Run things at the same moment; what each returned or raised."""
    with ThreadPoolExecutor() as pool:

        def run(*works: Work) -> list[Any]:
            barrier = Barrier(len(works))

            def alone(work: Work) -> Any:
                try:
                    barrier.wait(20)
                    return work()
                finally:
                    connections.close_all()

            started: list[Future[Any]] = [pool.submit(alone, work) for work in works]
            return [each.exception(30) or each.result() for each in started]

        yield run


def owners(organization: Organization) -> int:
    return Membership.objects.using("users").filter(organization_id=organization.pk, role="owner").count()


@pytest.mark.parametrize("way", ["leave", "step back", "one of each", "throw each other out"])
def test_two_owners_go_at_the_same_moment_and_one_stays(organization: Organization, at_once: AtOnce, way: str) -> None:
    for number in range(ROUNDS):
        Membership.objects.using("users").exclude(role="owner").delete()
        first, second = person(f"first-{number}"), person(f"second-{number}")
        for user in (first, second):
            belong(user, organization, "owner")
        Membership.objects.using("users").exclude(user__in=[first, second]).delete()
        went = at_once(*_going(way, organization.pk, first, second))
        assert [type(each) for each in went].count(LastOwner) == 1, went
        assert owners(organization) == 1


def _going(way: str, organization_id: int, first: User, second: User) -> list[Work]:
    def leave(user: User) -> Work:
        return lambda: end_membership(organization_id, user.pk)

    def step_back(user: User) -> Work:
        return lambda: change_role(organization_id, user.pk, "member")

    return {
        "leave": [leave(first), leave(second)],
        "step back": [step_back(first), step_back(second)],
        "one of each": [leave(first), step_back(second)],
        "throw each other out": [leave(second), leave(first)],
    }[way]


@pytest.mark.parametrize("also", ["deactivate", "leave"])
def test_of_two_owners_one_stays_who_is_active(organization: Organization, at_once: AtOnce, also: str) -> None:
    first, second = person("first"), person("second")
    for _ in range(ROUNDS):
        for user in (first, second):
            User.objects.using("users").filter(pk=user.pk).update(is_active=True)
            user.refresh_from_db(using="users")
            Membership.objects.using("users").get_or_create(
                user=user, organization_id=organization.pk, defaults={"role": "owner"}
            )
        ways: dict[str, Work] = {
            "deactivate": lambda: deactivate_oneself(second),
            "leave": lambda: end_membership(organization.pk, second.pk),
        }
        went = at_once(lambda: deactivate_oneself(first), ways[also])
        assert sum(isinstance(each, OnlyOwner | LastOwner) for each in went) == 1, went
        active = Membership.objects.using("users").filter(organization_id=organization.pk, user__is_active=True)
        assert active.count() == 1


def _invitation(organization: Organization, number: int) -> Invitation:
    now = timezone.now()
    return Invitation.objects.using("users").create(
        organization_id=organization.pk,
        email=f"{number}@example.com",
        role="member",
        sent_at=now,
        expires_at=now + timedelta(days=1),
    )


def test_two_people_accept_one_invitation_and_one_joins(organization: Organization, at_once: AtOnce) -> None:
    for number in range(ROUNDS):
        invitation = _invitation(organization, number)
        users = [person(f"first-{number}"), person(f"second-{number}")]
        answers = at_once(*[lambda user=user, key=invitation.pk: accept(key, user) for user in users])
        assert [type(each) for each in answers].count(InvitationClosed) == 1
        assert Membership.objects.using("users").filter(user__in=users).count() == 1


def test_an_invitation_is_accepted_or_taken_back_never_both(organization: Organization, at_once: AtOnce) -> None:
    for number in range(ROUNDS):
        invitation, user = _invitation(organization, number), person(f"user-{number}")
        accepted, taken_back = at_once(
            lambda key=invitation.pk, user=user: accept(key, user),
            lambda key=invitation.pk: revoke(organization.pk, key),
        )
        assert isinstance(accepted, InvitationClosed) == taken_back
        assert Membership.objects.using("users").filter(user=user).exists() != taken_back


def test_two_people_want_one_path_and_one_gets_it(at_once: AtOnce) -> None:
    users = [person("first"), person("second")]
    for number in range(ROUNDS):
        answers = at_once(
            *[
                lambda user=user, number=number: found(f"path-{number}", "A", "pod_us0", creator_id=user.pk)
                for user in users
            ]
        )
        assert {type(each) for each in answers} == {Organization, OrganizationPathTaken}


def test_a_request_and_the_janitor_finish_it_once(at_once: AtOnce) -> None:
    creator = person("creator")
    for number in range(ROUNDS):
        made = found(f"path-{number}", "A", "pod_us0", creator_id=creator.pk, home=True)
        answers = at_once(*[lambda key=made.pk: finish(key, "pod_us0")] * 2)
        assert sorted(answers) == [False, True]
        assert owners(made) == OrganizationState.objects.filter(pk=made.pk).count() == 1
