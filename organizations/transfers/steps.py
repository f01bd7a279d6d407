"""The steps of a transfer, on the pod that serves both organizations."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta

from django.db import Error, OperationalError, connections, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled

from organizations.models import NamespaceTransfer
from organizations.transfers import names
from organizations.transfers.exceptions import Outsiders, TransferBusy, TransferRefused
from organizations.transfers.plan import Parameters, known, outsiders, parameters, resolve
from organizations.transfers.registry import Transferable
from routing.claims import Claim
from routing.models import Route
from routing.names import key_of
from routing.outcomes import burials, conclude
from routing.outcomes.conclude import ClaimDied
from routing.outcomes.models import Burial, ClaimOutcome
from schemas.below import CI, MAIN, ids_of
from schemas.gate import enter, was_shut
from schemas.keeping import transferring

LIFETIME = timedelta(minutes=1)
"""How long a transfer has between its beginning and the transaction that decides."""
QUIET_SECONDS = 10.0
"""How long it waits for creations, renames and deletions in the namespace that have begun."""
PAUSE_SECONDS = 0.05
TRIES = 3
BATCH = 500
"""Of ids that one transaction of `ci` looks for."""

logger = logging.getLogger(__name__)


def transfer(path: str, organization: str, *, asked_by: str, remove_members: bool = False) -> NamespaceTransfer:
    """Transfer a namespace, and return the transfer, which the janitor ends when it is not `done` yet.

    `remove_members` takes away what people have in it who do not belong to the target; without it they are a reason to
    refuse. Raises `TransferRefused`, and then nothing has changed.
    """
    left = _finish_decided(path)
    if left and left.target.path.lower() == organization.lower():
        return left
    begun = begin(path, organization, asked_by)
    try:
        _wait_until_quiet(begun)
        decide(begun, remove_members=remove_members)
    except Exception:
        # Best effort: the janitor would do the same. The commit itself may be what failed, so this asks how it ended.
        with contextlib.suppress(Error):
            if end(begun) == ClaimOutcome.Outcome.ALIVE:
                return begun
        raise
    with contextlib.suppress(Error):
        finish(begun)
    return begun


def begin(path: str, organization: str, asked_by: str) -> NamespaceTransfer:
    """Open the transfer: from now on no name below the namespace is claimed. Raises `TransferRefused`."""
    with transaction.atomic(using="routes", durable=True):
        route, source, target = resolve(path, organization, lock=True)
        return NamespaceTransfer.objects.using("routes").create(
            path=route.path,
            entity_type=route.entity_type or "",
            entity_id=route.entity_id or 0,
            source=source,
            target=target,
            pod_id=source.pod_id,
            epoch=max(source.epoch, target.epoch),
            asked_by=asked_by,
            expires_at=Now() + LIFETIME,
        )


def decide(begun: NamespaceTransfer, *, remove_members: bool) -> None:
    """Give the rows of `main` to the target, in one transaction with the outcome. Raises `TransferRefused`."""
    for attempt in range(1, TRIES + 1):
        try:
            # The outer one locks what says who belongs to the target until the inner one is committed.
            with transaction.atomic(using="users"), transaction.atomic(using=MAIN, durable=True):
                record(begun)
                _change_rows(begun, remove_members=remove_members)
            return
        except ClaimDied as error:
            raise TransferBusy(f"the transfer of {begun.path} took too long and was dropped; try again") from error
        except OperationalError as error:
            if was_shut(error):
                raise TransferRefused(
                    f"one of the organizations of {begun.path} is being moved; wait for it"
                ) from error
            if isinstance(error.__cause__, QueryCanceled):
                raise TransferRefused(
                    f"{begun.path} has more rows than a pod may change at once; use the command "
                    "`manage.py organization transfer-namespace`"
                ) from error
            if not isinstance(error.__cause__, DeadlockDetected | LockNotAvailable):
                raise
            if attempt == TRIES:
                raise TransferBusy(f"{begun.path} is being worked on too much; try again in a moment") from error


def record(begun: NamespaceTransfer) -> None:
    """Record that the rows are the target's, in the transaction of `main` that makes them so. Raises `ClaimDied`."""
    conclude.record_alive(_as_claim(begun), begun.entity_id)


