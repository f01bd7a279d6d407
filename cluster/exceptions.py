"""What can go wrong with a cluster on this machine; each message says what to do next."""

from __future__ import annotations

from operations.exceptions import OperationsError


class ClusterError(OperationsError):
    """Root of everything this package raises."""


class AccountUnusable(ClusterError):
    """PostgreSQL cannot run as this user, nor as any other that is at hand."""


class ProgramsMissing(ClusterError):
    """The PostgreSQL programs are not where the wheel puts them."""


class DiskTooSmall(ClusterError):
    """Too little free space to start without risking the data."""


class PortTaken(ClusterError):
    """Something else listens where a pod or a router wants to."""


class FolderUnsafe(ClusterError):
    """A folder that must be ours belongs to somebody else."""


class ServerBroken(ClusterError):
    """An embedded PostgreSQL server cannot be made or started."""


class StartFailed(ClusterError):
    """A process did not get ready in time, or ended at once."""


class NotRunning(ClusterError):
    """The cluster is not up."""


class ControlBroken(ClusterError):
    """The supervisor did not answer as it should."""
