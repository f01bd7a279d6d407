"""What users did: who opened and closed what, commented, and created projects.

Events are read from the rows themselves. There is no table of events, so nothing is written twice, and an event is
as visible as its row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Value

from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.namespaces.policy import Level
from monolith.namespaces.visibility import in_visible_project
from monolith.work.models import Issue, MergeRequest, Note
from monolith.work.policy import readable
from organizations.members.viewer import Viewer
from organizations.tenancy.presence import present


@dataclass(frozen=True)
class Kind:
    """One kind of event: the rows that tell of it, with the columns for when and by whom."""

    number: int
    action: str
    target: str
    model: type[Any]
    at: str
    by: str
    to_project: str
    to_issue: str | None = None
    """The lookups that lead to the project, and to an issue that may be confidential."""
    condition: Q = field(default_factory=Q)

    @property
    def rows(self) -> QuerySet[Any, Any]:
        """All rows that tell of it."""
        manager: Any = self.model._default_manager
        found: QuerySet[Any, Any] = manager.filter(self.condition)
        return found


_CLOSED = ~Q(closed_by_id=None)
KINDS = (
    Kind(0, "opened", "Issue", Issue, "created_at", "author_id", "project__", ""),
    Kind(1, "closed", "Issue", Issue, "closed_at", "closed_by_id", "project__", "", _CLOSED),
    Kind(2, "opened", "MergeRequest", MergeRequest, "created_at", "author_id", "project__"),
    Kind(3, "closed", "MergeRequest", MergeRequest, "closed_at", "closed_by_id", "project__", None, _CLOSED),
    Kind(4, "commented on", "Note", Note, "created_at", "author_id", "issue__project__", "issue__", ~Q(issue=None)),
    Kind(5, "commented on", "Note", Note, "created_at", "author_id", "merge_request__project__", None, Q(issue=None)),
    Kind(6, "created", "Project", Project, "created_at", "creator_id", "", None, ~Q(creator_id=None)),
)


@dataclass(frozen=True)
class Event:
    """Something that a person did."""

    kind: Kind
    row: Any
    at: datetime
    by: int

    @property
    def id(self) -> int:
        """A number of its own: that of the row and of what is told of it."""
        return int(self.row.pk) * 8 + self.kind.number

    @property
    def about(self) -> Any:
        """The issue, merge request or project."""
        return self.row.issue or self.row.merge_request if isinstance(self.row, Note) else self.row

    @property
    def project(self) -> Project:
        """Where it was done."""
        return self.about if isinstance(self.about, Project) else self.about.project


def events_in(place: Place[Project], kinds: Collection[Kind], **within: datetime) -> QuerySet[Any, Any]:
    """Return the events of a project that its viewer may know of, the newest first; `within` two times at most."""
    return _newest_first(
        (kind, kind.rows.filter(_of(place, kind), *_readable_in(place, kind), *_within(kind, **within)))
        for kind in kinds
    )


def events_of(viewer: Viewer, organization_id: int, kinds: Collection[Kind], **within: datetime) -> QuerySet[Any, Any]:
    """Return what the viewer did in one organization, as far as they still see it, the newest first."""
    return _newest_first(
        (
            kind,
            present(kind.rows.filter(*_by(viewer, organization_id, kind), *_within(kind, **within)), organization_id),
        )
        for kind in kinds
    )


def told(found: Sequence[tuple[int, int, datetime, int]]) -> Iterator[Event]:
    """Yield the events of one page, with what they are about read at once."""
    related = {
        Issue: ("project",),
        MergeRequest: ("project",),
        Note: ("issue__project", "merge_request__project"),
        Project: (),
    }
    kinds = {kind.number: kind for kind in KINDS}
    rows: dict[Any, Mapping[int, Any]] = {}
    for model, names in related.items():
        ids = [ref for number, ref, _, _ in found if kinds[number].model is model]
        manager: Any = model._default_manager
        rows[model] = manager.select_related(*names).in_bulk(ids) if ids else {}
    for number, ref, at, by in found:
        kind = kinds[number]
        if ref in rows[kind.model]:
            yield Event(kind, rows[kind.model][ref], at, by)


def _of(place: Place[Project], kind: Kind) -> Q:
    return Q(**{kind.to_project.removesuffix("__") or "pk": place.entity.pk})


def _readable_in(place: Place[Project], kind: Kind) -> Iterator[Q]:
    if kind.to_issue is not None and place.level < Level.WORK:
        yield readable(place.viewer, kind.to_issue)


def _by(viewer: Viewer, organization_id: int, kind: Kind) -> Iterator[Q]:
    yield Q(organization_id=organization_id, **{kind.by: viewer.user_id})
    yield in_visible_project(viewer, kind.to_project)
    if kind.to_issue is not None:
        yield readable(viewer, kind.to_issue)


def _within(kind: Kind, after: datetime | None = None, before: datetime | None = None) -> Iterator[Q]:
    if after:
        yield Q(**{f"{kind.at}__gte": after})
    if before:
        yield Q(**{f"{kind.at}__lt": before})


def _newest_first(parts: Iterable[tuple[Kind, QuerySet[Any, Any]]]) -> QuerySet[Any, Any]:
    """Return (number of the kind, id of the row, when, by whom) of all parts."""
    listed: list[QuerySet[Any, Any]] = [
        rows.order_by()
        .annotate(kind=Value(kind.number), ref=F("pk"), at=F(kind.at), who=F(kind.by))
        .values_list("kind", "ref", "at", "who")
        for kind, rows in parts
    ]
    if not listed:
        nothing: QuerySet[Any, Any] = Project.objects.none()
        return nothing
    first, *others = listed
    return first.union(*others, all=True).order_by("-at", "-ref", "kind")
