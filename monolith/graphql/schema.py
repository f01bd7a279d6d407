"""The schema, and how one request is carried out on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLError, OperationType, get_operation_ast
from graphql.validation import NoSchemaIntrospectionCustomRule
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult

from admin_settings.in_force import in_force
from monolith.graphql.gid import SCALARS
from monolith.graphql.limits import MOST_TOKENS, Limits
from monolith.graphql.look import NO_PERSON, READS_ONLY, Look
from monolith.graphql.mutations import Mutation
from monolith.graphql.query import Query


class _Schema(strawberry.Schema):
    """A schema that leaves the logging of faults to the view."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: see `carry_out`."""


class _Limited(SchemaExtension):
    """Refuse what is too large before it is validated, and what reads too much or may not be done before it is done."""

    def on_parse(self) -> Iterator[None]:
        """Count what was written."""
        self.execution_context.parse_options["max_tokens"] = MOST_TOKENS
        yield
        document = self.execution_context.graphql_document
        if document is not None:
            self._limits = Limits(document)
            self._limits.refuse_wrong_shape()

    def on_validate(self) -> Iterator[None]:
        """Count what would be read, and ask whether it may be done."""
        context = self.execution_context
        if not in_force().graphql_introspection:
            context.validation_rules = (*context.validation_rules, NoSchemaIntrospectionCustomRule)
        yield
        if not context.pre_execution_errors:
            self._admit(context)

    def _admit(self, context: ExecutionContext) -> None:
        assert context.graphql_document is not None  # noqa: S101  it was validated
        look: Look = context.context
        # Strawberry would take the first one where none is named.
        operation = get_operation_ast(context.graphql_document, look.operation)
        if operation is None:
            raise GraphQLError("Name one of the document's operations in operationName.")
        self._limits.refuse_cost(operation, context.variables or {})
        if operation.operation is OperationType.MUTATION:
            if look.person is None:
                raise GraphQLError(NO_PERSON)
            if look.reads_only:
                raise GraphQLError(READS_ONLY)
        look.count(sum(isinstance(each, FieldNode) for each in operation.selection_set.selections))


schema = _Schema(query=Query, mutation=Mutation, extensions=[_Limited], config=StrawberryConfig(scalar_map=SCALARS))


def carry_out(look: Look, query: str, variables: dict[str, Any] | None) -> ExecutionResult:
    """Return the result of a document. Raises what a resolver raised that is no fault of the caller."""
    result = schema.execute_sync(query, variables, look, operation_name=look.operation)
    for error in result.errors or ():
        fault = error.original_error
        if fault is not None and not isinstance(fault, GraphQLError):
            raise fault
    return result
