"""Who may do what, in one place; who sees what is in `monolith/namespaces/visibility.py`.

| level | who | may |
| --- | --- | --- |
| read | everyone who can see it | look |
| report | signed in, and sees it | open issues, comment, close what is theirs |
| work | developers | all issues and merge requests of it |
| maintain | maintainers | make groups and projects in it; its name and visibility; its members |
| own | owners, the owner of a user's namespace, owners of the organization, administrators | rename, transfer, delete |

Issues and merge requests are deleted by owners, too, as in GitLab.
A member of a group has their role in all that is in it, the highest where they have several.
A guest of the organization reports and no more, whatever else they are.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from monolith.namespaces.models import Namespace, NamespaceMember, Project, ProjectMember, Role
from organizations.members.viewer import NOBODY, Viewer
from organizations.models import GITLAB_COM_PUBLIC


class Level(IntEnum):
    """A user's permissions on an entity; each level includes those below it."""

    READ = 1
    REPORT = 2
    WORK = 3
    MAINTAIN = 4
    OWN = 5


LEVEL_OF: dict[str, Level] = {
    Role.GUEST: Level.REPORT,
    Role.DEVELOPER: Level.WORK,
    Role.MAINTAINER: Level.MAINTAIN,
    Role.OWNER: Level.OWN,
}
"""The level of each role."""


def level_in(viewer: Viewer, entity: Namespace | Project) -> Level:
    """Return the viewer's level in a namespace or project that they can see."""
    organization_id = entity.organization_id
    if viewer.user_id == NOBODY:
        return Level.READ
    if viewer.administrator or organization_id in viewer.owned:
        return Level.OWN
    if organization_id in viewer.guest_of:
        return Level.REPORT
    return max((LEVEL_OF[role] for role in _roles(viewer, entity)), default=Level.REPORT)


def _roles(viewer: Viewer, entity: Namespace | Project) -> QuerySet[Any, str]:
    """Return the viewer's roles in it and above it, in one query; the owner of a user's namespace is an owner."""
    family = family_of(entity)
    roles = NamespaceMember.objects.filter(user_id=viewer.user_id, namespace__in=family).values_list("role", flat=True)
    owned = family.filter(owner_id=viewer.user_id).values_list(Value(Role.OWNER.value), flat=True)
    of_project = ProjectMember.objects.filter(project_id=entity.pk, user_id=viewer.user_id)
    more = [of_project.values_list("role", flat=True)] if isinstance(entity, Project) else []
    return roles.union(owned, *more)


def may_make_groups_in(viewer: Viewer, organization_id: int) -> bool:
    """Whether the viewer may create top-level groups in an organization; in GitLab.com Public every user may."""
    if viewer.user_id == NOBODY:
        return False
    if viewer.administrator or organization_id == GITLAB_COM_PUBLIC:
        return True
    return organization_id in viewer.organizations - viewer.guest_of


def may_set_up(viewer: Viewer, organization_id: int) -> bool:
    """Whether the viewer may change an organization's settings."""
    return viewer.administrator or organization_id in viewer.owned


def family_of(entity: Namespace | Project) -> QuerySet[Namespace]:
    """The namespaces whose members are members of this one or project too: those above it, and itself."""
    segments = entity.full_path.lower().split("/")
    keys = ["/".join(segments[:length]) for length in range(1, len(segments) + 1)]
    family = Namespace.objects.alias(key=Lower("full_path"))
    return family.filter(key__in=keys, organization_id=entity.organization_id)
