"""Who may load which page: each page's level (`monolith.namespaces.places.at_routable`), lowered by one.

Decorators run when a file is read, so no change of a function reaches them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from types import CellType, FunctionType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from tests.mutants import changes
from tests.mutants.changes import Key
from tests.mutants.targets import ROOT

LOOKS = ROOT / "monolith" / "namespaces" / "places.py"
"""Where the levels of pages are compared."""


@dataclass(frozen=True)
class LevelChange:
    """A page whose level is lowered."""

    path: Path
    function: Key
    route: str
    level: IntEnum
    cell: CellType

    def put_in_force(self) -> None:
        """In this process."""
        self.cell.cell_contents = self._lower

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)} {self.route}: {self.level.name} became {self._lower.name}"

    @property
    def _lower(self) -> IntEnum:
        return type(self.level)(self.level - 1)


def lowered() -> list[LevelChange]:
    """Every page that needs more than to see what it is about, once."""
    found = {id(each.cell): each for pattern in _patterns(get_resolver()) for each in _levels_of(pattern)}
    return list(found.values())


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            yield each
        else:
            yield from _patterns(each)


def _levels_of(pattern: URLPattern) -> Iterator[LevelChange]:
    view: Callable[..., Any] | None = pattern.callback
    while view is not None:
        if isinstance(view, FunctionType) and "level" in view.__code__.co_freevars:
            cell = (view.__closure__ or ())[view.__code__.co_freevars.index("level")]
            level = cell.cell_contents
            if isinstance(level, IntEnum) and level > min(type(level)):
                key = changes.key_of(view.__code__)
                yield LevelChange(Path(key[0]), key, str(pattern.pattern), level, cell)
        view = getattr(view, "__wrapped__", None)
