"""One request: its caller, the organization that it reads, and its deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import GraphQLError
from rest_framework.request import Request

from monolith.namespaces.models import Namespace, Project
from monolith.namespaces.places import Place
from monolith.namespaces.policy import level_in
from organizations.members.viewer import Viewer
from organizations.scope import Scope
from users.models import PersonalAccessToken, User

SECONDS = 5.0
"""A router gives up after ten, and one statement of PostgreSQL may take five."""
NOT_YOURS = "The resource does not exist, or you do not have permission to perform this action."
NO_PERSON = "Send an access token, or sign in."
READS_ONLY = "This token may only read. Make one with the scope api."


class TooSlow(GraphQLError):
    """The deadline has passed."""

    def __init__(self) -> None:
        super().__init__(f"The query took longer than {SECONDS:g} seconds. Ask for fewer fields or smaller pages.")


@dataclass
class Look:
    """What every resolver knows."""

    request: Request
    scope: Scope
    count: Callable[[int], None]
    """Counts what is asked for as so many requests. Raises `Throttled`."""
    operation: str | None = None
    """The name of the operation to carry out."""
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    missed: bool = False
    """Whether something that was named is absent or private: no time may tell which."""

    @property
    def viewer(self) -> Viewer:
        """Who looks."""
        return self.scope.viewer

    @property
    def organization_id(self) -> int:
        """Of all rows that may be shown."""
        return self.scope.organization_id

    @property
    def person(self) -> User | None:
        """The caller; None for visitors."""
        user = self.request.user
        return user if isinstance(user, User) else None

    @property
    def reads_only(self) -> bool:
        """Whether a token was sent that changes nothing."""
        return self.person is not None and self.person.token_scope == PersonalAccessToken.Scope.READ_API

    def keep_time(self) -> None:
        """Raise `TooSlow` after the deadline; called before each query of the database."""
        if time.monotonic() > self.until:
            raise TooSlow

    def here(self, row: Any) -> Any:
        """Return a row if it is in this organization. None, as for one that does not exist, for any other."""
        found = row if row is not None and row.organization_id == self.organization_id else None
        self.missed |= found is None
        return found

    def place(self, entity: Any) -> Place[Any]:
        """A group or project that the viewer sees, with their level in it."""
        assert isinstance(entity, Namespace | Project)  # noqa: S101  whatever has members
        self.keep_time()
        return Place(entity, self.viewer, level_in(self.viewer, entity))


def look(info: strawberry.Info) -> Look:
    """Return what a resolver's request is about, in time. Raises `TooSlow`."""
    found: Look = info.context
    found.keep_time()
    return found


def signed_in(info: strawberry.Info) -> User:
    """Return the caller. Raises `GraphQLError` for visitors."""
    person = look(info).person
    if person is None:
        raise GraphQLError(NO_PERSON)
    return person
