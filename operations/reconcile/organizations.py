"""Let `routes` and the pods agree on which pod serves an organization.

The database that is not older knows it: `routes` when a pod was restored, and
the pods when `routes` was.
"""

from __future__ import annotations

from collections.abc import Iterator

from organizations.models import GITLAB_COM_PUBLIC, Organization
from organizations.tenancy.models import OrganizationState
from topology import POD_LOCAL_SCHEMAS

State = OrganizationState.State


def follow_routes(pod: str) -> Iterator[str]:
    """Make a restored pod serve what `routes` says that it serves, and nothing else."""
    told: dict[int, str] = {}
    for schema in POD_LOCAL_SCHEMAS:
        for key, line in _follow_routes(pod, schema):
            told.setdefault(key, line)
    yield from (line for _, line in sorted(told.items()))


def _follow_routes(pod: str, schema: str) -> Iterator[tuple[int, str]]:
    rows = OrganizationState.objects.using(schema)
    active = Organization.objects.using("routes").filter(state=Organization.State.ACTIVE)
    here = active.filter(pod_id=pod).in_bulk()
    states = {each.pk: each for each in rows.all()}
    for key, organization in here.items():
        known = states.get(key)
        if known is not None and known.state == State.ACTIVE and known.epoch == organization.epoch:
            continue
        rows.update_or_create(
            pk=key, defaults={"state": State.ACTIVE, "epoch": organization.epoch, "fenced_until": None}
        )
        yield key, f"organization {organization.path} ({key}) is served again{_with_what(known)}"
    for key, organization in active.exclude(pod_id=pod).in_bulk([key for key in states if key not in here]).items():
        if states[key].state != State.MOVED:
            epoch = max(organization.epoch, states[key].epoch)
            rows.filter(pk=key).update(state=State.MOVED, epoch=epoch)
            yield (
                key,
                f"organization {organization.path} ({key}) is on {organization.pod_id}, so {pod} does not serve it",
            )


def _with_what(known: OrganizationState | None) -> str:
    if known is None:
        return ": it came after the backup, and everything that it had is lost"
    return ": it was moved after the backup, and what it has is what it had then"


def follow_pod(pod: str) -> Iterator[str]:
    """Make a restored `routes` say which organizations a pod serves, and say which of them it does not know."""
    known = Organization.objects.using("routes").in_bulk()
    for served in OrganizationState.objects.using("main").filter(state=State.ACTIVE).order_by("pk"):
        organization = known.get(served.pk)
        if organization is None:
            yield (
                f"organization {served.pk} of {pod} is lost: its path, name and members are nowhere, and what "
                f"{pod} has of it is not served"
            )
        elif served.pk != GITLAB_COM_PUBLIC and served.epoch > organization.epoch:
            Organization.objects.using("routes").filter(pk=served.pk).update(pod_id=pod, epoch=served.epoch)
            yield f"organization {organization.path} ({served.pk}) is on {pod}, where it was moved"
