from __future__ import annotations

from django.db import migrations, models

FORWARDS = """
UPDATE shelves SET name = title;
CREATE FUNCTION shelves_have_both() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.title := coalesce(NEW.title, NEW.name);
    NEW.name := coalesce(NEW.name, NEW.title);
    RETURN NEW;
END $$;
CREATE TRIGGER shelves_have_both BEFORE INSERT ON shelves FOR EACH ROW EXECUTE FUNCTION shelves_have_both();
"""


class Migration(migrations.Migration):
    expands = "Each release reads and writes the column that it knows; the trigger gives it the other's."
    dependencies = [("shelves", "0001_shelves")]
    operations = [
        migrations.AddField("shelf", "name", models.CharField(max_length=100, null=True)),
        migrations.RunSQL(FORWARDS),
    ]
