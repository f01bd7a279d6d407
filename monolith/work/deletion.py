"""Delete what people did in projects that are deleted."""

from __future__ import annotations

from collections.abc import Iterator

_OF_PROJECTS = "organization_id = %(organization)s AND project_id IN ({projects})"


def statements(projects: str) -> Iterator[str]:
    """SQL that deletes issues and merge requests with what is about them (`monolith.namespaces.deletion.Contents`)."""
    for target, table in (("issue_id", "issues"), ("merge_request_id", "merge_requests")):
        of_projects = _OF_PROJECTS.format(projects=projects)
        # The rows first, then what is about them, in the order of those who close one: else each could wait for the
        # other.
        yield f"SELECT count(*) FROM (SELECT FROM {table} WHERE {of_projects} ORDER BY id FOR UPDATE) AS held"  # noqa: S608
        for about in ("todos", "notes", "history_lines", "label_links", "subscriptions"):
            yield f"DELETE FROM {about} WHERE {target} IN (SELECT id FROM {table} WHERE {of_projects})"  # noqa: S608
        yield f"DELETE FROM {table} WHERE {of_projects}"  # noqa: S608
    for table in ("labels", "milestones"):
        yield f"DELETE FROM {table} WHERE {_OF_PROJECTS.format(projects=projects)}"  # noqa: S608
