"""What an application tells of its top-level entities, and other apps of organizations that must stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.core.checks import CheckMessage, Error, register
from django.db import models

from schemas.below import Below
from topology import POD_LOCAL_SCHEMAS


class Stake(NamedTuple):
    """Something that a person has in a namespace and needs a membership in its organization for."""

    user_id: int
    what: str
    """As it is told to an operator: `owner of gitlab-org`, `assigned 3 issues`."""


@dataclass(frozen=True)
class Transferable:
    """A type of top-level entity. The functions get the id of one, and read and write `main`."""

    root: type[models.Model]
    """Its model. What lies below is derived (`schemas.below`)."""
    stakes_of: Sequence[Callable[[int], Iterable[Stake]]] = ()
    """Each returns who has what in it."""
    taken_by: Sequence[Callable[[int, Collection[int]], None]] = ()
    """Each takes away stakes of these people, in a transaction of the caller; together they take all."""
    below: Below = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "below", Below(self.root))

    def stakes(self, entity_id: int) -> Iterator[Stake]:
        """Return who has what in an entity."""
        return (stake for function in self.stakes_of for stake in function(entity_id))

    def let_go(self, entity_id: int, user_ids: Collection[int]) -> None:
        """Take away all that these people have in it."""
        for function in self.taken_by:
            function(entity_id, user_ids)


_transferable: dict[str, Transferable] = {}
_staying: dict[str, str] = {}
_refusing: list[Callable[[int], None]] = []


def transfer_with(entity_type: str, transferable: Transferable) -> None:
    """Let top-level entities of this type, as routes call it, be transferred."""
    _transferable[entity_type] = transferable


def stays(entity_type: str, why: str) -> None:
    """Say why those of a type are never transferred, as the end of a sentence that begins with the name."""
    _staying[entity_type] = why


def refuse_with(function: Callable[[int], None]) -> None:
    """Ask `function` too before a transfer from or to an organization; it raises `TransferRefused`.

    It is called with the organization's id, in a transaction of `routes` that has its row locked.
    """
    if function not in _refusing:
        _refusing.append(function)


def refuse(organization_id: int) -> None:
    """Raise `TransferRefused` when another app says that the organization must stay as it is."""
    for function in _refusing:
        function(organization_id)


def transferable(entity_type: str | None) -> Transferable | None:
    """What is known of a type; None when it is never transferred."""
    return _transferable.get(entity_type or "")


def transferable_types() -> dict[str, Transferable]:
    """Everything that is known, by type."""
    return dict(_transferable)


def why_it_stays(entity_type: str | None) -> str:
    """Why those of a type that is not transferable are not."""
    return _staying.get(entity_type or "", "is not of a type that can be transferred")


@register()
def references_can_be_cut(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An error for each reference that a transfer would have to cut and cannot."""
    return [
        Error(
            f"refers to {reference.remote_field.model._meta.label}, which stays with its organization when the row is "
            "transferred with its namespace",
            hint="Make it nullable, so that a transfer can cut it.",
            obj=reference,
            id="organizations.E001",
        )
        for each in _transferable.values()
        for schema in POD_LOCAL_SCHEMAS
        for _, reference in each.below.cuts(schema)
        if not reference.null
    ]
