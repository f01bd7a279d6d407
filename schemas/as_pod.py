"""Work as one of the pods, in a command that works across pods and has no `POD_ID`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from topology import POD_LOCAL_SCHEMAS


@contextmanager
def as_pod(pod: str) -> Iterator[None]:
    """Make the aliases `main` and `ci` of this thread lead to a pod's databases until the block ends."""
    led = {schema: connections[f"{schema}_{pod}"] for schema in POD_LOCAL_SCHEMAS}
    for schema, connection in led.items():
        connections[schema] = connection
        # Django compares it with the alias of a subquery.
        connection.alias = schema
    try:
        yield
    finally:
        for schema, connection in led.items():
            connection.alias = f"{schema}_{pod}"
            del connections[schema]
