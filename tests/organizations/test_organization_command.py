from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from admin_settings.changes import Actor, Change, save
from admin_settings.in_force import in_force, put_in_force
from organizations.models import Organization
from schemas.identity import this_topology
from tests.databases import ALIASES
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES)


def create(*arguments: str) -> str:
    said = StringIO()
    call_command("organization", "create", *arguments, stdout=said)
    return said.getvalue()


def test_it_works(newcomer: User) -> None:
    said = create("acme", "--name", "Acme", "--owner", "newcomer", "--pod", "pod_eu1", "--home")
    assert "/organizations/acme was created on pod_eu1" in said
    made = Organization.objects.using("routes").get(path="acme")
    assert (made.name, made.pod_id, made.creator_id, made.is_home_of_creator) == ("Acme", "pod_eu1", newcomer.pk, True)


def test_a_pod_may_be_named_by_its_alias(newcomer: User) -> None:
    assert "pod_us0" in create("acme", "--owner", "newcomer", "--pod", "pod_0")


def test_a_region_may_be_named_instead(newcomer: User) -> None:
    assert "pod_eu0" in create("acme", "--owner", "newcomer", "--region", "eu")
    assert "pod_us1" in create("more", "--owner", "Newcomer")


def test_it_follows_the_settings_of_the_region(newcomer: User) -> None:
    actor = Actor("root", newcomer.pk)
    policy = [Change("placement_policy", "pod", "pod_eu0"), Change("placement_pod", "pod_us1", "pod_eu0")]
    save([*policy, Change("placement_closed", ["pod_us1"], "pod_us0")], actor, this_topology())
    before = in_force()
    try:
        assert "pod_us1" in create("acme", "--owner", "newcomer", "--region", "eu")
        assert "pod_us0" in create("more", "--owner", "newcomer", "--region", "us")
    finally:
        put_in_force(before)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acme", "--owner", "nobody"], "there is no user 'nobody'"),
        (["acme", "--owner", "newcomer", "--pod", "pod_nope"], "pod_us0"),
        (["acme", "--owner", "newcomer", "--region", "mars"], "eu"),
        (["gitlab-com-public", "--owner", "newcomer"], "choose another path"),
        (["a b", "--owner", "newcomer"], "is not a valid path"),
    ],
)
def test_it_says_what_is_wrong(newcomer: User, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        create(*arguments)
    assert Organization.objects.using("routes").count() == 1
