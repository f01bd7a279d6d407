"""Organizations: the unit that lives on exactly one pod."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

GITLAB_COM_PUBLIC = 1
"""The id of GitLab.com Public, the meta-organization of legacy users; it lives on the legacy pod."""


class Organization(models.Model):
    """A customer's isolated part of the cluster: owns top-level namespaces, lives on one pod."""

    class State(models.TextChoices):
        """What the cluster does with an organization."""

        ACTIVE = "active"
        DELETED = "deleted"

    path = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    pod_id = models.CharField(max_length=31, help_text="Name of the pod that it lives on.")
    epoch = models.BigIntegerField(default=1, help_text="Grows with every move; tells an older answer from a newer.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("path"), name="organizations_path_is_taken_once"),
            # Referenced by routes (organization_id, pod_id): an organization is on one pod.
            models.UniqueConstraint("id", "pod_id", name="organizations_id_and_pod"),
            models.CheckConstraint(
                condition=models.Q(path__regex=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"), name="organizations_path_is_a_segment"
            ),
            models.CheckConstraint(condition=models.Q(epoch__gte=1), name="organizations_epoch_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name
