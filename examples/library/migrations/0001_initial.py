from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

from schemas.tenancy import ProtectOrganizationRows


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Library',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=255)),
                ('name', models.CharField(max_length=255)),
                ('is_public', models.BooleanField(default=False, help_text='Otherwise only members of the organization see it.')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'libraries',
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('path'), models.F('organization'), name='libraries_path'), models.CheckConstraint(condition=models.Q(('path__regex', '\\A[A-Za-z0-9_.][A-Za-z0-9_.-]*\\Z'), models.Q(('path__regex', '(\\A|/)[.]{1,2}(/|\\Z)'), _negated=True), models.Q(('path__iregex', '[.](atom|bz2|design|diff|git|gpg|gz|html|ics|json|keys|patch|png|svg|tar|tbz2|tgz|wiki|xml|zip)(/|\\Z)'), _negated=True)), name='libraries_path_is_a_segment')],
            },
        ),
        migrations.CreateModel(
            name='Shelf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('library', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='shelves', to='library.library')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
            ],
            options={
                'db_table': 'shelves',
                'constraints': [models.UniqueConstraint(fields=('library', 'name'), name='shelves_name')],
            },
        ),
        migrations.CreateModel(
            name='Book',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=255)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organizationstate')),
                ('shelf', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='books', to='library.shelf')),
            ],
            options={
                'db_table': 'books',
            },
        ),
        ProtectOrganizationRows("Library", "Shelf", "Book"),
    ]
