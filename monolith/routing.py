"""The kinds of key in this application's URLs."""

from __future__ import annotations

from monolith.namespaces.models import Namespace, Project
from routing.declare import Declaration, by_entity_id


def by_project_id(argument: str) -> Declaration:
    """Routable by the id of a project, or by its path as one escaped segment."""
    # No project is on the top level, so a path has two segments at least.
    return by_entity_id(argument, Project.entity_type, least_segments=2)


def by_namespace_id(argument: str) -> Declaration:
    """Routable by the id of a group or user namespace, or by its path as one escaped segment."""
    return by_entity_id(argument, *Namespace.Kind.values)
