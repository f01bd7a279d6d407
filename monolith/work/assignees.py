"""Whom an issue or a merge request may be given to: people whom the one who gives it can see in a list already."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower

from monolith.namespaces.models import NamespaceMember, Project, ProjectMember, Visibility
from monolith.namespaces.places import Place, find_project
from monolith.namespaces.policy import family_of
from organizations.members.models import Membership
from organizations.members.viewer import Viewer, viewer_of
from organizations.models import GITLAB_COM_PUBLIC
from users.lookup import named
from users.models import User

NOBODY = User(pk=0, username="nobody")
"""Stands for who is not there, so that their absence is as long to find out as anybody's membership."""

MOST_SUGGESTED = 50


class NotAssignable(LookupError):
    """Nobody who works on the project has this username or id."""


def assignee_of(username: str, project: Project, by: Viewer, present: int | None = None) -> int | None:
    """Return the id of the person with a username; None for the empty one.

    Raises `NotAssignable`, the same for who does not exist and for who has nothing to do with the project. The
    `present` assignee may always stay.
    """
    return _working(named(username).first(), project, by, present) if username else None


def assignable(user_id: int | None, project: Project, by: Viewer, present: int | None = None) -> int | None:
    """Return a person's id if they may be given something; None for 0 and for nobody. Raises `NotAssignable`."""
    return _working(User.objects.filter(pk=user_id).first(), project, by, present) if user_id else None


def _working(found: User | None, project: Project, by: Viewer, present: int | None) -> int:
    user = found if found and found.is_active else NOBODY
    # All of them are asked, whatever the first one says.
    works = [_is_member(user, project), _is_colleague(user, project, by), user.pk in {by.user_id, present}]
    if user is NOBODY or not any(works):
        raise NotAssignable("no one with this username or ID works on this project")
    return user.pk


def suggested(place: Place[Project]) -> list[User]:
    """Return the first people whom the viewer may give something to in a project, by their usernames."""
    project, by = place.entity, place.viewer
    family = family_of(project)
    rows: list[QuerySet[Any, int | None]] = [
        NamespaceMember.objects.filter(namespace__in=family).values_list("user_id", flat=True),
        ProjectMember.objects.filter(project=project).values_list("user_id", flat=True),
        family.filter(owner_id__isnull=False).values_list("owner_id", flat=True),
    ]
    if project.organization_id != GITLAB_COM_PUBLIC and by.belongs_to(project.organization_id):
        colleagues = Membership.objects.filter(organization_id=project.organization_id)
        if project.visibility == Visibility.PRIVATE:
            colleagues = colleagues.filter(role=Membership.Role.OWNER)
        rows.append(colleagues.values_list("user_id", flat=True))
    found = {each for some in rows for each in some[:MOST_SUGGESTED] if each is not None}
    ids = {by.user_id, *found}
    return list(User.objects.filter(pk__in=ids, is_active=True).order_by(Lower("username"))[:MOST_SUGGESTED])


def _is_member(user: User, project: Project) -> bool:
    """Whether the user is a member of the project or of a group above it, or owns its namespace."""
    family = family_of(project)
    rows = (
        NamespaceMember.objects.filter(namespace__in=family, user_id=user.pk),
        ProjectMember.objects.filter(project=project, user_id=user.pk),
        family.filter(owner_id=user.pk),
    )
    found = [each.exists() for each in rows]
    return any(found)


def _is_colleague(user: User, project: Project, by: Viewer) -> bool:
    """Whether the user belongs to the project's organization and sees the project, and `by` belongs to it too.

    People of GitLab.com Public are no colleagues: nobody can list them.
    """
    organization_id = project.organization_id
    if organization_id == GITLAB_COM_PUBLIC or not by.belongs_to(organization_id):
        return False
    belongs = Membership.objects.filter(user_id=user.pk, organization_id=organization_id).exists()
    return find_project(viewer_of(user), project.full_path) is not None and belongs
