"""SQL that goes around the models, and what the database says to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from organizations.models import Organization
from tests.cast import make_organization

Sql = Callable[..., list[tuple[Any, ...]]]
Refuses = Callable[[str, str], AbstractContextManager[None]]


@pytest.fixture
def sql() -> Sql:
    """`sql("routes", "SELECT …", *parameters)` gives the rows, if any."""

    def run(alias: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with connections[alias].cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def refuses() -> Refuses:
    """`with refuses("routes", "<constraint>")`: this constraint, and no other, refuses what is in the block."""

    @contextmanager
    def block(alias: str, constraint: str) -> Iterator[None]:
        with pytest.raises(IntegrityError) as caught, transaction.atomic(using=alias):  # noqa: PT012 (it closes over the caller's block)
            yield
            connections[alias].check_constraints()
        assert caught.value.__cause__
        assert caught.value.__cause__.diag.constraint_name == constraint  # type: ignore[attr-defined]

    return block


@pytest.fixture
def ours() -> Organization:
    """An organization on this pod."""
    return make_organization("ours")


@pytest.fixture
def theirs() -> Organization:
    """Another one."""
    return make_organization("theirs")
