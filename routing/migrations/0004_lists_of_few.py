from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # CREATE INDEX CONCURRENTLY lets everybody write meanwhile, and runs in no transaction.
    atomic = False

    dependencies = [("routing", "0003_names_are_kept")]

    operations = [
        AddIndexConcurrently(
            model_name="route",
            index=models.Index(fields=["kind", "key"], condition=~models.Q(kind="live"), name="routes_not_live"),
        ),
    ]
