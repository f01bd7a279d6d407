"""Change what a group or project is called, and who sees it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from monolith.namespaces.creation import MoreVisible, hold, refuse_more_visible
from monolith.namespaces.models import Namespace, Project, Visibility


def change_settings(entity: Namespace | Project, *, visibility: str, **settings: Any) -> None:
    """Write the visibility and other settings, by their columns.

    Raises `NamespaceGone`, and `MoreVisible` when nobody could reach what they may see.
    """
    with transaction.atomic(using="main"):
        parent = entity.parent if isinstance(entity, Namespace) else entity.namespace
        if parent:
            refuse_more_visible(visibility, hold(parent))
        hold(entity)
        if isinstance(entity, Namespace):
            _refuse_less_visible(entity, Visibility(visibility))
        fields = {**settings, "visibility": visibility}
        if isinstance(entity, Project):
            fields |= dict.fromkeys(("updated_at", "last_activity_at"), timezone.now())
        type(entity)._default_manager.filter(pk=entity.pk).update(**fields)


def _refuse_less_visible(namespace: Namespace, visibility: Visibility) -> None:
    wider = [each.value for each in Visibility if not visibility.covers(each)]
    for inside in (namespace.subgroups, namespace.projects):
        inner = inside.filter(visibility__in=wider).order_by("full_path").first()
        if inner:
            raise MoreVisible(
                f"{inner.full_path} inside it is {inner.visibility}; make {inner.full_path} {visibility.value} first"
            )
