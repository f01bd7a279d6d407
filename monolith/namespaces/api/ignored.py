"""GitLab's optional parameters that have no meaning here: accepted, ignored, and listed in docs/api.md with the reason.

Only what cannot change an answer for the worse is ignored. Every other parameter is honored, or refused by name.
"""

from __future__ import annotations

_NO_CUSTOM_ATTRIBUTES = "There are no custom attributes."
_NO_STATISTICS = "There are no statistics."

OF_PROJECTS = {
    "simple": "Every project has all of its fields.",
    "statistics": _NO_STATISTICS,
    "license": "There are no repositories, so no licenses.",
    "with_custom_attributes": _NO_CUSTOM_ATTRIBUTES,
}
OF_GROUPS = {
    "all_available": "Lists have every group that you can see.",
    "statistics": _NO_STATISTICS,
    "with_custom_attributes": _NO_CUSTOM_ATTRIBUTES,
    "with_projects": "A group is shown without its projects.",
}
OF_MERGE_REQUESTS = {
    "view": "Every merge request has all of its fields.",
    "render_html": "Texts are not rendered.",
    "with_merge_status_recheck": "There are no repositories, so nothing is merged.",
    "include_diverged_commits_count": "There are no repositories, so no commits.",
    "include_rebase_in_progress": "There are no repositories, so nothing is rebased.",
}
OF_USERS = {
    "humans": "Every user is a person.",
    "exclude_internal": "There are no internal users.",
    "without_project_bots": "There are no bots.",
    "with_custom_attributes": _NO_CUSTOM_ATTRIBUTES,
}
OF_EVENTS = {
    "scope": "Lists have every event of yours that you can see.",
}
OF_LABELS = {
    "include_ancestor_groups": "Groups have no labels.",
}
OF_DELETIONS = {
    "permanently_remove": "Everything is deleted at once and for good.",
    "full_path": "Everything is deleted at once and for good.",
}
IGNORED = {
    "GET of projects": OF_PROJECTS,
    "GET of groups": OF_GROUPS,
    "GET of merge requests": OF_MERGE_REQUESTS,
    "GET of users": OF_USERS,
    "GET of events": OF_EVENTS,
    "GET of labels": OF_LABELS,
    "DELETE of projects and groups": OF_DELETIONS,
}
"""By the requests that they may stand in."""
