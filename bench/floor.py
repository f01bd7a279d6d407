"""The floor that learn is compared with: learn's own SELECT on the same connection settings, and nothing else.

Served by Granian as a pod is. `POD_ID` and the topology say which database, `BENCH_SQL` what is asked.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg

import topology
from topology.databases import databases_of
from topology.places import places_of

ALIAS = "routes_replica"
Row = tuple[Any, ...]


def connect() -> psycopg.Connection[Row]:
    """A connection as Django makes one for the alias that learn reads."""
    cluster = topology.load(Path(os.environ["PODS_TOPOLOGY"]), port_offset=int(os.environ["PODS_PORT_OFFSET"]))
    places = places_of(cluster, Path(os.environ["PODS_DATA"]))
    settings = databases_of(cluster, cluster.pod(os.environ["POD_ID"]), places)[ALIAS]
    return psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        autocommit=True,
        **settings["OPTIONS"],
    )


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.cursor = psycopg.Cursor(connect())


_of_thread = _OfThread()
_SQL = os.environ.get("BENCH_SQL", "").encode()


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Who owns the first segment of `path_info`; the query string has to be as the benchmark sends it."""
    name = environ["QUERY_STRING"].rpartition("=")[2].split("/", 2)[1]
    row = _of_thread.cursor.execute(_SQL, (name,), prepare=True).fetchone()
    body = json.dumps({"path": f"/{name}", "pod": row[1] if row else None, "source": "routable"}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
