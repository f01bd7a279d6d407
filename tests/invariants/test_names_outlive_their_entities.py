"""Invariant 2 over time: renamed names redirect, deleted ones are tombstones for days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from monolith.namespaces.creation import create_namespace, create_project, rename
from monolith.namespaces.models import Namespace, Project
from organizations.models import Organization
from routing.claims import NameInvalid, PathTaken, claim, settle
from routing.janitor import tidy
from routing.models import Route
from routing.tombstones import bury, free_names
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)


@pytest.fixture
def group(ours: Organization) -> Namespace:
    """The group `old` with the project `old/p`, the subgroup `old/s` and the project `old/s/q`."""
    group = create_namespace(ours.pk, "old", name="G")
    create_project(group, "p", name="P")
    create_project(create_namespace(ours.pk, "s", parent=group, name="S"), "q", name="Q")
    return group


def _names() -> dict[str, str]:
    """Path to kind, or for a redirect to where it leads."""
    routes = Route.objects.using("routes").exclude(kind="reserved").select_related("redirects_to")
    return {route.path: f"→ {route.redirects_to.path}" if route.redirects_to else route.kind for route in routes}


def test_a_renamed_group_redirects_and_takes_all_below_it_along(group: Namespace) -> None:
    rename(group, "new")
    assert _names() == {"old": "→ new", "new": "live", "new/p": "live", "new/s": "live", "new/s/q": "live"}
    assert set(Namespace.objects.values_list("full_path", flat=True)) == {"new", "new/s"}
    assert set(Project.objects.values_list("full_path", flat=True)) == {"new/p", "new/s/q"}


def test_a_renamed_subgroup_redirects_below_its_group(group: Namespace) -> None:
    rename(Namespace.objects.get(full_path="old/s"), "t")
    assert _names() == {"old": "live", "old/p": "live", "old/s": "→ old/t", "old/t": "live", "old/t/q": "live"}


def test_a_renamed_project_redirects(group: Namespace) -> None:
    project = rename(Project.objects.get(full_path="old/p"), "r")
    assert project.full_path == "old/r"
    assert _names() == {"old": "live", "old/p": "→ old/r", "old/r": "live", "old/s": "live", "old/s/q": "live"}


def test_how_long_a_deleted_name_rests_is_a_setting(group: Namespace, steer: Callable[..., None]) -> None:
    steer(tombstone_days=30)
    bury("old/p")
    left = Route.objects.using("routes").get(key="old/p").expires_at
    assert left is not None
    assert abs(left - timezone.now() - timedelta(days=30)) < timedelta(hours=1)


def test_redirects_never_lead_to_redirects(group: Namespace) -> None:
    rename(rename(group, "new"), "newest")
    assert {path: leads for path, leads in _names().items() if "/" not in path} == {
        "old": "→ newest",
        "new": "→ newest",
        "newest": "live",
    }


def test_a_group_may_have_its_old_name_back(group: Namespace) -> None:
    rename(rename(group, "new"), "old")
    assert _names() == {"new": "→ old", "old": "live", "old/p": "live", "old/s": "live", "old/s/q": "live"}


def test_a_name_keeps_its_entity_when_taking_back_an_old_name_fails(group: Namespace, ours: Organization) -> None:
    rename(group, "new")
    claim("old", ours.pk, "group", entity_id=group.pk, lifetime=timedelta(seconds=-1))
    assert tidy("pod_us0") == Counter(released=1)
    assert _names()["old"] == "→ new"


def test_nobody_else_gets_an_old_name(group: Namespace, ours: Organization, theirs: Organization) -> None:
    rename(group, "new")
    for organization in (ours, theirs):
        with pytest.raises(PathTaken):
            create_namespace(organization.pk, "old", name="A")
    other = create_namespace(ours.pk, "other", name="A")
    with pytest.raises(PathTaken):
        rename(other, "old")


def test_a_rename_that_died_after_its_commit_is_finished_by_the_janitor(
    group: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        context.setattr("routing.claims.settle", _die)
        with pytest.raises(SystemExit):
            rename(group, "new")
    assert _names()["new"] == "claim"
    Route.objects.filter(kind="claim").update(expires_at="2020-01-01T00:00:00Z")
    assert tidy("pod_us0") == Counter(settled=1)
    assert _names() == {"old": "→ new", "new": "live", "new/p": "live", "new/s": "live", "new/s/q": "live"}


def _die(*args: object, **kwargs: object) -> None:
    raise SystemExit


def test_a_project_that_is_being_made_while_its_group_is_renamed_goes_along(
    group: Namespace, ours: Organization
) -> None:
    claimed = claim("old/r", ours.pk, "project")
    rename(group, "new")
    assert _names()["new/r"] == "claim"
    settle(claimed.key, 99)
    assert _names()["new/r"] == "live"


def test_a_namespace_cannot_be_moved_into_itself(group: Namespace, ours: Organization) -> None:
    with pytest.raises(NameInvalid, match="into itself"):
        claim("old/s/old", ours.pk, "group", entity_id=group.pk)


def test_a_rename_that_changes_only_case_keeps_the_name_and_leaves_no_redirect(group: Namespace) -> None:
    before = _names()
    assert rename(group, "OLD").full_path == "OLD"
    after = _names()
    assert {path.lower(): kind for path, kind in after.items()} == before
    assert {path.partition("/")[0] for path in after} == {"OLD"}


def test_a_deleted_group_is_buried_with_all_below_it_and_all_that_led_to_it(group: Namespace) -> None:
    rename(group, "new")
    assert bury("new") == 5
    assert set(_names().values()) == {"tombstone"}
    assert set(_names()) == {"old", "new", "new/p", "new/s", "new/s/q"}
    assert bury("new") == 0


def test_a_claim_below_a_buried_group_can_not_be_settled(group: Namespace, ours: Organization) -> None:
    claimed = claim("old/r", ours.pk, "project")
    bury("old")
    assert not settle(claimed.key, 99)
    assert _names()["old/r"] == "tombstone"


def test_a_buried_name_is_not_given_away_for_days(group: Namespace, theirs: Organization) -> None:
    bury("old")
    assert free_names("pod_us0", 100) == 0
    with pytest.raises(PathTaken):
        create_namespace(theirs.pk, "old", name="A")


def test_a_name_whose_days_are_over_is_free(group: Namespace, theirs: Organization) -> None:
    bury("old", days=-1)
    # Each round frees what has nothing below it.
    assert [free_names("pod_us0", 100) for _ in range(4)] == [2, 1, 1, 0]
    claim("old", theirs.pk, "group")


def test_a_name_outlives_every_name_below_it(group: Namespace) -> None:
    bury("old", days=-1)
    Route.objects.filter(path="old/s/q").update(expires_at="2100-01-01T00:00:00Z")
    assert [free_names("pod_us0", 100) for _ in range(2)] == [1, 0]
    assert set(_names()) == {"old", "old/s", "old/s/q"}


def test_names_of_another_pods_organizations_are_left_alone(group: Namespace) -> None:
    bury("old", days=-1)
    assert free_names("pod_eu0", 100) == 0
