"""The labels of a project."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower

from monolith.namespaces.models import Project
from monolith.work.models import Label

DEFAULT_COLOR = "#428BCA"
LONGEST_NAME = 255
MOST_LABELS = 100
"""That are given at once."""


def labels_named(project: Project, names: Iterable[str]) -> list[Label]:
    """Return the project's labels with these names; creates those that it does not have."""
    found = (label_named(project, name) or _made(project, name) for name in names)
    return [*{label.pk: label for label in found}.values()]


def label_named(project: Project, name: str) -> Label | None:
    """Return the project's label of this name, in any letter case."""
    return Label.objects.filter(project=project).alias(key=Lower("name")).filter(key=Lower(Value(name))).first()


def _made(project: Project, name: str) -> Label:
    new = {"organization_id": project.organization_id, "color": DEFAULT_COLOR}
    try:
        with transaction.atomic(using="main"):
            return Label.objects.create(project=project, name=name, **new)
    except IntegrityError:
        # Another request made it in the meantime, maybe in another letter case.
        if label := label_named(project, name):
            return label
        raise