def finish(begun: NamespaceTransfer) -> None:
    """Do what is left to do after the decision: `ci`, then the names. May be repeated, and by several at a time.

    The transfer's row is locked meanwhile: a late process must not undo what a later transfer has done.
    """
    kind = known(begun.entity_type)
    for given in _batches(parameters(kind, begun.entity_id, begun.source_id), kind):
        with transaction.atomic(using="routes", durable=True):
            if _is_open(begun):
                _change_ci(begun, kind, given)
    with transaction.atomic(using="routes", durable=True):
        if _is_open(begun):
            _raise_epoch(CI, begun)
            names.take_along(begun)
            _close(begun, NamespaceTransfer.State.DONE)


def end(begun: NamespaceTransfer) -> str | None:
    """Finish a transfer that is decided, and drop any other; the outcome, None when this pod may not say yet.

    Raises `OperationalError` when the transaction that decides is still open.
    """
    recorded = conclude.decided(_as_claim(begun))
    if recorded is None:
        return None
    if recorded.outcome == ClaimOutcome.Outcome.ALIVE:
        finish(begun)
    else:
        with transaction.atomic(using="routes", durable=True):
            if _is_open(begun):
                _close(begun, NamespaceTransfer.State.DROPPED)
    return recorded.outcome


def end_left_over(pod: str, limit: int) -> Mapping[str, int]:
    """A step of the janitor: finish transfers that are decided, and drop those whose time is over."""
    open_ones = NamespaceTransfer.objects.using("routes").filter(state=NamespaceTransfer.State.OPEN, pod_id=pod)
    ended = 0
    for begun in open_ones.annotate(now=Now()).order_by("created_at")[:limit]:
        try:
            if _decided(begun).exists() or begun.expires_at <= begun.now:
                ended += end(begun) is not None
        except (Error, TransferRefused) as error:
            logger.warning("the transfer of %r is ended in the next round: %s", begun.path, error)
    return {"transferred": ended}


def _finish_decided(path: str) -> NamespaceTransfer | None:
    """Finish the open transfer of a namespace, if it is decided: what takes longer than the janitor may."""
    open_ones = NamespaceTransfer.objects.using("routes").filter(state=NamespaceTransfer.State.OPEN)
    begun = open_ones.filter(path__iexact=path).select_related("target").first()
    if begun is None or not _decided(begun).filter(outcome=ClaimOutcome.Outcome.ALIVE).exists():
        return None
    finish(begun)
    return begun


def _decided(begun: NamespaceTransfer) -> QuerySet[ClaimOutcome]:
    return ClaimOutcome.objects.using(MAIN).filter(claim_key=begun.key)


def _wait_until_quiet(begun: NamespaceTransfer) -> None:
    """Wait for what had begun in the namespace before the transfer did. Raises `TransferBusy`."""
    keys = names.top_level_keys(key_of(begun.path))
    deadline = time.monotonic() + QUIET_SECONDS
    while busy := _unsettled(begun, keys):
        if time.monotonic() > deadline:
            raise TransferBusy(f"{busy} is being created, renamed or deleted; try again in a minute")
        time.sleep(PAUSE_SECONDS)


def _unsettled(begun: NamespaceTransfer, keys: list[str]) -> str | None:
    """The path of something that is being created, renamed or deleted, if anything is."""
    for claimed in names.open_claims(keys).filter(expires_at__lte=Now()):
        with contextlib.suppress(Error):
            conclude.decide(_claim_of(claimed))
    for burial in _burials(begun):
        with contextlib.suppress(Error):
            burials.finish(burial)
    waiting = names.open_claims(keys).first()
    if waiting:
        return waiting.path
    return next((each.path for each in _burials(begun)), None)


def _burials(begun: NamespaceTransfer) -> list[Burial]:
    """Deletions in the namespace that are not finished elsewhere."""
    key = key_of(begun.path)
    rows = Burial.objects.using(MAIN).filter(organization_id=begun.source_id, path__istartswith=key)
    return [each for each in rows if each.path.lower().partition("/")[0] == key]


