from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.text
import schemas.fields
import uuid
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
# The two organizations of an open transfer are on its pod, and stay there: an UPDATE of `organizations.pod_id` is refused.
ONE_POD = """
ALTER TABLE namespace_transfers
    ADD CONSTRAINT namespace_transfers_source_stays FOREIGN KEY (source_id, pod_id) REFERENCES organizations (id, pod_id),
    ADD CONSTRAINT namespace_transfers_target_stays FOREIGN KEY (target_id, pod_id) REFERENCES organizations (id, pod_id);
"""
WITHOUT_ONE_POD = """
ALTER TABLE namespace_transfers
    DROP CONSTRAINT namespace_transfers_target_stays,
    DROP CONSTRAINT namespace_transfers_source_stays;
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
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('path'), name='organizations_path_is_taken_once'), models.CheckConstraint(condition=models.Q(('path__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*\\Z'), models.Q(('path__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('path__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True)), name='organizations_path_is_a_segment'), models.CheckConstraint(condition=models.Q(('state__in', ['creating', 'active', 'deleted'])), name='organizations_state_is_known'), models.CheckConstraint(condition=models.Q(('epoch__gte', 1)), name='organizations_epoch_is_positive'), models.CheckConstraint(condition=models.Q(models.Q(('id', 1), _negated=True), models.Q(('epoch', 1), ('state', 'active')), _connector='OR'), name='organizations_gitlab_com_public_stays')],
            },
        ),
        migrations.CreateModel(
            name='NamespaceTransfer',
            fields=[
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('path', models.CharField(help_text='The top-level name.', max_length=255)),
                ('entity_type', models.CharField(max_length=8)),
                ('entity_id', models.BigIntegerField()),
                ('pod_id', models.CharField(help_text='The pod of both organizations, which stay there while it is open.', max_length=31, null=True)),
                ('epoch', models.BigIntegerField(help_text="The greater one of both organizations; the target's is raised to it.")),
                ('state', models.CharField(choices=[('open', 'begun; the pod that serves both organizations finishes or drops it'), ('done', 'the namespace belongs to the target'), ('dropped', 'nothing was changed')], default='open', max_length=7)),
                ('asked_by', models.CharField(help_text='The operator.', max_length=255)),
                ('expires_at', models.DateTimeField(help_text='When the janitor drops it, unless it is decided.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization')),
                ('target', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'namespace_transfers',
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['source'], name='namespace_transfers_from'), models.Index(condition=models.Q(('state', 'open')), fields=['target'], name='namespace_transfers_to')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('path'), condition=models.Q(('state', 'open')), name='namespace_transfers_one_at_a_time'), models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='namespace_transfers_change_the_organization'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('pod_id__isnull', False), ('state', 'open')), models.Q(('ended_at__isnull', False), ('pod_id', None), ('state__in', ['done', 'dropped'])), _connector='OR'), name='namespace_transfers_state_has_its_columns')],
            },
        ),
        # By itself: those of CreateModel are added after all operations, and the next one refers to this one.
        migrations.AddConstraint(
            model_name='organization',
            constraint=models.UniqueConstraint(fields=('id', 'pod_id'), name='organizations_id_and_pod'),
        ),
        migrations.RunSQL(ONE_POD, WITHOUT_ONE_POD),
        migrations.RunSQL(TRIGGERS, WITHOUT_TRIGGERS),
        # organizations/gitlab_com_public.py makes the row with id 1.
        migrations.RunSQL(
            "ALTER TABLE organizations ALTER COLUMN id RESTART WITH 2",
            "ALTER TABLE organizations ALTER COLUMN id RESTART WITH 1",
        ),
    ]
