"""Invariant 3: what a claim becomes, whatever dies in between."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, connections, transaction

from monolith.namespaces.creation import create_namespace, create_project, rename
from monolith.namespaces.models import Namespace, Project
from organizations.models import Organization
from organizations.tenancy.models import OrganizationState
from routing import claims, janitor
from routing.claims import Claim, NameInvalid, NamespaceGone, OrganizationGone, PathTaken, claim, release, settle
from routing.janitor import tidy
from routing.models import Route
from routing.outcomes.conclude import ClaimDied, conclude, record_alive
from routing.outcomes.models import ClaimOutcome
from routing.tombstones import bury
from schemas.gate import MEMO, was_shut
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES)

AT_ONCE = timedelta(seconds=-1)


def _kinds() -> dict[str, str]:
    routes = Route.objects.using("routes").exclude(kind="reserved")
    return dict(routes.values_list("path", "kind"))


def _make_entity(claimed: Claim) -> Namespace:
    """The creator's own transaction."""
    with transaction.atomic(using="main"):
        entity = Namespace.objects.create(
            organization_id=claimed.organization_id, path=claimed.path, full_path=claimed.path, name="A"
        )
        record_alive(claimed, entity.pk)
    return entity


def test_it_works(ours: Organization) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    project = create_project(group, "b", name="B")
    route = Route.objects.using("routes").get(key="a")
    assert (route.kind, route.entity_type, route.entity_id, route.pod_id) == ("live", "group", group.pk, "pod_us0")
    nested = Route.objects.using("routes").get(key="a/b")
    assert (nested.kind, nested.entity_type, nested.entity_id, nested.pod_id) == ("live", "project", project.pk, None)
    assert ClaimOutcome.objects.filter(outcome="alive").count() == 2


