"""Errors of a cluster on this machine; each message says what to do next."""

from __future__ import annotations

from operations.exceptions import OperationsError


class ClusterError(OperationsError):
    """Base class of this package's errors."""


class AccountUnusable(ClusterError):
    """PostgreSQL cannot run as this user, and no other usable account exists."""


class ProgramsMissing(ClusterError):
    """The PostgreSQL programs are not where the wheel puts them."""


class DiskTooSmall(ClusterError):
    """Too little free space to start without risking the data."""


class PortTaken(ClusterError):
    """Something else listens at the address of a pod or a router."""


class FolderUnsafe(ClusterError):
    """A folder that must be ours belongs to another user."""


class ServerBroken(ClusterError):
    """An embedded PostgreSQL server cannot be created or started."""


class StartFailed(ClusterError):
    """A process was not ready in time, or exited at once."""


class NotRunning(ClusterError):
    """The cluster is not up."""


class ControlBroken(ClusterError):
    """The supervisor gave no answer, or an error."""
