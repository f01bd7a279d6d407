# ruff: noqa: ISC004  (some texts are longer than a line)
"""What the API's description says of labels, milestones, threads, events, search, users and access tokens."""

from __future__ import annotations

from collections.abc import Callable

Text = tuple[str, str]
Scoped = Callable[[str, str, str], dict[str, Text]]
ABSENT = "404 if it does not exist or you cannot see it."
DEVELOPERS = "Requires the developer role: else 403."
KINDS = {"issues": ("issue", "an issue"), "merge_requests": ("merge request", "a merge request")}


def _of_issuables(segment: str) -> dict[str, Text]:
    name, one = KINDS[segment]
    at = f"/projects/{{id}}/{segment}/{{iid}}"
    thread = f"{at}/discussions/{{discussion}}"
    writers = "Only its author and the project's maintainers can do this: 403 for everybody else who can see it."
    return {
        f"GET /groups/{{id}}/{segment}": (
            f"List a group's {name}s",
            f"Lists the {name}s of a group's projects and of those in its subgroups, newest first, as far as you can "
            f"see them. {ABSENT}",
        ),
        f"POST {at}/subscribe": (
            f"Subscribe to {one}",
            f"Changes whether you follow {one}: you do. 304 if you did already. {ABSENT}",
        ),
        f"POST {at}/unsubscribe": (
            f"Unsubscribe from {one}",
            f"Changes whether you follow {one}: you do not. 304 if you did not. {ABSENT}",
        ),
        f"GET {at}/discussions": (
            f"List the threads on {one}",
            f"Lists the threads and single comments on {one}, oldest first. {ABSENT}",
        ),
        f"POST {at}/discussions": (
            f"Start a thread on {one}",
            f"Creates a comment on {one} that others can answer. {ABSENT}",
        ),
        f"GET {thread}": (f"Get a thread on {one}", f"Returns one thread on {one}. {ABSENT}"),
        f"POST {thread}/notes": (
            f"Answer a thread on {one}",
            f"Adds a comment to a thread on {one}. 400 for a single comment, which takes no answers. {ABSENT}",
        ),
        f"PUT {thread}/notes/{{note}}": (
            f"Update a comment in a thread on {one}",
            f"Replaces the text of a comment in a thread on {one}. {writers}",
        ),
        f"DELETE {thread}/notes/{{note}}": (
            f"Delete a comment in a thread on {one}",
            f"Deletes a comment in a thread on {one}; the first one with its answers. {writers}",
        ),
    }


