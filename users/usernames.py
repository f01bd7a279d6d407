"""A username may be more than a login: an application can claim it as a name in its URLs when a person signs up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

Claim = Callable[[str], AbstractContextManager[None]]
"""Claims a username for a user who is created in the block; raises `routing.claims.ClaimError` when it is taken."""

_claims: list[Claim] = []


def claim_with(function: Claim) -> None:
    """Register a context manager that is entered while a user is created."""
    if function not in _claims:
        _claims.append(function)


def claimed(username: str) -> ExitStack:
    """Return a context in which no one else can take the username; it ends when the user was created or not."""
    stack = ExitStack()
    with stack:
        for function in _claims:
            stack.enter_context(function(username))
        return stack.pop_all()
