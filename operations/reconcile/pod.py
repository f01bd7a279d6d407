"""A pod's `main` or `ci`, or both, were replaced by older ones."""

from __future__ import annotations

from collections.abc import Iterator

from admin_settings.in_commands import act_as
from operations.migrate import alone
from operations.reconcile.guards import keep_from_starting, let_start, refuse_running, refuse_unmigrated
from operations.reconcile.names import reconcile_names
from operations.reconcile.numbers import lease_another_range, lost_numbers
from operations.reconcile.organizations import follow_routes
from routing.outcomes.restored import after_restore
from schemas.as_pod import as_pod
from topology import POD_LOCAL_SCHEMAS, SHARED_SCHEMAS, Pod


def reconcile_pod(pod: Pod, *, wait: float) -> Iterator[str]:
    """Make a restored pod agree with the shared schemas, and yield a line for each thing that was lost or changed.

    Raises `OperationsError` when the pod runs, or a migration does.
    """
    refuse_running([pod.name])
    refuse_unmigrated([*SHARED_SCHEMAS, *(f"{schema}_{pod.name}" for schema in POD_LOCAL_SCHEMAS)])
    act_as(pod)
    with alone(wait), as_pod(pod.name):
        keep_from_starting(pod.name)
        yield from lost_numbers(pod.name)
        yield lease_another_range(pod.name)
        yield from follow_routes(pod.name)
        yield from reconcile_names(pod.name)
        yield from after_restore()
        let_start(pod.name)
    yield f"{pod.name} is reconciled and may be started."