_OF_PROJECTS: dict[str, Text] = {
    "POST /projects/{id}/archive": (
        "Archive a project",
        "Marks a project as archived: its issues and merge requests become read-only. Requires the owner role: "
        "else 403.",
    ),
    "POST /projects/{id}/unarchive": (
        "Unarchive a project",
        "Marks a project as not archived. Requires the owner role: else 403.",
    ),
    "POST /projects/{id}/star": ("Star a project", f"Adds your star to a project. 304 if it has it already. {ABSENT}"),
    "POST /projects/{id}/unstar": (
        "Unstar a project",
        f"Removes your star from a project. 304 if it does not have it. {ABSENT}",
    ),
    "GET /projects/{id}/labels": ("List a project's labels", f"Lists the labels of a project by name. {ABSENT}"),
    "POST /projects/{id}/labels": (
        "Create a label",
        f"Creates a label in a project. {DEVELOPERS} 409 if the project has a label with this name.",
    ),
    "PUT /projects/{id}/labels": (
        "Update a label by its name",
        f"Updates the label that `name` or `label_id` names; fields that you leave out keep their values. {DEVELOPERS}",
    ),
    "DELETE /projects/{id}/labels": (
        "Delete a label by its name",
        f"Deletes the label that `name` or `label_id` names. {DEVELOPERS}",
    ),
    "GET /projects/{id}/labels/{label}": ("Get a label", f"Returns one label of a project. {ABSENT}"),
    "PUT /projects/{id}/labels/{label}": (
        "Update a label",
        f"Updates a label; fields that you leave out keep their values. {DEVELOPERS}",
    ),
    "DELETE /projects/{id}/labels/{label}": (
        "Delete a label",
        f"Deletes a label, and removes it from issues and merge requests. {DEVELOPERS}",
    ),
    "GET /projects/{id}/milestones": (
        "List a project's milestones",
        f"Lists the milestones of a project, newest first. {ABSENT}",
    ),
    "POST /projects/{id}/milestones": (
        "Create a milestone",
        f"Creates a milestone in a project. {DEVELOPERS} 400 if the project has a milestone with this title.",
    ),
    "GET /projects/{id}/milestones/{milestone}": ("Get a milestone", f"Returns one milestone of a project. {ABSENT}"),
    "PUT /projects/{id}/milestones/{milestone}": (
        "Update a milestone",
        f"Updates a milestone; fields that you leave out keep their values. {DEVELOPERS}",
    ),
    "DELETE /projects/{id}/milestones/{milestone}": (
        "Delete a milestone",
        f"Deletes a milestone; its issues and merge requests stay, without one. {DEVELOPERS}",
    ),
    "GET /projects/{id}/milestones/{milestone}/issues": (
        "List a milestone's issues",
        f"Lists the issues of a milestone that you can see, newest first. {ABSENT}",
    ),
    "GET /projects/{id}/milestones/{milestone}/merge_requests": (
        "List a milestone's merge requests",
        f"Lists the merge requests of a milestone, newest first. {ABSENT}",
    ),
    "GET /projects/{id}/events": (
        "List a project's events",
        f"Lists what users did in a project, newest first: opened and closed issues and merge requests, and comments. "
        f"{ABSENT}",
    ),
    "GET /projects/{id}/search": (
        "Search a project",
        f"Lists the issues, merge requests or milestones of a project that have all words of a text. {ABSENT}",
    ),
    "GET /groups/{id}/search": (
        "Search a group",
        "Lists the projects, issues or merge requests of a group and its subgroups that have all words of a text, as "
        f"far as you can see them. {ABSENT}",
    ),
}
_OF_USERS: dict[str, Text] = {
    "GET /version": ("Get the version", "Returns the release of this software. 401 without a token."),
    "GET /metadata": ("Get the metadata", "Returns the release of this software and what it has. 401 without a token."),
    "GET /users": (
        "List users",
        "Lists yourself and the members of your organizations, without those of GitLab.com Public, the newest first. "
        "401 without a token.",
    ),
    "GET /users/{id}": (
        "Get a user",
        "Returns one user. 404 unless it is you or a member of one of your organizations other than GitLab.com Public.",
    ),
    "GET /personal_access_tokens": (
        "List your access tokens",
        "Lists your access tokens without their secrets, the newest first.",
    ),
    "GET /personal_access_tokens/{id}": (
        "Get an access token",
        "Returns one of your access tokens without its secret. 404 for tokens of others.",
    ),
    "DELETE /personal_access_tokens/{id}": (
        "Revoke an access token",
        "Deletes the right to use one of your access tokens, on every pod before the response is sent. 404 for tokens "
        "of others.",
    ),
    "GET /personal_access_tokens/self": (
        "Get the access token of the request",
        "Returns the access token that the request was sent with. 404 with a session.",
    ),
    "DELETE /personal_access_tokens/self": (
        "Revoke the access token of the request",
        "Deletes the right to use the access token that the request was sent with. 404 with a session.",
    ),
}


def operations(scoped: Scoped) -> dict[str, Text]:
    """Return the texts by operation; `scoped` makes both texts of what every organization has."""
    return {
        **_of_issuables("issues"),
        **_of_issuables("merge_requests"),
        **_OF_PROJECTS,
        **_OF_USERS,
        **scoped(
            "GET /events: List your events",
            "Lists what you did in GitLab.com Public, as far as you can still see it, newest first.",
            "Lists what you did in one organization, as far as you can still see it, newest first.",
        ),
        **scoped(
            "GET /search: Search",
            "Lists the projects, issues or merge requests of GitLab.com Public that have all words of a text, as far "
            "as you can see them.",
            "Lists the projects, issues or merge requests of one organization that have all words of a text, as far "
            "as you can see them.",
        ),
    }
