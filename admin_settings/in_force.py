"""The settings in force on this pod: reading one is an attribute access, never a query.

A thread beside the application puts in force what the `admin` schema says, when
it says something new. Until then, and in commands, the defaults hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from admin_settings.definitions import Settings


class _InForce:
    settings = Settings()


def in_force() -> Settings:
    """The settings by which this process acts now. Ask each time: a value that is kept no longer steers."""
    return _InForce.settings


def put_in_force(settings: Settings) -> None:
    """Act by these settings from now on, in every thread."""
    _InForce.settings = settings


@contextmanager
def overridden(**values: Any) -> Iterator[Settings]:
    """Act by other values within the block, then by what was in force before. For tests, which may go beyond the
    bounds. Raises `TypeError` for a name that is none.
    """
    unknown = values.keys() - Settings.model_fields.keys()
    if unknown:
        raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
    before = in_force()
    put_in_force(before.model_copy(update=values))
    try:
        yield in_force()
    finally:
        put_in_force(before)
