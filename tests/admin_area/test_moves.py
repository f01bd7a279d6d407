"""Moves in the Admin Area: what administrators see of one, and what they can ask of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from moves.models import OrganizationMove
from moves.states import State, Wanted
from organizations.models import GITLAB_COM_PUBLIC, Organization
from tests.admin_area.conftest import text_of
from tests.admin_area.test_acts import do
from tests.databases import ALIASES

pytestmark = pytest.mark.django_db(databases=ALIASES, transaction=True)

ACTS = ("abort", "cutover", "pause", "rollback", "finish")
WAY = (State.PREPARING, State.COPYING, State.STREAMING, State.FENCING, State.FLIPPED, State.SETTLED)


@pytest.fixture
def move() -> OrganizationMove:
    """A move that copies, half done with one of two tables."""
    organization = Organization.objects.using("routes").create(path="movers", name="Movers", pod_id="pod_us0")
    made = OrganizationMove.objects.using("routes").create(
        organization=organization, source="pod_us0", target="pod_us1", asked_by="root"
    )
    made.tables.using("routes").create(move=made, schema="main", name="issues", rows=50, estimated_rows=100)
    made.tables.using("routes").create(move=made, schema="ci", name="jobs", rows=7, estimated_rows=7, done=True)
    made.events.using("routes").create(move=made, who="root", state=made.state, attempt=0, text="asked for <it>")
    bring(made, State.COPYING)
    return made


def bring(move: OrganizationMove, state: State) -> None:
    """Take it there by the arrows that the database permits."""
    known = WAY.index(State(move.state)) + 1 if move.state in WAY else 0
    for attempt, following in enumerate(WAY[known : WAY.index(state) + 1], start=move.attempt + 1):
        move.state, move.attempt = following, attempt
        move.save(using="routes")


def address(move: OrganizationMove, *more: str) -> str:
    return "/".join((f"/admin/moves/{move.pk}", *more))


def test_the_list_has_the_newest_first_and_finds_by_organization(admin: Client, move: OrganizationMove) -> None:
    other = Organization.objects.using("routes").create(path="movers-2", name="Others", pod_id="pod_us1")
    later = OrganizationMove.objects.using("routes").create(organization=other, source="pod_us1", target="pod_us0")
    shown = admin.get("/admin/moves").content.decode()
    assert shown.index(address(later)) < shown.index(address(move))
    found = admin.get("/admin/moves?q=movers").content.decode()
    assert (address(move) in found, address(later) in found) == (True, False)
    after = admin.get("/admin/moves", {"after": str(later.created_at)}).content.decode()
    assert (address(move) in after, address(later) in after) == (True, False)
    assert admin.get("/admin/moves?after=nonsense").status_code == 302


def test_the_first_page_counts_it_until_only_its_way_back_is_open(admin: Client, move: OrganizationMove) -> None:
    assert "1 moves under way" in text_of(admin.get("/admin").content.decode())
    bring(move, State.SETTLED)
    assert "0 moves under way" in text_of(admin.get("/admin").content.decode())


def test_its_page_shows_how_far_it_is_and_what_happened(admin: Client, move: OrganizationMove) -> None:
    page = admin.get(address(move)).content.decode()
    shown = text_of(page)
    assert "movers, pod_us0 to pod_us1: copying, copies rows while the stream runs." in shown
    assert 'max="100" value="50"' in page
    assert "main.issues 50 % 50 rows" in shown
    assert "ci.jobs 100 % 7 rows" in shown
    assert "asked for &lt;it&gt;" in page


def test_its_page_refreshes_itself_by_json(admin: Client, move: OrganizationMove) -> None:
    page = admin.get(address(move)).content.decode()
    assert f'data-live="{address(move, "progress")}"' in page
    answer = admin.get(address(move, "progress"))
    assert answer["Cache-Control"].startswith("max-age=0")
    facts = answer.json()
    assert (facts["state"], facts["rows"], facts["estimated_rows"]) == ("copying", 57, 107)
    assert "main.issues" in facts["picture"]
    assert facts["summary"].startswith("movers, pod_us0 to pod_us1")


def test_an_absent_move_is_absent(admin: Client, move: OrganizationMove) -> None:
    absent = address(move)[:-1] + ("0" if address(move)[-1] != "0" else "1")
    for missing in (absent, f"{absent}/progress", f"{absent}/abort", "/admin/moves/nonsense/progress"):
        assert admin.get(missing).status_code == 404, missing


def test_it_is_paused_and_continued(proven: Client, move: OrganizationMove) -> None:
    assert "The move was paused." in do(proven, address(move, "pause"))
    paused = OrganizationMove.objects.using("routes").filter(paused=True)
    assert list(paused) == [move]
    assert "The move continues." in do(proven, address(move, "resume"))
    assert list(paused.all()) == []
    told = [event.text for event in move.events.using("routes").order_by("id")]
    assert told == ["asked for <it>", "paused the move", "continued the move"]


@pytest.mark.parametrize(
    ("act", "state", "wanted"),
    [
        ("rehearse", State.STREAMING, Wanted.REHEARSE),
        ("cutover", State.STREAMING, Wanted.CUTOVER),
        ("abort", State.COPYING, Wanted.ABORT),
        ("rollback", State.SETTLED, Wanted.ROLLBACK),
    ],
)
def test_what_is_asked_is_written_down_and_audited(
    proven: Client, move: OrganizationMove, act: str, state: State, wanted: Wanted
) -> None:
    bring(move, state)
    assert "was requested" in do(proven, address(move, act))
    move.refresh_from_db(using="routes")
    assert move.wanted == wanted
    assert move.events.using("routes").filter(who="root", text=f"asked for {wanted}").count() == 1
    assert LogEntry.objects.get().change_message.partition(": ")[2].startswith("done")


def test_only_what_is_possible_is_offered(proven: Client, move: OrganizationMove) -> None:
    offered = {act for act in ACTS if address(move, act) in page(proven, move)}
    assert offered == {"abort", "cutover", "pause"}
    bring(move, State.SETTLED)
    offered = {act for act in ACTS if address(move, act) in page(proven, move)}
    assert offered == {"rollback", "finish"}
    assert "This can no longer be done" in text_of(proven.post(address(move, "abort")).content.decode())
    move.refresh_from_db(using="routes")
    assert move.wanted is None


def test_the_way_back_is_closed_early_once_both_pods_were_found_equal(proven: Client, move: OrganizationMove) -> None:
    bring(move, State.SETTLED)
    until = timezone.now() + timedelta(days=1)
    certificates = {"being verified": None, "differed at the cut-over": {"equal": False}}
    for why, certificate in certificates.items():
        OrganizationMove.objects.using("routes").filter(pk=move.pk).update(reverse_until=until, certificate=certificate)
        assert why in do(proven, address(move, "finish"))
    move.refresh_from_db(using="routes")
    assert move.reverse_until == until
    OrganizationMove.objects.using("routes").filter(pk=move.pk).update(certificate={"equal": True})
    assert "The way back was closed. The rows on pod_us0 are deleted in a minute." in do(
        proven, address(move, "finish")
    )
    move.refresh_from_db(using="routes")
    assert move.reverse_until is not None
    assert move.reverse_until < until
    assert move.events.using("routes").filter(who="root", text="closed the way back").count() == 1
    assert LogEntry.objects.latest("action_time").change_message == (
        "Close the way back: done: The way back was closed. The rows on pod_us0 are deleted in a minute."
    )
    assert not any(address(move, act) in page(proven, move) for act in ACTS)


def test_nothing_is_asked_without_the_password(admin: Client, move: OrganizationMove) -> None:
    assert "Confirm your password" in text_of(admin.post(address(move, "abort")).content.decode())
    move.refresh_from_db(using="routes")
    assert move.wanted is None


def test_what_cannot_be_moved_is_refused_in_words(proven: Client, move: OrganizationMove) -> None:
    public = Organization.objects.using("routes").get(pk=GITLAB_COM_PUBLIC)
    asked = {"target": "pod_us1", "cutover": "auto", "max_pause_ms": "500", "way_back_hours": "24"}
    refused = do(proven, "/admin/moves/start", organization=public.path, **asked)
    assert "GitLab.com Public is every legacy user" in refused
    assert "It is on pod_us0 already." in do(
        proven, "/admin/moves/start", organization=public.path, **{**asked, "target": "pod_us0"}
    )
    assert "Select a valid choice. pod_no is not one" in do(
        proven, "/admin/moves/start", organization=public.path, **{**asked, "target": "pod_no"}
    )
    again = {"organization": move.organization.path, **asked}
    assert f"It is being moved to pod_us1 already (move {move.pk}, copying)." in do(
        proven, "/admin/moves/start", **again
    )
    assert "There is no organization" in do(proven, "/admin/moves/start", organization="nobody", **asked)
    assert OrganizationMove.objects.using("routes").count() == 1


def page(browser: Client, move: OrganizationMove) -> str:
    return browser.get(address(move)).content.decode()
