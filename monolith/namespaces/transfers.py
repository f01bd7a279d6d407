"""Where a user may transfer a group or project to."""

from __future__ import annotations

from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.policy import Level, level_in, may_make_groups_in
from organizations.members.viewer import Viewer
from routing.claims import ClaimError


class NotInto(ClaimError):
    """Nothing can be put there by this person."""


def refuse_top_level(viewer: Viewer, entity: Namespace) -> None:
    """Raise `NotInto` unless the viewer may make a group a top-level group."""
    if not may_make_groups_in(viewer, entity.organization_id):
        raise NotInto("You are not allowed to create top-level groups")


def refuse_into(viewer: Viewer, entity: Namespace | Project, parent: Namespace | None) -> Namespace:
    """Return the named namespace; raises `NotInto` unless the viewer may transfer the entity there. The error is the
    same for what is not there, what they do not see, and what is in another organization.
    """
    if parent is None or not _takes(viewer, entity, parent):
        raise NotInto("There is no such group in this organization that you maintain")
    return parent


def _takes(viewer: Viewer, entity: Namespace | Project, parent: Namespace) -> bool:
    if parent.organization_id != entity.organization_id or level_in(viewer, parent) < Level.MAINTAIN:
        return False
    return isinstance(entity, Project) or parent.kind == Namespace.Kind.GROUP
