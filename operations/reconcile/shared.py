"""The shared schemas, `users`, `routes` and `admin`, were replaced by older ones; the pods were not."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.sessions.models import Session
from django.db.models import F, Q
from django.db.models.functions import Now

from admin_settings.in_commands import act_as
from operations.migrate import aliases_to_migrate, alone
from operations.reconcile.guards import keep_from_starting, let_start, refuse_running, refuse_unmigrated
from operations.reconcile.names import reconcile_names
from operations.reconcile.numbers import lost_references, record_ranges, skip_shared
from operations.reconcile.organizations import follow_pod
from schemas.as_pod import as_pod
from topology import Topology
from users.models import PersonalAccessToken, SignIn, User


def reconcile_shared(topology: Topology, *, wait: float) -> Iterator[str]:
    """Make restored shared schemas agree with the pods, and yield a line for each thing that was lost or changed.

    Raises `OperationsError` when a pod runs, or a migration does.
    """
    refuse_running([*topology.pods])
    refuse_unmigrated(aliases_to_migrate(topology))
    with alone(wait):
        for name in topology.pods:
            with as_pod(name):
                keep_from_starting(name)
        yield from skip_shared(topology)
        for name in topology.pods:
            with as_pod(name):
                yield from follow_pod(name)
        for pod in topology.pods.values():
            act_as(pod)
            with as_pod(pod.name):
                yield from record_ranges(pod.name)
                yield from reconcile_names(pod.name)
        yield from lost_references(topology)
        yield from _end_sessions()
        for name in topology.pods:
            with as_pod(name):
                let_start(name)
    yield "The shared schemas are reconciled, and the pods may be started."


def _end_sessions() -> Iterator[str]:
    """Sessions that ended after the backup would go on."""
    User.objects.using("users").update(session_generation=F("session_generation") + 1)
    Session.objects.using("users").all().delete()
    SignIn.objects.using("users").all().delete()
    yield "All sessions are ended: everybody signs in again."
    in_time = Q(expires_at=None) | Q(expires_at__gt=Now())
    tokens = PersonalAccessToken.objects.using("users").filter(in_time, revoked_at=None).count()
    if tokens:
        yield f"{tokens} access tokens work; those that were revoked after the backup are among them"
