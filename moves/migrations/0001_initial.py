from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.db import migrations, models


# The arrows of moves/states.py: whatever code asks for another one is wrong. A CHECK constraint cannot compare a row
# with what it was.
MOVES_FOLLOW = """
CREATE FUNCTION organization_moves_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    follows boolean := (OLD.state, NEW.state) IN (
        ('planned', 'preparing'), ('planned', 'aborting'),
        ('preparing', 'copying'), ('preparing', 'streaming'), ('preparing', 'aborting'),
        ('copying', 'streaming'), ('copying', 'preparing'), ('copying', 'aborting'),
        ('streaming', 'rehearsing'), ('streaming', 'fencing'), ('streaming', 'preparing'), ('streaming', 'aborting'),
        ('rehearsing', 'streaming'), ('rehearsing', 'aborting'),
        ('fencing', 'flipped'), ('fencing', 'streaming'), ('fencing', 'aborting'),
        ('flipped', 'settled'),
        ('settled', 'purging'), ('settled', 'returned'),
        ('purging', 'done'),
        ('aborting', 'aborted')
    );
BEGIN
    IF OLD.state <> NEW.state AND NOT follows THEN
        RAISE EXCEPTION 'move % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_moves_follow',
                  HINT = 'moves/states.py has the arrows.';
    ELSIF (OLD.state, NEW.state) = ('preparing', 'streaming') AND NEW.kind <> 'return' THEN
        RAISE EXCEPTION 'move % has not copied anything', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_moves_follow';
    ELSIF NEW.attempt < OLD.attempt
          OR (NEW.attempt = OLD.attempt AND OLD.state <> NEW.state
              AND NEW.state IN ('preparing', 'rehearsing', 'fencing')) THEN
        RAISE EXCEPTION 'attempt % of move % does not follow attempt %', NEW.attempt, OLD.id, OLD.attempt
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_moves_follow',
                  HINT = 'A new attempt has a number of its own, and none ever falls.';
    ELSIF (NEW.organization_id, NEW.source, NEW.target, NEW.kind) IS DISTINCT FROM
          (OLD.organization_id, OLD.source, OLD.target, OLD.kind) THEN
        RAISE EXCEPTION 'move % cannot become another one', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_moves_follow';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER organization_moves_follow BEFORE UPDATE ON organization_moves FOR EACH ROW
    EXECUTE FUNCTION organization_moves_follow();
CREATE FUNCTION organization_moves_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened to a move is never changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'organization_moves_are_kept';
END $$;
CREATE TRIGGER organization_moves_are_kept BEFORE DELETE ON organization_moves FOR EACH ROW
    EXECUTE FUNCTION organization_moves_are_kept();
CREATE TRIGGER organization_move_events_are_kept BEFORE UPDATE OR DELETE ON organization_move_events FOR EACH ROW
    EXECUTE FUNCTION organization_moves_are_kept();
"""
MOVES_DO_NOT_FOLLOW = """
DROP TRIGGER organization_move_events_are_kept ON organization_move_events;
DROP TRIGGER organization_moves_are_kept ON organization_moves;
DROP FUNCTION organization_moves_are_kept();
DROP TRIGGER organization_moves_follow ON organization_moves;
DROP FUNCTION organization_moves_follow();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organizations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='OrganizationMove',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('move', 'to another pod'), ('return', 'back, over the reverse stream of an earlier move')], db_default='move', default='move', max_length=6)),
                ('source', models.CharField(max_length=31)),
                ('target', models.CharField(max_length=31)),
                ('state', models.CharField(choices=[('planned', 'waits for its turn'), ('preparing', 'makes the streams'), ('copying', 'copies rows while the stream runs'), ('streaming', 'the target follows the source'), ('rehearsing', 'rehearses the cut-over and compares both sides'), ('fencing', 'cuts over: the source takes no writes'), ('flipped', 'the target serves; the source is being closed'), ('settled', 'the target serves; the way back is open'), ('purging', "deletes the source's rows"), ('done', 'finished'), ('returned', 'rolled back by another move'), ('aborting', "deletes the target's rows"), ('aborted', 'aborted; nothing has changed')], db_default='planned', default='planned', max_length=10)),
                ('attempt', models.IntegerField(db_default=0, default=0, help_text='Rises when a driver begins something that only one may finish.')),
                ('wanted', models.CharField(choices=[('rehearse', 'Rehearse'), ('cutover', 'Cutover'), ('abort', 'Abort'), ('rollback', 'Rollback'), ('verify', 'Verify')], help_text='What an operator asks for.', max_length=8, null=True)),
                ('paused', models.BooleanField(db_default=False, default=False)),
                ('cutover', models.CharField(choices=[('auto', 'as soon as a rehearsal has gone well'), ('manual', 'when an operator says so')], db_default='auto', default='auto', max_length=6)),
                ('cutover_at', models.DateTimeField(help_text='Not before this time.', null=True)),
                ('rate', models.IntegerField(help_text='The most rows to copy in a second.', null=True)),
                ('max_pause_ms', models.IntegerField(db_default=500, default=500, help_text='The longest that writes may wait.')),
                ('way_back_seconds', models.IntegerField(db_default=86400, default=86400)),
                ('error', models.TextField(blank=True, db_default='', default='', help_text='Why the move does not advance.')),
                ('driver', models.CharField(blank=True, db_default='', default='', help_text='Who drives it.', max_length=255)),
                ('heartbeat_at', models.DateTimeField(null=True)),
                ('measured', models.JSONField(db_default={}, default=dict, help_text='Lag, rows a second and so on, as the driver measured last.')),
                ('schema_fingerprint', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('restarts', models.IntegerField(db_default=0, default=0, help_text='How often the copy began again.')),
                ('rehearsal', models.JSONField(help_text='What the last rehearsal found.', null=True)),
                ('flipped_epoch', models.BigIntegerField(null=True)),
                ('flipped_at', models.DateTimeField(null=True)),
                ('reverse_until', models.DateTimeField(help_text='Until then it can be rolled back.', null=True)),
                ('purge_after', models.DateTimeField(null=True)),
                ('certificate', models.JSONField(null=True)),
                ('asked_by', models.CharField(blank=True, db_default='', default='', max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now())),
                ('changed_at', models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now())),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='organizations.organization')),
                ('returns', models.ForeignKey(help_text='The move that is undone.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returned_by', to='moves.organizationmove')),
            ],
            options={
                'db_table': 'organization_moves',
                'indexes': [models.Index(models.F('created_at'), name='organization_moves_created_at')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['aborted', 'done', 'returned']), _negated=True), fields=('organization',), name='organization_moves_one_is_open'), models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='organization_moves_to_another_pod'), models.CheckConstraint(condition=models.Q(('organization', 1), _negated=True), name='organization_moves_gitlab_com_public_stays'), models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'preparing', 'copying', 'streaming', 'rehearsing', 'fencing', 'flipped', 'settled', 'purging', 'done', 'returned', 'aborting', 'aborted'])), name='organization_moves_state_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'move'), ('returns', None)), models.Q(('kind', 'return'), ('returns__isnull', False)), _connector='OR'), name='organization_moves_return_has_a_move')],
            },
        ),
        migrations.CreateModel(
            name='OrganizationMoveEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now())),
                ('who', models.CharField(max_length=255)),
                ('state', models.CharField(choices=[('planned', 'waits for its turn'), ('preparing', 'makes the streams'), ('copying', 'copies rows while the stream runs'), ('streaming', 'the target follows the source'), ('rehearsing', 'rehearses the cut-over and compares both sides'), ('fencing', 'cuts over: the source takes no writes'), ('flipped', 'the target serves; the source is being closed'), ('settled', 'the target serves; the way back is open'), ('purging', "deletes the source's rows"), ('done', 'finished'), ('returned', 'rolled back by another move'), ('aborting', "deletes the target's rows"), ('aborted', 'aborted; nothing has changed')], max_length=10)),
                ('attempt', models.IntegerField()),
                ('text', models.TextField()),
                ('move', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='moves.organizationmove')),
            ],
            options={
                'db_table': 'organization_move_events',
            },
        ),
        migrations.CreateModel(
            name='OrganizationMoveTable',
            fields=[
                ('pk', models.CompositePrimaryKey('move_id', 'schema', 'name', blank=True, editable=False, primary_key=True, serialize=False)),
                ('schema', models.CharField(max_length=31)),
                ('name', models.CharField(max_length=63)),
                ('copied_to', models.TextField(help_text='The key of the last row that was copied.', null=True)),
                ('estimated_rows', models.BigIntegerField(null=True)),
                ('rows', models.BigIntegerField(db_default=0, default=0)),
                ('bytes', models.BigIntegerField(db_default=0, default=0)),
                ('done', models.BooleanField(db_default=False, default=False)),
                ('move', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tables', to='moves.organizationmove')),
            ],
            options={
                'db_table': 'organization_move_tables',
            },
        ),
        migrations.RunSQL(MOVES_FOLLOW, MOVES_DO_NOT_FOLLOW),
    ]
