"""`/admin/moves`: what `manage.py move` shows and asks, for administrators. The drivers in the pods do the work."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils import timezone

from admin_area.acts import Act, Refused
from admin_area.keyset import Key, moment
from admin_area.listing import Listing
from admin_area.moves.picture import picture_of
from admin_area.organization_names import id_of
from moves import operating, refusals
from moves.exceptions import MoveError
from moves.models import OrganizationMove
from moves.progress import progress_of
from moves.states import BEFORE_FLIP, TERMINAL, State, Wanted
from organizations.models import Organization
from schemas.identity import this_topology
from users.models import User

STOPPABLE = BEFORE_FLIP - {State.ABORTING}
LATEST_EVENTS = 50
LONGEST_PAUSE_MS = 10_000
HOURS = 3600
LONGEST_WAY_BACK_HOURS = 30 * 24


class StartForm(forms.Form):
    """Which organization goes where, and how."""

    organization = forms.CharField(max_length=255, help_text="The path of the organization.")
    target = forms.ChoiceField(label="To pod")
    cutover = forms.ChoiceField(
        label="Cut over",
        choices=OrganizationMove.Cutover.choices,
        help_text="A cut-over starts only after a rehearsal has found both pods equal.",
    )
    max_pause_ms = forms.IntegerField(
        label="Longest pause for writes, in milliseconds", min_value=1, max_value=LONGEST_PAUSE_MS, initial=500
    )
    way_back_hours = forms.IntegerField(
        label="Hours in which the move can be rolled back", min_value=0, max_value=LONGEST_WAY_BACK_HOURS, initial=24
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        pods = [pod.name for pod in this_topology().pods.values() if not pod.draining]
        self.fields["target"].choices = [(name, name) for name in pods]  # type: ignore[attr-defined]


def _start(nothing: None, who: User, given: dict[str, Any]) -> str:
    number = id_of(given["organization"])
    if number is None:
        raise Refused(
            f"there is no organization {given['organization']!r}; look up the path in the list of organizations"
        )
    organization = Organization.objects.using("routes").get(pk=number)
    refusals.refuse(organization, given["target"])
    wishes = operating.Wishes(
        cutover=given["cutover"],
        max_pause_ms=given["max_pause_ms"],
        way_back_seconds=given["way_back_hours"] * HOURS,
    )
    move = operating.plan(organization, given["target"], who.username, wishes)
    return f"The move of {organization.path} from {move.source} to {move.target} was started."


def _asking(wanted: Wanted, done: str) -> Any:
    def ask(move: OrganizationMove, who: User, given: dict[str, Any]) -> str:
        operating.ask(move, wanted, who.username)
        return f"{done} was requested."

    return ask


def _pause(move: OrganizationMove, who: User, given: dict[str, Any]) -> str:
    operating.pause(move, who.username, paused=True)
    return "The move was paused."


def _resume(move: OrganizationMove, who: User, given: dict[str, Any]) -> str:
    operating.pause(move, who.username, paused=False)
    return "The move continues."


def _finish(move: OrganizationMove, who: User, given: dict[str, Any]) -> str:
    operating.finish(move, who.username)
    return f"The way back was closed. The rows on {move.source} are deleted in a minute."


def _act(name: str, label: str, explanation: str, run: Any, applies: Any) -> Act:
    return Act(name, label, explanation, run, applies=applies, refusals=(MoveError,))


def _can_stop(move: OrganizationMove) -> bool:
    return move.state in STOPPABLE


def _can_return(move: OrganizationMove) -> bool:
    is_closed = move.reverse_until is not None and move.reverse_until <= timezone.now()
    return move.state in {State.FLIPPED, State.SETTLED} and not is_closed


class Moves(Listing):
    """Moves, the newest first."""

    path = "moves"
    label = "Moves"
    counted_as = "moves under way"
    key = Key("created_at", descending=True, parse=moment)
    list_display = ("organization", "kind_word", "source", "target", "state_word", "asked_by", "created_at")
    list_select_related = ("organization",)
    search_help_text = "The path of an organization."
    fields = ("organization", "kind", "source", "target", "asked_by", "cutover", "max_pause_ms", "reverse_until")
    change_form_template = "admin_area/move.html"
    list_acts = (
        Act(
            "start",
            "Move an organization",
            "People keep working while their organization is copied to another pod. Writes wait for milliseconds when "
            "the other pod takes over. Until the way back closes, the move can be rolled back without losing anything.",
            _start,
            form=lambda data, _: StartForm(data),
            refusals=(MoveError,),
        ),
    )
    acts = (
        _act(
            "rehearse",
            "Rehearse",
            "A rehearsal does everything except the cut-over: it compares both pods and forecasts the pause.",
            _asking(Wanted.REHEARSE, "A rehearsal"),
            _can_stop,
        ),
        _act(
            "cutover",
            "Cut over",
            "The target pod takes over as soon as a rehearsal has found both pods equal.",
            _asking(Wanted.CUTOVER, "The cut-over"),
            _can_stop,
        ),
        _act(
            "pause",
            "Pause",
            "Nothing is copied until you continue. The target keeps following the source.",
            _pause,
            lambda move: move.state in STOPPABLE and not move.paused,
        ),
        _act("resume", "Continue", "The move continues where it was paused.", _resume, lambda move: move.paused),
        _act(
            "abort",
            "Abort",
            "The source pod keeps serving the organization. The copy on the target pod is deleted.",
            _asking(Wanted.ABORT, "The abort"),
            _can_stop,
        ),
        _act(
            "rollback",
            "Roll back",
            "The organization returns to the source pod with everything that was written since the move.",
            _asking(Wanted.ROLLBACK, "The rollback"),
            _can_return,
        ),
        _act(
            "finish",
            "Close the way back",
            "The rows on the source pod are deleted in a minute. After that, the move cannot be rolled back.",
            _finish,
            lambda move: move.state == State.SETTLED and _can_return(move),
        ),
    )

    def counted_rows(self) -> QuerySet[Any]:
        """Return the moves that copy, cut over or delete; a move whose way back is open only waits."""
        return OrganizationMove.objects.exclude(state__in=TERMINAL | {State.SETTLED})

    def found(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Return the moves of one organization."""
        return rows.filter(organization=id_of(text))

    @display(description="kind")
    def kind_word(self, row: OrganizationMove) -> str:
        """Return the kind's own word, which takes less room than its description."""
        return str(row.kind)

    @display(description="state")
    def state_word(self, row: OrganizationMove) -> str:
        """Return the state's own word."""
        return str(row.state)

    def get_urls(self) -> list[URLPattern]:
        """Add the address from which a move's page refreshes itself."""
        progress = self.admin_site.route(f"{self.path}/<segment:object_id>/progress", self.progress, "move-progress")
        return [*super().get_urls(), progress]

    def progress(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """Return the progress as JSON, with `picture` and `summary` for the page. Raises `Http404`."""
        move = self.row(request, object_id)
        shown = _shown(move)
        picture = render_to_string("admin_area/move_picture.html", shown, request)
        return JsonResponse({**progress_of(move.pk).as_json, "summary": shown["picture"].summary, "picture": picture})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show a move, with what can be asked of it."""
        move = self.row(request, object_id)
        shown = {**_shown(move), "title": f"Move of {move.organization.path}"}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})


def _shown(move: OrganizationMove) -> dict[str, Any]:
    events = move.events.using("routes").order_by("-id")[:LATEST_EVENTS]
    return {"picture": picture_of(progress_of(move.pk)), "events": events, "move": move}
