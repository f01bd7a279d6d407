"""Who may see and change issues and merge requests; levels are those of `monolith/namespaces/policy.py`.

A viewer who sees a project sees its issues, except confidential ones: only their author, their assignee and the
developers of the project see those. Every list, count, search and page asks one of the functions here.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from monolith.namespaces.models import Project
from monolith.namespaces.places import Place
from monolith.namespaces.policy import Level
from monolith.namespaces.visibility import works_on_project
from monolith.work.models import Issue, MergeRequest, Note
from organizations.members.viewer import NOBODY, Viewer


def may_edit(viewer: Viewer, level: Level, issuable: Issue | MergeRequest) -> bool:
    """Whether the viewer may change or close an issue or a merge request; nobody may in an archived project."""
    is_theirs = viewer.user_id in {issuable.author_id, issuable.assignee_id}
    return not issuable.project.archived and (level >= Level.WORK or (level >= Level.REPORT and is_theirs))


def may_delete(place: Place[Project]) -> bool:
    """Whether the viewer may delete issues and merge requests of a project; nobody may in an archived one."""
    return place.owned and not place.entity.archived


def may_write(place: Place[Project], note: Note) -> bool:
    """Whether the viewer may change and delete a comment: its author, and those who maintain the project."""
    is_theirs = note.author_id == place.viewer.user_id and place.reported
    return not place.entity.archived and (is_theirs or place.maintained)


def may_label(level: Level) -> bool:
    """Whether a user at this level may give labels and a milestone to issues and merge requests."""
    return level >= Level.WORK


def readable_in(place: Place[Project], model: type[Any]) -> Q:
    """Return the condition that the viewer may see an issue or merge request of a project that they see."""
    if model is not Issue or place.level >= Level.WORK:
        return Q()
    return _open_or_theirs(place.viewer, "")


def readable(viewer: Viewer, issue: str = "") -> Q:
    """Return the condition that the viewer may see an issue whose project they see, in rows of many projects.

    On rows of other tables, `issue` is the lookup that leads to the issue, such as `issue__`.
    """
    if viewer.administrator:
        return Q()
    return _open_or_theirs(viewer, issue) | works_on_project(viewer, f"{issue}project__")


def _open_or_theirs(viewer: Viewer, issue: str) -> Q:
    is_open = Q(**{f"{issue}confidential": False})
    if viewer.user_id == NOBODY:
        return is_open
    return is_open | Q(**{f"{issue}author_id": viewer.user_id}) | Q(**{f"{issue}assignee_id": viewer.user_id})
