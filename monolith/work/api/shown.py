"""Issues, merge requests and comments of one page as JSON, with what they have in common read at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count

from monolith.namespaces.views.people import people
from monolith.work.api.serializers import IssueSerializer, MergeRequestSerializer, NoteSerializer
from monolith.work.issuables import is_subscribed
from monolith.work.models import TARGET, Issue, Label, LabelLink, MergeRequest, Note

SERIALIZERS: dict[type[Issue] | type[MergeRequest], type[IssueSerializer] | type[MergeRequestSerializer]] = {
    Issue: IssueSerializer,
    MergeRequest: MergeRequestSerializer,
}
_PEOPLE = ("author_id", "assignee_id", "closed_by_id")


def issuables_shown(
    model: type[Issue] | type[MergeRequest], rows: Sequence[Any], *, with_labels_details: bool = False
) -> Any:
    """Issues or merge requests as JSON."""
    return _shown(model, rows, with_labels_details=with_labels_details)


def issuable_shown(found: Issue | MergeRequest, viewer_id: int) -> Any:
    """One issue or merge request as JSON, with whether the viewer is subscribed."""
    return _shown(type(found), [found], subscribed=is_subscribed(found, viewer_id))[0]


def notes_shown(about: Issue | MergeRequest, notes: Sequence[Note]) -> Any:
    """Comments on one issue or merge request as JSON."""
    context = {"people": people(note.author_id for note in notes), "about": about}
    return NoteSerializer(notes, many=True, context=context).data


def _shown(model: type[Issue] | type[MergeRequest], rows: Sequence[Any], **context: Any) -> Any:
    ids: Iterable[int | None] = (getattr(row, name) for row in rows for name in _PEOPLE)
    context |= {"people": people(ids), "labels": _labels(model, rows), "notes": _notes(model, rows)}
    return SERIALIZERS[model](rows, many=True, context=context).data


def _labels(model: type[Issue] | type[MergeRequest], rows: Sequence[Any]) -> dict[int, list[Label]]:
    about = f"{TARGET[model]}_id"
    links = LabelLink.objects.filter(**{f"{about}__in": [row.pk for row in rows]}).select_related("label")
    found: defaultdict[int, list[Label]] = defaultdict(list)
    for link in links.order_by("label__name") if rows else ():
        found[getattr(link, about)].append(link.label)
    return found


def _notes(model: type[Issue] | type[MergeRequest], rows: Sequence[Any]) -> dict[int, int]:
    about = f"{TARGET[model]}_id"
    notes = Note.objects.filter(**{f"{about}__in": [row.pk for row in rows]}) if rows else Note.objects.none()
    return dict(notes.values_list(about).annotate(Count("pk")).order_by())
