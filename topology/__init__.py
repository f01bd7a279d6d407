"""The bottom layer: which pods, regions, routers and database servers there are, and which pod this is."""

from __future__ import annotations

from topology.exceptions import (
    PodUnknown,
    RegionUnknown,
    SchemaUnknown,
    ServerUnknown,
    TopologyError,
    TopologyInvalid,
)
from topology.load import load, parse
from topology.model import (
    POD_LOCAL_SCHEMAS,
    SCHEMAS,
    SHARED_SCHEMAS,
    Address,
    Placement,
    Pod,
    Region,
    Router,
    Server,
    Topology,
)

__all__ = [
    "POD_LOCAL_SCHEMAS",
    "SCHEMAS",
    "SHARED_SCHEMAS",
    "Address",
    "Placement",
    "Pod",
    "PodUnknown",
    "Region",
    "RegionUnknown",
    "Router",
    "SchemaUnknown",
    "Server",
    "ServerUnknown",
    "Topology",
    "TopologyError",
    "TopologyInvalid",
    "load",
    "parse",
]
