"""Replication between embedded servers: slots, and replicas that lag on purpose."""

from __future__ import annotations

import re

import psycopg
from psycopg import sql

from cluster.connect import Row, all_rows, connect
from cluster.exceptions import ClusterError
from topology import Server, Topology
from topology.places import Places

LAG_UNITS = {"": 1, "ms": 1, "s": 1000, "min": 60_000}
LONGEST_LAG_MS = 10 * 60_000


class LagInvalid(ClusterError):
    """The argument of `cluster lag` is not a valid time."""


async def ensure_slot(connection: psycopg.AsyncConnection[Row], slot: str) -> None:
    """Create a physical slot on a primary unless it exists; it keeps the log from now on."""
    if not await all_rows(connection, sql.SQL("SELECT 1 FROM pg_replication_slots WHERE slot_name = %s"), slot):
        await connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", (slot,))


async def slot_is_lost(connection: psycopg.AsyncConnection[Row], slot: str) -> bool:
    """Whether the primary no longer keeps the log that this slot's replica needs."""
    rows = await all_rows(connection, sql.SQL("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s"), slot)
    return not rows or rows[0][0] == "lost"


async def drop_slot(connection: psycopg.AsyncConnection[Row], slot: str) -> None:
    """Drop a slot if it exists; its replica must be stopped."""
    await connection.execute(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s AND NOT active",
        (slot,),
    )


def parse_lag(text: str) -> int:
    """Return the milliseconds of a text such as `500ms`, `2s`, `1min` or `0`. Raises `LagInvalid`."""
    match = re.fullmatch(r"(\d{1,9})(ms|s|min|)", text)
    milliseconds = int(match[1]) * LAG_UNITS[match[2]] if match else -1
    if not 0 <= milliseconds <= LONGEST_LAG_MS:
        raise LagInvalid(f"{text!r} is not a valid lag; for example 500ms or 2s (at most 10min), or 0 for none")
    return milliseconds


def replicas_of_region(topology: Topology, region: str) -> list[Server]:
    """Return the embedded replicas in a region, of any primary. Raises `RegionUnknown`."""
    topology.region(region)
    return [
        server
        for server in topology.servers.values()
        if server.region == region and server.embedded and server.replica_of
    ]


async def set_lag(places: Places, replica: Server, milliseconds: int) -> None:
    """Make a replica replay each commit this long after it was made (recovery_min_apply_delay, PostgreSQL
    manual 19.6.3). The lag stays until it is set again; 0 resets it.
    """
    async with await connect(places, replica) as connection:
        value = sql.Literal(f"{milliseconds}ms")
        if milliseconds:
            await connection.execute(sql.SQL("ALTER SYSTEM SET recovery_min_apply_delay = {}").format(value))
        else:
            await connection.execute("ALTER SYSTEM RESET recovery_min_apply_delay")
        await connection.execute("SELECT pg_reload_conf()")
