"""The outcome of a claim, recorded once in the owner pod's `main`, by the creator or the janitor (invariant 3)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, OperationalError, connections, transaction
from django.db.models import Model

from routing import claims
from routing.outcomes.models import ClaimOutcome
from schemas import saved
from schemas.gate import enter, was_shut

Entity = TypeVar("Entity", bound=Model)

LOCK_SECONDS = 2

Complete = Callable[[claims.Claim], None]
"""Creates the entity of a claim that was handed over to its owner pod, unless it exists; raises `ClaimDied`."""

_completed_by: dict[str, Complete] = {}


def complete_with(entity_type: str, function: Complete) -> None:
    """Have claims of this type completed by `function` before the janitor decides them."""
    _completed_by[entity_type] = function


class ClaimDied(claims.ClaimError):
    """The janitor was faster: the claim is released, so nothing may be made under it."""


def make_under_claim(claimed: claims.Claim, make: Callable[[], Entity]) -> Entity:
    """Return what `make` makes, in one transaction with the outcome of its claim; then settle the claim.

    What fails on the way leaves nothing: the claim is given back, at once or by the janitor. Raises `ClaimDied` when
    it took too long.
    """
    try:
        with transaction.atomic(using="main", durable=True):
            entity = make()
            record_alive(claimed, entity.pk)
    except Exception as error:
        _give_back(claimed, error)
        raise
    # It is there, and its pod serves it by the claim: what is left to do, the janitor does.
    with contextlib.suppress(Error):
        claims.settle(claimed.key, entity.pk, is_new=claimed.entity_id is None)
    return entity


def _give_back(claimed: claims.Claim, error: Exception) -> None:
    """Release a claim whose creator has failed. Best effort: the janitor would do it when the claim has expired."""
    if not was_shut(error):
        with contextlib.suppress(Error):
            conclude(claimed)
        return
    # No outcome can be recorded while the organization is being moved, and none is needed: nobody but this creator
    # writes `alive`, and its transaction has just failed.
    try:
        claims.release(claimed.key)
    except Error:
        # The name stays taken, so a second try of the same request would be refused.
        saved.note()


def record_alive(claimed: claims.Claim, entity_id: int) -> None:
    """Record, in the transaction that makes the entity, that it exists; raises `ClaimDied`.

    Waits for a janitor that is deciding at this moment.
    """
    outcome = ClaimOutcome(
        claim_key=claimed.key,
        organization_id=claimed.organization_id,
        outcome=ClaimOutcome.Outcome.ALIVE,
        entity_id=entity_id,
    )
    ClaimOutcome.objects.using("main").bulk_create([outcome], ignore_conflicts=True)
    recorded = ClaimOutcome.objects.using("main").get(claim_key=claimed.key)
    if (recorded.outcome, recorded.entity_id) != (ClaimOutcome.Outcome.ALIVE, entity_id):
        raise ClaimDied(f"{claimed.path!r} took too long to create, and its name was released; try again")


def decided(claimed: claims.Claim) -> ClaimOutcome | None:
    """Return the outcome that is recorded under a claim's key, which is `dead` from now on unless it is `alive`.

    None when this pod may not decide, as it does not serve the organization at the moment. Raises `OperationalError`
    when a creator holds its transaction open for more than two seconds.
    """
    try:
        return _recorded(claimed)
    except OperationalError as error:
        if was_shut(error):
            return None
        raise


def conclude(claimed: claims.Claim) -> str | None:
    """Settle or release a claim by its recorded outcome. Returns and raises as `decided` does."""
    recorded = decided(claimed)
    if recorded is None:
        return None
    if recorded.entity_id is None:
        claims.release(claimed.key)
    else:
        claims.settle(claimed.key, recorded.entity_id)
    return recorded.outcome


def _recorded(claimed: claims.Claim) -> ClaimOutcome:
    """The outcome that stands from now on. Raises `OperationalError`."""
    with transaction.atomic(using="main", durable=True):
        with connections["main"].cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        # Keeps a move from fencing the organization between this look and the commit.
        enter("main", claimed.organization_id)
        dead = ClaimOutcome(
            claim_key=claimed.key, organization_id=claimed.organization_id, outcome=ClaimOutcome.Outcome.DEAD
        )
        ClaimOutcome.objects.using("main").bulk_create([dead], ignore_conflicts=True)
        return ClaimOutcome.objects.using("main").get(claim_key=claimed.key)


def decide(claimed: claims.Claim) -> str | None:
    """Settle or release a claim whose creator is done or gone; return the outcome as `conclude` does.

    A claim that was handed over is completed first. Raises `OperationalError` as `conclude` does.
    """
    complete = _completed_by.get(claimed.entity_type)
    if complete:
        # The outcome may already be that nothing is created.
        with contextlib.suppress(ClaimDied):
            complete(claimed)
    return conclude(claimed)


def decide_handed_over(key: str, pod_name: str) -> None:
    """Decide the claim of a key if it was handed over to this pod."""
    for claimed in claims.expired_claims(pod_name, 1, key=key):
        if claimed.entity_type in _completed_by:
            decide(claimed)
