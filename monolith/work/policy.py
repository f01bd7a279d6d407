"""Who may change issues and merge requests; levels are those of `monolith/namespaces/policy.py`."""

from __future__ import annotations

from monolith.namespaces.policy import Level
from monolith.work.models import Issue, MergeRequest
from organizations.members.viewer import Viewer


def may_edit(viewer: Viewer, level: Level, issuable: Issue | MergeRequest) -> bool:
    """Whether the viewer may change or close an issue or a merge request."""
    is_theirs = viewer.user_id in {issuable.author_id, issuable.assignee_id}
    return level >= Level.WORK or (level >= Level.REPORT and is_theirs)
