"""What the owner pod tidies up: organizations that nobody finished, claims that nobody settled, names of what was
deleted, tombstones that have expired, outcomes that are old news.

Every step is bounded and may be repeated, and any number of janitors may run at a time.
"""

from __future__ import annotations

import logging
import random
import threading
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error, close_old_connections, connections
from django.utils import timezone

from projects import founding
from projects.deletion import finish_left_over
from projects.models import ClaimOutcome
from projects.personal import decide
from routing.claims import expired_claims
from routing.models import Route
from routing.tombstones import free_names

BATCH = 100
PAUSE_SECONDS = 30.0
# Far longer than any creator can sleep between its claim and its transaction's end.
KEEP_OUTCOMES = timedelta(days=7)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tidied:
    """How many claims were settled, released and left for the next round, deletions finished, names freed, outcomes
    forgotten, and new organizations finished.
    """

    settled: int = 0
    released: int = 0
    left: int = 0
    buried: int = 0
    freed: int = 0
    forgotten: int = 0
    finished: int = 0


def tidy(pod_name: str, *, using: str = "main", limit: int = BATCH) -> Tidied:
    """Tidy up at most `limit` things of each kind once."""
    concluded: list[str | None] = []
    for claimed in expired_claims(pod_name, limit):
        try:
            concluded.append(decide(claimed, using=using))
        except Error as error:
            logger.warning("the claim of %r is left for the next round: %s", claimed.path, error)
            concluded.append(None)
    return Tidied(
        settled=concluded.count(ClaimOutcome.Outcome.ALIVE),
        released=concluded.count(ClaimOutcome.Outcome.DEAD),
        left=concluded.count(None),
        buried=finish_left_over(limit, using=using),
        freed=free_names(pod_name, limit),
        forgotten=_forget_outcomes(using, limit),
        finished=founding.finish_left_over(pod_name, limit, using=using),
    )


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
            tidied = tidy(pod_name)
        except Error as error:
            logger.warning("the janitor tries again later: %s", error)
        else:
            if tidied != Tidied():
                logger.info("the janitor did its work: %s", tidied)
    connections.close_all()


def _forget_outcomes(using: str, limit: int) -> int:
    """Delete old outcomes whose claim is no more."""
    old = ClaimOutcome.objects.using(using).filter(created_at__lt=timezone.now() - KEEP_OUTCOMES)
    keys = set(old.order_by("created_at").values_list("claim_key", flat=True)[:limit])
    open_keys = Route.objects.using("routes").filter(claim_key__in=keys).values_list("claim_key", flat=True)
    deleted, _ = old.filter(claim_key__in=keys - set(open_keys)).delete()
    return deleted
