"""Who sees what, in one place.

Public: everybody. Internal: members of the organization, guests too. Private:
members of the project, or of the group or one above it, and the owner of a
user's namespace. Owners of the organization and administrators see everything
in it. Nobody sees the copies of a move. A token that is limited to one
organization sees nothing of any other, not even what is public.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower

from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember, Role, Visibility
from organizations.members.viewer import NOBODY, Viewer
from organizations.tenancy.presence import present

WORKERS = (Role.DEVELOPER, Role.MAINTAINER, Role.OWNER)


def visible_projects(viewer: Viewer) -> QuerySet[Project]:
    """Return the projects of this pod that the viewer may see."""
    return present(Project.objects.filter(in_visible_project(viewer)))


def in_visible_project(viewer: Viewer, project: str = "") -> Q:
    """Return the condition that the viewer may see a project; on rows of other tables, `project` is the lookup that
    leads to it, such as `project__`.

    Unlike `project__in=visible_projects(…)`, PostgreSQL cannot begin with all projects that the viewer may see.
    """
    if viewer.administrator:
        return Q()
    mine = Q(**{f"{project}namespace__owner_id": viewer.user_id}) | Q(_member_of_project(viewer, project))
    seen = _seen_by_anyone_like(viewer, project) | _member_only(viewer, mine, project)
    return _within_limit(viewer, seen, project)


def works_on_project(viewer: Viewer, project: str = "") -> Q:
    """Return the condition that the viewer is a developer of a project, or more; `project` as above.

    The same as `Level.WORK` of `monolith.namespaces.policy.level_in`, for rows of many projects.
    """
    if viewer.administrator:
        return Q()
    works = in_role(viewer, WORKERS, project) & ~Q(**{f"{project}organization_id__in": viewer.guest_of})
    return works | Q(**{f"{project}organization_id__in": viewer.owned})


def in_role(viewer: Viewer, roles: Sequence[str] = tuple(Role), project: str = "") -> Q:
    """Return the condition that the viewer is a member in one of these roles: of a project, of a group above it, or as
    the owner of its namespace.
    """
    if viewer.user_id == NOBODY:
        return Q(pk__in=[])
    as_member = Q(_member_of_project(viewer, project, roles)) | Q(Exists(_member_at_or_above(viewer, project, roles)))
    as_owner = Q(**{f"{project}namespace__owner_id": viewer.user_id})
    return as_member | as_owner if Role.OWNER in roles else as_member


def visible_namespaces(viewer: Viewer) -> QuerySet[Namespace]:
    """Return the groups and users' namespaces that the viewer may see, including those of projects they are a member
    of.
    """
    here = present(Namespace.objects.all())
    if viewer.administrator:
        return here
    mine = Q(owner_id=viewer.user_id) | Q(Exists(_projects_below(viewer)))
    return here.filter(_within_limit(viewer, _seen_by_anyone_like(viewer, "") | _member_only(viewer, mine, ""), ""))


def first_choice(wanted: str, within: Namespace | None) -> str:
    """The visibility that a form offers first: the wanted one, or the widest that what it will be in allows."""
    widest = Visibility(within.visibility) if within else Visibility.PUBLIC
    return wanted if widest.covers(Visibility(wanted)) else widest


def _within_limit(viewer: Viewer, seen: Q, entity: str) -> Q:
    return seen if viewer.limited_to is None else seen & Q(**{f"{entity}organization_id": viewer.limited_to})


def _seen_by_anyone_like(viewer: Viewer, entity: str) -> Q:
    visibility, organization = f"{entity}visibility", f"{entity}organization_id__in"
    seen = Q(**{visibility: Visibility.PUBLIC})
    if viewer.organizations:
        seen |= Q(**{visibility: Visibility.INTERNAL, organization: viewer.organizations})
    if viewer.owned:
        seen |= Q(**{organization: viewer.owned})
    return seen


def _member_only(viewer: Viewer, also: Q, entity: str) -> Q:
    if viewer.user_id == NOBODY:
        return Q(pk__in=[])
    return also | Q(Exists(_member_at_or_above(viewer, entity)))


def _member_at_or_above(viewer: Viewer, entity: str, roles: Sequence[str] = ()) -> QuerySet[NamespaceMember]:
    """Memberships of the viewer in the row's namespace or one above it, by path; with `roles`, in one of these."""
    mine = NamespaceMember.objects.filter(user_id=viewer.user_id, organization_id=OuterRef(f"{entity}organization_id"))
    return _begins_with(
        mine.filter(role__in=roles) if roles else mine,
        Concat(Lower(OuterRef(f"{entity}full_path")), Value("/")),
        Concat(Lower(F("namespace__full_path")), Value("/")),
    )


def _member_of_project(viewer: Viewer, project: str, roles: Sequence[str] = ()) -> Exists:
    mine = ProjectMember.objects.filter(user_id=viewer.user_id, project_id=OuterRef(f"{project}pk"))
    return Exists(mine.filter(role__in=roles) if roles else mine)


def _projects_below(viewer: Viewer) -> QuerySet[Project]:
    below = _begins_with(
        Project.objects.filter(organization_id=OuterRef("organization_id")),
        Lower(F("full_path")),
        Concat(Lower(OuterRef("full_path")), Value("/")),
    )
    return below.filter(Exists(ProjectMember.objects.filter(user_id=viewer.user_id, project_id=OuterRef("pk"))))


def _begins_with(rows: QuerySet[Any], text: Any, beginning: Any) -> QuerySet[Any]:
    return rows.filter(Func(text, beginning, function="starts_with", output_field=BooleanField()))
