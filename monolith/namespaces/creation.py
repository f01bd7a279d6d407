"""Create, rename and transfer namespaces and projects: the name first, then the entity, then both agree.

Invariant 3. What fails on the way leaves nothing: the claim is given back, at once or by the janitor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Concat, Length, Substr

from monolith.namespaces.models import Namespace, NamespaceMember, Project, Role, Visibility
from routing import claims
from routing.outcomes.conclude import make_under_claim
from schemas.keeping import OrganizationChanged
from users.lookup import named

Entity = TypeVar("Entity", bound=Namespace | Project)

MOST_ROUNDS = 10


class MoreVisible(claims.ClaimError):
    """Something would be seen by more people than the namespace that it is in."""


def create_namespace(
    organization_id: int,
    path: str,
    *,
    parent: Namespace | None = None,
    made_by: int | None = None,
    **fields: Any,
) -> Namespace:
    """Make a group, or with `kind` and `owner_id` a person's namespace, and return it.

    The person who made a group owns it from the start. Raises what `routing.claims.claim` raises,
    `MoreVisible`, and `ClaimDied` when it took too long.
    """
    kind = fields.setdefault("kind", Namespace.Kind.GROUP)
    full_path = f"{parent.full_path}/{path}" if parent else path
    _refuse_username(full_path, kind)

    def make() -> Namespace:
        if parent:
            refuse_more_visible(fields.get("visibility"), hold(parent))
        made = Namespace.objects.using("main").create(
            organization_id=organization_id, parent=parent, path=path, full_path=full_path, **fields
        )
        if made_by is not None:
            NamespaceMember.objects.using("main").create(
                organization_id=organization_id, namespace=made, user_id=made_by, role=Role.OWNER
            )
        return made

    return make_under_claim(claims.claim(full_path, organization_id, kind), make)


def create_project(namespace: Namespace, path: str, **fields: Any) -> Project:
    """Make a project in a namespace and return it. Raises as `create_namespace`."""
    full_path = f"{namespace.full_path}/{path}"

    def make() -> Project:
        refuse_more_visible(fields.get("visibility"), hold(namespace))
        return Project.objects.using("main").create(
            organization_id=namespace.organization_id, namespace=namespace, path=path, full_path=full_path, **fields
        )

    return make_under_claim(claims.claim(full_path, namespace.organization_id, Project.entity_type), make)


def rename(entity: Entity, path: str) -> Entity:
    """Give a namespace or project another last segment; its old path, and with it what lay below, redirects.

    A path that differs from the present one in capitals only is the same name, so nothing redirects. Returns the entity
    as it is now. Raises as `create_namespace`.
    """
    above, slash, _ = entity.full_path.rpartition("/")
    if isinstance(entity, Namespace):
        _refuse_username(f"{above}{slash}{path}", entity.kind)
    return _take_path(entity, path, f"{above}{slash}{path}")


def transfer(entity: Entity, parent: Namespace | None) -> Entity:
    """Put a group or project into another namespace of its organization; None makes a group a top-level one.

    Old paths redirect as after `rename`. Returns the entity as it is now. Raises as `create_namespace`.
    """
    if parent and parent.organization_id != entity.organization_id:
        raise claims.NamespaceGone(
            f"{parent.full_path!r} is in another organization; you can only transfer within the same organization"
        )

    if isinstance(entity, Namespace) and parent is None:
        _refuse_username(entity.path, entity.kind)

    def put() -> dict[str, Namespace | None]:
        if parent:
            refuse_more_visible(entity.visibility, hold(parent))
        return {"parent" if isinstance(entity, Namespace) else "namespace": parent}

    return _take_path(entity, entity.path, f"{parent.full_path}/{entity.path}" if parent else entity.path, put)


def name_again(entity: Entity) -> Entity:
    """Claim and settle the path that a namespace or project has, when `routes` has lost it or has an earlier one.

    Returns the entity. Raises as `create_namespace`.
    """
    return _take_path(entity, entity.path, entity.full_path)


def _take_path(
    entity: Entity,
    path: str,
    after: str,
    put: Callable[[], dict[str, Namespace | None]] = dict,
) -> Entity:
    before = entity.full_path

    def make() -> Entity:
        held = hold(entity)
        rows = {"organization_id": held.organization_id, "full_path__istartswith": f"{before}/"}
        _hold_all(Namespace.objects.using("main").filter(**rows))
        type(held).objects.using("main").filter(pk=held.pk).update(path=path, full_path=after, **put())
        # Nothing lies below a project.
        for below in (Namespace, Project):
            below.objects.using("main").filter(**rows).update(
                full_path=Concat(Value(after), Substr("full_path", Length(Value(before)) + 1))
            )
        held.refresh_from_db(using="main")
        return held

    if after != before and after.lower() == before.lower():
        with transaction.atomic(using="main", durable=True):
            respelled = make()
            # Before the commit: if it fails, the same rename puts both right.
            claims.respell(after, entity.entity_type, entity.pk)
        return respelled
    claimed = claims.claim(after, entity.organization_id, entity.entity_type, entity_id=entity.pk)
    return make_under_claim(claimed, make)


def _refuse_username(full_path: str, kind: str) -> None:
    """Raise `PathTaken` when a top-level group would get the path that a user's namespace has or may get."""
    if kind == Namespace.Kind.GROUP and "/" not in full_path and named(full_path).using("users").exists():
        raise claims.PathTaken(f"{full_path!r} is taken; choose another name")


def refuse_more_visible(visibility: str | None, namespace: Namespace) -> None:
    """Raise `MoreVisible` when what is in a namespace would be seen by more people than the namespace itself."""
    if visibility in Visibility.values and not Visibility(namespace.visibility).covers(Visibility(visibility)):
        raise MoreVisible(
            f"{namespace.full_path} is {namespace.visibility}, so nothing in it can be {visibility}; "
            "choose a narrower visibility"
        )


def hold(entity: Entity) -> Entity:
    """The entity, locked until the transaction's end; raises `NamespaceGone` when it was renamed or deleted, and
    `OrganizationChanged` when it was transferred to another organization.
    """
    rows = type(entity)._default_manager.using("main").select_for_update(no_key=True)
    held: Entity | None = rows.filter(pk=entity.pk).first()  # type: ignore[assignment]
    if held is None or held.full_path != entity.full_path:
        raise claims.NamespaceGone(f"{entity.full_path!r} was renamed or deleted in the meantime; look up its new path")
    if held.organization_id != entity.organization_id:
        raise OrganizationChanged(f"{entity.full_path} was transferred to another organization in the meantime")
    return held


def _hold_all(namespaces: QuerySet[Namespace]) -> None:
    """Lock these, and those that are made in them until then: nobody may make anything at a path that is changing.

    Raises `NamespaceGone` when there is no end to it.
    """
    held: set[int] = set()
    for _ in range(MOST_ROUNDS):
        found = set(namespaces.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
        if found == held:
            return
        held = found
    raise claims.NamespaceGone("new groups or projects keep being created in it; try again in a moment")
