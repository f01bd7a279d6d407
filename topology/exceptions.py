"""What can be wrong with a topology or with a name looked up in it."""

from __future__ import annotations

from collections.abc import Iterable


class TopologyError(Exception):
    """Root of everything this package raises."""


class TopologyInvalid(TopologyError):
    """The topology file says something that cannot be; the message names key, value and remedy."""


class _NameUnknown(TopologyError):
    """A look-up by a name that the topology does not list."""

    what = "name"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"this topology has no {self.what} {name!r}; known: {', '.join(known) or 'none'}")


class PodUnknown(_NameUnknown):
    """No pod has this name or alias."""

    what = "pod"


class RegionUnknown(_NameUnknown):
    """No region has this name."""

    what = "region"


class ServerUnknown(_NameUnknown):
    """No database server has this name."""

    what = "database server"


class SchemaUnknown(_NameUnknown):
    """No schema has this name."""

    what = "schema"
