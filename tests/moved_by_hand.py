"""What a move does to an organization of the running cluster, step by step and by SQL: copies, fence, flip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.db.models import Model
from psycopg.conninfo import make_conninfo

from schemas.gate import LOCK_CLASS
from schemas.tenancy import tenant_models
from tests.databases import Execute, database
from tests.running_cluster import RunningCluster
from topology import POD_LOCAL_SCHEMAS
from topology.databases import mover_conninfo

STOP = 20_261_127
# Triggers of one kind fire in the order of their names: this one before those of the gate. Pods wait for locks for two
# seconds only.
STANDS_STILL = f"""
CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({STOP});
    RETURN coalesce(NEW, OLD);
END $$
"""
WAITS = f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {STOP} AND NOT granted"


class ByHand:
    """One organization."""

    def __init__(self, cluster: RunningCluster, path: str) -> None:
        self.cluster = cluster
        with self.shared("routes") as routes:
            [(self.id,)] = routes("SELECT id FROM organizations WHERE path = %s", path)

    @contextmanager
    def shared(self, schema: str) -> Iterator[Execute]:
        with database(self.cluster, "shared", schema) as execute:
            yield execute

    @contextmanager
    def session(self, pod: str, schema: str) -> Iterator[psycopg.Connection]:
        """As a move has it: no trigger fires."""
        placement = self.cluster.topology.pod(pod).schemas[schema]
        server = self.cluster.topology.server(placement.server)
        known = mover_conninfo(placement, server, self.cluster.places)
        with psycopg.connect(make_conninfo("", **known), autocommit=True) as session:
            session.execute("SET session_replication_role = replica")
            yield session

    def put(self, pod: str, state: str, epoch: int = 1) -> None:
        """A pod's state, in `ci` and then in `main`; who writes at this moment is waited for."""
        for schema in reversed(POD_LOCAL_SCHEMAS):
            with self.session(pod, schema) as session, session.transaction():
                session.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", (LOCK_CLASS, self.id))
                session.execute(
                    "INSERT INTO organization_state (id, state, epoch) VALUES (%s, %s, %s) "
                    "ON CONFLICT (id) DO UPDATE SET state = excluded.state, epoch = excluded.epoch",
                    (self.id, state, epoch),
                )

    def copy(self, source: str, target: str, only: frozenset[str] = frozenset()) -> None:
        """The rows, or those of some tables only, as they are now on the source."""
        for schema in POD_LOCAL_SCHEMAS:
            tables = [table for table in map(_table, tenant_models(schema)) if not only or table in only]
            if not tables:
                continue
            with self.session(source, schema) as old, self.session(target, schema) as new, new.transaction():
                for table in tables:
                    new.execute(f"DELETE FROM {table} WHERE organization_id = {self.id}")
                    rows = f"COPY (SELECT * FROM {table} WHERE organization_id = {self.id}) TO STDOUT"
                    with old.cursor().copy(rows) as read, new.cursor().copy(f"COPY {table} FROM STDIN") as written:
                        for piece in read:
                            written.write(piece)

    @contextmanager
    def stopped(self, pod: str, event: str, table: str) -> Iterator[Callable[[], bool]]:
        """Within the block each statement of this event stands still just before the gate of a table of `main`.

        Yields what says whether one does.
        """
        with self.session(pod, "main") as main:
            main.execute(f"SELECT pg_advisory_lock({STOP})")
            main.execute(STANDS_STILL)
            main.execute(f"CREATE TRIGGER a_stop BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION stand_still()")
            try:
                yield lambda: bool(main.execute(WAITS).fetchall())
            finally:
                main.execute(f"SELECT pg_advisory_unlock({STOP})")
                main.execute(f"DROP TRIGGER a_stop ON {table}")
                main.execute("DROP FUNCTION stand_still()")

    def purge(self, pod: str) -> None:
        """Nothing of the organization is left on a pod."""
        for schema in POD_LOCAL_SCHEMAS:
            with self.session(pod, schema) as session:
                for table in map(_table, tenant_models(schema)):
                    session.execute(f"DELETE FROM {table} WHERE organization_id = {self.id}")
                session.execute("DELETE FROM organization_state WHERE id = %s", (self.id,))

    def flip(self, target: str) -> int:
        """One transaction in `routes`; the new epoch."""
        with self.shared("routes") as routes:
            [(epoch,)] = routes(
                "UPDATE organizations SET pod_id = %s, epoch = epoch + 1 WHERE id = %s RETURNING epoch", target, self.id
            )
        return int(epoch)

    def move(self, source: str, target: str, written: frozenset[str]) -> int:
        """All of it; within the fence only what is written while people work. The new epoch."""
        self.put(target, "incoming")
        self.copy(source, target)
        return self.cut_over(source, target, written)

    def cut_over(self, source: str, target: str, written: frozenset[str] = frozenset()) -> int:
        """The end of a move, with these tables copied once more. The new epoch."""
        self.put(source, "fenced")
        if written:
            self.copy(source, target, only=written)
        epoch = self.flip(target)
        self.put(target, "active", epoch)
        self.put(source, "moved", epoch)
        return epoch


def _table(model: type[Model]) -> str:
    return model._meta.db_table
