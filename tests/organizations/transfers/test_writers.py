"""What others do in a group at the moment when it is transferred: all of it goes along, or is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.http import Http404

from monolith.namespaces import membership
from monolith.namespaces.creation import create_namespace, create_project, rename
from monolith.namespaces.deletion import delete
from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.policy import Level
from monolith.work.issuables import change, comment, open_issuable
from monolith.work.models import Issue, Note
from organizations.members.exceptions import MembersError
from organizations.members.roles import end_membership
from organizations.models import GITLAB_COM_PUBLIC, NamespaceTransfer, Organization
from organizations.transfers.exceptions import Outsiders, TransferRefused
from organizations.transfers.steps import begin, decide, finish, transfer
from routing import claims
from routing.claims import BeingTransferred, ClaimError
from routing.janitor import tidy
from routing.models import Route
from routing.outcomes import burials
from routing.outcomes.conclude import make_under_claim
from routing.outcomes.lost_names import name_lost
from schemas.keeping import OrganizationChanged
from tests.cast import belong, signed_in
from tests.databases import ALIASES, waiting
from tests.organizations.transfers.conftest import Group, owners
from tests.running_cluster import eventually
from users.models import User

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

Start = Callable[..., "Future[Any]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run something in another thread, with connections of its own; its answer is what it raised, or None."""

    def alone(work: Callable[..., Any], *arguments: Any) -> Exception | None:
        try:
            work(*arguments)
        except (ClaimError, OperationalError, TransferRefused) as error:
            return error
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor() as pool:
        yield lambda work, *arguments: pool.submit(alone, work, *arguments)


@pytest.fixture(autouse=True)
def members(acme: Organization, olga: User, alan: User) -> None:
    belong(olga, acme)
    belong(alan, acme)


def go(organization: str = "acme", *, remove_members: bool = False) -> NamespaceTransfer:
    return transfer("tools", organization, asked_by="a test", remove_members=remove_members)


def is_open() -> bool:
    return NamespaceTransfer.objects.using("routes").filter(state="open").exists()


def everything_is(organization_id: int) -> bool:
    return owners("tools") == {(schema, organization_id) for schema in ("main", "ci", "routes")}


def test_what_has_begun_before_comes_along(group: Group, acme: Organization, start: Start) -> None:
    claimed = claims.claim("tools/new", GITLAB_COM_PUBLIC, "project")
    going = start(go)
    eventually(is_open)
    make_under_claim(
        claimed,
        lambda: Project.objects.create(
            organization_id=GITLAB_COM_PUBLIC, namespace=group.top, path="new", full_path="tools/new", name="x"
        ),
    )
    assert going.result() is None
    assert everything_is(acme.pk)


def test_a_creator_that_died_before_keeps_nothing_up(group: Group, acme: Organization) -> None:
    claimed = claims.claim("tools/new", GITLAB_COM_PUBLIC, "project")
    claims.hand_over(claimed.key)
    go()
    assert everything_is(acme.pk)
    assert not Route.objects.using("routes").filter(path="tools/new").exists()


