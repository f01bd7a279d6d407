"""What the API's description sends as an example, on the demo cluster: one body for each operation that takes one."""

from __future__ import annotations

from typing import Any

Bodies = dict[str, dict[str, Any]]

PATHS = {
    "projects": "my-company/my-project",
    "groups": "my-company",
    "namespaces": "my-company",
    "organizations": "my-organization",
    "todos": "1",
    "users": "1",
    "personal_access_tokens": "1",
}
"""What stands for `id`, by the kind of the address. Swagger UI escapes it."""
PARAMETERS = {
    "iid": "1",
    "note": "1",
    "user_id": "1",
    "milestone": "1",
    "label": "bug",
    "discussion": "0000000000000000000000000000000000000001",
}

_PROJECT = {"name": "Rocket", "path": "rocket", "visibility": "internal", "description": "To the Moon."}
_GROUP = {"name": "Research", "path": "research", "visibility": "internal"}
_ISSUE = {"title": "The engine does not start", "description": "It is cold outside."}
_MERGE_REQUEST = {"title": "Warm up the engine", "source_branch": "warm-up", "target_branch": "main"}


def _issuables(segment: str, opened: dict[str, Any]) -> Bodies:
    one = f"/projects/{{id}}/{segment}/{{iid}}"
    return {
        f"POST /projects/{{id}}/{segment}": opened,
        f"PUT {one}": {"title": opened["title"], "state_event": "close"},
        f"POST {one}/notes": {"body": "Seen here as well."},
        f"PUT {one}/notes/{{note}}": {"body": "Seen here as well, twice."},
        f"POST {one}/discussions": {"body": "Has anyone tried a longer cable?"},
        f"POST {one}/discussions/{{discussion}}/notes": {"body": "Yes, and it helps."},
        f"PUT {one}/discussions/{{discussion}}/notes/{{note}}": {"body": "Yes, and it helps a little."},
    }


def _members(segment: str) -> Bodies:
    return {
        f"POST /{segment}/{{id}}/members": {"username": "max", "access_level": 30},
        f"PUT /{segment}/{{id}}/members/{{user_id}}": {"access_level": 40},
    }


_WORK: Bodies = {
    "POST /projects/{id}/labels": {"name": "bug", "color": "#c21e56"},
    "PUT /projects/{id}/labels": {"name": "bug", "new_name": "defect"},
    "PUT /projects/{id}/labels/{label}": {"color": "#1f75cb"},
    "POST /projects/{id}/milestones": {"title": "First launch", "due_date": "2030-01-31"},
    "PUT /projects/{id}/milestones/{milestone}": {"state_event": "close"},
}
BODIES: Bodies = {
    **_WORK,
    "POST /projects": _PROJECT,
    "POST /organizations/{id}/projects": _PROJECT,
    "PUT /projects/{id}": {"description": "To the Moon and back."},
    "PUT /projects/{id}/transfer": {"namespace": "my-company"},
    "POST /groups": _GROUP,
    "POST /organizations/{id}/groups": _GROUP,
    "PUT /groups/{id}": {"name": "Research and development"},
    "POST /groups/{id}/transfer": {"group_id": 1},
    **_members("projects"),
    **_members("groups"),
    **_issuables("issues", _ISSUE),
    **_issuables("merge_requests", _MERGE_REQUEST),
}


def exemplify(paths: dict[str, Any]) -> None:
    """Add the examples to the operations of an OpenAPI document."""
    for path, operations in paths.items():
        for method, operation in operations.items():
            body = BODIES.get(f"{method.upper()} {path.removeprefix('/api/v4')}")
            if body:
                for content in operation["requestBody"]["content"].values():
                    content["example"] = body
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    _give(parameter, path)


def _give(parameter: dict[str, Any], path: str) -> None:
    parameter["example"] = {"id": PATHS[path.split("/")[3]], **PARAMETERS}[parameter["name"]]
    # A path has slashes until it is escaped.
    parameter["schema"].pop("pattern", None)
