"""Whatever dies while an organization is made, it is made in the end, or never was."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import OperationalError

from organizations import founding
from organizations.founding import OrganizationPathTaken, finish, finish_organizations, found
from organizations.members.models import Membership
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from routing.claims import OrganizationGone, claim
from routing.janitor import tidy
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)

POINTS = [
    "organizations.founding._give_to",
    "django.db.models.query.QuerySet.bulk_create",
    "organizations.models.Organization.save",
]


class Killed(BaseException):
    """As little as of kill -9, nobody takes notice of it."""


def _die(*args: object, **kwargs: object) -> None:
    raise Killed


def make(creator: User, path: str = "made", pod: str = "pod_us0", *, home: bool = False) -> Organization:
    return found(path, "Made", pod, creator_id=creator.pk, home=home)


def state_of(organization: Organization) -> str:
    return Organization.objects.using("routes").get(pk=organization.pk).state


def is_complete(organization: Organization, owner: User) -> bool:
    owners = Membership.objects.using("users").filter(organization_id=organization.pk, user=owner, role="owner")
    served = OrganizationState.objects.filter(pk=organization.pk, state="active", epoch=1)
    return state_of(organization) == "active" and owners.count() == 1 and served.count() == 1


def test_it_works(newcomer: User) -> None:
    made = make(newcomer)
    assert finish(made.pk, "pod_us0")
    assert is_complete(made, newcomer)


def test_finishing_again_changes_nothing(newcomer: User) -> None:
    made = make(newcomer, home=True)
    finish(made.pk, "pod_us0")
    User.objects.using("users").update(default_organization_id=1)
    assert not finish(made.pk, "pod_us0")
    assert User.objects.using("users").get().default_organization_id == 1


@pytest.mark.parametrize("point", POINTS)
def test_the_pod_is_killed_and_its_janitor_goes_on(newcomer: User, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(newcomer, home=True)
    with monkeypatch.context() as context:
        context.setattr(point, _die)
        with pytest.raises(Killed):
            finish(made.pk, "pod_us0")
    assert state_of(made) == "creating"
    assert tidy("pod_us0") == Counter(finished=1)
    assert is_complete(made, newcomer)
    assert User.objects.using("users").get().default_organization_id == made.pk
    assert tidy("pod_us0") == Counter()


def test_the_creators_pod_is_killed_and_the_janitor_makes_all_of_it(newcomer: User) -> None:
    made = make(newcomer)
    assert tidy("pod_us0") == Counter(finished=1)
    assert is_complete(made, newcomer)


def test_another_pod_leaves_it_alone(newcomer: User) -> None:
    made = make(newcomer, pod="pod_eu0")
    assert not finish(made.pk, "pod_us0")
    assert tidy("pod_us0") == Counter()
    assert state_of(made) == "creating"


def test_nothing_is_made_in_it_before_it_is_finished(newcomer: User) -> None:
    with pytest.raises(OrganizationGone):
        claim("a", make(newcomer).pk, "group")


def test_one_that_fails_does_not_keep_others_from_being_finished(
    newcomer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make(newcomer, "first"), make(newcomer, "second")
    give = founding._give_to

    def fail_once(organization: Organization, creator_id: int) -> bool:
        if organization.pk == first.pk:
            raise OperationalError("the database is busy")
        return give(organization, creator_id)

    monkeypatch.setattr(founding, "_give_to", fail_once)
    assert finish_organizations("pod_us0", 10) == {"finished": 1}
    assert (state_of(first), state_of(second)) == ("creating", "active")


def test_a_batch_is_bounded(newcomer: User) -> None:
    for number in range(3):
        make(newcomer, f"made-{number}")
    assert [finish_organizations("pod_us0", 2)["finished"] for _ in range(3)] == [2, 1, 0]


def test_one_whose_creator_is_gone_is_deleted(newcomer: User) -> None:
    made = make(newcomer)
    newcomer.delete()
    assert finish(made.pk, "pod_us0")
    assert state_of(made) == "deleted"
    assert not OrganizationState.objects.filter(pk=made.pk).exists()


def test_a_path_is_taken_once_in_any_case(newcomer: User) -> None:
    make(newcomer, "made")
    with pytest.raises(OrganizationPathTaken, match="choose another path"):
        make(newcomer, "Made")
