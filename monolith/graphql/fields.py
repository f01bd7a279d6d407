"""Strawberry's decorators with types: what they return counts as the method that they decorate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., Any])


class Decorator(Protocol):
    """Makes a field of a resolver."""

    def __call__(self, resolver: Resolver, /) -> Resolver:
        """Return the field."""


def field(*, description: str, extensions: tuple[Any, ...] = ()) -> Decorator:
    """A decorator for the resolver of a field; the description is for API users."""
    return cast(Decorator, strawberry.field(description=description, extensions=list(extensions)))


def mutation(*, description: str) -> Decorator:
    """A decorator for the resolver of a mutation."""
    return cast(Decorator, strawberry.mutation(description=description))
