"""What other schemas of this pod forget when entities, or a whole organization, are deleted.

No transaction spans schemas, so each app whose rows refer to entities of another schema says here how it forgets them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

Forget = Callable[[int, Collection[int] | None], None]
"""Called with an organization and the ids of deleted entities, or None for everything that the organization has.

It may be called again for what is already forgotten.
"""

_forgetting: list[Forget] = []


def forget_with(function: Forget) -> None:
    """Register a function that deletes rows in another schema."""
    if function not in _forgetting:
        _forgetting.append(function)


def forget(organization_id: int, entity_ids: Collection[int] | None) -> None:
    """Forget deleted entities everywhere on this pod. Raises what the functions raise."""
    for function in _forgetting:
        function(organization_id, entity_ids)
