"""Why a move is not started, in words. All that can be known is asked before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from shutil import disk_usage

import psycopg
from django.conf import settings

from moves.databases import Databases, Session
from moves.exceptions import MoveRefused
from moves.models import OrganizationMove
from moves.states import TERMINAL
from moves.tables import SCHEMAS, fingerprint, size_of, tables_of, without_identity
from operations.releases.deciding import call_the_roll
from operations.releases.migrating import can_stand
from organizations.models import GITLAB_COM_PUBLIC, Organization
from schemas.identity import this_topology

MIB = 1024 * 1024
# Of what the rows and their indexes take on the target: there they are, and in its log until that is recycled.
SIZES = 2
HAS_ORIGINS = 180_000
SETTINGS: dict[str, tuple[Callable[[str], bool], str]] = {
    "wal_level": (lambda value: value != "logical", "; set it to logical"),
    "max_slot_wal_keep_size": (
        lambda value: value == "-1",
        ": a stream that stands still would fill its disk; set a limit, such as 10GB",
    ),
    "transaction_timeout": (
        lambda value: value != "0",
        " ms for the role that moves, which would end streams; run ALTER ROLE … SET transaction_timeout = 0",
    ),
}
"""Settings that are wrong, and what to do about them; those that a server does not know are right."""
# Of two schemas in two directions.
STREAMS_OF_A_MOVE = 4
# Before PostgreSQL 18 slots and origins had one limit.
ORIGINS = "max_active_replication_origins"
ROOM = {
    "max_replication_slots": "SELECT count(*) FROM pg_replication_slots",
    "max_wal_senders": "SELECT count(*) FROM pg_stat_replication",
    ORIGINS: "SELECT count(*) FROM pg_replication_origin",
    "max_logical_replication_workers": "SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL",
}


def refuse(organization: Organization, target: str) -> None:
    """Raise `MoveRefused` with all that stands against a move; nothing is changed."""
    found = [*_of_routes(organization, target)]
    if not found:
        databases = Databases(this_topology(), settings.PLACES)
        try:
            found = [*_of_pods(databases, organization, target)]
        except psycopg.OperationalError as error:
            found = [f"a database cannot be reached: {error}"]
        finally:
            databases.close()
    if found:
        raise MoveRefused(
            f"{organization.path} cannot be moved to {target}:\n" + "\n".join(f"- {why}" for why in found)
        )


def _of_routes(organization: Organization, target: str) -> Iterator[str]:
    if organization.pk == GITLAB_COM_PUBLIC:
        yield "GitLab.com Public is every legacy user's organization and stays on the legacy pod"
    if organization.state != Organization.State.ACTIVE:
        yield f"it is {organization.state}; only an active organization can be moved"
    if organization.pod_id == target:
        yield f"it is on {target} already"
    elif organization.pod_id not in this_topology().pods:
        yield f"its pod {organization.pod_id} is not in the topology"
    if this_topology().pod(target).draining:
        yield f"{target} is draining; take `draining` out of the topology file, or choose another pod"
    for move in OrganizationMove.objects.using("routes").filter(organization=organization).exclude(state__in=TERMINAL):
        yield f"it is being moved to {move.target} already (move {move.pk}, {move.state})"
    yield from _of_releases(organization.pod_id, target)


def _of_releases(source: str, target: str) -> Iterator[str]:
    """The target must know everything that the source may have written."""
    running = call_the_roll().running
    newest = [each for each in running if each.pod == source]
    for here in (each for each in running if each.pod == target):
        older = [each for each in newest if not can_stand(here.release, each.release)]
        if older:
            yield f"{target} runs release {here.release}, and {source} runs {older[0].release}; upgrade {target} first"


def _of_server(pod: str, session: Session) -> Iterator[str]:
    """What a server must be able to do, and what it must not do to streams and copies."""
    has_origins = session.info.server_version >= HAS_ORIGINS
    for setting, used in ROOM.items():
        named = setting if has_origins or setting != ORIGINS else "max_replication_slots"
        ((room,),) = session.run(f"SELECT current_setting(%s)::int - ({used})", (named,))
        if room < STREAMS_OF_A_MOVE:
            yield f"the server of {pod} has no room for its streams; raise {named}"
    found: dict[str, str] = dict(
        session.run("SELECT name, reset_val FROM pg_settings WHERE name = ANY (%s)", (list(SETTINGS),))
    )
    for setting, (is_wrong, why) in SETTINGS.items():
        value = found.get(setting)
        if value is not None and is_wrong(value):
            yield f"the server of {pod} has {setting} = {value}{why}"


def free_bytes(folder: Path) -> int:
    """Return how much of the disk of a folder is free."""
    return disk_usage(folder).free


def _of_disk(databases: Databases, organization: Organization, target: str) -> Iterator[str]:
    """PostgreSQL does not say how much of its disk is free, so only servers on this machine are asked."""
    needed: dict[str, int] = {}
    for schema in SCHEMAS:
        server = databases.topology.server(databases.topology.pod(target).schemas[schema].server)
        if server.embedded:
            session = databases.pod(organization.pod_id, schema)
            size = sum(size_of(session, table, organization.pk) for table in tables_of(schema))
            needed[server.name] = needed.get(server.name, 0) + SIZES * size
    for name, size in needed.items():
        with suppress(OSError):
            free = free_bytes(databases.places.server_data(databases.topology.server(name)).parent)
            if free < size:
                yield (
                    f"the server of {target} has {free // MIB:,} MiB of its disk free, and the organization needs "
                    f"about {size // MIB:,} MiB: its rows, their indexes, and as much of the log"
                )


def _of_pods(databases: Databases, organization: Organization, target: str) -> Iterator[str]:
    source = organization.pod_id
    for schema in SCHEMAS:
        one, other = databases.pod(source, schema), databases.pod(target, schema)
        if fingerprint(one, schema) != fingerprint(other, schema):
            yield f"the tables of {schema} have other columns on {target}; run manage.py cluster migrate first"
        for table in without_identity(one, schema):
            yield f"{schema}.{table} has no replica identity with its organization (ProtectOrganizationRows)"
        for pod, session in ((source, one), (target, other)):
            yield from _of_server(pod, session)
    yield from _of_disk(databases, organization, target)
    for schema in SCHEMAS:
        one = databases.pod(source, schema)
        state = one.run("SELECT state FROM organization_state WHERE id = %s", (organization.pk,))
        if state != [("active",)]:
            yield f"{source} does not serve it in {schema}; run manage.py move repair"
