# ruff: noqa: ISC004  (most texts are longer than a line)
"""What the API's description says of each operation, for API users: apart from the code, so that it reads as one text.

Each is a summary and sentences that start with a verb; `tests/api/test_schema.py` keeps it so.
"""

from __future__ import annotations

from typing import Any

from monolith.api_operations import operations

Text = tuple[str, str]

ABSENT = "404 if it does not exist or you cannot see it."
OWNERS = "Only owners can do this: 403 for everybody else who can see it."
KIND = {"issues": "issue", "merge_requests": "merge request"}
ARTICLE = {"issue": "an issue", "merge request": "a merge request"}


def _scoped(one: str, of_caller: str, of_organization: str) -> dict[str, Text]:
    """Return both descriptions of a list or creation: in the caller's organization, and in one that is named."""
    operation, summary = one.split(": ")
    method, path = operation.split()
    return {
        f"{method} {path}": (
            summary,
            f"{of_caller} Your organization is the one that your token is limited to, else your default organization.",
        ),
        f"{method} /organizations/{{id}}{path}": (
            f"{summary} in an organization",
            f"{of_organization} 404 if the organization does not exist or you do not belong to it.",
        ),
    }


def _issuables(segment: str) -> dict[str, Text]:
    name, kind = KIND[segment], ARTICLE[KIND[segment]]
    plural, one = f"{name}s", f"/projects/{{id}}/{segment}/{{iid}}"
    openers = (
        "Requires the developer role in the project."
        if name == "merge request"
        else "Everybody who can see it may do so."
    )
    return {
        **_scoped(
            f"GET /{segment}: List your {plural}",
            f"Lists the open {plural} in your organization that are assigned to you, newest first. `scope` and `state` "
            "select others.",
            f"Lists the open {plural} in one organization that are assigned to you, newest first. `scope` and `state` "
            "select others.",
        ),
        f"GET /projects/{{id}}/{segment}": (
            f"List a project's {plural}",
            f"Lists the {plural} of a project, newest first, in every state unless `state` is given. 404 if the "
            f"project "
            "does not exist or you cannot see it.",
        ),
        f"POST /projects/{{id}}/{segment}": (
            f"Create {kind}",
            f"Creates {kind} in a project. An assignee other than you gets a to-do item. {openers} 400 if the assignee "
            "does not work on the project.",
        ),
        f"GET {one}": (f"Get {kind}", f"Returns one {name} of a project. {ABSENT}"),
        f"PUT {one}": (
            f"Update {kind}",
            f"Updates {kind}; fields that you leave out keep their values. Closing it marks all to-do items about it "
            f"as "
            "done. Requires the developer role, or that you are its author or assignee: else 403.",
        ),
        f"DELETE {one}": (
            f"Delete {kind}",
            f"Deletes {kind} with its comments and to-do items. Its number is never used again. {OWNERS}",
        ),
        f"POST {one}/todo": (
            f"Create a to-do item about {kind}",
            f"Creates a to-do item about {kind} for you. Returns your pending item about it if you have one. {ABSENT}",
        ),
        f"GET {one}/notes": (
            f"List the comments on {kind}",
            f"Lists the comments on {kind}, oldest first. 404 if it does not exist or you cannot see it.",
        ),
        f"POST {one}/notes": (
            f"Comment on {kind}",
            f"Creates a comment on {kind}. Everybody who is signed in and can see it may do so. {ABSENT}",
        ),
        f"GET {one}/notes/{{note}}": (
            f"Get a comment on {kind}",
            f"Returns one comment on {kind}. 404 if the comment does not exist or you cannot see it.",
        ),
        f"PUT {one}/notes/{{note}}": (
            f"Update a comment on {kind}",
            f"Replaces the text of a comment on {kind}. Only its author and the project's maintainers can do this: 403 "
            f"for "
            "everybody else who can see it.",
        ),
        f"DELETE {one}/notes/{{note}}": (
            f"Delete a comment on {kind}",
            f"Deletes a comment on {kind}. Only its author and the project's maintainers can do this: 403 for "
            f"everybody "
            "else who can see it.",
        ),
    }


def _members(segment: str) -> dict[str, Text]:
    name = segment.removesuffix("s")
    members, one = f"/{segment}/{{id}}/members", f"/{segment}/{{id}}/members/{{user_id}}"
    return {
        f"GET {members}": (
            f"List a {name}'s direct members",
            f"Lists the direct members of a {name}, without those of the groups above it. 401 without a token.",
        ),
        f"POST {members}": (
            f"Add a member to a {name}",
            f"Adds a user of the same organization to a {name}. Requires the maintainer role, and a role no higher "
            f"than "
            "your own: else 403. 409 if the user is a direct member already.",
        ),
        f"GET {members}/all": (
            f"List a {name}'s members, including inherited ones",
            f"Lists the direct members of a {name} first, then the members of each group above it. Users who are "
            f"members "
            "of several are listed once for each. 401 without a token.",
        ),
        f"GET {members}/all/{{user_id}}": (
            f"Get a direct or inherited member of a {name}",
            f"Returns one member of a {name} or of a group above it, with the highest role. {ABSENT}",
        ),
        f"GET {one}": (f"Get a direct member of a {name}", f"Returns one direct member of a {name}. {ABSENT}"),
        f"PUT {one}": (
            f"Change a member's role in a {name}",
            f"Changes the role of a direct member of a {name}. Requires the maintainer role; 403 for a member or a "
            f"role "
            "above your own, 400 for the last owner.",
        ),
        f"DELETE {one}": (
            f"Remove a member from a {name}",
            f"Removes a direct member from a {name}. Maintainers remove members up to their own role, and you can "
            f"always "
            "remove yourself. 400 for the last owner.",
        ),
    }


