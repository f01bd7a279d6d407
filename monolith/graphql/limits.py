"""How much one request may ask for, found out before anything of it is done.

What was written is counted before the rules of GraphQL are checked, since some of them take the square of the number
of fields. What would be read is counted after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from monolith.graphql.connections import MOST_PER_PAGE, PER_PAGE

MOST_CHARACTERS = 10_000
MOST_TOKENS = 2_500
MOST_FIELDS = 300
MOST_ALIASES = 30
MOST_DEPTH = 15
MOST_COST = 25_000
MOST_INTROSPECTIONS = 2

_LISTS = frozenset({"nodes", "edges"})
_SCHEMA = frozenset({"__schema", "__type"})


class Limits:
    """What a document is made of, with fragments where they are spread."""

    def __init__(self, document: DocumentNode) -> None:
        definitions = document.definitions
        self.operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        self._fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
        self._written = [node for each in definitions for node in _written(getattr(each, "selection_set", None))]
        self._known: dict[tuple[str, int], int] = {}

    def refuse_wrong_shape(self) -> None:
        """Raise `GraphQLError` for too many or too deep fields."""
        _refuse("fields", len(self._written), MOST_FIELDS)
        _refuse("aliases", sum(bool(getattr(node, "alias", None)) for node in self._written), MOST_ALIASES)
        introspecting = [node for node in self._written if isinstance(node, FieldNode) and node.name.value in _SCHEMA]
        _refuse("questions about the schema", len(introspecting), MOST_INTROSPECTIONS)
        for each in self.operations:
            _refuse("levels of fields", self._depth(each.selection_set), MOST_DEPTH)
        self._known.clear()

    def refuse_cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> None:
        """Raise `GraphQLError` when the operation may read more values than a request can ask for."""
        given = {**_defaults(operation), **variables}
        cost = self._cost(operation.selection_set, PER_PAGE, given)
        if cost > MOST_COST:
            raise GraphQLError(
                f"This query may return {cost:,} values, which is more than {MOST_COST:,}. "
                "Ask for fewer fields or smaller pages."
            )

    def _depth(self, selected: SelectionSetNode | None) -> int:
        """How many levels of fields are in each other."""
        deepest = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FragmentSpreadNode):
                below = self._once(node.name.value, 0, self._depth)
            else:
                below = self._depth(getattr(node, "selection_set", None)) + isinstance(node, FieldNode)
            deepest = max(deepest, below)
        return deepest

    def _cost(self, selected: SelectionSetNode | None, size: int, given: Mapping[str, Any]) -> int:
        """How many values one object may have, in and below it; `size` is that of the page that the object is."""
        cost = 0
        for node in selected.selections if selected else ():
            if isinstance(node, FragmentSpreadNode):
                cost += self._once(node.name.value, size, lambda below: self._cost(below, size, given))
            elif isinstance(node, FieldNode):
                times = size if node.name.value in _LISTS else 1
                cost += 1 + times * self._cost(node.selection_set, _size(node, given), given)
            else:
                cost += self._cost(getattr(node, "selection_set", None), size, given)
        return cost

    def _once(self, name: str, size: int, count: Callable[[SelectionSetNode], int]) -> int:
        """Count a fragment once, however often it is spread; the rules of GraphQL refuse one that is in itself."""
        if (name, size) not in self._known:
            self._known[name, size] = 0
            fragment = self._fragments.get(name)
            self._known[name, size] = count(fragment.selection_set) if fragment else 0
        return self._known[name, size]


def _written(selected: SelectionSetNode | None) -> Iterator[Node]:
    """All that is selected, as it was written."""
    for node in selected.selections if selected else ():
        yield node
        yield from _written(getattr(node, "selection_set", None))


def _refuse(what: str, number: int, most: int) -> None:
    if number > most:
        raise GraphQLError(f"This document has {number} {what}, which is more than {most}.")


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    found = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}
    return {name: _number(value) for name, value in found.items() if value is not None}


def _size(node: FieldNode, given: Mapping[str, Any]) -> int:
    """How many rows the page of a list may have."""
    for argument in node.arguments or ():
        if argument.name.value in {"first", "last"}:
            value = argument.value
            said = given.get(value.name.value) if isinstance(value, VariableNode) else _number(value)
            if said is not None:
                return said if isinstance(said, int) and 0 < said < MOST_PER_PAGE else MOST_PER_PAGE
    return PER_PAGE


def _number(value: Any) -> int | None:
    return int(value.value) if isinstance(value, IntValueNode) and len(value.value) < 10 else None
