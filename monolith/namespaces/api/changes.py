"""Change what a group or project is called, where that is, and who sees it, in one request."""

from __future__ import annotations

from typing import Any, TypeVar

from monolith.namespaces.changing import change_settings
from monolith.namespaces.creation import rename
from monolith.namespaces.models import Namespace, Project
from routing.claims import ClaimError

Entity = TypeVar("Entity", bound=Namespace | Project)


def changed(entity: Entity, settings: dict[str, Any], path: str) -> Entity:
    """The entity with these settings and this last segment. Raises what both steps raise, and then nothing has changed.

    Settings first: they are taken back when the path is not to be had, while a path that was given up might be taken.
    """
    before = {name: getattr(entity, name) for name in _names(entity)}
    if settings:
        change_settings(entity, **{**before, **settings})
    if path != entity.path:
        try:
            entity = rename(entity, path)
        except ClaimError:
            if settings:
                change_settings(entity, **before)
            raise
    entity.refresh_from_db()
    return entity


def _names(entity: Namespace | Project) -> tuple[str, ...]:
    both = ("name", "visibility", "description")
    return (*both, "topics") if isinstance(entity, Project) else both
