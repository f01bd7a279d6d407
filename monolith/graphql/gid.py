"""Global ids as in GitLab's GraphQL API: `gid://gitlab/Issue/42`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from monolith.namespaces.models import Namespace, Project
from monolith.work.models import Issue, Label, MergeRequest, Milestone, Note, Todo
from organizations.models import Organization
from users.models import User

BEFORE_NAME = "gid://gitlab/"
NAMES: dict[type[Any], str] = {
    Issue: "Issue",
    Label: "ProjectLabel",
    MergeRequest: "MergeRequest",
    Milestone: "Milestone",
    Note: "Note",
    Organization: "Organizations::Organization",
    Project: "Project",
    Todo: "Todo",
    User: "User",
}
"""What GitLab calls each model. A namespace is a `Group` or a `Namespaces::UserNamespace`."""

IssueID = NewType("IssueID", int)
MergeRequestID = NewType("MergeRequestID", int)
NoteID = NewType("NoteID", int)
NoteableID = NewType("NoteableID", tuple[str, int])
OrganizationID = NewType("OrganizationID", int)
TodoID = NewType("TodoID", int)
TodoableID = NewType("TodoableID", tuple[str, int])
UserID = NewType("UserID", int)

_GID = re.compile(rf"{BEFORE_NAME}([A-Za-z:]{{1,64}})/([1-9][0-9]{{0,15}})", re.ASCII)
_NOTEABLE = ("Issue", "MergeRequest")


def gid(row: Any) -> strawberry.ID:
    """Return the global id of a row."""
    if isinstance(row, Namespace):
        name = "Group" if row.kind == Namespace.Kind.GROUP else "Namespaces::UserNamespace"
    else:
        # Not its type: the caller is a lazy object.
        name = NAMES[row.__class__]
    return strawberry.ID(f"{BEFORE_NAME}{name}/{row.pk}")


def read(value: object, *names: str) -> tuple[str, int]:
    """Return the name and the number in a global id of one of these names. Raises `GraphQLError`."""
    found = _GID.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise GraphQLError(f'Not a global ID: write it as "{BEFORE_NAME}{names[0]}/42".')
    if found[1] not in names:
        raise GraphQLError(f'"{found[0]}" does not represent an instance of {" or ".join(names)}.')
    return found[1], int(found[2])


def _id_of(name: str) -> Callable[[object], int]:
    return lambda value: read(value, name)[1]


def _either(value: object) -> tuple[str, int]:
    return read(value, *_NOTEABLE)


def _scalar(name: str, model: str, parse: Callable[[object], Any]) -> ScalarDefinition:
    said = f'The global ID of {model}, such as "{BEFORE_NAME}{model.rsplit(maxsplit=1)[-1]}/42".'
    return strawberry.scalar(name=name, description=said, serialize=str, parse_value=parse)


SCALARS: dict[object, Any] = {
    IssueID: _scalar("IssueID", "an Issue", _id_of("Issue")),
    MergeRequestID: _scalar("MergeRequestID", "a MergeRequest", _id_of("MergeRequest")),
    NoteID: _scalar("NoteID", "a Note", _id_of("Note")),
    NoteableID: _scalar("NoteableID", "a MergeRequest or an Issue", _either),
    OrganizationID: _scalar(
        "OrganizationsOrganizationID", "an Organizations::Organization", _id_of(NAMES[Organization])
    ),
    TodoID: _scalar("TodoID", "a Todo", _id_of("Todo")),
    TodoableID: _scalar("TodoableID", "a MergeRequest or an Issue", _either),
    UserID: _scalar("UserID", "a User", _id_of("User")),
}
