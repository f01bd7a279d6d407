"""What goes wrong in a move."""

from __future__ import annotations


class MoveError(Exception):
    """Base class of the errors of moving an organization."""


class MoveRefused(MoveError):
    """The move cannot be started, or cannot do what was asked; the message says what to do."""


class MoveUnknown(MoveError):
    """There is no such move."""


class Lost(MoveError):
    """Another driver has taken the move on: this one must not touch it any more."""


class GateBusy(MoveError):
    """The gate could not be shut within the longest pause; it is open again."""


class StreamLost(MoveError):
    """The source no longer has the log that the stream needs: the copy begins again from an empty target."""


class Differs(MoveError):
    """The rows of source and target differ, again after they were copied again."""


class CertificateInvalid(MoveError):
    """A certificate is not signed by this cluster, or was changed."""
