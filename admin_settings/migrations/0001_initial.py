from __future__ import annotations

import django.db.models.functions.datetime
import django.db.models.lookups
import schemas.fields
from django.db import migrations, models


# Whatever program changes a setting raises the version, which is all that pods poll.
TRIGGERS = """
CREATE FUNCTION settings_version_is_raised() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO settings_version (id, version, changed_at) VALUES (1, 1, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET version = settings_version.version + 1, changed_at = clock_timestamp();
    RETURN NULL;
END $$;
CREATE TRIGGER settings_version_is_raised AFTER INSERT OR UPDATE OR DELETE ON application_settings
    FOR EACH STATEMENT EXECUTE FUNCTION settings_version_is_raised();
CREATE TRIGGER settings_version_is_raised AFTER INSERT OR UPDATE OR DELETE ON per_pod_application_settings
    FOR EACH STATEMENT EXECUTE FUNCTION settings_version_is_raised();
INSERT INTO settings_version (id, version) VALUES (1, 0);

CREATE FUNCTION setting_changes_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'change % of the settings stays in the audit log as it is', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'setting_changes_are_kept',
              HINT = 'Change the setting back; that is a line of its own.';
END $$;
CREATE TRIGGER setting_changes_are_kept BEFORE UPDATE OR DELETE ON setting_changes FOR EACH ROW
    EXECUTE FUNCTION setting_changes_are_kept();
"""
WITHOUT_TRIGGERS = """
DROP TRIGGER setting_changes_are_kept ON setting_changes;
DROP FUNCTION setting_changes_are_kept();
DELETE FROM settings_version;
DROP TRIGGER settings_version_is_raised ON per_pod_application_settings;
DROP TRIGGER settings_version_is_raised ON application_settings;
DROP FUNCTION settings_version_is_raised();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ApplicationSetting',
            fields=[
                ('name', models.CharField(max_length=63, primary_key=True, serialize=False)),
                ('value', models.JSONField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'db_table': 'application_settings',
            },
        ),
        migrations.CreateModel(
            name='PerPodApplicationSetting',
            fields=[
                ('pod_id', models.CharField(max_length=31, primary_key=True, serialize=False)),
                ('values', models.JSONField(default=dict)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'db_table': 'per_pod_application_settings',
                'constraints': [models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func('values', function='jsonb_typeof', output_field=models.TextField()), 'object'), name='per_pod_application_settings_are_an_object')],
            },
        ),
        migrations.CreateModel(
            name='SettingChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.BigIntegerField(help_text='Version of the settings after this change.')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('user_id', schemas.fields.SoftReferenceField(help_text='Null for a command.', null=True, to='users.User')),
                ('actor', models.CharField(help_text="The user's name at that time; for a command, its user and machine.", max_length=255)),
                ('name', models.CharField(max_length=63)),
                ('pod_id', models.CharField(blank=True, help_text='The pod whose value changed; empty for the shared value.', max_length=31)),
                ('was', models.JSONField(help_text='Null when no value was set.', null=True)),
                ('became', models.JSONField(help_text='Null when the value was removed.', null=True)),
            ],
            options={
                'db_table': 'setting_changes',
                'indexes': [models.Index(fields=['version'], name='setting_changes_by_version'), models.Index(fields=['name', '-id'], name='setting_changes_by_name')],
            },
        ),
        migrations.CreateModel(
            name='SettingsVersion',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('version', models.BigIntegerField(default=0)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'settings_version',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='settings_version_is_one_row')],
            },
        ),
        migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS),
    ]
