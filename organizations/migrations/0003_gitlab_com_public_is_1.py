from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    expands = "It came with the first release; none was before it."
    dependencies = [("organizations", "0002_epoch_grows")]

    operations = [
        # organizations/gitlab_com_public.py makes the row with id 1.
        migrations.RunSQL(
            "ALTER TABLE organizations ALTER COLUMN id RESTART WITH 2",
            "ALTER TABLE organizations ALTER COLUMN id RESTART WITH 1",
        )
    ]
