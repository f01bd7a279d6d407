"""Errors of operators' commands; each message says what to do next."""

from __future__ import annotations


class OperationsError(Exception):
    """Base class of the errors that operators' commands raise."""


class NameUnknown(OperationsError):
    """No process or pod of this cluster has this name."""


class ContractionRefused(OperationsError):
    """A contraction was not applied, because a running pod could not serve the shared schema after it."""


class MigrationForbidden(OperationsError):
    """The tables of a pod must not change now, because an organization is being moved from or to it."""


class TableInUse(OperationsError):
    """A migration did not get its lock, because another session held the table too long."""


class MigrationBusy(OperationsError):
    """Another migration of this cluster did not finish in time."""
