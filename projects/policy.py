"""Who may do what, in one place; who sees what is in `projects/visibility.py`.

| level | who | may |
| --- | --- | --- |
| read | whoever sees it | look |
| report | signed in, and sees it | open issues, comment, close what is theirs |
| work | members of the project | all issues and merge requests of it |
| maintain | members of the group or of one above it, the owner of a user's namespace, | make, rename, transfer, |
| | owners of the organization, administrators | delete: it and what is in it |

A guest of the organization reports and no more, whatever else they are.
"""

from __future__ import annotations

from enum import IntEnum

from django.db.models.functions import Lower

from organizations.models import GITLAB_COM_PUBLIC
from projects.models import Issue, MergeRequest, Namespace, NamespaceMember, Project, ProjectMember
from projects.visibility import NOBODY, Viewer


class Level(IntEnum):
    """How far somebody may go; each includes those below it."""

    READ = 1
    REPORT = 2
    WORK = 3
    MAINTAIN = 4


def level_in(viewer: Viewer, entity: Namespace | Project) -> Level:
    """How far somebody may go in a namespace or project that they see."""
    organization_id = entity.organization_id
    if viewer.user_id == NOBODY:
        return Level.READ
    if viewer.administrator or organization_id in viewer.owned:
        return Level.MAINTAIN
    if organization_id in viewer.guest_of:
        return Level.REPORT
    if _is_in_the_family(viewer, entity):
        return Level.MAINTAIN
    if isinstance(entity, Project) and ProjectMember.objects.filter(project=entity, user_id=viewer.user_id).exists():
        return Level.WORK
    return Level.REPORT


def may_make_groups_in(viewer: Viewer, organization_id: int) -> bool:
    """Whether somebody may make top-level groups in an organization; in GitLab.com Public everybody may."""
    if viewer.user_id == NOBODY:
        return False
    if viewer.administrator or organization_id == GITLAB_COM_PUBLIC:
        return True
    return organization_id in viewer.organizations - viewer.guest_of


def may_set_up(viewer: Viewer, organization_id: int) -> bool:
    """Whether somebody may change an organization's settings."""
    return viewer.administrator or organization_id in viewer.owned


def may_edit(viewer: Viewer, level: Level, issuable: Issue | MergeRequest) -> bool:
    """Whether somebody may change or close an issue or a merge request."""
    is_theirs = viewer.user_id in {issuable.author_id, issuable.assignee_id}
    return level >= Level.WORK or (level >= Level.REPORT and is_theirs)


def _is_in_the_family(viewer: Viewer, entity: Namespace | Project) -> bool:
    """Whether somebody is a member at or above a namespace, or owns the user's namespace that it is in."""
    segments = entity.full_path.lower().split("/")
    keys = ["/".join(segments[:length]) for length in range(1, len(segments) + 1)]
    family = Namespace.objects.alias(key=Lower("full_path")).filter(
        key__in=keys, organization_id=entity.organization_id
    )
    member = NamespaceMember.objects.filter(user_id=viewer.user_id, namespace__in=family)
    return member.exists() or family.filter(owner_id=viewer.user_id).exists()
