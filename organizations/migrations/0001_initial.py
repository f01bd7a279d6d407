from __future__ import annotations

import django.db.models.functions.text
import schemas.fields
from django.db import migrations, models


# A CHECK constraint cannot compare a row with what it was.
TRIGGERS = """
CREATE FUNCTION organizations_epoch_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'organization % moves from % to % with epoch % after %', OLD.id, OLD.pod_id, NEW.pod_id,
        NEW.epoch, OLD.epoch
        USING ERRCODE = 'check_violation', CONSTRAINT = 'organizations_epoch_grows',
              HINT = 'Set epoch = epoch + 1 in the UPDATE that sets pod_id, and never lower it.';
END $$;
CREATE TRIGGER organizations_epoch_grows BEFORE UPDATE ON organizations FOR EACH ROW
    WHEN (NEW.epoch < OLD.epoch OR (NEW.pod_id <> OLD.pod_id AND NEW.epoch = OLD.epoch))
    EXECUTE FUNCTION organizations_epoch_grows();
CREATE FUNCTION organizations_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'organization % cannot be deleted', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'organizations_are_kept',
              HINT = 'Set state = ''deleted'': its path must not be reused.';
END $$;
CREATE TRIGGER organizations_are_kept BEFORE DELETE ON organizations FOR EACH ROW
    EXECUTE FUNCTION organizations_are_kept();
"""
WITHOUT_TRIGGERS = """
DROP TRIGGER organizations_are_kept ON organizations;
DROP FUNCTION organizations_are_kept();
DROP TRIGGER organizations_epoch_grows ON organizations;
DROP FUNCTION organizations_epoch_grows();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=255)),
                ('name', models.CharField(max_length=255)),
                ('pod_id', models.CharField(help_text='Name of the pod that the organization lives on.', max_length=31)),
                ('epoch', models.BigIntegerField(default=1, help_text='Increases with every move, to tell older answers from newer ones.')),
                ('state', models.CharField(choices=[('creating', 'path reserved; its pod creates the rest (organizations/founding.py)'), ('active', 'Active'), ('deleted', 'Deleted')], default='active', max_length=16)),
                ('creator_id', schemas.fields.SoftReferenceField(db_index=False, help_text='The first owner; null when an operator created the organization.', null=True, to='users.User')),
                ('is_home_of_creator', models.BooleanField(db_default=False, default=False, help_text="Whether the organization becomes the creator's default organization.")),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'organizations',
                'indexes': [models.Index(condition=models.Q(('creator_id__isnull', False)), fields=['creator_id', 'created_at'], name='organizations_of_creator'), models.Index(condition=models.Q(('state', 'creating')), fields=['pod_id'], name='organizations_being_created')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('path'), name='organizations_path_is_taken_once'), models.UniqueConstraint(fields=('id', 'pod_id'), name='organizations_id_and_pod'), models.CheckConstraint(condition=models.Q(('path__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*\\Z'), models.Q(('path__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('path__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True)), name='organizations_path_is_a_segment'), models.CheckConstraint(condition=models.Q(('state__in', ['creating', 'active', 'deleted'])), name='organizations_state_is_known'), models.CheckConstraint(condition=models.Q(('epoch__gte', 1)), name='organizations_epoch_is_positive'), models.CheckConstraint(condition=models.Q(models.Q(('id', 1), _negated=True), models.Q(('epoch', 1), ('state', 'active')), _connector='OR'), name='organizations_gitlab_com_public_stays')],
            },
        ),
        migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS),
        # organizations/gitlab_com_public.py makes the row with id 1.
        migrations.RunSQL(
            "ALTER TABLE organizations ALTER COLUMN id RESTART WITH 2",
            "ALTER TABLE organizations ALTER COLUMN id RESTART WITH 1",
        ),
    ]
