"""What was sent about an issue or a merge request, as its columns; raises `ValidationError` for what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError

from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.work.api.inputs import REOPEN
from monolith.work.assignees import NotAssignable, assignable
from monolith.work.labels import labels_named
from monolith.work.models import Issue, MergeRequest
from monolith.work.policy import may_label

OF_LABELS = ("labels", "add_labels", "remove_labels")


def columns_of(
    sent: Mapping[str, Any], place: Place[Project], found: Issue | MergeRequest | None = None
) -> dict[str, Any]:
    """Return the columns, and `labels` if they change; `found` is what is changed, None for something new."""
    fields = {**sent}
    fields.pop("issue_type", None)
    event = fields.pop("state_event", None)
    if event:
        fields["state"] = Issue.State.OPEN if event == REOPEN else Issue.State.CLOSED
    _assign(fields, place, found.assignee_id if found else None)
    _refuse_unless_developer(fields, place)
    if "milestone_id" in fields:
        fields["milestone_id"] = _milestone(place.entity, fields["milestone_id"])
    _label(fields, place.entity, found)
    return fields


def _assign(fields: dict[str, Any], place: Place[Project], present: int | None) -> None:
    names = [name for name in ("assignee_id", "assignee_ids") if name in fields]
    if not names:
        return
    ids = fields.pop("assignee_ids", None)
    if ids is not None:
        as_list = ids[0] if ids else None
        if fields.setdefault("assignee_id", as_list) != as_list:
            raise ValidationError({"assignee_ids": ["Must name the same user as assignee_id."]})
    try:
        fields["assignee_id"] = assignable(fields["assignee_id"], place.entity, place.viewer, present)
    except NotAssignable as error:
        raise ValidationError({names[0]: ["Nobody with this id works on this project."]}) from error


def _refuse_unless_developer(fields: Mapping[str, Any], place: Place[Project]) -> None:
    names = [name for name in (*OF_LABELS, "milestone_id") if name in fields]
    if names and not may_label(place.level):
        raise ValidationError({name: ["Only developers of the project set this."] for name in names})


def _milestone(project: Project, milestone_id: int | None) -> int | None:
    if not milestone_id:
        return None
    found: int | None = project.milestones.filter(pk=milestone_id).values_list("pk", flat=True).first()
    if found is None:
        raise ValidationError({"milestone_id": ["The project has no milestone of this id."]})
    return found


def _label(fields: dict[str, Any], project: Project, found: Issue | MergeRequest | None) -> None:
    sent = {name: fields.pop(name) for name in OF_LABELS if name in fields}
    if not sent:
        return
    names = sent["labels"] if "labels" in sent else [each.name for each in found.labels.all()] if found else []
    removed = {name.lower() for name in sent.get("remove_labels", ())}
    names = [name for name in (*names, *sent.get("add_labels", ())) if name.lower() not in removed]
    fields["labels"] = labels_named(project, names)