OPERATIONS: dict[str, Text] = {
    **_scoped(
        "GET /projects: List projects",
        "Lists the projects of your organization that you can see, in the order of their paths.",
        "Lists the projects of one organization that you can see, in the order of their paths.",
    ),
    **_scoped(
        "POST /projects: Create a project",
        "Creates a project in a namespace of your organization; without `namespace_id`, in your own. Requires the "
        "maintainer role there: else 400, as for a namespace that does not exist.",
        "Creates a project in a namespace of one organization; without `namespace_id`, in your own. Requires the "
        "maintainer role there: else 400, as for a namespace that does not exist.",
    ),
    "GET /projects/{id}": ("Get a project", f"Returns one project. {ABSENT}"),
    "PUT /projects/{id}": (
        "Update a project",
        "Updates the name, path, visibility or description of a project; fields that you leave out keep their values. "
        "Requires the maintainer role, and the owner role for the path: else 403. The old path redirects.",
    ),
    "DELETE /projects/{id}": (
        "Delete a project",
        f"Deletes a project and everything in it, before the response is sent. {OWNERS}",
    ),
    "PUT /projects/{id}/transfer": (
        "Transfer a project",
        "Moves a project to another namespace of the same organization; the old path redirects. Requires the owner "
        "role, "
        "else 403, and the maintainer role in the namespace: else 400, as for one that does not exist.",
    ),
    **_scoped(
        "GET /groups: List groups",
        "Lists the groups of your organization that you can see, including subgroups, in the order of their paths.",
        "Lists the groups of one organization that you can see, including subgroups, in the order of their paths.",
    ),
    **_scoped(
        "POST /groups: Create a group",
        "Creates a group in your organization, and a subgroup if `parent_id` is given. You become the owner of a "
        "top-level "
        "group. A subgroup requires the maintainer role in its parent: else 400, as for a parent that does not exist.",
        "Creates a group in one organization, and a subgroup if `parent_id` is given. You become the owner of a "
        "top-level "
        "group; 403 if you are a guest of the organization. A subgroup requires the maintainer role in its parent: "
        "else "
        "400, as for a parent that does not exist.",
    ),
    "GET /groups/{id}": ("Get a group", f"Returns one group. {ABSENT}"),
    "PUT /groups/{id}": (
        "Update a group",
        "Updates the name, path or visibility of a group; fields that you leave out keep their values. Requires the "
        "maintainer role, and the owner role for the path: else 403. The old path redirects.",
    ),
    "DELETE /groups/{id}": (
        "Delete a group",
        f"Deletes a group and everything in it, before the response is sent. {OWNERS}",
    ),
    "POST /groups/{id}/transfer": (
        "Transfer a group",
        "Moves a group into another group of the same organization, or to the top level without `group_id`; the old "
        "path "
        "redirects. Requires the owner role, else 403, and the maintainer role in the other group: else 400, as for "
        "one "
        "that does not exist.",
    ),
    "GET /groups/{id}/projects": (
        "List a group's projects",
        "Lists the projects of a group that you can see, without those of its subgroups. 404 if the group does not "
        "exist "
        "or you cannot see it.",
    ),
    "GET /groups/{id}/subgroups": (
        "List a group's subgroups",
        "Lists the direct subgroups of a group that you can see. 404 if the group does not exist or you cannot see it.",
    ),
    **_scoped(
        "GET /namespaces: List namespaces",
        "Lists the groups and users' namespaces of your organization that you can see. 401 without a token.",
        "Lists the groups and users' namespaces of one organization that you can see. 401 without a token.",
    ),
    "GET /namespaces/{id}": ("Get a namespace", f"Returns one group or user's namespace. {ABSENT}"),
    "GET /organizations/{id}": (
        "Get an organization",
        "Returns one organization. 404 if it does not exist or you do not belong to it.",
    ),
    **_members("projects"),
    **_members("groups"),
    **_issuables("issues"),
    **_issuables("merge_requests"),
    **_scoped(
        "GET /todos: List your to-do items",
        "Lists your to-do items in your organization, newest first; pending ones unless `state` is given.",
        "Lists your to-do items in one organization, newest first; pending ones unless `state` is given.",
    ),
    **_scoped(
        "POST /todos/mark_as_done: Mark all your to-do items as done",
        "Marks all your pending to-do items in your organization as done.",
        "Marks all your pending to-do items in one organization as done.",
    ),
    **operations(_scoped),
    "POST /todos/{id}/mark_as_done": (
        "Mark a to-do item as done",
        "Marks one of your to-do items as done; a second time changes nothing. 404 if you have no to-do item with this "
        "id, "
        "or cannot see any more what it is about.",
    ),
}


PARAMETERS = {
    "iid": "The number within the project.",
    "note": "The id of the comment.",
    "user_id": "The id of the user.",
    "discussion": "The id of the thread.",
    "label": "The id or the escaped name of the label.",
    "milestone": "The id of the milestone.",
}
IDS = {
    "projects": "The id or the escaped path of the project, such as `my-company%2Fmy-project`.",
    "groups": "The id or the escaped path of the group.",
    "namespaces": "The id or the escaped path of the namespace.",
    "organizations": "The id or the path of the organization.",
    "todos": "The id of the to-do item.",
    "users": "The id of the user.",
    "personal_access_tokens": "The id of the token.",
}


def describe(paths: dict[str, Any]) -> None:
    """Add the texts to the operations of an OpenAPI document."""
    for path, methods in paths.items():
        for method, operation in methods.items():
            text = OPERATIONS.get(f"{method.upper()} {path.removeprefix('/api/v4')}")
            if text:
                operation["summary"], operation["description"] = text
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    named = {"id": IDS[path.split("/")[3]], **PARAMETERS}
                    parameter["description"] = named[parameter["name"]]
