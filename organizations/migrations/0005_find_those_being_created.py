from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # CREATE INDEX CONCURRENTLY lets everybody write meanwhile, and runs in no transaction.
    atomic = False

    dependencies = [("organizations", "0004_an_organization_is_created")]

    operations = [
        AddIndexConcurrently(
            model_name="organization",
            index=models.Index(
                fields=["creator_id", "created_at"],
                condition=models.Q(creator_id__isnull=False),
                name="organizations_of_creator",
            ),
        ),
        AddIndexConcurrently(
            model_name="organization",
            index=models.Index(
                fields=["pod_id"], condition=models.Q(state="creating"), name="organizations_being_created"
            ),
        ),
    ]
