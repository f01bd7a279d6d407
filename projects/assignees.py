"""Whom an issue or a merge request may be given to."""

from __future__ import annotations

from projects.models import Project
from projects.places import find_project
from projects.visibility import viewer_of
from users.models import User


class NotAssignable(LookupError):
    """Nobody who sees the project has this username or id."""


def assignee_of(username: str, project: Project) -> int | None:
    """The id of a person who sees the project; None for the empty name. Raises `NotAssignable`.

    One and the same for somebody who does not exist and somebody who may not see it.
    """
    return _seeing(project, username, username__iexact=username) if username else None


def assignable(user_id: int | None, project: Project) -> int | None:
    """The same by id; None for 0 and for nobody. Raises `NotAssignable`."""
    return _seeing(project, user_id, pk=user_id) if user_id else None


def _seeing(project: Project, named: str | int, **condition: str | int) -> int:
    user = User.objects.filter(is_active=True, **condition).first()
    if user is None or find_project(viewer_of(user), project.full_path) is None:
        raise NotAssignable(named)
    return user.pk
