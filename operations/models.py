"""Announcements of running pods, and the contractions of shared schemas that were decided."""

from __future__ import annotations

from django.db import models


class PodAnnouncement(models.Model):
    """One running pod: written when it starts and about every ten seconds after that, deleted when it stops."""

    pod_id = models.CharField(max_length=31)
    host = models.CharField(max_length=255, help_text="The host that its process runs on.")
    release = models.CharField(max_length=31)
    started_at = models.DateTimeField(help_text="When its process started, by the database's clock.")
    heard_at = models.DateTimeField(help_text="When the pod was last heard from, by the database's clock.")
    serves = models.JSONField(
        help_text="By shared schema, the oldest version of each app that it can serve, and the newest that it knows."
    )

    class Meta:
        db_table = "pod_announcements"
        constraints = [
            models.UniqueConstraint(fields=["pod_id", "host"], name="pod_announcements_one_of_a_pod_on_a_host")
        ]

    def __str__(self) -> str:
        return f"{self.pod_id} on {self.host}"


class Contraction(models.Model):
    """A migration that removes from a shared schema what releases before `since` need. Written before it is applied, so
    that a pod that starts in between sees it.
    """

    schema = models.CharField(max_length=31)
    app = models.CharField(max_length=255)
    name = models.CharField(max_length=255)
    since = models.CharField(max_length=31, help_text="The first release that does not need what is removed.")
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "contractions"
        constraints = [models.UniqueConstraint(fields=["app", "name"], name="contractions_decided_once")]

    def __str__(self) -> str:
        return f"{self.app}.{self.name} since {self.since}"
