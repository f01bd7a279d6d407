"""Lists of the groups and projects that a viewer sees, in the order of their paths.

A list is merged from parts, and an index has each part in order: what is public,
what is internal, what is below a group that the viewer is a member of. Nothing
else is read, so a page costs the same for a viewer who sees ten projects of a
million and for one who sees them all. `monolith/namespaces/visibility.py` is
asked about every row that a part found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, BooleanField, Exists, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, Lower

from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember, Visibility
from monolith.namespaces.policy import family_of
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from organizations.members.viewer import NOBODY, Viewer

Row = TypeVar("Row", Namespace, Project)
Narrow = Callable[[QuerySet[Any]], QuerySet[Any]]
"""Keeps of some rows the first ones of a page."""
Part = Callable[[Narrow], QuerySet[Any, Any]]
"""Returns the ids of rows of one part, narrowed."""
# Follows "/" in the order of characters.
_AFTER_SLASH = "0"


@dataclass(frozen=True)
class Seen(Generic[Row]):
    """Rows that a viewer sees. The parts together have each of them once or several times."""

    visible: QuerySet[Row]
    parts: tuple[Part, ...]
    condition: Q = field(default_factory=Q)

    @property
    def rows(self) -> QuerySet[Row]:
        """All of them, in no order."""
        return self.visible.filter(self.condition)

    def filter(self, condition: Q) -> Seen[Row]:
        """Return those that meet a condition as well."""
        return replace(self, condition=self.condition & condition)

    def select_related(self, *names: str) -> Seen[Row]:
        """Return the same rows with what they refer to."""
        return replace(self, visible=self.visible.select_related(*names))

    def first(self, most: int, *, after: str = "", before: str = "") -> QuerySet[Row]:
        """Return the first rows whose key follows `after`, or the last ones before `before`, the nearest first."""

        def narrow(rows: QuerySet[Any]) -> QuerySet[Any]:
            rows = rows.alias(key=Lower("full_path"))
            if before:
                return rows.filter(key__lt=before).order_by("-key")[:most]
            return (rows.filter(key__gt=after) if after else rows).order_by("key")[:most]

        def narrow_part(rows: QuerySet[Any]) -> QuerySet[Any]:
            return narrow(rows.filter(self.condition))

        first, *others = [part(narrow_part) for part in self.parts]
        found = ArraySubquery(first.union(*others, all=True) if others else first)
        return narrow(self.visible.filter(_IsAnyOf("pk", found)))

    @staticmethod
    def key(row: Row) -> str:
        """Return what a list continues after."""
        return row.full_path.lower()


def projects_in(viewer: Viewer, organization_id: int) -> Seen[Project]:
    """Return the projects of an organization that the viewer sees."""
    rows = Project.objects.filter(organization_id=organization_id)
    parts = [*_as_anyone_like(viewer, organization_id, rows)]
    if not _sees_all(viewer, organization_id) and viewer.user_id != NOBODY:
        members = _memberships(viewer, organization_id)
        parts += [
            _below_each(members, rows),
            _part(rows.filter(pk__in=_projects_of(viewer, organization_id).values("project_id"))),
            _part(rows.filter(namespace__in=_own_namespaces(viewer, organization_id))),
        ]
    return Seen(visible_projects(viewer).filter(organization_id=organization_id), tuple(parts))


def projects_open_to(viewer: Viewer, organization_id: int) -> Seen[Project]:
    """Return the projects of an organization that are open to everybody like the viewer: the public ones, and for those
    who belong to it the internal ones.
    """
    open_to = [Visibility.PUBLIC, Visibility.INTERNAL] if viewer.belongs_to(organization_id) else [Visibility.PUBLIC]
    rows = Project.objects.filter(organization_id=organization_id)
    visible = visible_projects(viewer).filter(organization_id=organization_id, visibility__in=open_to)
    return Seen(visible, tuple(_part(rows.filter(visibility=visibility)) for visibility in open_to))


def namespaces_in(viewer: Viewer, organization_id: int) -> Seen[Namespace]:
    """Return the groups and users' namespaces of an organization that the viewer sees."""
    rows = Namespace.objects.filter(organization_id=organization_id)
    parts = [*_as_anyone_like(viewer, organization_id, rows)]
    if not _sees_all(viewer, organization_id) and viewer.user_id != NOBODY:
        members = _memberships(viewer, organization_id)
        parts += [_below_each(members, rows), *_namespaces_by_membership(viewer, organization_id, rows)]
        parts.append(_part(_own_namespaces(viewer, organization_id)))
    return Seen(visible_namespaces(viewer).filter(organization_id=organization_id), tuple(parts))


