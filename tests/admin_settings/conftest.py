"""Settings in the in-process tests' own `admin` database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from admin_settings.changes import Actor, Change, save
from admin_settings.in_force import in_force, put_in_force
from schemas.identity import this_topology

Sql = Callable[..., list[tuple[Any, ...]]]
Set = Callable[..., int]
ROOT = Actor("root", 1)


@pytest.fixture
def sql() -> Sql:
    """`sql("SELECT …", *parameters)` on the `admin` primary, past everything that validates."""

    def run(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with connections["admin"].cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def setting() -> Set:
    """`setting(session_hours=3)` sets shared values, `setting("pod_eu0", …)` those of a pod; gives the version."""

    def put(pod: str = "", *, actor: Actor = ROOT, seen: int | None = None, **values: Any) -> int:
        changes = [Change(name, value, pod) for name, value in values.items()]
        return save(changes, actor, this_topology(), seen=seen).version

    return put


@pytest.fixture
def acting() -> Iterator[None]:
    """What the test puts in force ends with it."""
    before = in_force()
    yield
    put_in_force(before)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "pod_us0.json"
