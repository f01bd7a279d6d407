"""Why a move is not started, in words. All that can be known is asked before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from django.conf import settings

from moves.databases import Databases
from moves.exceptions import MoveRefused
from moves.models import OrganizationMove
from moves.states import TERMINAL
from moves.tables import SCHEMAS, fingerprint, without_identity
from operations.releases.deciding import call_the_roll
from operations.releases.migrating import can_stand
from organizations.models import GITLAB_COM_PUBLIC, Organization
from schemas.identity import this_topology

# Of two schemas in two directions.
STREAMS_OF_A_MOVE = 4
ROOM = {
    "max_replication_slots": "SELECT count(*) FROM pg_replication_slots",
    "max_wal_senders": "SELECT count(*) FROM pg_stat_replication",
    "max_active_replication_origins": "SELECT count(*) FROM pg_replication_origin",
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


def _of_pods(databases: Databases, organization: Organization, target: str) -> Iterator[str]:
    source = organization.pod_id
    for schema in SCHEMAS:
        one, other = databases.pod(source, schema), databases.pod(target, schema)
        if fingerprint(one, schema) != fingerprint(other, schema):
            yield f"the tables of {schema} have other columns on {target}; run manage.py cluster migrate first"
        for table in without_identity(one, schema):
            yield f"{schema}.{table} has no replica identity with its organization (ProtectOrganizationRows)"
        for pod, session in ((source, one), (target, other)):
            for setting, used in ROOM.items():
                ((room,),) = session.run(f"SELECT current_setting(%s)::int - ({used})", (setting,))
                if room < STREAMS_OF_A_MOVE:
                    yield f"the server of {pod} has no room for its streams; raise {setting}"
            ((level,),) = session.run("SELECT current_setting('wal_level')")
            if level != "logical":
                yield f"the server of {pod} has wal_level = {level}; set it to logical"
        state = one.run("SELECT state FROM organization_state WHERE id = %s", (organization.pk,))
        if state != [("active",)]:
            yield f"{source} does not serve it in {schema}; run manage.py move repair"