def test_what_takes_too_long_keeps_it_from_going(
    group: Group, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("organizations.transfers.steps.QUIET_SECONDS", 0)
    claims.claim("elsewhere", GITLAB_COM_PUBLIC, "project", entity_id=group.project.pk)
    with pytest.raises(TransferRefused, match="elsewhere is being created, renamed or deleted"):
        go()
    assert not is_open()
    assert everything_is(GITLAB_COM_PUBLIC)


def test_a_deletion_that_is_not_finished_is_finished_first(
    group: Group, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OperationalError("the routes schema is gone")

    with monkeypatch.context() as context:
        context.setattr(burials, "bury_entity", fail)
        delete(group.project)
    go()
    assert Route.objects.using("routes").get(path="tools/code").kind == "tombstone"
    assert everything_is(acme.pk)


@pytest.mark.parametrize("is_decided", [False, True])
def test_no_name_in_it_changes_meanwhile(group: Group, acme: Organization, is_decided: bool) -> None:
    begun = begin("tools", "acme", "a test")
    if is_decided:
        decide(begun, remove_members=False)
    top, project = Namespace.objects.get(pk=group.top.pk), Project.objects.get(pk=group.project.pk)
    for attempt in (
        lambda: create_project(top, "new", name="x"),
        lambda: create_namespace(top.organization_id, "new", parent=top, name="x"),
        lambda: rename(project, "other"),
        lambda: rename(top, "gear"),
        lambda: delete(project),
    ):
        with pytest.raises(BeingTransferred, match="'tools' is being transferred; try again in a moment"):
            attempt()
    # Nothing is said of organizations, of which people of GitLab.com Public do not know.
    create_namespace(GITLAB_COM_PUBLIC, "tools-2", name="x")


def test_two_at_once_are_one(group: Group, acme: Organization) -> None:
    begin("tools", "acme", "a test")
    with pytest.raises(TransferRefused, match="'tools' is being transferred already"):
        go()


def test_the_same_command_finishes_what_is_decided(group: Group, acme: Organization) -> None:
    begun = begin("tools", "acme", "a test")
    decide(begun, remove_members=False)
    assert go().pk == begun.pk
    assert not is_open()
    assert everything_is(acme.pk)


def test_who_finishes_late_does_not_undo_a_later_transfer(group: Group, acme: Organization) -> None:
    begun = begin("tools", "acme", "a test")
    decide(begun, remove_members=False)
    finish(begun)
    go("gitlab-com-public")
    finish(begun)
    assert everything_is(GITLAB_COM_PUBLIC)


def test_a_driver_that_comes_too_late_changes_nothing(group: Group, acme: Organization) -> None:
    begun = begin("tools", "acme", "a test")
    NamespaceTransfer.objects.using("routes").update(expires_at="2020-01-01T00:00Z")
    assert tidy("pod_us0")["transferred"] == 1
    with pytest.raises(TransferRefused, match="took too long"):
        decide(begun, remove_members=False)
    assert everything_is(GITLAB_COM_PUBLIC)


def test_a_driver_that_is_at_work_is_not_dropped(group: Group, acme: Organization) -> None:
    begin("tools", "acme", "a test")
    assert tidy("pod_us0")["transferred"] == 0
    assert is_open()


def test_whoever_read_the_old_organization_writes_nothing(group: Group, acme: Organization, olga: User) -> None:
    go()
    for write in (
        lambda: open_issuable(Issue, group.project, olga, title="x"),
        lambda: comment(group.issue, olga, "x"),
        lambda: change(group.issue, olga, title="x"),
        lambda: membership.add(group.top, "newcomer", "guest", by=Level.OWN),
    ):
        User.objects.get_or_create(username="newcomer", defaults={"email": "newcomer@example.com"})
        with pytest.raises(OrganizationChanged):
            write()
    assert everything_is(acme.pk)


def test_their_page_asks_them_to_try_again(
    group: Group, acme: Organization, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group is transferred between the look at what is commented, and the comment."""
    browser, real = signed_in(olga), comment

    def late(*arguments: Any) -> Note:
        go()
        return real(*arguments)

    monkeypatch.setattr("monolith.work.views.issuables.comment", late)
    address = "/tools/inner/secret/-/issues/1/notes"
    response = browser.post(address, {"text": "Hello"})
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert "This was changed at the same moment" in response.content.decode()
    monkeypatch.undo()
    assert browser.post(address, {"text": "Hello"}).status_code == 302
    assert Note.objects.get(text="Hello").organization_id == acme.pk


def test_who_leaves_the_organization_at_that_moment_keeps_nothing(
    group: Group, acme: Organization, alan: User, start: Start
) -> None:
    begun = begin("tools", "acme", "a test")
    with transaction.atomic(using="users"), transaction.atomic(using="main"):
        group.private.members.filter(user_id=alan.pk).select_for_update().get()
        deciding = start(lambda: decide(begun, remove_members=False))
        eventually(lambda: waiting("main"))
        leaving = start(end_membership, acme.pk, alan.pk)
        eventually(lambda: waiting("users"))
    assert deciding.result() is None
    assert leaving.result() is None
    finish(begun)
    assert not group.private.members.exists()


@pytest.mark.parametrize("is_lost", [False, True])
def test_names_follow_again_when_routes_has_lost_the_transfer(group: Group, acme: Organization, is_lost: bool) -> None:
    """After the promotion of a replica that had not received the last step, or none of them."""
    decide(begin("tools", "acme", "a test"), remove_members=False)
    if is_lost:
        NamespaceTransfer.objects.using("routes").all().delete()
    assert list(name_lost()) == [("tools", "")]
    assert everything_is(acme.pk)
    assert not is_open()
    assert list(name_lost()) == []


WRITERS, ROUNDS = 3, 3


def test_writers_lose_nothing_and_leave_nothing_behind(
    group: Group, acme: Organization, olga: User, alan: User
) -> None:
    """Back and forth, while others comment, open issues and make projects: what was acknowledged is there, once."""
    over, acknowledged = threading.Event(), threading.Lock()
    notes: list[str] = []
    paths: list[str] = []

    def write(number: int) -> None:
        try:
            turn = 0
            while not over.is_set():
                turn += 1
                text = f"{number}-{turn}"
                try:
                    project = Project.objects.get(pk=group.private.pk)
                    issue = open_issuable(Issue, project, olga, title=text, assignee_id=alan.pk)
                    comment(issue, olga, text)
                    with acknowledged:
                        notes.append(text)
                    made = create_project(Namespace.objects.get(pk=group.inner.pk), f"p{text}", name="x")
                    with acknowledged:
                        paths.append(made.full_path)
                except (ClaimError, OperationalError, Http404, MembersError):
                    continue
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number) for number in range(WRITERS)]
        try:
            for _ in range(ROUNDS):
                eventually(lambda: _went("acme"))
                eventually(lambda: _went("gitlab-com-public"))
            eventually(lambda: _went("acme"))
        finally:
            over.set()
        for writer in writers:
            writer.result()
    Route.objects.using("routes").filter(kind="claim").update(expires_at="2020-01-01T00:00Z")
    tidy("pod_us0")
    assert everything_is(acme.pk)
    assert sorted(Note.objects.exclude(text__in=["A comment", "An answer"]).values_list("text", flat=True)) == sorted(
        notes
    )
    live = Route.objects.using("routes").filter(kind="live", path__startswith="tools/inner/p")
    assert set(live.values_list("path", flat=True)) == set(paths)
    assert set(Project.objects.filter(full_path__startswith="tools/inner/p").values_list("full_path", flat=True)) == {
        *paths
    }
    assert notes
    assert paths


def _went(organization: str) -> bool:
    """Whether it was transferred; others may be too busy for it."""
    try:
        go(organization)
    except Outsiders:
        raise
    except TransferRefused:
        return False
    return True