def test_a_claim_is_there_before_the_entity(ours: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    monkeypatch.setattr("routing.outcomes.conclude.record_alive", lambda *args, **kwargs: seen.append(_kinds()))
    create_namespace(ours.pk, "a", name="A")
    assert seen == [{"a": "claim"}]


@pytest.mark.parametrize("name", ["live", "LIVE", "dead", "claimed", "admin", "Admin", "robots.txt", "-"])
def test_a_name_that_anybody_has_is_refused(ours: Organization, theirs: Organization, name: str) -> None:
    create_namespace(theirs.pk, "live", name="A")
    create_namespace(theirs.pk, "dead", name="A")
    bury("dead")
    claim("claimed", theirs.pk, "group")
    with pytest.raises((PathTaken, NameInvalid), match=r"choose another name|is not a valid path"):
        create_namespace(ours.pk, name, name="A")
    assert Namespace.objects.filter(organization_id=ours.pk).count() == 0


@pytest.mark.parametrize("path", ["", "a b", "a.git", "../a", "a//b", "a" * 1025])
def test_a_name_that_nobody_may_have_is_refused(ours: Organization, path: str) -> None:
    with pytest.raises(NameInvalid):
        claim(path, ours.pk, "group")


def test_a_deleted_organization_gets_no_names(ours: Organization) -> None:
    Organization.objects.filter(pk=ours.pk).update(state="deleted")
    with pytest.raises(OrganizationGone, match="does not exist or is deleted"):
        claim("a", ours.pk, "group")


def test_nothing_is_claimed_below_a_name_of_another_organization(ours: Organization, theirs: Organization) -> None:
    create_namespace(theirs.pk, "a", name="A")
    with pytest.raises(NamespaceGone, match="create it first"):
        claim("a/b", ours.pk, "project")


def test_nothing_is_claimed_below_a_project_a_claim_or_a_tombstone(ours: Organization) -> None:
    group = create_namespace(ours.pk, "group", name="A")
    create_project(group, "project", name="A")
    claim("claimed", ours.pk, "group")
    create_namespace(ours.pk, "dead", name="A")
    bury("dead")
    for parent in ("group/project", "claimed", "dead", "absent"):
        with pytest.raises(NamespaceGone):
            claim(f"{parent}/b", ours.pk, "project")


def test_the_creator_dies_after_the_claim(ours: Organization) -> None:
    claim("a", ours.pk, "group", lifetime=AT_ONCE)
    assert tidy("pod_us0") == Counter(released=1)
    assert _kinds() == {}
    create_namespace(ours.pk, "a", name="A")


def test_the_creator_dies_after_the_entity_is_made(ours: Organization) -> None:
    entity = _make_entity(claim("a", ours.pk, "group", lifetime=AT_ONCE))
    assert tidy("pod_us0") == Counter(settled=1)
    route = Route.objects.using("routes").get(key="a")
    assert (route.kind, route.entity_id, route.claim_key, route.expires_at) == ("live", entity.pk, None, None)


def test_the_janitor_dies_after_its_verdict(ours: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    claim("a", ours.pk, "group", lifetime=AT_ONCE)
    with monkeypatch.context() as context:
        context.setattr(claims, "release", _die)
        with pytest.raises(SystemExit):
            tidy("pod_us0")
    assert _kinds() == {"a": "claim"}
    assert tidy("pod_us0") == Counter(released=1)


def _die(*args: object, **kwargs: object) -> None:
    raise SystemExit


def test_a_creator_who_comes_after_the_janitor_makes_nothing(ours: Organization) -> None:
    claimed = claim("a", ours.pk, "group", lifetime=AT_ONCE)
    tidy("pod_us0")
    with pytest.raises(ClaimDied, match="try again"):
        _make_entity(claimed)
    assert not Namespace.objects.exists()
    assert not settle(claimed.key, 1)


def test_a_janitor_who_comes_after_the_creator_settles(ours: Organization) -> None:
    claimed = claim("a", ours.pk, "group")
    entity = _make_entity(claimed)
    assert conclude(claimed) == "alive"
    assert not settle(claimed.key, entity.pk)
    assert not release(claimed.key)
    assert _kinds() == {"a": "live"}


def test_a_name_that_died_and_was_taken_by_somebody_else_is_theirs(ours: Organization, theirs: Organization) -> None:
    claimed = claim("a", ours.pk, "group", lifetime=AT_ONCE)
    tidy("pod_us0")
    create_namespace(theirs.pk, "a", name="A")
    assert not settle(claimed.key, 1)
    assert not release(claimed.key)
    assert Route.objects.using("routes").get(key="a").organization_id == theirs.pk


def test_a_claim_in_time_is_left_alone(ours: Organization) -> None:
    claim("a", ours.pk, "group")
    assert tidy("pod_us0") == Counter()
    assert _kinds() == {"a": "claim"}


def test_a_claim_of_another_pods_organization_is_left_alone(ours: Organization) -> None:
    claim("a", ours.pk, "group", lifetime=AT_ONCE)
    assert tidy("pod_eu0") == Counter()


@pytest.mark.parametrize("state", ["incoming", "fenced", "moved"])
def test_a_pod_that_does_not_serve_the_organization_decides_nothing(ours: Organization, state: str) -> None:
    claim("a", ours.pk, "group", lifetime=AT_ONCE)
    OrganizationState.objects.filter(pk=ours.pk).update(state=state)
    assert tidy("pod_us0") == Counter(left=1)
    assert not ClaimOutcome.objects.exists()


@pytest.mark.parametrize("state", ["incoming", "fenced", "moved"])
def test_a_creator_who_hits_the_fence_gives_the_name_free_at_once(ours: Organization, state: str) -> None:
    OrganizationState.objects.filter(pk=ours.pk).update(state=state)
    with pytest.raises(OperationalError) as caught:
        create_namespace(ours.pk, "a", name="A")
    assert was_shut(caught.value)
    assert _kinds() == {}
    OrganizationState.objects.filter(pk=ours.pk).update(state="active")
    create_namespace(ours.pk, "a", name="A")
    assert _kinds() == {"a": "live"}


def test_a_renaming_that_hits_the_fence_keeps_the_old_name_and_its_redirects(ours: Organization) -> None:
    group = rename(create_namespace(ours.pk, "a", name="A"), "b")
    OrganizationState.objects.filter(pk=ours.pk).update(state="fenced")
    with connections["main"].cursor() as cursor:
        # As after a commit, of which a test has none.
        cursor.execute("SELECT set_config(%s, '', true)", [MEMO])
    for path in ("c", "a"):
        with pytest.raises(OperationalError):
            rename(group, path)
        assert _kinds() == {"a": "redirect", "b": "live"}


def test_a_creation_that_fails_gives_the_name_free_at_once(ours: Organization) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    with pytest.raises(IntegrityError):
        create_project(group, "b", name="B", visibility="nobody")
    assert _kinds() == {"a": "live"}
    assert not Project.objects.exists()


def test_a_parent_that_was_renamed_meanwhile_gets_no_child(ours: Organization) -> None:
    stale = create_namespace(ours.pk, "a", name="A")
    Namespace.objects.filter(pk=stale.pk).update(path="c", full_path="c")
    with pytest.raises(NamespaceGone, match="renamed or deleted in the meantime"):
        create_project(stale, "b", name="B")
    assert not Project.objects.exists()


def test_a_batch_is_bounded(ours: Organization) -> None:
    for number in range(5):
        claim(f"a{number}", ours.pk, "group", lifetime=AT_ONCE)
    assert [tidy("pod_us0", limit=2)["released"] for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("state", ["incoming", "fenced", "moved"])
def test_outcomes_of_what_is_not_served_here_are_kept(ours: Organization, theirs: Organization, state: str) -> None:
    for organization in (ours, theirs):
        create_namespace(organization.pk, organization.path, name="A")
    ClaimOutcome.objects.update(created_at="2020-01-01T00:00:00Z")
    OrganizationState.objects.filter(pk=ours.pk).update(state=state)
    assert tidy("pod_us0")["forgotten"] == 1
    assert ClaimOutcome.objects.get().organization_id == ours.pk


def test_a_step_that_hits_a_fence_keeps_no_other_from_its_work(
    ours: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim("a", ours.pk, "group", lifetime=AT_ONCE)
    OrganizationState.objects.filter(pk=ours.pk).update(state="fenced")

    def hit(pod: str, limit: int) -> dict[str, int]:
        with transaction.atomic(using="main"):
            Namespace.objects.create(organization_id=ours.pk, path="x", full_path="x", name="X")
        return {}

    monkeypatch.setattr(janitor, "_steps", [hit, *janitor._steps])
    assert tidy("pod_us0") == Counter(left=1)


def test_old_outcomes_are_forgotten_and_open_ones_kept(ours: Organization) -> None:
    create_namespace(ours.pk, "a", name="A")
    _make_entity(claim("b", ours.pk, "group"))
    recent = tidy("pod_us0")
    ClaimOutcome.objects.update(created_at="2020-01-01T00:00:00Z")
    assert (recent["forgotten"], tidy("pod_us0")["forgotten"]) == (0, 1)
    assert ClaimOutcome.objects.get().claim_key == Route.objects.using("routes").get(key="b").claim_key
