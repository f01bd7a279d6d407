from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.text
import routing.models
from django.db import migrations, models


# Invariant 1: an organization is on one pod.
#
# The pod of a top-level route is its organization's, and follows it: one UPDATE of
# `organizations` flips all of them. A descendant has no pod, and a NULL escapes
# that key (MATCH SIMPLE), so it refers to its top-level row with the same
# organization instead. A redirect and its target belong to the same organization too:
# names change it together, when their top-level namespace is transferred (organizations/transfers/).
ONE_ORGANIZATION_ONE_POD = """
ALTER TABLE routes
    ADD CONSTRAINT routes_pod_is_the_organizations FOREIGN KEY (organization_id, pod_id)
        REFERENCES organizations (id, pod_id) ON UPDATE CASCADE,
    ADD CONSTRAINT routes_descendant_is_of_its_top_level FOREIGN KEY (top_level_key, organization_id)
        REFERENCES routes (key, organization_id),
    ADD CONSTRAINT routes_redirect_stays_in_organization FOREIGN KEY (redirects_to_id, organization_id)
        REFERENCES routes (id, organization_id);
"""
WITHOUT_ONE_POD = """
ALTER TABLE routes
    DROP CONSTRAINT routes_redirect_stays_in_organization,
    DROP CONSTRAINT routes_descendant_is_of_its_top_level,
    DROP CONSTRAINT routes_pod_is_the_organizations;
"""
# Invariant 2: a name that was in use is not given to another owner by accident.
# A CHECK constraint cannot compare a row with what it was, hence a trigger.
NAMES_ARE_KEPT = """
CREATE FUNCTION routes_names_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.kind IN ('claim', 'reserved') OR (OLD.kind = 'tombstone' AND OLD.expires_at <= now()) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the % name % cannot be deleted', OLD.kind, OLD.path
            USING ERRCODE = 'check_violation', CONSTRAINT = 'routes_names_are_kept',
                  HINT = 'Make it a tombstone, which may be deleted when it has expired.';
    ELSIF NEW.organization_id IS DISTINCT FROM OLD.organization_id THEN
        -- The one exception: an open transfer between these two, which this transaction names and finishes.
        IF lower(NEW.path) = lower(OLD.path) AND EXISTS (
            SELECT FROM namespace_transfers WHERE key::text = current_setting('pods.transfer', true)
                AND state = 'open' AND source_id = OLD.organization_id AND target_id = NEW.organization_id
        ) THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the name % cannot go from organization % to %', OLD.path, OLD.organization_id,
            NEW.organization_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'routes_names_are_kept',
                  HINT = 'Transfer the top-level namespace: manage.py organization transfer-namespace.';
    ELSE
        RAISE EXCEPTION 'the top-level name % cannot become % in place', OLD.path, NEW.path
            USING ERRCODE = 'check_violation', CONSTRAINT = 'routes_names_are_kept',
                  HINT = 'Insert the new name, and make the old one a redirect to it.';
    END IF;
END $$;
CREATE TRIGGER routes_names_are_kept_on_update BEFORE UPDATE ON routes FOR EACH ROW
    WHEN (NEW.organization_id IS DISTINCT FROM OLD.organization_id
          OR (OLD.path NOT LIKE '%/%' AND lower(NEW.path) <> lower(OLD.path)))
    EXECUTE FUNCTION routes_names_are_kept();
CREATE TRIGGER routes_names_are_kept_on_delete BEFORE DELETE ON routes FOR EACH ROW
    EXECUTE FUNCTION routes_names_are_kept();
"""
NAMES_ARE_NOT_KEPT = """
DROP TRIGGER routes_names_are_kept_on_delete ON routes;
DROP TRIGGER routes_names_are_kept_on_update ON routes;
DROP FUNCTION routes_names_are_kept();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organizations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdRange',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('pod_id', models.CharField(max_length=31)),
                ('leased_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'id_ranges',
                'constraints': [models.CheckConstraint(condition=models.Q(('number__lt', 8192)), name='id_ranges_stay_below_2_to_53')],
            },
        ),
        migrations.CreateModel(
            name='DatabaseMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pod_id', models.CharField(max_length=31)),
                ('schema', models.CharField(max_length=31)),
                ('mark', models.BigIntegerField(help_text='A number that the pod raises in the database first.')),
                ('drawn', models.JSONField(help_text='The last id that each sequence gave.')),
                ('marked_at', models.DateTimeField(help_text="By this database's clock.")),
            ],
            options={
                'db_table': 'database_marks',
                'constraints': [models.UniqueConstraint(fields=('pod_id', 'schema'), name='database_marks_one_of_a_database')],
            },
        ),
        migrations.CreateModel(
            name='Route',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=1024)),
                ('kind', models.CharField(choices=[('live', 'an entity is reached by it'), ('redirect', 'the old path of an entity that was renamed or transferred'), ('claim', 'reserved for an entity that is being created or renamed'), ('reserved', "a first segment of URLs, never an entity's"), ('tombstone', 'a deleted name, not given away for days')], default='live', max_length=9)),
                ('key', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Lower('path'), help_text='What is looked up.', output_field=models.TextField(db_collation='C'))),
                ('top_level_key', models.GeneratedField(db_persist=True, expression=models.Case(models.When(path__contains='/', then=django.db.models.functions.text.Lower(routing.models.SplitPart(models.F('path'), models.Value('/'), models.Value(1)))), default=None), help_text='The key of the top-level row above this one; null on a top-level row itself.', output_field=models.TextField(db_collation='C', null=True))),
                ('pod_id', models.CharField(help_text="Name of the pod, on top-level rows only; equals the organization's.", max_length=31, null=True)),
                ('entity_type', models.CharField(help_text="The kind of entity, in the application's words.", max_length=8, null=True)),
                ('entity_id', models.BigIntegerField(help_text='Id of the entity on its pod.', null=True)),
                ('claim_key', models.UUIDField(help_text='Under which the creator records its outcome.', null=True, unique=True)),
                ('expires_at', models.DateTimeField(help_text='When a claim is decided or a tombstone is deleted.', null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('organization', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='routes', to='organizations.organization')),
                ('redirects_to', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='redirects', to='routing.route')),
            ],
            options={
                'db_table': 'routes',
                'indexes': [models.Index(fields=['organization', 'pod_id'], name='routes_organization_pod'), models.Index(fields=['top_level_key', 'organization'], name='routes_top_level'), models.Index(condition=models.Q(('kind', 'live'), _negated=True), fields=['kind', 'key'], name='routes_not_live'), models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='routes_expiring')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'live')), fields=('entity_type', 'entity_id'), name='routes_entity_has_one_live_path'), models.CheckConstraint(condition=models.Q(models.Q(('path__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)*\\Z'), models.Q(('path__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('path__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True), models.Q(('kind', 'reserved'), _negated=True)), models.Q(('kind', 'reserved'), ('path__regex', '\\A[A-Za-z0-9_.-]+\\Z')), _connector='OR'), name='routes_path_is_segments'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'reserved'), ('pod_id', None)), models.Q(models.Q(('kind', 'reserved'), _negated=True), models.Q(('pod_id', None), ('path__contains', '/'), _connector='XOR', _negated=True)), _connector='OR'), name='routes_pod_on_top_level'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'reserved'), ('organization', None)), models.Q(models.Q(('kind', 'reserved'), _negated=True), ('organization__isnull', False)), _connector='OR'), name='routes_organization_unless_reserved'), models.CheckConstraint(condition=models.Q(models.Q(('claim_key', None), ('entity_id__isnull', False), ('entity_type__isnull', False), ('expires_at', None), ('kind', 'live'), ('redirects_to', None)), models.Q(('claim_key', None), ('entity_id', None), ('entity_type', None), ('expires_at', None), ('kind', 'redirect'), ('redirects_to__isnull', False)), models.Q(('claim_key__isnull', False), ('entity_type__isnull', False), ('expires_at__isnull', False), ('kind', 'claim')), models.Q(('claim_key', None), ('entity_id', None), ('entity_type', None), ('expires_at', None), ('kind', 'reserved'), ('redirects_to', None)), models.Q(('claim_key', None), ('entity_id', None), ('entity_type', None), ('expires_at__isnull', False), ('kind', 'tombstone'), ('redirects_to', None)), _connector='OR'), name='routes_kind_has_its_columns'), models.CheckConstraint(condition=models.Q(('entity_type', None), ('entity_type__regex', '\\A[a-z]{1,8}\\Z'), _connector='OR'), name='routes_entity_type_is_a_word'), models.CheckConstraint(condition=models.Q(('redirects_to', None), models.Q(('redirects_to', models.F('id')), _negated=True), _connector='OR'), name='routes_redirect_is_no_loop')],
            },
        ),
        # By themselves: those of CreateModel are added after all operations, and the next one refers to these.
        migrations.AddConstraint(
            model_name='route',
            constraint=models.UniqueConstraint(fields=('key',), name='routes_one_name_one_row'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.UniqueConstraint(fields=('key', 'organization'), name='routes_key_and_organization'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.UniqueConstraint(fields=('id', 'organization'), name='routes_id_and_organization'),
        ),
        migrations.RunSQL(ONE_ORGANIZATION_ONE_POD, WITHOUT_ONE_POD),
        migrations.RunSQL(NAMES_ARE_KEPT, NAMES_ARE_NOT_KEPT),
    ]
