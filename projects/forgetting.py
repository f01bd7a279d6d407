"""What other schemas of this pod forget when projects are deleted: their apps say how (pods/apps.py)."""

from __future__ import annotations

from collections.abc import Callable, Collection

Forget = Callable[[int, Collection[int] | None], None]
"""Called with an organization and ids of its projects, None for all that it has; must bear to be called again."""

_forgetting: list[Forget] = []


def forget_with(function: Forget) -> None:
    """Have this called too, from now on."""
    if function not in _forgetting:
        _forgetting.append(function)


def forget(organization_id: int, project_ids: Collection[int] | None) -> None:
    """Have projects forgotten that are no more. Raises what the functions raise."""
    for function in _forgetting:
        function(organization_id, project_ids)
