"""Creating, transferring and deleting while a database fails, or while somebody else does something at that moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from monolith.namespaces.creation import create_namespace, create_project, rename, transfer
from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Namespace, Project
from monolith.work.issuables import change, open_issuable
from monolith.work.models import Issue
from organizations.models import Organization
from routing import claims
from routing.claims import ClaimError, NamespaceGone, PathTaken
from routing.janitor import tidy
from routing.models import Route
from routing.outcomes import burials, conclude
from routing.outcomes.conclude import record_alive
from routing.outcomes.models import Burial
from tests.cast import make_organization, make_person
from tests.databases import ALIASES, waiting
from tests.running_cluster import eventually

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

Start = Callable[..., "Future[Any]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run something in another thread, with connections of its own; its answer is what it raised, or None."""

    def alone(work: Callable[..., Any], *arguments: Any) -> Exception | None:
        try:
            work(*arguments)
        except (ClaimError, OperationalError) as error:
            return error
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor() as pool:
        yield lambda work, *arguments: pool.submit(alone, work, *arguments)


@pytest.fixture
def ours() -> Organization:
    return make_organization("ours")


def kinds() -> dict[str, str]:
    return dict(Route.objects.using("routes").exclude(kind="reserved").values_list("path", "kind"))


def fail(*args: object, **kwargs: object) -> None:
    raise OperationalError("the routes schema is gone")


def test_a_group_is_there_although_its_claim_could_not_be_settled(
    ours: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        context.setattr(claims, "settle", fail)
        assert create_namespace(ours.pk, "a", name="A").full_path == "a"
    assert kinds() == {"a": "claim"}
    Route.objects.using("routes").filter(kind="claim").update(expires_at="2020-01-01T00:00Z")
    assert tidy("pod_us0")["settled"] == 1
    assert kinds() == {"a": "live"}


def test_a_project_is_gone_although_its_name_could_not_be_buried(
    ours: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    project = create_project(group, "b", name="B")
    with monkeypatch.context() as context:
        context.setattr(burials, "bury_entity", fail)
        delete(project)
        assert tidy("pod_us0")["buried"] == 0
    assert not Project.objects.exists()
    assert Burial.objects.get().path == "a/b"
    with pytest.raises(PathTaken):
        create_project(group, "b", name="B")
    assert tidy("pod_us0")["buried"] == 1
    assert kinds() == {"a": "live", "a/b": "tombstone"}


def test_a_pod_that_does_not_serve_the_organization_buries_nothing(
    ours: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    with monkeypatch.context() as context:
        context.setattr(burials, "bury_entity", fail)
        delete(group)
    group.organization.__class__.objects.filter(pk=ours.pk).update(state="moved")
    assert tidy("pod_us0")["buried"] == 0
    assert Burial.objects.exists()


def test_what_is_deleted_before_its_creation_is_settled_stays_dead(
    ours: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        context.setattr(claims, "settle", fail)
        group = create_namespace(ours.pk, "a", name="A")
    unsettled = Route.objects.using("routes").get(key="a").claim_key
    assert unsettled
    delete(group)
    assert kinds() == {"a": "tombstone"}
    assert not claims.settle(unsettled, group.pk)


def test_what_is_deleted_before_its_renaming_is_settled_stays_dead(
    ours: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    with monkeypatch.context() as context:
        context.setattr(claims, "settle", fail)
        renamed = rename(group, "b")
    assert kinds() == {"a": "live", "b": "claim"}
    delete(renamed)
    assert kinds() == {"a": "tombstone", "b": "tombstone"}


def test_one_of_two_who_rename_at_a_time_wins(ours: Organization, start: Start) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    errors = [each.result(30) for each in [start(rename, group, name) for name in "bcde"]]
    assert sum(error is None for error in errors) == 1
    assert all(error is None or isinstance(error, NamespaceGone) for error in errors)
    now = Namespace.objects.get().full_path
    assert kinds() == {"a": "redirect", now: "live"}


def test_two_groups_are_not_put_into_each_other(ours: Organization, start: Start) -> None:
    first, second = (create_namespace(ours.pk, name, name=name) for name in "ab")
    both = [start(transfer, first, second), start(transfer, second, first)]
    errors = [each.result(30) for each in both]
    assert sum(error is None for error in errors) <= 1
    assert Namespace.objects.filter(parent=None).exists()
    live = {path for path, kind in kinds().items() if kind == "live"}
    assert live == set(Namespace.objects.values_list("full_path", flat=True))


def test_a_group_that_is_deleted_gets_no_more_projects(ours: Organization, start: Start) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    together = threading.Barrier(4)

    def make(number: int) -> None:
        together.wait(20)
        create_project(group, f"p{number}", name="P")

    def remove() -> None:
        together.wait(20)
        delete(group)

    made = [start(make, number) for number in range(3)]
    removed = start(remove).result(30)
    errors = [each.result(30) for each in made]
    if removed is None:
        assert not Namespace.objects.exists()
        assert not Project.objects.exists()
        assert "live" not in kinds().values()
    else:
        assert None in errors
        live = {path for path, kind in kinds().items() if kind == "live"}
        assert live == {"a", *Project.objects.values_list("full_path", flat=True)}


@pytest.mark.parametrize("kind", ["group", "project"])
def test_an_issue_that_is_closed_and_its_project_that_is_deleted_wait_for_each_other_one_way(
    ours: Organization, start: Start, kind: str
) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    project = create_project(group, "b", name="B")
    author, assignee = make_person("author", ours), make_person("assignee", ours)
    issue = open_issuable(Issue, project, author, title="Ours", assignee_id=assignee.pk)
    with transaction.atomic(using="main"):
        held = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
        deleting = start(delete, group if kind == "group" else project)
        eventually(lambda: waiting("main"))
        change(held, author, state=Issue.State.CLOSED)
    assert deleting.result(30) is None
    assert not Issue.objects.exists()


@pytest.mark.parametrize("kind", ["subgroup", "project"])
def test_what_is_made_while_a_group_above_is_renamed_comes_along(
    ours: Organization, start: Start, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    group = create_namespace(ours.pk, "a", name="A")
    inner = create_namespace(ours.pk, "inner", parent=group, name="Inner")
    go_on, recorded = threading.Event(), threading.Event()

    def record_slowly(claimed: claims.Claim, entity_id: int) -> None:
        record_alive(claimed, entity_id)
        if claimed.path == "a/inner/new":
            recorded.set()
            assert go_on.wait(20)

    monkeypatch.setattr(conclude, "record_alive", record_slowly)
    if kind == "project":
        making = start(create_project, inner, "new")
    else:
        making = start(lambda: create_namespace(ours.pk, "new", parent=inner, name="New"))
    assert recorded.wait(20)
    renaming = start(rename, group, "b")
    eventually(lambda: waiting("main"))
    assert not renaming.done()
    go_on.set()
    assert (making.result(30), renaming.result(30)) == (None, None)
    found = {str(entity) for entity in (*Namespace.objects.all(), *Project.objects.all())}
    assert found == {"b", "b/inner", "b/inner/new"}
    assert {path for path, kind in kinds().items() if kind == "live"} == found
