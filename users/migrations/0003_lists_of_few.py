from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    # CREATE INDEX CONCURRENTLY lets everybody write meanwhile, and runs in no transaction.
    atomic = False

    dependencies = [("users", "0002_identity")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(Lower("username"), condition=models.Q(is_superuser=True), name="users_administrators"),
        ),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(Lower("username"), condition=models.Q(is_active=False), name="users_deactivated"),
        ),
    ]
