"""The labels of a project, by id or by name as one escaped segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from monolith.namespaces.api.ignored import OF_LABELS
from monolith.namespaces.api.pages import Listed, page_of
from monolith.namespaces.api.places import is_id, project_at
from monolith.namespaces.api.view import Conflict, ProjectsView
from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.namespaces.policy import Level
from monolith.work.api.inputs import ChangedLabel, ChangedNamedLabel, NamedLabel, NewLabel
from monolith.work.api.serializers import LabelSerializer
from monolith.work.labels import label_named
from monolith.work.models import TARGET, Issue, Label, LabelLink, MergeRequest
from monolith.work.waiting import issuables_of
from users.api.inputs import takes

TAKEN = "Label already exists"
COUNTS: dict[str, tuple[type[Issue] | type[MergeRequest], str]] = {
    "open_issues_count": (Issue, Issue.State.OPEN),
    "closed_issues_count": (Issue, Issue.State.CLOSED),
    "open_merge_requests_count": (MergeRequest, MergeRequest.State.OPEN),
}
"""What each count of a label counts."""


class Labels(Listed):
    """Which labels."""

    ignored = OF_LABELS

    search = serializers.CharField(max_length=255, required=False, help_text="Only those with this text in their name.")
    with_counts = serializers.BooleanField(
        default=False, required=False, help_text="Whether to count the issues and merge requests that you can see."
    )


class LabelsView(ProjectsView):
    """Those of a project."""

    @takes(Labels, responses=LabelSerializer(many=True))
    def get(self, request: Request, id: str) -> Response:  # noqa: A002  (as the URL names it)
        """List them by name."""
        place, asked = project_at(request, id), self.asked
        rows = Label.objects.filter(project=place.entity)
        if "search" in asked:
            rows = rows.filter(name__icontains=asked["search"])
        counted = place if asked["with_counts"] else None
        return page_of(self, rows.order_by("name"), lambda found: _shown(found, counted))

    @takes(body=NewLabel, responses={201: LabelSerializer})
    def post(self, request: Request, id: str) -> Response:  # noqa: A002
        """Create one."""
        project = project_at(request, id, Level.WORK).entity
        fields = self.given()
        with _once():
            made = Label.objects.create(
                project=project, organization_id=project.organization_id, **_without_null(fields)
            )
        return Response(_shown([made])[0], 201)

    @takes(body=ChangedNamedLabel, operation_id="label_update_by_name", responses=LabelSerializer)
    def put(self, request: Request, id: str) -> Response:  # noqa: A002
        """Change the fields that are given, of the label that is named in the body."""
        project, fields = project_at(request, id, Level.WORK).entity, self.given()
        return Response(_changed(_named(project, fields), fields))

    @takes(body=NamedLabel, operation_id="label_delete_by_name", responses={204: None})
    def delete(self, request: Request, id: str) -> Response:  # noqa: A002
        """Delete the label that is named."""
        _named(project_at(request, id, Level.WORK).entity, self.given()).delete()
        return Response(status=204)


class LabelView(ProjectsView):
    """One of a project."""

    @takes(responses=LabelSerializer)
    def get(self, request: Request, id: str, label: str) -> Response:  # noqa: A002
        """Return it."""
        return Response(_shown([_found(project_at(request, id).entity, label)])[0])

    @takes(body=ChangedLabel, responses=LabelSerializer)
    def put(self, request: Request, id: str, label: str) -> Response:  # noqa: A002
        """Change the fields that are given."""
        found = _found(project_at(request, id, Level.WORK).entity, label)
        return Response(_changed(found, self.given()))

    @takes(responses={204: None})
    def delete(self, request: Request, id: str, label: str) -> Response:  # noqa: A002
        """Delete it, and take it from all issues and merge requests."""
        _found(project_at(request, id, Level.WORK).entity, label).delete()
        return Response(status=204)


class _once(transaction.Atomic):  # noqa: N801  (reads as a statement)
    """A transaction in which a name that is taken is a `Conflict`."""

    def __init__(self) -> None:
        super().__init__(using="main", savepoint=True, durable=False)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        """As Django's."""
        super().__exit__(kind, error, trace)
        if isinstance(error, IntegrityError) and "labels_once" in str(error):
            raise Conflict(TAKEN) from error


def _found(project: Project, key: str) -> Label:
    by_id = Label.objects.filter(project=project, pk=int(key)).first() if is_id(key) else None
    found = by_id or (label_named(project, key) if "\0" not in key else None)
    if found is None:
        raise Http404("no such label")
    return found


def _named(project: Project, fields: dict[str, Any]) -> Label:
    """The label that these fields name; they no longer do."""
    name, number = fields.pop("name", ""), fields.pop("label_id", None)
    by_id = Label.objects.filter(project=project, pk=number or 0)
    found = by_id.first() if number else label_named(project, name)
    if found is None:
        raise Http404("no such label")
    return found


def _changed(label: Label, fields: dict[str, Any]) -> Any:
    fields = _without_null(fields)
    if "new_name" in fields:
        fields["name"] = fields.pop("new_name")
    for name, value in fields.items():
        setattr(label, name, value)
    with _once():
        label.save(update_fields=list(fields))
    return _shown([label])[0]


def _without_null(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if name == "description" and value is None else value for name, value in fields.items()}


def _shown(labels: Sequence[Label], counted: Place[Project] | None = None) -> Any:
    """Labels as JSON, with `counted` how many issues and merge requests have them that its viewer sees."""
    context = {"counts": {name: _count(counted, labels, *what) for name, what in COUNTS.items()}} if counted else {}
    return LabelSerializer(labels, many=True, context=context).data


def _count(
    place: Place[Project], labels: Sequence[Label], model: type[Issue] | type[MergeRequest], state: str
) -> dict[int, int]:
    seen = {f"{TARGET[model]}__in": issuables_of(place, model).filter(state=state)}
    links = (
        LabelLink.objects.filter(label__in=[label.pk for label in labels], **seen)
        if labels
        else LabelLink.objects.none()
    )
    return dict(links.values_list("label_id").annotate(Count("pk")).order_by())
