"""Find what an address of the API names: an id, or a path as one escaped segment.

What is not there and what one may not see are one and the same 404. A renamed
path is as in GitLab for those who may see what had it: GET is redirected to the
address by id, and every other method is 405, since a changed request is not
sent twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models.functions import Lower
from django.http import Http404
from django.utils.encoding import iri_to_uri
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request

from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.places import CONTENTS, SAFE_METHODS, Place, find_namespace, find_project, is_archived
from monolith.namespaces.policy import Level, level_in
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.scope import Scope
from pods.callers import organization_of
from routing.names import key_of
from routing.redirects import present_path

Entity = TypeVar("Entity", bound=Namespace | Project)
Find = Callable[[Viewer, str], Entity | None]

MOST_DIGITS = 18
NUMBER = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)
# /api/v4/projects/<key>/…
KEY_AT = 4


class Moved(Exception):
    """What had this path has another one."""

    def __init__(self, address: str) -> None:
        super().__init__(f"it is at {address}")
        self.address = address


def project_at(request: Request, key: str, level: Level = Level.READ) -> Place[Project]:
    """The project of an id or path. Raises `Http404`, `Moved`, `MethodNotAllowed`, and `PermissionDenied` for those
    who see it and may not go as far as `level`.
    """

    def by_id(viewer: Viewer, number: int) -> Project | None:
        return visible_projects(viewer).filter(pk=number).first()

    return _at(request, key, level, by_id, find_project)


def group_at(request: Request, key: str, level: Level = Level.READ) -> Place[Namespace]:
    """The group of an id or path; a user's namespace is none. Raises as `project_at`."""

    def by_id(viewer: Viewer, number: int) -> Namespace | None:
        return visible_namespaces(viewer).filter(pk=number, kind=Namespace.Kind.GROUP).first()

    def by_path(viewer: Viewer, path: str) -> Namespace | None:
        found = find_namespace(viewer, path)
        return found if found and found.kind == Namespace.Kind.GROUP else None

    return _at(request, key, level, by_id, by_path)


def namespace_at(request: Request, key: str) -> Place[Namespace]:
    """The group or user's namespace of an id or path. Raises as `project_at`."""

    def by_id(viewer: Viewer, number: int) -> Namespace | None:
        return visible_namespaces(viewer).filter(pk=number).first()

    return _at(request, key, Level.READ, by_id, find_namespace)


def scope_of(request: Request, key: str | None) -> Scope:
    """The organization of the caller without a key; else that of an id or path, for those who belong to it.

    Raises `Http404`.
    """
    viewer = viewer_of(request.user)
    if key is None:
        key = str(organization_of(request._request))
        if key == str(GITLAB_COM_PUBLIC):
            return Scope(viewer)
    rows = Organization.objects.filter(state=Organization.State.ACTIVE)
    rows = rows.filter(pk=int(key)) if is_id(key) else rows.alias(key=Lower("path")).filter(key=key_of(key))
    found = rows.first() if key.isascii() else None
    if found is None or not viewer.belongs_to(found.pk):
        raise Http404("no such organization, or none of yours")
    return Scope(viewer, None if found.pk == GITLAB_COM_PUBLIC else found)


def number_of(segment: str) -> int:
    """The id that a segment is; 0, which no row has, when it is none."""
    return int(segment) if NUMBER.fullmatch(segment) else 0


def refuse_unless_owner(place: Place[Any]) -> None:
    """Raise `PermissionDenied` for those who may change a thing, but neither its place nor its end."""
    if not place.owned:
        raise PermissionDenied("only owners do that")


def is_id(key: str) -> bool:
    """Whether a key is a number that an id can be."""
    return key.isascii() and key.isdigit() and len(key) <= MOST_DIGITS


def _at(
    request: Request,
    key: str,
    level: Level,
    by_id: Callable[[Viewer, int], Entity | None],
    by_path: Find[Entity],
) -> Place[Entity]:
    viewer = viewer_of(request.user)
    entity = by_id(viewer, int(key)) if is_id(key) else by_path(viewer, key)
    if entity is None:
        raise _renamed(request, viewer, key, by_path)
    found = level_in(viewer, entity)
    if found < level:
        raise PermissionDenied(f"{found.name} is not {level.name}")
    if level in CONTENTS and request.method not in SAFE_METHODS and is_archived(entity):
        raise PermissionDenied("it is archived")
    return Place(entity, viewer, found)


def _renamed(request: Request, viewer: Viewer, key: str, by_path: Find[Entity]) -> Exception:
    present = present_path(key) if key.isascii() else None
    entity = by_path(viewer, present) if present else None
    if entity is None:
        return Http404("nothing here, or nothing for you")
    if request.method not in SAFE_METHODS:
        return MethodNotAllowed(str(request.method), "It was renamed: use its present path, or its id.")
    segments = request._request.path.split("/")
    segments[KEY_AT] = str(entity.pk)
    query = request.META.get("QUERY_STRING", "")
    address = iri_to_uri("/".join(segments))
    return Moved(f"{address}?{query}" if query else address)
