"""Find what a URL is about, for views: the group, user's namespace or project of a path, as far as the viewer may see
it.

What is not there and what one may not see are one and the same 404. A page at
an old path, or at another spelling of the path, redirects those who may see
it; other methods do as they do in GitLab: another spelling works as it is, an
old path does not, since a changed request is not sent twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.policy import Level, level_in
from monolith.namespaces.visibility import visible_namespaces, visible_projects
from organizations.members.viewer import NOBODY, Viewer, viewer_of
from routing.names import key_of
from routing.redirects import present_path

Entity = TypeVar("Entity", bound=Namespace | Project)
SAFE_METHODS = frozenset({"GET", "HEAD"})
CONTENTS = (Level.REPORT, Level.WORK)
"""The levels of those who change what is in a project. An archived project is only read."""


@dataclass(frozen=True)
class Place(Generic[Entity]):
    """The entity of a request, its viewer, and the viewer's level."""

    entity: Entity
    viewer: Viewer
    level: Level

    @property
    def maintained(self) -> bool:
        """Whether they may change it."""
        return self.level >= Level.MAINTAIN

    @property
    def owned(self) -> bool:
        """Whether they may rename, transfer and delete it."""
        return self.level >= Level.OWN

    @property
    def reported(self) -> bool:
        """Whether they may open issues and comment."""
        return self.level >= Level.REPORT and not is_archived(self.entity)

    @property
    def worked_on(self) -> bool:
        """Whether they may open merge requests."""
        return self.level >= Level.WORK and not is_archived(self.entity)


def is_archived(entity: Namespace | Project) -> bool:
    """Whether this is a project whose contents are only read."""
    return isinstance(entity, Project) and entity.archived


View = Callable[..., HttpResponse]
Find = Callable[[Viewer, str], Any]


def at_routable(level: Level = Level.READ) -> Callable[[View], View]:
    """A decorator: the view gets the `Place` of a group, user's namespace or project in place of `full_path`."""
    return _at(find_routable, level)


def at_namespace(level: Level = Level.READ) -> Callable[[View], View]:
    """As `at_routable`, for groups and users' namespaces."""
    return _at(find_namespace, level)


def at_project(level: Level = Level.READ) -> Callable[[View], View]:
    """As `at_routable`, for projects."""
    return _at(find_project, level)


def find_routable(viewer: Viewer, full_path: str) -> Namespace | Project | None:
    """Return what the viewer sees at a path, in any letter case; None when there is nothing that they may see."""
    return find_project(viewer, full_path) or find_namespace(viewer, full_path)


def find_namespace(viewer: Viewer, full_path: str) -> Namespace | None:
    """Return the group or user's namespace that the viewer sees at a path."""
    found: Namespace | None = _by_path(visible_namespaces(viewer), full_path)
    return found


def find_project(viewer: Viewer, full_path: str) -> Project | None:
    """Return the project that the viewer sees at a path."""
    return _by_path(visible_projects(viewer), full_path) if "/" in full_path else None


def refuse(viewer: Viewer, why: str) -> Exception:
    """Return the exception for a viewer who may see an entity but not do this; visitors are asked to sign in first."""
    return Http404(why) if viewer.user_id == NOBODY else PermissionDenied(why)


def _at(find: Find, level: Level) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def look(request: HttpRequest, full_path: str, **arguments: Any) -> HttpResponse:
            viewer = viewer_of(request.user)
            entity = find(viewer, full_path)
            if entity is None:
                return _renamed(request, full_path, viewer)
            if entity.full_path != full_path and request.method in SAFE_METHODS:
                return _instead(request, full_path, entity.full_path)
            found = level_in(viewer, entity)
            if found < level:
                raise refuse(viewer, f"{found.name} is not {level.name}")
            if find is find_project and level in CONTENTS and entity.archived:
                raise refuse(viewer, "it is archived")
            return view(request, Place(entity, viewer, found), **arguments)

        return look

    return decorate


def _by_path(rows: QuerySet[Any], full_path: str) -> Any | None:
    return rows.alias(key=Lower("full_path")).filter(key=key_of(full_path)).first() if full_path.isascii() else None


def _renamed(request: HttpRequest, full_path: str, viewer: Viewer) -> HttpResponse:
    """A redirect from an old path to the present one, for those who may see what is there."""
    present = present_path(full_path) if request.method in SAFE_METHODS else None
    if present is None or find_routable(viewer, present) is None:
        raise Http404("nothing here, or nothing you can see")
    return _instead(request, full_path, present)


def _instead(request: HttpRequest, old: str, new: str) -> HttpResponse:
    path = request.path.replace(old, new, 1)
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{path}?{query}" if query else path)
