"""What can go wrong when a running cluster is changed or watched; each message says what to do next."""

from __future__ import annotations


class OperationsError(Exception):
    """Root of everything that operators' commands raise."""


class NameUnknown(OperationsError):
    """No process or pod of this cluster has this name."""


class ContractionRefused(OperationsError):
    """A running pod cannot serve a shared schema after a step, which was therefore not taken."""


class TableInUse(OperationsError):
    """A migration did not get its lock, since somebody has held the table for long."""


class MigrationBusy(OperationsError):
    """Somebody else has been migrating this cluster for too long."""
