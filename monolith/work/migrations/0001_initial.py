from __future__ import annotations

import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
import schemas.fields
from django.db import migrations, models

from monolith.work import words
from schemas.tenancy import ProtectOrganizationRows

_TABLE = """
CREATE FUNCTION {table}_number_is_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- What not everybody sees who sees the project is no activity of it.
    UPDATE projects SET {last} = NEW.iid, last_activity_at = CASE WHEN {seen} THEN greatest(last_activity_at, now())
            ELSE last_activity_at END
        WHERE organization_id = NEW.organization_id AND id = NEW.project_id AND {last} < NEW.iid;
    -- If the project does not exist, the foreign key refuses the row.
    IF NOT FOUND AND EXISTS (
        SELECT FROM projects WHERE organization_id = NEW.organization_id AND id = NEW.project_id
    ) THEN
        RAISE EXCEPTION 'number % was already used in project %', NEW.iid, NEW.project_id
            USING ERRCODE = 'unique_violation', CONSTRAINT = '{table}_number_is_new',
                  HINT = 'Lock the project and take projects.{last} + 1.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER {table}_number_is_new BEFORE INSERT ON {table} FOR EACH ROW
    EXECUTE FUNCTION {table}_number_is_new();
CREATE FUNCTION {table}_number_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'number % of project % cannot be changed', OLD.iid, OLD.project_id
        USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_number_stays',
              HINT = 'Insert a new row: a saved link must never lead to another issue or merge request.';
END $$;
CREATE TRIGGER {table}_number_stays BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN (NEW.iid <> OLD.iid OR NEW.project_id <> OLD.project_id)
    EXECUTE FUNCTION {table}_number_stays();
"""
_PROJECTS = """
CREATE FUNCTION projects_numbers_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the last numbers of project % cannot shrink', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'projects_numbers_grow',
              HINT = 'Do not write last_issue and last_merge_request: inserting an issue or merge request raises them.';
END $$;
CREATE TRIGGER projects_numbers_grow BEFORE UPDATE ON projects FOR EACH ROW
    WHEN (NEW.last_issue < OLD.last_issue OR NEW.last_merge_request < OLD.last_merge_request)
    EXECUTE FUNCTION projects_numbers_grow();
"""
_TABLES = {"issues": ("last_issue", "NOT NEW.confidential"), "merge_requests": ("last_merge_request", "true")}
FORWARDS = "".join(_TABLE.format(table=table, last=last, seen=seen) for table, (last, seen) in _TABLES.items())
FORWARDS += _PROJECTS
BACKWARDS = """
DROP TRIGGER projects_numbers_grow ON projects;
DROP FUNCTION projects_numbers_grow();
""" + "".join(
    f"""
DROP TRIGGER {table}_number_stays ON {table};
DROP FUNCTION {table}_number_stays();
DROP TRIGGER {table}_number_is_new ON {table};
DROP FUNCTION {table}_number_is_new();
"""
    for table in _TABLES
)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('namespaces', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Label',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('color', models.CharField(max_length=7, validators=[django.core.validators.RegexValidator('\\A#[0-9a-fA-F]{6}\\Z')])),
                ('description', models.TextField(blank=True, db_default='', default='')),
                ('priority', models.PositiveIntegerField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='labels', to='namespaces.project')),
            ],
            options={
                'db_table': 'labels',
                'constraints': [models.UniqueConstraint(models.F('project'), django.db.models.functions.text.Lower('name'), name='labels_once')],
            },
        ),
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('iid', models.PositiveIntegerField(help_text='Number within the project.')),
                ('title', models.CharField(max_length=255)),
                ('description', models.TextField(blank=True, db_default='', default='')),
                ('state', models.CharField(choices=[('active', 'Active'), ('closed', 'Closed')], default='active', max_length=6)),
                ('start_date', models.DateField(null=True)),
                ('due_date', models.DateField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='namespaces.project')),
            ],
            options={
                'db_table': 'milestones',
                'constraints': [models.UniqueConstraint(fields=('project', 'iid'), name='milestones_iid'), models.UniqueConstraint(fields=('project', 'title'), name='milestones_title')],
            },
        ),
        migrations.CreateModel(
            name='Issue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('iid', models.PositiveIntegerField(help_text='Number within the project.')),
                ('title', models.CharField(max_length=255)),
                ('description', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=6)),
                ('author_id', schemas.fields.SoftReferenceField(to='users.User')),
                ('assignee_id', schemas.fields.SoftReferenceField(db_index=False, null=True, to='users.User')),
                ('milestone', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='%(class)ss', to='work.milestone')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by_id', schemas.fields.SoftReferenceField(db_index=False, null=True, to='users.User')),
                ('confidential', models.BooleanField(db_default=False, default=False, help_text='Only for its author, its assignee and developers.')),
                ('due_date', models.DateField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='issues', to='namespaces.project')),
            ],
            options={
                'db_table': 'issues',
                'indexes': [models.Index(fields=['assignee_id', 'organization', 'state', 'id'], name='issues_assigned'), models.Index(fields=['project', 'state', 'iid'], name='issues_by_state')],
                'constraints': [models.UniqueConstraint(fields=('project', 'iid'), name='issues_iid')],
            },
        ),
        migrations.CreateModel(
            name='MergeRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('iid', models.PositiveIntegerField(help_text='Number within the project.')),
                ('title', models.CharField(max_length=255)),
                ('description', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=6)),
                ('author_id', schemas.fields.SoftReferenceField(to='users.User')),
                ('assignee_id', schemas.fields.SoftReferenceField(db_index=False, null=True, to='users.User')),
                ('milestone', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='%(class)ss', to='work.milestone')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by_id', schemas.fields.SoftReferenceField(db_index=False, null=True, to='users.User')),
                ('source_branch', models.CharField(max_length=255)),
                ('target_branch', models.CharField(default='main', max_length=255)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
                ('project', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='merge_requests', to='namespaces.project')),
            ],
            options={
                'db_table': 'merge_requests',
                'indexes': [models.Index(fields=['assignee_id', 'organization', 'state', 'id'], name='merge_requests_assigned'), models.Index(fields=['project', 'state', 'iid'], name='merge_requests_by_state')],
                'constraints': [models.UniqueConstraint(fields=('project', 'iid'), name='merge_requests_iid')],
            },
        ),
        migrations.CreateModel(
            name='LabelLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('issue', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='label_links', to='work.issue')),
                ('label', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='work.label')),
                ('merge_request', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='label_links', to='work.mergerequest')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'label_links',
                'constraints': [models.UniqueConstraint(fields=('issue', 'label'), name='label_links_of_issue'), models.UniqueConstraint(fields=('merge_request', 'label'), name='label_links_of_merge_request'), models.CheckConstraint(condition=models.Q(('issue__isnull', True), ('merge_request__isnull', True), _connector='XOR'), name='label_links_have_one_target')],
            },
        ),
        migrations.AddField(
            model_name='issue',
            name='labels',
            field=models.ManyToManyField(related_name='%(class)ss', through='work.LabelLink', to='work.label'),
        ),
        migrations.AddField(
            model_name='mergerequest',
            name='labels',
            field=models.ManyToManyField(related_name='%(class)ss', through='work.LabelLink', to='work.label'),
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('author_id', schemas.fields.SoftReferenceField(to='users.User')),
                ('text', models.TextField()),
                ('begins_thread', models.BooleanField(db_default=False, default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('answers', models.ForeignKey(db_constraint=False, help_text='The first comment of the thread that this one is in.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='answered_by', to='work.note')),
                ('issue', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='work.issue')),
                ('merge_request', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='work.mergerequest')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'notes',
                'constraints': [models.CheckConstraint(condition=models.Q(('issue__isnull', True), ('merge_request__isnull', True), _connector='XOR'), name='notes_have_one_target')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', schemas.fields.SoftReferenceField(to='users.User')),
                ('subscribed', models.BooleanField()),
                ('issue', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='work.issue')),
                ('merge_request', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='work.mergerequest')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'subscriptions',
                'constraints': [models.UniqueConstraint(fields=('issue', 'user_id'), name='subscriptions_of_issue'), models.UniqueConstraint(fields=('merge_request', 'user_id'), name='subscriptions_of_merge_request'), models.CheckConstraint(condition=models.Q(('issue__isnull', True), ('merge_request__isnull', True), _connector='XOR'), name='subscriptions_have_one_target')],
            },
        ),
        migrations.CreateModel(
            name='Todo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', schemas.fields.SoftReferenceField(db_index=False, to='users.User')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('done', 'Done')], default='pending', max_length=7)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('issue', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='todos', to='work.issue')),
                ('merge_request', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='todos', to='work.mergerequest')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'todos',
                'indexes': [models.Index(fields=['user_id', 'organization', 'state', 'id'], name='todos_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('issue__isnull', True), ('merge_request__isnull', True), _connector='XOR'), name='todos_have_one_target')],
            },
        ),
        migrations.CreateModel(
            name='HistoryLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('closed', 'Closed'), ('reopened', 'Reopened'), ('renamed', 'Renamed'), ('assigned', 'Assigned'), ('unassigned', 'Unassigned')], max_length=10)),
                ('actor_id', schemas.fields.SoftReferenceField(db_index=False, to='users.User')),
                ('user_id', schemas.fields.SoftReferenceField(db_index=False, help_text='Who was assigned, or is no longer.', null=True, to='users.User')),
                ('before', models.CharField(blank=True, default='', help_text='The title before.', max_length=255)),
                ('after', models.CharField(blank=True, default='', help_text='The title after.', max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('issue', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='history', to='work.issue')),
                ('merge_request', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='history', to='work.mergerequest')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'history_lines',
                'constraints': [models.CheckConstraint(condition=models.Q(('issue__isnull', True), ('merge_request__isnull', True), _connector='XOR'), name='history_lines_have_one_target')],
            },
        ),
        migrations.CreateModel(
            name='Recent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', schemas.fields.SoftReferenceField(db_index=False, to='users.User')),
                ('kind', models.CharField(choices=[('project', 'Project'), ('namespace', 'Namespace'), ('issue', 'Issue'), ('merge_request', 'Merge Request')], max_length=13)),
                ('entity_id', models.BigIntegerField(help_text='Its id; it may be deleted, or be in another organization by now.')),
                ('viewed_at', models.DateTimeField()),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'recents',
                'constraints': [models.UniqueConstraint(fields=('user_id', 'organization', 'kind', 'entity_id'), name='recents_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['project', 'namespace', 'issue', 'merge_request'])), name='recents_kind_is_known')],
            },
        ),
        migrations.RunSQL(words.FUNCTIONS, words.WITHOUT_FUNCTIONS),
        migrations.AddIndex(
            model_name='issue',
            index=django.contrib.postgres.indexes.GinIndex(words.WORDS, name='issues_words'),
        ),
        migrations.AddIndex(
            model_name='mergerequest',
            index=django.contrib.postgres.indexes.GinIndex(words.WORDS, name='merge_requests_words'),
        ),
        ProtectOrganizationRows(
            "Issue",
            "MergeRequest",
            "Todo",
            "Note",
            "HistoryLine",
            "Label",
            "LabelLink",
            "Milestone",
            "Subscription",
            "Recent",
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
