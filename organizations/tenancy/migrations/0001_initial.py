from __future__ import annotations

import django.db.models.functions.datetime
import schemas.fields
from django.db import migrations, models

from schemas import gate, keeping


# A marker is waited for on another pod. An UPDATE of one that has not arrived there would be skipped as
# `update_missing`, and the wait would not end. A move's own sessions may delete old ones: no trigger fires there.
MARKERS_ARE_KEPT = """
CREATE FUNCTION move_marker_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the marker % of move %, attempt % cannot be changed', OLD.kind, OLD.move_id, OLD.attempt
        USING ERRCODE = 'check_violation', CONSTRAINT = 'move_marker_is_kept',
              HINT = 'Insert another one.';
END $$;
CREATE TRIGGER move_marker_is_kept BEFORE UPDATE OR DELETE ON move_marker FOR EACH ROW
    EXECUTE FUNCTION move_marker_is_kept();
"""
MARKERS_ARE_NOT_KEPT = """
DROP TRIGGER move_marker_is_kept ON move_marker;
DROP FUNCTION move_marker_is_kept();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='OrganizationState',
            fields=[
                ('id', schemas.fields.SoftReferenceField(db_index=False, primary_key=True, serialize=False, to='organizations.Organization')),
                ('state', models.CharField(choices=[('active', 'served here'), ('incoming', 'being moved to this pod'), ('fenced', 'being moved away, takes no writes'), ('moved', 'served by another pod')], max_length=8)),
                ('epoch', models.BigIntegerField(default=1)),
                ('move_id', models.UUIDField(help_text='The move that set this state, if one did.', null=True)),
                ('attempt', models.IntegerField(db_default=0, default=0, help_text='Of the move: rises with every cut-over.')),
                ('fenced_until', models.DateTimeField(help_text='When to check whether a move still needs the fence.', null=True)),
            ],
            options={
                'db_table': 'organization_state',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['active', 'incoming', 'fenced', 'moved'])), name='organization_state_is_known'), models.CheckConstraint(condition=models.Q(('epoch__gte', 1)), name='organization_state_epoch_is_positive')],
            },
        ),
        migrations.CreateModel(
            name='MoveMarker',
            fields=[
                ('pk', models.CompositePrimaryKey('move_id', 'attempt', 'kind', blank=True, editable=False, primary_key=True, serialize=False)),
                ('move_id', models.UUIDField()),
                ('attempt', models.IntegerField()),
                ('kind', models.TextField(help_text='What the move waits for.')),
                ('at', models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'move_marker',
            },
        ),
        migrations.CreateModel(
            name='MoveCheckpoint',
            fields=[
                ('pk', models.CompositePrimaryKey('move_id', 'name', blank=True, editable=False, primary_key=True, serialize=False)),
                ('move_id', models.UUIDField()),
                ('name', models.TextField(help_text='The table.')),
                ('copied_to', models.TextField(help_text='The key of the last row that was copied.', null=True)),
                ('rows', models.BigIntegerField(db_default=0, default=0)),
                ('bytes', models.BigIntegerField(db_default=0, default=0)),
                ('done', models.BooleanField(db_default=False, default=False)),
            ],
            options={
                'db_table': 'move_checkpoint',
            },
        ),
        migrations.CreateModel(
            name='DepartedId',
            fields=[
                ('pk', models.CompositePrimaryKey('kind', 'row_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField(help_text='The table of the row.')),
                ('row_id', models.BigIntegerField(db_column='id')),
                ('organization_id', schemas.fields.SoftReferenceField(db_index=False, to='organizations.Organization')),
            ],
            options={
                'db_table': 'departed_ids',
            },
        ),
        migrations.RunSQL(gate.FUNCTIONS, gate.WITHOUT_FUNCTIONS),
        migrations.RunSQL(keeping.FUNCTIONS, keeping.WITHOUT_FUNCTIONS),
        migrations.RunSQL(MARKERS_ARE_KEPT, MARKERS_ARE_NOT_KEPT),
    ]
