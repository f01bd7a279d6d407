from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Contraction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('schema', models.CharField(max_length=31)),
                ('app', models.CharField(max_length=255)),
                ('name', models.CharField(max_length=255)),
                ('since', models.CharField(help_text='The first release that does not need what is removed.', max_length=31)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'contractions',
                'constraints': [models.UniqueConstraint(fields=('app', 'name'), name='contractions_decided_once')],
            },
        ),
        migrations.CreateModel(
            name='PodAnnouncement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pod_id', models.CharField(max_length=31)),
                ('host', models.CharField(help_text='The host that its process runs on.', max_length=255)),
                ('release', models.CharField(max_length=31)),
                ('started_at', models.DateTimeField(help_text="When its process started, by the database's clock.")),
                ('heard_at', models.DateTimeField(help_text="When the pod was last heard from, by the database's clock.")),
                ('serves', models.JSONField(help_text='By shared schema, the oldest version of each app that it can serve, and the newest that it knows.')),
            ],
            options={
                'db_table': 'pod_announcements',
                'constraints': [models.UniqueConstraint(fields=('pod_id', 'host'), name='pod_announcements_one_of_a_pod_on_a_host')],
            },
        ),
    ]
