from __future__ import annotations

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
import schemas.fields
from django.db import migrations, models

from monolith.namespaces import grams
from schemas.tenancy import ProtectOrganizationRows


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Namespace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('group', 'Group'), ('user', 'User')], default='group', max_length=5)),
                ('path', models.CharField(help_text='One path segment.', max_length=255)),
                ('full_path', models.CharField(db_collation='C', help_text='The full path, as in routes.', max_length=1024)),
                ('name', models.CharField(max_length=255)),
                ('description', models.TextField(blank=True, db_default='', default='')),
                ('visibility', models.CharField(choices=[('public', 'everybody'), ('internal', 'members of the organization'), ('private', 'its members')], default='private', max_length=8)),
                ('owner_id', schemas.fields.SoftReferenceField(null=True, to='users.User')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
                ('parent', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subgroups', to='namespaces.namespace')),
            ],
            options={
                'db_table': 'namespaces',
                'indexes': [models.Index(models.F('organization'), models.F('visibility'), django.db.models.functions.text.Lower('full_path'), name='namespaces_seen'), models.Index(models.F('parent'), models.F('visibility'), django.db.models.functions.text.Lower('full_path'), name='namespaces_seen_in_parent'), models.Index(models.F('organization'), models.F('visibility'), django.db.models.functions.text.Lower('full_path'), condition=models.Q(('kind', 'group')), name='namespaces_groups_seen')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('full_path'), models.F('organization'), name='namespaces_full_path'), models.CheckConstraint(condition=models.Q(('path__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*\\Z'), models.Q(('path__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('path__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True)), name='namespaces_path_is_a_segment'), models.CheckConstraint(condition=models.Q(models.Q(('full_path', models.F('path')), ('parent', None)), models.Q(('parent__isnull', False), ('full_path__endswith', django.db.models.functions.text.Concat(models.Value('/'), models.F('path'))), ('full_path__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)*\\Z'), models.Q(('full_path__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('full_path__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True)), _connector='OR'), name='namespaces_full_path_ends_with_path'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'group'), ('owner_id', None)), models.Q(('kind', 'user'), ('owner_id__isnull', False), ('parent', None)), _connector='OR'), name='namespaces_kind_has_its_columns'), models.CheckConstraint(condition=models.Q(('visibility__in', ['public', 'internal', 'private'])), name='namespaces_visibility_is_known')],
            },
        ),
        migrations.CreateModel(
            name='NamespaceMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', schemas.fields.SoftReferenceField(to='users.User')),
                ('role', models.CharField(choices=[('guest', 'Guest'), ('developer', 'Developer'), ('maintainer', 'Maintainer'), ('owner', 'Owner')], max_length=10)),
                ('expires_at', models.DateField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('namespace', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='namespaces.namespace')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'namespace_members',
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['guest', 'developer', 'maintainer', 'owner'])), name='namespace_members_role_is_known'), models.UniqueConstraint(fields=('namespace', 'user_id'), name='namespace_members_once')],
            },
        ),
        migrations.CreateModel(
            name='Project',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(help_text='One path segment.', max_length=255)),
                ('full_path', models.CharField(db_collation='C', help_text='The full path, as in routes.', max_length=1024)),
                ('name', models.CharField(max_length=255)),
                ('description', models.TextField(blank=True)),
                ('visibility', models.CharField(choices=[('public', 'everybody'), ('internal', 'members of the organization'), ('private', 'its members')], default='private', max_length=8)),
                ('topics', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=255), db_default=[], default=list, size=None)),
                ('archived', models.BooleanField(db_default=False, default=False)),
                ('creator_id', schemas.fields.SoftReferenceField(db_index=False, null=True, to='users.User')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('last_activity_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, help_text='The newest issue that is not confidential, merge request or change of settings.')),
                ('last_issue', models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text='The highest number ever assigned; maintained by a trigger.')),
                ('last_merge_request', models.PositiveIntegerField(db_default=0, default=0, editable=False, help_text='The highest number ever assigned; maintained by a trigger.')),
                ('namespace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='namespaces.namespace')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'projects',
                'indexes': [models.Index(models.F('organization'), models.F('visibility'), django.db.models.functions.text.Lower('full_path'), name='projects_seen'), models.Index(models.F('namespace'), models.F('visibility'), django.db.models.functions.text.Lower('full_path'), name='projects_seen_in_namespace')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('full_path'), models.F('organization'), name='projects_full_path'), models.CheckConstraint(condition=models.Q(('path__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*\\Z'), models.Q(('path__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('path__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True)), name='projects_path_is_a_segment'), models.CheckConstraint(condition=models.Q(('full_path__endswith', django.db.models.functions.text.Concat(models.Value('/'), models.F('path'))), ('full_path__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)*\\Z'), models.Q(('full_path__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('full_path__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True)), name='projects_full_path_ends_with_path'), models.CheckConstraint(condition=models.Q(('visibility__in', ['public', 'internal', 'private'])), name='projects_visibility_is_known')],
            },
        ),
        migrations.CreateModel(
            name='ProjectMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', schemas.fields.SoftReferenceField(to='users.User')),
                ('role', models.CharField(choices=[('guest', 'Guest'), ('developer', 'Developer'), ('maintainer', 'Maintainer'), ('owner', 'Owner')], max_length=10)),
                ('expires_at', models.DateField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
                ('project', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='namespaces.project')),
            ],
            options={
                'db_table': 'project_members',
                'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['guest', 'developer', 'maintainer', 'owner'])), name='project_members_role_is_known'), models.UniqueConstraint(fields=('project', 'user_id'), name='project_members_once')],
            },
        ),
        migrations.CreateModel(
            name='Star',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', schemas.fields.SoftReferenceField(to='users.User')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
                ('project', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='stars', to='namespaces.project')),
            ],
            options={
                'db_table': 'stars',
                'constraints': [models.UniqueConstraint(fields=('project', 'user_id'), name='stars_once')],
            },
        ),
        migrations.RunSQL(grams.FUNCTION, grams.NO_FUNCTION),
        migrations.AddIndex(
            model_name='namespace',
            index=django.contrib.postgres.indexes.GinIndex(grams.GRAMS, condition=models.Q(('kind', 'group')), name='namespaces_grams'),
        ),
        migrations.AddIndex(
            model_name='project',
            index=django.contrib.postgres.indexes.GinIndex(grams.GRAMS, name='projects_grams'),
        ),
        ProtectOrganizationRows("Namespace", "NamespaceMember", "Project", "ProjectMember", "Star"),
    ]
