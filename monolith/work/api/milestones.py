"""The milestones of a project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.pages import Choice, Listed, page_of
from monolith.namespaces.api.places import number_of, project_at
from monolith.namespaces.api.view import ProjectsView
from monolith.namespaces.creation import hold
from monolith.namespaces.models import Project
from monolith.namespaces.policy import Level
from monolith.work.api.inputs import STATE_AFTER, ChangedMilestone, NewMilestone
from monolith.work.api.serializers import IssueSerializer, MergeRequestSerializer, MilestoneSerializer
from monolith.work.api.shown import issuables_shown
from monolith.work.models import Issue, MergeRequest, Milestone
from monolith.work.waiting import issuables_of
from users.api.inputs import takes


class Milestones(Listed):
    """Which milestones."""

    state = Choice(Milestone.State.values, help_text="Only those in this state.")
    title = serializers.CharField(max_length=255, required=False, help_text="Only the one with this title.")
    search = serializers.CharField(
        max_length=255, required=False, help_text="Only those with this text in their title."
    )
    iids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1),
        required=False,
        max_length=100,
        help_text="Only those with these numbers.",
    )


class MilestonesView(ProjectsView):
    """Those of a project."""

    @takes(Milestones, responses=MilestoneSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """List them, newest first."""
        project, asked = project_at(request, id).entity, self.asked
        rows = Milestone.objects.filter(project=project)
        rows = rows.filter(**{name: asked[name] for name in ("state", "title") if name in asked})
        if "search" in asked:
            rows = rows.filter(title__icontains=asked["search"])
        if asked.get("iids"):
            rows = rows.filter(iid__in=asked["iids"])
        return page_of(self, rows.order_by("-pk"), lambda found: milestones_shown(project, found))

    @takes(body=NewMilestone, responses={201: MilestoneSerializer})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Create one."""
        project, fields = project_at(request, id, Level.WORK).entity, _without_null(self.given())

        def make() -> Milestone:
            last = Milestone.objects.filter(project=project).aggregate(last=Max("iid"))["last"] or 0
            return Milestone.objects.create(
                project=project, organization_id=project.organization_id, iid=last + 1, **fields
            )

        return Response(milestones_shown(project, [_written(project, fields, make)])[0], 201)


class MilestoneView(ProjectsView):
    """One of a project."""

    @takes(responses=MilestoneSerializer)
    def get(self, request: Request, id: str, milestone: str) -> Response:  # noqa: A002
        """Return it."""
        project = project_at(request, id).entity
        return Response(milestones_shown(project, [_found(project, milestone)])[0])

    @takes(body=ChangedMilestone, responses=MilestoneSerializer)
    def put(self, request: Request, id: str, milestone: str) -> Response:  # noqa: A002
        """Change the fields that are given."""
        project = project_at(request, id, Level.WORK).entity
        found, fields = _found(project, milestone), _without_null(self.given())
        if event := fields.pop("state_event", None):
            fields["state"] = STATE_AFTER[event]
        fields["updated_at"] = timezone.now()

        def save() -> Milestone:
            for name, value in fields.items():
                setattr(found, name, value)
            found.save(update_fields=list(fields))
            return found

        return Response(milestones_shown(project, [_written(project, fields, save, found)])[0])

    @takes(responses={204: None})
    def delete(self, request: Request, id: str, milestone: str) -> Response:  # noqa: A002
        """Delete it; its issues and merge requests stay, without a milestone."""
        _found(project_at(request, id, Level.WORK).entity, milestone).delete()
        return Response(status=204)


class _OfMilestone(ProjectsView):
    model: type[Issue] | type[MergeRequest]

    def listed(self, request: Request, key: str, milestone: str) -> Response:
        """The page of what has the milestone."""
        place = project_at(request, key)
        rows = issuables_of(place, self.model).filter(milestone=_found(place.entity, milestone))
        return page_of(self, rows.order_by("-pk"), lambda found: issuables_shown(self.model, found))


class MilestoneIssuesView(_OfMilestone):
    """The issues of one milestone."""

    model = Issue

    @takes(Listed, responses=IssueSerializer(many=True))
    def get(self, request: Request, id: str, milestone: str) -> Response:  # noqa: A002
        """List those that the viewer sees."""
        return self.listed(request, id, milestone)


class MilestoneMergeRequestsView(_OfMilestone):
    """The merge requests of one milestone."""

    model = MergeRequest

    @takes(Listed, responses=MergeRequestSerializer(many=True))
    def get(self, request: Request, id: str, milestone: str) -> Response:  # noqa: A002
        """List them."""
        return self.listed(request, id, milestone)


def _written(
    project: Project, fields: dict[str, Any], write: Callable[[], Milestone], found: Milestone | None = None
) -> Milestone:
    """Write one at a time, so that titles and numbers are given once. Raises `ValidationError`."""
    begins = fields.get("start_date", found.start_date if found else None)
    ends = fields.get("due_date", found.due_date if found else None)
    if begins and ends and ends < begins:
        raise ValidationError({"due_date": ["Must not be before start_date."]})
    with transaction.atomic(using="main"):
        hold(project)
        same = Milestone.objects.filter(project=project, title=fields.get("title", ""))
        if same.exclude(pk=found.pk if found else 0).exists():
            raise ValidationError({"title": ["The project has a milestone with this title already."]})
        return write()


def _found(project: Project, key: str) -> Milestone:
    found = Milestone.objects.filter(project=project, pk=number_of(key)).first()
    if found is None:
        raise Http404("no such milestone")
    return found


def _without_null(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if name == "description" and value is None else value for name, value in fields.items()}


def milestones_shown(project: Project, milestones: Sequence[Milestone]) -> Any:
    """Milestones of one project as JSON."""
    context = {"path_of": {project.pk: project.full_path}}
    return MilestoneSerializer(milestones, many=True, context=context).data
