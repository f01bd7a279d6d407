"""Rows of one page as JSON, with what they have in common read at once: no row costs a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count
from django.db.models.functions import Lower

from monolith.namespaces.api.serializers import GroupSerializer, NamespaceSerializer, ProjectSerializer
from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember, Role, Star
from organizations.members.viewer import NOBODY, Viewer

ACCESS_LEVELS: dict[str, int] = {Role.GUEST: 10, Role.DEVELOPER: 30, Role.MAINTAINER: 40, Role.OWNER: 50}
"""Roles as GitLab's numbers."""


def groups_shown(groups: Sequence[Namespace]) -> Any:
    """Groups as JSON."""
    return GroupSerializer(groups, many=True, context={"names": full_names(groups)}).data


def namespaces_shown(namespaces: Sequence[Namespace]) -> Any:
    """Groups and users' namespaces as JSON."""
    return NamespaceSerializer(namespaces, many=True).data


def projects_shown(projects: Sequence[Project], viewer: Viewer) -> Any:
    """Projects as JSON, with the roles that the viewer has in them."""
    stars = Star.objects.filter(project__in=projects).values_list("project_id").annotate(Count("pk"))
    context = {
        "names": full_names(project.namespace for project in projects),
        "stars": dict(stars.order_by()) if projects else {},
        "access": _access(projects, viewer),
    }
    return ProjectSerializer(projects, many=True, context=context).data


def full_names(namespaces: Iterable[Namespace]) -> Mapping[str, str]:
    """Return by full path the names from the top-level namespace to each of these."""
    wanted = list(namespaces)
    keys = {key for namespace in wanted for key in _keys(namespace)}
    known = {namespace.full_path.lower(): namespace.name for namespace in wanted}
    organizations = {namespace.organization_id for namespace in wanted}
    if missing := keys - known.keys():
        above = Namespace.objects.alias(key=Lower("full_path"))
        above = above.filter(key__in=missing, organization_id__in=organizations)
        known |= {path.lower(): name for path, name in above.values_list("full_path", "name")}
    return {namespace.full_path: " / ".join(known.get(key, "") for key in _keys(namespace)) for namespace in wanted}


def _keys(namespace: Namespace) -> list[str]:
    segments = namespace.full_path.lower().split("/")
    return ["/".join(segments[:depth]) for depth in range(1, len(segments) + 1)]


def _access(projects: Sequence[Project], viewer: Viewer) -> dict[int, tuple[int | None, int | None]]:
    """Return by project the viewer's level in itself, and the highest one in the groups above it."""
    if viewer.user_id == NOBODY or not projects:
        return {}
    mine = ProjectMember.objects.filter(user_id=viewer.user_id, project__in=projects)
    own = {project: ACCESS_LEVELS[role] for project, role in mine.values_list("project_id", "role")}
    keys = {key for project in projects for key in _keys(project.namespace)}
    organizations = {project.organization_id for project in projects}
    groups = NamespaceMember.objects.alias(key=Lower("namespace__full_path"))
    groups = groups.filter(user_id=viewer.user_id, organization_id__in=organizations, key__in=keys)
    levels = {path.lower(): ACCESS_LEVELS[role] for path, role in groups.values_list("namespace__full_path", "role")}
    found: dict[int, tuple[int | None, int | None]] = {}
    for project in projects:
        above = [levels[key] for key in _keys(project.namespace) if key in levels]
        if project.namespace.owner_id == viewer.user_id:
            above.append(ACCESS_LEVELS[Role.OWNER])
        found[project.pk] = own.get(project.pk), max(above, default=None)
    return found