def projects_of(viewer: Viewer, namespace: Namespace) -> Seen[Project]:
    """Return the projects of a namespace that the viewer sees, without those of its subgroups."""
    rows = Project.objects.filter(namespace=namespace)
    parts = [*_as_anyone_like(viewer, namespace.organization_id, rows)]
    if not _sees_all(viewer, namespace.organization_id) and viewer.user_id != NOBODY:
        mine = _projects_of(viewer, namespace.organization_id)
        parts += [*_as_member(viewer, namespace, rows), _part(rows.filter(pk__in=mine.values("project_id")))]
    return Seen(visible_projects(viewer).filter(namespace=namespace), tuple(parts))


def subgroups_of(viewer: Viewer, namespace: Namespace) -> Seen[Namespace]:
    """Return the subgroups of a namespace that the viewer sees, without those further down."""
    rows = Namespace.objects.filter(parent=namespace)
    organization_id = namespace.organization_id
    parts = [*_as_anyone_like(viewer, organization_id, rows)]
    if not _sees_all(viewer, organization_id) and viewer.user_id != NOBODY:
        parts += [*_as_member(viewer, namespace, rows), *_namespaces_by_membership(viewer, organization_id, rows)]
    return Seen(visible_namespaces(viewer).filter(parent=namespace), tuple(parts))


class _IsAnyOf(Func):
    """Whether a value is in an array. Unlike `IN (SELECT …)`, this is always answered by the value's index."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    arity = 2
    output_field = BooleanField()


class _Unnest(Func):
    function = "unnest"
    arity = 1
    set_returning = True


class _PathsAbove(Func):
    """The key of each namespace above a key, a row each."""

    template = (
        "(SELECT array_agg(array_to_string((string_to_array(%(expressions)s, '/'))[:above], '/'))"
        " FROM generate_series(1, length(%(expressions)s) - length(replace(%(expressions)s, '/', ''))) AS above)"
    )
    arity = 1


def _as_anyone_like(viewer: Viewer, organization_id: int, rows: QuerySet[Any]) -> Iterator[Part]:
    """The parts that a viewer sees whatever they are a member of in the organization; all when they see all."""
    seen = [Visibility.PUBLIC]
    if organization_id in viewer.organizations:
        seen.append(Visibility.INTERNAL)
    for visibility in Visibility if _sees_all(viewer, organization_id) else seen:
        yield _part(rows.filter(visibility=visibility))


def _as_member(viewer: Viewer, namespace: Namespace, rows: QuerySet[Any]) -> Iterator[Part]:
    """The parts of a namespace that its owner sees, and members of it or of one above it."""
    members = NamespaceMember.objects.filter(user_id=viewer.user_id, namespace__in=family_of(namespace))
    is_member = Q() if namespace.owner_id == viewer.user_id else Q(Exists(members))
    for visibility in Visibility:
        yield _part(rows.filter(is_member, visibility=visibility))


def _sees_all(viewer: Viewer, organization_id: int) -> bool:
    return viewer.administrator or organization_id in viewer.owned


def _memberships(viewer: Viewer, organization_id: int) -> QuerySet[NamespaceMember]:
    return NamespaceMember.objects.filter(user_id=viewer.user_id, organization_id=organization_id)


def _projects_of(viewer: Viewer, organization_id: int) -> QuerySet[ProjectMember]:
    return ProjectMember.objects.filter(user_id=viewer.user_id, organization_id=organization_id)


def _own_namespaces(viewer: Viewer, organization_id: int) -> QuerySet[Namespace]:
    return Namespace.objects.filter(owner_id=viewer.user_id, organization_id=organization_id)


def _namespaces_by_membership(viewer: Viewer, organization_id: int, rows: QuerySet[Namespace]) -> list[Part]:
    """Those that the viewer is a member of, and those above a project that they are a member of."""
    above = _projects_of(viewer, organization_id).values(
        above=_Unnest(_PathsAbove(Lower("project__full_path")), output_field=TextField())
    )
    return [
        _part(rows.filter(pk__in=_memberships(viewer, organization_id).values("namespace_id"))),
        _part(rows.alias(key=Lower("full_path")).filter(key__in=above)),
    ]


def _part(rows: QuerySet[Any]) -> Part:
    return lambda narrow: narrow(rows).values("pk")


def _below_each(members: QuerySet[NamespaceMember], rows: QuerySet[Any]) -> Part:
    """The rows below the namespace of each membership, each narrowed by itself."""
    start = Lower(OuterRef("namespace__full_path"))
    rows = rows.alias(key=Lower("full_path"))
    below = rows.filter(key__gt=Concat(start, Value("/")), key__lt=Concat(start, Value(_AFTER_SLASH)))

    def part(narrow: Narrow) -> QuerySet[Any, Any]:
        found = ArraySubquery(narrow(below).values("pk"))
        return members.values(found=_Unnest(found, output_field=BigIntegerField()))

    return part
