from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    contracts_since = "99.0"
    dependencies = [("shelves", "0002_add_name")]
    operations = [
        migrations.RunSQL("DROP TRIGGER shelves_have_both ON shelves; DROP FUNCTION shelves_have_both()"),
        migrations.RemoveField("shelf", "title"),
    ]
