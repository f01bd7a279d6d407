"""A pod's background clean-up: unsettled claims, names of deleted entities, expired tombstones, old
outcomes, and whatever other apps add.

Every step is bounded and may be repeated, and any number of janitors may run at a time.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.db import Error, OperationalError, close_old_connections, connections
from django.utils import timezone

from organizations.models import NamespaceTransfer
from organizations.tenancy.models import OrganizationState
from routing.claims import expired_claims
from routing.models import Route
from routing.outcomes.burials import finish_left_over
from routing.outcomes.conclude import decide
from routing.outcomes.models import ClaimOutcome
from routing.tombstones import free_names
from schemas.gate import was_shut

BATCH = 100
PAUSE_SECONDS = 30.0
# Far longer than any creator can take between its claim and the end of its transaction.
KEEP_OUTCOMES = timedelta(days=7)

Step = Callable[[str, int], Mapping[str, int]]
"""Called with the pod's name and the most things to do; returns how many were done, by what was done to them."""

logger = logging.getLogger(__name__)


def settle_claims(pod_name: str, limit: int) -> Mapping[str, int]:
    """Settle or release expired claims; those that cannot be decided now are left."""
    concluded: list[str | None] = []
    for claimed in expired_claims(pod_name, limit):
        try:
            concluded.append(decide(claimed))
        except Error as error:
            logger.warning(
                "the claim of %r was not settled, and is tried again in the next round: %s", claimed.path, error
            )
            concluded.append(None)
    return {
        "settled": concluded.count(ClaimOutcome.Outcome.ALIVE),
        "released": concluded.count(ClaimOutcome.Outcome.DEAD),
        "left": concluded.count(None),
    }


def finish_deletions(pod_name: str, limit: int) -> Mapping[str, int]:
    """Bury the names of deleted entities."""
    return {"buried": finish_left_over(limit)}


def free_tombstones(pod_name: str, limit: int) -> Mapping[str, int]:
    """Delete expired tombstones."""
    return {"freed": free_names(pod_name, limit)}


def forget_outcomes(pod_name: str, limit: int) -> Mapping[str, int]:
    """Delete old outcomes whose claim, or transfer, is over."""
    served = OrganizationState.objects.using("main").filter(state=OrganizationState.State.ACTIVE)
    old = ClaimOutcome.objects.using("main").filter(
        created_at__lt=timezone.now() - KEEP_OUTCOMES, organization__in=served
    )
    keys = set(old.order_by("created_at").values_list("claim_key", flat=True)[:limit])
    open_keys = Route.objects.using("routes").filter(claim_key__in=keys).values_list("claim_key", flat=True)
    transfers = NamespaceTransfer.objects.using("routes").filter(pk__in=keys, state=NamespaceTransfer.State.OPEN)
    undecided = {*open_keys, *transfers.values_list("pk", flat=True)}
    deleted, _ = old.filter(claim_key__in=keys - undecided).delete()
    return {"forgotten": deleted}


_steps: list[Step] = [settle_claims, finish_deletions, free_tombstones, forget_outcomes]


def tidy_with(step: Step) -> None:
    """Add a step to every round."""
    if step not in _steps:
        _steps.append(step)


def tidy(pod_name: str, limit: int = BATCH) -> Counter[str]:
    """Run every step once, each for at most `limit` things; return how many were settled, released, left, …"""
    done: Counter[str] = Counter()
    for step in _steps:
        try:
            done.update(step(pod_name, limit))
        except OperationalError as error:
            if not was_shut(error):
                raise
            # An organization was fenced under its hands; the other steps have nothing to do with that.
            logger.info("the janitor comes back to this in the next round: %s", error)
    return done


def start(pod_name: str) -> threading.Event:
    """Tidy up in a thread of this process, about twice a minute, until the event that is returned is set."""
    stop = threading.Event()
    threading.Thread(target=_tidy_until, args=(stop, pod_name), name="janitor", daemon=True).start()
    return stop


def _tidy_until(stop: threading.Event, pod_name: str) -> None:
    # Pods that were started together need not come at the same moment.
    while not stop.wait(PAUSE_SECONDS * random.uniform(0.5, 1.5)):  # noqa: S311
        close_old_connections()
        try:
            done = +tidy(pod_name)
        except Error as error:
            logger.warning("the janitor tries again later: %s", error)
        else:
            if done:
                logger.info("the janitor did its work: %s", dict(done))
    connections.close_all()
