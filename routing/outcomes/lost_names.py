"""Names that `routes` has lost and this pod's `main` still has.

A replica that is promoted to the primary of `routes` lacks what the old one had
not sent yet (docs/promotion.md): what was made, renamed or transferred last. The
application knows which of its entities have names, and names them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

Lost = Callable[[], Iterator[tuple[str, str]]]
"""Names again what has lost its name, and yields each path with the reason why it stays without one, or ""."""

_naming: list[Lost] = []


def name_again_with(function: Lost, *, first: bool = False) -> None:
    """Have `janitor --lost-names` call this function too, after those that are there, or before them."""
    if function not in _naming:
        _naming.insert(0 if first else len(_naming), function)


def name_lost() -> Iterator[tuple[str, str]]:
    """Name again everything on this pod that has lost its name; see `Lost`."""
    for function in _naming:
        yield from function()