def _change_rows(begun: NamespaceTransfer, *, remove_members: bool) -> None:
    kind = known(begun.entity_type)
    _enter(MAIN, begun)
    # Before the rows are locked, as everybody does who adds a member: first who belongs, then the entity.
    _outsiders(begun, remove_members=remove_members)
    _cut(MAIN, kind, {"root": begun.entity_id, "organization": begun.source_id})
    with transferring(MAIN, f"{begun.source_id}>{begun.target_id}"):
        # Everything below follows (`schemas.tenancy`).
        rows = kind.root._default_manager.using(MAIN).filter(pk=begun.entity_id, organization_id=begun.source_id)
        if not rows.update(organization_id=begun.target_id):
            raise TransferBusy(f"{begun.path} was deleted at this moment")
    # From here on all rows are locked: what is found now is all there will be.
    unfinished = next((each.path for each in _burials(begun)), None)
    if unfinished:
        raise TransferBusy(f"{unfinished} was deleted at this moment; try again")
    strangers = _outsiders(begun, remove_members=remove_members)
    if strangers:
        kind.let_go(begun.entity_id, strangers)
    _raise_epoch(MAIN, begun)


def _outsiders(begun: NamespaceTransfer, *, remove_members: bool) -> set[int]:
    """Who has something in it and does not belong to the target. Raises `Outsiders` unless they are to be removed."""
    strangers, lines = outsiders(known(begun.entity_type), begun.entity_id, begun.target)
    if strangers and not remove_members:
        raise Outsiders(begun.target.path, lines)
    return strangers


def _change_ci(begun: NamespaceTransfer, kind: Transferable, given: Parameters) -> None:
    with transaction.atomic(using=CI, durable=True):
        _enter(CI, begun)
        _cut(CI, kind, given)
        with transferring(CI, f"{begun.source_id}>{begun.target_id}"), connections[CI].cursor() as cursor:
            for model in kind.below.links:
                cursor.execute(
                    f"UPDATE {model._meta.db_table} SET organization_id = %(target)s "  # noqa: S608
                    f"WHERE organization_id = %(organization)s AND {kind.below.condition(model)}",
                    {**given, "target": begun.target_id},
                )


def _enter(schema: str, begun: NamespaceTransfer) -> None:
    """Pass the gate of both organizations, always in the same order: a fence of either one waits for this."""
    for organization_id in sorted((begun.source_id, begun.target_id)):
        enter(schema, organization_id)


def _cut(schema: str, kind: Transferable, given: Parameters) -> None:
    """Cut the references to rows that stay."""
    with connections[schema].cursor() as cursor:
        for model, reference in kind.below.cuts(schema):
            cursor.execute(
                f"UPDATE {model._meta.db_table} SET {reference.column} = NULL "  # noqa: S608
                f"WHERE organization_id = %(organization)s AND {reference.column} IS NOT NULL "
                f"AND {kind.below.condition(model)}",
                given,
            )


def _raise_epoch(schema: str, begun: NamespaceTransfer) -> None:
    """Names never go to a smaller epoch: routers take that for an older answer."""
    with connections[schema].cursor() as cursor:
        cursor.execute(
            "UPDATE organization_state SET epoch = %s WHERE id = %s AND epoch < %s",
            [begun.epoch, begun.target_id, begun.epoch],
        )


def _batches(given: Parameters, kind: Transferable) -> Iterator[Parameters]:
    """The same parameters with some ids of one table at a time, so that no transaction of `ci` is a long one."""
    linked = [ids_of(model) for model in kind.below.linked]
    for name in linked:
        ids = given[name]
        assert isinstance(ids, list)  # noqa: S101  as `parameters` makes it
        for start in range(0, len(ids), BATCH):
            yield {**given, **{key: [] for key in linked}, name: ids[start : start + BATCH]}


def _is_open(begun: NamespaceTransfer) -> bool:
    rows = NamespaceTransfer.objects.using("routes").select_for_update()
    return rows.filter(pk=begun.pk, state=NamespaceTransfer.State.OPEN).exists()


def _close(begun: NamespaceTransfer, state: NamespaceTransfer.State) -> None:
    rows = NamespaceTransfer.objects.using("routes").filter(pk=begun.pk)
    rows.update(state=state, pod_id=None, ended_at=Now())
    begun.state = state


def _as_claim(begun: NamespaceTransfer) -> Claim:
    """Under whose key the outcome is recorded; it goes wherever the target goes."""
    return Claim(begun.key, begun.path, begun.target_id, begun.entity_type)


def _claim_of(route: Route) -> Claim:
    assert route.claim_key is not None  # noqa: S101  the constraint routes_kind_has_its_columns
    assert route.organization_id is not None  # noqa: S101
    return Claim(route.claim_key, route.path, route.organization_id, route.entity_type or "")
