"""Whom an issue or a merge request may be given to."""

from __future__ import annotations

from projects.models import Project
from projects.places import find_project
from projects.visibility import viewer_of
from users.models import User


class NotAssignable(LookupError):
    """Nobody who sees the project has this username."""


def assignee_of(username: str, project: Project) -> int | None:
    """The id of a person who sees the project; None for the empty name. Raises `NotAssignable`.

    One and the same for somebody who does not exist and somebody who may not see it.
    """
    if not username:
        return None
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    if user is None or find_project(viewer_of(user), project.full_path) is None:
        raise NotAssignable(username)
    return user.pk
