"""A username may be more than a login: an application can claim it as a name in its URLs when a person signs up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

Claim = Callable[[str], AbstractContextManager[None]]
"""Takes a username for a person who is created in the block; raises `routing.claims.ClaimError` when it is taken."""

_claims: list[Claim] = []


def claim_with(function: Claim) -> None:
    """Enter this context manager too while a person is created."""
    if function not in _claims:
        _claims.append(function)


def claimed(username: str) -> ExitStack:
    """A context in which nobody else can take the username anywhere; it ends when the person exists or does not."""
    stack = ExitStack()
    with stack:
        for function in _claims:
            stack.enter_context(function(username))
        return stack.pop_all()
