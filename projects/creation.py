"""Create and rename namespaces and projects: the name first, then the entity, then both agree (invariant 3)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import Error, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Length, Substr

from projects.models import Namespace, Project
from projects.outcomes import conclude, record_alive
from routing import claims
from routing.models import Route

Entity = TypeVar("Entity", Namespace, Project)


def create_namespace(
    organization_id: int, path: str, *, parent: Namespace | None = None, using: str = "main", **fields: Any
) -> Namespace:
    """Make a group, or with `kind` and `owner_id` a person's namespace, and return it.

    Raises what `routing.claims.claim` raises, and `ClaimDied` when it took too long.
    """
    kind = fields.setdefault("kind", Namespace.Kind.GROUP)
    full_path = f"{parent.full_path}/{path}" if parent else path

    def make() -> Namespace:
        if parent:
            _hold(parent, using)
        return Namespace.objects.using(using).create(
            organization_id=organization_id, parent=parent, path=path, full_path=full_path, **fields
        )

    return _under_claim(claims.claim(full_path, organization_id, kind), make, using)


def create_project(namespace: Namespace, path: str, *, using: str = "main", **fields: Any) -> Project:
    """Make a project in a namespace and return it. Raises as `create_namespace`."""
    full_path = f"{namespace.full_path}/{path}"

    def make() -> Project:
        _hold(namespace, using)
        return Project.objects.using(using).create(
            organization_id=namespace.organization_id, namespace=namespace, path=path, full_path=full_path, **fields
        )

    return _under_claim(claims.claim(full_path, namespace.organization_id, Route.Entity.PROJECT), make, using)


def rename(entity: Entity, path: str, *, using: str = "main") -> Entity:
    """Give a namespace or project another last segment; its old path, and with it what lay below, redirects.

    Returns the entity as it is now. Raises as `create_namespace`.
    """
    before = entity.full_path
    above, slash, _ = before.rpartition("/")
    after = f"{above}{slash}{path}"

    def make() -> Entity:
        renamed = _hold(entity, using)
        rows = {"organization_id": renamed.organization_id, "full_path__istartswith": f"{before}/"}
        type(renamed).objects.using(using).filter(pk=renamed.pk).update(path=path, full_path=after)
        # Nothing lies below a project.
        for below in (Namespace, Project):
            below.objects.using(using).filter(**rows).update(
                full_path=Concat(Value(after), Substr("full_path", Length(Value(before)) + 1))
            )
        renamed.refresh_from_db(using=using)
        return renamed

    entity_type = entity.kind if isinstance(entity, Namespace) else Route.Entity.PROJECT
    claimed = claims.claim(after, entity.organization_id, entity_type, entity_id=entity.pk)
    return _under_claim(claimed, make, using)


def _hold(entity: Entity, using: str) -> Entity:
    """The entity, locked until the transaction's end; raises `NamespaceGone` when it was renamed or deleted."""
    held = type(entity).objects.using(using).select_for_update(no_key=True).filter(pk=entity.pk).first()
    if held is None or held.full_path != entity.full_path:
        raise claims.NamespaceGone(f"{entity.full_path!r} was renamed or deleted meanwhile; look for it again")
    return held


def _under_claim(claimed: claims.Claim, make: Callable[[], Entity], using: str) -> Entity:
    try:
        with transaction.atomic(using=using, durable=True):
            entity = make()
            record_alive(claimed, entity.pk, using=using)
    except Exception:
        # Kind, not needed: the janitor would do the same when the claim has expired.
        with contextlib.suppress(Error):
            conclude(claimed, using=using)
        raise
    claims.settle(claimed.key, entity.pk)
    return entity
