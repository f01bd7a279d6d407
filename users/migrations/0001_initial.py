from __future__ import annotations

import django.contrib.auth.models
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import schemas.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='RateLimit',
            fields=[
                ('key', models.CharField(help_text='Hash of the action and who tried it.', max_length=64, primary_key=True, serialize=False)),
                ('tries', models.IntegerField()),
                ('ends_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'db_table': 'rate_limits',
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(max_length=255, unique=True)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('name', models.CharField(blank=True, max_length=255)),
                ('default_organization_id', schemas.fields.SoftReferenceField(default=1, help_text="The user's default organization; never null.", to='organizations.Organization')),
                ('is_staff', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now)),
                ('session_generation', models.IntegerField(db_default=0, default=0, help_text='Part of the session hash; raising it ends all sessions.')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'db_table': 'users',
                'indexes': [models.Index(django.db.models.functions.text.Lower('username'), condition=models.Q(('is_superuser', True)), name='users_administrators'), models.Index(django.db.models.functions.text.Lower('username'), condition=models.Q(('is_active', False)), name='users_deactivated')],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='users_username_is_taken_once'), models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='users_email_is_taken_once'), models.CheckConstraint(condition=models.Q(('username__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*\\Z'), models.Q(('username__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('username__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True)), name='users_username_is_a_segment')],
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='EmailChange',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254)),
                ('expires_at', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='email_change', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'email_changes',
            },
        ),
        migrations.CreateModel(
            name='OutgoingEmail',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('to', models.CharField(blank=True, help_text='Empty: nobody gets it, which takes as long.', max_length=254)),
                ('subject', models.TextField()),
                ('text', models.TextField()),
                ('sender', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(help_text='From then on any pod may send it, not only the one that wrote it.')),
                ('begun_at', models.DateTimeField(help_text='When a pod began to hand it to the mail server; from then on nobody begins it again.', null=True)),
            ],
            options={
                'db_table': 'outgoing_emails',
                'indexes': [models.Index(fields=['due_at'], name='outgoing_emails_due')],
            },
        ),
        migrations.CreateModel(
            name='PersonalAccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('digest', models.CharField(help_text='SHA-256 of the token, in hexadecimal.', max_length=64, unique=True)),
                ('scope', models.CharField(choices=[('api', 'api: read and change everything you have access to'), ('read_api', 'read_api: read only')], max_length=16)),
                ('organization_id', schemas.fields.SoftReferenceField(db_index=False, help_text='The only organization that the token sees; null for every one that its owner sees.', null=True, to='organizations.Organization')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(help_text='Up to an hour older than the last use.', null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='access_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'personal_access_tokens',
                'constraints': [models.CheckConstraint(condition=models.Q(('digest__regex', '\\A[0-9a-f]{64}\\Z')), name='tokens_are_stored_hashed'), models.CheckConstraint(condition=models.Q(('scope__in', ['api', 'read_api'])), name='tokens_scope_is_known')],
            },
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', models.CharField(max_length=40, unique=True)),
                ('browser', models.CharField(blank=True, help_text='The User-Agent header.', max_length=255)),
                ('address', models.CharField(blank=True, help_text="The client's network address.", max_length=45)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_seen_at', models.DateTimeField(help_text='Up to an hour older than the last request.')),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'sign_ins',
            },
        ),
    ]
