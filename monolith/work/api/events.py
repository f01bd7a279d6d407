"""What people did: in a project, and what the user who asks did in one organization."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.ignored import OF_EVENTS
from monolith.namespaces.api.pages import ORDERS, Choice, Numbered, page_of
from monolith.namespaces.api.places import project_at, scope_of
from monolith.namespaces.api.serializers import PersonSerializer
from monolith.namespaces.api.view import ProjectsView
from monolith.namespaces.models import Project
from monolith.namespaces.views.people import people
from monolith.work.api.shown import notes_shown
from monolith.work.events import KINDS, Event, Kind, events_in, events_of, told
from monolith.work.models import Note
from users.api.inputs import takes
from users.api.private import FOR_PEOPLE

ACTIONS = {"created": {"opened", "created"}, "closed": {"closed"}, "commented": {"commented on"}}
NEVER = ("approved", "destroyed", "expired", "joined", "left", "merged", "pushed", "reopened", "updated")
"""Actions of GitLab's that are not told of here."""
TARGETS = {"issue": "Issue", "merge_request": "MergeRequest", "note": "Note", "project": "Project"}
NO_TARGETS = ("epic", "milestone", "snippet", "user")

# A day later there is no date.
LAST_DAY = date(9999, 12, 30)


class Events(Numbered):
    """Which events."""

    ignored = OF_EVENTS

    action = Choice([*ACTIONS, *NEVER], help_text="Only events of this kind.")
    target_type = Choice([*TARGETS, *NO_TARGETS], help_text="Only events about this kind of thing.")
    before = serializers.DateField(required=False, help_text="Only events before this day.")
    after = serializers.DateField(required=False, help_text="Only events after this day.")
    sort = Choice(ORDERS, default="desc", help_text="The direction; desc, the newest first, if not given.")


class EventSerializer(serializers.Serializer[Any]):
    """Something that a user did."""

    id = serializers.IntegerField()
    project_id = serializers.IntegerField(source="project.pk")
    action_name = serializers.CharField(source="kind.action")
    target_id = serializers.IntegerField(source="row.pk")
    target_iid = serializers.SerializerMethodField()
    target_type = serializers.CharField(source="kind.target")
    target_title = serializers.SerializerMethodField()
    author_id = serializers.IntegerField(source="by")
    author = serializers.SerializerMethodField()
    author_username = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="at")
    note = serializers.SerializerMethodField()

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_target_iid(self, event: Event) -> Any:
        """The number within the project; the id of a comment."""
        return event.row.pk if isinstance(event.row, Note) else getattr(event.row, "iid", None)

    def get_target_title(self, event: Event) -> str:
        """The title of the issue or merge request, or the name of the project."""
        return event.about.name if isinstance(event.about, Project) else event.about.title

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_author(self, event: Event) -> Any:
        """The user, or null when the account is deleted."""
        found = self.context["people"].get(event.by)
        return PersonSerializer(found).data if found else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_author_username(self, event: Event) -> Any:
        """The username, or null when the account is deleted."""
        found = self.context["people"].get(event.by)
        return found.username if found else None

    @extend_schema_field({"type": "object", "additionalProperties": True, "nullable": True})
    def get_note(self, event: Event) -> Any:
        """The comment, for events about one."""
        return notes_shown(event.about, [event.row])[0] if isinstance(event.row, Note) else None


class _EventsView(ProjectsView):
    @property
    def kinds(self) -> list[Kind]:
        """Those that are asked for."""
        actions, target = ACTIONS.get(self.asked.get("action", ""), set()), self.asked.get("target_type")
        return [
            kind
            for kind in KINDS
            if ("action" not in self.asked or kind.action in actions)
            and (target is None or kind.target == TARGETS.get(target))
        ]

    def page(self, rows: QuerySet[Any, Any]) -> Response:
        """The page that is asked for."""
        return page_of(self, rows.order_by("at", "ref") if self.asked["sort"] == "asc" else rows, _shown)

    def within(self) -> dict[str, datetime]:
        """The times that events must be after and before."""
        edges = {"before": timedelta(0), "after": timedelta(days=1)}
        return {
            name: datetime.combine(min(self.asked[name], LAST_DAY), time(), UTC) + more
            for name, more in edges.items()
            if name in self.asked
        }


class ProjectEventsView(_EventsView):
    """Those of a project."""

    @takes(Events, responses=EventSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """List them, newest first."""
        place = project_at(request, id)
        return self.page(events_in(place, self.kinds, **self.within()))


class EventsView(_EventsView):
    """What the user who asks did in one organization; in GitLab.com Public at the global address."""

    permission_classes = FOR_PEOPLE

    @takes(Events, responses=EventSerializer(many=True))
    def get(self, request: Request, id: str | None = None) -> Response:  # noqa: A002
        """List it, newest first."""
        scope = scope_of(request, id)
        return self.page(events_of(scope.viewer, scope.organization_id, self.kinds, **self.within()))


def _shown(found: Sequence[Any]) -> Any:
    events = [*told(found)]
    return EventSerializer(events, many=True, context={"people": people(event.by for event in events)}).data
